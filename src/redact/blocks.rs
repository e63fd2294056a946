//! Armour as PEM and PGP have it: private keys, whole or cut, and what is public.

use std::borrow::Cow;
use std::ops::Range;

use super::finding::{Detection, RANK_BLOCK};
use super::work;

/// The longest key that is looked for: 16384 bits of RSA are 13 KB.
const MAX_KEY: usize = 64 * 1024;

/// What stands in armour.
pub(crate) enum Armour {
    Private(Detection),
    /// Certificates, public keys, signatures, text encrypted for somebody else: nothing in it is a secret of ours.
    Public(Range<usize>),
}

/// Armour from its `-----BEGIN` line at `start` on: its label decides. Where the end is missing, the lines that look like it.
pub(crate) fn armour(text: &[u8], start: usize) -> Option<Armour> {
    let label = label_of(&text[start..], b"-----BEGIN ").or_else(|| label_of(&text[start..], b"---- BEGIN "))?;
    let body = start + label.len;
    let window = &text[body..text.len().min(body + MAX_KEY)];
    // Another key begins before this one ends.
    let next = next_line(window, b"BEGIN ");
    let window = &window[..next.unwrap_or(window.len())];
    work::looks_at(window.len());
    let closing = next_line(window, b"END ");
    let end = match closing {
        Some(found) if is_key_text(&window[..found]) && !leaves_a_string(&window[..found]) => {
            let after = label_of(&window[found..], b"-----END ").or_else(|| label_of(&window[found..], b"---- END "));
            body + found + after.map_or(9, |label| label.len)
        }
        _ => body + key_text_len(window)?,
    };
    match label.says {
        Says::Private => Some(Armour::Private(block(start..end, text))),
        Says::Public => Some(Armour::Public(start..end)),
        Says::Nothing => None,
    }
}

/// Where the next line of armour with this word begins: `-----BEGIN `, or `---- BEGIN ` as RFC 4716 has it.
fn next_line(text: &[u8], word: &[u8]) -> Option<usize> {
    const DASHES: [&[u8]; 2] = [b"-----", b"---- "];
    let is_led = |at: usize| DASHES.iter().any(|dashes| text[..at].ends_with(dashes));
    memchr::memmem::find_iter(text, word).find(|at| is_led(*at)).map(|at| at - 5)
}

/// The rest of a private key whose beginning was cut, from its `-----END` line at `start` backwards.
pub(crate) fn key_block_end(text: &[u8], start: usize) -> Option<Detection> {
    let label = label_of(&text[start..], b"-----END ").filter(|label| label.says == Says::Private)?;
    let floor = start.saturating_sub(MAX_KEY);
    let window = &text[floor..start];
    // Behind the line that ends another key, or begins this one.
    let other = memchr::memmem::rfind(window, b"-----").map_or(0, |found| found + 5);
    let body = window[other..].iter().rev().take_while(|byte| is_key_byte(**byte)).count();
    work::looks_at(window.len() - other);
    let from = start - body;
    let starts = from == 0 || matches!(text[from - 1], b'"' | b'\'' | b'`');
    // Only whole lines: what stands before the key on its first line is no part of it.
    let from = if starts { from } else { from + memchr::memchr(b'\n', &text[from..start])? };
    let letters = text[from..start].iter().filter(|byte| byte.is_ascii_alphanumeric()).count();
    if letters < 32 {
        return None;
    }
    // A line that begins this key: then it was found from there.
    let marker = &window[other.saturating_sub(80)..other];
    let begins = memchr::memmem::rfind(marker, b"BEGIN ") > memchr::memmem::rfind(marker, b"END ");
    let opened = begins && !leaves_a_string(&window[other..]);
    (!opened).then(|| block(from..start + label.len, text))
}

fn block(range: Range<usize>, text: &[u8]) -> Detection {
    let letters: Vec<u8> = text[range.clone()].iter().copied().filter(u8::is_ascii_alphanumeric).collect();
    Detection { rank: RANK_BLOCK, ..Detection::new(range, Cow::Borrowed("private-key"), &letters) }
}

/// `-----BEGIN SOMETHING-----`: how long it is, and what its words say.
struct Label {
    len: usize,
    says: Says,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    Private,
    Public,
    Nothing,
}

