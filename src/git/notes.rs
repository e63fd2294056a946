//! Records in `refs/notes/backstory`: one blob a commit, in the tree that `git notes` reads. Trees are built here and the
//! reference moves by compare-and-swap (`note_swap`): `git notes add` and libgit2's own notes lose notes when two commits
//! happen at once.

use std::collections::BTreeMap;

use anyhow::{Context, Result, anyhow};
use git2::{ErrorCode, Oid, Tree};
use jiff::Timestamp;

use super::note_changes::{self, NoteChange};
use super::note_swap::swap;
use super::note_tree;
use super::promised::{self, With};
use super::repository::Repository;
use crate::failpoint;
use crate::git::note_refs::{KNOWN, NOTES_REF, refuse_symbolic, tip};

/// The note of a commit; `None` where it has none.
#[cfg(test)]
pub(crate) fn read(repository: &Repository, commit: &str) -> Result<Option<Vec<u8>>> {
    Ok(read_many(repository, std::slice::from_ref(&commit))?.pop().flatten())
}

/// No more of a note is read: a record is a sixteenth of it, and anybody who may push notes can make one of any length.
pub(crate) const LARGEST: usize = 1 << 20;

/// The notes of commits, in the order of `commits`; of each at most [`LARGEST`] bytes.
pub(crate) fn read_many<S: AsRef<str>>(repository: &Repository, commits: &[S]) -> Result<Vec<Option<Vec<u8>>>> {
    read_at(repository, NOTES_REF, commits)
}

/// The same from another reference: what `git fetch` brought from a remote.
pub(crate) fn read_at<S: AsRef<str>>(
    repository: &Repository,
    name: &str,
    commits: &[S],
) -> Result<Vec<Option<Vec<u8>>>> {
    each_at(repository, name, commits)?.into_iter().map(Option::transpose).collect()
}

/// The notes of commits, in the order of `commits`, where one that cannot be read costs no other: in a partial clone a note
/// may be at a remote only.
///
/// # Errors
/// When it cannot be told which of them have a note.
pub(crate) fn each_at<S: AsRef<str>>(
    repository: &Repository,
    name: &str,
    commits: &[S],
) -> Result<Vec<Option<Result<Vec<u8>>>>> {
    let blobs = places_at(repository, name, commits)?;
    let read = |(blob, commit): (Option<Oid>, &S)| blob.map(|blob| read_place(repository, blob, commit.as_ref()));
    Ok(blobs.into_iter().zip(commits).map(read).collect())
}

/// The notes of another recorder, in the order of `commits`: it may write each line of a commit, so that they are longer than
/// ours. One that is longer than `most` bytes is an error of its own.
///
/// # Errors
/// As [`each_at`].
pub(crate) fn foreign_at<S: AsRef<str>>(
    repository: &Repository,
    name: &str,
    commits: &[S],
    most: usize,
) -> Result<Vec<Option<Result<Vec<u8>>>>> {
    let read = |blob: Oid| {
        let blob = find_blob(repository, blob)?;
        anyhow::ensure!(blob.size() <= most, "it is longer than {most} bytes");
        Ok(blob.content().to_vec())
    };
    Ok(places_at(repository, name, commits)?.into_iter().map(|blob| blob.map(read)).collect())
}

/// Where the notes of commits are, in the order of `commits`, for whoever reads one after the other ([`read_place`]).
///
/// # Errors
/// As [`each_at`].
pub(super) fn places_at<S: AsRef<str>>(repository: &Repository, name: &str, commits: &[S]) -> Result<Vec<Option<Oid>>> {
    let Some(tree) = tree_at(repository, tip(repository, name))? else {
        refuse_symbolic(repository, name)?;
        return Ok(vec![None; commits.len()]);
    };
    let blobs = note_tree::find(repository, &tree, commits)?;
    promised::bring(repository, blobs.iter().flatten().copied(), With::Folders);
    Ok(blobs)
}

