//! Who wrote the lines: edited in part, replaced, moved, formatted, short.

use backstory::link::library::Library;
use backstory::link::{Hints, link};
use backstory::record::commit::{Commit, FileChange, FileChangeKind, Hunk};
use backstory::record::contribution::{Confidence, Evidence};
use backstory::record::session::{Action, Change, Edit, FailureKind, Outcome, OutsideChange, ToolCall};
use backstory::record::text::Raw;

use crate::stage::{
    TOTAL, call, changing, commit, done, edit, linked, minute, session, shell, turn, write, wrote_total,
};

#[test]
fn a_moved_line_is_not_left_to_the_commit_that_a_forge_squashed_into_this_one() {
    let of = |subject: &str| {
        let mut calls = wrote_total(6);
        calls.push(shell(7, "git commit -am x", done(&format!("[discounts 9f9f9f9] {subject}"))));
        let mut commit = commit(20, "Prices have discounts (#12)", &[("src/price.py", TOTAL)]);
        commit.files[0].hunks[0].removed = TOTAL.lines().map(Raw::new).collect();
        linked(vec![session("one", vec![turn(5, "Add a discount", calls)])], &commit).lines.agent
    };
    assert_eq!((of("Prices have discounts"), of("Carts have prices")), (3, 0));
}

#[test]
fn a_line_that_was_edited_in_part_is_known_as_a_whole() {
    let edits = vec![
        edit(6, "src/price.py", "sum(prices)", "sum(prices, start)", done("")),
        edit(7, "src/price.py", "start)", "start=zero)", done("")),
    ];
    let commit = changing(
        10,
        "src/price.py",
        "    subtotal = sum(prices)  # in cents",
        "    subtotal = sum(prices, start=zero)  # in cents\n    audit(subtotal)  # by hand",
    );
    let linked = linked(vec![session("one", vec![turn(5, "Begin at zero", edits)])], &commit);
    assert_eq!((linked.lines.agent, linked.lines.unknown), (1, 1));
    assert_eq!((linked.contributions[0].confidence, linked.contributions[0].lines), (Confidence::Content, 1));
}

#[test]
fn a_word_replaced_everywhere_and_a_word_taken_out_are_known() {
    let mut everywhere = edit(6, "src/price.py", "price", "amount", done(""));
    let Action::Edit(edits) = &mut everywhere.action else { unreachable!() };
    let Change::Replace { everywhere: all, .. } = &mut edits[0].change else { unreachable!() };
    *all = true;
    let calls = vec![everywhere, edit(7, "src/price.py", ", in cents", "", done(""))];
    let commit = changing(
        10,
        "src/price.py",
        "price = old(price)  # the price\nrounded(to, in cents)",
        "amount = old(amount)  # the amount\nrounded(to)",
    );
    let linked = linked(vec![session("one", vec![turn(5, "Call it an amount", calls)])], &commit);
    assert_eq!((linked.lines.agent, linked.lines.unknown), (2, 0));
}

#[test]
fn words_that_a_command_replaced_in_files_are_known_and_a_like_change_before_it_is_not() {
    let renaming = |at| {
        let command = "grep -rl price src | xargs sed -i -e 's/price/amount/g' -e 's/, in cents//'";
        vec![session("one", vec![turn(at, "Call it an amount", vec![shell(at + 1, command, done(""))])])]
    };
    let before = "price = old(price)  # the price\nrounded(to, in cents)\nby_hand = 'cheap'";
    let after = "amount = old(amount)  # the amount\nrounded(to)\nby_hand = 'dear'";
    let commit = changing(10, "src/price.py", before, after);
    let found = linked(renaming(5), &commit);
    assert_eq!((found.lines.agent, found.lines.unknown), (2, 1));
    assert!(found.contributions[0].evidence.contains(&Evidence::Shell { found: 2 }));
    assert_eq!(linked(renaming(20), &commit).lines.agent, 0);
}

#[test]
fn lines_that_were_joined_are_known_and_a_like_change_by_others_is_not() {
    let joining = edit(6, "src/price.py", "sum(\n    prices,\n)", "sum(prices)", done(""));
    let one = session("one", vec![turn(5, "One line, please", vec![joining])]);
    let joined = changing(
        10,
        "src/price.py",
        "    subtotal = sum(\n    prices,\n) * factor",
        "    subtotal = sum(prices) * factor",
    );
    assert_eq!(linked(vec![one.clone()], &joined).lines.agent, 1);
    let elsewhere = changing(10, "src/price.py", "    total = count(prices)", "    total = sum(prices) + fees");
    assert_eq!(linked(vec![one], &elsewhere).lines.agent, 0);
}

