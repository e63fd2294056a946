//! SWE-agent: one JSON document a run (`<id>/<id>.traj`), wherever the person has it written. Fields as seen in runs of 2024 (0.6, where
//! actions are text alone) and 2025 (1.x, with calls of tools), and in its source of July 2026. A step has no time, and of a command only
//! what it printed.

use std::fs;
use std::io;
use std::path::Path;

use serde_json::Value;

use crate::capture::event::{
    ActionEvent, CallEnd, CallEvent, ChangeEvent, EditEvent, EventKind, Extent, HunkEvent, PromptEvent, ResultEvent,
    SessionFacts, ends_of,
};
use crate::capture::events::Events;
use crate::capture::held::{HeldFact, SessionFact};
use crate::capture::lines::without_mark;
use crate::capture::reader::Reader;
use crate::capture::values::skip_document;
use crate::checks::shell::steps;
use crate::record::agent::Agent;
use crate::record::session::{FailureKind, Tokens};

pub(in crate::capture) struct SweAgent;

impl Reader for SweAgent {
    fn agent(&self) -> Agent {
        Agent::known("swe-agent")
    }

    fn version(&self) -> u32 {
        1
    }

    fn held(&self, fact: SessionFact) -> HeldFact {
        match fact {
            SessionFact::Prompts | SessionFact::Models | SessionFact::Version => HeldFact::Read,
            SessionFact::Edits => HeldFact::InPart("of edits by line numbers only what was put in"),
            SessionFact::Results => HeldFact::InPart("not how commands ended"),
            SessionFact::Tokens => HeldFact::InPart("of the whole session, not of each prompt"),
            SessionFact::Cost => HeldFact::NotRead,
            _ => HeldFact::Absent,
        }
    }

    fn recognises(&self, head: &[u8]) -> bool {
        let head = head.trim_ascii_start();
        let Some(first) = head.strip_prefix(b"{").map(<[u8]>::trim_ascii_start) else { return false };
        let has = |key: &[u8]| memchr::memmem::find(head, key).is_some();
        [b"\"trajectory\"".as_slice(), b"\"environment\"", b"\"attempts\""].iter().any(|key| first.starts_with(key))
            && has(b"\"trajectory\"")
            && has(b"\"action\"")
            && has(b"\"observation\"")
    }

    fn only_grows(&self) -> bool {
        false
    }

    fn read_whole(&self, main: &Path, events: &mut Events) -> io::Result<()> {
        match serde_json::from_slice::<Value>(without_mark(&fs::read(main)?)) {
            Ok(run) => tell(&run, events),
            Err(_) => skip_document(events),
        }
        Ok(())
    }

