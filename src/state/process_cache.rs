//! The log of executions as SQLite tables, an SQLite file of this user alone. Made from transcripts, commits and
//! `.backstory/process/log.jsonl`; it may be deleted at any time, and made again it has the same rows. Other programs may read it:
//! the view `execution_logs` is for them.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use rusqlite::{Connection, Transaction, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::damage::{files, is_damage};
use super::index::begin;
use crate::failpoint;
use crate::files::keep_private;
use crate::record::execution::{Execution, ExecutionLog, Phase, Run, Symbol};

/// Raised with the tables below.
const VERSION: i64 = 2;
/// How long to wait for another process that writes.
const BUSY: Duration = Duration::from_secs(5);

const TABLES: &str = "
CREATE TABLE kept (place INTEGER PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE phase (activity TEXT PRIMARY KEY, phase TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE run (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  case_kind TEXT NOT NULL,
  process TEXT NOT NULL,
  process_why TEXT NOT NULL,
  agent TEXT NOT NULL,
  agent_version TEXT NOT NULL,
  model TEXT NOT NULL,
  sessions TEXT NOT NULL,
  branch TEXT NOT NULL,
  commits TEXT NOT NULL,
  files TEXT NOT NULL,
  pull_request TEXT NOT NULL,
  rules_version INTEGER NOT NULL
);
CREATE TABLE event (
  number INTEGER PRIMARY KEY,
  run INTEGER NOT NULL,
  place INTEGER NOT NULL,
  activity TEXT NOT NULL,
  also TEXT NOT NULL,
  also_commands TEXT NOT NULL,
  actor TEXT NOT NULL,
  actor_name TEXT NOT NULL,
  tool TEXT NOT NULL,
  command TEXT NOT NULL,
  input TEXT NOT NULL,
  output TEXT NOT NULL,
  note TEXT NOT NULL,
  status TEXT NOT NULL,
  failure TEXT,
  started_at INTEGER,
  duration_ms INTEGER,
  duration_kind TEXT NOT NULL,
  files TEXT NOT NULL,
  source TEXT NOT NULL
);
CREATE INDEX event_of_run ON event (run);
CREATE VIEW execution_logs AS SELECT
  event.number AS id,
  run.process AS process_name,
  event.activity AS step_name,
  event.place AS step_order,
  CASE WHEN event.actor_name = '' THEN CASE event.actor WHEN 'not-known' THEN NULL ELSE event.actor END
       WHEN event.actor = 'agent' THEN 'agent:' || event.actor_name ELSE event.actor_name END AS actor,
  nullif(event.tool, '') AS tools_used,
  coalesce(nullif(event.input, ''), nullif(event.command, ''), nullif(event.files, '[]')) AS input_data,
  nullif(event.output, '') AS output_data,
  event.duration_ms / 60000.0 AS duration_minutes,
  nullif(event.note, '') AS notes,
  strftime('%Y-%m-%dT%H:%M:%fZ', event.started_at / 1000.0, 'unixepoch') AS logged_at
FROM event JOIN run ON run.number = event.run;
";

/// The log that was kept with this mark, and the lines kept beside it; `None` where there is none or another one.
///
/// # Errors
/// When the file is something else than a file.
pub(crate) fn read(path: &Path, mark: &str) -> anyhow::Result<Option<(ExecutionLog, Vec<String>)>> {
    refuse_others(path)?;
    if !path.exists() {
        return Ok(None);
    }
    // What cannot be read is made again.
    Ok(try_read(path, mark).unwrap_or(None))
}

fn try_read(path: &Path, mark: &str) -> anyhow::Result<Option<(ExecutionLog, Vec<String>)>> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY)?;
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if version != VERSION {
        return Ok(None);
    }
    let kept = texts(&connection)?;
    let Some((known, rest)) = kept.split_first().filter(|(known, _)| *known == mark) else { return Ok(None) };
    let _ = known;
    let mut log = ExecutionLog::default();
    read_phases(&connection, &mut log)?;
    read_runs(&connection, &mut log)?;
    Ok(Some((log, rest.to_vec())))
}

