//! How a transcript is read: its format by its content, its events, its session.

use std::cell::RefCell;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::assemble::assemble;
use super::databases::{database_of, file_of};
use super::event::{Event, EventKind};
use super::events::Events;
use super::lines::{self, Pieces};
use super::reader::Reader;
use super::readers::{mapped_reader_of, reader, readers};
use super::{failure, journal};
use crate::record::agent::Agent;
use crate::record::session::{Session, Skip};

/// The agent whose format the text has, by its first lines; `None` for text of another kind.
pub fn detect(text: &[u8]) -> Option<Agent> {
    let text = lines::without_mark(text);
    let of_format = readers().find(|reader| reader.recognises(text)).map(|reader| reader.agent());
    of_format.or_else(|| is_journal(text).then_some(Agent::JOURNAL))
}

fn is_journal(text: &[u8]) -> bool {
    !text.trim_ascii_start().starts_with(b"{") && journal::recognises(&String::from_utf8_lossy(text))
}

/// Reads what was added to a transcript: whole lines only. Returns the events and how many bytes they stand for; an
/// unfinished last line is left for the next time. `first_line` is the number of the first line in `bytes`, from 1.
pub fn read_tail(agent: &Agent, bytes: &[u8], first_line: u64) -> (Vec<Event>, usize) {
    let consumed = memchr::memrchr(b'\n', bytes).map_or(0, |end| end + 1);
    let Some(reader) = reader(agent) else { return (Vec::new(), consumed) };
    let mut events = lines::read_lines(reader, &bytes[..consumed], first_line);
    failure::settle(reader, &mut events);
    (events, consumed)
}

/// Reads a whole transcript. The format is found from the content. An unfinished last line counts as skipped.
///
/// # Errors
/// The file cannot be read, or its format is not known.
pub fn read(path: &Path) -> Result<Vec<Session>> {
    read_with(path, &mut Vec::new())
}

/// [`read`] with a buffer that is used again for the next file.
///
/// # Errors
/// As [`read`].
pub fn read_with(path: &Path, bytes: &mut Vec<u8>) -> Result<Vec<Session>> {
    Ok(vec![match content(path, bytes)? {
        FileContent::Events(agent, events) => assemble(path, &agent, events),
        FileContent::Session(session) => *session,
    }])
}

/// The events of a whole transcript, and whose it is.
///
/// # Errors
/// As [`read`].
pub fn read_events(path: &Path) -> Result<(Agent, Vec<Event>)> {
    match content(path, &mut Vec::new())? {
        FileContent::Events(agent, events) => Ok((agent, events)),
        FileContent::Session(_) => anyhow::bail!("{} is a journal and not a transcript", path.display()),
    }
}

/// The events of a session that is read whole.
pub(super) fn read_files(reader: &dyn Reader, main: &Path) -> io::Result<Vec<Event>> {
    let mut events = Events::default();
    if reader.only_grows() {
        lines::read_file(reader, main, &mut events)?;
        return Ok(events.finish());
    }
    let size = fs::metadata(file_of(main))?.len();
    match size > LARGEST && database_of(main).is_none() {
        true => {
            let why = format!(
                "it has {} MB, of which none was read: files that are read whole have {} at most",
                size / 1_000_000,
                LARGEST / 1_000_000
            );
            events.push(EventKind::Skipped(Skip { line: 1, why }));
        }
        false => reader.read_whole(main, &mut events)?,
    }
    Ok(events.finish())
}

/// Bytes of a file that is read whole; it takes a few times as much memory.
const LARGEST: u64 = 256_000_000;

enum FileContent {
    Events(Agent, Vec<Event>),
    /// Of a journal.
    Session(Box<Session>),
}

std::thread_local! {
    /// Whose the database is that was read last: it is asked once for each session.
    static OWNER: RefCell<Option<(PathBuf, &'static dyn Reader)>> = const { RefCell::new(None) };
}

/// The reader of a database.
fn owner(database: &Path) -> Option<&'static dyn Reader> {
    let known = OWNER.with_borrow(|known| known.as_ref().filter(|known| known.0 == database).map(|known| known.1));
    let still = known.filter(|reader| reader.owns_database(database));
    still.or_else(|| {
        let found = readers().find(|reader| reader.owns_database(database));
        OWNER.set(found.map(|reader| (database.to_owned(), reader)));
        found
    })
}

fn content(path: &Path, bytes: &mut Vec<u8>) -> Result<FileContent> {
    if let Some((database, _)) = database_of(path) {
        let reader =
            owner(database).with_context(|| format!("{} is not a database of a known agent", database.display()))?;
        let events = read_files(reader, path).with_context(|| format!("cannot read {}", path.display()))?;
        return Ok(FileContent::Events(reader.agent(), events));
    }
    let why = || format!("cannot read {}: check that it exists and that you may read it", path.display());
    let mut pieces = Pieces::begin(path, bytes).with_context(why)?;
    let mapped = mapped_reader_of(path).map(|reader| reader.agent());
    let found = match mapped.or_else(|| detect(pieces.bytes())) {
        Some(agent) => Some(agent),
        // The first lines can be longer than a piece.
        None => detect(pieces.read_all().with_context(why)?),
    };
    let agent = found.with_context(|| format!("{} is no transcript in a format that is known", path.display()))?;
    let Some(reader) = reader(&agent) else {
        let text = pieces.read_all().with_context(why)?;
        return Ok(FileContent::Session(Box::new(journal::session(path, &String::from_utf8_lossy(text))?)));
    };
    let events = if reader.only_grows() { pieces.events(reader) } else { read_files(reader, path) };
    Ok(FileContent::Events(agent, events.with_context(why)?))
}
