//! Leaves the stamp behind by which the hooks of the next commits know that they have nothing to do (the check in `idle`): all
//! that the decision was made by, as it was before it was made. Where that cannot be told from files and variables alone, no
//! stamp is left, and the next hooks look for themselves.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::config;
use crate::environment::Environment;
use crate::files::{self, NewFileMode};
use crate::idle::sessions::SeenSessions;
use crate::idle::stamp::{FileLook, STAMP, Stamp, folded};
use crate::idle::stamp_text;
use crate::link::stated;
use crate::record::agents::{AGENTS, NAME_VARIABLE};
use crate::recorder::agent_folders::places;
use crate::recorder::lookout::Lookout;
use crate::recorder::workplace::Workplace;
use crate::recorder::{ignored, journals, made_from, spool};
use crate::state::paths as state_paths;

/// So long a stamp holds where no agent has a folder, in seconds.
const NO_AGENT: u64 = 600;

/// Variables that say where things are and what is wanted, beside those of the agents and those of git's settings.
const ASKED: [&str; 16] = [
    "BACKSTORY",
    "BACKSTORY_FAILPOINT",
    "GIT_COMMON_DIR",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_CONFIG_SYSTEM",
    "GIT_DIR",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_REFLOG_ACTION",
    "GIT_WORK_TREE",
    "HOME",
    "USERPROFILE",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "APPDATA",
];

/// What stands for an operation of git that makes commits from others, in its folder.
const UNDER_WAY: [&str; 6] =
    ["CHERRY_PICK_HEAD", "REVERT_HEAD", "SQUASH_MSG", "rebase-apply", "rebase-merge", "commondir"];

/// Whether such an operation is under way.
pub(super) fn is_under_way(git_dir: &Path) -> bool {
    UNDER_WAY.iter().any(|name| fs::symlink_metadata(git_dir.join(name)).is_ok())
}

/// Called after a commit by hand of which nothing was to be recorded. `None` where no stamp can be left.
pub(super) fn leave(workplace: &Workplace, environment: &Environment) -> Option<()> {
    Before::look(workplace, environment)?.leave(workplace, environment)
}

/// Called after a commit with something to record: what no longer holds costs the next hooks a look.
pub(super) fn take_away(workplace: &Workplace) {
    if let Some(root) = workplace.repository.root() {
        let _ = fs::remove_file(root.join(STAMP));
    }
}

/// What the decision will be made by, seen before it is made.
struct Before {
    root: PathBuf,
    variables: BTreeMap<String, Option<String>>,
    looks: Vec<(PathBuf, FileLook)>,
}

impl Before {
    /// `None` where no stamp can be left.
    fn look(workplace: &Workplace, environment: &Environment) -> Option<Self> {
        let repository = &workplace.repository;
        let root: PathBuf = repository.root()?.components().collect();
        let git_dir: PathBuf = repository.git_dir().components().collect();
        // The check looks from the root of a main work tree.
        if !cfg!(unix) || root != environment.cwd || git_dir != root.join(".git") {
            return None;
        }
        let given = environment.variables.range("GIT_CONFIG".to_owned()..);
        let mut given = given.map(|(name, _)| name).take_while(|name| name.starts_with("GIT_CONFIG"));
        if given.any(|name| !ASKED.contains(&name.as_str())) {
            return None;
        }
        let mut variables = BTreeMap::new();
        let signs = AGENTS.iter().flat_map(|row| row.environment.iter().map(|sign| sign.variable));
        let of_agents = signs.chain(AGENTS.iter().flat_map(|row| row.home_variables.iter().copied()));
        let of_mapped = workplace.mapped.variables.iter().map(String::as_str);
        for name in ASKED.into_iter().chain(of_agents).chain([NAME_VARIABLE]).chain(of_mapped) {
            let value = environment.variables.get(name).map(|value| value.to_str().map(str::to_owned));
            variables.insert(name.to_owned(), if let Some(value) = value { Some(value?) } else { None });
        }
        let aliases = workplace.aliases();
        if !aliases.taken.is_empty() || !aliases.refused.is_empty() {
            return None;
        }
        let config_home = environment.variable("XDG_CONFIG_HOME").map(Path::new);
        let mut paths = repository.settings_places(environment.home.as_deref()?, config_home)?;
        paths.extend(
            ["GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"]
                .iter()
                .filter_map(|name| Some(environment.cwd.join(environment.variable(name)?))),
        );
        paths.extend([config::FILE_NAME, ignored::FILE_NAME, journals::FOLDER].map(|name| root.join(name)));
        paths.extend(workplace.mapped.files.iter().cloned());
        paths.extend(UNDER_WAY.map(|name| git_dir.join(name)));
        paths.push(state_paths::at(&git_dir, state_paths::FORGOTTEN));
        paths.extend(spool::folders(&git_dir));
        paths.extend(places(environment).trees().into_iter().map(|(_, path)| path));
        let looks = paths.into_iter().map(|path| FileLook::at(&path).map(|look| (path, look)));
        Some(Self { root, variables, looks: looks.collect::<Option<_>>()? })
    }

    fn leave(self, workplace: &Workplace, environment: &Environment) -> Option<()> {
        let repository = &workplace.repository;
        let made = u64::try_from(environment.now.as_second()).ok()?;
        let (sessions, until) = match Lookout::new(workplace, environment) {
            None => (SeenSessions::default(), made + NO_AGENT),
            Some(lookout) => {
                let (sessions, until) = lookout.seen()?;
                (sessions, u64::try_from(until / 1_000_000_000).ok()?)
            }
        };
        let is_there = |path: &PathBuf| self.looks.iter().any(|(seen, look)| seen == path && *look != FileLook::Absent);
        let git_dir = self.root.join(".git");
        let mut in_the_way = UNDER_WAY.iter().map(|name| git_dir.join(name)).chain([self.root.join(journals::FOLDER)]);
        if in_the_way.any(|path| is_there(&path)) {
            return None;
        }
        // The spool's folder stays behind when it has been emptied; whatever comes into it changes how it looks.
        if spool::folders(&git_dir).iter().any(|path| is_there(path) && !is_empty(path)) {
            return None;
        }
        let head = repository.head()?;
        let log = fs::metadata(git_dir.join("logs/HEAD")).ok()?.len();
        let author = repository.author(&head).ok()?;
        let mut words = stated::telling_words();
        words.extend(made_from::TELLING.map(folded));
        let looks = self.looks;
        let stamp = Stamp {
            root: self.root,
            made,
            until,
            head,
            log,
            author: (author.name, author.email),
            variables: self.variables,
            looks,
            sessions,
            words,
        };
        let path = repository.root()?.join(STAMP);
        let folder = path.parent()?;
        // Nothing of ours is put where no agent ever was.
        if fs::symlink_metadata(folder).is_ok_and(|data| data.is_dir()) {
            files::write(&path, stamp_text::text(&stamp)?.as_bytes(), NewFileMode::Private).ok()?;
        }
        Some(())
    }
}

/// Whether a folder can be read and holds nothing.
fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none())
}
