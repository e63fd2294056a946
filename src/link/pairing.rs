//! Which commit another one was made from, by what a rewrite of history leaves as it is: who wrote it and when, its
//! words, its tree, its lines. What git or a tool says outright is surer, and is for others to read.

use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::Timestamp;

use super::lines::LineKey;
use super::paths::name;
use crate::record::commit::{Commit, FileChange};
use crate::record::note::Record;
use crate::record::text::Clean;

/// What of a commit can be found again in another.
#[derive(Clone, Debug)]
pub(crate) struct CommitTraits {
    /// The author's address.
    pub author: String,
    pub authored_at: Timestamp,
    pub message: String,
    /// The ids that tools give to a change, so that it keeps one while its commits are replaced.
    pub change_ids: Vec<String>,
    pub tree: String,
    /// `None` where nobody has looked at the lines.
    pub patch: Option<Patch>,
}

/// What a commit does, wherever in the files it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Patch {
    /// Removed (`false`) and added lines (`true`) with the name of their file, sorted.
    lines: Vec<(bool, u64)>,
    /// Letters and digits in the added lines that have more than a few.
    weight: usize,
    /// How many such lines there are.
    telling: usize,
    /// These without the name of their file, sorted.
    texts: Vec<LineKey>,
}

/// How much two commits have in common, least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Likeness {
    /// All lines, at another time: taken over without a word.
    Patch,
    /// Another address of the author; the second, the first line of the message, and the tree or all lines.
    Readdressed,
    /// One author and second, and most of the added lines.
    MostLines,
    /// One author and second, and the first line of the message.
    Subject,
    /// One author and second, and the message.
    Message,
    /// The id that a tool gave to the change.
    Change,
    /// One author and second, and the tree or all lines.
    Content,
    /// All of it.
    Whole,
}

/// A patch with less says nothing by itself: a version that is raised, an entry in a list.
const LEAST_WEIGHT: usize = 40;
const LEAST_LINES: usize = 2;
/// A line with fewer letters and digits could stand anywhere.
const TELLING: usize = 6;

impl Patch {
    pub(crate) fn of(commit: &Commit) -> Self {
        let mut patch = Self::default();
        for file in &commit.files {
            let file_name = LineKey::of(name(&file.path));
            let key = |text: &str| combine(file_name, LineKey::of(text));
            for hunk in &file.hunks {
                patch.lines.extend(hunk.removed.iter().map(|line| (false, key(line.expose()))));
                for line in &hunk.added {
                    let letters = line.expose().chars().filter(|c| c.is_alphanumeric()).count();
                    patch.lines.push((true, key(line.expose())));
                    if letters >= TELLING {
                        patch.weight += letters;
                        patch.telling += 1;
                        patch.texts.push(LineKey::of(line.expose()));
                    }
                }
            }
            if file.hunks.is_empty() {
                patch.lines.push((true, key(&kind_without_lines(file))));
            }
        }
        patch.lines.sort_unstable();
        patch.texts.sort_unstable();
        patch
    }

    /// Stands for it among many.
    pub(crate) fn digest(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.lines.hash(&mut hasher);
        hasher.finish()
    }

    /// Whether nobody would write all of it a second time by chance.
    pub(crate) fn says_something(&self) -> bool {
        self.weight >= LEAST_WEIGHT && self.telling >= LEAST_LINES
    }

    /// Whether most of the lines that the other adds are added here too.
    pub(crate) fn has_most_of(&self, other: &Self) -> bool {
        let added = |patch: &Self| -> Vec<u64> {
            patch.lines.iter().filter(|(is_added, _)| *is_added).map(|(_, key)| *key).collect()
        };
        let (mine, theirs) = (added(self), added(other));
        let found = theirs.iter().filter(|key| mine.binary_search(key).is_ok()).count();
        other.telling > 0 && found * 2 > theirs.len()
    }

    /// Whether the other does all that this one does, and perhaps more.
    pub(crate) fn is_within(&self, other: &Self) -> bool {
        let mut rest = other.lines.iter();
        !self.lines.is_empty() && self.lines.iter().all(|line| rest.any(|one| one == line))
    }

    /// Whether nearly all that the other says is said here too, in files of whatever name.
    pub(crate) fn has_texts_of(&self, other: &Self) -> bool {
        let found = other.texts.iter().filter(|key| self.texts.binary_search(key).is_ok()).count();
        other.says_something() && found * 10 >= other.texts.len() * 9
    }
}

fn combine(file: LineKey, line: LineKey) -> u64 {
    let mut hasher = DefaultHasher::new();
    (file, line).hash(&mut hasher);
    hasher.finish()
}

/// A binary file, a mode or a name: that it changed, and how.
fn kind_without_lines(file: &FileChange) -> String {
    format!("{:?} {}", file.kind, file.old_path.as_deref().unwrap_or_default())
}

