//! Where transcripts lie: the folders of the agents in a home, or any folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::archives::{self, UnpackedArchive};
use super::compressed::is_compressed;
use super::databases::database_of;
use super::places::{AgentFolder, AgentHomes};
use super::reader::Reader;
use super::readers::{id_in_name, mapped_reader_of, name_of, reader, readers};
use super::reading::detect;
use super::search::{FileSearch, first_bytes, has_extension};
use crate::capture::transcript::{FoundTranscripts, Problem, Transcript};
use crate::idle::sessions::is_database;
use crate::record::agent::Agent;

/// A folder of an agent that may hold transcripts.
#[derive(Clone, Debug)]
pub struct SearchedFolder {
    pub path: PathBuf,
    /// As in [`AgentFolder`].
    within: PathBuf,
    is_deep: bool,
    reader: &'static dyn Reader,
}

impl AgentHomes {
    /// The folders below which folders of transcripts are made, so many levels deep; whether they are there or not.
    pub fn trees(&self) -> Vec<(usize, PathBuf)> {
        readers().flat_map(|reader| reader.trees(self)).collect()
    }

    /// The folders of all agents. Looks at names and at no transcript.
    pub fn folders(&self) -> Vec<SearchedFolder> {
        let mut folders = Vec::new();
        for reader in readers() {
            let of_agent = |AgentFolder { path, within, is_deep }| SearchedFolder { path, within, is_deep, reader };
            folders.extend(reader.folders(self).into_iter().map(of_agent));
        }
        folders
    }
}

impl SearchedFolder {
    pub fn agent(&self) -> Agent {
        self.reader.agent()
    }

    /// Whether the folder has its name from the one that the sessions in it were begun in.
    pub fn is_named(&self) -> bool {
        self.reader.names_folders()
    }

    /// Whether the subagents of a session are kept beside it.
    pub fn keeps_subagents(&self) -> bool {
        self.reader.subagents_folder(&self.path).is_some()
    }

    /// Where the subagents of a session are kept, if beside it.
    pub fn subagents_folder(&self, transcript: &Path) -> Option<PathBuf> {
        self.reader.subagents_folder(transcript)
    }

    /// How large a session of this folder is and when it changed, over all its files; `None` where it is gone.
    pub fn state_of(&self, main: &Path) -> Option<(u64, Option<SystemTime>)> {
        state_by(self.reader, main)
    }

    /// The other files of a session that lies in several, and the folders that hold them: what is added changes these.
    pub fn beside(&self, main: &Path) -> Vec<PathBuf> {
        if self.reader.only_grows() || database_of(main).is_some() {
            return Vec::new();
        }
        let mut all = self.reader.files_beside(main);
        let mut folders: Vec<PathBuf> = all.iter().filter_map(|file| file.parent()).map(Path::to_owned).collect();
        folders.sort();
        folders.dedup();
        all.extend(folders.into_iter().filter(|folder| *folder != self.path));
        all
    }

    /// Whether the folder's name says that sessions of these folders, or of folders above them, may be filed here. The
    /// names of some agents' folders say nothing.
    pub fn may_be_of(&self, roots: &[PathBuf]) -> bool {
        self.reader.may_be_of(&self.path, roots)
    }
}

/// Every transcript of this home.
pub fn find(places: &AgentHomes) -> FoundTranscripts {
    let (found, mut problems) = find_in(&places.folders());
    for (_, folder) in places.trees() {
        if !is_database(&folder)
            && let Err(error) = fs::read_dir(&folder)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            problems
                .push(Problem { path: folder, message: format!("cannot be read ({error}): check its permissions") });
        }
    }
    (found, problems)
}

/// The transcripts in folders of agents.
pub fn find_in<'a>(folders: impl IntoIterator<Item = &'a SearchedFolder>) -> FoundTranscripts {
    let mut search = FileSearch::default();
    for folder in folders {
        search.enter(&folder.within);
        folder.reader.list(&folder.path, folder.is_deep, &mut search);
    }
    with_files_beside(search.finish())
}

/// A session that lies in several files is as large as all of them, and as new as the newest.
fn with_files_beside((mut found, problems): FoundTranscripts) -> FoundTranscripts {
    for one in &mut found {
        if let Some(reader) = reader(&one.agent) {
            (one.size, one.modified) = with_beside(reader, &one.path, (one.size, one.modified));
        }
    }
    (found, problems)
}

