//! How a call ended and what came back. A command that ends with another code than 0 is a success for the agent.

use super::fields::{CopilotEvent, owned};
use crate::capture::event::{CallEnd, ChangeEvent, EditEvent, EventKind, HunkEvent, ResultEvent, ends_of};
use crate::capture::events::Events;
use crate::capture::json::Value;
use crate::capture::patch;
use crate::record::session::FailureKind;

const REFUSED: &str = "The user rejected this tool call.";
const FEEDBACK: &str = "User feedback: ";
/// The run was stopped, or the connection to the service lost.
const CUT_OFF: &str = "The execution of this tool, or a previous tool was interrupted";

pub(super) fn result(event: &CopilotEvent<'_>, events: &mut Events) {
    let Some(call) = event.text("toolCallId") else { return };
    let is_good = event.member("success").is_none_or(Value::is_true);
    let ended = ResultEvent {
        call,
        at: event.at,
        end: CallEnd::Succeeded,
        exit_code: None,
        output: String::new(),
        commit: None,
        answer: None,
        process: None,
        failure: None,
    };
    let ended = if is_good { good(event, ended, events) } else { bad(event, ended) };
    events.push(EventKind::Result(Box::new(ended)));
}

fn good(event: &CopilotEvent<'_>, ended: ResultEvent, events: &mut Events) -> ResultEvent {
    if events.is_wordless(ended.call.as_bytes()) {
        return ended;
    }
    let result = event.member("result");
    let said = owned(result.and_then(|result| result.member("content"))).unwrap_or_default();
    // Of a patch only: the arguments of other edits say to the letter what was done, and in which file.
    let is_patch = ["Modified ", "Added "].iter().any(|word| said.starts_with(word));
    let diff = result.and_then(|result| result.member("detailedContent")).filter(|_| is_patch);
    if let Some(edits) = diff.filter(|_| event.member("fileEdits").is_some()).and_then(changed_lines) {
        events.push(EventKind::Edits { call: ended.call.clone(), edits, at: event.at, made: true });
        return ended;
    }
    let CopilotOutput { output, exit_code, process } = CopilotOutput::of(&said);
    let stated = event.member("shellExecution").and_then(|shell| shell.member("exitCode")).and_then(Value::integer);
    let exit_code = stated.and_then(|code| i32::try_from(code).ok()).or(exit_code);
    let end = if exit_code.is_none_or(|code| code == 0) { CallEnd::Succeeded } else { CallEnd::Failed };
    ResultEvent { end, exit_code, output: ends_of(output.into()), process, ..ended }
}

fn bad(event: &CopilotEvent<'_>, ended: ResultEvent) -> ResultEvent {
    let error = event.member("error");
    let output = owned(error.and_then(|error| error.member("message"))).unwrap_or_default();
    let is_denied = error.and_then(|error| error.member("code")).is_some_and(|code| code.bare() == b"denied");
    if output.starts_with(REFUSED) {
        let reason = output.split_once(FEEDBACK).map(|(_, words)| words.trim().to_owned());
        return ResultEvent { end: CallEnd::Rejected { reason: reason.filter(|words| !words.is_empty()) }, ..ended };
    }
    if output.starts_with(CUT_OFF) {
        return ResultEvent { end: CallEnd::Collateral, ..ended };
    }
    let failure = is_denied.then_some(FailureKind::Permission);
    ResultEvent { end: CallEnd::Failed, output: ends_of(output.into()), failure, ..ended }
}

/// The answer to the question whether a call may be made, where it is no. Afterwards the call's own result says less, or is not
/// written at all.
pub(super) fn denied(event: &CopilotEvent<'_>, events: &mut Events) {
    let (Some(call), Some(result)) = (event.text("toolCallId"), event.member("result")) else { return };
    let (end, failure) = match result.member("kind").map(Value::bare).unwrap_or_default() {
        b"denied-interactively-by-user" => {
            let reason = owned(result.member("feedback")).map(|words| words.trim().to_owned());
            (CallEnd::Rejected { reason: reason.filter(|words| !words.is_empty()) }, None)
        }
        // The person stopped the run at the question.
        b"cancelled" => (CallEnd::Rejected { reason: None }, None),
        kind if kind.starts_with(b"denied") => (CallEnd::Failed, Some(FailureKind::Permission)),
        _ => return,
    };
    events.push(EventKind::Result(Box::new(ResultEvent {
        call,
        at: event.at,
        end,
        exit_code: None,
        output: owned(result.member("message")).unwrap_or_default(),
        commit: None,
        answer: None,
        process: None,
        failure,
    })));
}

/// What a command printed, without the agent's line below it.
struct CopilotOutput<'a> {
    output: &'a str,
    exit_code: Option<i32>,
    /// The shell in which it goes on.
    process: Option<String>,
}

