//! The last movements of HEAD, as its reflog tells them.

use std::fs::{self, File};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::time::SystemTime;

use super::repository::Repository;
use crate::text::ids::is_commit_id;

/// The end of the log that is read, in bytes.
const TAIL: u64 = 32 * 1024;

/// One movement of HEAD.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HeadMovement {
    /// Only zeros where there was no commit yet.
    pub from: String,
    pub to: String,
    /// Seconds since 1970, by the clock that git was given (`GIT_COMMITTER_DATE`).
    pub at: Option<i64>,
    /// `commit (amend): Subject`, `pull: Fast-forward`.
    pub what: String,
}

impl Repository {
    /// The last movements of this worktree's HEAD, the newest first, and when the last was written; none where git keeps no log.
    pub(crate) fn head_moves(&self) -> (Vec<HeadMovement>, Option<SystemTime>) {
        let path = self.git_dir().join("logs").join("HEAD");
        let Some(data) = fs::symlink_metadata(&path).ok().filter(fs::Metadata::is_file) else {
            return (Vec::new(), None);
        };
        let mut bytes = Vec::new();
        let read = File::open(&path).and_then(|mut file| {
            file.seek(SeekFrom::Start(data.len().saturating_sub(TAIL)))?;
            file.take(TAIL).read_to_end(&mut bytes)
        });
        if read.is_err() {
            return (Vec::new(), None);
        }
        (String::from_utf8_lossy(&bytes).lines().rev().filter_map(parse).collect(), data.modified().ok())
    }
}

/// `OLD NEW Name <mail> SECONDS ZONE<tab>what`; the first line of what was read may be half of one.
fn parse(line: &str) -> Option<HeadMovement> {
    let (who, what) = line.split_once('\t')?;
    let mut words = who.split(' ');
    let (from, to) = (words.next()?, words.next()?);
    let at = who.rsplit(' ').nth(1).and_then(|seconds| seconds.parse().ok());
    (is_commit_id(from) && is_commit_id(to)).then(|| HeadMovement {
        from: from.to_owned(),
        to: to.to_owned(),
        at,
        what: what.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;

    #[test]
    fn the_last_movements_of_head_are_told_newest_first() {
        let fixture = Fixture::new();
        assert!(fixture.open().head_moves().0.is_empty());
        fixture.write("a", "1\n");
        let first = fixture.commit("a");
        fixture.write("a", "2\n");
        let second = fixture.commit("b");
        fixture.git(&["reset", "-q", "--hard", &first]);
        let (moves, written) = fixture.open().head_moves();
        assert!(written.is_some());
        let told: Vec<_> = moves.iter().map(|one| (one.from.as_str(), one.to.as_str(), &one.what[..6])).collect();
        let none = "0".repeat(40);
        assert_eq!(
            told,
            [
                (second.as_str(), first.as_str(), "reset:"),
                (first.as_str(), second.as_str(), "commit"),
                (none.as_str(), first.as_str(), "commit")
            ]
        );
    }
}
