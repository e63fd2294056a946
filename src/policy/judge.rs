//! Judges the commits of a range.

use super::rule::JudgedRange;
use super::{facts, findings, score, steps, work};
use crate::record::entry::CommitEntry;
use crate::record::policy::Policy;
use crate::record::verdict::Verdict;

/// Judges the commits of a range, oldest first. The same commits and rules give the same verdict.
pub fn evaluate(entries: &[CommitEntry], policy: &Policy) -> Verdict {
    let works = work::works(entries);
    let facts = facts::facts(&works);
    let range = JudgedRange { works: &works, facts: &facts, policy };
    let findings = findings::findings(&range);
    Verdict {
        commits: count(entries.len()),
        agent_commits: count(facts.len()),
        score: score::score(&facts),
        steps: steps::steps(&range, &findings),
        findings,
    }
}

fn count(items: usize) -> u32 {
    u32::try_from(items).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::record::agent::Agent;
    use crate::record::entry::MessageTrailer;
    use crate::record::policy::{Allowance, Rule, RuleLevel};
    use crate::record::samples;
    use crate::record::verdict::{Severity, What};

    /// The rules of a settings file, with everything else off.
    fn policy(yaml: &str) -> Policy {
        let off = "agent-declared: off\nsession-found: off\nversion-named: off\nprompt-kept: off\nfailures-explained: off\n\
                   corrections-explained: off\nverified: off\nunknown-lines: {level: off, most: 0}\n\
                   forbidden-trailers: {level: off}\n";
        let keys: Vec<&str> = yaml.lines().filter_map(|line| Some(line.split_once(':')?.0)).collect();
        let rest: String = off
            .lines()
            .filter(|line| !keys.iter().any(|key| line.starts_with(&format!("{key}:"))))
            .map(|line| format!("{line}\n"))
            .collect();
        serde_saphyr::from_str(&format!("{yaml}\n{rest}")).unwrap()
    }

    fn says(entries: &[CommitEntry], yaml: &str) -> Vec<What> {
        evaluate(entries, &policy(yaml)).findings.into_iter().map(|finding| finding.what).collect()
    }

    fn agent(name: &str) -> Agent {
        Agent::parse(name).unwrap()
    }

    /// The commit with a trailer in its message, and what that states.
    fn with(mut entry: CommitEntry, line: &str, statement: Value) -> CommitEntry {
        let (key, value) = line.split_once(": ").unwrap();
        let named = statement["agent"].as_str().map(agent);
        entry.stated.push(serde_json::from_value(statement).unwrap());
        let value = serde_json::from_value(json!(value)).unwrap();
        entry.trailers.push(MessageTrailer { key: key.to_owned(), value, agent: named });
        entry
    }

    fn signed_by(entry: CommitEntry, line: &str, agent: &str) -> CommitEntry {
        let key = line.split_once(": ").unwrap().0;
        with(entry, line, json!({"kind": "agent", "agent": agent, "place": key, "strict": true}))
    }

    fn told(entry: CommitEntry, kind: &str, text: &str) -> CommitEntry {
        with(entry, &format!("AI: {text}"), json!({"kind": kind, "text": text}))
    }

    #[test]
    fn without_a_policy_there_is_advice_and_nothing_fails() {
        let verdict = evaluate(&[samples::discounts()], &Policy::default());
        let rules: Vec<&str> = verdict.findings.iter().map(|finding| finding.rule.name()).collect();
        assert_eq!(rules, ["agent-declared", "verified", "corrections-explained"]);
        assert_eq!(verdict.worst(), Some(Severity::Warn));
        // 15 session, 10 version, 20 prompt, 10 failures, 4 of 5 for lines of unknown origin.
        assert_eq!(verdict.score.unwrap().points, 59);
    }

    #[test]
    fn a_commit_that_is_documented_in_full_has_all_points_and_no_finding() {
        let mut entry = signed_by(samples::discounts(), "Assisted-by: Claude Code", "claude-code");
        entry = told(told(entry, "verified", "pytest, passed"), "correction", "none");
        let record = entry.record.as_mut().unwrap();
        (record.lines.agent, record.lines.unknown) = (198, 0);
        let verdict = evaluate(&[entry], &Policy::default());
        assert_eq!((verdict.findings, verdict.steps), (Vec::new(), Vec::new()));
        assert_eq!(verdict.score.unwrap().points, 100);
    }

    #[test]
    fn a_range_without_agents_has_no_score_and_no_finding() {
        for range in [vec![], vec![samples::by_a_person(), samples::only_overlapping()]] {
            let verdict = evaluate(&range, &Policy::default());
            assert_eq!((verdict.findings, verdict.score, verdict.agent_commits), (Vec::new(), None, 0));
        }
    }

    #[test]
    fn a_commit_that_an_agent_only_signed_has_few_points_because_little_is_known() {
        let verdict = evaluate(&[samples::signed("d4", "Docs", "copilot", true)], &Policy::default());
        assert_eq!(verdict.score.unwrap().points, 15);
        assert!(
            verdict
                .findings
                .iter()
                .any(|finding| finding.what == What::NoSession { agent: agent("copilot"), unread: false })
        );
    }

    #[test]
    fn an_agent_must_be_named_where_git_reads_it() {
        let rule = "agent-declared: fail";
        let missing = |mentioned| vec![What::NotDeclared { agent: agent("claude-code"), mentioned }];
        assert_eq!(says(&[samples::discounts()], rule), missing(false));
        let mentioned = json!({"kind": "agent", "agent": "claude-code", "place": "message", "strict": false});
        assert_eq!(says(&[with(samples::discounts(), "x: y", mentioned)], rule), missing(true));
        for (line, agent) in [("Co-authored-by: Claude", "claude-code"), ("Assisted-by: LLM", "llm")] {
            assert_eq!(says(&[signed_by(samples::discounts(), line, agent)], rule), []);
        }
    }

    #[test]
    fn the_same_finding_of_several_commits_is_told_once() {
        let verdict = evaluate(&[samples::discounts(), samples::discounts()], &policy("agent-declared: fail"));
        assert_eq!((verdict.findings.len(), verdict.findings[0].severity), (1, Severity::Fail));
    }

    #[test]
    fn version_or_model_may_stand_in_the_session_or_in_the_message() {
        let rule = "version-named: warn";
        assert_eq!(says(&[samples::discounts()], rule), []);
        let signed = samples::signed("d4", "Docs", "copilot", true);
        assert_eq!(says(std::slice::from_ref(&signed), rule), [What::NoVersion { agent: agent("copilot") }]);
        let model =
            json!({"kind": "agent", "agent": "copilot", "model": "gpt-5", "place": "Assisted-by", "strict": true});
        assert_eq!(says(&[with(signed, "Assisted-by: GitHub Copilot (gpt-5)", model)], rule), []);
    }

    #[test]
    fn a_prompt_without_its_text_is_kept_as_a_length_and_a_suggestion_is_no_prompt() {
        let rule = "prompt-kept: warn";
        let mut entry = samples::discounts();
        entry.record.as_mut().unwrap().contributions[0].prompts.iter_mut().for_each(|prompt| {
            (prompt.text, prompt.cut) = (crate::record::text::Clean::default(), 40);
        });
        assert_eq!(says(std::slice::from_ref(&entry), rule), []);
        entry.record.as_mut().unwrap().contributions[0].prompts.clear();
        assert_eq!(says(std::slice::from_ref(&entry), rule), [What::NoPrompt]);
        assert_eq!(says(&[told(entry.clone(), "prompt", "<what the agent was asked>")], rule), [What::NoPrompt]);
        assert_eq!(says(&[told(entry, "prompt", "add a discount")], rule), []);
    }

    #[test]
    fn a_failed_check_needs_an_error_and_an_end_and_a_refusal_a_reason() {
        let rule = "failures-explained: fail";
        assert_eq!(says(&[samples::discounts()], rule), []);
        let mut entry = samples::discounts();
        let attempts = &mut entry.record.as_mut().unwrap().contributions[0].attempts;
        (attempts[0].why, attempts[0].change, attempts[2].ended, attempts[2].change) = (None, None, None, None);
        let tried = attempts[0].tried.clone();
        assert_eq!(says(std::slice::from_ref(&entry), rule), [What::NoExplanation { attempts: 2, tried }]);
        assert_eq!(says(&[told(entry, "failed-attempt", "a constant: it must be a parameter")], rule), []);
    }

    #[test]
    fn a_correction_by_hand_needs_a_reason_or_the_word_none() {
        let rule = "corrections-explained: fail";
        let open = vec![What::NoReason { corrections: 1, files: vec!["src/cart.py".to_owned()] }];
        let explained = |text: &str| says(&[told(samples::discounts(), "correction", text)], rule);
        assert_eq!(says(&[samples::discounts()], rule), open);
        assert_eq!(explained("cart.py: <why, or none>"), open);
        for text in ["cart.py: a better name", "src/cart.py: none", "none", "a better name"] {
            assert_eq!(explained(text), [], "{text}");
        }
        // A later commit of the range may say it, by the name of the file.
        let later = |text| says(&[samples::discounts(), told(samples::by_a_person(), "correction", text)], rule);
        assert_eq!((later("cart.py: a better name"), later("none")), (vec![], open));
    }

    #[test]
    fn what_was_changed_after_the_last_check_is_named_until_something_passes_later() {
        let rule = "verified: fail";
        let files = vec!["src/cart.py".to_owned(), "tests/test_cart.py".to_owned()];
        assert_eq!(says(&[samples::discounts()], rule), [What::NotVerified { files, untested: Vec::new() }]);
        let mut entry = samples::discounts();
        entry.record.as_mut().unwrap().contributions[0].checks[0].after_last_edit = true;
        assert_eq!(says(std::slice::from_ref(&entry), rule), []);
        entry.record.as_mut().unwrap().contributions[0].checks[0].result =
            crate::record::contribution::CheckResult::NotSeen;
        assert_eq!(says(&[entry], rule).len(), 1, "a run whose end was not seen has not passed");
        let later = [samples::discounts(), told(samples::by_a_person(), "verified", "ran the tests")];
        assert_eq!(says(&later, rule), []);
    }

    #[test]
    fn trailers_may_be_forbidden_for_agents_alone_or_by_their_value() {
        let rule =
            "forbidden-trailers: {trailers: [{key: signed-off-by, by: agent}, {key: Made-with, pattern: '^Cur'}]}";
        let by_person = told(samples::by_a_person(), "context", "x");
        let mut by_person = by_person;
        by_person.trailers[0].key = "Signed-off-by".to_owned();
        assert_eq!(says(&[by_person], rule), []);
        let by_agent = signed_by(samples::by_a_person(), "Signed-off-by: Claude", "claude-code");
        assert!(matches!(&says(&[by_agent], rule)[..], [What::ForbiddenTrailer { key, .. }] if key == "Signed-off-by"));
        let made = |value: &str| {
            let line = format!("Made-with: {value}");
            says(&[signed_by(samples::by_a_person(), &line, "cursor")], rule).len()
        };
        assert_eq!((made("Cursor"), made("a Cursor")), (1, 0));
    }

    #[test]
    fn a_form_may_be_required_and_is_the_one_that_is_suggested() {
        let rule =
            "agent-declared: fail\nrequired-trailers: {trailers: [{key: Assisted-by, pattern: '^[^ :]+:[^ ]+'}]}";
        let ours = signed_by(samples::discounts(), "Assisted-by: Claude Code (claude-opus-4-6)", "claude-code");
        let verdict = evaluate(&[ours], &policy(rule));
        let [finding] = &verdict.findings[..] else { panic!("{verdict:?}") };
        assert!(
            matches!(&finding.what, What::MissingTrailer { found: Some(value), .. } if value.as_str().contains("Code"))
        );
        assert_eq!(
            verdict.steps[0].commands,
            ["git commit --amend --no-edit --trailer 'Assisted-by: claude-code:claude-opus-4-6'"]
        );
        let right = signed_by(samples::discounts(), "Assisted-by: claude-code:claude-opus-4-6", "claude-code");
        assert_eq!(says(&[right], rule), []);
    }

    #[test]
    fn an_agent_may_be_forbidden_and_kept_out_of_paths() {
        let rule =
            "forbidden-agents: {level: warn, agents: [Claude Code]}\nprotected-paths: {paths: ['src/**', '*.sql']}";
        let verdict = evaluate(&[samples::discounts()], &policy(rule));
        let what: Vec<&What> = verdict.findings.iter().map(|finding| &finding.what).collect();
        let files = vec!["src/price.py".to_owned()];
        let claude = agent("claude-code");
        assert_eq!(
            what,
            [
                &What::ProtectedPaths { agent: claude.clone(), sure: true, lines: 18, files },
                &What::ForbiddenAgent { agent: claude.clone() }
            ],
            "what fails comes before what warns"
        );
        // Where only a signature is known, lines of unknown origin may be the agent's.
        let mut signed = signed_by(samples::discounts(), "Co-authored-by: Copilot", "copilot");
        signed.record.as_mut().unwrap().contributions.clear();
        let files = vec!["schema.sql".to_owned()];
        let unsure = What::ProtectedPaths { agent: agent("copilot"), sure: false, lines: 14, files };
        assert_eq!(says(&[signed], rule), [unsure]);
    }

    #[test]
    fn lines_of_unknown_origin_are_counted_against_what_is_allowed() {
        let found = |most: &str| says(&[samples::discounts()], &format!("unknown-lines: {{most: {most}}}"));
        assert_eq!((found("14"), found("7%")), (vec![], vec![]));
        let most = Allowance::Percent(6);
        let files = vec!["schema.sql".to_owned()];
        assert_eq!(found("6%"), [What::UnknownLines { lines: 14, of: 216, most, files }]);
        assert_eq!(found("13").len(), 1);
    }

    #[test]
    fn outside_text_reaches_no_shell() {
        let mut entry = samples::discounts();
        let record = entry.record.as_mut().unwrap();
        for hostile in ["x'; rm -rf ~; '", "$(id)", "`id`", "a\nb", "!!", "-rf", "a\"b", "\\", "\u{202e}"] {
            record.contributions[0].models = vec![hostile.to_owned()];
            record.contributions[0].corrections[2].path = Some(hostile.to_owned());
            record.contributions[0].checks[0].command =
                crate::record::text::Clean::from_redacted(format!("pytest {hostile}"));
            let entry = CommitEntry { record: Some(record.clone()), ..samples::discounts() };
            for command in evaluate(&[entry], &Policy::default()).steps.iter().flat_map(|step| &step.commands) {
                assert!(!command.contains(hostile) || hostile == "-rf", "{command}");
            }
        }
    }

    #[test]
    fn numbers_of_a_note_that_do_not_add_up_are_no_reason_to_stop() {
        let mut entry = samples::discounts();
        let record = entry.record.as_mut().unwrap();
        (record.lines.unknown, record.lines.added) = (u32::MAX, 1);
        record.files.iter_mut().flat_map(|file| &mut file.spans).for_each(|span| span.lines = u32::MAX);
        let everywhere: Policy = serde_saphyr::from_str("protected-paths: {paths: ['**']}").unwrap();
        let verdict = evaluate(&[entry.clone(), entry], &everywhere);
        assert!(verdict.findings.iter().any(|finding| finding.rule == Rule::UnknownLines));
        assert_eq!(verdict.score.unwrap().parts.last().unwrap().points, 0);
    }

    #[test]
    fn each_rule_can_be_off_and_then_finds_nothing() {
        let everything = [samples::discounts(), samples::signed("d4", "Docs", "copilot", false)];
        assert_eq!(says(&everything, "verified: off"), []);
        assert!(
            crate::record::policy::RULES.iter().all(|(rule, _)| policy("verified: off").level(*rule) == RuleLevel::Off)
        );
        assert_eq!(Rule::Verified.name(), serde_json::to_value(Rule::Verified).unwrap().as_str().unwrap());
    }
}
