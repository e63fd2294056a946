//! Pairs that would teach little or something wrong: those that differ in imports only, are no whole statements, or passed because a
//! check asks for less.

use std::collections::HashMap;

use super::form::{is_of_form, same_but_for_form};
use super::loosened::{code, loosens, without_remarks};
use super::metadata::CorrectionNote;
use super::quoted::named;
use super::unwritten::only_declares;
use crate::text::telling::is_telling;

/// Why a pair is not an example, by what its sides hold and what it says of itself.
pub(super) fn weakness(rejected: &str, chosen: &str, note: &CorrectionNote) -> Option<&'static str> {
    let (gone, came) = (only_in(rejected, chosen), only_in(chosen, rejected));
    if gone.iter().chain(&came).any(|line| line.contains("[REDACTED")) {
        return Some("the redactor took out a part of it");
    }
    let are_imports = |lines: &[&str]| lines.iter().all(|line| is_import(line));
    if are_imports(&came) && (are_imports(&gone) || !came.is_empty()) {
        return Some("the sides of the pair differ in imports only");
    }
    if !(gone.is_empty() && came.is_empty()) && gone.iter().chain(&came).all(|line| only_prints(line)) {
        return Some("the sides of the pair differ in what is printed only");
    }
    let is_remark = |text: &str| text.lines().all(|line| code(line.trim()).is_empty());
    if is_remark(chosen) && !is_remark(rejected) {
        return Some("one side of the pair is not a complete statement");
    }
    // Nothing of what was wanted is shown: it stands in another place.
    if are_imports(&chosen.lines().map(str::trim).collect::<Vec<_>>()) {
        return Some("one side of the pair is not a complete statement");
    }
    if note.kind == "directed"
        && !note.reason.is_empty()
        && reworded(&gone) == reworded(&came)
        && !is_about_words(&note.reason)
    {
        return Some("the sides of the pair differ in remarks and messages only");
    }
    if note.kind == "directed" && !note.reason.is_empty() && are_other_numbers(&gone, &came, &note.reason) {
        return Some("the sides of the pair differ in numbers that the correction does not speak of");
    }
    if same_but_for_form(rejected, chosen, &note.path) || (note.kind == "failed-check" && is_of_form(&note.reason)) {
        return Some("the sides of the pair differ in form only");
    }
    if note.kind == "failed-check" && is_disowned(&note.reason) {
        return Some("the agent says that the failure is of something else");
    }
    if note.kind == "directed" && came.is_empty() && only_took_prints_out(&gone) && !is_about_prints(&note.reason) {
        return Some("the sides of the pair differ in what is printed only");
    }
    if note.kind == "failed-check" && is_stub(rejected) {
        return Some("the rejected side is only begun");
    }
    if only_declares(&gone, &came, chosen) {
        return Some("the sides of the pair differ in a declaration of which no use is shown");
    }
    if balance(chosen) != balance(rejected) || is_fragment(chosen) || is_fragment(rejected) {
        return Some("one side of the pair is not a complete statement");
    }
    if note.kind == "failed-check" && loosens(note, (rejected, chosen), &gone, &came) {
        return Some("the check passed because it asks for less");
    }
    let is_anchor = gone.is_empty() && rejected.trim().lines().count() <= SHORT_ANCHOR;
    (note.kind == "failed-check" && is_anchor).then_some("nothing was wrong in the rejected side")
}

/// The lines of a text that another has not, without blanks around them.
fn only_in<'a>(text: &'a str, other: &str) -> Vec<&'a str> {
    let mut left: HashMap<&str, usize> = HashMap::new();
    for line in other.lines() {
        *left.entry(line.trim()).or_default() += 1;
    }
    let mut own = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match left.get_mut(line) {
            Some(count) if *count > 0 => *count -= 1,
            _ => own.push(line),
        }
    }
    own
}

