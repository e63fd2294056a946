//! Whether a patch holds all that a request names, and no more: tests, documents, the files of a plan, what was to be left alone.

use std::collections::{HashMap, HashSet};

use super::stems::words;
use crate::text::paths::{is_plan, is_prose};

/// Why a patch is half of the work, or does what it should not.
pub(super) fn incomplete(asked: &str, subjects: &[&str], patches: &str) -> Option<&'static str> {
    if subjects.iter().any(|subject| hedges(subject, asked)) {
        return Some("the subject of the commit says that the work is not done");
    }
    let paths: Vec<&str> = paths(patches).collect();
    if is_only_a_plan(asked, &paths) {
        return Some("the patch is a plan of the work, and not the work");
    }
    if lacks_files(asked, patches) || lacks_tests(asked, &paths, patches) || lacks_documents(asked, &paths) {
        return Some("the patch lacks what the request names");
    }
    if touches_what_was_to_stay(asked, &paths) {
        return Some("the patch changes what was to be left alone");
    }
    if deletes_an_unasked_file(asked, patches) || takes_much_out(asked, patches) || strays(asked, subjects, patches) {
        return Some("the patch does more than was asked for");
    }
    is_vague(asked, patches).then_some("the request says little of a long patch")
}

/// Whether all that a patch holds are plans, and more was asked for than to write one.
fn is_only_a_plan(asked: &str, paths: &[&str]) -> bool {
    const DOING: &[&str] = &["add", "build", "execute", "fix", "implement", "proceed"];
    let lower = asked.to_lowercase();
    let said: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let asks_for_one = said.iter().any(|word| ["plan", "design", "spec", "proposal"].contains(word));
    let asks_for_more = !asks_for_one || said.iter().any(|word| DOING.contains(word));
    !paths.is_empty() && paths.iter().all(|path| is_plan(path)) && asks_for_more
}

/// The paths that patches change, as they are called afterwards, and those that they delete.
fn paths(patches: &str) -> impl Iterator<Item = &str> {
    patches.lines().filter_map(|line| line.strip_prefix("+++ b/").or_else(|| line.strip_prefix("--- a/")))
}

/// The parts of patches, split before each file. A removed line may begin with `-- ` itself.
fn files(patches: &str) -> impl Iterator<Item = &str> {
    const HEAD: &str = "\n--- ";
    let is_head = |at: &usize| patches[at + 1..].lines().nth(1).is_some_and(|next| next.starts_with("+++ "));
    let heads: Vec<usize> = patches.match_indices(HEAD).map(|(at, _)| at).filter(is_head).collect();
    let begins: Vec<usize> = std::iter::once(0).chain(heads.iter().map(|at| at + HEAD.len())).collect();
    let ends: Vec<usize> = heads.into_iter().chain([patches.len()]).collect();
    begins.into_iter().zip(ends).map(|(begin, end)| &patches[begin..end])
}

/// The names of the files that patches change, without their folders.
pub(super) fn names(patches: &str) -> String {
    let names: Vec<&str> = paths(patches).map(|path| path.rsplit('/').next().unwrap_or(path)).collect();
    names.join("\n")
}

/// Whether a subject says that more is to come, and the request did not.
fn hedges(subject: &str, asked: &str) -> bool {
    let (subject, asked) = (subject.to_lowercase(), asked.to_lowercase());
    let words: Vec<&str> = subject.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let is_hedge = |word: &&str| {
        let hedges = [
            "wip",
            "partial",
            "partially",
            "slightly",
            "somewhat",
            "attempt",
            "try",
            "trying",
            "temporary",
            "temporarily",
            "debug",
        ];
        hedges.contains(word) && !asked.contains(*word)
    };
    let says = ["first step", "first pass", "work in progress", "start work", "part 1", "not yet", "(1/"];
    words.iter().any(is_hedge) || says.iter().any(|says| subject.contains(says) && !asked.contains(says))
}

/// Whether a fourth of the files that a plan says it changes are not in the patch: those of its headings, and of its list of files.
fn lacks_files(asked: &str, patches: &str) -> bool {
    let mut named: HashSet<&str> = HashSet::new();
    let mut is_listing = false;
    for line in asked.lines() {
        let bare = line.trim_start().trim_start_matches("- ");
        let is_heading = bare.starts_with('#') || (bare.starts_with("**") && bare.ends_with("**"));
        if is_heading {
            is_listing = lists_files(bare);
        }
        let is_row = bare.starts_with(['`', '|', '*']) || bare.starts_with(|c: char| c.is_ascii_digit());
        let is_of_a_file = ["**File", "File:", "Modify:", "Create:"].iter().any(|start| bare.starts_with(start));
        if is_heading || is_of_a_file {
            named.extend(files_of(line));
        } else if is_listing && is_row {
            named.extend(files_of(line).take(1));
        }
    }
    // A plan may shorten a path; of two files with one name it says which.
    let name = |path: &str| path.rsplit('/').next().map(str::to_owned).unwrap_or_default();
    let mut names: HashMap<String, usize> = HashMap::new();
    named.iter().for_each(|path| *names.entry(name(path)).or_default() += 1);
    let is_there = |path: &str| patches.contains(path) || (names[&name(path)] == 1 && patches.contains(&name(path)));
    let missing = named.iter().filter(|path| !is_there(path)).count();
    missing > 0 && missing * 4 >= named.len()
}

