//! Which of an agent's lines were changed by a person or a formatter before the commit.

use std::cell::LazyCell;

use super::attribution::{AddedLine, PathMatches};
use super::claim::Claim;
use crate::link::corrections::{changed_by_shell, closest};
use crate::link::last_text::LastText;
use crate::link::library::Library;
use crate::record::commit::{Commit, FileChange};
use crate::record::contribution::Confidence;
use crate::record::note::LineAuthor;

/// The author of a line that no session wrote.
pub(crate) type MarkedAuthor = Option<(LineAuthor, Option<u32>)>;

/// Marks lines that no session wrote as such but that are a session's line changed: by a formatter when only
/// wrapping or joining differs, by a person when the line is similar to one that the commit does not have.
pub(crate) fn mark(
    (commit, file): (&Commit, &FileChange),
    lines: &[AddedLine],
    library: &Library,
    claims: &[Claim],
    authors: &mut [MarkedAuthor],
) {
    let texts: Vec<&str> = file.hunks.iter().flat_map(|hunk| &hunk.added).map(|line| line.expose()).collect();
    let paths = LazyCell::new(|| PathMatches::new(file, library));
    for (index, claim) in claims.iter().enumerate().filter(|(_, claim)| claim.confidence != Confidence::Overlap) {
        if !lines.iter().zip(authors.iter()).any(|(line, author)| line.telling && is_unknown(author)) {
            return;
        }
        let Some(last) = LastText::of(&paths, library, claim.session, commit) else { continue };
        let missing = last.missing_in(file);
        let others_at_work = changed_by_shell(library, claim.session);
        for (place, text) in texts.iter().enumerate() {
            if !lines[place].telling || !is_unknown(&authors[place]) {
                continue;
            }
            if last.joined.holds(text) {
                authors[place] = Some((LineAuthor::Formatter, Some(index as u32)));
            } else if !others_at_work && closest(text, &missing).is_some() {
                authors[place] = Some((LineAuthor::Corrected, Some(index as u32)));
            }
        }
    }
}

pub(crate) fn is_unknown(author: &MarkedAuthor) -> bool {
    matches!(author, Some((LineAuthor::Unknown, _)))
}
