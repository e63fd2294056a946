//! Sessions in the database: `session`, `message` and `part` (and of `project` the folder), and no other table.

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use rusqlite::{Connection, OptionalExtension as _, Row};
use serde_json::{Map, Value, json};

use super::kept::KeptSession;
use crate::capture::databases::{self, DatabaseSession};
use crate::capture::json::{Broken, Read, whole_object};
use crate::capture::members::WantedValue;

/// What a session in the database is like: its size is the number of its messages and parts.
pub(super) fn sessions_in(database: &Path, id: Option<&str>) -> io::Result<Vec<DatabaseSession>> {
    databases::with(database, |connection| {
        let mut statement = connection.prepare(
            "SELECT id, time_updated, (SELECT count(*) FROM part WHERE session_id = session.id)
                + (SELECT count(*) FROM message WHERE session_id = session.id)
            FROM session WHERE ?1 IS NULL OR id = ?1",
        )?;
        let row = |row: &Row<'_>| {
            let updated: Option<i64> = row.get(1)?;
            let updated = updated.and_then(|updated| u64::try_from(updated).ok());
            Ok(DatabaseSession {
                id: row.get(0)?,
                size: row.get::<_, i64>(2)?.unsigned_abs(),
                modified: updated.map(|updated| UNIX_EPOCH + Duration::from_millis(updated)),
            })
        };
        statement.query_map([id], row)?.collect()
    })
}

/// The session with this id; `None` where there is none any more.
pub(super) fn session(database: &Path, id: &str) -> io::Result<Option<(KeptSession, u64)>> {
    databases::with(database, |connection| {
        let Some(info) = info(connection, id)? else { return Ok(None) };
        let mut damaged = 0;
        let mut statement = connection
            .prepare_cached("SELECT id, data FROM message WHERE session_id = ?1 ORDER BY time_created, id")?;
        let mut rows = statement.query([id])?;
        let mut messages: Vec<(Value, Vec<Value>)> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        while let Some(row) = rows.next()? {
            let data = row.get_ref(1)?.as_str().ok();
            let mut message = data.and_then(|data| parsed(data, MESSAGE)).unwrap_or_else(|| {
                damaged += 1;
                json!({})
            });
            let id = row.get_ref(0)?.as_str()?;
            message["id"] = json!(id);
            places.insert(id.to_owned(), messages.len());
            messages.push((message, Vec::new()));
        }
        // Not joined with their messages, which would be copied for each part to be sorted with it.
        let mut statement = connection.prepare_cached(
            "SELECT message_id, data FROM part WHERE message_id IN (SELECT id FROM message WHERE session_id = ?1)
            ORDER BY message_id, id",
        )?;
        let mut rows = statement.query([id])?;
        while let Some(row) = rows.next()? {
            let Some(place) = places.get(row.get_ref(0)?.as_str()?) else { continue };
            // A row that was half written is passed over.
            let Ok(text) = row.get_ref(1)?.as_str() else {
                damaged += 1;
                continue;
            };
            match is_told(text).map(|is_told| is_told.then(|| parsed(text, PART))) {
                Ok(Some(Some(part))) => messages[*place].1.push(part),
                Ok(None) => {}
                Ok(Some(None)) | Err(Broken) => damaged += 1,
            }
        }
        Ok(Some((KeptSession { info, messages }, damaged)))
    })
}

/// Whether something of a part is told: most are snapshots, counts, and what the agent thought.
fn is_told(part: &str) -> Read<bool> {
    let mut is_told = false;
    whole_object(part.as_bytes(), |cursor, key| {
        if key == b"type" {
            is_told = matches!(cursor.value()?.bare(), b"text" | b"tool" | b"compaction" | b"subtask");
        }
        Ok(())
    })?;
    Ok(is_told)
}

/// What [`super::messages`] reads of a message. A user's has a summary with what the files held before and after.
const MESSAGE: WantedValue = WantedValue::Members(&[
    ("role", WantedValue::All),
    ("time", WantedValue::All),
    ("modelID", WantedValue::All),
    ("model", WantedValue::All),
    ("tokens", WantedValue::All),
    ("summary", WantedValue::Members(&[])),
    ("path", WantedValue::All),
    ("error", WantedValue::All),
]);

/// What is read of a part. What a tool says of its call beside the output repeats it, and the files.
const PART: WantedValue = WantedValue::Members(&[
    ("type", WantedValue::All),
    ("text", WantedValue::All),
    ("synthetic", WantedValue::All),
    ("ignored", WantedValue::All),
    ("command", WantedValue::All),
    ("tool", WantedValue::All),
    ("callID", WantedValue::All),
    (
        "state",
        WantedValue::Members(&[
            ("status", WantedValue::All),
            ("input", WantedValue::All),
            ("output", WantedValue::All),
            ("error", WantedValue::All),
            ("time", WantedValue::All),
            ("metadata", WantedValue::Members(&[("exit", WantedValue::All)])),
        ]),
    ),
]);

fn parsed(text: &str, wanted: WantedValue) -> Option<Value> {
    wanted.of(text).ok().filter(Value::is_object)
}

/// The row of a session, by the names that its document has. Older versions have fewer columns.
fn info(connection: &Connection, id: &str) -> rusqlite::Result<Option<Value>> {
    const COLUMNS: &[(&str, &str)] = &[
        ("id", "id"),
        ("parent_id", "parentID"),
        ("directory", "directory"),
        ("version", "version"),
        ("permission", "permission"),
        ("revert", "revert"),
        ("project_id", "projectID"),
    ];
    let mut statement = connection.prepare_cached("SELECT * FROM session WHERE id = ?1")?;
    let place = |(column, name): &(&str, &'static str)| Some((statement.column_index(column).ok()?, *name));
    let known: Vec<(usize, &str)> = COLUMNS.iter().filter_map(place).collect();
    let read = |row: &Row<'_>| {
        let mut info = Map::new();
        for (place, name) in &known {
            if let Some(text) = row.get::<_, Option<String>>(*place)? {
                let is_json = matches!(*name, "permission" | "revert");
                let value = if is_json { serde_json::from_str(&text).unwrap_or(Value::Null) } else { json!(text) };
                info.insert((*name).to_owned(), value);
            }
        }
        Ok(Value::Object(info))
    };
    let found = statement.query_row([id], read).optional()?;
    let Some(mut info) = found else { return Ok(None) };
    if info["directory"].as_str().is_none_or(str::is_empty)
        && let Some(project) = info["projectID"].as_str()
    {
        let root = connection.query_row("SELECT worktree FROM project WHERE id = ?1", [project], |row| row.get(0));
        // Not every version has the table.
        if let Ok(Some(root)) = root.optional() {
            let root: String = root;
            info["directory"] = json!(root);
        }
    }
    Ok(Some(info))
}
