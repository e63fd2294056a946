//! Where sessions lie, and the events of version 1.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::classic;

use crate::capture::event::{
    ActionEvent, CallEnd, CallEvent, ChangeEvent, EditEvent, EventKind, Extent, PromptEvent, ResultEvent, SessionFacts,
    UsageEvent, ends_of,
};
use crate::capture::events::Events;
use crate::capture::held::{HeldFact, SessionFact};
use crate::capture::injected::is_a_message;
use crate::capture::json::{Cursor, Value};
use crate::capture::lines::without_mark;
use crate::capture::places::{AgentFolder, AgentHomes};
use crate::capture::reader::Reader;
use crate::capture::search::{FileSearch, folders_in};
use crate::capture::time::local_time;
use crate::capture::values::{count, exit_code, has_keys, items, long_text, owned, skip_document, text_of};
use crate::record::agent::Agent;
use crate::record::session::{FailureKind, PromptSource, Tokens};

pub(in crate::capture) struct OpenHands;

impl Reader for OpenHands {
    fn agent(&self) -> Agent {
        Agent::known("openhands")
    }

    fn version(&self) -> u32 {
        2
    }

    fn held(&self, fact: SessionFact) -> HeldFact {
        match fact {
            SessionFact::Version => HeldFact::InPart("of the server only"),
            SessionFact::Forks => HeldFact::Absent,
            SessionFact::Cost => HeldFact::NotRead,
            _ => HeldFact::Read,
        }
    }

    fn recognises(&self, head: &[u8]) -> bool {
        let is_state = has_keys(head, &["id", "agent"]) && memchr::memmem::find(head, b"\"llm\"").is_some();
        is_state || classic::recognises(head)
    }

    fn only_grows(&self) -> bool {
        false
    }

    fn read_whole(&self, main: &Path, events: &mut Events) -> io::Result<()> {
        if !main.ends_with(STATE) {
            return read_classic(main, events);
        }
        let text = fs::read(main)?;
        let Ok(state) = Cursor::new(&text).value() else {
            skip_document(events);
            return Ok(());
        };
        read_state(main, state, events);
        let mut usage = usage(state);
        let entries = fs::read_dir(events_of(main)).into_iter().flatten().flatten();
        let own = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()));
        let mut files: Vec<PathBuf> = own.map(|entry| entry.path()).collect();
        // `event-00006-ID.json`
        files.sort();
        for file in files {
            let text = fs::read(&file)?;
            match Cursor::new(&text).value() {
                Ok(event) => read(event, &mut usage, events),
                Err(_) => skip_document(events),
            }
        }
        let mut rest = Tokens::default();
        usage.into_values().for_each(|tokens| rest.add(tokens));
        if !rest.is_zero() {
            events.push(EventKind::Total(rest));
        }
        Ok(())
    }

    /// Events are written once: a new one changes the folder.
    fn files_beside(&self, main: &Path) -> Vec<PathBuf> {
        if main.ends_with(STATE) { vec![events_of(main)] } else { classic_folder(main) }
    }

    fn failures(&self) -> &'static [(&'static str, FailureKind)] {
        &[
            ("did not appear verbatim in", FailureKind::EditNoMatch),
            ("Multiple occurrences of old_str", FailureKind::EditAmbiguous),
            ("does not exist. Please provide a valid path", FailureKind::FileMissing),
            ("Error validating", FailureKind::BadInput),
            ("Invalid `path` parameter", FailureKind::BadInput),
        ]
    }

    fn folders(&self, places: &AgentHomes) -> Vec<AgentFolder> {
        let of_tree = |tree: PathBuf| {
            let of_folder = |path| AgentFolder { path, within: tree.clone(), is_deep: false };
            folders_in(&tree).into_iter().map(of_folder).collect::<Vec<_>>()
        };
        trees(places).into_iter().flat_map(of_tree).collect()
    }

    fn trees(&self, places: &AgentHomes) -> Vec<(usize, PathBuf)> {
        trees(places).into_iter().map(|tree| (1, tree)).collect()
    }

    fn list(&self, folder: &Path, _: bool, search: &mut FileSearch) {
        for of_session in std::iter::once(folder.to_owned()).chain(folders_in(&folder.join(SUBAGENTS))) {
            let main = of_session.join(STATE);
            if main.is_file() {
                search.add(self.agent(), main);
            }
        }
        let first = folder.join("events").join(classic::FIRST);
        if first.is_file() {
            search.add(self.agent(), first);
        }
    }

    fn find_named(&self, folder: &Path, id: &str) -> Option<PathBuf> {
        let is_it = folder.file_name().is_some_and(|name| *name == *id.replace('-', ""));
        let first = || folder.join("events").join(classic::FIRST);
        let is_classic = folder.file_name().is_some_and(|name| *name == *id);
        let main = Some(folder.join(STATE)).filter(|path| is_it && path.exists());
        main.or_else(|| Some(first()).filter(|path| is_classic && path.exists()))
    }

    fn named_by<'a>(&self, transcript: &'a Path) -> Option<&'a str> {
        let of_state = transcript.parent().filter(|_| transcript.ends_with(STATE));
        of_state.or_else(|| classic::folder_of(transcript))?.file_name()?.to_str()
    }

    fn parent_of(&self, transcript: &Path) -> Option<PathBuf> {
        let subagents = transcript.parent()?.parent().filter(|folder| folder.ends_with(SUBAGENTS))?;
        Some(subagents.parent()?.join(STATE)).filter(|main| transcript.ends_with(STATE) && main.is_file())
    }

    fn describes_another(&self, file: &Path) -> bool {
        let events = file.parent().filter(|folder| folder.ends_with("events"));
        let is_of_state = events.and_then(Path::parent).is_some_and(|session| session.join(STATE).is_file());
        is_of_state || classic::is_of_another(file)
    }
}

