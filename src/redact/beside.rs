//! Where a value stands that does not follow its name on the line: in a block of YAML, on the next line, in a field of its
//! own beside the name, after the name in a command.

use std::ops::Range;

use super::randomness::{self, Make};
use super::rules::names::Strength;
use super::{safe, stand_in};

/// How far behind the name its value may begin.
const NEAR: usize = 160;

/// The place of the value where name and value are fields of their own: `"name": "TOKEN", "value": "x"`,
/// `key="Password" value="x"`, `<key>Password</key><string>x</string>`.
pub(super) fn field(text: &[u8], name_end: usize) -> Option<usize> {
    let rest = &text[name_end..text.len().min(name_end + NEAR)];
    let mut at = rest.iter().take(8).take_while(|byte| matches!(byte, b'\\' | b'"' | b'\'' | b'`')).count();
    if rest[at..].starts_with(b"</") {
        at += rest[at..].iter().take(24).position(|byte| *byte == b'>')? + 1;
    }
    let between = rest[at..].iter().take_while(|byte| is_between(**byte)).count();
    if at + between == 0 {
        return None;
    }
    at += between;
    for tag in ["<string>", "<value>"] {
        if rest[at..].starts_with(tag.as_bytes()) {
            return Some(name_end + at + tag.len());
        }
    }
    at += rest[at..].iter().take_while(|byte| matches!(byte, b'"' | b'\'' | b'\\')).count();
    // `value`, `val`, `ParameterValue`
    let len = rest[at..].iter().take(24).take_while(|byte| byte.is_ascii_alphabetic() || **byte == b'_').count();
    let word = rest[at..at + len].to_ascii_lowercase();
    if !(word.ends_with(b"value") || word == b"val") {
        return None;
    }
    at += len;
    at += rest[at..].iter().take_while(|byte| matches!(byte, b'"' | b'\'' | b'\\' | b' ')).count();
    matches!(rest.get(at), Some(b':' | b'=')).then_some(name_end + at + 1)
}

/// What may stand between two fields, or at the start of a line of a diff.
fn is_between(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b',' | b';' | b'+' | b'>' | b'/')
}

/// Length of the beginning of a YAML block at `at`: `|`, `>-` and the like, the line end, and the blanks before the value.
pub(super) fn block(text: &[u8], at: usize) -> usize {
    let rest = &text[at.min(text.len())..text.len().min(at + NEAR)];
    if !matches!(rest.first(), Some(b'|' | b'>')) {
        return 0;
    }
    let mark = 1 + rest[1..].iter().take_while(|byte| matches!(byte, b'-' | b'+' | b'1'..=b'9')).count();
    let line_end = mark + rest[mark..].iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r')).count();
    if rest.get(line_end) != Some(&b'\n') {
        return 0;
    }
    line_end + 1 + indent(&rest[line_end + 1..])
}

/// Length of a line end and the blanks after it, where one word stands alone on the next line.
pub(super) fn next_line(text: &[u8], at: usize) -> usize {
    let rest = &text[at.min(text.len())..text.len().min(at + NEAR)];
    let ends = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    if ends == 0 || ends > 4 {
        return 0;
    }
    let start = ends + indent(&rest[ends..]);
    let word = rest[start..].iter().take_while(|byte| !byte.is_ascii_whitespace()).count();
    let alone = matches!(rest.get(start + word), None | Some(b'\r' | b'\n'));
    if alone && word >= 6 && rest[start + word - 1] != b':' { start } else { 0 }
}

fn indent(line: &[u8]) -> usize {
    line.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'+')).count()
}

/// Whether the name at `start` is an argument of a command whose next argument is the value: `ENV NAME value`.
pub(super) fn is_set_by_command(text: &[u8], start: usize) -> bool {
    const COMMANDS: [&str; 11] = [
        "ENV",
        "ARG",
        "setx",
        "setenv",
        "set -x",
        "set -gx",
        "set -Ux",
        "set -xg",
        "set -xU",
        "config set",
        "secret set",
    ];
    let before = &text[start.saturating_sub(60)..start];
    let Some(before) = before.strip_suffix(b" ") else { return false };
    let ends_with = |command: &&str| {
        before.strip_suffix(command.as_bytes()).is_some_and(|rest| !rest.last().is_some_and(u8::is_ascii_alphanumeric))
    };
    COMMANDS.iter().any(ends_with)
}

/// Length of `) or ` and the like, before the text that is taken where a variable is not set.
pub(super) fn otherwise(rest: &[u8]) -> usize {
    const FORMS: [&str; 5] = [") or ", ") || ", ") ?? ", ") ?: ", ") { "];
    let found = FORMS.iter().find(|form| rest.starts_with(form.as_bytes()));
    found.filter(|form| matches!(rest.get(form.len()), Some(b'"' | b'\'' | b'`'))).map_or(0, |form| form.len())
}

