//! Cursor's agent, in its editor and in its CLI: one message a line,
//! `<home>/.cursor/projects/<folder>/agent-transcripts/<id>/<id>.jsonl`, those of subagents in `subagents` beside it (2.x). A line
//! holds the role and the content and nothing else: no id, no model, and results of calls in no file that was seen. Since June 2026
//! the minute in which a person typed something is written before it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::capture::event::{
    ActionEvent, CallEvent, ChangeEvent, EditEvent, EventKind, Extent, PromptEvent, SessionFacts, Standing,
};
use crate::capture::events::Events;
use crate::capture::held::{HeldFact, SessionFact};
use crate::capture::json::{self, Cursor, Read, Value};
use crate::capture::lines::{first_lines, without_mark};
use crate::capture::patch;
use crate::capture::places::{AgentFolder, AgentHomes};
use crate::capture::reader::Reader;
use crate::capture::search::{FileSearch, folders_in};
use crate::capture::time::minute;
use crate::capture::values::owned;
use crate::record::agent::Agent;
use crate::record::session::{PromptSource, Skip};

pub(in crate::capture) struct CursorEditor;

const TRANSCRIPTS: &str = "agent-transcripts";
const SUBAGENTS: &str = "subagents";

impl Reader for CursorEditor {
    fn agent(&self) -> Agent {
        Agent::known("cursor")
    }

    fn version(&self) -> u32 {
        2
    }

    fn held(&self, fact: SessionFact) -> HeldFact {
        match fact {
            SessionFact::Prompts | SessionFact::Edits | SessionFact::Subagents => HeldFact::Read,
            SessionFact::Results => HeldFact::InPart("only the commands"),
            _ => HeldFact::Absent,
        }
    }

    fn recognises(&self, head: &[u8]) -> bool {
        first_lines(head).any(|line| {
            let mut keys = (false, false, 0);
            let read = json::whole_object(line, |cursor, key| {
                match key {
                    b"role" => keys.0 = matches!(cursor.value()?.bare(), b"user" | b"assistant"),
                    b"message" => keys.1 = cursor.value()?.member("content").is_some(),
                    _ => keys.2 += 1,
                }
                Ok(())
            });
            read.is_ok() && keys == (true, true, 0)
        })
    }

    fn only_grows(&self) -> bool {
        false
    }

    fn read_whole(&self, main: &Path, events: &mut Events) -> io::Result<()> {
        let bytes = fs::read(main)?;
        let name = main.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_owned();
        let parent = parent_id(main).map(str::to_owned);
        let (subagent, session) = (parent.is_some(), Some(name.clone()));
        events.about(SessionFacts { session, other: parent, subagent, ..SessionFacts::default() });
        for (line, number) in without_mark(&bytes).split_inclusive(|byte| *byte == b'\n').zip(1_u64..) {
            let is_whole = line.ends_with(b"\n");
            let line = line.trim_ascii();
            if !line.is_empty() && read_line(line, (&name, number), events).is_err() && is_whole {
                events.push(EventKind::Skipped(Skip { line: number, why: "damaged JSON".to_owned() }));
            }
        }
        Ok(())
    }

    fn folders(&self, places: &AgentHomes) -> Vec<AgentFolder> {
        let Some(within) = projects(places) else { return Vec::new() };
        let found =
            folders_in(&within).into_iter().map(|project| project.join(TRANSCRIPTS)).filter(|path| path.is_dir());
        found.map(|path| AgentFolder { path, within: within.clone(), is_deep: true }).collect()
    }

    fn trees(&self, places: &AgentHomes) -> Vec<(usize, PathBuf)> {
        let Some(projects) = projects(places) else { return Vec::new() };
        // The folder of each project, too: the one of its transcripts is made later.
        let each = folders_in(&projects).into_iter().map(|project| (1, project));
        each.chain([(2, projects.clone())]).collect()
    }

    fn names_folders(&self) -> bool {
        true
    }

