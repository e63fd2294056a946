//! The repository that a command works in, with its configuration: what nearly every command opens first.

use std::cell::OnceCell;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;

use super::given::given_settings;
use super::ground::Aliases;
use super::ignored::Ignored;
use super::mapped_agents::{self, MappedAgents};
use super::misnamed;
use super::team::Team;
use crate::config::{self, Config, ConfigError, OptOut};
use crate::environment::Environment;
use crate::failpoint;
use crate::files::{self, NewFileMode};
use crate::git::head_moves::HeadMovement;
use crate::git::repository::Repository;
use crate::git::settings::Settings;
use crate::git::trailers;
use crate::install::place::Place;
use crate::link::AgentShell;
use crate::record::commit::{Commit, Trailer};
use crate::redact::{RedactionOptions, Redactor, UserRule};
use crate::state::paths as state_paths;

/// `.backstory.yml`; the defaults in a bare repository.
pub(crate) fn read_config(repository: &Repository) -> Result<Config, ConfigError> {
    repository.root().map_or_else(|| Ok(Config::default()), config::read_file)
}

/// The repository around the folder that the process works in, or that the variables `GIT_DIR` and `GIT_WORK_TREE` name.
///
/// # Errors
/// When there is none, or it cannot be opened.
pub(crate) fn discover(environment: &Environment) -> anyhow::Result<Repository> {
    let git_dir = environment.variable("GIT_DIR").map(PathBuf::from);
    let repository = Repository::discover(&environment.cwd, git_dir.as_deref())?.given(given_settings(environment));
    match environment.variable("GIT_WORK_TREE") {
        Some(tree) => repository.in_work_tree(&environment.cwd.join(tree)),
        None => Ok(repository),
    }
}

/// Maps the agents of the settings for a command that needs no repository, and heeds that of one where there is one.
pub(crate) fn map_agents(environment: &Environment) -> MappedAgents {
    let Ok(repository) = discover(environment) else { return mapped_agents::take_up_outside(environment) };
    // A mistake in the rest of the file is not this command's business.
    let config = read_config(&repository).unwrap_or_default();
    mapped_agents::take_up(&repository, &config, environment)
}

/// Why nothing is recorded here for this person, if so.
pub(crate) fn opt_out(environment: &Environment, settings: &Settings) -> Option<OptOut> {
    config::opt_out(environment.told("BACKSTORY").as_deref(), settings.string("backstory.enabled").as_deref())
}

/// The repository with what `init` looks after in it.
///
/// # Errors
/// When there is none with a work tree.
pub(crate) fn place(environment: &Environment) -> anyhow::Result<(Place, Repository)> {
    let repository = discover(environment)?;
    may_bring(&repository, environment);
    let place = Place::of(repository.handle(), repository.settings()?.string("core.hooksPath"))?;
    Ok((place, repository))
}

/// How long one transfer of what a partial clone lacks may take.
const TRANSFER: Duration = Duration::from_secs(60);

/// The settings' rules as the redactor takes them.
pub(crate) fn user_rules(rules: &[config::RedactionRule]) -> Vec<UserRule> {
    let rule = |rule: &config::RedactionRule| UserRule {
        kind: rule.kind.clone(),
        pattern: rule.pattern.clone(),
        keywords: rule.keywords.clone(),
    };
    rules.iter().map(rule).collect()
}

/// Lets be fetched what a partial clone lacks, unless git's own variable forbids it (git(1)).
fn may_bring(repository: &Repository, environment: &Environment) {
    if environment.variable("GIT_NO_LAZY_FETCH").is_none_or(|value| value == "0") {
        repository.bring_promised(TRANSFER, None);
    }
}

pub(crate) struct Workplace {
    pub(crate) repository: Repository,
    pub(crate) config: Config,
    home: Option<String>,
    pub(crate) ignored: Ignored,
    /// The team's files around the work tree, once [`Self::confirm`] has read them.
    team: Option<Team>,
    pub(crate) mapped: MappedAgents,
    head_moves: OnceCell<Vec<HeadMovement>>,
}

