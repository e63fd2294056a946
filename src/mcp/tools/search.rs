//! `search`: looks for words in what is recorded.

use jiff::Timestamp;
use serde::Deserialize;

use crate::mcp::fault::Fault;
use crate::mcp::recalled::{MOST, Reading, files_of};
use crate::mcp::schema::{CURSOR, Kind, Need, object};
use crate::mcp::tool::{Call, Outcome, Reach, Tool};
use crate::recall::memory::MemoryKind;
use crate::recall::page;
use crate::recorder::recalling::Search;

const KINDS: &[&str] =
    &["failure", "taken-back", "refused", "stopped", "correction", "revert", "prompt", "check", "constraint", "commit"];

pub(crate) const TOOL: Tool = Tool {
    name: "search",
    title: "Search what is recorded",
    description: "Looks for words in the prompts, failures, corrections, checks and subjects that are recorded of the commits of this \
        repository. What is found has all of the words; the newest come first.",
    only_reads: true,
    reach: Reach::Documents,
    schema: || {
        object(&[
            ("text", Kind::Text, "A few words", Need::Required),
            ("kind", Kind::OneOf(KINDS), "Only of this kind", Need::Optional),
            ("path", Kind::Text, "Only what is about this file or folder, relative to the root", Need::Optional),
            ("agent", Kind::Text, "Only of this agent, by its short name", Need::Optional),
            ("since", Kind::Text, "Not older than this time, as 2026-03-01T00:00:00Z", Need::Optional),
            CURSOR,
        ])
    },
    run,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    text: String,
    kind: Option<String>,
    path: Option<String>,
    agent: Option<String>,
    since: Option<Timestamp>,
    cursor: Option<String>,
}

fn run(call: &Call<'_>) -> Result<Outcome, Fault> {
    let arguments: Arguments = call.arguments()?;
    let kind = match arguments.kind.as_deref() {
        Some(name) => {
            let wrong = || Fault::Arguments(format!("`kind` is one of {}", KINDS.join(", ")));
            Some(MemoryKind::named(name).ok_or_else(wrong)?)
        }
        None => None,
    };
    let mut kept = call.kept.borrow_mut();
    let reading = Reading::begin(call, kept.now(call.environment)?)?;
    let path = files_of(call, &reading, arguments.path.as_slice())?.pop();
    let search = Search {
        text: &arguments.text,
        kind,
        path: path.as_deref(),
        agent: arguments.agent.as_deref(),
        since: arguments.since,
    };
    let answer = reading.asking.search(&search, MOST)?;
    let done = format!("{} found", answer.hits.len());
    reading.answer(&done, &answer.coverage.said, &page::search(&answer), arguments.cursor.as_deref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_can_be_asked_for() {
        assert_eq!(KINDS, MemoryKind::ALL.map(MemoryKind::name));
    }
}
