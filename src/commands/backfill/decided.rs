//! What becomes of each commit, in their order: what records of other commits add, and whether its record is kept.

use std::cell::OnceCell;

use serde::Serialize;

use super::again;
use super::backfilled::Done;
use super::known::Known;
use super::linked::{LinkedCommit, Linker, RecordSoFar};
use crate::link::carry::CommitSource;
use crate::link::pairing::Patch;
use crate::output::{Output, for_terminal};
use crate::record::agent::Agent;
use crate::record::commit::Commit;
use crate::record::contribution::{Confidence, Evidence};
use crate::record::note::{LineCounts, Record};
use crate::record::text::Clean;
use crate::recorder::orphans::{FormerCommits, Records};
use crate::recorder::workplace::Workplace;
use crate::recorder::{keep, page, recorded};
use crate::text::ids::short;

/// What is needed to decide, and what was decided so far.
pub(crate) struct Decider<'a> {
    pub(crate) is_json: bool,
    /// Whether records that are already here are made again.
    pub(crate) is_again: bool,
    pub(crate) workplace: &'a Workplace,
    pub(crate) records: &'a Records<'a>,
    pub(crate) linker: &'a Linker<'a>,
    /// Whether there are records of commits that are not part of any branch; looked for where that matters.
    pub(crate) left_over: OnceCell<bool>,
    pub(crate) done: Done,
}

/// One line of the answer.
#[derive(Serialize)]
struct BackfillLine<'a> {
    commit: &'a str,
    contributions: Vec<BackfilledSession<'a>>,
    lines: LineCounts,
    /// What changed in a record that is made again; absent without `--again`.
    #[serde(skip_serializing_if = "Option::is_none")]
    changed: Option<&'a [String]>,
}

#[derive(Serialize)]
struct BackfilledSession<'a> {
    agent: &'a Agent,
    session: &'a str,
    confidence: Confidence,
    lines: u32,
    prompts: usize,
    attempts: usize,
    corrections: usize,
    checks: usize,
    evidence: &'a [Evidence],
}

