//! What a commit takes away, renames or replaces without a word of it in any session: as with lines of unknown origin, nobody
//! knows whether it was so when the sessions ran their checks.

use std::collections::HashSet;

use super::as_left;
use super::attribution::PathMatches;
use super::claim::Claim;
use super::corrections::changed_by_shell;
use super::excerpt::removed_lines;
use super::last_text::{LastText, Unformatted};
use super::library::Library;
use super::paths::{self, PathMatch};
use super::replayed::Replays;
use crate::checks::tested::is_document;
use crate::record::checked_state::{Untested, UntestedBy};
use crate::record::commit::{Commit, FileChange, FileChangeKind};
use crate::record::note::{FileRecord, LineAuthor};
use crate::record::session::{Action, Change};
use crate::text::telling::is_telling;

/// The changes of a commit without added lines that no claim's session is known to have made; none where there is no claim.
pub(super) fn find(replays: &Replays, files: &[FileRecord]) -> Vec<Untested> {
    let claims = replays.claims();
    if claims.is_empty() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for file in replays.commit.files.iter().filter(|file| !is_document(&file.path)) {
        let places = in_file(replays, file, &claims, files);
        if !places.is_empty() && !replays.gives(file) {
            found.extend(places);
        }
    }
    found
}

/// As far as single lines and edits tell.
fn in_file(replays: &Replays, file: &FileChange, claims: &[&Claim], files: &[FileRecord]) -> Vec<Untested> {
    let Replays { commit, library, texts, .. } = *replays;
    let mut found = Vec::new();
    let lines = match file.hunks.iter().any(|hunk| !hunk.added.is_empty()) {
        true => lines_gone(commit, file, library, claims, files),
        false => file_changed(commit, file, library, claims),
    };
    if let Some(lines) = lines {
        let (path, by) = (file.path.clone(), UntestedBy::Removed);
        found.push(Untested { path, start: None, lines, by });
    }
    let Some(record) = files.iter().find(|record| record.path == file.path) else { return found };
    if let Some(text) = texts.get(&file.path) {
        found.extend(as_left::differing(commit, (file, text.expose()), (library, claims), record));
    }
    if is_elsewhere(commit, file, (library, claims), record) {
        found.push(Untested { path: file.path.clone(), start: None, lines: 0, by: UntestedBy::Layout });
    }
    found
}

/// Whether the file has lines of sessions that nothing of theirs put there: somebody moved or copied them.
fn is_elsewhere(
    commit: &Commit,
    file: &FileChange,
    (library, claims): (&Library, &[&Claim]),
    record: &FileRecord,
) -> bool {
    if as_left::own_lines(record).is_empty() {
        return false;
    }
    let work = FileWork::on(commit, file, library, claims);
    work.changes.is_empty() && !work.is_named
}

/// What the sessions did to one file.
struct FileWork<'a> {
    paths: PathMatches,
    changes: Vec<&'a Change>,
    /// Whether a command of theirs names the file or a folder that it is in.
    is_named: bool,
}

impl<'a> FileWork<'a> {
    fn on(commit: &Commit, file: &FileChange, library: &'a Library, claims: &[&Claim]) -> Self {
        let in_time = |at: Option<jiff::Timestamp>| at.is_none_or(|at| at <= commit.committed_at);
        let mut work = Self { paths: PathMatches::new(file, library), changes: Vec::new(), is_named: false };
        for claim in claims {
            let session = &library.sessions[claim.session];
            for touch in library.touches[claim.session].iter().filter(|touch| touch.made && in_time(touch.at)) {
                if work.paths.of(Some(touch.path)) != PathMatch::Whole {
                    continue;
                }
                let call = &session.turns[touch.turn as usize].calls[touch.call as usize];
                if let Action::Edit(edits) = &call.action {
                    work.changes.extend(edits.iter().map(|edit| &edit.change));
                }
            }
            let calls = session.turns.iter().flat_map(|turn| &turn.calls).filter(|call| in_time(call.at));
            let names_it =
                |command: &str| std::iter::once(&file.path).chain(&file.old_path).any(|path| names(command, path));
            work.is_named = work.is_named
                || calls.into_iter().any(|call| match &call.action {
                    Action::Shell { command, .. } => names_it(command.expose()),
                    // What a subagent did may be recorded nowhere.
                    Action::Delegate { .. } => true,
                    _ => false,
                });
        }
        work
    }
}

/// Whether a command has the file's name in it, or one of the folders above it as a word.
fn names(command: &str, path: &str) -> bool {
    let folders = path.match_indices('/').map(|(at, _)| &path[..at]);
    let is_word = |word: &str, folder: &str| {
        let word = word.trim_matches(|c| matches!(c, '"' | '\'' | '/' | '*')).trim_start_matches("./");
        word.strip_suffix(folder).is_some_and(|above| above.is_empty() || above.ends_with('/'))
    };
    let mut folders = folders.filter(|folder| command.contains(folder));
    command.contains(paths::name(path))
        || folders.any(|folder| command.split_whitespace().any(|word| is_word(word, folder)))
}

/// A file that was deleted, renamed or changed without text: 0 lines, or those that went, unless a session did it.
fn file_changed(commit: &Commit, file: &FileChange, library: &Library, claims: &[&Claim]) -> Option<u32> {
    let work = FileWork::on(commit, file, library, claims);
    let removed: u32 = file.hunks.iter().map(|hunk| hunk.removed.len() as u32).sum();
    match work.changes.is_empty() {
        true => (!work.is_named).then_some(removed),
        false if file.kind == FileChangeKind::Deleted => None,
        false => gone(file, &work),
    }
}

/// Lines that went from a file with added lines, and that no session took away.
fn lines_gone(
    commit: &Commit,
    file: &FileChange,
    library: &Library,
    claims: &[&Claim],
    files: &[FileRecord],
) -> Option<u32> {
    let work = FileWork::on(commit, file, library, claims);
    if work.changes.is_empty() || work.is_named {
        // Its added lines are unknown then, or a command may have done anything to it.
        return None;
    }
    if file.kind != FileChangeKind::Added {
        return gone(file, &work);
    }
    // The file is the commit's alone: what is missing of the agent's text was removed, or changed, which is told.
    let is_corrected = |record: &FileRecord| record.spans.iter().any(|span| span.author == LineAuthor::Corrected);
    if files.iter().any(|record| record.path == file.path && is_corrected(record)) {
        return None;
    }
    let missing = |claim: &&Claim| {
        let last = LastText::of(&work.paths, library, claim.session, commit)?;
        let committed = Unformatted::added(file);
        let missing = last.missing_in(file).iter().filter(|line| !committed.holds(line)).count();
        (missing > 0 && !changed_by_shell(library, claim.session)).then_some(missing as u32)
    };
    match claims {
        [only] => missing(only),
        _ => None,
    }
}

/// The telling lines of hunks that add nothing, without those that a session removed; `None` where it removed all, or wrote
/// the whole file.
fn gone(file: &FileChange, work: &FileWork) -> Option<u32> {
    if work.changes.iter().any(|change| matches!(change, Change::Write { .. } | Change::Move { .. } | Change::Delete)) {
        return None;
    }
    let taken: HashSet<&str> = work.changes.iter().flat_map(|change| removed_lines(change)).map(str::trim).collect();
    let only_removes = file.hunks.iter().filter(|hunk| hunk.added.is_empty());
    let lines = only_removes.flat_map(|hunk| &hunk.removed).map(|line| line.expose().trim());
    let count = lines.filter(|line| is_telling(line) && !taken.contains(line)).count() as u32;
    (count > 0).then_some(count)
}
