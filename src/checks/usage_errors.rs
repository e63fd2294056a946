//! Lines in which a program says that it was called in a wrong way: they tell of the call, and nothing of what it was to check.

use std::sync::LazyLock;

use regex::Regex;

use super::unknown_commands::unknown_command;

static USAGE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix) ^ (?: [\w./-]+ : \s* )? (?: [\w./-]+ \s+ )? (?: (?: error | err | fatal ) \b :? \s* )? (?:
            (?: unknown | unrecogni[sz]ed | invalid | unexpected | no \s such )
                \s (?: shorthand \s )? (?: flags? | options? | arguments? | switch | (?: sub )? command | task | recipe | target ) \b
          | flag \s (?: provided \s but \s not \s defined | needs \s an \s argument )
          | no \s tasks? \b .* \b found \b
          | missing \s script \b
          | no \s (?: library | lib | bin | binary | test | example | bench ) \s targets? \s (?: found | named | matches ) \b
          | (?: the \s package \b .* | none \s of \s the \s selected \s packages \s ) (?: does \s not \s contain | contains ) \s th (?: is | ese ) \s features?
          | usage:
        )",
    )
    .expect("a constant expression that the tests compile")
});

pub(crate) fn is_usage_error(line: &str) -> bool {
    let line = line.trim();
    USAGE.is_match(line) || unknown_command(line).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_call_is_told_from_a_finding() {
        for wrong in [
            "Error: unknown flag: --disable-all",
            "unknown shorthand flag: 'x' in -x",
            "error: unknown command \"lnt\" for \"golangci-lint\"",
            "mise ERROR no task test:uni found",
            "error: unrecognized option '--foo'",
            "git: invalid option -- 'z'",
            "flag provided but not defined: -racee",
            "error: unexpected argument '--foo' found",
            "error: no such command: `clipy`",
            "npm error Missing script: \"lint\"",
            "bash: golint: command not found",
            "usage: pytest [options]",
            "error: no library targets found in package `shop`",
            "error: no test target named `carts` in default-run packages",
            "error: the package 'shop' does not contain this feature: carts",
            "error: none of the selected packages contains these features: carts",
        ] {
            assert!(is_usage_error(wrong), "{wrong}");
        }
        for finding in [
            "a.go:3:5: unknown field Total in struct literal",
            "cli_test.go:41: got error \"unknown flag: --x\", want nil",
            "2 failed, 40 passed",
            "error: unused variable: `total`",
            "src/a.ts(3,5): error TS2345: Argument of type 'string' is not assignable",
        ] {
            assert!(!is_usage_error(finding), "{finding}");
        }
    }
}