fn label_of(text: &[u8], opening: &[u8]) -> Option<Label> {
    let rest = text.strip_prefix(opening)?;
    let len = rest.iter().take(60).position(|byte| *byte == b'-')?;
    let label = rest[..len].to_ascii_uppercase();
    let plain = label.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b' ');
    let dashes = rest[len..].iter().take_while(|byte| **byte == b'-').count();
    let says = says(&label);
    let shouted = rest[..len] == label[..] || says == Says::Private;
    (plain && shouted && dashes >= 4).then_some(Label { len: opening.len() + len + dashes, says })
}

/// RFC 7468 and the labels of OpenSSL, OpenSSH, GnuPG, age, OpenVPN, NATS and others. One word for a secret outweighs all.
fn says(label: &[u8]) -> Says {
    const PRIVATE: [&str; 8] =
        ["PRIVATE", "SECRET", "STATIC KEY", "SEED", "SYMMETRIC", "SHARED KEY", "SESSION", "PASSWORD"];
    const PUBLIC: [&str; 12] = [
        "PUBLIC",
        "CERTIFICATE",
        "SIGNATURE",
        "SIGNED",
        "PARAMETERS",
        "CRL",
        "REQUEST",
        "PKCS7",
        "CMS",
        "MESSAGE",
        "ENCRYPTED FILE",
        "CHECKSUM",
    ];
    let has = |words: &[&str]| words.iter().any(|word| memchr::memmem::find(label, word.as_bytes()).is_some());
    match () {
        () if has(&PRIVATE) => Says::Private,
        () if has(&PUBLIC) => Says::Public,
        () => Says::Nothing,
    }
}

/// Whether what stands between the two lines can be a key: enough letters, few other characters.
fn is_key_text(body: &[u8]) -> bool {
    let letters = body.iter().filter(|byte| byte.is_ascii_alphanumeric()).count();
    letters >= 32 && letters * 10 >= body.len() * 6 && !is_worded(body)
}

/// Whether the text goes from one member of a JSON object to the next: what begins before is not what ends behind.
fn leaves_a_string(body: &[u8]) -> bool {
    work::looks_at(body.len());
    let quotes = memchr::memchr_iter(b'"', body);
    let ends = |at: usize| body[at + 1..].iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b':');
    quotes.into_iter().any(ends)
}

/// Words and blanks instead of lines of base64.
fn is_worded(body: &[u8]) -> bool {
    let longest =
        body.split(|byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b'+' | b'/' | b'=')).map(<[u8]>::len).max();
    longest.unwrap_or(0) < 16
}

fn is_key_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'+' | b'/' | b'=' | b'\n' | b'\r' | b' ' | b'\t' | b'\\' | b'-' | b'>' | b'|')
}

/// How far an unclosed key reaches: lines of base64, of headers (`Proc-Type: 4,ENCRYPTED`) and empty ones.
fn key_text_len(body: &[u8]) -> Option<usize> {
    let mut len = 0;
    let mut letters = 0;
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        let text = line.trim_ascii();
        let text = text.strip_prefix(b"+").or_else(|| text.strip_prefix(b"> ")).unwrap_or(text).trim_ascii();
        let header = text.contains(&b':') && text.len() < 80 && letters == 0;
        let whole = text.iter().position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')));
        match whole {
            None => {
                len += line.len();
                letters += text.len();
            }
            _ if header => len += line.len(),
            Some(part) if part >= 16 => {
                // Escapes inside one line are undone in another layer; here, take what there is.
                let skipped = line.len() - line.trim_ascii_start().len();
                return Some(len + skipped + part);
            }
            Some(_) => break,
        }
        if letters > 0 && text.is_empty() {
            break;
        }
    }
    (letters >= 32).then_some(len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_label_say_whether_it_is_secret() {
        for label in ["RSA PRIVATE KEY", "OpenVPN Static key V1", "USER NKEY SEED", "PGP SECRET KEY BLOCK"] {
            assert_eq!(says(&label.to_ascii_uppercase().into_bytes()), Says::Private, "{label}");
        }
        for label in ["CERTIFICATE", "DH PARAMETERS", "AGE ENCRYPTED FILE", "SSH2 PUBLIC KEY", "X509 CRL"] {
            assert_eq!(says(label.as_bytes()), Says::Public, "{label}");
        }
        assert_eq!(says(b"SOMETHING"), Says::Nothing);
    }
}
