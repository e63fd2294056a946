//! `backstory init`: hooks, git configuration and the settings file of one repository, with a receipt for `uninstall`.

pub(crate) mod consent;
mod servers;

use std::fs;

use anyhow::{Context as _, bail};
use serde::Serialize;

use crate::config::{self, Config, Sharing};
use crate::context::{Context, Ending};
use crate::environment::Environment;
use crate::files::{self, NewFileMode};
use crate::git::repository::Repository;
use crate::git::{notes, remotes};
use crate::install::git_lines::{self, GitLine};
use crate::install::hooks::{self, HOOKS, HookState};
use crate::install::idle_check;
use crate::install::place::{NOTES_REF, Place, REWRITE_REF};
use crate::install::receipt::{Block, HooksFolder, MadeFile, Receipt};
use crate::install::workflow::{self, WORKFLOW, WorkflowState};
use crate::output::for_terminal;
use crate::recorder::ground::Aliases;
use crate::recorder::sharing::{self, DecidedBy, Decision, SHARING};
use crate::recorder::team::Team;
use crate::recorder::{misnamed, workplace};

#[derive(Debug, clap::Args)]
pub struct InitArgs {
    /// Push the records of this clone with `git push`, for everyone who can read the repository
    #[arg(long, conflicts_with = "local")]
    pub share: bool,
    /// Keep the records of this clone in this clone: never push them
    #[arg(long)]
    pub local: bool,
    /// Put the hooks into a folder that other repositories share too (core.hooksPath), and write over a workflow of
    /// another content
    #[arg(long)]
    pub force: bool,
    /// Set up everything but the hooks, where another tool manages them
    #[arg(long)]
    pub no_hooks: bool,
    /// Write the workflow that describes pull requests too: .github/workflows/backstory.yml
    #[arg(long)]
    pub github: bool,
    /// Only show what the settings of these agents (all that are known) have to hold to start `backstory mcp`
    #[arg(long, value_name = "AGENT", num_args = 0.., value_delimiter = ',', conflicts_with_all = ["share", "local", "no_hooks", "github"])]
    pub mcp: Option<Vec<String>>,
    /// With --mcp: write it into their files in this repository, beside what is there
    #[arg(long, requires = "mcp")]
    pub write: bool,
}

/// # Errors
/// When the repository cannot be set up; nothing was changed then, or what was is in the receipt.
pub(crate) fn run(arguments: &InitArgs, context: &mut Context) -> anyhow::Result<Ending> {
    if let Some(names) = &arguments.mcp {
        return servers::run(names, arguments.write, context);
    }
    let (place, repository) = workplace::place(context.environment)?;
    let mut config = config::read_file(&place.root)?;
    let team = Team::around(&repository, None)?;
    let program = Environment::program();
    if !arguments.no_hooks {
        check_hooks(&place, arguments.force)?;
        for hook in HOOKS {
            hook.check(&place.hooks, program.as_deref())?;
        }
    }
    for one in misnamed::at(&place.root) {
        context.output.message(&format!("{}: {}", one.said(), one.advice()));
    }
    misnamed::restrict(&mut config, &place.root);
    let before = sharing::in_force(&repository, &config, &team)?;
    let mut receipt = Receipt::read(&place.folder())?.unwrap_or_else(|| Receipt::begun_at(repository.head()));
    if receipt.hooks.is_empty() && receipt.began_at.is_none() {
        receipt.began_at = repository.head();
    }
    let workflow = if arguments.github { Some(check_workflow(&place, &receipt, arguments.force)?) } else { None };
    let records = notes::list(&repository)?.len();
    let answer = answer(arguments, before, records, context)?;
    if !arguments.no_hooks {
        receipt.program = program;
    }
    // Without an answer, a clone that was set up before this was a question goes on as it did.
    receipt.asks_before_sharing |= answer.is_some();
    // Written before anything is changed, and after each step: an init that is cut off can still be undone.
    receipt.write(&place.folder())?;

    let hooks = if arguments.no_hooks { Vec::new() } else { install_hooks(&place, &mut receipt)? };
    let mut lines: Vec<GitLine> = keep_answer(&place, &repository, answer, &mut receipt)?.into_iter().collect();
    // Opened again: the answer is among the settings now.
    let repository = workplace::discover(context.environment)?;
    let decision = sharing::in_force(&repository, &config, &team)?;
    lines.extend(add_git_lines(&place, &repository, decision.sharing, &mut receipt)?);
    // A new file of the right name would hide that another one is not read.
    let is_misnamed = misnamed::at(&place.root).iter().any(|one| one.right == config::FILE_NAME && !one.has_right);
    let wrote_settings = !is_misnamed && write_settings(&place, &mut receipt)?;
    if let Some(found) = workflow {
        write_workflow(&place, found, &mut receipt)?;
    }

    let is_shared = decision.sharing == Sharing::Notes;
    let summary = Summary {
        root: for_terminal(&place.root.to_string_lossy()),
        hooks,
        hooks_folder: for_terminal(&place.hooks.to_string_lossy()),
        lines,
        wrote_settings,
        shared: is_shared,
        by: decision.by,
        is_not_committed: is_not_committed(&config, decision),
        leaving: if is_shared && before.sharing == Sharing::Local { records } else { 0 },
        remote: remote_shown(&repository),
        notes_ref: NOTES_REF,
        workflow,
        workflow_path: WORKFLOW,
        workflow_has_gap: workflow::has_gap(&workflow::workflow()),
    };
    let text = minijinja::Environment::new()
        .render_str(include_str!("../../templates/terminal/init.txt"), minijinja::value::Serde(&summary))
        .context("cannot write the summary")?;
    context.output.line(&text)?;
    for alias in Aliases::of(&repository, &config).taken {
        context.output.line(&for_terminal(&format!("Sessions in {} count for this repository, too.", alias.named)))?;
    }
    for (name, value) in remotes::lines_over_notes(&repository) {
        context.output.message(&format!(
            "`{name} = {value}` makes `git fetch` replace the records of this clone with those of the remote\n\
             hint: delete that line from git's configuration"
        ));
    }
    Ok(Ending::Done)
}

