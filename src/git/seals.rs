//! Has the installed git sign small objects and tell who signed them: it knows the keys, formats and programs that commits are signed
//! with (`gpg.format`, `user.signingKey`, `gpg.ssh.allowedSignersFile`).

use std::ffi::OsString;

use anyhow::{Context, Result, bail};

use super::installed::{self, Call, reason};
use super::repository::Repository;

/// What git says of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyTrust {
    Good,
    /// The signature does not fit the object, or its key is not valid for it.
    Bad,
    /// It fits, and whose key it is is not known here, or the key itself is not.
    UnknownKey,
    /// The signature or its key is past its time.
    Expired,
    Revoked,
    /// git could not look: there is a setting or a program missing.
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

/// A signed commit object of the empty tree with this message. git may ask for a passphrase at the terminal.
///
/// # Errors
/// When git does not sign it.
pub(crate) fn sign(repository: &Repository, tree: &str, message: &str) -> Result<Vec<u8>> {
    let folder = repository.root().unwrap_or(repository.git_dir());
    let arguments = ["commit-tree", "-S", "-F", "-", tree];
    let variables = repository.variables();
    let call = Call { folder, arguments: &arguments, variables, input: message.as_bytes(), access: None, within: None };
    let ran = installed::run(&call)?;
    if !ran.done {
        let why = reason(&ran.err).trim_start_matches("fatal: ").trim_start_matches("error: ");
        bail!("git does not sign: {why} (`git commit -S` would say the same; see user.signingKey and gpg.format)");
    }
    let id = String::from_utf8_lossy(&ran.out).trim().to_owned();
    let objects = repository.git.odb()?;
    let object = objects.read(repository.oid(&id)?).context("git's signed object cannot be read")?;
    Ok(object.data().to_vec())
}

/// What git tells of signed commit objects, in their order. They are put into a folder of their own, and the repository stays as it is.
///
/// # Errors
/// When git cannot be run.
pub(crate) fn check(repository: &Repository, objects: &[&[u8]]) -> Result<Vec<CheckedSeal>> {
    if objects.is_empty() {
        return Ok(Vec::new());
    }
    let place = tempfile::tempdir().context("no temporary folder can be made")?;
    let mut variables = repository.variables();
    variables.extend([
        ("GIT_OBJECT_DIRECTORY", OsString::from(place.path())),
        ("GIT_ALTERNATE_OBJECT_DIRECTORIES", repository.common_dir().join("objects").into()),
    ]);
    let folder = repository.root().unwrap_or(repository.git_dir());
    let git = |arguments: &[&str], input: &[u8]| {
        installed::run(&Call { folder, arguments, variables: variables.clone(), input, access: None, within: None })
    };
    let mut checked = Vec::new();
    for object in objects {
        let written = git(&["hash-object", "-t", "commit", "-w", "--stdin"], object)?;
        // What cannot be a commit is signed by nobody.
        if !written.done {
            checked.push(CheckedSeal { trust: KeyTrust::Bad, signer: None, key: None });
            continue;
        }
        let id = String::from_utf8_lossy(&written.out).trim().to_owned();
        let ask = |settings: &[&str]| -> Result<CheckedSeal> {
            let told = git(&[settings, &["log", "--no-walk", "--format=%G?%n%GS%n%GF%n%GK", &id]].concat(), &[])?;
            let is_missing = ["cannot run ", "cannot exec "].iter().any(|said| told.err.contains(said)) || !told.done;
            Ok(if is_missing { UNCHECKED } else { read(&String::from_utf8_lossy(&told.out)) })
        };
        let found = ask(&[])?;
        // Of a key that is on the list of revoked ones git says no more than that it cannot verify.
        let revoked = repository.config_string(REVOKED).filter(|_| found.trust == KeyTrust::Bad);
        let without = revoked.map(|_| ask(&["-c", &format!("{REVOKED}=")])).transpose()?;
        let is_revoked = |without: &CheckedSeal| !matches!(without.trust, KeyTrust::Bad | KeyTrust::Unchecked);
        checked.push(match without.filter(is_revoked) {
            Some(without) => CheckedSeal { trust: KeyTrust::Revoked, ..without },
            None => found,
        });
    }
    Ok(checked)
}

/// The setting of git for keys that are not to be trusted any more.
const REVOKED: &str = "gpg.ssh.revocationFile";
const UNCHECKED: CheckedSeal = CheckedSeal { trust: KeyTrust::Unchecked, signer: None, key: None };

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
