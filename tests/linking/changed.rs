//! What was changed about a failure, which failures are none, and what the agent says of them.

use backstory::link::library::Library;
use backstory::link::{Hints, link};
use backstory::record::contribution::{AttemptEnd, AttemptKind, FailedAttempt};
use backstory::record::session::{FailureKind, Outcome, ToolCall};
use backstory::record::text::Raw;

use crate::stage::{TOTAL, commit, done, edit, linked, minute, says, session, shell, turn, wrote_total};

fn failed(output: &str) -> Outcome {
    Outcome::Failed { kind: FailureKind::Command, exit_code: Some(1), output: Raw::new(output) }
}

fn attempts(calls: Vec<ToolCall>) -> Vec<FailedAttempt<Raw>> {
    let session = session("one", vec![turn(5, "Add a discount", [wrote_total(6), calls].concat())]);
    let files = [("src/price.py", TOTAL), ("src/cart.py", "def cart(items):\n    return total_of(items)")];
    let mut linked = linked(vec![session], &commit(40, "Discounts", &files));
    linked.contributions.remove(0).attempts
}

const TEST: &str = "FAILED test_price.py::test_total - NameError: name 'total_of' is not defined\n1 failed in 0.1s";

fn price(at: i64) -> ToolCall {
    edit(at, "src/price.py", "x", "    rounded = round(subtotal, 2)", done(""))
}

fn cart(at: i64) -> ToolCall {
    edit(at, "src/cart.py", "x", "from price import total_of\nanswer = total_of(items, 2)", done(""))
}

#[test]
fn of_several_changes_the_one_that_bears_on_the_failure_is_told_in_the_agents_words() {
    let lint = "src/price.py:3:5: F401 `os` imported but unused\nFound 1 error.";
    let form = "Would reformat: src/price.py\n1 file would be reformatted";
    let fails = |at: i64, output: &str| shell(at, "pytest -q", failed(output));
    let passes = |at: i64| shell(at, "pytest -q", done("4 passed in 0.1s"));
    let ruff = |at: i64, outcome| shell(at, "ruff check .", outcome);
    let good = || done("All checks passed!");
    for (name, calls, expected) in [
        (
            "the edit that holds what the failure names",
            vec![fails(7, TEST), price(8), cart(9), passes(10)],
            Some("src/cart.py: answer = total_of(items, 2)"),
        ),
        (
            "with what the agent said it would do",
            vec![fails(7, TEST), price(8), says("Let me import the helper from price instead.", cart(9)), passes(10)],
            Some("Let me import the helper from price instead.\nsrc/cart.py:\nanswer = total_of(items, 2)"),
        ),
        (
            "and no words that say nothing",
            vec![fails(7, TEST), says("Now let me fix the failing tests properly.", cart(9)), passes(10)],
            Some("src/cart.py: answer = total_of(items, 2)"),
        ),
        (
            "not one that was taken back",
            vec![
                fails(7, TEST),
                edit(8, "src/cart.py", "x", "total_of = sum_of(items)", done("")),
                edit(9, "src/cart.py", "total_of = sum_of(items)", "x", done("")),
                price(10),
                passes(11),
            ],
            Some("src/price.py: rounded = round(subtotal, 2)"),
        ),
        (
            "the one that changes the line which the check printed",
            vec![
                fails(7, "src/price.py:3:5: rounding twice\n    value = round(round(sum))\n1 failed in 0.1s"),
                price(8),
                edit(9, "src/price.py", "    value = round(round(sum))", "    value = round(sum)", done("")),
                passes(10),
            ],
            Some("src/price.py: value = round(sum)\ninstead of:\nvalue = round(round(sum))"),
        ),
        (
            "the last of two tries",
            vec![fails(7, TEST), price(8), fails(9, TEST), cart(10), passes(11)],
            Some("src/cart.py: answer = total_of(items, 2)"),
        ),
        (
            "a script before the run",
            vec![
                fails(7, TEST),
                shell(8, "sed -i 's/totals/total_of/' src/cart.py && pytest -q", done("4 passed in 0.1s")),
            ],
            Some("sed -i 's/totals/total_of/' src/cart.py"),
        ),
        (
            "a formatter beside an edit",
            vec![fails(7, TEST), cart(8), shell(9, "ruff format .", done("1 file reformatted")), passes(10)],
            Some("src/cart.py: answer = total_of(items, 2)"),
        ),
        (
            "a fixer of what a linter says",
            vec![ruff(7, failed(lint)), shell(8, "ruff check --fix .", good())],
            Some("ruff check --fix ."),
        ),
        (
            "a formatter of what is said of the form",
            vec![
                shell(7, "ruff format --check .", failed(form)),
                shell(8, "ruff format .", done("1 file reformatted")),
                shell(9, "ruff format --check .", done("2 files already formatted")),
            ],
            Some("ruff format ."),
        ),
        ("of a linter no other file", vec![ruff(7, failed(lint)), cart(8), ruff(9, good())], None),
        (
            "not one that only moves lines",
            vec![
                fails(7, TEST),
                edit(8, "src/cart.py", "total_of = 1\nsum_of = 2", "sum_of = 2\ntotal_of = 1", done("")),
                says("Now let me add the helper to the cart.", cart(9)),
                passes(10),
            ],
            Some("Now let me add the helper to the cart.\nsrc/cart.py:\nanswer = total_of(items, 2)"),
        ),
        (
            "not what only brings a name in",
            vec![
                fails(7, TEST),
                edit(8, "src/cart.py", "x", "from price import total_of", done("")),
                cart(9),
                passes(10),
            ],
            Some("src/cart.py: answer = total_of(items, 2)"),
        ),
        (
            "not the test, where the code was changed for it",
            vec![
                fails(7, TEST),
                edit(8, "test_price.py", "x", "    assert total(items) == 3", done("")),
                says("Let me import the helper from price instead.", cart(9)),
                passes(10),
            ],
            Some("Let me import the helper from price instead.\nsrc/cart.py:\nanswer = total_of(items, 2)"),
        ),
        (
            "not one that has the name only around what it changes",
            vec![
                fails(7, TEST),
                cart(8),
                edit(9, "src/cart.py", "a = total_of()\nb = 1", "a = total_of()\nb = 2", done("")),
                passes(10),
            ],
            Some("src/cart.py: answer = total_of(items, 2)"),
        ),
        (
            "a package that was missing",
            vec![
                fails(7, "E   ModuleNotFoundError: No module named 'decimals'\n1 error in 0.1s"),
                shell(8, "pip install decimals", done("")),
                passes(9),
            ],
            Some("pip install decimals"),
        ),
    ] {
        let mut found = attempts(calls);
        // What was taken back is told beside.
        found.retain(|attempt| attempt.kind != AttemptKind::Reverted);
        assert_eq!(found.len(), 1, "{name}");
        assert_eq!(found[0].change.as_ref().map(Raw::expose), expected, "{name}");
        assert_eq!(found[0].ended, Some(AttemptEnd::PassedAfterChange), "{name}");
    }
}

