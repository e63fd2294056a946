//! The index of transcripts, an SQLite file of this user alone: how far each transcript was read, what was found in it
//! (opaque bytes of `capture`), and which files its session edited. It holds the same text as the transcripts beside it
//! on this disk, never leaves the machine, and may be deleted at any time.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use crate::failpoint;

/// Raised with the tables below. An index of another version, or with events of another one, is made anew.
const VERSION: i64 = 2;
/// Room for the versions of events in SQLite's one number.
const READERS: i64 = 10_000;

const TABLES: &str = "
CREATE TABLE transcript (
  id INTEGER PRIMARY KEY,
  path TEXT NOT NULL UNIQUE,
  size INTEGER NOT NULL,
  modified INTEGER NOT NULL,
  read INTEGER NOT NULL,
  lines INTEGER NOT NULL,
  cwd TEXT
);
CREATE TABLE segment (transcript INTEGER NOT NULL, place INTEGER NOT NULL, events BLOB NOT NULL,
  PRIMARY KEY (transcript, place)) WITHOUT ROWID;
CREATE TABLE fingerprint (transcript INTEGER NOT NULL, place INTEGER NOT NULL, open INTEGER NOT NULL, hashes BLOB NOT NULL,
  PRIMARY KEY (transcript, place)) WITHOUT ROWID;
CREATE TABLE listing (digest INTEGER NOT NULL);
CREATE TABLE edited (name TEXT NOT NULL, transcript INTEGER NOT NULL, PRIMARY KEY (name, transcript)) WITHOUT ROWID;
";

/// The open index.
pub struct Index {
    connection: Connection,
}

/// What is known of a transcript.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    pub id: i64,
    /// Bytes, when it was last looked at.
    pub size: u64,
    /// Nanoseconds since 1970, when it was last looked at.
    pub modified: i64,
    /// Bytes read so far, to the end of a line.
    pub read: u64,
    /// Lines read so far.
    pub lines: u64,
    pub cwd: Option<String>,
}

/// Newly read bytes of a transcript.
pub struct Growth<'a> {
    pub path: &'a str,
    pub size: u64,
    pub modified: i64,
    /// Where the reading began; 0 throws away what was known.
    pub from: u64,
    pub read: u64,
    pub lines: u64,
    pub cwd: Option<&'a str>,
    pub events: &'a [u8],
    /// Names (without folders) of the files that the new part edits.
    pub edited: &'a [String],
    pub fingerprint: Mark<'a>,
}

/// What says, without the events, which commits a transcript can have to do with.
#[derive(Clone, Copy)]
pub struct Mark<'a> {
    /// Opaque bytes of `link`.
    pub hashes: &'a [u8],
    /// Whether they may not say all of it.
    pub open: bool,
    /// Whether they stand for the whole transcript and not for the new part.
    pub whole: bool,
}

impl Index {
    /// Opens the index at `path`, making it where there is none. One that is damaged or of another version is replaced.
    /// `reader` is the version of what `capture` writes into it.
    pub fn open(path: &Path, busy: Duration, reader: u32) -> anyhow::Result<Self> {
        match Self::try_open(path, busy, reader) {
            Ok(index) => Ok(index),
            Err(error) if is_busy(&error) => Err(error),
            Err(_) => {
                for end in ["", "-wal", "-shm", "-journal"] {
                    let mut file = path.as_os_str().to_owned();
                    file.push(end);
                    let _ = fs::remove_file(Path::new(&file));
                }
                Self::try_open(path, busy, reader)
            }
        }
        .with_context(|| format!("the index {} could not be opened; delete it, it is rebuilt", path.display()))
    }

    fn try_open(path: &Path, busy: Duration, reader: u32) -> anyhow::Result<Self> {
        let wanted = VERSION * READERS + i64::from(reader);
        failpoint::reach("index.open")?;
        let is_new = !path.exists();
        if let Some(folder) = path.parent().filter(|_| is_new) {
            fs::create_dir_all(folder)?;
        }
        let mut connection = Connection::open(path)?;
        if is_new {
            only_for_this_user(path)?;
        }
        connection.busy_timeout(busy)?;
        let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if version != wanted {
            anyhow::ensure!(version == 0, "the index has version {version}");
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let made: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
            if made == 0 {
                transaction.execute_batch(TABLES)?;
                transaction.pragma_update(None, "user_version", wanted)?;
            }
            transaction.commit()?;
        }
        // A cache need not survive a power cut, and is made anew when it is damaged. A rollback journal that stays in its
        // place costs a hook that only reads no file at all, and one that writes no new one.
        connection.execute_batch("PRAGMA synchronous = OFF; PRAGMA journal_mode = TRUNCATE")?;
        Ok(Self { connection })
    }

