//! Reads groups of commits with their records, in the order of the groups and on all cores, for what is made of several commits at once.
//! What is in memory does not grow with them.

use anyhow::anyhow;

use super::helpers::Helpers;
use super::range::{LoadDetail, with_record};
use super::workplace::Workplace;
use crate::git::note_copies;
use crate::parallel;
use crate::record::entry::CommitEntry;
use crate::redact::Redactor;

/// Groups that one thread reads in a row: the folders of the notes are read once for them. Few in tests, which have few.
const BLOCK: usize = if cfg!(test) { 2 } else { 128 };
/// Blocks after which what was read of packs is given back: libgit2 keeps a pack in memory while any handle has it.
const HELD: usize = 64;

/// Hands what `render` makes of each group to `take`. A commit whose notes cannot be read has no record then; how often that was is
/// returned. `render` gets the place whose handle its thread may use.
///
/// # Errors
/// When a commit cannot be read, or `render` or `take` fails.
pub(crate) fn in_order<T: Send>(
    workplace: &mut Workplace,
    redactor: &Redactor,
    groups: &[Vec<String>],
    (render, mut take): (
        impl Fn(&Workplace, usize, &[CommitEntry]) -> anyhow::Result<T> + Sync,
        impl FnMut(T) -> anyhow::Result<()>,
    ),
) -> anyhow::Result<usize> {
    let mut unreadable = 0;
    let blocks: Vec<(usize, &[Vec<String>])> =
        groups.chunks(BLOCK).enumerate().map(|(number, block)| (number * BLOCK, block)).collect();
    let mut take = |read: anyhow::Result<(Vec<T>, usize)>| -> anyhow::Result<()> {
        let (rendered, problems) = read?;
        unreadable += problems;
        rendered.into_iter().try_for_each(&mut take)
    };
    for blocks in blocks.chunks(HELD) {
        workplace.repository.forget_what_was_read();
        // Of a partial clone one handle knows what could not be brought.
        let helpers = if workplace.repository.is_partial() { None } else { Helpers::of(workplace, blocks.len()) };
        let Some(helpers) = helpers else {
            for (first, block) in blocks {
                take(read(workplace, redactor, *first, block, &render))?;
            }
            continue;
        };
        let start = || {
            let helper = helpers.open();
            let render = &render;
            move |(first, block): (usize, &[Vec<String>])| match &helper {
                Ok(helper) => read(helper, redactor, first, block, render),
                Err(error) => Err(anyhow!("{error:#}")),
            }
        };
        let mut blocks = blocks.iter().copied();
        parallel::in_order(2 * parallel::threads(), start, || Ok(blocks.next()), &mut take)?;
    }
    Ok(unreadable)
}

/// What becomes of each group of a block, and how many notes cannot be read.
fn read<T>(
    workplace: &Workplace,
    redactor: &Redactor,
    first: usize,
    block: &[Vec<String>],
    render: &impl Fn(&Workplace, usize, &[CommitEntry]) -> anyhow::Result<T>,
) -> anyhow::Result<(Vec<T>, usize)> {
    let ids: Vec<&str> = block.iter().flatten().map(String::as_str).collect();
    let places = note_copies::places(&workplace.repository, &ids);
    let (mut rendered, mut unreadable, mut index) = (Vec::with_capacity(block.len()), 0, 0);
    for (number, group) in block.iter().enumerate() {
        let mut entries = Vec::with_capacity(group.len());
        for id in group {
            let notes = places.read(&workplace.repository, index, id);
            index += 1;
            let (entry, problem) = with_record(workplace, redactor, (id, notes), LoadDetail::Record)?;
            unreadable += usize::from(problem.is_some());
            entries.push(entry);
        }
        rendered.push(render(workplace, first + number, &entries)?);
    }
    Ok((rendered, unreadable))
}
