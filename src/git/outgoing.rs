//! The notes that leave with a push: those of commits that leave too, or have left. The notes of a clone are never pushed
//! as they are: they and their history hold the records of every branch. What leaves is a line of its own, which goes on
//! from what the remote is known to have.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use anyhow::{Context, Result};
use git2::Oid;
use jiff::Timestamp;

use super::newest_first::newest_first;
use super::note_changes::NoteChange;
use super::note_refs::{self, NOTES_REF};
use super::repository::Repository;
use super::{note_tree, notes};

/// What a person is to push by force, one reference a remote.
pub(crate) const AFRESH: &str = "refs/backstory/afresh/";

/// The commits whose records leave.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Leaving<'a> {
    /// All of them: a workflow has no others.
    All,
    /// Those from which one of these can be reached. Ids that are none are passed over.
    With(&'a [String]),
    /// Of those, all but the ones that are held back.
    But { tips: &'a [String], held: &'a BTreeSet<String> },
}

/// The notes to push, as a commit on top of `known`, the reference for what the remote has, if there is one: its notes as
/// they are here now, and those of the commits that leave. `None` when there is nothing new.
///
/// # Errors
/// When notes cannot be read or written.
pub(crate) fn prepare(
    repository: &Repository,
    known: &str,
    leaving: Leaving<'_>,
    at: Timestamp,
) -> Result<Option<String>> {
    let base = note_refs::tip(repository, known);
    let changes = changes(repository, base, leaving)?;
    if changes.is_empty() {
        return Ok(None);
    }
    let tree = notes::tree_in_order(repository, base)?;
    let tree = note_tree::update(repository, tree.as_ref(), &changes)?;
    let commit = notes::commit(repository, tree, base.as_slice(), "Notes shared by backstory", at)?;
    Ok(Some(commit.to_string()))
}

/// The commits whose notes [`prepare`] would send: new ones, and those that are not as they are known of the remote.
///
/// # Errors
/// When notes cannot be read.
pub(crate) fn leaving(repository: &Repository, known: &str, leaving: Leaving<'_>) -> Result<Vec<String>> {
    let changes = changes(repository, note_refs::tip(repository, known), leaving)?;
    Ok(changes.into_iter().filter(|(_, note)| note.is_some()).map(|(commit, _)| commit).collect())
}

/// What becomes of the notes that the remote has at `base`; `None` for those that are gone here.
fn changes(repository: &Repository, base: Option<Oid>, leaving: Leaving<'_>) -> Result<BTreeMap<String, Option<Oid>>> {
    let here = notes::differing(repository, base, note_refs::tip(repository, NOTES_REF))?;
    let is_there = |change: &NoteChange| change.before.is_some();
    let mut changes: BTreeMap<String, Option<Oid>> =
        here.iter().filter(|(_, one)| is_there(one)).map(|(commit, one)| (commit.clone(), one.after)).collect();
    let mut new: BTreeSet<String> =
        here.iter().filter(|(_, one)| !is_there(one)).map(|(commit, _)| commit.clone()).collect();
    if let Leaving::With(tips) | Leaving::But { tips, .. } = leaving {
        new = reachable(repository, &new, tips);
    }
    if let Leaving::But { held, .. } = leaving {
        new.retain(|commit| !held.contains(commit));
        changes.retain(|commit, _| !held.contains(commit));
    }
    changes.extend(new.into_iter().filter_map(|commit| here.get(&commit).map(|one| (commit, one.after))));
    Ok(changes)
}

/// The notes to put in place of what a remote has, without a history: those that it has in one of `copies`, as they are here
/// now, and those of the commits that leave. The reference that holds them; `None` when there are none.
///
/// # Errors
/// When notes cannot be read or written.
pub(crate) fn afresh(
    repository: &Repository,
    remote: &str,
    copies: &[&String],
    at: Timestamp,
) -> Result<Option<String>> {
    let mut here = notes::entries(repository, note_refs::tip(repository, NOTES_REF))?;
    let mut leaving = reachable(repository, &here.keys().cloned().collect(), &tips_of(repository, remote));
    for copy in copies {
        leaving.extend(notes::entries(repository, note_refs::tip(repository, copy))?.into_keys());
    }
    here.retain(|commit, _| leaving.contains(commit));
    if here.is_empty() {
        return Ok(None);
    }
    let notes = here.into_iter().map(|(commit, note)| (commit, Some(note))).collect();
    let tree = note_tree::update(repository, None, &notes)?;
    let commit = notes::commit(repository, tree, &[], "Notes shared by backstory", at)?;
    let name = format!("{AFRESH}{remote}");
    remember(repository, &name, &commit.to_string())?;
    Ok(Some(name))
}

/// Notes down that the remote has the notes at `commit`.
///
/// # Errors
/// When the reference cannot be written.
pub(crate) fn remember(repository: &Repository, known: &str, commit: &str) -> Result<()> {
    let id = repository.oid(commit)?;
    repository.git.reference(known, id, true, "backstory").with_context(|| format!("{known} cannot be written"))?;
    Ok(())
}

/// The tips of a remote's branches, as the last fetch or push left them; none for an address.
pub(crate) fn tips_of(repository: &Repository, remote: &str) -> Vec<String> {
    // A sign that would match the branches of other remotes is none of a name.
    if !git2::Reference::is_valid_name(&format!("refs/remotes/{remote}/HEAD")) {
        return Vec::new();
    }
    let found = repository.git.references_glob(&format!("refs/remotes/{remote}/*"));
    let targets = found.into_iter().flatten().filter_map(|reference| reference.ok()?.peel_to_commit().ok());
    targets.map(|commit| commit.id().to_string()).collect()
}

