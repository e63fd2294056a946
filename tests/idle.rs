//! Commits by hand in a home where agents are at work, elsewhere or on something else: the hooks start the program unless surely
//! nothing of any agent happened, whatever it is that may have.
#![allow(clippy::unwrap_used, reason = "only tests are here")]

mod support;

use std::fs;
use std::path::Path;

use support::{PROGRAM, Sandbox, make_executable};

const HOOKS: [&str; 2] = ["commit-msg", "post-commit"];

const BOTH: &str = "commit-msg post-commit";

/// Of a session of somebody's other work.
const ELSEWHERE: &str = "{\"type\":\"user\",\"cwd\":\"/elsewhere\",\"sessionId\":\"s\",\"uuid\":\"u\",\"timestamp\":\
                         \"2026-01-01T00:00:00Z\",\"message\":{\"role\":\"user\",\"content\":\"go on\"}}\n";
const CHECK: &str = ".git/backstory/idle-check";
const PROJECT: &str = ".claude/projects/-elsewhere";

/// Makes the hooks start another program.
fn start_instead(sandbox: &Sandbox, program: &Path) {
    for hook in HOOKS {
        let path = format!(".git/hooks/{hook}");
        let text = sandbox.read(&path).replace(PROGRAM, program.to_str().unwrap());
        // What is just running is not written to.
        fs::remove_file(sandbox.root.join(&path)).unwrap();
        make_executable(&sandbox.write(&path, &text));
    }
}

fn commit(sandbox: &Sandbox, text: &str) {
    sandbox.write("a.txt", text);
    sandbox.git(&["add", "a.txt"]);
    sandbox.git(&["commit", "-q", "-m", "Change a"]);
}

/// A repository whose last commits were by hand, in a home with sessions of other work. Hooks write down that they start the
/// program, and start it. `None` where there is no check for idle hooks.
fn idle() -> Option<Sandbox> {
    let sandbox = Sandbox::new();
    let file = sandbox.home.join(PROJECT).join("11111111-2222-4333-8444-555555555555.jsonl");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, ELSEWHERE).unwrap();
    sandbox.write(".backstory.yml", "timeout_ms: 60000\n");
    sandbox.backstory(&["init", "--share"]).good();
    if !sandbox.root.join(CHECK).exists() {
        #[allow(clippy::print_stderr, reason = "says that nothing was tested")]
        {
            eprintln!("skipped: there is no check for idle hooks on this system");
        }
        return None;
    }
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "-m", "Start"]);
    let log = sandbox.base().join("log");
    let program = sandbox.script("../program", &format!("echo \"$2\" >>'{}'; exec '{PROGRAM}' \"$@\"", log.display()));
    start_instead(&sandbox, &fs::canonicalize(program).unwrap());
    for text in ["1\n", "2\n"] {
        commit(&sandbox, text);
    }
    started(&sandbox);
    Some(sandbox)
}

