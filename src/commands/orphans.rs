//! Records whose commit was replaced by another without git's hooks or notes taking part: which record belongs to a commit
//! that has none. What a tool or the message says counts, else what `link::pairing` finds; in doubt, none.

use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use super::workplace::Workplace;
use super::{keep, pending, post_commit};
use crate::environment::Environment;
use crate::git::repository::Repository;
use crate::git::{changes, notes, promised, rewritten};
use crate::link::carry::Source;
use crate::link::pairing::{Patch, Work, likest};
use crate::record::commit::Commit;
use crate::record::contribution::{Confidence, Evidence};
use crate::record::note::Record;
use crate::record::text::Clean;

/// The lines of so many commits of one author are compared at most, the last ones by id.
const MOST_PATCHES: usize = 20_000;

/// The records of this clone, its own and those that were fetched, by what their commits can be found again by.
pub(super) struct Records<'w> {
    workplace: &'w Workplace,
    /// The references with records, own first.
    names: Vec<String>,
    /// The place in `names` for each commit with a record.
    place: BTreeMap<String, usize>,
    /// The old commits of new ones, as tools wrote them down.
    told: BTreeMap<String, Vec<String>>,
    known: OnceCell<Known>,
}

/// What the commits with a record have that are here.
#[derive(Default)]
struct Known {
    works: HashMap<String, Work>,
    by_time: HashMap<(String, Timestamp), Vec<String>>,
    by_change: HashMap<String, Vec<String>>,
    by_patch: HashMap<String, OnceCell<HashMap<u64, Vec<String>>>>,
}

/// What was found for a commit.
pub(super) enum Found {
    Nothing,
    /// The commits it was made from, with their records.
    Sources(Vec<Source>),
    /// Several that are equally like it, and whose records do not say the same.
    Several,
}

impl<'w> Records<'w> {
    /// # Errors
    /// When notes cannot be read.
    pub(super) fn read(workplace: &'w Workplace) -> anyhow::Result<Self> {
        let repository = &workplace.repository;
        let mut names = vec![notes::NOTES_REF.to_owned()];
        names.extend(notes::fetched(repository));
        let mut place = BTreeMap::new();
        for (index, name) in names.iter().enumerate() {
            let ids = match notes::list_at(repository, name) {
                // A partial clone may lack a copy of what a remote has; ours is ours to know.
                Err(_) if index > 0 => Vec::new(),
                ids => ids?,
            };
            for id in ids {
                place.entry(id).or_insert(index);
            }
        }
        Ok(Self { workplace, names, place, told: rewritten::told(repository), known: OnceCell::new() })
    }

    /// The records that belong to `commit`. `patch` is all that it does, where no record of its own tells anything: only then
    /// is one looked for that nobody named.
    ///
    /// # Errors
    /// When a commit cannot be read.
    pub(super) fn of(&self, commit: &Commit, patch: Option<Patch>) -> anyhow::Result<Found> {
        let Some(id) = commit.id.as_deref() else { return Ok(Found::Nothing) };
        let named = self.named(id, commit.message.expose());
        if !named.is_empty() {
            let sources = named.into_iter().map(|(id, record)| post_commit::source(self.workplace, &id, record));
            return Ok(Found::Sources(sources.collect::<anyhow::Result<_>>()?));
        }
        if patch.is_none() || commit.parents.len() > 1 || self.place.is_empty() {
            return Ok(Found::Nothing);
        }
        let work = Work { patch, ..work(&self.workplace.repository, id)? };
        let mut alike = self.alike(id, &work, true)?;
        Ok(match alike.len() {
            0 => Found::Nothing,
            1 => {
                let (id, record) = alike.swap_remove(0);
                Found::Sources(vec![post_commit::source(self.workplace, &id, record)?])
            }
            _ => Found::Several,
        })
    }

    /// Whether a record fits the commit `id`, as far as that can be told without comparing the lines of all commits.
    ///
    /// # Errors
    /// When a commit cannot be read.
    pub(super) fn fits(&self, id: &str) -> anyhow::Result<bool> {
        let repository = &self.workplace.repository;
        let message = repository.message(id)?;
        if !self.named(id, &String::from_utf8_lossy(&message)).is_empty() {
            return Ok(true);
        }
        let mut work = work(repository, id)?;
        if self.candidates(&work).is_empty() {
            return Ok(false);
        }
        work.patch = Some(Patch::of(&changes::read_commit(repository, id)?));
        Ok(self.alike(id, &work, false)?.len() == 1)
    }

