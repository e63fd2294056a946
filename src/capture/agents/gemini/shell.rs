//! What a command printed and how it ended, out of the text that the model is given. Its call is a success whatever the exit code.

use crate::capture::event::CallEnd;
use crate::record::session::FailureKind;

pub(super) struct ShellResult {
    pub(super) output: String,
    pub(super) exit_code: Option<i32>,
    pub(super) end: CallEnd,
    pub(super) failure: Option<FailureKind>,
    /// The process in the background.
    pub(super) process: Option<String>,
}

/// What the program says below the output. `Exit Code` stands there only where it is not 0 (before 2026: always).
const FIELDS: &[&str] = &["Process Group PGID: ", "Background PIDs: ", "Signal: ", "Exit Code: ", "Error: "];

impl ShellResult {
    pub(super) fn read(text: &str) -> Self {
        let text = text.strip_prefix("<untrusted_context>\n").unwrap_or(text);
        let mut text = text.strip_suffix("\n</untrusted_context>").unwrap_or(text);
        let mut read =
            Self { output: String::new(), exit_code: None, end: CallEnd::Succeeded, failure: None, process: None };
        let (mut error, mut is_killed) = (None, false);
        while let Some((field, value)) = last_field(text) {
            text = text[..text.len() - field.len() - value.len()].trim_end_matches('\n');
            match (field, value.trim()) {
                (_, "(none)" | "null" | "") => {}
                ("Exit Code: ", code) => read.exit_code = code.parse().ok(),
                ("Signal: ", _) => is_killed = true,
                ("Error: ", words) => error = Some(words.to_owned()),
                _ => {}
            }
        }
        if let Some(process) = text.strip_prefix("Command moved to background (PID: ") {
            read.process = process.split(')').next().map(str::to_owned);
            return read;
        }
        if text.starts_with("Command was cancelled by user") {
            read.end = CallEnd::Interrupted;
        } else if text.starts_with("Command was automatically cancelled because it exceeded the timeout") {
            (read.end, read.failure) = (CallEnd::Failed, Some(FailureKind::Timeout));
        } else if read.exit_code.is_some_and(|code| code != 0) || error.is_some() || is_killed {
            read.end = CallEnd::Failed;
        }
        let output = printed(text);
        read.output = match error {
            Some(error) if output.is_empty() => error,
            _ => output.to_owned(),
        };
        read
    }
}

/// The last line, if it is the program's.
fn last_field(text: &str) -> Option<(&'static str, &str)> {
    let line = &text[text.rfind('\n').map_or(0, |end| end + 1)..];
    FIELDS.iter().find_map(|field| Some((*field, line.strip_prefix(field)?)))
}

/// The output alone. In older versions the command and its folder stand above it.
fn printed(text: &str) -> &str {
    let behind = |name: &str| {
        let at = if text.starts_with(name) { Some(0) } else { text.find(&format!("\n{name}")).map(|at| at + 1) };
        at.map(|at| &text[at + name.len()..])
    };
    let is_told = text.starts_with("Command: ") || text.starts_with("Output: ") || text.starts_with("Command was ");
    let output = if is_told { behind("Output: ").or_else(|| behind("Stdout: ")) } else { None };
    let output = output.unwrap_or(text).trim_end();
    if output == "(empty)" { "" } else { output }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_says_how_a_command_ended_below_its_output() {
        let old = |code: &str| {
            format!(
                "Command: ls\nDirectory: (root)\nOutput: a\nError: (none)\nExit Code: {code}\nSignal: (none)\nBackground PIDs: (none)\nProcess Group PGID: 7"
            )
        };
        let within = |text: &str| format!("<untrusted_context>\n{text}\n</untrusted_context>");
        for (text, output, code, end) in [
            (within("Output: 1 failed\nExit Code: 1\nProcess Group PGID: 7"), "1 failed", Some(1), "failed"),
            (within("Output: a\nb\nProcess Group PGID: 7"), "a\nb", None, "done"),
            ("Output: (empty)\nProcess Group PGID: 7".to_owned(), "", None, "done"),
            (old("0"), "a", Some(0), "done"),
            (old("2"), "a", Some(2), "failed"),
            (within("Output: a\nSignal: 9\nProcess Group PGID: 7"), "a", None, "failed"),
            (
                "Command was cancelled by user before it could complete. Below is the output before it was cancelled:\nhalf".to_owned(),
                "Command was cancelled by user before it could complete. Below is the output before it was cancelled:\nhalf",
                None,
                "stopped",
            ),
            ("Output: Exit Code: 3 is what it said\nmore".to_owned(), "Exit Code: 3 is what it said\nmore", None, "done"),
            ("Command moved to background (PID: 77). Output hidden.".to_owned(), "", None, "runs"),
        ] {
            let read = ShellResult::read(&text);
            let ended = match read.end {
                _ if read.process.is_some() => "runs",
                CallEnd::Succeeded => "done",
                CallEnd::Failed => "failed",
                _ => "stopped",
            };
            assert_eq!((read.output.as_str(), read.exit_code, ended), (output, code, end), "{text}");
        }
    }
}
