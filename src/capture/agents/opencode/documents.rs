//! Sessions in files: `opencode export` as one document, and before 1.2 a file for each session, message and part.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::kept::KeptSession;
use crate::capture::search::has_extension;

/// Whether the beginning of a file is of an exported session, or of a session's file.
pub(super) fn recognises(head: &[u8]) -> bool {
    let bare: Vec<u8> = head.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).take(2_000).collect();
    let holds = |mark: &[u8]| memchr::memmem::find(&bare, mark).is_some();
    let is_export = bare.starts_with(b"{\"info\":{") && holds(b"\"slug\":");
    let is_session = bare.starts_with(b"{\"id\":\"ses_") && holds(b"\"projectID\":");
    is_export || is_session
}

/// A session from its main file.
///
/// # Errors
/// When a file cannot be read, or the main one is not JSON.
pub(super) fn session(main: &Path) -> io::Result<(KeptSession, u64)> {
    let mut document = json_in(main)?;
    if document["info"].is_object() {
        let messages = match document["messages"].take() {
            Value::Array(messages) => messages,
            _ => Vec::new(),
        };
        let split = |mut message: Value| {
            let parts = match message["parts"].take() {
                Value::Array(parts) => parts,
                _ => Vec::new(),
            };
            (message["info"].take(), parts)
        };
        let messages = messages.into_iter().filter(Value::is_object).map(split).collect();
        return Ok((KeptSession { info: document["info"].take(), messages }, 0));
    }
    let mut damaged = 0;
    let mut messages = Vec::new();
    for file in message_files(main) {
        let Ok(mut message) = json_in(&file) else {
            damaged += 1;
            continue;
        };
        if message["id"].as_str().is_none() {
            message["id"] = json!(file.file_stem().unwrap_or_default().to_string_lossy());
        }
        let mut parts = Vec::new();
        for file in part_files(main, &file) {
            match json_in(&file) {
                Ok(part) => parts.push(part),
                Err(_) => damaged += 1,
            }
        }
        messages.push((message, parts));
    }
    // The names grow with time; in versions that differ in that, the times say it.
    messages.sort_by_key(|(message, _): &(Value, Vec<Value>)| message["time"]["created"].as_i64());
    Ok((KeptSession { info: document, messages }, damaged))
}

fn json_in(file: &Path) -> io::Result<Value> {
    let value: Value = serde_json::from_slice(&fs::read(file)?)?;
    value.is_object().then_some(value).ok_or_else(|| io::Error::other("it is not an object"))
}

/// The files of messages and parts that belong to a session's file.
pub(super) fn files_beside(main: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for message in message_files(main) {
        files.extend(part_files(main, &message));
        files.push(message);
    }
    files
}

/// `storage/session/PROJECT/SESSION.json` has its messages in `storage/message/SESSION`.
fn message_files(main: &Path) -> Vec<PathBuf> {
    let session = main.file_stem().unwrap_or_default();
    storage(main).map(|storage| json_files(&storage.join("message").join(session))).unwrap_or_default()
}

fn part_files(main: &Path, message: &Path) -> Vec<PathBuf> {
    let id = message.file_stem().unwrap_or_default();
    storage(main).map(|storage| json_files(&storage.join("part").join(id))).unwrap_or_default()
}

fn storage(main: &Path) -> Option<&Path> {
    let sessions = main.parent()?.parent()?;
    (sessions.file_name()? == "session").then(|| sessions.parent()).flatten()
}

fn json_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> =
        entries.map(|entry| entry.path()).filter(|path| has_extension(path, &["json"])).collect();
    files.sort();
    files
}
