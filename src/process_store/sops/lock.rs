//! The lock of one SOP's folder: whoever changes its files waits for who does already. It ends with the process that holds it.

use std::fs::{File, TryLockError};
use std::io;
use std::time::Duration;

/// Between two tries.
const PAUSE: Duration = Duration::from_millis(20);
/// Tries in about five seconds.
const TRIES: u32 = 250;

/// Whether `file` is locked for this process now; `false` after about five seconds in which another one held it.
///
/// # Errors
/// When the file system knows no locks.
pub(super) fn wait(file: &File) -> io::Result<bool> {
    for attempt in 0..TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(true),
            Err(TryLockError::WouldBlock) if attempt + 1 < TRIES => std::thread::sleep(PAUSE),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Ok(false)
}
