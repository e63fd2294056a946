//! What a session did, step by step: calls as activities, with how they ended, how long they took and what they touched.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::super::activities::command::{Part, within};
use super::super::activities::{
    ASK, Activities, DELEGATE, ELSEWHERE, EXPLORE, PLAN, PROMPT, REFUSED, SCRATCH, SKILL, UNKNOWN,
};
use crate::checks::classify::classify_command;
use crate::checks::end;
use crate::checks::output::{failure_in, summary_line};
use crate::checks::telling::{readable, telling_lines, tells_something};
use crate::record::contribution::CheckKind;
use crate::record::execution::{Actor, ExecutionStatus, Phase};
use crate::record::own_tools::is_own_tool;
use crate::record::prompts::Prompts;
use crate::record::quote::Quote;
use crate::record::session::{Action, Change, Edit, FailureKind, Outcome, PromptSource, Session, ToolCall};
use crate::record::text::{Clean, Raw};

/// So many characters are kept of what a check says, and of a prompt.
const WIDTH: usize = 160;

/// What is asked while steps are made. `clean` redacts.
pub(crate) struct Making<'a> {
    pub(crate) rules: &'a Activities,
    /// The work trees, each with `/` at the end.
    pub(crate) roots: Vec<String>,
    pub(crate) prompts: Prompts,
    /// A record keeps names and ends, and no word of a command or of what it said; of what is only effort not even its end.
    pub(crate) is_for_record: bool,
    pub(crate) clean: &'a mut dyn FnMut(Raw) -> Clean,
}

/// One thing that was done in a session. Texts are clean.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct SessionStep {
    pub(crate) activity: String,
    pub(crate) phase: Option<Phase>,
    pub(crate) also: Vec<String>,
    /// The command of each of `also`; empty where none is known.
    pub(crate) also_commands: Vec<String>,
    pub(crate) actor: Actor,
    pub(crate) tool: String,
    pub(crate) command: String,
    /// The activity of a call that a person refused; empty for one that ran.
    pub(crate) refused: String,
    /// Commands in it that no rule knows.
    pub(crate) unknown: Vec<String>,
    /// Programs in it that were looked at.
    pub(crate) programs: u32,
    pub(crate) output: String,
    pub(crate) note: String,
    pub(crate) status: ExecutionStatus,
    pub(crate) failure: Option<FailureKind>,
    /// Unix time in milliseconds.
    pub(crate) at: Option<i64>,
    pub(crate) duration: Option<u32>,
    pub(crate) files: Vec<String>,
    /// Of the call in the session, from 1; 0 for a prompt.
    pub(crate) number: u32,
    /// The commit that it made, as far as the output says: an id, mostly the beginning of one, and the subject.
    pub(crate) commit: Option<(String, String)>,
    /// The pull request that it opened, by its address.
    pub(crate) pull_request: Option<String>,
}

/// Everything that a session did, in order of time. What it did in turns that the person took back is left out.
pub(crate) fn steps(session: &Session, making: &mut Making<'_>) -> Vec<SessionStep> {
    making.roots.extend(session.cwds.iter().map(|cwd| format!("{}/", cwd.replace('\\', "/").trim_end_matches('/'))));
    let mut found = Vec::new();
    let mut number = 0;
    for turn in &session.turns {
        number += u32::from(turn.abandoned) * u32::try_from(turn.calls.len()).unwrap_or(0);
        if turn.abandoned {
            continue;
        }
        if let Some(prompt) = turn.said().filter(|_| !turn.away) {
            found.push(prompt_step(prompt.at, &prompt.text, prompt.source, making));
        }
        for call in &turn.calls {
            number += 1;
            if let Some(step) = call_step(call, making) {
                found.push(SessionStep { number, ..step });
            }
        }
    }
    making.roots.truncate(making.roots.len() - session.cwds.len());
    in_order(found)
}

/// In order of time; what has none stays behind what came before it.
fn in_order(steps: Vec<SessionStep>) -> Vec<SessionStep> {
    let mut last = i64::MIN;
    let mut keyed: Vec<(i64, SessionStep)> = Vec::with_capacity(steps.len());
    for step in steps {
        last = step.at.unwrap_or(last);
        keyed.push((last, step));
    }
    keyed.sort_by_key(|(at, _)| *at);
    keyed.into_iter().map(|(_, step)| step).collect()
}

fn prompt_step(at: Option<Timestamp>, text: &Raw, source: PromptSource, making: &mut Making<'_>) -> SessionStep {
    let line = text.expose().lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let skill = (source == PromptSource::Slash).then(|| line.split_whitespace().next().unwrap_or_default());
    let skill = skill.filter(|name| name.starts_with('/') && name.len() <= 64).map(str::to_owned);
    let note = match making.prompts {
        Prompts::None => String::new(),
        _ => (making.clean)(Quote::new(text.expose(), [line], WIDTH).into()).to_string(),
    };
    let activity = if skill.is_some() { SKILL } else { PROMPT };
    SessionStep {
        activity: activity.to_owned(),
        phase: making.rules.phase(activity),
        actor: Actor::Person,
        // The name of a command is the agent's, not the person's words.
        tool: skill.map(|name| (making.clean)(Raw::new(name)).to_string()).unwrap_or_default(),
        note,
        at: at.map(Timestamp::as_millisecond),
        ..SessionStep::default()
    }
}

