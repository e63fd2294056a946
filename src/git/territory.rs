//! Which paths of this machine lie in a work tree of one repository: the nearest repository at or above a path decides,
//! links resolved, compared by the folder that all work trees share. Nested clones and submodules are their own.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

use super::repository::Repository;
use super::submodules;
use crate::record::place::{Ground, Location, plain};

/// A folder as transcripts name it, and the folder of this machine that is meant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Alias {
    /// In its plain form.
    pub named: String,
    pub meant: PathBuf,
    /// Whether the person said so; a committed file can only speak of folders that are not on this machine.
    pub is_personal: bool,
}

/// What of a repository decides where a path lies. Can be handed to another thread.
#[derive(Clone, Debug)]
pub(crate) struct Borders {
    git_dir: PathBuf,
    /// Without links.
    common: PathBuf,
    /// The work tree of this run, which need not hold a `.git` of its own (`core.worktree`, `GIT_WORK_TREE`).
    root: Option<PathBuf>,
    aliases: Vec<Alias>,
    /// What `~` means.
    home: Option<String>,
}

impl Borders {
    pub(crate) fn of(repository: &Repository, aliases: Vec<Alias>) -> Self {
        let real = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        Self {
            git_dir: repository.git_dir().to_owned(),
            common: real(repository.common_dir()),
            root: repository.root().map(real),
            aliases,
            home: None,
        }
    }

    /// With the home folder of the person whose sessions are looked at.
    #[must_use]
    pub(crate) fn at_home(self, home: Option<&Path>) -> Self {
        Self { home: home.map(|home| home.to_string_lossy().into_owned()), ..self }
    }
}

/// A part of the disk, seen from one repository. Remembers what it has looked at.
pub(crate) struct Territory {
    borders: Borders,
    folders: RefCell<HashMap<PathBuf, Nearest>>,
    files: RefCell<HashMap<String, Location>>,
    gone_work_trees: OnceCell<Vec<PathBuf>>,
    submodules: OnceCell<Vec<PathBuf>>,
    git: OnceCell<Option<git2::Repository>>,
}

/// The nearest repository of a folder.
#[derive(Clone, Debug)]
enum Nearest {
    /// This one; its work tree begins here.
    Ours(PathBuf),
    Other,
    None,
}

impl Ground for Territory {
    fn folder(&self, path: &str) -> Location {
        self.absolute(path, None).map_or(Location::Nowhere, |path| self.place(&self.meant(&path), true))
    }

    fn file(&self, path: &str, cwd: Option<&str>) -> Location {
        let Some(path) = self.absolute(path, cwd) else { return Location::Nowhere };
        if let Some(known) = self.files.borrow().get(&path) {
            return *known;
        }
        let place = self.place(&self.meant(&path), false);
        self.files.borrow_mut().insert(path, place);
        place
    }
}

impl Territory {
    pub(crate) fn of(borders: Borders) -> Self {
        Self {
            borders,
            folders: RefCell::default(),
            files: RefCell::default(),
            gone_work_trees: OnceCell::new(),
            submodules: OnceCell::new(),
            git: OnceCell::new(),
        }
    }

    /// The folder of this machine that an alias stands for, or the path itself.
    fn meant(&self, path: &str) -> PathBuf {
        if self.borders.aliases.is_empty() {
            return PathBuf::from(path);
        }
        let said = plain(path);
        let below = self.borders.aliases.iter().filter_map(|alias| {
            let rest = said.strip_prefix(alias.named.trim_end_matches('/'))?;
            let rest = rest.strip_prefix('/').or(rest.is_empty().then_some(rest))?;
            Some((alias, alias.meant.join(rest)))
        });
        let longest = below.max_by_key(|(alias, _)| alias.named.len());
        let is_there = |named: &str| [path, &said, named].iter().any(|path| fs::symlink_metadata(path).is_ok());
        match longest {
            Some((alias, meant)) if alias.is_personal || !is_there(&alias.named) => meant,
            _ => PathBuf::from(path),
        }
    }

    /// The path as text, absolute where that can be said; `None` for one that begins nowhere.
    fn absolute(&self, path: &str, cwd: Option<&str>) -> Option<String> {
        let path = absolute(path, cwd)?;
        match path.strip_prefix('~') {
            Some(rest) => Some(format!("{}{rest}", self.borders.home.as_deref()?)),
            None => Some(path),
        }
    }

