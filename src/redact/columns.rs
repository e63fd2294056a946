//! Values whose names stand in a list before them: `INSERT INTO t (a, password) VALUES ('x', 'y')`, `<th>` and `<td>`, an array of
//! columns and one of rows in JSON.

use std::ops::Range;

use super::finding::{Detection, RANK_ASSIGNED};
use super::rules::names::{self, Strength};
use super::{tables, work};

/// How far the list of names goes, and the rows behind it.
const MAX_NAMES: usize = 600;
const MAX_ROWS: usize = 16 << 10;

/// What leads to such lists.
pub(crate) const KEYWORDS: &[&str] =
    &["insert into", "<th", "\"columns\"", "\"headers\"", "\"fields\"", "replace into"];

/// The values in the rows that follow the names after `mark`. `until` is how far rows were read already.
pub(super) fn find(text: &[u8], mark: Range<usize>, until: &mut usize, findings: &mut Vec<Detection>) {
    if mark.start < *until {
        return;
    }
    let html = text[mark.start] == b'<';
    let window = &text[mark.end..text.len().min(mark.end + MAX_NAMES)];
    let Some((items, end)) = (if html {
        html_names(text, mark.start)
    } else {
        list(window, 0).map(|(items, end)| (moved(items, mark.end), mark.end + end))
    }) else {
        return;
    };
    *until = end;
    work::looks_at(end - mark.start);
    let strengths: Vec<Option<Strength>> = items.iter().map(|item| names::strength(&text[item.clone()])).collect();
    if strengths.iter().all(Option::is_none) || items.len() < 2 {
        return;
    }
    let stop = text.len().min(end + MAX_ROWS);
    let mut at = end;
    while at < stop {
        let row = if html { html_row(text, at, stop) } else { list(&text[..stop], at) };
        let Some((values, row_end)) = row else { break };
        let start = values.first().map_or(row_end, |value| value.start);
        if values.len() != items.len() || !is_between(&text[at..start], html, at == end) {
            break;
        }
        for (value, strength) in values.into_iter().zip(&strengths) {
            if let Some(strength) = strength.filter(|strength| tables::is_secret(&text[value.clone()], *strength)) {
                findings.push(Detection::ranked(value, strength.kind(), text, RANK_ASSIGNED));
            }
        }
        *until = row_end;
        work::looks_at(row_end - at);
        at = row_end;
    }
}

/// Whether what stands before a row leads to it: a word before the first, a comma before the others.
fn is_between(between: &[u8], html: bool, first: bool) -> bool {
    let lower = between.to_ascii_lowercase();
    let says = |word: &str| memchr::memmem::find(&lower, word.as_bytes()).is_some();
    html || between.len() <= 80
        && (!first && between.len() <= 12
            || first && ["values", "rows", "data", "records"].iter().any(|word| says(word)))
}

fn moved(items: Vec<Range<usize>>, by: usize) -> Vec<Range<usize>> {
    items.into_iter().map(|item| item.start + by..item.end + by).collect()
}

/// The items of the next list in brackets from `at` on, without their quotes, and where it ends.
fn list(text: &[u8], at: usize) -> Option<(Vec<Range<usize>>, usize)> {
    let mut at = at + text[at..].iter().take(100).position(|byte| matches!(byte, b'(' | b'['))?;
    while matches!(text.get(at), Some(b'(' | b'[')) {
        at += 1 + text[at + 1..].iter().take(40).take_while(|byte| byte.is_ascii_whitespace()).count();
    }
    let mut items = Vec::new();
    let stop = text.len().min(at + 2000);
    // All of it where the list is not closed.
    work::looks_at(stop - at.min(stop));
    while at < stop && items.len() < 64 {
        at += text[at..stop].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let item = match *text.get(at)? {
            quote @ (b'\'' | b'"' | b'`') => {
                let len = memchr::memchr(quote, text.get(at + 1..stop)?)?;
                at += len + 2;
                at - 1 - len..at - 1
            }
            _ => {
                let start = at;
                at += text[at..stop].iter().position(|byte| matches!(byte, b',' | b')' | b']' | b'('))?;
                if text[at] == b'(' {
                    // A call is passed over, but for calls in calls.
                    at += 1 + memchr::memchr(b')', &text[at..stop])?;
                }
                start..start + text[start..at].trim_ascii_end().len()
            }
        };
        items.push(item);
        at += text[at..stop].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        match text.get(at)? {
            b',' => at += 1,
            b')' | b']' => return Some((items, at + 1)),
            _ => return None,
        }
    }
    None
}

fn html_names(text: &[u8], mark: usize) -> Option<(Vec<Range<usize>>, usize)> {
    html_cells(text, mark, text.len().min(mark + MAX_NAMES), b"<th")
}

fn html_row(text: &[u8], at: usize, stop: usize) -> Option<(Vec<Range<usize>>, usize)> {
    html_cells(text, at, stop.min(at + 2000), b"<td")
}

/// The texts of the cells of a row, until its end.
fn html_cells(text: &[u8], at: usize, stop: usize, tag: &[u8]) -> Option<(Vec<Range<usize>>, usize)> {
    let row = &text[at.min(stop)..stop];
    work::looks_at(row.len());
    let end = memchr::memmem::find(row, b"</tr")?;
    let cells = memchr::memmem::find_iter(&row[..end], tag).filter_map(|found| {
        let mut start = found + row[found..end].iter().position(|byte| *byte == b'>')? + 1;
        // Emphasis or code in a cell.
        while row.get(start) == Some(&b'<') && row.get(start + 1) != Some(&b'/') {
            start += row[start..end].iter().position(|byte| *byte == b'>')? + 1;
        }
        let len = row[start..end].iter().position(|byte| *byte == b'<')?;
        Some(at + start..at + start + len)
    });
    Some((cells.collect(), at + end + 5))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        let mut findings = Vec::new();
        let mut until = 0;
        for keyword in KEYWORDS {
            for (at, word) in text.match_indices(keyword) {
                find(text.as_bytes(), at..at + word.len(), &mut until, &mut findings);
            }
        }
        findings.into_iter().map(|finding| &text[finding.range]).collect()
    }

    #[test]
    fn values_are_told_by_the_list_of_names() {
        for text in [
            "insert into users (name, password) VALUES\n ('a', 'Xk4mQ9vt!2'),\n ('b', 'blue47whale3');",
            "insert into users (id, `password`, at) values (uuid(), 'Xk4mQ9vt!2', now()), (2, 'blue47whale3', now())",
            "<tr><th>User</th><th>Password</th></tr>\n<tr><td>a</td><td>Xk4mQ9vt!2</td></tr><tr><td>b</td><td><code>blue47whale3</code></td></tr>",
            "{\"columns\":[\"user\",\"password\"],\"rows\":[[\"a\",\"Xk4mQ9vt!2\"],[\"b\",\"blue47whale3\"]]}",
        ] {
            assert_eq!(found(text), ["Xk4mQ9vt!2", "blue47whale3"], "{text}");
        }
    }

    #[test]
    fn parameters_and_types_stay() {
        for text in [
            "insert into users (name, password) VALUES (?, ?)",
            "insert into users (name, password) VALUES ($1, crypt($2, gen_salt('bf')))",
            "insert into users (name, password) SELECT name, password FROM old (x9y8z7w6, v5u4t3s2)",
            "<tr><th>Field</th><th>Password</th></tr><tr><td>login</td><td>required</td></tr>",
        ] {
            assert!(found(text).is_empty(), "{text}");
        }
    }
}
