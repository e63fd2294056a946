//! Records whose commit was replaced by another without git's hooks or notes taking part: which record belongs to a commit
//! that has none. What a tool or the message says counts, else what `link::pairing` finds; in doubt, none.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use jiff::Timestamp;

use super::candidates::{Candidate, ids, is_telling, latest, within};
use super::workplace::Workplace;
use super::works::{KnownWorks, work};
use super::{keep, recorded};
use crate::git::repository::Repository;
use crate::git::{changes, note_refs, notes, promised, rewritten, trees_alike};
use crate::link::carry::CommitSource;
use crate::link::pairing::{CommitTraits, Patch, likest, tells_of};
use crate::record::commit::Commit;
use crate::record::note::Record;
use crate::record::text::Clean;
use crate::recorder::{made_from, note_codec, statements};

/// So many commits are walked to see which are part of a branch.
const MOST_BELOW: usize = 300_000;
/// So many commits at most are merged for a look at whether that is what another one brought in.
const MOST_SQUASHES: usize = 200;
const MOST_IN_HOOK: usize = 8;
/// So many commits of one author, the last before, may be the end of what was squashed.
const MOST_TIPS: usize = 50;

/// The records of this clone, its own and those that were fetched, by what their commits can be found again by.
pub(crate) struct Records<'w> {
    workplace: &'w Workplace,
    /// The references with records, own first.
    names: Vec<String>,
    /// The place in `names` for each commit with a record.
    place: BTreeMap<String, usize>,
    /// The old commits of new ones, as tools wrote them down.
    told: BTreeMap<String, Vec<String>>,
    /// The commits that were replaced together, for each one that took their place, in each way that is known.
    together: HashMap<String, Vec<Vec<String>>>,
    /// The commits that those looked at go on from.
    below: Option<HashSet<String>>,
    /// How many squashes may still be tried out.
    tries: Cell<usize>,
    known: OnceCell<KnownWorks>,
    patches: RefCell<HashMap<String, Rc<Patch>>>,
    gone: OnceCell<Gone>,
}

/// The records of commits that are not here any more, with their ids, by the time of the commit.
type Gone = HashMap<Timestamp, Vec<Candidate>>;

/// What was found for a commit.
pub(crate) enum FormerCommits {
    Nothing,
    /// The commits it was made from, with their records.
    Sources(Vec<CommitSource>),
    /// Several that are equally like it, and whose records do not say the same.
    Several,
}

impl<'w> Records<'w> {
    /// # Errors
    /// When notes cannot be read.
    pub(crate) fn read(workplace: &'w Workplace) -> anyhow::Result<Self> {
        let repository = &workplace.repository;
        let mut names = vec![note_refs::NOTES_REF.to_owned()];
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
        Ok(Self { names, place, told: rewritten::told(repository), ..Self::none(workplace) })
    }

    /// Those of the commits `olds` alone, for a hook.
    pub(crate) fn of_these(workplace: &'w Workplace, olds: Vec<String>) -> Self {
        let mut names = vec![note_refs::NOTES_REF.to_owned()];
        names.extend(notes::fetched(&workplace.repository));
        let has = |name: &String, id: &String| {
            notes::each_at(&workplace.repository, name, &[id]).is_ok_and(|notes| matches!(notes.as_slice(), [Some(_)]))
        };
        let place = olds.into_iter().filter_map(|id| {
            let place = names.iter().position(|name| has(name, &id))?;
            Some((id, place))
        });
        Self { place: place.collect(), names, tries: Cell::new(MOST_IN_HOOK), ..Self::none(workplace) }
    }

    fn none(workplace: &'w Workplace) -> Self {
        Self {
            workplace,
            names: Vec::new(),
            place: BTreeMap::new(),
            told: BTreeMap::new(),
            together: HashMap::new(),
            below: None,
            tries: Cell::new(MOST_SQUASHES),
            known: OnceCell::new(),
            patches: RefCell::default(),
            gone: OnceCell::new(),
        }
    }

    /// Looks for what was squashed or split among the commits `news`, beside the commits with records also below `tips`.
    pub(crate) fn look_for_squashes(&mut self, news: &[String]) {
        if self.place.is_empty() {
            return;
        }
        let repository = &self.workplace.repository;
        self.look_among(news, trees_alike::tips(repository), rewritten::below(repository, news, MOST_BELOW));
    }

