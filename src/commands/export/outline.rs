//! Which commits are looked at together: those of one session that go on with what was asked before. For this, little is read of each.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::export::conversation::{admitted, key};
use crate::record::contribution::PromptRole;
use crate::record::entry::CommitEntry;
use crate::text::digest::sha256;

/// What is kept of a commit until the groups are made.
pub(super) struct OutlinedCommit {
    id: String,
    at: Timestamp,
    sessions: Vec<OutlinedSession>,
    /// Why no session is of it.
    why_none: &'static str,
}

struct OutlinedSession {
    key: String,
    /// A digest of what was asked first, where that is known.
    request: u64,
}

/// `None` for a commit without a record.
pub(super) fn outlined(entry: &CommitEntry) -> Option<OutlinedCommit> {
    let record = entry.record.as_ref()?;
    // Also those of which no row can be made: why not is counted.
    let sessions = record.contributions.iter().map(|one| {
        let request = one.prompts.iter().find(|prompt| prompt.role == PromptRole::Request);
        let said = request.map(|prompt| format!("{:?} {}", prompt.at, prompt.text.as_str())).unwrap_or_default();
        let request = u64::from_str_radix(&sha256(said.as_bytes())[..16], 16).unwrap_or(0);
        OutlinedSession { key: key(one), request }
    });
    Some(OutlinedCommit {
        id: entry.id.clone(),
        at: record.committed_at,
        sessions: sessions.collect(),
        why_none: admitted(entry).err().unwrap_or("no agent"),
    })
}

/// Why commits with a record have no session that rows could be made of, a reason for each.
pub(super) fn without_session(outline: &[OutlinedCommit]) -> impl Iterator<Item = &'static str> + '_ {
    outline.iter().filter(|commit| commit.sessions.is_empty()).map(|commit| commit.why_none)
}

/// The ids of all of them, oldest first, which they are sorted by.
pub(super) fn commits(outline: &mut [OutlinedCommit]) -> Vec<String> {
    outline.sort_by(|one, other| (one.at, &one.id).cmp(&(other.at, &other.id)));
    outline.iter().map(|commit| commit.id.clone()).collect()
}

/// Commits of one session, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SessionGroup {
    pub(super) session: String,
    pub(super) commits: Vec<String>,
}

/// The commits by session, in the order of the first of each. A session that is asked for something else begins a new group, so that
/// none grows with the history. The commits are sorted.
pub(super) fn groups(commits: Vec<OutlinedCommit>) -> Vec<SessionGroup> {
    let mut groups: Vec<SessionGroup> = Vec::new();
    let mut known: HashMap<(String, u64), usize> = HashMap::new();
    for commit in commits {
        for session in commit.sessions {
            let place = *known.entry((session.key.clone(), session.request)).or_insert(groups.len());
            if place == groups.len() {
                groups.push(SessionGroup { session: session.key, commits: Vec::new() });
            }
            groups[place].commits.push(commit.id.clone());
        }
    }
    groups
}
