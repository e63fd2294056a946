//! What is said of a failed check that makes it no failure of the commit: it was there before, it was meant, it is of the machine, or
//! the work went on to another wish.

use super::agent_words::{calls_it_old, explanation_of, plain, words_around};
use super::changes::ToldChange;
use super::old_words::OLD;
use super::part::SessionWindow;
use crate::checks::repairs::tries_another_state;
use crate::link::steps::WindowCall;
use crate::record::contribution::CheckKind;
use crate::record::session::{Action, Turn};
use crate::record::text::Raw;

/// Whether what follows a failure was done in answer to it: in the turn in which it failed, or asked for by a person who speaks of it.
pub(super) fn is_of_this_wish(part: &SessionWindow, steps: &[WindowCall], failed: usize, change: &ToldChange) -> bool {
    const SPEAKS: &[&str] =
        &["fix", "fail", "error", "broken", "lint", "test", "build", "ci", "check", "type", "format"];
    let Some(until) = change.steps.iter().min() else { return true };
    let turn = steps[failed].turn;
    let turns = &part.session.turns[turn + 1..=steps[*until].turn.max(turn)];
    // Code that the agent speaks of in its answers.
    let replies = part.session.turns[turn..=steps[*until].turn.max(turn)].iter().filter_map(|turn| turn.reply.as_ref());
    let quoted: Vec<&str> = replies
        .flat_map(|reply| reply.expose().split('`').skip(1).step_by(2))
        .filter(|code| code.len() >= LEAST_CODE)
        .collect();
    turns.iter().filter_map(Turn::said).all(|prompt| {
        let lower = plain(prompt.text.expose());
        let mut words = lower.split(|c: char| !c.is_alphanumeric());
        words.any(|word| SPEAKS.iter().any(|speaks| word == *speaks || (speaks.len() > 3 && word.starts_with(speaks))))
            || lower.split_whitespace().count() <= FEW_WORDS
            || lower.trim_end().ends_with('?')
            || quoted.iter().any(|code| prompt.text.expose().contains(code))
            // In another language nobody knows.
            || lower.chars().any(|c| c.is_alphabetic() && !c.is_ascii())
    })
}

/// Shorter code stands in many a prompt by chance.
const LEAST_CODE: usize = 5;

/// "go ahead", "yes please": a prompt that wishes for nothing new.
const FEW_WORDS: usize = 3;

/// "Expected — the callers still use the old name.": who says so has only begun, and goes on.
pub(super) fn is_announced(why: Option<&Raw>) -> bool {
    why.is_some_and(|why| why.expose().to_lowercase().starts_with("expected"))
}

/// Whether the agent says that the machine is to blame, on which it works.
pub(super) fn is_of_the_machine(why: Option<&Raw>) -> bool {
    const SAYS: &[&str] = &[
        "environment limitation",
        "environmental limitation",
        "limitation of this environment",
        "environment issue",
        "environment problem",
        "this machine lacks",
        "this machine doesn",
        "this machine does not",
        "on this machine",
        "in this sandbox",
        "sandbox restriction",
        "not installed",
        "isn't installed",
        "isn’t installed",
    ];
    let lower = why.map(|why| why.expose().to_lowercase()).unwrap_or_default();
    SAYS.iter().any(|words| lower.contains(words))
}

/// Whether the agent says that the failure was there before its work, or is of others' work.
pub(super) fn is_old(why: Option<&Raw>) -> bool {
    why.is_some_and(|why| {
        let lower = plain(why.expose());
        OLD.iter().any(|words| lower.contains(words))
    })
}

/// What the agent said of a run that failed, and whether it said that it is not of its work.
pub(super) fn said_of_failure(part: &SessionWindow, step: &WindowCall, kind: CheckKind) -> (Option<Raw>, bool) {
    let explained = explanation_of(part, step, kind);
    let called_old = calls_it_old(part, step);
    let excused = called_old.is_some() || is_old(explained.as_ref()) || is_of_the_machine(explained.as_ref());
    (called_old.or(explained), excused)
}

/// Whether the check was run to see it fail: a test without its code, the code without its change.
pub(super) fn is_meant(part: &SessionWindow, steps: &[WindowCall], failed: usize) -> bool {
    const SAYS: &[&str] = &[
        "fails as expected",
        "fail as expected",
        "failed as expected",
        "failing as expected",
        "as expected (red",
        "expected to fail",
        "expect it to fail",
        "expect this to fail",
        "confirm it fails",
        "confirm they fail",
        "verify it fails",
        "verify they fail",
        "see it fail",
        "see them fail",
        "watch it fail",
        "watch them fail",
        "test should fail",
        "tests should fail",
        "confirm the test fails",
        "confirm the tests fail",
        "verify the test fails",
        "verify the tests fail",
        "fails without the fix",
        "fail without the fix",
        "without the fix",
        "catches the regression",
        "catch the regression",
        "catches a regression",
        "catch a regression",
        "actually catches",
        "temporarily revert",
        "failing test first",
        "failing tests first",
        "red phase",
        "red step",
        "red confirmed",
        "confirmed red",
        "remaining call sites",
        "find call sites",
        "find all call sites",
        "see what breaks",
        "find what breaks",
        "let the compiler",
        "must fail",
        "must still fail",
        "deliberately fail",
        "deliberately break",
        "deliberately broken",
        "fault injection",
    ];
    let is_altered = |step: usize| match &steps[step].tool_call.action {
        Action::Shell { command, .. } => tries_another_state(command.expose()),
        _ => false,
    };
    let words = words_around(part, steps, failed);
    let says = || SAYS.iter().any(|says| words.contains(says));
    // What was said before the run sets out to see it fail; what is said behind it may be pleased.
    let looks_forward = || {
        let before = steps[failed].tool_call.said_before.as_ref().map(|said| plain(said.expose())).unwrap_or_default();
        before.split(['.', '\n']).any(sets_out_to_see_a_failure)
            || words.split(['.', '\n']).any(|sentence| is_pleased_with_a_failure(sentence) || is_as_expected(sentence))
    };
    // The command says so itself. What a test is called says nothing.
    let announces = |step: usize| match &steps[step].tool_call.action {
        Action::Shell { command, .. } => {
            let lower = command.expose().to_lowercase();
            ANNOUNCED.iter().any(|words| lower.contains(words))
        }
        _ => false,
    };
    is_altered(failed) || says() || announces(failed) || looks_forward()
}

