//! That nothing blocks and nothing is lost: hooks that fail, hang, crash or are killed at every step, folders and files that
//! are not what they should be, and many commits at once.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail loudly")]

#[path = "../support/mod.rs"]
mod support;

mod at_once;
mod disks;
mod files;
mod forgetting;
mod processes;
mod promises;
mod settings;
mod stage;
mod steps;
