//! How the commits of a pull request went beside the SOPs of the branch that it goes into.

use anyhow::Context as _;

use super::settings::Judge;
use crate::document::processes::ProcessRow;
use crate::git::committed;
use crate::process::settings::FILE_NAME;
use crate::process_store::going::{Going, beside, log_of};
use crate::process_store::sops::committed::published;
use crate::record::entry::CommitEntry;
use crate::recorder::process_rules::{self, Rules};

/// So many SOPs are told of.
const MOST: usize = 5;

/// A row for each SOP that is in force at `base` and has runs among the commits. What cannot be read is added to the problems,
/// and costs no more than these rows.
pub(super) fn rows(judge: &Judge, base: &str, entries: &[CommitEntry], problems: &mut Vec<String>) -> Vec<ProcessRow> {
    found(judge, base, entries, problems).unwrap_or_else(|error| {
        problems.push(format!("how this went beside the SOPs of {base} is not known: {error:#}"));
        Vec::new()
    })
}

fn found(
    judge: &Judge,
    base: &str,
    entries: &[CommitEntry],
    problems: &mut Vec<String>,
) -> anyhow::Result<Vec<ProcessRow>> {
    let workplace = &judge.workplace;
    let (sops, unusable) = published(&workplace.repository, base)?;
    problems.extend(unusable);
    if sops.is_empty() {
        return Ok(Vec::new());
    }
    let rules = rules_of(judge, base)?;
    let log = log_of(workplace, (&rules, &judge.redactor), entries)?;
    let row = |going: Going| {
        let counts = (entries.len(), going.runs, going.fitting);
        ProcessRow::new((&going.sop, going.version), counts, (going.done, going.steps), &going.deviations)
    };
    Ok(sops.iter().filter_map(|sop| beside(&log, sop, &rules)).map(row).take(MOST).collect())
}

/// The team's rules as the commit has them.
///
/// # Errors
/// Names the file, the line, and what is wrong with it.
pub(super) fn rules_of(judge: &Judge, commit: &str) -> anyhow::Result<Rules> {
    let bytes = committed::read(&judge.workplace.repository, commit, FILE_NAME, process_rules::MOST)?;
    let text = String::from_utf8(bytes.unwrap_or_default()).with_context(|| format!("{FILE_NAME} is not UTF-8"))?;
    Rules::parse(&text)
}
