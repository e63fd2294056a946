//! Which prompt says what a commit is about, what an answer answers, and which words are about something else.

use backstory::link::library::Library;
use backstory::link::{Hints, Linked, link};
use backstory::record::contribution::PromptRole;
use backstory::record::session::{Action, Prompt, PromptSource, ToolCall, Turn};
use backstory::record::text::Raw;

use crate::stage::*;

/// The prompt that is marked as what the commit is about.
fn marked(linked: &Linked) -> Option<&str> {
    linked.contributions[0].prompts.iter().find(|prompt| prompt.main).map(|prompt| prompt.text.expose())
}

#[test]
fn the_prompt_that_the_commit_came_of_is_marked_where_it_is_not_the_first_request() {
    let first = |words: &str| turn(0, words, vec![edit(1, "src/price.py", "", "currency = load_currency()", done(""))]);
    let discount = "Add a percentage discount to the total";
    for (name, turns, expected) in [
        ("the first request", vec![turn(0, discount, wrote_total(1)), turn(3, "add a test of it", vec![])], None),
        (
            "the first led to the commit before",
            vec![
                first("Load the currency from the settings"),
                turn(12, "keep going", vec![]),
                turn(14, "In addition it should take a percentage discount", wrote_total(15)),
            ],
            Some("In addition it should take a percentage discount"),
        ),
        (
            "an order to look",
            vec![turn(10, "explain the change again", vec![]), turn(12, "now give it a discount", wrote_total(13))],
            Some("now give it a discount"),
        ),
        (
            "an order in the form of a question, with what was offered",
            vec![
                Turn {
                    reply: Some(Raw::new("The total is off.\n\nWant me to take a percentage discount from it?")),
                    ..turn(10, "If you push it the shop is built by itself", vec![])
                },
                turn(12, "can we improve this?", wrote_total(13)),
            ],
            Some("can we improve this?"),
        ),
        (
            "what is added to it",
            vec![turn(10, discount, wrote_total(11)), turn(13, "and no more than the total", wrote_total(14))],
            None,
        ),
    ] {
        let hints = Hints { since: Some(minute(9)), ..Hints::default() };
        let commit = commit(30, "Add a percentage discount", &[("src/price.py", TOTAL)]);
        let linked = link(&commit, &Library::new(vec![session("one", turns)]), &hints);
        assert_eq!(marked(&linked), expected, "{name}: {:?}", said(&linked));
    }
}

#[test]
fn an_answer_is_the_persons_and_the_question_stands_beside_it_as_the_agents() {
    let question = Action::Ask { question: Raw::new("How is it rounded?\nWhere is it shown?"), answer: None };
    let asked = ToolCall { id: "ask1".into(), ..call(2, "AskUserQuestion", question, done("")) };
    let answer = Prompt {
        at: Some(minute(3)),
        text: Raw::new("To cents\nOn the invoice"),
        source: PromptSource::Answer,
        id: Some("ask1".into()),
    };
    let answered = Turn { prompt: Some(answer), calls: wrote_total(4), ..Turn::default() };
    let turns = vec![turn(0, "Add a discount", vec![asked]), answered];
    let linked = linked(vec![session("one", turns)], &commit(10, "Discounts", &[("src/price.py", TOTAL)]));
    let prompts = &linked.contributions[0].prompts;
    assert_eq!(prompts[1].text.expose(), "To cents\nOn the invoice");
    assert_eq!(prompts[1].question.as_ref().map(Raw::expose), Some("How is it rounded?\nWhere is it shown?"));
    assert_eq!(prompts[0].question, None);
}

#[test]
fn words_of_publishing_are_left_out_and_words_of_going_on_are_a_consent() {
    let turns = vec![
        turn(0, "Add a discount", wrote_total(1)),
        turn(3, "can you give me a short PR description?", vec![]),
        turn(5, "ok, just keep going, do individual commits", wrote_total(6)),
    ];
    let linked = linked(vec![session("one", turns)], &commit(10, "Discounts", &[("src/price.py", TOTAL)]));
    assert_eq!(
        said(&linked),
        [("Add a discount", PromptRole::Request), ("ok, just keep going, do individual commits", PromptRole::Approval)]
    );
}

