//! mini-swe-agent: one JSON document a run (`*.traj.json`), wherever the person has it written; the last run is also in its folder of
//! settings. Fields as seen in 2.4.6 (`mini-swe-agent-1.1`). All edits are commands, and no working folder stands in it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::capture::event::{
    ActionEvent, CallEnd, CallEvent, EventKind, Extent, PromptEvent, ResultEvent, SessionFacts, UsageEvent, ends_of,
};
use crate::capture::events::Events;
use crate::capture::held::{HeldFact, SessionFact};
use crate::capture::json::{Cursor, Value};
use crate::capture::places::{AgentFolder, AgentHomes};
use crate::capture::reader::Reader;
use crate::capture::search::FileSearch;
use crate::capture::time::milliseconds_since_1970;
use crate::capture::values::{count, exit_code, has_keys, items, owned, skip_document, text_of};
use crate::record::agent::Agent;
use crate::record::session::Tokens;

pub(in crate::capture) struct MiniSweAgent;

impl Reader for MiniSweAgent {
    fn agent(&self) -> Agent {
        Agent::known("mini-swe-agent")
    }

    fn version(&self) -> u32 {
        1
    }

    fn newest_seen(&self) -> Option<&'static str> {
        Some("2.4.6")
    }

    fn held(&self, fact: SessionFact) -> HeldFact {
        match fact {
            SessionFact::Edits => {
                HeldFact::InPart("as commands; the lines of those that write a file of their own text")
            }
            SessionFact::Prompts
            | SessionFact::Results
            | SessionFact::Models
            | SessionFact::Version
            | SessionFact::Tokens => HeldFact::Read,
            SessionFact::Cost => HeldFact::NotRead,
            _ => HeldFact::Absent,
        }
    }

    fn recognises(&self, head: &[u8]) -> bool {
        let has = |key: &[u8]| memchr::memmem::find(head, key).is_some();
        has_keys(head, &["info"]) && (has(b"\"mini_version\"") || has(b"\"minisweagent."))
    }

    fn only_grows(&self) -> bool {
        false
    }

    fn read_whole(&self, main: &Path, events: &mut Events) -> io::Result<()> {
        let text = fs::read(main)?;
        match Cursor::new(&text).value() {
            Ok(run) => read(run, events),
            Err(_) => skip_document(events),
        }
        Ok(())
    }

    fn folders(&self, places: &AgentHomes) -> Vec<AgentFolder> {
        let of_folder = |path: PathBuf| AgentFolder { path: path.clone(), within: path, is_deep: false };
        settings(places).filter(|folder| folder.is_dir()).map(of_folder).into_iter().collect()
    }

    fn trees(&self, places: &AgentHomes) -> Vec<(usize, PathBuf)> {
        settings(places).map(|folder| (0, folder)).into_iter().collect()
    }

    fn list(&self, folder: &Path, _: bool, search: &mut FileSearch) {
        let last = folder.join("last_mini_run.traj.json");
        if last.is_file() {
            search.add(self.agent(), last);
        }
    }

    fn id_in_name<'a>(&self, stem: &'a str) -> Option<&'a str> {
        stem.strip_suffix(".traj").filter(|id| !id.is_empty())
    }
}

fn settings(places: &AgentHomes) -> Option<PathBuf> {
    let config = places.config_home.clone().or_else(|| Some(places.home.as_ref()?.join(".config")))?;
    Some(config.join("mini-swe-agent"))
}

/// What it is told to say when it has done.
const DONE: &str = "COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT";

