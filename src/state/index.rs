//! The index of transcripts, an SQLite file of this user alone: how far each transcript was read, what was found in it
//! (opaque bytes of `capture`), and which files its session edited. It holds the same text as the transcripts beside it
//! on this disk, never leaves the machine, and may be deleted at any time.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::damage::{Damage, files, is_damage};
use crate::failpoint;
use crate::files::keep_private;

/// Bytes of a page of a new index.
const PAGE: i64 = 16 * 1024;
/// Raised with the tables below. An index of another version, or with events of another one, is made afresh.
const VERSION: i64 = 5;
/// Room for the versions of events in SQLite's one number.
const READERS: i64 = 10_000;

/// A blob lies in a table with row ids: to find a row in one without, SQLite reads the whole of each that it compares.
const TABLES: &str = "
CREATE TABLE transcript (
  id INTEGER PRIMARY KEY,
  path TEXT NOT NULL UNIQUE,
  agent TEXT NOT NULL,
  named INTEGER NOT NULL,
  size INTEGER NOT NULL,
  modified INTEGER NOT NULL,
  read INTEGER NOT NULL,
  lines INTEGER NOT NULL,
  mark INTEGER NOT NULL,
  cwd TEXT
);
CREATE INDEX by_time ON transcript (modified);
CREATE TABLE elsewhere (path INTEGER PRIMARY KEY, size INTEGER NOT NULL, modified INTEGER NOT NULL,
  read INTEGER NOT NULL, mark INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE ground (digest INTEGER NOT NULL, epoch INTEGER NOT NULL);
CREATE TABLE segment (transcript INTEGER NOT NULL, place INTEGER NOT NULL, events BLOB NOT NULL,
  PRIMARY KEY (transcript, place));
CREATE TABLE fingerprint (transcript INTEGER NOT NULL, place INTEGER NOT NULL, open INTEGER NOT NULL, hashes BLOB NOT NULL,
  PRIMARY KEY (transcript, place));
CREATE TABLE edited (name TEXT NOT NULL, transcript INTEGER NOT NULL, PRIMARY KEY (name, transcript)) WITHOUT ROWID;
";

/// The open index.
pub(crate) struct Index {
    pub(crate) connection: Connection,
}

/// What is known of a transcript whose session belongs here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IndexedTranscript {
    pub id: i64,
    pub path: String,
    /// The word that the agent is known by.
    pub agent: String,
    /// Whether it belongs here because somebody named it.
    pub named: bool,
    /// Bytes, when it was last looked at.
    pub size: u64,
    /// Nanoseconds since 1970, when it was last looked at.
    pub modified: i64,
    /// Bytes read so far, to the end of a line.
    pub read: u64,
    /// Lines read so far.
    pub lines: u64,
    /// A digest of the bytes before the place that was read to.
    pub mark: i64,
    /// The folder that the session was in last.
    pub cwd: Option<String>,
}

/// Newly read bytes of a transcript.
pub(crate) struct Growth<'a> {
    pub path: &'a str,
    pub agent: &'a str,
    pub named: bool,
    pub size: u64,
    pub modified: i64,
    /// Where the reading began.
    pub from: u64,
    /// Whether what was known is thrown away.
    pub afresh: bool,
    pub read: u64,
    pub lines: u64,
    pub mark: i64,
    pub cwd: Option<&'a str>,
    pub events: &'a [u8],
    /// Names (without folders) of the files that the new part edits.
    pub edited: &'a [String],
    pub fingerprint: LinkMark<'a>,
}

/// What says, without the events, which commits a transcript can have to do with.
#[derive(Clone, Copy)]
pub(crate) struct LinkMark<'a> {
    /// Opaque bytes of `link`.
    pub hashes: &'a [u8],
    /// Whether they may not say all of it.
    pub open: bool,
    /// Where the part begins that they stand for: the new one, or one before it that had been open.
    pub since: u64,
}

impl Index {
    /// Opens the index at `path`, making it where there is none. One that is damaged or of another version is replaced.
    /// `reader` is the version of what `capture` writes into it.
    pub(crate) fn open(path: &Path, busy: Duration, reader: u32) -> anyhow::Result<Self> {
        for file in files(path) {
            // A link leads elsewhere, and a pipe would make the commit wait.
            if fs::symlink_metadata(&file).is_ok_and(|data| !data.is_file()) {
                anyhow::bail!("{} is not a regular file and is not opened; delete it, it is rebuilt", file.display());
            }
        }
        match Self::try_open(path, busy, reader) {
            Ok(index) => Ok(index),
            // Root made it once, and the folder is this user's: it is only a copy.
            Err(_) if is_locked_up(path) => {
                Self::discard(path);
                Self::try_open(path, busy, reader)
            }
            Err(error) if !is_damage(&error) => Err(error),
            Err(_) => {
                Self::discard(path);
                Self::try_open(path, busy, reader)
            }
        }
        .with_context(|| format!("the index {} could not be opened; delete it, it is rebuilt", path.display()))
    }

