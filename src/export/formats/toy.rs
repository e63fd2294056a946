//! A format for tests. It shows that a format is its file and its row in the table; its rows have nothing of the other formats.

use serde::Serialize;

use crate::export::format::{Format, Row, Unit};
use crate::export::metadata;
use crate::export::source::Source;
use crate::record::contribution::Contribution;
use crate::record::entry::CommitEntry;
use crate::record::json;
use crate::record::note::Record;
use crate::record::text::Clean;

pub(super) struct Toy;

#[derive(Serialize, schemars::JsonSchema)]
struct ToyRow<'a> {
    said: Vec<&'a str>,
}

impl Format for Toy {
    fn name(&self) -> &'static str {
        "toy"
    }

    fn help(&self) -> &'static str {
        "What was said, for tests"
    }

    fn unit(&self) -> Unit {
        Unit::Commit
    }

    fn of_commit(
        &self,
        entry: &CommitEntry,
        record: &Record<Clean>,
        source: &dyn Source,
    ) -> serde_json::Result<Vec<Row>> {
        let all: Vec<&Contribution<Clean>> = record.contributions.iter().collect();
        let said = all.iter().flat_map(|one| &one.prompts).map(|prompt| prompt.text.as_str()).collect();
        let content = json::line(&ToyRow { said })?;
        let metadata = metadata::of_commit((entry, record), self.name(), &all, &content, source);
        Ok(vec![Row::draft(content, metadata)])
    }

    fn schema(&self) -> schemars::Schema {
        crate::export::testing::schema::<ToyRow<'_>>()
    }
}