impl<'a> CopilotOutput<'a> {
    fn of(said: &'a str) -> Self {
        let text = said.trim_end();
        let head = text.rfind("\n<").map_or(0, |end| end + 1);
        let last = text[head..].strip_prefix('<').and_then(|line| line.strip_suffix('>'));
        let Some(last) = last else { return Self { output: said, exit_code: None, process: None } };
        let output = said[..head].strip_suffix('\n').unwrap_or_default();
        // `<shellId: 0 completed with exit code 1>`, `<exited with exit code 1>`
        let is_end = last.starts_with("shellId: ") || last.starts_with("exited ");
        if let Some((_, code)) = last.split_once(" with exit code ").filter(|_| is_end) {
            return Self { output, exit_code: code.trim().parse().ok(), process: None };
        }
        // `<command with shellId: 27 is still running after 30 seconds. ...>`, `<command started in background with shellId: 7>`
        let goes_on =
            last.starts_with("command ") && ["still running", "background"].iter().any(|words| last.contains(words));
        if let Some((_, rest)) = last.split_once("shellId: ").filter(|_| goes_on) {
            let end = rest.find(|c: char| c.is_whitespace() || c == '>').unwrap_or(rest.len());
            return Self { output, exit_code: None, process: Some(rest[..end].to_owned()) };
        }
        Self { output: said, exit_code: None, process: None }
    }
}

/// What a patch made of files, by the diff of the agent's account, which names them by their whole paths:
/// `diff --git a/home/a/shop/x.py b/home/a/shop/x.py`. `None` where it tells of more than new and changed files.
fn changed_lines(diff: Value<'_>) -> Option<Vec<EditEvent>> {
    let diff = diff.text()?;
    let mut edits = Vec::new();
    for section in diff.split("\ndiff --git ").skip(1) {
        let (head, lines) = section.split_once("\n@@")?;
        let (before, after) = head.split_once("\n--- a")?.1.split_once("\n+++ b")?;
        let is_new = before == "/dev/null";
        if !is_new && before != after {
            return None;
        }
        // A path of Windows has no slash before its drive.
        let path = match after.as_bytes() {
            [b'/', drive, b':', ..] if drive.is_ascii_alphabetic() => &after[1..],
            _ => after,
        };
        let hunks = patch::unified(&format!("@@{}", without_end(lines)));
        let change = if is_new { ChangeEvent::Write { text: written(&hunks) } } else { ChangeEvent::Patch { hunks } };
        edits.push(EditEvent { path: path.to_owned(), change });
    }
    (!edits.is_empty()).then_some(edits)
}

/// The text of a new file. The diff takes what is behind its last line for a line.
fn written(hunks: &[HunkEvent]) -> String {
    let lines: Vec<&str> =
        hunks.iter().flat_map(|hunk| hunk.lines.lines()).filter_map(|line| line.strip_prefix('+')).collect();
    let lines = lines.strip_suffix(&[""]).unwrap_or(&lines);
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// The diff takes what is behind the last line of a file for a line.
fn without_end(mut lines: &str) -> &str {
    while let Some(rest) = lines.strip_suffix("\n ").or(lines.strip_suffix('\n')) {
        lines = rest;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_below_what_a_command_printed_is_the_agents() {
        for (said, output, code, process) in [
            ("1 failed\n<shellId: 0 completed with exit code 1>", "1 failed", Some(1), None),
            ("\n<exited with exit code 0>", "", Some(0), None),
            ("<command with shellId: 27 is still running after 30 seconds. Use read_bash.>", "", None, Some("27")),
            ("up\n<command started in background with shellId: dev>", "up", None, Some("dev")),
            ("<shellId: 2 completed with exit code 128>", "", Some(128), None),
            ("a\n<b>", "a\n<b>", None, None),
            ("exited with exit code 3", "exited with exit code 3", None, None),
            ("", "", None, None),
        ] {
            let printed = CopilotOutput::of(said);
            assert_eq!(
                (printed.output, printed.exit_code, printed.process.as_deref()),
                (output, code, process),
                "{said}"
            );
        }
    }

    #[test]
    fn the_diff_of_an_account_names_files_by_their_whole_paths() {
        let read = |text: &str| {
            let text = serde_json::to_string(text).unwrap();
            let value = crate::capture::json::Cursor::new(text.as_bytes()).value().unwrap();
            changed_lines(value).map(|edits| edits.into_iter().map(|edit| edit.path).collect::<Vec<_>>())
        };
        let section = |name: &str| {
            format!(
                "\ndiff --git a{name} b{name}\nindex 0..0 100644\n--- a{name}\n+++ b{name}\n@@ -1,2 +1,3 @@\n a\n+b\n \n"
            )
        };
        let two = format!("{}{}", section("/home/a/x.py"), section("/home/a/y.py"));
        assert_eq!(read(&two).unwrap(), ["/home/a/x.py", "/home/a/y.py"]);
        assert_eq!(read(&section("/C:\\shop\\x.py")).unwrap(), ["C:\\shop\\x.py"]);
        let renamed = section("/home/a/x.py").replace("+++ b/home/a/x.py", "+++ b/home/a/y.py");
        assert_eq!((read(&renamed), read("no diff")), (None, None));
    }

    #[test]
    fn a_new_file_of_a_patch_has_the_lines_of_the_patch() {
        let diff = "\ndiff --git a/home/a/x.py b/home/a/x.py\ncreate file mode 100644\nindex 0..0\n--- a/dev/null\n+++ b/home/a/x.py\n@@ -1,0 +1,4 @@\n+a\n+\n+b\n+\n\n";
        let text = serde_json::to_string(diff).unwrap();
        let edits = changed_lines(crate::capture::json::Cursor::new(text.as_bytes()).value().unwrap()).unwrap();
        assert_eq!(edits[0].path, "/home/a/x.py");
        assert!(edits[0].change == ChangeEvent::Write { text: "a\n\nb\n".to_owned() });
    }
}
