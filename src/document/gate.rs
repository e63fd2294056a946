//! What `check` prints: for people worst first, with what to type next; for programs under a schema (version 1,
//! `docs/schema/check.v1.json`).

use serde::Serialize;

use super::terminal_page::{BOLD, DIM, ID, PLAIN, TerminalPage, WARN, shortened};
use crate::record::policy::{Allowance, Rule};
use crate::record::verdict::{Finding, Hint, Score, Severity, Step, Verdict, What};
use crate::text::ids::short;

/// Findings, steps, commits and files that are shown.
const FINDINGS: usize = 15;
const STEPS: usize = 6;
const COMMITS: usize = 3;
const FILES: usize = 3;

/// The verdict on a range, for programs.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CheckReport {
    /// Version of this format: 1.
    pub backstory: u32,
    pub result: CheckOutcome,
    pub commits: u32,
    /// Commits on which an agent worked, or that one signed.
    pub agent_commits: u32,
    /// Worst first.
    pub findings: Vec<FindingRow>,
    /// `null` where no agent is known to have worked on the range.
    pub score: Option<Score>,
    /// What to type, least effort first.
    pub steps: Vec<Step>,
    /// What a reviewer must look at, in plain text.
    pub checklist: Vec<String>,
    /// Notes in `refs/notes/backstory` that are not ours or are damaged.
    pub unreadable: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum CheckOutcome {
    Pass,
    Warn,
    Fail,
}

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FindingRow {
    pub severity: Severity,
    pub rule: Rule,
    /// Ids, oldest first.
    pub commits: Vec<String>,
    /// In words, on one line. It quotes names and paths from outside: escape it where it is shown.
    pub message: String,
    pub what: What,
}

pub fn check(verdict: &Verdict, checklist: Vec<String>, unreadable: u32) -> CheckReport {
    CheckReport {
        backstory: 1,
        result: outcome(verdict),
        commits: verdict.commits,
        agent_commits: verdict.agent_commits,
        findings: findings(verdict),
        score: verdict.score.clone(),
        steps: verdict.steps.clone(),
        checklist,
        unreadable,
    }
}

/// The findings in words, worst first.
pub fn findings(verdict: &Verdict) -> Vec<FindingRow> {
    let row = |finding: &Finding| FindingRow {
        severity: finding.severity,
        rule: finding.rule,
        commits: finding.commits.clone(),
        message: sentence(finding),
        what: finding.what.clone(),
    };
    verdict.findings.iter().map(row).collect()
}

fn outcome(verdict: &Verdict) -> CheckOutcome {
    match verdict.worst() {
        None => CheckOutcome::Pass,
        Some(Severity::Warn) => CheckOutcome::Warn,
        Some(Severity::Fail) => CheckOutcome::Fail,
    }
}

/// For people.
pub fn page(verdict: &Verdict) -> TerminalPage {
    let mut page = TerminalPage::default();
    for finding in verdict.findings.iter().take(FINDINGS) {
        let (style, word) = match finding.severity {
            Severity::Fail => (WARN, "fail"),
            Severity::Warn => (BOLD, "warn"),
        };
        page.put(style, word).put(DIM, format!("  {}  ", finding.rule.name()));
        page.put(PLAIN, shortened(&sentence(finding))).put(DIM, " (");
        page.put(ID, commits(&finding.commits)).put(DIM, ")").end();
    }
    if verdict.findings.len() > FINDINGS {
        page.line(DIM, format!("and {} more findings, all with --json", verdict.findings.len() - FINDINGS));
    }
    steps(&mut page, verdict);
    if let Some(score) = &verdict.score {
        page.put(PLAIN, "documented: ").put(BOLD, format!("{} of 100", score.points));
        let missing: Vec<String> = score
            .parts
            .iter()
            .filter(|part| part.points < part.of)
            .map(|part| format!("{} {}/{}", part.rule.name(), part.points, part.of))
            .collect();
        let missing = if missing.is_empty() { String::new() } else { format!(" ({})", missing.join(", ")) };
        page.put(DIM, missing).end();
    }
    page.line(PLAIN, summary(verdict));
    page
}

/// The last line: how it ended, and on how many commits.
fn summary(verdict: &Verdict) -> String {
    let found = |severity| verdict.findings.iter().filter(|finding| finding.severity == severity).count();
    let (fails, warns) = (found(Severity::Fail), found(Severity::Warn));
    let all = counted(verdict.commits as usize, "commit");
    let result = match (fails, warns) {
        (0, 0) if verdict.agent_commits == 0 => return format!("no agent is known to have worked on {all}"),
        (0, 0) => "nothing to complain of".to_owned(),
        (0, _) => format!("passed with {}", counted(warns, "warning")),
        (_, 0) => format!("failed: {}", counted(fails, "finding")),
        (_, _) => format!("failed: {}, and {}", counted(fails, "finding"), counted(warns, "warning")),
    };
    format!("{result}; {} of {all} with agents", verdict.agent_commits)
}

