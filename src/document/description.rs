//! The value that a description is written from: everything is chosen, counted, ordered and cut here and in the files
//! of its parts. A template chooses the words. Text in it is [`Markdown`] already.

use serde::Serialize;

use super::asked::{self, Asked, asked};
use super::attempts::{Attempt, attempts};
use super::checked::{Checked, checked};
use super::corrections::{CorrectionRow, corrections};
use super::details::{CommitRow, Footer, TokenCounts, commit_rows, footer, tokens};
use super::headline::{Headline, headline};
use super::look::{ReviewPoint, joined, look};
use super::processes::ProcessRow;
use super::range::{claims, signatures};
use super::sections::{FoldedSection, FoldedSections, Material, SECTIONS};
use crate::document::list::List;
use crate::record::entry::CommitEntry;

/// How much a description may hold.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Rows of a list before `and N more`.
    pub rows: usize,
    /// Of the whole text. GitHub takes 65,536 for the body of a pull request (dead-claudia/github-limits, 2025).
    pub code_points: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { rows: 10, code_points: 65_536 }
    }
}

/// Failed attempts that are told before the details.
const ATTEMPTS: usize = 5;
/// Prompts that are told before the details.
const ASKED: usize = 6;

#[derive(Clone, Debug, Serialize)]
pub struct Description {
    pub headline: Headline,
    /// What was not checked is in `checked`.
    pub look: List<ReviewPoint>,
    pub asked: List<Asked>,
    /// What a reviewer should know of.
    pub attempts: List<Attempt>,
    /// How often the agent slipped with its own tools (a text to replace not found, a file not read yet, an unknown command).
    pub slips: u32,
    pub corrections: List<CorrectionRow>,
    pub checked: Checked,
    /// How the change went beside the SOPs that are in force; absent where nobody looked or there is none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub processes: Vec<ProcessRow>,
    pub commits: List<CommitRow>,
    pub tokens: Option<TokenCounts>,
    /// Every attempt, where `attempts` leaves some out; else empty.
    pub all_attempts: List<Attempt>,
    /// Every correction with its lines, where `corrections` leaves some out or cuts them; else empty.
    pub all_corrections: List<CorrectionRow>,
    #[serde(flatten)]
    pub sections: FoldedSections,
    pub footer: Footer,
}

/// Describes a range of commits, oldest first. `None` when no agent is known to have worked on it.
pub fn describe(range: &[CommitEntry], limits: Limits) -> Option<Description> {
    let claims = claims(range);
    let signatures = signatures(range);
    if claims.is_empty() && signatures.is_empty() && !written_by_hand(range) {
        return None;
    }
    let checked = checked(range, &claims);
    let told = attempts(range, &claims, limits.rows.min(ATTEMPTS));
    let (shown_corrections, all_corrections) = corrections(range, &claims, limits.rows);
    let mut look = joined(look(range, &claims, &signatures, &checked));
    look.retain(|row| !row.is_about_checks());
    let mut description = Description {
        headline: headline(range, &claims, &signatures),
        look: List::new(look),
        asked: asked(range, &claims, limits.rows.min(ASKED)),
        attempts: told.shown,
        slips: told.slips,
        corrections: shown_corrections,
        processes: Vec::new(),
        commits: List::new(commit_rows(range)),
        tokens: tokens(&claims),
        all_attempts: told.all,
        all_corrections,
        sections: FoldedSections::of(&Material { range, claims: &claims }),
        footer: footer(range, &claims),
        checked,
    };
    description.checked.told.truncate(limits.rows);
    description.look.truncate(limits.rows);
    Some(description)
}

/// Whether somebody documented an agent's work in a commit message: `AI-Prompt: ...`.
fn written_by_hand(range: &[CommitEntry]) -> bool {
    range.iter().any(|entry| !entry.stated().is_empty())
}

/// The parts that may be shortened to fit a limit, in the order in which they go: from the bottom up.
#[derive(Clone, Copy)]
pub(crate) enum Part {
    Folded(&'static FoldedSection),
    AllCorrections,
    AllAttempts,
    Commits,
    Checks,
    Corrections,
    Attempts,
    Asked,
    Look,
}

pub(crate) fn parts() -> impl Iterator<Item = Part> {
    let others = [
        Part::AllCorrections,
        Part::AllAttempts,
        Part::Commits,
        Part::Checks,
        Part::Corrections,
        Part::Attempts,
        Part::Asked,
        Part::Look,
    ];
    SECTIONS.iter().map(Part::Folded).chain(others)
}

/// What is left to the details where the part above them is long, in this order: the part, and its rows then.
pub(crate) const FOLDS: &[(Part, usize)] = &[
    (Part::Attempts, 3),
    (Part::Corrections, 4),
    (Part::Asked, 4),
    (Part::Look, 5),
    (Part::Attempts, 2),
    (Part::Corrections, 3),
    (Part::Asked, 3),
    (Part::Look, 3),
    (Part::Attempts, 1),
    (Part::Corrections, 2),
];

impl Description {
    pub(crate) fn rows(&self, part: Part) -> usize {
        match part {
            Part::Folded(section) => self.sections.rows(section),
            Part::AllCorrections => self.all_corrections.rows.len(),
            Part::AllAttempts => self.all_attempts.rows.len(),
            Part::Commits => self.commits.rows.len(),
            Part::Checks => self.checked.told.rows.len(),
            Part::Corrections => self.corrections.rows.len(),
            Part::Attempts => self.attempts.rows.len(),
            Part::Asked => self.asked.rows.len(),
            Part::Look => self.look.rows.len(),
        }
    }

    pub(crate) fn shorten(&mut self, part: Part, rows: usize) {
        match part {
            Part::Folded(section) => self.sections.shorten(section, rows),
            Part::AllCorrections => self.all_corrections.truncate(rows),
            Part::AllAttempts => self.all_attempts.truncate(rows),
            Part::Commits => self.commits.truncate(rows),
            Part::Checks => self.checked.told.truncate(rows),
            Part::Corrections => self.corrections.truncate(rows),
            Part::Attempts => self.attempts.truncate(rows),
            Part::Asked => asked::shorten(&mut self.asked, rows),
            Part::Look => self.look.truncate(rows),
        }
    }

    /// Leaves rows of the upper part to the details, which have all of them then.
    pub(crate) fn fold(&mut self, part: Part, rows: usize) {
        match part {
            Part::Attempts if self.attempts.more == 0 && rows < self.attempts.rows.len() => {
                self.all_attempts = List::new(self.attempts.rows.clone());
            }
            Part::Corrections if self.all_corrections.rows.is_empty() && rows < self.corrections.rows.len() => {
                self.all_corrections = List::new(self.corrections.rows.clone());
            }
            _ => {}
        }
        self.shorten(part, rows);
    }
}
