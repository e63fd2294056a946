//! Runs of tests in which the harness died or could not start, so that no test ran: they say nothing of the code.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::colours::without_colours;
use super::output::{failed_in_words, pattern, summary_line};
use crate::record::contribution::CheckKind;

/// Lines of a harness that was killed, or that did not get the program in which tests run.
static DID_NOT_START: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&[
        r"^\s*Exit code: +SIG[A-Z]+\s*$",
        r"^.*\bgetaddrinfo (ENOTFOUND|EAI_AGAIN)\b",
        r"^.*\bconnect (ECONNREFUSED|ETIMEDOUT)\b",
        r"^.*\b[Ff]ailed to (download|launch|install) (the )?(VS ?Code|Chrom|Firefox|WebKit|[Bb]rowser)",
        r"^.*\b(Could not|Unable to) find (Chrome|Chromium|Firefox|a browser|browser)\b",
        r"^.*\bExecutable doesn't exist at ",
        r"^.*\bCannot connect to the Docker daemon\b",
    ])
});

/// Lines of what was called in the wrong folder, with a file that is not there, or on another version of the runtime than it takes.
static DID_NOT_RUN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&[
        r"^.*\bcd(:\d+)?: ([^\n]*: )?([Nn]o such file or|[Nn]ot a) directory",
        r"^.*\bdirectory prefix \S+ does not contain (main|modules)",
        r"^go: (go\.mod file not found|cannot find main module)",
        r"^.*\bERR_PNPM_(UNSUPPORTED_ENGINE|NO_IMPORTER_MANIFEST_FOUND)\b",
        r"^npm (ERR!|error) code EBADENGINE",
        r#"^error [^\n]*The engine "\w+" is incompatible with this module"#,
        r"^npm (ERR!|error) .*\bENOENT\b.*\bpackage\.json",
        r"^\s*requireStack: \[\]",
        r"^\S*python\S*: can't open file '",
        r"^ERROR: file or directory not found: ",
        r"^error: could not find `Cargo\.toml` in ",
        // A shell that did not understand the command, not a script that is wrong.
        r"^\s*\+ CategoryInfo +: ParserError",
        r"^(/\S*/)?bash: -c: (line \d+: )?(syntax error|unexpected EOF while looking for)",
        r"^zsh:(\d+:)? ?(parse error near|unmatched)",
        r"^\(eval\):\d+: (parse error near|unmatched)",
    ])
});

/// What Go prints of a pattern that it cannot look for.
static SETUP_FAILED: LazyLock<Regex> =
    LazyLock::new(|| pattern(&[r"^FAIL\s+\S+ \[setup failed\]\s*?$", r"^FAIL\s*?$", r"^# \S+$"]));

/// Whether the output of a check that failed says that it did not come to look at anything.
pub(crate) fn did_not_run(output: &str) -> bool {
    let output = without_colours(output);
    if !DID_NOT_RUN.is_match(output.as_bytes()) {
        return false;
    }
    let is_setup = |line: &&str| SETUP_FAILED.is_match(line.as_bytes());
    let rest: Vec<&str> = output.lines().filter(|line| !is_setup(line)).collect();
    let rest = rest.join("\n");
    let says_more = |kind| failed_in_words(kind, &rest);
    let kinds = [CheckKind::Test, CheckKind::TypeCheck, CheckKind::Build];
    summary_line(&rest).is_none() && !kinds.into_iter().any(says_more)
}

/// Whether the output of a run of tests that failed is that of a harness alone.
pub(crate) fn did_not_start(output: &str) -> bool {
    let output = without_colours(output);
    let says_more = |kind| failed_in_words(kind, &output);
    DID_NOT_START.is_match(output.as_bytes())
        && summary_line(&output).is_none()
        && ![CheckKind::Test, CheckKind::TypeCheck, CheckKind::Build].into_iter().any(says_more)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_harness_that_did_not_start_is_told_from_tests_that_failed() {
        for (output, expected) in [
            (
                "> shop@0.0.1 test\n> vscode-test\n\nExit code:   SIGABRT\n ELIFECYCLE  Test failed. See above for more details.",
                true,
            ),
            (
                "Error: getaddrinfo ENOTFOUND update.example.com\n    at GetAddrInfoReqWrap.onlookupall (node:dns:121:26)",
                true,
            ),
            ("browserType.launch: Executable doesn't exist at /home/a/chrome", true),
            ("Error: Failed to download Chromium r1", true),
            ("Error: getaddrinfo ENOTFOUND api.example.com\n  3 passing (1s)\n  1 failing", false),
            ("Exit code:   SIGABRT\nsrc/cart.ts(3,1): error TS2322: no", false),
            ("  1 failing\nExit code:   1", false),
            ("AssertionError: expected 1 to be 2", false),
        ] {
            assert_eq!(did_not_start(output), expected, "{output}");
        }
    }

    #[test]
    fn what_was_called_in_the_wrong_place_did_not_run() {
        for (output, expected) in [
            ("/usr/bin/bash: line 1: cd: src: No such file or directory", true),
            ("(eval):cd:1: no such file or directory: web", true),
            ("pattern ./...: directory prefix . does not contain main module or its selected dependencies", true),
            (
                "# ./...\npattern ./...: directory prefix . does not contain main module\nFAIL\t./... [setup failed]\nFAIL",
                true,
            ),
            ("go: cannot find main module, but found .git/config in /w/shop", true),
            (
                "At line:1 char:9\n+ cd web && npm test\nThe token '&&' is not a valid statement separator.\n    + CategoryInfo          : ParserError: (:) []",
                true,
            ),
            ("bash: -c: line 1: syntax error near unexpected token `)'", true),
            ("(eval):1: parse error near `)'", true),
            ("scripts/test.sh: line 7: syntax error near unexpected token `)'", false),
            ("> shop@1.0.0 test\n> vitest run (\n\nsh: 1: Syntax error: word unexpected", false),
            ("ERR_PNPM_UNSUPPORTED_ENGINE  Unsupported environment (bad pnpm and/or Node.js version)", true),
            ("npm error code EBADENGINE\nnpm error engine Unsupported engine", true),
            ("no tests ran in 0.01s\nERROR: file or directory not found: tests/test_cart.py", true),
            ("Error: Cannot find module '/w/check.js'\n  code: 'MODULE_NOT_FOUND',\n  requireStack: []", true),
            ("Error: Cannot find module './cart'\n  requireStack: [ '/w/check.js' ]", false),
            ("npm warn EBADENGINE Unsupported engine {\n}\n1 failed, 3 passed in 0.1s", false),
            ("sh: line 1: cd: web: No such file or directory\n2 failed, 1 passed in 0.1s", false),
            ("FAIL\texample.com/shop [setup failed]\ncart.go:3:1: no required module provides package x", false),
            ("FileNotFoundError: [Errno 2] No such file or directory: 'cart.json'", false),
        ] {
            assert_eq!(did_not_run(output), expected, "{output}");
        }
    }
}