/// "Verify tests fail:", "watch the new ones fail", "Verify RED". Not so "verify the failing tests" and "confirm whether it fails".
fn sets_out_to_see_a_failure(sentence: &str) -> bool {
    const SETTING_OUT: &[&str] = &["confirm", "confirming", "ensure", "observe", "verify", "verifying", "watch"];
    let words = words_of(sentence);
    (0..words.len()).filter(|place| SETTING_OUT.contains(&words[*place])).any(|begin| fails_soon(&words[begin + 1..]))
}

/// "Good, 9 tests fail": who says so had the tests before the code. Not so "good, only 2 tests fail".
fn is_pleased_with_a_failure(sentence: &str) -> bool {
    const PLEASED: &[&str] = &["excellent", "good", "great", "perfect"];
    let words = words_of(sentence);
    words.first().is_some_and(|first| PLEASED.contains(first)) && fails_soon(&words[1..])
}

/// "Fails (import error, as expected)", "both tests fail with a NameError, as expected": at the end, and about the failure. Not so "it fails
/// because the sum is not rounded as expected".
fn is_as_expected(sentence: &str) -> bool {
    let fails = |word: &&str| ["fail", "fails", "failed", "failing", "failure", "failures", "red"].contains(word);
    let denies = |word: &&str| {
        let others = [
            "down", "fine", "fixed", "gone", "green", "passed", "passing", "works", "because", "but", "longer",
            "never", "not", "only", "pass", "passes", "since", "why",
        ];
        others.contains(word) || word.ends_with("n't")
    };
    let end = sentence.trim_end_matches(|c: char| !c.is_alphanumeric());
    let Some(before) = end.strip_suffix("as expected").map(str::trim_end) else { return false };
    let words = words_of(before);
    let is_of_it = before.ends_with([',', '(']) || words.last().is_some_and(fails);
    is_of_it && words.iter().any(fails) && !words.iter().any(denies)
}

fn words_of(sentence: &str) -> Vec<&str> {
    sentence.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty()).collect()
}

/// Whether one of the next words is that something fails, and none before it asks, denies or counts what is left.
fn fails_soon(words: &[&str]) -> bool {
    const OTHERWISE: &[&str] = &[
        "but", "doesn't", "don't", "down", "how", "if", "just", "no", "none", "not", "now", "only", "still", "to",
        "what", "when", "where", "whether", "which", "why", "without",
    ];
    let behind = words.iter().take(NEAR_FAILURE).take_while(|word| !OTHERWISE.contains(word));
    behind.into_iter().any(|word| ["fail", "fails", "red"].contains(word))
}

/// Words between setting out and "fail".
const NEAR_FAILURE: usize = 5;

/// Words of commands that try whether something is caught.
const ANNOUNCED: &[&str] = &["must fail", "must still fail", "expected to fail", "expect fail", "fault injection"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_sets_out_to_see_a_test_fail_is_told_from_who_asks_why_it_does() {
        for words in ["step 2: verify tests fail:", "**verify red", "let me watch the new ones fail first"] {
            assert!(sets_out_to_see_a_failure(words), "{words}");
        }
        assert!(is_pleased_with_a_failure("good - 9 tests fail"));
        for words in
            ["fails (import error, as expected)", "red, as expected", "both fail with a nameerror, as expected"]
        {
            assert!(is_as_expected(words), "{words}");
        }
        for words in [
            "it does not fail as expected",
            "as expected, the sum is 4",
            "one failed, the other three are green, as expected",
            "the migration works and the failing cases are down to one, as expected",
            "the failing test passed, as expected",
            "the test failed because the mock isn't called as expected",
            "the test fails since the server no longer answers as expected",
            "3 pass as expected, 1 fails",
            "the test fails",
        ] {
            assert!(!is_as_expected(words), "{words}");
        }
        for words in [
            "let me see why the tests fail",
            "i see the tests are failing because of the sum",
            "let me check the failing test",
            "verify the failing tests",
            "confirm whether it fails on main",
            "good, but 9 tests fail",
            "good progress, 2 tests failing",
            "good, only 2 tests fail",
            "good, no tests fail",
            "the tests fail, let me check the sum",
        ] {
            assert!(!sets_out_to_see_a_failure(words) && !is_pleased_with_a_failure(words), "{words}");
        }
    }
}
