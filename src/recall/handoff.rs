//! What the next agent has to know about the work at hand: the commits of the branch, what was asked for, what failed and is not to be
//! tried again, what people corrected, how checks ended and what was edited after them.

use jiff::Timestamp;
use serde::Serialize;

use super::answers::{NOTE, RecallCoverage, RecallHit};
use super::brief::{choose, line};
use super::memory::{Memory, MemoryKind, memories};
use super::outline::{MemoryOutline, alike_once};
use super::page::{quoted, short_files, unseen};
use super::turns::in_turns;
use crate::record::agent::Agent;
use crate::record::checked_state::CheckedState;
use crate::record::contribution::{CheckKind, CheckResult};
use crate::record::entry::CommitEntry;
use crate::record::text::Clean;
use crate::text::ids::short;

/// Of the text, in characters.
const LONGEST: usize = 6_000;
/// Lines of a part.
const MOST: usize = 12;
/// Characters of a text in a line.
const TEXT: usize = 300;
/// Files that are named of what is not committed.
const FILES: usize = 40;

/// How far the work has come.
#[derive(Clone, Debug, Default)]
pub(crate) struct WorkAtHand<'a> {
    /// As a person writes it; `None` where none is checked out.
    pub branch: Option<String>,
    /// Whether the commits are those that the branch has beyond its base; else they are the last ones.
    pub is_of_branch: bool,
    /// Oldest first.
    pub entries: &'a [CommitEntry],
    /// Tracked files that differ from the last commit, as far as that can be told.
    pub uncommitted: Vec<String>,
    /// Older commits of the branch, beyond the most that are looked at.
    pub not_looked_at: u32,
    /// The session that asks.
    pub without: Option<&'a str>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct WorkCommit {
    pub commit: String,
    pub subject: Clean,
    /// Those that worked on it, each once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub agents: Vec<Agent>,
    pub has_record: bool,
}

/// Files that a session changed after the last check of it that passed, and on which no check of a later commit passed.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct UncheckedEdit {
    pub commit: String,
    pub files: Vec<String>,
}

/// What `handoff --json` writes; its JSON Schema is `docs/schema/handoff.v1.json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct HandoffAnswer {
    /// Version of this format: 1.
    pub backstory: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// Of the commits of the work.
    pub coverage: RecallCoverage,
    /// Newest first.
    pub commits: Vec<WorkCommit>,
    /// Older commits of the branch, beyond the most that are looked at: nothing here tells of them.
    pub not_looked_at: u32,
    /// All of it as a text of at most 6,000 characters.
    pub text: String,
    /// What the text tells: requests, failures, corrections, constraints, checks.
    pub hits: Vec<RecallHit>,
    pub edited_after_checks: Vec<UncheckedEdit>,
    /// Tracked files that differ from the last commit, as far as that can be told.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub uncommitted: Vec<String>,
    pub note: &'static str,
}

const HEADINGS: [&str; 8] = [
    "What was asked, the last first:",
    "What failed, and what was done about it:",
    "What people corrected:",
    "What people said it has to keep to:",
    "Checks that were run, and how the last ended:",
    "Edited after the last check that passed:",
    "Commits, the newest first:",
    "Changed and not committed; what was asked for it may be in no record yet:",
];

/// `look` says of memories whether they are still so.
pub(crate) fn handoff(work: WorkAtHand<'_>, look: impl Fn(&mut [RecallHit])) -> HandoffAnswer {
    let memories: Vec<Memory> = work.entries.iter().flat_map(memories).filter(|one| !is_own(&work, one)).collect();
    let outlines: Vec<MemoryOutline> =
        memories.iter().enumerate().map(|(place, memory)| MemoryOutline::of(place as i64, memory)).collect();
    let [failed, corrected, constraints, checks] = choose(&outlines);
    let chosen = [asked(&outlines), failed, corrected, constraints, checks];
    let mut hits = chosen.map(|part| part.iter().filter_map(|one| hit(&memories, one)).collect::<Vec<RecallHit>>());
    hits.iter_mut().for_each(|part| look(part));
    let edited = edited_after_checks(&work);
    let commits: Vec<WorkCommit> = work.entries.iter().rev().map(work_commit).collect();
    let recorded = work.entries.iter().filter(|entry| entry.record.is_some()).count() as u32;
    let coverage = RecallCoverage::new(recorded, Some(work.entries.len() as u32), &[]);
    let unseen = unseen(work.not_looked_at).map(|said| format!(" {said}")).unwrap_or_default();
    let first = format!("{}: {}.{unseen}\n", begins(&work), coverage.said);
    let of_hits = |part: &Vec<RecallHit>| part.iter().map(line).collect::<Vec<String>>();
    let [asked, failed, corrected, constraints, checks] = &hits;
    let files = |edit: &UncheckedEdit| format!("- {} ({})", short_files(&edit.files), short(&edit.commit));
    let parts: [Vec<String>; 8] = [
        of_hits(asked),
        of_hits(failed),
        of_hits(corrected),
        of_hits(constraints),
        of_hits(checks),
        edited.iter().map(files).collect(),
        commits.iter().map(commit_line).collect(),
        work.uncommitted.chunks(4).map(|files| format!("- {}", short_files(files))).collect(),
    ];
    let (text, told) = in_turns(&first, HEADINGS, &parts, (LONGEST, MOST));
    let hits = hits.iter().zip(&told).flat_map(|(part, told)| told.iter().map(|place| part[*place].clone())).collect();
    HandoffAnswer {
        backstory: 1,
        branch: work.branch,
        coverage,
        commits,
        not_looked_at: work.not_looked_at,
        text,
        hits,
        edited_after_checks: edited,
        uncommitted: work.uncommitted.into_iter().take(FILES).collect(),
        note: NOTE,
    }
}

