//! Records on their way to a remote and to other clones, and a push that no trouble with them stops.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use std::fs;
use std::path::PathBuf;

use support::agents::{CART, CLAUDE_ID, TAX, claude, codex};
use support::{PROGRAM, Ran, Sandbox, make_executable, run};

/// A commit of Claude Code's in a repository with the bare remote `hub.git`; nothing is pushed yet.
fn with_hub() -> Sandbox {
    let sandbox = Sandbox::ready();
    sandbox.git(&["init", "-q", "--bare", "-b", "main", "../hub.git"]);
    sandbox.git(&["remote", "add", "origin", "../hub.git"]);
    sandbox.backstory(&["init"]).good();
    claude(&sandbox);
    commit(&sandbox, "cart.py", CART);
    sandbox
}

fn commit(sandbox: &Sandbox, file: &str, text: &str) {
    sandbox.write(file, text);
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "-m", &format!("Add {file}")]);
}

/// Another clone of the hub, with hooks.
fn clone(sandbox: &Sandbox, name: &str) -> PathBuf {
    let folder = sandbox.base().join(name);
    sandbox.git(&["clone", "-q", "../hub.git", folder.to_str().unwrap()]);
    within(sandbox, &folder, PROGRAM, &["init", "--share"]).good();
    folder
}

fn within(sandbox: &Sandbox, folder: &PathBuf, program: &str, arguments: &[&str]) -> Ran {
    run(sandbox.command(program).current_dir(folder).args(arguments), "")
}

fn hub_notes(sandbox: &Sandbox) -> usize {
    let ran = sandbox.try_git(&["-C", "../hub.git", "notes", "--ref", "backstory", "list"]);
    ran.out.lines().count()
}

fn push(sandbox: &Sandbox) -> Ran {
    sandbox.try_git(&["push", "-q", "-u", "origin", "main"])
}

#[test]
fn a_record_is_pushed_with_the_commits_and_a_fresh_clone_shows_it() {
    let sandbox = with_hub();
    let ran = push(&sandbox);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert_eq!(hub_notes(&sandbox), 1);
    let other = clone(&sandbox, "other");
    within(&sandbox, &other, "git", &["fetch", "-q"]).good();
    // Another person's machine: the sessions are not there.
    fs::remove_dir_all(sandbox.home.join(".claude")).unwrap();
    let shown = within(&sandbox, &other, PROGRAM, &["show"]).good();
    assert!(shown.contains("divide by 100"), "{shown}");
    let described = within(&sandbox, &other, PROGRAM, &["describe", "HEAD~..HEAD"]).good();
    assert!(described.contains("Claude Code"), "{described}");
}

