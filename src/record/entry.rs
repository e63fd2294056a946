//! One commit of a range as the steps after the record need it: `document` and `export`.

use super::agent::Agent;
use super::commit::CommitHeader;
use super::contribution::{Confidence, Contribution};
use super::note::{Record, Statement};
use super::text::Clean;
use crate::text::ids::short;

/// One commit of a range, with what is known about how it was made.
#[derive(Clone, Debug)]
pub struct CommitEntry {
    /// 40 (or 64) hex digits.
    pub id: String,
    pub subject: Clean,
    /// The author's name.
    pub author: Clean,
    pub record: Option<Record<Clean>>,
    /// What the commit message states about agents as it is now. A record has its own list, of when it was made.
    pub stated: Vec<Statement<Clean>>,
    /// The trailers of the message, in order.
    pub trailers: Vec<MessageTrailer>,
    pub training: Training,
    /// Files that decide how commits are recorded and judged and that this commit changes.
    pub settings: Vec<String>,
    /// `None` where nothing was read of the commit itself.
    pub header: Option<CommitHeader>,
}

/// A trailer of a commit message, as git reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageTrailer {
    pub key: String,
    pub value: Clean,
    /// The agent that it names.
    pub agent: Option<Agent>,
}

/// Whether a commit may become a training record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Training {
    Allowed,
    /// The message says `AI-Training: no`.
    Refused,
    /// Its record tells of a session or an agent that is not to be recorded now.
    NotRecorded,
}

impl CommitEntry {
    /// The first seven digits, as people write a commit's id.
    pub fn short_id(&self) -> &str {
        short(&self.id)
    }

    /// What the commit message states about agents, and what is written there by hand.
    pub fn stated(&self) -> &[Statement<Clean>] {
        self.record.as_ref().map_or(&self.stated, |record| &record.stated)
    }

    /// What sessions and journals gave to it, without those that were only at work on the same files at the same time.
    pub(crate) fn sure(&self) -> impl Iterator<Item = &Contribution<Clean>> {
        let all = self.record.iter().flat_map(|record| &record.contributions);
        all.filter(|one| one.confidence != Confidence::Overlap)
    }
}