fn begins(work: &WorkAtHand<'_>) -> String {
    let branch = work.branch.as_ref().map(|branch| format!(" on {}", quoted(branch, TEXT))).unwrap_or_default();
    match work.is_of_branch {
        true => format!("The work{branch}"),
        false => format!("The last commits{branch}"),
    }
}

fn is_own(work: &WorkAtHand<'_>, memory: &Memory) -> bool {
    work.without.is_some() && memory.session.as_deref() == work.without
}

/// What was asked for, the newest first, the same words once.
fn asked(outlines: &[MemoryOutline]) -> Vec<MemoryOutline> {
    let mut asked: Vec<MemoryOutline> = outlines.iter().filter(|one| one.kind == MemoryKind::Prompt).cloned().collect();
    asked.sort_by_key(|one| std::cmp::Reverse((one.at, one.place)));
    let mut once = alike_once(asked);
    once.truncate(MOST);
    once
}

fn hit(memories: &[Memory], one: &MemoryOutline) -> Option<RecallHit> {
    let memory = memories.get(usize::try_from(one.place).ok()?)?;
    Some(RecallHit { in_history: true, times: one.times, ..RecallHit::of(memory, None) })
}

/// Of the newest commit that has any, and those before it. What a check saw that passed for a later commit is left out.
fn edited_after_checks(work: &WorkAtHand<'_>) -> Vec<UncheckedEdit> {
    let of_entry = |(place, entry): (usize, &CommitEntry)| {
        let made = entry.record.as_ref().map(|record| record.committed_at);
        if made.is_some_and(|made| passes_after(&work.entries[place + 1..], made)) {
            return None;
        }
        let own = |session: &str| work.without == Some(session);
        let contributions = entry.record.iter().flat_map(|record| &record.contributions);
        let mut files: Vec<String> = contributions
            .filter(|one| !own(&one.session))
            .flat_map(|one| one.changed_after_check.iter().cloned())
            .collect();
        files.sort();
        files.dedup();
        (!files.is_empty()).then(|| UncheckedEdit { commit: entry.id.clone(), files })
    };
    work.entries.iter().enumerate().rev().filter_map(of_entry).take(MOST).collect()
}

/// Whether a check that ran on all, after `made`, passed on one of these commits, or on what became it. What was edited after it is
/// listed with that commit.
fn passes_after(later: &[CommitEntry], made: Timestamp) -> bool {
    let checks = later.iter().flat_map(CommitEntry::sure).flat_map(|one| &one.checks);
    let mut passed = checks.filter(|check| check.result == CheckResult::Passed && check.kind != CheckKind::Format);
    passed.any(|check| {
        let is_on_it = matches!(
            check.state,
            Some(CheckedState::Committed | CheckedState::BeforeEdit | CheckedState::BeforeChange)
        );
        is_on_it && !check.partial && check.at.is_some_and(|at| at >= made)
    })
}

fn work_commit(entry: &CommitEntry) -> WorkCommit {
    let contributions = entry.record.iter().flat_map(|record| &record.contributions);
    let mut agents: Vec<Agent> = contributions.map(|one| one.agent.clone()).collect();
    agents.sort();
    agents.dedup();
    let subject = entry.subject.shortened(TEXT).0;
    WorkCommit { commit: entry.id.clone(), subject, agents, has_record: entry.record.is_some() }
}

