//! Which session is behind a commit by the lines it wrote, and which is not.

use backstory::link::library::Library;
use backstory::link::{AgentShell, Hints, NamedCall, link};
use backstory::record::contribution::{Confidence, Evidence};
use backstory::record::session::{Action, Outcome, ToolCall};
use backstory::record::text::Raw;

use crate::stage::{
    TOTAL, call, changing, commit, done, edit, linked, meets, minute, session, shell, turn, write, wrote_total,
};

#[test]
fn equal_lines_of_a_session_that_had_ended_and_wrote_other_files_are_chance() {
    let form = "  \"schema\": \"shop-artifact/1\",\n  \"kind\": \"returned\",\n  \"producer\": \"shop-hook/1\",";
    let rest =
        "  \"subject\": \"b1c2d3e4\",\n  \"outcome\": \"refused\",\n  \"findings\": \"two of them\",\n  \"at\": 1772,";
    let whole = format!("{form}\n{rest}");
    let much =
        format!("{form}\nEach artifact has a form.\nIt has a schema.\nIt has a kind.\nNobody changes it by hand.");
    let wrote = |path: &str, text: &str| session("one", vec![turn(0, "Make a form", vec![write(1, path, text)])]);
    for (name, one, at, claims) in [
        ("hours later", wrote("docs/form.md", &much), 300, 0),
        ("while it still runs", wrote("docs/form.md", &much), 5, 1),
        ("all that stands there", wrote("docs/form.md", form), 300, 1),
        ("most of it", wrote("docs/form.md", &whole), 300, 1),
        ("in this very file", wrote("artifacts/one.json", form), 300, 1),
    ] {
        let linked = linked(vec![one], &commit(at, "Add an artifact", &[("artifacts/one.json", &whole)]));
        assert_eq!(linked.contributions.len(), claims, "{name}: {:?}", linked.contributions);
    }
}

#[test]
fn a_session_meets_a_commit_by_a_telling_line_or_a_printed_id_and_not_by_a_bracket() {
    let of = |calls| session("one", vec![turn(5, "Do it", calls)]);
    let change = commit(10, "Discounts", &[("src/price.py", TOTAL), ("src/cart.py", "}\nelse {")]);
    assert!(meets(&of(vec![edit(6, "copied/from.py", "", &format!("x\n  {TOTAL}"), done(""))]), &change));
    assert!(meets(&of(vec![shell(6, &format!("cat >price.py <<EOF\n{TOTAL}\nEOF"), done(""))]), &change));
    assert!(meets(&of(vec![shell(6, "git commit -m x", done("[main 1a2b3c4] Another"))]), &change));
    assert!(meets(&of(vec![shell(6, "sleep 9", Outcome::Pending)]), &change), "its output may name the commit");
    assert!(!meets(&of(vec![edit(6, "src/other.py", "", "}\nelse {\nnothing_of_it()", done(""))]), &change));
    assert!(!meets(&of(vec![shell(6, "git commit -m x", done("[main 1a2b3c5] Another"))]), &change));
}

#[test]
fn the_session_that_wrote_the_lines_is_linked_by_content() {
    let other = session(
        "other",
        vec![turn(0, "Write the cart", vec![edit(1, "src/cart.py", "", "class Cart: items", done(""))])],
    );
    let one = session("one", vec![turn(5, "Add a discount", wrote_total(6))]);
    let linked = linked(vec![other, one], &commit(10, "Discounts", &[("src/price.py", TOTAL)]));
    let found: Vec<(&str, Confidence, u32)> =
        linked.contributions.iter().map(|one| (one.session.as_str(), one.confidence, one.lines)).collect();
    assert_eq!(found, [("one", Confidence::Content, 3)]);
    assert_eq!((linked.lines.added, linked.lines.agent), (3, 3));
}

#[test]
fn the_same_lines_in_another_checkout_or_on_windows_are_the_same() {
    let mut one = session("one", vec![turn(5, "Add a discount", wrote_total(6))]);
    let Action::Edit(edits) = &mut one.turns[0].calls[0].action else { unreachable!() };
    edits[0].path = "D:\\work\\shop-2\\src\\price.py".into();
    let linked = linked(vec![one], &commit(10, "Discounts", &[("src/price.py", TOTAL)]));
    assert_eq!(linked.contributions[0].lines, 3);
}

