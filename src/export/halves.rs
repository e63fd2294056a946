//! Answers of which the other half is missing: code that uses a name which nobody defines, and a rename that a file beside it was to
//! follow and did not, because it is left out.

use std::collections::{HashMap, HashSet};

use super::patch::{PatchedFile, changes};
use super::source::FileTexts;

/// Whether a file of a patch begins to use a name that neither it nor the patch defines or imports. Asked of languages in which each
/// name has to stand in the file that uses it. `before` gives a file as it was.
pub(super) fn uses_what_nobody_defines(patch: &str, before: impl Fn(&str) -> Option<FileTexts>) -> bool {
    let is_undefined = |change: &PatchedFile<'_>| {
        let Some(language) = ScopedLanguage::of(change.path) else { return false };
        let mut used = used_only(&change.added, change.path, language);
        if used.is_empty() {
            return false;
        }
        // What is too long to be shown may define it.
        let Some(texts) = before(change.path) else { return false };
        let text = texts.before.as_str();
        if change.added.iter().copied().chain(text.lines()).any(imports_all) {
            return false;
        }
        let known: HashSet<&str> = names(text).collect();
        used.retain(|name| !known.contains(name));
        !used.is_empty()
    };
    changes(patch).iter().any(is_undefined)
}

/// The names of several words that a patch begins to use, as functions or members, and does not define; and the files that it changes.
pub(super) fn used_names(patch: &str) -> (HashSet<&str>, Vec<&str>) {
    let changes = changes(patch);
    let code = || changes.iter().filter(|change| is_code(change.path));
    let removed: HashSet<&str> = code().flat_map(|change| &change.removed).flat_map(|line| names(line)).collect();
    let mut found: HashMap<&str, bool> = HashMap::new();
    for change in code() {
        let mut open = None;
        for line in &change.added {
            let is_code = code_in(line, remark(change.path), &mut open);
            for (at, name) in names_at(line).into_iter().filter(|(at, _)| is_code[*at]) {
                *found.entry(name).or_insert(true) &= is_use(line, at, name) || is_read(line, at, name);
            }
        }
    }
    let used = found.into_iter().filter(|(name, only)| *only && is_compound(name) && !removed.contains(name));
    (used.map(|(name, _)| name).collect(), changes.iter().map(|change| change.path).collect())
}

/// The names of several words that a line may define: a field, a variable, a function, a type.
pub(crate) fn defined(line: &str) -> impl Iterator<Item = &str> {
    let places = names_at(line).into_iter().filter(|(_, name)| is_compound(name));
    places.filter(|(at, name)| !is_use(line, *at, name) && !is_read(line, *at, name)).map(|(_, name)| name)
}

/// Whether a file is of a language in which names are defined.
pub(crate) fn is_code(path: &str) -> bool {
    const CODE: &[&str] = &[
        "rs", "go", "ts", "tsx", "mts", "js", "jsx", "mjs", "py", "rb", "java", "kt", "c", "cc", "cpp", "h", "hpp",
        "cs", "php", "swift", "vue", "svelte", "scala", "ex", "dart", "proto", "graphql", "sql", "json",
    ];
    path.rsplit_once('.').is_some_and(|(_, end)| CODE.contains(&end))
}

/// Whether one of the files that a patch leaves out gives up a name that the patch takes away: a document that follows a rename.
pub(super) fn is_half_a_rename(patch: &str, left_out: &[&str], texts: impl Fn(&str) -> Option<FileTexts>) -> bool {
    if left_out.is_empty() {
        return false;
    }
    let mut gone = taken_away(patch);
    for change in changes(patch) {
        let Some(texts) = texts(change.path) else { continue };
        let stays: HashSet<&str> = names(texts.after.as_str()).collect();
        gone.retain(|name| !stays.contains(name));
    }
    let follows = |path: &&str| {
        texts(path).is_some_and(|texts| {
            let after: HashSet<&str> = names(texts.after.as_str()).collect();
            names(texts.before.as_str()).any(|name| gone.contains(name) && !after.contains(name))
        })
    };
    !gone.is_empty() && left_out.iter().any(follows)
}

/// The names of several words that a patch removes and does not write again, those of moved files among them.
fn taken_away(patch: &str) -> HashSet<&str> {
    let changes = changes(patch);
    let added: HashSet<&str> = changes.iter().flat_map(|change| &change.added).flat_map(|line| names(line)).collect();
    let moved = patch.lines().filter_map(|line| line.strip_prefix("rename from "));
    let moved = moved.map(|path| path.rsplit('/').next().unwrap_or(path)).flat_map(names);
    let removed = changes.iter().flat_map(|change| &change.removed).flat_map(|line| names(line));
    removed.chain(moved).filter(|name| is_compound(name) && !added.contains(name)).collect()
}