    /// The same of `tips` alone, where `below` is all that the commits go on from.
    pub(crate) fn look_among(&mut self, news: &[String], mut tips: Vec<String>, below: HashSet<String>) {
        let repository = &self.workplace.repository;
        tips.extend(self.place.keys().filter(|id| repository.has_commit(id)).cloned());
        self.together = trees_alike::replaced(repository, news, &tips);
        self.below = Some(below);
    }

    /// Whether there is no record of any commit here, so that none can belong to another.
    pub(crate) fn is_empty(&self) -> bool {
        self.place.is_empty()
    }

    /// The commits that were squashed or split into this one, whether they have records or not.
    pub(crate) fn replaced_by(&self, id: &str) -> Vec<String> {
        self.together.get(id).into_iter().flatten().flatten().cloned().collect()
    }

    /// Whether there are records of commits that are not part of any branch.
    pub(crate) fn are_left_over(&self) -> bool {
        let in_use = rewritten::in_use(&self.workplace.repository, MOST_BELOW).unwrap_or_default();
        self.place.keys().any(|id| !in_use.contains(id))
    }

    /// The records that belong to `commit`. `patch` is all that it does, where no record of its own tells anything: only then
    /// is one looked for that nobody named.
    ///
    /// # Errors
    /// When a commit cannot be read.
    pub(crate) fn of(&self, commit: &Commit, patch: Option<Patch>) -> anyhow::Result<FormerCommits> {
        let Some(id) = commit.id.as_deref() else { return Ok(FormerCommits::Nothing) };
        let named = self.named(id, commit.message.expose());
        if !named.is_empty() {
            return self.sources(&named);
        }
        if patch.is_none() || commit.parents.len() > 1 || self.place.is_empty() {
            return Ok(FormerCommits::Nothing);
        }
        let together = self.together(id);
        if !together.is_empty() {
            return self.sources(&together);
        }
        let work = CommitTraits { patch, ..work(&self.workplace.repository, id)? };
        let alike = self.alike(id, &work, true)?;
        match alike.len() {
            0 => {}
            1 => return self.sources(&[alike[0].0.clone()]),
            _ => {
                let (parts, repeated) = self.within(&work, alike)?;
                let is_clear = !parts.is_empty() && repeated == 0;
                return if is_clear { self.sources(&ids(&parts)) } else { Ok(FormerCommits::Several) };
            }
        }
        let squashed = self.squashed(commit, &work)?;
        if !squashed.is_empty() {
            return self.sources(&squashed);
        }
        let contained = self.contained(&work)?;
        if !contained.is_empty() {
            return self.sources(&contained);
        }
        let gone = self.gone(commit);
        match gone.as_slice() {
            [] => Ok(FormerCommits::Nothing),
            [id] => self.sources(std::slice::from_ref(id)),
            _ => Ok(FormerCommits::Several),
        }
    }

    fn sources(&self, ids: &[String]) -> anyhow::Result<FormerCommits> {
        let sources = ids.iter().map(|id| recorded::sources(self.workplace, id, self.documents(id)));
        Ok(FormerCommits::Sources(sources.collect::<anyhow::Result<Vec<_>>>()?.into_iter().flatten().collect()))
    }

    /// Whether a record fits the commit `id`, as far as that can be told without comparing the lines of all commits.
    ///
    /// # Errors
    /// When a commit cannot be read.
    pub(crate) fn fits(&self, id: &str) -> anyhow::Result<bool> {
        let repository = &self.workplace.repository;
        let message = repository.message(id)?;
        if !self.named(id, &String::from_utf8_lossy(&message)).is_empty() || !self.together(id).is_empty() {
            return Ok(true);
        }
        let mut work = work(repository, id)?;
        let is_like = !self.candidates(&work).is_empty();
        let may_be_squashed = !self.squashed_into(&work).is_empty();
        let may_be_gone = self.all_gone().contains_key(&repository.times(id)?.committed);
        if !(is_like || may_be_squashed || may_be_gone) {
            return Ok(false);
        }
        let commit = changes::read_commit(repository, id)?;
        work.patch = Some(Patch::of(&commit));
        Ok((is_like && self.alike(id, &work, false)?.len() == 1)
            || (may_be_gone && self.gone(&commit).len() == 1)
            || (may_be_squashed && !(self.squashed(&commit, &work)?.is_empty() && self.contained(&work)?.is_empty())))
    }