/// What makes it likely that one commit was made from the other; `None` where nothing does.
pub(crate) fn likeness(new: &CommitTraits, old: &CommitTraits) -> Option<Likeness> {
    let is_same_author = new.author.eq_ignore_ascii_case(&old.author);
    let patches = new.patch.as_ref().zip(old.patch.as_ref());
    let is_same_patch = patches.is_some_and(|(new, old)| new == old && !new.lines.is_empty());
    let is_same_change = new.change_ids.iter().any(|id| old.change_ids.contains(id));
    let is_same_content =
        is_same_patch || (new.tree == old.tree && patches.is_none_or(|(new, _)| !new.lines.is_empty()));
    let subject = |work: &CommitTraits| work.message.trim().lines().next().unwrap_or_default().trim().to_owned();
    let is_same_subject = subject(new) == subject(old) && !subject(new).is_empty();
    if !is_same_author || new.authored_at != old.authored_at {
        let says_something = new.patch.as_ref().is_some_and(Patch::says_something);
        let is_taken_over = is_same_author && is_same_patch && says_something && old.authored_at < new.authored_at;
        // Nobody else writes the same in the same second: an address that was rewritten.
        let is_readdressed = new.authored_at == old.authored_at && is_same_content && is_same_subject;
        return match (is_same_change, is_readdressed, is_taken_over) {
            (true, ..) => Some(Likeness::Change),
            (_, true, _) => Some(Likeness::Readdressed),
            (.., true) => Some(Likeness::Patch),
            _ => None,
        };
    }
    let is_same_message = new.message.trim() == old.message.trim();
    if is_same_content {
        Some(if is_same_message { Likeness::Whole } else { Likeness::Content })
    } else if is_same_change {
        Some(Likeness::Change)
    } else if is_same_message {
        Some(Likeness::Message)
    } else if is_same_subject {
        Some(Likeness::Subject)
    } else {
        patches.is_some_and(|(new, old)| new.has_most_of(old)).then_some(Likeness::MostLines)
    }
}

/// Whether the record of a commit that is not here any more can only be of this one: of the same second, and of one of the
/// `sessions` that the message names, or of the same files with as many lines in each. A rewrite keeps the second at which a
/// commit was made, and a folder that it moved all files into is no other name.
pub(crate) fn tells_of(record: &Record<Clean>, commit: &Commit, sessions: &[String]) -> bool {
    let mut of_record: Vec<(&str, u32)> = record
        .files
        .iter()
        .map(|file| (name(&file.path), file.spans.iter().fold(0, |lines: u32, span| lines.saturating_add(span.lines))))
        .collect();
    let added = |file: &FileChange| file.hunks.iter().map(|hunk| hunk.added.len() as u32).sum::<u32>();
    let mut of_commit: Vec<(&str, u32)> =
        commit.files.iter().map(|file| (name(&file.path), added(file))).filter(|(_, lines)| *lines > 0).collect();
    of_record.retain(|(_, lines)| *lines > 0);
    of_record.sort_unstable();
    of_commit.sort_unstable();
    let is_named = || record.contributions.iter().any(|one| sessions.contains(&one.session));
    let shares_a_file = || of_record.iter().any(|(file, _)| of_commit.iter().any(|(other, _)| other == file));
    record.committed_at == commit.committed_at
        && ((is_named() && shares_a_file()) || (!of_record.is_empty() && of_record == of_commit))
}

