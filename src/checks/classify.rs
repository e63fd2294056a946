//! Recognises tests, builds and linters among shell commands. What they print is read in `output`.

use super::behind::{behind_environment, behind_options, behind_xargs};
use super::options::{Reduced, plain, reduced};
use super::own_scripts::{asserts, named_for_a_check};
use super::programs::PROGRAMS;
use super::shell::{self, ShellCommand, Then};
use super::syntax::checks_syntax;
use crate::record::contribution::CheckKind;
use crate::text::paths;

/// What a command checks; of several the strongest: tests before linters before builds. `None` when it checks nothing.
pub fn classify_command(command: &str) -> Option<CheckKind> {
    checks(command).into_iter().map(|(kind, _)| kind).min_by_key(|kind| rank(*kind))
}

/// Whether the command's exit code is that of the check: nothing runs behind it that could end otherwise.
pub fn exit_code_is_the_checks(command: &str) -> bool {
    checks(command).last().is_some_and(|(_, last)| *last)
}

/// The order in which a command of several checks is told for one: the lowest first.
pub(crate) fn rank(kind: CheckKind) -> u8 {
    match kind {
        CheckKind::Test => 0,
        CheckKind::Lint => 1,
        CheckKind::TypeCheck => 2,
        CheckKind::Build => 3,
        CheckKind::Script => 4,
        CheckKind::Format => 5,
        CheckKind::Told => 6,
    }
}

/// The checks in a command, each with whether it is the last thing that runs.
pub(super) fn checks(command: &str) -> Vec<(CheckKind, bool)> {
    checks_within(command, 0)
}

fn checks_within(command: &str, depth: u8) -> Vec<(CheckKind, bool)> {
    let steps = shell::steps(command);
    let mut found = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        if only_reads_a_pipe(step) {
            continue;
        }
        let last = index + 1 == steps.len() && step.then != Then::Pipe;
        let words = program(step);
        if let Some(script) = inner_script(words)
            && depth < 3
        {
            found.extend(checks_within(script, depth + 1).into_iter().map(|(kind, inner)| (kind, inner && last)));
        } else if let Some(kind) = classify_program(words) {
            found.push((kind, last));
        }
    }
    found
}

/// Whether a step only gets what the one before it printed: no check, but for the program that `xargs` starts with it.
pub(super) fn only_reads_a_pipe(step: &ShellCommand) -> bool {
    step.piped && step.words.first().is_none_or(|word| base_name(word) != "xargs")
}

/// The words of a step from its program on: without assignments, keywords of the shell, and programs that only start
/// another one.
pub(super) fn program(step: &ShellCommand) -> &[String] {
    program_of(&step.words)
}

/// As [`program`], of the words of a step.
pub(crate) fn program_of(mut words: &[String]) -> &[String] {
    while let Some((first, rest)) = words.split_first() {
        let name = base_name(first);
        let assignment = first.split_once('=').is_some_and(|(name, _)| {
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        });
        let skipped = match name {
            _ if assignment => 1,
            // `$result = Invoke-Pester`, of PowerShell; `@'` begins a text.
            _ if first.starts_with('$') && rest.first().is_some_and(|word| word == "=") => {
                if rest.get(1).is_some_and(|word| word.starts_with('@')) {
                    return &[];
                }
                2
            }
            "!" | "{" | "then" | "do" | "else" | "if" | "while" | "time" | "nohup" | "sudo" | "env" | "command"
            | "exec" | "npx" | "bunx" | "pnpx" | "caffeinate" | "rtk" => 1,
            "timeout" | "gtimeout" | "nice" | "stdbuf" | "xvfb-run" => {
                1 + rest.iter().take_while(|word| word.starts_with('-') || is_duration(word)).count()
            }
            "uv" | "poetry" | "pipenv" | "hatch" | "pdm" | "rye" if rest.first().is_some_and(|word| word == "run") => 2,
            // An interpreter that is named elsewhere: what it runs as a module is the program.
            _ if first.starts_with('$') && rest.first().is_some_and(|word| word == "-m") => 2,
            "conda" | "mamba" | "micromamba" | "pixi" if rest.first().is_some_and(|word| word == "run") => {
                2 + behind_environment(&rest[1..])
            }
            "bundle" | "pnpm" | "yarn" | "npm" if behind_options(rest, "exec").is_some() => {
                2 + behind_options(rest, "exec").unwrap_or(0)
            }
            "pnpm" | "yarn" if rest.first().is_some_and(|word| word == "dlx") => 2,
            "xargs" => 1 + behind_xargs(rest),
            "mise" if rest.first().is_some_and(|word| matches!(word.as_str(), "exec" | "x")) => {
                1 + rest.iter().position(|word| word == "--").map_or(rest.len(), |place| place + 1)
            }
            _ => return words,
        };
        words = words.get(skipped..).unwrap_or(&[]);
        if matches!(name, "npx" | "bunx" | "env" | "sudo" | "npm" | "pnpm" | "yarn" | "uv" | "time") {
            let options = words.iter().take_while(|word| word.starts_with('-')).count();
            words = &words[options..];
        }
    }
    words
}