    /// The commits with records that were replaced, with others, by commits among which is `id`.
    fn together(&self, id: &str) -> Vec<String> {
        let telling = |olds: &Vec<String>| -> Vec<String> {
            olds.iter().filter(|old| self.record(old).as_ref().is_some_and(is_telling)).cloned().collect()
        };
        // The same files may be another person's copy of them.
        let author = |id: &str| self.workplace.repository.author(id).ok().map(|who| who.email.to_lowercase());
        let own = author(id);
        let is_theirs = |olds: &&Vec<String>| olds.iter().any(|old| author(old) == own);
        // Of several ways the one that tells most; the latest first.
        let mut best = Vec::new();
        for found in self.together.get(id).into_iter().flatten().filter(is_theirs).map(telling) {
            if found.len() > best.len() {
                best = found;
            }
        }
        best
    }

    /// The commits with a record that are not below those looked at and may be the last of what `work` brought in as one.
    fn squashed_into(&self, work: &CommitTraits) -> Vec<&String> {
        let Some(below) = &self.below else { return Vec::new() };
        let known = self.known();
        let is_it = |(id, old): &(&String, &CommitTraits)| {
            !below.contains(*id) && old.author.eq_ignore_ascii_case(&work.author) && old.authored_at <= work.authored_at
        };
        let mut found: Vec<(&String, &CommitTraits)> = known.works.iter().filter(is_it).collect();
        found.sort_by(|(a, old), (b, other)| (other.authored_at, a).cmp(&(old.authored_at, b)));
        found.into_iter().take(MOST_TIPS).map(|(id, _)| id).collect()
    }

    /// The commits with records that `commit` brought in as one, on a branch that went on meanwhile.
    fn squashed(&self, commit: &Commit, work: &CommitTraits) -> anyhow::Result<Vec<String>> {
        let has_file = |path: &str| commit.files.iter().any(|file| file.path == path);
        let Some(id) = commit.id.as_deref().filter(|_| work.patch.as_ref().is_some_and(Patch::says_something)) else {
            return Ok(Vec::new());
        };
        let mut best: Vec<String> = Vec::new();
        for tip in self.squashed_into(work) {
            let Some(record) = self.record(tip) else { continue };
            if self.tries.get() == 0 || record.files.is_empty() || !record.files.iter().all(|file| has_file(&file.path))
            {
                continue;
            }
            self.tries.set(self.tries.get() - 1);
            let olds = trees_alike::squashed(&self.workplace.repository, id, tip);
            let telling = olds.into_iter().filter(|old| self.record(old).as_ref().is_some_and(is_telling));
            let telling: Vec<String> = telling.collect();
            if telling.len() > best.len() {
                best = telling;
            }
        }
        Ok(best)
    }

    /// The commits with records whose lines `work` has, with others or without some: put together or taken apart by hand.
    fn contained(&self, work: &CommitTraits) -> anyhow::Result<Vec<String>> {
        if !work.patch.as_ref().is_some_and(Patch::says_something) {
            return Ok(Vec::new());
        }
        let olds = self.squashed_into(work).into_iter();
        let telling = olds.filter_map(|id| Some((id.clone(), self.record(id).filter(is_telling)?)));
        Ok(ids(&self.within(work, telling.collect())?.0))
    }

    fn within(&self, work: &CommitTraits, candidates: Vec<Candidate>) -> anyhow::Result<(Vec<Candidate>, usize)> {
        let repository = &self.workplace.repository;
        let here = promised::complete(repository, ids(&candidates))?;
        let candidates = candidates.into_iter().filter(|(id, _)| here.contains(id)).collect();
        let patch_of = |id: &str| {
            let known = self.patches.borrow().get(id).cloned();
            let patch =
                known.map_or_else(|| Ok(Rc::new(Patch::of(&changes::read_commit(repository, id)?))), anyhow::Ok)?;
            self.patches.borrow_mut().insert(id.to_owned(), patch.clone());
            Ok(patch)
        };
        within(work.patch.as_ref().unwrap_or(&Patch::default()), candidates, patch_of)
    }

