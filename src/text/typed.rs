//! Words of a command that a person is told to type: a name may hold anything that a shell would act on.

use std::borrow::Cow;

/// A word as every POSIX shell takes it for itself.
pub(crate) fn typed(word: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./@+:".contains(&byte);
    if !word.is_empty() && word.bytes().all(is_plain) {
        return Cow::Borrowed(word);
    }
    Cow::Owned(format!("'{}'", word.replace('\'', "'\\''")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_would_act_on_is_quoted() {
        for (word, expected) in [
            ("origin", "origin"),
            ("up/stream-2.x", "up/stream-2.x"),
            ("$(touch x)", "'$(touch x)'"),
            ("a;b", "'a;b'"),
            ("a&b", "'a&b'"),
            ("it's", "'it'\\''s'"),
            ("`x`", "'`x`'"),
            ("\u{fc}ber", "'\u{fc}ber'"),
            ("", "''"),
        ] {
            assert_eq!(typed(word), expected);
        }
    }
}
