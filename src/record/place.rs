//! Where a path that a session names lies, seen from one repository. Whoever can look at the disk answers; readers ask.

/// Where a folder or file lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a work tree of this repository: the nearest repository at or above it is this one.
    Here,
    /// Below this repository, in a folder that is gone and that the repository does not know: it may have been a folder
    /// of its own, or a clone of another repository.
    Gone,
    /// In another repository.
    Elsewhere,
    /// In no repository, or on no disk of this machine.
    Nowhere,
}

/// Says where paths lie.
pub trait Ground {
    /// Where a working folder lies.
    fn folder(&self, path: &str) -> Place;

    /// Where a file lies; a relative path begins at `cwd`.
    fn file(&self, path: &str, cwd: Option<&str>) -> Place;
}
