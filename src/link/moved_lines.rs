//! Which file of a commit holds what the commit that it was made from added to a file of another path: a rename in between, a
//! part that was moved out. Told by the added lines themselves, so that it is known where the trees have nothing in common.

use std::collections::{HashMap, HashSet};

use super::lines::LineKey;
use super::paths::kind;
use crate::record::commit::{Commit, FileChange};
use crate::text::telling::is_telling;

/// A line that stands in more files than this says nothing of where one came from.
const MOST_FILES: usize = 64;

/// For files of `new` whose path `old` does not change, by their path: the path of the file of `old` that they are, or that
/// they are a part of.
pub(super) fn old_paths<'a>(old: &'a Commit, new: &'a Commit) -> HashMap<&'a str, &'a str> {
    let has = |commit: &Commit, path: &str| commit.files.iter().any(|file| file.path == path);
    let mut files_with: HashMap<LineKey, Vec<usize>> = HashMap::new();
    let keys_of: Vec<Vec<LineKey>> = old.files.iter().map(keys).collect();
    for (place, keys) in keys_of.iter().enumerate() {
        for key in keys.iter().collect::<HashSet<_>>() {
            files_with.entry(*key).or_default().push(place);
        }
    }
    let mut found = HashMap::new();
    for file in new.files.iter().filter(|file| !has(old, &file.path)) {
        let lines = keys(file);
        let mut shared: HashMap<usize, (usize, HashSet<LineKey>)> = HashMap::new();
        for key in &lines {
            for place in files_with.get(key).into_iter().flatten().take(MOST_FILES) {
                let (count, different) = shared.entry(*place).or_default();
                *count += 1;
                different.insert(*key);
            }
        }
        let is_it = |(place, (count, different)): &(&usize, &(usize, HashSet<LineKey>))| {
            let before = &old.files[**place];
            let is_gone = !has(new, &before.path);
            if !says_something(file) {
                // Brackets and short words: all of them, or nothing.
                return is_gone && all(before).eq(all(file));
            }
            2 * *count >= lines.len() || (is_gone && 2 * different.len() >= keys_of[**place].len())
        };
        let likest = shared.iter().filter(is_it).max_by_key(|(place, (count, _))| {
            let path = old.files[**place].path.as_str();
            (*count, kind(path) == kind(&file.path), std::cmp::Reverse(path))
        });
        if let Some((place, _)) = likest {
            found.insert(file.path.as_str(), old.files[*place].path.as_str());
        }
    }
    found
}

/// The added lines that can say where they come from; all of them, where none can.
fn keys(file: &FileChange) -> Vec<LineKey> {
    let is_wanted = |line: &&str| !says_something(file) || is_telling(line);
    all(file).filter(is_wanted).map(LineKey::of).collect()
}

fn says_something(file: &FileChange) -> bool {
    all(file).any(is_telling)
}

fn all(file: &FileChange) -> impl Iterator<Item = &str> {
    file.hunks.iter().flat_map(|hunk| &hunk.added).map(|line| line.expose())
}

#[cfg(test)]
mod tests {
    use super::super::carry::tests::commit_of;
    use super::*;

    #[test]
    fn a_file_under_another_name_is_known_by_the_lines_it_was_given() {
        let text = ["def total(prices):", "    rate = 1.19", "    return sum(prices) * rate"];
        let changed = ["def total(prices):", "    rate = by_hand()", "    return sum(prices) * rate"];
        let other = ["import elsewhere", "elsewhere.run_it_all()"];
        let short = ["{", "  a", "}"];
        type Files<'a> = &'a [(&'a str, &'a [&'a str])];
        type Case<'a> = (&'a str, Files<'a>, Files<'a>, &'a [(&'a str, &'a str)]);
        let cases: [Case; 13] = [
            ("the same name", &[("a.py", &text)], &[("a.py", &text)], &[]),
            ("renamed", &[("a.py", &text)], &[("b.py", &text)], &[("b.py", "a.py")]),
            ("the case alone", &[("a.py", &text)], &[("A.py", &text)], &[("A.py", "a.py")]),
            ("into a folder, of another kind", &[("a.py", &text)], &[("x/b.txt", &text)], &[("x/b.txt", "a.py")]),
            ("and a line changed", &[("a.py", &text)], &[("b.py", &changed)], &[("b.py", "a.py")]),
            (
                "and much added",
                &[("a.py", &text)],
                &[("b.py", &[text, ["x = more()"; 3], ["y = more()"; 3], ["z = most()"; 3]].concat())],
                &[("b.py", "a.py")],
            ),
            ("another file", &[("a.py", &text)], &[("b.py", &other)], &[]),
            ("one line of three", &[("a.py", &text)], &[("b.py", &[text[2], other[0], other[1]])], &[]),
            (
                "two files changed names",
                &[("a.py", &text), ("b.py", &other)],
                &[("c.py", &other), ("d.py", &text)],
                &[("c.py", "b.py"), ("d.py", "a.py")],
            ),
            (
                "a part moved out",
                &[("a.py", &text)],
                &[("a.py", &text[..1]), ("b.py", &text[1..])],
                &[("b.py", "a.py")],
            ),
            (
                "split in two",
                &[("a.py", &text)],
                &[("b.py", &text[..1]), ("c.py", &text[1..])],
                &[("b.py", "a.py"), ("c.py", "a.py")],
            ),
            ("short words, all of them", &[("a.js", &short)], &[("b.js", &short)], &[("b.js", "a.js")]),
            ("short words, one of them", &[("a.js", &short)], &[("b.js", &["}"])], &[]),
        ];
        for (name, old, new, expected) in cases {
            let (old, new) = (commit_of(old), commit_of(new));
            assert_eq!(old_paths(&old, &new), HashMap::from_iter(expected.iter().copied()), "{name}");
        }
    }
}
