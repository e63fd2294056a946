//! What a rule suggests to type, before it is known how the commits can be changed. Outside text stands in it only where no
//! shell can read it as anything but itself; what only a person knows stands as `<...>`.

use crate::record::policy::Rule;
use crate::record::verdict::Hint;

pub(super) enum Remedy {
    Trailers(RemedyTrailers),
    Command(RemedyCommand),
}

/// Trailers for the messages of some commits.
pub(super) struct RemedyTrailers {
    /// Rules, each with how much of what it misses these lines give.
    pub(super) gives: Vec<(Rule, u64)>,
    pub(super) lines: Vec<String>,
    /// Positions in the range.
    pub(super) places: Vec<usize>,
    /// What must end well before.
    pub(super) after: Option<String>,
}

impl RemedyTrailers {
    /// One line, which gives each of the commits what it lacks.
    pub(super) fn each(rule: Rule, line: &str, places: Vec<usize>) -> Self {
        Self { gives: vec![(rule, places.len() as u64)], lines: vec![line.to_owned()], places, after: None }
    }
}

/// Something else than a trailer.
pub(super) struct RemedyCommand {
    pub(super) command: String,
    /// Ids of the commits that it is for.
    pub(super) commits: Vec<String>,
    /// How much of what its rule misses it gives.
    pub(super) gives: u64,
    pub(super) hint: Option<Hint>,
}

/// Whether every shell takes the text, in single quotes inside double ones, for nothing but itself.
pub(super) fn is_plain(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || " ._:/@()+,=-[]".contains(c);
    !text.is_empty() && text.len() <= 100 && text.chars().all(plain) && !text.starts_with(['-', ' '])
}
