//! Calls of tools and how they ended. A command that ends with another code than 0 is "completed" all the same.

use jiff::Timestamp;
use serde_json::Value;

use super::kept::{SessionContext, text, time};
use crate::capture::event::{
    ActionEvent, CallEnd, CallEvent, ChangeEvent, EditEvent, EventKind, Extent, ResultEvent, ends_of,
};
use crate::capture::events::Events;
use crate::capture::patch::apply_patch;

/// A person's refusal, and behind it what the person said.
const REFUSED: &str = "The user rejected permission to use this specific tool call";
const SAID: &str = "with the following feedback:";
/// Below the output of a command that the person stopped.
const STOPPED: &str = "User aborted the command";
const ABORTED: &str = "Tool execution aborted";

/// `about`: when the message began, and the folder that the agent worked in.
pub(super) fn tool(
    part: &Value,
    about: (Option<Timestamp>, Option<&str>),
    context: &SessionContext,
    events: &mut Events,
) {
    let (Some(id), Some(tool)) = (text(&part["callID"]), text(&part["tool"])) else { return };
    let state = &part["state"];
    let at = time(&state["time"]["start"]).or(about.0);
    let action = action(&tool, &state["input"], about.1);
    let prints = matches!(action, ActionEvent::Shell { .. });
    let asks = matches!(action, ActionEvent::Ask { .. });
    events.push(EventKind::Call(Box::new(CallEvent {
        id: id.clone(),
        at,
        tool,
        action,
        subagent: context.is_subagent,
        ..CallEvent::default()
    })));
    let ended = time(&state["time"]["end"]);
    if let Some(at) = ended {
        events.saw(at);
    }
    let Some((end, exit_code, output)) = ended_as(state, prints, context) else { return };
    let is_kept = prints || asks || end != CallEnd::Succeeded;
    events.push(EventKind::Result(Box::new(ResultEvent {
        call: id,
        at: ended,
        end,
        exit_code,
        output: if is_kept { ends_of(output.into()) } else { String::new() },
        commit: None,
        answer: None,
        process: None,
        failure: None,
    })));
}

/// `None` while it runs, which is for ever where the program was stopped.
fn ended_as<'a>(state: &'a Value, prints: bool, context: &SessionContext) -> Option<(CallEnd, Option<i32>, &'a str)> {
    match state["status"].as_str()? {
        "completed" => {
            let output = state["output"].as_str().unwrap_or_default();
            let output = if output == "(no output)" { "" } else { output };
            let exit = state["metadata"].get("exit").filter(|_| prints);
            let code = exit.and_then(Value::as_i64).and_then(|code| i32::try_from(code).ok());
            let end = match code {
                Some(0) => CallEnd::Succeeded,
                Some(_) => CallEnd::Failed,
                None if exit.is_some() && output.contains(STOPPED) => CallEnd::Interrupted,
                None => CallEnd::Succeeded,
            };
            Some((end, code, output))
        }
        "error" => {
            let error = state["error"].as_str().unwrap_or_default();
            let end = match error.strip_prefix(REFUSED) {
                Some(rest) if rest.contains(SAID) => {
                    let reason = rest.split_once(SAID).map(|(_, reason)| reason.trim().to_owned());
                    CallEnd::Rejected { reason: reason.filter(|reason| !reason.is_empty()) }
                }
                Some(_) if !context.is_alone => CallEnd::Rejected { reason: None },
                None if error.starts_with(ABORTED) => CallEnd::Interrupted,
                _ => CallEnd::Failed,
            };
            Some((end, None, error))
        }
        _ => None,
    }
}

fn action(tool: &str, input: &Value, cwd: Option<&str>) -> ActionEvent {
    let member = |name: &str| text(&input[name]);
    let path = || member("filePath").or_else(|| member("path")).unwrap_or_default();
    let replaced = |path: String, edit: &Value| EditEvent {
        path,
        change: ChangeEvent::Replace {
            before: edit["oldString"].as_str().unwrap_or_default().to_owned(),
            after: edit["newString"].as_str().unwrap_or_default().to_owned(),
            everywhere: edit["replaceAll"] == true,
        },
    };
    match tool {
        "bash" | "shell" => ActionEvent::Shell {
            command: member("command").unwrap_or_default(),
            cwd: member("workdir").or_else(|| cwd.map(str::to_owned)),
            extent: Extent::Whole,
        },
        "write" => ActionEvent::Edit(vec![EditEvent {
            path: path(),
            change: ChangeEvent::Write { text: input["content"].as_str().unwrap_or_default().to_owned() },
        }]),
        // Without a text to be replaced it makes a file.
        "edit" if input["oldString"].as_str().is_some_and(str::is_empty) => ActionEvent::Edit(vec![EditEvent {
            path: path(),
            change: ChangeEvent::Write { text: input["newString"].as_str().unwrap_or_default().to_owned() },
        }]),
        "edit" => ActionEvent::Edit(vec![replaced(path(), input)]),
        "multiedit" => {
            let edits = input["edits"].as_array().into_iter().flatten();
            ActionEvent::Edit(edits.map(|edit| replaced(text(&edit["filePath"]).unwrap_or_else(path), edit)).collect())
        }
        "apply_patch" | "patch" => ActionEvent::Edit(apply_patch(&member("patchText").unwrap_or_default())),
        "task" => ActionEvent::Delegate { prompt: member("prompt").unwrap_or_default() },
        "question" => {
            let asked = input["questions"].as_array().into_iter().flatten().filter_map(|one| one["question"].as_str());
            ActionEvent::Ask { question: asked.collect::<Vec<_>>().join("\n") }
        }
        _ => ActionEvent::Other,
    }
}
