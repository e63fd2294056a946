//! `coverage`: how many commits have records, of which agents, and what is lacking.

use crate::mcp::fault::Fault;
use crate::mcp::recalled::{RangeArguments, told, with_unreadable};
use crate::mcp::tool::{Call, Outcome, Reach, Tool};
use crate::recall::coverage as pages;
use crate::recorder::covering;
use crate::recorder::range::RangeQuery;

/// Commits without a range: a model waits for it.
const LAST: usize = 200;

pub(crate) const TOOL: Tool = Tool {
    name: "coverage",
    title: "See how much is recorded",
    description: "Says how many commits of a range have records, of which agents, and what the others and the incomplete ones lack: how \
        far the other tools can know. Without a range: the last commits.",
    only_reads: true,
    reach: Reach::Documents,
    schema: RangeArguments::schema,
    run,
};

fn run(call: &Call<'_>) -> Result<Outcome, Fault> {
    let arguments: RangeArguments = call.arguments()?;
    let mut kept = call.kept.borrow_mut();
    let workplace = kept.now(call.environment)?.workplace_mut();
    let (answer, listing) = covering::of_range(workplace, RangeQuery::Last(arguments.range.as_deref(), LAST))?;
    let coverage = with_unreadable(&answer.coverage.said, listing.unreadable);
    told("how much is recorded", &coverage, &pages::page(&answer), arguments.cursor.as_deref())
}
