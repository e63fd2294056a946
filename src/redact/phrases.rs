//! Secrets that are many small parts and have no name: seed phrases of 12 words and more from the list of BIP 39, in a row,
//! numbered, or one to a line; and a key written as an array of 64 bytes. Each is longer than the steps in which text is
//! looked at, so most of it is never touched.

use std::ops::Range;
use std::sync::OnceLock;

use super::finding::{Detection, RANK_FORMAT};

/// 12 words of 3 letters and the blanks between them are longer, and so are 64 numbers.
const STEP: usize = 46;
/// Between two words: `, `, `","`, a line end with a number.
const MAX_GAP: usize = 10;
const MIN_WORDS: usize = 12;
const MAX_WORDS: usize = 48;

pub(super) fn find(text: &[u8], findings: &mut Vec<Detection>) {
    let mut at = 0;
    while at < text.len() {
        let found = match text[at] {
            byte if byte.is_ascii_lowercase() => phrase_around(text, at).map(|range| (range, "seed-phrase")),
            b'0'..=b'9' | b',' | b' ' | b'\n' => phrase_near(text, at)
                .map(|range| (range, "seed-phrase"))
                .or_else(|| bytes_around(text, at).map(|range| (range, "private-key"))),
            b'.' | b')' | b'"' | b'\'' | b'-' | b'|' | b':' | b'*' => {
                phrase_near(text, at).map(|range| (range, "seed-phrase"))
            }
            _ => None,
        };
        match found {
            Some((range, kind)) => {
                at = range.end.max(at + 1);
                findings.push(Detection::ranked(range, kind, text, RANK_FORMAT));
            }
            None => at += STEP,
        }
    }
}

/// The phrase whose next word begins a few bytes after `at`.
fn phrase_near(text: &[u8], at: usize) -> Option<Range<usize>> {
    let gap = text[at..].iter().take(MAX_GAP).take_while(|byte| is_gap(**byte)).count();
    text.get(at + gap).filter(|byte| byte.is_ascii_lowercase()).and_then(|_| phrase_around(text, at + gap))
}

/// The phrase around the word at `at`.
fn phrase_around(text: &[u8], at: usize) -> Option<Range<usize>> {
    // Most words of most texts are told by their hashes: not enough of them may be in the list.
    let mut likely = 0;
    words_around(text, at, may_be_listed, MIN_WORDS, |_| likely += 1);
    if likely < MIN_WORDS {
        return None;
    }
    let mut words = Vec::with_capacity(MAX_WORDS);
    words_around(text, at, is_listed, MAX_WORDS, |word| words.push(word));
    if words.len() < MIN_WORDS {
        return None;
    }
    let start = words.iter().map(|word| word.start).min()?;
    let end = words.iter().map(|word| word.end).max()?;
    words.sort_unstable_by_key(|word| word.start);
    // A part of the list itself is in order; words of a sentence come again.
    let in_order = words.windows(2).filter(|pair| text[pair[0].clone()] < text[pair[1].clone()]).count();
    let mut distinct: Vec<&[u8]> = words.iter().map(|word| &text[word.clone()]).collect();
    distinct.sort_unstable();
    distinct.dedup();
    (in_order + 1 < words.len() && distinct.len() * 4 >= words.len() * 3).then_some(start..end)
}

/// The word at `at`, those before it and those after it, at most so many, as long as they are `listed`.
fn words_around(text: &[u8], at: usize, listed: fn(&[u8]) -> bool, most: usize, mut take: impl FnMut(Range<usize>)) {
    let Some(middle) = word_at(text, at, listed) else { return };
    let (mut start, mut end) = (middle.start, middle.end);
    take(middle);
    let mut count = 1;
    while count < most {
        let gap = text[..start].iter().rev().take(MAX_GAP).take_while(|byte| is_gap(**byte)).count();
        let last = (start - gap).checked_sub(1).filter(|_| gap > 0);
        let Some(word) = last.and_then(|last| word_at(text, last, listed)) else { break };
        start = word.start;
        take(word);
        count += 1;
    }
    while count < most {
        let gap = text[end..].iter().take(MAX_GAP).take_while(|byte| is_gap(**byte)).count();
        let next = Some(end + gap).filter(|_| gap > 0);
        let Some(word) = next.and_then(|next| word_at(text, next, listed)) else { break };
        end = word.end;
        take(word);
        count += 1;
    }
}

/// What may stand between two words.
static GAP: [bool; 256] = table(b" \n\r\t,.)(\"'-|:*0123456789");
/// What may stand beside a word.
static BORDER: [bool; 256] = table(b" \n\r\t,.)(\"'-|:*`\\[]<>=!?;");

const fn table(bytes: &[u8]) -> [bool; 256] {
    let mut table = [false; 256];
    let mut index = 0;
    while index < bytes.len() {
        table[bytes[index] as usize] = true;
        index += 1;
    }
    table
}

fn is_gap(byte: u8) -> bool {
    GAP[usize::from(byte)]
}

/// The word that holds the letter at `at`, where it is `listed`.
fn word_at(text: &[u8], at: usize, listed: fn(&[u8]) -> bool) -> Option<Range<usize>> {
    const LONGEST: usize = 8;
    let (mut start, mut end) = (at, at);
    while start > 0 && text[start - 1].is_ascii_lowercase() && end - start <= LONGEST {
        start -= 1;
    }
    while end < text.len() && text[end].is_ascii_lowercase() && end - start <= LONGEST {
        end += 1;
    }
    let beside = |byte: Option<&u8>| byte.is_none_or(|byte| BORDER[usize::from(*byte)]);
    let alone = (3..=LONGEST).contains(&(end - start))
        && beside(start.checked_sub(1).and_then(|before| text.get(before)))
        && beside(text.get(end));
    (alone && listed(&text[start..end])).then_some(start..end)
}

