//! Ids of commits, in full and in short.

/// Whether this is the full id of a commit: 40 hex digits, or 64 in a repository of SHA-256.
pub(crate) fn is_commit_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && is_hex(text)
}

/// Whether this may be an id as git prints it, in short or in full.
pub(crate) fn is_abbreviated(text: &str) -> bool {
    (7..=64).contains(&text.len()) && is_hex(text)
}

/// The words of a text that look like ids of commits: hex digits with letters and numbers among them.
pub(crate) fn ids_in(text: &str) -> Vec<&str> {
    let words = text.split(|c: char| !c.is_alphanumeric());
    let is_mixed = |word: &&str| {
        word.bytes().any(|byte| byte.is_ascii_digit()) && word.bytes().any(|byte| byte.is_ascii_alphabetic())
    };
    words.filter(|word| is_abbreviated(word)).filter(is_mixed).collect()
}

/// Whether the id stands for no commit, as git writes it where there is none.
pub(crate) fn is_null(id: &str) -> bool {
    id.bytes().all(|byte| byte == b'0')
}

/// The beginning of an id, for people.
pub(crate) fn short(id: &str) -> &str {
    id.get(..7).unwrap_or(id)
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_the_length_of_a_hash_of_git() {
        for (text, full, abbreviated) in [
            ("1a2b3c4".to_owned(), false, true),
            ("a".repeat(40), true, true),
            ("A".repeat(64), true, true),
            ("a".repeat(41), false, true),
            ("a".repeat(65), false, false),
            ("g".repeat(40), false, false),
            (String::new(), false, false),
        ] {
            assert_eq!((is_commit_id(&text), is_abbreviated(&text)), (full, abbreviated), "{text}");
        }
        let said = "Committed `1a2b3c4d5e` on main (20260723), defaced facade 12ab.";
        assert_eq!(ids_in(said), ["1a2b3c4d5e"]);
        assert!(is_null(&"0".repeat(40)) && !is_null(&"01".repeat(20)));
        assert_eq!((short("1a2b3c4d5e"), short("1a2")), ("1a2b3c4", "1a2"));
    }
}
