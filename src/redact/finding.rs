//! A place in a text that must not travel, and how sure that is.

use std::borrow::Cow;
use std::ops::Range;

use crate::redact::{rules, safe};

/// Something that must not travel.
#[derive(Clone, Debug)]
pub(crate) struct Detection {
    pub(crate) range: Range<usize>,
    pub(crate) kind: Cow<'static, str>,
    /// The secret as it reads when decoded: what the tag is made of.
    pub(crate) value: Vec<u8>,
    /// Of overlapping findings, the one with the highest rank names the kind.
    pub(crate) rank: u8,
    /// What is written instead of a placeholder.
    pub(crate) instead: Option<String>,
}

pub(crate) const RANK_AGAIN: u8 = 0;

pub(crate) const RANK_RANDOM: u8 = 1;

pub(crate) const RANK_ASSIGNED: u8 = 3;

pub(crate) const RANK_FORMAT: u8 = 5;

pub(crate) const RANK_BLOCK: u8 = 7;

pub(crate) const RANK_USER: u8 = 8;

pub(crate) const RANK_PRIVATE: u8 = 9;

impl Detection {
    pub(crate) fn new(range: Range<usize>, kind: Cow<'static, str>, value: &[u8]) -> Self {
        Self { range, kind, value: value.to_vec(), rank: RANK_FORMAT, instead: None }
    }

    pub(crate) fn ranked(range: Range<usize>, kind: &'static str, text: &[u8], rank: u8) -> Self {
        Self { rank, ..Self::new(range.clone(), Cow::Borrowed(kind), &text[range]) }
    }

    /// Long enough, and unlike words, so that the same characters elsewhere are the same secret.
    pub(crate) fn is_worth_finding_again(&self) -> bool {
        let words =
            self.value.iter().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'-' | b'_' | b' ' | b'.'));
        let short_id = self.value.len() < 32 && self.value.iter().all(u8::is_ascii_hexdigit);
        !short_id
            && self.instead.is_none()
            && self.rank != RANK_PRIVATE
            && !safe::is_uuid(&self.value)
            && (8..=4096).contains(&self.value.len())
            && !words
    }

    /// Whether no setting may let it stay: the format of a provider's token, a private key, a private part.
    pub(crate) fn is_certain(&self) -> bool {
        match self.rank {
            RANK_PRIVATE | RANK_BLOCK => true,
            RANK_FORMAT => rules::is_private_key(&self.kind) || rules::is_providers(&self.kind),
            _ => false,
        }
    }

    /// Whether the finding is a rewritten path and no secret.
    pub(crate) fn is_context(&self) -> bool {
        self.instead.is_some()
    }

    /// Takes in an overlapping finding.
    pub(crate) fn join(&mut self, other: Self) {
        let range = self.range.start.min(other.range.start)..self.range.end.max(other.range.end);
        let stronger = (other.instead.is_none(), other.rank, other.value.len())
            > (self.instead.is_none(), self.rank, self.value.len());
        if self.instead.is_some() && other.instead.is_some() {
            // A repository inside the home: the longer path says more.
            if other.range.len() > self.range.len() {
                *self = other;
            }
            return;
        }
        if stronger {
            *self = other;
        }
        self.range = range;
    }
}

/// How deep inside other text a text was found.
#[derive(Clone, Copy, Default)]
pub(crate) struct Depth {
    pub(crate) decoding: usize,
    pub(crate) encoding: usize,
}
