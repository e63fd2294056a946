//! The work trees that a session edited a commit's files in, and commands that ran elsewhere.

use std::collections::BTreeSet;

use super::paths;
use crate::record::commit::Commit;
use crate::record::session::{Action, Session, ToolCall};

/// The work trees that the touched files of the commit are in, with a `/` at the end.
pub(super) fn work_trees(session: &Session, commit: &Commit, touches: &[(usize, usize, usize)]) -> BTreeSet<String> {
    let of_touch = |(turn, call, file): &(usize, usize, usize)| {
        let Action::Edit(edits) = &session.turns[*turn].calls[*call].action else { return None };
        let path = commit.files[*file].path.as_str();
        edits.iter().find_map(|edit| paths::normalise(&edit.path).strip_suffix(path).map(str::to_owned))
    };
    touches.iter().filter_map(of_touch).filter(|tree| tree.ends_with('/')).collect()
}

/// Whether a command ran in another repository than that of these work trees: in no folder of one, nor above one, nor in another clone
/// or work tree of the same name, and it does not go to one.
pub(super) fn ran_elsewhere(call: &ToolCall, trees: &BTreeSet<String>) -> bool {
    let Action::Shell { command, cwd: Some(cwd) } = &call.action else { return false };
    let folder = format!("{}/", paths::normalise(cwd).trim_end_matches('/'));
    let is_its = |tree: &String| {
        let bare = tree.trim_end_matches('/');
        let name = paths::name(bare);
        folder.starts_with(tree.as_str())
            || tree.starts_with(&folder)
            || folder.split('/').any(|part| part == name)
            || command.expose().contains(bare)
    };
    !trees.is_empty() && folder.starts_with('/') && !trees.iter().any(is_its)
}
