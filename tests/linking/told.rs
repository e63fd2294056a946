//! Which failures are told of a commit, which are kept aside, and which are of another one.

use backstory::link::library::Library;
use backstory::link::{Hints, link};
use backstory::record::contribution::{AttemptEnd, FailedAttempt};
use backstory::record::session::{Action, FailureKind, Outcome, ToolCall};
use backstory::record::text::Raw;
use jiff::Timestamp;

use crate::stage::{TOTAL, call, commit, done, edit, linked, minute, says, session, shell, turn, write, wrote_total};

fn failed(output: &str) -> Outcome {
    Outcome::Failed { kind: FailureKind::Command, exit_code: Some(1), output: Raw::new(output) }
}

/// The attempts of a commit of one file by a session that did all of these calls.
fn attempts(path: &str, lines: &str, calls: Vec<ToolCall>) -> Vec<FailedAttempt<Raw>> {
    let session = session("one", vec![turn(0, "Add a discount", calls)]);
    linked(vec![session], &commit(30, "Discounts", &[(path, lines)])).contributions.remove(0).attempts
}

const FAILURE: &str =
    "FAILED tests/test_price.py::test_total - NameError: name 'subtotal' is not defined\n1 failed, 3 passed in 0.1s";

fn test(at: i64) -> ToolCall {
    shell(at, "pytest -q", failed(FAILURE))
}

fn repair(at: i64, path: &str) -> ToolCall {
    edit(at, path, "    total = sum(prices)", "    subtotal = sum(prices)", done(""))
}

fn passes(at: i64) -> ToolCall {
    shell(at, "pytest -q", done("4 passed in 0.1s"))
}

#[test]
fn a_failure_is_told_of_the_commit_that_has_the_change_made_about_it() {
    let other = |at| shell(at, "git commit -m 'Prices'", done("[main 3c4d5e6] Prices\n 1 file changed"));
    let guide = |at| edit(at, "docs/guide.md", "", "How to give a discount on prices", done(""));
    let made = |path, lines, calls: Vec<Vec<ToolCall>>| -> Vec<bool> {
        attempts(path, lines, calls.into_iter().flatten().collect()).iter().map(|one| one.aside).collect()
    };
    let fixed = || vec![test(7), repair(8, "src/price.py"), passes(9)];
    let told = made("src/price.py", TOTAL, vec![wrote_total(6), fixed()]);
    assert_eq!(told, [false], "its own");
    let told = made("docs/guide.md", "How to give a discount on prices", vec![fixed(), vec![other(10), guide(11)]]);
    assert_eq!(told, [true; 0], "of an earlier commit of the session");
    let told = made("src/price.py", TOTAL, vec![wrote_total(6), fixed(), vec![other(10), guide(11)]]);
    assert_eq!(told, [false], "in an earlier commit, and in this one by its lines");
    let told =
        made("src/price.py", TOTAL, vec![vec![test(2), repair(3, "src/price.py"), other(4)], wrote_total(6), fixed()]);
    assert_eq!(told, [false], "one of an earlier commit that changed the same file, and its own");
    let left = vec![edit(1, "docs/guide.md", "", "How to give a discount on prices", done("")), test(2)];
    let since = vec![repair(3, "src/price.py"), other(4), guide(11)];
    let told = made("docs/guide.md", "How to give a discount on prices", vec![left, since]);
    assert_eq!(told, [true; 0], "of an earlier commit, beside a file that was left for this one");
    let told = made("src/price.py", TOTAL, vec![wrote_total(6), vec![test(7), repair(8, "lib/rates.py"), passes(9)]]);
    assert_eq!(told, [true], "changed elsewhere");
}

