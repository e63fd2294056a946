//! A commit in one line: what was wanted, what came of it, and how that went. It is made from the record whenever the commit is
//! told and kept nowhere: what somebody takes out of a record is out of its headline too, and older records have one.

use std::cell::LazyCell;

use super::checked_state::{CheckedState, UntestedBy};
use super::contribution::{Check, CheckKind, CheckResult, Contribution, PromptRole, RecordedPrompt};
use super::entry::CommitEntry;
use super::note::Statement;
use super::session::PromptSource;
use super::small_talk::is_small_talk;
use super::telling_line::{has_telling, is_only_output, telling};
use super::text::{Clean, beginning};
use crate::text::addresses::{end_outside_address, short_addresses};
use crate::text::paths::name_anywhere;
use crate::text::topic::topics;
use crate::text::visible::visible_line;

/// Code points of a headline, at most.
pub(crate) const LONGEST: usize = 120;
/// Of what was wanted, where what came of it is long too.
const WANTED: usize = 56;
/// Of how it went.
const OUTCOME: usize = 56;
const ARROW: &str = " \u{2192} ";
/// Code points of a subject that are looked at.
const NEAR: usize = 400;
/// So many words more of the subject tell one request from another.
const MORE: usize = 2;

/// What was wanted, the subject of the commit, and the outcome: `Add a discount → Discounts; tests passed, 2 failed attempts`.
/// At most [`LONGEST`] code points. `None` where nobody knows what was wanted.
pub(crate) fn headline(entry: &CommitEntry) -> Option<String> {
    let wanted = wanted(entry)?;
    let subject = visible_line(beginning(entry.subject.as_str(), NEAR).0);
    let outcome = outcome(entry);
    // "Implement the following plan:" leads to what it does not say.
    if subject.ends_with(':') {
        return Some(shortened(&wanted, LONGEST - outcome.chars().count()) + &outcome);
    }
    if let Some(both) = both_in_one(&wanted, &subject) {
        return Some(shortened(both, LONGEST - outcome.chars().count()) + &outcome);
    }
    let left = LONGEST - ARROW.chars().count() - outcome.chars().count();
    let wanted = shortened(&wanted, WANTED.max(left.saturating_sub(subject.chars().count())));
    let subject = shortened(&subject, left.saturating_sub(wanted.chars().count()));
    Some(format!("{wanted}{ARROW}{subject}{outcome}"))
}

/// The same where the subject stands beside it: `Add a discount; tests passed, 2 failed attempts`.
pub(crate) fn headline_below_subject(entry: &CommitEntry) -> Option<String> {
    let outcome = outcome(entry);
    let wanted = shortened(&wanted(entry)?, LONGEST - outcome.chars().count());
    Some(wanted + &outcome)
}

/// The first thing that a person asked of a session that surely led to the commit, or that the message says was asked.
pub(crate) fn wanted(entry: &CommitEntry) -> Option<String> {
    let mut asked: Vec<&RecordedPrompt<Clean>> =
        entry.sure().filter_map(|one| Some(&one.prompts[request(one)?])).collect();
    // Of several sessions that which was asked for what the subject says; else the one that gave most.
    let subject = LazyCell::new(|| topics(entry.subject.as_str()));
    let shared =
        |prompt: &RecordedPrompt<Clean>| subject.intersection(&topics(beginning(prompt.text.as_str(), NEAR).0)).count();
    if asked.len() > 1
        && let Some(best) = asked.iter().rev().copied().max_by_key(|prompt| shared(prompt))
        && shared(best) >= shared(asked[0]) + MORE
    {
        asked.insert(0, best);
    }
    let mut asked = asked.into_iter().filter_map(with_what_it_takes);
    let mut told = entry.stated().iter().filter_map(|statement| match statement {
        Statement::Prompt { text } => telling(text.as_str()),
        _ => None,
    });
    asked.next().or_else(|| told.next()).map(|wanted| short_addresses(&wanted))
}

/// The words of a prompt; where they only take up what the agent had said, with that: `yes, fix it ("Shall I round the sum?")`.
fn with_what_it_takes(prompt: &RecordedPrompt<Clean>) -> Option<String> {
    let words = telling(prompt.text.as_str())?;
    let taken = prompt.question.as_ref().filter(|_| prompt.source != PromptSource::Answer);
    Some(match taken.and_then(|taken| telling(taken.as_str())) {
        Some(taken) => format!("{words} (\u{201c}{taken}\u{201d})"),
        None => words,
    })
}

