//! Writes JSON lines: an object an event, with everything that is known of it and of its run. What is not known has no key.

use std::io::{self, Write};

use serde::Serialize;

use super::outgoing::{LeftOut, Selection};
use crate::process::tally::actor_text;
use crate::record::execution::{CaseKind, DurationKind, Execution, ExecutionLog, ExecutionStatus, Run, Symbol};
use crate::record::json;
use crate::record::session::FailureKind;

#[derive(Serialize)]
pub(super) struct Line<'a> {
    run: &'a str,
    /// What one run is of.
    case_kind: CaseKind,
    #[serde(skip_serializing_if = "str::is_empty")]
    process: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    process_why: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    agent: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    agent_version: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    model: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sessions: Vec<&'a str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    branch: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    commits: Vec<&'a str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    pull_request: &'a str,
    step: &'a str,
    /// Other activities of the same call.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    also: Vec<&'a str>,
    /// RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_ms: Option<u32>,
    duration_kind: DurationKind,
    #[serde(skip_serializing_if = "String::is_empty")]
    actor: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    tool: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    command: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    input: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    output: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    note: &'a str,
    status: ExecutionStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<FailureKind>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    files: Vec<&'a str>,
    /// Where it stands.
    #[serde(skip_serializing_if = "str::is_empty")]
    source: &'a str,
}

/// Events without a time are written as well: a line says nothing of the order.
pub(super) fn write(selection: &Selection<'_>, out: &mut dyn Write) -> io::Result<LeftOut> {
    let mut left = LeftOut::default();
    let Selection { log, traces, .. } = *selection;
    for trace in &traces.traces {
        let run = &log.runs[trace.run as usize];
        left.empty_runs += u64::from(trace.steps.is_empty());
        for step in &trace.steps {
            let line = Line::of(log, run, traces.label(step.label), &log.events[step.first as usize]);
            writeln!(out, "{}", json::line(&line)?)?;
        }
    }
    Ok(left)
}

impl<'a> Line<'a> {
    fn of(log: &'a ExecutionLog, run: &Run, step: &'a str, event: &Execution) -> Self {
        let text = |symbol: Symbol| log.text(symbol);
        let texts = |symbols: &[Symbol]| symbols.iter().map(|symbol| log.text(*symbol)).collect();
        Self {
            run: text(run.id),
            case_kind: run.case,
            process: text(run.process),
            process_why: text(run.process_why),
            agent: text(run.agent),
            agent_version: text(run.agent_version),
            model: text(run.model),
            sessions: texts(&run.sessions),
            branch: text(run.branch),
            commits: texts(&run.commits),
            pull_request: text(run.pull_request),
            step,
            also: texts(&event.also),
            at: event.at().map(|at| at.to_string()),
            duration_ms: event.duration_ms,
            duration_kind: event.duration_kind,
            actor: actor_text(event.actor, log.text(event.actor_name)),
            tool: text(event.tool),
            command: text(event.command),
            input: text(event.input),
            output: text(event.output),
            note: text(event.note),
            status: event.status,
            failure: event.failure,
            files: texts(&event.files),
            source: text(event.source),
        }
    }
}
