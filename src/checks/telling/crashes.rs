//! What a program says that died: the end of a traceback, an exception above its frames, the words of a tool that did not start.

use super::lines::{ToldLines, behind, indent, is_exception};

/// The exception of a program that died, with its frames below or above.
pub(super) fn crash<'a>(lines: &[&'a str]) -> ToldLines<'a> {
    if let Some(place) = lines.iter().rposition(|line| line.starts_with("Traceback (most recent call last)")) {
        let raised = lines[place + 1..].iter().find(|line| indent(line) == 0 && !line.is_empty());
        if let Some(raised) = raised {
            return vec![raised];
        }
    }
    let is_frame = |line: &&str| line.trim_start().starts_with("at ") && indent(line) > 0;
    let has_frames = |line: usize| lines[line + 1..].iter().take(8).any(is_frame);
    let raised = |(line, text): (usize, &&'a str)| {
        let text = text.trim_start_matches("Uncaught ").trim();
        let text = text.strip_prefix("Exception during run: ").unwrap_or(text);
        (is_exception(text) && has_frames(line)).then_some(text)
    };
    lines.iter().enumerate().find_map(raised).into_iter().collect()
}

/// What stands below `Error:` alone, as programs in Rust tell it: `0: cannot read the price`, and its last cause where there is one. Nothing
/// where a line before says what it is.
fn below_a_word<'a>(lines: &[&'a str]) -> Option<ToldLines<'a>> {
    let place = lines.iter().position(|line| line.trim() == "Error:")?;
    if lines[..place].iter().any(|line| SAID.iter().any(|start| line.trim().starts_with(start))) {
        return None;
    }
    let below = lines[place + 1..].iter().map(|line| line.trim()).skip_while(|line| line.is_empty());
    let block: Vec<&str> = below.take_while(|line| !line.is_empty()).collect();
    let cause = |line: &&'a str| {
        let digits = line.bytes().take_while(u8::is_ascii_digit).count();
        line[digits..].strip_prefix(": ").filter(|_| digits > 0).map(str::trim)
    };
    let causes: Vec<&str> = block.iter().filter_map(cause).collect();
    match (causes.as_slice(), block.first()) {
        ([only], _) => Some(vec![only]),
        ([first, .., last], _) => Some(vec![first, last]),
        ([], Some(line)) => Some(vec![line]),
        ([], None) => None,
    }
}

/// Beginnings of lines in which a tool says why it did nothing.
const SAID: &[&str] = &[
    "fatal: ",
    "go: ",
    "ERROR: ",
    "pytest: error: ",
    "error: ",
    "error TS",
    "Error: ",
    "Error in ",
    "No test files found",
    "No tests found",
    "AssertionError",
    "ESLint couldn't find",
    "Cannot find module",
    "npm error Missing script",
    "npm ERR! Missing script",
];

/// What a tool says that did not get as far as a finding. Usage alone says nothing.
pub(super) fn said<'a>(lines: &[&'a str]) -> ToldLines<'a> {
    if let Some(cause) = below_a_word(lines) {
        return cause;
    }
    let is_said = |line: &&str| SAID.iter().any(|start| line.starts_with(start)) && !line.starts_with("ERROR: usage");
    if let Some(place) = lines.iter().position(|line| is_said(&line.trim())) {
        let line = lines[place].trim();
        let below = || lines[place + 1..].iter().map(|line| line.trim()).find(|line| !line.is_empty());
        // `Error in command line:` announces what is below it.
        return [line].into_iter().chain(below().filter(|_| line.ends_with(':'))).collect();
    }
    let requires =
        lines.iter().map(|line| line.trim()).find(|line| line.contains(" requires at least ") || is_exception(line));
    let wrong = lines.iter().position(|line| behind(line, "* What went wrong:").is_some());
    let gradle = wrong.map(|place| lines[place + 1..].iter().take(2).map(|line| line.trim()).collect::<Vec<_>>());
    requires.map(|line| vec![line]).or(gradle).unwrap_or_default()
}