#[test]
fn a_commit_with_no_session_behind_it_gets_none() {
    let one = session("one", vec![turn(5, "Add a discount", wrote_total(6))]);
    let linked = linked(vec![one], &commit(10, "Docs", &[("README.md", "# A shop\n\nPrices are in cents.")]));
    assert_eq!(linked.contributions, []);
    assert_eq!((linked.lines.added, linked.lines.unknown), (3, 3));
}

#[test]
fn lines_written_after_the_commit_led_to_nothing_in_it() {
    let one = session("one", vec![turn(20, "Add a discount", wrote_total(21))]);
    let linked = linked(vec![one], &commit(10, "Discounts", &[("src/price.py", TOTAL)]));
    assert_eq!((linked.contributions.len(), linked.lines.agent), (0, 0));
}

#[test]
fn a_few_lines_of_an_amend_are_no_chance_however_large_the_commit_is() {
    let large: String = (0..200).map(|i| format!("table_{i}(entry_{i})\n")).collect();
    let first = session("first", vec![turn(1, "Add tables", vec![edit(2, "src/price.py", "", &large, done(""))])]);
    let second =
        |at: i64| session("second", vec![turn(at, "Check them", vec![edit(at, "src/price.py", "", TOTAL, done(""))])]);
    for (name, written, committed, sessions) in [
        ("written before the amend", 15, 20, &["first", "second"][..]),
        ("written after a commit that nobody amended", 15, 10, &["first"][..]),
        ("written before the commit that was amended", 4, 20, &["first"][..]),
    ] {
        let mut commit = commit(10, "Tables", &[("src/price.py", &(large.clone() + TOTAL))]);
        commit.committed_at = minute(committed);
        let linked = linked(vec![first.clone(), second(written)], &commit);
        let ids: Vec<&str> = linked.contributions.iter().map(|one| one.session.as_str()).collect();
        assert_eq!(ids, sessions, "{name}");
    }
}

#[test]
fn the_same_file_says_nothing_of_a_commit_of_blank_lines_and_brackets() {
    let one = || session("one", vec![turn(5, "Clean up", vec![edit(6, "src/price.py", "", "cents = 100", done(""))])]);
    for (name, lines, claims) in [("a bracket", "\n}\n", 0), ("code", "by_hand = True", 1)] {
        let linked = linked(vec![one()], &commit(10, "fmt", &[("src/price.py", lines)]));
        assert_eq!(linked.contributions.len(), claims, "{name}");
    }
}

#[test]
fn the_same_files_alone_claim_no_line() {
    let one = session(
        "one",
        vec![turn(5, "Look at prices", vec![edit(6, "src/price.py", "a = 1", "completely = 'other'", done(""))])],
    );
    let linked = linked(vec![one], &commit(10, "By hand", &[("src/price.py", TOTAL)]));
    assert_eq!(linked.contributions[0].confidence, Confidence::Overlap);
    assert_eq!((linked.lines.agent, linked.lines.unknown), (0, 3));
    assert!(linked.contributions[0].prompts.is_empty() && linked.contributions[0].attempts.is_empty());
}

#[test]
fn several_sessions_of_one_commit_each_get_their_lines() {
    let one = session("one", vec![turn(0, "Add a discount", wrote_total(1))]);
    let cart = "class Cart:\n    def __init__(self):\n        self.items = []";
    let two = session("two", vec![turn(2, "Write the cart", vec![edit(3, "src/cart.py", "", cart, done(""))])]);
    let linked = linked(vec![one, two], &commit(5, "Shop", &[("src/price.py", TOTAL), ("src/cart.py", cart)]));
    let mut found: Vec<(&str, u32)> =
        linked.contributions.iter().map(|one| (one.session.as_str(), one.lines)).collect();
    found.sort_unstable();
    assert_eq!(found, [("one", 3), ("two", 3)]);
}

