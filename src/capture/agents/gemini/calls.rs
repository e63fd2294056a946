//! What the agent did, and how it ended: each call stands in the answer with its result.

use super::history::{owned, texts};
use super::shell::ShellResult;
use crate::capture::asking;
use crate::capture::event::{
    ActionEvent, CallEnd, CallEvent, ChangeEvent, EditEvent, EventKind, Extent, ResultEvent, ends_of,
};
use crate::capture::events::Events;
use crate::capture::json::{Cursor, Value};
use crate::capture::patch;
use crate::capture::time::time;
use crate::checks::shell_expansion::joined;
use crate::record::session::FailureKind;

/// The words of a refusal, in versions of 2025 and 2026.
const REFUSED: &[&str] = &["User denied execution", "User did not allow tool call"];

/// One call. `of` is its message, where an earlier one has a call with the same id.
pub(super) fn tell(call: Value<'_>, of: Option<&str>, cwd: Option<&str>, events: &mut Events) {
    let Some(id) = owned(call.member("id")) else { return };
    let id = of.map_or(id.clone(), |message| format!("{message}/{id}"));
    let tool = owned(call.member("name")).unwrap_or_default();
    let at = call.member("timestamp").and_then(|at| time(at.bare()));
    at.into_iter().for_each(|at| events.saw(at));
    let response = FunctionResponse::of(call.member("result"));
    let arguments = call.member("args").unwrap_or(Value::NULL);
    let shown = call.member("resultDisplay").filter(|shown| shown.is_object()).unwrap_or(Value::NULL);
    let action = action(&tool, arguments, (call, shown, &response), cwd);
    let is_shell = matches!(action, ActionEvent::Shell { .. });
    events.push(EventKind::Call(Box::new(CallEvent { id: id.clone(), at, tool, action, ..CallEvent::default() })));
    let ended = ResultEvent {
        call: id,
        at,
        end: CallEnd::Succeeded,
        exit_code: None,
        output: String::new(),
        commit: None,
        answer: None,
        process: None,
        failure: None,
    };
    let text = response.error.or(response.output).unwrap_or_default();
    let ended = match call.member("status").map(Value::bare) {
        Some(b"success") if is_shell => {
            let ShellResult { output, exit_code, end, failure, process } = ShellResult::read(&text);
            ResultEvent { end, exit_code, output: ends_of(output.into()), process, failure, ..ended }
        }
        Some(b"success") => ResultEvent { answer: answers(&text), ..ended },
        Some(b"error") => ResultEvent { end: CallEnd::Failed, output: ends_of(text.into()), ..ended },
        Some(b"cancelled") if REFUSED.iter().any(|words| text.contains(words)) => {
            ResultEvent { end: CallEnd::Rejected { reason: None }, ..ended }
        }
        Some(b"cancelled") => ResultEvent { end: CallEnd::Interrupted, ..ended },
        _ => return,
    };
    let failure = ended.failure.or_else(|| denied(&ended));
    events.push(EventKind::Result(Box::new(ResultEvent { failure, ..ended })));
}

/// A rule refused it, and it was not run.
fn denied(ended: &ResultEvent) -> Option<FailureKind> {
    let is_denied = ended.end == CallEnd::Failed
        && ["denied by policy", "requires explicit user confirmation"].iter().any(|words| ended.output.contains(words));
    is_denied.then_some(FailureKind::Permission)
}

/// `[{"functionResponse": {"response": {"output": "..."}}}]`
#[derive(Default)]
struct FunctionResponse {
    output: Option<String>,
    error: Option<String>,
}

impl FunctionResponse {
    fn of(result: Option<Value<'_>>) -> Self {
        let mut response = Self::default();
        if let Some(list) = result {
            let _ = list.cursor().array(|cursor| {
                let part = cursor.value()?.member("functionResponse").and_then(|part| part.member("response"));
                let of = |name: &str| owned(part.and_then(|part| part.member(name)));
                response.output = response.output.take().or_else(|| of("output"));
                response.error = response.error.take().or_else(|| of("error"));
                Ok(())
            });
        }
        response
    }
}

