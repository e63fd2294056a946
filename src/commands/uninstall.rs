//! `backstory uninstall`: removes what `init` put in, by its receipt, and what the program keeps for itself in the git
//! folder. Records stay, and so does a person's no; they are the person's.

use std::fs;

use anyhow::Context as _;

use crate::config::{self, Sharing};
use crate::context::{Context, Ending};
use crate::git::repository::Repository;
use crate::git::{note_refs, outgoing};
use crate::install::git_lines::{self, GitLine};
use crate::install::hooks;
use crate::install::place::{NOTES_REF, Place};
use crate::install::receipt::Receipt;
use crate::output::for_terminal;
use crate::recorder::sharing::SHARING;
use crate::recorder::{spool, workplace};
use crate::state::paths::{self as state_paths, Purpose};

#[derive(Debug, clap::Args)]
pub struct UninstallArgs {}

/// # Errors
/// When a file cannot be changed. The receipt stays then, so that it can be tried again.
pub(crate) fn run(_: &UninstallArgs, context: &mut Context) -> anyhow::Result<Ending> {
    let (place, repository) = workplace::place(context.environment)?;
    let Some(receipt) = Receipt::read(&place.folder())? else {
        remove_kept(&place, &repository);
        say_what_a_person_decided(&place, context)?;
        context.output.message("nothing to undo: `backstory init` was not run in this repository");
        return Ok(Ending::Done);
    };
    let mut left = Vec::new();
    for folder in receipt.hooks.iter().rev() {
        left.extend(hooks::uninstall_all(&folder.path)?);
        if folder.made {
            // Not empty, or gone already: then it is not ours to delete.
            let _ = fs::remove_dir(&folder.path);
        }
    }
    for block in receipt.blocks.iter().rev() {
        let (kept, gone): (Vec<GitLine>, Vec<GitLine>) = block.lines.iter().cloned().partition(is_a_no);
        let is_done = match (kept.is_empty(), gone.is_empty()) {
            (_, true) => true,
            (true, _) => git_lines::remove(&place.config_file(), &block.text)?,
            (false, _) => git_lines::replace(&place.config_file(), &block.text, &kept)?.is_some(),
        };
        if !is_done {
            for line in git_lines::remove_single(&place.config_file(), &gone)? {
                left.push(format!("{} = {} was no longer in the git configuration", line.name, line.value));
            }
        }
    }
    for server in &receipt.servers {
        // One that cannot be changed keeps nothing else from going.
        if let Err(error) = server.remove(&place.root, &place.common) {
            left.push(format!("{error:#}"));
        }
    }
    for file in &receipt.files {
        match file.remove() {
            Ok(true) => {}
            Ok(false) => left.push(format!("{} was changed since it was written, and stays", file.path.display())),
            Err(error) => left.push(format!("{error:#}; delete it by hand")),
        }
    }
    for folder in receipt.folders.iter().rev() {
        // With anything else in it, it is not ours to delete.
        let _ = fs::remove_dir(folder);
    }
    remove_folder(&place, &repository)?;
    context.output.line("Removed: hooks, git configuration and files of backstory.")?;
    for sentence in &left {
        context.output.message(sentence);
    }
    say_what_a_person_decided(&place, context)?;
    if repository.handle().find_reference(NOTES_REF).is_ok() {
        context
            .output
            .line(&format!("The records stay in {NOTES_REF}. To delete them here: git update-ref -d {NOTES_REF}"))?;
    }
    Ok(Ending::Done)
}

/// Whether the line keeps the records in this clone. A person's no outlives the program: without it, a later `init`, or a team
/// that shares, would find nobody against it.
fn is_a_no(line: &GitLine) -> bool {
    line.name == SHARING && config::personal_sharing(Some(&line.value)) == Some(Sharing::Local)
}

/// Without these, a later `init` and `backfill` would record and share again what a person wanted gone or kept here.
fn say_what_a_person_decided(place: &Place, context: &mut Context) -> anyhow::Result<()> {
    let set = git2::Config::open(&place.config_file()).and_then(|file| file.get_string(SHARING)).ok();
    if let Some(value) = set.filter(|value| config::personal_sharing(Some(value)) == Some(Sharing::Local)) {
        let line = format!("`{SHARING} = {value}` stays. To remove it: git config --unset-all {SHARING}");
        context.output.line(&for_terminal(&line))?;
    }
    let list = place.folder().join(state_paths::FORGOTTEN);
    if list.exists() {
        context.output.line(&format!(
            "The list of what was forgotten stays in {}, so that nothing records it again. To end that, delete the file.",
            list.display()
        ))?;
    }
    Ok(())
}

/// Our folder in the git folder, with the receipt.
fn remove_folder(place: &Place, repository: &Repository) -> anyhow::Result<()> {
    let receipt = Receipt::path(&place.folder());
    fs::remove_file(&receipt).with_context(|| format!("cannot delete {}", receipt.display()))?;
    remove_kept(place, repository);
    Ok(())
}

/// What the hooks keep, by name: the index (a cache), the log, the key of the placeholders, what commit-msg left for
/// post-commit (in each work tree's own folder), the spool, and what is known of the remotes' notes. Anything else there stays, and so does a
/// folder with anything else in it.
fn remove_kept(place: &Place, repository: &Repository) {
    let worktrees = fs::read_dir(place.common.join("worktrees")).into_iter().flatten().flatten();
    let folders = worktrees.map(|entry| state_paths::folder(&entry.path())).chain([place.folder()]);
    spool::empty(&place.common);
    // It says what the messages were of the sessions that were forgotten.
    let silenced =
        if place.folder().join(state_paths::FORGOTTEN).exists() { None } else { Some(state_paths::SILENCED) };
    for folder in folders {
        let kept = state_paths::files_of(Purpose::Copy).chain(state_paths::files_of(Purpose::Work));
        for name in kept.chain(silenced) {
            let _ = fs::remove_file(folder.join(name));
        }
        let _ = fs::remove_dir(&folder);
    }
    for names in [note_refs::KNOWN, outgoing::AFRESH] {
        let found = repository.handle().references_glob(&format!("{names}*"));
        for mut reference in found.into_iter().flatten().flatten() {
            let _ = reference.delete();
        }
    }
}
