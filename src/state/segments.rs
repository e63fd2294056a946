//! The events of a transcript in the index: opaque bytes, a part for each time that something was read of it.

use rusqlite::params;

use super::index::Index;

impl Index {
    /// The parts of a transcript in the order they were read: the first one, and of the others the last ones, as many as
    /// have `most` bytes together.
    #[cfg(test)]
    pub(crate) fn events(&self, transcript: i64, most: usize) -> anyhow::Result<Vec<Vec<u8>>> {
        let mut parts = Vec::new();
        self.each_part(transcript, most, &mut |part| {
            parts.push(part.to_vec());
            Ok(())
        })?;
        Ok(parts)
    }

    /// As [`Self::events`], one by one, without a copy of each.
    ///
    /// # Errors
    /// When the index cannot be read, and what `each` ends with.
    pub(crate) fn each_part(
        &self,
        transcript: i64,
        most: usize,
        each: &mut dyn FnMut(&[u8]) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let mut sizes = self
            .connection
            .prepare_cached("SELECT place, length(events) FROM segment WHERE transcript = ?1 ORDER BY place DESC")?;
        let mut rows = sizes.query([transcript])?;
        let (mut since, mut sum) = (None, 0);
        while let Some(row) = rows.next()? {
            sum += row.get::<_, i64>(1)? as usize;
            if sum > most && since.is_some() {
                break;
            }
            since = Some(row.get::<_, i64>(0)?);
        }
        self.each_since(transcript, since.unwrap_or_default(), true, each)
    }

    /// The parts from a place on, and the first one before them where it is wanted.
    pub(crate) fn events_since(&self, transcript: i64, place: i64, and_first: bool) -> anyhow::Result<Vec<Vec<u8>>> {
        let mut parts = Vec::new();
        self.each_since(transcript, place, and_first, &mut |part| {
            parts.push(part.to_vec());
            Ok(())
        })?;
        Ok(parts)
    }

    fn each_since(
        &self,
        transcript: i64,
        place: i64,
        and_first: bool,
        each: &mut dyn FnMut(&[u8]) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let mut statement = self.connection.prepare_cached(
            "SELECT events FROM segment WHERE transcript = ?1 AND (place >= ?2 OR
               (?3 AND place = (SELECT min(place) FROM segment WHERE transcript = ?1))) ORDER BY place",
        )?;
        let mut rows = statement.query(params![transcript, place, and_first])?;
        while let Some(row) = rows.next()? {
            each(row.get_ref(0)?.as_blob()?)?;
        }
        Ok(())
    }
}
