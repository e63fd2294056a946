//! Commits of a range without a record: the sessions that a workflow gives may tell of them, and the summary says which name an agent
//! and were made where nothing was recorded.

use std::collections::BTreeMap;

use super::job::Job;
use super::notes;
use super::settings::Judge;
use crate::context::Context;
use crate::record::entry::CommitEntry;
use crate::record::note::Statement;
use crate::recorder::page::counted;
use crate::recorder::range::{self, Loaded, RangeQuery};
use crate::recorder::{given_sessions, keep};

/// So many commits are named.
const NAMED: usize = 10;

impl Job<'_> {
    /// The range, with the records that the sessions given here make for commits that have none, and what there is to say of the rest.
    pub(super) fn load(
        &self,
        judge: &Judge,
        span: RangeQuery<'_>,
        context: &mut Context<'_>,
    ) -> anyhow::Result<(Loaded, Option<String>)> {
        let workplace = &judge.workplace;
        let loaded = range::load(workplace, &judge.redactor, span)?;
        let bare: Vec<String> =
            loaded.entries.iter().filter(|entry| entry.record.is_none()).map(|entry| entry.id.clone()).collect();
        let Some(folder) = self.inputs.sessions.as_ref().filter(|_| !bare.is_empty()) else {
            let lacking = lacking(&loaded.entries, None);
            return Ok((loaded, lacking));
        };
        let path = context.environment.cwd.join(folder);
        let given = given_sessions::look(workplace, context.environment, &path, (&bare, &judge.redactor))?;
        let (now, found) = (context.environment.now, given.records.len());
        let refused = keep::write(&workplace.repository, given.records, &judge.redactor, now)?;
        let made = found - refused.len();
        for problem in given.problems.iter().chain(&refused) {
            context.output.message(problem);
        }
        let sessions = counted(given.count, "session");
        context.output.message(&format!("{}: {sessions}, {} made", folder.display(), counted(made, "record")));
        if made > 0 {
            let root = context.environment.cwd.clone();
            if let Err(error) = notes::share(workplace, &self.remote(&root), now) {
                // The token may only read: the report has them all the same.
                context.output.message(&format!("{error:#}; give the job `permissions: contents: write`"));
            }
        }
        let loaded = range::load(workplace, &judge.redactor, span)?;
        let lacking = lacking(&loaded.entries, Some(given.count));
        Ok((loaded, lacking))
    }
}

/// Says of the commits without a record how many there are and why, as Markdown; `None` where nothing is missing. `given`: how many
/// sessions the workflow gave.
fn lacking(entries: &[CommitEntry], given: Option<usize>) -> Option<String> {
    let bare: Vec<&CommitEntry> = entries.iter().filter(|entry| entry.record.is_none()).collect();
    let mut named: BTreeMap<&str, Vec<&CommitEntry>> = BTreeMap::new();
    for entry in &bare {
        if let Some(agent) = agent_of(entry) {
            named.entry(agent).or_default().push(entry);
        }
    }
    if named.is_empty() && (bare.is_empty() || given.is_none()) {
        return None;
    }
    let mut parts: Vec<String> = named.iter().map(|(agent, commits)| format!("{} {agent}", naming(commits))).collect();
    let rest: Vec<&CommitEntry> = bare.iter().copied().filter(|entry| agent_of(entry).is_none()).collect();
    if !rest.is_empty() {
        parts.push(format!("{} no agent", naming(&rest)));
    }
    let why = match given {
        Some(0) => "No session was in the folder that the workflow gives.".to_owned(),
        Some(1) => "The session that the workflow gives led to none of them.".to_owned(),
        Some(count) => format!("None of the {} that the workflow gives led to them.", counted(count, "session")),
        None => "Nothing was recorded where they were made, or it was not shared: `backstory backfill` there makes the records, and \
                 the input `sessions` takes transcripts that a job kept."
            .to_owned(),
    };
    let of = counted(entries.len(), "commit");
    Some(format!("**Without a record:** {} of {of}. {}. {why}\n", bare.len(), parts.join("; ")))
}

/// `2 name (`a1b2c3d`, `d4e5f6a`)`
fn naming(commits: &[&CommitEntry]) -> String {
    let mut ids: Vec<String> = commits.iter().take(NAMED).map(|entry| format!("`{}`", entry.short_id())).collect();
    if commits.len() > NAMED {
        ids.push(format!("{} more", commits.len() - NAMED));
    }
    let verb = if commits.len() == 1 { "names" } else { "name" };
    format!("{} ({}) {verb}", commits.len(), ids.join(", "))
}

/// The name of the agent that signed a commit, where it is a known one.
fn agent_of(entry: &CommitEntry) -> Option<&'static str> {
    entry.stated().iter().find_map(|statement| match statement {
        Statement::Agent { agent, .. } => agent.row().map(|row| row.title),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::samples;

    #[test]
    fn commits_without_a_record_are_told_by_what_they_name() {
        let signed = |id| samples::signed(id, "Docs", "copilot", true);
        let nothing = || samples::signed("e5", "Docs", "copilot", true);
        let mut person = nothing();
        (person.id, person.stated) = ("f6".repeat(20), Vec::new());
        let said = |entries: &[CommitEntry], given| lacking(entries, given).unwrap_or_default();
        let range = [samples::discounts(), signed("d4"), signed("d5"), person.clone()];
        let text = said(&range, None);
        let ids: Vec<&str> = range.iter().map(CommitEntry::short_id).collect();
        let begin = format!(
            "**Without a record:** 3 of 4 commits. 2 (`{}`, `{}`) name GitHub Copilot; 1 (`{}`) names no agent. Nothing was recorded",
            ids[1], ids[2], ids[3]
        );
        assert!(text.starts_with(&begin), "{text}");
        assert!(said(&range, Some(2)).ends_with("None of the 2 sessions that the workflow gives led to them.\n"));
        assert!(said(&range, Some(0)).ends_with("No session was in the folder that the workflow gives.\n"));
        assert_eq!(said(&[samples::discounts(), person.clone()], None), "", "people need no record");
        assert!(said(&[person], Some(1)).starts_with("**Without a record:** 1 of 1 commit. 1 ("));
        assert_eq!(said(&[samples::discounts()], Some(1)), "");
    }
}
