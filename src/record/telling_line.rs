//! The line of a prompt that says what is wanted, for a place that has room for one.

use super::text::beginning;
use crate::text::visible::visible_line;

/// Code points of a text that are looked at, at its beginning and at its end.
const NEAR: usize = 600;

/// The first line that a person wrote: what was pasted from a program above it is skipped, and one that only leads to the next is
/// joined with it. Of a plan that is handed on it is the title.
pub(crate) fn telling(text: &str) -> Option<String> {
    let near = beginning(text, NEAR).0;
    let mut lines = lines(near);
    let first = lines.next()?;
    if is_output(first) {
        return bare(own_words(text).unwrap_or(first));
    }
    let next = if first.ends_with(':') || leads_on(first) { lines.next() } else { None };
    match next {
        Some(title) if first.ends_with(':') && title.starts_with('#') => bare(title),
        Some(next) if !is_output(next) => {
            bare(&format!("{first} {}", next.trim_start_matches(['#', '>', '-', '*', ' '])))
        }
        _ => bare(first),
    }
}

/// Whether there is nothing but what a program printed.
pub(crate) fn is_only_output(text: &str) -> bool {
    lines(text).next().is_some_and(is_output) && own_words(text).is_none()
}

/// A line of a person's own words besides what was pasted: mostly they stand below it.
fn own_words(text: &str) -> Option<&str> {
    let is_own = |line: &&str| is_prose(line) && !is_output(line);
    let end = text.char_indices().rev().nth(NEAR).map_or(0, |(at, _)| at);
    let below = lines(&text[end..]).filter(is_own).last();
    below.or_else(|| lines(beginning(text, NEAR).0).find(is_own))
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| line.chars().any(char::is_alphanumeric) && !line.starts_with("```"))
}

fn bare(line: &str) -> Option<String> {
    let line = visible_line(line.trim_start_matches(['#', '>', '-', '*', ' ']));
    let line = line.trim_end_matches(['.', ':', ' ']);
    (!line.is_empty()).then(|| line.to_owned())
}

/// Whether the line ends in the middle of what it says, or is hardly one: "can you look at", "when running".
fn leads_on(line: &str) -> bool {
    let words: Vec<&str> = line.split_whitespace().collect();
    let last = words.last().map(|word| word.to_lowercase()).unwrap_or_default();
    words.len() < 2 || LEADING.contains(&last.as_str())
}

const LEADING: &[&str] = &[
    "and",
    "at",
    "for",
    "following",
    "from",
    "if",
    "in",
    "into",
    "like",
    "of",
    "on",
    "running",
    "the",
    "this",
    "to",
    "with",
];

/// Whether a program printed the line, or a person typed it into a shell.
fn is_output(line: &str) -> bool {
    const STARTS: &[&str] = &[
        "\u{276f}",
        "$ ",
        "% ",
        "time=",
        "Error:",
        "error:",
        "error[",
        "FAIL",
        "--- FAIL",
        "panic:",
        "Traceback",
        "npm ERR",
        "warning:",
    ];
    let is_labelled = line.starts_with('[') && line.contains(']') && !line.starts_with("[Image");
    let is_severity = line.ends_with(" Severity");
    let is_a_figure = line.starts_with(|c: char| c.is_ascii_digit()) && line.matches(':').count() > 1;
    let is_progress = line.ends_with(", done.") || line.contains("level=") || line.contains("parsing error:");
    STARTS.iter().any(|start| line.starts_with(start)) || is_progress || is_labelled || is_severity || is_a_figure
}

/// A few words, and hardly anything else.
fn is_prose(line: &str) -> bool {
    let is_word = |word: &&str| word.chars().all(|c| c.is_alphabetic() || ".,;:!?'()\u{2019}\"".contains(c));
    let words = line.split_whitespace().count();
    words >= 3 && line.split_whitespace().filter(is_word).count() * 4 >= words * 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_that_a_person_wrote_stands_for_a_prompt() {
        for (text, expected) in [
            ("List all carts.", "List all carts"),
            ("# Carts\n\nList them", "Carts"),
            ("Implement the following plan:\n\n# Show carts\n\n## Context", "Show carts"),
            ("I'd like a loop:\n\n- pick a cart\n- show it", "I'd like a loop: pick a cart"),
            ("can you look at\nhttps://example.org/1", "can you look at https://example.org/1"),
            (
                "\u{276f} shop list --all\nerror: no such cart\n\nwhy does it not list the carts?",
                "why does it not list the carts?",
            ),
            ("Medium Severity\n\nThe total ignores the discount", "The total ignores the discount"),
            ("[lint] $ shop lint\nprice.py:1:1 F401", "[lint] $ shop lint"),
            ("[Image #1] make it green", "[Image #1] make it green"),
            ("hi\n\nlist the carts", "hi list the carts"),
        ] {
            assert_eq!(telling(text).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(telling("---\n\n"), None);
        assert!(is_only_output("source: Counting objects: 100% (4/4), done.\ntarget: 12:00:01 done"));
        assert!(!is_only_output("error: no cart\n\nwhy is there none?") && !is_only_output("list the carts"));
    }
}
