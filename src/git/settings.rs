//! The settings of git that are in force in a repository, as git itself sees them. libgit2 reads the files of the system,
//! the person and the repository. What it does not know is read here (other files, by `GIT_CONFIG_GLOBAL` and the like), or
//! asked of git in one call (`git -c`, conditions of includes): a setting that was not seen may be one that keeps something
//! private.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use git2::{ConfigLevel, ErrorCode};

/// The variables by which a caller gives git other settings, where they are set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Given {
    /// `GIT_CONFIG_SYSTEM`, and `GIT_CONFIG_NOSYSTEM` as an empty path.
    pub system: Option<PathBuf>,
    /// The person's own files, the last one in force: that of `GIT_CONFIG_GLOBAL` (none where it is empty), or those of a home
    /// folder that no variable names.
    pub global: Option<Vec<PathBuf>>,
    /// `GIT_CONFIG_COUNT` or `GIT_CONFIG_PARAMETERS` (which `git -c` sets): their form is git's own business.
    pub has_single: bool,
}

impl Given {
    /// Whether git reads other files than libgit2 does.
    fn changes_files(&self) -> bool {
        // Without a file of the system, and where there is none on Unix, libgit2 reads the same.
        let is_other =
            |path: &PathBuf| !(cfg!(unix) && path.as_os_str().is_empty() && git2::Config::find_system().is_err());
        self.global.is_some() || self.system.as_ref().is_some_and(is_other)
    }
}

/// Where the settings come from.
pub(crate) enum Settings {
    Files(git2::Config),
    /// What git listed: the values of each name, the last one in force.
    Listed(BTreeMap<String, Vec<String>>),
}

impl Settings {
    /// The settings of the files, without a look at what git may add. Only for a first look that records nothing.
    pub(super) fn at_hand(git: &git2::Repository) -> Result<Self> {
        // Asked without one, each question looks at every file again.
        let config = git.config().and_then(|mut config| config.snapshot());
        config.map(Self::Files).with_context(|| format!("the git settings of {} cannot be read", git.path().display()))
    }

    /// The settings as git sees them from `folder`.
    ///
    /// # Errors
    /// When a file has a mistake, or git has to be asked and does not answer.
    pub(super) fn in_force(git: &git2::Repository, folder: &Path, given: &Given) -> Result<Self> {
        if given.has_single {
            return Self::listed(folder);
        }
        let mut files = if given.changes_files() {
            files(git, given).with_context(|| format!("the git settings of {} cannot be read", git.path().display()))?
        } else {
            git.config()?
        };
        let files = files.snapshot()?;
        if needs_git(&files)? { Self::listed(folder) } else { Ok(Self::Files(files)) }
    }

    /// A person's settings, where no repository is at hand.
    ///
    /// # Errors
    /// When a file has a mistake.
    pub(crate) fn outside(given: &Given) -> Result<Self> {
        let mut config = git2::Config::new()?;
        add_personal(&mut config, given)?;
        Ok(Self::Files(config.snapshot()?))
    }

    fn listed(folder: &Path) -> Result<Self> {
        let said = Command::new("git")
            .args(["config", "--list", "-z"])
            .current_dir(folder)
            .stdin(Stdio::null())
            .output()
            .context("git cannot be started to ask for its settings")?;
        if !said.status.success() {
            let reason = String::from_utf8_lossy(&said.stderr);
            bail!("git does not tell its settings: {}", reason.lines().next().unwrap_or("it gave no reason"));
        }
        let text = String::from_utf8_lossy(&said.stdout);
        let mut values: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for entry in text.split('\0').filter(|entry| !entry.is_empty()) {
            // A name alone is a switch that is on.
            let (name, value) = entry.split_once('\n').unwrap_or((entry, "true"));
            values.entry(name.to_owned()).or_default().push(value.to_owned());
        }
        Ok(Self::Listed(values))
    }

    /// The value in force; `None` where it is not set, or is no longer to be told from text that is damaged.
    pub(crate) fn string(&self, name: &str) -> Option<String> {
        match self {
            Self::Files(config) => match config.get_entry(name) {
                Ok(entry) => Some(text_of(&entry)),
                Err(error) if error.code() == ErrorCode::NotFound => None,
                // It is set to something that cannot be read: what restricts must not count as not set.
                Err(_) => Some(UNREADABLE.to_owned()),
            },
            Self::Listed(values) => values.get(&canonical(name))?.last().cloned(),
        }
    }

