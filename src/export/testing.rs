//! Rows of samples without a repository, for tests.

use std::collections::{HashMap, HashSet};

use super::conversation::{conversations, key};
use super::format::{Draft, Format, Row, Unit};
use super::patch::{NoPatch, RowPatch};
use super::source::{Consent, FileTexts, Source};
use super::survival::Fate;
use crate::record::entry::CommitEntry;
use crate::record::text::Clean;

/// A repository in which every patch and file is the same.
pub(crate) struct Sample {
    pub(crate) patch: Result<&'static str, NoPatch>,
    /// The commit that has another patch, or none.
    pub(crate) other: Option<(String, Result<&'static str, NoPatch>)>,
    pub(crate) consent: Consent,
    pub(crate) fate: Fate,
    /// A file of the last commit.
    pub(crate) head: Option<(&'static str, &'static str)>,
}

pub(crate) const PATCH: &str = "--- a/src/price.py\n+++ b/src/price.py\n@@ -0,0 +1 @@\n+x\n";

impl Sample {
    pub(crate) fn new() -> Self {
        Self { patch: Ok(PATCH), other: None, consent: Consent::default(), fate: Fate::NotKnown, head: None }
    }
}

impl Source for Sample {
    fn repository(&self) -> &str {
        "shop"
    }

    fn license(&self, _commit: &str) -> String {
        "MIT".to_owned()
    }

    fn base(&self, _commit: &str) -> String {
        "0".repeat(40)
    }

    fn patch(&self, entry: &CommitEntry, _index: usize) -> Result<RowPatch, NoPatch> {
        let other = self.other.as_ref().filter(|(id, _)| *id == entry.id);
        other.map_or(self.patch, |(_, patch)| *patch).map(|text| RowPatch {
            text: Clean::from_redacted(text.to_owned()),
            is_whole: true,
            is_cut: false,
        })
    }

    fn texts(&self, _entry: &CommitEntry, path: &str) -> Option<FileTexts> {
        let text = |text: &str| Clean::from_redacted(text.to_owned());
        // What the corrections and fixes of the samples chose stands in the commit.
        let after = match path {
            "src/price.py" => {
                "a\n    return round(total * part, 2)\n    return round(total, 2)\nx = max(0, round(subtotal - reduction, 2))\ny = 2\n"
            }
            "src/cart.py" => "a\npending = 1\n",
            _ => "a\nb\n",
        };
        Some(FileTexts { before: text("a\n"), after: text(after) })
    }

    fn is_defined_later(&self, _entry: &CommitEntry, names: &HashSet<&str>, _paths: &[&str]) -> bool {
        names.contains("definedLater")
    }

    fn at_head(&self, path: &str) -> Option<Clean> {
        let (_, text) = self.head.filter(|(at, _)| *at == path)?;
        Some(Clean::from_redacted(text.to_owned()))
    }

    fn fate(&self, _entry: &CommitEntry, _patch: &RowPatch) -> Fate {
        self.fate
    }

    fn consent(&self) -> &Consent {
        &self.consent
    }

    fn redaction_policy(&self) -> &str {
        "0123456789abcdef"
    }
}

/// What a type writes: a key that may be left out is none that is required.
pub(crate) fn schema<T: schemars::JsonSchema>() -> schemars::Schema {
    let settings = schemars::generate::SchemaSettings::draft2020_12().for_serialize();
    settings.into_generator().into_root_schema_for::<T>()
}

/// The rows of commits in a format, and why others are none. All sessions of the first commit that has some are gone through.
pub(crate) fn rows(format: &dyn Format, entries: &[CommitEntry], source: &Sample) -> (Vec<Draft>, Vec<&'static str>) {
    let mut all: Vec<Row> = Vec::new();
    match format.unit() {
        Unit::Commit => {
            for entry in entries {
                match super::conversation::admitted(entry) {
                    Ok(record) => all.extend(format.of_commit(entry, record, source).unwrap()),
                    Err(why) => all.push(Row::LeftOut(why)),
                }
            }
        }
        Unit::Conversation => {
            let mut sessions: Vec<String> = entries
                .iter()
                .filter_map(|entry| entry.record.as_ref())
                .flat_map(|one| &one.contributions)
                .map(key)
                .collect();
            sessions.dedup();
            for session in sessions {
                let (conversations, left_out) = conversations(&session, entries, &HashMap::new(), source);
                all.extend(left_out.into_iter().map(Row::LeftOut));
                for conversation in &conversations {
                    all.extend(format.of_conversation(conversation).unwrap());
                }
            }
        }
    }
    let (mut drafts, mut left_out) = (Vec::new(), Vec::new());
    for row in all {
        match row {
            Row::Draft(draft) => drafts.push(*draft),
            Row::LeftOut(why) => left_out.push(why),
        }
    }
    (drafts, left_out)
}