/// The place of the prompt of a session that says what was wanted: the one that is marked as such, or the first request.
pub(crate) fn request(contribution: &Contribution<Clean>) -> Option<usize> {
    let marked = contribution.prompts.iter().position(|prompt| prompt.main && has_telling(prompt.text.as_str()));
    let later = || contribution.prompts.iter().position(is_later_wish);
    let first = first_request(contribution.prompts.iter(), Clean::as_str);
    marked.or_else(|| first.filter(|first| !contribution.prompts[*first].earlier)).or_else(later).or(first)
}

/// What was said for this commit, where the request before it led to another one.
fn is_later_wish(prompt: &RecordedPrompt<Clean>) -> bool {
    let text = prompt.text.as_str();
    let is_persons = prompt.source != PromptSource::Delegated && prompt.role != PromptRole::Approval;
    is_persons && !prompt.earlier && !is_small_talk(text) && has_telling(text)
}

/// The place of the first request. One that only asks something, or only shows what was printed, gives way to the first that does
/// neither.
pub(crate) fn first_request<'a, T: 'a>(
    prompts: impl Iterator<Item = &'a RecordedPrompt<T>>,
    text: impl Fn(&T) -> &str,
) -> Option<usize> {
    let is_request = |prompt: &RecordedPrompt<T>| {
        let is_persons = prompt.role == PromptRole::Request && prompt.source != PromptSource::Delegated;
        is_persons && has_telling(text(&prompt.text))
    };
    let says_less = |prompt: &RecordedPrompt<T>| {
        let text = text(&prompt.text);
        text.trim_end().ends_with('?') || is_only_output(text)
    };
    let mut first = None;
    for (place, prompt) in prompts.enumerate().filter(|(_, prompt)| is_request(prompt)) {
        if !says_less(prompt) {
            return Some(place);
        }
        first = first.or(Some(place));
    }
    first
}

/// How it went, as the end of a line; empty where nothing is known. What does not fit is left out, the least telling first.
pub(crate) fn outcome(entry: &CommitEntry) -> String {
    let count = |of: fn(&Contribution<Clean>) -> usize| entry.sure().map(of).sum::<usize>();
    let counted = |count: usize, one: &str, many: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        count => Some(format!("{count} {many}")),
    };
    let parts = [
        checked(entry),
        counted(count(failures), "failed attempt", "failed attempts"),
        counted(count(|one| one.corrections.len()), "correction", "corrections"),
    ];
    let mut said = String::new();
    for part in parts.into_iter().flatten() {
        let next = format!("{said}{} {part}", if said.is_empty() { ";" } else { "," });
        if next.chars().count() <= OUTCOME {
            said = next;
        }
    }
    said
}

/// How many attempts failed of those that are told.
fn failures(one: &Contribution<Clean>) -> usize {
    one.attempts.iter().filter(|attempt| attempt.is_told()).count()
}

/// What the last run of the weightiest kind of check says. A formatter checks nothing.
pub(crate) fn checked(entry: &CommitEntry) -> Option<String> {
    let checks = || entry.sure().flat_map(|one| &one.checks);
    let kinds = [CheckKind::Test, CheckKind::Build, CheckKind::TypeCheck, CheckKind::Lint, CheckKind::Script];
    // What a linter finds in other files says nothing of this commit.
    let tells = |check: &&Check<Clean>| check.result != CheckResult::NotSeen && !check.elsewhere;
    // What an own script objects to is not known: it may be what it is there for, where it passed on the same files.
    let is_own_pass = |check: &&Check<Clean>| {
        check.kind == CheckKind::Script && check.result == CheckResult::Passed && check.covers_the_commit()
    };
    let of_kind = |kind: CheckKind| {
        let last = checks().filter(|check| check.kind == kind).filter(tells).max_by_key(|check| check.at)?;
        Some(checks().filter(|_| kind == CheckKind::Script).find(is_own_pass).unwrap_or(last))
    };
    let last = kinds.into_iter().filter_map(of_kind).find(|last| !is_old_failure(last))?;
    let passed = last.result == CheckResult::Passed;
    let script = script_name(last.command.as_str());
    // A record keeps no failure that a later pass takes back.
    let fails =
        |one: &&Check<Clean>| one.kind == last.kind && one.result == CheckResult::Failed && !is_old_failure(one);
    let some_failed = passed && checks().filter(tells).any(|one| fails(&one));
    let said = match (last.kind, passed, last.partial) {
        (CheckKind::Script, true, _) => &format!("checked by {script}"),
        (CheckKind::Script, false, _) => &format!("{script} objects"),
        (CheckKind::Test, true, _) if some_failed => "some tests passed, some failed",
        (CheckKind::Test, true, false) => "tests passed",
        (CheckKind::Test, true, true) => "some tests passed",
        (CheckKind::Test, false, _) => "tests failed",
        (CheckKind::Build, true, _) => "built",
        (CheckKind::Build, false, _) => "did not build",
        (CheckKind::TypeCheck, true, _) => "types checked",
        (CheckKind::TypeCheck, false, _) => "types are wrong",
        (_, true, false) => "linted",
        (_, true, true) => "some files linted",
        (_, false, _) => "the linter objects",
    };
    let mut untested = entry.record.iter().flat_map(|record| &record.untested);
    let by_a_person = untested.any(|one| one.by == UntestedBy::Person);
    let when = match last.state {
        Some(CheckedState::Committed) => "",
        Some(CheckedState::BeforeChange) if passed && !by_a_person => ", not surely on all",
        Some(CheckedState::BeforeChange) if passed => " before the last change",
        Some(CheckedState::OtherBase) => " on another base",
        Some(CheckedState::OtherState) => " on another state",
        Some(CheckedState::BeforeEdit) => " before the last change",
        None if last.after_last_edit => "",
        None => " before the last change",
        Some(CheckedState::BeforeChange) => "",
    };
    let excused = if last.excused { ", not from this change, says the agent" } else { "" };
    Some(format!("{said}{when}{excused}"))
}

