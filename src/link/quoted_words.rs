//! Whether words quote a line, and which of them say what all is about.

/// The beginning of a text, as far as it tells what all is about.
pub(super) fn near(text: &str) -> &str {
    text.char_indices().nth(LONGEST_NEAR).map_or(text, |(end, _)| &text[..end])
}

const LONGEST_NEAR: usize = 1_000;

/// Whether the words hold the whole line, blanks apart.
pub(super) fn quotes(words: &str, line: &str) -> bool {
    let line = folded(line);
    line.len() >= LEAST_QUOTE && words.contains(&line)
}

const LEAST_QUOTE: usize = 12;

pub(super) fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
