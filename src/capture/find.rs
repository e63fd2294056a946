//! Where transcripts lie: the folders of the agents in a home, or any folder.

use std::fs;
use std::path::{Path, PathBuf};

use super::search::Search;
use crate::capture::transcript::{Found, Problem, Transcript};
use crate::record::agent::Agent;

/// The folders in which agents keep their files, as the environment names them.
#[derive(Clone, Debug, Default)]
pub struct Places {
    pub home: Option<PathBuf>,
    /// `XDG_CONFIG_HOME`
    pub config_home: Option<PathBuf>,
    /// `CLAUDE_CONFIG_DIR`
    pub claude_config_dir: Option<PathBuf>,
    /// `CODEX_HOME`
    pub codex_home: Option<PathBuf>,
}

/// A folder of an agent that may hold transcripts.
#[derive(Clone, Debug)]
pub struct Folder {
    pub path: PathBuf,
    /// The agent's own folder that it is in: nothing from outside of it is read.
    within: PathBuf,
    kind: FolderKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FolderKind {
    /// `projects/SLUG` of Claude Code.
    Project,
    /// `sessions`, `sessions/YYYY` or `sessions/YYYY/MM` of Codex: its own files alone.
    Above,
    /// `sessions/YYYY/MM/DD` or `archived_sessions` of Codex, with all below.
    Day,
}

const CLAUDE_CODE: Agent = Agent::known("claude-code");
const CODEX: Agent = Agent::known("codex");

impl Places {
    /// The folder in the home, and the one that Claude Code used for some versions in 2025 (from 1.0.30 on): both may hold
    /// sessions, unless a variable names another one.
    fn claude_projects(&self) -> Vec<PathBuf> {
        if let Some(config) = &self.claude_config_dir {
            return vec![config.join("projects")];
        }
        let settings = self.config_home.clone().or_else(|| Some(self.home.as_ref()?.join(".config")));
        let places =
            [self.home.as_ref().map(|home| home.join(".claude")), settings.map(|folder| folder.join("claude"))];
        places.into_iter().flatten().map(|place| place.join("projects")).collect()
    }

    fn codex_home(&self) -> Option<PathBuf> {
        self.codex_home.clone().or_else(|| Some(self.home.as_ref()?.join(".codex")))
    }

    /// The folders of all agents. Looks at names and at no transcript.
    pub fn folders(&self) -> Vec<Folder> {
        let mut folders = Vec::new();
        let mut first: Option<PathBuf> = None;
        for projects in self.claude_projects() {
            let below = folders_in(&projects);
            // The one may be a link to the other.
            if below.is_empty() || first.as_ref().is_some_and(|first| is_same(first, &projects)) {
                continue;
            }
            let of_projects = |path| Folder { path, within: projects.clone(), kind: FolderKind::Project };
            folders.extend(below.into_iter().map(of_projects));
            first = first.or(Some(projects));
        }
        let Some(codex) = self.codex_home() else { return folders };
        let sessions = codex.join("sessions");
        let mut level = if sessions.is_dir() { vec![sessions.clone()] } else { Vec::new() };
        for depth in 0..4 {
            let below =
                if depth < 3 { level.iter().flat_map(|folder| folders_in(folder)).collect() } else { Vec::new() };
            let kind = if depth < 3 { FolderKind::Above } else { FolderKind::Day };
            folders.extend(level.drain(..).map(|path| Folder { path, within: sessions.clone(), kind }));
            level = below;
        }
        let archive = codex.join("archived_sessions");
        if archive.is_dir() {
            folders.push(Folder { path: archive.clone(), within: archive, kind: FolderKind::Day });
        }
        folders
    }
}

impl Folder {
    pub fn agent(&self) -> Agent {
        if self.kind == FolderKind::Project { CLAUDE_CODE } else { CODEX }
    }

    /// Whether the folder has its name from the one that the sessions in it were begun in.
    pub fn is_named(&self) -> bool {
        self.kind == FolderKind::Project
    }

