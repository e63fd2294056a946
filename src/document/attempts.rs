//! What did not work: what was tried, what happened, what changed. Mistakes of an agent with its own tools (a text to
//! replace that was not found) are of no use to a reviewer and are counted.

use serde::Serialize;

use super::asked::excerpt;
use super::cut::cut;
use super::list::List;
use super::range::{AgentWork, Once};
use crate::checks::naming::{is_about_form, tried_name};
use crate::record::contribution::{AttemptEnd, AttemptKind, FailedAttempt, INSTEAD_OF, WhySource};
use crate::record::entry::CommitEntry;
use crate::record::note::Statement;
use crate::record::session::FailureKind;
use crate::record::text::Clean;
use crate::text::addresses::short_addresses;
use crate::text::markdown::{Markdown, code_cell, inline, one_line, with_colon};
use crate::text::visible::visible_line;

const EXCERPT: usize = 160;
/// Of a command.
const NAME: usize = 100;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Attempt {
    /// `rejected`, `interrupted`, `reverted`, `told`, or how a call failed: `tests`, `build`, `edit-no-match`, ...
    pub kind: &'static str,
    pub tried: Markdown,
    /// The error in its own words.
    pub error: Option<Markdown>,
    /// Why it was inadequate, in the words of a person, the agent or a check.
    pub why: Option<Markdown>,
    /// Whose words `why` are: `person`, `agent`, `check`.
    pub why_from: Option<&'static str>,
    pub change: Option<Markdown>,
    /// `passed-after-change`, `passed-unchanged`, `still-failed`, `not-run-again`.
    pub ended: Option<&'static str>,
    pub tries: u32,
    /// Seen in the output only, not in an error flag.
    pub hidden: bool,
}

/// What did not work in a range.
pub(crate) struct ToldAttempts {
    pub shown: List<Attempt>,
    /// All of them, where `shown` leaves some out; else none.
    pub all: List<Attempt>,
    /// How often the agent slipped with its own tools: that is a number, and no rows.
    pub slips: u32,
}

pub(crate) fn attempts(range: &[CommitEntry], claims: &[AgentWork], rows: usize) -> ToldAttempts {
    let mut once = Once::new();
    let mut all: Vec<(u8, Attempt)> = Vec::new();
    let mut slips = 0_u32;
    for attempt in claims.iter().flat_map(|claim| &claim.contribution.attempts) {
        if !once.first((attempt.at, attempt.tried.as_str(), attempt.error.as_ref().map(Clean::as_str))) {
            continue;
        }
        if attempt.kind.is_slip() {
            slips = slips.saturating_add(attempt.tries.max(1));
        } else if !attempt.aside {
            all.push((weight(attempt), row(attempt)));
        }
    }
    for statement in range.iter().flat_map(|entry| entry.stated()) {
        if let Statement::FailedAttempt { text } = statement
            && once.first((None, text.as_str(), None))
        {
            all.push((0, told(text)));
        }
    }
    // The heaviest stay, in the order in which they happened.
    let mut order: Vec<usize> = (0..all.len()).filter(|index| all[*index].0 < OF_NO_USE).collect();
    order.sort_by_key(|index| all[*index].0);
    let telling = order.iter().filter(|index| all[**index].0 < OF_COMPILERS).count();
    order.truncate(rows.min(telling + MOST_OF_COMPILERS));
    order.sort_unstable();
    let shown = List { rows: order.iter().map(|index| all[*index].1.clone()).collect(), more: all.len() - order.len() };
    let all = if shown.more > 0 { all.into_iter().map(|(_, attempt)| attempt).collect() } else { Vec::new() };
    ToldAttempts { shown, all: List::new(all), slips }
}

/// Of what a compiler or linter objected to on the way, or another command, a few tell enough.
const OF_COMPILERS: u8 = 3;
const MOST_OF_COMPILERS: usize = 2;
/// What a reviewer learns nothing from is in the details only.
const OF_NO_USE: u8 = 9;

/// The heaviest of a session's attempts that are told, at most so many, in the order in which they happened; and how many more there are.
pub(super) fn heaviest(attempts: &[FailedAttempt<Clean>], most: usize) -> (Vec<&FailedAttempt<Clean>>, usize) {
    let told: Vec<&FailedAttempt<Clean>> = attempts.iter().filter(|attempt| attempt.is_told()).collect();
    let mut order: Vec<usize> = (0..told.len()).collect();
    order.sort_by_key(|index| weight(told[*index]));
    order.truncate(most);
    order.sort_unstable();
    (order.iter().map(|index| told[*index]).collect(), told.len() - order.len())
}

