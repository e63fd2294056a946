//! A document as values: what a template puts into words and order. Strings are escaped when they are written.

use serde::Serialize;

use super::citations::{Claim, EvidenceRow};
use crate::text::markdown::Markdown;

#[derive(Debug, Serialize)]
pub(crate) struct Page {
    pub title: String,
    pub purpose: Option<String>,
    pub outcome: Option<String>,
    pub trigger: Option<String>,
    /// Runs that were looked at; 0 for a process that was only told.
    pub runs: usize,
    pub minimum: u32,
    pub is_enough: bool,
    /// Dates of the first and the last run.
    pub from: Option<String>,
    pub until: Option<String>,
    /// People who answered questions.
    pub told_by: Vec<String>,
    /// What the runs were recognised by.
    pub recognised: Vec<Counted>,
    pub roles: Vec<RoleRow>,
    pub access: Vec<Told>,
    pub tools: Vec<ToolRow>,
    pub inputs: Vec<String>,
    /// Files in which the repository states rules of its own, as code.
    pub rules: Vec<Markdown>,
    /// It leads to commits, so that setting up and branches are a part of it.
    pub is_of_commits: bool,
    pub setup: SetupPart,
    /// How a branch is made and pushed, and a pull request opened.
    pub branch: OnceABranch,
    pub push: OnceABranch,
    pub pull_request: OnceABranch,
    /// Runs of the log, and those that are counted nowhere here.
    pub log_runs: usize,
    pub merges: Option<Claim>,
    pub other_runs: Vec<OtherRuns>,
    /// Numbers of the steps by which paths are not compared.
    pub not_compared: Vec<usize>,
    pub steps: Vec<StepRow>,
    /// A command holds words that differ from run to run.
    pub has_placeholders: bool,
    /// The most common path.
    pub common: Option<Claim>,
    /// Numbers of its steps.
    pub common_steps: Vec<usize>,
    pub variations: Vec<VariationRow>,
    pub other_paths: Option<Claim>,
    pub troubles: Vec<TroubleRow>,
    pub more_troubles: usize,
    /// Where the repository tells of troubles itself.
    pub troubleshooting: Option<PlaceRow>,
    /// What the repository asks of a pull request.
    pub asked_of_requests: Option<QuotedRows>,
    pub pitfalls: Vec<String>,
    pub answers: Vec<AnswerRow>,
    pub corrections: Vec<CorrectionRow>,
    pub more_corrections: usize,
    pub open_questions: Vec<OpenQuestion>,
    pub notes: Vec<String>,
    pub evidence: Vec<EvidenceRow>,
    pub rules_version: u32,
    pub history: Vec<HistoryRow>,
}

/// What is done once, before the first step.
#[derive(Debug, Default, Serialize)]
pub(crate) struct SetupPart {
    /// The section that says how, and its commands as a block.
    pub place: Option<PlaceRow>,
    pub commands: Option<Markdown>,
    /// How many more commands the section has.
    pub more: usize,
    /// Sections that say more.
    pub others: Vec<PlaceRow>,
    /// Versions that files ask for.
    pub versions: Vec<VersionsRow>,
    /// How programs are installed.
    pub installs: Vec<InstallRow>,
    /// Runs that set something up, and their commands.
    pub claim: Option<Claim>,
    pub commands_seen: Vec<CommandRow>,
}

/// A section of a file, as code: names are the repository's.
#[derive(Debug, Serialize)]
pub(crate) struct PlaceRow {
    pub path: Markdown,
    /// Absent where no heading stands above.
    pub section: Option<Markdown>,
}

#[derive(Debug, Serialize)]
pub(crate) struct VersionsRow {
    pub path: Markdown,
    /// `go 1.25`, as code.
    pub tools: Vec<Markdown>,
}

/// The line of the repository that says how a program is installed, as code.
#[derive(Debug, Serialize)]
pub(crate) struct InstallRow {
    pub program: Markdown,
    pub place: PlaceRow,
    pub line: Markdown,
}

/// What is done once for the several changes of a branch.
#[derive(Debug, Default, Serialize)]
pub(crate) struct OnceABranch {
    /// Numbers of the steps that do it; none where no run shows it, or too few.
    pub steps: Vec<usize>,
    /// Runs that do it, where they are too few for a step.
    pub claim: Option<Claim>,
    pub place: Option<PlaceRow>,
    /// The line of the repository that says how, as code.
    pub line: Option<Markdown>,
}

/// The task that a command calls.
#[derive(Debug, Serialize)]
pub(crate) struct TaskRow {
    pub path: Markdown,
    pub name: Markdown,
    pub runs: Option<Markdown>,
}

/// Runs of another process.
#[derive(Debug, Serialize)]
pub(crate) struct OtherRuns {
    pub runs: usize,
    /// As code; absent where the process is this one and a run has none of its steps.
    pub process: Option<Markdown>,
}

/// Lines of a section, as code.
#[derive(Debug, Serialize)]
pub(crate) struct QuotedRows {
    pub place: PlaceRow,
    pub lines: Vec<Markdown>,
    /// How many more lines the section has.
    pub more: usize,
}

