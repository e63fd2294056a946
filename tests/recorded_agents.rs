//! Reads what agents of any maker wrote when they were run with a script (`../shared/live/recorded`, those whose `truth.json` lists
//! the calls with their outcomes), and compares it with what the script had them do. What a format does not hold is in a table
//! below. Says that it was skipped where the recordings are not there, and which agents have no reader yet.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a test says what it used and stops at what is missing")]

use std::fs;
use std::path::{Path, PathBuf};

use backstory::capture;
use backstory::checks::output::failure_in;
use backstory::record::session::{Action, FailureKind, Outcome, PromptSource, Session, Tokens, ToolCall};
use serde_json::{Value, json};

/// The folders of recordings, with the agents' short names.
const AGENTS: &[(&str, &str)] = &[
    ("aider", "aider"),
    ("cline", "cline"),
    ("continue", "continue"),
    ("droid", "droid"),
    ("kilo", "kilo"),
    ("mini-swe-agent", "mini-swe-agent"),
    ("opencode", "opencode"),
    ("openhands", "openhands"),
    ("pi", "pi"),
    ("qwen-code", "qwen"),
];

/// What a format does not hold, or holds in another way than the script says it: agent, run (empty: all), what, what is there
/// instead. Calls and prompts by their places in the truth.
const INSTEAD: &[(&str, &str, &str, &str)] = &[
    // A run of the program is a session. What its own tests print and whether they pass is not in the history, and a commit of
    // what was open before is a person's.
    ("aider", "", "sessions", "2026-11-28T15-18-23 2026-11-28T15-18-35 2026-11-28T15-18-43"),
    ("aider", "", "model", "openai/scripted-1"),
    ("aider", "", "cwd", ""),
    (
        "aider",
        "story",
        "prompt 2",
        "/run env | sort > /home/dev/env.txt; tty > /home/dev/tty.txt; ps -o args= -p $PPID > /home/dev/parent.txt",
    ),
    ("aider", "story", "call 0", ""),
    ("aider", "story", "call 2", "read: failed"),
    ("aider", "story", "call 4", ""),
    ("aider", "story", "commits", "4d959da"),
    ("aider", "story", "tokens", "11000 232"),
    ("pi", "", "version", ""),
    // A person's Esc leaves an empty output; a command that fails is only seen by what it prints to its error output.
    ("continue", "", "version", ""),
    ("continue", "interrupted", "call 0", "ok"),
    ("continue", "story", "call 12", "ok"),
    // Stopped with the program: a call without a result.
    ("cline", "subagent", "call 3", "pending"),
    ("openhands", "subagent", "call 3", "pending"),
    ("openhands", "", "version", ""),
    // Its shell has a terminal, so that `tty` goes well there.
    ("openhands", "story", "call 11", "ok"),
    ("opencode", "subagent", "call 3", "pending"),
    // The run of the second prompt is not among the recordings.
    ("kilo", "subagent", "prompt 1", ""),
    ("openhands", "", "model", "openai/scripted-1"),
    ("mini-swe-agent", "", "model", "openai/scripted-1"),
    ("mini-swe-agent", "", "cwd", ""),
    ("mini-swe-agent", "", "edits", "commands"),
    ("droid", "", "version", ""),
    ("droid", "", "model", "custom:Scripted-0"),
    // No such subagent; the session of the second prompt is not among the recordings.
    ("droid", "thinking", "call 0", "failed"),
    ("droid", "thinking", "prompt 1", ""),
];

#[test]
fn the_recordings_are_read_as_their_scripts_say() {
    let recorded = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/live/recorded");
    let read = capture::read_agents();
    let mut differences = Vec::new();
    let mut runs = 0;
    for (folder, slug) in AGENTS {
        let Ok(entries) = fs::read_dir(recorded.join(folder)) else {
            println!("skipped: no recordings of {slug} at {}", recorded.display());
            continue;
        };
        if !read.iter().any(|agent| agent.as_str() == *slug) {
            println!("skipped: {slug} has no reader yet");
            continue;
        }
        let mut entries: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).filter(|run| run.is_dir()).collect();
        entries.sort();
        for run in entries {
            runs += 1;
            let truth = fs::read_to_string(run.join("truth.json")).unwrap();
            let truth: Value = serde_json::from_str(&truth).unwrap();
            let name = run.file_name().unwrap().to_string_lossy().into_owned();
            for (what, found, expected) in compared(&Run { slug, name: &name, folder: &run, truth: &truth }) {
                if found != expected {
                    differences.push(format!("{slug}/{name}: {what}:\n  found    {found}\n  expected {expected}"));
                }
            }
        }
    }
    println!("{runs} recordings, {} different", differences.len());
    assert_eq!(differences.join("\n"), "");
}

