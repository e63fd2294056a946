//! Finds the keywords of all rules in a text, in any case of ASCII letters. Texts are long and keywords are rare: a few bits
//! of the first bytes say of almost every place that none begins there. An automaton of thousands of states takes longer to
//! build than a hook has, and longer to run.

use std::ops::Range;

pub(super) struct Keywords {
    words: Vec<&'static str>,
    /// Hashes of the first four bytes of words, and of the first three of those that have no more.
    fours: Box<[u64; SIZE]>,
    threes: Box<[u64; SIZE]>,
    /// By the first two bytes, where their words begin in `heads`; one more for the end.
    starts: Box<[u16; PAIRS + 1]>,
    heads: Vec<Head>,
}

/// The first four bytes of a word, as they are compared.
#[derive(Clone, Copy, Default)]
struct Head {
    mask: u32,
    value: u32,
    word: u16,
    len: u16,
}

/// Bits of a hash, and words of 64 bits that hold one for each.
const BITS: u32 = 17;
const SIZE: usize = 1 << (BITS - 6);
const PAIRS: usize = 1 << 12;
/// Places that are looked at in one step.
const STEP: usize = 8;

impl Keywords {
    /// Every word has two bytes at least.
    pub(super) fn new(words: Vec<&'static str>) -> Self {
        let mut keywords = Self {
            fours: Box::new([0; SIZE]),
            threes: Box::new([0; SIZE]),
            starts: Box::new([0; PAIRS + 1]),
            heads: vec![Head::default(); words.len()],
            words,
        };
        for word in &keywords.words {
            let first = first_bytes(word.as_bytes());
            keywords.starts[pair_of(first)] += 1;
            match word.len() {
                // A third byte counts in one case only.
                0..=2 => (0..=u32::from(u8::MAX))
                    .filter(|third| third & u32::from(CASE) == 0)
                    .for_each(|third| set(&mut keywords.threes, of_three(product(first | third << 16)))),
                3 => set(&mut keywords.threes, of_three(product(first))),
                _ => set(&mut keywords.fours, of_four(product(first))),
            }
        }
        // Each begins at the end of its words, and is moved to the front by them.
        for pair in 1..=PAIRS {
            keywords.starts[pair] += keywords.starts[pair - 1];
        }
        for (number, word) in keywords.words.iter().enumerate() {
            let head = Head::new(word.as_bytes(), number as u16);
            let start = &mut keywords.starts[pair_of(head.value)];
            *start -= 1;
            keywords.heads[usize::from(*start)] = head;
        }
        keywords
    }

    /// Every place of every word, with the word's number: by the end, at the same end the longest first.
    pub(super) fn each(&self, text: &[u8], mut take: impl FnMut(usize, Range<usize>)) {
        let mut found = KeywordMatches::default();
        let mut at = 0;
        while let Some((first, next)) = text.get(at..).and_then(two_halves) {
            let mut may_begin = 0u32;
            for place in 0..STEP / 2 {
                may_begin |= u32::from(self.may_begin((first >> (8 * place)) as u32)) << place;
                may_begin |= u32::from(self.may_begin((next >> (8 * place)) as u32)) << (STEP / 2 + place);
            }
            while may_begin != 0 {
                self.look_at(text, at + may_begin.trailing_zeros() as usize, &mut found, &mut take);
                may_begin &= may_begin - 1;
            }
            at += STEP;
        }
        for at in at..text.len() {
            self.look_at(text, at, &mut found, &mut take);
        }
        found.pass_on(&mut take);
    }

    #[inline]
    fn may_begin(&self, first: u32) -> bool {
        let product = product(first);
        is_set(&self.fours, of_four(product)) | is_set(&self.threes, of_three(product))
    }

    fn look_at(&self, text: &[u8], at: usize, found: &mut KeywordMatches, take: &mut impl FnMut(usize, Range<usize>)) {
        let rest = &text[at..];
        let first = first_bytes(rest);
        let pair = pair_of(first);
        for head in &self.heads[usize::from(self.starts[pair])..usize::from(self.starts[pair + 1])] {
            let len = usize::from(head.len);
            if first & head.mask == head.value
                && len <= rest.len()
                && (len <= 4 || ends_with(&rest[4..len], &self.words[usize::from(head.word)].as_bytes()[4..]))
            {
                if found.end <= at {
                    found.pass_on(take);
                }
                found.insert(usize::from(head.word), at..at + len);
            }
        }
    }
}

impl Head {
    fn new(word: &[u8], number: u16) -> Self {
        let mut mask = [0; 4];
        for (mask, byte) in mask.iter_mut().zip(word) {
            *mask = if byte.is_ascii_alphabetic() { !CASE } else { 0xff };
        }
        let mask = u32::from_le_bytes(mask);
        Self { mask, value: first_bytes(word) & mask, word: number, len: word.len() as u16 }
    }
}