#[test]
fn what_says_nothing_of_the_work_or_was_meant_to_fail_is_no_failed_attempt() {
    let fails = |at: i64, output: &str| shell(at, "pytest -q", failed(output));
    let passes = |at: i64| shell(at, "pytest -q", done("4 passed in 0.1s"));
    for (name, calls, expected) in [
        ("a failure of the work", vec![fails(7, TEST), cart(8), passes(9)], 1),
        ("it passes as it is", vec![fails(7, TEST), passes(8)], 0),
        ("a tool is missing", vec![fails(7, "E   ModuleNotFoundError: No module named 'yaml'\n1 error in 0.1s")], 0),
        (
            "no database",
            vec![fails(7, "E  Connection refused: 127.0.0.1:5432\n1 error in 0.1s"), price(8), passes(9)],
            0,
        ),
        (
            "the test comes first",
            vec![says("Now let me verify the test fails.", fails(7, TEST)), cart(8), passes(9)],
            0,
        ),
        (
            "an older state is tried",
            vec![shell(7, "git stash && pytest -q; git stash pop", failed(TEST)), cart(8), passes(9)],
            0,
        ),
        (
            "the agent says that it is older",
            vec![fails(7, TEST), says("The failure is pre-existing and unrelated to this.", shell(8, "ls", done("a")))],
            0,
        ),
        (
            "the call was wrong",
            vec![
                shell(7, "cargo test --lib cart", failed("error: no library targets found in package `shop`")),
                shell(8, "cargo test cart", done("test result: ok. 4 passed; 0 failed")),
            ],
            0,
        ),
        (
            "the agent says so on its way to something else",
            vec![
                fails(7, TEST),
                says(
                    "I'm linting once more and then sum up with the unrelated test failure.",
                    shell(8, "ls", done("a")),
                ),
            ],
            0,
        ),
        (
            "what the search did not find is no failure",
            vec![shell(7, "rg total src; pytest -q | grep NameError", failed("src/price.py:3: total")), cart(8)],
            0,
        ),
    ] {
        assert_eq!(attempts(calls).len(), expected, "{name}");
    }
}

