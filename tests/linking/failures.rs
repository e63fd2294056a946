//! Of a check that failed: which of the things that it found is told, of which run, and what was changed about it.

use backstory::record::commit::Commit;
use backstory::record::contribution::{AttemptKind, WhySource};
use backstory::record::session::{Action, Change, Edit, FailureKind, Outcome, ToolCall};
use backstory::record::text::Raw;

use crate::stage::{TOTAL, call, commit, done, edit, linked, says, session, shell, turn, wrote_total};

fn failed(kind: FailureKind, output: &str) -> Outcome {
    Outcome::Failed { kind, exit_code: Some(1), output: Raw::new(output) }
}

/// The error of each attempt, and what was changed about it.
fn told(calls: Vec<ToolCall>, commit: &Commit) -> Vec<(String, String)> {
    let one = session("one", vec![turn(5, "Add totals", calls)]);
    let linked = linked(vec![one], commit);
    let text = |text: &Option<Raw>| text.as_ref().map(|text| text.expose().replace('\n', " | "));
    let attempts = linked.contributions.iter().flat_map(|one| &one.attempts).filter(|one| !one.aside);
    attempts.map(|one| (text(&one.error).unwrap_or_default(), text(&one.change).unwrap_or_default())).collect()
}

#[test]
fn of_several_findings_of_a_run_the_one_in_the_commits_own_files_is_told() {
    let both = "/home/a/shop/src/cart.ts\n  3:5  error  'total' is never reassigned  prefer-const\n\n/home/a/shop/src/tax.ts\n  7:2  error  Unnecessary condition  no-condition\n\n2 problems";
    let calls = || {
        [
            wrote_total(6),
            vec![
                edit(7, "src/cart.ts", "", "let total = 3", done("")),
                edit(7, "src/tax.ts", "", "if (true) { tax() }", done("")),
                shell(8, "npx eslint .", failed(FailureKind::Lint, both)),
                edit(9, "src/cart.ts", "let total = 3", "const total = 3", done("")),
                edit(9, "src/tax.ts", "if (true) { tax() }", "tax(rates)", done("")),
                shell(10, "npx eslint .", done("")),
            ],
        ]
        .concat()
    };
    for (file, text, expected) in [
        (
            "src/cart.ts",
            "const total = 3",
            ("/home/a/shop/src/cart.ts | 3:5 error 'total' is never reassigned prefer-const", "const total = 3"),
        ),
        (
            "src/tax.ts",
            "tax(rates)",
            ("/home/a/shop/src/tax.ts | 7:2 error Unnecessary condition no-condition", "tax(rates)"),
        ),
    ] {
        let found = told(calls(), &commit(12, "Totals", &[(file, text)]));
        let [(error, change)] = &found[..] else { panic!("{file}: {found:?}") };
        assert_eq!(error, expected.0, "{file}");
        assert!(change.starts_with(file) && change.contains(expected.1), "{file}: {change}");
    }
    assert_eq!(told(calls(), &commit(12, "Totals", &[("src/price.py", TOTAL)])), []);
}

#[test]
fn of_several_findings_in_its_files_the_one_that_was_worked_on_is_told_and_the_form_last() {
    let form = "src/cart.ts format ━━━━━━━━━━\n\n  × Formatter would have printed the following content:\n";
    let real =
        "src/tax.ts:7:2 lint/suspicious/useAwait ━━━━━━━━━━\n\n  × This async function lacks an await expression.\n";
    let fixes_cart = || edit(9, "src/cart.ts", "const total=3", "const total = 3", done(""));
    let fixes_tax = || edit(9, "src/tax.ts", "async tax() {", "tax() {", done(""));
    for (name, repairs, expected) in
        [("both", vec![fixes_cart(), fixes_tax()], "src/tax.ts"), ("the form alone", vec![fixes_cart()], "src/cart.ts")]
    {
        let calls = vec![
            edit(7, "src/cart.ts", "", "const total=3", done("")),
            edit(7, "src/tax.ts", "", "async tax() {", done("")),
            shell(8, "npx biome check .", failed(FailureKind::Lint, &format!("{form}\n{real}\nFound 2 errors."))),
        ];
        let calls = [calls, repairs, vec![shell(10, "npx biome check .", done(""))]].concat();
        let found =
            told(calls, &commit(12, "Totals", &[("src/cart.ts", "const total = 3"), ("src/tax.ts", "tax() {")]));
        let [(error, change)] = &found[..] else { panic!("{name}: {found:?}") };
        assert!(error.starts_with(expected), "{name}: {error} / {change}");
        assert!(change.starts_with(expected) || change.starts_with("np"), "{name}: {change}");
    }
}

