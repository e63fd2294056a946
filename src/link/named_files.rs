//! Files and words of code that the message of a check names.

use super::paths;
use crate::record::text::Raw;

/// The name of the file in a place or a path: `src/a.ts:3:5:`, `/w/src/a.ts`.
pub(super) fn file_in(word: &str) -> Option<&str> {
    path_in(word).map(paths::name)
}

/// The same with its folders.
pub(super) fn path_in(word: &str) -> Option<&str> {
    let word = without_place(word).trim_matches(['(', ')', ':', ',', '"', '\'', '`']);
    let name = paths::name(word);
    let (stem, extension) = name.rsplit_once('.')?;
    let is_file =
        !stem.is_empty() && (1..=5).contains(&extension.len()) && extension.chars().all(|c| c.is_ascii_alphanumeric());
    (is_file
        && (word.contains('/') || word.contains('\\') || stem.len() > 1)
        && !extension.starts_with(|c: char| c.is_ascii_digit()))
    .then_some(word)
}

/// `a.ts` of `a.ts:3:5:`, `a.ts(3,5):` and `CartTest.total:13`.
pub(super) fn without_place(word: &str) -> &str {
    let is_number = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    let mut places = word.match_indices([':', '(']).map(|(at, _)| at);
    places.find(|at| is_number(&word[at + 1..]) && word[..*at].contains('.')).map_or(word, |at| &word[..at])
}

/// What a failure names: files, and words that only code has or that stand in quotes.
#[derive(Default)]
pub(super) struct NamedWords<'a> {
    pub(super) files: Vec<&'a str>,
    names: Vec<&'a str>,
}

impl<'a> NamedWords<'a> {
    pub(super) fn of(error: Option<&'a Raw>) -> Self {
        let text = error.map(Raw::expose).unwrap_or_default();
        let files = text.split_whitespace().filter_map(file_in).collect();
        let mut names: Vec<&str> = Vec::new();
        // A word in the name of a file is none.
        for token in text.split_whitespace().filter(|token| file_in(token).is_none()) {
            for (at, name) in words_of(token) {
                let before = token[..at].chars().next_back();
                let behind = token[at + name.len()..].chars().next();
                let is_quoted = before == behind && matches!(before, Some('\'' | '"' | '`'));
                let is_code = name.contains('_')
                    || name.chars().skip(1).any(char::is_uppercase) && name.chars().any(char::is_lowercase);
                let is_call = behind == Some('(') && before != Some('.');
                let is_missed = text.contains(&format!("undefined: {name}"));
                if name.len() >= LEAST_NAME && (is_quoted || is_code || is_call || is_missed) && !is_exception(name) {
                    names.push(name);
                }
            }
        }
        names.sort_unstable();
        names.dedup();
        Self { files, names }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.files.is_empty() && self.names.is_empty()
    }

    /// Whether a line holds a name with a point inside, which reads like that of a file: `users.name` of a table.
    pub(super) fn holds_a_field(&self, line: &str) -> bool {
        self.files.iter().any(|file| line.contains(file))
    }

    pub(super) fn holds(&self, line: &str) -> bool {
        !self.names.is_empty() && words_of(line).any(|(_, word)| self.names.binary_search(&word).is_ok())
    }
}

const LEAST_NAME: usize = 3;

/// `TypeError` stands in the error of any test.
fn is_exception(name: &str) -> bool {
    name.ends_with("Error") || name.ends_with("Exception")
}

/// The words of a text as code has them, each with its place.
fn words_of(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text[at..].find(is_part)?;
        let length = text[start..].find(|c: char| !is_part(c)).unwrap_or(text.len() - start);
        at = start + length;
        Some((start, &text[start..at]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_a_message_is_found() {
        for (word, expected) in [
            ("src/a.ts(3,5):", Some("a.ts")),
            ("src/cart.py:3:5:", Some("cart.py")),
            ("/w/src/cart.js", Some("cart.js")),
            ("lint/suspicious/noExplicitAny", None),
            ("e.g.", None),
            ("0.1s", None),
            ("error", None),
        ] {
            assert_eq!(file_in(word), expected, "{word}");
        }
    }

    #[test]
    fn words_that_only_code_has_are_named() {
        let error = Raw::new(
            "shop_test.py::test_total - NameError: name 'sum' is not defined\nsrc/b_c.go:3:1: undefined: kind\nOr call total(1)",
        );
        let words = NamedWords::of(Some(&error));
        for (line, expected) in [
            ("def test_total():", true),
            ("return sum(prices)", true),
            ("var kind packet", true),
            ("total = 1", true),
            ("import b_c", false),
            ("except NameError:", false),
            ("summary = defined", false),
        ] {
            assert_eq!(words.holds(line), expected, "{line}");
        }
    }
}
