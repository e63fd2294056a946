//! What failed, what was tried again, and what was checked.

use backstory::record::contribution::{AttemptEnd, AttemptKind, CheckResult, CheckedBy, CorrectionForm};
use backstory::record::session::{FailureKind, Outcome};
use backstory::record::text::Raw;

use crate::stage::{TOTAL, commit, done, edit, linked, session, shell, turn, wrote_total};

#[test]
fn a_refused_edit_is_a_failed_attempt_with_the_persons_reason_and_a_correction() {
    let refused = Outcome::Rejected { reason: Some(Raw::new("the discount must be a parameter")) };
    let calls = vec![
        edit(6, "src/price.py", "", "DISCOUNT = 10\nreturn sum(prices) - DISCOUNT", refused),
        edit(7, "src/price.py", "", TOTAL, done("")),
    ];
    let linked = linked(
        vec![session("one", vec![turn(5, "Add a discount", calls)])],
        &commit(10, "Discounts", &[("src/price.py", TOTAL)]),
    );
    let one = &linked.contributions[0];
    assert_eq!(one.attempts[0].kind, AttemptKind::Rejected);
    assert_eq!(one.attempts[0].why.as_ref().map(Raw::expose), Some("the discount must be a parameter"));
    assert_eq!(one.attempts[0].change.as_ref().map(Raw::expose), Some("price.py: def total(prices, discount=0):"));
    assert_eq!(one.corrections[0].form, CorrectionForm::Directed);
    assert_eq!(one.corrections[0].words.as_ref().map(Raw::expose), Some("the discount must be a parameter"));
}

#[test]
fn one_failure_retried_is_one_attempt_with_its_tries_and_its_end() {
    let failed = || Outcome::Failed {
        kind: FailureKind::Tests,
        exit_code: Some(1),
        output: Raw::new("1 failed, 3 passed in 0.1s"),
    };
    let mut calls = wrote_total(6);
    calls.push(shell(7, "pytest -q", failed()));
    calls.push(shell(8, "pytest -q", failed()));
    calls.push(edit(9, "src/price.py", "x", "    rounded = round(subtotal, 2)", done("")));
    calls.push(shell(10, "pytest -q", done("4 passed in 0.1s")));
    let linked = linked(
        vec![session("one", vec![turn(5, "Add a discount", calls)])],
        &commit(12, "Discounts", &[("src/price.py", TOTAL)]),
    );
    let one = &linked.contributions[0];
    let attempts: Vec<_> = one.attempts.iter().map(|attempt| (attempt.kind, attempt.tries, attempt.ended)).collect();
    assert_eq!(attempts, [(AttemptKind::Failed(FailureKind::Tests), 2, Some(AttemptEnd::PassedAfterChange))]);
    assert_eq!((one.checks.len(), one.checks[0].result, one.checks[0].after_last_edit), (1, CheckResult::Passed, true));
}

#[test]
fn a_failure_behind_a_pipe_is_found_and_what_changed_after_the_last_green_run_is_named() {
    let mut calls =
        vec![shell(5, "pytest -q 2>&1 | tail -3", done("FAILED test_price.py::test_total\n1 failed in 0.1s"))];
    calls.push(shell(6, "pytest -q", done("4 passed in 0.1s")));
    calls.extend(wrote_total(7));
    let linked = linked(
        vec![session("one", vec![turn(4, "Add a discount", calls)])],
        &commit(12, "Discounts", &[("src/price.py", TOTAL)]),
    );
    let one = &linked.contributions[0];
    assert_eq!((one.attempts.len(), one.attempts[0].hidden), (1, true));
    assert_eq!(one.changed_after_check, ["src/price.py"]);
}

#[test]
fn a_check_that_runs_on_or_was_not_allowed_to_run_did_not_pass() {
    let denied = Outcome::Failed {
        kind: FailureKind::Permission,
        exit_code: None,
        output: Raw::new("exec_command failed: Sandbox(Denied)"),
    };
    let runs_on = Outcome::Running { output: Raw::new("ok  \tshop/price\t0.1s") };
    let calls = vec![shell(2, "go vet ./...", denied), shell(3, "go test ./...", runs_on)];
    let session = session("one", vec![turn(0, "Add a discount", [wrote_total(1), calls].concat())]);
    let linked = linked(vec![session], &commit(5, "Discounts", &[("src/price.py", TOTAL)]));
    let contribution = &linked.contributions[0];
    let checks: Vec<_> = contribution.checks.iter().map(|check| check.result).collect();
    assert_eq!((checks, contribution.attempts.len()), (vec![CheckResult::NotSeen], 0));
}

#[test]
fn who_stops_a_command_says_how_to_go_on_and_corrects_no_line() {
    let mut stopped = turn(5, "Add a discount", wrote_total(6));
    stopped.calls.push(shell(7, "git push", Outcome::Interrupted));
    let turns = vec![
        stopped,
        turn(8, "let's push it later", vec![edit(9, "src/price.py", "", "cents = round(total)", done(""))]),
    ];
    let lines = format!("{TOTAL}\ncents = round(total)");
    let linked = linked(vec![session("one", turns)], &commit(20, "Discounts", &[("src/price.py", &lines)]));
    assert_eq!(linked.contributions[0].corrections, []);
}

#[test]
fn words_after_a_refused_edit_say_what_was_wrong_with_it() {
    let refused = Outcome::Rejected { reason: None };
    let turns = vec![
        turn(5, "Add a discount", vec![edit(6, "src/price.py", "", "return subtotal - 10 * 100", refused)]),
        turn(7, "Take it as a parameter", wrote_total(8)),
    ];
    let linked = linked(vec![session("one", turns)], &commit(20, "Discounts", &[("src/price.py", TOTAL)]));
    let one = &linked.contributions[0];
    assert_eq!(one.attempts[0].why.as_ref().map(|why| why.expose()), Some("Take it as a parameter"));
    let corrections: Vec<_> = one
        .corrections
        .iter()
        .map(|one| (one.form, one.words.as_ref().map(Raw::expose), one.before.as_ref().map(Raw::expose)))
        .collect();
    let expected = (CorrectionForm::Directed, Some("Take it as a parameter"), Some("return subtotal - 10 * 100"));
    assert_eq!(corrections, [expected]);
}

#[test]
fn a_commit_that_its_hook_stopped_is_a_failed_attempt_and_what_the_hook_let_pass_is_a_check() {
    let stopped = Outcome::Failed {
        kind: FailureKind::Command,
        exit_code: Some(1),
        output: Raw::new("$ tsc --noEmit\n$ eslint src\nerror: script \"lint\" exited with code 1"),
    };
    let passed = done("$ tsc --noEmit\n$ eslint src\n[main 1a2b3c4] Discounts");
    let calls =
        [wrote_total(6), vec![shell(7, "git commit -m x", stopped), shell(10, "git commit -m Discounts", passed)]];
    let linked = linked(
        vec![session("one", vec![turn(5, "Add a discount", calls.concat())])],
        &commit(10, "Discounts", &[("src/price.py", TOTAL)]),
    );
    let one = &linked.contributions[0];
    let attempt = &one.attempts[0];
    assert_eq!(
        (attempt.kind, attempt.ended),
        (AttemptKind::Failed(FailureKind::Lint), Some(AttemptEnd::PassedUnchanged))
    );
    let checks: Vec<_> = one.checks.iter().map(|one| (one.command.expose(), one.result, one.by)).collect();
    let by = CheckedBy::CommitHook;
    assert_eq!(checks, [("tsc --noEmit", CheckResult::Passed, by), ("eslint src", CheckResult::Passed, by)]);
}
