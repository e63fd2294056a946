//! Which prompts led to a commit, and in which role.

use backstory::link::library::Library;
use backstory::link::{Hints, link};
use backstory::record::commit::FileChangeKind;
use backstory::record::contribution::{AttemptKind, PromptRole};
use backstory::record::session::{Action, Outcome, PromptSource, ToolCall};
use jiff::SignedDuration;

use crate::stage::{TOTAL, commit, done, edit, linked, minute, said, session, shell, turn, wrote_total};
use backstory::record::text::Raw;

#[test]
fn prompts_are_a_request_its_refinements_and_not_the_work_of_another_commit() {
    let turns = vec![
        turn(0, "Write the cart", vec![edit(1, "src/cart.py", "", "class Cart:\n    items = list()", done(""))]),
        turn(5, "Add a discount to total()", wrote_total(6)),
        turn(
            7,
            "The discount is in percent",
            vec![edit(8, "src/price.py", "subtotal - discount", "subtotal * (100 - discount) / 100", done(""))],
        ),
        turn(9, "yes, go on", vec![]),
        turn(30, "Now the web page", vec![edit(31, "web/index.html", "", "<title>Shop</title>", done(""))]),
    ];
    let text = TOTAL.replace("subtotal - discount", "subtotal * (100 - discount) / 100");
    let linked = linked(vec![session("one", turns)], &commit(10, "Discounts", &[("src/price.py", &text)]));
    let prompts: Vec<(PromptRole, &str)> =
        linked.contributions[0].prompts.iter().map(|prompt| (prompt.role, prompt.text.expose())).collect();
    assert_eq!(
        prompts,
        [(PromptRole::Request, "Add a discount to total()"), (PromptRole::Refinement, "The discount is in percent")]
    );
}

#[test]
fn work_before_a_persons_own_last_commit_led_to_that_one() {
    let turns = vec![
        turn(
            0,
            "Write the rounding",
            vec![edit(1, "src/price.py", "", "def rounded(price):\n    return round(price, 2)", done(""))],
        ),
        turn(20, "Add a discount", wrote_total(21)),
    ];
    let hints = Hints { since: Some(minute(10)), ..Hints::default() };
    let library = Library::new(vec![session("one", turns)]);
    let linked = link(&commit(30, "Discounts", &[("src/price.py", TOTAL)]), &library, &hints);
    let prompts: Vec<&str> = linked.contributions[0].prompts.iter().map(|prompt| prompt.text.expose()).collect();
    assert_eq!(prompts, ["Add a discount"]);
}

#[test]
fn work_on_a_file_that_the_commit_adds_did_not_lead_to_an_earlier_commit() {
    let turns = vec![
        turn(0, "Write the rounding", vec![edit(1, "src/round.py", "", "def rounded(price):", done(""))]),
        turn(20, "Add a discount", wrote_total(21)),
    ];
    let hints = Hints { since: Some(minute(10)), ..Hints::default() };
    let mut commit = commit(30, "Discounts", &[("src/price.py", TOTAL), ("src/round.py", "def rounded(price):")]);
    commit.files[1].kind = FileChangeKind::Added;
    let linked = link(&commit, &Library::new(vec![session("one", turns)]), &hints);
    let prompts: Vec<&str> = linked.contributions[0].prompts.iter().map(|prompt| prompt.text.expose()).collect();
    assert_eq!(prompts, ["Write the rounding", "Add a discount"]);
}