#[test]
fn a_few_rare_lines_of_a_large_commit_are_no_chance_and_one_is() {
    let rare = |count: usize| (0..count).map(|i| format!("ledger_{i}(entry_{i})\n")).collect::<String>();
    let others: String = (0..200).map(|i| format!("imported_{i}(table_{i})\n")).collect();
    for (count, claims) in [(8, 1), (1, 0)] {
        let one =
            session("one", vec![turn(5, "Keep a ledger", vec![edit(6, "src/price.py", "", &rare(count), done(""))])]);
        let commit = commit(10, "Import", &[("src/price.py", &(rare(count) + &others))]);
        let linked = linked(vec![one], &commit);
        let sure = linked.contributions.iter().filter(|one| one.confidence != Confidence::Overlap);
        assert_eq!(sure.count(), claims, "{count} rare lines");
    }
}

#[test]
fn rare_lines_of_its_own_name_a_session_beside_one_that_wrote_much_more() {
    let lines = |name: &str, count: usize| (0..count).map(|i| format!("{name}_{i}(entry)\n")).collect::<String>();
    let (little, much) = (lines("ledger", 20), lines("import", 400));
    let one = session("one", vec![turn(5, "Keep a ledger", vec![edit(6, "src/ledger.py", "", &little, done(""))])]);
    let two = session("two", vec![turn(60, "Import", vec![edit(61, "src/import.py", "", &much, done(""))])]);
    let linked = linked(vec![one, two], &commit(62, "All", &[("src/ledger.py", &little), ("src/import.py", &much)]));
    let named: Vec<(&str, u32)> = linked.contributions.iter().map(|one| (one.session.as_str(), one.lines)).collect();
    assert_eq!(named, [("two", 400), ("one", 20)]);
}

#[test]
fn the_headings_of_a_template_name_nobody_who_filled_in_another_copy() {
    let headings: String = (0..40).map(|i| format!("## Heading {i} of the template\n")).collect();
    let body: String = (0..400).map(|i| format!("what was found in step {i}\n")).collect();
    let copy =
        |id: &str, path: &str| session(id, vec![turn(5, "Sum up", vec![edit(6, path, "", &headings, done(""))])]);
    let mut sessions = vec![copy("one", "docs/1-summary.md"), copy("two", "docs/2-summary.md")];
    sessions.extend((0..30).map(|i| session(&format!("other-{i}"), vec![turn(5, "Look", Vec::new())])));
    let linked = linked(sessions, &commit(40, "Sum up", &[("docs/3-summary.md", &(headings.clone() + &body))]));
    assert!(linked.contributions.is_empty(), "{linked:?}");
}

#[test]
fn lines_that_a_session_wrote_into_code_elsewhere_only_are_copies_unless_they_are_many() {
    let lines = |name: &str, count: usize| -> Vec<String> {
        (0..count).map(|number| format!("{name}_of_the_shop_{number} = {number}")).collect()
    };
    let copied = lines("price", 20).join("\n");
    let of = |path: &str, own: usize| {
        let one = session("one", vec![turn(0, "Prices", vec![edit(1, path, "", &copied, done(""))])]);
        let text = format!("{copied}\n{}", lines("tax", own).join("\n"));
        linked(vec![one], &commit(10, "Taxes", &[("src/tax.py", &text)])).contributions.len()
    };
    assert_eq!((of("lib/price.py", 20), of("lib/price.py", 80)), (1, 0));
    assert_eq!((of("src/rates.py", 80), of("docs/plan.md", 80)), (1, 1), "beside it; in a plan");
}

#[test]
fn a_commit_that_only_takes_lines_away_is_linked_by_them() {
    let calls = vec![edit(6, "src/price.py", TOTAL, "", done(""))];
    let one = session("one", vec![turn(5, "We need no total any more", calls)]);
    let linked = linked(vec![one.clone()], &changing(10, "src/price.py", TOTAL, ""));
    assert_eq!(linked.contributions[0].confidence, Confidence::Content);
    assert_eq!(linked.contributions[0].evidence, [Evidence::Removed { found: 3, of: 3 }]);
    assert_eq!(linked.contributions[0].prompts[0].text.expose(), "We need no total any more");
    let other = changing(10, "src/price.py", "def rounded(price):\n    return round(price, 2)", "");
    let library = Library::new(vec![one]);
    assert_eq!(link(&other, &library, &Hints::default()).contributions[0].confidence, Confidence::Overlap);
}

