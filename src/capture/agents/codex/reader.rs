//! What is particular to Codex, in one place: its version, its words, its files.

use std::fs;
use std::path::{Path, PathBuf};

use super::lines;
use crate::capture::compressed::{is_compressed, stem_of};
use crate::capture::events::Events;
use crate::capture::held::{HeldFact, SessionFact};
use crate::capture::json::Read;
use crate::capture::lines::first_lines;
use crate::capture::places::{AgentFolder, AgentHomes};
use crate::capture::reader::Reader;
use crate::capture::search::{FileSearch, folders_in, has_extension};
use crate::record::agent::Agent;
use crate::record::session::FailureKind;

pub(in crate::capture) struct Codex;

impl Reader for Codex {
    fn agent(&self) -> Agent {
        Agent::known("codex")
    }

    fn version(&self) -> u32 {
        2
    }

    fn newest_seen(&self) -> Option<&'static str> {
        Some("0.171.0")
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
            // A rule that forbids the command.
            ("CreateProcess { message: \"Rejected(", FailureKind::Permission),
            ("Failed to find expected lines", FailureKind::EditNoMatch),
            ("Failed to find context", FailureKind::EditNoMatch),
            ("apply_patch verification failed", FailureKind::EditNoMatch),
            ("failed to parse function arguments", FailureKind::BadInput),
            ("Sandbox(Denied", FailureKind::Permission),
            ("failed in sandbox", FailureKind::Permission),
        ]
    }

    /// `sessions/YYYY/MM/DD`, and the archive.
    fn folders(&self, places: &AgentHomes) -> Vec<AgentFolder> {
        let Some(home) = home(places) else { return Vec::new() };
        let sessions = home.join("sessions");
        let mut folders = Vec::new();
        let mut level = if sessions.is_dir() { vec![sessions.clone()] } else { Vec::new() };
        for depth in 0..=DAY {
            let below =
                if depth < DAY { level.iter().flat_map(|folder| folders_in(folder)).collect() } else { Vec::new() };
            let of_level = |path| AgentFolder { path, within: sessions.clone(), is_deep: depth == DAY };
            folders.extend(level.drain(..).map(of_level));
            level = below;
        }
        let archive = home.join("archived_sessions");
        if archive.is_dir() {
            folders.push(AgentFolder { path: archive.clone(), within: archive, is_deep: true });
        }
        folders
    }

    fn trees(&self, places: &AgentHomes) -> Vec<(usize, PathBuf)> {
        let of_home = |home: PathBuf| [(DAY, home.join("sessions")), (0, home.join("archived_sessions"))];
        home(places).map(of_home).into_iter().flatten().collect()
    }

    fn list(&self, folder: &Path, deep: bool, search: &mut FileSearch) {
        search.files_of(&self.agent(), folder, deep, true);
    }

    fn find_named(&self, folder: &Path, id: &str) -> Option<PathBuf> {
        let is_it = |path: &PathBuf| {
            let stem = stem_of(path).unwrap_or_default();
            (has_extension(path, &["jsonl"]) || is_compressed(path))
                && (stem == id || self.id_in_name(stem) == Some(id))
        };
        fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).filter(is_it).min()
    }

    /// `rollout-TIME-ID`
    fn id_in_name<'a>(&self, stem: &'a str) -> Option<&'a str> {
        stem.strip_prefix("rollout-")?.get("2026-01-02T03-04-05-".len()..).filter(|id| !id.is_empty())
    }
}

/// How far below `sessions` the folders of single days are.
const DAY: usize = 3;

fn home(places: &AgentHomes) -> Option<PathBuf> {
    let moved = places.moved_by("CODEX_HOME").map(Path::to_owned);
    moved.or_else(|| Some(places.home.as_ref()?.join(".codex")))
}
