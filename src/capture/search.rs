//! Lists files for the readers and [`super::find`], and sees to it that nothing is opened that is not the agent's own: what lies outside
//! its folder, what belongs to others, and what is not a regular file.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::compressed::{self, is_compressed};
use super::databases::DatabaseSession;
use super::transcript::{FoundTranscripts, Problem, Transcript};
use crate::idle::sessions::is_database;
use crate::record::agent::Agent;

/// The folder that transcripts are looked for in.
struct Within {
    folder: PathBuf,
    owner: Option<u32>,
}

#[derive(Default)]
pub(super) struct FileSearch {
    /// The agent's own folder, without links; `None` where a person named the folder.
    within: Option<Within>,
    /// The same, as it was named.
    entered: Option<PathBuf>,
    found: Vec<Transcript>,
    problems: Vec<Problem>,
}

impl FileSearch {
    pub(super) fn finish(mut self) -> FoundTranscripts {
        // By bytes: part by part, as paths compare, takes longer than all the rest where there are thousands.
        self.found.sort_by(|a, b| a.path.as_os_str().cmp(b.path.as_os_str()));
        self.problems.sort_by(|a, b| a.path.cmp(&b.path));
        (self.found, self.problems)
    }

    pub(super) fn problem(&mut self, path: &Path, message: &str) {
        self.problems.push(Problem { path: path.to_owned(), message: message.to_owned() });
    }

    pub(super) fn unreadable(&mut self, path: &Path, error: &std::io::Error) {
        self.problem(path, &format!("cannot be read ({error}): check its permissions"));
    }

    /// From now on only files of this folder and its owner are taken.
    pub(super) fn enter(&mut self, folder: &Path) {
        if self.entered.as_deref() == Some(folder) {
            return;
        }
        self.entered = Some(folder.to_owned());
        let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
        let owner = fs::metadata(&folder).ok().and_then(|data| owner(&data));
        self.within = Some(Within { folder, owner });
    }

    /// Why a file is not the agent's own and must not be opened.
    pub(super) fn foreign(&self, path: &Path) -> Option<String> {
        self.look_at(path).ok()?.err()
    }

    /// The file's metadata, or why it must not be opened. A plain file is looked at once: a hook looks at thousands.
    fn look_at(&self, path: &Path) -> std::io::Result<Result<fs::Metadata, String>> {
        self.judge(path, fs::symlink_metadata(path)?)
    }

    /// As [`Self::look_at`], with the metadata of the file or link itself.
    fn judge(&self, path: &Path, own: fs::Metadata) -> std::io::Result<Result<fs::Metadata, String>> {
        let is_link = own.is_symlink();
        let data = if is_link { fs::metadata(path)? } else { own };
        if !data.is_file() {
            return Ok(Err("is not a regular file; skipped".to_owned()));
        }
        let Some(within) = &self.within else { return Ok(Ok(data)) };
        if is_link && !fs::canonicalize(path).is_ok_and(|real| real.starts_with(&within.folder)) {
            return Ok(Err(format!("is a link to a file outside {}: it was left out", within.folder.display())));
        }
        // What root leaves is trusted: root needs no transcript to be believed.
        let foreign = matches!((owner(&data), within.owner), (Some(file), Some(ours)) if file != ours && file != 0);
        Ok(if foreign {
            Err("belongs to another user than the folder it is in: it was left out".to_owned())
        } else {
            Ok(data)
        })
    }

    pub(super) fn add(&mut self, agent: Agent, path: PathBuf) {
        let looked = self.look_at(&path);
        self.add_looked_at(agent, path, looked);
    }

    /// As [`Self::add`]. Asking the folder that is open is faster than by the whole path, but not always true on Windows.
    pub(super) fn add_entry(&mut self, agent: Agent, path: PathBuf, entry: &fs::DirEntry) {
        let own = if cfg!(windows) { fs::symlink_metadata(&path) } else { entry.metadata() };
        let looked = own.and_then(|own| self.judge(&path, own));
        self.add_looked_at(agent, path, looked);
    }

    /// Adds the sessions of a database.
    pub(super) fn add_rows(
        &mut self,
        agent: &Agent,
        database: &Path,
        rows: impl FnOnce() -> std::io::Result<Vec<DatabaseSession>>,
    ) {
        match self.look_at(database).map(|looked| looked.map(|_| rows())) {
            Ok(Ok(Ok(rows))) => {
                // An id is the last part of a path.
                let is_name = |row: &DatabaseSession| {
                    !row.id.is_empty() && !row.id.contains(['/', '\\']) && !row.id.starts_with('.')
                };
                self.found.extend(rows.into_iter().filter(is_name).map(|row| Transcript {
                    agent: agent.clone(),
                    path: database.join(row.id),
                    size: row.size,
                    modified: row.modified,
                }));
            }
            Ok(Err(message)) => self.problem(database, &message),
            Err(error) | Ok(Ok(Err(error))) => self.unreadable(database, &error),
        }
    }