/// Languages in which a file says of each name where it is from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ScopedLanguage {
    JavaScript,
    Python,
}

impl ScopedLanguage {
    fn of(path: &str) -> Option<Self> {
        match path.rsplit_once('.')?.1 {
            "js" | "jsx" | "mjs" | "ts" | "tsx" | "mts" => Some(Self::JavaScript),
            "py" => Some(Self::Python),
            _ => None,
        }
    }

    /// Whether a name is there without being imported.
    fn has(self, name: &str) -> bool {
        // Classes that a browser or the language has are too many to be listed.
        let is_class = name.starts_with(|c: char| c.is_uppercase());
        is_class
            || name.starts_with("__")
            || (self == Self::JavaScript && GLOBALS.split_whitespace().any(|known| known == name))
    }
}

const GLOBALS: &str = "setTimeout clearTimeout setInterval clearInterval setImmediate clearImmediate parseInt parseFloat isNaN isFinite \
    encodeURIComponent decodeURIComponent encodeURI decodeURI queueMicrotask requestAnimationFrame cancelAnimationFrame requestIdleCallback \
    cancelIdleCallback structuredClone localStorage sessionStorage indexedDB globalThis beforeEach afterEach beforeAll afterAll \
    getComputedStyle matchMedia createImageBitmap importScripts postMessage addEventListener removeEventListener dispatchEvent reportError \
    customElements speechSynthesis visualViewport";

/// The names of several words that lines of code only use: each place calls it, or asks it for something. Any other place may define it.
fn used_only<'a>(lines: &[&'a str], path: &str, language: ScopedLanguage) -> Vec<&'a str> {
    let mut found: HashMap<&str, bool> = HashMap::new();
    let mut open = None;
    for line in lines {
        let is_code = code_in(line, remark(path), &mut open);
        for (at, name) in names_at(line).into_iter().filter(|(at, _)| is_code[*at]) {
            *found.entry(name).or_insert(true) &= is_use(line, at, name);
        }
    }
    let names = found.into_iter().filter(|(name, only)| *only && is_compound(name) && !language.has(name));
    names.map(|(name, _)| name).collect()
}

/// Which bytes of a line are code, and neither in quotes nor in a remark. Quotes of several lines stay open.
fn code_in(line: &str, remark: &str, open: &mut Option<&'static str>) -> Vec<bool> {
    const QUOTES: [&str; 5] = ["\"\"\"", "'''", "\"", "'", "`"];
    let mut is_code = vec![false; line.len()];
    if open.is_none() && line.trim_start().starts_with(['*', '@']) {
        return is_code;
    }
    let mut at = 0;
    while at < line.len() {
        let rest = &line.as_bytes()[at..];
        match *open {
            Some(quote) if rest.starts_with(quote.as_bytes()) => {
                *open = None;
                at += quote.len();
            }
            Some(_) if rest[0] == b'\\' => at += 2,
            Some(_) => at += 1,
            None if rest.starts_with(remark.as_bytes()) || rest.starts_with(b"/*") => break,
            None => match QUOTES.into_iter().find(|quote| rest.starts_with(quote.as_bytes())) {
                Some(quote) if quote.len() < 3 || remark == "#" => {
                    *open = Some(quote);
                    at += quote.len();
                }
                quote => {
                    is_code[at] = quote.is_none();
                    at += 1;
                }
            },
        }
    }
    // A quote that a line leaves open is an apostrophe.
    if matches!(*open, Some("\"" | "'")) {
        *open = None;
    }
    is_code
}

/// Whether a name is asked for something in this place, and not made.
fn is_use(line: &str, at: usize, name: &str) -> bool {
    let (before, after) = (&line[..at], &line[at + name.len()..]);
    let is_part = before.ends_with(|c: char| ".#@$-/".contains(c));
    let word = before.trim_end().rsplit(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
    let is_asked = after.starts_with(['(', '['])
        || after.starts_with("?.")
        || (after.starts_with('.') && !after.starts_with(".."));
    // `func (c Cart) total(`
    let is_gos = line.starts_with("func (") && !before.contains('{');
    is_asked
        && !is_part
        && (word.is_empty() || USES.contains(&word))
        && !is_gos
        && !is_method(before, after)
        && !imports(line)
}

/// Whether a name is that of a member which is read in this place: `item.planData`.
fn is_read(line: &str, at: usize, name: &str) -> bool {
    let after = line[at + name.len()..].trim_start();
    let is_set = after.starts_with(['=', ':']) && !after.starts_with("==") && !after.starts_with("=>");
    line[..at].ends_with('.') && !is_set && !imports(line)
}

/// What begins a remark in a file.
fn remark(path: &str) -> &'static str {
    if [".py", ".rb", ".ex"].iter().any(|end| path.ends_with(end)) { "#" } else { "//" }
}

