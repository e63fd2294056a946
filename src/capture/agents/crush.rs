//! Crush: a SQLite database in each repository (`.crush/crush.db`), with whole messages as rows of JSON. Fields as in a database of
//! August 2025 and the source of August 2026. The counts of tokens are those of the last request alone, so none is taken.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row};
use serde_json::Value;

use crate::capture::databases::{self, DatabaseSession, columns, database_of, has_tables};
use crate::capture::event::{
    ActionEvent, CallEnd, CallEvent, ChangeEvent, EditEvent, EventKind, Extent, PromptEvent, ResultEvent, SessionFacts,
    Standing, ends_of,
};
use crate::capture::events::Events;
use crate::capture::held::{HeldFact, SessionFact};
use crate::capture::places::{AgentFolder, AgentHomes};
use crate::capture::reader::Reader;
use crate::capture::search::FileSearch;
use crate::capture::time::milliseconds_since_1970;
use crate::record::agent::Agent;
use crate::record::session::{FailureKind, PromptSource, Skip};

pub(in crate::capture) struct Crush;

const TABLES: &[&str] = &["sessions", "messages", "files", "goose_db_version"];
const DENIED: &str = "User denied permission";
const STOPPED: &str = "Command was aborted before completion";
/// In the last line of what a command printed.
const EXIT: &str = "Exit code ";

impl Reader for Crush {
    fn agent(&self) -> Agent {
        Agent::known("crush")
    }

    fn version(&self) -> u32 {
        1
    }

    fn held(&self, fact: SessionFact) -> HeldFact {
        match fact {
            SessionFact::Version | SessionFact::Tokens | SessionFact::Forks => HeldFact::Absent,
            SessionFact::Cost => HeldFact::NotRead,
            SessionFact::Reasons => HeldFact::InPart("the reason is the next prompt"),
            _ => HeldFact::Read,
        }
    }

    fn recognises(&self, _: &[u8]) -> bool {
        false
    }

    fn only_grows(&self) -> bool {
        false
    }

    fn read_whole(&self, main: &Path, events: &mut Events) -> io::Result<()> {
        let Some((database, id)) = database_of(main) else { return Ok(()) };
        // The folder of the database is in the one that it works in.
        let data = database.parent().filter(|folder| folder.ends_with(".crush"));
        let cwd = data.and_then(Path::parent).map(|root| root.to_string_lossy().into_owned());
        databases::with(database, |connection| read(connection, id, cwd.clone(), events))
    }

    fn owns_database(&self, database: &Path) -> bool {
        has_tables(database, TABLES)
    }

    fn sessions_in(&self, database: &Path, id: Option<&str>) -> io::Result<Vec<DatabaseSession>> {
        if !has_tables(database, TABLES) {
            return Ok(Vec::new());
        }
        databases::with(database, |connection| {
            let mut statement = connection.prepare(
                "SELECT id, updated_at, (SELECT count(*) FROM messages WHERE session_id = sessions.id)
                FROM sessions WHERE ?1 IS NULL OR id = ?1",
            )?;
            let row = |row: &Row<'_>| {
                let updated = u64::try_from(row.get::<_, i64>(1)?).ok();
                Ok(DatabaseSession {
                    id: row.get(0)?,
                    size: row.get::<_, i64>(2)?.unsigned_abs(),
                    modified: updated.map(|updated| UNIX_EPOCH + Duration::from_millis(milliseconds(updated))),
                })
            };
            statement.query_map([id], row)?.collect()
        })
    }

    fn failures(&self) -> &'static [(&'static str, FailureKind)] {
        &[
            ("old_string not found", FailureKind::EditNoMatch),
            ("old_string appears multiple times", FailureKind::EditAmbiguous),
            ("has been modified since it was last read", FailureKind::EditStale),
            ("you must read the file before editing it", FailureKind::EditStale),
            ("file not found", FailureKind::FileMissing),
            ("File not found", FailureKind::FileMissing),
            ("is required", FailureKind::BadInput),
        ]
    }

    fn folders(&self, places: &AgentHomes) -> Vec<AgentFolder> {
        let database = database(places).filter(|database| database.is_file());
        let of = |database: PathBuf| AgentFolder { path: database.clone(), within: database, is_deep: false };
        database.map(of).into_iter().collect()
    }

    fn trees(&self, places: &AgentHomes) -> Vec<(usize, PathBuf)> {
        database(places).map(|database| (0, database)).into_iter().collect()
    }

    fn list(&self, folder: &Path, _: bool, search: &mut FileSearch) {
        search.add_rows(&self.agent(), folder, || self.sessions_in(folder, None));
    }

    fn find_named(&self, folder: &Path, id: &str) -> Option<PathBuf> {
        self.sessions_in(folder, Some(id)).ok()?.pop().map(|row| folder.join(row.id))
    }
}

