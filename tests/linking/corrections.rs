//! A person's corrections, in words and by hand.

use backstory::record::contribution::{AttemptKind, CorrectionForm, PromptRole};
use backstory::record::session::{Outcome, ToolCall};
use backstory::record::text::Raw;

use crate::stage::{TOTAL, commit, done, edit, linked, minute, said, session, shell, turn, wrote_total};

#[test]
fn words_after_which_the_agent_takes_its_own_lines_back_are_a_correction() {
    let turns = vec![
        turn(5, "Add a discount", wrote_total(6)),
        turn(
            7,
            "Prices are in cents, but the discount is in percent",
            vec![edit(
                8,
                "src/price.py",
                "    return subtotal - discount",
                "    return subtotal * (100 - discount) / 100",
                done(""),
            )],
        ),
    ];
    let text = TOTAL.replace("subtotal - discount", "subtotal * (100 - discount) / 100");
    let linked = linked(vec![session("one", turns)], &commit(10, "Discounts", &[("src/price.py", &text)]));
    let correction = &linked.contributions[0].corrections[0];
    assert_eq!(correction.form, CorrectionForm::Directed);
    assert_eq!(correction.before.as_ref().map(Raw::expose), Some("    return subtotal - discount"));
    assert_eq!(correction.after.as_ref().map(Raw::expose), Some("    return subtotal * (100 - discount) / 100"));
    let whole = correction.edit.as_ref().unwrap();
    assert_eq!((whole.path.as_str(), whole.before.expose()), ("src/price.py", "    return subtotal - discount"));
    assert_eq!(whole.after.expose(), "    return subtotal * (100 - discount) / 100");
}

#[test]
fn what_was_refused_is_kept_beside_what_was_written_in_its_place() {
    let old = "    return subtotal - discount";
    let (refused, instead) = ("    return subtotal - discount / 100", "    return subtotal * (100 - discount) / 100");
    let no = || Outcome::Rejected { reason: Some(Raw::new("no, the discount is in percent of the subtotal")) };
    let text = TOTAL.replace("subtotal - discount", "subtotal * (100 - discount) / 100");
    for (case, before, is_kept) in
        [("the same place", old, true), ("another place", "    subtotal = sum(prices)", false)]
    {
        let calls =
            vec![edit(7, "src/price.py", old, refused, no()), edit(8, "src/price.py", before, instead, done(""))];
        let turns = vec![turn(5, "Add a discount", [wrote_total(6), calls].concat())];
        let linked = linked(vec![session("one", turns)], &commit(10, "Discounts", &[("src/price.py", &text)]));
        let correction = &linked.contributions[0].corrections[0];
        assert_eq!(correction.before.as_ref().map(Raw::expose), Some(refused), "{case}");
        let kept = correction.edit.as_ref().map(|edit| (edit.before.expose(), edit.after.expose()));
        assert_eq!(kept, is_kept.then_some((refused, instead)), "{case}");
    }
}

#[test]
fn a_persons_change_of_an_agents_line_is_a_correction_by_hand() {
    let text = TOTAL.replace("return subtotal - discount", "return max(0, subtotal - discount)");
    let linked = linked(
        vec![session("one", vec![turn(5, "Add a discount", wrote_total(6))])],
        &commit(10, "Discounts", &[("src/price.py", &text)]),
    );
    let correction = &linked.contributions[0].corrections[0];
    assert_eq!((correction.form, correction.line), (CorrectionForm::Manual, Some(3)));
    assert_eq!(correction.before.as_ref().map(Raw::expose), Some("return subtotal - discount"));
    assert_eq!((linked.lines.agent, linked.lines.corrected), (2, 1));
}

#[test]
fn what_a_formatter_changed_is_no_persons_correction() {
    let text = TOTAL.replace("def total(prices, discount=0):", "def total( prices, discount = 0 ):");
    for (command, expected) in [("black src", (1, 2)), ("black --check src", (0, 3))] {
        let calls = [wrote_total(6), vec![shell(7, command, done(""))]].concat();
        let linked = linked(
            vec![session("one", vec![turn(5, "Add a discount", calls)])],
            &commit(10, "Discounts", &[("src/price.py", &text)]),
        );
        assert_eq!((linked.lines.formatter, linked.lines.agent), expected, "{command}");
        assert_eq!(linked.lines.corrected, 0, "{command}");
        assert!(linked.contributions[0].corrections.is_empty());
    }
}

