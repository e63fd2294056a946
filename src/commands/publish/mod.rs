//! Brings a text to a pull request: as a section of its description, as one comment, or as a check. Asks before it
//! writes, writes only what changed, and never over what a person wrote.

mod body;
mod check;
mod comment;
#[cfg(test)]
mod fake;
mod fit;

pub use body::body;
pub use check::check;
pub use comment::comment;

use crate::github::forge::ForgeError;
use crate::github::section::{Section, SectionError};

/// The text and what it was written for.
#[derive(Clone, Copy)]
pub struct Page<'a> {
    /// Full id of the newest commit that the text tells of.
    pub head: &'a str,
    /// Writes the text in at most so many code points; `None` where there is nothing to say.
    pub render: &'a dyn Fn(usize) -> anyhow::Result<Option<String>>,
    /// What stands in its place where there is no room for it: a line or two, with a link to the whole.
    pub short: &'a str,
}

impl Page<'_> {
    fn section(&self, text: &str) -> Result<Section, SectionError> {
        Section::new(text, self.head, env!("CARGO_PKG_VERSION"))
    }
}

/// How it went. Everything here ends well: what was not written, the caller shows elsewhere and says why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Published {
    Written {
        /// Where a person reads it, where the place tells.
        url: Option<String>,
        /// Whether only the short text had room.
        short: bool,
    },
    /// It stood there already, or there is nothing to say and nothing of ours was there.
    Unchanged,
    /// The pull request is at this commit by now; the run for that one will write.
    Superseded { head: String },
    /// A person changed our text. Theirs stays until they delete it.
    Edited,
    /// People's text leaves no room even for the short text.
    TooLong,
    /// Others kept writing at the same time. If a write of ours went over one of theirs, that is in the history of the
    /// description's edits.
    Contended,
    /// The token may only read, as on forks and for Dependabot. The place's own words.
    NotAllowed(String),
    /// This place has no such thing.
    Unsupported(String),
}

/// A refusal that is no failure becomes the outcome that it is.
fn settle(result: anyhow::Result<Published>) -> anyhow::Result<Published> {
    result.or_else(|error| match error.downcast::<ForgeError>() {
        Ok(ForgeError::NotAllowed(why)) => Ok(Published::NotAllowed(why)),
        Ok(ForgeError::Unsupported(why)) => Ok(Published::Unsupported(why)),
        Ok(other) => Err(other.into()),
        Err(error) => Err(error),
    })
}