/// The places of those among `olds` that have most in common with `new`.
pub(crate) fn likest(new: &CommitTraits, olds: &[&CommitTraits]) -> Vec<usize> {
    let found: Vec<Option<Likeness>> = olds.iter().map(|old| likeness(new, old)).collect();
    let best = found.iter().flatten().max();
    let is_best = |(place, one): (usize, &Option<Likeness>)| (best.is_some() && one.as_ref() == best).then_some(place);
    found.iter().enumerate().filter_map(is_best).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::commit::{FileChangeKind, Hunk, Person};
    use crate::record::text::Raw;

    fn patch(path: &str, added: &[&str]) -> Patch {
        let added: Vec<Raw> = added.iter().map(|line| Raw::new(*line)).collect();
        let hunk = Hunk { old_start: 0, new_start: 1, removed: Vec::new(), added, repeated: Vec::new() };
        let kind = FileChangeKind::Added;
        let file = FileChange { path: path.to_owned(), old_path: None, kind, hunks: vec![hunk] };
        Patch::of(&Commit {
            id: None,
            parents: Vec::new(),
            trees: None,
            author: Person::default(),
            authored_at: Timestamp::UNIX_EPOCH,
            committed_at: Timestamp::UNIX_EPOCH,
            message: Raw::default(),
            files: vec![file],
        })
    }

    const LINES: &[&str] = &["def total(prices, rate):", "    return sum(prices) * rate / 100", "}"];

    fn work() -> CommitTraits {
        CommitTraits {
            author: "ann@example.org".to_owned(),
            authored_at: Timestamp::UNIX_EPOCH,
            message: "Add a cart\n\nIn percent.\n".to_owned(),
            change_ids: Vec::new(),
            tree: "1".repeat(40),
            patch: Some(patch("cart.py", LINES)),
        }
    }

    fn changed(change: impl FnOnce(&mut CommitTraits)) -> CommitTraits {
        let mut work = work();
        change(&mut work);
        work
    }

    fn later(work: &mut CommitTraits) {
        work.authored_at = "2026-01-02T03:04:05Z".parse().unwrap();
    }

    #[test]
    fn what_a_rewrite_leaves_tells_which_commit_it_was() {
        let other_lines = || Some(patch("cart.py", &["something = quite_different(1)", "and_more = of_that(2)"]));
        let cases: [(&str, CommitTraits, Option<Likeness>); 15] = [
            ("the parent alone is another", work(), Some(Likeness::Whole)),
            ("reworded", changed(|new| new.message = "A cart".to_owned()), Some(Likeness::Content)),
            ("rebased", changed(|new| new.tree = "2".repeat(40)), Some(Likeness::Whole)),
            (
                "the folder renamed",
                changed(|new| {
                    new.tree = "2".repeat(40);
                    new.patch = Some(patch("shop/cart.py", LINES));
                }),
                Some(Likeness::Whole),
            ),
            (
                "conflict, message kept",
                changed(|new| {
                    new.tree = "2".repeat(40);
                    new.patch = other_lines();
                }),
                Some(Likeness::Message),
            ),
            (
                "a line more and reworded",
                changed(|new| {
                    new.tree = "2".repeat(40);
                    new.message = "A cart".to_owned();
                    new.patch = Some(patch("cart.py", &[LINES, &["more = 1"]].concat()));
                }),
                Some(Likeness::MostLines),
            ),
            ("taken over later", changed(later), Some(Likeness::Patch)),
            (
                "taken over later, by another",
                changed(|new| {
                    later(new);
                    new.author = "bob@example.org".to_owned();
                }),
                None,
            ),
            (
                "a little line, later",
                changed(|new| {
                    later(new);
                    new.patch = Some(patch("VERSION", &["1.2.4"]));
                }),
                None,
            ),
            (
                "another commit of the same second",
                changed(|new| {
                    new.message = "Else".to_owned();
                    new.tree = "2".repeat(40);
                    new.patch = other_lines();
                }),
                None,
            ),
            ("another address", changed(|new| new.author = "bob@example.org".to_owned()), Some(Likeness::Readdressed)),
            (
                "another address, rebased",
                changed(|new| {
                    new.author = "bob@example.org".to_owned();
                    new.tree = "2".repeat(40);
                }),
                Some(Likeness::Readdressed),
            ),
            (
                "another author and other words",
                changed(|new| {
                    new.author = "bob@example.org".to_owned();
                    new.message = "Mine".to_owned();
                }),
                None,
            ),
            (
                "another author and other lines",
                changed(|new| {
                    new.author = "bob@example.org".to_owned();
                    new.tree = "2".repeat(40);
                    new.patch = other_lines();
                }),
                None,
            ),
            (
                "another time and message, nobody looked at the lines",
                changed(|new| {
                    later(new);
                    new.patch = None;
                }),
                None,
            ),
        ];
        for (case, new, expected) in cases {
            assert_eq!(likeness(&new, &work()), expected, "{case}");
        }
        let marked = changed(|new| new.change_ids = vec!["kxyz".to_owned()]);
        let squashed = changed(|new| {
            later(new);
            new.change_ids = vec!["kxyz".to_owned()];
            new.patch = other_lines();
        });
        assert_eq!(likeness(&squashed, &marked), Some(Likeness::Change));
    }

    #[test]
    fn a_commit_has_what_another_said_whatever_the_name_of_the_file_is() {
        let more = [LINES, &["more = by_hand()"]].concat();
        for (name, new, has_texts, has_most) in [
            ("the same", patch("cart.py", LINES), true, true),
            ("renamed, and more", patch("shop.py", &more), true, false),
            ("a line less", patch("cart.py", &LINES[1..]), false, true),
            ("renamed, a line less", patch("shop.py", &LINES[1..]), false, false),
        ] {
            let old = patch("cart.py", LINES);
            assert_eq!((new.has_texts_of(&old), new.has_most_of(&old)), (has_texts, has_most), "{name}");
        }
        let little = patch("VERSION", &["version = 1.2.4"]);
        assert!(!patch("OTHER", &["version = 1.2.4"]).has_texts_of(&little), "what says little says nothing");
    }

    #[test]
    fn a_commit_that_changes_nothing_is_like_no_other_by_its_tree() {
        let empty = |message: &str| {
            changed(|work| {
                work.patch = Some(Patch::default());
                work.message = message.to_owned();
            })
        };
        assert_eq!(likeness(&empty("a"), &empty("b")), None);
        assert_eq!(likeness(&empty("a"), &empty("a")), Some(Likeness::Message));
    }

    #[test]
    fn the_likest_counts_and_those_that_are_like_it() {
        let (whole, reworded) = (work(), changed(|work| work.message = "x".to_owned()));
        assert_eq!(likest(&work(), &[&reworded, &whole]), [1]);
        assert_eq!(likest(&work(), &[&whole, &whole]), [0, 1]);
        let of_another = changed(|work| {
            later(work);
            work.author = "bob".to_owned();
        });
        assert_eq!(likest(&of_another, &[&whole]), Vec::<usize>::new());
    }
}
