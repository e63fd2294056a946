//! How many commits of a range have records, of which agents, and what the others and the incomplete ones lack.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::answers::{NOTE, RecallCoverage};
use super::page::quoted;
use crate::record::agent::Agent;
use crate::record::contribution::Confidence;
use crate::record::entry::CommitEntry;
use crate::record::note::{Record, Statement};
use crate::record::text::{Clean, beginning};
use crate::text::ids::short;
use crate::text::visible::visible_line;

/// Commits of each list that are named.
const NAMED: usize = 20;
/// Characters of a subject.
const SUBJECT: usize = 80;

/// What a record lacks, or a commit that has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum RecordGap {
    /// It has no record, and its message names no agent: whether one worked on it is not known.
    NoRecord,
    /// It has no record, though its message names an agent.
    NamedOnly,
    /// It has a note that is not a record, or cannot be read here.
    Unreadable,
    /// A session was named, and its transcript was not read.
    UnreadSession,
    /// Sessions were near in time and files, and none is known to have made it.
    OnlyNear,
    /// Lines of transcripts could not be read.
    SkippedLines,
    /// Details were cut to keep it small.
    Cut,
    /// Text was removed from it later.
    Forgotten,
    /// Of some of its lines nobody knows who wrote them.
    UnknownLines,
}

impl RecordGap {
    pub(super) fn said(self) -> &'static str {
        match self {
            Self::NoRecord => "no record, and the message names no agent",
            Self::NamedOnly => "no record, though the message names an agent",
            Self::Unreadable => "a note that is not a record, or cannot be read here",
            Self::UnreadSession => "a session was named, and its transcript was not read",
            Self::OnlyNear => "sessions were near, and none is known to have made it",
            Self::SkippedLines => "lines of transcripts could not be read",
            Self::Cut => "details were cut to keep the record small",
            Self::Forgotten => "text was removed from the record later",
            Self::UnknownLines => "of some lines nobody knows who wrote them",
        }
    }

    fn is_without_record(self) -> bool {
        matches!(self, Self::NoRecord | Self::NamedOnly | Self::Unreadable)
    }
}

/// A commit that is not recorded whole.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct IncompleteCommit {
    pub commit: String,
    pub subject: Clean,
    pub lacks: Vec<RecordGap>,
}

/// An agent that worked in the range.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct AgentShare {
    pub agent: Agent,
    /// Commits with a record of its work.
    pub commits: u32,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub versions: BTreeSet<String>,
}

/// What `coverage --json` writes; its JSON Schema is `docs/schema/coverage.v1.json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct CoverageAnswer {
    /// Version of this format: 1.
    pub backstory: u32,
    /// Of the commits of the range.
    pub coverage: RecallCoverage,
    /// Commits whose record lacks nothing that is known to be lacking.
    pub whole: u32,
    /// By name.
    pub agents: Vec<AgentShare>,
    /// How many commits lack what.
    pub gaps: BTreeMap<RecordGap, u32>,
    /// The newest first, as many as are named.
    pub incomplete: Vec<IncompleteCommit>,
    /// How many more there are.
    pub more: u32,
    pub note: &'static str,
}

/// What is known of one commit.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CommitCoverage {
    commit: String,
    subject: Clean,
    is_recorded: bool,
    /// Those that worked on it, with their versions.
    agents: BTreeSet<(Agent, Option<String>)>,
    lacks: Vec<RecordGap>,
}

/// `has_note`: whether there is a note of the commit, record or not.
pub(crate) fn of_commit(entry: &CommitEntry, has_note: bool) -> CommitCoverage {
    let worked = entry.record.iter().flat_map(|record| &record.contributions);
    let worked = worked.filter(|one| one.confidence != Confidence::Overlap);
    CommitCoverage {
        commit: entry.id.clone(),
        subject: entry.subject.shortened(SUBJECT).0,
        is_recorded: entry.record.is_some(),
        agents: worked.map(|one| (one.agent.clone(), one.agent_version.clone())).collect(),
        lacks: lacking(entry, has_note),
    }
}

