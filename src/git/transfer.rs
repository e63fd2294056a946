//! Sends the notes to a remote and fetches them, by the installed git, which knows the user's keys, proxies and helpers.
//! Never through a shell, never with a question, and never longer than it was given: pre-push must not block.

use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::notes::NOTES_REF;

/// Where fetched notes are put, to be merged into [`NOTES_REF`] from there.
pub const FETCHED_REF: &str = "refs/backstory/fetched";

/// How a transfer ended, when it did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transfer {
    Done,
    /// There are no notes on the side that should give them.
    NothingThere,
    /// The remote has notes that are not here: fetch, merge, push again.
    Rejected,
}

/// Pushes the notes of the repository at `folder`. Runs no pre-push hook: it may be called by one.
pub fn push(folder: &Path, remote: &str, within: Duration) -> Result<Transfer> {
    let refspec = format!("{NOTES_REF}:{NOTES_REF}");
    let (done, said) = run(folder, &["push", "--no-verify", "--porcelain", "--", remote, &refspec], within)?;
    match done {
        true => Ok(Transfer::Done),
        false if said.contains("does not match any") => Ok(Transfer::NothingThere),
        false if said.contains("[rejected]") || is_taken(&said) => Ok(Transfer::Rejected),
        false => bail!("the notes were not pushed to {remote}: {}", reason(&said)),
    }
}

/// Somebody else pushed at the same moment: the remote's reference is locked, or is no longer what it was.
fn is_taken(said: &str) -> bool {
    said.contains("[remote rejected]")
        && ["cannot lock ref", "failed to update ref", "reference already exists", "incorrect old value"]
            .iter()
            .any(|reason| said.contains(reason))
}

/// Fetches the remote's notes into [`FETCHED_REF`].
pub fn fetch(folder: &Path, remote: &str, within: Duration) -> Result<Transfer> {
    let refspec = format!("+{NOTES_REF}:{FETCHED_REF}");
    let (done, said) = run(folder, &["fetch", "--no-tags", "--no-write-fetch-head", "--", remote, &refspec], within)?;
    match done {
        true => Ok(Transfer::Done),
        false if said.contains("couldn't find remote ref") => Ok(Transfer::NothingThere),
        false => bail!("no notes were fetched from {remote}: {}", reason(&said)),
    }
}

/// Whether git succeeded, and all that it said. Into a file and not a pipe, which a helper could hold open.
fn run(folder: &Path, arguments: &[&str], within: Duration) -> Result<(bool, String)> {
    let mut said = tempfile::tempfile().context("no temporary file can be made")?;
    let to = |file: &File| file.try_clone().map(Stdio::from).context("a temporary file cannot be shared");
    let mut child = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(arguments)
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GCM_INTERACTIVE", "never")
        // Its words are read below.
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stdout(to(&said)?)
        .stderr(to(&said)?)
        .spawn()
        .context("git cannot be started; is it installed and on the PATH?")?;
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().context("git cannot be waited for")? {
            break status;
        }
        if start.elapsed() >= within {
            // It may have ended just now; either way it is gone, and waited for.
            let _ = child.kill();
            let _ = child.wait();
            bail!("git {} took longer than {} s and was stopped", arguments[0], within.as_secs_f32());
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let mut text = Vec::new();
    said.rewind().and_then(|()| said.read_to_end(&mut text)).context("git's answer cannot be read")?;
    Ok((status.success(), String::from_utf8_lossy(&text).into_owned()))
}

/// The line that says what went wrong.
fn reason(said: &str) -> &str {
    let lines = || said.lines().map(str::trim).filter(|line| !line.is_empty());
    let telling = lines().find(|line| line.starts_with("fatal:") || line.starts_with("error:"));
    telling.or_else(|| lines().next()).unwrap_or("git gave no reason")
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::super::fixture::Fixture;
    use super::super::notes;
    use super::super::repository::Repository;
    use super::*;

    const WITHIN: Duration = Duration::from_secs(60);

    fn put(repository: &Repository, commit: &str, text: &str) {
        notes::write(repository, &[(commit.to_owned(), text.into())], Timestamp::UNIX_EPOCH).unwrap();
    }

    #[test]
    fn notes_travel_by_way_of_a_remote_and_are_united_there() {
        let fixture = Fixture::new();
        let [a, b] = ["a", "b"].map(|name| fixture.commit(name));
        fixture.git(&["clone", "-q", "--bare", ".", "../hub.git"]);
        fixture.git(&["remote", "add", "hub", "../hub.git"]);
        fixture.git(&["clone", "-q", "../hub.git", "../other"]);
        let other = Repository::discover(&fixture.beside("other"), None).unwrap();
        assert_eq!(fetch(&fixture.root(), "hub", WITHIN).unwrap(), Transfer::NothingThere);
        assert_eq!(push(&fixture.root(), "hub", WITHIN).unwrap(), Transfer::NothingThere);
        put(&fixture.open(), &a, "a");
        put(&other, &b, "b");
        assert_eq!(push(&fixture.root(), "hub", WITHIN).unwrap(), Transfer::Done);
        assert_eq!(push(&fixture.beside("other"), "origin", WITHIN).unwrap(), Transfer::Rejected);
        assert_eq!(fetch(&fixture.beside("other"), "origin", WITHIN).unwrap(), Transfer::Done);
        notes::merge(&other, FETCHED_REF, |ours, _| ours.to_vec(), Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(push(&fixture.beside("other"), "origin", WITHIN).unwrap(), Transfer::Done);
        let hub = Repository::discover(&fixture.beside("hub.git"), None).unwrap();
        assert_eq!(notes::list(&hub).unwrap().len(), 2);
    }

    #[test]
    fn a_remote_that_is_not_there_is_an_error_and_an_option_is_no_remote() {
        let fixture = Fixture::new();
        put(&fixture.open(), &fixture.commit("a"), "a");
        let error = push(&fixture.root(), "../nowhere", WITHIN).unwrap_err().to_string();
        assert!(error.starts_with("the notes were not pushed to ../nowhere: fatal: "), "{error}");
        assert!(fetch(&fixture.root(), "--upload-pack=touch x", WITHIN).is_err());
        assert!(!fixture.root().join("x").exists());
    }

    #[test]
    fn a_transfer_that_hangs_is_stopped() {
        let fixture = Fixture::new();
        put(&fixture.open(), &fixture.commit("a"), "a");
        fixture.git(&["config", "protocol.ext.allow", "always"]);
        let error = fetch(&fixture.root(), "ext::sleep 20", Duration::from_millis(300)).unwrap_err().to_string();
        assert_eq!(error, "git fetch took longer than 0.3 s and was stopped");
    }
}
