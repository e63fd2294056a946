//! `name = value`, in any notation: environment files, JSON, YAML, code, headers, flags, and said in words. The name
//! decides how much the value must look like a secret.

use std::borrow::Cow;
use std::ops::Range;

use super::finding::{Detection, RANK_ASSIGNED};
use super::rules::names::{self, Strength};
use super::separators::{Style, count, groups_after, read_value, scheme, separator_at, typed_declaration};
use super::{beside, files, public, randomness, safe, said, stand_in, tables, work, wrappers};

const MAX_NAME: usize = 80;
/// How far back the start of a line is looked for.
const LINE_START: usize = 120;

/// What was said of the names of a text: the same few come again and again, and several keywords stand in one.
#[derive(Default)]
pub(crate) struct AssignmentProgress {
    last: Range<usize>,
    /// Where the secret that was found last ends: what names stand in it are covered.
    found_until: usize,
    /// The last value without quotes, to its end: names stand in values too.
    run: Range<usize>,
    foreign_until: usize,
    /// How far tables were read.
    tables_until: usize,
    /// By a hash of the name: where it stood, and what it says. Empty as long as there is none: most texts have none.
    known: Vec<(Range<usize>, Option<Meaning>)>,
}

/// What a name says, and whether it names several.
type Meaning = (Strength, bool);

impl AssignmentProgress {
    const KNOWN: usize = 64;

    fn meaning(&mut self, text: &[u8], name: &Range<usize>) -> Option<Meaning> {
        let letters = &text[name.clone()];
        let hash = letters.iter().fold(letters.len(), |hash, byte| hash.wrapping_mul(31) ^ usize::from(*byte));
        if self.known.is_empty() {
            self.known.resize(Self::KNOWN, (0..0, None));
        }
        let (place, meaning) = &mut self.known[hash % Self::KNOWN];
        if place.start == place.end || &text[place.clone()] != letters {
            let several = || names::is_plural(letters).map(|strength| (strength, true));
            let one = names::strength(letters).map(|strength| (strength, false));
            (*place, *meaning) = (name.clone(), several().or(one));
        }
        *meaning
    }
}

/// The secrets that are assigned to the name around `keyword`, listed below it or said after it.
pub(crate) fn find(text: &[u8], keyword: Range<usize>, seen: &mut AssignmentProgress, findings: &mut Vec<Detection>) {
    if keyword.end <= seen.found_until {
        return;
    }
    let name = name_around(text, keyword);
    // A name of several words can end in a name of one.
    if name.end == seen.last.end && name.start >= seen.last.start || is_user_of_a_link(text, &name) {
        return;
    }
    seen.last = name.clone();
    let meaning = seen.meaning(text, &name);
    if let Some(strength) = files::strength(text, &name, meaning.map(|(strength, _)| strength)) {
        let mut values = files::content(text, &name);
        values.retain(|value| is_secret(&text[value.clone()], strength, Style::Said));
        findings.extend(values.into_iter().map(|value| finding(text, value, strength)));
    }
    let of_provider =
        || names::is_of_provider(&text[name.clone()], &text[name.end..]).then_some((Strength::Key, false));
    let Some((strength, several)) = meaning.or_else(of_provider) else { return };
    // By chance, such a word stands in an address too.
    if public::is_public_address(&text[name.clone()]) && randomness::is_random(&text[name.clone()]) {
        return;
    }
    tables::find(text, &name, &mut seen.tables_until, findings);
    let mut values: Vec<Range<usize>> = Vec::new();
    if !several {
        values.extend(assigned(text, &name, strength, seen));
    }
    if values.is_empty() {
        values = listed(text, &name, strength, &mut seen.run);
    }
    if values.is_empty() && !several {
        values.extend(said(text, &name, strength, false));
    }
    if !values.is_empty() && names::is_of_accounts(&text[name.clone()]) {
        values.retain(|value| !public::is_public_address(&text[value.clone()]));
    }
    seen.found_until = values.last().map_or(seen.found_until, |value| value.end);
    findings.extend(values.into_iter().map(|value| finding(text, value, strength)));
}

/// The same for a name in a language other than English: `contraseña`, `пароль`. It stands in sentences more than in code.
pub(crate) fn find_foreign(
    text: &[u8],
    keyword: Range<usize>,
    seen: &mut AssignmentProgress,
    findings: &mut Vec<Detection>,
) {
    let is_letter = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphabetic);
    let ascii = text[keyword.clone()].is_ascii();
    if keyword.end <= seen.found_until
        || ascii && is_letter(keyword.start.checked_sub(1).and_then(|before| text.get(before)))
    {
        return;
    }
    let name = keyword.start..said::word_end(text, keyword.end);
    if name.start < seen.foreign_until {
        return;
    }
    seen.foreign_until = name.end;
    let strength = Strength::Password;
    tables::find(text, &name, &mut seen.tables_until, findings);
    let value = assigned(text, &name, strength, seen).or_else(|| said(text, &name, strength, true));
    seen.found_until = value.as_ref().map_or(seen.found_until, |value| value.end);
    findings.extend(value.map(|value| finding(text, value, strength)));
}

