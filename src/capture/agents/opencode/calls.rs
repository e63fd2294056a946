//! Calls of tools and how they ended. A command that ends with another code than 0 is "completed" all the same.

use jiff::Timestamp;

use crate::capture::event::{ActionEvent, CallEnd, CallEvent, ChangeEvent, EditEvent, Extent, ResultEvent, ends_of};
use crate::capture::json::{Read, Value};
use crate::capture::patch::apply_patch;
use crate::capture::values::{items, member, members, milliseconds, owned};

/// A person's refusal, and behind it what the person said.
const REFUSED: &str = "The user rejected permission to use this specific tool call";
const SAID: &str = "with the following feedback:";
/// Below the output of a command that the person stopped.
const STOPPED: &str = "User aborted the command";
const ABORTED: &str = "Tool execution aborted";

/// A call as a part tells of it.
pub(super) struct KeptCall {
    pub(super) call: Box<CallEvent>,
    pub(super) ended: Option<Timestamp>,
    /// `None` while it runs, which is for ever where the program was stopped.
    pub(super) result: Option<Box<ResultEvent>>,
}

/// Where a call was made.
pub(super) struct CallSetting<'a> {
    /// When the message was begun.
    pub(super) at: Option<Timestamp>,
    pub(super) cwd: Option<&'a str>,
    pub(super) in_subagent: bool,
    /// Nobody was there to answer: what was to be asked was refused by the program, in the words of a person's refusal.
    pub(super) is_alone: bool,
}

pub(super) fn call(id: String, tool: String, state: Option<Value<'_>>, place: &CallSetting<'_>) -> Read<KeptCall> {
    let [status, input, output, error, times, metadata] =
        members(state, ["status", "input", "output", "error", "time", "metadata"])?;
    let [start, end] = members(times, ["start", "end"])?;
    let ended = milliseconds(end);
    let action = action(&tool, input, place.cwd)?;
    let prints = matches!(action, ActionEvent::Shell { .. });
    let asks = matches!(action, ActionEvent::Ask { .. });
    let result = match status.map_or(&b""[..], Value::bare) {
        b"completed" => {
            let output = output.filter(|_| prints || asks).and_then(Value::text).unwrap_or_default();
            let output = if output == "(no output)" { "".into() } else { output };
            let exit = member(metadata.filter(|_| prints), "exit");
            let exit_code = exit.and_then(Value::integer).and_then(|code| i32::try_from(code).ok());
            let end = match exit_code {
                Some(0) => CallEnd::Succeeded,
                Some(_) => CallEnd::Failed,
                None if exit.is_some() && output.contains(STOPPED) => CallEnd::Interrupted,
                None => CallEnd::Succeeded,
            };
            let result = ResultEvent::new(id.clone(), ended, end);
            Some(ResultEvent { exit_code, output: ends_of(output), ..result })
        }
        b"error" => {
            let error = error.and_then(Value::text).unwrap_or_default();
            let end = match error.strip_prefix(REFUSED) {
                Some(rest) if rest.contains(SAID) => {
                    let reason = rest.split_once(SAID).map(|(_, reason)| reason.trim().to_owned());
                    CallEnd::Rejected { reason: reason.filter(|reason| !reason.is_empty()) }
                }
                Some(_) if !place.is_alone => CallEnd::Rejected { reason: None },
                None if error.starts_with(ABORTED) => CallEnd::Interrupted,
                _ => CallEnd::Failed,
            };
            let result = ResultEvent::new(id.clone(), ended, end);
            Some(ResultEvent { output: ends_of(error), ..result })
        }
        _ => None,
    };
    let at = milliseconds(start).or(place.at);
    let call = CallEvent { id, at, tool, action, subagent: place.in_subagent, ..CallEvent::default() };
    Ok(KeptCall { call: Box::new(call), ended, result: result.map(Box::new) })
}

fn action(tool: &str, input: Option<Value<'_>>, cwd: Option<&str>) -> Read<ActionEvent> {
    let text = |value: Option<Value<'_>>| value.and_then(Value::owned).unwrap_or_default();
    let written = |path: String, value: Option<Value<'_>>| {
        ActionEvent::Edit(vec![EditEvent { path, change: ChangeEvent::Write { text: text(value) } }])
    };
    let place = |[file, path]: [Option<Value<'_>>; 2]| owned(file).or_else(|| owned(path)).unwrap_or_default();
    Ok(match tool {
        "bash" | "shell" => {
            let [command, folder] = members(input, ["command", "workdir"])?;
            let cwd = owned(folder).or_else(|| cwd.map(str::to_owned));
            ActionEvent::Shell { command: text(command), cwd, extent: Extent::Whole }
        }
        "write" => {
            let [file, path, content] = members(input, ["filePath", "path", "content"])?;
            written(place([file, path]), content)
        }
        "edit" => {
            let [file, path, old, new] = members(input, ["filePath", "path", "oldString", "newString"])?;
            let path = place([file, path]);
            // Without a text to be replaced it makes a file.
            match old.is_some_and(|old| old.is_string() && old.bare().is_empty()) {
                true => written(path, new),
                false => ActionEvent::Edit(vec![replaced(path, input)?]),
            }
        }
        "multiedit" => {
            let whole = place(members(input, ["filePath", "path"])?);
            let edits = items(member(input, "edits")).into_iter().map(|edit| {
                let path = owned(edit.member("filePath")).unwrap_or_else(|| whole.clone());
                replaced(path, Some(edit))
            });
            ActionEvent::Edit(edits.collect::<Read<_>>()?)
        }
        "apply_patch" | "patch" => ActionEvent::Edit(apply_patch(&text(member(input, "patchText")))),
        "task" => ActionEvent::Delegate { prompt: text(member(input, "prompt")) },
        "question" => {
            let questions = items(member(input, "questions")).into_iter();
            let asked: Vec<String> = questions.filter_map(|one| one.member("question")?.owned()).collect();
            ActionEvent::Ask { question: asked.join("\n") }
        }
        _ => ActionEvent::Other,
    })
}

fn replaced(path: String, edit: Option<Value<'_>>) -> Read<EditEvent> {
    let [before, after, everywhere] = members(edit, ["oldString", "newString", "replaceAll"])?;
    let [before, after] = [before, after].map(|value| value.and_then(Value::owned).unwrap_or_default());
    let everywhere = everywhere.is_some_and(Value::is_true);
    Ok(EditEvent { path, change: ChangeEvent::Replace { before, after, everywhere } })
}
