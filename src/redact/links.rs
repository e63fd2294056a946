//! Credentials in addresses: `scheme://user:password@host` and `scheme://token@host`.

use std::borrow::Cow;
use std::ops::Range;

use super::finding::{Detection, RANK_FORMAT};
use super::randomness::{self, Make};
use super::rules::addresses::{AddressKind, PARAMETERS};
use super::{safe, stand_in, work};

/// The password of the address whose `://` stands at `mark`.
pub(crate) fn user_info(text: &[u8], mark: Range<usize>) -> Option<Detection> {
    let rest = &text[mark.end..text.len().min(mark.end + 512)];
    // A password may hold `/`, `?` and `#` although it should not: the last `@` before a blank counts.
    let end = rest
        .iter()
        .position(|byte| {
            byte.is_ascii_whitespace() || byte.is_ascii_control() || matches!(byte, b'"' | b'<' | b'>' | b'`' | b'\\')
        })
        .unwrap_or(rest.len());
    let address = &rest[..end];
    work::looks_at(end);
    let slash = address.iter().position(|byte| matches!(byte, b'/' | b'?')).unwrap_or(end);
    let at = match memchr::memrchr(b'@', &address[..slash]) {
        Some(at) => at,
        None => late_at(address)?,
    };
    let user_info = &address[..at];
    let (start, secret) = match memchr::memchr(b':', user_info) {
        Some(colon) => (colon + 1, &user_info[colon + 1..]),
        None => (0, user_info),
    };
    let named = start > 0;
    let secret_like = if named {
        !secret.is_empty()
            && !is_default(secret)
            && !stand_in::is_stand_in(secret)
            && !safe::is_reference(secret)
            && !secret.starts_with(b"[REDACTED:")
    } else {
        secret.len() >= 16 && safe::is_key_like(secret)
    };
    if !secret_like {
        return None;
    }
    let range = mark.end + start..mark.end + at;
    Some(Detection { rank: RANK_FORMAT, ..Detection::new(range.clone(), Cow::Borrowed("url-password"), &text[range]) })
}

/// An `@` after a `/`, as in `user:pa/ss@host`: only where a colon stands before the `/`, and no port does.
fn late_at(address: &[u8]) -> Option<usize> {
    let at = memchr::memchr(b'@', address)?;
    let colon = memchr::memchr(b':', address)?;
    let slash = address.iter().position(|byte| matches!(byte, b'/' | b'?'))?;
    let port = address[colon + 1..slash.max(colon + 1)].iter().all(u8::is_ascii_digit);
    (colon < slash && slash < at && !port && colon < at).then_some(at)
}

/// Words that stand in every manual.
fn is_default(secret: &[u8]) -> bool {
    const WORDS: [&str; 22] = [
        "password",
        "pass",
        "passwd",
        "pwd",
        "secret",
        "postgres",
        "root",
        "admin",
        "user",
        "test",
        "guest",
        "token",
        "mysql",
        "mongo",
        "redis",
        "x-oauth-basic",
        "example",
        "username",
        "name",
        "key",
        "foo",
        "bar",
    ];
    WORDS.iter().any(|word| secret.eq_ignore_ascii_case(word.as_bytes()))
}

/// How far an address is looked through behind its part.
const MAX_ADDRESS: usize = 2048;

/// The secret part of an address after the part at `mark`, in its path or its query. `until` is how far addresses were looked
/// through already, for each kind of part.
pub(crate) fn in_path(
    place: AddressKind,
    text: &[u8],
    mark: Range<usize>,
    until: &mut [usize; 4],
    findings: &mut Vec<Detection>,
) {
    let until = &mut until[place as usize];
    let start = if text[mark.end - 1] == b'?' { mark.end - 1 } else { mark.end };
    if start < *until {
        return;
    }
    let rest = &text[start..text.len().min(start + MAX_ADDRESS)];
    let ends = |byte: &u8| {
        byte.is_ascii_whitespace()
            || byte.is_ascii_control()
            || !byte.is_ascii()
            || matches!(
                byte,
                b'"' | b'\'' | b'`' | b'<' | b'>' | b'(' | b')' | b'{' | b'}' | b',' | b';' | b'|' | b'[' | b']'
            )
    };
    let address = &rest[..rest.iter().position(ends).unwrap_or(rest.len())];
    work::looks_at(address.len());
    let path_len = address.iter().position(|byte| matches!(byte, b'?' | b'#')).unwrap_or(address.len());
    let kind = if place == AddressKind::Link { "link-token" } else { "webhook" };
    let mut parts = Vec::new();
    let mut at = 0;
    for part in address[..path_len].split(|byte| matches!(byte, b'/' | b'\\')) {
        // `prj_.../x`: what follows a drawn part may be short.
        let make = Make::of(part);
        let short = !parts.is_empty()
            && part.len() >= 8
            && make.symbols == 0
            && (make.digits > 0 && make.classes() >= 2 || make.upper > 1 && make.lower > 1);
        if short || is_secret_part(part, place) {
            parts.push(at..at + part.len());
        }
        at += part.len() + 1;
    }
    if let (Some(first), Some(last)) = (parts.first(), parts.last()) {
        findings.push(Detection::ranked(start + first.start..start + last.end, kind, text, RANK_FORMAT));
    }
    let mut at = path_len + 1;
    for pair in address.get(at..).unwrap_or_default().split(|byte| matches!(byte, b'&' | b'#')) {
        let sign = memchr::memchr(b'=', pair).unwrap_or(pair.len());
        let (name, value) = (&pair[..sign], pair.get(sign + 1..).unwrap_or_default());
        if PARAMETERS.iter().any(|known| name.eq_ignore_ascii_case(known.as_bytes())) && is_secret_part(value, place) {
            findings.push(Detection::ranked(start + at + sign + 1..start + at + pair.len(), kind, text, RANK_FORMAT));
        }
        at += pair.len() + 1;
    }
    *until = start + address.len();
}

/// Whether a part of an address was drawn: no word, no number of a thing, no date.
fn is_secret_part(part: &[u8], place: AddressKind) -> bool {
    let make = Make::of(part);
    let plain = part.iter().all(|byte| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~' | b'%' | b'=' | b'+' | b'@' | b':')
    });
    if !plain || make.digits == part.len() || stand_in::is_stand_in(part) {
        return false;
    }
    if safe::is_uuid(part) {
        return true;
    }
    let named = part.contains(&b'.') && make.upper == 0;
    let hash = make.is_hex() && matches!(part.len(), 40 | 64);
    match place {
        AddressKind::Hook | AddressKind::Host => {
            let short = (10..12).contains(&part.len())
                && make.upper > 0
                && make.lower > 0
                && make.digits > 0
                && make.symbols == 0;
            short
                || !named
                    && part.len() >= 12
                    && (make.digits > 0 || make.upper > 2 && make.lower > 2)
                    && is_drawn(part, &make)
        }
        AddressKind::Deploy => {
            let short = (8..16).contains(&part.len())
                && make.upper > 1
                && make.lower > 1
                && make.digits > 0
                && make.symbols == 0;
            !hash && !named && (short || part.len() >= 16 && make.digits > 1 && is_drawn(part, &make))
        }
        AddressKind::Link => !named && part.len() >= 20 && make.digits > 1 && is_drawn(part, &make),
    }
}

fn is_drawn(part: &[u8], make: &Make) -> bool {
    randomness::is_random(part)
        || make.len >= 20 && make.digits >= 3 && make.symbols == 0 && randomness::surprise(part) >= 4.2
}
