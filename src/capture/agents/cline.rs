//! Cline: as an extension for editors a folder for each task (`task_folders`); as the command line program two JSON documents a session, in `~/.cline/data/sessions/ID/`: `ID.messages.json`, which is
//! read, and `ID.json`, which says the folder, the branch and the commit at the beginning. Subagents lie beside it as
//! `agent_*.messages.json`. Fields as seen in a session of July 2026 and in 3.0.65.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::task_folders as tasks;
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
use crate::capture::search::{FileSearch, folders_in};
use crate::capture::values::{count, has_keys, items, milliseconds, owned, skip_document, texts, without_elements};
use crate::record::agent::Agent;
use crate::record::session::{FailureKind, PromptSource, Tokens};

pub(in crate::capture) struct Cline;

impl Reader for Cline {
    fn agent(&self) -> Agent {
        Agent::known("cline")
    }

    fn version(&self) -> u32 {
        2
    }

    fn newest_seen(&self) -> Option<&'static str> {
        Some("3.0.65")
    }

    fn held(&self, fact: SessionFact) -> HeldFact {
        match fact {
            SessionFact::Reasons => HeldFact::Absent,
            SessionFact::Cost => HeldFact::NotRead,
            _ => HeldFact::Read,
        }
    }

    fn recognises(&self, head: &[u8]) -> bool {
        has_keys(head, &["sessionId", "agent", "updated_at", "messages"])
            || (tasks::recognises(head) && !tasks::is_of_fork(head))
    }

    fn only_grows(&self) -> bool {
        false
    }

    fn read_whole(&self, main: &Path, events: &mut Events) -> io::Result<()> {
        if tasks::holds_task(main) {
            return tasks::read(main, events);
        }
        if let Some(manifest) = manifest_of(main).and_then(|path| fs::read(path).ok()) {
            read_manifest(&manifest, events);
        }
        let text = fs::read(main)?;
        match Cursor::new(&text).value() {
            Ok(session) => read(session, events),
            Err(_) => skip_document(events),
        }
        Ok(())
    }

    fn files_beside(&self, main: &Path) -> Vec<PathBuf> {
        if tasks::holds_task(main) { tasks::files_beside(main) } else { manifest_of(main).into_iter().collect() }
    }

    fn failures(&self) -> &'static [(&'static str, FailureKind)] {
        &[
            ("No replacement performed: text not found", FailureKind::EditNoMatch),
            ("text not found in", FailureKind::EditNoMatch),
            ("multiple occurrences", FailureKind::EditAmbiguous),
            ("already exists", FailureKind::BadInput),
        ]
    }

    fn folders(&self, places: &AgentHomes) -> Vec<AgentFolder> {
        let mut folders = tasks::folders(places, EXTENSION);
        if let Some(sessions) = sessions(places) {
            let of_folder = |path| AgentFolder { path, within: sessions.clone(), is_deep: false };
            folders.extend(folders_in(&sessions).into_iter().map(of_folder));
        }
        folders
    }

    fn trees(&self, places: &AgentHomes) -> Vec<(usize, PathBuf)> {
        let tasks = tasks::trees(places, EXTENSION);
        sessions(places).map(|sessions| (1, sessions)).into_iter().chain(tasks).collect()
    }

    fn list(&self, folder: &Path, _: bool, search: &mut FileSearch) {
        tasks::list(&self.agent(), folder, search);
        for entry in search.read(folder) {
            let path = entry.path();
            if path.to_string_lossy().ends_with(MESSAGES) {
                search.add_entry(self.agent(), path, &entry);
            }
        }
    }

    fn find_named(&self, folder: &Path, id: &str) -> Option<PathBuf> {
        let is_it = folder.file_name().is_some_and(|name| name == id);
        let task = || tasks::find_named(folder, id);
        Some(folder.join(format!("{id}{MESSAGES}"))).filter(|path| is_it && path.exists()).or_else(task)
    }

    fn named_by<'a>(&self, transcript: &'a Path) -> Option<&'a str> {
        tasks::named_by(transcript)
    }

    fn id_in_name<'a>(&self, stem: &'a str) -> Option<&'a str> {
        stem.strip_suffix(".messages").filter(|id| !id.is_empty())
    }

    fn parent_of(&self, transcript: &Path) -> Option<PathBuf> {
        let (folder, name) = (transcript.parent()?, transcript.file_name()?.to_str()?);
        let id = folder.file_name()?.to_str()?;
        let main = folder.join(format!("{id}{MESSAGES}"));
        (name.starts_with("agent_") && name.ends_with(MESSAGES) && main.is_file()).then_some(main)
    }

    fn describes_another(&self, file: &Path) -> bool {
        let name = file.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        let stem = name.strip_suffix(".json").filter(|_| !name.ends_with(MESSAGES));
        if tasks::describes(file) {
            return true;
        }
        // What is left of the messages where they were summarised.
        name.ends_with(".compaction.json")
            || stem.is_some_and(|stem| file.with_file_name(format!("{stem}{MESSAGES}")).is_file())
    }
}

