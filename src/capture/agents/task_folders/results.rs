//! How a call ended, by the words that are sent to the model.

use serde_json::Value;

use crate::capture::event::CallEnd;

#[derive(Debug, Default, PartialEq)]
pub(super) struct ToldResult {
    pub(super) end: ToldEnd,
    pub(super) exit_code: Option<i32>,
    pub(super) output: String,
    /// What the person said with it.
    pub(super) said: Option<String>,
    pub(super) runs_on: bool,
}

#[derive(Debug, Default, PartialEq)]
pub(super) enum ToldEnd {
    #[default]
    Succeeded,
    Failed,
    /// With what the person said as the reason.
    Rejected,
    Interrupted,
}

impl ToldEnd {
    pub(super) fn as_end(&self, reason: Option<&String>) -> CallEnd {
        match self {
            Self::Succeeded => CallEnd::Succeeded,
            Self::Failed => CallEnd::Failed,
            Self::Rejected => CallEnd::Rejected { reason: reason.cloned() },
            Self::Interrupted => CallEnd::Interrupted,
        }
    }
}

const FAILURES: &[&str] = &[
    "The tool execution failed with the following error",
    "Command execution was not successful",
    "Process terminated by signal",
    "Missing value for required parameter",
    "<error_details>",
    "Failed to write to '",
    "Failed to edit '",
];
const STOPPED: &[&str] =
    &["Task was interrupted before this tool call could be completed", "Task was interrupted before"];

pub(super) fn read(text: &str, is_error: bool) -> ToldResult {
    let mut words = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    // `{"status":"denied","feedback":"..."}`, and behind an approval what the tool said.
    if text.starts_with('{')
        && let Some(Ok(status)) = words.next()
        && let Some(kind) = status["status"].as_str()
    {
        let rest = text[words.byte_offset()..].trim_start();
        let said = status["feedback"].as_str().map(str::to_owned);
        let output = || {
            let words = ["error", "message"].iter().filter_map(|name| status[*name].as_str());
            words.collect::<Vec<_>>().join("\n")
        };
        match kind {
            "denied" => return ToldResult { end: ToldEnd::Rejected, said, ..ToldResult::default() },
            "error" => return ToldResult { end: ToldEnd::Failed, output: output(), ..ToldResult::default() },
            "approved" => return ToldResult { said: said.or_else(|| said_in(rest)), ..read(rest, is_error) },
            _ => {}
        }
    }
    let said = said_in(text);
    if text.starts_with("The user denied this operation") {
        return ToldResult { end: ToldEnd::Rejected, said, ..ToldResult::default() };
    }
    if STOPPED.iter().any(|words| text.contains(words)) {
        return ToldResult { end: ToldEnd::Interrupted, ..ToldResult::default() };
    }
    let head: String = text.lines().take(3).collect::<Vec<_>>().join("\n");
    let code = head.split_once("Exit code: ").and_then(|(_, rest)| rest.lines().next()?.trim().parse().ok());
    let has_failed =
        is_error || code.is_some_and(|code: i32| code != 0) || FAILURES.iter().any(|words| head.contains(words));
    let runs_on = text.starts_with("Command is still running");
    let output = ["\nOutput:\n", "Here's the output so far:\n"].iter().find_map(|mark| Some(text.split_once(mark)?.1));
    ToldResult {
        end: if has_failed { ToldEnd::Failed } else { ToldEnd::Succeeded },
        exit_code: code,
        output: output.unwrap_or(text).to_owned(),
        said,
        runs_on,
    }
}

/// What a person said, among the words of the program.
pub(super) fn said_in(text: &str) -> Option<String> {
    let found = ["user_message", "feedback", "answer", "task"].iter().find_map(|name| {
        let (_, rest) = text.split_once(&format!("<{name}>"))?;
        Some(rest.rsplit_once(&format!("</{name}>"))?.0.trim().to_owned())
    });
    found.filter(|said| !said.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_a_call_ended_is_in_the_words() {
        for (text, end, code, output, said) in [
            ("{\"status\":\"denied\",\"feedback\":\"keep it\"}", ToldEnd::Rejected, None, "", Some("keep it")),
            (
                "{\"status\":\"denied\",\"message\":\"The user denied this operation.\"}",
                ToldEnd::Rejected,
                None,
                "",
                None,
            ),
            (
                "The user denied this operation and provided the following feedback:\n<feedback>\nno\n</feedback>",
                ToldEnd::Rejected,
                None,
                "",
                Some("no"),
            ),
            (
                "{\"status\":\"error\",\"message\":\"It failed\",\"error\":\"why\"}",
                ToldEnd::Failed,
                None,
                "why\nIt failed",
                None,
            ),
            (
                "{\"status\":\"approved\",\"feedback\":\"well\"}\nCommand executed.\nOutput:\na",
                ToldEnd::Succeeded,
                None,
                "a",
                Some("well"),
            ),
            (
                "Command executed in terminal within working directory '/w'. Command execution was not successful, inspect the cause and adjust as needed.\nExit code: 2\nOutput:\nbad",
                ToldEnd::Failed,
                Some(2),
                "bad",
                None,
            ),
            (
                "Command executed in terminal within working directory '/w'. Exit code: 0\nOutput:\nok",
                ToldEnd::Succeeded,
                Some(0),
                "ok",
                None,
            ),
            ("Task was interrupted before this tool call could be completed.", ToldEnd::Interrupted, None, "", None),
        ] {
            let expected = ToldResult {
                end,
                exit_code: code,
                output: output.to_owned(),
                said: said.map(str::to_owned),
                runs_on: false,
            };
            assert_eq!(read(text, false), expected, "{text}");
        }
        assert!(read("Command is still running in terminal.\nHere's the output so far:\nx", false).runs_on);
    }
}
