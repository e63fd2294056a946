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
    let said = |step: usize| {
        let words = words_around(part, steps, step);
        SAYS.iter().any(|says| words.contains(says)) || words.split(['.', '\n']).any(looks_forward_to_failure)
    };
    // The command says so itself. What a test is called says nothing.
    let announces = |step: usize| match &steps[step].tool_call.action {
        Action::Shell { command, .. } => {
            let lower = command.expose().to_lowercase();
            ANNOUNCED.iter().any(|words| lower.contains(words))
        }
        _ => false,
    };
    is_altered(failed) || said(failed) || announces(failed)
}

/// "Verify tests fail:", "watch the new ones fail", "Good, 9 tests fail", "Verify RED". Not so "check why the tests fail" and "see whether
/// it fails".
fn looks_forward_to_failure(sentence: &str) -> bool {
    const SETTING_OUT: &[&str] =
        &["check", "confirm", "confirming", "ensure", "observe", "see", "verify", "verifying", "watch"];
    const PLEASED: &[&str] = &["excellent", "good", "great", "perfect"];
    const ASKING: &[&str] = &[
        "but", "how", "if", "no", "none", "not", "what", "when", "where", "whether", "which", "why", "without",
        "doesn't", "don't",
    ];
    const FAILING: &[&str] = &["fail", "fails", "failing", "red"];
    let words: Vec<&str> =
        sentence.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty()).collect();
    let begins = |place: &usize| SETTING_OUT.contains(&words[*place]) || (*place == 0 && PLEASED.contains(&words[0]));
    (0..words.len()).filter(begins).any(|begin| {
        let behind = words[begin + 1..].iter().take(NEAR_FAILURE).take_while(|word| !ASKING.contains(word));
        behind.into_iter().any(|word| FAILING.contains(word))
    })
}

/// Words between setting out and "fail".
const NEAR_FAILURE: usize = 5;

/// Words of commands that try whether something is caught.
const ANNOUNCED: &[&str] = &["must fail", "must still fail", "expected to fail", "fault injection"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_sets_out_to_see_a_test_fail_is_told_from_who_asks_why_it_does() {
        for words in [
            "step 2: verify tests fail:",
            "good - 9 tests fail",
            "**verify red",
            "let me watch the new ones fail first",
        ] {
            assert!(looks_forward_to_failure(words), "{words}");
        }
        for words in [
            "let me see why the tests fail",
            "check whether it fails on main",
            "good, but 9 tests fail",
            "good, no tests fail",
            "the tests fail, let me check the sum",
            "2 tests fail",
        ] {
            assert!(!looks_forward_to_failure(words), "{words}");
        }
    }
}