/// Newest first.
pub(crate) fn coverage(commits: Vec<CommitCoverage>) -> CoverageAnswer {
    let mut agents: BTreeMap<Agent, AgentShare> = BTreeMap::new();
    let mut gaps: BTreeMap<RecordGap, u32> = BTreeMap::new();
    for one in &commits {
        let mut seen = BTreeSet::new();
        for (agent, version) in &one.agents {
            let share = agents.entry(agent.clone()).or_insert_with(|| AgentShare {
                agent: agent.clone(),
                commits: 0,
                versions: BTreeSet::new(),
            });
            share.commits += u32::from(seen.insert(agent));
            share.versions.extend(version.clone());
        }
        for gap in &one.lacks {
            *gaps.entry(*gap).or_default() += 1;
        }
    }
    let all = commits.len() as u32;
    let recorded = commits.iter().filter(|one| one.is_recorded).count() as u32;
    let lacking = commits.into_iter().filter(|one| !one.lacks.is_empty());
    let mut incomplete: Vec<IncompleteCommit> =
        lacking.map(|one| IncompleteCommit { commit: one.commit, subject: one.subject, lacks: one.lacks }).collect();
    let whole = all - incomplete.len() as u32;
    let more = incomplete.len().saturating_sub(NAMED) as u32;
    incomplete.truncate(NAMED);
    let coverage = RecallCoverage::new(recorded, Some(all), &[]);
    let agents = agents.into_values().collect();
    CoverageAnswer { backstory: 1, coverage, whole, agents, gaps, incomplete, more, note: NOTE }
}

/// Whether a record lacks it.
type IsLacking = fn(&Record<Clean>) -> bool;

pub(super) fn lacking(entry: &CommitEntry, has_note: bool) -> Vec<RecordGap> {
    let Some(record) = &entry.record else {
        let names_agent = entry.stated.iter().any(|one| matches!(one, Statement::Agent { .. }));
        return vec![match names_agent {
            _ if has_note => RecordGap::Unreadable,
            true => RecordGap::NamedOnly,
            false => RecordGap::NoRecord,
        }];
    };
    let of_record: [(RecordGap, IsLacking); 6] = [
        (RecordGap::UnreadSession, |record| record.contributions.iter().any(|one| !one.was_read())),
        (RecordGap::OnlyNear, |record| {
            !record.contributions.is_empty()
                && record.contributions.iter().all(|one| one.confidence == Confidence::Overlap)
        }),
        (RecordGap::SkippedLines, |record| record.skipped > 0),
        (RecordGap::Cut, |record| record.cut > 0),
        (RecordGap::Forgotten, |record| record.forgotten.is_some()),
        (RecordGap::UnknownLines, |record| record.lines.unknown > 0),
    ];
    of_record.into_iter().filter(|(_, lacks)| lacks(record)).map(|(gap, _)| gap).collect()
}

/// As many whole versions as fit, and how many more there are.
fn some_versions(versions: &BTreeSet<String>) -> String {
    let mut text = String::new();
    for (place, version) in versions.iter().enumerate() {
        let separator = if text.is_empty() { "" } else { ", " };
        let version = visible_line(version);
        let room = SUBJECT.saturating_sub(text.chars().count() + separator.len());
        if version.chars().count() <= room {
            text.push_str(&format!("{separator}{version}"));
        } else if text.is_empty() {
            text = format!("{}\u{2026}", beginning(&version, SUBJECT).0);
        } else {
            return format!("{text} and {} more", versions.len() - place);
        }
    }
    text
}