#[test]
fn what_is_done_for_a_new_wish_is_no_change_about_a_failure_before_it() {
    let told = |why: &str, wish: &str, next: ToolCall| {
        let ends = says(why, shell(8, "git status", done("")));
        let turns = vec![
            turn(5, "Add a discount", [wrote_total(6), vec![shell(7, "pytest -q", failed(OTHER)), ends]].concat()),
            turn(9, wish, vec![next]),
        ];
        let files = [("src/price.py", TOTAL), ("src/cart.py", "def cart(items):\n    return total_of(items)")];
        let linked = linked(vec![session("one", turns)], &commit(40, "Discounts", &files));
        linked.contributions[0].attempts.iter().any(|attempt| !attempt.aside)
    };
    const OTHER: &str = "FAILED test_git.py::test_lfs - AssertionError: no answer from the helper\n1 failed in 0.1s";
    let helper = "The helper needs more time than that.";
    for (name, why, wish, expected) in [
        ("a wish of its own", helper, "Let the cart hold a voucher as well", false),
        ("a wish to put it right", helper, "Please fix that one too", true),
        ("a consent", helper, "go ahead", true),
        ("of the machine", "An environment limitation, this machine lacks the helper.", "Please fix it", false),
    ] {
        assert_eq!(told(why, wish, cart(10)), expected, "{name}");
    }
}

#[test]
fn the_cause_that_is_found_out_is_the_why() {
    let first = "The build is wrong somewhere, since it worked before.";
    let looks = |at: i64| shell(at, "cat src/cart.py", done("x"));
    for (name, said, expected) in [
        ("the first remark", vec![says(first, looks(8)), cart(9)], first),
        (
            "what is found later",
            vec![
                says(first, looks(8)),
                says("I found the cause: a part of the price was pasted below the cart. I'm removing it.", cart(9)),
            ],
            "I found the cause: a part of the price was pasted below the cart.",
        ),
        (
            "what is said before the edit",
            vec![says("The cart takes the newest entry and falls back by time. I'm adding the helper there.", cart(9))],
            "The cart takes the newest entry and falls back by time.",
        ),
    ] {
        let calls = [vec![shell(7, "pytest -q", failed(TEST))], said, vec![shell(10, "pytest -q", done("4 passed"))]];
        let found = attempts(calls.concat());
        assert_eq!(found[0].why.as_ref().map(Raw::expose), Some(expected), "{name}");
    }
}

#[test]
fn a_narrower_run_that_passes_leaves_open_how_a_failure_ended() {
    let fails = || shell(7, "pytest -q", failed(TEST));
    for (name, passes, expected) in [
        ("all", "pytest -q", Some(AttemptEnd::PassedAfterChange)),
        ("what failed", "pytest -q tests/test_price.py", Some(AttemptEnd::PassedAfterChange)),
        ("something else", "pytest -q tests/test_tax.py", None),
        ("a task of another name", "mise run test:unit", Some(AttemptEnd::PassedAfterChange)),
    ] {
        let found = attempts(vec![fails(), cart(8), shell(9, passes, done("4 passed in 0.1s"))]);
        assert_eq!(found[0].ended, expected, "{name}");
        assert!(found[0].change.is_some(), "{name}");
    }
}

#[test]
fn who_stops_the_agent_says_why_and_what_it_does_then_is_the_change() {
    let stopped_at = |calls: Vec<ToolCall>, words: &str| {
        let mut stopped = turn(5, "Add a discount", calls);
        stopped.interrupts = vec![Some(minute(7))];
        let then = says("I will keep the whole price instead.", wrote_total(9).remove(0));
        let turns = vec![stopped, turn(8, words, vec![then])];
        let linked = linked(vec![session("one", turns)], &commit(40, "Discounts", &[("src/price.py", TOTAL)]));
        let found = linked.contributions[0].attempts.iter().find(|one| one.kind == AttemptKind::Interrupted);
        found.map(|one| {
            let text = |text: &Option<Raw>| text.as_ref().map(|text| text.expose().to_owned()).unwrap_or_default();
            (text(&one.why), text(&one.change))
        })
    };
    let runs = || vec![shell(6, "python3 round_all.py", done(""))];
    let words = "No, never round the stored price";
    let (why, change) = stopped_at(runs(), words).expect("an attempt");
    assert_eq!(why, words);
    assert!(change.starts_with("I will keep the whole price instead.\nsrc/price.py:\n"), "{change}");
    assert_eq!(stopped_at(runs(), "sorry, wrong key, continue"), None);
    // The next wish says nothing of what was stopped.
    let next = "Remove everything that lies around in the folder of the assets";
    assert_eq!(stopped_at(runs(), next), Some((String::new(), String::new())));
    let about = "Let the discount be a percentage of the whole price";
    assert_eq!(stopped_at(runs(), about).expect("an attempt").0, about);
    assert_eq!(stopped_at(vec![], "Add a discount, please, in percent"), None);
}

