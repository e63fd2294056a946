//! Amp: a thread is one JSON document, `<data>/amp/threads/T-<id>.json`, rewritten with each message. Fields as seen in a thread
//! of February 2026 and in what Amp itself makes of results.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::Value;

use crate::capture::event::{
    ActionEvent, CallEnd, CallEvent, ChangeEvent, EditEvent, EventKind, Extent, PromptEvent, ResultEvent, SessionFacts,
    Standing, UsageEvent, ends_of,
};
use crate::capture::events::Events;
use crate::capture::file_uri::path_of;
use crate::capture::held::{HeldFact, SessionFact};
use crate::capture::injected::is_a_message;
use crate::capture::lines::without_mark;
use crate::capture::patch;
use crate::capture::places::{AgentFolder, AgentHomes};
use crate::capture::reader::Reader;
use crate::capture::search::{FileSearch, has_extension};
use crate::capture::time::milliseconds_since_1970;
use crate::record::agent::Agent;
use crate::record::session::{FailureKind, PromptSource, Skip, Tokens};

pub(in crate::capture) struct Amp;

impl Reader for Amp {
    fn agent(&self) -> Agent {
        Agent::known("amp")
    }

    fn version(&self) -> u32 {
        1
    }

    fn held(&self, fact: SessionFact) -> HeldFact {
        match fact {
            SessionFact::Subagents => HeldFact::InPart("only their tasks"),
            SessionFact::Cost | SessionFact::Forks => HeldFact::Absent,
            _ => HeldFact::Read,
        }
    }

    fn recognises(&self, head: &[u8]) -> bool {
        let head = head.trim_ascii_start();
        let start = &head[..head.len().min(512)];
        let has = |name: &str| memchr::memmem::find(start, name.as_bytes()).is_some();
        head.starts_with(b"{") && has("\"v\"") && (has("\"id\": \"T-") || has("\"id\":\"T-"))
    }

    fn only_grows(&self) -> bool {
        false
    }

    fn read_whole(&self, main: &Path, events: &mut Events) -> io::Result<()> {
        match serde_json::from_slice::<Value>(without_mark(&fs::read(main)?)) {
            Ok(thread) => tell(&thread, events),
            Err(_) => events.push(EventKind::Skipped(Skip { line: 0, why: "damaged JSON".to_owned() })),
        }
        Ok(())
    }

    fn failures(&self) -> &'static [(&'static str, FailureKind)] {
        &[
            ("Could not find exact match for old_str", FailureKind::EditNoMatch),
            ("old_str not found", FailureKind::EditNoMatch),
            ("matches for old_str", FailureKind::EditAmbiguous),
            ("must read the file", FailureKind::EditStale),
            ("not allowed", FailureKind::Permission),
        ]
    }

    fn folders(&self, places: &AgentHomes) -> Vec<AgentFolder> {
        let found = threads(places).into_iter().filter(|folder| folder.is_dir());
        found.map(|path| AgentFolder { path: path.clone(), within: path, is_deep: false }).collect()
    }

    fn trees(&self, places: &AgentHomes) -> Vec<(usize, PathBuf)> {
        threads(places).into_iter().map(|folder| (0, folder)).collect()
    }

    fn list(&self, folder: &Path, _: bool, search: &mut FileSearch) {
        for entry in search.read(folder) {
            let path = entry.path();
            let is_thread = path.file_stem().is_some_and(|stem| stem.to_string_lossy().starts_with("T-"));
            if is_thread && has_extension(&path, &["json"]) {
                search.add_entry(self.agent(), path, &entry);
            }
        }
    }

    fn find_named(&self, folder: &Path, id: &str) -> Option<PathBuf> {
        Some(folder.join(format!("{id}.json"))).filter(|path| path.exists())
    }
}

/// On Windows in the data that stay on the machine.
fn threads(places: &AgentHomes) -> Vec<PathBuf> {
    let local = places.home.as_ref().map(|home| home.join("AppData/Local"));
    [places.data(), local].into_iter().flatten().map(|data| data.join("amp/threads")).collect()
}

fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

fn milliseconds(value: &Value) -> Option<Timestamp> {
    milliseconds_since_1970(value.as_i64()?)
}

fn tell(thread: &Value, events: &mut Events) {
    let initial = &thread["env"]["initial"];
    let tree = &initial["trees"][0];
    let id = text(&thread["id"]).unwrap_or_default();
    let branch = text(&tree["repository"]["ref"]);
    events.about(SessionFacts {
        session: Some(id.clone()).filter(|id| !id.is_empty()),
        version: text(&initial["platform"]["clientVersion"]),
        cwd: tree["uri"].as_str().and_then(path_of),
        branch: branch.map(|name| name.strip_prefix("refs/heads/").map_or(name.clone(), str::to_owned)),
        head: text(&tree["repository"]["sha"]),
        ..SessionFacts::default()
    });
    milliseconds(&thread["created"]).into_iter().for_each(|at| events.saw(at));
    for (message, place) in thread["messages"].as_array().into_iter().flatten().zip(0..) {
        let own = message["messageId"].as_u64().unwrap_or(place);
        let id = format!("{id}-{own}");
        match message["role"].as_str() {
            Some("user") => user(message, id, events),
            Some("assistant") => assistant(message, id, events),
            _ => {}
        }
    }
}

