//! Values said in a sentence, in any language: `das Passwort für den Server ist x`, `la contraseña del correo es x`, `密码是x`;
//! and the answer to a question for one. No grammar is known: of the words after the name the first that cannot be a word is
//! the value, where a word or sign for "is" stands before it; without one it must look drawn.

use std::ops::Range;

use super::randomness::{self, Make};
use super::rules::names::Strength;
use super::{public, safe, stand_in, work};

/// How far behind the name its value may begin, and most words between them.
const NEAR: usize = 140;
const MAX_WORDS: usize = 12;

/// Words and signs that say what something is, or what it was changed to.
#[rustfmt::skip]
const LINKS: &[&str] = &[
    "is", "it's", "that's", "was", "are", "be", "being", "to", "as", "=", "->", "=>", "\u{2192}", "\u{2014}", "\u{2013}", "-", ":", "\u{ff1a}", "ist", "lautet", "heißt",
    "heisst", "auf", "war", "sei", "als", "est", "c'est", "sera", "devient", "es", "será", "era", "é", "è", "e'", "sarà", "são", "para", "per", "jest", "to:", "na",
    "je", "bude", "är", "er", "on", "este", "là", "adalah", "ialah", "yra", "это", "такой", "такая", "теперь", "є", "будет", "είναι",
    "ειναι", "היא", "הוא", "هي", "هو", "است", "है", "olarak", "będzie", "ise", "olsun", "naar", "wordt", "blir", "bliver", "será:", "será",
];

/// Those of them that say it and nothing else; others say where something is, too.
const SURE: &[&str] =
    &["is", "it's", "that's", "ist", "lautet", "est", "c'est", "es", "é", "è", "jest", "är", "=", ":"];

/// Words before what is no secret, although a name stands further before.
#[rustfmt::skip]
const IDS: &[&str] = &[
    "commit", "sha", "sha1", "sha256", "md5", "hash", "checksum", "digest", "fingerprint", "etag", "revision", "id", "uuid", "trace", "request", "build", "version",
];

/// How a value is led to from its name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum NameLink {
    None,
    Loose,
    Sure,
}

/// Words that may stand between one of these and the value.
#[rustfmt::skip]
const ADVERBS: &[&str] = &[
    "now", "set", "still", "currently", "just", "actually", "always", "jetzt", "nun", "seit", "gestern", "weiterhin", "maintenant", "désormais", "toujours",
    "ahora", "agora", "adesso", "ora", "teraz", "nu", "şimdi", "теперь", "сейчас", "called", "simply", "only", "changed",
];

/// The value that is said after the name.
pub(super) fn later(text: &[u8], name: &Range<usize>, strength: Strength, foreign: bool) -> Option<Range<usize>> {
    let mut at = name.end;
    let end = text.len().min(at + NEAR);
    // Tests pass, generators have seeds.
    let unsure = strength == Strength::Phrase || text[name.clone()].eq_ignore_ascii_case(b"pass");
    // `My password? It's x`
    at += usize::from(text.get(at) == Some(&b'?') && text.get(at + 1) == Some(&b' '));
    let mut link = NameLink::None;
    work::looks_at(end - at);
    for index in 0..MAX_WORDS {
        let word = next_word(text, at, end)?;
        let bare = trimmed(text, word.clone());
        let value = &text[bare.clone()];
        let next = index == 0 && strength == Strength::Password && safe::is_hyphenated(value);
        if next
            || is_value(value, strength, link, foreign)
                && !(unsure && !(link != NameLink::None && (is_drawn(value) || safe::is_hyphenated(value))))
        {
            return Some(bare);
        }
        // The end of a text in a text.
        if matches!(text.get(word.end), Some(b'"' | b'\\')) {
            return None;
        }
        let written = &text[word.clone()];
        if value.iter().any(|byte| matches!(byte, b'(' | b')' | b'{' | b'}' | b'<' | b';' | b'|' | b'$'))
            || is_sentence_end(text, &word)
        {
            return None;
        }
        let wide = foreign && written.first().is_some_and(|byte| *byte >= 0xe0);
        link = match () {
            () if strength != Strength::Password && is_one_of(IDS, value) => NameLink::None,
            () if written.ends_with(b":") || is_one_of(SURE, value) => NameLink::Sure,
            () if link != NameLink::None && is_one_of(ADVERBS, value) => link,
            () if wide
                || is_one_of(LINKS, value)
                || is_one_of(LINKS, written)
                || written.ends_with("\u{ff1a}".as_bytes()) =>
            {
                NameLink::Loose
            }
            () => NameLink::None,
        };
        at = word.end;
    }
    None
}

