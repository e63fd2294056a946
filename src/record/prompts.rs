//! How much of what people typed is kept: one function for every copy of a prompt's words, wherever in a record it is.

use serde::Deserialize;

use super::contribution::{AttemptKind, CheckKind, Contribution, ReasonSource};
use super::text::Clean;

/// How much of each prompt a record keeps. What keeps less is greater.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Prompts {
    #[default]
    Full,
    FirstLine,
    None,
}

/// Takes out of a contribution what is not to be kept of a person's words: its prompts, and what was copied from them into
/// corrections and attempts or written into a journal. What a commit message says is public already and stays with `first-line`.
pub(crate) fn keep(contribution: &mut Contribution<Clean>, prompts: Prompts) {
    if prompts == Prompts::Full {
        return;
    }
    for prompt in &mut contribution.prompts {
        let (text, left) = kept(&prompt.text, prompts);
        prompt.text = text;
        prompt.question = kept_some(prompt.question.take(), prompts);
        prompt.cut = prompt.cut.saturating_add(u32::try_from(left).unwrap_or(u32::MAX));
    }
    for correction in &mut contribution.corrections {
        correction.words = kept_some(correction.words.take(), prompts);
        let is_public = matches!(correction.reason_from, Some(ReasonSource::Trailer | ReasonSource::CommitMessage));
        if !(is_public && prompts == Prompts::FirstLine) {
            correction.reason = kept_some(correction.reason.take(), prompts);
        }
    }
    for attempt in &mut contribution.attempts {
        attempt.why = kept_some(attempt.why.take(), prompts);
        attempt.why_from = attempt.why_from.filter(|_| attempt.why.is_some());
        // One that was stopped before the agent did anything is described by what was asked, and the record does not say which:
        // the two need not even agree, where one was cut or redacted and the other was not.
        if matches!(attempt.kind, AttemptKind::Interrupted | AttemptKind::Told) {
            attempt.tried = kept(&attempt.tried, prompts).0;
        }
        if attempt.kind == AttemptKind::Told {
            attempt.error = kept_some(attempt.error.take(), prompts);
            attempt.change = kept_some(attempt.change.take(), prompts);
        }
    }
    // Like `why`, it may repeat what a person said.
    for check in &mut contribution.checks {
        check.said = kept_some(check.said.take(), prompts);
    }
    for check in contribution.checks.iter_mut().filter(|check| check.kind == CheckKind::Told) {
        check.command = kept(&check.command, prompts).0;
        check.summary = kept_some(check.summary.take(), prompts);
    }
    contribution.context =
        contribution.context.iter().filter_map(|text| kept_some(Some(text.clone()), prompts)).collect();
}

fn kept_some(text: Option<Clean>, prompts: Prompts) -> Option<Clean> {
    text.map(|text| kept(&text, prompts).0).filter(|text| !text.as_str().is_empty())
}

/// What is kept of a text, and how many characters that leaves out.
fn kept(text: &Clean, prompts: Prompts) -> (Clean, usize) {
    match prompts {
        Prompts::Full => (text.clone(), 0),
        Prompts::FirstLine => {
            let blank = text.as_str().len() - text.as_str().trim_start().len();
            let line = text.as_str()[blank..].lines().next().unwrap_or_default();
            text.shortened(text.as_str()[..blank].chars().count() + line.chars().count())
        }
        Prompts::None => text.shortened(0),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A contribution in which every copy of a person's words has a first and a second line.
    fn said() -> Contribution<Clean> {
        let mut one = super::super::samples::discounts().record.unwrap().contributions.remove(0);
        let prompt = json!({"role": "request", "source": "typed", "text": "one prompt\ntwo prompt",
                            "question": "one question\ntwo question"});
        one.prompts = vec![serde_json::from_value(prompt).unwrap()];
        let correction = |from: &str| {
            let told = json!({"form": "directed", "words": "one words\ntwo words", "before": "b", "after": "a",
                              "reason": "one reason\ntwo reason", "reason_from": from});
            serde_json::from_value(told).unwrap()
        };
        one.corrections = ["prompt", "rejection", "answer", "journal"].map(correction).into();
        let attempt = |kind: &str, tried: &str| {
            let (error, change) = if kind == "told" {
                ("one error\ntwo error", "one change\ntwo change")
            } else {
                ("an error", "a change")
            };
            let told = json!({"kind": {"type": kind}, "tried": tried, "error": error, "why": "one why\ntwo why",
                              "change": change, "tries": 1});
            serde_json::from_value(told).unwrap()
        };
        one.attempts = vec![
            // Redacted and cut where the prompt was not.
            attempt("interrupted", "one prompt [REDACTED:password:0123abcd]…"),
            attempt("rejected", "edit a.py"),
            attempt("told", "one tried\ntwo tried"),
        ];
        let check = json!({"kind": "told", "command": "one check\ntwo check", "result": "not-seen", "after_last_edit": false,
                           "by": "person"});
        let failed = json!({"kind": "test", "command": "pytest -q", "result": "failed", "after_last_edit": true, "by": "agent",
                            "said": "one said\ntwo said"});
        one.checks = [check, failed].map(|check| serde_json::from_value(check).unwrap()).into();
        one.context = vec![serde_json::from_value(json!("one context\ntwo context")).unwrap()];
        one
    }

    fn text(one: &Contribution<Clean>) -> String {
        serde_json::to_string(one).unwrap()
    }

    #[test]
    fn the_setting_holds_for_every_copy_of_a_persons_words() {
        let copies =
            ["prompt", "question", "words", "reason", "why", "context", "tried", "error", "change", "check", "said"];
        for (prompts, has_first, has_second) in
            [(Prompts::Full, true, true), (Prompts::FirstLine, true, false), (Prompts::None, false, false)]
        {
            let mut one = said();
            keep(&mut one, prompts);
            let text = text(&one);
            for copy in copies {
                assert_eq!(text.contains(&format!("one {copy}")), has_first, "{prompts:?}: {copy} in {text}");
                assert_eq!(text.contains(&format!("two {copy}")), has_second, "{prompts:?}: {copy} in {text}");
            }
            for stays in ["an error", "a change", "edit a.py", "\"before\":\"b\""] {
                assert!(text.contains(stays), "{prompts:?}: {stays} in {text}");
            }
        }
    }

    #[test]
    fn what_was_cut_is_counted_and_a_second_time_changes_nothing() {
        for (prompts, cut) in [(Prompts::FirstLine, 11), (Prompts::None, 21)] {
            let mut one = said();
            keep(&mut one, prompts);
            assert_eq!(one.prompts[0].cut, cut);
            let once = text(&one);
            keep(&mut one, prompts);
            assert_eq!(text(&one), once);
        }
    }

    #[test]
    fn a_reason_in_the_commit_message_is_public_already() {
        let mut one = said();
        one.corrections[0].reason_from = Some(ReasonSource::CommitMessage);
        keep(&mut one, Prompts::FirstLine);
        assert!(one.corrections[0].reason.as_ref().unwrap().as_str().contains("two reason"));
    }
}
