//! The folders in which editors keep what they know of their user: VS Code and what is made from it, on this machine or from afar.

use std::path::PathBuf;

use crate::capture::places::AgentHomes;

/// VS Code and what is made from it, as their folders are called.
const EDITORS: &[&str] =
    &["Code", "Code - Insiders", "VSCodium", "Cursor", "Windsurf", "Windsurf - Next", "Antigravity", "Trae", "Kiro"];
/// The same on a machine that an editor works on from afar.
const SERVERS: &[&str] =
    &[".vscode-server", ".vscode-server-insiders", ".vscodium-server", ".cursor-server", ".windsurf-server"];

/// The folders in which editors keep what they know of their user.
pub(super) fn users(places: &AgentHomes) -> Vec<PathBuf> {
    let desktop = places.desktop();
    let local = desktop.iter().flat_map(|folder| EDITORS.iter().map(move |editor| folder.join(editor).join("User")));
    let home = places.home.iter();
    let remote = home.flat_map(|home| SERVERS.iter().map(move |server| home.join(server).join("data/User")));
    local.chain(remote).collect()
}