    /// Whether the folder's name says that sessions of these folders, or of folders above them, may be filed here. The
    /// names of some agents' folders say nothing.
    pub fn may_be_of(&self, roots: &[PathBuf]) -> bool {
        if self.kind != FolderKind::Project {
            return true;
        }
        let name = self.path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        roots.iter().any(|root| {
            let own = slug(&root.to_string_lossy());
            let is_below = name.strip_prefix(own.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
            // A longer name is cut, and a digest put behind it.
            let is_cut = own.get(..LONGEST_SLUG).is_some_and(|start| name.starts_with(start));
            is_below || is_cut || root.ancestors().skip(1).any(|above| slug(&above.to_string_lossy()) == name)
        })
    }
}

/// Claude Code cuts longer names of folders.
const LONGEST_SLUG: usize = 200;

/// Every transcript of this home.
pub fn find(places: &Places) -> Found {
    let (found, mut problems) = find_in(&places.folders(), true);
    let codex = places.codex_home().map(|codex| codex.join("sessions"));
    for folder in places.claude_projects().into_iter().chain(codex) {
        if let Err(error) = fs::read_dir(&folder)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            problems
                .push(Problem { path: folder, message: format!("cannot be read ({error}): check its permissions") });
        }
    }
    (found, problems)
}

/// The transcripts in folders of agents. `compressed` names those that cannot be read, which would only be noise at
/// every commit.
pub fn find_in<'a>(folders: impl IntoIterator<Item = &'a Folder>, compressed: bool) -> Found {
    let mut search = Search::default();
    for folder in folders {
        search.enter(&folder.within);
        match folder.kind {
            FolderKind::Project => search.claude_project(CLAUDE_CODE, &folder.path),
            FolderKind::Above => search.files_of(CODEX, &folder.path, false, compressed),
            FolderKind::Day => search.files_of(CODEX, &folder.path, true, compressed),
        }
    }
    search.finish()
}

/// The transcripts of a session's subagents.
pub fn subagents_of(folder: &Folder, transcript: &Path) -> Vec<Transcript> {
    let mut search = Search::default();
    if folder.kind == FolderKind::Project {
        let subagents = subagents_folder(transcript);
        if subagents.is_dir() {
            search.enter(&folder.within);
            search.subagents(CLAUDE_CODE, &subagents);
        }
    }
    search.finish().0
}

/// Where Claude Code keeps the subagents of a session.
pub fn subagents_folder(transcript: &Path) -> PathBuf {
    transcript.with_extension("").join("subagents")
}

/// The transcript of the session that a subagent's transcript belongs to.
pub fn parent_of(transcript: &Path) -> Option<PathBuf> {
    let subagents = transcript.ancestors().skip(1).filter(|above| above.ends_with("subagents"));
    // A home may lie below a folder of that name.
    subagents.filter_map(|folder| Some(folder.parent()?.with_extension("jsonl"))).find(|main| main.is_file())
}

/// One transcript of a folder, as it is now; `None` where it is gone or must not be read.
pub fn look_at(folder: &Folder, path: &Path) -> Option<Transcript> {
    let mut search = Search::default();
    search.enter(&folder.within);
    search.add(folder.agent(), path.to_owned());
    search.finish().0.pop()
}

