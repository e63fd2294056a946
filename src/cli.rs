//! The command line: names, arguments and help. What a command does is in `commands`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser, Subcommand};

use crate::action;
use crate::commands::{
    audit, backfill, brief, check, coverage, demo, describe, doctor, export, forget, handoff, import, init, journal,
    log, mcp, merge, outcomes, process, prune, redact, report, search, sessions, show, sop, tried, uninstall, why,
};
use crate::context::{Context, Ending};
use crate::hooks::{hook, kinds};

/// Every commit has a backstory: which agents were used, what they were asked, what failed, what people corrected.
#[derive(Debug, Parser)]
#[command(name = "backstory", version, max_term_width = 100, disable_help_subcommand = true)]
pub struct Cli {
    /// Work in this folder instead of the current one
    #[arg(short = 'C', long = "directory", global = true, value_name = "DIR")]
    pub directory: Option<PathBuf>,
    #[command(subcommand)]
    pub command: Command,
}

impl Cli {
    /// Reads the arguments of the process. A hook's arguments are read alone: to build the whole command line costs as much
    /// as the work of a hook that has nothing to do.
    ///
    /// # Errors
    /// With the text and the exit code for a mistake, for `--help` and for `--version`.
    pub fn from_arguments(arguments: impl Iterator<Item = OsString>) -> Result<Self, clap::Error> {
        let arguments: Vec<OsString> = arguments.collect();
        if let Some(hook) = arguments.get(1..).and_then(kinds::HookCall::in_every_commit) {
            return Ok(Self { directory: None, command: Command::Hook(kinds::HookArgs { hook }) });
        }
        if arguments.get(1).is_some_and(|first| first == "hook") {
            let HookOnly { hook } = HookOnly::try_parse_from(&arguments[1..])?;
            return Ok(Self { directory: None, command: Command::Hook(hook) });
        }
        Self::try_parse_from(&arguments).map_err(|error| match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
                in_groups(&arguments, error)
            }
            _ => error,
        })
    }
}

/// The commands by what they are for, as `--help` lists them.
const GROUPS: &[(&str, &[&str])] = &[
    ("Begin and end", &["demo", "init", "doctor", "uninstall"]),
    ("See how commits were made", &["show", "log", "why", "report", "sessions", "journal"]),
    ("Ask before the next change", &["brief", "tried", "search", "handoff", "outcomes", "coverage", "mcp"]),
    ("Pull requests", &["describe", "check", "audit", "action"]),
    ("Processes and documents about them", &["process", "sop"]),
    ("Records and text", &["backfill", "import", "prune", "forget", "redact"]),
    ("Training data", &["export", "merge"]),
];

/// Columns of help, as `max_term_width` has them.
const WIDTH: usize = 100;
/// Columns before what is said of a command.
const NAMES: usize = 13;

/// Help as it is, with the list of commands in groups.
fn in_groups(arguments: &[OsString], help: clap::Error) -> clap::Error {
    let mut whole = Cli::command();
    let heading = anstyle::Style::new().bold().underline();
    let mut list = String::new();
    for (name, commands) in GROUPS {
        list.push_str(&format!("{heading}{name}:{heading:#}\n"));
        for command in *commands {
            let about = whole.find_subcommand(command).and_then(clap::Command::get_about);
            list.push_str(&line(command, &about.map(ToString::to_string).unwrap_or_default()));
        }
        list.push('\n');
    }
    let template = format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{list}{heading}Options:{heading:#}\n{{options}}{{after-help}}"
    );
    whole = whole.help_template(template);
    whole.try_get_matches_from(arguments).err().unwrap_or(help)
}

/// A command and what it does, on as many lines as that takes.
fn line(name: &str, about: &str) -> String {
    let bold = anstyle::Style::new().bold();
    let mut text = format!("  {bold}{name}{bold:#}{}", " ".repeat(NAMES.saturating_sub(name.len() + 2)));
    let mut column = NAMES;
    for word in about.split(' ') {
        if column > NAMES && column + 1 + word.chars().count() > WIDTH {
            text.push_str(&format!("\n{}", " ".repeat(NAMES)));
            column = NAMES;
        } else if column > NAMES {
            text.push(' ');
            column += 1;
        }
        text.push_str(word);
        column += word.chars().count();
    }
    text + "\n"
}

#[derive(Debug, Parser)]
#[command(name = "hook")]
struct HookOnly {
    #[command(flatten)]
    hook: kinds::HookArgs,
}