fn database(places: &AgentHomes) -> Option<PathBuf> {
    places.in_root(".crush/crush.db")
}

/// The schema says milliseconds, and older versions wrote seconds.
fn milliseconds(time: u64) -> u64 {
    if time < 100_000_000_000 { time * 1000 } else { time }
}

fn time(time: i64) -> Option<Timestamp> {
    let milliseconds = milliseconds(u64::try_from(time).ok()?);
    milliseconds_since_1970(i64::try_from(milliseconds).ok()?)
}

fn read(connection: &Connection, id: &str, cwd: Option<String>, events: &mut Events) -> rusqlite::Result<()> {
    let mut statement = connection.prepare("SELECT parent_session_id FROM sessions WHERE id = ?1")?;
    let Some(parent) = statement.query_row([id], |row| row.get::<_, Option<String>>(0)).optional()? else {
        return Ok(());
    };
    let parent = parent.filter(|parent| !parent.is_empty());
    let is_subagent = parent.is_some();
    events.about(SessionFacts {
        session: Some(id.to_owned()),
        cwd: cwd.clone(),
        other: parent,
        subagent: is_subagent,
        ..SessionFacts::default()
    });
    let has_summaries = columns(connection, "messages", &["is_summary_message"])?[0];
    let summary = if has_summaries { "is_summary_message" } else { "0" };
    let mut statement = connection.prepare(&format!(
        "SELECT id, role, parts, model, created_at, {summary} FROM messages WHERE session_id = ?1 ORDER BY created_at, rowid"
    ))?;
    let mut rows = statement.query([id])?;
    let mut line = 0;
    while let Some(row) = rows.next()? {
        line += 1;
        let at = time(row.get(4)?);
        if let Some(at) = at {
            events.saw(at);
        }
        if row.get::<_, i64>(5)? != 0 {
            events.push(EventKind::Compaction { at });
            continue;
        }
        let Ok(Value::Array(parts)) = serde_json::from_str::<Value>(&row.get::<_, String>(2)?) else {
            events.push(EventKind::Skipped(Skip { line, why: "damaged JSON".to_owned() }));
            continue;
        };
        let message = CrushMessage { id: row.get(0)?, at, cwd: cwd.as_deref(), is_subagent };
        match row.get::<_, String>(1)?.as_str() {
            "user" => message.prompt(&parts, events),
            "assistant" => {
                if let Some(model) = row.get::<_, Option<String>>(3)?.filter(|model| !model.is_empty()) {
                    events.model(model.into());
                }
                parts.iter().for_each(|part| message.did(part, events));
            }
            "tool" => parts.iter().filter(|part| part["type"] == "tool_result").for_each(|part| {
                result(&part["data"], at, events);
            }),
            _ => {}
        }
    }
    Ok(())
}

struct CrushMessage<'a> {
    id: String,
    at: Option<Timestamp>,
    cwd: Option<&'a str>,
    is_subagent: bool,
}

