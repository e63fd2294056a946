//! Calls and what came of them, which stand together.

use std::path::Path;

use serde_json::Value;

use crate::capture::event::{
    ActionEvent, CallEnd, CallEvent, ChangeEvent, EditEvent, EventKind, Extent, ResultEvent, ends_of,
};
use crate::capture::events::Events;
use crate::capture::patch::unified;

const REFUSED: &[&str] = &["Permission to run tool denied by user", "Command cancelled: user denied"];
const STOPPED: &[&str] = &[
    "Tool canceled by user",
    "The user stopped this command.",
    "Edit cancelled by user",
    "Write cancelled by user",
    "Move cancelled by user",
];
/// How a command ended, where it did not end well.
const CODE: &str = "\" failed with exit code ";
const TIME_UP: &str = "\" timed out.";
const KILLED: &str = "Command terminated unexpectedly.";
const SILENT: &str = "Command executed successfully.";

pub(super) fn call(call: &Value, result: &Value, (roots, is_subagent): (&[String], bool), events: &mut Events) {
    let (Some(id), Some(tool)) = (call["id"].as_str(), call["name"].as_str()) else { return };
    // Since June 2026 the input says of which kind it is.
    let input = if call["input"]["type"] == "json" { &call["input"]["value"] } else { &call["input"] };
    let action = action(tool, input, result, roots);
    let is_shell = matches!(action, ActionEvent::Shell { .. });
    if !is_shell {
        events.wordless(id.as_bytes());
    }
    events.push(EventKind::Call(Box::new(CallEvent {
        id: id.to_owned(),
        tool: tool.to_owned(),
        action,
        subagent: is_subagent,
        ..CallEvent::default()
    })));
    if result.is_object() {
        ended(id, result, events);
    }
}

/// The result of a call of an earlier message.
pub(super) fn late_result(result: &Value, events: &mut Events) {
    if let Some(id) = result["tool_use_id"].as_str() {
        ended(id, result, events);
    }
}

fn ended(id: &str, result: &Value, events: &mut Events) {
    let told = told(&result["content"]);
    let is_wordless = events.is_wordless(id.as_bytes());
    let begins = |words: &[&str]| words.iter().any(|with| told.starts_with(with));
    let first = told.split("```").next().unwrap_or_default();
    let code = if is_wordless { None } else { exit_code(first) };
    let end = match () {
        () if begins(REFUSED) => CallEnd::Rejected { reason: None },
        () if begins(STOPPED) => CallEnd::Interrupted,
        () if result["is_error"] == true => CallEnd::Failed,
        () if is_wordless => CallEnd::Succeeded,
        () if code.is_some() || first.contains(TIME_UP) || first.starts_with(KILLED) => CallEnd::Failed,
        () => CallEnd::Succeeded,
    };
    if end == CallEnd::Interrupted {
        events.push(EventKind::Interrupt { id: Some(id.to_owned()), at: None });
    }
    let output = match &end {
        CallEnd::Succeeded if is_wordless || told == SILENT => String::new(),
        // What is wrong stands above what was printed.
        CallEnd::Failed if is_wordless || code.is_none() => ends_of(told.as_str().into()),
        _ => ends_of(printed(&told).into()),
    };
    let exit_code = code.or((!is_wordless && end == CallEnd::Succeeded).then_some(0));
    events.push(EventKind::Result(Box::new(ResultEvent {
        exit_code,
        output,
        ..ResultEvent::new(id.to_owned(), None, end)
    })));
}

/// A text, one in an object, or several.
fn told(content: &Value) -> String {
    let text = |one: &Value| one.as_str().or(one["Text"].as_str()).or(one["text"].as_str()).map(str::to_owned);
    match content.as_array() {
        Some(parts) => parts.iter().filter_map(text).collect::<Vec<_>>().join("\n"),
        None => text(content).unwrap_or_default(),
    }
}

/// The code stands above what was printed, behind the command.
fn exit_code(above: &str) -> Option<i32> {
    let (_, code) = above.rsplit_once(CODE)?;
    code.split('.').next()?.parse().ok()
}

/// What a command printed is fenced.
fn printed(told: &str) -> &str {
    let inside = told.split_once("```\n").and_then(|(_, rest)| Some(rest.rsplit_once("\n```")?.0));
    inside.unwrap_or(if told.starts_with("Command ") { "" } else { told })
}

