//! Edits of a part of a line, replayed: an agent replaces `price` by `price, discount` inside a line, and what is committed
//! is the whole line. It is the agent's where the edit, taken back, gives a line that stood there before: one that the
//! commit takes away, one that a session wrote, or one that an earlier such edit made.

use std::cell::Cell;
use std::cmp::Reverse;
use std::collections::HashSet;

use memchr::memmem;

use super::attribution::PathMatches;
use super::library::{Library, Posting};
use super::lines::LineKey;
use super::substitutions::Substitution;
use crate::record::commit::FileChange;
use crate::record::session::{Action, Change};

/// The replacements that sessions made in one file, or by a command in whatever files, before a commit.
pub(crate) struct Replay<'a> {
    library: &'a Library,
    /// Paths of sessions that mean this file.
    paths: HashSet<u32>,
    /// The latest first.
    edits: Vec<(Posting, Replacement<'a>)>,
    /// Lines that the commit takes away.
    removed: HashSet<LineKey>,
    lines: Vec<&'a str>,
    /// Lookups that are left for the line at hand.
    lookups: Cell<u32>,
}

/// So many edits of one line are followed back.
const MOST_STEPS: u32 = 5;
/// A line is looked at in at most so many places where the same words stand.
const MOST_PLACES: usize = 20;
/// So many former lines are looked up for one line: edits of a single letter fit everywhere.
const MOST_LOOKUPS: u32 = 1_000;

impl<'a> Replay<'a> {
    /// `counts` says of an edit whether it was made before the commit.
    pub(crate) fn new(
        file: &'a FileChange,
        library: &'a Library,
        paths: &PathMatches,
        counts: impl Fn(&Posting) -> bool,
    ) -> Self {
        let paths: HashSet<u32> = paths.whole().collect();
        let made = paths.iter().flat_map(|path| library.replacements(*path));
        let made: Vec<(Posting, u32)> = made.copied().filter(|(posting, _)| counts(posting)).collect();
        let in_place = library.substitutions.iter().filter(|(posting, ..)| counts(posting));
        let edits = made
            .iter()
            .filter_map(|(posting, place)| Some((*posting, *place, Replacement::of(library, posting, *place)?)))
            .chain(in_place.map(|(posting, place, words)| (*posting, *place, Replacement::of_words(words))));
        let mut edits: Vec<(Posting, u32, Replacement)> = edits.collect();
        edits.sort_by_key(|(posting, place, _)| {
            Reverse((posting.at, posting.session, posting.turn, posting.call, *place))
        });
        let edits = edits.into_iter().map(|(posting, _, edit)| (posting, edit)).collect();
        let lines: Vec<&str> = file.hunks.iter().flat_map(|hunk| &hunk.removed).map(|line| line.expose()).collect();
        let removed = lines.iter().map(|line| LineKey::of(line)).collect();
        Self { library, paths, edits, removed, lines, lookups: Cell::new(0) }
    }

    /// The last edit that made the line out of one that stood there.
    pub(crate) fn writer(&self, line: &str) -> Option<Posting> {
        self.lookups.set(MOST_LOOKUPS);
        self.maker(line, 0, MOST_STEPS).map(|place| self.edits[place].0)
    }

    fn maker(&self, line: &str, from: usize, steps: u32) -> Option<usize> {
        (from..self.edits.len()).find(|place| {
            let (posting, edit) = &self.edits[*place];
            edit.is_deletion() && self.lines.iter().any(|before| edit.deletes(before, line))
                || edit.taken_back(line, &|before| self.stood(before, posting, place + 1, steps))
        })
    }

    /// Whether a line stood in the file before the edit of `posting`.
    fn stood(&self, line: &str, posting: &Posting, from: usize, steps: u32) -> bool {
        let Some(left) = self.lookups.get().checked_sub(1) else { return false };
        self.lookups.set(left);
        let key = LineKey::of(line);
        let before =
            |other: &Posting| other.path.is_some_and(|path| self.paths.contains(&path)) && other.at <= posting.at;
        self.removed.contains(&key)
            || self.library.writers(key).iter().any(before)
            || (steps > 0 && self.maker(line, from, steps - 1).is_some())
    }
}