fn is_import(line: &str) -> bool {
    let starts = [
        "import ",
        "import(",
        "from ",
        "use ",
        "pub use ",
        "#include",
        "using ",
        "require ",
        "require_relative ",
        "package ",
        "} from ",
    ];
    // Of a block of Go, and what closes one.
    let is_go = line.ends_with('"') && line.matches('"').count() == 2 && !line.contains(['=', '(', ',', ':', '{']);
    let is_bare = line.chars().all(|c| c.is_whitespace() || "(){},;".contains(c));
    let is_required = line.contains("require(") && (line.starts_with("const ") || line.starts_with("var "));
    starts.iter().any(|start| line.starts_with(start)) || is_go || is_bare || is_required
}

/// Whether a line only prints or logs something.
fn only_prints(line: &str) -> bool {
    let starts = [
        "fmt.print",
        "fmt.fprint",
        "log.print",
        "log.debug",
        "logger.debug",
        "logging.debug",
        "console.",
        "print(",
        "println",
        "eprintln",
        "dbg",
        "system.out.print",
    ];
    let lower = line.to_lowercase();
    starts.iter().any(|start| lower.starts_with(start)) || line.chars().all(|c| "(){};,".contains(c))
}

/// The lines of `chosen` that `rejected` has not, as far as they tell something.
pub(super) fn new_lines<'a>(rejected: &str, chosen: &'a str) -> Vec<&'a str> {
    only_in(chosen, rejected).into_iter().filter(|line| is_telling(line)).collect()
}

/// Brackets that are opened and not closed, by kind.
fn balance(text: &str) -> [i32; 3] {
    let count =
        |open: char, close: char| text.chars().map(|c| i32::from(c == open) - i32::from(c == close)).sum::<i32>();
    [count('(', ')'), count('[', ']'), count('{', '}')]
}

/// Whether a text begins or ends within an expression.
fn is_fragment(text: &str) -> bool {
    let text = text.trim();
    let goes_on = ["&&", "||", "==", "!=", "=>", " =", ":=", " +", "(", "["];
    let goes_before = [")", "]", "&&", "||", "."];
    let is_closed = balance(text).iter().all(|count| *count == 0);
    goes_on.iter().any(|end| text.ends_with(end))
        || (!is_closed && goes_before.iter().any(|start| text.starts_with(start)))
}

/// The code of lines, without what messages of errors say.
fn reworded(lines: &[&str]) -> Vec<String> {
    let plain = |line: &str| match line.to_lowercase().contains("error") {
        true => line.split('"').step_by(2).collect::<Vec<_>>().join("\""),
        false => line.to_owned(),
    };
    without_remarks(lines).into_iter().map(plain).collect()
}

/// Whether a correction is about how something is worded.
fn is_about_words(reason: &str) -> bool {
    let lower = reason.to_lowercase();
    let mut words = lower.split(|c: char| !c.is_alphanumeric());
    words.any(|word| {
        let begins =
            ["comment", "remark", "wording", "phras", "doc", "readme", "message", "typo", "spell", "renam", "nam"];
        begins.iter().any(|begin| word.starts_with(begin))
            || ["word", "words", "text", "texts", "say", "says", "call", "called"].contains(&word)
    })
}

/// Whether lines are the same but for their numbers, and the words of the correction name neither a number nor a size.
fn are_other_numbers(gone: &[&str], came: &[&str], reason: &str) -> bool {
    let plain = |lines: &[&str]| -> Vec<String> {
        lines.iter().map(|line| line.chars().filter(|c| !c.is_ascii_digit()).collect()).collect()
    };
    let lower = reason.to_lowercase();
    let sizes = [
        "limit", "max", "min", "timeout", "count", "size", "more", "less", "fewer", "higher", "lower", "long", "short",
    ];
    let is_about = lower.contains(|c: char| c.is_ascii_digit()) || sizes.iter().any(|word| lower.contains(word));
    !gone.is_empty() && !is_about && plain(gone) == plain(came)
}

/// Whether an agent says of a failure that the work is not about it.
fn is_disowned(reason: &str) -> bool {
    let lower = reason.to_lowercase();
    ["unrelated", "not related", "separately", "separate issue", "pre-existing", "preexisting", "rather than expanding"]
        .iter()
        .any(|words| lower.contains(words))
}

/// Lines that only show where something was put in.
const SHORT_ANCHOR: usize = 3;

