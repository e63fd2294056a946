//! Whether what a range of commits decided has held: merged, taken back, changed again, still in the tree, by commit and by session.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::answers::{NOTE, RecallCoverage};
use super::page::{day, quoted, unseen};
use crate::record::agent::Agent;
use crate::record::contribution::Confidence;
use crate::record::entry::CommitEntry;
use crate::record::text::Clean;
use crate::text::ids::short;
use crate::text::visible::visible_line;

/// Commits that are named, and sessions.
const NAMED: usize = 40;
/// Later commits that are named for one.
const LATER: usize = 5;
/// Characters of a subject.
const SUBJECT: usize = 80;

/// What git tells of one commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CommitFate {
    /// Whether the default branch of the remote, as it is known here, has it; `None` where there is none.
    pub merged: Option<bool>,
    /// A later commit that takes it back, and is not taken back itself.
    pub reverted_by: Option<String>,
    /// Of the lines that its record tells: those of files that could be looked at, and those of them that are still there.
    pub lines: Option<LinesLeft>,
    /// Later commits that touch one of its files, the newest first.
    pub later: Vec<String>,
}

/// Lines that a commit added, in files that are in HEAD under the same name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct LinesLeft {
    pub added: u32,
    /// Those that HEAD still has from this commit, in the same file.
    pub left: u32,
    /// Lines of files that are no longer there under that name, or were not looked at.
    pub not_known: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Durability {
    /// All of its lines are still there.
    Whole,
    InPart,
    /// None of them is.
    Replaced,
    Reverted,
    /// Too little could be looked at: it has no record, or lines in files that are not there under that name.
    NotKnown,
}

impl Durability {
    const ALL: [Self; 5] = [Self::Whole, Self::InPart, Self::Replaced, Self::Reverted, Self::NotKnown];

    fn of(fate: &CommitFate) -> Self {
        match (&fate.reverted_by, fate.lines.filter(|lines| lines.added > 0)) {
            (Some(_), _) => Self::Reverted,
            (None, None) => Self::NotKnown,
            (None, Some(lines)) if lines.left > 0 && lines.left < lines.added => Self::InPart,
            // Of the others it may be otherwise.
            (None, Some(lines)) if lines.not_known > 0 => Self::NotKnown,
            (None, Some(lines)) if lines.left == 0 => Self::Replaced,
            (None, Some(_)) => Self::Whole,
        }
    }

    fn said(self) -> &'static str {
        match self {
            Self::Whole => "still there",
            Self::InPart => "there in part",
            Self::Replaced => "replaced",
            Self::Reverted => "taken back",
            Self::NotKnown => "not known",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct CommitOutcome {
    pub commit: String,
    pub subject: Clean,
    /// When it was made; absent where it has no record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    pub held: Durability,
    /// Whether the default branch of the remote has it; absent where that is not known here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merged: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reverted_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lines: Option<LinesLeft>,
    /// Later commits that touch one of its files, the newest first, a few.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub later: Vec<String>,
    /// How many there are.
    pub changed_again: u32,
}

/// The outcomes of the commits that a session worked on.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct SessionOutcome {
    pub agent: Agent,
    pub session: String,
    pub commits: u32,
    pub held: BTreeMap<Durability, u32>,
}

/// What `outcomes --json` writes; its JSON Schema is `docs/schema/outcomes.v1.json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct OutcomesAnswer {
    /// Version of this format: 1.
    pub backstory: u32,
    /// Of the commits of the range.
    pub coverage: RecallCoverage,
    /// How many commits held, and how many not.
    pub held: BTreeMap<Durability, u32>,
    /// Newest first, as many as are named.
    pub commits: Vec<CommitOutcome>,
    /// By agent and session, as many as are named.
    pub sessions: Vec<SessionOutcome>,
    /// Older commits of the range, beyond the most that are looked at: nothing here counts them.
    pub not_looked_at: u32,
    /// How many more commits were looked at.
    pub more_commits: u32,
    /// How many more sessions worked on them.
    pub more_sessions: u32,
    pub note: &'static str,
}

