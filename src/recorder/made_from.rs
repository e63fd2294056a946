//! The commits that a message names as those it was made from.

use crate::text::ids::is_commit_id;

/// Words, in small letters, of which one stands in every message that [`named`] finds something in.
pub(crate) const TELLING: [&str; 3] =
    ["squashed commit of the following", "cherry picked from commit", "former-commit-id"];

/// The commits that the message names as those it was made from, in git's own words. They are all there is after a
/// squash with `--no-verify`.
pub(crate) fn named(message: &str) -> Vec<String> {
    let is_squash = message.trim_start().starts_with("Squashed commit of the following:");
    let ids = message.lines().filter_map(|line| match line.strip_prefix("commit ") {
        Some(id) if is_squash => Some(id.trim()),
        // The second is what the BFG leaves.
        _ => {
            let picked =
                line.strip_prefix("(cherry picked from commit ").and_then(|id| id.trim_end().strip_suffix(')'));
            picked.or_else(|| line.strip_prefix("Former-commit-id: ").map(str::trim))
        }
    });
    ids.filter(|id| is_commit_id(id)).map(str::to_owned).collect()
}
