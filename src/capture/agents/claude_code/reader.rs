//! What is particular to Claude Code, in one place: its version, its words, its files.

use std::path::{Path, PathBuf};

use super::{files, lines};
use crate::capture::events::Events;
use crate::capture::held::{HeldFact, SessionFact};
use crate::capture::json::Read;
use crate::capture::lines::first_lines;
use crate::capture::places::{AgentFolder, AgentHomes};
use crate::capture::reader::Reader;
use crate::capture::search::FileSearch;
use crate::record::agent::Agent;
use crate::record::session::FailureKind;

pub(in crate::capture) struct ClaudeCode;

impl Reader for ClaudeCode {
    fn agent(&self) -> Agent {
        Agent::known("claude-code")
    }

    fn version(&self) -> u32 {
        2
    }

    fn newest_seen(&self) -> Option<&'static str> {
        Some("2.1.332")
    }

    fn held(&self, fact: SessionFact) -> HeldFact {
        match fact {
            SessionFact::Cost => HeldFact::NotRead,
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
        &[
            ("String to replace not found in file", FailureKind::EditNoMatch),
            ("but replace_all is false", FailureKind::EditAmbiguous),
            ("File has not been read yet", FailureKind::EditStale),
            ("File has been modified since read", FailureKind::EditStale),
            ("File has been unexpectedly modified", FailureKind::EditStale),
            ("InputValidationError", FailureKind::BadInput),
            ("exceeds maximum allowed tokens", FailureKind::BadInput),
            ("exceeds maximum allowed size", FailureKind::BadInput),
            ("File does not exist", FailureKind::FileMissing),
            ("Path does not exist", FailureKind::FileMissing),
            ("Directory does not exist", FailureKind::FileMissing),
            ("requires approval", FailureKind::Permission),
            ("permissions to use", FailureKind::Permission),
        ]
    }

    /// The exit code stands in a line of its own above the output.
    fn printed<'a>(&self, output: &'a str) -> &'a str {
        match output.split_once('\n') {
            Some((first, rest)) if first.starts_with("Exit code ") => rest,
            None if output.starts_with("Exit code ") => "",
            _ => output,
        }
    }

    fn folders(&self, places: &AgentHomes) -> Vec<AgentFolder> {
        files::folders(places)
    }

    fn trees(&self, places: &AgentHomes) -> Vec<(usize, PathBuf)> {
        files::projects(places).into_iter().map(|projects| (1, projects)).collect()
    }

    fn names_folders(&self) -> bool {
        true
    }

    fn may_be_of(&self, folder: &Path, roots: &[PathBuf]) -> bool {
        files::may_be_of(folder, roots)
    }

    fn list(&self, folder: &Path, _: bool, search: &mut FileSearch) {
        files::list(&self.agent(), folder, search);
    }

    fn find_named(&self, folder: &Path, id: &str) -> Option<PathBuf> {
        Some(folder.join(format!("{id}.jsonl"))).filter(|path| path.exists())
    }

    fn subagents_folder(&self, main: &Path) -> Option<PathBuf> {
        Some(files::subagents_folder(main))
    }

    fn parent_of(&self, transcript: &Path) -> Option<PathBuf> {
        files::parent_of(transcript)
    }

    fn describes_another(&self, file: &Path) -> bool {
        files::describes_another(file)
    }
}
