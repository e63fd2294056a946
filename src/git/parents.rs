//! The parents of a commit as it names them, whether they are here or not.

/// As written in the commit. libgit2's own list leaves out what a shallow clone cut off.
pub(super) fn parents_in_header(commit: &git2::Commit<'_>) -> Vec<String> {
    commit
        .raw_header_bytes()
        .split(|byte| *byte == b'\n')
        .filter_map(|line| std::str::from_utf8(line.strip_prefix(b"parent ")?).ok())
        .map(str::to_owned)
        .collect()
}
