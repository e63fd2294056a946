//! Lines of git configuration that are added as one block at the end of the repository's own file, so that taking the
//! block out again leaves every other byte as it is. (`git config --unset` leaves empty sections behind.)

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::Path;

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};

/// One `name = value`. The name is `section.key` or `section.subsection.key`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct GitLine {
    pub name: String,
    pub value: String,
}

impl GitLine {
    pub(crate) fn new(name: &str, value: &str) -> Self {
        Self { name: name.to_owned(), value: value.to_owned() }
    }
}

/// Appends the lines to `file` and returns the block as it was written.
///
/// # Errors
/// When the file cannot be written or another program holds its lock.
pub(crate) fn append(file: &Path, lines: &[GitLine]) -> anyhow::Result<String> {
    let mut block = String::new();
    rewrite(file, |text| {
        // A last line without its end would swallow our first one.
        block = if text.is_empty() || text.ends_with(b"\n") { String::new() } else { "\n".to_owned() };
        lines.iter().for_each(|line| block.push_str(&render(line)));
        text.extend_from_slice(block.as_bytes());
    })?;
    Ok(block)
}

/// Writes other lines in the place of a block, and returns the new one; `None` when the block is no longer there as it was
/// written.
///
/// # Errors
/// When the file cannot be written or another program holds its lock.
pub(crate) fn replace(file: &Path, block: &str, lines: &[GitLine]) -> anyhow::Result<Option<String>> {
    let found = |text: &[u8]| memchr::memmem::rfind(text, block.as_bytes());
    if found(&fs::read(file).with_context(|| format!("cannot read {}", file.display()))?).is_none() {
        return Ok(None);
    }
    let mut new = if block.starts_with('\n') { "\n".to_owned() } else { String::new() };
    lines.iter().for_each(|line| new.push_str(&render(line)));
    rewrite(file, |text| {
        if let Some(start) = found(text) {
            text.splice(start..start + block.len(), new.bytes());
        }
    })?;
    Ok(Some(new))
}

/// Takes a block out. `false` when it is no longer there as it was written.
///
/// # Errors
/// When the file cannot be written or another program holds its lock.
pub(crate) fn remove(file: &Path, block: &str) -> anyhow::Result<bool> {
    let found = |text: &[u8]| memchr::memmem::rfind(text, block.as_bytes());
    if found(&fs::read(file).with_context(|| format!("cannot read {}", file.display()))?).is_none() {
        return Ok(false);
    }
    rewrite(file, |text| {
        if let Some(start) = found(text) {
            let end = start + block.len();
            // The line end that the file lacked before is still needed when something was added behind the block.
            let kept = usize::from(block.starts_with('\n') && end < text.len());
            text.drain(start + kept..end);
        }
    })?;
    Ok(true)
}

/// Takes out single lines of a block that was changed since, wherever in `file` they are. `git remote rename` moves a
/// line of a remote to another name; it is found there. Returns the lines that were not found.
///
/// # Errors
/// When the file cannot be read or written.
pub(crate) fn remove_single<'a>(file: &Path, lines: &'a [GitLine]) -> anyhow::Result<Vec<&'a GitLine>> {
    let mut config = git2::Config::open(file).with_context(|| format!("cannot read {}", file.display()))?;
    let mut missing = Vec::new();
    for line in lines {
        let mut names = Vec::new();
        config.snapshot()?.entries(None)?.for_each(|entry| {
            if let (Ok(name), Ok(value)) = (entry.name(), entry.value())
                && value == line.value
                && (name.eq_ignore_ascii_case(&line.name) || (is_fetch(name) && is_fetch(&line.name)))
            {
                names.push(name.to_owned());
            }
        })?;
        for name in &names {
            config.remove_multivar(name, &format!("^{}$", regex::escape(&line.value)))?;
        }
        if names.is_empty() {
            missing.push(line);
        }
    }
    Ok(missing)
}

fn is_fetch(name: &str) -> bool {
    name.starts_with("remote.") && name.ends_with(".fetch")
}

fn render(line: &GitLine) -> String {
    let (section, key) = line.name.rsplit_once('.').unwrap_or((&line.name, ""));
    match section.split_once('.') {
        Some((section, sub)) => {
            let sub = sub.replace('\\', "\\\\").replace('"', "\\\"");
            format!("[{section} \"{sub}\"]\n\t{key} = {}\n", line.value)
        }
        None => format!("[{section}]\n\t{key} = {}\n", line.value),
    }
}

