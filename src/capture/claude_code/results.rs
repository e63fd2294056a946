//! How a call ended and what came back.

use std::borrow::Cow;

use super::super::event::{End, Events, Kind, ResultEvent, ends_of};
use super::super::json::{self, Cursor, Read, Value};
use super::{Block, Place, text};

const REFUSED: &str = "The user doesn't want to proceed with this tool use";
const NOT_NOW: &str = "The user doesn't want to take this action right now";
const SAID: &str = "the user said:\n";

pub(super) fn tool_result(block: &Block<'_>, result: Option<Value<'_>>, place: Place<'_>, events: &mut Events) {
    let Some(call) = text(block.tool_use_id) else {
        return;
    };
    let facts = result.filter(|result| result.is_object()).map(result_facts).unwrap_or_default();
    // What a successful reading or editing tool says is long, and no later step reads it.
    let output = if facts.of_a_file && !block.is_error { Cow::Borrowed("") } else { content_text(block.content) };
    let end = match (block.is_error, facts.interrupted) {
        (true, _) => flagged_end(&output, result),
        (false, true) => End::Interrupted,
        (false, false) => End::Succeeded,
    };
    let exit_code = output
        .strip_prefix("Exit code ")
        .filter(|_| block.is_error)
        .and_then(|rest| rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok());
    events.push(Kind::Result(ResultEvent {
        call,
        at: place.at,
        end,
        exit_code,
        output: ends_of(output),
        commit: facts.commit,
        answer: facts.answer,
        process: facts.process,
    }));
}

/// How a call with an error flag ended.
fn flagged_end(output: &str, result: Option<Value<'_>>) -> End {
    let refused =
        output.contains(REFUSED) || result.and_then(Value::text).is_some_and(|text| text == "User rejected tool use");
    if refused {
        let reason = output.split_once(SAID).map(|(_, reason)| reason.trim().to_owned());
        // Newer versions add a note of their own below the person's words.
        let reason = reason.map(|reason| match reason.split_once("\n\nNote: The user's next message") {
            Some((words, _)) => words.to_owned(),
            None => reason,
        });
        return End::Rejected { reason: reason.filter(|reason| !reason.is_empty()) };
    }
    if output.contains(NOT_NOW) || output.contains("Sibling tool call errored") {
        return End::Collateral;
    }
    if output.contains("[Request interrupted by user") {
        return End::Interrupted;
    }
    End::Failed
}

/// What a `toolUseResult` adds to the text of the result.
#[derive(Default)]
struct ResultFacts {
    commit: Option<String>,
    answer: Option<String>,
    process: Option<String>,
    interrupted: bool,
    /// A tool that reads, lists or edits files.
    of_a_file: bool,
}

fn result_facts(result: Value<'_>) -> ResultFacts {
    let mut facts = ResultFacts::default();
    let _ = result.cursor().object(|cursor, key| {
        match key {
            b"gitOperation" => {
                let commit = cursor.value()?.member("commit").and_then(|commit| commit.member("sha"));
                facts.commit = text(commit);
            }
            b"backgroundTaskId" => facts.process = text(Some(cursor.value()?)),
            b"answers" => facts.answer = answers(cursor)?,
            b"interrupted" => facts.interrupted = cursor.value()?.is_true(),
            b"file" | b"filenames" | b"filePath" => {
                facts.of_a_file = true;
                // Nothing else in such a result is wanted: the walk ends here.
                return Err(json::Broken);
            }
            _ => {}
        }
        Ok(())
    });
    facts
}

/// The person's answers, one a line; a single answer stands alone, several behind their questions.
fn answers(cursor: &mut Cursor<'_>) -> Read<Option<String>> {
    let mut answers = Vec::new();
    cursor.object(|cursor, question| {
        if let Some(answer) = text(Some(cursor.value()?)) {
            answers.push((json::decode(question).into_owned(), answer));
        }
        Ok(())
    })?;
    Ok(match answers.as_slice() {
        [] => None,
        [(_, answer)] => Some(answer.clone()),
        several => Some(several.iter().map(|(q, a)| format!("{q} {a}")).collect::<Vec<_>>().join("\n")),
    })
}

/// The text of a result: a string, or the text blocks of a list.
pub(super) fn content_text(content: Option<Value<'_>>) -> Cow<'_, str> {
    let Some(content) = content else {
        return Cow::Borrowed("");
    };
    if let Some(text) = content.text() {
        return text;
    }
    let mut parts = Vec::new();
    let _ = content.cursor().array(|cursor| {
        parts.extend(cursor.value()?.member("text").and_then(Value::text));
        Ok(())
    });
    Cow::Owned(parts.join("\n"))
}