#[test]
fn who_refuses_a_call_that_changes_nothing_only_takes_over() {
    let refused = |call: ToolCall| {
        let reason = Some(Raw::new("No, I found it: the price is not rounded"));
        ToolCall { outcome: Outcome::Rejected { reason }, ..call }
    };
    for (name, command, expected) in [
        ("a look", "git log --oneline", false),
        ("a check", "pytest -q", false),
        ("a change", "python3 round_all.py --write", true),
    ] {
        let found = attempts(vec![refused(shell(7, command, done(""))), cart(9)]);
        let told = found.iter().find(|one| one.kind == AttemptKind::Rejected).map(|one| !one.aside);
        assert_eq!(told, Some(expected), "{name}");
    }
    // The next step of the plan is no answer, words of another way are.
    for (name, next, expected) in [
        ("the plan goes on", cart(9), None),
        ("another way", says("I will round it where it is shown instead.", cart(9)), Some(true)),
    ] {
        let found = attempts(vec![refused(shell(7, "python3 round_all.py --write", done(""))), next]);
        let told = found.iter().find(|one| one.kind == AttemptKind::Rejected).expect("a refusal");
        assert_eq!(told.change.as_ref().map(|change| change.expose().contains("instead")), expected, "{name}");
    }
}

#[test]
fn what_is_done_once_more_after_a_stop_was_not_turned_away() {
    let stopped = |next: ToolCall| {
        let mut first = turn(5, "Add a discount", vec![shell(6, "python3 round_all.py --write", Outcome::Interrupted)]);
        first.interrupts = vec![Some(minute(7))];
        let turns = vec![first, turn(8, "No, wait, what about rounding", [vec![next], wrote_total(10)].concat())];
        let linked = linked(vec![session("one", turns)], &commit(40, "Discounts", &[("src/price.py", TOTAL)]));
        linked.contributions[0].attempts.iter().any(|one| one.kind == AttemptKind::Interrupted && !one.aside)
    };
    assert!(!stopped(shell(9, "python3 round_all.py --write", done(""))));
    assert!(stopped(says("I'm adding the rounding to the price instead.", wrote_total(9).remove(0))));
}

#[test]
fn work_that_git_threw_away_at_a_persons_words_was_an_attempt() {
    for (words, command, expected) in [
        ("No, undo that, the cart must not know prices", "git checkout -- src/cart.py", true),
        ("No, undo that, the cart must not know prices", "git reset --hard HEAD", true),
        ("No, undo that, the cart must not know prices", "git checkout -- src/other.py", false),
        ("Commit it in two parts", "git checkout -- src/cart.py", false),
    ] {
        let turns = vec![
            turn(5, "Add a discount", vec![cart(6)]),
            turn(7, words, [vec![shell(8, command, done(""))], wrote_total(9)].concat()),
        ];
        let files = [("src/price.py", TOTAL), ("src/cart.py", "def cart(items):\n    return items")];
        let linked = linked(vec![session("one", turns)], &commit(40, "Discounts", &files));
        let found = linked.contributions[0].attempts.iter().find(|one| one.kind == AttemptKind::Reverted);
        let told =
            found.map(|one| (one.tried.expose().to_owned(), one.why.as_ref().map(|why| why.expose().to_owned())));
        let tried = "src/cart.py: from price import total_of".to_owned();
        assert_eq!(told, expected.then(|| (tried, Some(words.to_owned()))), "{words} / {command}");
    }
}

