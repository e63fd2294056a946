//! The check as `build.rs` made it.

/// Empty where there is none: elsewhere than on Linux, and where it could not be compiled. Hooks then start the whole program.
pub(crate) const PROGRAM: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/idle-check"));