    fn add_looked_at(&mut self, agent: Agent, path: PathBuf, looked: std::io::Result<Result<fs::Metadata, String>>) {
        match looked {
            Ok(Ok(data)) => {
                let modified = data.modified().ok();
                self.found.push(Transcript { agent, path, size: data.len(), modified });
            }
            Ok(Err(message)) => self.problem(&path, &message),
            Err(error) => self.unreadable(&path, &error),
        }
    }

    /// The transcripts in a folder and all below it.
    pub(super) fn transcripts_below(&mut self, agent: &Agent, folder: &Path) {
        for path in self.files_below(folder, DEPTH).into_iter().filter(|path| has_extension(path, &["jsonl"])) {
            self.add(agent.clone(), path);
        }
    }

    /// The transcripts of a folder, those in folders below it as well where `deep`, and compressed ones where its agent has them.
    pub(super) fn files_of(&mut self, agent: &Agent, folder: &Path, deep: bool, compressed: bool) {
        for path in self.files_below(folder, if deep { DEPTH } else { 0 }) {
            // A file is there until the compressed one is whole.
            let is_whole = || compressed && is_compressed(&path) && !path.with_extension("").exists();
            if has_extension(&path, &["jsonl"]) || is_whole() {
                self.add(agent.clone(), path);
            }
        }
    }

    /// Every file of the known kinds below a folder.
    pub(super) fn all_below(&mut self, folder: &Path) -> Vec<PathBuf> {
        self.files_below(folder, DEPTH)
    }

    fn entries(&mut self, folder: &Path) -> Vec<PathBuf> {
        self.read(folder).iter().map(fs::DirEntry::path).collect()
    }

    /// A folder that is not there holds nothing: most people do not use every agent.
    pub(super) fn read(&mut self, folder: &Path) -> Vec<fs::DirEntry> {
        match fs::read_dir(folder) {
            Ok(entries) => entries.filter_map(Result::ok).collect(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(error) => {
                self.unreadable(folder, &error);
                Vec::new()
            }
        }
    }

    /// The files of the known kinds in a folder and the folders below, without following links to folders.
    fn files_below(&mut self, folder: &Path, most: u32) -> Vec<PathBuf> {
        let mut files = Vec::new();
        let mut waiting = vec![(folder.to_owned(), 0)];
        while let Some((folder, depth)) = waiting.pop() {
            for entry in self.entries(&folder) {
                if is_of_known_kind(&entry) && !entry.is_dir() {
                    files.push(entry);
                } else if depth < most && fs::symlink_metadata(&entry).is_ok_and(|data| data.is_dir()) {
                    waiting.push((entry, depth + 1));
                }
            }
        }
        files.sort();
        files
    }
}

/// How deep folders are looked into.
const DEPTH: u32 = 12;

pub(super) fn first_bytes(path: &Path, count: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    compressed::open(path)?.take(count).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(unix)]
fn owner(data: &fs::Metadata) -> Option<u32> {
    Some(std::os::unix::fs::MetadataExt::uid(data))
}

#[cfg(not(unix))]
fn owner(_: &fs::Metadata) -> Option<u32> {
    None
}

/// Whether a file has the name of one that may hold a session.
pub(super) fn is_of_known_kind(path: &Path) -> bool {
    has_extension(path, &["jsonl", "json", "traj", "yaml", "yml", "md"]) || is_compressed(path) || is_database(path)
}

pub(super) fn has_extension(path: &Path, wanted: &[&str]) -> bool {
    path.extension().is_some_and(|extension| wanted.iter().any(|wanted| extension.eq_ignore_ascii_case(wanted)))
}

/// The folders in a folder, links to folders included. One that is not there holds nothing.
pub(super) fn folders_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let is_folder = |entry: &fs::DirEntry| {
        entry.file_type().is_ok_and(|kind| kind.is_dir() || (kind.is_symlink() && entry.path().is_dir()))
    };
    entries.filter(is_folder).map(|entry| entry.path()).collect()
}

pub(super) fn is_same(one: &Path, other: &Path) -> bool {
    fs::canonicalize(one).ok().zip(fs::canonicalize(other).ok()).is_some_and(|(one, other)| one == other)
}
