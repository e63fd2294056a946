//! Whether the end of a check was seen: an end of the command that is the check's own, or lines that say how it went. Else it
//! ran, and nobody knows whether it passed.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::chain::is_told_to_succeed;
use super::classify::{base_name, classify_program, inner_script, only_reads_a_pipe, program};
use super::colours::without_colours;
use super::exit_codes::{named_exit_code, prints_the_checks_exit_code};
use super::filters::would_show_failure;
use super::left_out_lines::shows_no_failure;
use super::options::ends_well_anyway;
use super::output::{most_telling, pattern, summary_line, summary_lines};
use super::shell::{self, ShellCommand, Then};
use super::silent::found_nothing;
use super::summaries::is_of_findings;
use crate::record::contribution::CheckKind;

/// Lines of a run that had nothing to run.
static NOTHING_RAN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&[
        r"^.*\bno tests? (ran|run|found|were run|were found|executed|to run|collected|matched|files?)\b",
        r"^.*\b[Nn]o tests? (ran|run|found|were run|were found|executed|to run|collected|matched|files?)\b",
        r"^.*\bNo tests? (files? )?found\b",
        r"^.*\[no test files\]",
        r"^.*\bcollected 0 items\b",
        r"^=* ?[1-9]\d* (skipped|deselected)\b",
        r"^.*\b0 (tests?|passing|passed|examples|specs|scenarios)\b",
        r"^.*\bTests run: 0\b",
        r"^.*\b(Total tests|Total Tests|tests|Tests):? +0\b",
        r"^.*\bNo tests were (run|found)",
    ])
});

/// Lines of linters, type checkers and task runners that had no file, no package and no task.
static NO_FILES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&[
        r"^.*\b[Nn]o (Python |lintable |source |\.py\[i\] |go |matching )*files? (were |was |are |to |found|matching|match|present|in |processed)",
        r"^.*\bNo files matching\b",
        r"^.*\bNo Python files (found|are present)",
        r"^.*\bno source files\b",
        r"^.*\bChecked 0 files\b",
        r"^.*\b0 (source )?files? (inspected|checked|analyzed|linted|processed)\b",
        r"^.*\bLinting: 0 file",
        r"^.*\b[Nn]o (staged files|projects|tasks|packages) (match|matched|were|to vet|to test)",
        r"^.*\bmatched no packages\b",
        r"^.*\bNo tasks were (run|executed)",
    ])
});

/// Lines of a linter that had files.
static SOME_FILES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&[
        r"^.*\b[1-9]\d* (source )?files? (inspected|checked|analyzed|linted|processed)\b",
        r"^.*\b[Cc]hecked [1-9]\d* ",
    ])
});

/// Lines of a run in which at least one test passed.
static SOME_PASSED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&[
        r"^.*\b[1-9]\d* (tests? )?(passed|passing|pass|ok|succeeded|successful|assertions?)\b",
        r"^ok[ \t]+\S+[ \t]+(\(cached\)|[\d.]+s)(\s*|[^\n\[]*|[^\n]*\[no statements\])$",
        r"^.*\bRan [1-9]\d* tests?\b",
        r"^OK \([1-9]",
        r"^ok [1-9]",
        r"^[1-9]\d* (examples?|runs|tests|specs|scenarios)\b",
        r"^.*\bTests run: [1-9]",
        r"^\s*(# |ℹ )pass [1-9]",
        r"^(PASS|--- PASS)\b",
        r"^\s*(✓|✔|√) ",
        r"^.*\bPassed: +[1-9]",
    ])
});

/// Whether the output of a run says that there was nothing to run or to look at, and of no test that it passed.
pub(crate) fn nothing_ran(kind: CheckKind, output: &str) -> bool {
    let output = without_colours(output);
    let output = output.as_bytes();
    if kind == CheckKind::Test {
        return NOTHING_RAN.is_match(output) && !SOME_PASSED.is_match(output);
    }
    // Nearly every output has none of these words, and the expression is costly to compile in a hook.
    let may_be = [
        "o file",
        "o Python",
        "o source",
        "o lintable",
        "o .py",
        "o go",
        "o matching",
        " 0 ",
        "0 file",
        "o staged",
        "o projects",
        "o tasks",
        "o packages",
        "o tasks",
    ];
    may_be.iter().any(|words| memchr::memmem::find(output, words.as_bytes()).is_some())
        && NO_FILES.is_match(output)
        && !SOME_FILES.is_match(output)
}

