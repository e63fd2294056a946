//! Values that are no secrets: references to where a secret is kept, code, and ids that look random.

use super::randomness::{self, Make};
use super::{public, stand_in};

/// Whether a value is taken from elsewhere: a variable, a substitution, a template, a path to a secret store.
pub(crate) fn is_reference(value: &[u8]) -> bool {
    const STARTS: [&str; 34] = [
        "$",
        "{",
        "<",
        "[",
        "%(",
        "@",
        "#{",
        "os.",
        "process.",
        "env.",
        "env(",
        "env[",
        "self.",
        "this.",
        "config.",
        "settings.",
        "secrets.",
        "github.",
        "vault:",
        "op://",
        "arn:",
        "file:",
        "ssm:",
        "keyring",
        "/",
        "./",
        "../",
        "~/",
        "!",
        "&",
        "*",
        "http://",
        "https://",
        "C:\\",
    ];
    if value.starts_with(b"$2") || value.starts_with(b"$apr1") || value.starts_with(b"$6$") {
        return false;
    }
    let reference = STARTS.iter().any(|start| value.starts_with(start.as_bytes()));
    let call = value.contains(&b'(') && (value.ends_with(b")") || value.ends_with(b"("));
    let callee =
        value.iter().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b':')).count();
    let call = call
        || callee > 2
            && value[0].is_ascii_alphabetic()
            && value.get(callee) == Some(&b'(')
            && !randomness::is_random(&value[..callee]);
    let template = memchr::memmem::find(value, b"${").is_some() || memchr::memmem::find(value, b"{{").is_some();
    // `(sensitive value)`, `(none)`
    let remark = value.len() > 1
        && value[0] == b'('
        && value[1..].iter().all(|byte| byte.is_ascii_alphabetic() || *byte == b')');
    let format = remark || value.len() <= 2 && value.starts_with(b"%");
    let windows_variable = value.len() > 2 && value.starts_with(b"%") && value.ends_with(b"%");
    reference && !is_mixed_symbol_password(value) || call || template || format || windows_variable
}

/// A password may begin with a symbol: `$` or `@` followed by what no variable's name looks like.
fn is_mixed_symbol_password(value: &[u8]) -> bool {
    let Some(rest) = value.get(1..) else { return false };
    let symbols = rest
        .iter()
        .filter(|byte| {
            !byte.is_ascii_alphanumeric()
                && !matches!(
                    byte,
                    b'_' | b'-'
                        | b'.'
                        | b'/'
                        | b'}'
                        | b'{'
                        | b'['
                        | b']'
                        | b'('
                        | b')'
                        | b'>'
                        | b'"'
                        | b'\''
                        | b':'
                        | b','
                )
        })
        .count();
    matches!(value[0], b'$' | b'@' | b'!' | b'&' | b'*' | b'#')
        && value.len() >= 8
        && symbols >= 1
        && rest.iter().any(u8::is_ascii_digit)
}

/// Whether a value can be a password that a person chose or a program made: not only a word or an identifier.
pub(crate) fn is_password_like(value: &[u8]) -> bool {
    let make = Make::of(value);
    // Ports, times, versions; and what has no letter or digit that a keyboard has.
    let numbers =
        make.digits < make.len && value.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'.' | b'/'));
    let unwritten = make.digits + make.lower + make.upper == 0;
    if value.contains(&b' ') || numbers || unwritten || is_type_or_constant(value) {
        return false;
    }
    let wordy = value.iter().all(|byte| {
        byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-' | b'.' | b':' | b'/' | b',' | b'?' | b'!' | b'*')
    });
    if wordy {
        return make.len >= 10 && make.upper > 1 && make.lower > 1 && randomness::surprise(value) >= 5.0
            || randomness::is_random(value);
    }
    make.digits < make.len || make.len >= 6
}

/// `blue-whale-47-river`: words with a number among them, as people are told to choose passwords.
pub(crate) fn is_hyphenated(value: &[u8]) -> bool {
    let parts: Vec<&[u8]> = value.split(|byte| matches!(byte, b'-' | b'_' | b'.')).collect();
    let words = parts.iter().filter(|part| part.len() >= 3 && part.iter().all(u8::is_ascii_alphabetic)).count();
    let numbers = parts.iter().filter(|part| !part.is_empty() && part.iter().all(u8::is_ascii_digit)).count();
    value.len() >= 14 && words >= 2 && numbers == 1 && words + numbers == parts.len()
}

