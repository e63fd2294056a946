//! The readers in a table, those that a person's or a repository's settings map beside it, and what follows from all of them.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::Path;
use std::sync::{PoisonError, RwLock};

use super::agents::aider::Aider;
use super::agents::amp::Amp;
use super::agents::atif::TrajectoryDocument;
use super::agents::claude_code::ClaudeCode;
use super::agents::cline::Cline;
use super::agents::codex::Codex;
use super::agents::continue_cli::Continue;
use super::agents::copilot::Copilot;
use super::agents::copilot_chat::CopilotChat;
use super::agents::crush::Crush;
use super::agents::cursor::CursorEditor;
use super::agents::droid::Droid;
use super::agents::gemini::Gemini;
use super::agents::goose::Goose;
use super::agents::kiro::Kiro;
use super::agents::mapped::{FilePattern, MappedReader};
use super::agents::mini_swe_agent::MiniSweAgent;
use super::agents::opencode::{KILO, OPENCODE};
use super::agents::openhands::OpenHands;
use super::agents::pi::Pi;
use super::agents::qwen::Qwen;
use super::agents::roo::Roo;
use super::agents::specstory::SpecStory;
use super::agents::swe_agent::SweAgent;
use super::agents::windsurf::Windsurf;
use super::agents::zed::Zed;
use super::compressed;
use super::event;
use super::reader::Reader;
use crate::record::agent::Agent;
use crate::record::agent_mapping::AgentMapping;
use crate::record::agents::is_version;

/// In the order of the table of agents.
#[rustfmt::skip]
pub(super) static READERS: &[&dyn Reader] = &[
    &ClaudeCode,
    &Codex,
    &Copilot,
    &CopilotChat,
    &CursorEditor,
    &Gemini,
    &Amp,
    &Qwen,
    &Cline,
    &Pi,
    &KILO,
    &OPENCODE,
    &Aider,
    &Crush,
    &Continue,
    &OpenHands,
    &Roo,
    &Droid,
    &Windsurf,
    &Goose,
    &Zed,
    &Kiro,
    &MiniSweAgent,
    &SweAgent,
    &SpecStory,
    &TrajectoryDocument,
];

/// Those that the settings map, which are the same for all that a process does. Behind those of the table: where the content
/// decides, a mapping takes no agent's files from its own reader.
static MAPPED: RwLock<&'static [MappedReader]> = RwLock::new(&[]);

/// Reads the sessions of these agents from now on, and no longer those that were mapped before.
pub(crate) fn map_agents(agents: Vec<(AgentMapping, Vec<FilePattern>)>) {
    let readers: Vec<MappedReader> =
        agents.into_iter().map(|(mapping, patterns)| MappedReader::new(mapping, patterns)).collect();
    if readers != mapped() {
        // Others may read by the ones before; settings change seldom in one process.
        *MAPPED.write().unwrap_or_else(PoisonError::into_inner) = readers.leak();
    }
}

fn mapped() -> &'static [MappedReader] {
    *MAPPED.read().unwrap_or_else(PoisonError::into_inner)
}

/// The readers of the table, and those of the settings.
pub(super) fn readers() -> impl Iterator<Item = &'static dyn Reader> {
    READERS.iter().copied().chain(mapped().iter().map(|reader| reader as &dyn Reader))
}

/// The mapped reader to whose files a path belongs.
pub(super) fn mapped_reader_of(path: &Path) -> Option<&'static dyn Reader> {
    mapped().iter().find(|reader| reader.owns(path)).map(|reader| reader as &dyn Reader)
}

/// Whether the settings map an agent of this name.
pub(crate) fn is_mapped(name: &str) -> bool {
    mapped().iter().any(|reader| reader.agent().as_str() == name)
}

/// A number that changes with what is read by the mappings; `None` where there are none.
pub(crate) fn mapped_digest() -> Option<u64> {
    let mapped = Some(mapped()).filter(|mapped| !mapped.is_empty())?;
    let mut hasher = DefaultHasher::new();
    mapped.iter().for_each(|reader| reader.fields().hash(&mut hasher));
    Some(hasher.finish())
}

