//! Sessions in the database: `session`, `message` and `part` (and of `project` the folder), and no other table.

use std::io;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use rusqlite::{Connection, OptionalExtension as _, Row};

use super::kept::{KeptInfo, KeptMessage, KeptSession};
use crate::capture::databases::{self, DatabaseSession};
use crate::capture::json::{Broken, Cursor, object_of};

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

/// The session with this id, and how many rows are damaged; `None` where there is none any more.
pub(super) fn session(database: &Path, id: &str) -> io::Result<Option<(KeptSession, u64)>> {
    databases::with(database, |connection| {
        let Some(info) = info(connection, id)? else { return Ok(None) };
        let mut damaged = 0;
        let mut statement = connection
            .prepare_cached("SELECT id, data FROM message WHERE session_id = ?1 ORDER BY time_created, id")?;
        let mut rows = statement.query([id])?;
        let mut messages = Vec::new();
        while let Some(row) = rows.next()? {
            let id = row.get_ref(0)?.as_str()?;
            let read = row.get_ref(1)?.as_str().map_err(|_| Broken).and_then(|data| object_of(data.as_bytes()));
            let message = read.and_then(|message| KeptMessage::of(Some(message), Some(id.to_owned())));
            messages.push(message.unwrap_or_else(|Broken| {
                damaged += 1;
                KeptMessage { id: Some(id.to_owned()), ..KeptMessage::default() }
            }));
        }
        let mut places: Vec<usize> = (0..messages.len()).collect();
        places.sort_unstable_by(|one, other| messages[*one].id.cmp(&messages[*other].id));
        // Not joined with their messages, which would be copied for each part to be sorted with it.
        let mut statement = connection.prepare_cached(
            "SELECT message_id, data FROM part WHERE message_id IN (SELECT id FROM message WHERE session_id = ?1)
            ORDER BY message_id, id",
        )?;
        let mut rows = statement.query([id])?;
        while let Some(row) = rows.next()? {
            let of = row.get_ref(0)?.as_str()?;
            let Ok(place) = places.binary_search_by(|place| messages[*place].id.as_deref().cmp(&Some(of))) else {
                continue;
            };
            let message = &mut messages[places[place]];
            // A row that was half written is passed over.
            let read = row.get_ref(1)?.as_str().map_err(|_| Broken).and_then(|data| object_of(data.as_bytes()));
            if read.and_then(|part| message.add(part, &info)).is_err() {
                damaged += 1;
            }
        }
        Ok(Some((KeptSession { info, messages }, damaged)))
    })
}

/// The row of a session. Older versions have fewer columns.
fn info(connection: &Connection, id: &str) -> rusqlite::Result<Option<KeptInfo>> {
    const COLUMNS: [&str; 7] = ["id", "parent_id", "directory", "version", "permission", "revert", "project_id"];
    let mut statement = connection.prepare_cached("SELECT * FROM session WHERE id = ?1")?;
    let places = COLUMNS.map(|column| statement.column_index(column).ok());
    let read = |row: &Row<'_>| {
        let text = |place: Option<usize>| -> rusqlite::Result<Option<&str>> {
            place.map_or(Ok(None), |place| Ok(row.get_ref(place)?.as_str_or_null()?))
        };
        let [id, parent, directory, version, permission, revert, project] = places;
        let owned = |place| Ok::<_, rusqlite::Error>(text(place)?.filter(|text| !text.is_empty()).map(str::to_owned));
        let [id, parent, directory, version] = [owned(id)?, owned(parent)?, owned(directory)?, owned(version)?];
        let info = KeptInfo { id, parent, directory, version, ..KeptInfo::default() };
        let json =
            |place| Ok::<_, rusqlite::Error>(text(place)?.and_then(|text| Cursor::new(text.as_bytes()).value().ok()));
        Ok((info.permitted(json(permission)?).reverted(json(revert)?), owned(project)?))
    };
    let Some((mut info, project)) = statement.query_row([id], read).optional()? else { return Ok(None) };
    if let (None, Some(project)) = (&info.directory, project) {
        let root = connection.query_row("SELECT worktree FROM project WHERE id = ?1", [project], |row| row.get(0));
        // Not every version has the table.
        info.directory = root.optional().ok().flatten();
    }
    Ok(Some(info))
}
