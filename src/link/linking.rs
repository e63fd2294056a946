//! The whole of linking: a commit and a library of sessions go in, contributions and lines come out.

use jiff::Timestamp;

use super::library::Library;
use super::replayed::Replays;
use super::{authorship, claims, marking, named_call, part, plans, turns, unexplained};
use crate::link::attribution::Attribution;
use crate::link::claim::Claim;
use crate::link::hints::{AgentShell, Hints};
use crate::record::checked_state::{CheckedState, Untested};
use crate::record::commit::Commit;
use crate::record::contribution::{Check, CheckResult, CheckedBy, Confidence, Contribution, Evidence};
use crate::record::note::{FileRecord, LineCounts};
use crate::record::quote::hides_something;
use crate::record::session::Session;
use crate::record::text::Raw;
use crate::record::transcript_files::is_transcript;

/// What the sessions of a library say about one commit.
#[derive(Clone, Debug, Default)]
pub struct Linked {
    /// Strongest first.
    pub contributions: Vec<Contribution<Raw>>,
    pub lines: LineCounts,
    pub files: Vec<FileRecord>,
    /// What was removed or replaced by no session that is known.
    pub untested: Vec<Untested>,
    /// Unreadable lines in the transcripts of the contributing sessions.
    pub skipped: u32,
    /// Prompts of these sessions that may have private parts: what those say must not be told in other words of the sessions.
    pub hidden: Vec<Raw>,
}

impl Linked {
    /// Whether a check passed that an agent ran in the work tree, as far as is known on what the commit holds.
    pub fn has_passed(&self) -> bool {
        self.contributions.iter().flat_map(|one| &one.checks).any(passed)
    }

    /// Marks the checks that passed on files that were otherwise than in the commit: they differ `since` then.
    pub fn ran_on_others(&mut self, since: Timestamp) {
        let checks = self.contributions.iter_mut().flat_map(|one| &mut one.checks);
        let saw_it = |check: &&mut Check<Raw>| passed(check) && check.at.is_none_or(|at| at >= since);
        checks.filter(saw_it).for_each(|check| check.state = Some(CheckedState::OtherState));
    }
}

fn passed(check: &Check<Raw>) -> bool {
    let is_known = check.state == Some(CheckedState::OtherState);
    check.by == CheckedBy::Agent && check.result == CheckResult::Passed && !is_known
}

/// Links one commit to the sessions of `library`.
pub fn link(commit: &Commit, library: &Library, hints: &Hints) -> Linked {
    let mut linked = linked(commit, library, hints, turns::contribution, unexplained::find);
    // What was changed by then went along; what was edited since is told anyway.
    if let Some(moved) = hints.moved.filter(|moved| *moved <= commit.committed_at) {
        let checks = linked.contributions.iter_mut().flat_map(|one| &mut one.checks);
        let of_then = |check: &&mut Check<Raw>| {
            let is_later = check.after_last_edit && check.state != Some(CheckedState::OtherState);
            check.by == CheckedBy::Agent && is_later && check.at.is_none_or(|at| at < moved)
        };
        checks.filter(of_then).for_each(|check| check.state = Some(CheckedState::OtherBase));
    }
    let is_named = |session: &&Session| linked.contributions.iter().any(|one| one.session == session.id);
    let prompts = library
        .sessions
        .iter()
        .filter(is_named)
        .flat_map(|session| &session.turns)
        .filter_map(|turn| turn.prompt.as_ref());
    let hidden =
        prompts.filter(|prompt| hides_something(prompt.text.expose())).map(|prompt| prompt.text.clone()).collect();
    Linked { hidden, ..linked }
}

/// The same without what was asked, tried, checked and corrected: for who only wants to name the sessions.
pub fn name(commit: &Commit, library: &Library, hints: &Hints) -> Linked {
    linked(commit, library, hints, |_, library, _, (_, claim), _, _| turns::named(library, claim), |_, _| Vec::new())
}

/// How a claim becomes a contribution.
type Tell =
    fn(&Commit, &Library, &Attribution, (usize, &Claim), &[FileRecord], Option<jiff::Timestamp>) -> Contribution<Raw>;

/// How changes are found that no session is known to have made.
type Rest = fn(&Replays, &[FileRecord]) -> Vec<Untested>;

fn linked(commit: &Commit, library: &Library, hints: &Hints, tell: Tell, rest: Rest) -> Linked {
    // A transcript in a commit has thousands of lines that nobody wrote for it, all of an agent's text among them.
    let without;
    let commit = if commit.files.iter().any(|file| is_transcript(&file.path)) {
        without = without_transcripts(commit);
        &without
    } else {
        commit
    };
    let attribution = authorship::attribute(commit, library, hints.since);
    let mut claims = claims::claim(commit, library, &attribution, hints);
    add_planners(commit, library, &attribution, &mut claims, hints);
    let mut files = authorship::files(commit, library, &attribution, &claims);
    let replays = Replays::new(commit, (library, &claims), &hints.texts);
    replays.mark(&mut files);
    marking::withdraw(&mut files);
    let mut lines = LineCounts::default();
    for span in files.iter().flat_map(|file| &file.spans) {
        lines.count(span.author, span.lines);
    }
    let untested = rest(&replays, &files);
    let skipped = claims.iter().map(|claim| library.sessions[claim.session].skipped.len() as u32).sum();
    let mut contributions: Vec<Contribution<Raw>> = claims
        .iter()
        .enumerate()
        .map(|claim| tell(commit, library, &attribution, claim, &files, hints.since))
        .collect();
    if let Some(bare) = hints.inside.as_ref().and_then(|inside| without_transcript(inside, library)) {
        // As for every claim: overlap counts only where nothing is sure. Spans do not refer to it.
        contributions.retain(|one| one.confidence != Confidence::Overlap);
        contributions.push(bare);
    }
    Linked { contributions, lines, files, untested, skipped, hidden: Vec::new() }
}

fn without_transcripts(commit: &Commit) -> Commit {
    let files = commit.files.iter().filter(|file| !is_transcript(&file.path)).cloned().collect();
    Commit { files, ..commit.clone() }
}

/// Adds the sessions in which was planned what the claims' sessions carried out.
fn add_planners(commit: &Commit, library: &Library, attribution: &Attribution, claims: &mut Vec<Claim>, hints: &Hints) {
    let planners: Vec<Claim> = claims
        .iter()
        .filter(|claim| claim.confidence != Confidence::Overlap)
        .flat_map(|claim| plans::planners(library, &part::part(commit, library, attribution, claim, hints.since)))
        .collect();
    for planner in planners {
        match claims.iter_mut().find(|claim| claim.session == planner.session) {
            Some(known) => {
                known.planned_in.extend(planner.planned_in);
                known.evidence.extend(planner.evidence);
            }
            None => claims.push(planner),
        }
    }
}

/// The session in whose shell the hook runs, where it left nothing that can be read: agent and session are still known.
fn without_transcript(inside: &AgentShell, library: &Library) -> Option<Contribution<Raw>> {
    let session = inside.session.clone()?;
    let is_known = library.sessions.iter().any(|known| known.id == session || known.other_ids.contains(&session));
    if is_known || named_call::of_shell(inside, library).is_some() {
        return None;
    }
    let evidence = vec![Evidence::Environment { variable: inside.variable.clone() }];
    Some(Contribution {
        agent_version: inside.version.clone(),
        models: inside.model.iter().cloned().collect(),
        unread: true,
        ..Contribution::named(inside.agent.clone(), session, (Confidence::Stated, evidence))
    })
}