#[test]
fn a_question_asks_a_finding_and_the_same_words_again_turn_nothing_away() {
    let finding = "Totals ignore the discount\n\nMedium Severity\n\nprice.py:12 adds up the prices and does not work with \
                   the discount that the caller passes, so that the invoice prints too much. Consider taking the discount \
                   off before rounding; add a test that shows what is printed.";
    let mut stopped = turn(4, "Add a discount", vec![]);
    stopped.interrupts = vec![Some(minute(4))];
    let turns = vec![
        turn(0, "How is the total made?", vec![]),
        stopped,
        turn(5, "Add a discount, in cents", wrote_total(6)),
        turn(7, finding, vec![edit(8, "src/price.py", "discount", "int(discount)", done(""))]),
        turn(9, "but why isn't it a percentage?", vec![edit(10, "src/price.py", "int(", "percent(", done(""))]),
    ];
    let linked = linked(vec![session("one", turns)], &commit(20, "Discounts", &[("src/price.py", TOTAL)]));
    let roles: Vec<PromptRole> = linked.contributions[0].prompts.iter().map(|prompt| prompt.role).collect();
    assert_eq!(
        roles,
        [
            PromptRole::Refinement,
            PromptRole::Refinement,
            PromptRole::Request,
            PromptRole::Refinement,
            PromptRole::Redirection
        ]
    );
}

#[test]
fn what_is_said_after_the_commit_did_not_lead_to_it() {
    let mut later = turn(10, "Hmm, better not", vec![edit(11, "src/price.py", TOTAL, "", done(""))]);
    if let Some(prompt) = &mut later.prompt {
        prompt.at = Some(minute(10) + SignedDuration::from_secs(20));
    }
    let turns = vec![turn(5, "Add a discount", wrote_total(6)), later];
    let linked = linked(vec![session("one", turns)], &commit(10, "Discounts", &[("src/price.py", TOTAL)]));
    assert_eq!(said(&linked), [("Add a discount", PromptRole::Request)]);
    assert_eq!(linked.contributions[0].corrections, []);
}

#[test]
fn the_turn_that_commits_is_known_by_the_time_where_no_id_is_printed() {
    let committing =
        ToolCall { ended_at: Some(minute(12)), ..shell(9, "git commit -qm Discounts && git push", done("ok")) };
    let turns = vec![
        turn(5, "Add a discount", wrote_total(6)),
        turn(8, "Fine. Commit, I tell the others", vec![]),
        turn(9, "yess, commit and push, I tell the others", vec![committing]),
    ];
    let linked = linked(vec![session("one", turns)], &commit(10, "Discounts", &[("src/price.py", TOTAL)]));
    assert_eq!(said(&linked).last(), Some(&("yess, commit and push, I tell the others", PromptRole::Approval)));
}

#[test]
fn a_few_words_after_a_stop_go_on_with_what_was_stopped() {
    let mut stopped = turn(1, "Add a discount", vec![shell(1, "ls src", done("price.py"))]);
    stopped.interrupts = vec![Some(minute(2))];
    let turns = vec![stopped, turn(20, "still there?", wrote_total(21))];
    let hints = Hints { since: Some(minute(10)), ..Hints::default() };
    let library = Library::new(vec![session("one", turns)]);
    let linked = link(&commit(30, "Discounts", &[("src/price.py", TOTAL)]), &library, &hints);
    assert_eq!(said(&linked)[0], ("Add a discount", PromptRole::Request));
    assert_eq!(linked.contributions[0].attempts[0].kind, AttemptKind::Interrupted);
}

#[test]
fn messages_of_other_agents_are_nobodys_request_reason_or_correction() {
    let said = |at: i64, words: &str, calls| {
        let mut turn = turn(at, words, calls);
        turn.prompt.as_mut().unwrap().source = PromptSource::Delegated;
        turn
    };
    let refused = edit(7, "src/price.py", "", "half = 1", Outcome::Rejected { reason: None });
    let wrong = TOTAL.replace("subtotal - discount", "subtotal * discount");
    let first = edit(5, "src/price.py", "", &wrong, done(""));
    let again = edit(9, "src/price.py", "    return subtotal * discount", "    return subtotal - discount", done(""));
    let one = session(
        "one",
        vec![
            turn(4, "Add a discount", vec![first]),
            said(6, "<teammate-message>I am idle</teammate-message>", vec![refused]),
            said(8, "No, that is wrong: revert it", vec![again]),
        ],
    );
    let linked = linked(vec![one], &commit(10, "Discounts", &[("src/price.py", TOTAL)]));
    let contribution = &linked.contributions[0];
    let prompts: Vec<&str> = contribution.prompts.iter().map(|prompt| prompt.text.expose()).collect();
    assert_eq!(prompts, ["Add a discount"]);
    assert_eq!(contribution.corrections, []);
    let refused: Vec<_> = contribution.attempts.iter().filter(|one| one.kind == AttemptKind::Rejected).collect();
    assert_eq!((refused.len(), &refused[0].why), (1, &None));
}

