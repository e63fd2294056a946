//! Has the installed git sign small objects and tell who signed them: it knows the keys, formats and programs that commits are signed
//! with (`gpg.format`, `user.signingKey`, `gpg.ssh.allowedSignersFile`).

use std::ffi::OsString;

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use super::installed::{self, Call, GitRun, reason};
use super::repository::Repository;

/// What git says of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyTrust {
    Good,
    /// The object has no signature.
    Unsigned,
    /// The signature does not fit the object, or its key is not valid for it.
    Bad,
    /// It fits, and whose key it is is not known here, or the key itself is not.
    UnknownKey,
    /// The signature or its key is past its time.
    Expired,
    Revoked,
    /// git could not look: there is a setting or a program missing. Also where it only does not verify with its list of revoked keys.
    Unchecked,
}

/// Who signed an object, as git tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CheckedSeal {
    pub(crate) trust: KeyTrust,
    /// The principal or user id; `None` where git names nobody.
    pub(crate) signer: Option<String>,
    /// The fingerprint of the key, or its id.
    pub(crate) key: Option<String>,
}

/// Runs the installed git with a folder of its own for new objects, so that the repository stays as it is.
struct GitAside<'a> {
    repository: &'a Repository,
    /// It goes with this.
    place: TempDir,
}

impl<'a> GitAside<'a> {
    fn new(repository: &'a Repository) -> Result<Self> {
        Ok(Self { repository, place: tempfile::tempdir().context("no temporary folder can be made")? })
    }

    fn run(&self, arguments: &[&str], input: &[u8]) -> Result<GitRun> {
        let mut variables = self.repository.variables();
        variables.extend([
            ("GIT_OBJECT_DIRECTORY", OsString::from(self.place.path())),
            ("GIT_ALTERNATE_OBJECT_DIRECTORIES", self.repository.common_dir().join("objects").into()),
        ]);
        let folder = self.repository.root().unwrap_or(self.repository.git_dir());
        installed::run(&Call { folder, arguments, variables, input, access: None, within: None })
    }
}

/// A signed commit object of the empty tree with this message, which the repository does not get. git may ask for a passphrase at the
/// terminal.
///
/// # Errors
/// When git does not sign it.
pub(crate) fn sign(repository: &Repository, tree: &str, message: &str) -> Result<Vec<u8>> {
    let git = GitAside::new(repository)?;
    let ran = git.run(&["commit-tree", "-S", "-F", "-", tree], message.as_bytes())?;
    if !ran.done {
        let why = reason(&ran.err).trim_start_matches("fatal: ").trim_start_matches("error: ");
        bail!("git does not sign: {why} (`git commit -S` would say the same; see user.signingKey and gpg.format)");
    }
    let id = String::from_utf8_lossy(&ran.out).trim().to_owned();
    let read = git.run(&["cat-file", "commit", &id], &[])?;
    if !read.done {
        bail!("git's signed object cannot be read: {}", reason(&read.err));
    }
    Ok(read.out)
}

/// What git tells of signed commit objects, in their order. They are put into a folder of their own, and the repository stays as it is.
///
/// # Errors
/// When git cannot be run.
pub(crate) fn check(repository: &Repository, objects: &[&[u8]]) -> Result<Vec<CheckedSeal>> {
    if objects.is_empty() {
        return Ok(Vec::new());
    }
    let git = GitAside::new(repository)?;
    let nobody = |trust| CheckedSeal { trust, signer: None, key: None };
    let mut checked = Vec::new();
    for object in objects {
        if !has_signature(object) {
            checked.push(nobody(KeyTrust::Unsigned));
            continue;
        }
        let written = git.run(&["hash-object", "-t", "commit", "-w", "--stdin"], object)?;
        // What cannot be a commit is signed by nobody.
        if !written.done {
            checked.push(nobody(KeyTrust::Bad));
            continue;
        }
        let id = String::from_utf8_lossy(&written.out).trim().to_owned();
        let ask = |settings: &[&str]| -> Result<CheckedSeal> {
            let told = git.run(&[settings, LOG, &[&id]].concat(), &[])?;
            let is_missing = ["cannot run ", "cannot exec "].iter().any(|said| told.err.contains(said)) || !told.done;
            Ok(if is_missing { nobody(KeyTrust::Unchecked) } else { read(&String::from_utf8_lossy(&told.out)) })
        };
        let found = ask(&[])?;
        // Of a key that is on the list of revoked ones, and of all keys where the list cannot be read, git says no more than that it
        // cannot verify: which of the two it is, nobody can tell.
        let revoked = repository.config_string(REVOKED).filter(|_| found.trust == KeyTrust::Bad);
        let without = revoked.map(|_| ask(&["-c", &format!("{REVOKED}=")])).transpose()?;
        let is_by_list = |without: &CheckedSeal| !matches!(without.trust, KeyTrust::Bad | KeyTrust::Unchecked);
        checked.push(match without.filter(is_by_list) {
            Some(without) => CheckedSeal { trust: KeyTrust::Unchecked, ..without },
            None => found,
        });
    }
    Ok(checked)
}

/// Whether the header of a commit object has a signature: git has one answer for an object without and for one that it cannot check.
pub(crate) fn has_signature(object: &[u8]) -> bool {
    let header = memchr::memmem::find(object, b"\n\n").map_or(object, |end| &object[..end]);
    memchr::memmem::find(header, b"\ngpgsig ").is_some()
}

/// Whatever a person set for `git log`, this is what [`read`] reads.
const LOG: &[&str] = &["log", "--no-walk", "--no-show-signature", "--encoding=UTF-8", "--format=%G?%n%GS%n%GF%n%GK"];
/// The setting of git for keys that are not to be trusted any more.
pub(crate) const REVOKED: &str = "gpg.ssh.revocationFile";

/// Letter, signer, fingerprint and key (git-log(1)).
fn read(text: &str) -> CheckedSeal {
    let mut lines = text.lines().map(str::trim);
    let trust = match lines.next().unwrap_or_default() {
        "G" => KeyTrust::Good,
        "U" | "E" => KeyTrust::UnknownKey,
        "X" | "Y" => KeyTrust::Expired,
        "R" => KeyTrust::Revoked,
        "B" => KeyTrust::Bad,
        _ => KeyTrust::Unchecked,
    };
    let mut next = || lines.next().filter(|line| !line.is_empty()).map(str::to_owned);
    let (signer, fingerprint, key) = (next(), next(), next());
    CheckedSeal { trust, signer, key: fingerprint.or(key) }
}