#[test]
fn what_a_turn_changes_behind_a_commit_of_its_own_corrects_nothing() {
    let own = || edit(8, "src/price.py", "    return subtotal - discount", "    return subtotal", done(""));
    for (calls, paths) in
        [(vec![own()], [Some("src/price.py")]), (vec![shell(7, "git commit -m notes", done("")), own()], [None])]
    {
        let turns = vec![turn(0, "Add a discount", wrote_total(1)), turn(6, "no, only the subtotal", calls)];
        let linked = linked(vec![session("one", turns)], &commit(10, "Discounts", &[("src/price.py", TOTAL)]));
        let found: Vec<Option<&str>> =
            linked.contributions[0].corrections.iter().map(|one| one.path.as_deref()).collect();
        assert_eq!(found, paths);
    }
}

#[test]
fn what_an_agent_went_on_to_by_itself_was_asked_for_in_the_request_that_stands() {
    let discounts = || edit(9, "docs/price.py", "", TOTAL, done(""));
    let commits = |at: i64| shell(at, "git commit -m x", done(""));
    let went_on = |words: &str| {
        let notes = edit(6, "notes.md", "old", "new", done(""));
        turn(5, words, vec![notes, commits(7), discounts(), commits(10)])
    };
    let standing = "go through the review: fix each finding and commit it, then take the next one";
    for (name, first, words, expected) in [
        ("a remark about the commit before", standing, "leave the notes out of it", vec![standing]),
        ("a request for this commit", standing, "and now the discounts", vec!["and now the discounts"]),
        ("a kind of change alone", standing, "docs will be old then", vec![standing]),
        ("a request for many", standing, "fix all the others too", vec!["fix all the others too"]),
    ] {
        let turns = vec![turn(0, first, vec![edit(1, "tax.py", "a", "b", done("")), commits(2)]), went_on(words)];
        let commit = commit(10, "docs: add discounts", &[("docs/price.py", TOTAL)]);
        let linked = linked(vec![session("one", turns)], &commit);
        let texts: Vec<&str> = said(&linked).into_iter().map(|(text, _)| text).collect();
        assert_eq!(texts, expected, "{name}");
    }
}

#[test]
fn an_answer_or_an_aside_that_led_to_an_earlier_commit_is_not_of_the_one_the_agent_went_on_to() {
    let from = |source: PromptSource, mut turn: Turn| {
        turn.prompt.as_mut().unwrap().source = source;
        turn
    };
    let notes = |at: i64| edit(at, "notes.md", "old", "new", done(""));
    let commits = |at: i64| shell(at, "git commit -m x", done(""));
    let went_on = |at: i64| vec![notes(at), commits(at + 1), write(at + 2, "src/price.py", TOTAL), commits(at + 3)];
    let here = |at: i64| vec![write(at, "src/price.py", TOTAL), commits(at + 1), commits(at + 3)];
    for (name, turns, expected) in [
        (
            "an answer about other files",
            vec![
                turn(0, "Address what the reviewer said", vec![]),
                from(PromptSource::Answer, turn(5, "Set it to false", went_on(6))),
            ],
            vec!["Address what the reviewer said"],
        ),
        (
            "an answer about this file",
            vec![
                turn(0, "Address what the reviewer said", vec![]),
                from(PromptSource::Answer, turn(5, "Set it to false", here(6))),
            ],
            vec!["Address what the reviewer said", "Set it to false"],
        ),
        (
            "an aside into a plan that has led to a commit",
            vec![
                from(PromptSource::Slash, turn(0, "/build-plan Discounts of the shop", vec![notes(1), commits(2)])),
                from(
                    PromptSource::Queued,
                    turn(5, "The old notes lie in ~/notes/old.md and ~/notes/new.md", went_on(6)),
                ),
            ],
            vec!["/build-plan Discounts of the shop"],
        ),
        (
            "an aside behind what was asked for and committed",
            vec![
                turn(0, "Write down the notes of the shop", vec![notes(1), commits(2)]),
                from(
                    PromptSource::Queued,
                    turn(5, "The old notes lie in ~/notes/old.md and ~/notes/new.md", went_on(6)),
                ),
            ],
            vec!["The old notes lie in ~/notes/old.md and ~/notes/new.md"],
        ),
        (
            "an aside into the work of an answer",
            vec![
                turn(0, "Look at the tools of the shop", vec![]),
                from(PromptSource::Answer, turn(3, "Checks of the prices", vec![notes(4)])),
                from(PromptSource::Queued, turn(5, "The notes will be old until we write some", went_on(6))),
            ],
            vec!["Checks of the prices"],
        ),
    ] {
        let commit = commit(9, "Add discounts", &[("src/price.py", TOTAL)]);
        let linked = linked(vec![session("one", turns)], &commit);
        let texts: Vec<&str> = said(&linked).into_iter().map(|(text, _)| text).collect();
        assert_eq!(texts, expected, "{name}");
    }
}

