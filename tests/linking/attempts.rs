//! What failed, what was tried again, and what was checked.

use backstory::record::contribution::{
    AttemptEnd, AttemptKind, CheckKind, CheckResult, CheckedBy, CorrectionForm, WhySource,
};
use backstory::record::session::{FailureKind, Outcome};
use backstory::record::text::Raw;

use crate::stage::{TOTAL, commit, done, edit, linked, minute, says, session, shell, turn, wrote_total};

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
    assert_eq!(
        one.attempts[0].change.as_ref().map(Raw::expose),
        Some("src/price.py: def total(prices, discount=0):\nsubtotal = sum(prices)")
    );
    assert_eq!(one.corrections[0].form, CorrectionForm::Directed);
    assert_eq!(one.corrections[0].words.as_ref().map(Raw::expose), Some("the discount must be a parameter"));
}

#[test]
fn what_failed_for_a_second_commit_is_told_while_its_call_still_runs() {
    let not_found =
        Outcome::Failed { kind: FailureKind::EditNoMatch, exit_code: None, output: Raw::new("no such text") };
    let first =
        vec![edit(1, "src/cart.py", "", "class Cart: items", done("")), shell(2, "git commit -m Cart", done(""))];
    for end in [Outcome::Pending, done("[main 1a2b3c4] Discounts")] {
        let mut second = vec![edit(6, "src/price.py", "nothing", "something", not_found.clone())];
        second.extend(wrote_total(7));
        second.push(shell(10, "git commit -m Discounts", end.clone()));
        let turns = vec![turn(0, "Write the cart", first.clone()), turn(5, "Add a discount", second)];
        let linked = linked(vec![session("one", turns)], &commit(10, "Discounts", &[("src/price.py", TOTAL)]));
        let kinds: Vec<_> = linked.contributions[0].attempts.iter().map(|attempt| attempt.kind).collect();
        assert_eq!(kinds, [AttemptKind::Failed(FailureKind::EditNoMatch)], "{end:?}");
    }
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
fn what_only_people_read_is_no_change_for_a_test_and_one_for_a_linter() {
    let progress = "The discount is done, and all of its tests pass.\nNext is the tax on top of it.\n";
    let ended = |check: &str, said: &str| {
        let mut calls = wrote_total(6);
        calls.push(shell(8, check, done(said)));
        calls.push(edit(9, "PROGRESS.md", "", progress, done("")));
        let files = [("src/price.py", TOTAL), ("PROGRESS.md", progress)];
        let linked =
            linked(vec![session("one", vec![turn(5, "Add a discount", calls)])], &commit(12, "Discounts", &files));
        let one = &linked.contributions[0];
        (one.checks[0].kind, one.checks[0].after_last_edit, one.changed_after_check.clone())
    };
    assert_eq!(ended("pytest -q", "4 passed in 0.1s"), (CheckKind::Test, true, vec![]));
    assert_eq!(ended("ruff check", "All checks passed!"), (CheckKind::Lint, false, vec![]));
}

/// The checks of a commit by a session that did all of these calls, each with its result and whether nothing changed since.
fn checks(calls: Vec<backstory::record::session::ToolCall>) -> Vec<(String, CheckResult, bool)> {
    let session = session("one", vec![turn(0, "Add a discount", calls)]);
    let linked = linked(vec![session], &commit(40, "Discounts", &[("src/price.py", TOTAL)]));
    let told = |one: &backstory::record::contribution::Check<Raw>| {
        (one.command.expose().to_owned(), one.result, one.after_last_edit)
    };
    linked.contributions[0].checks.iter().map(told).collect()
}

#[test]
fn of_checks_on_one_state_the_widest_is_told_and_what_ran_before_any_work_is_not() {
    use CheckResult::{Failed, Passed};
    let passed = || done("4 passed in 0.1s");
    let other = "let other = rates.get(name)";
    let rounded = |at| edit(at, "src/price.py", "x", "    rounded = round(subtotal, 2)", done(""));
    let row = |command: &str, result, last| (command.to_owned(), result, last);
    for (name, calls, expected) in [
        (
            "all, then one file",
            vec![shell(7, "pytest", passed()), shell(8, "pytest tests/test_price.py", passed())],
            vec![row("pytest", Passed, true)],
        ),
        (
            "all, an edit, then one file",
            vec![shell(7, "pytest", passed()), rounded(8), shell(9, "pytest tests/test_price.py", passed())],
            vec![row("pytest", Passed, false), row("pytest tests/test_price.py", Passed, true)],
        ),
        (
            "all, then one file with another runner",
            vec![shell(7, "npm test", passed()), shell(8, "pytest tests/test_price.py", passed())],
            vec![row("npm test", Passed, true), row("pytest tests/test_price.py", Passed, true)],
        ),
        (
            "all, then one file that fails",
            vec![shell(7, "pytest", passed()), shell(8, "pytest tests/test_b.py", failed("1 failed in 0.1s"))],
            vec![row("pytest", Passed, true), row("pytest tests/test_b.py", Failed, true)],
        ),
        (
            "an edit that failed is none",
            vec![shell(7, "pytest", passed()), edit(8, "src/price.py", "x", other, failed("not found"))],
            vec![row("pytest", Passed, true)],
        ),
        (
            "an edit that was taken back is none",
            vec![
                shell(7, "pytest", passed()),
                edit(8, "src/price.py", "    return subtotal", &format!("    return subtotal\n{other}"), done("")),
                edit(9, "src/price.py", &format!("    return subtotal\n{other}"), "    return subtotal", done("")),
            ],
            vec![row("pytest", Passed, true)],
        ),
        (
            "an edit that stays is one",
            vec![
                shell(7, "pytest", passed()),
                edit(8, "src/price.py", "    return subtotal", &format!("    return subtotal\n{other}"), done("")),
            ],
            vec![row("pytest", Passed, false)],
        ),
        (
            "a linter that was given other files",
            vec![
                shell(7, "ruff check src/price.py", done("All checks passed!")),
                shell(8, "jq empty package.json", done("")),
                rounded(9),
            ],
            vec![row("ruff check src/price.py", Passed, false)],
        ),
        (
            "the line of a script that runs it",
            vec![shell(7, "cd /home/a/shop\necho tests\npytest -q", passed())],
            vec![row("pytest -q", Passed, true)],
        ),
    ] {
        assert_eq!(checks([wrote_total(6), calls].concat()), expected, "{name}");
    }
    let before = [vec![shell(2, "pytest", passed())], wrote_total(6)].concat();
    assert_eq!(checks(before), [], "what passes before any work");
    let before = [vec![shell(2, "pytest", failed("1 failed in 0.1s"))], wrote_total(6)].concat();
    assert_eq!(checks(before), [row("pytest", Failed, false)], "what fails before any work");
}

#[test]
fn a_run_whose_end_was_seen_is_told_where_a_later_one_says_less() {
    use CheckResult::{Failed, NotSeen, Passed};
    let row = |command: &str, result| (command.to_owned(), result, true);
    let of_build_and_tests = "go build ./... 2>&1 | head && go test ./...";
    for (name, calls, expected) in [
        (
            "tests that passed, then a package without any",
            vec![
                shell(7, "go test ./pkg/...", done("ok  \tshop/pkg\t0.4s")),
                shell(8, "go test ./cmd/...", done("?   \tshop/cmd\t[no test files]")),
            ],
            vec![row("go test ./pkg/...", Passed), row("go test ./cmd/...", NotSeen)],
        ),
        (
            "tests that failed, then one of the others",
            vec![
                shell(7, "npm test -- --grep Totals", failed("  1 failing\n  1) Totals\n       keeps taxes:")),
                shell(8, "npm test -- --grep rounding", done("  1 passing (1s)")),
            ],
            vec![row("npm test -- --grep Totals", Failed), row("npm test -- --grep rounding", Passed)],
        ),
        (
            "tests that failed, then all",
            vec![
                shell(7, "npm test -- --grep Totals", failed("  1 failing\n  1) Totals\n       keeps taxes:")),
                shell(8, "npm test", done("  9 passing (1s)")),
            ],
            vec![row("npm test", Passed)],
        ),
        (
            "a build that is not seen beside tests that are",
            vec![shell(7, of_build_and_tests, done("ok  \tshop\t0.1s"))],
            vec![row(of_build_and_tests, Passed)],
        ),
        (
            "a harness that died",
            vec![shell(
                7,
                "npm test",
                failed("> shop@0.0.1 test\n> vscode-test\n\nExit code:   SIGABRT\n ELIFECYCLE  Test failed."),
            )],
            vec![row("npm test", NotSeen)],
        ),
        (
            "one that goes on and has failed",
            vec![shell(7, "go test ./...", Outcome::Running { output: Raw::new("--- FAIL: TestTotal (0.00s)") })],
            vec![row("go test ./...", Failed)],
        ),
    ] {
        assert_eq!(checks([wrote_total(6), calls].concat()), expected, "{name}");
    }
}

#[test]
fn a_check_in_a_turn_of_other_work_saw_the_files_of_the_commit_too() {
    let turns = vec![
        turn(0, "Add a discount", [wrote_total(6), vec![shell(7, "pytest -q", failed("1 failed in 0.1s"))]].concat()),
        turn(
            10,
            "And write a page about it",
            vec![
                edit(11, "docs/page.md", "", "Discounts are new.", done("")),
                shell(12, "pytest -q", done("4 passed in 0.1s")),
            ],
        ),
        turn(30, "Commit the code", vec![shell(40, "git commit -m Discounts", done("[main 1a2b3c4] Discounts"))]),
    ];
    let linked = linked(vec![session("one", turns)], &commit(40, "Discounts", &[("src/price.py", TOTAL)]));
    let results: Vec<_> = linked.contributions[0].checks.iter().map(|check| check.result).collect();
    assert_eq!(results, [CheckResult::Passed]);
}

#[test]
fn of_commands_that_commit_at_once_the_one_that_printed_the_commit_made_it() {
    let printed = |subject: &str| done(&format!("[main 1a2b3c4] {subject}\n 1 file changed"));
    let mut waited = shell(7, "git commit -m Taxes", printed("Taxes"));
    waited.ended_at = Some(minute(41));
    let mut own = shell(39, "git commit -m Discounts", printed("Discounts"));
    own.ended_at = Some(minute(40));
    let calls = [vec![waited], wrote_total(9), vec![shell(10, "pytest -q", done("4 passed in 0.1s")), own]].concat();
    assert_eq!(checks(calls), [("pytest -q".to_owned(), CheckResult::Passed, true)]);
}

#[test]
fn a_failure_behind_a_pipe_is_found_and_what_changed_after_the_last_green_run_is_named() {
    let mut calls =
        vec![shell(5, "pytest -q 2>&1 | tail -3", done("FAILED test_price.py::test_total\n1 failed in 0.1s"))];
    calls.extend(wrote_total(6));
    calls.push(shell(7, "pytest -q", done("4 passed in 0.1s")));
    calls.push(edit(8, "src/price.py", "x", "    rounded = round(subtotal, 2)", done("")));
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

/// The attempts of the only contribution: how often, what it says, how it ended.
fn attempts(calls: Vec<backstory::record::session::ToolCall>) -> Vec<(u32, String, Option<AttemptEnd>)> {
    let session = session("one", vec![turn(5, "Add a discount", calls)]);
    let linked = linked(vec![session], &commit(40, "Discounts", &[("src/price.py", TOTAL)]));
    let said =
        |error: &Option<Raw>| error.as_ref().map(|error| error.expose().replace('\n', " | ")).unwrap_or_default();
    linked.contributions[0].attempts.iter().map(|one| (one.tries, said(&one.error), one.ended)).collect()
}

fn failed(output: &str) -> Outcome {
    Outcome::Failed { kind: FailureKind::Command, exit_code: Some(1), output: Raw::new(output) }
}

fn changes(at: i64) -> backstory::record::session::ToolCall {
    edit(at, "src/price.py", "x", "    rounded = round(subtotal, 2)", done(""))
}

#[test]
fn each_thing_that_was_wrong_is_an_attempt_of_its_own_and_repeats_are_counted() {
    let (change, kept) = (Some(AttemptEnd::PassedAfterChange), Some(AttemptEnd::StillFailed));
    let no_name = "src/price.py(3,5): error TS2304: Cannot find name 'x'.";
    let moved = "src/price.py(9,5): error TS2304: Cannot find name 'x'.";
    let far = "src/price.py(409,5): error TS2304: Cannot find name 'x'.";
    let no_type = "src/price.py(7,1): error TS2322: Type 'a' is not assignable to type 'b'.";
    let tsc = |at: i64, output: &str| shell(at, "npx tsc --noEmit", failed(output));
    let passes = |at: i64| shell(at, "npx tsc --noEmit", done(""));
    for (name, calls, expected) in [
        (
            "another message is another attempt",
            vec![tsc(7, no_name), changes(8), tsc(9, no_type), changes(10), passes(11)],
            vec![(1, no_name, change), (1, no_type, change)],
        ),
        (
            "the same message elsewhere is the same",
            vec![tsc(7, no_name), changes(8), tsc(9, moved), changes(10), passes(11)],
            vec![(2, no_name, change)],
        ),
        (
            "the same message far from there is another",
            vec![tsc(7, no_name), changes(8), tsc(9, far), changes(10), passes(11)],
            vec![(1, no_name, change), (1, far, change)],
        ),
        (
            "it comes again after another",
            vec![tsc(7, no_name), changes(8), tsc(9, no_type), changes(10), tsc(11, moved), passes(12)],
            vec![(2, no_name, change), (1, no_type, change)],
        ),
        (
            "a count belongs to what is known",
            vec![
                tsc(7, no_name),
                shell(8, "npx tsc --noEmit | tail -1", done("Found 2 errors.")),
                changes(9),
                passes(10),
            ],
            vec![(2, no_name, change)],
        ),
        (
            "what was not seen to pass ends nothing",
            vec![tsc(7, no_name), changes(8), shell(9, "npx tsc --noEmit > /tmp/log; ls", done("log")), tsc(10, moved)],
            vec![(2, no_name, kept)],
        ),
        (
            "after a pass it is new",
            vec![tsc(7, no_name), changes(8), passes(9), tsc(10, no_name), changes(11), passes(12)],
            vec![(1, no_name, change), (1, no_name, change)],
        ),
    ] {
        let calls = [wrote_total(6), calls].concat();
        let expected: Vec<_> = expected.into_iter().map(|(tries, said, end)| (tries, said.to_owned(), end)).collect();
        assert_eq!(attempts(calls), expected, "{name}");
    }
}

#[test]
fn a_check_before_a_commit_failed_itself_and_a_test_before_its_code_did_not() {
    let told = |calls: Vec<backstory::record::session::ToolCall>| {
        let session = session("one", vec![turn(5, "Add a discount", calls)]);
        let linked = linked(vec![session], &commit(40, "Discounts", &[("src/price.py", TOTAL)]));
        let told = linked.contributions[0].attempts.iter().map(|one| one.tried.expose().to_owned());
        told.collect::<Vec<_>>()
    };
    let unused = failed("src/price.py:1:8: F401 `os` imported but unused\nFound 1 error.");
    for command in
        ["ruff check src && git commit -m Discounts", "ruff check src &&\ngit add -A && git commit -m Discounts"]
    {
        let calls = [
            wrote_total(6),
            vec![shell(7, command, unused.clone()), changes(8), shell(9, "ruff check src", done("All checks passed!"))],
        ];
        assert_eq!(told(calls.concat()), ["ruff check src"], "{command}");
    }
    let missing = failed("E   ImportError: cannot import name 'discounted' from 'price'\n1 error in 0.1s");
    let test =
        |at| edit(at, "tests/test_price.py", "", "from price import discounted\nassert discounted(2) == 1", done(""));
    let code = |at| edit(at, "src/price.py", "x", "def discounted(price):\n    return price / 2", done(""));
    let passes = |at| shell(at, "pytest -q", done("2 passed in 0.1s"));
    let red = |at| shell(at, "pytest -q", missing.clone());
    for (name, calls, expected) in [
        ("test, then code", vec![test(7), red(8), code(9), passes(10)], 0),
        ("code, then test", vec![code(7), test(8), red(9), code(10), passes(11)], 1),
        ("no test of the session", vec![red(8), code(9), passes(10)], 1),
    ] {
        assert_eq!(told([wrote_total(6), calls].concat()).len(), expected, "{name}");
    }
}

#[test]
fn what_a_linter_says_of_files_that_nobody_here_touched_is_no_failure_of_the_commit() {
    let old = "vendor/old.py:3:5: F401 `os` imported but unused\nFound 1 error.";
    let own = "src/price.py:3:5: F401 `os` imported but unused\nFound 1 error.";
    for (name, output, expected) in [("another file", old, 0), ("its own", own, 1)] {
        let calls = [wrote_total(6), vec![shell(7, "ruff check .", failed(output))]].concat();
        assert_eq!(attempts(calls).len(), expected, "{name}");
    }
}

#[test]
fn what_a_wrapper_does_not_know_is_no_failed_test() {
    let unknown = "error: unrecognized subcommand 'bun'\n\nUsage: rtk [OPTIONS] <COMMAND>";
    for outcome in [failed(unknown), done(unknown)] {
        let calls =
            vec![shell(7, "rtk bun run test 2>&1 | tail -30", outcome), shell(8, "bun test", done(" 3 pass\n 0 fail"))];
        let session = session("one", vec![turn(5, "Add a discount", [wrote_total(6), calls].concat())]);
        let linked = linked(vec![session], &commit(40, "Discounts", &[("src/price.py", TOTAL)]));
        let one = &linked.contributions[0];
        let kinds: Vec<_> = one.attempts.iter().map(|attempt| attempt.kind).collect();
        assert_eq!(kinds, [AttemptKind::Failed(FailureKind::CommandNotFound)]);
        assert_eq!((one.checks.len(), one.checks[0].result), (1, CheckResult::Passed));
    }
}

#[test]
fn what_the_agent_says_after_a_failure_is_kept_as_its_own_words() {
    let test = shell(7, "pytest -q", failed("FAILED test_price.py::test_total - assert 3 == 4\n1 failed in 0.1s"));
    let words = "The fixture is rounded, so the sum is off by one. Let me change it.";
    let calls = [wrote_total(6), vec![test, says(words, changes(8)), shell(9, "pytest -q", done("4 passed in 0.1s"))]];
    let session = session("one", vec![turn(5, "Add a discount", calls.concat())]);
    let linked = linked(vec![session], &commit(40, "Discounts", &[("src/price.py", TOTAL)]));
    let attempt = &linked.contributions[0].attempts[0];
    let why = attempt.why.as_ref().map(Raw::expose);
    assert_eq!(
        (why, attempt.why_from),
        (Some("The fixture is rounded, so the sum is off by one."), Some(WhySource::Agent))
    );
}

#[test]
fn what_is_taken_out_again_after_a_persons_words_was_an_attempt_and_they_are_its_reason() {
    let cache = "TOTALS = {}\ntotal_of_cart = TOTALS.setdefault(cart, compute(cart))";
    let adds = || edit(6, "src/price.py", "total_of_cart = compute(cart)", cache, done(""));
    let takes_out = |at: i64| edit(at, "src/price.py", cache, "total_of_cart = compute(cart)", done(""));
    let refines =
        |at: i64| edit(at, "src/price.py", cache, "TOTALS = Cache(100)\ntotal_of_cart = TOTALS.of(cart)", done(""));
    let wrote = |at: i64| wrote_total(at).remove(0);
    let words = "A cache keeps personal data, we must not do that";
    for (name, turns, expected) in [
        (
            "taken out",
            vec![turn(5, "Make it fast", vec![adds()]), turn(7, words, vec![takes_out(8), wrote(9)])],
            Some((Some(words), Some(WhySource::Person))),
        ),
        (
            "changed into something else",
            vec![turn(5, "Make it fast", vec![adds()]), turn(7, words, vec![refines(8), wrote(9)])],
            None,
        ),
        (
            "after mere consent",
            vec![turn(5, "Make it fast", vec![adds()]), turn(7, "yes", vec![takes_out(8), wrote(9)])],
            None,
        ),
        (
            "at once, by the agent itself",
            vec![turn(
                5,
                "Make it fast",
                vec![adds(), says("Wait, this would keep personal data.", takes_out(7)), wrote(9)],
            )],
            Some((Some("Wait, this would keep personal data."), Some(WhySource::Agent))),
        ),
    ] {
        let linked = linked(vec![session("one", turns)], &commit(40, "Discounts", &[("src/price.py", TOTAL)]));
        let one = &linked.contributions[0];
        let reverted = one.attempts.iter().find(|attempt| attempt.kind == AttemptKind::Reverted);
        let found = reverted.map(|attempt| (attempt.why.as_ref().map(Raw::expose), attempt.why_from));
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn what_is_only_indented_otherwise_or_stays_in_another_file_was_not_taken_back() {
    let wide = "if (\n\t\tcart.is_open &&\n\t\tcart.total > 0\n\t)";
    let spaced = wide.replace("\t\t", "        ");
    let guard = "guard_of_cart = Guard(cart)\nsession_of_cart = Session(guard_of_cart)";
    let adds = |path: &str| edit(6, path, "start = now()", guard, done(""));
    let takes_out = |path: &str| edit(8, path, "guard_of_cart = Guard(cart)", "start = now()", done(""));
    let wrote = || wrote_total(9).remove(0);
    let words = "You do it, not me";
    for (name, first, second) in [
        (
            "other blanks",
            edit(6, "src/price.py", "if (cart.is_open)", wide, done("")),
            edit(8, "src/price.py", wide, &spaced, done("")),
        ),
        ("a file that the commit does not have", adds("src/session.py"), takes_out("src/session.py")),
    ] {
        let turns = vec![turn(5, "Guard it", vec![first]), turn(7, words, vec![second, wrote()])];
        let linked = linked(vec![session("one", turns)], &commit(40, "Discounts", &[("src/price.py", TOTAL)]));
        let kinds: Vec<_> = linked.contributions[0].attempts.iter().map(|attempt| attempt.kind).collect();
        assert_eq!(kinds, [], "{name}");
    }
}

#[test]
fn words_that_name_nothing_are_no_reason_for_what_was_not_done_next() {
    let cache = "TOTALS = {}\ntotal_of_cart = TOTALS.setdefault(cart, compute(cart))";
    let adds = edit(6, "src/price.py", "total_of_cart = compute(cart)", cache, done(""));
    let takes_out = edit(9, "src/price.py", cache, "total_of_cart = compute(cart)", done(""));
    let other = edit(8, "src/menu.py", "x", "menu_of_shop = Menu(shop)", done(""));
    let turns = vec![
        turn(5, "Make it fast", vec![adds]),
        turn(7, "You fix it, not me", vec![other, takes_out, wrote_total(10).remove(0)]),
    ];
    let linked = linked(vec![session("one", turns)], &commit(40, "Discounts", &[("src/price.py", TOTAL)]));
    let reasons: Vec<_> = linked.contributions[0].attempts.iter().filter_map(|one| one.why.clone()).collect();
    assert_eq!(reasons, []);
}

#[test]
fn what_ran_after_the_sessions_own_commit_is_of_no_concern_to_it() {
    let seconds = |call: backstory::record::session::ToolCall, from: i64, to: i64| {
        let at = |seconds: i64| minute(10) + jiff::SignedDuration::from_secs(seconds);
        backstory::record::session::ToolCall { at: Some(at(from)), ended_at: Some(at(to)), ..call }
    };
    let made = seconds(shell(10, "git commit -qm Discounts", done("")), -2, 1);
    let hook = failed(
        "$ tsc --noEmit\nsrc/price.py(3,5): error TS2304: Cannot find name 'x'.\nhusky - pre-commit script failed (code 2)",
    );
    let next = seconds(shell(10, "git commit -m Next", hook), 20, 30);
    let tests = seconds(
        shell(10, "pytest -q", failed("FAILED test_price.py::test_x - assert 1 == 2\n1 failed in 0.1s")),
        35,
        40,
    );
    let passed = shell(9, "pytest -q", done("4 passed in 0.1s"));
    let calls = [wrote_total(6), vec![passed, made, next, tests]].concat();
    let session = session("one", vec![turn(5, "Add a discount", calls)]);
    let linked = linked(vec![session], &commit(10, "Discounts", &[("src/price.py", TOTAL)]));
    let one = &linked.contributions[0];
    let checks: Vec<_> = one.checks.iter().map(|check| check.result).collect();
    assert_eq!((one.attempts.len(), checks), (0, vec![CheckResult::Passed]));
}

#[test]
fn what_a_formatter_found_is_answered_by_its_next_run_and_not_by_the_next_edit() {
    let found = "Diff in /w/shop/src/price.py:1:\n-total = 1\n+total  = 1";
    let output = |said: &str| Outcome::Failed { kind: FailureKind::Lint, exit_code: Some(1), output: Raw::new(said) };
    let mut calls = wrote_total(6);
    calls.push(shell(8, "sed -n 1,9p src/price.py; cargo fmt --all -- --check", output(found)));
    calls.push(edit(9, "src/price.py", "x", "    rounded = round(subtotal, 2)", done("")));
    calls.push(shell(10, "cargo fmt --all && cargo test", done("test result: ok. 4 passed; 0 failed")));
    let linked = linked(
        vec![session("one", vec![turn(5, "Add a discount", calls)])],
        &commit(12, "Discounts", &[("src/price.py", TOTAL)]),
    );
    let attempts: Vec<_> = linked.contributions[0]
        .attempts
        .iter()
        .map(|attempt| (attempt.change.as_ref().map(Raw::expose), attempt.ended))
        .collect();
    assert_eq!(attempts, [(Some("cargo fmt --all"), None)]);
}

#[test]
fn a_formatter_that_shows_what_it_would_change_did_not_fail_and_no_check_answers_one_that_did() {
    let lint = |said: &str| Outcome::Failed { kind: FailureKind::Lint, exit_code: Some(1), output: Raw::new(said) };
    let refused = Outcome::Failed {
        kind: FailureKind::Permission,
        exit_code: None,
        output: Raw::new("Guard blocked a change by a shell. Use the edit tool."),
    };
    let would = "would reformat /home/a/shop/src/price.py\n1 file would be reformatted.";
    let script = "python3 - <<'E'\nopen('src/price.py', 'w').write('x')\nE";
    let mut calls = wrote_total(6);
    let behind_tests = format!(
        "=== warnings summary ===\nlib/client.py:1\n  /w/lib/client.py:1: OldWarning: the client is old\n-- Docs: https://docs.pytest.org\n11 passed in 0.6s\n{would}"
    );
    calls.extend([
        shell(
            7,
            "cd a && b/pytest a.py -q && b/black --check src && b/isort --check-only src && b/mypy src",
            lint(&behind_tests),
        ),
        shell(8, "black --diff src/price.py", done(would)),
        shell(9, script, refused),
        edit(10, "src/price.py", "total(prices, discount=0)", "total(prices, rate, discount=0)", done("")),
        shell(11, "black --check src && isort --check-only src && pytest -q", done("4 passed in 0.1s")),
    ]);
    let text = TOTAL.replace("total(prices, discount=0)", "total(prices, rate, discount=0)");
    let linked = linked(
        vec![session("one", vec![turn(5, "Add a discount", calls)])],
        &commit(12, "Discounts", &[("src/price.py", &text)]),
    );
    let one = &linked.contributions[0];
    let attempts: Vec<_> = one.attempts.iter().map(|attempt| attempt.change.as_ref().map(Raw::expose)).collect();
    assert_eq!(
        attempts,
        [Some("src/price.py: total(prices, rate, discount=0)\ninstead of:\ntotal(prices, discount=0)")]
    );
    assert!(one.attempts[0].tried.expose().contains("black --check"));
}

#[test]
fn a_style_warning_about_a_file_that_the_session_has_not_changed_yet_is_no_attempt() {
    let found = "src/price.py:2:80: E501 line too long (93 > 79 characters)";
    let lint = || Outcome::Failed { kind: FailureKind::Lint, exit_code: Some(1), output: Raw::new(found) };
    for (at, expected) in [(5, 0), (8, 1)] {
        let mut calls = vec![
            shell(at, "flake8 src", lint()),
            edit(9, "src/price.py", "sum(prices)", "sum( prices )", done("")),
            shell(10, "flake8 src", done("")),
        ];
        calls.extend(wrote_total(6));
        calls.sort_by_key(|call| call.at);
        let linked = linked(
            vec![session("one", vec![turn(4, "Add a discount", calls)])],
            &commit(12, "Discounts", &[("src/price.py", &TOTAL.replace("sum(prices)", "sum( prices )"))]),
        );
        assert_eq!(linked.contributions[0].attempts.len(), expected, "at {at}");
    }
}

#[test]
fn the_cause_that_is_found_before_the_change_is_told_and_not_the_first_remark() {
    let mut calls = wrote_total(6);
    calls.push(shell(7, "pytest -q", failed("FAILED tests/test_price.py::test_total - assert 2 == 1")));
    calls.push(says("The run surfaces concrete failures of the cart.", shell(8, "cat src/price.py", done("x"))));
    calls.push(says(
        "The total moved from 1 to 2 because the discount is taken twice.",
        edit(9, "src/price.py", "x", "    rounded = round(subtotal, 2)", done("")),
    ));
    calls.push(shell(10, "pytest -q", done("4 passed in 0.1s")));
    let linked = linked(
        vec![session("one", vec![turn(5, "Add a discount", calls)])],
        &commit(12, "Discounts", &[("src/price.py", TOTAL)]),
    );
    let why: Vec<_> =
        linked.contributions[0].attempts.iter().map(|attempt| attempt.why.as_ref().map(Raw::expose)).collect();
    assert_eq!(why, [Some("The total moved from 1 to 2 because the discount is taken twice.")]);
}

#[test]
fn of_two_commands_that_failed_each_has_its_own_words_and_change() {
    let refused =
        |output: &str| Outcome::Failed { kind: FailureKind::Command, exit_code: Some(1), output: Raw::new(output) };
    let blocked = shell(7, "git commit -m Totals", refused("BLOCK: create a feature branch first"));
    let conflict = shell(9, "git stash pop", refused("CONFLICT (content): Merge conflict in src/price.py"));
    let mut resolved = edit(11, "src/price.py", "<<<<<<< upstream", "total = sum(prices)", done(""));
    resolved.said_before = Some(Raw::new("The other branch still has the old loop because nobody merged it."));
    let calls = [
        wrote_total(6),
        vec![blocked, shell(8, "git stash && git checkout feat/totals", done("")), conflict, resolved],
        vec![shell(12, "git commit -m Totals", done("[feat/totals 1a2b3c4] Totals"))],
    ];
    let one = session("one", vec![turn(5, "Add totals", calls.concat())]);
    let linked = linked(vec![one], &commit(12, "Totals", &[("src/price.py", TOTAL)]));
    let told: Vec<_> = linked.contributions[0]
        .attempts
        .iter()
        .map(|one| (one.tried.expose(), one.why.is_some(), one.change.as_ref().map(Raw::expose)))
        .collect();
    let went = Some("git stash && git checkout feat/totals");
    assert_eq!(told[0], ("git commit -m Totals", false, went));
    assert_eq!((told[1].0, told[1].1), ("git stash pop", true));
}

#[test]
fn what_the_words_of_a_refusal_name_is_what_was_done_instead() {
    let refused = Outcome::Rejected { reason: Some(Raw::new("./dist/shop probably")) };
    let calls = [
        wrote_total(6),
        vec![shell(7, "python3 src/price.py totals", refused), shell(8, "make bundle", done(""))],
        vec![shell(9, "./dist/shop totals", done("12"))],
    ];
    let one = session("one", vec![turn(5, "Add totals", calls.concat())]);
    let linked = linked(vec![one], &commit(12, "Totals", &[("src/price.py", TOTAL)]));
    let attempt = &linked.contributions[0].attempts[0];
    assert_eq!(attempt.change.as_ref().map(Raw::expose), Some("./dist/shop totals"));
}

#[test]
fn what_failed_in_files_of_another_commit_of_the_same_work_is_kept_aside() {
    let failed =
        |output: &str| Outcome::Failed { kind: FailureKind::Lint, exit_code: Some(1), output: Raw::new(output) };
    let complains = "src/cart.ts:3:5: error  'total' is never reassigned  prefer-const";
    let calls = || {
        [
            wrote_total(6),
            vec![edit(7, "src/cart.ts", "", "let total = 3", done("")), shell(8, "npx eslint .", failed(complains))],
            vec![edit(9, "src/cart.ts", "let total = 3", "const total = 3", done(""))],
            vec![shell(10, "npx eslint .", done(""))],
        ]
        .concat()
    };
    for (name, file, text, expected) in
        [("its own", "src/cart.ts", "const total = 3", false), ("of another", "src/price.py", TOTAL, true)]
    {
        let one = session("one", vec![turn(5, "Add totals", calls())]);
        let linked = linked(vec![one], &commit(12, "Totals", &[(file, text)]));
        let told: Vec<bool> = linked.contributions[0].attempts.iter().map(|one| one.aside).collect();
        assert_eq!(told, [expected], "{name}");
    }
}

#[test]
fn a_file_that_a_command_wrote_out_of_its_own_text_is_told_as_an_edit_of_it() {
    let failed = Outcome::Failed {
        kind: FailureKind::Tests,
        exit_code: Some(1),
        output: Raw::new("E   NameError: name 'prices' is not defined\nsrc/price.py:3: NameError\n1 failed in 0.1s"),
    };
    let command = format!("cat << 'EOF' > src/price.py\n{TOTAL}\nEOF");
    let mut write = shell(8, &command, done(""));
    let change = backstory::record::session::Change::Write { text: Raw::new(format!("{TOTAL}\n")) };
    write.written = vec![backstory::record::session::Edit { path: "/home/a/shop/src/price.py".into(), change }];
    let calls = [wrote_total(6), vec![shell(7, "pytest -q", failed), write, shell(9, "pytest -q", done("1 passed"))]];
    let one = session("one", vec![turn(5, "Add totals", calls.concat())]);
    let linked = linked(vec![one], &commit(12, "Totals", &[("src/price.py", TOTAL)]));
    let attempt = &linked.contributions[0].attempts[0];
    let change = attempt.change.as_ref().map(Raw::expose).unwrap_or_default();
    assert!(change.starts_with("src/price.py") && !change.contains("EOF"), "{change}");
    assert_eq!(attempt.files, ["src/price.py"]);
}
