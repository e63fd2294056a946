//! What must not be recorded: the lines of `.backstoryignore` at the root of the repository, and of what `forget` wrote
//! down in this clone. `session:<id>`, `agent:<name>`, `path:<glob>`; `#` begins a comment.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use globset::{Glob, GlobSet, GlobSetBuilder};

use crate::config;
use crate::files;
use crate::git::repository::Repository;
use crate::record::agent::Agent;
use crate::record::session::Session;

pub(super) const FILE_NAME: &str = ".backstoryignore";
/// In the folder `backstory` of the git folder: what this clone does not record again.
pub(super) const FORGOTTEN: &str = "forgotten";
pub(super) const MAX_BYTES: u64 = 256 * 1024;
/// The beginning of an id, as `sessions` prints it, names the session from so many characters on.
const PREFIX: usize = 8;

/// What is passed over.
#[derive(Default)]
pub(super) struct Ignored {
    /// `<id>` or `<agent>/<id>`, whole or the beginning of one.
    sessions: BTreeSet<String>,
    agents: BTreeSet<String>,
    globs: Vec<Glob>,
    paths: GlobSet,
}

impl Ignored {
    /// The lines of `.backstoryignore` on disk and of what was forgotten, with the globs under `ignore` of the settings.
    ///
    /// # Errors
    /// For a line that cannot be understood: it may have been meant to keep something out.
    pub(super) fn read(repository: &Repository, patterns: &[String]) -> anyhow::Result<Self> {
        let mut ignored = Self::default();
        for pattern in patterns {
            let glob = Glob::new(pattern)
                .with_context(|| format!("`{pattern}` under `ignore` in {} is not a valid glob", config::FILE_NAME))?;
            ignored.globs.push(glob);
        }
        let own = repository.root().map(|root| root.join(FILE_NAME));
        for path in own.into_iter().chain([forgotten_path(repository)]) {
            let text = read_text(&path).with_context(|| format!("{} cannot be read", path.display()))?;
            ignored.add(&path.display().to_string(), &text)?;
        }
        ignored.built()
    }

    /// With the lines of other lists too, each with where it is from.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub(super) fn with(mut self, lists: &[(String, String)]) -> anyhow::Result<Self> {
        for (place, text) in lists {
            self.add(place, text)?;
        }
        self.built()
    }

    /// Whether anything is passed over.
    pub(super) fn is_empty(&self) -> bool {
        self.sessions.is_empty() && self.agents.is_empty() && self.globs.is_empty()
    }

    fn built(mut self) -> anyhow::Result<Self> {
        let mut paths = GlobSetBuilder::new();
        for glob in &self.globs {
            paths.add(glob.clone());
        }
        self.paths = paths.build()?;
        Ok(self)
    }

    fn add(&mut self, place: &str, text: &str) -> anyhow::Result<()> {
        for (number, line) in (1..).zip(text.lines().map(without_comment)) {
            let place = || format!("{place}:{number}");
            match line.split_once(':').map(|(kind, value)| (kind.trim_end(), value.trim())) {
                _ if line.is_empty() => {}
                Some(("session" | "agent", id)) if id.contains(char::is_whitespace) => {
                    bail!("{}: `{line}` has a blank in its name; give one name a line", place())
                }
                Some(("session", id)) if !id.is_empty() => drop(self.sessions.insert(id.to_owned())),
                Some(("agent", name)) if !name.is_empty() => drop(self.agents.insert(name.to_lowercase())),
                Some(("path", glob)) if !glob.is_empty() => {
                    self.globs
                        .push(Glob::new(glob).with_context(|| format!("{}: `{glob}` is not a valid glob", place()))?);
                }
                _ => {
                    bail!("{}: `{line}` is not known, write session:<id>, agent:<name> or path:<glob>", place())
                }
            }
        }
        Ok(())
    }

    pub(super) fn has_path(&self, path: &str) -> bool {
        self.paths.is_match(path)
    }

    pub(super) fn has_session(&self, agent: &Agent, id: &str) -> bool {
        let begins = |line: &String| {
            let named = line.strip_prefix(agent.as_str()).and_then(|rest| rest.strip_prefix('/')).unwrap_or(line);
            named.len() >= PREFIX && id.starts_with(named)
        };
        self.agents.contains(agent.as_str())
            || self.sessions.contains(id)
            || self.sessions.contains(&format!("{agent}/{id}"))
            || self.sessions.iter().any(begins)
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

/// A line up to the `#` that begins it or stands behind a blank.
fn without_comment(line: &str) -> &str {
    let starts = line.match_indices('#').map(|(at, _)| at);
    let is_comment = |at: &usize| line[..*at].chars().next_back().is_none_or(char::is_whitespace);
    let end = starts.into_iter().find(is_comment).unwrap_or(line.len());
    line[..end].trim()
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
        Ignored::read(&Repository::discover(trial.folder.path(), None).unwrap(), &[])
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
    fn a_comment_ends_a_line_and_a_short_id_names_its_session() {
        let claude = Agent::parse("claude-code").unwrap();
        let id = "1ecba475-0000-4000-8000-000000000001";
        for (line, is_ignored) in [
            ("session:1ecba475-0000-4000-8000-000000000001 # mine", true),
            ("session:1ecba475-0000-4000-8000-000000000001\t#mine", true),
            ("  session: 1ecba475  # the first one", true),
            ("session:claude-code/1ecba475", true),
            ("session:codex/1ecba475", false),
            ("session:1ecba47", false),
            ("session:ecba475-0000", false),
            ("agent:claude-code # all of it", true),
            ("agent:Claude-Code", true),
            ("# session:1ecba475", false),
            ("   # session:1ecba475", false),
            ("", false),
        ] {
            assert_eq!(read(line).unwrap().has_session(&claude, id), is_ignored, "{line}");
        }
        let ignored = read("path:a#b/** # but not others\n").unwrap();
        assert!(ignored.has_path("a#b/c") && !ignored.has_path("a"));
    }

    #[test]
    fn a_blank_in_a_name_and_a_symlink_are_errors() {
        for line in ["session:1ecba475 mine", "agent:claude code", "session:a b # c"] {
            let error = read(line).err().unwrap().to_string();
            assert!(error.contains("has a blank in its name"), "{error}");
        }
        #[cfg(unix)]
        {
            let trial = Trial::new();
            fs::write(trial.folder.path().join("other"), "a line of another file\n").unwrap();
            std::os::unix::fs::symlink("other", trial.folder.path().join(FILE_NAME)).unwrap();
            let repository = Repository::discover(trial.folder.path(), None).unwrap();
            let error = format!("{:#}", Ignored::read(&repository, &[]).err().unwrap());
            assert!(error.ends_with("it is a symlink, which is not followed") && !error.contains("a line"), "{error}");
        }
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
