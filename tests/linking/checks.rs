//! Which runs of checks are told of a commit, and whether it was changed after them.

use backstory::record::contribution::CheckResult;
use backstory::record::session::{FailureKind, Outcome, ToolCall};
use backstory::record::text::Raw;

use crate::stage::{TOTAL, commit, done, edit, linked, minute, session, shell, turn, write, wrote_total};

fn failed(output: &str) -> Outcome {
    Outcome::Failed { kind: FailureKind::Command, exit_code: Some(1), output: Raw::new(output) }
}

/// The checks of a commit by a session that did all of this, each with its result, its counts, and `old` where an edit came later.
fn checks(files: &[(&str, &str)], calls: Vec<ToolCall>) -> Vec<String> {
    let session = session("one", vec![turn(0, "Add a discount", calls)]);
    let found = linked(vec![session], &commit(30, "Discounts", files)).contributions.remove(0).checks;
    let told = |check: &backstory::record::contribution::Check<Raw>| {
        let result = match check.result {
            CheckResult::Passed => "passed",
            CheckResult::Failed => "failed",
            CheckResult::NotSeen => "unseen",
        };
        let summary = check.summary.as_ref().map_or_else(String::new, |text| format!(" ({})", text.expose()));
        let old = if check.after_last_edit { "" } else { ", old" };
        format!("{}: {result}{summary}{old}", check.command.expose())
    };
    found.iter().map(told).collect()
}

fn later_edit(at: i64) -> ToolCall {
    edit(at, "src/price.py", "    return subtotal", "    return round(subtotal)", done(""))
}

#[test]
fn what_git_was_told_after_has_passed_though_its_end_is_not_known_yet() {
    for (command, expected) in [
        (
            "pytest -q && git add -A && git commit -m Discounts",
            "pytest -q && git add -A && git commit -m Discounts: passed",
        ),
        ("ruff check . && pytest -q && git commit -m Discounts", "ruff check .: passed; pytest -q: passed"),
        ("pytest -q; git commit -m Discounts", "pytest -q; git commit -m Discounts: unseen"),
        ("pytest -q && git commit -m Taxes", "pytest -q && git commit -m Taxes: unseen"),
    ] {
        let mut calls = wrote_total(6);
        calls.push(shell(29, command, Outcome::Pending));
        assert_eq!(checks(&[("src/price.py", TOTAL)], calls).join("; "), expected, "{command}");
    }
}

#[test]
fn the_last_run_of_each_runner_is_told() {
    let go = "go: The term 'go' is not recognized as a name of a cmdlet, function, script file, or executable program.";
    for (name, calls, expected) in [
        (
            "of another runner",
            vec![
                shell(8, "npx playwright test", done("3 passed (2s)")),
                shell(9, "pytest -q", done("4 passed in 0.1s")),
            ],
            vec!["npx playwright test: passed (3 passed (2s))", "pytest -q: passed (4 passed in 0.1s)"],
        ),
        (
            "by another spelling",
            vec![
                shell(8, "pytest -q", failed("1 failed in 0.1s")),
                later_edit(9),
                shell(10, "uv run pytest", done("4 passed in 0.1s")),
            ],
            vec!["uv run pytest: passed (4 passed in 0.1s)"],
        ),
        (
            "one that could not start",
            vec![
                shell(8, "go test ./...", failed(go)),
                shell(9, "/usr/local/go/bin/go test ./...", done("ok  \tshop\t0.1s")),
            ],
            vec!["/usr/local/go/bin/go test ./...: passed (ok \tshop\t0.1s)"],
        ),
        (
            "less since the last edit",
            vec![
                shell(8, "pytest -q", done("40 passed in 2s")),
                later_edit(9),
                shell(10, "pytest -q tests/test_tax.py", done("4 passed in 0.1s")),
            ],
            vec!["pytest -q: passed (40 passed in 2s), old", "pytest -q tests/test_tax.py: passed (4 passed in 0.1s)"],
        ),
    ] {
        let calls = wrote_total(5).into_iter().chain(calls).collect();
        let expected: Vec<String> = expected.into_iter().map(|one| one.replace("ok \t", "ok  \t")).collect();
        assert_eq!(checks(&[("src/price.py", TOTAL)], calls), expected, "{name}");
    }
}

#[test]
fn counts_stand_at_the_part_of_a_chain_that_printed_them() {
    let chain = "cargo test total && cargo check --workspace";
    let printed =
        "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n    Finished `dev` profile";
    let calls = wrote_total(5).into_iter().chain([shell(8, chain, done(printed))]).collect();
    assert_eq!(
        checks(&[("src/price.rs", TOTAL), ("src/price.py", TOTAL)], calls),
        [
            "cargo test total: passed (test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out)",
            "cargo check --workspace: passed (Finished `dev` profile)"
        ]
    );
}

