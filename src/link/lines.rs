//! How two lines are compared: without the blanks around them, and not at all when they say nothing.

use std::hash::{DefaultHasher, Hash, Hasher};

/// The hash of a line's content; the same for the same text at another indentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LineKey(u64);

impl LineKey {
    pub fn of(line: &str) -> Self {
        let mut hasher = DefaultHasher::new();
        line.trim().hash(&mut hasher);
        Self(hasher.finish())
    }

    /// A part of it, for what is kept by the thousand.
    pub fn short(self) -> u32 {
        self.0 as u32
    }

    /// The same for lines that differ only in what formatters change: blanks that part no words, the kind of quotes, a comma
    /// or semicolon at the end.
    pub fn as_formatted(line: &str) -> Self {
        let line = without_end(line);
        let mut hasher = DefaultHasher::new();
        // In pieces: a hasher takes long for each.
        let (mut piece, mut length) = ([0; 128], 0);
        let mut add = |c: char| {
            if length + c.len_utf8() > piece.len() {
                hasher.write(&piece[..length]);
                length = 0;
            }
            length += c.encode_utf8(&mut piece[length..]).len();
        };
        match line.is_ascii() {
            true => unformatted_ascii(line, |byte| add(char::from(byte))),
            false => unformatted(line).for_each(add),
        }
        hasher.write(&piece[..length]);
        Self(hasher.finish())
    }
}

/// The same as [`unformatted`], of a text without other characters, as most lines of code are.
fn unformatted_ascii(text: &str, mut take: impl FnMut(u8)) {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let (mut last, mut is_parted) = (0, false);
    for byte in text.bytes() {
        if matches!(byte, b'\t'..=b'\r' | b' ') {
            is_parted = true;
            continue;
        }
        if is_parted && is_word(byte) && is_word(last) {
            take(b' ');
        }
        take(if byte == b'\'' { b'"' } else { byte });
        (last, is_parted) = (byte, false);
    }
}

/// A line without what a formatter puts at its end.
pub(crate) fn without_end(line: &str) -> &str {
    line.trim_end().trim_end_matches([',', ';'])
}

/// The characters of a text without what formatters change: the kind of quotes, line breaks, and blanks but one between two
/// words.
pub(crate) fn unformatted(text: &str) -> impl Iterator<Item = char> {
    let (mut last, mut is_parted) = (None, false);
    text.chars()
        .flat_map(move |c| {
            if c.is_whitespace() {
                is_parted = true;
                return [None, None];
            }
            let parts_words = is_parted && is_word(c) && last.is_some_and(is_word);
            (last, is_parted) = (Some(c), false);
            [parts_words.then_some(' '), Some(if c == '\'' { '"' } else { c })]
        })
        .flatten()
}

/// Whether a character is part of a name or a number.
pub(crate) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indentation_does_not_change_a_line() {
        assert_eq!(LineKey::of("\tlet x = 1;"), LineKey::of("    let x = 1;  "));
        assert_ne!(LineKey::of("let x = 1;"), LineKey::of("let x  = 1;"));
        assert_eq!(LineKey::as_formatted("let x=1;"), LineKey::as_formatted("let x = 1 ;"));
        assert_eq!(LineKey::as_formatted("call('a', b)"), LineKey::as_formatted("call(\"a\",  b),"));
        assert_ne!(LineKey::as_formatted("call(a, b)"), LineKey::as_formatted("call(b, a)"));
        assert_ne!(LineKey::as_formatted("say(\"no where\")"), LineKey::as_formatted("say(\"nowhere\")"));
        assert_eq!(LineKey::as_formatted("name   string"), LineKey::as_formatted("\tname string"));
        let (long, end) = ("wörter+ ".repeat(200), "x");
        assert_eq!(LineKey::as_formatted(&long), LineKey::as_formatted(&long.replace(' ', "")));
        assert_ne!(LineKey::as_formatted(&long), LineKey::as_formatted(&(long.clone() + end)));
        for line in
            ["", "let x = 'a';", "  a  b\tc\u{b}d \u{c}(e ) f", "a ' ' b", " _1 2_ \u{1f} 3", "a\u{85}b", "\u{e9} e"]
        {
            let mut ascii = String::new();
            unformatted_ascii(line, |byte| ascii.push(char::from(byte)));
            assert_eq!(line.is_ascii(), ascii == unformatted(line).collect::<String>(), "{line:?}");
        }
    }
}
