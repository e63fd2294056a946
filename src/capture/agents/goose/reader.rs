//! What is particular to Goose, in one place: its version, its words, its places, its tables.

use std::cell::LazyCell;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use rusqlite::{Connection, OptionalExtension as _, Row};
use serde_json::Value;

use super::messages::{GooseSession, MessageReading};
use crate::capture::databases::{self, DatabaseSession, columns, database_of, has_tables};
use crate::capture::events::Events;
use crate::capture::held::{HeldFact, SessionFact};
use crate::capture::lines::{first_lines, without_mark};
use crate::capture::places::{AgentFolder, AgentHomes};
use crate::capture::reader::Reader;
use crate::capture::search::{FileSearch, has_extension};
use crate::record::agent::Agent;
use crate::record::session::{FailureKind, Tokens};

pub(in crate::capture) struct Goose;

const TABLES: &[&str] = &["schema_version", "sessions", "messages"];
const DATABASE: &str = "sessions.db";

impl Reader for Goose {
    fn agent(&self) -> Agent {
        Agent::known("goose")
    }

    fn version(&self) -> u32 {
        1
    }

    fn held(&self, fact: SessionFact) -> HeldFact {
        match fact {
            SessionFact::Results => HeldFact::InPart("exit codes of newer versions"),
            SessionFact::Rejections => {
                HeldFact::InPart("older versions say of what a rule refused that the person did it")
            }
            SessionFact::Reasons => HeldFact::InPart("the reason is the next prompt"),
            SessionFact::Interrupts => HeldFact::InPart("only of a call that ran"),
            SessionFact::Tokens => HeldFact::InPart("of the whole session, not of each prompt"),
            SessionFact::Models => HeldFact::InPart("not of files before the database"),
            SessionFact::Version | SessionFact::Forks => HeldFact::Absent,
            SessionFact::Cost => HeldFact::NotRead,
            _ => HeldFact::Read,
        }
    }

    /// By the line of a file above its messages.
    fn recognises(&self, head: &[u8]) -> bool {
        let first = first_lines(head).next().and_then(|line| serde_json::from_slice::<Value>(line).ok());
        first.is_some_and(|line| is_about(&line))
    }

    fn only_grows(&self) -> bool {
        false
    }

    fn read_whole(&self, main: &Path, events: &mut Events) -> io::Result<()> {
        match database_of(main) {
            Some((database, id)) => databases::with(database, |connection| read_rows(connection, id, events)),
            None => read_lines(main, events),
        }
    }

    fn owns_database(&self, database: &Path) -> bool {
        has_tables(database, TABLES) && has_columns(database).unwrap_or(false)
    }