#[test]
fn code_in_a_comment_or_in_a_task_for_a_subagent_shows_where_the_lines_come_from() {
    let comment = Action::Text { text: Raw::new(format!("## Plan\n\n```python\n{TOTAL}\n```")) };
    let task = Action::Delegate { prompt: Raw::new(format!("Write this into src/price.py:\n{TOTAL}")) };
    for (tool, action) in [("mcp__tracker__create_comment", comment), ("Task", task)] {
        let one = session("one", vec![turn(5, "Plan the discount", vec![call(6, tool, action, done(""))])]);
        let linked = linked(vec![one], &commit(10, "Discounts", &[("src/price.py", TOTAL)]));
        assert_eq!(linked.contributions[0].evidence.last(), Some(&Evidence::Text { found: 3 }), "{tool}");
        assert_eq!(linked.lines.agent, 3, "{tool}");
    }
}

#[test]
fn a_task_for_a_subagent_that_repeats_the_plan_of_another_session_is_what_wrote_the_lines() {
    let planned = edit(1, "docs/plan.md", "", &format!("## Steps\n\n{TOTAL}"), done(""));
    let planner = session("planner", vec![turn(0, "Plan the discount", vec![planned])]);
    let prompt = Raw::new(format!("Write this into src/price.py, then commit:\n{TOTAL}"));
    let task = call(6, "Task", Action::Delegate { prompt }, done("1a2b3c4"));
    let one = session("one", vec![turn(5, "Carry the plan out", vec![task])]);
    let linked = linked(vec![planner, one], &commit(10, "Discounts", &[("src/price.py", TOTAL)]));
    let first = &linked.contributions[0];
    assert_eq!((first.session.as_str(), first.lines, linked.lines.agent), ("one", 3, 3));
    let named = Evidence::Report { named: "1a2b3c4".into() };
    assert!(first.evidence.contains(&named) && !first.was_reported(), "{:?}", first.evidence);
}

#[test]
fn a_commit_that_only_formats_lines_of_the_agent_is_linked_and_they_are_the_formatters_where_one_ran() {
    let wrote = "{'video', false}, // ends in o\n{'signal_data', false}, // ends in a";
    let formatted = "{\"video\",       false}, // ends in o\n{\"signal_data\", false}, // ends in a";
    for (command, expected) in [("efmt -w src", 0), ("npx prettier --write src", 2), ("npx prettier --check src", 0)] {
        let calls = vec![edit(6, "src/price.py", "", wrote, done("")), shell(7, command, done(""))];
        let one = session("one", vec![turn(5, "Add cases", calls)]);
        let linked = linked(vec![one], &changing(10, "src/price.py", wrote, formatted));
        assert_eq!(linked.contributions[0].confidence, Confidence::Content);
        let lines = linked.lines;
        assert_eq!((lines.formatter, lines.agent, lines.corrected), (expected, 2 - expected, 0), "{command}");
        assert_eq!(linked.contributions[0].corrections, []);
    }
}

#[test]
fn lines_that_were_aligned_anew_in_a_commit_of_others_claim_nothing() {
    let one =
        session("one", vec![turn(5, "Add a price", vec![edit(6, "src/price.py", "", "price = 12_345", done(""))])]);
    let commit = changing(
        10,
        "src/price.py",
        "price = 12_345",
        "price      = 12_345\ncurrencies = load_all()\nold_prices = load_old()",
    );
    let linked = linked(vec![one], &commit);
    let claimed = linked.contributions.iter().filter(|one| one.confidence != Confidence::Overlap).count();
    assert_eq!((claimed, linked.lines.formatter, linked.lines.unknown), (0, 0, 3));
}