/// Entries are oldest first, each with what git tells of it.
pub(crate) fn outcomes(entries: &[(CommitEntry, CommitFate)], not_looked_at: u32) -> OutcomesAnswer {
    let mut held: BTreeMap<Durability, u32> = BTreeMap::new();
    let mut sessions: BTreeMap<(Agent, String), SessionOutcome> = BTreeMap::new();
    let mut commits = Vec::new();
    for (entry, fate) in entries.iter().rev() {
        let how = Durability::of(fate);
        *held.entry(how).or_default() += 1;
        let worked = entry.record.iter().flat_map(|record| &record.contributions);
        for one in worked.filter(|one| one.confidence != Confidence::Overlap) {
            let of_session =
                sessions.entry((one.agent.clone(), one.session.clone())).or_insert_with(|| SessionOutcome {
                    agent: one.agent.clone(),
                    session: one.session.clone(),
                    commits: 0,
                    held: BTreeMap::new(),
                });
            of_session.commits += 1;
            *of_session.held.entry(how).or_default() += 1;
        }
        commits.push(CommitOutcome {
            commit: entry.id.clone(),
            subject: entry.subject.shortened(SUBJECT).0,
            at: entry.record.as_ref().map(|record| record.committed_at),
            held: how,
            merged: fate.merged,
            reverted_by: fate.reverted_by.clone(),
            lines: fate.lines,
            later: fate.later.iter().take(LATER).cloned().collect(),
            changed_again: fate.later.len() as u32,
        });
    }
    let recorded = entries.iter().filter(|(entry, _)| entry.record.is_some()).count() as u32;
    let coverage = RecallCoverage::new(recorded, Some(entries.len() as u32), &[]);
    let mut sessions: Vec<SessionOutcome> = sessions.into_values().collect();
    let more = |all: usize| all.saturating_sub(NAMED) as u32;
    let (more_commits, more_sessions) = (more(commits.len()), more(sessions.len()));
    commits.truncate(NAMED);
    sessions.truncate(NAMED);
    OutcomesAnswer {
        backstory: 1,
        coverage,
        held,
        commits,
        sessions,
        not_looked_at,
        more_commits,
        more_sessions,
        note: NOTE,
    }
}

/// The same as text.
pub(crate) fn page(answer: &OutcomesAnswer) -> String {
    let counts = |held: &BTreeMap<Durability, u32>| {
        let of = |how: &Durability| held.get(how).map(|count| format!("{count} {}", how.said()));
        Durability::ALL.iter().filter_map(of).collect::<Vec<_>>().join(", ")
    };
    let mut text = String::new();
    if !answer.held.is_empty() {
        text.push_str(&format!("Of the commits: {}.\n", counts(&answer.held)));
    }
    text.extend(unseen(answer.not_looked_at).map(|said| format!("{said}\n")));
    for one in &answer.commits {
        text.push_str(&commit_line(one));
    }
    more(&mut text, answer.more_commits, "commit");
    if !answer.sessions.is_empty() {
        text.push_str("By session:\n");
    }
    for one in &answer.sessions {
        let session = visible_line(short(&one.session));
        text.push_str(&format!("- {} {session}: {}\n", one.agent, counts(&one.held)));
    }
    more(&mut text, answer.more_sessions, "session");
    text.push_str(&format!("Recorded: {}.\n", answer.coverage.said));
    text
}

fn more(text: &mut String, count: u32, noun: &str) {
    if count > 0 {
        text.push_str(&format!("- {count} more {noun}{}\n", if count == 1 { "" } else { "s" }));
    }
}