/// What a person typed, or what calls returned.
fn user(message: &Value, id: String, events: &mut Events) {
    let at = milliseconds(&message["meta"]["sentAt"]);
    at.into_iter().for_each(|at| events.saw(at));
    let blocks = message["content"].as_array().map(Vec::as_slice).unwrap_or_default();
    for block in blocks.iter().filter(|block| block["type"] == "tool_result") {
        result(block, at, events);
    }
    let texts = blocks.iter().filter(|block| block["type"] == "text").filter_map(|block| block["text"].as_str());
    let texts: Vec<&str> = texts.map(str::trim).filter(|text| !text.is_empty() && !is_a_message(text)).collect();
    let text = message["content"].as_str().map(|text| text.trim().to_owned()).unwrap_or_else(|| texts.join("\n"));
    if !text.is_empty() {
        let (source, standing) = (PromptSource::Typed, Standing::Sure);
        let prompt = PromptEvent { id: Some(id), at, text, source, parent: 0, standing, away: false };
        events.push(EventKind::Prompt(Box::new(prompt)));
    }
}

fn assistant(message: &Value, id: String, events: &mut Events) {
    let usage = &message["usage"];
    let at: Option<Timestamp> = usage["timestamp"].as_str().and_then(|at| at.parse().ok());
    at.into_iter().for_each(|at| events.saw(at));
    if let Some(model) = text(&usage["model"]) {
        events.model(model.into());
    }
    if usage.is_object() {
        let count = |name: &str| usage[name].as_u64().unwrap_or(0);
        let tokens = Tokens {
            input: count("inputTokens"),
            output: count("outputTokens"),
            cache_read: count("cacheReadInputTokens"),
            cache_write: count("cacheCreationInputTokens"),
        };
        events.usage(UsageEvent { message: Some(id.clone()), tokens });
    }
    let mut said = Vec::new();
    for block in message["content"].as_array().into_iter().flatten() {
        match block["type"].as_str() {
            Some("text") => said.extend(block["text"].as_str().map(str::trim).filter(|text| !text.is_empty())),
            Some("tool_use") => {
                // What was said before a call belongs to it.
                if !said.is_empty() {
                    events.push(EventKind::Reply { text: std::mem::take(&mut said).join("\n") });
                }
                let tool = text(&block["name"]).unwrap_or_default();
                let action = action(&tool, &block["input"]);
                let id = text(&block["id"]).unwrap_or_default();
                events.push(EventKind::Call(Box::new(CallEvent { id, at, tool, action, ..CallEvent::default() })));
            }
            _ => {}
        }
    }
    if !said.is_empty() {
        events.push(EventKind::Reply { text: said.join("\n") });
    }
    if message["state"]["type"] == "cancelled" {
        events.push(EventKind::Interrupt { id: Some(format!("{id} cancelled")), at });
    }
}

fn action(tool: &str, input: &Value) -> ActionEvent {
    let member = |names: &[&str]| names.iter().find_map(|name| input[*name].as_str().map(str::to_owned));
    let edit = |change| member(&["path", "filePath"]).map(|path| EditEvent { path, change }).into_iter().collect();
    match tool {
        "Bash" | "bash" | "shell_command" => ActionEvent::Shell {
            command: member(&["cmd", "command"]).unwrap_or_default(),
            cwd: member(&["cwd", "workdir"]).filter(|folder| !folder.is_empty()),
            extent: Extent::Whole,
        },
        "create_file" | "Write" => {
            ActionEvent::Edit(edit(ChangeEvent::Write { text: member(&["content"]).unwrap_or_default() }))
        }
        "edit_file" | "Edit" => ActionEvent::Edit(edit(ChangeEvent::Replace {
            before: member(&["old_str"]).unwrap_or_default(),
            after: member(&["new_str"]).unwrap_or_default(),
            everywhere: input["replace_all"] == true,
        })),
        "delete_file" => ActionEvent::Edit(edit(ChangeEvent::Delete)),
        "apply_patch" => {
            ActionEvent::Edit(patch::apply_patch(&member(&["patchText", "input", "patch"]).unwrap_or_default()))
        }
        "Task" | "oracle" => ActionEvent::Delegate { prompt: member(&["prompt", "task"]).unwrap_or_default() },
        _ => ActionEvent::Other,
    }
}

/// `{"toolUseID": "...", "run": {"status": "done", "result": {"output": "...", "exitCode": 1}}}`
fn result(block: &Value, at: Option<Timestamp>, events: &mut Events) {
    let (Some(call), run) = (text(&block["toolUseID"]), &block["run"]) else { return };
    let result = &run["result"];
    let output = ["output", "content"].iter().find_map(|name| text(&result[*name])).or_else(|| text(result));
    let error = text(&run["error"]["message"]).or_else(|| text(&run["error"]));
    let exit_code = result["exitCode"].as_i64().and_then(|code| i32::try_from(code).ok());
    let end = match run["status"].as_str() {
        Some("done") if exit_code.is_some_and(|code| code != 0) || result["success"] == false => CallEnd::Failed,
        Some("done") => CallEnd::Succeeded,
        Some("error") => CallEnd::Failed,
        Some("rejected-by-user") => CallEnd::Rejected { reason: text(&run["reason"]) },
        Some("cancelled") => CallEnd::Interrupted,
        _ => return,
    };
    events.push(EventKind::Result(Box::new(ResultEvent {
        call,
        at,
        end,
        exit_code,
        output: ends_of(output.or(error).unwrap_or_default().into()),
        commit: None,
        answer: None,
        process: None,
        failure: None,
    })));
}