/// The end of the word that goes on at `at`: an ending such as that of `паролем` or `lösenordet`.
pub(super) fn word_end(text: &[u8], at: usize) -> usize {
    let mut end = at;
    while end < at + 24 {
        match text.get(end) {
            Some(byte) if byte.is_ascii_alphabetic() => end += 1,
            Some(0xc3..=0xdf) if end + 1 < text.len() => end += 2,
            _ => break,
        }
    }
    end
}

/// Length of an opening quote or bracket that is not ASCII.
pub(super) fn opening_quote(rest: &[u8]) -> usize {
    ["「", "『", "“", "„", "«", "‘", "（", "【"]
        .iter()
        .find(|quote| rest.starts_with(quote.as_bytes()))
        .map_or(0, |quote| quote.len())
}

/// `PWD={x}`, as connection strings quote.
pub(super) fn in_braces(text: &[u8], at: usize) -> Option<Range<usize>> {
    let rest = &text[at.min(text.len())..text.len().min(at + NEAR)];
    let inner = rest.strip_prefix(b"{")?;
    let len = inner.iter().position(|byte| matches!(byte, b'}' | b'{' | b'\n' | b' '))?;
    (inner[len] == b'}').then_some(at + 1..at + 1 + len)
}

fn is_one_of(words: &[&str], word: &[u8]) -> bool {
    word.len() <= 16 && words.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(word))
}

fn is_sentence_end(text: &[u8], word: &Range<usize>) -> bool {
    matches!(text[word.end - 1], b'.' | b'!' | b'?') && text.get(word.end).is_none_or(u8::is_ascii_whitespace)
        || ["。", "！", "？"].iter().any(|end| text[word.clone()].ends_with(end.as_bytes()))
}

/// The next word of the line: until a blank, or where letters of a script without blanks meet others.
fn next_word(text: &[u8], at: usize, end: usize) -> Option<Range<usize>> {
    let mut start = at;
    loop {
        match text.get(start..end)? {
            [b' ' | b'\t' | b',', ..] => start += 1,
            [0xc2, 0xa0, ..] => start += 2,
            [0xe2, 0x80, 0xaf, ..] | [0xe3, 0x80, 0x80, ..] => start += 3,
            [b'\n' | b'\r', ..] | [] => return None,
            _ => break,
        }
    }
    let wide = text[start] >= 0xe0;
    let is_end = |byte: &u8| {
        byte.is_ascii_whitespace()
            || matches!(byte, b'"' | b'\\')
            || (if wide { byte.is_ascii() } else { *byte >= 0xe0 })
    };
    let stop = text.len().min(start + NEAR);
    let len = 1 + text[(start + 1).min(stop)..stop].iter().position(is_end).unwrap_or(stop - start - 1);
    let word = start..start + len;
    let quoted = quoted(text, &word);
    Some(quoted.unwrap_or(word))
}

/// `"x y"`: all that is quoted is one word, but only where it is short.
fn quoted(text: &[u8], word: &Range<usize>) -> Option<Range<usize>> {
    let quote = text[word.start];
    if !matches!(quote, b'"' | b'`') || text[word.start + 1..word.end].contains(&quote) {
        return None;
    }
    let rest = &text[word.start + 1..text.len().min(word.start + 64)];
    let len = rest.iter().position(|byte| *byte == quote || *byte == b'\n')?;
    (rest[len] == quote).then(|| word.start..word.start + len + 2)
}

