//! The events of the server, and of all before version 1: an action names what is done, an observation by `cause` what came of it.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::Value;

use crate::capture::event::{
    ActionEvent, CallEnd, CallEvent, ChangeEvent, EditEvent, EventKind, Extent, HunkEvent, PromptEvent, ResultEvent,
    SessionFacts, UsageEvent, ends_of,
};
use crate::capture::events::Events;
use crate::capture::time::local_time;
use crate::capture::values::has_keys;
use crate::record::session::{FailureKind, PromptSource, Tokens};

/// The first event of a session that lies in a folder.
pub(super) const FIRST: &str = "0.json";
/// The folder of events, and the one in which they stand again, some in a file.
const EVENTS: &str = "events";
const AGAIN: &str = "event_cache";

/// Whether the beginning of a file is that of an event, or of a list of them.
pub(super) fn recognises(head: &[u8]) -> bool {
    let head = head.trim_ascii_start();
    let event = head.strip_prefix(b"[").map_or(head, <[u8]>::trim_ascii_start);
    let is_one = |kind: &str, more: &str| has_keys(event, &["timestamp", "source", kind, more]);
    event.starts_with(b"{") && (is_one("action", "args") || is_one("observation", "extras"))
}

/// Whether a file is the first event of a session's folder.
pub(super) fn is_main(file: &Path) -> bool {
    file.ends_with(FIRST) && file.parent().is_some_and(|folder| folder.ends_with(EVENTS))
}

/// The folder of a session, by its first event.
pub(super) fn folder_of(main: &Path) -> Option<&Path> {
    main.parent().filter(|_| is_main(main))?.parent()
}

/// Whether a file belongs to a session whose first event is there.
pub(super) fn is_of_another(file: &Path) -> bool {
    let folder = file.parent().filter(|folder| folder.ends_with(EVENTS) || folder.ends_with(AGAIN));
    !is_main(file) && folder.and_then(Path::parent).is_some_and(|session| session.join(EVENTS).join(FIRST).is_file())
}

/// The events in the order of their numbers, and how many files could not be read.
pub(super) fn events_beside(main: &Path) -> (Vec<Value>, usize) {
    let number = |path: &Path| path.file_stem()?.to_str()?.parse::<u64>().ok();
    let entries = main.parent().map(fs::read_dir).into_iter().flatten().flatten().flatten();
    let mut files: Vec<(u64, PathBuf)> = entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()))
        .filter_map(|entry| Some((number(&entry.path())?, entry.path())))
        .collect();
    files.sort();
    let all = files.len();
    let read = |(_, path): (u64, PathBuf)| serde_json::from_slice(&fs::read(path).ok()?).ok();
    let found: Vec<Value> = files.into_iter().filter_map(read).collect();
    let skipped = all - found.len();
    (found, skipped)
}

/// Tells a session; `id` is that of its folder.
pub(super) fn tell(list: &[Value], id: Option<String>, events: &mut Events) {
    events.about(SessionFacts { session: id, ..SessionFacts::default() });
    let has_sums = list.iter().any(|event| !sum(event).is_zero());
    let mut teller = EventTeller { has_sums, delegated: 0, cwd: None, done: HashMap::new() };
    for event in list {
        teller.event(event, events);
    }
}

struct EventTeller {
    /// Whether events say how many tokens were spent so far.
    has_sums: bool,
    /// How many agents that others began are at work.
    delegated: usize,
    cwd: Option<String>,
    /// The actions that were told as calls, and whether they are commands.
    done: HashMap<u64, bool>,
}

fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.trim().is_empty()).map(str::to_owned)
}

/// The tokens spent so far.
fn sum(event: &Value) -> Tokens {
    tokens(&event["llm_metrics"]["accumulated_token_usage"])
}

fn tokens(usage: &Value) -> Tokens {
    let of = |name: &str| usage[name].as_u64().unwrap_or(0);
    let (cache_read, cache_write) = (of("cache_read_tokens"), of("cache_write_tokens"));
    let input = of("prompt_tokens").saturating_sub(cache_read).saturating_sub(cache_write);
    Tokens { input, output: of("completion_tokens"), cache_read, cache_write }
}

impl EventTeller {
    fn event(&mut self, event: &Value, events: &mut Events) {
        let at = event["timestamp"].as_str().and_then(|at| local_time(at.as_bytes()));
        if let Some(at) = at {
            events.saw(at);
        }
        let answer = &event["tool_call_metadata"]["model_response"];
        if let Some(model) = text(&answer["model"]) {
            events.model(model.into());
        }
        let spent = if self.has_sums { sum(event) } else { tokens(&answer["usage"]) };
        let message = text(&answer["id"]).filter(|_| !self.has_sums);
        if !spent.is_zero() && (self.has_sums || message.is_some()) {
            events.usage(UsageEvent { message, tokens: spent });
        }
        match (event["action"].as_str(), event["observation"].as_str()) {
            (Some(action), _) => self.action(action, event, at, events),
            (None, Some(seen)) => self.observation(seen, event, at, events),
            (None, None) => {}
        }
    }