    /// Does `work` with the index at `path`. One that turns out to be damaged is deleted, and the work begins again, once.
    pub(crate) fn with<T>(
        path: &Path,
        busy: Duration,
        reader: u32,
        mut work: impl FnMut(&mut Self) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        match work(&mut Self::open(path, busy, reader)?) {
            Err(error) if is_damage(&error) => {
                Self::discard(path);
                let worked = work(&mut Self::open(path, busy, reader)?);
                worked.with_context(|| format!("the index {} is damaged; delete it, it is rebuilt", path.display()))
            }
            worked => worked,
        }
    }

    fn discard(path: &Path) {
        for file in files(path) {
            let _ = fs::remove_file(file);
        }
    }

    fn try_open(path: &Path, busy: Duration, reader: u32) -> anyhow::Result<Self> {
        let wanted = VERSION * READERS + i64::from(reader);
        failpoint::reach("index.open")?;
        let is_new = !path.exists();
        if let Some(folder) = path.parent().filter(|_| is_new) {
            fs::create_dir_all(folder)?;
        }
        let mut connection = Connection::open(path)?;
        keep_private(path)?;
        connection.busy_timeout(busy)?;
        let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if version != wanted {
            anyhow::ensure!(version == 0, Damage(format!("it has version {version}")));
            // A session's events are read in whole pages.
            connection.pragma_update(None, "page_size", PAGE)?;
            let transaction = begin(&mut connection)?;
            let made: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
            if made == 0 {
                transaction.execute_batch(TABLES)?;
                transaction.pragma_update(None, "user_version", wanted)?;
            }
            transaction.commit()?;
        }
        Ok(Self { connection })
    }

    pub(crate) fn known(&self, path: &str) -> anyhow::Result<Option<IndexedTranscript>> {
        let mut statement =
            self.connection.prepare_cached(&format!("SELECT {KNOWN} FROM transcript WHERE path = ?1"))?;
        Ok(statement.query_row([path], known).optional()?)
    }