#[test]
fn a_file_that_is_taken_away_and_written_under_another_name_was_renamed() {
    let error =
        "FAIL src/cart.test.ts\n  \u{25cf} Test suite failed to run\n\n    src/cart.test.ts:3:5: Unexpected token";
    let path = |name: &str| format!("/home/a/shop/src/{name}");
    let takes = |path: String| Edit { path, change: Change::Delete };
    let write = |path: String, text: &str| Edit { path, change: Change::Write { text: Raw::new(text) } };
    let writes = |path: String| write(path, TOTAL);
    let one_call = |edits: Vec<Edit>| vec![call(8, "apply_patch", Action::Edit(edits), done(""))];
    let apart = |edits: Vec<Edit>| edits.into_iter().map(|edit| one_call(vec![edit])).collect::<Vec<_>>().concat();
    let moved = Edit { path: path("cart.test.ts"), change: Change::Move { to: path("cart.test.tsx") } };
    let (old, new) = (|| takes(path("cart.test.ts")), || writes(path("cart.test.tsx")));
    let told_as = "src/cart.test.ts: renamed to src/cart.test.tsx";
    for (name, calls, expected) in [
        ("by one call", one_call(vec![old(), new()]), told_as),
        ("by two calls", apart(vec![new(), old()]), told_as),
        ("moved", one_call(vec![moved]), told_as),
        (
            "taken away, and another one written",
            one_call(vec![old(), writes(path("price.py"))]),
            "src/cart.test.ts: delete",
        ),
        (
            "taken away, and another text written under a name that is like it",
            one_call(vec![
                old(),
                write(path("cart.test.tsx"), "def tax(price):\n    rate = 0.19\n    return price * rate"),
            ]),
            "src/cart.test.ts: delete",
        ),
        (
            "taken away, and another text written under its name elsewhere",
            apart(vec![old(), write(path("shop/cart.test.ts"), "export const rate = 0.19;")]),
            "src/cart.test.ts: delete",
        ),
    ] {
        let calls = [
            wrote_total(5),
            vec![call(6, "Write", Action::Edit(vec![writes(path("cart.test.ts"))]), done(""))],
            vec![shell(7, "npx jest", failed(FailureKind::Tests, error))],
            calls,
            vec![shell(9, "npx jest", done("Tests: 1 passed, 1 total"))],
        ];
        let files = [("src/price.py", TOTAL), ("src/cart.test.tsx", TOTAL), ("src/cart.test.ts", "")];
        let found = told(calls.concat(), &commit(12, "Totals", &files));
        let [(_, change)] = &found[..] else { panic!("{name}: {found:?}") };
        assert_eq!(change, expected, "{name}");
    }
}

