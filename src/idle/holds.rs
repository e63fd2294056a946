//! Reads a stamp and holds it against what is there. Only the check does; the program writes stamps.

use std::collections::{BTreeMap, HashMap};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use super::sessions::{SeenSessions, SeenTranscript, digest, modified, nanoseconds, subagents};
use super::stamp::{FIRST, FileLook, LAST, Stamp, folded};

/// The variables that begin so are those of the stamp, and no others.
const SETTINGS: &str = "GIT_CONFIG";

impl Stamp {
    /// `None` for anything but a whole stamp of this version.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        if lines.next() != Some(FIRST) || lines.next_back() != Some(LAST) {
            return None;
        }
        let mut stamp = Self::default();
        for line in lines {
            let (key, rest) = line.split_once(' ')?;
            match key {
                "time" => {
                    let (made, until) = rest.split_once(' ')?;
                    (stamp.made, stamp.until) = (made.parse().ok()?, until.parse().ok()?);
                }
                "root" => stamp.root = rest.into(),
                "head" => {
                    let (log, head) = rest.split_once(' ')?;
                    (stamp.log, stamp.head) = (log.parse().ok()?, head.to_owned());
                }
                "name" => stamp.author.0 = rest.to_owned(),
                "mail" => stamp.author.1 = rest.to_owned(),
                "set" => {
                    let (name, value) = rest.split_once('=')?;
                    stamp.variables.insert(name.to_owned(), Some(value.to_owned()));
                }
                "unset" => drop(stamp.variables.insert(rest.to_owned(), None)),
                "absent" => stamp.looks.push((rest.into(), FileLook::Absent)),
                "seen" => {
                    let mut parts = rest.splitn(3, ' ');
                    let (modified, size) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
                    stamp.looks.push((parts.next()?.into(), FileLook::Seen { modified, size }));
                }
                "tree" => {
                    let (depth, path) = rest.split_once(' ')?;
                    stamp.sessions.trees.push((depth.parse().ok()?, path.into()));
                }
                "folder" => {
                    let (digest, modified) = rest.split_once(' ')?;
                    stamp.sessions.folders.push((digest.parse().ok()?, modified.parse().ok()?));
                }
                "file" => stamp.sessions.files.push(transcript(rest)?),
                "word" if !rest.is_empty() => stamp.words.push(rest.to_owned()),
                _ => return None,
            }
        }
        Some(stamp)
    }

    /// Whether all is as it was: around a process that works in `cwd` with these variables.
    pub(crate) fn holds(&self, variables: &BTreeMap<String, OsString>, cwd: &Path, now: SystemTime) -> bool {
        let Ok(now) = now.duration_since(UNIX_EPOCH) else { return false };
        let is_of = |(name, value): (&String, &Option<String>)| {
            variables.get(name).map(OsString::as_os_str) == value.as_deref().map(OsStr::new)
        };
        let is_known = |(name, _): (&String, &OsString)| self.variables.contains_key(name);
        (self.made..self.until).contains(&now.as_secs())
            && self.root == cwd
            && self.variables.iter().all(is_of)
            && variables.range(SETTINGS.to_owned()..).take_while(|(name, _)| name.starts_with(SETTINGS)).all(is_known)
            && self.looks.iter().all(|(path, look)| FileLook::at(path) == Some(*look))
            && self.sessions.hold()
    }

    /// Whether a message surely says nothing of agents.
    pub(crate) fn is_silent(&self, message: &str) -> bool {
        let message = folded(message);
        !self.words.iter().any(|word| message.contains(word.as_str()))
    }
}

fn transcript(line: &str) -> Option<SeenTranscript> {
    let mut parts = line.splitn(5, ' ');
    let mut next = || parts.next();
    let (folder, modified, size) = (next()?.parse().ok()?, next()?.parse().ok()?, next()?.parse().ok()?);
    let subagents = next()?.parse().ok()?;
    let (beside, name) = next()?.split_once('\t')?;
    Some(SeenTranscript { folder, modified, size, subagents, beside: beside.to_owned(), name: name.to_owned() })
}

impl SeenSessions {
    /// Whether all is as it was. A transcript that is gone says nothing any more.
    pub(crate) fn hold(&self) -> bool {
        let mut paths: HashMap<u64, PathBuf> = HashMap::new();
        for (depth, tree) in &self.trees {
            list(tree, *depth, &mut paths);
        }
        let is_same = |(digest, time): &(u64, i64)| paths.get(digest).is_some_and(|path| modified(path) == *time);
        let is_same_file = |file: &SeenTranscript| {
            let Some(folder) = paths.get(&file.folder) else { return false };
            let Ok(data) = fs::metadata(folder.join(&file.name)) else { return true };
            data.len() == file.size
                && data.modified().map_or(0, nanoseconds) == file.modified
                && (file.subagents == 0 || subagents(&folder.join(&file.beside)) == file.subagents)
        };
        self.folders.iter().all(is_same) && self.files.iter().all(is_same_file)
    }
}

/// The folder itself and those below it.
fn list(folder: &Path, depth: usize, paths: &mut HashMap<u64, PathBuf>) {
    paths.insert(digest(folder), folder.to_owned());
    let Some(depth) = depth.checked_sub(1) else { return };
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir() || kind.is_symlink()) {
            list(&entry.path(), depth, paths);
        }
    }
}