#[test]
fn what_nothing_is_known_to_have_been_changed_about_is_kept_aside() {
    let asides = |calls: Vec<ToolCall>| -> Vec<bool> {
        let calls = wrote_total(5).into_iter().chain(calls).collect();
        attempts("src/price.py", TOTAL, calls).iter().map(|one| one.aside).collect()
    };
    for (name, calls, expected) in [
        ("nothing changed", vec![test(7)], vec![true]),
        ("only looked", vec![test(7), shell(8, "git status", done(""))], vec![true]),
        (
            "what it needs was installed",
            vec![
                shell(7, "pytest -q", failed("ModuleNotFoundError: No module named 'rates'")),
                shell(8, "pip install rates", done("")),
                passes(9),
            ],
            vec![true],
        ),
        (
            "the same commit again",
            vec![
                shell(7, "git add dist && git commit -m Discounts", failed("The following paths are ignored by one")),
                shell(8, "git add src && git commit -m Discounts", done("[main 1a2b3c4] Discounts")),
            ],
            vec![true],
        ),
        (
            "expected",
            vec![
                test(7),
                says("Expected \u{2014} `subtotal` is still missing there. Let me add it.", repair(8, "src/price.py")),
                passes(9),
            ],
            vec![true],
        ),
        (
            "no reason but a count",
            vec![shell(7, "ruff check", failed("Found 2 errors.")), repair(8, "src/price.py")],
            vec![true],
        ),
    ] {
        assert_eq!(asides(calls), expected, "{name}");
    }
}

#[test]
fn what_stopped_a_commit_has_passed_where_the_next_try_made_one() {
    let stopped = "[FAILED] eslint --fix [FAILED]\n\n\u{2716} eslint --fix:\n\n/home/a/shop/src/cart.js\n  \
                   2:7  error  'tax' is not defined  no-undef\n\nhusky - pre-commit script failed (code 1)";
    let calls = vec![
        edit(5, "src/cart.js", "", "const price = total + tax;", done("")),
        shell(6, "git commit -m Discounts", failed(stopped)),
        edit(7, "src/cart.js", "const price = total + tax;", "const price = total + rates.tax;", done("")),
        shell(8, "git commit -m Discounts", done("[main 1a2b3c4] Discounts\n 1 file changed")),
    ];
    let attempts = attempts("src/cart.js", "const price = total + rates.tax;", calls);
    let told: Vec<_> = attempts.iter().map(|one| (one.ended, one.aside)).collect();
    assert_eq!(told, [(Some(AttemptEnd::PassedAfterChange), false)]);
}

#[test]
fn a_last_run_that_failed_is_told_with_what_the_agent_says_of_it() {
    const LFS: &str = "FAILED test_git.py::test_lfs - AssertionError: no answer from the helper\n1 failed in 0.1s";
    let last = |command: &str, words: &str| {
        let calls = vec![shell(7, command, failed(LFS)), says(words, shell(8, "git status", done("")))];
        let session = session("one", vec![turn(5, "Add a discount", [wrote_total(6), calls].concat())]);
        let mut linked = linked(vec![session], &commit(40, "Discounts", &[("src/price.py", TOTAL)]));
        let check = linked.contributions.remove(0).checks.pop();
        check.map(|check| (check.said.map(|said| said.expose().to_owned()), check.excused))
    };
    let said = |text: &str, excused: bool| Some((Some(text.to_owned()), excused));
    let old = "The failing test is pre-existing and unrelated.";
    let lacks = "The helper is not installed here, so this test cannot pass.";
    let own = "The helper gets no price, so the sum is missing.";
    for (name, command, words, expected) in [
        ("it was there before", "pytest -q", old, said(old, true)),
        ("of the machine", "pytest -q", lacks, said(lacks, true)),
        ("of the work", "pytest -q", own, said(own, false)),
        (
            "in Japanese",
            "pytest -q",
            "`test_lfs` の失敗は既存の問題です。次に進みます。",
            said("`test_lfs` の失敗は既存の問題です。", true),
        ),
        ("nothing is said", "pytest -q", "Done.", Some((None, false))),
        ("meant to fail", "pytest -q", "As wanted, the test fails as expected.", None),
        ("a trial that says so", "echo 'tampered: must fail'; pytest -q", "Good.", None),
    ] {
        assert_eq!(last(command, words), expected, "{name}");
    }
}

