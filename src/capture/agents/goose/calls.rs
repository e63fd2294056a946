//! Calls and what came of them.

use jiff::Timestamp;
use serde_json::Value;

use crate::capture::event::{
    ActionEvent, CallEnd, CallEvent, ChangeEvent, EditEvent, EventKind, Extent, ResultEvent, ends_of,
};
use crate::capture::events::Events;
use crate::capture::patch::unified;

/// What a refused call is told. The first one is of versions before August 2026.
const REFUSED: &[&str] =
    &["The user has declined to run this tool", "Approval was denied or cancelled by the session controller"];
/// What a call is told that was not run because of how the agent is set up.
const SKIPPED: &[&str] = &[
    "Let the user know the tool call was skipped",
    "This tool call was denied before execution",
    "This tool call was blocked by",
];
const STOPPED: &str = "Interrupted by the user to make a correction";
/// Below what a command printed.
const EXIT: &str = "Command exited with code ";
const NOTHING: &str = "(no output)";

/// A part of an agent's message, where it is a call.
pub(super) fn request(
    part: &Value,
    at: Option<Timestamp>,
    (cwd, is_subagent): (Option<&str>, bool),
    events: &mut Events,
) {
    if part["type"] != "toolRequest" && part["type"] != "frontendToolRequest" {
        return;
    }
    let call = &part["toolCall"]["value"];
    let (Some(id), Some(tool)) = (part["id"].as_str(), call["name"].as_str()) else { return };
    let action = action(tool, &call["arguments"], cwd);
    if !matches!(action, ActionEvent::Shell { .. }) {
        events.wordless(id.as_bytes());
    }
    events.push(EventKind::Call(Box::new(CallEvent {
        id: id.to_owned(),
        at,
        tool: tool.to_owned(),
        action,
        subagent: is_subagent,
        ..CallEvent::default()
    })));
}

/// A part of a message to the agent, where it is the result of a call.
pub(super) fn response(part: &Value, at: Option<Timestamp>, events: &mut Events) {
    if part["type"] != "toolResponse" {
        return;
    }
    let Some(call) = part["id"].as_str() else { return };
    let told = &part["toolResult"];
    let value = &told["value"];
    let output = match told["error"].as_str() {
        Some(error) => error.to_owned(),
        None => printed(value),
    };
    let is_wordless = events.is_wordless(call.as_bytes());
    let code = exit_code(value, &output).filter(|_| !is_wordless);
    let is_error = told["status"] == "error" || value["isError"] == true;
    let begins = |with: &&&str| output.starts_with(**with);
    let end = match code {
        _ if REFUSED.iter().any(|refused| begins(&refused)) => CallEnd::Rejected { reason: None },
        _ if told["status"] == "error" && output.contains(STOPPED) => CallEnd::Interrupted,
        _ if is_error || SKIPPED.iter().any(|skipped| begins(&skipped)) => CallEnd::Failed,
        Some(code) if code != 0 => CallEnd::Failed,
        _ => CallEnd::Succeeded,
    };
    if end == CallEnd::Interrupted {
        events.push(EventKind::Interrupt { id: Some(call.to_owned()), at });
    }
    let is_kept = (!is_wordless || end != CallEnd::Succeeded) && output != NOTHING;
    events.push(EventKind::Result(Box::new(ResultEvent {
        exit_code: code,
        output: if is_kept { ends_of(without_end(&output, code).into()) } else { String::new() },
        ..ResultEvent::new(call.to_owned(), at, end)
    })));
}

/// What the agent was told: older versions have a list, and the person's view of it in the same one.
fn printed(value: &Value) -> String {
    let parts = value["content"].as_array().or(value.as_array());
    let is_for_agent = |part: &&Value| {
        let audience = part["annotations"]["audience"].as_array();
        audience.is_none_or(|audience| audience.is_empty() || audience.iter().any(|one| one == "assistant"))
    };
    let texts = parts.into_iter().flatten().filter(is_for_agent).filter_map(|part| part["text"].as_str());
    texts.collect::<Vec<_>>().join("\n")
}

