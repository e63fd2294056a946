//! Where a path that a session names lies, seen from one repository. Whoever can look at the disk answers; readers ask.

/// Where a folder or file lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Location {
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
    fn folder(&self, path: &str) -> Location;

    /// Where a file lies; a relative path begins at `cwd`.
    fn file(&self, path: &str, cwd: Option<&str>) -> Location;
}

/// A path as it is compared: with `/` for `\\`, and without `//`, `.`, `..` and a slash at its end.
pub(crate) fn plain(path: &str) -> String {
    let slashed = path.replace('\\', "/");
    let has_drive = slashed.get(1..2) == Some(":");
    let (drive, rest) = slashed.split_at(if has_drive { 2 } else { 0 });
    let mut parts: Vec<&str> = Vec::new();
    for part in rest.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    let root = if rest.starts_with('/') { "/" } else { "" };
    format!("{drive}{root}{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn a_path_has_one_form_however_it_is_spelled() {
        for (spelled, expected) in [
            ("/a/b", "/a/b"),
            ("/a/b/", "/a/b"),
            ("/a/b\\", "/a/b"),
            ("/a\\b", "/a/b"),
            ("\\a\\b", "/a/b"),
            ("//a//b//", "/a/b"),
            ("/a/./b/.", "/a/b"),
            ("/a/x/../b", "/a/b"),
            ("/../a", "/a"),
            ("C:\\shop\\app\\", "C:/shop/app"),
            ("C:/shop/../app", "C:/app"),
            ("/", "/"),
            ("\u{e4}:x", "\u{e4}:x"),
        ] {
            assert_eq!(plain(spelled), expected, "{spelled}");
        }
    }
}
