//! Where the submodules of a repository lie, also those whose folder is empty or gone: nobody initialised them, or they
//! were taken away, and only git still knows that what was done there belongs to another repository.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::record::place::plain;

/// The mode of a submodule in trees and in the index.
const GITLINK: u32 = 0o160_000;
/// The same as the bytes of an entry of the index (gitformat-index(5)).
const GITLINK_IN_INDEX: [u8; 4] = [0, 0, 0xe0, 0];
/// Folders of submodules are looked through to this depth, and so many of them: their names hold slashes, and they nest.
const DEPTH: usize = 8;
const MOST: usize = 4096;

/// The folders of submodules below the root of a work tree, relative to it. Opens the repository only where it has some.
pub(super) fn folders(git_dir: &Path, common: &Path, root: &Path) -> Vec<PathBuf> {
    let is_in_index =
        fs::read(git_dir.join("index")).is_ok_and(|bytes| memchr::memmem::find(&bytes, &GITLINK_IN_INDEX).is_some());
    let modules = fs::read_to_string(root.join(".gitmodules"));
    let kept = kept(common);
    if !is_in_index && modules.is_err() && kept.is_empty() {
        return Vec::new();
    }
    let Ok(git) = git2::Repository::open(git_dir) else { return Vec::new() };
    let mut found: BTreeSet<PathBuf> = BTreeSet::new();
    if let Ok(index) = git.index() {
        let links = index.iter().filter(|entry| entry.mode == GITLINK);
        found.extend(links.filter_map(|entry| Some(PathBuf::from(String::from_utf8(entry.path).ok()?))));
    }
    let head = git.head().and_then(|head| head.peel_to_tree()).ok();
    let in_head = |path: &Path| head.as_ref().and_then(|tree| tree.get_path(path).ok());
    let committed = in_head(Path::new(".gitmodules")).and_then(|entry| {
        let blob = git.find_blob(entry.id()).ok()?;
        Some(String::from_utf8_lossy(blob.content()).into_owned())
    });
    let mut named: Vec<PathBuf> = modules.iter().chain(&committed).flat_map(|text| paths(text)).collect();
    named.extend(kept);
    // A name stays behind where the files of a submodule were taken into the repository.
    named.retain(|path| in_head(path).is_none_or(|entry| entry.kind() != Some(git2::ObjectType::Tree)));
    found.extend(named);
    found.into_iter().collect()
}

/// The paths that a file `.gitmodules` names.
fn paths(text: &str) -> impl Iterator<Item = PathBuf> {
    text.lines().filter_map(|line| {
        let (name, value) = line.split_once('=')?;
        let value = plain(value.trim().trim_matches('"'));
        (name.trim() == "path" && !value.is_empty()).then(|| PathBuf::from(value))
    })
}

/// Where the submodules lay whose repositories git keeps (`.git/modules`).
fn kept(common: &Path) -> Vec<PathBuf> {
    let Some(root) = common.parent() else { return Vec::new() };
    let mut found = Vec::new();
    let mut waiting = vec![(common.join("modules"), 0)];
    let mut looked_at = 0;
    while let Some((folder, depth)) = waiting.pop() {
        looked_at += 1;
        let is_repository = folder.join("HEAD").is_file();
        if is_repository && let Ok(settings) = fs::read_to_string(folder.join("config")) {
            let named = work_tree(&settings, &folder).and_then(|tree| Some(tree.strip_prefix(root).ok()?.to_owned()));
            // Without its work tree, which `git submodule deinit` takes out, its name is the path that it was added at.
            found.extend(named.or_else(|| Some(folder.strip_prefix(common.join("modules")).ok()?.to_owned())));
        }
        let below = if is_repository { folder.join("modules") } else { folder };
        if depth < DEPTH && looked_at < MOST {
            let entries = fs::read_dir(&below).into_iter().flatten().flatten();
            let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
            waiting.extend(folders.map(|entry| (entry.path(), depth + 1)));
        }
    }
    found.retain(|path| !path.as_os_str().is_empty());
    found
}

/// The work tree that the settings of a repository name, `worktree = ../../../libs/part`.
fn work_tree(settings: &str, folder: &Path) -> Option<PathBuf> {
    let line = settings.lines().find_map(|line| {
        let (name, value) = line.split_once('=')?;
        (name.trim() == "worktree").then(|| value.trim().trim_matches('"').to_owned())
    })?;
    Some(PathBuf::from(plain(&folder.join(line).to_string_lossy())))
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;
    use super::*;

    fn found(fixture: &Fixture) -> Vec<String> {
        let root = fs::canonicalize(fixture.root()).unwrap();
        let git = root.join(".git");
        folders(&git, &git, &root).iter().map(|path| path.to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn a_submodule_is_known_whatever_became_of_its_folder() {
        let fixture = Fixture::new();
        fixture.write("src/a", "1\n");
        fixture.commit("a");
        assert_eq!(found(&fixture), Vec::<String>::new());
        fixture.git(&["init", "-q", "../part"]);
        let name = ["-c", "user.name=Test", "-c", "user.email=test@example.invalid"];
        fixture.git(&[&["-C", "../part"], &name[..], &["commit", "-q", "--allow-empty", "-m", "part"]].concat());
        fixture.git(&["-c", "protocol.file.allow=always", "submodule", "add", "-q", "../part", "libs/part"]);
        assert_eq!(found(&fixture), ["libs/part"], "added");
        fixture.git(&["commit", "-q", "-m", "submodule"]);
        fixture.git(&["submodule", "deinit", "-q", "-f", "libs/part"]);
        assert_eq!(found(&fixture), ["libs/part"], "not initialised");
        fixture.git(&["rm", "-q", "libs/part"]);
        assert_eq!(found(&fixture), ["libs/part"], "taken out, not committed");
        fixture.git(&["commit", "-q", "-m", "gone"]);
        assert_eq!(found(&fixture), ["libs/part"], "taken out");
        fixture.write("libs/part/a", "1\n");
        fixture.git(&["add", "-A"]);
        fixture.git(&["commit", "-q", "-m", "ours"]);
        assert_eq!(found(&fixture), Vec::<String>::new(), "taken into the repository");
    }

    #[test]
    fn a_link_that_no_file_names_counts_as_well() {
        let fixture = Fixture::new();
        fixture.write("src/a", "1\n");
        fixture.commit("a");
        fixture.git(&[
            "update-index",
            "--add",
            "--cacheinfo",
            "160000,1111111111111111111111111111111111111111,deep/x",
        ]);
        assert_eq!(found(&fixture), ["deep/x"]);
    }

    #[test]
    fn paths_are_read_as_git_writes_them() {
        let text = "[submodule \"a\"]\n\tpath = libs/a\n\turl = ../path = x\n[submodule \"b\"]\n path=\"./b c/\"\n";
        assert_eq!(paths(text).collect::<Vec<_>>(), [PathBuf::from("libs/a"), PathBuf::from("b c")]);
    }
}
