//! What looks random and is public: keys and addresses for everybody, digests, ids, by their format and by where they stand.

use std::ops::Range;

/// Public by its format: certificates, public keys, publishable keys, digests with their name, ids of agents' calls.
pub(crate) fn is_public(value: &[u8]) -> bool {
    if let Some(colour) = value.strip_prefix(b"#") {
        return matches!(colour.len(), 3 | 4 | 6 | 8) && colour.iter().all(u8::is_ascii_hexdigit);
    }
    // Base 58 alone is the alphabet of keys as well: what a name calls a secret is one, whatever address it could be.
    if says_what_it_is(value) {
        return true;
    }
    const STARTS: [&str; 38] = [
        "session_01",
        "cse_01",
        "task_e_",
        "sb_publishable_",
        "xpub",
        "ypub",
        "zpub",
        "tpub",
        "ENC[",
        "pk_test_",
        "pk_live_",
        "ssh-rsa",
        "ssh-ed25519",
        "ssh-dss",
        "ecdsa-",
        "sk-ssh-",
        "AAAAB3NzaC1",
        "AAAAC3NzaC1",
        "AAAAE2VjZHNh",
        "SHA256:",
        "MD5:",
        "sha256-",
        "sha384-",
        "sha512-",
        "sha256:",
        "sha1-",
        "h1:",
        "toolu_",
        "call_",
        "msg_",
        "chatcmpl-",
        "resp_",
        "req_",
        "data:",
        "phc_",
        "age1",
        "-----BEGIN PUBLIC",
        "-----BEGIN CERT",
    ];
    STARTS.iter().any(|start| value.starts_with(start.as_bytes()))
}

/// The name of content or of an account in a public ledger: CIDs of version 0, addresses of Bitcoin, Tron, Solana, Polkadot and
/// Monero, in base 58; public keys of minisign and signify, and their signatures. The lengths are those of the formats.
pub(super) fn is_public_address(value: &[u8]) -> bool {
    match (value.len(), value) {
        (33 | 34, [b'1' | b'3' | b'T' | b'D' | b'L' | b'r' | b'A', ..])
        | (43 | 44, _)
        | (47 | 48, [b'5' | b'1', ..])
        | (95 | 106, [b'4' | b'8', ..]) => is_base58(value),
        _ => says_what_it_is(value),
    }
}

/// Those of them that a drawn value does not begin like.
fn says_what_it_is(value: &[u8]) -> bool {
    match (value.len(), value) {
        (46, [b'Q', b'm', ..]) => is_base58(value),
        // A signature of ECDSA in DER: two numbers of 32 or 48 bytes.
        (92..=100 | 136..=144, [b'M', b'E' | b'G', b'Q' | b'U' | b'Y', b'C', ..]) => true,
        (56, [b'R', b'W', ..]) | (100..=110, [b'R', b'W' | b'U', ..]) => true,
        _ => false,
    }
}

fn is_base58(value: &[u8]) -> bool {
    value.iter().all(|byte| byte.is_ascii_alphanumeric() && !matches!(byte, b'0' | b'O' | b'I' | b'l'))
}

/// In an address or a path, after a digest's name, in a field of ids and signatures, or in a line of a longer block.
pub(super) fn is_harmless_place(text: &[u8], run: &Range<usize>) -> bool {
    let before = &text[run.start.saturating_sub(48)..run.start];
    let after = &text[run.end..text.len().min(run.end + 2)];
    if before.ends_with(b"/")
        || before.ends_with(b".")
        || before.ends_with(b"%")
        || after.starts_with(b"/")
        || after.starts_with(b".")
    {
        return true;
    }
    const FIELDS: [&str; 44] = [
        "dnskey",
        "rrsig",
        "sshfp",
        "tlsa",
        "sitekey",
        "site_key",
        "site-key",
        "recaptcha",
        "build id",
        "buildid",
        "x-amz-",
        "pagetoken",
        "page_token",
        "trusted comment",
        "signature",
        "integrity",
        "checksum",
        "sha",
        "digest",
        "hash",
        "nonce",
        "etag",
        "id\"",
        "_id",
        "id=",
        "id:",
        "uuid",
        "fingerprint",
        "ssh-",
        "base64,",
        "encrypted",
        "cert",
        "public",
        "commit",
        "request",
        "cursor",
        "v=",
        "h1:",
        "key-id",
        "thumbprint",
        "font",
        "data:",
        "id\\",
        "narhash",
    ];
    // The public numbers of a JSON web key (RFC 7517).
    let tight: Vec<u8> =
        before[before.len().saturating_sub(8)..].iter().copied().filter(|byte| !matches!(byte, b' ' | b'\\')).collect();
    if [&b"\"x\":\""[..], b"\"y\":\"", b"\"n\":\""].iter().any(|field| tight.ends_with(field)) {
        return true;
    }
    // DKIM: `; b=`.
    if before.ends_with(b" b=") || is_build_id(&text[run.clone()]) || follows_comment(before, text, run.start) {
        return true;
    }
    let lower = before.to_ascii_lowercase();
    let line = memchr::memrchr(b'\n', &lower).map_or(&lower[..], |found| &lower[found + 1..]);
    FIELDS.iter().any(|field| memchr::memmem::find(line, field.as_bytes()).is_some())
}

/// Two or four parts of 20 characters, as Go writes them into its programs.
fn is_build_id(run: &[u8]) -> bool {
    matches!(run.len(), 41 | 83) && run.split(|byte| *byte == b'/').all(|part| part.len() == 20)
}

/// The line after the comment of a signature (minisign).
fn follows_comment(before: &[u8], text: &[u8], start: usize) -> bool {
    before.ends_with(b"\n") && {
        let line = &text[start.saturating_sub(200)..start - 1];
        let line = memchr::memrchr(b'\n', line).map_or(line, |found| &line[found + 1..]);
        memchr::memmem::find(line, b"trusted comment:").is_some()
    }
}
