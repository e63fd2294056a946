//! Which sessions belong to a repository: those that were at work in it, and no others, wherever they are filed. Each
//! case is a home with one session, for both agents; what counts is the record, what the index keeps, and `doctor`.
#![allow(clippy::unwrap_used, reason = "only tests are here")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};
use support::{Ran, Sandbox, run};

/// A word that is nowhere but in the session.
const WORD: &str = "zanzibar";
const ID: &str = "11111111-2222-4333-8444-555555555555";
const LINES: &str = "def total(prices, rate):\n    subtotal = sum(prices)\n    discount = subtotal * rate / 100\n    \
                     return round(subtotal - discount, 2)\n";

#[derive(Clone, Copy, Debug, PartialEq)]
enum Agent {
    Claude,
    Codex,
}

const AGENTS: [Agent; 2] = [Agent::Claude, Agent::Codex];

/// What a session did.
struct Session<'a> {
    /// The folder that it was begun in.
    cwd: &'a Path,
    /// The file that it wrote, and with what.
    file: PathBuf,
    text: &'a str,
    /// A command that it ran.
    command: Option<String>,
}

impl<'a> Session<'a> {
    fn writing(cwd: &'a Path, file: impl AsRef<Path>) -> Self {
        Self { cwd, file: file.as_ref().to_owned(), text: LINES, command: None }
    }
}

fn slug(folder: &Path) -> String {
    folder.to_string_lossy().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect()
}

/// Files a session of Claude Code under a folder's name, or one of Codex under the day.
fn file_under(sandbox: &Sandbox, agent: Agent, name: &str, session: &Session) -> PathBuf {
    let (path, lines) = match agent {
        Agent::Claude => (sandbox.home.join(format!(".claude/projects/{name}/{ID}.jsonl")), claude(session, false)),
        Agent::Codex => (
            sandbox.home.join(format!(".codex/sessions/2026/01/02/rollout-2026-01-02T03-01-00-{ID}.jsonl")),
            codex(session),
        ),
    };
    write(&path, &lines);
    path
}

fn put(sandbox: &Sandbox, agent: Agent, session: &Session) -> PathBuf {
    file_under(sandbox, agent, &slug(session.cwd), session)
}

fn write(path: &Path, lines: &[Value]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, lines.iter().map(|line| format!("{line}\n")).collect::<String>()).unwrap();
}

fn claude(session: &Session, is_subagent: bool) -> Vec<Value> {
    let mut number = 0;
    let mut line = |kind: &str, message: Value| {
        number += 1;
        let mut line = json!({"parentUuid": null, "isSidechain": is_subagent, "userType": "external",
            "cwd": session.cwd, "sessionId": ID, "version": "2.1.30", "gitBranch": "main", "type": kind,
            "uuid": format!("0000000{}-0000-4000-8000-{number:012}", u8::from(is_subagent)),
            "timestamp": format!("2026-01-02T03:00:{number:02}.000Z"), "message": message});
        if is_subagent {
            line["agentId"] = json!("1");
        }
        line
    };
    let calls = |id: &str, name: &str, input: Value| {
        let id = format!("{id}{is_subagent}");
        json!({"id": format!("m-{id}"), "role": "assistant", "model": "claude-test-1",
            "content": [{"type": "tool_use", "id": id, "name": name, "input": input}]})
    };
    let gives = |id: &str, text: &str| {
        let id = format!("{id}{is_subagent}");
        json!({"role": "user", "content": [{"type": "tool_result", "tool_use_id": id, "content": text}]})
    };
    let mut lines = vec![
        line("user", json!({"role": "user", "content": format!("Write the {WORD} file")})),
        line("assistant", calls("t1", "Write", json!({"file_path": session.file, "content": session.text}))),
        line("user", gives("t1", "File created")),
    ];
    if let Some(command) = &session.command {
        lines.push(line("assistant", calls("t2", "Bash", json!({"command": command}))));
        lines.push(line("user", gives("t2", &format!("{WORD} output"))));
    }
    lines
}

fn codex(session: &Session) -> Vec<Value> {
    let added: String = session.text.lines().map(|line| format!("+{line}\n")).collect();
    let patch = format!("*** Begin Patch\n*** Add File: {}\n{added}*** End Patch", session.file.display());
    let mut number = 0;
    let mut line = |kind: &str, payload: Value| {
        number += 1;
        json!({"timestamp": format!("2026-01-02T03:01:{number:02}.000Z"), "type": kind, "payload": payload})
    };
    let output = |text: &str| format!("Exit code: 0\nWall time: 0 seconds\nOutput:\n{text}");
    let mut lines = vec![
        line("session_meta", json!({"id": ID, "cwd": session.cwd, "cli_version": "0.140.0", "source": "cli"})),
        line("turn_context", json!({"cwd": session.cwd, "model": "gpt-test"})),
        line("event_msg", json!({"type": "user_message", "message": format!("Write the {WORD} file")})),
        line(
            "response_item",
            json!({"type": "custom_tool_call", "name": "apply_patch", "call_id": "c1", "input": patch}),
        ),
        line(
            "response_item",
            json!({"type": "custom_tool_call_output", "call_id": "c1", "output": output("Success.")}),
        ),
    ];
    if let Some(command) = &session.command {
        let arguments = json!({"cmd": command}).to_string();
        let call = json!({"type": "function_call", "name": "exec_command", "call_id": "c2", "arguments": arguments});
        lines.push(line("response_item", call));
        let text = output(&format!("{WORD} output"));
        lines.push(line("response_item", json!({"type": "function_call_output", "call_id": "c2", "output": text})));
    }
    lines
}

/// A home with a repository that is set up in `name`, below the sandbox's folder.
fn ready(name: &str) -> Sandbox {
    let sandbox = Sandbox::named(name);
    set_up(&sandbox);
    sandbox
}

fn set_up(sandbox: &Sandbox) {
    sandbox.write(".backstory.yml", "timeout_ms: 60000\n");
    sandbox.backstory(&["init"]).good();
    sandbox.git(&["add", ".backstory.yml"]);
    sandbox.git(&["commit", "-q", "-m", "Start"]);
}

fn in_folder(sandbox: &Sandbox, folder: &Path, program: &str, arguments: &[&str]) -> Ran {
    run(sandbox.command(program).current_dir(folder).args(arguments), "")
}

fn git_in(sandbox: &Sandbox, folder: &Path, arguments: &[&str]) -> String {
    in_folder(sandbox, folder, "git", arguments).good()
}

/// Another repository, with a commit.
fn repository(sandbox: &Sandbox, folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    git_in(sandbox, folder, &["init", "-q", "-b", "main"]);
    git_in(sandbox, folder, &["commit", "-q", "--allow-empty", "-m", "Other"]);
}