#[test]
fn a_line_of_the_compiler_is_no_result_of_a_formatter() {
    const RUST: &str = "pub fn total(prices: &[u32]) -> u32 {\n    prices.iter().copied().sum::<u32>()\n}";
    let built = "    Finished `dev` profile [unoptimized + debuginfo] target(s) in 1.02s";
    let told = |command: &str| {
        let calls = vec![edit(6, "src/price.rs", "", RUST, done("")), shell(7, command, done(built))];
        let session = session("one", vec![turn(5, "Add a total", calls)]);
        let mut linked = linked(vec![session], &commit(40, "Totals", &[("src/price.rs", RUST)]));
        linked.contributions.remove(0).checks.pop().map(|check| check.summary.is_some())
    };
    assert_eq!(told("cargo fmt --check"), Some(false));
    assert_eq!(told("cargo build"), Some(true));
}

#[test]
fn what_ran_in_another_repository_is_no_check_of_the_commit() {
    let told = |cwd: &str| {
        let mut run = shell(7, "pytest -q", failed("FAILED test_tar.py::test_size - assert 1 == 2\n1 failed in 0.1s"));
        if let Action::Shell { cwd: of_it, .. } = &mut run.action {
            *of_it = Some(cwd.to_owned());
        }
        let wrote = edit(6, "/home/a/shop/src/price.py", "", TOTAL, done(""));
        let session = session("one", vec![turn(5, "Add a discount", vec![wrote, run])]);
        let mut linked = linked(vec![session], &commit(40, "Discounts", &[("src/price.py", TOTAL)]));
        linked.contributions.remove(0).checks.len()
    };
    for (cwd, expected) in
        [("/home/a/shop", 1), ("/home/a/shop/src", 1), ("/home/a", 1), ("/home/b/shop", 1), ("/home/a/tar", 0)]
    {
        assert_eq!(told(cwd), expected, "{cwd}");
    }
}

#[test]
fn what_a_formatter_has_put_right_is_no_failed_check() {
    let form = "Would reformat: src/price.py\n1 file would be reformatted";
    let told = |later: ToolCall| {
        let calls = vec![shell(7, "ruff format --check .", failed(form)), later];
        let session = session("one", vec![turn(5, "Add a discount", [wrote_total(6), calls].concat())]);
        let mut linked = linked(vec![session], &commit(40, "Discounts", &[("src/price.py", TOTAL)]));
        linked.contributions.remove(0).checks.len()
    };
    assert_eq!(told(shell(8, "ruff format .", done("1 file reformatted"))), 0);
    assert_eq!(told(shell(8, "git status", done(""))), 1);
}

/// What a session did in one turn for several commits, as a commit has it that was made behind another one of the session.
fn attempts_behind(since: i64, (path, lines): (&str, &str), calls: Vec<Vec<ToolCall>>) -> Vec<(bool, Option<i64>)> {
    let turns = vec![turn(0, "Add a discount", calls.into_iter().flatten().collect())];
    let hints = Hints { since: Some(minute(since)), ..Hints::default() };
    let library = Library::new(vec![session("one", turns)]);
    let linked = link(&commit(30, "Discounts", &[(path, lines)]), &library, &hints);
    let minutes = |at: Timestamp| at.duration_since(minute(0)).as_mins();
    linked.contributions[0].attempts.iter().map(|one| (one.aside, one.at.map(minutes))).collect()
}

