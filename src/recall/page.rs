//! Answers as text, the same for a terminal and an agent: outside text on one line each, in quotes, with nothing in it that steers.

use jiff::Timestamp;

use super::answers::{RecallHit, SearchAnswer, TriedAnswer};
use super::memory::MemoryKind;
use crate::record::contribution::{AttemptEnd, CheckResult, WhySource};
use crate::record::text::{Clean, beginning};
use crate::text::ids::short;
use crate::text::visible::visible_line;

/// Characters of a text on its line.
const TEXT: usize = 300;
/// Said where nothing that was asked is a word.
const NO_WORD: &str = "There is no word to look for in it";
/// Files that are named.
const FILES: usize = 4;

/// Outside text on one line, in quotes that it cannot leave, cut where it is long.
pub(crate) fn quoted(text: &str, most: usize) -> String {
    let line = visible_line(beginning(text, most * 20).0).replace(['\u{201c}', '\u{201d}'], "\"");
    let (near, left) = beginning(&line, most);
    let cut = if left > 0 { "\u{2026}" } else { "" };
    format!("\u{201c}{}{cut}\u{201d}", near.trim_end())
}

/// Says that older commits were not looked at, where there are any.
pub(crate) fn unseen(commits: u32) -> Option<String> {
    let (plural, were) = if commits == 1 { ("", "was") } else { ("s", "were") };
    (commits > 0).then(|| format!("{commits} older commit{plural} {were} not looked at."))
}

pub(crate) fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

pub(crate) fn result_word(result: CheckResult) -> &'static str {
    match result {
        CheckResult::Passed => "passed",
        CheckResult::Failed => "failed",
        CheckResult::NotSeen => "ran; how it ended was not seen",
    }
}

pub(crate) fn short_files(files: &[String]) -> String {
    let named: Vec<String> = files.iter().take(FILES).map(|file| visible_line(file)).collect();
    match files.len().saturating_sub(FILES) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

/// The answer of `tried`: hits, how many more there are, and what is recorded.
pub(crate) fn tried(answer: &TriedAnswer) -> String {
    let none = match answer.no_word {
        true => NO_WORD,
        false => "Nothing like it is known to have failed or been corrected",
    };
    hits(&answer.hits, answer.more, none, &answer.coverage.said)
}

/// The answer of `search`.
pub(crate) fn search(answer: &SearchAnswer) -> String {
    let none = if answer.no_word { NO_WORD } else { "Nothing that is recorded has all of these words" };
    hits(&answer.hits, answer.more, none, &answer.coverage.said)
}

fn hits(hits: &[RecallHit], more: u32, none: &str, coverage: &str) -> String {
    let mut text = String::new();
    for (index, hit) in hits.iter().enumerate() {
        text.push_str(&one(index + 1, hit));
    }
    if hits.is_empty() {
        text.push_str(&format!("{none}.\n"));
    }
    if more > 0 {
        text.push_str(&format!("{more} more.\n"));
    }
    text.push_str(&format!("Recorded: {coverage}.\n"));
    text
}

fn one(number: usize, hit: &RecallHit) -> String {
    let mut head = vec![day(hit.at), hit.kind.name().to_owned()];
    head.extend(hit.because.map(|because| because.name().to_owned()));
    head.extend(hit.agent.as_ref().map(ToString::to_string));
    let times = if hit.times > 1 { format!(", {} times like this", hit.times) } else { String::new() };
    let away = if hit.in_history { "" } else { " (not in this history)" };
    let mut text = format!("{number}. {}{times}\n", head.join(", "));
    let mut item = |lead: &str, said: String| text.push_str(&format!("   {lead}: {said}\n"));
    let quote = |text: &Clean| quoted(text.as_str(), TEXT);
    item(lead(hit.kind), quote(&hit.text));
    if let Some(error) = &hit.error {
        item("error", quote(error));
    }
    if let Some(why) = &hit.why {
        item(whose(hit.why_from), quote(why));
    }
    if let Some(cure) = &hit.cure {
        item(next(hit.ended), format!("{}{}", quote(cure), stands(hit.cure_in_tree)));
    }
    if let Some(ended) = hit.ended {
        item("then", ending(ended).to_owned());
    }
    if let Some(result) = hit.result {
        item("result", result_word(result).to_owned());
    }
    if !hit.files.is_empty() {
        item("files", short_files(&hit.files));
    }
    if let Some(by) = &hit.reverted_by {
        item("reverted by", short(by).to_owned());
    }
    item("commit", format!("{} {}{away}", short(&hit.commit), quote(&hit.subject)));
    text
}

fn lead(kind: MemoryKind) -> &'static str {
    match kind {
        MemoryKind::Failure => "tried",
        MemoryKind::TakenBack => "taken back",
        MemoryKind::Refused => "refused",
        MemoryKind::Stopped => "stopped",
        MemoryKind::Correction => "a person said",
        MemoryKind::Revert => "reverted",
        MemoryKind::Prompt => "asked",
        MemoryKind::Check => "checked",
        MemoryKind::Constraint => "has to keep to",
        MemoryKind::Commit => "subject",
    }
}

/// What a change after a failure is called: whether it cured it is known only where it passed then.
pub(crate) fn next(ended: Option<AttemptEnd>) -> &'static str {
    match ended {
        Some(AttemptEnd::PassedAfterChange) => "cure",
        Some(AttemptEnd::PassedUnchanged | AttemptEnd::StillFailed | AttemptEnd::NotRunAgain) | None => "next",
    }
}

pub(crate) fn whose(from: Option<WhySource>) -> &'static str {
    match from {
        Some(WhySource::Person) => "why, in a person's words",
        Some(WhySource::Agent) => "why, in the agent's words, unconfirmed",
        Some(WhySource::Check) => "why, in the check's words",
        None => "why",
    }
}

fn ending(ended: AttemptEnd) -> &'static str {
    match ended {
        AttemptEnd::PassedAfterChange => "it passed after the change",
        AttemptEnd::PassedUnchanged => "it passed later without a change",
        AttemptEnd::StillFailed => "it failed again",
        AttemptEnd::NotRunAgain => "it was not run again",
    }
}

pub(crate) fn stands(in_tree: Option<bool>) -> &'static str {
    match in_tree {
        Some(true) => " (still in that file)",
        Some(false) => " (no longer in that file)",
        None => "",
    }
}
