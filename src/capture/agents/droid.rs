//! Factory Droid: one JSON object a line, under `~/.factory/sessions/SLUG/`, and the settings of the session in `ID.settings.json`
//! beside it, which alone has the tokens. Fields as seen in sessions of January 2026 and of 0.215.0, and in the latter's program.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::capture::asking::other_action;
use crate::capture::event::{
    ActionEvent, CallEnd, CallEvent, ChangeEvent, EditEvent, EventKind, Extent, PromptEvent, ResultEvent, SessionFacts,
    ends_of, shorten,
};
use crate::capture::events::Events;
use crate::capture::held::{HeldFact, SessionFact};
use crate::capture::injected::is_a_message;
use crate::capture::json::{self, Cursor, Read, Value};
use crate::capture::lines::{first_lines, read_file};
use crate::capture::patch::apply_patch;
use crate::capture::places::{AgentFolder, AgentHomes, is_named_after};
use crate::capture::reader::Reader;
use crate::capture::search::{FileSearch, folders_in, has_extension};
use crate::capture::time::time;
use crate::capture::values::{count, items, owned, text_of, texts, without_elements};
use crate::record::agent::Agent;
use crate::record::session::{FailureKind, PromptSource, Tokens};

pub(in crate::capture) struct Droid;

impl Reader for Droid {
    fn agent(&self) -> Agent {
        Agent::known("droid")
    }

    fn version(&self) -> u32 {
        1
    }

    fn held(&self, fact: SessionFact) -> HeldFact {
        match fact {
            SessionFact::Rejections | SessionFact::Reasons => {
                HeldFact::InPart("a call that a person refused looks like one that was stopped")
            }
            SessionFact::Tokens => HeldFact::InPart("of the whole session, not of each prompt"),
            SessionFact::Version | SessionFact::Cost => HeldFact::Absent,
            _ => HeldFact::Read,
        }
    }

    fn recognises(&self, head: &[u8]) -> bool {
        first_lines(head).any(|line| {
            parse(line).is_ok_and(|line| line.kind == b"session_start" && !line.id.is_empty() && line.has_title)
        })
    }

    fn read_line(&self, line: &[u8], events: &mut Events) -> Read<()> {
        read_line(line, events)
    }

    fn only_grows(&self) -> bool {
        false
    }

    fn read_whole(&self, main: &Path, events: &mut Events) -> io::Result<()> {
        read_file(self, main, events)?;
        if let Ok(settings) = fs::read(settings_of(main)) {
            read_settings(&settings, events);
        }
        Ok(())
    }

    fn files_beside(&self, main: &Path) -> Vec<PathBuf> {
        vec![settings_of(main)]
    }

    fn failures(&self) -> &'static [(&'static str, FailureKind)] {
        &[
            ("old_str parameter matches the exact text", FailureKind::EditNoMatch),
            ("but change_all is false", FailureKind::EditAmbiguous),
            ("is required and must be a", FailureKind::BadInput),
            ("Missing old_str parameter", FailureKind::BadInput),
            ("Missing new_str parameter", FailureKind::BadInput),
            ("insufficient permission", FailureKind::Permission),
            ("Spec mode is active", FailureKind::Permission),
        ]
    }

    fn folders(&self, places: &AgentHomes) -> Vec<AgentFolder> {
        let Some(sessions) = sessions(places).filter(|folder| folder.is_dir()) else { return Vec::new() };
        // Older versions kept them without folders.
        let all = std::iter::once(sessions.clone()).chain(folders_in(&sessions));
        all.map(|path| AgentFolder { path, within: sessions.clone(), is_deep: false }).collect()
    }

    fn trees(&self, places: &AgentHomes) -> Vec<(usize, PathBuf)> {
        sessions(places).map(|sessions| (1, sessions)).into_iter().collect()
    }

    fn names_folders(&self) -> bool {
        true
    }

    fn may_be_of(&self, folder: &Path, roots: &[PathBuf]) -> bool {
        let name = folder.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        name == SESSIONS || is_named_after(&name, roots)
    }

    fn list(&self, folder: &Path, _: bool, search: &mut FileSearch) {
        for entry in search.read(folder) {
            let path = entry.path();
            if has_extension(&path, &["jsonl"]) {
                search.add_entry(self.agent(), path, &entry);
            }
        }
    }

    fn find_named(&self, folder: &Path, id: &str) -> Option<PathBuf> {
        Some(folder.join(format!("{id}.jsonl"))).filter(|path| path.exists())
    }

    fn describes_another(&self, file: &Path) -> bool {
        let name = file.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        let of = name.strip_suffix(".settings.json").map(|stem| file.with_file_name(format!("{stem}.jsonl")));
        of.is_some_and(|transcript| transcript.is_file())
    }
}

