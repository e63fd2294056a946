//! Where a check says that something is wrong, and how near to it an edit is: by the code that the check printed, or by the number of the
//! line, as it was when the check ran.

use std::collections::HashSet;
use std::ops::Range;

use super::commit_places::Places;
use super::excerpt::{before, removed_lines};
use super::library::written_lines;
use super::named_files::{path_in, without_place};
use super::paths;
use super::repair::Repair;
use crate::record::session::{Change, Edit, PatchHunk, ToolCall};
use crate::record::text::Raw;

/// What is known of the place of an error.
#[derive(Default)]
pub(super) struct ErrorPlace<'a> {
    /// The lines of code that the check printed beside what it found: alone, or behind the number of the line.
    printed: HashSet<&'a str>,
    /// The name of the file, and the number of the line in it.
    named: Option<(&'a str, u32)>,
    /// The code of this very line.
    code: Option<&'a str>,
}

impl<'a> ErrorPlace<'a> {
    pub(super) fn of(error: Option<&'a Raw>, call: &'a ToolCall) -> Self {
        let output = call.printed();
        let printed = output.lines().map(code_in).filter(|line| line.len() >= LEAST_CODE).collect();
        let named = error.and_then(|error| place_in(error.expose()));
        let code = named.and_then(|(file, line)| code_at(output, file, line));
        Self { printed, named, code }
    }

    /// Whether an edit takes away, or writes otherwise, a line that the check printed.
    pub(super) fn is_printed_before(&self, one: &Repair) -> bool {
        one.edit().is_some_and(|edit| self.holds(removed_lines(&edit.change)))
    }

    fn holds(&self, lines: Vec<&str>) -> bool {
        lines.into_iter().any(|line| self.printed.contains(line.trim()))
    }

    /// Of the repairs those that change the very line of the error, or what stands beside it. Lines that were added or removed above it
    /// since the check have moved it.
    pub(super) fn nearest(&self, made: &[&Repair], places: &Places) -> Vec<bool> {
        let Some((file, line)) = self.named else { return vec![false; made.len()] };
        let is_in_file = |edit: &&Edit| paths::name(&paths::normalise(&edit.path)) == file;
        let changes_it = |edit: &Edit| {
            self.code.is_some_and(|code| removed_lines(&edit.change).iter().any(|one| one.trim() == code))
        };
        if made.iter().filter_map(|one| one.edit().filter(is_in_file)).any(changes_it) {
            return made.iter().map(|one| one.edit().filter(is_in_file).is_some_and(changes_it)).collect();
        }
        let span = |one: &&Repair| one.edit().filter(is_in_file).and_then(|edit| places.lines_of(edit));
        let spans: Vec<Option<Range<i64>>> = made.iter().map(span).collect();
        // How many lines an edit adds to those above the error.
        let moves_by = |(one, span): (&&Repair, &Option<Range<i64>>)| {
            let (edit, span) = (one.edit()?, span.as_ref()?);
            let (added, taken) = (written_lines(&edit.change).len() as i64, removed_lines(&edit.change).len() as i64);
            (span.start + taken <= i64::from(line)).then_some(added - taken)
        };
        let moved = made.iter().zip(&spans).filter_map(moves_by).sum::<i64>();
        let now = i64::from(line) + moved;
        let distance = |span: &Range<i64>| (span.start - now).max(now - span.end + 1).max(0);
        let least = spans.iter().flatten().map(distance).min();
        let is_nearest = |span: &Option<Range<i64>>| span.as_ref().is_some_and(|span| Some(distance(span)) == least);
        // What is nearest among edits that are all far away is no nearer than others.
        let is_near = least.is_some_and(|least| least <= NEAR);
        spans.iter().map(|span| is_near && is_nearest(span)).collect()
    }

    /// Of a patch with several hunks the one at the error's line; none where that is not known, or there is one.
    pub(super) fn narrowed(&self, edit: &Edit) -> Option<Change> {
        let Change::Patch { hunks } = &edit.change else { return None };
        let (file, line) = self.named.filter(|_| hunks.len() > 1)?;
        if paths::name(&paths::normalise(&edit.path)) != file {
            return None;
        }
        let alone = |hunk: &PatchHunk| Change::Patch { hunks: vec![hunk.clone()] };
        let holds_code = |hunk: &&PatchHunk| {
            self.code.is_some_and(|code| before(&alone(hunk)).lines().any(|one| one.trim() == code))
        };
        let distance = |hunk: &PatchHunk| hunk.new_start.abs_diff(line);
        let numbered = || hunks.iter().filter(|hunk| hunk.new_start > 0 && distance(hunk) <= NEAR as u32);
        let chosen = hunks.iter().find(holds_code).or_else(|| numbered().min_by_key(|hunk| distance(hunk)));
        chosen.map(alone)
    }
}

