//! What is particular to Copilot Chat, in one place: its version, its words, its files.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{document, places, requests, traces};
use crate::capture::agents::copilot;
use crate::capture::event::{EventKind, SessionFacts};
use crate::capture::events::Events;
use crate::capture::held::{HeldFact, SessionFact};
use crate::capture::lines::{first_lines, without_mark};
use crate::capture::places::{AgentFolder, AgentHomes};
use crate::capture::reader::Reader;
use crate::capture::search::FileSearch;
use crate::record::agent::Agent;
use crate::record::session::{FailureKind, Skip};

pub(in crate::capture) struct CopilotChat;

impl Reader for CopilotChat {
    fn agent(&self) -> Agent {
        Agent::known("copilot-chat")
    }

    fn version(&self) -> u32 {
        1
    }

    fn held(&self, fact: SessionFact) -> HeldFact {
        match fact {
            SessionFact::Edits => HeldFact::InPart("of a request that was stopped only what the editor put in"),
            SessionFact::Results => HeldFact::InPart("exit codes of newer versions"),
            SessionFact::Tokens => HeldFact::InPart("only in Visual Studio"),
            SessionFact::Subagents => HeldFact::InPart("only their tasks"),
            SessionFact::Reasons | SessionFact::Cost | SessionFact::Forks => HeldFact::Absent,
            _ => HeldFact::Read,
        }
    }

    fn recognises(&self, head: &[u8]) -> bool {
        first_lines(head).any(copilot::is_of_an_editor) || traces::recognises(head) || document::recognises(head)
    }

    fn only_grows(&self) -> bool {
        false
    }

    fn read_whole(&self, main: &Path, events: &mut Events) -> io::Result<()> {
        let bytes = fs::read(main)?;
        let text = without_mark(&bytes);
        if first_lines(text).any(copilot::is_of_an_editor) {
            events.about(SessionFacts { cwd: places::opened(main), ..SessionFacts::default() });
            tell_events(text, events);
        } else if traces::recognises(text) {
            traces::tell(text, events);
        } else {
            let (chat, skipped) = document::read(text);
            requests::tell(&chat, places::opened(main), events);
            for line in skipped {
                events.push(EventKind::Skipped(Skip { line, why: "damaged JSON".to_owned() }));
            }
        }
        Ok(())
    }

    fn failures(&self) -> &'static [(&'static str, FailureKind)] {
        copilot::FAILURES
    }

    fn folders(&self, places: &AgentHomes) -> Vec<AgentFolder> {
        places::folders(places)
    }

    fn trees(&self, places: &AgentHomes) -> Vec<(usize, PathBuf)> {
        places::trees(places)
    }

    fn names_folders(&self) -> bool {
        true
    }

    fn may_be_of(&self, folder: &Path, roots: &[PathBuf]) -> bool {
        places::may_be_of(folder, roots)
    }

    fn list(&self, folder: &Path, _: bool, search: &mut FileSearch) {
        places::list(&self.agent(), folder, search);
    }

    fn find_named(&self, folder: &Path, id: &str) -> Option<PathBuf> {
        places::find_named(folder, id)
    }
}

/// The events that the extension writes are those of the CLI.
fn tell_events(text: &[u8], events: &mut Events) {
    for (line, number) in text.split_inclusive(|byte| *byte == b'\n').zip(1..) {
        let is_whole = line.ends_with(b"\n");
        let line = line.trim_ascii();
        if !line.is_empty() && copilot::read_line(line, events).is_err() && is_whole {
            events.push(EventKind::Skipped(Skip { line: number, why: "damaged JSON".to_owned() }));
        }
    }
}