    fn action(&mut self, action: &str, event: &Value, at: Option<Timestamp>, events: &mut Events) {
        let (args, is_users) = (&event["args"], event["source"] == "user");
        match action {
            "system" => {
                let version = text(&args["openhands_version"]);
                events.about(SessionFacts { version, ..SessionFacts::default() });
            }
            "message" => match text(&args["content"]).map(|said| said.trim().to_owned()) {
                Some(said) if is_users => {
                    let source = if self.delegated > 0 { PromptSource::Delegated } else { PromptSource::Typed };
                    let prompt = PromptEvent { source, ..PromptEvent::typed(said, at) };
                    events.push(EventKind::Prompt(Box::new(prompt)));
                }
                Some(said) if self.delegated == 0 => events.push(EventKind::Reply { text: said }),
                _ => {}
            },
            "finish" => {
                let said = text(&args["final_thought"]).or_else(|| text(&event["message"]));
                if let Some(text) = said.filter(|_| self.delegated == 0) {
                    events.push(EventKind::Reply { text });
                }
            }
            "condensation" => events.push(EventKind::Compaction { at }),
            "change_agent_state"
                if is_users && (args["agent_state"] == "stopped" || args["agent_state"] == "paused") =>
            {
                events.push(EventKind::Interrupt { id: None, at });
            }
            // What the person does in the browser's own terminal.
            _ if is_users => {}
            _ => self.call(action, event, at, events),
        }
    }

    fn call(&mut self, action: &str, event: &Value, at: Option<Timestamp>, events: &mut Events) {
        let args = &event["args"];
        let nested = self.delegated > 0;
        if let Some(said) = text(&args["thought"]).filter(|_| !nested) {
            events.push(EventKind::Reply { text: said });
        }
        let of = |name: &str| args[name].as_str().unwrap_or_default().to_owned();
        let done = match action {
            // Input for what runs already is not a command.
            "run" if args["is_input"] != true => {
                let cwd = text(&args["cwd"]).or_else(|| self.cwd.clone());
                ActionEvent::Shell { command: of("command"), cwd, extent: Extent::Whole }
            }
            "write" | "edit" => edit(action, args).map_or(ActionEvent::Other, |edit| ActionEvent::Edit(vec![edit])),
            "delegate" => {
                self.delegated += 1;
                ActionEvent::Delegate { prompt: text(&args["inputs"]["task"]).unwrap_or_default() }
            }
            "run" | "run_ipython" | "read" | "browse" | "browse_interactive" | "call_tool_mcp" => ActionEvent::Other,
            _ => return,
        };
        let Some(id) = event["id"].as_u64() else { return };
        self.done.insert(id, matches!(done, ActionEvent::Shell { .. }));
        let tool = text(&event["tool_call_metadata"]["function_name"]).unwrap_or_else(|| action.to_owned());
        let call = CallEvent { id: name(id), at, tool, action: done, subagent: nested, nested, ..CallEvent::default() };
        events.push(EventKind::Call(Box::new(call)));
    }

    fn observation(&mut self, seen: &str, event: &Value, at: Option<Timestamp>, events: &mut Events) {
        if seen == "delegate" {
            self.delegated = self.delegated.saturating_sub(1);
        }
        let Some((id, is_shell)) = event["cause"].as_u64().and_then(|id| Some((id, *self.done.get(&id)?))) else {
            return;
        };
        let (extras, printed) = (&event["extras"], event["content"].as_str().unwrap_or_default());
        let mut made = ResultEvent::new(name(id), at, CallEnd::Succeeded);
        match seen {
            "user_rejected" => made.end = CallEnd::Rejected { reason: None },
            "error" => made.end = CallEnd::Failed,
            // What it changed, where the action only sketches it.
            "edit" if extras["impl_source"] == "llm_based_edit" => {
                let of = |name: &str| extras[name].as_str().map(str::to_owned);
                if let (Some(path), Some(before), Some(after)) = (of("path"), of("old_content"), of("new_content")) {
                    let change = match before.is_empty() {
                        true => ChangeEvent::Write { text: after },
                        false => ChangeEvent::Replace { before, after, everywhere: false },
                    };
                    let edits = vec![EditEvent { path, change }];
                    events.push(EventKind::Edits { call: name(id), edits, at, made: true });
                }
            }
            "run" => {
                let metadata = &extras["metadata"];
                let code = metadata["exit_code"].as_i64().or_else(|| extras["exit_code"].as_i64());
                let suffix = metadata["suffix"].as_str().unwrap_or_default();
                made.exit_code = code.and_then(|code| i32::try_from(code).ok()).filter(|code| *code >= 0);
                match made.exit_code {
                    Some(0) => {}
                    Some(_) => made.end = CallEnd::Failed,
                    None if suffix.contains("timed out after") => {
                        (made.end, made.failure) = (CallEnd::Failed, Some(FailureKind::Timeout));
                    }
                    // −1: it goes on, and what follows is told of other calls.
                    None => made.process = Some(made.call.clone()),
                }
                if let Some(folder) = text(&metadata["working_dir"]) {
                    events.about(SessionFacts { cwd: Some(folder.clone()), ..SessionFacts::default() });
                    self.cwd = Some(folder);
                }
            }
            _ => {}
        }
        if is_shell || made.end == CallEnd::Failed {
            made.output = ends_of(printed.to_owned().into());
        }
        events.push(EventKind::Result(Box::new(made)));
    }
}