#[derive(Debug, Serialize)]
pub(crate) struct Counted {
    pub words: String,
    pub claim: Claim,
}

/// Something that a person said.
#[derive(Debug, Serialize)]
pub(crate) struct Told {
    pub words: String,
    /// Empty where it is not known.
    pub by: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct RoleRow {
    pub name: String,
    /// Numbers of steps.
    pub steps: Vec<usize>,
    /// Absent where the role was told and is in no log.
    pub claim: Option<Claim>,
}

#[derive(Debug, Serialize)]
pub(crate) struct ToolRow {
    pub name: Markdown,
    pub versions: Vec<String>,
    pub steps: Vec<usize>,
    pub claim: Option<Claim>,
}

#[derive(Debug, Serialize)]
pub(crate) struct StepRow {
    pub number: usize,
    pub id: Markdown,
    /// An imperative without a full stop.
    pub title: String,
    pub claim: Option<Claim>,
    pub is_required: bool,
    /// At the end of the process nobody sees its result any more.
    pub is_passing: bool,
    /// The rule of the repository that asks for it.
    pub rule: Option<RuleRow>,
    /// A branch needs it once, however many changes it has.
    pub is_once_a_branch: bool,
    /// It may be done once for several changes.
    pub is_push: bool,
    /// Runs that did it only after the step that it stands before.
    pub done_after: Option<DoneAfter>,
    /// What most runs type with its command; both are in the block.
    pub companions: Vec<CommandRow>,
    /// What some runs type for it besides its own command.
    pub typed_beside: Vec<CommandRow>,
    /// Numbers of the steps with which it may change places.
    pub any_order_with: Vec<usize>,
    /// The command to type, as a block.
    pub command: Option<Markdown>,
    /// Its own command on a line.
    pub command_inline: Option<Markdown>,
    pub command_claim: Option<Claim>,
    /// What is typed for the first push of a branch instead, as a block and on a line.
    pub first_push: Option<Markdown>,
    pub first_push_used: Option<CommandRow>,
    /// What the command calls, where it is a task of the repository.
    pub task: Option<TaskRow>,
    /// It is done once for several runs: the number of branches that the runs are of, where that is known.
    pub once_of_branches: Option<usize>,
    pub other_commands: Vec<CommandRow>,
    pub tools: Vec<Markdown>,
    pub expected: Option<String>,
    /// The number and title of the step to go back to.
    pub on_failure: Option<StepReference>,
    pub failed: Option<Claim>,
    pub again: Option<Claim>,
    /// How long the printed command takes: `5 s`, `3 min`; absent for what takes less than a second.
    pub takes: Option<String>,
    pub timed: usize,
    pub who: Vec<Counted>,
    pub told_actor: Option<String>,
    pub access: Vec<String>,
    pub pitfalls: Vec<String>,
    pub notes: Vec<String>,
    pub answers: Vec<AnswerRow>,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct StepReference {
    pub number: usize,
    pub title: String,
}

/// A line of the repository that asks for a command.
#[derive(Debug, Serialize)]
pub(crate) struct RuleRow {
    pub place: PlaceRow,
    pub line: Markdown,
}

#[derive(Debug, Serialize)]
pub(crate) struct DoneAfter {
    pub step: StepReference,
    pub claim: Claim,
}

#[derive(Debug, Serialize)]
pub(crate) struct CommandRow {
    pub command: Markdown,
    pub claim: Claim,
}

#[derive(Debug, Serialize)]
pub(crate) struct VariationRow {
    pub claim: Claim,
    pub left_out: Vec<StepReference>,
    pub added: Vec<StepReference>,
    pub turned: Vec<Turned>,
    /// Of its runs, those that changed documentation only.
    pub documentation_only: Option<Claim>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Turned {
    pub first: StepReference,
    pub second: StepReference,
}

#[derive(Debug, Serialize)]
pub(crate) struct TroubleRow {
    pub step: StepReference,
    /// `The tests fail`.
    pub what: &'static str,
    pub claim: Claim,
    /// What was printed, as code.
    pub words: Vec<Markdown>,
    pub after_edit: Option<Claim>,
    /// Files that were edited before it passed, most frequent first, as code.
    pub edited: Vec<Markdown>,
    pub without_edit: Option<Claim>,
    pub again: Option<Claim>,
    pub not_run_again: Option<Claim>,
    pub is_cured: bool,
    /// Some runs have several of these outcomes.
    pub overlap: bool,
}

#[derive(Debug, Serialize)]
pub(crate) struct AnswerRow {
    pub question: String,
    pub answer: String,
    pub by: String,
    pub date: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct CorrectionRow {
    pub words: String,
    pub reason: Option<String>,
    /// In short.
    pub commit: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct OpenQuestion {
    pub id: String,
    pub question: String,
    pub evidence: String,
    pub is_accepted: bool,
}

#[derive(Debug, Serialize)]
pub(crate) struct HistoryRow {
    pub version: u32,
    pub date: String,
    pub by: String,
    pub what: String,
}
