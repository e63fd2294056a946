//! The part of the index about transcripts whose sessions belong to other repositories: how far each was read, by a
//! digest of its path, so that it is not read again. Nothing else of them is kept.

use std::collections::HashMap;

use rusqlite::{OptionalExtension, params};

use super::damage::Damage;
use super::index::{Index, begin};

/// How far a transcript was read whose session belongs elsewhere. Nothing else of it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Elsewhere {
    pub size: u64,
    /// Nanoseconds since 1970; 0 where it was not read to its end.
    pub modified: i64,
    pub read: u64,
    /// A digest of the bytes before that place.
    pub mark: i64,
}

impl Index {
    /// Whether what the index holds was judged by this ground: by the borders of the repository as they were then.
    /// Returns a number that each new index has of its own; `fresh` is to be one that was not used before.
    ///
    /// # Errors
    /// [`Damage`] where it was judged by another ground: nothing of it may be used, or stay in the file.
    pub(crate) fn stand_on(&mut self, ground: i64, fresh: i64) -> anyhow::Result<i64> {
        let known: Option<(i64, i64)> = self
            .connection
            .query_row("SELECT digest, epoch FROM ground", [], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        if let Some((_, epoch)) = known.filter(|(digest, _)| *digest == ground) {
            return Ok(epoch);
        }
        if known.is_some() {
            return Err(Damage("it was judged by other borders of the repository".to_owned()).into());
        }
        let transaction = begin(&mut self.connection)?;
        // Another process may have been first.
        let first: Option<i64> = transaction
            .query_row("SELECT epoch FROM ground WHERE digest = ?1", [ground], |row| row.get(0))
            .optional()?;
        if first.is_none() {
            transaction.execute("DELETE FROM ground", [])?;
            transaction.execute("INSERT INTO ground (digest, epoch) VALUES (?1, ?2)", [ground, fresh])?;
        }
        transaction.commit()?;
        Ok(first.unwrap_or(fresh))
    }

    pub(crate) fn elsewhere(&self, path: i64) -> anyhow::Result<Option<Elsewhere>> {
        let mut statement =
            self.connection.prepare_cached("SELECT size, modified, read, mark FROM elsewhere WHERE path = ?1")?;
        Ok(statement.query_row([path], |row| elsewhere(row, 0)).optional()?)
    }

    /// All transcripts that belong elsewhere.
    pub(crate) fn all_elsewhere(&self) -> anyhow::Result<HashMap<i64, Elsewhere>> {
        let mut statement = self.connection.prepare_cached("SELECT path, size, modified, read, mark FROM elsewhere")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, elsewhere(row, 1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Remembers transcripts, each by a digest of its path, whose sessions belong elsewhere.
    pub(crate) fn put_elsewhere(&mut self, transcripts: &[(i64, Elsewhere)]) -> anyhow::Result<()> {
        if transcripts.is_empty() {
            return Ok(());
        }
        let transaction = begin(&mut self.connection)?;
        {
            let mut insert = transaction.prepare_cached(
                "INSERT OR REPLACE INTO elsewhere (path, size, modified, read, mark) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?;
            for (path, one) in transcripts {
                insert.execute(params![path, one.size as i64, one.modified, one.read as i64, one.mark])?;
            }
        }
        transaction.commit()?;
        Ok(())
    }
}

fn elsewhere(row: &rusqlite::Row, from: usize) -> rusqlite::Result<Elsewhere> {
    let (size, read): (i64, i64) = (row.get(from)?, row.get(from + 2)?);
    Ok(Elsewhere { size: size as u64, modified: row.get(from + 1)?, read: read as u64, mark: row.get(from + 3)? })
}