fn with_beside(reader: &dyn Reader, main: &Path, mut state: (u64, Option<SystemTime>)) -> (u64, Option<SystemTime>) {
    if !reader.only_grows() {
        for data in reader.files_beside(main).iter().filter_map(|file| fs::symlink_metadata(file).ok()) {
            state = (state.0 + data.len(), state.1.max(data.modified().ok()));
        }
    }
    state
}

/// How large a session in a database is and when it changed, as those who list it say; `None` where it is gone.
pub fn state_of(main: &Path) -> Option<(u64, Option<SystemTime>)> {
    let (database, _) = database_of(main)?;
    state_by(readers().find(|reader| reader.owns_database(database))?, main)
}

fn state_by(reader: &dyn Reader, main: &Path) -> Option<(u64, Option<SystemTime>)> {
    if let Some((database, id)) = database_of(main) {
        let row = reader.sessions_in(database, Some(id)).ok()?.pop()?;
        return Some((row.size, row.modified));
    }
    let data = fs::metadata(main).ok()?;
    Some(with_beside(reader, main, (data.len(), data.modified().ok())))
}

/// The transcripts of a session's subagents.
pub fn subagents_of(folder: &SearchedFolder, transcript: &Path) -> Vec<Transcript> {
    let mut search = FileSearch::default();
    if let Some(subagents) = folder.reader.subagents_folder(transcript).filter(|folder| folder.is_dir()) {
        search.enter(&folder.within);
        search.transcripts_below(&folder.agent(), &subagents);
    }
    search.finish().0
}

/// The folder in which the subagents of a session are, if it has any and its agent keeps them beside it.
pub fn subagents_folder(transcript: &Path) -> Option<PathBuf> {
    readers().filter_map(|reader| reader.subagents_folder(transcript)).find(|folder| folder.is_dir())
}

/// The transcript of the session that a subagent's transcript belongs to.
pub fn parent_of(transcript: &Path) -> Option<PathBuf> {
    readers().find_map(|reader| reader.parent_of(transcript))
}

/// One transcript of a folder, as it is now; `None` where it is gone or must not be read.
pub fn look_at(folder: &SearchedFolder, path: &Path) -> Option<Transcript> {
    let mut search = FileSearch::default();
    search.enter(&folder.within);
    match database_of(path) {
        Some((database, id)) => {
            search.add_rows(&folder.agent(), database, || folder.reader.sessions_in(database, Some(id)));
        }
        None => search.add(folder.agent(), path.to_owned()),
    }
    with_files_beside(search.finish()).0.pop()
}

/// Whether a text, which may be anybody's, can be the id of a session: it becomes part of a path.
pub fn is_session_id(id: &str) -> bool {
    id.len() >= 8 && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// Whether a transcript's name says that it is of the session with this id.
pub fn is_of_session(transcript: &Path, id: &str) -> bool {
    let Some(name) = name_of(transcript) else { return false };
    is_session_id(id) && (name == id || id_in_name(name) == id)
}

/// The transcript of the session with this id, by its file's name.
pub fn find_named<'a>(
    folders: &'a [SearchedFolder],
    agent: &Agent,
    id: &str,
) -> Option<(&'a SearchedFolder, Transcript)> {
    if !is_session_id(id) {
        return None;
    }
    folders
        .iter()
        .filter(|folder| folder.agent() == *agent)
        .find_map(|folder| Some((folder, look_at(folder, &folder.reader.find_named(&folder.path, id)?)?)))
}

/// What is below a folder or in an archive that a person named. What was unpacked is there as long as this is.
pub struct NamedTranscripts {
    pub found: Vec<Transcript>,
    pub problems: Vec<Problem>,
    unpacked: Vec<UnpackedArchive>,
}

impl From<FoundTranscripts> for NamedTranscripts {
    fn from((found, problems): FoundTranscripts) -> Self {
        Self { found, problems, unpacked: Vec::new() }
    }
}

impl NamedTranscripts {
    /// The path of a transcript as a person can find it again: in the archive that it is from.
    pub fn shown(&self, path: &Path) -> PathBuf {
        let of = |archive: &UnpackedArchive| Some(archive.path.join(path.strip_prefix(archive.folder()).ok()?));
        self.unpacked.iter().find_map(of).unwrap_or_else(|| path.to_owned())
    }
}

