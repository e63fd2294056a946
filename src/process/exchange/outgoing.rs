//! What is written of a log, in whatever format: the runs with a name each, their events in order of time, and no character
//! that a reader of another language stumbles over.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::process::tally::actor_text;
use crate::process::trace::Traces;
use crate::record::execution::{Execution, ExecutionLog, ExecutionStatus, Run};

/// Runs of a log and how they are told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Selection<'a> {
    pub log: &'a ExecutionLog,
    /// The process that they are runs of, if it is one.
    pub process: Option<&'a str>,
    /// Each run with what its events are called.
    pub traces: &'a Traces,
}

/// What the format has no place for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LeftOut {
    /// Most readers stop at an event without a time, or put it anywhere.
    pub events_without_time: u64,
    /// A log of traces has none that are empty.
    pub empty_runs: u64,
}

/// A run as it is written.
pub(super) struct OutRun<'a> {
    pub(super) run: &'a Run,
    pub(super) name: String,
    pub(super) events: Vec<OutEvent<'a>>,
}

pub(super) struct OutEvent<'a> {
    pub(super) activity: Cow<'a, str>,
    pub(super) event: &'a Execution,
    /// RFC 3339; empty where no time is known.
    pub(super) time: String,
}

impl<'a> Selection<'a> {
    /// The runs one after the other; events without a time are left out and counted.
    pub(super) fn runs(&self, left: &'a mut LeftOut) -> impl Iterator<Item = OutRun<'a>> + use<'a> {
        let Self { log, traces, .. } = *self;
        let mut names = Names::default();
        traces.traces.iter().filter_map(move |trace| {
            let run = &log.runs[trace.run as usize];
            let mut events: Vec<OutEvent<'a>> = Vec::with_capacity(trace.steps.len());
            for step in &trace.steps {
                let event = &log.events[step.first as usize];
                match event.at() {
                    Some(at) => {
                        events.push(OutEvent { activity: clean(traces.label(step.label)), event, time: at.to_string() })
                    }
                    None => left.events_without_time += 1,
                }
            }
            if events.is_empty() {
                left.empty_runs += 1;
                return None;
            }
            Some(OutRun { run, name: names.unique(&clean(log.text(run.id))), events })
        })
    }
}

impl OutEvent<'_> {
    /// The attributes that are known, by the names that they have in every format.
    pub(super) fn attributes(&self, log: &ExecutionLog) -> Vec<(&'static str, String)> {
        let event = self.event;
        let failure = event.failure.and_then(|kind| serde_json::to_value(kind).ok());
        let texts = [
            ("org:resource", actor_text(event.actor, log.text(event.actor_name))),
            ("status", status(event.status).to_owned()),
            ("failure", failure.and_then(|kind| kind.as_str().map(str::to_owned)).unwrap_or_default()),
            ("tool", log.text(event.tool).to_owned()),
            ("command", log.text(event.command).to_owned()),
            ("input", log.text(event.input).to_owned()),
            ("output", log.text(event.output).to_owned()),
            ("note", log.text(event.note).to_owned()),
            ("duration_ms", event.duration_ms.map(|duration| duration.to_string()).unwrap_or_default()),
        ];
        let known = texts.into_iter().filter(|(_, text)| !text.is_empty());
        known.map(|(name, text)| (name, clean(&text).into_owned())).collect()
    }
}

/// The names of [`OutEvent::attributes`], in their order.
pub(super) const ATTRIBUTES: &[&str] =
    &["org:resource", "status", "failure", "tool", "command", "input", "output", "note", "duration_ms"];

fn status(status: ExecutionStatus) -> &'static str {
    match status {
        ExecutionStatus::Succeeded => "ok",
        ExecutionStatus::Failed => "error",
        ExecutionStatus::Stopped => "stopped",
        ExecutionStatus::NotKnown => "",
    }
}

/// Names that were given: two runs of one name are one case to most readers.
#[derive(Default)]
struct Names(HashSet<String>);

impl Names {
    fn unique(&mut self, name: &str) -> String {
        let name = if name.trim().is_empty() { "run" } else { name };
        let numbered = |number: u64| if number == 1 { name.to_owned() } else { format!("{name} ({number})") };
        let free = (1..).map(numbered).find(|name| !self.0.contains(name)).expect("there are names without end");
        self.0.insert(free.clone());
        free
    }
}

/// `text` without control characters and those that XML has no place for; line ends and tabs become blanks.
pub(super) fn clean(text: &str) -> Cow<'_, str> {
    let is_bad = |c: char| c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}');
    if !text.contains(is_bad) {
        return Cow::Borrowed(text);
    }
    let visible = text.chars().filter_map(|c| match c {
        '\n' | '\t' | '\r' => Some(' '),
        c if is_bad(c) => None,
        c => Some(c),
    });
    Cow::Owned(visible.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_is_given_twice() {
        let mut names = Names::default();
        let given: Vec<String> = ["a", "a", "a (2)", "", "a"].map(|name| names.unique(name)).to_vec();
        assert_eq!(given, ["a", "a (2)", "a (2) (2)", "run", "a (3)"]);
    }

    #[test]
    fn control_characters_are_taken_out() {
        assert_eq!(clean("a\tb\r\nc\u{0}\u{1b}[31m\u{ffff}\u{85}d"), "a b  c[31md");
    }
}
