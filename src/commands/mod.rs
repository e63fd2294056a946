//! One file per command: the only place that joins edges (`capture`, `git`, `store`, `config`, ...) and steps (`link`,
//! `redact`, `document`, `export`).

pub mod backfill;
pub mod demo;
pub mod doctor;
pub mod hook;
pub mod init;
pub mod journal;
pub mod sessions;
pub mod uninstall;

mod commit_msg;
mod gather;
mod keep;
mod pending;
mod post_commit;
mod post_rewrite;
mod pre_push;
mod workplace;
pub mod describe;
pub mod export;
pub mod log;
mod page;
mod range;
pub mod show;
#[cfg(test)]
mod trial;
pub mod why;

use crate::environment::Environment;
use crate::output::Output;

/// What a command is handed.
pub struct Context<'a> {
    pub environment: &'a Environment,
    pub output: &'a mut Output,
}

/// How a command ended. `main` turns it into the exit code: 0, 1, 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    Done,
    /// It worked, and the answer is no (a check that found something).
    Found,
    /// Bad input or a failed step; the message was printed.
    Failed,
}

/// Runs the command that was asked for.
///
/// # Errors
/// What stopped it, with the thing and the next step in the message.
pub fn run(cli: &crate::cli::Cli, context: &mut Context<'_>) -> anyhow::Result<Ending> {
    use crate::cli::Command;
    match &cli.command {
        Command::Demo => Ok(Ending::Failed),
        Command::Journal(arguments) => journal::run(arguments, context),
        Command::Sessions(arguments) => sessions::run(arguments, context),
    }
}