/// `copper.kettle84`, `t1mber-lake`: words joined by signs, with digits at the end or for letters. Names are built so as well.
pub(crate) fn is_worded(value: &[u8]) -> bool {
    const METHODS: [&[u8]; 9] = [b"sha", b"aes", b"rsa", b"utf", b"base", b"iso", b"crc", b"argo", b"pbkd"];
    let is_sign = |byte: &u8| matches!(byte, b'.' | b'-' | b'_' | b'+');
    let is_word = |part: &[u8]| {
        let letters = part.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
        let lower = part[..part.len().min(4)].to_ascii_lowercase();
        letters >= 3
            && part[0].is_ascii_alphabetic()
            && part.iter().all(u8::is_ascii_alphanumeric)
            && !METHODS.iter().any(|method| lower.starts_with(method))
    };
    // The end of the sentence, or a sign of the password.
    let value = value.strip_suffix(b"!").or_else(|| value.strip_suffix(b"?")).unwrap_or(value);
    let ending = value.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let is_letter = |byte: u8| byte.is_ascii_alphabetic();
    let inside = value.windows(3).any(|part| is_letter(part[0]) && part[1].is_ascii_digit() && is_letter(part[2]));
    (10..=64).contains(&value.len())
        && value.iter().any(is_sign)
        && value.split(is_sign).all(|part| !part.is_empty() && is_word(part))
        && ((2..=6).contains(&ending) || inside && Make::of(value).digits >= 2)
}

/// `deploy@web1.internal`, `root@10.0.0.7`: an account on a machine.
pub(crate) fn is_account(value: &[u8]) -> bool {
    let Some(at) = memchr::memchr(b'@', value) else { return false };
    let (user, host) = (&value[..at], &value[at + 1..]);
    let host = &host[..host.iter().position(|byte| *byte == b':').unwrap_or(host.len())];
    let is_plain = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
    let labels = host.split(|byte| *byte == b'.').count();
    let address = labels == 4 && host.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
    let domain = host.rsplit(|byte| *byte == b'.').next().unwrap_or_default();
    let named = labels > 1 && domain.len() >= 2 && domain.iter().all(u8::is_ascii_lowercase);
    user.first().is_some_and(|byte| byte.is_ascii_lowercase() || *byte == b'_')
        && user.iter().all(|byte| is_plain(byte) || *byte == b'.')
        && host.split(|byte| *byte == b'.').all(|label| !label.is_empty() && label.iter().all(is_plain))
        && (address || named)
}

/// As it must be where only words of a sentence lead to it.
pub(crate) fn is_strong_password(value: &[u8]) -> bool {
    let make = Make::of(value);
    let inner_symbols = value[1..value.len() - 1].iter().any(|byte| {
        !byte.is_ascii_alphanumeric()
            && !matches!(byte, b'-' | b'_' | b'.' | b'/' | b':' | b'\'' | b'(' | b')' | b'=' | b',' | b'*')
    });
    let mixed = make.digits > 0 && make.upper > 0 && make.lower > 0;
    let letters_and_digits = make.digits > 1 && make.lower + make.upper > 2 && make.symbols == 0;
    let path = value.contains(&b'/') && !mixed || value.contains(&b'(');
    is_password_like(value)
        && !make.is_hex()
        && !path
        && (mixed || inner_symbols && make.digits > 0 || letters_and_digits || randomness::is_random(value))
}

