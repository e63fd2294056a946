//! The turns of a session that led to a commit: which prompts count and what role each played.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::authorship::{Attribution, PathMatches};
use super::claims::Claim;
use super::library::Library;
use super::paths::PathMatch;
use super::{attempts, checks, corrections};
use crate::record::commit::Commit;
use crate::record::contribution::{Confidence, Contribution, PromptRole, RecordedPrompt};
use crate::record::note::FileRecord;
use crate::record::session::{Action, Outcome, PromptSource, Session, Tokens, Turn};
use crate::record::text::Raw;

/// The part of a session that is about one commit.
pub struct Part<'a> {
    pub session: &'a Session,
    pub index: usize,
    /// Turns that led to it, in order; never empty unless the session has no turns.
    pub turns: BTreeSet<usize>,
    /// Nothing after this time led to the commit.
    pub until: Timestamp,
    /// Edits of the commit's files, in order: (turn, call, index of the file in the commit).
    pub touches: Vec<(usize, usize, usize)>,
}

/// Everything that a claim's session says about the commit.
pub fn contribution(
    commit: &Commit,
    library: &Library,
    attribution: &Attribution,
    claim: &Claim,
    files: &[FileRecord],
) -> Contribution<Raw> {
    let part = part(commit, library, attribution, claim);
    let session = part.session;
    let times = || part.turns.iter().flat_map(|turn| turn_times(session, *turn)).filter(|at| *at <= part.until);
    let mut tokens = Tokens::default();
    for turn in &part.turns {
        tokens.add(session.turns[*turn].tokens);
    }
    let (attempts, checks) = if claim.confidence == Confidence::Overlap {
        (Vec::new(), Vec::new())
    } else {
        (attempts::find(&part), checks::find(&part))
    };
    let mut corrections = corrections::directed(&part, commit);
    corrections.extend(corrections::manual(commit, library, claim, files));
    corrections.extend(corrections::told(session));
    Contribution {
        agent: session.agent.clone(),
        agent_version: session.agent_versions.last().cloned(),
        session: session.id.clone(),
        models: session.models.clone(),
        confidence: claim.confidence,
        evidence: claim.evidence.clone(),
        started_at: times().min(),
        ended_at: times().max(),
        prompts: if claim.confidence == Confidence::Overlap { Vec::new() } else { prompts(&part) },
        attempts,
        corrections,
        changed_after_check: checks::changed_after(&part, &checks, commit),
        checks,
        context: session.context.clone(),
        lines: claim.lines,
        tokens,
    }
}

fn turn_times(session: &Session, turn: usize) -> impl Iterator<Item = Timestamp> {
    let turn = &session.turns[turn];
    let prompt = turn.prompt.iter().filter_map(|prompt| prompt.at);
    prompt.chain(turn.calls.iter().flat_map(|call| [call.at, call.ended_at]).flatten())
}

fn part<'a>(commit: &Commit, library: &'a Library, attribution: &Attribution, claim: &Claim) -> Part<'a> {
    let session = &library.sessions[claim.session];
    let until = commit.committed_at.max(commit.authored_at);
    let paths: Vec<PathMatches> = commit.files.iter().map(|file| PathMatches::new(file, library)).collect();
    let touches: Vec<(usize, usize, usize)> = library.touches[claim.session]
        .iter()
        .filter(|touch| touch.at.is_none_or(|at| at <= until))
        .filter_map(|touch| {
            let file = paths.iter().position(|paths| paths.of(Some(touch.path)) == PathMatch::Whole)?;
            Some((touch.turn as usize, touch.call as usize, file))
        })
        .collect();
    let mut writing: BTreeSet<usize> = attribution
        .files
        .iter()
        .flatten()
        .filter_map(|line| line.writer)
        .filter(|writer| !writer.late && writer.posting.session as usize == claim.session)
        .map(|writer| writer.posting.turn as usize)
        .collect();
    if writing.is_empty() {
        writing.extend(claim.committed_in);
    }
    if writing.is_empty() {
        writing.extend(touches.last().map(|touch| touch.0));
    }
    // A session without calls was written down by a person: what is there was chosen for this commit.
    if session.turns.iter().all(|turn| turn.calls.is_empty()) {
        writing.extend(0..session.turns.len());
    }
    // Also turns that worked on the commit's files and whose lines were written over since.
    writing.extend(worked_on(library, claim.session, &writing, &touches));
    let turns = around(session, &writing, claim.committed_in, &touches, until);
    Part { session, index: claim.session, turns, until, touches }
}

/// Turns that edited the commit's files in the same stretch of work as the writing ones: no commit of the session lies
/// between. (A commit of the writing turn itself may be this one.)
fn worked_on(
    library: &Library,
    session: usize,
    writing: &BTreeSet<usize>,
    touches: &[(usize, usize, usize)],
) -> Vec<usize> {
    let (Some(first), Some(last)) = (writing.first(), writing.last()) else { return Vec::new() };
    let turns = &library.sessions[session].turns;
    let commits = |from: usize, to: usize| turns[from..to].iter().any(commits_something);
    let in_reach = |turn: &usize| match () {
        () if turn < first => !commits(*turn, *first),
        () if turn > last => !commits(*last, *turn),
        () => true,
    };
    touches.iter().map(|touch| touch.0).filter(in_reach).collect()
}