/// `None` for a call that never ran.
fn call_step(call: &ToolCall, making: &mut Making<'_>) -> Option<SessionStep> {
    if call.outcome == Outcome::Collateral || is_own_tool(&call.tool) {
        return None;
    }
    let mut step = SessionStep { actor: Actor::Agent, tool: tool_name(&call.tool), ..SessionStep::default() };
    step.at = call.at.map(Timestamp::as_millisecond);
    step.duration = duration(call);
    match &call.action {
        Action::Shell { command, .. } => shell(&mut step, command, &call.outcome, making),
        Action::Edit(edits) => edit(&mut step, edits, making),
        Action::Ask { .. } => ASK.clone_into(&mut step.activity),
        Action::Delegate { .. } => DELEGATE.clone_into(&mut step.activity),
        Action::Text { .. } => named_by_tool(&mut step, &call.tool, PLAN, making),
        Action::Elsewhere { .. } => ELSEWHERE.clone_into(&mut step.activity),
        Action::Other => named_by_tool(&mut step, &call.tool, UNKNOWN, making),
    }
    ended(&mut step, call, making);
    step.phase = making.rules.phase(&step.activity);
    step.tool = (making.clean)(Raw::new(std::mem::take(&mut step.tool))).to_string();
    Some(step)
}

/// A tool of a server as its name, whatever form an agent gives it: `mcp__github__create_issue` is `mcp:github`.
fn tool_name(tool: &str) -> String {
    match tool.strip_prefix("mcp__").and_then(|rest| rest.split_once("__")) {
        Some((server, _)) => format!("mcp:{server}"),
        None => tool.to_owned(),
    }
}

fn named_by_tool(step: &mut SessionStep, tool: &str, otherwise: &str, making: &Making<'_>) {
    let rules = making.rules;
    let found = rules.tools.find(tool).map(|(id, _)| rules.name(id).to_owned());
    step.programs = 1;
    step.activity = match found {
        Some(activity) => activity,
        // A server's tool is known by its name, and what it is for is not.
        None if tool.starts_with("mcp__") => "use tool".to_owned(),
        None => {
            if otherwise == UNKNOWN {
                step.unknown.push(format!("tool {tool}"));
            }
            otherwise.to_owned()
        }
    };
}

fn shell(step: &mut SessionStep, command: &Raw, outcome: &Outcome, making: &mut Making<'_>) {
    let found = if !making.is_for_record {
        making.rules.of_command(command.expose(), &making.roots)
    } else if making.rules.is_plain_look(command.expose()) {
        EXPLORE.clone_into(&mut step.activity);
        return;
    } else {
        making.rules.names_in_command(command.expose(), &making.roots)
    };
    let Some(main) = found.main() else {
        step.activity = making.rules.shell().to_owned();
        return;
    };
    making.rules.name_of(main).clone_into(&mut step.activity);
    for part in others(making.rules, &found.parts, main) {
        step.also.push(making.rules.name_of(part).to_owned());
        step.also_commands.push((making.clean)(Raw::new(part.template.clone())).to_string());
    }
    step.programs = u32::try_from(found.parts.len()).unwrap_or(u32::MAX);
    step.command = (making.clean)(Raw::new(main.template.clone())).to_string();
    let unknown = found.parts.iter().filter(|part| part.activity.is_none());
    step.unknown = unknown.map(|part| (making.clean)(Raw::new(part.template.clone())).to_string()).collect();
    step.tool.clone_from(&main.program);
    step.files = found.parts.iter().flat_map(|part| part.files.iter().cloned()).collect();
    step.files.sort();
    step.files.dedup();
    let output = match outcome {
        Outcome::Succeeded { output, commit } => {
            step.commit = commit.clone().map(|id| (id, String::new()));
            output
        }
        Outcome::Failed { output, .. } | Outcome::Running { output } => output,
        _ => return,
    };
    let failed = matches!(outcome, Outcome::Failed { .. });
    if making.rules.phase(&step.activity) == Some(Phase::Commit) && !failed {
        step.commit = printed_commit(output.expose()).or(step.commit.take());
    }
    if making.rules.phase(&step.activity) == Some(Phase::Publish) && !failed {
        step.pull_request = printed_pull_request(output.expose());
    }
    checked(step, command, (output, failed), making);
}

/// The first part of each other activity of a call, in their order.
fn others<'a>(rules: &Activities, parts: &'a [Part], main: &Part) -> Vec<&'a Part> {
    let mut others: Vec<&Part> = Vec::new();
    for part in parts.iter().filter(|part| part.activity != main.activity && part.activity.is_some()) {
        let is_new = others.iter().all(|other| other.activity != part.activity);
        if rules.name_of(part) != rules.shell() && is_new {
            others.push(part);
        }
    }
    others
}