/// The file name of the script that a command runs: `Verify-Prices.ps1`.
fn script_name(command: &str) -> &str {
    const ENDS: [&str; 10] = [".sh", ".bash", ".ts", ".js", ".mjs", ".cjs", ".py", ".rb", ".php", ".ps1"];
    let words = command.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ';' | '&' | '|'));
    let name =
        words.map(name_anywhere).find(|word| ENDS.iter().any(|end| word.len() > end.len() && word.ends_with(end)));
    name.filter(|name| name.len() <= LONGEST_SCRIPT).unwrap_or("an own script")
}

const LONGEST_SCRIPT: usize = 40;

/// Whether it failed on something else than what was committed, and did not run again: what the commit holds may pass.
fn is_old_failure(check: &Check<Clean>) -> bool {
    let is_old = check
        .state
        .map_or(!check.after_last_edit, |state| matches!(state, CheckedState::BeforeEdit | CheckedState::OtherState));
    check.result == CheckResult::Failed && is_old
}

/// The one that says what the other says, too.
fn both_in_one<'a>(wanted: &'a str, subject: &'a str) -> Option<&'a str> {
    let bare = |text: &str| match text.is_ascii() {
        true => text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect::<String>(),
        false => text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect(),
    };
    let (bare_wanted, bare_subject) = (bare(wanted), bare(subject));
    if bare_wanted.contains(&bare_subject) {
        return Some(wanted);
    }
    bare_subject.contains(&bare_wanted).then_some(subject)
}

