//! Checks that failed on the way to a commit: an attempt for each thing that was wrong, with what was changed about it. Runs that
//! failed for the same reason are one.

use std::collections::HashSet;

use super::agent_words::explanation;
use super::checks::{RanCheck, ran_or_hook_in};
use super::part::SessionWindow;
use super::paths;
use crate::link::steps::{WindowCall, describe, files_of};
use crate::record::commit::Commit;
use crate::record::contribution::{AttemptEnd, AttemptKind, CheckKind, FailedAttempt, WhySource};
use crate::record::session::{Action, FailureKind, Outcome, ToolCall};
use crate::record::text::Raw;

/// Each failure with the index of the step at which it was first seen.
pub(super) fn find(part: &SessionWindow, steps: &[WindowCall], commit: &Commit) -> Vec<(usize, FailedAttempt<Raw>)> {
    let runs: Vec<(usize, RanCheck)> =
        steps.iter().enumerate().filter_map(|(index, step)| Some((index, ran_or_hook_in(part, step)?))).collect();
    if runs.iter().all(|(_, run)| !run.failed) {
        return Vec::new();
    }
    let own = own_files(steps, commit);
    let failures = failures(&runs);
    let counts = |failure: &&OpenFailure| failure.passed.is_some() || !is_elsewhere(failure.run, &own);
    failures.iter().filter(counts).map(|failure| (failure.first, told(part, steps, failure))).collect()
}

/// One thing that was wrong, as far as runs of one kind of check show it.
struct OpenFailure<'r> {
    run: &'r RanCheck,
    sign: String,
    /// The steps at which it was seen first and last.
    first: usize,
    last: usize,
    tries: u32,
    /// Of the runs with this failure the first whose output names it.
    error: Option<&'r Raw>,
    /// The step of a later run of the kind that failed for another reason, or passed.
    next: Option<usize>,
    passed: Option<usize>,
    /// Whether the check failed later, be it for another reason.
    fails_later: bool,
}

fn failures(runs: &[(usize, RanCheck)]) -> Vec<OpenFailure<'_>> {
    let mut failures: Vec<OpenFailure> = Vec::new();
    for (step, run) in runs {
        let is_open = |failure: &OpenFailure| failure.run.kind == run.kind && failure.passed.is_none();
        if !run.failed {
            // What was not seen to pass ends nothing.
            for failure in failures.iter_mut().filter(|failure| run.seen && is_open(failure)) {
                failure.passed = Some(*step);
                failure.next.get_or_insert(*step);
            }
            continue;
        }
        let sign = run.error.as_ref().map(sign).unwrap_or_default();
        // A run that does not say why fails for the reason known last, and one that does may explain it.
        let same = |failure: &OpenFailure| {
            is_open(failure) && (failure.sign == sign || sign.is_empty() || failure.sign.is_empty())
        };
        let known = failures.iter().rposition(same);
        for failure in failures.iter_mut().filter(|failure| is_open(failure)) {
            failure.fails_later = true;
        }
        match known {
            Some(place) => {
                let failure = &mut failures[place];
                failure.tries += 1;
                failure.last = *step;
                if failure.sign.is_empty() {
                    (failure.sign, failure.error) = (sign, run.error.as_ref());
                }
            }
            None => {
                for failure in failures.iter_mut().filter(|failure| is_open(failure)) {
                    failure.next.get_or_insert(*step);
                }
                let error = run.error.as_ref();
                failures.push(OpenFailure {
                    run,
                    sign,
                    first: *step,
                    last: *step,
                    tries: 1,
                    error,
                    next: None,
                    passed: None,
                    fails_later: false,
                });
            }
        }
    }
    failures
}

fn told(part: &SessionWindow, steps: &[WindowCall], failure: &OpenFailure) -> FailedAttempt<Raw> {
    let call = steps[failure.first].tool_call;
    let edited = edits_between(steps, failure.first, failure.next.unwrap_or(steps.len()));
    let since = edits_between(steps, failure.last, failure.next.unwrap_or(steps.len()));
    let ended = match failure.passed {
        Some(passed) if edits_between(steps, failure.first, passed).is_empty() => AttemptEnd::PassedUnchanged,
        Some(_) => AttemptEnd::PassedAfterChange,
        None if failure.fails_later => AttemptEnd::StillFailed,
        None => AttemptEnd::NotRunAgain,
    };
    let why = explanation(part, &steps[failure.first]).or_else(|| explanation(part, &steps[failure.last]));
    let mut files: Vec<String> = edited.iter().flat_map(|call| files_of(call)).collect();
    files.sort();
    files.dedup();
    FailedAttempt {
        error: failure.error.cloned(),
        why_from: why.as_ref().map(|_| WhySource::Agent),
        why,
        change: change(failure, &since).or_else(|| change(failure, &edited)).map(describe),
        ended: Some(ended),
        tries: failure.tries,
        files,
        hidden: failure.run.hidden,
        ..FailedAttempt::new(AttemptKind::Failed(failure.run.failure), call.at, describe(call))
    }
}