/// Commits `cart.py` with the session's lines in a folder, and returns the note of that commit.
fn commit(sandbox: &Sandbox, folder: &Path, variables: &[(&str, &str)]) -> Option<String> {
    fs::write(folder.join("cart.py"), LINES).unwrap();
    git_in(sandbox, folder, &["add", "cart.py"]);
    let mut command = sandbox.command("git");
    let committed =
        run(command.current_dir(folder).envs(variables.iter().copied()).args(["commit", "-q", "-m", "Cart"]), "");
    assert_eq!(committed.err, "");
    committed.good();
    let shown = in_folder(sandbox, folder, "git", &["notes", "--ref", "backstory", "show", "HEAD"]);
    (shown.code == 0).then_some(shown.out)
}

/// Every byte that is kept in the git folder of a repository, but for git's own objects, which are read as text.
fn kept(sandbox: &Sandbox, folder: &Path) -> Vec<u8> {
    let common = git_in(sandbox, folder, &["rev-parse", "--path-format=absolute", "--git-common-dir"]);
    let mut bytes = Vec::new();
    let ours = Path::new(common.trim()).join("backstory");
    for entry in fs::read_dir(ours).into_iter().flatten().flatten() {
        bytes.extend(fs::read(entry.path()).unwrap_or_default());
    }
    bytes.extend(git_in(sandbox, folder, &["log", "--all", "-p", "--format=%B"]).into_bytes());
    bytes
}

fn holds(bytes: &[u8], word: &str) -> bool {
    bytes.windows(word.len()).any(|window| window == word.as_bytes())
}

/// The line of `doctor` about an agent's transcripts.
fn counted(sandbox: &Sandbox, folder: &Path) -> String {
    let report: Value =
        serde_json::from_str(&in_folder(sandbox, folder, support::PROGRAM, &["doctor", "--json"]).out).unwrap();
    let findings = report["findings"].as_array().unwrap();
    let about = findings.iter().find(|one| ["Claude Code", "Codex"].contains(&one["subject"].as_str().unwrap()));
    about.unwrap()["state"].as_str().unwrap().to_owned()
}

/// The session counts: by the hook, by `backfill` without an index, and in `doctor`.
fn assert_belongs(sandbox: &Sandbox, folder: &Path, name: &str) {
    let note = commit(sandbox, folder, &[]).unwrap_or_else(|| panic!("{name}: no record"));
    let record: Value = serde_json::from_str(&note).unwrap();
    assert_eq!(record["lines"]["agent"], 4, "{name}: {note}");
    assert!(note.contains(ID) && note.contains(WORD), "{name}: {note}");
    assert!(counted(sandbox, folder).contains(", 1 of this repository"), "{name}: {}", counted(sandbox, folder));
    git_in(sandbox, folder, &["notes", "--ref", "backstory", "remove", "HEAD"]);
    in_folder(sandbox, folder, support::PROGRAM, &["backfill", "HEAD"]).good();
    let note = git_in(sandbox, folder, &["notes", "--ref", "backstory", "show", "HEAD"]);
    let record: Value = serde_json::from_str(&note).unwrap();
    assert_eq!(record["lines"]["agent"], 4, "{name}, backfill: {note}");
}

/// Nothing of the session counts, and no word of it is kept.
fn assert_is_foreign(sandbox: &Sandbox, folder: &Path, name: &str) {
    assert_eq!(commit(sandbox, folder, &[]), None, "{name}");
    // The second commit, when what was seen before is known.
    fs::write(folder.join("second.py"), LINES).unwrap();
    git_in(sandbox, folder, &["add", "second.py"]);
    git_in(sandbox, folder, &["commit", "-q", "-m", "Second"]);
    in_folder(sandbox, folder, support::PROGRAM, &["backfill", "--all"]).good();
    assert_eq!(git_in(sandbox, folder, &["for-each-ref", "refs/notes/backstory"]), "", "{name}");
    let kept = kept(sandbox, folder);
    assert!(!holds(&kept, WORD), "{name}: a word of the session is kept");
    let common = git_in(sandbox, folder, &["rev-parse", "--path-format=absolute", "--git-common-dir"]);
    let index = fs::read(Path::new(common.trim()).join("backstory/index.db")).unwrap_or_default();
    assert!(!holds(&index, ID), "{name}: the session is in the index");
    assert!(counted(sandbox, folder).contains(", 0 of this repository"), "{name}: {}", counted(sandbox, folder));
}

#[test]
fn a_session_of_a_repository_beside_or_inside_is_foreign() {
    for agent in AGENTS {
        for (name, ours, theirs) in [
            ("a common beginning", "api", "api-internal"),
            ("the other way", "api-internal", "api"),
            ("one name for two", "my.app", "my-app"),
            ("the other way", "my-app", "my.app"),
            ("a nested clone", "shop", "shop/vendor/x"),
            ("a repository high above", ".", "work/project"),
        ] {
            let sandbox = ready(ours);
            let other = sandbox.base().join(theirs);
            repository(&sandbox, &other);
            // The file has the name of ours, and its lines.
            put(&sandbox, agent, &Session::writing(&other, other.join("cart.py")));
            assert_is_foreign(&sandbox, &sandbox.root.clone(), &format!("{agent:?}, {name}"));
        }
    }
}

#[test]
fn a_submodule_and_its_superproject_are_two() {
    for agent in AGENTS {
        for of_submodule in [true, false] {
            let sandbox = ready("super");
            let origin = sandbox.base().join("origin");
            repository(&sandbox, &origin);
            let allow = "protocol.file.allow=always";
            sandbox.git(&["-c", allow, "submodule", "add", "-q", &origin.to_string_lossy(), "libs/part"]);
            sandbox.git(&["commit", "-q", "-m", "Submodule"]);
            let part = sandbox.root.join("libs/part");
            in_folder(&sandbox, &part, support::PROGRAM, &["init"]).good();
            let (at_work, other) = if of_submodule { (&part, &sandbox.root) } else { (&sandbox.root, &part) };
            put(&sandbox, agent, &Session::writing(at_work, at_work.join("cart.py")));
            assert_is_foreign(&sandbox, other, &format!("{agent:?}, submodule {of_submodule}"));
            assert_belongs(&sandbox, at_work, &format!("{agent:?}, submodule {of_submodule}"));
        }
    }
}