#[test]
fn stray_lines_of_old_work_name_nobody_in_a_huge_commit_and_a_run_of_them_does() {
    // 900 lines in 30 files, of which an old session has one import in each, or one block of lines.
    let text = |file: usize, block: bool| {
        let own = |line: usize| format!("def old_{line}_function_of_the_shop(argument_{line}):");
        let lines: Vec<String> = (0..30)
            .map(|line| match block {
                true if file == 0 && line < 20 => own(line),
                false if line == 0 => format!("from shop.module_{file} import everything_{file}"),
                _ => format!("value_{file}_{line} = generated({file}, {line})"),
            })
            .collect();
        lines.join("\n")
    };
    let days = 24 * 60;
    for (name, age, block, repeated, expected) in [
        ("stray lines of 87 days ago", 87 * days, false, false, 0),
        ("stray lines of ten days ago", 10 * days, false, false, 0),
        ("a block of 87 days ago", 87 * days, true, false, 1),
        ("stray lines of this hour", 30, false, false, 1),
        ("the same import in each file", 30, false, true, 0),
    ] {
        let paths: Vec<String> = (0..30).map(|file| format!("src/{name}/{file}.py").replace(' ', "_")).collect();
        let same = |text: String| match repeated {
            true => text.replacen(text.lines().next().unwrap_or_default(), "from shop.settings import everything", 1),
            false => text,
        };
        let texts: Vec<String> = (0..30).map(|file| same(text(file, block))).collect();
        let wrote = |file: &usize| {
            let lines = texts[*file].lines();
            let mine: Vec<&str> = if block && *file == 0 { lines.take(20).collect() } else { lines.take(1).collect() };
            edit(-age, &paths[*file], "", &mine.join("\n"), done(""))
        };
        let files: Vec<usize> = if block {
            vec![0]
        } else if repeated {
            vec![0, 1]
        } else {
            (0..30).collect()
        };
        let old = session("old", vec![turn(-age - 1, "Write it", files.iter().map(wrote).collect())]);
        let change: Vec<(&str, &str)> =
            paths.iter().zip(&texts).map(|(path, text)| (path.as_str(), text.as_str())).collect();
        let linked = link(&commit(0, "Import all", &change), &Library::new(vec![old]), &Hints::default());
        let sure = linked.contributions.iter().filter(|one| one.confidence != Confidence::Overlap).count();
        assert_eq!(sure, expected, "{name}: {:?}", linked.contributions);
    }
}

#[test]
fn transcripts_in_a_commit_are_not_counted() {
    let one = session("one", vec![turn(5, "Add a discount", wrote_total(6))]);
    let transcript = "{\"type\":\"user\",\"message\":\"Add a discount\"}\n".repeat(700);
    for path in
        [".codex/sessions/2026/rollout-1.jsonl", ".specstory/history/a.md", ".entire/metadata/1", ".backstory.yml"]
    {
        let change = commit(10, "Discounts", &[("src/price.py", TOTAL), (path, &transcript)]);
        let linked = linked(vec![one.clone()], &change);
        assert_eq!((linked.lines.added, linked.lines.agent, linked.lines.unknown), (3, 3, 0), "{path}");
        assert_eq!(linked.files.len(), 1, "{path}");
        let Some(Evidence::Lines { found: 3, of: 3 }) = linked.contributions[0].evidence.first() else {
            panic!("{path}: {:?}", linked.contributions[0].evidence)
        };
    }
}

