//! Small files at the root of the repository as they are staged, read from the beginning of the index.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::repository::Repository;
use super::{cache_tree, small_file};

/// So much of an index is looked at first: it is sorted, and names that begin with a dot come early.
const BEGINNING: u64 = 64 << 10;
/// And so much where many names come before.
const MOST: u64 = 256 << 20;

/// What is staged.
pub(crate) struct Staged {
    path: PathBuf,
    beginning: Vec<u8>,
}

impl Staged {
    /// In `index` (the value of `GIT_INDEX_FILE`), or the repository's own; where there is none, nothing is staged.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) fn open(repository: &Repository, index: Option<&Path>) -> Result<Self> {
        let path = match (index, repository.root()) {
            (Some(index), Some(root)) => root.join(index),
            (Some(index), None) => index.to_path_buf(),
            (None, _) => repository.git_dir().join("index"),
        };
        Ok(Self { beginning: read(&path, BEGINNING)?, path })
    }

    /// The file `name` at the root as it is staged; `None` where it is not, or where the index is of a form that is not
    /// understood here.
    ///
    /// # Errors
    /// When it is a link, a folder or too long, and when the file cannot be read.
    pub(crate) fn file(&self, repository: &Repository, name: &str, most: u64) -> Result<Option<Vec<u8>>> {
        let mut found = cache_tree::entry(&self.beginning, name.as_bytes());
        if found.is_none() && self.beginning.len() as u64 == BEGINNING {
            found = cache_tree::entry(&read(&self.path, MOST)?, name.as_bytes());
        }
        let Some((mode, id)) = found.flatten() else { return Ok(None) };
        small_file::content(repository, mode as i32, id, most).map(Some)
    }
}

fn read(index: &Path, most: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Ok(file) = File::open(index) {
        file.take(most).read_to_end(&mut bytes).context("the index cannot be read")?;
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;
    use super::*;

    fn staged(fixture: &Fixture, name: &str) -> Result<Option<Vec<u8>>, String> {
        let repository = fixture.open();
        let read = || Staged::open(&repository, None)?.file(&repository, name, 100);
        read().map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn a_file_that_is_not_on_disk_is_found_in_every_form_of_index() {
        for version in ["2", "3", "4"] {
            let fixture = Fixture::new();
            fixture.git(&["config", "index.version", version]);
            for name in [".a/b/c", ".back", ".backstory", ".backstory.yml", ".backstoryignore", "z/y"] {
                fixture.write(name, name);
            }
            fixture.commit("a");
            fixture.git(&["rm", "-q", "--cached", ".backstory.yml"]);
            std::fs::remove_file(fixture.root().join(".backstoryignore")).unwrap();
            assert_eq!(staged(&fixture, ".backstory.yml"), Ok(None), "{version}");
            assert_eq!(staged(&fixture, ".backstoryignore"), Ok(Some(b".backstoryignore".to_vec())), "{version}");
            assert_eq!((staged(&fixture, ".b"), staged(&fixture, "zz")), (Ok(None), Ok(None)), "{version}");
        }
    }

    #[test]
    fn many_names_before_it_hide_no_file() {
        for version in ["2", "4"] {
            let fixture = Fixture::new();
            fixture.git(&["config", "index.version", version]);
            fixture.write(".backstory.yml", "x");
            for number in 0..1500 {
                fixture.write(&format!("+{number}/a file with a longer name than most"), "");
            }
            fixture.commit("a");
            assert!(fixture.root().join(".git/index").metadata().unwrap().len() > BEGINNING);
            assert_eq!(staged(&fixture, ".backstory.yml"), Ok(Some(b"x".to_vec())), "{version}");
            assert_eq!((staged(&fixture, ".b"), staged(&fixture, "z")), (Ok(None), Ok(None)), "{version}");
        }
    }

    #[test]
    fn a_link_and_a_long_file_are_refused() {
        let fixture = Fixture::new();
        fixture.write("folder/x", "x");
        fixture.write("long", "x".repeat(101));
        std::os::unix::fs::symlink("folder/x", fixture.root().join("link")).unwrap();
        fixture.commit("a");
        assert_eq!(staged(&fixture, "long"), Err("it is longer than 0 KB".to_owned()));
        assert_eq!(staged(&fixture, "link"), Err("it is a symlink, which is not followed".to_owned()));
        assert_eq!(staged(&fixture, "folder"), Ok(None));
    }
}
