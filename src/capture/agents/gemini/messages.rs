//! What a message says: a person's prompt, or an answer with its calls.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use super::calls;
use super::history::{GeminiHistory, HistoryStep, owned, texts};
use crate::capture::event::{EventKind, PromptEvent, SessionFacts, Standing, UsageEvent};
use crate::capture::events::Events;
use crate::capture::injected::is_a_message;
use crate::capture::json::Value;
use crate::capture::time::time;
use crate::record::session::{PromptSource, Skip, Tokens};

/// What is told of the work at the beginning, and once more after a call that was refused.
const CONTEXT: &str = "<session_context>";
/// What the program itself says in the person's place.
const OWN: &[&str] = &["System: Please continue.", "You have stopped calling tools without finishing"];

/// Tells all of a session. `root` is the folder that it was begun in, as far as files beside it say.
pub(super) fn tell(history: &GeminiHistory<'_>, parent: Option<String>, root: Option<String>, events: &mut Events) {
    let about = history.about;
    let mut directories = Vec::new();
    if let Some(list) = about.directories {
        let _ = list.cursor().array(|cursor| {
            directories.extend(cursor.value()?.owned());
            Ok(())
        });
    }
    let is_subagent = about.kind == b"subagent";
    let cwd = directories.into_iter().next().or(root).or_else(|| history.steps.iter().find_map(workspace));
    events.about(SessionFacts {
        session: owned(about.session),
        other: parent.filter(|_| is_subagent),
        cwd: cwd.clone(),
        subagent: is_subagent,
        ..SessionFacts::default()
    });
    let mut teller = Teller { cwd, is_subagent, ..Teller::default() };
    for (place, step) in history.steps.iter().enumerate() {
        match step {
            HistoryStep::Message(message) => teller.message(place, *message, events),
            HistoryStep::Rewind(from) => teller.rewind(*from, events),
        }
    }
    for line in &history.skipped {
        events.push(EventKind::Skipped(Skip { line: *line, why: "damaged JSON".to_owned() }));
    }
}

#[derive(Default)]
struct Teller<'a> {
    cwd: Option<String>,
    is_subagent: bool,
    /// The steps that were prompts, and are not taken back.
    prompts: Vec<usize>,
    said: HashSet<String>,
    /// The message that each call is of: a script of calls may count from the start.
    calls: HashMap<&'a [u8], usize>,
}

impl<'a> Teller<'a> {
    fn message(&mut self, place: usize, message: Value<'a>, events: &mut Events) {
        let at = message.member("timestamp").and_then(|at| time(at.bare()));
        at.into_iter().for_each(|at| events.saw(at));
        let id = owned(message.member("id"));
        match message.member("type").map(Value::bare) {
            Some(b"user") => {
                let repeats = texts(message.member("content")).iter().any(|text| is_context(text));
                let Some(text) = typed(message) else { return };
                // A subagent is asked once.
                let is_further = self.is_subagent && !self.prompts.is_empty();
                if is_further || (repeats && self.said.contains(&text)) {
                    return;
                }
                self.said.insert(text.clone());
                self.prompts.push(place);
                events.push(prompt(id, at, text));
            }
            Some(b"gemini") => self.answer(place, message, id, events),
            // Written where the person pressed Escape.
            Some(b"info") if owned(message.member("content")).is_some_and(|text| text == "Request cancelled.") => {
                events.push(EventKind::Interrupt { id, at });
            }
            _ => {}
        }
    }

    fn answer(&mut self, place: usize, message: Value<'a>, id: Option<String>, events: &mut Events) {
        if let Some(model) = owned(message.member("model")) {
            events.model(model.into());
        }
        let text = texts(message.member("content")).join("\n");
        if !text.trim().is_empty() {
            events.push(EventKind::Reply { text });
        }
        if let Some(tokens) = message.member("tokens").filter(|tokens| tokens.is_object()) {
            events.usage(UsageEvent { message: id.clone(), tokens: counted(tokens) });
        }
        if let Some(list) = message.member("toolCalls") {
            let _ = list.cursor().array(|cursor| {
                let call = cursor.value()?;
                let own = call.member("id").map(Value::bare).unwrap_or_default();
                let is_anew = *self.calls.entry(own).or_insert(place) != place;
                let of = id.as_deref().filter(|_| is_anew);
                calls::tell(call, of, self.cwd.as_deref(), events);
                Ok(())
            });
        }
    }

    /// The person went back to the message of a step, which is gone with all that followed.
    fn rewind(&mut self, from: usize, events: &mut Events) {
        let kept = self.prompts.partition_point(|place| *place < from);
        let turns = u32::try_from(self.prompts.len() - kept).unwrap_or(0);
        self.prompts.truncate(kept);
        if turns > 0 {
            events.push(EventKind::Rollback { turns });
        }
    }
}

fn prompt(id: Option<String>, at: Option<Timestamp>, text: String) -> EventKind {
    // A path is not a command: it has more than one slash.
    let is_command = text
        .strip_prefix('/')
        .and_then(|rest| rest.split_whitespace().next())
        .is_some_and(|name| name.starts_with(|c: char| c.is_ascii_lowercase()) && !name.contains(['/', '.']));
    let source = if is_command { PromptSource::Slash } else { PromptSource::Typed };
    let standing = Standing::Sure;
    EventKind::Prompt(Box::new(PromptEvent { id, at, text, source, parent: 0, standing, away: false }))
}

fn is_context(text: &str) -> bool {
    text.trim_start().starts_with(CONTEXT)
}

/// What a person typed, without what the program put beside it; `None` for a message without any of it.
fn typed(message: Value<'_>) -> Option<String> {
    let shown = texts(message.member("displayContent"));
    let parts = if shown.is_empty() { texts(message.member("content")) } else { shown };
    // The files that a prompt names with `@` follow it.
    let own = parts.iter().take_while(|part| !part.trim_start().starts_with("--- Content from referenced files ---"));
    let own: Vec<&str> = own.map(|part| part.trim()).filter(|part| !part.is_empty() && !is_context(part)).collect();
    let text = own.join("\n");
    let is_own = !text.is_empty() && !OWN.iter().any(|own| text.starts_with(own)) && !is_a_message(&text);
    is_own.then_some(text)
}

/// The folder that the context of a session names.
fn workspace(step: &HistoryStep<'_>) -> Option<String> {
    let HistoryStep::Message(message) = step else { return None };
    let texts =
        texts(message.member("content").filter(|_| message.member("type").is_some_and(|kind| kind.bare() == b"user")));
    let context = texts.iter().find(|text| is_context(text) || text.starts_with("This is the Gemini CLI."))?;
    let behind = ["Workspace Directories:**\n  - ", "working in the directory: ", "the following directories:\n  - "];
    let (_, rest) = behind.iter().find_map(|words| context.split_once(words))?;
    rest.lines().next().map(|path| path.trim().to_owned()).filter(|path| !path.is_empty())
}

/// The service counts what it read from its cache as input, too, and thoughts beside the output.
fn counted(tokens: Value<'_>) -> Tokens {
    let count = |name: &str| tokens.member(name).and_then(Value::count).unwrap_or(0);
    let cache_read = count("cached");
    let input = (count("input") + count("tool")).saturating_sub(cache_read);
    Tokens { input, output: count("output") + count("thoughts"), cache_read, cache_write: 0 }
}
