//! Why a settings file is not taken.

use std::io;
use std::path::PathBuf;

/// A file longer than this is refused: it comes with a clone and is read on each commit.
pub const MAX_BYTES: u64 = 64 * 1024;

/// Why a file was not accepted. Its text names file, line and the way out.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("cannot read {}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{}:{line}: {message}", path.display())]
    Invalid { path: PathBuf, line: u64, message: String },
}
