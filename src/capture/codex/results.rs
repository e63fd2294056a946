//! How a call ended, read from its output: there is no flag.

use jiff::Timestamp;

use super::super::event::{End, ResultEvent, ends_of};
use super::super::json::{self, Value};
use super::{content_parts, owned};

/// A result's text: a string, `{"content": ...}`, or the text parts of a list.
pub(super) fn output_text(output: Option<Value<'_>>) -> String {
    let Some(output) = output else {
        return String::new();
    };
    if let Some(text) = output.owned() {
        return text;
    }
    if output.is_object() {
        return output_text(output.member("content"));
    }
    content_parts(Some(output)).join("\n")
}

/// Reads how a call ended from its output: there is no flag.
pub(super) fn result(call: String, output: &str, at: Option<Timestamp>) -> ResultEvent {
    let mut made = ResultEvent {
        call,
        at,
        end: End::Succeeded,
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
        let (head, body) = output.split_once("Output:\n").unwrap_or((output, ""));
        let is_head = ["Chunk ID:", "Wall time:", "Exit code:"].iter().any(|start| head.starts_with(start));
        if is_head {
            made.exit_code = after(head, "Process exited with code ").or_else(|| after(head, "Exit code: "));
            made.process = after::<u64>(head, "Process running with session ID ").map(|number| number.to_string());
        } else if output.starts_with("failed in sandbox") {
            made.exit_code = after(output, "exit code: ");
            made.end = End::Failed;
        }
        made.output = ends_of(if is_head { body } else { output }.into());
    }
    made.end = match made.exit_code {
        Some(code) if code != 0 => End::Failed,
        Some(_) => made.end,
        None => end_in_words(output).unwrap_or(made.end),
    };
    made
}

fn end_in_words(output: &str) -> Option<End> {
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
        return Some(End::Rejected { reason: None });
    }
    if output.starts_with("aborted by user") || output.starts_with("aborted") && output.len() < 40 {
        return Some(End::Interrupted);
    }
    FAILURES.iter().any(|start| output.starts_with(start)).then_some(End::Failed)
}

/// The number behind `label`.
fn after<T: std::str::FromStr>(text: &str, label: &str) -> Option<T> {
    let (_, rest) = text.split_once(label)?;
    rest.split(|c: char| !c.is_ascii_digit() && c != '-').next()?.parse().ok()
}
