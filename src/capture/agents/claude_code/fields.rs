//! The fields of a line that are read, and nothing else of it.

use jiff::Timestamp;

use crate::capture::event::shorten;
use crate::capture::json::{self, Cursor, Read, Value};

/// The fields of a line that are wanted, by their foreign names.
#[derive(Default)]
pub(crate) struct TranscriptLine<'a> {
    pub(crate) kind: &'a [u8],
    pub(crate) uuid: &'a [u8],
    pub(crate) parent_uuid: &'a [u8],
    pub(crate) session_id: Option<Value<'a>>,
    pub(crate) version: Option<Value<'a>>,
    pub(crate) cwd: Option<Value<'a>>,
    pub(crate) git_branch: Option<Value<'a>>,
    pub(crate) timestamp: Option<Value<'a>>,
    pub(crate) agent_id: Option<Value<'a>>,
    pub(crate) is_sidechain: bool,
    pub(crate) is_meta: bool,
    pub(crate) is_compact_summary: bool,
    pub(crate) is_api_error: bool,
    pub(crate) origin: Option<Value<'a>>,
    pub(crate) prompt_source: Option<Value<'a>>,
    pub(crate) plan_content: Option<Value<'a>>,
    pub(crate) message: ApiMessage<'a>,
    pub(crate) result: ResultFacts<'a>,
    pub(super) denial: Denial<'a>,
    pub(super) progress: Progress<'a>,
    pub(crate) attachment: Option<Value<'a>>,
    pub(crate) subtype: &'a [u8],
    pub(crate) operation: &'a [u8],
    pub(crate) content: Option<Value<'a>>,
}

#[derive(Default)]
pub(crate) struct ApiMessage<'a> {
    pub(crate) id: Option<Value<'a>>,
    pub(crate) model: Option<Value<'a>>,
    pub(crate) usage: Option<Value<'a>>,
    pub(crate) text: Option<Value<'a>>,
    pub(crate) blocks: Vec<ContentBlock<'a>>,
}

/// The `data` of a line of progress, and the line of a subagent inside it.
#[derive(Default)]
pub(crate) struct Progress<'a> {
    pub(crate) kind: &'a [u8],
    pub(crate) damaged: bool,
    pub(crate) inner_kind: &'a [u8],
    pub(crate) message: ApiMessage<'a>,
    pub(crate) result: ResultFacts<'a>,
}

#[derive(Default)]
pub(crate) struct ContentBlock<'a> {
    pub(crate) kind: &'a [u8],
    pub(crate) text: Option<Value<'a>>,
    pub(crate) id: Option<Value<'a>>,
    pub(crate) name: Option<Value<'a>>,
    pub(crate) input: Option<Value<'a>>,
    pub(crate) tool_use_id: Option<Value<'a>>,
    pub(crate) content: Option<Value<'a>>,
    pub(crate) is_error: bool,
}

/// What a line says about itself, handed on to everything in it.
#[derive(Clone, Copy)]
pub(crate) struct LineContext<'a> {
    pub(crate) at: Option<Timestamp>,
    pub(crate) cwd: Option<Value<'a>>,
    pub(crate) subagent: bool,
    pub(crate) nested: bool,
}

pub(crate) fn parse_line(text: &[u8]) -> Read<TranscriptLine<'_>> {
    let mut line = TranscriptLine::default();
    json::whole_object(text, |cursor, key| {
        match key {
            b"type" => line.kind = cursor.value()?.bare(),
            b"uuid" => line.uuid = cursor.value()?.bare(),
            b"parentUuid" => line.parent_uuid = cursor.value()?.bare(),
            b"sessionId" => line.session_id = Some(cursor.value()?),
            b"version" => line.version = Some(cursor.value()?),
            b"cwd" => line.cwd = Some(cursor.value()?),
            b"gitBranch" => line.git_branch = Some(cursor.value()?),
            b"timestamp" => line.timestamp = Some(cursor.value()?),
            b"agentId" => line.agent_id = Some(cursor.value()?),
            b"isSidechain" => line.is_sidechain = cursor.value()?.is_true(),
            b"isMeta" => line.is_meta = cursor.value()?.is_true(),
            b"isCompactSummary" => line.is_compact_summary = cursor.value()?.is_true(),
            b"isApiErrorMessage" => line.is_api_error = cursor.value()?.is_true(),
            b"origin" => line.origin = Some(cursor.value()?),
            b"promptSource" => line.prompt_source = Some(cursor.value()?),
            b"planContent" => line.plan_content = Some(cursor.value()?),
            // A second copy of each message as it was sent (2.1.332).
            b"message" if line.kind.starts_with(b"api-request") => drop(cursor.value()?),
            b"message" => line.message = parse_message(cursor)?,
            b"toolUseResult" => line.result = parse_result_facts(cursor)?,
            b"toolDenialKind" => line.denial.kind = cursor.value()?.bare(),
            b"toolDenialBeforeRun" => line.denial.before_run = cursor.value()?.is_true(),
            b"userFeedback" => line.denial.feedback = Some(cursor.value()?),
            b"permissionDecision" => line.denial.decision = Some(cursor.value()?),
            b"data" => line.progress = parse_progress(cursor)?,
            b"attachment" => line.attachment = Some(cursor.value()?),
            b"subtype" => line.subtype = cursor.value()?.bare(),
            b"operation" => line.operation = cursor.value()?.bare(),
            b"content" => line.content = Some(cursor.value()?),
            _ => {}
        }
        Ok(())
    })?;
    Ok(line)
}

