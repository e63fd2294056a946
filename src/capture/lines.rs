//! Takes a transcript line by line through the reader of its format, a piece of the file at a time: what was just read
//! is still in the processor's cache, and only the events stay in memory.

use std::fs::File;
use std::io::{self, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use super::compressed::{Unpacked, is_compressed};
use super::event::{Event, EventKind};
use super::events::Events;
use super::json;
use super::quotes::line_end;
use super::reader::Reader;
use crate::record::session::Skip;

/// The events of whole lines. `first_line` is the number of the first of them, from 1.
pub(super) fn read_lines(reader: &dyn Reader, bytes: &[u8], first_line: u64) -> Vec<Event> {
    let mut events = Events::from_line(first_line);
    read_into(reader, bytes, first_line, &mut events);
    events.finish()
}

/// A line that is longer is passed over: it is not a message, and it would fill the memory.
pub(super) const LONGEST_LINE: usize = 64 * 1024 * 1024;

pub(super) fn too_long() -> String {
    format!("longer than {} MB", LONGEST_LINE / 1024 / 1024)
}

/// The text of a file without the byte order mark that some tools put before it.
pub(super) fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text)
}

/// The first lines of a text that say something.
pub(super) fn first_lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    const LOOK_AT: usize = 20;
    text.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).take(LOOK_AT)
}

/// Returns the number of the line behind the last one.
fn read_into(reader: &dyn Reader, bytes: &[u8], first_line: u64, events: &mut Events) -> u64 {
    let (mut start, mut next) = (0, first_line);
    while start < bytes.len() {
        let end = line_end(bytes, start);
        let line = bytes[start..end].trim_ascii();
        if !line.is_empty() && reader.read_line(line, events).is_err() && !read_objects(reader, line, events) {
            events.push(EventKind::Skipped(Skip { line: next, why: why_broken(line) }));
        }
        start = end + 1;
        next += 1;
    }
    next
}

/// Reads a line that holds several whole objects; `false` if it does not.
fn read_objects(reader: &dyn Reader, line: &[u8], events: &mut Events) -> bool {
    let Ok(objects) = json::objects(line) else { return false };
    objects.len() > 1 && objects.into_iter().all(|object| reader.read_line(object, events).is_ok())
}

fn why_broken(line: &[u8]) -> String {
    if line.iter().all(|byte| *byte == 0) {
        "only zero bytes: the write was interrupted".to_owned()
    } else if !line.starts_with(b"{") {
        "not a JSON object".to_owned()
    } else {
        "damaged JSON".to_owned()
    }
}

/// Reads the lines of a file, of a session that has other files as well.
pub(super) fn read_file(reader: &dyn Reader, path: &Path, events: &mut Events) -> io::Result<()> {
    let mut buffer = Vec::new();
    Pieces::begin(path, &mut buffer)?.read_to(reader, events)
}

/// Where the pieces come from.
enum PieceSource {
    Plain(File),
    Compressed(Box<Unpacked<BufReader<File>>>),
}

/// A file that is read a piece at a time into a buffer that can be used again.
pub(super) struct Pieces<'b> {
    source: PieceSource,
    buffer: &'b mut Vec<u8>,
    filled: usize,
    ended: bool,
    /// Why a compressed file could not be read to its end.
    cut: Option<String>,
    /// Whether the buffer begins inside a line, the rest of which is passed over.
    is_inside: bool,
    /// Bytes that were read, and those of the whole file, which of a compressed one are not known.
    read: u64,
    size: u64,
}

impl<'b> Pieces<'b> {
    /// Bytes in one piece, unless a line is longer: a part of the second-level cache of common processors.
    const PIECE: usize = 256 * 1024;
    /// Of a longer file the first piece counts and so much of its end.
    const MOST: u64 = 512 * 1024 * 1024;

    /// Opens the file at its first piece.
    pub(super) fn begin(path: &Path, buffer: &'b mut Vec<u8>) -> io::Result<Self> {
        let file = File::open(path)?;
        if buffer.len() < Self::PIECE {
            buffer.resize(Self::PIECE, 0);
        }
        let (source, size) = match is_compressed(path) {
            true => (PieceSource::Compressed(Box::new(Unpacked::new(BufReader::new(file)))), 0),
            false => {
                let size = file.metadata()?.len();
                (PieceSource::Plain(file), size)
            }
        };
        let mut pieces = Self { source, buffer, filled: 0, ended: false, cut: None, is_inside: false, read: 0, size };
        pieces.fill()?;
        let mark = pieces.filled - without_mark(pieces.bytes()).len();
        if mark > 0 {
            pieces.buffer.copy_within(mark..pieces.filled, 0);
            pieces.filled -= mark;
        }
        Ok(pieces)
    }

