//! Edits that take each other back, so that a file is again what it was.

use super::excerpt::removed_lines;
use super::library::written_lines;
use crate::checks::rewrites;
use crate::record::session::{Action, Change, Outcome, ToolCall};
use crate::text::telling::is_telling;

/// Whether later ones of these edits put in each line that earlier ones took out, and the other way round; where a formatter ran among
/// them, but for the blanks, commas and brackets that it may put elsewhere.
pub(super) fn takes_all_back(changes: &[&Change], is_formatted: bool) -> bool {
    let parts = |lines: Vec<&str>| -> Vec<String> {
        match is_formatted {
            true => lines.into_iter().flat_map(tokens).collect(),
            false => lines.into_iter().map(str::to_owned).collect(),
        }
    };
    let sorted = |mut parts: Vec<String>| {
        parts.sort_unstable();
        parts
    };
    let is_piece = |change: &&Change| matches!(change, Change::Replace { .. } | Change::Patch { .. });
    if changes.len() < 2 || !changes.iter().all(is_piece) {
        return false;
    }
    let taken = sorted(changes.iter().flat_map(|change| parts(removed_lines(change))).collect());
    let put = sorted(changes.iter().flat_map(|change| parts(written_lines(change))).collect());
    taken == put
        && changes.iter().flat_map(|change| removed_lines(change)).any(is_telling)
        // One edit that takes a line out and puts it in elsewhere has moved it.
        && changes.iter().all(|change| sorted(parts(removed_lines(change))) != sorted(parts(written_lines(change))))
}

/// Whether one of the calls ran a formatter.
pub(super) fn is_formatted<'a>(mut calls: impl Iterator<Item = &'a ToolCall>) -> bool {
    calls.any(|call| match (&call.action, &call.outcome) {
        (
            Action::Shell { command, .. },
            Outcome::Succeeded { .. } | Outcome::Failed { .. } | Outcome::Running { .. },
        ) => rewrites::formats(command.expose()) || rewrites::echoes_a_formatter(command.expose(), call.printed()),
        _ => false,
    })
}

/// The words and signs of a line that a formatter leaves as they are.
fn tokens(line: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut is_in_word = false;
    for c in line.chars() {
        let is_word = c.is_alphanumeric() || c == '_';
        match found.last_mut() {
            Some(last) if is_word && is_in_word => last.push(c),
            _ if c.is_whitespace() || matches!(c, '{' | '}' | '(' | ')' | ',') => {}
            _ => found.push(c.to_string()),
        }
        is_in_word = is_word;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::text::Raw;

    fn replace(before: &str, after: &str) -> Change {
        Change::Replace { before: Raw::new(before), after: Raw::new(after), everywhere: false }
    }

    #[test]
    fn edits_that_take_each_other_back_are_told_from_those_that_leave_something() {
        let out = replace("let total = sum(prices);\nlet tax = rate * total;", "let total = sum(prices);");
        let back = replace("let total = sum(prices);", "let total = sum(prices);\nlet tax = rate * total;");
        let moved = replace("let a = first();\nlet b = second();", "let b = second();\nlet a = first();");
        let other = replace("let tax = rate * total;", "let tax = rate * subtotal;");
        for (name, changes, expected) in [
            ("out and back", vec![&out, &back], true),
            ("only out", vec![&out], false),
            ("out, and something else in", vec![&out, &other], false),
            ("a line moved by one edit", vec![&moved], false),
            ("a line moved, and another one out and back", vec![&moved, &out, &back], false),
            ("the whole file again", vec![&Change::Write { text: Raw::new("let tax = 1;") }], false),
            ("none", vec![], false),
        ] {
            assert_eq!(takes_all_back(&changes, false), expected, "{name}");
        }
    }

    #[test]
    fn what_a_formatter_did_in_between_is_no_difference() {
        let put = replace("_ => fail(\"no price\"),", "_ => fail(\"no price\");");
        let back = replace("_ => {\n    fail(\"no price\");\n}", "_ => fail(\"no price\"),");
        let half = replace("fail(\"no price\");", "fail(\"no prices\");");
        let sign = replace("if price < limit", "if price <= limit");
        for (name, changes, formatted, unformatted) in [
            ("wrapped in between", vec![&put, &back], true, false),
            ("not taken back", vec![&put, &half], false, false),
            ("a sign that stays", vec![&sign, &put, &back], false, false),
            ("only signs", vec![&put], false, false),
        ] {
            let found = (takes_all_back(&changes, true), takes_all_back(&changes, false));
            assert_eq!(found, (formatted, unformatted), "{name}");
        }
    }
}
