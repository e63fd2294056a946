//! Kiro, the command line program: one JSON object a line in `~/.kiro/sessions/cli/ID.jsonl`, and `ID.json` beside it, which says the
//! folder, the model and whose subagent it is. Fields as in its source of 2026 (version 2 of the program, `v1` of the lines). What
//! older versions kept lies in a database with credentials, which is not opened.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::Value;

use crate::capture::event::{
    ActionEvent, CallEnd, CallEvent, ChangeEvent, EditEvent, EventKind, Extent, PromptEvent, ResultEvent, SessionFacts,
    ends_of,
};
use crate::capture::events::Events;
use crate::capture::held::{HeldFact, SessionFact};
use crate::capture::lines::{first_lines, without_mark};
use crate::capture::places::{AgentFolder, AgentHomes};
use crate::capture::reader::Reader;
use crate::capture::search::{FileSearch, has_extension};
use crate::capture::time::seconds_since_1970;
use crate::record::agent::Agent;
use crate::record::session::{FailureKind, PromptSource, Skip, Tokens};

pub(in crate::capture) struct Kiro;

impl Reader for Kiro {
    fn agent(&self) -> Agent {
        Agent::known("kiro")
    }

    fn version(&self) -> u32 {
        1
    }

    fn held(&self, fact: SessionFact) -> HeldFact {
        match fact {
            SessionFact::Rejections => HeldFact::InPart("a call that a person refused looks like one that was stopped"),
            SessionFact::Reasons => HeldFact::InPart("the reason is the next prompt"),
            SessionFact::Interrupts => HeldFact::InPart("only of a call that ran"),
            SessionFact::Models => HeldFact::InPart("the one that was chosen last"),
            SessionFact::Tokens => HeldFact::InPart("of the whole session, not of each prompt"),
            SessionFact::Forks => HeldFact::InPart("what was taken back"),
            SessionFact::Version => HeldFact::Absent,
            SessionFact::Cost => HeldFact::NotRead,
            _ => HeldFact::Read,
        }
    }

    fn recognises(&self, head: &[u8]) -> bool {
        let first = first_lines(head).next().and_then(|line| serde_json::from_slice::<Value>(line).ok());
        first.is_some_and(|line| {
            line["version"] == "v1" && line["kind"] == "Prompt" && line["data"]["message_id"].is_string()
        })
    }

    /// The file beside it is rewritten with each turn.
    fn only_grows(&self) -> bool {
        false
    }

    fn read_whole(&self, main: &Path, events: &mut Events) -> io::Result<()> {
        let text = fs::read(main)?;
        let beside = fs::read(manifest_of(main)).ok();
        let manifest = beside.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
        let id = main.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        let mut log = KiroLog::begin(id, &manifest, events);
        let lines = without_mark(&text).split(|byte| *byte == b'\n').zip(1_u64..);
        for (line, number) in lines.filter(|(line, _)| !line.trim_ascii().is_empty()) {
            match serde_json::from_slice(line) {
                Ok(entry) => log.entry(&entry, events),
                Err(_) => events.push(EventKind::Skipped(Skip { line: number, why: "damaged JSON".to_owned() })),
            }
            log.entries += 1;
        }
        Ok(())
    }

    fn files_beside(&self, main: &Path) -> Vec<PathBuf> {
        Some(manifest_of(main)).filter(|path| path.exists()).into_iter().collect()
    }

