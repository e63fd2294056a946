//! A file that is what the edits of sessions make of what the commit found, to the letter or but for what their formatters change:
//! nobody else had a part in it, however little single lines of it say.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;

use super::as_left::{FileEdits, is_rebased, side};
use super::claim::Claim;
use super::committing::later;
use super::library::{Library, written_lines};
use super::lines::unformatted;
use super::masked_lines::unmasked;
use crate::checks::rewrites::formats;
use crate::record::commit::{Commit, FileChange};
use crate::record::contribution::Confidence;
use crate::record::note::{FileRecord, LineAuthor, Span};
use crate::record::session::{Action, Change, Outcome, ToolCall};
use crate::record::text::Raw;

/// The files of a commit, and what the edits of its sessions make of each: looked at once, and only where it is asked for.
pub(super) struct Replays<'a> {
    pub(super) commit: &'a Commit,
    pub(super) library: &'a Library,
    /// The claims that are more than an overlap, each with its place among all.
    claims: Vec<(u32, &'a Claim)>,
    /// The committed text of files that sessions edited.
    pub(super) texts: &'a BTreeMap<String, Raw>,
    known: RefCell<HashMap<&'a str, Option<ReplayEnd>>>,
}

/// How a committed file is like what the edits make of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ReplayEnd {
    ToTheLetter,
    /// But for what a formatter changes, which a session ran.
    Formatted,
}

impl<'a> Replays<'a> {
    pub(super) fn new(
        commit: &'a Commit,
        (library, claims): (&'a Library, &'a [Claim]),
        texts: &'a BTreeMap<String, Raw>,
    ) -> Self {
        let claims = (0..).zip(claims).filter(|(_, claim)| claim.confidence != Confidence::Overlap).collect();
        Self { commit, library, claims, texts, known: RefCell::default() }
    }

    pub(super) fn claims(&self) -> Vec<&'a Claim> {
        self.claims.iter().map(|(_, claim)| *claim).collect()
    }

    /// Whether the edits, one after the other, make the committed text of what stood there before. Edits that do not fit were made
    /// for an earlier commit.
    pub(super) fn gives(&self, file: &'a FileChange) -> bool {
        self.end(file).is_some()
    }

    fn end(&self, file: &'a FileChange) -> Option<ReplayEnd> {
        let look = || {
            let commit = self.commit;
            let end = self.end_of(file, commit.committed_at);
            // What was edited between the authoring of a commit and its rebase was for later ones.
            end.or_else(|| is_rebased(commit).then(|| self.end_of(file, later(commit.authored_at, 1))).flatten())
        };
        *self.known.borrow_mut().entry(&file.path).or_insert_with(look)
    }

    /// The same of the edits until then.
    fn end_of(&self, file: &FileChange, until: Timestamp) -> Option<ReplayEnd> {
        let text = self.texts.get(&file.path)?.expose();
        let edits = FileEdits::of(file, self.library, &self.claims(), until);
        let found = before(file, text).filter(|_| !edits.list.is_empty())?;
        let mut now = found.clone();
        edits.list.iter().for_each(|edit| apply(edit.change, &mut now));
        let now = unmasked(&now, text);
        if now.trim_end_matches('\n') == text.trim_end_matches('\n') {
            return Some(ReplayEnd::ToTheLetter);
        }
        if !is_free_of_layout(&file.path) || !self.formats() {
            return None;
        }
        // Later edits were made of what the formatter had left.
        let mut now = bare(&found);
        edits.list.iter().for_each(|edit| apply_bare(edit.change, &mut now));
        (now == bare(text)).then_some(ReplayEnd::Formatted)
    }

    /// Whether a session ran a formatter before the commit was made, however the whole command ended.
    fn formats(&self) -> bool {
        let turns = self.claims.iter().flat_map(|(_, claim)| &self.library.sessions[claim.session].turns);
        let in_time = |call: &&ToolCall| call.at.is_none_or(|at| at <= self.commit.committed_at);
        turns.flat_map(|turn| &turn.calls).filter(in_time).any(|call| match (&call.action, &call.outcome) {
            (
                Action::Shell { command, .. },
                Outcome::Succeeded { .. } | Outcome::Failed { .. } | Outcome::Running { .. },
            ) => formats(command.expose()),
            _ => false,
        })
    }

    /// Gives the lines that nobody is known to have written to the session that put them there, where nobody else had a part in
    /// the file.
    pub(super) fn mark(&self, records: &mut [FileRecord]) {
        let is_unknown = |span: &Span| span.author == LineAuthor::Unknown;
        for record in records.iter_mut().filter(|record| record.spans.iter().any(is_unknown)) {
            let file = self.commit.files.iter().find(|file| file.path == record.path);
            let Some((file, end)) = file.and_then(|file| Some((file, self.end(file)?))) else { continue };
            let lines: Vec<&str> =
                self.texts.get(&file.path).map(|text| text.expose().lines().collect()).unwrap_or_default();
            for span in record.spans.iter_mut().filter(|span| is_unknown(span)) {
                let Some(place) = self.writer(file, span, &lines) else { continue };
                let wrote = || {
                    let claim = self.claims.iter().find(|(of_it, _)| *of_it == place).map(|(_, claim)| *claim);
                    let edits = FileEdits::of(file, self.library, claim.as_slice(), self.commit.committed_at);
                    of_span(span, &lines).is_some_and(|lines| has_written(lines, &edits))
                };
                let is_agents = end == ReplayEnd::ToTheLetter || wrote();
                span.author = if is_agents { LineAuthor::Agent } else { LineAuthor::Formatter };
                span.contribution = Some(place);
            }
            record.spans = joined(&record.spans);
        }
    }

    fn writer(&self, file: &FileChange, span: &Span, lines: &[&str]) -> Option<u32> {
        if let [(only, _)] = self.claims[..] {
            return Some(only);
        }
        let lines = of_span(span, lines)?;
        let until = self.commit.committed_at;
        let wrote = |claim: &Claim| has_written(lines, &FileEdits::of(file, self.library, &[claim], until));
        self.claims.iter().find(|(_, claim)| wrote(claim)).map(|(place, _)| *place)
    }
}

