//! A ground for tests, told by the names of folders.

use crate::record::place::{Ground, Location, plain};

/// `/here` is the repository, `/other` another one; both are in the home folder as well.
pub(super) struct ToldGround;

impl Ground for ToldGround {
    fn folder(&self, path: &str) -> Location {
        let path = plain(path.strip_prefix('~').unwrap_or(path));
        let is_in = |root: &str| path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        match () {
            () if is_in("/here") => Location::Here,
            () if is_in("/other") => Location::Elsewhere,
            () => Location::Nowhere,
        }
    }

    fn file(&self, path: &str, cwd: Option<&str>) -> Location {
        let path = if path.starts_with(['/', '~']) { path.to_owned() } else { format!("{}/{path}", cwd.unwrap_or("")) };
        self.folder(&path)
    }
}