/// Whether a value can be a token or a key: long and random, or with digits between its letters.
pub(crate) fn is_key_like(value: &[u8]) -> bool {
    let make = Make::of(value);
    if value.contains(&b' ') || is_type_or_constant(value) || make.distinct < 5 {
        return false;
    }
    if make.digits == make.len {
        return make.len >= 16;
    }
    if make.is_hex() {
        return make.len >= 16 && make.digits > 0;
    }
    if is_uuid(value) {
        return true;
    }
    let wordy = make.digits == 0
        && (make.symbols == 0
            || value.iter().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-' | b'.' | b':' | b'/')));
    if wordy {
        return make.len >= 16 && randomness::surprise(value) >= 4.7;
    }
    let surprise = randomness::surprise(value);
    surprise >= 4.4
        || make.classes() >= 4 && make.len >= 12 && surprise >= 3.6
        || make.digits >= 3 && make.len >= 12 && surprise >= 4.0
}

/// Long, and of letters, digits and many signs of a keyboard in no order, as frameworks draw their keys.
pub(crate) fn is_drawn_from_keyboard(value: &[u8]) -> bool {
    let make = Make::of(value);
    let is_sign = |byte: &&u8| matches!(byte, b'!' | b'@' | b'#' | b'$' | b'%' | b'^' | b'&' | b'*' | b'=' | b'+');
    let expression = value.contains(&b'[') || value.contains(&b'\\') || memchr::memmem::find(value, b"(?").is_some();
    let signs = value.iter().filter(is_sign).count();
    !expression && make.len >= 32 && make.distinct >= 20 && make.digits >= 3 && signs >= 4 && !value.contains(&b' ')
}

/// Three kinds of characters, in no order that words have.
pub(crate) fn is_mixed_random(value: &[u8]) -> bool {
    let make = Make::of(value);
    make.classes() >= 3
        && !stand_in::is_stand_in(value)
        && !is_reference(value)
        && !public::is_public(value)
        && randomness::surprise(value) >= 4.4
}

fn is_type_or_constant(value: &[u8]) -> bool {
    const WORDS: [&str; 24] = [
        "string",
        "str",
        "none",
        "null",
        "undefined",
        "true",
        "false",
        "number",
        "required",
        "optional",
        "password",
        "secret",
        "token",
        "boolean",
        "integer",
        "object",
        "hidden",
        "utf-8",
        "sha256",
        "hs256",
        "rs256",
        "base64",
        "bcrypt",
        "argon2",
    ];
    let trimmed = value.strip_suffix(b"?").unwrap_or(value);
    WORDS.iter().any(|word| trimmed.eq_ignore_ascii_case(word.as_bytes()))
}

pub(crate) fn is_uuid(value: &[u8]) -> bool {
    value.len() == 36
        && value.iter().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// An unquoted value in code: an identifier, a call, a path of names, an expression.
pub(crate) fn is_code(value: &[u8]) -> bool {
    let code_bytes = value.iter().any(|byte| matches!(byte, b'(' | b'[' | b'{' | b'<' | b'>' | b'|' | b'?' | b';'));
    let paths = memchr::memmem::find(value, b"::").is_some() || memchr::memmem::find(value, b"->").is_some();
    let dotted = value.split(|byte| *byte == b'.').count() > 1
        && value.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_'));
    let identifier = value.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_')
        && value.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        && !randomness::is_random(value);
    code_bytes || paths || dotted && !randomness::is_random(value) || identifier
}

/// Words of sentences and of messages about a passphrase: no phrase holds them.
#[rustfmt::skip]
const COMMON: [&[u8]; 36] = [
    b"the", b"and", b"for", b"with", b"that", b"this", b"are", b"not", b"from", b"you", b"was", b"but", b"has", b"its", b"then", b"into", b"use", b"when", b"must",
    b"least", b"your", b"enter", b"which", b"will", b"required", b"optional", b"should", b"have", b"incorrect", b"invalid", b"wrong", b"missing", b"more", b"than", b"set", b"been",
];

/// Several lower case words and nothing else.
pub(crate) fn is_passphrase(value: &[u8]) -> bool {
    let words: Vec<&[u8]> = value.split(|byte| matches!(byte, b' ' | b'-')).collect();
    words.len() >= 4
        && words.iter().all(|word| {
            (3..=10).contains(&word.len()) && word.iter().all(u8::is_ascii_lowercase) && !COMMON.contains(word)
        })
}

/// 12 words of 3 to 8 letters or more, as BIP 39 has them.
pub(crate) fn is_seed_phrase(value: &[u8]) -> bool {
    let words = value.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).count();
    matches!(words, 12 | 15 | 18 | 21 | 24) && begins_with_seed_phrase(value)
}

/// Whether the first 12 words can be such a phrase; what follows may be the rest of the sentence.
pub(crate) fn begins_with_seed_phrase(value: &[u8]) -> bool {
    let mut words = value.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).take(12);
    let fits = |word: &[u8]| {
        (3..=8).contains(&word.len()) && word.iter().all(u8::is_ascii_lowercase) && !COMMON.contains(&word)
    };
    value.len() >= 12 * 4 - 1 && words.by_ref().take(12).filter(|word| fits(word)).count() == 12
}

/// Four groups of four letters: how Google writes the passwords of applications.
pub(crate) fn is_grouped_password(value: &[u8]) -> bool {
    let groups: Vec<&[u8]> = value.split(|byte| *byte == b' ').collect();
    let letters = groups.concat();
    groups.len() == 4
        && groups.iter().all(|group| group.len() == 4 && group.iter().all(u8::is_ascii_lowercase))
        && randomness::surprise(&letters) >= 4.6
}
