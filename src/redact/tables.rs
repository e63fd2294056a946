//! A name in the first row of a table and its values in the rows below: comma- and tab-separated files, tables of Markdown,
//! of database clients and of terminals. Each line is looked at once as a first row and once as a row of values.

use std::ops::Range;

use super::finding::{Detection, RANK_ASSIGNED};
use super::rules::names::{self, Strength};
use super::{public, safe, stand_in, work, wrapped};

const MAX_HEADER: usize = 400;
pub(super) const MAX_ROW: usize = 2000;
pub(super) const MAX_ROWS: usize = 1000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Delimiter {
    Sign(u8),
    /// `│`, `┃`, `║`.
    Bar,
    /// Two blanks or more.
    Blanks,
}

/// The values below a first row that has a name of a secret at `name`. `until` is how far tables were read already.
pub(super) fn find(text: &[u8], name: &Range<usize>, until: &mut usize, findings: &mut Vec<Detection>) {
    if name.start < *until {
        return;
    }
    if !ends_cell(text, name.end) {
        return;
    }
    if let Some(value) = beside_bar(text, name) {
        findings.extend(
            names::strength(&text[name.clone()])
                .filter(|strength| is_secret(&text[value.clone()], *strength))
                .map(|strength| Detection::ranked(value, strength.kind(), text, RANK_ASSIGNED)),
        );
    }
    let floor = name.start.saturating_sub(MAX_HEADER).max(*until);
    let Some(start) = memchr::memrchr(b'\n', &text[floor..name.start])
        .map(|found| floor + found + 1)
        .or((floor == 0 || floor == *until).then_some(floor))
    else {
        return;
    };
    let Some(end) = line_end(text, name.end, MAX_HEADER) else { return };
    let header = &text[start..end];
    work::looks_at(header.len());
    // Whatever comes of it, the line is looked at once.
    *until = end;
    let Some(delimiter) = delimiter_of(header) else { return };
    let columns = cells(header, delimiter);
    if columns.len() < 2 || !columns.iter().all(|cell| is_heading(&header[cell.clone()])) {
        return;
    }
    let secret = |cell: &Range<usize>| names::strength(unquoted(&header[cell.clone()]));
    let strengths: Vec<Option<Strength>> = columns.iter().map(secret).collect();
    let mut at = end + 1;
    for _ in 0..MAX_ROWS {
        if at >= text.len() {
            break;
        }
        let Some(row_end) = line_end(text, at, MAX_ROW) else { break };
        let row = &text[at..row_end];
        work::looks_at(row.len());
        if row.trim_ascii().is_empty() {
            break;
        }
        if !is_rule(row) {
            let found = cells(row, delimiter);
            if found.len() != columns.len() {
                break;
            }
            for (cell, strength) in found.iter().zip(&strengths) {
                let value = inner(row, cell.clone());
                if strength.is_some_and(|strength| is_secret(&row[value.clone()], strength)) {
                    let (range, kind) = (at + value.start..at + value.end, strength.map_or("secret", Strength::kind));
                    findings.push(Detection::ranked(range, kind, text, RANK_ASSIGNED));
                }
            }
        }
        *until = row_end;
        at = row_end + 1;
    }
}

/// The value of a row that is a name, a bar and one word, as `psql` prints a record on its own.
fn beside_bar(text: &[u8], name: &Range<usize>) -> Option<Range<usize>> {
    let starts = name.start == 0 || text[name.start - 1] == b'\n';
    let rest = &text[name.end..text.len().min(name.end + 300)];
    let blanks = rest.iter().take_while(|byte| **byte == b' ').count();
    let bar = wrapped::bar(&rest[blanks..]).unwrap_or(0);
    if !starts || blanks == 0 || bar == 0 {
        return None;
    }
    let start = blanks + bar + rest[blanks + bar..].iter().take_while(|byte| **byte == b' ').count();
    let len = rest[start..].iter().take_while(|byte| !byte.is_ascii_whitespace() && **byte != b'|').count();
    matches!(rest.get(start + len), None | Some(b'\n' | b'\r')).then_some(name.end + start..name.end + start + len)
}

