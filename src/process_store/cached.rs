//! When the log of the last time still holds: nothing that it was made from has changed.

use std::time::UNIX_EPOCH;

use super::collected::{Collected, Options};
use super::log_file;
use crate::capture;
use crate::environment::Environment;
use crate::git::note_copies;
use crate::record::execution::CaseKind;
use crate::recorder::agent_folders::places;
use crate::recorder::process_rules::Rules;
use crate::recorder::workplace::Workplace;
use crate::state::paths as state_paths;
use crate::state::process_cache;
use crate::text::digest::sha256;

/// Raised when the same sources make another log.
const VERSION: u32 = 4;

/// What everything that the log is made from looks like; `None` where the log is not kept.
///
/// # Errors
/// When the log's folder cannot be looked at.
pub(super) fn mark(
    workplace: &Workplace,
    environment: &Environment,
    (rules, may_read): (&Rules, bool),
    options: &Options,
) -> anyhow::Result<Option<String>> {
    if options.case != CaseKind::Unit || options.sessions.is_some() {
        return Ok(None);
    }
    let mut text = format!(
        "{VERSION} {} {} {:?} {may_read} {:?} {:?}\n",
        env!("CARGO_PKG_VERSION"),
        capture::version(),
        capture::mapped_digest(),
        workplace.config,
        workplace.repository.head()
    );
    text += &format!("{} {}\n", rules.activities.version(), workplace.ignored.digest());
    if may_read {
        for transcript in capture::find(&places(environment)).0 {
            let modified = transcript.modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
            text += &format!("{} {} {modified:?}\n", transcript.path.display(), transcript.size);
        }
    }
    for (name, tip) in note_copies::tips(&workplace.repository) {
        text += &format!("{name} {tip}\n");
    }
    if let Some(root) = workplace.repository.root() {
        let data = log_file::path(root)?.symlink_metadata().ok();
        let state = data.map(|data| (data.len(), data.modified().ok()));
        text += &format!("{state:?} {}\n", root.display());
    }
    Ok(Some(sha256(text.as_bytes())))
}

/// The log of the last time, if it was made from the same.
///
/// # Errors
/// When the cache is something else than a file.
pub(super) fn read(workplace: &Workplace, mark: Option<&str>) -> anyhow::Result<Option<Collected>> {
    let Some(mark) = mark else { return Ok(None) };
    let path = state_paths::at(workplace.repository.common_dir(), state_paths::PROCESS);
    Ok(process_cache::read(&path, mark)?.map(|(log, kept)| {
        let unfinished = kept.first().and_then(|line| line.parse().ok()).unwrap_or_default();
        Collected { log, problems: kept.into_iter().skip(1).collect(), unfinished }
    }))
}

/// Keeps the log. What cannot be kept is made again next time, and a person hears why.
pub(super) fn write(workplace: &Workplace, mark: Option<&str>, collected: &mut Collected) {
    let Some(mark) = mark else { return };
    let path = state_paths::at(workplace.repository.common_dir(), state_paths::PROCESS);
    let kept: Vec<String> =
        std::iter::once(collected.unfinished.to_string()).chain(collected.problems.iter().cloned()).collect();
    if let Err(error) = process_cache::write(&path, mark, &collected.log, &kept) {
        collected.problems.push(format!("{error:#}"));
    }
}
