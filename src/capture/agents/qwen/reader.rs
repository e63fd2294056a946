//! What is particular to Qwen Code, in one place: its version, its words, its files.

use std::path::{Path, PathBuf};

use super::lines;
use crate::capture::events::Events;
use crate::capture::held::{HeldFact, SessionFact};
use crate::capture::json::Read;
use crate::capture::lines::first_lines;
use crate::capture::places::{AgentFolder, AgentHomes, is_named_after};
use crate::capture::reader::Reader;
use crate::capture::search::{FileSearch, folders_in, has_extension};
use crate::record::agent::Agent;
use crate::record::session::FailureKind;

pub(in crate::capture) struct Qwen;

impl Reader for Qwen {
    fn agent(&self) -> Agent {
        Agent::known("qwen")
    }

    fn version(&self) -> u32 {
        1
    }

    fn newest_seen(&self) -> Option<&'static str> {
        Some("0.24.4")
    }

    fn held(&self, fact: SessionFact) -> HeldFact {
        match fact {
            SessionFact::Reasons => HeldFact::InPart("the reason is the next prompt"),
            SessionFact::Cost => HeldFact::Absent,
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
            ("0 occurrences found for old_string", FailureKind::EditNoMatch),
            ("could not find the string to replace", FailureKind::EditNoMatch),
            ("but replace_all was not enabled", FailureKind::EditAmbiguous),
            ("has not been read in this session", FailureKind::EditStale),
            ("Blocked: standalone sleep", FailureKind::BadInput),
            ("Path must be absolute", FailureKind::BadInput),
            ("params must have", FailureKind::BadInput),
            ("File not found", FailureKind::FileMissing),
        ]
    }

    fn folders(&self, places: &AgentHomes) -> Vec<AgentFolder> {
        let Some(projects) = projects(places) else { return Vec::new() };
        let mut folders = Vec::new();
        for project in folders_in(&projects) {
            for (name, is_deep) in [(CHATS, false), (SUBAGENTS, true)] {
                let path = project.join(name);
                if path.is_dir() {
                    folders.push(AgentFolder { path, within: projects.clone(), is_deep });
                }
            }
        }
        folders
    }

    fn trees(&self, places: &AgentHomes) -> Vec<(usize, PathBuf)> {
        projects(places).map(|projects| (2, projects)).into_iter().collect()
    }

    fn names_folders(&self) -> bool {
        true
    }

    fn may_be_of(&self, folder: &Path, roots: &[PathBuf]) -> bool {
        let project = folder.parent().and_then(Path::file_name).map(|name| name.to_string_lossy()).unwrap_or_default();
        is_named_after(&project, roots)
    }

    fn list(&self, folder: &Path, deep: bool, search: &mut FileSearch) {
        if deep {
            search.transcripts_below(&self.agent(), folder);
            return;
        }
        for entry in search.read(folder) {
            let path = entry.path();
            if has_extension(&path, &["jsonl"]) {
                search.add_entry(self.agent(), path, &entry);
            }
        }
    }

    fn find_named(&self, folder: &Path, id: &str) -> Option<PathBuf> {
        let is_of_chats = folder.file_name().is_some_and(|name| name == CHATS);
        Some(folder.join(format!("{id}.jsonl"))).filter(|path| is_of_chats && path.exists())
    }

    fn subagents_folder(&self, main: &Path) -> Option<PathBuf> {
        // Of a name alone, it is the one beside its folder.
        let project = match main.parent()?.parent() {
            Some(project) => project.to_owned(),
            None => PathBuf::from(".."),
        };
        Some(project.join(SUBAGENTS).join(main.file_stem()?))
    }

    fn parent_of(&self, transcript: &Path) -> Option<PathBuf> {
        let session = transcript.parent()?;
        let subagents = session.parent().filter(|folder| folder.ends_with(SUBAGENTS))?;
        let name = format!("{}.jsonl", session.file_name()?.to_string_lossy());
        Some(subagents.parent()?.join(CHATS).join(name)).filter(|main| main.is_file())
    }

    fn describes_another(&self, file: &Path) -> bool {
        let name = file.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        let of = name.strip_suffix(".meta.json").map(|stem| file.with_file_name(format!("{stem}.jsonl")));
        of.is_some_and(|transcript| transcript.is_file())
    }
}

const CHATS: &str = "chats";
const SUBAGENTS: &str = "subagents";

fn projects(places: &AgentHomes) -> Option<PathBuf> {
    let moved = places.moved_by("QWEN_RUNTIME_DIR").or_else(|| places.moved_by("QWEN_HOME")).map(Path::to_owned);
    Some(moved.or_else(|| Some(places.home.as_ref()?.join(".qwen")))?.join("projects"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_subagents_of_a_session_are_beside_the_folder_of_chats() {
        let main = Path::new("/h/.qwen/projects/-w/chats/a.jsonl");
        assert_eq!(Qwen.subagents_folder(main).unwrap(), Path::new("/h/.qwen/projects/-w/subagents/a"));
        assert_eq!(Qwen.subagents_folder(Path::new("a.jsonl")).unwrap(), Path::new("../subagents/a"));
    }

    #[test]
    fn the_name_of_the_project_says_whose_it_may_be() {
        let roots = [PathBuf::from("/w/my.app")];
        for (name, expected) in [("-w-my-app", true), ("-w-my-app-src", true), ("-w", true), ("-w-my-apple", false)] {
            assert_eq!(Qwen.may_be_of(&Path::new("/p").join(name).join("chats"), &roots), expected, "{name}");
        }
    }
}
