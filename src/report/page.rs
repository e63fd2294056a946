//! A report as one HTML file that needs nothing beside it: no network, no server, no clock. Its policy lets no other style and no
//! other script run than its own, by their digests.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minijinja::context;
use minijinja::value::{Serde, Value};

use super::chart::{ColumnChart, columns};
use super::compare::ReportComparison;
use super::figures::{PeriodFigures, TeamReport};
use crate::record::agent::Agent;
use crate::text::digest::sha256_bytes;
use crate::text::html::fill_html;

// Without a line end: the Nu checker leaves one out of the digest, which browsers do not (findings/).
const STYLE: &str = include_str!("../../templates/report/style.css").trim_ascii_end();
const SCRIPT: &str = include_str!("../../templates/report/filter.js").trim_ascii_end();
const REPORT: &str =
    concat!(include_str!("../../templates/report/macros.html"), include_str!("../../templates/report/report.html"));
const COMPARISON: &str =
    concat!(include_str!("../../templates/report/macros.html"), include_str!("../../templates/report/compare.html"));

/// Agents that have a pattern of their own in the pictures; the others are one.
const MOST_AGENTS: usize = 4;
/// Files that are listed, and of each other list so many rows, where not everything is asked for.
const MOST_FILES: usize = 100;
const MOST_ROWS: usize = 40;
/// Commits that are named behind a figure.
const MOST_COMMITS: usize = 12;

/// The page of a report. `all_files` lists each file; else those with most to tell, and the others are counted.
///
/// # Errors
/// Never with the templates as they are: a test fills them.
pub(crate) fn page(report: &TeamReport, all_files: bool) -> Result<String, minijinja::Error> {
    let charts = context! {
        adoption => Value::from(Serde(adoption(&report.periods))),
        checked => Value::from(Serde(checked(&report.periods))),
        score => Value::from(Serde(scores(&report.periods))),
        trouble => Value::from(Serde(trouble(&report.periods))),
    };
    let limits = context! {
        files => if all_files { report.files.len() } else { MOST_FILES },
        rows => MOST_ROWS,
        commits => MOST_COMMITS,
    };
    fill_html(REPORT, context! { report => Value::from(Serde(report)), charts, limits, ..frame() })
}

/// The page of two reports side by side.
///
/// # Errors
/// Never with the templates as they are: a test fills them.
pub(crate) fn comparison_page(comparison: &ReportComparison) -> Result<String, minijinja::Error> {
    fill_html(COMPARISON, context! { comparison => Value::from(Serde(comparison)), ..frame() })
}

/// Style, script and the policy that lets them in.
fn frame() -> Value {
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(sha256_bytes(text.as_bytes())));
    let policy = format!(
        "default-src 'none'; style-src {}; script-src {}; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    );
    context! {
        // No character of it needs escaping but its quotes, which stand in double ones.
        policy => Value::from_safe_string(policy),
        style => Value::from_safe_string(STYLE.to_owned()),
        script => Value::from_safe_string(SCRIPT.to_owned()),
        version => env!("CARGO_PKG_VERSION"),
    }
}

/// Commits by agent.
fn adoption(periods: &[PeriodFigures]) -> ColumnChart {
    let mut totals: BTreeMap<&Agent, u32> = BTreeMap::new();
    for (agent, figure) in periods.iter().flat_map(|period| &period.agents) {
        *totals.entry(agent).or_default() += figure.n;
    }
    let mut known: Vec<(&Agent, u32)> = totals.into_iter().collect();
    known.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let has_others = known.len() > MOST_AGENTS;
    known.truncate(MOST_AGENTS);
    let mut series: Vec<String> = known.iter().map(|(agent, _)| agent.title().to_owned()).collect();
    if has_others {
        series.push("other agents".to_owned());
    }
    series.push("no agent known".to_owned());
    let stack = |period: &PeriodFigures| {
        let of = |agent: &Agent| period.agents.get(agent).map_or(0, |figure| figure.n);
        let mut numbers: Vec<u32> = known.iter().map(|(agent, _)| of(agent)).collect();
        if has_others {
            numbers.push(period.by_agents.n.saturating_sub(numbers.iter().sum()));
        }
        numbers.push(period.commits.saturating_sub(period.by_agents.n));
        (period.period.clone(), numbers)
    };
    columns(series, &periods.iter().map(stack).collect::<Vec<_>>(), None)
}

/// Agents' commits by what is known of their checks.
fn checked(periods: &[PeriodFigures]) -> ColumnChart {
    let stack = |period: &PeriodFigures| {
        let (verified, unknown) = (period.verified.n, period.not_seen);
        let rest = period.by_agents.n.saturating_sub(verified).saturating_sub(unknown);
        (period.period.clone(), vec![verified, rest, unknown])
    };
    let series = ["verified", "not seen to be verified", "session not read"].map(str::to_owned).into();
    columns(series, &periods.iter().map(stack).collect::<Vec<_>>(), None)
}

/// How complete the documentation is.
fn scores(periods: &[PeriodFigures]) -> ColumnChart {
    let stacks: Vec<(String, Vec<u32>)> =
        periods.iter().map(|period| (period.period.clone(), vec![period.score.unwrap_or(0)])).collect();
    columns(vec!["points".to_owned()], &stacks, Some(100))
}

fn trouble(periods: &[PeriodFigures]) -> ColumnChart {
    let stack = |period: &PeriodFigures| (period.period.clone(), vec![period.failures.n, period.corrections.n]);
    let series = ["failures", "corrections"].map(str::to_owned).into();
    columns(series, &periods.iter().map(stack).collect::<Vec<_>>(), None)
}