type Compared = Vec<(String, Value, Value)>;

struct Run<'a> {
    slug: &'a str,
    name: &'a str,
    folder: &'a Path,
    truth: &'a Value,
}

impl Run<'_> {
    /// What the format has instead of what the script says.
    fn instead(&self, what: &str) -> Option<&'static str> {
        let row = INSTEAD
            .iter()
            .find(|(slug, run, of, _)| *slug == self.slug && (run.is_empty() || *run == self.name) && *of == what);
        row.map(|(_, _, _, instead)| *instead)
    }

    fn expected(&self, what: &str, value: &Value) -> Value {
        match self.instead(what) {
            Some("") => json!([]),
            Some(instead) => json!([instead]),
            None => json!([value]),
        }
    }

    fn list(&self, name: &str) -> &[Value] {
        self.truth[name].as_array().map_or(&[], Vec::as_slice)
    }
}

fn compared(run: &Run<'_>) -> Compared {
    let (found, _) = capture::find_in_folder(run.folder);
    let read: Vec<Session> = found.iter().flat_map(|one| capture::read(&one.path).unwrap()).collect();
    let skipped: usize = read.iter().map(|one| one.skipped.len()).sum();
    let agents: Vec<&str> = read.iter().map(|one| one.agent.as_str()).filter(|slug| *slug != run.slug).collect();
    let (subagents, mut roots): (Vec<&Session>, Vec<&Session>) = read.iter().partition(|one| capture::is_subagent(one));
    let place = |id: &str| run.list("sessions").iter().position(|known| known == id);
    roots.sort_by_key(|one| (place(&one.id), one.path.clone()));
    let ids: Vec<&str> = roots.iter().map(|one| one.id.as_str()).collect();
    let own: Vec<&str> = run.list("sessions").iter().filter_map(Value::as_str).collect();
    let own: Vec<&str> =
        own.into_iter().filter(|id| ids.contains(id) || !subagents.iter().any(|one| one.id == *id)).collect();
    let own = match run.instead("sessions") {
        Some(instead) => instead.split(' ').filter(|id| !id.is_empty()).collect(),
        None => own,
    };
    let merged = capture::merge(read.clone());
    let turns: Vec<&Value> = run.list("prompts").iter().map(|prompt| &prompt["turn"]).collect();
    let has_subagents =
        run.list("calls").iter().any(|call| !turns.contains(&&call["turn"])) && run.instead("subagents").is_none();
    let mut all: Compared = vec![
        ("skipped".to_owned(), json!(skipped), json!(0)),
        ("other agents".to_owned(), json!(agents), json!([])),
        ("sessions".to_owned(), json!(ids), json!(own)),
        ("sessions, the subagents' with their parents'".to_owned(), json!(merged.len()), json!(roots.len())),
        ("there are subagents".to_owned(), json!(!subagents.is_empty()), json!(has_subagents)),
    ];
    for root in &roots {
        let of = |what: &str| format!("{what} of {}", root.id);
        all.push((of("versions"), json!(root.agent_versions), run.expected("version", &run.truth["version"])));
        all.push((of("models"), json!(root.models), run.expected("model", &run.truth["model"])));
        all.push((of("folders"), json!(root.cwds), run.expected("cwd", &run.truth["root"])));
    }
    all.extend(prompts(run, &roots, &subagents));
    all.extend(calls(run, &roots, &subagents));
    all.extend(commits(run, &merged));
    all.push(tokens(run, &merged));
    all
}