    fn sessions_in(&self, database: &Path, id: Option<&str>) -> io::Result<Vec<DatabaseSession>> {
        if !self.owns_database(database) {
            return Ok(Vec::new());
        }
        databases::with(database, |connection| {
            // One that was opened and not used has no messages.
            let mut statement = connection.prepare(
                "SELECT id, CAST(strftime('%s', updated_at) AS INTEGER),
                (SELECT count(*) FROM messages WHERE session_id = sessions.id) AS size
                FROM sessions WHERE (?1 IS NULL OR id = ?1) AND size > 0",
            )?;
            let row = |row: &Row<'_>| {
                let updated = row.get::<_, Option<i64>>(1)?.and_then(|updated| u64::try_from(updated).ok());
                Ok(DatabaseSession {
                    id: row.get(0)?,
                    size: row.get::<_, i64>(2)?.unsigned_abs(),
                    modified: updated.map(|updated| UNIX_EPOCH + Duration::from_secs(updated)),
                })
            };
            statement.query_map([id], row)?.collect()
        })
    }

    fn failures(&self) -> &'static [(&'static str, FailureKind)] {
        &[
            ("No match found for the specified text", FailureKind::EditNoMatch),
            ("Could not find the specified text", FailureKind::EditNoMatch),
            ("'old_str' must appear exactly once", FailureKind::EditNoMatch),
            ("Please provide more context to identify a unique match", FailureKind::EditAmbiguous),
            ("The text must be unique", FailureKind::EditAmbiguous),
            ("does not exist", FailureKind::FileMissing),
            ("Failed to read", FailureKind::FileMissing),
            ("Failed to parse arguments", FailureKind::BadInput),
            ("Missing arguments", FailureKind::BadInput),
            ("This tool call was blocked by", FailureKind::Permission),
            ("This tool call was denied before execution", FailureKind::Permission),
            ("Let the user know the tool call was skipped", FailureKind::Permission),
            ("restricted by .gooseignore", FailureKind::Permission),
            ("Command timed out", FailureKind::Timeout),
        ]
    }

    fn folders(&self, places: &AgentHomes) -> Vec<AgentFolder> {
        let mut folders = Vec::new();
        for sessions in sessions(places).into_iter().filter(|sessions| sessions.is_dir()) {
            let of = |path: PathBuf| AgentFolder { path, within: sessions.clone(), is_deep: false };
            let database = Some(sessions.join(DATABASE)).filter(|database| database.is_file());
            folders.extend(database.into_iter().chain([sessions.clone()]).map(of));
        }
        folders
    }

    fn trees(&self, places: &AgentHomes) -> Vec<(usize, PathBuf)> {
        let of = |sessions: PathBuf| [(0, sessions.join(DATABASE)), (0, sessions)];
        sessions(places).into_iter().flat_map(of).collect()
    }

    fn list(&self, folder: &Path, _: bool, search: &mut FileSearch) {
        if folder.is_file() {
            return search.add_rows(&self.agent(), folder, || self.sessions_in(folder, None));
        }
        // The database took in the files that were there when it was made.
        let taken_in = LazyCell::new(|| self.sessions_in(&folder.join(DATABASE), None).unwrap_or_default());
        for entry in search.read(folder) {
            let path = entry.path();
            let is_taken_in =
                || taken_in.iter().any(|row| path.file_stem().is_some_and(|stem| stem == row.id.as_str()));
            if has_extension(&path, &["jsonl"]) && !is_taken_in() {
                search.add_entry(self.agent(), path, &entry);
            }
        }
    }

    fn find_named(&self, folder: &Path, id: &str) -> Option<PathBuf> {
        if folder.is_file() {
            return self.sessions_in(folder, Some(id)).ok()?.pop().map(|row| folder.join(row.id));
        }
        Some(folder.join(format!("{id}.jsonl"))).filter(|path| path.exists())
    }
}

/// The folder of sessions: the same on Linux and macOS, and another one on Windows and where a variable says so.
fn sessions(places: &AgentHomes) -> Vec<PathBuf> {
    if let Some(root) = places.moved_by("GOOSE_PATH_ROOT").filter(|root| root.is_absolute()) {
        return vec![root.join("data/sessions")];
    }
    let unix = places.data().map(|data| data.join("goose/sessions"));
    let windows = places.app_data.as_ref().map(|data| data.join("Block/goose/data/sessions"));
    [unix, windows].into_iter().flatten().collect()
}

/// Whether a line of a file is the one above its messages.
fn is_about(line: &Value) -> bool {
    line["message_count"].is_u64() && line["description"].is_string()
}

fn has_columns(database: &Path) -> io::Result<bool> {
    databases::with(database, |connection| {
        let of_sessions = columns(connection, "sessions", &["working_dir", "updated_at"])?;
        let of_messages = columns(connection, "messages", &["content_json", "created_timestamp"])?;
        Ok(of_sessions.into_iter().chain(of_messages).all(|is_there| is_there))
    })
}