/// The id of a call.
fn name(event: u64) -> String {
    format!("event-{event}")
}

/// `None` where the action does not say what it puts there.
fn edit(action: &str, args: &Value) -> Option<EditEvent> {
    let of = |name: &str| args[name].as_str().map(str::to_owned);
    let line = |name: &str| args[name].as_u64().and_then(|line| u32::try_from(line).ok()).unwrap_or(0);
    let change = match (action, args["command"].as_str().unwrap_or_default()) {
        ("write", _) if args["start"].as_i64().unwrap_or(0) == 0 && args["end"].as_i64().unwrap_or(-1) == -1 => {
            ChangeEvent::Write { text: of("content")? }
        }
        ("write", _) => put_in(&of("content")?, line("start") + 1),
        (_, "create") => ChangeEvent::Write { text: of("file_text")? },
        (_, "str_replace") => {
            ChangeEvent::Replace { before: of("old_str")?, after: of("new_str").unwrap_or_default(), everywhere: false }
        }
        (_, "insert") => put_in(&of("new_str")?, line("insert_line") + 1),
        // Of a sketch the observation tells what it became.
        (_, "") => ChangeEvent::Patch { hunks: Vec::new() },
        _ => return None,
    };
    Some(EditEvent { path: of("path")?, change })
}

