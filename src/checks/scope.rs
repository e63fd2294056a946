//! How much of a project a check was given: all of it, a part such as a package or a folder, or single files and tests.

use super::classify::{base_name, classify_program, inner_script, program};
use super::files::is_file;
use super::own_scripts::asserts;
use super::shell;
use super::shell_writes::redirection;
use crate::record::contribution::CheckKind;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum CheckScope {
    Single,
    Part,
    All,
}

/// What picks tests by their names, with the programs where it does; none where it does for all.
const PICKS: &[(&str, &[&str])] = &[
    ("--grep", &[]),
    ("--testNamePattern", &[]),
    ("--testPathPattern", &[]),
    ("--testPathPatterns", &[]),
    ("--test-name-pattern", &[]),
    ("--tests", &["gradle", "gradlew"]),
    ("--filter", &["dotnet", "phpunit", "pest", "swift"]),
    ("--test", &["cargo"]),
    ("-run", &["go", "gotestsum"]),
    ("-k", &["pytest", "py.test", "python", "python3"]),
    ("-t", &["jest", "vitest", "bun", "npm", "pnpm", "yarn"]),
    ("-g", &["playwright", "mocha"]),
    ("-only-testing", &["xcodebuild"]),
];

/// What picks a package or a folder.
const PARTS: &[(&str, &[&str])] = &[
    ("--package", &[]),
    ("--filter", &[]),
    ("--workspace", &["npm"]),
    ("--prefix", &[]),
    ("-F", &["pnpm"]),
    ("-C", &["make", "go", "npm", "pnpm"]),
    ("-p", &["cargo"]),
    ("-pl", &["mvn", "mvnw"]),
    ("-w", &["npm"]),
    ("--lib", &["cargo"]),
];

/// Programs that hand on what stands behind `--`.
const TASKS: &[&str] = &[
    "mise",
    "npm",
    "pnpm",
    "yarn",
    "bun",
    "just",
    "task",
    "moon",
    "turbo",
    "nx",
    "lerna",
    "hatch",
    "poe",
    "gotestsum",
];

/// Options whose value is no file to check.
const OTHER_VALUES: &[&str] =
    &["-o", "-p", "-c", "-f", "--config", "--project", "--tsconfig", "--rcfile", "--reporter", "-timeout"];

/// How much the checks of the kind in a command were given; of several the most.
pub(crate) fn scope(command: &str, kind: CheckKind) -> CheckScope {
    widest(command, kind, 0).unwrap_or(CheckScope::All)
}

fn widest(command: &str, kind: CheckKind, depth: u8) -> Option<CheckScope> {
    let steps = shell::steps(command);
    let of_step = |step: &shell::ShellCommand| {
        let words = program(step);
        match inner_script(words).filter(|_| depth < 3) {
            Some(script) => widest(script, kind, depth + 1),
            None => (classify_program(words) == Some(kind)).then(|| of_words(words)),
        }
    };
    steps.iter().filter_map(of_step).max()
}

fn of_words(words: &[String]) -> CheckScope {
    let Some((first, arguments)) = words.split_first() else { return CheckScope::All };
    let name = base_name(first);
    if asserts(name, arguments) {
        return CheckScope::Single;
    }
    let picks = |list: &[(&str, &[&str])], word: &str| {
        let option = word.split('=').next().unwrap_or(word);
        list.iter().any(|(known, programs)| *known == option && (programs.is_empty() || programs.contains(&name)))
    };
    let mut scope = CheckScope::All;
    let mut before = "";
    let mut is_behind_dashes = false;
    // What stands behind the dashes of a task is for the runner that it starts.
    let picks_of_a_task = |word: &str| {
        let option = word.split('=').next().unwrap_or(word);
        TASKS.contains(&name) && PICKS.iter().any(|(known, _)| *known == option)
    };
    for word in arguments.iter().map(String::as_str) {
        let is_value =
            OTHER_VALUES.contains(&before) || redirection(before).is_some_and(|(_, target)| target.is_empty());
        let of_word = match word {
            _ if is_value || redirection(word).is_some() => CheckScope::All,
            // `go test -run '^$'` runs none, and is no test.
            _ if picks(PICKS, word) || (is_behind_dashes && picks_of_a_task(word)) => CheckScope::Single,
            _ if picks(PARTS, word) => CheckScope::Part,
            "." | "./..." | "..." | "" => CheckScope::All,
            "--" => {
                is_behind_dashes = true;
                CheckScope::All
            }
            _ if word.starts_with('-') || word.contains('*') => CheckScope::All,
            _ if word.contains("::") => CheckScope::Single,
            _ if word.ends_with("proj") || word.ends_with(".sln") => CheckScope::Part,
            _ if is_file(word) && !word.contains(':') => CheckScope::Single,
            _ if picks_by_name(name, before, word, is_behind_dashes) => CheckScope::Single,
            _ if word.contains('/') && !word.contains(':') => CheckScope::Part,
            _ => CheckScope::All,
        };
        scope = scope.min(of_word);
        before = word;
    }
    scope
}

