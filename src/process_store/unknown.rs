//! The commands of all sessions that no rule knows.

use std::collections::HashMap;
use std::path::Path;

use super::collected::Options;
use super::sessions::{self, SessionUnits};
use crate::environment::Environment;
use crate::process::activities::UNKNOWN;
use crate::recorder::process_rules::Rules;
use crate::recorder::workplace::Workplace;

/// What no rule knows.
#[derive(Debug, Default)]
pub(crate) struct Unknown {
    /// Shell commands that ran.
    pub(crate) commands: u64,
    /// Those that no rule names.
    pub(crate) unknown: u64,
    /// Programs in them, and tools, that no rule knows, most frequent first, without what differs from run to run.
    pub(crate) list: Vec<(String, u64)>,
    pub(crate) rules_version: u32,
    /// What could not be read, a line each.
    pub(crate) problems: Vec<String>,
}

/// Looks through the sessions of this repository, or those of a folder.
///
/// # Errors
/// As `collect`.
pub(crate) fn unknown(environment: &Environment, folder: Option<&Path>) -> anyhow::Result<Unknown> {
    let mut workplace = Workplace::open(environment)?;
    let rules = Rules::read(workplace.repository.root())?;
    let mut found = Unknown { rules_version: rules.activities.version(), ..Unknown::default() };
    if !workplace.confirm(environment)? {
        return Ok(found);
    }
    let redactor = workplace.redactor()?;
    let options = Options { sessions: folder.map(Path::to_path_buf), ..Options::default() };
    let SessionUnits { units, problems, .. } = sessions::units(&workplace, environment, (&rules, &redactor), &options)?;
    found.problems = problems;
    let mut counts: HashMap<&str, u64> = HashMap::new();
    for step in units.iter().flat_map(|unit| &unit.steps) {
        if !step.command.is_empty() {
            found.commands += 1;
            found.unknown += u64::from(step.activity == UNKNOWN);
        }
        for command in &step.unknown {
            *counts.entry(command).or_default() += 1;
        }
    }
    found.list = counts.into_iter().map(|(command, count)| (command.to_owned(), count)).collect();
    found.list.sort_by(|(a, left), (b, right)| right.cmp(left).then_with(|| a.cmp(b)));
    Ok(found)
}
