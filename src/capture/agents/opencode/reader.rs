//! What is particular to OpenCode and Kilo, in one place: their versions, words and files.

use std::io;
use std::path::{Path, PathBuf};

use super::{documents, messages, rows};
use crate::capture::databases::{DatabaseSession, database_of, has_tables};
use crate::capture::event::EventKind;
use crate::capture::events::Events;
use crate::capture::held::{HeldFact, SessionFact};
use crate::capture::places::{AgentFolder, AgentHomes};
use crate::capture::reader::Reader;
use crate::capture::search::{FileSearch, folders_in, has_extension};
use crate::record::agent::Agent;
use crate::record::session::{FailureKind, Skip};

/// A program of this family.
pub(in crate::capture) struct OpenCodeKind {
    agent: &'static str,
    /// Its folder among those of data.
    folder: &'static str,
    database: &'static str,
    /// A variable that names another database.
    variable: Option<&'static str>,
}

pub(in crate::capture) static OPENCODE: OpenCodeKind =
    OpenCodeKind { agent: "opencode", folder: "opencode", database: "opencode.db", variable: Some("OPENCODE_DB") };

pub(in crate::capture) static KILO: OpenCodeKind =
    OpenCodeKind { agent: "kilo", folder: "kilo", database: "kilo.db", variable: None };

const TABLES: &[&str] = &["session", "message", "part"];
/// Only Kilo has it.
const BOARD: &str = "kilo_board";

impl OpenCodeKind {
    fn is_kilo(&self) -> bool {
        self.agent == KILO.agent
    }

    fn data(&self, places: &AgentHomes) -> Option<PathBuf> {
        Some(places.data()?.join(self.folder))
    }

    /// The database, whether it is there or not.
    fn database(&self, places: &AgentHomes) -> Option<PathBuf> {
        let data = self.data(places)?;
        let named = self.variable.and_then(|variable| places.moved_by(variable));
        // A name without a folder lies where the others do.
        Some(named.map_or_else(|| data.join(self.database), |named| data.join(named)))
    }

    fn storage(&self, places: &AgentHomes) -> Option<PathBuf> {
        Some(self.data(places)?.join("storage/session")).filter(|_| !self.is_kilo())
    }
}

impl Reader for OpenCodeKind {
    fn agent(&self) -> Agent {
        Agent::known(self.agent)
    }

    fn version(&self) -> u32 {
        1
    }

    fn held(&self, fact: SessionFact) -> HeldFact {
        match fact {
            SessionFact::Reasons if !self.is_kilo() => HeldFact::InPart("the reason is the next prompt"),
            SessionFact::Interrupts => HeldFact::InPart("a stopped `run` only leaves a call without an end"),
            SessionFact::Cost => HeldFact::NotRead,
            SessionFact::Forks => HeldFact::InPart("what was taken back; a fork is a copy that does not say so"),
            _ => HeldFact::Read,
        }
    }

    /// Exported sessions do not say which of the two wrote them.
    fn recognises(&self, head: &[u8]) -> bool {
        !self.is_kilo() && documents::recognises(head)
    }

    fn only_grows(&self) -> bool {
        false
    }

    fn read_whole(&self, main: &Path, events: &mut Events) -> io::Result<()> {
        let read = match database_of(main) {
            Some((database, id)) => rows::session(database, id)?,
            None => match documents::session(main) {
                Ok(read) => Some(read),
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(error),
                Err(error) => {
                    events.push(EventKind::Skipped(Skip { line: 1, why: error.to_string() }));
                    None
                }
            },
        };
        let Some((session, damaged)) = read else { return Ok(()) };
        messages::read(&session, events);
        for _ in 0..damaged {
            events.push(EventKind::Skipped(Skip { line: 0, why: "damaged JSON".to_owned() }));
        }
        Ok(())
    }

    fn files_beside(&self, main: &Path) -> Vec<PathBuf> {
        if database_of(main).is_some() { Vec::new() } else { documents::files_beside(main) }
    }

    fn owns_database(&self, database: &Path) -> bool {
        has_tables(database, TABLES) && has_tables(database, &[BOARD]) == self.is_kilo()
    }

    fn sessions_in(&self, database: &Path, id: Option<&str>) -> io::Result<Vec<DatabaseSession>> {
        if has_tables(database, TABLES) { rows::sessions_in(database, id) } else { Ok(Vec::new()) }
    }

    fn failures(&self) -> &'static [(&'static str, FailureKind)] {
        &[
            ("Could not find oldString", FailureKind::EditNoMatch),
            ("oldString not found", FailureKind::EditNoMatch),
            ("apply_patch verification failed", FailureKind::EditNoMatch),
            ("Found multiple matches", FailureKind::EditAmbiguous),
            ("has been modified since it was last read", FailureKind::EditStale),
            ("You must read", FailureKind::EditStale),
            ("called with invalid arguments", FailureKind::BadInput),
            ("File not found", FailureKind::FileMissing),
            ("The user rejected permission", FailureKind::Permission),
            ("which prevents you from using", FailureKind::Permission),
        ]
    }

    fn folders(&self, places: &AgentHomes) -> Vec<AgentFolder> {
        let mut folders = Vec::new();
        if let Some(database) = self.database(places).filter(|database| database.is_file()) {
            folders.push(AgentFolder { path: database.clone(), within: database, is_deep: false });
        }
        if let Some(storage) = self.storage(places) {
            let of = |path| AgentFolder { path, within: storage.clone(), is_deep: false };
            folders.extend(folders_in(&storage).into_iter().map(of));
        }
        folders
    }

    fn trees(&self, places: &AgentHomes) -> Vec<(usize, PathBuf)> {
        let database = self.database(places).map(|database| (0, database));
        let storage = self.storage(places).map(|storage| (1, storage));
        database.into_iter().chain(storage).collect()
    }

    fn list(&self, folder: &Path, _: bool, search: &mut FileSearch, _: bool) {
        if folder.is_file() {
            return search.add_rows(&self.agent(), folder, self.sessions_in(folder, None));
        }
        for entry in search.read(folder) {
            let path = entry.path();
            if has_extension(&path, &["json"]) {
                search.add_entry(self.agent(), path, &entry);
            }
        }
    }

    fn find_named(&self, folder: &Path, id: &str) -> Option<PathBuf> {
        if folder.is_file() {
            return self.sessions_in(folder, Some(id)).ok()?.pop().map(|row| folder.join(row.id));
        }
        Some(folder.join(format!("{id}.json"))).filter(|path| path.exists())
    }
}