    pub fn known(&self, path: &str) -> anyhow::Result<Option<Known>> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT id, size, modified, read, lines, cwd FROM transcript WHERE path = ?1")?;
        Ok(statement.query_row([path], known).optional()?)
    }

    /// All transcripts that are known, by path.
    pub fn all(&self) -> anyhow::Result<HashMap<String, Known>> {
        let mut statement =
            self.connection.prepare_cached("SELECT id, size, modified, read, lines, cwd, path FROM transcript")?;
        let rows = statement.query_map([], |row| Ok((row.get(6)?, known(row)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Adds what was newly read. Another process that read the same bytes meanwhile wins; its row is kept.
    pub fn grow(&mut self, growth: &Growth) -> anyhow::Result<()> {
        failpoint::reach("index.grow")?;
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let before: Option<(i64, i64, i64)> = transaction
            .query_row("SELECT id, read, modified FROM transcript WHERE path = ?1", [growth.path], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .optional()?;
        // Another process has seen a later state of the file.
        if before.is_some_and(|(_, _, modified)| modified > growth.modified) {
            return Ok(());
        }
        if growth.from > 0 && before.is_none_or(|(_, read, _)| read as u64 != growth.from) {
            return Ok(());
        }
        if let Some((id, ..)) = before.filter(|_| growth.from == 0) {
            transaction.execute("DELETE FROM segment WHERE transcript = ?1", [id])?;
            transaction.execute("DELETE FROM edited WHERE transcript = ?1", [id])?;
        }
        if let Some((id, ..)) = before.filter(|_| growth.from == 0 || growth.fingerprint.whole) {
            transaction.execute("DELETE FROM fingerprint WHERE transcript = ?1", [id])?;
        }
        transaction.execute(
            "INSERT INTO transcript (path, size, modified, read, lines, cwd) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (path) DO UPDATE SET size = ?2, modified = ?3, read = ?4, lines = ?5, cwd = coalesce(?6, cwd)",
            params![
                growth.path,
                growth.size as i64,
                growth.modified,
                growth.read as i64,
                growth.lines as i64,
                growth.cwd
            ],
        )?;
        let id: i64 =
            transaction.query_row("SELECT id FROM transcript WHERE path = ?1", [growth.path], |row| row.get(0))?;
        if !growth.events.is_empty() {
            transaction.execute(
                "INSERT OR REPLACE INTO segment (transcript, place, events) VALUES (?1, ?2, ?3)",
                params![id, growth.from as i64, growth.events],
            )?;
        }
        let Mark { hashes, open, .. } = growth.fingerprint;
        if open || !hashes.is_empty() {
            transaction.execute(
                "INSERT OR REPLACE INTO fingerprint (transcript, place, open, hashes) VALUES (?1, ?2, ?3, ?4)",
                params![id, growth.from as i64, open, hashes],
            )?;
        }
        {
            let mut insert =
                transaction.prepare_cached("INSERT OR IGNORE INTO edited (name, transcript) VALUES (?1, ?2)")?;
            for name in growth.edited {
                insert.execute(params![name, id])?;
            }
        }
        failpoint::reach("index.grown")?;
        transaction.commit()?;
        Ok(())
    }

    /// The parts of a transcript in the order they were read.
    pub fn events(&self, transcript: i64) -> anyhow::Result<Vec<Vec<u8>>> {
        let mut statement =
            self.connection.prepare_cached("SELECT events FROM segment WHERE transcript = ?1 ORDER BY place")?;
        let rows = statement.query_map([transcript], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The fingerprints of a transcript's parts: whether each may not say all of it, and its hashes.
    pub fn fingerprints(&self, transcript: i64) -> anyhow::Result<Vec<(bool, Vec<u8>)>> {
        let mut statement =
            self.connection.prepare_cached("SELECT open, hashes FROM fingerprint WHERE transcript = ?1")?;
        let rows = statement.query_map([transcript], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Stands for files that were found and that are all known as they were found; `None` until [`Self::set_listing`].
    pub fn listing(&self) -> anyhow::Result<Option<i64>> {
        Ok(self.connection.query_row("SELECT digest FROM listing", [], |row| row.get(0)).optional()?)
    }

    pub fn set_listing(&mut self, digest: i64) -> anyhow::Result<()> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute("DELETE FROM listing", [])?;
        transaction.execute("INSERT INTO listing (digest) VALUES (?1)", [digest])?;
        transaction.commit()?;
        Ok(())
    }

    /// Paths of transcripts whose session edited a file of this name, the most recently changed first.
    pub fn that_edited(&self, name: &str, most: usize) -> anyhow::Result<Vec<String>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT path FROM edited JOIN transcript ON transcript.id = edited.transcript
             WHERE name = ?1 ORDER BY modified DESC LIMIT ?2",
        )?;
        let rows = statement.query_map(params![name, most as i64], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many transcripts are known, and how many bytes of them were read.
    pub fn totals(&self) -> anyhow::Result<(u64, u64)> {
        let totals = self.connection.query_row("SELECT count(*), coalesce(sum(read), 0) FROM transcript", [], |row| {
            Ok((row.get::<_, i64>(0)? as u64, row.get::<_, i64>(1)? as u64))
        });
        Ok(totals?)
    }
}

fn known(row: &rusqlite::Row) -> rusqlite::Result<Known> {
    Ok(Known {
        id: row.get(0)?,
        size: row.get::<_, i64>(1)? as u64,
        modified: row.get(2)?,
        read: row.get::<_, i64>(3)? as u64,
        lines: row.get::<_, i64>(4)? as u64,
        cwd: row.get(5)?,
    })
}

fn is_busy(error: &anyhow::Error) -> bool {
    matches!(
        error.downcast_ref::<rusqlite::Error>().and_then(rusqlite::Error::sqlite_error_code),
        Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked)
    )
}

#[cfg(unix)]
fn only_for_this_user(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
fn only_for_this_user(_: &Path) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn growth<'a>(from: u64, read: u64, events: &'a [u8], edited: &'a [String]) -> Growth<'a> {
        Growth {
            path: "/s/a.jsonl",
            size: read,
            modified: 7,
            from,
            read,
            lines: read / 10,
            cwd: Some("/repo"),
            events,
            edited,
            fingerprint: Mark { hashes: &[], open: false, whole: false },
        }
    }

    #[test]
    fn each_part_has_its_fingerprint_until_one_stands_for_the_whole() {
        let folder = tempfile::tempdir().unwrap();
        let mut index = Index::open(&folder.path().join("index.db"), Duration::from_secs(1), 1).unwrap();
        let mark = |hashes, open, whole| Mark { hashes, open, whole };
        index.grow(&Growth { fingerprint: mark(b"one", false, false), ..growth(0, 100, b"one", &[]) }).unwrap();
        index.grow(&Growth { fingerprint: mark(b"two", true, false), ..growth(100, 150, b"two", &[]) }).unwrap();
        let id = index.known("/s/a.jsonl").unwrap().unwrap().id;
        assert_eq!(index.fingerprints(id).unwrap(), [(false, b"one".to_vec()), (true, b"two".to_vec())]);
        index.grow(&Growth { fingerprint: mark(b"all", false, true), ..growth(150, 200, b"three", &[]) }).unwrap();
        assert_eq!(index.fingerprints(id).unwrap(), [(false, b"all".to_vec())]);
    }

    #[test]
    fn the_last_listing_is_remembered() {
        let folder = tempfile::tempdir().unwrap();
        let mut index = Index::open(&folder.path().join("index.db"), Duration::from_secs(1), 1).unwrap();
        assert_eq!(index.listing().unwrap(), None);
        index.set_listing(1).unwrap();
        index.set_listing(-2).unwrap();
        assert_eq!(index.listing().unwrap(), Some(-2));
    }

    #[test]
    fn a_transcript_is_read_once_and_its_tail_is_added() {
        let folder = tempfile::tempdir().unwrap();
        let mut index = Index::open(&folder.path().join("git/backstory/index.db"), Duration::from_secs(1), 1).unwrap();
        index.grow(&growth(0, 100, b"one", &["price.py".into()])).unwrap();
        index.grow(&growth(100, 150, b"two", &["cart.py".into()])).unwrap();
        let known = index.known("/s/a.jsonl").unwrap().unwrap();
        assert_eq!((known.read, known.lines, known.cwd.as_deref()), (150, 15, Some("/repo")));
        assert_eq!(index.events(known.id).unwrap(), [b"one".to_vec(), b"two".to_vec()]);
        assert_eq!(index.that_edited("cart.py", 5).unwrap(), ["/s/a.jsonl"]);
        assert_eq!(index.totals().unwrap(), (1, 150));
    }

    #[test]
    fn a_tail_that_another_process_read_is_not_added_twice() {
        let folder = tempfile::tempdir().unwrap();
        let mut index = Index::open(&folder.path().join("index.db"), Duration::from_secs(1), 1).unwrap();
        index.grow(&growth(0, 100, b"one", &[])).unwrap();
        index.grow(&growth(100, 150, b"two", &[])).unwrap();
        index.grow(&growth(100, 150, b"two again", &[])).unwrap();
        let known = index.known("/s/a.jsonl").unwrap().unwrap();
        assert_eq!(index.events(known.id).unwrap().len(), 2);
    }

    #[test]
    fn an_earlier_state_does_not_replace_a_later_one() {
        let folder = tempfile::tempdir().unwrap();
        let mut index = Index::open(&folder.path().join("index.db"), Duration::from_secs(1), 1).unwrap();
        index.grow(&Growth { modified: 9, ..growth(0, 150, b"all", &[]) }).unwrap();
        index.grow(&growth(0, 100, b"the beginning", &[])).unwrap();
        assert_eq!(index.known("/s/a.jsonl").unwrap().unwrap().read, 150);
    }

    #[test]
    fn a_damaged_index_is_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("index.db");
        fs::write(&path, vec![7; 5000]).unwrap();
        let index = Index::open(&path, Duration::from_secs(1), 1).unwrap();
        assert_eq!(index.totals().unwrap(), (0, 0));
    }
}
