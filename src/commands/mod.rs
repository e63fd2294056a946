//! One file per command: the only place that joins edges (`capture`, `git`, `store`, `config`, ...) and steps (`link`,
//! `redact`, `document`, `export`).

pub mod action;
pub mod backfill;
pub mod check;
pub mod demo;
pub mod describe;
pub mod doctor;
pub mod export;
pub mod forget;
pub mod hook;
pub mod init;
pub mod journal;
pub mod keep;
pub mod log;
pub mod prune;
pub mod publish;
pub mod redact;
pub mod sessions;
pub mod show;
pub mod uninstall;
pub mod why;

mod backfilled;
mod belonging;
mod commit_msg;
mod consent;
mod deadline;
mod declined;
mod edited_names;
mod exported;
mod forgettable;
mod gather;
mod ground;
mod ignore_line;
mod ignored;
mod journals;
mod lacking;
mod lookout;
mod misnamed;
mod moved_head;
mod narrowing;
mod note_size;
mod orphans;
mod own_files;
mod page;
mod patch;
mod pending;
mod post_commit;
mod post_rewrite;
mod pre_push;
mod range;
mod recorded;
mod refused;
mod refused_trailers;
mod sharing;
mod spool;
mod team;
mod template;
mod transcripts;
#[cfg(test)]
mod trial;
mod undelivered;
mod unseen;
mod verdict;
mod workplace;
mod works;

use crate::environment::Environment;
use crate::output::Output;

/// What a command is handed.
pub struct Context<'a> {
    pub environment: &'a Environment,
    pub output: &'a mut Output,
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    Done,
    /// It worked, and the answer is no (a check that found something).
    Found,
    /// Bad input or a failed step; the message was printed.
    Failed,
}

impl Ending {
    /// The exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Found => 1,
            Self::Failed => 2,
        }
    }
}
