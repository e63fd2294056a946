//! The lines of a change in full, for those who compare what was wrong with what came in its place: records otherwise keep a few lines
//! of it, for people.

use super::excerpt::{after, before, shorten};
use super::library::written_lines;
use super::part::SessionWindow;
use super::paths::{self, PathMatch};
use crate::record::commit::Commit;
use crate::record::contribution::{Correction, ReasonSource};
use crate::record::replaced_lines::ReplacedLines;
use crate::record::session::{Action, Change, Edit, Outcome};
use crate::record::text::Raw;

/// Bytes of a side; longer ones are not kept.
const LONGEST: usize = 2_000;

/// Both sides of a change of a file, where both are there and short enough to be kept whole.
pub(super) fn whole_lines(path: &str, change: &Change) -> Option<ReplacedLines<Raw>> {
    let (before, after) = (before(change), after(change));
    let is_kept = |side: &str| !side.trim().is_empty() && side.len() <= LONGEST;
    (is_kept(&before) && is_kept(&after)).then(|| ReplacedLines {
        path: path.to_owned(),
        before: Raw::new(before),
        after: Raw::new(after),
    })
}

/// Adds to corrections in words the edits that they show lines of. What a refused edit would have written stands in no file.
pub(super) fn complete(part: &SessionWindow, commit: &Commit, corrections: &mut [Correction<Raw>]) {
    // At a refusal the file still holds what was there before: what was refused is not what the edit behind it takes out.
    let is_shown =
        |one: &&mut Correction<Raw>| one.before.is_some() && one.reason_from != Some(ReasonSource::Rejection);
    for correction in corrections.iter_mut().filter(is_shown) {
        let (Some(path), Some(shown)) = (&correction.path, &correction.after) else { continue };
        let is_shown = |edit: &&Edit| {
            paths::compare(&paths::normalise(&edit.path), path) == PathMatch::Whole
                && shorten(&after(&edit.change), &written_lines(&edit.change)) == *shown
        };
        let is_of_commit = commit.files.iter().any(|file| file.path == *path);
        let edit = made_edits(part).filter(|_| is_of_commit).find(is_shown);
        correction.edit = edit.and_then(|edit| whole_lines(path, &edit.change));
    }
}

fn made_edits<'a>(part: &SessionWindow<'a>) -> impl Iterator<Item = &'a Edit> + use<'a> {
    let turns: Vec<usize> = part.turns.iter().copied().collect();
    let session = part.session;
    turns.into_iter().flat_map(move |turn| &session.turns[turn].calls).flat_map(|call| {
        match (&call.action, &call.outcome) {
            (Action::Edit(edits), Outcome::Succeeded { .. }) => edits.as_slice(),
            _ => &[],
        }
    })
}