/// The end of the line, where it is not further than `most`.
fn line_end(text: &[u8], at: usize, most: usize) -> Option<usize> {
    let stop = text.len().min(at + most);
    memchr::memchr(b'\n', &text[at.min(stop)..stop]).map(|found| at + found).or((stop == text.len()).then_some(stop))
}

/// Whether a cell can end here: a delimiter, the end of the line, or the quotes before one.
fn ends_cell(text: &[u8], at: usize) -> bool {
    let rest = &text[at.min(text.len())..];
    let quotes = rest.iter().take(4).take_while(|byte| matches!(byte, b'"' | b'\'' | b'`' | b'*')).count();
    let blanks = rest[quotes..].iter().take(40).take_while(|byte| **byte == b' ').count();
    let rest = &rest[quotes + blanks..];
    blanks >= 2
        || matches!(rest.first(), None | Some(b',' | b';' | b'\t' | b'|' | b'\n' | b'\r'))
        || drawn_bar(rest) > 0
}

/// Length of a bar that is not ASCII: `|` delimits more than boxes.
fn drawn_bar(rest: &[u8]) -> usize {
    wrapped::bar(rest).filter(|len| *len > 1).unwrap_or(0)
}

fn delimiter_of(header: &[u8]) -> Option<Delimiter> {
    if header.windows(3).any(|part| drawn_bar(part) > 0) {
        return Some(Delimiter::Bar);
    }
    let sign = [b'\t', b'|', b';', b','].into_iter().find(|sign| header.contains(sign));
    sign.map(Delimiter::Sign).or(header.windows(2).any(|pair| pair == b"  ").then_some(Delimiter::Blanks))
}

/// The cells of a line, without the blanks around them; those before the first and after the last bar are none.
fn cells(line: &[u8], delimiter: Delimiter) -> Vec<Range<usize>> {
    let mut cells = Vec::new();
    let (mut start, mut at) = (0, 0);
    // Whether nothing but blanks stands in the cell so far.
    let mut is_blank = true;
    while at < line.len() {
        // A quoted cell may hold the delimiter.
        if line[at] == b'"' && is_blank && matches!(delimiter, Delimiter::Sign(b',' | b';' | b'\t')) {
            at += 1 + memchr::memchr(b'"', &line[at + 1..]).map_or(line.len() - at - 1, |found| found + 1);
            is_blank = false;
            continue;
        }
        is_blank &= line[at].is_ascii_whitespace();
        let len = match delimiter {
            Delimiter::Sign(sign) => usize::from(line[at] == sign),
            Delimiter::Bar => drawn_bar(&line[at..]),
            Delimiter::Blanks if line[at..].starts_with(b"  ") => {
                line[at..].iter().take_while(|byte| **byte == b' ').count()
            }
            Delimiter::Blanks => 0,
        };
        if len > 0 {
            cells.push(stripped(line, start..at));
            start = at + len;
            at = start;
            is_blank = true;
        } else {
            at += 1;
        }
    }
    cells.push(stripped(line, start..line.len()));
    let open = matches!(delimiter, Delimiter::Bar | Delimiter::Blanks | Delimiter::Sign(b'|'));
    if open && cells.len() > 1 {
        if cells.last().is_some_and(Range::is_empty) {
            cells.pop();
        }
        if cells.first().is_some_and(Range::is_empty) {
            cells.remove(0);
        }
    }
    cells
}

fn stripped(line: &[u8], cell: Range<usize>) -> Range<usize> {
    let bytes = &line[cell.clone()];
    let start = bytes.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let len = bytes.trim_ascii().len();
    cell.start + start..cell.start + start + len
}