    fn failures(&self) -> &'static [(&'static str, FailureKind)] {
        &[
            ("old_str was not found in the file", FailureKind::EditNoMatch),
            ("no occurrences of \"", FailureKind::EditNoMatch),
            ("occurrences of old_str were found when only 1", FailureKind::EditAmbiguous),
            ("The provided path must exist", FailureKind::FileMissing),
            ("matches one or more rules on the denied list", FailureKind::Permission),
            ("the arguments supplied were forbidden", FailureKind::Permission),
        ]
    }

    fn folders(&self, places: &AgentHomes) -> Vec<AgentFolder> {
        let of = |path: PathBuf| AgentFolder { path: path.clone(), within: path, is_deep: false };
        sessions(places).filter(|sessions| sessions.is_dir()).map(of).into_iter().collect()
    }

    fn trees(&self, places: &AgentHomes) -> Vec<(usize, PathBuf)> {
        sessions(places).map(|sessions| (0, sessions)).into_iter().collect()
    }

    fn list(&self, folder: &Path, deep: bool, search: &mut FileSearch) {
        search.files_of(&self.agent(), folder, deep, false);
    }

    fn find_named(&self, folder: &Path, id: &str) -> Option<PathBuf> {
        Some(folder.join(format!("{id}.jsonl"))).filter(|path| path.exists())
    }

    fn describes_another(&self, file: &Path) -> bool {
        let is_here = file.parent().is_some_and(|folder| folder.ends_with("cli"));
        is_here && has_extension(file, &["json"]) && file.with_extension("jsonl").exists()
    }
}

fn sessions(places: &AgentHomes) -> Option<PathBuf> {
    let moved = places.moved_by("KIRO_HOME").map(Path::to_owned);
    Some(moved.or_else(|| Some(places.home.as_ref()?.join(".kiro")))?.join("sessions/cli"))
}

fn manifest_of(main: &Path) -> PathBuf {
    main.with_extension("json")
}

/// Written in the agent's name after a call was stopped.
const AFTER_STOP: &str = "Tool uses were interrupted, waiting for the next user prompt";
/// Of a call that was stopped: at the question whether it may run, or while it ran.
const STOPPED: &str = "Tool use was cancelled by the user";
const DENIED: &str = "Tool use was denied by the user.";
/// What the program itself gives as the reason where nobody was asked for one.
const NO_REASONS: &[&str] = &["", "User denied tool execution", "User cancelled", "Unknown response"];
/// Of calls beside one that was refused.
const NOT_RUN: &[&str] = &["Tool use was approved, but did not execute", "Tool use was not executed"];

