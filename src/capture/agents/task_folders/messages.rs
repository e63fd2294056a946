//! What was sent to the model and what it answered.

use std::fs;
use std::io;
use std::path::Path;

use jiff::Timestamp;
use serde_json::Value;

use super::results::{ToldEnd, read as read_result, said_in};
use super::{places, tags};
use crate::capture::event::{
    ActionEvent, CallEvent, EventKind, PromptEvent, ResultEvent, SessionFacts, Standing, UsageEvent, ends_of,
};
use crate::capture::events::Events;
use crate::capture::lines::without_mark;
use crate::capture::time::milliseconds_since_1970;
use crate::capture::tool_calls::action;
use crate::capture::values::{skip_document, without_elements};
use crate::record::session::{PromptSource, Tokens};

/// Whether the beginning of a file is of a task.
pub(in crate::capture::agents) fn recognises(head: &[u8]) -> bool {
    let head = head.trim_ascii_start();
    let start = &head[..head.len().min(64 * 1024)];
    let has = |name: &str| memchr::memmem::find(start, name.as_bytes()).is_some();
    head.starts_with(b"[")
        && has("\"role\"")
        && ["<task>", "<user_message>", "<environment_details>"].iter().any(|tag| has(tag))
}

/// Whether it is of the extension that was made from the first one, by tags that only it writes.
pub(in crate::capture::agents) fn is_of_fork(head: &[u8]) -> bool {
    [&b"<user_message>"[..], b"<slug>"].iter().any(|tag| memchr::memmem::find(head, tag).is_some())
}

/// # Errors
/// When the file cannot be read.
pub(in crate::capture::agents) fn read(main: &Path, events: &mut Events) -> io::Result<()> {
    let Ok(Value::Array(messages)) = serde_json::from_slice(without_mark(&fs::read(main)?)) else {
        skip_document(events);
        return Ok(());
    };
    let (item, metadata) = (places::item(main), places::metadata(main));
    let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let environments = metadata["environment_history"].as_array().into_iter().flatten();
    let parent = text(&item["parentTaskId"]);
    events.about(SessionFacts {
        session: places::named_by(main).map(str::to_owned),
        subagent: parent.is_some(),
        other: parent,
        version: environments.filter_map(|one| text(&one["cline_version"])).next_back(),
        cwd: text(&item["workspace"]),
        ..SessionFacts::default()
    });
    let mut task = TaskReading { seen: seen(&places::seen(main)), ..TaskReading::default() };
    for (message, place) in messages.iter().zip(0_usize..) {
        task.message(message, place, events);
    }
    task.seen_until(None, events);
    Ok(())
}

/// What the person saw, by its time.
enum SeenEvent {
    Usage(Tokens),
    Stopped,
}

/// `{"ts": 1, "say": "api_req_started", "text": "{\"tokensIn\": 1, \"cancelReason\": \"user_cancelled\"}"}`
fn seen(messages: &Value) -> Vec<(i64, SeenEvent)> {
    let mut seen = Vec::new();
    for message in messages.as_array().into_iter().flatten().filter(|one| one["say"] == "api_req_started") {
        let Some(at) = message["ts"].as_i64() else { continue };
        let text = message["text"].as_str().unwrap_or_default();
        let request: Value = serde_json::from_str(text).unwrap_or_default();
        let count = |name: &str| request[name].as_u64().unwrap_or(0);
        let tokens = Tokens {
            input: count("tokensIn"),
            output: count("tokensOut"),
            cache_read: count("cacheReads"),
            cache_write: count("cacheWrites"),
        };
        if !tokens.is_zero() {
            seen.push((at, SeenEvent::Usage(tokens)));
        }
        if request["cancelReason"] == "user_cancelled" {
            seen.push((at, SeenEvent::Stopped));
        }
    }
    seen.reverse();
    seen
}

#[derive(Default)]
struct TaskReading {
    /// The next one last.
    seen: Vec<(i64, SeenEvent)>,
    /// The calls whose results may come, with their tools.
    calls: Vec<(String, String)>,
    /// A result whose text is in the next part.
    waits: bool,
    prompts: usize,
}

impl TaskReading {
    fn message(&mut self, message: &Value, place: usize, events: &mut Events) {
        // A summary that the program made for the model.
        if message["isSummary"] == true || message["isTruncationMarker"] == true {
            return events.push(EventKind::Compaction { at: None });
        }
        let time = message["ts"].as_i64();
        let at = time.and_then(milliseconds_since_1970);
        self.seen_until(time, events);
        at.into_iter().for_each(|at| events.saw(at));
        let whole = [Value::String(message["content"].as_str().unwrap_or_default().to_owned())];
        let blocks = message["content"].as_array().map_or(&whole[..], Vec::as_slice);
        match message["role"].as_str() {
            Some("user") => blocks.iter().for_each(|block| self.sent(block, at, events)),
            Some("assistant") => {
                if let Some(model) = message["modelInfo"]["modelId"].as_str() {
                    events.model(model.to_owned().into());
                }
                for (block, part) in blocks.iter().zip(0_usize..) {
                    self.answered(block, format!("{place}-{part}"), at, events);
                }
            }
            _ => {}
        }
    }

    /// What was counted, and stopped, up to this time.
    fn seen_until(&mut self, time: Option<i64>, events: &mut Events) {
        while let Some((at, seen)) = self.seen.pop_if(|(at, _)| time.is_none_or(|time| *at <= time)) {
            match seen {
                SeenEvent::Usage(tokens) => events.usage(UsageEvent { message: Some(at.to_string()), tokens }),
                SeenEvent::Stopped => {
                    let when = milliseconds_since_1970(at);
                    events.push(EventKind::Interrupt { id: Some(format!("{at} stopped")), at: when });
                }
            }
        }
    }

