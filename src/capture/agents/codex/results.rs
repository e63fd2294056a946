//! How a call ended, read from its output: there is no flag.

use std::borrow::Cow;

use jiff::Timestamp;

use super::calls::{PATCH_OF_SCRIPT, cell};
use super::fields::{content_parts, owned};
use crate::capture::event::{CallEnd, ResultEvent, ends_of};
use crate::capture::json::{self, Value};
use crate::record::session::FailureKind;

/// A result's texts: a string, `{"content": ...}`, or the text parts of a list.
pub(super) fn output_texts(output: Option<Value<'_>>) -> Vec<String> {
    let Some(output) = output else {
        return Vec::new();
    };
    if let Some(text) = output.owned() {
        return vec![text];
    }
    if output.is_object() {
        return output_texts(output.member("content"));
    }
    content_parts(Some(output))
}

/// The result of a call; of a script also that of its patch.
pub(super) fn results(call: String, texts: &[String], at: Option<Timestamp>) -> Vec<ResultEvent> {
    if !texts.first().is_some_and(|first| first.starts_with("Script ")) {
        return vec![result(call, &texts.join("\n"), at)];
    }
    let on_lines: Vec<Cow<str>> = texts.iter().map(|text| on_a_line(text)).collect();
    let output = &on_lines.join("\n");
    let head = output.strip_prefix("Script ").unwrap_or(output);
    let (head, body) = head.split_once("Output:\n").unwrap_or((head, ""));
    let patch = result(format!("{call}{PATCH_OF_SCRIPT}"), "", at);
    let mut made = result(call, "", at);
    let mut said = String::new();
    let mut running = None;
    let failed = head.starts_with("failed");
    // A patch that was made returns nothing; what a script throws has a head of its own.
    let says_nothing = |line: &&str| *line == "{}" || failed && *line == "Script error:";
    for line in body.trim_start_matches('\n').lines().filter(|line| !says_nothing(line)) {
        // What a command returns is JSON on a line of its own where the script prints it as it is.
        let value = json::Cursor::new(line.as_bytes()).value().ok().filter(|value| value.is_object());
        let printed = value.and_then(|value| owned(value.member("output")));
        let code = value.and_then(|value| value.member("exit_code")).and_then(Value::integer);
        if let Some(code) = code.and_then(|code| i32::try_from(code).ok()) {
            made.exit_code = made.exit_code.filter(|known| *known != 0).or(Some(code));
        }
        let session = value.and_then(|value| value.member("session_id")).and_then(Value::count);
        running = session.map(|number| number.to_string()).or_else(|| printed_session(line)).or(running);
        said.push_str(printed.as_deref().unwrap_or(line).trim_end_matches('\n'));
        said.push('\n');
    }
    made.exit_code = made.exit_code.or_else(|| printed_code(texts));
    made.process = after::<u64>(head, "running with cell ID ").map(|number| cell(number.to_string())).or(running);
    made.output = ends_of(said.into());
    if failed || made.exit_code.is_some_and(|code| code != 0) {
        made.end = CallEnd::Failed;
    }
    let patch_end = if failed { CallEnd::Failed } else { CallEnd::Succeeded };
    vec![ResultEvent { end: patch_end, ..patch }, made]
}

/// What commands returned, each on a line of its own, where a script prints it over several: `JSON.stringify(r, null, 2)`, also of a list
/// of commands. Other texts as they are.
fn on_a_line(text: &str) -> Cow<'_, str> {
    let (head, body) = match text.split_once("Output:\n").filter(|(head, _)| head.starts_with("Script ")) {
        Some((head, body)) => (&text[..head.len() + "Output:\n".len()], body),
        None => ("", text),
    };
    let trimmed = body.trim();
    let may_be = trimmed.starts_with(['{', '[']) && trimmed.contains('\n') && trimmed.contains("\"output\"");
    let value = may_be.then(|| serde_json::from_str::<serde_json::Value>(trimmed).ok()).flatten();
    let is_returned = |value: &serde_json::Value| {
        value.get("output").is_some_and(serde_json::Value::is_string)
            && (value.get("exit_code").is_some()
                || value.get("session_id").is_some()
                || value.get("chunk_id").is_some())
    };
    match value {
        Some(value) if is_returned(&value) => format!("{head}{value}").into(),
        Some(serde_json::Value::Array(all)) if !all.is_empty() && all.iter().all(is_returned) => {
            let lines: Vec<String> = all.iter().map(ToString::to_string).collect();
            format!("{head}{}", lines.join("\n")).into()
        }
        _ => text.into(),
    }
}

