//! What a reader of a format is.

use super::events::Events;
use super::json;
use crate::record::agent::Agent;

/// A format that can be read.
pub(crate) struct Reader {
    pub(super) agent: Agent,
    /// Whether a line is of this format, seen from the line alone.
    pub(super) recognises: fn(&[u8]) -> bool,
    pub(super) read_line: fn(&[u8], &mut Events) -> json::Read<()>,
}
