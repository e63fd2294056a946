//! Where the files of a mapped agent are: folders from the root on, in which `*` and `?` stand for parts of one name, and a
//! pattern for the file's name. Of a repository's own mapping nothing outside of the repository is looked at.

use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::capture::search::folders_in;

/// So many folders between the fixed ones and the file may be patterns.
const MOST_PATTERNS: usize = 4;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FilePattern {
    /// The folders before the first that is a pattern.
    base: PathBuf,
    folders: Vec<String>,
    file: String,
    /// The work tree that it must not lead out of.
    root: Option<PathBuf>,
}

impl FilePattern {
    /// Reads a path from the root of the disk on.
    ///
    /// # Errors
    /// Says in a few words what is wrong with it.
    pub(crate) fn parse(path: &Path, root: Option<&Path>) -> Result<Self, String> {
        let mut names = Vec::new();
        let mut base = PathBuf::new();
        for component in path.components() {
            match component {
                Component::Normal(name) => {
                    names.push(name.to_str().ok_or_else(|| "it is not UTF-8".to_owned())?.to_owned());
                }
                Component::CurDir => {}
                Component::ParentDir => return Err("it goes up by `..`; write the folder that is meant".to_owned()),
                Component::RootDir | Component::Prefix(_) => base.push(component),
            }
        }
        if names.iter().any(|name| name.contains("**")) {
            return Err("`**` is not taken; write `*` for each folder".to_owned());
        }
        let file = names.pop().ok_or_else(|| "it names no file; write a pattern such as *.jsonl".to_owned())?;
        let fixed = names.iter().take_while(|name| !is_pattern(name)).count();
        let folders = names.split_off(fixed);
        if fixed == 0 {
            return Err("its first folder must have a name; a pattern there would look through everything".to_owned());
        }
        if folders.len() > MOST_PATTERNS {
            return Err(format!("at most {MOST_PATTERNS} folders may be between the first pattern and the file"));
        }
        base.extend(names);
        Ok(Self { base, folders, file, root: root.map(Path::to_owned) })
    }

    /// The fixed folder, and how many levels below it the files' folders are.
    pub(super) fn tree(&self) -> (usize, PathBuf) {
        (self.folders.len(), self.base.clone())
    }

    pub(super) fn base(&self) -> &Path {
        &self.base
    }

    /// The folders that are there now.
    pub(super) fn folders(&self) -> Vec<PathBuf> {
        let mut found: Vec<PathBuf> = vec![self.base.clone()];
        for name in &self.folders {
            let below = |folder: &PathBuf| match is_pattern(name) {
                true => folders_in(folder).into_iter().filter(|one| is_like(name_of(one), name)).collect(),
                false => vec![folder.join(name)],
            };
            found = found.iter().flat_map(below).collect();
        }
        found.retain(|folder| folder.is_dir() && self.may_enter(folder));
        found.sort();
        found
    }

    /// Whether files of this folder are meant. Looks at the name alone.
    pub(super) fn has_folder(&self, folder: &Path) -> bool {
        let Ok(below) = folder.strip_prefix(&self.base) else { return false };
        let names: Vec<&str> = below.iter().filter_map(|name| name.to_str()).collect();
        names.len() == self.folders.len() && names.iter().zip(&self.folders).all(|(name, like)| is_like(name, like))
    }

    pub(super) fn has_file(&self, file: &Path) -> bool {
        is_like(name_of(file), &self.file)
    }

    /// Whether all files have one name, so that their folders are what names the sessions.
    pub(super) fn is_named_by_folder(&self) -> bool {
        !is_pattern(&self.file)
    }

    /// The file of this session in a folder, where the pattern says how it is called.
    pub(super) fn named(&self, folder: &Path, id: &str) -> Option<PathBuf> {
        let (before, after) = self.file.split_once('*').filter(|(_, after)| !is_pattern(after))?;
        Some(folder.join(format!("{before}{id}{after}"))).filter(|path| path.is_file())
    }

    /// A repository is somebody else's: no link in it leads elsewhere, not even by a folder's, and git's own folder is not looked into.
    fn may_enter(&self, folder: &Path) -> bool {
        let Some(root) = &self.root else { return true };
        let (Ok(real), Ok(real_root), Ok(below)) =
            (fs::canonicalize(folder), fs::canonicalize(root), folder.strip_prefix(root))
        else {
            return false;
        };
        real == real_root.join(below) && !below.iter().any(|name| name.eq_ignore_ascii_case(".git"))
    }
}