#[test]
fn records_of_two_clones_are_united_by_their_pushes() {
    let sandbox = with_hub();
    assert_eq!(push(&sandbox).code, 0);
    let other = clone(&sandbox, "other");
    within(&sandbox, &other, "git", &["checkout", "-q", "-b", "side"]).good();
    fs::write(other.join("mine.py"), "").unwrap();
    within(&sandbox, &other, "git", &["add", "-A"]).good();
    let agent = run(
        sandbox.command("git").current_dir(&other).env("CODEX_THREAD_ID", "t-1").args(["commit", "-q", "-m", "Mine"]),
        "",
    );
    agent.good();
    codex(&sandbox);
    commit(&sandbox, "tax.py", TAX);
    let ran = push(&sandbox);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let ran = within(&sandbox, &other, "git", &["push", "-q", "origin", "side"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert_eq!(hub_notes(&sandbox), 3);
    // And the first one again: what the other one brought stays.
    commit(&sandbox, "cart.py", &CART.replace("total", "sum_of"));
    assert_eq!(push(&sandbox).code, 0);
    assert!(hub_notes(&sandbox) >= 3);
}

/// Everything that the hub's notes hold, their history included.
fn hub_history(sandbox: &Sandbox) -> String {
    sandbox.try_git(&["-C", "../hub.git", "log", "-p", "--format=%B", "refs/notes/backstory"]).out
}

#[test]
fn the_records_of_a_branch_that_stays_at_home_stay_with_it() {
    let sandbox = with_hub();
    sandbox.git(&["checkout", "-q", "-b", "secret"]);
    codex(&sandbox);
    commit(&sandbox, "tax.py", TAX);
    assert_eq!(sandbox.try_git(&["notes", "--ref", "backstory", "list"]).out.lines().count(), 2);
    assert_eq!(sandbox.try_git(&["push", "-q", "origin", "main"]).code, 0);
    let secret = sandbox.git(&["rev-parse", "secret"]);
    assert_eq!(hub_notes(&sandbox), 1);
    assert!(!hub_history(&sandbox).contains(secret.trim()), "{}", hub_history(&sandbox));
    // Nothing new leaves with a push of the same; the branch's own push takes its record along.
    assert_eq!(sandbox.try_git(&["push", "-q", "origin", "main"]).code, 0);
    assert_eq!(hub_notes(&sandbox), 1);
    assert_eq!(sandbox.try_git(&["push", "-q", "origin", "secret"]).code, 0);
    assert_eq!(hub_notes(&sandbox), 2);
    assert_eq!(sandbox.try_git(&["notes", "--ref", "backstory", "list"]).out.lines().count(), 2);
}

#[test]
fn a_second_remote_learns_only_what_is_pushed_to_it() {
    let sandbox = with_hub();
    sandbox.git(&["checkout", "-q", "-b", "internal"]);
    codex(&sandbox);
    commit(&sandbox, "tax.py", TAX);
    assert_eq!(sandbox.try_git(&["push", "-q", "origin", "main", "internal"]).code, 0);
    assert_eq!(hub_notes(&sandbox), 2);
    sandbox.git(&["init", "-q", "--bare", "-b", "main", "../open.git"]);
    sandbox.git(&["remote", "add", "open", "../open.git"]);
    assert_eq!(sandbox.try_git(&["push", "-q", "open", "main"]).code, 0);
    let there = sandbox.try_git(&["-C", "../open.git", "notes", "--ref", "backstory", "list"]).out;
    assert_eq!(there.lines().count(), 1, "{there}");
    // To an address that is no remote's name as well.
    sandbox.git(&["init", "-q", "--bare", "-b", "main", "../third.git"]);
    assert_eq!(sandbox.try_git(&["push", "-q", "../third.git", "main"]).code, 0);
    let there = sandbox.try_git(&["-C", "../third.git", "notes", "--ref", "backstory", "list"]).out;
    assert_eq!(there.lines().count(), 1, "{there}");
}

#[test]
fn a_push_from_a_worktree_shares_records_too() {
    let sandbox = with_hub();
    sandbox.git(&["worktree", "add", "-q", "-b", "side", "../side"]);
    let side = sandbox.base().join("side");
    let ran = within(&sandbox, &side, "git", &["push", "-q", "origin", "side"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert_eq!(hub_notes(&sandbox), 1);
}

#[test]
fn local_records_are_not_pushed() {
    for by_setting in [false, true] {
        let sandbox = with_hub();
        if by_setting {
            sandbox.git(&["config", "backstory.sharing", "local"]);
        } else {
            sandbox.write(".backstory.yml", "timeout_ms: 60000\nsharing: local\n");
        }
        assert_eq!(push(&sandbox).code, 0);
        assert_eq!(hub_notes(&sandbox), 0);
        assert!(sandbox.note("HEAD").unwrap().contains(CLAUDE_ID));
    }
}

/// A commit of Claude Code's that is not pushed, in a repository in which nobody decided anything.
fn undecided() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.git(&["init", "-q", "--bare", "-b", "main", "../hub.git"]);
    sandbox.git(&["remote", "add", "origin", "../hub.git"]);
    sandbox.write(".backstory.yml", "timeout_ms: 60000\n");
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "-m", "Start"]);
    sandbox
}

#[test]
fn nobody_shares_but_a_person_or_a_team_that_decided_to() {
    let settings = |sharing: &str| format!("timeout_ms: 60000\n{sharing}");
    for (name, arguments, file, is_committed, person, notes) in [
        ("nobody decided", &["init"][..], "", true, None, 0),
        ("by option", &["init", "--share"], "", true, None, 1),
        ("kept by option", &["init", "--local"], "sharing: notes\n", true, None, 0),
        ("a team's decision", &["init"], "sharing: notes\n", true, None, 1),
        ("a file that nobody committed", &["init"], "sharing: notes\n", false, None, 0),
        ("a team that keeps them", &["init"], "sharing: local\n", true, Some("notes"), 0),
        ("a file that keeps them, not committed", &["init"], "sharing: local\n", false, Some("notes"), 0),
        ("by setting", &["init"], "", true, Some("notes"), 1),
        ("by a setting that is mistyped", &["init"], "sharing: notes\n", true, Some("nots"), 0),
        ("beside a manager of hooks", &["init", "--no-hooks"], "", true, None, 0),
        ("beside a manager of hooks, by a team", &["init", "--no-hooks"], "sharing: notes\n", true, None, 1),
        ("without init", &["doctor"], "", true, None, 0),
        ("without init, by a team", &["doctor"], "sharing: notes\n", true, None, 1),
    ] {
        let sandbox = undecided();
        sandbox.write(".backstory.yml", &settings(file));
        if is_committed {
            sandbox.git(&["commit", "-q", "--allow-empty", "-a", "-m", "Settings"]);
        }
        if let Some(person) = person {
            sandbox.git(&["config", "backstory.sharing", person]);
        }
        let ran = sandbox.backstory(arguments);
        assert!(ran.code < 2, "{name}: {ran:?}");
        if !sandbox.root.join(".git/hooks/pre-push").exists() {
            for hook in ["commit-msg", "post-commit", "pre-push"] {
                sandbox.script(&format!(".git/hooks/{hook}"), &format!("exec '{PROGRAM}' hook {hook} \"$@\""));
            }
        }
        claude(&sandbox);
        sandbox.write("cart.py", CART);
        sandbox.git(&["add", "cart.py"]);
        sandbox.git(&["commit", "-q", "-m", "Add the cart"]);
        assert!(sandbox.note("HEAD").unwrap().contains(CLAUDE_ID), "{name}");
        let ran = push(&sandbox);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{name}");
        assert_eq!(hub_notes(&sandbox), notes, "{name}");
    }
}

#[test]
fn a_clone_that_was_set_up_before_sharing_was_a_question_keeps_what_it_had() {
    let sandbox = undecided();
    sandbox.backstory(&["init"]).good();
    let receipt = sandbox.read(".git/backstory/installed.json");
    let earlier = receipt.replace(",\n  \"asks_before_sharing\": true", "");
    assert_ne!(receipt, earlier);
    sandbox.write(".git/backstory/installed.json", &earlier);
    claude(&sandbox);
    commit(&sandbox, "cart.py", CART);
    assert_eq!(push(&sandbox).code, 0);
    assert_eq!(hub_notes(&sandbox), 1);
    let said = sandbox.backstory(&["init"]).good();
    assert!(said.contains("Shared, as before") && said.contains("`backstory init --local`"), "{said}");
    let said = sandbox.backstory(&["doctor"]).good();
    assert_eq!(said.matches("as set up before that was a question").count(), 1, "{said}");
    sandbox.backstory(&["init", "--local"]).good();
    codex(&sandbox);
    commit(&sandbox, "tax.py", TAX);
    assert_eq!(push(&sandbox).code, 0);
    assert_eq!(hub_notes(&sandbox), 1);
    assert!(!sandbox.backstory(&["doctor"]).good().contains("was a question"));
}

#[test]
fn who_shares_later_is_told_how_many_records_leave() {
    let sandbox = undecided();
    let said = sandbox.backstory(&["init"]).good();
    assert!(said.contains("Not shared") && said.contains("`backstory init --share`"), "{said}");
    claude(&sandbox);
    commit(&sandbox, "cart.py", CART);
    assert_eq!(push(&sandbox).code, 0);
    assert_eq!(hub_notes(&sandbox), 0);
    let said = sandbox.backstory(&["init", "--share"]).good();
    assert!(said.contains("1 record that was made so far leaves too"), "{said}");
    assert!(!sandbox.backstory(&["init", "--share"]).good().contains("leaves too"));
    commit(&sandbox, "other.py", "");
    assert_eq!(push(&sandbox).code, 0);
    assert_eq!(hub_notes(&sandbox), 1);
}

/// `init` at a terminal, where a person types `keys`.
#[cfg(target_os = "linux")]
fn init_at_a_terminal(sandbox: &Sandbox, variables: &[(&str, &str)], keys: &str) -> Ran {
    let line = format!("'{PROGRAM}' init");
    let mut command = sandbox.command("script");
    command.args(["-qec", &line, "/dev/null"]).envs(variables.iter().copied());
    run(&mut command, keys)
}

#[cfg(target_os = "linux")]
#[test]
fn at_a_terminal_init_asks_once_and_again_before_records_leave_that_are_there() {
    const QUESTION: &str = "everyone who can read this repository? [y/N]";
    let answer = |sandbox: &Sandbox| sandbox.try_git(&["config", "backstory.sharing"]).out;
    for (keys, expected) in [("y\n", "notes\n"), ("n\n", "local\n"), ("\n", "local\n")] {
        let sandbox = undecided();
        let ran = init_at_a_terminal(&sandbox, &[], keys);
        assert!(ran.code == 0 && ran.out.contains(QUESTION), "{ran:?}");
        assert_eq!(answer(&sandbox), expected, "{keys:?}: {ran:?}");
        let again = init_at_a_terminal(&sandbox, &[], "y\n");
        assert!(!again.out.contains("[y/N]") && answer(&sandbox) == expected, "{again:?}");
    }
    // Nor does it ask where the team decided, or an agent that would answer for the person.
    let sandbox = undecided();
    let ran = init_at_a_terminal(&sandbox, &[("CLAUDE_CODE_SESSION_ID", "5f0c7a2e")], "y\n");
    assert!(!ran.out.contains("[y/N]") && answer(&sandbox).is_empty(), "{ran:?}");
    sandbox.write(".backstory.yml", "timeout_ms: 60000\nsharing: notes\n");
    commit(&sandbox, "a", "");
    let ran = init_at_a_terminal(&sandbox, &[], "n\n");
    assert!(ran.out.contains("Shared, as .backstory.yml says") && answer(&sandbox).is_empty(), "{ran:?}");

    // Who does not answer the second question has not agreed.
    for (keys, expected) in [("y\nn\n", ""), ("y\n", ""), ("y\ny\n", "notes\n")] {
        let sandbox = undecided();
        sandbox.backstory(&["init"]).good();
        claude(&sandbox);
        commit(&sandbox, "cart.py", CART);
        let ran = init_at_a_terminal(&sandbox, &[], keys);
        assert!(ran.out.contains("1 record that was made so far will leave too"), "{ran:?}");
        assert_eq!(answer(&sandbox), expected, "{keys:?}: {ran:?}");
    }
}

#[test]
fn who_opted_out_pushes_nothing() {
    let sandbox = with_hub();
    sandbox.git_with(&[("BACKSTORY", "0")], &["push", "-q", "origin", "main"]).good();
    assert_eq!(hub_notes(&sandbox), 0);
}

/// The hub's hook that refuses notes with these words; it takes them again where there are none.
fn refuse(sandbox: &Sandbox, words: &str) {
    let refusal = if words.is_empty() { "exit 0".to_owned() } else { format!("echo {words} >&2; exit 1") };
    let lines = format!("while read old new name; do case $name in refs/notes/*) {refusal} ;; esac; done");
    make_executable(&sandbox.script("../hub.git/hooks/pre-receive", &lines));
}

/// What the program says in a push of a new commit, and what of the sharing `doctor` has to say then.
fn push_another(sandbox: &Sandbox, name: &str) -> (Vec<String>, Vec<String>) {
    commit(sandbox, name, name);
    let ran = push(sandbox);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(sandbox.git(&["rev-parse", "HEAD"]), sandbox.git(&["-C", "../hub.git", "rev-parse", "main"]));
    let lines = |text: &str, start: &str| text.lines().filter(|line| line.contains(start)).map(str::to_owned).collect();
    (lines(&ran.err, "backstory: "), lines(&sandbox.backstory(&["doctor"]).out, "sharing records"))
}

#[test]
fn a_remote_that_refuses_notes_gets_the_commits_and_its_reason_is_said_until_it_changes() {
    let sandbox = with_hub();
    refuse(&sandbox, "policy: no notes, see wiki");
    let (said, doctor) = push_another(&sandbox, "a");
    let words = "origin refuses the records: policy: no notes, see wiki (pre-receive hook declined)";
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(
        said[0].starts_with("backstory: pre-push did nothing, the push goes on: ") && said[0].contains(words),
        "{said:?}"
    );
    assert!(doctor.len() == 1 && doctor[0].contains("policy: no notes, see wiki"), "{doctor:?}");
    let (said, doctor) = push_another(&sandbox, "b");
    assert!(said.is_empty() && doctor[0].contains("2 pushes"), "{said:?} {doctor:?}");
    // Another reason, and another address, are something new.
    refuse(&sandbox, "notes are full");
    assert!(push_another(&sandbox, "c").0[0].contains("notes are full"));
    assert!(push_another(&sandbox, "d").0.is_empty());
    sandbox.git(&["remote", "set-url", "origin", "../hub.git/"]);
    assert_eq!(push_another(&sandbox, "e").0.len(), 1);
    // As soon as the server takes them, all of them are there, and it may refuse again.
    refuse(&sandbox, "");
    assert_eq!(push_another(&sandbox, "f"), (Vec::new(), Vec::new()));
    assert_eq!(hub_notes(&sandbox), 1);
    refuse(&sandbox, "notes are full");
    sandbox.git_with(&[("CODEX_THREAD_ID", "t-1")], &["commit", "-q", "--allow-empty", "-m", "Mine"]).good();
    assert_eq!(push_another(&sandbox, "g").0.len(), 1);
}

#[test]
fn strict_stops_each_push_whose_records_are_refused() {
    let sandbox = with_hub();
    sandbox.write(".backstory.yml", "timeout_ms: 60000\nstrict: true\n");
    refuse(&sandbox, "no");
    for _ in 0..2 {
        let ran = push(&sandbox);
        assert!(ran.code != 0 && ran.err.contains("origin refuses the records: no"), "{ran:?}");
    }
}

/// The hook as git starts it when `main` is pushed to `address`.
fn pre_push(sandbox: &Sandbox, address: &str) -> Ran {
    let main = sandbox.git(&["rev-parse", "main"]);
    let line = format!("refs/heads/main {} refs/heads/main {}\n", main.trim(), "0".repeat(40));
    run(sandbox.command(PROGRAM).args(["hook", "pre-push", address, address]), &line)
}

#[test]
fn what_a_manager_of_hooks_read_itself_it_names_in_a_variable() {
    let sandbox = with_hub();
    let hook = |told: Option<&str>| {
        let mut command = sandbox.command(PROGRAM);
        command.args(["hook", "pre-push", "origin", "../hub.git"]);
        let told = told.map(|branch| ("PRE_COMMIT_TO_REF", sandbox.git(&["rev-parse", branch]).trim().to_owned()));
        run(command.envs(told), "").good();
        hub_notes(&sandbox)
    };
    // Who is told of no commit shares none.
    assert_eq!((hook(None), hook(Some("main"))), (0, 1));
}

#[test]
fn the_hook_of_a_push_to_a_remote_that_is_gone_ends_well() {
    let sandbox = with_hub();
    let gone = sandbox.base().join("gone.git").display().to_string();
    let ran = pre_push(&sandbox, &gone);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.err.starts_with("backstory: pre-push did nothing, the push goes on: "), "{ran:?}");
    assert_eq!(ran.err.lines().count(), 1, "{ran:?}");
}

