//! `backstory prune`: takes the text out of records that are older than the time for which it is kept. Run by a person or a
//! schedule and by no hook, because the notes' history is rewritten and must then be pushed by force.

use anyhow::Context as _;
use jiff::SignedDuration;

use crate::config::{self, Days};
use crate::context::{Context, Ending};
use crate::git::notes;
use crate::record::forgotten_mark::{Forgotten, ForgottenWhy};
use crate::recorder::workplace::Workplace;
use crate::recorder::{copies, note_codec, old_notes, page, recall};

#[derive(Debug, clap::Args)]
pub struct PruneArgs {
    /// Days, as in `365d`; without it, `retention` of `.backstory.yml`
    #[arg(long, value_name = "DAYS")]
    pub older_than: Option<Days>,
}

/// # Errors
/// Without an age, and when the notes cannot be written.
pub(crate) fn run(arguments: &PruneArgs, context: &mut Context) -> anyhow::Result<Ending> {
    let workplace = Workplace::open(context.environment)?;
    let days = arguments.older_than.or(workplace.config.retention).with_context(|| {
        format!("no age is given: use `--older-than 365d`, or set `retention` in {}", config::FILE_NAME)
    })?;
    let at = context.environment.now;
    let before = at - SignedDuration::from_hours(i64::from(days.0) * 24);
    let mark = Forgotten { at, why: ForgottenWhy::Age };
    let repository = &workplace.repository;
    let old = old_notes::histories(repository, &copies::copies(repository))?;
    copies::take_in_copies(repository, context)?;
    let mut unreadable = std::collections::BTreeSet::new();
    let change = |commit: &str, note: &[u8]| {
        let changed =
            note_codec::change_each(commit, note, |record| record.committed_at < before && record.forget(mark));
        if changed.is_err() {
            unreadable.insert(commit.to_owned());
        }
        Ok(changed.unwrap_or(None))
    };
    let changed = notes::rewrite(repository, change, at)?;
    // It holds what they said.
    recall::delete(&workplace)?;
    let copies = if changed > 0 { copies::delete_copies(repository, at)? } else { Vec::new() };
    let age = days.0;
    let records = page::counted(changed, "record");
    context.output.line(&format!("{records} older than {age} days without their text; figures stay."))?;
    if !unreadable.is_empty() {
        let notes = page::counted(unreadable.len(), "note");
        context.output.line(&format!("Left as they were: {notes}, not records of backstory."))?;
    }
    let left = old_notes::still_led_to(repository, &old)?;
    copies::advise(context, changed, &copies, &left, &format!("backstory prune --older-than {age}d"))?;
    Ok(Ending::Done)
}
