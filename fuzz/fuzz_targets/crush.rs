//! The reader of Crush's sessions, which lie in rows of a database.
#![no_main]

#[path = "../../tests/support/row_promises.rs"]
#[allow(dead_code, reason = "each target uses one store")]
mod row_promises;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| row_promises::stored_session(&row_promises::CRUSH, bytes));