/// The exit code that a script prints of the commands that it ran: the first one that is not 0. It stands above or below what those printed,
/// each in a text of its own or with it.
fn printed_code(texts: &[String]) -> Option<i32> {
    let mut code = None;
    for text in texts {
        let text = text
            .split_once("Output:\n")
            .filter(|(head, _)| head.starts_with("Script "))
            .map_or(&**text, |(_, body)| body);
        let lines = || text.lines().filter(|line| !line.trim().is_empty());
        let found = lines().take(1).chain(lines().rev().take(2)).filter_map(code_of);
        for found in found {
            code = code.filter(|known| *known != 0).or(Some(found));
        }
    }
    code
}

/// `EXIT=0`, `exit: 1`, `## 2 exit=0`
fn code_of(line: &str) -> Option<i32> {
    let is_frame = |c: char| c.is_whitespace() || matches!(c, '-' | '=' | '#');
    let line = line.trim_matches(is_frame).trim_start_matches(|c: char| c.is_ascii_digit() || is_frame(c));
    let (name, code) = line.split_once(['=', ':'])?;
    let is_name = matches!(name.trim().to_ascii_lowercase().as_str(), "exit" | "exit_code" | "exit code" | "exitcode");
    code.trim().parse().ok().filter(|_| is_name)
}

/// The process that a line on its own names as running on: `SESSION_ID=77`, which a script prints of what it is given.
fn printed_session(line: &str) -> Option<String> {
    let (name, number) = line.trim().split_once(['=', ':'])?;
    let is_name = matches!(name.trim().to_ascii_lowercase().as_str(), "session_id" | "session id" | "session");
    let number = number.trim();
    (is_name && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())).then(|| number.to_owned())
}

/// Reads how a call ended from its output: there is no flag.
pub(super) fn result(call: String, output: &str, at: Option<Timestamp>) -> ResultEvent {
    let mut made = ResultEvent {
        call,
        at,
        end: CallEnd::Succeeded,
        exit_code: None,
        output: String::new(),
        commit: None,
        answer: None,
        process: None,
        failure: None,
    };
    // Older versions: JSON in the string.
    let old = json::Cursor::new(output.as_bytes()).value().ok().filter(|value| value.is_object());
    if let Some(code) = old.and_then(|old| old.member("metadata")?.member("exit_code")).and_then(Value::integer) {
        made.exit_code = i32::try_from(code).ok();
        made.output = ends_of(old.and_then(|old| owned(old.member("output"))).unwrap_or_default().into());
    } else {
        let (head, body) = head_and_body(output);
        let is_head = !head.is_empty();
        if is_head {
            made.exit_code = after(head, "Process exited with code ").or_else(|| after(head, "Exit code: "));
            made.process = after::<u64>(head, "Process running with session ID ").map(|number| number.to_string());
        } else if output.starts_with("failed in sandbox") {
            made.exit_code = after(output, "exit code: ");
            made.end = CallEnd::Failed;
        }
        made.output = ends_of(if is_head { body } else { output }.into());
    }
    if made.exit_code.is_some_and(|code| code < 0) {
        // Killed: no program ends with such a code, and it says nothing about what it checked.
        (made.exit_code, made.end, made.failure) = (None, CallEnd::Failed, Some(FailureKind::Command));
        return made;
    }
    made.end = match made.exit_code {
        Some(code) if code != 0 => CallEnd::Failed,
        Some(_) => made.end,
        None => end_in_words(output).unwrap_or(made.end),
    };
    made
}

/// The lines that Codex writes above what a command printed, and the latter. Some versions repeat the command first, which
/// may be of several lines and hold the same words; without such lines the head is empty.
fn head_and_body(output: &str) -> (&str, &str) {
    const FIRST: &[&str] = &["Chunk ID: ", "Wall time: ", "Exit code: "];
    let start = match output.strip_prefix("Command: ") {
        Some(_) => FIRST[..2].iter().filter_map(|first| Some(output.find(&format!("\n{first}"))? + 1)).min(),
        None => FIRST.iter().any(|first| output.starts_with(first)).then_some(0),
    };
    let Some(start) = start else { return ("", output) };
    output[start..].split_once("Output:\n").unwrap_or((&output[start..], ""))
}