fn of_span<'l, 't>(span: &Span, lines: &'l [&'t str]) -> Option<&'l [&'t str]> {
    let start = (span.start as usize).checked_sub(1)?;
    lines.get(start..start + span.lines as usize)
}

/// Whether blanks and line ends of a file mean nothing, so that they are a formatter's affair.
fn is_free_of_layout(path: &str) -> bool {
    const LAID_OUT: [&str; 12] =
        ["py", "pyi", "yml", "yaml", "md", "mdx", "haml", "pug", "sass", "styl", "coffee", "mk"];
    let end = path.rsplit_once('.').map(|(_, end)| end);
    end.is_some_and(|end| !LAID_OUT.contains(&end))
}

/// Whether edits put each of the lines in.
fn has_written(lines: &[&str], edits: &FileEdits) -> bool {
    let written: HashSet<&str> = edits.list.iter().flat_map(|edit| written_lines(edit.change)).map(str::trim).collect();
    lines.iter().all(|line| written.contains(line.trim()))
}

fn joined(spans: &[Span]) -> Vec<Span> {
    let mut joined: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match joined.last_mut() {
            Some(last)
                if last.start + last.lines == span.start
                    && (last.author, last.contribution) == (span.author, span.contribution) =>
            {
                last.lines += span.lines;
            }
            _ => joined.push(*span),
        }
    }
    joined
}

/// The text that the commit found; `None` where its hunks do not fit the text that it left, or its line ends are not plain.
fn before(file: &FileChange, text: &str) -> Option<String> {
    if text.contains('\r') || file.hunks.is_empty() {
        return None;
    }
    let lines: Vec<&str> = text.lines().collect();
    let (mut found, mut at): (Vec<&str>, usize) = (Vec::with_capacity(lines.len()), 0);
    for hunk in &file.hunks {
        let start = (hunk.new_start as usize).checked_sub(1)?;
        let end = start + hunk.added.len();
        let is_there = lines.get(start..end)?.iter().zip(&hunk.added).all(|(line, added)| *line == added.expose());
        found.extend(lines.get(at..start).filter(|_| is_there)?);
        found.extend(hunk.removed.iter().map(Raw::expose));
        at = end;
    }
    found.extend(&lines[at..]);
    let mut found = found.join("\n");
    if !found.is_empty() {
        found.push('\n');
    }
    Some(found)
}

fn apply(change: &Change, text: &mut String) {
    match change {
        Change::Write { text: written } => written.expose().clone_into(text),
        Change::Append { text: added } => text.push_str(added.expose()),
        Change::Replace { before, after, everywhere } => replace(before.expose(), after.expose(), *everywhere, text),
        Change::Patch { hunks } => {
            hunks.iter().for_each(|hunk| replace(&side(hunk, '+'), &side(hunk, '-'), false, text));
        }
        Change::Delete | Change::Move { .. } => {}
    }
}

/// The same for a text without what formatters change.
fn apply_bare(change: &Change, text: &mut String) {
    let mut put = |before: &str, after: &str, everywhere: bool| {
        let (before, after) = (bare(before), bare(after));
        // A formatter may have taken the comma away that both end with.
        let both = before.strip_suffix(',').zip(after.strip_suffix(','));
        let (before, after) = both.unwrap_or((&before, &after));
        replace(before, after, everywhere, text);
    };
    match change {
        Change::Write { text: written } => *text = bare(written.expose()),
        Change::Append { text: added } => text.push_str(&bare(added.expose())),
        Change::Replace { before, after, everywhere } => put(before.expose(), after.expose(), *everywhere),
        Change::Patch { hunks } => hunks.iter().for_each(|hunk| put(&side(hunk, '+'), &side(hunk, '-'), false)),
        Change::Delete | Change::Move { .. } => {}
    }
}

