//! The settings files of agents in a repository that name our server: looked at, written, and removed by the receipt.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::receipt::{AddedServer, Receipt};
use super::server_entry::{ServerPlan, nothing, plan, snippet, without_server};
use crate::files::{self, NewFileMode};
use crate::record::agent_row::AgentRow;
use crate::record::agents::AGENTS;
use crate::record::server_settings::{SERVER, ServerSettings};

/// The file of one agent, as it is and as it is to be.
pub(crate) struct ServerFile {
    pub row: &'static AgentRow,
    pub settings: ServerSettings,
    /// From the root, with `/`.
    pub name: &'static str,
    path: PathBuf,
    /// `None` where there is no file.
    before: Option<String>,
    pub plan: ServerPlan,
}

/// The agents that can be given our server, in the order of the table.
pub(crate) fn clients() -> impl Iterator<Item = (&'static AgentRow, ServerSettings)> {
    AGENTS.iter().filter_map(|row| Some((row, row.servers?)))
}

/// # Errors
/// When the file or its folder is a symlink, or the file cannot be read or understood: it stays as it is then.
pub(crate) fn look(root: &Path, (row, settings): (&'static AgentRow, ServerSettings)) -> anyhow::Result<ServerFile> {
    let is_there = |name: &&&str| root.join(name).symlink_metadata().is_ok();
    let name = [settings.file].iter().chain(settings.others).find(is_there).copied().unwrap_or(settings.file);
    let (folder, file) =
        name.rsplit_once('/').map_or((root.to_owned(), name), |(folder, file)| (root.join(folder), file));
    let by_hand = |error: &dyn std::fmt::Display, advice: &str| {
        anyhow::anyhow!("{name}: {error}\nhint: {advice}, or add this by hand:\n{}", snippet(settings.form))
    };
    if let Some((parts, _)) = name.rsplit_once('/') {
        files::folder_below(root, parts)
            .map_err(|error| by_hand(&error, "put a folder of the repository in its place"))?;
    }
    let path = folder.join(file);
    let before = files::read_text(&path, files::LIMIT)
        .map_err(|error| by_hand(&error, "make it a regular file in UTF-8 that can be read"))?;
    let text = before.as_deref().unwrap_or_else(|| nothing(settings.form));
    let plan = plan(text, settings.form).map_err(|error| by_hand(&error, "correct the file"))?;
    Ok(ServerFile { row, settings, name, path, plan, before })
}

impl ServerFile {
    /// The whole text as it is to be; `None` where nothing is to be done.
    pub(crate) fn after(&self) -> Option<String> {
        let text = self.before.as_deref().unwrap_or_else(|| nothing(self.settings.form));
        match &self.plan {
            ServerPlan::There => None,
            ServerPlan::Insert { at, text: added } => Some(format!("{}{added}{}", &text[..*at], &text[*at..])),
        }
    }

    /// What is inserted, and after which line, counted from 1; `None` where nothing is to be done. The line is `None` where the
    /// file is new. What else is in it is nobody's to print: others keep secrets there.
    pub(crate) fn inserted(&self) -> Option<(String, Option<usize>)> {
        let ServerPlan::Insert { at, text } = &self.plan else { return None };
        Some(match &self.before {
            None => (self.after()?, None),
            Some(before) => (text.clone(), Some(before[..*at].lines().count())),
        })
    }

    /// Writes it, and what was done into the receipt before. `false` where nothing was to be done.
    ///
    /// # Errors
    /// When the file or the receipt cannot be written.
    pub(crate) fn write(&self, root: &Path, folder: &Path, receipt: &mut Receipt) -> anyhow::Result<bool> {
        let (Some(after), ServerPlan::Insert { text, .. }) = (self.after(), &self.plan) else { return Ok(false) };
        let made = self.before.is_none();
        if let Some((parts, _)) = self.name.rsplit_once('/').filter(|(parts, _)| !root.join(parts).exists()) {
            receipt.folders.push(root.join(parts));
        }
        receipt.servers.retain(|one| one.path != self.path);
        let agent = self.row.slug.to_owned();
        receipt.servers.push(AddedServer { agent, path: self.path.clone(), text: text.clone(), made });
        receipt.write(folder)?;
        let cannot = || format!("cannot write {}", self.path.display());
        fs::create_dir_all(self.path.parent().unwrap_or(root)).with_context(cannot)?;
        files::write(&self.path, after.as_bytes(), NewFileMode::Shared).with_context(cannot)?;
        Ok(true)
    }
}

impl AddedServer {
    /// Removes it from the file, and deletes the file where it was made for it and holds nothing else. The file is looked for where
    /// it was written as long as that is a work tree of the git folder `common`, otherwise below `root`: repositories are moved.
    ///
    /// # Errors
    /// With the next step, where it was changed and stays, is not found, or the file cannot be read or written.
    pub(crate) fn remove(&self, root: &Path, common: &Path) -> anyhow::Result<()> {
        let shown = self.path.display();
        let found = clients().filter(|(row, _)| row.slug == self.agent).find_map(|(_, settings)| {
            let mut names = std::iter::once(settings.file).chain(settings.others.iter().copied());
            Some((names.find(|name| self.path.ends_with(name))?, settings.form))
        });
        let Some((name, form)) = found else { bail!("{shown} is not known; remove the server `{SERVER}` from it") };
        let recorded = self.path.ancestors().nth(name.split('/').count()).unwrap_or(root);
        let is_here = is_work_tree(recorded, common);
        let root = if is_here { recorded } else { root };
        let path = root.join(name);
        let cannot = || format!("remove the server `{SERVER}` from {} by hand", path.display());
        if let Some((parts, _)) = name.rsplit_once('/') {
            files::folder_below(root, parts).with_context(cannot)?;
        }
        let Some(text) = files::read_text(&path, files::LIMIT).with_context(cannot)? else {
            if is_here {
                return Ok(());
            }
            bail!("{shown} was not found, nor {}; remove the server `{SERVER}` from where it is now", path.display());
        };
        let Some(rest) = without_server(&text, &self.text, form) else {
            if matches!(plan(&text, form), Ok(ServerPlan::Insert { .. })) {
                return Ok(());
            }
            bail!("{} was changed since; remove the server `{SERVER}` from it", path.display());
        };
        if self.made && rest.trim() == nothing(form).trim() {
            return fs::remove_file(&path).with_context(|| format!("cannot delete {}", path.display()));
        }
        files::write(&path, rest.as_bytes(), NewFileMode::Shared).with_context(cannot)
    }
}

/// Whether the folder is a work tree of this git folder.
fn is_work_tree(folder: &Path, common: &Path) -> bool {
    let git = folder.join(".git");
    let is_main = matches!((git.canonicalize(), common.canonicalize()), (Ok(git), Ok(common)) if git == common);
    is_main || {
        let listed = fs::read_dir(common.join("worktrees")).into_iter().flatten().flatten();
        listed
            .filter_map(|entry| fs::read_to_string(entry.path().join("gitdir")).ok())
            .any(|text| git.exists() && Path::new(text.trim()) == git)
    }
}
