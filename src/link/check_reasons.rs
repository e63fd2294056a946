//! What a check itself says is wrong, where it says it in words: the message without its place, and without the name of the test.

use super::named_files::file_in;
use crate::link::steps::WIDTH;
use crate::record::contribution::CheckKind;
use crate::record::quote::Quote;
use crate::record::text::Raw;

/// The part of an error that says why; none where it only says that, or where, something failed.
pub(super) fn reason_in(error: &Raw, kind: CheckKind) -> Option<Raw> {
    // What stands around the lines goes along for the redactor.
    let (text, lines): (&str, Vec<&str>) = match error.quote() {
        Some(quote) => (quote.source(), quote.parts().map(|part| &quote.source()[part]).collect()),
        None => (error.expose(), error.expose().lines().collect()),
    };
    let says = |line: &&str| match kind {
        CheckKind::Test => compares(line) || is_placed(line),
        _ => is_placed(line) || names_an_error(line) || is_marked(line) || line.contains("import cycle not allowed"),
    };
    let lines: Vec<&str> = lines.into_iter().map(str::trim).filter(|line| !says_nothing(line)).collect();
    let is_path = |line: &str| kind == CheckKind::Test && is_path_of_a_test(line);
    let place = lines.iter().position(|line| !is_path(line) && says(line))?;
    let message = message_of(lines[place]);
    // What was there says no less than what was to be.
    let other = lines.get(place + 1).copied().filter(|next| wants(message) && is_there(next));
    let words = message.split_whitespace().count() + usize::from(other.is_some());
    let parts = [message].into_iter().chain(other);
    (words >= LEAST_WORDS).then(|| Quote::new(text, parts, WIDTH).folded().into())
}

/// Of a package whose tests ended the program, what it said last: `.../auth.go:12: no key is set` above `FAIL example.com/shop`.
pub(super) fn last_words(output: &str, error: &Raw) -> Option<Raw> {
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let failed = words(error.expose().lines().find(|line| line.starts_with("FAIL"))?);
    let said = output.lines().take_while(|line| words(line) != failed).map(str::trim);
    let last = said.filter(|line| !line.is_empty()).last()?;
    let is_found = output.lines().any(|line| words(line) == failed);
    let place = last.split_whitespace().find(|word| word.ends_with(':') && is_placed(word))?;
    let (_, message) = last.split_once(place)?;
    let message = message.trim();
    let tells = is_found && !says_nothing(message) && message.split_whitespace().count() >= LEAST_WORDS;
    tells.then(|| Quote::new(output, [message], WIDTH).folded().into())
}

/// `Cart › total › should add up`, `shop > cart > adds up`: words of a name, be they "should" or "expected".
fn is_path_of_a_test(line: &str) -> bool {
    line.contains(" \u{203a} ") || (line.contains(" > ") && !line.contains(": "))
}

/// "Expected: 1".
fn wants(line: &str) -> bool {
    ["expected", "want"].iter().any(|start| line.to_lowercase().starts_with(start))
}

/// "Received: 2".
fn is_there(line: &str) -> bool {
    ["received", "actual", "got", "but got", "found"].iter().any(|start| line.to_lowercase().starts_with(start))
}

/// "undefined: total".
const LEAST_WORDS: usize = 2;

/// The message of Biome below its place: `× This import is unused.`
fn is_marked(line: &str) -> bool {
    line.starts_with("× ") || line.starts_with("! ")
}

/// Words before a place.
const BEFORE_A_PLACE: &[&str] = &["vet: ", "error - ", "warning - ", "info - "];

fn placed(line: &str) -> &str {
    BEFORE_A_PLACE.iter().find_map(|start| line.strip_prefix(start)).unwrap_or(line)
}

/// `src/a.ts:3:5: ...`, `a.py:3: ...`
fn is_placed(line: &str) -> bool {
    let first = placed(line).split_whitespace().next().unwrap_or_default();
    file_in(first).is_some() && first.contains([':', '('])
}

/// An assertion with its values, or an exception with its message.
fn compares(line: &str) -> bool {
    const WORDS: &[&str] = &[
        "expected",
        "want ",
        "assert",
        "to equal",
        "to be ",
        "should ",
        "unexpected",
        "not equal",
        "undefined",
        "mismatch",
        "panicked",
        "must ",
    ];
    let lower = line.to_lowercase();
    WORDS.iter().any(|word| lower.contains(word)) || names_an_error(line)
}

/// `TypeError: ...`, `error[E0425]: ...`, `error TS2304: ...`
fn names_an_error(line: &str) -> bool {
    let name = line.split([':', ' ', '[']).next().unwrap_or_default();
    let is_name = name == "error" || name.ends_with("Error") || name.ends_with("Exception");
    is_name && line.contains(": ")
}