/// The note of `commit` at a place that [`places_at`] gave; at most [`LARGEST`] bytes.
///
/// # Errors
/// When it is not here.
pub(super) fn read_place(repository: &Repository, blob: Oid, commit: &str) -> Result<Vec<u8>> {
    beginning(repository, blob).with_context(|| format!("the record of {commit}"))
}

/// References that `git fetch` fills with the notes of remotes, as `init` sets it up.
pub(crate) fn fetched(repository: &Repository) -> Vec<String> {
    let found = repository.git.references_glob("refs/notes/remotes/*/backstory");
    let names = found.into_iter().flatten().filter_map(|reference| Some(reference.ok()?.name().ok()?.to_owned()));
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

/// References with what remotes are known to have, as `backstory` fetched or pushed it.
pub(crate) fn known(repository: &Repository) -> Vec<String> {
    let found = repository.git.references_glob(&format!("{KNOWN}*"));
    found.into_iter().flatten().filter_map(|reference| Some(reference.ok()?.name().ok()?.to_owned())).collect()
}

/// Whether any commit has a note.
///
/// # Errors
/// As [`list`].
pub(crate) fn has_any(repository: &Repository) -> Result<bool> {
    let tip = tip(repository, NOTES_REF);
    if tip.is_none() {
        refuse_symbolic(repository, NOTES_REF)?;
    }
    tree_at(repository, tip)?.map_or(Ok(false), |tree| note_tree::has_any(repository, &tree))
}

/// What differs between the notes at two commits.
pub(super) fn differing(
    repository: &Repository,
    before: Option<Oid>,
    after: Option<Oid>,
) -> Result<BTreeMap<String, NoteChange>> {
    let (before, after) = (tree_at(repository, before)?, tree_at(repository, after)?);
    note_changes::between(repository, before.as_ref(), after.as_ref())
}

/// The ids of the commits that have a note, sorted.
pub(crate) fn list(repository: &Repository) -> Result<Vec<String>> {
    list_at(repository, NOTES_REF)
}

/// The same of another reference.
pub(crate) fn list_at(repository: &Repository, name: &str) -> Result<Vec<String>> {
    let tip = tip(repository, name);
    if tip.is_none() {
        refuse_symbolic(repository, name)?;
    }
    Ok(entries(repository, tip)?.into_keys().collect())
}

/// Writes notes, each in place of the one that the commit had. `at` is the time of the notes' own commit. All are
/// written, or none and an error.
pub(crate) fn write(repository: &Repository, notes: &[(String, Vec<u8>)], at: Timestamp) -> Result<()> {
    let mut changes = BTreeMap::new();
    for (commit, note) in notes {
        repository.oid(commit)?;
        failpoint::reach("notes.blob")?;
        let blob = repository.git.blob(note).context("a note cannot be written; is the disk full or read-only?")?;
        changes.insert(commit.clone(), Some(blob));
    }
    apply(repository, &changes, "Notes added by backstory", at)
}

/// The same of notes that are among git's objects.
pub(super) fn put(
    repository: &Repository,
    notes: &BTreeMap<String, Option<Oid>>,
    message: &str,
    at: Timestamp,
) -> Result<()> {
    apply(repository, notes, message, at)
}

/// Removes the notes of commits; those that have none are passed over.
#[cfg(test)]
pub(crate) fn remove(repository: &Repository, commits: &[String], at: Timestamp) -> Result<()> {
    let changes = commits.iter().map(|commit| (commit.clone(), None)).collect();
    apply(repository, &changes, "Notes removed by backstory", at)
}

/// Replaces notes and leaves no history behind in which the old ones could be read: one commit without parents, and no
/// reflog. `change` gets each commit with its note and answers with the new one; `None` keeps it. Does nothing when
/// `change` never answers. The number of notes that were answered for.
pub(crate) fn rewrite(
    repository: &Repository,
    mut change: impl FnMut(&str, &[u8]) -> Result<Option<Vec<u8>>>,
    at: Timestamp,
) -> Result<usize> {
    let mut count = 0;
    swap(repository, |tip| {
        let mut changes = BTreeMap::new();
        let entries = entries(repository, tip)?;
        promised::bring(repository, entries.values().copied(), With::Folders);
        for (commit, blob) in entries {
            if let Some(new) = change(&commit, &content(repository, blob)?)? {
                let blob =
                    repository.git.blob(&new).context("a note cannot be written; is the disk full or read-only?")?;
                changes.insert(commit, Some(blob));
            }
        }
        count = changes.len();
        if changes.is_empty() {
            return Ok(None);
        }
        let tree = tree_in_order(repository, tip)?;
        let tree = note_tree::update(repository, tree.as_ref(), &changes)?;
        commit(repository, tree, &[], "Notes rewritten by backstory", at).map(Some)
    })?;
    if count > 0 {
        forget_log(repository, NOTES_REF)?;
    }
    Ok(count)
}

/// Deletes a copy of notes that were fetched, with its reflog. The commit that it was at; `None` where there is none.
pub(crate) fn delete_copy(repository: &Repository, name: &str) -> Result<Option<String>> {
    let Ok(mut reference) = repository.git.find_reference(name) else { return Ok(None) };
    let at = tip(repository, name).map(|id| id.to_string());
    reference.delete().with_context(|| format!("{name} cannot be deleted"))?;
    forget_log(repository, name)?;
    Ok(at)
}

fn forget_log(repository: &Repository, name: &str) -> Result<()> {
    match repository.git.reflog_delete(name) {
        Err(error) if error.code() != ErrorCode::NotFound => {
            Err(error).with_context(|| format!("the reflog of {name} cannot be deleted"))
        }
        _ => Ok(()),
    }
}

/// Takes over the notes of another reference (one that was fetched): what only one side changed is taken from that side;
/// where both did, `combine(ours, theirs)` says what becomes of it. The number of notes that changed here.
pub(crate) fn merge(
    repository: &Repository,
    other: &str,
    mut combine: impl FnMut(&[u8], &[u8]) -> Vec<u8>,
    at: Timestamp,
) -> Result<usize> {
    let theirs = tip(repository, other).ok_or_else(|| match repository.git.find_reference(other) {
        Ok(_) => anyhow!("{other} is not notes but a file or a tag; delete {NOTES_REF} where it was fetched from"),
        Err(_) => anyhow!("no notes at {other}; fetch them first"),
    })?;
    let mut changed = 0;
    swap(repository, |ours| {
        let base = ours.and_then(|ours| repository.git.merge_base(ours, theirs).ok());
        if base == Some(theirs) {
            changed = 0;
            return Ok(None);
        }
        let changes = merged(repository, [base, ours, Some(theirs)], &mut combine)?;
        changed = changes.len();
        if base == ours {
            return Ok(Some(theirs));
        }
        let tree = tree_in_order(repository, ours)?;
        let tree = note_tree::update(repository, tree.as_ref(), &changes)?;
        let parents: Vec<Oid> = ours.into_iter().chain([theirs]).collect();
        commit(repository, tree, &parents, "Notes merged by backstory", at).map(Some)
    })?;
    Ok(changed)
}

/// What has to change in `ours` so that it has what `theirs` did since `base`.
fn merged(
    repository: &Repository,
    [base, ours, theirs]: [Option<Oid>; 3],
    combine: &mut impl FnMut(&[u8], &[u8]) -> Vec<u8>,
) -> Result<BTreeMap<String, Option<Oid>>> {
    let theirs = differing(repository, base, theirs)?;
    let ids: Vec<&String> = theirs.keys().collect();
    let ours = match tree_at(repository, ours)? {
        Some(tree) if note_tree::has_other_folders(&tree) => {
            let all = note_tree::entries(repository, &tree)?;
            ids.iter().map(|id| all.get(*id).copied()).collect()
        }
        Some(tree) => note_tree::find(repository, &tree, &ids)?,
        None => vec![None; ids.len()],
    };
    let mut changes = BTreeMap::new();
    for ((commit, NoteChange { before, after: other }), mine) in theirs.iter().zip(&ours) {
        if mine == other {
            continue;
        }
        let result = match (mine, other) {
            (Some(mine), Some(other)) if *before != Some(*mine) => {
                let combined = combine(&content(repository, *mine)?, &content(repository, *other)?);
                Some(repository.git.blob(&combined).context("a note cannot be written")?)
            }
            // They removed a note that was rewritten here: it is kept.
            (Some(mine), None) if *before != Some(*mine) => Some(*mine),
            (_, other) => *other,
        };
        if result != *mine {
            changes.insert(commit.clone(), result);
        }
    }
    Ok(changes)
}

/// Puts notes back that a rewrite of the whole repository moved into a folder of their tree, where git does not look for
/// them. How many there were.
///
/// # Errors
/// When the notes cannot be read or written.
pub(crate) fn put_in_order(repository: &Repository, at: Timestamp) -> Result<usize> {
    let count = moved(repository)?;
    if count > 0 {
        apply(repository, &BTreeMap::new(), "Notes put back by backstory", at)?;
    }
    Ok(count)
}

/// How many notes lie in a folder where git does not look for them.
pub(crate) fn moved(repository: &Repository) -> Result<usize> {
    let tree = tree_at(repository, tip(repository, NOTES_REF))?;
    tree.map_or(Ok(0), |tree| note_tree::moved(repository, &tree))
}

fn apply(repository: &Repository, changes: &BTreeMap<String, Option<Oid>>, message: &str, at: Timestamp) -> Result<()> {
    swap(repository, |tip| {
        failpoint::reach("notes.tree")?;
        let before = tree_at(repository, tip)?;
        let tree = tree_in_order(repository, tip)?;
        let new = note_tree::update(repository, tree.as_ref(), changes)?;
        if before.map_or(changes.values().all(Option::is_none), |tree| tree.id() == new) {
            return Ok(None);
        }
        failpoint::reach("notes.commit")?;
        commit(repository, new, tip.as_slice(), message, at).map(Some)
    })
}

pub(super) fn commit(repository: &Repository, tree: Oid, parents: &[Oid], message: &str, at: Timestamp) -> Result<Oid> {
    let setting = |key: &str, other: &str| repository.config_string(key).unwrap_or_else(|| other.to_owned());
    let time = git2::Time::new(at.as_second(), 0);
    let (name, email) = (setting("user.name", "backstory"), setting("user.email", "backstory@localhost"));
    let author = git2::Signature::new(&name, &email, &time)
        .or_else(|_| git2::Signature::new("backstory", "backstory@localhost", &time))?;
    let tree = repository.git.find_tree(tree)?;
    let parents: Vec<git2::Commit<'_>> = parents.iter().map(|id| repository.find_commit(*id)).collect::<Result<_>>()?;
    let parents: Vec<&git2::Commit<'_>> = parents.iter().collect();
    repository.git.commit(None, &author, &author, message, &tree, &parents).context("the notes cannot be committed")
}

pub(super) fn tree_at(repository: &Repository, commit: Option<Oid>) -> Result<Option<Tree<'_>>> {
    let Some(commit) = commit else { return Ok(None) };
    let tree = repository.find_commit(commit)?.tree_id();
    promised::tree_with_files(repository, tree).map(Some)
}