fn is_duration(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit()) && word.len() <= 6
}

pub(crate) fn base_name(word: &str) -> &str {
    let name = paths::name_anywhere(word);
    name.strip_suffix(".exe").or_else(|| name.strip_suffix(".cmd")).unwrap_or(name)
}

/// The script that a shell was handed: `bash -lc 'go test'`.
pub(crate) fn inner_script(words: &[String]) -> Option<&str> {
    let (name, rest) = words.split_first()?;
    if !matches!(base_name(name), "bash" | "sh" | "zsh" | "dash" | "eval" | "powershell" | "pwsh") {
        return None;
    }
    if base_name(name) == "eval" {
        return rest.first().map(String::as_str);
    }
    let flag = rest.iter().position(|word| {
        word.eq_ignore_ascii_case("-command")
            || (word.starts_with('-') && !word.starts_with("--") && word.ends_with('c'))
    })?;
    rest.get(flag + 1).map(String::as_str)
}

pub(crate) fn classify_program(words: &[String]) -> Option<CheckKind> {
    let kind = classify_words(words)?;
    let (first, arguments) = words.split_first()?;
    match reduced(base_name(first), arguments) {
        Some(Reduced::Lists) => None,
        Some(Reduced::Builds) => Some(CheckKind::Build),
        None => Some(kind),
    }
}

fn classify_words(words: &[String]) -> Option<CheckKind> {
    let (first, arguments) = words.split_first()?;
    // `npx eslint@9 .`
    let name = base_name(first).split('@').next().unwrap_or_default();
    let has = |wanted: &str| arguments.iter().any(|word| word == wanted);
    if has("--version") || has("--help") || has("-h") && name != "bash" {
        return None;
    }
    if let Some((_, kind)) = PROGRAMS.iter().find(|(program, _)| *program == name) {
        let subcommand = arguments.iter().map(String::as_str).find(|word| !word.starts_with('-'));
        let only_talks =
            name == "golangci-lint" && matches!(subcommand, Some("linters" | "version" | "cache" | "help"));
        let formats = name == "golangci-lint" && subcommand == Some("fmt");
        return (!only_talks && !formats).then_some(*kind);
    }
    if checks_syntax(name, arguments) {
        return Some(CheckKind::Lint);
    }
    classify_by_arguments(first, name, arguments)
}