/// Whether a text, which may be anybody's, can be the id of a session: it becomes part of a path.
pub fn is_session_id(id: &str) -> bool {
    id.len() >= 8 && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// Whether a transcript's name says that it is of the session with this id: `ID`, or `rollout-TIME-ID` with a time like
/// `2026-01-02T03-04-05` in files of Codex.
pub fn is_of_session(transcript: &Path, id: &str) -> bool {
    let Some(name) = transcript.file_stem().and_then(|stem| stem.to_str()) else { return false };
    let before = name.strip_suffix(id).filter(|_| is_session_id(id));
    before.is_some_and(|before| {
        before.is_empty() || before.starts_with("rollout-") && before.len() == "rollout-2026-01-02T03-04-05-".len()
    })
}

/// The transcript of the session with this id, by its file's name.
pub fn find_named<'a>(folders: &'a [Folder], agent: &Agent, id: &str) -> Option<(&'a Folder, Transcript)> {
    if !is_session_id(id) {
        return None;
    }
    folders.iter().filter(|folder| folder.agent() == *agent).find_map(|folder| {
        let path = match folder.kind {
            FolderKind::Project => Some(folder.path.join(format!("{id}.jsonl"))).filter(|path| path.exists()),
            _ => fs::read_dir(&folder.path)
                .ok()?
                .flatten()
                .map(|entry| entry.path())
                .find(|path| path.extension().is_some_and(|end| end == "jsonl") && is_of_session(path, id)),
        };
        Some((folder, look_at(folder, &path?)?))
    })
}

/// Every file below a folder (or the file itself) whose content is in a format that is known. A name or a label decides
/// nothing but where to look: `.jsonl`, `.json`, `.yaml`, `.yml`.
pub fn find_in_folder(dir: &Path) -> Found {
    let mut search = Search::default();
    search.any_below(dir);
    search.finish()
}

/// The folders in a folder, links to folders included. One that is not there holds nothing.
fn folders_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let is_folder = |entry: &fs::DirEntry| {
        entry.file_type().is_ok_and(|kind| kind.is_dir() || (kind.is_symlink() && entry.path().is_dir()))
    };
    entries.filter(is_folder).map(|entry| entry.path()).collect()
}

fn is_same(one: &Path, other: &Path) -> bool {
    fs::canonicalize(one).ok().zip(fs::canonicalize(other).ok()).is_some_and(|(one, other)| one == other)
}

