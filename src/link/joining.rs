//! Joins what two records say of one session: each prompt, failed attempt, correction and check once. What makes it the
//! same is its time and its words; roles and states depend on the commit and are worked out when all are together.

use jiff::Timestamp;

use super::words::{is_finding, redirects};
use crate::checks::runners::are_alike;
use crate::checks::scope::{CheckScope, scope};
use crate::record::contribution::{
    Check, CheckKind, CheckResult, CheckedBy, Contribution, Correction, CorrectionForm, FailedAttempt, PromptRole,
    RecordedPrompt,
};
use crate::record::recorded_step::join_steps;
use crate::record::session::PromptSource;
use crate::record::text::Clean;

/// Whether both are parts of one session. A session that was resumed or copied goes on under another id, with the same
/// prompts at the same times.
pub(crate) fn is_same_session(one: &Contribution<Clean>, other: &Contribution<Clean>) -> bool {
    let shares_a_prompt = || {
        let timed = |prompt: &&RecordedPrompt<Clean>| prompt.at.is_some() && !is_gone(&prompt.text);
        one.prompts.iter().filter(timed).any(|mine| {
            let mut theirs = other.prompts.iter().filter(timed);
            theirs.any(|prompt| prompt.at == mine.at && prompt.text == mine.text)
        })
    };
    one.agent == other.agent && (one.session == other.session || shares_a_prompt())
}

/// Adds to `known` what only `carried` says, which is another part of the same session or the same part as another
/// commit's record has it. Where both say something, `known` counts.
pub(crate) fn join(known: &mut Contribution<Clean>, carried: &Contribution<Clean>) {
    join_checks(known, carried);
    join_prompts(&mut known.prompts, &carried.prompts);
    join_attempts(known, carried);
    for correction in &carried.corrections {
        if !known.corrections.iter().any(|mine| is_same_correction(mine, correction)) {
            insert(&mut known.corrections, correction.clone(), |correction| correction.at);
        }
    }
    for context in &carried.context {
        if !known.context.contains(context) {
            known.context.push(context.clone());
        }
    }
    for model in &carried.models {
        if !known.models.contains(model) {
            known.models.push(model.clone());
        }
    }
    if known.agent_version.is_none() {
        known.agent_version.clone_from(&carried.agent_version);
    }
    join_steps(&mut known.steps, &carried.steps, carried.started_at > known.started_at);
    if is_apart(known, carried) {
        // Of parts that overlap nobody can tell what was counted twice.
        known.tokens.add(carried.tokens);
    }
    known.started_at = known.started_at.into_iter().chain(carried.started_at).min();
    known.ended_at = known.ended_at.into_iter().chain(carried.ended_at).max();
    known.last_edit_at = known.last_edit_at.max(carried.last_edit_at);
    known.unread &= carried.unread;
    known.confidence = known.confidence.min(carried.confidence);
}

/// Whether one part ended before the other began.
fn is_apart(one: &Contribution<Clean>, other: &Contribution<Clean>) -> bool {
    let is_before = |first: &Contribution<Clean>, second: &Contribution<Clean>| {
        first.ended_at.zip(second.started_at).is_some_and(|(end, start)| end < start)
    };
    is_before(one, other) || is_before(other, one)
}

/// Text that was removed later, or never kept (`prompts: none`).
fn is_gone(text: &Clean) -> bool {
    text.as_str().is_empty() || *text == Clean::forgotten()
}

/// Whether both may be the same text: one may be cut or gone, and what was redacted has another tag in another clone, or
/// was not known to the rules of that time.
fn agrees(one: &Clean, other: &Clean) -> bool {
    if one == other || is_gone(one) || is_gone(other) {
        return true;
    }
    let (one, other) = (one.as_str().trim(), other.as_str().trim());
    let shorter = one.len().min(other.len());
    let prefix = one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    let suffix = one.bytes().rev().zip(other.bytes().rev()).take_while(|(a, b)| a == b).count();
    prefix + suffix.min(shorter - prefix) >= shorter.div_ceil(2)
}