#[test]
fn of_several_commits_in_one_turn_each_has_what_failed_since_the_one_before() {
    let other = |at| shell(at, "git commit -m 'Prices'", done("[main 3c4d5e6] Prices\n 1 file changed"));
    let guide = |at| edit(at, "docs/guide.md", "", "How to give a discount on prices", done(""));
    let fixed = |at| vec![test(at), repair(at + 1, "src/price.py"), passes(at + 2)];
    let price = ("src/price.py", TOTAL);
    let told = attempts_behind(5, price, vec![fixed(2), vec![other(5)], wrote_total(6), fixed(7)]);
    assert_eq!(told, [(false, Some(7))], "the same file was changed for the commit before");
    // What was written before and left out of it is in this one.
    let told = attempts_behind(10, price, vec![wrote_total(6), fixed(7), vec![guide(9), other(10)]]);
    assert_eq!(told, [(false, Some(7))], "committed in two parts");
    // The commit before is another one: both were joined in this one.
    let told = attempts_behind(1, price, vec![fixed(2), vec![other(5)], wrote_total(6), fixed(7)]);
    assert_eq!(told.last(), Some(&(false, Some(7))), "joined");
    let amends = shell(9, "git commit --amend --no-edit", done("[main 4c4d5e6] Prices\n 1 file changed"));
    let told = attempts_behind(1, price, vec![wrote_total(3), fixed(4), vec![other(8), amends]]);
    assert_eq!(told, [(false, Some(4))], "amended");
}

#[test]
fn a_test_that_fails_on_a_stub_is_told_with_what_was_then_written() {
    let stub = "def total(prices):\n    raise NotImplementedError\n";
    let whole = "def total(prices):\n    return sum(prices)\n";
    let test = |at, output: Outcome| shell(at, "cd backend && .venv/bin/pytest tests/test_price.py -q", output);
    let output = "F                                                                        [100%]\n=== FAILURES ===\n___________ test_total ___________\n\n>       assert is_total()\nE       AssertionError: assert False\nE        +  where False = is_total()\n\ntests/test_price.py:3: AssertionError\n=== short test summary info ===\nFAILED tests/test_price.py::test_total - AssertionError: assert False\n1 failed in 0.1s";
    let chain = "cd backend && .venv/bin/pytest tests/test_price.py -q && .venv/bin/black --check src tests";
    let told = attempts(
        "src/price.py",
        whole,
        vec![
            write(5, "src/price.py", stub),
            test(6, failed(output)),
            write(7, "src/price.py", whole),
            shell(8, chain, done(".      [100%]\n1 passed in 0.1s\nAll done! 3 files would be left unchanged.")),
        ],
    );
    let told: Vec<_> = told.iter().map(|one| (one.change.as_ref().map(Raw::expose), one.ended, one.aside)).collect();
    assert_eq!(told, [(Some("src/price.py: rewritten"), Some(AttemptEnd::PassedAfterChange), false)]);
}

#[test]
fn what_a_service_answered_is_told_where_the_agent_found_the_cause_in_it() {
    let answered = |text: &str| Outcome::Failed { kind: FailureKind::Other, exit_code: None, output: Raw::new(text) };
    let query = |at: i64, text: &str| call(at, "mcp__shop__orders", Action::Other, answered(text));
    let asks = |at: i64| edit(at, "src/orders.py", "select orders.buyer_name", "select orders.buyer", done(""));
    let told = |first: ToolCall, words: &str| {
        let turns = vec![turn(0, "The list of orders is empty", vec![first, says(words, asks(5))])];
        let linked = linked(
            vec![session("one", turns)],
            &commit(20, "Ask for the buyer", &[("src/orders.py", "select orders.buyer")]),
        );
        let attempts = &linked.contributions[0].attempts;
        attempts
            .first()
            .map(|one| (one.why.as_ref().map(|why| why.expose().to_owned()), one.change.is_some(), one.aside))
    };
    let missing = "ERROR: column orders.buyer_name does not exist";
    let why = "The field buyer_name does not exist in the table.";
    let found = format!("Found the problem! {why} Let me fix this:");
    assert_eq!(told(query(2, missing), &found), Some((Some(why.to_owned()), true, false)));
    assert_eq!(told(query(2, missing), "Let me ask for the buyer as well"), None, "no cause is named");
    assert_eq!(
        told(query(2, "ERROR: no such table: carts"), &found),
        None,
        "what is edited is not what it complains of"
    );
    let crashed = shell(2, "python3 orders.py", failed("KeyError: 'buyer_name' not found"));
    let named = "The problem is that orders have no buyer_name any more.";
    assert_eq!(told(crashed, named), Some((Some(named.to_owned()), true, false)));
}
