//! What an agent wrote into one file, as far as it was not written over by a later edit of its own, and whether a committed
//! line is a piece of that which a formatter broke or joined.

use std::collections::HashSet;

use jiff::Timestamp;
use memchr::memmem;

use super::attribution::PathMatches;
use super::excerpt::removed_lines;
use super::library::{Library, Touch, written_lines};
use super::lines::{is_word, unformatted, without_end};
use super::paths::{self, PathMatch};
use crate::record::commit::{Commit, FileChange};
use crate::record::session::Change;
use crate::record::text::Raw;
use crate::text::telling::is_telling;

pub(super) struct LastText {
    lines: Vec<String>,
    /// Everything it wrote, to find lines that were broken or joined.
    pub(super) joined: Unformatted,
    /// When it wrote there first, and last.
    pub(super) begun: Timestamp,
    pub(super) at: Timestamp,
}

impl LastText {
    /// What a session wrote into the file that `file` matches; `None` where it wrote nothing, or took all of it out again.
    pub(super) fn of(file: &PathMatches, library: &Library, session: usize, commit: &Commit) -> Option<Self> {
        let touches = &library.touches[session];
        let session = &library.sessions[session];
        let mut lines: Vec<String> = Vec::new();
        let (mut begun, mut at) = (None, None);
        // What it wrote since is of later commits.
        let in_time = |touch: &&Touch| touch.made && touch.at.is_none_or(|at| at <= commit.committed_at);
        for touch in touches.iter().filter(in_time) {
            if file.of(Some(touch.path)) != PathMatch::Whole {
                continue;
            }
            let call = &session.turns[touch.turn as usize].calls[touch.call as usize];
            let edits = call.edits();
            begun = begun.or(touch.at);
            at = at.max(touch.at);
            for edit in edits.iter().filter(|edit| paths::normalise(&edit.path) == library.paths[touch.path as usize]) {
                if matches!(edit.change, Change::Write { .. } | Change::Delete) {
                    lines.clear();
                }
                if replaced_inside(&mut lines, &edit.change) {
                    continue;
                }
                for gone in removed_lines(&edit.change) {
                    if let Some(place) = lines.iter().position(|line| line == gone) {
                        lines.remove(place);
                    }
                }
                lines.extend(written_lines(&edit.change).into_iter().map(str::to_owned));
            }
        }
        if lines.is_empty() {
            return None;
        }
        let joined = Unformatted::of(lines.iter().map(String::as_str));
        let (begun, at) = (begun.unwrap_or(commit.committed_at), at.unwrap_or(commit.committed_at));
        Some(Self { lines, joined, begun, at })
    }

    /// Everything it wrote, [`without_wrapping`].
    pub(super) fn unwrapped(&self) -> Unformatted {
        Unformatted::of(without_wrapping(&self.text()).lines())
    }

    pub(super) fn text(&self) -> String {
        self.lines.join("\n")
    }

    /// Telling lines of the agent that the commit does not add.
    pub(super) fn missing_in(&self, file: &FileChange) -> Vec<&str> {
        let committed: HashSet<&str> = added(file).map(str::trim).collect();
        let own = self.lines.iter().map(|line| line.trim());
        own.filter(|line| is_telling(line) && !committed.contains(line)).collect()
    }
}

fn added(file: &FileChange) -> impl Iterator<Item = &str> {
    file.hunks.iter().flat_map(|hunk| &hunk.added).map(Raw::expose)
}

/// Replays a replacement over the lines written before, where its text stands in them: it may begin and end inside a line.
fn replaced_inside(lines: &mut Vec<String>, change: &Change) -> bool {
    let Change::Replace { before, after, everywhere } = change else { return false };
    let (before, after) = (before.expose(), after.expose());
    let text = lines.join("\n");
    if before.is_empty() || !text.contains(before) {
        return false;
    }
    let text = if *everywhere { text.replace(before, after) } else { text.replacen(before, after, 1) };
    *lines = text.lines().map(str::to_owned).collect();
    true
}

/// A text without what a formatter puts around one expression, or takes away: braces, round brackets that call nothing, and the comma
/// before a bracket that closes.
pub(super) fn without_wrapping(text: &str) -> String {
    let mut bare = String::with_capacity(text.len());
    let mut calls: Vec<bool> = Vec::new();
    for c in text.chars() {
        if matches!(c, ')' | ']') {
            bare.truncate(bare.trim_end().trim_end_matches(',').len());
        }
        match c {
            '(' => calls.push(bare.ends_with(|c| is_word(c) || matches!(c, ')' | ']'))),
            ')' if calls.pop() != Some(true) => continue,
            _ => {}
        }
        let is_wrapping = matches!(c, '{' | '}') || (c == '(' && calls.last() == Some(&false));
        if !is_wrapping {
            bare.push(c);
        }
    }
    bare
}

