//! Sessions in files: `opencode export` as one document, and before 1.2 a file for each session, message and part.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::de::IgnoredAny;

use super::kept::{KeptInfo, KeptMessage, KeptSession};
use crate::capture::json::{Broken, Read, Value, object_of};
use crate::capture::search::has_extension;
use crate::capture::values::{items, members};

/// Whether the beginning of a file is of an exported session, or of a session's file.
pub(super) fn recognises(head: &[u8]) -> bool {
    let bare: Vec<u8> = head.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).take(2_000).collect();
    let holds = |mark: &[u8]| memchr::memmem::find(&bare, mark).is_some();
    let is_export = bare.starts_with(b"{\"info\":{") && holds(b"\"slug\":");
    let is_session = bare.starts_with(b"{\"id\":\"ses_") && holds(b"\"projectID\":");
    is_export || is_session
}

/// A session from its main file, and how many files and parts are damaged.
///
/// # Errors
/// When a file cannot be read, or the main one is not JSON.
pub(super) fn session(main: &Path) -> io::Result<(KeptSession, u64)> {
    let document = json_in(main)?;
    let document = object(&document)?;
    let mut damaged = 0;
    let mut messages = Vec::new();
    if let Some(own) = document.member("info").filter(|info| info.is_object()) {
        let info = KeptInfo::of(Some(own)).map_err(|Broken| broken())?;
        for message in items(document.member("messages")) {
            let read = members(Some(message), ["info", "parts"])
                .and_then(|[own, parts]| Ok((KeptMessage::of(own, None)?, parts)));
            let Ok((mut message, parts)) = read else {
                damaged += 1;
                continue;
            };
            damaged += items(parts).into_iter().map(|part| u64::from(message.add(part, &info).is_err())).sum::<u64>();
            messages.push(message);
        }
        return Ok((KeptSession { info, messages }, damaged));
    }
    let info = KeptInfo::of(Some(document)).map_err(|Broken| broken())?;
    for file in message_files(main) {
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let Some(mut message) = read_in(&file, |message| KeptMessage::of(Some(message), None)) else {
            damaged += 1;
            continue;
        };
        message.id.get_or_insert(name);
        for file in part_files(main, &file) {
            if read_in(&file, |part| message.add(part, &info)).is_none() {
                damaged += 1;
            }
        }
        messages.push(message);
    }
    // The names grow with time; in versions that differ in that, the times say it.
    messages.sort_by_key(|message| message.created);
    Ok((KeptSession { info, messages }, damaged))
}

/// What `read` makes of the object in a file; `None` where it is damaged.
fn read_in<T>(file: &Path, read: impl FnOnce(Value<'_>) -> Read<T>) -> Option<T> {
    read(object(&json_in(file).ok()?).ok()?).ok()
}

/// The text of a file that holds an object.
fn json_in(file: &Path) -> io::Result<Vec<u8>> {
    let text = fs::read(file)?;
    serde_json::from_slice::<IgnoredAny>(&text)?;
    Ok(text)
}

fn object(text: &[u8]) -> io::Result<Value<'_>> {
    object_of(text).map_err(|Broken| io::Error::other("it is not an object"))
}

fn broken() -> io::Error {
    io::Error::other("it is damaged")
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
