//! Sends the notes to a remote and fetches them, by the installed git, which knows the user's keys, proxies and helpers.
//! Never through a shell, never with a question, and never longer than it was given: pre-push must not block.

use std::path::Path;
use std::time::Duration;

use anyhow::{Result, bail};

use super::installed::{self, Call, GitCredentials, reason};
use super::note_refs::NOTES_REF;
use super::remotes::{shown, with_shown};
use crate::git::note_refs;

/// How a transfer ended, when it did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transfer {
    Done,
    /// There are no notes on the side that should give them.
    NothingThere,
    /// The remote has notes that are not here: fetch, merge, push again.
    Rejected,
}

/// The server was reached and does not want the notes.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{remote} refuses the records: {reason}")]
pub(crate) struct Refused {
    pub remote: String,
    /// The server's own words.
    pub reason: String,
}

/// The two sides of a transfer, and how long it may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Remote<'a> {
    /// The repository here.
    pub folder: &'a Path,
    /// A remote's name or an address.
    pub name: &'a str,
    /// Used where git has no credentials of its own that work: two of them in one request are refused.
    pub access: Option<&'a GitCredentials>,
    pub within: Duration,
}

/// How much history is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FetchDepth {
    /// As the clone has it: a shallow one stays shallow.
    AsItIs,
    /// So many commits more than a shallow clone has now.
    Deepen(u32),
    /// All of it.
    Full,
}

