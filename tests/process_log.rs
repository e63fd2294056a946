//! The log of executions: what people write down, what sessions did, the cache that both are in, and what is never in it.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use std::fs;
use std::path::PathBuf;

use rusqlite::Connection;
use rusqlite::types::Value as Cell;
use serde_json::{Value, json};
use support::agents::{CLAUDE_ID, claude_folder};
use support::{Ran, Sandbox};

const LOG: &str = ".backstory/process/log.jsonl";

fn add(sandbox: &Sandbox, more: &[&str]) -> Ran {
    let base = ["process", "log", "add", "--process", "release", "--step", "sign the build", "--at", "2026-01-02"];
    sandbox.backstory(&[&base[..], more].concat())
}

/// A call of a tool, what came back, whether that is an error.
type Called<'a> = ((&'a str, Value), &'a str, bool);

/// One session: two edits, a test that fails and passes, a commit with its push in one command, and nothing committed after it.
fn session(sandbox: &Sandbox, commit: &str) -> PathBuf {
    let file = sandbox.root.join("cart.py");
    let committed = format!("[main {commit}] Add a cart\n 1 file changed, 1 insertion(+)");
    let bash = |command: &str| ("Bash", json!({"command": command}));
    let calls = [
        (("Read", json!({"file_path": file})), "x = 1", false),
        (("Write", json!({"file_path": file, "content": "x = 1\n"})), "File created", false),
        (bash("pytest -q tests/test_cart.py"), "1 failed in 0.01s", true),
        (("Edit", json!({"file_path": file, "old_string": "1", "new_string": "2"})), "updated", false),
        (bash("cd x && pytest -q"), "1 passed in 0.01s", false),
        (bash("git commit -qm 'Add a cart' -m 'token=ghp_Zx8Qw3LmN7vK2pRt5YbH9cJd4Fg6Ss1AaUe0'"), &committed, false),
        (bash("git push"), "done", false),
        (("Edit", json!({"file_path": file, "old_string": "2", "new_string": "3"})), "updated", false),
    ];
    transcript(sandbox, &calls)
}

fn transcript(sandbox: &Sandbox, calls: &[Called<'_>]) -> PathBuf {
    let mut number = 0;
    let mut lines: Vec<Value> = Vec::new();
    let mut line = |kind: &str, message: Value| {
        number += 1;
        lines.push(
            json!({"parentUuid": null, "isSidechain": false, "userType": "external", "cwd": sandbox.root, "sessionId": CLAUDE_ID, "version": "2.1.30", "gitBranch": "main", "type": kind,
            "uuid": format!("00000000-0000-4000-8000-{number:012}"),
            "timestamp": format!("2026-01-02T03:00:{number:02}.000Z"), "message": message}),
        );
    };
    line("user", json!({"role": "user", "content": "Add a cart, the password is hunter2hunter2"}));
    for (place, ((name, input), result, is_error)) in calls.iter().enumerate() {
        let id = format!("t{place}");
        line(
            "assistant",
            json!({"id": format!("m{place}"), "role": "assistant", "model": "claude-test-1",
                   "content": [{"type": "tool_use", "id": id, "name": name, "input": input}]}),
        );
        line(
            "user",
            json!({"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": id, "content": result, "is_error": is_error}]}),
        );
    }
    let path = claude_folder(sandbox).join(format!("{CLAUDE_ID}.jsonl"));
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, lines.iter().map(|line| format!("{line}\n")).collect::<String>()).unwrap();
    path
}

/// A repository with a commit, which the session printed.
fn worked() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("cart.py", "x = 2\n");
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "-m", "Add a cart"]);
    let id = sandbox.git(&["rev-parse", "--short", "HEAD"]).trim().to_owned();
    session(&sandbox, &id);
    sandbox
}

fn database(sandbox: &Sandbox) -> PathBuf {
    sandbox.root.join(".git/backstory/process.db")
}

/// Every row of a table or view, as text.
fn rows(sandbox: &Sandbox, table: &str) -> Vec<String> {
    let connection = Connection::open(database(sandbox)).unwrap();
    let mut statement = connection.prepare(&format!("SELECT * FROM {table}")).unwrap();
    let count = statement.column_count();
    let row = |row: &rusqlite::Row<'_>| {
        let cells: Vec<String> = (0..count).map(|at| format!("{:?}", row.get::<_, Cell>(at).unwrap())).collect();
        Ok(cells.join(" "))
    };
    statement.query_map([], row).unwrap().map(Result::unwrap).collect()
}