/// The tree with each note where git looks for it.
pub(super) fn tree_in_order(repository: &Repository, commit: Option<Oid>) -> Result<Option<Tree<'_>>> {
    tree_at(repository, commit)?.map(|tree| note_tree::in_order(repository, tree)).transpose()
}

pub(super) fn entries(repository: &Repository, commit: Option<Oid>) -> Result<BTreeMap<String, Oid>> {
    match tree_at(repository, commit)? {
        Some(tree) => note_tree::entries(repository, &tree),
        None => Ok(BTreeMap::new()),
    }
}

fn beginning(repository: &Repository, blob: Oid) -> Result<Vec<u8>> {
    let blob = find_blob(repository, blob)?;
    Ok(blob.content()[..blob.content().len().min(LARGEST)].to_vec())
}

fn content(repository: &Repository, blob: Oid) -> Result<Vec<u8>> {
    Ok(find_blob(repository, blob)?.content().to_vec())
}

fn find_blob(repository: &Repository, blob: Oid) -> Result<git2::Blob<'_>> {
    let found = match repository.git.find_blob(blob) {
        Err(error) if error.code() == ErrorCode::NotFound => {
            promised::bring(repository, [blob], With::Folders);
            repository.git.find_blob(blob)
        }
        found => found,
    };
    found.map_err(|error| promised::explain(repository, "the note", error))
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Fixture, git_in};
    use super::super::note_refs::{known_of, remote_of};
    use super::*;

    const AT: Timestamp = Timestamp::UNIX_EPOCH;

    fn note(fixture: &Fixture, commit: &str) -> Option<String> {
        read(&fixture.open(), commit).unwrap().map(|note| String::from_utf8(note).unwrap())
    }

    fn put(repository: &Repository, commit: &str, text: &str) {
        write(repository, &[(commit.to_owned(), text.into())], AT).unwrap();
    }

    #[test]
    fn only_a_name_that_can_be_typed_is_a_remote_to_push_to() {
        assert_eq!(remote_of(&known_of("origin")), Some("origin"));
        assert_eq!(remote_of("refs/notes/remotes/up-stream.2/backstory"), Some("up-stream.2"));
        // A remote may have `refs/notes/backstory/$(id)/backstory`, which the fetch line of `init` brings along.
        assert_eq!(remote_of("refs/notes/remotes/origin/backstory/$(id)/backstory"), None);
        assert_eq!(remote_of(&known_of("https://example.invalid/a;b")), None);
    }

    #[test]
    fn a_note_is_written_read_by_git_replaced_and_removed() {
        let fixture = Fixture::new();
        let id = fixture.commit("a");
        assert_eq!(note(&fixture, &id), None);
        put(&fixture.open(), &id, "{}\n");
        assert_eq!(fixture.git(&["notes", "--ref", "backstory", "show", &id]), "{}");
        put(&fixture.open(), &id, "[1]");
        assert_eq!(note(&fixture, &id).as_deref(), Some("[1]"));
        assert_eq!(list(&fixture.open()).unwrap(), std::slice::from_ref(&id));
        remove(&fixture.open(), std::slice::from_ref(&id), AT).unwrap();
        assert_eq!(note(&fixture, &id), None);
        fixture.git(&["notes", "--ref", "backstory", "add", "-m", "by git", &id]);
        assert_eq!(note(&fixture, &id).as_deref(), Some("by git\n"));
    }

    #[test]
    fn sixty_writers_at_once_lose_no_note() {
        let fixture = Fixture::new();
        let ids: Vec<String> = (0..60).map(|n| format!("{n:040x}")).collect();
        let fixture_ref = &fixture;
        std::thread::scope(|scope| {
            for id in &ids {
                scope.spawn(move || put(&fixture_ref.open(), id, &format!("note of {id}")));
            }
        });
        assert_eq!(list(&fixture.open()).unwrap(), ids);
        for (id, note) in ids.iter().zip(read_many(&fixture.open(), &ids).unwrap()) {
            assert_eq!(note.unwrap(), format!("note of {id}").into_bytes());
        }
        fixture.git(&["fsck", "--strict"]);
        assert_eq!(fixture.git(&["notes", "--ref", "backstory", "list"]).lines().count(), 60);
    }

    #[test]
    fn what_was_rewritten_is_in_no_history() {
        let fixture = Fixture::new();
        let [a, b] = ["a", "b"].map(|name| fixture.commit(name));
        put(&fixture.open(), &a, "secret");
        put(&fixture.open(), &b, "other");
        let change = |commit: &str, note: &[u8]| Ok((commit == a && note == b"secret").then(|| b"gone".to_vec()));
        assert_eq!(rewrite(&fixture.open(), change, AT).unwrap(), 1);
        assert_eq!((note(&fixture, &a).as_deref(), note(&fixture, &b).as_deref()), (Some("gone"), Some("other")));
        assert!(!fixture.git(&["log", "-p", "refs/notes/backstory"]).contains("secret"));
        assert_eq!(fixture.git(&["reflog", "show", "refs/notes/backstory"]), "");
        fixture.git(&["fsck", "--strict"]);
        assert_eq!(rewrite(&fixture.open(), |_, _| Ok(None), AT).unwrap(), 0);
    }

    #[test]
    fn many_notes_are_spread_over_folders_as_git_reads_them() {
        let fixture = Fixture::new();
        let id = |n: u64| format!("{:016x}{n:024x}", n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let notes: Vec<_> = (0..2000).map(|n| (id(n), format!("{n}").into_bytes())).collect();
        for batch in [&notes[..100], &notes[100..1200], &notes[1200..]] {
            write(&fixture.open(), batch, AT).unwrap();
        }
        fixture.git(&["fsck", "--strict"]);
        assert_eq!(fixture.git(&["notes", "--ref", "backstory", "list"]).lines().count(), 2000);
        assert_eq!(fixture.git(&["notes", "--ref", "backstory", "show", &id(7)]), "7");
        assert_eq!(note(&fixture, &id(1999)).as_deref(), Some("1999"));
        assert_eq!(fixture.git(&["ls-tree", "refs/notes/backstory"]).lines().count(), 256);
        // And the other way round: git rewrites the tree, with its own idea of how to spread it.
        let commit = fixture.commit("a");
        fixture.git(&["notes", "--ref", "backstory", "add", "-m", "by git", &commit]);
        assert_eq!(list(&fixture.open()).unwrap().len(), 2001);
        remove(&fixture.open(), &notes.into_iter().map(|(id, _)| id).collect::<Vec<_>>(), AT).unwrap();
        assert_eq!(list(&fixture.open()).unwrap(), [commit]);
    }

    #[test]
    fn notes_of_two_clones_are_united() {
        let fixture = Fixture::new();
        let [both, ours, theirs, removed] = ["a", "b", "c", "d"].map(|name| fixture.commit(name));
        put(&fixture.open(), &removed, "old");
        fixture.git(&["clone", "-q", ".", "../other"]);
        let other = Repository::discover(&fixture.beside("other"), None).unwrap();
        let fetch = "+refs/notes/backstory:refs/notes/backstory-theirs";
        git_in(&fixture.beside("other"), &["fetch", "-q", "origin", fetch]);
        let join = |ours: &[u8], theirs: &[u8]| [ours, b"+", theirs].concat();
        assert_eq!(merge(&other, "refs/notes/backstory-theirs", join, AT).unwrap(), 1);
        put(&fixture.open(), &both, "1");
        put(&fixture.open(), &ours, "ours");
        put(&other, &both, "2");
        put(&other, &theirs, "theirs");
        remove(&other, std::slice::from_ref(&removed), AT).unwrap();
        fixture.git(&["fetch", "-q", "../other", fetch]);
        assert_eq!(merge(&fixture.open(), "refs/notes/backstory-theirs", join, AT).unwrap(), 3);
        let notes = [&both, &ours, &theirs, &removed].map(|id| note(&fixture, id));
        assert_eq!(notes, [Some("1+2".into()), Some("ours".into()), Some("theirs".into()), None]);
        assert_eq!(merge(&fixture.open(), "refs/notes/backstory-theirs", join, AT).unwrap(), 0);
        fixture.git(&["fsck", "--strict"]);
    }
}
