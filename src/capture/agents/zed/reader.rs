//! What is particular to Zed, in one place: its version, its words, its places, its table.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row};
use serde_json::Value;

use super::messages::{self, ZedThread};
use crate::capture::compressed::Unpacked;
use crate::capture::databases::{self, DatabaseSession, columns, database_of, has_tables};
use crate::capture::event::EventKind;
use crate::capture::events::Events;
use crate::capture::held::{HeldFact, SessionFact};
use crate::capture::places::{AgentFolder, AgentHomes};
use crate::capture::reader::Reader;
use crate::capture::search::FileSearch;
use crate::record::agent::Agent;
use crate::record::session::{FailureKind, Skip};

pub(in crate::capture) struct Zed;

const DATABASE: &str = "threads/threads.db";
/// A longer thread is none that somebody wrote.
const LONGEST: u64 = 256 * 1024 * 1024;

impl Reader for Zed {
    fn agent(&self) -> Agent {
        Agent::known("zed")
    }

    fn version(&self) -> u32 {
        1
    }

    fn held(&self, fact: SessionFact) -> HeldFact {
        match fact {
            SessionFact::Reasons => HeldFact::InPart("the reason is the next prompt"),
            SessionFact::Interrupts => HeldFact::InPart("only of a call that ran"),
            SessionFact::Models => HeldFact::InPart("the one that was chosen last"),
            SessionFact::Tokens => HeldFact::InPart("of the whole session, not of each prompt"),
            SessionFact::Version | SessionFact::Cost | SessionFact::Forks => HeldFact::Absent,
            _ => HeldFact::Read,
        }
    }

    fn recognises(&self, _: &[u8]) -> bool {
        false
    }

    fn only_grows(&self) -> bool {
        false
    }

    fn read_whole(&self, main: &Path, events: &mut Events) -> io::Result<()> {
        let Some((database, id)) = database_of(main) else { return Ok(()) };
        let Some((kind, data, mut thread)) = databases::with(database, |connection| row(connection, id))? else {
            return Ok(());
        };
        let document = unpacked(&kind, &data).and_then(|text| serde_json::from_slice(&text).map_err(io::Error::other));
        match document {
            Ok(document) => {
                thread.document = document;
                messages::read(&thread, events);
            }
            Err(error) => {
                events.push(EventKind::Skipped(Skip { line: 1, why: format!("cannot be read ({error})") }));
            }
        }
        Ok(())
    }

    fn owns_database(&self, database: &Path) -> bool {
        let has_columns = |connection: &Connection| {
            let known = columns(connection, "threads", &["summary", "updated_at", "data_type", "data"])?;
            Ok(known.into_iter().all(|is_there| is_there))
        };
        has_tables(database, &["threads"]) && databases::with(database, has_columns).unwrap_or(false)
    }

    fn sessions_in(&self, database: &Path, id: Option<&str>) -> io::Result<Vec<DatabaseSession>> {
        if !self.owns_database(database) {
            return Ok(Vec::new());
        }
        databases::with(database, |connection| {
            let mut statement =
                connection.prepare("SELECT id, updated_at, length(data) FROM threads WHERE ?1 IS NULL OR id = ?1")?;
            let row = |row: &Row<'_>| {
                let updated = row.get::<_, Option<String>>(1)?.and_then(|at| at.parse::<Timestamp>().ok());
                Ok(DatabaseSession {
                    id: row.get(0)?,
                    size: row.get::<_, i64>(2)?.unsigned_abs().max(1),
                    modified: updated.map(Into::into),
                })
            };
            statement.query_map([id], row)?.collect()
        })
    }

    fn failures(&self) -> &'static [(&'static str, FailureKind)] {
        &[
            ("Could not find matching text for edit", FailureKind::EditNoMatch),
            ("Some edits were produced but none of them could be applied", FailureKind::EditNoMatch),
            ("matched multiple locations in the file", FailureKind::EditAmbiguous),
            ("matches more than one position in the file", FailureKind::EditAmbiguous),
            ("has been modified since you last read it", FailureKind::EditStale),
            ("has unsaved changes", FailureKind::EditStale),
            ("locked by built-in security rule", FailureKind::Permission),
            ("locked by security rule", FailureKind::Permission),
            ("file not found", FailureKind::FileMissing),
            ("was not found in the project", FailureKind::FileMissing),
            ("\" timed out.", FailureKind::Timeout),
            ("Failed to parse tool input", FailureKind::BadInput),
        ]
    }

    fn folders(&self, places: &AgentHomes) -> Vec<AgentFolder> {
        let of = |database: PathBuf| AgentFolder { path: database.clone(), within: database, is_deep: false };
        databases_of(places).into_iter().filter(|database| database.is_file()).map(of).collect()
    }

    fn trees(&self, places: &AgentHomes) -> Vec<(usize, PathBuf)> {
        databases_of(places).into_iter().map(|database| (0, database)).collect()
    }

    fn list(&self, folder: &Path, _: bool, search: &mut FileSearch) {
        search.add_rows(&self.agent(), folder, || self.sessions_in(folder, None));
    }

    fn find_named(&self, folder: &Path, id: &str) -> Option<PathBuf> {
        self.sessions_in(folder, Some(id)).ok()?.pop().map(|row| folder.join(row.id))
    }
}

