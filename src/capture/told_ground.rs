//! A ground for tests, told by the names of folders.

use crate::record::place::{Ground, Place, plain};

/// `/here` is the repository, `/other` another one; both are in the home folder as well.
pub(super) struct Told;

impl Ground for Told {
    fn folder(&self, path: &str) -> Place {
        let path = plain(path.strip_prefix('~').unwrap_or(path));
        let is_in = |root: &str| path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        match () {
            () if is_in("/here") => Place::Here,
            () if is_in("/other") => Place::Elsewhere,
            () => Place::Nowhere,
        }
    }

    fn file(&self, path: &str, cwd: Option<&str>) -> Place {
        let path = if path.starts_with(['/', '~']) { path.to_owned() } else { format!("{}/{path}", cwd.unwrap_or("")) };
        self.folder(&path)
    }
}