#[test]
fn lines_that_a_commit_only_moves_were_not_written_for_it() {
    let one = session("one", vec![turn(5, "Add a discount", wrote_total(6))]);
    let mut moved = commit(60, "Move total", &[("src/total.py", TOTAL), ("src/price.py", "from total import total")]);
    moved.files[1].hunks[0].removed = TOTAL.lines().map(Raw::new).collect();
    let hints = Hints { since: Some(minute(10)), ..Hints::default() };
    let later = link(&moved, &Library::new(vec![one.clone()]), &hints);
    assert_eq!((later.lines.agent, later.lines.unknown), (0, 4));
    let moved_by_agent = turn(50, "Move it", vec![edit(51, "src/total.py", "", TOTAL, done(""))]);
    let mut one = one;
    one.turns.push(moved_by_agent);
    let linked = link(&moved, &Library::new(vec![one]), &hints);
    assert_eq!((linked.lines.agent, linked.lines.unknown), (3, 1));
}

#[test]
fn a_moved_line_that_its_session_has_committed_since_went_into_that_commit() {
    let wrote = turn(5, "Add a discount", wrote_total(6));
    let commits = turn(7, "commit", vec![shell(8, "git commit -am x", done("[main 9d8e7f6] Count discounts"))]);
    let mut moved = commit(60, "Move total", &[("src/total.py", TOTAL), ("src/price.py", "from total import total")]);
    moved.files[1].hunks[0].removed = TOTAL.lines().map(Raw::new).collect();
    for (name, turns, lines) in
        [("not committed since", vec![wrote.clone()], 3), ("committed since", vec![wrote.clone(), commits], 0)]
    {
        assert_eq!(linked(vec![session("one", turns)], &moved).lines.agent, lines, "{name}");
    }
}

#[test]
fn a_line_that_the_file_had_before_follows_the_lines_around_it() {
    let one =
        session("one", vec![turn(5, "Test it", vec![edit(6, "src/test.py", "", "assert_all_prices()", done(""))])]);
    let mut commit = commit(60, "More tests", &[("src/test.py", "def test_of_a_person():\nassert_all_prices()")]);
    commit.files[0].hunks[0].repeated = vec![1];
    let hints = Hints { since: Some(minute(10)), ..Hints::default() };
    let linked = link(&commit, &Library::new(vec![one]), &hints);
    assert_eq!((linked.lines.agent, linked.lines.unknown), (0, 2));
}

/// A commit that changes one line of each file.
fn changing_files(at: i64, changes: &[(&str, &str, &str)]) -> Commit {
    let mut change = commit(at, "Another value", &[]);
    change.files = changes.iter().flat_map(|(path, before, after)| changing(at, path, before, after).files).collect();
    change
}

fn patch(at: i64, path: &str, lines: &str) -> ToolCall {
    let hunk = backstory::record::session::PatchHunk { new_start: 0, lines: Raw::new(lines) };
    let change = Change::Patch { hunks: vec![hunk] };
    call(at, "apply_patch", Action::Edit(vec![Edit { path: format!("/home/a/shop/{path}"), change }]), done(""))
}

#[test]
fn a_short_line_is_the_agents_where_its_edit_put_it_in_this_place_of_this_file() {
    let two = |a, b, c, d| vec![edit(a, "c.json", b, c, done("")), edit(a + 1, "c.json", c, d, done(""))];
    let one = |before, after| vec![edit(6, "c.json", before, after, done(""))];
    for (name, before, after, calls) in [
        ("a whole line", "\"a\": 1", "\"a\": 2", one("\"a\": 1", "\"a\": 2")),
        ("a part of the line", "  \"a\": 1,", "  \"a\": 2,", one("\"a\": 1", "\"a\": 2")),
        ("a version", "1.2.3", "1.2.4", one("1.2.3", "1.2.4")),
        ("a word", "on: pull", "on: push", one("pull", "push")),
        ("another text", "x: 1", "y: 2", one("x: 1", "y: 2")),
        ("two edits", "a=1", "a=3", two(6, "a=1", "a=2", "a=3")),
        ("a patch", "n = 1", "n = 2", vec![patch(6, "c.json", " {\n-n = 1\n+n = 2\n }")]),
        ("the whole file", "1.2.3", "1.2.4", vec![write(6, "c.json", "1.2.4\n")]),
        ("a line more", "", "b=1", one("a=1\n", "a=1\nb=1\n")),
    ] {
        let session = session("one", vec![turn(5, "Another value", calls)]);
        let linked = linked(vec![session], &changing_files(10, &[("c.json", before, after)]));
        let found: Vec<(&str, u32)> =
            linked.contributions.iter().map(|one| (one.session.as_str(), one.lines)).collect();
        assert_eq!((found, linked.lines.agent), (vec![("one", 1)], 1), "{name}");
    }
}