/// A text without what formatters change, such as the comma before a bracket that closes.
fn bare(text: &str) -> String {
    let mut bare = String::with_capacity(text.len());
    for c in unformatted(text) {
        if matches!(c, ')' | ']' | '}') && bare.ends_with(',') {
            bare.pop();
        }
        bare.push(c);
    }
    bare
}

fn replace(before: &str, after: &str, everywhere: bool, text: &mut String) {
    if before.is_empty() {
        if text.is_empty() {
            after.clone_into(text);
        }
    } else if everywhere {
        *text = text.replace(before, after);
    } else if let Some(at) = text.find(before) {
        text.replace_range(at..at + before.len(), after);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::commit::{FileChangeKind, Hunk};

    fn hunk(old_start: u32, new_start: u32, removed: &[&str], added: &[&str]) -> Hunk {
        let raw = |lines: &[&str]| lines.iter().map(|line| Raw::new(*line)).collect();
        Hunk { old_start, new_start, removed: raw(removed), added: raw(added), repeated: Vec::new() }
    }

    fn changed(hunks: Vec<Hunk>) -> FileChange {
        FileChange { path: "a.go".into(), old_path: None, kind: FileChangeKind::Modified, hunks }
    }

    #[test]
    fn what_a_commit_found_follows_from_what_it_left() {
        let text = "one\ntwo\nthree\nfour\n";
        for (name, hunks, expected) in [
            ("added", vec![hunk(1, 2, &[], &["two"])], Some("one\nthree\nfour\n")),
            ("removed", vec![hunk(3, 3, &["gone"], &[])], Some("one\ntwo\ngone\nthree\nfour\n")),
            (
                "both",
                vec![hunk(1, 1, &["eins"], &["one"]), hunk(4, 4, &["vier", "5"], &["four"])],
                Some("eins\ntwo\nthree\nvier\n5\n"),
            ),
            ("new", vec![hunk(0, 1, &[], &["one", "two", "three", "four"])], Some("")),
            ("of another text", vec![hunk(1, 1, &[], &["two"])], None),
            ("behind the end", vec![hunk(1, 9, &[], &["two"])], None),
        ] {
            assert_eq!(before(&changed(hunks), text).as_deref(), expected, "{name}");
        }
        assert_eq!(before(&changed(vec![hunk(1, 1, &[], &["one"])]), "one\r\n"), None);
    }

    #[test]
    fn edits_are_made_one_after_the_other_and_what_does_not_fit_is_left() {
        let write = |text: &str| Change::Write { text: Raw::new(text) };
        let put = |before: &str, after: &str| Change::Replace {
            before: Raw::new(before),
            after: Raw::new(after),
            everywhere: false,
        };
        for (changes, expected) in [
            (vec![put("two", "2"), put("one\n2", "1\n2")], "1\n2\nthree\n"),
            (vec![put("nowhere", "x"), put("three", "3")], "one\ntwo\n3\n"),
            (vec![write("x\n"), put("x", "y")], "y\n"),
            (vec![put("", "x")], "one\ntwo\nthree\n"),
        ] {
            let mut text = "one\ntwo\nthree\n".to_owned();
            changes.iter().for_each(|change| apply(change, &mut text));
            assert_eq!(text, expected);
        }
    }

    #[test]
    fn edits_are_made_of_what_a_formatter_left_as_of_what_it_found() {
        let put = |before: &str, after: &str| Change::Replace {
            before: Raw::new(before),
            after: Raw::new(after),
            everywhere: false,
        };
        let mut text = bare("let a = sum(\n    prices,\n    rates,\n);\n");
        for change in
            [put("    rates,\n", "    taxes,\n"), put("let a = sum(prices, taxes);", "let b = sum(prices, taxes);")]
        {
            apply_bare(&change, &mut text);
        }
        assert_eq!(text, bare("let b = sum(prices, taxes);\n"));
        assert!(is_free_of_layout("src/cart.rs") && !is_free_of_layout("cart.py") && !is_free_of_layout("Makefile"));
    }

    #[test]
    fn spans_of_one_author_that_touch_are_one() {
        let span = |start, author| Span { start, lines: 2, author, contribution: None };
        let (agent, person) = (LineAuthor::Agent, LineAuthor::Person);
        let found = joined(&[span(1, agent), span(3, agent), span(5, person), span(9, person)]);
        let found: Vec<(u32, u32)> = found.iter().map(|span| (span.start, span.lines)).collect();
        assert_eq!(found, [(1, 4), (5, 2), (9, 2)]);
    }
}
