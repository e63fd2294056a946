//! What is said of an export when it is done, and how it ends.

use std::path::Path;

use super::spool::LAST_SCAN;
use crate::context::{Context, Ending};
use crate::export::manifest::{Counts, Manifest};
use crate::record::json;

/// Says what an export came to. Rows in which the last scan found something are not in it, and it does not end well.
///
/// # Errors
/// When the counts cannot be written.
pub(crate) fn told(
    manifest: &Manifest,
    as_json: bool,
    folder: Option<&Path>,
    context: &mut Context,
) -> anyhow::Result<Ending> {
    if as_json {
        context.output.exact(&(json::pretty(&manifest.counts)? + "\n"))?;
    }
    for (format, counts) in &manifest.counts {
        let rows: u64 = counts.rows.values().sum();
        let splits: Vec<String> = counts.rows.iter().map(|(split, rows)| format!("{rows} {split}")).collect();
        let splits = if splits.is_empty() { String::new() } else { format!(" ({})", splits.join(", ")) };
        context.output.message(&format!("{format}: {} rows{splits}", rows));
        for (count, what) in [(counts.exact_duplicates, "said before"), (counts.near_duplicates, "nearly said before")]
        {
            if count > 0 {
                context.output.message(&format!("  left out: {count} ({what})"));
            }
        }
        for (reason, count) in &counts.left_out {
            context.output.message(&format!("  left out: {count} ({reason})"));
        }
    }
    match folder {
        Some(folder) => context.output.message(&format!("{} rows in {}", manifest.rows(), folder.display())),
        None => context.output.message("nothing is written"),
    }
    Ok(ending(manifest.counts.values()))
}

/// `Found` where a row was not clean when it was to be written: redaction has failed on it.
pub(crate) fn ending<'a>(mut counts: impl Iterator<Item = &'a Counts>) -> Ending {
    if counts.any(|counts| counts.left_out.contains_key(LAST_SCAN)) { Ending::Found } else { Ending::Done }
}
