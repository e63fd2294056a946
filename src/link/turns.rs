//! The turns of a session that led to a commit: which prompts count and what role each played.

use jiff::Timestamp;

use super::authorship::Attribution;
use super::claims::Claim;
use super::library::Library;
use super::part::{Part, part, turn_times};
use super::{attempts, checks, corrections, directed};
use crate::record::commit::Commit;
use crate::record::contribution::{Confidence, Contribution, PromptRole, RecordedPrompt};
use crate::record::note::FileRecord;
use crate::record::session::{Outcome, PromptSource, Session, Tokens};
use crate::record::text::Raw;

/// Everything that a claim's session says about the commit.
pub fn contribution(
    commit: &Commit,
    library: &Library,
    attribution: &Attribution,
    (place, claim): (usize, &Claim),
    files: &[FileRecord],
    since: Option<Timestamp>,
) -> Contribution<Raw> {
    let part = part(commit, library, attribution, claim, since);
    let session = part.session;
    let times = || part.turns.iter().flat_map(|turn| turn_times(session, *turn)).filter(|at| *at <= part.until);
    let mut tokens = Tokens::default();
    for turn in part.turns.iter().filter(|_| claim.confidence != Confidence::Overlap) {
        tokens.add(session.turns[*turn].tokens);
    }
    let attempts = if claim.confidence == Confidence::Overlap { Vec::new() } else { attempts::find(&part) };
    // What ran while the plan was made says nothing of the commit.
    let is_checked = claim.confidence != Confidence::Overlap && !claim.only_planned();
    let checks = if is_checked { checks::find(&part) } else { Vec::new() };
    let mut corrections = Vec::new();
    if claim.confidence != Confidence::Overlap {
        corrections.extend(directed::find(&part, commit));
        corrections.extend(corrections::manual(commit, library, (place, claim), files));
        corrections.extend(corrections::told(session));
    }
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

fn prompts(part: &Part) -> Vec<RecordedPrompt<Raw>> {
    let mut prompts: Vec<RecordedPrompt<Raw>> = Vec::new();
    for index in &part.turns {
        let turn = &part.session.turns[*index];
        let Some(prompt) = turn.prompt.as_ref().filter(|_| !turn.abandoned) else { continue };
        if prompt.source == PromptSource::Delegated || prompt.at.is_some_and(|at| at > part.until) {
            continue;
        }
        // A command of the agent's own window, `/exit` or `/clear`, asks for nothing.
        if prompt.source == PromptSource::Slash && turn.calls.is_empty() {
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
        } else if prompt.source != PromptSource::Plan && (stopped_before || redirects(text)) {
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
    // "Commit the changes we have so far": what is there goes in, and nothing new is asked for.
    if words.len() <= 10 && matches!(words.first(), Some(&("commit" | "push"))) {
        return words.iter().all(|word| APPROVING.contains(word) || COMMITTING.contains(word));
    }
    !words.is_empty() && words.len() <= 6 && words.iter().all(|word| APPROVING.contains(word))
}

const APPROVING: &[&str] = &[
    "yes", "y", "yep", "for", "so", "with", "that's", "yeah", "ok", "okay", "k", "sure", "please", "do", "it", "go",
    "on", "ahead", "continue", "proceed", "commit", "push", "this", "that", "thanks", "thank", "you", "great",
    "perfect", "good", "nice", "lgtm", "looks", "fine", "and", "now", "the", "changes", "all", "right", "correct",
    "cool", "again", "try", "let's", "lets", "keep", "going", "sounds", "1", "2", "3", "a", "b", "ship", "done",
];

const COMMITTING: &[&str] = &[
    "we",
    "have",
    "far",
    "what",
    "as",
    "is",
    "to",
    "branch",
    "open",
    "draft",
    "pr",
    "pull",
    "request",
    "current",
    "everything",
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
        assert!(is_approval("Commit the changes we have so far"));
        assert!(!is_approval("commit only the tests and rename the file"));
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
