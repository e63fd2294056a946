//! The record of a commit: what is kept in `refs/notes/backstory` and read by other programs. Version 1; its JSON Schema
//! is `docs/schema/record.v1.json`.

use std::collections::BTreeMap;
use std::ops::Range;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::agent::Agent;
use super::checked_state::Untested;
use super::contribution::{Contribution, is_zero};
use super::forgotten_mark::Forgotten;
use super::text::MapText;

/// The version of the format that this program writes.
pub const RECORD_VERSION: u32 = 1;

/// Everything that is known about how one commit was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Record<T> {
    /// Version of this format: 1.
    pub backstory: u32,
    /// The program that wrote it: `backstory 0.1.0`.
    pub generator: String,
    /// The commit's id when the record was made; an amend or rebase carries the record to another id.
    pub commit: String,
    pub committed_at: Timestamp,
    /// Strongest first.
    pub contributions: Vec<Contribution<T>>,
    pub lines: LineCounts,
    /// Files with added lines, in the order of the commit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileRecord>,
    /// Changes outside of documents that no session is known to have had when it ran its checks: lines that a person changed or
    /// of unknown origin, files that nobody is known to have removed. Lines are listed only where a check passed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub untested: Vec<Untested>,
    /// What the commit message itself states.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stated: Vec<Statement<T>>,
    /// Redactions by kind.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub redactions: BTreeMap<String, u32>,
    /// Lines of transcripts that could not be read.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub skipped: u32,
    /// Prompts, attempts, checks and other details that were cut to keep the record under its size limit, and texts other than
    /// prompts that were shortened for it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cut: u32,
    /// That text was removed from the record after it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forgotten: Option<Forgotten>,
}

impl<T> Record<T> {
    /// Takes whole contributions out: of their lines nobody knows then who wrote them.
    pub fn leave_out(&mut self, chosen: impl Fn(&Contribution<T>) -> bool) {
        let is_out: Vec<bool> = self.contributions.iter().map(chosen).collect();
        if !is_out.contains(&true) {
            return;
        }
        let new_place = |old: u32| -> Option<u32> {
            let is_kept = !is_out.get(old as usize)?;
            is_kept.then(|| is_out[..old as usize].iter().filter(|out| !**out).count() as u32)
        };
        for span in self.files.iter_mut().flat_map(|file| &mut file.spans) {
            let Some(old) = span.contribution else { continue };
            span.contribution = new_place(old);
            if span.contribution.is_none() {
                span.author = LineAuthor::Unknown;
            }
        }
        let mut place = 0..;
        self.contributions.retain(|_| place.next().is_some_and(|place: usize| !is_out[place]));
        let mut lines = LineCounts::default();
        for span in self.files.iter().flat_map(|file| &file.spans) {
            lines.count(span.author, span.lines);
        }
        self.lines = lines;
    }
}

/// Added lines by the kind of their author.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LineCounts {
    pub added: u32,
    pub agent: u32,
    /// Written by the agent, then changed by a person.
    pub corrected: u32,
    pub person: u32,
    /// Changed by a formatter or written by a generator.
    pub formatter: u32,
    pub unknown: u32,
}

impl LineCounts {
    pub fn add(&mut self, other: Self) {
        // The numbers of a note need not add up: it may come from anybody.
        self.added = self.added.saturating_add(other.added);
        self.agent = self.agent.saturating_add(other.agent);
        self.corrected = self.corrected.saturating_add(other.corrected);
        self.person = self.person.saturating_add(other.person);
        self.formatter = self.formatter.saturating_add(other.formatter);
        self.unknown = self.unknown.saturating_add(other.unknown);
    }