/// Whether what stands before a name on its line is a sentence and no code.
pub(super) fn is_prose(before: &[u8]) -> bool {
    const CODE: [&[u8]; 16] = [
        b"let",
        b"const",
        b"var",
        b"val",
        b"pub",
        b"fn",
        b"mut",
        b"static",
        b"readonly",
        b"private",
        b"public",
        b"final",
        b"type",
        b"export",
        b"def",
        b"protected",
    ];
    let mut words = before.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
    !before.is_empty()
        && before.iter().all(|byte| byte.is_ascii_alphanumeric() || is_prose_sign(*byte))
        && !words.any(|word| CODE.contains(&word))
}

fn is_prose_sign(byte: u8) -> bool {
    matches!(byte, b' ' | b'\'' | b'*' | b'-' | b':' | b'.' | b'/' | b'[' | b']' | b'!' | b'?' | b'&')
}

/// Whether the word at `at`, with nothing but blanks between it and the name, can only be a secret: a column of a table,
/// a setting of the form `name value`, or characters that words and names in code do not have.
pub(super) fn is_bare(text: &[u8], name: &Range<usize>, at: usize, strength: Strength) -> bool {
    let rest = &text[at..];
    let ends = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'`' | b',' | b';');
    let len = rest.iter().take(65).position(ends).unwrap_or(rest.len().min(65));
    let value = rest[..len].strip_suffix(b".").unwrap_or(&rest[..len]);
    if !(8..=64).contains(&value.len()) || stand_in::is_stand_in(value) || safe::is_reference(value) {
        return false;
    }
    let make = Make::of(value);
    if strength != Strength::Password {
        let variable = name.len() > 5
            && text[name.clone()].contains(&b'_')
            && !text[name.clone()].iter().any(u8::is_ascii_lowercase);
        if variable && make.is_hex() && value.len() >= 32 && make.digits > 0 {
            return matches!(rest.get(len), None | Some(b'\r' | b'\n'));
        }
        return value.len() >= 16
            && !make.is_hex()
            && make.digits >= 2
            && make.symbols == 0
            && safe::is_key_like(value)
            && randomness::is_random(value);
    }
    let before = text[name.start.saturating_sub(NEAR)..name.start].iter().rev();
    let first = before.clone().find(|byte| !matches!(byte, b' ' | b'\t' | b'\r'));
    let starts_line = first == Some(&b'\n') || first.is_none() && name.start < NEAR;
    let alone = starts_line && matches!(rest.get(len), None | Some(b'\r' | b'\n'));
    let column = text[name.end..at].contains(&b'\t');
    let unlike_code = value.iter().any(|byte| matches!(byte, b'!' | b'#' | b'$' | b'%' | b'^' | b'&' | b'@' | b'?'));
    let letters = make.lower + make.upper;
    let mixed = make.digits >= 2 && letters >= 3 && make.symbols == 0;
    make.digits > 0
        && (unlike_code && safe::is_strong_password(value)
            || value.len() >= 10 && safe::is_mixed_random(value)
            || mixed && (alone || column || value.len() >= 10 && digit_runs(value) >= 2 && !make.is_hex()))
}

fn digit_runs(value: &[u8]) -> usize {
    let starts = |pair: &&[u8]| !pair[0].is_ascii_digit() && pair[1].is_ascii_digit();
    value.windows(2).filter(starts).count() + usize::from(value.first().is_some_and(u8::is_ascii_digit))
}

/// Whether a value that looks chosen by a person is a secret all the same: `JWT_SECRET=letmein99`, as environments have it.
pub(super) fn is_chosen_secret(name: &[u8], value: &[u8]) -> bool {
    let variable = !name.iter().any(u8::is_ascii_lowercase) && (name.ends_with(b"_SECRET") || name == b"SECRET");
    let make = Make::of(value);
    variable
        && value.len() >= 8
        && make.digits >= 2
        && make.lower + make.upper >= 3
        && make.symbols == 0
        && !stand_in::is_stand_in(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value_after(text: &str, name: &str) -> Option<String> {
        let end = text.find(name).unwrap() + name.len();
        field(text.as_bytes(), end).map(|at| text[at..].to_owned())
    }

    #[test]
    fn a_value_in_a_field_of_its_own_is_found() {
        let found = |text, name| value_after(text, name).unwrap_or_default();
        assert_eq!(found("<add key=\"Password\" value=\"x\"/>", "Password"), "\"x\"/>");
        assert_eq!(found("{\"name\":\"TOKEN\",\"value\":\"x\"}", "TOKEN"), "\"x\"}");
        assert_eq!(found("- name: TOKEN\n  value: x", "TOKEN"), " x");
        assert_eq!(found("<key>Password</key>\n<string>x</string>", "Password"), "x</string>");
        assert_eq!(value_after("- name: TOKEN\n  valueFrom: x", "TOKEN"), None);
        assert_eq!(value_after("TOKENvalue=x", "TOKEN"), None);
    }

    #[test]
    fn a_value_on_the_next_line_is_found() {
        assert_eq!(block(b">-\n  x", 0), 5);
        assert_eq!(block(b"> x", 0), 0);
        assert_eq!(next_line(b"\n  abcdef\n", 0), 3);
        assert_eq!(next_line(b"\n  abcdef:\n", 0), 0);
        assert_eq!(next_line(b"\n  two words\n", 0), 0);
    }
}
