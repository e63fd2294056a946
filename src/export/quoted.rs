//! Requests that quote what a build of another state said: the commit before has repaired it, or the patch is about something else.

use super::patch::changes;
use crate::text::paths::is_test;

/// Whether a build is said to fail, and what is quoted of it is about files that a patch does not change, or about a name that stands in
/// none of its lines.
pub(super) fn quotes_another_failure(asked: &str, patch: &str) -> bool {
    if !is_about_a_build(asked) {
        return false;
    }
    let changes = changes(patch);
    let name = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
    let is_changed = |path: &&str| changes.iter().any(|change| name(change.path) == name(path));
    let places: Vec<&str> = asked.split_whitespace().filter_map(place).collect();
    // What a test says may be repaired anywhere.
    if !places.is_empty() && !places.iter().any(|path| is_test(path)) && !places.iter().any(is_changed) {
        return true;
    }
    let is_manifest = |path: &str| ["toml", "json", "lock", "mod", "yaml", "yml"].iter().any(|end| path.ends_with(end));
    let lines = || changes.iter().flat_map(|change| change.added.iter().chain(&change.removed));
    let is_missing = |name: &str| !lines().any(|line| line.contains(name));
    named(asked).is_some_and(is_missing) && !changes.iter().any(|change| is_manifest(change.path))
}

/// What a failure says is not there, where it says that: "has no attribute 'total'", "no column named total".
pub(super) fn named(failed: &str) -> Option<&str> {
    let leads = [
        "has no attribute ",
        "no column named ",
        "unexpected keyword argument ",
        "cannot import name ",
        "cannot find name ",
        "cannot find function ",
        "cannot find value ",
        "undefined: ",
        "is not defined: ",
    ];
    let at = leads.iter().find_map(|lead| failed.find(lead).map(|at| at + lead.len()))?;
    let word = failed[at..].split(|c: char| c.is_whitespace() || c == ',' || c == ';').next()?;
    let word = word.trim_matches(|c: char| "'\"`().:".contains(c));
    (word.len() > 2 && word.chars().all(|c| c.is_alphanumeric() || c == '_')).then_some(word)
}

/// Whether something that a machine runs over all code is said to have failed.
fn is_about_a_build(asked: &str) -> bool {
    let lower = asked.to_lowercase();
    let mut words = lower.split(|c: char| !c.is_alphanumeric());
    let fails = ["fail", "error", "broke", "red "].iter().any(|word| lower.contains(word));
    fails && words.any(|word| BUILDS.contains(&word) || word.starts_with("compil"))
}

const BUILDS: &[&str] = &[
    "ci",
    "build",
    "builds",
    "lint",
    "linter",
    "linting",
    "workflow",
    "pipeline",
    "action",
    "actions",
    "typecheck",
    "tsc",
    "eslint",
    "golangci",
    "clippy",
    "mypy",
    "ruff",
    "vet",
];

/// The file of code of a place that a tool prints: `src/cart.ts:12:5`, `src/cart.ts(12,5)`.
fn place(word: &str) -> Option<&str> {
    let word = word.trim_matches(|c: char| "\"'`()[],;".contains(c));
    let at = word.find([':', '(']).filter(|at| word[at + 1..].starts_with(|c: char| c.is_ascii_digit()))?;
    let path = &word[..at];
    let (name, end) = path.rsplit('/').next()?.rsplit_once('.')?;
    let is_elsewhere =
        path.starts_with('/') || ["node_modules/", "site-packages/", "vendor/"].iter().any(|part| path.contains(part));
    (!name.is_empty() && !is_elsewhere && CODE.contains(&end)).then_some(path)
}

const CODE: &[&str] = &[
    "rs", "go", "ts", "tsx", "js", "jsx", "mjs", "py", "rb", "java", "kt", "c", "cc", "cpp", "h", "cs", "php", "swift",
    "vue", "svelte", "scala", "ex",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_of_another_state_is_told_from_one_that_the_patch_repairs() {
        let patch =
            "--- a/src/cart.ts\n+++ b/src/cart.ts\n@@ -1 +1 @@\n-const sum = total;\n+const sum = roundTotal(total);\n";
        for (asked, expected) in [
            ("CI fails:\nsrc/price.ts:12:5 - error TS2304: Cannot find name 'x'", true),
            ("fix the lint error\nsrc/price.ts(12,5): error", true),
            ("the build fails: undefined: Discount", true),
            ("the build fails: undefined: roundTotal", false),
            ("CI fails:\nsrc/cart.ts:12:5 - error TS2304", false),
            ("CI fails:\nsrc/price.ts:12:5 error\nsrc/cart.ts:1:5 error", false),
            ("CI fails:\ntests/test_price.py:12: AssertionError", false),
            ("the build fails at node_modules/x/a.ts:1:2 error", false),
            ("CI fails", false),
            ("see src/price.ts:12 for how to round", false),
        ] {
            assert_eq!(quotes_another_failure(asked, patch), expected, "{asked}");
        }
        let manifest = patch.replace("src/cart.ts", "package.json");
        assert!(
            !quotes_another_failure("the build fails: undefined: Discount", &manifest),
            "a newer version may have it"
        );
    }
}