/// A word without what stands around it: quotes, emphasis, brackets, the sign at the end of a sentence.
fn trimmed(text: &[u8], word: Range<usize>) -> Range<usize> {
    let (mut start, mut end) = (word.start, word.end);
    while start < end && matches!(text[start], b'"' | b'\'' | b'`' | b'*' | b'(' | b'[' | b'<') {
        start += 1;
    }
    while start < end
        && matches!(text[end - 1], b'"' | b'\'' | b'`' | b'*' | b')' | b']' | b'>' | b',' | b'.' | b':' | b';')
    {
        end -= 1;
    }
    // One `!` or `?` may be part of a password and the end of a sentence; it stays with the value.
    start..end
}

fn is_value(value: &[u8], strength: Strength, link: NameLink, foreign: bool) -> bool {
    let linked = link != NameLink::None;
    if !(6..=120).contains(&value.len())
        || !value.is_ascii()
        || stand_in::is_stand_in(value)
        || safe::is_reference(value)
        || public::is_public(value)
    {
        return false;
    }
    match strength {
        Strength::Password | Strength::Phrase => {
            let worded = link == NameLink::Sure && (safe::is_worded(value) || safe::is_hyphenated(value));
            worded
                || is_said_password(value, linked || foreign)
                    && (linked || is_drawn(value) || foreign && value.len() >= 8)
        }
        Strength::Secret | Strength::Key => {
            linked
                && value.len() >= 16
                && !safe::is_uuid(value)
                && safe::is_key_like(value)
                && randomness::is_random(value)
                && !is_name_like(value)
        }
    }
}

/// A password that a sentence leads to: none that a name in code, a version or an address could be.
fn is_said_password(value: &[u8], linked: bool) -> bool {
    let address = memchr::memmem::find(value, b"://").is_some() || is_name_like(value) || safe::is_account(value);
    !address && (safe::is_strong_password(value) || linked && safe::is_hyphenated(value))
}

/// `db_1.internal`, `AES-256`, `sha256`, `v1.2.3`, `DB_PASSWORD_2`: names, versions and algorithms.
fn is_name_like(value: &[u8]) -> bool {
    const NAMES: [&[u8]; 17] = [
        b"sha", b"md5", b"aes", b"rsa", b"utf", b"hs2", b"rs2", b"es2", b"ed25519", b"x509", b"pbkdf2", b"argon2",
        b"base64", b"oauth2", b"bcrypt", b"http", b"iso",
    ];
    let make = Make::of(value);
    let lower = value[..value.len().min(8)].to_ascii_lowercase();
    let hex = value.starts_with(b"0x");
    let version = value[0].is_ascii_digit()
        && value.iter().position(|byte| !byte.is_ascii_digit()).is_some_and(|at| matches!(value[at], b'.' | b':'));
    let constant = make.lower == 0 && value.contains(&b'_');
    let dotted = value.contains(&b'.')
        && value.split(|byte| *byte == b'.').all(|part| {
            !part.is_empty()
                && part.iter().all(|byte| {
                    byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_' | b':')
                })
        });
    value.len() <= 16 && NAMES.iter().any(|name| lower.starts_with(name))
        || hex
        || version
        || constant
        || dotted
        || value.contains(&b'/')
}

/// What nobody writes but as a password: signs of a keyboard, digits in two places, three kinds of characters.
fn is_drawn(value: &[u8]) -> bool {
    let make = Make::of(value);
    // `Summer2024=`
    let closed = make.symbols == 1
        && make.upper > 0
        && make.lower > 2
        && value.last().is_some_and(|byte| matches!(byte, b'=' | b'+' | b'-' | b'_'));
    let signs = value.iter().any(|byte| matches!(byte, b'!' | b'#' | b'$' | b'%' | b'^' | b'&' | b'?' | b'@' | b'*'));
    let starts = |pair: &&[u8]| !pair[0].is_ascii_digit() && pair[1].is_ascii_digit();
    let runs = value.windows(2).filter(starts).count() + usize::from(value[0].is_ascii_digit());
    make.digits > 0
        && value.len() >= 8
        && ((signs || closed) && make.digits >= 2
            || value.len() >= 10 && safe::is_mixed_random(value)
            || runs >= 2 && make.symbols == 0 && !make.is_hex())
}