    /// All values of a name that may be given several times.
    pub(crate) fn values(&self, name: &str) -> Vec<String> {
        match self {
            Self::Files(config) => {
                let mut values = Vec::new();
                // A name that is not set is an error here.
                if let Ok(entries) = config.multivar(name, None) {
                    let _ = entries.for_each(|entry| values.push(text_of(entry)));
                }
                values
            }
            Self::Listed(values) => values.get(&canonical(name)).cloned().unwrap_or_default(),
        }
    }
}

/// Where the files may be that [`Settings::at_hand`] reads: those that are not there as well. `None` where a file includes
/// others under conditions that change while no file does, such as the branch.
pub(super) fn places(git: &git2::Repository, home: &Path, config_home: Option<&Path>) -> Option<Vec<PathBuf>> {
    let config_home = config_home.map_or_else(|| home.join(".config"), Path::to_owned);
    let mut places = vec![
        git.commondir().join("config"),
        git.path().join("config.worktree"),
        home.join(".gitconfig"),
        config_home.join("git/config"),
        PathBuf::from("/etc/gitconfig"),
    ];
    places.extend([git2::Config::find_system(), git2::Config::find_xdg()].into_iter().flatten());
    let folders: Vec<PathBuf> = places.iter().filter_map(|place| Some(place.parent()?.to_owned())).collect();
    let mut is_plain = true;
    git.config()
        .ok()?
        .entries(Some("^include"))
        .ok()?
        .for_each(|entry| {
            let name = String::from_utf8_lossy(entry.name_bytes()).into_owned();
            is_plain &= name == "include.path" || name.starts_with("includeif.gitdir");
            let Some(path) = std::str::from_utf8(if entry.has_value() { entry.value_bytes() } else { b"" }).ok() else {
                return;
            };
            match path.strip_prefix("~/") {
                Some(rest) => places.push(home.join(rest)),
                // Relative to the file that names it, whichever it is.
                None => places.extend(folders.iter().map(|folder| folder.join(path))),
            }
        })
        .ok()?;
    places.sort();
    places.dedup();
    is_plain.then_some(places)
}

/// Stands for a value that cannot be read; it means nothing to any setting.
const UNREADABLE: &str = "\u{fffd}";

fn text_of(entry: &git2::ConfigEntry<'_>) -> String {
    if entry.has_value() { String::from_utf8_lossy(entry.value_bytes()).into_owned() } else { "true".to_owned() }
}

/// As git lists a name: section and key in small letters, the part between them as it is.
fn canonical(name: &str) -> String {
    let (section, rest) = name.split_once('.').unwrap_or((name, ""));
    match rest.rsplit_once('.') {
        Some((between, key)) => format!("{}.{between}.{}", section.to_ascii_lowercase(), key.to_ascii_lowercase()),
        None => name.to_ascii_lowercase(),
    }
}

/// The files that git reads with these variables.
fn files(git: &git2::Repository, given: &Given) -> Result<git2::Config> {
    let mut config = git2::Config::new()?;
    add_personal(&mut config, given)?;
    config.add_file(&git.commondir().join("config"), ConfigLevel::Local, false)?;
    if git.config()?.get_bool("extensions.worktreeConfig").unwrap_or(false) {
        config.add_file(&git.path().join("config.worktree"), ConfigLevel::Worktree, false)?;
    }
    Ok(config)
}

/// The files of the system and the person.
fn add_personal(config: &mut git2::Config, given: &Given) -> Result<()> {
    let mut add = |path: &Path, level| match path.as_os_str().is_empty() {
        true => Ok(()),
        false => config.add_file(path, level, false),
    };
    // A file that was named and is not there says nothing, to git as well.
    match &given.system {
        Some(path) => add(path, ConfigLevel::System)?,
        None => git2::Config::find_system().map_or(Ok(()), |path| add(&path, ConfigLevel::System))?,
    }
    match given.global.as_deref() {
        Some(paths) => {
            for (path, level) in paths.iter().rev().zip([ConfigLevel::Global, ConfigLevel::XDG]) {
                add(path, level)?;
            }
        }
        None => {
            git2::Config::find_xdg().map_or(Ok(()), |path| add(&path, ConfigLevel::XDG))?;
            git2::Config::find_global().map_or(Ok(()), |path| add(&path, ConfigLevel::Global))?;
        }
    }
    Ok(())
}

