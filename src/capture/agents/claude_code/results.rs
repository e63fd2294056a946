//! How a call ended and what came back.

use std::borrow::Cow;

use super::fields::{ContentBlock, Denial, LineContext, ResultFacts, text};
use crate::capture::event::{CallEnd, EventKind, ResultEvent, ends_of};
use crate::capture::events::Events;
use crate::capture::injected::is_a_message;
use crate::capture::json::Value;
use crate::capture::values::text_of;
use crate::record::session::FailureKind;

const REFUSED: &str = "The user doesn't want to proceed with this tool use";
const NOT_NOW: &str = "The user doesn't want to take this action right now";
/// What newer versions write for a command that printed nothing.
const NO_OUTPUT: &str = "(Bash completed with no output)";
/// A call beside one that failed, in newer versions.
const CANCELLED: &str = "<tool_use_error>Cancelled: parallel tool call";
const SAID: &str = "the user said:\n";

/// What a line says about the result in it.
#[derive(Clone, Copy, Default)]
pub(super) struct ResultContext<'a> {
    pub(super) facts: ResultFacts<'a>,
    pub(super) denial: Denial<'a>,
}

pub(super) fn tool_result(
    block: &ContentBlock<'_>,
    about: ResultContext<'_>,
    place: LineContext<'_>,
    events: &mut Events,
) {
    let ResultContext { facts, denial } = about;
    let Some(call) = text(block.tool_use_id) else {
        return;
    };
    // What a successful reading or editing tool says is long, and no later step reads it.
    let unread = !block.is_error && (facts.of_a_file || events.is_wordless(call.as_bytes()));
    let output = if unread { Cow::Borrowed("") } else { text_of(block.content) };
    let output = if output == NO_OUTPUT { Cow::Borrowed("") } else { output };
    let (end, failure) = match (block.is_error, facts.interrupted) {
        (true, _) => denied(denial).unwrap_or_else(|| (flagged_end(&output, facts.words), None)),
        (false, true) => (CallEnd::Interrupted, None),
        (false, false) => (CallEnd::Succeeded, None),
    };
    let exit_code = output
        .strip_prefix("Exit code ")
        .filter(|_| block.is_error)
        .and_then(|rest| rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok());
    let waited = Waited::of(&output);
    let exit_code = exit_code.or(waited.exit_code);
    let end = match end {
        CallEnd::Succeeded if waited.exit_code.is_some_and(|code| code != 0) => CallEnd::Failed,
        end => end,
    };
    let process = text(facts.process).or_else(|| waited.still_runs.then(|| call.clone()));
    events.push(EventKind::Result(Box::new(ResultEvent {
        call,
        at: place.at,
        end,
        exit_code,
        output: ends_of(output),
        commit: text(facts.commit),
        answer: facts.answers.and_then(answers),
        process,
        failure,
    })));
}

/// What a call that asks for more of a command in the background says above the output.
#[derive(Default)]
struct Waited {
    exit_code: Option<i32>,
    still_runs: bool,
}

impl Waited {
    fn of(output: &str) -> Self {
        if !output.starts_with("<retrieval_status>") && !output.starts_with("<status>") {
            return Self::default();
        }
        let head = ["<output>", "<stdout>", "<stderr>"].iter().filter_map(|tag| output.find(tag)).min();
        let head = &output[..head.unwrap_or(output.len())];
        let exit_code =
            head.split_once("<exit_code>").and_then(|(_, rest)| rest.split('<').next()?.trim().parse().ok());
        Self { exit_code, still_runs: head.contains("<status>running</status>") }
    }
}

/// How a call ended that was denied, as far as the line says more than the words of the result, which are the same for all.
/// The kind is `user-rejected` also where a rule denied it and nobody was there.
fn denied(denial: Denial<'_>) -> Option<(CallEnd, Option<FailureKind>)> {
    let source = denial.decision.and_then(|decision| decision.member("source")).map(Value::bare);
    let reason = denial.feedback.and_then(Value::owned).map(|words| words.trim().to_owned());
    let reason = reason.filter(|reason| !reason.is_empty() && !is_a_message(reason));
    match source {
        _ if denial.kind != b"user-rejected" => None,
        Some(source) if !source.starts_with(b"user") => Some((CallEnd::Failed, Some(FailureKind::Permission))),
        _ if reason.is_some() => Some((CallEnd::Rejected { reason }, None)),
        // The words may say the reason.
        Some(_) => None,
        None if denial.before_run => Some((CallEnd::Rejected { reason: None }, None)),
        None => Some((CallEnd::Interrupted, None)),
    }
}