/// The edit that was made about a failure: that of a file it names. What a linter says of one file is not mended in another; a test,
/// or a type, may be.
fn change<'a>(failure: &OpenFailure, edits: &[&'a ToolCall]) -> Option<&'a ToolCall> {
    let named: Vec<&str> =
        failure.error.map(|error| error.expose().split_whitespace().filter_map(file_in).collect()).unwrap_or_default();
    let touches = |call: &&&ToolCall| files_of(call).iter().any(|file| named.contains(&file.as_str()));
    let is_elsewhere = failure.run.failure == FailureKind::Lint && !named.is_empty();
    edits.iter().find(touches).or(edits.first().filter(|_| !is_elsewhere)).copied()
}

fn edits_between<'a>(steps: &[WindowCall<'a>], from: usize, to: usize) -> Vec<&'a ToolCall> {
    let between = steps.get(from + 1..to).unwrap_or_default().iter().map(|step| step.tool_call);
    between
        .filter(|call| matches!((&call.action, &call.outcome), (Action::Edit(_), Outcome::Succeeded { .. })))
        .collect()
}

/// What a failure is known again by: its words without the numbers that each run or each edit changes. Empty where it holds no
/// more than counts.
fn sign(error: &Raw) -> String {
    let text = error.expose();
    let words = text.split_whitespace().map(|word| if is_moving(word) { "#" } else { without_place(word) });
    let sign: Vec<&str> = words.collect();
    let tells = sign.iter().filter(|word| word.chars().any(char::is_alphabetic)).count();
    let is_count = crate::checks::output::summary_line(text).is_some_and(|line| line.len() * 2 > text.len());
    if tells == 0 || is_count { String::new() } else { sign.join(" ") }
}

/// A place in a file, a time, an address: `2:7`, `12ms`, `0x7f51`.
fn is_moving(word: &str) -> bool {
    let bare = word.trim_matches(['(', ')', '[', ']', ',']);
    let is_time = bare.strip_suffix("ms").or_else(|| bare.strip_suffix('s')).is_some_and(|n| n.parse::<f64>().is_ok());
    let is_place = bare.contains(':') && bare.chars().all(|c| c.is_ascii_digit() || c == ':');
    is_time || is_place || bare.starts_with("0x")
}

/// `a.ts` of `a.ts:3:5:`, `a.ts(3,5):` and `CartTest.total:13`.
fn without_place(word: &str) -> &str {
    let is_number = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    let mut places = word.match_indices([':', '(']).map(|(at, _)| at);
    places.find(|at| is_number(&word[at + 1..]) && word[..*at].contains('.')).map_or(word, |at| &word[..at])
}

/// Names of the files of the commit and of those that the session edits.
fn own_files(steps: &[WindowCall], commit: &Commit) -> HashSet<String> {
    let of_commit = commit.files.iter().map(|file| paths::name(&file.path).to_owned());
    of_commit.chain(steps.iter().flat_map(|step| files_of(step.tool_call))).collect()
}

/// Whether a linter or a compiler complains of files alone that neither the commit nor the session touches.
fn is_elsewhere(run: &RanCheck, own: &HashSet<String>) -> bool {
    if run.kind == CheckKind::Test {
        return false;
    }
    let Some(error) = &run.error else { return false };
    let mut named = error.expose().split_whitespace().filter_map(file_in).peekable();
    named.peek().is_some() && named.all(|name| !own.contains(name))
}

/// The name of the file in a place or a path: `src/a.ts:3:5:`, `/w/src/a.ts`.
fn file_in(word: &str) -> Option<&str> {
    let word = without_place(word).trim_matches(['(', ')', ':', ',', '"', '\'', '`']);
    let name = paths::name(word);
    let (stem, extension) = name.rsplit_once('.')?;
    let is_file =
        !stem.is_empty() && (1..=5).contains(&extension.len()) && extension.chars().all(|c| c.is_ascii_alphanumeric());
    (is_file
        && (word.contains('/') || word.contains('\\') || stem.len() > 1)
        && !extension.starts_with(|c: char| c.is_ascii_digit()))
    .then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_known_again_wherever_it_has_moved() {
        for (one, other, expected) in [
            ("src/a.ts(3,5): error TS1: x", "src/a.ts(9,5): error TS1: x", true),
            ("a.py:3:5: F401 unused", "a.py:4:5: F401 unused", true),
            ("/w/a.js\n2:7 error x no-x", "/w/a.js\n3:7 error x no-x", true),
            ("test_a\nassert 1 == 2", "test_a\nassert 1 == 3", false),
            ("test_a\nassert 1 == 2", "test_b\nassert 1 == 2", false),
            ("src/a.ts(3,5): error TS1: x", "src/a.ts(3,5): error TS2: y", false),
        ] {
            assert_eq!(sign(&Raw::new(one)) == sign(&Raw::new(other)), expected, "{one} / {other}");
        }
        for count in ["1 failed, 3 passed in 0.1s", "Found 3 errors.", "1 issues:"] {
            assert_eq!(sign(&Raw::new(count)), "", "{count}");
        }
    }

    #[test]
    fn the_file_of_a_message_is_found() {
        for (word, expected) in [
            ("src/a.ts(3,5):", Some("a.ts")),
            ("src/cart.py:3:5:", Some("cart.py")),
            ("/w/src/cart.js", Some("cart.js")),
            ("lint/suspicious/noExplicitAny", None),
            ("e.g.", None),
            ("0.1s", None),
            ("error", None),
        ] {
            assert_eq!(file_in(word), expected, "{word}");
        }
    }
}