const SESSIONS: &str = "sessions";

fn sessions(places: &AgentHomes) -> Option<PathBuf> {
    let home = places.moved_by("FACTORY_HOME_OVERRIDE").or(places.home.as_deref())?;
    Some(home.join(".factory").join(SESSIONS))
}

fn settings_of(main: &Path) -> PathBuf {
    main.with_extension("settings.json")
}

/// The fields of a line that are wanted.
#[derive(Default)]
struct DroidLine<'a> {
    kind: &'a [u8],
    id: &'a [u8],
    parent: &'a [u8],
    timestamp: &'a [u8],
    has_title: bool,
    cwd: Option<Value<'a>>,
    /// The session that this one is a subagent's for.
    caller: Option<Value<'a>>,
    turn: Option<Value<'a>>,
    reason: &'a [u8],
    role: &'a [u8],
    visibility: &'a [u8],
    model: Option<Value<'a>>,
    content: Option<Value<'a>>,
}

fn parse(text: &[u8]) -> Read<DroidLine<'_>> {
    let mut line = DroidLine::default();
    json::whole_object(text, |cursor, key| {
        match key {
            b"type" => line.kind = cursor.value()?.bare(),
            b"id" => line.id = cursor.value()?.bare(),
            b"parentId" => line.parent = cursor.value()?.bare(),
            b"timestamp" => line.timestamp = cursor.value()?.bare(),
            b"title" => line.has_title = true,
            b"cwd" => line.cwd = Some(cursor.value()?),
            b"callingSessionId" => line.caller = Some(cursor.value()?),
            b"turnId" => line.turn = Some(cursor.value()?),
            b"reason" => line.reason = cursor.value()?.bare(),
            b"message" => cursor.object(|cursor, key| {
                match key {
                    b"role" => line.role = cursor.value()?.bare(),
                    b"visibility" => line.visibility = cursor.value()?.bare(),
                    b"modelId" => line.model = Some(cursor.value()?),
                    b"content" => line.content = Some(cursor.value()?),
                    _ => {}
                }
                Ok(())
            })?,
            _ => {}
        }
        Ok(())
    })?;
    Ok(line)
}

fn read_line(text: &[u8], events: &mut Events) -> Read<()> {
    let line = parse(text)?;
    let at = time(line.timestamp);
    if let Some(at) = at {
        events.saw(at);
    }
    match (line.kind, line.role) {
        (b"session_start", _) => {
            let session = (!line.id.is_empty()).then(|| String::from_utf8_lossy(line.id).into_owned());
            let other = owned(line.caller);
            let subagent = other.is_some();
            events.about(SessionFacts { session, other, cwd: owned(line.cwd), subagent, ..SessionFacts::default() });
        }
        (b"message", role) => {
            let parent = if line.parent.is_empty() { 0 } else { shorten(line.parent) };
            if !line.id.is_empty() {
                events.push(EventKind::Node { id: shorten(line.id), parent });
            }
            match role {
                b"user" | b"tool" => from_outside(&line, (at, parent), events),
                b"assistant" => answer(&line, at, events),
                _ => {}
            }
        }
        (b"compaction_state", _) => events.push(EventKind::Compaction { at }),
        (b"agent_turn_outcome", _) if line.reason == b"cancelled" => {
            // A turn has the id of its prompt.
            events.push(EventKind::Interrupt { id: owned(line.turn).map(|turn| format!("end of {turn}")), at });
        }
        _ => {}
    }
    Ok(())
}