fn end_in_words(output: &str) -> Option<CallEnd> {
    const FAILURES: &[&str] = &[
        "Failed to find expected lines",
        "apply_patch verification failed",
        "failed in sandbox",
        "exec_command failed",
        "write_stdin failed",
        "failed to parse function arguments",
        "unsupported call",
        "tool call error",
        "execution error",
        "invalid patch",
        "invalid hunk",
        "Invalid patch",
        "Failed to apply patch",
    ];
    let output = output.trim_start();
    let output = output.strip_prefix("error: ").unwrap_or(output);
    if matches!(output.trim_end(), "exec command rejected by user" | "patch rejected by user") {
        return Some(CallEnd::Rejected { reason: None });
    }
    let behind_time = output.strip_prefix("Wall time: ").and_then(|rest| rest.split_once('\n'));
    if behind_time.map_or(output, |(_, rest)| rest).starts_with("aborted by user") {
        return Some(CallEnd::Aborted);
    }
    if output.starts_with("aborted") && output.len() < 40 {
        return Some(CallEnd::Interrupted);
    }
    FAILURES.iter().any(|start| output.starts_with(start)).then_some(CallEnd::Failed)
}

/// The number behind `label`.
fn after<T: std::str::FromStr>(text: &str, label: &str) -> Option<T> {
    let (_, rest) = text.split_once(label)?;
    rest.split(|c: char| !c.is_ascii_digit() && c != '-').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(output: &str) -> ResultEvent {
        result("c".to_owned(), output, None)
    }

    #[test]
    fn a_command_that_is_repeated_above_the_result_hides_no_exit_code() {
        let output = "Command: /bin/zsh -lc 'cat <<EOF\nOutput:\nEOF\ngo test ./...'\nChunk ID: 1a\nWall time: 0.3 seconds\n\
                      Process exited with code 1\nOriginal token count: 9\nOutput:\n--- FAIL: TestX\nFAIL\n";
        let read = read(output);
        assert_eq!((read.exit_code, read.output.trim_end()), (Some(1), "--- FAIL: TestX\nFAIL"));
        assert!(matches!(read.end, CallEnd::Failed));
    }

    #[test]
    fn what_a_command_printed_is_no_head() {
        let read = read("Total: 3\nOutput:\nExit code: 1");
        assert_eq!((read.exit_code, read.output.as_str()), (None, "Total: 3\nOutput:\nExit code: 1"));
    }

    #[test]
    fn a_process_that_runs_on_is_named() {
        let read = read("Chunk ID: 1a\nWall time: 1.0 seconds\nProcess running with session ID 77\nOutput:\n");
        assert_eq!((read.exit_code, read.process.as_deref()), (None, Some("77")));
    }

    #[test]
    fn what_the_commands_of_a_script_printed_and_how_they_ended_is_read() {
        let output = "Script completed\nWall time 0.2 seconds\nOutput:\n{\"exit_code\":0,\"output\":\"[main 1a2b3c4] Round\\n 1 file changed\\n\"}\n{\"exit_code\":2,\"output\":\"1 failed\"}";
        let made = results("c".to_owned(), &[output.to_owned()], None);
        let [patch, made] = &made[..] else { panic!("{} results", made.len()) };
        assert_eq!((patch.call.as_str(), made.exit_code), ("c patch", Some(2)));
        assert_eq!(made.output, "[main 1a2b3c4] Round\n 1 file changed\n1 failed\n");
        assert!(matches!((&patch.end, &made.end), (CallEnd::Succeeded, CallEnd::Failed)));
        let of = |output: &str| results("c".to_owned(), &[output.to_owned()], None);
        let running = of("Script running with cell ID 28\nWall time 10 seconds\nOutput:\n");
        assert_eq!(running[1].process.as_deref(), Some("cell 28"));
        let failed = of("Script failed\nWall time 1 seconds\nOutput:\nno such file");
        assert!(failed.iter().all(|made| matches!(made.end, CallEnd::Failed)));
    }

    #[test]
    fn an_exit_code_that_a_script_prints_beside_the_output_is_read() {
        let head = "Script completed\nWall time 0.2 seconds\nOutput:\n";
        for (texts, expected) in [
            (vec!["4 passed", "EXIT=0"], Some(0)),
            (vec!["1 failed", "EXIT=1"], Some(1)),
            (vec!["running 4 tests", "SESSION_ID=41", "EXIT=undefined"], None),
            (vec!["---1---\n4 passed\n\nexit:0\nsession:undefined", "---2---\n\nexit:2\nsession:undefined"], Some(2)),
            (vec!["## 1 exit=127\nno such command", "## 2 exit=0\n## main"], Some(127)),
            (vec!["\n---EXIT:0---\n"], Some(0)),
            (vec!["exit early: 3\nexit\na: 1"], None),
            (vec!["a\nexit=3\nb\nc\nd"], None),
        ] {
            let all: Vec<String> = std::iter::once(head).chain(texts.iter().copied()).map(str::to_owned).collect();
            assert_eq!(results("c".to_owned(), &all, None)[1].exit_code, expected, "{texts:?}");
        }
    }
}
