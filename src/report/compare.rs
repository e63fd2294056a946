//! Two reports side by side, figure by figure.

use std::collections::BTreeSet;

use serde::Serialize;

use super::figures::{FigureOf, NamedFigure, ReportSpan, TeamReport};

/// Checks that are compared, the most frequent of both.
const MOST_CHECKS: usize = 12;

/// What `report --compare` says. Version 1, JSON Schema in `docs/schema/report-compare.v1.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ReportComparison {
    /// Version of this format: 1.
    pub backstory: u32,
    pub a: ReportSpan,
    pub b: ReportSpan,
    pub figures: Vec<ComparedFigure>,
}

/// One figure of both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ComparedFigure {
    pub figure: String,
    pub a: ReportShare,
    pub b: ReportShare,
}

/// A count, and of how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ReportShare {
    pub n: u32,
    pub of: u32,
    /// Per 100 of them; absent where there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_100: Option<u32>,
}

impl ReportShare {
    fn new(n: u32, of: u32) -> Self {
        let per_100 = (of > 0)
            .then(|| u32::try_from((u64::from(n) * 100 + u64::from(of) / 2) / u64::from(of)).unwrap_or(u32::MAX));
        Self { n, of, per_100 }
    }
}

pub(crate) fn compare(a: &TeamReport, b: &TeamReport) -> ReportComparison {
    let mut figures = Vec::new();
    let mut add = |figure: &str, of: &dyn Fn(&TeamReport) -> (u32, u32)| {
        let [a, b] = [a, b].map(of).map(|(n, of)| ReportShare::new(n, of));
        figures.push(ComparedFigure { figure: figure.to_owned(), a, b });
    };
    add("commits by agents, of all", &|one| (one.span.by_agents, one.span.commits));
    add("commits with a record, of all", &|one| (one.span.recorded, one.span.commits));
    add("points of the documentation, of 100", &|one| {
        (one.documented.score.unwrap_or(0), one.documented.score.map_or(0, |_| 100))
    });
    add("agents' commits that were verified", &|one| (one.checked.verified.n, one.checked.of));
    add("failures, per agents' commit", &|one| (one.failures.all.n, one.span.by_agents));
    add("corrections, per agents' commit", &|one| (one.corrections.all.n, one.span.by_agents));
    add("corrections without a reason, of all", &|one| (one.corrections.without_reason.n, one.corrections.all.n));
    add("added lines of unknown origin, of all", &|one| (one.documented.lines.unknown, one.documented.lines.added));
    let count = |named: &[NamedFigure], name: &str| named.iter().find(|one| one.name == name).map_or(0, |one| one.of.n);
    let kinds: BTreeSet<&str> =
        [a, b].into_iter().flat_map(|one| &one.failures.kinds).map(|one| one.name.as_str()).collect();
    for kind in kinds {
        add(&format!("failures of the kind \u{201c}{kind}\u{201d}, of all"), &|one| {
            (count(&one.failures.kinds, kind), one.failures.all.n)
        });
    }
    let checks = |one: &TeamReport, name: &str| {
        one.failures.checks.iter().find(|check| check.check == name).map_or(0, |check| check.of.n)
    };
    let mut names: Vec<&str> = Vec::new();
    for check in [a, b].into_iter().flat_map(|one| &one.failures.checks) {
        if !names.contains(&check.check.as_str()) {
            names.push(&check.check);
        }
    }
    names.sort_by_key(|name| std::cmp::Reverse(checks(a, name).saturating_add(checks(b, name))));
    for name in names.into_iter().take(MOST_CHECKS) {
        add(&format!("failures of `{name}`, of all"), &|one| (checks(one, name), one.failures.all.n));
    }
    for name in agents(a, b) {
        let of = |one: &TeamReport| {
            let figures = one.agents.iter().find(|agent| agent.name == name).map(|agent| &agent.commits);
            (figures.map_or(0, |figure: &FigureOf| figure.n), one.span.commits)
        };
        add(&format!("commits of {name}, of all"), &of);
    }
    ReportComparison { backstory: 1, a: a.span.clone(), b: b.span.clone(), figures }
}

fn agents<'a>(a: &'a TeamReport, b: &'a TeamReport) -> BTreeSet<&'a str> {
    [a, b].into_iter().flat_map(|one| &one.agents).map(|agent| agent.name.as_str()).collect()
}
