//! Whether a person's words of what was checked (`AI-Verified: …`) say that something was, and that it did well.

/// Words that say nothing, or no.
const EMPTY: [&str; 28] = [
    "",
    "no",
    "nope",
    "none",
    "nothing",
    "never",
    "false",
    "0",
    "na",
    "n/a",
    "not applicable",
    "todo",
    "to do",
    "tbd",
    "wip",
    "pending",
    "unknown",
    "unclear",
    "skip",
    "skipped",
    "unverified",
    "untested",
    "unchecked",
    "later",
    "not yet",
    "nein",
    "nichts",
    "x",
];

/// What follows a `not`, an `un` and the like says that it was not done.
const DONE: [&str; 12] =
    ["tested", "verified", "checked", "run", "ran", "tried", "done", "reviewed", "test", "verify", "check", "yet"];

const DENIES: [&str; 16] = [
    "not", "never", "no", "isn't", "wasn't", "haven't", "hasn't", "didn't", "couldn't", "cannot", "can't", "couldn",
    "didn", "without", "unable", "yet",
];

const FAILS: [&str; 8] = ["fail", "fails", "failed", "failing", "broken", "breaks", "errored", "crashes"];

pub(crate) fn says_checked(text: &str) -> bool {
    let lower = text.trim().to_lowercase().replace('\u{2019}', "'");
    let plain = lower.trim_matches(|c: char| !c.is_alphanumeric());
    if EMPTY.contains(&plain) || !plain.chars().any(char::is_alphanumeric) {
        return false;
    }
    let words: Vec<&str> = lower
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '.' | ':' | '(' | ')' | '!' | '-'))
        .collect();
    let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
    let denies = |word: &&str| DENIES.contains(word);
    if words.first().is_some_and(|word| ["todo", "tbd", "untested", "unverified", "wip"].contains(word)) {
        return false;
    }
    // `not tested`, `could not be run`, `no tests run`.
    let is_denied = |place: usize| words[place.saturating_sub(3)..place].iter().any(denies);
    let begins_with_no = words.first().is_some_and(denies)
        && !words.iter().any(|word| ["pass", "passes", "passed", "ok"].contains(word));
    let undone = words.iter().enumerate().any(|(place, word)| DONE.contains(word) && place < 4 && is_denied(place));
    // `0 failed`, `nothing failed`, `checked that it fails without a key`.
    let is_fine = |place: usize| {
        let before = &words[..place];
        before.iter().any(|word| ["that", "whether", "if"].contains(word))
            || before
                .last()
                .is_some_and(|word| ["0", "zero", "nothing", "none", "no", "not", "never", "without"].contains(word))
    };
    let fails = words.iter().enumerate().any(|(place, word)| FAILS.contains(word) && !is_fine(place));
    let no_findings = words.len() > 1
        && ["errors", "findings", "warnings", "failures", "problems", "issues", "regressions"].contains(&words[1]);
    !(undone || fails || (begins_with_no && !no_findings))
}

#[cfg(test)]
mod tests {
    use super::says_checked;

    #[test]
    fn a_no_is_told_from_what_was_checked() {
        for (text, expected) in [
            ("pytest -q: 5 passed", true),
            ("ran it by hand on the staging data", true),
            ("pytest -q, 5 passed, 0 failed", true),
            ("checked that it fails without a key", true),
            ("nothing failed in pytest", true),
            ("no errors in clippy", true),
            ("yes", true),
            ("read it", true),
            ("no", false),
            ("No.", false),
            ("not tested", false),
            ("Not yet", false),
            ("nothing", false),
            ("none", false),
            ("TODO", false),
            ("todo: run the tests", false),
            ("tbd", false),
            ("-", false),
            ("?", false),
            ("n/a", false),
            ("pytest -q, failed", false),
            ("tests fail on main", false),
            ("could not be run here", false),
            ("haven't tested", false),
            ("haven\u{2019}t run it", false),
            ("untested", false),
            ("unverified so far", false),
            ("no tests run", false),
            ("not verified by hand", false),
            ("", false),
        ] {
            assert_eq!(says_checked(text), expected, "{text}");
        }
    }
}
