//! jest, vitest, bun, node's own runner, and runners that number their failures: mocha, Playwright, Cypress.

use super::lines::{ToldLines, behind, difference, indent, is_exception, is_numbered, next_line, numbered, values};

/// What assertions of jest and of those like it name their values.
const VALUES: &[&str] = &[
    "Expected:",
    "Expected substring:",
    "Expected pattern:",
    "Expected length:",
    "Expected number of calls:",
    "Expected path:",
    "Expected string:",
    "Expected value:",
    "Snapshot:",
    "Received:",
    "Received string:",
    "Received value:",
    "Received length:",
    "Received number of calls:",
    "Received message:",
    "Received function did not throw",
    "Rejected to value:",
    "Resolved to value:",
    "Locator:",
];

/// `  ● cart › takes the discount off`
pub(super) fn jest<'a>(lines: &[&'a str]) -> ToldLines<'a> {
    let title = |line: &'a str| behind(line.trim_start(), "● ").filter(|_| indent(line) <= 4);
    let is_noise = |name: &str| name.starts_with("Console") || name.contains("Warning");
    let titles: Vec<(usize, &'a str)> = lines
        .iter()
        .enumerate()
        .filter_map(|(line, text)| Some((line, title(text)?)))
        .filter(|(_, name)| !is_noise(name))
        .collect();
    for (line, name) in &titles {
        let below = &lines[line + 1..];
        let end = below.iter().position(|line| {
            title(line).is_some()
                || line.starts_with("Test Suites:")
                || line.starts_with("Tests:")
                || line.starts_with("FAIL ")
        });
        let block = &below[..end.unwrap_or(below.len())];
        let Some(first) = next_line(block, 0) else { continue };
        if *name == "Test suite failed to run" {
            let file = lines[..*line].iter().rev().find_map(|line| behind(line, "FAIL "));
            let is_general = first.starts_with("Jest encountered an unexpected token");
            let syntax = block.iter().map(|line| line.trim()).find(|line| is_general && is_exception(line));
            return file.into_iter().chain([syntax.unwrap_or(first)]).collect();
        }
        return [vec![*name], compared(block, first)].concat();
    }
    // What a `grep` left: the titles alone.
    titles.into_iter().map(|(_, name)| name).take(3).collect()
}

/// The values where a block names them, else its difference; else what it says first.
fn compared<'a>(block: &[&'a str], first: &'a str) -> ToldLines<'a> {
    let named = values(block, VALUES);
    if named.len() > 1 {
        return if first.starts_with("expect(") { named } else { [vec![first], named].concat() };
    }
    let goes_on = if first.ends_with(':') { second(block, first) } else { None };
    let is_told = goes_on.is_some() || !(first.starts_with("expect(") || is_exception(first));
    let differs = if is_told { Vec::new() } else { difference(block) };
    [first].into_iter().chain(named).chain(goes_on).chain(differs).collect()
}

/// The line behind one that only announces it.
fn second<'a>(block: &[&'a str], first: &str) -> Option<&'a str> {
    let place = block.iter().position(|line| line.trim() == first)?;
    next_line(block, place + 1).filter(|line| !line.starts_with("at ") && !line.starts_with(['+', '-']))
}

/// ` FAIL  cart.test.js > cart > takes the discount off`
pub(super) fn vitest<'a>(lines: &[&'a str]) -> ToldLines<'a> {
    let title = |line: &'a str| behind(line, " FAIL  ").filter(|name| !name.is_empty());
    let Some((line, name)) = lines.iter().enumerate().find_map(|(line, text)| Some((line, title(text)?))) else {
        return Vec::new();
    };
    // Several tests with one error stand together.
    let below: Vec<&str> = lines[line + 1..].iter().copied().skip_while(|line| title(line).is_some()).collect();
    let end = below.iter().position(|line| title(line).is_some() || line.starts_with('⎯')).unwrap_or(below.len());
    let block = &below[..end];
    let Some(first) = next_line(block, 0) else { return vec![name] };
    // A comparison of whole values names both in one line.
    let differs = if first.contains(" // Object.is equality") { Vec::new() } else { difference(block) };
    [name, first].into_iter().chain(differs).collect()
}