impl CrushMessage<'_> {
    /// A person's own commands (`shell_command`) are not words.
    fn prompt(&self, parts: &[Value], events: &mut Events) {
        let texts = parts.iter().filter(|part| part["type"] == "text").filter_map(|part| part["data"]["text"].as_str());
        let text = texts.map(str::trim).filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n");
        if text.is_empty() {
            return;
        }
        events.push(EventKind::Prompt(Box::new(PromptEvent {
            id: Some(self.id.clone()),
            at: self.at,
            text,
            source: if self.is_subagent { PromptSource::Delegated } else { PromptSource::Typed },
            parent: 0,
            standing: Standing::Sure,
            away: false,
        })));
    }

    fn did(&self, part: &Value, events: &mut Events) {
        let data = &part["data"];
        match part["type"].as_str() {
            Some("text") => {
                if let Some(text) = data["text"].as_str().filter(|text| !text.trim().is_empty()) {
                    events.push(EventKind::Reply { text: text.to_owned() });
                }
            }
            Some("tool_call") => {
                let (Some(id), Some(tool)) = (data["id"].as_str(), data["name"].as_str()) else { return };
                let input = data["input"].as_str().and_then(|input| serde_json::from_str(input).ok());
                let action = action(tool, &input.unwrap_or(Value::Null), self.cwd);
                if !matches!(action, ActionEvent::Shell { .. }) {
                    events.wordless(id.as_bytes());
                }
                events.push(EventKind::Call(Box::new(CallEvent {
                    id: id.to_owned(),
                    at: self.at,
                    tool: tool.to_owned(),
                    action,
                    subagent: self.is_subagent,
                    ..CallEvent::default()
                })));
            }
            Some("finish") if data["reason"] == "canceled" => {
                events.push(EventKind::Interrupt { id: Some(self.id.clone()), at: self.at });
            }
            _ => {}
        }
    }
}

fn result(data: &Value, at: Option<Timestamp>, events: &mut Events) {
    let Some(call) = data["tool_call_id"].as_str() else { return };
    let content = data["content"].as_str().unwrap_or_default();
    let is_wordless = events.is_wordless(call.as_bytes());
    let last = content.trim_end().lines().next_back().unwrap_or_default();
    let code = last.strip_prefix(EXIT).filter(|_| !is_wordless).and_then(|code| code.parse::<i32>().ok());
    let end = match (data["is_error"] == true, code) {
        (true, _) if content.starts_with(DENIED) => CallEnd::Rejected { reason: None },
        (_, None) if !is_wordless && content.contains(STOPPED) => CallEnd::Interrupted,
        (true, _) => CallEnd::Failed,
        (false, Some(code)) if code != 0 => CallEnd::Failed,
        _ => CallEnd::Succeeded,
    };
    let is_kept = !is_wordless || end != CallEnd::Succeeded;
    events.push(EventKind::Result(Box::new(ResultEvent {
        call: call.to_owned(),
        at,
        end,
        exit_code: code,
        output: if is_kept && content != "no output" { ends_of(content.into()) } else { String::new() },
        commit: None,
        answer: None,
        process: None,
        failure: None,
    })));
}