#[test]
fn a_box_that_was_ticked_is_no_correction_and_takes_no_other_line_for_its_former() {
    let plan = "# Plan of the discounts\n- [ ] Write the discount of a cart\n- [ ] Test the discount of a cart\nThe end of the plan";
    let done_plan = "# Plan of the discounts\n- [x] Write the discount of a cart\n- [x] Test the discount of a cart\nThe end of the plan\n- Write the discount of the cart";
    let one = session("one", vec![turn(5, "Plan it", vec![edit(6, "PLAN.md", "", plan, done(""))])]);
    let linked = linked(vec![one], &commit(10, "Discounts", &[("PLAN.md", done_plan)]));
    assert_eq!((linked.lines.agent, linked.lines.corrected), (2, 0));
    assert_eq!(linked.contributions[0].corrections, []);
}

#[test]
fn where_most_of_a_commit_is_of_unknown_origin_no_line_was_changed_by_hand() {
    let text = TOTAL.replace("return subtotal - discount", "return max(0, subtotal - discount)");
    let others = "price_of_menu = load_menu()\nprice_of_drinks = load_drinks()\nprice_of_cakes = load_cakes()";
    for (more, by_hand) in [(String::new(), 1), (format!("{others}\n{}", others.replace("price", "tax")), 0)] {
        let files = [("src/price.py", text.as_str()), ("src/menu.py", more.as_str())];
        let one = session("one", vec![turn(5, "Add a discount", wrote_total(6))]);
        let linked = linked(vec![one], &commit(10, "Discounts", &files));
        assert_eq!((linked.lines.corrected, linked.contributions[0].corrections.len()), (by_hand, by_hand as usize));
    }
}

#[test]
fn where_a_formatter_or_generator_ran_a_changed_line_is_unknown() {
    let mut calls = wrote_total(6);
    calls.push(shell(7, "black src", done("")));
    let text = TOTAL.replace("return subtotal - discount", "return max(0, subtotal - discount)");
    let linked = linked(
        vec![session("one", vec![turn(5, "Add a discount", calls)])],
        &commit(10, "Discounts", &[("src/price.py", &text)]),
    );
    assert_eq!((linked.lines.corrected, linked.lines.unknown), (0, 1));
}

#[test]
fn a_correction_by_hand_belongs_to_the_session_whose_line_was_changed() {
    let other = "def total(prices, taxes=0):\n    subtotal = sum(prices) + taxes\n    return subtotal - taxes";
    let one = session("one", vec![turn(0, "Add a discount", wrote_total(1))]);
    let two = session(
        "two",
        vec![turn(
            2,
            "Write the taxes",
            vec![
                edit(3, "src/price.py", "", other, done("")),
                edit(4, "src/tax.py", "", "def tax_of(price):\n    return price / 5", done("")),
            ],
        )],
    );
    let text = TOTAL.replace("return subtotal - discount", "return max(0, subtotal - discount)");
    let files = [("src/price.py", text.as_str()), ("src/tax.py", "def tax_of(price):\n    return price / 5")];
    let linked = linked(vec![one, two], &commit(5, "Shop", &files));
    let by_hand = |session: &str| {
        let found = linked.contributions.iter().find(|found| found.session == session).expect("both are linked");
        found.corrections.iter().filter(|correction| correction.form == CorrectionForm::Manual).count()
    };
    assert_eq!(by_hand("one") + by_hand("two"), 1);
}

#[test]
fn a_line_edited_in_part_by_the_agent_itself_is_not_a_persons_correction() {
    let calls = vec![
        edit(6, "src/price.py", "", TOTAL, done("")),
        edit(7, "src/price.py", "subtotal - discount", "subtotal * (1 - discount)", done("")),
    ];
    let committed = TOTAL.replace("subtotal - discount", "subtotal * (1 - discount)");
    let linked = linked(
        vec![session("one", vec![turn(5, "Add a discount", calls)])],
        &commit(10, "Discounts", &[("src/price.py", &committed)]),
    );
    assert_eq!((linked.lines.agent, linked.lines.corrected), (3, 0));
    assert_eq!(linked.contributions[0].corrections, []);
}

#[test]
fn an_agents_line_that_is_quoted_or_simply_goes_is_corrected_whatever_the_words() {
    let first = edit(6, "src/price.py", "", &format!("import decimal_context\n{TOTAL}"), done(""));
    let quoted =
        edit(8, "src/price.py", "import decimal_context\nkeep = 1\nother = 2", "keep = 1\nall_others = 2", done(""));
    let turns = vec![
        turn(5, "Add a discount", vec![first]),
        turn(7, "line one:\n+import  decimal_context", vec![quoted]),
        turn(
            9,
            "that is too long",
            vec![edit(10, "src/price.py", "    subtotal = sum(prices)\n    return subtotal - discount", "", done(""))],
        ),
    ];
    let linked = linked(vec![session("one", turns)], &commit(20, "Discounts", &[("src/price.py", TOTAL)]));
    let words: Vec<&str> =
        linked.contributions[0].corrections.iter().filter_map(|one| Some(one.words.as_ref()?.expose())).collect();
    assert_eq!(words, ["line one:\n+import  decimal_context", "that is too long"]);
    assert_eq!(said(&linked)[1].1, PromptRole::Redirection);
}