/// Whether a bare word is a pattern of tests: `cargo test rounding`, `vitest run cart`, `npm test -- cart`.
fn picks_by_name(name: &str, before: &str, word: &str, is_behind_dashes: bool) -> bool {
    let is_plain = !before.starts_with('-') || before == "--";
    match name {
        "cargo" => {
            let is_verb = matches!(
                word,
                "test" | "t" | "nextest" | "run" | "check" | "c" | "clippy" | "build" | "b" | "fmt" | "llvm-cov"
            );
            is_plain && !is_behind_dashes && !is_verb && !word.starts_with('+')
        }
        "jest" => is_plain,
        "vitest" => is_plain && !matches!(word, "run" | "watch" | "dev" | "related" | "bench"),
        "npm" | "pnpm" | "yarn" => is_plain && is_behind_dashes && !word.contains(':'),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::classify::classify_command;

    #[test]
    fn what_a_check_was_given_is_read_from_its_words() {
        use CheckScope::{All, Part, Single};
        for (command, expected) in [
            ("pytest", All),
            ("pytest -q", All),
            ("go test ./...", All),
            ("cd api && go test ./... 2>&1 | tail -3", All),
            ("go test -race -count=1 ./...", All),
            ("npm test", All),
            ("npm run test:ci", All),
            ("cargo test", All),
            ("cargo +nightly test --workspace", All),
            ("cargo test -- --nocapture", All),
            ("cargo clippy --workspace --all-targets -- -D warnings", All),
            ("vitest run", All),
            ("eslint .", All),
            ("eslint 'src/**/*.ts'", All),
            ("tsc --noEmit -p web/tsconfig.json", All),
            ("make -k test", All),
            ("pnpm -w test", All),
            ("go build -o /tmp/shop.bin ./...", All),
            ("go test ./internal/price", Part),
            ("go test ./internal/...", Part),
            ("pytest tests/unit", Part),
            ("cargo test -p price", Part),
            ("pnpm --filter web test", Part),
            ("dotnet test tests/Shop.Tests.csproj", Part),
            ("make -C web test", Part),
            ("pytest tests/test_price.py", Single),
            ("pytest -q tests/test_price.py::test_total", Single),
            ("pytest -k total", Single),
            ("go test ./internal/price -run TestTotal", Single),
            ("go test -run=TestTotal ./...", Single),
            ("cargo test rounding", Single),
            ("cargo test --test linking", Single),
            ("npx vitest run cart", Single),
            ("npm test -- --testPathPattern=\"cart|price\"", Single),
            ("npx jest src/cart.test.ts", Single),
            ("npm test -- cart.test.ts", Single),
            ("mise run test:integration -- -run TestTotal", Single),
            ("mise run test -- -k total", Single),
            ("just test -- --grep total", Single),
            ("yarn test -- -g total", Single),
            ("mise run test -- -race -count=1", All),
            ("cargo test -- --test-threads=1", All),
            ("npx playwright test e2e/cart.spec.ts", Single),
            ("eslint src/cart.ts", Single),
            ("bash -c 'pytest tests/test_price.py'", Single),
            ("pytest tests/test_price.py && pytest", All),
            ("pytest tests/test_price.py > out.txt", Single),
            ("pytest > out.txt", All),
        ] {
            let kind = classify_command(command).unwrap_or_else(|| panic!("{command}"));
            assert_eq!(scope(command, kind), expected, "{command}");
        }
    }
}
