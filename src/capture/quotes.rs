//! Finds where a string of JSON ends, the first quote that no backslash escapes, and where a line does, 64 bytes at a time. Most
//! bytes of a transcript stand in strings that nobody wants.

/// The index after the quote that closes the string whose text starts at `start`; `None` if no quote does.
#[inline]
pub(super) fn end_of_string(bytes: &[u8], start: usize) -> Option<usize> {
    // Most strings are short: names, ids. One look at 16 bytes ends them.
    if let Some(block) = bytes.get(start..).and_then(<[u8]>::first_chunk::<16>) {
        let (quotes, slashes) = masks16(block);
        let before_quote = quotes.wrapping_sub(1) & !quotes;
        if quotes != 0 && slashes & before_quote == 0 {
            return Some(start + quotes.trailing_zeros() as usize + 1);
        }
    }
    end_of_long_string(bytes, start)
}

/// The index of the line end that is the first from `start` on; that of the end of the text where there is none.
pub(super) fn line_end(bytes: &[u8], start: usize) -> usize {
    let (blocks, rest) = bytes.get(start..).unwrap_or_default().as_chunks::<64>();
    for (index, block) in blocks.iter().enumerate() {
        let (parts, _) = block.as_chunks::<16>();
        let ends = parts.iter().zip(0..).fold(0, |ends, (part, index)| ends | mask16(part, b'\n') << (16 * index));
        if ends != 0 {
            return start + index * 64 + ends.trailing_zeros() as usize;
        }
    }
    rest.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |found| start + blocks.len() * 64 + found)
}

/// Looks at 64 bytes at a time for a quote that no backslash escapes.
fn end_of_long_string(bytes: &[u8], start: usize) -> Option<usize> {
    let (blocks, rest) = bytes.get(start..)?.as_chunks::<64>();
    let mut escapes_next = 0;
    for (index, block) in blocks.iter().enumerate() {
        let free = free_quotes(block, &mut escapes_next);
        if free != 0 {
            return Some(start + index * 64 + free.trailing_zeros() as usize + 1);
        }
    }
    let mut last = [0; 64];
    last[..rest.len()].copy_from_slice(rest);
    match free_quotes(&last, &mut escapes_next) {
        0 => None,
        free => Some(start + blocks.len() * 64 + free.trailing_zeros() as usize + 1),
    }
}

/// One bit for each quote that stands behind an even number of backslashes. `escapes_next` is 1 where the block before
/// ended in a backslash that escapes the first byte of this one. The arithmetic is simdjson's: in a run of backslashes
/// every second one is escaped, and a subtraction carries along all runs at once.
#[inline]
fn free_quotes(block: &[u8; 64], escapes_next: &mut u64) -> u64 {
    const ODD: u64 = 0xaaaa_aaaa_aaaa_aaaa;
    let (quotes, slashes) = masks64(block);
    if slashes == 0 {
        return quotes & !std::mem::take(escapes_next);
    }
    let starts = slashes & !*escapes_next;
    let escapes = ((starts << 1) | ODD).wrapping_sub(starts) ^ ODD;
    let escaped = escapes ^ (slashes | *escapes_next);
    *escapes_next = (escapes & slashes) >> 63;
    quotes & !escaped
}

/// One bit for each byte of the block that is a quote, and one for each backslash.
#[inline]
fn masks64(block: &[u8; 64]) -> (u64, u64) {
    let (parts, _) = block.as_chunks::<16>();
    parts.iter().enumerate().fold((0, 0), |(quotes, slashes), (index, part)| {
        let (in_part, slashes_in_part) = masks16(part);
        (quotes | in_part << (16 * index), slashes | slashes_in_part << (16 * index))
    })
}

#[inline]
fn masks16(block: &[u8; 16]) -> (u64, u64) {
    (mask16(block, b'"'), mask16(block, b'\\'))
}

/// One bit for each byte that equals `byte`. Every x86-64 processor has the instructions that look at 16 bytes at once.
#[cfg(target_arch = "x86_64")]
#[inline]
fn mask16(block: &[u8; 16], byte: u8) -> u64 {
    use safe_arch::{cmp_eq_mask_i8_m128i, load_unaligned_m128i, move_mask_i8_m128i, set_splat_i8_m128i};
    let equal = cmp_eq_mask_i8_m128i(load_unaligned_m128i(block), set_splat_i8_m128i(byte.cast_signed()));
    u64::from(move_mask_i8_m128i(equal).cast_unsigned())
}

#[cfg(not(target_arch = "x86_64"))]
use mask16_by_arithmetic as mask16;

#[cfg(any(test, not(target_arch = "x86_64")))]
#[inline]
fn mask16_by_arithmetic(block: &[u8; 16], byte: u8) -> u64 {
    let (words, _) = block.as_chunks::<8>();
    mask8(u64::from_le_bytes(words[0]), byte) | mask8(u64::from_le_bytes(words[1]), byte) << 8
}

/// One bit for each of eight bytes that equals `byte`, without vector instructions: the high bit of each equal byte is
/// found by arithmetic that carries nothing over, and a product gathers the bits.
#[cfg(any(test, not(target_arch = "x86_64")))]
#[inline]
fn mask8(word: u64, byte: u8) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const LOW: u64 = 0x7f * ONES;
    let different = word ^ (u64::from(byte) * ONES);
    let high_bits = !(((different & LOW) + LOW) | different | LOW);
    ((high_bits >> 7).wrapping_mul(0x0102_0408_1020_4080)) >> 56
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn eight_bytes_are_compared_at_once(word: [u8; 8], byte: u8, place in 0_usize..8) {
            let mut word = word;
            word[place] = byte;
            let each = (0..8).fold(0, |mask, index| mask | (u64::from(word[index] == byte) << index));
            prop_assert_eq!(mask8(u64::from_le_bytes(word), byte), each);
        }

        #[test]
        fn instructions_and_arithmetic_find_the_same(
            block in prop::array::uniform16(prop_oneof![Just(b'"'), Just(b'\\'), any::<u8>()]),
        ) {
            for byte in [b'"', b'\\'] {
                prop_assert_eq!(mask16(&block, byte), mask16_by_arithmetic(&block, byte));
            }
        }

        #[test]
        fn a_line_ends_at_its_first_line_end(text in "[^\n]{0,200}\n?[^\n]{0,100}\n?", start in 0_usize..320) {
            let found = text.as_bytes().iter().skip(start).position(|byte| *byte == b'\n');
            prop_assert_eq!(line_end(text.as_bytes(), start), found.map_or(text.len(), |found| start + found));
        }

        #[test]
        fn a_string_ends_at_its_first_free_quote(
            text in prop_oneof!["[\\\\\"x]{0,300}", "(x|\\\\[\\\\\"x]){0,200}[\\\\\"x]{0,20}"],
        ) {
            let plain = {
                let mut escaped = false;
                text.bytes().position(|byte| {
                    let ends = byte == b'"' && !escaped;
                    escaped = byte == b'\\' && !escaped;
                    ends
                })
            };
            prop_assert_eq!(end_of_string(text.as_bytes(), 0), plain.map(|index| index + 1));
        }
    }
}