#[test]
fn a_formatter_of_another_language_and_an_edit_of_another_commit_change_nothing() {
    let formats = shell(9, "cargo fmt --all && pkl format --diff-name-only a.pkl", done(""));
    let others = edit(10, "src/cart.rs", "let a = 1;", "let a = 2;", done(""));
    let calls = wrote_total(5).into_iter().chain([shell(8, "pytest -q", done("4 passed in 0.1s")), formats, others]);
    let files = [("src/price.py", TOTAL)];
    assert_eq!(checks(&files, calls.collect()), ["pytest -q: passed (4 passed in 0.1s)"]);
}

#[test]
fn a_check_before_documents_were_written_is_told_as_one() {
    let guide = "# Discounts of all sorts\n\nA discount is given in percent of the price.\n";
    let tests = shell(3, "pytest -q", done("4 passed in 0.1s"));
    assert_eq!(
        checks(&[("docs/guide.md", guide)], vec![tests, write(5, "docs/guide.md", guide)]),
        ["pytest -q: passed (4 passed in 0.1s), old"]
    );
}

#[test]
fn what_ran_before_an_amend_in_another_folder_is_told() {
    let amend = shell(
        29,
        "git -C /w/shop add src && git -C /w/shop commit --amend --no-edit",
        done("[main 1a2b3c4] Discounts"),
    );
    let calls = wrote_total(5).into_iter().chain([shell(8, "pytest -q", done("4 passed in 0.1s")), amend]);
    assert_eq!(checks(&[("src/price.py", TOTAL)], calls.collect()), ["pytest -q: passed (4 passed in 0.1s)"]);
}

/// The same call, whose result came at a minute.
fn until(end: i64, call: ToolCall) -> ToolCall {
    ToolCall { ended_at: Some(minute(end)), ..call }
}

#[test]
fn what_told_its_result_after_the_commit_is_no_check_of_it() {
    let files = [("src/price.py", TOTAL)];
    let late = until(90, shell(29, "pytest -q", done("4 passed in 0.1s")));
    let calls = |calls: Vec<ToolCall>| wrote_total(5).into_iter().chain(calls).collect();
    assert_eq!(checks(&files, calls(vec![late.clone()])), Vec::<String>::new());
    let lint = shell(20, "ruff check .", done("All checks passed!"));
    let passed = shell(21, "pytest -q", done("3 passed in 0.1s"));
    let failed = shell(21, "pytest -q", failed("1 failed in 0.1s"));
    let linted = "ruff check .: passed (All checks passed!)";
    assert_eq!(
        checks(&files, calls(vec![lint.clone(), passed, late.clone()])),
        [linted, "pytest -q: passed (3 passed in 0.1s)"]
    );
    assert_eq!(checks(&files, calls(vec![lint, failed, late])), [linted], "a failure that was none");
}

#[test]
fn what_passes_right_behind_the_commit_ran_on_it_until_something_may_change() {
    let files = [("src/price.py", TOTAL)];
    let commit = until(30, shell(29, "git add src && git commit -m Discounts", done("[main 1a2b3c4] Discounts")));
    let tested = |at: i64| shell(at, "pytest -q", done("4 passed in 0.1s"));
    let told = "pytest -q: passed (4 passed in 0.1s)";
    let calls = |before: Vec<ToolCall>, after: Vec<ToolCall>| {
        wrote_total(5).into_iter().chain(before).chain([commit.clone()]).chain(after).collect::<Vec<_>>()
    };
    let looks = shell(31, "git log --oneline | head -3", done("1a2b3c4 Discounts"));
    for (name, before, after, expected) in [
        ("at once", vec![], vec![looks.clone(), tested(32)], vec![told]),
        ("long after", vec![], vec![tested(60)], vec![]),
        ("behind an edit", vec![], vec![later_edit(31), tested(32)], vec![]),
        ("behind an unknown command", vec![], vec![shell(31, "pip install -U shop", done("")), tested(32)], vec![]),
        ("behind a pull", vec![], vec![shell(31, "git pull", done("")), tested(32)], vec![]),
        (
            "once more",
            vec![shell(8, "pytest -q", done("3 passed in 0.1s"))],
            vec![tested(32)],
            vec!["pytest -q: passed (3 passed in 0.1s)"],
        ),
        ("failed", vec![], vec![shell(32, "pytest -q", failed("1 failed in 0.1s"))], vec![]),
    ] {
        assert_eq!(checks(&files, calls(before, after)), expected, "{name}");
    }
    let two = "git commit -m Discounts -- src && git commit -am Rest";
    let calls = wrote_total(5).into_iter().chain([until(30, shell(29, two, done(""))), tested(32)]);
    assert_eq!(checks(&files, calls.collect()), Vec::<String>::new(), "two commits of one call");
}

