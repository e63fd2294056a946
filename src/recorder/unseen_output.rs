//! What a program printed of files that are not to be recorded. An error and its file often stand on lines of their own: a header
//! above (eslint), a place below (pytest, Rust), a traceback around it. In doubt a line goes.

use std::sync::LazyLock;

use regex::Regex;

/// The file that a line is of, where it begins with one: `src/a.py:3: error`, `  File "src/a.py", line 3`, ` --> src/a.rs:3:5`.
static PLACE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?x)^ \s* (?:[|>E]\s+)? (?: File\s+ | -->\s* | at\s+(?:\S+\s+\()? | \#\s+ | (?:FAIL|PASS)(?:ED)?:?\s+ | ERROR:?\s+ )* ["'`(]?
           (?: [^\s"'`()<>,;|:]* [/\\] [^\s"'`()<>,;|:]+ \. [A-Za-z][A-Za-z0-9]{0,5} (?: [:("'`,\s] | (?P<header>$) )
             | [^\s"'`()<>,;|:]+ \. [A-Za-z][A-Za-z0-9]{0,5} ["'`]? (?: [:(]\d | ,\s+line\s+\d ) )"#,
    )
    .expect("a constant that the tests compile")
});

/// A line that only counts: `1 failed, 3 passed in 0.2s`.
const COUNTS: &[&str] = &[
    "exit",
    "code",
    "wall",
    "time",
    "output",
    "seconds",
    "second",
    "passed",
    "failed",
    "failure",
    "failures",
    "error",
    "errors",
    "warning",
    "warnings",
    "skipped",
    "problem",
    "problems",
    "test",
    "tests",
    "suites",
    "suite",
    "files",
    "total",
    "in",
    "ok",
    "fail",
    "ran",
    "pass",
    "result",
    "ignored",
    "measured",
    "filtered",
    "out",
    "finished",
    "and",
    "of",
    "snapshots",
    "duration",
    "done",
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum OutputLine {
    /// Names a file that is not to be recorded; `true` where it says nothing else and heads what follows.
    Unseen(bool),
    /// Begins with another file; `true` as above.
    Other(bool),
    /// Ends what is said of one thing: a rule with a title.
    Rule,
    Blank,
    Counts,
    Text,
}

/// The lines of an output that do not tell of such files; `names` says whether a line names one.
pub(super) fn without(text: &str, names: impl Fn(&str) -> bool) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let kinds: Vec<OutputLine> = lines.iter().map(|line| kind(line, &names)).collect();
    let is_kept = |at: usize| match kinds[at] {
        OutputLine::Unseen(_) => false,
        OutputLine::Other(_) | OutputLine::Rule | OutputLine::Blank | OutputLine::Counts => true,
        OutputLine::Text => !tells_of_unseen(&kinds, at),
    };
    let kept = lines.iter().enumerate().filter(|(at, _)| is_kept(*at)).map(|(_, line)| *line);
    kept.collect::<Vec<_>>().join("\n")
}

fn kind(line: &str, names: &impl Fn(&str) -> bool) -> OutputLine {
    let bare = line.trim();
    let is_word = |word: &str| {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric()).to_ascii_lowercase();
        let is_number = || word.starts_with(|c: char| c.is_ascii_digit()) && word.len() <= 10;
        word.is_empty() || is_number() || COUNTS.contains(&word.as_str())
    };
    if bare.is_empty() {
        OutputLine::Blank
    } else if names(line) {
        OutputLine::Unseen(!bare.trim_end_matches(':').contains([' ', '\t', ':']))
    } else if is_rule(bare) {
        OutputLine::Rule
    } else if bare.split_whitespace().all(is_word) {
        OutputLine::Counts
    } else if let Some(place) = PLACE.captures(line.trim_end()) {
        OutputLine::Other(place.name("header").is_some())
    } else {
        OutputLine::Text
    }
}

/// `____ test_a ____`, `==== FAILURES ====`, `---- tests::a stdout ----`.
fn is_rule(line: &str) -> bool {
    line.starts_with("___") || line.starts_with("===") || line.starts_with("---- ") && line.ends_with(" ----")
}

