//! What an output says of one of the checks that a call ran: counts of tests are those of the tests, findings those of a linter.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use super::classify::{base_name, classify_command, classify_program, program};
use super::output::{most_telling, summary_lines, total};
use super::runners::runner_of;
use super::shell::{self, ShellCommand};
use crate::record::contribution::CheckKind;

/// How it went, for a check of this kind in `command`; a part of `output`, which is without colours, or counts that are added up.
pub(crate) fn summary_for<'a>(kind: CheckKind, command: &str, output: &'a str) -> Option<Cow<'a, str>> {
    let lines = summary_lines(output);
    if kind == CheckKind::Test {
        let of_tests =
            || lines.iter().copied().filter(|line| !is_of_findings(line) && !is_one_test(line)).collect::<Vec<_>>();
        return total(output)
            .or_else(|| counted(output))
            .map(Cow::Owned)
            .or_else(|| most_telling(&of_tests()).map(Cow::Borrowed))
            .or_else(|| passed_alone(output).map(Cow::Borrowed));
    }
    if kind == CheckKind::Script && lists_items(&lines) {
        return count_of_items(output).map(Cow::Borrowed);
    }
    let tests = |step: &ShellCommand| classify_program(program(step)) == Some(CheckKind::Test);
    let has_tests = classify_command(command) == Some(CheckKind::Test) || shell::steps(command).iter().any(tests);
    let own: Vec<&str> =
        lines.into_iter().filter(|line| !has_tests || is_of_findings(line) || is_of_any(line)).collect();
    let own: Vec<&str> = own.into_iter().filter(|line| may_be_of(kind, command, line)).collect();
    most_telling(&own).map(Cow::Borrowed)
}

/// Whether a script says of each thing that it looked at how it is: `OK docs/a.md`. None of them is how it went.
fn lists_items(lines: &[&str]) -> bool {
    let first = |line: &str| line.split_whitespace().next().map(str::to_owned);
    let is_alike = |pair: &[&str]| first(pair[0]) == first(pair[1]);
    lines.len() > 1 && lines.windows(2).all(is_alike) && lines.iter().all(|line| line.split_whitespace().count() > 1)
}

/// The last line that begins with a count of them: `12 files verified`.
fn count_of_items(output: &str) -> Option<&str> {
    const SAYS: &[&str] = &["verified", "checked", "passed", "valid", "match", "failed", "wrong", "missing"];
    let is_count = |line: &&str| {
        let mut words = line.split_whitespace();
        let is_number = |word: &str| word.starts_with(|c: char| c.is_ascii_digit());
        words
            .next()
            .is_some_and(|word| is_number(word) && word.chars().all(|c| c.is_ascii_digit() || matches!(c, ',' | '/')))
            && words.any(|word| SAYS.iter().any(|says| word.to_lowercase().starts_with(says)))
    };
    output.lines().map(str::trim).rfind(is_count)
}

/// Whether a line may be the summary of a check of this kind. What Cargo has built is no result of a linter or script that a task runs.
fn may_be_of(kind: CheckKind, command: &str, line: &str) -> bool {
    let is_built = line.trim_start().starts_with("Finished `");
    !is_built
        || matches!(kind, CheckKind::Build | CheckKind::TypeCheck)
        || runner_of(command, kind).as_deref() == Some("rust")
}

/// Whether what was printed so far says how a command ended of which no end was recorded: the last of its checks has a line of its own
/// behind those of the tests before it. What a dependency of the first one printed does not.
pub(crate) fn says_how_it_ended(command: &str, output: &str) -> bool {
    let steps = shell::steps(command);
    if says_that_all_went_well(&steps, output) {
        return true;
    }
    let check = |step: &ShellCommand| Some((classify_program(program(step))?, command.get(step.place.clone())?));
    let checks: Vec<(CheckKind, &str)> = steps.iter().filter(|step| !step.piped).filter_map(check).collect();
    let lines = summary_lines(output);
    let Some(((kind, text), before)) = checks.split_last() else { return !lines.is_empty() };
    let is_of_tests = |line: &&str| !is_of_findings(line);
    if *kind == CheckKind::Test {
        return lines.iter().any(is_of_tests) || counted(output).is_some();
    }
    let begin = match before.iter().any(|(kind, _)| *kind == CheckKind::Test) {
        true => lines.iter().rposition(is_of_tests).map(|last| last + 1),
        false => Some(0),
    };
    begin.is_some_and(|begin| lines[begin..].iter().any(|line| may_be_of(*kind, text, line)))
}