/// Words before a name that is used; any other makes it: `func total(`, `int total(`.
const USES: &[&str] = &[
    "return", "await", "yield", "throw", "raise", "new", "in", "not", "and", "or", "if", "elif", "else", "case",
    "when", "assert", "typeof", "void", "delete", "do", "of", "is", "go", "defer", "echo", "match", "while", "until",
    "unless", "try", "default",
];
const MODIFIERS: &[&str] = &["public", "private", "protected", "override", "abstract", "readonly", "export", "default"];

/// Whether a name begins the declaration of a method, or may: `roundTotal(prices) {`, `roundTotal(`, `roundTotal(total: number): number`.
fn is_method(before: &str, after: &str) -> bool {
    let is_first = before.split_whitespace().all(|word| MODIFIERS.contains(&word));
    let end = after.trim_end();
    is_first && after.starts_with('(') && (end.ends_with(['{', '(', ',']) || end.contains("):"))
}

/// Whether a line says where names come from.
fn imports(line: &str) -> bool {
    let line = line.trim_start();
    ["import ", "from ", "export {", "export *", "declare "].iter().any(|start| line.starts_with(start))
}

fn imports_all(line: &str) -> bool {
    (line.starts_with("from ") && line.trim_end().ends_with("import *")) || line.trim_start().starts_with("/* global")
}

/// Whether a name is of several words: `planData`, `plan_data`. One word may be anything.
fn is_compound(name: &str) -> bool {
    let inner = name.trim_matches('_');
    let has_case = || inner.chars().any(char::is_lowercase) && inner.chars().skip(1).any(char::is_uppercase);
    inner.len() >= SHORTEST_NAME && (inner.contains('_') || has_case())
}

const SHORTEST_NAME: usize = 6;

fn names(text: &str) -> impl Iterator<Item = &str> {
    names_at(text).into_iter().map(|(_, name)| name)
}