/// What a reviewer wants to know first has the lowest number: what people refused and what still fails, then that of which somebody
/// said why.
fn weight(attempt: &FailedAttempt<Clean>) -> u8 {
    let is_said = attempt.why.is_some() && attempt.why_from != Some(WhySource::Check);
    match attempt.kind {
        AttemptKind::Rejected | AttemptKind::Interrupted | AttemptKind::Told => 0,
        _ if attempt.ended == Some(AttemptEnd::StillFailed) => 0,
        // It passed without a change, or a formatter put it right.
        _ if is_about_form(attempt) || attempt.ended == Some(AttemptEnd::PassedUnchanged) => OF_NO_USE,
        _ if is_said => 1,
        AttemptKind::Reverted | AttemptKind::Failed(FailureKind::Tests) => 2,
        AttemptKind::Failed(FailureKind::Build | FailureKind::Lint) => OF_COMPILERS,
        AttemptKind::Failed(_) => OF_COMPILERS + 1,
    }
}

/// Whether the reason is the check's own, and stands in the error that is told.
pub(super) fn says_why_in_error(attempt: &FailedAttempt<Clean>) -> bool {
    let (Some(error), Some(why)) = (&attempt.error, &attempt.why) else { return false };
    let holds = |line: &str| error.as_str().contains(line.trim().trim_end_matches('\u{2026}'));
    attempt.why_from == Some(WhySource::Check) && why.as_str().lines().all(holds)
}

fn row(attempt: &FailedAttempt<Clean>) -> Attempt {
    let short = |text: &Clean| excerpt_cell(text);
    let why = attempt.why.as_ref().filter(|_| !says_why_in_error(attempt));
    Attempt {
        kind: attempt.kind.word(),
        // What failed is a command, what was refused or taken back may be anything.
        tried: match attempt.kind {
            AttemptKind::Failed(_) => command_cell(&tried_name(attempt)),
            _ => short(&attempt.tried),
        },
        error: attempt.error.as_ref().map(short),
        why: why.map(short),
        why_from: why.and(attempt.why_from).map(WhySource::name),
        change: attempt.change.as_ref().and_then(|change| change_cell(change.as_str(), why)),
        ended: attempt.ended.map(end_word),
        tries: attempt.tries,
        hidden: attempt.hidden,
    }
}

/// What was changed, without the words that are told as the reason.
fn change_cell(change: &str, why: Option<&Clean>) -> Option<Markdown> {
    let rest = why.and_then(|why| change.trim().strip_prefix(why.as_str().trim())).unwrap_or(change);
    let rest = rest.trim().trim_end_matches([';', '.', ' ']);
    (!rest.is_empty()).then(|| {
        let (near, far) = cut(rest, EXCERPT * 20);
        // A line of its own, which the code of another line may hold as well.
        let marked = near.replace(&format!("\n{INSTEAD_OF}\n"), &format!("\n{MARK}\n"));
        let line = visible_line(&marked);
        let (short, left) = cut(&line, EXCERPT);
        let change = with_code(short);
        if left + far > 0 { change.followed_by_dots() } else { change }
    })
}

/// In the place of [`INSTEAD_OF`] once lines are joined.
const MARK: &str = "\u{27ea}instead\u{27eb}";

/// The words of a change, and as code what stands behind the name of a file: `src/price.rs: let total = sum(prices);`.
fn with_code(line: &str) -> Markdown {
    const WORDS: &[&str] = &["delete", "rewritten", "the same lines in another order"];
    let mut parts: Vec<Markdown> = Vec::new();
    let mut piece = |file: Option<&str>, text: &str| {
        let text = text.trim();
        let Some(file) = file else {
            parts.extend((!text.is_empty()).then(|| inline(&short_addresses(text))));
            return;
        };
        parts.push(with_colon(&code_cell(file)));
        let (text, was) = match text.split_once(MARK) {
            Some((text, was)) => (text.trim(), Some(was.trim()).filter(|was| !was.is_empty())),
            None => (text, None),
        };
        let (words, code) = text.strip_prefix("without ").map_or(("", text), |code| ("without", code));
        parts.extend((!words.is_empty()).then(|| inline(words)));
        match code {
            "" => {}
            words if WORDS.contains(&words) => parts.push(inline(words)),
            code => parts.push(code_cell(code)),
        }
        parts.extend(was.into_iter().flat_map(|was| [inline("instead of"), code_cell(was)]));
    };
    let (mut file, mut begin) = (None, 0);
    for word in line.split(' ') {
        let start = word.as_ptr() as usize - line.as_ptr() as usize;
        if let Some(name) = word.strip_suffix(':').filter(|name| is_file(name)) {
            piece(file, &line[begin..start]);
            (file, begin) = (Some(name), start + word.len());
        }
    }
    piece(file, &line[begin..]);
    one_line(&parts)
}

/// Whether a word is the name of a file: `src/price.rs`, `Cargo.toml`.
fn is_file(word: &str) -> bool {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '~' | '\\' | '@' | '+');
    let name = word.rsplit(['/', '\\']).next().unwrap_or(word);
    let end = name.rsplit_once('.').map_or("", |(stem, end)| if stem.is_empty() { "" } else { end });
    word.chars().all(is_plain) && (1..=6).contains(&end.len()) && end.chars().all(|c| c.is_ascii_alphanumeric())
}

