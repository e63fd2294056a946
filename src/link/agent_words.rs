//! What the agent itself said of a failure: the sentence behind it that explains, if there is one.

use super::old_words::OLD;
use crate::checks::classify::classify_command;
use crate::checks::looks::only_looks;
use crate::link::part::SessionWindow;
use crate::link::sentences::sentences;
use crate::link::steps::{WIDTH, WindowCall};
use crate::record::contribution::CheckKind;
use crate::record::quote::Quote;
use crate::record::session::{Action, Outcome, ToolCall};
use crate::record::text::Raw;

/// The agent's explanation after a step: before it next changes something or runs a check, or at the end of the turn. Of what it
/// says meanwhile the first sentence that explains.
pub(super) fn explanation(part: &SessionWindow, step: &WindowCall) -> Option<Raw> {
    after(part, step).into_iter().find_map(|text| explaining_sentence(text, None))
}

/// The same of a check of this kind: what is said of another one that failed beside it is no reason.
pub(super) fn explanation_of(part: &SessionWindow, step: &WindowCall, kind: CheckKind) -> Option<Raw> {
    after(part, step).into_iter().find_map(|text| explaining_sentence(text, Some(kind)))
}

/// The sentence that names the cause, among what is said behind a step until something is changed about it: the first words after a
/// failure are often a mere remark. Where `first` says why already, only what was found out later.
pub(super) fn cause_between(
    part: &SessionWindow,
    steps: &[WindowCall],
    (behind, until): (usize, usize),
    kind: CheckKind,
    first: Option<&Raw>,
) -> Option<Raw> {
    let turn = steps[behind].turn;
    let said = steps.get(behind + 1..=until)?.iter().filter(|step| step.turn == turn);
    let reply = part.session.turns[turn].reply.as_ref().filter(|_| steps[until].turn > turn);
    let texts = said.filter_map(|step| step.tool_call.said_before.as_ref()).chain(reply).map(Raw::expose);
    let names = |sentence: &str, words: &[&str]| {
        let lower = plain(sentence);
        let announces = ANNOUNCES.iter().any(|start| lower.starts_with(start));
        !announces
            && !is_order(&lower)
            && !sentence.ends_with('?')
            && is_about(kind, &lower)
            && sentence.split_whitespace().count() >= LEAST_WORDS
            && words.iter().any(|words| lower.contains(words))
    };
    let texts: Vec<&str> = texts.collect();
    let sentence = |text: &str, words| {
        let found = sentences(text).into_iter().find(|sentence| names(sentence, words))?;
        Some(quote(text, found))
    };
    // The last thing that was found out is what was then put right.
    let found_out = texts.iter().rev().find_map(|text| sentence(text, FOUND_OUT));
    let is_why = first.is_some_and(|first| explains_plainly(&plain(first.expose())));
    found_out.or_else(|| texts.iter().find_map(|text| sentence(text, CAUSES)).filter(|_| !is_why))
}

/// Words of sentences in which somebody has found the cause.
pub(super) const FOUND_OUT: &[&str] = &[
    "root cause is",
    "root cause was",
    "root cause:",
    "the cause is",
    "the cause was",
    "is caused by",
    "was caused by",
    "the issue is",
    "the problem is",
    "the bug is",
    "turns out",
    "i found the",
    "found it:",
    "found the",
    "accidentally",
    "culprit",
    "that nails it",
    "is the trigger",
    "was the trigger",
];

/// Words of sentences that name a cause.
const CAUSES: &[&str] = &[
    "because",
    "root cause",
    "the cause",
    "caused by",
    "was waiting",
    "timing",
    "a race",
    "race condition",
    "due to",
    "moved from",
];

