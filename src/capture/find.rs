//! Where transcripts lie: the folders of the agents in a home, those that concern some checkouts, or any folder.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::json;
use crate::record::agent::Agent;

/// The folders in which agents keep their files, as the environment names them.
#[derive(Clone, Debug, Default)]
pub struct Places {
    pub home: Option<PathBuf>,
    /// `CLAUDE_CONFIG_DIR`
    pub claude_config_dir: Option<PathBuf>,
    /// `CODEX_HOME`
    pub codex_home: Option<PathBuf>,
}

/// A file with a session in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transcript {
    pub agent: Agent,
    pub path: PathBuf,
    pub size: u64,
    pub modified: Option<SystemTime>,
}

/// A folder or file that could not be read, with what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub path: PathBuf,
    pub message: String,
}

/// What was found, by path, and what could not be looked at.
pub type Found = (Vec<Transcript>, Vec<Problem>);

const CLAUDE_CODE: Agent = Agent::known("claude-code");
const CODEX: Agent = Agent::known("codex");

impl Places {
    fn claude_projects(&self) -> Option<PathBuf> {
        let config = self.claude_config_dir.clone().or_else(|| Some(self.home.as_ref()?.join(".claude")))?;
        Some(config.join("projects"))
    }

    fn codex_folders(&self) -> Vec<PathBuf> {
        let home = self.codex_home.clone().or_else(|| Some(self.home.as_ref()?.join(".codex")));
        home.into_iter().flat_map(|home| [home.join("sessions"), home.join("archived_sessions")]).collect()
    }
}

/// Every transcript of this home.
pub fn find(places: &Places) -> Found {
    let mut search = Search::default();
    if let Some(projects) = places.claude_projects() {
        search.enter(&projects);
        for project in search.folders(&projects) {
            search.claude_project(&project);
        }
    }
    for folder in places.codex_folders() {
        search.enter(&folder);
        for path in search.files_below(&folder) {
            if is_compressed(&path) {
                search.compressed(&path);
            } else {
                search.add(CODEX, path);
            }
        }
    }
    search.finish()
}

/// The transcripts that can concern these checkouts. Looks at names first and reads nothing of other projects; `known`
/// gives the working folder of a transcript that was read before, which spares opening it.
pub fn find_for_folders(places: &Places, roots: &[PathBuf], known: &dyn Fn(&Path) -> Option<String>) -> Found {
    let mut search = Search::default();
    let slugs: BTreeSet<String> = roots.iter().map(|root| slug(&root.to_string_lossy())).collect();
    if let Some(projects) = places.claude_projects() {
        search.enter(&projects);
        for project in search.entries(&projects) {
            let name = project.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
            let concerns = |slug: &String| {
                name.strip_prefix(slug.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
            };
            if slugs.iter().any(concerns) && project.is_dir() {
                search.claude_project(&project);
            }
        }
    }
    for folder in places.codex_folders() {
        search.enter(&folder);
        // What is compressed does not say whose it is: naming it at every commit would only be noise.
        for path in search.files_below(&folder).into_iter().filter(|path| !is_compressed(path)) {
            if search.foreign(&path).is_some() {
                continue;
            }
            let cwd = known(&path).or_else(|| codex_cwd(&path));
            if cwd.is_some_and(|cwd| roots.iter().any(|root| is_within(&cwd, root))) {
                search.add(CODEX, path);
            }
        }
    }
    search.finish()
}

/// Whether there can be a transcript of these checkouts: a folder of Claude Code's with the name of one of them, or any
/// sessions of Codex, whose names say nothing. Reads no transcript.
pub fn anything_for_folders(places: &Places, roots: &[PathBuf]) -> bool {
    let mut search = Search::default();
    let slugs: Vec<String> = roots.iter().map(|root| slug(&root.to_string_lossy())).collect();
    let projects = places.claude_projects().map(|projects| search.entries(&projects)).unwrap_or_default();
    let concerns = |project: &PathBuf| {
        let name = project.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        slugs
            .iter()
            .any(|slug| name.strip_prefix(slug.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('-')))
    };
    projects.iter().any(|project| concerns(project) && project.is_dir())
        || places.codex_folders().iter().any(|folder| folder.is_dir())
}

/// Every file below a folder (or the file itself) whose content is in a format that is known. A name or a label decides
/// nothing but where to look: `.jsonl`, `.json`, `.yaml`, `.yml`.
pub fn find_in_folder(dir: &Path) -> Found {
    let mut search = Search::default();
    let paths = if dir.is_file() { vec![dir.to_owned()] } else { search.files_below(dir) };
    if !dir.exists() {
        search.problem(dir, "does not exist: check the path");
    }
    for path in paths {
        if let Some(message) = search.foreign(&path) {
            search.problem(&path, &message);
        } else if is_compressed(&path) {
            search.compressed(&path);
        } else {
            search.detect(path);
        }
    }
    search.finish()
}

/// The name of the folder that Claude Code keeps for a working folder.
fn slug(path: &str) -> String {
    path.encode_utf16()
        .map(|unit| u8::try_from(unit).ok().filter(u8::is_ascii_alphanumeric).map_or('-', char::from))
        .collect()
}

/// Whether a working folder, as a transcript writes it, is `root` or lies in it.
fn is_within(cwd: &str, root: &Path) -> bool {
    let root = root.to_string_lossy();
    let root = root.trim_end_matches(['/', '\\']);
    cwd.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '\\']))
}

