//! Lines that an agent wrote where it may not; and lines of unknown origin there, in a commit that an agent signed without a
//! session that could tell.

use crate::policy::rule::{JudgedRange, PolicyRule, add_new};
use crate::policy::work::CommitWork;
use crate::record::note::LineAuthor;
use crate::record::policy::{Policy, Rule};
use crate::record::verdict::What;

pub(super) struct ProtectedPaths;

impl PolicyRule for ProtectedPaths {
    fn rule(&self) -> Rule {
        Rule::ProtectedPaths
    }

    fn find(&self, range: &JudgedRange) -> Vec<(String, What)> {
        let of = |work: &CommitWork| {
            let commit = work.entry.id.clone();
            of_commit(work, range.policy).into_iter().map(move |what| (commit.clone(), what)).collect::<Vec<_>>()
        };
        range.facts.iter().flat_map(|facts| of(facts.work)).collect()
    }

    fn join(&self, into: &mut What, more: &What) -> bool {
        match (into, more) {
            (
                What::ProtectedPaths { agent, sure, lines, files },
                What::ProtectedPaths { agent: other, sure: surely, lines: more, files: there },
            ) if agent == other && sure == surely => {
                *lines = lines.saturating_add(*more);
                add_new(files, there);
                true
            }
            (into, more) => into == more,
        }
    }
}

fn of_commit(work: &CommitWork, policy: &Policy) -> Vec<What> {
    let mut what = Vec::new();
    let Some(record) = &work.entry.record else { return what };
    let mut named = work.unread.iter().map(|one| &one.agent).chain(work.signed.iter().map(|signed| signed.agent));
    let without_session = named.find(|agent| work.sessions_of(agent).next().is_none());
    for file in &record.files {
        if !policy.protected_paths.paths.iter().any(|glob| glob.has(&file.path)) {
            continue;
        }
        for span in &file.spans {
            let wrote = span.contribution.and_then(|index| record.contributions.get(index as usize));
            let (agent, sure) = match (span.author, wrote, without_session) {
                (LineAuthor::Agent | LineAuthor::Corrected, Some(one), _) => (&one.agent, true),
                (LineAuthor::Unknown, _, Some(named)) => (named, false),
                _ => continue,
            };
            let (agent, files) = (agent.clone(), vec![file.path.clone()]);
            what.push(What::ProtectedPaths { agent, sure, lines: span.lines, files });
        }
    }
    what
}
