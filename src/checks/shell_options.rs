//! The options by which programs are told to work in another folder than the shell's.

use super::classify::base_name;

/// Each is followed by a folder, or a file in it, whatever the program.
const FOLDERS: &[&str] = &[
    "--chdir",
    "-chdir",
    "--cwd",
    "--dir",
    "--directory",
    "--gemfile",
    "--git-dir",
    "--justfile",
    "--manifest-path",
    "--package-path",
    "--prefix",
    "--project-dir",
    "--project-directory",
    "--project-path",
    "--rootDir",
    "--rootdir",
    "--test-dir",
    "--work-tree",
    "--working-dir",
    "--working-directory",
];

/// Programs for which `-C` is something else.
const OTHERWISE: &[&str] =
    &["ack", "ag", "column", "curl", "diff", "egrep", "fgrep", "grep", "ls", "perl", "rg", "sort", "ssh"];

/// The folder that the option at this place names, if it is such an option.
pub(super) fn folder_option(words: &[String], place: usize) -> Option<&str> {
    let word = words.get(place)?.as_str();
    let next = || words.get(place + 1).map(String::as_str).filter(|next| !next.starts_with('-'));
    if FOLDERS.contains(&word) {
        return next();
    }
    if let Some((name, value)) = word.split_once('=')
        && FOLDERS.contains(&name)
    {
        return Some(value);
    }
    let after = word.strip_prefix("-C")?;
    if words.iter().take(place).any(|word| OTHERWISE.contains(&base_name(word))) {
        return None;
    }
    if after.is_empty() { next() } else { Some(after.trim_start_matches('=')) }
}

/// Whether a variable with a path says where to look for programs and libraries, or what to leave behind where, and not which
/// project is meant.
pub(super) fn is_search_path(name: &str) -> bool {
    const PARTS: [&str; 12] =
        ["PATH", "HOME", "CACHE", "TMP", "TEMP", "LIB", "LOG", "OUT", "TARGET", "VIRTUAL_ENV", "REPORT", "COVERAGE"];
    !name.ends_with("MANIFEST_PATH") && PARTS.iter().any(|part| name.contains(part))
}

/// Whether what an option names is not what a check looks at: its output, its cache, what it leaves out.
pub(super) fn is_beside(option: &str) -> bool {
    const PARTS: [&str; 10] =
        ["out", "report", "cache", "ignore", "exclude", "junit", "log", "env", "target-dir", "basetemp"];
    option == "-o" || PARTS.iter().any(|part| option.contains(part))
}