/// Programs that are a check with some arguments only.
fn classify_by_arguments(first: &str, name: &str, arguments: &[String]) -> Option<CheckKind> {
    let has = |wanted: &str| arguments.iter().any(|word| word == wanted);
    let plain = plain(name, arguments);
    let sub = plain.first().copied().unwrap_or("");
    let checks_only = arguments.iter().any(|word| {
        matches!(
            word.as_str(),
            "--check" | "--check-only" | "--diff" | "-c" | "--verify-no-changes" | "--dry-run" | "--list-different"
        )
    });
    match name {
        "go" | "richgo" => classify_go(sub, arguments),
        "cargo" => classify_cargo(sub, checks_only),
        "node" | "bun" | "deno" | "tsx" if asserts(name, arguments) => Some(CheckKind::Test),
        "deno" | "bun" | "npm" | "pnpm" | "yarn" | "turbo" | "nx" | "lerna" | "vp" => {
            classify_script(name, &plain, checks_only)
        }
        "python" | "python3" | "py" => classify_python(arguments).or_else(|| classify_own_script(name, arguments)),
        "ruby" | "php" | "perl" => classify_own_script(name, arguments),
        "ruff" => match sub {
            "format" => checks_only.then_some(CheckKind::Format),
            _ => Some(CheckKind::Lint),
        },
        "biome" => match sub {
            "check" | "lint" | "ci" => Some(CheckKind::Lint),
            "format" => (!has("--write") && !has("--fix")).then_some(CheckKind::Format),
            _ => None,
        },
        "rustc" => plain.iter().any(|word| word.ends_with(".rs")).then_some(CheckKind::Build),
        "java" => arguments.iter().any(|word| runs_tests_in_java(word)).then_some(CheckKind::Test),
        "node" if arguments.iter().any(|word| word == "--test" || word.starts_with("--test=")) => Some(CheckKind::Test),
        // They show what they would change, and end well whatever that is.
        "black" | "isort" | "autopep8" if (has("--diff") || has("-d")) && !only_judges(arguments) => None,
        "black" | "isort" | "prettier" | "rustfmt" | "clang-format" | "shfmt" | "autopep8" | "dprint" => {
            (checks_only || has("-l") || has("-d") || sub == "check").then_some(CheckKind::Format)
        }
        "gofmt" | "gofumpt" | "goimports" | "gci" => {
            let lists = has("-l") || has("-d") || sub == "diff" || sub == "list";
            (lists && !has("-w")).then_some(CheckKind::Format)
        }
        "pre-commit" | "prek" | "lefthook" => (sub == "run").then_some(CheckKind::Lint),
        "playwright" | "cypress" | "ng" => matches!(sub, "test" | "run").then_some(CheckKind::Test),
        // The first word that says something is the subcommand, those behind it are projects.
        "dotnet" | "swift" | "mix" | "bazel" | "bazelisk" | "flutter" | "dart" | "forge" | "stack" | "cabal"
        | "vite" | "next" | "rails" | "gleam" | "tsup" => plain.iter().find_map(|word| classify_goal(word)),
        "zig" | "sbt" | "xcodebuild" | "moon" | "rake" | "mvn" | "mvnw" | "gradle" | "gradlew" => {
            plain.iter().filter_map(|word| classify_goal(word)).min_by_key(|kind| rank(*kind))
        }
        "cmake" => has("--build").then_some(CheckKind::Build),
        "make" | "gmake" | "just" | "task" | "mage" | "tilt" => {
            let targets = plain.iter().filter(|word| !word.contains('='));
            let kinds =
                targets.filter_map(|word| if *word == "check" { Some(CheckKind::Test) } else { classify_name(word) });
            kinds.min_by_key(|kind| rank(*kind)).or((plain.is_empty() && name == "make").then_some(CheckKind::Build))
        }
        "mise" => match sub {
            "run" | "r" => plain.iter().skip(1).filter_map(|word| classify_name(word)).min_by_key(|kind| rank(*kind)),
            _ => classify_name(sub),
        },
        "manage.py" | "artisan" => (sub == "test").then_some(CheckKind::Test),
        "bash" | "sh" | "zsh" | "node" | "tsx" => {
            plain.first().filter(|script| is_script(script)).and_then(|script| classify_file(base_name(script)))
        }
        _ => (first.contains(['/', '\\']) && is_script(first)).then(|| classify_file(name)).flatten(),
    }
}

/// Whether an option makes a formatter of Python fail where it would change something.
fn only_judges(arguments: &[String]) -> bool {
    arguments.iter().any(|word| matches!(word.as_str(), "--check" | "--check-only" | "-c" | "--exit-code"))
}

/// The classes and archives that run tests of JUnit without a build tool.
fn runs_tests_in_java(word: &str) -> bool {
    word.ends_with("JUnitCore") || word.ends_with("ConsoleLauncher") || word.contains("junit-platform-console")
}

fn classify_go(sub: &str, arguments: &[String]) -> Option<CheckKind> {
    let has = |wanted: &str| arguments.iter().any(|word| word == wanted);
    match sub {
        "test" if has("-c") => Some(CheckKind::Build),
        "test" if !has("-list") => Some(CheckKind::Test),
        "vet" => Some(CheckKind::Lint),
        "build" | "install" if !arguments.iter().any(|word| word.contains('@')) => Some(CheckKind::Build),
        "tool" | "run" => arguments.iter().skip(1).find_map(|word| tool_in_path(word)),
        _ => None,
    }
}

fn classify_cargo(sub: &str, checks_only: bool) -> Option<CheckKind> {
    match sub {
        "test" | "t" | "nextest" | "llvm-cov" | "tarpaulin" => Some(CheckKind::Test),
        "clippy" => Some(CheckKind::Lint),
        "check" | "c" => Some(CheckKind::TypeCheck),
        "build" | "b" => Some(CheckKind::Build),
        "fmt" => checks_only.then_some(CheckKind::Format),
        _ => None,
    }
}

/// `go run github.com/x/golangci-lint/cmd/golangci-lint@v2 run`, `go tool staticcheck`.
fn tool_in_path(word: &str) -> Option<CheckKind> {
    let path = word.split('@').next().unwrap_or(word);
    PROGRAMS.iter().find(|(program, _)| *program == base_name(path)).map(|(_, kind)| *kind)
}