#[test]
fn the_words_that_say_what_is_wanted_are_found_however_far_back_they_are() {
    let commits = || shell(3, "git commit -qm 'Move the note'", done("[main 0a0a0a0] Move the note"));
    let slash = |at: i64, words: &str, calls| {
        let mut turn = turn(at, words, calls);
        turn.prompt.as_mut().unwrap().source = PromptSource::Slash;
        turn
    };
    let looks = |at: i64| vec![shell(at, "cat src/price.py", done("x"))];
    let (ask, yes) = ("Look into the discount first", "yeah please go ahead, and try it in the browser");
    for (name, before, expected) in [
        ("a consent", vec![turn(0, ask, looks(1)), turn(2, "yes", vec![])], vec![ask, "yes", yes]),
        (
            "a question after the state in between",
            vec![turn(0, ask, looks(1)), turn(2, "so how did it go?", vec![])],
            vec![ask, yes],
        ),
        ("an own commit in between", vec![turn(0, ask, vec![commits()])], vec![ask, yes]),
        (
            "a choice behind an own commit",
            vec![slash(0, "/check-todos", looks(0)), turn(1, "5 seems a good one", vec![commits()])],
            vec!["5 seems a good one", yes],
        ),
        (
            "a command that starts the work",
            vec![slash(0, "/security:review of the changes", looks(1))],
            vec!["/security:review of the changes", yes],
        ),
        ("a list", vec![slash(0, "/check-todos", looks(1))], vec!["/check-todos", yes]),
        (
            "a choice from findings",
            vec![turn(0, ask, looks(1)), turn(3, "do 1 and 3", vec![])],
            vec![ask, "do 1 and 3", yes],
        ),
    ] {
        let turns = [before, vec![turn(5, yes, wrote_total(6))]].concat();
        let linked = linked(vec![session("one", turns)], &commit(10, "Discounts", &[("src/price.py", TOTAL)]));
        let words: Vec<&str> = said(&linked).iter().map(|(words, _)| *words).collect();
        assert_eq!(words, expected, "{name}");
        assert_eq!(said(&linked).last(), Some(&(yes, PromptRole::Approval)), "{name}");
        assert!(linked.contributions[0].attempts.is_empty() && linked.contributions[0].checks.is_empty(), "{name}");
    }
}

#[test]
fn what_was_said_before_a_list_or_a_change_of_branch_is_about_something_else() {
    let slash = |at: i64, words: &str| {
        let mut turn = turn(at, words, vec![shell(at, "ls", done("x"))]);
        turn.prompt.as_mut().unwrap().source = PromptSource::Slash;
        turn
    };
    for (name, before, ask) in [
        (
            "a list",
            vec![turn(0, "How do I share the notes?", vec![]), slash(1, "/progress")],
            "can we handle #4 quickly?",
        ),
        (
            "a branch",
            vec![turn(0, "Explain the cart", vec![]), turn(1, "ok lets get back to main", vec![])],
            "Add a discount",
        ),
    ] {
        let turns = [before, vec![turn(5, ask, wrote_total(6))]].concat();
        let linked = linked(vec![session("one", turns)], &commit(10, "Discounts", &[("src/price.py", TOTAL)]));
        assert_eq!(said(&linked), [(ask, PromptRole::Request)], "{name}");
    }
}

