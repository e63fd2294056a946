//! Reads what the newest releases of the agents wrote when they were run with a script (`../shared/live/recorded`), and compares
//! it with what the script had them do. Says that it was skipped where the recordings are not there.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a test says what it used and stops at what is missing")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use backstory::capture;
use backstory::checks::output::failure_in;
use backstory::record::session::{Action, Change, FailureKind, Outcome, PromptSource, Session, ToolCall};
use serde_json::{Value, json};

#[test]
fn the_recordings_are_read_as_their_scripts_say() {
    let recorded = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/live/recorded");
    let mut differences = Vec::new();
    let mut runs = 0;
    for agent in &AGENTS {
        let Ok(folders) = fs::read_dir(recorded.join(agent.folder)) else {
            println!("skipped: no recordings of {} at {}", agent.folder, recorded.display());
            continue;
        };
        let mut folders: Vec<PathBuf> = folders.map(|entry| entry.unwrap().path()).filter(|run| run.is_dir()).collect();
        folders.sort();
        for folder in folders {
            runs += 1;
            let truth = fs::read_to_string(folder.join("truth.json")).unwrap();
            let truth: Value = serde_json::from_str(&truth).unwrap();
            let name = format!("{}/{}", agent.folder, folder.file_name().unwrap().to_string_lossy());
            for (what, found, expected) in compared(agent, &folder, &truth) {
                if found != expected {
                    differences.push(format!("{name}: {what}:\n  found    {found}\n  expected {expected}"));
                }
            }
        }
    }
    println!("{runs} recordings, {} different", differences.len());
    assert_eq!(differences.join("\n"), "");
}

/// An agent whose recordings are read, and what all of them have in common.
struct RecordedAgent {
    folder: &'static str,
    name: &'static str,
    /// `None` where the format does not say it.
    version: Option<&'static str>,
    model: &'static str,
    keeps_commands: bool,
}

const AGENTS: [RecordedAgent; 4] = [
    RecordedAgent {
        folder: "claude-code",
        name: "claude-code",
        version: Some("2.1.332"),
        model: "claude-opus-4-6",
        keeps_commands: true,
    },
    RecordedAgent {
        folder: "codex",
        name: "codex",
        version: Some("0.171.0"),
        model: "gpt-6.2-sol",
        keeps_commands: false,
    },
    RecordedAgent {
        folder: "copilot-cli",
        name: "copilot",
        version: Some("1.0.102"),
        model: "gpt-5.4",
        keeps_commands: false,
    },
    RecordedAgent {
        folder: "gemini-cli",
        name: "gemini",
        version: None,
        model: "gemini-2.5-pro",
        keeps_commands: false,
    },
];

type Compared = Vec<(&'static str, Value, Value)>;

/// What was found, and what the script says, of all that it speaks of.
fn compared(agent: &RecordedAgent, folder: &Path, truth: &Value) -> Compared {
    let (found, problems) = capture::find_in_folder(folder);
    let problems: Vec<_> = problems.iter().filter_map(|problem| problem.path.file_name()?.to_str()).collect();
    let read: Vec<Session> = found.iter().flat_map(|one| capture::read(&one.path).unwrap()).collect();
    let (subagents, roots): (Vec<&Session>, Vec<&Session>) = read.iter().partition(|one| capture::is_subagent(one));
    // A resume may leave a file that says no more than its id.
    let roots: Vec<&Session> = roots.into_iter().filter(|one| !one.turns.is_empty()).collect();
    let [root] = roots[..] else { panic!("{}: {} sessions", folder.display(), roots.len()) };
    let merged = capture::merge(read.clone());
    let mut all: Compared = vec![
        ("what is no transcript", json!(problems), json!(["truth.json"])),
        ("the file's name holds the id", json!(root.path.to_string_lossy().contains(&root.id[..8])), json!(true)),
        ("sessions, the subagents' with their parents'", json!(merged.len()), json!(1)),
        ("skipped lines", json!(root.skipped.len()), json!(0)),
        ("rows of `sessions --json`", rows(folder), expected_rows(agent, root, &subagents, truth)),
        ("interrupted calls", json!(count(root, |one| one == &Outcome::Interrupted)), json!(interrupts(truth))),
        ("rejections", rejections(root), expected_rejections(truth)),
    ];
    all.extend(spoken(agent, root, truth));
    all.extend(tried(root, truth));
    if truth["subagent"] == true || truth["delegated"].is_array() {
        all.extend(delegated(&subagents, &merged[0], truth));
    }
    all
}

fn rows(folder: &Path) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_backstory"))
        .args(["sessions", "--json", "--sessions"])
        .arg(folder)
        .output()
        .unwrap();
    let rows = String::from_utf8(output.stdout).unwrap();
    let row = |line: &str| {
        let row: Value = serde_json::from_str(line).unwrap();
        json!([row["agent"], row["agent_version"], row["models"], row["session"], row["subagent"], row["cwd"]])
    };
    let mut rows: Vec<Value> = rows.lines().map(row).collect();
    // What a resume left says nothing but the id.
    rows.retain(|row| row[2] != json!([]));
    rows.sort_by_key(ToString::to_string);
    json!(rows)
}

