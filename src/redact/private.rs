//! Private parts: what a person puts between `<private>` and `</private>`. In doubt more is private than less: a tag may have
//! attributes and blanks, one that is not closed reaches to the end, one that was not opened to the beginning. A comment
//! (`<!-- private -->`), a longer name (`<private-note>`, `<PrivateNote>`, `<x:private>`) and other brackets (`[private]`,
//! `{private}`) are tags too; these count where they are closed: alone they name something to fill in, or code.

use std::borrow::Cow;
use std::ops::Range;

use super::finding::{Detection, RANK_PRIVATE};
use super::work;

const WORD: &[u8] = b"private";
/// So many blanks may stand between the parts of a tag.
const BLANKS: usize = 8;
/// The longest attributes.
const ATTRIBUTES: usize = 200;

/// The longest rest of a longer name.
const REST: usize = 40;
/// So many tags with a longer name are remembered, the last ones.
const OPEN: usize = 16;

/// `<private ...>` or `</private>`.
struct Tag {
    range: Range<usize>,
    closes: bool,
    form: MarkForm,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum MarkForm {
    Plain,
    /// `<!-- private -->`
    Comment,
    /// A comment that says more: it is private itself.
    Remark,
    /// `<private-note>`, `<PrivateNote>`, `<x:private>`, `[private]`: may be something else.
    Name,
}

/// What was found of private parts in a text so far.
#[derive(Default)]
pub(crate) struct PrivateProgress {
    /// Where the last one ends.
    pub(crate) until: usize,
    /// Opening tags with a longer name that were not closed yet.
    open: Vec<Range<usize>>,
    /// Whether a tag with a longer name closes what was not opened here.
    pub(crate) is_opened_before: bool,
}

/// The private part that the tag around `word` opens, or closes without its having been opened. `None` where the word
/// stands in no tag.
pub(crate) fn find(text: &[u8], word: Range<usize>, seen: &mut PrivateProgress) -> Option<Detection> {
    let tag = tag_around(text, word.clone())?;
    let range = match (tag.form, tag.closes) {
        (MarkForm::Name, false) => {
            if seen.open.len() == OPEN {
                seen.open.remove(0);
            }
            seen.open.push(tag.range);
            return None;
        }
        (MarkForm::Name, true) => {
            let name = |range: &Range<usize>| name_in(&text[range.clone()]).to_ascii_lowercase();
            let closed = name(&tag.range);
            let at = seen.open.iter().rposition(|opened| name(opened) == closed);
            seen.is_opened_before |= at.is_none();
            let at = at?;
            let opened = seen.open.drain(at..).next()?;
            opened.start..tag.range.end
        }
        (MarkForm::Remark, _) => tag.range,
        (_, true) => seen.until.min(tag.range.start)..tag.range.end,
        (form, false) => tag.range.start..end(text, tag.range.end, form),
    };
    seen.until = seen.until.max(range.end);
    Some(Detection { rank: RANK_PRIVATE, ..Detection::new(range, Cow::Borrowed("private"), b"") })
}

/// The name of a tag: its letters, digits, `-`, `_`, `.` and `:`.
fn name_in(tag: &[u8]) -> &[u8] {
    let start = tag.iter().position(u8::is_ascii_alphanumeric).unwrap_or(tag.len());
    let length = tag[start..].iter().take_while(|byte| is_of_name(**byte)).count();
    &tag[start..start + length]
}

fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':')
}

/// Where a part of this form that begins before `from` is closed; the end of the text where it is not.
fn end(text: &[u8], from: usize, form: MarkForm) -> usize {
    let mut open = 1;
    let mut at = from;
    while let Some(found) = next_word(text, at) {
        at = found + WORD.len();
        match tag_around(text, found..at) {
            Some(tag) if tag.form != form => continue,
            Some(tag) if tag.closes => open -= 1,
            Some(_) => open += 1,
            None => continue,
        }
        if open == 0 {
            return tag_around(text, found..at).map_or(at, |tag| tag.range.end);
        }
    }
    text.len()
}

fn next_word(text: &[u8], from: usize) -> Option<usize> {
    let starts = memchr::memchr2_iter(b'p', b'P', text.get(from..)?).map(|found| from + found);
    let found =
        starts.into_iter().find(|at| text.get(*at..at + WORD.len()).is_some_and(|it| it.eq_ignore_ascii_case(WORD)));
    work::looks_at(found.unwrap_or(text.len()) - from);
    found
}

/// What tags stand in. One that opens with `<` may be closed as [`closing_bracket`] says.
const BRACKETS: [[&str; 2]; 4] = [["<", ">"], ["\u{ff1c}", ">"], ["[", "]"], ["{", "}"]];

/// The length of what stands before the word in a longer name: `x:` of `<x:private>`.
fn prefix_before(text: &[u8]) -> usize {
    if !matches!(text.last(), Some(b':' | b'-' | b'_' | b'.')) {
        return 0;
    }
    let length = text.iter().rev().take(REST).take_while(|byte| is_of_name(**byte)).count();
    work::looks_at(length);
    // A comment begins with `<!--`.
    if text[text.len() - length].is_ascii_alphanumeric() { length } else { 0 }
}