/// Whether what went is a call that prints, with its arguments on the lines behind it.
fn only_took_prints_out(gone: &[&str]) -> bool {
    let (mut open, mut prints) = (0, 0);
    for line in gone {
        let is_print = only_prints(line) && line.chars().any(char::is_alphabetic);
        if open <= 0
            && !is_print
            && !only_prints(line)
            && !code(line).is_empty()
            && !line.starts_with(['"', '\'', ')', '}'])
        {
            return false;
        }
        prints += usize::from(is_print);
        open += balance(line)[0];
    }
    prints > 0
}

fn is_about_prints(reason: &str) -> bool {
    let lower = reason.to_lowercase();
    ["print", "log", "debug", "output", "message", "noise", "verbose"].iter().any(|word| lower.contains(word))
}

/// Whether code only says that it is still to be written.
fn is_stub(text: &str) -> bool {
    let marks = ["notimplementederror", "todo!(", "unimplemented!(", "not implemented", "not yet implemented"];
    text.lines().any(|line| marks.iter().any(|mark| line.to_lowercase().contains(mark)))
}

/// Why the words of a failure teach nothing about a change: they say nothing, a tool was kept from running, or they name what the
/// change does not hold.
pub(super) fn unrelated(failed: &str, rejected: &str, chosen: &str, path: &str) -> Option<&'static str> {
    let lower = failed.to_lowercase();
    let plain = |word: &&str| {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        !word.is_empty()
            && !word.contains(['/', '.'])
            && !COUNTED.contains(&word)
            && !word.chars().all(|c| c.is_ascii_digit())
    };
    let mut words = lower.lines().filter(|line| !says_it_is_cut(line)).flat_map(str::split_whitespace);
    if !words.any(|word| plain(&word)) {
        return Some("it is not known how the check failed");
    }
    if ["blocked", "not permitted", "permission denied", "not allowed"].iter().any(|words| lower.contains(words)) {
        return Some("the failure is none of a check");
    }
    let is_manifest = ["toml", "json", "lock", "mod", "yaml", "yml"].iter().any(|end| path.ends_with(end));
    let changed = || only_in(rejected, chosen).into_iter().chain(only_in(chosen, rejected));
    let missing = || named(failed).filter(|name| !changed().any(|line| line.contains(name)));
    (!is_manifest && missing().is_some()).then_some("the failure names what the change does not hold")
}

/// Words of a run that say nothing of why it failed.
const COUNTED: &[&str] = &[
    "test", "tests", "failed", "fail", "failures", "error", "errors", "passed", "pass", "skipped", "ignored",
    "pending", "total", "ok", "of", "suites", "files",
];

/// Whether a line is a tool's, which cut what the check printed: "...output truncated...", "Full output saved to: ...".
fn says_it_is_cut(line: &str) -> bool {
    ["output truncated", "full output saved"].iter().any(|words| line.contains(words))
}