fn texts(connection: &Connection) -> anyhow::Result<Vec<String>> {
    let mut statement = connection.prepare("SELECT text FROM kept ORDER BY place")?;
    let rows = statement.query_map([], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn read_phases(connection: &Connection, log: &mut ExecutionLog) -> anyhow::Result<()> {
    let mut statement = connection.prepare("SELECT activity, phase FROM phase ORDER BY activity")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (activity, phase): (String, String) = (row.get(0)?, row.get(1)?);
        let activity = log.symbols.intern(&activity);
        log.phases.insert(activity, value::<Phase>(&phase)?);
    }
    Ok(())
}

fn read_runs(connection: &Connection, log: &mut ExecutionLog) -> anyhow::Result<()> {
    let mut events = connection.prepare("SELECT * FROM event ORDER BY number")?;
    let mut events = events.query([])?;
    let mut event = events.next()?;
    let mut statement = connection.prepare("SELECT * FROM run ORDER BY number")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let number: i64 = row.get("number")?;
        let mut text = |name: &str| -> anyhow::Result<Symbol> { Ok(log.symbols.intern(row.get_ref(name)?.as_str()?)) };
        let mut run = Run::new(text("id")?, value(row.get_ref("case_kind")?.as_str()?)?);
        run.process = text("process")?;
        run.process_why = text("process_why")?;
        run.agent = text("agent")?;
        run.agent_version = text("agent_version")?;
        run.model = text("model")?;
        run.branch = text("branch")?;
        run.pull_request = text("pull_request")?;
        run.sessions = symbols(log, row.get_ref("sessions")?.as_str()?)?;
        run.commits = symbols(log, row.get_ref("commits")?.as_str()?)?;
        run.files = symbols(log, row.get_ref("files")?.as_str()?)?;
        log.rules_version = row.get("rules_version")?;
        let mut of_run = Vec::new();
        while let Some(row) = event {
            if row.get::<_, i64>("run")? != number {
                break;
            }
            of_run.push(read_event(row, log)?);
            event = events.next()?;
        }
        log.push(run, of_run);
    }
    Ok(())
}

fn read_event(row: &rusqlite::Row<'_>, log: &mut ExecutionLog) -> anyhow::Result<Execution> {
    let mut text = |name: &str| -> anyhow::Result<Symbol> { Ok(log.symbols.intern(row.get_ref(name)?.as_str()?)) };
    let failure: Option<String> = row.get("failure")?;
    Ok(Execution {
        activity: text("activity")?,
        actor: value(row.get_ref("actor")?.as_str()?)?,
        actor_name: text("actor_name")?,
        tool: text("tool")?,
        command: text("command")?,
        input: text("input")?,
        output: text("output")?,
        note: text("note")?,
        status: value(row.get_ref("status")?.as_str()?)?,
        failure: failure.map(|failure| value(&failure)).transpose()?,
        started_at: row.get("started_at")?,
        duration_ms: row.get("duration_ms")?,
        duration_kind: value(row.get_ref("duration_kind")?.as_str()?)?,
        source: text("source")?,
        also: symbols(log, row.get_ref("also")?.as_str()?)?,
        also_commands: symbols(log, row.get_ref("also_commands")?.as_str()?)?,
        files: symbols(log, row.get_ref("files")?.as_str()?)?,
    })
}

fn symbols(log: &mut ExecutionLog, list: &str) -> anyhow::Result<Vec<Symbol>> {
    if list == "[]" {
        return Ok(Vec::new());
    }
    let texts: Vec<String> = serde_json::from_str(list)?;
    Ok(texts.iter().map(|text| log.symbols.intern(text)).collect())
}

/// Puts a log in the place of the one that is kept, with lines beside it.
///
/// # Errors
/// When the file cannot be written.
pub(crate) fn write(path: &Path, mark: &str, log: &ExecutionLog, beside: &[String]) -> anyhow::Result<()> {
    refuse_others(path)?;
    let written = match try_write(path, mark, log, beside) {
        Err(error) if is_damage(&error) => {
            files(path).for_each(|file| drop(fs::remove_file(file)));
            try_write(path, mark, log, beside)
        }
        written => written,
    };
    written.with_context(|| format!("{} could not be written; delete it, it is rebuilt", path.display()))
}

