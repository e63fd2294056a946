//! Names that files use and only later commits define, as when another has not committed a half of the work yet.

use std::collections::HashMap;

use git2::{ObjectType, Oid, Repository, Tree, TreeWalkMode, TreeWalkResult};
use memchr::memmem;

use crate::export::halves::{defined, is_code};

/// Where the names of several words are defined in a tree, as far as its files are not long.
#[derive(Debug, Default)]
pub(super) struct DefinedNames {
    paths: Vec<String>,
    places: HashMap<String, Vec<u32>>,
}

/// A longer file was made by a program.
const LONGEST: usize = 256 * 1024;

impl DefinedNames {
    pub(super) fn of(repository: &Repository, tree: &Tree<'_>) -> Self {
        let mut all = Self::default();
        each_file(tree, |path, id| {
            let Some(text) = blob(repository, id) else { return true };
            let Ok(place) = u32::try_from(all.paths.len()) else { return false };
            for line in String::from_utf8_lossy(&text).lines() {
                for name in defined(line) {
                    let places = all.places.entry(name.to_owned()).or_default();
                    if places.last() != Some(&place) {
                        places.push(place);
                    }
                }
            }
            all.paths.push(path.to_owned());
            true
        });
        all
    }

    /// Whether a file beside these defines a name.
    pub(super) fn may_be_later(&self, name: &str, paths: &[&str]) -> bool {
        self.others(name, paths).next().is_some()
    }

    fn others<'a>(&'a self, name: &str, paths: &'a [&str]) -> impl Iterator<Item = &'a str> {
        let places = self.places.get(name).into_iter().flatten();
        places
            .filter_map(|place| self.paths.get(*place as usize))
            .map(String::as_str)
            .filter(|path| !paths.contains(path))
    }

    /// Whether no file of a tree has a name, beside these.
    pub(super) fn is_later(&self, repository: &Repository, tree: &Tree<'_>, name: &str, paths: &[&str]) -> bool {
        // Mostly it is where it is now.
        let has_it = |path: &str| text(repository, tree, path).is_some_and(|text| holds(&text, name));
        if self.others(name, paths).any(has_it) {
            return false;
        }
        let mut is_later = true;
        each_file(tree, |path, id| {
            let is_other = !paths.contains(&path);
            is_later = !(is_other && blob(repository, id).is_some_and(|text| holds(&text, name)));
            is_later
        });
        is_later
    }
}

/// A file of a tree.
pub(super) fn text(repository: &Repository, tree: &Tree<'_>, path: &str) -> Option<Vec<u8>> {
    blob(repository, tree.get_path(path.as_ref()).ok()?.id())
}

pub(super) fn holds(text: &[u8], name: &str) -> bool {
    memmem::find(text, name.as_bytes()).is_some()
}

fn blob(repository: &Repository, id: Oid) -> Option<Vec<u8>> {
    let blob = repository.find_blob(id).ok()?;
    (blob.size() <= LONGEST && !blob.is_binary()).then(|| blob.content().to_vec())
}

/// Calls `each` for the files of code of a tree, until it says no.
fn each_file(tree: &Tree<'_>, mut each: impl FnMut(&str, Oid) -> bool) {
    // What cannot be read ends it.
    let _ = tree.walk(TreeWalkMode::PreOrder, |folder, entry| {
        let path = entry.name().map(|name| format!("{folder}{name}")).unwrap_or_default();
        let is_wanted = entry.kind() == Some(ObjectType::Blob) && is_code(&path);
        if is_wanted && !each(&path, entry.id()) { TreeWalkResult::Abort } else { TreeWalkResult::Ok }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::stage::Trial;

    #[test]
    fn a_name_is_later_where_the_last_commit_defines_it_and_this_one_has_it_nowhere() {
        let trial = Trial::new();
        let used = trial.commit("Show the plan", "cart.ts", "show(item.planData, item.itemCount, item.scrollTop)\n");
        let moved = trial.commit("Count", "old.ts", "itemCount: number;\n");
        trial.commit("Move it", "old.ts", "\n");
        trial.commit("Count there", "new.ts", "itemCount: number;\n");
        let last = trial.commit("Define the plan", "types.ts", "planData: string;\n");
        let repository = &trial.repository;
        let tree = |id: Oid| repository.find_commit(id).unwrap().tree().unwrap();
        let names = DefinedNames::of(repository, &tree(last));
        let own = ["cart.ts"];
        let told = |commit: Oid, name: &str| {
            names.may_be_later(name, &own) && names.is_later(repository, &tree(commit), name, &own)
        };
        assert!(told(used, "planData"));
        assert!(!told(last, "planData"), "it is there");
        assert!(told(used, "itemCount") && !told(moved, "itemCount"), "it was in another file");
        assert!(!told(used, "scrollTop"), "nobody here ever defines what a library has");
        assert!(!names.may_be_later("planData", &["cart.ts", "types.ts"]), "the patch may define it itself");
    }
}
