//! What a rule answers: an activity, and where the rule stands.

/// An activity of these rules. The smallest is the weightiest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ActivityId(pub(super) u16);

/// Where a rule stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RulePlace {
    pub(crate) is_own: bool,
    /// From 1.
    pub(crate) line: usize,
}

/// A rule's answer.
pub(crate) type Matched = (ActivityId, RulePlace);