/// As [`find_in_folder`], and what is in archives: the file itself, or those right in the folder.
pub fn find_named_by_person(path: &Path) -> NamedTranscripts {
    let archives: Vec<PathBuf> = if path.is_file() {
        vec![path.to_owned()]
    } else {
        let mut entries: Vec<PathBuf> =
            fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
        entries.sort();
        entries
    };
    let mut named = NamedTranscripts::from(FoundTranscripts::default());
    for archive in archives.into_iter().filter(|archive| archives::is_archive(archive) && archive.is_file()) {
        match archives::unpack(&archive) {
            Ok(unpacked) => {
                let (found, problems) = find_in_folder(unpacked.folder());
                named.found.extend(found);
                let left_out = unpacked.left_out.iter();
                named.problems.extend(left_out.map(|why| Problem { path: archive.clone(), message: why.clone() }));
                named.unpacked.push(unpacked);
                for Problem { path, message } in problems {
                    named.problems.push(Problem { path: named.shown(&path), message });
                }
            }
            Err(error) => {
                let message = format!("cannot be unpacked ({error}): unpack it and name the folder");
                named.problems.push(Problem { path: archive, message });
            }
        }
    }
    if !archives::is_archive(path) {
        let (found, problems) = find_in_folder(path);
        named.found.extend(found);
        named.problems.extend(problems);
    }
    named
}

/// Every file below a folder (or the file itself) whose content is in a format that is known. A name or a label decides
/// nothing but where to look: `.jsonl`, `.json`, `.traj`, `.yaml`, `.yml`, `.md`, databases, and what is compressed of them.
pub fn find_in_folder(dir: &Path) -> FoundTranscripts {
    let mut search = FileSearch::default();
    let paths = if dir.is_file() { vec![dir.to_owned()] } else { search.all_below(dir) };
    if !dir.exists() {
        search.problem(dir, "does not exist: check the path");
    }
    for path in paths {
        if readers().any(|reader| reader.describes_another(&path)) {
            continue;
        }
        if let Some(message) = search.foreign(&path) {
            search.problem(&path, &message);
        } else if is_database(&path) {
            // Any program may keep something in one.
            for reader in readers().filter(|reader| reader.owns_database(&path)) {
                search.add_rows(&reader.agent(), &path, || reader.sessions_in(&path, None));
            }
        } else {
            add_if_known(path, &mut search);
        }
    }
    with_files_beside(search.finish())
}

/// Adds a file if the beginning of its content is in a known format.
fn add_if_known(path: PathBuf, search: &mut FileSearch) {
    let is_text = has_extension(&path, &["md"]);
    for count in [8 * 1024, 512 * 1024] {
        let bytes = match first_bytes(&path, count) {
            Ok(bytes) => bytes,
            Err(error) => return search.unreadable(&path, &error),
        };
        let found = mapped_reader_of(&path).map(|reader| reader.agent()).or_else(|| detect(&bytes));
        match found {
            // Most texts are none.
            found if is_text && found.as_ref().and_then(reader).is_none() => return,
            Some(agent) if is_compressed(&path) && !reader(&agent).is_some_and(|reader| reader.only_grows()) => {
                return search.problem(&path, "is compressed and not read so: `zstd -d` makes it readable");
            }
            Some(agent) => return search.add(agent, path),
            None if bytes.trim_ascii().is_empty() => return,
            None => {}
        }
    }
    search.problem(&path, "unknown transcript format; skipped");
}

#[cfg(test)]
mod tests {
    use super::super::READERS;
    use super::*;

    const CLAUDE_CODE: Agent = Agent::known("claude-code");
    const CODEX: Agent = Agent::known("codex");