/// The name of the folder that Claude Code keeps for a working folder.
fn slug(path: &str) -> String {
    path.encode_utf16()
        .map(|unit| u8::try_from(unit).ok().filter(u8::is_ascii_alphanumeric).map_or('-', char::from))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_the_slug_that_claude_code_gives_it() {
        assert_eq!(slug("/Users/a/x.y"), "-Users-a-x-y");
        assert_eq!(slug(r"D:\some-repo"), "D--some-repo");
    }

    fn home_with(files: &[&str]) -> (tempfile::TempDir, Places) {
        let home = tempfile::tempdir().unwrap();
        for file in files {
            let path = home.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let places = Places { home: Some(home.path().to_owned()), ..Places::default() };
        (home, places)
    }

    fn names(found: &[Transcript]) -> Vec<String> {
        found.iter().map(|found| found.path.file_name().unwrap().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn what_lies_beside_transcripts_is_none() {
        let (_home, places) = home_with(&[
            ".claude/projects/-w-app/a.jsonl",
            ".claude/projects/-w-app/a/subagents/agent-1.jsonl",
            ".claude/projects/-w-app/a/subagents/agent-1.meta.json",
            ".claude/projects/-w-app/a/subagents/deep/agent-2.jsonl",
            ".claude/projects/-w-app/a/tool-results/b.jsonl",
            ".claude/projects/-w-app/sessions-index.json",
            ".codex/sessions/2026/01/02/rollout-1.jsonl",
            ".codex/sessions/2026/01/02/rollout-1.json",
            ".codex/sessions/rollout-0.jsonl",
            ".codex/archived_sessions/rollout-2.jsonl",
            ".codex/history.jsonl",
        ]);
        let (found, problems) = find(&places);
        let expected =
            ["a.jsonl", "agent-1.jsonl", "agent-2.jsonl", "rollout-2.jsonl", "rollout-1.jsonl", "rollout-0.jsonl"];
        assert_eq!(names(&found), expected);
        assert_eq!(problems, []);
    }

    #[test]
    fn claude_code_may_have_left_sessions_in_two_folders() {
        let (home, places) = home_with(&[".claude/projects/-w/a.jsonl", ".config/claude/projects/-w/b.jsonl"]);
        assert_eq!(names(&find(&places).0), ["a.jsonl", "b.jsonl"]);
        let elsewhere = Places { config_home: Some(home.path().join("settings")), ..places.clone() };
        assert_eq!(names(&find(&elsewhere).0), ["a.jsonl"]);
        let named = Places { claude_config_dir: Some(home.path().join(".config/claude")), ..places };
        assert_eq!(names(&find(&named).0), ["b.jsonl"]);
    }

    #[cfg(unix)]
    #[test]
    fn one_folder_by_two_names_is_read_once() {
        let (home, places) = home_with(&[".claude/projects/-w/a.jsonl", ".config/x"]);
        std::os::unix::fs::symlink(home.path().join(".claude"), home.path().join(".config/claude")).unwrap();
        let (found, problems) = find(&places);
        assert_eq!((names(&found), problems), (vec!["a.jsonl".to_owned()], Vec::new()));
    }

    #[test]
    fn the_name_of_a_folder_says_whose_it_may_be() {
        let long = format!("/w/{}/app", "x".repeat(250));
        let cut = format!("{}-1a2b3c", &slug(&long)[..200]);
        let roots = [PathBuf::from("/w/my.app"), PathBuf::from(long)];
        for (name, expected) in [
            ("-w-my-app", true),
            ("-w-my-app-src", true),
            ("-w", true),
            (cut.as_str(), true),
            ("-w-my-apple", false),
            ("-w-other", false),
        ] {
            let folder =
                Folder { path: Path::new("/p").join(name), within: PathBuf::from("/p"), kind: FolderKind::Project };
            assert_eq!(folder.may_be_of(&roots), expected, "{name}");
        }
    }

    #[test]
    fn a_session_is_found_by_its_id_in_all_folders() {
        let id = "11111111-2222-4333-8444-555555555555";
        let (_home, places) = home_with(&[
            &format!(".claude/projects/-elsewhere/{id}.jsonl"),
            &format!(".codex/sessions/2026/01/02/rollout-2026-01-02T03-04-05-{id}.jsonl"),
        ]);
        let folders = places.folders();
        let find = |agent, id| find_named(&folders, &agent, id).map(|(_, found)| found.path);
        assert!(find(CLAUDE_CODE, id).is_some_and(|path| path.ends_with(format!("-elsewhere/{id}.jsonl"))));
        assert!(find(CODEX, id).is_some_and(|path| path.ends_with(format!("rollout-2026-01-02T03-04-05-{id}.jsonl"))));
        for part in ["5555", "555555555555", "8444-555555555555", "05-11111111-2222-4333-8444-555555555555", ""] {
            assert_eq!(find(CODEX, part), None, "{part}");
        }
        let outside = format!("../-elsewhere/{id}");
        assert_eq!(find(CLAUDE_CODE, &outside), None);
        assert_eq!(find(Agent::known("qwen"), id), None);
    }

    #[test]
    fn a_subagent_leads_to_its_session_and_back() {
        let (home, places) =
            home_with(&[".claude/projects/-w/a.jsonl", ".claude/projects/-w/a/subagents/deep/agent-1.jsonl"]);
        let parent = home.path().join(".claude/projects/-w/a.jsonl");
        let folders = places.folders();
        let found = subagents_of(&folders[0], &parent);
        assert_eq!(names(&found), ["agent-1.jsonl"]);
        assert_eq!(parent_of(&found[0].path), Some(parent.clone()));
        assert_eq!(parent_of(&parent), None);
        let (below, places) = home_with(&["subagents/.claude/projects/-w/a.jsonl"]);
        let home = below.path().join("subagents");
        let places = Places { home: Some(home), ..places };
        let all = find(&places).0;
        assert_eq!(
            (names(&all), parent_of(&all[0].path)),
            (vec!["a.jsonl".to_owned()], None),
            "a home below such a folder"
        );
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
        assert_eq!(find_in(&places.folders(), false), (Vec::new(), Vec::new()));
    }
}