/// Puts `new` before the first that is later.
fn insert<T>(list: &mut Vec<T>, new: T, at: impl Fn(&T) -> Option<Timestamp>) -> usize {
    let later = |known: &T| at(known).zip(at(&new)).is_some_and(|(known, new)| known > new);
    let place = list.iter().position(later).unwrap_or(list.len());
    list.insert(place, new);
    place
}

fn join_prompts(known: &mut Vec<RecordedPrompt<Clean>>, carried: &[RecordedPrompt<Clean>]) {
    let mut joined: Vec<(RecordedPrompt<Clean>, bool)> = with_openers(known);
    for (prompt, opens) in with_openers(carried) {
        match joined.iter_mut().find(|(mine, _)| is_same_prompt(mine, &prompt)) {
            Some((mine, mine_opens)) => {
                // The first of one part is a request there, whatever it is among all of them.
                mine.role = match (*mine_opens, opens) {
                    (true, false) => prompt.role,
                    (false, true) => mine.role,
                    _ => more_telling(mine.role, prompt.role),
                };
                *mine_opens &= opens;
            }
            // What the other part was about is not what both are.
            None => {
                let prompt = RecordedPrompt { main: prompt.main && known.is_empty(), ..prompt };
                insert(&mut joined, (prompt, opens), |(prompt, _)| prompt.at);
            }
        }
    }
    settle_roles(&mut joined);
    *known = joined.into_iter().map(|(prompt, _)| prompt).collect();
}

/// The prompts, each with whether it is a request because nothing was asked for before.
fn with_openers(prompts: &[RecordedPrompt<Clean>]) -> Vec<(RecordedPrompt<Clean>, bool)> {
    let first = prompts.iter().position(|prompt| prompt.role != PromptRole::Approval);
    let opens =
        |place: usize, prompt: &RecordedPrompt<Clean>| first == Some(place) && prompt.role == PromptRole::Request;
    prompts.iter().enumerate().map(|(place, prompt)| (prompt.clone(), opens(place, prompt))).collect()
}

fn is_same_prompt(one: &RecordedPrompt<Clean>, other: &RecordedPrompt<Clean>) -> bool {
    match (one.at, other.at) {
        (Some(at), Some(other_at)) => at == other_at && agrees(&one.text, &other.text),
        _ => one.text == other.text && !is_gone(&one.text),
    }
}

fn more_telling(one: PromptRole, other: PromptRole) -> PromptRole {
    let order = [PromptRole::Approval, PromptRole::Redirection, PromptRole::Refinement];
    order.into_iter().find(|role| [one, other].contains(role)).unwrap_or(PromptRole::Request)
}

/// What was the first thing asked for in one part only is no longer that behind another part.
fn settle_roles(prompts: &mut [(RecordedPrompt<Clean>, bool)]) {
    let mut before: Vec<(Clean, PromptRole)> = Vec::new();
    let has_request = prompts.iter().any(|(prompt, _)| prompt.role == PromptRole::Request);
    for (prompt, opens) in prompts {
        if prompt.role == PromptRole::Approval {
            continue;
        }
        let only_questions = before.iter().all(|(text, _)| text.as_str().trim_end().ends_with('?'));
        let is_given = || prompt.source == PromptSource::Plan || is_finding(prompt.text.as_str());
        let again = before.iter().find(|(text, _)| !is_gone(text) && *text == prompt.text).map(|(_, role)| *role);
        // A question before the request is none.
        let leads_up =
            prompt.role == PromptRole::Refinement && has_request && prompt.text.as_str().trim_end().ends_with('?');
        if before.is_empty() && prompt.role != PromptRole::Redirection && !leads_up {
            prompt.role = PromptRole::Request;
        } else if *opens && !only_questions {
            prompt.role = match again {
                Some(role) => role,
                None if redirects(prompt.text.as_str()) && !is_given() => PromptRole::Redirection,
                None => PromptRole::Refinement,
            };
        }
        before.push((prompt.text.clone(), prompt.role));
    }
}

