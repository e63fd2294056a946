//! The redactor: any text, and any text around a token. The token is drawn from the first bytes.
#![no_main]

#[path = "../../tests/support/promises.rs"]
#[allow(dead_code, reason = "each target uses one promise")]
mod promises;

const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    promises::redacted(&text, bytes.first().is_some_and(|byte| byte % 2 == 1));
    let mut seed = bytes.iter().take(4).fold(1u64, |seed, byte| seed << 8 | u64::from(*byte));
    let mut draw = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(LETTERS[(seed >> 33) as usize % LETTERS.len()])
    };
    let token: String = ["gh", "p_"].concat().chars().chain((0..36).map(|_| draw())).collect();
    let middle = (0..=text.len() / 2).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    promises::secret_is_gone(&text[..middle], &token, &text[middle..]);
});
