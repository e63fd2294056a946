//! Placeholders: `[REDACTED:kind:tag]`. The tag is keyed, so that the same secret has the same tag inside a repository,
//! and nobody without the key can try candidates against it.

use std::ops::Range;

use sha2::{Digest, Sha256};

use crate::record::text::PLACEHOLDER;

const OPENING: &[u8] = PLACEHOLDER.as_bytes();

/// The tag of what `<private>` held: nothing of it is kept, not even whether two were the same.
pub(crate) fn write(kind: &str, value: &[u8], key: &[u8; 32], into: &mut Vec<u8>) {
    into.extend_from_slice(OPENING);
    into.extend_from_slice(kind.as_bytes());
    into.push(b':');
    for byte in &hmac_sha256(key, value)[..4] {
        into.push(HEX[usize::from(byte >> 4)]);
        into.push(HEX[usize::from(byte & 15)]);
    }
    into.push(b']');
}

const HEX: &[u8; 16] = b"0123456789abcdef";

/// The placeholders in `text`, in order. Only those of a kind that `is_kind` knows count: nothing can be hidden behind
/// a placeholder of another's making.
pub(crate) fn find(text: &[u8], is_kind: impl Fn(&str) -> bool) -> Vec<Range<usize>> {
    let finder = memchr::memmem::Finder::new(OPENING);
    finder.find_iter(text).filter_map(|start| Some(start..start + length(&text[start..], &is_kind)?)).collect()
}

fn length(text: &[u8], is_kind: &impl Fn(&str) -> bool) -> Option<usize> {
    let rest = text.strip_prefix(OPENING)?;
    let kind_len = rest.iter().take(40).position(|byte| *byte == b':')?;
    let kind = std::str::from_utf8(&rest[..kind_len]).ok()?;
    let tag = rest.get(kind_len + 1..kind_len + 9)?;
    let closed = rest.get(kind_len + 9) == Some(&b']');
    (closed && tag.iter().all(|byte| HEX.contains(byte)) && is_kind(kind))
        .then_some(OPENING.len() + kind_len + 1 + 8 + 1)
}

/// HMAC (RFC 2104) with SHA-256, for a key of 32 bytes.
fn hmac_sha256(key: &[u8; 32], message: &[u8]) -> [u8; 32] {
    let padded = |pad: u8| {
        let mut block = [pad; 64];
        for (byte, key_byte) in block.iter_mut().zip(key) {
            *byte ^= key_byte;
        }
        block
    };
    let inner = Sha256::new().chain_update(padded(0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(padded(0x5c)).chain_update(inner).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hmac_is_that_of_rfc_4231() {
        // Test case 2 of RFC 4231: its short key padded with zeros to our 32 bytes is the same key for HMAC.
        let mut key = [0; 32];
        key[..4].copy_from_slice(b"Jefe");
        let hex: String =
            hmac_sha256(&key, b"what do ya want for nothing?").iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }

    #[test]
    fn only_placeholders_of_known_kinds_count() {
        let text = b"[REDACTED:jwt:0123abcd] [REDACTED:hunter2:0123abcd] [REDACTED:jwt:0123abc]";
        assert_eq!(find(text, |kind| kind == "jwt").first(), Some(&(0..23)));
        assert_eq!(find(text, |kind| kind == "jwt").len(), 1);
    }
}
