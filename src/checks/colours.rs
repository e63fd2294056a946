//! Text as a terminal shows it, without the sequences by which it does.

use std::borrow::Cow;

/// The text without the sequences that colour a terminal and name links in it: `ESC [ 31 m`, `ESC ( B`, `ESC ] 8 ; ; … BEL`.
pub(crate) fn without_colours(text: &str) -> Cow<'_, str> {
    if !text.contains('\u{1b}') {
        return Cow::Borrowed(text);
    }
    let mut parts = text.split('\u{1b}');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str(behind_sequence(part));
    }
    Cow::Owned(plain)
}

/// What stands behind the sequence that an escape began.
fn behind_sequence(part: &str) -> &str {
    let mut rest = part.chars();
    match rest.next() {
        Some('[') => {
            let text = rest.as_str().trim_start_matches(|c| matches!(c, ' '..='?'));
            text.get(1..).unwrap_or_default()
        }
        Some(']') => part.split_once('\u{7}').map_or("", |(_, text)| text),
        Some('(' | ')') => rest.as_str().get(1..).unwrap_or_default(),
        // The end of a name of a link.
        Some('\\') => rest.as_str(),
        _ => part,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_of_a_terminal_are_left_out() {
        for (text, plain) in [
            ("\u{1b}[1;31mFAIL\u{1b}[0m x", "FAIL x"),
            ("\u{1b}[01m\u{1b}[Ka.c\u{1b}[m\u{1b}[K: x", "a.c: x"),
            ("a\u{1b}(B\u{1b}[mb", "ab"),
            ("\u{1b}[?25lx\u{1b}[2K", "x"),
            ("\u{1b}]8;;file:///a\u{7}a.py\u{1b}]8;;\u{7}:1", "a.py:1"),
            ("\u{1b}]8;;file:///a\u{1b}\\a.py\u{1b}]8;;\u{1b}\\:1", "a.py:1"),
            ("x\u{1b}", "x"),
            ("\u{1b}[", ""),
        ] {
            assert_eq!(without_colours(text), plain, "{text:?}");
        }
    }
}
