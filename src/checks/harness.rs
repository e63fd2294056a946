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
}