fn join_attempts(known: &mut Contribution<Clean>, carried: &Contribution<Clean>) {
    // The transcript was read for the whole of that time: it counts the same thing failing again as one attempt.
    let is_covered = known.started_at.zip(carried.started_at).is_some_and(|(mine, theirs)| mine <= theirs)
        && known.ended_at.zip(carried.ended_at).is_some_and(|(mine, theirs)| mine >= theirs);
    for attempt in &carried.attempts {
        let same = |mine: &&mut FailedAttempt<Clean>| {
            mine.kind == attempt.kind && mine.at == attempt.at && agrees(&mine.tried, &attempt.tried)
        };
        let holds = |mine: &FailedAttempt<Clean>| {
            is_covered
                && mine.tries > attempt.tries
                && mine.kind == attempt.kind
                && mine.tried == attempt.tried
                && mine.at <= attempt.at
        };
        if let Some(mine) = known.attempts.iter_mut().find(same) {
            mine.tries = mine.tries.max(attempt.tries);
            mine.error = mine.error.take().or_else(|| attempt.error.clone());
            if mine.why.is_none() {
                (mine.why, mine.why_from) = (attempt.why.clone(), attempt.why_from);
            }
            mine.change = mine.change.take().or_else(|| attempt.change.clone());
            mine.aside &= attempt.aside;
        } else if !known.attempts.iter().any(holds) {
            insert(&mut known.attempts, attempt.clone(), |attempt| attempt.at);
        }
    }
}

/// The place of the line, and what it became, depend on the commit.
fn is_same_correction(one: &Correction<Clean>, other: &Correction<Clean>) -> bool {
    let may_agree = |one: &Option<Clean>, other: &Option<Clean>| match (one, other) {
        (Some(one), Some(other)) => agrees(one, other),
        _ => true,
    };
    let is_same_place = one.path.as_deref().map(super::paths::name) == other.path.as_deref().map(super::paths::name);
    let is_same_text = |one: &Option<Clean>, other: &Option<Clean>| match (one, other) {
        (Some(one), Some(other)) => one == other || (is_gone(one) && is_gone(other)),
        (None, None) => true,
        _ => false,
    };
    one.form == other.form
        && is_same_place
        && match one.form {
            CorrectionForm::Manual => {
                one == other || (one.before.is_some() && is_same_text(&one.before, &other.before))
            }
            CorrectionForm::Directed => {
                one.at == other.at && may_agree(&one.words, &other.words) && is_same_text(&one.before, &other.before)
            }
            CorrectionForm::Told => one.at == other.at && is_same_text(&one.words, &other.words),
        }
}

/// As for one commit: of each runner and kind the last run, besides a failed one the last that passed, and the last that passed on
/// more.
fn join_checks(known: &mut Contribution<Clean>, carried: &Contribution<Clean>) {
    let mine_passed = last_pass(&known.checks);
    let takes_theirs = last_pass(&carried.checks).is_some_and(|theirs| mine_passed.is_none_or(|mine| theirs > mine));
    if takes_theirs {
        known.changed_after_check.clone_from(&carried.changed_after_check);
    }
    // Work of the other part that came later is work that the check did not see.
    let goes_on = known.lines > 0 && known.ended_at > carried.ended_at;
    let begins_later = |at: Option<Timestamp>| {
        carried.lines > 0 && at.zip(carried.started_at).is_some_and(|(check, start)| start > check)
    };
    for check in &mut known.checks {
        check.after_last_edit &= !begins_later(check.at);
    }
    for check in &carried.checks {
        let same = |mine: &Check<Clean>| {
            mine.kind == check.kind && mine.at == check.at && agrees(&mine.command, &check.command)
        };
        if !known.checks.iter().any(same) {
            let mut check = check.clone();
            check.after_last_edit &= !goes_on;
            insert(&mut known.checks, check, |check| check.at);
        }
    }
    let mut kept: Vec<Check<Clean>> = Vec::new();
    for check in std::mem::take(&mut known.checks).into_iter().rev() {
        let scope = |check: &Check<Clean>| match check.by {
            CheckedBy::CommitHook => CheckScope::All,
            _ => scope(check.command.as_str(), check.kind),
        };
        let outdates = |later: &Check<Clean>| match later.result {
            CheckResult::Passed => check.result != CheckResult::Passed || scope(later) >= scope(&check),
            CheckResult::Failed => check.result != CheckResult::Passed,
            CheckResult::NotSeen => check.result == CheckResult::NotSeen,
        };
        let is_its = |later: &&Check<Clean>| {
            later.kind == check.kind && are_alike(later.command.as_str(), check.command.as_str(), check.kind)
        };
        let is_repeated = kept.iter().filter(is_its).any(outdates);
        if check.kind == CheckKind::Told || !is_repeated {
            kept.push(check);
        }
    }
    kept.reverse();
    known.checks = kept;
}