/// Paths begin with the name of one of the folders that are open.
fn resolved(path: &str, roots: &[String]) -> String {
    let (first, rest) = path.split_once(['/', '\\']).unwrap_or((path, ""));
    let is_named = |root: &&String| Path::new(root).file_name().is_some_and(|name| name == first);
    match roots.iter().find(is_named) {
        Some(root) if rest.is_empty() => root.clone(),
        Some(root) => format!("{}/{rest}", root.trim_end_matches('/')),
        None => path.to_owned(),
    }
}

fn action(tool: &str, input: &Value, result: &Value, roots: &[String]) -> ActionEvent {
    let member = |name: &str| input[name].as_str().unwrap_or_default();
    let edit =
        |path: &str, change: ChangeEvent| ActionEvent::Edit(vec![EditEvent { path: resolved(path, roots), change }]);
    match tool {
        "terminal" | "sandboxed_terminal" => {
            let cwd = match member("cd") {
                "" | "." => roots.first().filter(|_| roots.len() == 1).cloned(),
                cd => Some(resolved(cd, roots)),
            };
            ActionEvent::Shell { command: member("command").to_owned(), cwd, extent: Extent::Whole }
        }
        "edit_file" | "streaming_edit_file" | "write_file" | "create_file" => {
            ActionEvent::Edit(edits(&resolved(member("path"), roots), input, &result["output"]))
        }
        "delete_path" => edit(member("path"), ChangeEvent::Delete),
        "move_path" => {
            edit(member("source_path"), ChangeEvent::Move { to: resolved(member("destination_path"), roots) })
        }
        "spawn_agent" => ActionEvent::Delegate { prompt: member("message").to_owned() },
        _ => ActionEvent::Other,
    }
}