fn refuse_others(path: &Path) -> anyhow::Result<()> {
    for file in files(path) {
        if fs::symlink_metadata(&file).is_ok_and(|data| !data.is_file()) {
            anyhow::bail!("{} is not a regular file and is not opened; delete it, it is rebuilt", file.display());
        }
    }
    Ok(())
}

fn try_write(path: &Path, mark: &str, log: &ExecutionLog, beside: &[String]) -> anyhow::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut connection = Connection::open(path)?;
    keep_private(path)?;
    connection.busy_timeout(BUSY)?;
    let transaction = begin(&mut connection)?;
    clear(&transaction)?;
    for (place, text) in std::iter::once(mark).chain(beside.iter().map(String::as_str)).enumerate() {
        transaction.execute("INSERT INTO kept VALUES (?1, ?2)", params![place as i64, text])?;
    }
    let mut phases: Vec<(&str, Phase)> = log.phases.iter().map(|(name, phase)| (log.text(*name), *phase)).collect();
    phases.sort_unstable();
    for (activity, phase) in phases {
        transaction.execute("INSERT INTO phase VALUES (?1, ?2)", params![activity, word(&phase)?])?;
    }
    write_runs(&transaction, log)?;
    failpoint::reach("process-cache.write")?;
    transaction.commit()?;
    Ok(())
}

/// Empty tables of this version, whatever was there.
fn clear(transaction: &Transaction<'_>) -> anyhow::Result<()> {
    transaction.execute_batch(
        "DROP VIEW IF EXISTS execution_logs; DROP TABLE IF EXISTS kept; DROP TABLE IF EXISTS phase; DROP TABLE IF EXISTS run;
         DROP TABLE IF EXISTS event;",
    )?;
    transaction.execute_batch(TABLES)?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    Ok(())
}

fn write_runs(transaction: &Transaction<'_>, log: &ExecutionLog) -> anyhow::Result<()> {
    let mut add_run = transaction.prepare("INSERT INTO run VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14)")?;
    let mut add_event = transaction
        .prepare("INSERT INTO event VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20)")?;
    let text = |symbol: Symbol| log.text(symbol);
    let mut event_number: i64 = 0;
    for (number, run) in (1_i64..).zip(&log.runs) {
        add_run.execute(params![
            number,
            text(run.id),
            word(&run.case)?,
            text(run.process),
            text(run.process_why),
            text(run.agent),
            text(run.agent_version),
            text(run.model),
            list(log, &run.sessions)?,
            text(run.branch),
            list(log, &run.commits)?,
            list(log, &run.files)?,
            text(run.pull_request),
            log.rules_version,
        ])?;
        for (place, event) in (1_i64..).zip(log.events_of(run)) {
            event_number += 1;
            add_event.execute(params![
                event_number,
                number,
                place,
                text(event.activity),
                list(log, &event.also)?,
                list(log, &event.also_commands)?,
                word(&event.actor)?,
                text(event.actor_name),
                text(event.tool),
                text(event.command),
                text(event.input),
                text(event.output),
                text(event.note),
                word(&event.status)?,
                event.failure.as_ref().map(word).transpose()?,
                event.started_at,
                event.duration_ms,
                word(&event.duration_kind)?,
                list(log, &event.files)?,
                text(event.source),
            ])?;
        }
    }
    Ok(())
}

fn list(log: &ExecutionLog, symbols: &[Symbol]) -> anyhow::Result<String> {
    if symbols.is_empty() {
        return Ok("[]".to_owned());
    }
    Ok(serde_json::to_string(&symbols.iter().map(|symbol| log.text(*symbol)).collect::<Vec<_>>())?)
}

/// The word that a value has in JSON.
fn word(value: &impl Serialize) -> anyhow::Result<String> {
    Ok(serde_json::to_value(value)?.as_str().unwrap_or_default().to_owned())
}

