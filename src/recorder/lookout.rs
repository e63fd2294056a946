//! Which transcripts changed since a hook looked last, at the cost of a few looks: every one of this user counts, in
//! whatever folder it is filed, and a home may hold tens of thousands. What changed last is looked at each time, all the
//! rest every few minutes.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::agent_folders::places;
use super::ground::{self, Aliases};
use super::workplace::Workplace;
use crate::capture::{self, Problem, SearchedFolder, Transcript};
use crate::environment::Environment;
use crate::git::territory::Territory;
use crate::idle::sessions::{self, SeenSessions, SeenTranscript, modified};
pub(crate) use crate::idle::sessions::{digest, nanoseconds};
use crate::state::paths as state_paths;
use crate::state::roster::{Roster, SeenFile, SeenFolder};

/// So many folders are looked at in each hook, those that changed last, beside all whose name says that sessions of this
/// repository are filed there.
const AWAKE_FOLDERS: usize = 256;
/// So many transcripts of sessions elsewhere are looked at in each hook: half of them in those folders, if there are as many.
const AWAKE_FILES: usize = 64;
/// All folders are listed again after so many nanoseconds.
const SWEEP: i64 = 600 * 1_000_000_000;

/// The folders of the agents, seen from one repository.
pub(crate) struct Lookout<'a> {
    pub(crate) folders: Vec<SearchedFolder>,
    /// Where the repository lies, once a transcript is to be judged by it.
    ground: OnceCell<Territory>,
    /// Changes with the borders of the repository.
    pub(crate) digest: i64,
    pub(crate) now: i64,
    workplace: &'a Workplace,
    environment: &'a Environment,
    aliases: Aliases,
    /// For each folder, by its path: its place, and whether its name says that sessions of this repository are filed there.
    by_path: OnceCell<HashMap<OsString, (usize, bool)>>,
    roster: PathBuf,
}

/// What was listed, because it may have changed.
pub(crate) struct FreshListing {
    pub(crate) transcripts: Vec<Transcript>,
    pub(crate) problems: Vec<Problem>,
    /// Whether these are all that there are.
    pub(crate) is_all: bool,
    before: Roster,
    /// The folders that were listed, with their times.
    folders: Vec<(u64, i64)>,
}

impl<'a> Lookout<'a> {
    /// `None` where no agent left anything in this home.
    pub(crate) fn new(workplace: &'a Workplace, environment: &'a Environment) -> Option<Self> {
        let folders = places(environment).folders();
        if folders.is_empty() {
            return None;
        }
        let aliases = workplace.aliases();
        Some(Self {
            folders,
            ground: OnceCell::new(),
            digest: ground::digest(&workplace.repository, &aliases),
            now: i64::try_from(environment.now.as_nanosecond()).unwrap_or(i64::MAX),
            workplace,
            environment,
            aliases,
            by_path: OnceCell::new(),
            roster: state_paths::at(workplace.repository.common_dir(), state_paths::ROSTER),
        })
    }

    pub(crate) fn ground(&self) -> &Territory {
        self.ground
            .get_or_init(|| Territory::of(ground::borders(&self.workplace.repository, &self.aliases, self.environment)))
    }

    /// Whether surely no session of this home belongs here: none did, and nothing has changed since.
    pub(crate) fn is_quiet(&self) -> bool {
        let Some(roster) = self.roster() else { return false };
        !roster.any && !self.is_due(&roster) && self.changes(&roster).is_none()
    }

    /// Whether all is as it was listed last, but for transcripts that belong here.
    pub(crate) fn is_unchanged(&self) -> bool {
        self.roster().is_some_and(|roster| !self.is_due(&roster) && self.changes(&roster).is_none())
    }

    /// What [`Self::is_quiet`] goes by, as it was seen then, and when everything is to be listed again, in nanoseconds since 1970;
    /// `None` where it is not quiet.
    pub(crate) fn seen(&self) -> Option<(SeenSessions, i64)> {
        let roster = self.roster().filter(|_| self.is_quiet())?;
        // In which new folders may be made.
        let above: HashSet<u64> = self.folders.iter().filter_map(|folder| folder.path.parent()).map(digest).collect();
        let looked_at = roster.folders.iter().filter(|folder| folder.awake || above.contains(&folder.digest));
        let by_digest: HashMap<u64, &SearchedFolder> =
            self.folders.iter().map(|folder| (digest(&folder.path), folder)).collect();
        let mut files: Vec<SeenTranscript> = Vec::new();
        for file in &roster.files {
            let of_subagents = by_digest.get(&file.folder).filter(|_| file.subagents != 0);
            let subagents = of_subagents.and_then(|folder| folder.subagents_folder(Path::new(&file.name)));
            let mut seen = SeenTranscript {
                folder: file.folder,
                modified: file.modified,
                size: file.size,
                subagents: file.subagents,
                beside: subagents.and_then(|path| path.into_os_string().into_string().ok()).unwrap_or_default(),
                name: file.name.clone(),
            };
            // Of a session in several files each is looked at by itself: a stamp knows nothing of how they belong together.
            if let Some(folder) = by_digest.get(&file.folder) {
                let main = folder.path.join(&file.name);
                let beside = folder.beside(&main);
                if !beside.is_empty() {
                    (seen.size, seen.modified) = look(&main)?;
                }
                for path in beside {
                    // What is not there yet changes its folder when it is made.
                    let Some((size, modified)) = look(&path) else { continue };
                    let name = way(&folder.path, &path)?;
                    let beside = String::new();
                    files.push(SeenTranscript { folder: file.folder, modified, size, subagents: 0, beside, name });
                }
            }
            files.push(seen);
        }
        let sessions = SeenSessions {
            trees: places(self.environment).trees(),
            folders: looked_at.map(|folder| (folder.digest, folder.modified)).collect(),
            files,
        };
        Some((sessions, roster.swept.saturating_add(SWEEP)))
    }