#[test]
fn a_small_session_is_named_in_a_large_commit_where_it_made_one_of_its_changes_and_did_nothing_else() {
    let others: String = (0..200).map(|i| format!("imported_{i}(table_{i})\n")).collect();
    let (old, new) = ("button_class = \"btn-primary text-lg\"", "button_class = \"btn-secondary text-lg\"");
    let works_elsewhere = edit(7, "src/cart.py", "", "cart_of_the_shop = list_of_carts()", done(""));
    let script = write(7, "look.py", "print(list_of_carts())\n");
    let Action::Edit(written) = script.action else { panic!("an edit") };
    let writes_a_script =
        ToolCall { written, ..shell(7, "cat > look.py <<'EOF'\nprint(list_of_carts())\nEOF", done("")) };
    for (name, removed, more, claims) in [
        ("it replaced what the commit takes away", old, None, 1),
        ("it wrote a script by a command", old, Some(writes_a_script), 1),
        ("the commit takes nothing away", "", None, 0),
        ("it worked elsewhere too", old, Some(works_elsewhere), 0),
    ] {
        let calls = [vec![edit(6, "src/button.py", old, new, done(""))], more.into_iter().collect()].concat();
        let small = session("small", vec![turn(5, "Make the button less prominent", calls)]);
        let mut commit = commit(60, "Import", &[("src/button.py", new), ("src/import.py", &others)]);
        commit.files[0].hunks[0].removed = removed.lines().map(backstory::record::text::Raw::new).collect();
        let linked = linked(vec![small], &commit);
        let sure = linked.contributions.iter().filter(|one| one.confidence != Confidence::Overlap);
        assert_eq!(sure.count(), claims, "{name}");
    }
}

#[test]
fn what_a_subagent_reported_names_the_session_and_nothing_of_its_work() {
    let task = |at: i64, prompt: &str, reported: &str| {
        call(at, "Task", Action::Delegate { prompt: Raw::new(prompt) }, done(reported))
    };
    let named = |task: backstory::record::session::ToolCall| {
        let tested = shell(7, "pytest -q", done("4 passed in 0.1s"));
        let one = session("one", vec![turn(5, "Add a tax", vec![task, tested])]);
        linked(vec![one], &commit(30, "Taxes", &[("src/tax.py", "rate_of_all_carts = 2")])).contributions
    };
    for (name, task, expected) in [
        ("reported", task(6, "Add it to tax.py", "1a2b3c4d1a2b"), 1),
        ("among others", task(6, "Add it to tax.py", "9f9f9f9\n1a2b3c4"), 1),
        ("named in the task", task(6, "Review 1a2b3c4d1a2b", "1a2b3c4d1a2b"), 0),
        ("begun later", task(31, "Look at it", "1a2b3c4d1a2b"), 0),
        ("another one", task(6, "Add it to tax.py", "1a2b3c5d1a2b"), 0),
    ] {
        let found = named(task);
        assert_eq!(found.len(), expected, "{name}");
        for one in found {
            assert!(one.was_reported() && one.confidence == Confidence::Stated, "{name}: {one:?}");
            assert!(one.checks.is_empty() && one.attempts.is_empty() && one.lines == 0, "{name}: {one:?}");
            assert_eq!(one.prompts.len(), 1, "{name}");
        }
    }
}

#[test]
fn the_call_that_a_shell_names_made_the_commit_whichever_session_else_would_do() {
    let committing = |id: &str, call: &str| {
        let mut calls = wrote_total(6);
        calls.push(ToolCall { id: call.into(), ..shell(9, "git commit -qm x", Outcome::Pending) });
        session(id, vec![turn(5, "Add a discount", calls)])
    };
    let sessions = || vec![committing("one", "call_11111111"), committing("two", "call_22222222")];
    let of = |call: Option<&str>, named: Option<&str>| {
        let call = call.map(|id| NamedCall { variable: "CODEX_TOOL_CALL_ID".into(), id: id.into() });
        let inside = AgentShell {
            agent: sessions()[0].agent.clone(),
            variable: "CODEX_THREAD_ID".into(),
            session: named.map(str::to_owned),
            version: None,
            model: None,
            call,
        };
        let hints = Hints { inside: Some(inside), ..Hints::default() };
        let commit = commit(10, "Discounts", &[("src/price.py", TOTAL)]);
        let linked = link(&commit, &Library::new(sessions()), &hints);
        let stated = linked.contributions.into_iter().filter(|one| {
            one.confidence == Confidence::Stated
                && one.evidence.iter().any(|evidence| matches!(evidence, Evidence::Environment { .. }))
        });
        stated.map(|one| one.session).collect::<Vec<_>>()
    };
    assert_eq!(of(Some("call_22222222"), None), ["two"]);
    assert_eq!(of(Some("call_11111111"), None), ["one"]);
    assert_eq!(of(Some("call_22222222"), Some("one")), ["two"], "the call is surer than the session");
    assert_eq!(of(Some("call_33333333"), Some("one")), ["one"], "a call that is not told yet");
    assert_eq!(of(Some("call_33333333"), None), Vec::<String>::new());
    assert_eq!(of(Some("call_22222222"), Some("elsewhere-1")), ["two"], "no session without a transcript beside it");
}

