//! The paths of a commit's files, as edits of its sessions name them.

use std::collections::HashSet;
use std::ops::Range;

use super::excerpt::removed_lines;
use super::library::written_lines;
use super::paths;
use crate::link::steps::{WindowCall, describe_with};
use crate::record::commit::{Commit, FileChange, FileChangeKind, Hunk};
use crate::record::session::{Action, Change, Edit, Outcome, PatchHunk, ToolCall};
use crate::record::text::Raw;
use crate::text::telling::is_telling;

/// The files of a commit, and the folders that its work trees are in.
pub(super) struct Places<'c> {
    commit: &'c Commit,
    pub(super) files: Vec<&'c str>,
    /// Those that the commit adds.
    added: Vec<&'c str>,
    /// The old and the new path of those that it renames.
    renamed: Vec<(&'c str, &'c str)>,
    /// What files held that edits take away, as far as it is known: the telling lines of each text that was written there, or that the
    /// commit takes away.
    gone: Vec<(String, HashSet<String>)>,
    roots: Vec<String>,
}

impl<'c> Places<'c> {
    pub(super) fn of(steps: &[WindowCall], commit: &'c Commit) -> Self {
        let names = commit.files.iter().flat_map(|file| std::iter::once(&file.path).chain(&file.old_path));
        let files: Vec<&str> = names.map(String::as_str).collect();
        let mut roots: Vec<String> = Vec::new();
        for path in steps.iter().flat_map(|step| edits_of(step.tool_call)).map(|edit| paths::normalise(&edit.path)) {
            let root = files.iter().find_map(|file| path.strip_suffix(file)).filter(|root| root.ends_with('/'));
            if let Some(root) = root.filter(|root| !roots.iter().any(|known| known == root)) {
                roots.push(root.to_owned());
            }
        }
        let is_added = |file: &&FileChange| file.kind == FileChangeKind::Added;
        let added = commit.files.iter().filter(is_added).map(|file| file.path.as_str()).collect();
        let renamed = commit.files.iter().filter_map(|file| Some((file.old_path.as_deref()?, file.path.as_str())));
        let mut places = Self { commit, files, added, renamed: renamed.collect(), gone: Vec::new(), roots };
        places.gone = places.gone_by(steps);
        places
    }

    fn gone_by(&self, steps: &[WindowCall]) -> Vec<(String, HashSet<String>)> {
        let edits = || steps.iter().flat_map(|step| edits_of(step.tool_call));
        let deletes = edits().filter(|edit| matches!(edit.change, Change::Delete));
        let taken: HashSet<String> = deletes.map(|edit| self.path(&edit.path)).collect();
        if taken.is_empty() {
            return Vec::new();
        }
        let writes = edits().filter(|edit| matches!(edit.change, Change::Write { .. }));
        let written =
            writes.map(|edit| (self.path(&edit.path), telling_lines(written_lines(&edit.change).into_iter())));
        let deleted = self.commit.files.iter().filter(|file| file.kind == FileChangeKind::Deleted);
        let held = deleted.map(|file| {
            let lines = file.hunks.iter().flat_map(|hunk| &hunk.removed).map(Raw::expose);
            (file.path.clone(), telling_lines(lines))
        });
        written.chain(held).filter(|(path, _)| taken.contains(path)).collect()
    }

    /// The path of an edited file in the repository; its name alone where it is not known to be in it.
    pub(super) fn path(&self, edited: &str) -> String {
        let path = paths::normalise(edited);
        let whole = |file: &&&str| path.strip_suffix(**file).is_some_and(|root| root.is_empty() || root.ends_with('/'));
        if let Some(file) = self.files.iter().filter(whole).max_by_key(|file| file.len()) {
            return (*file).to_owned();
        }
        let below = self.roots.iter().find_map(|root| path.strip_prefix(root.as_str()));
        let is_relative = !path.starts_with(['/', '~']) && path.get(1..2) != Some(":");
        below.unwrap_or(if is_relative { &path } else { paths::name(&path) }).to_owned()
    }

    /// Whether a step made a file that the commit adds: none before it edited that one.
    pub(super) fn is_made_by(&self, steps: &[WindowCall], step: usize, path: &str) -> bool {
        let is_on_it = |edit: &Edit| self.path(&edit.path) == path;
        let edits_it = |one: &WindowCall| {
            matches!(one.tool_call.outcome, Outcome::Succeeded { .. }) && one.tool_call.edits().iter().any(is_on_it)
        };
        self.added.contains(&path) && !steps[..step].iter().any(edits_it)
    }