fn commit_line(commit: &WorkCommit) -> String {
    let agents: Vec<String> = commit.agents.iter().map(ToString::to_string).collect();
    let by = match (agents.is_empty(), commit.has_record) {
        (false, _) => format!(" ({})", agents.join(", ")),
        (true, true) => " (no agent is known)".to_owned(),
        (true, false) => " (no record)".to_owned(),
    };
    format!("- {} {}{by}", short(&commit.commit), quoted(commit.subject.as_str(), TEXT))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::record::samples;
    use crate::testing::schema;

    fn work(entries: &[CommitEntry]) -> WorkAtHand<'_> {
        WorkAtHand { branch: Some("topic".into()), is_of_branch: true, entries, ..WorkAtHand::default() }
    }

    #[test]
    fn it_tells_what_was_asked_failed_corrected_and_checked() {
        let mut entry = samples::discounts();
        let one = &mut entry.record.as_mut().unwrap().contributions[0];
        one.changed_after_check = vec!["src/price.py".to_owned()];
        let range = [entry, samples::by_a_person()];
        let answer = handoff(WorkAtHand { uncommitted: vec!["a.py".to_owned()], ..work(&range) }, |_| {});
        assert!(answer.text.starts_with("The work on \u{201c}topic\u{201d}: "), "{}", answer.text);
        for heading in [HEADINGS[0], HEADINGS[2], HEADINGS[4], HEADINGS[5], HEADINGS[6], HEADINGS[7]] {
            assert!(answer.text.contains(heading), "{heading}: {}", answer.text);
        }
        assert_eq!((answer.commits.len(), &answer.commits[0].commit), (2, &range[1].id));
        let mistakes = schema::mistakes("handoff.v1", &schema::written::<HandoffAnswer>(), &[json!(answer)]);
        assert_eq!(mistakes, Vec::<String>::new());
    }

    #[test]
    fn the_session_that_asks_is_left_out() {
        let range = [samples::discounts()];
        let session = range[0].record.as_ref().unwrap().contributions[0].session.clone();
        let all = handoff(work(&range), |_| {}).hits;
        let others = handoff(WorkAtHand { without: Some(&session), ..work(&range) }, |_| {}).hits;
        assert!(all.iter().any(|hit| hit.session.as_ref() == Some(&session)));
        assert!(others.iter().all(|hit| hit.session.as_ref() != Some(&session)));
    }

    #[test]
    fn it_keeps_to_its_limit() {
        let mut range: Vec<CommitEntry> = (0..90).map(|_| samples::discounts()).collect();
        for (number, entry) in range.iter_mut().enumerate() {
            for prompt in entry.record.as_mut().unwrap().contributions.iter_mut().flat_map(|one| &mut one.prompts) {
                prompt.text = serde_json::from_value(json!(format!("{number} {}", "word ".repeat(900)))).unwrap();
            }
        }
        let answer = handoff(WorkAtHand { uncommitted: vec!["x/".repeat(900); 300], ..work(&range) }, |_| {});
        assert!(answer.text.chars().count() <= LONGEST);
    }
    #[test]
    fn what_a_later_check_saw_is_no_longer_told_as_edited_after_one() {
        let mut first = samples::discounts();
        first.record.as_mut().unwrap().contributions[0].changed_after_check = vec!["src/price.py".to_owned()];
        let made = first.record.as_ref().unwrap().committed_at;
        let later = |state: &str, kind: &str, result: &str, partial: bool, hours: i64| {
            let mut entry = samples::discounts();
            entry.id = "b".repeat(40);
            let contributions = &mut entry.record.as_mut().unwrap().contributions;
            contributions.truncate(1);
            contributions[0].changed_after_check = vec!["src/tax.py".to_owned()];
            contributions[0].checks = vec![
                serde_json::from_value(json!({
                    "kind": kind, "command": "pytest -q", "result": result, "after_last_edit": false, "state": state,
                    "partial": partial, "by": "agent", "at": made + jiff::SignedDuration::from_hours(hours),
                }))
                .unwrap(),
            ];
            entry
        };
        for (name, later, expected) in [
            ("passed", later("committed", "test", "passed", false, 1), false),
            ("passed before the last edit of its commit", later("before-edit", "test", "passed", false, 1), false),
            ("on another state", later("other-state", "test", "passed", false, 1), true),
            ("failed", later("committed", "test", "failed", false, 1), true),
            ("of some tests", later("committed", "test", "passed", true, 1), true),
            ("formatted", later("committed", "format", "passed", false, 1), true),
            ("before the first was made", later("committed", "test", "passed", false, -1), true),
        ] {
            let range = [first.clone(), later];
            let told = handoff(work(&range), |_| {}).edited_after_checks;
            let is_told = |file: &str| told.iter().any(|edit| edit.files.iter().any(|one| one == file));
            assert_eq!((is_told("src/price.py"), is_told("src/tax.py")), (expected, true), "{name}");
        }
    }

    #[test]
    fn what_was_not_looked_at_and_what_is_gone_is_said() {
        let mut entry = samples::discounts();
        let contributions = entry.record.iter_mut().flat_map(|record| &mut record.contributions);
        contributions.flat_map(|one| &mut one.attempts).for_each(|attempt| attempt.hidden = false);
        let range = [entry];
        let gone = |hits: &mut [RecallHit]| {
            for hit in hits {
                (hit.cure_in_tree, hit.reverted_by) = (Some(false), Some("c".repeat(40)));
            }
        };
        let answer = handoff(WorkAtHand { not_looked_at: 1, ..work(&range) }, gone);
        assert!(answer.text.contains("1 older commit was not looked at.\n"), "{}", answer.text);
        assert!(answer.text.contains("(no longer in that file)"), "{}", answer.text);
        assert!(answer.hits.iter().all(|hit| hit.reverted_by.is_some()) && !answer.hits.is_empty());
        assert_eq!(answer.not_looked_at, 1);
    }
}