/// Whether the agent says, once a step has failed, that the failure was there before its work or is of others' work.
pub(super) fn calls_it_old(part: &SessionWindow, step: &WindowCall) -> Option<Raw> {
    let is_of_a_failure = |lower: &str| {
        ["fail", "error", "timeout", "time out", "timed out", "broken", "warning", "issue", "problem"]
            .iter()
            .chain(&["失敗", "エラー", "問題", "警告", "失败", "错误", "问题"])
            .any(|word| lower.contains(word))
    };
    let says_so = |sentence: &&str| {
        let lower = plain(sentence);
        is_of_a_failure(&lower) && OLD.iter().any(|words| lower.contains(words))
    };
    let texts = after(part, step);
    texts.into_iter().find_map(|text| Some(quote(text, sentences(text).into_iter().find(says_so)?)))
}

pub(super) fn is_about(kind: CheckKind, sentence: &str) -> bool {
    let has = |words: &[&str]| words.iter().any(|word| sentence.contains(word));
    let of_tests = has(&["test fail", "tests fail", "failing test", "test failure"]);
    let of_linters = has(&[
        "lint error",
        "linter",
        "lint issue",
        "lint fail",
        "lint nit",
        "clippy",
        "typecheck",
        "type error",
        "type check",
    ]);
    match kind {
        CheckKind::Test => of_tests || !of_linters,
        CheckKind::Lint | CheckKind::Format | CheckKind::TypeCheck | CheckKind::Build | CheckKind::Script => {
            of_linters || !of_tests
        }
        CheckKind::Told => true,
    }
}

/// What the agent said right before a step (or before the edit that it checks) and right after it, in small letters.
pub(super) fn words_around(part: &SessionWindow, steps: &[WindowCall], index: usize) -> String {
    let turn = steps[index].turn;
    let back = steps[..index].iter().rev().take_while(|step| step.turn == turn && !is_check(step.tool_call));
    let own = steps[index].tool_call.said_before.as_ref();
    let before = own.or_else(|| back.take(MOST_CALLS).find_map(|step| step.tool_call.said_before.as_ref()));
    let turn = &part.session.turns[turn];
    let behind = match turn.calls.get(steps[index].call + 1) {
        Some(next) => next.said_before.as_ref(),
        None => turn.reply.as_ref(),
    };
    let words: Vec<&str> = before.into_iter().chain(behind).map(Raw::expose).collect();
    plain(&words.join("\n"))
}

fn is_check(call: &ToolCall) -> bool {
    matches!(&call.action, Action::Shell { command, .. } if classify_command(command.expose()).is_some())
}

/// What the agent said last before a step, behind another one. Of calls that were made together only the first has words before it.
pub(super) fn lead_in<'a>(steps: &[WindowCall<'a>], behind: usize, index: usize) -> Option<&'a str> {
    let turn = steps[index].turn;
    let between = steps.get(behind + usize::from(behind < index)..=index)?.iter().rev();
    let mut said = between.take_while(|step| step.turn == turn).filter_map(|step| step.tool_call.said_before.as_ref());
    said.next().map(Raw::expose)
}

/// What the agent was about to do with this call, as far as it speaks of another way.
pub(super) fn new_way(step: &WindowCall) -> Option<Raw> {
    let text = step.tool_call.said_before.as_ref()?.expose();
    let turns = |sentence: &&str| {
        let lower = plain(sentence);
        // "Let me revert." says no more than that.
        sentence.split_whitespace().count() >= LEAST_WORDS && NEW_WAY.iter().any(|word| lower.contains(word))
    };
    sentences(text).into_iter().find(turns).map(|sentence| quote(text, sentence))
}

const NEW_WAY: &[&str] =
    &["instead", "revert", "undo", "rather than", "take it out", "back out", "roll back", "put back"];

