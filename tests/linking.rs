//! What the linker makes of small sessions and commits: which session, which lines, which prompts, what failed, what was
//! corrected, what was checked.

use std::path::PathBuf;

use backstory::link::fingerprint::Fingerprint;
use backstory::link::library::Library;
use backstory::link::{Hints, Linked, link, name};
use backstory::record::agent::Agent;
use backstory::record::commit::{ChangeKind, Commit, FileChange, Hunk, Person};
use backstory::record::contribution::{
    AttemptEnd, AttemptKind, CheckResult, CheckedBy, Confidence, CorrectionForm, Evidence, PromptRole,
};
use backstory::record::session::{
    Action, Change, Edit, FailureKind, Outcome, Prompt, PromptSource, Session, Tokens, Told, ToolCall, Turn,
};
use backstory::record::text::Raw;
use jiff::{SignedDuration, Timestamp};

/// So many minutes after the beginning of the story.
fn minute(minutes: i64) -> Timestamp {
    let begin: Timestamp = "2026-03-02T09:00:00Z".parse().expect("a time as RFC 3339 writes it");
    begin + SignedDuration::from_mins(minutes)
}

fn done(output: &str) -> Outcome {
    Outcome::Succeeded { output: Raw::new(output), commit: None }
}

fn call(at: i64, tool: &str, action: Action, outcome: Outcome) -> ToolCall {
    let at = Some(minute(at));
    ToolCall { id: String::new(), at, ended_at: at, tool: tool.into(), action, outcome, subagent: false }
}

fn edit(at: i64, path: &str, before: &str, after: &str, outcome: Outcome) -> ToolCall {
    let change = Change::Replace { before: Raw::new(before), after: Raw::new(after), everywhere: false };
    call(at, "Edit", Action::Edit(vec![Edit { path: format!("/home/a/shop/{path}"), change }]), outcome)
}

fn shell(at: i64, command: &str, outcome: Outcome) -> ToolCall {
    call(at, "Bash", Action::Shell { command: Raw::new(command), cwd: None }, outcome)
}

fn turn(at: i64, words: &str, calls: Vec<ToolCall>) -> Turn {
    let prompt = Prompt { at: Some(minute(at)), text: Raw::new(words), source: PromptSource::Typed, id: None };
    Turn { prompt: Some(prompt), calls, ..Turn::default() }
}

fn session(id: &str, turns: Vec<Turn>) -> Session {
    let times = turns.iter().flat_map(|turn| {
        turn.prompt.iter().filter_map(|prompt| prompt.at).chain(turn.calls.iter().filter_map(|call| call.at))
    });
    let (started_at, ended_at) = (times.clone().min(), times.max());
    Session {
        agent: Agent::known("claude-code"),
        agent_versions: vec!["2.1.42".into()],
        id: id.into(),
        other_ids: Vec::new(),
        path: PathBuf::from(format!("{id}.jsonl")),
        cwds: vec!["/home/a/shop".into()],
        branch: None,
        head: None,
        started_at,
        ended_at,
        models: vec!["claude-opus-4-6".into()],
        turns,
        tokens: Tokens::default(),
        skipped: Vec::new(),
        context: Vec::new(),
        told: Told::default(),
    }
}

/// A commit that adds `lines` to each file.
fn commit(at: i64, subject: &str, files: &[(&str, &str)]) -> Commit {
    let file = |(path, lines): &(&str, &str)| FileChange {
        path: (*path).into(),
        old_path: None,
        kind: ChangeKind::Modified,
        hunks: vec![Hunk {
            old_start: 1,
            new_start: 1,
            removed: Vec::new(),
            added: lines.lines().map(Raw::new).collect(),
            repeated: Vec::new(),
        }],
    };
    Commit {
        id: Some("1a2b3c4d".repeat(5)),
        parents: Vec::new(),
        trees: None,
        author: Person::default(),
        authored_at: minute(at),
        committed_at: minute(at),
        message: Raw::new(subject),
        files: files.iter().map(file).collect(),
    }
}

