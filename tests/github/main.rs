//! Against a GitHub on loopback that is not ours, behind a proxy that knows GitHub's description of its API (see `emulator`).
//! Skips with a line where that is not set up.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "helpers of tests; a test that is skipped says so")]

#[path = "../emulator/mod.rs"]
mod emulator;
#[path = "../support/mod.rs"]
mod support;

mod action;
mod approval;
mod client;