    fn failures(&self) -> &'static [(&'static str, FailureKind)] {
        &[
            ("was cancelled because it took more than", FailureKind::Timeout),
            ("Your proposed edit has introduced new syntax error", FailureKind::Lint),
            ("Multiple occurrences of old_str", FailureKind::EditAmbiguous),
            ("Found more than one occurrence of", FailureKind::EditAmbiguous),
            ("did not appear verbatim in", FailureKind::EditNoMatch),
            ("Your edit was not applied", FailureKind::EditNoMatch),
            ("No replacement was performed", FailureKind::BadInput),
            ("Invalid `", FailureKind::BadInput),
            ("File already exists at", FailureKind::BadInput),
            ("No file opened", FailureKind::BadInput),
        ]
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// An object, or its text in one.
fn object(value: &Value) -> Value {
    value.as_str().map_or_else(|| value.clone(), |text| serde_json::from_str(text).unwrap_or_default())
}

/// Models that are none: they replay a run, or hand on what a person types.
const NO_MODELS: [&str; 4] = ["human", "human_thought", "instant_empty_submit", "replay"];

fn tell(run: &Value, events: &mut Events) {
    let info = &run["info"];
    let config = object(&run["replay_config"]);
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    // Of several attempts, one was chosen, and stands above them.
    let (steps, history) = (list(&run["trajectory"]), list(&run["history"]));
    let first_folder = steps.iter().find_map(|step| text(&object(&step["state"])["working_dir"]));
    let version = text(&info["swe_agent_version"]);
    events.about(SessionFacts { version, cwd: first_folder.clone(), ..SessionFacts::default() });
    let said = history.iter().find(|message| message["role"] == "user" && message["is_demo"] != true);
    let template = config["agent"]["templates"]["instance_template"].as_str().unwrap_or_default();
    let task = said.map(|message| task(&content(&message["content"]), template)).unwrap_or_default();
    if !task.is_empty() {
        events.push(EventKind::Prompt(Box::new(PromptEvent::typed(task, None))));
    }
    let model = text(&config["agent"]["model"]["name"]).filter(|name| !NO_MODELS.contains(&name.as_str()));
    if let Some(model) = model.filter(|_| !steps.is_empty()) {
        events.model(model.into());
    }
    let mut asked = history.iter().filter(|message| message["role"] == "assistant" && message["is_demo"] != true);
    let mut place = StepPlace { number: 0, folder: first_folder };
    for step in &steps {
        place.number += 1;
        // Steps that could not be done are in no history.
        let mut rest = asked.clone();
        let call = rest.find(|message| message["action"] == step["action"]);
        if call.is_some() {
            asked = rest;
        }
        // One that no shell would take, or that is not allowed.
        if call.is_none() && !history.is_empty() && step["observation"] == "" {
            continue;
        }
        tell_step(step, call.map_or(&Value::Null, |message| &message["tool_calls"][0]["function"]), &place, events);
        place.folder = text(&object(&step["state"])["working_dir"]).or(place.folder);
    }
    let count = |name: &str| info["model_stats"][name].as_u64().unwrap_or(0);
    let tokens = Tokens { input: count("tokens_sent"), output: count("tokens_received"), ..Tokens::default() };
    if !tokens.is_zero() {
        events.push(EventKind::Total(tokens));
    }
}

/// Where a step begins.
struct StepPlace {
    /// From 1.
    number: u32,
    folder: Option<String>,
}

/// The text of a message, or of its parts.
fn content(value: &Value) -> String {
    if let Some(text) = value.as_str() {
        return text.to_owned();
    }
    let parts = value.as_array().into_iter().flatten().filter_map(|part| part["text"].as_str());
    parts.collect::<Vec<_>>().join("\n")
}

/// The task out of the text that a template made of it: the run's own, else one that came with the program.
fn task(said: &str, template: &str) -> String {
    const SHIPPED: [(&str, &str); 2] =
        [("ISSUE:\n", "\n\nINSTRUCTIONS:"), ("<pr_description>\n", "\n</pr_description>")];
    let marks = ["{{problem_statement}}", "{{ problem_statement }}", "{problem_statement}"];
    let own = marks.iter().find_map(|mark| template.split_once(mark)).map(|(before, after)| {
        // Other variables may stand further away.
        let end = after.find('{').unwrap_or(after.len());
        (before.rsplit('}').next().unwrap_or(before), &after[..end])
    });
    let cut = |(before, after): (&str, &str)| {
        let (_, rest) = said.split_once(before)?;
        let end = if after.trim().is_empty() { rest.len() } else { rest.find(after)? };
        Some(rest[..end].trim().to_owned())
    };
    own.and_then(cut).or_else(|| SHIPPED.into_iter().find_map(cut)).unwrap_or_else(|| said.trim().to_owned())
}

fn tell_step(step: &Value, function: &Value, place: &StepPlace, events: &mut Events) {
    let said = text(&step["thought"]).or_else(|| text(&step["response"])).unwrap_or_default().trim().to_owned();
    if !said.is_empty() {
        events.push(EventKind::Reply { text: said });
    }
    let asked = step["action"].as_str().unwrap_or_default().trim();
    if asked.is_empty() {
        return;
    }
    let open_file = text(&object(&step["state"])["open_file"]).filter(|file| file != "n/a");
    let given = object(&function["arguments"]);
    let tool =
        text(&function["name"]).or_else(|| asked.split_whitespace().next().map(str::to_owned)).unwrap_or_default();
    let edit = match given.is_object() {
        true => edit(&tool, &given, open_file),
        false => typed_edit(asked, open_file),
    };
    let action = match edit {
        Some(edit) => ActionEvent::Edit(vec![edit]),
        None if is_own_tool(&tool) => ActionEvent::Other,
        None => ActionEvent::Shell { command: asked.to_owned(), cwd: place.folder.clone(), extent: Extent::Whole },
    };
    let tool = if matches!(action, ActionEvent::Shell { .. }) { "bash".to_owned() } else { tool };
    let id = format!("step-{}", place.number);
    let printed = step["observation"].as_str().unwrap_or_default().replace("\r\n", "\n");
    let end = how_it_ended(&action, &printed);
    events.push(EventKind::Call(Box::new(CallEvent { id: id.clone(), tool, action, ..CallEvent::default() })));
    if let Some(end) = end {
        let mut made = ResultEvent::new(id, None, end);
        made.output = ends_of(printed.into());
        events.push(EventKind::Result(Box::new(made)));
    }
}

/// Its tools that change nothing, or of which is not told what.
fn is_own_tool(tool: &str) -> bool {
    const TOOLS: [&str; 17] = [
        "create",
        "edit",
        "exit_error",
        "exit_forfeit",
        "filemap",
        "find_file",
        "goto",
        "insert",
        "open",
        "scroll_down",
        "scroll_up",
        "search_dir",
        "search_file",
        "str_replace_editor",
        "submit",
        "view_image",
        "undo_edit",
    ];
    TOOLS.contains(&tool)
}

/// What a call of a tool changes.
fn edit(tool: &str, given: &Value, open_file: Option<String>) -> Option<EditEvent> {
    let of = |name: &str| given[name].as_str().map(str::to_owned);
    let number = |name: &str| given[name].as_u64().and_then(|number| u32::try_from(number).ok());
    match (tool, given["command"].as_str()) {
        ("str_replace_editor", Some(command)) => {
            let change = match command {
                "create" => ChangeEvent::Write { text: of("file_text").unwrap_or_default() },
                "str_replace" => ChangeEvent::Replace {
                    before: of("old_str")?,
                    after: of("new_str").unwrap_or_default(),
                    everywhere: false,
                },
                "insert" => put_in(&of("new_str")?, number("insert_line").map_or(0, |line| line + 1)),
                _ => return None,
            };
            Some(EditEvent { path: of("path")?, change })
        }
        ("create", _) => Some(EditEvent { path: of("filename")?, change: ChangeEvent::Write { text: String::new() } }),
        ("edit", _) => {
            let change = match (of("search"), of("replace").or_else(|| of("text"))) {
                (Some(before), Some(after)) => {
                    ChangeEvent::Replace { before, after, everywhere: given["replace-all"] == true }
                }
                (None, Some(text)) => put_in(&text, 0),
                _ => put_in(&of("replacement_text")?, number("start_line").unwrap_or(0)),
            };
            Some(EditEvent { path: open_file?, change })
        }
        ("insert", _) => {
            let line = number("line").map_or(0, |line| line + 1);
            Some(EditEvent { path: open_file?, change: put_in(&of("text")?, line) })
        }
        _ => None,
    }
}

/// Lines of which is not told what they replace; `line` is the first one's number, 0 where it is not known.
fn put_in(text: &str, line: u32) -> ChangeEvent {
    let lines: Vec<String> = text.lines().map(|line| format!("+{line}")).collect();
    ChangeEvent::Patch { hunks: vec![HunkEvent { new_start: line, lines: lines.join("\n") }] }
}

/// The same from an action that is text alone: `edit 15:16`, the lines, and `end_of_edit`; or words as a shell takes them.
fn typed_edit(asked: &str, open_file: Option<String>) -> Option<EditEvent> {
    let (head, body) = asked.split_once('\n').unwrap_or((asked, ""));
    if let Some((start, end)) = head.strip_prefix("edit ").and_then(|range| range.trim().split_once(':'))
        && let (Ok(start), Ok(_)) = (start.parse::<u32>(), end.parse::<u32>())
    {
        let body = body.strip_suffix("end_of_edit")?;
        return Some(EditEvent { path: open_file?, change: put_in(body, start) });
    }
    let steps = steps(asked);
    let [step] = &steps[..] else { return None };
    let words: Vec<&str> = step.words.iter().map(String::as_str).collect();
    match words[..] {
        ["create", path] => {
            Some(EditEvent { path: path.to_owned(), change: ChangeEvent::Write { text: String::new() } })
        }
        ["edit", before, after] => {
            let change = ChangeEvent::Replace { before: before.to_owned(), after: after.to_owned(), everywhere: false };
            Some(EditEvent { path: open_file?, change })
        }
        _ => None,
    }
}

/// How a call ended, by what it printed; `None` where that does not tell whether an edit was made.
fn how_it_ended(action: &ActionEvent, printed: &str) -> Option<CallEnd> {
    const MADE: [&str; 7] = [
        "File created successfully at",
        " has been edited.",
        "Text replaced.",
        "File updated.",
        "Edit successful",
        "occurrences. Please review the changes",
        "[File: ",
    ];
    let failed = SweAgent.failures().iter().any(|(words, kind)| match action {
        ActionEvent::Edit(_) => printed.contains(words),
        _ => *kind == FailureKind::Timeout && printed.contains(words),
    });
    match action {
        _ if failed => Some(CallEnd::Failed),
        ActionEvent::Edit(_) => MADE.iter().any(|words| printed.contains(words)).then_some(CallEnd::Succeeded),
        _ => Some(CallEnd::Succeeded),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_task_is_cut_out_of_its_template() {
        let shipped = "We're solving an issue.\nISSUE:\nfix it\nnow\n\nINSTRUCTIONS:\nNow, go.";
        let newer =
            "<uploaded_files>\n/w\n</uploaded_files>\n<pr_description>\nfix it\nnow\n</pr_description>\nCan you?";
        let own = "In {{working_dir}} do this:\n{{problem_statement}}\n--\nThanks, {{name}}";
        for (said, template) in [
            (shipped, ""),
            (shipped, "We're solving an issue.\nISSUE:\n{problem_statement}\n\nINSTRUCTIONS:\nNow, go. {open_file}"),
            (newer, ""),
            ("In /w do this:\nfix it\nnow\n--\nThanks, Ann", own),
            ("fix it\nnow", "{{problem_statement}}"),
            ("fix it\nnow\n", ""),
        ] {
            assert_eq!(task(said, template), "fix it\nnow", "{template}");
        }
    }

    #[test]
    fn an_edit_is_read_from_text_as_well() {
        let file = || Some("/w/a.py".to_owned());
        let lines = typed_edit("edit 15:15\n    x\n\n    y\nend_of_edit", file()).unwrap();
        let ChangeEvent::Patch { hunks } = lines.change else { panic!("lines that were put in") };
        assert_eq!(
            (lines.path.as_str(), hunks[0].new_start, hunks[0].lines.as_str()),
            ("/w/a.py", 15, "+    x\n+\n+    y")
        );
        let words = typed_edit("edit 'a = 1' 'a = 2\nb = 3'", file()).unwrap();
        let ChangeEvent::Replace { before, after, .. } = words.change else { panic!("words that were replaced") };
        assert_eq!((before.as_str(), after.as_str()), ("a = 1", "a = 2\nb = 3"));
        for other in ["edit 15:15\nx", "edit a", "ls", "python edit.py", "edit a b; ls"] {
            assert!(typed_edit(other, file()).is_none(), "{other}");
        }
    }
}