    fn place(&self, path: &Path, is_folder: bool) -> Location {
        if !path.is_absolute() {
            return Location::Nowhere;
        }
        let Some((base, rest)) = existing(path) else { return Location::Nowhere };
        // A file need not exist any more, or not yet; the folder it is in says enough.
        let is_there = rest.as_os_str().is_empty() || (!is_folder && rest.components().count() == 1);
        match self.nearest(&base) {
            Nearest::Ours(root) if self.is_in_submodule(&root, &base.join(&rest)) => Location::Elsewhere,
            Nearest::Ours(_) if is_there => Location::Here,
            Nearest::Ours(root) if self.knows(&root, &base, &rest) => Location::Here,
            Nearest::Ours(_) => Location::Gone,
            Nearest::Other => Location::Elsewhere,
            Nearest::None if !is_there && self.is_gone_work_tree(&base.join(&rest)) => Location::Here,
            Nearest::None => Location::Nowhere,
        }
    }

    /// The nearest repository at or above a folder without links.
    fn nearest(&self, folder: &Path) -> Nearest {
        if let Some(known) = self.folders.borrow().get(folder) {
            return known.clone();
        }
        let found = match common_dir_at(folder) {
            Some(common) if common == self.borders.common => Nearest::Ours(folder.to_owned()),
            Some(_) => Nearest::Other,
            None if self.borders.root.as_deref() == Some(folder) => Nearest::Ours(folder.to_owned()),
            None => folder.parent().map_or(Nearest::None, |above| self.nearest(above)),
        };
        self.folders.borrow_mut().insert(folder.to_owned(), found.clone());
        found
    }

    /// Whether the repository can tell that the missing folder `rest` below `base` was its own: an agent's or git's work
    /// tree, or a folder of the commit that is checked out.
    fn knows(&self, root: &Path, base: &Path, rest: &Path) -> bool {
        let full = base.join(rest);
        if self.is_gone_work_tree(&full) {
            return true;
        }
        let Ok(below) = full.strip_prefix(root) else { return false };
        let mut parts = below.components().map(|part| part.as_os_str().to_string_lossy());
        let first = parts.next().unwrap_or_default();
        let is_hidden = first.starts_with('.');
        if first == ".worktrees" || (is_hidden && parts.next().is_some_and(|second| second == "worktrees")) {
            return true;
        }
        let (Ok(base), Some(missing)) = (base.strip_prefix(root), rest.components().next()) else { return false };
        self.has_folder(&base.join(missing))
    }

    /// Whether the commit that is checked out, or one of its parents, has this folder.
    fn has_folder(&self, folder: &Path) -> bool {
        let git = self.git.get_or_init(|| git2::Repository::open(&self.borders.git_dir).ok());
        let Some(head) = git.as_ref().and_then(|git| git.head().ok()?.peel_to_commit().ok()) else { return false };
        let has = |commit: &git2::Commit| {
            let entry = commit.tree().ok().and_then(|tree| tree.get_path(folder).ok());
            entry.is_some_and(|entry| entry.kind() == Some(git2::ObjectType::Tree))
        };
        has(&head) || head.parents().any(|parent| has(&parent))
    }

    /// Whether a path lies in a submodule whose folder is empty or gone; one that is there has a `.git` of its own.
    fn is_in_submodule(&self, root: &Path, path: &Path) -> bool {
        let Ok(below) = path.strip_prefix(root) else { return false };
        let Borders { git_dir, common, .. } = &self.borders;
        let submodules = self.submodules.get_or_init(|| submodules::folders(git_dir, common, root));
        submodules.iter().any(|submodule| below.starts_with(submodule))
    }

    /// Whether a path lies in a work tree that git still lists and whose folder is gone.
    fn is_gone_work_tree(&self, path: &Path) -> bool {
        let gone = self.gone_work_trees.get_or_init(|| {
            let listed = fs::read_dir(self.borders.common.join("worktrees")).into_iter().flatten().flatten();
            let root = |entry: fs::DirEntry| {
                let text = fs::read_to_string(entry.path().join("gitdir")).ok()?;
                let git = entry.path().join(text.trim_end());
                (!git.exists()).then(|| git.parent().map(Path::to_owned)).flatten()
            };
            listed.filter_map(root).collect()
        });
        gone.iter().any(|root| path.starts_with(root))
    }
}