#[test]
fn words_to_go_on_and_questions_after_which_code_grows_correct_nothing() {
    let refused = edit(7, "src/price.py", "subtotal", "total", Outcome::Rejected { reason: None });
    let grown = "    return subtotal - discount\n    # Half a cent is rounded up.\n    # A whole one is not.";
    let turns = vec![
        turn(5, "Add a discount", [wrote_total(6), vec![refused]].concat()),
        turn(8, "sorry, wrong key, continue", vec![edit(9, "src/price.py", "def total", "def  total", done(""))]),
        turn(
            10,
            "can you say how it rounds?",
            vec![edit(11, "src/price.py", "    return subtotal - discount", grown, done(""))],
        ),
    ];
    let linked = linked(vec![session("one", turns)], &commit(20, "Discounts", &[("src/price.py", TOTAL)]));
    assert_eq!(linked.contributions[0].attempts[0].kind, AttemptKind::Rejected);
    assert_eq!(linked.contributions[0].corrections, []);
}

#[test]
fn what_a_session_wrote_after_the_commit_is_no_line_that_a_person_changed() {
    let later = edit(15, "src/price.py", "return subtotal - discount", "return subtotal - discounts", done(""));
    let turns = vec![turn(5, "Add a discount", wrote_total(6)), turn(14, "Allow several", vec![later])];
    let text = TOTAL.replace("subtotal - discount", "subtotal - int(discount)");
    let linked = linked(vec![session("one", turns)], &commit(10, "Discounts", &[("src/price.py", &text)]));
    let corrections = &linked.contributions[0].corrections;
    assert_eq!(corrections[0].before.as_ref().map(Raw::expose), Some("return subtotal - discount"));
}

#[test]
fn who_stops_the_agent_and_has_its_lines_taken_back_corrects_them_also_in_an_earlier_commit() {
    let mut stopped = turn(5, "Add a discount", wrote_total(6));
    stopped.calls.push(shell(7, "git commit -m Discounts", done("[main 0a0a0a0] Discounts")));
    stopped.interrupts = vec![Some(minute(8))];
    let change = edit(10, "src/price.py", "    return subtotal - discount", "    return subtotal * discount", done(""));
    let turns = vec![stopped, turn(9, "I want it in percent", vec![change])];
    let linked = linked(
        vec![session("one", turns)],
        &commit(11, "Percent", &[("src/price.py", "    return subtotal * discount")]),
    );
    let words = linked.contributions[0].corrections[0].words.as_ref().map(Raw::expose);
    assert_eq!(words, Some("I want it in percent"));
}

#[test]
fn reports_of_what_does_not_work_are_corrections_where_the_agents_own_lines_then_change() {
    let own = || edit(10, "src/price.py", "    return subtotal - discount", "    return subtotal * discount", done(""));
    let other = || edit(10, "src/price.py", "import os", "import sys", done(""));
    let pasted = "CI fails now:\n\n$ pytest\nsrc/price.py:3: in total\nE   TypeError: unsupported operand\nFAILED \
                  tests/test_price.py::test_total - TypeError\nsrc/price.py:3: in total\nsrc/price.py:4: in rounded\n\
                  ERROR tests/test_cart.py - 1 failed\n";
    for (name, words, change, expected) in [
        ("a report", "the total is wrong in the cart", own(), true),
        ("an error from the own shell", pasted, own(), true),
        ("still there", "the warning is still there", own(), true),
        ("a report, and other lines", "CI fails now", other(), false),
        ("a wish", "show the total in the header", other(), false),
        ("words that turn away first", "no, take percent of the subtotal instead", own(), true),
        ("a wish, and its lines go", "also multiply the discount and log it", own(), false),
    ] {
        for committed in [false, true] {
            let mut first = turn(5, "Add a discount", wrote_total(6));
            if committed {
                first.calls.push(shell(7, "git commit -qm Discounts", done("[main 0a0a0a0] Discounts")));
            }
            let turns = vec![first, turn(9, words, vec![change.clone()])];
            let text =
                if expected { "    return subtotal * discount" } else { "import sys\n    return subtotal * discount" };
            let linked = linked(vec![session("one", turns)], &commit(11, "Percent", &[("src/price.py", text)]));
            let corrections = &linked.contributions[0].corrections;
            let found = corrections.iter().any(|one| one.words.as_ref().is_some_and(|found| found.expose() == words));
            assert_eq!(found, expected, "{name}, committed before: {committed}");
            let roles = said(&linked);
            let role = roles.last().expect("it was said").1;
            assert_eq!(role == PromptRole::Redirection, expected, "{name}, committed before: {committed}");
        }
    }
}

