//! `log [RANGE]`: who made the commits of a range, in a line or two each.

use crate::context::{Context, Ending};
use crate::document::{terminal, views};
use crate::git::contents;
use crate::output::Output;
use crate::record::entry::CommitEntry;
use crate::record::json;
use crate::recorder::range::{LoadDetail, RangeQuery};
use crate::recorder::workplace::Workplace;
use crate::recorder::{listing, page};

/// Commits without a range.
const LAST: usize = 30;

#[derive(Debug, clap::Args)]
pub struct LogArgs {
    /// Commit range, such as `main..HEAD`, a branch (its last 30 commits) or one commit [default: the last 30 of HEAD]
    pub range: Option<String>,
    /// Write JSON (docs/schema/log.v1.json)
    #[arg(long)]
    pub json: bool,
}

pub(crate) fn run(arguments: &LogArgs, context: &mut Context) -> anyhow::Result<Ending> {
    let span = RangeQuery::Last(arguments.range.as_deref(), LAST);
    contents::trust_names();
    let mut workplace = Workplace::for_telling(context.environment)?;
    let redactor = workplace.redactor()?;
    let mut rows = JsonRows::default();
    let is_coloured = context.output.colour;
    let render = |entry: &CommitEntry| match arguments.json {
        true => JsonRows::row(entry),
        false => Ok(page::text(&terminal::log(std::slice::from_ref(entry)), is_coloured)),
    };
    let take = |text: String| match arguments.json {
        true => rows.add(context.output, &text),
        false => Ok(context.output.write(&text)?),
    };
    let told = listing::newest_first(&mut workplace, &redactor, (span, LoadDetail::Brief), (render, take))?;
    if arguments.json {
        rows.end(context.output, told.unreadable)?;
    }
    told.warn(context.output);
    Ok(Ending::Done)
}

/// Writes [`views::Log`] commit by commit.
#[derive(Default)]
struct JsonRows {
    has_begun: bool,
}

impl JsonRows {
    /// One of the commits, as it stands in the document.
    fn row(entry: &CommitEntry) -> anyhow::Result<String> {
        // No string in it has a line end.
        let lines = json::pretty(&views::log_commit(entry))?;
        Ok(lines.lines().flat_map(|line| ["\n    ", line]).collect())
    }

    fn add(&mut self, output: &mut Output, row: &str) -> anyhow::Result<()> {
        output.exact(if self.has_begun { "," } else { BEGINNING })?;
        self.has_begun = true;
        Ok(output.exact(row)?)
    }

    fn end(&self, output: &mut Output, unreadable: usize) -> anyhow::Result<()> {
        output.exact(if self.has_begun { "\n  " } else { BEGINNING })?;
        output.exact(&format!("],\n  \"unreadable\": {unreadable}\n}}\n"))?;
        Ok(())
    }
}

const BEGINNING: &str = "{\n  \"backstory\": 1,\n  \"commits\": [";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::samples;
    use crate::testing::stage::Trial;

    #[test]
    fn what_is_written_commit_by_commit_is_the_document() {
        let range =
            [samples::discounts(), samples::by_a_person(), samples::signed("d4", "##[x]\u{2028}", "copilot", true)];
        let trial = Trial::new();
        for count in 0..=range.len() {
            let answer = trial.run(|context| {
                let mut rows = JsonRows::default();
                for entry in range[..count].iter().rev() {
                    rows.add(context.output, &JsonRows::row(entry)?)?;
                }
                rows.end(context.output, 7)?;
                Ok(Ending::Done)
            });
            assert_eq!(answer.out, json::pretty(&views::log(&range[..count], 7)).unwrap() + "\n");
        }
    }
}