fn name_of(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

fn is_pattern(name: &str) -> bool {
    name.contains(['*', '?'])
}

/// Whether a name is like a pattern: `*` is any number of characters, `?` is one.
fn is_like(name: &str, pattern: &str) -> bool {
    let (name, pattern): (Vec<char>, Vec<char>) = (name.chars().collect(), pattern.chars().collect());
    let (mut at, mut in_pattern) = (0, 0);
    // Where the last `*` is, and what it stood for until now.
    let mut star: Option<(usize, usize)> = None;
    while at < name.len() {
        match pattern.get(in_pattern) {
            Some('*') => {
                star = Some((in_pattern, at));
                in_pattern += 1;
            }
            Some(wanted) if *wanted == '?' || *wanted == name[at] => {
                at += 1;
                in_pattern += 1;
            }
            _ => {
                let Some((place, taken)) = star else { return false };
                star = Some((place, taken + 1));
                (in_pattern, at) = (place + 1, taken + 1);
            }
        }
    }
    pattern[in_pattern..].iter().all(|rest| *rest == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_says_which_folders_and_files_are_meant() {
        let home = tempfile::tempdir().unwrap();
        for file in ["s/one/log/a.jsonl", "s/one/log/b.json", "s/two/log/c.jsonl", "s/two/other/d.jsonl", "e.jsonl"] {
            fs::create_dir_all(home.path().join(file).parent().unwrap()).unwrap();
            fs::write(home.path().join(file), "").unwrap();
        }
        let pattern = FilePattern::parse(&home.path().join("s/*/log/*.jsonl"), None).unwrap();
        assert_eq!(pattern.folders(), ["s/one/log", "s/two/log"].map(|folder| home.path().join(folder)));
        assert_eq!(pattern.tree(), (2, home.path().join("s")));
        for (path, expected) in [("s/one/log", true), ("s/one/other", false), ("s/one", false), ("x/one/log", false)] {
            assert_eq!(pattern.has_folder(&home.path().join(path)), expected, "{path}");
        }
        assert_eq!(pattern.named(&home.path().join("s/one/log"), "a"), Some(home.path().join("s/one/log/a.jsonl")));
        assert_eq!(pattern.named(&home.path().join("s/one/log"), "z"), None);
    }

    #[test]
    fn what_would_look_through_everything_is_refused() {
        for (path, said) in [
            ("/a/**/b.jsonl", "`**`"),
            ("/a/../b.jsonl", "`..`"),
            ("/*/b.jsonl", "first folder"),
            ("/b.jsonl", "first folder"),
            ("/", "names no file"),
            ("/a/*/*/*/*/*/b", "at most 4"),
        ] {
            assert!(FilePattern::parse(Path::new(path), None).unwrap_err().contains(said), "{path}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_repositorys_pattern_does_not_lead_out_of_it() {
        let base = tempfile::tempdir().unwrap();
        let root = base.path().join("repository");
        let none: &[PathBuf] = &[];
        for folder in ["repository/real/log", "repository/.git/log", "private/log"] {
            fs::create_dir_all(base.path().join(folder)).unwrap();
        }
        std::os::unix::fs::symlink("../private", root.join("link")).unwrap();
        let folders = |way: &str| FilePattern::parse(&root.join(way), Some(&root)).unwrap().folders();
        assert_eq!(folders("real/log/*.jsonl"), [root.join("real/log")]);
        assert_eq!(folders("link/log/*.jsonl"), none);
        assert_eq!(folders("link/*/*.jsonl"), none);
        assert_eq!(folders(".git/log/*.jsonl"), none);
        assert_eq!(folders("*/log/*.jsonl"), [root.join("real/log")]);
    }

    #[test]
    fn a_name_is_like_its_pattern() {
        for (name, pattern, expected) in [
            ("a.jsonl", "*.jsonl", true),
            ("a.json", "*.jsonl", false),
            ("session-7.json", "session-?.json", true),
            ("session-77.json", "session-?.json", false),
            ("aXbXc", "a*X*c", true),
            ("", "*", true),
            ("a", "", false),
        ] {
            assert_eq!(is_like(name, pattern), expected, "{name} {pattern}");
        }
    }
}
