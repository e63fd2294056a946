//! `backstory sessions`: what was found on this machine, one line a transcript.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Result;
use jiff::Timestamp;
use serde::Serialize;

use crate::capture::{self, Transcript};
use crate::checks::output::failure_in;
use crate::context::{Context, Ending};
use crate::output::for_terminal;
use crate::record::agent::Agent;
use crate::record::own_tools::is_own_tool;
use crate::record::session::{Action, FailureKind, Outcome, Prompt, PromptSource, Session, Tokens, ToolCall};
use crate::record::text::{Clean, Raw, beginning};
use crate::recorder::agent_folders::{places, unread};
use crate::recorder::{page, workplace};
use crate::redact::{RedactionOptions, Redactor};

/// Lists the sessions of coding agents
#[derive(Debug, clap::Args)]
pub struct SessionsArgs {
    /// Read the transcripts in this folder or archive (.zip, .tgz, .tar.zst) instead of those of this home
    #[arg(long, value_name = "PATH")]
    sessions: Option<PathBuf>,
    /// One JSON object a line, with counts
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(sessions: &SessionsArgs, context: &mut Context<'_>) -> Result<Ending> {
    for problem in workplace::map_agents(context.environment).said() {
        context.output.message(&problem);
    }
    let named = match &sessions.sessions {
        Some(dir) => capture::find_named_by_person(&context.environment.cwd.join(dir)),
        None => capture::find(&places(context.environment)).into(),
    };
    let mut left_out = named.problems.len();
    for problem in &named.problems {
        context.output.message(&format!("{} {}", problem.path.display(), problem.message));
    }
    let home = context.environment.home.as_ref().map(|home| home.to_string_lossy().into_owned());
    let redactor = Redactor::new(RedactionOptions { home, ..RedactionOptions::default() })?;
    // Paths are to be found again, and keep their home.
    let names = Redactor::new(RedactionOptions::default())?;
    let (mut rows, errors) = read_all(&named.found, &redactor);
    left_out += errors.len();
    for error in errors {
        context.output.message(&error);
    }
    rows.sort_by(|a, b| b.started_at.cmp(&a.started_at).then_with(|| a.path.cmp(&b.path)));
    for row in &mut rows {
        row.path = named.shown(Path::new(&row.path)).to_string_lossy().into_owned();
        row.clean_names(&names);
        if sessions.json {
            page::write_json_line(context.output, row)?;
        } else {
            context.output.line(&row_for_people(row))?;
        }
    }
    for said in newer_versions(&rows) {
        context.output.message(&said);
    }
    let home = context.environment.home.as_deref().filter(|_| sessions.sessions.is_none());
    for (agent, places) in home.map(unread).unwrap_or_default() {
        let places: Vec<String> = places.iter().map(|place| place.display().to_string()).collect();
        context.output.message(&format!("what {} keeps in {} is not read", agent.title, places.join(", ")));
    }
    if rows.is_empty() && !sessions.json {
        context.output.message("no sessions were found: name a folder of transcripts with --sessions PATH");
    }
    if left_out > 0 {
        context.output.message(&format!("{left_out} of {} files were left out, see above", rows.len() + left_out));
    }
    Ok(Ending::Done)
}

/// A line for each agent of which a session was written by a newer version than this program knows.
fn newer_versions(rows: &[SessionRow]) -> Vec<String> {
    let mut newer: BTreeMap<Agent, (&str, &str, usize)> = BTreeMap::new();
    for row in rows {
        let (Some(agent), Some(version)) = (Agent::parse(&row.agent), row.agent_version.as_deref()) else { continue };
        if let Some(known) = capture::newer_than_known(&agent, version) {
            newer.entry(agent).or_insert((version, known, 0)).2 += 1;
        }
    }
    let line = |(agent, (version, known, count)): (Agent, (&str, &str, usize))| {
        format!(
            "{} of {} {version}: the newest version tested is {known}, so what is new may be missing",
            page::counted(count, "session"),
            agent.title()
        )
    };
    newer.into_iter().map(line).collect()
}

/// Reads and counts one transcript at a time on each core, so that only the counts stay in memory.
fn read_all(found: &[Transcript], redactor: &Redactor) -> (Vec<SessionRow>, Vec<String>) {
    let next = AtomicUsize::new(0);
    let results = Mutex::new((Vec::new(), Vec::new()));
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(8);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut buffer = Vec::new();
                while let Some(transcript) = found.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let read = capture::read_with(&transcript.path, &mut buffer)
                        .map(|sessions| sessions.iter().map(|session| count(session, redactor)).collect::<Vec<_>>());
                    let mut results = results.lock().expect("no thread panics while it holds the results");
                    match read {
                        Ok(rows) => results.0.extend(rows),
                        Err(error) => results.1.push(format!("{error:#}")),
                    }
                }
            });
        }
    });
    let (rows, mut errors) = results.into_inner().expect("no thread panics while it holds the results");
    errors.sort();
    (rows, errors)
}

