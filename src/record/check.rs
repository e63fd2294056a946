//! Recognises tests, builds and linters among shell commands, and their failure in what they print: half of all failed
//! test runs carry no error flag, because the exit code was that of a `| tail` behind them.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::bytes::{Regex, RegexBuilder};

pub use super::contribution::CheckKind;
use super::shell::{self, Step, Then};

/// What a command checks; of several the strongest: tests before linters before builds. `None` when it checks nothing.
pub fn classify_command(command: &str) -> Option<CheckKind> {
    checks(command).into_iter().map(|(kind, _)| kind).min_by_key(|kind| rank(*kind))
}

/// Whether the command's exit code is that of the check: nothing runs behind it that could end otherwise.
pub fn exit_code_is_the_checks(command: &str) -> bool {
    checks(command).last().is_some_and(|(_, last)| *last)
}

fn rank(kind: CheckKind) -> u8 {
    match kind {
        CheckKind::Test => 0,
        CheckKind::Lint => 1,
        CheckKind::TypeCheck => 2,
        CheckKind::Build => 3,
        CheckKind::Format => 4,
        CheckKind::Told => 5,
    }
}

/// The checks in a command, each with whether it is the last thing that runs.
fn checks(command: &str) -> Vec<(CheckKind, bool)> {
    checks_within(command, 0)
}

