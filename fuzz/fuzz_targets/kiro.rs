//! The reader of Kiro's sessions.
#![no_main]

#[path = "../../tests/support/promises.rs"]
#[allow(dead_code, reason = "each target uses one promise")]
mod promises;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| promises::whole_session("11111111-2222-4333-8444-555555555555.jsonl", bytes));