/// The texts behind a step until the agent changes something or runs a check, the words before that included.
fn after<'a>(part: &SessionWindow<'a>, step: &WindowCall) -> Vec<&'a str> {
    let turn = &part.session.turns[step.turn];
    let ended = step.tool_call.ended_at.or(step.tool_call.at);
    let is_later = |at: Option<jiff::Timestamp>| ended.zip(at).is_none_or(|(ended, at)| at >= ended);
    let later: Vec<&ToolCall> =
        turn.calls[step.call + 1..].iter().filter(|call| is_later(call.at)).take(MOST_CALLS).collect();
    let commits = |call: &ToolCall| matches!(&call.action, Action::Shell { command, .. } if command.expose().contains("git commit"));
    let does = |call: &&ToolCall| matches!(call.action, Action::Edit(_)) || is_check(call) || commits(call);
    // What is said behind the next failure is about that one.
    let fails = |call: &&ToolCall| match (&call.action, &call.outcome) {
        (Action::Shell { command, .. }, Outcome::Failed { .. }) => !only_looks(command.expose()),
        _ => false,
    };
    let last = later.iter().position(|call| does(call) || fails(call)).map_or(later.len(), |place| place + 1);
    let said = later[..last].iter().filter_map(|call| call.said_before.as_ref());
    let ends = later.is_empty()
        || (last == later.len()
            && later.len() < MOST_CALLS
            && later.last().is_some_and(|call| !does(call) && !fails(call)));
    said.chain(turn.reply.as_ref().filter(|_| ends)).map(Raw::expose).collect()
}

/// So many calls later the words are about something else.
const MOST_CALLS: usize = 12;

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
    "confirming",
    "verifying",
    "continuing",
    "i'm ",
    "i am ",
    "only one error left",
    "there are ",
    "there is ",
    "i see the ",
    "i can see the ",
    "the error",
    "test ",
    "tests ",
];

/// Words of sentences that plainly say why.
const PLAINLY: &[&str] = &[
    "because",
    "since ",
    " so ",
    "due to",
    "expects",
    "missing",
    "has no ",
    "have no ",
    "lacks ",
    "doesn't",
    "does not",
    "didn't",
    "isn't",
    "wasn't",
    "no longer",
    "can't",
    "cannot",
    "wrong",
    "needs",
    "requires",
    "conflict",
    "instead of",
    "mismatch",
    "stale",
    "unrelated",
    "pre-existing",
    "root cause",
    "the issue is",
    "the problem is",
];

/// Words of sentences that may.
const MAYBE: &[&str] = &[
    "expected", "not ", "issue", "problem", "fails", "failed", "failing", "failure", "only ", "still ", "too ",
    "error", "broke", "already", "would ",
];

fn explains_plainly(rest: &str) -> bool {
    PLAINLY.iter().any(|word| rest.contains(word))
}

/// A few words with "error" in them repeat what the check said.
fn may_explain(rest: &str) -> bool {
    let is_detailed = rest.split_whitespace().count() >= MANY_WORDS || rest.contains(['`', ':']);
    is_detailed && MAYBE.iter().any(|word| rest.contains(word))
}

const MANY_WORDS: usize = 5;

/// In small letters, with the straight apostrophe.
pub(super) fn plain(text: &str) -> String {
    text.to_lowercase().replace('\u{2019}', "'")
}

/// Of the first sentences the one that says why.
pub(super) fn explaining_sentence(text: &str, kind: Option<CheckKind>) -> Option<Raw> {
    let explains = |sentence: &&str| {
        let lower = plain(sentence);
        let announces = ANNOUNCES.iter().any(|start| lower.starts_with(start));
        // "Let me fix the test, the key is too short": what stands behind the comma may explain.
        let rest = if announces {
            let rest = lower.split_once([',', ':', '\u{2014}', '\u{2013}']).map_or("", |(_, rest)| rest);
            // "I see the issue - the cart takes no price."
            let sees = lower.starts_with("i see ") && rest.is_empty();
            let rest = if sees { lower.split_once(" - ").map_or("", |(_, rest)| rest) } else { rest };
            let goes_on =
                ["let me", "i'll", "i will", "i'm ", "let's"].iter().any(|start| rest.trim_start().starts_with(start));
            if goes_on { "" } else { rest }
        } else {
            &lower
        };
        // "Formatting issues." and "2 test failures." repeat what the check said. "Add a port, so that it ..." is done about it.
        !is_order(&lower)
            && !is_over(&lower)
            && !is_deed(&lower)
            && !lower.starts_with("later ")
            && sentence.split_whitespace().count() >= LEAST_WORDS
            && kind.is_none_or(|kind| is_about(kind, &lower))
            && (explains_plainly(rest) || may_explain(rest))
    };
    sentences(text).into_iter().take(MOST_SENTENCES).find(explains).map(|sentence| quote(text, sentence))
}

