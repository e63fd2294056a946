//! Which of an agent's lines were changed by a person or a formatter before the commit.

use std::cell::LazyCell;
use std::collections::HashSet;

use jiff::Timestamp;

use super::attribution::{AddedLine, PathMatches};
use super::claim::Claim;
use super::committing::{commits, later};
use super::formatter_runs::FormatterRuns;
use super::paths::{self, PathMatch};
use super::weights::CLOCK_SECONDS;
use crate::checks::lock_files::is_lock_file;
use crate::link::corrections::{changed_by_shell, pair};
use crate::link::last_text::{LastText, without_wrapping};
use crate::link::library::Library;
use crate::record::commit::{Commit, FileChange};
use crate::record::contribution::Confidence;
use crate::record::note::{FileRecord, LineAuthor, Span};
use crate::record::session::{Outcome, Session, ToolCall};

/// The author of a line that no session wrote.
pub(crate) type MarkedAuthor = Option<(LineAuthor, Option<u32>)>;

/// Marks lines that no session wrote as such but that are a session's line changed: where only wrapping or joining differs by a
/// formatter that ran, or else it is the session's all the same; by a person when the line is similar to one that the commit does
/// not have.
pub(super) fn mark(
    (commit, file): (&Commit, &FileChange),
    lines: &[AddedLine],
    library: &Library,
    (claims, formatters): (&[Claim], &FormatterRuns),
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
        let is_formatted = formatters.since(index, Some(last.begun));
        let unwrapped = LazyCell::new(|| is_formatted.then(|| last.unwrapped()));
        let is_unwrapped = |text: &str| {
            let bare = without_wrapping(text);
            bare.trim().len() >= LONG && unwrapped.as_ref().is_some_and(|joined| joined.holds(&bare))
        };
        let by_a_person = LazyCell::new(|| only_a_person_could(&paths, library, claim.session, (last.at, commit)));
        let is_open = |place: &usize, authors: &[MarkedAuthor]| lines[*place].telling && is_unknown(&authors[*place]);
        for (place, text) in texts.iter().enumerate().filter(|(place, _)| lines.len() > *place) {
            if !is_open(&place, authors) {
                continue;
            }
            let is_respelt = || missing.iter().any(|before| has_respelt_numbers(before, text));
            if last.joined.holds(text) || is_respelt() || is_unwrapped(text) {
                let by = if is_formatted { LineAuthor::Formatter } else { LineAuthor::Agent };
                authors[place] = Some((by, Some(index as u32)));
            }
        }
        let open: Vec<usize> = (0..texts.len().min(lines.len())).filter(|place| is_open(place, authors)).collect();
        let changed: Vec<&str> = open.iter().map(|place| texts[*place]).collect();
        let pairs = if changed.is_empty() || !*by_a_person { Vec::new() } else { pair(&changed, &missing) };
        for (place, before) in open.iter().zip(pairs) {
            if before.is_some_and(|before| !is_only_counted(before, texts[*place])) {
                authors[*place] = Some((LineAuthor::Corrected, Some(index as u32)));
            }
        }
    }
}

/// Gives lines that no session wrote, and that stood around a change which an agent noticed between two of its turns, to a person: as
/// far as no other session was at work on the file.
pub(super) fn mark_changed_outside(
    (commit, file): (&Commit, &FileChange),
    lines: &[AddedLine],
    (library, claims): (&Library, &[Claim]),
    authors: &mut [MarkedAuthor],
) {
    if is_lock_file(&file.path) || !authors.iter().any(is_unknown) {
        return;
    }
    let until = later(commit.authored_at, CLOCK_SECONDS);
    let texts: Vec<&str> = file.hunks.iter().flat_map(|hunk| &hunk.added).map(|line| line.expose()).collect();
    let paths = LazyCell::new(|| PathMatches::new(file, library));
    for claim in claims.iter().filter(|claim| claim.confidence != Confidence::Overlap) {
        let turns = &library.sessions[claim.session].turns;
        let changes =
            turns.iter().enumerate().flat_map(|(turn, one)| one.changed_outside.iter().map(move |it| (turn, it)));
        for (turn, change) in changes {
            let Some(at) = change.at.filter(|at| *at <= until) else { continue };
            if paths::compare(&paths::normalise(&change.path), &file.path) != PathMatch::Whole {
                continue;
            }
            // What still ran, or was stopped at it, may have written the file.
            let may_go_on = |call: &ToolCall| {
                matches!(call.outcome, Outcome::Running { .. } | Outcome::Interrupted | Outcome::Pending)
            };
            if turns[..turn].iter().flat_map(|turn| &turn.calls).rev().take(LATEST_CALLS).any(may_go_on) {
                continue;
            }
            let calls = turns[..turn].iter().rev().flat_map(|turn| turn.calls.iter().rev());
            let before = calls.filter_map(|call| call.ended_at.or(call.at)).next().unwrap_or(at);
            if others_were_at_work(&paths, library, claim.session, (before, commit)) {
                continue;
            }
            let around: HashSet<&str> = change.text.expose().lines().map(str::trim).collect();
            for (place, text) in texts.iter().enumerate().filter(|(place, _)| lines.len() > *place) {
                if lines[place].telling && is_unknown(&authors[place]) && around.contains(text.trim()) {
                    authors[place] = Some((LineAuthor::Person, None));
                }
            }
        }
    }
}