fn read_lines(main: &Path, events: &mut Events) -> io::Result<()> {
    let text = fs::read(main)?;
    let name = main.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let mut session = GooseSession { id: name, ..GooseSession::default() };
    let mut reading: Option<MessageReading<'_>> = None;
    let lines = without_mark(&text).split(|byte| *byte == b'\n');
    let lines: Vec<(u64, Result<Value, _>)> = lines
        .zip(1_u64..)
        .filter(|(line, _)| !line.trim_ascii().is_empty())
        .map(|(line, number)| (number, serde_json::from_slice::<Value>(line)))
        .collect();
    if let Some((_, Ok(about))) = lines.first().filter(|(_, line)| line.as_ref().is_ok_and(is_about)) {
        session.cwd = about["working_dir"].as_str().map(str::to_owned);
        session.tokens = tokens(&about["accumulated_input_tokens"], &about["accumulated_output_tokens"]);
    }
    for (number, line) in &lines {
        let reading = reading.get_or_insert_with(|| MessageReading::begin(&session, events));
        match line {
            Ok(line) if line["role"].is_string() => {
                reading.message(&line["role"], &line["content"], (&line["created"], &line["metadata"]), events);
            }
            Ok(_) => {}
            Err(_) => MessageReading::damaged(*number, events),
        }
    }
    Ok(())
}

fn tokens(input: &Value, output: &Value) -> Tokens {
    let count = |value: &Value| value.as_u64().unwrap_or(0);
    Tokens { input: count(input), output: count(output), ..Tokens::default() }
}

fn read_rows(connection: &Connection, id: &str, events: &mut Events) -> rusqlite::Result<()> {
    const WANTED: &[&str] = &[
        "working_dir",
        "session_type",
        "parent_session_id",
        "model_config_json",
        "accumulated_input_tokens",
        "accumulated_output_tokens",
    ];
    let known = columns(connection, "sessions", WANTED)?;
    let list = WANTED.iter().zip(known).map(|(name, is_there)| if is_there { name } else { "NULL" });
    let list = list.collect::<Vec<_>>().join(", ");
    let row = |row: &Row<'_>| {
        let text = |at: usize| row.get::<_, Option<String>>(at).map(|text| text.filter(|text| !text.is_empty()));
        let count = |at: usize| row.get::<_, Option<i64>>(at).map(|count| Value::from(count.unwrap_or(0).max(0)));
        let model = text(3)?.and_then(|json| serde_json::from_str::<Value>(&json).ok());
        let parent = text(2)?;
        Ok(GooseSession {
            id: id.to_owned(),
            cwd: text(0)?,
            is_subagent: parent.is_some() || text(1)?.is_some_and(|kind| kind == "sub_agent"),
            parent,
            model: model.and_then(|model| model["model_name"].as_str().map(str::to_owned)),
            tokens: tokens(&count(4)?, &count(5)?),
        })
    };
    let found = connection.query_row(&format!("SELECT {list} FROM sessions WHERE id = ?1"), [id], row).optional()?;
    let Some(session) = found else { return Ok(()) };
    let has_metadata = columns(connection, "messages", &["metadata_json"])?[0];
    let metadata = if has_metadata { "metadata_json" } else { "NULL" };
    let mut statement = connection.prepare(&format!(
        "SELECT role, content_json, created_timestamp, {metadata} FROM messages WHERE session_id = ?1 ORDER BY id"
    ))?;
    let mut reading = MessageReading::begin(&session, events);
    let mut rows = statement.query([id])?;
    let mut line = 0;
    while let Some(row) = rows.next()? {
        line += 1;
        let role = Value::from(row.get::<_, String>(0)?);
        let created = Value::from(row.get::<_, Option<i64>>(2)?);
        let metadata = row.get::<_, Option<String>>(3)?.and_then(|json| serde_json::from_str(&json).ok());
        match serde_json::from_str::<Value>(&row.get::<_, String>(1)?) {
            Ok(content) => reading.message(&role, &content, (&created, &metadata.unwrap_or_default()), events),
            Err(_) => MessageReading::damaged(line, events),
        }
    }
    Ok(())
}