#[test]
fn a_short_line_of_another_place_file_or_time_is_nobodys() {
    let change = changing_files(10, &[("c.json", "a=1", "a=2")]);
    let committed = shell(8, "git commit -qam Values", done("[main 9f8e7d6] Values"));
    for (name, calls) in [
        ("another old text", vec![edit(6, "c.json", "b=1", "a=2", done(""))]),
        ("another file", vec![edit(6, "d.json", "a=1", "a=2", done(""))]),
        ("another folder", vec![edit(6, "x/c.json.bak", "a=1", "a=2", done(""))]),
        ("the same text written elsewhere", vec![write(6, "c.json", "b=1\n")]),
        ("after the commit", vec![edit(30, "c.json", "a=1", "a=2", done(""))]),
        ("days before", vec![edit(-5000, "c.json", "a=1", "a=2", done(""))]),
        ("a refused edit", vec![edit(6, "c.json", "a=1", "a=2", Outcome::Rejected { reason: None })]),
        ("of a commit in between", vec![edit(6, "c.json", "a=1", "a=2", done("")), committed]),
    ] {
        let library = Library::new(vec![session("one", vec![turn(5, "Another value", calls)])]);
        let linked = link(&change, &library, &Hints::default());
        let sure = linked.contributions.iter().filter(|one| one.confidence != Confidence::Overlap).count();
        assert_eq!((sure, linked.lines.agent), (0, 0), "{name}: {:?}", linked.contributions);
    }
}

#[test]
fn formatted_lines_are_of_who_wrote_them_and_a_commit_that_only_formats_of_who_made_it() {
    const BROKEN: &str = "def total(\n    prices,\n    discount=0,\n):\n    subtotal = sum(\n        prices\n    )\n    return (\n        subtotal - discount\n    )";
    const ALIGNED: &str = "def total(prices,discount = 0):;\n  subtotal =  sum( prices );\n  return subtotal-discount;";
    let subject = "Format the prices";
    let wrote = |at: i64| turn(at, "Add a discount", wrote_total(at + 1));
    let commits = || turn(9, "commit", vec![shell(10, &format!("git commit -qam '{subject}'"), done(""))]);
    let (one, two) = (|turns| session("one", turns), |turns| session("two", turns));
    let said = || turn(20, "Thanks", Vec::new());
    for (name, sessions, new, old) in [
        ("nobody is known to have made it", vec![one(vec![wrote(5)])], Some("one"), Some("one")),
        ("its writer made it", vec![one(vec![wrote(5), commits()])], Some("one"), Some("one")),
        ("another made it", vec![one(vec![wrote(5)]), two(vec![commits()])], Some("one"), None),
        ("two wrote it", vec![one(vec![wrote(5), said()]), two(vec![wrote(1), said()])], Some("one"), Some("one")),
        ("two wrote it, the other order", vec![one(vec![wrote(1)]), two(vec![wrote(5)])], Some("two"), Some("two")),
        (
            "the first of two made it",
            vec![one(vec![wrote(1), commits()]), two(vec![wrote(5)])],
            Some("one"),
            Some("one"),
        ),
    ] {
        for (format, text) in [("broken", BROKEN), ("aligned", ALIGNED)] {
            if format == "aligned" && name == "the first of two made it" {
                // Of whole lines each has its last writer.
                continue;
            }
            for (state, before, expected) in [("new", "", new), ("there before", TOTAL, old)] {
                let mut change = changing(10, "src/price.py", before, text);
                change.message = Raw::new(subject);
                let mut sessions = sessions.clone();
                sessions
                    .extend(["a", "b", "c"].map(|id| session(id, vec![turn(1, "Write it", vec![write(2, id, id)])])));
                let linked = link(&change, &Library::new(sessions), &Hints::default());
                let writers: Vec<&str> =
                    linked.contributions.iter().filter(|one| one.lines > 0).map(|one| one.session.as_str()).collect();
                let expected: Vec<&str> = expected.into_iter().collect();
                assert_eq!(writers, expected, "{name}, {format}, {state}: {:?}", linked.contributions);
                if expected.is_empty() {
                    assert_eq!(linked.contributions[0].session, "two", "{name}, {format}, {state}");
                }
            }
        }
    }
}