/// Results, and what the person typed.
fn from_outside(line: &DroidLine<'_>, (at, parent): (Option<Timestamp>, u64), events: &mut Events) {
    let mut has_results = false;
    let content = line.content.unwrap_or(Value::NULL);
    for block in items(Some(content)) {
        if block.member("type").is_some_and(|kind| kind.bare() == b"tool_result") {
            has_results = true;
            result(block, at, events);
        }
    }
    if line.id.starts_with(b"context-") || line.visibility == b"llm_only" || line.role != b"user" {
        return;
    }
    let mut words: Vec<String> = Vec::new();
    for text in texts(content) {
        // A file that was named in the words before.
        let is_a_file =
            text.starts_with("Contents of /") && text.lines().next().is_some_and(|line| line.contains("(lines "));
        let text = without_elements(&without_elements(&text, "system-reminder"), "system-notification");
        if !text.trim().is_empty() && (!is_a_file || words.is_empty()) {
            words.push(text.trim().to_owned());
        }
    }
    let text = words.join("\n");
    if text.is_empty() {
        return;
    }
    let source = match has_results {
        _ if is_a_message(&text) => PromptSource::Delegated,
        true => PromptSource::Remark,
        false => PromptSource::Typed,
    };
    let id = (!line.id.is_empty()).then(|| String::from_utf8_lossy(line.id).into_owned());
    events.push(EventKind::Prompt(Box::new(PromptEvent { id, source, parent, ..PromptEvent::typed(text, at) })));
}

fn answer(line: &DroidLine<'_>, at: Option<Timestamp>, events: &mut Events) {
    if let Some(name) = line.model.and_then(Value::text).filter(|name| !name.is_empty()) {
        events.model(name);
    }
    for block in items(line.content) {
        match block.member("type").map(Value::bare) {
            Some(b"text") => {
                if let Some(text) = owned(block.member("text")) {
                    events.push(EventKind::Reply { text });
                }
            }
            Some(b"tool_use") => {
                let call = call(block, at);
                if !matches!(call.action, ActionEvent::Shell { .. } | ActionEvent::Ask { .. }) {
                    events.wordless(call.id.as_bytes());
                }
                events.push(EventKind::Call(Box::new(call)));
            }
            _ => {}
        }
    }
}

fn call(block: Value<'_>, at: Option<Timestamp>) -> CallEvent {
    let tool = owned(block.member("name")).unwrap_or_default();
    let input = block.member("input").unwrap_or(Value::NULL);
    let member = |name: &str| input.member(name).and_then(Value::owned);
    let action = match tool.as_str() {
        "Execute" => {
            ActionEvent::Shell { command: member("command").unwrap_or_default(), cwd: None, extent: Extent::Whole }
        }
        "ApplyPatch" => ActionEvent::Edit(apply_patch(&member("input").unwrap_or_default())),
        "Create" | "Write" | "Edit" | "MultiEdit" => ActionEvent::Edit(edits(input)),
        "Task" => ActionEvent::Delegate { prompt: member("prompt").unwrap_or_default() },
        _ => other_action(&tool, input),
    };
    CallEvent { id: owned(block.member("id")).unwrap_or_default(), at, tool, action, ..CallEvent::default() }
}

fn edits(input: Value<'_>) -> Vec<EditEvent> {
    let Some(path) = input.member("file_path").and_then(Value::owned) else { return Vec::new() };
    if let Some(text) = input.member("content").and_then(Value::owned) {
        return vec![EditEvent { path, change: ChangeEvent::Write { text } }];
    }
    let mut replacements = items(input.member("changes").or_else(|| input.member("edits")));
    replacements.push(input);
    let change = |one: Value<'_>| {
        let text = |new: &str, old: &str| one.member(new).or_else(|| one.member(old)).and_then(Value::owned);
        let before = text("old_str", "old_string")?;
        let after = text("new_str", "new_string")?;
        let everywhere = one.member("change_all").is_some_and(Value::is_true);
        Some(ChangeEvent::Replace { before, after, everywhere })
    };
    let changes = replacements.into_iter().filter_map(change);
    changes.map(|change| EditEvent { path: path.clone(), change }).collect()
}