/// Whether a heading stands over the files that are to be changed.
fn lists_files(heading: &str) -> bool {
    let lower = heading.to_lowercase();
    let changes = ["modif", "chang", "creat", "touch", "edit", "new", "update", "add"];
    lower.contains("file")
        && changes.iter().any(|word| lower.contains(word))
        && !lower.contains("no ")
        && !lower.contains("not ")
}

/// The paths between backquotes of a line, without a line number.
fn files_of(line: &str) -> impl Iterator<Item = &str> {
    let quoted = line.split('`').skip(1).step_by(2).map(|text| text.split(':').next().unwrap_or_default());
    let is_file = |text: &&str| {
        let name = text.rsplit('/').next().unwrap_or_default();
        let end = name.rsplit_once('.').map_or("", |(_, end)| end);
        !text.contains([' ', '*', '(', '=', '<', '{'])
            && end.len() <= 6
            && end.starts_with(|c: char| c.is_ascii_lowercase())
    };
    quoted.filter(is_file)
}

/// Whether tests are to be written, and the patch has none.
fn lacks_tests(asked: &str, paths: &[&str], patches: &str) -> bool {
    let is_test = |path: &str| {
        let lower = path.to_lowercase();
        lower.contains("test") || lower.contains("spec") || lower.contains("e2e")
    };
    let has_tests = || {
        patches.lines().any(|line| line.starts_with('+') && (line.contains("#[test]") || line.contains("def test_")))
    };
    wants(asked, &["test", "tests"]) && !paths.iter().any(|path| is_test(path)) && !has_tests()
}

fn lacks_documents(asked: &str, paths: &[&str]) -> bool {
    let is_document = |path: &str| {
        let lower = path.to_lowercase();
        is_prose(&lower) || lower.contains("doc")
    };
    wants(asked, &["readme", "changelog", "docs"]) && !paths.iter().any(|path| is_document(path))
}

/// Whether something of these names is to be written: "add tests", "update the readme". What is not to be written is not.
fn wants(asked: &str, names: &[&str]) -> bool {
    let lower = asked.to_lowercase();
    lower.lines().flat_map(|line| line.split(['.', ';', '!', '?'])).any(|sentence| {
        let words: Vec<&str> =
            sentence.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty()).collect();
        let is_denied =
            || words.iter().any(|word| ["no", "not", "don't", "without", "never", "existing", "if"].contains(word));
        let verbs = ["add", "write", "create", "update", "extend"];
        let near = |at: usize| words[at + 1..].iter().take(NEAR).any(|word| names.contains(word));
        words.iter().enumerate().any(|(at, word)| verbs.contains(word) && near(at)) && !is_denied()
    })
}

/// "add a few regression tests"
const NEAR: usize = 4;

/// Whether a file was to be left alone and is in the patch: "do not touch `cart.py`".
fn touches_what_was_to_stay(asked: &str, paths: &[&str]) -> bool {
    let lower = asked.to_lowercase();
    let denials = ["do not ", "don't ", "dont ", "never ", "without "];
    let verbs = ["touch", "touching", "change", "changing", "modify", "modifying", "edit", "editing"];
    denials.iter().flat_map(|denial| lower.match_indices(denial).map(|(at, denial)| &lower[at + denial.len()..])).any(
        |after| {
            let mut words = after.split_whitespace();
            let is_verb = words.next().is_some_and(|verb| verbs.contains(&verb));
            let is_file = |word: &str| {
                let word = word.trim_matches(|c: char| !c.is_alphanumeric());
                word.contains('.') && word.len() > 4 && paths.iter().any(|path| path.to_lowercase().ends_with(word))
            };
            is_verb && words.take(NEAR).any(is_file)
        },
    )
}

