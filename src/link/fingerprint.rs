//! What of a session could show up in a commit, as short hashes. They are kept in the index of transcripts and say,
//! without the session's text, that it has nothing to do with a commit; a false agreement costs time and nothing else.

use std::collections::HashSet;

use super::library::Library;
use super::lines::LineKey;
use super::substitutions::words;
use crate::record::commit::Commit;
use crate::record::session::{Action, Outcome, Session, ToolCall};
use crate::text::telling::is_telling;

/// So much of an id is compared, as git prints it at least.
const ID: usize = 7;
/// A call of an earlier turn that has no result gets none.
const OPEN_TURNS: usize = 3;
/// Its hash stands first in the bytes, so that a program that hashes otherwise, or other lines, sees it. It changes with them.
const PROBE: &str = "how lines are hashed, 3";

/// The hashes of one session, or of a part of it. Of several parts each has its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fingerprint {
    /// Sorted: the lines it wrote, the ids of commits that it printed or that subagents reported, and words that may be subjects of commits it made.
    hashes: Vec<u32>,
    /// Whether the hashes may not be all: a call has no result yet. What follows may say more about that call, and not
    /// be understood without it.
    pub is_open: bool,
}

impl Fingerprint {
    pub fn of_session(session: Session) -> Self {
        let last = &session.turns[session.turns.len().saturating_sub(OPEN_TURNS)..];
        let is_open = last.iter().flat_map(|turn| &turn.calls).any(is_open);
        let library = Library::new(vec![session]);
        let mut fingerprint = Self { hashes: library.keys().map(LineKey::short).collect(), is_open };
        for (.., words) in &library.substitutions {
            fingerprint.hashes.push(hash_of_word(words.mark()));
        }
        for printed in &library.printed {
            fingerprint.id(&printed.id);
        }
        for reported in &library.reported {
            fingerprint.id(&reported.id);
        }
        for commit in &library.committing {
            // The subject stands there between quotes, or on a line of its own, which is among the keys.
            fingerprint
                .hashes
                .extend(library.command(commit).split(['"', '\'', '\n']).filter(|part| is_telling(part)).map(hash));
        }
        fingerprint.sorted()
    }

    /// What a session must share to have any part in the commit, but for its files and for who names it.
    pub fn of_commit(commit: &Commit) -> Self {
        let added = commit.files.iter().flat_map(|file| &file.hunks).flat_map(|hunk| &hunk.added);
        let telling = added.map(|line| line.expose()).filter(|line| is_telling(line));
        let subject = commit.message.expose().lines().next().filter(|subject| is_telling(subject));
        let mut fingerprint = Self { hashes: telling.chain(subject).map(hash).collect(), is_open: false };
        // Words can only have been replaced where lines went.
        let changed = commit.files.iter().flat_map(|file| &file.hunks).filter(|hunk| !hunk.removed.is_empty());
        let found: HashSet<&str> = changed.flat_map(|hunk| &hunk.added).flat_map(|line| words(line.expose())).collect();
        fingerprint.hashes.extend(found.into_iter().map(Some).chain([None]).map(hash_of_word));
        if let Some(id) = &commit.id {
            fingerprint.id(id);
        }
        fingerprint.sorted()
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        let probe = LineKey::of(PROBE).short();
        std::iter::once(&probe).chain(&self.hashes).flat_map(|hash| hash.to_le_bytes()).collect()
    }

    /// Whether the bytes of another fingerprint have a hash in common with this one.
    pub fn meets(&self, bytes: &[u8]) -> bool {
        let (chunks, _) = bytes.as_chunks::<4>();
        let Some((probe, theirs)) = chunks.split_first() else { return true };
        let is_theirs = |hash: &u32| theirs.binary_search_by_key(hash, |bytes| u32::from_le_bytes(*bytes)).is_ok();
        u32::from_le_bytes(*probe) != LineKey::of(PROBE).short() || self.hashes.iter().any(is_theirs)
    }

    fn id(&mut self, id: &str) {
        match id.get(..ID) {
            Some(beginning) => self.hashes.push(LineKey::of(beginning).short()),
            // It could be the beginning of any id.
            None => self.is_open = true,
        }
    }

    fn sorted(mut self) -> Self {
        self.hashes.sort_unstable();
        self.hashes.dedup();
        self
    }
}

fn hash(line: &str) -> u32 {
    LineKey::of(line).short()
}

/// Of a word that a command put into files; `None` where it only took words out.
fn hash_of_word(word: Option<&str>) -> u32 {
    LineKey::of(&format!("words replaced by {}", word.unwrap_or_default())).short()
}

fn is_open(call: &ToolCall) -> bool {
    matches!(call.outcome, Outcome::Pending)
        && matches!(call.action, Action::Edit(_) | Action::Shell { .. } | Action::Elsewhere { .. })
}
