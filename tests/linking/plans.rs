//! Sessions that only planned what others wrote.

use backstory::link::library::Library;
use backstory::link::{Hints, link};
use backstory::record::contribution::{Confidence, Evidence, PromptRole};
use backstory::record::session::{Action, Change, Edit, Outcome, PromptSource, Session};
use backstory::record::text::Raw;

use crate::stage::{TOTAL, call, commit, done, edit, linked, said, session, shell, turn, wrote_total};

#[test]
fn the_session_that_made_the_plan_is_named_with_the_prompts_that_led_to_it() {
    let plan = "# Plan: discounts\n1. total() takes a discount in cents\n2. the discount is taken off the subtotal\n\
                3. prices stay integers\n4. add a test of no discount";
    let mut write = edit(3, ".claude/plans/calm-otter.md", "", plan, done(""));
    let Action::Edit(edits) = &mut write.action else { unreachable!() };
    edits[0].change = Change::Write { text: Raw::new(plan) };
    let earlier = turn(0, "Rename the cart", vec![edit(1, "src/cart.py", "", "class Basket: items", done(""))]);
    let refused =
        call(4, "ExitPlanMode", Action::Other, Outcome::Rejected { reason: Some(Raw::new("Keep prices integers")) });
    let checked = shell(4, "pytest", done("4 passed in 0.1s"));
    let planning = session(
        "planning",
        vec![earlier, turn(2, "We need discounts, how would you do it?", vec![write, refused, checked])],
    );
    let mut carried_out = turn(5, &format!("Implement the following plan:\n\n{plan}"), wrote_total(6));
    carried_out.prompt.as_mut().expect("a turn with a prompt").source = PromptSource::Plan;
    let linked = linked(
        vec![planning, session("carrying", vec![carried_out])],
        &commit(10, "Discounts", &[("src/price.py", TOTAL)]),
    );
    let ids: Vec<(&str, u32)> = linked.contributions.iter().map(|one| (one.session.as_str(), one.lines)).collect();
    assert_eq!(ids, [("carrying", 3), ("planning", 0)]);
    let planning = &linked.contributions[1];
    assert_eq!(planning.evidence, [Evidence::Plan { carried_out_by: "carrying".into() }]);
    let words: Vec<&str> = planning.prompts.iter().map(|prompt| prompt.text.expose()).collect();
    assert_eq!(words, ["We need discounts, how would you do it?"]);
    assert_eq!(planning.attempts[0].why.as_ref().map(|why| why.expose()), Some("Keep prices integers"));
    assert_eq!(planning.checks, []);
}

#[test]
fn a_plan_that_names_its_transcript_names_the_session() {
    let planning =
        session("0cf3db51-1c73-43bb-8d05-dc02739514a5", vec![turn(2, "How would you add discounts?", vec![])]);
    let words = "Implement the following plan:\n\nAdd a discount.\n\nIf you need specific details from before exiting plan mode, \
                 read the full transcript at: \
                 /home/a/.claude/projects/shop/0cf3db51-1c73-43bb-8d05-dc02739514a5.jsonl";
    let mut carried_out = turn(5, words, wrote_total(6));
    carried_out.prompt.as_mut().expect("a turn with a prompt").source = PromptSource::Plan;
    let linked = linked(
        vec![planning, session("carrying", vec![carried_out])],
        &commit(10, "Discounts", &[("src/price.py", TOTAL)]),
    );
    assert_eq!(linked.contributions[1].prompts[0].text.expose(), "How would you add discounts?");
    // Nobody typed the sentence that names it.
    let plan = "Implement the following plan:\n\nAdd a discount.";
    assert_eq!(linked.contributions[0].prompts[0].text.expose(), plan);
}

#[test]
fn the_session_that_wrote_the_file_of_a_plan_is_named_where_the_file_is_named_soon_after() {
    let written = |at: i64, path: &str| {
        let write = edit(at, path, "", "# Discounts\ntotal() takes one in cents", done(""));
        session("planning", vec![turn(at - 1, "How would you add discounts?", vec![write])])
    };
    let named_by = |words: &str, planning: Session| {
        let carried_out = vec![
            turn(5, words, vec![]),
            turn(6, "go", vec![edit(7, "a.py", "", "x = 1", done(""))]),
            turn(8, "on", wrote_total(9)),
        ];
        let sessions = vec![planning, session("carrying", carried_out)];
        let linked = linked(sessions, &commit(10, "Discounts", &[("src/price.py", TOTAL)]));
        linked.contributions.into_iter().map(|one| one.session).collect::<Vec<String>>()
    };
    let plan = "docs/plans/discounts.md";
    assert_eq!(
        named_by("Look at @docs/plans/discounts.md, what is missing?", written(2, plan)),
        ["carrying", "planning"]
    );
    assert_eq!(
        named_by("Carry out `/home/a/shop/docs/plans/discounts.md`.", written(2, plan)),
        ["carrying", "planning"]
    );
    assert_eq!(named_by("Look at docs/plans/discounts.md", written(-300, plan)), ["carrying"]);
    assert_eq!(named_by("Look at docs/plans/other.md", written(2, plan)), ["carrying"]);
    assert_eq!(named_by("Look at docs/explanation.md", written(2, "docs/explanation.md")), ["carrying"]);
}