#[test]
fn what_is_typed_after_a_commit_is_the_request_of_the_next_one() {
    let discount =
        "ok so 2. A discount in percent is easy to explain, and the shop does not lose anything by it as far as I see";
    let notes =
        |at: i64| vec![edit(at, "notes.md", "old", "new", done("")), shell(at + 1, "git commit -m x", done(""))];
    for (name, turns, expected) in [
        (
            "a choice that says more",
            vec![turn(0, "Let us make the shop better", notes(1)), turn(5, discount, wrote_total(6))],
            vec![(discount, PromptRole::Request)],
        ),
        (
            "a choice alone",
            vec![turn(0, "Let us make the shop better", notes(1)), turn(5, "ok so 2", wrote_total(6))],
            vec![("Let us make the shop better", PromptRole::Request), ("ok so 2", PromptRole::Approval)],
        ),
    ] {
        let commit = commit(10, "Take a discount", &[("src/price.py", TOTAL)]);
        let linked = linked(vec![session("one", turns)], &commit);
        assert_eq!(said(&linked), expected, "{name}");
    }
}

#[test]
fn what_an_agent_came_to_by_itself_has_no_request() {
    let begun = "Oh, I slept. Let us write down how the ledger works";
    let ledger = |at: i64| {
        vec![
            edit(at, "ledger.md", "old", "new", done("")),
            shell(at + 1, "git commit -m 'Describe the ledger'", done("")),
        ]
    };
    let reported = |at: i64| {
        let mut turn = turn(at, "The reviewer is done: one finding", wrote_total(at + 1));
        turn.prompt.as_mut().unwrap().source = PromptSource::Delegated;
        turn.calls.push(shell(at + 2, "git commit -m x", done("")));
        turn
    };
    use PromptRole::{Refinement, Request};
    for (name, first, subject, role) in [
        ("a reviewer's finding", begun, "Subtract the discount", Refinement),
        ("a word of the subject", begun, "Subtract the discount in the ledger", Request),
        (
            "a request for many",
            "Write down how the ledger works and fix each finding",
            "Subtract the discount",
            Request,
        ),
        ("nothing of it was committed", "Let us make it right", "Subtract the discount", Request),
    ] {
        let turns = vec![turn(0, first, ledger(1)), reported(5)];
        let linked = linked(vec![session("one", turns)], &commit(7, subject, &[("src/price.py", TOTAL)]));
        assert_eq!(said(&linked), [(first, role)], "{name}");
        assert_eq!(marked(&linked), None, "{name}");
    }
}

#[test]
fn who_only_commits_what_a_person_did_was_asked_to_commit() {
    let signing = "How do I change the settings so that I do not need a password to sign?";
    let asked = "look at the changes in my project and write commits, one for each part";
    let commits = |at: i64| shell(at, "git commit -qm 'Take a discount'", done("[main 1a2b3c4] Take a discount"));
    let turns = vec![turn(0, signing, vec![shell(1, "git config -l", done(""))]), turn(5, asked, vec![commits(7)])];
    let linked = linked(vec![session("one", turns)], &commit(7, "Take a discount", &[("src/price.py", TOTAL)]));
    assert_eq!(said(&linked), [(signing, PromptRole::Request), (asked, PromptRole::Request)]);
    assert_eq!(marked(&linked), Some(asked));
}

#[test]
fn what_was_edited_for_an_earlier_commit_does_not_make_a_later_one_asked_for() {
    let begun = "Let us write down how the ledger works";
    let commits = |at: i64, what: &str| shell(at, &format!("git commit -m '{what}'"), done(""));
    let early = |text: &str| edit(1, "src/price.py", "", text, done(""));
    for (name, first, role) in [
        ("other lines of the file", "the ledger is a list", PromptRole::Refinement),
        ("lines of this commit", TOTAL, PromptRole::Request),
    ] {
        let late = edit(5, "src/price.py", "", &format!("{TOTAL}\n# in cents, not in euros"), done(""));
        let calls = vec![early(first), commits(2, "Describe the ledger"), late, commits(7, "x")];
        let text = format!("{TOTAL}\n# in cents, not in euros");
        let mut change = commit(7, "Subtract the discount", &[("src/price.py", &text)]);
        if first == TOTAL {
            change = commit(7, "Subtract the discount", &[("src/price.py", TOTAL)]);
        }
        let calls = if first == TOTAL { calls.into_iter().take(2).chain([commits(7, "x")]).collect() } else { calls };
        let linked = linked(vec![session("one", vec![turn(0, begun, calls)])], &change);
        assert_eq!(said(&linked), [(begun, role)], "{name}");
    }
}