const STATE: &str = "base_state.json";
const SUBAGENTS: &str = "subagents";

/// The folders of the command line program and of the server.
fn trees(places: &AgentHomes) -> Vec<PathBuf> {
    let own = places.home.iter().map(|home| home.join(".openhands"));
    own.flat_map(|own| [own.join("conversations"), own.join("sessions")]).collect()
}

/// A file with a list of events, or the first event of a folder.
fn read_classic(main: &Path, events: &mut Events) -> io::Result<()> {
    if let Some(folder) = classic::folder_of(main) {
        let id = folder.file_name().and_then(|name| name.to_str()).map(str::to_owned);
        let (list, skipped) = classic::events_beside(main);
        classic::tell(&list, id, events);
        (0..skipped).for_each(|_| skip_document(events));
        return Ok(());
    }
    match serde_json::from_slice::<serde_json::Value>(without_mark(&fs::read(main)?)) {
        Ok(serde_json::Value::Array(list)) => classic::tell(&list, None, events),
        Ok(event) => classic::tell(&[event], None, events),
        Err(_) => skip_document(events),
    }
    Ok(())
}

/// The folder of the events, where they lie in one.
fn classic_folder(main: &Path) -> Vec<PathBuf> {
    main.parent().filter(|_| classic::is_main(main)).map(Path::to_owned).into_iter().collect()
}

fn events_of(main: &Path) -> PathBuf {
    main.with_file_name("events")
}

fn read_state(main: &Path, state: Value<'_>, events: &mut Events) {
    let own = main.parent();
    let name = |folder: Option<&Path>| Some(folder?.file_name()?.to_str()?.to_owned());
    let parent = own.and_then(Path::parent).filter(|folder| folder.ends_with(SUBAGENTS)).and_then(Path::parent);
    let id = owned(state.member("id"));
    // The folder has the id without its hyphens.
    let is_named = |name: &String| id.as_ref().is_some_and(|id| id.replace('-', "") == *name);
    let session = name(own).filter(is_named).or_else(|| id.clone());
    let cwd = owned(state.member("workspace").and_then(|workspace| workspace.member("working_dir")));
    let subagent = parent.is_some();
    let other = if subagent { name(parent) } else { id };
    events.about(SessionFacts { session, other, cwd, subagent, ..SessionFacts::default() });
    let llm = state.member("agent").and_then(|agent| agent.member("llm"));
    if let Some(model) = llm.and_then(|llm| llm.member("model")).and_then(Value::text).filter(|name| !name.is_empty()) {
        events.model(model);
    }
}

/// Tokens by the answer that they were spent for. What a subagent spent stands in its own state, too.
fn usage(state: Value<'_>) -> HashMap<String, Tokens> {
    let mut by_answer = HashMap::new();
    let metrics = state.member("stats").and_then(|stats| stats.member("usage_to_metrics")).unwrap_or(Value::NULL);
    let _ = metrics.cursor().object(|cursor, key| {
        if key.starts_with(b"task:") {
            return Ok(());
        }
        for one in items(cursor.value()?.member("token_usages")) {
            let of = |name: &str| count(one.member(name));
            let (cache_read, cache_write) = (of("cache_read_tokens"), of("cache_write_tokens"));
            let input = of("prompt_tokens").saturating_sub(cache_read).saturating_sub(cache_write);
            let tokens = Tokens { input, output: of("completion_tokens"), cache_read, cache_write };
            by_answer
                .entry(owned(one.member("response_id")).unwrap_or_default())
                .or_insert(Tokens::default())
                .add(tokens);
        }
        Ok(())
    });
    by_answer
}

