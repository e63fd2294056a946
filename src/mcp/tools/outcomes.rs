//! `outcomes`: whether what commits brought has held.

use crate::mcp::fault::Fault;
use crate::mcp::recalled::{MOST, RangeArguments, session_of, told, with_unreadable};
use crate::mcp::tool::{Call, Outcome, Reach, Tool};
use crate::recall::outcomes as pages;
use crate::recorder::outcomes;
use crate::recorder::page::counted;
use crate::recorder::range::RangeQuery;

pub(crate) const TOOL: Tool = Tool {
    name: "outcomes",
    title: "See whether commits held",
    description: "Says of each commit of a range, and of each session, whether what it brought has held: merged, taken back, changed \
        again, how many of its lines are still there. Without a range: the last commits.",
    only_reads: true,
    reach: Reach::Documents,
    schema: RangeArguments::schema,
    run,
};

fn run(call: &Call<'_>) -> Result<Outcome, Fault> {
    let arguments: RangeArguments = call.arguments()?;
    let mut kept = call.kept.borrow_mut();
    let workplace = kept.now(call.environment)?.workplace();
    let span = RangeQuery::Last(arguments.range.as_deref(), MOST);
    let (answer, loaded) = outcomes::of_range(workplace, span, session_of(call).as_deref())?;
    let coverage = with_unreadable(&answer.coverage.said, loaded.unreadable.len());
    let done = counted(answer.commits.len(), "commit");
    told(&done, &coverage, &pages::page(&answer), arguments.cursor.as_deref())
}