/// Lines without what formatters change, as one text.
pub(super) struct Unformatted(String);

impl Unformatted {
    pub(super) fn of<'a>(lines: impl Iterator<Item = &'a str>) -> Self {
        let text = lines.collect::<Vec<_>>().join("\n");
        Self(unformatted(&text).collect())
    }

    /// The lines that a commit adds to a file.
    pub(super) fn added(file: &FileChange) -> Self {
        Self::of(added(file))
    }

    /// The lines that it takes away.
    pub(super) fn removed(file: &FileChange) -> Self {
        Self::of(file.hunks.iter().flat_map(|hunk| &hunk.removed).map(Raw::expose))
    }

    /// Whether a line is a part of the text, or of several lines of it: one that begins and ends with whole words and numbers.
    pub(super) fn holds(&self, line: &str) -> bool {
        // A formatter that breaks a line adds a comma.
        let piece: String = unformatted(without_end(line)).collect();
        if piece.is_empty() {
            return false;
        }
        let (text, finder) = (self.0.as_str(), memmem::Finder::new(&piece));
        let mut from = 0;
        while let Some(found) = finder.find(&text.as_bytes()[from..]) {
            let at = from + found;
            if !is_within(text, at) && !is_within(text, at + piece.len()) {
                return true;
            }
            // No piece begins further inside of the same word.
            let word = text[at..].find(|c| !is_word(c)).unwrap_or(text.len() - at);
            from = at + word.max(text[at..].chars().next().map_or(1, char::len_utf8));
        }
        false
    }
}

/// Whether a place in a text is inside of a word or a number.
fn is_within(text: &str, at: usize) -> bool {
    let (mut before, mut after) = (text[..at].chars().rev(), text[at..].chars());
    let (Some(last), Some(next)) = (before.next(), after.next()) else { return false };
    let is_digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    (is_word(last) && is_word(next))
        || (next == '.' && is_digit(Some(last)) && is_digit(after.next()))
        || (last == '.' && is_digit(Some(next)) && is_digit(before.next()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_of_a_call_stay_and_those_around_an_expression_go() {
        for (text, expected) in [
            ("total = (\n    round(a, 2,)\n)", "total = \n    round(a, 2)"),
            ("if (a && (b)) { c(); }", "if a && b  c(); "),
            ("f(a)(b)[0](c)", "f(a)(b)[0](c)"),
            ("    discount)", "    discount"),
        ] {
            assert_eq!(without_wrapping(text), expected, "{text}");
        }
    }

    #[test]
    fn a_piece_of_a_text_begins_and_ends_with_whole_words_and_numbers() {
        for (name, text, line, expected) in [
            ("the same", "MAX_RETRIES = 3", "MAX_RETRIES = 3", true),
            ("a longer number", "MAX_RETRIES = 30", "MAX_RETRIES = 3", false),
            ("a number with a fraction", "timeout = 3.5", "timeout = 3", false),
            ("the fraction alone", "timeout = 3.14159", "14159", false),
            ("a longer name", "delete_all(users_old)", "delete_all(users", false),
            ("a name that ends so", "let max_total = sum(a)", "total = sum(a)", false),
            ("behind one that does not fit", "xtotal = 1; total = 1", "total = 1", true),
            ("overlapping one that does not fit", "aa = a = a", "a = a", true),
            ("other words", "say(\"no where\")", "say(\"nowhere\")", false),
            ("words of two lines", "return\nvalue", "returnvalue", false),
            ("joined", "total = sum(\n    prices,\n    rate\n)", "total = sum(prices, rate)", true),
            ("broken", "def total(prices, rate):", "    prices,", true),
            ("broken at a point", "return self.first.second", "return self.first", true),
            ("other quotes and blanks", "say( 'hello you' )", "say(\"hello  you\");", true),
            ("letters with more bytes", "größe = maß + 1", "größe = maß", true),
            ("a part of such a word", "übergröße = 1", "größe = 1", false),
            ("nothing", "x", " ,", false),
        ] {
            assert_eq!(Unformatted::of(text.lines()).holds(line), expected, "{name}");
        }
    }
}