/// Lines that task runners print last, and only if all of their tasks ended well: mise (where it ran several) and Yarn 1.
const ENDS_WELL: &[(&str, &str)] = &[("mise", "Finished in "), ("yarn", "Done in ")];

/// Whether the last command is of such a runner, and each run of it so far has printed its line.
fn says_that_all_went_well(steps: &[ShellCommand], output: &str) -> bool {
    let runner = |step: &ShellCommand| {
        let (first, rest) = program(step).split_first()?;
        let known = ENDS_WELL.iter().find(|(name, _)| *name == base_name(first))?;
        (known.0 != "mise" || rest.first().is_some_and(|verb| matches!(verb.as_str(), "run" | "r"))).then_some(*known)
    };
    let Some((name, start)) = steps.iter().rfind(|step| !step.piped).and_then(runner) else { return false };
    let is_end = |line: &str| {
        let time = line.trim().strip_prefix(start)?.trim_end_matches('.');
        (time.ends_with('s') && time.starts_with(|c: char| c.is_ascii_digit()) && !time.contains(' ')).then_some(())
    };
    let runs = steps.iter().filter(|step| runner(step).is_some_and(|known| known.0 == name)).count();
    let last = output.lines().rfind(|line| !line.trim().is_empty());
    last.and_then(is_end).is_some() && output.lines().filter_map(is_end).count() == runs
}

/// The same for a part of a chain, of which `parts` are all that ran. Of two that print the same the last has it.
pub(crate) fn summary_of_part<'a>(parts: &[(CheckKind, &str)], place: usize, output: &'a str) -> Option<Cow<'a, str>> {
    let (kind, text) = *parts.get(place)?;
    let is_test = |kind: CheckKind| kind == CheckKind::Test;
    let others = || parts.iter().enumerate().filter(|(other, _)| *other != place).map(|(_, part)| part);
    let has_tests = parts.iter().any(|(kind, _)| is_test(*kind));
    let is_last = !parts[place + 1..].iter().any(|(other, _)| is_test(*other) == is_test(kind));
    if !is_test(kind) {
        let lines = summary_lines(output);
        let own: Vec<&str> =
            lines.into_iter().filter(|line| !has_tests || is_of_findings(line) || is_of_any(line)).collect();
        let own: Vec<&str> = own.into_iter().filter(|line| may_be_of(kind, text, line)).collect();
        return most_telling(&own).filter(|_| is_last).map(Cow::Borrowed);
    }
    let runner = runner_of(text, kind);
    let prints_alone = others().all(|(other, text)| !is_test(*other) || runner_of(text, *other) != runner);
    match runner.as_deref() {
        Some("rust") if prints_alone => total(output).map(Cow::Owned).or_else(|| {
            let results = summary_lines(output).into_iter().filter(|line| line.starts_with("test result"));
            most_telling(&results.collect::<Vec<_>>()).map(Cow::Borrowed)
        }),
        Some("bats") if prints_alone => counted(output).map(Cow::Owned),
        _ if is_last => summary_for(kind, text, output),
        _ => None,
    }
}

/// A line of linters and compilers.
pub(super) fn is_of_findings(line: &str) -> bool {
    let is_count = |words: &[&str]| {
        let mut of_line = line.trim_start_matches('\u{2716}').split_whitespace();
        let number = of_line.next().is_some_and(|word| word.bytes().all(|byte| byte.is_ascii_digit()));
        number && of_line.next().is_some_and(|word| words.iter().any(|known| word.starts_with(known)))
    };
    ["Finished `", "All checks passed", "Success: no issues", "Found "]
        .iter()
        .any(|start| line.trim_start().starts_with(start))
        || is_count(&["issue", "problem"])
}