fn action(tool: &str, input: &Value, cwd: Option<&str>) -> ActionEvent {
    let member = |name: &str| input[name].as_str().unwrap_or_default().to_owned();
    let replaced = |edit: &Value| EditEvent {
        path: member("file_path"),
        change: match edit["old_string"].as_str().unwrap_or_default() {
            // Without a text to be replaced it makes a file.
            "" => ChangeEvent::Write { text: edit["new_string"].as_str().unwrap_or_default().to_owned() },
            before => ChangeEvent::Replace {
                before: before.to_owned(),
                after: edit["new_string"].as_str().unwrap_or_default().to_owned(),
                everywhere: edit["replace_all"] == true,
            },
        },
    };
    match tool {
        "bash" => ActionEvent::Shell {
            command: member("command"),
            cwd: Some(member("working_dir")).filter(|cwd| !cwd.is_empty()).or_else(|| cwd.map(str::to_owned)),
            extent: Extent::Whole,
        },
        "edit" => ActionEvent::Edit(vec![replaced(input)]),
        "multiedit" => ActionEvent::Edit(input["edits"].as_array().into_iter().flatten().map(replaced).collect()),
        "write" => ActionEvent::Edit(vec![EditEvent {
            path: member("file_path"),
            change: ChangeEvent::Write { text: member("content") },
        }]),
        "agent" => ActionEvent::Delegate { prompt: member("prompt") },
        _ => ActionEvent::Other,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::record::session::{Action, Outcome};

    #[test]
    fn a_database_of_a_repository_is_read() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join(".crush")).unwrap();
        let path = root.path().join(".crush/crush.db");
        let writer = Connection::open(&path).unwrap();
        let text = |text: &str| format!(r#"[{{"type":"text","data":{{"text":"{text}"}}}}]"#);
        let call = |id: &str, name: &str, input: &str| {
            format!(
                r#"[{{"type":"tool_call","data":{{"id":"{id}","name":"{name}","input":"{}"}}}}]"#,
                input.replace('"', "\\\"")
            )
        };
        let result = |id: &str, content: &str, is_error: bool| {
            format!(
                r#"[{{"type":"tool_result","data":{{"tool_call_id":"{id}","content":"{content}","is_error":{is_error}}}}}]"#
            )
        };
        let shell = r#"[{"type":"shell_command","data":{"command":"ls","output":"a","exit_code":0}}]"#.to_owned();
        let canceled = r#"[{"type":"finish","data":{"reason":"canceled"}}]"#.to_owned();
        writer
            .execute_batch(
                "CREATE TABLE goose_db_version (id INTEGER); CREATE TABLE files (id TEXT);
                CREATE TABLE sessions (id TEXT PRIMARY KEY, parent_session_id TEXT, updated_at INTEGER);
                CREATE TABLE messages (id TEXT PRIMARY KEY, session_id TEXT, role TEXT, parts TEXT, model TEXT, created_at INTEGER);
                INSERT INTO sessions VALUES ('s-1', NULL, 1754711740)",
            )
            .unwrap();
        for (number, (role, parts)) in [
            ("user", text("round it")),
            ("user", shell),
            ("assistant", call("1", "edit", r#"{"file_path":"/w/a","old_string":"x","new_string":"y"}"#)),
            ("tool", result("1", "<result>done</result>", false)),
            ("assistant", call("2", "bash", r#"{"command":"make"}"#)),
            ("tool", result("2", "no\\nExit code 2", false)),
            ("assistant", call("3", "bash", r#"{"command":"rm -r x"}"#)),
            ("tool", result("3", "User denied permission", true)),
            ("assistant", "[{\"type\":".to_owned()),
            ("assistant", canceled),
        ]
        .into_iter()
        .enumerate()
        {
            writer
                .execute("INSERT INTO messages VALUES (?1, 's-1', ?2, ?3, 'm-1', ?1)", (number as i64, role, parts))
                .unwrap();
        }
        let places = AgentHomes { root: Some(root.path().to_owned()), ..AgentHomes::default() };
        let (found, problems) = crate::capture::find(&places);
        assert_eq!(problems, []);
        let session = crate::capture::read(&found[0].path).unwrap().remove(0);
        assert_eq!((session.id.as_str(), &session.models[..]), ("s-1", &["m-1".to_owned()][..]));
        assert_eq!(session.cwds, [root.path().to_string_lossy()]);
        assert_eq!((session.turns.len(), session.skipped.len()), (1, 1));
        let prompt = session.turns[0].prompt.as_ref().unwrap();
        assert_eq!(prompt.text.expose(), "round it");
        let calls = &session.turns[0].calls;
        assert!(matches!((&calls[0].action, &calls[0].outcome), (Action::Edit(_), Outcome::Succeeded { .. })));
        assert!(
            matches!(&calls[1].outcome, Outcome::Failed { exit_code: Some(2), .. }),
            "it is not an error for the agent"
        );
        assert!(matches!(&calls[2].outcome, Outcome::Rejected { reason: None }));
    }
}