/// What is said about one transcript, in JSON.
#[derive(Debug, Serialize)]
struct SessionRow {
    agent: String,
    agent_version: Option<String>,
    session: String,
    path: String,
    cwd: Option<String>,
    branch: Option<String>,
    started_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
    models: Vec<String>,
    subagent: bool,
    prompts: Vec<PromptRow>,
    tool_calls: u32,
    edits: u32,
    /// Calls with an error flag: failures, rejections, and calls that were not run because of another one.
    errors: u32,
    failures: BTreeMap<FailureKind, u32>,
    rejections: u32,
    rejections_with_reason: u32,
    interrupts: u32,
    failed_checks: FailedChecks,
    tokens: Tokens,
    skipped: Vec<crate::record::session::Skip>,
}

impl SessionRow {
    /// Takes out of names what is not one: a token may stand in a branch, an id or a path.
    fn clean_names(&mut self, redactor: &Redactor) {
        let clean = |name: &mut String| {
            let text = redactor.text(Raw::new(std::mem::take(name))).0;
            text.as_str().clone_into(name);
        };
        [&mut self.session, &mut self.path].into_iter().for_each(clean);
        let stated = [&mut self.agent_version, &mut self.cwd, &mut self.branch].into_iter().flatten();
        stated.chain(&mut self.models).for_each(clean);
        self.skipped.iter_mut().for_each(|skip| clean(&mut skip.why));
    }
}

#[derive(Debug, Serialize)]
struct PromptRow {
    at: Option<Timestamp>,
    source: PromptSource,
    text: Clean,
}

#[derive(Debug, Default, Serialize)]
struct FailedChecks {
    /// With an error flag or an exit code.
    flagged: u32,
    /// Only the output says so.
    hidden: u32,
}

fn count(session: &Session, redactor: &Redactor) -> SessionRow {
    let subagent = capture::is_subagent(session);
    let mut row = SessionRow {
        agent: session.agent.to_string(),
        agent_version: session.agent_versions.last().cloned(),
        session: session.id.clone(),
        path: session.path.to_string_lossy().into_owned(),
        cwd: session.cwds.first().cloned(),
        branch: session.branch.clone(),
        started_at: session.started_at,
        ended_at: session.ended_at,
        models: session.models.clone(),
        subagent,
        prompts: session
            .turns
            .iter()
            .filter_map(|turn| turn.prompt.as_ref())
            .map(|prompt| prompt_row(prompt, redactor))
            .collect(),
        tool_calls: 0,
        edits: 0,
        errors: 0,
        failures: BTreeMap::new(),
        rejections: 0,
        rejections_with_reason: 0,
        interrupts: session.turns.iter().map(|turn| u32::try_from(turn.interrupts.len()).unwrap_or(u32::MAX)).sum(),
        failed_checks: FailedChecks::default(),
        tokens: session.tokens,
        skipped: session.skipped.clone(),
    };
    // A subagent's calls inside its parent's transcript are not the session's own.
    for call in session.turns.iter().flat_map(|turn| &turn.calls).filter(|call| subagent || !call.subagent) {
        count_call(call, &mut row);
    }
    row
}

fn prompt_row(prompt: &Prompt, redactor: &Redactor) -> PromptRow {
    PromptRow { at: prompt.at, source: prompt.source, text: redactor.text(prompt.text.clone()).0 }
}

fn count_call(call: &ToolCall, row: &mut SessionRow) {
    row.tool_calls += 1;
    if is_own_tool(&call.tool) {
        return;
    }
    match &call.outcome {
        Outcome::Succeeded { output, .. } => {
            row.edits += u32::from(matches!(call.action, Action::Edit(_)));
            if let Action::Shell { command, .. } = &call.action
                && failure_in(command.expose(), output.expose()).is_some()
            {
                row.failed_checks.hidden += 1;
            }
        }
        Outcome::Failed { kind, .. } => {
            row.errors += 1;
            *row.failures.entry(*kind).or_default() += 1;
            let of_check = matches!(kind, FailureKind::Tests | FailureKind::Lint | FailureKind::Build);
            row.failed_checks.flagged += u32::from(of_check);
        }
        Outcome::Rejected { reason } => {
            row.errors += 1;
            row.rejections += 1;
            row.rejections_with_reason += u32::from(reason.is_some());
        }
        Outcome::Collateral => row.errors += 1,
        Outcome::Pending | Outcome::Running { .. } | Outcome::Interrupted => {}
    }
}

fn row_for_people(row: &SessionRow) -> String {
    let start = row.started_at.map_or_else(String::new, |at| at.strftime("%Y-%m-%d %H:%M").to_string());
    let first = row.prompts.first().map_or("", |prompt| prompt.text.as_str().lines().next().unwrap_or(""));
    let id: String = row.session.chars().take(8).collect();
    let failed = row.failures.values().sum::<u32>();
    let line = format!(
        "{start:16}  {:12} {id:8} {:>3} prompts {:>4} calls {:>3} edits {failed:>3} failed  {}",
        row.agent,
        row.prompts.len(),
        row.tool_calls,
        row.edits,
        beginning(first, 60).0,
    );
    for_terminal(line.trim_end())
}
