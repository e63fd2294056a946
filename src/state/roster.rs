//! What was last seen of the agents' folders, so that a hook can tell with a few looks that nothing happened there. Holds
//! digests of folders and names of transcripts, which are ids, with their times and sizes.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::files::{self, NewFileMode};

/// Changes with the fields below.
const VERSION: u32 = 2;
/// A longer file is not read: it is rebuilt.
const LIMIT: u64 = 8 * 1024 * 1024;

/// The folders and the transcripts that changed last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Roster {
    /// The borders of the repository by which this was judged.
    pub ground: i64,
    /// The index that holds what was found; another one knows nothing of it.
    pub epoch: i64,
    /// When everything was last listed, in nanoseconds since 1970; 0 asks for it to be done again.
    pub swept: i64,
    /// Whether the session of any transcript belongs here.
    pub any: bool,
    pub folders: Vec<SeenFolder>,
    /// Transcripts of sessions that belong elsewhere, those that changed last.
    pub files: Vec<SeenFile>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SeenFolder {
    pub digest: u64,
    pub modified: i64,
    /// Whether it is one of those that changed last, which are looked at each time.
    pub awake: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SeenFile {
    pub folder: u64,
    pub name: String,
    pub size: u64,
    pub modified: i64,
    /// When the folder of its subagents changed, or the one that it would be in; 0 where there is neither.
    pub subagents: i64,
}

impl Roster {
    /// The roster at `path`; `None` where there is none that can be read.
    pub(crate) fn load(path: &Path) -> Option<Self> {
        // A pipe would make the commit wait, and a link leads elsewhere.
        let data = fs::symlink_metadata(path).ok().filter(|data| data.is_file() && data.len() <= LIMIT)?;
        let mut bytes = Vec::with_capacity(data.len() as usize + 1);
        File::open(path).ok()?.take(LIMIT).read_to_end(&mut bytes).ok()?;
        let (version, rest) = postcard::take_from_bytes::<u32>(&bytes).ok()?;
        if version != VERSION {
            return None;
        }
        postcard::from_bytes(rest).ok()
    }

    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn save(&self, path: &Path) -> anyhow::Result<()> {
        let bytes = postcard::to_allocvec(&(VERSION, self))?;
        Ok(files::write(path, &bytes, NewFileMode::Private)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_seen_is_read_back_and_anything_else_is_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("roster");
        assert_eq!(Roster::load(&path), None);
        let file = SeenFile { folder: 1, name: "a.jsonl".into(), size: 2, modified: 3, subagents: 0 };
        let folders = vec![SeenFolder { digest: 1, modified: -4, awake: true }];
        let roster = Roster { ground: 5, epoch: 7, swept: 6, any: true, folders, files: vec![file] };
        roster.save(&path).unwrap();
        assert_eq!(Roster::load(&path), Some(roster));
        let mut bytes = fs::read(&path).unwrap();
        bytes.truncate(9);
        for damaged in [bytes, vec![9; 40], Vec::new()] {
            fs::write(&path, damaged).unwrap();
            assert_eq!(Roster::load(&path), None);
        }
    }
}
