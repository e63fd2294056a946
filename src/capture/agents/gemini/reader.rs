//! What is particular to Gemini CLI, in one place: its version, its words, its files.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::files;
use super::history::GeminiHistory;
use super::messages;
use crate::capture::events::Events;
use crate::capture::held::{HeldFact, SessionFact};
use crate::capture::lines::without_mark;
use crate::capture::places::{AgentFolder, AgentHomes};
use crate::capture::reader::Reader;
use crate::capture::search::FileSearch;
use crate::record::agent::Agent;
use crate::record::session::FailureKind;

pub(in crate::capture) struct Gemini;

impl Reader for Gemini {
    fn agent(&self) -> Agent {
        Agent::known("gemini")
    }

    fn version(&self) -> u32 {
        1
    }

    fn held(&self, fact: SessionFact) -> HeldFact {
        match fact {
            SessionFact::Reasons => HeldFact::InPart("the reason is the next prompt"),
            SessionFact::Interrupts => HeldFact::InPart("not the call that ran, when the program itself was stopped"),
            SessionFact::Version | SessionFact::Cost => HeldFact::Absent,
            _ => HeldFact::Read,
        }
    }

    /// Both stand at the beginning, in a line of its own or in a document.
    fn recognises(&self, head: &[u8]) -> bool {
        let head = head.trim_ascii_start();
        let start = &head[..head.len().min(1024)];
        let has = |name: &str| memchr::memmem::find(start, name.as_bytes()).is_some();
        head.starts_with(b"{") && has("\"sessionId\"") && has("\"projectHash\"")
    }

    fn only_grows(&self) -> bool {
        false
    }

    fn read_whole(&self, main: &Path, events: &mut Events) -> io::Result<()> {
        let bytes = fs::read(main)?;
        let history = GeminiHistory::read(without_mark(&bytes));
        messages::tell(&history, files::parent_id(main).map(str::to_owned), files::root(main), events);
        Ok(())
    }

    fn failures(&self) -> &'static [(&'static str, FailureKind)] {
        &[
            ("denied by policy", FailureKind::Permission),
            ("requires explicit user confirmation", FailureKind::Permission),
            ("Could not find an exact match", FailureKind::EditNoMatch),
            ("could not find the string to replace", FailureKind::EditNoMatch),
            ("0 occurrences found", FailureKind::EditNoMatch),
            ("occurrence but found", FailureKind::EditAmbiguous),
            ("occurrences but found", FailureKind::EditAmbiguous),
            ("File not found", FailureKind::FileMissing),
            ("Path not found", FailureKind::FileMissing),
            ("params must have", FailureKind::BadInput),
            ("Attempted to create a file that already exists", FailureKind::BadInput),
        ]
    }

    fn folders(&self, places: &AgentHomes) -> Vec<AgentFolder> {
        files::folders(places)
    }

    fn trees(&self, places: &AgentHomes) -> Vec<(usize, PathBuf)> {
        files::trees(places)
    }

    fn list(&self, folder: &Path, _: bool, search: &mut FileSearch) {
        files::list(&self.agent(), folder, search);
    }

    fn find_named(&self, folder: &Path, id: &str) -> Option<PathBuf> {
        files::find_named(folder, id)
    }

    fn subagents_folder(&self, main: &Path) -> Option<PathBuf> {
        files::subagents_folder(main)
    }

    fn parent_of(&self, transcript: &Path) -> Option<PathBuf> {
        files::parent_of(transcript)
    }

    fn describes_another(&self, file: &Path) -> bool {
        files::describes_another(file)
    }
}
