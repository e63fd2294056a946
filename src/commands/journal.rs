//! `backstory journal add`: writes down what no transcript holds.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use jiff::Timestamp;

use crate::capture::{self, JournalAuthor, JournalEntry};
use crate::context::{Context, Ending};
use crate::recorder::{journals, workplace};

/// Writes down what no transcript holds
#[derive(Debug, clap::Args)]
pub struct JournalArgs {
    #[command(subcommand)]
    command: JournalCommand,
}

#[derive(Debug, clap::Subcommand)]
enum JournalCommand {
    /// Add one entry to the journal in .backstory/sessions
    Add(Box<Add>),
}

#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("what").required(true).args(["tried", "correction", "prompt", "context", "verified"])))]
struct Add {
    /// Something that was tried and did not work
    #[arg(long, value_name = "TEXT")]
    tried: Option<String>,
    /// The error that it gave
    #[arg(long, value_name = "TEXT", requires = "tried")]
    error: Option<String>,
    /// What was done differently then
    #[arg(long, value_name = "TEXT", requires = "tried")]
    changed: Option<String>,
    /// Why the attempt was inadequate, or why the correction was made
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["prompt", "context", "verified"])]
    why: Option<String>,
    /// What a person corrected
    #[arg(long, value_name = "TEXT")]
    correction: Option<String>,
    /// The file that was corrected
    #[arg(long, value_name = "PATH", requires = "correction")]
    file: Option<String>,
    /// What an agent was asked
    #[arg(long, value_name = "TEXT")]
    prompt: Option<String>,
    /// A requirement or constraint of the whole work
    #[arg(long, value_name = "TEXT")]
    context: Option<String>,
    /// What was checked, and how it went
    #[arg(long, value_name = "TEXT")]
    verified: Option<String>,
    /// The agent that did the work
    #[arg(long, value_name = "NAME")]
    agent: Option<String>,
    #[arg(long, value_name = "VERSION")]
    agent_version: Option<String>,
    #[arg(long, value_name = "MODEL")]
    model: Option<String>,
    /// The journal's name; today's date where it is not given
    #[arg(long, value_name = "NAME")]
    session: Option<String>,
}

pub(crate) fn run(journal: &JournalArgs, context: &mut Context<'_>) -> Result<Ending> {
    let JournalCommand::Add(add) = &journal.command;
    let today = context.environment.now.strftime("%Y-%m-%d").to_string();
    let name = add.session.clone().unwrap_or(today);
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || name.starts_with('.') || !name.chars().all(allowed) {
        bail!("--session {name}: use letters, digits, - _ and . only");
    }
    let path = journals::folder(&root(context)?)?.join(format!("{name}.yaml"));
    let author =
        JournalAuthor { agent: add.agent.clone(), agent_version: add.agent_version.clone(), model: add.model.clone() };
    let entry = JournalEntry {
        // Rounded down: a commit of the same second comes after it.
        at: Some(Timestamp::from_second(context.environment.now.as_second())?),
        prompt: add.prompt.clone(),
        context: add.context.clone(),
        tried: add.tried.clone(),
        error: add.error.clone(),
        changed: add.changed.clone(),
        correction: add.correction.clone(),
        why: add.why.clone(),
        file: add.file.clone(),
        verified: add.verified.clone(),
    };
    capture::add_to_journal(&path, &author, &entry)?;
    context.output.message(&format!("added to {}", path.display()));
    Ok(Ending::Done)
}

/// The top of the work tree that git works in here: where the hooks look for journals.
fn root(context: &Context<'_>) -> Result<PathBuf> {
    let repository = workplace::discover(context.environment)?;
    let root = repository.root().map(Path::to_path_buf);
    root.with_context(|| format!("{} has no work tree, so no place for a journal", repository.git_dir().display()))
}