fn tag_around(text: &[u8], word: Range<usize>) -> Option<Tag> {
    let blanks_before = |at: usize| {
        text[at.saturating_sub(BLANKS)..at].iter().rev().take_while(|byte| byte.is_ascii_whitespace()).count()
    };
    if let Some(tag) = comment_around(text, &word) {
        return Some(tag);
    }
    let prefix = prefix_before(&text[..word.start]);
    let mut start = word.start - prefix;
    start -= blanks_before(start);
    let closes = start > 0 && matches!(text[start - 1], b'/' | b'\\');
    if closes {
        start -= 1;
        start -= blanks_before(start);
    }
    let (brackets, at) = BRACKETS
        .iter()
        .find_map(|brackets| Some((brackets, text[..start].strip_suffix(brackets[0].as_bytes())?.len())))?;
    start = at;
    let more = text[word.end..].iter().take(REST).take_while(|byte| is_of_name(**byte)).count();
    work::looks_at(BLANKS + more);
    let is_angular = brackets[1] == ">";
    let form = if more == 0 && prefix == 0 && is_angular { MarkForm::Plain } else { MarkForm::Name };
    let word = word.start..word.end + more;
    let rest = &text[word.end..text.len().min(word.end + ATTRIBUTES)];
    if !is_angular {
        work::looks_at(rest.len());
        let length = rest.iter().position(|byte| matches!(byte, b'[' | b']' | b'{' | b'}' | b'\n'))?;
        let is_closed = rest[length..].starts_with(brackets[1].as_bytes());
        let ends = rest[0].is_ascii_whitespace() || matches!(rest[0], b'=' | b':') || length == 0;
        return (is_closed && ends).then(|| Tag { range: start..word.end + length + 1, closes, form });
    }
    let blanks = rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let after = &rest[blanks..];
    let length = if let Some(length) = closing_bracket(after) {
        blanks + length
    } else if matches!(after.first(), Some(b'/' | b'\\')) {
        let more = 1 + after[1..].iter().take(BLANKS).take_while(|byte| byte.is_ascii_whitespace()).count();
        blanks + more + closing_bracket(&after[more..])?
    } else if blanks > 0
        && after.first().is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte >= 0x80 || *byte == b'"')
    {
        attributes(after).map_or(0, |length| blanks + length)
    } else if after.is_empty() || after[0] == b'<' {
        0
    } else {
        return None;
    };
    // A longer name stands before anything.
    if form == MarkForm::Name && length == 0 {
        return None;
    }
    Some(Tag { range: start..word.end + length, closes, form })
}

/// `<!-- private -->`, `<!-- /private -->` or `<!-- end private -->`.
fn comment_around(text: &[u8], word: &Range<usize>) -> Option<Tag> {
    let before = &text[word.start.saturating_sub(3 * BLANKS)..word.start];
    let before = before.trim_ascii_end();
    let (before, closes) = match before.last()? {
        b'-' => (before, false),
        b'/' | b'\\' => (&before[..before.len() - 1], true),
        _ => {
            let start = before.len().checked_sub(3)?;
            (before[start..].eq_ignore_ascii_case(b"end")).then_some((&before[..start], true))?
        }
    };
    let opening = before.trim_ascii_end();
    let dashes = opening.iter().rev().take_while(|byte| **byte == b'-').count();
    let bracket = opening.len().checked_sub(dashes + 2).filter(|_| dashes >= 2)?;
    if &opening[bracket..bracket + 2] != b"<!" {
        return None;
    }
    let start = word.start.saturating_sub(3 * BLANKS) + bracket;
    let rest = &text[word.end..text.len().min(word.end + ATTRIBUTES)];
    work::looks_at(rest.len());
    let (said, range) = match memchr::memmem::find(rest, b"-->") {
        Some(length) => (rest[..length].trim_ascii_end(), start..word.end + length + 3),
        None => (rest, start..word.end + rest.len()),
    };
    let said = said.strip_suffix(b"-").unwrap_or(said).trim_ascii();
    let is_word = |words: &[&[u8]]| words.iter().any(|word| said.eq_ignore_ascii_case(word));
    let closes = closes || is_word(&[b"end"]);
    let form = if closes || is_word(&[b"", b"start", b"begin", b":"]) { MarkForm::Comment } else { MarkForm::Remark };
    Some(Tag { range, closes, form })
}

fn closing_bracket(text: &[u8]) -> Option<usize> {
    [&b">"[..], b"\\>", "\u{ff1e}".as_bytes()]
        .iter()
        .find(|bracket| text.starts_with(bracket))
        .map(|bracket| bracket.len())
}

/// The length of `name='value'>`; `None` where no bracket follows: then the words are private too.
fn attributes(text: &[u8]) -> Option<usize> {
    work::looks_at(text.len());
    let end = text.iter().position(|byte| matches!(byte, b'>' | b'<'))?;
    (text[end] == b'>').then_some(end + 1)
}