/// The path as text, from a root or `~` on where that can be said; `None` for a relative one that begins nowhere.
fn absolute(path: &str, cwd: Option<&str>) -> Option<String> {
    if is_absolute(path) {
        return Some(path.to_owned());
    }
    let cwd = cwd.filter(|cwd| is_absolute(cwd))?;
    let path = path.strip_prefix("./").unwrap_or(path);
    Some(format!("{}/{path}", cwd.trim_end_matches(['/', '\\'])))
}

/// Whether a path begins at a root of any operating system: `/a`, `C:\a`, `\\server\a`.
fn is_absolute(path: &str) -> bool {
    let drive = path.get(1..3).is_some_and(|after| after == ":\\" || after == ":/");
    let is_home = path.strip_prefix('~').is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    path.starts_with('/')
        || is_home
        || path.starts_with("\\\\")
        || (drive && path.starts_with(|c: char| c.is_ascii_alphabetic()))
}

/// The deepest part of a path that exists, without links, and the rest.
fn existing(path: &Path) -> Option<(PathBuf, PathBuf)> {
    let split = |path: &Path| {
        path.ancestors().find_map(|above| {
            let real = fs::canonicalize(above).ok()?;
            Some((real, path.strip_prefix(above).ok()?.to_owned()))
        })
    };
    let (base, rest) = split(path)?;
    if !rest.components().any(|part| part == Component::ParentDir) {
        return Some((base, rest));
    }
    // Of what does not exist, `a/..` is nothing.
    let mut plain = base;
    for part in rest.components() {
        if part == Component::ParentDir {
            plain.pop();
        } else {
            plain.push(part);
        }
    }
    split(&plain)
}

/// The folder that all work trees of the repository share which has its root at `folder`; `None` where none has.
fn common_dir_at(folder: &Path) -> Option<PathBuf> {
    let git = folder.join(".git");
    let git_dir = match fs::metadata(&git) {
        Ok(data) if data.is_dir() => git,
        // A file that names a folder which is gone still makes this a work tree, of whatever it was.
        Ok(data) if data.is_file() => {
            let text = first_line(&git)?;
            let named = text.strip_prefix("gitdir:")?.trim();
            folder.join(named)
        }
        _ if is_bare(folder) => folder.to_owned(),
        _ => return None,
    };
    if !git_dir.join("HEAD").exists() && fs::symlink_metadata(git_dir.join("HEAD")).is_err() {
        // Git passes over a folder `.git` that is not a repository, and stops at a file.
        return (!git_dir.ends_with(".git") || !git_dir.is_dir()).then_some(git_dir);
    }
    let common = first_line(&git_dir.join("commondir")).map_or_else(|| git_dir.clone(), |named| git_dir.join(named));
    Some(fs::canonicalize(&common).unwrap_or(common))
}

fn is_bare(folder: &Path) -> bool {
    folder.join("objects").is_dir() && folder.join("refs").is_dir() && folder.join("HEAD").is_file()
}

