//! What must not be recorded: the lines of `.backstoryignore` at the root of the repository, and of what `forget` wrote
//! down in this clone. `session:<id>`, `agent:<name>`, `path:<glob>`; `#` begins a comment.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use globset::{Glob, GlobSet, GlobSetBuilder};

use crate::files;
use crate::git::repository::Repository;
use crate::record::agent::Agent;
use crate::record::session::Session;

pub(super) const FILE_NAME: &str = ".backstoryignore";
/// In the folder `backstory` of the git folder: what this clone does not record again.
pub(super) const FORGOTTEN: &str = "forgotten";
const MAX_BYTES: u64 = 256 * 1024;

/// What is passed over.
#[derive(Default)]
pub(super) struct Ignored {
    /// `<id>` or `<agent>/<id>`.
    sessions: BTreeSet<String>,
    agents: BTreeSet<String>,
    paths: GlobSet,
}

impl Ignored {
    /// # Errors
    /// For a line that cannot be understood: it may have been meant to keep something out.
    pub(super) fn read(repository: &Repository, patterns: &[String], settings: &str) -> anyhow::Result<Self> {
        let mut ignored = Self::default();
        let mut paths = GlobSetBuilder::new();
        for pattern in patterns {
            paths.add(
                Glob::new(pattern).with_context(|| format!("`{pattern}` under `ignore` in {settings} is no glob"))?,
            );
        }
        let own = repository.root().map(|root| root.join(FILE_NAME));
        for path in own.into_iter().chain([forgotten_path(repository)]) {
            let text = read_text(&path).with_context(|| format!("{} cannot be read", path.display()))?;
            for (number, line) in (1..).zip(text.lines().map(str::trim)) {
                let place = || format!("{}:{number}", path.display());
                match line.split_once(':').map(|(kind, value)| (kind.trim_end(), value.trim())) {
                    _ if line.is_empty() || line.starts_with('#') => {}
                    Some(("session", id)) if !id.is_empty() => drop(ignored.sessions.insert(id.to_owned())),
                    Some(("agent", name)) if !name.is_empty() => drop(ignored.agents.insert(name.to_lowercase())),
                    Some(("path", glob)) if !glob.is_empty() => {
                        paths.add(Glob::new(glob).with_context(|| format!("{}: `{glob}` is no glob", place()))?);
                    }
                    _ => {
                        bail!("{}: `{line}` is not known, write session:<id>, agent:<name> or path:<glob>", place())
                    }
                }
            }
        }
        ignored.paths = paths.build()?;
        Ok(ignored)
    }

    pub(super) fn has_path(&self, path: &str) -> bool {
        self.paths.is_match(path)
    }

    pub(super) fn has_session(&self, agent: &Agent, id: &str) -> bool {
        self.agents.contains(agent.as_str())
            || self.sessions.contains(id)
            || self.sessions.contains(&format!("{agent}/{id}"))
    }

    /// The sessions that may be recorded.
    pub(super) fn without(&self, mut sessions: Vec<Session>) -> Vec<Session> {
        sessions.retain(|session| !self.has_session(&session.agent, &session.id));
        sessions
    }
}

/// Sessions that were forgotten in this clone, so that no hook and no `backfill` records them again.
fn forgotten_path(repository: &Repository) -> PathBuf {
    repository.common_dir().join("backstory").join(FORGOTTEN)
}

/// The sessions that were forgotten in this clone.
///
/// # Errors
/// When the file cannot be read.
pub(super) fn forgotten(repository: &Repository) -> anyhow::Result<BTreeSet<String>> {
    let text = read_text(&forgotten_path(repository))?;
    Ok(text.lines().filter_map(|line| line.strip_prefix("session:")).map(|id| id.trim().to_owned()).collect())
}

/// Adds sessions to those that this clone does not record again.
///
/// # Errors
/// When the file cannot be written.
pub(super) fn never_again(repository: &Repository, sessions: &BTreeSet<String>) -> anyhow::Result<()> {
    let path = forgotten_path(repository);
    let mut text = read_text(&path)?;
    let known: BTreeSet<String> = text.lines().map(str::to_owned).collect();
    let is_one_line = |id: &&String| !id.chars().any(char::is_control);
    let lines = sessions.iter().filter(is_one_line).map(|id| format!("session:{id}"));
    for line in lines.filter(|line| !known.contains(line)) {
        text.push_str(&line);
        text.push('\n');
    }
    let folder = path.parent().unwrap_or(&path);
    fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.persist(&path).with_context(|| format!("{} cannot be written", path.display()))?;
    Ok(())
}

/// Nothing where there is no file. A symlink, a pipe or a device of that name is an error, and is not opened.
fn read_text(path: &Path) -> io::Result<String> {
    Ok(files::read_text(path, MAX_BYTES)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::super::trial::Trial;
    use super::*;

    fn read(text: &str) -> anyhow::Result<Ignored> {
        let trial = Trial::new();
        fs::write(trial.folder.path().join(FILE_NAME), text).unwrap();
        Ignored::read(&Repository::discover(trial.folder.path(), None).unwrap(), &[], "")
    }

    #[test]
    fn sessions_agents_and_paths_are_passed_over() {
        let ignored = read("# mine\nsession:abc\nsession: codex/d\nagent:Cursor\npath:secret/**\n").unwrap();
        let agent = |name| Agent::parse(name).unwrap();
        assert!(ignored.has_session(&agent("claude-code"), "abc"));
        assert!(ignored.has_session(&agent("codex"), "d") && !ignored.has_session(&agent("amp"), "d"));
        assert!(ignored.has_session(&agent("cursor"), "anything"));
        assert!(ignored.has_path("secret/a/b") && !ignored.has_path("a"));
    }

    #[test]
    fn a_line_that_is_not_known_is_named_and_nothing_is_recorded() {
        let error = read("session:a\nsecret/**\n").err().unwrap().to_string();
        assert!(
            error.ends_with(
                ".backstoryignore:2: `secret/**` is not known, write session:<id>, agent:<name> or path:<glob>"
            ),
            "{error}"
        );
    }
}
