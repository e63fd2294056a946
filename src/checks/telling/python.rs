//! pytest and unittest.

use std::ops::Range;

use super::lines::{ToldLines, behind, indent, is_exception};

/// `____ test_name ____`, and behind it lines that begin with `E`.
pub(super) fn pytest<'a>(lines: &[&'a str]) -> ToldLines<'a> {
    let is_said = |line: &&str| said(line).is_some();
    let Some(first) = lines.iter().position(is_said) else { return summary(lines) };
    let header = (0..first).rev().find_map(|place| Some((place, header(lines[place])?)));
    let end = lines[first..].iter().position(|line| header_or_border(line)).map_or(lines.len(), |place| first + place);
    let groups = groups(&lines[first..end]);
    match header {
        // Of several exceptions in a chain the last is the test's.
        Some((_, name)) => {
            let mut message = groups.last().map(|group| message(group)).unwrap_or_default();
            if message.first().is_some_and(|said| is_bare(said)) {
                message.extend(asserted(&lines[..end]));
            }
            [vec![name], message].concat()
        }
        // The name was cut off, and what is said may be of several tests; the summary has their names.
        None => {
            let message = groups.first().map(|group| message(group)).unwrap_or_default();
            match named_in_summary(lines, &message) {
                Some((whole, text)) if message.as_slice() == [text] => vec![whole],
                Some((whole, _)) => [vec![whole.split(" - ").next().unwrap_or(whole)], message].concat(),
                None => message,
            }
        }
    }
}

/// The test of which the summary says the same, and what it says, which it may cut:
/// `FAILED test_cart.py::test_total - assert 3 ==...`
fn named_in_summary<'a>(lines: &[&'a str], message: &[&str]) -> Option<(&'a str, &'a str)> {
    let said = message.first()?;
    lines.iter().filter_map(|line| failed_name(line)).find_map(|whole| {
        let text = whole.split_once(" - ")?.1;
        said.starts_with(text.trim_end_matches('.')).then_some((whole, text))
    })
}

/// The name in `______ TestEmpty.test_texts ______`; of a file that could not be read `ERROR collecting test_a.py`.
fn header(line: &str) -> Option<&str> {
    let name = line.trim_matches('_');
    let is_border = line.starts_with("__") && line.ends_with("__") || line.starts_with('_') && line.len() > 60;
    (is_border && name.starts_with(' ') && name.ends_with(' '))
        .then(|| name.trim())
        .filter(|name| !name.is_empty() && !name.chars().all(|c| c == '_' || c == ' '))
}

fn header_or_border(line: &str) -> bool {
    header(line).is_some() || (line.starts_with("====") && line.ends_with("===="))
}

/// What stands behind the `E` of a line.
fn said(line: &str) -> Option<&str> {
    // A line of progress may begin with an error, too.
    line.strip_prefix("E  ").filter(|text| !text.trim().is_empty() && !text.ends_with("%]"))
}

/// The lines behind an `E` that stand together: each of one exception.
fn groups<'a>(lines: &[&'a str]) -> Vec<Vec<&'a str>> {
    let mut groups: Vec<Vec<&'a str>> = Vec::new();
    let mut was_said = false;
    for line in lines {
        if let Some(text) = said(line) {
            if !was_said {
                groups.push(Vec::new());
            }
            groups.last_mut().expect("a group was just begun").push(text);
        }
        was_said = said(line).is_some() || (was_said && *line == "E");
    }
    groups
}

