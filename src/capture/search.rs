//! Lists files for [`super::find`], and sees to it that nothing is opened that is not the agent's own: what lies outside
//! its folder, what belongs to others, and what is not a regular file.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::transcript::{Found, Problem, Transcript};
use crate::record::agent::Agent;

/// The folder that transcripts are looked for in.
struct Within {
    folder: PathBuf,
    owner: Option<u32>,
}

#[derive(Default)]
pub(super) struct Search {
    /// The agent's own folder, without links; `None` where a person named the folder.
    within: Option<Within>,
    /// The same, as it was named.
    entered: Option<PathBuf>,
    found: Vec<Transcript>,
    problems: Vec<Problem>,
}

impl Search {
    pub(super) fn finish(mut self) -> Found {
        // By bytes: part by part, as paths compare, takes longer than all the rest where there are thousands.
        self.found.sort_by(|a, b| a.path.as_os_str().cmp(b.path.as_os_str()));
        self.problems.sort_by(|a, b| a.path.cmp(&b.path));
        (self.found, self.problems)
    }

    fn problem(&mut self, path: &Path, message: &str) {
        self.problems.push(Problem { path: path.to_owned(), message: message.to_owned() });
    }

    fn unreadable(&mut self, path: &Path, error: &std::io::Error) {
        self.problem(path, &format!("cannot be read ({error}): check its permissions"));
    }

    fn compressed(&mut self, path: &Path) {
        self.problem(path, "is compressed, not read yet: it was left out (`zstd -d` makes it readable)");
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
    fn foreign(&self, path: &Path) -> Option<String> {
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
    fn add_entry(&mut self, agent: Agent, path: PathBuf, entry: &fs::DirEntry) {
        let own = if cfg!(windows) { fs::symlink_metadata(&path) } else { entry.metadata() };
        let looked = own.and_then(|own| self.judge(&path, own));
        self.add_looked_at(agent, path, looked);
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

    /// Adds a file if the beginning of its content is in a known format.
    fn detect(&mut self, path: PathBuf) {
        for count in [8 * 1024, 512 * 1024] {
            let bytes = match first_bytes(&path, count) {
                Ok(bytes) => bytes,
                Err(error) => return self.unreadable(&path, &error),
            };
            if let Some(agent) = super::detect(&bytes) {
                return self.add(agent, path);
            }
            if bytes.trim_ascii().is_empty() {
                return;
            }
        }
        self.problem(&path, "unknown transcript format; skipped");
    }

    /// The sessions of one project folder of Claude Code, and the subagents of each.
    pub(super) fn claude_project(&mut self, agent: Agent, project: &Path) {
        for entry in self.read(project) {
            let path = entry.path();
            if has_extension(&path, &["jsonl"]) {
                self.add_entry(agent.clone(), path, &entry);
            } else if path.extension().is_none() {
                let subagents = path.join("subagents");
                if subagents.is_dir() {
                    self.subagents(agent.clone(), &subagents);
                }
            }
        }
    }

    /// The transcripts of subagents, beside which their descriptions lie.
    pub(super) fn subagents(&mut self, agent: Agent, folder: &Path) {
        for path in self.files_below(folder, DEPTH).into_iter().filter(|path| has_extension(path, &["jsonl"])) {
            self.add(agent.clone(), path);
        }
    }

    /// The transcripts of a folder, those in folders below it as well where `deep`. Those that are compressed are named
    /// where they are to be.
    pub(super) fn files_of(&mut self, agent: Agent, folder: &Path, deep: bool, compressed: bool) {
        for path in self.files_below(folder, if deep { DEPTH } else { 0 }) {
            if is_compressed(&path) {
                if compressed {
                    self.compressed(&path);
                }
            } else if has_extension(&path, &["jsonl"]) {
                self.add(agent.clone(), path);
            }
        }
    }

    /// Every file below a folder, or the file itself, whose content is in a format that is known.
    pub(super) fn any_below(&mut self, dir: &Path) {
        let paths = if dir.is_file() { vec![dir.to_owned()] } else { self.files_below(dir, DEPTH) };
        if !dir.exists() {
            self.problem(dir, "does not exist: check the path");
        }
        for path in paths {
            if describes_another(&path) {
                continue;
            }
            if let Some(message) = self.foreign(&path) {
                self.problem(&path, &message);
            } else if is_compressed(&path) {
                self.compressed(&path);
            } else {
                self.detect(path);
            }
        }
    }

    fn entries(&mut self, folder: &Path) -> Vec<PathBuf> {
        self.read(folder).iter().map(fs::DirEntry::path).collect()
    }

    /// A folder that is not there holds nothing: most people do not use every agent.
    fn read(&mut self, folder: &Path) -> Vec<fs::DirEntry> {
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
                let wanted = has_extension(&entry, &["jsonl", "json", "yaml", "yml"]) || is_compressed(&entry);
                if wanted && !entry.is_dir() {
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

/// Whether a file only describes a transcript, or lists several: Claude Code keeps such beside them.
fn describes_another(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let of = name.strip_suffix(".meta.json").map(|stem| path.with_file_name(format!("{stem}.jsonl")));
    name == "sessions-index.json" || of.is_some_and(|transcript| transcript.is_file())
}

fn first_bytes(path: &Path, count: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(count).read_to_end(&mut bytes)?;
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

fn has_extension(path: &Path, wanted: &[&str]) -> bool {
    path.extension().is_some_and(|extension| wanted.iter().any(|wanted| extension.eq_ignore_ascii_case(wanted)))
}

/// Codex compresses old sessions to `rollout-....jsonl.zst`.
fn is_compressed(path: &Path) -> bool {
    has_extension(path, &["zst"]) && path.file_stem().is_some_and(|stem| has_extension(Path::new(stem), &["jsonl"]))
}