/// One line a command here, one in [`Command::run`] and its name in `GROUPS`, in the order of a person's first day with it; hidden
/// ones last.
/// Arguments are declared in the command's file.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Try it: a commit in a temporary repository, from an example session, with everything that comes of it
    Demo(demo::DemoArgs),
    /// Set up this repository: hooks, notes that survive an amend and a rebase, `.backstory.yml`
    Init(init::InitArgs),
    /// Say what is found and set up, what is wrong, and what to do about it
    Doctor(doctor::DoctorArgs),
    /// List the sessions of coding agents on this machine
    Sessions(sessions::SessionsArgs),
    /// Write down what no transcript holds
    Journal(journal::JournalArgs),
    /// Show everything that is known about how a commit was made
    Show(show::ShowArgs),
    /// List commits with the agents that worked on them
    Log(log::LogArgs),
    /// Say who wrote a line, what was asked for, and what was tried and corrected
    Why(why::WhyArgs),
    /// Say what was tried before and failed: by error, words or file
    Tried(tried::TriedArgs),
    /// Look for words in what was asked, tried, corrected and checked
    Search(search::SearchArgs),
    /// Say what to know of files before they are changed, in 1,500 characters
    Brief(brief::BriefArgs),
    /// Say what the next agent has to know about the work at hand
    Handoff(handoff::HandoffArgs),
    /// Say whether what commits brought has held: merged, taken back, changed again, still there
    Outcomes(outcomes::OutcomesArgs),
    /// Say how many commits have records, of which agents, and what is lacking
    Coverage(coverage::CoverageArgs),
    /// Write the section of a pull request that says how the change was made
    Describe(describe::DescribeArgs),
    /// Check commits against the policy of `.backstory.yml`: what is not documented, and what to type about it
    Check(check::CheckArgs),
    /// Say what can be proved of commits: recorded, claimed, seen, lacking, signed
    Audit(audit::AuditArgs),
    /// Write what the records of many commits say together, as one page
    Report(report::ReportArgs),
    /// Say how work is really done here: processes, their steps and variants
    Process(process::Process),
    /// Offer what is recorded, and process documents, to an AI chat (Model Context Protocol)
    Mcp(mcp::McpArgs),
    /// Write, approve and publish process documents
    Sop(sop::SopArgs),
    /// Write training records as a dataset
    Export(export::ExportArgs),
    /// Make one dataset of several
    Merge(merge::MergeArgs),
    /// Take secrets out of a text: standard input to standard output
    Redact(redact::RedactArgs),
    /// Make records for commits that already exist
    Backfill(backfill::BackfillArgs),
    /// Make records from what another recorder noted beside commits: git-ai, Agent Note, whogitit, Qwen Code
    Import(import::NotedImportArgs),
    /// Take the text out of old records; figures stay
    Prune(prune::PruneArgs),
    /// Take a session's or a person's text out of records, index and exports; figures stay
    Forget(forget::ForgetArgs),
    /// Take out what `init` put in, byte for byte
    Uninstall(uninstall::UninstallArgs),
    /// What a workflow runs: tells of a pull request where it lives (docs/action.md)
    Action(action::ActionArgs),
    /// What the installed hooks call
    #[command(hide = true)]
    Hook(kinds::HookArgs),
}

impl Command {
    /// # Errors
    /// What `main` prints; the exit code is then 2.
    pub fn run(self, context: &mut Context) -> anyhow::Result<Ending> {
        match self {
            Self::Demo(arguments) => demo::run(&arguments, context),
            Self::Init(arguments) => init::run(&arguments, context),
            Self::Doctor(arguments) => doctor::run(&arguments, context),
            Self::Sessions(arguments) => sessions::run(&arguments, context),
            Self::Journal(arguments) => journal::run(&arguments, context),
            Self::Show(arguments) => show::run(&arguments, context),
            Self::Log(arguments) => log::run(&arguments, context),
            Self::Why(arguments) => why::run(&arguments, context),
            Self::Tried(arguments) => tried::run(&arguments, context),
            Self::Search(arguments) => search::run(&arguments, context),
            Self::Brief(arguments) => brief::run(&arguments, context),
            Self::Handoff(arguments) => handoff::run(&arguments, context),
            Self::Outcomes(arguments) => outcomes::run(&arguments, context),
            Self::Coverage(arguments) => coverage::run(&arguments, context),
            Self::Describe(arguments) => describe::run(&arguments, context),
            Self::Check(arguments) => check::run(&arguments, context),
            Self::Audit(arguments) => audit::run(&arguments, context),
            Self::Report(arguments) => report::run(&arguments, context),
            Self::Process(arguments) => process::run(&arguments, context),
            Self::Mcp(arguments) => mcp::run(&arguments, context),
            Self::Sop(arguments) => sop::run(&arguments, context),
            Self::Export(arguments) => export::run(&arguments, context),
            Self::Merge(arguments) => merge::run(&arguments, context),
            Self::Redact(arguments) => redact::run(&arguments, context),
            Self::Backfill(arguments) => backfill::run(&arguments, context),
            Self::Import(arguments) => import::run(&arguments, context),
            Self::Prune(arguments) => prune::run(&arguments, context),
            Self::Forget(arguments) => forget::run(&arguments, context),
            Self::Uninstall(arguments) => uninstall::run(&arguments, context),
            Self::Action(arguments) => action::run(&arguments, context),
            Self::Hook(arguments) => hook::run(arguments, context),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_that_is_shown_is_in_one_group() {
        let mut grouped: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        grouped.sort_unstable();
        let whole = Cli::command();
        let mut shown: Vec<&str> =
            whole.get_subcommands().filter(|one| !one.is_hide_set()).map(clap::Command::get_name).collect();
        shown.sort_unstable();
        assert_eq!(grouped, shown);
    }

    #[test]
    fn help_of_one_command_is_its_own() {
        let asked = |arguments: &[&str]| {
            let arguments = arguments.iter().map(|one| OsString::from(*one));
            Cli::from_arguments(arguments).unwrap_err().render().to_string()
        };
        let whole = asked(&["backstory", "--help"]);
        assert!(whole.contains("Ask before the next change:\n  brief ") && whole.contains("Options:"), "{whole}");
        assert!(whole.lines().all(|line| line.chars().count() <= WIDTH), "{whole}");
        let own = asked(&["backstory", "brief", "--help"]);
        assert!(own.contains("FILES") && !own.contains("Ask before"), "{own}");
    }
}
