//! Continue: one JSON document a session, rewritten with each message, under `~/.continue/sessions/`. Fields as seen in a session
//! of early 2026 and in those of the CLI 1.5.47, and in the program of the latter. No times and no version stand in it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::capture::asking::other_action;
use crate::capture::event::{
    ActionEvent, CallEnd, CallEvent, ChangeEvent, EditEvent, EventKind, Extent, PromptEvent, ResultEvent, SessionFacts,
    UsageEvent, ends_of,
};
use crate::capture::events::Events;
use crate::capture::held::{HeldFact, SessionFact};
use crate::capture::injected::is_a_message;
use crate::capture::json::{Cursor, Value};
use crate::capture::places::{AgentFolder, AgentHomes};
use crate::capture::reader::Reader;
use crate::capture::search::{FileSearch, has_extension};
use crate::capture::values::{count, has_keys, items, owned, skip_document, text_of};
use crate::record::agent::Agent;
use crate::record::session::{FailureKind, PromptSource, Tokens};

pub(in crate::capture) struct Continue;

impl Reader for Continue {
    fn agent(&self) -> Agent {
        Agent::known("continue")
    }

    fn version(&self) -> u32 {
        1
    }

    fn held(&self, fact: SessionFact) -> HeldFact {
        match fact {
            SessionFact::Results => HeldFact::InPart(
                "a command that fails and says nothing to its error output looks as one that went well",
            ),
            SessionFact::Reasons => HeldFact::InPart("the reason is the next prompt"),
            SessionFact::Interrupts => HeldFact::InPart("only of what was at work when the program ended"),
            SessionFact::Version | SessionFact::Cost | SessionFact::Subagents | SessionFact::Forks => HeldFact::Absent,
            _ => HeldFact::Read,
        }
    }

    fn recognises(&self, head: &[u8]) -> bool {
        has_keys(head, &["sessionId", "workspaceDirectory", "history"])
    }

    fn only_grows(&self) -> bool {
        false
    }

    fn read_whole(&self, main: &Path, events: &mut Events) -> io::Result<()> {
        let text = fs::read(main)?;
        match Cursor::new(&text).value() {
            Ok(session) => read(session, events),
            Err(_) => skip_document(events),
        }
        Ok(())
    }

    fn failures(&self) -> &'static [(&'static str, FailureKind)] {
        &[
            ("You must use the ", FailureKind::EditStale),
            ("string not found in file", FailureKind::EditNoMatch),
            ("String not found", FailureKind::EditNoMatch),
            ("times in the file", FailureKind::EditAmbiguous),
            ("is denied by", FailureKind::Permission),
        ]
    }

    fn folders(&self, places: &AgentHomes) -> Vec<AgentFolder> {
        let sessions = sessions(places).filter(|folder| folder.is_dir());
        let of_folder = |path: PathBuf| AgentFolder { path: path.clone(), within: path, is_deep: false };
        sessions.map(of_folder).into_iter().collect()
    }

    fn trees(&self, places: &AgentHomes) -> Vec<(usize, PathBuf)> {
        sessions(places).map(|sessions| (0, sessions)).into_iter().collect()
    }

    fn list(&self, folder: &Path, _: bool, search: &mut FileSearch) {
        for entry in search.read(folder) {
            let path = entry.path();
            if has_extension(&path, &["json"]) && !self.describes_another(&path) {
                search.add_entry(self.agent(), path, &entry);
            }
        }
    }

    fn find_named(&self, folder: &Path, id: &str) -> Option<PathBuf> {
        Some(folder.join(format!("{id}.json"))).filter(|path| path.exists())
    }

    /// The list of all sessions.
    fn describes_another(&self, file: &Path) -> bool {
        file.file_name().is_some_and(|name| name == "sessions.json")
    }
}

fn sessions(places: &AgentHomes) -> Option<PathBuf> {
    let moved = places.moved_by("CONTINUE_GLOBAL_DIR").map(Path::to_owned);
    Some(moved.or_else(|| Some(places.home.as_ref()?.join(".continue")))?.join("sessions"))
}

fn read(session: Value<'_>, events: &mut Events) {
    let cwd = owned(session.member("workspaceDirectory"));
    let id = owned(session.member("sessionId"));
    events.about(SessionFacts { session: id.clone(), cwd, ..SessionFacts::default() });
    let id = id.unwrap_or_default();
    for (place, item) in items(session.member("history")).into_iter().enumerate() {
        let Some(message) = item.member("message") else { continue };
        match message.member("role").map(Value::bare) {
            Some(b"user") => prompt(item, message, events),
            Some(b"assistant") => answer(item, message, format!("{id} {place}"), events),
            _ => {}
        }
    }
}

