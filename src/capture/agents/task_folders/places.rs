//! Where tasks lie.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::capture::agents::editors::users;
use crate::capture::places::{AgentFolder, AgentHomes};
use crate::capture::search::{FileSearch, first_bytes, folders_in};
use crate::record::agent::Agent;

const HISTORY: &str = "api_conversation_history.json";
const SEEN: &str = "ui_messages.json";
const METADATA: &str = "task_metadata.json";
const ITEM: &str = "history_item.json";
const TASKS: &str = "tasks";

fn tasks(places: &AgentHomes, extension: &str) -> Vec<PathBuf> {
    users(places).into_iter().map(|user| user.join("globalStorage").join(extension).join(TASKS)).collect()
}

pub(in crate::capture::agents) fn folders(places: &AgentHomes, extension: &str) -> Vec<AgentFolder> {
    let found = tasks(places, extension).into_iter().filter(|tasks| tasks.is_dir());
    found.map(|path| AgentFolder { path: path.clone(), within: path, is_deep: false }).collect()
}

pub(in crate::capture::agents) fn trees(places: &AgentHomes, extension: &str) -> Vec<(usize, PathBuf)> {
    tasks(places, extension).into_iter().map(|tasks| (0, tasks)).collect()
}

/// Adds the tasks of a folder of them.
pub(in crate::capture::agents) fn list(agent: &Agent, folder: &Path, search: &mut FileSearch) {
    for task in folders_in(folder) {
        let history = task.join(HISTORY);
        if history.is_file() {
            search.add(agent.clone(), history);
        }
    }
}

pub(in crate::capture::agents) fn find_named(folder: &Path, id: &str) -> Option<PathBuf> {
    Some(folder.join(id).join(HISTORY)).filter(|history| folder.ends_with(TASKS) && history.is_file())
}

fn is_task(main: &Path) -> bool {
    main.ends_with(HISTORY)
}

/// Whether it is a task by its content, wherever it lies: a list, where other sessions are objects.
pub(in crate::capture::agents) fn holds_task(main: &Path) -> bool {
    is_task(main) || first_bytes(main, 64).is_ok_and(|head| head.trim_ascii_start().starts_with(b"["))
}

pub(in crate::capture::agents) fn named_by(transcript: &Path) -> Option<&str> {
    transcript.parent().filter(|_| is_task(transcript))?.file_name()?.to_str()
}

pub(in crate::capture::agents) fn files_beside(main: &Path) -> Vec<PathBuf> {
    [SEEN, METADATA, ITEM].map(|name| main.with_file_name(name)).into_iter().filter(|file| file.is_file()).collect()
}

pub(super) fn beside(main: &Path, name: &str) -> Value {
    let bytes = std::fs::read(main.with_file_name(name)).unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_default()
}

pub(super) fn seen(main: &Path) -> Value {
    beside(main, SEEN)
}

pub(super) fn metadata(main: &Path) -> Value {
    beside(main, METADATA)
}

pub(super) fn item(main: &Path) -> Value {
    beside(main, ITEM)
}

/// The task that began this one.
pub(in crate::capture::agents) fn parent_of(transcript: &Path) -> Option<PathBuf> {
    let parent = is_task(transcript).then(|| item(transcript))?["parentTaskId"].as_str()?.to_owned();
    find_named(transcript.parent()?.parent()?, &parent)
}

/// Whether a file stands beside a task, or lists several.
pub(in crate::capture::agents) fn describes(file: &Path) -> bool {
    let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    match name {
        SEEN | METADATA | ITEM | "context_history.json" | "focus_chain.json" => file.with_file_name(HISTORY).is_file(),
        "_index.json" => file.parent().is_some_and(|folder| folder.ends_with(TASKS)),
        "taskHistory.json" => file.parent().is_some_and(|folder| folder.ends_with("state")),
        _ => false,
    }
}
