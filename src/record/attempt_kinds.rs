//! Kinds of attempts: their words, and which of them are mistakes of an agent with its own tools.

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

    /// As records call it: `tests`, `rejected`.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Rejected => "rejected",
            Self::Interrupted => "interrupted",
            Self::Reverted => "reverted",
            Self::Told => "told",
            Self::Failed(failure) => match failure {
                FailureKind::Command => "command",
                FailureKind::Tests => "tests",
                FailureKind::Lint => "lint",
                FailureKind::Build => "build",
                FailureKind::EditNoMatch => "edit-no-match",
                FailureKind::EditAmbiguous => "edit-ambiguous",
                FailureKind::EditStale => "edit-stale",
                FailureKind::FileMissing => "file-missing",
                FailureKind::Timeout => "timeout",
                FailureKind::CommandNotFound => "command-not-found",
                FailureKind::Permission => "permission",
                FailureKind::BadInput => "bad-input",
                FailureKind::Other => "other",
            },
        }
    }
}
