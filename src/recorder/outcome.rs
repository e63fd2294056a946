//! What a hook has found and not written yet.

use std::path::PathBuf;

/// What a hook has found and not written yet.
#[derive(Default)]
pub(crate) struct HookOutcome {
    /// The message file and its whole new content.
    pub(crate) message: Option<(PathBuf, Vec<u8>)>,
    /// What was left out because it could not be read; all the rest was done.
    pub(crate) problems: Vec<String>,
}