#[test]
fn a_line_whose_braces_a_formatter_took_is_the_formatters_only_where_one_ran() {
    let wrote = "keep_this(first_line);\nSelf::List(items) => {\n    items.is_empty() || items[0].trim().is_empty()\n}\nand_this(last_line);";
    let committed = "keep_this(first_line);\nSelf::List(items) => items.is_empty() || items[0].trim().is_empty(),\nand_this(last_line);";
    for (command, formatter) in [("cargo fmt --all && cargo test", 1), ("cargo fmt --check", 0), ("cargo test", 0)] {
        let calls = vec![edit(6, "src/price.rs", "", wrote, done("")), shell(7, command, done(""))];
        let one = session("one", vec![turn(5, "Write it", calls)]);
        let linked = linked(vec![one], &commit(10, "Prices", &[("src/price.rs", committed)]));
        assert_eq!(linked.lines.formatter, formatter, "{command}: {:?}", linked.lines);
    }
}

#[test]
fn a_line_that_is_a_part_of_the_agents_line_is_not_a_formatters() {
    for (name, wrote, text, formatter) in [
        ("a shorter number", "MAX_RETRIES = 30", "MAX_RETRIES = 3", 0),
        ("other words", "say('no where to go')", "say('nowhere to go')", 0),
        ("broken by a formatter", "total = sum(prices, rate)", "total = sum(\n    prices,\n    rate\n)", 4),
    ] {
        let mine = format!("keep_this = first_line()\n{wrote}\nand_this = last_line()");
        let committed = mine.replace(wrote, text);
        let calls = vec![edit(6, "src/price.py", "", &mine, done("")), shell(7, "black src", done(""))];
        let one = session("one", vec![turn(5, "Write it", calls)]);
        let linked = linked(vec![one], &commit(10, "Prices", &[("src/price.py", &committed)]));
        assert_eq!(linked.lines.formatter, formatter, "{name}: {:?}", linked.lines);
    }
}

#[test]
fn a_statement_that_a_formatter_joined_is_its_own_also_where_brackets_went() {
    let mine = "subtotal_of_cart = (\n    round(sum(prices), 2,)\n)\nand_this = last_line()";
    let committed = "subtotal_of_cart = round(sum(prices), 2)\nand_this = last_line()";
    let hook = "black....Failed\n- files were modified by this hook\nreformatted src/price.py";
    for (command, output, formatter, unknown) in [
        ("black src", "reformatted src/price.py", 1, 0),
        ("git commit -qam Prices", hook, 1, 0),
        ("cat background.log", "[COMPLETED] prettier --write\n[main 1a2b3c4] Prices", 1, 0),
        ("black --check src", "would reformat src/price.py", 0, 1),
        ("black --diff src", "would reformat src/price.py", 0, 1),
    ] {
        let failed = Outcome::Failed { kind: FailureKind::Lint, exit_code: Some(1), output: Raw::new(output) };
        // What ran in the background is read when the commit is made.
        let at = if command.starts_with("cat") { 12 } else { 7 };
        let run = shell(at, command, if command.contains("commit") { failed } else { done(output) });
        let calls = vec![edit(6, "src/price.py", "", mine, done("")), run];
        let one = session("one", vec![turn(5, "Write it", calls)]);
        let linked = linked(vec![one], &commit(10, "Prices", &[("src/price.py", committed)]));
        assert_eq!((linked.lines.formatter, linked.lines.unknown), (formatter, unknown), "{command}");
    }
}

#[test]
fn a_line_of_which_the_transcript_masks_a_part_is_the_agents_whatever_stands_there() {
    let mine = "def login(user):\n    key = \"REDACTED\"\n    return open_session(user, key)";
    let committed = mine.replace("REDACTED", "0a1b2c3d");
    let texts = [("login.py".to_owned(), Raw::new(committed.as_str()))].into_iter().collect();
    let one = session("one", vec![turn(5, "Log in", vec![write(6, "login.py", mine)])]);
    let mut change = commit(10, "Log in", &[("login.py", &committed)]);
    change.files[0].kind = FileChangeKind::Added;
    let linked = link(&change, &Library::new(vec![one]), &Hints { texts, ..Hints::default() });
    assert_eq!((linked.lines.agent, linked.lines.unknown), (3, 0));
    assert_eq!(linked.untested, []);
}