#[test]
fn after_questions_what_leads_to_the_edits_is_a_request_and_a_prompt_typed_again_counts_once() {
    let mut stopped = turn(3, "Rename it to total_of, and log a todo", vec![]);
    stopped.interrupts = vec![Some(minute(3))];
    let turns = vec![
        turn(0, "it worked before, is it the cache", vec![]),
        turn(2, "investigate why the total is rounded", vec![]),
        stopped,
        turn(4, "Rename it to total_of, and log a gsd todo", vec![]),
        turn(5, "do you think that is better", wrote_total(6)),
    ];
    let linked = linked(vec![session("one", turns)], &commit(10, "Discounts", &[("src/price.py", TOTAL)]));
    assert_eq!(
        said(&linked),
        [
            ("it worked before, is it the cache", PromptRole::Request),
            ("investigate why the total is rounded", PromptRole::Refinement),
            ("Rename it to total_of, and log a gsd todo", PromptRole::Request),
            ("do you think that is better", PromptRole::Refinement),
        ]
    );
}

#[test]
fn a_request_that_waits_for_its_work_is_found_over_a_pause_and_behind_a_commit_of_somebody_else() {
    let waiting = "Use this picture for the discount banner";
    let hint = "The picture is in ~/Downloads";
    let talk = "In the list of discounts I see no price";
    let edited = |at: i64| vec![edit(at, "src/other.py", "", "currency = load_currency()", done(""))];
    for (name, turns, since, expected) in [
        (
            "over a pause",
            vec![turn(0, waiting, vec![]), turn(1, "continue", vec![]), turn(300, hint, wrote_total(301))],
            None,
            vec![waiting, "continue", hint],
        ),
        (
            "over a pause, and about something else",
            vec![turn(0, "Where are the carts?", vec![]), turn(300, hint, wrote_total(301))],
            None,
            vec![hint],
        ),
        (
            "over a pause, and done by then",
            vec![turn(0, waiting, edited(1)), turn(300, hint, wrote_total(301))],
            None,
            vec![hint],
        ),
        (
            "behind a commit of somebody else",
            vec![turn(0, talk, vec![]), turn(10, "Split it in two", wrote_total(11))],
            Some(minute(5)),
            vec![talk, "Split it in two"],
        ),
    ] {
        let hints = Hints { since, ..Hints::default() };
        let commit = commit(400, "Discount banner with price", &[("src/price.py", TOTAL)]);
        let linked = link(&commit, &Library::new(vec![session("one", turns)]), &hints);
        let words: Vec<&str> = said(&linked).iter().map(|(words, _)| *words).collect();
        assert_eq!(words, expected, "{name}");
    }
}

#[test]
fn words_that_say_nothing_of_the_commit_are_told_with_the_request_it_came_of() {
    let wanted = "Design a discount of the price for large carts";
    let other = |at: i64| vec![edit(at, "src/other.py", "", "currency = load_currency()", done(""))];
    let vague = "Also let the rules be as they were";
    for (name, turns, expected) in [
        (
            "a design before a commit",
            vec![
                turn(0, wanted, vec![]),
                turn(
                    2,
                    "Load the currency",
                    [other(3), vec![shell(4, "git commit -qm Currency", done("[main 1a2b3c4] Currency"))]].concat(),
                ),
                turn(6, vague, wrote_total(7)),
            ],
            vec![wanted, vague],
        ),
        (
            "which led to another commit",
            vec![
                turn(
                    0,
                    wanted,
                    [other(3), vec![shell(4, "git commit -qm Currency", done("[main 1a2b3c4] Currency"))]].concat(),
                ),
                turn(6, vague, wrote_total(7)),
            ],
            vec![vague],
        ),
    ] {
        let linked =
            linked(vec![session("one", turns)], &commit(20, "Discount of the price", &[("src/price.py", TOTAL)]));
        let words: Vec<&str> = said(&linked).iter().map(|(words, _)| *words).collect();
        assert_eq!(words, expected, "{name}");
    }
}