/// Links, and shows with every case that sessions without a trace of the commit could have been left out.
fn linked(sessions: Vec<Session>, commit: &Commit) -> Linked {
    let can_matter = sessions.iter().any(|session| meets(session, commit) || edits_a_file_of(session, commit));
    let library = Library::new(sessions);
    let linked = link(commit, &library, &Hints::default());
    assert!(can_matter || linked.contributions.is_empty(), "{linked:?}");
    // Who only wants names gets the same ones.
    let who = |linked: &Linked| -> Vec<(String, Confidence, u32)> {
        linked.contributions.iter().map(|one| (one.session.clone(), one.confidence, one.lines)).collect()
    };
    assert_eq!(who(&linked), who(&name(commit, &library, &Hints::default())));
    linked
}

fn meets(session: &Session, commit: &Commit) -> bool {
    let fingerprint = Fingerprint::of_session(session.clone());
    fingerprint.is_open || Fingerprint::of_commit(commit).meets(&fingerprint.to_bytes())
}

fn edits_a_file_of(session: &Session, commit: &Commit) -> bool {
    let mut edited = session.turns.iter().flat_map(|turn| &turn.calls).flat_map(|call| match &call.action {
        Action::Edit(edits) => edits.as_slice(),
        _ => &[],
    });
    let name = |path: &str| path.rsplit(['/', '\\']).next().map(str::to_owned);
    edited.any(|edit| commit.files.iter().any(|file| name(&file.path) == name(&edit.path)))
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

const TOTAL: &str = "def total(prices, discount=0):\n    subtotal = sum(prices)\n    return subtotal - discount";

fn wrote_total(at: i64) -> Vec<ToolCall> {
    vec![edit(at, "src/price.py", "", TOTAL, done(""))]
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
fn a_session_that_printed_the_commits_id_states_it() {
    let mut calls = wrote_total(6);
    calls.push(shell(9, "git commit -am Discounts", done("[main 1a2b3c4] Discounts\n 1 file changed")));
    let linked = linked(
        vec![session("one", vec![turn(5, "Add a discount", calls)])],
        &commit(10, "Discounts", &[("src/price.py", TOTAL)]),
    );
    assert_eq!(linked.contributions[0].confidence, Confidence::Stated);
}

#[test]
fn who_only_rebased_a_commit_that_was_there_before_is_not_named() {
    let made = |at: i64| shell(at, "git rebase --continue", done("[detached HEAD 1a2b3c4] Discounts"));
    for (begun, claims) in [(5, 1), (30, 0)] {
        let one = session("one", vec![turn(begun, "Bring it up to date", vec![made(40)])]);
        let mut commit = commit(10, "Discounts", &[("src/price.py", TOTAL)]);
        commit.committed_at = minute(40);
        assert_eq!(linked(vec![one], &commit).contributions.len(), claims);
    }
}

#[test]
fn a_few_lines_of_an_amend_are_no_chance_however_large_the_commit_is() {
    let large: String = (0..200).map(|i| format!("table_{i}(entry_{i})\n")).collect();
    let first = session("first", vec![turn(1, "Add tables", vec![edit(2, "src/price.py", "", &large, done(""))])]);
    let second =
        |at: i64| session("second", vec![turn(at, "Check them", vec![edit(at, "src/price.py", "", TOTAL, done(""))])]);
    for (written, committed, sessions) in
        [(15, 20, &["first", "second"][..]), (15, 10, &["first"][..]), (4, 20, &["first"][..])]
    {
        let mut commit = commit(10, "Tables", &[("src/price.py", &(large.clone() + TOTAL))]);
        commit.committed_at = minute(committed);
        let linked = linked(vec![first.clone(), second(written)], &commit);
        let ids: Vec<&str> = linked.contributions.iter().map(|one| one.session.as_str()).collect();
        assert_eq!(ids, sessions, "written at {written}, committed at {committed}");
    }
}

#[test]
fn the_same_file_says_nothing_of_a_commit_of_blank_lines_and_brackets() {
    let one = || session("one", vec![turn(5, "Clean up", vec![edit(6, "src/price.py", "", "cents = 100", done(""))])]);
    for (lines, claims) in [("\n}\n", 0), ("by_hand = True", 1)] {
        let linked = linked(vec![one()], &commit(10, "fmt", &[("src/price.py", lines)]));
        assert_eq!(linked.contributions.len(), claims);
    }
}

#[test]
fn a_command_that_holds_the_subject_while_the_commit_is_made_states_it_without_an_output() {
    let change = commit(10, "Add the total of a cart", &[("src/price.py", TOTAL)]);
    let how = |at, command: &str, output: &str| {
        let one = session("one", vec![turn(5, "Commit it", vec![shell(at, command, done(output))])]);
        linked(vec![one], &change).contributions.first().map(|one| one.confidence)
    };
    let heredoc = "git commit -q -F - <<'EOF'\nAdd the total of a cart\n\nWith a discount.\nEOF";
    assert_eq!(how(10, heredoc, ""), Some(Confidence::Stated));
    assert_eq!(how(8, "rtk git commit -m 'Add the total of a cart'", "ok"), None, "it had ended two minutes before");
    assert_eq!(how(10, "rtk git commit -m 'Add the total of a cart'", "ok"), Some(Confidence::Stated));
    assert_eq!(how(10, "git commit -qm 'Add the total of a cart and a test'", ""), None);
    assert_eq!(how(40, heredoc, ""), None, "the same words half an hour later");
}

#[test]
fn a_commit_before_a_push_that_fails_is_stated() {
    let failed = Outcome::Failed {
        kind: FailureKind::Command,
        exit_code: Some(1),
        output: Raw::new("[main 1a2b3c4] Discounts\n ! [rejected] main -> main"),
    };
    let one = session("one", vec![turn(5, "Push it", vec![shell(10, "git commit -F note && git push", failed)])]);
    let linked = linked(vec![one], &commit(10, "Discounts", &[("src/price.py", TOTAL)]));
    assert_eq!(linked.contributions[0].evidence[0], Evidence::CommitOutput { printed: "1a2b3c4".into() });
}

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
    commit.files[1].kind = ChangeKind::Added;
    let linked = link(&commit, &Library::new(vec![session("one", turns)]), &hints);
    let prompts: Vec<&str> = linked.contributions[0].prompts.iter().map(|prompt| prompt.text.expose()).collect();
    assert_eq!(prompts, ["Write the rounding", "Add a discount"]);
}

#[test]
fn a_refused_edit_is_a_failed_attempt_with_the_persons_reason_and_a_correction() {
    let refused = Outcome::Rejected { reason: Some(Raw::new("the discount must be a parameter")) };
    let calls = vec![
        edit(6, "src/price.py", "", "DISCOUNT = 10\nreturn sum(prices) - DISCOUNT", refused),
        edit(7, "src/price.py", "", TOTAL, done("")),
    ];
    let linked = linked(
        vec![session("one", vec![turn(5, "Add a discount", calls)])],
        &commit(10, "Discounts", &[("src/price.py", TOTAL)]),
    );
    let one = &linked.contributions[0];
    assert_eq!(one.attempts[0].kind, AttemptKind::Rejected);
    assert_eq!(one.attempts[0].why.as_ref().map(Raw::expose), Some("the discount must be a parameter"));
    assert_eq!(one.attempts[0].change.as_ref().map(Raw::expose), Some("price.py: def total(prices, discount=0):"));
    assert_eq!(one.corrections[0].form, CorrectionForm::Directed);
    assert_eq!(one.corrections[0].words.as_ref().map(Raw::expose), Some("the discount must be a parameter"));
}

#[test]
fn one_failure_retried_is_one_attempt_with_its_tries_and_its_end() {
    let failed = || Outcome::Failed {
        kind: FailureKind::Tests,
        exit_code: Some(1),
        output: Raw::new("1 failed, 3 passed in 0.1s"),
    };
    let mut calls = wrote_total(6);
    calls.push(shell(7, "pytest -q", failed()));
    calls.push(shell(8, "pytest -q", failed()));
    calls.push(edit(9, "src/price.py", "x", "    rounded = round(subtotal, 2)", done("")));
    calls.push(shell(10, "pytest -q", done("4 passed in 0.1s")));
    let linked = linked(
        vec![session("one", vec![turn(5, "Add a discount", calls)])],
        &commit(12, "Discounts", &[("src/price.py", TOTAL)]),
    );
    let one = &linked.contributions[0];
    let attempts: Vec<_> = one.attempts.iter().map(|attempt| (attempt.kind, attempt.tries, attempt.ended)).collect();
    assert_eq!(attempts, [(AttemptKind::Failed(FailureKind::Tests), 2, Some(AttemptEnd::PassedAfterChange))]);
    assert_eq!((one.checks.len(), one.checks[0].result, one.checks[0].after_last_edit), (1, CheckResult::Passed, true));
}

#[test]
fn a_failure_behind_a_pipe_is_found_and_what_changed_after_the_last_green_run_is_named() {
    let mut calls =
        vec![shell(5, "pytest -q 2>&1 | tail -3", done("FAILED test_price.py::test_total\n1 failed in 0.1s"))];
    calls.push(shell(6, "pytest -q", done("4 passed in 0.1s")));
    calls.extend(wrote_total(7));
    let linked = linked(
        vec![session("one", vec![turn(4, "Add a discount", calls)])],
        &commit(12, "Discounts", &[("src/price.py", TOTAL)]),
    );
    let one = &linked.contributions[0];
    assert_eq!((one.attempts.len(), one.attempts[0].hidden), (1, true));
    assert_eq!(one.changed_after_check, ["src/price.py"]);
}

#[test]
fn a_check_that_runs_on_or_was_not_allowed_to_run_did_not_pass() {
    let denied = Outcome::Failed {
        kind: FailureKind::Permission,
        exit_code: None,
        output: Raw::new("exec_command failed: Sandbox(Denied)"),
    };
    let runs_on = Outcome::Running { output: Raw::new("ok  \tshop/price\t0.1s") };
    let calls = vec![shell(2, "go vet ./...", denied), shell(3, "go test ./...", runs_on)];
    let session = session("one", vec![turn(0, "Add a discount", [wrote_total(1), calls].concat())]);
    let linked = linked(vec![session], &commit(5, "Discounts", &[("src/price.py", TOTAL)]));
    let contribution = &linked.contributions[0];
    let checks: Vec<_> = contribution.checks.iter().map(|check| check.result).collect();
    assert_eq!((checks, contribution.attempts.len()), (vec![CheckResult::NotSeen], 0));
}

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
    let linked = linked(
        vec![session("one", vec![turn(5, "Add a discount", wrote_total(6))])],
        &commit(10, "Discounts", &[("src/price.py", &text)]),
    );
    assert_eq!((linked.lines.formatter, linked.lines.corrected), (1, 0));
    assert!(linked.contributions[0].corrections.is_empty());
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

/// A commit that replaces the lines `before` of a file by `after`.
fn changing(at: i64, path: &str, before: &str, after: &str) -> Commit {
    let mut commit = commit(at, "Change prices", &[(path, after)]);
    commit.files[0].hunks[0].removed = before.lines().map(Raw::new).collect();
    commit
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
    let words = "Implement the following plan:\n\nAdd a discount.\n\nIf you need details, read the full transcript at: \
                 /home/a/.claude/projects/shop/0cf3db51-1c73-43bb-8d05-dc02739514a5.jsonl";
    let mut carried_out = turn(5, words, wrote_total(6));
    carried_out.prompt.as_mut().expect("a turn with a prompt").source = PromptSource::Plan;
    let linked = linked(
        vec![planning, session("carrying", vec![carried_out])],
        &commit(10, "Discounts", &[("src/price.py", TOTAL)]),
    );
    assert_eq!(linked.contributions[1].prompts[0].text.expose(), "How would you add discounts?");
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
    for (turns, claims) in
        [(vec![handed_on.clone(), prices()], 2), (vec![handed_on.clone(), commits.clone(), prices()], 1)]
    {
        let sessions = vec![planning.clone(), session("carrying", turns)];
        let linked = linked(sessions, &commit(10, "Discounts", &[("src/price.py", TOTAL)]));
        assert_eq!(linked.contributions.len(), claims);
    }
}

#[test]
fn code_in_a_comment_or_in_a_task_for_a_subagent_shows_where_the_lines_come_from() {
    let comment = Action::Text { text: Raw::new(format!("## Plan\n\n```python\n{TOTAL}\n```")) };
    let task = Action::Delegate { prompt: Raw::new(format!("Write this into src/price.py:\n{TOTAL}")) };
    for (tool, action) in [("mcp__tracker__create_comment", comment), ("Task", task)] {
        let one = session("one", vec![turn(5, "Plan the discount", vec![call(6, tool, action, done(""))])]);
        let linked = linked(vec![one], &commit(10, "Discounts", &[("src/price.py", TOTAL)]));
        assert_eq!(linked.contributions[0].evidence.last(), Some(&Evidence::Text { found: 3 }));
        assert_eq!(linked.lines.agent, 3);
    }
}

#[test]
fn a_commit_that_only_formats_lines_of_the_agent_is_linked_and_they_are_the_formatters() {
    let wrote = "{'video', false}, // ends in o\n{'signal_data', false}, // ends in a";
    let formatted = "{\"video\",       false}, // ends in o\n{\"signal_data\", false}, // ends in a";
    let one = session("one", vec![turn(5, "Add cases", vec![edit(6, "src/price.py", "", wrote, done(""))])]);
    let linked = linked(vec![one.clone()], &changing(10, "src/price.py", wrote, formatted));
    assert_eq!(linked.contributions[0].confidence, Confidence::Content);
    assert_eq!((linked.lines.formatter, linked.lines.corrected), (2, 0));
    assert_eq!(linked.contributions[0].corrections, []);
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
    assert_eq!((claimed, linked.lines.formatter, linked.lines.unknown), (0, 1, 2));
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
    for (turns, lines) in [(vec![wrote.clone()], 3), (vec![wrote.clone(), commits], 0)] {
        assert_eq!(linked(vec![session("one", turns)], &moved).lines.agent, lines);
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
        assert_eq!(sure.count(), claims);
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
            PromptRole::Request,
            PromptRole::Refinement,
            PromptRole::Refinement,
            PromptRole::Refinement,
            PromptRole::Redirection
        ]
    );
}