#[test]
fn a_session_that_is_filed_elsewhere_is_found_by_what_it_did() {
    let long = format!("{}/repo", ["x".repeat(120), "y".repeat(120)].join("/"));
    for agent in AGENTS {
        for name in ["parent", "superproject", "added folder", "link", "long path", "bare beside worktrees", "far"] {
            let case = format!("{agent:?}, {name}");
            let sandbox = ready(if name == "long path" { &long } else { "ws/repo" });
            let root = sandbox.root.clone();
            let above = root.parent().unwrap().to_owned();
            match name {
                "superproject" => repository(&sandbox, &above),
                "added folder" => repository(&sandbox, &sandbox.base().join("other")),
                _ => {}
            }
            let session = |cwd: &Path, file: PathBuf| put(&sandbox, agent, &Session::writing(cwd, file));
            match name {
                "parent" | "superproject" => session(&above, root.join("cart.py")),
                "added folder" => session(&sandbox.base().join("other"), root.join("cart.py")),
                "far" => session(&sandbox.home, root.join("cart.py")),
                "link" => {
                    let link = sandbox.base().join("link");
                    std::os::unix::fs::symlink(&root, &link).unwrap();
                    session(&link, link.join("cart.py"))
                }
                "long path" => {
                    let cut: String = slug(&root).chars().take(200).collect();
                    let written = Session::writing(&root, root.join("cart.py"));
                    file_under(&sandbox, agent, &format!("{cut}-1a2b3c"), &written)
                }
                _ => {
                    let container = sandbox.base().join("container");
                    let (bare, tree) = (container.join(".bare"), container.join("main"));
                    fs::create_dir_all(&container).unwrap();
                    git_in(&sandbox, &root, &["clone", "-q", "--bare", ".", &bare.to_string_lossy()]);
                    git_in(&sandbox, &bare, &["worktree", "add", "-q", &tree.to_string_lossy(), "main"]);
                    in_folder(&sandbox, &tree, support::PROGRAM, &["init"]).good();
                    session(&container, tree.join("cart.py"));
                    assert_belongs(&sandbox, &tree, &case);
                    continue;
                }
            };
            assert_belongs(&sandbox, &root, &case);
        }
    }
}

#[test]
fn worktrees_belong_and_so_do_those_that_are_gone() {
    for agent in AGENTS {
        for (name, place, is_removed) in [
            ("beside", "../side", false),
            ("inside", ".claude/worktrees/side", false),
            ("inside, removed", ".claude/worktrees/side", true),
        ] {
            let sandbox = ready("repo");
            let root = sandbox.root.clone();
            sandbox.git(&["worktree", "add", "-q", "-b", "side", place]);
            let tree = fs::canonicalize(root.join(place)).unwrap();
            put(&sandbox, agent, &Session::writing(&tree, tree.join("cart.py")));
            if is_removed {
                sandbox.git(&["worktree", "remove", place]);
            }
            assert_belongs(&sandbox, &root, &format!("{agent:?}, {name}"));
        }
    }
}

#[test]
fn a_commit_that_a_session_made_makes_it_belong() {
    for agent in AGENTS {
        let sandbox = ready("repo");
        let other = sandbox.base().join("other");
        repository(&sandbox, &other);
        let command = format!("cd {} && git commit -qm 'Add the cart of the shop'", sandbox.root.display());
        let written = Session::writing(&other, other.join("cart.py"));
        put(&sandbox, agent, &Session { command: Some(command), ..written });
        assert!(counted(&sandbox, &sandbox.root).contains(", 1 of this repository"), "{agent:?}");
        // Its lines were written elsewhere, and are not evidence.
        let note = commit(&sandbox, &sandbox.root, &[]);
        assert!(note.is_none_or(|note| !note.contains("\"author\":\"agent\"")), "{agent:?}");
    }
}

#[test]
fn lines_that_a_session_wrote_elsewhere_are_no_evidence_and_are_not_kept() {
    for agent in AGENTS {
        let sandbox = ready("repo");
        let other = sandbox.base().join("other");
        repository(&sandbox, &other);
        let root = sandbox.root.clone();
        let text = LINES.replace("subtotal", "zebra");
        let command = format!("cd {} && cat xylophone", other.display());
        let session = Session { cwd: &root, file: other.join("cart.py"), text: &text, command: Some(command) };
        put(&sandbox, agent, &session);
        fs::write(root.join("cart.py"), &text).unwrap();
        sandbox.git(&["add", "cart.py"]);
        sandbox.git(&["commit", "-q", "-m", "Cart"]);
        assert_eq!(sandbox.note("HEAD"), None, "{agent:?}");
        let index = fs::read(root.join(".git/backstory/index.db")).unwrap();
        assert!(holds(&index, WORD), "{agent:?}: the session itself belongs here");
        assert!(!holds(&index, "zebra") && !holds(&index, "xylophone"), "{agent:?}");
        assert!(!holds(&index, &format!("{WORD} output")), "{agent:?}");
    }
}

#[test]
fn what_a_shell_wrote_in_another_repository_is_not_of_this_one() {
    for agent in AGENTS {
        for (name, command) in [
            ("a whole path", "cat > OTHER/cart.py <<'EOF'\nLINESEOF"),
            ("a relative path", "cat >> ../other/cart.py <<'EOF'\nLINESEOF"),
            ("tee", "tee OTHER/cart.py >/dev/null <<'EOF'\nLINESEOF"),
            ("a shell in a shell", "bash -lc \"cat > OTHER/cart.py <<'EOF'\nLINESEOF\""),
            ("after a look here", "git status; cat > OTHER/cart.py <<'EOF'\nLINESEOF"),
            ("a script", "python3 - <<'EOF'\nopen('OTHER/cart.py', 'w').write(\"\"\"LINES\"\"\")\nEOF"),
        ] {
            let sandbox = ready("repo");
            let other = sandbox.base().join("other");
            repository(&sandbox, &other);
            let root = sandbox.root.clone();
            let text = LINES.replace("subtotal", "zebra");
            let command = command.replace("OTHER", &other.to_string_lossy()).replace("LINES", &text);
            let file = PathBuf::from("/no-such/place.bin");
            put(&sandbox, agent, &Session { cwd: &root, file, text: "elsewhere\n", command: Some(command) });
            fs::write(root.join("cart.py"), &text).unwrap();
            sandbox.git(&["add", "cart.py"]);
            sandbox.git(&["commit", "-q", "-m", "Cart"]);
            let note = sandbox.note("HEAD").unwrap_or_default();
            assert!(!note.contains(WORD) && !note.contains("zebra"), "{agent:?}, {name}: {note}");
            assert!(!note.contains("\"author\":\"agent\""), "{agent:?}, {name}: {note}");
            let index = fs::read(root.join(".git/backstory/index.db")).unwrap();
            assert!(!holds(&index, "zebra"), "{agent:?}, {name}");
        }
    }
}

