//! What a rule of the policy is: what it finds, what it is worth in the score, and what to type about it. Its level is the
//! policy's; its words for people are in `document`.

use super::facts::Facts;
use super::remedy::Remedy;
use super::work::CommitWork;
use crate::record::policy::{Policy, Rule};
use crate::record::verdict::{Hint, What};

/// The commits that are judged, and what they are judged by.
pub(super) struct JudgedRange<'a> {
    pub(super) works: &'a [CommitWork<'a>],
    /// Of the commits on which an agent worked or that one signed.
    pub(super) facts: &'a [Facts<'a>],
    pub(super) policy: &'a Policy,
}

impl JudgedRange<'_> {
    /// The position in the range of a commit that is judged.
    pub(super) fn place(&self, facts: &Facts) -> usize {
        self.works.iter().position(|work| std::ptr::eq(work, facts.work)).unwrap_or_default()
    }

    /// The positions of the commits that lack something.
    pub(super) fn places(&self, lacks: impl Fn(&Facts) -> bool) -> Vec<usize> {
        self.facts.iter().filter(|facts| lacks(facts)).map(|facts| self.place(facts)).collect()
    }

    pub(super) fn last(&self) -> Option<usize> {
        self.works.len().checked_sub(1)
    }
}

pub(super) trait PolicyRule: Sync {
    fn rule(&self) -> Rule;

    /// What it finds, each with the id of its commit, oldest first.
    fn find(&self, range: &JudgedRange) -> Vec<(String, What)>;

    /// Whether `more` says the same of another commit; then `into` takes it in.
    fn join(&self, into: &mut What, more: &What) -> bool {
        into == more
    }

    /// What it is worth in the score; all together 100.
    fn points(&self) -> u32 {
        0
    }

    /// What of a commit is there, of what could be. For a rule with points.
    fn share(&self, _facts: &Facts) -> (u64, u64) {
        (0, 0)
    }

    /// How much it asks of a person to do what it suggests: what comes first.
    fn effort(&self) -> u8 {
        8
    }

    /// What to type.
    fn remedies(&self, _range: &JudgedRange) -> Vec<Remedy> {
        Vec::new()
    }

    /// What a person must do in an editor about what was found, where nothing can be typed.
    fn in_an_editor(&self, _what: &What) -> Option<Hint> {
        None
    }
}

/// Adds those that are not there yet.
pub(super) fn add_new<T: Clone + PartialEq>(known: &mut Vec<T>, more: &[T]) {
    for one in more {
        if !known.contains(one) {
            known.push(one.clone());
        }
    }
}