    /// The commits that this clone itself has a record of, not only a copy of what a remote has.
    pub(super) fn own(&self) -> impl Iterator<Item = &str> {
        self.place.iter().filter(|(_, place)| **place == 0).map(|(id, _)| id.as_str())
    }

    /// Whether the commit has a record that tells who worked on it.
    pub(super) fn tells(&self, id: &str) -> bool {
        self.record(id).is_some_and(|record| keep::knowledge(&record) != (0, 0) || record.forgotten.is_some())
    }

    /// Those that the message names, or a tool, as what the commit was made from.
    fn named(&self, id: &str, message: &str) -> Vec<(String, Record<Clean>)> {
        let mut named = pending::named(message);
        named.extend(self.told.get(id).into_iter().flatten().cloned());
        named.retain(|old| old != id);
        // What the message names may have been rewritten itself.
        let before: Vec<String> = named.iter().filter_map(|old| self.told.get(old)).flatten().cloned().collect();
        let told = |ids: Vec<String>| -> Vec<(String, Record<Clean>)> {
            ids.into_iter().filter_map(|id| self.record(&id).filter(is_telling).map(|record| (id, record))).collect()
        };
        let found = told(named);
        if found.is_empty() { told(before) } else { found }
    }

    fn record(&self, id: &str) -> Option<Record<Clean>> {
        let name = &self.names[*self.place.get(id)?];
        let bytes = notes::read_at(&self.workplace.repository, name, &[id]).ok()?.pop()??;
        keep::from_note(id, &bytes).ok()
    }

    /// Commits that have something in common with this one and are none of its ancestors, with records that tell
    /// something. Of several that say the same, one.
    fn alike(&self, id: &str, work: &Work, by_patch: bool) -> anyhow::Result<Vec<(String, Record<Clean>)>> {
        let repository = &self.workplace.repository;
        let mut candidates = self.candidates(work);
        if candidates.is_empty() && by_patch && work.patch.as_ref().is_some_and(Patch::says_something) {
            candidates = self.same_patch(work)?;
        }
        let is_other = |old: &String| old != id && !is_ancestor(repository, old, id);
        candidates.retain(is_other);
        let candidates = promised::complete(repository, candidates)?;
        let mut telling: Vec<(String, Record<Clean>)> = Vec::new();
        for old in candidates {
            telling.extend(self.record(&old).filter(is_telling).map(|record| (old, record)));
        }
        let mut works = Vec::new();
        for (old, _) in &telling {
            let mut old_work = self.known().works[old].clone();
            old_work.patch = Some(Patch::of(&changes::read_commit(repository, old)?));
            works.push(old_work);
        }
        let best = likest(work, &works.iter().collect::<Vec<_>>());
        let mut place = 0..;
        telling.retain(|_| place.next().is_some_and(|place: usize| best.contains(&place)));
        Ok(latest(telling))
    }

    fn candidates(&self, work: &Work) -> Vec<String> {
        let known = self.known();
        let at_that_time = known.by_time.get(&(work.author.to_lowercase(), work.authored_at));
        let changes = work.change_ids.iter().filter_map(|id| known.by_change.get(id));
        let mut found: Vec<String> = at_that_time.into_iter().chain(changes).flatten().cloned().collect();
        found.sort();
        found.dedup();
        found
    }

    fn same_patch(&self, work: &Work) -> anyhow::Result<Vec<String>> {
        let known = self.known();
        let author = work.author.to_lowercase();
        let (Some(patch), Some(cell)) = (&work.patch, known.by_patch.get(&author)) else { return Ok(Vec::new()) };
        if cell.get().is_none() {
            let is_theirs = |(_, work): &(&String, &Work)| work.author.to_lowercase() == author;
            let mut ids: Vec<String> = known.works.iter().filter(is_theirs).map(|(id, _)| id.clone()).collect();
            ids.sort();
            ids.truncate(MOST_PATCHES);
            let ids = promised::complete(&self.workplace.repository, ids)?;
            let mut digests: HashMap<u64, Vec<String>> = HashMap::new();
            for chunk in ids.chunks(256) {
                for (id, commit) in chunk.iter().zip(changes::read_commits(&self.workplace.repository, chunk)?) {
                    digests.entry(Patch::of(&commit).digest()).or_default().push(id.clone());
                }
            }
            let _ = cell.set(digests);
        }
        Ok(cell.get().and_then(|digests| digests.get(&patch.digest())).cloned().unwrap_or_default())
    }

