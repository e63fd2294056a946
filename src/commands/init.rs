//! `backstory init`: hooks, git configuration and the settings file of one repository, with a receipt for `uninstall`.

use std::fs;

use anyhow::{Context as _, bail};
use serde::Serialize;

use crate::commands::{Context, Ending};
use crate::config::{self, Sharing};
use crate::environment::Environment;
use crate::install::git_lines::{self, GitLine};
use crate::install::hooks::{self, HOOKS, HookState};
use crate::install::place::{NOTES_REF, Place};
use crate::install::receipt::{Block, HooksFolder, MadeFile, Receipt};
use crate::install::workflow::{self, WORKFLOW, WorkflowState};
use crate::output::for_terminal;

#[derive(Debug, clap::Args)]
pub struct Arguments {
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
}

/// What the fetched records of a remote are kept under. The star matters: git stops a whole fetch when a ref without
/// one is not there, and a remote without records has none. The plus too: it is a copy of what the remote has, as
/// `refs/remotes/origin/*` is; our own records are in another ref, and git's reflog keeps what the copy was before.
const FETCH: &str = "+refs/notes/backstory*:refs/notes/remotes/origin/backstory*";

/// # Errors
/// When the repository cannot be set up; nothing was changed then, or what was is in the receipt.
pub fn run(arguments: &Arguments, context: &mut Context) -> anyhow::Result<Ending> {
    let place = Place::find(&context.environment.cwd)?;
    let settings = config::read(&place.root, &place.config()?)?;
    let program = Environment::program();
    if !arguments.no_hooks {
        check_hooks(&place, arguments.force)?;
        for hook in HOOKS {
            hook.check(&place.hooks, program.as_deref())?;
        }
    }
    let sharing = if arguments.local { Sharing::Local } else { settings.sharing };
    let mut receipt = Receipt::read(&place.folder())?.unwrap_or_default();
    let workflow = if arguments.github { Some(check_workflow(&place, &receipt, arguments.force)?) } else { None };
    if !arguments.no_hooks {
        receipt.program = program;
    }
    // Written before anything is changed, and after each step: an init that is cut off can still be undone.
    receipt.write(&place.folder())?;

    let hooks = if arguments.no_hooks { Vec::new() } else { install_hooks(&place, &mut receipt)? };
    let lines = add_git_lines(&place, sharing, &mut receipt)?;
    let wrote_settings = write_settings(&place, sharing, &mut receipt)?;
    if let Some(found) = workflow {
        write_workflow(&place, found, &mut receipt)?;
    }

    let config = place.config()?;
    let summary = Summary {
        root: for_terminal(&place.root.to_string_lossy()),
        hooks,
        hooks_folder: for_terminal(&place.hooks.to_string_lossy()),
        lines,
        wrote_settings,
        shared: sharing == Sharing::Notes,
        remote: config.get_string("remote.origin.url").ok().map(|url| for_terminal(&without_password(&url))),
        notes_ref: NOTES_REF,
        workflow,
        workflow_path: WORKFLOW,
        workflow_has_gap: workflow::has_gap(&workflow::workflow()),
    };
    let text = minijinja::Environment::new()
        .render_str(include_str!("../../templates/terminal/init.txt"), minijinja::value::Serde(&summary))
        .context("cannot write the summary")?;
    context.output.line(&text)?;
    Ok(Ending::Done)
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
    if let Some(manager) = hooks::manager(&place.hooks) {
        bail!("{} writes the hooks in {} anew: {}", manager.name, place.hooks.display(), manager.advice);
    }
    if !place.owns_hooks() && !force {
        bail!(
            "git takes the hooks of this repository from {}, which other repositories may use too: run `backstory init \
             --force` to put the hooks there (the ones that are there are kept and still run), or `backstory init \
             --no-hooks` and call `backstory hook commit-msg \"$@\"` from your own",
            place.hooks.display()
        );
    }
    Ok(())
}

fn install_hooks(place: &Place, receipt: &mut Receipt) -> anyhow::Result<Vec<HookLine>> {
    let made = !place.hooks.exists();
    if !receipt.hooks.iter().any(|folder| folder.path == place.hooks) {
        receipt.hooks.push(HooksFolder { path: place.hooks.clone(), made });
        receipt.write(&place.folder())?;
    }
    fs::create_dir_all(&place.hooks).with_context(|| format!("cannot make {}", place.hooks.display()))?;
    HOOKS
        .iter()
        .map(|hook| Ok(HookLine { name: hook.name, found: hook.install(&place.hooks, receipt.program.as_deref())? }))
        .collect()
}

fn add_git_lines(place: &Place, sharing: Sharing, receipt: &mut Receipt) -> anyhow::Result<Vec<GitLine>> {
    let config = place.config()?;
    let has = |name: &str, accept: &dyn Fn(&str) -> bool| git_lines::values(&config, name).iter().any(|v| accept(v));
    let mut lines = Vec::new();
    if !has("notes.rewriteRef", &|value| value == NOTES_REF || value == "refs/notes/*") {
        lines.push(GitLine::new("notes.rewriteRef", NOTES_REF));
    }
    let fetches = has("remote.origin.fetch", &|_| true);
    if sharing == Sharing::Notes && fetches && !has("remote.origin.fetch", &|value| value == FETCH) {
        lines.push(GitLine::new("remote.origin.fetch", FETCH));
    }
    if sharing == Sharing::Local && !has("backstory.sharing", &|value| value.eq_ignore_ascii_case("local")) {
        lines.push(GitLine::new("backstory.sharing", "local"));
    }
    if !lines.is_empty() {
        let text = git_lines::append(&place.config_file(), &lines)?;
        receipt.blocks.push(Block { lines: lines.clone(), text });
        receipt.write(&place.folder())?;
    }
    Ok(lines)
}

/// Writes `.backstory.yml` where there is none.
fn write_settings(place: &Place, sharing: Sharing, receipt: &mut Receipt) -> anyhow::Result<bool> {
    let path = place.root.join(config::FILE_NAME);
    if path.symlink_metadata().is_ok() {
        return Ok(false);
    }
    let text = match sharing {
        Sharing::Notes => config::TEMPLATE.to_owned(),
        Sharing::Local => config::TEMPLATE.replacen("\nsharing: notes\n", "\nsharing: local\n", 1),
    };
    receipt.files.retain(|file| file.path != path);
    receipt.files.push(MadeFile::new(path.clone(), text.as_bytes()));
    receipt.write(&place.folder())?;
    fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(true)
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
    fs::write(&path, text).with_context(cannot)
}

/// `https://me:secret@host/x` without the part before the `@`.
fn without_password(url: &str) -> String {
    match url.split_once("://") {
        Some((scheme, rest)) => {
            let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
            format!("{scheme}://{host}{path}")
        }
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_a_remote_is_not_shown() {
        assert_eq!(without_password("https://me:s3cret@host.example/a@b"), "https://host.example/a@b");
        assert_eq!(without_password("git@host.example:a/b"), "git@host.example:a/b");
    }
}
