//! What is particular to Aider, in one place: its version and its files. Each run is a session of its own, below the path of the history.

use std::cell::RefCell;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::history::{AiderRun, HEADER, runs};
use super::runs::{input_times, tell};
use crate::capture::databases::{DatabaseSession, database_of};
use crate::capture::events::Events;
use crate::capture::held::{HeldFact, SessionFact};
use crate::capture::places::{AgentFolder, AgentHomes};
use crate::capture::reader::Reader;
use crate::capture::search::{FileSearch, first_bytes};
use crate::files;
use crate::record::agent::Agent;
use crate::record::session::FailureKind;

pub(in crate::capture) struct Aider;

const HISTORY: &str = ".aider.chat.history.md";
const MOVED: &str = "AIDER_CHAT_HISTORY_FILE";

impl Reader for Aider {
    fn agent(&self) -> Agent {
        Agent::known("aider")
    }

    fn version(&self) -> u32 {
        1
    }

    fn held(&self, fact: SessionFact) -> HeldFact {
        match fact {
            SessionFact::Results => {
                HeldFact::InPart("edits that did not fit, what the linter found, that tests failed")
            }
            SessionFact::Reasons => HeldFact::InPart("the reason is the next prompt"),
            SessionFact::Interrupts => HeldFact::InPart("also where the program itself was left"),
            SessionFact::Tokens => HeldFact::InPart("rounded"),
            SessionFact::Cost => HeldFact::NotRead,
            SessionFact::Subagents | SessionFact::Forks => HeldFact::Absent,
            _ => HeldFact::Read,
        }
    }

    fn recognises(&self, head: &[u8]) -> bool {
        head.trim_ascii_start().starts_with(HEADER.as_bytes())
    }

    fn only_grows(&self) -> bool {
        false
    }

    /// A run, by its path below the history; a whole history, where it lies under another name.
    fn read_whole(&self, main: &Path, events: &mut Events) -> io::Result<()> {
        let (history, id) = database_of(main).map_or((main, None), |(history, id)| (history, Some(id)));
        let text = read(history)?;
        let inputs = files::read(&inputs_beside(history), LONGEST).ok().flatten();
        let inputs = inputs.map(|inputs| input_times(&String::from_utf8_lossy(&inputs))).unwrap_or_default();
        let cwd =
            history.parent().filter(|_| history.ends_with(HISTORY)).map(|root| root.to_string_lossy().into_owned());
        let all = runs(&text);
        for (place, run) in all.iter().enumerate() {
            if id.is_none_or(|id| run.id == id) {
                let next = all.get(place + 1).and_then(|next| next.started);
                let from = inputs.partition_point(|(at, _)| run.started.is_some_and(|start| *at < start));
                let to = inputs.partition_point(|(at, _)| next.is_none_or(|next| *at < next)).max(from);
                tell(run, &inputs[from..to], cwd.clone().filter(|cwd| !cwd.is_empty()), events);
            }
        }
        Ok(())
    }

    fn owns_database(&self, database: &Path) -> bool {
        first_bytes(database, 256).is_ok_and(|head| self.recognises(&head))
    }

    fn sessions_in(&self, database: &Path, id: Option<&str>) -> io::Result<Vec<DatabaseSession>> {
        let data = fs::metadata(database)?;
        let state = (database.to_owned(), data.len(), data.modified().ok());
        LAST.with_borrow_mut(|last| {
            if last.as_ref().is_none_or(|(known, _)| *known != state) {
                let is_own = self.owns_database(database);
                let rows = if is_own { rows_of(&read(database)?, state.2) } else { Vec::new() };
                *last = Some((state, rows));
            }
            let rows = last.iter().flat_map(|(_, rows)| rows);
            Ok(rows.filter(|row| id.is_none_or(|id| row.id == id)).cloned().collect())
        })
    }

    fn failures(&self) -> &'static [(&'static str, FailureKind)] {
        &[
            ("SearchReplaceNoExactMatch", FailureKind::EditNoMatch),
            ("UnifiedDiffNoMatch", FailureKind::EditNoMatch),
            ("UnifiedDiffNotUnique", FailureKind::EditAmbiguous),
        ]
    }

    fn folders(&self, places: &AgentHomes) -> Vec<AgentFolder> {
        let found = histories(places).into_iter().filter(|history| history.is_file());
        found.map(|path| AgentFolder { path: path.clone(), within: path, is_deep: false }).collect()
    }

    fn trees(&self, places: &AgentHomes) -> Vec<(usize, PathBuf)> {
        histories(places).into_iter().map(|history| (0, history)).collect()
    }

    fn list(&self, folder: &Path, _: bool, search: &mut FileSearch) {
        search.add_rows(&self.agent(), folder, || self.sessions_in(folder, None));
    }

    fn find_named(&self, folder: &Path, id: &str) -> Option<PathBuf> {
        self.sessions_in(folder, Some(id)).ok()?.pop().map(|row| folder.join(row.id))
    }
}

/// Path, size and time of a history.
type HistoryState = (PathBuf, u64, Option<SystemTime>);

thread_local! {
    /// The runs of the history that was read last: a hook asks for each of them.
    static LAST: RefCell<Option<(HistoryState, Vec<DatabaseSession>)>> = const { RefCell::new(None) };
}

/// The runs of a history that was last written at a time.
fn rows_of(text: &str, written: Option<SystemTime>) -> Vec<DatabaseSession> {
    let all = runs(text);
    let row = |(place, run): (usize, &AiderRun<'_>)| {
        let next = all.get(place + 1).and_then(|next| next.started);
        let modified = next.map_or(written, |next| Some(SystemTime::from(next)));
        DatabaseSession { id: run.id.clone(), size: run.text.len() as u64, modified }
    };
    all.iter().enumerate().map(row).collect()
}

/// In the root of the work tree, unless the person has named another file.
fn histories(places: &AgentHomes) -> Vec<PathBuf> {
    match (places.moved_by(MOVED), &places.root) {
        (Some(moved), Some(root)) => vec![root.join(moved)],
        (Some(moved), None) => vec![moved.to_owned()],
        (None, _) => places.in_root(HISTORY).into_iter().collect(),
    }
}

/// Bytes of a history; a longer one is left out.
const LONGEST: u64 = 256 * 1024 * 1024;

/// A history may hold bytes of commands in any encoding.
fn read(history: &Path) -> io::Result<String> {
    let bytes = files::read(history, LONGEST)?.ok_or(io::ErrorKind::NotFound)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn inputs_beside(history: &Path) -> PathBuf {
    let name = history.file_name().unwrap_or_default().to_string_lossy();
    history.with_file_name(name.replace("chat.history.md", "input.history"))
}
