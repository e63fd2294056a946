//! Databases in which agents keep sessions, opened so that nothing changes: no file is made beside one, and an agent that writes it at
//! the same time waits for nobody. A session in one has a path of its own: that of the database, and below it the id of the session.
//!
//! The newest rows are in the log beside a database (`-wal`), often long after the agent has ended, and the index of the log (`-shm`)
//! says which. With all of them there a database is read as any other program of its user would; without the index, which reading
//! would make, a copy is read. A database without a log is read as what it is, without locks.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::files::ScratchFolder;
use crate::idle::sessions::{beside, is_database};

/// So long a writer may hold what a reader asks for.
const BUSY: Duration = Duration::from_millis(50);
/// So often a copy is tried while the agent writes.
const TRIES: usize = 3;

/// The database that a session's path leads to, and the id of the session; `None` for a path of a file.
pub(super) fn database_of(session: &Path) -> Option<(&Path, &str)> {
    let database = session.parent().filter(|database| is_database(database))?;
    Some((database, session.file_name()?.to_str()?))
}

/// The file that a session's path leads to: itself, or its database.
pub fn file_of(session: &Path) -> &Path {
    database_of(session).map_or(session, |(database, _)| database)
}

/// A session in a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DatabaseSession {
    pub(super) id: String,
    /// Grows with each thing that is added, and is never 0 where there is one.
    pub(super) size: u64,
    pub(super) modified: Option<SystemTime>,
}

/// What the files of a database were like.
type FilesState = [Option<(u64, Option<SystemTime>)>; 2];

struct OpenDatabase {
    path: PathBuf,
    state: FilesState,
    connection: Connection,
    /// The names of its tables, once they were asked for: every reader of databases asks before it takes one for its own.
    tables: OnceCell<BTreeSet<String>>,
    /// Where the copy is that was opened.
    _copy: Option<ScratchFolder>,
}

thread_local! {
    /// The one that was read last: a hook asks it once for each session.
    static LAST: RefCell<Option<OpenDatabase>> = const { RefCell::new(None) };
}

/// Reads a database.
///
/// # Errors
/// When it cannot be opened, or is none, and what `read` says.
pub(super) fn with<T>(path: &Path, read: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> io::Result<T> {
    with_opened(path, |opened| read(&opened.connection))
}

fn with_opened<T>(path: &Path, read: impl FnOnce(&OpenDatabase) -> rusqlite::Result<T>) -> io::Result<T> {
    LAST.with_borrow_mut(|last| {
        let state = state(path);
        let is_it = |known: &OpenDatabase| known.path == path && known.state == state;
        if !last.as_ref().is_some_and(is_it) {
            *last = None;
            *last = Some(open(path)?);
        }
        let Some(opened) = last else { return Err(io::ErrorKind::NotFound.into()) };
        let said = read(opened).map_err(io::Error::other);
        // What is damaged is not asked again.
        if said.is_err() {
            *last = None;
        }
        said
    })
}

/// Whether a database has these tables.
pub(super) fn has_tables(path: &Path, names: &[&str]) -> bool {
    with_tables(path, |tables| names.iter().all(|name| tables.contains(*name)))
}

/// What `ask` says of the names of all tables of a database; `false` where they cannot be read.
pub(super) fn with_tables(path: &Path, ask: impl FnOnce(&BTreeSet<String>) -> bool) -> bool {
    let asked = |opened: &OpenDatabase| {
        let tables = match opened.tables.get() {
            Some(tables) => tables,
            None => {
                let tables = tables(&opened.connection)?;
                opened.tables.get_or_init(|| tables)
            }
        };
        Ok(ask(tables))
    };
    with_opened(path, asked).unwrap_or(false)
}

fn tables(connection: &Connection) -> rusqlite::Result<BTreeSet<String>> {
    let mut statement = connection.prepare("SELECT name FROM sqlite_master WHERE type = 'table'")?;
    statement.query_map([], |row| row.get(0))?.collect()
}

/// The columns of a table that are there, of those that are asked for: newer versions of an agent have more.
pub(super) fn columns(connection: &Connection, table: &str, wanted: &[&str]) -> rusqlite::Result<Vec<bool>> {
    let mut statement = connection.prepare("SELECT name FROM pragma_table_info(?1)")?;
    let names = statement.query_map([table], |row| row.get::<_, String>(0))?.collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(wanted.iter().map(|wanted| names.iter().any(|name| name == wanted)).collect())
}

fn state(path: &Path) -> FilesState {
    [path.to_owned(), beside(path, "-wal")].map(|file| {
        let data = fs::metadata(file).ok()?;
        Some((data.len(), data.modified().ok()))
    })
}

fn open(path: &Path) -> io::Result<OpenDatabase> {
    for _ in 0..TRIES {
        let before = state(path);
        let [Some(_), log] = before else { return Err(io::ErrorKind::NotFound.into()) };
        let has_index = beside(path, "-shm").exists();
        let opened = match log {
            Some((length, _)) if length > 0 && !has_index => copied(path)?,
            None | Some((0, _)) if !has_index => (connection(path, "immutable=1")?, None),
            // The index may have to be rebuilt, which a reader must not do.
            _ => match connection(path, "mode=ro").and_then(answering) {
                Ok(connection) => (connection, None),
                Err(_) => copied(path)?,
            },
        };
        // What was written meanwhile may be there by half.
        if state(path) == before || log.is_none_or(|(length, _)| length == 0) {
            let (connection, copy) = opened;
            let tables = OnceCell::new();
            return Ok(OpenDatabase { path: path.to_owned(), state: before, connection, tables, _copy: copy });
        }
    }
    Err(io::Error::other("it keeps changing while it is read; try again"))
}

/// The connection, if it can be read.
fn answering(connection: Connection) -> io::Result<Connection> {
    let asked = connection.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get::<_, i64>(0));
    asked.map(|_| connection).map_err(io::Error::other)
}

