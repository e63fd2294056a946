//! What is particular to the Copilot CLI, in one place: its version, its words, its files.

use std::path::{Path, PathBuf};

use super::lines;
use crate::capture::events::Events;
use crate::capture::held::{HeldFact, SessionFact};
use crate::capture::json::Read;
use crate::capture::lines::first_lines;
use crate::capture::places::{AgentFolder, AgentHomes};
use crate::capture::reader::Reader;
use crate::capture::search::{FileSearch, folders_in, has_extension};
use crate::record::agent::Agent;
use crate::record::session::FailureKind;

pub(in crate::capture) struct Copilot;

/// The file of a session, in a folder with the session's id.
const EVENTS: &str = "events.jsonl";

impl Reader for Copilot {
    fn agent(&self) -> Agent {
        Agent::known("copilot")
    }

    fn version(&self) -> u32 {
        1
    }

    fn newest_seen(&self) -> Option<&'static str> {
        Some("1.0.102")
    }

    fn held(&self, fact: SessionFact) -> HeldFact {
        match fact {
            SessionFact::Tokens => {
                HeldFact::InPart("of older versions only what came back, and the rest of runs that ended by themselves")
            }
            SessionFact::Cost => HeldFact::NotRead,
            SessionFact::Forks => HeldFact::Absent,
            _ => HeldFact::Read,
        }
    }

    fn recognises(&self, head: &[u8]) -> bool {
        first_lines(head).any(lines::recognises)
    }

    fn read_line(&self, line: &[u8], events: &mut Events) -> Read<()> {
        lines::read_line(line, events)
    }

    fn failures(&self) -> &'static [(&'static str, FailureKind)] {
        FAILURES
    }

    /// `session-state`, in which older versions put the files themselves, and the folder of each session.
    fn folders(&self, places: &AgentHomes) -> Vec<AgentFolder> {
        let Some(within) = sessions(places).filter(|folder| folder.is_dir()) else { return Vec::new() };
        let below = folders_in(&within).into_iter().chain([within.clone()]);
        below.map(|path| AgentFolder { path, within: within.clone(), is_deep: false }).collect()
    }

    fn trees(&self, places: &AgentHomes) -> Vec<(usize, PathBuf)> {
        sessions(places).map(|folder| (1, folder)).into_iter().collect()
    }

    fn list(&self, folder: &Path, _: bool, search: &mut FileSearch) {
        let is_one = folder.file_name().is_some_and(|name| name != SESSIONS);
        if is_one {
            let events = folder.join(EVENTS);
            if events.exists() {
                search.add(self.agent(), events);
            }
            return;
        }
        for entry in search.read(folder) {
            if has_extension(&entry.path(), &["jsonl"]) {
                search.add_entry(self.agent(), entry.path(), &entry);
            }
        }
    }

    fn find_named(&self, folder: &Path, id: &str) -> Option<PathBuf> {
        let path = match folder.file_name().and_then(|name| name.to_str()) {
            Some(name) if name == id => folder.join(EVENTS),
            Some(SESSIONS) => folder.join(format!("{id}.jsonl")),
            _ => return None,
        };
        Some(path).filter(|path| path.exists())
    }

    fn named_by<'a>(&self, transcript: &'a Path) -> Option<&'a str> {
        transcript.parent().filter(|_| transcript.ends_with(EVENTS))?.file_name()?.to_str()
    }

    /// What of files was kept for taking turns back, and the state of the programs around a session.
    fn describes_another(&self, file: &Path) -> bool {
        let folder = |path: &Path| path.parent().map(Path::to_owned);
        let is_session = |folder: &Path| folder.join(EVENTS).is_file();
        let own = ["workspace.yaml", "vscode.metadata.json"].iter().any(|name| file.ends_with(name));
        let inside = file.ancestors().skip(1).any(|above| {
            ["rewind-file-snapshots", "rewind-snapshots", "checkpoints", "files"]
                .iter()
                .any(|name| above.ends_with(name))
                && above.parent().is_some_and(is_session)
        });
        inside || (own && folder(file).is_some_and(|folder| is_session(&folder)))
    }
}

/// The same in the CLI and in the extension for editors.
pub(in crate::capture::agents) const FAILURES: &[(&str, FailureKind)] = &[
    ("Permission to run this tool was denied", FailureKind::Permission),
    ("Permission denied and could not request permission", FailureKind::Permission),
    ("No match found", FailureKind::EditNoMatch),
    ("Could not find matching text to replace", FailureKind::EditNoMatch),
    ("Failed to find expected lines", FailureKind::EditNoMatch),
    ("Failed to find context", FailureKind::EditNoMatch),
    ("Multiple matches found", FailureKind::EditAmbiguous),
    ("Path already exists", FailureKind::BadInput),
    ("Path does not exist", FailureKind::FileMissing),
    ("File does not exist", FailureKind::FileMissing),
];

const SESSIONS: &str = "session-state";

fn sessions(places: &AgentHomes) -> Option<PathBuf> {
    let moved = places.moved_by("COPILOT_HOME").map(Path::to_owned);
    let home = moved.or_else(|| Some(places.home.as_ref()?.join(".copilot")));
    home.map(|home| home.join(SESSIONS))
}
