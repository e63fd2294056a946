//! Runs the installed git, which knows the user's keys, proxies, helpers and settings. Never through a shell, never with a
//! question, and for as long as the caller allows.

use std::ffi::OsString;
use std::fs::File;
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// What git is asked.
pub(super) struct Call<'a> {
    pub(super) folder: &'a Path,
    pub(super) arguments: &'a [&'a str],
    pub(super) variables: Vec<(&'static str, OsString)>,
    /// For its standard input.
    pub(super) input: &'a [u8],
    /// Used where git has no credentials of its own that work: two of them in one request are refused.
    pub(super) access: Option<&'a GitCredentials>,
    /// `None`: as long as it takes, as if the person had run git.
    pub(super) within: Option<Duration>,
}

/// What git sends along to one server, for a checkout that keeps no credentials: a token, as a header.
#[derive(Clone)]
pub(crate) struct GitCredentials {
    /// `https://github.com`; the header goes to no other place.
    pub server: String,
    /// `AUTHORIZATION: basic ...`
    pub header: String,
}

impl std::fmt::Debug for GitCredentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "GitCredentials({})", self.server)
    }
}

impl GitCredentials {
    /// Variables that hand the header to git: arguments can be read by every process of the machine.
    fn variables(&self) -> [(&'static str, OsString); 3] {
        [
            ("GIT_CONFIG_COUNT", "1".into()),
            ("GIT_CONFIG_KEY_0", format!("http.{}/.extraheader", self.server.trim_end_matches('/')).into()),
            ("GIT_CONFIG_VALUE_0", self.header.clone().into()),
        ]
    }
}

/// How git ended and what it wrote.
pub(super) struct GitRun {
    pub(super) done: bool,
    pub(super) out: Vec<u8>,
    pub(super) err: String,
}

/// git did not end in time and was stopped.
#[derive(Clone, Debug, thiserror::Error)]
#[error("git {verb} took longer than {seconds} s and was stopped")]
pub(crate) struct TookTooLong {
    verb: String,
    seconds: f32,
}

/// Runs git.
///
/// # Errors
/// When git cannot be started, and [`TookTooLong`].
pub(super) fn run(call: &Call<'_>) -> Result<GitRun> {
    let ran = run_once(call, None, None)?;
    let is_refused =
        ["Authentication failed", "could not read Username", "Invalid username or", "HTTP 401", "error: 403"]
            .iter()
            .any(|sign| ran.err.contains(sign));
    match call.access {
        Some(access) if !ran.done && is_refused => run_once(call, Some(access), None),
        _ => Ok(ran),
    }
}

/// Gets what git has written so far.
pub(super) type Watch<'a> = &'a mut dyn FnMut(&[u8]) -> Result<()>;

/// The same without credentials of ours, and `watch` is called each time that there is more, where the system lets it be read before the end.
///
/// # Errors
/// As [`run`], and the first of `watch`, once git is done.
pub(super) fn run_watched(call: &Call<'_>, watch: Option<Watch<'_>>) -> Result<GitRun> {
    run_once(call, None, watch)
}

/// Its words go into files and not through pipes, which a helper of it could hold open.
fn run_once(call: &Call<'_>, access: Option<&GitCredentials>, mut watch: Option<Watch<'_>>) -> Result<GitRun> {
    let file = || tempfile::tempfile().context("no temporary file can be made");
    let (mut out, mut err) = (file()?, file()?);
    let to = |file: &File| file.try_clone().map(Stdio::from).context("a temporary file cannot be shared");
    let input = if call.input.is_empty() {
        Stdio::null()
    } else {
        let mut input = file()?;
        input.write_all(call.input).and_then(|()| input.rewind()).context("a temporary file cannot be written")?;
        input.into()
    };
    let mut child = Command::new("git")
        .arg("-C")
        .arg(call.folder)
        .args(call.arguments)
        .envs(call.variables.iter().map(|(name, value)| (name, value)))
        .envs(access.map(GitCredentials::variables).into_iter().flatten())
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GCM_INTERACTIVE", "never")
        .env("GIT_OPTIONAL_LOCKS", "0")
        // Its words are read.
        .env("LC_ALL", "C")
        .stdin(input)
        .stdout(to(&out)?)
        .stderr(to(&err)?)
        .spawn()
        .context("git cannot be started; is it installed and on the PATH?")?;
    let start = Instant::now();
    let (mut written, mut watched) = (Vec::new(), Ok(()));
    let status = loop {
        if call.within.is_none() && watch.is_none() {
            break child.wait().context("git cannot be waited for")?;
        }
        if let Some(status) = child.try_wait().context("git cannot be waited for")? {
            break status;
        }
        if let Some(watch) = watch.as_mut().filter(|_| watched.is_ok())
            && read_on(&out, &mut written)
        {
            watched = watch(&written);
        }
        if let Some(within) = call.within.filter(|within| start.elapsed() >= *within) {
            // It may have ended just now; either way it is gone, and waited for.
            let _ = child.kill();
            let _ = child.wait();
            let verb = call.arguments.iter().find(|word| word.bytes().all(|byte| byte.is_ascii_lowercase()));
            let verb = verb.copied().unwrap_or_default().to_owned();
            return Err(TookTooLong { verb, seconds: within.as_secs_f32() }.into());
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let read = |file: &mut File| -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        file.rewind().and_then(|()| file.read_to_end(&mut bytes)).context("git's answer cannot be read")?;
        Ok(bytes)
    };
    watched?;
    let (out, err) = (read(&mut out)?, read(&mut err)?);
    Ok(GitRun { done: status.success(), out, err: String::from_utf8_lossy(&err).into_owned() })
}

/// Adds what the file holds behind `written`, without moving the place where git writes; whether there was more.
#[cfg(unix)]
fn read_on(file: &File, written: &mut Vec<u8>) -> bool {
    use std::os::unix::fs::FileExt as _;
    let before = written.len();
    let mut buffer = [0; 1 << 14];
    while let Ok(count @ 1..) = file.read_at(&mut buffer, written.len() as u64) {
        written.extend_from_slice(&buffer[..count]);
    }
    written.len() > before
}

/// Elsewhere to read moves the place.
#[cfg(not(unix))]
fn read_on(_: &File, _: &mut Vec<u8>) -> bool {
    false
}

/// The line that says what went wrong.
pub(super) fn reason(said: &str) -> &str {
    let lines = || said.lines().map(str::trim).filter(|line| !line.is_empty());
    let telling = lines().find(|line| line.starts_with("fatal:") || line.starts_with("error:"));
    telling.or_else(|| lines().next()).unwrap_or("git gave no reason")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_no_argument_and_is_not_shown() {
        let access =
            GitCredentials { server: "https://forge.test/".into(), header: "AUTHORIZATION: basic c2VjcmV0".into() };
        assert_eq!(format!("{access:?}"), "GitCredentials(https://forge.test/)");
        assert_eq!(access.variables()[1].1, "http.https://forge.test/.extraheader");
    }
}
