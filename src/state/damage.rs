//! What tells a damaged index, which a new one replaces, from a disk that cannot be used just now.

use std::path::{Path, PathBuf};

/// What of an index cannot be used, beyond what SQLite says: it is deleted and rebuilt.
#[derive(Debug, thiserror::Error)]
#[error("the index cannot be used: {0}")]
pub(crate) struct Damage(pub String);

/// Whether an error says that the file is damaged or not ours, so that a new one may do. Locks, full disks and missing
/// permissions are not damage.
pub(crate) fn is_damage(error: &anyhow::Error) -> bool {
    use rusqlite::ErrorCode;
    let of_disk = |code: ErrorCode| {
        matches!(
            code,
            ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::PermissionDenied
                | ErrorCode::ReadOnly
                | ErrorCode::SystemIoFailure
                | ErrorCode::DiskFull
                | ErrorCode::CannotOpen
                | ErrorCode::OutOfMemory
                | ErrorCode::NoLargeFileSupport
                | ErrorCode::OperationInterrupted
        )
    };
    error.chain().any(|cause| match cause.downcast_ref::<rusqlite::Error>() {
        // A value of another type than was written, or one that is not UTF-8, has no code.
        Some(error) => !error.sqlite_error_code().is_some_and(of_disk),
        None => cause.is::<Damage>(),
    })
}

/// The file of an index and those that SQLite keeps beside it.
pub(crate) fn files(path: &Path) -> impl Iterator<Item = PathBuf> {
    ["", "-wal", "-shm", "-journal"].into_iter().map(|end| {
        let mut file = path.as_os_str().to_owned();
        file.push(end);
        PathBuf::from(file)
    })
}