/// A file that is run for its name: `scripts/test.sh`, `./run-tests`. Not a built program (`./bin/x`).
fn is_script(word: &str) -> bool {
    let name = base_name(word);
    let known = [".sh", ".bash", ".ts", ".js", ".mjs", ".cjs", ".py", ".ps1"].iter().any(|end| name.ends_with(end));
    known || (!name.contains('.') && word.contains("script"))
}

fn classify_python(arguments: &[String]) -> Option<CheckKind> {
    let module = arguments.iter().position(|word| word == "-m").and_then(|place| arguments.get(place + 1..));
    if let Some(words) = module {
        return match words.first()?.as_str() {
            "unittest" | "doctest" => Some(CheckKind::Test),
            "build" => Some(CheckKind::Build),
            _ => classify_program(words),
        };
    }
    let script = arguments.iter().position(|word| !word.starts_with('-'))?;
    match base_name(&arguments[script]) {
        "manage.py" | "setup.py" => (arguments.get(script + 1)? == "test").then_some(CheckKind::Test),
        name if is_script(name) && (name.starts_with("test") || name.starts_with("run_test")) => Some(CheckKind::Test),
        _ => None,
    }
}

fn classify_own_script(name: &str, arguments: &[String]) -> Option<CheckKind> {
    if asserts(name, arguments) { Some(CheckKind::Test) } else { named_for_a_check(arguments).and_then(classify_file) }
}

/// A script by the words in its name. What one checks that is named `verify` or `check` is its own affair.
fn classify_file(name: &str) -> Option<CheckKind> {
    let lower = name.to_lowercase();
    let has_linter = || lower.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| LINTERS.contains(&word));
    classify_name(name).map(|kind| if kind == CheckKind::Lint && !has_linter() { CheckKind::Script } else { kind })
}

/// Words in the names of tasks and scripts that lint.
const LINTERS: &[&str] = &["lint", "linter", "eslint", "clippy", "vet", "golangci", "shellcheck", "stylelint", "lints"];

/// `npm test`, `pnpm --filter x run lint:fix`, `bun test`.
fn classify_script(name: &str, plain: &[&str], checks_only: bool) -> Option<CheckKind> {
    let (first, rest) = plain.split_first()?;
    match *first {
        "run" | "run-script" => rest.iter().find_map(|word| classify_name(word)),
        "run-many" | "affected" => plain.iter().find_map(|word| classify_name(word)),
        "t" | "tst" if name == "npm" => Some(CheckKind::Test),
        "fmt" | "format" if matches!(name, "deno" | "vp") => checks_only.then_some(CheckKind::Format),
        "check" if matches!(name, "deno" | "vp") => Some(CheckKind::TypeCheck),
        "install" | "add" | "i" | "ci" | "remove" | "exec" | "x" | "init" | "view" | "publish" | "pack" | "link" => {
            None
        }
        "build" if name == "bun" => Some(CheckKind::Build),
        // After `--filter <package>` and in `yarn <workspace> <script>` the script is not the first plain word.
        script => classify_name(script).or_else(|| {
            let place =
                rest.iter().position(|word| matches!(*word, "run" | "test" | "lint" | "build" | "typecheck"))?;
            rest[place..].iter().find_map(|word| classify_name(word))
        }),
    }
}

/// A goal of a build tool: `test`, `build`, `:app:check`.
fn classify_goal(word: &str) -> Option<CheckKind> {
    match word.rsplit(':').next().unwrap_or(word) {
        "verify" | "check" => Some(CheckKind::Test),
        "package" | "install" | "assemble" | "classes" => Some(CheckKind::Build),
        "analyze" | "analyse" => Some(CheckKind::Lint),
        "format" | "fmt" => None,
        goal => classify_name(goal),
    }
}

