//! Commits, contributions and agent shares against the recorder's figures.

use std::path::Path;

use anyhow::Context as _;
use backstory::record::contribution::Confidence;
use backstory::record::note::LineCounts;
use serde::Deserialize;

use crate::{Answer, Row, part, row};

/// A line of `truth.jsonl`, as `prepare.py` writes it.
#[derive(Deserialize)]
pub(crate) struct Truth {
    pub(crate) commit: String,
    /// For each session the ids that mean it.
    sessions: Vec<Vec<String>>,
    attribution: Option<Attribution>,
}

#[derive(Deserialize)]
struct Attribution {
    agent_percentage: f64,
    total_committed: u32,
}

pub(crate) fn read_truth(path: &Path) -> anyhow::Result<Vec<Truth>> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    text.lines().map(|line| serde_json::from_str(line).with_context(|| path.display().to_string())).collect()
}

/// `most` is how many of the largest differences of the agent's share are listed.
pub(crate) fn rows(truth: &[Truth], answers: &[Answer], most: usize) -> Vec<Row> {
    let mut rows = sessions(truth, answers);
    rows.push(authors(truth, answers));
    rows.push(shares(truth, answers, most));
    rows
}

/// Who wrote the added lines of all commits that have a session.
fn authors(truth: &[Truth], answers: &[Answer]) -> Row {
    let mut all = LineCounts::default();
    let linked = truth.iter().filter_map(|row| answer(answers, &row.commit));
    for lines in linked.filter(|answer| !answer.linked.contributions.is_empty()).map(|answer| answer.linked.lines) {
        all.add(lines);
    }
    let LineCounts { added, agent, corrected, formatter, person, unknown } = all;
    let figure = format!(
        "{added} added: {agent} agent, {corrected} corrected, {formatter} formatter, {person} person, {unknown} unknown"
    );
    row("lines of commits with a session", figure)
}

fn answer<'a>(answers: &'a [Answer], commit: &str) -> Option<&'a Answer> {
    answers.iter().find(|answer| answer.commit.id.as_deref() == Some(commit))
}

pub(crate) fn short(commit: &str) -> &str {
    commit.get(..8).unwrap_or(commit)
}

fn sessions(truth: &[Truth], answers: &[Answer]) -> Vec<Row> {
    let levels = [Confidence::Stated, Confidence::Content, Confidence::Overlap];
    let mut by_level = [[0_usize; 2]; 3];
    let (mut none, mut claims, mut hits, mut wanted) = (0, 0, 0, 0);
    let mut wrong = Vec::new();
    let mut empty = Vec::new();
    for row in truth {
        let Some(answer) = answer(answers, &row.commit) else { continue };
        let named = |session: &str| row.sessions.iter().any(|ids| ids.iter().any(|id| id == session));
        let contributions = &answer.linked.contributions;
        wanted += row.sessions.len();
        claims += contributions.len();
        hits += contributions.iter().filter(|one| named(&one.session)).count();
        let Some(first) = contributions.first() else {
            none += 1;
            empty.push(short(&row.commit).to_owned());
            continue;
        };
        let right = named(&first.session);
        let level = levels.iter().position(|level| *level == first.confidence).unwrap_or(0);
        by_level[level][usize::from(!right)] += 1;
        if !right {
            wrong.push(format!(
                "{} {} {:?}, {} lines",
                short(&row.commit),
                first.session,
                first.confidence,
                first.lines
            ));
        }
    }
    let right: usize = by_level.iter().map(|level| level[0]).sum();
    let mut rows = vec![row("commits right", part(right, truth.len()))];
    rows.push(Row { details: wrong, ..row("commits wrong", part(truth.len() - right - none, truth.len())) });
    rows.push(Row { details: empty, ..row("commits without an answer", part(none, truth.len())) });
    for (level, [right, wrong]) in levels.iter().zip(by_level) {
        rows.push(row(format!("  {level:?}"), format!("{right} right, {wrong} wrong")));
    }
    rows.push(row("contributions: precision", part(hits, claims)));
    rows.push(row("contributions: recall", part(hits, wanted)));
    rows
}

/// The agent's share of the added lines, in points of a hundred, against the recorder's.
fn shares(truth: &[Truth], answers: &[Answer], most: usize) -> Row {
    let mut differences: Vec<(f64, String)> = Vec::new();
    for row in truth {
        let (Some(theirs), Some(answer)) = (&row.attribution, answer(answers, &row.commit)) else { continue };
        let lines = answer.linked.lines;
        // Without a session nothing is claimed, so nothing is compared; `score.py` does the same.
        if lines.added == 0 || answer.linked.contributions.is_empty() {
            continue;
        }
        let ours = 100.0 * f64::from(lines.agent) / f64::from(lines.added);
        let line = format!(
            "{} ours {ours:.0}, recorder {:.0}; {} added here, {} there; {} formatter, {} corrected, {} unknown",
            short(&row.commit),
            theirs.agent_percentage,
            lines.added,
            theirs.total_committed,
            lines.formatter,
            lines.corrected,
            lines.unknown
        );
        differences.push((ours - theirs.agent_percentage, line));
    }
    let count = differences.len();
    let mean = differences.iter().map(|(points, _)| points.abs()).sum::<f64>() / count.max(1) as f64;
    let close = differences.iter().filter(|(points, _)| points.abs() <= 5.0).count();
    differences.sort_by(|a, b| b.0.abs().total_cmp(&a.0.abs()));
    let details = differences.into_iter().take(most).map(|(_, line)| line).collect();
    let figure = format!("{mean:.1} points off over {count} commits; within 5 points: {close}");
    Row { details, ..row("agent share", figure) }
}
