//! ATIF, the format for trajectories of any agent (Harbor; versions 1.0 to 1.7, by its description and by what this program exports): one
//! JSON document, wherever a person keeps it. It names the agent whose session it is.

use std::fs;
use std::io;
use std::path::Path;

use jiff::Timestamp;
use serde_json::Value;

use crate::capture::event::{
    ActionEvent, CallEnd, CallEvent, EventKind, PromptEvent, ResultEvent, SessionFacts, Standing, UsageEvent, ends_of,
};
use crate::capture::events::Events;
use crate::capture::held::{HeldFact, SessionFact};
use crate::capture::lines::without_mark;
use crate::capture::reader::Reader;
use crate::capture::tool_calls::action;
use crate::capture::values::skip_document;
use crate::record::agent::Agent;
use crate::record::session::{PromptSource, Tokens};

pub(in crate::capture) struct TrajectoryDocument;

impl Reader for TrajectoryDocument {
    fn agent(&self) -> Agent {
        Agent::known("atif")
    }

    fn version(&self) -> u32 {
        1
    }

    fn held(&self, fact: SessionFact) -> HeldFact {
        match fact {
            SessionFact::Results => HeldFact::InPart("how commands ended only where `extra` says it"),
            SessionFact::Rejections | SessionFact::Reasons | SessionFact::Interrupts | SessionFact::Forks => {
                HeldFact::Absent
            }
            SessionFact::Cost => HeldFact::NotRead,
            _ => HeldFact::Read,
        }
    }

    fn recognises(&self, head: &[u8]) -> bool {
        let head = head.trim_ascii_start();
        let start = &head[..head.len().min(64 * 1024)];
        head.starts_with(b"{") && memchr::memmem::find(start, b"\"ATIF-v").is_some()
    }

    fn only_grows(&self) -> bool {
        false
    }