/// What the person decides about the records, by an option or at a terminal. `None` leaves it as it is.
fn answer(
    arguments: &InitArgs,
    before: Decision,
    records: usize,
    context: &mut Context,
) -> anyhow::Result<Option<Sharing>> {
    let Context { environment, output } = context;
    let wanted = if arguments.local {
        Some(Sharing::Local)
    } else if arguments.share {
        if before.by == DecidedBy::Team && before.sharing == Sharing::Local {
            bail!(
                "{} says `sharing: local` for everyone who works on this repository; change it there first",
                config::FILE_NAME
            );
        }
        Some(Sharing::Notes)
    } else if matches!(before.by, DecidedBy::Person | DecidedBy::Team) {
        None
    } else {
        let question = "May `git push` also push the records of your work with agents (prompts, failed attempts, corrections) to \
                        everyone who can read this repository?";
        consent::ask(question, environment, output)?.map(|yes| if yes { Sharing::Notes } else { Sharing::Local })
    };
    if wanted == Some(Sharing::Notes) && before.sharing == Sharing::Local && records > 0 {
        let question = format!(
            "{} made so far will leave too, each with the next push of its commit. Share them?",
            if records == 1 { "1 record that was".to_owned() } else { format!("{records} records that were") }
        );
        // Where nobody answers, only the option has said it.
        if !consent::ask(&question, environment, output)?.unwrap_or(arguments.share) {
            return Ok(None);
        }
    }
    Ok(wanted)
}

/// Whether a file that nobody committed says that the records are shared.
pub(super) fn is_not_committed(config: &Config, decision: Decision) -> bool {
    decision.by == DecidedBy::Nobody && config.sharing == Some(Sharing::Notes)
}

/// Where the records go, for people.
fn remote_shown(repository: &Repository) -> Option<String> {
    let url = repository.config_string(&format!("remote.{}.url", remotes::main(repository)?))?;
    Some(for_terminal(&remotes::shown(&url)))
}

/// What the person is told at the end.
#[derive(Serialize)]
struct Summary {
    root: String,
    hooks: Vec<HookLine>,
    hooks_folder: String,
    lines: Vec<GitLine>,
    wrote_settings: bool,
    shared: bool,
    by: DecidedBy,
    /// `sharing: notes` stands in a file that is not committed.
    is_not_committed: bool,
    /// Records made so far that leave from now on.
    leaving: usize,
    remote: Option<String>,
    notes_ref: &'static str,
    /// What was found in the workflow's place; `None` where none was asked for.
    workflow: Option<WorkflowState>,
    workflow_path: &'static str,
    workflow_has_gap: bool,
}

#[derive(Serialize)]
struct HookLine {
    name: &'static str,
    found: HookState,
}

/// Refuses a hooks folder that is not this repository's alone.
fn check_hooks(place: &Place, force: bool) -> anyhow::Result<()> {
    match place.obstacle() {
        Some(obstacle) if !(force && obstacle.gives_way) => bail!("{}: {}", obstacle.what, obstacle.advice),
        _ => Ok(()),
    }
}

fn install_hooks(place: &Place, receipt: &mut Receipt) -> anyhow::Result<Vec<HookLine>> {
    let made = !place.hooks.exists();
    if !receipt.hooks.iter().any(|folder| folder.path == place.hooks) {
        receipt.hooks.push(HooksFolder { path: place.hooks.clone(), made });
        receipt.write(&place.folder())?;
    }
    fs::create_dir_all(&place.hooks).with_context(|| format!("cannot make {}", place.hooks.display()))?;
    // Before the hooks, which ask it.
    idle_check::write(&place.folder()).with_context(|| format!("cannot write into {}", place.folder().display()))?;
    let found = hooks::install_all(&place.hooks, receipt.program.as_deref())?;
    Ok(found.into_iter().map(|(hook, found)| HookLine { name: hook.name, found }).collect())
}