/// At most `most` code points, cut between words.
fn shortened(text: &str, most: usize) -> String {
    let (_, left) = beginning(text, most);
    if left == 0 {
        return text.to_owned();
    }
    let (near, _) = beginning(text, most.saturating_sub(1));
    // An address or a path may be so long that little is left without it.
    let whole = near.rsplit_once(' ').map(|(whole, _)| whole).filter(|whole| 2 * whole.len() >= near.len());
    let near = whole.unwrap_or(near);
    let outside = end_outside_address(text, near.len());
    // Of an address without room the host is told.
    let host = near[outside..].split_inclusive('/').take(3).map(str::len).sum::<usize>();
    let near = if near[outside..][..host].ends_with('/') { &near[..outside + host] } else { &near[..outside] };
    format!("{}\u{2026}", near.trim_end_matches([' ', ',', ';', ':', '.']))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::record::contribution::Check;
    use crate::record::forgotten_mark::{Forgotten, ForgottenWhy};
    use crate::record::samples;

    fn entry(subject: &str, prompt: serde_json::Value, checks: serde_json::Value) -> CommitEntry {
        let mut entry = samples::discounts();
        entry.subject = serde_json::from_value(json!(subject)).unwrap();
        let one = &mut entry.record.as_mut().unwrap().contributions[0];
        one.prompts = vec![serde_json::from_value::<RecordedPrompt<Clean>>(prompt).unwrap()];
        one.checks = serde_json::from_value::<Vec<Check<Clean>>>(checks).unwrap();
        (one.attempts, one.corrections) = (Vec::new(), Vec::new());
        entry
    }

    fn request(text: &str) -> serde_json::Value {
        json!({"role": "request", "source": "typed", "text": text})
    }

    fn ran(kind: &str, result: &str, minute: u8, last: bool) -> serde_json::Value {
        json!({"kind": kind, "command": "x", "at": format!("2026-01-01T00:{minute:02}:00Z"), "result": result,
               "after_last_edit": last, "by": "agent"})
    }

    #[test]
    fn what_was_wanted_what_came_and_how_it_went_stand_in_one_line() {
        let told = |entry: &CommitEntry| headline(entry).unwrap_or_default();
        assert_eq!(
            told(&samples::discounts()),
            "Add a percentage discount to `total()` \u{2192} Discounts; tests passed before the last change, 3 failed attempts"
        );
        assert_eq!(headline(&samples::by_a_person()), None);
        assert_eq!(headline(&samples::only_overlapping()), None, "a session that is not sure to have led to it");
        for (name, subject, text, checks, expected) in [
            ("no check", "Show carts", "List all carts.", json!([]), "List all carts \u{2192} Show carts"),
            (
                "the last run counts",
                "Show carts",
                "List all carts",
                json!([ran("test", "passed", 1, false), ran("test", "failed", 2, true)]),
                "List all carts \u{2192} Show carts; tests failed",
            ),
            (
                "tests before linters, and no formatter",
                "Show carts",
                "List all carts",
                json!([
                    ran("test", "passed", 1, true),
                    ran("lint", "failed", 2, true),
                    ran("format", "failed", 3, true)
                ]),
                "List all carts \u{2192} Show carts; tests passed",
            ),
            (
                "a failure before later work says nothing",
                "Show carts",
                "List all carts",
                json!([ran("test", "failed", 2, false), ran("build", "passed", 3, true)]),
                "List all carts \u{2192} Show carts; built",
            ),
            ("a subject that only leads on", "Implement this:", "List all carts", json!([]), "List all carts"),
            (
                "an address is cut to its host",
                "Show carts of all the shops that there are in the whole town, in one list, with a sum",
                "Look at https://example.org/shops/carts/lists/of/all/that/there/are/1234",
                json!([]),
                "Look at https://example.org/\u{2026} \u{2192} Show carts of all the shops that there are in the whole town, in one list, with a sum",
            ),
            (
                "what was not seen says nothing",
                "Show carts",
                "List all carts",
                json!([ran("test", "not-seen", 2, true), ran("build", "passed", 1, true)]),
                "List all carts \u{2192} Show carts; built",
            ),
            (
                "the same twice",
                "list all Carts",
                "List all carts!",
                json!([ran("lint", "passed", 1, true)]),
                "List all carts!; linted",
            ),
            (
                "an own script",
                "Show carts",
                "List all carts",
                json!([{"kind": "script", "command": "cd shop; ./scripts/Verify-Carts.ps1 -All", "result": "passed",
                        "after_last_edit": true, "by": "agent"}]),
                "List all carts \u{2192} Show carts; checked by Verify-Carts.ps1",
            ),
            (
                "an own script that is shown to object",
                "Show carts",
                "List all carts",
                json!([{"kind": "script", "command": "./verify.sh", "at": "2026-01-01T00:01:00Z", "result": "passed",
                        "after_last_edit": true, "by": "agent"},
                       {"kind": "script", "command": "./verify.sh $broken", "at": "2026-01-01T00:02:00Z",
                        "result": "failed", "after_last_edit": true, "by": "agent"}]),
                "List all carts \u{2192} Show carts; checked by verify.sh",
            ),
            ("the subject says it, too", "Cart: list all carts", "list all carts", json!([]), "Cart: list all carts"),
            ("the request says it, too", "Add a list", "Add a list of carts", json!([]), "Add a list of carts"),
            (
                "a plan by its title",
                "Show carts",
                "Implement the following plan:\n\n# Fix: carts are not shown\n\n## Context\nMuch",
                json!([]),
                "Fix: carts are not shown \u{2192} Show carts",
            ),
            (
                "nothing but signs before it",
                "Show carts",
                "---\n\n> list *all* carts\nplease",
                json!([]),
                "list *all* carts \u{2192} Show carts",
            ),
        ] {
            assert_eq!(told(&entry(subject, request(text), checks)), expected, "{name}");
        }
        let failed_before = json!([ran("test", "failed", 1, true), ran("test", "passed", 2, true)]);
        assert_eq!(
            told(&entry("Show carts", request("List all carts"), failed_before)),
            "List all carts \u{2192} Show carts; some tests passed, some failed",
            "a failure that a record keeps is not taken back by a pass of others"
        );
        let mut elsewhere = ran("test", "failed", 2, true);
        elsewhere["state"] = json!("other-state");
        assert_eq!(
            told(&entry("Show carts", request("List all carts"), json!([elsewhere]))),
            "List all carts \u{2192} Show carts",
            "what failed on another state may pass on this one"
        );
    }

    #[test]
    fn what_the_message_says_was_asked_stands_in_for_a_prompt() {
        let mut entry = entry("Show carts", json!({"role": "approval", "source": "typed", "text": "yes"}), json!([]));
        assert_eq!(headline(&entry), None, "a consent is no request");
        let stated = serde_json::from_value(json!([{"kind": "prompt", "text": "List the carts"}])).unwrap();
        entry.record.as_mut().unwrap().stated = stated;
        assert_eq!(headline(&entry).as_deref(), Some("List the carts \u{2192} Show carts"));
    }

    #[test]
    fn a_question_gives_way_to_the_request_behind_it() {
        let mut entry = entry("Show carts", request("What is missing for carts?"), json!([]));
        assert_eq!(headline(&entry).as_deref(), Some("What is missing for carts? \u{2192} Show carts"));
        let later = serde_json::from_value(request("Add a list of all carts.")).unwrap();
        entry.record.as_mut().unwrap().contributions[0].prompts.push(later);
        assert_eq!(headline(&entry).as_deref(), Some("Add a list of all carts \u{2192} Show carts"));
    }

    #[test]
    fn a_consent_stands_with_what_it_takes_up() {
        let prompt =
            json!({"role": "request", "source": "typed", "text": "yes, fix it", "question": "Shall I list the carts?"});
        let told = headline(&entry("Show carts", prompt.clone(), json!([])));
        assert_eq!(told.as_deref(), Some("yes, fix it (\u{201c}Shall I list the carts?\u{201d}) \u{2192} Show carts"));
        let mut answer = prompt;
        answer["source"] = json!("answer");
        assert_eq!(
            headline(&entry("Show carts", answer, json!([]))).as_deref(),
            Some("yes, fix it \u{2192} Show carts")
        );
    }

    #[test]
    fn what_was_only_printed_gives_way_to_the_request_behind_it() {
        let mut entry = entry("Show carts", request("$ shop list\nerror: no such cart"), json!([]));
        let later = serde_json::from_value(request("Add a list of all carts.")).unwrap();
        entry.record.as_mut().unwrap().contributions[0].prompts.push(later);
        assert_eq!(headline(&entry).as_deref(), Some("Add a list of all carts \u{2192} Show carts"));
    }

    #[test]
    fn the_prompt_that_is_marked_goes_before_the_first_request_whatever_its_role() {
        let mut entry = entry("Show carts", request("Add a discount."), json!([]));
        let later = json!({"role": "refinement", "source": "typed", "text": "Now list all carts", "main": true});
        entry.record.as_mut().unwrap().contributions[0].prompts.push(serde_json::from_value(later).unwrap());
        assert_eq!(headline(&entry).as_deref(), Some("Now list all carts \u{2192} Show carts"));
    }

    #[test]
    fn what_was_taken_out_of_a_record_is_out_of_its_headline() {
        let mut entry = samples::discounts();
        let mark = Forgotten { at: jiff::Timestamp::UNIX_EPOCH, why: ForgottenWhy::Age };
        assert!(entry.record.as_mut().unwrap().forget(mark));
        assert_eq!(headline(&entry), None);
    }

    proptest! {
        #[test]
        fn no_headline_is_longer_than_a_line(
            subject in "\\PC{0,200}", text in "\\PC{0,300}", attempts in 0_usize..40, seen in any::<bool>(),
        ) {
            let checks = if seen { json!([ran("test", "passed", 1, false)]) } else { json!([]) };
            let mut entry = entry(&subject, request(&text), checks);
            let attempt = samples::discounts().record.unwrap().contributions[0].attempts[0].clone();
            entry.record.as_mut().unwrap().contributions[0].attempts = vec![attempt; attempts];
            for told in [headline(&entry), headline_below_subject(&entry)].into_iter().flatten() {
                prop_assert!(told.chars().count() <= LONGEST && !told.contains('\n'), "{told}");
            }
        }
    }
}
