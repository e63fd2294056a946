//! One file per command: the only place that joins edges (`capture`, `git`, `store`, `config`, ...) and steps (`link`,
//! `redact`, `document`, `export`).

pub mod doctor;
pub mod init;
pub mod uninstall;
pub mod sessions;

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
        Command::Sessions(arguments) => sessions::run(arguments, context),
    }
}