fn finding(text: &[u8], value: Range<usize>, strength: Strength) -> Detection {
    let kind = Cow::Borrowed(strength.kind());
    Detection { rank: RANK_ASSIGNED, ..Detection::new(value.clone(), kind, &text[value]) }
}

fn assigned(
    text: &[u8],
    name: &Range<usize>,
    strength: Strength,
    seen: &mut AssignmentProgress,
) -> Option<Range<usize>> {
    let (value, style) = value_after(text, name, strength, &mut seen.run)?;
    let judged = &text[value.start..value.end.min(value.start + JUDGED)];
    work::looks_at(judged.len());
    let chosen = style == Style::Plain && beside::is_chosen_secret(&text[name.clone()], judged);
    (!value.is_empty() && (chosen || is_secret(judged, strength, style))).then_some(value)
}

/// So much of a value says whether it is a secret.
const JUDGED: usize = 1024;

/// `https://x-access-token:...@host`: `links` knows where that ends.
fn is_user_of_a_link(text: &[u8], name: &Range<usize>) -> bool {
    let rest = &text[name.end..text.len().min(name.end + 300)];
    text[..name.start].ends_with(b"://")
        && rest.first() == Some(&b':')
        && rest.iter().copied().find(|byte| byte.is_ascii_whitespace() || matches!(byte, b'@' | b'"' | b'/'))
            == Some(b'@')
}

fn said(text: &[u8], name: &Range<usize>, strength: Strength, foreign: bool) -> Option<Range<usize>> {
    // In code and in settings the name is followed by a sign, in a sentence by a blank or by letters without blanks.
    let next = text.get(name.end)?;
    let spoken = matches!(next, b' ' | b'?')
        || foreign && *next >= 0x80
        || *next == b'*'
        || *next == b'\'' && text.get(name.end + 1) == Some(&b's');
    let spoken = spoken && !is_flag(text, name) && !names::is_program(&text[name.clone()]);
    let later = if spoken { said::later(text, name, strength, foreign) } else { None };
    later.or_else(|| said::answer(text, name.end, strength))
}

/// The values of a list or of an object that the name is given.
fn listed(text: &[u8], name: &Range<usize>, strength: Strength, run: &mut Range<usize>) -> Vec<Range<usize>> {
    let mut at = name.end;
    at += count(text, at, |byte| matches!(byte, b'\\' | b'"' | b'\'' | b' '));
    match text.get(at) {
        Some(b':' | b'=') => at += 1 + count(text, at + 1, |byte| matches!(byte, b'=' | b'>' | b' ')),
        Some(b'{') => {}
        _ => return Vec::new(),
    }
    if let Some(inside) = wrappers::in_object(text, at) {
        let (value, _) = read_value(text, inside, Style::Quoted, run);
        let judged = &text[value.start..value.end.min(value.start + JUDGED)];
        return if is_secret(judged, strength, Style::Quoted) { vec![value] } else { Vec::new() };
    }
    let mut values = wrappers::list(text, at);
    values.retain(|value| is_secret(&text[value.clone()], strength, Style::Said));
    values
}

fn name_around(text: &[u8], keyword: Range<usize>) -> Range<usize> {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let before =
        text[keyword.start.saturating_sub(MAX_NAME)..keyword.start].iter().rev().take_while(|b| is_name(b)).count();
    let after = text[keyword.end..].iter().take(MAX_NAME).take_while(|b| is_name(b)).count();
    let start = keyword.start - before;
    start - word_before(text, start, &text[start..keyword.end + after])..keyword.end + after
}

/// `api key`, `access token` in words: how far the word before belongs to the name.
fn word_before(text: &[u8], start: usize, name: &[u8]) -> usize {
    if !name.eq_ignore_ascii_case(b"key") || start == 0 || text[start - 1] != b' ' {
        return 0;
    }
    1 + text[..start - 1].iter().rev().take(16).take_while(|byte| byte.is_ascii_alphabetic()).count()
}

