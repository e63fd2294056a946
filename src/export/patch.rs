//! The patch of a row, and why there is none.

use crate::record::text::Clean;

/// What one session did in a commit, as `git apply` takes it.
pub struct RowPatch {
    pub text: Clean,
    /// Whether it is the whole commit, or the part of it that is the session's.
    pub is_whole: bool,
    /// Whether hunks of others are left out of one of its files: what they hold, as an import, may be missing.
    pub is_cut: bool,
}

/// Why there is no patch that holds all that a session did in a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoPatch {
    NoLines,
    /// Others had a part in the commit, and who renamed, removed or replaced files or lines in it is not known.
    Mixed,
    /// A binary file, a submodule, or text that is not UTF-8.
    NotText,
    /// The commit cannot be read.
    Unreadable,
}

impl NoPatch {
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::NoLines => "no lines of the agent in the commit",
            Self::Mixed => "who made some changes of the commit is not known",
            Self::NotText => "a patch cannot hold a binary file, a submodule or text that is not UTF-8",
            Self::Unreadable => "the commit cannot be read",
        }
    }
}

/// What a patch does to one file.
pub(super) struct PatchedFile<'a> {
    /// As it is called afterwards, or before where it is deleted. Empty where the name is in quotes.
    pub(super) path: &'a str,
    pub(super) is_deleted: bool,
    /// Lines without their sign.
    pub(super) added: Vec<&'a str>,
    pub(super) removed: Vec<&'a str>,
}

/// What a patch does, a file each. A file that only moves is none.
pub(super) fn changes(patch: &str) -> Vec<PatchedFile<'_>> {
    let mut files: Vec<PatchedFile<'_>> = Vec::new();
    // Lines of the hunk that are still to come, before and after: within one, nothing is a header.
    let (mut before, mut after) = (0, 0);
    let mut old = "";
    for line in patch.lines() {
        match line.chars().next() {
            Some('+') if after > 0 => {
                after -= 1;
                files.last_mut().into_iter().for_each(|file| file.added.push(&line[1..]));
            }
            Some('-') if before > 0 => {
                before -= 1;
                files.last_mut().into_iter().for_each(|file| file.removed.push(&line[1..]));
            }
            Some(' ') if before > 0 && after > 0 => (before, after) = (before - 1, after - 1),
            Some('@') => (before, after) = sizes(line),
            _ => {
                let named = |start: &str| line.strip_prefix(start).map(|path| path.trim_end_matches('\t'));
                if let Some(path) = named("--- ") {
                    old = path.strip_prefix("a/").unwrap_or_default();
                } else if let Some(path) = named("+++ ") {
                    let is_deleted = path == "/dev/null";
                    let path = if is_deleted { old } else { path.strip_prefix("b/").unwrap_or_default() };
                    files.push(PatchedFile { path, is_deleted, added: Vec::new(), removed: Vec::new() });
                }
            }
        }
    }
    files
}

/// Of `@@ -1,2 +3,4 @@`, 2 and 4; a number that is not there is 1.
fn sizes(header: &str) -> (usize, usize) {
    let mut parts = header.split(' ').skip(1).map(|part| match part.split_once(',') {
        Some((_, size)) => size.parse().unwrap_or(0),
        None => 1,
    });
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_each_file_are_told_and_headers_among_them_are_lines() {
        let patch = "--- a/cart.py\n+++ b/cart.py\n@@ -1,2 +1,2 @@\n x\n-- a/y\n+++ b/z\n--- a/gone.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-y\n\
            --- \"a/\\303\\244\"\n+++ \"b/\\303\\244\"\n@@ -0,0 +1 @@\n+q\n--- a/b.py\n+++ b/b.py\n@@ -1 +1 @@\n-1\n+2\n";
        let told = changes(patch);
        let told: Vec<_> = told.iter().map(|one| (one.path, one.is_deleted, &*one.added, &*one.removed)).collect();
        let expected: [(&str, bool, &[&str], &[&str]); 4] = [
            ("cart.py", false, &["++ b/z"], &["- a/y"]),
            ("gone.py", true, &[], &["y"]),
            ("", false, &["q"], &[]),
            ("b.py", false, &["2"], &["1"]),
        ];
        assert_eq!(told, expected);
    }
}