fn prompts(run: &Run<'_>, roots: &[&Session], subagents: &[&Session]) -> Compared {
    let of = |sessions: &[&Session], wanted: fn(PromptSource) -> bool| -> Vec<String> {
        let prompts = sessions.iter().flat_map(|one| &one.turns).filter_map(|turn| turn.prompt.as_ref());
        prompts.filter(|one| wanted(one.source)).map(|one| one.text.expose().to_owned()).collect()
    };
    let expected = run.list("prompts").iter().enumerate().filter_map(|(place, prompt)| {
        let text = prompt["text"].as_str().unwrap().to_owned();
        match run.instead(&format!("prompt {place}")) {
            Some("") => None,
            Some(instead) => Some(instead.to_owned()),
            None => Some(text),
        }
    });
    let expected: Vec<String> = expected.collect();
    let tasks = run.list("calls").iter().filter(|call| call["kind"] == "agent" && !subagents.is_empty());
    let tasks: Vec<&str> = tasks.map(|call| call["what"].as_str().unwrap()).collect();
    vec![
        ("prompts".to_owned(), json!(of(roots, |source| source != PromptSource::Delegated)), json!(expected)),
        ("messages of agents".to_owned(), json!(of(roots, |source| source == PromptSource::Delegated)), json!([])),
        ("tasks of subagents".to_owned(), json!(of(subagents, |_| true)), json!(tasks)),
    ]
}

/// What was done with what, and how it ended, of sessions and of their subagents.
fn calls(run: &Run<'_>, roots: &[&Session], subagents: &[&Session]) -> Compared {
    let done = |sessions: &[&Session]| -> Vec<String> {
        let calls = sessions.iter().flat_map(|one| &one.turns).flat_map(|turn| &turn.calls);
        calls.map(|call| format!("{}: {}", by_command(run, call).unwrap_or_else(|| shown(call)), ended(call))).collect()
    };
    let turns: Vec<&Value> = run.list("prompts").iter().map(|prompt| &prompt["turn"]).collect();
    let mut expected: (Vec<String>, Vec<String>) = Default::default();
    for (place, call) in run.list("calls").iter().enumerate().filter(|(_, call)| call["kind"] != "end") {
        let end = match run.instead(&format!("call {place}")) {
            Some("") => continue,
            Some(instead) => instead.to_owned(),
            None => expected_end(run, call),
        };
        let is_command = call["kind"] != "run" && run.instead("edits").is_some();
        let action =
            if is_command { format!("command with {}", call["what"].as_str().unwrap()) } else { expected_action(call) };
        let text = if end.contains(": ") && run.instead(&format!("call {place}")).is_some() {
            end
        } else {
            format!("{action}: {end}")
        };
        if turns.contains(&&call["turn"]) { expected.0.push(text) } else { expected.1.push(text) }
    }
    vec![
        ("calls".to_owned(), json!(done(roots)), json!(expected.0)),
        ("calls of subagents".to_owned(), json!(done(subagents)), json!(expected.1)),
    ]
}

/// Of an agent that does all by commands: a command that reads or writes a file which the script names.
fn by_command(run: &Run<'_>, call: &ToolCall) -> Option<String> {
    run.instead("edits")?;
    let Action::Shell { command, .. } = &call.action else { return None };
    let of_script = |is_run: bool| run.list("calls").iter().filter(move |call| (call["kind"] == "run") == is_run);
    if of_script(true).any(|call| call["what"] == command.expose()) {
        return None;
    }
    let files = of_script(false).filter_map(|call| call["what"].as_str());
    files
        .filter(|file| command.expose().contains(*file))
        .max_by_key(|file| file.len())
        .map(|file| format!("command with {file}"))
}

fn shown(call: &ToolCall) -> String {
    match &call.action {
        Action::Shell { command, .. } => command.expose().to_owned(),
        Action::Edit(edits) => {
            let names: Vec<&str> = edits.iter().map(|edit| edit.path.rsplit('/').next().unwrap()).collect();
            format!("edit {}", names.join(" "))
        }
        Action::Delegate { prompt } => format!("agent {}", prompt.expose()),
        _ => "read".to_owned(),
    }
}

fn expected_action(call: &Value) -> String {
    let what = call["what"].as_str().unwrap();
    match call["kind"].as_str().unwrap() {
        "read" => "read".to_owned(),
        "write" | "edit" => format!("edit {what}"),
        "agent" => format!("agent {what}"),
        _ => what.to_owned(),
    }
}