/// Whether a command that ended well, with this output, shows that its checks did.
pub(crate) fn is_seen(kind: CheckKind, command: &str, output: &str) -> bool {
    let output = without_colours(output);
    let last = output.lines().map(str::trim).rfind(|line| !line.is_empty());
    let prints_0 = || last.is_some_and(|line| line.rsplit([':', '=', ' ']).next() == Some("0") && line.len() < 20);
    let ending = end(command, 0);
    if let Some(code) = named_exit_code(command, &output).filter(|_| ending == CheckEnding::Unknown) {
        return code == 0;
    }
    if kind == CheckKind::Test && shows_no_failure(command, &output) {
        return true;
    }
    if matches!(ending, CheckEnding::Unknown | CheckEnding::Reversed)
        && let Some(summary) = own_summary(kind, &output)
    {
        return would_show_failure(command, &output, summary);
    }
    match ending {
        CheckEnding::Own => true,
        CheckEnding::Unknown if says_what_follows_success(command, &output) => true,
        CheckEnding::Unknown if prints_the_checks_exit_code(command) => prints_0(),
        // `grep -E 'passed|failed'` shows both counts.
        CheckEnding::Unknown if kind == CheckKind::Test && keeps_counts(command) && counts_passed(&output) => true,
        CheckEnding::Unknown if shows_its_end(command) && last.is_some() && !says_it_failed(&output) => true,
        CheckEnding::Unknown if kind != CheckKind::Test && found_nothing(command, &output) => true,
        // What finds nothing prints nothing.
        CheckEnding::Unknown => kind != CheckKind::Test && last.is_none() && shows_all(command),
        CheckEnding::Anyway if kind == CheckKind::Test => SOME_PASSED.is_match(output.as_bytes()),
        CheckEnding::Anyway => summary_line(&output).is_some(),
        CheckEnding::Reversed => false,
    }
}

/// The line that says how checks of this kind went: what a linter found says nothing of tests.
fn own_summary(kind: CheckKind, output: &str) -> Option<&str> {
    let is_own = |line: &&str| kind != CheckKind::Test || !is_of_findings(line);
    most_telling(&summary_lines(output).into_iter().filter(is_own).collect::<Vec<_>>())
}

/// Whether tests of a command are seen to have passed, of all that it printed.
pub(crate) fn shows_that_some_passed(output: &str) -> bool {
    SOME_PASSED.is_match(output.as_bytes())
}

/// Whether nothing ran as far as one sees; of what is left out where it passes, one does not.
pub(crate) fn is_known_to_run_nothing(kind: CheckKind, command: &str, output: &str) -> bool {
    nothing_ran(kind, output) && !(kind == CheckKind::Test && shows_no_failure(command, &without_colours(output)))
}