#[test]
fn a_plan_is_behind_the_first_commit_after_it_whatever_lies_between_and_not_behind_the_next() {
    let plan = "# Plan: discounts\n1. total() takes a discount in cents\n2. it is taken off the subtotal\n\
                3. prices stay integers\n4. add a test of no discount";
    let planning =
        session("planning", vec![turn(1, "Discounts?", vec![edit(2, ".claude/plans/otter.md", "", plan, done(""))])]);
    let mut handed_on = turn(5, plan, vec![edit(6, "src/cart.py", "", "class Basket: items", done(""))]);
    handed_on.prompt.as_mut().expect("a turn with a prompt").source = PromptSource::Plan;
    let commits = turn(7, "commit this", vec![shell(7, "git commit -m Basket", done("[main 9d8e7f6] Basket"))]);
    let prices = || turn(8, "now the prices", wrote_total(9));
    for (name, turns, claims) in [
        ("the first commit", vec![handed_on.clone(), prices()], 2),
        ("the next commit", vec![handed_on.clone(), commits.clone(), prices()], 1),
    ] {
        let sessions = vec![planning.clone(), session("carrying", turns)];
        let linked = linked(sessions, &commit(10, "Discounts", &[("src/price.py", TOTAL)]));
        assert_eq!(linked.contributions.len(), claims, "{name}");
    }
}

#[test]
fn a_plan_in_a_hidden_folder_elsewhere_is_no_other_work() {
    let plan = Change::Write { text: Raw::new("# Plan\n\nDiscounts are taken off last.") };
    let plan = Action::Edit(vec![Edit { path: "/home/a/.agent/plans/discounts.md".into(), change: plan }]);
    let turns = vec![
        turn(1, "Plan the discounts", vec![call(2, "Write", plan, done(""))]),
        turn(3, "Take the whole discount off", wrote_total(4)),
    ];
    let linked = linked(vec![session("one", turns)], &commit(10, "Discounts", &[("src/price.py", TOTAL)]));
    assert_eq!(said(&linked)[0], ("Plan the discounts", PromptRole::Request));
}

#[test]
fn code_of_a_plan_names_who_made_it_though_others_wrote_lines_in_between() {
    let planned = |line: usize| format!("    step_{line} = shop.prepare_step_{line}(previous)");
    let plan: String = (0..12).map(|line| planned(line) + "\n").collect();
    let others = |line: usize| format!("    if step_{line}_failed_with_an_error_of_the_shop(): undo_step({line})");
    let carried_out: String =
        (0..600).map(|line| if line % 2 == 0 && line < 24 { planned(line / 2) } else { others(line) } + "\n").collect();
    let change = commit(0, "Carry it out", &[("src/steps.py", &carried_out)]);
    let hours = 60;
    for (name, path, age, expected) in [
        ("a plan of yesterday", "docs/architecture/steps.md", 17 * hours, 1),
        ("an old document", "docs/architecture/steps.md", 10 * 24 * hours, 0),
        ("code elsewhere", "lib/other.py", 17 * hours, 0),
    ] {
        let one = session("one", vec![turn(-age - 1, "Write a plan", vec![edit(-age, path, "", &plan, done(""))])]);
        let linked = link(&change, &Library::new(vec![one]), &Hints::default());
        let sure = linked.contributions.iter().filter(|one| one.confidence != Confidence::Overlap).count();
        assert_eq!(sure, expected, "{name}: {:?}", linked.contributions);
    }
}

#[test]
fn what_a_planning_session_was_asked_for_before_its_last_commit_is_not_told() {
    let id = "0cf3db51-1c73-43bb-8d05-dc02739514a5";
    let earlier = turn(0, "Rename the cart", vec![edit(1, "src/cart.py", "", "class Basket: items", done(""))]);
    let commits = turn(2, "commit it", vec![shell(3, "git commit -m 'Rename the cart'", done(""))]);
    let handed_on = || {
        let words = format!("Implement the following plan:\n\nAdd a discount.\n\nIf you need details, read {id}.jsonl");
        let mut turn = turn(7, &words, wrote_total(8));
        turn.prompt.as_mut().expect("a turn with a prompt").source = PromptSource::Plan;
        turn
    };
    let committed = shell(4, "git commit -m 'Plan discounts'", done(""));
    let plans = turn(2, "plan discounts and commit that", vec![edit(3, "plan.md", "", "Add one", done("")), committed]);
    for (committing, behind, expected) in [
        (&commits, None, vec![]),
        (&commits, Some("How would you add discounts?"), vec!["How would you add discounts?"]),
        (&plans, None, vec!["plan discounts and commit that"]),
    ] {
        let mut turns = vec![earlier.clone(), committing.clone()];
        turns.extend(behind.map(|words| turn(5, words, vec![])));
        let sessions = vec![session(id, turns), session("carrying", vec![handed_on()])];
        let linked = linked(sessions, &commit(10, "Discounts", &[("src/price.py", TOTAL)]));
        let planning = linked.contributions.iter().find(|one| one.session == id).expect("the session that planned");
        let words: Vec<&str> = planning.prompts.iter().map(|prompt| prompt.text.expose()).collect();
        assert_eq!(words, expected);
    }
}