fn checks_within(command: &str, depth: u8) -> Vec<(CheckKind, bool)> {
    let steps = shell::steps(command);
    let mut found = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        if step.piped {
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

/// The words of a step from its program on: without assignments, keywords of the shell, and programs that only start
/// another one.
fn program(step: &Step) -> &[String] {
    let mut words = step.words.as_slice();
    while let Some((first, rest)) = words.split_first() {
        let name = base_name(first);
        let assignment = first.split_once('=').is_some_and(|(name, _)| {
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        });
        let skipped = match name {
            _ if assignment => 1,
            "!" | "{" | "then" | "do" | "else" | "if" | "while" | "time" | "nohup" | "sudo" | "env" | "command"
            | "exec" | "npx" | "bunx" | "pnpx" | "caffeinate" | "rtk" => 1,
            "timeout" | "gtimeout" | "nice" | "stdbuf" | "xvfb-run" => {
                1 + rest.iter().take_while(|word| word.starts_with('-') || is_duration(word)).count()
            }
            "uv" | "poetry" | "pipenv" | "hatch" | "pdm" | "rye" if rest.first().is_some_and(|word| word == "run") => 2,
            "bundle" | "pnpm" | "yarn" | "npm" if rest.first().is_some_and(|word| word == "exec") => 2,
            "pnpm" | "yarn" if rest.first().is_some_and(|word| word == "dlx") => 2,
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

fn base_name(word: &str) -> &str {
    let name = word.rsplit(['/', '\\']).next().unwrap_or(word);
    name.strip_suffix(".exe").or_else(|| name.strip_suffix(".cmd")).unwrap_or(name)
}

/// The script that a shell was handed: `bash -lc 'go test'`.
fn inner_script(words: &[String]) -> Option<&str> {
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

/// Programs that are a check whatever their arguments.
const PROGRAMS: &[(&str, CheckKind)] = &[
    ("pytest", CheckKind::Test),
    ("py.test", CheckKind::Test),
    ("tox", CheckKind::Test),
    ("nox", CheckKind::Test),
    ("jest", CheckKind::Test),
    ("vitest", CheckKind::Test),
    ("mocha", CheckKind::Test),
    ("ava", CheckKind::Test),
    ("gotestsum", CheckKind::Test),
    ("rspec", CheckKind::Test),
    ("phpunit", CheckKind::Test),
    ("pest", CheckKind::Test),
    ("ctest", CheckKind::Test),
    ("bats", CheckKind::Test),
    ("cargo-nextest", CheckKind::Test),
    ("eslint", CheckKind::Lint),
    ("oxlint", CheckKind::Lint),
    ("stylelint", CheckKind::Lint),
    ("shellcheck", CheckKind::Lint),
    ("hadolint", CheckKind::Lint),
    ("markdownlint", CheckKind::Lint),
    ("markdownlint-cli2", CheckKind::Lint),
    ("actionlint", CheckKind::Lint),
    ("zizmor", CheckKind::Lint),
    ("yamllint", CheckKind::Lint),
    ("staticcheck", CheckKind::Lint),
    ("golangci-lint", CheckKind::Lint),
    ("revive", CheckKind::Lint),
    ("flake8", CheckKind::Lint),
    ("pylint", CheckKind::Lint),
    ("rubocop", CheckKind::Lint),
    ("standardrb", CheckKind::Lint),
    ("phpstan", CheckKind::Lint),
    ("swiftlint", CheckKind::Lint),
    ("ktlint", CheckKind::Lint),
    ("detekt", CheckKind::Lint),
    ("credo", CheckKind::Lint),
    ("mypy", CheckKind::TypeCheck),
    ("pyright", CheckKind::TypeCheck),
    ("basedpyright", CheckKind::TypeCheck),
    ("vue-tsc", CheckKind::TypeCheck),
    ("svelte-check", CheckKind::TypeCheck),
    ("tsc", CheckKind::TypeCheck),
    ("ninja", CheckKind::Build),
    ("esbuild", CheckKind::Build),
    ("webpack", CheckKind::Build),
];

fn classify_program(words: &[String]) -> Option<CheckKind> {
    let (first, arguments) = words.split_first()?;
    let name = base_name(first);
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
    let plain: Vec<&str> = arguments.iter().map(String::as_str).filter(|word| !word.starts_with(['-', '+'])).collect();
    let sub = plain.first().copied().unwrap_or("");
    let checks_only = arguments.iter().any(|word| {
        matches!(
            word.as_str(),
            "--check" | "--check-only" | "--diff" | "-c" | "--verify-no-changes" | "--dry-run" | "--list-different"
        )
    });
    match name {
        "go" | "richgo" => match sub {
            "test" if has("-c") => Some(CheckKind::Build),
            "test" if !has("-list") => Some(CheckKind::Test),
            "vet" => Some(CheckKind::Lint),
            "build" | "install" if !arguments.iter().any(|word| word.contains('@')) => Some(CheckKind::Build),
            "tool" | "run" => arguments.iter().skip(1).find_map(|word| tool_in_path(word)),
            _ => None,
        },
        "cargo" => match sub {
            "test" | "t" | "nextest" | "llvm-cov" | "tarpaulin" => Some(CheckKind::Test),
            "clippy" => Some(CheckKind::Lint),
            "check" | "c" => Some(CheckKind::TypeCheck),
            "build" | "b" => Some(CheckKind::Build),
            "fmt" => checks_only.then_some(CheckKind::Format),
            _ => None,
        },
        "deno" | "bun" | "npm" | "pnpm" | "yarn" | "turbo" | "nx" | "lerna" | "vp" => {
            classify_script(name, &plain, checks_only)
        }
        "python" | "python3" | "py" => classify_python(arguments),
        "ruff" => match sub {
            "format" => checks_only.then_some(CheckKind::Format),
            _ => Some(CheckKind::Lint),
        },
        "biome" => matches!(sub, "check" | "lint" | "ci").then_some(CheckKind::Lint),
        "black" | "isort" | "prettier" | "rustfmt" | "clang-format" | "shfmt" | "autopep8" | "dprint" => {
            (checks_only || has("-l") || has("-d") || sub == "check").then_some(CheckKind::Format)
        }
        "gofmt" | "gofumpt" | "goimports" | "gci" => {
            let lists = has("-l") || has("-d") || sub == "diff" || sub == "list";
            (lists && !has("-w")).then_some(CheckKind::Format)
        }
        "pre-commit" | "prek" | "lefthook" => (sub == "run").then_some(CheckKind::Lint),
        "playwright" | "cypress" | "ng" => matches!(sub, "test" | "run").then_some(CheckKind::Test),
        "dotnet" | "swift" | "mix" | "zig" | "bazel" | "bazelisk" | "flutter" | "dart" | "forge" | "sbt" | "stack"
        | "cabal" | "vite" | "next" | "xcodebuild" | "moon" | "rake" | "rails" | "gleam" | "tsup" | "mvn" | "mvnw"
        | "gradle" | "gradlew" => plain.iter().filter_map(|word| classify_goal(word)).min_by_key(|kind| rank(*kind)),
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
            plain.first().filter(|script| is_script(script)).and_then(|script| classify_name(base_name(script)))
        }
        _ => (first.contains('/') && is_script(first)).then(|| classify_name(name)).flatten(),
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
fn classify_name(name: &str) -> Option<CheckKind> {
    let lower = name.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let any = |wanted: &[&str]| words.iter().any(|word| wanted.contains(word));
    if any(&["watch", "fix", "dev", "serve", "install", "setup", "update", "clean", "generate", "data", "server"]) {
        return None;
    }
    if any(&["test", "tests", "spec", "specs", "e2e", "unittest", "pytest", "jest", "vitest", "cypress"]) {
        return Some(CheckKind::Test);
    }
    if any(&["lint", "linter", "eslint", "clippy", "vet", "golangci", "shellcheck", "stylelint", "lints"]) {
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

/// Lines that only a failed test run prints.
static TEST_FAILED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&[
        r"^\s*--- FAIL:? ",
        r"^FAIL(\s*$|\t|:? +\S+[/.])",
        r"^(FAIL|DONE) .*\b[1-9]\d* fail",
        r"^test result: FAILED",
        r"^error: test failed",
        r"^error: [1-9]\d* targets? failed",
        r"^\s*=+ .*\b[1-9]\d* (failed|errors?)\b.* =+\s*$",
        r"^(FAILED|ERROR) \S+\.py\b",
        r"^\[?[1-9]\d* failed\b",
        r"^\s*[1-9]\d* failed, \d+ passed",
        r"^\s*\d+ passed.*, [1-9]\d* failed",
        r"^FAILED \((failures|errors|skipped)=",
        r"^ *Tests?:? +.*\b[1-9]\d* failed",
        r"^ *(Test Suites|Test Files|Snapshots):? +.*\b[1-9]\d* failed",
        r"^\s*[1-9]\d* (fail|failing)\s*$",
        r"^\s*(# |ℹ )fail [1-9]",
        r"^\d+ (examples?|runs|tests), .*\b[1-9]\d* (failures?|errors?)\b",
        r"^.*Tests run: \d+, Failures: ([1-9]|\d+, Errors: [1-9])",
        r"^not ok \d+",
        r"^panic: test timed out",
        r"^FAIL\s+\S+ \[(build|setup) failed\]",
        r"^Failed!  - Failed:",
        r"^.*\bBUILD (FAILED|FAILURE)\b",
        r"^error: could not compile",
        r"^error(\[E\d+\])?: aborting due to",
        r"^E   +(ModuleNotFoundError|ImportError|SyntaxError)",
    ])
});

/// Lines that only a linter, type checker or formatter with findings prints.
static LINT_FAILED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&[
        r"^[1-9]\d* issues?:?\s*$",
        r"^\S+\.\w+:\d+(:\d+)?: .+ \([a-z][a-z0-9-]+\)\s*$",
        r"^✖ [1-9]\d* problems? \([1-9]",
        r"^\s*\d+:\d+\s+error\s+\S",
        r"^Found [1-9]\d* (errors?|issues?|diagnostics?|problems?)",
        r"^[1-9]\d* (errors?|problems?) (found|in)\b",
        r"^.*\berror TS\d+:",
        r"^\S+\.pyi?:\d+(:\d+)?: (error: |[A-Z]+\d+ )",
        r"^\s+--> \S+:\d+:\d+$",
        r"^[A-Z]{1,4}\d{3,4} .*\n +--> ",
        r"^In \S+ line \d+:$",
        r"^\[warn\] .*(Code style issues|Forgot to run Prettier)",
        r"^[1-9]\d* files? would be reformatted",
        r"^(would reformat|Would reformat:?) ",
        r"^Diff in \S+:\d+",
        r"^error: could not compile",
        r"^error(\[\w+\])?: aborting due to",
        r"^vet: ",
        r"^# \S+\n(# \[\S+\]\n)?(vet: )?\S+\.go:\d+",
        r"^\S+\.go:\d+:\d+: ",
        r"^.*\blevel=error\b",
    ])
});

/// Lines that only a failed build prints.
static BUILD_FAILED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&[
        r"^# \S+(\s\[\S+\])?\n(vet: )?\S+\.go:\d+",
        r"^(\./)?\S+\.go:\d+:\d+: ",
        r"^error: could not compile",
        r"^error(\[E\d+\])?: aborting due to",
        r"^.*\berror TS\d+:",
        r"^\S+:\d+:\d+: (fatal )?error: ",
        r"^.*\bundefined reference to ",
        r"^.*\bBUILD (FAILED|FAILURE)\b",
        r"^.*(Build failed (in|with)|Failed to compile|build failed with)",
        r"^✘ \[ERROR\]",
    ])
});