    fn home_with(files: &[&str]) -> (tempfile::TempDir, AgentHomes) {
        let home = tempfile::tempdir().unwrap();
        for file in files {
            let path = home.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let place = || Some(home.path().to_owned());
        let places = AgentHomes { home: place(), root: place(), ..AgentHomes::default() };
        (home, places)
    }

    fn names(found: &[Transcript]) -> Vec<String> {
        found.iter().map(|found| found.path.file_name().unwrap().to_string_lossy().into_owned()).collect()
    }

    /// A hook looks for new folders in the trees alone.
    #[test]
    fn every_folder_of_transcripts_is_below_a_tree() {
        let (_home, places) = home_with(&[
            ".claude/projects/-w-app/a.jsonl",
            ".config/claude/projects/-w-other/a.jsonl",
            ".codex/sessions/2026/01/02/rollout-1.jsonl",
            ".codex/sessions/rollout-0.jsonl",
            ".codex/archived_sessions/rollout-2.jsonl",
            ".copilot/session-state/a/events.jsonl",
            ".gemini/tmp/shop/chats/session-2026-01-02T03-04-1a2b3c4d.jsonl",
            ".aider.chat.history.md",
            ".config/Code/User/globalStorage/rooveterinaryinc.roo-cline/tasks/1/api_conversation_history.json",
            ".specstory/history/2026-01-02_03-04-05Z-fix.md",
            ".crush/crush.db",
            ".kiro/sessions/cli/11111111-2222-4333-8444-555555555555.jsonl",
            ".local/share/goose/sessions/sessions.db",
            ".local/share/zed/threads/threads.db",
            ".local/share/kilo/kilo.db",
            ".local/share/opencode/opencode.db",
            ".config/Code/User/workspaceStorage/1a2b/chatSessions/a.jsonl",
            ".vscode-server/data/User/globalStorage/emptyWindowChatSessions/b.json",
            ".cursor/projects/w-app/agent-transcripts/a/a.jsonl",
            ".local/share/amp/threads/T-1.json",
            ".windsurf/transcripts/a.jsonl",
            ".qwen/projects/-w-app/chats/a.jsonl",
            ".qwen/projects/-w-app/subagents/a/agent-1.jsonl",
            ".pi/agent/sessions/--w-app--/2026-01-02T03-04-05-678Z_a.jsonl",
            ".factory/sessions/-w-app/a.jsonl",
            ".continue/sessions/a.json",
            ".cline/data/sessions/1_a/1_a.messages.json",
            ".openhands/conversations/a/base_state.json",
            ".config/mini-swe-agent/last_mini_run.traj.json",
        ]);
        let trees = places.trees();
        let folders = places.folders();
        let is_below = |folder: &SearchedFolder| {
            trees.iter().any(|(depth, tree)| {
                folder.path.strip_prefix(tree).is_ok_and(|rest| rest.components().count() <= *depth)
            })
        };
        assert!(folders.len() >= 6 && folders.iter().all(is_below), "{folders:?} {trees:?}");
        for reader in READERS {
            assert_eq!(reader.folders(&places).is_empty(), reader.trees(&places).is_empty(), "{reader:?}");
        }
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
        let elsewhere = AgentHomes { config_home: Some(home.path().join("settings")), ..places.clone() };
        assert_eq!(names(&find(&elsewhere).0), ["a.jsonl"]);
        let named = AgentHomes { moved: vec![("CLAUDE_CONFIG_DIR", home.path().join(".config/claude"))], ..places };
        assert_eq!(names(&find(&named).0), ["b.jsonl"]);
    }

    #[test]
    fn a_session_in_a_folder_of_its_own_is_known_by_the_folders_name() {
        let (id, older) = ("11111111-2222-4333-8444-555555555555", "21111111-2222-4333-8444-555555555555");
        let (home, places) = home_with(&[
            &format!(".copilot/session-state/{id}/events.jsonl"),
            &format!(".copilot/session-state/{id}/workspace.yaml"),
            &format!(".copilot/session-state/{id}/rewind-file-snapshots/index.json"),
            &format!(".copilot/session-state/{older}.jsonl"),
            ".copilot/config.json",
        ]);
        let (found, problems) = find(&places);
        assert_eq!((names(&found), problems), (vec!["events.jsonl".to_owned(), format!("{older}.jsonl")], Vec::new()));
        let folders = places.folders();
        for (wanted, name) in [(id, "events.jsonl".to_owned()), (older, format!("{older}.jsonl"))] {
            let (_, transcript) = find_named(&folders, &Agent::known("copilot"), wanted).expect(wanted);
            assert!(transcript.path.ends_with(name) && is_of_session(&transcript.path, wanted), "{wanted}");
        }
        let moved = AgentHomes { moved: vec![("COPILOT_HOME", home.path().join(".copilot"))], ..AgentHomes::default() };
        assert_eq!(find(&moved).0.len(), 2);
        let (_, problems) = find_in_folder(&home.path().join(format!(".copilot/session-state/{id}")));
        assert_eq!(problems, [], "what lies beside it only describes it");
    }

    #[test]
    fn a_chat_of_an_editor_is_listed_once_by_its_best_account() {
        let storage = ".config/Code/User/workspaceStorage";
        let (home, places) = home_with(&[
            &format!("{storage}/1/chatSessions/a.json"),
            &format!("{storage}/1/chatSessions/a.jsonl"),
            &format!("{storage}/1/GitHub.copilot-chat/transcripts/a.jsonl"),
            &format!("{storage}/1/GitHub.copilot-chat/transcripts/b.jsonl"),
            &format!("{storage}/2/chatSessions/c.json"),
            "Library/Application Support/VSCodium/User/globalStorage/emptyWindowChatSessions/d.jsonl",
            ".vscode-server/data/User/workspaceStorage/3/chatSessions/e.json",
            &format!("{storage}/1/state.vscdb"),
        ]);
        let (found, problems) = find(&places);
        let mut names = names(&found);
        names.sort();
        assert_eq!(
            (names, problems),
            (["a.jsonl", "b.jsonl", "c.json", "d.jsonl", "e.json"].map(str::to_owned).to_vec(), Vec::new())
        );
        let opened = |folder: &str, uri: &str| {
            let path = home.path().join(storage).join(folder).join("workspace.json");
            fs::write(path, format!("{{\"folder\":\"{uri}\"}}")).unwrap();
        };
        opened("1", "file:///w/my%20app");
        opened("2", "vscode-remote://wsl%2Bubuntu/w/other");
        let folders = places.folders();
        let may_be = |part: &str, root: &str| {
            let folder = folders.iter().find(|folder| folder.path.ends_with(part)).expect(part);
            folder.may_be_of(&[PathBuf::from(root)])
        };
        assert!(may_be("1/chatSessions", "/w/my app") && !may_be("1/chatSessions", "/w/other"));
        assert!(may_be("1/GitHub.copilot-chat/transcripts", "/w/my app/web") && may_be("2/chatSessions", "/w/other"));
        assert!(may_be("3/chatSessions", "/w/any"), "what says nothing may be of any");
    }

    #[test]
    fn subagents_beside_a_session_lead_to_it_and_back() {
        let id = "11111111-2222-4333-8444-555555555555";
        for (main, subagent) in [
            (
                ".gemini/tmp/w/chats/session-2026-01-02T03-04-11111111.jsonl",
                format!(".gemini/tmp/w/chats/{id}/s.jsonl"),
            ),
            (
                &*format!(".cursor/projects/w/agent-transcripts/{id}/{id}.jsonl"),
                format!(".cursor/projects/w/agent-transcripts/{id}/subagents/s.jsonl"),
            ),
        ] {
            let (home, places) = home_with(&[main, &subagent]);
            let (main, subagent) = (home.path().join(main), home.path().join(&subagent));
            fs::write(&main, format!("{{\"sessionId\":\"{id}\"}}")).unwrap();
            assert_eq!(parent_of(&subagent), Some(main.clone()));
            assert_eq!(parent_of(&main), None);
            let folders = places.folders();
            let of_main: Vec<PathBuf> = subagents_of(&folders[0], &main).into_iter().map(|found| found.path).collect();
            assert_eq!(of_main, [subagent]);
            assert_eq!(find(&places).0.len(), 2, "{main:?}");
            let (_, transcript) = find_named(&folders, &folders[0].agent(), id).expect("it has its id");
            assert_eq!(transcript.path, main);
        }
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
        let places = AgentHomes { home: Some(home), ..places };
        let all = find(&places).0;
        assert_eq!(
            (names(&all), parent_of(&all[0].path)),
            (vec!["a.jsonl".to_owned()], None),
            "a home below such a folder"
        );
    }

    #[test]
    fn a_compressed_session_is_found_by_its_id_and_read_as_it_was() {
        let id = "11111111-2222-4333-8444-555555555555";
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join(".codex/sessions/2026/01/02");
        fs::create_dir_all(&folder).unwrap();
        let text =
            fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples/codex/damaged/input.jsonl"))
                .unwrap();
        let plain = folder.join(format!("rollout-2026-01-02T03-04-05-{id}.jsonl"));
        let packed = folder.join(format!("rollout-2026-01-02T03-04-05-{id}.jsonl.zst"));
        fs::write(&packed, super::super::compressed::packed(text.as_bytes())).unwrap();
        fs::write(folder.join("other.zst"), "").unwrap();
        let places = AgentHomes { home: Some(home.path().to_owned()), ..AgentHomes::default() };
        for (found, problems) in [find(&places), find_in(&places.folders()), find_in_folder(home.path())] {
            assert_eq!(
                (found.into_iter().map(|one| one.path).collect::<Vec<_>>(), problems),
                (vec![packed.clone()], Vec::new())
            );
        }
        let folders = places.folders();
        let named = || find_named(&folders, &CODEX, id).expect("it has its id").1.path;
        assert_eq!(named(), packed);
        assert!(is_of_session(&packed, id));
        let of_packed = crate::capture::read_events(&packed).unwrap();
        fs::write(&plain, &text).unwrap();
        assert!(crate::capture::read_events(&plain).unwrap() == of_packed);
        // Both are there while the agent compresses it.
        assert_eq!(named(), plain);
        assert_eq!(find(&places).0.into_iter().map(|one| one.path).collect::<Vec<_>>(), [plain]);
        let size = fs::metadata(&packed).unwrap().len();
        let mut tail = crate::capture::Tail::open(&packed, &CODEX, size, (0, 0)).unwrap();
        let part = tail.next_part().unwrap().unwrap();
        assert!(part.is_last && !part.events.is_empty() && tail.next_part().unwrap().is_none());
    }

    /// What an agent in a workflow left, as such a workflow keeps it.
    #[test]
    fn transcripts_in_archives_are_read_and_nothing_else_is_unpacked() {
        let text =
            fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples/codex/damaged/input.jsonl"))
                .unwrap();
        let folder = tempfile::tempdir().unwrap();
        let outside = folder.path().parent().unwrap().join("outside-of-it.jsonl");
        let entries: &[(&str, &str)] =
            &[("home/.codex/sessions/a.jsonl", &text), ("home/notes.txt", "none"), ("home/b/c.json", "{}")];
        let tar_of = |entries: &[(&str, &str)]| {
            let mut tar = tar::Builder::new(Vec::new());
            for (name, text) in entries {
                let mut header = tar::Header::new_gnu();
                header.set_size(text.len() as u64);
                // As nobody's program writes it.
                header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
                header.set_cksum();
                tar.append(&header, text.as_bytes()).unwrap();
            }
            let mut link = tar::Header::new_gnu();
            link.set_entry_type(tar::EntryType::Symlink);
            link.set_size(0);
            tar.append_link(&mut link, "home/link.jsonl", "/etc/passwd").unwrap();
            tar.into_inner().unwrap()
        };
        let mut all = entries.to_vec();
        all.push(("../outside-of-it.jsonl", &text));
        all.push(("/outside-of-it.jsonl", &text));
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut gzip, &tar_of(&all)).unwrap();
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (name, text) in entries {
            zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            std::io::Write::write_all(&mut zip, text.as_bytes()).unwrap();
        }
        zip.add_symlink("home/link.jsonl", "/etc/passwd", zip::write::SimpleFileOptions::default()).unwrap();
        for (name, bytes) in [
            ("a.tgz", gzip.finish().unwrap()),
            ("a.tar.zst", super::super::compressed::packed(&tar_of(&all))),
            ("a.zip", zip.finish().unwrap().into_inner()),
        ] {
            let path = folder.path().join(name);
            fs::write(&path, bytes).unwrap();
            let named = find_named_by_person(&path);
            let shown: Vec<PathBuf> = named.found.iter().map(|one| named.shown(&one.path)).collect();
            assert_eq!(shown, [path.join("home/.codex/sessions/a.jsonl")], "{name}");
            let problems: Vec<_> = named.problems.iter().map(|problem| &problem.path).collect();
            assert_eq!(problems, [&path.join("home/b/c.json")], "{name}: {:?}", named.problems);
            assert_eq!(crate::capture::read(&named.found[0].path).unwrap().len(), 1);
            let unpacked = named.unpacked[0].folder().to_owned();
            assert!(!unpacked.join("home/notes.txt").exists() && !unpacked.join("home/link.jsonl").exists());
            assert!(!outside.exists() && !Path::new("/outside-of-it.jsonl").exists());
            drop(named);
            assert!(!unpacked.exists());
        }
        fs::write(folder.path().join("b.jsonl.zst"), super::super::compressed::packed(text.as_bytes())).unwrap();
        fs::write(folder.path().join("c.json.zst"), super::super::compressed::packed(b"{}")).unwrap();
        fs::write(folder.path().join("broken.zip"), "no archive").unwrap();
        let named = find_named_by_person(folder.path());
        assert_eq!(named.found.len(), 4, "{:?}", named.found);
        let broken = named.problems.iter().filter(|problem| problem.path.ends_with("broken.zip"));
        assert!(
            broken.count() == 1 && named.problems.iter().any(|problem| problem.path.ends_with("c.json.zst/c.json"))
        );
    }
}