#[test]
fn what_a_turn_writes_and_takes_back_itself_says_nothing_of_the_words_before_it() {
    let mut first = turn(5, "Add a discount", wrote_total(6));
    first.calls.push(shell(7, "git commit -qm Discounts", done("[main 0a0a0a0] Discounts")));
    let [was, tried, again, now] = [
        "    return subtotal - discount",
        "    return subtotal * discounts",
        "    return subtotal * rounded(discount)",
        "    rate = Decimal(discount)\n    return subtotal * rate",
    ];
    let change = |minute, before, after| edit(minute, "src/price.py", before, after, done(""));
    let changes = vec![change(10, was, tried), change(11, tried, again), change(12, again, now)];
    let words = "no, take percent of the subtotal instead";
    let turns = vec![first, turn(9, words, changes)];
    let linked = linked(vec![session("one", turns)], &commit(13, "Percent", &[("src/price.py", now)]));
    let found = linked.contributions[0].corrections[0].words.as_ref().map(Raw::expose);
    assert_eq!(found, Some(words));
}

#[test]
fn a_file_that_the_session_gave_another_name_has_its_lines_all_the_same() {
    let first = turn(5, "Add a discount", wrote_total(6));
    let renames = vec![shell(8, "git mv src/price.py src/cost.py && git commit -qm Rename", done(""))];
    let change = edit(10, "src/cost.py", "    return subtotal - discount", "    return subtotal * discount", done(""));
    let words = "that's wrong: the discount is percent of the subtotal";
    let turns = vec![first, turn(7, "Call the module cost", renames), turn(9, words, vec![change])];
    let text = "    return subtotal * discount";
    let linked = linked(vec![session("one", turns)], &commit(13, "Percent", &[("src/cost.py", text)]));
    let correction = &linked.contributions[0].corrections[0];
    assert_eq!(correction.words.as_ref().map(Raw::expose), Some(words));
    assert!(correction.before.is_some());
}

#[test]
fn words_that_turn_away_are_listed_without_a_pair_of_edits_where_none_is_found() {
    let answer = |turn: backstory::record::session::Turn| {
        let mut turn = turn;
        turn.prompt.as_mut().unwrap().source = backstory::record::session::PromptSource::Answer;
        turn
    };
    let words = "it should not be in the header but instead below";
    for (name, said_then, expected) in [
        ("an edit follows in the next turn", turn(8, words, vec![]), true),
        ("an answer to the agent", answer(turn(8, "you are in a vm, so do not use docker", vec![])), false),
        ("nothing follows", turn(8, words, vec![]), false),
    ] {
        let mut calls = vec![shell(10, "git commit -qm Discounts", done("[main 1a2b3c4d] Discounts"))];
        if name != "nothing follows" {
            calls.insert(0, edit(9, "src/price.py", "import os", "import sys", done("")));
        }
        let turns = vec![turn(5, "Add a discount", wrote_total(6)), said_then, turn(9, "go on", calls)];
        let linked = linked(vec![session("one", turns)], &commit(10, "Discounts", &[("src/price.py", TOTAL)]));
        let found: Vec<_> = linked.contributions[0].corrections.iter().map(|one| (&one.path, &one.before)).collect();
        assert_eq!(found, if expected { vec![(&None, &None)] } else { vec![] }, "{name}");
    }
}