fn value<T: DeserializeOwned>(word: &str) -> anyhow::Result<T> {
    Ok(serde_json::from_value(serde_json::Value::String(word.to_owned()))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::execution::{Actor, CaseKind, DurationKind, ExecutionStatus};
    use crate::record::session::FailureKind;

    fn log() -> ExecutionLog {
        let mut log = ExecutionLog { rules_version: u32::MAX, ..ExecutionLog::default() };
        let mut run = Run::new(log.symbols.intern("a#1"), CaseKind::Unit);
        run.process = log.symbols.intern("change");
        run.commits = vec![log.symbols.intern("c1"), log.symbols.intern("c\"2")];
        let tests = log.symbols.intern("run tests");
        log.phases.insert(tests, Phase::Verify);
        let also = vec![log.symbols.intern("lint")];
        let also_commands = vec![log.symbols.intern("make lint")];
        let event = Execution {
            activity: tests,
            also,
            also_commands,
            actor: Actor::Agent,
            actor_name: log.symbols.intern("x"),
            status: ExecutionStatus::Failed,
            failure: Some(FailureKind::Tests),
            started_at: Some(1_700_000_000_123),
            duration_ms: Some(90_000),
            duration_kind: DurationKind::Measured,
            ..Execution::default()
        };
        let plain = Execution { activity: log.symbols.intern("push"), ..Execution::default() };
        log.push(run, vec![event, plain]);
        let empty = Run::new(log.symbols.intern("b#1"), CaseKind::Logged);
        log.push(empty, Vec::new());
        log
    }

    fn told(log: &ExecutionLog) -> String {
        let event = |event: &Execution| {
            let texts: Vec<&str> = event.also.iter().chain(&event.also_commands).map(|one| log.text(*one)).collect();
            format!(
                "{} {texts:?} {} {:?} {:?} {:?} {:?}",
                log.text(event.activity),
                event.actor,
                event.status,
                event.failure,
                event.started_at,
                event.duration_ms
            )
        };
        let run = |run: &Run| {
            let commits: Vec<&str> = run.commits.iter().map(|one| log.text(*one)).collect();
            let events: Vec<String> = log.events_of(run).iter().map(event).collect();
            format!("{} {:?} {} {commits:?} {events:?}", log.text(run.id), run.case, log.text(run.process))
        };
        let phases: Vec<(&str, Phase)> = log.phases.iter().map(|(name, phase)| (log.text(*name), *phase)).collect();
        format!("{phases:?} {:?}", log.runs.iter().map(run).collect::<Vec<_>>())
    }

    #[test]
    fn a_log_is_read_back_as_it_was_and_only_with_its_mark() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x/process.db");
        assert!(read(&path, "m").unwrap().is_none());
        write(&path, "m", &log(), &["said".to_owned()]).unwrap();
        let (back, kept) = read(&path, "m").unwrap().unwrap();
        assert_eq!((told(&back), kept), (told(&log()), vec!["said".to_owned()]));
        assert!(read(&path, "other").unwrap().is_none());
        write(&path, "other", &ExecutionLog::default(), &[]).unwrap();
        assert!(read(&path, "m").unwrap().is_none());
        fs::write(&path, "not a database, and long enough to be looked at as one").unwrap();
        assert!(read(&path, "m").unwrap().is_none());
        write(&path, "m", &log(), &[]).unwrap();
        assert!(read(&path, "m").unwrap().is_some());
    }

    #[test]
    fn the_view_has_the_columns_that_others_know() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("process.db");
        write(&path, "m", &log(), &[]).unwrap();
        let connection = Connection::open(&path).unwrap();
        let statement = connection.prepare("SELECT * FROM execution_logs").unwrap();
        assert_eq!(
            statement.column_names().collect::<Vec<_>>(),
            [
                "id",
                "process_name",
                "step_name",
                "step_order",
                "actor",
                "tools_used",
                "input_data",
                "output_data",
                "duration_minutes",
                "notes",
                "logged_at"
            ]
        );
        let row: (i64, String, f64, String) = connection
            .query_row("SELECT step_order, actor, duration_minutes, logged_at FROM execution_logs", [], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })
            .unwrap();
        assert_eq!(row, (1, "agent:x".to_owned(), 1.5, "2023-11-14T22:13:20.123Z".to_owned()));
    }
}