    /// The project's folder has its name from the one that was opened: `/home/a/my.shop` is `home-a-my-shop`.
    fn may_be_of(&self, folder: &Path, roots: &[PathBuf]) -> bool {
        let name = folder.parent().and_then(Path::file_name).map(|name| name.to_string_lossy()).unwrap_or_default();
        roots.iter().any(|root| {
            let own = slug(&root.to_string_lossy());
            let is_below = name.strip_prefix(own.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
            is_below || root.ancestors().skip(1).any(|above| slug(&above.to_string_lossy()) == name)
        })
    }

    fn list(&self, folder: &Path, deep: bool, search: &mut FileSearch) {
        search.files_of(&self.agent(), folder, deep, false);
    }

    fn find_named(&self, folder: &Path, id: &str) -> Option<PathBuf> {
        let name = format!("{id}.jsonl");
        [folder.join(id).join(&name), folder.join(&name)].into_iter().find(|path| path.exists())
    }

    fn subagents_folder(&self, main: &Path) -> Option<PathBuf> {
        let folder = main.parent()?;
        (folder.file_name() == main.file_stem()).then(|| folder.join(SUBAGENTS))
    }

    fn parent_of(&self, transcript: &Path) -> Option<PathBuf> {
        let id = parent_id(transcript)?;
        let folder = transcript.parent()?.parent()?;
        Some(folder.join(format!("{id}.jsonl"))).filter(|main| main.is_file())
    }
}

fn projects(places: &AgentHomes) -> Option<PathBuf> {
    let moved = places.moved_by("CURSOR_CONFIG_DIR").map(Path::to_owned);
    let home = moved.or_else(|| Some(places.home.as_ref()?.join(".cursor")))?;
    Some(home.join("projects"))
}

/// Whatever is neither a letter nor a digit is a hyphen, never two in a row.
fn slug(path: &str) -> String {
    let words = path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-")
}

/// The session of a subagent: `<id>/subagents/<own id>.jsonl` below the folder of transcripts.
fn parent_id(transcript: &Path) -> Option<&str> {
    let folder = transcript.parent().filter(|folder| folder.ends_with(SUBAGENTS))?;
    folder.parent()?.file_name()?.to_str()
}

/// A message. Its calls are named by the session, the line and their number in it.
fn read_line(line: &[u8], (session, number): (&str, u64), events: &mut Events) -> Read<()> {
    let (mut role, mut message): (&[u8], Option<Value<'_>>) = (b"", None);
    json::whole_object(line, |cursor, key| {
        match key {
            b"role" => role = cursor.value()?.bare(),
            b"message" => message = Some(cursor.value()?),
            _ => {}
        }
        Ok(())
    })?;
    let Some(content) = message.and_then(|message| message.member("content")) else { return Ok(()) };
    let mut texts = Vec::new();
    let mut calls = Vec::new();
    texts.extend(content.owned());
    content.cursor().array(|cursor| {
        let block = cursor.value()?;
        match block.member("type").map(Value::bare) {
            Some(b"text") => texts.extend(owned(block.member("text"))),
            Some(b"tool_use") => calls.push(block),
            _ => {}
        }
        Ok(())
    })?;
    if role == b"user" {
        let whole = texts.join("\n");
        let text = typed(&whole);
        if !text.is_empty() {
            events.push(EventKind::Prompt(Box::new(PromptEvent {
                id: Some(format!("{session}-{number}")),
                at: typed_at(&whole),
                source: if is_editors(&text) { PromptSource::Delegated } else { PromptSource::Typed },
                text,
                parent: 0,
                standing: Standing::Sure,
                away: false,
            })));
        }
        return Ok(());
    }
    // What is not shown of a thought stands as this word.
    let said: Vec<&str> = texts.iter().map(|text| text.trim()).filter(|text| !text.is_empty()).collect();
    if role == b"assistant" && !said.is_empty() {
        events.push(EventKind::Reply { text: said.join("\n") });
    }
    for (block, place) in calls.into_iter().zip(0..) {
        let tool = owned(block.member("name")).unwrap_or_default();
        let action = action(&tool, block.member("input").unwrap_or(Value::NULL));
        let id = owned(block.member("id")).unwrap_or_else(|| format!("{session}-{number}-{place}"));
        events.push(EventKind::Call(Box::new(CallEvent { id, tool, action, ..CallEvent::default() })));
    }
    Ok(())
}

/// What the editor says in a person's place, when a task in the background has ended for example.
fn is_editors(text: &str) -> bool {
    const BEGINNINGS: &[&str] = &[
        "Briefly inform the user about the task result and perform any follow-up actions (if needed).",
        "If the available MCP tools do not fully support what the user asked you to do, complete the work you can",
        "The beginning of the above subagent result is already visible to the user.",
    ];
    BEGINNINGS.iter().any(|beginning| text.starts_with(beginning))
}

/// When it was typed, to the minute, as the editor writes it before what was typed: `<timestamp>Saturday, Jun 27, 2026, 8:37 PM
/// (UTC-6)</timestamp>`.
fn typed_at(text: &str) -> Option<Timestamp> {
    let (_, shown) = text.split_once("<user_query>")?.0.rsplit_once("<timestamp>")?;
    let (shown, zone) = shown.split_once("</timestamp>")?.0.trim().strip_suffix(')')?.rsplit_once(" (UTC")?;
    minute(shown, zone)
}

/// What a person typed stands in elements of its own; what is beside them was put there by the editor.
fn typed(text: &str) -> String {
    let mut queries = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("<user_query>") {
        let (query, behind) = after.split_once("</user_query>").unwrap_or((after, ""));
        queries.push(query.trim());
        rest = behind;
    }
    if queries.is_empty() && !text.trim_start().starts_with('<') {
        queries.push(text.trim());
    }
    queries.retain(|query| !query.is_empty());
    queries.join("\n")
}

fn action(tool: &str, input: Value<'_>) -> ActionEvent {
    let member = |names: &[&str]| names.iter().find_map(|name| input.member(name).and_then(Value::owned));
    let path = || member(&["path", "file_path", "target_file"]);
    let edit = |change| path().map(|path| EditEvent { path, change }).into_iter().collect();
    match tool {
        "Shell" | "run_terminal_cmd" => ActionEvent::Shell {
            command: member(&["command"]).unwrap_or_default(),
            cwd: member(&["working_directory", "cwd"]).filter(|folder| !folder.is_empty()),
            extent: Extent::Whole,
        },
        "Write" => {
            ActionEvent::Edit(edit(ChangeEvent::Write { text: member(&["contents", "content"]).unwrap_or_default() }))
        }
        "StrReplace" | "search_replace" => ActionEvent::Edit(edit(ChangeEvent::Replace {
            before: member(&["old_string", "old_str"]).unwrap_or_default(),
            after: member(&["new_string", "new_str"]).unwrap_or_default(),
            everywhere: input.member("replace_all").is_some_and(Value::is_true),
        })),
        "Delete" | "delete_file" => ActionEvent::Edit(edit(ChangeEvent::Delete)),
        "ApplyPatch" => {
            let text = input.owned().or_else(|| member(&["patch", "input"]));
            ActionEvent::Edit(patch::apply_patch(&text.unwrap_or_default()))
        }
        "Task" => ActionEvent::Delegate { prompt: member(&["prompt"]).unwrap_or_default() },
        "AskQuestion" => ActionEvent::Ask { question: questions(input) },
        _ => ActionEvent::Other,
    }
}

/// `{"questions": [{"prompt": "Which one?"}]}`
fn questions(input: Value<'_>) -> String {
    let mut questions = Vec::new();
    let mut read = |cursor: &mut Cursor<'_>| -> Read<()> {
        let question = cursor.value()?;
        questions.extend(owned(question.member("prompt")).or_else(|| owned(question.member("question"))));
        Ok(())
    };
    if let Some(list) = input.member("questions") {
        let _ = list.cursor().array(|cursor| read(cursor));
    }
    questions.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_in_the_elements_of_a_query_was_typed() {
        for (text, expected) in [
            ("<user_query>\nAdd a test\n</user_query>", "Add a test"),
            (
                "<external_links>\nx\n</external_links>\n<user_query>Add</user_query>\n<attached_files>y</attached_files>",
                "Add",
            ),
            ("<user_query>a</user_query><user_query>b</user_query>", "a\nb"),
            ("<system_reminder>x</system_reminder>", ""),
            ("Add a test", "Add a test"),
            ("<timestamp>Saturday, Jun 27, 2026, 8:37 PM (UTC-6)</timestamp>\n<user_query>Add</user_query>", "Add"),
        ] {
            assert_eq!(typed(text), expected, "{text}");
        }
    }

    #[test]
    fn the_minute_before_a_query_is_when_it_was_typed() {
        for (shown, expected) in [
            ("Saturday, Jun 27, 2026, 8:37 PM (UTC-6)", Some("2026-06-28T02:37:00Z")),
            ("Monday, Jun 29, 2026, 12:09 AM (UTC+5:30)", Some("2026-06-28T18:39:00Z")),
            ("Monday, Jun 29, 2026, 12:09 AM (UTC)", Some("2026-06-29T00:09:00Z")),
            ("Monday, Jun 29, 2026, 12:09 AM", None),
            ("Monday, Jun 29, 2026, 12:09 AM (UTC+99)", None),
            ("yesterday (UTC-6)", None),
        ] {
            let text = format!("<timestamp>{shown}</timestamp>\n<user_query>Add</user_query>");
            assert_eq!(typed_at(&text).map(|at| at.to_string()).as_deref(), expected, "{shown}");
        }
        let pasted = "<user_query><timestamp>Monday, Jun 29, 2026, 12:09 AM (UTC)</timestamp> is wrong</user_query>";
        assert_eq!(typed_at(pasted), None, "what a person pasted says nothing");
        let bare = "why <timestamp>Monday, Jun 29, 2026, 12:09 AM (UTC)</timestamp>?";
        assert_eq!(typed_at(bare), None, "not before an element of a query");
    }

    #[test]
    fn the_name_of_a_folder_says_whose_it_may_be() {
        let roots = [PathBuf::from("/home/a/my.shop_2")];
        for (name, expected) in
            [("home-a-my-shop-2", true), ("home-a-my-shop-2-web", true), ("home-a", true), ("home-a-my-shop-21", false)]
        {
            let folder = Path::new("/p").join(name).join(TRANSCRIPTS);
            assert_eq!(CursorEditor.may_be_of(&folder, &roots), expected, "{name}");
        }
    }
}