fn result(block: Value<'_>, at: Option<Timestamp>, events: &mut Events) {
    let Some(call) = owned(block.member("tool_use_id")) else { return };
    let is_error = block.member("is_error").is_some_and(Value::is_true);
    let mut made = ResultEvent::new(call, at, if is_error { CallEnd::Failed } else { CallEnd::Succeeded });
    let content = block.member("content");
    // What editing tools say is JSON in the string, with the whole difference.
    let is_refused = content.is_some_and(|content| content.bare().starts_with(br#"{\"success\":false"#));
    if !is_error && !is_refused && events.is_wordless(made.call.as_bytes()) {
        events.push(EventKind::Result(Box::new(made)));
        return;
    }
    let text = text_of(content);
    if is_refused {
        made.end = CallEnd::Failed;
    }
    let stopped = ["Tool execution cancelled by user", "Tool execution was interrupted"];
    let said = text.strip_prefix("Error: ").unwrap_or(&text).trim_end();
    if is_error && stopped.contains(&said) {
        made.end = CallEnd::Interrupted;
    } else {
        printed(&text, &mut made);
    }
    events.push(EventKind::Result(Box::new(made)));
}

/// Sets what a command printed, without what stands around it: `Error: Command failed (exit code: 1)` above,
/// `[Process exited with code 1]` below.
fn printed(text: &str, made: &mut ResultEvent) {
    let mut text = text.trim_end();
    if let Some((before, code)) = text.strip_suffix(']').and_then(|rest| rest.rsplit_once("[Process exited with code "))
    {
        made.exit_code = code.parse().ok();
        text = before.trim_end();
    }
    if let Some((_, rest)) =
        text.strip_prefix("Error: Command failed (exit code: ").and_then(|rest| rest.split_once(')'))
    {
        text = rest.trim_start_matches('\n');
    }
    if text.contains("Command timed out after ") && made.exit_code.is_none() && matches!(made.end, CallEnd::Failed) {
        made.failure = Some(FailureKind::Timeout);
    }
    if made.exit_code.is_some_and(|code| code != 0) {
        made.end = CallEnd::Failed;
    }
    if text != "Command completed successfully" {
        made.output = ends_of(text.to_owned().into());
    }
}

fn read_settings(settings: &[u8], events: &mut Events) {
    let Ok(settings) = Cursor::new(settings).value() else { return };
    if !events.has_model()
        && let Some(name) = settings.member("model").and_then(Value::text).filter(|name| !name.is_empty())
    {
        events.model(name);
    }
    if let Some(usage) = settings.member("tokenUsage") {
        let of = |name: &str| count(usage.member(name));
        events.push(EventKind::Total(Tokens {
            input: of("inputTokens"),
            output: of("outputTokens"),
            cache_read: of("cacheReadTokens"),
            cache_write: of("cacheCreationTokens"),
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_around_the_output_of_a_command_is_not_of_it() {
        for (text, is_error, expected) in [
            ("2 passed\n\n\n[Process exited with code 0]", false, (Some(0), "2 passed")),
            (
                "Error: Command failed (exit code: 1)\n1 failed\n\n\n[Process exited with code 1]",
                true,
                (Some(1), "1 failed"),
            ),
            ("Command completed successfully\n\n[Process exited with code 0]", false, (Some(0), "")),
            ("[Process exited with code x]", false, (None, "")),
            ("plain", false, (None, "plain")),
        ] {
            let end = if is_error { CallEnd::Failed } else { CallEnd::Succeeded };
            let mut made = ResultEvent::new("c".to_owned(), None, end);
            printed(text, &mut made);
            assert_eq!((made.exit_code, made.output.as_str()), expected, "{text}");
        }
    }

    #[test]
    fn the_settings_beside_a_session_say_what_it_cost() {
        let home = tempfile::tempdir().unwrap();
        let main = home.path().join("a.jsonl");
        let lines = concat!(
            r#"{"type":"session_start","id":"a","title":"t","cwd":"/w"}"#,
            "\n",
            r#"{"type":"message","id":"1","message":{"role":"user","content":[{"type":"text","text":"fix it"}]}}"#,
            "\n",
        );
        fs::write(&main, lines).unwrap();
        fs::write(settings_of(&main), r#"{"model":"m","tokenUsage":{"inputTokens":7,"outputTokens":2}}"#).unwrap();
        let session = crate::capture::read(&main).unwrap().remove(0);
        assert_eq!(
            (session.models, session.tokens.input, session.turns[0].tokens.output),
            (vec!["m".to_owned()], 7, 2)
        );
        assert!(Droid.describes_another(&settings_of(&main)));
    }
}