#[test]
fn what_was_asked_for_elsewhere_and_done_is_not_the_request_of_what_goes_on() {
    let wrote_issue = |tool: &str| call(1, tool, Action::Text { text: Raw::new("Rounding\nis off") }, done(""));
    let replied = |turn: Turn| Turn { reply: Some(Raw::new("Done.")), ..turn };
    let request = "write an issue that the rounding is off";
    let go = "ok let's keep going";
    for (name, first, words, expected) in [
        ("an errand", replied(turn(0, request, vec![wrote_issue("mcp__board__create_issue")])), go, vec![go]),
        ("nothing was written", replied(turn(0, request, vec![])), go, vec![request, go]),
        (
            "a choice from what there is to do",
            replied(turn(0, "the rounding seems a good one", vec![wrote_issue("mcp__board__create_issue")])),
            go,
            vec!["the rounding seems a good one", go],
        ),
        (
            "an issue of what is done then",
            replied(turn(0, "write an issue about discounts", vec![wrote_issue("mcp__board__create_issue")])),
            go,
            vec!["write an issue about discounts", go],
        ),
        ("a plan that was shown", replied(turn(0, request, vec![wrote_issue("ExitPlanMode")])), go, vec![request, go]),
    ] {
        let turns = vec![first, turn(5, words, wrote_total(6))];
        let linked = linked(vec![session("one", turns)], &commit(10, "Take discounts", &[("src/price.py", TOTAL)]));
        let texts: Vec<&str> = said(&linked).into_iter().map(|(text, _)| text).collect();
        assert_eq!(texts, expected, "{name}");
    }
}

#[test]
fn a_kind_of_file_that_was_written_elsewhere_was_not_asked_for_here() {
    let asked = "Update the docs if needed";
    for (name, path, other, role) in [
        ("no docs in it", "src/price.py", "docs/cart.md", PromptRole::Refinement),
        ("no docs at all", "src/price.py", "src/cart.py", PromptRole::Request),
        ("docs in it", "docs/price.md", "docs/cart.md", PromptRole::Request),
    ] {
        let calls = vec![write(1, path, TOTAL), write(2, other, "a cart\nholds prices")];
        let linked =
            linked(vec![session("one", vec![turn(0, asked, calls)])], &commit(5, "Discounts", &[(path, TOTAL)]));
        assert_eq!(said(&linked), [(asked, role)], "{name}");
        assert_eq!(marked(&linked), None, "{name}");
    }
}

#[test]
fn an_aside_of_which_only_later_edits_hold_something_is_of_the_next_commit() {
    let aside = |at: i64, words: &str, calls: Vec<ToolCall>| {
        let mut turn = turn(at, words, calls);
        turn.prompt.as_mut().unwrap().source = PromptSource::Queued;
        turn
    };
    let request = "Add a discount to the total";
    let behind = |path: &str, text: &str| [wrote_total(3), vec![write(20, path, text)]].concat();
    for (name, words, calls, is_told) in [
        ("a word of it", "btw, the invoice shows it", behind("src/paper.py", "invoice = total(prices)"), false),
        (
            "the same in another file",
            "btw, show the discount of the total on paper, printed",
            behind("src/show.py", "show(total - discount)"),
            false,
        ),
        ("a word of the commit", "btw, from the subtotal", behind("src/paper.py", "subtotal = 0"), true),
        ("nothing of it", "btw, the invoice shows it", behind("src/cart.py", "x = 1"), true),
    ] {
        let turns = vec![turn(0, request, vec![]), aside(1, words, calls)];
        let linked = linked(vec![session("one", turns)], &commit(10, "Discounts", &[("src/price.py", TOTAL)]));
        let texts: Vec<&str> = said(&linked).into_iter().map(|(text, _)| text).collect();
        assert_eq!(texts.contains(&words), is_told, "{name}: {texts:?}");
        assert_eq!(texts[0], request);
    }
}

