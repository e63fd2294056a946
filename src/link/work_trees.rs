//! The work trees that a session edited a commit's files in, and commands that ran elsewhere.

use std::borrow::Cow;
use std::cell::LazyCell;
use std::collections::{BTreeSet, HashSet};

use super::excerpt::removed_lines;
use super::library::written_lines;
use super::paths;
use crate::checks::shell_walk::walk;
use crate::record::commit::{Commit, FileChange};
use crate::record::place::plain;
use crate::record::session::{Action, Edit, Outcome, Session, ToolCall};
use crate::record::text::Raw;
use crate::text::telling::is_telling;

/// The work trees that the touched files of the commit are in, with a `/` at the end. Another repository has a `Cargo.toml` as well:
/// where the session made changes of the commit in one, of the others only its clones and work trees count, by their name.
pub(super) fn work_trees(session: &Session, commit: &Commit, touches: &[(usize, usize, usize)]) -> BTreeSet<String> {
    let lines: Vec<_> = commit.files.iter().map(|file| LazyCell::new(move || changed_lines(file))).collect();
    let (mut all, mut own): (BTreeSet<String>, BTreeSet<String>) = Default::default();
    for touch in touches {
        let Some((edit, tree)) = tree_of(session, commit, touch) else { continue };
        if !own.contains(&tree) {
            let made = written_lines(&edit.change).into_iter().chain(removed_lines(&edit.change));
            let is_of_it = made.filter(|line| is_telling(line)).any(|line| lines[touch.2].contains(line.trim()));
            own.extend(is_of_it.then(|| tree.clone()));
        }
        all.insert(tree);
    }
    if !own.is_empty() {
        let names: BTreeSet<String> = own.iter().map(|tree| name(tree).to_owned()).collect();
        all.retain(|tree| names.contains(name(tree)));
    }
    all
}

/// Whether a touch is of a file in one of the trees, or may be.
pub(super) fn is_in_one(
    session: &Session,
    commit: &Commit,
    touch: &(usize, usize, usize),
    trees: &BTreeSet<String>,
) -> bool {
    tree_of(session, commit, touch).is_none_or(|(_, tree)| trees.contains(&tree))
}

fn tree_of<'a>(
    session: &'a Session,
    commit: &Commit,
    (turn, call, file): &(usize, usize, usize),
) -> Option<(&'a Edit, String)> {
    let edits = session.turns[*turn].calls[*call].edits();
    let path = commit.files[*file].path.as_str();
    edits.iter().find_map(|edit| {
        let tree = paths::normalise(&edit.path).strip_suffix(path).map(str::to_owned);
        tree.filter(|tree| tree.ends_with('/')).map(|tree| (edit, tree))
    })
}

fn changed_lines(file: &FileChange) -> HashSet<&str> {
    file.hunks.iter().flat_map(|hunk| hunk.added.iter().chain(&hunk.removed)).map(|line| line.expose().trim()).collect()
}

/// The name of the folder that a tree is.
fn name(tree: &str) -> &str {
    paths::name(tree.trim_end_matches('/'))
}

/// Whether a command ran in another repository than that of these work trees: in no folder of one, nor above one, nor in another clone
/// or work tree of the same name, and it does not go to one. Where it says by itself where its checks run, that counts.
pub(super) fn ran_elsewhere(call: &ToolCall, trees: &BTreeSet<String>) -> bool {
    let Action::Shell { command, cwd } = &call.action else { return false };
    let command = command.expose();
    let names_one = || trees.iter().any(|tree| command.contains(tree.trim_end_matches('/')));
    if trees.is_empty() || names_one() {
        return false;
    }
    let cwd = cwd.as_deref().map(paths::normalise);
    let goes = command.contains("cd ") || command.contains("-C") || command.contains('/');
    let checks = walk(if goes { command } else { "" }, cwd.as_deref().unwrap_or_default()).into_iter();
    let places: Vec<Option<String>> = checks.filter(|run| run.is_check).map(|run| run.at).collect();
    let is_other = |folder: &Option<String>| {
        folder.as_ref().is_some_and(|folder| is_outside(&at_home(folder, cwd.as_deref(), trees), trees))
    };
    if places.is_empty() {
        return is_other(&cwd) || finds_elsewhere(call, trees);
    }
    places.iter().all(is_other) || finds_elsewhere(call, trees)
}

/// A folder that begins at `~`, with the home of the trees or of the working folder in its place, where there is one.
fn at_home<'a>(folder: &'a str, cwd: Option<&str>, trees: &BTreeSet<String>) -> Cow<'a, str> {
    let Some(below) = folder.strip_prefix("~/") else { return folder.into() };
    let homes: BTreeSet<String> = trees.iter().map(String::as_str).chain(cwd).filter_map(home).collect();
    match homes.first() {
        Some(home) if homes.len() == 1 => (home.clone() + below).into(),
        _ => folder.into(),
    }
}