    /// The path that an edited file has now, where `edit` moves it, or takes it away and the commit renames it, or one of the edits `beside`
    /// it writes what it held elsewhere.
    pub(super) fn moved_to<'e>(&self, edit: &Edit, mut beside: impl Iterator<Item = &'e Edit>) -> Option<String> {
        let path = self.path(&edit.path);
        match &edit.change {
            Change::Move { to } => Some(self.path(to)),
            Change::Delete => {
                let known = self.renamed.iter().find(|(from, _)| *from == path).map(|(_, to)| (*to).to_owned());
                let writes = |other: &&Edit| matches!(other.change, Change::Write { .. });
                let holds_it = |other: &&Edit| {
                    let lines = telling_lines(written_lines(&other.change).into_iter());
                    self.gone.iter().any(|(gone, held)| *gone == path && is_nearly(held, &lines))
                };
                let mut written = || {
                    beside.find(|other| {
                        writes(other) && may_be_renamed(&path, &self.path(&other.path)) && holds_it(other)
                    })
                };
                known.or_else(|| written().map(|other| self.path(&other.path)))
            }
            _ => None,
        }
    }

    /// The lines of a file of the commit at which an edit wrote something, or took something away; as the commit numbers them, or the patch.
    pub(super) fn lines_of(&self, edit: &Edit) -> Option<Range<i64>> {
        let numbered = |hunk: &PatchHunk| {
            i64::from(hunk.new_start)..i64::from(hunk.new_start) + hunk.lines.expose().lines().count() as i64
        };
        if let Change::Patch { hunks } = &edit.change
            && let [hunk] = &hunks[..]
            && hunk.new_start > 0
        {
            return Some(numbered(hunk));
        }
        let path = self.path(&edit.path);
        let file = self.commit.files.iter().find(|file| file.path == path)?;
        let found = |lines: Vec<&str>, side: fn(&Hunk) -> &Vec<Raw>| {
            let line = lines.iter().map(|line| line.trim()).find(|line| is_telling(line))?;
            let mut places = file.hunks.iter().flat_map(|hunk| {
                let numbered = side(hunk).iter().enumerate();
                numbered
                    .filter(|(_, text)| text.expose().trim() == line)
                    .map(|(at, _)| i64::from(hunk.new_start) + at as i64)
            });
            // Of a line that stands there twice it is not known which it is.
            let place = places.next().filter(|_| places.next().is_none())?;
            Some(place..place + lines.len() as i64)
        };
        found(written_lines(&edit.change), |hunk| &hunk.added)
            .or_else(|| found(removed_lines(&edit.change), |hunk| &hunk.removed))
    }

    /// Whether an edited file is in a folder for what is tried out, and no work tree of the commit is there.
    pub(super) fn is_scratch(&self, edited: &str) -> bool {
        let path = paths::normalise(edited);
        paths::is_temporary(&path) && !self.roots.iter().any(|root| path.starts_with(root.as_str()))
    }

    /// Whether a command works in a folder that it makes, or that is there, to try something out.
    pub(super) fn is_experiment(&self, command: &str) -> bool {
        let is_away = |folder: &str| self.roots.iter().all(|root| !root.starts_with(folder));
        command.contains("mktemp -d") || (command.contains("cd /tmp/") && is_away("/tmp/"))
    }

    /// As [`describe`], with the paths of edited files.
    pub(super) fn describe(&self, call: &ToolCall) -> Raw {
        describe_with(call, &self.files_of(call))
    }

    pub(super) fn files_of(&self, call: &ToolCall) -> Vec<String> {
        let mut files: Vec<String> = edits_of(call).iter().map(|edit| self.path(&edit.path)).collect();
        files.sort();
        files.dedup();
        files
    }
}

fn telling_lines<'t>(lines: impl Iterator<Item = &'t str>) -> HashSet<String> {
    lines.map(str::trim).filter(|line| is_telling(line)).map(str::to_owned).collect()
}

/// Whether most lines of each text are in the other one: four of five.
fn is_nearly(one: &HashSet<String>, other: &HashSet<String>) -> bool {
    let shared = one.intersection(other).count();
    shared > 0 && shared * 5 >= one.len().max(other.len()) * 4
}

/// Whether a file that was taken away may by its name be the one that was written: it is the same in another folder, or has another
/// extension.
fn may_be_renamed(from: &str, to: &str) -> bool {
    let parted = |path: &str| {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        (folder.to_owned(), name.to_owned(), stem.to_owned())
    };
    let ((folder, name, stem), (other_folder, other_name, other_stem)) = (parted(from), parted(to));
    from != to && (name == other_name || (folder == other_folder && stem == other_stem))
}

fn edits_of(call: &ToolCall) -> &[Edit] {
    if let Action::Edit(edits) = &call.action { edits } else { &[] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_name_is_told_from_another_file() {
        for (from, to, expected) in [
            ("src/cart.test.ts", "src/cart.test.tsx", true),
            ("src/cart.ts", "src/shop/cart.ts", true),
            ("src/cart.ts", "lib/cart.js", false),
            ("src/cart.ts", "src/price.ts", false),
            ("src/cart.ts", "src/cart.ts", false),
        ] {
            assert_eq!(may_be_renamed(from, to), expected, "{from} {to}");
        }
    }
}
