//! What the agent itself said of a failure: the sentence behind it that explains, if there is one.

use crate::link::part::SessionWindow;
use crate::link::steps::{WIDTH, WindowCall};
use crate::record::quote::Quote;
use crate::record::text::Raw;

/// The agent's explanation right after a step: before its next call, or at the end of the turn.
pub(super) fn explanation(part: &SessionWindow, step: &WindowCall) -> Option<Raw> {
    explaining_sentence(after(part, step)?)
}

/// What the agent was about to do with this call, as far as it speaks of another way.
pub(super) fn new_way(step: &WindowCall) -> Option<Raw> {
    let text = step.tool_call.said_before.as_ref()?.expose();
    let turns = |sentence: &&str| {
        let lower = sentence.to_lowercase();
        // "Let me revert." says no more than that.
        sentence.split_whitespace().count() >= LEAST_WORDS && NEW_WAY.iter().any(|word| lower.contains(word))
    };
    sentences(text).into_iter().find(turns).map(|sentence| quote(text, sentence))
}

const NEW_WAY: &[&str] =
    &["instead", "revert", "undo", "rather than", "take it out", "back out", "roll back", "put back"];

/// The words behind a step. Of calls that were made together only the first has words before it.
fn after<'a>(part: &SessionWindow<'a>, step: &WindowCall) -> Option<&'a str> {
    let turn = &part.session.turns[step.turn];
    let ended = step.tool_call.ended_at.or(step.tool_call.at);
    let is_later = |at: Option<jiff::Timestamp>| ended.zip(at).is_none_or(|(ended, at)| at >= ended);
    let mut later = turn.calls[step.call + 1..].iter().filter(|call| is_later(call.at));
    match later.next() {
        Some(next) => next.said_before.as_ref().map(Raw::expose),
        None => turn.reply.as_ref().map(Raw::expose),
    }
}

/// Beginnings of sentences that announce and explain nothing.
const ANNOUNCES: &[&str] = &[
    "let me",
    "now ",
    "now,",
    "i'll",
    "i will",
    "let's",
    "good",
    "great",
    "perfect",
    "ok",
    "first",
    "next",
    "i need to",
    "checking",
    "looking",
    "all ",
    "done",
    "excellent",
    "running",
    "fixing",
    "trying",
];

/// Words of sentences that say why.
const EXPLAINS: &[&str] = &[
    "because",
    "since ",
    " so ",
    "due to",
    "expects",
    "expected",
    "missing",
    "doesn't",
    "does not",
    "didn't",
    "isn't",
    "wasn't",
    "not ",
    "no longer",
    "can't",
    "cannot",
    "wrong",
    "issue",
    "problem",
    "fails",
    "failed",
    "failing",
    "failure",
    "needs",
    "requires",
    "unrelated",
    "pre-existing",
    "conflict",
    "instead of",
    "only ",
    "still ",
    "too ",
    "mismatch",
    "error",
    "broke",
    "stale",
    "already",
    "would ",
];

/// Of the first sentences the one that says why.
fn explaining_sentence(text: &str) -> Option<Raw> {
    let explains = |sentence: &&str| {
        let lower = sentence.to_lowercase();
        let announces = ANNOUNCES.iter().any(|start| lower.starts_with(start));
        // "Let me fix the test, the key is too short": what stands behind the comma may explain.
        let rest = if announces {
            lower.split_once([',', ':', '\u{2014}', '\u{2013}']).map_or("", |(_, rest)| rest)
        } else {
            &lower
        };
        // "Formatting issues." and "2 test failures." repeat what the check said.
        sentence.split_whitespace().count() >= LEAST_WORDS && EXPLAINS.iter().any(|word| rest.contains(word))
    };
    sentences(text).into_iter().take(MOST_SENTENCES).find(explains).map(|sentence| quote(text, sentence))
}

const MOST_SENTENCES: usize = 4;
const LEAST_WORDS: usize = 5;

fn quote(text: &str, sentence: &str) -> Raw {
    Quote::new(text, [sentence], WIDTH).folded().into()
}

/// The sentences of a text, without headings and code: each a slice of it, in one line.
fn sentences(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut is_code = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with("```") {
            is_code = !is_code;
        }
        if is_code || line.is_empty() || line.starts_with(['#', '|', '`', '>']) {
            continue;
        }
        let mut rest = line.trim_start_matches(['-', '*', ' ']);
        while let Some(end) = end_of_sentence(rest) {
            found.push(rest[..end].trim());
            rest = rest[end..].trim_start();
        }
        if !rest.is_empty() {
            found.push(rest);
        }
        if found.len() > 2 * MOST_SENTENCES {
            break;
        }
    }
    found
}

/// Where a sentence ends that another one follows: behind a full stop and before a capital letter.
fn end_of_sentence(text: &str) -> Option<usize> {
    let ends = text.match_indices(['.', '!', '?']).map(|(at, _)| at + 1);
    ends.into_iter().find(|end| {
        let behind = &text[*end..];
        behind.starts_with(' ') && behind.trim_start().starts_with(|c: char| c.is_uppercase() || c == '`' || c == '*')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_that_says_why_is_told_from_announcements() {
        for (text, expected) in [
            (
                "The init runs inside the other shell, so the variable is not set. Let me fix that.",
                Some("The init runs inside the other shell, so the variable is not set."),
            ),
            ("Let me look at the test.", None),
            (
                "I see. The mock lacks `count`, which the service now expects. I'll add it.",
                Some("The mock lacks `count`, which the service now expects."),
            ),
            ("Good, all tests pass now.", None),
            ("Just formatting issues.", None),
            ("Let me fix the fixture: its key is too short.", Some("Let me fix the fixture: its key is too short.")),
            ("```\nerror: x\n```\nNow I'll run it.", None),
            ("## Why\n\n- The build needs node 20.", Some("The build needs node 20.")),
            ("", None),
        ] {
            assert_eq!(explaining_sentence(text).as_ref().map(Raw::expose), expected, "{text}");
        }
    }
}
