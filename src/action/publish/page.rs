//! What is published, and what became of it.

use crate::forge::questions::ForgeError;
use crate::forge::section::{Section, SectionError};

/// The text and what it was written for.
#[derive(Clone, Copy)]
pub(crate) struct SectionText<'a> {
    /// Full id of the newest commit that the text tells of.
    pub head: &'a str,
    /// Writes the text in at most so many code points; `None` where there is nothing to say.
    pub render: &'a dyn Fn(usize) -> anyhow::Result<Option<String>>,
    /// What stands in its place where there is no room for it: a line or two, with a link to the whole.
    pub short: &'a str,
}

impl SectionText<'_> {
    pub(super) fn section(&self, text: &str) -> Result<Section, SectionError> {
        Section::new(text, self.head, env!("CARGO_PKG_VERSION"))
    }
}

/// How it went. Everything here ends well: what was not written, the caller shows elsewhere and says why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Published {
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
pub(crate) fn settle(result: anyhow::Result<Published>) -> anyhow::Result<Published> {
    result.or_else(|error| match error.downcast::<ForgeError>() {
        Ok(ForgeError::NotAllowed(why)) => Ok(Published::NotAllowed(why)),
        Ok(ForgeError::Unsupported(why)) => Ok(Published::Unsupported(why)),
        Ok(other) => Err(other.into()),
        Err(error) => Err(error),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, proptest};

    use super::super::fake;
    use super::*;
    use crate::document::description::{Limits, describe};
    use crate::document::render::{Template, render};
    use crate::record::entry::CommitEntry;
    use crate::record::samples;
    use crate::record::text::{Clean, MapText as _};

    fn says(text: &str) -> CommitEntry {
        let clean = Clean::from_redacted(text.to_owned());
        let mut entry = samples::discounts();
        let record = entry.record.take().unwrap().map_text(&mut |_: Clean| clean.clone());
        CommitEntry { subject: clean.clone(), author: clean.clone(), record: Some(record), ..entry }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_text_from_outside_can_end_the_section_that_it_stands_in(
            pieces in proptest::collection::vec(proptest::sample::select(vec![
                "<!-- backstory:end -->", "<!-- backstory -->", "<!--", "-->", "<", "!--", "<!", "--", "\u{200b}", "\u{ad}", "\n", "\r\n",
                "```", "~~~~", "  ", "    ", "> ", "- ", "<pre>", "</pre>", "</details>", "<details>", "`", "|", "&lt;", "\\", "\u{202e}",
                "<!-- backstory:begin head=1111111111111111111111111111111111111111 version=1 lines=1 sha256=11 joined=0+0 -->", "x", "\u{2028}",
            ]), 0..12),
            limit in 500_usize..9_000,
        ) {
            let description = describe(&[says(&pieces.concat())], Limits::default()).unwrap();
            let limits = Limits { code_points: limit, ..Limits::default() };
            let text = render(&description, Template::PullRequest, limits).unwrap();
            let page = SectionText { head: fake::HEAD, render: &|_| Ok(None), short: "" };
            assert!(page.section(&text).is_ok(), "{:?} in {text}", page.section(&text));
        }
    }
}