/// The turns that wrote the commit, with what belongs to them: discussion between them, tries of the same files, and,
/// where a writing turn began with a mere "go on", the turns back to what was asked for.
fn around(
    session: &Session,
    writing: &BTreeSet<usize>,
    committed_in: Option<usize>,
    touches: &[(usize, usize, usize)],
    until: Timestamp,
) -> BTreeSet<usize> {
    let (Some(first), Some(last)) = (writing.first().copied(), writing.last().copied()) else {
        return BTreeSet::new();
    };
    let last = committed_in.map_or(last, |turn| turn.max(last));
    let touching: BTreeSet<usize> = touches.iter().map(|touch| touch.0).collect();
    let edits_others = |turn: usize| {
        let edits = session.turns[turn].calls.iter().any(|call| matches!(call.action, Action::Edit(_)));
        edits && !touching.contains(&turn)
    };
    let in_time = |turn: usize| turn_times(session, turn).next().is_none_or(|at| at <= until);
    let mut turns: BTreeSet<usize> =
        (first..=last).filter(|turn| writing.contains(turn) || (in_time(*turn) && !edits_others(*turn))).collect();
    let mut turn = first;
    while turn > 0 && !asks_for_something(session, turn) {
        turn -= 1;
        if commits_something(&session.turns[turn]) {
            break;
        }
        turns.insert(turn);
    }
    turns
}

/// Whether the turn begins with words that say what to do.
fn asks_for_something(session: &Session, turn: usize) -> bool {
    session.turns[turn].prompt.as_ref().is_some_and(|prompt| !is_approval(prompt.text.expose()))
}

/// Whether a commit was made in the turn.
fn commits_something(turn: &Turn) -> bool {
    turn.calls.iter().any(|call| match (&call.action, &call.outcome) {
        (Action::Shell { command, .. }, Outcome::Succeeded { .. }) => command.expose().contains("git commit"),
        _ => false,
    })
}

fn prompts(part: &Part) -> Vec<RecordedPrompt<Raw>> {
    let mut prompts: Vec<RecordedPrompt<Raw>> = Vec::new();
    for index in &part.turns {
        let turn = &part.session.turns[*index];
        let Some(prompt) = turn.prompt.as_ref().filter(|_| !turn.abandoned) else { continue };
        if prompt.source == PromptSource::Delegated || prompt.at.is_some_and(|at| at > part.until) {
            continue;
        }
        let text = prompt.text.expose().trim();
        if text.is_empty() {
            continue;
        }
        let asked_before = prompts.iter().any(|before| before.role == PromptRole::Request);
        let stopped_before = *index > 0 && was_stopped(part.session, *index - 1);
        let role = if is_approval(text) {
            PromptRole::Approval
        } else if !asked_before {
            PromptRole::Request
        } else if stopped_before || redirects(text) {
            PromptRole::Redirection
        } else {
            PromptRole::Refinement
        };
        prompts.push(RecordedPrompt { at: prompt.at, role, source: prompt.source, text: Raw::new(text), cut: 0 });
    }
    prompts
}

/// Whether a person stopped or refused the agent at the end of the turn.
pub fn was_stopped(session: &Session, turn: usize) -> bool {
    let turn = &session.turns[turn];
    let refused =
        turn.calls.last().is_some_and(|call| matches!(call.outcome, Outcome::Rejected { .. } | Outcome::Interrupted));
    refused || !turn.interrupts.is_empty()
}

/// "yes", "go on", "commit": words that let the agent continue and ask for nothing new.
pub fn is_approval(text: &str) -> bool {
    let folded: String =
        text.to_lowercase().chars().map(|c| if c.is_alphanumeric() || c == '\'' { c } else { ' ' }).collect();
    let words: Vec<&str> = folded.split_whitespace().collect();
    !words.is_empty() && words.len() <= 6 && words.iter().all(|word| APPROVING.contains(word))
}

const APPROVING: &[&str] = &[
    "yes", "y", "yep", "for", "so", "with", "that's", "yeah", "ok", "okay", "k", "sure", "please", "do", "it", "go",
    "on", "ahead", "continue", "proceed", "commit", "push", "this", "that", "thanks", "thank", "you", "great",
    "perfect", "good", "nice", "lgtm", "looks", "fine", "and", "now", "the", "changes", "all", "right", "correct",
    "cool", "again", "try", "let's", "lets", "keep", "going", "sounds", "1", "2", "3", "a", "b", "ship", "done",
];

/// Whether a prompt begins by turning away from what was done.
pub fn redirects(text: &str) -> bool {
    let start: String = text.trim_start().chars().take(120).collect::<String>().to_lowercase();
    let first = start.split(|c: char| !c.is_alphanumeric() && c != '\'').find(|word| !word.is_empty()).unwrap_or("");
    matches!(
        first,
        "no" | "nope"
            | "don't"
            | "dont"
            | "undo"
            | "revert"
            | "stop"
            | "wait"
            | "wrong"
            | "hmm"
            | "actually"
            | "instead"
    ) || TURNING.iter().any(|words| start.contains(words))
}

const TURNING: &[&str] = &[
    "instead of",
    "undo ",
    "revert ",
    "not what i",
    "that's wrong",
    "that is wrong",
    "this is wrong",
    "should not",
    "shouldn't",
    "do not ",
    "don't ",
    "i don't want",
    "rather than",
    "why did you",
    "you should have",
    "please remove",
    "is not correct",
    "isn't right",
    "doesn't work",
    "does not work",
    "still not",
    "still fails",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_of_consent_is_an_approval_and_a_sentence_is_not() {
        assert!(is_approval("Yes, please go ahead."));
        assert!(is_approval("commit"));
        assert!(!is_approval("yes, but use a parameter"));
        assert!(!is_approval("add a percentage discount"));
    }

    #[test]
    fn a_change_of_course_is_recognised_by_how_it_begins() {
        assert!(redirects("No, prices are in cents"));
        assert!(redirects("Undo the cache, it is not worth it"));
        assert!(redirects("please use a set instead of a list"));
        assert!(!redirects("now add a test for it"));
    }
}