fn last_pass(checks: &[Check<Clean>]) -> Option<Timestamp> {
    checks.iter().filter(|check| check.result == CheckResult::Passed).filter_map(|check| check.at).max()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn at(number: usize, second: usize) -> String {
        format!("2026-01-02T03:{number:02}:{second:02}.250Z")
    }

    /// What a record says of the turns `from..to` of one session; each has a prompt, an attempt, a correction and a check.
    fn part(from: usize, to: usize) -> Contribution<Clean> {
        let prompt = |number: usize| {
            let role = match number {
                _ if number == from => "request",
                _ if number % 3 == 2 => "redirection",
                _ => "refinement",
            };
            let text = if number % 3 == 2 { "No, that is wrong: take the other" } else { "Add one more of them" };
            json!({"at": at(number, 1), "role": role, "source": "typed", "text": format!("{text} {number}")})
        };
        let attempt = |number: usize| {
            json!({"kind": {"type": "failed", "failure": "tests"}, "at": at(number, 5), "tried": format!("pytest {number}"),
                "error": "1 failed", "ended": if number + 1 == to { "not-run-again" } else { "passed-after-change" }, "tries": 1})
        };
        let correction = |number: usize| {
            json!({"form": "manual", "path": "a.py", "line": 10 * (to - from) + number, "before": format!("x = {number}"),
                "after": format!("y = {number}")})
        };
        let value = json!({
            "agent": "claude-code", "session": "5f0c", "confidence": "content", "evidence": [],
            "started_at": at(from, 1), "ended_at": at(to - 1, 9), "lines": to - from,
            "prompts": (from..to).map(prompt).collect::<Vec<_>>(),
            "attempts": (from..to).map(attempt).collect::<Vec<_>>(),
            "corrections": (from..to).map(correction).collect::<Vec<_>>(),
            "checks": [{"kind": "test", "command": format!("pytest {}", to - 1), "at": at(to - 1, 7), "result": "passed",
                "after_last_edit": true, "by": "agent"}],
            "tokens": {"input": to - from, "output": 0, "cache_read": 0, "cache_write": 0}
        });
        serde_json::from_value(value).unwrap()
    }

    /// How parts that are neighbours are squashed, one pair after the other: the place of the first, and whether the
    /// session is still there and is read again, for both or for the second alone.
    fn orders() -> impl Strategy<Value = (usize, Vec<(usize, u8)>)> {
        (2..7_usize).prop_flat_map(|count| (Just(count), proptest::collection::vec((0..count, 0..3_u8), count - 1)))
    }

    proptest! {
        #[test]
        fn whatever_is_squashed_in_whatever_order_each_thing_stands_once((count, order) in orders()) {
            let mut parts: Vec<(usize, usize, Contribution<Clean>)> =
                (0..count).map(|number| (number, number + 1, part(number, number + 1))).collect();
            for (place, read) in order {
                let place = place % (parts.len() - 1);
                let (_, end, second) = parts.remove(place + 1);
                let (start, _, first) = parts.remove(place);
                // A commit keeps the first one's time, and what came later is not looked at.
                let mut joined = match read {
                    0 => first.clone(),
                    1 => part(start, end),
                    _ => part(end - 1, end),
                };
                join(&mut joined, &first);
                join(&mut joined, &second);
                join(&mut joined, &first);
                parts.insert(place, (start, end, joined));
            }
            let (_, _, all) = parts.remove(0);
            let whole = part(0, count);
            prop_assert_eq!(&all.prompts, &whole.prompts);
            let tried = |one: &Contribution<Clean>| one.attempts.iter().map(|a| a.tried.clone()).collect::<Vec<_>>();
            prop_assert_eq!(tried(&all), tried(&whole));
            let mut before: Vec<_> = all.corrections.iter().map(|one| one.before.clone()).collect();
            before.sort();
            prop_assert_eq!(before, whole.corrections.iter().map(|one| one.before.clone()).collect::<Vec<_>>());
            prop_assert_eq!(&all.checks, &whole.checks);
            prop_assert_eq!((all.started_at, all.ended_at), (whole.started_at, whole.ended_at));
            prop_assert!(all.tokens.input <= whole.tokens.input);
        }
    }

    #[test]
    fn what_makes_a_prompt_another_is_its_time_or_its_words() {
        let joined = |mine: serde_json::Value, theirs: serde_json::Value| {
            let with = |prompt: serde_json::Value| Contribution {
                prompts: vec![serde_json::from_value(prompt).unwrap()],
                ..part(1, 2)
            };
            let mut known = with(mine);
            join(&mut known, &with(theirs));
            known.prompts.len()
        };
        let prompt = |at: &str, text: &str| json!({"at": at, "role": "request", "source": "typed", "text": text});
        let (early, late) = ("2026-01-02T03:00:00.123Z", "2026-01-02T03:00:09Z");
        let long = "Add a discount in percent to the total of the cart, and a test";
        for (case, mine, theirs, count) in [
            ("the same", prompt(early, long), prompt(early, long), 1),
            ("cut to the size of a note", prompt(early, long), prompt(early, &long[..40]), 1),
            ("the first line only", prompt(early, &long[..15]), prompt(early, long), 1),
            ("no words kept", prompt(early, ""), prompt(early, long), 1),
            ("removed later", prompt(early, long), prompt(early, "[forgotten]"), 1),
            (
                "redacted with another clone's key",
                prompt(early, "Use the key [REDACTED:token:0a1b2c3d] for the shop"),
                prompt(early, "Use the key [REDACTED:token:99ee88dd] for the shop"),
                1,
            ),
            ("said again later", prompt(early, long), prompt(late, long), 2),
            ("two in one moment", prompt(early, long), prompt(early, "Why is the build red?"), 2),
        ] {
            assert_eq!(joined(mine, theirs), count, "{case}");
        }
        let timeless = json!({"role": "request", "source": "typed", "text": long});
        assert_eq!(joined(timeless.clone(), prompt(early, long)), 1, "one without a time");
        assert_eq!(joined(timeless.clone(), timeless), 1);
    }

    #[test]
    fn a_resumed_session_is_the_same_one_and_another_agents_is_not() {
        let one = part(0, 2);
        let resumed = Contribution { session: "77aa".to_owned(), ..part(0, 3) };
        let other = Contribution { session: "77aa".to_owned(), ..part(5, 6) };
        let theirs: Contribution<Clean> =
            Contribution { agent: serde_json::from_value(json!("codex")).unwrap(), ..part(0, 2) };
        assert!(is_same_session(&one, &resumed));
        assert!(!is_same_session(&one, &other) && !is_same_session(&one, &theirs));
    }

    #[test]
    fn tokens_of_parts_that_do_not_overlap_are_added_once() {
        let mut known = part(0, 2);
        join(&mut known, &part(2, 5));
        assert_eq!(known.tokens.input, 5);
        join(&mut known, &part(2, 5));
        assert_eq!(known.tokens.input, 5);
    }

    #[test]
    fn a_check_that_later_work_of_the_session_did_not_repeat_is_not_after_the_last_edit() {
        let unchecked = Contribution { checks: Vec::new(), ..part(1, 2) };
        for (first, second) in [(part(0, 1), unchecked.clone()), (unchecked, part(0, 1))] {
            let mut known = first;
            join(&mut known, &second);
            assert_eq!(known.checks.len(), 1);
            assert!(!known.checks[0].after_last_edit);
        }
    }
}
