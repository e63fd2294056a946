//! `process explain`: which activity a command is, and which rule says so.

use serde::Serialize;

use super::documents::VERSION;
use crate::context::{Context, Ending};
use crate::output::for_terminal;
use crate::process::activities::answer::RulePlace;
use crate::process::activities::command::Part;
use crate::process::activities::{Activities, UNKNOWN};
use crate::process::settings;
use crate::process_store::rules;
use crate::recorder::page;

#[derive(Debug, clap::Args)]
pub(super) struct ExplainArgs {
    /// A shell command, in quotes
    #[arg(value_name = "COMMAND")]
    command: String,
    /// Write JSON (docs/schema/process-explain.v1.json)
    #[arg(long)]
    json: bool,
}

/// What is said of a command, version 1.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Explained<'a> {
    backstory: u32,
    activity: &'a str,
    phase: Option<String>,
    /// The command with what differs from run to run taken out.
    command: &'a str,
    /// `FILE:LINE` of the rule; absent where no rule knows the command.
    rule: Option<String>,
    rules_version: u32,
    /// Its programs in their order, the one that names it included.
    parts: Vec<ExplainedPart<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ExplainedPart<'a> {
    activity: &'a str,
    phase: Option<String>,
    command: &'a str,
    rule: Option<String>,
}

pub(super) fn run(arguments: &ExplainArgs, context: &mut Context<'_>) -> anyhow::Result<Ending> {
    let rules = rules::here(context.environment)?;
    let found = rules.of_command(&arguments.command, &[]);
    let Some(main) = found.main() else {
        anyhow::bail!("`{}` runs no program\nhint: put a whole command in quotes", arguments.command)
    };
    let parts: Vec<ExplainedPart<'_>> = found.parts.iter().map(|part| explained(&rules, part)).collect();
    let ExplainedPart { activity, phase, command, rule } = explained(&rules, main);
    let said = Explained { backstory: VERSION, activity, phase, command, rule, rules_version: rules.version(), parts };
    if arguments.json {
        page::write_json(context.output, &said)?;
    } else {
        context.output.write(&for_terminal(&for_people(&said)))?;
    }
    Ok(Ending::Done)
}

fn explained<'a>(rules: &'a Activities, part: &'a Part) -> ExplainedPart<'a> {
    let activity = rules.name_of(part);
    let phase = rules.phase(activity).map(|phase| phase.to_string());
    ExplainedPart { activity, phase, command: &part.template, rule: part.rule.map(place) }
}

fn place(rule: RulePlace) -> String {
    match rule {
        RulePlace { line: 0, .. } => "built in: it is called by its path".to_owned(),
        RulePlace { is_own: true, line } => format!("{}:{line}", settings::FILE_NAME),
        RulePlace { line, .. } => format!("built in, rules.toml:{line}"),
    }
}

fn for_people(said: &Explained<'_>) -> String {
    let rule = said.rule.as_deref().unwrap_or("none knows it; add one to .backstory/process.toml");
    let mut text = format!("activity  {}\n", said.activity);
    if let Some(phase) = &said.phase {
        text += &format!("phase     {phase}\n");
    }
    text += &format!("command   {}\nrule      {rule}\n", said.command);
    for part in said.parts.iter().filter(|part| part.command != said.command && part.activity != "shell") {
        text += &format!("also      {}: {}\n", part.activity, part.command);
    }
    if said.activity == UNKNOWN {
        text += "          `backstory process unknown` lists what no rule knows\n";
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::schema::mistakes;

    #[test]
    fn explain_has_its_stored_schema() {
        let part = || ExplainedPart { activity: UNKNOWN, phase: None, command: "x <path>", rule: None };
        let ExplainedPart { activity, phase, command, rule } = part();
        let said =
            Explained { backstory: VERSION, activity, phase, command, rule, rules_version: 7, parts: vec![part()] };
        let values = [serde_json::to_value(&said).unwrap()];
        assert_eq!(
            mistakes("process-explain.v1", &schemars::schema_for!(Explained<'_>), &values),
            Vec::<String>::new()
        );
    }
}