impl Workplace {
    /// # Errors
    /// Outside a repository, and when `.backstory.yml` cannot be used.
    pub(crate) fn open(environment: &Environment) -> anyhow::Result<Self> {
        let repository = discover(environment)?;
        may_bring(&repository, environment);
        let config = read_config(&repository)?;
        Self::of(repository, config, environment)
    }

    /// As [`Self::open`], with what a team's files in other places keep in: for what tells others of the records.
    ///
    /// # Errors
    /// As [`Self::open`], and when one of these files cannot be read.
    pub(crate) fn for_telling(environment: &Environment) -> anyhow::Result<Self> {
        let mut workplace = Self::open(environment)?;
        let team = workplace.take_team(environment)?;
        workplace.narrow(&team)?;
        Ok(workplace)
    }

    /// The same place with another handle on its repository.
    pub(crate) fn with(repository: Repository, (config, ignored, home): (Config, Ignored, Option<String>)) -> Self {
        let mapped = MappedAgents::default();
        Self { repository, config, home, ignored, team: None, mapped, head_moves: OnceCell::new() }
    }

    /// What is set here, for [`Self::with`].
    pub(crate) fn settings(&self) -> (Config, Ignored, Option<String>) {
        (self.config.clone(), self.ignored.clone(), self.home.clone())
    }

    /// The same of a repository that is open, with the settings that [`read_config`] found.
    ///
    /// # Errors
    /// When `.backstoryignore` cannot be used, and when our folder is a link to somewhere else.
    pub(crate) fn of(repository: Repository, config: Config, environment: &Environment) -> anyhow::Result<Self> {
        let folder = state_paths::folder(repository.common_dir());
        if fs::symlink_metadata(&folder).is_ok_and(|data| data.is_symlink()) {
            anyhow::bail!(
                "{} is a symlink, which is not followed; delete it and a folder will be created",
                folder.display()
            );
        }
        // Before what may name them.
        let mapped = mapped_agents::take_up(&repository, &config, environment);
        let ignored = Ignored::read(&repository, &config.ignore)?;
        let home = environment.home.as_ref().map(|home| home.to_string_lossy().into_owned());
        Ok(Self { repository, config, home, ignored, team: None, mapped, head_moves: OnceCell::new() })
    }

    /// Asks for what the files on disk do not say before anything is recorded or given out: the settings of git as git sees
    /// them, and the team's files as they are staged, in the last commit and in the default branch of the remote. What
    /// keeps more in holds from then on. Returns whether this person wants records at all.
    ///
    /// # Errors
    /// When one of them cannot be read: it may have kept something in.
    pub(crate) fn confirm(&mut self, environment: &Environment) -> anyhow::Result<bool> {
        if self.team.is_none() {
            if opt_out(environment, self.repository.settings()?).is_some() {
                return Ok(false);
            }
            let team = self.take_team(environment)?;
            self.narrow(&team)?;
            if let Some(root) = self.repository.root() {
                misnamed::restrict(&mut self.config, root);
            }
            self.team = Some(team);
        }
        Ok(true)
    }

    /// The team's files around the work tree, for a caller that adds others to them.
    ///
    /// # Errors
    /// When one of them cannot be read.
    pub(crate) fn take_team(&mut self, environment: &Environment) -> anyhow::Result<Team> {
        let index = environment.variable("GIT_INDEX_FILE").map(|path| environment.cwd.join(path));
        self.team.take().map_or_else(|| Team::around(&self.repository, index.as_deref()), Ok)
    }

    /// Takes over what a team's files in other places keep in.
    ///
    /// # Errors
    /// When a glob among them cannot be used.
    pub(crate) fn narrow(&mut self, team: &Team) -> anyhow::Result<()> {
        let is_on_disk =
            self.repository.root().is_some_and(|root| root.join(config::FILE_NAME).symlink_metadata().is_ok());
        let before = self.config.clone();
        if let Some(first) = team.settings.first().filter(|_| !is_on_disk) {
            self.config = first.clone();
        }
        for settings in &team.settings {
            self.config.narrow(settings);
        }
        if self.config.ignore != before.ignore {
            self.ignored = Ignored::read(&self.repository, &self.config.ignore)?;
        }
        self.ignored.take_in(&team.ignored)
    }

