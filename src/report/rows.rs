//! The figures of a report as rows, one figure a row: `section,item,figure,value,of,commits`. `of` is what a share is of, where the
//! figure is one; `commits` are full ids with blanks between.

use super::figures::{FigureOf, NamedFigure, TeamReport};
use crate::text::visible::visible_line;

/// # Errors
/// When the writer fails, which one in memory does not.
pub(crate) fn csv(report: &TeamReport) -> Result<String, csv::Error> {
    let mut rows = Rows(csv::Writer::from_writer(Vec::new()));
    rows.0.write_record(["section", "item", "figure", "value", "of", "commits"])?;
    let span = &report.span;
    for (figure, value) in [
        ("commits", span.commits),
        ("recorded", span.recorded),
        ("by agents", span.by_agents),
        ("unreadable notes", span.unreadable),
    ] {
        rows.number(["span", &span.range, figure], value.into())?;
    }
    for period in &report.periods {
        let name = period.period.as_str();
        rows.number(["periods", name, "commits"], period.commits.into())?;
        rows.number(["periods", name, "recorded"], period.recorded.into())?;
        rows.of(["periods", name, "by agents"], &period.by_agents, Some(period.commits))?;
        rows.of(["periods", name, "verified"], &period.verified, Some(period.by_agents.n))?;
        rows.of(["periods", name, "failures"], &period.failures, None)?;
        rows.of(["periods", name, "corrections"], &period.corrections, None)?;
        if let Some(score) = period.score {
            rows.number(["periods", name, "score"], score.into())?;
        }
        for (agent, figure) in &period.agents {
            rows.of(["periods", name, agent.title()], figure, Some(period.by_agents.n))?;
        }
        rows.number(["periods", name, "lines of unknown origin"], period.lines.unknown.into())?;
        rows.number(["periods", name, "added lines"], period.lines.added.into())?;
    }
    for agent in &report.agents {
        let name = agent.name.as_str();
        rows.of(["agents", name, "commits"], &agent.commits, Some(span.commits))?;
        rows.number(["agents", name, "sessions"], agent.sessions.into())?;
        rows.number(["agents", name, "lines"], agent.lines.into())?;
        rows.of(["agents", name, "commits with failures"], &agent.with_failures, Some(agent.seen))?;
        rows.of(["agents", name, "commits with corrections"], &agent.with_corrections, Some(agent.seen))?;
        rows.of(["agents", name, "verified"], &agent.verified, Some(agent.seen))?;
    }
    for (section, all) in [("versions", &report.versions), ("models", &report.models)] {
        for one in all {
            let name = format!("{} {}", one.agent.title(), one.named);
            rows.of([section, &name, "commits"], &one.commits, None)?;
            rows.text([section, &name, "first"], &one.first)?;
            rows.text([section, &name, "last"], &one.last)?;
        }
    }
    rows.named("asked: kinds", &report.asked.kinds)?;
    rows.named("asked: areas", &report.asked.areas)?;
    for topic in &report.asked.topics {
        rows.of(["asked: words", &topic.word, "commits"], &topic.of, Some(report.asked.known.n))?;
    }
    rows.named("failures: kinds", &report.failures.kinds)?;
    for check in &report.failures.checks {
        let (section, name) = ("failures: checks", check.check.as_str());
        rows.of([section, name, "failures"], &check.of, Some(report.failures.all.n))?;
        for (figure, value) in [
            ("passed after a change", check.passed_after_change),
            ("passed without a change", check.passed_unchanged),
            ("still failed", check.still_failed),
            ("not run again", check.not_run_again),
        ] {
            rows.number([section, name, figure], value.into())?;
        }
    }
    for error in &report.failures.again {
        rows.of(["failures: again", error.error.as_str(), "failures"], &error.of, None)?;
        rows.number(["failures: again", error.error.as_str(), "sessions"], error.sessions.into())?;
    }
    rows.named("corrections: forms", &report.corrections.forms)?;
    rows.of(
        ["corrections", "all", "without a reason"],
        &report.corrections.without_reason,
        Some(report.corrections.all.n),
    )?;
    rows.of(["checked", "all", "verified"], &report.checked.verified, Some(report.checked.of))?;
    for commit in &report.checked.unverified {
        rows.text(["checked: not verified", &commit.commit, "why"], commit.why)?;
    }
    for part in &report.documented.parts {
        rows.0.write_record(["documented", part.rule, "points", &part.points.to_string(), &part.of.to_string(), ""])?;
    }
    for file in &report.files {
        let path = file.path.as_str();
        rows.of(["files", path, "commits"], &file.commits, None)?;
        rows.of(["files", path, "failures"], &file.failures, None)?;
        rows.of(["files", path, "corrections"], &file.corrections, None)?;
        rows.0.write_record([
            "files",
            &cell(path),
            "lines of unknown origin",
            &file.lines.unknown.to_string(),
            &file.lines.added.to_string(),
            "",
        ])?;
    }
    for one in &report.effort {
        let quartiles = [("output tokens", one.output), ("input tokens", one.input), ("minutes", one.minutes)];
        for (figure, quartiles) in quartiles.into_iter().filter_map(|(figure, all)| Some((figure, all?))) {
            for (which, value) in
                [("lower quartile", quartiles.lower), ("median", quartiles.median), ("upper quartile", quartiles.upper)]
            {
                rows.number(["effort", &one.name, &format!("{figure}, {which}")], value)?;
            }
        }
    }
    for process in &report.processes {
        for way in &process.variants {
            let name = format!("{}: {}", process.process, way.steps.join(" > "));
            rows.0.write_record([
                "processes",
                &cell(&name),
                "runs",
                &way.runs.to_string(),
                &process.runs.to_string(),
                "",
            ])?;
        }
    }
    let bytes = rows.0.into_inner().map_err(|error| csv::Error::from(error.into_error()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

struct Rows(csv::Writer<Vec<u8>>);

/// As a cell: on one line, and no formula for a program that calculates.
fn cell(text: &str) -> String {
    let line = visible_line(text);
    if line.starts_with(['=', '+', '-', '@']) { format!("'{line}") } else { line }
}

impl Rows {
    fn of(&mut self, of: [&str; 3], figure: &FigureOf, whole: Option<u32>) -> Result<(), csv::Error> {
        let [section, item, name] = of;
        let (value, commits) = (figure.n.to_string(), figure.commits.join(" "));
        let whole = whole.map(|whole| whole.to_string()).unwrap_or_default();
        self.0.write_record([section, &cell(item), name, &value, &whole, &commits])
    }

    fn number(&mut self, of: [&str; 3], value: u64) -> Result<(), csv::Error> {
        self.text(of, &value.to_string())
    }

    fn text(&mut self, [section, item, name]: [&str; 3], value: &str) -> Result<(), csv::Error> {
        self.0.write_record([section, &cell(item), name, &cell(value), "", ""])
    }

    fn named(&mut self, section: &str, all: &[NamedFigure]) -> Result<(), csv::Error> {
        all.iter().try_for_each(|one| self.of([section, &one.name, "commits"], &one.of, None))
    }
}