#[test]
fn a_key_in_an_address_reaches_neither_terminal_nor_log_nor_doctor() {
    let sandbox = with_hub();
    for address in [
        "https://me:s3cret@127.0.0.1:1/x.git",
        "https://s3cret@127.0.0.1:1/x.git?token=s3cret",
        "ftp://me:s3cret@127.0.0.1:1/x.git",
        "nonsense://me:s3cret@127.0.0.1:1/x.git",
        "ext::false me:s3cret@127.0.0.1",
    ] {
        sandbox.git(&["config", "remote.origin.url", address]);
        let by_name = sandbox.try_git(&["push", "-q", "--force", "origin", "main"]);
        // Git itself may show it.
        let ours: String = by_name.err.lines().filter(|line| line.starts_with("backstory:")).collect();
        let said = [ours, pre_push(&sandbox, address).err, sandbox.backstory(&["doctor"]).out, log(&sandbox)].concat();
        assert!(!said.contains("s3cret"), "{address}: {said}");
        assert!(log(&sandbox).contains("pre-push did nothing"), "{address}");
        fs::remove_file(sandbox.root.join(".git/backstory/log")).unwrap();
    }
}

fn log(sandbox: &Sandbox) -> String {
    fs::read_to_string(sandbox.root.join(".git/backstory/log")).unwrap_or_default()
}

