//! Nothing is known to have passed on the state that was committed, and no person says what was checked.

use crate::checks::classify::classify_command;
use crate::policy::facts::Facts;
use crate::policy::remedy::{Remedy, RemedyTrailers, is_plain};
use crate::policy::rule::{JudgedRange, PolicyRule, add_new};
use crate::record::checked_state::CheckedState;
use crate::record::contribution::{CheckKind, CheckResult};
use crate::record::policy::Rule;
use crate::record::verdict::What;

pub(super) struct Verified;

impl PolicyRule for Verified {
    fn rule(&self) -> Rule {
        Rule::Verified
    }

    fn find(&self, range: &JudgedRange) -> Vec<(String, What)> {
        let without = range.facts.iter().filter(|facts| !facts.is_verified);
        without.map(|facts| (facts.work.entry.id.clone(), of_commit(facts))).collect()
    }

    fn join(&self, into: &mut What, more: &What) -> bool {
        match (into, more) {
            (What::NotVerified { files, untested }, What::NotVerified { files: more, untested: others }) => {
                add_new(files, more);
                add_new(untested, others);
                true
            }
            (into, more) => into == more,
        }
    }

    fn points(&self) -> u32 {
        15
    }

    fn share(&self, facts: &Facts) -> (u64, u64) {
        (u64::from(facts.is_verified), 1)
    }

    fn effort(&self) -> u8 {
        3
    }

    /// One line on the last commit covers all before it. The tests that the sessions ran are run again first.
    fn remedies(&self, range: &JudgedRange) -> Vec<Remedy> {
        let missing = range.facts.iter().filter(|facts| !facts.is_verified).count() as u64;
        let Some(last) = range.last().filter(|_| missing > 0) else { return Vec::new() };
        let checks = range
            .facts
            .iter()
            .rev()
            .flat_map(|facts| facts.work.contributions())
            .flat_map(|one| one.checks.iter().rev());
        let known = checks
            .filter(|check| check.kind == CheckKind::Test && check.result != CheckResult::NotSeen)
            .map(|check| check.command.as_str())
            .find(|command| is_plain(command) && classify_command(command) == Some(CheckKind::Test));
        let what =
            known.map_or("<what was run or read, and how it went>".to_owned(), |command| format!("{command}, passed"));
        vec![Remedy::Trailers(RemedyTrailers {
            gives: vec![(self.rule(), missing)],
            lines: vec![format!("AI-Verified: {what}")],
            places: vec![last],
            after: known.map(str::to_owned),
        })]
    }
}

fn of_commit(facts: &Facts) -> What {
    let changed = facts.work.sessions.iter().flat_map(|session| &session.changed_after_check);
    let mut files: Vec<String> = changed.cloned().collect();
    files.sort();
    files.dedup();
    let mut checks = facts.work.contributions().flat_map(|one| &one.checks);
    let passed_before = checks.any(|check| check.state == Some(CheckedState::BeforeChange));
    let record = facts.work.entry.record.as_ref().filter(|_| passed_before);
    let mut untested: Vec<String> =
        record.iter().flat_map(|record| &record.untested).map(|place| place.path.clone()).collect();
    untested.dedup();
    What::NotVerified { files, untested }
}