/// Whether an absolute folder is in no tree, nor above one, nor in one of the same name.
fn is_outside(folder: &str, trees: &BTreeSet<String>) -> bool {
    let folder = format!("{}/", plain(folder).trim_end_matches('/'));
    let is_its = |tree: &String| {
        folder.starts_with(tree.as_str())
            || tree.starts_with(&folder)
            || folder.split('/').any(|part| part == name(tree))
    };
    folder.starts_with('/') && !trees.iter().any(is_its)
}

/// Whether what failed names places in files, and all of them in other folders of the same home that are not hidden: libraries and
/// toolchains lie elsewhere.
fn finds_elsewhere(call: &ToolCall, trees: &BTreeSet<String>) -> bool {
    let Outcome::Failed { output, .. } = &call.outcome else { return false };
    let homes: BTreeSet<String> = trees.iter().filter_map(|tree| home(tree)).collect();
    let is_end = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | '"' | '\'' | '`' | ',');
    let words = output.expose().lines().flat_map(|line| line.split(is_end));
    let places = words.filter_map(|word| {
        let (file, behind) = word.split_once(':')?;
        let is_place = file.starts_with('/') && behind.starts_with(|c: char| c.is_ascii_digit());
        let is_of_home = || home(file).is_some_and(|home| homes.contains(&home)) && !file.contains("/.");
        (is_place && is_of_home()).then_some(file)
    });
    let mut places = places.peekable();
    places.peek().is_some() && places.all(|file| is_outside(file, trees)) && !names_a_relative_place(output)
}

/// Whether a word is a place in a file of the folder that the command ran in: `src/cart.rs:3`.
fn names_a_relative_place(output: &Raw) -> bool {
    output.expose().split_whitespace().any(|word| {
        let Some((file, behind)) = word.split_once(':') else { return false };
        file.contains('/') && !file.starts_with('/') && behind.starts_with(|c: char| c.is_ascii_digit())
    })
}

/// `/home/a/` of a path in it.
fn home(path: &str) -> Option<String> {
    let mut parts = path.strip_prefix('/')?.split('/');
    let (root, user) = (parts.next()?, parts.next()?);
    matches!(root, "home" | "Users").then(|| format!("/{root}/{user}/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(command: &str, cwd: Option<&str>, output: Option<&str>) -> ToolCall {
        let outcome = match output {
            Some(output) => Outcome::Failed {
                kind: crate::record::session::FailureKind::Command,
                exit_code: Some(1),
                output: Raw::new(output),
            },
            None => Outcome::Succeeded { output: Raw::default(), commit: None },
        };
        ToolCall {
            id: "1".into(),
            at: None,
            ended_at: None,
            tool: "exec".into(),
            action: Action::Shell { command: Raw::new(command), cwd: cwd.map(str::to_owned) },
            outcome,
            subagent: false,
            said_before: None,
            written: Vec::new(),
        }
    }

    #[test]
    fn what_ran_in_another_repository_is_known_by_where_it_went_and_by_what_it_found() {
        let trees = BTreeSet::from(["/home/kim/shop/".to_owned()]);
        let (shop, tax) = (Some("/home/kim/shop"), Some("/home/kim/tax"));
        for (name, command, cwd, output, expected) in [
            ("here", "cargo test", shop, None, false),
            ("below", "cargo test", Some("/home/kim/shop/core"), None, false),
            ("above", "cargo test", Some("/home/kim"), None, false),
            ("in a clone", "cargo test", Some("/tmp/x/shop"), None, false),
            ("in another", "cargo test", tax, None, true),
            ("goes to another", "cd /home/kim/tax && cargo test", shop, None, true),
            ("goes to another of its home", "cd ~/tax && git ls-files; cargo test", shop, None, true),
            ("goes to its own place in the home", "cd ~/shop && cargo test", tax, None, false),
            ("goes to its neighbour", "cd ../tax && cargo test", shop, None, true),
            ("goes below", "cd core && cargo test", shop, None, false),
            ("goes back", "cd /home/kim/tax && git pull && cd - && cargo test", shop, None, false),
            ("goes here from another", "cd /home/kim/shop && cargo test", tax, None, false),
            ("makes a list elsewhere, tests here", "(cd ../tax && git log) && cargo test", shop, None, false),
            ("finds there", "cargo fmt --check", shop, Some("Diff in /home/kim/tax/src/lib.rs:3:"), true),
            ("finds here", "cargo fmt --check", shop, Some("Diff in /home/kim/shop/src/lib.rs:3:"), false),
            (
                "finds here and there",
                "cargo test",
                shop,
                Some("/home/kim/tax/src/lib.rs:3: a\nsrc/cart.rs:4:1: b"),
                false,
            ),
            ("finds in a library", "cargo test", shop, Some("/home/kim/.cargo/registry/x/lib.rs:3:1"), false),
            ("finds in a container", "docker run x cargo test", shop, Some("/app/src/lib.rs:3:1"), false),
        ] {
            assert_eq!(ran_elsewhere(&call(command, cwd, output), &trees), expected, "{name}");
        }
        assert!(!ran_elsewhere(&call("cargo test", tax, None), &BTreeSet::new()));
    }
}
