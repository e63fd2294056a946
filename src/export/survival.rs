//! What became of a commit's lines: whether they are still there long after, were changed, or were taken back in words that git knows.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use super::patch::changes;
use crate::text::telling::is_telling;

/// A commit's lines are judged when the last commit was made so long after it.
const AGE: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Of a hundred lines so many stand for the whole.
const KEPT: usize = 95;
/// With fewer lines it may be chance.
const LEAST_LINES: usize = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The lines stand in the last commit, 30 days or more after they were made.
    Kept,
    /// Some do not: who changed them may have had any reason.
    Reworked,
    /// A later commit says that it reverts this one, and stands itself.
    Reverted,
    /// Too young, too little, or not to be read.
    NotKnown,
}

/// What became of the lines that a patch adds. `at_head` gives a file as it is in the last commit.
pub(crate) fn fate(
    patch: &str,
    (made, last): (Timestamp, Timestamp),
    at_head: impl Fn(&str) -> Option<String>,
) -> Fate {
    if last.duration_since(made) < AGE {
        return Fate::NotKnown;
    }
    let (mut found, mut all) = (0, 0);
    for change in changes(patch).iter().filter(|change| !change.is_deleted) {
        let Some(text) = at_head(change.path) else { return Fate::NotKnown };
        let mut there: HashMap<&str, usize> = HashMap::new();
        for line in text.lines() {
            *there.entry(line.trim()).or_default() += 1;
        }
        for line in change.added.iter().map(|line| line.trim()).filter(|line| is_telling(line)) {
            all += 1;
            if let Some(count) = there.get_mut(line).filter(|count| **count > 0) {
                *count -= 1;
                found += 1;
            }
        }
    }
    match all {
        0..LEAST_LINES => Fate::NotKnown,
        _ if found * 100 >= all * KEPT => Fate::Kept,
        _ => Fate::Reworked,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATCH: &str = "diff --git a/old.py b/src/new.py\n--- a/old.py\n+++ b/src/new.py\n@@ -1,2 +1,5 @@\n def total(prices):\n\
        -    return sum(prices)\n+    subtotal = sum(prices)\n+    discount = percent(subtotal)\n+++ b/looks like a header\n\
        +    return subtotal - discount\n@@ -9 +12 @@\n-a\n+b\n";

    #[test]
    fn lines_that_stand_for_a_month_are_kept_and_others_are_not_called_so() {
        let made: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let month: Timestamp = "2026-01-31T00:00:00Z".parse().unwrap();
        let day: Timestamp = "2026-01-30T23:59:59Z".parse().unwrap();
        let all = "def total(prices):\n\tsubtotal = sum(prices)\n    discount = percent(subtotal)\n++ b/looks like a header\n\
            return subtotal - discount\n";
        let some = all.replace("return subtotal - discount", "return max(0, subtotal - discount)");
        for (case, last, text, expected) in [
            ("all stand", month, Some(all), Fate::Kept),
            ("a day too early", day, Some(all), Fate::NotKnown),
            ("one was changed", month, Some(&some), Fate::Reworked),
            ("the file is gone", month, Some(""), Fate::Reworked),
            ("it cannot be read", month, None, Fate::NotKnown),
        ] {
            let at_head = |path: &str| {
                assert_eq!(path, "src/new.py", "{case}");
                text.map(str::to_owned)
            };
            assert_eq!(fate(PATCH, (made, last), at_head), expected, "{case}");
        }
        let short = "--- a/x\n+++ b/x\n@@ -0,0 +1 @@\n+return total\n";
        assert_eq!(fate(short, (made, month), |_| Some("return total\n".to_owned())), Fate::NotKnown);
    }
}
