//! Writes and deletes in the index of what records tell: all of a change, or nothing.

use std::cell::Cell;

use rusqlite::{Transaction, params};

use crate::failpoint;

/// Stands among what is kept until the file is written again.
pub(super) const UNCLEAN: &str = "unclean";

/// One thing to remember, as it is written and deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct StoredMemory {
    /// 0 until it is kept.
    pub place: i64,
    /// The commit that tells it.
    pub id: String,
    pub kind: String,
    /// Milliseconds since 1970.
    pub at: i64,
    pub event: String,
    /// Empty where it is of none.
    pub session: String,
    /// The same for what is alike.
    pub likeness: String,
    /// A number of the caller.
    pub sequel: i64,
    /// With single blanks.
    pub words: String,
    /// Opaque text of the caller.
    pub body: String,
    pub files: Vec<String>,
    pub lines: Vec<String>,
}

/// What is read of a memory without its texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredOutline {
    pub place: i64,
    pub id: String,
    pub kind: String,
    pub at: i64,
    pub event: String,
    pub session: String,
    pub likeness: String,
    pub sequel: i64,
    /// Whether the commit is in the history of HEAD.
    pub in_history: bool,
}

/// A commit of the history, with the files it touches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TouchingCommit {
    pub id: String,
    pub files: Vec<String>,
}

/// Where a memory comes from, and so what takes it out again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MemorySource {
    Note,
    History,
}

impl MemorySource {
    fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::History => "history",
        }
    }
}

/// What is written at once, or not at all.
pub(crate) struct RecallChange<'a> {
    transaction: Transaction<'a>,
    has_removed: Cell<bool>,
}

impl<'a> RecallChange<'a> {
    pub(super) fn of(transaction: Transaction<'a>) -> Self {
        Self { transaction, has_removed: Cell::new(false) }
    }

    pub(crate) fn keep(&self, name: &str, text: &str) -> anyhow::Result<()> {
        self.transaction.prepare_cached("INSERT OR REPLACE INTO kept VALUES (?1, ?2)")?.execute([name, text])?;
        Ok(())
    }

    /// Takes out what the notes of a commit told.
    pub(crate) fn remove_notes(&self, id: &str) -> anyhow::Result<()> {
        self.remove(id, MemorySource::Note)?;
        self.transaction.prepare_cached("DELETE FROM noted WHERE id = ?1")?.execute([id])?;
        Ok(())
    }

    /// `notes` says which notes those were; empty, that none of them is a record.
    pub(crate) fn note(&self, id: &str, notes: &str) -> anyhow::Result<()> {
        self.transaction.prepare_cached("INSERT OR REPLACE INTO noted VALUES (?1, ?2)")?.execute([id, notes])?;
        Ok(())
    }

    fn remove(&self, id: &str, source: MemorySource) -> anyhow::Result<()> {
        let mut found =
            self.transaction.prepare_cached("SELECT place, words FROM memory WHERE id = ?1 AND source = ?2")?;
        let rows = found.query_map([id, source.name()], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))?;
        let rows: Vec<(i64, String)> = rows.collect::<Result<_, _>>()?;
        for (place, words) in rows {
            self.has_removed.set(true);
            self.transaction
                .prepare_cached("INSERT INTO word (word, rowid, words) VALUES ('delete', ?1, ?2)")?
                .execute(params![place, words])?;
            for table in ["about", "line", "memory"] {
                self.transaction.prepare_cached(&format!("DELETE FROM {table} WHERE place = ?1"))?.execute([place])?;
            }
        }
        Ok(())
    }

    pub(crate) fn add(&self, one: &StoredMemory, source: MemorySource) -> anyhow::Result<()> {
        self.transaction
            .prepare_cached(
                "INSERT INTO memory (source, id, kind, at, event, session, likeness, sequel, words, body)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?
            .execute(params![
                source.name(),
                one.id,
                one.kind,
                one.at,
                one.event,
                one.session,
                one.likeness,
                one.sequel,
                one.words,
                one.body
            ])?;
        let place = self.transaction.last_insert_rowid();
        self.transaction
            .prepare_cached("INSERT INTO word (rowid, words) VALUES (?1, ?2)")?
            .execute(params![place, one.words])?;
        for (table, values) in [("about", &one.files), ("line", &one.lines)] {
            let mut insert =
                self.transaction.prepare_cached(&format!("INSERT OR IGNORE INTO {table} VALUES (?1, ?2)"))?;
            for value in values {
                insert.execute(params![value, place])?;
            }
        }
        Ok(())
    }

    /// Adds a commit of the history.
    pub(crate) fn touch(&self, commit: &TouchingCommit) -> anyhow::Result<()> {
        self.transaction.prepare_cached("INSERT OR IGNORE INTO history VALUES (?1)")?.execute([&commit.id])?;
        let mut insert = self.transaction.prepare_cached("INSERT OR IGNORE INTO touched VALUES (?1, ?2)")?;
        for file in &commit.files {
            insert.execute([file, &commit.id])?;
        }
        Ok(())
    }

    pub(crate) fn revert(&self, reverted: &str, by: &str) -> anyhow::Result<()> {
        self.transaction.prepare_cached("INSERT OR REPLACE INTO revert VALUES (?1, ?2)")?.execute([reverted, by])?;
        Ok(())
    }

    /// Takes the history out, with what its messages told.
    pub(crate) fn forget_history(&self) -> anyhow::Result<()> {
        let mut found = self.transaction.prepare("SELECT DISTINCT id FROM memory WHERE source = 'history'")?;
        let ids: Vec<String> = found.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        for id in ids {
            self.remove(&id, MemorySource::History)?;
        }
        self.transaction.execute_batch("DELETE FROM history; DELETE FROM touched; DELETE FROM revert")?;
        Ok(())
    }

    pub(crate) fn commit(self) -> anyhow::Result<()> {
        if self.has_removed.get() {
            // Until all is merged into one, the words stay among those of the index.
            self.transaction.execute("INSERT INTO word (word) VALUES ('optimize')", [])?;
            self.keep(UNCLEAN, "")?;
        }
        let count: i64 = self.transaction.query_row("SELECT count(*) FROM memory", [], |row| row.get(0))?;
        self.keep("count", &count.to_string())?;
        let recorded: i64 = self.transaction.query_row(
            "SELECT count(*) FROM history JOIN noted USING (id) WHERE notes <> ''",
            [],
            |row| row.get(0),
        )?;
        let all: i64 = self.transaction.query_row("SELECT count(*) FROM history", [], |row| row.get(0))?;
        self.keep("recorded", &recorded.to_string())?;
        self.keep("commits", &all.to_string())?;
        failpoint::reach("recall.commit")?;
        self.transaction.commit()?;
        Ok(())
    }
}