/// How everything is fetched: nothing but what was asked for, and nothing is tidied.
const FETCH: [&str; 5] = ["fetch", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--no-auto-gc"];
/// A partial clone gets notes with their content too: the setting that leaves content out is made for files.
const WHOLE: &str = "--no-filter";

/// Fetches `refspecs`. Checks nothing out, and reads no hook or setting of the other side.
///
/// # Errors
/// When git cannot fetch them; the text has git's reason.
pub(crate) fn fetch_refs(remote: &Remote<'_>, refspecs: &[&str], depth: FetchDepth) -> Result<Transfer> {
    let depth = match depth {
        FetchDepth::AsItIs => None,
        FetchDepth::Deepen(commits) => Some(format!("--deepen={commits}")),
        FetchDepth::Full => Some("--unshallow".to_owned()),
    };
    let mut arguments = FETCH.to_vec();
    arguments.extend(depth.as_deref());
    if refspecs.iter().any(|refspec| refspec.contains("refs/notes/")) {
        arguments.push(WHOLE);
    }
    arguments.extend(["--", remote.name]);
    arguments.extend(refspecs);
    let (done, said) = run(remote, &arguments)?;
    match done {
        true => Ok(Transfer::Done),
        false if said.contains("couldn't find remote ref") => Ok(Transfer::NothingThere),
        false => bail!("git cannot fetch from {}: {}", shown(remote.name), reason(&said)),
    }
}

/// Pushes the notes at the commit `notes`. Runs no pre-push hook: it may be called by one.
///
/// # Errors
/// [`Refused`] when the server does not want them; else the text has git's reason.
pub(crate) fn push(remote: &Remote<'_>, notes: &str) -> Result<Transfer> {
    let refspec = format!("{notes}:{NOTES_REF}");
    let (done, said) = run(remote, &["push", "--no-verify", "--porcelain", "--", remote.name, &refspec])?;
    // What became of each reference: `!`, the two names, and why (git-push(1), --porcelain).
    let status = said.lines().find_map(|line| line.strip_prefix("!\t")?.split('\t').nth(1)).unwrap_or_default();
    match done {
        true => Ok(Transfer::Done),
        false if said.contains("does not match any") => Ok(Transfer::NothingThere),
        false if status.starts_with("[rejected]") || is_taken(status) => Ok(Transfer::Rejected),
        false if status.starts_with("[remote rejected]") => {
            let why = status.trim_start_matches("[remote rejected]").trim();
            let words = words_of_server(&said);
            let reason = [words.as_str(), why].join(" ").trim().to_owned();
            Err(Refused { remote: shown(remote.name), reason }.into())
        }
        false => bail!("the notes were not pushed to {}: {}", shown(remote.name), full_reason(&said)),
    }
}

/// Somebody else pushed at the same moment: the remote's reference is locked, or is no longer what it was.
fn is_taken(status: &str) -> bool {
    status.starts_with("[remote rejected]")
        && ["cannot lock ref", "failed to update ref", "reference already exists", "incorrect old value"]
            .iter()
            .any(|reason| status.contains(reason))
}

/// Lines and characters of what a server says that are passed on.
const LINES: usize = 4;
const LENGTH: usize = 300;

/// What the server wrote to the person, without its progress.
fn words_of_server(said: &str) -> String {
    let lines = said.lines().filter_map(|line| line.strip_prefix("remote:")).map(str::trim);
    let lines = lines.filter(|line| line.chars().any(char::is_alphanumeric) && !line.contains("% ("));
    let words = lines.take(LINES).collect::<Vec<_>>().join(" ");
    match words.char_indices().nth(LENGTH) {
        Some((end, _)) => format!("{}...", &words[..end]),
        None => words,
    }
}

/// git's reason, after the server's own words where there are any.
fn full_reason(said: &str) -> String {
    [words_of_server(said).as_str(), reason(said)].join(" ").trim().to_owned()
}

/// Fetches the remote's notes into the reference for them ([`note_refs::known_of`]), to be merged from there.
pub(crate) fn fetch(remote: &Remote<'_>) -> Result<Transfer> {
    let refspec = format!("+{NOTES_REF}:{}", note_refs::known_of(remote.name));
    let mut arguments = FETCH.to_vec();
    arguments.extend([WHOLE, "--", remote.name, &refspec]);
    let (done, said) = run(remote, &arguments)?;
    match done {
        true => Ok(Transfer::Done),
        false if said.contains("couldn't find remote ref") => Ok(Transfer::NothingThere),
        false => bail!("no notes were fetched from {}: {}", shown(remote.name), reason(&said)),
    }
}

/// Whether git succeeded, and all that it said, without keys in addresses.
fn run(remote: &Remote<'_>, arguments: &[&str]) -> Result<(bool, String)> {
    let ran = installed::run(&Call {
        folder: remote.folder,
        arguments,
        variables: Vec::new(),
        input: &[],
        access: remote.access,
        within: Some(remote.within),
    })?;
    Ok((ran.done, with_shown(&format!("{}{}", ran.err, String::from_utf8_lossy(&ran.out)), remote.name)))
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
        notes::merge(&other, &note_refs::known_of("origin"), |ours, _| ours.to_vec(), Timestamp::UNIX_EPOCH).unwrap();
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
    fn a_key_in_an_address_is_in_no_message() {
        let fixture = Fixture::new();
        put(&fixture.open(), &fixture.commit("a"), "a");
        for address in [
            "https://me:s3cret@127.0.0.1:1/x",
            "ssh://me:s3cret@127.0.0.1:1/x",
            "https://s3cret@127.0.0.1:1/x?token=s3cret",
        ] {
            fixture.git(&["config", "remote.hub.url", address]);
            for name in [address, "hub"] {
                for error in [
                    push(&fixture.root(), name, WITHIN).unwrap_err(),
                    fetch(&fixture.root(), name, WITHIN).unwrap_err(),
                ] {
                    let said = format!("{error:#}");
                    assert!(!said.contains("s3"), "{address}: {said}");
                }
            }
        }
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
        assert_eq!(fetch_refs(&remote, &main, FetchDepth::AsItIs).unwrap(), Transfer::Done);
        assert_eq!(count(), "1");
        fetch_refs(&remote, &main, FetchDepth::Deepen(1)).unwrap();
        assert_eq!(count(), "2");
        fetch_refs(&remote, &main, FetchDepth::Full).unwrap();
        assert_eq!(count(), "4");
        assert_eq!(fetch_refs(&remote, &["refs/pull/9/head"], FetchDepth::AsItIs).unwrap(), Transfer::NothingThere);
    }

    #[test]
    fn what_a_server_says_against_the_notes_is_passed_on_and_its_progress_is_not() {
        let says = "if test -t 1; then :; fi; echo; echo \"$1\"; echo Resolving deltas: 100% \\(3/3\\); exit 1";
        for (hook, words) in [
            ("pre-receive", "policy: no notes, see https://x.test (pre-receive hook declined)"),
            (
                "update",
                "policy: no notes, see https://x.test error: hook declined to update refs/notes/backstory (hook declined)",
            ),
        ] {
            let fixture = Fixture::new();
            put(&fixture.open(), &fixture.commit("a"), "a");
            fixture.git(&["init", "-q", "--bare", "../hub.git"]);
            let path = fixture.beside("hub.git").join("hooks").join(hook);
            std::fs::write(&path, format!("#!/bin/sh\nset -- 'policy: no notes, see https://x.test'\n{says} >&2\n"))
                .unwrap();
            make_executable(&path);
            let error = push(&fixture.root(), "../hub.git", WITHIN).unwrap_err();
            assert_eq!(error.downcast_ref::<Refused>().map(|refused| refused.reason.as_str()), Some(words));
        }
    }

    #[test]
    fn a_reference_that_a_server_hides_is_a_refusal() {
        let fixture = Fixture::new();
        put(&fixture.open(), &fixture.commit("a"), "a");
        fixture.git(&["init", "-q", "--bare", "../hub.git"]);
        fixture.git(&["-C", "../hub.git", "config", "receive.hideRefs", "refs/notes"]);
        let error = push(&fixture.root(), "../hub.git", WITHIN).unwrap_err().to_string();
        assert_eq!(error, "../hub.git refuses the records: (deny updating a hidden ref)");
    }

    #[test]
    fn the_words_of_a_server_have_an_end() {
        let said: String = (0..9).map(|line| format!("remote: {line} {}\n", "x".repeat(200))).collect();
        let words = words_of_server(&said);
        assert!(words.starts_with("0 xxx") && words.chars().count() == LENGTH + 3, "{words}");
        assert_eq!(full_reason("remote: gone\nfatal: hung up\n"), "gone fatal: hung up");
        assert_eq!(full_reason("fatal: hung up\n"), "fatal: hung up");
    }

    fn make_executable(path: &Path) {
        use std::os::unix::fs::PermissionsExt as _;

        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
}