#[test]
fn a_transfer_that_hangs_is_given_up() {
    let sandbox = with_hub();
    sandbox.git(&["config", "protocol.ext.allow", "always"]);
    let ran = pre_push(&sandbox, "ext::sleep 60");
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.err.contains("took longer than 8 s"), "{ran:?}");
    // The next push does not wait as long for the same server, and says nothing new.
    for most in [5, 4] {
        let start = std::time::Instant::now();
        let ran = pre_push(&sandbox, "ext::sleep 60");
        assert_eq!((ran.code, ran.err.as_str()), (0, ""));
        assert!(start.elapsed().as_secs() < most, "{:?}", start.elapsed());
    }
    let doctor = sandbox.backstory(&["doctor"]).out;
    assert!(doctor.contains("gave no answer in time (3 pushes)"), "{doctor}");
}

#[test]
fn a_push_without_hooks_shares_no_record() {
    let sandbox = with_hub();
    sandbox.git(&["push", "-q", "--no-verify", "origin", "main"]);
    assert_eq!(hub_notes(&sandbox), 0);
}

#[cfg(target_os = "linux")]
#[test]
fn a_push_that_is_only_tried_shares_no_record() {
    let sandbox = with_hub();
    for option in ["--dry-run", "-n", "-qn"] {
        sandbox.git(&["push", option, "origin", "main"]);
        assert_eq!(hub_notes(&sandbox), 0, "{option}");
    }
    assert_eq!(push(&sandbox).code, 0);
    assert_eq!(hub_notes(&sandbox), 1);
}