/// Lines between an edit and the error that it may be about.
const NEAR: i64 = 12;

/// The first file and line that an error names: `src/a.ts:3:5`, `src/a.ts(3,5)`, or `3:5` below a path that stands alone.
fn place_in(error: &str) -> Option<(&str, u32)> {
    let mut file: Option<&str> = None;
    for word in error.split_whitespace() {
        if let Some(path) = path_in(word) {
            if let Some(line) = number(&word[without_place(word).len()..]) {
                return Some((paths::name(path), line));
            }
            file.get_or_insert(paths::name(path));
        } else if let Some(file) = file
            && word.starts_with(|c: char| c.is_ascii_digit())
            && word.contains(':')
        {
            return number(word).map(|line| (file, line));
        }
    }
    None
}

fn number(place: &str) -> Option<u32> {
    let place = place.trim_start_matches([':', '(', '[']);
    let digits = place.bytes().take_while(u8::is_ascii_digit).count();
    place[..digits].parse().ok()
}

/// The code that is drawn below the place, behind the number of the line: ` > 12 |   total(1)`.
fn code_at<'a>(output: &'a str, file: &str, line: u32) -> Option<&'a str> {
    let places = [format!("{file}:{line}"), format!("{file}({line}")];
    let is_place = |text: &str| {
        let behind = |place: &String| text.find(place.as_str()).map(|at| &text[at + place.len()..]);
        places.iter().filter_map(behind).any(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    let at_line = |text: &'a str| {
        let (gutter, code) = text.split_once(['|', '\u{2502}'])?;
        (gutter.trim().trim_start_matches('>').trim().parse() == Ok(line)).then_some(code.trim())
    };
    let below = output.lines().skip_while(|text| !is_place(text)).take(LINES_OF_A_FRAME);
    below.filter_map(at_line).find(|code| code.len() >= LEAST_OF_A_LINE)
}

/// How far below its place the code is drawn.
const LINES_OF_A_FRAME: usize = 16;

/// `}` stands everywhere.
const LEAST_OF_A_LINE: usize = 4;

/// `12 |   total(1)` and `>   total(1)` without what stands before the code.
fn code_in(line: &str) -> &str {
    let line = line.trim();
    let behind = line.split_once(['|', '\u{2502}']).filter(|(gutter, _)| gutter.chars().all(|c| !c.is_alphabetic()));
    behind.map_or(line, |(_, code)| code).trim_start_matches(['>', 'E']).trim()
}

/// Shorter lines stand everywhere.
const LEAST_CODE: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_of_an_error_is_read() {
        for (error, expected) in [
            ("src/a.ts(3,5): error TS1: x", Some(("a.ts", 3))),
            ("src/cart.py:12:5: F401 `os` imported but unused", Some(("cart.py", 12))),
            ("/w/src/cart.ts\n24:13 error Unnecessary condition no-condition", Some(("cart.ts", 24))),
            ("error[E0425]: cannot find value `x`\nsrc/a.rs:7:1", Some(("a.rs", 7))),
            ("src/a.ts format\n× Formatter would have printed", None),
            ("assert 3 == 4", None),
        ] {
            assert_eq!(place_in(error), expected, "{error}");
        }
    }

    #[test]
    fn the_code_of_the_line_is_that_of_its_own_frame() {
        let output = "src/a.ts:3:5 lint/x\n  > 3 \u{2502} let other = 1;\n\nsrc/b.ts:3:5 lint/y\n    2 \u{2502} {\n  > 3 \u{2502}   total(1);\n    4 \u{2502} }";
        for (file, line, expected) in
            [("b.ts", 3, Some("total(1);")), ("a.ts", 3, Some("let other = 1;")), ("b.ts", 30, None), ("b.ts", 2, None)]
        {
            assert_eq!(code_at(output, file, line), expected, "{file}:{line}");
        }
    }
}