/// Words of private parts that would give them away elsewhere: names, numbers and values, four words in a row. Common words
/// alone say nothing.
pub(crate) fn telling_words(part: &str) -> Vec<String> {
    let part = inside(part);
    let words: Vec<&str> = part.split_whitespace().collect();
    let mut telling: Vec<String> = Vec::new();
    let mut starts = true;
    for word in &words {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        if is_telling(bare, starts) {
            telling.push(bare.to_owned());
        }
        starts = word.ends_with(['.', '!', '?', ':']);
    }
    let place = |word: &str| word.as_ptr() as usize - part.as_ptr() as usize;
    if let [only] = words.as_slice()
        && only.chars().count() >= LEAST_WORD
    {
        telling.push((*only).to_owned());
    }
    let run = words.len().clamp(2, 4);
    for several in words.windows(run) {
        if let [first, .., last] = several {
            let phrase = part[place(first)..place(last) + last.len()].trim_matches(|c: char| !c.is_alphanumeric());
            if phrase.chars().count() >= LEAST_PHRASE {
                telling.push(phrase.to_owned());
            }
        }
    }
    telling
}

const LEAST_PHRASE: usize = 10;
const LEAST_WORD: usize = 4;

/// The part without the tags around it.
fn inside(part: &str) -> &str {
    let bytes = part.as_bytes();
    let tag_at = |at: usize| tag_around(bytes, at..at + WORD.len());
    let first = next_word(bytes, 0)
        .and_then(tag_at)
        .filter(|tag| !tag.closes && tag.range.start == 0 && tag.form != MarkForm::Remark);
    let start = first.map_or(0, |tag| tag.range.end);
    let mut end = part.len();
    let mut at = start;
    while let Some(found) = next_word(bytes, at) {
        at = found + WORD.len();
        if let Some(tag) = tag_at(found)
            && tag.closes
            && tag.range.end == part.len()
        {
            end = tag.range.start;
        }
    }
    part.get(start..end).unwrap_or(part)
}

/// Whether a word by itself is a name, a number or a value. At the start of a sentence every word has a capital.
fn is_telling(word: &str, starts_a_sentence: bool) -> bool {
    if word.chars().count() < LEAST_WORD {
        return false;
    }
    let digits = word.chars().filter(char::is_ascii_digit).count();
    let inner_capital = word.chars().skip(1).any(char::is_uppercase);
    let is_value = word.contains(['@', '/', '\\', '_', '.', ':', '=', '#', '$', '%', '&', '+', '*', '~']);
    let is_name =
        word.starts_with(char::is_uppercase) && !(starts_a_sentence && COMMON.contains(&word.to_lowercase().as_str()));
    digits > 0 || inner_capital || is_value || is_name
}

/// Words that begin sentences and name nobody.
const COMMON: &[&str] = &[
    "this", "that", "these", "those", "there", "they", "their", "then", "the", "when", "where", "what", "which",
    "while", "with", "will", "would", "please", "note", "never", "dont", "don't", "do", "does", "always", "also",
    "make", "only", "use", "keep", "remember", "here", "have", "has", "from", "for", "first", "just", "because",
    "before", "after", "about", "your", "you", "our", "ours", "must", "should", "some", "such", "since", "until",
    "unless", "even", "every", "change", "check", "create", "delete", "deploy", "read", "write", "write", "remove",
    "update", "show", "tell", "take", "test", "tests", "fix", "help", "let's", "look", "internal", "secret", "private",
    "password", "token", "customer", "client", "user", "server", "yes", "okay", "dies", "diese", "dieser", "dieses",
    "bitte", "wenn", "nicht", "kein", "keine", "unser", "unsere", "eine", "einen", "cette", "avec", "pour", "nous",
    "vous", "este", "esta", "para",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_values_and_phrases_of_a_private_part_are_telling() {
        let words = telling_words(
            "<private reason='x'>The customer is Globex, ask kim@globex.example about port 5599.</private>",
        );
        for word in
            ["Globex", "kim@globex.example", "5599", "The customer is Globex", "ask kim@globex.example about port"]
        {
            assert!(words.iter().any(|one| one == word), "{word}: {words:?}");
        }
        for word in ["The", "customer", "about", "port", "is"] {
            assert!(!words.iter().any(|one| one == word), "{word}: {words:?}");
        }
        assert_eq!(telling_words("<private>falcon</private>"), ["falcon"]);
        assert_eq!(telling_words("<!-- private -->falcon<!-- /private -->"), ["falcon"]);
        assert_eq!(telling_words("<private-note>falcon</private-note>"), ["falcon"]);
        assert_eq!(telling_words("[private]falcon[/private]"), ["falcon"]);
        assert_eq!(telling_words("<x:private>falcon</x:private>"), ["falcon"]);
        let long: String = (0..5000).map(|number| format!("word{number} ")).collect();
        assert!(telling_words(&format!("<private>{long}Globex</private>")).iter().any(|word| word == "Globex"));
        assert_eq!(telling_words("<private> the, and </private>"), [] as [&str; 0]);
        assert_eq!(telling_words("two words here</private>"), ["two words here"]);
    }
}
