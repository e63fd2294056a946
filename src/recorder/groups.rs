//! Reads groups of commits with their records, in the order of the groups and on all cores, for what is made of several commits at once.
//! What is in memory does not grow with them.

use anyhow::anyhow;

use super::helpers::Helpers;
use super::range::{LoadDetail, with_record};
use super::workplace::Workplace;
use crate::git::note_copies::{self, NotePositions};
use crate::parallel;
use crate::record::entry::{CommitEntry, Training};
use crate::record::text::Clean;
use crate::redact::Redactor;

/// Groups that one thread reads in a row. Few in tests, which have few.
const BLOCK: usize = if cfg!(test) { 2 } else { 128 };
/// Blocks whose notes are looked for at once: the folders of the notes are read once for all of them. Then what was read of packs is
/// given back: libgit2 keeps a pack in memory while any handle has it.
const HELD: usize = 64;

/// Groups to read, and where their notes are.
struct GroupBlock<'a, G> {
    /// The place of the first among all groups.
    first: usize,
    groups: &'a [G],
    notes: &'a NotePositions,
    /// The place of the first commit in `notes`.
    at: usize,
}

/// Hands what `render` makes of each group to `take`. A commit without notes has nothing but its id, and one whose notes cannot be read
/// has no record; how often the latter was is returned, with the references of notes that cannot be looked through. `render` gets the place whose handle its thread may use.
///
/// # Errors
/// When a commit cannot be read, or `render` or `take` fails.
pub(crate) fn in_order<T: Send, G: AsRef<[String]> + Sync>(
    workplace: &mut Workplace,
    redactor: &Redactor,
    groups: &[G],
    (render, mut take): (
        impl Fn(&Workplace, usize, &[CommitEntry]) -> anyhow::Result<T> + Sync,
        impl FnMut(T) -> anyhow::Result<()>,
    ),
) -> anyhow::Result<usize> {
    let (mut unreadable, mut unlooked) = (0, 0);
    let mut take = |read: anyhow::Result<(Vec<T>, usize)>| -> anyhow::Result<()> {
        let (rendered, problems) = read?;
        unreadable += problems;
        rendered.into_iter().try_for_each(&mut take)
    };
    for (number, held) in groups.chunks(HELD * BLOCK).enumerate() {
        workplace.repository.forget_what_was_read();
        let ids: Vec<&str> = held.iter().flat_map(AsRef::as_ref).map(String::as_str).collect();
        let notes = note_copies::places(&workplace.repository, &ids);
        let mut blocks = blocks(held, number * HELD * BLOCK, &notes);
        unlooked = unlooked.max(notes.problems.len());
        // Of a partial clone one handle knows what could not be brought.
        let jobs = held.len().div_ceil(BLOCK);
        let helpers = if workplace.repository.is_partial() { None } else { Helpers::of(workplace, jobs) };
        let Some(helpers) = helpers else {
            for block in blocks {
                take(block.read(workplace, redactor, &render))?;
            }
            continue;
        };
        let start = || {
            let helper = helpers.open();
            let render = &render;
            move |block: GroupBlock<'_, G>| match &helper {
                Ok(helper) => block.read(helper, redactor, render),
                Err(error) => Err(anyhow!("{error:#}")),
            }
        };
        parallel::in_order(2 * parallel::threads(), start, || Ok(blocks.next()), &mut take)?;
    }
    Ok(unreadable + unlooked)
}

fn blocks<'a, G: AsRef<[String]>>(
    groups: &'a [G],
    first: usize,
    notes: &'a NotePositions,
) -> impl Iterator<Item = GroupBlock<'a, G>> {
    let mut at = 0;
    groups.chunks(BLOCK).enumerate().map(move |(number, groups)| {
        let block = GroupBlock { first: first + number * BLOCK, groups, notes, at };
        at += groups.iter().map(|group| group.as_ref().len()).sum::<usize>();
        block
    })
}

impl<G: AsRef<[String]>> GroupBlock<'_, G> {
    /// What becomes of each group, and how many notes cannot be read.
    fn read<T>(
        &self,
        workplace: &Workplace,
        redactor: &Redactor,
        render: &impl Fn(&Workplace, usize, &[CommitEntry]) -> anyhow::Result<T>,
    ) -> anyhow::Result<(Vec<T>, usize)> {
        let (mut rendered, mut unreadable, mut at) = (Vec::with_capacity(self.groups.len()), 0, self.at);
        for (number, group) in self.groups.iter().enumerate() {
            let group = group.as_ref();
            let mut entries = Vec::with_capacity(group.len());
            for id in group {
                let notes = self.notes.read(&workplace.repository, at, id);
                at += 1;
                if notes.is_empty() {
                    entries.push(without_notes(id));
                    continue;
                }
                let (entry, problem) = with_record(workplace, redactor, (id, notes), LoadDetail::Record)?;
                unreadable += usize::from(problem.is_some());
                entries.push(entry);
            }
            rendered.push(render(workplace, self.first + number, &entries)?);
        }
        Ok((rendered, unreadable))
    }
}

/// A commit of which nothing is told, so that nothing of it is read.
fn without_notes(id: &str) -> CommitEntry {
    CommitEntry {
        id: id.to_owned(),
        subject: Clean::default(),
        author: Clean::default(),
        record: None,
        stated: Vec::new(),
        trailers: Vec::new(),
        training: Training::Allowed,
        settings: Vec::new(),
        header: None,
    }
}
