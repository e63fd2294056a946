//! Rows on their way to a dataset: kept on the disk until it is known which of them say the same, for memory must not grow with them.

use std::collections::BTreeMap;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};

use crate::export::minhash::TextSignature;
use crate::files;
use crate::text::digest::sha256;

/// Bytes of a spool that stay in memory.
const IN_MEMORY: usize = 64 * 1024;
/// Files among which the bands are spread by their value, so that one of them at a time fits in memory.
const PARTS: usize = 16;
/// Of many rows with the same band, so many earlier ones are looked at: the first and the last.
const COMPARED: usize = 8;

/// Why a row is left out that is not clean after all.
pub(crate) const LAST_SCAN: &str = "the last scan of the row found something to redact";

/// A finished row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FinishedRow {
    /// As it stands in a file, without its line end.
    pub(crate) line: String,
    /// What stands in the sidecar; empty where there is none.
    pub(crate) meta: String,
    pub(crate) row_id: String,
    pub(crate) split: String,
    /// How surely it holds what it says.
    pub(crate) tier: String,
}

/// What rows are compared by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RowPrint {
    signature: TextSignature,
    /// Of the content.
    exact: [u8; 16],
    /// Of the session: its rows share their prompts, so that among them only those that say the same are duplicates.
    group: [u8; 8],
}

impl RowPrint {
    const BYTES: usize = TextSignature::BYTES + 16 + 8;

    /// `digest` is the SHA-256 of the content in hex digits.
    pub(crate) fn of(content: &str, digest: &str, session: &str) -> Self {
        Self { signature: TextSignature::of(content), exact: bytes(digest), group: bytes(&sha256(session.as_bytes())) }
    }

    fn to_bytes(&self) -> Vec<u8> {
        [&self.signature.to_bytes()[..], &self.exact, &self.group].concat()
    }

    fn from_bytes(bytes: &[u8; Self::BYTES]) -> Self {
        let signature: [u8; TextSignature::BYTES] = std::array::from_fn(|place| bytes[place]);
        Self {
            signature: TextSignature::from_bytes(&signature),
            exact: std::array::from_fn(|place| bytes[TextSignature::BYTES + place]),
            group: std::array::from_fn(|place| bytes[TextSignature::BYTES + 16 + place]),
        }
    }

    fn duplicate_of(&self, earlier: &Self) -> Option<Duplicate> {
        if self.exact == earlier.exact {
            return Some(Duplicate::Exact);
        }
        (self.group != earlier.group && self.signature.is_near(&earlier.signature)).then_some(Duplicate::Near)
    }
}

