//! Small files at the root of the repository as they are staged, read from the beginning of the index.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use anyhow::{Context, Result, bail};
use git2::{ObjectType, Oid};

use super::cache_tree;
use super::repository::Repository;

/// So much of an index is looked at: it is sorted, and names that begin with a dot come early.
const INDEX_BYTES: u64 = 64 << 10;

/// The file `name` at the root as it is staged in `index` (the value of `GIT_INDEX_FILE`, or the repository's own); `None`
/// where it is not, or where the index is of a form that is not understood here.
///
/// # Errors
/// When it is a link, a folder or too long, and when the file cannot be read.
pub fn read(repository: &Repository, index: Option<&Path>, name: &str, most: u64) -> Result<Option<Vec<u8>>> {
    let path = match (index, repository.root()) {
        (Some(index), Some(root)) => root.join(index),
        (Some(index), None) => index.to_path_buf(),
        (None, _) => repository.git_dir().join("index"),
    };
    let mut bytes = Vec::new();
    let Ok(file) = File::open(path) else { return Ok(None) };
    file.take(INDEX_BYTES).read_to_end(&mut bytes).context("the index cannot be read")?;
    let Some((mode, id)) = cache_tree::entry(&bytes, name.as_bytes()) else { return Ok(None) };
    blob(repository, id, mode as i32, most).map(Some)
}

fn blob(repository: &Repository, id: Oid, mode: i32, most: u64) -> Result<Vec<u8>> {
    match mode {
        0o100_644 | 0o100_755 | 0o100_664 => {}
        0o120_000 => bail!("it is a symlink, which is not followed"),
        _ => bail!("it is not a file"),
    }
    let (length, kind) = repository.git.odb()?.read_header(id).context("it cannot be read")?;
    if kind != ObjectType::Blob || length as u64 > most {
        bail!("it is longer than {} KB", most / 1024);
    }
    Ok(repository.git.find_blob(id).context("it cannot be read")?.content().to_vec())
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;
    use super::*;

    fn staged(fixture: &Fixture, name: &str) -> Result<Option<Vec<u8>>, String> {
        read(&fixture.open(), None, name, 100).map_err(|error| format!("{error:#}"))
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