#[test]
fn talk_that_led_to_other_files_only_is_no_prompt_of_the_commit() {
    let other = edit(4, "src/other.py", "", "currency = load_currency()", done(""));
    let more = edit(8, "src/price.py", "", "\n# Prices are in cents.", done(""));
    let turns = vec![
        turn(0, "Add a discount", wrote_total(1)),
        turn(2, "What is the currency?", vec![]),
        turn(3, "yes, load it", vec![other]),
        turn(7, "Say that prices are in cents", vec![more]),
    ];
    let linked = linked(
        vec![session("one", turns)],
        &commit(20, "Discounts", &[("src/price.py", &format!("{TOTAL}\n# Prices are in cents."))]),
    );
    let words: Vec<&str> = said(&linked).iter().map(|(words, _)| *words).collect();
    assert_eq!(words, ["Add a discount", "Say that prices are in cents"]);
}

#[test]
fn what_was_looked_into_before_the_work_is_told_however_it_went_on() {
    let look = "Investigate https://example.org/issues/12";
    let others = Some(minute(5));
    let committed = |at: i64, how: &str| shell(at, how, done("[main 1a2b3c4] Discounts"));
    let mut stopped = turn(0, look, vec![]);
    stopped.interrupts = vec![Some(minute(1))];
    let mut scratch = edit(1, "src/other.py", "", "import sys", done(""));
    if let Action::Edit(edits) = &mut scratch.action {
        edits[0].path = "/home/a/files/scratchpad/try.py".into();
    }
    for (name, turns, since, expected) in [
        (
            "somebody else commits in between",
            vec![turn(0, look, vec![]), turn(10, "I want the second one", wrote_total(11))],
            others,
            vec![look, "I want the second one"],
        ),
        (
            "an amend",
            vec![
                turn(0, look, vec![]),
                turn(2, "Do it, and commit it", vec![committed(3, "git commit -qm Discounts")]),
                turn(
                    10,
                    "Can't the tests be a table?",
                    [wrote_total(11), vec![committed(12, "git commit --amend -q")]].concat(),
                ),
            ],
            None,
            vec![look, "Do it, and commit it", "Can't the tests be a table?"],
        ),
        (
            "after a stop",
            vec![stopped, turn(2, "ask the other model to look instead", vec![]), turn(4, "fix all", wrote_total(5))],
            None,
            vec![look, "ask the other model to look instead", "fix all"],
        ),
        (
            "tries in a scratch folder",
            vec![turn(0, look, vec![scratch]), turn(4, "yes, and let the other model run it", wrote_total(5))],
            None,
            vec![look, "yes, and let the other model run it"],
        ),
    ] {
        let hints = Hints { since, ..Hints::default() };
        let commit = commit(20, "Discounts", &[("src/price.py", TOTAL)]);
        let linked = link(&commit, &Library::new(vec![session("one", turns)]), &hints);
        let words: Vec<&str> = said(&linked).iter().map(|(words, _)| *words).collect();
        assert_eq!(words, expected, "{name}");
    }
}

#[test]
fn words_about_something_else_before_a_request_that_says_it_are_left_out() {
    let wanted = "Next: remove the price from the discount banner";
    for (name, before, expected) in [
        (
            "good news of another task",
            vec![turn(0, "Show the map again.", vec![]), turn(1, "That worked!!", vec![])],
            vec![wanted],
        ),
        (
            "the same",
            vec![turn(0, "The price in the banner is old.", vec![])],
            vec!["The price in the banner is old.", wanted],
        ),
    ] {
        let turns = [before, vec![turn(5, wanted, wrote_total(6))]].concat();
        let commit = commit(20, "Remove the price from the discount banner", &[("src/price.py", TOTAL)]);
        let linked = linked(vec![session("one", turns)], &commit);
        let words: Vec<&str> = said(&linked).iter().map(|(words, _)| *words).collect();
        assert_eq!(words, expected, "{name}");
    }
}