/// Lines of which is not told what they replace.
fn put_in(text: &str, line: u32) -> ChangeEvent {
    let lines: Vec<String> = text.lines().map(|line| format!("+{line}")).collect();
    ChangeEvent::Patch { hunks: vec![HunkEvent { new_start: line, lines: lines.join("\n") }] }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::capture;
    use crate::record::session::{Action, Change, Outcome, Session};

    fn list() -> Vec<Value> {
        let event = |id: u64, source: &str, rest: Value| {
            let mut event =
                json!({"id": id, "timestamp": format!("2025-02-01T00:14:{id:02}.787622"), "source": source});
            event.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
            event
        };
        let action = |kind: &str, args: Value| json!({"action": kind, "message": "", "args": args});
        let spent = |input: u64, output: u64| {
            let usage = json!({"prompt_tokens": input, "completion_tokens": output, "cache_read_tokens": 10});
            json!({"accumulated_token_usage": usage})
        };
        let mut run = action("run", json!({"command": "pytest -q", "thought": "Run the tests."}));
        run["llm_metrics"] = spent(110, 7);
        run["tool_call_metadata"] =
            json!({"function_name": "execute_bash", "model_response": {"id": "r1", "model": "m-1"}});
        let mut later =
            action("edit", json!({"command": "str_replace", "path": "/w/a.py", "old_str": "1", "new_str": "2"}));
        later["llm_metrics"] = spent(230, 9);
        vec![
            event(0, "agent", action("system", json!({"content": "You are", "openhands_version": "0.62.0"}))),
            event(1, "user", action("message", json!({"content": "fix the sum "}))),
            event(2, "agent", run),
            event(
                3,
                "agent",
                json!({"observation": "run", "content": "1 failed", "cause": 2,
                "extras": {"command": "pytest -q", "metadata": {"exit_code": 1, "working_dir": "/w"}}}),
            ),
            event(4, "agent", later),
            event(
                5,
                "agent",
                json!({"observation": "edit", "content": "edited", "cause": 4,
                "extras": {"path": "/w/a.py", "impl_source": "oh_aci"}}),
            ),
            event(
                6,
                "agent",
                action(
                    "edit",
                    json!({"path": "/w/b.py", "command": "", "content": "# ... rest\ny = 2", "start": 1, "end": -1}),
                ),
            ),
            event(
                7,
                "agent",
                json!({"observation": "edit", "content": "diff", "cause": 6, "extras": {"path": "/w/b.py",
                "impl_source": "llm_based_edit", "old_content": "x = 1\n", "new_content": "x = 1\ny = 2\n"}}),
            ),
            event(8, "agent", action("delegate", json!({"agent": "BrowsingAgent", "inputs": {"task": "look it up"}}))),
            event(9, "user", action("message", json!({"content": "TASK: look it up"}))),
            event(10, "agent", action("run", json!({"command": "curl x"}))),
            event(11, "agent", json!({"observation": "run", "content": "", "cause": 10, "extras": {"exit_code": 0}})),
            event(
                12,
                "agent",
                json!({"observation": "delegate", "content": "", "cause": 8, "extras": {"outputs": {}}}),
            ),
            event(13, "agent", action("run", json!({"command": "rm -r x"}))),
            event(14, "user", json!({"observation": "user_rejected", "content": "no", "cause": 13, "extras": {}})),
            event(15, "user", action("run", json!({"command": "ls"}))),
            event(16, "agent", json!({"action": "finish", "message": "All done", "args": {"final_thought": ""}})),
            event(17, "user", action("change_agent_state", json!({"agent_state": "stopped"}))),
        ]
    }

    fn check(session: &Session) {
        assert_eq!((session.agent.as_str(), session.agent_versions[0].as_str()), ("openhands", "0.62.0"));
        assert_eq!(
            (session.cwds.as_slice(), session.models.as_slice()),
            (["/w".to_owned()].as_slice(), ["m-1".to_owned()].as_slice())
        );
        assert_eq!((session.tokens.input, session.tokens.output, session.tokens.cache_read), (220, 9, 10));
        let prompts: Vec<(&str, PromptSource)> = session
            .turns
            .iter()
            .filter_map(|turn| turn.prompt.as_ref())
            .map(|prompt| (prompt.text.expose(), prompt.source))
            .collect();
        assert_eq!(prompts, [("fix the sum", PromptSource::Typed), ("TASK: look it up", PromptSource::Delegated)]);
        let calls: Vec<_> = session.turns.iter().flat_map(|turn| &turn.calls).collect();
        let tools: Vec<(&str, bool)> = calls.iter().map(|call| (call.tool.as_str(), call.subagent)).collect();
        assert_eq!(
            tools,
            [
                ("execute_bash", false),
                ("edit", false),
                ("edit", false),
                ("delegate", false),
                ("run", true),
                ("run", false)
            ]
        );
        assert!(
            matches!(&calls[0].outcome, Outcome::Failed { exit_code: Some(1), output, .. } if output.expose() == "1 failed")
        );
        let Action::Edit(edits) = &calls[2].action else { panic!("an edit") };
        assert!(matches!(&edits[0].change, Change::Replace { after, .. } if after.expose() == "x = 1\ny = 2\n"));
        assert!(matches!(calls[5].outcome, Outcome::Rejected { .. }));
        assert_eq!(session.turns.iter().map(|turn| turn.interrupts.len()).sum::<usize>(), 1);
    }

    #[test]
    fn a_list_of_events_and_a_folder_of_them_tell_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("run.json");
        fs::write(&file, serde_json::to_string(&list()).unwrap()).unwrap();
        check(&capture::read(&file).unwrap()[0]);
        let home = folder.path().join("home");
        let events = home.join(".openhands/sessions/1a2b3c4d5e6f/events");
        fs::create_dir_all(&events).unwrap();
        for event in list() {
            fs::write(events.join(format!("{}.json", event["id"])), event.to_string()).unwrap();
        }
        fs::create_dir_all(events.with_file_name(AGAIN)).unwrap();
        fs::write(events.with_file_name(AGAIN).join("0-25.json"), serde_json::to_string(&list()).unwrap()).unwrap();
        let session = capture::read(&events.join(FIRST)).unwrap().remove(0);
        check(&session);
        assert_eq!(session.id, "1a2b3c4d5e6f");
        let places = capture::AgentHomes { home: Some(home), ..capture::AgentHomes::default() };
        let paths = |found: Vec<capture::Transcript>| found.into_iter().map(|one| one.path).collect::<Vec<_>>();
        assert_eq!(paths(capture::find(&places).0), [events.join(FIRST)]);
        let named = capture::find_named_by_person(&folder.path().join("home"));
        assert_eq!(paths(named.found), [events.join(FIRST)]);
    }

    #[test]
    fn other_lists_are_none() {
        for head in
            ["[]", "[{\"id\":1,\"timestamp\":\"x\",\"source\":\"user\"}]", "{\"action\":\"run\",\"args\":{}}", "[[1]]"]
        {
            assert!(!recognises(head.as_bytes()), "{head}");
        }
    }
}
