//! The spool: commits whose record is not written yet. A hook puts them here before its work and takes them out after it;
//! what a crash, a full disk or the time limit leaves is taken up by the next post-commit, or by `backfill`.

use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

use crate::failpoint;
use crate::files::{self, NewFileMode};
use crate::git::repository::Repository;
use crate::state::paths as state_paths;
use crate::text::ids::is_commit_id;

/// A commit whose record is to be written, with the commits that it was made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    pub(crate) commit: String,
    pub(crate) sources: Vec<String>,
}

/// What one hook left, or is at work on.
#[derive(Debug)]
pub(crate) struct SpoolEntry {
    pub(super) path: PathBuf,
    pub(crate) due: Vec<Due>,
    /// How often it was taken up before.
    pub(crate) tries: usize,
}

pub(crate) const TRIED: &str = "tried";
const BY: &str = "by ";
/// Without a list of processes, a hook that put something here so long ago is taken to be gone.
const AT_WORK: Duration = Duration::from_secs(60);

/// The spool, and where it is when the first cannot be written: git itself has just written to the second.
pub(crate) fn folders(common_dir: &Path) -> [PathBuf; 2] {
    [state_paths::at(common_dir, state_paths::SPOOL), common_dir.join(state_paths::SPOOL_BESIDE)]
}

/// Deletes the spool; anything else in its folders stays.
pub(crate) fn empty(common_dir: &Path) {
    for folder in folders(common_dir).iter().filter(|folder| refuse_link(folder).is_ok()) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.file_name().to_str().is_some_and(is_commit_id) {
                let _ = fs::remove_file(entry.path());
            }
        }
        let _ = fs::remove_dir(folder);
    }
}

/// Puts commits on the spool, which this process works on; `None` when there are none.
///
/// # Errors
/// When neither folder can be written.
pub(crate) fn put(repository: &Repository, due: &[Due]) -> io::Result<Option<SpoolEntry>> {
    let Some(first) = due.first() else { return Ok(None) };
    failpoint::reach("spool.write")?;
    let path = write_entry(repository, first, due, format!("{BY}{}\n", std::process::id()))?;
    failpoint::reach("spool.written")?;
    Ok(Some(SpoolEntry { path, due: due.to_vec(), tries: 0 }))
}

/// Puts commits on the spool that nobody works on.
///
/// # Errors
/// When neither folder can be written.
pub(crate) fn put_for_anyone(repository: &Repository, due: &[Due]) -> io::Result<()> {
    let Some(first) = due.first() else { return Ok(()) };
    write_entry(repository, first, due, String::new()).map(drop)
}

fn write_entry(repository: &Repository, first: &Due, due: &[Due], mut text: String) -> io::Result<PathBuf> {
    for one in due {
        text.push_str(&one.commit);
        for source in &one.sources {
            text.push(' ');
            text.push_str(source);
        }
        text.push('\n');
    }
    let [ours, other] = folders(repository.common_dir());
    let write = |folder: &Path| -> io::Result<PathBuf> {
        refuse_link(folder)?;
        fs::create_dir_all(folder)?;
        let path = folder.join(&first.commit);
        files::write(&path, text.as_bytes(), NewFileMode::Private)?;
        Ok(path)
    };
    write(&ours).or_else(|_| write(&other))
}

/// The folder above may be the link.
fn refuse_link(folder: &Path) -> io::Result<()> {
    let is_link = |path: &Path| fs::symlink_metadata(path).is_ok_and(|data| data.is_symlink());
    if is_link(folder) || folder.parent().is_some_and(is_link) {
        return Err(io::Error::other(format!("{} is reached by a link", folder.display())));
    }
    Ok(())
}

