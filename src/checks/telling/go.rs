//! go test and gotestsum.

use super::lines::{ToldLines, behind, indent, values};

struct Failed<'a> {
    line: usize,
    name: &'a str,
}

/// `--- FAIL: TestX/two (0.00s)`, `=== FAIL: shop TestX/two (0.00s)`
fn failed(line: &str) -> Option<&str> {
    let rest = behind(line.trim_start(), "--- FAIL: ").or_else(|| behind(line.trim_start(), "=== FAIL: "))?;
    let name = rest.rsplit_once(" (").map_or(rest, |(name, _)| name);
    Some(name.strip_prefix(". ").unwrap_or(name))
}

/// The first failed test that says something, the innermost of nested ones.
pub(super) fn go_test<'a>(lines: &[&'a str]) -> ToldLines<'a> {
    let named = |(line, text): (usize, &&'a str)| Some(Failed { line, name: failed(text)? });
    for test in lines.iter().enumerate().filter_map(named) {
        let below = &lines[test.line + 1..];
        let depth = indent(lines[test.line]);
        let end = below.iter().position(|line| ends(line, depth)).unwrap_or(below.len());
        let mut message = said(&below[..end]);
        if message.is_empty() {
            message = said(before(lines, &test));
        }
        if message.is_empty() {
            message = below
                .first()
                .and_then(|line| line.trim().starts_with("panic: ").then(|| line.trim()))
                .into_iter()
                .collect();
        }
        if !message.is_empty() {
            return [vec![test.name], message].concat();
        }
    }
    let panic = lines.iter().find(|line| line.starts_with("panic: "));
    let is_go = lines.iter().any(|line| line.starts_with("goroutine "));
    let running =
        || lines.iter().find(|line| line.starts_with("\tTest") && line.contains(" (")).map(|line| line.trim());
    panic.filter(|_| is_go).map_or_else(Vec::new, |line| [*line].into_iter().chain(running()).collect())
}

fn ends(line: &str, depth: usize) -> bool {
    failed(line).is_some() || (!line.trim().is_empty() && indent(line) <= depth)
}

/// With `-v` the words of a test stand before its end, behind `=== RUN`.
fn before<'l, 'a>(lines: &'l [&'a str], test: &Failed<'a>) -> &'l [&'a str] {
    let base = test.name.rsplit(' ').next().unwrap_or(test.name);
    let began = |line: &&str| {
        ["=== RUN ", "=== CONT ", "=== NAME "].iter().any(|word| behind(line, word).is_some_and(|name| name == base))
    };
    lines[..test.line].iter().rposition(began).map_or(&[][..], |place| &lines[place + 1..test.line])
}

/// What a test said: `cart_test.go:18: got 13, want 12`, of several lines the one that compares; the parts of testify.
fn said<'a>(block: &[&'a str]) -> ToldLines<'a> {
    let has_error = |(place, line): (usize, &&'a str)| {
        Some((place, behind(line.trim_start(), "Error:").filter(|text| !text.is_empty())?))
    };
    if let Some((place, error)) = block.iter().enumerate().find_map(has_error) {
        // "Received unexpected error:" says which in the next line.
        if error.ends_with("unexpected error:")
            && let Some(next) = block.get(place + 1).map(|line| line.trim()).filter(|line| !line.is_empty())
        {
            return [vec![error, next], values(block, &["Messages:"])].concat();
        }
        let compared = values(block, &["expected:", "actual  :", "Messages:"]);
        return [vec![error], compared].concat();
    }
    let is_place = |line: &str| {
        line.split_once(".go:").is_some_and(|(file, rest)| {
            !file.contains(' ') && rest.starts_with(|c: char| c.is_ascii_digit()) && rest.contains(": ")
        })
    };
    // What a test logs on its way stands in the same form.
    let is_log = |line: &str| ["INFO", "DEBUG", "WARN", " output:"].iter().any(|word| line.contains(word));
    let mut written: Vec<(usize, &'a str)> =
        block.iter().enumerate().map(|(place, line)| (place, line.trim())).filter(|(_, line)| is_place(line)).collect();
    if written.iter().any(|(_, line)| !is_log(line)) {
        written.retain(|(_, line)| !is_log(line));
    }
    let compares = |line: &str| {
        let lower = line.to_lowercase();
        ["want", "got", "expect", "error", "unexpected", "fail", "should", "must", "mismatch"]
            .iter()
            .any(|word| lower.contains(word))
    };
    let Some((place, line)) = written.iter().find(|(_, line)| compares(line)).or(written.last()) else {
        return Vec::new();
    };
    // A message of several lines goes on further inside.
    let depth = indent(block[*place]);
    let more = block[place + 1..].iter().take_while(|line| indent(line) > depth && !line.trim().is_empty());
    [*line].into_iter().chain(more.take(2).map(|line| line.trim())).collect()
}

/// `imports example.com/shop/cart from price.go: import cycle not allowed`, below the chain that leads there.
pub(super) fn import_cycle<'a>(lines: &[&'a str]) -> ToldLines<'a> {
    lines.iter().find(|line| line.contains("import cycle not allowed")).map(|line| line.trim()).into_iter().collect()
}

/// Failed tests of which no more than the name is there.
pub(super) fn only_named<'a>(lines: &[&'a str]) -> ToldLines<'a> {
    let names: ToldLines = lines.iter().filter(|line| failed(line).is_some()).take(3).map(|line| line.trim()).collect();
    if names.is_empty() {
        return lines.iter().filter(|line| line.starts_with("FAIL\t")).take(3).copied().collect();
    }
    names
}