/// One replacement, by lines: the first and the last line of each side, the same where there is only one.
struct Replacement<'a> {
    before: TextSide<'a>,
    after: TextSide<'a>,
    everywhere: bool,
}

struct TextSide<'a> {
    first: &'a str,
    last: &'a str,
    is_one: bool,
}

impl<'a> TextSide<'a> {
    fn of(text: &'a str) -> Self {
        let first = text.split('\n').next().unwrap_or_default();
        let last = text.rsplit('\n').next().unwrap_or_default();
        Self { first, last, is_one: !text.contains('\n') }
    }
}

impl<'a> Replacement<'a> {
    fn of(library: &'a Library, posting: &Posting, place: u32) -> Option<Self> {
        let Action::Edit(edits) = &library.call(posting).action else { return None };
        let Change::Replace { before, after, everywhere } = &edits.get(place as usize)?.change else { return None };
        let (before, after) = (before.expose(), after.expose());
        let usable = !before.is_empty() && before != after;
        usable.then(|| Self { before: TextSide::of(before), after: TextSide::of(after), everywhere: *everywhere })
    }

    fn of_words(words: &'a Substitution) -> Self {
        let (before, after) = (TextSide::of(&words.before), TextSide::of(&words.after));
        Self { before, after, everywhere: words.everywhere }
    }

    /// Whether the edit takes words out of a line and puts none in: taking it back would fit everywhere.
    fn is_deletion(&self) -> bool {
        self.after.is_one && self.after.first.is_empty() && self.before.is_one
    }

    fn deletes(&self, before: &str, line: &str) -> bool {
        let words = self.before.first;
        before.len() == line.len() + words.len()
            && places(before, words).any(|(start, rest)| line.strip_prefix(start).is_some_and(|end| end == rest))
    }

    /// Whether the line without this edit is one that `stood` there.
    fn taken_back(&self, line: &str, stood: &dyn Fn(&str) -> bool) -> bool {
        let (before, after) = (&self.before, &self.after);
        match (after.is_one, before.is_one) {
            (true, _) if after.first.is_empty() => false,
            (true, true) => self.inside(line, stood),
            // Several lines became one: what is before and after the words stood on two lines.
            (true, false) => places(line, after.first).any(|(start, rest)| {
                let ends = |text: &str, whole: &dyn Fn() -> String| text.trim().is_empty() || stood(&whole());
                !(start.trim().is_empty() && rest.trim().is_empty())
                    && ends(start, &|| format!("{start}{}", before.first))
                    && ends(rest, &|| format!("{}{rest}", before.last))
            }),
            // One line became several: the rest of it is unknown.
            (false, true) => false,
            (false, false) => {
                let start = line.strip_suffix(after.first).filter(|start| !start.trim().is_empty());
                let rest = line.strip_prefix(after.last).filter(|rest| !rest.trim().is_empty());
                (before.first != after.first && start.is_some_and(|start| stood(&format!("{start}{}", before.first))))
                    || (before.last != after.last && rest.is_some_and(|rest| stood(&format!("{}{rest}", before.last))))
            }
        }
    }

    fn inside(&self, line: &str, stood: &dyn Fn(&str) -> bool) -> bool {
        let (before, after) = (self.before.first, self.after.first);
        let everywhere = self.everywhere && memmem::find(line.as_bytes(), after.as_bytes()).is_some();
        (everywhere && stood(&line.replace(after, before)))
            || places(line, after).any(|(start, rest)| stood(&format!("{start}{before}{rest}")))
    }
}

/// What is before and after each place where the words stand in a line.
fn places<'a>(line: &'a str, words: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
    let found = memmem::find_iter(line.as_bytes(), words.as_bytes()).take(MOST_PLACES);
    found.filter_map(move |at| Some((line.get(..at)?, line.get(at + words.len()..)?)))
}
