//! ATIF, the format for agents' trajectories (Harbor; version 1.7, which all of its readers take): one file per conversation. A record
//! keeps the steps that tell something, not all of them: `notes` says so. What the format has no place for stands under `extra`, as
//! `docs/training.md` says.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use crate::export::chat::{APPLY, SHELL, tools};
use crate::export::conversation::{Conversation, ConversationCommit, visible};
use crate::export::format::{Format, Layout, Row};
use crate::export::metadata::{self, correction_note, with_fraction};
use crate::record::contribution::{AttemptKind, Check, CheckKind, FailedAttempt};
use crate::record::json;
use crate::record::text::Clean;

pub(super) struct Atif;

const NOTES: &str = "Selected steps: what was asked, what failed, which checks ran and what was committed. Other steps of the session are not recorded.";

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Trajectory"))]
struct Trajectory {
    /// `ATIF-v1.7`.
    schema_version: &'static str,
    session_id: String,
    agent: AtifAgent,
    /// Numbered from 1.
    steps: Vec<AtifStep>,
    notes: &'static str,
    /// `commits`, `corrections`, and under `metadata` what every row says of itself.
    extra: Value,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct AtifAgent {
    name: String,
    /// Empty where it is not known: the format insists on it.
    version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    model_name: Option<String>,
    tool_definitions: Vec<Value>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct AtifStep {
    step_id: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<String>,
    /// `user` or `agent`.
    source: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_calls: Vec<AtifCall>,
    #[serde(skip_serializing_if = "Option::is_none")]
    observation: Option<Observation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    extra: Option<Value>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct AtifCall {
    tool_call_id: String,
    function_name: &'static str,
    arguments: Value,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Observation {
    results: Vec<ObservationResult>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ObservationResult {
    source_call_id: String,
    content: String,
}

impl Format for Atif {
    fn name(&self) -> &'static str {
        "atif"
    }

    fn help(&self) -> &'static str {
        "Trajectories of Harbor (ATIF 1.7), a file per conversation, with failed attempts and checks as steps"
    }

    fn layout(&self) -> Layout {
        Layout::Files("json")
    }

    fn of_conversation(&self, conversation: &Conversation<'_>) -> serde_json::Result<Vec<Row>> {
        let one = conversation.last().contribution;
        let mut steps: Vec<AtifStep> = conversation.commits.iter().flat_map(steps).collect();
        steps.iter_mut().zip(1..).for_each(|(step, number)| {
            step.step_id = number;
            name_calls(step, number);
        });
        let about = metadata::of_conversation(conversation, self.name(), "");
        let corrections = conversation.commits.iter().flat_map(|commit| &commit.contribution.corrections);
        let corrections = corrections.map(correction_note).map(serde_json::to_value).collect::<Result<Vec<_>, _>>()?;
        let trajectory = Trajectory {
            schema_version: "ATIF-v1.7",
            session_id: about.session_id.clone(),
            agent: AtifAgent {
                name: one.agent.to_string(),
                version: one.agent_version.clone().unwrap_or_default(),
                model_name: one.models.last().cloned(),
                tool_definitions: tools(),
            },
            steps,
            notes: NOTES,
            extra: json!({"commits": about.commits, "base_commit": about.base_commit, "corrections": corrections}),
        };
        let content = json::line(&trajectory)?;
        let metadata = about.with_content(&content);
        Ok(vec![Row::draft(content, metadata)])
    }

    #[cfg(test)]
    fn schema(&self) -> schemars::Schema {
        crate::export::testing::schema::<Trajectory>()
    }
}

/// What is recorded of the way to one commit, by time; what has none stands where it is told.
fn steps(commit: &ConversationCommit<'_>) -> Vec<AtifStep> {
    let mut steps: Vec<(Option<Timestamp>, AtifStep)> = Vec::new();
    steps.extend(commit.asked.iter().map(|prompt| (prompt.at, step("user", visible(prompt.text.as_str().trim())))));
    steps.extend(commit.attempts.iter().filter(|one| one.is_told()).map(|one| (one.at, failed(one))));
    let checks = commit.contribution.checks.iter().filter(|check| check.kind != CheckKind::Told);
    steps.extend(checks.map(|check| (check.at, checked(check))));
    // A stable sort by the last time that is known keeps what has none behind what stands before it.
    let mut last = None;
    let mut keyed: Vec<(Option<Timestamp>, AtifStep)> = Vec::with_capacity(steps.len());
    for (at, mut one) in steps {
        last = at.or(last);
        one.timestamp = at.map(with_fraction);
        keyed.push((last, one));
    }
    keyed.sort_by_key(|(at, _)| *at);
    let mut steps: Vec<AtifStep> = keyed.into_iter().map(|(_, step)| step).collect();
    let patch = called(APPLY, visible(commit.patch.text.as_str()), "applied".to_owned());
    let subject = visible(commit.entry.subject.as_str());
    steps.push(AtifStep {
        message: subject,
        timestamp: Some(with_fraction(commit.record.committed_at)),
        extra: Some(json!({"commit": commit.entry.id, "whole_commit": commit.patch.is_whole})),
        ..patch
    });
    steps
}

fn step(source: &'static str, message: String) -> AtifStep {
    AtifStep { step_id: 0, timestamp: None, source, message, tool_calls: Vec::new(), observation: None, extra: None }
}

/// A step of the agent with one call. Its id is given when the step has its number.
fn called(tool: &'static str, input: String, printed: String) -> AtifStep {
    AtifStep {
        tool_calls: vec![AtifCall {
            tool_call_id: String::new(),
            function_name: tool,
            arguments: json!({"input": input}),
        }],
        observation: Some(Observation {
            results: vec![ObservationResult { source_call_id: String::new(), content: printed }],
        }),
        ..step("agent", String::new())
    }
}

fn name_calls(step: &mut AtifStep, number: usize) {
    for call in &mut step.tool_calls {
        call.tool_call_id = format!("call-{number}");
    }
    for result in step.observation.iter_mut().flat_map(|observation| &mut observation.results) {
        result.source_call_id = format!("call-{number}");
    }
}

fn failed(attempt: &FailedAttempt<Clean>) -> AtifStep {
    let text = |text: &Option<Clean>| text.as_ref().map(|text| visible(text.as_str())).unwrap_or_default();
    let extra = json!({"failed_attempt": {
        "kind": serde_json::to_value(attempt.kind).unwrap_or_default(), "tries": attempt.tries,
        "why": text(&attempt.why), "why_from": attempt.why_from.map_or("", |from| from.name()), "change": text(&attempt.change)
    }});
    let is_command = matches!(attempt.kind, AttemptKind::Failed(_));
    let made = if is_command {
        called(SHELL, visible(attempt.tried.as_str()), text(&attempt.error))
    } else {
        step("agent", visible(attempt.tried.as_str()))
    };
    AtifStep { extra: Some(extra), ..made }
}

fn checked(check: &Check<Clean>) -> AtifStep {
    let printed = check.summary.as_ref().map(|summary| visible(summary.as_str())).unwrap_or_default();
    let extra = json!({"verification": {
        "kind": check.kind.name(), "result": check.result.name(), "covers_the_commit": check.covers_the_commit()
    }});
    AtifStep { extra: Some(extra), ..called(SHELL, visible(check.command.as_str()), printed) }
}
