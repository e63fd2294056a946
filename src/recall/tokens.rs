//! Words of a text as they are indexed and asked for: lower case, names also in their parts, without what is in every text.

use std::collections::BTreeSet;

use crate::record::text::beginning;
use crate::text::visible::visible_block;

/// Characters of a text that are looked at.
const NEAR: usize = 8_000;
/// Of one text.
const MOST: usize = 400;
/// Characters of a word.
const LONGEST: usize = 64;

const EVERYWHERE: &[&str] = &[
    "a", "about", "after", "all", "also", "an", "and", "any", "are", "as", "at", "be", "because", "been", "before",
    "but", "by", "can", "could", "did", "do", "does", "don", "for", "from", "get", "had", "has", "have", "how", "i",
    "if", "in", "into", "is", "it", "its", "just", "ll", "let", "make", "me", "my", "no", "not", "now", "of", "ok",
    "on", "one", "only", "or", "other", "our", "out", "please", "re", "redacted", "s", "see", "should", "so", "some",
    "t", "than", "that", "the", "their", "them", "then", "there", "these", "they", "this", "to", "too", "up", "us",
    "use", "ve", "want", "was", "we", "were", "what", "when", "where", "which", "who", "why", "will", "with", "would",
    "yes", "you", "your",
];

/// The words of a text, each once, in their order. Numbers and ids are none.
pub(crate) fn tokens(text: &str) -> Vec<String> {
    found(text, names)
}

/// The same with names whole only, as somebody asks for them.
pub(crate) fn whole_tokens(text: &str) -> Vec<String> {
    found(text, |word| vec![stem(&word.trim_matches('_').to_lowercase())])
}

fn found(text: &str, names: impl Fn(&str) -> Vec<String>) -> Vec<String> {
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut found = Vec::new();
    let shown = visible_block(beginning(text, NEAR).0);
    for word in shown.split(|c: char| !(c.is_alphanumeric() || c == '_')) {
        for token in names(word) {
            if found.len() < MOST && is_word(&token) && seen.insert(token.clone()) {
                found.push(token);
            }
        }
    }
    found
}

/// A name whole and in its parts: `parseTotal` is `parsetotal`, `parse`, `total`.
fn names(word: &str) -> Vec<String> {
    let word = word.trim_matches('_');
    let mut parts = vec![stem(&word.to_lowercase())];
    let mut part = String::new();
    let mut before = ' ';
    for c in word.chars() {
        let begins = c.is_uppercase() && before.is_lowercase();
        if (c == '_' || begins) && !part.is_empty() {
            parts.push(stem(&std::mem::take(&mut part).to_lowercase()));
        }
        if c != '_' {
            part.push(c);
        }
        before = c;
    }
    parts.push(stem(&part.to_lowercase()));
    parts
}

/// One word for one thing and several: `orders` is `order`.
fn stem(word: &str) -> String {
    let is_plural = word.len() > 3 && word.ends_with('s') && !["ss", "us", "is"].iter().any(|end| word.ends_with(end));
    if is_plural { word[..word.len() - 1].to_owned() } else { word.to_owned() }
}

fn is_word(token: &str) -> bool {
    let letters = token.chars().filter(|c| c.is_alphabetic()).count();
    let is_id = token.len() >= 7
        && token.bytes().all(|byte| byte.is_ascii_hexdigit())
        && token.bytes().any(|byte| byte.is_ascii_digit());
    letters >= 1
        && token.chars().count() >= 2
        && token.chars().count() <= LONGEST
        && !is_id
        && !EVERYWHERE.contains(&token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_asked_for_whole() {
        assert_eq!(whole_tokens("undefined: parseTotal in read_all"), ["undefined", "parsetotal", "read_all"]);
    }

    #[test]
    fn names_are_found_whole_and_in_parts_and_ids_not_at_all() {
        for (text, expected) in [
            ("parseTotal fails", vec!["parsetotal", "parse", "total", "fail"]),
            ("the read_all of orders", vec!["read_all", "read", "all", "order"]),
            ("3f2a9bc01 12 0.5", vec![]),
            ("src/cart.py", vec!["src", "cart", "py"]),
            ("Preis\u{e4}nderung", vec!["preis\u{e4}nderung"]),
            ("to\u{1b}[31mtal", vec!["total"]),
        ] {
            let expected: Vec<&str> = expected.into_iter().filter(|word| *word != "all").collect();
            assert_eq!(tokens(text), expected, "{text}");
        }
        assert_eq!(tokens(&"x".repeat(1 << 20)), Vec::<String>::new());
    }
}
