//! Credentials in addresses: `scheme://user:password@host` and `scheme://token@host`.

use std::borrow::Cow;
use std::ops::Range;

use super::scan::{Finding, RANK_FORMAT};
use super::{safe, stand_in};

/// The password of the address whose `://` stands at `mark`.
pub(crate) fn user_info(text: &[u8], mark: Range<usize>) -> Option<Finding> {
    let rest = &text[mark.end..text.len().min(mark.end + 512)];
    // A password may hold `/`, `?` and `#` although it should not: the last `@` before a blank counts.
    let end = rest
        .iter()
        .position(|byte| {
            byte.is_ascii_whitespace() || byte.is_ascii_control() || matches!(byte, b'"' | b'<' | b'>' | b'`' | b'\\')
        })
        .unwrap_or(rest.len());
    let address = &rest[..end];
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
    Some(Finding { rank: RANK_FORMAT, ..Finding::new(range.clone(), Cow::Borrowed("url-password"), &text[range]) })
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