/// On Linux among data, on macOS and Windows among what programs support themselves with, there not what roams.
fn databases_of(places: &AgentHomes) -> Vec<PathBuf> {
    let linux = places.data().map(|data| data.join("zed"));
    let macos = places.home.as_ref().map(|home| home.join("Library/Application Support/Zed"));
    let windows = places.app_data.as_ref().and_then(|roaming| Some(roaming.parent()?.join("Local/Zed")));
    [linux, macos, windows].into_iter().flatten().map(|folder| folder.join(DATABASE)).collect()
}

fn unpacked(kind: &str, data: &[u8]) -> io::Result<Vec<u8>> {
    if kind == "json" {
        return Ok(data.to_vec());
    }
    let mut text = Vec::new();
    Unpacked::new(data).take(LONGEST).read_to_end(&mut text)?;
    Ok(text)
}

/// How the document of a thread is packed, the document, and what the row says beside it.
fn row(connection: &Connection, id: &str) -> rusqlite::Result<Option<(String, Vec<u8>, ZedThread)>> {
    const WANTED: &[&str] = &["parent_id", "folder_paths", "folder_paths_order", "created_at"];
    let known = columns(connection, "threads", WANTED)?;
    let list = WANTED.iter().zip(known).map(|(name, is_there)| if is_there { name } else { "NULL" });
    let list = list.collect::<Vec<_>>().join(", ");
    let read = |row: &Row<'_>| {
        let text = |at: usize| row.get::<_, Option<String>>(at).map(|text| text.filter(|text| !text.is_empty()));
        let time = |at: usize| text(at).map(|text| text.and_then(|text| text.parse().ok()));
        let data = match row.get_ref(1)? {
            rusqlite::types::ValueRef::Blob(data) | rusqlite::types::ValueRef::Text(data) => data.to_vec(),
            _ => Vec::new(),
        };
        let thread = ZedThread {
            id: id.to_owned(),
            parent: text(3)?,
            roots: in_order(&text(4)?.unwrap_or_default(), &text(5)?.unwrap_or_default()),
            times: [time(6)?, time(2)?],
            document: Value::Null,
        };
        Ok((row.get(0)?, data, thread))
    };
    let sql = format!("SELECT data_type, data, updated_at, {list} FROM threads WHERE id = ?1");
    connection.query_row(&sql, [id], read).optional()
}

/// Folders are kept in the order of their names, and beside it the order in which they were opened.
fn in_order(folders: &str, order: &str) -> Vec<String> {
    let folders = folders.split('\n').filter(|folder| !folder.is_empty()).map(str::to_owned);
    let order = order.split(',').map(|place| place.parse::<usize>().unwrap_or(usize::MAX));
    let mut placed: Vec<(usize, String)> = order.chain(std::iter::repeat(usize::MAX)).zip(folders).collect();
    placed.sort_by_key(|(place, _)| *place);
    placed.into_iter().map(|(_, folder)| folder).collect()
}