/// Changes the file the way git does: under `config.lock`, which is then renamed onto it.
fn rewrite(file: &Path, change: impl FnOnce(&mut Vec<u8>)) -> anyhow::Result<()> {
    let file = fs::canonicalize(file).with_context(|| format!("cannot find {}", file.display()))?;
    let mut lock = file.clone().into_os_string();
    lock.push(".lock");
    let mut out = match OpenOptions::new().write(true).create_new(true).open(&lock) {
        Ok(out) => out,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            bail!(
                "another program is changing {}: wait for it, or delete {}",
                file.display(),
                Path::new(&lock).display()
            )
        }
        Err(error) => return Err(error).with_context(|| format!("cannot change {}", file.display())),
    };
    let written = (|| {
        let mut text = fs::read(&file)?;
        change(&mut text);
        out.write_all(&text)?;
        out.set_permissions(fs::metadata(&file)?.permissions())?;
        fs::rename(&lock, &file)
    })();
    if written.is_err() {
        let _ = fs::remove_file(&lock);
    }
    written.with_context(|| format!("cannot change {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str =
        "[core]\n\tbare = false\n[remote \"origin\"]\n\turl = x\n\tfetch = +refs/heads/*:refs/remotes/origin/*";

    fn file(text: &str) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config");
        fs::write(&path, text).unwrap();
        (folder, path)
    }

    fn lines() -> Vec<GitLine> {
        vec![
            GitLine::new("notes.rewriteRef", "refs/notes/backstory"),
            GitLine::new("remote.origin.fetch", "+refs/notes/backstory*:refs/notes/remotes/origin/backstory*"),
        ]
    }

    #[test]
    fn a_block_comes_and_goes_without_a_trace() {
        for before in [BEFORE, "", "[a]\n\tb = c\n"] {
            let (_folder, path) = file(before);
            let block = append(&path, &lines()).unwrap();
            let config = git2::Config::open(&path).unwrap();
            assert_eq!(config.get_string("notes.rewriteRef").unwrap(), "refs/notes/backstory");
            assert!(remove(&path, &block).unwrap());
            assert_eq!(fs::read_to_string(&path).unwrap(), before);
        }
    }

    #[test]
    fn a_changed_block_goes_without_a_trace_too() {
        for before in [BEFORE, "", "[a]\n\tb = c\n"] {
            let (_folder, path) = file(before);
            let block = append(&path, &lines()).unwrap();
            let other = [GitLine::new("notes.rewriteRef", "refs/notes/backstory*")];
            let block = replace(&path, &block, &other).unwrap().unwrap();
            let config = git2::Config::open(&path).unwrap();
            assert_eq!(config.get_string("notes.rewriteRef").unwrap(), "refs/notes/backstory*");
            assert_eq!(replace(&path, "[not]\n\tthere = 1\n", &other).unwrap(), None);
            assert!(remove(&path, &block).unwrap());
            assert_eq!(fs::read_to_string(&path).unwrap(), before);
        }
    }

    #[test]
    fn what_was_added_behind_the_block_stays() {
        let (_folder, path) = file(BEFORE);
        let block = append(&path, &lines()).unwrap();
        let mut text = fs::read_to_string(&path).unwrap();
        text.push_str("[user]\n\tname = me\n");
        fs::write(&path, text).unwrap();
        assert!(remove(&path, &block).unwrap());
        assert_eq!(fs::read_to_string(&path).unwrap(), format!("{BEFORE}\n[user]\n\tname = me\n"));
    }

    #[test]
    fn the_lines_of_a_changed_block_are_found_one_by_one() {
        let (_folder, path) = file(BEFORE);
        let block = append(&path, &lines()).unwrap();
        let text = fs::read_to_string(&path).unwrap().replace("[remote \"origin\"]", "[remote \"other\"]");
        fs::write(&path, text).unwrap();
        assert!(!remove(&path, &block).unwrap());
        assert!(remove_single(&path, &lines()).unwrap().is_empty());
        let after = fs::read_to_string(&path).unwrap();
        assert!(!after.contains("backstory") && after.contains("refs/heads"), "{after}");
    }

    #[test]
    fn a_lock_of_another_program_is_respected() {
        let (folder, path) = file(BEFORE);
        fs::write(folder.path().join("config.lock"), "").unwrap();
        assert!(append(&path, &lines()).unwrap_err().to_string().starts_with("another program is changing"));
        assert_eq!(fs::read_to_string(&path).unwrap(), BEFORE);
    }
}
