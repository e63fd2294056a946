//! What one handle on a repository knows of the objects that a partial clone has not (`promised.rs` brings them).

use std::cell::{Cell, OnceCell, RefCell};
use std::time::Duration;

use super::installed::GitCredentials;

/// Promises, and whether they are to be called in.
#[derive(Default)]
pub(super) struct Promises {
    /// How long one transfer may take; `None` where nothing is brought: in the hooks of a commit.
    pub(super) within: Cell<Option<Duration>>,
    pub(super) access: RefCell<Option<GitCredentials>>,
    /// The remotes that promise something: none, unless the clone is partial.
    pub(super) remotes: OnceCell<Vec<String>>,
    /// Why nothing could be brought. A remote that is out of reach is not asked for each object.
    pub(super) failed: RefCell<Option<String>>,
}
