//! A transcript on this disk, before it is read.

use std::path::PathBuf;
use std::time::SystemTime;

use crate::record::agent::Agent;

/// A file with a session in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transcript {
    pub agent: Agent,
    pub path: PathBuf,
    pub size: u64,
    pub modified: Option<SystemTime>,
}

impl Transcript {
    /// Whether it is a session in a database.
    pub fn is_in_database(&self) -> bool {
        super::databases::file_of(&self.path) != self.path
    }
}

/// A folder or file that could not be read, with what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub path: PathBuf,
    pub message: String,
}

/// What was found, by path, and what could not be looked at.
pub type FoundTranscripts = (Vec<Transcript>, Vec<Problem>);
