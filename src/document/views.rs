//! What `show --json` and `log --json` write. Others read it: version 1, JSON Schemas in `docs/schema/`.

use serde::{Deserialize, Serialize};

use crate::record::agent::Agent;
use crate::record::contribution::Confidence;
use crate::record::entry::CommitEntry;
use crate::record::headline::headline;
use crate::record::note::{LineCounts, Record, Statement};
use crate::record::text::Clean;

/// One commit with its whole record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Show {
    /// Version of this format: 1.
    pub backstory: u32,
    pub commit: String,
    pub subject: Clean,
    pub author: Clean,
    /// What was wanted, what came of it and how it went, in one line of at most 120 characters. Absent where nobody knows what was
    /// wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headline: Option<String>,
    /// What the commit message states, for a commit without a record.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stated: Vec<Statement<Clean>>,
    /// `null` when nothing is recorded for the commit.
    pub record: Option<Record<Clean>>,
}

/// The commits of a range, newest first, each in short.
// The command writes it commit by commit; as one value it is only for tests and the schema.
#[cfg(test)]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Log {
    /// Version of this format: 1.
    pub backstory: u32,
    pub commits: Vec<LogCommit>,
    /// Notes in `refs/notes/backstory` that are not ours or are damaged.
    pub unreadable: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct LogCommit {
    pub commit: String,
    pub subject: Clean,
    pub author: Clean,
    /// As in `show`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headline: Option<String>,
    pub recorded: bool,
    pub agents: Vec<LogAgent>,
    /// Absent without a record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<LineCounts>,
    pub attempts: u32,
    pub corrections: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct LogAgent {
    pub agent: Agent,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_version: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<String>,
    /// Absent when only the commit message names the agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// Absent when only the commit message names the agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<Confidence>,
    /// The session was only named, by the shell that the commit was made in; its transcript was not read.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unread: bool,
}

pub(crate) fn show(entry: &CommitEntry) -> Show {
    Show {
        backstory: 1,
        commit: entry.id.clone(),
        subject: entry.subject.clone(),
        author: entry.author.clone(),
        headline: headline(entry),
        stated: if entry.record.is_some() { Vec::new() } else { entry.stated.clone() },
        record: entry.record.clone(),
    }
}

/// `range` is oldest first.
#[cfg(test)]
pub(crate) fn log(range: &[CommitEntry], unreadable: u32) -> Log {
    Log { backstory: 1, commits: range.iter().rev().map(log_commit).collect(), unreadable }
}

/// One of them.
pub(crate) fn log_commit(entry: &CommitEntry) -> LogCommit {
    let contributions = || entry.record.iter().flat_map(|record| &record.contributions);
    let mut agents: Vec<LogAgent> = contributions()
        .map(|contribution| LogAgent {
            agent: contribution.agent.clone(),
            agent_version: contribution.agent_version.clone(),
            models: contribution.models.clone(),
            session: Some(contribution.session.clone()),
            confidence: Some(contribution.confidence),
            unread: !contribution.was_read(),
        })
        .collect();
    for statement in entry.stated() {
        if let Statement::Agent { agent, model, .. } = statement
            && !agents.iter().any(|known| known.agent == *agent)
        {
            let models = model.iter().cloned().collect();
            agents.push(LogAgent {
                agent: agent.clone(),
                agent_version: None,
                models,
                session: None,
                confidence: None,
                unread: false,
            });
        }
    }
    let count = |items: usize| u32::try_from(items).unwrap_or(u32::MAX);
    LogCommit {
        commit: entry.id.clone(),
        subject: entry.subject.clone(),
        author: entry.author.clone(),
        headline: headline(entry),
        recorded: entry.record.is_some(),
        agents,
        lines: entry.record.as_ref().map(|record| record.lines),
        attempts: count(contributions().flat_map(|one| &one.attempts).filter(|attempt| !attempt.aside).count()),
        corrections: count(contributions().map(|contribution| contribution.corrections.len()).sum()),
    }
}

#[cfg(test)]
mod tests {
    use schemars::{JsonSchema, schema_for};
    use serde_json::Value;

    use super::super::gate::{self, CheckReport};
    use super::super::why::{LinePlace, Why, explain, uncommitted};
    use super::super::why_range::{LinesPlace, WhyRange, of_commit};
    use super::*;
    use crate::record::samples;
    use crate::testing::schema;

    fn check<T: JsonSchema>(name: &str, values: &[Value]) {
        assert_eq!(schema::mistakes(name, &schema_for!(T), values), Vec::<String>::new());
    }

    fn range() -> [CommitEntry; 4] {
        [
            samples::discounts(),
            samples::by_a_person(),
            samples::only_overlapping(),
            samples::signed("d4", "Docs", "copilot", true),
        ]
    }

    #[test]
    fn the_record_has_its_stored_schema() {
        let records: Vec<Value> =
            range().iter().filter_map(|e| e.record.as_ref()).map(|r| serde_json::to_value(r).unwrap()).collect();
        check::<Record<Clean>>("record.v1", &records);
    }

    #[test]
    fn show_has_its_stored_schema() {
        check::<Show>("show.v1", &range().map(|entry| serde_json::to_value(show(&entry)).unwrap()));
    }

    #[test]
    fn log_has_its_stored_schema() {
        check::<Log>("log.v1", &[serde_json::to_value(log(&range(), 1)).unwrap()]);
    }

    #[test]
    fn check_has_its_stored_schema() {
        let verdict = crate::policy::evaluate(&range(), &crate::record::policy::Policy::default());
        check::<CheckReport>(
            "check.v1",
            &[serde_json::to_value(gate::check(&verdict, vec!["look".to_owned()], 1)).unwrap()],
        );
    }

    #[test]
    fn why_has_its_stored_schema() {
        let place =
            |line| LinePlace { path: "src/price.py", line, path_in_commit: "src/price.py", line_in_commit: line };
        let found = [2, 13, 99].map(|line| explain(&samples::discounts(), place(line)));
        let values = found.into_iter().chain([uncommitted("src/price.py", 3)]);
        let values: Vec<Value> = values.map(|why| serde_json::to_value(why).unwrap()).collect();
        check::<Why>("why.v1", &values);
    }

    #[test]
    fn why_of_several_lines_has_its_stored_schema() {
        let place =
            |line| LinesPlace { line, lines: 9, path_in_commit: "src/price.py".to_owned(), line_in_commit: line };
        let commits = range().map(|entry| of_commit(&entry, entry.record.is_none(), &[place(1), place(11)])).to_vec();
        let path = "src/price.py".to_owned();
        let why = WhyRange { backstory: 1, path, start: 1, end: 30, uncommitted: 2, before_history: 1, commits };
        check::<WhyRange>("why-range.v1", &[serde_json::to_value(why).unwrap()]);
    }
}