/// Whether a file includes another under a condition, or from a place that only git can expand.
fn needs_git(config: &git2::Config) -> Result<bool> {
    let mut found = false;
    // An expression to choose them takes longer to compile than all of them take to look at.
    config.entries(None)?.for_each(|entry| {
        if !entry.name_bytes().starts_with(b"include") {
            return;
        }
        let path = if entry.has_value() { entry.value_bytes() } else { b"~" };
        let is_plain = !path.starts_with(b"%(") && (!path.starts_with(b"~") || path.starts_with(b"~/"));
        found |= entry.name_bytes().starts_with(b"includeif.") || !is_plain;
    })?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;
    use super::*;

    fn in_force(fixture: &Fixture, given: &Given) -> Settings {
        let repository = fixture.open();
        Settings::in_force(repository.handle(), &fixture.root(), given).unwrap()
    }

    #[test]
    fn listed_settings_and_those_of_the_files_say_the_same() {
        let fixture = Fixture::new();
        fixture.git(&["config", "Branch.A.b.Remote", "x"]);
        fixture.git(&["config", "--add", "notes.rewriteRef", "refs/notes/one"]);
        fixture.git(&["config", "--add", "notes.rewriteRef", "refs/notes/two\nlines"]);
        let path = fixture.root().join(".git/config");
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text + "[backstory]\n\tenabled\n\tempty =\n").unwrap();
        let files = in_force(&fixture, &Given::default());
        let listed = Settings::listed(&fixture.root()).unwrap();
        assert!(matches!(files, Settings::Files(_)));
        for name in
            ["branch.A.b.remote", "BACKSTORY.Enabled", "backstory.empty", "notes.rewriteref", "no.such", "x.y.z"]
        {
            assert_eq!(files.string(name), listed.string(name), "{name}");
            assert_eq!(files.values(name), listed.values(name), "{name}");
        }
        assert_eq!(files.string("branch.A.b.remote").as_deref(), Some("x"));
        assert_eq!(files.string("branch.a.b.remote"), None);
        assert_eq!(files.string("backstory.enabled").as_deref(), Some("true"));
        assert_eq!(files.string("backstory.empty").as_deref(), Some(""));
    }

    #[test]
    fn a_file_of_another_place_stands_for_the_persons_own() {
        let fixture = Fixture::new();
        let other = fixture.root().join("other");
        std::fs::write(&other, "[backstory]\n\tsharing = local\n\ttraining = false\n").unwrap();
        fixture.git(&["config", "backstory.training", "true"]);
        for given in [
            Given { global: Some(vec![other.clone()]), ..Given::default() },
            Given { global: Some(vec![other.clone(), PathBuf::from("/nonexistent")]), ..Given::default() },
            Given { system: Some(other.clone()), global: Some(Vec::new()), has_single: false },
        ] {
            let settings = in_force(&fixture, &given);
            assert!(matches!(settings, Settings::Files(_)));
            assert_eq!(settings.string("backstory.sharing").as_deref(), Some("local"), "{given:?}");
            assert_eq!(settings.string("backstory.training").as_deref(), Some("true"), "{given:?}");
        }
        let nothing = Given { system: Some(PathBuf::new()), global: Some(Vec::new()), has_single: false };
        assert_eq!(in_force(&fixture, &nothing).string("user.name"), fixture.open().config_string("user.name"));
        std::fs::write(&other, "[backstory\n").unwrap();
        let broken = Given { global: Some(vec![other]), ..Given::default() };
        let repository = fixture.open();
        assert!(Settings::in_force(repository.handle(), &fixture.root(), &broken).is_err());
    }

    #[test]
    fn git_is_asked_where_an_include_depends_on_something() {
        let included = "[backstory]\n\tsharing = local\n";
        for (condition, is_asked) in [
            ("[include]\n\tpath = ../extra\n", false),
            ("[includeIf \"gitdir:**/\"]\n\tpath = ../extra\n", true),
            ("[includeIf \"onbranch:*\"]\n\tpath = ../extra\n", true),
            ("[remote \"o\"]\n\turl = x/y\n[includeIf \"hasconfig:remote.*.url:x/**\"]\n\tpath = ../extra\n", true),
        ] {
            let fixture = Fixture::new();
            std::fs::write(fixture.root().join("extra"), included).unwrap();
            let path = fixture.root().join(".git/config");
            let text = std::fs::read_to_string(&path).unwrap();
            std::fs::write(&path, text + condition).unwrap();
            let settings = in_force(&fixture, &Given::default());
            assert_eq!(matches!(settings, Settings::Listed(_)), is_asked, "{condition}");
            assert_eq!(settings.string("backstory.sharing").as_deref(), Some("local"), "{condition}");
        }
    }
}
