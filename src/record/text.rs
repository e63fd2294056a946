//! The two kinds of outside text. [`Raw`] was not yet looked at by the redactor and can be neither serialised nor
//! printed; [`Clean`] was, and is the only text that may be stored, shown, sent or exported.
//! Only `redact` makes a `Clean` out of outside text; `tests/architecture.rs` holds that line.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::quote::Quote;
use crate::text::borders::border;

/// Outside text that was not yet redacted. It has no `Serialize` and no `Display`, and its `Debug` shows the length only.
/// Nor can it be shortened: what is to be kept of it is said by a [`Quote`] and cut when it is clean.
#[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Raw {
    text: String,
    quote: Option<Box<Quote>>,
}

impl Raw {
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), quote: None }
    }

    /// The text itself, for steps that compare, measure or redact it; of a quote, its lines in full.
    pub fn expose(&self) -> &str {
        &self.text
    }

    pub fn into_inner(self) -> String {
        self.text
    }

    /// Where the text stood and how much of it is to be kept, for the redactor.
    pub fn quote(&self) -> Option<&Quote> {
        self.quote.as_deref()
    }
}

impl From<Quote> for Raw {
    fn from(quote: Quote) -> Self {
        Self { text: quote.text(), quote: Some(Box::new(quote)) }
    }
}

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Raw({} bytes)", self.text.len())
    }
}

/// Text that went through the redactor, or that was written by this program.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Clean(String);

impl Clean {
    /// States that `text` was redacted. Called by `redact` alone (and by the reader of notes, whose text was clean
    /// when it was written).
    pub fn from_redacted(text: String) -> Self {
        Self(text)
    }

    /// What stands where text was taken out of a record later and something must stand.
    pub fn forgotten() -> Self {
        Self("[forgotten]".to_owned())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part of clean text that reads as `wanted`; `None` where there is none.
    pub(crate) fn part(&self, wanted: &str) -> Option<Self> {
        self.0.contains(wanted).then(|| Self(wanted.to_owned()))
    }

    /// The beginning of clean text, at most `most` characters and no part of a placeholder; and how many characters that
    /// leaves out.
    pub fn shortened(&self, most: usize) -> (Self, usize) {
        let (kept, left) = beginning(&self.0, most);
        (Self(kept.to_owned()), left)
    }
}

/// What every placeholder begins with; it ends with `]`.
pub const PLACEHOLDER: &str = "[REDACTED:";
/// The longest placeholder: its beginning, a kind, a tag.
const LONGEST_PLACEHOLDER: usize = 64;

/// The beginning of `text`, at most `most` characters and no part of a placeholder; and how many characters that leaves out.
pub fn beginning(text: &str, most: usize) -> (&str, usize) {
    let Some((mut end, _)) = text.char_indices().nth(most) else { return (text, 0) };
    let near = border(text, end.saturating_sub(LONGEST_PLACEHOLDER));
    let reach = border(text, end + PLACEHOLDER.len());
    if let Some(start) = text[near..reach].rfind(PLACEHOLDER).map(|found| near + found)
        && start < end
        && text[start..].find(']').is_some_and(|length| start + length >= end)
    {
        end = start;
    }
    (&text[..end], text[end..].chars().count())
}

impl fmt::Display for Clean {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A value that holds outside text of kind `T` and can be turned into the same value with text of kind `U`.
pub trait MapText<T, U> {
    type Output;

    fn map_text(self, map: &mut dyn FnMut(T) -> U) -> Self::Output;
}

impl<T, U, M: MapText<T, U>> MapText<T, U> for Vec<M> {
    type Output = Vec<M::Output>;

    fn map_text(self, map: &mut dyn FnMut(T) -> U) -> Self::Output {
        self.into_iter().map(|item| item.map_text(map)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_never_cut_inside_a_placeholder() {
        let text = "näme [REDACTED:jwt:0123abcd] end";
        for most in 0..=text.chars().count() + 1 {
            let (kept, left) = beginning(text, most);
            assert!(kept.chars().count() <= most && kept.chars().count() + left == text.chars().count());
            assert_eq!(kept.matches('[').count(), kept.matches(']').count(), "{kept}");
        }
        assert_eq!(beginning(text, 28).0, "näme [REDACTED:jwt:0123abcd]");
        assert_eq!(beginning(text, 27).0, "näme ");
        assert_eq!(beginning("an array[REDACTED: what", 12).0, "an array[RED");
    }
}
