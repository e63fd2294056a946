//! Reads what a transcript gained, a piece at a time and each to the end of a line, so that a hook can stop after any of
//! them and go on there later, and so that no transcript takes more memory than a piece.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::compressed::is_compressed;
use super::databases::{database_of, file_of};
use super::event::{Event, EventKind};
use super::failure;
use super::lines::{self, LONGEST_LINE, without_mark};
use super::reader::Reader;
use super::readers::reader;
use super::reading::read_files;
use crate::record::agent::Agent;
use crate::record::session::Skip;

/// Bytes in one part, unless a line is longer.
const PART: u64 = 4 * 1024 * 1024;
/// A file without a JSON object in so many bytes is not a transcript.
const HEAD: usize = 64 * 1024;
/// Of a longer transcript that was never read, the first part counts and this much of its end: a hook has no time for
/// more, and what led to a commit stands at the end.
const RECENT: u64 = 64 * 1024 * 1024;

/// So many bytes before a place tell whether a transcript still is what was read up to there.
const MARKED: u64 = 1024;

/// A transcript that is being read.
pub struct Tail {
    reader: Option<&'static dyn Reader>,
    file: File,
    /// Of a session that is read whole: its main file, and what its files were like when it was opened.
    whole: Option<(PathBuf, i64)>,
    at: u64,
    size: u64,
    lines: u64,
    /// Whether `at` lies inside a line, the rest of which says nothing.
    is_inside: bool,
}

/// What one piece of a transcript says.
pub struct TailPart {
    pub events: Vec<Event>,
    /// Where the piece begins, and where the next one does.
    pub from: u64,
    pub end: u64,
    /// Lines of the file before the next one.
    pub lines: u64,
    /// Whether nothing follows it that can be read now.
    pub is_last: bool,
}

impl Tail {
    /// Opens a transcript of `size` bytes at `from`, behind `lines` lines.
    ///
    /// # Errors
    /// When it cannot be read, or begins with something that is not JSON.
    pub fn open(path: &Path, agent: &Agent, size: u64, place: (u64, u64)) -> anyhow::Result<Self> {
        Self::with(reader(agent), path, size, place)
    }

    pub(super) fn with(
        reader: Option<&'static dyn Reader>,
        path: &Path,
        size: u64,
        (from, lines): (u64, u64),
    ) -> anyhow::Result<Self> {
        // What was compressed does not grow any more.
        let is_whole = |reader: &&dyn Reader| !reader.only_grows() || is_compressed(path);
        let whole = reader.filter(is_whole).map(|reader| (path.to_owned(), state(reader, path)));
        let mut file = File::open(file_of(path))
            .with_context(|| format!("{} cannot be read; check its permissions", path.display()))?;
        let mut begin = || -> io::Result<(bool, bool)> {
            if whole.is_some() {
                return Ok((true, false));
            }
            if from == 0 {
                let mut head = Vec::new();
                file.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
                file.seek(SeekFrom::Start(0))?;
                return Ok((holds_json(&head), false));
            }
            let mut before = [0];
            file.seek(SeekFrom::Start(from - 1))?;
            file.read_exact(&mut before)?;
            Ok((true, before != *b"\n"))
        };
        let (is_json, is_inside) = begin().with_context(|| format!("{} cannot be read", path.display()))?;
        anyhow::ensure!(is_json, "{} holds no JSON in its first {} KB; skipped", path.display(), HEAD / 1024);
        Ok(Self { reader, file, whole, at: from, size, lines, is_inside })
    }