fn action(
    tool: &str,
    arguments: Value<'_>,
    (call, shown, response): (Value<'_>, Value<'_>, &FunctionResponse),
    cwd: Option<&str>,
) -> ActionEvent {
    let member = |name: &str| owned(arguments.member(name));
    match tool {
        "run_shell_command" => {
            let folder = member("dir_path").or_else(|| member("directory"));
            let folder = folder.map(|folder| joined(cwd, &folder).unwrap_or(folder));
            let command = member("command").unwrap_or_default();
            ActionEvent::Shell { command, cwd: folder, extent: Extent::Whole }
        }
        "write_file" | "replace" | "edit" => {
            ActionEvent::Edit(edit(arguments, shown, response.output.as_deref()).into_iter().collect())
        }
        "ask_user" => ActionEvent::Ask { question: asking::questions(arguments) },
        _ if tool == "invoke_agent" || call.member("agentId").is_some() => {
            let prompt = ["prompt", "objective", "query", "task"].iter().find_map(|name| member(name));
            ActionEvent::Delegate { prompt: prompt.unwrap_or_default() }
        }
        _ => ActionEvent::Other,
    }
}

/// The edit as the agent asked for it: what a person changed in it at the question is the person's.
fn edit(arguments: Value<'_>, shown: Value<'_>, output: Option<&str>) -> Option<EditEvent> {
    let member = |name: &str| arguments.member(name).and_then(Value::owned);
    let asked = member("file_path")?;
    // A short path is one from the folder of the session, which the result may say.
    let path = owned(shown.member("filePath")).or_else(|| path_in(output?, &asked)).unwrap_or(asked);
    if let Some(text) = member("content") {
        return Some(EditEvent { path, change: ChangeEvent::Write { text } });
    }
    let (before, after) = (member("old_string").unwrap_or_default(), member("new_string").unwrap_or_default());
    if let Some(diff) = corrected(shown, &after) {
        return Some(EditEvent { path, change: ChangeEvent::Patch { hunks: patch::unified(&diff) } });
    }
    if before.is_empty() {
        return Some(EditEvent { path, change: ChangeEvent::Write { text: after } });
    }
    let several = arguments.member("expected_replacements").and_then(Value::count).is_some_and(|count| count > 1);
    let everywhere = several || arguments.member("allow_multiple").is_some_and(Value::is_true);
    Some(EditEvent { path, change: ChangeEvent::Replace { before, after, everywhere } })
}

/// The diff of an edit that the program put right before it made it: it has lines that were not asked for, and no person's.
fn corrected(shown: Value<'_>, asked: &str) -> Option<String> {
    let count = |name: &str| shown.member("diffStat").and_then(|of| of.member(name)).and_then(Value::count);
    let is_persons =
        ["user_added_lines", "user_removed_lines"].iter().any(|name| count(name).is_some_and(|lines| lines > 0));
    let diff = owned(shown.member("fileDiff")).filter(|_| !is_persons)?;
    let mut added = diff.lines().skip_while(|line| !line.starts_with("@@")).filter_map(|line| line.strip_prefix('+'));
    let is_other = added.any(|line| !asked.lines().any(|asked| asked == line || asked.trim() == line.trim()));
    is_other.then_some(diff)
}

/// `Successfully overwrote file: /home/a/shop/x.py.`
fn path_in(output: &str, asked: &str) -> Option<String> {
    let (_, rest) = output.split_once("file: ")?;
    let end = rest.find(asked)? + asked.len();
    let before = &rest[..end - asked.len()];
    (before.ends_with(['/', '\\']) && !before.contains('\n')).then(|| rest[..end].to_owned())
}

/// What a person answered, one a line: `{"answers": {"0": "The second"}}`.
fn answers(text: &str) -> Option<String> {
    if !text.starts_with('{') {
        return None;
    }
    let answers = Cursor::new(text.as_bytes()).value().ok()?.member("answers")?;
    let mut said = Vec::new();
    let read = answers.cursor().object(|cursor, _| {
        said.extend(texts(Some(cursor.value()?)));
        Ok(())
    });
    (read.is_ok() && !said.is_empty()).then(|| said.join("\n"))
}
