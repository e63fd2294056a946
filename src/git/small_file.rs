//! The content of a small file in git, in a commit or staged, by the mode and id that a tree or the index has.

use anyhow::{Context, Result, bail};
use git2::{ObjectType, Oid};

use super::promised::{self, With};
use super::repository::Repository;

/// The content, at most `most` bytes long. Its length is asked for before it is loaded, and no symlink is followed.
///
/// # Errors
/// When it is not a file, longer than `most`, or not here (in a shallow or partial clone).
pub(super) fn content(repository: &Repository, mode: i32, id: Oid, most: u64) -> Result<Vec<u8>> {
    match mode {
        0o100_644 | 0o100_755 | 0o100_664 => {}
        0o120_000 => bail!("it is a symlink, which is not followed"),
        _ => bail!("it is not a file"),
    }
    promised::bring(repository, [id], With::Folders);
    let (length, kind) = repository.git.odb()?.read_header(id).context("it is not here")?;
    if kind != ObjectType::Blob {
        bail!("it is not a file");
    }
    if length as u64 > most {
        bail!("it is longer than {} KB", most / 1024);
    }
    Ok(repository.git.find_blob(id).context("it cannot be read")?.content().to_vec())
}