/// Whether a file of which the request says nothing is deleted, and nothing is to go or to be moved.
fn deletes_an_unasked_file(asked: &str, patches: &str) -> bool {
    // A file that moves is deleted in one place and new in another.
    if patches.contains("\n--- /dev/null") || patches.starts_with("--- /dev/null") || wants_less(asked) {
        return false;
    }
    let asked = words(asked);
    let is_unasked = |file: &str| {
        let path = file.lines().next().and_then(|line| line.strip_prefix("a/")).unwrap_or_default();
        let lines = file.lines().filter(|line| line.starts_with('-')).count();
        file.contains("\n+++ /dev/null")
            && lines >= LINES_OF_A_FILE
            && words(path.rsplit('/').next().unwrap_or(path)).is_disjoint(&asked)
    };
    let first = patches.strip_prefix("--- ").into_iter();
    first.chain(files(patches).skip(1)).any(is_unasked)
}

/// A file of fewer is soon gone with what it was for.
const LINES_OF_A_FILE: usize = 20;

/// Whether many lines of a file go for few new ones, and nothing is to go.
fn takes_much_out(asked: &str, patches: &str) -> bool {
    let is_much = |file: &str| {
        let count = |sign: char| file.lines().filter(|line| line.starts_with(sign)).count();
        let (gone, came) = (count('-'), count('+'));
        gone >= MUCH && gone > came * 3
    };
    // Of a file that is not spoken of whatever the words about others are.
    let is_unasked = |head: &str| {
        let path = head.lines().find_map(|line| line.strip_prefix("+++ b/")).unwrap_or_default();
        let name = path.rsplit('/').next().unwrap_or_default();
        let stem = name.split('.').next().unwrap_or_default().trim_end_matches("_test").trim_start_matches("test_");
        crate::text::paths::is_test(path) && !stem.is_empty() && !asked.to_lowercase().contains(&stem.to_lowercase())
    };
    files(patches)
        .filter_map(|file| file.split_once("\n@@ "))
        .any(|(head, hunks)| is_much(hunks) && (!wants_less(asked) || is_unasked(head)))
}

const MUCH: usize = 60;

/// Whether something is to go, or to be made in another way.
fn wants_less(asked: &str) -> bool {
    let lower = asked.to_lowercase();
    LESS.iter().any(|word| lower.contains(word))
}

const LESS: &[&str] = &[
    "remov",
    "delet",
    "drop",
    "clean",
    "rid of",
    "replac",
    "renam",
    "mov",
    "consolid",
    "merge",
    "migrat",
    "revert",
    "refactor",
    "rewrit",
    "restruct",
    "obsolete",
    "deprecat",
    "instead",
    "split",
    "strip",
    "unused",
    "convert",
    "switch",
    "combin",
    "simplif",
    "dedup",
    "duplicat",
    "extract",
    "undo",
    "dead code",
    "shorten",
    "single",
    "minimal",
    "rework",
    "redesign",
    "overhaul",
    "expos",
];

/// Whether a third of a patch is in files that share no word with the request and the subject, neither in their path nor in their lines.
fn strays(asked: &str, subjects: &[&str], patches: &str) -> bool {
    if asked.split_whitespace().count() > LONG_REQUEST {
        return false;
    }
    let about: HashSet<String> = words(asked).into_iter().chain(words(&subjects.join("\n"))).collect();
    let (mut all, mut astray) = (0, 0);
    for file in files(patches) {
        let Some((_, hunks)) = file.split_once("\n@@ ") else { continue };
        let changed = || hunks.lines().filter(|line| line.starts_with(['+', '-']));
        let path = file.lines().find_map(|line| line.strip_prefix("+++ ")).unwrap_or_default();
        let lines = changed().count();
        all += lines;
        let is_lock = path.contains("lock") || path.ends_with(".sum");
        let is_about = || !words(path).is_disjoint(&about) || changed().any(|line| !words(line).is_disjoint(&about));
        let only_goes = wants_less(asked) && !hunks.lines().any(|line| line.starts_with('+'));
        if lines >= LEAST_ASTRAY && !is_lock && !only_goes && !is_about() {
            astray += lines;
        }
    }
    astray * 3 > all
}

const LONG_REQUEST: usize = 150;
const LEAST_ASTRAY: usize = 10;

/// Whether a few words that order nothing led to a long patch.
fn is_vague(asked: &str, patches: &str) -> bool {
    let count = asked.split_whitespace().count();
    let added = || patches.lines().filter(|line| line.starts_with('+') && !line.starts_with("+++ ")).count();
    count < FEW && asked.is_ascii() && words(asked).len() < LEAST_WORDS && added() > LONG_PATCH
}

const FEW: usize = 15;
const LEAST_WORDS: usize = 2;
const LONG_PATCH: usize = 30;

#[cfg(test)]
mod tests {
    use super::*;

    fn patch(path: &str, lines: usize) -> String {
        let old = if path.starts_with("new/") { "--- /dev/null".to_owned() } else { format!("--- a/{path}") };
        format!("diff --git a/{path} b/{path}\n{old}\n+++ b/{path}\n@@ -1 +1,{lines} @@\n{}", "+price\n".repeat(lines))
    }

