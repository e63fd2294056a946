//! How a path in a session (mostly absolute, of any operating system) is compared with a path in a commit.

pub(crate) use crate::text::paths::name;

/// How well a session's path and a commit's path agree, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PathMatch {
    Other,
    /// The same file name in another folder.
    Name,
    /// The session's path ends with the whole path of the commit.
    Whole,
}

/// A session's path with `/` between its parts.
pub(crate) fn normalise(path: &str) -> String {
    path.replace('\\', "/")
}

/// Whether a path, normalised, is in a folder for temporary files.
pub(crate) fn is_temporary(path: &str) -> bool {
    ["/tmp/", "/private/tmp/", "/var/folders/"].iter().any(|folder| path.starts_with(folder))
}

pub(crate) fn compare(session_path: &str, commit_path: &str) -> PathMatch {
    let whole = session_path.strip_suffix(commit_path).is_some_and(|before| before.is_empty() || before.ends_with('/'));
    if whole {
        PathMatch::Whole
    } else if name(session_path) == name(commit_path) {
        PathMatch::Name
    } else {
        PathMatch::Other
    }
}

/// What is behind the last dot of the name; nothing where there is none.
pub(crate) fn kind(path: &str) -> &str {
    name(path).rsplit_once('.').map_or("", |(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_another_checkout_or_system_is_the_same_file() {
        assert_eq!(compare("/Users/a/other checkout/src/price.py", "src/price.py"), PathMatch::Whole);
        assert_eq!(compare(&normalise("D:\\shop\\src\\price.py"), "src/price.py"), PathMatch::Whole);
        assert_eq!(compare("/home/a/shop/lib/price.py", "src/price.py"), PathMatch::Name);
        assert_eq!(compare("/home/a/shop/xsrc/price.py", "src/price.py"), PathMatch::Name);
        assert_eq!(compare("/home/a/shop/cart.py", "src/price.py"), PathMatch::Other);
    }
}