fn read(run: Value<'_>, events: &mut Events) {
    let info = run.member("info").unwrap_or(Value::NULL);
    let config = info.member("config").unwrap_or(Value::NULL);
    let of = |part: &str, name: &str| config.member(part).and_then(|part| part.member(name));
    let version = owned(info.member("mini_version"));
    events.about(SessionFacts { version, cwd: owned(of("environment", "cwd")), ..SessionFacts::default() });
    if let Some(name) = of("model", "model_name").and_then(Value::text).filter(|name| !name.is_empty()) {
        events.model(name);
    }
    let template = owned(of("agent", "instance_template")).unwrap_or_default();
    for (place, message) in items(run.member("messages")).into_iter().enumerate() {
        let extra = message.member("extra").unwrap_or(Value::NULL);
        let at = extra.member("timestamp").and_then(seconds);
        if let Some(at) = at {
            events.saw(at);
        }
        match message.member("role").map(Value::bare) {
            // The first is the task; later ones are the program's.
            Some(b"user") if place <= 1 => {
                let text = task(&text_of(message.member("content")), &template);
                if !text.is_empty() {
                    events.push(EventKind::Prompt(Box::new(PromptEvent::typed(text, at))));
                }
            }
            Some(b"assistant") => answer(message, extra, at, events),
            Some(b"tool") => result(message, extra, at, events),
            _ => {}
        }
    }
}

/// Seconds since 1970, with a fraction.
fn seconds(value: Value<'_>) -> Option<Timestamp> {
    let seconds = value.number()?;
    milliseconds_since_1970((seconds * 1e3) as i64)
}

/// The task out of the text that the template made of it.
fn task(text: &str, template: &str) -> String {
    let marks = ["{{task}}", "{{ task }}"];
    let cut = marks.iter().find_map(|mark| template.split_once(mark));
    let (before, after) =
        cut.unwrap_or(("Please solve this issue: ", "\n\nYou can execute bash commands and edit files"));
    let rest = text.split_once(before.trim_start()).map_or(text, |(_, rest)| rest);
    let after: String = after.chars().take(40).collect();
    let end = if after.trim().is_empty() { None } else { rest.find(after.as_str()) };
    rest[..end.unwrap_or(rest.len())].trim().to_owned()
}

fn answer(message: Value<'_>, extra: Value<'_>, at: Option<Timestamp>, events: &mut Events) {
    let response = extra.member("response").unwrap_or(Value::NULL);
    if let Some(usage) = response.member("usage") {
        let of = |part: &str, name: &str| count(usage.member(part).and_then(|part| part.member(name)));
        let cached = of("prompt_tokens_details", "cached_tokens");
        let tokens = Tokens {
            input: count(usage.member("prompt_tokens")).saturating_sub(cached),
            output: count(usage.member("completion_tokens")),
            cache_read: cached,
            cache_write: 0,
        };
        events.usage(UsageEvent { message: owned(response.member("id")).or_else(|| Some(String::new())), tokens });
    }
    let text = text_of(message.member("content")).trim().to_owned();
    if !text.is_empty() {
        events.push(EventKind::Reply { text });
    }
    for action in items(extra.member("actions")) {
        let command = owned(action.member("command")).unwrap_or_default();
        if command.contains(DONE) && command.trim_start().starts_with("echo") && !command.contains('\n') {
            continue;
        }
        let id = owned(action.member("tool_call_id")).unwrap_or_default();
        let action = ActionEvent::Shell { command, cwd: None, extent: Extent::Whole };
        events.push(EventKind::Call(Box::new(CallEvent {
            id,
            at,
            tool: "bash".to_owned(),
            action,
            ..CallEvent::default()
        })));
    }
}

fn result(message: Value<'_>, extra: Value<'_>, at: Option<Timestamp>, events: &mut Events) {
    let Some(call) = owned(message.member("tool_call_id")) else { return };
    let code = exit_code(extra.member("returncode"));
    let end = if code == Some(0) { CallEnd::Succeeded } else { CallEnd::Failed };
    let mut made = ResultEvent::new(call, at, end);
    made.exit_code = code.filter(|code| *code >= 0);
    let printed = owned(extra.member("raw_output")).or_else(|| owned(extra.member("exception_info")));
    made.output = ends_of(printed.unwrap_or_default().into());
    events.push(EventKind::Result(Box::new(made)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_task_is_cut_out_of_its_template() {
        let template = "Please solve this issue: {{task}}\n\nYou can execute bash commands and edit files to do it.";
        let text = "Please solve this issue: fix it\nnow\n\nYou can execute bash commands and edit files to do it.";
        assert_eq!(task(text, template), "fix it\nnow");
        assert_eq!(task(text, "(cut)"), "fix it\nnow");
        assert_eq!(task("only this", "{{task}}"), "only this");
    }
}