/// Lines with which a task runner, or the end of a command, says that something before it failed.
static RUNNER_FAILED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&[
        r"^error: script .* exited with code [1-9]",
        r"^.*\bERROR task failed",
        r"^npm (ERR!|error) (Test failed|Lifecycle script)",
        r"^.*\bELIFECYCLE\b",
        r"^g?make(\[\d+\])?: \*\*\* ",
        r"^(Exit code|exit status|EXIT(_CODE)?)[:=]? ?[1-9]\d*\s*$",
        r"^go: updates to go\.mod needed",
        r"^package \S+\n\timports \S+",
    ])
});

/// Lines that say how a check went, for people.
static SUMMARY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&[
        r"^test result: .*",
        r"^=+ .*\b(passed|failed|errors?)\b.* =+\s*$",
        r"^\d+ (passed|failed).*",
        r"^ *(Tests|Test Suites|Test Files):? +\d.*",
        r"^(ok|FAIL|---\sFAIL:?)[ \t]+\S+.*",
        r"^\s*\d+ (pass|fail|passing|failing)\b.*",
        r"^\d+ (examples?|runs|tests), .*",
        r"^.*Tests run: \d+, .*",
        r"^✖ \d+ problems?.*",
        r"^Found \d+ (errors?|issues?).*",
        r"^\d+ issues?[.:]?\s*$",
        r"^All checks passed.*",
        r"^Success: no issues.*",
        r"^DONE \d+ tests.*",
        r"^\s*Finished `.*",
        r"^(PASS|FAIL|OK|FAILED)\b.*",
        r"^.*\bBUILD (SUCCESSFUL|SUCCESS|FAILED|FAILURE)\b.*",
    ])
});