    /// A part of what was sent: what the person typed, what a tool returned, what the program adds.
    fn sent(&mut self, block: &Value, at: Option<Timestamp>, events: &mut Events) {
        if block["type"] == "tool_result" {
            let id = block["tool_use_id"].as_str().unwrap_or_default().to_owned();
            let text = text_of(&block["content"]);
            return self.result(&id, &text, block["is_error"] == true, at, events);
        }
        let Some(text) = block.as_str().or_else(|| block["text"].as_str()) else { return };
        if text.contains("<environment_details>") {
            environment(text, events);
        }
        let text = without_elements(text, "environment_details");
        let text = text.trim();
        // `[write_to_file for 'a.py'] Result:`
        let of_tool = text.strip_prefix('[').and_then(|rest| rest.split_once("] Result:"));
        if let Some((_, rest)) = of_tool.filter(|(head, _)| !head.contains('\n')) {
            self.waits = rest.trim().is_empty();
            if !self.waits {
                self.last_result(rest.trim_start(), at, events);
            }
        } else if std::mem::take(&mut self.waits) {
            self.last_result(text, at, events);
        } else if let Some(said) = said_in(text) {
            self.prompt(said, PromptSource::Typed, at, events);
        }
    }

    fn last_result(&mut self, text: &str, at: Option<Timestamp>, events: &mut Events) {
        if let Some((id, _)) = self.calls.last() {
            self.result(&id.clone(), text, false, at, events);
        }
    }

    fn result(&mut self, id: &str, text: &str, is_error: bool, at: Option<Timestamp>, events: &mut Events) {
        let tool = self.calls.iter().find(|(known, _)| known == id).map(|(_, tool)| tool.clone()).unwrap_or_default();
        let told = read_result(text, is_error);
        let answers = tool == "ask_followup_question";
        events.push(EventKind::Result(Box::new(ResultEvent {
            call: id.to_owned(),
            at,
            end: told.end.as_end(told.said.as_ref()),
            exit_code: told.exit_code,
            output: ends_of(told.output.into()),
            commit: None,
            answer: told.said.clone().filter(|_| answers),
            process: told.runs_on.then(|| id.to_owned()),
            failure: None,
        })));
        // Words beside a result that was allowed; below a finished task they are the next prompt.
        if let Some(said) = told.said.filter(|_| !answers && told.end != ToldEnd::Rejected) {
            let is_next = matches!(tool.as_str(), "attempt_completion" | "plan_mode_respond");
            let source = if is_next { PromptSource::Typed } else { PromptSource::Remark };
            self.prompt(said, source, at, events);
        }
    }

    fn prompt(&mut self, text: String, source: PromptSource, at: Option<Timestamp>, events: &mut Events) {
        self.prompts += 1;
        let id = at.map(|at| format!("{}-{}", at.as_millisecond(), self.prompts));
        let standing = Standing::Sure;
        let prompt = PromptEvent { id, at, text, source, parent: 0, standing, away: false };
        events.push(EventKind::Prompt(Box::new(prompt)));
    }

    fn answered(&mut self, block: &Value, id: String, at: Option<Timestamp>, events: &mut Events) {
        if block["type"] == "tool_use" {
            let id = block["id"].as_str().map_or(id, str::to_owned);
            return self.call(id, block["name"].as_str().unwrap_or_default(), &block["input"], at, events);
        }
        let Some(text) = block.as_str().or_else(|| block["text"].as_str()) else { return };
        let text = without_elements(text, "thinking");
        match tags::call(&text) {
            Some((above, tool, given)) => {
                say(above, events);
                self.call(id, tool, &given, at, events);
            }
            None => say(text.trim(), events),
        }
    }

    fn call(&mut self, id: String, tool: &str, given: &Value, at: Option<Timestamp>, events: &mut Events) {
        let member = |name: &str| given[name].as_str().unwrap_or_default().to_owned();
        let action = match tool {
            "ask_followup_question" => ActionEvent::Ask { question: member("question") },
            "new_task" => ActionEvent::Delegate { prompt: member("message") + &member("context") },
            // What the agent says in the end is not a call.
            "attempt_completion" => {
                say(&member("result"), events);
                ActionEvent::Other
            }
            "plan_mode_respond" => ActionEvent::Text { text: member("response") },
            _ => action(tool, given),
        };
        self.calls.push((id.clone(), tool.to_owned()));
        let call = CallEvent { id, at, tool: tool.to_owned(), action, ..CallEvent::default() };
        events.push(EventKind::Call(Box::new(call)));
    }
}

fn say(text: &str, events: &mut Events) {
    if !text.is_empty() {
        events.push(EventKind::Reply { text: text.to_owned() });
    }
}

fn text_of(content: &Value) -> String {
    if let Some(text) = content.as_str() {
        return text.to_owned();
    }
    let texts: Vec<&str> = content.as_array().into_iter().flatten().filter_map(|part| part["text"].as_str()).collect();
    texts.join("\n")
}

/// `# Current Workspace Directory (/home/a/shop) Files`, and `<model>big-1</model>`.
fn environment(text: &str, events: &mut Events) {
    let folder = text.lines().find_map(|line| {
        let rest = line
            .strip_prefix("# Current Workspace Directory (")
            .or_else(|| line.strip_prefix("# Current Working Directory ("))?;
        Some(rest.rsplit_once(')')?.0.to_owned())
    });
    events.about(SessionFacts { cwd: folder, ..SessionFacts::default() });
    let model = text.split_once("<model>").and_then(|(_, rest)| rest.split_once("</model>"));
    if let Some((model, _)) = model.filter(|(model, _)| !model.is_empty() && model.len() < 100) {
        events.model(model.to_owned().into());
    }
}