/// The same as text.
pub(crate) fn page(answer: &CoverageAnswer) -> String {
    let whole = match answer.whole {
        1 => "1 record is whole".to_owned(),
        whole => format!("{whole} records are whole"),
    };
    let mut text = format!("{}; {whole}.\n", answer.coverage.said);
    for one in &answer.agents {
        let versions = some_versions(&one.versions);
        let versions = if versions.is_empty() { String::new() } else { format!(" ({versions})") };
        let plural = if one.commits == 1 { "" } else { "s" };
        text.push_str(&format!("- {}{versions}: {} commit{plural}\n", one.agent, one.commits));
    }
    let (none, part): (Vec<_>, Vec<_>) = answer.gaps.iter().partition(|(gap, _)| gap.is_without_record());
    for (heading, gaps) in [("Without a record:", none), ("Recorded in part:", part)] {
        if gaps.is_empty() {
            continue;
        }
        text.push_str(&format!("{heading}\n"));
        for (gap, count) in gaps {
            text.push_str(&format!("- {count}: {}\n", gap.said()));
        }
    }
    for one in &answer.incomplete {
        let lacks: Vec<&str> = one.lacks.iter().map(|gap| gap.said()).collect();
        let subject = quoted(one.subject.as_str(), SUBJECT);
        text.push_str(&format!("{} {subject}: {}\n", short(&one.commit), lacks.join("; ")));
    }
    if answer.more > 0 {
        text.push_str(&format!("{} more.\n", answer.more));
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::record::samples;
    use crate::testing::schema;

    #[test]
    fn versions_are_told_whole() {
        let versions = |count: usize| (0..count).map(|number| format!("2.1.{number}")).collect::<BTreeSet<String>>();
        assert_eq!(some_versions(&versions(0)), "");
        assert_eq!(some_versions(&versions(3)), "2.1.0, 2.1.1, 2.1.2");
        assert_eq!(
            some_versions(&versions(20)),
            "2.1.0, 2.1.1, 2.1.10, 2.1.11, 2.1.12, 2.1.13, 2.1.14, 2.1.15, 2.1.16, 2.1.17 and 10 more"
        );
        let long = BTreeSet::from(["9".repeat(200), "9.1".to_owned()]);
        assert_eq!(some_versions(&long), "9.1 and 1 more");
        let long = BTreeSet::from(["9".repeat(200)]);
        assert_eq!(some_versions(&long), format!("{}\u{2026}", "9".repeat(SUBJECT)));
    }

    fn changed(change: impl Fn(&mut Record<Clean>)) -> CommitEntry {
        let mut entry = samples::discounts();
        let record = entry.record.as_mut().unwrap();
        (record.skipped, record.cut, record.forgotten, record.lines.unknown) = (0, 0, None, 0);
        change(record);
        entry
    }

    #[test]
    fn what_a_commit_lacks_is_named() {
        let none = CommitEntry { record: None, stated: Vec::new(), ..samples::discounts() };
        for (entry, expected) in [
            (changed(|_| {}), vec![]),
            (none.clone(), vec![RecordGap::NoRecord]),
            (CommitEntry { id: "noted".into(), ..none }, vec![RecordGap::Unreadable]),
            (CommitEntry { record: None, ..samples::signed("d4", "x", "copilot", true) }, vec![RecordGap::NamedOnly]),
            (changed(|record| record.cut = 2), vec![RecordGap::Cut]),
            (changed(|record| record.contributions[0].unread = true), vec![RecordGap::UnreadSession]),
            (
                changed(|record| {
                    record.contributions.iter_mut().for_each(|one| one.confidence = Confidence::Overlap);
                    record.lines.unknown = 3;
                }),
                vec![RecordGap::OnlyNear, RecordGap::UnknownLines],
            ),
        ] {
            assert_eq!(lacking(&entry, entry.id == "noted"), expected);
        }
    }

    #[test]
    fn a_range_is_counted_and_the_newest_gaps_are_named() {
        let none = CommitEntry { record: None, stated: Vec::new(), ..samples::discounts() };
        let mut range = vec![changed(|_| {})];
        range.extend((0..30).map(|number| CommitEntry { id: format!("{number:040}"), ..none.clone() }));
        let answer = coverage(range.iter().rev().map(|entry| of_commit(entry, false)).collect());
        assert_eq!((answer.coverage.recorded, answer.coverage.commits, answer.whole), (1, Some(31), 1));
        assert_eq!((answer.incomplete.len(), answer.more), (NAMED, 10));
        assert_eq!(answer.incomplete[0].commit, format!("{:040}", 29));
        assert_eq!(answer.agents[0].commits, 1);
        let text = page(&answer);
        assert!(text.starts_with("1 of 31 commits has a record; 1 record is whole"), "{text}");
        assert!(text.contains("- 30: no record"), "{text}");
        let mistakes = schema::mistakes("coverage.v1", &schema::written::<CoverageAnswer>(), &[json!(answer)]);
        assert_eq!(mistakes, Vec::<String>::new());
    }
}