/// How a call with an error flag ended.
fn flagged_end(output: &str, result: Option<Value<'_>>) -> CallEnd {
    let refused =
        output.contains(REFUSED) || result.and_then(Value::text).is_some_and(|text| text == "User rejected tool use");
    if refused {
        let reason = output.split_once(SAID).map(|(_, reason)| reason.trim().to_owned());
        // Newer versions add a note of their own below the person's words.
        let reason = reason.map(|reason| match reason.split_once("\n\nNote: The user's next message") {
            Some((words, _)) => words.to_owned(),
            None => reason,
        });
        // An agent that refuses for a person gives the message of another agent as the reason.
        return CallEnd::Rejected { reason: reason.filter(|reason| !reason.is_empty() && !is_a_message(reason)) };
    }
    if output.contains(NOT_NOW) || output.contains("Sibling tool call errored") || output.contains(CANCELLED) {
        return CallEnd::Collateral;
    }
    if output.contains("[Request interrupted by user") {
        return CallEnd::Interrupted;
    }
    CallEnd::Failed
}

/// The person's answers, one a line. The questions are the agent's words and stand in its call.
pub(crate) fn answers(by_question: Value<'_>) -> Option<String> {
    let mut answers = Vec::new();
    let read = by_question.cursor().object(|cursor, _| {
        answers.extend(text(Some(cursor.value()?)));
        Ok(())
    });
    (read.is_ok() && !answers.is_empty()).then(|| answers.join("\n"))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::capture::assemble::assemble;
    use crate::capture::event::Event;
    use crate::capture::lines::read_lines;
    use crate::capture::readers::READERS;

    #[test]
    fn only_what_commands_print_and_what_fails_is_kept() {
        let call = |id, tool| {
            format!(
                r#"{{"type":"assistant","message":{{"content":[{{"type":"tool_use","id":"{id}","name":"{tool}","input":{{}}}}]}}}}"#
            )
        };
        let result = |id, is_error| {
            format!(
                r#"{{"type":"user","message":{{"content":[{{"type":"tool_result","tool_use_id":"{id}","is_error":{is_error},"content":"of {id}"}}]}}}}"#
            )
        };
        let calls = [call("1", "Bash"), call("2", "Grep"), call("3", "Grep")];
        let results = [result("1", false), result("2", false), result("3", true), result("of no call", false)];
        let events = read_lines(READERS[0], [calls.join("\n"), results.join("\n")].join("\n").as_bytes(), 1);
        let printed: Vec<&str> = events
            .iter()
            .filter_map(|event| match &event.0 {
                EventKind::Result(result) => Some(result.output.as_str()),
                _ => None,
            })
            .collect();
        assert_eq!(printed, ["of 1", "", "of 3", "of of no call"]);
    }

    #[test]
    fn an_answer_that_only_the_words_of_the_result_hold_is_read() {
        let asked = r#"{"type":"assistant","message":{"content":[{"type":"tool_use","id":"1","name":"AskUserQuestion","input":{"questions":[{"question":"Which colour?"}]}}]}}"#;
        let answered = r#"{"type":"user","message":{"content":[{"type":"tool_result","tool_use_id":"1","content":"User has answered your questions: \"Which colour?\"=\"blue\"."}]}}"#;
        let events = read_lines(READERS[0], [asked, answered].join("\n").as_bytes(), 1);
        let session = assemble(Path::new("a.jsonl"), &READERS[0].agent(), events);
        let prompts = session.turns.iter().filter_map(|turn| turn.prompt.as_ref());
        assert_eq!(prompts.map(|prompt| prompt.text.expose()).collect::<Vec<_>>(), ["blue"]);
    }

    #[test]
    fn damage_inside_a_result_costs_what_is_behind_it_and_not_the_line() {
        let line = r#"{"type":"user","toolUseResult":{"interrupted":true,"x" 1},"message":{"content":[{"type":"tool_result","tool_use_id":"1"}]}}"#;
        let events = read_lines(READERS[0], line.as_bytes(), 1);
        assert!(matches!(&events[..], [Event(EventKind::Result(result))] if result.end == CallEnd::Interrupted));
    }

    #[test]
    fn what_is_said_of_a_command_in_the_background_is_read_above_its_output() {
        for (output, expected) in [
            (
                "<retrieval_status>success</retrieval_status>\n\n<status>completed</status>\n\n<exit_code>1</exit_code>\n\n<output>\nx",
                (Some(1), false),
            ),
            ("<status>running</status>\n\n<stdout>\n<exit_code>1</exit_code>", (None, true)),
            ("printed <status>running</status>", (None, false)),
        ] {
            let waited = Waited::of(output);
            assert_eq!((waited.exit_code, waited.still_runs), expected, "{output}");
        }
    }
}