/// What a check said, and whether it failed behind a pipe.
fn checked(step: &mut SessionStep, command: &Raw, (output, failed): (&Raw, bool), making: &mut Making<'_>) {
    let Some(strongest) = classify_command(command.expose()) else { return };
    let (text, printed) = (command.expose(), output.expose());
    let told = failure_in(text, printed);
    if told.is_some() && !failed {
        step.status = ExecutionStatus::Failed;
    }
    let kind = told.unwrap_or(strongest);
    if failed || told.is_some() {
        step.failure = Some(failure_of(kind));
    } else if end::is_seen(kind, text, printed) && !end::is_known_to_run_nothing(kind, text, printed) {
        step.status = ExecutionStatus::Succeeded;
    }
    if making.is_for_record {
        return;
    }
    let plain = readable(printed);
    let has_failed = failed || told.is_some();
    let mut lines = if has_failed { telling_lines(&plain) } else { Vec::new() };
    if lines.is_empty() {
        lines.extend(summary_line(&plain).filter(|line| !has_failed || tells_something(line)));
    }
    if !lines.is_empty() {
        step.output = (making.clean)(Quote::new(&plain, lines, WIDTH).folded().into()).to_string();
    }
}

fn failure_of(kind: CheckKind) -> FailureKind {
    match kind {
        CheckKind::Test => FailureKind::Tests,
        CheckKind::Build => FailureKind::Build,
        CheckKind::Lint | CheckKind::TypeCheck | CheckKind::Format | CheckKind::Script => FailureKind::Lint,
        CheckKind::Told => FailureKind::Other,
    }
}

/// What an edit is: of several files the activity that most of them have, of equals the weightiest.
fn edit(step: &mut SessionStep, edits: &[Edit], making: &Making<'_>) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for edit in edits {
        let Some(path) = within(&edit.path, &making.roots) else { continue };
        let Some((id, _)) = making.rules.paths.find(&path) else { continue };
        *counts.entry(making.rules.name(id)).or_default() += 1;
        step.files.push(path);
        if let Change::Move { to } = &edit.change {
            step.files.extend(within(to, &making.roots));
        }
    }
    step.files.sort();
    step.files.dedup();
    let weight = |name: &str| making.rules.id(name);
    let most = counts.iter().max_by(|(a, left), (b, right)| left.cmp(right).then(weight(b).cmp(&weight(a))));
    step.activity = most.map_or(SCRATCH, |(name, _)| *name).to_owned();
    let others = counts.keys().filter(|name| **name != step.activity);
    step.also = others.map(|name| (*name).to_owned()).collect();
}

/// How the call ended, where the check did not say so already.
fn ended(step: &mut SessionStep, call: &ToolCall, making: &mut Making<'_>) {
    let is_check = step.phase.or_else(|| making.rules.phase(&step.activity)) == Some(Phase::Verify);
    match &call.outcome {
        Outcome::Succeeded { .. } if step.status == ExecutionStatus::NotKnown && !is_check => {
            step.status = ExecutionStatus::Succeeded;
        }
        Outcome::Failed { kind, .. } => {
            step.status = ExecutionStatus::Failed;
            step.failure = step.failure.or(Some(*kind));
        }
        Outcome::Rejected { reason } => {
            step.status = ExecutionStatus::Stopped;
            // Nothing of it was done, so it is no execution of what was meant.
            step.refused = std::mem::replace(&mut step.activity, REFUSED.to_owned());
            step.also.clear();
            step.also_commands.clear();
            step.files.clear();
            let reason = reason.as_ref().filter(|_| making.prompts != Prompts::None);
            if let Some(reason) = reason {
                let line = reason.expose().lines().next().unwrap_or_default();
                step.note = (making.clean)(Quote::new(reason.expose(), [line], WIDTH).into()).to_string();
            }
        }
        Outcome::Interrupted => step.status = ExecutionStatus::Stopped,
        _ => {}
    }
}

fn duration(call: &ToolCall) -> Option<u32> {
    let took = call.ended_at?.as_millisecond().checked_sub(call.at?.as_millisecond())?;
    u32::try_from(took).ok()
}

/// The id and subject that git prints: `[main 1a2b3c4] Add discounts`, the last of several.
fn printed_commit(output: &str) -> Option<(String, String)> {
    let line = |line: &str| {
        let (head, subject) = line.trim().strip_prefix('[')?.split_once("] ")?;
        let id = head.rsplit(' ').next().filter(|_| head.contains(' '))?;
        let is_id = (7..=40).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_id.then(|| (id.to_owned(), subject.to_owned()))
    };
    output.lines().rev().find_map(line)
}

/// The address of a pull request that a command printed: the last line that is one.
fn printed_pull_request(output: &str) -> Option<String> {
    let is_address = |word: &&str| {
        let is_web = word.starts_with("https://") || word.starts_with("http://");
        let parts: Vec<&str> = word.trim_end_matches('/').rsplit('/').collect();
        let number =
            parts.first().is_some_and(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
        is_web && number && parts.get(1).is_some_and(|kind| matches!(*kind, "pull" | "pulls" | "merge_requests"))
    };
    output.split_whitespace().rev().find(is_address).map(str::to_owned)
}
