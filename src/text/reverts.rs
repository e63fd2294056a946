//! Which commits a message takes back.

/// The full ids of commits that a message says it reverts, as git writes it: on a line of its own, also of a merge.
pub(crate) fn reverts(message: &str) -> impl Iterator<Item = &str> {
    let ids = message.lines().filter_map(|line| line.trim().strip_prefix("This reverts commit "));
    ids.filter_map(|rest| rest.split(|c: char| !c.is_ascii_hexdigit()).next()).filter(|id| id.len() >= 40)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_commit_takes_back_is_named_as_git_does() {
        let (one, other) = ("c".repeat(40), "d".repeat(40));
        let of = |message: &str| reverts(message).map(str::to_owned).collect::<Vec<_>>().join(" ");
        assert_eq!(of(&format!("Revert \"Add\"\n\nThis reverts commit {one}.\n")), one);
        let merge = format!("Revert\n\nThis reverts commit {one}, reversing\nchanges made to {other}.");
        assert_eq!(of(&merge), one);
        for message in ["Revert the cache", "This reverts commit it", "This reverts commit 1a2b3c4."] {
            assert_eq!(of(message), "", "{message}");
        }
        assert_eq!(of(&format!("> see \"This reverts commit {one}\"")), "", "quoted");
    }
}
