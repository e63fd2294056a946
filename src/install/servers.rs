//! The settings files of agents in a repository that name our server: looked at, written, and taken back by the receipt.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::receipt::{AddedServer, Receipt};
use super::server_entry::{ServerPlan, nothing, plan, without, without_entry};
use crate::files::{self, NewFileMode};
use crate::record::agent_row::AgentRow;
use crate::record::agents::AGENTS;
use crate::record::server_settings::ServerSettings;

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
    if let Some((parts, _)) = name.rsplit_once('/') {
        files::folder_below(root, parts).with_context(|| format!("{name} cannot be used"))?;
    }
    let path = folder.join(file);
    let before = files::read_text(&path, files::LIMIT).with_context(|| format!("{name} cannot be read"))?;
    let text = before.as_deref().unwrap_or_else(|| nothing(settings.form));
    let plan = plan(text, settings.form).map_err(|error| {
        anyhow::anyhow!(
            "{name}: {error}\nhint: change it by hand; `backstory init --mcp {}` shows what has to be in it",
            row.slug
        )
    });
    Ok(ServerFile { row, settings, name, path, plan: plan?, before })
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
    /// Takes it out of the file, and deletes the file where it was made for it and holds nothing else. `false` where it was changed
    /// and stays.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub(crate) fn remove(&self) -> anyhow::Result<bool> {
        let text = files::read_text(&self.path, files::LIMIT);
        let Some(text) = text.with_context(|| format!("cannot read {}", self.path.display()))? else { return Ok(true) };
        let form = clients().find(|(row, _)| row.slug == self.agent).map(|(_, settings)| settings.form);
        let rest = without(&text, &self.text).or_else(|| without_entry(&text, form?));
        let Some(rest) = rest else { return Ok(form.is_some_and(|form| is_gone(&text, form))) };
        if self.made && form.is_some_and(|form| rest == nothing(form)) {
            fs::remove_file(&self.path).with_context(|| format!("cannot delete {}", self.path.display()))?;
            return Ok(true);
        }
        files::write(&self.path, rest.as_bytes(), NewFileMode::Shared)
            .with_context(|| format!("cannot write {}", self.path.display()))?;
        Ok(true)
    }
}

/// Whether a person took the server out.
fn is_gone(text: &str, form: crate::record::server_settings::ServerForm) -> bool {
    matches!(plan(text, form), Ok(ServerPlan::Insert { .. }))
}