fn steps(sandbox: &Sandbox) -> Vec<(String, String)> {
    let connection = Connection::open(database(sandbox)).unwrap();
    let query = "SELECT process_name, step_name FROM execution_logs ORDER BY id";
    let mut statement = connection.prepare(query).unwrap();
    statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
}

#[test]
fn a_session_becomes_a_run_that_ends_with_its_push() {
    let sandbox = worked();
    let ran = sandbox.backstory(&["process", "rebuild"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, "backstory: 1 run with 8 steps\n"));
    let names: Vec<String> = steps(&sandbox).into_iter().map(|(process, step)| format!("{process}: {step}")).collect();
    let expected = ["prompt", "explore", "edit source", "run tests", "edit source", "run tests", "commit", "push"];
    assert_eq!(names, expected.map(|step| format!("change: {step}")));
    let runs = rows(&sandbox, "run").join("\n");
    let head = sandbox.git(&["rev-parse", "HEAD"]).trim().to_owned();
    assert!(runs.contains(&head) && runs.contains("cart.py"), "{runs}");
    let connection = Connection::open(database(&sandbox)).unwrap();
    let failed: (String, i64) = connection
        .query_row("SELECT failure, duration_ms FROM event WHERE status = 'failed'", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    assert_eq!(failed, ("tests".to_owned(), 1000));
}

#[test]
fn a_call_that_a_person_refused_is_no_step_of_its_run() {
    let sandbox = worked();
    let id = sandbox.git(&["rev-parse", "--short", "HEAD"]).trim().to_owned();
    let committed = format!("[main {id}] Add a cart\n 1 file changed, 1 insertion(+)");
    let refusal = "The user doesn't want to proceed with this tool use. The tool use was rejected.";
    let file = sandbox.root.join("cart.py");
    let bash = |command: &str| ("Bash", json!({"command": command}));
    let edit = ("Edit", json!({"file_path": file, "old_string": "1", "new_string": "2"}));
    transcript(
        &sandbox,
        &[
            (edit, "updated", false),
            (bash("git push"), refusal, true),
            (bash("pytest -q && git commit -qm x"), refusal, true),
            (bash("git commit -qm 'Add a cart'"), &committed, false),
        ],
    );
    let told = sandbox.backstory(&["process", "show", "change", "--min", "1", "--json"]).good();
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["primary"]["steps"], json!(["change", "commit"]), "{told}");
    let raw = sandbox.backstory(&["process", "export", "change", "--format", "jsonl"]).good();
    let refused: Vec<Value> = raw
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|row: &Value| row["step"] == "refused call")
        .collect();
    let meant: Vec<&str> = refused.iter().map(|row| row["input"].as_str().unwrap()).collect();
    assert_eq!(meant, ["push", "commit"], "what was meant is not lost");
    assert!(refused.iter().all(|row| row.get("also").is_none()), "{refused:?}");
}