fn expected_rows(agent: &RecordedAgent, root: &Session, subagents: &[&Session], truth: &Value) -> Value {
    let RecordedAgent { name, version, .. } = agent;
    let version = version.map(|version| truth["version"].as_str().unwrap_or(version));
    let model = truth["model"].as_str().unwrap_or(agent.model);
    let mut rows = vec![json!([name, version, [model], root.id, false, "/home/dev/shop"])];
    rows.extend(subagents.iter().map(|one| json!([name, version, [model], one.id, true, "/home/dev/shop"])));
    rows.sort_by_key(ToString::to_string);
    json!(rows)
}

fn calls(session: &Session) -> impl Iterator<Item = &ToolCall> {
    session.turns.iter().flat_map(|turn| &turn.calls).filter(|call| !call.subagent)
}

fn count(session: &Session, wanted: impl Fn(&Outcome) -> bool) -> usize {
    calls(session).filter(|call| wanted(&call.outcome)).count()
}

fn interrupts(truth: &Value) -> u64 {
    truth["interrupts_of_a_running_command"].as_u64().or(truth["interrupts"].as_u64()).unwrap_or(0)
}

fn rejections(session: &Session) -> Value {
    let reasons = calls(session).filter_map(|call| match &call.outcome {
        Outcome::Rejected { reason } => Some(reason.as_ref().map(|reason| reason.expose().to_owned())),
        _ => None,
    });
    json!(reasons.collect::<Vec<_>>())
}

/// A reason that is the next prompt is not the call's own.
fn expected_rejections(truth: &Value) -> Value {
    let reason = |one: &Value| match one["reason"].as_str() {
        Some(words) if !words.contains("the next prompt") => json!(words),
        _ => json!(null),
    };
    truth["rejections"].as_array().map_or(json!([]), |all| all.iter().map(reason).collect())
}

fn spoken(agent: &RecordedAgent, session: &Session, truth: &Value) -> Compared {
    let of = |wanted: &[PromptSource]| -> Value {
        let prompts = session.turns.iter().filter_map(|turn| turn.prompt.as_ref());
        prompts.filter(|prompt| wanted.contains(&prompt.source)).map(|prompt| json!(prompt.text.expose())).collect()
    };
    let mut all = vec![
        (
            "slash commands",
            of(&[PromptSource::Slash]),
            truth["between"].as_str().filter(|_| agent.keeps_commands).map_or(json!([]), |one| json!([one])),
        ),
        (
            "remarks",
            of(&[PromptSource::Remark]),
            truth["accepted_with_words"].as_str().map_or(json!([]), |one| json!([one])),
        ),
        ("messages of agents", of(&[PromptSource::Delegated]), json!([])),
    ];
    // The scripts of what was done at the terminal do not list the prompts.
    let at_the_terminal =
        ["Write a greeting", "call it greet.py", "wait for the linter", "commit it", "yes, commit it"];
    let expected = match &truth["prompts"] {
        Value::Null if session.agent.as_str() == "codex" => json!(at_the_terminal),
        Value::Null if session.agent.as_str() == "gemini" => {
            json!(["Write a greeting", "call it greet.py", "commit it"])
        }
        Value::Null => json!(at_the_terminal[..4]),
        prompts => prompts.clone(),
    };
    all.push(("prompts", of(&[PromptSource::Typed, PromptSource::Queued, PromptSource::Plan]), expected));
    all
}

