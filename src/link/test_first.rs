//! A test that was written before its code: it fails for a name that it uses, and the agent writes the code of that name next.

use super::excerpt::removed_lines;
use super::library::written_lines;
use super::repair::{Repair, edits_in};
use crate::link::steps::WindowCall;
use crate::record::session::{Edit, Outcome};
use crate::record::text::Raw;
use crate::text::paths::is_test;

/// Words of runners around a name that is not there.
const MISSING: &[(&str, &str)] = &[
    ("cannot import name '", "'"),
    ("has no attribute '", "'"),
    ("name '", "' is not defined"),
    ("No module named '", "'"),
    ("Cannot find module '", "'"),
    ("Failed to resolve import \"", "\""),
    ("has no exported member '", "'"),
    ("Property '", "' does not exist"),
    ("Cannot find name '", "'"),
    ("undefined local variable or method `", "'"),
    ("undefined method `", "'"),
    ("undefined method '", "'"),
    ("uninitialized constant ", ""),
    ("undefined: ", ""),
    ("cannot find function `", "`"),
    ("cannot find type `", "`"),
    ("cannot find struct, variant or union type `", "`"),
    ("no method named `", "`"),
    ("unresolved import `", "`"),
    ("TypeError: ", " is not a function"),
    ("ReferenceError: ", " is not defined"),
];

/// Whether a run failed for want of a name that a test of the session used, of which no code was written before it, and some was behind it.
pub(super) fn is_test_first(steps: &[WindowCall], failed: usize, error: Option<&Raw>, since: &[Repair]) -> bool {
    let Some(name) = error.and_then(|error| missing_name(error.expose())) else { return false };
    let before = || {
        let well = |step: &&WindowCall| matches!(step.tool_call.outcome, Outcome::Succeeded { .. });
        steps[..failed].iter().filter(well).flat_map(|step| step.tool_call.edits().iter())
    };
    let tests_it =
        |edit: &Edit| is_test(&edit.path) && written_lines(&edit.change).iter().any(|line| has_word(line, name));
    let codes_it = |edit: &Edit| {
        !is_test(&edit.path)
            && (is_named_for(&edit.path, name) || written_lines(&edit.change).iter().any(|line| defines(line, name)))
    };
    // What the agent itself had taken away was there.
    let removes_it = |edit: &Edit| removed_lines(&edit.change).iter().any(|line| defines(line, name));
    before().any(tests_it) && !before().any(codes_it) && !before().any(removes_it) && edits_in(since).any(codes_it)
}

/// The last part of the name that a message says is not there.
fn missing_name(error: &str) -> Option<&str> {
    let name = MISSING.iter().find_map(|(start, end)| {
        let (_, rest) = error.split_once(start)?;
        let line = rest.lines().next()?;
        if end.is_empty() { line.split_whitespace().next() } else { line.split_once(end).map(|(name, _)| name) }
    })?;
    let last = name.rsplit(['.', '/', ':']).next().unwrap_or(name).trim_matches(|c: char| !is_of_name(c));
    (last.len() >= LEAST_NAME && last.chars().all(is_of_name)).then_some(last)
}

const LEAST_NAME: usize = 3;

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '-'
}

fn has_word(line: &str, name: &str) -> bool {
    line.split(|c: char| !is_of_name(c)).any(|word| word == name)
}

/// Whether a line brings a name into being: `def total(`, `export const total =`, `type Total struct`.
fn defines(line: &str, name: &str) -> bool {
    const WORDS: &[&str] = &[
        "class",
        "const",
        "def",
        "enum",
        "fn",
        "func",
        "function",
        "interface",
        "let",
        "mod",
        "module",
        "record",
        "struct",
        "trait",
        "type",
        "val",
        "var",
    ];
    let words: Vec<&str> = line.split(|c: char| !is_of_name(c)).filter(|word| !word.is_empty()).collect();
    let is_called = || words.windows(2).any(|pair| pair[1] == name && WORDS.contains(&pair[0]));
    // `total = 3` of Python, `func (c Cart) Total(` of Go, a method of a class: `total(cart) {`.
    let line = line.trim_start();
    let is_assigned = || line.strip_prefix(name).is_some_and(|rest| rest.trim_start().starts_with("= "));
    let is_method =
        || line.strip_prefix(name).is_some_and(|rest| rest.starts_with('(') && rest.trim_end().ends_with('{'));
    let is_of_go = || line.starts_with("func (") && line.contains(&format!(") {name}("));
    is_called() || is_assigned() || is_method() || is_of_go()
}

/// Whether a file is the module of the name: `shop/total.py`.
fn is_named_for(path: &str, name: &str) -> bool {
    let file = path.rsplit(['/', '\\']).next().unwrap_or(path);
    file.split_once('.').is_some_and(|(stem, _)| stem == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_that_is_not_there_is_found() {
        for (error, expected) in [
            ("ImportError: cannot import name 'round_up' from 'shop.price' (/w/shop/price.py)", Some("round_up")),
            ("AttributeError: module 'shop.price' has no attribute 'Total'", Some("Total")),
            ("NameError: name 'total' is not defined", Some("total")),
            ("ModuleNotFoundError: No module named 'shop.price'", Some("price")),
            ("price_test.go:7:2: undefined: RoundUp", Some("RoundUp")),
            ("error[E0425]: cannot find function `round_up` in this scope", Some("round_up")),
            ("TypeError: roundUp is not a function", Some("roundUp")),
            ("Cannot find module '../src/round-up' from 'test/price.test.js'", Some("round-up")),
            ("assert 2 == 3", None),
            ("KeyError: 'price'", None),
        ] {
            assert_eq!(missing_name(error), expected, "{error}");
        }
    }

    #[test]
    fn a_line_that_brings_a_name_into_being_is_told_from_one_that_uses_it() {
        for (line, expected) in [
            ("def round_up(price):", true),
            ("    async def round_up(self):", true),
            ("pub(crate) fn round_up(price: f64) -> f64 {", true),
            ("export const round_up = (price) => 1", true),
            ("func (c *Cart) round_up(a int) int {", true),
            ("round_up = 3", true),
            ("from shop.price import round_up", false),
            ("    round_up,", false),
            ("print(round_up(3))", false),
            ("import { round_up } from './price'", false),
        ] {
            assert_eq!(defines(line, "round_up"), expected, "{line}");
        }
    }
}
