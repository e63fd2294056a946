//! As `promises.rs`, for agents that keep sessions as rows of a database: what stands in a row may be anything.

#![allow(unreachable_pub, reason = "each test file is a program of its own")]

use backstory::capture;
use rusqlite::Connection;

/// How an agent keeps a session: the file, the tables with a session `s-1`, and what adds one message. `?1` is the text (of a line, or
/// of all of it), `?2` its number, `?3` a role.
pub struct RowStore {
    pub file: &'static str,
    pub tables: &'static str,
    pub message: &'static str,
    pub by_lines: bool,
}

pub const CRUSH: RowStore = RowStore {
    file: "crush.db",
    tables: "CREATE TABLE goose_db_version (id INTEGER); CREATE TABLE files (id TEXT);
        CREATE TABLE sessions (id TEXT PRIMARY KEY, parent_session_id TEXT, updated_at INTEGER);
        CREATE TABLE messages (id TEXT PRIMARY KEY, session_id TEXT, role TEXT, parts TEXT, model TEXT, created_at INTEGER);
        INSERT INTO sessions VALUES ('s-1', NULL, 1754711740)",
    message: "INSERT INTO messages VALUES (?2, 's-1', ?3, ?1, 'm-1', 1754711740 + ?2)",
    by_lines: true,
};

pub const GOOSE: RowStore = RowStore {
    file: "sessions.db",
    tables: "CREATE TABLE schema_version (version INTEGER);
        CREATE TABLE sessions (id TEXT PRIMARY KEY, working_dir TEXT, session_type TEXT, updated_at TIMESTAMP,
            accumulated_input_tokens INTEGER, accumulated_output_tokens INTEGER, model_config_json TEXT);
        CREATE TABLE messages (id INTEGER PRIMARY KEY AUTOINCREMENT, session_id TEXT, role TEXT, content_json TEXT,
            created_timestamp INTEGER, metadata_json TEXT);
        INSERT INTO sessions VALUES ('s-1', '/w', 'user', '2026-01-02 03:04:05', 90, 7, '{\"model_name\":\"m-1\"}')",
    message: "INSERT INTO messages VALUES (?2, 's-1', ?3, ?1, 1767323045, '{}')",
    by_lines: true,
};

pub const ZED: RowStore = RowStore {
    file: "threads.db",
    tables: "CREATE TABLE threads (id TEXT PRIMARY KEY, summary TEXT NOT NULL, updated_at TEXT NOT NULL, data_type TEXT NOT NULL,
        data BLOB NOT NULL)",
    message: "INSERT INTO threads VALUES ('s-1', ?2 || ?3, '2026-01-02T03:05:00Z', 'json', ?1)",
    by_lines: false,
};

pub const OPENCODE: RowStore = RowStore {
    file: "opencode.db",
    tables: "CREATE TABLE session (id TEXT PRIMARY KEY, parent_id TEXT, directory TEXT, version TEXT, time_updated INTEGER);
        CREATE TABLE message (id TEXT PRIMARY KEY, session_id TEXT, time_created INTEGER, data TEXT);
        CREATE TABLE part (id TEXT PRIMARY KEY, message_id TEXT, session_id TEXT, data TEXT);
        INSERT INTO session VALUES ('s-1', NULL, '/w', '1.18.33', 1000);
        INSERT INTO message VALUES ('user', 's-1', 1, '{\"role\":\"user\"}'), ('assistant', 's-1', 2, '{\"role\":\"assistant\"}'),
            ('tool', 's-1', 3, '{\"role\":\"assistant\"}')",
    message: "INSERT INTO part VALUES (?2, ?3, 's-1', ?1)",
    by_lines: true,
};

/// A session in rows is read without a panic and belongs to itself; what is kept in the index is read again as it was.
pub fn stored_session(store: &RowStore, bytes: &[u8]) {
    let _ = read_stored(store, bytes);
}

/// The same, with how many calls were read.
#[allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a fuzz target has no other place for a file")]
pub fn read_stored(store: &RowStore, bytes: &[u8]) -> usize {
    let thread = format!("{:?}", std::thread::current().id()).replace(['(', ')'], "-");
    let folder = std::env::temp_dir().join(format!("rows-{}-{thread}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(store.file);
    let writer = Connection::open(&path).unwrap();
    writer.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF").unwrap();
    writer.execute_batch(&format!("BEGIN; {}", store.tables)).unwrap();
    let text = String::from_utf8_lossy(bytes);
    let texts: Vec<&str> = if store.by_lines { text.lines().collect() } else { vec![&*text] };
    for (number, text) in (0_u32..).zip(texts) {
        let role = ["user", "assistant", "tool"][number as usize % 3];
        writer.execute(store.message, (text, number, role)).unwrap();
    }
    writer.execute_batch("COMMIT").unwrap();
    drop(writer);
    let session = path.join("s-1");
    if let Ok((_, events)) = capture::read_events(&session) {
        assert_eq!(capture::decode(&capture::encode(&events)).as_deref(), Some(events.as_slice()));
    }
    let sessions = capture::read(&session).unwrap();
    assert_eq!(sessions.len(), 1);
    let calls = sessions.iter().flat_map(|session| &session.turns).map(|turn| turn.calls.len()).sum();
    for session in sessions {
        assert_eq!(capture::merge(vec![session.clone(), session]).len(), 1);
    }
    std::fs::remove_dir_all(&folder).unwrap();
    calls
}
