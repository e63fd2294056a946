//! Where editors keep chats: in a folder for each workspace (`<User>/workspaceStorage/<hash>`, of which `workspace.json` says which
//! folder was opened), and for windows without one in `<User>/globalStorage/emptyWindowChatSessions`.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::capture::agents::editors::users;
use crate::capture::file_uri::path_of;
use crate::capture::places::{AgentFolder, AgentHomes};
use crate::capture::search::{FileSearch, folders_in, has_extension};
use crate::record::agent::Agent;

const WORKSPACES: &str = "workspaceStorage";
const CHATS: &str = "chatSessions";
const EXTENSION: &str = "GitHub.copilot-chat";
const TRANSCRIPTS: &str = "GitHub.copilot-chat/transcripts";
const WITHOUT_WORKSPACE: &str = "globalStorage/emptyWindowChatSessions";
/// Of Visual Studio, in its log folder.
const TRACES: &str = "AppData/Local/Temp/VSGitHubCopilotLogs/traces";

/// The folder of each workspace, too: the one of its chats is made with the first of them. Other extensions keep a lot in there,
/// which is not looked at.
pub(super) fn trees(places: &AgentHomes) -> Vec<(usize, PathBuf)> {
    let mut trees = Vec::new();
    for user in users(places) {
        let workspaces = user.join(WORKSPACES);
        for workspace in folders_in(&workspaces) {
            let of_extension = workspace.join(EXTENSION);
            if of_extension.is_dir() {
                trees.push((1, of_extension));
            }
            trees.push((usize::from(workspace.join(CHATS).is_dir()), workspace));
        }
        trees.push((0, workspaces));
        trees.push((0, user.join(WITHOUT_WORKSPACE)));
    }
    trees.extend(places.home.as_ref().map(|home| (0, home.join(TRACES))));
    trees
}

pub(super) fn folders(places: &AgentHomes) -> Vec<AgentFolder> {
    let mut folders = Vec::new();
    let mut add = |path: PathBuf, within: &Path| {
        if path.is_dir() {
            folders.push(AgentFolder { path, within: within.to_owned(), is_deep: false });
        }
    };
    for user in users(places) {
        let workspaces = user.join(WORKSPACES);
        for workspace in folders_in(&workspaces) {
            add(workspace.join(CHATS), &workspaces);
            add(workspace.join(TRANSCRIPTS), &workspaces);
        }
        add(user.join(WITHOUT_WORKSPACE), &user.join(WITHOUT_WORKSPACE));
    }
    if let Some(home) = &places.home {
        add(home.join(TRACES), &home.join(TRACES));
    }
    folders
}

/// The chats of a folder. Of one that the extension tells of in events, too, the editor's own account counts, and of one that was a
/// document before the log.
pub(super) fn list(agent: &Agent, folder: &Path, search: &mut FileSearch) {
    for entry in search.read(folder) {
        let path = entry.path();
        let is_told = |other: PathBuf| other.is_file();
        let is_chat = has_extension(&path, &["jsonl"]) && !(folder.ends_with(TRANSCRIPTS) && has_chat(&path));
        let is_document = has_extension(&path, &["json"]) && !is_told(path.with_extension("jsonl"));
        if is_chat || (is_document && !folder.ends_with(TRANSCRIPTS)) {
            search.add_entry(agent.clone(), path, &entry);
        }
    }
}

/// Whether the editor keeps the chat that events tell of.
fn has_chat(transcript: &Path) -> bool {
    let workspace = transcript.ancestors().nth(3);
    let name = transcript.file_stem().unwrap_or_default();
    let chats = workspace.map(|workspace| workspace.join(CHATS).join(name));
    chats.is_some_and(|chat| ["json", "jsonl"].iter().any(|end| chat.with_extension(end).is_file()))
}

pub(super) fn find_named(folder: &Path, id: &str) -> Option<PathBuf> {
    ["jsonl", "json"].iter().map(|end| folder.join(format!("{id}.{end}"))).find(|path| path.is_file())
}

/// The folder that was opened, by the file beside the folder of a chat.
pub(super) fn opened(chat: &Path) -> Option<String> {
    let beside =
        chat.ancestors().skip(2).take(2).map(|folder| folder.join("workspace.json")).find(|file| file.is_file())?;
    let workspace: Value = serde_json::from_slice(&fs::read(beside).ok()?).ok()?;
    path_of(workspace["folder"].as_str()?)
}

/// Whether chats of these folders, or of folders above or below them, may be in a folder. Of one that says nothing any may be.
pub(super) fn may_be_of(folder: &Path, roots: &[PathBuf]) -> bool {
    let Some(opened) = opened(&folder.join("x")) else { return true };
    let opened = Path::new(&opened);
    roots.iter().any(|root| opened.starts_with(root) || root.starts_with(opened))
}