    pub fn count(&mut self, author: LineAuthor, lines: u32) {
        let of_author = match author {
            LineAuthor::Agent => &mut self.agent,
            LineAuthor::Corrected => &mut self.corrected,
            LineAuthor::Person => &mut self.person,
            LineAuthor::Formatter => &mut self.formatter,
            LineAuthor::Unknown => &mut self.unknown,
        };
        *of_author = of_author.saturating_add(lines);
        self.added = self.added.saturating_add(lines);
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FileRecord {
    pub path: String,
    /// Added lines in the committed file, in order, without gaps inside a span.
    pub spans: Vec<Span>,
}

/// A run of added lines with one author.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Span {
    /// From 1.
    pub start: u32,
    pub lines: u32,
    pub author: LineAuthor,
    /// Index into the record's contributions, for agent-written lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contribution: Option<u32>,
}

impl Span {
    /// Lines in their order, each with its author and the place of the contribution that it is of, as runs.
    pub(crate) fn runs(lines: impl Iterator<Item = (u32, LineAuthor, Option<u32>)>) -> Vec<Self> {
        let mut runs: Vec<Self> = Vec::new();
        for (number, author, contribution) in lines {
            match runs.last_mut() {
                Some(last)
                    if last.range().end == number && last.author == author && last.contribution == contribution =>
                {
                    last.lines += 1;
                }
                _ => runs.push(Self { start: number, lines: 1, author, contribution }),
            }
        }
        runs
    }

    /// The numbers of its lines. A note may come from anybody, so that there can be more of them than any file has: look
    /// numbers up in it, and walk through it only where this program made it.
    pub fn range(&self) -> Range<u32> {
        self.start..self.start.saturating_add(self.lines)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum LineAuthor {
    Agent,
    Corrected,
    Person,
    Formatter,
    Unknown,
}

/// What a commit's message or author line says about agents, and our own keys for documentation by hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Statement<T> {
    /// An agent signed the commit.
    Agent {
        agent: Agent,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        model: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        session: Option<String>,
        /// Where it stands: `Co-authored-by`, `author`, `message`.
        place: String,
        /// Whether git itself reads it (a trailer, the author), or only a tolerant scan of the message found it.
        strict: bool,
    },
    Prompt {
        text: T,
    },
    FailedAttempt {
        text: T,
    },
    Correction {
        text: T,
    },
    Context {
        text: T,
    },
    Verified {
        text: T,
    },
}

impl<T, U> MapText<T, U> for Record<T> {
    type Output = Record<U>;

    fn map_text(self, map: &mut dyn FnMut(T) -> U) -> Record<U> {
        Record {
            contributions: self.contributions.map_text(map),
            stated: self.stated.map_text(map),
            backstory: self.backstory,
            generator: self.generator,
            commit: self.commit,
            committed_at: self.committed_at,
            lines: self.lines,
            files: self.files,
            untested: self.untested,
            redactions: self.redactions,
            skipped: self.skipped,
            cut: self.cut,
            forgotten: self.forgotten,
        }
    }
}

impl<T, U> MapText<T, U> for Statement<T> {
    type Output = Statement<U>;

    fn map_text(self, map: &mut dyn FnMut(T) -> U) -> Statement<U> {
        match self {
            Self::Agent { agent, model, session, place, strict } => {
                Statement::Agent { agent, model, session, place, strict }
            }
            Self::Prompt { text } => Statement::Prompt { text: map(text) },
            Self::FailedAttempt { text } => Statement::FailedAttempt { text: map(text) },
            Self::Correction { text } => Statement::Correction { text: map(text) },
            Self::Context { text } => Statement::Context { text: map(text) },
            Self::Verified { text } => Statement::Verified { text: map(text) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_a_note_need_not_add_up() {
        let mut lines = LineCounts::default();
        for author in [LineAuthor::Agent, LineAuthor::Agent, LineAuthor::Unknown] {
            lines.count(author, u32::MAX);
        }
        assert_eq!((lines.agent, lines.unknown, lines.added), (u32::MAX, u32::MAX, u32::MAX));
        let span = Span { start: 7, lines: u32::MAX, author: LineAuthor::Agent, contribution: None };
        assert_eq!(span.range(), 7..u32::MAX);
    }
}
