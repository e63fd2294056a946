//! The names of references that hold notes: our own, and what is known of those at remotes.

use std::hash::{DefaultHasher, Hasher};

use anyhow::{Result, bail};
use git2::Oid;

use super::repository::Repository;

/// Where the notes are. `git notes --ref backstory` reads them too.
pub(crate) const NOTES_REF: &str = "refs/notes/backstory";

/// What a remote is known to have, one reference a remote.
pub(crate) const KNOWN: &str = "refs/backstory/remotes/";

/// The reference for what a remote, a name or an address, is known to have.
pub(crate) fn known_of(remote: &str) -> String {
    let name = format!("{KNOWN}{remote}");
    if is_plain(remote) && git2::Reference::is_valid_name(&name) {
        return name;
    }
    let mut hasher = DefaultHasher::new();
    hasher.write(remote.as_bytes());
    // No remote can have a name that ends so.
    format!("{KNOWN}{:016x}@address", hasher.finish())
}

/// Whether there is a reference of this name.
pub(crate) fn is_there(repository: &Repository, name: &str) -> bool {
    tip(repository, name).is_some()
}

/// The commit of notes that a reference names. A symbolic reference has none: it could lead to anything.
pub(super) fn tip(repository: &Repository, name: &str) -> Option<Oid> {
    readable_tip(repository, name).ok().flatten()
}

/// The same; `None` where there is no such reference, or a symbolic one.
///
/// # Errors
/// When it is there and cannot be read.
pub(super) fn readable_tip(repository: &Repository, name: &str) -> anyhow::Result<Option<Oid>> {
    let found = match repository.git.find_reference(name) {
        Err(error) if error.code() == git2::ErrorCode::NotFound => return Ok(None),
        found => found?,
    };
    Ok(match found.target() {
        Some(_) => Some(found.peel_to_commit()?.id()),
        None => None,
    })
}

/// What is wrong and what to do about it where the reference of our notes is a symbolic one. It is not followed: what it leads
/// to may be a branch.
pub(crate) fn symbolic(repository: &Repository) -> Option<(String, String)> {
    let found = repository.git.find_reference(NOTES_REF).ok()?;
    let target = found.symbolic_target().ok().flatten()?;
    let state = format!("{NOTES_REF} is a symbolic ref (to {target}), which backstory does not follow");
    let advice = match repository.git.refname_to_id(NOTES_REF) {
        Ok(_) => format!("`git update-ref --no-deref {NOTES_REF} {NOTES_REF}` keeps the notes that it leads to"),
        Err(_) => format!("`git symbolic-ref --delete {NOTES_REF}` removes it; it leads nowhere"),
    };
    Some((state, advice))
}

/// # Errors
/// Where `name` is the reference of our notes, and a symbolic one.
pub(super) fn refuse_symbolic(repository: &Repository, name: &str) -> Result<()> {
    match symbolic(repository).filter(|_| name == NOTES_REF) {
        Some((state, advice)) => bail!("{state}: {advice}"),
        None => Ok(()),
    }
}

/// A name that a person can type into a shell as it is. What a remote calls its references is its own choice.
pub(crate) fn is_plain(name: &str) -> bool {
    !name.starts_with('-') && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
}

/// The remote whose notes a reference of [`known`] or [`fetched`] copies; `None` for an address, and for a name that cannot
/// be typed as it is.
pub(crate) fn remote_of(copy: &str) -> Option<&str> {
    let fetched = || copy.strip_prefix("refs/notes/remotes/")?.strip_suffix("/backstory");
    copy.strip_prefix(KNOWN).or_else(fetched).filter(|remote| is_plain(remote))
}