impl Decider<'_> {
    /// Says what was found for a commit, and keeps its record where it says something new.
    ///
    /// # Errors
    /// When a commit cannot be read, or the answer not be written.
    pub(crate) fn decide(&mut self, linked: LinkedCommit, known: Known, output: &mut Output) -> anyhow::Result<()> {
        let LinkedCommit { id, is_declined, is_named, is_linked, lines, made } = linked;
        let Known { is_here, is_joined, more, record: known } = known;
        let mut is_taken_over = false;
        let (mut record, refused) = match made {
            RecordSoFar::Whole { .. } if is_declined => {
                self.done.declined += 1;
                return Ok(());
            }
            RecordSoFar::Whole { record, refused } => (record.map(|record| *record), Some(refused)),
            RecordSoFar::InPart(mut parts) => {
                let patch = parts.patch.take();
                let mut sources = self.sources((&parts.commit, patch), known.as_ref())?;
                is_taken_over = !sources.is_empty();
                if is_joined || !is_here {
                    sources.retain(|source| !more.iter().any(|one| one.record == source.record));
                    sources.extend(more);
                }
                if is_declined && sources.is_empty() {
                    self.done.declined += usize::from(known.is_none());
                    return Ok(());
                }
                let settings = (self.linker.redactor, &self.workplace.config, &self.workplace.ignored);
                (parts.record((&sources, known.as_ref()), settings), None)
            }
        };
        self.done.linked += usize::from(is_linked);
        // Whose session is named and not known may be told by a record that no commit was found for.
        if !is_here
            && is_named
            && record.as_ref().is_some_and(|record| record.contributions.is_empty())
            && *self.left_over.get_or_init(|| self.records.are_left_over())
        {
            self.done.waiting += 1;
            record = None;
        }
        let changed = known.as_ref().filter(|_| self.is_again).map(|known| match &record {
            Some(now) if again::can_replace(known, now, self.linker.library) => again::changes(known, now),
            _ => Vec::new(),
        });
        if self.is_json {
            let lines = record.as_ref().map_or(lines, |record| record.lines);
            page::write_json_line(output, &line(&id, record.as_ref(), lines, changed.as_deref()))?;
        }
        let Some(record) = record else {
            self.done.better += usize::from(self.is_again);
            return Ok(());
        };
        let is_worth_it = match (&changed, &known) {
            (None, known) => self.says_something_new(&record, (is_here, known.as_ref())),
            (Some(changed), Some(known)) if changed.is_empty() => {
                let stays = !again::can_replace(known, &record, self.linker.library);
                *(if stays { &mut self.done.better } else { &mut self.done.unchanged }) += 1;
                false
            }
            (Some(_), _) => true,
        };
        if !is_worth_it {
            return Ok(());
        }
        if let Some(error) = refused.unwrap_or_else(|| self.linker.refusal(Some(&record))) {
            output.message(&format!("{error:#}; it would not be kept"));
            self.done.refused += 1;
            return Ok(());
        }
        if let (Some(changed), false) = (&changed, self.is_json) {
            output.line(&format!("{}  {}", short(&id), changed.join(", ")))?;
        } else if !self.is_json && !record.contributions.is_empty() {
            output.line(&for_terminal(&summary(&record)))?;
        }
        self.done.taken_over += usize::from(is_taken_over);
        self.done.count += 1;
        if !self.linker.is_dry_run {
            self.done.kept.push(record);
        }
        Ok(())
    }

    fn says_something_new(&mut self, record: &Record<Clean>, (is_here, known): (bool, Option<&Record<Clean>>)) -> bool {
        // Another machine, with other transcripts, may have known more.
        let knows = known.map(keep::knowledge);
        if knows.is_some_and(|knows| knows > keep::knowledge(record)) {
            self.done.better += 1;
            return false;
        }
        // What only a remote has says as much.
        let is_as_known = knows == Some(keep::knowledge(record));
        let is_bare = record.contributions.is_empty() && record.stated.is_empty() && record.forgotten.is_none();
        is_here || !is_as_known && !is_bare
    }

    /// The records of other commits that belong to this one; with its own, where there are any.
    fn sources(
        &mut self,
        (commit, patch): (&Commit, Option<Patch>),
        known: Option<&Record<Clean>>,
    ) -> anyhow::Result<Vec<CommitSource>> {
        let mut sources = match self.records.of(commit, patch)? {
            FormerCommits::Nothing => return Ok(Vec::new()),
            FormerCommits::Several => {
                self.done.unclear.extend(commit.id.clone());
                return Ok(Vec::new());
            }
            FormerCommits::Sources(sources) => sources,
        };
        // A record that has it all already, or had it removed.
        let has = |source: &CommitSource| {
            let is_it =
                |evidence: &Evidence| matches!(evidence, Evidence::Carried { from } if *from == source.record.commit);
            known.is_some_and(|known| known.contributions.iter().flat_map(|one| &one.evidence).any(is_it))
        };
        sources.retain(|source| !has(source));
        if let (Some(known), Some(id), false) = (known, &commit.id, sources.is_empty()) {
            sources.push(recorded::source(self.workplace, id, known.clone())?);
        }
        Ok(sources)
    }
}

fn line<'a>(
    commit: &'a str,
    record: Option<&'a Record<Clean>>,
    lines: LineCounts,
    changed: Option<&'a [String]>,
) -> BackfillLine<'a> {
    let contributions = record.iter().flat_map(|record| &record.contributions);
    let contributions = contributions
        .map(|one| BackfilledSession {
            agent: &one.agent,
            session: &one.session,
            confidence: one.confidence,
            lines: one.lines,
            prompts: one.prompts.len(),
            attempts: one.attempts.len(),
            corrections: one.corrections.len(),
            checks: one.checks.len(),
            evidence: &one.evidence,
        })
        .collect();
    BackfillLine { commit, contributions, lines, changed }
}

fn summary(record: &Record<Clean>) -> String {
    let sessions: Vec<String> = record
        .contributions
        .iter()
        .map(|one| format!("{}/{} ({})", one.agent, one.session, confidence_word(one.confidence)))
        .collect();
    let short: String = record.commit.chars().take(10).collect();
    format!("{short}  {} of {} lines by agents  {}", record.lines.agent, record.lines.added, sessions.join(", "))
}

fn confidence_word(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Stated => "stated",
        Confidence::Content => "content",
        Confidence::Overlap => "overlap",
    }
}