/// Whether two ends of one length are the same in any case: their last bytes tell most of them apart.
#[inline]
fn ends_with(rest: &[u8], word: &[u8]) -> bool {
    let last = word.len() - 1;
    (rest[last] ^ word[last]) & !CASE == 0 && rest.eq_ignore_ascii_case(word)
}

/// The bit in which the two cases of a letter differ.
const CASE: u8 = 0x20;

/// The first four bytes, filled up with zeros.
#[inline]
fn first_bytes(rest: &[u8]) -> u32 {
    match rest.first_chunk() {
        Some(first) => u32::from_le_bytes(*first),
        None => rest.iter().rev().fold(0, |first, byte| first << 8 | u32::from(*byte)),
    }
}

/// The first eight bytes, and the eight from the fifth on.
#[inline]
fn two_halves(rest: &[u8]) -> Option<(u64, u64)> {
    let [a, b, c, d, e, f, g, h, i, j, k, l] = *rest.first_chunk::<12>()?;
    Some((u64::from_le_bytes([a, b, c, d, e, f, g, h]), u64::from_le_bytes([e, f, g, h, i, j, k, l])))
}

/// What the hashes of the first four and of the first three bytes are taken from; the same for both cases of a letter.
#[inline]
fn product(first: u32) -> u32 {
    (first & !(u32::from(CASE) * 0x0101_0101)).wrapping_mul(0x9e37_79b1)
}

#[inline]
fn of_four(product: u32) -> usize {
    (product >> (32 - BITS)) as usize
}

/// The lower bits of a product say nothing of the bytes above.
#[inline]
fn of_three(product: u32) -> usize {
    (product << 8 >> (32 - BITS)) as usize
}

#[inline]
fn is_set(bits: &[u64; SIZE], hash: usize) -> bool {
    bits[hash / 64 % SIZE] >> (hash % 64) & 1 != 0
}

fn set(bits: &mut [u64; SIZE], hash: usize) {
    bits[hash / 64] |= 1 << (hash % 64);
}

/// Six bits of each of the first two bytes; the same for both cases of a letter.
#[inline]
fn pair_of(first: u32) -> usize {
    let bits = |byte: u32| (byte & 0x1f | byte >> 1 & 0x20) as usize;
    bits(first & 0xff) << 6 | bits(first >> 8 & 0xff)
}

/// What was found and may still be followed by a word that ends before: they come by where they begin.
#[derive(Default)]
struct KeywordMatches {
    words: Vec<(usize, Range<usize>)>,
    /// The last end of those.
    end: usize,
}

impl KeywordMatches {
    fn insert(&mut self, word: usize, range: Range<usize>) {
        let key = |(word, range): &(usize, Range<usize>)| (range.end, range.start, *word);
        self.end = self.end.max(range.end);
        let found = (word, range);
        let later = self.words.iter().rev().take_while(|other| key(other) > key(&found)).count();
        self.words.insert(self.words.len() - later, found);
    }

    /// All of them: no other ends before.
    fn pass_on(&mut self, take: &mut impl FnMut(usize, Range<usize>)) {
        self.words.drain(..).for_each(|(word, range)| take(word, range));
    }
}

#[cfg(test)]
mod tests {
    use aho_corasick::{AhoCorasick, MatchKind};
    use proptest::prelude::*;

    use super::super::rules;
    use super::*;

    fn words() -> Vec<&'static str> {
        rules::all().map(|(word, _)| word).collect()
    }

    #[test]
    fn no_keyword_is_shorter_than_two_bytes() {
        assert!(words().iter().all(|word| word.len() >= 2));
        assert!(words().len() < usize::from(u16::MAX));
    }

    proptest! {
        #[test]
        fn the_same_is_found_in_the_same_order_as_by_an_automaton(
            parts in prop::collection::vec((any::<prop::sample::Index>(), any::<bool>(), 0..40usize, "[ -~é\n]{0,3}"), 0..30)
        ) {
            let keywords = Keywords::new(words());
            let part = |(index, upper, kept, between): &(prop::sample::Index, bool, usize, String)| {
                let word = *index.get(&keywords.words);
                let word = if *upper { word.to_ascii_uppercase() } else { word.to_owned() };
                // Mostly whole, sometimes cut off.
                format!("{}{between}", word.get(..kept + 4).unwrap_or(&word))
            };
            let text: String = parts.iter().map(part).collect();
            let mut ours = Vec::new();
            keywords.each(text.as_bytes(), |word, range| ours.push((word, range)));
            let automaton = AhoCorasick::builder()
                .ascii_case_insensitive(true)
                .match_kind(MatchKind::Standard)
                .build(&keywords.words)
                .unwrap();
            let found = automaton.find_overlapping_iter(text.as_bytes());
            let found: Vec<_> = found.map(|found| (found.pattern().as_usize(), found.range())).collect();
            prop_assert_eq!(&ours, &found);
        }
    }
}
