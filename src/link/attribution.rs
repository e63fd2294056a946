//! Who wrote the lines of a commit, line by line, and which paths of sessions are its files.

use std::collections::HashMap;

use crate::link::library::{Library, Posting};
use crate::link::paths::PathMatch;
use crate::record::commit::FileChange;

/// For every file of a commit, its added lines with their writers.
pub(crate) struct Attribution {
    pub files: Vec<Vec<AddedLine>>,
    /// Added lines that can say where they come from.
    pub telling: u32,
}

pub(crate) struct AddedLine {
    /// In the committed file, from 1.
    pub number: u32,
    pub telling: bool,
    pub writer: Option<Writer>,
}

/// The session that wrote a line last before the commit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Writer {
    pub posting: Posting,
    pub path: PathMatch,
    /// How much the line says: 1 for a line of one session, less for one that many wrote.
    pub weight: f64,
    /// Whether the session wrote it only after the commit was made.
    pub late: bool,
    /// Whether a formatter changed it since.
    pub reformatted: bool,
}

impl Writer {
    /// Of a line that an edit of this very file made.
    pub(super) fn here(posting: Posting) -> Self {
        Self { posting, path: PathMatch::Whole, weight: 1.0, late: false, reformatted: false }
    }
}

/// How the paths of a library agree with one file of a commit.
pub(crate) struct PathMatches(HashMap<u32, PathMatch>);

impl PathMatches {
    pub(crate) fn new(file: &FileChange, library: &Library) -> Self {
        let mut matches: HashMap<u32, PathMatch> = library.paths_like(&file.path).collect();
        for (id, found) in file.old_path.iter().flat_map(|old| library.paths_like(old)) {
            let best = matches.entry(id).or_insert(found);
            *best = (*best).max(found);
        }
        Self(matches)
    }

    /// The paths that agree as a whole.
    pub(crate) fn whole(&self) -> impl Iterator<Item = u32> {
        self.0.iter().filter(|(_, found)| **found == PathMatch::Whole).map(|(id, _)| *id)
    }

    pub(crate) fn of(&self, path: Option<u32>) -> PathMatch {
        path.and_then(|path| self.0.get(&path)).copied().unwrap_or(PathMatch::Other)
    }
}