/// A task or script that a project named itself, by the words in the name: `test:ci`, `lint-go`, `run-tests.sh`.
pub(super) fn classify_name(name: &str) -> Option<CheckKind> {
    let lower = name.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let any = |wanted: &[&str]| words.iter().any(|word| wanted.contains(word));
    const NO_CHECKS: &[&str] = &[
        "watch", "fix", "dev", "serve", "install", "setup", "update", "clean", "generate", "data", "server", "harness",
    ];
    const TESTS: &[&str] =
        &["test", "tests", "spec", "specs", "e2e", "smoke", "unittest", "pytest", "jest", "vitest", "cypress"];
    // What a task does with tests comes first in its name or last: `build:tests`, `test:types`, `list-tests`.
    let only = |wanted: &[&str]| any(TESTS) && !any(&["and", "ci"]) && any(wanted);
    if any(NO_CHECKS) || only(&["list"]) {
        return None;
    }
    if only(&["build", "compile"]) {
        return Some(CheckKind::Build);
    }
    if any(TESTS) && !only(&["lint", "types", "typecheck", "tsc"]) {
        return Some(CheckKind::Test);
    }
    if any(LINTERS) {
        return Some(CheckKind::Lint);
    }
    if any(&["typecheck", "tsc", "types", "mypy", "pyright"]) || (any(&["type"]) && any(&["check"])) {
        return Some(CheckKind::TypeCheck);
    }
    if any(&["fmt", "format", "prettier"]) {
        return any(&["check"]).then_some(CheckKind::Format);
    }
    if any(&["build", "compile"]) {
        return Some(CheckKind::Build);
    }
    any(&["check", "checks", "verify", "validate", "precommit", "ci"]).then_some(CheckKind::Lint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_classified_by_what_they_run() {
        use CheckKind::{Build, Format, Lint, Test, TypeCheck};
        let cases: &[(&str, Option<CheckKind>)] = &[
            ("go test ./... 2>&1 | tail -30", Some(Test)),
            ("cd cli && go vet ./... && go test ./x", Some(Test)),
            ("CI=1 timeout 60 npx vitest run", Some(Test)),
            ("mise run lint && mise run test:ci", Some(Test)),
            ("mise run fmt", None),
            ("npm run lint", Some(Lint)),
            ("pnpm --filter web run build", Some(Build)),
            ("bash -lc 'cd a && pytest -q'", Some(Test)),
            ("python3 -m pytest tests", Some(Test)),
            ("conda run -n science --no-capture-output python -m pytest tests -q | tail", Some(Test)),
            ("micromamba run -p ./env ruff check src", Some(Lint)),
            ("conda run -n science python fit.py", None),
            ("pixi run -e dev pytest", Some(Test)),
            ("\"$PY\" -m pytest -q", Some(Test)),
            ("$SHOP_PY -m pip install pytest", None),
            ("cargo fmt --check", Some(Format)),
            ("black --check src", Some(Format)),
            ("black --check --diff src", Some(Format)),
            ("black --diff src", None),
            ("isort -d src", None),
            ("ruff format --diff src", Some(Format)),
            ("cargo +nightly clippy --all-targets", Some(Lint)),
            ("npx tsc --noEmit", Some(TypeCheck)),
            ("golangci-lint run ./...", Some(Lint)),
            ("GOCACHE=$(pwd)/.gocache GOOS=linux go test ./x", Some(Test)),
            ("pnpm --filter web exec tsc --noEmit 2>&1 | tail -3", Some(TypeCheck)),
            ("pnpm add exec", None),
            ("make", Some(Build)),
            ("make check", Some(Test)),
            ("cd shop; $r = Invoke-Pester -Path tests -PassThru; $r.FailedCount", Some(Test)),
            ("cd C:\\shop; go test ./... 2>&1 | Select-Object -Last 5", Some(Test)),
            ("& \"C:\\Program Files\\Go\\bin\\go.exe\" test ./...", Some(Test)),
            (".\\scripts\\Run-Tests.ps1 -All", Some(Test)),
            ("$text = @'\nrun ./scripts/run-tests.sh\n'@", None),
            ("./scripts/run-tests.sh --fast", Some(Test)),
            ("gh run view 12 --log-failed | grep FAIL", None),
            ("git commit -m 'fix go test'", None),
            ("git push", None),
            ("grep -rn pytest .", None),
            ("cat > a.sh <<'EOF'\npytest\nEOF", None),
            ("echo go test", None),
            ("pytest --version", None),
            ("scripts/test-harness.sh create-repo", None),
            ("npm install jest", None),
            ("go build -o x ./cmd && ./x run", Some(Build)),
        ];
        for (command, expected) in cases {
            assert_eq!(classify_command(command), *expected, "{command}");
        }
    }

    #[test]
    fn the_exit_code_is_the_checks_when_nothing_runs_behind_it() {
        assert!(exit_code_is_the_checks("cd a && go test ./..."));
        assert!(!exit_code_is_the_checks("go test ./... | tail"));
        assert!(!exit_code_is_the_checks("go build ./... && ./x"));
        assert!(!exit_code_is_the_checks("go test ./...; echo done"));
    }
}