fn pattern(lines: &[&str]) -> Regex {
    // ASCII classes: the outputs are mostly ASCII, and word borders of Unicode take the slowest of the engines.
    let pattern = RegexBuilder::new(&lines.join("|")).multi_line(true).unicode(false).build();
    pattern.expect("the patterns above are valid, as a test shows")
}

/// Whether a check's output says that it failed, by lines that a passing one does not print.
pub fn failed_in_output(kind: CheckKind, output: &str) -> bool {
    let output = without_colours(output);
    failed_in_words(kind, &output) || RUNNER_FAILED.is_match(output.as_bytes())
}

/// Which of the checks in a command failed, by what it printed: the first that says so itself; the strongest where
/// only a task runner says that something failed.
pub fn failure_in(command: &str, output: &str) -> Option<CheckKind> {
    let strongest = classify_command(command)?;
    let output = without_colours(output);
    let kinds = checks(command).into_iter().map(|(kind, _)| kind);
    kinds
        .into_iter()
        .find(|kind| failed_in_words(*kind, &output))
        .or_else(|| RUNNER_FAILED.is_match(output.as_bytes()).then_some(strongest))
}

fn failed_in_words(kind: CheckKind, output: &str) -> bool {
    match kind {
        CheckKind::Test => TEST_FAILED.is_match(output.as_bytes()) || panicked(output),
        CheckKind::Lint | CheckKind::TypeCheck | CheckKind::Format => LINT_FAILED.is_match(output.as_bytes()),
        CheckKind::Build => BUILD_FAILED.is_match(output.as_bytes()),
        CheckKind::Told => false,
    }
}

/// A Go test binary that died: the summary may be cut off.
fn panicked(output: &str) -> bool {
    output.lines().any(|line| line.starts_with("panic: ")) && output.contains("\ngoroutine ")
}

