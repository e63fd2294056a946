//! Where Pi keeps its sessions, and how they are known.

use std::fs;
use std::path::{Path, PathBuf};

use super::places::{id_in_name, is_pis, named_folder, sessions};
use super::{lines, subagents};
use crate::capture::compressed::{is_compressed, stem_of};
use crate::capture::events::Events;
use crate::capture::held::{HeldFact, SessionFact};
use crate::capture::json::{self, Read};
use crate::capture::lines::first_lines;
use crate::capture::places::{AgentFolder, AgentHomes, is_named_after};
use crate::capture::reader::Reader;
use crate::capture::search::{FileSearch, folders_in, has_extension};
use crate::record::agent::Agent;
use crate::record::session::FailureKind;

pub(in crate::capture) struct Pi;

impl Reader for Pi {
    fn agent(&self) -> Agent {
        Agent::known("pi")
    }

    fn version(&self) -> u32 {
        3
    }

    fn held(&self, fact: SessionFact) -> HeldFact {
        match fact {
            SessionFact::Rejections | SessionFact::Reasons | SessionFact::Version => HeldFact::Absent,
            SessionFact::Subagents => HeldFact::InPart("those of the extension pi-subagents"),
            SessionFact::Cost => HeldFact::NotRead,
            _ => HeldFact::Read,
        }
    }

    fn recognises(&self, head: &[u8]) -> bool {
        first_lines(head).any(is_header)
    }

    fn read_line(&self, line: &[u8], events: &mut Events) -> Read<()> {
        lines::read_line(line, events)
    }

    fn failures(&self) -> &'static [(&'static str, FailureKind)] {
        &[
            ("Could not find the exact text in", FailureKind::EditNoMatch),
            ("Could not find edits[", FailureKind::EditNoMatch),
            (" occurrences of the text in ", FailureKind::EditAmbiguous),
            (" occurrences of edits[", FailureKind::EditAmbiguous),
            ("must not be empty in", FailureKind::BadInput),
            ("Edit tool input is invalid", FailureKind::BadInput),
            ("Validation failed for tool", FailureKind::BadInput),
            ("is beyond end of file", FailureKind::BadInput),
        ]
    }

    fn folders(&self, places: &AgentHomes) -> Vec<AgentFolder> {
        let Some((depth, sessions)) = sessions(places) else { return Vec::new() };
        let of_folder = |path| AgentFolder { path, within: sessions.clone(), is_deep: false };
        let mut folders: Vec<AgentFolder> = match depth {
            0 if sessions.is_dir() => vec![of_folder(sessions.clone())],
            0 => Vec::new(),
            _ => folders_in(&sessions).into_iter().map(of_folder).collect(),
        };
        let named = named_folder(places).filter(|named| folders.iter().all(|known| known.path != *named));
        folders.extend(named.map(|path| AgentFolder { path: path.clone(), within: path, is_deep: false }));
        folders
    }

    fn trees(&self, places: &AgentHomes) -> Vec<(usize, PathBuf)> {
        sessions(places).into_iter().chain(named_folder(places).map(|folder| (0, folder))).collect()
    }

    fn names_folders(&self) -> bool {
        true
    }

    fn may_be_of(&self, folder: &Path, roots: &[PathBuf]) -> bool {
        let name = folder.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        !name.starts_with("--") || is_named_after(&name, roots)
    }

    fn list(&self, folder: &Path, deep: bool, search: &mut FileSearch) {
        // The folder of a session that its shell names may hold what is none.
        match deep || is_pis(folder) {
            true => search.files_of(&self.agent(), folder, deep, true),
            false => {
                let files = search.read(folder);
                let is_session = |path: &PathBuf| is_jsonl(path) && stem_of(path).and_then(id_in_name).is_some();
                let sessions = files.iter().map(std::fs::DirEntry::path).filter(is_session);
                sessions.for_each(|path| search.add(self.agent(), path));
            }
        }
        for below in folders_in(folder) {
            if !deep && is_of_session(&below) {
                search.transcripts_below(&self.agent(), &below);
            }
        }
    }

    fn find_named(&self, folder: &Path, id: &str) -> Option<PathBuf> {
        let is_it = |path: &PathBuf| {
            let stem = stem_of(path).unwrap_or_default();
            is_jsonl(path) && self.id_in_name(stem) == Some(id)
        };
        fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).filter(is_it).min()
    }

    fn subagents_folder(&self, main: &Path) -> Option<PathBuf> {
        subagents::folder(main)
    }

    fn parent_of(&self, transcript: &Path) -> Option<PathBuf> {
        let (folder, _) = subagents::folder_of(transcript)?;
        let main = folder.with_file_name(format!("{}.jsonl", folder.file_name()?.to_str()?));
        main.is_file().then_some(main)
    }

    fn parent_in_place<'a>(&self, transcript: &'a Path) -> Option<&'a str> {
        subagents::folder_of(transcript).map(|(_, parent)| parent)
    }

    fn id_in_name<'a>(&self, stem: &'a str) -> Option<&'a str> {
        id_in_name(stem)
    }
}

fn is_jsonl(path: &Path) -> bool {
    has_extension(path, &["jsonl"]) || is_compressed(path)
}

fn is_of_session(folder: &Path) -> bool {
    folder.file_name().and_then(|name| id_in_name(name.to_str()?)).is_some()
}

fn is_header(line: &[u8]) -> bool {
    let (mut kind, mut marks): (&[u8], u32) = (b"", 0);
    let read = json::whole_object(line, |cursor, key| {
        match key {
            b"type" => kind = cursor.value()?.bare(),
            b"id" | b"cwd" | b"timestamp" => marks += 1,
            _ => {}
        }
        Ok(())
    });
    read.is_ok() && kind == b"session" && marks == 3
}