    /// The transcripts that may have changed, but for those that are known to belong here. `epoch` is the index's.
    pub(crate) fn list(&self, epoch: i64) -> FreshListing {
        let before = self.roster().filter(|roster| roster.epoch == epoch);
        let before = before.unwrap_or_else(|| Roster { epoch, ..Roster::default() });
        let is_all = self.is_due(&before);
        let changes = if is_all { None } else { self.changes(&before) };
        let folders: Vec<&SearchedFolder> = match (&changes, is_all) {
            (_, true) => self.folders.iter().collect(),
            (Some(changes), _) => changes.folders.clone(),
            (None, _) => Vec::new(),
        };
        // The times come first: what is added meanwhile is found the next time.
        let times = folders.iter().map(|folder| (digest(&folder.path), modified(&folder.path))).collect();
        let (mut transcripts, problems) = capture::find_in(folders);
        for (folder, path) in changes.into_iter().flat_map(|changes| changes.files) {
            transcripts.extend(capture::look_at(folder, &path));
            transcripts.extend(capture::subagents_of(folder, &path));
        }
        FreshListing { transcripts, problems, is_all, before, folders: times }
    }

    /// Writes down what was seen. `is_here` tells of a transcript that its session belongs here, and `any` whether one
    /// does at all; where not everything was `done`, all of it is listed again the next time.
    pub(crate) fn remember(&self, listed: &FreshListing, any: bool, done: bool, is_here: &dyn Fn(&Path) -> bool) {
        let before = &listed.before;
        let swept = if listed.is_all { self.now } else { before.swept };
        let mut next = Roster {
            ground: self.digest,
            epoch: before.epoch,
            swept: if done { swept } else { 0 },
            any,
            folders: if listed.is_all { Vec::new() } else { before.folders.clone() },
            files: if listed.is_all { Vec::new() } else { before.files.clone() },
        };
        for &(digest, modified) in &listed.folders {
            next.folders.retain(|known| listed.is_all || known.digest != digest);
            next.folders.push(SeenFolder { digest, modified, awake: false });
        }
        next.folders.sort_by_key(|folder| std::cmp::Reverse(folder.modified));
        let near: HashSet<u64> =
            self.by_path().iter().filter(|(_, (_, near))| *near).map(|(path, _)| digest(Path::new(path))).collect();
        for (place, folder) in next.folders.iter_mut().enumerate() {
            folder.awake = place < AWAKE_FOLDERS || near.contains(&folder.digest);
        }
        let elsewhere: Vec<&Transcript> = listed.transcripts.iter().filter(|one| !is_here(&one.path)).collect();
        let (mut of_near, mut of_far): (Vec<_>, Vec<_>) =
            elsewhere.into_iter().partition(|one| self.is_near(&one.path));
        for of in [&mut of_near, &mut of_far] {
            of.sort_by_key(|one| std::cmp::Reverse(one.modified));
            for file in of.iter().take(AWAKE_FILES).filter_map(|one| self.seen_file(one)) {
                next.files.retain(|known| (known.folder, &known.name) != (file.folder, &file.name));
                next.files.push(file);
            }
        }
        next.files.sort_by(|a, b| (b.modified, &a.name).cmp(&(a.modified, &b.name)));
        let (mut first, mut rest): (Vec<_>, Vec<_>) =
            next.files.into_iter().partition(|file| near.contains(&file.folder));
        let late = first.split_off(first.len().min(AWAKE_FILES / 2));
        rest.truncate(AWAKE_FILES - first.len());
        first.append(&mut rest);
        first.extend(late.into_iter().take(AWAKE_FILES - first.len()));
        next.files = first;
        if next != *before {
            // Without it the next hook lists everything again.
            let _ = next.save(&self.roster);
        }
    }

