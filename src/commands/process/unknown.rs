//! `process unknown`: the commands that no rule knows, most frequent first.

use std::path::PathBuf;

use serde::Serialize;

use super::documents::VERSION;
use crate::context::{Context, Ending};
use crate::output::for_terminal;
use crate::process_store::unknown::{Unknown, unknown};
use crate::recorder::page;

#[derive(Debug, clap::Args)]
pub(super) struct UnknownArgs {
    /// List at most so many
    #[arg(long, value_name = "NUMBER", default_value_t = 20)]
    top: usize,
    /// Read transcripts from this folder or archive (.zip, .tgz, .tar.zst) instead of the agents' own
    #[arg(long, value_name = "PATH")]
    sessions: Option<PathBuf>,
    /// Write JSON (docs/schema/process-unknown.v1.json)
    #[arg(long)]
    json: bool,
}

/// Commands that no rule knows, version 1.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct UnknownCommands<'a> {
    backstory: u32,
    /// Shell commands that were looked at, and those of which no rule knows a program that counts.
    commands: u64,
    unknown: u64,
    /// From 0 to 1.
    share: f64,
    rules_version: u32,
    list: Vec<UnknownCommand<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct UnknownCommand<'a> {
    command: &'a str,
    count: u64,
}

pub(super) fn run(arguments: &UnknownArgs, context: &mut Context<'_>) -> anyhow::Result<Ending> {
    let found = unknown(context.environment, arguments.sessions.as_deref())?;
    for problem in &found.problems {
        context.output.message(problem);
    }
    let list = found
        .list
        .iter()
        .take(arguments.top)
        .map(|(command, count)| UnknownCommand { command, count: *count })
        .collect();
    let told = UnknownCommands {
        backstory: VERSION,
        commands: found.commands,
        unknown: found.unknown,
        share: share(&found),
        rules_version: found.rules_version,
        list,
    };
    if arguments.json {
        page::write_json(context.output, &told)?;
    } else {
        context.output.write(&for_terminal(&for_people(&told)))?;
    }
    Ok(Ending::Done)
}

fn share(found: &Unknown) -> f64 {
    if found.commands == 0 { 0.0 } else { found.unknown as f64 / found.commands as f64 }
}

fn for_people(told: &UnknownCommands<'_>) -> String {
    let mut text =
        format!("{} of {} commands are known to no rule ({:.1} %)\n", told.unknown, told.commands, told.share * 100.0);
    for row in &told.list {
        text += &format!("{:>6}  {}\n", row.count, row.command);
    }
    if told.unknown > 0 {
        text += "A rule in .backstory/process.toml names them: docs/process.md.\n";
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::schema::mistakes;

    #[test]
    fn unknown_has_its_stored_schema() {
        let list = vec![UnknownCommand { command: "frob <path>", count: 3 }];
        let told = UnknownCommands { backstory: VERSION, commands: 10, unknown: 3, share: 0.3, rules_version: 7, list };
        let schema = schemars::schema_for!(UnknownCommands<'_>);
        let values = [serde_json::to_value(&told).unwrap()];
        assert_eq!(mistakes("process-unknown.v1", &schema, &values), Vec::<String>::new());
    }
}
