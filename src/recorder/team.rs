//! What a team decided in `.backstory.yml` and `.backstoryignore`, wherever these files are besides the work tree: staged, in
//! a commit, in the default branch of a remote. A branch or a checkout without them must not forget what they keep in.

use std::path::Path;

use anyhow::Context as _;

use super::ignored;
use crate::config::{self, Config, Sharing};
use crate::git::repository::Repository;
use crate::git::staged_file::Staged;
use crate::git::{committed, remotes};
use crate::text::typed::typed;

/// So many branches of a remote are looked at where its default branch is not known.
const TIPS: usize = 16;

/// The files of a team, the nearest first.
#[derive(Default)]
pub(crate) struct Team {
    pub(crate) settings: Vec<Config>,
    /// Texts of ignore lists, each with where it is from.
    pub(crate) ignored: Vec<(String, String)>,
    /// Texts of settings files and what they say: most places have the same.
    parsed: Vec<(String, Config)>,
    /// What the last commit says of sharing.
    head: Option<Sharing>,
    /// What the default branch of a remote says of it; `None` outside where none is known here.
    default: Option<Option<Sharing>>,
}

impl Team {
    /// The files around the work tree: staged in `index` (the value of `GIT_INDEX_FILE`), in the last commit, in the default
    /// branch of the remote that a person works with, and in those of all others: a fork may lag behind where it comes from.
    ///
    /// # Errors
    /// When a file is there and cannot be read or has a mistake.
    pub(crate) fn around(repository: &Repository, index: Option<&Path>) -> anyhow::Result<Self> {
        let mut team = Self::default();
        let staged = Staged::open(repository, index)?;
        team.add("the index", |name, most| staged.file(repository, name, most))?;
        if let Some(head) = repository.head() {
            team.head = team.add_commit(repository, &head, "the last commit")?;
        }
        let remotes = remotes::names(repository);
        if let Some(remote) = remotes::main_of(repository, &remotes) {
            team.add_default_branch(repository, &remote)?;
        }
        for remote in &remotes {
            team.add_restrictions(repository, remote)?;
        }
        Ok(team)
    }

    /// Adds what the default branch of a remote keeps in, and a branch that may have taken its place since. None of them shares.
    fn add_restrictions(&mut self, repository: &Repository, remote: &str) -> anyhow::Result<()> {
        for (reference, branch) in remotes::perhaps_default(repository, remote) {
            let Ok(commit) = repository.resolve(&reference) else { continue };
            self.add_commit(repository, &commit, &format!("{remote}/{branch}"))?;
        }
        Ok(())
    }

    /// Adds the default branch of a remote as it is known here.
    ///
    /// # Errors
    /// As [`Self::around`].
    pub(crate) fn add_default_branch(&mut self, repository: &Repository, remote: &str) -> anyhow::Result<()> {
        let Some((reference, branch)) = remotes::default_branch(repository, remote) else {
            return self.add_tips(repository, remote);
        };
        let Ok(commit) = repository.resolve(&reference) else { return Ok(()) };
        let said = self.add_commit(repository, &commit, &format!("{remote}/{branch}"))?;
        self.default = Some(self.default.flatten().or(said));
        Ok(())
    }

    /// Where nobody knows which branch of a remote is the default, any of the newest may be: what they keep in holds, and none
    /// of them shares.
    fn add_tips(&mut self, repository: &Repository, remote: &str) -> anyhow::Result<()> {
        for (commit, branch) in remotes::newest_tips(repository, remote, TIPS) {
            self.add_commit(repository, &commit, &format!("{remote}/{branch}")).with_context(|| {
                let typed = typed(remote);
                format!("`git remote set-head {typed} --auto` tells which branch of {remote} counts; until then")
            })?;
        }
        Ok(())
    }

    /// Adds the files of a commit, and returns what it says of sharing.
    ///
    /// # Errors
    /// As [`Self::around`].
    pub(crate) fn add_commit(
        &mut self,
        repository: &Repository,
        commit: &str,
        place: &str,
    ) -> anyhow::Result<Option<Sharing>> {
        self.add(place, |name, most| committed::read(repository, commit, name, most))
    }

    /// States that a push brings a commit to the default branch of a remote, and what that says of sharing.
    pub(crate) fn lands(&mut self, said: Option<Sharing>) {
        self.default = Some(self.default.flatten().or(said));
    }

    /// What the team decided on sharing: the default branch of a remote, where it is known; else the last commit. Any of the
    /// files that says `local` has the last word.
    pub(crate) fn sharing(&self) -> Option<Sharing> {
        if self.settings.iter().any(|settings| settings.sharing == Some(Sharing::Local)) {
            return Some(Sharing::Local);
        }
        self.default.unwrap_or(self.head)
    }

    fn add(
        &mut self,
        place: &str,
        read: impl Fn(&str, u64) -> anyhow::Result<Option<Vec<u8>>>,
    ) -> anyhow::Result<Option<Sharing>> {
        let text = |name: &str, most: u64| -> anyhow::Result<Option<String>> {
            let is_from = || format!("{name} of {place}");
            let bytes = read(name, most).with_context(is_from)?;
            bytes.map(String::from_utf8).transpose().with_context(is_from)
        };
        let mut sharing = None;
        if let Some(text) = text(config::FILE_NAME, config::MAX_BYTES)? {
            let known = self.parsed.iter().find(|(known, _)| *known == text);
            sharing = match known {
                Some((_, settings)) => settings.sharing,
                None => self.add_settings(text, place)?,
            };
        }
        if let Some(text) = text(ignored::FILE_NAME, ignored::MAX_BYTES)?
            && !self.ignored.iter().any(|(_, known)| *known == text)
        {
            self.ignored.push((format!("{} of {place}", ignored::FILE_NAME), text));
        }
        Ok(sharing)
    }

    fn add_settings(&mut self, text: String, place: &str) -> anyhow::Result<Option<Sharing>> {
        let settings = config::parse(&text, Path::new(config::FILE_NAME)).with_context(|| format!("in {place}"))?;
        let sharing = settings.sharing;
        if !self.settings.contains(&settings) {
            self.settings.push(settings.clone());
        }
        self.parsed.push((text, settings));
        Ok(sharing)
    }
}
