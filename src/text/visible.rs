//! What of a text a person can see: line ends of one kind, nothing invisible, and what would steer a terminal or turn
//! the direction of the text shown instead of sent.

use std::sync::LazyLock;

use regex::Regex;

use super::unseen::{is_bidirectional, is_invisible};

/// Colours of a terminal: they carry no words.
static COLOUR: LazyLock<Regex> =
    LazyLock::new(|| Regex::new("\u{1b}\\[[0-9;]*m").expect("a constant expression that the tests compile"));

/// The text on one line: line ends and tabs are blanks, blanks are single, none at the ends.
pub(crate) fn visible_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    if text.bytes().all(is_plain) {
        text.split_ascii_whitespace().for_each(|word| push_word(&mut line, word));
        return line;
    }
    for word in visible_block(text).split([' ', '\n', '\t', '\u{a0}']).filter(|word| !word.is_empty()) {
        push_word(&mut line, word);
    }
    line
}

fn push_word(line: &mut String, word: &str) {
    if !line.is_empty() {
        line.push(' ');
    }
    line.push_str(word);
}

/// Whether it stays as it is in a block.
fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\n' | b'\t')
}

/// The text on its own lines, which end in `\n`. Blank lines at the start are gone.
pub(crate) fn visible_block(text: &str) -> String {
    if text.bytes().all(is_plain) {
        return text.trim_start_matches('\n').to_owned();
    }
    let text = COLOUR.replace_all(text, "");
    let mut block = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\r' if rest.peek() == Some(&'\n') => {}
            '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => block.push('\n'),
            '\t' => block.push(c),
            c if c.is_control() || is_bidirectional(c) => block.extend(c.escape_unicode()),
            // Joins the parts of one emoji and the letters of some scripts; between ASCII letters it only hides.
            '\u{200c}' | '\u{200d}' => {
                let before = block.chars().next_back().is_some_and(|c| !c.is_ascii());
                if before && rest.peek().is_some_and(|c| !c.is_ascii() && !is_invisible(*c)) {
                    block.push(c);
                }
            }
            c if is_invisible(c) => {}
            c => block.push(c),
        }
    }
    let start = block.find(|c| c != '\n').unwrap_or(block.len());
    block.split_off(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_dropped_and_what_steers_is_shown() {
        for (text, seen) in [
            ("a\u{200b}b\u{feff}", "ab"),
            ("hi\u{e0069}\u{e0067}", "hi"),
            ("\u{1b}[31mred\u{1b}[0m \u{1b}[2J", "red \\u{1b}[2J"),
            ("user\u{202e}", "user\\u{202e}"),
            ("a\r\nb\rc\u{2028}d\te", "a b c d e"),
            ("\n a \t b\n\n", "a b"),
            ("👩\u{200d}👧", "👩\u{200d}👧"),
            ("o\u{200d}k", "ok"),
        ] {
            assert_eq!(visible_line(text), seen);
        }
    }
}
