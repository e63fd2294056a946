//! How a hook tells without the rest of the program that nothing of any agent happened since the last commit. A hook that
//! found nothing leaves a stamp (`stamp`), and the check (`check.rs`) holds it against what is there now. Uses nothing but the
//! standard library: `build.rs` makes a small program of these files (its root is `program.rs`), which `init` puts beside our
//! own files and the commit-msg hook asks first.

pub(crate) mod embedded;
#[cfg(test)]
pub(crate) mod holds;
pub(crate) mod sessions;
pub(crate) mod stamp;
pub(crate) mod stamp_text;
