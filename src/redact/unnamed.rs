//! Secrets without a name: long random strings, keys whose beginning says so whoever they are of, shapes of a few formats.

use std::ops::Range;

use super::randomness::{self, Make};
use super::{public, stand_in};

/// The part of a run of letters and digits that must be a secret although no name says so: long, of all kinds of
/// characters, random, and in no place where such strings are harmless.
pub(crate) fn bare_secret(text: &[u8], run: Range<usize>) -> Option<Range<usize>> {
    let value = &text[run.clone()];
    let value = value.strip_suffix(b"=").unwrap_or(value);
    let slashes = value.iter().take_while(|byte| **byte == b'/').count();
    if public::is_public_address(&value[slashes..]) {
        return None;
    }
    if !(32..=128).contains(&value.len()) || public::is_public(value) {
        return None;
    }
    let make = Make::of(value);
    let mixed = make.upper >= 4 && make.lower >= 4 && make.digits >= 3 && make.symbols <= make.len / 8;
    if !mixed
        || randomness::surprise(value) < 5.0
        || stand_in::is_stand_in(value)
        || public::is_harmless_place(text, &run)
    {
        return None;
    }
    Some(run.start..run.start + value.len())
}

/// A key that says so in how it begins, whoever it is of: `xy_sk_live_...`, `signkey-prod-...`.
pub(crate) fn is_prefixed_key(run: &[u8]) -> bool {
    const STRONG: [&[u8]; 11] =
        [b"sk", b"rk", b"pat", b"oat", b"key", b"apikey", b"secret", b"token", b"tok", b"priv", b"signkey"];
    const WEAK: [&[u8]; 7] = [b"live", b"prod", b"test", b"dev", b"api", b"bot", b"svc"];
    const PUBLIC: [&[u8]; 9] = [b"pk", b"pub", b"public", b"publishable", b"client", b"id", b"site", b"anon", b"cache"];
    if !(24..=160).contains(&run.len()) {
        return false;
    }
    let Some(body) = run.iter().rposition(|byte| matches!(byte, b'_' | b'-')).map(|found| found + 1) else {
        return false;
    };
    let (prefix, body) = run.split_at(body);
    if prefix.len() > 28 || !(20..=128).contains(&body.len()) || !body.iter().all(u8::is_ascii_alphanumeric) {
        return false;
    }
    let parts = || prefix.split(|byte| matches!(byte, b'_' | b'-')).filter(|part| !part.is_empty());
    let plain = parts()
        .all(|part| part.len() <= 12 && part.iter().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()));
    let has = |words: &[&[u8]]| parts().any(|part| words.contains(&part));
    if !plain
        || has(&PUBLIC)
        || !has(&STRONG) && !has(&WEAK)
        || !randomness::is_random(body)
        || stand_in::is_stand_in(run)
    {
        return false;
    }
    let make = Make::of(body);
    let mixed = make.upper >= 3 && make.lower >= 3 && make.digits >= 2;
    has(&STRONG) && (mixed || !make.is_hex() && make.digits >= 3)
        || has(&[b"sk", b"rk", b"pat", b"signkey"]) && make.is_hex() && body.len() >= 32
        || has(&WEAK) && mixed
}

/// What a run of characters is by its shape alone: a recovery key of BitLocker (eight groups of six digits), a secret seed of
/// Stellar (56 characters of base 32 from `S` on).
pub(crate) fn shape_of(run: &[u8]) -> Option<&'static str> {
    if run.len() == 55
        && run.split(|byte| *byte == b'-').all(|group| group.len() == 6 && group.iter().all(u8::is_ascii_digit))
    {
        return Some("recovery-code");
    }
    let base32 = |byte: &u8| byte.is_ascii_uppercase() || matches!(byte, b'2'..=b'7');
    let stellar = run.len() == 56 && run[0] == b'S' && run.iter().all(base32) && Make::of(run).digits >= 3;
    stellar.then_some("stellar-key")
}