pub(super) fn reader(agent: &Agent) -> Option<&'static dyn Reader> {
    readers().find(|reader| reader.agent() == *agent)
}

/// The agents whose sessions are read.
pub fn read_agents() -> Vec<Agent> {
    readers().map(|reader| reader.agent()).collect()
}

/// Whether the folders of an agent's transcripts say which repository they are of.
pub fn names_folders(agent: &Agent) -> bool {
    reader(agent).is_some_and(Reader::names_folders)
}

/// What names a transcript: its file, or the folder that it is in.
pub fn name_of(transcript: &Path) -> Option<&str> {
    let of_folder = readers().find_map(|reader| reader.named_by(transcript));
    of_folder.or_else(|| compressed::stem_of(transcript))
}

/// The session's id in the name of a transcript: all of it, unless its agent writes more.
pub fn id_in_name(stem: &str) -> &str {
    readers().find_map(|reader| reader.id_in_name(stem)).unwrap_or(stem)
}

/// Whether a version of an agent is newer than those of which sessions were at hand when its reader was written; then the newest of
/// these.
pub fn newer_than_known(agent: &Agent, version: &str) -> Option<&'static str> {
    // A version is text from outside, and is printed.
    let known = reader(agent).filter(|_| is_version(version))?.newest_seen()?;
    let numbers =
        |text: &str| -> Vec<u64> { text.split(['.', '-', '+']).map_while(|part| part.parse().ok()).collect() };
    (numbers(version) > numbers(known)).then_some(known)
}

/// The version of all events: it changes with each reader's, so that what was kept of older ones is read again.
pub fn version() -> u32 {
    version_of(READERS)
}

fn version_of(readers: &[&dyn Reader]) -> u32 {
    event::VERSION + readers.iter().map(|reader| reader.version()).sum::<u32>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::held::{HeldFact, SessionFact};
    use crate::record::agents::AGENTS;

    struct Toy(u32);

    impl Reader for Toy {
        fn agent(&self) -> Agent {
            Agent::known("toy")
        }

        fn version(&self) -> u32 {
            self.0
        }

        fn held(&self, _: SessionFact) -> HeldFact {
            HeldFact::Absent
        }

        fn recognises(&self, _: &[u8]) -> bool {
            false
        }
    }

    #[test]
    fn the_version_changes_with_each_reader() {
        let before = version_of(&[&Toy(1), &Toy(1)]);
        for (name, readers) in [
            ("the first", [&Toy(2) as &dyn Reader, &Toy(1)].as_slice()),
            ("the second", &[&Toy(1), &Toy(2)]),
            ("a new one", &[&Toy(1), &Toy(1), &Toy(1)]),
        ] {
            assert!(version_of(readers) > before, "{name}");
        }
        assert!(READERS.iter().all(|reader| reader.version() > 0), "one that is new raises it, too");
    }

    #[test]
    fn the_table_of_agents_says_which_have_a_reader() {
        let said: Vec<&Agent> = AGENTS.iter().filter(|row| row.agent.has_reader()).map(|row| &row.agent).collect();
        let read: Vec<Agent> = READERS.iter().map(|reader| reader.agent()).collect();
        assert_eq!(said, read.iter().collect::<Vec<_>>());
    }

    #[test]
    fn a_version_is_newer_by_its_numbers() {
        let codex = Agent::known("codex");
        for (version, is_newer) in [
            ("0.171.0", false),
            ("0.172.0", true),
            ("0.99.0", false),
            ("1.0.0-alpha.4", true),
            ("0.171.0-alpha.1", false),
            ("", false),
            ("nightly", false),
            ("99.0.0\u{1b}[31m", false),
        ] {
            assert_eq!(newer_than_known(&codex, version).is_some(), is_newer, "{version}");
        }
        assert_eq!(newer_than_known(&Agent::known("pi"), "9.9.9"), None, "its sessions do not name their version");
    }
}
