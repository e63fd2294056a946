//! A repository with the index of what its records tell, as they are for one question, or kept open for many: then they are opened again
//! where anything has changed that decides what may be told. Notes and HEAD are asked for at each question.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};

use super::ignored;
use super::recall::Recall;
use super::recalling::Asking;
use super::workplace::Workplace;
use crate::config;
use crate::environment::Environment;
use crate::git::repository::Repository;
use crate::idle::stamp::FileLook;
use crate::state::paths as state_paths;

/// So long a place is kept open: what no file shows counts from then on.
const LONGEST: SignedDuration = SignedDuration::from_secs(30);
/// A file that was changed so shortly before it was looked at may have changed again without a sign: the clocks of file systems are coarse.
const COARSE: SignedDuration = SignedDuration::from_secs(2);
/// Folders of branches below one of a remote.
const DEPTH: usize = 8;
/// More folders than these are not looked at each time.
const MOST_FOLDERS: usize = 256;

/// A repository, and the index once something was asked of it.
pub(crate) struct RecallPlace {
    workplace: Workplace,
    recall: Option<Recall>,
}

impl RecallPlace {
    /// # Errors
    /// Outside a repository, and when its settings cannot be used.
    pub(crate) fn open(environment: &Environment) -> anyhow::Result<Self> {
        Ok(Self { workplace: Workplace::for_telling(environment)?, recall: None })
    }

    pub(crate) fn workplace(&self) -> &Workplace {
        &self.workplace
    }

    pub(crate) fn workplace_mut(&mut self) -> &mut Workplace {
        &mut self.workplace
    }

    /// The index as it is now, for the session `without`, whose own doings are left out.
    ///
    /// # Errors
    /// When the index can neither be kept nor made.
    pub(crate) fn ask(&mut self, without: Option<String>) -> anyhow::Result<Asking<'_>> {
        let open = self.recall.take();
        let recall = match open.and_then(|mut recall| recall.is_brought_up(&mut self.workplace).then_some(recall)) {
            Some(recall) => recall,
            None => Recall::open(&mut self.workplace)?,
        };
        Ok(Asking::of(&self.workplace, self.recall.insert(recall), without))
    }
}

/// The place that was asked last, kept open.
#[derive(Default)]
pub(crate) struct KeptPlace {
    open: Option<(RecallPlace, PlaceLook)>,
}

impl KeptPlace {
    /// The place around the process as it is now.
    ///
    /// # Errors
    /// As [`RecallPlace::open`].
    pub(crate) fn now(&mut self, environment: &Environment) -> anyhow::Result<&mut RecallPlace> {
        let kept = self.open.take().filter(|(place, look)| look.holds(&place.workplace.repository, environment));
        let kept = match kept {
            Some(kept) => kept,
            None => {
                let place = RecallPlace::open(environment)?;
                let look = PlaceLook::at(&place.workplace, environment);
                (place, look)
            }
        };
        Ok(&mut self.open.insert(kept).0)
    }
}

/// What decides what may be told, as it was when the place was opened.
struct PlaceLook {
    environment: Environment,
    head: Option<String>,
    /// `None` where not all can be looked at: then nothing is kept.
    looks: Option<Vec<(PathBuf, FileLook)>>,
}

impl PlaceLook {
    fn at(workplace: &Workplace, environment: &Environment) -> Self {
        let looks = watched(workplace, environment).and_then(|paths| {
            let look = |path: PathBuf| FileLook::at(&path).map(|look| (path, look));
            paths.into_iter().map(look).collect::<Option<Vec<_>>>()
        });
        Self { environment: environment.clone(), head: workplace.repository.head(), looks }
    }

    fn holds(&self, repository: &Repository, environment: &Environment) -> bool {
        let age = environment.now.duration_since(self.environment.now);
        let Some(looks) = self.looks.as_ref().filter(|_| !age.is_negative() && age <= LONGEST) else { return false };
        self.environment.variables == environment.variables
            && self.environment.cwd == environment.cwd
            && looks
                .iter()
                .all(|(path, look)| FileLook::at(path) == Some(*look) && is_settled(*look, self.environment.now))
            && repository.head() == self.head
    }
}

/// Whether the look shows what there was at `now` for sure.
fn is_settled(look: FileLook, now: Timestamp) -> bool {
    match look {
        FileLook::Absent => true,
        FileLook::Seen { modified, .. } => {
            let before = now.as_nanosecond() - COARSE.as_nanos();
            i128::from(modified) < before
        }
    }
}

