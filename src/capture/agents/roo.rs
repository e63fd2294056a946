//! Roo Code, an extension for editors: a folder for each task (`task_folders`). Its tasks name the folder that they were begun in, and the
//! task that began them.

use std::io;
use std::path::{Path, PathBuf};

use super::task_folders as tasks;
use crate::capture::events::Events;
use crate::capture::held::{HeldFact, SessionFact};
use crate::capture::places::{AgentFolder, AgentHomes};
use crate::capture::reader::Reader;
use crate::capture::search::FileSearch;
use crate::record::agent::Agent;
use crate::record::session::FailureKind;

pub(in crate::capture) struct Roo;

const EXTENSION: &str = "rooveterinaryinc.roo-cline";

impl Reader for Roo {
    fn agent(&self) -> Agent {
        Agent::known("roo")
    }

    fn version(&self) -> u32 {
        1
    }

    fn held(&self, fact: SessionFact) -> HeldFact {
        match fact {
            SessionFact::Version | SessionFact::Forks => HeldFact::Absent,
            SessionFact::Cost => HeldFact::NotRead,
            _ => HeldFact::Read,
        }
    }

    /// Its extension writes tags that the one it was made from does not.
    fn recognises(&self, head: &[u8]) -> bool {
        tasks::recognises(head) && tasks::is_of_fork(head)
    }

    fn only_grows(&self) -> bool {
        false
    }

    fn read_whole(&self, main: &Path, events: &mut Events) -> io::Result<()> {
        tasks::read(main, events)
    }

    fn files_beside(&self, main: &Path) -> Vec<PathBuf> {
        tasks::files_beside(main)
    }

    fn failures(&self) -> &'static [(&'static str, FailureKind)] {
        &[
            ("No sufficiently similar match found", FailureKind::EditNoMatch),
            ("No match found for", FailureKind::EditNoMatch),
            ("Could not find", FailureKind::EditNoMatch),
            ("Found multiple matches", FailureKind::EditAmbiguous),
            ("File does not exist", FailureKind::FileMissing),
            ("Missing value for required parameter", FailureKind::BadInput),
            ("access_denied", FailureKind::Permission),
            ("Access blocked by .rooignore", FailureKind::Permission),
        ]
    }

    fn folders(&self, places: &AgentHomes) -> Vec<AgentFolder> {
        tasks::folders(places, EXTENSION)
    }

    fn trees(&self, places: &AgentHomes) -> Vec<(usize, PathBuf)> {
        tasks::trees(places, EXTENSION)
    }

    fn list(&self, folder: &Path, _: bool, search: &mut FileSearch) {
        tasks::list(&self.agent(), folder, search);
    }

    fn find_named(&self, folder: &Path, id: &str) -> Option<PathBuf> {
        tasks::find_named(folder, id)
    }

    fn named_by<'a>(&self, transcript: &'a Path) -> Option<&'a str> {
        tasks::named_by(transcript)
    }

    fn parent_of(&self, transcript: &Path) -> Option<PathBuf> {
        tasks::parent_of(transcript)
    }

    fn describes_another(&self, file: &Path) -> bool {
        tasks::describes(file)
    }
}