const EXTENSION: &str = "saoudrizwan.claude-dev";
const MESSAGES: &str = ".messages.json";

fn sessions(places: &AgentHomes) -> Option<PathBuf> {
    let data = places.moved_by("CLINE_DATA_DIR").map(Path::to_owned);
    let moved = || places.moved_by("CLINE_DIR").map(Path::to_owned);
    let data = data.or_else(|| {
        let folder = moved().or_else(|| Some(places.home.as_ref()?.join(".cline")))?;
        Some(folder.join("data"))
    });
    Some(data?.join("sessions"))
}

/// What describes the session, whose folder has its name; a subagent has none of its own.
fn manifest_of(main: &Path) -> Option<PathBuf> {
    let folder = main.parent()?;
    let own = main.file_name()?.to_str()?.strip_suffix(MESSAGES)?;
    let of_folder = folder.join(format!("{}.json", folder.file_name()?.to_str()?));
    Some(if of_folder.is_file() { of_folder } else { folder.join(format!("{own}.json")) })
}

fn read_manifest(text: &[u8], events: &mut Events) {
    let Ok(manifest) = Cursor::new(text).value() else { return };
    let metadata = manifest.member("metadata").unwrap_or(Value::NULL);
    let branch = owned(metadata.member("git").and_then(|git| git.member("branch")));
    let checkpoints = items(metadata.member("checkpoint").and_then(|checkpoint| checkpoint.member("history")));
    // What was checked out when each of the runs began.
    let first = checkpoints.first().filter(|one| one.member("kind").is_some_and(|kind| kind.bare() == b"commit"));
    let head = first.and_then(|one| owned(one.member("ref")));
    events.about(SessionFacts { cwd: owned(manifest.member("cwd")), branch, head, ..SessionFacts::default() });
}

fn read(session: Value<'_>, events: &mut Events) {
    let origin = session.member("origin").unwrap_or(Value::NULL);
    let id = owned(session.member("sessionId"));
    let parent = owned(origin.member("parentThreadId"));
    let subagent = parent.is_some() || session.member("agent").is_some_and(|agent| agent.bare() == b"subagent");
    events.about(SessionFacts {
        session: id,
        other: parent,
        version: owned(origin.member("version")),
        subagent,
        ..SessionFacts::default()
    });
    for message in items(session.member("messages")) {
        let at = milliseconds(message.member("ts"));
        if let Some(at) = at {
            events.saw(at);
        }
        match message.member("role").map(Value::bare) {
            Some(b"user") => from_outside(message, (at, subagent), events),
            Some(b"assistant") => answer(message, at, events),
            _ => {}
        }
    }
}