fn value_after(
    text: &[u8],
    name: &Range<usize>,
    strength: Strength,
    run: &mut Range<usize>,
) -> Option<(Range<usize>, Style)> {
    if let Some(at) = beside::field(text, name.end) {
        return Some(read_value(text, at + count(text, at, |byte| matches!(byte, b' ' | b'\t')), Style::Plain, run));
    }
    let mut at = name.end;
    let mut quoted_name = false;
    at += count(text, at, |byte| byte == b'\\');
    if matches!(text.get(at), Some(b'"' | b'\'' | b'`')) {
        quoted_name = true;
        at += 1;
    }
    if text.get(at) == Some(&b']') {
        at += 1;
    }
    // Emphasis of Markdown.
    at += count(text, at, |byte| byte == b'*');
    let blanks = count(text, at, |byte| matches!(byte, b' ' | b'\t'));
    let flag = is_flag(text, name);
    let (separator, said) = separator_at(text, at + blanks, quoted_name, strength);
    let mut style;
    if separator > 0 {
        at += blanks + separator;
        at += count(text, at, |byte| byte == b'*');
        style = if said { Style::Said } else { plain_or_code(text, name, quoted_name) };
    } else if blanks > 0 && (flag || beside::is_set_by_command(text, name.start)) {
        at += blanks;
        style = Style::Plain;
    } else if blanks > 0 && strength == Strength::Password && matches!(text.get(at + blanks), Some(b'"' | b'\'')) {
        // SQL: `IDENTIFIED ... PASSWORD 'x'`.
        at += blanks;
        style = Style::Said;
    } else if blanks > 0 && beside::is_bare(text, name, at + blanks, strength) {
        at += blanks;
        style = Style::Plain;
    } else {
        return None;
    }
    at += count(text, at, |byte| matches!(byte, b' ' | b'\t'));
    at += said::opening_quote(&text[at..]);
    let next_line = beside::next_line(text, at);
    if separator > 0 && next_line > 0 {
        at += next_line;
        style = Style::Said;
    }
    at += beside::block(text, at);
    at += typed_declaration(text, at);
    at += scheme(text, at);
    if separator > 0 {
        let opening = wrappers::opening(&text[at..]);
        at += if opening > 0 { opening } else { wrappers::call(&text[at..]) };
        let braced = said::in_braces(text, at);
        if text.get(name.end) == Some(&b'=') && braced.is_some() {
            return braced.map(|value| (value, Style::Said));
        }
    }
    let (mut value, style) = read_value(text, at, style, run);
    if matches!(style, Style::Plain | Style::Said) {
        value.end += groups_after(text, &value, strength);
    }
    if !text[name.clone()].is_ascii() {
        // In a script without blanks the sentence goes on where its letters do.
        let wide = |byte: &u8| *byte >= 0xe0;
        value.end =
            text[value.clone()].iter().take(JUDGED).position(wide).map_or(value.end, |found| value.start + found);
    }
    Some((value, style))
}

fn is_flag(text: &[u8], name: &Range<usize>) -> bool {
    text[name.clone()].starts_with(b"-")
        && (name.start == 0
            || text[name.start - 1].is_ascii_whitespace()
            || matches!(text[name.start - 1], b'"' | b'\'' | b'`'))
}

/// Whether an unquoted value can be code: the name is in lower or mixed case, and the line is no plain setting.
fn plain_or_code(text: &[u8], name: &Range<usize>, quoted_name: bool) -> Style {
    let upper = !text[name.clone()].iter().any(u8::is_ascii_lowercase);
    let floor = name.start.saturating_sub(LINE_START);
    let starts = |byte: &u8| matches!(byte, b'\n' | b'"' | b'\'' | b'`');
    let line = text[floor..name.start].iter().rposition(starts).map_or(floor, |found| floor + found + 1);
    let before = text[line..name.start].trim_ascii();
    let starts_line = before.iter().all(|byte| matches!(byte, b'+' | b'-' | b'>' | b'#' | b'/' | b'*' | b'|'))
        || beside::is_prose(before);
    let touching = text.get(name.end) == Some(&b'=') && text.get(name.end + 1) != Some(&b' ');
    let dashed = text[name.clone()].contains(&b'-');
    let listed = text.get(name.end) == Some(&b':') && text.get(name.end + 1).is_some_and(u8::is_ascii_alphanumeric);
    if listed && !quoted_name && !starts_line {
        // `{Host:db Password:x Port:1}`
        return Style::Said;
    }
    let element = text.get(name.end) == Some(&b'>') && before.ends_with(b"<");
    if quoted_name || upper || dashed || starts_line || touching || element { Style::Plain } else { Style::Code }
}

fn is_secret(value: &[u8], strength: Strength, style: Style) -> bool {
    if value.len() < 5 || stand_in::is_stand_in(value) || safe::is_reference(value) || public::is_public(value) {
        return false;
    }
    match strength {
        Strength::Password => match style {
            Style::Quoted | Style::Plain => safe::is_password_like(value) || safe::is_grouped_password(value),
            Style::Code => safe::is_password_like(value) && !safe::is_code(value),
            Style::Said => {
                let strong = safe::is_strong_password(value) && !safe::is_account(value);
                value.len() >= 6 && (strong || safe::is_hyphenated(value) || safe::is_worded(value))
            }
        },
        Strength::Secret | Strength::Key => {
            let hidden = if style == Style::Code { !safe::is_code(value) } else { true };
            hidden && value.len() >= 8 && (safe::is_key_like(value) || safe::is_drawn_from_keyboard(value))
        }
        Strength::Phrase => safe::is_password_like(value) || safe::is_seed_phrase(value) || safe::is_passphrase(value),
    }
}