    /// What was read and not yet taken.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.buffer[..self.filled]
    }

    /// Reads the rest of the file behind what was read, as far as one line may go.
    pub(super) fn read_all(&mut self) -> io::Result<&[u8]> {
        while !self.ended && self.filled < LONGEST_LINE {
            self.fill()?;
        }
        Ok(self.bytes())
    }

    /// Reads until the buffer is full or the file ends. A full buffer grows first: its line is longer.
    fn fill(&mut self) -> io::Result<()> {
        if self.filled == self.buffer.len() {
            self.buffer.resize(2 * self.filled, 0);
        }
        while self.filled < self.buffer.len() {
            let read = match &mut self.source {
                PieceSource::Plain(file) => file.read(&mut self.buffer[self.filled..]),
                // It may say the same for ever.
                PieceSource::Compressed(_) if self.read >= Self::MOST => {
                    self.cut = Some(format!("what follows {} MB was left out", Self::MOST / 1_000_000));
                    Ok(0)
                }
                PieceSource::Compressed(unpacked) => match unpacked.read(&mut self.buffer[self.filled..]) {
                    Err(error) if self.read > 0 => {
                        self.cut = Some(format!("cannot be unpacked from here on ({error})"));
                        Ok(0)
                    }
                    read => read,
                },
            };
            match read {
                Ok(0) => {
                    self.ended = true;
                    break;
                }
                Ok(count) => {
                    self.filled += count;
                    self.read += count as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// The events of the whole file, whose beginning must not have been taken.
    pub(super) fn events(self, reader: &dyn Reader) -> io::Result<Vec<Event>> {
        let mut events = Events::default();
        self.read_to(reader, &mut events)?;
        Ok(events.finish())
    }

    fn read_to(mut self, reader: &dyn Reader, events: &mut Events) -> io::Result<()> {
        let mut line = 1;
        let mut is_first = true;
        loop {
            if self.is_inside {
                self.leave_line(&mut line)?;
            }
            let whole = match memchr::memrchr(b'\n', self.bytes()) {
                _ if self.ended => self.filled,
                Some(end) => end + 1,
                None => 0,
            };
            if whole > 0 {
                line = read_into(reader, &self.buffer[..whole], line, events);
            }
            if self.ended {
                if let Some(why) = self.cut.take() {
                    events.push(EventKind::Skipped(Skip { line, why }));
                }
                return Ok(());
            }
            self.take(whole);
            if self.filled >= LONGEST_LINE {
                events.push(EventKind::Skipped(Skip { line, why: too_long() }));
                (self.filled, self.is_inside) = (0, true);
            } else if std::mem::take(&mut is_first)
                && self.size.saturating_sub(self.read) > Self::MOST
                && let PieceSource::Plain(file) = &mut self.source
            {
                let left_out = self.size - self.read - Self::MOST;
                let why = format!("{} MB that are older were left out", left_out / 1_000_000);
                events.push(EventKind::Skipped(Skip { line, why }));
                file.seek(SeekFrom::End(-(Self::MOST as i64)))?;
                self.read += left_out;
                (self.filled, self.is_inside) = (0, true);
            }
            self.fill()?;
        }
    }

    fn take(&mut self, count: usize) {
        self.buffer.copy_within(count..self.filled, 0);
        self.filled -= count;
    }

    /// Passes over the rest of the line that the buffer begins in.
    fn leave_line(&mut self, line: &mut u64) -> io::Result<()> {
        while self.is_inside {
            match memchr::memchr(b'\n', self.bytes()) {
                Some(end) => {
                    self.take(end + 1);
                    self.is_inside = false;
                    *line += 1;
                }
                None => self.filled = 0,
            }
            if self.ended {
                return Ok(());
            }
            self.fill()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn two_records_on_one_line_are_both_read() {
        let record = |id: &str| format!(r#"{{"type":"user","uuid":"{id}","message":{{"content":"of {id}"}}}}"#);
        let reader = super::super::READERS[0];
        let parted = read_lines(reader, format!("{}\n{}\n", record("1"), record("2")).as_bytes(), 1);
        assert!(read_lines(reader, format!("{}{}\n", record("1"), record("2")).as_bytes(), 1) == parted);
        assert_eq!(parted.len(), 4);
        let torn = read_lines(reader, format!("{}{}\n", record("1"), &record("2")[..30]).as_bytes(), 1);
        assert!(matches!(&torn[..], [Event(EventKind::Skipped(_))]));
    }

    #[test]
    fn a_file_read_in_pieces_gives_the_events_of_the_file_read_whole() {
        let line = |number: usize, length: usize| {
            let text = "x".repeat(length);
            format!("{{\"type\":\"user\",\"uuid\":\"{number}\",\"message\":{{\"content\":\"{number} {text}\"}}}}\n")
        };
        let mut text: String = (0..400).map(|number| line(number, number * 13)).collect();
        text += "damaged\n\n";
        text += &line(400, 3 * Pieces::PIECE);
        text += "damaged\n";
        text += line(401, 3).trim_end();
        let reader = super::super::READERS[0];
        let expected = read_lines(reader, text.as_bytes(), 1);
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let mut buffer = Vec::new();
        for _ in 0..2 {
            let pieces = Pieces::begin(file.path(), &mut buffer).unwrap();
            assert!(pieces.events(reader).unwrap() == expected);
        }
        assert!(expected.iter().any(|event| matches!(&event.0, EventKind::Skipped(skip) if skip.line == 404)));
    }

    #[test]
    fn a_line_that_is_too_long_is_passed_over_and_the_next_one_is_read() {
        let line = |number: u32| {
            format!("{{\"type\":\"user\",\"uuid\":\"{number}\",\"message\":{{\"content\":\"{number}\"}}}}\n")
        };
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(format!("\u{feff}{}", line(0)).as_bytes()).unwrap();
        file.as_file().set_len(5 * LONGEST_LINE as u64).unwrap();
        file.as_file_mut().seek(SeekFrom::End(0)).unwrap();
        file.write_all(format!("\n{}", line(1)).as_bytes()).unwrap();
        let mut buffer = Vec::new();
        let pieces = Pieces::begin(file.path(), &mut buffer).unwrap();
        let events = pieces.events(super::super::READERS[0]).unwrap();
        let found = |wanted: fn(&EventKind) -> bool| events.iter().filter(|event| wanted(&event.0)).count();
        assert_eq!(found(|kind| matches!(kind, EventKind::Prompt(_))), 2);
        assert_eq!(found(|kind| matches!(kind, EventKind::Skipped(_))), 1);
        assert!(buffer.len() <= 2 * LONGEST_LINE, "{}", buffer.len());
    }
}
