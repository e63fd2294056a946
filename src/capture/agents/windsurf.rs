//! Windsurf: one step a line, `{type, status, <type>: {...}}`, in `<home>/.windsurf/transcripts/<id>.jsonl`, which a hook of Cascade
//! has it written to. No id, no time, no model, no version; the id of the session is the name of the file.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::capture::event::{
    ActionEvent, CallEnd, CallEvent, ChangeEvent, EditEvent, EventKind, Extent, PromptEvent, ResultEvent, SessionFacts,
    Standing, ends_of,
};
use crate::capture::events::Events;
use crate::capture::file_uri::path_of;
use crate::capture::held::{HeldFact, SessionFact};
use crate::capture::json::{self, Read, Value};
use crate::capture::lines::{first_lines, without_mark};
use crate::capture::places::{AgentFolder, AgentHomes};
use crate::capture::reader::Reader;
use crate::capture::search::FileSearch;
use crate::record::agent::Agent;
use crate::record::session::{PromptSource, Skip};

pub(in crate::capture) struct Windsurf;

impl Reader for Windsurf {
    fn agent(&self) -> Agent {
        Agent::known("windsurf")
    }

    fn version(&self) -> u32 {
        1
    }

    fn held(&self, fact: SessionFact) -> HeldFact {
        match fact {
            SessionFact::Prompts | SessionFact::Edits | SessionFact::Results | SessionFact::Rejections => {
                HeldFact::Read
            }
            _ => HeldFact::Absent,
        }
    }

    /// The content of a step stands under the name of its type.
    fn recognises(&self, head: &[u8]) -> bool {
        first_lines(head).any(|line| {
            CascadeStep::read(line)
                .is_ok_and(|step| step.status.is_some() && (step.content.is_some() && !step.kind.is_empty()))
        })
    }

    fn only_grows(&self) -> bool {
        false
    }

    fn read_whole(&self, main: &Path, events: &mut Events) -> io::Result<()> {
        let bytes = fs::read(main)?;
        let name = main.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_owned();
        events.about(SessionFacts { session: Some(name.clone()), ..SessionFacts::default() });
        for (line, number) in without_mark(&bytes).split_inclusive(|byte| *byte == b'\n').zip(1_u64..) {
            let is_whole = line.ends_with(b"\n");
            let line = line.trim_ascii();
            match CascadeStep::read(line) {
                Ok(step) => tell(&step, format!("{name}-{number}"), events),
                Err(_) if line.is_empty() || !is_whole => {}
                Err(_) => events.push(EventKind::Skipped(Skip { line: number, why: "damaged JSON".to_owned() })),
            }
        }
        Ok(())
    }

    fn folders(&self, places: &AgentHomes) -> Vec<AgentFolder> {
        let found = transcripts(places).filter(|folder| folder.is_dir());
        found.map(|path| AgentFolder { path: path.clone(), within: path, is_deep: false }).into_iter().collect()
    }

    fn trees(&self, places: &AgentHomes) -> Vec<(usize, PathBuf)> {
        transcripts(places).map(|folder| (0, folder)).into_iter().collect()
    }

    fn list(&self, folder: &Path, deep: bool, search: &mut FileSearch) {
        search.files_of(&self.agent(), folder, deep, false);
    }

    fn find_named(&self, folder: &Path, id: &str) -> Option<PathBuf> {
        Some(folder.join(format!("{id}.jsonl"))).filter(|path| path.exists())
    }
}

fn transcripts(places: &AgentHomes) -> Option<PathBuf> {
    Some(places.home.as_ref()?.join(".windsurf/transcripts"))
}

/// The fields of a step that are read.
#[derive(Default)]
struct CascadeStep<'a> {
    kind: &'a [u8],
    status: Option<&'a [u8]>,
    content: Option<Value<'a>>,
}

impl<'a> CascadeStep<'a> {
    fn read(line: &'a [u8]) -> Read<Self> {
        let mut step = Self::default();
        let mut others: Vec<(&[u8], Value<'_>)> = Vec::new();
        json::whole_object(line, |cursor, key| {
            match key {
                b"type" => step.kind = cursor.value()?.bare(),
                b"status" => step.status = Some(cursor.value()?.bare()),
                _ => others.push((key, cursor.value()?)),
            }
            Ok(())
        })?;
        step.content =
            others.into_iter().find(|(key, content)| *key == step.kind && content.is_object()).map(|one| one.1);
        Ok(step)
    }
}

fn tell(step: &CascadeStep<'_>, id: String, events: &mut Events) {
    let Some(content) = step.content else { return };
    let text = |name: &str| content.member(name).and_then(Value::owned).filter(|text| !text.is_empty());
    match step.kind {
        b"user_input" => {
            if let Some(text) = text("user_response").map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
            {
                let source = PromptSource::Typed;
                let standing = Standing::Sure;
                let prompt = PromptEvent { id: Some(id), at: None, text, source, parent: 0, standing, away: false };
                events.push(EventKind::Prompt(Box::new(prompt)));
            }
        }
        b"planner_response" => {
            if let Some(text) = text("response") {
                events.push(EventKind::Reply { text });
            }
        }
        b"run_command" => {
            let cwd = text("cwd");
            events.about(SessionFacts { cwd: cwd.clone(), ..SessionFacts::default() });
            let command = text("command").unwrap_or_default();
            let exit_code =
                content.member("exit_code").and_then(Value::integer).and_then(|code| i32::try_from(code).ok());
            let end = match exit_code {
                _ if content.member("user_rejected").is_some_and(Value::is_true) => CallEnd::Rejected { reason: None },
                Some(code) if code != 0 => CallEnd::Failed,
                Some(_) => CallEnd::Succeeded,
                None => end_of(step),
            };
            let output = text("output").unwrap_or_default();
            let action = ActionEvent::Shell { command, cwd, extent: Extent::Whole };
            call(step, id, action, (end, exit_code, output), events);
        }
        b"code_action" => {
            let path = text("path").map(|path| path_of(&path).unwrap_or(path));
            let text = content.member("new_content").and_then(Value::owned);
            let edit = path.zip(text).map(|(path, text)| EditEvent { path, change: ChangeEvent::Write { text } });
            let is_refused =
                content.member("acknowledgement_type").is_some_and(|kind| kind.bare().ends_with(b"_REJECT"));
            let end = if is_refused { CallEnd::Rejected { reason: None } } else { end_of(step) };
            call(step, id, ActionEvent::Edit(edit.into_iter().collect()), (end, None, String::new()), events);
        }
        _ => {
            let output = text("error").unwrap_or_default();
            call(step, id, ActionEvent::Other, (end_of(step), None, output), events);
        }
    }
}

fn end_of(step: &CascadeStep<'_>) -> CallEnd {
    if step.status == Some(b"error") { CallEnd::Failed } else { CallEnd::Succeeded }
}

fn call(
    step: &CascadeStep<'_>,
    id: String,
    action: ActionEvent,
    (end, exit_code, output): (CallEnd, Option<i32>, String),
    events: &mut Events,
) {
    let tool = String::from_utf8_lossy(step.kind).into_owned();
    events.push(EventKind::Call(Box::new(CallEvent { id: id.clone(), tool, action, ..CallEvent::default() })));
    // One that is not done yet has no end.
    if !matches!(step.status, Some(b"done" | b"error" | b"completed")) {
        return;
    }
    events.push(EventKind::Result(Box::new(ResultEvent {
        call: id,
        at: None,
        end,
        exit_code,
        output: ends_of(output.into()),
        commit: None,
        answer: None,
        process: None,
        failure: None,
    })));
}
