//! A session as it is kept, wherever it is kept, and how its values are written.

use jiff::Timestamp;
use serde_json::Value;

/// A session as it is kept, wherever it is.
pub(super) struct KeptSession {
    /// `id`, `parentID`, `directory`, `version`, `permission`, `revert`.
    pub(super) info: Value,
    /// Each message with its parts, in order.
    pub(super) messages: Vec<(Value, Vec<Value>)>,
}

/// What is the same for all messages.
pub(super) struct SessionContext {
    pub(super) is_subagent: bool,
    /// Nobody was there to answer: what was to be asked was refused by the program, in the words of a person's refusal.
    pub(super) is_alone: bool,
}

/// Milliseconds since 1970.
pub(super) fn time(value: &Value) -> Option<Timestamp> {
    Timestamp::from_millisecond(value.as_i64()?).ok()
}

pub(super) fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}