/// A copy of a session's transcript under another id, as a fork or a resume makes it, that goes on with a turn of its own.
fn fork(sandbox: &Sandbox, agent: Agent, original: &Path) -> PathBuf {
    const FORK: &str = "00000000-2222-4333-8444-555555555555";
    let text = fs::read_to_string(original).unwrap();
    let more = Session::writing(&sandbox.root, sandbox.root.join("tax.py"));
    let more = if agent == Agent::Claude { claude(&more, false) } else { codex(&more).split_off(2) };
    let own: String = more.iter().map(|line| format!("{line}\n")).collect();
    let own = own.replace(&format!("Write the {WORD} file"), "and now the tax");
    let own = own.replace("0000-4000-8000", "0001-4000-8000").replace("t1false", "t9").replace("\"c1\"", "\"c9\"");
    let own = own.replace("T03:0", "T03:1").replace("total(prices", "taxed(prices");
    let head = format!("\"id\":\"{ID}\"");
    let text = match agent {
        Agent::Claude => (text + &own).replace(ID, FORK),
        Agent::Codex => text.replace(&head, &format!("\"id\":\"{FORK}\",\"forked_from_id\":\"{ID}\"")) + &own,
    };
    let path = PathBuf::from(original.to_string_lossy().replace(ID, FORK));
    fs::write(&path, text).unwrap();
    path
}

#[test]
fn what_a_forgotten_or_an_ignored_session_said_is_not_told_by_its_copies() {
    for agent in AGENTS {
        for (name, is_forgotten, is_deleted) in
            [("ignored", false, false), ("forgotten", true, false), ("forgotten, its transcript deleted", true, true)]
        {
            let sandbox = ready("repo");
            let original = put(&sandbox, agent, &Session::writing(&sandbox.root, sandbox.root.join("cart.py")));
            let slug = if agent == Agent::Claude { "claude-code" } else { "codex" };
            if is_forgotten {
                assert!(commit(&sandbox, &sandbox.root, &[]).is_some_and(|note| note.contains(WORD)));
                fork(&sandbox, agent, &original);
                let said = sandbox.backstory(&["forget", "--session", ID]).good();
                assert!(said.contains(&format!("backstory forget --session {slug}/00000000-2222")), "{said}");
                if is_deleted {
                    fs::remove_file(&original).unwrap();
                }
                sandbox.git(&["commit", "-q", "--amend", "-m", "Another message"]);
            } else {
                fork(&sandbox, agent, &original);
                fs::write(sandbox.root.join(".backstoryignore"), format!("session:{slug}/{ID}\n")).unwrap();
                commit(&sandbox, &sandbox.root, &[]);
            }
            let note = sandbox.note("HEAD").unwrap_or_default();
            assert!(!note.contains(WORD), "{agent:?}, {name}: {note}");
            sandbox.try_git(&["notes", "--ref", "backstory", "remove", "HEAD"]);
            sandbox.backstory(&["backfill", "--all"]).good();
            let note = sandbox.note("HEAD").unwrap_or_default();
            assert!(!note.contains(WORD), "{agent:?}, {name}, backfill: {note}");
            if agent == Agent::Claude {
                // What the fork did itself is recorded.
                sandbox.write("tax.py", &LINES.replace("total(prices", "taxed(prices"));
                sandbox.git(&["add", "tax.py"]);
                sandbox.git(&["commit", "-q", "-m", "Tax"]);
                let note = sandbox.note("HEAD").unwrap_or_default();
                assert!(note.contains("and now the tax") && !note.contains(WORD), "{name}: {note}");
            }
        }
    }
}

#[test]
fn a_commit_of_somebody_else_opens_no_session_of_a_checkout_that_is_gone() {
    const MALLORY: [(&str, &str); 2] =
        [("GIT_AUTHOR_NAME", "Mallory"), ("GIT_AUTHOR_EMAIL", "mallory@example.invalid")];
    for agent in AGENTS {
        for (name, author, way, is_opened) in [
            ("pulled, by another", &MALLORY[..], "pull", false),
            ("pulled, in this person's name", &[], "pull", false),
            ("picked, by another", &MALLORY[..], "pick", false),
            ("made here", &[], "commit", true),
        ] {
            let sandbox = ready("ws/repo");
            let gone = sandbox.base().join("ws/gone");
            repository(&sandbox, &gone);
            put(&sandbox, agent, &Session::writing(&gone, gone.join("cart.py")));
            fs::remove_dir_all(&gone).unwrap();
            let slug = if agent == Agent::Claude { "claude-code" } else { "codex" };
            let message = format!("Cart\n\nBackstory-Session: {slug}/{ID}");
            let there = if way == "commit" { sandbox.root.clone() } else { sandbox.base().join("clone") };
            if way != "commit" {
                sandbox.git(&["clone", "-q", &sandbox.root.to_string_lossy(), &there.to_string_lossy()]);
            }
            fs::write(there.join("cart.py"), LINES).unwrap();
            git_in(&sandbox, &there, &["add", "cart.py"]);
            let mut command = sandbox.command("git");
            run(command.current_dir(&there).envs(author.iter().copied()).args(["commit", "-q", "-m", &message]), "")
                .good();
            match way {
                "pull" => drop(sandbox.git(&["pull", "-q", &there.to_string_lossy(), "main"])),
                "pick" => {
                    sandbox.git(&["fetch", "-q", &there.to_string_lossy(), "main"]);
                    sandbox.git(&["cherry-pick", "FETCH_HEAD"]);
                }
                _ => {}
            }
            let by_hook = sandbox.note("HEAD").unwrap_or_default();
            sandbox.try_git(&["notes", "--ref", "backstory", "remove", "HEAD"]);
            sandbox.backstory(&["backfill", "--all"]).good();
            for note in [by_hook, sandbox.note("HEAD").unwrap_or_default()] {
                assert_eq!(note.contains(WORD), is_opened, "{agent:?}, {name}: {note}");
            }
        }
    }
}

#[test]
fn a_session_that_the_environment_names_is_read_wherever_it_is_filed() {
    for (agent, variable) in [(Agent::Claude, "CLAUDE_CODE_SESSION_ID"), (Agent::Codex, "CODEX_THREAD_ID")] {
        let sandbox = ready("repo");
        // A container's folder, which is not on this machine.
        let there = Path::new("/workspaces/no-such-folder");
        put(&sandbox, agent, &Session::writing(there, there.join("cart.py")));
        let note = commit(&sandbox, &sandbox.root, &[(variable, ID)]).expect("a record");
        let record: Value = serde_json::from_str(&note).unwrap();
        assert_eq!(record["lines"]["agent"], 4, "{agent:?}: {note}");
        assert_eq!(record["contributions"][0]["confidence"], "stated");
    }
}

#[test]
fn a_commit_names_a_session_of_another_machine_and_none_of_another_repository() {
    for agent in AGENTS {
        for is_elsewhere in [false, true] {
            let sandbox = ready("repo");
            let there = if is_elsewhere { sandbox.base().join("other") } else { PathBuf::from("/workspaces/no-such") };
            if is_elsewhere {
                repository(&sandbox, &there);
            }
            put(&sandbox, agent, &Session::writing(&there, there.join("cart.py")));
            fs::write(sandbox.root.join("cart.py"), LINES).unwrap();
            sandbox.git(&["add", "cart.py"]);
            let slug = if agent == Agent::Claude { "claude-code" } else { "codex" };
            sandbox.git(&["commit", "-q", "-m", &format!("Cart\n\nBackstory-Session: {slug}/{ID}")]);
            let by_hook = sandbox.note("HEAD").unwrap_or_default();
            sandbox.try_git(&["notes", "--ref", "backstory", "remove", "HEAD"]);
            sandbox.backstory(&["backfill", "HEAD"]).good();
            for note in [by_hook, sandbox.note("HEAD").unwrap_or_default()] {
                assert_eq!(note.contains(WORD), !is_elsewhere, "{agent:?}, elsewhere {is_elsewhere}: {note}");
            }
        }
    }
}