/// Of an exception's lines those that say why the test failed, and the first difference.
fn message<'a>(group: &[&'a str]) -> ToldLines<'a> {
    let least = group.iter().map(|line| indent(line)).min().unwrap_or_default();
    let main = || group.iter().filter(|line| indent(line) == least).map(|line| line.trim());
    // The place of an error of syntax stands before it.
    let is_place = group.first().is_some_and(|line| line.trim().starts_with("File \""));
    let said = if is_place { main().next_back() } else { main().next() };
    let mut parts: ToldLines = said.into_iter().collect();
    if is_place {
        parts.insert(0, group[0].trim());
    }
    // A message of the author's own hides the comparison.
    parts.extend(main().skip(1).find(|line| line.starts_with("assert ") && Some(*line) != said));
    let detail = |sign: &str| group.iter().map(|line| line.trim()).find(|line| behind(line, sign).is_some());
    parts.extend([detail("- "), detail("+ ").filter(|line| !line.starts_with("+  where"))].into_iter().flatten());
    // Of two lists, which pytest shortens, where they differ.
    let index = group.iter().map(|line| line.trim()).find(|line| line.starts_with("At index "));
    let mut behind = group.iter().map(|line| line.trim()).skip_while(|line| *line != "Differing items:").skip(1);
    parts.extend(index.or_else(|| behind.next()));
    parts
}

/// Whether what is said holds values only, and no name of what was compared: `assert False`, `AssertionError: assert 500 == 503`.
fn is_bare(said: &str) -> bool {
    let said = said.strip_prefix("AssertionError: ").unwrap_or(said);
    let known = ["False", "True", "None", "not", "in", "is", "and", "or"];
    let mut words = said.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    words.next() == Some("assert")
        && words.all(|word| known.contains(&word) || word.chars().all(|c| c.is_ascii_digit()))
}

/// The statement of the test that failed: `assert total(prices) == 3` of the last `>       assert total(prices) == 3`.
fn asserted<'a>(lines: &[&'a str]) -> Option<&'a str> {
    let statement = lines.iter().rev().find_map(|line| line.strip_prefix('>'))?.trim();
    (statement.len() > "assert ".len()).then_some(statement)
}

/// What pytest says of old interfaces, whatever failed: from its heading to the note below it.
pub(super) fn warnings(lines: &[&str]) -> Option<Range<usize>> {
    let start = lines.iter().position(|line| line.starts_with('=') && line.contains(" warnings summary "))?;
    let is_end = |line: &&str| line.starts_with("-- Docs:") || line.starts_with('=');
    let end = lines[start + 1..].iter().position(is_end)?;
    Some(start..start + 1 + end)
}

/// `FAILED test_cart.py::test_total - assert 3 == 4`
fn summary<'a>(lines: &[&'a str]) -> ToldLines<'a> {
    lines
        .iter()
        .find(|line| failed_name(line).is_some_and(|rest| rest.contains(" - ")))
        .map(|line| line.trim())
        .into_iter()
        .collect()
}

fn failed_name(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("FAILED ").or_else(|| line.strip_prefix("ERROR "))?;
    let name = rest.split(" - ").next().unwrap_or(rest);
    (name.contains(".py") && !name.trim_end().ends_with("..")).then_some(rest)
}

/// Tests of which no more than the name is there: `--tb=no`, `-rN`, what a `grep` left.
pub(super) fn only_named<'a>(lines: &[&'a str]) -> ToldLines<'a> {
    let is_name = |line: &&&str| {
        failed_name(line).is_some() || (line.contains(".py::") && (line.contains(" FAILED") || line.contains(" ERROR")))
    };
    lines.iter().filter(is_name).take(MOST_NAMES).map(|line| line.trim()).collect()
}

const MOST_NAMES: usize = 3;

/// `FAIL: test_discount (test_cart.CartTest.test_discount)`, a line of dashes, a traceback, the exception.
pub(super) fn unittest<'a>(lines: &[&'a str]) -> ToldLines<'a> {
    for (place, line) in lines.iter().enumerate() {
        let Some(name) = behind(line, "FAIL: ").or_else(|| behind(line, "ERROR: ")) else { continue };
        if !lines.get(place + 1).is_some_and(|line| line.starts_with("-----")) {
            continue;
        }
        let body =
            lines[place + 2..].iter().take_while(|line| !line.starts_with("-----") && !line.starts_with("====="));
        let raised = body.filter(|line| is_exception(line) || line.contains("Error")).filter(|line| indent(line) == 0);
        let mut parts = vec![name];
        parts.extend(raised.last().map(|line| line.trim()));
        return parts;
    }
    Vec::new()
}
