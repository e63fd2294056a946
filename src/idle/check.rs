//! Whether the hooks of a commit have nothing to do, by the stamp of an earlier one. Whatever is not as it should be is for
//! the rest of the program to look at.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::time::SystemTime;

use super::stamp::{STAMP, Stamp};

/// Our folder, from the root of a main work tree, which git runs these hooks in.
const FOLDER: &str = ".git/backstory";
/// Word for the post-commit hook of the same commit: git's process. That hook adds a line when it has read it.
const PASSED: &str = ".git/backstory/passed";
/// Word for the next check: the commit that was at HEAD, the length of HEAD's log.
const PASSED_AT: &str = ".git/backstory/passed-at";
/// The commit that the last post-commit saw (`hooks::pending`).
const PENDING: &str = ".git/backstory/pending";
/// Where HEAD was, a line a move.
const LOG: &str = ".git/logs/HEAD";
/// Longer stamps and messages are for the rest of the program.
const MOST: u64 = 256 * 1024;
const LONGEST_LINE: u64 = 4096;

/// Called by commit-msg with git's process and the file of the message. `None` where the program has to look.
pub(crate) fn pass(
    process: &OsStr,
    message: &OsStr,
    variables: &BTreeMap<String, OsString>,
    cwd: &Path,
    now: SystemTime,
) -> Option<()> {
    let process = process.to_str().filter(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()))?;
    let is_folder = |path: &str| fs::symlink_metadata(path).is_ok_and(|data| data.is_dir());
    if !is_folder(".git") || !is_folder(FOLDER) {
        return None;
    }
    let stamp = Stamp::parse(&small(Path::new(STAMP))?).filter(|stamp| stamp.holds(variables, cwd, now))?;
    let author = |name: &str, value: &str| variables.get(name).is_some_and(|given| given == value);
    if !author("GIT_AUTHOR_NAME", &stamp.author.0) || !author("GIT_AUTHOR_EMAIL", &stamp.author.1) {
        return None;
    }
    // As it came from the editor, with more in it than the commit will have.
    if !stamp.is_silent(&small(Path::new(message))?) || !is_nothing_kept() {
        return None;
    }
    let (head, log) = (head()?, fs::metadata(LOG).ok()?.len());
    if (&head, log) != (&stamp.head, stamp.log) && !is_of_idle_commits(&head, log) {
        return None;
    }
    put(PASSED_AT, &format!("{head} {log}\n"))?;
    put(PASSED, &format!("{process}\n"))
}

/// Writes a file in place: one that is emptied first is put on the disk at once by some file systems.
fn put(path: &str, text: &str) -> Option<()> {
    match fs::symlink_metadata(path) {
        Ok(data) if !data.is_file() => return None,
        Err(error) if error.kind() != ErrorKind::NotFound => return None,
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create(true).truncate(false).open(path).ok()?;
    file.write_all(text.as_bytes()).ok()?;
    file.set_len(text.len() as u64).ok()
}

/// Whether nothing is kept for the next commit but the id of an earlier one.
fn is_nothing_kept() -> bool {
    match fs::symlink_metadata(PENDING) {
        Ok(data) if data.is_file() => small(Path::new(PENDING))
            .is_some_and(|text| text.strip_prefix("was ").and_then(|id| id.strip_suffix('\n')).is_some_and(is_id)),
        Ok(_) => false,
        Err(error) => error.kind() == ErrorKind::NotFound,
    }
}

/// Whether nothing moved HEAD since the last commit that had nothing to do but that commit, which may also have been given up.
/// By HEAD's log, which is `length` bytes long: HEAD may have come back to where it was.
fn is_of_idle_commits(head: &str, length: u64) -> bool {
    let last = || {
        let passed = small(Path::new(PASSED_AT))?;
        let (before, log) = passed.trim_end().split_once(' ')?;
        let log: u64 = log.parse().ok()?;
        if (before, log) == (head, length) {
            return Some(true);
        }
        let line = last_line(LOG)?;
        let (ids, what) = line.split_once('\t')?;
        let mut ids = ids.split(' ');
        let is_alone = log + line.len() as u64 + 1 == length;
        Some(is_alone && ids.next()? == before && ids.next()? == head && what.starts_with("commit"))
    };
    last().unwrap_or(false)
}

/// The commit at HEAD, of a branch that lies in a file of its own, as one does that has just moved.
fn head() -> Option<String> {
    let head = small(Path::new(".git/HEAD"))?;
    let id = match head.trim_end().strip_prefix("ref: ") {
        Some(name) if name.starts_with("refs/") && !name.contains("..") => small(&Path::new(".git").join(name))?,
        Some(_) => return None,
        None => head,
    };
    Some(id.trim_end().to_owned()).filter(|id| is_id(id))
}

fn is_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// A file of text that is not long.
fn small(path: &Path) -> Option<String> {
    // A pipe would make the commit wait.
    let data = fs::metadata(path).ok().filter(|data| data.is_file() && data.len() <= MOST)?;
    let mut bytes = Vec::with_capacity(data.len() as usize + 1);
    File::open(path).ok()?.take(MOST + 1).read_to_end(&mut bytes).ok()?;
    (bytes.len() as u64 <= MOST).then(|| String::from_utf8(bytes).ok()).flatten()
}

fn last_line(path: &str) -> Option<String> {
    let data = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    let mut file = File::open(path).ok()?;
    file.seek(SeekFrom::Start(data.len().saturating_sub(LONGEST_LINE))).ok()?;
    let mut bytes = Vec::with_capacity(LONGEST_LINE as usize);
    file.take(LONGEST_LINE).read_to_end(&mut bytes).ok()?;
    let text = bytes.strip_suffix(b"\n")?;
    let start = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    // A line whose beginning was not read is not whole.
    let is_whole = start > 0 || data.len() <= LONGEST_LINE;
    is_whole.then(|| String::from_utf8(text[start..].to_vec()).ok()).flatten()
}
