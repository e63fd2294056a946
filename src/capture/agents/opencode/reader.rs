//! What is particular to OpenCode and Kilo, in one place: their versions, words and files.

use std::io;
use std::path::{Path, PathBuf};

use super::{documents, messages, rows};
use crate::capture::databases::{DatabaseSession, database_of, has_tables, with_tables};
use crate::capture::event::EventKind;
use crate::capture::events::Events;
use crate::capture::held::{HeldFact, SessionFact};
use crate::capture::places::{AgentFolder, AgentHomes};
use crate::capture::reader::Reader;
use crate::capture::search::{FileSearch, folders_in, has_extension};
use crate::record::agent::Agent;
use crate::record::session::{FailureKind, Skip};

/// A program of this family.
pub(in crate::capture) struct OpenCodeKind {
    agent: &'static str,
    /// Its folder among those of data.
    folder: &'static str,
    database: &'static str,
    /// The newest version of which sessions were at hand.
    newest: &'static str,
    /// A variable that names another database.
    variable: Option<&'static str>,
}

pub(in crate::capture) static OPENCODE: OpenCodeKind = OpenCodeKind {
    agent: "opencode",
    folder: "opencode",
    database: "opencode.db",
    newest: "1.18.33",
    variable: Some("OPENCODE_DB"),
};

pub(in crate::capture) static KILO: OpenCodeKind =
    OpenCodeKind { agent: "kilo", folder: "kilo", database: "kilo.db", newest: "7.7.9", variable: None };

const TABLES: &[&str] = &["session", "message", "part"];
/// Only Kilo has it.
const BOARD: &str = "kilo_board";

impl OpenCodeKind {
    fn is_kilo(&self) -> bool {
        self.agent == KILO.agent
    }

    fn data(&self, places: &AgentHomes) -> Option<PathBuf> {
        Some(places.data()?.join(self.folder))
    }

    /// The database, whether it is there or not.
    fn database(&self, places: &AgentHomes) -> Option<PathBuf> {
        let data = self.data(places)?;
        let named = self.variable.and_then(|variable| places.moved_by(variable));
        // A name without a folder lies where the others do.
        Some(named.map_or_else(|| data.join(self.database), |named| data.join(named)))
    }

    fn storage(&self, places: &AgentHomes) -> Option<PathBuf> {
        Some(self.data(places)?.join("storage/session")).filter(|_| !self.is_kilo())
    }
}

impl Reader for OpenCodeKind {
    fn agent(&self) -> Agent {
        Agent::known(self.agent)
    }

    fn version(&self) -> u32 {
        2
    }

