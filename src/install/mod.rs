//! What `init` puts into a repository and `uninstall` takes out again: hook shims, lines of git configuration, the
//! settings file, the workflow, and the receipt that says which of these were made. Knows nothing of records.

pub mod git_lines;
pub mod hooks;
pub mod managers;
pub mod place;
pub mod receipt;
pub mod workflow;

use std::fs;
use std::io;
use std::path::Path;

/// Writes a file whole or not at all: beside its place, then renamed onto it. Executable where asked for.
///
/// # Errors
/// When the folder cannot be written.
pub(crate) fn write_whole(path: &Path, bytes: &[u8], executable: bool) -> io::Result<()> {
    use std::io::Write;

    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    set_mode(file.as_file(), if executable { 0o755 } else { 0o644 })?;
    file.persist(path)?;
    Ok(())
}

#[cfg(unix)]
pub(crate) fn set_mode(file: &fs::File, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;

    file.set_permissions(fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
pub(crate) fn set_mode(_: &fs::File, _: u32) -> io::Result<()> {
    Ok(())
}
