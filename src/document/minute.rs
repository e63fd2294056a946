//! A time, to the minute.

use jiff::Timestamp;

/// A time to the minute: `2026-02-24 14:03 UTC`.
pub(crate) fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}