    fn known(&self) -> &Known {
        self.known.get_or_init(|| {
            let mut known = Known::default();
            for id in self.place.keys() {
                // Of a commit that is gone nothing can be found again.
                let Ok(work) = work(&self.workplace.repository, id) else { continue };
                let author = work.author.to_lowercase();
                known.by_time.entry((author.clone(), work.authored_at)).or_default().push(id.clone());
                for change in &work.change_ids {
                    known.by_change.entry(change.clone()).or_default().push(id.clone());
                }
                known.by_patch.entry(author).or_default();
                known.works.insert(id.clone(), work);
            }
            known
        })
    }
}

/// So many commits are looked at on either side in a hook.
const MOST_IN_HOOK: usize = 32;

/// For post-commit: gives the commits below HEAD that came since it last ran, on `was`, the records of those they replaced.
/// In an ordinary commit the parent is that one, and nothing is looked at. Sessions are not read: a commit that no hook saw may
/// be one of which nothing was to be recorded. Whether records are wanted is asked for once there is one to be taken over.
///
/// # Errors
/// When a commit or the notes cannot be read or written.
pub(super) fn take_over_since(
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
    if repository.stands_on(was)?.0.as_deref() == Some(parent.as_str()) {
        return Ok(());
    }
    let now = first_parents(repository, &parent);
    if now.iter().any(|id| id == was) {
        return Ok(());
    }
    let before: Vec<String> = first_parents(repository, was).into_iter().take_while(|id| !now.contains(id)).collect();
    let with_note = |repository: &Repository, ids: &[String]| -> anyhow::Result<Vec<bool>> {
        Ok(notes::read_many(repository, ids)?.iter().map(Option::is_some).collect())
    };
    let olds: Vec<String> =
        before.iter().zip(with_note(repository, &before)?).filter(|(_, has)| *has).map(|(id, _)| id.clone()).collect();
    if olds.is_empty() || !workplace.confirm(environment)? {
        return Ok(());
    }
    let workplace = &*workplace;
    let repository = &workplace.repository;
    let news = now.iter().zip(with_note(repository, &now)?).filter(|(_, has)| !*has).map(|(id, _)| id);
    let records = Records {
        workplace,
        names: vec![notes::NOTES_REF.to_owned()],
        place: olds.into_iter().map(|id| (id, 0)).collect(),
        told: BTreeMap::new(),
        known: OnceCell::new(),
    };
    let redactor = workplace.redactor()?;
    let mut made = Vec::new();
    for id in news {
        let commit = changes::read_commit(repository, id)?;
        let patch = Patch::of(&commit);
        let commit = workplace.without_ignored(commit);
        let Found::Sources(sources) = records.of(&commit, Some(patch))? else { continue };
        made.extend(post_commit::carried(workplace, &commit, &sources, &redactor));
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

/// What the header and the message of a commit say.
///
/// # Errors
/// When the commit is not here.
pub(super) fn work(repository: &Repository, id: &str) -> anyhow::Result<Work> {
    Ok(Work {
        author: repository.author(id)?.email,
        authored_at: repository.times(id)?.authored,
        message: String::from_utf8_lossy(&repository.message(id)?).into_owned(),
        change_ids: rewritten::change_ids(repository, id),
        tree: repository.stands_on(id)?.1,
        patch: None,
    })
}

fn is_ancestor(repository: &Repository, old: &str, new: &str) -> bool {
    let oid = |id: &str| git2::Oid::from_str(id).ok();
    let both = oid(new).zip(oid(old));
    both.is_some_and(|(new, old)| repository.handle().graph_descendant_of(new, old).unwrap_or(false))
}

fn is_telling(record: &Record<Clean>) -> bool {
    record.contributions.iter().any(|one| one.confidence != Confidence::Overlap)
}

/// Without those from which another of them was made, and one of those that say the same.
fn latest(mut found: Vec<(String, Record<Clean>)>) -> Vec<(String, Record<Clean>)> {
    let carried: Vec<String> = found
        .iter()
        .flat_map(|(_, record)| &record.contributions)
        .flat_map(|one| &one.evidence)
        .filter_map(|evidence| if let Evidence::Carried { from } = evidence { Some(from.clone()) } else { None })
        .collect();
    if !found.iter().all(|(id, _)| carried.contains(id)) {
        found.retain(|(id, _)| !carried.contains(id));
    }
    let says = |record: &Record<Clean>| {
        let mut sessions: Vec<String> =
            record.contributions.iter().map(|one| format!("{}/{}", one.agent, one.session)).collect();
        sessions.sort();
        (sessions, record.lines.agent, record.lines.corrected)
    };
    let mut said = Vec::new();
    found.retain(|(_, record)| {
        let is_new = !said.contains(&says(record));
        said.push(says(record));
        is_new
    });
    found
}
