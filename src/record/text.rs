//! The two kinds of outside text. [`Raw`] was not yet looked at by the redactor and can be neither serialised nor
//! printed; [`Clean`] was, and is the only text that may be stored, shown, sent or exported.
//! Only `redact` makes a `Clean` out of outside text; `tests/architecture.rs` holds that line.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Outside text that was not yet redacted. It has no `Serialize` and no `Display`, and its `Debug` shows the length only.
#[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Raw(String);

impl Raw {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for steps that compare, measure or redact it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    pub fn into_inner(self) -> String {
        self.0
    }
}

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Raw({} bytes)", self.0.len())
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

    /// The beginning of clean text: at most `most` characters.
    pub fn shortened(&self, most: usize) -> Self {
        Self(self.0.chars().take(most).collect())
    }
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