/// Files and folders: the settings of git and of the team, what is staged, what is known of remotes, what was forgotten, packs.
fn watched(workplace: &Workplace, environment: &Environment) -> Option<Vec<PathBuf>> {
    let repository = &workplace.repository;
    let (git_dir, common_dir) = (repository.git_dir(), repository.common_dir());
    let config_home = environment.variable("XDG_CONFIG_HOME").map(Path::new);
    let mut paths = repository.settings_places(environment.home.as_deref()?, config_home)?;
    let named = ["GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_INDEX_FILE"];
    paths.extend(named.iter().filter_map(|name| Some(environment.cwd.join(environment.variable(name)?))));
    if let Some(root) = repository.root() {
        paths.extend([config::FILE_NAME, ignored::FILE_NAME].map(|name| root.join(name)));
    }
    paths.extend(["HEAD", "index"].map(|name| git_dir.join(name)));
    paths.extend(["packed-refs", "shallow", "objects/pack", "reftable"].map(|name| common_dir.join(name)));
    paths.push(state_paths::at(common_dir, state_paths::FORGOTTEN));
    paths.extend(workplace.mapped.files.iter().cloned());
    let mut folders = Vec::new();
    add_folders(&common_dir.join("refs/remotes"), DEPTH, &mut folders)?;
    paths.extend(folders);
    Some(paths)
}

/// The folder itself and those below it, in which a branch is written again by a new file. `None` where there are too many.
fn add_folders(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Option<()> {
    found.push(folder.to_owned());
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            if depth == 0 || found.len() >= MOST_FOLDERS {
                return None;
            }
            add_folders(&entry.path(), depth - 1, found)?;
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::stage::Trial;

    type Change = fn(&Visit);

    struct Visit {
        trial: Trial,
        home: tempfile::TempDir,
        kept: KeptPlace,
        now: Timestamp,
    }

    impl Visit {
        /// Begins an hour from now: what was just written was written long ago then.
        fn new() -> Self {
            let trial = Trial::new();
            trial.commit("Start", "a.py", "x = 1\n");
            let now = Environment::from_process().now + SignedDuration::from_hours(1);
            Self { trial, home: tempfile::tempdir().unwrap(), kept: KeptPlace::default(), now }
        }

        /// Whether the place that was open is the one that is asked next.
        fn is_kept(&mut self) -> bool {
            self.now += SignedDuration::from_secs(1);
            let environment = Environment {
                variables: Default::default(),
                home: Some(self.home.path().to_owned()),
                cwd: self.trial.folder.path().to_owned(),
                now: self.now,
            };
            self.kept.now(&environment).unwrap().ask(None).unwrap().tried("x", &[], 1).unwrap();
            self.kept.open.as_ref().is_some_and(|(_, look)| look.environment.now < self.now)
        }

        fn write(&self, path: &str, text: &str) {
            let path = self.trial.folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
    }

    #[test]
    fn it_stays_open_until_something_changes_that_decides_what_is_told() {
        let mut visit = Visit::new();
        assert!(!visit.is_kept(), "nothing is open yet");
        assert!(visit.is_kept(), "nothing changed");
        let changes: [(&str, Change); 9] = [
            ("the team's settings", |visit| visit.write(config::FILE_NAME, "prompts: none\n")),
            ("what is ignored", |visit| visit.write(ignored::FILE_NAME, "path:secret/**\n")),
            ("what is ignored, otherwise", |visit| visit.write(ignored::FILE_NAME, "path:secrets/**\n")),
            ("what was forgotten", |visit| visit.write(".git/backstory/forgotten", "session:s1\n")),
            ("what is staged", |visit| {
                let mut index = visit.trial.repository.index().unwrap();
                index.add_path(Path::new(config::FILE_NAME)).unwrap();
                index.write().unwrap();
            }),
            ("git's settings", |visit| visit.write(".git/config", "[user]\n\tname = Ann\n")),
            ("a person's settings", |visit| fs::write(visit.home.path().join(".gitconfig"), "[a]\n\tb = c\n").unwrap()),
            ("HEAD", |visit| {
                visit.trial.commit("More", "a.py", "x = 2\n");
            }),
            ("a branch of a remote", |visit| {
                let head = visit.trial.repository.head().unwrap().target().unwrap();
                visit.trial.repository.reference("refs/remotes/origin/main", head, true, "").unwrap();
            }),
        ];
        for (name, change) in changes {
            change(&visit);
            assert!(!visit.is_kept(), "{name}");
            assert!(visit.is_kept(), "{name}: it is open again");
        }
        visit.now += LONGEST;
        assert!(!visit.is_kept(), "in the end all is looked at again");
    }

    #[test]
    fn what_was_changed_just_now_may_change_again() {
        let mut visit = Visit::new();
        visit.now = Environment::from_process().now;
        visit.is_kept();
        assert!(!visit.is_kept());
    }

    #[cfg(unix)]
    #[test]
    fn an_index_that_was_deleted_is_asked_no_more() {
        let mut visit = Visit::new();
        visit.is_kept();
        let path = visit.trial.folder.path().join(".git/backstory/recall.db");
        let (place, _) = visit.kept.open.as_mut().unwrap();
        fs::remove_file(&path).unwrap();
        place.ask(None).unwrap().tried("x", &[], 1).unwrap();
        assert!(path.exists(), "it is made again");
    }
}
