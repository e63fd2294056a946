//! What was changed between two steps: edits, and commands that change something.

use super::commit_places::Places;
use crate::checks::repairs::repairs;
use crate::checks::rewrites;
use crate::link::steps::WindowCall;
use crate::record::session::{Action, Edit, FailureKind, Outcome};

/// Something that was changed, with the index of its step.
pub(super) enum Repair<'a> {
    Edit {
        step: usize,
        edit: &'a Edit,
    },
    /// The whole command, and the step of it.
    Command {
        step: usize,
        command: &'a str,
        text: &'a str,
    },
}

impl<'a> Repair<'a> {
    pub(super) fn edit(&self) -> Option<&'a Edit> {
        match self {
            Self::Edit { edit, .. } => Some(edit),
            Self::Command { .. } => None,
        }
    }

    pub(super) fn is_in_file_of(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Edit { edit, .. }, Self::Edit { edit: other, .. }) => edit.path == other.path,
            _ => self.step() == other.step(),
        }
    }

    pub(super) fn step(&self) -> usize {
        match self {
            Self::Edit { step, .. } | Self::Command { step, .. } => *step,
        }
    }
}

/// What was changed behind one step and before another, and by the other before its own check.
pub(super) fn made_between<'a>(steps: &[WindowCall<'a>], from: usize, to: usize, places: &Places) -> Vec<Repair<'a>> {
    let mut made = Vec::new();
    for (step, one) in steps.iter().enumerate().take(to + 1).skip(from + 1) {
        match (&one.tool_call.action, &one.tool_call.outcome) {
            (Action::Edit(edits), Outcome::Succeeded { .. }) if step < to => {
                let edits = edits.iter().filter(|edit| !places.is_scratch(&edit.path));
                made.extend(edits.map(|edit| Repair::Edit { step, edit }));
            }
            // It did not run.
            (Action::Shell { .. }, Outcome::Failed { kind, .. }) if did_not_run(*kind) => {}
            (Action::Shell { command, .. }, outcome @ (Outcome::Succeeded { .. } | Outcome::Failed { .. })) => {
                let command = command.expose();
                if places.is_experiment(command) {
                    continue;
                }
                let mut texts = repairs(command, &places.files, step == to);
                // What failed by itself changed nothing, as far as is known; a linter that fixes fails for the rest.
                if matches!(outcome, Outcome::Failed { .. }) {
                    let before_check = repairs(command, &places.files, true);
                    texts.retain(|text| before_check.contains(text) || rewrites::formats(text));
                }
                // A file that a command writes out of its own text is an edit of it.
                let written = one.tool_call.edits().iter().filter(|edit| step < to && !places.is_scratch(&edit.path));
                let before = made.len();
                made.extend(written.map(|edit| Repair::Edit { step, edit }));
                if made.len() > before {
                    texts.retain(|text| !text.contains("<<"));
                }
                made.extend(texts.into_iter().map(|text| Repair::Command { step, command, text }));
            }
            _ => {}
        }
    }
    made
}

fn did_not_run(failure: FailureKind) -> bool {
    matches!(failure, FailureKind::Permission | FailureKind::CommandNotFound | FailureKind::BadInput)
}

/// The edits among repairs.
pub(super) fn edits_in<'m>(made: &'m [Repair<'_>]) -> impl Iterator<Item = &'m Edit> {
    made.iter().filter_map(Repair::edit)
}
