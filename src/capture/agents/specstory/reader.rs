//! What is particular to SpecStory, in one place: its version, its files, and what its messages become.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::messages::{MARK, MessagePart, ToldMessage, messages, session};
use super::tools::ShownTool;
use crate::capture::event::{CallEvent, EventKind, PromptEvent, ResultEvent, SessionFacts, Standing, ends_of};
use crate::capture::events::Events;
use crate::capture::held::{HeldFact, SessionFact};
use crate::capture::injected::is_a_message;
use crate::capture::lines::without_mark;
use crate::capture::places::{AgentFolder, AgentHomes};
use crate::capture::reader::Reader;
use crate::capture::search::{FileSearch, has_extension};
use crate::record::agent::Agent;
use crate::record::agents::AGENTS;
use crate::record::session::{FailureKind, PromptSource, Skip};

pub(in crate::capture) struct SpecStory;

const HISTORY: &str = ".specstory/history";

impl Reader for SpecStory {
    fn agent(&self) -> Agent {
        Agent::known("specstory")
    }

    fn version(&self) -> u32 {
        1
    }

    fn held(&self, fact: SessionFact) -> HeldFact {
        match fact {
            SessionFact::Edits => HeldFact::InPart("of some agents' tools only the paths"),
            SessionFact::Results => HeldFact::InPart("how commands ended only where they print it"),
            SessionFact::Rejections | SessionFact::Reasons => {
                HeldFact::InPart("where the agent's own words of it are shown")
            }
            SessionFact::Version | SessionFact::Tokens | SessionFact::Cost | SessionFact::Forks => HeldFact::Absent,
            _ => HeldFact::Read,
        }
    }

    fn recognises(&self, head: &[u8]) -> bool {
        head.trim_ascii_start().starts_with(MARK.as_bytes())
    }

    fn only_grows(&self) -> bool {
        false
    }

    fn read_whole(&self, main: &Path, events: &mut Events) -> io::Result<()> {
        let bytes = fs::read(main)?;
        let text = String::from_utf8_lossy(without_mark(&bytes));
        let Some(told) = session(&text) else {
            events.push(EventKind::Skipped(Skip { line: 1, why: "no session is named".to_owned() }));
            return Ok(());
        };
        let root =
            main.parent().filter(|folder| folder.ends_with(HISTORY)).and_then(|folder| folder.ancestors().nth(2));
        events.about(SessionFacts {
            session: Some(told.id.clone()),
            agent: maker(&told.maker).map(|agent| agent.to_string()),
            cwd: root.map(|root| root.to_string_lossy().into_owned()).filter(|root| !root.is_empty()),
            ..SessionFacts::default()
        });
        told.begun.into_iter().for_each(|at| events.saw(at));
        for (message, place) in messages(&text).iter().zip(0..) {
            tell(message, &format!("{}-{place}", told.id), events);
        }
        Ok(())
    }

    fn failures(&self) -> &'static [(&'static str, FailureKind)] {
        &[
            ("String to replace not found", FailureKind::EditNoMatch),
            ("matches of the string to replace", FailureKind::EditAmbiguous),
            ("has been modified since read", FailureKind::EditStale),
            ("has not been read yet", FailureKind::EditStale),
            ("File does not exist", FailureKind::FileMissing),
            ("InputValidationError", FailureKind::BadInput),
        ]
    }

    fn folders(&self, places: &AgentHomes) -> Vec<AgentFolder> {
        let found = history(places).filter(|folder| folder.is_dir());
        found.map(|path| AgentFolder { path: path.clone(), within: path, is_deep: false }).into_iter().collect()
    }

    fn trees(&self, places: &AgentHomes) -> Vec<(usize, PathBuf)> {
        history(places).map(|folder| (0, folder)).into_iter().collect()
    }

    fn list(&self, folder: &Path, _: bool, search: &mut FileSearch) {
        for entry in search.read(folder) {
            let path = entry.path();
            let is_told = || crate::capture::search::first_bytes(&path, 256).is_ok_and(|head| self.recognises(&head));
            let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
            if is_file && has_extension(&path, &["md"]) && is_told() {
                search.add_entry(self.agent(), path, &entry);
            }
        }
    }

    fn retells(&self, transcript: &Path) -> bool {
        has_extension(transcript, &["md"]) && transcript.parent().is_some_and(|folder| folder.ends_with(HISTORY))
    }
}

fn history(places: &AgentHomes) -> Option<PathBuf> {
    places.in_root(HISTORY)
}

/// Whose session it is, by the name that SpecStory gives it: `Claude Code`, `Codex CLI`, `Cursor IDE`.
fn maker(name: &str) -> Option<Agent> {
    let bare = [" CLI", " IDE"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
    AGENTS.iter().find(|row| row.title == name || row.title == bare).map(|row| row.agent.clone())
}

fn tell(message: &ToldMessage<'_>, id: &str, events: &mut Events) {
    message.at.into_iter().for_each(|at| events.saw(at));
    if let Some(model) = message.model {
        events.model(model.into());
    }
    for (part, place) in message.parts.iter().zip(0..) {
        let id = format!("{id}-{place}");
        match part {
            MessagePart::Text(text) if message.is_person => person(text, message, id, events),
            MessagePart::Text(text) if !message.is_aside => events.push(EventKind::Reply { text: text.clone() }),
            MessagePart::Text(_) => {}
            MessagePart::Tool(lines) => call(&ShownTool::read(lines), message, id, events),
        }
    }
}

/// What a person said, among what programs put where persons speak.
fn person(text: &str, message: &ToldMessage<'_>, id: String, events: &mut Events) {
    let at = message.at;
    if text.starts_with("[Request interrupted by user") {
        return events.push(EventKind::Interrupt { id: Some(id), at });
    }
    if text.starts_with("This session is being continued from a previous conversation") {
        return events.push(EventKind::Compaction { at });
    }
    let command = element(text, "command-name").map(|name| {
        let given = element(text, "command-args").unwrap_or_default();
        format!("{name} {given}").trim().to_owned()
    });
    const INJECTED: &[&str] =
        &["<local-command-", "<system-reminder>", "<task-notification>", "<ide_", "Caveat: The messages below"];
    let is_injected = INJECTED.iter().any(|start| text.starts_with(start)) || is_a_message(text);
    if message.is_aside || (command.is_none() && is_injected) {
        return;
    }
    let source = match &command {
        Some(_) => PromptSource::Slash,
        None => PromptSource::Typed,
    };
    let text = command.unwrap_or_else(|| text.to_owned());
    let standing = Standing::Sure;
    let prompt = PromptEvent { id: Some(id), at, text, source, parent: 0, standing, away: false };
    events.push(EventKind::Prompt(Box::new(prompt)));
}

fn element<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    Some(rest.split_once(&format!("</{name}>"))?.0.trim())
}

fn call(tool: &ShownTool, message: &ToldMessage<'_>, id: String, events: &mut Events) {
    let is_failure = |text: &str| SpecStory.failures().iter().any(|(words, _)| text.contains(words));
    let made = CallEvent {
        id: id.clone(),
        at: message.at,
        tool: tool.name.clone(),
        action: tool.action(),
        subagent: message.is_aside,
        nested: message.is_aside,
        ..CallEvent::default()
    };
    events.push(EventKind::Call(Box::new(made)));
    let Some(ended) = tool.end(is_failure) else { return };
    events.push(EventKind::Result(Box::new(ResultEvent {
        call: id,
        at: None,
        end: ended.end,
        exit_code: ended.exit_code,
        output: ends_of(ended.output.into()),
        commit: None,
        answer: ended.answer,
        process: None,
        failure: None,
    })));
}