#[test]
fn lines_that_were_copied_from_other_files_name_nobody_who_wrote_them_there() {
    let days = 24 * 60;
    let wrote = |path: &str| edit(6, path, "", TOTAL, done(""));
    let committed = || shell(8, "git commit -qam Discounts", done("[main 9d8e7f6] Discounts"));
    let page = format!("<pre>\n{TOTAL}\n</pre>");
    for (name, calls, at, expected) in [
        ("of days ago", vec![wrote("src/price.py")], 5 * days, 0),
        ("committed there", vec![wrote("src/price.py"), committed()], 60, 0),
        ("of this work", vec![wrote("src/price.py")], 60, 1),
        ("in the file itself", vec![wrote("docs/page.html")], 5 * days, 1),
        (
            "it made the page",
            vec![wrote("src/price.py"), committed(), shell(9, "./pages.sh > docs/page.html", done(""))],
            60,
            1,
        ),
        (
            "it only looked at the page",
            vec![wrote("src/price.py"), shell(7, "cat docs/page.html", done(""))],
            5 * days,
            0,
        ),
    ] {
        let one = session("one", vec![turn(5, "Add a discount", calls)]);
        let change = commit(at, "Rewrite the pages", &[("docs/page.html", &page)]);
        let linked = link(&change, &Library::new(vec![one]), &Hints::default());
        let sure = linked.contributions.iter().filter(|one| one.confidence != Confidence::Overlap).count();
        assert_eq!(sure, expected, "{name}: {:?}", linked.contributions);
    }
}

#[test]
fn a_few_lines_of_what_a_session_committed_the_day_before_name_it_in_no_other_commit() {
    let lines = |what: &str, count: usize| -> Vec<String> {
        (0..count).map(|one| format!("    {what}_{one} = rate_of({one}, prices)")).collect()
    };
    let own = lines("price", 30).join("\n");
    let wrote = || vec![edit(1, "src/price.py", "", &own, done(""))];
    let commits = || vec![shell(3, "git commit -qm Prices", done("[main 9d8e7f6] Prices"))];
    let text = |more: usize| format!("{own}\n{}", lines("tax", more).join("\n"));
    let names = |calls: Vec<ToolCall>, (at, more): (i64, usize)| {
        let library = vec![session("one", vec![turn(0, "Prices", calls)])];
        linked(library, &commit(at, "Taxes", &[("src/price.py", &text(more))]))
            .contributions
            .iter()
            .any(|one| one.confidence == Confidence::Content)
    };
    let day = 24 * 60;
    let done_before = || [wrote(), commits()].concat();
    assert!(!names(done_before(), (2 * day, 400)), "they went into its own commit");
    assert!(names(wrote(), (2 * day, 400)), "it has committed nothing");
    assert!(names(done_before(), (2 * day, 100)), "they are much of the commit");
    assert!(names(done_before(), (60, 400)), "it was just at work");
}

#[test]
fn what_was_done_behind_words_said_after_the_commit_is_not_in_it() {
    for (name, said_at, is_linked) in [("before it", 3, true), ("behind it", 9, false)] {
        let mut call = write(4, "src/price.py", TOTAL);
        (call.at, call.ended_at) = (None, None);
        let mut one = session("one", vec![turn(said_at, "Add discounts", vec![call])]);
        (one.started_at, one.ended_at) = (None, None);
        let linked = linked(vec![one], &commit(5, "Add discounts", &[("src/price.py", TOTAL)]));
        assert_eq!(!linked.contributions.is_empty(), is_linked, "{name}");
    }
}
