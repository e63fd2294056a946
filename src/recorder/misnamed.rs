//! Files whose name is nearly that of our settings or of the ignore list, and such files in folders where those of other
//! programs are. They are not read, and somebody may have meant to keep something in with them: as long as the right name is
//! not at the root, no record leaves.

use std::fs::{self, DirEntry};
use std::path::Path;

use super::ignored;
use crate::config::{self, Config, Sharing};
use crate::files;
use crate::output::for_terminal;

/// More names than this are not looked at.
const MOST_NAMES: usize = 10_000;
/// Endings of other formats that settings come in.
const OTHER_FORMATS: &[&str] =
    &["json", "toml", "ini", "conf", "config", "cfg", "txt", "settings", "rc", "yamltxt", "ymltxt"];

/// Folders in which other programs have their settings, below the root.
const OTHER_FOLDERS: &[&str] =
    &[".github", ".gitlab", ".gitea", ".forgejo", ".config", ".config/backstory", ".backstory", ".vscode"];

/// A file that is nearly of one of our names, or in another place.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Misnamed {
    /// Its path below the root.
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
            false if self.name.contains('/') => format!("move it to {}", self.right),
            false => format!("rename it to {}", self.right),
        }
    }
}

/// Those of the work tree, by name.
pub(crate) fn at(root: &Path) -> Vec<Misnamed> {
    let names = names_in(root);
    let mut found = found_among(root, &names, "", right_name);
    // Which of the folders are there, the names tell, unless there are too many of them.
    let is_there = |folder: &str| {
        let first = folder.split('/').next().unwrap_or(folder);
        names.len() >= MOST_NAMES || names.iter().any(|one| one.file_name().eq_ignore_ascii_case(first))
    };
    for folder in OTHER_FOLDERS.iter().filter(|folder| is_there(folder)) {
        // What a symlink leads to is somebody else's.
        if let Ok(path) = files::folder_below(root, folder) {
            found.extend(found_among(root, &names_in(&path), folder, |name| misplaced_name(folder, name)));
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

/// What is in a folder, as far as it is looked at.
fn names_in(path: &Path) -> Vec<DirEntry> {
    fs::read_dir(path).into_iter().flatten().flatten().take(MOST_NAMES).collect()
}

fn found_among(
    root: &Path,
    names: &[DirEntry],
    folder: &str,
    right_name: impl Fn(&str) -> Option<&'static str>,
) -> Vec<Misnamed> {
    let mut found = Vec::new();
    for entry in names {
        let name = entry.file_name();
        let Some(right) = name.to_str().and_then(&right_name) else { continue };
        if entry.file_type().is_ok_and(|kind| !kind.is_dir()) {
            // Where the file system does not tell small letters from capitals, this is the right one.
            let has_right = root.join(right).symlink_metadata().is_ok();
            let name = name.to_string_lossy();
            let name = if folder.is_empty() { name.into_owned() } else { format!("{folder}/{name}") };
            found.push(Misnamed { name, right, has_right });
        }
    }
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

/// The name of ours that a file in a folder of other settings has or nearly has.
fn misplaced_name(folder: &str, name: &str) -> Option<&'static str> {
    let exact = [config::FILE_NAME, ignored::FILE_NAME].into_iter().find(|ours| *ours == name);
    let bare = name.trim_start_matches('.').to_ascii_lowercase();
    let is_settings = |stem: &str| {
        let ending = bare.strip_prefix(stem).and_then(|rest| rest.strip_prefix('.'));
        ending.is_some_and(|ending| ["yml", "yaml"].contains(&ending) || OTHER_FORMATS.contains(&ending))
    };
    exact.or_else(|| right_name(name)).or_else(|| {
        let is_ours = folder.ends_with("backstory");
        let stems: &[&str] = if is_ours { &["backstory", "config", "settings"] } else { &["backstory"] };
        if stems.iter().any(|stem| is_settings(stem)) {
            Some(config::FILE_NAME)
        } else {
            (bare == "backstoryignore" || is_ours && matches!(bare.as_str(), "ignore" | "ignored"))
                .then_some(ignored::FILE_NAME)
        }
    })
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
    fn settings_in_the_folders_of_other_programs_are_known() {
        for (path, right) in [
            (".github/.backstory.yml", Some(config::FILE_NAME)),
            (".github/backstory.yml", Some(config::FILE_NAME)),
            (".github/.backstoryignore", Some(ignored::FILE_NAME)),
            (".github/backstoryignore", Some(ignored::FILE_NAME)),
            (".config/backstory.toml", Some(config::FILE_NAME)),
            (".config/.backstory.yaml", Some(config::FILE_NAME)),
            (".config/backstory/config.yml", Some(config::FILE_NAME)),
            (".backstory/config.yml", Some(config::FILE_NAME)),
            (".backstory/settings.json", Some(config::FILE_NAME)),
            (".backstory/.backstory.yml", Some(config::FILE_NAME)),
            (".backstory/ignore", Some(ignored::FILE_NAME)),
            (".gitlab/.backstory.yml", Some(config::FILE_NAME)),
            (".github/workflows/backstory.yml", None),
            (".github/config.yml", None),
            (".github/backstory.md", None),
            (".backstory/sessions/config.yaml", None),
            (".config/settings.json", None),
            ("docs/backstory.json", None),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(&file, "").unwrap();
            let found = at(folder.path());
            assert_eq!(
                found.first().map(|one| (one.name.as_str(), one.right)),
                right.map(|right| (path, right)),
                "{path}"
            );
            assert!(found.iter().all(|one| one.advice().starts_with("move it to ")), "{found:?}");
            let mut config = Config::default();
            restrict(&mut config, folder.path());
            assert_eq!(config.sharing, right.map(|_| Sharing::Local), "{path}");
        }
    }

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
