//! Token formats as data: a prefix, the characters that may follow, and how many must. No expression is compiled for
//! them.

use std::ops::Range;

use super::randomness::Make;
use super::{stand_in, work};

/// A token that is known by how it begins.
pub(crate) struct TokenRule {
    pub(crate) kind: &'static str,
    pub(crate) prefix: &'static str,
    pub(crate) body: Body,
    /// Fewest characters after the prefix.
    pub(crate) min: usize,
    /// Whether the prefix is unlike any word, so that it may stand after a letter or digit.
    pub(crate) anywhere: bool,
}

/// The characters of a token after its prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    Hex,
    Alnum,
    /// Upper case letters and digits.
    Upper,
    /// Lower case letters and digits.
    Lower,
    /// Letters, digits, `_` and `-`.
    Word,
    /// `Word` and `.`.
    Dotted,
    /// `Alnum`, `+`, `/`, `=`.
    Base64,
    /// Everything that stands in tokens without quotes: `Dotted`, `Base64`, `~`, `:`, `!`.
    Any,
}

impl Body {
    pub(crate) fn holds(self, byte: u8) -> bool {
        match self {
            Self::Hex => byte.is_ascii_hexdigit(),
            Self::Alnum => byte.is_ascii_alphanumeric(),
            Self::Upper => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
            Self::Lower => byte.is_ascii_lowercase() || byte.is_ascii_digit(),
            Self::Word => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'),
            Self::Dotted => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'),
            Self::Base64 => byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='),
            Self::Any => {
                byte.is_ascii_alphanumeric()
                    || matches!(byte, b'_' | b'-' | b'.' | b'+' | b'/' | b'=' | b'~' | b':' | b'!')
            }
        }
    }
}

impl TokenRule {
    /// The token whose prefix was found at `start`, unless it lies in one that was found before.
    pub(crate) fn matches(&self, text: &[u8], start: usize, seen: &mut Seen) -> Option<Range<usize>> {
        let body_start = start + self.prefix.len();
        if &text[start..body_start] != self.prefix.as_bytes() {
            return None;
        }
        if !self.anywhere && start > 0 && text[start - 1].is_ascii_alphanumeric() {
            return None;
        }
        if !self.anywhere && is_inside_blob(&text[..start]) {
            return None;
        }
        let mut end = seen.run_end(self.body, text, body_start);
        while end > body_start && matches!(text[end - 1], b'.' | b'-' | b':' | b'!') {
            end -= 1;
        }
        let judged = end.min(body_start + JUDGED);
        work::looks_at(judged - start);
        let fits = end - body_start >= self.min
            && (start >= seen.found.start && end > seen.found.end || start >= seen.found.end);
        let is_token = fits && is_drawn(&text[body_start..judged]) && !stand_in::is_stand_in(&text[start..judged]);
        is_token.then(|| {
            seen.found = start..end;
            start..end
        })
    }
}

/// So much of a body says whether it was drawn.
const JUDGED: usize = 512;

/// Where the runs of each kind of body end, and the token that was found last: prefixes stand in bodies too.
#[derive(Default)]
pub(crate) struct Seen {
    runs: [Range<usize>; 8],
    found: Range<usize>,
}

impl Seen {
    fn run_end(&mut self, body: Body, text: &[u8], at: usize) -> usize {
        let run = &mut self.runs[body as usize];
        if !run.contains(&at) {
            let length = text[at..].iter().take_while(|byte| body.holds(**byte)).count();
            work::looks_at(length);
            *run = at..at + length;
        }
        run.end
    }
}

/// Whether the text ends in the middle of a long run of base64, where any short prefix turns up by chance.
fn is_inside_blob(before: &[u8]) -> bool {
    const LONG: usize = 64;
    before.len() >= LONG && before[before.len() - LONG..].iter().all(|byte| Body::Base64.holds(*byte))
}

/// Whether a body varies like a generated one: no run of `X`, no word, no counting.
fn is_drawn(body: &[u8]) -> bool {
    let make = Make::of(body);
    let wordy = make.digits == 0 && !super::randomness::is_random(body);
    make.distinct >= make.len.min(16) * 2 / 5 && !wordy
}
