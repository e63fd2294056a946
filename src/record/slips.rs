//! Mistakes of an agent with its own tools.

use super::contribution::AttemptKind;
use super::session::FailureKind;

impl AttemptKind {
    /// Whether it is a mistake of the agent with its own tools, which says nothing of the commit: a file not read yet, a text to
    /// replace that was not found, a command that does not exist.
    pub(crate) fn is_slip(self) -> bool {
        match self {
            Self::Failed(failure) => !matches!(
                failure,
                FailureKind::Tests
                    | FailureKind::Lint
                    | FailureKind::Build
                    | FailureKind::Command
                    | FailureKind::Timeout
                    | FailureKind::Other
            ),
            Self::Rejected | Self::Interrupted | Self::Reverted | Self::Told => false,
        }
    }
}