/// Whether a line that names no file is of one that is not to be recorded: one in its own paragraph, or the nearest above or
/// below, between two rules.
fn tells_of_unseen(kinds: &[OutputLine], at: usize) -> bool {
    let above = || kinds[..at].iter().rev().take_while(|kind| **kind != OutputLine::Rule);
    let below = || kinds[at + 1..].iter().take_while(|kind| **kind != OutputLine::Rule);
    let is_unseen = |kind: &OutputLine| matches!(kind, OutputLine::Unseen(_));
    let is_text = |kind: &&OutputLine| **kind != OutputLine::Blank;
    if above().take_while(is_text).chain(below().take_while(is_text)).any(is_unseen) {
        return true;
    }
    let before = above().find(|kind| matches!(kind, OutputLine::Unseen(_) | OutputLine::Other(_)));
    // What heads other lines says nothing of those above it.
    let after = below().find(|kind| matches!(kind, OutputLine::Unseen(false) | OutputLine::Other(false)));
    before.is_some_and(is_unseen) || after.is_some_and(is_unseen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_an_ignored_file_goes_wherever_the_file_is_named() {
        for (name, text) in [
            ("eslint", "/r/src/a.js\n  4:1  error  KEPT\n\n/r/secret/x.js\n  3:5  error  GONE\n\n2 problems"),
            (
                "eslint, the other way round",
                "/r/secret/x.js\n  3:5  error  GONE\n\n/r/src/a.js\n  4:1  error  KEPT\n\n2 problems",
            ),
            (
                "pytest",
                "Exit code 1\n____ test_a ____\n\n    def test_a():\n>       assert f() == \"GONE\"\nE       assert 1 == \"GONE\"\n\n\
                 secret/x.py:3: AssertionError\n------ Captured stdout call ------\nGONE\n____ test_b ____\n\n>       KEPT\n\ntests/b.py:7: AssertionError\n1 failed",
            ),
            (
                "traceback",
                "cart.py:3: KEPT\n\nTraceback (most recent call last):\n  File \"secret/x.py\", line 3, in f\n    GONE\n  File \"lib/net.py\", line 9, in g\n    GONE\nOSError: GONE",
            ),
            (
                "rust",
                "error[E0308]: GONE\n --> secret/x.rs:3:5\n  |\n3 | GONE\n\nerror[E0308]: KEPT\n --> src/a.rs:3:5\n  |\n3 | KEPT",
            ),
            (
                "panic",
                "---- a stdout ----\nthread 'a' panicked at secret/x.rs:3:5:\nGONE\n\n---- b stdout ----\nthread 'b' panicked at src/b.rs:3:5:\nKEPT",
            ),
            ("node", "Error: GONE\n    at g (node_modules/net.js:1:2)\n    at f (secret/x.js:3:4)\n\nsrc/a.js:3: KEPT"),
            (
                "rspec",
                "  1) a\n     Failure/Error: GONE\n       GONE\n     # ./secret/x_spec.rb:3\n\nrspec ./secret/x_spec.rb:3 # GONE",
            ),
            ("tsc", "secret/x.ts(3,5): error GONE\n  GONE\n\nsrc/a.ts(3,5): error KEPT"),
            ("one line", "secret/x.py:3: GONE\ncart.py:4: KEPT"),
            ("code with dots", "secret/x.py:3:\nendpoint.host = GONE\nos.path.join(GONE)\n\ncart.py:1: KEPT"),
        ] {
            let left = without(text, |line| line.contains("secret/"));
            assert!(left.contains("KEPT") || !text.contains("KEPT"), "{name}: {left}");
            assert!(!left.contains("GONE") && !left.contains("secret"), "{name}: {left}");
        }
    }

    #[test]
    fn counts_stay() {
        let counts = "Exit code 1\n1 failed, 3 passed in 0.12s\nTests: 1 failed, 2 total\n\u{2716} 2 problems (2 errors, 0 warnings)\n\
                      test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s";
        assert_eq!(without(&format!("secret/x.py:3: no\n{counts}"), |line| line.contains("secret/")), counts);
    }
}
