//! What records tell, by word, file and folded line of an error, as an SQLite file of this user alone; with it, which commits touch
//! which files. Made from the notes and the history; it may be deleted at any time, and made again it answers the same. What a note no
//! longer says is overwritten, not only unlinked.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

use rusqlite::{Connection, OptionalExtension as _, Transaction, params, params_from_iter};

use super::damage::{Damage, files, is_damage};
use super::index::begin;
use super::recall_change::{RecallChange, StoredOutline, UNCLEAN};
use crate::failpoint;
use crate::files::keep_private;

/// Raised with the tables below.
const VERSION: i64 = 2;
/// How long to wait for another process that writes; then what is there is read.
const BUSY: Duration = Duration::from_millis(500);
/// Memories of one word or file that are compared, the last that were put in.
const MOST: u32 = 400;

const TABLES: &str = "
CREATE TABLE kept (name TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE noted (id TEXT PRIMARY KEY, notes TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE history (id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE touched (path TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (path, id)) WITHOUT ROWID;
CREATE TABLE revert (reverted TEXT PRIMARY KEY, id TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE memory (
  place INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  id TEXT NOT NULL,
  kind TEXT NOT NULL,
  at INTEGER NOT NULL,
  event TEXT NOT NULL,
  session TEXT NOT NULL,
  likeness TEXT NOT NULL,
  sequel INTEGER NOT NULL,
  words TEXT NOT NULL,
  body TEXT NOT NULL
);
CREATE INDEX memory_of ON memory (id, source);
CREATE TABLE about (path TEXT NOT NULL, place INTEGER NOT NULL, PRIMARY KEY (path, place)) WITHOUT ROWID;
CREATE INDEX about_of ON about (place);
CREATE TABLE line (line TEXT NOT NULL, place INTEGER NOT NULL, PRIMARY KEY (line, place)) WITHOUT ROWID;
CREATE INDEX line_of ON line (place);
CREATE VIRTUAL TABLE word USING fts5 (words, content = 'memory', content_rowid = 'place',
  tokenize = \"unicode61 remove_diacritics 0 tokenchars '_'\");
CREATE VIRTUAL TABLE count_of USING fts5vocab ('word', 'row');
";

/// The open index: a file, or memory where there can be none.
pub(crate) struct RecallIndex {
    connection: Connection,
    /// Where it is, and which file that was; `None` in memory.
    file: Option<(PathBuf, FileIdentity)>,
}

/// Device and number of a file.
type FileIdentity = (u64, u64);

/// `None` where there is no file, and where the system does not tell one from another.
#[cfg(unix)]
fn identity(path: &Path) -> Option<FileIdentity> {
    use std::os::unix::fs::MetadataExt as _;

    let data = fs::symlink_metadata(path).ok()?;
    Some((data.dev(), data.ino()))
}

#[cfg(not(unix))]
fn identity(_: &Path) -> Option<FileIdentity> {
    None
}

impl RecallIndex {
    /// Opens the index at `path`, making it where there is none. One that is damaged, of another version, or kept under another
    /// `mark` is replaced; where nothing can be kept, it is in memory only.
    ///
    /// # Errors
    /// When not even memory can be had.
    pub(crate) fn open(path: &Path, mark: &str) -> anyhow::Result<Self> {
        let is_other = |file: &std::path::PathBuf| fs::symlink_metadata(file).is_ok_and(|data| !data.is_file());
        // A link leads elsewhere, and a pipe would wait.
        if !files(path).any(|file| is_other(&file)) {
            match Self::at(path, mark) {
                Ok(index) => return Ok(index),
                Err(error) if is_damage(&error) => {
                    // Where it stays, opening it again fails.
                    let _ = Self::discard(path);
                    if let Ok(index) = Self::at(path, mark) {
                        return Ok(index);
                    }
                }
                Err(_) => {}
            }
        }
        Self::in_memory(mark)
    }

    /// # Errors
    /// When there is no memory for it.
    pub(crate) fn in_memory(mark: &str) -> anyhow::Result<Self> {
        Self::made(Connection::open_in_memory()?, mark)
    }

    /// Deletes the file of an index with what SQLite keeps beside it.
    ///
    /// # Errors
    /// When one that is there cannot be deleted; the others are.
    pub(crate) fn discard(path: &Path) -> io::Result<()> {
        let mut failed = None;
        for file in files(path) {
            match fs::remove_file(file) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => failed = Some(error),
                _ => {}
            }
        }
        failed.map_or(Ok(()), Err)
    }

    fn at(path: &Path, mark: &str) -> anyhow::Result<Self> {
        failpoint::reach("recall.open")?;
        if let Some(folder) = path.parent().filter(|_| !path.exists()) {
            fs::create_dir_all(folder)?;
        }
        let connection = Connection::open(path)?;
        keep_private(path)?;
        // Without an identity it is never in place.
        let file = Some((path.to_owned(), identity(path).unwrap_or_default()));
        Ok(Self { file, ..Self::made(connection, mark)? })
    }

    fn made(mut connection: Connection, mark: &str) -> anyhow::Result<Self> {
        connection.busy_timeout(BUSY)?;
        let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        connection.execute_batch("PRAGMA secure_delete = ON")?;
        if version == 0 {
            let transaction = begin(&mut connection)?;
            // Another process may have been first.
            let made: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
            if made == 0 {
                transaction.execute_batch(TABLES)?;
                transaction.execute("INSERT INTO kept VALUES ('mark', ?1)", [mark])?;
                transaction.pragma_update(None, "user_version", VERSION)?;
            }
            transaction.commit()?;
        } else {
            anyhow::ensure!(version == VERSION, Damage(format!("it has version {version}")));
        }
        let index = Self { connection, file: None };
        anyhow::ensure!(index.kept("mark")?.as_deref() == Some(mark), Damage("it is of other settings".to_owned()));
        Ok(index)
    }

    pub(crate) fn kept(&self, name: &str) -> anyhow::Result<Option<String>> {
        let mut statement = self.connection.prepare_cached("SELECT text FROM kept WHERE name = ?1")?;
        Ok(statement.query_row([name], |row| row.get(0)).optional()?)
    }

    /// The commit whose history is in it; `None` where there is none.
    pub(crate) fn head(&self) -> anyhow::Result<Option<String>> {
        Ok(self.kept("head")?.filter(|head| !head.is_empty()))
    }

    /// Commits whose notes are in it, each with what its notes were.
    pub(crate) fn noted(&self) -> anyhow::Result<HashMap<String, String>> {
        let mut statement = self.connection.prepare("SELECT id, notes FROM noted")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Writes the file again where something was deleted since the last time: SQLite overwrites what it deletes, but not the copies
    /// that it leaves where it moved rows between pages.
    ///
    /// # Errors
    /// When another process uses it, or nothing can be written; the next call tries again.
    pub(crate) fn overwrite(&mut self) -> anyhow::Result<()> {
        if self.kept(UNCLEAN)?.is_some() {
            // The copy that SQLite makes on the way is in no file.
            self.connection.execute_batch("PRAGMA temp_store = MEMORY; VACUUM")?;
            self.connection.execute("DELETE FROM kept WHERE name = ?1", [UNCLEAN])?;
        }
        Ok(())
    }

    /// Begins to write.
    ///
    /// # Errors
    /// When another process writes for too long, or nothing can be written.
    pub(crate) fn change(&mut self) -> anyhow::Result<RecallChange<'_>> {
        failpoint::reach("recall.change")?;
        Ok(RecallChange::of(begin(&mut self.connection)?))
    }

    /// Reads all of an answer from one state, and asks the file once whether it has changed, until what is returned is dropped.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(crate) fn reading(&self) -> anyhow::Result<Transaction<'_>> {
        Ok(self.connection.unchecked_transaction()?)
    }

    /// Whether the file that is open is still the one at its path: another process may have deleted it, and with it what it told.
    /// What is in memory is nobody else's.
    pub(crate) fn is_in_place(&self) -> bool {
        match &self.file {
            None => true,
            Some((path, opened)) => identity(path).as_ref() == Some(opened),
        }
    }

    /// How many memories there are.
    pub(crate) fn count(&self) -> anyhow::Result<u32> {
        let kept = self.kept("count")?.and_then(|text| text.parse().ok());
        Ok(kept.unwrap_or_default())
    }

    /// In how many memories each word is.
    pub(crate) fn word_counts(&self, words: &[String]) -> anyhow::Result<HashMap<String, u32>> {
        let mut statement = self.connection.prepare_cached("SELECT doc FROM count_of WHERE term = ?1")?;
        let mut found = HashMap::new();
        for word in words {
            let count: Option<i64> = statement.query_row([word], |row| row.get(0)).optional()?;
            found.insert(word.clone(), count.unwrap_or_default() as u32);
        }
        Ok(found)
    }

    /// In how many memories each line is.
    pub(crate) fn line_counts(&self, lines: &[String]) -> anyhow::Result<HashMap<String, u32>> {
        let mut statement = self.connection.prepare_cached("SELECT count(*) FROM line WHERE line = ?1")?;
        let mut found = HashMap::new();
        for line in lines {
            let count: i64 = statement.query_row([line], |row| row.get(0))?;
            found.insert(line.clone(), count as u32);
        }
        Ok(found)
    }

    /// Memories whose error has one of these lines.
    pub(crate) fn with_lines(&self, lines: &[String]) -> anyhow::Result<Vec<(i64, String)>> {
        let mut statement =
            self.connection.prepare_cached("SELECT place FROM line WHERE line = ?1 ORDER BY place DESC LIMIT ?2")?;
        let mut found = Vec::new();
        for line in lines {
            let rows = statement.query_map(params![line, MOST], |row| row.get::<_, i64>(0))?;
            for place in rows {
                found.push((place?, line.clone()));
            }
        }
        Ok(found)
    }

    /// Memories about these files.
    pub(crate) fn about(&self, paths: &[String], kinds: &[&str], most: u32) -> anyhow::Result<Vec<i64>> {
        let mut found = Vec::new();
        for path in paths {
            let (and, values) = kinds_are(kinds, vec![path.clone()]);
            let mut statement = self.connection.prepare_cached(&format!(
                "SELECT place FROM about JOIN memory USING (place) WHERE path = ?1 {and} ORDER BY at DESC LIMIT {most}"
            ))?;
            let rows = statement.query_map(params_from_iter(values), |row| row.get::<_, i64>(0))?;
            for place in rows {
                found.push(place?);
            }
        }
        Ok(found)
    }

    /// Memories with any of these words (each a word of the index), or with all.
    pub(crate) fn with_words(&self, words: &[String], all: bool, kinds: &[&str]) -> anyhow::Result<Vec<i64>> {
        if words.is_empty() {
            return Ok(Vec::new());
        }
        let quoted: Vec<String> = words.iter().map(|word| format!("\"{}\"", word.replace('"', ""))).collect();
        let wanted = quoted.join(if all { " AND " } else { " OR " });
        let (and, values) = kinds_are(kinds, vec![wanted]);
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT place FROM word JOIN memory ON place = word.rowid WHERE word MATCH ?1 {and} ORDER BY at DESC LIMIT {}",
            if all { 10 * MOST } else { MOST }
        ))?;
        let rows = statement.query_map(params_from_iter(values), |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Memories by their places, without their texts.
    pub(crate) fn outlines(&self, places: &[i64]) -> anyhow::Result<Vec<StoredOutline>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT place, id, kind, at, event, session, likeness, sequel,
                    EXISTS (SELECT 1 FROM history WHERE history.id = memory.id) FROM memory WHERE place = ?1",
        )?;
        let mut found = Vec::with_capacity(places.len());
        for place in places {
            let row = statement.query_row([place], |row| {
                Ok(StoredOutline {
                    place: row.get(0)?,
                    id: row.get(1)?,
                    kind: row.get(2)?,
                    at: row.get(3)?,
                    event: row.get(4)?,
                    session: row.get(5)?,
                    likeness: row.get(6)?,
                    sequel: row.get(7)?,
                    in_history: row.get(8)?,
                })
            });
            found.extend(row.optional()?);
        }
        Ok(found)
    }

    /// The words of a memory, with single blanks.
    pub(crate) fn words_of(&self, place: i64) -> anyhow::Result<String> {
        let mut statement = self.connection.prepare_cached("SELECT words FROM memory WHERE place = ?1")?;
        Ok(statement.query_row([place], |row| row.get(0))?)
    }

    /// What the caller keeps of a memory.
    pub(crate) fn body_of(&self, place: i64) -> anyhow::Result<String> {
        let mut statement = self.connection.prepare_cached("SELECT body FROM memory WHERE place = ?1")?;
        Ok(statement.query_row([place], |row| row.get(0))?)
    }

    /// Whether a memory is about one of these files.
    pub(crate) fn is_about(&self, place: i64, paths: &[String]) -> anyhow::Result<bool> {
        let mut statement = self.connection.prepare_cached("SELECT 1 FROM about WHERE path = ?1 AND place = ?2")?;
        for path in paths {
            if statement.exists(params![path, place])? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The commit that takes back `id`, unless another one takes that back.
    pub(crate) fn reverted_by(&self, id: &str) -> anyhow::Result<Option<String>> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT id FROM revert WHERE reverted = ?1 AND id NOT IN (SELECT reverted FROM revert)")?;
        Ok(statement.query_row([id], |row| row.get(0)).optional()?)
    }

    /// Of the commits that touch any of these files: how many have a record, how many there are.
    pub(crate) fn coverage(&self, paths: &[String]) -> anyhow::Result<(u32, u32)> {
        let paths = serde_json::to_string(paths)?;
        let mut statement = self.connection.prepare_cached(
            "SELECT count(*), coalesce(sum(EXISTS (SELECT 1 FROM noted WHERE noted.id = one.id AND notes <> '')), 0)
             FROM (SELECT DISTINCT id FROM touched WHERE path IN (SELECT value FROM json_each(?1))) AS one",
        )?;
        Ok(statement.query_row([paths], |row| Ok((row.get(1)?, row.get(0)?)))?)
    }

    /// The paths that are known and end in this one, a few.
    pub(crate) fn known_paths(&self, end: &str) -> anyhow::Result<Vec<String>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT DISTINCT path FROM touched WHERE substr(path, -length(?1)) = ?1 AND path <> ?1 LIMIT 4",
        )?;
        let rows = statement.query_map([format!("/{end}")], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    pub(crate) fn knows_path(&self, path: &str) -> anyhow::Result<bool> {
        let mut touched = self.connection.prepare_cached("SELECT 1 FROM touched WHERE path = ?1 LIMIT 1")?;
        let mut about = self.connection.prepare_cached("SELECT 1 FROM about WHERE path = ?1 LIMIT 1")?;
        Ok(touched.exists([path])? || about.exists([path])?)
    }
}

/// The rest of a condition, for kinds, which are names of this program, with the values before it.
fn kinds_are(kinds: &[&str], mut values: Vec<String>) -> (String, Vec<String>) {
    if kinds.is_empty() {
        return (String::new(), values);
    }
    let first = values.len() + 1;
    let places: Vec<String> = (first..first + kinds.len()).map(|place| format!("?{place}")).collect();
    values.extend(kinds.iter().map(|kind| (*kind).to_owned()));
    (format!("AND kind IN ({})", places.join(", ")), values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::recall_change::{MemorySource, StoredMemory, TouchingCommit};

    fn memory(id: &str, words: &str) -> StoredMemory {
        StoredMemory {
            id: id.to_owned(),
            kind: "failure".to_owned(),
            event: words.to_owned(),
            words: words.to_owned(),
            body: format!("{{{words}}}"),
            files: vec!["src/a.py".to_owned()],
            lines: vec![format!("line {words}")],
            ..StoredMemory::default()
        }
    }

    fn filled(index: &mut RecallIndex) {
        let change = index.change().unwrap();
        for (id, words) in [("a", "apple pear"), ("b", "pear plum")] {
            change.note(id, "note").unwrap();
            change.add(&memory(id, words), MemorySource::Note).unwrap();
        }
        change.touch(&TouchingCommit { id: "a".to_owned(), files: vec!["src/a.py".to_owned()] }).unwrap();
        change.touch(&TouchingCommit { id: "c".to_owned(), files: vec!["src/a.py".to_owned()] }).unwrap();
        change.revert("a", "c").unwrap();
        change.commit().unwrap();
    }

    fn words(all: &[&str]) -> Vec<String> {
        all.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn what_is_put_in_is_found_by_word_file_and_line_until_it_is_taken_out() {
        let mut index = RecallIndex::in_memory("m").unwrap();
        filled(&mut index);
        assert_eq!(index.count().unwrap(), 2);
        assert_eq!(index.word_counts(&words(&["pear", "plum", "kiwi"])).unwrap()["pear"], 2);
        assert_eq!(index.with_words(&words(&["apple", "plum"]), false, &["failure"]).unwrap().len(), 2);
        assert_eq!(index.with_words(&words(&["apple", "plum"]), true, &[]).unwrap().len(), 0);
        assert_eq!(index.with_words(&words(&["pear"]), true, &["prompt"]).unwrap().len(), 0);
        assert_eq!(index.about(&words(&["src/a.py"]), &["failure"], 9).unwrap().len(), 2);
        assert_eq!(index.with_lines(&words(&["line pear plum"])).unwrap().len(), 1);
        assert_eq!(index.coverage(&words(&["src/a.py"])).unwrap(), (1, 2));
        assert_eq!(index.known_paths("a.py").unwrap(), ["src/a.py"]);
        assert_eq!(index.reverted_by("a").unwrap().as_deref(), Some("c"));
        let change = index.change().unwrap();
        change.revert("c", "d").unwrap();
        change.commit().unwrap();
        assert_eq!(index.reverted_by("a").unwrap(), None, "it stands again");
        let change = index.change().unwrap();
        change.remove_notes("b").unwrap();
        change.commit().unwrap();
        assert_eq!(index.with_words(&words(&["plum"]), true, &[]).unwrap().len(), 0);
        assert_eq!(index.word_counts(&words(&["pear"])).unwrap()["pear"], 1);
        assert_eq!(index.about(&words(&["src/a.py"]), &[], 9).unwrap().len(), 1);
        assert_eq!(index.with_lines(&words(&["line pear plum"])).unwrap().len(), 0);
    }

    #[test]
    fn what_is_taken_out_is_no_longer_in_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("recall.db");
        let mut index = RecallIndex::open(&path, "m").unwrap();
        let change = index.change().unwrap();
        for number in 0..300 {
            let id = number.to_string();
            let words = if number % 2 == 0 { format!("zebrafish{number} kept") } else { format!("apple{number}") };
            change.note(&id, "note").unwrap();
            change.add(&memory(&id, &words), MemorySource::Note).unwrap();
        }
        change.commit().unwrap();
        let has_word = || {
            let holds = |file| fs::read(file).is_ok_and(|bytes| memchr::memmem::find(&bytes, b"zebra").is_some());
            files(&path).any(holds)
        };
        assert!(has_word());
        let change = index.change().unwrap();
        for number in (0..300).step_by(2) {
            change.remove_notes(&number.to_string()).unwrap();
        }
        change.commit().unwrap();
        index.overwrite().unwrap();
        assert_eq!(index.kept(UNCLEAN).unwrap(), None);
        assert!(!has_word());
        assert_eq!(index.count().unwrap(), 150);
    }

    #[test]
    fn one_that_cannot_be_used_is_made_again_and_where_none_can_be_it_is_in_memory() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("recall.db");
        filled(&mut RecallIndex::open(&path, "m").unwrap());
        assert_eq!(RecallIndex::open(&path, "m").unwrap().count().unwrap(), 2, "it is kept");
        assert_eq!(RecallIndex::open(&path, "other").unwrap().count().unwrap(), 0, "other settings");
        fs::write(
            &path,
            "no database at all, and longer than a header of one would be, which has a hundred bytes".repeat(9),
        )
        .unwrap();
        filled(&mut RecallIndex::open(&path, "m").unwrap());
        assert_eq!(RecallIndex::open(&path, "m").unwrap().count().unwrap(), 2, "it was damaged");
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        let mut index = RecallIndex::open(&path, "m").unwrap();
        filled(&mut index);
        assert_eq!(index.count().unwrap(), 2, "no file can be there");
    }
}