#[test]
fn the_suite_that_the_commit_is_of_is_told_beside_another_one() {
    let suite = shell(8, "mise run test:integration", done("ok  \tshop/integration_test\t2.1s"));
    let others = shell(9, "mise run test", done("ok  \tshop/cart\t0.1s"));
    let calls: Vec<ToolCall> = wrote_total(5).into_iter().chain([suite, others]).collect();
    let (integration, unit) = (
        "mise run test:integration: passed (ok  \tshop/integration_test\t2.1s)",
        "mise run test: passed (ok  \tshop/cart\t0.1s)",
    );
    let of_it = [("src/price.py", TOTAL), ("shop/integration_test/cart_test.go", "func TestCart(t *testing.T) {")];
    assert_eq!(checks(&of_it, calls.clone()), [integration, unit]);
    assert_eq!(checks(&of_it[..1], calls), [unit]);
}

/// The state of the only check, of a commit that holds lines which the session did not write.
fn state(calls: Vec<ToolCall>) -> Option<&'static str> {
    let session = session("one", vec![turn(0, "Add a discount", wrote_total(5).into_iter().chain(calls).collect())]);
    let rate = "RATE = 0.2";
    let checks = linked(vec![session], &commit(30, "Discounts", &[("src/price.py", TOTAL), ("src/tax.py", rate)]))
        .contributions
        .remove(0)
        .checks;
    checks[0].state.map(|state| state.name())
}

#[test]
fn a_check_behind_a_diff_of_all_that_was_committed_ran_on_it() {
    let tested = || shell(9, "pytest -q", done("4 passed in 0.1s"));
    let added: String = TOTAL.lines().map(|line| format!("+{line}\n")).collect();
    let section = |path: &str, lines: &str| {
        format!("diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n@@ -1 +1 @@\n{lines}")
    };
    let patch = section("src/price.py", &added) + &section("src/tax.py", "+RATE = 0.2\n");
    let other = section("src/price.py", &added) + &section("src/tax.py", "+RATE = 0.3\n");
    let list = " src/price.py | 3 +++\n src/tax.py   | 1 +\n notes.md | 9 ++\n 3 files changed";
    for (name, calls, expected) in [
        ("by its lines", vec![shell(8, "git diff", done(&patch)), tested()], Some("committed")),
        ("by its numbers", vec![shell(8, "git diff --stat", done(list)), tested()], Some("committed")),
        ("other lines", vec![shell(8, "git diff", done(&other)), tested()], None),
        (
            "of one file",
            vec![shell(8, "git diff src/price.py", done(&section("src/price.py", &added))), tested()],
            None,
        ),
        ("an edit since", vec![shell(8, "git diff", done(&patch)), later_edit(8), tested()], None),
        ("of other commits", vec![shell(8, "git diff main..HEAD", done(&patch)), tested()], None),
        ("shown later", vec![tested(), shell(10, "git diff", done(&patch))], None),
    ] {
        assert_eq!(state(calls), expected, "{name}");
    }
}

#[test]
fn what_was_edited_since_for_a_commit_below_is_another_base() {
    let tested = || shell(8, "pytest -q", done("4 passed in 0.1s"));
    let tax = |at: i64| edit(at, "src/tax.py", "rate = 1", "rate = rate_of(prices)", done(""));
    let guide = edit(9, "docs/tax.md", "rate", "rate of taxes", done(""));
    let (first, own) = ("[main 2b3c4d5] Taxes", "[main 1a2b3c4] Discounts");
    let both = |printed: String| {
        until(30, shell(29, "git commit -m Taxes -- src/tax.py && git commit -am Discounts", done(&printed)))
    };
    let before = || shell(10, "git commit -m Taxes -- src/tax.py", done(first));
    let alone = || until(30, shell(29, "git commit -am Discounts", done(own)));
    for (name, calls, expected) in [
        ("in the same call", vec![tested(), tax(9), both(format!("{first}\n{own}"))], Some("other-base")),
        ("in a call before", vec![tested(), tax(9), before(), alone()], Some("other-base")),
        ("tested since", vec![tax(7), before(), shell(11, "pytest -q", done("4 passed in 0.1s")), alone()], None),
        ("a document", vec![tested(), guide, before(), alone()], None),
        ("not committed", vec![tested(), tax(9), alone()], None),
    ] {
        let session =
            session("one", vec![turn(0, "Add a discount", wrote_total(5).into_iter().chain(calls).collect())]);
        let checks =
            linked(vec![session], &commit(30, "Discounts", &[("src/price.py", TOTAL)])).contributions.remove(0).checks;
        assert_eq!(checks.last().and_then(|check| check.state).map(|state| state.name()), expected, "{name}");
    }
}

