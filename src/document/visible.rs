//! What of a text a person can see: line ends of one kind, nothing invisible, and what would steer a terminal or turn
//! the direction of the text shown instead of sent. Also where a long text is cut.

use std::sync::LazyLock;

use regex::Regex;

use crate::record::text::beginning;
use crate::text::unseen::{is_bidirectional, is_invisible};

/// Colours of a terminal: they carry no words.
static COLOUR: LazyLock<Regex> =
    LazyLock::new(|| Regex::new("\u{1b}\\[[0-9;]*m").expect("a constant expression that the tests compile"));

/// The text on one line: line ends and tabs are blanks, blanks are single, none at the ends.
pub(crate) fn visible_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for word in visible_block(text).split([' ', '\n', '\t', '\u{a0}']).filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

/// The text on its own lines, which end in `\n`. Blank lines at the start are gone.
pub(crate) fn visible_block(text: &str) -> String {
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

/// The first `limit` code points at most, cut between words where one ends near, never inside a joined sign or a placeholder. The
/// second value counts the code points that were left out.
pub(crate) fn cut(text: &str, limit: usize) -> (&str, usize) {
    let (near, left) = beginning(text, limit);
    if left == 0 {
        return (text, 0);
    }
    let mut end = near.len();
    if let Some(blank) = text[..end].rfind(char::is_whitespace)
        && text[blank..end].chars().count() < limit / 5
    {
        end = blank;
    }
    while end > 0 && joins(&text[..end], &text[end..]) {
        end = text[..end].char_indices().next_back().map_or(0, |(index, _)| index);
    }
    (text[..end].trim_end(), text[end..].chars().count())
}

/// Whether what ends here and what begins here are one sign.
fn joins(before: &str, after: &str) -> bool {
    before.ends_with('\u{200d}')
        || after.starts_with(
            |c| matches!(c, '\u{200d}' | '\u{300}'..='\u{36f}' | '\u{fe00}'..='\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}'),
        )
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
            ("👩\u{200d}👧", "👩\u{200d}👧"),
            ("o\u{200d}k", "ok"),
        ] {
            assert_eq!(visible_line(text), seen);
        }
    }

    #[test]
    fn a_long_text_is_cut_between_words_and_never_inside_a_sign() {
        assert_eq!(cut("one two three", 100), ("one two three", 0));
        assert_eq!(cut("one two three four five six seven", 30), ("one two three four five six", 6));
        assert_eq!(cut(&"x".repeat(30), 10), ("xxxxxxxxxx", 20));
        assert_eq!(cut("aaaaaaaa👩\u{200d}👧", 10), ("aaaaaaaa", 3));
    }
}
