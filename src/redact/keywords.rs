//! Finds the keywords of all rules in a text, in any case of ASCII letters. A hook looks at a few prompts and ends: to build
//! an automaton of thousands of states takes it longer than the search, so a short text is searched without one.

use std::ops::Range;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

/// From this length on the faster automaton is worth the milliseconds that it takes to build.
const LARGE_TEXT: usize = 1 << 20;
/// So many bytes in all are searched without an automaton.
const FEW: usize = 128 << 10;

pub(super) struct Keywords {
    words: Vec<&'static str>,
    seen: AtomicUsize,
    none: OnceLock<Starts>,
    small: OnceLock<AhoCorasick>,
    large: OnceLock<AhoCorasick>,
}

impl Keywords {
    /// No word is empty.
    pub(super) fn new(words: Vec<&'static str>) -> Self {
        Self { words, seen: AtomicUsize::new(0), none: OnceLock::new(), small: OnceLock::new(), large: OnceLock::new() }
    }

    /// Every place of every word, with the word's number: by the end, at the same end the longest first.
    pub(super) fn each(&self, text: &[u8], mut take: impl FnMut(usize, Range<usize>)) {
        let seen = self.seen.fetch_add(text.len(), Ordering::Relaxed);
        if seen.saturating_add(text.len()) <= FEW {
            let starts = self.none.get_or_init(|| Starts::new(&self.words));
            return starts.find(&self.words, text).into_iter().for_each(|(word, range)| take(word, range));
        }
        let automaton = match self.large.get() {
            Some(large) => large,
            None if text.len() >= LARGE_TEXT => self.large.get_or_init(|| self.build(AhoCorasickKind::DFA)),
            None => self.small.get_or_init(|| self.build(AhoCorasickKind::ContiguousNFA)),
        };
        for found in automaton.find_overlapping_iter(text) {
            take(found.pattern().as_usize(), found.range());
        }
    }

    fn build(&self, kind: AhoCorasickKind) -> AhoCorasick {
        AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .kind(Some(kind))
            .build(&self.words)
            .expect("the keywords are a fixed list that the tests build")
    }
}

/// The words by their first two bytes, and those that have but one.
struct Starts {
    single: Vec<usize>,
    /// The number of the first word of each beginning and one more; 0 where there is none.
    heads: Vec<u32>,
    /// The same for the next word with the beginning of each.
    next: Vec<u32>,
}

impl Starts {
    fn new(words: &[&str]) -> Self {
        let mut starts = Self { single: Vec::new(), heads: vec![0; 1 << 12], next: vec![0; words.len()] };
        for (number, word) in words.iter().enumerate() {
            let [first, second, ..] = word.as_bytes() else {
                starts.single.push(number);
                continue;
            };
            let head = &mut starts.heads[place(*first, *second)];
            starts.next[number] = *head;
            *head = number as u32 + 1;
        }
        starts
    }

    fn find(&self, words: &[&str], text: &[u8]) -> Vec<(usize, Range<usize>)> {
        let mut found = Vec::new();
        for word in &self.single {
            let is_it = |(_, byte): &(usize, &u8)| byte.eq_ignore_ascii_case(&words[*word].as_bytes()[0]);
            found.extend(text.iter().enumerate().filter(is_it).map(|(at, _)| (*word, at..at + 1)));
        }
        for (at, pair) in text.windows(2).enumerate() {
            let mut number = self.heads[place(pair[0], pair[1])];
            while let Some(word) = (number as usize).checked_sub(1) {
                let range = at..at + words[word].len();
                if text.get(range.clone()).is_some_and(|here| here.eq_ignore_ascii_case(words[word].as_bytes())) {
                    found.push((word, range));
                }
                number = self.next[word];
            }
        }
        found.sort_unstable_by_key(|(word, range)| (range.end, range.start, *word));
        found
    }
}

/// Six bits of each byte; the same for both cases of a letter.
fn place(first: u8, second: u8) -> usize {
    let bits = |byte: u8| usize::from(byte.to_ascii_lowercase() & 63);
    bits(first) << 6 | bits(second)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::rules;
    use super::*;

    fn words() -> Vec<&'static str> {
        rules::all().map(|(word, _)| word).collect()
    }

    #[test]
    fn no_keyword_is_empty() {
        assert!(words().iter().all(|word| !word.is_empty()));
    }

    proptest! {
        #[test]
        fn the_three_ways_find_the_same_in_the_same_order(
            parts in prop::collection::vec((any::<prop::sample::Index>(), any::<bool>(), "[ -~é\n]{0,3}"), 0..30)
        ) {
            let keywords = Keywords::new(words());
            let part = |(index, upper, between): &(prop::sample::Index, bool, String)| {
                let word = *index.get(&keywords.words);
                let word = if *upper { word.to_ascii_uppercase() } else { word.to_owned() };
                format!("{word}{between}")
            };
            let text: String = parts.iter().map(part).collect();
            let mut short = Vec::new();
            keywords.each(text.as_bytes(), |word, range| short.push((word, range)));
            for kind in [AhoCorasickKind::ContiguousNFA, AhoCorasickKind::DFA] {
                let automaton = keywords.build(kind);
                let found = automaton.find_overlapping_iter(text.as_bytes());
                let found: Vec<_> = found.map(|found| (found.pattern().as_usize(), found.range())).collect();
                prop_assert_eq!(&short, &found);
            }
        }
    }
}
