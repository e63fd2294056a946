//! The small program that the commit-msg hook asks first, beside our own files: it is run where it can be and missed nowhere.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::files::{self, NewFileMode};
use crate::idle::embedded::PROGRAM;

/// As the hooks in `hooks/` name it.
const NAME: &str = "idle-check";

fn path(folder: &Path) -> PathBuf {
    folder.join(NAME)
}

/// Writes it into our folder, or takes an old one out where this program brings none.
///
/// # Errors
/// When the folder cannot be written.
pub(crate) fn write(folder: &Path) -> io::Result<()> {
    if is_current(folder) {
        return Ok(());
    }
    if !PROGRAM.is_empty() {
        return files::write(&path(folder), PROGRAM, NewFileMode::Program);
    }
    match fs::remove_file(path(folder)) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Whether what is there is what this program brings.
pub(crate) fn is_current(folder: &Path) -> bool {
    match fs::symlink_metadata(path(folder)) {
        Ok(data) if data.is_file() && data.len() == PROGRAM.len() as u64 => {
            fs::read(path(folder)).is_ok_and(|bytes| bytes == PROGRAM)
        }
        Ok(_) => false,
        Err(error) => error.kind() == ErrorKind::NotFound && PROGRAM.is_empty(),
    }
}
