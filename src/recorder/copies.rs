//! The copies of notes that were fetched from remotes, where text is taken out of records.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::context::Context;
use crate::git::repository::Repository;
use crate::git::{note_refs, notes, outgoing};
use crate::output::for_terminal;
use crate::recorder::share;

pub(crate) fn copies(repository: &Repository) -> Vec<String> {
    notes::fetched(repository).into_iter().chain(notes::known(repository)).collect()
}

/// Takes over what was fetched, so that a push of the rewritten notes by force takes away nobody's records.
pub(crate) fn take_in_copies(repository: &Repository, context: &Context) -> anyhow::Result<()> {
    for copy in copies(repository) {
        if repository.handle().find_reference(&copy).is_ok() {
            notes::merge(repository, &copy, share::combine, context.environment.now)?;
        }
    }
    Ok(())
}

/// A copy of a remote's notes that was deleted here.
pub(crate) struct RemoteCopy {
    name: String,
    /// The commit it was at.
    at: String,
    /// The remote, and the reference with what is to be put there.
    afresh: Option<(String, String)>,
}

/// Deletes the fetched copies, which the next fetch makes anew, and prepares what is to take their place.
pub(crate) fn delete_copies(repository: &Repository, now: Timestamp) -> anyhow::Result<Vec<RemoteCopy>> {
    let copies = copies(repository);
    // Each remote's newest copy, with what is to take its place.
    let mut afresh: BTreeMap<&String, (String, String)> = BTreeMap::new();
    let remotes: BTreeSet<&str> = copies.iter().filter_map(|copy| note_refs::remote_of(copy)).collect();
    for remote in remotes {
        let of_remote: Vec<&String> = copies.iter().filter(|copy| note_refs::remote_of(copy) == Some(remote)).collect();
        let newest =
            of_remote.iter().copied().reduce(|one, other| if is_newer(repository, other, one) { other } else { one });
        if let (Some(newest), Some(name)) = (newest, outgoing::afresh(repository, remote, &of_remote, now)?) {
            afresh.insert(newest, (remote.to_owned(), name));
        }
    }
    let mut deleted = Vec::new();
    for name in &copies {
        let Some(at) = notes::delete_copy(repository, name)? else { continue };
        deleted.push(RemoteCopy { name: name.clone(), at, afresh: afresh.get(name).cloned() });
    }
    Ok(deleted)
}

/// Whether the notes at `name` go on from those at `before`.
pub(crate) fn is_newer(repository: &Repository, name: &str, before: &str) -> bool {
    let tip = |name: &str| repository.handle().refname_to_id(name).ok().map(|id| id.to_string());
    tip(name).zip(tip(before)).is_some_and(|(new, old)| repository.is_ancestor(&old, &new))
}

/// What a rewritten history asks of the person.
/// `left` are the refs that lead to the old text; `command` does in another clone what was done here.
pub(crate) fn advise(
    context: &mut Context,
    changed: usize,
    copies: &[RemoteCopy],
    left: &[String],
    command: &str,
) -> anyhow::Result<()> {
    let output = &mut *context.output;
    if changed == 0 {
        return Ok(());
    }
    output.line("\nWhat remains for you to do:")?;
    for RemoteCopy { name, at, afresh } in copies {
        output.line(&format!(
            "- {} was a copy of a remote that still has the text (it was taken in, then deleted here).",
            for_terminal(name)
        ))?;
        if let Some((remote, afresh)) = afresh {
            let (remote, afresh) = (for_terminal(remote), for_terminal(afresh));
            output
                .line(&format!("  git push --force-with-lease={0}:{at} {remote} {afresh}:{0}", note_refs::NOTES_REF))?;
        }
    }
    output.line(&format!(
        "- Where else the notes were pushed, replace them before the next ordinary push: git push --force REMOTE {}\n  \
         (this takes the records of all branches along)",
        note_refs::NOTES_REF
    ))?;
    output.line(&format!("- In every other clone: {command}; git fetch"))?;
    output.line("  (it keeps the records that were not pushed from there)")?;
    for name in left {
        let shown = for_terminal(name);
        output
            .line(&format!("- {shown} still leads to the old text; if nobody needs it: git update-ref -d {shown}"))?;
    }
    let deletes = "git itself deletes it from the disk after about two weeks";
    output.line(&match left.is_empty() {
        true => format!("- No ref here leads to the old text any more; {deletes}."),
        false => format!("- Once no ref leads to the old text, {deletes}."),
    })?;
    output.line("- Commit messages, transcripts of the agent and copies made elsewhere are as they were.")?;
    Ok(())
}
