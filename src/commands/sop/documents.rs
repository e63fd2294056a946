//! What the subcommands of `sop` write for programs: version 1, JSON Schemas in `docs/schema/`.

use serde::Serialize;

use crate::process_store::sops::capturing::Notes;
use crate::process_store::sops::drafting::Drafted;
use crate::process_store::sops::publishing::Published;
use crate::process_store::sops::rewording::Rewording;
use crate::process_store::sops::running::Progress;
use crate::process_store::sops::status::Status;
use crate::process_store::sops::verifying::Verified;
use crate::process_store::sops::walking::Walk;
use crate::sop::capture::Question;

pub(super) const VERSION: u32 = 1;

/// What `sop status --json` writes, version 1.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct SopStatusList {
    pub(super) backstory: u32,
    pub(super) sops: Vec<Status>,
    /// Folders whose ledger or files cannot be read, and why.
    pub(super) unreadable: Vec<UnreadableSop>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct UnreadableSop {
    pub(super) slug: String,
    pub(super) problem: String,
}

/// What `sop approve`, `reject`, `review` and `retire --json` write, version 1: where the document is then.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct SopState {
    backstory: u32,
    #[serde(flatten)]
    status: Status,
}

/// What `sop capture` and `sop resume --json` write, version 1.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct SopNotes {
    backstory: u32,
    #[serde(flatten)]
    notes: Notes,
}

/// What `sop draft --json` writes, version 1: what was drafted, and what a language model made of it.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct SopDraft {
    backstory: u32,
    #[serde(flatten)]
    drafted: Drafted,
    #[serde(skip_serializing_if = "Option::is_none")]
    rewording: Option<Rewording>,
}

/// What `sop questions --json` writes, version 1.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct SopQuestions {
    backstory: u32,
    questions: Vec<Question>,
}

/// What `sop walk --json` writes, version 1.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct SopWalk {
    backstory: u32,
    #[serde(flatten)]
    walk: Walk,
}

/// What `sop run --json` writes, version 1.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct SopRun {
    backstory: u32,
    #[serde(flatten)]
    progress: Progress,
}

/// What `sop publish --json` writes, version 1: a row for each target.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct SopPublications {
    backstory: u32,
    published: Vec<Published>,
}

/// What `sop verify --json` writes, version 1.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct SopVerifyList {
    backstory: u32,
    sops: Vec<Verified>,
}

impl SopState {
    pub(super) fn new(status: Status) -> Self {
        Self { backstory: VERSION, status }
    }
}

impl SopNotes {
    pub(super) fn new(notes: Notes) -> Self {
        Self { backstory: VERSION, notes }
    }
}

impl SopDraft {
    pub(super) fn new(drafted: Drafted, rewording: Option<Rewording>) -> Self {
        Self { backstory: VERSION, drafted, rewording }
    }
}

impl SopQuestions {
    pub(super) fn new(questions: Vec<Question>) -> Self {
        Self { backstory: VERSION, questions }
    }
}

impl SopWalk {
    pub(super) fn new(walk: Walk) -> Self {
        Self { backstory: VERSION, walk }
    }
}

impl SopRun {
    pub(super) fn new(progress: Progress) -> Self {
        Self { backstory: VERSION, progress }
    }
}

impl SopPublications {
    pub(super) fn new(published: Vec<Published>) -> Self {
        Self { backstory: VERSION, published }
    }
}

impl SopVerifyList {
    pub(super) fn new(sops: Vec<Verified>) -> Self {
        Self { backstory: VERSION, sops }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::schema::{mistakes, written};

    /// What the commands write is held against these by `tests/json_documents.rs`.
    #[test]
    fn each_document_has_its_stored_schema() {
        let wrong: Vec<String> = [
            mistakes("sop-status.v1", &written::<SopStatusList>(), &[]),
            mistakes("sop-state.v1", &written::<SopState>(), &[]),
            mistakes("sop-notes.v1", &written::<SopNotes>(), &[]),
            mistakes("sop-draft.v1", &written::<SopDraft>(), &[]),
            mistakes("sop-questions.v1", &written::<SopQuestions>(), &[]),
            mistakes("sop-walk.v1", &written::<SopWalk>(), &[]),
            mistakes("sop-run.v1", &written::<SopRun>(), &[]),
            mistakes("sop-publish.v1", &written::<SopPublications>(), &[]),
            mistakes("sop-verify.v1", &written::<SopVerifyList>(), &[]),
        ]
        .concat();
        assert_eq!(wrong, Vec::<String>::new());
    }
}
