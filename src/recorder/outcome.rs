//! What a hook has found and not written yet.

use std::path::PathBuf;

use super::prepared::Foreseen;

/// What a hook has found and not written yet.
#[derive(Default)]
pub(crate) struct HookOutcome {
    /// The message file and its whole new content.
    pub(crate) message: Option<(PathBuf, Vec<u8>)>,
    /// What was left out because it could not be read; all the rest was done.
    pub(crate) problems: Vec<String>,
    /// Of what the record of the commit can be made before it is there.
    pub(crate) foreseen: Option<Box<Foreseen>>,
}
