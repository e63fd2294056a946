//! The recorders whose notes are read: one row each.

use super::noted::{NoteProblem, NotedCommit};
use super::{agent_note, git_ai, qwen, whogitit};

/// A recorder that keeps a note beside each commit.
pub(crate) struct NoteSource {
    /// As in `import --from`, and in records.
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    /// Where its notes are; of a commit that several have, the first holds.
    pub(crate) references: &'static [&'static str],
    /// Reads one note.
    pub(crate) read: fn(&str) -> Result<NotedCommit, NoteProblem>,
    /// What its notes do not hold, and a record has.
    pub(crate) lacks: &'static str,
}

pub(crate) static SOURCES: &[NoteSource] = &[
    NoteSource {
        name: "git-ai",
        title: "git-ai",
        references: &["refs/notes/ai", "refs/notes/ai-remote/origin"],
        read: git_ai::read,
        lacks: "prompts, failures, corrections, checks, versions of agents",
    },
    NoteSource {
        name: "agent-note",
        title: "Agent Note",
        references: &["refs/notes/agentnote"],
        read: agent_note::read,
        lacks: "which lines an agent wrote, failures, corrections, checks, versions of agents",
    },
    NoteSource {
        name: "whogitit",
        title: "whogitit",
        references: &["refs/notes/whogitit", "refs/notes/ai-blame"],
        read: whogitit::read,
        lacks: "failures, checks, versions of agents, reasons of corrections",
    },
    NoteSource {
        name: "ai-attribution",
        title: "Qwen Code's attribution",
        references: &["refs/notes/ai-attribution"],
        read: qwen::read,
        lacks: "sessions, prompts, which lines an agent wrote, failures, corrections, checks",
    },
];

pub(crate) fn named(name: &str) -> Option<&'static NoteSource> {
    SOURCES.iter().find(|source| source.name == name)
}