/// The last line of the output that says how it went: `4 passed in 0.1s`. A failing one before a passing one.
pub fn summary_line(output: &str) -> Option<String> {
    let output = without_colours(output);
    let found = SUMMARY.find_iter(output.as_bytes()).map(|found| String::from_utf8_lossy(found.as_bytes()));
    let found: Vec<_> = found.collect();
    let lines: Vec<&str> = found.iter().map(|line| line.trim_matches(['=', ' ', '\n', '\r'])).collect();
    let bad = |line: &&&str| {
        let lower = line.to_lowercase();
        lower.contains("fail") && !lower.contains(" 0 fail") && !lower.starts_with("0 fail") || lower.contains("error")
    };
    lines.iter().rev().find(bad).or(lines.last()).map(|line| (*line).to_owned())
}

/// The text without the sequences that colour a terminal: `ESC [ 31 m`.
fn without_colours(text: &str) -> Cow<'_, str> {
    if !text.contains("\u{1b}[") {
        return Cow::Borrowed(text);
    }
    let mut parts = text.split("\u{1b}[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str(part.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';').get(1..).unwrap_or(""));
    }
    Cow::Owned(plain)
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
            ("cargo fmt --check", Some(Format)),
            ("cargo +nightly clippy --all-targets", Some(Lint)),
            ("npx tsc --noEmit", Some(TypeCheck)),
            ("golangci-lint run ./...", Some(Lint)),
            ("make", Some(Build)),
            ("make check", Some(Test)),
            ("./scripts/run-tests.sh --fast", Some(Test)),
            ("gh run view 12 --log-failed | grep FAIL", None),
            ("git commit -m 'fix go test'", None),
            ("git push", None),
            ("grep -rn pytest .", None),
            ("cat > a.sh <<'EOF'\npytest\nEOF", None),
            ("echo go test", None),
            ("pytest --version", None),
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

    #[test]
    fn a_failure_is_seen_in_the_output_and_a_logged_error_is_none() {
        for (kind, output) in [
            (CheckKind::Test, "--- FAIL: TestX (0.00s)\nFAIL\tx/y\t0.1s"),
            (CheckKind::Test, "test result: FAILED. 3 passed; 1 failed; 0 ignored"),
            (CheckKind::Test, "===== 1 failed, 3 passed in 0.12s ====="),
            (CheckKind::Test, "Tests:       1 failed, 4 passed, 5 total"),
            (CheckKind::Test, " Test Files  1 failed | 3 passed (4)"),
            (CheckKind::Test, "\u{1b}[31m 12 pass\n 1 fail\n"),
            (CheckKind::Lint, "a/b.go:3:1: unused (deadcode)\n1 issues:"),
            (CheckKind::Lint, "\u{2716} 3 problems (1 error, 2 warnings)"),
            (CheckKind::TypeCheck, "src/a.ts(1,2): error TS2304: Cannot find name"),
            (CheckKind::Build, "# example.com/x\n./a.go:3:4: undefined: y"),
        ] {
            assert!(failed_in_output(kind, output), "{output}");
        }
        for (kind, output) in [
            (CheckKind::Test, "error: connection refused (expected)\nok  \tx/y\t0.1s"),
            (CheckKind::Test, "test result: ok. 3 passed; 0 failed; 0 ignored"),
            (CheckKind::Test, "==== 4 passed, 1 warning in 0.1s ===="),
            (CheckKind::Test, " 12 pass\n 0 fail\n"),
            (CheckKind::Lint, "0 issues."),
            (CheckKind::Build, ""),
        ] {
            assert!(!failed_in_output(kind, output), "{output}");
        }
    }

    #[test]
    fn the_summary_is_the_last_line_that_tells_how_it_went() {
        assert_eq!(summary_line("x\n==== 4 passed in 0.10s ====\n").as_deref(), Some("4 passed in 0.10s"));
        assert_eq!(summary_line("ok  \ta\t0.1s\nFAIL\tb\t0.2s\nok  \tc\t0.1s").as_deref(), Some("FAIL\tb\t0.2s"));
        assert_eq!(summary_line("nothing"), None);
    }
}
