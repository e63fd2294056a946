//! What a session saw of the changes in its work tree: where `git diff` printed all that a commit then held, a check that ran between the
//! two ran on what was committed, whoever wrote it.

use std::collections::BTreeMap;

use crate::checks::classify::{base_name, program_of};
use crate::checks::colours::without_colours;
use crate::checks::shell;
use crate::checks::tested::is_document;
use crate::record::commit::{Commit, FileChange};
use crate::record::session::{Action, Outcome, ToolCall};

/// Whether a call printed the changes of the work tree, and those of the commit's files are what the commit holds: line by line, or by
/// their numbers (`git diff --stat`).
pub(super) fn shows(call: &ToolCall, commit: &Commit) -> bool {
    let (Action::Shell { command, .. }, Outcome::Succeeded { output, .. }) = (&call.action, &call.outcome) else {
        return false;
    };
    if !is_of_the_work_tree(command.expose()) {
        return false;
    }
    let output = without_colours(output.expose());
    let mut files = commit.files.iter().filter(|file| !is_document(&file.path)).peekable();
    if files.peek().is_none() {
        return false;
    }
    let sections = sections(&output);
    let is_shown = |file: &FileChange| match sections.get(file.path.as_str()) {
        Some(lines) => lines.are_of(file),
        None => counted(&output, &file.path) == Some(count(file)),
    };
    files.all(|file| !file.hunks.is_empty() && is_shown(file))
}

/// Whether a command is `git diff` of what is not committed: of no other commits than HEAD.
fn is_of_the_work_tree(command: &str) -> bool {
    let is_diff = |step: &shell::ShellCommand| {
        let words = program_of(&step.words);
        let Some(place) = words.iter().position(|word| word == "diff") else { return false };
        let is_git = words.first().is_some_and(|first| base_name(first) == "git");
        let is_plain = |word: &String| {
            word.starts_with('-') || word == "HEAD" || (!word.contains("..") && word.contains(['/', '.']))
        };
        is_git && words[place + 1..].iter().all(is_plain)
    };
    shell::steps(command).iter().any(is_diff)
}

/// The lines of one file in a patch.
#[derive(Default)]
struct ShownLines<'a> {
    added: Vec<&'a str>,
    removed: Vec<&'a str>,
}

impl ShownLines<'_> {
    fn are_of(&self, file: &FileChange) -> bool {
        let added = file.hunks.iter().flat_map(|hunk| &hunk.added).map(|line| line.expose());
        let removed = file.hunks.iter().flat_map(|hunk| &hunk.removed).map(|line| line.expose());
        self.added.iter().copied().eq(added) && self.removed.iter().copied().eq(removed)
    }
}

/// The files of a patch, each with its lines.
fn sections(output: &str) -> BTreeMap<&str, ShownLines<'_>> {
    let mut found: BTreeMap<&str, ShownLines> = BTreeMap::new();
    let mut file = None;
    let mut is_hunk = false;
    for line in output.lines() {
        if let Some(names) = line.strip_prefix("diff --git ") {
            file = names.rsplit_once(" b/").map(|(_, name)| name);
            is_hunk = false;
        } else if line.starts_with("@@ ") {
            is_hunk = true;
        } else if let Some(name) = file.filter(|_| is_hunk) {
            let lines = found.entry(name).or_default();
            match line.split_at_checked(1) {
                Some(("+", text)) => lines.added.push(text),
                Some(("-", text)) => lines.removed.push(text),
                Some((" " | "\\", _)) | None => {}
                Some(_) => is_hunk = false,
            }
        }
    }
    found
}

/// The lines that a file changes by `git diff --stat`: ` src/price.py | 12 +++---`. A long name is cut at its beginning.
fn counted(output: &str, path: &str) -> Option<usize> {
    let is_its = |name: &str| name == path || name.strip_prefix("...").is_some_and(|end| path.ends_with(end));
    output.lines().find_map(|line| {
        let (name, rest) = line.split_once(" | ")?;
        let (number, bars) = rest.trim_start().split_once(' ')?;
        let is_bars = bars.chars().all(|c| matches!(c, '+' | '-'));
        number.parse().ok().filter(|_| is_bars && is_its(name.trim()))
    })
}

fn count(file: &FileChange) -> usize {
    file.hunks.iter().map(|hunk| hunk.added.len() + hunk.removed.len()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_that_show_the_work_tree_are_told_from_those_between_commits() {
        for (command, expected) in [
            ("git diff", true),
            ("cd shop && git diff --stat", true),
            ("git -C /w/shop diff src/price.py src/cart.py", true),
            ("git diff --cached HEAD -- src", false),
            ("git diff HEAD", true),
            ("git diff main...HEAD", false),
            ("git diff HEAD~1", false),
            ("git diff main", false),
            ("git show", false),
            ("diff a.py b.py", false),
        ] {
            assert_eq!(is_of_the_work_tree(command), expected, "{command}");
        }
    }

    #[test]
    fn lines_of_a_patch_and_numbers_of_a_list_are_read() {
        let patch = "M src/a.py\ndiff --git a/src/a.py b/src/a.py\nindex 1..2 100644\n--- a/src/a.py\n+++ b/src/a.py\n@@ -1,2 +1,2 @@ def a\n keep\n-old\n+new\n\ndone\n+x";
        let found = sections(patch);
        assert_eq!((&found["src/a.py"].added[..], &found["src/a.py"].removed[..]), (&["new"][..], &["old"][..]));
        let list = " src/a.py   |  2 +-\n .../deep/b.py | 31 +++++---\n c.bin | Bin 0 -> 3 bytes\n 3 files changed";
        for (path, expected) in
            [("src/a.py", Some(2)), ("src/very/deep/b.py", Some(31)), ("a.py", None), ("c.bin", None)]
        {
            assert_eq!(counted(list, path), expected, "{path}");
        }
    }
}