#[test]
fn a_lock_file_is_the_package_managers_where_the_agent_ran_it() {
    let locked = "{\n  \"lockfileVersion\": 3,\n  \"node_modules/zod\": { \"version\": \"3.1.0\" }\n}";
    for (command, outcome, formatter) in [
        ("cd /home/a/shop && npm install zod", done("added 1 package"), 4),
        ("npm test", done("1 passed"), 0),
        ("npm install zod", Outcome::Rejected { reason: None }, 0),
    ] {
        let calls = vec![write(6, "src/price.ts", TOTAL), shell(7, command, outcome)];
        let one = session("one", vec![turn(5, "Check prices", calls)]);
        let linked =
            linked(vec![one], &commit(10, "Prices", &[("src/price.ts", TOTAL), ("package-lock.json", locked)]));
        assert_eq!((linked.lines.agent, linked.lines.formatter), (3, formatter), "{command}");
    }
}

#[test]
fn what_nobody_is_known_to_have_removed_is_named() {
    let (kept, gone) = ("def kept_function(argument):", "def gone_function(argument):");
    let wrote = |path: &str, text: &str| write(6, path, text);
    let added = |path: &str, text: &str| {
        let mut change = commit(10, "Discounts", &[(path, text)]);
        change.files[0].kind = FileChangeKind::Added;
        change
    };
    let without = |mut change: Commit, path: &str, kind: FileChangeKind| {
        let (path, old_path, hunks) = (path.to_owned(), None, Vec::new());
        change.files.push(FileChange { path, old_path, kind, hunks });
        change
    };
    let both = format!("{kept}\n{gone}");
    let deleted = |path: &str| without(added("a.py", kept), path, FileChangeKind::Deleted);
    let with = |more: ToolCall| vec![wrote("a.py", kept), more];
    let remove = |path: &str| Action::Edit(vec![Edit { path: format!("/home/a/shop/{path}"), change: Change::Delete }]);
    for (name, change, calls, expected) in [
        ("all is there", added("a.py", &both), vec![wrote("a.py", &both)], vec![]),
        ("a line was removed", added("a.py", kept), vec![wrote("a.py", &both)], vec!["a.py 1"]),
        (
            "by the agent itself",
            added("a.py", kept),
            vec![wrote("a.py", &both), edit(7, "a.py", gone, "", done(""))],
            vec![],
        ),
        ("a file was deleted", deleted("b.py"), vec![wrote("a.py", kept)], vec!["b.py 0"]),
        ("by the agent", deleted("b.py"), with(call(7, "Delete", remove("b.py"), done(""))), vec![]),
        ("by its command", deleted("b.py"), with(shell(7, "git rm b.py", done(""))), vec![]),
        ("with its folder", deleted("old/b.py"), with(shell(7, "rm -rf old/", done(""))), vec![]),
        ("by a command for another", deleted("b.py"), with(shell(7, "git rm c.py", done(""))), vec!["b.py 0"]),
        ("a document", deleted("b.md"), vec![wrote("a.py", kept)], vec![]),
        (
            "a binary file",
            without(added("a.py", kept), "logo.png", FileChangeKind::Binary),
            vec![wrote("a.py", kept)],
            vec!["logo.png 0"],
        ),
    ] {
        let library = Library::new(vec![session("one", vec![turn(5, "Write it", calls)])]);
        let linked = link(&change, &library, &Hints::default());
        let places: Vec<String> = linked.untested.iter().map(|one| format!("{} {}", one.path, one.lines)).collect();
        assert_eq!(places, expected, "{name}");
    }
}

