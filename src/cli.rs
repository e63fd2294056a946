//! The command line: names, arguments and help. What a command does is in `commands`.

use clap::{Parser, Subcommand};

/// Every commit has a backstory: which agents were used, what they were asked, what failed, what people corrected.
#[derive(Debug, Parser)]
#[command(name = "backstory", version, max_term_width = 100, disable_help_subcommand = true)]
pub struct Cli {
    /// Work in this folder instead of the current one
    #[arg(short = 'C', long = "directory", global = true, value_name = "DIR")]
    pub directory: Option<std::path::PathBuf>,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    // One line a command, in the order of a person's first day with it.
    /// Try it: a commit in a temporary repository, from an example session, with everything that comes of it
    Demo,
}