#[test]
fn a_merge_is_no_run_of_the_process_of_changes() {
    let sandbox = worked();
    sandbox.git(&["checkout", "-q", "-b", "topic"]);
    sandbox.git(&["commit", "-q", "--allow-empty", "-m", "Topic"]);
    sandbox.git(&["checkout", "-q", "-"]);
    sandbox.git(&["merge", "-q", "--no-ff", "-m", "Take the topic in", "topic"]);
    let id = sandbox.git(&["rev-parse", "--short", "HEAD"]).trim().to_owned();
    let committed = format!("[main {id}] Take the topic in");
    let elsewhere = "[topic 0123456] Merge branch 'main' into topic";
    let bash = |command: &str| ("Bash", json!({"command": command}));
    transcript(
        &sandbox,
        &[
            (bash("git merge topic"), "Automatic merge failed", true),
            (bash("git commit --no-edit"), &committed, false),
            (bash("git commit --no-edit"), elsewhere, false),
        ],
    );
    let listed: Value = serde_json::from_str(&sandbox.backstory(&["process", "list", "--json"]).good()).unwrap();
    let processes: Vec<(&str, u64)> = listed["processes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["process"].as_str().unwrap(), row["runs"].as_u64().unwrap()))
        .collect();
    assert_eq!(processes, [("merge", 2)]);
}

#[test]
fn no_secret_gets_into_the_cache_and_no_prompt_where_none_is_to_be_kept() {
    let sandbox = worked();
    sandbox.backstory(&["process", "rebuild"]);
    let all = |table: &str| rows(&sandbox, table).join("\n");
    assert!(!all("event").contains("ghp_Zx8Q") && !all("event").contains("hunter2hunter2"), "{}", all("event"));
    assert!(all("event").contains("Add a cart"));
    sandbox.write(".backstory.yml", "prompts: none\n");
    sandbox.backstory(&["process", "rebuild"]);
    assert!(!all("event").contains("Add a cart"), "{}", all("event"));
}

#[test]
fn a_cache_that_was_deleted_comes_back_the_same() {
    let sandbox = worked();
    add(&sandbox, &["--minutes", "3"]);
    sandbox.backstory(&["process", "rebuild"]);
    let tables = ["run", "event", "phase", "kept", "execution_logs"];
    let before = tables.map(|table| rows(&sandbox, table));
    assert!(before.iter().all(|rows| !rows.is_empty()));
    fs::remove_file(database(&sandbox)).unwrap();
    sandbox.backstory(&["process", "rebuild"]);
    assert_eq!(tables.map(|table| rows(&sandbox, table)), before);
}

#[test]
fn what_is_not_to_be_recorded_is_in_no_run() {
    for (name, prepare) in [
        (
            "switched off",
            &(|sandbox: &Sandbox| drop(sandbox.git(&["config", "backstory.enabled", "false"]))) as &dyn Fn(&Sandbox),
        ),
        ("an ignored session", &|sandbox: &Sandbox| {
            drop(sandbox.write(".backstoryignore", &format!("session:{CLAUDE_ID}\n")))
        }),
        ("an ignored agent", &|sandbox: &Sandbox| drop(sandbox.write(".backstoryignore", "agent:claude-code\n"))),
        ("a forgotten session", &|sandbox: &Sandbox| {
            drop(sandbox.write(".git/backstory/forgotten", &format!("session:claude-code/{CLAUDE_ID}\n")));
        }),
    ] {
        let sandbox = worked();
        // What was known before goes too.
        sandbox.backstory(&["process", "rebuild"]);
        assert_eq!(steps(&sandbox).len(), 8, "{name}");
        prepare(&sandbox);
        sandbox.backstory(&["process", "rebuild"]);
        assert_eq!(steps(&sandbox), [], "{name}");
    }
}

#[test]
fn a_step_that_is_written_down_is_in_the_view_with_all_that_was_said() {
    let sandbox = Sandbox::new();
    let ran = add(
        &sandbox,
        &[
            "--run",
            "1.2",
            "--actor",
            "Kim",
            "--tool",
            "cosign",
            "--tool",
            "gpg",
            "--input",
            "a.tar",
            "--output",
            "a.sig",
            "--minutes",
            "2.5",
            "--note",
            "the key is on the stick",
        ],
    );
    assert_eq!(ran.code, 0, "{ran:?}");
    sandbox.backstory(&["process", "rebuild"]);
    let expected = [
        "Integer(1)",
        "Text(\"release\")",
        "Text(\"sign the build\")",
        "Integer(1)",
        "Text(\"Kim\")",
        "Text(\"cosign, gpg\")",
        "Text(\"a.tar\")",
        "Text(\"a.sig\")",
        "Real(2.5)",
        "Text(\"the key is on the stick\")",
        "Text(\"2026-01-02T00:00:00.000Z\")",
    ];
    assert_eq!(rows(&sandbox, "execution_logs"), [expected.join(" ")]);
}

#[test]
fn a_secret_in_a_note_is_taken_out_before_it_is_written() {
    let sandbox = Sandbox::new();
    let ran = add(&sandbox, &["--note", "token ghp_Zx8Qw3LmN7vK2pRt5YbH9cJd4Fg6Ss1AaUe0"]);
    assert!(ran.err.contains("1 secret taken out"), "{ran:?}");
    let text = fs::read_to_string(sandbox.root.join(LOG)).unwrap();
    assert!(!text.contains("ghp_Zx8Q") && text.contains("[REDACTED:"), "{text}");
}

#[test]
fn a_line_that_cannot_be_read_is_named_and_the_others_count() {
    let sandbox = Sandbox::new();
    add(&sandbox, &[]);
    let path = sandbox.root.join(LOG);
    let text = fs::read_to_string(&path).unwrap();
    // Whoever wrote the last line was stopped in the middle of it.
    fs::write(
        &path,
        format!("{text}{{\"process\":\"\",\"run\":\"x\",\"step\":\"y\"}}\nnonsense\n{{\"process\":\"rele"),
    )
    .unwrap();
    add(&sandbox, &["--note", "after"]);
    let ran = sandbox.backstory(&["process", "rebuild"]);
    for line in ["log.jsonl:2: ", "log.jsonl:3: ", "log.jsonl:4: "] {
        assert!(ran.err.contains(line), "{line}: {}", ran.err);
    }
    assert!(ran.err.ends_with("1 run with 2 steps\n"), "{}", ran.err);
}

#[test]
fn a_bad_step_is_refused_and_nothing_is_written() {
    let sandbox = Sandbox::new();
    for (more, expected) in [
        (&["--minutes", "-1"][..], "minutes"),
        (&["--minutes", "NaN"], "--minutes"),
        (&["--run", " "], "--run is empty"),
    ] {
        let ran = add(&sandbox, more);
        assert!(ran.code == 2 && ran.err.contains(expected), "{ran:?}");
    }
    let ran = sandbox.backstory(&["process", "log", "add", "--process", "p", "--step", "s", "--at", "yesterday"]);
    assert!(ran.code == 2 && ran.err.contains("hint: "), "{ran:?}");
    assert!(!sandbox.root.join(LOG).exists());
}

#[test]
fn a_command_is_explained_by_the_rule_that_names_it() {
    let sandbox = Sandbox::new();
    let told = |command: &str| -> Value {
        let ran = sandbox.backstory(&["process", "explain", "--json", command]);
        serde_json::from_str(&ran.good()).unwrap()
    };
    for (command, activity) in [
        ("cd a && make lint && make test 2>&1 | tail -5", "run tests"),
        ("git commit -m \"$(cat <<'EOF'\nSay \"yes\"; git push\nEOF\n)\" && git push", "commit"),
        ("sudo env A=1 timeout 60 mise run fmt", "format code"),
        ("cat > src/a.rs <<'EOF'\nfn main() {}\nEOF", "edit source"),
        ("cat a | grep b", "explore"),
        ("frobnicate --all", "other command"),
    ] {
        assert_eq!(told(command)["activity"], activity, "{command}");
    }
    sandbox.write(
        ".backstory/process.toml",
        "[[command]]\nactivity = \"feed\"\nphase = \"verify\"\nrun = \"frobnicate\"\n",
    );
    let own = told("frobnicate --all");
    assert_eq!((&own["activity"], &own["phase"]), (&json!("feed"), &json!("verify")));
    assert_eq!(own["rule"], ".backstory/process.toml:1");
    sandbox.write(".backstory/process.toml", "[[command]]\nactivity = \"feed\"\n");
    let ran = sandbox.backstory(&["process", "explain", "x"]);
    assert!(ran.code == 2 && ran.err.contains("process.toml:1: "), "{ran:?}");
}

#[test]
fn commands_that_no_rule_knows_are_counted() {
    let sandbox = worked();
    let path = claude_folder(&sandbox).join(format!("{CLAUDE_ID}.jsonl"));
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("git push", "frobnicate 12 a.txt")).unwrap();
    let ran = sandbox.backstory(&["process", "unknown", "--json"]);
    let told: Value = serde_json::from_str(&ran.good()).unwrap();
    assert_eq!((&told["commands"], &told["unknown"]), (&json!(4), &json!(1)));
    assert_eq!(told["list"], json!([{"command": "frobnicate <n> <path>", "count": 1}]));
}

#[test]
fn a_log_of_another_program_is_taken_in_once() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "tickets.csv",
        "ticket,task,begun\nT-1,triage,2026-01-02T08:00:00Z\nT-1,fix,2026-01-02T09:00:00Z\nT-2,triage,2026-01-03T08:00:00Z\n",
    );
    let import = [
        "process",
        "log",
        "import",
        "tickets.csv",
        "--process",
        "support",
        "--map",
        "ticket=case",
        "--map",
        "task=step",
        "--map",
        "begun=start",
    ];
    let ran = sandbox.backstory(&import);
    assert!(ran.code == 0 && ran.err.contains("3 steps taken in"), "{ran:?}");
    let ran = sandbox.backstory(&import);
    assert!(ran.code == 0 && ran.err.contains("0 steps taken in, 3 there already"), "{ran:?}");
    sandbox.backstory(&["process", "rebuild"]);
    let all: Vec<(String, String)> = steps(&sandbox);
    let expected = [("support", "triage"), ("support", "fix"), ("support", "triage")];
    assert_eq!(all, expected.map(|(process, step)| (process.to_owned(), step.to_owned())));
}
