//! `backstory uninstall`: takes out what `init` put in, by its receipt. Records stay; they are the person's.

use std::fs;

use anyhow::Context as _;

use crate::commands::{Context, Ending};
use crate::install::git_lines;
use crate::install::hooks::HOOKS;
use crate::install::place::{NOTES_REF, Place};
use crate::install::receipt::Receipt;

#[derive(Debug, clap::Args)]
pub struct Arguments {}

/// # Errors
/// When a file cannot be changed. The receipt stays then, so that it can be tried again.
pub fn run(_: &Arguments, context: &mut Context) -> anyhow::Result<Ending> {
    let place = Place::find(&context.environment.cwd)?;
    let Some(receipt) = Receipt::read(&place.folder())? else {
        context.output.message("nothing to undo: `backstory init` was not run in this repository");
        return Ok(Ending::Done);
    };
    let mut left = Vec::new();
    for folder in receipt.hooks.iter().rev() {
        for hook in HOOKS {
            left.extend(hook.uninstall(&folder.path)?);
        }
        if folder.made {
            // Not empty, or gone already: then it is not ours to delete.
            let _ = fs::remove_dir(&folder.path);
        }
    }
    for block in receipt.blocks.iter().rev() {
        if !git_lines::remove(&place.config_file(), &block.text)? {
            for line in git_lines::remove_single(&place.config_file(), &block.lines)? {
                left.push(format!("{} = {} was no longer in the git configuration", line.name, line.value));
            }
        }
    }
    for file in &receipt.files {
        if !file.remove()? {
            left.push(format!("{} was changed since it was written, and stays", file.path.display()));
        }
    }
    remove_folder(&place)?;
    context.output.line("Taken out: hooks, git configuration and files of backstory.")?;
    for sentence in &left {
        context.output.message(sentence);
    }
    if place.repository.find_reference(NOTES_REF).is_ok() {
        context
            .output
            .line(&format!("The records stay in {NOTES_REF}. To delete them here: git update-ref -d {NOTES_REF}"))?;
    }
    Ok(Ending::Done)
}

/// Our folder in the git folder: the receipt and the index, which is a cache.
fn remove_folder(place: &Place) -> anyhow::Result<()> {
    let folder = place.folder();
    for name in ["index.db", "index.db-wal", "index.db-shm", "log"] {
        let _ = fs::remove_file(folder.join(name));
    }
    let receipt = Receipt::path(&folder);
    fs::remove_file(&receipt).with_context(|| format!("cannot delete {}", receipt.display()))?;
    // What another command keeps there stays.
    let _ = fs::remove_dir(&folder);
    Ok(())
}