    #[test]
    fn a_plan_alone_is_no_answer_to_who_asks_for_the_work() {
        let patch = |path: &str| format!("--- /dev/null\n+++ b/{path}\n@@ -0,0 +1 @@\n+Sum each cart.\n");
        let why = Some("the patch is a plan of the work, and not the work");
        for (asked, path, expected) in [
            ("Implement totals of carts with tests", "docs/plans/totals.md", why),
            ("Design looks good. Proceed", "docs/plans/totals.md", why),
            ("Write a design of the totals", "docs/plans/totals.md", None),
            ("Implement totals of carts", "src/totals.py", None),
        ] {
            let found = incomplete(asked, &[], &patch(path)).filter(|found| Some(*found) == why);
            assert_eq!(found, expected, "{asked}: {path}");
        }
    }

    #[test]
    fn cases_of_a_test_that_nobody_spoke_of_are_not_to_go() {
        let gone = "-    case(1)\n".repeat(MUCH + 1);
        let patch = |path: &str| format!("\n--- a/{path}\n+++ b/{path}\n@@ -1,70 +1,9 @@\n{gone}+    case(2)\n");
        let asked = "simplify the totals, and add a test for them";
        assert!(takes_much_out(asked, &patch("tests/test_prices.py")));
        assert!(!takes_much_out(asked, &patch("src/prices.py")), "something was to be made simpler");
        assert!(!takes_much_out("simplify the tests of prices", &patch("tests/test_prices.py")));
        assert!(takes_much_out("add a test for totals", &patch("src/prices.py")));
    }

    #[test]
    fn half_of_the_work_and_more_than_was_asked_for_are_known() {
        let done = Some("the subject of the commit says that the work is not done");
        let lacks = Some("the patch lacks what the request names");
        let stays = Some("the patch changes what was to be left alone");
        let more = Some("the patch does more than was asked for");
        let little = Some("the request says little of a long patch");
        let plan = "# Round\n\n### 1. `src/price.py`\nround\n\n**File:** `src/cart.py:12`\nsum";
        let price = patch("src/price.py", 2);
        for (case, asked, subject, patches, expected) in [
            ("all of it", "round the prices", "Round prices", price.clone(), None),
            ("a part", "round the prices", "Partially round prices", price.clone(), done),
            ("a part that was wanted", "round partially", "Partially round prices", price.clone(), None),
            ("a plan", plan, "Round prices", price.clone() + &patch("src/cart.py", 1), None),
            (
                "a list of files",
                "# Round\n## Files to modify\n1. `a/price.py` - round\n2. `a/cart.py` - sum, as `old.py`",
                "Round prices",
                price.clone(),
                lacks,
            ),
            (
                "one of two files of a name",
                "# Round\n## Files to modify\n- `a/price.py`\n- `b/price.py`",
                "Round prices",
                patch("src/a/price.py", 2),
                lacks,
            ),
            ("half a plan", plan, "Round prices", price.clone(), lacks),
            ("tests", "round the prices and add a few tests", "Round prices", price.clone(), lacks),
            (
                "tests that are there",
                "round the prices and add tests",
                "Round prices",
                patch("tests/price.py", 2),
                None,
            ),
            ("no tests", "round the prices, do not add tests", "Round prices", price.clone(), None),
            ("documents", "round the prices. Update the readme", "Round prices", price.clone(), lacks),
            ("what was to stay", "round, but do not touch src/price.py", "Round prices", price.clone(), stays),
            (
                "a file that goes",
                "round the prices",
                "Round prices",
                price.clone() + "--- a/docs/plan.md\n+++ /dev/null\n@@ -1,30 +0,0 @@\n" + &"-x\n".repeat(30),
                more,
            ),
            (
                "a file that is to go",
                "round the prices, remove what is left over",
                "Round prices",
                price.clone() + "--- a/docs/plan.md\n+++ /dev/null\n@@ -1,30 +0,0 @@\n" + &"-x\n".repeat(30),
                None,
            ),
            (
                "something else beside it",
                "round the prices",
                "Round prices",
                price.clone()
                    + "diff --git a/log.py b/log.py\n--- a/log.py\n+++ b/log.py\n@@ -1 +1,12 @@\n"
                    + &"+sent()\n".repeat(12),
                more,
            ),
            (
                "much that goes",
                "round the prices",
                "Round prices",
                format!("--- a/price.py\n+++ b/price.py\n@@ -1,80 +1 @@\n+price\n{}", "-price\n".repeat(80)),
                more,
            ),
            ("few words", "do the price", "Round prices", patch("src/price.py", 40), little),
        ] {
            assert_eq!(incomplete(asked, &[subject], &patches), expected, "{case}");
        }
    }
}