/// Words, as the first row of a table has them.
fn is_heading(cell: &[u8]) -> bool {
    let is_word = |byte: &u8| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b' ' | b'_' | b'-' | b'.' | b'"' | b'*' | b'`' | b'#' | b'(' | b')' | b'/')
            || *byte >= 0x80
    };
    (1..=40).contains(&cell.len())
        && cell.iter().all(is_word)
        && cell.iter().any(|byte| byte.is_ascii_alphabetic() || *byte >= 0x80 || *byte == b'#')
}

fn unquoted(cell: &[u8]) -> &[u8] {
    let is_sign = |byte: &u8| matches!(byte, b'"' | b'\'' | b'`' | b'*');
    let start = cell.iter().take_while(|byte| is_sign(byte)).count();
    let end = cell.iter().rev().take_while(|byte| is_sign(byte)).count();
    &cell[start..cell.len().saturating_sub(end).max(start)]
}

fn inner(row: &[u8], cell: Range<usize>) -> Range<usize> {
    let bytes = &row[cell.clone()];
    let start = bytes.iter().take_while(|byte| matches!(byte, b'"' | b'\'' | b'`' | b'*')).count();
    cell.start + start..cell.start + start + unquoted(bytes).len()
}

/// The line between the first row and the others, or above and below a table.
fn is_rule(row: &[u8]) -> bool {
    let text = row.trim_ascii();
    text.iter().all(|byte| matches!(byte, b'-' | b'+' | b'|' | b':' | b'=' | b' ' | b'\t'))
        || text.starts_with("├".as_bytes())
        || text.starts_with("╞".as_bytes())
        || text.starts_with("┡".as_bytes())
        || text.starts_with("╠".as_bytes())
}

pub(super) fn is_secret(value: &[u8], strength: Strength) -> bool {
    if !(6..=400).contains(&value.len())
        || value.contains(&b' ')
        || stand_in::is_stand_in(value)
        || safe::is_reference(value)
        || public::is_public(value)
    {
        return false;
    }
    match strength {
        Strength::Password | Strength::Phrase => safe::is_strong_password(value) || safe::is_hyphenated(value),
        Strength::Secret | Strength::Key => value.len() >= 12 && safe::is_key_like(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        let mut findings = Vec::new();
        let mut until = 0;
        for (at, word) in text.match_indices("password") {
            find(text.as_bytes(), &(at..at + word.len()), &mut until, &mut findings);
        }
        findings.into_iter().map(|finding| &text[finding.range]).collect()
    }

    #[test]
    fn values_are_found_below_their_name() {
        for text in [
            "host,password\ndb1,Xk4mQ9vt!2\ndb2,blue47whale3\n",
            "host;\"password\";note\n\"a;b\";\"Xk4mQ9vt!2\";x\nc;blue47whale3;y",
            "host\tpassword\ndb1\tXk4mQ9vt!2\ndb2\tblue47whale3",
            "| host | **password** |\n|---|:--|\n| db1 | `Xk4mQ9vt!2` |\n| db2 | blue47whale3 |\n",
            " id | password\n----+---\n 1 | Xk4mQ9vt!2\n 2 | blue47whale3\n(2 rows)",
            "│ host │ password │\n├──┼──┤\n│ a │ Xk4mQ9vt!2 │\n│ b │ blue47whale3 │\n└",
            "HOST   password\ndb1    Xk4mQ9vt!2\ndb2    blue47whale3\n",
        ] {
            assert_eq!(found(text), ["Xk4mQ9vt!2", "blue47whale3"], "{text}");
        }
    }

    #[test]
    fn other_tables_and_lists_in_a_sentence_stay() {
        for text in [
            "column,type,password\na,varchar(255),required\n",
            "| Endpoint | password |\n|---|---|\n| /login | required |\n",
            "login(user, password)\nfoo(abc1, Xk4mQ9vt2)\n",
            "user, password\nthe next line has Xk4mQ9vt2 and no comma\n",
        ] {
            assert!(found(text).is_empty(), "{text}");
        }
    }
}
