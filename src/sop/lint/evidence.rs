//! Every figure leads to runs and commits, and those exist.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::finding::{Finding, Known, finding};
use crate::sop::outline::{Line, Outline};
use crate::text::markdown::code_spans;

pub(crate) const NAME: &str = "evidence";

static REFERENCE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\]\(#e([0-9]+)\)").expect("a constant that the tests compile"));
static ANCHOR: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"<a id="e([0-9]+)"></a>"#).expect("a constant that the tests compile"));
/// `12 of 20 runs`.
static FIGURE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b[0-9,]+ of [0-9,]+ (?:\w+ )?runs?\b").expect("a constant that the tests compile"));

pub(crate) fn check(outline: &Outline, known: Known) -> Vec<Finding> {
    let anchors: BTreeSet<&str> = outline.prose().flat_map(|line| references(&ANCHOR, line.text)).collect();
    let mut findings = Vec::new();
    for line in outline.prose() {
        let referred = references(&REFERENCE, line.text);
        for missing in referred.iter().filter(|number| !anchors.contains(**number)) {
            let message = format!("E{missing} is not in the section Evidence");
            findings.push(finding(NAME, line.number, message, "add its row, or take the figure out"));
        }
        // What people told, with their counts, is theirs; questions give their own examples.
        let is_free = matches!(line.section, "Evidence" | "Open questions" | "Change history");
        if let Some(figure) = FIGURE.find(line.text).filter(|_| referred.is_empty() && !is_free) {
            let message = format!("nothing shows where \"{}\" comes from", figure.as_str());
            findings.push(finding(NAME, line.number, message, "refer to a row of the section Evidence: `([E1](#e1))`"));
        }
        if ANCHOR.is_match(line.text) {
            findings.extend(dangling(line, known));
        }
    }
    findings
}

fn references<'a>(pattern: &Regex, text: &'a str) -> Vec<&'a str> {
    pattern.captures_iter(text).filter_map(|found| found.get(1)).map(|number| number.as_str()).collect()
}

/// Runs and commits of a row that are not there: the last two columns.
fn dangling(line: &Line, known: Known) -> Vec<Finding> {
    let columns = columns(line.text);
    let [.., runs, commits] = columns.as_slice() else { return Vec::new() };
    let mut findings = Vec::new();
    for run in code_spans(runs).iter().filter(|run| !(known.is_run)(run)) {
        let message = format!("no run `{run}` is in the log");
        findings.push(finding(NAME, line.number, message, "draft the document again, or look for its session"));
    }
    for commit in code_spans(commits).iter().filter(|commit| !(known.is_commit)(commit)) {
        let message = format!("no commit `{commit}` is in this repository");
        findings.push(finding(NAME, line.number, message, "fetch it, or draft the document again"));
    }
    findings
}

/// The cells of a row of a table.
fn columns(row: &str) -> Vec<&str> {
    let mut cells = Vec::new();
    let (mut start, mut before) = (0, ' ');
    for (at, c) in row.char_indices() {
        if c == '|' && before != '\\' {
            cells.push(row[start..at].trim());
            start = at + 1;
        }
        before = c;
    }
    cells.split_first().map(|(_, cells)| cells.to_vec()).unwrap_or_default()
}
