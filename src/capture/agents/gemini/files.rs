//! Where Gemini CLI keeps its files: `tmp/PROJECT/chats/session-MINUTE-ID.jsonl` (`.json` in versions of 2025), of which the name has
//! the first eight letters of the id, and subagents in `chats/ID/`. PROJECT is a short name of the folder, or its SHA-256.

use std::fs;
use std::path::{Path, PathBuf};

use crate::capture::json::Cursor;
use crate::capture::places::{AgentFolder, AgentHomes};
use crate::capture::search::{FileSearch, folders_in, has_extension};
use crate::record::agent::{Agent, is_session_id};

const CHATS: &str = "chats";
/// So much of an id is in the name of a file.
const IN_NAME: usize = 8;

/// The variable names another home, in which the folder is.
fn projects(places: &AgentHomes) -> Option<PathBuf> {
    let home = places.moved_by("GEMINI_CLI_HOME").or(places.home.as_deref())?;
    Some(home.join(".gemini/tmp"))
}

/// The folder of each project, too: the one of its chats is made later.
pub(super) fn trees(places: &AgentHomes) -> Vec<(usize, PathBuf)> {
    let Some(projects) = projects(places) else { return Vec::new() };
    let each = folders_in(&projects).into_iter().map(|project| (1, project));
    each.chain([(2, projects.clone())]).collect()
}

pub(super) fn folders(places: &AgentHomes) -> Vec<AgentFolder> {
    let Some(within) = projects(places) else { return Vec::new() };
    let chats = folders_in(&within).into_iter().map(|project| project.join(CHATS)).filter(|chats| chats.is_dir());
    chats.map(|path| AgentFolder { path, within: within.clone(), is_deep: true }).collect()
}

pub(super) fn list(agent: &Agent, chats: &Path, search: &mut FileSearch) {
    for entry in search.read(chats) {
        let path = entry.path();
        if is_session(&path) {
            search.add_entry(agent.clone(), path, &entry);
        } else if path.extension().is_none() && path.is_dir() {
            search.transcripts_below(agent, &path);
        }
    }
}

fn is_session(path: &Path) -> bool {
    has_extension(path, &["jsonl", "json"]) && id_in_name(path).is_some()
}

/// The beginning of the session's id: `session-2026-01-02T03-04-1a2b3c4d.jsonl`.
fn id_in_name(path: &Path) -> Option<&str> {
    let rest = path.file_stem()?.to_str()?.strip_prefix("session-")?;
    rest.get("2026-01-02T03-04-".len()..).filter(|id| id.len() == IN_NAME)
}

/// The transcript of the session with this id. A resume may have left a second file that says nothing more.
pub(super) fn find_named(chats: &Path, id: &str) -> Option<PathBuf> {
    let start = id.get(..IN_NAME)?;
    let entries = fs::read_dir(chats).ok()?.flatten().map(|entry| entry.path());
    let mut found: Vec<PathBuf> =
        entries.filter(|path| is_session(path) && id_in_name(path) == Some(start) && holds(path, id)).collect();
    found.sort();
    found.into_iter().next()
}

/// Whether the beginning of a file has the whole id.
fn holds(path: &Path, id: &str) -> bool {
    let head = crate::capture::search::first_bytes(path, 1024).unwrap_or_default();
    memchr::memmem::find(&head, format!("\"{id}\"").as_bytes()).is_some()
}

pub(super) fn subagents_folder(main: &Path) -> Option<PathBuf> {
    let start = id_in_name(main)?;
    let is_it = |folder: &PathBuf| {
        folder.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(start))
    };
    folders_in(main.parent()?).into_iter().find(is_it)
}

/// The id of the session that a subagent's transcript belongs to: the name of its folder.
pub(super) fn parent_id(transcript: &Path) -> Option<&str> {
    let folder = transcript.parent().filter(|folder| folder.parent().is_some_and(|above| above.ends_with(CHATS)))?;
    folder.file_name()?.to_str().filter(|id| is_session_id(id))
}

pub(super) fn parent_of(transcript: &Path) -> Option<PathBuf> {
    let id = parent_id(transcript)?;
    find_named(transcript.parent()?.parent()?, id)
}

/// The history of prompts, and the list of projects.
pub(super) fn describes_another(file: &Path) -> bool {
    let beside = |name: &str| file.with_file_name(name).is_dir();
    match file.file_name().and_then(|name| name.to_str()) {
        Some("logs.json") => beside(CHATS),
        Some("projects.json") => beside(CHATS) || beside("tmp"),
        _ => false,
    }
}

/// The folder that the session was begun in, by the files around it: the marker of the project, or the list of them.
pub(super) fn root(main: &Path) -> Option<String> {
    let chats = main.ancestors().skip(1).take(2).find(|above| above.ends_with(CHATS))?;
    let project = chats.parent()?;
    let marked = fs::read_to_string(project.join(".project_root")).ok().map(|text| text.trim().to_owned());
    marked.filter(|root| !root.is_empty()).or_else(|| listed(project))
}

/// `{"projects": {"/home/a/shop": "shop"}}`
fn listed(project: &Path) -> Option<String> {
    let name = project.file_name()?.to_str()?;
    let list = fs::read(project.parent()?.with_file_name("projects.json")).ok()?;
    let mut found = None;
    let projects = Cursor::new(&list).value().ok()?.member("projects")?;
    let _ = projects.cursor().object(|cursor, path| {
        if cursor.value()?.bare() == name.as_bytes() {
            found = Some(crate::capture::json::decode(path).into_owned());
        }
        Ok(())
    });
    found
}
