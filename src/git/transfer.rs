//! Sends the notes to a remote and fetches them, by the installed git, which knows the user's keys, proxies and helpers.
//! Never through a shell, never with a question, and never longer than it was given: pre-push must not block.

use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::notes::{self, NOTES_REF};

/// How a transfer ended, when it did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transfer {
    Done,
    /// There are no notes on the side that should give them.
    NothingThere,
    /// The remote has notes that are not here: fetch, merge, push again.
    Rejected,
}

/// What git sends along to one server, for a checkout that keeps no credentials: a token, as a header.
#[derive(Clone)]
pub struct Access {
    /// `https://github.com`; the header goes to no other place.
    pub server: String,
    /// `AUTHORIZATION: basic ...`
    pub header: String,
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Access({})", self.server)
    }
}

impl Access {
    /// Variables that hand the header to git: arguments can be read by every process of the machine.
    fn variables(&self) -> [(&'static str, String); 3] {
        [
            ("GIT_CONFIG_COUNT", "1".to_owned()),
            ("GIT_CONFIG_KEY_0", format!("http.{}/.extraheader", self.server.trim_end_matches('/'))),
            ("GIT_CONFIG_VALUE_0", self.header.clone()),
        ]
    }
}

/// The two sides of a transfer, and how long it may take.
#[derive(Clone, Copy, Debug)]
pub struct Remote<'a> {
    /// The repository here.
    pub folder: &'a Path,
    /// A remote's name or an address.
    pub name: &'a str,
    /// Used where git has no credentials of its own that work: two of them in one request are refused.
    pub access: Option<&'a Access>,
    pub within: Duration,
}

/// How much history is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// As the clone has it: a shallow one stays shallow.
    AsItIs,
    /// So many commits more than a shallow clone has now.
    Deepen(u32),
    /// All of it.
    Full,
}

