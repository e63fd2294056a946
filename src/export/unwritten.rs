//! Pairs of which a side shows no work: a declaration without what it is for, or the state before anything was written, which a test that
//! was written first was to fail on.

use super::quoted::named;

/// Whether nothing but declarations tells the sides of a pair apart, and what is new in them is used in no other line.
pub(super) fn only_declares(gone: &[&str], came: &[&str], chosen: &str) -> bool {
    if came.is_empty() || !gone.iter().chain(came).all(|line| is_declaration(line)) {
        return false;
    }
    let known: Vec<&str> = gone.iter().flat_map(|line| names(line)).collect();
    let new = || came.iter().flat_map(|line| names(line)).filter(|name| !known.contains(name));
    let rest = || chosen.lines().map(str::trim).filter(|line| !came.contains(line)).flat_map(names);
    !new().any(|name| rest().any(|other| other == name))
}

/// Whether a line declares a function, and its body stands below.
fn is_declaration(line: &str) -> bool {
    let mut words = line.split_whitespace().skip_while(|word| MODIFIERS.contains(word));
    let first = words.next().unwrap_or_default();
    ["func", "fn", "def", "function"].contains(&first) && line.ends_with(['{', ':', '(', ',', ')', ';'])
}

const MODIFIERS: &[&str] = &[
    "pub",
    "pub(crate)",
    "pub(super)",
    "async",
    "export",
    "default",
    "static",
    "public",
    "private",
    "protected",
    "const",
    "unsafe",
    "override",
];

fn names(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|name| !name.is_empty())
}

/// Whether a check was meant to fail: what it asks for was written after it.
pub(super) fn is_red_step(failed: &str, why: &str, rejected: &str, chosen: &str) -> bool {
    let lower = why.to_lowercase();
    let is_said = SAYS.iter().any(|says| lower.contains(says));
    let is_made = |name: &str| {
        !names(rejected).any(|other| other == name)
            && chosen.lines().any(|line| makes(line.trim(), name))
            && !imports(chosen, name)
    };
    is_said || named(failed).is_some_and(is_made)
}

const SAYS: &[&str] = &[
    "tdd",
    "red phase",
    "red step",
    "red state",
    "(red)",
    "red-green",
    "red/green",
    "fails as expected",
    "fail as expected",
    "failing as expected",
    "failed as expected",
    "expected failure",
    "expected to fail",
    "should fail at first",
    "tests first",
    "test first",
    "test-first",
    "failing test",
    "failing tests",
    "make it green",
    "go green",
    "not implemented yet",
    "isn't implemented",
    "not yet implemented",
    "doesn't exist yet",
    "don't exist yet",
    "does not exist yet",
    "now implement",
];

/// Whether a line declares something of this name.
fn makes(line: &str, name: &str) -> bool {
    let mut before = "";
    for word in names(line) {
        if word == name {
            let declares =
                ["func", "fn", "def", "function", "class", "struct", "type", "enum", "interface", "trait", "const"];
            // `func (c Cart) Total(`
            return declares.contains(&before) || line.starts_with("func (");
        }
        before = word;
    }
    false
}

fn imports(text: &str, name: &str) -> bool {
    text.lines().any(|line| line.trim().starts_with("import ") && line.contains(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_declaration_without_its_use_is_told_from_one_with_it() {
        for (gone, came, chosen, expected) in [
            (&["func total(items []int) int {"][..], &["func total(items []int, part int) int {"][..], "", true),
            (&["def total(items):"], &["async def total(items, part):"], "", true),
            (&["fn total() {"], &["pub(crate) fn total(part: u32) {"], "    part\n", false),
            (&["def total(items):"], &["def total(items, part):", "return part"], "", false),
            (&["return sum"], &["def total(items, part):"], "", false),
            (&["a"], &[], "", false),
        ] {
            let chosen = format!("{}\n{chosen}", came.join("\n"));
            assert_eq!(only_declares(gone, came, &chosen), expected, "{chosen}");
        }
    }

    #[test]
    fn a_failure_that_was_meant_is_told_from_one_that_was_not() {
        for (failed, why, rejected, chosen, expected) in [
            ("1 failed", "The test fails as expected (red). Now the code.", "x = 1", "x = 2", true),
            ("undefined: Total", "", "type Cart struct{}", "type Cart struct{}\nfunc Total() int {", true),
            ("undefined: Total", "", "type Cart struct{}", "func (c Cart) Total() int {", true),
            // It was used without being there.
            ("undefined: Total", "", "x := Total()", "func Total() int {\nx := Total()", false),
            ("cannot find name 'Total'", "", "x", "import { Total } from 'a'\nconst Total = 1", false),
            ("expected 2, got 1", "Total counts the discount twice", "x = 1", "x = 2", false),
        ] {
            assert_eq!(is_red_step(failed, why, rejected, chosen), expected, "{failed} {why}");
        }
    }
}