fn told(text: &Clean) -> Attempt {
    Attempt {
        kind: "told",
        tried: excerpt_cell(text),
        error: None,
        why: None,
        why_from: None,
        change: None,
        ended: None,
        tries: 1,
        hidden: false,
    }
}

fn excerpt_cell(text: &Clean) -> Markdown {
    excerpt_of(text.as_str())
}

fn excerpt_of(text: &str) -> Markdown {
    let (text, cut) = excerpt(text, EXCERPT);
    if cut { text.followed_by_dots() } else { text }
}

fn command_cell(name: &str) -> Markdown {
    let line = visible_line(name);
    let (command, left) = cut(&line, NAME);
    let command = code_cell(command);
    if left > 0 { command.followed_by_dots() } else { command }
}

fn end_word(end: AttemptEnd) -> &'static str {
    match end {
        AttemptEnd::PassedAfterChange => "passed-after-change",
        AttemptEnd::PassedUnchanged => "passed-unchanged",
        AttemptEnd::StillFailed => "still-failed",
        AttemptEnd::NotRunAgain => "not-run-again",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn what_stands_behind_the_name_of_a_file_is_code() {
        for (line, expected) in [
            ("src/price.rs: let total: &Sum = sum_of(prices);", "`src/price.rs`: `let total: &Sum = sum_of(prices);`"),
            ("src/price.rs: without fn tax(a: &str) -> Tax {", "`src/price.rs`: without `fn tax(a: &str) -> Tax {`"),
            (
                "I'll fix the sum. a/b.ts: x = 1 Cargo.toml: tax = \"1\"",
                "I'll fix the sum. `a/b.ts`: `x = 1` `Cargo.toml`: `tax = \"1\"`",
            ),
            ("src/price.rs: rewritten", "`src/price.rs`: rewritten"),
            ("cargo fmt --all", "cargo fmt --all"),
            ("The cause: a_b is gone", "The cause: a\\_b is gone"),
        ] {
            assert_eq!(with_code(line).as_str(), expected, "{line}");
        }
    }

    use super::super::range::claims;
    use super::*;
    use crate::record::samples;

    #[test]
    fn what_a_formatter_put_right_is_in_the_details_only_and_what_was_said_comes_first() {
        let mut entry = samples::discounts();
        let failed = |failure: &str, tried: &str, error: &str, rest: serde_json::Value| {
            let mut attempt =
                json!({"kind": {"type": "failed", "failure": failure}, "tried": tried, "error": error, "tries": 1});
            attempt.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
            serde_json::from_value(attempt).unwrap()
        };
        entry.record.as_mut().unwrap().contributions[0].attempts = vec![
            failed("lint", "cargo fmt -- --check", "Diff in src/price.rs:4:", json!({})),
            failed("tests", "cd shop && cargo test flaky | tail", "a_sum failed", json!({"ended": "passed-unchanged"})),
            failed("build", "cargo build 2>&1", "E0308", json!({"ended": "passed-after-change"})),
            failed(
                "tests",
                "cargo test sum",
                "a_sum failed",
                json!({"why": "The sum was rounded twice.", "why_from": "agent", "change": "The sum was rounded twice. src/price.rs: sum;"}),
            ),
            failed("edit-no-match", "edit src/price.rs", "not found", json!({})),
        ];
        let range = [entry];
        let told = |most: usize| {
            let told = attempts(&range, &claims(&range), most);
            let names: Vec<String> = told.shown.rows.iter().map(|row| row.tried.as_str().to_owned()).collect();
            (names, told.shown.more, told.all.rows.len(), told.slips)
        };
        assert_eq!(told(9), (vec!["`cargo build`".to_owned(), "`cargo test sum`".to_owned()], 2, 4, 1));
        assert_eq!(told(1), (vec!["`cargo test sum`".to_owned()], 3, 4, 1));
        let all = &range[0].record.as_ref().unwrap().contributions[0].attempts;
        let (listed, more) = heaviest(all, 1);
        assert_eq!((listed[0].tried.as_str(), more), ("cargo test sum", 3), "the slip is in no count");
        let changes = attempts(&range, &claims(&range), 1).shown.rows[0].change.clone();
        assert_eq!(changes.unwrap().as_str(), "`src/price.rs`: `sum`", "what is the reason already is not said again");
    }

    #[test]
    fn a_changed_line_stands_before_what_it_was() {
        let told = change_cell("src/price.rs: total(sum)\ninstead of:\ntotal(all)", None).unwrap();
        assert_eq!(told.as_str(), "`src/price.rs`: `total(sum)` instead of `total(all)`");
    }
}