fn copied(path: &Path) -> io::Result<(Connection, Option<ScratchFolder>)> {
    let folder = ScratchFolder::temporary()?;
    let copy = folder.path().join("copy.db");
    fs::copy(path, &copy)?;
    fs::copy(beside(path, "-wal"), beside(&copy, "-wal"))?;
    let connection = set_up(Connection::open(&copy).map_err(io::Error::other)?)?;
    // Alone with it, it needs no file beside it; and whatever ends the program, no copy stays where an open file may be removed.
    connection.execute_batch("PRAGMA locking_mode = EXCLUSIVE").map_err(io::Error::other)?;
    let connection = answering(connection)?;
    Ok((connection, Some(folder).filter(|_| !cfg!(unix))))
}

fn connection(path: &Path, how: &str) -> io::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let name: String = path
        .to_str()
        .ok_or_else(|| io::Error::other("its path is not valid Unicode"))?
        .replace('\\', "/")
        .bytes()
        .map(|byte| match byte {
            b'/' | b'.' | b'-' | b'_' | b':' | b'~' => char::from(byte).to_string(),
            _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect();
    let root = if name.starts_with('/') { "" } else { "/" };
    let root = if path.is_absolute() { root } else { "" };
    let opened = Connection::open_with_flags(format!("file:{root}{name}?{how}"), flags);
    set_up(opened.map_err(io::Error::other)?)
}

/// A database is a file from outside: its schema runs nothing.
fn set_up(connection: Connection) -> io::Result<Connection> {
    connection.busy_timeout(BUSY).map_err(io::Error::other)?;
    // A plan is made once, not for each value.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(io::Error::other)?;
    connection.execute_batch("PRAGMA trusted_schema = OFF; PRAGMA query_only = ON").map_err(io::Error::other)?;
    Ok(connection)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn names(folder: &Path) -> BTreeMap<String, u64> {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
        entries
            .map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.metadata().unwrap().len()))
            .collect()
    }

    fn rows(path: &Path) -> Vec<String> {
        let read = |connection: &Connection| {
            connection.prepare("SELECT text FROM message ORDER BY id")?.query_map([], |row| row.get(0))?.collect()
        };
        with(path, read).unwrap()
    }

    #[test]
    fn what_is_in_the_log_is_read_and_nothing_is_made_beside_the_database() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("a b%1.db");
        let writer = Connection::open(&path).unwrap();
        writer.pragma_update(None, "journal_mode", "WAL").unwrap();
        writer
            .execute_batch(
                "CREATE TABLE message (id INTEGER PRIMARY KEY, text TEXT); PRAGMA wal_checkpoint(TRUNCATE);
                INSERT INTO message (text) VALUES ('a')",
            )
            .unwrap();
        // The agent is at work.
        let before = names(home.path());
        assert_eq!(rows(&path), ["a"]);
        assert_eq!(names(home.path()), before);
        writer.execute_batch("INSERT INTO message (text) VALUES ('b')").unwrap();
        assert_eq!(rows(&path), ["a", "b"]);
        writer.execute_batch("BEGIN IMMEDIATE; INSERT INTO message (text) VALUES ('c')").unwrap();
        assert_eq!(rows(&path), ["a", "b"], "what is not committed is not there, and nobody waits");
        writer.execute_batch("COMMIT").unwrap();
        // Killed: the log is there, and no index.
        let left = home.path().join("left");
        fs::create_dir(&left).unwrap();
        for end in ["", "-wal"] {
            fs::copy(beside(&path, end), beside(&left.join("x.db"), end)).unwrap();
        }
        let before = names(&left);
        assert_eq!(rows(&left.join("x.db")), ["a", "b", "c"]);
        assert_eq!(names(&left), before);
        // A frame that was cut is none.
        let log = left.join("x.db-wal");
        fs::OpenOptions::new().write(true).open(&log).unwrap().set_len(before["x.db-wal"] - 100).unwrap();
        assert!(rows(&left.join("x.db")).len() < 3);
        // Ended: no log is left.
        fs::remove_file(&log).unwrap();
        let before = names(&left);
        assert_eq!(rows(&left.join("x.db")).len(), 0);
        assert_eq!(names(&left), before);
        assert!(has_tables(&left.join("x.db"), &["message"]) && !has_tables(&left.join("x.db"), &["message", "part"]));
        writer.execute_batch("CREATE TABLE part (id INTEGER PRIMARY KEY)").unwrap();
        assert!(has_tables(&path, &["message", "part"]), "a table that was made since is seen");
    }

    #[test]
    fn what_is_no_database_is_said_to_be_none() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("x.db");
        fs::write(&path, "SQLite format 3\0 and nothing more").unwrap();
        assert!(!has_tables(&path, &["message"]));
        assert!(with(&home.path().join("none.db"), |_| Ok(())).is_err());
        assert_eq!(database_of(&path.join("ses_1")), Some((path.as_path(), "ses_1")));
        assert_eq!(database_of(&home.path().join("a.jsonl")), None);
    }
}
