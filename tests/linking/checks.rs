//! Which runs of checks are told of a commit, and whether it was changed after them.

use backstory::record::contribution::CheckResult;
use backstory::record::session::{FailureKind, Outcome, ToolCall};
use backstory::record::text::Raw;

use crate::stage::{TOTAL, commit, done, edit, linked, session, shell, turn, write, wrote_total};

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
