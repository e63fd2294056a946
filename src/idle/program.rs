//! The check as a program: `idle-check PID FILE`, where PID is git's process and FILE has the message. Ends with 0 where there
//! is nothing to do, and then leaves word for the post-commit hook of the same commit; with 1 otherwise. It is compiled by
//! `build.rs`, alone.

#![forbid(unsafe_code)]

mod check;
mod holds;
mod sessions;
mod stamp;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::time::SystemTime;

fn main() {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let variables: BTreeMap<String, OsString> =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value))).collect();
    let is_idle = std::env::current_dir().is_ok_and(|cwd| match &arguments[..] {
        [process, message] => check::pass(process, message, &variables, &cwd, SystemTime::now()).is_some(),
        _ => false,
    });
    // Without giving back what the system takes back anyway.
    std::process::exit(if is_idle { 0 } else { 1 })
}