/// `(fail) cart > takes the discount off [0.2ms]`, with the error above.
pub(super) fn bun<'a>(lines: &[&'a str]) -> ToldLines<'a> {
    let Some(end) = lines.iter().position(|line| line.starts_with("(fail) ")) else { return bun_between(lines) };
    let name = lines[end].rsplit_once(" [").map_or(lines[end], |(name, _)| name);
    let ended = |line: &&str| line.starts_with("(pass) ") || line.starts_with("(fail) ") || line.starts_with("(skip) ");
    let start = lines[..end].iter().rposition(ended).map_or(0, |place| place + 1);
    let block = &lines[start..end];
    let error = block.iter().map(|line| line.trim()).rfind(|line| line.starts_with("error: ") || is_exception(line));
    [name].into_iter().chain(error).chain(values(block, VALUES)).collect()
}

/// A file that bun could not load: its name, `# Unhandled error between tests`, the error.
fn bun_between<'a>(lines: &[&'a str]) -> ToldLines<'a> {
    let Some(place) = lines.iter().position(|line| line.starts_with("# Unhandled error between tests")) else {
        return Vec::new();
    };
    let file = lines[..place].iter().rev().find(|line| !line.is_empty() && line.ends_with(':'));
    let error = lines[place + 1..].iter().find(|line| !line.is_empty() && !line.starts_with("---"));
    file.map(|file| file.trim_end_matches(':')).into_iter().chain(error.copied()).collect()
}

/// `✖ takes the discount off (6.9ms)` of node's runner, in the list of failing tests where there is one.
pub(super) fn node<'a>(lines: &[&'a str]) -> ToldLines<'a> {
    let listed = lines.iter().position(|line| line.starts_with("✖ failing tests:")).unwrap_or(0);
    for (line, text) in lines.iter().enumerate().skip(listed) {
        let Some((name, time)) = behind(text.trim_start(), "✖ ").and_then(|rest| rest.rsplit_once(" (")) else {
            continue;
        };
        if !time.ends_with("ms)") {
            continue;
        }
        let depth = indent(text);
        let below = &lines[line + 1..];
        let end = below.iter().position(|line| !line.trim().is_empty() && indent(line) <= depth).unwrap_or(below.len());
        let block = &below[..end];
        if let Some(first) = next_line(block, 0).filter(|first| !first.starts_with(['▶', '✖', '✔', 'ℹ'])) {
            return [vec![name], compared(block, first)].concat();
        }
    }
    Vec::new()
}

/// `  1) cart` with the rest of the title below, as mocha writes it; `  1) [chromium] › a.spec.ts:3:5 › opens ────` of Playwright.
pub(super) fn numbered_tests<'a>(lines: &[&'a str]) -> ToldLines<'a> {
    for (line, text) in lines.iter().enumerate().filter(|(_, text)| is_numbered(text.trim_start()) && indent(text) <= 4)
    {
        let Some(title) = numbered(text.trim_start()).map(|title| title.trim_end_matches(['─', ' '])) else {
            continue;
        };
        let below = &lines[line + 1..];
        let end =
            below.iter().position(|line| is_numbered(line.trim_start()) && indent(line) <= 4).unwrap_or(below.len());
        let block = &below[..end];
        let is_whole = title.ends_with(':') || title.contains(" › ");
        let names = if is_whole { 0 } else { names_below(block) };
        let rest = &block[names..];
        let Some(first) = next_line(rest, 0).filter(|_| is_whole || names > 0) else { continue };
        let below_title = block[..names].iter().map(|line| line.trim()).filter(|line| !line.is_empty());
        return [title].into_iter().chain(below_title).chain(compared(rest, first)).take(5).collect();
    }
    Vec::new()
}

/// How many lines below the first belong to a title: up to the one that ends with a colon.
fn names_below(block: &[&str]) -> usize {
    let title = block.iter().take(5).take_while(|line| indent(line) > 4 && !is_exception(line.trim()));
    title.enumerate().find(|(_, line)| line.ends_with(':')).map_or(0, |(place, _)| place + 1)
}

/// Marks of failed tests without their errors: `✕ takes the discount off (9 ms)`, `× waits 18ms` with what it says below.
pub(super) fn only_named<'a>(lines: &[&'a str]) -> ToldLines<'a> {
    let is_marked = |line: &str| {
        let starts = ["✕ ", "× ", "✗ ", "✘ "].iter().any(|mark| line.trim_start().starts_with(mark));
        starts && !line.contains("were emitted while running checks")
    };
    let Some(place) = lines.iter().position(|line| is_marked(line)) else { return Vec::new() };
    let said = lines.get(place + 1).map(|line| line.trim()).filter(|line| line.starts_with("→ "));
    let name = lines[place].trim();
    [name].into_iter().chain(said).collect()
}