/// Words of runners, which say that something failed.
fn says_nothing(line: &str) -> bool {
    const WORDS: &[&str] = &[
        "exit status",
        "exit code",
        "exited with",
        "finding module for",
        "build failed]",
        "setup failed]",
        "task failed",
        "command failed",
        "tests failed",
        "test failed",
        "process didn't exit",
    ];
    let lower = line.to_lowercase();
    WORDS.iter().any(|word| lower.contains(word))
        || lower.trim_end_matches(':').ends_with("unexpected error")
        || lower == "not equal:"
        || is_bare_assertion(&lower)
}

/// `AssertionError: Expected values to be strictly equal:`, whose values stand below.
fn is_bare_assertion(lower: &str) -> bool {
    let head = lower.trim_end_matches(':');
    head.len() < lower.len()
        && head.contains("assert")
        && ["equal", "deep-equal", "expected", "match"].iter().any(|word| head.ends_with(word))
}

/// What stands behind the place, or behind the name of a test and a dash.
pub(super) fn message_of(line: &str) -> &str {
    let line = line.split_once(" - ").filter(|(name, _)| name.contains("::")).map_or(line, |(_, message)| message);
    if is_marked(line) {
        return line.split_once(' ').map_or(line, |(_, message)| message);
    }
    if is_placed(line) {
        let line = placed(line);
        let first = line.split_whitespace().next().unwrap_or_default();
        return line[first.len()..].trim_start_matches([' ', ':', '-']);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_told_from_that_something_is() {
        for (error, kind, expected) in [
            ("TestTotal\ncart_test.go:12: got 2 prices, want 1", CheckKind::Test, Some("got 2 prices, want 1")),
            ("src/price.py::test_total - assert 2 == 1", CheckKind::Test, Some("assert 2 == 1")),
            (
                "src/a.ts(3,5): error TS2304: Cannot find name 'x'.",
                CheckKind::TypeCheck,
                Some("error TS2304: Cannot find name 'x'."),
            ),
            (
                "src/a.go:7:2: string `main` has 3 occurrences (goconst)",
                CheckKind::Lint,
                Some("string `main` has 3 occurrences (goconst)"),
            ),
            (
                "error[E0425]: cannot find value `x`\nsrc/a.rs:1:1",
                CheckKind::Build,
                Some("error[E0425]: cannot find value `x`"),
            ),
            ("vet: ./a.go:3:9: undefined: total", CheckKind::Lint, Some("undefined: total")),
            (
                "TestTotal\ncart_test.go:9: unexpected error: no such currency",
                CheckKind::Test,
                Some("unexpected error: no such currency"),
            ),
            ("Received unexpected error:", CheckKind::Test, None),
            ("FAIL example.com/shop [build failed]", CheckKind::Test, None),
            ("TestTotal", CheckKind::Test, None),
            (
                "Cart \u{203a} total \u{203a} should add up\nExpected: 3\nReceived: 4",
                CheckKind::Test,
                Some("Expected: 3\nReceived: 4"),
            ),
            ("(fail) shop > cart > should be empty", CheckKind::Test, None),
            ("3 failed, 40 passed", CheckKind::Test, None),
            ("cart_test.go:12: exit status 1", CheckKind::Test, None),
            (
                "src/a.ts format\n× Formatter would have printed the following content:",
                CheckKind::Lint,
                Some("Formatter would have printed the following content:"),
            ),
            ("[warn] src/a.ts", CheckKind::Format, None),
            ("src/a.py:3:5: no", CheckKind::Lint, None),
            ("Not equal:", CheckKind::Test, None),
        ] {
            assert_eq!(reason_in(&Raw::new(error), kind).as_ref().map(Raw::expose), expected, "{error}");
        }
    }

    #[test]
    fn a_program_that_ended_itself_said_why_last() {
        let output = "ok\texample.com/cart\t0.1s\n[FATAL]    /w/shop/key.go:12: no key is set: refusing to start\nFAIL\texample.com/shop\t0.7s\nFAIL";
        for (output, error, expected) in [
            (output, "FAIL example.com/shop 0.7s", Some("no key is set: refusing to start")),
            (output, "FAIL example.com/cart 0.7s", None),
            (output, "TestTotal", None),
            ("--- FAIL: TestTotal (0.00s)\nFAIL\texample.com/shop\t0.7s", "FAIL example.com/shop 0.7s", None),
        ] {
            assert_eq!(last_words(output, &Raw::new(error)).as_ref().map(Raw::expose), expected, "{error}");
        }
    }
}
