//! Lines that say no more than that something failed, and where.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::super::output::pattern;

/// Where something is: `src/a.rs:3:9: `, with what else stands alone between colons.
static LOCATION: LazyLock<Regex> = LazyLock::new(|| pattern(&[r"^[^\s:]+(:\d+)+:( *:)* *"]));

/// Whether a line says more than that something failed, and where: a word alone (`FAIL`) and the head of a package
/// (`# example.com/shop`) do not.
pub(crate) fn tells_something(line: &str) -> bool {
    let line = line.trim();
    let (location, rest) = parted(line);
    let is_word = !rest.contains(char::is_whitespace) && (location == 0 || rest.len() < 3);
    !is_head(rest) && !is_word
}

/// Whether a place is told with the head of its package and nothing else: a linter that could not load it.
pub(super) fn is_placed_head(line: &str) -> bool {
    // Nearly no line has it, and the expression is costly in a hook.
    if !line.contains("# ") {
        return false;
    }
    let (location, rest) = parted(line.trim());
    location > 0 && is_head(rest)
}

fn parted(line: &str) -> (usize, &str) {
    let location = LOCATION.find(line.as_bytes()).map_or(0, |found| found.end());
    (location, line.get(location..).unwrap_or(line).trim())
}

fn is_head(rest: &str) -> bool {
    rest.starts_with("# ") || rest.contains(" (-: # ")
}

#[cfg(test)]
mod tests {
    use super::super::telling_lines;
    use super::*;

    #[test]
    fn a_line_that_only_says_that_something_failed_is_passed_over() {
        for (output, line) in [
            (
                "a.go:1: : # example.com/shop [example.com/shop.test]\na.go:7:2: undefined: total",
                Some("a.go:7:2: undefined: total"),
            ),
            ("a.go:1: : # example.com/shop [example.com/shop.test]\n1 issues:", None),
            ("main.go:11:2: could not import example.com/shop (-: # example.com/shop\n", None),
        ] {
            assert_eq!(telling_lines(output).first().copied(), line, "{output}");
        }
        for nothing in
            ["FAIL", " FAILED ", "# example.com/shop", "a.go:1: : # example.com/shop", "a.go:1:2:", "", "Error:"]
        {
            assert!(!tells_something(nothing), "{nothing}");
        }
        for something in
            ["FAIL example.com/shop 0.1s", "a.go:7:2: unreachable", "2 failed, 40 passed", "go: no such tool"]
        {
            assert!(tells_something(something), "{something}");
        }
    }
}