    /// The next part; `None` where no whole line follows.
    ///
    /// # Errors
    /// When the file cannot be read any more.
    pub fn next_part(&mut self) -> io::Result<Option<TailPart>> {
        let from = self.at;
        if let (Some((main, _)), Some(reader)) = (&self.whole, self.reader) {
            if from > 0 {
                return Ok(None);
            }
            let mut events = read_files(reader, main)?;
            failure::settle(reader, &mut events);
            self.at = self.size;
            return Ok(Some(self.part(events, from)));
        }
        let mut bytes = Vec::new();
        let mut whole = 0;
        while whole == 0 {
            let most = (self.size - self.at - bytes.len() as u64).min(PART.max(bytes.len() as u64));
            let read = self.file.by_ref().take(most).read_to_end(&mut bytes)?;
            whole = memchr::memrchr(b'\n', &bytes).map_or(0, |end| end + 1);
            let has_ended = read == 0 || self.at + bytes.len() as u64 >= self.size;
            if whole == 0 && bytes.len() >= LONGEST_LINE {
                return Ok(Some(self.leave_line(from, bytes.len() as u64)));
            }
            if whole == 0 && has_ended {
                return Ok(None);
            }
        }
        // The beginning of the next line is read again.
        self.at += whole as u64;
        self.file.seek(SeekFrom::Start(self.at))?;
        let mut text = &bytes[..whole];
        if std::mem::take(&mut self.is_inside) {
            text = &text[memchr::memchr(b'\n', text).map_or(text.len(), |end| end + 1)..];
            self.lines += 1;
        }
        if from == 0 {
            text = without_mark(text);
        }
        let mut events = Vec::new();
        if let Some(reader) = self.reader {
            events = lines::read_lines(reader, text, self.lines + 1);
            failure::settle(reader, &mut events);
        }
        self.lines += memchr::memchr_iter(b'\n', text).count() as u64;
        if from == 0 && self.size - self.at > RECENT {
            self.pass_over(self.size - RECENT, &mut events)?;
        }
        Ok(Some(self.part(events, from)))
    }

    /// A digest of the last bytes before the place that was read to: where another time gives another one, the file was written
    /// anew, whatever its length. 0 where they cannot be read. Of a session that is read whole, any change gives another one.
    pub fn mark(&mut self) -> i64 {
        if let Some((_, state)) = self.whole {
            return state;
        }
        let from = self.at.saturating_sub(MARKED);
        let mut bytes = Vec::new();
        let mut read = || -> io::Result<()> {
            self.file.seek(SeekFrom::Start(from))?;
            self.file.by_ref().take(self.at - from).read_to_end(&mut bytes)?;
            self.file.seek(SeekFrom::Start(self.at)).map(|_| ())
        };
        if read().is_err() {
            return 0;
        }
        let mut hasher = DefaultHasher::new();
        bytes.hash(&mut hasher);
        hasher.finish().cast_signed()
    }

    fn part(&self, events: Vec<Event>, from: u64) -> TailPart {
        TailPart { events, from, end: self.at, lines: self.lines, is_last: self.at >= self.size }
    }

    fn leave_line(&mut self, from: u64, read: u64) -> TailPart {
        let mut events = Vec::new();
        if !self.is_inside {
            events.push(Event(EventKind::Skipped(Skip { line: self.lines + 1, why: lines::too_long() })));
        }
        self.at += read;
        self.is_inside = true;
        self.part(events, from)
    }

    fn pass_over(&mut self, to: u64, events: &mut Vec<Event>) -> io::Result<()> {
        let why = format!("{} MB that are older were left out", (to - self.at) / 1_000_000);
        events.push(Event(EventKind::Skipped(Skip { line: self.lines + 1, why })));
        self.at = to;
        self.is_inside = true;
        self.file.seek(SeekFrom::Start(to))?;
        Ok(())
    }
}

/// A digest of what the files of a session are like.
fn state(reader: &dyn Reader, main: &Path) -> i64 {
    let mut hasher = DefaultHasher::new();
    if let Some((database, id)) = database_of(main) {
        let row = reader.sessions_in(database, Some(id)).ok().and_then(|mut rows| rows.pop());
        row.map(|row| (row.size, row.modified)).hash(&mut hasher);
        return hasher.finish().cast_signed();
    }
    for file in std::iter::once(main.to_owned()).chain(reader.files_beside(main)) {
        let data = fs::metadata(&file).ok();
        (&file, data.map(|data| (data.len(), data.modified().ok()))).hash(&mut hasher);
    }
    hasher.finish().cast_signed()
}

