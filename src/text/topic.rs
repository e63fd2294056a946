//! Words that tell what a text is about, and how much two texts share of them.

use std::collections::BTreeSet;

/// The telling words of a text, each cut to its stem: `improving`, `improve` and `improves` are one. Names of code count by
/// their parts: `trimHistory` is `trim` and `histor`. A version counts whole.
pub(crate) fn topics(text: &str) -> BTreeSet<String> {
    topic_words(text).into_iter().map(|(topic, _)| topic).collect()
}

/// The same, each with the word that it is the stem of, in lower case, as often as it is there.
pub(crate) fn topic_words(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for word in text.split_whitespace() {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        if word.contains('.') && word.starts_with(|c: char| c.is_ascii_digit() || c == 'v') && word.len() <= LONGEST {
            let version = word.trim_start_matches('v').to_owned();
            found.push((version.clone(), version));
        }
        for part in word.split(|c: char| !c.is_alphanumeric()) {
            for name in humps(part) {
                let name = name.to_lowercase();
                let has = |is: fn(char) -> bool| name.chars().any(is);
                // `v2` tells as much as a word.
                let is_name = name.len() > 1 && has(char::is_alphabetic) && has(|c| c.is_ascii_digit());
                let is_word = name.chars().count() >= SHORTEST && has(char::is_alphabetic);
                if (is_word || is_name) && name.len() <= LONGEST && !COMMON.contains(&name.as_str()) {
                    found.push((stem(&name), name));
                }
            }
        }
    }
    found
}

const SHORTEST: usize = 3;
/// A stem has at least so many letters.
const LEAST_STEM: usize = 4;
/// A longer word is an id or a token.
const LONGEST: usize = 30;
/// Code points of a stem.
const STEM: usize = 6;

/// The parts of `camelCase`. A run of capitals stays together.
fn humps(word: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut before: Option<char> = None;
    for (at, c) in word.char_indices() {
        if c.is_uppercase() && before.is_some_and(char::is_lowercase) {
            parts.push(&word[start..at]);
            start = at;
        }
        before = Some(c);
    }
    parts.push(&word[start..]);
    parts
}

fn stem(word: &str) -> String {
    let bare =
        ["ing", "ed", "es", "s"].iter().find_map(|end| word.strip_suffix(end)).filter(|bare| bare.len() >= LEAST_STEM);
    let bare = bare.unwrap_or(word);
    let whole = bare.strip_suffix('e').filter(|whole| whole.len() >= LEAST_STEM).unwrap_or(bare);
    whole.chars().take(STEM).collect()
}

/// Words that are in texts about anything.
const COMMON: &[&str] = &[
    "add",
    "all",
    "and",
    "any",
    "are",
    "ask",
    "but",
    "can",
    "com",
    "did",
    "fix",
    "for",
    "get",
    "got",
    "had",
    "has",
    "her",
    "his",
    "how",
    "i'd",
    "its",
    "let",
    "may",
    "new",
    "nil",
    "not",
    "now",
    "off",
    "old",
    "one",
    "our",
    "out",
    "put",
    "run",
    "say",
    "see",
    "set",
    "the",
    "too",
    "try",
    "two",
    "use",
    "via",
    "was",
    "way",
    "who",
    "why",
    "www",
    "yes",
    "yet",
    "you",
    "about",
    "actually",
    "after",
    "again",
    "agent",
    "also",
    "always",
    "another",
    "anything",
    "back",
    "because",
    "been",
    "before",
    "being",
    "both",
    "change",
    "changed",
    "changes",
    "check",
    "code",
    "commit",
    "commits",
    "could",
    "different",
    "does",
    "doing",
    "done",
    "dont",
    "each",
    "else",
    "even",
    "every",
    "feat",
    "file",
    "files",
    "first",
    "from",
    "getting",
    "give",
    "going",
    "good",
    "have",
    "having",
    "here",
    "http",
    "https",
    "instead",
    "into",
    "issue",
    "just",
    "keep",
    "know",
    "last",
    "like",
    "line",
    "lines",
    "look",
    "made",
    "make",
    "maybe",
    "more",
    "most",
    "much",
    "need",
    "needs",
    "never",
    "okay",
    "only",
    "other",
    "over",
    "please",
    "problem",
    "really",
    "right",
    "same",
    "should",
    "since",
    "some",
    "something",
    "still",
    "such",
    "sure",
    "take",
    "tell",
    "than",
    "that",
    "their",
    "them",
    "then",
    "there",
    "these",
    "they",
    "thing",
    "things",
    "think",
    "this",
    "those",
    "though",
    "through",
    "time",
    "update",
    "used",
    "uses",
    "using",
    "very",
    "want",
    "wants",
    "well",
    "were",
    "what",
    "when",
    "where",
    "which",
    "while",
    "will",
    "with",
    "without",
    "work",
    "works",
    "would",
    "wrong",
    "your",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn shared(one: &str, other: &str) -> usize {
        topics(one).intersection(&topics(other)).count()
    }

    #[test]
    fn texts_about_one_thing_share_words_in_whatever_form() {
        for (one, other, count) in [
            ("improve the fallback", "Improving fallbacks", 2),
            ("trim the history", "func trimHistory() {", 2),
            ("use version 0.3.0 because of theirs", "\"version\": \"0.3.0\",", 2),
            ("it should be v0.4.2", "## [0.4.2] - today", 1),
            ("let's add v2 then", "feat: use v2 of the protocol", 1),
            ("please make this work with those files", "Make the code work, please", 0),
            ("round the total", "sort the carts", 0),
            ("", "anything", 0),
        ] {
            assert_eq!(shared(one, other), count, "{one}: {other}: {:?} {:?}", topics(one), topics(other));
        }
    }
}