/// What was changed is told best by what came of it: until 2026 another request to the model made the lines.
fn edits(path: &str, input: &Value, output: &Value) -> Vec<EditEvent> {
    let one = |change: ChangeEvent| vec![EditEvent { path: path.to_owned(), change }];
    let owned = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    if let (Some(before), Some(after)) = (output["old_text"].as_str(), output["new_text"].as_str()) {
        let hunks = unified(output["diff"].as_str().unwrap_or_default());
        return one(match (before.is_empty(), hunks.is_empty()) {
            (true, _) => ChangeEvent::Write { text: after.to_owned() },
            (false, false) => ChangeEvent::Patch { hunks },
            (false, true) if before == after => ChangeEvent::Patch { hunks },
            (false, true) => ChangeEvent::Write { text: after.to_owned() },
        });
    }
    if let Some(content) = input["content"].as_str() {
        return one(ChangeEvent::Write { text: content.to_owned() });
    }
    // Some models write the list as a text.
    let listed = input["edits"].as_str().and_then(|list| serde_json::from_str::<Value>(list).ok());
    let list = listed.as_ref().unwrap_or(&input["edits"]).as_array();
    let replaced = |edit: &Value| EditEvent {
        path: path.to_owned(),
        change: ChangeEvent::Replace {
            before: owned(&edit["old_text"]),
            after: owned(&edit["new_text"]),
            everywhere: false,
        },
    };
    list.map_or_else(|| one(ChangeEvent::Patch { hunks: Vec::new() }), |list| list.iter().map(replaced).collect())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use rusqlite::Connection;
    use serde_json::json;

    use super::*;
    use crate::capture::compressed::packed;
    use crate::capture::places::AgentHomes;
    use crate::record::session::{Action, FailureKind, Outcome, PromptSource, Session};

    const COLUMNS: &str =
        "id TEXT PRIMARY KEY, summary TEXT NOT NULL, updated_at TEXT NOT NULL, data_type TEXT NOT NULL,
        data BLOB NOT NULL";

    fn text(text: &str) -> Value {
        json!([{"Text": text}])
    }

    fn used(id: &str, name: &str, input: Value) -> Value {
        json!({"ToolUse": {"id": id, "name": name, "raw_input": "", "input": input, "is_input_complete": true}})
    }

    fn result(id: &str, content: &str, is_error: bool, output: Value) -> Value {
        json!({"tool_use_id": id, "tool_name": "x", "is_error": is_error, "content": text(content), "output": output})
    }

    fn calls(session: &Session) -> Vec<&crate::record::session::ToolCall> {
        session.turns.iter().flat_map(|turn| &turn.calls).collect()
    }

    #[test]
    fn a_thread_is_read_with_what_became_of_each_call() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join(".local/share/zed/threads");
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("threads.db");
        let writer = Connection::open(&path).unwrap();
        let more = "parent_id TEXT, folder_paths TEXT, folder_paths_order TEXT, created_at TEXT";
        writer.execute_batch(&format!("CREATE TABLE threads ({COLUMNS}, {more})")).unwrap();
        let edited = json!({"input_path": "shop/a.rs", "old_text": "x\ny\n", "new_text": "x\nz\n",
            "diff": "@@ -1,2 +1,2 @@\n x\n-y\n+z\n"});
        let made =
            json!({"original_path": "shop/b.rs", "old_text": "", "new_text": "new\n", "diff": "@@ -0,0 +1 @@\n+new\n"});
        let failed = "Command \"make test\" failed with exit code 2.\n\n```\n1 failed\n```";
        let gone = json!({"error": "no", "input_path": "shop/a.rs"});
        let document = json!({
            "version": "0.3.0", "title": "t", "updated_at": "2026-01-02T03:05:00Z",
            "model": {"provider": "p", "model": "m-1"},
            "cumulative_token_usage": {"input_tokens": 9, "output_tokens": 2, "cache_read_input_tokens": 4},
            "draft_prompt": [{"type": "text", "text": "not said"}],
            "initial_project_snapshot": {"worktree_snapshots": [{"worktree_path": "/w/shop",
                "git_state": {"current_branch": "main", "head_sha": "abc"}}], "timestamp": "2026-01-02T03:04:00Z"},
            "messages": [
                {"User": {"id": "u-1", "content": [{"Text": "round "},
                    {"Mention": {"uri": {"File": {"abs_path": "/w/shop/a.rs"}}, "content": "all of it"}}, {"Text": " up"}]}},
                {"Agent": {"content": [{"Thinking": {"text": "hm", "signature": null}}, {"Text": "I do."},
                    used("1", "edit_file", json!({"path": "shop/a.rs", "mode": "edit", "display_description": "d"})),
                    used("2", "write_file", json!({"type": "json", "value": {"path": "shop/b.rs", "content": "new\n"}})),
                    used("3", "terminal", json!({"command": "make test", "cd": "shop"})),
                    used("4", "terminal", json!({"command": "rm -r x", "cd": "."})),
                    used("5", "edit_file", json!({"path": "shop/a.rs", "edits": [{"old_text": "q", "new_text": "r"}]})),
                    used("6", "terminal", json!({"command": "sleep 9", "cd": "shop"})),
                    used("7", "terminal", json!({"command": "ls", "cd": "shop"}))],
                  "tool_results": {
                    "1": result("1", "Edited shop/a.rs successfully", false, edited),
                    "2": result("2", "Edited shop/b.rs successfully", false, made),
                    "3": result("3", failed, false, json!(failed)),
                    "4": result("4", "Permission to run tool denied by user", true, json!(null)),
                    "5": result("5", "Could not find matching text for edit at index 0.", true, gone),
                    "6": result("6", "The user stopped this command. Output captured before stopping:\n\n```\n1\n```\n\nSince", false, json!("")),
                    "7": result("7", "```\na.rs\n```", false, json!(""))},
                  "reasoning_details": null}},
                {"Compaction": {"Summary": "what was said"}},
                "Resume",
                {"User": {"id": "u-2", "content": text("now the other")}},
            ],
        });
        let subagent =
            json!({"version": "0.3.0", "messages": [{"User": {"id": "u", "content": text("count the lines")}}]});
        let imported = json!({"version": "0.3.0", "imported": true, "messages": [{"User": {"id": "u", "content": text("theirs")}}]});
        for (id, kind, data, parent) in [
            ("t-1", "zstd", packed(document.to_string().as_bytes()), None),
            ("t-2", "json", subagent.to_string().into_bytes(), Some("t-1")),
            ("t-3", "json", imported.to_string().into_bytes(), None),
            ("t-4", "zstd", b"no frame".to_vec(), None),
        ] {
            writer
                .execute(
                    "INSERT INTO threads VALUES (?1, 't', '2026-01-02T03:05:00.5+00:00', ?2, ?3, ?4, '/w/lib' || char(10) || '/w/shop',
                    '1,0', '2026-01-02T03:04:00+00:00')",
                    (id, kind, data, parent),
                )
                .unwrap();
        }
        let places = AgentHomes { home: Some(home.path().to_owned()), ..AgentHomes::default() };
        let (found, problems) = crate::capture::find(&places);
        let found: Vec<PathBuf> = found.into_iter().map(|one| one.path).collect();
        assert_eq!((found, problems), (["t-1", "t-2", "t-3", "t-4"].map(|id| path.join(id)).to_vec(), Vec::new()));
        let read = |id: &str| crate::capture::read(&path.join(id)).unwrap().remove(0);
        let session = read("t-1");
        let prompts: Vec<_> = session.turns.iter().filter_map(|turn| turn.prompt.as_ref()).collect();
        let prompts: Vec<_> = prompts.iter().map(|prompt| (prompt.source, prompt.text.expose())).collect();
        assert_eq!(prompts, [(PromptSource::Typed, "round @a.rs up"), (PromptSource::Typed, "now the other")]);
        assert_eq!(
            (session.cwds.as_slice(), session.branch.as_deref()),
            (["/w/shop".to_owned()].as_slice(), Some("main"))
        );
        assert_eq!((session.models.as_slice(), session.tokens.cache_read), (["m-1".to_owned()].as_slice(), 4));
        assert_eq!(session.started_at.unwrap().to_string(), "2026-01-02T03:04:00Z");
        let calls = calls(&session);
        let Action::Edit(edits) = &calls[0].action else { panic!("it edits") };
        assert_eq!(edits[0].path, "/w/shop/a.rs");
        assert!(matches!(&calls[1].action, Action::Edit(_)) && matches!(&calls[1].outcome, Outcome::Succeeded { .. }));
        assert!(matches!(&calls[2].action, Action::Shell { cwd, .. } if cwd.as_deref() == Some("/w/shop")));
        assert!(
            matches!(&calls[2].outcome, Outcome::Failed { kind: FailureKind::Tests, exit_code: Some(2), output } if output.expose() == "1 failed"),
            "{:?}",
            calls[2].outcome
        );
        assert!(matches!(&calls[3].outcome, Outcome::Rejected { .. }));
        assert!(matches!(&calls[4].outcome, Outcome::Failed { kind: FailureKind::EditNoMatch, .. }));
        assert!(matches!(&calls[5].outcome, Outcome::Interrupted));
        assert!(matches!(&calls[6].outcome, Outcome::Succeeded { output, .. } if output.expose() == "a.rs"));
        assert_eq!(session.turns[0].interrupts.len(), 1);
        let delegated = read("t-2");
        assert!(crate::capture::is_subagent(&delegated) && delegated.other_ids == ["t-1"]);
        assert!(read("t-3").turns.is_empty(), "another person's words");
        assert_eq!(read("t-4").skipped.len(), 1);
    }

    #[test]
    fn an_older_thread_has_roles_and_results_with_the_next_message() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("threads.db");
        let writer = Connection::open(&path).unwrap();
        writer.execute_batch(&format!("CREATE TABLE threads ({COLUMNS})")).unwrap();
        let said = |text: &str| json!([{"type": "text", "text": text}]);
        let document = json!({"version": "0.1.0", "summary": "t", "updated_at": "2025-05-02T03:05:00Z", "messages": [
            {"id": 0, "role": "user", "segments": said("round it")},
            {"id": 1, "role": "assistant", "segments": said("I do."),
                "tool_uses": [{"id": "1", "name": "terminal", "input": {"command": "make", "cd": "shop"}}]},
            {"id": 2, "role": "user", "segments": said("Here are the tool results."), "is_hidden": true,
                "tool_results": [{"tool_use_id": "1", "is_error": false, "content": "```\nbuilt\n```"}]},
            {"id": 3, "role": "system", "segments": []},
        ]});
        writer
            .execute(
                "INSERT INTO threads VALUES ('t-1', 't', '2025-05-02T03:05:00Z', 'json', ?1)",
                [document.to_string()],
            )
            .unwrap();
        let session = crate::capture::read(&path.join("t-1")).unwrap().remove(0);
        let prompts: Vec<_> = session.turns.iter().filter_map(|turn| turn.prompt.as_ref()).collect();
        assert_eq!(prompts.iter().map(|prompt| prompt.text.expose()).collect::<Vec<_>>(), ["round it"]);
        assert!(matches!(&calls(&session)[0].outcome, Outcome::Succeeded { output, .. } if output.expose() == "built"));
    }

    #[test]
    fn a_path_begins_with_the_name_of_a_folder_that_is_open() {
        let roots = ["/w/shop".to_owned(), "/x/lib".to_owned()];
        for (path, expected) in [
            ("shop/src/a.rs", "/w/shop/src/a.rs"),
            ("lib", "/x/lib"),
            ("src/a.rs", "src/a.rs"),
            ("/w/shop/a.rs", "/w/shop/a.rs"),
        ] {
            assert_eq!(resolved(path, &roots), expected);
        }
    }
}