/// How everything is fetched: nothing but what was asked for, and nothing is tidied.
const FETCH: [&str; 5] = ["fetch", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--no-auto-gc"];

/// Fetches `refspecs`. Checks nothing out, and reads no hook or setting of the other side.
///
/// # Errors
/// When git cannot fetch them; the text has git's reason.
pub fn fetch_refs(remote: &Remote<'_>, refspecs: &[&str], depth: Depth) -> Result<Transfer> {
    let depth = match depth {
        Depth::AsItIs => None,
        Depth::Deepen(commits) => Some(format!("--deepen={commits}")),
        Depth::Full => Some("--unshallow".to_owned()),
    };
    let mut arguments = FETCH.to_vec();
    arguments.extend(depth.as_deref());
    arguments.extend(["--", remote.name]);
    arguments.extend(refspecs);
    let (done, said) = run(remote, &arguments)?;
    match done {
        true => Ok(Transfer::Done),
        false if said.contains("couldn't find remote ref") => Ok(Transfer::NothingThere),
        false => bail!("git cannot fetch from {}: {}", remote.name, reason(&said)),
    }
}

/// Pushes the notes at the commit `notes`. Runs no pre-push hook: it may be called by one.
pub fn push(remote: &Remote<'_>, notes: &str) -> Result<Transfer> {
    let refspec = format!("{notes}:{NOTES_REF}");
    let (done, said) = run(remote, &["push", "--no-verify", "--porcelain", "--", remote.name, &refspec])?;
    match done {
        true => Ok(Transfer::Done),
        false if said.contains("does not match any") => Ok(Transfer::NothingThere),
        false if said.contains("[rejected]") || is_taken(&said) => Ok(Transfer::Rejected),
        false => bail!("the notes were not pushed to {}: {}", remote.name, reason(&said)),
    }
}

/// Somebody else pushed at the same moment: the remote's reference is locked, or is no longer what it was.
fn is_taken(said: &str) -> bool {
    said.contains("[remote rejected]")
        && ["cannot lock ref", "failed to update ref", "reference already exists", "incorrect old value"]
            .iter()
            .any(|reason| said.contains(reason))
}

/// Fetches the remote's notes into the reference for them ([`notes::known_of`]), to be merged from there.
pub fn fetch(remote: &Remote<'_>) -> Result<Transfer> {
    let refspec = format!("+{NOTES_REF}:{}", notes::known_of(remote.name));
    let mut arguments = FETCH.to_vec();
    arguments.extend(["--", remote.name, &refspec]);
    let (done, said) = run(remote, &arguments)?;
    match done {
        true => Ok(Transfer::Done),
        false if said.contains("couldn't find remote ref") => Ok(Transfer::NothingThere),
        false => bail!("no notes were fetched from {}: {}", remote.name, reason(&said)),
    }
}

/// Whether git succeeded, and all that it said.
fn run(remote: &Remote<'_>, arguments: &[&str]) -> Result<(bool, String)> {
    let (done, said) = run_once(remote, arguments, None)?;
    let is_refused =
        ["Authentication failed", "could not read Username", "Invalid username or", "HTTP 401", "error: 403"]
            .iter()
            .any(|sign| said.contains(sign));
    match remote.access {
        Some(access) if !done && is_refused => run_once(remote, arguments, Some(access)),
        _ => Ok((done, said)),
    }
}

/// Git's words go into a file and not a pipe, which a helper could hold open.
fn run_once(remote: &Remote<'_>, arguments: &[&str], access: Option<&Access>) -> Result<(bool, String)> {
    let within = remote.within;
    let mut said = tempfile::tempfile().context("no temporary file can be made")?;
    let to = |file: &File| file.try_clone().map(Stdio::from).context("a temporary file cannot be shared");
    let mut child = Command::new("git")
        .arg("-C")
        .arg(remote.folder)
        .args(arguments)
        .envs(access.map(Access::variables).into_iter().flatten())
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

    fn push(folder: &Path, name: &str, within: Duration) -> Result<Transfer> {
        super::push(&Remote { folder, name, access: None, within }, NOTES_REF)
    }

    fn fetch(folder: &Path, name: &str, within: Duration) -> Result<Transfer> {
        super::fetch(&Remote { folder, name, access: None, within })
    }

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
        notes::merge(&other, &notes::known_of("origin"), |ours, _| ours.to_vec(), Timestamp::UNIX_EPOCH).unwrap();
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

    #[test]
    fn a_shallow_clone_gets_more_of_the_history_and_then_all_of_it() {
        let fixture = Fixture::new();
        for name in ["a", "b", "c", "d"] {
            fixture.commit(name);
        }
        fixture.git(&["clone", "-q", "--bare", ".", "../hub.git"]);
        let url = format!("file://{}", fixture.beside("hub.git").display());
        fixture.git(&["clone", "-q", "--depth", "1", &url, "../shallow"]);
        let folder = fixture.beside("shallow");
        let count = || fixture.git(&["-C", "../shallow", "rev-list", "--count", "HEAD"]);
        let remote = Remote { folder: &folder, name: "origin", access: None, within: WITHIN };
        let main = ["+refs/heads/main:refs/backstory/main"];
        assert_eq!(fetch_refs(&remote, &main, Depth::AsItIs).unwrap(), Transfer::Done);
        assert_eq!(count(), "1");
        fetch_refs(&remote, &main, Depth::Deepen(1)).unwrap();
        assert_eq!(count(), "2");
        fetch_refs(&remote, &main, Depth::Full).unwrap();
        assert_eq!(count(), "4");
        assert_eq!(fetch_refs(&remote, &["refs/pull/9/head"], Depth::AsItIs).unwrap(), Transfer::NothingThere);
    }

    #[test]
    fn a_token_is_no_argument_and_is_not_shown() {
        let access = Access { server: "https://forge.test/".into(), header: "AUTHORIZATION: basic c2VjcmV0".into() };
        assert_eq!(format!("{access:?}"), "Access(https://forge.test/)");
        assert_eq!(access.variables()[1].1, "http.https://forge.test/.extraheader");
    }
}