/// "The failure of the linter is fixed, and the check now passes."
fn is_over(lower: &str) -> bool {
    ["is fixed", "are fixed", "is cleared", "are cleared", "now passes", "now pass "]
        .iter()
        .any(|words| lower.contains(words))
        && !explains_plainly(lower)
}

/// "Moved the plugins, so that they load once.": what was done about it.
fn is_deed(lower: &str) -> bool {
    const DONE: &[&str] = &[
        "added",
        "changed",
        "converted",
        "created",
        "extracted",
        "finished",
        "fixed",
        "implemented",
        "moved",
        "removed",
        "renamed",
        "replaced",
        "rewrote",
        "switched",
        "updated",
    ];
    let mut words = lower.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty());
    let first = words.next().unwrap_or_default();
    let done = if matches!(first, "i've" | "we've") { words.next().unwrap_or_default() } else { first };
    DONE.contains(&done)
}

/// "add `EXPOSE` to the image, so that it listens": what is to be done, said as an order.
fn is_order(lower: &str) -> bool {
    const ORDERS: &[&str] = &[
        "add", "replace", "remove", "update", "switch", "move", "rename", "wrap", "rewrite", "convert", "extract",
        "skip", "install", "delete", "revert", "use", "make", "keep", "fix", "drop", "pass",
    ];
    let first = lower.split(|c: char| !c.is_alphanumeric()).find(|word| !word.is_empty());
    first.is_some_and(|word| ORDERS.contains(&word)) && !lower.contains(" of ")
}

const MOST_SENTENCES: usize = 4;
pub(super) const LEAST_WORDS: usize = 5;

fn quote(text: &str, sentence: &str) -> Raw {
    Quote::new(text, [sentence], WIDTH).folded().into()
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
            ("The failure of the cart is fixed, and that check now passes.", None),
            ("Just formatting issues.", None),
            ("Confirming the state behind the fix still passes and the whole suite is green.", None),
            ("Only one error left in production code!", None),
            ("I\u{2019}m asking for permission so that it need not wait.", None),
            ("Let me fix the fixture: its key is too short.", Some("Let me fix the fixture: its key is too short.")),
            ("```\nerror: x\n```\nNow I'll run it.", None),
            ("## Why\n\n- The build needs node 20.", Some("The build needs node 20.")),
            ("`AtomicU128` is still unstable there. Use the other.", Some("`AtomicU128` is still unstable there.")),
            ("`cargo test`", None),
            ("I see the tests are failing. First, let me update the cart, which needs a price.", None),
            ("Later we can remove the cart, which is no longer needed.", None),
            (
                "I see the issue - the cart doesn't take a price.",
                Some("I see the issue - the cart doesn't take a price."),
            ),
            ("- add `EXPOSE 22` to the image, so the port is published", None),
            ("Moved the plugins into `lib`, so that they are not loaded twice.", None),
            ("I've finished the analysis of the root cause and edit it now.", None),
            ("", None),
        ] {
            assert_eq!(explaining_sentence(text, None).as_ref().map(Raw::expose), expected, "{text}");
        }
    }

    #[test]
    fn what_is_said_of_another_check_is_no_reason() {
        let said = "The focused test failed because it ran beside the build. Two of the imports are missing.";
        for (kind, expected) in [
            (CheckKind::Test, "The focused test failed because it ran beside the build."),
            (CheckKind::Lint, "Two of the imports are missing."),
        ] {
            let found = explaining_sentence(said, Some(kind));
            let found = found.as_ref().map(Raw::expose);
            assert_eq!(found, Some(expected), "{kind:?}");
        }
    }
}
