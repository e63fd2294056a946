//! What HEAD left behind when a commit was made on another one than the last: commits that were squashed or split by
//! `git reset`, edited in a rebase, or replaced by a tool. Of most commits the parent is the last, and nothing is looked at.

use std::collections::HashSet;

use super::pending::PendingSources;
use crate::environment::Environment;
use crate::git::repository::Repository;
use crate::git::{changes, note_copies, rewritten, trees_alike};
use crate::link::pairing::Patch;
use crate::recorder::orphans::{FormerCommits, Records};
use crate::recorder::workplace::Workplace;
use crate::recorder::{keep, recorded};

/// So many commits are looked at on either side in a hook.
const MOST_IN_HOOK: usize = 32;

/// The commits that the one at HEAD was made from, whether they have records or not: one of which nothing was to be recorded
/// counts too.
#[derive(Debug, Default)]
pub(crate) struct HeadMove {
    pub(crate) sources: Vec<String>,
    /// The one of which a part is left that a next commit may take.
    pub(crate) rest: Option<String>,
}

/// What the commit `head` took over of those that were there before, by what [`crate::hooks::pending`] kept. `None` where that
/// cannot be told.
pub(crate) fn left(repository: &Repository, head: &str, kept: &PendingSources) -> Option<HeadMove> {
    let was = kept.was.as_deref()?;
    let (parent, tree) = repository.stands_on(head).ok()?;
    let parent = parent?;
    let part_of = |old: String| {
        let old_tree = repository.stands_on(&old).ok()?.1;
        let is_part = old_tree == tree || is_part(repository, head, &old);
        let rest = (old_tree != tree).then(|| old.clone());
        is_part.then(|| HeadMove { sources: vec![old], rest })
    };
    if parent == was {
        return kept.rest.clone().and_then(part_of);
    }
    if was == head {
        return None;
    }
    if repository.is_rebasing() {
        return repository.resolve("REBASE_HEAD").ok().and_then(part_of);
    }
    // Who checked out another commit may do the same work there once more, or somebody else's.
    if !rewritten::is_after_reset(repository) {
        return None;
    }
    let tips: Vec<String> =
        [Some(was.to_owned()), repository.resolve("ORIG_HEAD").ok()].into_iter().flatten().collect();
    for tip in &tips {
        if repository.stands_on(tip).is_ok_and(|(_, of_tip)| of_tip == tree) {
            let olds = trees_alike::line(repository, tip, &parent);
            if olds.len() > 1 {
                return Some(HeadMove { sources: olds, rest: None });
            }
        }
    }
    // A line by hand in between, or a part of several that a next commit goes on with.
    for tip in tips {
        let olds = trees_alike::line(repository, &tip, &parent);
        if olds.len() < 2 || olds.len() > MOST_IN_HOOK {
            continue;
        }
        let sources: Vec<String> = olds.iter().filter(|old| is_part(repository, head, old)).cloned().collect();
        if !sources.is_empty() {
            let rest = olds.last().filter(|last| !sources.contains(last)).cloned();
            return Some(HeadMove { sources, rest });
        }
    }
    // An amend stands there too; git tells post-rewrite of it.
    let stands_there = repository.stands_on(was).ok()?.0.as_deref() == Some(parent.as_str());
    if stands_there && !rewritten::is_amended(repository) {
        return part_of(was.to_owned());
    }
    None
}

/// Whether most of the lines that the commit adds are among those of `old`.
fn is_part(repository: &Repository, head: &str, old: &str) -> bool {
    let patch = |id: &str| changes::read_commit(repository, id).map(|commit| Patch::of(&commit));
    matches!((patch(old), patch(head)), (Ok(old), Ok(new)) if old.has_most_of(&new))
}

/// For post-commit: gives the commits below HEAD that came since it last ran, on `was`, the records of those they replaced.
/// In an ordinary commit the parent is that one, and nothing is looked at. Sessions are not read: a commit that no hook saw may
/// be one of which nothing was to be recorded. Whether records are wanted is asked for once there is one to be taken over.
///
/// # Errors
/// When a commit or the notes cannot be read or written.
pub(crate) fn take_over_since(
    workplace: &mut Workplace,
    environment: &Environment,
    was: Option<&str>,
) -> anyhow::Result<()> {
    let repository = &workplace.repository;
    let Some(was) = was else { return Ok(()) };
    let Some(head) = repository.head() else { return Ok(()) };
    let parent = repository.stands_on(&head)?.0;
    let is_ordinary = parent.as_deref() == Some(was) || was == head || repository.is_rebasing();
    // An amend stands on what the commit before stood on.
    let (Some(parent), false) = (parent, is_ordinary || !repository.has_commit(was)) else { return Ok(()) };
    // Commits in between of which hooks knew that they had nothing to do (`idle`) replaced none.
    if repository.stands_on(was)?.0.as_deref() == Some(parent.as_str()) || repository.is_ancestor(was, &parent) {
        return Ok(());
    }
    let now = first_parents(repository, &parent);
    // A tool may have moved the branch while another was checked out.
    let mut tips: Vec<String> = std::iter::once(was.to_owned()).chain(rewritten::left_by_branch(repository)).collect();
    tips.retain(|tip| !now.contains(tip));
    let not_now = |tip: &String| first_parents(repository, tip).into_iter().take_while(|id| !now.contains(id));
    let before: Vec<String> = tips.iter().flat_map(not_now).collect();
    let with_note = |repository: &Repository, ids: &[String]| -> HashSet<String> {
        let notes = note_copies::everywhere(repository, ids).notes;
        ids.iter().zip(notes).filter(|(_, notes)| !notes.is_empty()).map(|(id, _)| id.clone()).collect()
    };
    let have = with_note(repository, &before);
    let olds: Vec<String> = before.into_iter().filter(|id| have.contains(id)).collect();
    if olds.is_empty() || !workplace.confirm(environment)? {
        return Ok(());
    }
    let workplace = &*workplace;
    let repository = &workplace.repository;
    let have = with_note(repository, &now);
    let mut records = Records::of_these(workplace, olds);
    records.look_among(&now, tips, now.iter().cloned().collect());
    let redactor = workplace.redactor()?;
    let mut made = Vec::new();
    for id in now.iter().filter(|id| !have.contains(*id)) {
        let commit = changes::read_commit(repository, id)?;
        let patch = Patch::of(&commit);
        let commit = workplace.without_ignored(commit);
        let FormerCommits::Sources(sources) = records.of(&commit, Some(patch))? else { continue };
        let record = recorded::from_sources(workplace, &redactor, &commit, &sources);
        made.extend(record.filter(|record| !record.contributions.is_empty() || record.forgotten.is_some()));
    }
    if !made.is_empty() {
        keep::write(repository, made, &redactor, environment.now)?;
    }
    Ok(())
}

/// The commit and those below it, each by its first parent.
fn first_parents(repository: &Repository, id: &str) -> Vec<String> {
    let parent = |id: &String| repository.stands_on(id).ok()?.0;
    std::iter::successors(Some(id.to_owned()), parent).take(MOST_IN_HOOK).collect()
}
