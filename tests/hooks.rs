//! The hooks as git runs them, with sessions of agents in the home folder: every way to make a commit, what the message
//! gets and what the record says.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use std::fs;

use serde_json::Value;
use support::agents::{
    CART, CLAUDE_ID, CODEX_HELPER_ID, CODEX_ID, COPILOT_HELPER_ID, COPILOT_ID, TAX, claude, claude_folder, codex,
    codex_helper, copilot,
};
use support::{Sandbox, run};

/// An editor that leaves nothing of the message; git adds the file's name.
const EMPTIES: &str = "cp /dev/null";

/// `agent/session confidence lines` of each contribution.
fn contributions(record: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let one = |one: &Value| {
        format!("{}/{} {} {}", text(&one["agent"]), text(&one["session"]), text(&one["confidence"]), one["lines"])
    };
    record["contributions"].as_array().unwrap().iter().map(one).collect()
}

fn cart() -> String {
    format!("claude-code/{CLAUDE_ID} content 4")
}

fn tax() -> String {
    format!("codex/{CODEX_ID} content 4")
}

/// Claude Code's session, its file written and added.
fn with_cart() -> Sandbox {
    let sandbox = Sandbox::ready();
    claude(&sandbox);
    sandbox.write("cart.py", CART);
    sandbox.git(&["add", "cart.py"]);
    sandbox
}

/// The same, committed.
fn committed() -> Sandbox {
    let sandbox = with_cart();
    sandbox.git(&["commit", "-q", "-m", "Add a discount"]);
    sandbox
}

fn trailers() -> String {
    format!("Assisted-by: Claude Code (claude-test-1)\nBackstory-Session: claude-code/{CLAUDE_ID}")
}

#[test]
fn a_commit_gets_two_trailers_in_the_block_that_is_there_and_a_record() {
    let sandbox = with_cart();
    let ran = sandbox.try_git(&["commit", "-q", "-s", "-m", "Add a discount", "-m", "In percent."]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert_eq!(
        sandbox.message("HEAD"),
        format!("Add a discount\n\nIn percent.\n\nSigned-off-by: Test <test@example.invalid>\n{}", trailers())
    );
    let record = sandbox.record("HEAD");
    assert_eq!(contributions(&record), [cart()]);
    let one = &record["contributions"][0];
    let prompts: Vec<&str> = one["prompts"].as_array().unwrap().iter().map(|p| p["text"].as_str().unwrap()).collect();
    assert_eq!(prompts, ["Add a percentage discount to the cart", "No, the rate is in percent: divide by 100"]);
    assert_eq!(one["prompts"][1]["role"], "redirection");
    assert!(one["attempts"][0]["error"].as_str().unwrap().contains("assert -900 == 90"), "{one}");
    assert_eq!(one["checks"][0]["result"], "passed");
    assert_eq!((&record["lines"]["added"], &record["lines"]["agent"]), (&4.into(), &4.into()));
    assert_eq!(record["files"][0]["path"], "cart.py");
    assert!(sandbox.backstory(&["show"]).good().contains("divide by 100"));
}

#[test]
fn what_does_not_look_like_an_id_or_a_model_stays_out_of_the_message() {
    let token = format!("ghp_{}", "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3z5C");
    let of_session = |from: &str, to: &str| {
        let sandbox = Sandbox::ready();
        let path = claude(&sandbox);
        fs::write(&path, fs::read_to_string(&path).unwrap().replace(from, to)).unwrap();
        sandbox.write("cart.py", CART);
        sandbox.git(&["add", "cart.py"]);
        sandbox.git(&["commit", "-q", "-m", "Cart"]);
        let listed = sandbox.backstory(&["sessions", "--json"]).good();
        (sandbox.message("HEAD"), sandbox.note("HEAD").unwrap(), listed)
    };
    let id = format!("\"sessionId\":\"{CLAUDE_ID}\"");
    let stated = |text: &str| format!("\"sessionId\":\"{text}\"");
    let named = trailers();
    let without = named.lines().next().unwrap();
    for (name, from, to, trailers) in [
        ("nothing", "", String::new(), named.as_str()),
        ("a token for an id", id.as_str(), stated(&token), without),
        ("a long id", id.as_str(), stated(&"a".repeat(5000)), named.as_str()),
        ("an id of several lines", id.as_str(), stated("a\\nSigned-off-by: b"), named.as_str()),
        (
            "a token in a model",
            "claude-test-1",
            format!("proxy-{token}"),
            named.replace(" (claude-test-1)", "").as_str(),
        ),
        ("a token in a branch", "\"gitBranch\":\"main\"", format!("\"gitBranch\":\"x/{token}\""), named.as_str()),
    ] {
        let (message, note, listed) = if from.is_empty() { of_session("\u{1}", "") } else { of_session(from, &to) };
        assert_eq!(message, format!("Cart\n\n{trailers}"), "{name}");
        for (place, text) in [("note", note), ("sessions", listed)] {
            assert!(!text.contains(&token) && !text.contains("aaaaaaaaaa"), "{name}: {place}: {text}");
        }
    }
    for (variable, agent) in [("CLAUDE_CODE_SESSION_ID", "Claude Code"), ("CODEX_THREAD_ID", "Codex")] {
        for id in [token.as_str(), "a b", "a.b:c", "a".repeat(129).as_str()] {
            let sandbox = Sandbox::ready();
            sandbox.write("own.py", "x = 1\n");
            sandbox.git(&["add", "own.py"]);
            sandbox.git_with(&[(variable, id)], &["commit", "-q", "-m", "Own"]).good();
            assert_eq!(sandbox.message("HEAD"), format!("Own\n\nAssisted-by: {agent}"), "{id}");
            assert!(!sandbox.note("HEAD").unwrap_or_default().contains(&token), "{id}");
        }
    }
}

#[test]
fn a_session_of_codex_is_recorded_and_two_agents_share_a_commit() {
    let sandbox = with_cart();
    codex(&sandbox);
    sandbox.write("tax.py", TAX);
    sandbox.git(&["commit", "-q", "-m", "Cart alone"]);
    sandbox.git(&["add", "tax.py"]);
    sandbox.git(&["commit", "-q", "-m", "Tax alone"]);
    assert_eq!(contributions(&sandbox.record("HEAD~")), [cart()]);
    assert_eq!(contributions(&sandbox.record("HEAD")), [tax()]);
    assert!(sandbox.message("HEAD").ends_with(&format!("Backstory-Session: codex/{CODEX_ID}")));
    sandbox.git(&["reset", "-q", "--soft", "HEAD~2"]);
    sandbox.git(&["commit", "-q", "-m", "Both"]);
    let mut both = contributions(&sandbox.record("HEAD"));
    both.sort();
    assert_eq!(both, [cart(), tax()]);
}

#[test]
fn work_without_agents_leaves_message_and_notes_alone() {
    let sandbox = Sandbox::ready();
    sandbox.write("own.py", "x = 1\n");
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "-m", "Mine"]);
    claude(&sandbox);
    codex(&sandbox);
    sandbox.write("own.py", "x = 1\nsomething_of_my_own = 2\nanother_line_of_mine = 3\n");
    sandbox.git(&["commit", "-q", "-a", "-m", "Mine too"]);
    for revision in ["HEAD", "HEAD~"] {
        assert!(!sandbox.message(revision).contains(':'), "{}", sandbox.message(revision));
        assert_eq!(sandbox.note(revision), None);
    }
}

#[test]
fn what_commit_msg_did_not_find_post_commit_looks_for_where_the_commit_is_another() {
    let sandbox = Sandbox::ready();
    claude(&sandbox);
    sandbox.write("own.py", "something_of_my_own = 2\n");
    sandbox.git(&["add", "own.py"]);
    // As if the commit were given up after commit-msg, and another made without it.
    sandbox.write(".git/message", "Mine\n");
    sandbox.backstory(&["hook", "commit-msg", ".git/message"]).good();
    assert!(sandbox.read(".git/backstory/pending").contains("\nnothing "));
    sandbox.write("cart.py", CART);
    sandbox.git(&["add", "cart.py"]);
    sandbox.git(&["commit", "-q", "--no-verify", "-m", "Both"]);
    assert_eq!(contributions(&sandbox.record("HEAD")), [cart()]);
    assert_eq!(sandbox.read(".git/backstory/pending"), format!("was {}", sandbox.git(&["rev-parse", "HEAD"])));
}

#[test]
fn a_result_that_is_read_after_its_call_counts_as_if_both_were_read_at_once() {
    let sandbox = Sandbox::ready();
    claude(&sandbox);
    let transcript = claude_folder(&sandbox).join(format!("{CLAUDE_ID}.jsonl"));
    let whole = fs::read_to_string(&transcript).unwrap();
    // Commits of the person's own in between, each reading one line more.
    fs::write(&transcript, "").unwrap();
    for (number, line) in whole.lines().enumerate() {
        let so_far: String = whole.lines().take(number + 1).map(|line| format!("{line}\n")).collect();
        assert!(so_far.ends_with(&format!("{line}\n")));
        fs::write(&transcript, so_far).unwrap();
        sandbox.write("own.py", &format!("something_of_my_own = {number}\n"));
        sandbox.git(&["add", "own.py"]);
        sandbox.git(&["commit", "-q", "-m", "Mine"]);
    }
    // Under another name, so that only the lines tell whose they are.
    sandbox.write("copied/discount.py", CART);
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "-m", "Copy"]);
    assert_eq!(contributions(&sandbox.record("HEAD")), [cart()]);
}

#[test]
fn an_amended_message_and_amended_content_have_one_record_on_the_new_commit() {
    let sandbox = committed();
    sandbox.git(&["commit", "-q", "--amend", "-m", "Another word"]);
    // Nothing is staged that an agent wrote, and git does not say that it amends: the new message has no trailers.
    assert_eq!(sandbox.message("HEAD"), "Another word");
    assert_eq!(contributions(&sandbox.record("HEAD")), [cart()]);
    codex(&sandbox);
    sandbox.write("tax.py", TAX);
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "--amend", "--no-edit"]);
    let mut both = contributions(&sandbox.record("HEAD"));
    both.sort();
    assert_eq!(both.len(), 2);
    assert!(both[1].starts_with("codex/"), "{both:?}");
    assert_eq!(sandbox.record("HEAD")["lines"]["agent"], 8);
}