#[test]
fn a_commit_that_names_a_part_of_an_id_opens_no_session() {
    let end = &ID[ID.len() - 12..];
    for agent in AGENTS {
        let slug = if agent == Agent::Claude { "claude-code" } else { "codex" };
        for trailer in [
            "Claude-Session: /".to_owned(),
            "Claude-Session: https://claude.ai/code/".to_owned(),
            format!("Backstory-Session: {slug}/{}", &ID[ID.len() - 1..]),
            format!("Backstory-Session: {slug}/{end}"),
            format!("Backstory-Session: {slug}/*{end}"),
            format!("Backstory-Session: {slug}/-{}", &ID[9..]),
            format!("Backstory-Session: {slug}/../{ID}"),
        ] {
            let sandbox = ready("repo");
            let plain = sandbox.base().join("diary");
            put(&sandbox, agent, &Session::writing(&plain, plain.join("cart.py")));
            fs::write(sandbox.root.join("cart.py"), LINES).unwrap();
            sandbox.git(&["add", "cart.py"]);
            sandbox.git(&["commit", "-q", "-m", &format!("Cart\n\n{trailer}")]);
            let by_hook = sandbox.note("HEAD").unwrap_or_default();
            sandbox.backstory(&["backfill", "HEAD"]).good();
            for note in [by_hook, sandbox.note("HEAD").unwrap_or_default()] {
                assert!(!note.contains(WORD), "{agent:?}, {trailer}: {note}");
            }
        }
    }
}

#[test]
fn a_committed_alias_opens_no_folder_of_this_machine() {
    for agent in AGENTS {
        let sandbox = ready("clone");
        let (other, container) = (sandbox.base().join("secret"), "/workspaces/no-such-app");
        repository(&sandbox, &other);
        let base = sandbox.base().to_string_lossy().into_owned();
        std::os::unix::fs::symlink(&other, sandbox.base().join("link")).unwrap();
        for folder in
            ["/secret", "", "/secret/", "/secret\\", "\\secret", "//secret", "/./secret/.", "/x/../secret", "/link"]
        {
            let folder = format!("{base}{folder}");
            sandbox.write(".backstory.yml", &format!("timeout_ms: 60000\npath_aliases: {{'{folder}': .}}\n"));
            put(&sandbox, agent, &Session::writing(&other, other.join("cart.py")));
            let doctor = sandbox.backstory(&["doctor"]);
            assert!(doctor.out.contains("may not claim") && doctor.code == 1, "{}", doctor.out);
            assert_eq!(commit(&sandbox, &sandbox.root, &[]), None, "{agent:?}: {folder}");
            sandbox.git(&["rm", "-q", "-f", "cart.py"]);
            sandbox.git(&["commit", "-q", "-m", "Again"]);
        }
        for folder in ["/", "\\", "//"] {
            sandbox.write(".backstory.yml", &format!("timeout_ms: 60000\npath_aliases: {{'{folder}': .}}\n"));
            assert!(sandbox.backstory(&["doctor"]).out.contains("may not claim"), "{folder}");
        }
        sandbox.write(".backstory.yml", &format!("timeout_ms: 60000\npath_aliases: {{{container}: .}}\n"));
        let there = Path::new(container);
        put(&sandbox, agent, &Session::writing(&there.join("other"), there.join("other/cart.py")));
        assert_eq!(commit(&sandbox, &sandbox.root, &[]), None, "{agent:?}: beside this repository in the container");
        sandbox.git(&["rm", "-q", "-f", "cart.py"]);
        sandbox.git(&["commit", "-q", "-m", "Again"]);
        put(&sandbox, agent, &Session::writing(there, there.join("cart.py")));
        assert!(sandbox.backstory(&["doctor"]).out.contains(container));
        assert_belongs(&sandbox, &sandbox.root, &format!("{agent:?}, a container's folder"));
    }
}

#[test]
fn a_committed_alias_opens_no_folder_that_was_on_this_machine() {
    for is_above in [false, true] {
        let sandbox = ready("clone");
        let other = sandbox.base().join("old/secret");
        repository(&sandbox, &other);
        put(&sandbox, Agent::Claude, &Session::writing(&other, other.join("cart.py")));
        fs::remove_dir_all(sandbox.base().join("old")).unwrap();
        let named = if is_above { sandbox.base().join("old") } else { other.clone() };
        let settings = format!("timeout_ms: 60000\npath_aliases: {{'{}': .}}\n", named.display());
        sandbox.write(".backstory.yml", &settings);
        let doctor = sandbox.backstory(&["doctor"]);
        assert!(doctor.out.contains("may not claim") && doctor.code == 1, "{}", doctor.out);
        assert_is_foreign(&sandbox, &sandbox.root.clone(), &format!("above {is_above}"));
    }
    // A person knows.
    let sandbox = ready("clone");
    let old = sandbox.base().join("old");
    put(&sandbox, Agent::Claude, &Session::writing(&old, old.join("cart.py")));
    sandbox.git(&["config", "--add", "backstory.alias", &format!("{}/", old.display())]);
    assert_belongs(&sandbox, &sandbox.root, "a deleted clone, by a person");
}

#[test]
fn a_submodule_without_its_files_is_another_repository() {
    for agent in AGENTS {
        for how in ["deinit", "clone"] {
            let mut sandbox = ready("super");
            let origin = sandbox.base().join("origin");
            repository(&sandbox, &origin);
            let allow = "protocol.file.allow=always";
            sandbox.git(&["-c", allow, "submodule", "add", "-q", &origin.to_string_lossy(), "libs/part"]);
            sandbox.git(&["commit", "-q", "-m", "Submodule"]);
            if how == "deinit" {
                sandbox.git(&["submodule", "deinit", "-q", "-f", "libs/part"]);
            } else {
                let clone = sandbox.base().join("clone");
                sandbox.git(&["clone", "-q", ".", &clone.to_string_lossy()]);
                sandbox.root = clone;
                sandbox.backstory(&["init"]).good();
            }
            let part = sandbox.root.join("libs/part");
            put(&sandbox, agent, &Session::writing(&part, part.join("cart.py")));
            assert_is_foreign(&sandbox, &sandbox.root.clone(), &format!("{agent:?}, {how}"));
        }
    }
}

