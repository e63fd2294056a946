//! Files at the root whose name is nearly that of our settings or of the ignore list. They are not read, and somebody may have
//! meant to keep something in with them: as long as the right name is not there, no record leaves.

use std::fs;
use std::path::Path;

use super::ignored;
use crate::config::{self, Config, Sharing};
use crate::output::for_terminal;

/// More names than this are not looked at.
const MOST_NAMES: usize = 10_000;
/// Endings of other formats that settings come in.
const OTHER_FORMATS: &[&str] =
    &["json", "toml", "ini", "conf", "config", "cfg", "txt", "settings", "rc", "yamltxt", "ymltxt"];

/// A file that is nearly of one of our names.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Misnamed {
    pub(crate) name: String,
    /// The name that it would be read under.
    pub(crate) right: &'static str,
    /// Whether a file of the right name is there, too.
    pub(crate) has_right: bool,
}

impl Misnamed {
    /// What is wrong, in a sentence.
    pub(crate) fn said(&self) -> String {
        let state = format!("`{}` is not read", for_terminal(&self.name));
        match self.has_right {
            true => format!("{state}, only {} is", self.right),
            false => format!("{state}, so the records stay in this clone"),
        }
    }

    /// What to do about it.
    pub(crate) fn advice(&self) -> String {
        match self.has_right {
            true => format!("move what it says to {} and delete it", self.right),
            false => format!("rename it to {}", self.right),
        }
    }
}

/// Those at the root of the work tree, by name.
pub(crate) fn at(root: &Path) -> Vec<Misnamed> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root).into_iter().flatten().flatten().take(MOST_NAMES) {
        let name = entry.file_name();
        let Some(right) = name.to_str().and_then(right_name) else { continue };
        if entry.file_type().is_ok_and(|kind| !kind.is_dir()) {
            // Where the file system does not tell small letters from capitals, this is the right one.
            let has_right = root.join(right).symlink_metadata().is_ok();
            found.push(Misnamed { name: name.to_string_lossy().into_owned(), right, has_right });
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

/// Takes `sharing: local` from files that are not read and perhaps say so.
pub(crate) fn restrict(config: &mut Config, root: &Path) {
    if at(root).iter().any(|one| !one.has_right) {
        config.sharing = Some(Sharing::Local);
    }
}

/// What to say to a person whose records stay because of such a file.
pub(crate) fn problem(root: &Path) -> Option<String> {
    let found = at(root).into_iter().find(|one| !one.has_right)?;
    Some(format!("{}: {}", found.said(), found.advice()))
}

/// The name of ours that `name` is nearly; `None` where it is one of them, or nothing like it.
fn right_name(name: &str) -> Option<&'static str> {
    if name == config::FILE_NAME || name == ignored::FILE_NAME {
        return None;
    }
    let letters: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    // Without the dot it may be anything.
    let most = if name.starts_with('.') { 2 } else { 1 };
    let is_near = |known: &str| strsim::damerau_levenshtein(&letters, known) <= most;
    let is_hidden = name.starts_with('.');
    let of_other_format =
        || is_hidden && letters.strip_prefix("backstory").is_some_and(|rest| OTHER_FORMATS.contains(&rest));
    if !(8..=24).contains(&letters.len()) {
        None
    } else if is_near("backstoryignore") || letters == "backstoryignoretxt" {
        Some(ignored::FILE_NAME)
    } else if is_near("backstoryyml") || of_other_format() {
        Some(config::FILE_NAME)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_were_meant_to_be_ours_are_known() {
        for (name, right) in [
            (".backstory.yaml", Some(config::FILE_NAME)),
            (".Backstory.yml", Some(config::FILE_NAME)),
            ("backstory.yml", Some(config::FILE_NAME)),
            (".backstory.yml.txt", Some(config::FILE_NAME)),
            (".bacstory.yml", Some(config::FILE_NAME)),
            (".backstory.json", Some(config::FILE_NAME)),
            (".backstory.toml", Some(config::FILE_NAME)),
            (".backstoryrc", Some(config::FILE_NAME)),
            (".backstory-ignore", Some(ignored::FILE_NAME)),
            (".backstoryIgnore", Some(ignored::FILE_NAME)),
            (".backstory_ignore", Some(ignored::FILE_NAME)),
            (".backstory.ignore", Some(ignored::FILE_NAME)),
            ("backstoryignore.txt", Some(ignored::FILE_NAME)),
            (".backstory.yml", None),
            (".backstoryignore", None),
            (".backstory", None),
            ("backstory", None),
            ("backstory.rs", None),
            ("backstory.txt", None),
            ("backstory.json", None),
            ("back-story.yaml", Some(config::FILE_NAME)),
            ("backstory.md", None),
            (".gitignore", None),
            (".dockerignore", None),
            (".eslintrc.yml", None),
        ] {
            assert_eq!(right_name(name), right, "{name}");
        }
    }
}