/// Takes it back that a person changed lines where [`is_mostly_unknown`].
pub(super) fn withdraw(files: &mut [FileRecord]) {
    if is_mostly_unknown(files) {
        let corrected = files.iter_mut().flat_map(|file| &mut file.spans);
        for span in corrected.filter(|span| span.author == LineAuthor::Corrected) {
            (span.author, span.contribution) = (LineAuthor::Unknown, None);
        }
    }
}

/// Whether most lines of a commit are of unknown origin: who wrote those, perhaps an agent that left no transcript, may have changed
/// the others as well.
pub(super) fn is_mostly_unknown(files: &[FileRecord]) -> bool {
    let spans = files.iter().filter(|file| !is_lock_file(&file.path)).flat_map(|file| &file.spans);
    let (unknown, known): (Vec<&Span>, Vec<&Span>) = spans.partition(|span| span.author == LineAuthor::Unknown);
    let lines = |spans: Vec<&Span>| spans.iter().map(|span| u64::from(span.lines)).sum::<u64>();
    lines(unknown) > lines(known)
}

/// Calls before a turn that may have changed what is noticed in it.
const LATEST_CALLS: usize = 20;

/// Bytes of a line that is not another by chance.
const LONG: usize = 20;

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

/// Whether one item of a list has only another number or its box ticked: what stands above it went or came, or it is done, and
/// nobody changed the item.
fn is_only_counted(before: &str, after: &str) -> bool {
    let bare = |line: &'_ str| -> Option<String> {
        let rest = line.trim().trim_start_matches(|c: char| c.is_ascii_digit());
        let is_numbered = rest.len() < line.trim().len();
        let numbered = rest.strip_prefix(". ").or_else(|| rest.strip_prefix(") ")).filter(|_| is_numbered);
        let item = numbered.or_else(|| ["- ", "* ", "+ "].iter().find_map(|mark| line.trim().strip_prefix(mark)))?;
        let boxed = ["[ ]", "[x]", "[X]", "[-]", "[~]"].iter().find_map(|mark| item.trim().strip_prefix(mark));
        (boxed.is_some() || numbered.is_some()).then(|| boxed.unwrap_or(item).trim().to_owned())
    };
    bare(before).is_some_and(|before| bare(after) == Some(before))
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
    fn an_item_with_another_number_or_a_tick_is_told_from_one_that_was_changed() {
        for (before, after, expected) in [
            ("2. Sum up the cart", "1. Sum up the cart", true),
            ("  9) Sum up the cart", "10) Sum up the cart", true),
            ("2. Sum up the cart", "1. Sum up the carts", false),
            ("- [ ] Sum up the cart", "- [x] Sum up the cart", true),
            ("1. [ ] Sum up the cart", "2. [x] Sum up the cart", true),
            ("- [ ] Sum up the cart", "- [x] Sum up the carts", false),
            ("- Sum up the cart", "- Sum up the carts", false),
            ("2. Sum up the cart", "Sum up the cart", false),
            ("total = 2", "total = 1", false),
            ("2.5 percent", "1.5 percent", false),
            (". Sum up the cart", ". Sum up the cart", false),
        ] {
            assert_eq!(is_only_counted(before, after), expected, "{before} / {after}");
        }
    }
}
