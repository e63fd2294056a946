//! The reader of SWE-agent's sessions.
#![no_main]

#[path = "../../tests/support/promises.rs"]
#[allow(dead_code, reason = "each target uses one promise")]
mod promises;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| promises::whole_session("input.traj", bytes));