#[test]
fn what_passes_in_another_repository_is_not_a_check_of_this_commit() {
    for agent in AGENTS {
        for (command, is_check) in [
            ("pytest -q", true),
            ("cd ../other && pytest -q", false),
            ("cd ~/other && pytest -q", false),
            ("cd $OTHER && pytest -q", false),
            ("make -C ../other test", false),
            ("npm --prefix=../other test", false),
            ("bash -lc 'cd ../other && pytest -q'", false),
            ("cd ../other && pytest -q; cd ../repo; git status", false),
        ] {
            let sandbox = ready("repo");
            repository(&sandbox, &sandbox.base().join("other"));
            repository(&sandbox, &sandbox.home.join("other"));
            let root = sandbox.root.clone();
            let written = Session::writing(&root, root.join("cart.py"));
            put(&sandbox, agent, &Session { command: Some(command.to_owned()), ..written });
            let note = commit(&sandbox, &root, &[]).unwrap_or_else(|| panic!("{agent:?}, {command}: no record"));
            assert_eq!(note.contains("\"checks\""), is_check, "{agent:?}, {command}: {note}");
            let index = fs::read(root.join(".git/backstory/index.db")).unwrap();
            assert_eq!(holds(&index, &format!("{WORD} output")), is_check, "{agent:?}, {command}");
        }
    }
}

#[test]
fn a_file_that_a_shell_writes_here_from_elsewhere_makes_a_session_belong() {
    for agent in AGENTS {
        for (name, from, command) in [
            ("a whole path", "other", "cat > ROOT/cart.py <<'EOF'\nLINESEOF"),
            ("tee", "other", "tee \"ROOT/cart.py\" >/dev/null <<'EOF'\nLINESEOF"),
            ("below the home folder", "other", "cd ~/repo && cat > cart.py <<'EOF'\nLINESEOF"),
            ("a shell in a shell", "other", "bash -lc \"cd ROOT && cat > cart.py <<'EOF'\nLINESEOF\""),
            ("after work there", "other", "make test; cat > ../repo/cart.py <<'EOF'\nLINESEOF"),
            ("from the folder above", "", "cat > repo/cart.py <<'EOF'\nLINESEOF"),
        ] {
            let sandbox = ready("home/repo");
            let from = if from.is_empty() { sandbox.home.clone() } else { sandbox.home.join(from) };
            if from != sandbox.home {
                repository(&sandbox, &from);
            }
            let root = sandbox.root.to_string_lossy().into_owned();
            let command = command.replace("ROOT", &root).replace("LINES", LINES);
            let session = Session { text: "elsewhere\n", ..Session::writing(&from, from.join("notes.bin")) };
            put(&sandbox, agent, &Session { command: Some(command), ..session });
            assert_belongs(&sandbox, &sandbox.root, &format!("{agent:?}, {name}"));
        }
    }
}