fn commit_line(one: &CommitOutcome) -> String {
    let mut said = vec![one.held.said().to_owned()];
    if let Some(lines) = one.lines.filter(|lines| lines.added + lines.not_known > 0) {
        let unknown =
            if lines.not_known > 0 { format!(", of {} more not known", lines.not_known) } else { String::new() };
        said.push(format!("{} of {} lines left{unknown}", lines.left, lines.added));
    }
    if let Some(by) = &one.reverted_by {
        said.push(format!("by {}", short(by)));
    }
    said.extend(one.merged.map(|merged| if merged { "merged" } else { "not merged" }.to_owned()));
    if one.changed_again > 0 {
        let named: Vec<&str> = one.later.iter().map(|id| short(id)).collect();
        let more = if one.changed_again as usize > named.len() { ", \u{2026}" } else { "" };
        said.push(format!("its files changed again in {} later ({}{more})", one.changed_again, named.join(", ")));
    }
    let at = one.at.map(|at| format!("{} ", day(at))).unwrap_or_default();
    format!("- {at}{} {}: {}\n", short(&one.commit), quoted(one.subject.as_str(), SUBJECT), said.join("; "))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;
    use crate::record::samples;
    use crate::testing::schema;

    fn lines(added: u32, left: u32, not_known: u32) -> Option<LinesLeft> {
        Some(LinesLeft { added, left, not_known })
    }

    #[test]
    fn what_held_is_told_from_what_did_not() {
        let fate = |lines, reverted_by: Option<&str>| CommitFate {
            lines,
            reverted_by: reverted_by.map(str::to_owned),
            ..CommitFate::default()
        };
        for (fate, expected) in [
            (fate(lines(20, 20, 0), None), Durability::Whole),
            (fate(lines(20, 3, 0), None), Durability::InPart),
            (fate(lines(20, 0, 0), None), Durability::Replaced),
            (fate(lines(0, 0, 9), None), Durability::NotKnown),
            (fate(lines(20, 20, 1), None), Durability::NotKnown),
            (fate(lines(20, 0, 1), None), Durability::NotKnown),
            (fate(lines(20, 3, 1), None), Durability::InPart),
            (fate(None, None), Durability::NotKnown),
            (fate(lines(20, 20, 0), Some("b")), Durability::Reverted),
        ] {
            assert_eq!(Durability::of(&fate), expected, "{fate:?}");
        }
    }

    #[test]
    fn commits_and_sessions_are_counted() {
        let fate = CommitFate {
            merged: Some(true),
            lines: lines(5, 2, 1),
            later: (0..9).map(|number| format!("{number:040}")).collect(),
            ..CommitFate::default()
        };
        let none = CommitEntry { record: None, ..samples::by_a_person() };
        let answer = outcomes(&[(samples::discounts(), fate), (none, CommitFate::default())], 0);
        assert_eq!(answer.held, BTreeMap::from([(Durability::InPart, 1), (Durability::NotKnown, 1)]));
        assert_eq!((answer.commits[1].later.len(), answer.commits[1].changed_again), (LATER, 9));
        assert!(answer.sessions.iter().all(|one| one.commits == 1 && one.held[&Durability::InPart] == 1));
        let text = page(&answer);
        assert!(text.contains("there in part; 2 of 5 lines left, of 1 more not known; merged; its files"), "{text}");
        assert!(!text.contains("not looked at") && !text.contains("more commit"), "{text}");
        let mistakes = schema::mistakes("outcomes.v1", &schema::written::<OutcomesAnswer>(), &[json!(answer)]);
        assert_eq!(mistakes, Vec::<String>::new());
    }
    #[test]
    fn what_is_not_named_and_what_was_not_looked_at_are_said_apart() {
        let of_session = |number: usize| {
            let mut entry = samples::discounts();
            entry.record.as_mut().unwrap().contributions[0].session = format!("session-{number:03}");
            (entry, CommitFate::default())
        };
        let many: Vec<(CommitEntry, CommitFate)> = (0..NAMED + 3).map(of_session).collect();
        let answer = outcomes(&many, 7);
        let sessions: BTreeSet<&str> = many
            .iter()
            .flat_map(|(entry, _)| &entry.record.as_ref().unwrap().contributions)
            .filter(|one| one.confidence != Confidence::Overlap)
            .map(|one| one.session.as_str())
            .collect();
        assert_eq!((answer.more_commits, answer.not_looked_at), (3, 7));
        assert_eq!(answer.more_sessions as usize, sessions.len() - NAMED);
        let text = page(&answer);
        for said in ["7 older commits were not looked at.\n", "- 3 more commits\n", "more sessions\n"] {
            assert!(text.contains(said), "{said}: {text}");
        }
    }
}
