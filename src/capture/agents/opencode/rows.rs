//! Sessions in the database: `session`, `message` and `part` (and of `project` the folder), and no other table.

use std::io;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use rusqlite::{Connection, OptionalExtension as _, Row};
use serde_json::{Map, Value, json};

use super::kept::KeptSession;
use crate::capture::databases::{self, DatabaseSession, columns};

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
        let mut statement = connection.prepare(
            "SELECT message.id, message.data, part.data FROM message LEFT JOIN part ON part.message_id = message.id
            WHERE message.session_id = ?1 ORDER BY message.time_created, message.id, part.id",
        )?;
        let mut rows = statement.query([id])?;
        let mut messages: Vec<(Value, Vec<Value>)> = Vec::new();
        let mut last = String::new();
        while let Some(row) = rows.next()? {
            let of: String = row.get(0)?;
            if messages.is_empty() || of != last {
                let mut message = parsed(&row.get::<_, String>(1)?).unwrap_or_else(|| {
                    damaged += 1;
                    json!({})
                });
                message["id"] = json!(of);
                messages.push((message, Vec::new()));
                last = of;
            }
            match row.get::<_, Option<String>>(2)?.map(|part| parsed(&part)) {
                Some(Some(part)) => messages.last_mut().into_iter().for_each(|(_, parts)| parts.push(part.clone())),
                Some(None) => damaged += 1,
                None => {}
            }
        }
        Ok(Some((KeptSession { info, messages }, damaged)))
    })
}

fn parsed(text: &str) -> Option<Value> {
    serde_json::from_str::<Value>(text).ok().filter(Value::is_object)
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
    let wanted: Vec<&str> = COLUMNS.iter().map(|(column, _)| *column).collect();
    let known = columns(connection, "session", &wanted)?;
    let known: Vec<&(&str, &str)> =
        COLUMNS.iter().zip(known).filter(|(_, is_there)| *is_there).map(|(one, _)| one).collect();
    let list = known.iter().map(|(column, _)| format!("\"{column}\"")).collect::<Vec<_>>().join(", ");
    let read = |row: &Row<'_>| {
        let mut info = Map::new();
        for (place, (_, name)) in known.iter().enumerate() {
            if let Some(text) = row.get::<_, Option<String>>(place)? {
                let is_json = matches!(*name, "permission" | "revert");
                let value = if is_json { serde_json::from_str(&text).unwrap_or(Value::Null) } else { json!(text) };
                info.insert((*name).to_owned(), value);
            }
        }
        Ok(Value::Object(info))
    };
    let found = connection.query_row(&format!("SELECT {list} FROM session WHERE id = ?1"), [id], read).optional()?;
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