fn steps(page: &mut TerminalPage, verdict: &Verdict) {
    if verdict.steps.is_empty() {
        return;
    }
    page.line(PLAIN, "to improve it, least effort first:");
    for step in verdict.steps.iter().take(STEPS) {
        let gain = if step.gain > 0 { format!("+{}", step.gain) } else { "-".to_owned() };
        for (number, command) in step.commands.iter().enumerate() {
            page.put(DIM, format!("  {:>4} ", if number == 0 { gain.as_str() } else { "" }))
                .put(PLAIN, command.clone());
            if let Some(hint) = step.hint.filter(|_| number == 0) {
                page.put(DIM, format!("  # {}", hint_words(hint, step)));
            }
            page.end();
        }
    }
    if verdict.steps.len() > STEPS {
        page.line(DIM, format!("       and {} more, all with --json", verdict.steps.len() - STEPS));
    }
}

fn hint_words(hint: Hint, step: &Step) -> String {
    let ids = commits(&step.commits);
    let is_rebase = step.commands.first().is_some_and(|command| command.starts_with("git rebase"));
    let reword = if is_rebase { format!("mark {ids} `reword`, then ") } else { String::new() };
    match hint {
        Hint::WhereTheSessionsAre => "where the sessions are".to_owned(),
        Hint::MarkEdit if step.commits.len() == 1 => format!("mark {ids} `edit`"),
        Hint::MarkEdit => format!("mark `edit`, then for each of them: {ids}"),
        Hint::DeleteTheLine => format!("{reword}delete the line"),
        Hint::WriteTheTrailer => format!("{reword}write the trailer"),
    }
}

/// `a1b2c3d, b2c3d4e and 4 more`.
fn commits(ids: &[String]) -> String {
    some(ids.iter().map(|id| short(id).to_owned()), ids.len(), COMMITS)
}

fn files(paths: &[String]) -> String {
    some(paths.iter().cloned(), paths.len(), FILES)
}

fn some(names: impl Iterator<Item = String>, all: usize, most: usize) -> String {
    let shown: Vec<String> = names.take(most).collect();
    let more = if all > most { format!(" and {} more", all - most) } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// A finding in words.
fn sentence(finding: &Finding) -> String {
    let several = finding.commits.len() != 1;
    let (messages, it) = if several { ("the messages do", "them") } else { ("the message does", "it") };
    match &finding.what {
        What::ForbiddenAgent { agent } => format!("{} may not be used here", agent.title()),
        What::ProtectedPaths { agent, sure, lines, files: paths } => {
            let (agent, lines) = (agent.title(), counted(*lines as usize, "line"));
            match sure {
                true => format!("{agent} wrote {lines} where no agent may: {}", files(paths)),
                false => {
                    format!("who wrote {lines} where no agent may is not known, and {agent} signed: {}", files(paths))
                }
            }
        }
        What::ForbiddenTrailer { key, values, agent } => match values.as_slice() {
            [] => {
                let agent = agent.as_ref().map_or("", |agent| agent.title());
                format!("a line `{key}` that names {agent} may not be there")
            }
            [value] => format!("`{key}: {value}` may not be there"),
            [value, ..] => format!("`{key}` may not be there, {} values such as `{value}`", values.len()),
        },
        What::MissingTrailer { key, found: Some(value) } => format!("`{key}: {value}` has not the required form"),
        What::MissingTrailer { key, found: None } => format!("{messages} not have the required trailer `{key}`"),
        What::NoSession { agent, unread: true } => {
            format!(
                "made in a session of {} whose transcript was not read: how it was made is not known",
                agent.title()
            )
        }
        What::NoSession { agent, unread: false } => {
            format!("signed by {}, but no session was found: how it was made is not known", agent.title())
        }
        What::NotDeclared { agent, mentioned: false } => {
            format!("{messages} not name {}, which worked on {it}", agent.title())
        }
        What::NotDeclared { agent, mentioned: true } => {
            format!("{} is named in a line that git does not read as a trailer", agent.title())
        }
        What::NoVersion { agent } => format!("neither the version nor the model of {} is known", agent.title()),
        What::NotVerified { files: paths, .. } if !paths.is_empty() => {
            format!("{} changed after the last check that passed: {}", counted(paths.len(), "file"), files(paths))
        }
        What::NotVerified { untested, .. } if !untested.is_empty() => {
            format!("nothing passed that is known to have run on {} as committed", files(untested))
        }
        What::NotVerified { .. } => "nothing is known to have been checked after the last edit".to_owned(),
        What::UnknownLines { lines, of, most, files: paths } => {
            let most = match most {
                Allowance::Lines(lines) => lines.to_string(),
                Allowance::Percent(percent) => format!("{percent} %"),
            };
            let percent = u64::from(*lines) * 100 / u64::from((*of).max(1));
            format!(
                "{lines} of {of} added lines ({percent} %) are of unknown origin, {most} may be; most in {}",
                files(paths)
            )
        }
        What::NoReason { corrections, files: paths } => {
            let places = if paths.is_empty() { String::new() } else { format!(": {}", files(paths)) };
            format!("{} by hand without a reason{places}", counted(*corrections as usize, "correction"))
        }
        What::NoExplanation { attempts, tried } => {
            let (noun, first) = if *attempts == 1 { ("attempt was", "") } else { ("attempts were", "first ") };
            let tried = shortened(tried.as_str());
            format!("{attempts} {noun} refused or failed, and nothing says why or how it went on: {first}{tried}")
        }
        What::NoPrompt => "what the agent was asked is not kept".to_owned(),
    }
}