/// Results, or what the person typed.
fn from_outside(message: Value<'_>, (at, subagent): (Option<Timestamp>, bool), events: &mut Events) {
    let Some(content) = message.member("content") else { return };
    let mut has_results = false;
    for block in items(Some(content)) {
        if block.member("type").is_some_and(|kind| kind.bare() == b"tool_result") {
            has_results = true;
            results(block, at, events);
        }
    }
    let words: Vec<String> = texts(content).iter().map(|text| said(text)).filter(|text| !text.is_empty()).collect();
    let text = words.join("\n");
    if text.is_empty() {
        return;
    }
    let source = match has_results {
        _ if subagent || is_a_message(&text) => PromptSource::Delegated,
        true => PromptSource::Remark,
        false => PromptSource::Typed,
    };
    let prompt = PromptEvent { id: owned(message.member("id")), source, ..PromptEvent::typed(text, at) };
    events.push(EventKind::Prompt(Box::new(prompt)));
}

/// What was typed: it stands in an element, and notices of the program beside it.
fn said(text: &str) -> String {
    let text = ["SYSTEM_NOTICE", "environment_details", "system-reminder"]
        .iter()
        .fold(text.to_owned(), |text, name| without_elements(&text, name));
    let inside = text.trim().strip_prefix("<user_input").and_then(|rest| rest.split_once('>'));
    let inside = inside.and_then(|(_, rest)| rest.trim_end().strip_suffix("</user_input>"));
    inside.unwrap_or(&text).trim().to_owned()
}

fn answer(message: Value<'_>, at: Option<Timestamp>, events: &mut Events) {
    let name = message.member("modelInfo").and_then(|model| model.member("id")).and_then(Value::text);
    if let Some(name) = name.filter(|name| !name.is_empty()) {
        events.model(name);
    }
    if let Some(metrics) = message.member("metrics") {
        let of = |name: &str| count(metrics.member(name));
        let (cache_read, cache_write) = (of("cacheReadTokens"), of("cacheWriteTokens"));
        let input = of("inputTokens").saturating_sub(cache_read).saturating_sub(cache_write);
        let tokens = Tokens { input, output: of("outputTokens"), cache_read, cache_write };
        events.usage(UsageEvent { message: owned(message.member("id")).or_else(|| Some(String::new())), tokens });
    }
    let content = message.member("content").unwrap_or(Value::NULL);
    for text in texts(content) {
        if !text.trim().is_empty() {
            events.push(EventKind::Reply { text: text.into_owned() });
        }
    }
    for block in items(Some(content)) {
        if block.member("type").is_some_and(|kind| kind.bare() == b"tool_use") {
            calls(block, at).into_iter().for_each(|call| events.push(EventKind::Call(Box::new(call))));
        }
    }
}

/// A call; of several commands one each.
fn calls(block: Value<'_>, at: Option<Timestamp>) -> Vec<CallEvent> {
    let tool = owned(block.member("name")).unwrap_or_default();
    let input = block.member("input").unwrap_or(Value::NULL);
    let id = owned(block.member("id")).unwrap_or_default();
    let member = |name: &str| input.member(name).and_then(Value::owned);
    let call = |id: String, action| CallEvent { id, at, tool: tool.clone(), action, ..CallEvent::default() };
    let action = match tool.as_str() {
        "run_commands" => {
            let commands: Vec<String> = items(input.member("commands")).into_iter().filter_map(command_of).collect();
            let shell = |command| ActionEvent::Shell { command, cwd: None, extent: Extent::Whole };
            let each = commands.into_iter().enumerate();
            return each.map(|(place, command)| call(part(&id, place), shell(command))).collect();
        }
        "editor" => ActionEvent::Edit(edit(input).into_iter().collect()),
        "spawn_agent" => ActionEvent::Delegate { prompt: member("task").unwrap_or_default() },
        _ => other_action(&tool, input),
    };
    vec![call(id, action)]
}

/// A command, as a text or with its arguments apart.
fn command_of(command: Value<'_>) -> Option<String> {
    if let Some(text) = command.owned() {
        return Some(text);
    }
    let mut words = vec![owned(command.member("command"))?];
    words.extend(items(command.member("args")).into_iter().filter_map(Value::owned));
    Some(words.join(" "))
}

/// The id of one of several commands of a call.
fn part(id: &str, place: usize) -> String {
    if place == 0 { id.to_owned() } else { format!("{id} {place}") }
}