/// What was edited, what failed, what was committed.
fn tried(session: &Session, truth: &Value) -> Compared {
    let hidden = calls(session).filter(|call| match (&call.action, &call.outcome) {
        (Action::Shell { command, .. }, Outcome::Succeeded { output, .. }) => {
            failure_in(command.expose(), output.expose()).is_some()
        }
        _ => false,
    });
    let hidden = hidden.count();
    let failed: Vec<FailureKind> = calls(session)
        .filter_map(|call| if let Outcome::Failed { kind, .. } = call.outcome { Some(kind) } else { None })
        .collect();
    let mut expected = (0, Vec::new());
    for failure in truth["failures"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        match failure {
            _ if failure.starts_with("hidden check") => expected.0 += 1,
            _ if failure.starts_with("edit not found") => expected.1.push(FailureKind::EditNoMatch),
            _ if failure.contains("refused by configuration") => expected.1.push(FailureKind::Permission),
            _ => panic!("the script says what this test does not know: {failure}"),
        }
    }
    if truth["note"].as_str().is_some_and(|note| note.contains("file not read yet")) {
        expected.1.push(FailureKind::EditStale);
    }
    let edited = session.turns.iter().map(|turn| {
        let done = turn.calls.iter().filter(|call| matches!(call.outcome, Outcome::Succeeded { .. }));
        let edits = done.filter_map(|call| if let Action::Edit(edits) = &call.action { Some(edits) } else { None });
        edits.flatten().map(|edit| edit.path.rsplit('/').next().unwrap().to_owned()).collect::<Vec<_>>()
    });
    let edited: Vec<Vec<String>> = edited.filter(|edited| !edited.is_empty()).collect();
    let story =
        json!([["numbers_.py", "test_numbers.py", "numbers_.py"], ["numbers_.py"], ["test_numbers.py", "README.md"]]);
    let expected_edits = match truth["script"].as_str() {
        Some("scripts/story.json") => story,
        _ if truth["between"].is_string() && session.agent.as_str() == "copilot" => {
            json!([["haiku.txt"], ["haiku.txt"]])
        }
        _ if truth["between"].is_string() => json!([["haiku.txt"]]),
        _ if truth["delegated"].is_array() => json!([["LICENCE.txt"]]),
        _ if truth["note"].as_str().is_some_and(|note| note.contains("hello.py was written")) => {
            json!([["hello.py", "greet.py"]])
        }
        _ => json!([["greet.py"]]),
    };
    let said = |id: &str| {
        calls(session)
            .any(|call| matches!(&call.outcome, Outcome::Succeeded { output, .. } if output.expose().contains(id)))
    };
    let commits = truth["commits"].as_array().into_iter().flatten().map(|commit| &commit["sha"].as_str().unwrap()[..7]);
    let missing: Vec<&str> = commits.filter(|id| !said(id)).collect();
    let mut all = vec![
        ("failures that hide", json!(hidden), json!(expected.0)),
        ("failures", json!(failed), json!(expected.1)),
        ("edited files of each turn", json!(edited), expected_edits),
        ("commits that the session does not name", json!(missing), json!([])),
    ];
    if truth["script"].is_string() {
        all.push(("lines that the second turn wrote", json!(added(session, 1)), json!(["        yield i * i"])));
    }
    all
}

/// The lines that the edits of a turn added and did not only keep.
fn added(session: &Session, turn: usize) -> Vec<String> {
    let mut added = Vec::new();
    for call in &session.turns[turn].calls {
        let (Action::Edit(edits), Outcome::Succeeded { .. }) = (&call.action, &call.outcome) else { continue };
        for edit in edits {
            match &edit.change {
                Change::Patch { hunks } => added.extend(
                    hunks
                        .iter()
                        .flat_map(|hunk| hunk.lines.expose().lines())
                        .filter_map(|line| line.strip_prefix('+').map(str::to_owned)),
                ),
                Change::Replace { before, after, .. } => {
                    let kept = before.expose();
                    added.extend(after.expose().lines().filter(|line| !kept.contains(line)).map(str::to_owned));
                }
                _ => {}
            }
        }
    }
    added
}

fn delegated(subagents: &[&Session], merged: &Session, truth: &Value) -> Compared {
    let shown = |call: &ToolCall| match &call.action {
        Action::Shell { command, .. } => command.expose().to_owned(),
        _ => call.tool.clone(),
    };
    // By one of them a subagent answers.
    let is_work = |call: &&ToolCall| call.tool != "complete_task";
    let all = || merged.turns.iter().flat_map(|turn| &turn.calls).filter(is_work);
    // In a file of its own, or only in the call.
    let asked =
        all().filter_map(|call| if let Action::Delegate { prompt } = &call.action { Some(prompt) } else { None });
    let asked: Vec<&str> = asked.map(|prompt| prompt.expose()).collect();
    let told = subagents.iter().flat_map(|one| &one.turns).filter_map(|turn| turn.prompt.as_ref());
    let told: Vec<&str> = told.map(|prompt| prompt.text.expose()).collect();
    let own = subagents.iter().flat_map(|one| &one.turns).flat_map(|turn| &turn.calls).filter(is_work);
    let own: Vec<String> = own.map(shown).collect();
    let joined: Vec<String> = all().filter(|call| call.subagent).map(shown).collect();
    let each = &truth["tokens_per_answer"];
    let tokens = merged.tokens;
    let (tasks, did) = match truth["delegated"].is_array() {
        true => {
            (truth["delegated"].clone(), json!(["apply_patch", "git add LICENCE.txt && git commit -m 'Add a licence'"]))
        }
        false => (json!(["Count the lines of the README and say the number."]), json!(["wc -l README.md"])),
    };
    let mut compared = vec![("calls of subagents in the session", json!(joined), did.clone())];
    match subagents.is_empty() {
        true => compared.push(("tasks of subagents", json!(asked), tasks)),
        false => {
            compared.push(("tasks of subagents", json!(told), tasks));
            compared.push(("calls of subagents", json!(own), did));
        }
    }
    if let (Some(main), Some(others)) =
        (truth["answers_of_the_model"]["main"].as_u64(), truth["answers_of_the_model"]["subagent"].as_u64())
    {
        let expected = ["input", "cached", "output"].map(|name| (main + others) * each[name].as_u64().unwrap());
        compared.push((
            "tokens of all answers",
            json!([tokens.input, tokens.cache_read, tokens.output]),
            json!(expected),
        ));
    }
    compared
}