fn prompt(item: Value<'_>, message: Value<'_>, events: &mut Events) {
    // As it was typed; the content may have files in it.
    let typed = item.member("editorState").and_then(Value::text);
    let text = typed.unwrap_or_else(|| text_of(message.member("content"))).trim().to_owned();
    if text.is_empty() {
        return;
    }
    let source = if is_a_message(&text) { PromptSource::Delegated } else { PromptSource::Typed };
    // No id: the place of a message is that of another one where history was summarised.
    events.push(EventKind::Prompt(Box::new(PromptEvent { source, ..PromptEvent::typed(text, None) })));
}

fn answer(item: Value<'_>, message: Value<'_>, id: String, events: &mut Events) {
    if let Some(usage) = message.member("usage") {
        if let Some(name) = usage.member("model").and_then(Value::text).filter(|name| !name.is_empty()) {
            events.model(name);
        }
        let cached = count(usage.member("prompt_tokens_details").and_then(|details| details.member("cached_tokens")));
        let tokens = Tokens {
            input: count(usage.member("prompt_tokens")).saturating_sub(cached),
            output: count(usage.member("completion_tokens")),
            cache_read: cached,
            cache_write: 0,
        };
        events.usage(UsageEvent { message: Some(id), tokens });
    }
    let text = text_of(message.member("content")).trim().to_owned();
    if !text.is_empty() {
        events.push(EventKind::Reply { text });
    }
    for state in items(item.member("toolCallStates")) {
        let call = call(state);
        let result = result(state, &call);
        events.push(EventKind::Call(Box::new(call)));
        if let Some(result) = result {
            events.push(EventKind::Result(Box::new(result)));
        }
    }
}

fn call(state: Value<'_>) -> CallEvent {
    let function = state.member("toolCall").and_then(|call| call.member("function")).unwrap_or(Value::NULL);
    let tool = owned(function.member("name")).unwrap_or_default();
    let input = state.member("parsedArgs").unwrap_or(Value::NULL);
    let member = |name: &str| input.member(name).and_then(Value::owned);
    let action = match tool.as_str() {
        "Bash" | "runTerminalCommand" | "run_terminal_command" => {
            ActionEvent::Shell { command: member("command").unwrap_or_default(), cwd: None, extent: Extent::Whole }
        }
        "Write" | "Edit" | "MultiEdit" => ActionEvent::Edit(edits(input)),
        "Subagent" => ActionEvent::Delegate { prompt: member("prompt").unwrap_or_default() },
        _ => other_action(&tool, input),
    };
    let id = owned(state.member("toolCallId")).unwrap_or_default();
    CallEvent { id, tool, action, ..CallEvent::default() }
}

fn edits(input: Value<'_>) -> Vec<EditEvent> {
    let path = ["filepath", "file_path"].iter().find_map(|name| input.member(name)?.owned());
    let Some(path) = path else { return Vec::new() };
    if let Some(text) = input.member("content").and_then(Value::owned) {
        return vec![EditEvent { path, change: ChangeEvent::Write { text } }];
    }
    let mut replacements = items(input.member("edits"));
    replacements.push(input);
    let change = |one: Value<'_>| {
        let (before, after) = (one.member("old_string")?.owned()?, one.member("new_string")?.owned()?);
        let everywhere = one.member("replace_all").is_some_and(Value::is_true);
        Some(ChangeEvent::Replace { before, after, everywhere })
    };
    let changes = replacements.into_iter().filter_map(change);
    changes.map(|change| EditEvent { path: path.clone(), change }).collect()
}

/// How a call ended; `None` where it was at work when the program was stopped and nothing more is known.
fn result(state: Value<'_>, call: &CallEvent) -> Option<ResultEvent> {
    let end = match state.member("status").map(Value::bare)? {
        b"done" => CallEnd::Succeeded,
        b"errored" => CallEnd::Failed,
        b"canceled" => CallEnd::Rejected { reason: None },
        b"calling" => CallEnd::Interrupted,
        _ => return None,
    };
    let mut made = ResultEvent::new(call.id.clone(), None, end);
    let output = items(state.member("output"));
    let text: Vec<String> = output.iter().filter_map(|part| part.member("content")?.owned()).collect();
    let text = text.join("\n");
    if matches!(made.end, CallEnd::Rejected { .. }) && text.contains("security policy") {
        (made.end, made.failure) = (CallEnd::Failed, Some(FailureKind::Permission));
    }
    let is_shell = matches!(call.action, ActionEvent::Shell { .. });
    let is_failed = matches!(made.end, CallEnd::Failed);
    if is_failed || is_shell && matches!(made.end, CallEnd::Succeeded) {
        let mut printed = text.trim_end();
        if is_failed && let Some((_, rest)) = printed.split_once("Error (exit code ") {
            let (code, rest) = rest.split_once("): ").unwrap_or((rest.trim_end_matches(')'), ""));
            made.exit_code = code.parse().ok();
            printed = rest;
        }
        made.output = ends_of(printed.to_owned().into());
    }
    Some(made)
}