    /// The commits that are not here any more and whose record can only be of this one.
    fn gone(&self, commit: &Commit) -> Vec<String> {
        let Some(candidates) = self.all_gone().get(&commit.committed_at) else { return Vec::new() };
        let statements = statements::statements(commit, &self.workplace.trailers(commit));
        let named = statements::named_sessions(&statements, &self.workplace.trailers(commit));
        let sessions: Vec<String> = named.into_iter().map(|(_, session)| session).collect();
        let is_it = |(_, record): &&Candidate| tells_of(record, commit, &sessions);
        latest(candidates.iter().filter(is_it).cloned().collect()).into_iter().map(|(id, _)| id).collect()
    }

    /// Records of commits that are not here any more, by the second at which those were made.
    fn all_gone(&self) -> &Gone {
        self.gone.get_or_init(|| {
            let mut gone: Gone = HashMap::new();
            for id in self.place.keys().filter(|id| !self.workplace.repository.has_commit(id)) {
                if let Some(record) = self.record(id).filter(is_telling) {
                    gone.entry(record.committed_at).or_default().push((id.clone(), record));
                }
            }
            gone
        })
    }

    /// The commits that this clone itself has a record of, not only a copy of what a remote has.
    pub(crate) fn own(&self) -> impl Iterator<Item = &str> {
        self.place.iter().filter(|(_, place)| **place == 0).map(|(id, _)| id.as_str())
    }

    /// Whether the commit has a record that tells who worked on it.
    pub(crate) fn tells(&self, id: &str) -> bool {
        self.record(id).is_some_and(|record| keep::knowledge(&record) != (0, 0) || record.forgotten.is_some())
    }

    /// Those with a record that the message names, or a tool, as what the commit was made from.
    fn named(&self, id: &str, message: &str) -> Vec<String> {
        let mut named = made_from::named(message);
        named.extend(self.told.get(id).into_iter().flatten().cloned());
        named.retain(|old| old != id);
        // What the message names may have been rewritten itself.
        let before: Vec<String> = named.iter().filter_map(|old| self.told.get(old)).flatten().cloned().collect();
        let told = |ids: Vec<String>| -> Vec<String> {
            ids.into_iter().filter(|id| self.record(id).as_ref().is_some_and(is_telling)).collect()
        };
        let found = told(named);
        if found.is_empty() { told(before) } else { found }
    }

    /// Of several records that git joined the one that tells most.
    fn record(&self, id: &str) -> Option<Record<Clean>> {
        self.documents(id).into_iter().max_by_key(keep::knowledge)
    }

    fn documents(&self, id: &str) -> Vec<Record<Clean>> {
        let read = || {
            let name = &self.names[*self.place.get(id)?];
            notes::read_at(&self.workplace.repository, name, &[id]).ok()?.pop()?
        };
        read().and_then(|bytes| note_codec::documents(id, &bytes).ok()).unwrap_or_default()
    }

    /// Commits that have something in common with this one and are none of its ancestors, with records that tell
    /// something. Of several that say the same, one.
    fn alike(&self, id: &str, work: &CommitTraits, by_patch: bool) -> anyhow::Result<Vec<Candidate>> {
        let repository = &self.workplace.repository;
        let mut candidates = self.candidates(work);
        if candidates.is_empty() && by_patch && work.patch.as_ref().is_some_and(Patch::says_something) {
            candidates = self.known().same_patch(repository, work)?;
        }
        let is_other = |old: &String| old != id && !is_ancestor(repository, old, id);
        candidates.retain(is_other);
        let candidates = promised::complete(repository, candidates)?;
        let mut telling: Vec<Candidate> = Vec::new();
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

    fn candidates(&self, work: &CommitTraits) -> Vec<String> {
        self.known().made_when(work)
    }

    fn known(&self) -> &KnownWorks {
        self.known.get_or_init(|| KnownWorks::of(&self.workplace.repository, self.place.keys()))
    }
}

fn is_ancestor(repository: &Repository, old: &str, new: &str) -> bool {
    let oid = |id: &str| git2::Oid::from_str(id).ok();
    let both = oid(new).zip(oid(old));
    both.is_some_and(|(new, old)| repository.handle().graph_descendant_of(new, old).unwrap_or(false))
}
