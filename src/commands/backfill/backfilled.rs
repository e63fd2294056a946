//! What `backstory backfill` did, in words, and its end: the records are written.

use crate::context::{Context, Ending};
use crate::record::note::Record;
use crate::record::text::Clean;
use crate::recorder::workplace::Workplace;
use crate::recorder::{declined, keep, page, take_up};
use crate::redact::Redactor;
use crate::text::ids::short;

/// What became of the commits.
#[derive(Default)]
pub(crate) struct Done {
    /// Records to be written.
    pub(crate) kept: Vec<Record<Clean>>,
    /// How many there are, or would be.
    pub(crate) count: usize,
    /// Commits with a session.
    pub(crate) linked: usize,
    /// Records that know more than the sessions here.
    pub(crate) better: usize,
    /// Records that say the same when they are made again.
    pub(crate) unchanged: usize,
    /// Records that could not be made fit to be kept.
    pub(crate) refused: usize,
    /// Commits that name a session of which nothing was found, while records of commits that are gone are left.
    pub(crate) waiting: usize,
    /// Records that another commit had.
    pub(crate) taken_over: usize,
    /// Commits that were made under an opt-out and have no record.
    pub(crate) declined: usize,
    /// Commits like several others whose records do not say the same.
    pub(crate) unclear: Vec<String>,
    /// Records that a partial clone lacks, a text each.
    pub(crate) not_here: Vec<String>,
    /// What is said of commits whose files it lacks.
    pub(crate) left_out: Option<String>,
    /// What is said where there are no commits.
    pub(crate) empty: Option<String>,
}

/// Writes the records, unless this is a trial, and says what came of it.
///
/// # Errors
/// When the notes cannot be written.
pub(crate) fn report(
    is_trial: bool,
    context: &mut Context,
    workplace: &mut Workplace,
    redactor: &Redactor,
    (looked_at, done): (usize, Done),
) -> anyhow::Result<Ending> {
    let (mut count, mut refused) = (done.count, done.refused);
    if !is_trial {
        let problems = keep::write(&workplace.repository, done.kept, redactor, context.environment.now)?;
        count -= problems.len();
        refused += problems.len();
        for problem in problems {
            context.output.message(&problem);
        }
        take_up_spool(workplace, context);
    }
    let output = &mut *context.output;
    for problem in done.not_here.iter().take(3).chain(&done.left_out) {
        output.message(problem);
    }
    if done.not_here.len() > 3 {
        output.message(&format!("{} records in all stay as they are", done.not_here.len()));
    }
    if done.declined > 0 {
        let path = declined::path(&workplace.repository);
        output.message(&format!(
            "{} made under an opt-out, and without a record as wanted then; to take that back, delete {}",
            page::counted(done.declined, "commit"),
            path.display()
        ));
    }
    if done.better > 0 {
        output.message(&match done.better {
            1 => "1 record stays as it is: it knows more than the sessions here".to_owned(),
            count => format!("{count} records stay as they are: they know more than the sessions here"),
        });
    }
    if done.unchanged > 0 {
        output.message(&format!("{} would say the same if made again", page::counted(done.unchanged, "record")));
    }
    if done.waiting > 0 {
        let commits =
            if done.waiting == 1 { "1 commit names".to_owned() } else { format!("{} commits name", done.waiting) };
        output.message(&format!(
            "{commits} a session that nothing was found of; nothing is written, as records of commits that are gone may be theirs"
        ));
    }
    if refused > 0 {
        output.message(&format!("{refused} records refused, as said above"));
    }
    if let Some(first) = done.unclear.first() {
        let first = short(first);
        output.message(&match done.unclear.len() {
            1 => format!("1 commit is like several others whose records differ, and got none of them: {first}"),
            count => format!(
                "{count} commits are like several others whose records differ, and got none of them: {first}, ..."
            ),
        });
    }
    if done.taken_over > 0 {
        output.message(&format!(
            "{} with what the record of another commit says (rewritten, cherry-picked)",
            done.taken_over
        ));
    }
    if let Some(empty) = done.empty {
        output.message(&empty);
        return Ok(Ending::Done);
    }
    let said = if is_trial { "would be written" } else { "written" };
    output.message(&format!("{looked_at} commits looked at, {} with a session, {count} records {said}", done.linked));
    Ok(Ending::Done)
}

/// What hooks could not finish, however often they tried.
fn take_up_spool(workplace: &mut Workplace, context: &mut Context) {
    let bounds = take_up::Bounds { entries: usize::MAX, tries: usize::MAX, until: None };
    let taken = take_up::take_up(workplace, context.environment, bounds);
    if taken.written > 0 {
        context.output.message(&format!("{} records written that hooks had left unfinished", taken.written));
    }
    for problem in &taken.problems {
        context.output.message(problem);
    }
    if let Some(error) = taken.failed.first() {
        context.output.message(&format!("{} unfinished records stay so: {error}", taken.failed.len()));
    }
}