#[test]
fn a_file_that_is_what_its_edits_make_of_it_is_the_agents_down_to_short_lines() {
    let before = "import (\n\t\"fmt\"\n)\n\nfunc total(prices []int) int {\n\treturn sum(prices)\n}\n";
    let after = "import (\n\t\"fmt\"\n\t\"maps\"\n)\n\nfunc total(prices []int) int {\n\tsubtotal := sum(prices)\n\tif subtotal < 0 {\n\t\treturn 0\n\t}\n\treturn subtotal\n}\n";
    let by_hand = after.replace("\treturn subtotal\n", "\n\treturn subtotal\n");
    let calls = || {
        let sums = "\tsubtotal := sum(prices)\n\tif subtotal < 0 {\n\t\treturn 0\n\t}\n\treturn subtotal";
        vec![
            edit(6, "price.go", "\t\"fmt\"\n", "\t\"fmt\"\n\t\"maps\"\n\t\"os\"\n", done("")),
            edit(6, "price.go", "\t\"os\"\n", "", done("")),
            edit(7, "price.go", "\treturn sum(prices)", sums, done("")),
        ]
    };
    for (name, text, is_left) in [("as the edits left it", after, true), ("changed by hand", by_hand.as_str(), false)] {
        let mut change = commit(10, "Never below nothing", &[("price.go", "")]);
        let lines = |from: usize, to: usize| text.lines().skip(from).take(to - from).map(Raw::new).collect();
        let hunk = |new_start, removed, added| Hunk { old_start: 1, new_start, removed, added, repeated: Vec::new() };
        let gone = before.lines().skip(5).take(1).map(Raw::new).collect();
        let end = text.lines().count() - 1;
        change.files[0].hunks = vec![hunk(3, Vec::new(), lines(2, 3)), hunk(7, gone, lines(6, end))];
        let library = Library::new(vec![session("one", vec![turn(5, "Never give less than nothing", calls())])]);
        let texts = [("price.go".to_owned(), Raw::new(text))].into_iter().collect();
        let linked = link(&change, &library, &Hints { texts, ..Hints::default() });
        assert_eq!(linked.lines.unknown == 0, is_left, "{name}: {:?}", linked.lines);
        assert_eq!(linked.untested.is_empty(), is_left, "{name}: {:?}", linked.untested);
    }
}

#[test]
fn a_file_that_a_command_writes_out_of_its_own_text_is_written_as_by_an_edit() {
    let text = format!("a = 1\n{TOTAL}");
    let edits =
        vec![Edit { path: "/home/a/shop/src/price.py".into(), change: Change::Write { text: Raw::new(&*text) } }];
    let command = format!("cat > src/price.py <<'EOF'\n{text}EOF");
    let by_edit = call(6, "Write", Action::Edit(edits.clone()), done(""));
    let by_command = ToolCall { written: edits, ..shell(6, &command, done("")) };
    let commit = commit(10, "Add totals", &[("src/price.py", &text)]);
    let of = |call: ToolCall| {
        let linked = linked(vec![session("one", vec![turn(5, "Add totals", vec![call])])], &commit);
        (linked.lines.agent, linked.lines.unknown, linked.contributions[0].confidence)
    };
    assert_eq!(of(by_command.clone()), of(by_edit));
    assert_eq!(of(by_command.clone()).1, 0);
    let failed = Outcome::Failed {
        kind: backstory::record::session::FailureKind::Command,
        exit_code: Some(1),
        output: Raw::default(),
    };
    assert!(ToolCall { outcome: failed, ..by_command }.edits().is_empty());
}

#[test]
fn lines_around_a_change_that_the_agent_noticed_between_its_turns_are_a_persons() {
    let mine = "page_size = 20\nlabel = 'the full set'";
    let noticed = |path: &str, at: i64| OutsideChange {
        path: path.into(),
        text: Raw::new(format!("import carts\n{mine}")),
        at: Some(minute(at)),
    };
    let session_with = |changes: Vec<OutsideChange>| {
        let commits = shell(8, "git commit -am 'Show fewer'", done("[main 1a2b3c4] Show fewer"));
        let mut second = turn(7, "commit it", vec![commits]);
        second.changed_outside = changes;
        session("one", vec![turn(1, "Add a page", wrote_total(2)), second])
    };
    let other = session("two", vec![turn(4, "x", vec![edit(5, "src/page.py", "a", "other = 1", done(""))])]);
    for (name, changes, others, expected) in [
        ("noticed", vec![noticed("/home/a/shop/src/page.py", 7)], vec![], (2, 0)),
        ("of another file", vec![noticed("/home/a/shop/src/cart.py", 7)], vec![], (0, 2)),
        ("noticed after the commit", vec![noticed("/home/a/shop/src/page.py", 30)], vec![], (0, 2)),
        ("while another session worked on it", vec![noticed("/home/a/shop/src/page.py", 7)], vec![other], (0, 2)),
        ("nothing noticed", vec![], vec![], (0, 2)),
    ] {
        let sessions = [vec![session_with(changes)], others].concat();
        let lines = linked(sessions, &commit(8, "Show fewer", &[("src/page.py", mine)])).lines;
        assert_eq!((lines.person, lines.unknown), expected, "{name}");
    }
}