/// A line of the Test Anything Protocol.
fn is_one_test(line: &str) -> bool {
    line.strip_prefix("ok ").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// A line that a build prints as well as a run of tests.
fn is_of_any(line: &str) -> bool {
    line.contains("BUILD ") || matches!(line.trim(), "OK" | "PASS" | "FAIL" | "FAILED")
}

/// The counts of runs that print one a line, added up: of node's runner, and of the Test Anything Protocol where all that was planned
/// is seen.
fn counted(output: &str) -> Option<String> {
    static COUNT: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(?m)^\s*(?:\x{2139}|#) (pass|fail) (\d+)\s*$").expect("a test compiles it"));
    let (mut passed, mut failed, mut is_known) = (0_u64, 0_u64, false);
    for found in COUNT.captures_iter(output) {
        let count = found.get(2).and_then(|count| count.as_str().parse::<u64>().ok())?;
        let sum = if found.get(1).is_some_and(|word| word.as_str() == "pass") { &mut passed } else { &mut failed };
        *sum = sum.saturating_add(count);
        is_known = true;
    }
    let (passed, failed) = match is_known {
        true => (passed, failed),
        false => counted_by_lines(output).or_else(|| counted_apart(output))?,
    };
    Some(format!("{passed} passed; {failed} failed"))
}

/// ` 12 pass` and ` 0 fail` (bun), `12 passing (3s)` and `1 failing` (mocha), `1 failed` and `12 passed (3s)` (Playwright): each alone in a
/// line. Where one of the two is not seen, what it would say is not known.
fn counted_apart(output: &str) -> Option<(u64, u64)> {
    let count = |line: &str, words: &[&str]| {
        let (number, rest) = line.trim().split_once(' ')?;
        let (word, time) = rest.split_once(' ').unwrap_or((rest, ""));
        let is_alone = time.is_empty() || (time.starts_with('(') && time.ends_with(')'));
        number.parse::<u64>().ok().filter(|_| is_alone && words.contains(&word))
    };
    let sum = |words: &[&str]| output.lines().filter_map(|line| count(line, words)).reduce(u64::saturating_add);
    Some((sum(&["pass", "passing", "passed"])?, sum(&["fail", "failing", "failed"])?))
}

/// `  12 passed (3s)`, the last line of Playwright where nothing failed, or where what failed was filtered away.
fn passed_alone(output: &str) -> Option<&str> {
    let is_one = |line: &&str| {
        let (number, rest) = line.trim().split_once(' ').unwrap_or_default();
        number.parse::<u64>().is_ok() && rest.starts_with("passed (") && rest.ends_with(')')
    };
    output.lines().rfind(is_one).map(str::trim)
}

/// `1..2`, `ok 1 a cart`, `not ok 2 a sum`, perhaps behind the name of a task: `[test:bats] ok 1 a cart`.
fn counted_by_lines(output: &str) -> Option<(u64, u64)> {
    let (mut planned, mut passed, mut failed, mut skipped) = (0_u64, 0_u64, 0_u64, 0_u64);
    for line in output.lines() {
        let mut line = line;
        while let Some((_, rest)) = line.strip_prefix('[').and_then(|rest| rest.split_once("] ")) {
            line = rest;
        }
        let is_numbered = |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit());
        if let Some(plan) = line.strip_prefix("1..") {
            planned = planned.saturating_add(plan.split_whitespace().next()?.parse().ok()?);
        } else if let Some(rest) = line.strip_prefix("ok ").filter(|rest| is_numbered(rest)) {
            let is_skipped = rest.contains("# skip") || rest.contains("# SKIP");
            *(if is_skipped { &mut skipped } else { &mut passed }) += 1;
        } else if line.strip_prefix("not ok ").is_some_and(is_numbered) {
            failed += 1;
        }
    }
    (planned > 0 && planned == passed + failed + skipped && passed + failed > 0).then_some((passed, failed))
}

#[cfg(test)]
mod tests {
    #[test]
    fn of_a_script_that_lists_what_it_looked_at_the_count_is_told() {
        let told = |output: &str| {
            super::summary_for(super::CheckKind::Script, "./scripts/check_links.sh", output).map(String::from)
        };
        let list = "OK   docs/a.md\nOK   docs/b.md\n";
        for (output, expected) in [
            (
                format!("{list}\n2 files verified: every link is good.\n\n=== merge ===\n 3 files changed"),
                Some("2 files verified: every link is good."),
            ),
            (list.to_owned(), None),
            ("OK".to_owned(), Some("OK")),
        ] {
            assert_eq!(told(&output).as_deref(), expected, "{output}");
        }
    }

    use super::*;

    #[test]
    fn counts_of_tests_are_those_of_the_tests() {
        use CheckKind::{Build, Lint, Test, TypeCheck};
        let result = "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured";
        let both = format!("{result}\n    Finished `dev` profile");
        for (kind, command, output, expected) in [
            (Test, "cargo test && cargo check", both.as_str(), Some(result)),
            (TypeCheck, "cargo test && cargo check", both.as_str(), Some("Finished `dev` profile")),
            (TypeCheck, "cargo test && cargo check", result, None),
            (Lint, "mise run lint", "    Finished `dev` profile", None),
            (Lint, "cargo clippy", "    Finished `dev` profile", Some("Finished `dev` profile")),
            (Build, "npm run build", "5 passed in 0.1s", Some("5 passed in 0.1s")),
            (Lint, "eslint . && npm test", "\u{2716} 2 problems (2 errors)", Some("\u{2716} 2 problems (2 errors)")),
            (Test, "gradle test", "BUILD SUCCESSFUL in 3s", Some("BUILD SUCCESSFUL in 3s")),
            (Test, "node --test", "\u{2139} pass 50\n\u{2139} fail 0\n\u{2139} skipped 0", Some("50 passed; 0 failed")),
            (
                Test,
                "bun test",
                " 50 pass\n 0 fail\n 90 expect() calls\nRan 50 tests across 3 files. [1s]",
                Some("50 passed; 0 failed"),
            ),
            (Test, "bun test | grep fail", " 0 fail", Some("0 fail")),
            (Test, "mocha", "  12 passing (3s)\n  1 failing\n\n  1) cart", Some("12 passed; 1 failed")),
            (
                Test,
                "npx playwright test",
                "  1 failed\n    [web] > a.spec.ts\n  18 passed (16.5s)",
                Some("18 passed; 1 failed"),
            ),
            (Test, "npx playwright test", "  18 passed (16.5s)\n", Some("18 passed (16.5s)")),
            (Lint, "bun run lint | tail -5 && bun run test | tail -5", "error\n 50 pass\n 0 fail", None),
            (Test, "bats a.bats", "[bats] 1..2\n[bats] ok 1 a\n[bats] not ok 2 b", Some("1 passed; 1 failed")),
            (Test, "bats a.bats", "1..3\nok 1 a\nok 2 b", None),
            (
                Test,
                "Invoke-Pester",
                "Tests Passed: 4, Failed: 0, Skipped: 0",
                Some("Tests Passed: 4, Failed: 0, Skipped: 0"),
            ),
        ] {
            assert_eq!(summary_for(kind, command, output).as_deref(), expected, "{kind:?} {command}: {output}");
        }
    }

    #[test]
    fn a_command_without_an_end_ended_where_its_last_check_says_so() {
        let (built, tested) = ("    Finished `dev` profile", "test result: ok. 3 passed; 0 failed; 0 ignored");
        let chain = "mise run lint && cargo test && mise run build";
        for (command, output, expected) in [
            ("cargo test", tested.to_owned(), true),
            ("cargo test", built.to_owned(), false),
            ("cargo build", built.to_owned(), true),
            ("mise run lint", built.to_owned(), false),
            (chain, built.to_owned(), false),
            (chain, format!("{built}\n{tested}"), false),
            (chain, format!("{built}\n{tested}\n{built}"), true),
            ("cargo build && cargo test", format!("{built}\n{tested}"), true),
            ("bats a.bats", "1..1\nok 1 a".to_owned(), true),
            ("mise run test:e2e", "[build] Finished in 1.2s\nPASS a\n\nFinished in 6.59s\n".to_owned(), true),
            ("mise run test:e2e", "[build] Finished in 1.2s\nb".to_owned(), false),
            ("mise run lint && mise run docs", "Finished in 6.59s".to_owned(), false),
            ("mise run lint && mise run docs", "Finished in 6.59s\nbuilt\nFinished in 980.1ms".to_owned(), true),
            ("mise run lint && git status", "Finished in 6.59s".to_owned(), false),
            ("mise x -- ./run.sh", "Finished in 6.59s".to_owned(), false),
            ("yarn build", "yarn run v1.22.19\nbuilt\nDone in 3.21s.".to_owned(), true),
            ("./serve", "OK".to_owned(), true),
            ("./serve", "listening".to_owned(), false),
        ] {
            assert_eq!(says_how_it_ended(command, &output), expected, "{command}: {output}");
        }
    }

    #[test]
    fn each_part_of_a_chain_has_its_own_counts() {
        use CheckKind::{Test, TypeCheck};
        let parts = [(Test, "mise run test:bats"), (Test, "mise run test:cargo"), (TypeCheck, "cargo check")];
        let output = "1..1\nok 1 a\ntest result: ok. 3 passed; 0 failed; 0 ignored";
        let found: Vec<_> = (0..3).map(|place| summary_of_part(&parts, place, output)).collect();
        let found: Vec<Option<&str>> = found.iter().map(|one| one.as_deref()).collect();
        assert_eq!(found, [Some("1 passed; 0 failed"), Some("test result: ok. 3 passed; 0 failed; 0 ignored"), None]);
    }
}
