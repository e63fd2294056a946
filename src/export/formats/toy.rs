//! A format for tests. It shows that a format is its file and its row in the table; its rows have nothing of the other formats.

use serde::Serialize;
use serde_json::Value;

use crate::export::format::{ExportSource, Format, Owners, Row};
use crate::record::entry::CommitEntry;
use crate::record::json;
use crate::record::note::Record;
use crate::record::text::Clean;

pub(super) struct Toy;

#[derive(Serialize, schemars::JsonSchema)]
struct ToyRow<'a> {
    of: &'a str,
    said_by: Vec<String>,
    said: Vec<&'a str>,
}

impl Format for Toy {
    fn name(&self) -> &'static str {
        "toy"
    }

    fn help(&self) -> &'static str {
        "What was said, for tests"
    }

    fn rows<'a>(
        &self,
        entry: &'a CommitEntry,
        record: &'a Record<Clean>,
        _source: &'a ExportSource<'a>,
    ) -> Box<dyn Iterator<Item = serde_json::Result<Row>> + 'a> {
        let row = || {
            let all = &record.contributions;
            json::line(&ToyRow {
                of: &entry.id,
                said_by: all.iter().map(|one| format!("{}/{}", one.agent, one.session)).collect(),
                said: all.iter().flat_map(|one| &one.prompts).map(|prompt| prompt.text.as_str()).collect(),
            })
        };
        Box::new(std::iter::once_with(move || row().map(Row::Line)))
    }

    fn owners(&self, row: &Value) -> Option<Owners> {
        let said_by = row["said_by"].as_array()?.iter().filter_map(Value::as_str).map(str::to_owned);
        Some(Owners { commits: vec![row["of"].as_str()?.to_owned()], sessions: said_by.collect() })
    }

    fn schema(&self) -> schemars::Schema {
        schemars::schema_for!(ToyRow)
    }
}