/// Whether a line begins as a JSON object does. What is not written yet may become one; zeros, as a crash leaves them, and
/// text of another encoding are not.
fn holds_json(head: &[u8]) -> bool {
    let begins = |line: &[u8]| {
        let inside = line.trim_ascii_start().strip_prefix(b"{").map(<[u8]>::trim_ascii_start);
        inside.is_some_and(|inside| matches!(inside.first(), None | Some(b'"' | b'}')))
    };
    let text = without_mark(head);
    text.trim_ascii().is_empty() || text.split(|byte| *byte == b'\n').any(begins)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn line(number: usize, length: usize) -> String {
        let text = "x".repeat(length);
        format!("{{\"type\":\"user\",\"uuid\":\"{number}\",\"message\":{{\"content\":\"{number} {text}\"}}}}\n")
    }

    fn parts(path: &Path, from: (u64, u64)) -> Vec<TailPart> {
        let size = path.metadata().unwrap().len();
        let mut tail = Tail::open(path, &Agent::known("claude-code"), size, from).unwrap();
        std::iter::from_fn(|| tail.next_part().unwrap()).collect()
    }

    fn prompts(parts: &[TailPart]) -> Vec<usize> {
        let texts = parts.iter().flat_map(|part| &part.events).filter_map(|event| match &event.0 {
            EventKind::Prompt(prompt) => prompt.text.split(' ').next().map(str::to_owned),
            _ => None,
        });
        texts.map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn a_long_transcript_comes_in_parts_that_end_with_a_line_and_go_on_anywhere() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        for number in 0..100 {
            file.write_all(line(number, 100_000).as_bytes()).unwrap();
        }
        file.write_all(b"{\"type\":\"us").unwrap();
        let whole = parts(file.path(), (0, 0));
        assert!(whole.len() > 2 && prompts(&whole) == (0..100).collect::<Vec<_>>());
        assert!(whole.windows(2).all(|pair| pair[0].end == pair[1].from));
        let rest = parts(file.path(), (whole[0].end, whole[0].lines));
        assert_eq!(prompts(&rest).len() + prompts(&whole[..1]).len(), 100);
        assert_eq!(rest.last().unwrap().lines, 100);
        // A file that shrinks meanwhile ends there.
        let mut tail = Tail::open(file.path(), &Agent::known("claude-code"), u64::MAX / 2, (0, 0)).unwrap();
        file.as_file().set_len(0).unwrap();
        assert!(tail.next_part().unwrap().is_none());
    }

    #[test]
    fn of_what_is_too_long_for_a_hook_the_beginning_and_the_end_count() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        for number in 0..90 {
            file.write_all(line(number, 1_000_000).as_bytes()).unwrap();
        }
        let parts = parts(file.path(), (0, 0));
        let numbers = prompts(&parts);
        assert_eq!((numbers[0], *numbers.last().unwrap()), (0, 89));
        assert!((60..75).contains(&numbers.len()), "{numbers:?}");
        assert!(
            parts[0].events.iter().any(|event| matches!(&event.0, EventKind::Skipped(skip) if skip.why.contains("MB")))
        );
    }

    #[test]
    fn a_line_that_is_too_long_is_passed_over_and_counted_once() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(line(0, 10).as_bytes()).unwrap();
        // A hole, as a write that a crash cut off leaves it.
        file.as_file().set_len(3 * LONGEST_LINE as u64).unwrap();
        file.as_file_mut().seek(SeekFrom::End(0)).unwrap();
        file.write_all(format!("\n{}", line(1, 10)).as_bytes()).unwrap();
        let parts = parts(file.path(), (0, 0));
        assert_eq!(prompts(&parts), [0, 1]);
        let skips =
            parts.iter().flat_map(|part| &part.events).filter(|one| matches!(one.0, EventKind::Skipped(_))).count();
        assert!((1..=2).contains(&skips), "{skips}");
    }

    #[test]
    fn a_byte_order_mark_costs_nothing_and_a_file_without_json_is_refused() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(format!("\u{feff}{}", line(0, 10).replace('\n', "\r\n")).as_bytes()).unwrap();
        assert_eq!(prompts(&parts(file.path(), (0, 0))), [0]);
        let empty = tempfile::NamedTempFile::new().unwrap();
        assert!(parts(empty.path(), (0, 0)).is_empty());
        let utf_16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        for (head, is_read) in [
            (&b"\0\0\0\0"[..], false),
            (b"\0\0{\"a\":1}\n", false),
            (b"\0\0\n{\"a\":1}\n", true),
            (b"\xff\xfe{\0\"\0", false),
            (&utf_16("{\"a\":1}\n{\"a\":2}\n"), false),
            (b"not json\n", false),
            (b"{ \"a\"", true),
            (b" \n", true),
            (b"", true),
        ] {
            assert_eq!(holds_json(head), is_read, "{head:?}");
        }
        empty.as_file().set_len(1 << 32).unwrap();
        let refused = Tail::open(empty.path(), &Agent::known("codex"), 1 << 32, (0, 0)).map(|_| ());
        assert!(refused.unwrap_err().to_string().contains("holds no JSON"));
    }
}