    /// Whether the name of its folder says that a transcript may belong here; a damaged one is worth a word then.
    pub(crate) fn is_near(&self, path: &Path) -> bool {
        self.place_of(path).is_some_and(|(_, is_near)| is_near)
    }

    /// The agent's folder that a transcript is filed in.
    pub(crate) fn folder_of(&self, path: &Path) -> Option<&SearchedFolder> {
        self.place_of(path).map(|(place, _)| &self.folders[place])
    }

    /// Whether the name of a transcript says that its session is not to be recorded. Nothing of it is read into the index then.
    pub(crate) fn ignores(&self, transcript: &Transcript) -> bool {
        self.workplace.ignored.has_transcript(&transcript.agent, &transcript.path)
    }

    fn place_of(&self, path: &Path) -> Option<(usize, bool)> {
        let by_path = self.by_path();
        path.ancestors().skip(1).find_map(|above| by_path.get(above.as_os_str()).copied())
    }

    fn by_path(&self) -> &HashMap<OsString, (usize, bool)> {
        self.by_path.get_or_init(|| {
            let roots = ground::roots(&self.workplace.repository, &self.aliases, self.environment);
            let folders = self.folders.iter().enumerate();
            let is_near = |folder: &SearchedFolder| folder.is_named() && folder.may_be_of(&roots);
            folders.map(|(place, folder)| (folder.path.clone().into_os_string(), (place, is_near(folder)))).collect()
        })
    }

    fn roster(&self) -> Option<Roster> {
        Roster::load(&self.roster).filter(|roster| roster.ground == self.digest)
    }

    fn is_due(&self, roster: &Roster) -> bool {
        !(0..SWEEP).contains(&(self.now - roster.swept))
    }

    /// The folders and transcripts that are not as they were; `None` where all are.
    fn changes(&self, roster: &Roster) -> Option<ListingChanges<'_>> {
        let known: HashMap<u64, &SeenFolder> = roster.folders.iter().map(|folder| (folder.digest, folder)).collect();
        let mut changes = ListingChanges::default();
        let mut by_digest: HashMap<u64, &SearchedFolder> = HashMap::new();
        for folder in &self.folders {
            let digest = digest(&folder.path);
            by_digest.insert(digest, folder);
            let is_same = |seen: &&SeenFolder| !seen.awake || seen.modified == modified(&folder.path);
            if known.get(&digest).copied().filter(is_same).is_none() {
                changes.folders.push(folder);
            }
        }
        for file in &roster.files {
            let Some(folder) = by_digest.get(&file.folder) else { continue };
            let path = folder.path.join(&file.name);
            let Some((size, modified)) = folder.state_of(&path) else { continue };
            let is_same = size == file.size && modified.is_some_and(|at| nanoseconds(at) == file.modified);
            if !is_same || (file.subagents != 0 && subagents(folder, &path) != file.subagents) {
                changes.files.push((folder, path));
            }
        }
        (!changes.folders.is_empty() || !changes.files.is_empty()).then_some(changes)
    }

    fn seen_file(&self, transcript: &Transcript) -> Option<SeenFile> {
        let folder = self.folder_of(&transcript.path)?;
        let name = transcript.path.strip_prefix(&folder.path).ok()?.to_str()?.to_owned();
        Some(SeenFile {
            folder: digest(&folder.path),
            size: transcript.size,
            modified: transcript.modified.map_or(0, nanoseconds),
            subagents: if is_whole(&name) && folder.keeps_subagents() {
                subagents(folder, &transcript.path)
            } else {
                0
            },
            name,
        })
    }
}

#[derive(Default)]
struct ListingChanges<'a> {
    folders: Vec<&'a SearchedFolder>,
    files: Vec<(&'a SearchedFolder, PathBuf)>,
}

/// The way from a folder to a path, up where need be; `None` where it is not text.
fn way(from: &Path, to: &Path) -> Option<String> {
    let (ups, above) = from.ancestors().enumerate().find(|(_, above)| to.starts_with(above))?;
    let rest = to.strip_prefix(above).ok()?.to_str()?;
    Some(format!("{}{rest}", "../".repeat(ups)))
}

/// The size of a file or folder and when it was changed.
fn look(path: &Path) -> Option<(u64, i64)> {
    let data = std::fs::metadata(path).ok()?;
    Some((data.len(), nanoseconds(data.modified().ok()?)))
}

/// Only the transcript of a whole session has a folder beside it.
fn is_whole(name: &str) -> bool {
    !name.contains(['/', '\\'])
}

fn subagents(folder: &SearchedFolder, transcript: &Path) -> i64 {
    folder.subagents_folder(transcript).map_or(0, |folder| sessions::subagents(&folder))
}

/// Nanoseconds since 1970; 0 where it is not known.
pub(crate) fn time(transcript: &Transcript) -> i64 {
    transcript.modified.map_or(0, nanoseconds)
}