/// Whether a command ends well only if its checks do.
pub(super) fn ends_as_its_checks(command: &str) -> bool {
    end(command, 0) == CheckEnding::Own
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CheckEnding {
    /// The command ends well only if its checks do.
    Own,
    Unknown,
    /// It ends well whatever the check finds, by an option of it: `flake8 --exit-zero`.
    Anyway,
    /// It ends well if the check fails: `! pytest`.
    Reversed,
}

fn end(command: &str, depth: u8) -> CheckEnding {
    let steps = shell::steps(command);
    let keeps_pipes = command.contains("pipefail");
    let stops = |step: &ShellCommand| {
        let words = program(step);
        words.first().is_some_and(|word| word == "set")
            && words.iter().any(|word| word.starts_with('-') && word.contains('e') || word == "errexit")
    };
    let mut stops_at_failure = false;
    let mut found = CheckEnding::Own;
    for (place, step) in steps.iter().enumerate() {
        stops_at_failure |= stops(step);
        let words = program(step);
        let inner = inner_script(words).filter(|_| depth < 3).map(|script| end(script, depth + 1));
        let is_check = inner.is_some() || classify_program(words).is_some();
        if !is_check || only_reads_a_pipe(step) {
            continue;
        }
        if step.words.first().is_some_and(|word| word == "!") {
            return CheckEnding::Reversed;
        }
        if words.split_first().is_some_and(|(first, rest)| ends_well_anyway(base_name(first), rest)) {
            return CheckEnding::Anyway;
        }
        let is_asked =
            step.words.first().is_some_and(|word| matches!(word.as_str(), "if" | "while" | "until" | "elif"));
        let behind = command.get(step.place.end..).unwrap_or_default().trim_start();
        let is_in_background = behind.starts_with('&') && !behind.starts_with("&&");
        let rest = &steps[place..];
        // `check | tail && echo ok` ends as `tail` does.
        let is_piped = step.then == Then::Pipe && !keeps_pipes;
        let is_decided_later = rest[..rest.len() - 1].iter().any(|step| match step.then {
            Then::Or => true,
            Then::Next | Then::End => !stops_at_failure,
            Then::And | Then::Pipe => false,
        });
        if is_asked || is_in_background || is_piped || is_decided_later {
            found = CheckEnding::Unknown;
        } else if let Some(inner) = inner.filter(|inner| *inner != CheckEnding::Own) {
            found = inner;
        }
    }
    found
}

/// Whether words stand in the output that are printed only if each check succeeded: `pytest -q > log && echo green || cat log`.
fn says_what_follows_success(command: &str, output: &str) -> bool {
    let steps = shell::steps(command);
    let is_told = |place: usize| is_told_to_succeed(&steps, place, output);
    // What stands behind `||` did not run then.
    let end = steps.iter().position(|step| step.then == Then::Or).map_or(steps.len(), |place| place + 1);
    let mut checks = (0..end).filter(|place| classify_program(program(&steps[*place])).is_some()).peekable();
    checks.peek().is_some() && checks.all(is_told)
}

/// A number of tests that passed, and none that failed.
fn counts_passed(output: &str) -> bool {
    PASSED.is_match(output.as_bytes()) && !FAILED.is_match(output.as_bytes())
}

static PASSED: LazyLock<Regex> = LazyLock::new(|| pattern(&[r"^.*\b[1-9]\d* (tests? )?(passed|passing|pass|ok)\b"]));
static FAILED: LazyLock<Regex> =
    LazyLock::new(|| pattern(&[r"^.*\b[1-9]\d* (tests? )?(failed|failing|fail|failures?|errors?)\b"]));

/// Whether counts of failures get through all pipes behind the check: the end of the output, and filters that ask for them.
fn keeps_counts(command: &str) -> bool {
    let steps = shell::steps(command);
    let behind = || steps.iter().filter(|step| step.piped);
    let keeps = |step: &ShellCommand| {
        let words = program(step);
        let asks = |words: &[String]| {
            let inverts =
                words.iter().any(|word| word.starts_with('-') && !word.starts_with("--") && word.contains('v'));
            !inverts && words.iter().any(|word| word.to_lowercase().contains("fail"))
        };
        match words.first().map(String::as_str) {
            Some("tail" | "cat" | "tee") => true,
            Some("grep" | "egrep" | "rg") => asks(&words[1..]),
            _ => false,
        }
    };
    behind().next().is_some() && behind().all(keeps)
}

/// Whether a runner that says last that what it ran has failed (`ELIFECYCLE`, `make: ***`) went through `2>&1 | tail`.
fn shows_its_end(command: &str) -> bool {
    const RUNNERS: &[&str] =
        &["bun", "npm", "pnpm", "yarn", "make", "gmake", "just", "mise", "mvn", "mvnw", "gradle", "gradlew"];
    let steps = shell::steps(command);
    let mut checks = steps.iter().filter(|step| !step.piped && classify_program(program(step)).is_some());
    let is_runner = |step: &ShellCommand| program(step).first().is_some_and(|word| RUNNERS.contains(&base_name(word)));
    let long_enough = |step: &ShellCommand| {
        let words = program(step);
        let count = words.iter().find_map(|word| word.trim_start_matches(['-', 'n', '=']).parse::<u32>().ok());
        let counts_bytes = words.iter().any(|word| word.starts_with("-c") || word.starts_with("--bytes"));
        let is_tail = words.first().is_some_and(|word| word == "tail");
        is_tail && !counts_bytes && count.is_none_or(|count| count >= LEAST_TAIL)
    };
    // Side by side the last line is another task's, and a quiet runner says nothing.
    let is_otherwise = |word: &String| {
        let letters =
            word.strip_prefix('-').filter(|rest| rest.len() <= 4 && !rest.starts_with('-')).unwrap_or_default();
        let is_short = letters.contains(['j', 'k', 's', 'i', 'q']);
        let long = ["--jobs", "--keep-going", "--silent", "--quiet", "--ignore-errors", "--parallel"];
        is_short || long.iter().any(|long| word.starts_with(long))
    };
    // What stands behind the task is its own.
    let options = |step: &ShellCommand| program(step).iter().skip(1).take_while(|word| *word != "--").any(is_otherwise);
    let is_last = |step: &ShellCommand| step.then == Then::Pipe;
    let behind = || steps.iter().filter(|step| step.piped);
    let one = checks.next().filter(|step| is_runner(step) && is_last(step) && !options(step));
    one.is_some()
        && checks.next().is_none()
        && (command.contains("2>&1") || command.contains("|&"))
        && behind().count() == 1
        && behind().all(|step| long_enough(step) && step.then == Then::End)
}

/// The announcement and the empty lines around it.
const LEAST_TAIL: u32 = 3;

/// How runners say that what they ran has failed.
fn says_it_failed(output: &str) -> bool {
    const SAID: &[&str] = &[
        "ELIFECYCLE",
        "ERR_PNPM",
        "npm ERR!",
        "npm error",
        "error Command failed",
        "exited with code",
        "exit code",
        "Exit status",
        ": *** ",
        "ERROR task failed",
        "mise ERROR",
        "error: Recipe",
        "error: recipe",
        "] Error ",
        "BUILD FAIL",
        "Build failed",
        "FAILURE:",
    ];
    SAID.iter().any(|said| output.contains(said))
}

/// Whether all that the check printed went through to the output: `2>&1 | head`.
fn shows_all(command: &str) -> bool {
    let steps = shell::steps(command);
    let checks = steps.iter().filter(|step| !step.piped && classify_program(program(step)).is_some());
    let behind = steps.iter().filter(|step| step.piped);
    let passes = |step: &ShellCommand| {
        matches!(program(step).first().map(String::as_str), Some("head" | "tail" | "cat" | "tee"))
    };
    let merges = command.contains("2>&1") || command.contains("|&");
    let is_silent =
        command.contains("/dev/null") || checks.clone().any(|step| step.words.iter().any(|word| word.starts_with('>')));
    merges
        && !is_silent
        && behind.clone().next().is_some()
        && behind.into_iter().all(passes)
        && steps.iter().all(|step| step.then != Then::Or)
}

#[cfg(test)]
mod tests {
    use super::super::classify::classify_command;
    use super::*;

    #[test]
    fn a_check_passed_only_if_its_end_was_seen() {
        for (command, output, expected) in [
            ("pytest -q", "", true),
            ("cd a && pytest -q && git add -A", "", true),
            ("pytest -q && git log | head -3", "", true),
            ("pytest -q 2>&1 | tail -3", "5 passed in 0.1s", true),
            ("set -o pipefail; pytest -q | tail -3", "", true),
            ("set -e; pytest -q; echo done", "done", true),
            ("bash -lc 'pytest -q'", "", true),
            ("pytest -q; echo $?", "0", true),
            ("pytest -q; echo \"exit: $?\"", "exit: 0", true),
            ("tsc --noEmit 2>&1 | head -20", "", true),
            ("pytest -q; echo done", "5 passed in 0.1s\ndone", true),
            ("pytest -q | grep zzz; ruff check a.py", "All checks passed!", false),
            ("pytest -q > out.log 2>&1; ruff check a.py", "All checks passed!", false),
            ("go test ./... | grep -v cached", "ok  \texample.com/a\t0.1s", true),
            ("playwright test 2>&1 | grep -E '(passed|failed)'", "  20 passed (17.8s)", true),
            ("playwright test 2>&1 | grep -E '(passed|failed)'", "  1 failed\n  20 passed (17.8s)", false),
            ("playwright test 2>&1 | grep passed", "  20 passed (17.8s)", false),
            ("playwright test 2>&1 | grep -v failed", "  20 passed (17.8s)", false),
            ("playwright test 2>&1 | head -3", "  20 passed (17.8s)", false),
            ("pnpm --filter api build 2>&1 | tail -5", "> api@1.0.0 build /w/api\n> nest build", true),
            ("pnpm --filter api build 2>&1 | tail -5", " ELIFECYCLE  Command failed with exit code 1.", false),
            ("pnpm --filter api build 2>&1 | head -5", "> api@1.0.0 build /w/api\n> nest build", false),
            ("pnpm --filter api build | tail -5", "> api@1.0.0 build /w/api\n> nest build", false),
            ("pnpm build 2>&1 | tail -1", "> nest build", false),
            ("mise typecheck 2>&1 | tail -5", "[typecheck] $ bun run typecheck\n$ tsc --noEmit", true),
            ("mise test 2>&1 | tail -10", "error: a.ts is broken\n[test] ERROR task failed", false),
            ("just lint 2>&1 | tail -20", "error: Recipe `lint` failed on line 3 with exit code 1", false),
            ("make -j4 build 2>&1 | tail -5", "cc -c a.c", false),
            ("make -k build 2>&1 | tail -5", "cc -c a.c", false),
            ("pnpm -s build 2>&1 | tail -5", "> nest build", false),
            ("just --quiet build 2>&1 | tail -5", "cc -c a.c", false),
            ("npm run build -- --silent 2>&1 | tail -5", "built", true),
            ("make build 2>&1 | tail -c50", "cc -c a.c", false),
            ("make build 2>&1 | tail -5; echo done", "cc -c a.c\ndone", false),
            ("make build 2>&1 | tail -n 20", "cc -c a.c", true),
            ("make build 2>&1 | tail -20", "make: *** [a.o] Error 1", false),
            ("gcc -c a.c 2>&1 | tail -20", "a.c: In function f", false),
            ("npm run lint 2>&1 | tail -5 || true", "> eslint .", false),
            ("git ls-files | xargs eslint", "", true),
            ("git ls-files | xargs eslint | tail -3", "x", false),
            ("pytest -q || true", "", false),
            ("pytest -q || :", "", false),
            ("pytest -q > /tmp/log 2>&1; echo done", "done", false),
            ("pytest -q | wc -l", "17", false),
            ("pytest -q > log &", "", false),
            ("nohup pytest -q > log 2>&1 &", "", false),
            ("pytest -q & echo started", "started", false),
            ("pytest -q; echo $?", "124", false),
            ("npm run build > log 2>&1; echo \"exit=$?\"; tail -3 log", "exit=0\nbuilt in 2s", true),
            ("npm run build > log 2>&1; echo \"exit=$?\"; tail -3 log", "exit=1\nbuilt in 2s", false),
            ("npm run build > log 2>&1; echo \"exit=$?\"; tail -3 log", "built in 2s", false),
            ("npm run build > log 2>&1; ls; echo \"exit=$?\"; tail -3 log", "exit=0\nbuilt in 2s", false),
            ("if pytest -q; then echo ok; else echo bad; fi", "bad", false),
            ("! pytest -q", "", false),
            ("bash -c 'pytest -q || true'", "", false),
            ("npm test; ls", "a\nb", false),
            ("pytest -q > log 2>&1 && echo GREEN || cat log", "GREEN", true),
            ("pytest -q >/dev/null 2>&1 && echo ALL PASS || { echo BAD; pytest -q | tail; }", "ALL PASS", true),
            ("pytest -q > log 2>&1 && echo GREEN || cat log", "E assert", false),
            ("pytest -q 2>&1 | grep -v ok && echo GREEN || cat log", "GREEN", false),
            ("pytest -q > log; echo GREEN", "GREEN", false),
            ("pytest -q > log || echo GREEN", "GREEN", false),
            ("npm test > log; pytest -q > log && echo GREEN || cat log", "GREEN", false),
            ("cargo test > out.txt; tail -1 out.txt", "", false),
            ("eslint . | grep warning", "", false),
            ("tsc --noEmit > /dev/null 2>&1 | head", "", false),
            ("flake8 --exit-zero", "", false),
            ("flake8 --exit-zero", "a.py:1:1: F401 unused", false),
            ("ruff check --exit-zero", "All checks passed!", true),
            ("golangci-lint run --issues-exit-code=0", "", false),
            ("golangci-lint run --issues-exit-code 1", "", true),
            ("python -m flake8 --exit-zero", "", false),
            ("mvn -fn test", "BUILD SUCCESS", false),
            ("mvn -fn test", "Tests run: 3, Failures: 0\nBUILD SUCCESS", true),
            ("mvn test -Dmaven.test.failure.ignore", "BUILD SUCCESS", false),
            ("mvn test -Dmaven.test.failure.ignore=false", "BUILD SUCCESS", true),
            ("make -i test", "", false),
            ("make -k test", "", true),
        ] {
            let kind = classify_command(command).unwrap_or_else(|| panic!("{command}"));
            assert_eq!(is_seen(kind, command, output), expected, "{command}: {output}");
        }
    }

    #[test]
    fn who_had_no_file_to_look_at_found_nothing_out() {
        use CheckKind::{Format, Lint, Test, TypeCheck};
        for (kind, output, expected) in [
            (Lint, "warning: No Python files found under the given path(s)\nAll checks passed!", true),
            (Lint, "All checks passed!", false),
            (Lint, "Checked 0 files in 3ms. No fixes applied.", true),
            (Lint, "Checked 12 files in 3ms. No fixes applied.", false),
            (Lint, "Inspecting 0 files\n\n0 files inspected, no offenses detected", true),
            (Lint, "3 files inspected, no offenses detected", false),
            (Lint, "[STARTED] x\n→ No staged files match any configured task.", true),
            (Format, "[error] No files matching the pattern were found: \"src/*.vue\".", true),
            (TypeCheck, "There are no .py[i] files in directory '.'", true),
            (TypeCheck, "Success: no issues found in 3 source files", false),
            (TypeCheck, "No projects matched the filters in \"/home/dev/shop\"", true),
            (Lint, "go: warning: \"./x/...\" matched no packages\nno packages to vet", true),
            (Test, "No test files found, exiting with code 0", true),
            (Test, "running 0 tests\n\ntest result: ok. 0 passed; 0 failed; 0 ignored", true),
            (Test, "test result: ok. 0 passed; 0 failed\ntest result: ok. 3 passed; 0 failed", false),
        ] {
            assert_eq!(nothing_ran(kind, output), expected, "{output}");
        }
    }

    #[test]
    fn what_only_lists_or_compiles_tests_nothing() {
        use CheckKind::{Build, Test};
        for (command, expected) in [
            ("pytest --collect-only -q", None),
            ("python3 -m pytest --co", None),
            ("make -n test", None),
            ("make --dry-run check", None),
            ("ctest -N", None),
            ("gradle test --dry-run", None),
            ("./gradlew test -m", None),
            ("jest --listTests", None),
            ("npx playwright test --list", None),
            ("dotnet test --list-tests", None),
            ("cargo test -- --list", None),
            ("pytest --fixtures", None),
            ("cargo nextest list", None),
            ("cargo llvm-cov report", None),
            ("npx jest --clearCache", None),
            ("turbo run test --dry", None),
            ("xcodebuild test -list", None),
            ("swift test list", None),
            ("go test -n ./...", None),
            ("ruff check --show-files", None),
            ("tsc --showConfig", None),
            ("npx eslint --print-config a.js", None),
            ("npm run list-tests", None),
            ("deno test --no-run", Some(Build)),
            ("stack test --no-run-tests", Some(Build)),
            ("mvn -DskipTests verify", Some(Build)),
            ("mvn -D skipTests package", Some(Build)),
            ("mvn package --define skipTests=true", Some(Build)),
            ("mvn install -DskipUnitTests", Some(Build)),
            ("mvn install -Pskip-tests,fast", Some(Build)),
            ("mvn test-compile", Some(Build)),
            ("sbt Test/compile", Some(Build)),
            ("gradle build --exclude-task :app:test", Some(Build)),
            ("gradle build --exclude-task=test", Some(Build)),
            ("gradle build -xtest", Some(Build)),
            ("./gradlew build -x check", Some(Build)),
            ("./gradlew build -PskipTests", Some(Build)),
            ("go test -run=^$ -bench . ./...", Some(Build)),
            ("go test -run NONE ./...", Some(Build)),
            ("go test -skip '.*' ./...", Some(Build)),
            ("gotestsum -- -run '^$'", Some(Build)),
            ("npm run build", Some(Build)),
            ("npm run build:tests", Some(Build)),
            ("npm run test:types", Some(CheckKind::TypeCheck)),
            ("npm run lint:tests", Some(CheckKind::Lint)),
            ("xcodebuild build-for-testing", Some(Build)),
            ("mvn verify -DskipITs", Some(Test)),
            ("mvn verify -DskipIntegrationTests", Some(Test)),
            ("gradle build -x integrationTest -x lint", Some(Build)),
            ("gradle check -x integrationTest", Some(Test)),
            ("npm run build-and-test", Some(Test)),
            ("gradle assemble -x integrationTest", Some(Build)),
            ("mvn compile -pl tests", Some(Build)),
            ("make -C tests build", Some(Build)),
            ("make -C web test", Some(Test)),
            ("npm --prefix e2e run build", Some(Build)),
            ("npm -w tests run build", Some(Build)),
            ("npm -s test", Some(Test)),
            ("pnpm -w test", Some(Test)),
            ("pnpm --filter test-utils build", Some(Build)),
            ("pnpm --filter web test", Some(Test)),
            ("yarn workspace e2e build", Some(Build)),
            ("dotnet build tests/Shop.Tests.csproj", Some(Build)),
            ("dotnet test tests/Shop.Tests.csproj", Some(Test)),
            ("bazel build //shop:unit_test", Some(Build)),
            ("xcodebuild -scheme ShopTests build", Some(Build)),
            ("xcodebuild -scheme Shop test", Some(Test)),
            ("cabal build tests", Some(Build)),
            ("zig build test", Some(Test)),
            ("go -C shop test ./...", Some(Test)),
            ("cargo --manifest-path tests/Cargo.toml build", Some(Build)),
            ("cargo test --no-run", Some(Build)),
            ("cargo nextest run --no-run", Some(Build)),
            ("mvn test -DskipTests", Some(Build)),
            ("mvn verify -Dmaven.test.skip=true", Some(Build)),
            ("gradle build -x test", Some(Build)),
            ("go test -run '^$' ./...", Some(Build)),
            ("mvn test -DskipTests=false", Some(Test)),
            ("make test", Some(Test)),
            ("make -j4 test", Some(Test)),
            ("ctest --output-on-failure", Some(Test)),
            ("go test -run TestNames ./...", Some(Test)),
            ("pytest -n 4", Some(Test)),
        ] {
            assert_eq!(classify_command(command), expected, "{command}");
        }
    }

    #[test]
    fn a_run_without_a_test_is_told_from_one_with_some() {
        for (output, expected) in [
            ("no tests ran in 0.01s", true),
            ("No tests found, exiting with code 0", true),
            ("?   \texample.com/a\t[no test files]", true),
            ("ok  \texample.com/a\t0.1s [no tests to run]", true),
            ("3 skipped in 0.02s", true),
            ("===== 3 deselected in 0.02s =====", true),
            ("running 0 tests\n\ntest result: ok. 0 passed; 0 failed; 0 ignored", true),
            ("Tests run: 0, Failures: 0", true),
            ("  0 passing (1ms)", true),
            ("Ran 0 tests in 0.000s\n\nOK", true),
            ("5 passed, 3 skipped in 0.1s", false),
            ("?   \texample.com/a\t[no test files]\nok  \texample.com/b\t0.1s", false),
            (
                "running 0 tests\ntest result: ok. 0 passed; 0 failed\nrunning 3 tests\ntest result: ok. 3 passed; 0 failed",
                false,
            ),
            ("Ran 4 tests in 0.1s\n\nOK", false),
            ("  12 passing (1s)\n  2 pending", false),
            ("", false),
        ] {
            assert_eq!(nothing_ran(CheckKind::Test, output), expected, "{output}");
        }
    }
}