#[test]
fn an_amend_keeps_what_only_the_record_still_knows() {
    let sandbox = committed();
    fs::remove_dir_all(sandbox.home.join(".claude")).unwrap();
    sandbox.git(&["commit", "-q", "--amend", "-m", "Another word"]);
    let record = sandbox.record("HEAD");
    assert_eq!(contributions(&record), [cart()]);
    assert_eq!(record["lines"]["agent"], 4);
    let kinds: Vec<&Value> =
        record["contributions"][0]["evidence"].as_array().unwrap().iter().map(|e| &e["kind"]).collect();
    assert!(kinds.contains(&&Value::from("carried")), "{kinds:?}");
}

/// Three commits on `side` that start at the first one; main has one more.
fn to_rebase() -> Sandbox {
    let sandbox = Sandbox::ready();
    claude(&sandbox);
    codex(&sandbox);
    sandbox.git(&["checkout", "-q", "-b", "side"]);
    for (file, text, message) in [("cart.py", CART, "Cart"), ("tax.py", TAX, "Tax"), ("own.py", "x = 1\n", "Own")] {
        sandbox.write(file, text);
        sandbox.git(&["add", "-A"]);
        sandbox.git(&["commit", "-q", "-m", message]);
    }
    sandbox.git(&["checkout", "-q", "main"]);
    sandbox.write("other.txt", "other\n");
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "-m", "Other"]);
    sandbox.git(&["checkout", "-q", "side"]);
    sandbox
}

#[test]
fn a_rebase_takes_the_records_along() {
    for gone in [false, true] {
        let sandbox = to_rebase();
        if gone {
            fs::remove_dir_all(sandbox.home.join(".claude")).unwrap();
            fs::remove_dir_all(sandbox.home.join(".codex")).unwrap();
        }
        let ran = sandbox.try_git(&["rebase", "-q", "main"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert_eq!(contributions(&sandbox.record("side~2")), [cart()], "gone: {gone}");
        assert_eq!(contributions(&sandbox.record("side~1")), [tax()], "gone: {gone}");
        assert_eq!(sandbox.note("side"), None);
    }
}

#[test]
fn reword_squash_and_fixup_keep_the_records() {
    for (todo, messages) in [("2s/^pick/squash/", 2), ("2s/^pick/fixup/", 2), ("1s/^pick/reword/", 3)] {
        let sandbox = to_rebase();
        let editor = sandbox.script("../editor", &format!("sed '{todo}' \"$1\" >\"$1.new\" && mv \"$1.new\" \"$1\""));
        let editor = editor.to_string_lossy();
        let ran = sandbox.git_with(&[("GIT_SEQUENCE_EDITOR", &editor)], &["rebase", "-q", "-i", "main"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert_eq!(sandbox.git(&["rev-list", "--count", "main..side"]).trim(), messages.to_string());
        if messages == 2 {
            let mut both = contributions(&sandbox.record("side~"));
            both.sort();
            assert_eq!(both, [cart(), tax()], "{todo}");
        } else {
            assert_eq!(contributions(&sandbox.record("side~2")), [cart()]);
            assert_eq!(sandbox.message("side~2").matches("Backstory-Session").count(), 1);
        }
    }
}

#[test]
fn autosquash_joins_a_fixup_commit() {
    let sandbox = committed();
    codex(&sandbox);
    sandbox.write("tax.py", TAX);
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "--fixup", "HEAD"]);
    assert!(sandbox.message("HEAD").starts_with("fixup! Add a discount"));
    assert_eq!(contributions(&sandbox.record("HEAD")), [tax()]);
    sandbox.git(&["rebase", "-q", "-i", "--autosquash", "HEAD~2"]);
    let mut both = contributions(&sandbox.record("HEAD"));
    both.sort();
    assert_eq!(both, [cart(), tax()]);
    assert_eq!(sandbox.git(&["rev-list", "--count", "HEAD"]).trim(), "2");
}

#[test]
fn a_cherry_pick_carries_the_record_even_without_the_transcripts() {
    let sandbox = to_rebase();
    fs::remove_dir_all(sandbox.home.join(".claude")).unwrap();
    sandbox.git(&["checkout", "-q", "main"]);
    sandbox.git(&["cherry-pick", "side~2"]);
    assert_eq!(contributions(&sandbox.record("HEAD")), [cart()]);
    // With a conflict, and the commit made by hand.
    sandbox.write("tax.py", "in the way\n");
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "-m", "In the way"]);
    fs::remove_dir_all(sandbox.home.join(".codex")).unwrap();
    assert_ne!(sandbox.try_git(&["cherry-pick", "side~1"]).code, 0);
    sandbox.write("tax.py", TAX);
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "--no-edit"]);
    assert_eq!(contributions(&sandbox.record("HEAD")), [tax()]);
}

#[test]
fn a_squash_merge_has_the_contributions_of_all_commits() {
    for (gone, no_verify) in [(false, false), (true, false), (true, true)] {
        let sandbox = to_rebase();
        if gone {
            fs::remove_dir_all(sandbox.home.join(".claude")).unwrap();
            fs::remove_dir_all(sandbox.home.join(".codex")).unwrap();
        }
        sandbox.git(&["checkout", "-q", "main"]);
        sandbox.git(&["merge", "-q", "--squash", "side"]);
        let verify = if no_verify { "--no-verify" } else { "--verify" };
        sandbox.git(&["commit", "-q", "--no-edit", verify]);
        let mut both = contributions(&sandbox.record("HEAD"));
        both.sort();
        assert_eq!(both, [cart(), tax()], "gone: {gone}");
    }
}

#[test]
fn a_merge_commit_has_no_record_of_what_its_parents_did() {
    let sandbox = to_rebase();
    sandbox.git(&["checkout", "-q", "main"]);
    sandbox.git(&["merge", "-q", "--no-ff", "-m", "Merge side", "side"]);
    assert_eq!(sandbox.message("HEAD"), "Merge side");
    assert_eq!(sandbox.note("HEAD"), None);
    assert_eq!(contributions(&sandbox.record("HEAD^2~2")), [cart()]);
}

#[test]
fn commit_all_and_a_commit_of_one_path_look_at_what_is_committed() {
    let sandbox = Sandbox::ready();
    for file in ["cart.py", "tax.py"] {
        sandbox.write(file, "");
    }
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "-m", "Empty files"]);
    claude(&sandbox);
    codex(&sandbox);
    sandbox.write("cart.py", CART);
    sandbox.write("tax.py", TAX);
    sandbox.git(&["add", "tax.py"]);
    sandbox.git(&["commit", "-q", "-m", "The cart", "--", "cart.py"]);
    assert_eq!(sandbox.message("HEAD"), format!("The cart\n\n{}", trailers()));
    assert_eq!(contributions(&sandbox.record("HEAD")), [cart()]);
    sandbox.git(&["reset", "-q"]);
    sandbox.git(&["commit", "-q", "-a", "-m", "The rest"]);
    assert!(sandbox.message("HEAD").contains("Backstory-Session: codex/"));
    assert_eq!(contributions(&sandbox.record("HEAD")), [tax()]);
}

#[test]
fn worktrees_and_a_detached_head_work_as_well() {
    let sandbox = with_cart();
    sandbox.git(&["checkout", "-q", "--detach"]);
    sandbox.git(&["commit", "-q", "-m", "Detached"]);
    assert_eq!(contributions(&sandbox.record("HEAD")), [cart()]);
    codex(&sandbox);
    sandbox.git(&["worktree", "add", "-q", "-b", "side", "../side"]);
    let side = sandbox.base().join("side");
    fs::write(side.join("tax.py"), TAX).unwrap();
    for arguments in [&["add", "-A"][..], &["commit", "-q", "-m", "In a worktree"]] {
        let ran = run(sandbox.command("git").current_dir(&side).args(arguments), "");
        assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    }
    assert!(sandbox.message("side").contains("Assisted-by: Codex (gpt-test)"));
    assert_eq!(contributions(&sandbox.record("side")), [tax()]);
}

#[test]
fn no_verify_makes_a_record_and_leaves_the_message() {
    let sandbox = with_cart();
    sandbox.git(&["commit", "-q", "--no-verify", "-m", "Add a discount"]);
    assert_eq!(sandbox.message("HEAD"), "Add a discount");
    assert_eq!(contributions(&sandbox.record("HEAD")), [cart()]);
}

#[test]
fn an_empty_message_still_aborts() {
    let sandbox = with_cart();
    let ran = sandbox.git_with(&[("GIT_EDITOR", EMPTIES)], &["commit"]);
    assert!(ran.err.contains("empty commit message"), "{ran:?}");
    let ran = sandbox.git_with(&[("GIT_EDITOR", "true")], &["commit"]);
    assert!(ran.err.contains("empty commit message"), "{ran:?}");
    assert_eq!(sandbox.git(&["rev-list", "--count", "HEAD"]).trim(), "1");
}