    /// The repository with settings from elsewhere, for a run that only reads records: nothing of the work tree counts.
    pub(crate) fn judged_by(repository: Repository, config: Config, environment: &Environment) -> Self {
        let home = environment.home.as_ref().map(|home| home.to_string_lossy().into_owned());
        let (ignored, mapped) = (Ignored::default(), MappedAgents::default());
        Self { repository, config, home, ignored, team: None, mapped, head_moves: OnceCell::new() }
    }

    /// The last movements of HEAD, the newest first, as they were when they were first asked for.
    pub(crate) fn head_moves(&self) -> &[HeadMovement] {
        self.head_moves.get_or_init(|| self.repository.head_moves().0)
    }

    /// Folders that mean this repository besides its work trees.
    pub(crate) fn aliases(&self) -> Aliases {
        Aliases::of(&self.repository, &self.config)
    }

    /// # Errors
    /// When a rule of the configuration is no expression.
    pub(crate) fn redactor(&self) -> anyhow::Result<Redactor> {
        self.redactor_keeping_its_key(true)
    }

    /// As [`Self::redactor`], for a run that writes nothing: where the clone has no key yet, it gets none.
    ///
    /// # Errors
    /// When a rule of the configuration is no expression.
    pub(crate) fn redactor_of_a_dry_run(&self) -> anyhow::Result<Redactor> {
        self.redactor_keeping_its_key(false)
    }

    fn redactor_keeping_its_key(&self, keep: bool) -> anyhow::Result<Redactor> {
        let aliases = self.aliases();
        let roots = self.repository.worktree_roots().into_iter().chain(aliases.folders());
        let policy = RedactionOptions {
            strict: self.config.redaction.strict,
            home: self.home.clone(),
            roots: roots.map(|root| root.to_string_lossy().into_owned()).collect(),
            rules: user_rules(&self.config.redaction.rules),
            allow: self.config.redaction.allow.clone(),
            key: self.key(keep)?,
        };
        Redactor::new(policy).with_context(|| format!("a rule under `redaction` in {}", config::FILE_NAME))
    }

    /// The key of this clone: it makes the tags of placeholders, so that they cannot be reversed by guessing.
    fn key(&self, keep: bool) -> anyhow::Result<[u8; 32]> {
        let path = state_paths::at(self.repository.common_dir(), state_paths::KEY);
        // What cannot be read safely, a pipe or a symlink, is as good as none.
        if let Ok(Some(bytes)) = files::read(&path, files::LIMIT)
            && let Ok(key) = bytes.try_into()
        {
            files::keep_private(&path)?;
            return Ok(key);
        }
        let mut key = [0; 32];
        getrandom::fill(&mut key)
            .map_err(|error| anyhow::anyhow!("no random numbers for {}: {error}", path.display()))?;
        let folder = path.parent().unwrap_or(&path);
        let write = || -> anyhow::Result<()> {
            failpoint::reach("key.write")?;
            fs::create_dir_all(folder)?;
            files::create(&path, &key, NewFileMode::Private)?;
            Ok(())
        };
        // Without a place for the key the tags of this run are its own.
        if keep
            && write().is_ok()
            && let Ok(Some(bytes)) = files::read(&path, files::LIMIT)
            && let Ok(kept) = bytes.try_into()
        {
            return Ok(kept);
        }
        Ok(key)
    }

    /// The commit without the files that are not to be recorded.
    pub(crate) fn without_ignored(&self, mut commit: Commit) -> Commit {
        commit.files.retain(|file| !self.ignored.has_path(&file.path));
        commit
    }

    /// Whether the shell that this runs in belongs to an agent or session that is not to be recorded.
    pub(crate) fn ignores(&self, inside: &AgentShell) -> bool {
        self.ignored.has_session(&inside.agent, inside.session.as_deref().unwrap_or_default())
    }

    pub(crate) fn trailers(&self, commit: &Commit) -> Vec<Trailer> {
        trailers::parse(commit.message.expose().as_bytes(), trailers::COMMENT)
    }

    /// What begins a comment line in a message that is being written.
    pub(crate) fn comment_prefix(&self, message: &[u8]) -> String {
        let setting = self
            .repository
            .config_string("core.commentString")
            .or_else(|| self.repository.config_string("core.commentChar"));
        trailers::comment_prefix(setting.as_deref(), message)
    }
}