#[test]
fn a_patch_in_a_shell_is_of_the_folder_that_the_shell_is_in() {
    let added: String = LINES.lines().map(|line| format!("+{line}\n")).collect();
    let patch = format!("apply_patch <<'PATCH'\n*** Begin Patch\n*** Add File: cart.py\n{added}*** End Patch\nPATCH");
    for (name, from, prefix, workdir) in [
        ("from another repository", "other", "cd ROOT && ", None),
        ("from the folder above", "", "cd repo && ", None),
        ("in a shell in a shell", "other", "set -e; cd ../repo; ", None),
        ("in a folder that is named", "other", "", Some("../repo")),
        ("in one that is named from the folder above", "", "", Some("repo")),
    ] {
        let sandbox = ready("ws/repo");
        let above = sandbox.base().join("ws");
        let from = above.join(from);
        if from != above {
            repository(&sandbox, &from);
        }
        let command = format!("{}{patch}", prefix.replace("ROOT", &sandbox.root.to_string_lossy()));
        let session = Session { text: "elsewhere\n", ..Session::writing(&from, from.join("notes.bin")) };
        let path = put(&sandbox, Agent::Codex, &Session { command: Some("COMMAND".to_owned()), ..session });
        let arguments = json!({"cmd": command, "workdir": workdir}).to_string();
        let mut lines: Vec<Value> =
            fs::read_to_string(&path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let call = lines.iter_mut().find(|line| line["payload"]["name"] == "exec_command").unwrap();
        call["payload"]["arguments"] = json!(arguments);
        write(&path, &lines);
        assert_belongs(&sandbox, &sandbox.root, name);
    }
}

/// A session of Claude Code in two parts, of which the second says `words`.
fn in_two_parts(sandbox: &Sandbox, first: &Session, (words, second): (&str, &Session)) {
    let path = put(sandbox, Agent::Claude, first);
    let more: String = claude(second, false).iter().map(|line| format!("{line}\n")).collect();
    let more = more
        .replace("0000-4000-8000", "0001-4000-8000")
        .replace("t1false", "t9")
        .replace("T03:00:", "T03:01:")
        .replace(&format!("Write the {WORD} file"), words);
    fs::write(&path, fs::read_to_string(&path).unwrap() + &more).unwrap();
}

#[test]
fn consent_does_not_fetch_a_request_about_another_repository() {
    for (name, begun_in, file, is_told) in [
        ("work there", "other", "other/x.py", false),
        ("words there", "other", "", false),
        ("work there from here", "repo", "other/x.py", false),
        ("words here", "repo", "", true),
        ("work here", "repo", "repo/cart.py", true),
    ] {
        let sandbox = ready("ws/repo");
        let above = sandbox.base().join("ws");
        repository(&sandbox, &above.join("other"));
        let begun_in = above.join(begun_in);
        let text = if file == "repo/cart.py" { "first = 1\n" } else { "elsewhere = 1\n" };
        // A file outside that says nothing stands for a turn of words.
        let file = if file.is_empty() { PathBuf::from("/no-such/place.bin") } else { above.join(file) };
        let first = Session { text, ..Session::writing(&begun_in, file) };
        let second = Session::writing(&sandbox.root, sandbox.root.join("cart.py"));
        in_two_parts(&sandbox, &first, ("yes, go ahead", &second));
        let note = commit(&sandbox, &sandbox.root, &[]).unwrap_or_else(|| panic!("{name}: no record"));
        assert_eq!(note.contains(WORD), is_told, "{name}: {note}");
        assert!(note.contains("yes, go ahead"), "{name}: {note}");
    }
}

#[test]
fn a_transcript_that_cannot_be_read_is_named_once_by_the_hook_and_always_by_doctor() {
    let text =
        claude(&Session::writing(Path::new("/a"), "/a/b"), false).iter().map(Value::to_string).collect::<String>();
    let utf_16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (name, is_near, damaged) in [
        ("zeros", true, vec![0; 5000]),
        ("another encoding", true, utf_16),
        ("broken lines", true, format!("{}\n", text.replace(':', "")).into_bytes()),
        ("zeros of another project", false, vec![0; 5000]),
    ] {
        let sandbox = ready("repo");
        let other = sandbox.base().join("other");
        repository(&sandbox, &other);
        let cwd = if is_near { sandbox.root.clone() } else { other };
        let path = put(&sandbox, Agent::Claude, &Session::writing(&cwd, cwd.join("cart.py")));
        fs::write(&path, damaged).unwrap();
        let mut said = Vec::new();
        for file in ["cart.py", "second.py"] {
            sandbox.write(file, LINES);
            sandbox.git(&["add", file]);
            let ran = sandbox.try_git(&["commit", "-q", "-m", file]);
            assert_eq!(ran.code, 0, "{name}: {ran:?}");
            said.push(ran.err.matches(&*path.to_string_lossy()).count());
        }
        assert_eq!(said, [usize::from(is_near), 0], "{name}");
        let doctor = sandbox.backstory(&["doctor"]);
        assert_eq!(doctor.out.contains(&*path.to_string_lossy()), is_near, "{name}: {}", doctor.out);
        assert_eq!(doctor.code, i32::from(is_near), "{name}: {}", doctor.out);
        // A few zeros before good lines are one line that is left out.
        let lines: String = claude(&Session::writing(&cwd, cwd.join("third.py")), false)
            .iter()
            .map(|line| format!("{line}\n"))
            .collect();
        fs::write(&path, format!("\0\0\0\n{lines}")).unwrap();
        let report: Value = serde_json::from_str(&sandbox.backstory(&["doctor", "--json"]).out).unwrap();
        let findings = report["findings"].as_array().unwrap();
        assert!(!findings.iter().any(|one| one["subject"] == "transcript"), "{name}: {report}");
        sandbox.write("third.py", LINES);
        sandbox.git(&["add", "third.py"]);
        sandbox.git(&["commit", "-q", "-m", "Third"]);
        assert_eq!(sandbox.note("HEAD").is_some(), is_near, "{name}");
    }
}

#[test]
fn a_person_can_say_that_a_folder_means_this_repository() {
    let sandbox = ready("clone");
    let old = sandbox.base().join("old-clone");
    repository(&sandbox, &old);
    put(&sandbox, Agent::Claude, &Session::writing(&old, old.join("cart.py")));
    assert!(counted(&sandbox, &sandbox.root).contains(", 0 of this repository"));
    sandbox.git(&["config", "--add", "backstory.alias", &old.to_string_lossy()]);
    assert_belongs(&sandbox, &sandbox.root, "an alias of the clone");
}

#[test]
fn a_subagent_that_worked_here_brings_what_was_asked() {
    let sandbox = ready("ws/repo");
    let above = sandbox.base().join("ws");
    // The session itself edited nothing here, its subagent did.
    let path = put(&sandbox, Agent::Claude, &Session::writing(&above, above.join("notes.bin")));
    let written = Session::writing(&above, sandbox.root.join("cart.py"));
    write(&path.with_extension("").join("subagents/agent-1.jsonl"), &claude(&written, true));
    write(&path.with_extension("").join("subagents/agent-1.meta.json"), &[json!({"agentType": "worker"})]);
    let note = commit(&sandbox, &sandbox.root, &[]).expect("a record");
    assert!(note.contains(WORD) && note.contains("\"agent\":4"), "{note}");
    let counted = counted(&sandbox, &sandbox.root);
    assert!(counted.starts_with("2 transcripts, 2 of this repository"), "{counted}");
    let listed = sandbox.backstory(&["sessions"]);
    assert_eq!((listed.err.as_str(), listed.out.lines().count()), ("", 2));
}

#[test]
fn a_subagent_that_begins_while_its_session_waits_is_read_at_its_own_commit() {
    let sandbox = ready("repo");
    let text = |number: usize| LINES.replace("subtotal", &format!("gross_{number}"));
    let write_subagent = |main: &Path, number: usize| {
        let file = sandbox.root.join(format!("part{number}.py"));
        let text = text(number);
        let session = Session { cwd: &sandbox.root, file: file.clone(), text: &text, command: None };
        let lines: String = claude(&session, true).iter().map(|line| format!("{line}\n")).collect();
        // Another subagent has other ids.
        let lines = lines.replace("t1true", &format!("t{number}")).replace("\"1\"", &format!("\"{number}\""));
        let place = main.with_extension("").join(format!("subagents/agent-{number}.jsonl"));
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(place, lines.replace("0000-4000", &format!("000{number}-4000"))).unwrap();
        fs::write(&file, &text).unwrap();
        sandbox.git(&["add", "--all"]);
        sandbox.git(&["commit", "-q", "-m", &format!("Part {number}")]);
        sandbox.record("HEAD")
    };
    let main = put(&sandbox, Agent::Claude, &Session::writing(&sandbox.root, sandbox.root.join("cart.py")));
    assert!(commit(&sandbox, &sandbox.root, &[]).is_some());
    for number in 1..4 {
        let record = write_subagent(&main, number);
        assert_eq!(record["lines"]["agent"], 4, "subagent {number}: {record}");
    }
}

#[test]
fn a_session_is_found_at_its_commit_however_many_other_folders_changed_since() {
    for is_resumed in [false, true] {
        for above in [false, true] {
            let sandbox = ready("ws/repo");
            let folder = if above { sandbox.base().join("ws") } else { sandbox.root.clone() };
            let plain = sandbox.base().join("plain");
            // A session filed beside, long ago, that did nothing here.
            let path = put(&sandbox, Agent::Claude, &Session::writing(&folder, plain.join("notes.txt")));
            let path = if is_resumed {
                path
            } else {
                let earlier = path.with_file_name("99999999-2222-4333-8444-555555555555.jsonl");
                fs::rename(&path, &earlier).unwrap();
                earlier
            };
            let old = fs::metadata(&path).unwrap().modified().unwrap() - Duration::from_secs(40 * 24 * 3600);
            for place in [path.as_path(), path.parent().unwrap()] {
                fs::File::open(place).unwrap().set_modified(old).unwrap();
            }
            for number in 0..300 {
                let other = sandbox.base().join(format!("other-{number}"));
                put(&sandbox, Agent::Claude, &Session::writing(&other, other.join("x.py")));
            }
            fs::write(sandbox.root.join("first.txt"), "1\n").unwrap();
            sandbox.git(&["add", "first.txt"]);
            sandbox.git(&["commit", "-q", "-m", "First"]);
            put(&sandbox, Agent::Claude, &Session::writing(&folder, sandbox.root.join("cart.py")));
            let note = commit(&sandbox, &sandbox.root, &[]);
            assert!(note.is_some_and(|note| note.contains("\"agent\":4")), "resumed {is_resumed}, above {above}");
        }
    }
}

#[test]
fn worktrees_with_an_alias_share_what_the_index_knows() {
    let sandbox = ready("repo");
    sandbox.git(&["config", "--add", "backstory.alias", "/workspaces/no-such-folder"]);
    put(&sandbox, Agent::Claude, &Session::writing(&sandbox.root, sandbox.root.join("cart.py")));
    assert!(commit(&sandbox, &sandbox.root, &[]).is_some());
    let beside = sandbox.base().join("beside");
    sandbox.git(&["worktree", "add", "-q", "-b", "beside", &beside.to_string_lossy()]);
    let epoch = |folder: &Path| {
        fs::write(folder.join("more.py"), LINES).unwrap();
        git_in(&sandbox, folder, &["add", "more.py"]);
        git_in(&sandbox, folder, &["commit", "-q", "-m", "More"]);
        let index = rusqlite::Connection::open(sandbox.root.join(".git/backstory/index.db")).unwrap();
        index.query_row("SELECT epoch FROM ground", [], |row| row.get::<_, i64>(0)).unwrap()
    };
    let first = epoch(&sandbox.root);
    assert_eq!(epoch(&beside), first, "the index was made again for the other work tree");
    // A setting that does change what belongs here makes it again.
    sandbox.git(&["config", "--add", "backstory.alias", "/workspaces/another"]);
    fs::remove_file(sandbox.root.join("more.py")).unwrap();
    sandbox.git(&["commit", "-q", "-a", "-m", "Less"]);
    assert_ne!(epoch(&sandbox.root), first);
}

#[test]
fn a_session_that_comes_here_later_is_taken_in_as_a_whole() {
    for agent in AGENTS {
        let sandbox = ready("repo");
        let other = sandbox.base().join("other");
        repository(&sandbox, &other);
        let path = put(&sandbox, agent, &Session::writing(&other, other.join("cart.py")));
        assert_eq!(commit(&sandbox, &sandbox.root, &[]), None, "{agent:?}");
        let text = LINES.replace("subtotal", "gross");
        let file = sandbox.root.join("second.py");
        let session = Session { cwd: &other, file, text: &text, command: None };
        let more = if agent == Agent::Claude { claude(&session, false) } else { codex(&session) };
        // The same ids would be the same lines.
        let more: String = more.iter().map(|line| format!("{line}\n")).collect();
        let more =
            more.replace("0000-4000-8000", "0001-4000-8000").replace("t1false", "t9").replace("\"c1\"", "\"c9\"");
        fs::write(&path, fs::read_to_string(&path).unwrap() + &more).unwrap();
        fs::write(sandbox.root.join("second.py"), &text).unwrap();
        sandbox.git(&["add", "second.py"]);
        sandbox.git(&["commit", "-q", "-m", "Second"]);
        let record = sandbox.record("HEAD");
        assert_eq!(record["lines"]["agent"], 4, "{agent:?}: {record}");
        assert!(record.to_string().contains(WORD), "{agent:?}: {record}");
    }
}

#[test]
fn a_copied_git_folder_brings_no_sessions_along() {
    let sandbox = ready("repo");
    put(&sandbox, Agent::Claude, &Session::writing(&sandbox.root, sandbox.root.join("cart.py")));
    assert!(commit(&sandbox, &sandbox.root, &[]).is_some());
    let copy = sandbox.base().join("copy");
    let copied = run(sandbox.command("cp").args(["-r", ".", &copy.to_string_lossy()]), "");
    copied.good();
    fs::write(copy.join("second.py"), LINES).unwrap();
    git_in(&sandbox, &copy, &["add", "second.py"]);
    git_in(&sandbox, &copy, &["commit", "-q", "-m", "Second"]);
    let index = fs::read(copy.join(".git/backstory/index.db")).unwrap();
    assert!(!holds(&index, WORD), "the index of the copy holds the session of the other");
}

#[test]
fn a_work_tree_that_only_variables_name_is_this_repositorys() {
    for agent in AGENTS {
        let sandbox = Sandbox::without_repository("files");
        let (tree, dotfiles) = (sandbox.root.clone(), sandbox.base().join("dotfiles"));
        sandbox.git(&["init", "-q", "--bare", "-b", "main", &dotfiles.to_string_lossy()]);
        let project = tree.join("project");
        repository(&sandbox, &project);
        let named = [("GIT_DIR", dotfiles.to_string_lossy()), ("GIT_WORK_TREE", tree.to_string_lossy())];
        let with = |program: &str, arguments: &[&str]| {
            let mut command = sandbox.command(program);
            run(command.envs(named.iter().map(|(name, value)| (name, value.as_ref()))).args(arguments), "")
        };
        sandbox.write(".backstory.yml", "timeout_ms: 60000\n");
        with(support::PROGRAM, &["init"]).good();
        assert!(with(support::PROGRAM, &["doctor"]).out.contains("hook commit-msg"), "{agent:?}");
        let name = |file: &str| {
            fs::write(tree.join(file), LINES).unwrap();
            let by_option = ["--git-dir", &*named[0].1, "--work-tree", &*named[1].1];
            sandbox.git(&[&by_option[..], &["add", file]].concat());
            sandbox.git(&[&by_option[..], &["commit", "-q", "-m", file]].concat());
            sandbox.try_git(&["--git-dir", &named[0].1, "notes", "--ref", "backstory", "show", "HEAD"])
        };
        put(&sandbox, agent, &Session::writing(&project, project.join("cart.py")));
        assert_ne!(name("cart.py").code, 0, "{agent:?}: a session of a project below");
        fs::remove_dir_all(sandbox.home.join(".claude")).ok();
        put(
            &sandbox,
            agent,
            &Session { text: &LINES.replace("rate", "quota"), ..Session::writing(&tree, tree.join("x.py")) },
        );
        fs::write(tree.join("x.py"), LINES.replace("rate", "quota")).unwrap();
        let by_option = ["--git-dir", &*named[0].1, "--work-tree", &*named[1].1];
        sandbox.git(&[&by_option[..], &["add", "x.py"]].concat());
        sandbox.git(&[&by_option[..], &["commit", "-q", "-m", "Dotfile"]].concat());
        let note = sandbox.git(&["--git-dir", &named[0].1, "notes", "--ref", "backstory", "show", "HEAD"]);
        assert!(note.contains(WORD) && note.contains("\"agent\":4"), "{agent:?}: {note}");
    }
}

#[test]
fn a_session_of_a_clock_that_is_ahead_is_found() {
    for agent in AGENTS {
        let sandbox = ready("repo");
        // The commit is of 03:04:05, the session's times are of 03:09 and 03:10, and the file's is right.
        let path = put(&sandbox, agent, &Session::writing(&sandbox.root, sandbox.root.join("cart.py")));
        let text = fs::read_to_string(&path).unwrap().replace("T03:00:", "T03:09:").replace("T03:01:", "T03:10:");
        fs::write(&path, text).unwrap();
        let modified = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_767_323_040);
        fs::File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
        assert_belongs(&sandbox, &sandbox.root, &format!("{agent:?}"));
    }
}