/// The words of a text that can be names, with their places.
fn names_at(text: &str) -> Vec<(usize, &str)> {
    let (mut found, mut begin) = (Vec::new(), 0);
    for part in text.split_inclusive(|c: char| !c.is_alphanumeric() && c != '_') {
        let name = part.trim_end_matches(|c: char| !c.is_alphanumeric() && c != '_');
        if name.starts_with(|c: char| c.is_alphabetic() || c == '_') {
            found.push((begin, name));
        }
        begin += part.len();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::text::Clean;

    fn texts(before: &str, after: &str) -> Option<FileTexts> {
        let clean = |text: &str| Clean::from_redacted(text.to_owned());
        Some(FileTexts { before: clean(before), after: clean(after) })
    }

    fn patch(path: &str, removed: &[&str], added: &[&str]) -> String {
        let lines = |sign: char, lines: &[&str]| lines.iter().map(|line| format!("{sign}{line}\n")).collect::<String>();
        let counts = format!("@@ -1,{} +1,{} @@", removed.len(), added.len());
        format!("--- a/{path}\n+++ b/{path}\n{counts}\n{}{}", lines('-', removed), lines('+', added))
    }

    #[test]
    fn a_name_that_nobody_defines_is_told_from_one_that_somebody_may() {
        for (path, before, added, expected) in [
            ("cart.ts", "const x = 1;", &["const sum = roundTotal(x);"][..], true),
            ("cart.tsx", "", &["  return <Cart items={planData.items} />;"], true),
            ("cart.py", "x = 1", &["    return round_total(x)"], true),
            ("cart.py", "x = 1", &["    prices = plan_data[0]"], true),
            // It was there before, or comes with the patch.
            ("cart.ts", "import { roundTotal } from './round';", &["const sum = roundTotal(x);"], false),
            ("cart.ts", "", &["import { roundTotal } from './round';", "const sum = roundTotal(x);"], false),
            ("cart.ts", "", &["import {", "  roundTotal,", "} from './round';", "const sum = roundTotal(x);"], false),
            ("cart.ts", "", &["const { roundTotal } = shop;", "roundTotal(x);"], false),
            ("cart.ts", "", &["function roundTotal(x) {", "  return roundTotal(x - 1);", "}"], false),
            ("cart.ts", "", &["  roundTotal(x: number): number {", "    return x;", "  }"], false),
            ("cart.ts", "", &["export const show = (planData) => planData.items;"], false),
            ("cart.py", "", &["def round_total(x):", "    return round_total(x)"], false),
            ("cart.py", "", &["def test_total(plan_data):", "    assert plan_data.items"], false),
            ("cart.py", "from totals import *", &["    return round_total(x)"], false),
            ("cart.py", "", &["from shop.round_total import cents", "import shop.plan_data"], false),
            // The member of something, a class of the language, a text, a remark.
            ("cart.ts", "", &["this.roundTotal(x);", "shop.planData.items;"], false),
            ("cart.ts", "", &["new FormData(x);", "setTimeout(x, 1);"], false),
            ("cart.ts", "", &["const text = 'roundTotal(x)'; // see planData.items"], false),
            ("cart.py", "", &["    \"\"\"Rounds.", "    round_total(x) does it.", "    \"\"\""], false),
            ("cart.ts", "", &["const text = `", "  roundTotal(x)", "`;"], false),
            // One word may be anything, and other languages look beside the file.
            ("cart.ts", "", &["const sum = total(x);"], false),
            ("cart.go", "", &["\treturn roundTotal(x)"], false),
        ] {
            let found = uses_what_nobody_defines(&patch(path, &[], added), |_| texts(before, ""));
            assert_eq!(found, expected, "{before} {added:?}");
        }
        let use_it = patch("cart.ts", &[], &["const sum = roundTotal(x);"]);
        assert!(!uses_what_nobody_defines(&use_it, |_| None), "what is not known is not missing");
    }

    #[test]
    fn names_that_are_used_are_told_from_names_that_are_made() {
        let used = |added: &[&str]| {
            let patch = patch("cart.tsx", &["old.wasThere;"], added);
            let mut names: Vec<String> = used_names(&patch).0.into_iter().map(str::to_owned).collect();
            names.sort();
            names
        };
        assert_eq!(
            used(&["  {item.planData?.errorPlan && (", "  roundTotal(x.wasThere)"]),
            ["errorPlan", "planData", "roundTotal"]
        );
        assert_eq!(
            used(&["this.planData = x;", "y = this.planData;", "const roundTotal = 1;", "f(roundTotal.x)"]),
            [""; 0]
        );
        let made = |line| defined(line).collect::<Vec<_>>();
        assert_eq!(made("  planData: PlanData | null;"), ["planData", "PlanData"]);
        assert_eq!(made("func roundTotal(x int) int {"), ["roundTotal"]);
        assert_eq!(made("func (c Cart) roundTotal(x int) int {"), ["roundTotal"]);
        assert_eq!(made("    public int roundTotal(int x) {"), ["roundTotal"]);
        assert_eq!(made("  return item.planData.errorPlan + roundTotal(1);"), [""; 0]);
    }

    #[test]
    fn a_document_that_follows_a_rename_belongs_to_it() {
        let renamed = patch("cart.py", &["def round_total(x):"], &["def round_to_cents(x):"]);
        let told = |patch: &str, document: [&str; 2], code: &str, left_out: &[&str]| {
            let of = |path: &str| if path == "SKILL.md" { texts(document[0], document[1]) } else { texts("", code) };
            is_half_a_rename(patch, left_out, of)
        };
        let [old, new] = ["call `round_total` first", "call `round_to_cents` first"];
        assert!(told(&renamed, [old, new], "def round_to_cents(x):", &["SKILL.md"]));
        assert!(!told(&renamed, [old, new], "def round_to_cents(x):", &[]), "it is in the row");
        assert!(!told(&renamed, [old, old], "def round_to_cents(x):", &["SKILL.md"]), "it still says so");
        assert!(!told(&renamed, ["a", "b"], "def round_to_cents(x):", &["SKILL.md"]), "it is about something else");
        assert!(!told(&renamed, [old, new], "y = round_total(1)", &["SKILL.md"]), "the name is still there");
        let moved = "diff --git a/round_total.py b/cents.py\nrename from round_total.py\nrename to cents.py\n";
        assert!(told(moved, ["see round_total.py", "see cents.py"], "", &["SKILL.md"]));
    }
}