#[test]
fn a_question_about_the_commit_behind_its_last_edit_is_told() {
    for (question, calls, is_told) in [
        ("is the price the same in all places?", vec![], true),
        ("what does the weather do?", vec![], false),
        ("is the price the same in all places?", vec![edit(6, "src/cart.py", "a", "b", done(""))], false),
    ] {
        let turns = vec![turn(0, "Add a discount", wrote_total(1)), turn(5, question, calls)];
        let linked = linked(vec![session("one", turns)], &commit(10, "Discounts", &[("src/price.py", TOTAL)]));
        let expected = [("Add a discount", PromptRole::Request), (question, PromptRole::Refinement)];
        assert_eq!(said(&linked), expected[..1 + usize::from(is_told)], "{question}");
    }
}

#[test]
fn a_choice_on_the_way_to_a_merge_is_what_was_wanted_where_the_request_was_served() {
    let asked = "Write down how the ledger works";
    let ledger = vec![
        edit(1, "ledger.md", "old", "new", done("")),
        shell(2, "git commit -m 'Describe the ledger'", done("")),
        shell(3, "git merge origin/main", done("")),
    ];
    let answer = |words: &str| {
        let merged = shell(10, "git commit -m x", done("[main 1a2b3c4] Merge the dark shop"));
        let mut turn = turn(5, words, vec![merged]);
        turn.prompt.as_mut().unwrap().source = PromptSource::Answer;
        turn
    };
    use PromptRole::{Refinement, Request};
    for (first, words, role, main) in [
        (asked, "The dark one", Refinement, Some("The dark one")),
        (asked, "Both", Refinement, None),
        ("Write down how the ledger works, then commit the dark one", "Both", Request, None),
    ] {
        let turns = vec![turn(0, first, ledger.clone()), answer(words)];
        let change = commit(10, "Merge the dark shop", &[("src/price.py", TOTAL)]);
        let linked = linked(vec![session("one", turns)], &change);
        assert_eq!(said(&linked)[0], (first, role), "{first}, {words}");
        assert_eq!(marked(&linked), main, "{first}, {words}");
    }
}

#[test]
fn what_was_said_before_an_earlier_commit_is_told_as_such() {
    let wrong = "No, that is wrong, round it instead";
    let cart = || edit(1, "src/cart.py", "", "def cart(items):\n    return total_of(items)", done(""));
    let commits = |at: i64| shell(at, "git commit -qm Cart", done("[main 1a2b3c4] Cart"));
    let ends = shell(20, "git commit -qm Discounts", done("[main 5d6e7f8] Discounts"));
    let since = Hints { since: Some(minute(4)), ..Hints::default() };
    let own_commit = Hints { since: Some(minute(2)), ..Hints::default() };
    let before = edit(1, "src/price.py", "", "def total(prices):\n    return sum(prices)", done(""));
    for (name, turns, hints, expected) in [
        (
            "a person's commit between",
            vec![
                turn(0, "Add the total of prices", vec![before]),
                turn(5, "I committed and pushed!!", vec![]),
                turn(6, wrong, wrote_total(7)),
            ],
            since,
            vec![("Add the total of prices", true), (wrong, false)],
        ),
        (
            "the agent went on by itself behind its commit",
            vec![turn(
                0,
                "Write the cart of the shop",
                [vec![cart(), commits(2)], wrote_total(3), vec![ends]].concat(),
            )],
            own_commit.clone(),
            vec![("Write the cart of the shop", true)],
        ),
        (
            "praise, and a new request",
            vec![
                turn(0, "Look why the queue is full", vec![shell(1, "ssh shop uptime", done("up 3 days"))]),
                turn(2, "Great!!", vec![]),
                turn(3, "Add a discount to the total", wrote_total(4)),
            ],
            Hints::default(),
            vec![("Add a discount to the total", false)],
        ),
    ] {
        let linked = link(
            &commit(20, "Discounts", &[("src/price.py", TOTAL)]),
            &Library::new(vec![session("one", turns)]),
            &hints,
        );
        let prompts = linked.contributions[0].prompts.iter();
        let told: Vec<(&str, bool)> = prompts.map(|prompt| (prompt.text.expose(), prompt.earlier)).collect();
        assert_eq!(told, expected, "{name}");
    }
}
