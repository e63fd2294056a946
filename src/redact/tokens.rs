//! Token formats as data: a prefix, the characters that may follow, and how many must. No expression is compiled for
//! them.

use std::ops::Range;

use super::randomness::Make;
use super::{stand_in, work, wrapped};

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
    pub(crate) fn matches(&self, text: &[u8], start: usize, seen: &mut TokenProgress) -> Option<Range<usize>> {
        let body_start = start + self.prefix.len();
        if &text[start..body_start] != self.prefix.as_bytes() {
            return None;
        }
        // `pk_live_...` does not begin at `live_`.
        if !self.anywhere && start > 0 && (text[start - 1].is_ascii_alphanumeric() || text[start - 1] == b'_') {
            return None;
        }
        if !self.anywhere && is_inside_blob(&text[..start]) {
            return None;
        }
        let mut end = seen.run_end(self.body, text, body_start);
        end += more_parts(&text[end..]);
        while end > body_start && matches!(text[end - 1], b'.' | b'-' | b':' | b'!') {
            end -= 1;
        }
        let judged = end.min(body_start + JUDGED);
        work::looks_at(judged - start);
        let mut body = &text[body_start..judged];
        let mut len = end - body_start;
        let gathered: Vec<u8>;
        if (4..self.min).contains(&len) {
            // Wrapped before it is long enough to be told.
            let whole = wrapped::end_of(text, start, end);
            if whole > end {
                end = whole;
                gathered = text[body_start..end].iter().copied().filter(|byte| self.body.holds(*byte)).collect();
                (body, len) = (&gathered, gathered.len());
            }
        }
        let fits = len >= self.min && (start >= seen.found.start && end > seen.found.end || start >= seen.found.end);
        // The longer of two prefixes at one place comes later and says more.
        let fits = fits || len >= self.min && (start, end) == (seen.found.start, seen.found.end);
        let is_token = fits
            && is_drawn(body)
            && !stand_in::is_stand_in(&text[start..body_start + body.len().min(judged - body_start)]);
        is_token.then(|| {
            seen.found = start..end;
            start..end
        })
    }

    /// What begins like a token of this kind and is long enough, but stands for one: counted by who asks why it stays. A word
    /// that begins so by chance stands for nothing.
    pub(crate) fn example(&self, text: &[u8], start: usize) -> Option<Range<usize>> {
        let body = start + self.prefix.len();
        let exact = text.get(start..body) == Some(self.prefix.as_bytes());
        let begins = start == 0 || !(text[start - 1].is_ascii_alphanumeric() || text[start - 1] == b'_');
        let len = text[body.min(text.len())..].iter().take(JUDGED).take_while(|byte| self.body.holds(**byte)).count();
        let example = exact
            && begins
            && len >= 12
            && len * 3 >= self.min.min(60)
            && stand_in::is_stand_in(&text[start..body + len])
            && self.matches(text, start, &mut TokenProgress::default()).is_none();
        example.then_some(start..body + len)
    }
}

/// So much of a body says whether it was drawn.
const JUDGED: usize = 512;

/// Where the runs of each kind of body end, and the token that was found last: prefixes stand in bodies too.
#[derive(Default)]
pub(crate) struct TokenProgress {
    runs: [Range<usize>; 8],
    found: Range<usize>,
}

impl TokenProgress {
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

/// Length of further parts of a token after a body of letters and digits: `-x9Q_...`, where they are drawn as well.
fn more_parts(rest: &[u8]) -> usize {
    let mut at = 0;
    while at < 200 && matches!(rest.get(at), Some(b'-' | b'_')) {
        let len = rest[at + 1..].iter().take(64).take_while(|byte| byte.is_ascii_alphanumeric()).count();
        let make = Make::of(&rest[at + 1..at + 1 + len]);
        let drawn = len >= 3
            && (make.digits > 0 && make.lower + make.upper > 0 || make.upper > 1 && make.lower > 1 && len < 20);
        if !drawn {
            break;
        }
        at += 1 + len;
    }
    at
}

/// Whether the text ends in the middle of a long run of base64, where any short prefix turns up by chance.
fn is_inside_blob(before: &[u8]) -> bool {
    const LONG: usize = 48;
    let is_base64 = |byte: &u8| Body::Base64.holds(*byte) || matches!(byte, b'-' | b'_');
    before.len() >= LONG && before[before.len() - LONG..].iter().all(is_base64)
}

/// Whether a body varies like a generated one: no run of `X`, no word, no counting.
fn is_drawn(body: &[u8]) -> bool {
    let make = Make::of(body);
    let wordy = make.digits == 0 && !super::randomness::is_random(body);
    make.distinct >= make.len.min(16) * 2 / 5 && !wordy
}