#[test]
fn of_ten_edits_by_hand_nine_are_found() {
    let written = "def total(prices, discount=0):\n    subtotal = sum(prices)\n    rate = discount / 100\n    taxes = \
                   subtotal * 0.19\n    shipping = 4.9 if subtotal < 50 else 0\n    label = 'Total without taxes'\n    \
                   log.info('total of %s prices', len(prices))\n    return round(subtotal - rate + taxes, 2)";
    let hands = [
        ("a number", "subtotal * 0.19", "subtotal * 0.07"),
        ("a name", "shipping = 4.9 if", "postage = 4.9 if"),
        ("a call around it", "sum(prices)", "sum(map(int, prices))"),
        ("an operator", "discount / 100", "discount // 100"),
        ("a sign", "subtotal - rate + taxes", "subtotal - rate - taxes"),
        ("an argument less", "taxes, 2)", "taxes)"),
        ("a line out", "    label = 'Total without taxes'\n", ""),
        ("two lines out", "    label = 'Total without taxes'\n    log.info('total of %s prices', len(prices))\n", ""),
        ("a line in", "    rate =", "    check_currency(prices)\n    rate ="),
        ("two lines in", "    label =", "    if subtotal > 1000:\n        shipping = 0\n    label ="),
    ];
    let mut found = Vec::new();
    for (name, before, after) in hands {
        let one = session("one", vec![turn(5, "Add a total", vec![edit(6, "src/price.py", "", written, done(""))])]);
        let text = written.replace(before, after);
        assert_ne!(text, written, "{name}");
        let linked = linked(vec![one], &commit(10, "Totals", &[("src/price.py", &text)]));
        let by_hand = |one: &&backstory::record::contribution::Correction<Raw>| one.form == CorrectionForm::Manual;
        let corrections: Vec<_> = linked.contributions[0].corrections.iter().filter(by_hand).collect();
        let is_it = corrections.len() == 1
            && (corrections[0].after.is_some() || after.is_empty())
            && (corrections[0].before.is_some() || after.contains(before.trim_end()));
        found.extend(is_it.then_some(name));
    }
    assert!(found.len() >= 9, "found only {found:?}");
}

#[test]
fn no_person_is_named_where_another_session_was_at_work_or_the_own_one_has_committed_since() {
    let text = TOTAL.replace("return subtotal - discount", "return max(0, subtotal - discount)");
    let own = |more: Vec<ToolCall>| session("one", vec![turn(5, "Add a discount", [wrote_total(6), more].concat())]);
    let edits = edit(8, "src/price.py", "x = old_value_of(a)", "x = other_value_of(a)", done(""));
    for (name, sessions, by_hand) in [
        ("nobody else", vec![own(vec![])], 1),
        (
            "another session edited the file",
            vec![own(vec![]), session("two", vec![turn(7, "Rename it", vec![edits.clone()])])],
            0,
        ),
        (
            "another session ran a command that writes files",
            vec![
                own(vec![]),
                session("two", vec![turn(7, "Rename it", vec![shell(8, "sed -i s/a/b/ src/*.py", done(""))])]),
            ],
            0,
        ),
        (
            "another session, long before",
            vec![
                own(vec![]),
                session("two", vec![turn(1, "Rename it", vec![shell(2, "sed -i s/a/b/ src/*.py", done(""))])]),
            ],
            1,
        ),
        (
            "the session has committed since",
            vec![own(vec![shell(7, "git commit -qm 'Add a discount'", done("[main 0a0a0a0] Add a discount"))])],
            0,
        ),
    ] {
        let linked = linked(sessions, &commit(10, "Discounts", &[("src/price.py", &text)]));
        let corrections = linked.contributions.iter().flat_map(|one| &one.corrections);
        let found = corrections.filter(|one| one.form == CorrectionForm::Manual).count();
        assert_eq!(found, by_hand, "{name}");
        assert_eq!(linked.lines.corrected, by_hand as u32, "{name}");
    }
}

#[test]
fn answers_and_more_wishes_correct_nothing_and_words_against_nothing_of_the_agents_do_not_either() {
    let change =
        |path: &str| edit(10, path, "    return subtotal - discount", "    return subtotal - int(discount)", done(""));
    for (name, asks, words, calls) in [
        (
            "an answer",
            Some("Which type has the discount, and should it be rounded?"),
            "it should be a whole number",
            vec![change("src/price.py")],
        ),
        ("more", None, "Mention that the discount is whole", vec![change("src/price.py")]),
        (
            "nothing of its own changes",
            None,
            "wait, somebody else edits the total",
            vec![edit(10, "src/other.py", "import os", "import sys", done(""))],
        ),
    ] {
        let mut first = turn(5, "Add a discount", wrote_total(6));
        first.reply = asks.map(Raw::new);
        let text = TOTAL.replace("- discount", "- int(discount)");
        let linked = linked(
            vec![session("one", vec![first, turn(9, words, calls)])],
            &commit(20, "Discounts", &[("src/price.py", &text), ("src/other.py", "import sys")]),
        );
        let corrections = &linked.contributions[0].corrections;
        let said: Vec<_> = corrections.iter().filter(|one| one.form == CorrectionForm::Directed).collect();
        assert!(said.is_empty(), "{name}: {said:?}");
    }
}