/// The first bytes of a digest.
fn bytes<const N: usize>(hex: &str) -> [u8; N] {
    let byte = |place: usize| hex.get(2 * place..2 * place + 2).and_then(|two| u8::from_str_radix(two, 16).ok());
    std::array::from_fn(|place| byte(place).unwrap_or(0))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Duplicate {
    Exact,
    Near,
}

/// The rows of one format.
pub(crate) struct RowSpool {
    rows: BufWriter<files::Spool>,
    prints: BufWriter<files::Spool>,
    parts: Vec<BufWriter<files::Spool>>,
    count: u32,
}

impl RowSpool {
    pub(crate) fn new() -> Self {
        let spool = |bytes| BufWriter::with_capacity(bytes, files::Spool::new(IN_MEMORY));
        Self {
            rows: spool(64 * 1024),
            prints: spool(64 * 1024),
            parts: (0..PARTS).map(|_| spool(4096)).collect(),
            count: 0,
        }
    }

    /// # Errors
    /// When the disk is full.
    pub(crate) fn add(&mut self, row: &FinishedRow, print: &RowPrint) -> io::Result<()> {
        // What is asked of all rows first.
        for text in [&row.split, &row.tier, &row.row_id, &row.line, &row.meta] {
            self.rows.write_all(&(text.len() as u64).to_le_bytes())?;
            self.rows.write_all(text.as_bytes())?;
        }
        self.prints.write_all(&print.to_bytes())?;
        for band in print.signature.bands() {
            let part = &mut self.parts[(band % PARTS as u64) as usize];
            part.write_all(&band.to_le_bytes())?;
            part.write_all(&self.count.to_le_bytes())?;
        }
        self.count += 1;
        Ok(())
    }

    /// Finds the rows that say what an earlier one says, and gets ready to be read.
    ///
    /// # Errors
    /// When the disk cannot be written or read.
    pub(crate) fn finish(mut self) -> io::Result<SpooledRows> {
        self.prints.flush()?;
        self.rows.flush()?;
        let mut prints = self.prints.into_inner().map_err(io::IntoInnerError::into_error)?;
        let mut pairs: Vec<(u32, u32, Duplicate)> = Vec::new();
        for part in self.parts {
            let mut part = part.into_inner().map_err(io::IntoInnerError::into_error)?;
            pairs.append(&mut alike(&mut part, &mut prints)?);
            pairs.sort_unstable();
            pairs.dedup();
        }
        let mut dropped = vec![None; self.count as usize];
        for (later, earlier, how) in pairs {
            let is_kept = dropped.get(earlier as usize).is_some_and(Option::is_none);
            if is_kept && dropped[later as usize].is_none_or(|known| how < known) {
                dropped[later as usize] = Some(how);
            }
        }
        let rows = self.rows.into_inner().map_err(io::IntoInnerError::into_error)?;
        Ok(SpooledRows { rows, prints, dropped })
    }
}

/// The pairs of a later and an earlier row of which one is a duplicate, among those of a part that share a band.
fn alike(part: &mut files::Spool, prints: &mut files::Spool) -> io::Result<Vec<(u32, u32, Duplicate)>> {
    let mut bytes = Vec::new();
    part.seek(SeekFrom::Start(0))?;
    part.read_to_end(&mut bytes)?;
    let number = |bytes: &[u8]| bytes.iter().rev().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    let mut entries: Vec<(u64, u32)> =
        bytes.chunks_exact(12).map(|entry| (number(&entry[..8]), number(&entry[8..]) as u32)).collect();
    drop(bytes);
    entries.sort_unstable();
    let mut print = |row: u32| -> io::Result<RowPrint> {
        let mut bytes = [0; RowPrint::BYTES];
        prints.seek(SeekFrom::Start(u64::from(row) * RowPrint::BYTES as u64))?;
        prints.read_exact(&mut bytes)?;
        Ok(RowPrint::from_bytes(&bytes))
    };
    let mut found = Vec::new();
    for same in entries.chunk_by(|one, other| one.0 == other.0).filter(|same| same.len() > 1) {
        let mut known: Vec<(u32, RowPrint)> = Vec::new();
        for (_, row) in same {
            let one = print(*row)?;
            for (earlier, other) in &known {
                if *earlier < *row
                    && let Some(how) = one.duplicate_of(other)
                {
                    found.push((*row, *earlier, how));
                    // Of many the same, one earlier is enough.
                    if how == Duplicate::Exact {
                        break;
                    }
                }
            }
            if known.len() == 2 * COMPARED {
                known.remove(COMPARED);
            }
            known.push((*row, one));
        }
    }
    Ok(found)
}

/// What files of a dataset are planned by.
pub(crate) struct RowOutline {
    pub(crate) split: String,
    pub(crate) tier: String,
    /// Of its line, without the line end.
    pub(crate) bytes: u64,
}

/// The rows of one format, of which some are duplicates.
pub(crate) struct SpooledRows {
    rows: files::Spool,
    prints: files::Spool,
    dropped: Vec<Option<Duplicate>>,
}

impl SpooledRows {
    /// How many rows are exactly, and how many nearly, what an earlier one is.
    pub(crate) fn duplicates(&self) -> (u64, u64) {
        let count = |wanted: Duplicate| self.dropped.iter().filter(|one| **one == Some(wanted)).count() as u64;
        (count(Duplicate::Exact), count(Duplicate::Near))
    }

    /// Hands on the rows that are no duplicates, in order and up to a limit, as often as it is asked.
    ///
    /// # Errors
    /// When they cannot be read, and those of `take`.
    pub(crate) fn each(
        &mut self,
        limit: Option<u64>,
        take: impl FnMut(FinishedRow) -> io::Result<()>,
    ) -> io::Result<()> {
        self.each_by(limit, read_row, take)
    }

    /// Hands on the outlines of the rows that [`Self::each`] hands on.
    ///
    /// # Errors
    /// When they cannot be read.
    pub(crate) fn outlines(&mut self, limit: Option<u64>, mut take: impl FnMut(RowOutline)) -> io::Result<()> {
        self.each_by(limit, read_outline, |outline| {
            take(outline);
            Ok(())
        })
    }

    /// What `read` makes of each row that is kept, at most so many.
    fn each_by<T>(
        &mut self,
        limit: Option<u64>,
        read: fn(&mut RowReader<'_>) -> io::Result<T>,
        mut take: impl FnMut(T) -> io::Result<()>,
    ) -> io::Result<()> {
        self.rows.seek(SeekFrom::Start(0))?;
        let mut rows = BufReader::with_capacity(64 * 1024, &mut self.rows);
        let mut left = limit.unwrap_or(u64::MAX);
        for dropped in &self.dropped {
            if left == 0 {
                break;
            }
            let row = read(&mut rows)?;
            if dropped.is_none() {
                left -= 1;
                take(row)?;
            }
        }
        Ok(())
    }

    /// Hands on the signatures of the rows that [`Self::each`] hands on.
    ///
    /// # Errors
    /// When they cannot be read, and those of `take`.
    pub(crate) fn signatures(
        &mut self,
        limit: Option<u64>,
        mut take: impl FnMut(&TextSignature) -> io::Result<()>,
    ) -> io::Result<()> {
        self.prints.seek(SeekFrom::Start(0))?;
        let mut prints = BufReader::with_capacity(64 * 1024, &mut self.prints);
        let mut left = limit.unwrap_or(u64::MAX);
        for dropped in &self.dropped {
            let mut bytes = [0; RowPrint::BYTES];
            prints.read_exact(&mut bytes)?;
            if left > 0 && dropped.is_none() {
                left -= 1;
                take(&RowPrint::from_bytes(&bytes).signature)?;
            }
        }
        Ok(())
    }
}

type RowReader<'a> = BufReader<&'a mut files::Spool>;

fn read_outline(rows: &mut RowReader<'_>) -> io::Result<RowOutline> {
    let (split, tier) = (read_text(rows)?, read_text(rows)?);
    pass_over(rows)?;
    let bytes = pass_over(rows)?;
    pass_over(rows)?;
    Ok(RowOutline { split, tier, bytes })
}

fn read_row(rows: &mut RowReader<'_>) -> io::Result<FinishedRow> {
    let mut text = || read_text(rows);
    Ok(FinishedRow { split: text()?, tier: text()?, row_id: text()?, line: text()?, meta: text()? })
}

fn read_text(rows: &mut impl Read) -> io::Result<String> {
    let length = usize::try_from(read_length(rows)?).map_err(io::Error::other)?;
    let mut bytes = vec![0; length];
    rows.read_exact(&mut bytes)?;
    String::from_utf8(bytes).map_err(io::Error::other)
}

/// How long the text is that was passed over.
fn pass_over(rows: &mut BufReader<impl Read + Seek>) -> io::Result<u64> {
    let length = read_length(rows)?;
    rows.seek_relative(i64::try_from(length).map_err(io::Error::other)?)?;
    Ok(length)
}

fn read_length(rows: &mut impl Read) -> io::Result<u64> {
    let mut length = [0; 8];
    rows.read_exact(&mut length)?;
    Ok(u64::from_le_bytes(length))
}

/// Counts by name.
pub(crate) fn count(counts: &mut BTreeMap<String, u64>, name: &str) {
    match counts.get_mut(name) {
        Some(count) => *count += 1,
        None => drop(counts.insert(name.to_owned(), 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str) -> FinishedRow {
        let text = |text: &str| text.to_owned();
        FinishedRow {
            line: text(name),
            meta: String::new(),
            row_id: text(name),
            split: text("train"),
            tier: text("stated"),
        }
    }

    /// `words` words, of which the last `own` are only this row's.
    fn content(name: &str, words: usize, own: usize) -> String {
        let common = (0..words - own).map(|word| format!("word{word}"));
        common.chain((0..own).map(|word| format!("{name}{word}"))).collect::<Vec<_>>().join(" ")
    }

    fn kept(rows: &[(&str, String, &str)]) -> (Vec<String>, (u64, u64)) {
        let mut spool = RowSpool::new();
        for (name, content, session) in rows {
            spool.add(&row(name), &RowPrint::of(content, &sha256(content.as_bytes()), session)).unwrap();
        }
        let mut rows = spool.finish().unwrap();
        let duplicates = rows.duplicates();
        let mut all = [Vec::new(), Vec::new()];
        for names in &mut all {
            rows.each(None, |row| {
                assert_eq!(
                    (row.line.as_str(), row.split.as_str(), row.tier.as_str()),
                    (&*row.row_id, "train", "stated")
                );
                names.push(row.row_id);
                Ok(())
            })
            .unwrap();
        }
        let [once, again] = all;
        assert_eq!(once, again);
        for limit in [None, Some(1)] {
            let mut outlines = Vec::new();
            rows.outlines(limit, |row| outlines.push((row.split, row.tier, row.bytes))).unwrap();
            let expected = once.iter().take(limit.map_or(usize::MAX, |limit| limit as usize));
            let expected = expected.map(|name| ("train".to_owned(), "stated".to_owned(), name.len() as u64));
            assert_eq!(outlines, expected.collect::<Vec<_>>());
        }
        (once, duplicates)
    }

    #[test]
    fn of_rows_that_say_the_same_the_earliest_stays() {
        let long = |name: &str, own: usize| content(name, 400, own);
        for (case, rows, expected, duplicates) in [
            ("nothing", vec![], vec![], (0, 0)),
            ("the same", vec![("a", long("x", 0), "1"), ("b", long("y", 0), "2")], vec!["a"], (1, 0)),
            ("the same of one session", vec![("a", long("x", 0), "1"), ("b", long("y", 0), "1")], vec!["a"], (1, 0)),
            ("nearly", vec![("a", long("x", 10), "1"), ("b", long("y", 10), "2")], vec!["a"], (0, 1)),
            (
                "nearly, of one session",
                vec![("a", long("x", 10), "1"), ("b", long("y", 10), "1")],
                vec!["a", "b"],
                (0, 0),
            ),
            ("another", vec![("a", long("x", 200), "1"), ("b", long("y", 200), "2")], vec!["a", "b"], (0, 0)),
            (
                "near one that is left out itself",
                vec![("a", long("x", 0), "1"), ("b", long("y", 30), "2"), ("c", long("z", 0), "3")],
                vec!["a"],
                (1, 1),
            ),
        ] {
            let expected: Vec<String> = expected.into_iter().map(str::to_owned).collect();
            assert_eq!(kept(&rows), (expected, duplicates), "{case}");
        }
    }

    #[test]
    fn of_many_rows_that_say_the_same_one_stays() {
        let names: Vec<String> = (0..200).map(|number| format!("row{number}")).collect();
        let rows: Vec<(&str, String, &str)> =
            names.iter().map(|name| (name.as_str(), content("same", 300, 0), name.as_str())).collect();
        assert_eq!(kept(&rows), (vec!["row0".to_owned()], (199, 0)));
        let near: Vec<(&str, String, &str)> =
            names.iter().map(|name| (name.as_str(), content(name, 400, 6), name.as_str())).collect();
        assert_eq!(kept(&near), (vec!["row0".to_owned()], (0, 199)));
    }
}
