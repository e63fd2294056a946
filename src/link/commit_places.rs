//! The paths of a commit's files, as edits of its sessions name them.

use super::paths;
use crate::link::steps::{WindowCall, describe_with};
use crate::record::commit::{Commit, FileChange, FileChangeKind};
use crate::record::session::{Action, Edit, Outcome, ToolCall};
use crate::record::text::Raw;

/// The files of a commit, and the folders that its work trees are in.
pub(super) struct Places<'c> {
    pub(super) files: Vec<&'c str>,
    /// Those that the commit adds.
    added: Vec<&'c str>,
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
        Self { files, added, roots }
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

    /// Whether an edited file is in a folder for what is tried out, and no work tree of the commit is there.
    pub(super) fn is_scratch(&self, edited: &str) -> bool {
        let path = paths::normalise(edited);
        ["/tmp/", "/private/tmp/", "/var/folders/"].iter().any(|folder| path.starts_with(folder))
            && !self.roots.iter().any(|root| path.starts_with(root.as_str()))
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

fn edits_of(call: &ToolCall) -> &[Edit] {
    if let Action::Edit(edits) = &call.action { edits } else { &[] }
}