#[test]
fn comments_scissors_and_the_diff_of_a_verbose_commit_stay_out_and_whole() {
    let sandbox = with_cart();
    let editor = sandbox.script(
        "../editor",
        "cp \"$1\" \"$1.before\"\n{ echo 'Typed'; echo; echo 'Why: because'; cat \"$1.before\"; } >\"$1\"",
    );
    let ran = sandbox.git_with(&[("GIT_EDITOR", editor.to_str().unwrap())], &["commit", "-v"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(sandbox.message("HEAD"), format!("Typed\n\nWhy: because\n{}", trailers()));
    sandbox.git(&["reset", "-q", "--soft", "HEAD~"]);
    sandbox.git(&["commit", "-q", "--cleanup=verbatim", "-m", "Title\n\n# kept\n\nBody\n\n\nend"]);
    assert_eq!(sandbox.message("HEAD"), format!("Title\n\n# kept\n\nBody\n\n\nend\n\n{}", trailers()));
}

#[test]
fn nothing_is_recorded_for_those_who_opted_out() {
    let sandbox = with_cart();
    let ran = sandbox.git_with(&[("BACKSTORY", "0")], &["commit", "-q", "-m", "By variable"]);
    assert_eq!((ran.code, sandbox.message("HEAD")), (0, "By variable".to_owned()));
    assert_eq!(sandbox.note("HEAD"), None);
    let sandbox = with_cart();
    sandbox.git(&["config", "backstory.enabled", "false"]);
    sandbox.git(&["commit", "-q", "-m", "By setting"]);
    assert_eq!((sandbox.message("HEAD"), sandbox.note("HEAD")), ("By setting".to_owned(), None));
}

#[test]
fn trailers_can_be_switched_off_and_the_record_stays() {
    for (setting, expected) in [
        ("{assisted_by: false, session: false}", "Add a discount".to_owned()),
        ("{session: false}", "Add a discount\n\nAssisted-by: Claude Code (claude-test-1)".to_owned()),
        ("{assisted_by: false}", format!("Add a discount\n\nBackstory-Session: claude-code/{CLAUDE_ID}")),
    ] {
        let sandbox = with_cart();
        sandbox.write(".backstory.yml", &format!("timeout_ms: 60000\ntrailers: {setting}\n"));
        sandbox.git(&["commit", "-q", "-m", "Add a discount"]);
        assert_eq!(sandbox.message("HEAD"), expected);
        assert_eq!(contributions(&sandbox.record("HEAD")), [cart()]);
    }
}

#[test]
fn a_commit_from_an_agents_shell_is_stated_with_and_without_a_transcript() {
    let sandbox = with_cart();
    let ran = sandbox.git_with(&[("CLAUDE_CODE_SESSION_ID", CLAUDE_ID)], &["commit", "-q", "-m", "Inside"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let record = sandbox.record("HEAD");
    assert_eq!(contributions(&record), [format!("claude-code/{CLAUDE_ID} stated 4")]);
    assert_eq!(
        record["contributions"][0]["evidence"][0],
        serde_json::json!({"kind": "environment", "variable": "CLAUDE_CODE_SESSION_ID"})
    );

    let sandbox = Sandbox::ready();
    sandbox.write("cart.py", CART);
    sandbox.git(&["add", "-A"]);
    sandbox.git_with(&[("CODEX_THREAD_ID", "abc-1")], &["commit", "-q", "-m", "Inside"]).good();
    assert_eq!(sandbox.message("HEAD"), "Inside\n\nAssisted-by: Codex\nBackstory-Session: codex/abc-1");
    let record = sandbox.record("HEAD");
    assert_eq!(contributions(&record), ["codex/abc-1 stated 0"]);
    assert_eq!((&record["lines"]["agent"], &record["lines"]["unknown"]), (&0.into(), &4.into()));
    assert!(sandbox.backstory(&["show"]).good().contains("Codex"));
}

/// Some agents name the subagent to its commands; its work is in the file of the session, or in one of its own.
#[test]
fn a_commit_of_a_subagent_is_its_sessions() {
    let with_copilot = |sandbox: &Sandbox| drop(copilot(sandbox));
    let copilots = ("COPILOT_AGENT_SESSION_ID", "copilot", COPILOT_ID, &with_copilot as &dyn Fn(&Sandbox));
    let codexs = ("CODEX_THREAD_ID", "codex", CODEX_ID, &codex_helper as &dyn Fn(&Sandbox));
    for (named, (variable, agent, session, write)) in
        [(COPILOT_ID, copilots), (COPILOT_HELPER_ID, copilots), (CODEX_ID, codexs), (CODEX_HELPER_ID, codexs)]
    {
        let sandbox = Sandbox::ready();
        write(&sandbox);
        sandbox.write("tax.py", TAX);
        sandbox.git(&["add", "-A"]);
        sandbox.git_with(&[(variable, named)], &["commit", "-q", "-m", "Add the tax"]).good();
        let message = sandbox.message("HEAD");
        assert!(message.ends_with(&format!("(gpt-test)\nBackstory-Session: {agent}/{session}")), "{message}");
        let record = sandbox.record("HEAD");
        assert_eq!(contributions(&record), [format!("{agent}/{session} stated 4")], "{named}");
        assert_eq!(record["contributions"][0]["evidence"][0]["variable"], variable);
    }
}

#[test]
fn a_mistake_in_the_settings_is_said_once_and_changes_nothing() {
    let sandbox = with_cart();
    sandbox.write(".backstory.yml", "sharing: notes\npromts: full\n");
    let ran = sandbox.try_git(&["commit", "-q", "-m", "Add a discount"]);
    assert_eq!(
        (ran.code, ran.err.as_str()),
        (
            0,
            "backstory: commit-msg did nothing, the commit goes on: .backstory.yml:2: the key `promts` is not known, \
             did you mean `prompts`?\n"
        )
    );
    assert_eq!(sandbox.message("HEAD"), "Add a discount");
    assert_eq!(sandbox.note("HEAD"), None);
    let ran = sandbox.backstory(&["show"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains(".backstory.yml:2: the key `promts`"), "{ran:?}");
}

#[test]
fn strictness_stops_the_commit_when_asked_for() {
    let sandbox = with_cart();
    sandbox.write(".backstory.yml", "timeout_ms: 60000\nstrict: true\nignore: ['[']\n");
    let ran = sandbox.try_git(&["commit", "-q", "-m", "Add a discount"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.err.starts_with("backstory: commit-msg did nothing, the commit stops (`strict`): `[`"), "{ran:?}");
}

#[test]
fn one_transcript_that_cannot_be_read_loses_no_other() {
    let sandbox = with_cart();
    fs::create_dir_all(claude_folder(&sandbox).join("broken.jsonl")).unwrap();
    let ran = sandbox.try_git(&["commit", "-q", "-m", "Add a discount"]);
    assert_eq!(ran.code, 0);
    assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
    assert!(ran.err.starts_with("backstory: commit-msg left something out, the commit goes on: "), "{}", ran.err);
    assert!(ran.err.contains("broken.jsonl"), "{}", ran.err);
    assert_eq!(contributions(&sandbox.record("HEAD")), [cart()]);
    assert!(sandbox.message("HEAD").contains(CLAUDE_ID));
}

#[test]
fn broken_lines_of_a_transcript_are_counted_and_the_rest_is_read() {
    let sandbox = with_cart();
    let path = claude(&sandbox);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{{\"type\": \"user\", \"mess\n{text}\0\0\0\n{{\"half")).unwrap();
    let ran = sandbox.try_git(&["commit", "-q", "-m", "Add a discount"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let record = sandbox.record("HEAD");
    assert_eq!(contributions(&record), [cart()]);
    assert_eq!(record["skipped"], 2);
}

#[test]
fn a_note_that_is_not_ours_stays() {
    let sandbox = committed();
    sandbox.git(&["notes", "--ref", "backstory", "add", "-f", "-m", "by hand", "HEAD"]);
    let ran = sandbox.backstory(&["show"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("is not a record of backstory"), "{ran:?}");
    let ran = sandbox.backstory(&["backfill", "HEAD"]);
    assert!(ran.err.contains("is not a record of backstory") && ran.err.contains("it stays"), "{ran:?}");
    assert_eq!(sandbox.note("HEAD").unwrap(), "by hand\n");
    // An amend joins git's copy of it with the new record; both can be read.
    let ran = sandbox.try_git(&["commit", "-q", "--amend", "-m", "Another word"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(sandbox.note("HEAD").unwrap().ends_with("by hand\n"));
    assert!(sandbox.backstory(&["show"]).good().contains("divide by 100"));
    assert!(sandbox.backstory(&["backfill", "HEAD"]).code == 0);
    assert!(sandbox.note("HEAD").unwrap().ends_with("by hand\n"));
}

#[test]
fn backfill_does_not_replace_what_knows_more() {
    let sandbox = committed();
    let before = sandbox.note("HEAD");
    fs::remove_dir_all(sandbox.home.join(".claude")).unwrap();
    let ran = sandbox.backstory(&["backfill", "HEAD"]);
    assert!(ran.err.contains("1 record stays as it is"), "{ran:?}");
    assert_eq!(sandbox.note("HEAD"), before);
}

/// An earlier version knew less of the same session.
#[test]
fn backfill_again_makes_records_anew_and_says_what_each_tells_otherwise() {
    let sandbox = committed();
    let now = sandbox.note("HEAD").unwrap();
    let again = |more: &[&str]| {
        let ran = sandbox.backstory(&[&["backfill", "HEAD", "--again"], more].concat());
        assert_eq!(ran.code, 0, "{ran:?}");
        (ran.out, ran.err)
    };
    let (out, err) = again(&[]);
    assert_eq!(out, "", "{err}");
    assert!(err.contains("1 record would say the same if made again") && err.contains(" 0 records written"), "{err}");
    let mut earlier: Value = serde_json::from_str(&now).unwrap();
    earlier["generator"] = "backstory 0.0.9".into();
    earlier["contributions"][0]["prompts"].as_array_mut().unwrap().clear();
    let put = |record: &Value| {
        sandbox.git(&["notes", "--ref", "backstory", "add", "-f", "-m", &record.to_string(), "HEAD"]);
    };
    put(&earlier);
    let (out, _) = again(&["--dry-run"]);
    assert!(out.ends_with("  2 instead of 0 prompts\n"), "{out}");
    assert_eq!(sandbox.record("HEAD")["generator"], "backstory 0.0.9", "a dry run writes nothing");
    let line: Value = serde_json::from_str(&again(&["--json"]).0).unwrap();
    assert_eq!(line["changed"], serde_json::json!(["2 instead of 0 prompts"]));
    assert_eq!(sandbox.note("HEAD").unwrap(), now);
    // What only another machine has the session of stays, and no commit gets its first record.
    earlier["contributions"][0]["session"] = "of another machine".into();
    put(&earlier);
    let (out, err) = again(&[]);
    assert!(out.is_empty() && err.contains("1 record stays as it is"), "{out}{err}");
    sandbox.git(&["notes", "--ref", "backstory", "remove", "HEAD"]);
    again(&[]);
    assert!(sandbox.note("HEAD").is_none());
}

#[test]
fn uninstall_leaves_nothing_of_ours_in_the_git_folder_and_nothing_else_goes() {
    let sandbox = committed();
    sandbox.write(".git/backstory/pending", "");
    assert!(sandbox.root.join(".git/backstory/key").exists());
    assert!(sandbox.root.join(".git/backstory/index.db").exists());
    sandbox.backstory(&["uninstall"]).good();
    assert!(!sandbox.root.join(".git/backstory").exists());
    assert!(sandbox.note("HEAD").is_some());
    let sandbox = committed();
    sandbox.write(".git/backstory/of-somebody", "keep");
    sandbox.backstory(&["uninstall"]).good();
    assert_eq!(fs::read_dir(sandbox.root.join(".git/backstory")).unwrap().count(), 1);
}

#[test]
fn doctor_counts_transcripts_and_names_those_that_cannot_be_read() {
    let sandbox = committed();
    codex(&sandbox);
    let said = sandbox.backstory(&["doctor"]).good();
    assert!(said.contains("Claude Code: 1 transcript, 1 of this repository, the newest of "), "{said}");
    assert!(said.contains("Codex: 1 transcript, 1 of this repository"), "{said}");
    fs::create_dir_all(claude_folder(&sandbox).join("broken.jsonl")).unwrap();
    sandbox.write(".backstory/sessions/a.yaml", "backstory: 1\nentries:\n- tryed: x\n");
    sandbox.write(".backstory/sessions/b.yaml", "backstory: 1\n");
    let ran = sandbox.backstory(&["doctor"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("broken.jsonl is not a regular file; skipped"), "{}", ran.out);
    assert!(ran.out.contains("journals: 1 in .backstory/sessions"), "{}", ran.out);
    assert!(ran.out.contains("a.yaml is no valid journal: ") && ran.out.contains("2 problems."), "{}", ran.out);
}

#[cfg(debug_assertions)]
#[test]
fn a_hook_without_time_says_so_and_the_record_can_be_made_later() {
    let sandbox = with_cart();
    // No less than 100 ms, and the limit alone stops nothing, however strict the repository is.
    sandbox.write(".backstory.yml", "timeout_ms: 0\nstrict: true\n");
    let stall = [("BACKSTORY_FAILPOINT", "sessions.gather=stall")];
    let ran = sandbox.git_with(&stall, &["commit", "-q", "-m", "Add a discount"]);
    assert_eq!(ran.code, 0);
    assert!(
        ran.err.starts_with("backstory: commit-msg did nothing, the commit goes on: it took longer than 100 ms"),
        "{ran:?}"
    );
    assert_eq!(ran.err.lines().count(), 1, "{ran:?}");
    assert_eq!((sandbox.message("HEAD"), sandbox.note("HEAD")), ("Add a discount".to_owned(), None));
    let said = sandbox.backstory(&["doctor"]);
    assert!(said.out.contains("timeout_ms is 0, hooks take 100"), "{said:?}");
    sandbox.backstory(&["backfill", "HEAD"]).good();
    assert_eq!(contributions(&sandbox.record("HEAD")), [cart()]);
}

#[test]
fn a_rebase_that_stops_at_a_conflict_keeps_the_record() {
    let sandbox = to_rebase();
    sandbox.git(&["checkout", "-q", "main"]);
    sandbox.write("tax.py", "in the way\n");
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "-m", "In the way"]);
    sandbox.git(&["checkout", "-q", "side"]);
    fs::remove_dir_all(sandbox.home.join(".codex")).unwrap();
    assert_ne!(sandbox.try_git(&["rebase", "-q", "main"]).code, 0);
    sandbox.write("tax.py", TAX);
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["rebase", "--continue"]);
    assert_eq!(contributions(&sandbox.record("side~2")), [cart()]);
    assert_eq!(contributions(&sandbox.record("side~1")), [tax()]);
}

#[test]
fn a_revert_has_no_lines_of_an_agent_and_its_revert_is_the_agents_again() {
    let sandbox = committed();
    sandbox.git(&["revert", "--no-edit", "HEAD"]);
    assert_eq!(contributions(&sandbox.record("HEAD")), [format!("claude-code/{CLAUDE_ID} overlap 0")]);
    sandbox.git(&["revert", "--no-edit", "HEAD"]);
    assert_eq!(contributions(&sandbox.record("HEAD")), [cart()]);
}

#[test]
fn a_commit_that_is_given_up_leaves_nothing_for_the_next() {
    let sandbox = to_rebase();
    sandbox.git(&["checkout", "-q", "main"]);
    sandbox.git(&["merge", "-q", "--squash", "side"]);
    // Our hook runs, then git finds the message empty.
    assert_ne!(sandbox.git_with(&[("GIT_EDITOR", EMPTIES)], &["commit"]).code, 0);
    assert!(sandbox.root.join(".git/backstory/pending").exists());
    sandbox.git(&["reset", "-q", "--hard"]);
    sandbox.write("own2.py", "y = 2\n");
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "-m", "Mine"]);
    assert_eq!(sandbox.note("HEAD"), None);
}

#[test]
fn many_rebased_commits_keep_their_records() {
    let sandbox = to_rebase();
    for number in 0..40 {
        sandbox.write("cart.py", &format!("{CART}# {number}\n{}", CART.replace("total", &format!("total_{number}"))));
        sandbox.git(&["commit", "-q", "-a", "-m", &format!("Number {number}")]);
    }
    let before = sandbox.git(&["log", "--format=%s", "--notes=backstory", "main..side"]).lines().count();
    sandbox.git(&["rebase", "-q", "main"]);
    for number in 0..40 {
        sandbox.record(&format!("side~{number}"));
    }
    assert_eq!(sandbox.git(&["log", "--format=%s", "--notes=backstory", "main..side"]).lines().count(), before);
}

#[test]
fn commits_at_the_same_time_in_several_worktrees_lose_no_record() {
    let sandbox = committed();
    let names: Vec<String> = (0..6).map(|number| format!("side{number}")).collect();
    for name in &names {
        sandbox.git(&["worktree", "add", "-q", "-b", name, &format!("../{name}"), "HEAD~"]);
        fs::write(sandbox.base().join(name).join("cart.py"), CART).unwrap();
    }
    let sandbox = &sandbox;
    std::thread::scope(|scope| {
        for name in &names {
            scope.spawn(move || {
                for arguments in [&["add", "-A"][..], &["commit", "-q", "-m", name]] {
                    let folder = sandbox.base().join(name);
                    let ran = run(sandbox.command("git").current_dir(folder).args(arguments), "");
                    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
                }
            });
        }
    });
    for name in &names {
        assert!(sandbox.message(name).contains(CLAUDE_ID), "{name}");
        assert_eq!(contributions(&sandbox.record(name)), [cart()]);
    }
}

#[test]
fn messages_in_other_forms_stay_whole() {
    let sandbox = with_cart();
    sandbox.git(&["config", "core.commentChar", ";"]);
    sandbox.git(&[
        "commit",
        "-q",
        "-m",
        "#12: a title",
        "-m",
        "; gone\nbody",
        "--cleanup=strip",
        "--trailer",
        "Fixes: #12",
    ]);
    assert_eq!(sandbox.message("HEAD"), format!("#12: a title\n\nbody\n\nFixes: #12\n{}", trailers()));
    // Bytes that are no UTF-8, with a setting that says which they are.
    sandbox.git(&["reset", "-q", "--soft", "HEAD~"]);
    fs::write(sandbox.base().join("message"), b"Pr\xe9cision\n\nd\xe9tail\r\n").unwrap();
    sandbox.git(&["-c", "i18n.commitEncoding=ISO-8859-1", "commit", "-q", "--cleanup=verbatim", "-F", "../message"]);
    let raw = run(sandbox.command("sh").args(["-c", "git cat-file commit HEAD | od -An -c | tr -d ' \\n'"]), "").good();
    assert!(raw.contains("Pr351cision\\n\\nd351tail\\r\\n"), "{raw}");
    assert_eq!(contributions(&sandbox.record("HEAD")), [cart()]);
    // A subject alone, typed below a template.
    sandbox.git(&["reset", "-q", "--soft", "HEAD~"]);
    sandbox.git(&["commit", "-q", "--allow-empty-message", "-m", ""]);
    assert_eq!(sandbox.message("HEAD"), "");
}

#[test]
fn a_hook_that_was_there_before_still_refuses_and_the_next_commit_is_recorded() {
    let sandbox = Sandbox::new();
    sandbox.script(".git/hooks/commit-msg", "grep -q '^[A-Z]' \"$1\" || { echo 'begin with a capital' >&2; exit 1; }");
    sandbox.write(".backstory.yml", "timeout_ms: 60000\n");
    sandbox.backstory(&["init"]).good();
    claude(&sandbox);
    sandbox.write("cart.py", CART);
    sandbox.git(&["add", "cart.py"]);
    let ran = sandbox.try_git(&["commit", "-q", "-m", "small"]);
    assert_eq!((ran.code, ran.err.as_str()), (1, "begin with a capital\n"));
    sandbox.git(&["commit", "-q", "-m", "Capital"]);
    assert_eq!(contributions(&sandbox.record("HEAD")), [cart()]);
}

#[test]
fn lines_that_an_amend_takes_out_are_no_longer_counted() {
    for gone in [false, true] {
        let sandbox = with_cart();
        sandbox.write("own.py", "mine = 1\n");
        sandbox.git(&["add", "own.py"]);
        sandbox.git(&["commit", "-q", "-m", "Both"]);
        if gone {
            fs::remove_dir_all(sandbox.home.join(".claude")).unwrap();
        }
        sandbox.git(&["rm", "-q", "cart.py"]);
        sandbox.git(&["commit", "-q", "--amend", "-m", "Mine alone"]);
        let record = sandbox.record("HEAD");
        assert_eq!((&record["lines"]["added"], &record["lines"]["agent"]), (&1.into(), &0.into()));
        for one in record["contributions"].as_array().unwrap() {
            assert_eq!(one["lines"], 0, "{one}");
        }
    }
}

/// A commit of one file in a shell with these variables.
fn in_a_shell(variables: &[(&str, &str)]) -> Sandbox {
    let sandbox = Sandbox::ready();
    sandbox.write("cart.py", CART);
    sandbox.git(&["add", "-A"]);
    sandbox.git_with(variables, &["commit", "-q", "-m", "Inside"]).good();
    sandbox
}

#[test]
fn an_agent_is_named_by_its_own_variables_and_not_by_those_of_the_one_it_is_made_from() {
    let inside = |lines: &str| format!("Inside\n\nAssisted-by: {lines}");
    for (variables, message) in [
        (&[("OPENCODE", "1"), ("AGENT", "1")][..], inside("OpenCode")),
        (&[("KILO", "1"), ("OPENCODE", "1"), ("AGENT", "1"), ("KILOCODE_VERSION", "7.7.9")][..], inside("Kilo")),
        (&[("FACTORY_EXEC_TARGET_AUTONOMY", "auto-high")][..], inside("Factory Droid")),
        (&[("OR_APP_NAME", "OpenHands"), ("OR_SITE_URL", "https://example.org")][..], inside("OpenHands")),
        (&[("CLINE_CONNECTOR_CLI_LAUNCH", "{}")][..], inside("Cline")),
        (&[("AI_AGENT", "crush"), ("AGENT", "crush")][..], inside("Crush")),
        (&[("OR_APP_NAME", "Aider")][..], "Inside".to_owned()),
        (&[("OR_APP_NAME", "My own program")][..], "Inside".to_owned()),
        (&[("AI_AGENT", "1"), ("AGENT", "1"), ("KILO", "1000"), ("OPENCODE", "0")][..], "Inside".to_owned()),
    ] {
        assert_eq!(in_a_shell(variables).message("HEAD"), message, "{variables:?}");
    }
    // Our own trailer is read again.
    let kilo = in_a_shell(&[("KILO", "1"), ("OPENCODE", "1")]);
    assert_eq!(kilo.record("HEAD")["stated"][0]["agent"], "kilo");
    let check = kilo.backstory(&["check", "HEAD~..HEAD"]).out;
    assert!(check.contains("Kilo") && !check.contains("OpenCode"), "{check}");
}

#[test]
fn of_a_session_that_is_named_and_cannot_be_read_nothing_is_claimed() {
    for (variable, slug, agent) in
        [("QWEN_CODE_SESSION_ID", "qwen", "Qwen Code"), ("CODEX_THREAD_ID", "codex", "Codex")]
    {
        let sandbox = in_a_shell(&[(variable, "5f0c-11")]);
        let record = sandbox.record("HEAD");
        let one = &record["contributions"][0];
        assert_eq!((&one["agent"], &one["session"], &one["unread"]), (&slug.into(), &"5f0c-11".into(), &true.into()));
        let show = sandbox.backstory(&["show"]).good();
        assert!(show.contains("session 5f0c-11 (named by the environment; its transcript was not read)"), "{show}");
        let page = sandbox.backstory(&["describe", "HEAD~..HEAD"]).good();
        assert!(page.contains("session named by the environment; its transcript was not read"), "{page}");
        assert!(
            page.contains("whose transcript was not read; what it was asked, wrote and checked is not known"),
            "{page}"
        );
        for claim in [
            "0 prompts",
            "0 of 4",
            "1 session",
            "names the commit",
            "run was seen",
            "unknown origin",
            "no session was found",
        ] {
            assert!(!page.contains(claim), "{claim}: {page}");
        }
        let log: Value = serde_json::from_str(&sandbox.backstory(&["log", "--json", "HEAD~..HEAD"]).good()).unwrap();
        assert_eq!(log["commits"][0]["agents"][0]["unread"], true);
        let check: Value = serde_json::from_str(&sandbox.backstory(&["check", "--json", "HEAD~..HEAD"]).out).unwrap();
        let found =
            |rule: &str| check["findings"].as_array().unwrap().iter().find(|found| found["rule"] == rule).cloned();
        let message =
            format!("made in a session of {agent} whose transcript was not read: how it was made is not known");
        assert_eq!(found("session-found").unwrap()["message"], message.as_str());
        assert_eq!((found("unknown-lines"), found("agent-declared")), (None, None));
        let parts = check["score"]["parts"].as_array().unwrap();
        assert_eq!(parts.iter().find(|part| part["rule"] == "session-found").unwrap()["points"], 0);
        assert!(check["steps"].to_string().contains("backstory backfill"), "{}", check["steps"]);
        let ran = sandbox.backstory(&["export", "HEAD~..HEAD", "--format", "sft", "--out", "training"]);
        assert!(ran.err.contains("left out: 1 (the session was not read)"), "{ran:?}");
    }
    // Later its transcript is there.
    let sandbox = Sandbox::ready();
    sandbox.write("cart.py", CART);
    sandbox.git(&["add", "-A"]);
    sandbox.git_with(&[("CLAUDE_CODE_SESSION_ID", CLAUDE_ID)], &["commit", "-q", "-m", "Inside"]).good();
    assert_eq!(sandbox.record("HEAD")["contributions"][0]["unread"], true);
    claude(&sandbox);
    sandbox.git(&["commit", "-q", "--amend", "--no-edit"]);
    let record = sandbox.record("HEAD");
    assert_eq!(record["contributions"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&record["contributions"][0]["unread"], &record["contributions"][0]["lines"]),
        (&Value::Null, &4.into())
    );
}

#[test]
fn a_formatter_in_pre_commit_leaves_the_link_what_it_is() {
    for (name, formatter) in [
        ("blanks and ends", "sed -i 's/    /  /g; s/$/;/' cart.py"),
        ("quotes", "sed -i \"s/$/  /\" cart.py"),
        ("broken lines", "sed -i 's/(/(\\n        /; s/, /,\\n        /g' cart.py"),
    ] {
        let sandbox = Sandbox::ready();
        sandbox.script(".git/hooks/pre-commit", &format!("{formatter}\ngit add cart.py"));
        claude(&sandbox);
        sandbox.write("cart.py", CART);
        sandbox.git(&["add", "cart.py"]);
        // As commit-msg writes it, which has the clock of the machine and not of the session.
        sandbox.git(&["commit", "-q", "-m", "Add a discount", "-m", &trailers()]);
        let record = sandbox.record("HEAD");
        let one = &record["contributions"][0];
        assert_eq!((&one["session"], &one["confidence"]), (&CLAUDE_ID.into(), &"content".into()), "{name}: {record}");
        assert!(one["lines"].as_u64() >= Some(1), "{name}: {record}");
        assert_eq!(
            (&record["lines"]["unknown"], &record["lines"]["person"]),
            (&0.into(), &0.into()),
            "{name}: {record}"
        );
    }
}

#[test]
fn a_copied_message_does_not_name_a_session_that_had_no_part() {
    let sandbox = committed();
    sandbox.write("other.txt", "nothing of the session\n");
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "-C", "HEAD"]);
    assert_eq!(contributions(&sandbox.record("HEAD")), Vec::<String>::new());
}

#[test]
fn passed_is_never_told_of_a_state_that_was_changed_by_hand_since() {
    let export = |sandbox: &Sandbox| -> Value {
        sandbox.backstory(&["export", "HEAD~..HEAD", "--format", "sft", "--out", "training"]).good();
        let row: Value = serde_json::from_str(sandbox.exported("training", "sft").trim()).unwrap();
        fs::remove_dir_all(sandbox.root.join("training")).unwrap();
        row["metadata"]["outcome"].clone()
    };
    let verified = |sandbox: &Sandbox| -> Option<String> {
        let check: Value = serde_json::from_str(&sandbox.backstory(&["check", "--json", "HEAD~..HEAD"]).out).unwrap();
        let rows = check["findings"].as_array().unwrap().clone();
        rows.iter().find(|row| row["rule"] == "verified").map(|row| row["message"].as_str().unwrap().to_owned())
    };
    let by_hand = CART.replace("subtotal - discount", "max(0, subtotal - discount)");
    let unknown = format!("{CART}\n\ndef nobody_wrote_this(session):\n    return session.nothing_of_it()\n");
    for (name, files, place) in [
        ("by hand", vec![("cart.py", by_hand)], "cart.py"),
        ("unknown lines", vec![("cart.py", unknown)], "cart.py"),
        (
            "another file",
            vec![("cart.py", CART.to_owned()), ("lock.json", "{\"pinned_version\": 12345}\n".to_owned())],
            "lock.json",
        ),
    ] {
        let sandbox = Sandbox::ready();
        claude(&sandbox);
        for (path, text) in files {
            sandbox.write(path, &text);
        }
        sandbox.git(&["add", "-A"]);
        sandbox.git(&["commit", "-q", "-m", "Add a discount"]);
        let record = sandbox.record("HEAD");
        let check = &record["contributions"][0]["checks"][0];
        assert_eq!(
            (&check["result"], &check["state"]),
            (&"passed".into(), &"before-change".into()),
            "{name}: {record}"
        );
        assert_eq!(record["untested"][0]["path"], place, "{name}");
        for command in [&["show"][..], &["describe", "HEAD~..HEAD"]] {
            let text = sandbox.backstory(command).good();
            assert!(
                text.contains("after the agent's last edit") && text.contains("not seen to be tested"),
                "{name}: {text}"
            );
            assert!(!text.contains("after the last edit"), "{name}: {text}");
        }
        assert!(verified(&sandbox).is_some_and(|message| message.contains(place)), "{name}: {:?}", verified(&sandbox));
        let outcome = export(&sandbox);
        assert_eq!(
            (&outcome["after_last_edit"], &outcome["state"]),
            (&false.into(), &"before-change".into()),
            "{name}"
        );
    }
    for (name, more) in
        [("as the agent left it", None), ("with a document", Some(("README.md", "Discounts are in percent.\n")))]
    {
        let sandbox = with_cart();
        more.map(|(path, text)| sandbox.write(path, text));
        sandbox.git(&["add", "-A"]);
        sandbox.git(&["commit", "-q", "-m", "Add a discount"]);
        assert_eq!(sandbox.record("HEAD")["contributions"][0]["checks"][0]["state"], "committed", "{name}");
        let text = sandbox.backstory(&["describe", "HEAD~..HEAD"]).good();
        assert!(text.contains("passed on the committed state"), "{name}: {text}");
        assert_eq!(verified(&sandbox), None, "{name}");
        let outcome = export(&sandbox);
        assert_eq!((&outcome["after_last_edit"], &outcome["state"]), (&true.into(), &"committed".into()), "{name}");
    }
}

#[test]
fn the_demo_does_not_call_its_last_state_tested() {
    let sandbox = Sandbox::new();
    let text = sandbox.backstory(&["demo"]).good();
    assert!(text.contains("not seen to be tested") && text.contains("changed by hand"), "{text}");
    assert!(!text.contains("after the last edit") && !text.contains("\"after_last_edit\":true"), "{text}");
}

/// A repository whose own commit-msg hook writes down each run and refuses `words` in messages, then `init`, and a commit.
fn with_a_hook_that_refuses(words: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    let refuses = format!(
        "echo ran >>\"$(git rev-parse --git-dir)/runs\"\nif grep -qi '{words}' \"$1\"; then echo 'not allowed here' >&2; exit 3; fi"
    );
    sandbox.script(".git/hooks/commit-msg", &refuses);
    sandbox.write(".backstory.yml", "timeout_ms: 60000\n");
    sandbox.backstory(&["init", "--local"]).good();
    claude(&sandbox);
    sandbox.write("cart.py", CART);
    sandbox.git(&["add", "cart.py"]);
    sandbox.git(&["commit", "-q", "-m", "Add a discount", "-m", "Reviewed-by: Ann <ann@example.invalid>"]);
    assert!(sandbox.message("HEAD").ends_with(&trailers()));
    assert_eq!(sandbox.read(".git/runs").lines().count(), 1);
    sandbox
}

#[test]
fn where_the_hook_from_before_refuses_our_trailers_they_are_removed_once_and_stay_out() {
    let bare = "Add a discount\n\nReviewed-by: Ann <ann@example.invalid>";
    for words in ["assisted-by:", "backstory", "claude code"] {
        let sandbox = with_a_hook_that_refuses(words);
        let ran = sandbox.try_git(&["commit", "-q", "--amend", "--no-edit"]);
        assert_eq!((ran.code, sandbox.message("HEAD").as_str()), (0, bare), "{words}: {ran:?}");
        assert!(
            ran.err.starts_with("not allowed here\nbackstory: the commit-msg hook from before backstory refuses"),
            "{ran:?}"
        );
        assert_eq!(sandbox.read(".git/runs").lines().count(), 3, "asked again only after it refused");
        assert_eq!(contributions(&sandbox.record("HEAD")), [cart()]);
        // Said once; the next commits go their ordinary way, with a record and without trailers.
        codex(&sandbox);
        sandbox.write("tax.py", TAX);
        sandbox.git(&["add", "tax.py"]);
        for arguments in [&["commit", "-q", "-m", "Add the tax"][..], &["commit", "-q", "--amend", "--no-edit"]] {
            let ran = sandbox.try_git(arguments);
            assert_eq!((ran.code, ran.err.as_str()), (0, ""));
            assert_eq!(sandbox.message("HEAD"), "Add the tax");
        }
        assert_eq!(sandbox.read(".git/runs").lines().count(), 5);
        assert_eq!(contributions(&sandbox.record("HEAD")), [tax()]);
        assert!(sandbox.backstory(&["doctor"]).out.contains("trailers: not added in this clone"));
        fs::remove_file(sandbox.root.join(".git/backstory/trailers-refused")).unwrap();
        sandbox.git(&["reset", "-q", "--soft", "HEAD~"]);
        sandbox.git(&["commit", "-q", "-m", "Add the tax"]);
        assert!(sandbox.message("HEAD").contains("Assisted-by: Codex"));
    }
}

#[test]
fn a_refusal_that_our_trailers_are_not_the_reason_of_stands_and_the_message_stays() {
    for (words, opt_out) in [("discount", ""), ("assisted-by:", "0")] {
        let sandbox = with_a_hook_that_refuses("assisted-by:");
        let hook = sandbox.root.join(".git/hooks/commit-msg.before-backstory");
        let text = fs::read_to_string(&hook).unwrap().replace("assisted-by:", words);
        fs::write(&hook, text).unwrap();
        let before = sandbox.git(&["rev-parse", "HEAD"]);
        let ran = sandbox.git_with(&[("BACKSTORY", opt_out)], &["commit", "-q", "--amend", "--no-edit"]);
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(ran.err.starts_with("not allowed here\n") && !ran.err.contains("backstory:"), "{ran:?}");
        assert_eq!(sandbox.git(&["rev-parse", "HEAD"]), before);
        assert!(sandbox.read(".git/COMMIT_EDITMSG").contains(&trailers()));
        assert!(!sandbox.root.join(".git/backstory/trailers-refused").exists());
    }
}

#[test]
fn a_hook_of_another_tool_that_fails_or_commits_costs_no_record() {
    const AGAIN: &str = "[ -n \"$INNER\" ] && exit 0; echo 1 >>CHANGES; git add CHANGES; export INNER=1";
    for (case, script, revision) in [
        ("fails", "exit 1".to_owned(), "HEAD"),
        ("has no program", "exec git-lfs-that-is-not-here post-commit \"$@\"".to_owned(), "HEAD"),
        ("kills the shim", "kill -9 $PPID".to_owned(), "HEAD"),
        ("commits", format!("{AGAIN}; git commit -q -m Changelog"), "HEAD~"),
        ("commits without checks", format!("{AGAIN}; git commit -q --no-verify -m Changelog"), "HEAD~"),
        ("commits without hooks", format!("{AGAIN}; git -c core.hooksPath=/dev/null commit -q -m Changelog"), "HEAD~"),
        ("amends", format!("{AGAIN}; git commit -q --amend -m 'Add a discount, with its changelog'"), "HEAD"),
    ] {
        let sandbox = Sandbox::new();
        sandbox.script(".git/hooks/post-commit", &script);
        sandbox.write(".backstory.yml", "timeout_ms: 60000\n");
        sandbox.backstory(&["init", "--local"]).good();
        claude(&sandbox);
        sandbox.write("cart.py", CART);
        sandbox.git(&["add", "cart.py"]);
        assert_eq!(sandbox.try_git(&["commit", "-q", "-m", "Add a discount"]).code, 0, "{case}");
        assert_eq!(contributions(&sandbox.record(revision)), [cart()], "{case}");
    }
}

#[test]
fn a_commit_that_another_tool_puts_upon_it_before_our_hook_runs_costs_no_record() {
    for (case, commit) in [
        ("with hooks", "git commit -q -m Changelog"),
        ("without checks", "git commit -q --no-verify -m Changelog"),
        ("without hooks", "git -c core.hooksPath=/dev/null commit -q -m Changelog"),
        ("twice", "git commit -q --no-verify -m Changelog; git commit -q --allow-empty --no-verify -m Version"),
    ] {
        for is_first in [true, false] {
            let sandbox = Sandbox::new();
            sandbox.write(".backstory.yml", "timeout_ms: 60000\n");
            sandbox.backstory(&["init", "--no-hooks", "--local"]).good();
            if !is_first {
                sandbox.git(&["add", "-A"]);
                sandbox.git(&["commit", "-q", "-m", "Start"]);
            }
            let program = support::PROGRAM;
            sandbox.script(".hooks/commit-msg", &format!("'{program}' hook commit-msg \"$1\""));
            let inner = format!(
                "[ -n \"$INNER\" ] || {{ echo 1 >CHANGES; git add CHANGES; export INNER=1; {commit}; unset INNER; }}"
            );
            sandbox.script(".hooks/post-commit", &format!("{inner}\n'{program}' hook post-commit"));
            sandbox.git(&["config", "core.hooksPath", ".hooks"]);
            claude(&sandbox);
            sandbox.write("cart.py", CART);
            sandbox.git(&["add", "cart.py"]);
            sandbox.git(&["commit", "-q", "-m", "Add a discount"]);
            let id = sandbox.git(&["log", "--format=%H", "--grep=Add a discount"]);
            assert_eq!(contributions(&sandbox.record(id.trim())), [cart()], "{case} {is_first}");
            assert_eq!(sandbox.message("HEAD").lines().count(), 1, "{case}");
        }
    }
}

#[test]
fn a_commit_whose_post_commit_never_began_is_noticed_by_the_next_whatever_its_date() {
    for (case, date) in [("an old date", "2026-01-02T03:04:05Z"), ("a later date", "2031-01-02T03:04:05Z")] {
        for (how, arguments) in [
            ("commit", &["commit", "-q", "-m", "Add a discount"][..]),
            ("amend", &["commit", "-q", "--amend", "-m", "Add"]),
        ] {
            let sandbox = Sandbox::ready();
            claude(&sandbox);
            sandbox.write("cart.py", CART);
            sandbox.git(&["add", "cart.py"]);
            for hook in ["post-commit", "post-rewrite"] {
                let path = |end: &str| sandbox.root.join(format!(".git/hooks/{hook}{end}"));
                fs::rename(path(""), path(".away")).unwrap();
            }
            let dates = [("GIT_COMMITTER_DATE", date)];
            assert_eq!(sandbox.git_with(&dates, arguments).code, 0);
            let missed = sandbox.git(&["rev-parse", "HEAD"]);
            assert_eq!(sandbox.note("HEAD"), None, "{case} {how}");
            for hook in ["post-commit", "post-rewrite"] {
                let path = |end: &str| sandbox.root.join(format!(".git/hooks/{hook}{end}"));
                fs::rename(path(".away"), path("")).unwrap();
            }
            // HEAD may have moved on meanwhile, without a commit.
            sandbox.git(&["checkout", "-q", "-b", "side"]);
            sandbox.git(&["commit", "-q", "--allow-empty", "-m", "Next"]);
            assert_eq!(contributions(&sandbox.record(missed.trim())).len(), 1, "{case} {how}");
        }
    }
}

#[test]
fn what_moved_head_without_a_commit_is_not_taken_for_one_that_was_missed() {
    let sandbox = Sandbox::ready();
    claude(&sandbox);
    let start = sandbox.git(&["rev-parse", "HEAD"]).trim().to_owned();
    sandbox.write("cart.py", CART);
    sandbox.git(&["add", "cart.py"]);
    let another = ["-c", "user.email=other@example.invalid", "-c", "core.hooksPath=/dev/null"];
    sandbox.git(&[&another[..], &["commit", "-q", "-m", "Of another clone"]].concat());
    let other = sandbox.git(&["rev-parse", "HEAD"]).trim().to_owned();
    sandbox.git(&["reset", "-q", "--hard", &start]);
    // A commit that is given up, then what another clone made comes here.
    sandbox.write("tax.py", TAX);
    sandbox.git(&["add", "tax.py"]);
    sandbox.write(".git/message", "Tax\n");
    sandbox.backstory(&["hook", "commit-msg", ".git/message"]).good();
    sandbox.git(&["reset", "-q", "--hard", &other]);
    sandbox.git(&["commit", "-q", "--allow-empty", "-m", "Next"]);
    assert_eq!(sandbox.note(&other), None);
}

#[test]
fn a_date_that_git_was_given_does_not_make_the_record_false() {
    for (case, author, committer) in [
        ("minutes before", "2026-01-02T02:55:00Z", "2026-01-02T02:55:00Z"),
        ("a year before", "2025-01-02T03:00:00Z", "2025-01-02T03:00:00Z"),
        ("authored a year before", "2025-01-02T03:00:00Z", "2026-01-02T03:04:05Z"),
        ("committed a year before", "2026-01-02T03:04:05Z", "2025-01-02T03:00:00Z"),
        ("far in the future", "2041-01-02T03:00:00Z", "2041-01-02T03:00:00Z"),
    ] {
        for shell in [&[][..], &[("CLAUDECODE", "1"), ("CLAUDE_CODE_SESSION_ID", CLAUDE_ID)]] {
            let sandbox = with_cart();
            let dates = [("GIT_AUTHOR_DATE", author), ("GIT_COMMITTER_DATE", committer)];
            let ran = sandbox.git_with(&[&dates[..], shell].concat(), &["commit", "-q", "-m", "Add a discount"]);
            assert_eq!(ran.code, 0, "{case}");
            let record = sandbox.record("HEAD");
            let confidence = if shell.is_empty() { "content" } else { "stated" };
            let expected = format!("claude-code/{CLAUDE_ID} {confidence} 4");
            assert_eq!(contributions(&record), [expected], "{case}");
            assert_eq!(record["contributions"][0]["prompts"].as_array().unwrap().len(), 2, "{case}: {record}");
            assert_eq!(record["lines"]["agent"], 4, "{case}");
            assert!(record["committed_at"].as_str().unwrap().starts_with(&committer[..10]), "{case}: {record}");
        }
    }
}

#[test]
fn a_session_of_which_nothing_is_left_does_not_speak_for_the_commit() {
    const TOUCHED: &str = "def total(prices, rate):\n    subtotal = sum(prices)\n    discount = subtotal * rate / 1000\n    return subtotal - discount\n";
    for with_transcripts in [true, false] {
        for (case, left, expected) in [
            ("its file is out", None, false),
            ("its file is another's now", Some("nothing_of_it = 'in this file'\n"), false),
            ("its lines were changed by hand", Some(TOUCHED), true),
        ] {
            let sandbox = with_cart();
            codex(&sandbox);
            sandbox.write("tax.py", TAX);
            sandbox.git(&["add", "-A"]);
            sandbox.git(&["commit", "-q", "-m", "Both"]);
            assert_eq!(contributions(&sandbox.record("HEAD")).len(), 2);
            if !with_transcripts {
                fs::remove_dir_all(sandbox.home.join(".claude")).unwrap();
                fs::remove_dir_all(sandbox.home.join(".codex")).unwrap();
            }
            match left {
                None => drop(sandbox.git(&["rm", "-q", "--cached", "cart.py"])),
                Some(text) => {
                    sandbox.write("cart.py", text);
                    sandbox.git(&["add", "cart.py"]);
                }
            }
            sandbox.git(&["commit", "-q", "--amend", "-m", "Only one"]);
            let record = sandbox.record("HEAD");
            let names = contributions(&record);
            assert_eq!(names.iter().any(|name| name.starts_with("claude-code/")), expected, "{case}: {names:?}");
            assert!(names.iter().any(|name| name.starts_with("codex/") && name.ends_with(" 4")), "{case}: {names:?}");
            let text = sandbox.backstory(&["show"]).good();
            assert_eq!(text.contains("percentage discount"), expected, "{case}: {text}");
            let agent = record["lines"]["agent"].as_u64().unwrap();
            assert!(agent == 4 || expected, "{case}: {agent}");
        }
    }
}

/// What `show`, `describe`, `check` and `export` say of the last commit where no check covers it.
fn nothing_says_that_it_was_tested(sandbox: &Sandbox, case: &str) {
    for command in [&["show"][..], &["describe", "HEAD~..HEAD"]] {
        let text = sandbox.backstory(command).good();
        assert!(text.contains("not seen to be tested"), "{case}: {text}");
        assert!(!text.contains("after the last edit"), "{case}: {text}");
    }
    it_is_not_verified(sandbox, case);
}

fn only_its_base_is_said_to_be_another(sandbox: &Sandbox, case: &str) {
    for command in [&["show"][..], &["describe", "HEAD~..HEAD"]] {
        let text = sandbox.backstory(command).good();
        assert!(text.contains("on another base than the commit"), "{case}: {text}");
        assert!(!text.contains("not seen to be tested"), "{case}: {text}");
    }
    it_is_not_verified(sandbox, case);
}

fn it_is_not_verified(sandbox: &Sandbox, case: &str) {
    let check: Value = serde_json::from_str(&sandbox.backstory(&["check", "--json", "HEAD~..HEAD"]).out).unwrap();
    let rules: Vec<&Value> = check["findings"].as_array().unwrap().iter().map(|row| &row["rule"]).collect();
    assert!(rules.contains(&&Value::from("verified")), "{case}: {check}");
    let ran = sandbox.backstory(&["export", "HEAD~..HEAD", "--format", "sft", "--out", "training"]);
    if ran.code == 0
        && let Some(row) = sandbox.exported("training", "sft").lines().next()
    {
        let row: Value = serde_json::from_str(row).unwrap();
        assert_eq!(row["metadata"]["outcome"]["after_last_edit"], false, "{case}: {row}");
    }
    let _ = fs::remove_dir_all(sandbox.root.join("training"));
}

fn states(sandbox: &Sandbox) -> Vec<String> {
    let record = sandbox.record("HEAD");
    let contributions = record["contributions"].as_array().unwrap().iter();
    let checks = contributions.flat_map(|one| one["checks"].as_array().cloned().unwrap_or_default());
    checks
        .filter(|check| check["result"] == "passed")
        .map(|check| check["state"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn passed_is_not_told_of_a_file_that_is_not_as_the_agent_left_it() {
    let swapped = {
        let mut lines: Vec<&str> = CART.lines().collect();
        lines.swap(1, 2);
        lines.join("\n") + "\n"
    };
    for (case, path, text) in [
        ("indented", "cart.py", CART.replace("    return", "        return")),
        ("indented less", "cart.py", CART.replace("    discount", "  discount")),
        ("tabs", "cart.py", CART.replace("    ", "\t")),
        ("trailing blanks", "cart.py", CART.replace("rate / 100\n", "rate / 100   \n")),
        ("a bracket behind it", "cart.py", format!("{CART}}}\n")),
        ("a bracket before it", "cart.py", format!("{{\n{CART}")),
        ("another order", "cart.py", swapped),
        (
            "a line twice",
            "cart.py",
            CART.replace("    subtotal = sum(prices)\n", "    subtotal = sum(prices)\n    subtotal = sum(prices)\n"),
        ),
        ("a line less", "cart.py", CART.replace("    subtotal = sum(prices)\n", "")),
        ("the agent's own edit taken back", "cart.py", CART.replace(" / 100", "")),
        ("other line ends", "cart.py", CART.replace('\n', "\r\n")),
        ("another folder", "shop/cart.py", CART.to_owned()),
        ("another name", "basket.py", CART.to_owned()),
        ("another name and folder", "shop/basket.py", CART.to_owned()),
    ] {
        let sandbox = Sandbox::ready();
        claude(&sandbox);
        sandbox.write(path, &text);
        sandbox.git(&["add", "-A"]);
        sandbox.git(&["commit", "-q", "-m", "Add a discount"]);
        assert_eq!(states(&sandbox), ["before-change"], "{case}: {}", sandbox.record("HEAD"));
        nothing_says_that_it_was_tested(&sandbox, case);
        // The record is made again from the same files, with the same answer.
        sandbox.backstory(&["backfill", "HEAD"]).good();
        assert_eq!(states(&sandbox), ["before-change"], "{case}");
    }
    let sandbox = with_cart();
    let hook = "sed -i 's/(prices, rate)/( prices, rate )/' cart.py; git add cart.py";
    sandbox.script(".git/hooks/pre-commit", hook);
    sandbox.git(&["commit", "-q", "-m", "Add a discount"]);
    assert!(sandbox.git(&["show", "HEAD:cart.py"]).contains("( prices, rate )"));
    assert_eq!(states(&sandbox), ["before-change"], "a formatter in pre-commit");
    nothing_says_that_it_was_tested(&sandbox, "a formatter in pre-commit");
}

#[test]
fn passed_is_not_told_of_one_of_two_files_that_were_tested_together() {
    const ONE: &str = "def first_part(of_it):\n    return of_it.first_value\n";
    const TWO: &str = "def second_part(of_it):\n    return of_it.second_value\n";
    for (case, both) in [("one of two", false), ("both", true)] {
        let sandbox = Sandbox::ready();
        support::agents::claude_turns(
            &sandbox,
            &[(0, "Write the first part", "one.py", ONE), (1, "Write the second part", "two.py", TWO)],
        );
        sandbox.write("one.py", ONE);
        sandbox.write("two.py", TWO);
        sandbox.git(&["add", if both { "-A" } else { "two.py" }]);
        sandbox.git(&["commit", "-q", "-m", "Parts"]);
        let expected = if both { "committed" } else { "other-state" };
        assert_eq!(states(&sandbox).last().unwrap(), expected, "{case}: {}", sandbox.record("HEAD"));
        if !both {
            nothing_says_that_it_was_tested(&sandbox, case);
            sandbox.git(&["add", "-A"]);
            sandbox.git(&["commit", "-q", "--amend", "--no-edit"]);
            assert_eq!(states(&sandbox).last().unwrap(), "committed", "amended");
        }
    }
}

#[test]
fn where_head_came_to_other_files_after_the_test_its_base_is_another() {
    for (case, how, expected) in [
        ("nothing moved", &[][..], "committed"),
        ("a new branch", &["checkout", "-q", "-b", "topic"], "committed"),
        ("a merge", &["merge", "-q", "--no-edit", "other"], "other-base"),
        ("another branch", &["checkout", "-q", "other"], "other-base"),
        ("a pick", &["cherry-pick", "other"], "other-base"),
    ] {
        let sandbox = Sandbox::ready();
        let early = [("GIT_COMMITTER_DATE", "2026-01-02T02:00:00Z"), ("GIT_AUTHOR_DATE", "2026-01-02T02:00:00Z")];
        let before = |arguments: &[&str]| assert_eq!(sandbox.git_with(&early, arguments).code, 0, "{case}");
        before(&["checkout", "-q", "-b", "other"]);
        sandbox.write("lib.py", "value_of_another = 1\n");
        before(&["add", "lib.py"]);
        before(&["commit", "-q", "-m", "Of another"]);
        before(&["checkout", "-q", "main"]);
        claude(&sandbox);
        sandbox.write("cart.py", CART);
        if !how.is_empty() {
            sandbox.git(how);
        }
        sandbox.git(&["add", "cart.py"]);
        sandbox.git(&["commit", "-q", "-m", "Add a discount"]);
        assert_eq!(states(&sandbox), [expected], "{case}: {}", sandbox.record("HEAD"));
    }
}

#[test]
fn of_a_commit_that_was_put_on_other_files_it_is_told_that_its_base_is_another() {
    for with_transcripts in [true, false] {
        for (case, how, expected) in [
            ("another message", &["commit", "-q", "--amend", "-m", "Reworded"][..], "committed"),
            ("a rebase where nothing changed", &["rebase", "-q", "--force-rebase", "HEAD~"], "committed"),
            ("a rebase", &["rebase", "-q", "main"], "other-base"),
            ("a pick", &["cherry-pick", "side"], "other-base"),
            ("a pick where nothing changed", &["cherry-pick", "side"], "committed"),
            ("a squash", &["merge", "-q", "--squash", "side"], "other-base"),
        ] {
            let sandbox = Sandbox::ready();
            sandbox.git(&["checkout", "-q", "-b", "side"]);
            claude(&sandbox);
            sandbox.write("cart.py", CART);
            sandbox.git(&["add", "cart.py"]);
            sandbox.git(&["commit", "-q", "-m", "Add a discount"]);
            assert_eq!(states(&sandbox), ["committed"], "{case}");
            if !with_transcripts {
                fs::remove_dir_all(sandbox.home.join(".claude")).unwrap();
            }
            sandbox.git(&["checkout", "-q", "main"]);
            if case == "a pick where nothing changed" {
                sandbox.git(&["commit", "-q", "--allow-empty", "-m", "Nothing"]);
            } else {
                sandbox.write("lib.py", "value_of_another = 1\n");
                sandbox.git(&["add", "lib.py"]);
                sandbox.git(&["commit", "-q", "-m", "Of another"]);
            }
            if !["cherry-pick", "merge"].contains(&how[0]) {
                sandbox.git(&["checkout", "-q", "side"]);
            }
            sandbox.git(how);
            if how[0] == "merge" {
                sandbox.git(&["commit", "-q", "-m", "Squashed"]);
            }
            assert_eq!(states(&sandbox), [expected], "{case} {with_transcripts}: {}", sandbox.record("HEAD"));
            if expected == "other-base" {
                only_its_base_is_said_to_be_another(&sandbox, case);
            }
        }
    }
}

/// A transcript that is written again in place (scrubbed, restored, compacted, synced) and is not shorter than what was read of it.
#[test]
fn a_transcript_that_was_written_anew_is_read_anew_whatever_its_length() {
    const ONE: &str =
        "def first_total(prices):\n    subtotal = sum(prices)\n    return subtotal * first_rate(prices)\n";
    const TWO: &str = "def second_total(prices):\n    amount = max(prices)\n    return amount - second_rate(prices)\n";
    let long = format!("Write one with {}", "a".repeat(900));
    let turns = |first: &'static str, prompt: &str, sandbox: &Sandbox| {
        let path = support::agents::claude_turns(sandbox, &[(0, prompt, "one.py", ONE), (2, first, "two.py", TWO)]);
        fs::read_to_string(path).unwrap()
    };
    type Anew<'a> = Box<dyn Fn(&Sandbox, usize) -> String + 'a>;
    let padded = |sandbox: &Sandbox, read: usize| {
        // Another session's turn, filled up to the length of what was read.
        let text = |fill: usize| {
            let prompt = format!("Write two {}", "b".repeat(fill));
            fs::read_to_string(support::agents::claude_turns(sandbox, &[(2, &prompt, "two.py", TWO)])).unwrap()
        };
        let short = text(0).len();
        text(read - short)
    };
    let cases: [(&str, bool, Anew); 5] = [
        (
            "a few bytes shorter before the place",
            false,
            Box::new(|sandbox, _| turns("Write two", &long[..long.len() - 40], sandbox)),
        ),
        (
            "many bytes shorter before the place",
            false,
            Box::new(|sandbox, _| turns("Write two", &long[..long.len() - 800], sandbox)),
        ),
        (
            "longer before the place",
            false,
            Box::new(|sandbox, _| turns("Write two", &format!("{long}{long}"), sandbox)),
        ),
        ("as long, and another", false, Box::new(padded)),
        ("of another repository before", true, Box::new(|sandbox, _| turns("Write two", &long[..500], sandbox))),
    ];
    for (name, is_of_another, anew) in &cases {
        let sandbox = Sandbox::ready();
        let path = support::agents::claude_turns(&sandbox, &[(0, &long, "one.py", ONE)]);
        let mut text = fs::read_to_string(&path).unwrap();
        if *is_of_another {
            let root = sandbox.root.display().to_string();
            text = text.replace(&root, "/srv/another");
            fs::write(&path, &text).unwrap();
        }
        sandbox.write("one.py", ONE);
        sandbox.git(&["add", "-A"]);
        let then = ("GIT_COMMITTER_DATE", "2026-01-02T03:01:00Z");
        sandbox.git_with(&[then, ("GIT_AUTHOR_DATE", then.1)], &["commit", "-q", "-m", "One"]).good();
        assert_eq!(sandbox.note("HEAD").is_some(), !is_of_another, "{name}");

        let now = anew(&sandbox, text.len());
        assert!(*is_of_another || now.len() >= text.len(), "{name}");
        fs::write(&path, now).unwrap();
        sandbox.write("two.py", TWO);
        sandbox.git(&["add", "-A"]);
        sandbox.git(&["commit", "-q", "-m", "Two"]);
        let prompts = sandbox.record("HEAD")["contributions"][0]["prompts"].to_string();
        assert!(prompts.contains("Write two"), "{name}: {prompts}");
    }
}

/// As an agent commits in whose shells no hook runs.
const NO_HOOKS: &str = "core.hooksPath=";

#[test]
fn the_next_hook_makes_the_record_of_a_commit_that_no_hook_saw() {
    let sandbox = with_cart();
    sandbox.git(&["-c", NO_HOOKS, "commit", "-q", "-m", "Add a discount"]);
    assert_eq!(sandbox.note("HEAD"), None);
    sandbox.write("notes.txt", "by hand\n");
    sandbox.git(&["add", "notes.txt"]);
    let ran = sandbox.try_git(&["commit", "-q", "-m", "Take notes"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert_eq!(contributions(&sandbox.record("HEAD~1")), [cart()]);
    assert_eq!(sandbox.message("HEAD~1").trim(), "Add a discount", "the commit itself stays as it is");
}

#[test]
fn a_push_makes_the_record_of_a_commit_that_no_hook_saw() {
    let sandbox = with_cart();
    let remote = sandbox.base().join("remote.git");
    sandbox.git(&["init", "-q", "--bare", remote.to_str().unwrap()]);
    sandbox.git(&["remote", "add", "origin", remote.to_str().unwrap()]);
    sandbox.git(&["-c", NO_HOOKS, "commit", "-q", "-m", "Add a discount"]);
    sandbox.git(&["push", "-q", "origin", "HEAD"]);
    assert_eq!(contributions(&sandbox.record("HEAD")), [cart()]);
}

#[test]
fn what_no_hook_saw_and_no_session_wrote_gets_no_record_and_an_opt_out_holds() {
    let sandbox = with_cart();
    sandbox.git(&["reset", "-q"]);
    sandbox.write("notes.txt", "by hand\n");
    sandbox.git(&["add", "notes.txt"]);
    sandbox.git(&["-c", NO_HOOKS, "commit", "-q", "-m", "Take notes"]);
    sandbox.git(&["add", "cart.py"]);
    let ran = sandbox.git_with(&[("BACKSTORY", "0")], &["commit", "-q", "-m", "Add a discount"]);
    assert_eq!(ran.code, 0);
    sandbox.write("more.txt", "by hand\n");
    sandbox.git(&["add", "more.txt"]);
    sandbox.git(&["commit", "-q", "-m", "Take more"]);
    assert_eq!((sandbox.note("HEAD~1"), sandbox.note("HEAD~2")), (None, None));
}

#[test]
fn a_newer_version_of_an_agent_and_sessions_that_are_not_read_are_named() {
    let sandbox = with_cart();
    let path = claude(&sandbox);
    let text = fs::read_to_string(&path).unwrap();
    let quiet = sandbox.backstory(&["sessions"]);
    assert_eq!(quiet.err, "");
    fs::write(&path, text.replace("2.1.30", "99.0.0")).unwrap();
    fs::create_dir_all(sandbox.home.join(".local/share/amazon-q")).unwrap();
    fs::create_dir_all(sandbox.home.join(".cursor/chats")).unwrap();
    let ran = sandbox.backstory(&["sessions"]);
    assert!(ran.err.contains("what Cursor keeps in ") && ran.err.contains("chats is not read"), "{}", ran.err);
    let named = sandbox.backstory(&["sessions", "--sessions", path.to_str().unwrap()]);
    assert!(!named.err.contains("Cursor"), "{}", named.err);
    assert!(ran.err.contains("1 session of Claude Code 99.0.0: the newest version tested is 2.1."), "{}", ran.err);
    let doctor = sandbox.backstory(&["doctor"]);
    let said = format!("{}{}", doctor.out, doctor.err);
    assert!(said.contains("99.0.0 wrote the newest session"), "{said}");
    assert!(said.contains("Amazon Q Developer") && said.contains("are not read"), "{said}");
    assert!(said.contains("what it keeps in ") && said.contains("chats is not read"), "{said}");
}

#[test]
fn what_is_ignored_gets_no_record_later_either() {
    for (case, file, text) in [
        ("the session", ".backstoryignore", format!("{CLAUDE_ID}\n")),
        ("the agent", ".backstoryignore", "agent:claude-code\n".to_owned()),
        ("the path", ".backstoryignore", "cart.py\n".to_owned()),
    ] {
        let sandbox = Sandbox::ready();
        sandbox.write(file, &text);
        sandbox.git(&["add", "-A"]);
        sandbox.git(&["commit", "-q", "-m", "Ignore it"]);
        fs::remove_file(sandbox.root.join(file)).unwrap();
        claude(&sandbox);
        sandbox.write("cart.py", CART);
        sandbox.git(&["add", "cart.py"]);
        sandbox.git(&["-c", NO_HOOKS, "commit", "-q", "-m", "Add a discount"]);
        sandbox.write("notes.txt", "by hand\n");
        sandbox.git(&["add", "notes.txt"]);
        sandbox.git(&["commit", "-q", "-m", "Take notes"]);
        let words = sandbox.note("HEAD~1").unwrap_or_default();
        assert!(!words.contains("divide by 100") && !words.contains("cart.py"), "{case}: {words}");
    }
}