    fn read_whole(&self, main: &Path, events: &mut Events) -> io::Result<()> {
        match serde_json::from_slice::<Value>(without_mark(&fs::read(main)?)) {
            Ok(trajectory) => tell(&trajectory, events),
            Err(_) => skip_document(events),
        }
        Ok(())
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

fn tell(trajectory: &Value, events: &mut Events) {
    let agent = &trajectory["agent"];
    events.about(SessionFacts {
        session: text(&trajectory["session_id"]),
        agent: text(&agent["name"]),
        version: text(&agent["version"]),
        cwd: text(&agent["extra"]["cwd"]).or_else(|| text(&trajectory["extra"]["cwd"])),
        ..SessionFacts::default()
    });
    if let Some(model) = text(&agent["model_name"]) {
        events.model(model.into());
    }
    let steps = trajectory["steps"].as_array().map(Vec::as_slice).unwrap_or_default();
    steps.iter().zip(1_u64..).for_each(|(one, place)| step(one, place, None, events));
    if steps.iter().all(|step| step["metrics"].is_null()) {
        let total = &trajectory["final_metrics"];
        let count = |name: &str| total[name].as_u64().unwrap_or(0);
        let (all, cached) = (count("total_prompt_tokens"), count("total_cached_tokens"));
        let tokens = Tokens {
            input: all.saturating_sub(cached),
            output: count("total_completion_tokens"),
            cache_read: cached,
            cache_write: 0,
        };
        if !tokens.is_zero() {
            events.usage(UsageEvent { message: Some("total".to_owned()), tokens });
        }
    }
    for (one, number) in trajectory["subagent_trajectories"].as_array().into_iter().flatten().zip(1_u64..) {
        let of = text(&one["session_id"]).or_else(|| text(&one["trajectory_id"])).unwrap_or_else(|| number.to_string());
        let steps = one["steps"].as_array().into_iter().flatten();
        steps.zip(1_u64..).for_each(|(one, place)| step(one, place, Some(&of), events));
    }
}

/// One step. `of` is the subagent whose it is.
fn step(step: &Value, place: u64, of: Option<&str>, events: &mut Events) {
    // What a trajectory that goes on repeats of the one before.
    if step["is_copied_context"] == true {
        return;
    }
    let at: Option<Timestamp> = step["timestamp"].as_str().and_then(|at| at.parse().ok());
    at.into_iter().for_each(|at| events.saw(at));
    let number = step["step_id"].as_u64().unwrap_or(place);
    let id = of.map_or_else(|| number.to_string(), |of| format!("{of}-{number}"));
    let said = message(&step["message"]);
    match step["source"].as_str() {
        Some("user") if of.is_none() && !said.is_empty() => {
            let (source, standing) = (PromptSource::Typed, Standing::Sure);
            let prompt = PromptEvent {
                id: Some(format!("step-{id}")),
                at,
                text: said,
                source,
                parent: 0,
                standing,
                away: false,
            };
            events.push(EventKind::Prompt(Box::new(prompt)));
        }
        Some("agent") => {
            if let Some(model) = text(&step["model_name"]) {
                events.model(model.into());
            }
            usage(&step["metrics"], &id, events);
            if !said.is_empty() && of.is_none() {
                events.push(EventKind::Reply { text: said });
            }
            calls(step, &id, (at, of.is_some()), events);
        }
        _ => {}
    }
}

fn usage(metrics: &Value, id: &str, events: &mut Events) {
    let count = |name: &str| metrics[name].as_u64().unwrap_or(0);
    let (all, cached) = (count("prompt_tokens"), count("cached_tokens"));
    let tokens = Tokens {
        input: all.saturating_sub(cached),
        output: count("completion_tokens"),
        cache_read: cached,
        cache_write: 0,
    };
    if !tokens.is_zero() {
        events.usage(UsageEvent { message: Some(format!("step-{id}")), tokens });
    }
}

fn calls(step: &Value, id: &str, (at, nested): (Option<Timestamp>, bool), events: &mut Events) {
    let calls = step["tool_calls"].as_array().map(Vec::as_slice).unwrap_or_default();
    let ids: Vec<String> = calls
        .iter()
        .zip(1_usize..)
        .map(|(call, place)| match text(&call["tool_call_id"]) {
            Some(own) if nested => format!("{id}-{own}"),
            Some(own) => own,
            None => format!("{id}-{place}"),
        })
        .collect();
    let results = step["observation"]["results"].as_array().map(Vec::as_slice).unwrap_or_default();
    for (call, own) in calls.iter().zip(&ids) {
        let tool = text(&call["function_name"]).unwrap_or_default();
        let is_of = |result: &&Value| {
            result["source_call_id"] == call["tool_call_id"] || (result["source_call_id"].is_null() && calls.len() == 1)
        };
        let mine: Vec<&Value> = results.iter().filter(is_of).collect();
        let delegates = mine.iter().any(|result| !result["subagent_trajectory_ref"].is_null());
        let given = &call["arguments"];
        let action = match delegates {
            true => ActionEvent::Delegate {
                prompt: ["prompt", "task", "description"]
                    .iter()
                    .find_map(|name| text(&given[*name]))
                    .unwrap_or_default(),
            },
            false => action(&tool, given),
        };
        let made = CallEvent { id: own.clone(), at, tool, action, subagent: nested, nested, ..CallEvent::default() };
        events.push(EventKind::Call(Box::new(made)));
        if !mine.is_empty() {
            result(own.clone(), &mine, step, events);
        }
    }
}

fn result(call: String, results: &[&Value], step: &Value, events: &mut Events) {
    let outputs: Vec<String> = results.iter().map(|result| message(&result["content"])).collect();
    let extras = || results.iter().map(|result| &result["extra"]);
    let code = ["exit_code", "returncode", "return_code"]
        .iter()
        .find_map(|name| extras().find_map(|extra| extra[*name].as_i64()))
        .and_then(|code| i32::try_from(code).ok());
    let is_error = extras().any(|extra| extra["is_error"] == true)
        // What this program says of a step when it exports one.
        || !step["extra"]["failed_attempt"].is_null()
        || step["extra"]["verification"]["result"] == "failed";
    let end = if is_error || code.is_some_and(|code| code != 0) { CallEnd::Failed } else { CallEnd::Succeeded };
    events.push(EventKind::Result(Box::new(ResultEvent {
        call,
        at: None,
        end,
        exit_code: code,
        output: ends_of(outputs.join("\n").into()),
        commit: None,
        answer: None,
        process: None,
        failure: None,
    })));
}

/// A text, or (from version 1.6 on) parts of which some are text.
fn message(value: &Value) -> String {
    if let Some(text) = value.as_str() {
        return text.to_owned();
    }
    let parts = value.as_array().into_iter().flatten().filter_map(|part| part["text"].as_str());
    parts.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::capture::assemble;
    use crate::record::session::Outcome;

    fn session(trajectory: &Value) -> crate::record::session::Session {
        let mut events = Events::default();
        tell(trajectory, &mut events);
        assemble(Path::new("trajectory.json"), &TrajectoryDocument.agent(), events.finish())
    }

    #[test]
    fn what_is_exported_says_which_steps_failed() {
        let step = |extra: Value| {
            json!({"step_id": 2, "source": "agent", "message": "", "extra": extra,
                "tool_calls": [{"tool_call_id": "call-2", "function_name": "shell", "arguments": {"input": "pytest -q"}}],
                "observation": {"results": [{"source_call_id": "call-2", "content": "1 failed"}]}})
        };
        for (extra, fails) in [
            (json!({"verification": {"kind": "test", "result": "failed"}}), true),
            (json!({"verification": {"kind": "test", "result": "passed"}}), false),
            (json!({"failed_attempt": {"kind": "tests", "tries": 1}}), true),
            (Value::Null, false),
        ] {
            let trajectory = json!({"schema_version": "ATIF-v1.7", "session_id": "a",
                "agent": {"name": "claude-code", "version": ""}, "steps": [step(extra.clone())]});
            let session = session(&trajectory);
            assert_eq!(session.agent.as_str(), "claude-code");
            let outcome = &session.turns[0].calls[0].outcome;
            assert_eq!(matches!(outcome, Outcome::Failed { .. }), fails, "{extra}");
        }
    }
}