#[test]
fn who_stops_a_command_says_how_to_go_on_and_corrects_no_line() {
    let mut stopped = turn(5, "Add a discount", wrote_total(6));
    stopped.calls.push(shell(7, "git push", Outcome::Interrupted));
    let turns = vec![
        stopped,
        turn(8, "let's push it later", vec![edit(9, "src/price.py", "", "cents = round(total)", done(""))]),
    ];
    let lines = format!("{TOTAL}\ncents = round(total)");
    let linked = linked(vec![session("one", turns)], &commit(20, "Discounts", &[("src/price.py", &lines)]));
    assert_eq!(linked.contributions[0].corrections, []);
}

#[test]
fn words_after_a_refused_edit_say_what_was_wrong_with_it() {
    let refused = Outcome::Rejected { reason: None };
    let turns = vec![
        turn(5, "Add a discount", vec![edit(6, "src/price.py", "", "return subtotal - 10 * 100", refused)]),
        turn(7, "Take it as a parameter", wrote_total(8)),
    ];
    let linked = linked(vec![session("one", turns)], &commit(20, "Discounts", &[("src/price.py", TOTAL)]));
    let one = &linked.contributions[0];
    assert_eq!(one.attempts[0].why.as_ref().map(|why| why.expose()), Some("Take it as a parameter"));
    let corrections: Vec<_> = one
        .corrections
        .iter()
        .map(|one| (one.form, one.words.as_ref().map(Raw::expose), one.before.as_ref().map(Raw::expose)))
        .collect();
    let expected = (CorrectionForm::Directed, Some("Take it as a parameter"), Some("return subtotal - 10 * 100"));
    assert_eq!(corrections, [expected]);
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

/// The prompts of the first contribution, each with its role.
fn said(linked: &Linked) -> Vec<(&str, PromptRole)> {
    linked.contributions[0].prompts.iter().map(|prompt| (prompt.text.expose(), prompt.role)).collect()
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
fn a_few_words_after_a_stop_go_on_with_what_was_stopped() {
    let mut stopped = turn(1, "Add a discount", vec![]);
    stopped.interrupts = vec![Some(minute(2))];
    let turns = vec![stopped, turn(20, "still there?", wrote_total(21))];
    let hints = Hints { since: Some(minute(10)), ..Hints::default() };
    let library = Library::new(vec![session("one", turns)]);
    let linked = link(&commit(30, "Discounts", &[("src/price.py", TOTAL)]), &library, &hints);
    assert_eq!(said(&linked)[0], ("Add a discount", PromptRole::Request));
    assert_eq!(linked.contributions[0].attempts[0].kind, AttemptKind::Interrupted);
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
fn a_commit_that_its_hook_stopped_is_a_failed_attempt_and_what_the_hook_let_pass_is_a_check() {
    let stopped = Outcome::Failed {
        kind: FailureKind::Command,
        exit_code: Some(1),
        output: Raw::new("$ tsc --noEmit\n$ eslint src\nerror: script \"lint\" exited with code 1"),
    };
    let passed = done("$ tsc --noEmit\n$ eslint src\n[main 1a2b3c4] Discounts");
    let calls =
        [wrote_total(6), vec![shell(7, "git commit -m x", stopped), shell(10, "git commit -m Discounts", passed)]];
    let linked = linked(
        vec![session("one", vec![turn(5, "Add a discount", calls.concat())])],
        &commit(10, "Discounts", &[("src/price.py", TOTAL)]),
    );
    let one = &linked.contributions[0];
    let attempt = &one.attempts[0];
    assert_eq!(
        (attempt.kind, attempt.ended),
        (AttemptKind::Failed(FailureKind::Lint), Some(AttemptEnd::PassedUnchanged))
    );
    let checks: Vec<_> = one.checks.iter().map(|one| (one.command.expose(), one.result, one.by)).collect();
    let by = CheckedBy::CommitHook;
    assert_eq!(checks, [("tsc --noEmit", CheckResult::Passed, by), ("eslint src", CheckResult::Passed, by)]);
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

fn write(at: i64, path: &str, text: &str) -> ToolCall {
    let change = Change::Write { text: Raw::new(text) };
    call(at, "Write", Action::Edit(vec![Edit { path: format!("/home/a/shop/{path}"), change }]), done(""))
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

fn own_trailer(session: &str) -> Hints {
    Hints { named: vec![("Backstory-Session".to_owned(), session.to_owned())], ..Hints::default() }
}

#[test]
fn our_own_trailer_states_nothing_and_what_it_was_written_for_is_the_evidence() {
    const FORMATTED: &str = "def total(prices, discount=0):;\n  subtotal = sum( prices );\n  return subtotal-discount;";
    const BROKEN: &str = "def total(\n    prices,\n    discount=0,\n):\n    subtotal = sum(\n        prices\n    )\n    return (\n        subtotal - discount\n    )";
    let made = |text: &str| {
        let library = Library::new(vec![session("one", vec![turn(5, "Add a discount", wrote_total(6))])]);
        let change = commit(10, "Discounts", &[("src/price.py", text)]);
        [Hints::default(), own_trailer("one")].map(|hints| {
            let linked = link(&change, &library, &hints);
            let one = |one: &backstory::record::contribution::Contribution<Raw>| (one.confidence, one.lines);
            (linked.contributions.iter().map(one).collect::<Vec<_>>(), linked.lines.agent, linked.lines.formatter)
        })
    };
    let one = |lines| vec![(Confidence::Content, lines)];
    for (name, text, expected) in [
        ("as written", TOTAL, (one(3), 3, 0)),
        ("with other blanks and ends", FORMATTED, (one(3), 0, 3)),
        ("broken into more lines", BROKEN, (one(6), 0, 9)),
    ] {
        assert_eq!(made(text), [expected.clone(), expected], "{name}");
    }
    // A message that was copied (`git commit -C`) names a session that had no part in it.
    let [without, copied] = made("nothing = 'of it'\nand_more = 'of that'");
    assert_eq!(without, copied);
    assert!(!copied.0.iter().any(|(confidence, _)| *confidence != Confidence::Overlap), "{copied:?}");
}

#[test]
fn what_only_takes_lines_away_is_not_stated_by_our_own_trailer_either() {
    let took = edit(6, "src/price.py", TOTAL, "", done(""));
    let library = Library::new(vec![session("one", vec![turn(5, "Drop it", vec![took])])]);
    let mut change = commit(10, "Drop the total", &[("src/price.py", "")]);
    change.files[0].hunks[0].removed = TOTAL.lines().map(Raw::new).collect();
    for hints in [Hints::default(), own_trailer("one")] {
        let linked = link(&change, &library, &hints);
        assert_eq!(linked.contributions[0].confidence, Confidence::Content);
        assert!(matches!(linked.contributions[0].evidence[0], Evidence::Removed { found: 3, of: 3 }), "{linked:?}");
    }
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
fn a_line_that_is_a_part_of_the_agents_line_is_not_a_formatters() {
    for (wrote, text, formatter) in [
        ("MAX_RETRIES = 30", "MAX_RETRIES = 3", 0),
        ("say('no where to go')", "say('nowhere to go')", 0),
        ("total = sum(prices, rate)", "total = sum(\n    prices,\n    rate\n)", 4),
    ] {
        let mine = format!("keep_this = first_line()\n{wrote}\nand_this = last_line()");
        let committed = mine.replace(wrote, text);
        let one = session("one", vec![turn(5, "Write it", vec![edit(6, "src/price.py", "", &mine, done(""))])]);
        let linked = linked(vec![one], &commit(10, "Prices", &[("src/price.py", &committed)]));
        assert_eq!(linked.lines.formatter, formatter, "{text}: {:?}", linked.lines);
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
fn what_nobody_is_known_to_have_removed_is_named() {
    let (kept, gone) = ("def kept_function(argument):", "def gone_function(argument):");
    let wrote = |path: &str, text: &str| write(6, path, text);
    let added = |path: &str, text: &str| {
        let mut change = commit(10, "Discounts", &[(path, text)]);
        change.files[0].kind = ChangeKind::Added;
        change
    };
    let without = |mut change: Commit, path: &str, kind: ChangeKind| {
        let (path, old_path, hunks) = (path.to_owned(), None, Vec::new());
        change.files.push(FileChange { path, old_path, kind, hunks });
        change
    };
    let both = format!("{kept}\n{gone}");
    let deleted = |path: &str| without(added("a.py", kept), path, ChangeKind::Deleted);
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
            without(added("a.py", kept), "logo.png", ChangeKind::Binary),
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