fn exit_code(value: &Value, output: &str) -> Option<i32> {
    let structured = value["structuredContent"]["exit_code"].as_i64();
    let said = || output.lines().next_back()?.strip_prefix(EXIT)?.parse::<i64>().ok();
    structured.or_else(said).and_then(|code| i32::try_from(code).ok())
}

/// Without the line that says the code.
fn without_end(output: &str, code: Option<i32>) -> &str {
    let last = output.rfind(EXIT).filter(|at| code.is_some() && !output[*at..].contains('\n'));
    last.map_or(output, |at| output[..at].trim_end())
}

/// Tools of the developer extension had its name before theirs until 2026.
fn action(tool: &str, input: &Value, cwd: Option<&str>) -> ActionEvent {
    let member = |name: &str| input[name].as_str().unwrap_or_default().to_owned();
    let edit = |change: ChangeEvent| ActionEvent::Edit(vec![EditEvent { path: member("path"), change }]);
    let replaced = |before: &str, after: &str| ChangeEvent::Replace {
        before: member(before),
        after: member(after),
        everywhere: false,
    };
    match tool.strip_prefix("developer__").unwrap_or(tool) {
        "shell" => {
            ActionEvent::Shell { command: member("command"), cwd: cwd.map(str::to_owned), extent: Extent::Whole }
        }
        "write" => edit(ChangeEvent::Write { text: member("content") }),
        "edit" => edit(replaced("before", "after")),
        "text_editor" => match (input["command"].as_str(), input["diff"].as_str()) {
            (Some("write"), _) => edit(ChangeEvent::Write { text: member("file_text") }),
            (Some("str_replace"), Some(diff)) => {
                // A diff of several files names a folder.
                let is_one = diff.lines().filter(|line| line.starts_with("+++ ")).count() == 1;
                if is_one { edit(ChangeEvent::Patch { hunks: unified(diff) }) } else { ActionEvent::Other }
            }
            (Some("str_replace" | "edit_file"), None) => edit(replaced("old_str", "new_str")),
            (Some("insert"), _) => {
                edit(ChangeEvent::Replace { before: String::new(), after: member("new_str"), everywhere: false })
            }
            _ => ActionEvent::Other,
        },
        "delegate" | "summon__delegate" => ActionEvent::Delegate { prompt: member("instructions") },
        _ => ActionEvent::Other,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use rusqlite::Connection;
    use serde_json::json;

    use super::*;
    use crate::capture::places::AgentHomes;
    use crate::capture::reading::detect;
    use crate::record::session::{Action, FailureKind, Outcome, PromptSource, Session};

    fn call(id: &str, name: &str, arguments: Value) -> Value {
        let call = json!({"status": "success", "value": {"name": name, "arguments": arguments}});
        json!([{"type": "toolRequest", "id": id, "toolCall": call}])
    }

    fn result(id: &str, told: Value) -> Value {
        json!([{"type": "toolResponse", "id": id, "toolResult": told}])
    }

    fn said(text: &str) -> Value {
        json!([{"type": "text", "text": text}])
    }

    fn ok(text: &str) -> Value {
        json!({"status": "success", "value": {"content": [{"type": "text", "text": text}], "isError": false}})
    }

    fn database(path: &Path, messages: &[(&str, Value, Value)]) -> Connection {
        let writer = Connection::open(path).unwrap();
        writer
            .execute_batch(
                "CREATE TABLE schema_version (version INTEGER);
                CREATE TABLE sessions (id TEXT PRIMARY KEY, working_dir TEXT, session_type TEXT, updated_at TIMESTAMP,
                    accumulated_input_tokens INTEGER, accumulated_output_tokens INTEGER, model_config_json TEXT);
                CREATE TABLE messages (id INTEGER PRIMARY KEY AUTOINCREMENT, session_id TEXT, role TEXT, content_json TEXT,
                    created_timestamp INTEGER, metadata_json TEXT);
                INSERT INTO sessions VALUES ('20260102_1', '/w', 'user', '2026-01-02 03:04:05', 90, 7, '{\"model_name\":\"m-1\"}');
                INSERT INTO sessions VALUES ('20260102_2', '/w', 'user', '2026-01-02 03:04:05', NULL, NULL, NULL)",
            )
            .unwrap();
        for (role, content, metadata) in messages {
            let content = content.as_str().map_or_else(|| content.to_string(), str::to_owned);
            writer
                .execute(
                    "INSERT INTO messages (session_id, role, content_json, created_timestamp, metadata_json)
                    VALUES ('20260102_1', ?1, ?2, 1767323045, ?3)",
                    (role, content, metadata.to_string()),
                )
                .unwrap();
        }
        writer
    }

    fn prompts(session: &Session) -> Vec<(PromptSource, String)> {
        let prompts = session.turns.iter().filter_map(|turn| turn.prompt.as_ref());
        prompts.map(|prompt| (prompt.source, prompt.text.expose().to_owned())).collect()
    }

    #[test]
    fn a_database_is_read_with_what_became_of_each_call() {
        let home = tempfile::tempdir().unwrap();
        let sessions = home.path().join(".local/share/goose/sessions");
        fs::create_dir_all(&sessions).unwrap();
        let path = sessions.join("sessions.db");
        let all = || json!({"userVisible": true, "agentVisible": true});
        let agents = || json!({"userVisible": false, "agentVisible": true});
        let exit = json!({"status": "success", "value": {"content": [{"type": "text",
            "text": "1 failed\n\nCommand exited with code 2"}], "isError": true,
            "structuredContent": {"stdout": "1 failed", "stderr": "", "exit_code": 2}}});
        let summary = "The previous message contains a summary that was prepared because a context limit was reached.";
        drop(database(
            &path,
            &[
                ("user", said("round it"), all()),
                ("assistant", call("1", "edit", json!({"path": "a", "before": "x", "after": "y"})), all()),
                ("user", result("1", ok("Edited a (1 lines -> 1 lines)")), all()),
                ("assistant", call("2", "shell", json!({"command": "make test"})), all()),
                ("user", result("2", exit), all()),
                ("assistant", call("3", "shell", json!({"command": "rm -r x"})), all()),
                ("user", result("3", ok("The user has declined to run this tool. DO NOT attempt")), all()),
                ("assistant", call("4", "edit", json!({"path": "a", "before": "q", "after": "y"})), all()),
                (
                    "user",
                    result(
                        "4",
                        json!({"status": "success", "value": {"content": [{"type": "text",
                            "text": "No match found for the specified text."}], "isError": true}}),
                    ),
                    all(),
                ),
                ("assistant", call("5", "shell", json!({"command": "sleep 9"})), all()),
                (
                    "user",
                    result(
                        "5",
                        json!({"status": "error", "error": "-32603: Interrupted by the user to make a correction"}),
                    ),
                    all(),
                ),
                (
                    "assistant",
                    said("The existing call to shell was interrupted. How would you like to proceed?"),
                    all(),
                ),
                ("assistant", json!("[{\"type\":"), all()),
                ("user", said("what was said, in short"), agents()),
                ("assistant", said(summary), agents()),
                ("user", said("round it"), all()),
                ("user", said("now the other"), all()),
                ("assistant", call("6", "shell", json!({"command": "make"})), all()),
                ("user", result("6", ok("(no output)")), all()),
            ],
        ));
        let places = AgentHomes { home: Some(home.path().to_owned()), ..AgentHomes::default() };
        let (found, problems) = crate::capture::find(&places);
        let found: Vec<_> = found.into_iter().map(|one| (one.path, one.size)).collect();
        assert_eq!((found, problems), (vec![(path.join("20260102_1"), 19)], Vec::new()));
        let session = crate::capture::read(&path.join("20260102_1")).unwrap().remove(0);
        let typed = |text: &str| (PromptSource::Typed, text.to_owned());
        assert_eq!(prompts(&session), [typed("round it"), typed("now the other")]);
        assert_eq!((session.id.as_str(), session.cwds.as_slice()), ("20260102_1", ["/w".to_owned()].as_slice()));
        assert_eq!((session.models.as_slice(), session.tokens.input), (["m-1".to_owned()].as_slice(), 90));
        assert_eq!((session.skipped.len(), session.turns[0].interrupts.len()), (1, 1));
        let calls: Vec<_> = session.turns.iter().flat_map(|turn| &turn.calls).collect();
        assert!(matches!(&calls[0].outcome, Outcome::Succeeded { .. }) && matches!(&calls[0].action, Action::Edit(_)));
        assert!(
            matches!(&calls[1].outcome, Outcome::Failed { kind: FailureKind::Tests, output, .. } if output.expose() == "1 failed"),
            "{:?}",
            calls[1].outcome
        );
        assert!(matches!(&calls[2].outcome, Outcome::Rejected { reason: None }));
        assert!(matches!(&calls[3].outcome, Outcome::Failed { kind: FailureKind::EditNoMatch, .. }));
        assert!(matches!(&calls[4].outcome, Outcome::Interrupted));
        assert!(matches!(&calls[5].outcome, Outcome::Succeeded { output, .. } if output.expose().is_empty()));
        assert!(session.turns.iter().all(|turn| turn.reply.is_none()), "none is the agent's own");
    }

    #[test]
    fn a_file_of_lines_is_read_unless_the_database_took_it_in() {
        let home = tempfile::tempdir().unwrap();
        let sessions = home.path().join("root/data/sessions");
        fs::create_dir_all(&sessions).unwrap();
        let about = json!({"working_dir": "/w", "description": "", "message_count": 3, "accumulated_input_tokens": 5});
        let message = |role: &str, content: Value| json!({"role": role, "created": 1750000000, "content": content});
        let two = json!({"status": "success", "value": [
            {"type": "text", "text": "a", "annotations": {"audience": ["assistant"]}},
            {"type": "text", "text": "### a", "annotations": {"audience": ["user"], "priority": 0.2}}]});
        let lines = [
            about,
            message("user", said("round it")),
            message(
                "assistant",
                call("1", "developer__text_editor", json!({"command": "write", "path": "/w/a", "file_text": "y\n"})),
            ),
            message("user", result("1", two.clone())),
            message("assistant", call("2", "developer__shell", json!({"command": "ls"}))),
            message("user", result("2", two)),
        ];
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        for name in ["20250601_101010", "20260102_1"] {
            fs::write(sessions.join(format!("{name}.jsonl")), &text).unwrap();
        }
        assert_eq!(detect(text.as_bytes()).map(|agent| agent.to_string()).as_deref(), Some("goose"));
        drop(database(&sessions.join("sessions.db"), &[("user", said("round it"), json!({}))]));
        let moved = vec![("GOOSE_PATH_ROOT", home.path().join("root"))];
        let places = AgentHomes { moved, ..AgentHomes::default() };
        let found: Vec<_> = crate::capture::find(&places).0.into_iter().map(|one| one.path).collect();
        assert_eq!(found, [sessions.join("20250601_101010.jsonl"), sessions.join("sessions.db/20260102_1")]);
        let session = crate::capture::read(&found[0]).unwrap().remove(0);
        assert_eq!(prompts(&session), [(PromptSource::Typed, "round it".to_owned())]);
        assert_eq!(session.id, "20250601_101010");
        let calls: Vec<_> = session.turns.iter().flat_map(|turn| &turn.calls).collect();
        assert!(matches!(&calls[1].outcome, Outcome::Succeeded { output, .. } if output.expose() == "a"));
    }
}
