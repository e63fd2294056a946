//! Which of an agent's lines were changed by a person or a formatter before the commit.

use std::cell::LazyCell;

use jiff::Timestamp;

use super::attribution::{AddedLine, PathMatches};
use super::claim::Claim;
use super::committing::commits;
use super::paths::PathMatch;
use super::undone::is_formatted;
use crate::link::corrections::{SimilarLines, changed_by_shell};
use crate::link::last_text::{LastText, is_brace};
use crate::link::library::Library;
use crate::record::commit::{Commit, FileChange};
use crate::record::contribution::Confidence;
use crate::record::note::LineAuthor;
use crate::record::session::{Session, ToolCall};

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
        let similar = SimilarLines::of(&missing);
        let braceless = LazyCell::new(|| {
            has_formatted(&library.sessions[claim.session], last.at, commit).then(|| last.joined.without_braces())
        });
        let is_unbraced = |text: &str| {
            let bare: String = text.chars().filter(|c| !is_brace(*c)).collect();
            bare.trim().len() >= LONG && braceless.as_ref().is_some_and(|joined| joined.holds(&bare))
        };
        let by_a_person = LazyCell::new(|| only_a_person_could(&paths, library, claim.session, (last.at, commit)));
        for (place, text) in texts.iter().enumerate() {
            if !lines[place].telling || !is_unknown(&authors[place]) {
                continue;
            }
            let is_respelt = || missing.iter().any(|before| has_respelt_numbers(before, text));
            if last.joined.holds(text) || is_respelt() || is_unbraced(text) {
                authors[place] = Some((LineAuthor::Formatter, Some(index as u32)));
            } else if similar.closest(text).is_some_and(|before| !is_renumbered(before, text)) && *by_a_person {
                authors[place] = Some((LineAuthor::Corrected, Some(index as u32)));
            }
        }
    }
}

/// Bytes of a line that is not another by chance.
const LONG: usize = 20;

/// Whether the session ran a formatter between what it wrote there last and the commit, however the whole command ended.
fn has_formatted(session: &Session, written: Timestamp, commit: &Commit) -> bool {
    let in_time = |call: &&ToolCall| call.at.is_some_and(|at| at >= written && at <= commit.committed_at);
    is_formatted(session.turns.iter().flat_map(|turn| &turn.calls).filter(in_time))
}

/// Whether nobody but a person can have changed what a session wrote at this time: no formatter or generator, no other session,
/// and not for another commit.
pub(super) fn only_a_person_could(
    paths: &PathMatches,
    library: &Library,
    session: usize,
    (written, commit): (Timestamp, &Commit),
) -> bool {
    !changed_by_shell(library, session)
        && !has_committed_since(&library.sessions[session], written, commit)
        && !others_were_at_work(paths, library, session, (written, commit))
}

/// Whether the session made another commit after it wrote there last: what differs now may have been changed for that.
fn has_committed_since(session: &Session, written: Timestamp, commit: &Commit) -> bool {
    let is_earlier = |call: &ToolCall| {
        let in_time = call.at.is_some_and(|at| at > written);
        in_time && call.ended_at.is_some_and(|end| end.as_second() < commit.authored_at.as_second())
    };
    let mut calls = session.turns.iter().flat_map(|turn| &turn.calls);
    calls.any(|call| is_earlier(call) && commits(call))
}

/// Whether another session, of which the commit need not hold a line, edited the file since, or was at work with commands
/// that write files.
fn others_were_at_work(
    paths: &PathMatches,
    library: &Library,
    own: usize,
    (written, commit): (Timestamp, &Commit),
) -> bool {
    let since = |at: Timestamp| at >= written && at <= commit.committed_at;
    let mut others = library.sessions.iter().enumerate().filter(|(session, _)| *session != own);
    others.any(|(session, read)| {
        let touched = library.touches[session].iter().filter(|touch| touch.made && touch.at.is_some_and(since));
        let edited = touched.into_iter().any(|touch| paths.of(Some(touch.path)) == PathMatch::Whole);
        let was_there = read.started_at.is_some_and(|start| start <= commit.committed_at)
            && read.ended_at.is_some_and(|end| end >= written);
        edited || (was_there && changed_by_shell(library, session))
    })
}

/// Whether two lines differ only in how numbers are spelt: formatters write `0.10` as `0.1`, `.5` as `0.5` and `1.0` as `1`.
fn has_respelt_numbers(before: &str, after: &str) -> bool {
    let (before, after) = (before.trim(), after.trim());
    before != after && before.contains(|c: char| c.is_ascii_digit()) && spelt_alike(before) == spelt_alike(after)
}

fn spelt_alike(line: &str) -> String {
    let mut alike = String::new();
    let mut rest = line;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit() || c == '.') {
        let (head, tail) = rest.split_at(start);
        let is_in_a_word = head.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let end = tail.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(tail.len());
        let (number, behind) = tail.split_at(end);
        alike.push_str(head);
        // `v1.10` and `1.2.30` are no decimal numbers.
        let decimal = number.split_once('.').filter(|(_, part)| !is_in_a_word && !part.contains('.'));
        match decimal.filter(|(whole, part)| !whole.is_empty() || !part.is_empty()) {
            Some((whole, part)) => {
                let part = part.trim_end_matches('0');
                alike.push_str(if whole.is_empty() { "0" } else { whole });
                alike.extend((!part.is_empty()).then(|| format!(".{part}")));
            }
            None => alike.push_str(number),
        }
        rest = behind;
    }
    alike + rest
}

/// Whether one item of a list has only another number: what stands above it went or came, and nobody changed the item.
fn is_renumbered(before: &str, after: &str) -> bool {
    let unnumbered = |line: &'_ str| -> Option<String> {
        let rest = line.trim().trim_start_matches(|c: char| c.is_ascii_digit());
        let rest = rest.strip_prefix(". ").or_else(|| rest.strip_prefix(") "))?;
        (rest.len() + 2 < line.trim().len()).then(|| rest.trim().to_owned())
    };
    unnumbered(before).is_some_and(|before| unnumbered(after) == Some(before))
}

pub(crate) fn is_unknown(author: &MarkedAuthor) -> bool {
    matches!(author, Some((LineAuthor::Unknown, _)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_is_spelt_otherwise_is_told_from_another_number() {
        for (before, after, expected) in [
            ("--card: color(0.10 0.018);", "--card: color(0.1 0.018);", true),
            ("opacity: .5;", "opacity: 0.5;", true),
            ("scale: 2.0;", "scale: 2;", true),
            ("--card: color(0.10 0.018);", "--card: color(0.2 0.018);", false),
            ("version = \"1.2.30\"", "version = \"1.2.3\"", false),
            ("uses: tool@v1.10", "uses: tool@v1.1", false),
            ("rate: 10", "rate: 1", false),
            ("rate: 10", "rate: 10", false),
        ] {
            assert_eq!(has_respelt_numbers(before, after), expected, "{before} / {after}");
        }
    }

    #[test]
    fn an_item_with_another_number_is_told_from_one_that_was_changed() {
        for (before, after, expected) in [
            ("2. Sum up the cart", "1. Sum up the cart", true),
            ("  9) Sum up the cart", "10) Sum up the cart", true),
            ("2. Sum up the cart", "1. Sum up the carts", false),
            ("2. Sum up the cart", "Sum up the cart", false),
            ("total = 2", "total = 1", false),
            ("2.5 percent", "1.5 percent", false),
            (". Sum up the cart", ". Sum up the cart", false),
        ] {
            assert_eq!(is_renumbered(before, after), expected, "{before} / {after}");
        }
    }
}