/// What sessions of versions before 2 have beside the results of such calls: that they were stopped, what the person said at the
/// question in place of an answer, or that a rule does not allow them.
const STOPPED_BEFORE_2: &str = "The user interrupted the tool execution.";
const DENIED_WITHOUT_WORDS: &str = "I deny this tool request. Ask a follow up question clarifying the expected action";
const FORBIDDEN: &str = " was rejected because the arguments supplied were forbidden";
/// Prompts that the program wrote.
const INJECTED: &[&str] = &[
    "In a few words, summarize our conversation so far.",
    "You took too long to respond - try to split up the work into smaller steps.",
    "The conversation history has overflowed, clearing state",
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum StoppedBy {
    Interrupt,
    AtTheQuestion,
    Rule,
}

impl StoppedBy {
    /// By what stands beside the results of calls that were stopped.
    fn of(said: &str) -> Self {
        match said {
            "" | STOPPED_BEFORE_2 => Self::Interrupt,
            rule if rule.ends_with(FORBIDDEN) => Self::Rule,
            _ => Self::AtTheQuestion,
        }
    }
}

/// Where the reading of a session is.
struct KiroLog {
    cwd: Option<String>,
    is_subagent: bool,
    /// Lines so far.
    entries: u64,
    /// At which of them the prompts stand that were not taken back.
    prompts: Vec<u64>,
    /// Whether the last one is a prompt.
    ends_with_prompt: bool,
}

impl KiroLog {
    fn begin(id: Option<String>, manifest: &Value, events: &mut Events) -> Self {
        let text = |name: &str| manifest[name].as_str().map(str::to_owned);
        let parent = text("parent_session_id");
        let is_subagent = parent.is_some();
        let cwd = text("cwd");
        events.about(SessionFacts {
            session: id,
            cwd: cwd.clone(),
            other: parent,
            subagent: is_subagent,
            ..SessionFacts::default()
        });
        for at in ["created_at", "updated_at"] {
            if let Some(at) = manifest[at].as_str().and_then(|at| at.parse::<Timestamp>().ok()) {
                events.saw(at);
            }
        }
        let state = &manifest["session_state"];
        // `auto` leaves the choice to the service, which does not say what it took.
        let model = state["rts_model_state"]["model_info"]["model_id"].as_str().filter(|model| *model != "auto");
        if let Some(model) = model {
            events.model(model.into());
        }
        let turns = state["conversation_metadata"]["user_turn_metadatas"].as_array();
        let sum = |name: &str| -> u64 {
            let counts = turns.into_iter().flatten().filter_map(|turn| turn[name].as_u64());
            counts.fold(0, u64::saturating_add)
        };
        let tokens = Tokens { input: sum("input_token_count"), output: sum("output_token_count"), ..Tokens::default() };
        if !tokens.is_zero() {
            events.push(EventKind::Total(tokens));
        }
        Self { cwd, is_subagent, entries: 0, prompts: Vec::new(), ends_with_prompt: false }
    }

    fn entry(&mut self, entry: &Value, events: &mut Events) {
        let data = &entry["data"];
        let parts = data["content"].as_array().map(Vec::as_slice).unwrap_or_default();
        let ended_with_prompt = std::mem::take(&mut self.ends_with_prompt);
        match entry["kind"].as_str().unwrap_or_default() {
            "Prompt" => {
                self.prompt(words(parts), &data["meta"]["timestamp"], events);
            }
            "AssistantMessage" => {
                let text = words(parts);
                if !text.is_empty() && text != AFTER_STOP {
                    events.push(EventKind::Reply { text });
                }
                parts.iter().for_each(|part| self.call(part, events));
            }
            "ToolResults" => {
                let said = words(parts);
                let stop = StoppedBy::of(&said);
                parts.iter().for_each(|part| result(part, stop, events));
                let is_answer = stop == StoppedBy::AtTheQuestion && said != DENIED_WITHOUT_WORDS;
                if is_answer && parts.iter().any(|part| told(&part["data"]) == STOPPED) {
                    self.prompt(said, &Value::Null, events);
                }
            }
            "Compaction" => events.push(EventKind::Compaction { at: None }),
            "CancelledPrompt" if ended_with_prompt => self.take_back(self.prompts.len().saturating_sub(1), events),
            "ResetTo" => {
                let target = data["target_index"].as_u64().unwrap_or(u64::MAX);
                self.take_back(self.prompts.partition_point(|prompt| *prompt < target), events);
            }
            _ => {}
        }
    }

    fn prompt(&mut self, text: String, seconds: &Value, events: &mut Events) {
        let at = seconds.as_i64().and_then(seconds_since_1970);
        if let Some(at) = at {
            events.saw(at);
        }
        if text.is_empty() || INJECTED.contains(&text.as_str()) {
            return;
        }
        self.prompts.push(self.entries);
        self.ends_with_prompt = true;
        let mut prompt = PromptEvent::typed(text, at);
        if self.is_subagent {
            prompt.source = PromptSource::Delegated;
        }
        events.push(EventKind::Prompt(Box::new(prompt)));
    }

    /// All prompts but the first ones.
    fn take_back(&mut self, kept: usize, events: &mut Events) {
        let turns = u32::try_from(self.prompts.len().saturating_sub(kept)).unwrap_or(u32::MAX);
        if turns > 0 {
            self.prompts.truncate(kept);
            events.push(EventKind::Rollback { turns });
        }
    }

    fn call(&self, part: &Value, events: &mut Events) {
        let call = &part["data"];
        let (Some(id), Some(tool)) = (call["toolUseId"].as_str(), call["name"].as_str()) else { return };
        if part["kind"] != "toolUse" {
            return;
        }
        let action = self.action(tool, &call["input"]);
        if !matches!(action, ActionEvent::Shell { .. }) {
            events.wordless(id.as_bytes());
        }
        events.push(EventKind::Call(Box::new(CallEvent {
            id: id.to_owned(),
            tool: tool.to_owned(),
            action,
            subagent: self.is_subagent,
            ..CallEvent::default()
        })));
    }

    fn action(&self, tool: &str, input: &Value) -> ActionEvent {
        let member =
            |names: &[&str]| names.iter().find_map(|name| input[*name].as_str()).unwrap_or_default().to_owned();
        let edit = |change: ChangeEvent| ActionEvent::Edit(vec![EditEvent { path: member(&["path"]), change }]);
        match (tool, input["command"].as_str().unwrap_or_default()) {
            ("execute_bash" | "execute_cmd" | "shell", command) => {
                let named = input["working_dir"].as_str().filter(|folder| !folder.is_empty());
                let within = |folder: &str| {
                    let base = self.cwd.as_ref().map(Path::new).unwrap_or(Path::new(""));
                    base.join(folder).to_string_lossy().into_owned()
                };
                let cwd = named.map(within).or_else(|| self.cwd.clone());
                ActionEvent::Shell { command: command.to_owned(), cwd, extent: Extent::Whole }
            }
            ("fs_write" | "write", "create") => {
                edit(ChangeEvent::Write { text: member(&["content", "file_text", "new_str"]) })
            }
            ("fs_write" | "write", "strReplace" | "str_replace") => edit(ChangeEvent::Replace {
                before: member(&["oldStr", "old_str"]),
                after: member(&["newStr", "new_str"]),
                everywhere: input["replaceAll"] == true,
            }),
            ("fs_write" | "write", "insert" | "append") => edit(ChangeEvent::Replace {
                before: String::new(),
                after: member(&["content", "newStr", "new_str"]),
                everywhere: false,
            }),
            _ => ActionEvent::Other,
        }
    }
}

/// A part of a message to the agent, where it is the result of a call.
fn result(part: &Value, stop: StoppedBy, events: &mut Events) {
    let data = &part["data"];
    let Some(call) = data["toolUseId"].as_str().filter(|_| part["kind"] == "toolResult") else { return };
    let text = told(data);
    let items = data["content"].as_array().map(Vec::as_slice).unwrap_or_default();
    let of_command = items.iter().map(|item| &item["data"]).find(|data| data.get("exit_status").is_some());
    // A long one is cut, and is not JSON then.
    let of_command = of_command.cloned().or_else(|| serde_json::from_str(&text).ok()).unwrap_or_default();
    // Of a command that was killed it says the signal.
    let status = &of_command["exit_status"];
    let code = exit_code(status);
    let denied = text.strip_prefix(DENIED).map(|reason| reason.trim().trim_start_matches("Reason: "));
    let end = match denied {
        Some(reason) => {
            let reason = Some(reason).filter(|reason| !NO_REASONS.contains(reason)).map(str::to_owned);
            CallEnd::Rejected { reason }
        }
        None if text == STOPPED => match stop {
            StoppedBy::Interrupt => CallEnd::Interrupted,
            StoppedBy::AtTheQuestion => CallEnd::Rejected { reason: None },
            StoppedBy::Rule => CallEnd::Failed,
        },
        None if NOT_RUN.contains(&text.as_str()) => CallEnd::Collateral,
        None if data["status"] == "error" || !status.is_null() && code != Some(0) => CallEnd::Failed,
        None => CallEnd::Succeeded,
    };
    if end == CallEnd::Interrupted {
        events.push(EventKind::Interrupt { id: Some(call.to_owned()), at: None });
    }
    let printed = match status.is_null() {
        _ if stop == StoppedBy::Rule && text == STOPPED => FORBIDDEN.trim().to_owned(),
        false => {
            let streams = ["stdout", "stderr"].map(|name| of_command[name].as_str().unwrap_or_default().trim_end());
            streams.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n")
        }
        true => text,
    };
    let is_kept = matches!(end, CallEnd::Failed) || end == CallEnd::Succeeded && !events.is_wordless(call.as_bytes());
    events.push(EventKind::Result(Box::new(ResultEvent {
        exit_code: code,
        output: if is_kept { ends_of(printed.into()) } else { String::new() },
        ..ResultEvent::new(call.to_owned(), None, end)
    })));
}

/// The words of a result.
fn told(data: &Value) -> String {
    let items = data["content"].as_array().into_iter().flatten();
    items.filter_map(|item| item["data"].as_str()).collect::<Vec<_>>().join("\n")
}

/// As a number, or as the system words it: `exit status: 1`, `exit code: 1`.
fn exit_code(status: &Value) -> Option<i32> {
    let said = || status.as_str()?.rsplit(' ').next()?.parse::<i64>().ok();
    status.as_i64().or_else(said).and_then(|code| i32::try_from(code).ok())
}

/// The words of a message.
fn words(parts: &[Value]) -> String {
    let texts = parts.iter().filter(|part| part["kind"] == "text").filter_map(|part| part["data"].as_str());
    texts.map(str::trim).filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::capture::reading::detect;
    use crate::record::session::{Action, Outcome};

    fn entry(kind: &str, data: Value) -> Value {
        json!({"version": "v1", "kind": kind, "data": data})
    }

    fn said(kind: &str, text: &str) -> Value {
        entry(
            kind,
            json!({"message_id": "m", "content": [{"kind": "text", "data": text}], "meta": {"timestamp": 1767323045}}),
        )
    }

    fn call(id: &str, name: &str, input: Value) -> Value {
        let call = json!({"toolUseId": id, "name": name, "input": input});
        entry("AssistantMessage", json!({"message_id": "m", "content": [{"kind": "toolUse", "data": call}]}))
    }

    fn became(id: &str, status: &str, item: Value) -> Value {
        let told = json!({"toolUseId": id, "content": [item], "status": status});
        let content = json!([{"kind": "toolResult", "data": told}]);
        entry("ToolResults", json!({"message_id": "m", "content": content, "results": {}}))
    }

    fn text(text: &str) -> Value {
        json!({"kind": "text", "data": text})
    }

    #[test]
    fn a_session_is_read_with_what_became_of_each_call() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("moved/sessions/cli");
        fs::create_dir_all(&folder).unwrap();
        let exit =
            json!({"kind": "json", "data": {"exit_status": "exit status: 2", "stdout": "1 failed\n", "stderr": ""}});
        let replaced = |before: &str| json!({"command": "strReplace", "path": "a", "oldStr": before, "newStr": "y"});
        let lines = [
            said("Prompt", "round it"),
            call("1", "write", replaced("x")),
            became("1", "success", text("Successfully replaced 1 occurrence(s) in /w/a.")),
            call("2", "shell", json!({"command": "make test", "working_dir": "src"})),
            became("2", "success", exit),
            call("3", "fs_write", replaced("q")),
            became("3", "error", text("The provided old_str was not found in the file")),
            call("4", "shell", json!({"command": "rm -r x"})),
            became("4", "error", text("Tool use was denied by the user. Reason: User denied tool execution")),
            call("5", "shell", json!({"command": "sleep 9"})),
            became("5", "error", text(STOPPED)),
            said("AssistantMessage", AFTER_STOP),
            call("6", "execute_bash", json!({"command": "kill 0"})),
            became(
                "6",
                "success",
                json!({"kind": "json", "data": {"exit_status": "signal: 9 (SIGKILL)", "stdout": "", "stderr": "out"}}),
            ),
            said("Prompt", "a wrong way"),
            said("AssistantMessage", "gone there"),
            entry("ResetTo", json!({"target_index": 14})),
            said("Prompt", "by mistake"),
            json!({"version": "v1", "kind": "CancelledPrompt"}),
            said("Prompt", "now the other"),
            call("7", "execute_bash", json!({"command": "rm y"})),
            entry(
                "ToolResults",
                json!({"message_id": "m", "results": {}, "content": [
                {"kind": "toolResult", "data": {"toolUseId": "7", "content": [text(STOPPED)], "status": "error"}},
                text("no, keep y")]}),
            ),
            said("AssistantMessage", "done"),
        ];
        let mut lines: String = lines.iter().map(|line| format!("{line}\n")).collect();
        assert_eq!(detect(lines.as_bytes()).map(|agent| agent.to_string()).as_deref(), Some("kiro"));
        lines.push_str("{\"version\":\n");
        fs::write(folder.join("1a.jsonl"), &lines).unwrap();
        let turn = json!({"input_token_count": 100, "output_token_count": 50});
        let manifest = json!({"session_id": "1a", "cwd": "/w", "created_at": "2026-01-02T03:04:05Z",
            "updated_at": "2026-01-02T04:04:05Z", "session_state": {
                "rts_model_state": {"model_info": {"model_id": "m-1"}},
                "conversation_metadata": {"user_turn_metadatas": [turn.clone(), turn]}}});
        fs::write(folder.join("1a.json"), manifest.to_string()).unwrap();
        fs::write(folder.join("2b.jsonl"), said("Prompt", "look").to_string()).unwrap();
        fs::write(folder.join("2b.json"), json!({"cwd": "/w", "parent_session_id": "1a"}).to_string()).unwrap();

        let places = AgentHomes { moved: vec![("KIRO_HOME", home.path().join("moved"))], ..AgentHomes::default() };
        for (found, problems) in [crate::capture::find(&places), crate::capture::find_in_folder(home.path())] {
            let mut found: Vec<_> = found.into_iter().map(|one| one.path).collect();
            found.sort();
            assert_eq!((found, problems), (vec![folder.join("1a.jsonl"), folder.join("2b.jsonl")], Vec::new()));
        }
        let session = crate::capture::read(&folder.join("1a.jsonl")).unwrap().remove(0);
        let kept = session.turns.iter().filter(|turn| !turn.abandoned);
        let prompts: Vec<_> =
            kept.filter_map(|turn| turn.prompt.as_ref()).map(|prompt| prompt.text.expose().to_owned()).collect();
        assert_eq!(prompts, ["round it", "now the other", "no, keep y"]);
        assert_eq!((session.id.as_str(), session.cwds.as_slice()), ("1a", ["/w".to_owned()].as_slice()));
        assert_eq!((session.models.as_slice(), session.tokens.input), (["m-1".to_owned()].as_slice(), 200));
        assert_eq!(session.skipped.len(), 1);
        let calls: Vec<_> = session.turns.iter().flat_map(|turn| &turn.calls).collect();
        assert!(matches!(&calls[0].outcome, Outcome::Succeeded { .. }) && matches!(&calls[0].action, Action::Edit(_)));
        assert!(
            matches!(&calls[1].outcome, Outcome::Failed { kind: FailureKind::Tests, output, .. } if output.expose() == "1 failed"),
            "{:?}",
            calls[1].outcome
        );
        assert!(matches!(&calls[2].outcome, Outcome::Failed { kind: FailureKind::EditNoMatch, .. }));
        assert!(matches!(&calls[3].outcome, Outcome::Rejected { reason: None }));
        assert!(matches!(&calls[4].outcome, Outcome::Interrupted), "{:?}", calls[4].outcome);
        assert!(matches!(&calls[5].outcome, Outcome::Failed { output, .. } if output.expose() == "out"));
        assert!(matches!(&calls[6].outcome, Outcome::Rejected { reason: None }));
        assert!(session.turns[0].reply.is_none(), "what follows a stop is not the agent's own");

        let subagent = crate::capture::read(&folder.join("2b.jsonl")).unwrap().remove(0);
        let prompt = subagent.turns[0].prompt.as_ref().unwrap();
        assert_eq!(prompt.source, PromptSource::Delegated);
    }
}