    fn newest_seen(&self) -> Option<&'static str> {
        Some(self.newest)
    }

    fn held(&self, fact: SessionFact) -> HeldFact {
        match fact {
            SessionFact::Reasons if !self.is_kilo() => HeldFact::InPart("the reason is the next prompt"),
            SessionFact::Interrupts => HeldFact::InPart("a stopped `run` only leaves a call without an end"),
            SessionFact::Cost => HeldFact::NotRead,
            SessionFact::Forks => HeldFact::InPart("what was taken back; a fork is a copy that does not say so"),
            _ => HeldFact::Read,
        }
    }

    /// Exported sessions do not say which of the two wrote them.
    fn recognises(&self, head: &[u8]) -> bool {
        !self.is_kilo() && documents::recognises(head)
    }

    fn only_grows(&self) -> bool {
        false
    }

    fn read_whole(&self, main: &Path, events: &mut Events) -> io::Result<()> {
        let read = match database_of(main) {
            Some((database, id)) => rows::session(database, id)?,
            None => match documents::session(main) {
                Ok(read) => Some(read),
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(error),
                Err(error) => {
                    events.push(EventKind::Skipped(Skip { line: 1, why: error.to_string() }));
                    None
                }
            },
        };
        let Some((session, damaged)) = read else { return Ok(()) };
        messages::read(session, events);
        for _ in 0..damaged {
            events.push(EventKind::Skipped(Skip { line: 0, why: "damaged JSON".to_owned() }));
        }
        Ok(())
    }

    fn files_beside(&self, main: &Path) -> Vec<PathBuf> {
        if database_of(main).is_some() { Vec::new() } else { documents::files_beside(main) }
    }

    fn owns_database(&self, database: &Path) -> bool {
        with_tables(database, |tables| {
            TABLES.iter().all(|name| tables.contains(*name)) && tables.contains(BOARD) == self.is_kilo()
        })
    }

    fn sessions_in(&self, database: &Path, id: Option<&str>) -> io::Result<Vec<DatabaseSession>> {
        if has_tables(database, TABLES) { rows::sessions_in(database, id) } else { Ok(Vec::new()) }
    }

    fn failures(&self) -> &'static [(&'static str, FailureKind)] {
        &[
            ("Could not find oldString", FailureKind::EditNoMatch),
            ("oldString not found", FailureKind::EditNoMatch),
            ("apply_patch verification failed", FailureKind::EditNoMatch),
            ("Found multiple matches", FailureKind::EditAmbiguous),
            ("has been modified since it was last read", FailureKind::EditStale),
            ("You must read", FailureKind::EditStale),
            ("called with invalid arguments", FailureKind::BadInput),
            ("File not found", FailureKind::FileMissing),
            ("The user rejected permission", FailureKind::Permission),
            ("which prevents you from using", FailureKind::Permission),
        ]
    }

    fn folders(&self, places: &AgentHomes) -> Vec<AgentFolder> {
        let mut folders = Vec::new();
        if let Some(database) = self.database(places).filter(|database| database.is_file()) {
            folders.push(AgentFolder { path: database.clone(), within: database, is_deep: false });
        }
        if let Some(storage) = self.storage(places) {
            let of = |path| AgentFolder { path, within: storage.clone(), is_deep: false };
            folders.extend(folders_in(&storage).into_iter().map(of));
        }
        folders
    }

    fn trees(&self, places: &AgentHomes) -> Vec<(usize, PathBuf)> {
        let database = self.database(places).map(|database| (0, database));
        let storage = self.storage(places).map(|storage| (1, storage));
        database.into_iter().chain(storage).collect()
    }

    fn list(&self, folder: &Path, _: bool, search: &mut FileSearch) {
        if folder.is_file() {
            return search.add_rows(&self.agent(), folder, || self.sessions_in(folder, None));
        }
        for entry in search.read(folder) {
            let path = entry.path();
            if has_extension(&path, &["json"]) {
                search.add_entry(self.agent(), path, &entry);
            }
        }
    }

    fn find_named(&self, folder: &Path, id: &str) -> Option<PathBuf> {
        if folder.is_file() {
            return self.sessions_in(folder, Some(id)).ok()?.pop().map(|row| folder.join(row.id));
        }
        Some(folder.join(format!("{id}.json"))).filter(|path| path.exists())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use rusqlite::Connection;
    use serde_json::{Value, json};

    use super::*;
    use crate::capture::event::{ActionEvent, CallEnd, ChangeEvent};
    use crate::capture::reading::read_files;

    /// What is read of a session, a line each.
    fn lines(reader: &dyn Reader, main: &Path) -> Vec<String> {
        let events = read_files(reader, main).unwrap();
        events.iter().filter_map(|event| line(&event.0)).collect()
    }

    fn line(event: &EventKind) -> Option<String> {
        Some(match event {
            EventKind::About(about) => format!(
                "about {:?} {:?} {:?} of {:?}",
                about.session.as_deref()?,
                about.version.as_deref(),
                about.cwd.as_deref(),
                about.other.as_deref()
            ),
            EventKind::Prompt(prompt) => format!("{:?} {}", prompt.source, prompt.text),
            EventKind::Reply { text } => format!("reply {text}"),
            EventKind::Model { name } => format!("model {name}"),
            EventKind::Usage(usage) => format!("usage {} {}", usage.tokens.input, usage.tokens.output),
            EventKind::Call(call) => match &call.action {
                ActionEvent::Shell { command, cwd, .. } => format!("run {command} in {cwd:?}"),
                ActionEvent::Edit(edits) => {
                    let one = |edit: &EditLine| format!("edit {} {}", edit.path, told(&edit.change));
                    edits.iter().map(one).collect::<Vec<_>>().join(", ")
                }
                ActionEvent::Delegate { prompt } => format!("delegate {prompt}"),
                _ => format!("call {}", call.tool),
            },
            EventKind::Result(result) => {
                let end = match &result.end {
                    CallEnd::Rejected { reason } => format!("rejected {reason:?}"),
                    CallEnd::Succeeded => "done".to_owned(),
                    CallEnd::Failed => "failed".to_owned(),
                    CallEnd::Interrupted => "interrupted".to_owned(),
                    CallEnd::Collateral | CallEnd::Aborted => "other".to_owned(),
                };
                format!("{end} {:?} {:?}", result.exit_code, result.output.lines().next().unwrap_or_default())
            }
            EventKind::Interrupt { .. } => "interrupt".to_owned(),
            EventKind::Compaction { .. } => "compaction".to_owned(),
            EventKind::Rollback { turns } => format!("rollback {turns}"),
            EventKind::Skipped(skip) => format!("skipped {}", skip.why),
            _ => return None,
        })
    }

    type EditLine = crate::capture::event::EditEvent;

    fn told(change: &ChangeEvent) -> String {
        match change {
            ChangeEvent::Write { text } => format!("= {text:?}"),
            ChangeEvent::Replace { before, after, .. } => format!("{before:?} -> {after:?}"),
            _ => "otherwise".to_owned(),
        }
    }

    fn tool(name: &str, state: Value) -> Value {
        json!({"type": "tool", "tool": name, "callID": "c", "state": state})
    }

    fn said(text: &str) -> Value {
        json!({"type": "text", "text": text})
    }

    fn export(info: Value, messages: &[(Value, Vec<Value>)]) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let main = folder.path().join("a.json");
        let messages: Vec<Value> =
            messages.iter().map(|(message, parts)| json!({"info": message, "parts": parts})).collect();
        fs::write(&main, json!({"info": info, "messages": messages}).to_string()).unwrap();
        lines(&OPENCODE, &main)
    }

    #[test]
    fn what_the_agent_writes_is_told_from_what_a_person_says() {
        let user = |id: &str| json!({"role": "user", "id": id});
        let answer = json!({"role": "assistant", "id": "m2", "modelID": "m-1", "path": {"cwd": "/w"},
            "tokens": {"input": 8, "output": 2, "reasoning": 1, "cache": {"read": 4, "write": 0}}});
        let summary = json!({"role": "assistant", "id": "m5", "summary": true});
        let injected = json!({"type": "text", "text": "Go on.", "synthetic": true});
        let found = export(
            json!({"id": "ses_1", "slug": "x", "directory": "/w", "version": "1.18.33", "revert": {"messageID": "m7"}}),
            &[
                (user("m1"), vec![said("\"round to cents\""), injected.clone()]),
                (answer, vec![said("Done."), json!({"type": "reasoning", "text": "hm"})]),
                (user("m3"), vec![json!({"type": "compaction", "auto": true})]),
                (summary, vec![said("All that was said.")]),
                (user("m6"), vec![injected]),
                (user("m7"), vec![said("and undo this")]),
            ],
        );
        let expected = [
            "about \"ses_1\" Some(\"1.18.33\") Some(\"/w\") of None",
            "Typed round to cents",
            "model m-1",
            "usage 8 3",
            "reply Done.",
            "compaction",
            "Typed and undo this",
            "rollback 1",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn how_a_call_ended_is_known_by_more_than_its_status() {
        let run = |input: Value, state: Value| {
            let mut whole = json!({"input": input});
            state.as_object().unwrap().iter().for_each(|(key, value)| whole[key] = value.clone());
            whole
        };
        let bash = |state: Value| tool("bash", run(json!({"command": "make"}), state));
        let refused = "The user rejected permission to use this specific tool call";
        let stopped = "x\n<shell_metadata>\nUser aborted the command\n</shell_metadata>";
        let alone = json!([{"permission": "question", "pattern": "*", "action": "deny"}]);
        for (case, permission, part, expected) in [
            (
                "it ended with 1",
                json!(null),
                bash(json!({"status": "completed", "output": "no", "metadata": {"exit": 1}})),
                "failed Some(1) \"no\"",
            ),
            (
                "it ended with 0",
                json!(null),
                bash(json!({"status": "completed", "output": "(no output)", "metadata": {"exit": 0}})),
                "done Some(0) \"\"",
            ),
            (
                "stopped",
                json!(null),
                bash(json!({"status": "completed", "output": stopped, "metadata": {"exit": null}})),
                "interrupted None \"x\"",
            ),
            (
                "refused",
                json!(null),
                bash(json!({"status": "error", "error": format!("{refused}.")})),
                &format!("rejected None None {:?}", format!("{refused}.")),
            ),
            (
                "nobody was there",
                alone,
                bash(json!({"status": "error", "error": format!("{refused}.")})),
                &format!("failed None {:?}", format!("{refused}.")),
            ),
            (
                "refused with words",
                json!(null),
                bash(json!({"status": "error", "error": format!("{refused} with the following feedback: not here")})),
                &format!(
                    "rejected Some(\"not here\") None {:?}",
                    format!("{refused} with the following feedback: not here")
                ),
            ),
            (
                "an edit that missed",
                json!(null),
                tool(
                    "edit",
                    run(
                        json!({"filePath": "/w/a", "oldString": "x", "newString": "y"}),
                        json!({"status": "error", "error": "Could not find oldString in the file."}),
                    ),
                ),
                "failed None \"Could not find oldString in the file.\"",
            ),
            (
                "what it read is not kept",
                json!(null),
                tool("read", run(json!({"filePath": "/w/a"}), json!({"status": "completed", "output": "all of it"}))),
                "done None \"\"",
            ),
        ] {
            let info = json!({"id": "ses_1", "slug": "x", "permission": permission});
            let found = export(info, &[(json!({"role": "assistant", "id": "m1"}), vec![part])]);
            assert_eq!(found.last().map(String::as_str), Some(expected), "{case}");
        }
        let running = bash(json!({"status": "running"}));
        let aborted = json!({"role": "assistant", "id": "m1", "error": {"name": "MessageAbortedError"}});
        let found = export(json!({"id": "ses_1", "slug": "x"}), &[(aborted, vec![running])]);
        assert_eq!(found[1..], ["run make in None", "interrupt"]);
    }

    fn database(path: &Path, more: &str) -> Connection {
        let database = Connection::open(path).unwrap();
        database.pragma_update(None, "journal_mode", "WAL").unwrap();
        let schema = "CREATE TABLE session (id TEXT PRIMARY KEY, parent_id TEXT, directory TEXT, version TEXT, time_updated INTEGER);
            CREATE TABLE message (id TEXT PRIMARY KEY, session_id TEXT, time_created INTEGER, data TEXT);
            CREATE TABLE part (id TEXT PRIMARY KEY, message_id TEXT, session_id TEXT, data TEXT);
            CREATE TABLE account (token TEXT);
            INSERT INTO session VALUES ('ses_1', NULL, '/w', '1.18.33', 1000), ('ses_2', 'ses_1', '/w', '1.18.33', 2000);
            INSERT INTO message VALUES ('m1', 'ses_1', 1, '{\"role\":\"user\"}'), ('m2', 'ses_2', 2, '{\"role\":\"user\"}');
            INSERT INTO part VALUES ('p1', 'm1', 'ses_1', '{\"type\":\"text\",\"text\":\"round it\"}'),
                ('p2', 'm1', 'ses_1', '{\"type\":'), ('p3', 'm2', 'ses_2', '{\"type\":\"text\",\"text\":\"count the lines\"}');";
        database.execute_batch(&format!("{schema}{more}")).unwrap();
        database
    }

    #[test]
    fn a_database_has_a_path_for_each_of_its_sessions() {
        let home = tempfile::tempdir().unwrap();
        let data = home.path().join(".local/share/opencode");
        fs::create_dir_all(&data).unwrap();
        let path = data.join("opencode.db");
        let writer = database(&path, "");
        let places = AgentHomes { home: Some(home.path().to_owned()), ..AgentHomes::default() };
        let (found, problems) = crate::capture::find(&places);
        let found: Vec<(PathBuf, u64)> = found.into_iter().map(|one| (one.path, one.size)).collect();
        assert_eq!((found, problems), (vec![(path.join("ses_1"), 3), (path.join("ses_2"), 2)], Vec::new()));
        assert_eq!(
            lines(&OPENCODE, &path.join("ses_1")),
            ["about \"ses_1\" Some(\"1.18.33\") Some(\"/w\") of None", "Typed round it", "skipped damaged JSON"]
        );
        let subagent = crate::capture::read(&path.join("ses_2")).unwrap();
        assert!(crate::capture::is_subagent(&subagent[0]));
        assert_eq!(subagent[0].other_ids, ["ses_1"]);
        let folders = places.folders();
        let state = || folders.iter().find_map(|folder| folder.state_of(&path.join("ses_1"))).unwrap();
        let before = state();
        writer.execute_batch("INSERT INTO part VALUES ('p4', 'm1', 'ses_1', '{}')").unwrap();
        assert_eq!(state().0, before.0 + 1);
        let named = crate::capture::find_named(&folders, &Agent::known("opencode"), "ses_1xx");
        assert!(named.is_none());
    }

    #[test]
    fn a_database_is_of_the_program_that_made_it() {
        let home = tempfile::tempdir().unwrap();
        let [one, other] = ["a.db", "b.db"].map(|name| home.path().join(name));
        drop(database(&one, ""));
        drop(database(&other, "CREATE TABLE kilo_board (id TEXT);"));
        let whose = |path: &Path| [&OPENCODE, &KILO].map(|reader| reader.owns_database(path));
        assert_eq!((whose(&one), whose(&other)), ([true, false], [false, true]));
        let (found, problems) = crate::capture::find_in_folder(home.path());
        let agents: Vec<&str> = found.iter().map(|one| one.agent.as_str()).collect();
        assert_eq!((agents, problems), (vec!["opencode", "opencode", "kilo", "kilo"], Vec::new()));
        // Also where another stands in its place.
        let read = |path: &Path| crate::capture::read(&path.join("ses_1")).unwrap()[0].agent.to_string();
        assert_eq!([read(&one), read(&other), read(&one)], ["opencode", "kilo", "opencode"]);
        fs::rename(&other, &one).unwrap();
        assert_eq!(read(&one), "kilo");
    }

    #[test]
    fn a_session_in_files_is_read_with_the_files_of_its_messages() {
        let home = tempfile::tempdir().unwrap();
        let storage = home.path().join(".local/share/opencode/storage");
        for (name, text) in [
            ("session/global/ses_1.json", r#"{"id":"ses_1","projectID":"global","directory":"/w","version":"0.9.1"}"#),
            ("message/ses_1/msg_2.json", r#"{"id":"msg_2","role":"assistant","modelID":"m-1","time":{"created":2}}"#),
            ("message/ses_1/msg_1.json", r#"{"id":"msg_1","role":"user","time":{"created":1}}"#),
            ("part/msg_1/prt_1.json", r#"{"type":"text","text":"round it"}"#),
            ("part/msg_2/prt_2.json", r#"{"type":"#),
            ("part/msg_2/prt_3.json", r#"{"type":"text","text":"Done."}"#),
        ] {
            let path = storage.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let places = AgentHomes { home: Some(home.path().to_owned()), ..AgentHomes::default() };
        let (found, _) = crate::capture::find(&places);
        assert_eq!(found.len(), 1);
        let expected = [
            "about \"ses_1\" Some(\"0.9.1\") Some(\"/w\") of None",
            "Typed round it",
            "model m-1",
            "reply Done.",
            "skipped damaged JSON",
        ];
        assert_eq!(lines(&OPENCODE, &found[0].path), expected);
        assert!(OPENCODE.recognises(&fs::read(&found[0].path).unwrap()));
    }
}
