//! Turns of a session that are about something else than a commit, by what they edited.

use std::collections::BTreeSet;

use super::paths;
use super::turn_needs::edits_something;
use super::work_trees::work_trees;
use crate::record::commit::Commit;
use crate::record::session::{Action, Outcome, Session, ToolCall, Turn};

/// Turns that are about another repository than those that wrote the commit: they were begun in another one, or edited files
/// of another one and none here.
pub(super) fn foreign_turns(session: &Session, writing: &BTreeSet<usize>) -> BTreeSet<usize> {
    // Who writes here from another repository, by whole paths, says there what is wanted here.
    let writes_from_away = writing.iter().any(|turn| session.turns[*turn].away);
    let edits_elsewhere = |call: &ToolCall| matches!(call.action, Action::Elsewhere { edits: true });
    let is_foreign = |turn: &usize| {
        let turn = &session.turns[*turn];
        (turn.away && !writes_from_away) || (turn.calls.iter().any(edits_elsewhere) && !edits_something(turn))
    };
    (0..session.turns.len()).filter(|turn| !writing.contains(turn) && is_foreign(turn)).collect()
}

/// Turns that edited files of a project, and none of the commit's.
pub(super) fn other_work(session: &Session, commit: &Commit, touches: &[(usize, usize, usize)]) -> BTreeSet<usize> {
    let trees = work_trees(session, commit, touches);
    let touching: BTreeSet<usize> = touches.iter().map(|touch| touch.0).collect();
    let is_elsewhere = |call: &ToolCall| matches!(call.action, Action::Elsewhere { edits: true });
    let edits_one = |turn: &usize| {
        let turn = &session.turns[*turn];
        edited_paths(turn).any(|path| !is_aside(&path, &trees, &session.cwds)) || turn.calls.iter().any(is_elsewhere)
    };
    (0..session.turns.len()).filter(|turn| !touching.contains(turn) && edits_one(turn)).collect()
}

/// The paths of the files that a turn edited.
pub(super) fn edited_paths(turn: &Turn) -> impl Iterator<Item = String> {
    let made = turn.calls.iter().filter(|call| matches!(call.outcome, Outcome::Succeeded { .. }));
    let edits = made.filter_map(|call| if let Action::Edit(edits) = &call.action { Some(edits) } else { None });
    edits.flatten().map(|edit| paths::normalise(&edit.path))
}

/// Whether the file is none of a project: the plans, memories and settings that agents keep in hidden folders, and what
/// lies in the folder for temporary files, unless the session works there, in one of `folders`. Writing it is not other work.
fn is_aside(path: &str, trees: &BTreeSet<String>, folders: &[String]) -> bool {
    let is_absolute = path.starts_with('/') || path.get(1..3) == Some(":/");
    let is_scratch = path.contains("/scratchpad/");
    let is_below = |folder: &String| {
        let folder = paths::normalise(folder);
        path.strip_prefix(folder.trim_end_matches('/')).is_some_and(|rest| !folder.is_empty() && rest.starts_with('/'))
    };
    let is_temporary = paths::is_temporary(path) && !folders.iter().any(is_below);
    let is_hidden = path.contains("/.") || is_temporary;
    let is_outside = !trees.iter().any(|tree| path.starts_with(tree.as_str()));
    is_absolute && is_outside && (is_scratch || is_temporary || (is_hidden && !trees.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_agents_keep_for_themselves_and_temporary_files_are_of_no_project() {
        let shop = BTreeSet::from(["/home/a/shop/".to_owned()]);
        let none = BTreeSet::new();
        for (path, trees, folder, expected) in [
            ("/tmp/sign.svg", &none, "/home/a/shop", true),
            ("/private/tmp/sign.svg", &none, "/home/a/shop", true),
            ("/tmp/shop/price.py", &none, "/tmp/shop", false),
            ("/tmp/shop/price.py", &BTreeSet::from(["/tmp/shop/".to_owned()]), "/tmp/shop", false),
            ("/tmp/shop-notes/a.md", &none, "/tmp/shop", true),
            ("/tmp/other/price.py", &shop, "/tmp/other", false),
            ("/home/a/other/price.py", &none, "/home/a/shop", false),
            ("/home/a/.claude/plans/discounts.md", &shop, "/home/a/shop", true),
            ("/home/a/.claude/plans/discounts.md", &none, "/home/a/shop", false),
            ("/home/a/shop/price.py", &shop, "/home/a/shop", false),
            ("price.py", &shop, "/home/a/shop", false),
        ] {
            assert_eq!(is_aside(path, trees, &[folder.to_owned()]), expected, "{path} beside {trees:?}");
        }
    }
}