/// Clocks of two machines may differ by this much, in seconds.
const SKEW: i64 = 24 * 60 * 60;

/// A commit may have been given an older date than those it goes on from: so many older ones in a row are passed before the walk ends.
const SLOP: usize = 1_000;

/// Those of `wanted` that can be reached from `tips`. Goes no further back than the oldest of them.
fn reachable(repository: &Repository, wanted: &BTreeSet<String>, tips: &[String]) -> BTreeSet<String> {
    let git = &repository.git;
    let there = wanted.iter().filter_map(|id| git.find_commit(Oid::from_str(id).ok()?).ok());
    let wanted: HashMap<Oid, i64> = there.map(|commit| (commit.id(), commit.time().seconds())).collect();
    let Some(oldest) = wanted.values().min() else { return BTreeSet::new() };
    // A pushed tag leads to its commit; one that leads to none, and a deleted branch, to nothing.
    let commit_of = |tip: &String| Some(git.revparse_single(tip).ok()?.peel_to_commit().ok()?.id());
    let mut found = BTreeSet::new();
    let mut older_in_a_row = 0;
    for commit in newest_first(git, tips.iter().filter_map(commit_of)) {
        if wanted.contains_key(&commit.id()) {
            found.insert(commit.id().to_string());
        }
        older_in_a_row = if commit.time().seconds() < oldest - SKEW { older_in_a_row + 1 } else { 0 };
        if found.len() == wanted.len() || older_in_a_row > SLOP {
            break;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;
    use super::*;

    const AT: Timestamp = Timestamp::UNIX_EPOCH;
    const KNOWN: &str = "refs/backstory/remotes/hub";

    fn put(repository: &Repository, commit: &str, text: &str) {
        notes::write(repository, &[(commit.to_owned(), text.into())], AT).unwrap();
    }

    fn shared(repository: &Repository, commit: &str) -> Vec<(String, String)> {
        let entries = notes::entries(repository, Some(Oid::from_str(commit).unwrap())).unwrap();
        let text = |id: Oid| String::from_utf8(repository.git.find_blob(id).unwrap().content().to_vec()).unwrap();
        entries.into_iter().map(|(commit, note)| (commit, text(note))).collect()
    }

    #[test]
    fn a_record_leaves_with_a_commit_that_was_given_an_older_date_than_the_one_before() {
        let fixture = Fixture::new();
        let pushed = fixture.commit("Now");
        let environment = [("GIT_COMMITTER_DATE", "2001-01-01T00:00:00Z"), ("GIT_AUTHOR_DATE", "2001-01-01T00:00:00Z")];
        let mut commit = super::super::fixture::command(&fixture.root());
        let made = commit.args(["commit", "-q", "--allow-empty", "-m", "Long ago"]).envs(environment).status();
        assert!(made.unwrap().success());
        let tip = fixture.git(&["rev-parse", "HEAD"]);
        let repository = fixture.open();
        put(&repository, &pushed, "public");
        assert_eq!(leaving(&repository, KNOWN, Leaving::With(&[tip])).unwrap(), [pushed]);
    }

    #[test]
    fn a_record_leaves_with_its_commit_and_the_history_of_the_notes_stays() {
        let fixture = Fixture::new();
        let pushed = fixture.commit("Pushed");
        fixture.git(&["checkout", "-q", "-b", "secret"]);
        let kept = fixture.commit("Kept");
        let repository = fixture.open();
        put(&repository, &kept, "private");
        put(&repository, &pushed, "public");
        let first = prepare(&repository, KNOWN, Leaving::With(std::slice::from_ref(&pushed)), AT).unwrap().unwrap();
        assert_eq!(shared(&repository, &first), [(pushed.clone(), "public".to_owned())]);
        assert_eq!(repository.find_commit(Oid::from_str(&first).unwrap()).unwrap().parent_count(), 0);
        remember(&repository, KNOWN, &first).unwrap();
        assert_eq!(prepare(&repository, KNOWN, Leaving::With(std::slice::from_ref(&pushed)), AT).unwrap(), None);

        put(&repository, &pushed, "mended");
        let second = prepare(&repository, KNOWN, Leaving::With(&[]), AT).unwrap().unwrap();
        assert_eq!(shared(&repository, &second), [(pushed.clone(), "mended".to_owned())]);
        remember(&repository, KNOWN, &second).unwrap();

        let third = prepare(&repository, KNOWN, Leaving::With(&["secret".to_owned()]), AT).unwrap().unwrap();
        assert_eq!(shared(&repository, &third).len(), 2);
        remember(&repository, KNOWN, &third).unwrap();
        notes::remove(&repository, &[kept], AT).unwrap();
        let fourth = prepare(&repository, KNOWN, Leaving::All, AT).unwrap().unwrap();
        assert_eq!(shared(&repository, &fourth), [(pushed.clone(), "mended".to_owned())]);

        put(&repository, &pushed, "forgotten");
        let afresh = afresh(&repository, "hub", &[&KNOWN.to_owned()], AT).unwrap().unwrap();
        let commit = repository.git.find_reference(&afresh).unwrap().peel_to_commit().unwrap();
        assert_eq!((afresh.as_str(), commit.parent_count()), ("refs/backstory/afresh/hub", 0));
        assert_eq!(shared(&repository, &commit.id().to_string()), [(pushed, "forgotten".to_owned())]);
    }
}