    /// The transcripts that changed last, the newest first.
    pub(crate) fn newest(&self, most: usize) -> anyhow::Result<Vec<IndexedTranscript>> {
        let mut statement = self
            .connection
            .prepare_cached(&format!("SELECT {KNOWN} FROM transcript ORDER BY modified DESC LIMIT ?1"))?;
        let rows = statement.query_map([most as i64], known)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Size and time of all transcripts that are known, by path.
    pub(crate) fn states(&self) -> anyhow::Result<HashMap<String, (u64, i64)>> {
        let mut statement = self.connection.prepare_cached("SELECT path, size, modified FROM transcript")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, (row.get::<_, i64>(1)? as u64, row.get(2)?))))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Transcripts whose path holds this text.
    pub(crate) fn whose_path_holds(&self, text: &str) -> anyhow::Result<Vec<IndexedTranscript>> {
        let mut statement =
            self.connection.prepare_cached(&format!("SELECT {KNOWN} FROM transcript WHERE instr(path, ?1) > 0"))?;
        let rows = statement.query_map([text], known)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Adds what was newly read. Another process that read the same bytes meanwhile wins; its row is kept.
    pub(crate) fn grow(&mut self, growth: &Growth) -> anyhow::Result<()> {
        failpoint::reach("index.grow")?;
        let transaction = begin(&mut self.connection)?;
        let before: Option<(i64, i64, i64)> = transaction
            .query_row("SELECT id, read, modified FROM transcript WHERE path = ?1", [growth.path], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .optional()?;
        // Another process has seen a later state of the file.
        if before.is_some_and(|(_, read, modified)| modified > growth.modified && read as u64 >= growth.read) {
            return Ok(());
        }
        if !growth.afresh && before.is_none_or(|(_, read, _)| read as u64 != growth.from) {
            return Ok(());
        }
        if let Some((id, ..)) = before.filter(|_| growth.afresh) {
            for table in ["segment", "edited", "fingerprint"] {
                transaction.execute(&format!("DELETE FROM {table} WHERE transcript = ?1"), [id])?;
            }
        }
        transaction.execute(
            "INSERT INTO transcript (path, agent, named, size, modified, read, lines, cwd, mark)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
             ON CONFLICT (path) DO UPDATE
             SET named = ?3, size = ?4, modified = ?5, read = ?6, lines = ?7, cwd = coalesce(?8, cwd), mark = ?9",
            params![
                growth.path,
                growth.agent,
                growth.named,
                growth.size as i64,
                growth.modified,
                growth.read as i64,
                growth.lines as i64,
                growth.cwd,
                growth.mark
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
        let LinkMark { hashes, open, since } = growth.fingerprint;
        transaction
            .execute("DELETE FROM fingerprint WHERE transcript = ?1 AND place >= ?2", params![id, since as i64])?;
        if open || !hashes.is_empty() {
            transaction.execute(
                "INSERT OR REPLACE INTO fingerprint (transcript, place, open, hashes) VALUES (?1, ?2, ?3, ?4)",
                params![id, since as i64, open, hashes],
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

    /// Where the last part begins whose fingerprint may not say all of it.
    pub(crate) fn open_since(&self, transcript: i64) -> anyhow::Result<Option<u64>> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT place, open FROM fingerprint WHERE transcript = ?1 ORDER BY place DESC LIMIT 1")?;
        let last =
            statement.query_row([transcript], |row| Ok((row.get::<_, i64>(0)? as u64, row.get(1)?))).optional()?;
        Ok(last.filter(|(_, open)| *open).map(|(place, _)| place))
    }

    /// The fingerprints of a transcript's parts: whether each may not say all of it, and its hashes.
    pub(crate) fn fingerprints(&self, transcript: i64) -> anyhow::Result<Vec<(bool, Vec<u8>)>> {
        let mut statement =
            self.connection.prepare_cached("SELECT open, hashes FROM fingerprint WHERE transcript = ?1")?;
        let rows = statement.query_map([transcript], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Paths of transcripts whose session edited a file of this name, the most recently changed first.
    pub(crate) fn that_edited(&self, name: &str, most: usize) -> anyhow::Result<Vec<String>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT path FROM edited JOIN transcript ON transcript.id = edited.transcript
             WHERE name = ?1 ORDER BY modified DESC LIMIT ?2",
        )?;
        let rows = statement.query_map(params![name, most as i64], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many transcripts are known, and how many bytes of them were read.
    pub(crate) fn totals(&self) -> anyhow::Result<(u64, u64)> {
        let totals = self.connection.query_row("SELECT count(*), coalesce(sum(read), 0) FROM transcript", [], |row| {
            Ok((row.get::<_, i64>(0)? as u64, row.get::<_, i64>(1)? as u64))
        });
        Ok(totals?)
    }
}

const KNOWN: &str = "id, path, agent, named, size, modified, read, lines, cwd, mark";

/// Begins to write; most hooks only read.
pub(super) fn begin(connection: &mut Connection) -> rusqlite::Result<Transaction<'_>> {
    // A cache need not survive a power cut, and is made afresh when it is damaged. A rollback journal that stays in its
    // place costs a hook that only reads no file at all, and one that writes no new one.
    connection.execute_batch("PRAGMA synchronous = OFF; PRAGMA journal_mode = TRUNCATE")?;
    connection.transaction_with_behavior(TransactionBehavior::Immediate)
}

fn known(row: &rusqlite::Row) -> rusqlite::Result<IndexedTranscript> {
    Ok(IndexedTranscript {
        id: row.get(0)?,
        path: row.get(1)?,
        agent: row.get(2)?,
        named: row.get(3)?,
        size: row.get::<_, i64>(4)? as u64,
        modified: row.get(5)?,
        read: row.get::<_, i64>(6)? as u64,
        lines: row.get::<_, i64>(7)? as u64,
        cwd: row.get(8)?,
        mark: row.get(9)?,
    })
}

/// Whether the file, or one that SQLite keeps beside it, may not be read and written by this user.
fn is_locked_up(path: &Path) -> bool {
    let opened = |file: &Path| fs::OpenOptions::new().read(true).write(true).open(file);
    files(path).any(|file| opened(&file).is_err_and(|error| error.kind() == std::io::ErrorKind::PermissionDenied))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::elsewhere::Elsewhere;

    fn growth<'a>(from: u64, read: u64, events: &'a [u8], edited: &'a [String]) -> Growth<'a> {
        Growth {
            path: "/s/a.jsonl",
            agent: "claude-code",
            named: false,
            size: read,
            modified: 7,
            from,
            afresh: from == 0,
            read,
            lines: read / 10,
            mark: 0,
            cwd: Some("/repo"),
            events,
            edited,
            fingerprint: LinkMark { hashes: &[], open: false, since: from },
        }
    }

    fn new_index(folder: &tempfile::TempDir) -> Index {
        Index::open(&folder.path().join("git/backstory/index.db"), Duration::from_secs(1), 1).unwrap()
    }

    #[test]
    fn each_part_has_its_fingerprint_and_an_open_one_is_joined_with_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let mut index = new_index(&folder);
        let mark = |hashes, open, since| LinkMark { hashes, open, since };
        index.grow(&Growth { fingerprint: mark(b"one", false, 0), ..growth(0, 100, b"one", &[]) }).unwrap();
        index.grow(&Growth { fingerprint: mark(b"two", true, 100), ..growth(100, 150, b"two", &[]) }).unwrap();
        let id = index.known("/s/a.jsonl").unwrap().unwrap().id;
        assert_eq!(index.fingerprints(id).unwrap(), [(false, b"one".to_vec()), (true, b"two".to_vec())]);
        assert_eq!(index.open_since(id).unwrap(), Some(100));
        assert_eq!(index.events_since(id, 100, false).unwrap(), [b"two".to_vec()]);
        index.grow(&Growth { fingerprint: mark(b"both", false, 100), ..growth(150, 200, b"three", &[]) }).unwrap();
        assert_eq!(index.fingerprints(id).unwrap(), [(false, b"one".to_vec()), (false, b"both".to_vec())]);
        assert_eq!(index.open_since(id).unwrap(), None);
    }

    #[test]
    fn of_a_long_transcript_the_first_part_and_the_last_ones_are_given() {
        let folder = tempfile::tempdir().unwrap();
        let mut index = new_index(&folder);
        for (from, events) in [(0, b"one"), (100, b"two"), (200, b"thr"), (300, b"fou")] {
            index.grow(&growth(from, from + 100, events, &[])).unwrap();
        }
        let id = index.known("/s/a.jsonl").unwrap().unwrap().id;
        assert_eq!(index.events(id, 100).unwrap().len(), 4);
        assert_eq!(index.events(id, 6).unwrap(), [b"one".to_vec(), b"thr".to_vec(), b"fou".to_vec()]);
        assert_eq!(index.events(id, 1).unwrap(), [b"one".to_vec(), b"fou".to_vec()]);
    }

    #[test]
    fn on_other_ground_nothing_is_known() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("git/backstory/index.db");
        let state = Elsewhere { size: 3, modified: 4, read: 2, mark: 5 };
        {
            let mut index = new_index(&folder);
            assert_eq!(index.stand_on(1, 10).unwrap(), 10);
            index.grow(&growth(0, 100, b"one of theirs", &["a".into()])).unwrap();
            index.put_elsewhere(&[(-7, state)]).unwrap();
            assert_eq!(index.stand_on(1, 11).unwrap(), 10);
            assert_eq!((index.totals().unwrap(), index.elsewhere(-7).unwrap()), ((1, 100), Some(state)));
        }
        let holds = || fs::read(&path).unwrap().windows(13).any(|bytes| bytes == b"one of theirs");
        assert!(holds());
        Index::with(&path, Duration::ZERO, 1, |index| {
            assert_eq!(index.stand_on(2, 12)?, 12);
            assert_eq!((index.totals()?, index.all_elsewhere()?.len()), ((0, 0), 0));
            assert_eq!(index.that_edited("a", 5)?, Vec::<String>::new());
            Ok(())
        })
        .unwrap();
        assert!(!holds(), "what was known is not in the file either");
    }

    #[test]
    fn a_transcript_is_read_once_and_its_tail_is_added() {
        let folder = tempfile::tempdir().unwrap();
        let mut index = new_index(&folder);
        index.grow(&growth(0, 100, b"one", &["price.py".into()])).unwrap();
        index.grow(&growth(100, 150, b"two", &["cart.py".into()])).unwrap();
        let known = index.known("/s/a.jsonl").unwrap().unwrap();
        assert_eq!((known.read, known.lines, known.cwd.as_deref()), (150, 15, Some("/repo")));
        assert_eq!(index.events(known.id, 1000).unwrap(), [b"one".to_vec(), b"two".to_vec()]);
        assert_eq!(index.that_edited("cart.py", 5).unwrap(), ["/s/a.jsonl"]);
        assert_eq!(index.totals().unwrap(), (1, 150));
    }

    #[test]
    fn a_tail_that_another_process_read_is_not_added_twice() {
        let folder = tempfile::tempdir().unwrap();
        let mut index = new_index(&folder);
        index.grow(&growth(0, 100, b"one", &[])).unwrap();
        index.grow(&growth(100, 150, b"two", &[])).unwrap();
        index.grow(&growth(100, 150, b"two again", &[])).unwrap();
        let known = index.known("/s/a.jsonl").unwrap().unwrap();
        assert_eq!(index.events(known.id, 1000).unwrap().len(), 2);
    }

    #[test]
    fn an_earlier_state_does_not_replace_a_later_one() {
        let folder = tempfile::tempdir().unwrap();
        let mut index = new_index(&folder);
        index.grow(&Growth { modified: 9, ..growth(0, 150, b"all", &[]) }).unwrap();
        index.grow(&growth(0, 100, b"the beginning", &[])).unwrap();
        assert_eq!(index.known("/s/a.jsonl").unwrap().unwrap().read, 150);
        // A clock that was set back does not end it.
        index.grow(&growth(150, 200, b"more", &[])).unwrap();
        assert_eq!(index.known("/s/a.jsonl").unwrap().unwrap().read, 200);
    }

    #[test]
    fn a_damaged_index_is_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("index.db");
        fs::write(&path, vec![7; 5000]).unwrap();
        let index = Index::open(&path, Duration::from_secs(1), 1).unwrap();
        assert_eq!(index.totals().unwrap(), (0, 0));
    }

    #[test]
    fn damage_that_shows_only_at_work_begins_the_work_again_once() {
        for name in ["noise behind the first page", "noise in the first page", "cut", "zeros behind the first page"] {
            let damage = |bytes: &mut Vec<u8>| match name {
                "cut" => bytes.truncate(9000),
                "noise behind the first page" => bytes[5000..14_000].fill(0xa5),
                "noise in the first page" => bytes[100..3100].fill(0xa5),
                _ => bytes[4096..].fill(0),
            };
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("index.db");
            let fill = |index: &mut Index| {
                index.stand_on(1, 1)?;
                for number in 0..50 {
                    let (path, events) = (format!("/s/{number}.jsonl"), vec![7; 3000]);
                    index.grow(&Growth { path: &path, ..growth(0, 100, &events, &["a".into()]) })?;
                }
                let known = index.newest(100)?;
                known.iter().try_for_each(|one| index.events(one.id, 10_000).map(|_| ()))?;
                Ok((index.totals()?.0, index.that_edited("a", 100)?.len()))
            };
            Index::with(&path, Duration::from_secs(1), 1, fill).unwrap();
            let mut bytes = fs::read(&path).unwrap();
            damage(&mut bytes);
            fs::write(&path, bytes).unwrap();
            let found = Index::with(&path, Duration::from_secs(1), 1, fill);
            assert_eq!(found.map_err(|error| format!("{error:#}")), Ok((50, 50)), "{name}");
        }
    }

    #[test]
    fn an_error_of_the_disk_is_no_damage_and_deletes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("index.db");
        new_index(&folder);
        let locked = |index: &mut Index| -> anyhow::Result<()> {
            index.grow(&growth(0, 100, b"one", &[]))?;
            let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_FULL);
            Err(rusqlite::Error::SqliteFailure(code, None).into())
        };
        assert!(Index::with(&path, Duration::from_secs(1), 1, locked).is_err());
        assert_eq!(Index::open(&path, Duration::from_secs(1), 1).unwrap().totals().unwrap(), (1, 100));
    }

    #[cfg(unix)]
    #[test]
    fn an_index_that_is_no_file_is_not_opened() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("target");
        for end in ["", "-journal", "-wal"] {
            let path = folder.path().join("index.db");
            let link = folder.path().join(format!("index.db{end}"));
            std::os::unix::fs::symlink(&target, &link).unwrap();
            let error = Index::open(&path, Duration::from_secs(1), 1).map(|_| ()).unwrap_err();
            assert!(format!("{error:#}").contains("not a regular file"), "{error:#}");
            assert!(!target.exists());
            fs::remove_file(link).unwrap();
        }
    }
}