/// The hooks that started the program since this was asked last.
fn started(sandbox: &Sandbox) -> String {
    let log = sandbox.base().join("log");
    let text = fs::read_to_string(&log).unwrap_or_default();
    let _ = fs::remove_file(log);
    text.lines().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_commit_by_hand_starts_no_program() {
    let Some(sandbox) = idle() else { return };
    for text in ["3\n", "4\n", "5\n"] {
        commit(&sandbox, text);
        assert_eq!(started(&sandbox), "", "{text}");
    }
    assert_eq!(sandbox.try_git(&["notes", "--ref", "backstory", "list"]).out, "");
    // The word for the post-commit hook is heeded once.
    assert!(sandbox.read(".git/backstory/passed").ends_with("\nused\n"));
    let before = sandbox.git(&["rev-parse", "HEAD~1"]);
    assert!(sandbox.read(".git/backstory/passed-at").starts_with(&format!("{} ", before.trim())));
    // The sessions of other work are not named.
    let stamp = sandbox.read(".git/backstory/idle");
    assert!(!stamp.contains("elsewhere"), "{stamp}");
}

/// It stays behind in every repository that has a record.
#[test]
fn the_emptied_folder_of_commits_that_are_due_keeps_nobody_busy() {
    let Some(sandbox) = idle() else { return };
    let spool = sandbox.root.join(".git/backstory/spool");
    fs::create_dir(&spool).unwrap();
    for (text, expected) in [("3\n", BOTH), ("4\n", ""), ("5\n", "")] {
        commit(&sandbox, text);
        assert_eq!(started(&sandbox), expected, "{text}");
    }
    // What is none of ours is not deleted, and not known either.
    fs::write(spool.join("kept"), "").unwrap();
    for text in ["6\n", "7\n"] {
        commit(&sandbox, text);
        assert_eq!(started(&sandbox), BOTH, "{text}");
    }
}

/// Its name, what happens before the commit, the variables of the commit, and the hooks that start the program.
type Case = (&'static str, fn(&Sandbox), &'static [(&'static str, &'static str)], &'static str);

/// What may happen between two commits or with one, and the hooks that must then look for themselves.
#[test]
fn whatever_may_matter_starts_the_program() {
    let both = BOTH;
    let cases: &[Case] = &[
        ("nothing", |_| {}, &[], ""),
        ("a new session", |s| in_home(s, ".claude/projects/-elsewhere/b.jsonl", ELSEWHERE), &[], both),
        ("a new folder", |s| in_home(s, ".claude/projects/-other/b.jsonl", ELSEWHERE), &[], both),
        ("an agent's first folder", |s| in_home(s, ".codex/sessions/2026/01/02/x.jsonl", "{}\n"), &[], both),
        ("an archive", |s| in_home(s, ".codex/archived_sessions/x.jsonl", "{}\n"), &[], both),
        ("another place", |s| in_home(s, ".config/claude/projects/-x/b.jsonl", ELSEWHERE), &[], both),
        (
            "a session that went on",
            |s| {
                let path = format!("{PROJECT}/11111111-2222-4333-8444-555555555555.jsonl");
                in_home(s, &path, &ELSEWHERE.repeat(2));
            },
            &[],
            both,
        ),
        (
            "a subagent",
            |s| {
                let path = format!("{PROJECT}/11111111-2222-4333-8444-555555555555/subagents/agent-1.jsonl");
                in_home(s, &path, ELSEWHERE);
            },
            &[],
            both,
        ),
        ("an agent's shell", |_| {}, &[("CLAUDECODE", "1")], both),
        ("an agent that names itself", |_| {}, &[("AI_AGENT", "pi")], both),
        ("another folder of an agent", |_| {}, &[("CODEX_HOME", "/nowhere")], both),
        ("another home", |_| {}, &[("XDG_CONFIG_HOME", "/nowhere")], both),
        ("a setting of git", |s| drop(s.git(&["config", "backstory.alias", "/elsewhere"])), &[], both),
        ("a person's setting", |s| in_home(s, ".gitconfig", NAMED), &[], both),
        ("a setting for once", |_| {}, &[("GIT_CONFIG_PARAMETERS", "'backstory.enabled'='false'")], both),
        ("settings by variables", |_| {}, &[("GIT_CONFIG_COUNT", "0")], both),
        ("settings of the repository", |s| drop(s.write(".backstory.yml", "timeout_ms: 50000\n")), &[], both),
        ("no settings", |s| fs::remove_file(s.root.join(".backstory.yml")).unwrap(), &[], both),
        ("a list of what is ignored", |s| drop(s.write(".backstoryignore", "agent:codex\n")), &[], both),
        ("a journal", |s| drop(s.write(".backstory/sessions/2026.yaml", "sessions: []\n")), &[], both),
        ("what forget wrote", |s| drop(s.write(".git/backstory/forgotten", "")), &[], both),
        ("a commit that is due", |s| fs::create_dir(s.root.join(".git/backstory/spool")).unwrap(), &[], both),
        ("a squash", |s| drop(s.write(".git/SQUASH_MSG", &format!("commit {}\n", "1".repeat(40)))), &[], both),
        ("another note of the last commit", |s| drop(s.write(".git/backstory/pending", "on \n")), &[], both),
        ("a damaged stamp", |s| shorten(s, ".git/backstory/idle"), &[], both),
        ("no stamp", |s| fs::remove_file(s.root.join(".git/backstory/idle")).unwrap(), &[], both),
        ("an old stamp", |s| edit_stamp(s, "time "), &[], both),
        ("a stamp of another repository", |s| edit_stamp(s, "root "), &[], both),
        ("another author", |_| {}, &[("GIT_AUTHOR_EMAIL", "noreply@anthropic.com")], both),
        (
            "a reset before",
            |s| {
                s.git(&["config", "core.pager", "cat"]);
                s.git(&["reset", "-q", "--soft", "HEAD~1"]);
            },
            &[],
            both,
        ),
    ];
    for (case, change, variables, expected) in cases {
        let Some(sandbox) = idle() else { return };
        change(&sandbox);
        sandbox.write("a.txt", "changed\n");
        sandbox.git(&["add", "a.txt"]);
        let ran = sandbox.git_with(variables, &["commit", "-q", "-m", "Change a"]);
        assert_eq!(ran.code, 0, "{case}: {ran:?}");
        assert_eq!(started(&sandbox), *expected, "{case}");
    }
}

const NAMED: &str = "[user]\n\tname = Test\n\temail = test@example.invalid\n[core]\n\tpager = cat\n";

fn in_home(sandbox: &Sandbox, path: &str, text: &str) {
    let path = sandbox.home.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn shorten(sandbox: &Sandbox, path: &str) {
    let text = sandbox.read(path);
    sandbox.write(path, &text[..text.len() - 5]);
}

/// Makes the line that begins so say something else: a time long ago, another root.
fn edit_stamp(sandbox: &Sandbox, start: &str) {
    let line = |line: &str| if line.starts_with(start) { format!("{start}1 2") } else { line.to_owned() };
    let text: Vec<String> = sandbox.read(".git/backstory/idle").lines().map(line).collect();
    sandbox.write(".git/backstory/idle", &(text.join("\n") + "\n"));
}

#[test]
fn a_commit_that_is_not_plainly_made_or_says_something_is_looked_at() {
    for (case, arguments, expected) in [
        ("plain", &["commit", "-q", "-m", "Say nothing of it"][..], ""),
        ("an amend by hand", &["commit", "-q", "--amend", "-m", "Change it"], ""),
        ("no check", &["commit", "-q", "--no-verify", "-m", "Change it"], "post-commit"),
        ("a helper", &["commit", "-q", "-m", "x", "-m", "Assisted-by: Codex"], BOTH),
        ("a co-author", &["commit", "-q", "-m", "x", "-m", "Co-Authored-By: C <NoReply@anthropic.com>"], BOTH),
        ("a key that is not quite one", &["commit", "-q", "-m", "x\n\nAI_Prompt: do it\n\nmore"], BOTH),
        ("a session", &["commit", "-q", "-m", "x", "-m", "Backstory-Session: codex/1234"], BOTH),
        ("a pick", &["commit", "-q", "-m", "x\n\n(cherry picked from commit 1234)"], BOTH),
        ("another author", &["commit", "-q", "-m", "x", "--author", "devin <d@x>"], BOTH),
        ("a sign-off of a person", &["commit", "-q", "-s", "-m", "x"], ""),
    ] {
        let Some(sandbox) = idle() else { return };
        sandbox.write("a.txt", "changed\n");
        sandbox.git(&["add", "a.txt"]);
        sandbox.git(arguments);
        // An amend has one more hook, which is a script.
        assert_eq!(started(&sandbox), expected, "{case}");
    }
    for (case, arguments) in [
        ("a merge", &["merge", "-q", "--no-ff", "side", "-m", "Merge"][..]),
        ("a squash", &["merge", "-q", "--squash", "side"]),
        ("a cherry-pick", &["cherry-pick", "side"]),
        ("a revert", &["revert", "--no-edit", "HEAD"]),
        ("a rebase", &["rebase", "-q", "--force-rebase", "HEAD~1"]),
    ] {
        let Some(sandbox) = idle() else { return };
        sandbox.git(&["checkout", "-q", "-b", "side", "HEAD~1"]);
        sandbox.write("side.txt", "side\n");
        sandbox.git(&["add", "side.txt"]);
        sandbox.git(&["commit", "-q", "-m", "Side"]);
        sandbox.git(&["checkout", "-q", "main"]);
        commit(&sandbox, "main\n");
        started(&sandbox);
        sandbox.git(arguments);
        if case == "a squash" {
            sandbox.git(&["commit", "-q", "-m", "Squashed"]);
        }
        let ran = started(&sandbox);
        let is_looked_at = match case {
            // Git runs no post-commit there.
            "a merge" => ran.is_empty() || ran.contains("commit-msg"),
            _ => ran.contains("post-commit"),
        };
        assert!(is_looked_at, "{case}: {ran:?}");
    }
}

#[test]
fn a_session_that_begins_after_a_commit_by_hand_gets_its_record() {
    let Some(sandbox) = idle() else { return };
    commit(&sandbox, "by hand\n");
    assert_eq!(started(&sandbox), "");
    support::agents::claude(&sandbox);
    sandbox.write("cart.py", support::agents::CART);
    sandbox.git(&["add", "cart.py"]);
    sandbox.git(&["commit", "-q", "-m", "Add the cart"]);
    assert_eq!(started(&sandbox), "commit-msg post-commit");
    assert_eq!(sandbox.record("HEAD")["contributions"][0]["agent"], "claude-code");
    assert!(sandbox.message("HEAD").contains("Assisted-by: Claude Code"));
}

#[test]
fn word_of_another_commit_is_not_heeded() {
    let Some(sandbox) = idle() else { return };
    // A commit that was given up after its message was seen, and one that no commit-msg hook sees.
    sandbox.script(".git/hooks/reference-transaction", "exit 1");
    sandbox.write("a.txt", "3\n");
    sandbox.git(&["add", "a.txt"]);
    assert_ne!(sandbox.try_git(&["commit", "-q", "-m", "x"]).code, 0);
    fs::remove_file(sandbox.root.join(".git/hooks/reference-transaction")).unwrap();
    assert!(!sandbox.read(".git/backstory/passed").contains("used"));
    assert_eq!(started(&sandbox), "");
    sandbox.git(&["commit", "-q", "--no-verify", "-m", "x"]);
    assert_eq!(started(&sandbox), "post-commit");
    // What lies in its way is not written through.
    let Some(sandbox) = idle() else { return };
    let target = sandbox.base().join("target");
    fs::write(&target, "precious").unwrap();
    let passed = sandbox.root.join(".git/backstory/passed");
    let _ = fs::remove_file(&passed);
    std::os::unix::fs::symlink(&target, &passed).unwrap();
    commit(&sandbox, "4\n");
    assert_eq!((started(&sandbox).as_str(), fs::read_to_string(&target).unwrap().as_str()), (BOTH, "precious"));
}

#[test]
fn without_the_check_or_with_one_of_another_machine_the_program_is_started() {
    for (case, text) in
        [("gone", None), ("of another machine", Some("\u{7f}ELF")), ("broken", Some("#!/nowhere/at/all\n"))]
    {
        let Some(sandbox) = idle() else { return };
        fs::remove_file(sandbox.root.join(CHECK)).unwrap();
        if let Some(text) = text {
            make_executable(&sandbox.write(CHECK, text));
        }
        sandbox.write("a.txt", "3\n");
        sandbox.git(&["add", "a.txt"]);
        let ran = sandbox.try_git(&["commit", "-q", "-m", "x"]);
        assert_eq!((ran.code, ran.err.as_str(), started(&sandbox).as_str()), (0, "", BOTH), "{case}");
        let doctor = sandbox.backstory(&["doctor"]);
        assert!(doctor.out.contains("idle check: missing or of another version"), "{case}: {doctor:?}");
        sandbox.backstory(&["init"]).good();
        assert!(!sandbox.backstory(&["doctor"]).out.contains("idle check"), "{case}");
    }
}

#[test]
fn what_a_clone_brings_beside_other_hooks_is_not_run() {
    let Some(sandbox) = idle() else { return };
    for hook in HOOKS {
        make_executable(&sandbox.write(&format!("tools/hooks/{hook}"), &sandbox.read(&format!(".git/hooks/{hook}"))));
    }
    sandbox.script("tools/backstory/idle-check", "echo run >>\"$HOME/run\"");
    sandbox.write("tools/backstory/idle", "");
    sandbox.write("tools/backstory/passed", "1\n");
    sandbox.git(&["config", "core.hooksPath", "tools/hooks"]);
    commit(&sandbox, "3\n");
    assert_eq!(started(&sandbox), BOTH);
    assert!(!sandbox.home.join("run").exists());
    assert_eq!(sandbox.read("tools/backstory/passed"), "1\n");
}

#[test]
fn what_a_reset_or_a_branch_leaves_behind_is_looked_at() {
    for (case, commands) in [
        ("a reset", &[&["reset", "-q", "--soft", "HEAD~1"][..]][..]),
        ("another branch", &[&["checkout", "-q", "-b", "side", "HEAD~1"]]),
        ("a branch that was moved", &[&["update-ref", "refs/heads/main", "HEAD~1"]]),
        (
            "a branch that was moved without a word",
            &[&["-c", "core.logAllRefUpdates=false", "update-ref", "refs/heads/main", "HEAD~1"]],
        ),
    ] {
        let Some(sandbox) = idle() else { return };
        commit(&sandbox, "3\n");
        assert_eq!(started(&sandbox), "", "{case}");
        for command in commands {
            sandbox.git(command);
        }
        commit(&sandbox, "4\n");
        assert_eq!(started(&sandbox), BOTH, "{case}");
        // And then commits are by hand again.
        commit(&sandbox, "5\n");
        commit(&sandbox, "6\n");
        assert_eq!(started(&sandbox), "", "{case}");
    }
}

#[test]
fn hooks_and_work_trees_of_other_kinds_go_on_as_they_did() {
    // A hook from before runs in every commit.
    let Some(sandbox) = idle() else { return };
    sandbox.backstory(&["uninstall"]).good();
    assert!(!sandbox.root.join(CHECK).exists() && !sandbox.root.join(".git/backstory/idle").exists());
    for hook in HOOKS {
        sandbox.script(&format!(".git/hooks/{hook}"), &format!("echo {hook} >>\"$HOME/before\""));
    }
    sandbox.backstory(&["init", "--local"]).good();
    for text in ["3\n", "4\n", "5\n"] {
        commit(&sandbox, text);
    }
    assert_eq!(fs::read_to_string(sandbox.home.join("before")).unwrap().lines().count(), 6);
    assert!(sandbox.root.join(".git/backstory/passed").exists());
    // In a linked work tree the program looks each time.
    let Some(sandbox) = idle() else { return };
    sandbox.git(&["worktree", "add", "-q", "../linked"]);
    let linked = sandbox.base().join("linked");
    for text in ["7\n", "8\n"] {
        fs::write(linked.join("a.txt"), text).unwrap();
        sandbox.git(&["-C", "../linked", "add", "a.txt"]);
        sandbox.git(&["-C", "../linked", "commit", "-q", "-m", "x"]);
        assert_eq!(started(&sandbox), BOTH);
    }
}

/// As [`idle`], with a session of this repository that wrote another file.
fn beside_a_session() -> Sandbox {
    let sandbox = Sandbox::new();
    support::agents::claude(&sandbox);
    sandbox.write(".backstory.yml", "timeout_ms: 60000\n");
    sandbox.backstory(&["init", "--share"]).good();
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "-m", "Start"]);
    let log = sandbox.base().join("log");
    let program = sandbox.script("../program", &format!("echo \"$2\" >>'{}'; exec '{PROGRAM}' \"$@\"", log.display()));
    start_instead(&sandbox, &fs::canonicalize(program).unwrap());
    commit(&sandbox, "1\n");
    started(&sandbox);
    sandbox
}

/// Git takes the time that it is.
const NOW: (&str, &str) = ("GIT_AUTHOR_DATE", "");

fn commit_now(sandbox: &Sandbox, text: &str) {
    sandbox.write("a.txt", text);
    sandbox.git(&["add", "a.txt"]);
    let ran = sandbox.git_with(&[NOW], &["commit", "-q", "-m", "Change a"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
}

fn notes(sandbox: &Sandbox) -> usize {
    sandbox.try_git(&["notes", "--ref", "backstory", "list"]).out.lines().count()
}

#[test]
fn beside_a_session_of_other_work_one_program_is_started() {
    let sandbox = beside_a_session();
    for text in ["2\n", "3\n", "4\n"] {
        commit_now(&sandbox, text);
        assert_eq!((started(&sandbox).as_str(), notes(&sandbox)), ("commit-msg", 0), "{text}");
    }
    assert!(!sandbox.root.join(".git/backstory/spool").exists());
    // Its work gets its record, and what goes before and after it takes nothing from it.
    sandbox.write("cart.py", support::agents::CART);
    sandbox.git(&["add", "cart.py"]);
    sandbox.git(&["commit", "-q", "-m", "Add the cart"]);
    assert_eq!(started(&sandbox), BOTH);
    assert_eq!(sandbox.record("HEAD")["contributions"][0]["agent"], "claude-code");
    commit_now(&sandbox, "5\n");
    assert_eq!((started(&sandbox).as_str(), notes(&sandbox)), ("commit-msg", 1));
    // Where no commit-msg runs, what was passed over before is known to have been.
    sandbox.git(&["reset", "-q", "--soft", "HEAD~2"]);
    sandbox.git(&["commit", "-q", "--no-verify", "-m", "Both"]);
    assert_eq!(started(&sandbox), "post-commit");
    assert_eq!(sandbox.record("HEAD")["contributions"][0]["agent"], "claude-code");
    assert!(!sandbox.root.join(".git/backstory/spool").read_dir().unwrap().any(|_| true));
}

#[test]
fn the_first_commit_by_hand_finds_what_an_agent_committed_without_hooks() {
    let sandbox = Sandbox::new();
    sandbox.write(".backstory.yml", "timeout_ms: 60000\n");
    sandbox.backstory(&["init", "--share"]).good();
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "-m", "Start"]);
    support::agents::claude(&sandbox);
    sandbox.write("cart.py", support::agents::CART);
    sandbox.git(&["add", "cart.py"]);
    sandbox.git(&["-c", "core.hooksPath=", "commit", "-q", "-m", "Add the cart"]);
    assert_eq!(notes(&sandbox), 0);
    commit_now(&sandbox, "1\n");
    assert_eq!(sandbox.record("HEAD~1")["contributions"][0]["agent"], "claude-code");
}

type BesideCase = (&'static str, fn(&Sandbox), &'static [(&'static str, &'static str)], &'static str, &'static str);

#[test]
fn beside_a_session_whatever_post_commit_may_be_needed_for_starts_it() {
    let by_claude = &[NOW, ("GIT_AUTHOR_EMAIL", "noreply@anthropic.com")];
    let with_setting = &[NOW, ("GIT_CONFIG_PARAMETERS", "'backstory.training'='true'")];
    let cases: &[BesideCase] = &[
        ("plain", |_| {}, &[NOW], "commit -m x", "commit-msg"),
        ("an author", |_| {}, by_claude, "commit -m x", BOTH),
        ("a setting for once", |_| {}, with_setting, "commit -m x", BOTH),
        ("a helper", |_| {}, &[NOW], "commit -m x -m Assisted-by:Codex", BOTH),
        ("a commit that is named", |_| {}, &[NOW], "commit -m Former-commit-id:1234", BOTH),
        ("an amend", |_| {}, &[NOW], "commit --amend -m x", BOTH),
        ("an amend, as git still knows the option", |_| {}, &[NOW], "commit --am -m x", BOTH),
        (
            "an amend by another name",
            |s| drop(s.git(&["config", "alias.again", "commit --amend"])),
            &[],
            "again -m x",
            BOTH,
        ),
        ("no check", |_| {}, &[NOW], "commit --no-verify -m x", "post-commit"),
        ("a commit that is due", |s| drop(s.write(DUE, "")), &[NOW], "commit -m x", BOTH),
        ("a squash", |s| drop(s.write(".git/SQUASH_MSG", "x\n")), &[NOW], "commit -m x", BOTH),
        ("a reset", |s| drop(s.git(&["reset", "-q", "--soft", "HEAD~1"])), &[NOW], "commit -m x", BOTH),
        ("a journal", |s| drop(s.write(".backstory/sessions/a.yaml", "x: y\n")), &[NOW], "commit -m x", BOTH),
        (
            "a session that wrote it",
            |s| drop(support::agents::claude_turns(s, &[(1, "Change it", "a.txt", "changed\n")])),
            &[NOW],
            "commit -m x",
            BOTH,
        ),
        (
            "a hook from before",
            |s| drop(s.script(".git/hooks/commit-msg.before-backstory", "exit 0")),
            &[NOW],
            "commit -m x",
            BOTH,
        ),
        (
            "something in the way of the word",
            |s| std::os::unix::fs::symlink("../config", s.root.join(".git/backstory/passed")).unwrap(),
            &[NOW],
            "commit -m x",
            BOTH,
        ),
    ];
    for (case, change, variables, arguments, expected) in cases {
        let sandbox = beside_a_session();
        change(&sandbox);
        sandbox.write("a.txt", "changed\n");
        sandbox.git(&["add", "a.txt"]);
        let ran = sandbox.git_with(variables, &arguments.split(' ').collect::<Vec<_>>());
        assert_eq!(ran.code, 0, "{case}: {ran:?}");
        assert_eq!(started(&sandbox), *expected, "{case}");
    }
}

const DUE: &str = ".git/backstory/spool/1111111111111111111111111111111111111111";

/// Git has the tree in its hands before the hook looks at what is staged.
#[test]
fn a_commit_that_was_not_as_commit_msg_saw_it_gets_its_record_with_the_next() {
    let sandbox = beside_a_session();
    sandbox.write("cart.py", support::agents::CART);
    sandbox.write("a.txt", "2\n");
    sandbox.git(&["add", "-A"]);
    sandbox.script(".git/hooks/prepare-commit-msg", "git reset -q HEAD cart.py");
    sandbox.git_with(&[NOW], &["commit", "-q", "-m", "Change a and the cart"]);
    fs::remove_file(sandbox.root.join(".git/hooks/prepare-commit-msg")).unwrap();
    assert_eq!(started(&sandbox), "commit-msg");
    assert_eq!(sandbox.git(&["show", "--format=", "--name-only", "HEAD"]), "a.txt\ncart.py\n");
    assert_eq!(notes(&sandbox), 0);
    let first = sandbox.git(&["rev-parse", "HEAD"]);
    sandbox.git(&["reset", "-q"]);
    commit_now(&sandbox, "3\n");
    assert_eq!(started(&sandbox), BOTH);
    assert_eq!(sandbox.record(first.trim())["contributions"][0]["agent"], "claude-code");
}