/// Whether the words of a failure hold one that says that something failed.
pub(super) fn says_what_failed(failed: &str) -> bool {
    let signs = [
        "fail",
        "error",
        "expected",
        "want",
        "got",
        "panic",
        "exception",
        "undefined",
        "cannot",
        "can't",
        "missing",
        "mismatch",
        "invalid",
        "assert",
        " not ",
        "no such",
        "unused",
        "should",
        "must",
        "warning",
        "unexpected",
        "unknown",
        "denied",
        "too ",
        "deprecated",
        "exit",
        "unresolved",
        "duplicate",
        "timed out",
        "timeout",
        "conflict",
        "nil ",
        "null",
        "none",
        "!=",
        "==",
        "does not",
        "isn't",
        "has no",
        "no ",
        "unable",
        "refused",
    ];
    let lower = failed.to_lowercase();
    lower.lines().filter(|line| !says_it_is_cut(line)).any(|line| signs.iter().any(|sign| line.contains(sign)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said_of(kind: &'static str, reason: &str) -> CorrectionNote {
        CorrectionNote { kind, reason: reason.to_owned(), ..CorrectionNote::default() }
    }

    #[test]
    fn a_weak_pair_is_told_from_one_that_teaches_something() {
        let none = None;
        let imports = Some("the sides of the pair differ in imports only");
        let fragment = Some("one side of the pair is not a complete statement");
        let printed = Some("the sides of the pair differ in what is printed only");
        let less = Some("the check passed because it asks for less");
        let redacted = Some("the redactor took out a part of it");
        for (case, path, rejected, chosen, expected) in [
            ("a fix", "src/price.py", "return price * percent", "return price * percent / 100", none),
            ("an import", "src/price.py", "import decimal\nx = 1", "from decimal import Decimal\nx = 1", imports),
            ("an import and its use", "a.py", "import re\nx = 1", "import json\nx = json.loads(y)", none),
            ("an import of Go", "a.go", "import (\n\t\"os\"\n)", "import (\n\t\"os\"\n\t\"fmt\"\n)", imports),
            ("a remark alone", "a.go", "// total adds up\nfunc total() {}", "// total adds up all the", fragment),
            ("lines that print", "a.go", "x()\nfmt.Println(\"x\", x)", "x()", printed),
            ("a line that prints, and another", "a.go", "x()\nfmt.Println(x)", "y()\nfmt.Println(y)", none),
            ("a text in a list", "a.go", "names := []string{\"a\"}", "names := []string{\"b\"}", none),
            ("half a call", "a.py", "total(a,", "total(a, b)", fragment),
            ("the end of a call", "a.py", ", b)\nreturn c", "), b)\nreturn c", fragment),
            ("the beginning of a block", "a.go", "if a != nil {\n\treturn a", "if b != nil {\n\treturn b", none),
            ("an open condition", "a.rs", "let is_new = a &&", "let is_old = b &&", fragment),
            (
                "a test that is skipped",
                "tests/a.py",
                "def test_a():\n    x()",
                "@pytest.mark.skip\ndef test_a():\n    x()",
                less,
            ),
            ("a linter told to look away", "src/a.py", "import_all()", "import_all()  # noqa", less),
            ("a word to the linter", "src/a.go", "run() //nolint", "run() //nolint:errcheck // fine", less),
            ("a condition alone", "a_test.go", "if got != 3 {", "if got != 4 {", less),
            ("a remark of a test", "a_test.go", "// Old.\nrun(1)", "// New.\nset(1)\nrun(1)", none),
            (
                "another condition",
                "a_test.go",
                "// One.\nif got == 0 {\n\tt.Error(\"no\")\n}",
                "sum := got + more\nif sum == 0 {\n\tt.Error(\"none\")\n}",
                less,
            ),
            ("an assertion less", "a_test.go", "assert.Equal(a, b)\nrun()", "run()", less),
            (
                "a list that a test expects",
                "a_test.go",
                "expected := []Kind{\n\tA,\n}",
                "expected := []Kind{\n\tA,\n\tB,\n}",
                less,
            ),
            ("a redacted value", "a.py", "key = [REDACTED:api-key:00000000]", "key = read()", redacted),
            ("another expectation", "src/a.test.ts", "expect(total).toBe(3)", "expect(total).toBe(4)", less),
            (
                "a test set up better",
                "a.test.ts",
                "const a = make()\nexpect(a).toBe(3)",
                "const a = make(3)\nexpect(a).toBe(3)",
                none,
            ),
            ("a test of the same name elsewhere", "src/a.ts", "expect(total).toBe(3)", "expect(total).toBe(4)", none),
            (
                "only imports are left",
                "a.go",
                "import (\n\t\"os\"\n)\nvar known = 1",
                "import (\n\t\"os\"\n)",
                fragment,
            ),
            (
                "another error expected",
                "tests/a.py",
                "with pytest.raises(KeyError):",
                "with pytest.raises(ValueError):",
                less,
            ),
            ("a case less", "e2e/a", "'{ a = 1 }' \\\n'{ b = 1 }'; do", "'{ a = 1 }'; do", less),
        ] {
            let note = |kind| CorrectionNote { kind, path: path.to_owned(), ..CorrectionNote::default() };
            assert_eq!(weakness(rejected, chosen, &note("failed-check")), expected, "{case}");
            // What a person wanted is for the person to say.
            let wanted = expected.filter(|why| Some(*why) != less);
            assert_eq!(weakness(rejected, chosen, &note("directed")), wanted, "{case}");
        }
        let path = "src/price.py".to_owned();
        let failed = CorrectionNote { kind: "failed-check", path, ..CorrectionNote::default() };
        let of_a_test =
            |reason: &str| CorrectionNote { path: "a_test.go".to_owned(), ..said_of("failed-check", reason) };
        assert_eq!(weakness("state.Count = 2", "state.Count = 12 // one more", &of_a_test("Count = 12, want 2")), less);
        assert_eq!(weakness("id = New(\"other\")", "id = New(\"12\")", &of_a_test("panic: no such id")), none);
        let form = Some("the sides of the pair differ in form only");
        assert_eq!(weakness("want := \"a b\"", "want := \"a \" +\n\t\"b\"", &of_a_test("line too long")), form);
        let stub = Some("the rejected side is only begun");
        assert_eq!(weakness("raise NotImplementedError", "return price", &failed), stub);
        let anchor = Some("nothing was wrong in the rejected side");
        assert_eq!(weakness("import re", "import re\ntotal = re.sub(a, b)", &failed), anchor);
        let printed = Some("the sides of the pair differ in what is printed only");
        let prints = "total = 1\nfmt.Fprintf(os.Stderr,\n\t\"[check] %d\",\n\ttotal)";
        assert_eq!(
            weakness(prints, "total = 1", &said_of("directed", "the total of the second shop is missing")),
            printed
        );
        assert_eq!(weakness(prints, "total = 1", &said_of("directed", "no debug output please")), None);
        let more = "total = 1\nfmt.Fprintf(os.Stderr, \"[check] %d (of %d)\",\n\tlen(total), len(all))";
        assert_eq!(weakness(more, "total = 1", &said_of("directed", "it should be the total of all")), printed);
        assert_eq!(weakness("a = 1\n} from './Cart'", "a = 1\n} from './cart'", &said_of("manual", "")), imports);
        let (gone, came) = ("total = 1", "total = price");
        for (words, expected) in [
            ("AssertionError: 3 != 4", None),
            ("tests/test_price.py failed", Some("it is not known how the check failed")),
            ("Guard blocked the command. Use the edit tool", Some("the failure is none of a check")),
            ("no column named title", Some("the failure names what the change does not hold")),
            ("'Cart' object has no attribute 'total'", None),
        ] {
            assert_eq!(unrelated(words, gone, came, "src/price.py"), expected, "{words}");
        }
        assert_eq!(
            unrelated("...output truncated...\nFull output saved to: /tmp/out", gone, came, "a.py"),
            Some("it is not known how the check failed")
        );
        assert_eq!(
            unrelated("Tests  5 failed | 220 passed (225)", gone, came, "a.py"),
            Some("it is not known how the check failed")
        );
        assert!(says_what_failed("3 != 4") && !says_what_failed("Streaming events for 12\nstatus is done"));
        assert_eq!(unrelated("cannot import name 'cents'", gone, came, "pyproject.toml"), None);
        let said = said_of;
        let words = Some("the sides of the pair differ in remarks and messages only");
        let (old, new) =
            ("// By name.\nreturn Errorf(\"no agent: %s\", a)", "// By key.\nreturn Errorf(\"unknown: %s\", a)");
        assert_eq!(weakness(old, new, &said("directed", "when is it used? is it over then?")), words);
        assert_eq!(weakness(old, new, &said("directed", "the comment should say key")), None);
        assert_eq!(weakness(old, new, &said("directed", "is defaultAgentName used?")), words, "a word within a name");
        let numbers = Some("the sides of the pair differ in numbers that the correction does not speak of");
        assert_eq!(weakness("a = 1", "a = 2", &said("directed", "is it over then?")), numbers);
        assert_eq!(weakness("a = 1", "a = 2", &said("directed", "the limit is too low")), None);
        assert_eq!(weakness("a = 1", "b = 2", &said("directed", "is it over then?")), None);
        let disowned = Some("the agent says that the failure is of something else");
        assert_eq!(weakness("a = 1", "a = 2", &said("failed-check", "A later, unrelated limit.")), disowned);
        assert_eq!(weakness("a = 1", "a = 2", &said("failed-check", "The sum was off by one.")), None);
    }
}