fn edit(input: Value<'_>) -> Option<EditEvent> {
    let member = |name: &str| input.member(name).and_then(Value::owned);
    let (path, text) = (member("path")?, member("new_text").unwrap_or_default());
    let change = match member("old_text") {
        Some(before) => ChangeEvent::Replace { before, after: text, everywhere: false },
        None if input.member("insert_line").is_some_and(|line| line.integer().is_some()) => {
            ChangeEvent::Replace { before: String::new(), after: text, everywhere: false }
        }
        None => ChangeEvent::Write { text },
    };
    Some(EditEvent { path, change })
}

const NOT_ALLOWED: &str = "rejected by the user and not executed";

/// One result for each command or file: a list, or one alone as JSON in a text.
fn results(block: Value<'_>, at: Option<Timestamp>, events: &mut Events) {
    let Some(id) = owned(block.member("tool_use_id")) else { return };
    let Some(content) = block.member("content") else { return };
    let is_error = block.member("is_error").is_some_and(Value::is_true);
    let is_shell = block.member("name").is_some_and(|name| name.bare() == b"run_commands");
    let text = content.text().unwrap_or_default();
    if is_error && text.contains(NOT_ALLOWED) {
        let made = ResultEvent::new(id, at, CallEnd::Rejected { reason: None });
        events.push(EventKind::Result(Box::new(made)));
        return;
    }
    let alone = Cursor::new(text.as_bytes()).value().ok().filter(|value| value.is_object());
    let mut parts = items(Some(content));
    parts.extend(alone);
    if !is_shell {
        // All that one call reads or edits is one result.
        let failed = parts.iter().find(|part| is_failed(**part));
        let mut made = ResultEvent::new(id, at, CallEnd::Succeeded);
        if is_error || failed.is_some() {
            made.end = CallEnd::Failed;
            let said = failed.and_then(|part| owned(part.member("error")).or_else(|| owned(part.member("result"))));
            made.output = ends_of(said.unwrap_or_else(|| text.into_owned()).into());
        }
        events.push(EventKind::Result(Box::new(made)));
        return;
    }
    for (place, one) in parts.into_iter().enumerate() {
        events.push(EventKind::Result(Box::new(of_command(part(&id, place), one, at))));
    }
}

fn is_failed(part: Value<'_>) -> bool {
    let is_false = |value: Value<'_>| !value.is_true() && !value.is_string();
    part.member("success").is_some_and(is_false) || part.member("error").is_some_and(Value::is_string)
}

fn of_command(id: String, one: Value<'_>, at: Option<Timestamp>) -> ResultEvent {
    let mut made = ResultEvent::new(id, at, CallEnd::Succeeded);
    let error = owned(one.member("error")).unwrap_or_default();
    let text = owned(one.member("result")).unwrap_or_default();
    let mut printed = text.as_str();
    if is_failed(one) {
        made.end = if error.ends_with("was aborted") { CallEnd::Interrupted } else { CallEnd::Failed };
        made.exit_code = error.strip_prefix("Command exited with code ").and_then(|code| code.parse().ok());
        made.failure = error.contains("timed out").then_some(FailureKind::Timeout);
        // The code once more, and what stands on the error output.
        if let Some((_, rest)) = text.strip_prefix("[Command exited with code ").and_then(|rest| rest.split_once(']')) {
            printed = rest.trim_start_matches('\n');
        }
        printed = printed.strip_prefix("[stderr]\n").unwrap_or(printed);
        if printed.is_empty() && made.exit_code.is_none() {
            printed = &error;
        }
    }
    made.output = ends_of(printed.to_owned().into());
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_is_told_from_what_stands_around_it() {
        for (text, expected) in [
            ("<user_input mode=\"act\">fix it</user_input>", "fix it"),
            ("fix it", "fix it"),
            ("<SYSTEM_NOTICE>\ncompacted\n</SYSTEM_NOTICE>", ""),
            ("use <user_input> here", "use <user_input> here"),
        ] {
            assert_eq!(said(text), expected, "{text}");
        }
    }
}
