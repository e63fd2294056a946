//! What is said where no check of a commit was seen: a reader who finds no line about checks does not know whether none ran.

use crate::checks::classify::classify_command;
use crate::checks::tested::{is_code, is_document};
use crate::record::contribution::{AttemptKind, Contribution};
use crate::record::note::Record;
use crate::record::session::FailureKind;
use crate::record::text::Clean;

/// "no check was seen", with the check that was not there to run; `None` where one was seen, or nothing of it could be: the commit
/// has no code by an agent, or texts were removed from the record.
pub(super) fn unchecked(record: &Record<Clean>) -> Option<String> {
    let has_code = record.files.iter().any(|file| is_code(&file.path) && !is_document(&file.path));
    let is_whole = record.cut == 0 && record.forgotten.is_none();
    let was_seen = |one: &Contribution<Clean>| one.was_read() && !one.only_planned() && !one.prompts.is_empty();
    let wrote = record.contributions.iter().any(|one| one.lines > 0 && was_seen(one));
    if !has_code || !is_whole || !wrote || record.contributions.iter().any(|one| !one.checks.is_empty()) {
        return None;
    }
    let attempts = record.contributions.iter().flat_map(|one| &one.attempts);
    let did_not_run = attempts
        .filter(|one| one.kind == AttemptKind::Failed(FailureKind::CommandNotFound))
        .filter(|one| classify_command(one.tried.as_str()).is_some())
        .find_map(|one| Some((one.tried.as_str(), one.error.as_ref()?.as_str())));
    Some(match did_not_run {
        Some((tried, error)) => format!("no check was seen; {tried} did not run: {error}"),
        None => "no check was seen".to_owned(),
    })
}
