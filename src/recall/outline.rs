//! A memory without its texts: what is needed to choose among many, of which few are told.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::memory::{Memory, MemoryKind, Sequel};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MemoryOutline {
    /// Where it is kept.
    pub place: i64,
    /// The commit that tells it.
    pub commit: String,
    pub kind: MemoryKind,
    /// Milliseconds since 1970.
    pub at: i64,
    /// [`super::memory::Memory::event`].
    pub event: String,
    /// The session that it is of; empty where it is of none.
    pub session: String,
    /// The same for what is alike, of [`super::memory::Memory::likeness`].
    pub likeness: String,
    pub sequel: Sequel,
    /// Whether its commit is in the history of HEAD.
    pub in_history: bool,
    /// How many events it is told for.
    pub times: u32,
}

impl MemoryOutline {
    /// Of one that is in the history.
    pub(crate) fn of(place: i64, memory: &Memory) -> Self {
        Self {
            place,
            commit: memory.commit.clone(),
            kind: memory.kind,
            at: memory.at.as_millisecond(),
            event: memory.event(),
            session: memory.session.clone().unwrap_or_default(),
            likeness: memory.likeness(),
            sequel: memory.sequel(),
            in_history: true,
            times: 1,
        }
    }
}

/// In the same order, of those that are alike the first, with how many there were.
pub(crate) fn alike_once(outlines: Vec<MemoryOutline>) -> Vec<MemoryOutline> {
    let mut places: HashMap<(MemoryKind, String), usize> = HashMap::new();
    let mut kept: Vec<MemoryOutline> = Vec::new();
    for one in outlines {
        match places.entry((one.kind, one.likeness.clone())) {
            Entry::Occupied(known) => {
                let known = &mut kept[*known.get()];
                known.times = known.times.saturating_add(one.times);
            }
            Entry::Vacant(new) => {
                new.insert(kept.len());
                kept.push(one);
            }
        }
    }
    kept
}