/// Takes an entry out: its records are written.
///
/// # Errors
/// When the file cannot be deleted.
pub(crate) fn remove(entry: &SpoolEntry) -> io::Result<()> {
    failpoint::reach("spool.remove")?;
    match fs::remove_file(&entry.path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// What is on the spool and nobody works on, oldest first.
pub(crate) fn list(repository: &Repository) -> Vec<SpoolEntry> {
    let mut found = Vec::new();
    for folder in folders(repository.common_dir()).iter().filter(|folder| refuse_link(folder).is_ok()) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let (path, name) = (entry.path(), entry.file_name());
            let Some(name) = name.to_str().filter(|name| is_commit_id(name)) else { continue };
            let Ok(data) = fs::symlink_metadata(&path) else { continue };
            if !data.is_file() {
                continue;
            }
            let text = files::read_text(&path, files::LIMIT).ok().flatten().unwrap_or_default();
            let age = data.modified().ok().and_then(|at| at.elapsed().ok()).unwrap_or_default();
            if is_at_work(&text, age) {
                continue;
            }
            let (due, tries) = parse(name, &text);
            found.push((data.modified().ok(), SpoolEntry { path, due, tries }));
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.path.cmp(&b.1.path)));
    found.into_iter().map(|(_, entry)| entry).collect()
}

fn is_at_work(text: &str, age: Duration) -> bool {
    let process = text.lines().find_map(|line| line.strip_prefix(BY)?.parse::<u32>().ok());
    let processes = Path::new("/proc");
    match process {
        // This process has done its own by now.
        Some(id) if id == std::process::id() => false,
        Some(id) if processes.join("self").exists() => age < AT_WORK && processes.join(id.to_string()).exists(),
        _ => age < AT_WORK && process.is_some(),
    }
}

/// The name is a commit to write by itself: the text may be cut off by a full disk.
fn parse(name: &str, text: &str) -> (Vec<Due>, usize) {
    let tries = text.lines().filter(|line| *line == TRIED).count();
    let mut due: Vec<Due> = text
        .lines()
        .filter_map(|line| {
            let mut ids = line.split(' ').filter(|id| is_commit_id(id)).map(str::to_owned);
            Some(Due { commit: ids.next()?, sources: ids.collect() })
        })
        .collect();
    if due.is_empty() {
        due.push(Due { commit: name.to_owned(), sources: Vec::new() });
    }
    (due, tries)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::stage::Trial;

    fn due(commit: &str, sources: &[&str]) -> Due {
        Due { commit: commit.to_owned(), sources: sources.iter().map(|id| (*id).to_owned()).collect() }
    }

    #[test]
    fn what_is_put_on_the_spool_is_listed_until_it_is_removed() {
        let trial = Trial::new();
        let repository = Repository::discover(trial.folder.path(), None).unwrap();
        let (a, b) = ("a".repeat(40), "b".repeat(40));
        let put = put(&repository, &[due(&a, &[&b]), due(&b, &[])]).unwrap().unwrap();
        let listed = list(&repository);
        assert_eq!((listed.len(), &listed[0].due, listed[0].tries), (1, &put.due, 0));
        remove(&put).unwrap();
        remove(&put).unwrap();
        assert!(list(&repository).is_empty());
    }

    #[test]
    fn a_text_that_was_cut_off_still_names_its_first_commit() {
        let id = "c".repeat(40);
        assert_eq!(parse(&id, ""), (vec![due(&id, &[])], 0));
        assert_eq!(parse(&id, &format!("by 1\n{id}\nabc\ntried\ntried\n")), (vec![due(&id, &[])], 2));
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_replaced_by_the_one_beside_it() {
        let trial = Trial::new();
        let repository = Repository::discover(trial.folder.path(), None).unwrap();
        fs::write(trial.folder.path().join(".git/backstory"), "in the way").unwrap();
        let entry = put(&repository, &[due(&"d".repeat(40), &[])]).unwrap().unwrap();
        assert!(entry.path.starts_with(trial.folder.path().canonicalize().unwrap().join(".git/backstory-spool")));
        assert_eq!(list(&repository).len(), 1);
    }
}