/// The answer to a question that names a secret, on the next line or in the next message: one word and nothing else.
pub(super) fn answer(text: &[u8], name_end: usize, strength: Strength) -> Option<Range<usize>> {
    let rest = &text[name_end..text.len().min(name_end + NEAR)];
    let asked = rest.iter().position(|byte| matches!(byte, b'?' | b'\n' | b'{' | b';'))?;
    let before = rest[..asked].trim_ascii_end();
    let mut at = match rest[asked] {
        b'?' => asked + 1,
        b'\n' if before.ends_with("\u{ff1f}".as_bytes()) || before.ends_with(b":") && asked > 1 => asked,
        _ => return None,
    };
    let end = rest.len().max(at);
    let rest = &text[name_end..text.len().min(name_end + end + NEAR)];
    work::looks_at(rest.len());
    // The end of the message, then of its line, and the name of who answers.
    let closing = |byte: &&u8| matches!(byte, b'"' | b'}' | b']' | b',' | b'*' | b'`' | b'\'' | b' ' | b'\r');
    let closed = rest[at..].iter().take(6).take_while(closing).count();
    at += closed;
    let lines = rest[at..].iter().take(4).take_while(|byte| matches!(byte, b'\n' | b'\r')).count();
    at += lines;
    if lines == 0 && !rest[at..].starts_with(b"{\"") {
        return None;
    }
    at += rest[at..].iter().take(16).take_while(|byte| matches!(byte, b' ' | b'\t' | b'>' | b'-' | b'*')).count();
    if rest[at..].starts_with(b"{\"") {
        let window = &rest[at..rest.len().min(at + 120)];
        let content = ["\"content\":\"", "\"text\":\"", "\"content\": \"", "\"text\": \""];
        at += content
            .iter()
            .find_map(|field| memchr::memmem::find(window, field.as_bytes()).map(|found| found + field.len()))?;
    }
    let speaker = rest[at..]
        .iter()
        .take(24)
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'*' | b'_'))
        .count();
    if speaker > 0 && rest[at + speaker..].starts_with(b": ") {
        at += speaker + 2;
    }
    for opening in ["it's ", "It's ", "it is ", "It is ", "that's ", "it's: ", "use ", "Use "] {
        at += if rest[at..].starts_with(opening.as_bytes()) { opening.len() } else { 0 };
    }
    let len =
        rest[at..].iter().position(|byte| byte.is_ascii_whitespace() || *byte == b'\\').unwrap_or(rest.len() - at);
    let word = name_end + at..name_end + at + len;
    let value = trimmed(text, word.start..message_end(text, &word));
    let alone = matches!(text.get(word.end), None | Some(b'\n' | b'\r' | b'\\'));
    let bytes = &text[value.clone()];
    // In a sentence these are ids and digests; as the answer to this question they are not.
    let is_id = match strength {
        Strength::Password | Strength::Phrase => Make::of(bytes).is_hex() && (32..=120).contains(&bytes.len()),
        Strength::Secret | Strength::Key => safe::is_uuid(bytes),
    };
    let secret = is_value(bytes, strength, NameLink::Sure, false) || is_id && !stand_in::is_stand_in(bytes);
    (alone && secret).then_some(value)
}

/// Where the word ends if it stands at the end of a message in JSON.
fn message_end(text: &[u8], word: &Range<usize>) -> usize {
    memchr::memmem::find(&text[word.clone()], b"\"}").map_or(word.end, |found| word.start + found)
}