#[test]
fn what_another_commit_took_whose_command_went_on_is_not_left_out() {
    let tax = edit(6, "src/tax.py", "rate = 1", "rate = rate_of(prices)", done(""));
    let state = |outcome: Outcome| {
        let committed = shell(7, "git commit -m Taxes -- src/tax.py && git push", outcome);
        let wrote = edit(8, "src/price.py", "", TOTAL, done(""));
        let tested = shell(9, "pytest -q", done("4 passed in 0.1s"));
        let session = session("one", vec![turn(0, "Add a discount", vec![tax.clone(), committed, wrote, tested])]);
        let checks =
            linked(vec![session], &commit(30, "Discounts", &[("src/price.py", TOTAL)])).contributions.remove(0).checks;
        checks[0].state.map(|state| state.name())
    };
    assert_eq!(state(Outcome::Running { output: Raw::new("[main 2b3c4d5] Taxes") }), None);
    assert_eq!(state(Outcome::Running { output: Raw::new("nothing to commit") }), Some("other-state"));
}

#[test]
fn what_ran_behind_a_merge_or_without_an_end_is_told_where_nothing_else_is() {
    let unseen = shell(31, "pytest -q | wc -l", done("17"));
    let files = [("src/price.py", TOTAL)];
    let made = until(30, shell(29, "git add src && git commit -m Discounts", done("[main 1a2b3c4] Discounts")));
    let calls = |before: Vec<ToolCall>| {
        wrote_total(5).into_iter().chain(before).chain([made.clone(), unseen.clone()]).collect::<Vec<_>>()
    };
    assert_eq!(checks(&files, calls(vec![])), ["pytest -q | wc -l: unseen"]);
    let linted = shell(8, "ruff check .", done("All checks passed!"));
    assert_eq!(checks(&files, calls(vec![linted])), ["ruff check .: passed (All checks passed!)"]);
    let subject = "Merge the taxes of all carts";
    let merge =
        until(30, shell(29, &format!("git merge --no-ff tax -m '{subject}' # of 2 commits"), done("Merge made")));
    let tested = shell(31, "pytest -q; ./serve.sh", done("4 passed in 0.1s"));
    let behind = shell(32, "ruff check .", done("All checks passed!"));
    let mut merged = commit(30, subject, &[]);
    merged.parents = vec!["a".repeat(40), "b".repeat(40)];
    let session = session("one", vec![turn(0, "Merge it", vec![merge, tested, behind])]);
    let told = linked(vec![session], &merged).contributions.remove(0).checks;
    assert_eq!(told.iter().map(|check| check.command.expose()).collect::<Vec<_>>(), ["pytest -q; ./serve.sh"]);
}

#[test]
fn checks_that_say_that_they_passed_are_told_though_the_call_failed() {
    let printed = "4 passed in 0.1s\nAll checks passed!\nno such host";
    for (command, output, expected) in [
        (
            "pytest -q | tail -3 && ruff check . | tail -2; ./deploy",
            printed,
            "pytest -q: passed (4 passed in 0.1s); ruff check .: passed (All checks passed!)",
        ),
        ("pytest -q && ./deploy", printed, "pytest -q: passed (4 passed in 0.1s)"),
        (
            "pytest -q | tail -3 && mypy .",
            "4 passed in 0.1s\nsrc/price.py:2: error: no name\nFound 1 error in 1 file (checked 2 source files)",
            "pytest -q: passed (4 passed in 0.1s); mypy .: failed (Found 1 error in 1 file (checked 2 source files))",
        ),
        (
            "cd /w/shop && pytest -q 2>&1 | tail -3 && ruff check . 2>&1 | tail -2 && npx markdownlint-cli2 a.md 2>&1 | grep -c error; node -e \"JSON.parse(require('fs').readFileSync('a.json'))\" && echo \"valid\"",
            "4 passed in 0.1s\nAll checks passed!\n1\nnode:fs:556\n  return binding.open(\n\nError: ENOENT: no such file or directory, open '/w/shop/a.json'\n    at Object.openSync (node:fs:556:18)",
            "pytest -q 2>&1: passed (4 passed in 0.1s)",
        ),
        ("cd web && pytest -q", "sh: line 1: cd: web: No such file or directory", ""),
    ] {
        let mut calls = wrote_total(6);
        calls.push(shell(8, command, failed(output)));
        assert_eq!(checks(&[("src/price.py", TOTAL)], calls).join("; "), expected, "{command}");
    }
}
