//! The spool: commits whose record is not written yet. A hook puts them here before its work and takes them out after it;
//! what a crash, a full disk or the time limit leaves is taken up by the next post-commit, or by `backfill`.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::declined::Declined;
use super::journals::Clock;
use super::post_commit::How;
use super::workplace::Workplace;
use super::{keep, post_commit, recorded};
use crate::environment::Environment;
use crate::failpoint;
use crate::files;
use crate::git::changes;
use crate::git::repository::Repository;

/// A commit whose record is to be written, with the commits that it was made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Due {
    pub(super) commit: String,
    pub(super) sources: Vec<String>,
}

/// What one hook left, or is at work on.
#[derive(Debug)]
pub(super) struct Entry {
    path: PathBuf,
    pub(super) due: Vec<Due>,
    /// How often it was taken up before.
    pub(super) tries: usize,
}

/// How much of the spool one run takes up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) entries: usize,
    /// An entry that was taken up so often is left to `backfill`, so that it cannot delay every commit.
    pub(super) tries: usize,
    pub(super) until: Option<Instant>,
}

/// What became of it.
#[derive(Debug, Default)]
pub(super) struct TakenUp {
    /// Records.
    pub(super) written: usize,
    /// What was left out of records that were written, one text each.
    pub(super) problems: Vec<String>,
    /// Why an entry stays, one text each.
    pub(super) failed: Vec<String>,
}

const TRIED: &str = "tried";
const BY: &str = "by ";
/// Without a list of processes, a hook that put something here so long ago is taken to be gone.
const AT_WORK: Duration = Duration::from_secs(60);

/// The spool, and where it is when the first cannot be written: git itself has just written to the second.
fn folders(common_dir: &Path) -> [PathBuf; 2] {
    [common_dir.join("backstory").join("spool"), common_dir.join("backstory-spool")]
}

/// Deletes the spool; anything else in its folders stays.
pub(super) fn empty(common_dir: &Path) {
    for folder in folders(common_dir).iter().filter(|folder| refuse_link(folder).is_ok()) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.file_name().to_str().is_some_and(is_id) {
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
pub(super) fn put(repository: &Repository, due: &[Due]) -> io::Result<Option<Entry>> {
    let Some(first) = due.first() else { return Ok(None) };
    failpoint::reach("spool.write")?;
    let path = write_entry(repository, first, due, format!("{BY}{}\n", std::process::id()))?;
    failpoint::reach("spool.written")?;
    Ok(Some(Entry { path, due: due.to_vec(), tries: 0 }))
}

/// Puts commits on the spool that nobody works on.
///
/// # Errors
/// When neither folder can be written.
pub(super) fn put_for_anyone(repository: &Repository, due: &[Due]) -> io::Result<()> {
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
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(text.as_bytes())?;
        let path = folder.join(&first.commit);
        file.persist(&path)?;
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
pub(super) fn remove(entry: &Entry) -> io::Result<()> {
    failpoint::reach("spool.remove")?;
    match fs::remove_file(&entry.path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// What is on the spool and nobody works on, oldest first.
pub(super) fn list(repository: &Repository) -> Vec<Entry> {
    let mut found = Vec::new();
    for folder in folders(repository.common_dir()).iter().filter(|folder| refuse_link(folder).is_ok()) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let (path, name) = (entry.path(), entry.file_name());
            let Some(name) = name.to_str().filter(|name| is_id(name)) else { continue };
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
            found.push((data.modified().ok(), Entry { path, due, tries }));
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
            let mut ids = line.split(' ').filter(|id| is_id(id)).map(str::to_owned);
            Some(Due { commit: ids.next()?, sources: ids.collect() })
        })
        .collect();
    if due.is_empty() {
        due.push(Due { commit: name.to_owned(), sources: Vec::new() });
    }
    (due, tries)
}

fn is_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Writes the records that are due, within `bounds`. One that cannot be written stays on the spool.
pub(super) fn take_up(workplace: &mut Workplace, environment: &Environment, bounds: Bounds) -> TakenUp {
    let mut taken = TakenUp::default();
    let mut entries = list(&workplace.repository);
    entries.retain(|entry| entry.tries < bounds.tries);
    if entries.is_empty() {
        return taken;
    }
    match workplace.confirm(environment) {
        Ok(true) => {}
        Ok(false) => return taken,
        Err(error) => {
            taken.failed.push(format!("{error:#}"));
            return taken;
        }
    }
    for entry in entries.into_iter().take(bounds.entries) {
        if bounds.until.is_some_and(|until| Instant::now() >= until) {
            break;
        }
        // Before the work, so that one that crashes or hangs is not tried for ever.
        let marked = OpenOptions::new().append(true).open(&entry.path).and_then(|mut file| writeln!(file, "{TRIED}"));
        let written = marked.map_err(Into::into).and_then(|()| write(workplace, environment, &entry.due));
        match written.and_then(|done| remove(&entry).map(|()| done).map_err(Into::into)) {
            Ok((count, problems)) => {
                taken.written += count;
                taken.problems.extend(problems);
            }
            Err(error) => taken.failed.push(format!("{error:#}")),
        }
    }
    taken
}

/// Makes and writes the records of `due`; how many, and what was left out. A commit that is gone needs none.
fn write(workplace: &Workplace, environment: &Environment, due: &[Due]) -> anyhow::Result<(usize, Vec<String>)> {
    let repository = &workplace.repository;
    let redactor = workplace.redactor()?;
    let declined = Declined::read(repository)?;
    let (mut records, mut problems) = (Vec::new(), Vec::new());
    for one in due {
        if repository.message(&one.commit).is_err() {
            continue;
        }
        let commit = workplace.without_ignored(changes::read_commit(repository, &one.commit)?);
        // It may have been written after all, by a hook that knew the shell it ran in.
        let own = recorded::sources(workplace, &one.commit, recorded::of_new(repository, &one.commit)?)?;
        let sources = post_commit::joined(post_commit::read_sources(workplace, &one.sources)?, own);
        if declined.covers(repository, &one.commit, &one.sources) {
            records.extend(post_commit::carried(workplace, &commit, &sources, &redactor));
            continue;
        }
        let how = How::by(Clock::Authored);
        let record = post_commit::make(workplace, environment, &commit, how, &sources, &redactor, &mut problems)?;
        records.extend(record);
    }
    let count = records.len();
    let stay = keep::write(repository, records, &redactor, environment.now)?;
    let written = count - stay.len();
    problems.extend(stay);
    Ok((written, problems))
}

#[cfg(test)]
mod tests {
    use super::super::trial::Trial;
    use super::*;

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