/// Writes the person's answer down where git keeps a person's settings for a clone.
fn keep_answer(
    place: &Place,
    repository: &Repository,
    answer: Option<Sharing>,
    receipt: &mut Receipt,
) -> anyhow::Result<Option<GitLine>> {
    let (value, other) = match answer {
        None => return Ok(None),
        Some(Sharing::Notes) => ("notes", "local"),
        Some(Sharing::Local) => ("local", "notes"),
    };
    if repository.config_string(SHARING).is_some_and(|set| set.trim().eq_ignore_ascii_case(value)) {
        return Ok(None);
    }
    let line = GitLine::new(SHARING, value);
    let (folder, file) = (place.folder(), place.config_file());
    if !receipt.change_line(&folder, &file, &GitLine::new(SHARING, other), &line)? {
        append_lines(place, vec![line.clone()], receipt)?;
    }
    Ok(Some(line))
}

fn add_git_lines(
    place: &Place,
    repository: &Repository,
    sharing: Sharing,
    receipt: &mut Receipt,
) -> anyhow::Result<Vec<GitLine>> {
    let set = repository.config_values("notes.rewriteRef");
    let mut lines = Vec::new();
    let mut changed = Vec::new();
    if !set.iter().any(|value| value == REWRITE_REF || value == "refs/notes/*") {
        let line = GitLine::new("notes.rewriteRef", REWRITE_REF);
        // An earlier `init` named the reference itself, and git warns of it as long as it is not there.
        let earlier = GitLine::new("notes.rewriteRef", NOTES_REF);
        if receipt.change_line(&place.folder(), &place.config_file(), &earlier, &line)? {
            changed.push(line);
        } else if !set.iter().any(|value| value == NOTES_REF) {
            lines.push(line);
        }
    }
    if sharing == Sharing::Notes {
        lines.extend(remotes::missing_fetch_lines(repository).iter().map(|(name, value)| GitLine::new(name, value)));
    }
    if !lines.is_empty() {
        append_lines(place, lines.clone(), receipt)?;
    }
    changed.extend(lines);
    Ok(changed)
}

fn append_lines(place: &Place, lines: Vec<GitLine>, receipt: &mut Receipt) -> anyhow::Result<()> {
    let text = git_lines::append(&place.config_file(), &lines)?;
    receipt.blocks.push(Block { lines, text });
    receipt.write(&place.folder())
}

/// Writes `.backstory.yml` where there is none. It decides nothing: who commits it for a team fills in what the team wants.
fn write_settings(place: &Place, receipt: &mut Receipt) -> anyhow::Result<bool> {
    let path = place.root.join(config::FILE_NAME);
    if path.symlink_metadata().is_ok() {
        return Ok(false);
    }
    receipt.files.retain(|file| file.path != path);
    receipt.files.push(MadeFile::new(path.clone(), config::TEMPLATE.as_bytes()));
    receipt.write(&place.folder())?;
    let made = files::create(&path, config::TEMPLATE.as_bytes(), NewFileMode::Shared);
    made.with_context(|| format!("cannot write {}", path.display()))
}

/// Refuses to write over a workflow that a person wrote or changed.
fn check_workflow(place: &Place, receipt: &Receipt, force: bool) -> anyhow::Result<WorkflowState> {
    let found = workflow::state(&place.root, receipt).with_context(|| format!("cannot read {WORKFLOW}"))?;
    if found == WorkflowState::Changed && !force {
        bail!(
            "{WORKFLOW} is there and says something else: run `backstory init --github --force` to write over it, or add \
             the last step of what docs/action.md shows to it"
        );
    }
    Ok(found)
}

/// Writes the workflow. One that a person had is not in the receipt: `uninstall` could not bring it back.
fn write_workflow(place: &Place, found: WorkflowState, receipt: &mut Receipt) -> anyhow::Result<()> {
    let (path, text) = (place.root.join(WORKFLOW), workflow::workflow());
    if found == WorkflowState::Same {
        return Ok(());
    }
    if found != WorkflowState::Changed {
        receipt.folders.extend(workflow::missing_folders(&place.root));
        receipt.files.retain(|file| file.path != path);
        receipt.files.push(MadeFile::new(path.clone(), text.as_bytes()));
        receipt.write(&place.folder())?;
    }
    let cannot = || format!("cannot write {}", path.display());
    fs::create_dir_all(path.parent().unwrap_or(&place.root)).with_context(cannot)?;
    files::write(&path, text.as_bytes(), NewFileMode::Shared).with_context(cannot)
}