#[test]
fn each_command_that_does_something_is_a_request() {
    let command = |at: i64, words: &str, calls: Vec<ToolCall>| {
        let mut turn = turn(at, words, calls);
        turn.prompt.as_mut().unwrap().source = PromptSource::Slash;
        turn
    };
    let looked = shell(1, "ls", done(""));
    let turns = vec![command(0, "/make-story", vec![looked]), command(2, "/plan-work", wrote_total(3))];
    let linked = linked(vec![session("one", turns)], &commit(20, "Discounts", &[("src/price.py", TOTAL)]));
    assert_eq!(said(&linked), [("/make-story", PromptRole::Request), ("/plan-work", PromptRole::Request)]);
}

#[test]
fn questions_of_which_nothing_came_lead_up_to_the_request() {
    let question = "somebody wrote, what is it about?";
    let asked = "how is a discount rounded elsewhere";
    let work = |at: i64| turn(at, "Open a pull request for the discount, in percent", wrote_total(at + 1));
    use PromptRole::{Refinement, Request};
    for (name, turns, roles) in [
        (
            "talk before the request",
            vec![
                turn(0, question, vec![]),
                turn(1, asked, vec![]),
                turn(2, "the first part is merged", vec![]),
                work(3),
            ],
            vec![Refinement, Refinement, Refinement, Request],
        ),
        (
            "a question that is answered by work",
            vec![turn(0, "should the total have a discount?", vec![]), turn(1, "yes, do it", wrote_total(2))],
            vec![Request, PromptRole::Approval],
        ),
        (
            "an order to look",
            vec![turn(0, "Investigate issue 12 of the shop", vec![]), work(3)],
            vec![Request, Request],
        ),
    ] {
        let linked = linked(vec![session("one", turns)], &commit(10, "Discounts", &[("src/price.py", TOTAL)]));
        let found: Vec<PromptRole> = said(&linked).iter().map(|(_, role)| *role).collect();
        assert_eq!(found, roles, "{name}: {:?}", said(&linked));
    }
}

#[test]
fn a_plan_that_was_committed_leaves_open_what_it_was_asked_for() {
    let wanted = "Sum the prices of a cart in `total`";
    let (settled, carried_out) = ("Design is approved. Move to planning.", "Execute the plan. Branch, then implement");
    let wrote = |at: i64, path: &str, text: &str| edit(at, path, "", text, done(""));
    let commits = |at: i64, what: &str| shell(at, "git commit -qm 'Add it'", done(&format!("[main 0a0a0a0] {what}")));
    for (name, path, expected) in [
        ("a plan", "docs/plans/2026-03-cart-plan.md", vec![wanted, settled, carried_out]),
        ("notes on a file of code", "src/other.py", vec![wanted, carried_out]),
    ] {
        let turns = vec![
            turn(0, wanted, vec![wrote(1, path, "# Sums of carts\n\nWith a loop."), commits(2, "Add the design")]),
            turn(3, settled, vec![wrote(4, path, "# Steps\n\n1. A loop over the prices"), commits(5, "Add the plan")]),
            turn(6, carried_out, wrote_total(7)),
        ];
        let linked = linked(vec![session("one", turns)], &commit(10, "Totals", &[("src/price.py", TOTAL)]));
        let words: Vec<&str> = said(&linked).iter().map(|(words, _)| *words).collect();
        assert_eq!(words, expected, "{name}");
    }
}

#[test]
fn an_offer_that_was_taken_behind_a_merged_pull_request_is_what_was_wanted() {
    let mut merged = turn(0, "Ok, let's get it merged then", vec![shell(1, "gh pr merge 44 --squash", done("merged"))]);
    merged.reply = Some(Raw::new("Merged.\n\nIf you want, I can sum the prices of each cart - say the word."));
    let turns = vec![merged, turn(3, "Word", wrote_total(4))];
    let linked = linked(vec![session("one", turns)], &commit(10, "Totals", &[("src/price.py", TOTAL)]));
    assert_eq!(said(&linked), [("Word", PromptRole::Request)]);
    let question = linked.contributions[0].prompts[0].question.as_ref().map(Raw::expose);
    assert_eq!(question, Some("If you want, I can sum the prices of each cart - say the word."));
}