#[test]
fn both_sides_of_a_change_are_kept_whole_where_nothing_else_was_changed_until_the_check_passed() {
    let fails = |at: i64| shell(at, "pytest -q", failed(TEST));
    let passes = |at: i64| shell(at, "pytest -q", done("4 passed in 0.1s"));
    for (name, calls, expected) in [
        ("one edit", vec![fails(7), price(8), passes(9)], true),
        ("of several tries the last", vec![fails(6), cart(7), fails(8), price(9), passes(10)], true),
        ("two edits", vec![fails(7), cart(8), price(9), passes(10)], false),
        ("an edit and a formatter", vec![fails(7), price(8), shell(9, "ruff format .", done("")), passes(10)], false),
        ("it fails still", vec![fails(7), price(8), fails(9)], false),
    ] {
        let found = attempts(calls);
        let whole = found.iter().find_map(|attempt| attempt.edit.as_ref());
        assert_eq!(whole.is_some(), expected, "{name}: {}", found.len());
        if let Some(whole) = whole {
            assert!(whole.path.ends_with("price.py"), "{name}: {}", whole.path);
            assert!(whole.before.expose() != whole.after.expose(), "{name}");
        }
    }
}

#[test]
fn what_is_done_behind_the_next_run_is_nothing_about_the_failure_though_its_end_was_not_seen() {
    let fails = shell(7, "pytest -q", failed(TEST));
    let runs_on = shell(9, "pytest -q", Outcome::Running { output: Raw::new("collecting") });
    let later = says("The other thread is about total_of, which needs a cache.", price(10));
    let told = attempts(vec![fails.clone(), cart(8), runs_on.clone(), later.clone()]).remove(0);
    assert_eq!(told.change.as_ref().map(Raw::expose), Some("src/cart.py: answer = total_of(items, 2)"));
    assert_eq!((told.why.as_ref().map(Raw::expose), told.ended), (None, None));
    let passes = shell(11, "pytest -q", done("4 passed in 0.1s"));
    let told = attempts(vec![fails, cart(8), runs_on, later, passes]).remove(0);
    assert_eq!(told.change.as_ref().map(Raw::expose), Some("src/cart.py: answer = total_of(items, 2)"));
    assert_eq!(told.ended, Some(AttemptEnd::PassedAfterChange));
}

#[test]
fn of_two_commits_of_one_prompt_the_one_with_the_repair_has_the_failure() {
    let test = "def test_stones_are_refused():\n    assert_refused(\"stone\")";
    let calls = vec![
        edit(1, "src/weight.py", "", "def grams(amount, unit):\n    return amount * GRAMS[unit]", done("")),
        edit(2, "src/test_weight.py", "", test, done("")),
        shell(3, "pytest -q", failed("FAILED test_stones_are_refused - Failed: DID NOT RAISE\n1 failed in 0.1s")),
        edit(4, "src/weight.py", "", "    refuse_unknown_units(unit)", done("")),
        shell(5, "pytest -q", done("1 passed in 0.1s")),
        shell(6, "git commit -qm Weights src/weight.py", done("")),
        shell(8, "git commit -qm 'Test the weights' src/test_weight.py", Outcome::Pending),
    ];
    let linked = linked(
        vec![session("one", vec![turn(0, "Convert weights, the tests apart", calls)])],
        &commit(8, "Test the weights", &[("src/test_weight.py", test)]),
    );
    assert_eq!(linked.contributions[0].attempts, []);
}

#[test]
fn a_failure_before_a_persons_own_commit_is_told_where_its_repair_is() {
    let told = |since: Option<i64>| {
        let calls = vec![
            edit(1, "src/price.py", "", "def total(prices):\n    return added(prices)", done("")),
            shell(2, "pytest -q", failed("src/price.py:2: NameError: name 'added' is not defined\n1 failed in 0.1s")),
            edit(3, "src/price.py", "    return added(prices)", "    return sum_of_all(prices)", done("")),
            shell(4, "pytest -q", done("1 passed in 0.1s")),
        ];
        let text = format!("{TOTAL}\n    return sum_of_all(prices)");
        let turns = vec![turn(0, "Add the total", calls), turn(20, "Add a discount", wrote_total(21))];
        let hints = Hints { since: since.map(minute), ..Hints::default() };
        let library = Library::new(vec![session("one", turns)]);
        let linked = link(&commit(30, "Discounts", &[("src/price.py", &text)]), &library, &hints);
        linked.contributions[0].attempts.len()
    };
    assert_eq!(told(Some(10)), 0, "the commit before has it");
    assert_eq!(told(None), 1, "no commit lies between");
}
