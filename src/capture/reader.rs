//! What a reader of an agent's sessions is: how its files are known and read, and where they lie. One that is not told of
//! here does not differ between agents.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::databases::DatabaseSession;
use super::events::Events;
use super::held::{HeldFact, SessionFact};
use super::json::Read;
use super::places::{AgentFolder, AgentHomes};
use super::search::FileSearch;
use crate::record::agent::Agent;
use crate::record::session::FailureKind;

pub(super) trait Reader: Sync {
    /// Whose sessions they are.
    fn agent(&self) -> Agent;

    /// Raised with whatever changes the events that a file gives: what was read before is read again then.
    fn version(&self) -> u32;

    /// What its sessions hold, and whether it is read.
    fn held(&self, fact: SessionFact) -> HeldFact;

    /// The newest version of the agent of which sessions were at hand, where they name their version. What a later one added may
    /// be missing.
    fn newest_seen(&self) -> Option<&'static str> {
        None
    }

    /// Whether the beginning of a file is of this format.
    fn recognises(&self, head: &[u8]) -> bool;

    /// Reads one line of a file that only grows. The hot path: most lines say nothing and are to cost nothing.
    fn read_line(&self, _line: &[u8], _events: &mut Events) -> Read<()> {
        Ok(())
    }

    /// Whether the files only grow, by lines that can be read one by one. All others are read whole whenever one of the files of
    /// a session has changed: documents, lines that later ones replace or take back, databases, several files.
    fn only_grows(&self) -> bool {
        true
    }

    /// Reads a session of which the files do not only grow, from its main file on.
    ///
    /// # Errors
    /// When a file cannot be read; what cannot be understood is skipped and counted.
    fn read_whole(&self, _main: &Path, _events: &mut Events) -> io::Result<()> {
        Ok(())
    }

    /// The other files that a session lies in, which change without its main file: a database's log, messages in files of their
    /// own.
    fn files_beside(&self, _main: &Path) -> Vec<PathBuf> {
        Vec::new()
    }

    /// Whether a database is of this agent. Sessions in one are not files: each has a path below it (`databases`), and the folder that
    /// they are listed in is the database itself.
    fn owns_database(&self, _database: &Path) -> bool {
        false
    }

    /// The sessions of a database, with what they are like, or of one of them.
    ///
    /// # Errors
    /// When the database cannot be read.
    fn sessions_in(&self, _database: &Path, _id: Option<&str>) -> io::Result<Vec<DatabaseSession>> {
        Ok(Vec::new())
    }

    /// How the agent words why a call failed, strongest first.
    fn failures(&self) -> &'static [(&'static str, FailureKind)] {
        &[]
    }

    /// What a command printed, without what the agent puts above it.
    fn printed<'a>(&self, output: &'a str) -> &'a str {
        output
    }

    /// The folders that may hold transcripts. Looks at names and at no transcript.
    fn folders(&self, _places: &AgentHomes) -> Vec<AgentFolder> {
        Vec::new()
    }

    /// The folders below which those are made, so many levels deep, whether they are there or not. They are named where they
    /// cannot be read, and a hook looks at them for new ones.
    fn trees(&self, _places: &AgentHomes) -> Vec<(usize, PathBuf)> {
        Vec::new()
    }

    /// Whether a folder has its name from the one that its sessions were begun in.
    fn names_folders(&self) -> bool {
        false
    }

    /// Whether a folder's name says that sessions of these folders, or of folders above them, may be filed in it.
    fn may_be_of(&self, _folder: &Path, _roots: &[PathBuf]) -> bool {
        true
    }

    /// Adds the transcripts of a folder. `deep`: as [`AgentFolder::is_deep`].
    fn list(&self, _folder: &Path, _deep: bool, _search: &mut FileSearch) {}

    /// The transcript of a session in a folder, by the session's id.
    fn find_named(&self, _folder: &Path, _id: &str) -> Option<PathBuf> {
        None
    }

    /// The name of the folder that a transcript is in, where that names the session, and the files in it are called alike.
    fn named_by<'a>(&self, _transcript: &'a Path) -> Option<&'a str> {
        None
    }

    /// The session's id in the name of a transcript that says more.
    fn id_in_name<'a>(&self, _stem: &'a str) -> Option<&'a str> {
        None
    }

    /// Where the subagents of a session are kept, if in files of their own beside it.
    fn subagents_folder(&self, _main: &Path) -> Option<PathBuf> {
        None
    }

    /// The transcript of the session that a subagent's transcript belongs to.
    fn parent_of(&self, _transcript: &Path) -> Option<PathBuf> {
        None
    }

    /// The id of the session that a transcript is a subagent's of, where its place says so and its lines need not.
    fn parent_in_place<'a>(&self, _transcript: &'a Path) -> Option<&'a str> {
        None
    }

    /// Whether a transcript tells a session again that another agent keeps under the same id.
    fn retells(&self, _transcript: &Path) -> bool {
        false
    }

    /// Whether a file only describes a transcript, or lists several.
    fn describes_another(&self, _file: &Path) -> bool {
        false
    }
}

impl fmt::Debug for dyn Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.agent().as_str())
    }
}