/// The English list of BIP 39: of each word its first four letters, which no two share, and its length; in order, 16 to
/// a line.
const LIST: &[u8] = include_bytes!("rules/bip39.txt");

const ENTRY: usize = 5;
const IN_LINE: usize = 16;
const ENTRIES: usize = 2048;

fn entry(number: usize) -> &'static [u8] {
    let at = number / IN_LINE * (IN_LINE * ENTRY + 1) + number % IN_LINE * ENTRY;
    &LIST[at..at + ENTRY]
}

/// Which hashes the list has: most words of a text are in no list, and this says so at once.
fn hashes() -> &'static [u64; 512] {
    static HASHES: OnceLock<[u64; 512]> = OnceLock::new();
    HASHES.get_or_init(|| {
        let mut bits = [0; 512];
        for number in 0..ENTRIES {
            let hash = hash(entry(number));
            bits[hash / 64] |= 1 << (hash % 64);
        }
        bits
    })
}

/// 15 bits of an entry.
fn hash(entry: &[u8]) -> usize {
    let bits = entry.iter().fold(0u32, |hash, byte| hash.wrapping_mul(0x0100_0193) ^ u32::from(*byte));
    (bits ^ bits >> 15) as usize & 0x7fff
}

/// A word of 3 to 8 letters as the list has it.
fn as_entry(word: &[u8]) -> [u8; ENTRY] {
    let mut wanted = [b' '; ENTRY];
    let head = word.len().min(4);
    wanted[..head].copy_from_slice(&word[..head]);
    wanted[4] = b'0' + word.len() as u8;
    wanted
}

/// Whether the list has a word with this hash.
fn may_be_listed(word: &[u8]) -> bool {
    let hash = hash(&as_entry(word));
    (3..=8).contains(&word.len()) && hashes()[hash / 64] & 1 << (hash % 64) != 0
}

fn is_listed(word: &[u8]) -> bool {
    if !may_be_listed(word) {
        return false;
    }
    let wanted = as_entry(word);
    let (mut low, mut high) = (0, ENTRIES);
    while low < high {
        let middle = (low + high) / 2;
        match entry(middle).cmp(&wanted) {
            std::cmp::Ordering::Equal => return true,
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Greater => high = middle,
        }
    }
    false
}

/// `[12,34,...]` with 64 numbers below 256: a key pair as Solana's tools keep it.
fn bytes_around(text: &[u8], at: usize) -> Option<Range<usize>> {
    const MOST: usize = 64 * 6;
    let is_part = |byte: &&u8| byte.is_ascii_digit() || matches!(byte, b',' | b' ' | b'\n' | b'\r' | b'\t');
    let before = text[..at].iter().rev().take(MOST).take_while(is_part).count();
    let after = text[at..].iter().take(MOST).take_while(is_part).count();
    let (start, end) = ((at - before).checked_sub(1)?, at + after);
    if text[start] != b'[' || text.get(end) != Some(&b']') {
        return None;
    }
    let mut seen = [false; 256];
    let mut count = 0;
    for number in text[start + 1..end].split(|byte| *byte == b',') {
        let number: u8 = std::str::from_utf8(number.trim_ascii()).ok()?.parse().ok()?;
        seen[usize::from(number)] = true;
        count += 1;
    }
    (count == 64 && seen.iter().filter(|seen| **seen).count() >= 40).then_some(start..end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        let mut findings = Vec::new();
        find(text.as_bytes(), &mut findings);
        findings.into_iter().map(|finding| &text[finding.range]).collect()
    }

    const PHRASE: &str = "zebra abstract pistol lemon actor wheat ridge hollow cactus upset ladder orbit";

    #[test]
    fn the_list_is_in_order() {
        assert!(["abandon", "act", "zoo", "zebra", "upset"].iter().all(|word| is_listed(word.as_bytes())));
        assert!(!["abandoned", "zebras", "the", "ab", "aban"].iter().any(|word| is_listed(word.as_bytes())));
        let entries: Vec<&[u8]> = LIST.split(|byte| *byte == b'\n').flat_map(|line| line.chunks(5)).collect();
        assert_eq!(entries.len(), 2048);
        assert!(entries.is_sorted());
    }

    #[test]
    fn a_phrase_is_found_however_it_is_written() {
        for text in [
            PHRASE.to_owned(),
            format!("keep this safe: {PHRASE}."),
            PHRASE.replace(' ', "\n"),
            PHRASE.replace(' ', "\", \""),
            PHRASE.split(' ').enumerate().map(|(index, word)| format!("{}. {word}\n", index + 1)).collect(),
        ] {
            assert_eq!(found(&text).len(), 1, "{text}");
        }
    }

    #[test]
    fn lists_and_sentences_are_no_phrases() {
        let mut sorted: Vec<&str> = PHRASE.split(' ').collect();
        sorted.sort_unstable();
        for text in [
            &sorted.join(" "),
            &PHRASE[..60],
            "have that hand open with this good day when they come over and then they give it more time",
        ] {
            assert!(found(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn an_array_of_64_bytes_is_a_key() {
        let numbers: Vec<String> = (0..64).map(|index| (index * 37 % 256).to_string()).collect();
        assert_eq!(found(&format!("x [{}]", numbers.join(", "))).len(), 1);
        assert!(found(&format!("x [{}]", numbers[1..].join(","))).is_empty());
        assert!(found(&format!("x {{{}}}", numbers.join(","))).is_empty());
    }
}