#[test]
fn of_edits_of_the_named_file_the_one_at_the_named_line_is_told() {
    let lines = |range: std::ops::RangeInclusive<u32>| {
        range.map(|n| format!("let price_{n} = read({n});\n")).collect::<String>()
    };
    let top = (0..30).map(|n| format!("let other_{n} = 2;\n")).collect::<String>();
    let text = format!("{}let head = 1;\n{top}{}let tail = 3;\n", lines(1..=18), lines(19..=40));
    let above = |at: i64| edit(at, "src/cart.ts", "let top = 1;", &format!("let head = 1;\n{top}"), done(""));
    let below = |at: i64| edit(at, "src/cart.ts", "let end = 3;", "let tail = 3;", done(""));
    let runs = |at: i64, outcome| shell(at, "npx eslint .", outcome);
    let finds =
        |line: u32| format!("/home/a/shop/src/cart.ts\n  {line}:5  error  Unexpected value  no-value\n\n1 problem");
    let frame = "src/cart.ts:19:5 lint/style/x ━━━━━━━━━━\n\n  × Not so.\n\n  > 19 \u{2502} let end = 3;\n       \u{2502}     ^^^";
    for (name, output, edits, expected) in [
        ("the line above", finds(19), vec![above(8), below(9)], "let head = 1;"),
        ("the line above, edited last", finds(19), vec![below(8), above(9)], "let head = 1;"),
        (
            "the line below, which moved by what was put in above it",
            finds(42),
            vec![above(8), below(9)],
            "let tail = 3;",
        ),
        ("the line that is drawn, whatever its number", frame.to_owned(), vec![above(8), below(9)], "let tail = 3;"),
    ] {
        let calls = [
            vec![edit(6, "src/cart.ts", "", &text, done("")), runs(7, failed(FailureKind::Lint, &output))],
            edits,
            vec![runs(10, done(""))],
        ];
        let found = told(calls.concat(), &commit(12, "Totals", &[("src/cart.ts", &text)]));
        let [(_, change)] = &found[..] else { panic!("{name}: {found:?}") };
        assert!(change.contains(expected), "{name}: {change}");
        assert!(!change.contains(if expected.contains("tail") { "head" } else { "tail" }), "{name}: {change}");
    }
}

#[test]
fn what_was_thrown_away_to_begin_anew_is_the_change_with_what_was_made_then() {
    let parse = "src/cart.ts:30:2 parse ━━━━━━━━━━\n\n  × Expected a statement.\n";
    let runs = |at: i64, outcome| shell(at, "npx biome check .", outcome);
    for command in ["git checkout src/cart.ts", "git restore src/cart.ts", "git checkout -- ."] {
        let calls = vec![
            edit(6, "src/cart.ts", "let x = 1;", "if (x) { total(x) ", done("")),
            runs(7, failed(FailureKind::Lint, parse)),
            shell(8, command, done("Updated 1 path from the index")),
            edit(9, "src/cart.ts", "let x = 1;", "const total = sum(prices);", done("")),
            runs(10, done("")),
        ];
        let found = told(calls, &commit(12, "Totals", &[("src/cart.ts", "const total = sum(prices);")]));
        let [(_, change)] = &found[..] else { panic!("{command}: {found:?}") };
        assert_eq!(*change, format!("{command} | src/cart.ts: | const total = sum(prices);"));
    }
}

#[test]
fn what_the_agent_throws_away_by_itself_was_given_up_where_it_says_that_it_goes_another_way() {
    let words = "This gets too deep, so I will revert it and use the helper instead.";
    for (name, said, expected) in [("another way", Some(words), 1), ("nothing said", None, 0)] {
        let throws = shell(8, "git checkout src/cart.ts", done("Updated 1 path from the index"));
        let throws = said.map_or(throws.clone(), |words| says(words, throws));
        let calls = [
            wrote_total(6),
            vec![edit(7, "src/cart.ts", "let x = 1;", "let carts = walk(everything);", done("")), throws],
            vec![edit(9, "src/cart.ts", "let x = 1;", "const total = sum(prices);", done(""))],
        ];
        let one = session("one", vec![turn(5, "Add totals", calls.concat())]);
        let files = [("src/price.py", TOTAL), ("src/cart.ts", "const total = sum(prices);")];
        let linked = linked(vec![one], &commit(12, "Totals", &files));
        let attempts = &linked.contributions[0].attempts;
        assert_eq!(attempts.len(), expected, "{name}: {attempts:?}");
        for attempt in attempts {
            assert_eq!(attempt.kind, AttemptKind::Reverted);
            assert_eq!((attempt.why.as_ref().map(Raw::expose), attempt.why_from), (said, Some(WhySource::Agent)));
            assert_eq!(attempt.tried.expose(), "src/cart.ts: let carts = walk(everything);");
        }
    }
}
