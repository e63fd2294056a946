//! The names of references that hold notes: our own, and what is known of those at remotes.

use std::hash::{DefaultHasher, Hasher};

/// Where the notes are. `git notes --ref backstory` reads them too.
pub const NOTES_REF: &str = "refs/notes/backstory";

/// What a remote is known to have, one reference a remote.
pub const KNOWN: &str = "refs/backstory/remotes/";

/// The reference for what a remote, a name or an address, is known to have.
pub fn known_of(remote: &str) -> String {
    let name = format!("{KNOWN}{remote}");
    if is_plain(remote) && git2::Reference::is_valid_name(&name) {
        return name;
    }
    let mut hasher = DefaultHasher::new();
    hasher.write(remote.as_bytes());
    // No remote can have a name that ends so.
    format!("{KNOWN}{:016x}@address", hasher.finish())
}

/// A name that a person can type into a shell as it is. What a remote calls its references is its own choice.
pub(crate) fn is_plain(name: &str) -> bool {
    !name.starts_with('-') && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
}

/// The remote whose notes a reference of [`known`] or [`fetched`] copies; `None` for an address, and for a name that cannot
/// be typed as it is.
pub fn remote_of(copy: &str) -> Option<&str> {
    let fetched = || copy.strip_prefix("refs/notes/remotes/")?.strip_suffix("/backstory");
    copy.strip_prefix(KNOWN).or_else(fetched).filter(|remote| is_plain(remote))
}