fn read(event: Value<'_>, usage: &mut HashMap<String, Tokens>, events: &mut Events) {
    let at = event.member("timestamp").and_then(|at| local_time(at.bare()));
    if let Some(at) = at {
        events.saw(at);
    }
    if let Some(answer) = owned(event.member("llm_response_id"))
        && let Some(tokens) = usage.remove(&answer)
    {
        events.usage(UsageEvent { message: Some(answer), tokens });
    }
    match event.member("kind").map(Value::bare) {
        Some(b"MessageEvent") => message(event, at, events),
        Some(b"ActionEvent") => action(event, at, events),
        Some(b"ObservationEvent") => observation(event, at, events),
        Some(b"UserRejectObservation") => {
            let Some(call) = owned(event.member("tool_call_id")) else { return };
            let by_person = event.member("rejection_source").is_none_or(|source| source.bare() == b"user");
            let reason = owned(event.member("rejection_reason")).filter(|reason| reason != "User rejected the action");
            let end = if by_person { CallEnd::Rejected { reason } } else { CallEnd::Failed };
            let mut made = ResultEvent::new(call, at, end);
            made.failure = (!by_person).then_some(FailureKind::Permission);
            events.push(EventKind::Result(Box::new(made)));
        }
        Some(b"AgentErrorEvent") => {
            let Some(call) = owned(event.member("tool_call_id")) else { return };
            let mut made = ResultEvent::new(call, at, CallEnd::Failed);
            made.output = ends_of(owned(event.member("error")).unwrap_or_default().into());
            events.push(EventKind::Result(Box::new(made)));
        }
        Some(b"PauseEvent") => events.push(EventKind::Interrupt { id: owned(event.member("id")), at }),
        Some(b"Condensation") => events.push(EventKind::Compaction { at }),
        _ => {}
    }
}

fn message(event: Value<'_>, at: Option<Timestamp>, events: &mut Events) {
    let Some(said) = event.member("llm_message") else { return };
    let text = text_of(said.member("content")).trim().to_owned();
    let source = event.member("source").map(Value::bare);
    if text.is_empty() {
        return;
    }
    match source {
        Some(b"agent") => events.push(EventKind::Reply { text }),
        Some(b"user") => {
            let is_agents = event.member("sender").is_some_and(Value::is_string) || is_a_message(&text);
            let source = if is_agents { PromptSource::Delegated } else { PromptSource::Typed };
            let prompt = PromptEvent { id: owned(event.member("id")), source, ..PromptEvent::typed(text, at) };
            events.push(EventKind::Prompt(Box::new(prompt)));
        }
        _ => {}
    }
}

fn action(event: Value<'_>, at: Option<Timestamp>, events: &mut Events) {
    let said = text_of(event.member("thought"));
    if !said.trim().is_empty() {
        events.push(EventKind::Reply { text: said.into_owned() });
    }
    let action = event.member("action").unwrap_or(Value::NULL);
    let member = |name: &str| action.member(name).and_then(Value::owned);
    let done = match action.member("kind").map(Value::bare) {
        // Input for what runs already is not a command.
        Some(b"TerminalAction" | b"ExecuteBashAction") if !action.member("is_input").is_some_and(Value::is_true) => {
            ActionEvent::Shell { command: member("command").unwrap_or_default(), cwd: None, extent: Extent::Whole }
        }
        Some(b"FileEditorAction") => match edit(action) {
            Some(edit) => ActionEvent::Edit(vec![edit]),
            None => ActionEvent::Other,
        },
        Some(b"TaskAction") => ActionEvent::Delegate { prompt: member("prompt").unwrap_or_default() },
        Some(b"FinishAction") => ActionEvent::Other,
        _ => long_text(action).map_or(ActionEvent::Other, |text| ActionEvent::Text { text }),
    };
    let (id, tool) = (owned(event.member("tool_call_id")).unwrap_or_default(), owned(event.member("tool_name")));
    let call = CallEvent { id, at, tool: tool.unwrap_or_default(), action: done, ..CallEvent::default() };
    events.push(EventKind::Call(Box::new(call)));
}

/// `None` for a file that is only looked at.
fn edit(action: Value<'_>) -> Option<EditEvent> {
    let member = |name: &str| action.member(name).and_then(Value::owned);
    let path = member("path")?;
    let change = match action.member("command")?.bare() {
        b"create" => ChangeEvent::Write { text: member("file_text").unwrap_or_default() },
        b"str_replace" => ChangeEvent::Replace {
            before: member("old_str").unwrap_or_default(),
            after: member("new_str").unwrap_or_default(),
            everywhere: false,
        },
        b"insert" => ChangeEvent::Replace { before: String::new(), after: member("new_str")?, everywhere: false },
        _ => return None,
    };
    Some(EditEvent { path, change })
}

fn observation(event: Value<'_>, at: Option<Timestamp>, events: &mut Events) {
    let Some(call) = owned(event.member("tool_call_id")) else { return };
    let seen = event.member("observation").unwrap_or(Value::NULL);
    let is_error = seen.member("is_error").is_some_and(Value::is_true);
    let mut made = ResultEvent::new(call, at, if is_error { CallEnd::Failed } else { CallEnd::Succeeded });
    let is_shell = seen.member("exit_code").is_some() || seen.member("metadata").is_some();
    if is_shell {
        // −1: it goes on, and what follows is told of other calls.
        let code = exit_code(seen.member("exit_code"));
        made.exit_code = code.filter(|code| *code >= 0);
        if code == Some(-1) && !is_error {
            made.process = Some(made.call.clone());
        }
        if made.exit_code.is_some_and(|code| code != 0) {
            made.end = CallEnd::Failed;
        }
    }
    if is_shell || is_error {
        made.output = ends_of(text_of(seen.member("content")));
    }
    events.push(EventKind::Result(Box::new(made)));
}