pub(crate) fn parse_message<'a>(cursor: &mut Cursor<'a>) -> Read<ApiMessage<'a>> {
    let mut message = ApiMessage::default();
    cursor.object(|cursor, key| {
        match key {
            b"id" => message.id = Some(cursor.value()?),
            b"model" => message.model = Some(cursor.value()?),
            b"usage" => message.usage = Some(cursor.value()?),
            b"content" if cursor.starts_with(b'[') => {
                cursor.array(|cursor| {
                    message.blocks.push(parse_block(cursor)?);
                    Ok(())
                })?;
            }
            b"content" => message.text = Some(cursor.value()?),
            _ => {}
        }
        Ok(())
    })?;
    Ok(message)
}

pub(crate) fn parse_progress<'a>(cursor: &mut Cursor<'a>) -> Read<Progress<'a>> {
    let mut progress = Progress::default();
    let whole = cursor.object_in_part(|cursor, key| {
        match key {
            b"type" => progress.kind = cursor.value()?.bare(),
            b"message" => cursor.object(|cursor, key| {
                match key {
                    b"type" => progress.inner_kind = cursor.value()?.bare(),
                    b"message" => progress.message = parse_message(cursor)?,
                    b"toolUseResult" => progress.result = parse_result_facts(cursor)?,
                    _ => {}
                }
                Ok(())
            })?,
            _ => {}
        }
        Ok(())
    })?;
    progress.damaged = !whole;
    Ok(progress)
}

pub(crate) fn parse_block<'a>(cursor: &mut Cursor<'a>) -> Read<ContentBlock<'a>> {
    let mut block = ContentBlock::default();
    cursor.object(|cursor, key| {
        match key {
            b"type" => block.kind = cursor.value()?.bare(),
            b"text" => block.text = Some(cursor.value()?),
            b"id" => block.id = Some(cursor.value()?),
            b"name" => block.name = Some(cursor.value()?),
            b"input" => block.input = Some(cursor.value()?),
            b"tool_use_id" => block.tool_use_id = Some(cursor.value()?),
            b"content" => block.content = Some(cursor.value()?),
            b"is_error" => block.is_error = cursor.value()?.is_true(),
            _ => {}
        }
        Ok(())
    })?;
    Ok(block)
}

pub(crate) fn id_of(bare: &[u8]) -> u64 {
    if bare.is_empty() { 0 } else { shorten(bare) }
}

pub(crate) fn text(value: Option<Value<'_>>) -> Option<String> {
    value.and_then(Value::owned).filter(|text| !text.is_empty())
}

/// What a line says about a call that was not carried out, or not to its end (2.1.332).
#[derive(Clone, Copy, Default)]
pub(crate) struct Denial<'a> {
    pub(super) kind: &'a [u8],
    /// Stopped at the question.
    pub(super) before_run: bool,
    /// What the person said to it.
    pub(super) feedback: Option<Value<'a>>,
    /// `{"decision": "reject", "source": "user_reject"}`
    pub(super) decision: Option<Value<'a>>,
}

/// What a `toolUseResult` adds to the text of the result.
#[derive(Clone, Copy, Default)]
pub(crate) struct ResultFacts<'a> {
    /// All of it, where it is not an object.
    pub(super) words: Option<Value<'a>>,
    pub(super) commit: Option<Value<'a>>,
    pub(super) answers: Option<Value<'a>>,
    pub(super) process: Option<Value<'a>>,
    pub(super) interrupted: bool,
    /// A tool that reads, lists or edits files. What comes behind the name of the file is not looked at.
    pub(super) of_a_file: bool,
}

pub(crate) fn parse_result_facts<'a>(cursor: &mut Cursor<'a>) -> Read<ResultFacts<'a>> {
    let mut facts = ResultFacts::default();
    if !cursor.starts_with(b'{') {
        facts.words = Some(cursor.value()?);
        return Ok(facts);
    }
    cursor.object_in_part(|cursor, key| {
        match key {
            _ if facts.of_a_file => {}
            b"gitOperation" => {
                facts.commit = cursor.value()?.member("commit").and_then(|commit| commit.member("sha"));
            }
            // A command, or a subagent.
            b"backgroundTaskId" | b"agentId" => facts.process = Some(cursor.value()?),
            b"answers" => facts.answers = Some(cursor.value()?),
            b"interrupted" => facts.interrupted = cursor.value()?.is_true(),
            b"file" | b"filenames" | b"filePath" => facts.of_a_file = true,
            _ => {}
        }
        Ok(())
    })?;
    Ok(facts)
}