/// The first line of a small file.
fn first_line(path: &Path) -> Option<String> {
    let data = fs::metadata(path).ok()?;
    let text = (data.is_file() && data.len() < 64 * 1024).then(|| fs::read_to_string(path).ok()).flatten()?;
    Some(text.lines().next()?.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;
    use super::*;

    fn folder(territory: &Territory, path: &Path) -> Location {
        territory.folder(&path.to_string_lossy())
    }

    #[test]
    fn the_nearest_repository_decides() {
        let fixture = Fixture::new();
        fixture.write("src/a", "1\n");
        fixture.write("old/b", "1\n");
        fixture.commit("a");
        fixture.git(&["init", "-q", "vendor/clone"]);
        fixture.git(&["init", "-q", "../sibling"]);
        fixture.git(&["worktree", "add", "-q", "-b", "side", "../side"]);
        fixture.git(&["worktree", "add", "-q", "-b", "lost", "../lost"]);
        let repository = fixture.open();
        let root = fixture.root();
        let above = root.parent().unwrap().to_owned();
        fs::remove_dir_all(above.join("lost")).unwrap();
        fs::remove_dir_all(root.join("old")).unwrap();
        fs::create_dir_all(root.join("empty/.git")).unwrap();
        fs::create_dir_all(above.join("plain")).unwrap();
        let alias = |named: &str, is_personal| Alias { named: named.to_owned(), meant: root.clone(), is_personal };
        let sibling = above.join("sibling").to_string_lossy().into_owned();
        let aliases = vec![alias("/workspaces/app", false), alias(&sibling, false), alias("/old/clone", true)];
        let territory = Territory::of(Borders::of(&repository, aliases).at_home(Some(&above)));
        for (name, path, expected) in [
            ("the root", root.clone(), Location::Here),
            ("a folder", root.join("src"), Location::Here),
            ("a worktree", above.join("side"), Location::Here),
            ("a worktree that was removed by hand", above.join("lost/src"), Location::Here),
            ("a folder that the commit has and the disk has not", root.join("old"), Location::Here),
            ("an empty folder of the name .git", root.join("empty"), Location::Here),
            ("an agent's worktree that is gone", root.join(".claude/worktrees/x/src"), Location::Here),
            ("a folder that is gone", root.join("vendor/removed-clone"), Location::Gone),
            ("a nested clone", root.join("vendor/clone"), Location::Elsewhere),
            ("a missing folder of a nested clone", root.join("vendor/clone/src/deep"), Location::Elsewhere),
            ("a sibling", above.join("sibling"), Location::Elsewhere),
            ("the folder above", above.clone(), Location::Nowhere),
            ("a folder beside", above.join("plain"), Location::Nowhere),
            ("back again", root.join("src/../vendor/clone"), Location::Elsewhere),
            ("back again through what is gone", root.join("x/../vendor/clone/y"), Location::Elsewhere),
            ("an alias", PathBuf::from("/workspaces/app/src"), Location::Here),
            ("a folder below an alias that is none of ours", PathBuf::from("/workspaces/app/other"), Location::Gone),
            ("an alias, as another system writes it", PathBuf::from("/workspaces\\app\\src"), Location::Here),
            ("an alias, with detours", PathBuf::from("//workspaces/./x/../app//src/"), Location::Here),
            ("an alias of a person", PathBuf::from("/old/clone/src"), Location::Here),
            ("below the home folder", PathBuf::from("~/sibling"), Location::Elsewhere),
            ("below the home folder of somebody", PathBuf::from("~ann/sibling"), Location::Nowhere),
            ("a longer name than the alias", PathBuf::from("/workspaces/app2"), Location::Nowhere),
            ("another system", PathBuf::from("C:\\work\\app"), Location::Nowhere),
        ] {
            assert_eq!(folder(&territory, &path), expected, "{name}: {}", path.display());
        }
        let root = root.to_string_lossy();
        for (name, path, cwd, expected) in [
            ("a new file", format!("{root}/src/new"), None, Location::Here),
            ("a relative one", "src/new".to_owned(), Some(&*root), Location::Here),
            ("a relative one that leaves", "../sibling/x".to_owned(), Some(&*root), Location::Elsewhere),
            ("a relative one that begins nowhere", "src/new".to_owned(), None, Location::Nowhere),
            ("a file in a folder that is gone", format!("{root}/vendor/gone/x"), None, Location::Gone),
        ] {
            assert_eq!(territory.file(&path, cwd), expected, "{name}: {path}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_are_resolved() {
        let fixture = Fixture::new();
        fixture.write("src/a", "1\n");
        fixture.commit("a");
        fixture.git(&["init", "-q", "../sibling"]);
        let above = fixture.root().parent().unwrap().to_owned();
        std::os::unix::fs::symlink(fixture.root(), above.join("link")).unwrap();
        std::os::unix::fs::symlink(above.join("sibling"), fixture.root().join("inside")).unwrap();
        let territory = Territory::of(Borders::of(&fixture.open(), Vec::new()));
        assert_eq!(folder(&territory, &above.join("link/src")), Location::Here);
        assert_eq!(folder(&territory, &fixture.root().join("inside")), Location::Elsewhere);
        let through = above.join("link/inside/new");
        assert_eq!(territory.file(&through.to_string_lossy(), None), Location::Elsewhere);
    }
}