fn ended(call: &ToolCall) -> String {
    match &call.outcome {
        Outcome::Succeeded { output, .. } => match &call.action {
            Action::Shell { command, .. } if failure_in(command.expose(), output.expose()).is_some() => {
                "hidden failure"
            }
            _ => "ok",
        },
        Outcome::Failed { exit_code: Some(code), .. } => return format!("failed with {code}"),
        Outcome::Failed { kind, .. } => match kind {
            FailureKind::EditStale => "stale",
            FailureKind::EditNoMatch => "not found",
            FailureKind::Permission => "not permitted",
            FailureKind::BadInput => "bad input",
            _ => "failed",
        },
        Outcome::Rejected { reason: Some(reason) } => return format!("rejected: {}", reason.expose()),
        Outcome::Rejected { reason: None } => "rejected",
        Outcome::Interrupted => "interrupted",
        Outcome::Pending => "pending",
        Outcome::Running { .. } => "running",
        Outcome::Collateral => "collateral",
    }
    .to_owned()
}

fn expected_end(run: &Run<'_>, call: &Value) -> String {
    let outcome = call["outcome"].as_str().unwrap();
    let end = match outcome {
        "ok" => "ok",
        _ if outcome.starts_with("check passed") => "ok",
        _ if outcome.contains("hidden by a pipe") => "hidden failure",
        _ if outcome.contains("exit 1") || outcome.starts_with("ended with 1") => "failed with 1",
        _ if outcome.starts_with("interrupted") => "interrupted",
        _ if outcome.starts_with("rejected") => {
            // A reason that is the next prompt is not the call's own.
            let is_next = run.truth["note"].as_str().is_some_and(|note| note.contains("the next prompt is the reason"));
            let reason = call["reason"].as_str().filter(|_| !is_next);
            return reason.map_or_else(|| "rejected".to_owned(), |reason| format!("rejected: {reason}"));
        }
        _ if outcome.contains("was not read before") => "stale",
        _ if outcome.contains("the old text is not in the file") => "not found",
        _ if outcome.starts_with("refused: nobody to ask") => "not permitted",
        _ if outcome.starts_with("refused by the agent itself") => "bad input",
        _ => panic!("the script says what this test does not know: {outcome}"),
    };
    end.to_owned()
}

/// Commits that git told the session of, where it was not asked to be quiet.
fn commits(run: &Run<'_>, sessions: &[Session]) -> Compared {
    let calls = || sessions.iter().flat_map(|one| &one.turns).flat_map(|turn| &turn.calls);
    let is_said = |id: &str| {
        calls().any(|call| match &call.outcome {
            Outcome::Succeeded { output, commit } => {
                output.expose().contains(id) || commit.as_ref().is_some_and(|commit| commit == id)
            }
            _ => false,
        })
    };
    let is_quiet = calls()
        .any(|call| matches!(&call.action, Action::Shell { command, .. } if command.expose().contains("commit -q")));
    let made = run.list("commits").iter().filter(|commit| commit["by_agent"] == true && !is_quiet);
    let missing: Vec<&str> =
        made.map(|commit| &commit["sha"].as_str().unwrap()[..7]).filter(|id| !is_said(id)).collect();
    vec![(
        "commits that no session names".to_owned(),
        json!(missing),
        json!(run.instead("commits").into_iter().collect::<Vec<_>>()),
    )]
}

/// The scripted model counts the same for each answer, of which there is one a call and one that ends a turn.
fn tokens(run: &Run<'_>, sessions: &[Session]) -> (String, Value, Value) {
    let mut found = Tokens::default();
    sessions.iter().for_each(|one| found.add(one.tokens));
    let answers = found.output / 50;
    let expected = Tokens { input: 800 * answers, output: 50 * answers, cache_read: 200 * answers, cache_write: 0 };
    let calls: usize = sessions.iter().flat_map(|one| &one.turns).map(|turn| turn.calls.len()).sum();
    let most = calls + run.list("prompts").len() + 2;
    let is_one_each = (calls as u64..=most as u64).contains(&answers);
    let expected = match run.instead("tokens") {
        Some(counts) => {
            let mut counts = counts.split(' ').filter_map(|count| count.parse().ok());
            let (input, output) = (counts.next().unwrap_or(0), counts.next().unwrap_or(0));
            json!([Tokens { input, output, ..Tokens::default() }, false])
        }
        None => json!([expected, true]),
    };
    (format!("tokens of {answers} answers with {calls} calls"), json!([found, is_one_each]), expected)
}