/// The working folder in the first line, which the agent writes before the long parts of that line.
fn codex_cwd(path: &Path) -> Option<String> {
    let bytes = first_bytes(path, 4096).ok()?;
    let mut cwd = None;
    // The rest of the line may be missing here: what was read until then counts.
    let _ = json::whole_object(&bytes, |cursor, key| {
        if key == b"payload" {
            cursor.object(|cursor, key| {
                if key == b"cwd" {
                    cwd = cursor.value()?.owned();
                }
                Ok(())
            })?;
        }
        Ok(())
    });
    cwd
}

fn first_bytes(path: &Path, count: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(count).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The folder that transcripts are looked for in.
struct Within {
    folder: PathBuf,
    owner: Option<u32>,
}

#[derive(Default)]
struct Search {
    /// The agent's own folder, without links; `None` where a person named the folder.
    within: Option<Within>,
    found: Vec<Transcript>,
    problems: Vec<Problem>,
}

impl Search {
    fn finish(mut self) -> Found {
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
    fn enter(&mut self, folder: &Path) {
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
            return Ok(Err("is no file but a folder, a pipe or a device: it was left out".to_owned()));
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

    fn add(&mut self, agent: Agent, path: PathBuf) {
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
        self.problem(&path, "is no transcript in a format that is known: it was left out");
    }

    /// The sessions of one project folder, and the subagents of each.
    fn claude_project(&mut self, project: &Path) {
        for entry in self.read(project) {
            let path = entry.path();
            if has_extension(&path, &["jsonl"]) {
                self.add_entry(CLAUDE_CODE, path, &entry);
            } else if path.extension().is_none() {
                let subagents = path.join("subagents");
                if subagents.is_dir() {
                    for path in self.files_below(&subagents) {
                        self.add(CLAUDE_CODE, path);
                    }
                }
            }
        }
    }

    fn folders(&mut self, folder: &Path) -> Vec<PathBuf> {
        self.entries(folder).into_iter().filter(|path| path.is_dir()).collect()
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
    fn files_below(&mut self, folder: &Path) -> Vec<PathBuf> {
        const DEPTH: u32 = 12;
        let mut files = Vec::new();
        let mut waiting = vec![(folder.to_owned(), 0)];
        while let Some((folder, depth)) = waiting.pop() {
            for entry in self.entries(&folder) {
                let wanted = has_extension(&entry, &["jsonl", "json", "yaml", "yml"]) || is_compressed(&entry);
                if wanted && !entry.is_dir() {
                    files.push(entry);
                } else if depth < DEPTH && fs::symlink_metadata(&entry).is_ok_and(|data| data.is_dir()) {
                    waiting.push((entry, depth + 1));
                }
            }
        }
        files.sort();
        files
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_the_slug_that_claude_code_gives_it() {
        assert_eq!(slug("/Users/a/x.y"), "-Users-a-x-y");
        assert_eq!(slug(r"D:\some-repo"), "D--some-repo");
    }

    #[test]
    fn only_transcripts_of_the_checkout_are_found() {
        let home = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = home.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write(".claude/projects/-w-app/a.jsonl", "");
        write(".claude/projects/-w-app/a/subagents/agent-1.jsonl", "");
        write(".claude/projects/-w-app-sub/b.jsonl", "");
        write(".claude/projects/-w-apple/c.jsonl", "");
        let meta = |cwd: &str| format!("{{\"type\":\"session_meta\",\"payload\":{{\"cwd\":\"{cwd}\",\"x\":\"cut");
        write(".codex/sessions/2026/01/02/rollout-1.jsonl", &meta("/w/app/deep"));
        write(".codex/sessions/2026/01/02/rollout-2.jsonl", &meta("/w/apple"));
        let places = Places { home: Some(home.path().to_owned()), ..Places::default() };
        let (found, problems) = find_for_folders(&places, &[PathBuf::from("/w/app")], &|_| None);
        let names: Vec<String> =
            found.iter().map(|found| found.path.file_name().unwrap().to_string_lossy().into_owned()).collect();
        assert_eq!(names, ["b.jsonl", "a.jsonl", "agent-1.jsonl", "rollout-1.jsonl"]);
        assert_eq!(problems, []);
        assert_eq!(find(&places).0.len(), 6);
        assert_eq!(find(&places).1, []);
    }

    #[test]
    fn a_compressed_session_is_named_once_as_not_read_and_not_at_every_commit() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join(".codex/sessions/2026/01/02");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("rollout-1.jsonl.zst"), "(\u{b5}/\u{fd}").unwrap();
        fs::write(folder.join("other.zst"), "").unwrap();
        let places = Places { home: Some(home.path().to_owned()), ..Places::default() };
        for (found, problems) in [find(&places), find_in_folder(home.path())] {
            assert_eq!(found, []);
            let named: Vec<bool> = problems.iter().map(|problem| problem.message.contains("compressed")).collect();
            assert_eq!(named, [true], "{problems:?}");
        }
        assert_eq!(find_for_folders(&places, &[PathBuf::from("/w/app")], &|_| None), (Vec::new(), Vec::new()));
    }
}
