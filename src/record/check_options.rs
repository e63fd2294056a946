//! Options by which a check only says what it would do, or leaves out what it is there for: nothing is tested.

/// What is left of a command that would run tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reduced {
    /// It compiles, and runs no test.
    Builds,
    /// It lists, or prints what it would run.
    Lists,
}

/// What the options of the program `name` leave of it; `None` where it runs.
pub(super) fn reduced(name: &str, arguments: &[String]) -> Option<Reduced> {
    let has = |options: &[&str]| arguments.iter().any(|word| options.contains(&word.as_str()));
    let short = |letter: char| {
        let is_short = |word: &&String| word.starts_with('-') && !word.starts_with("--") && !word.contains('=');
        arguments.iter().filter(is_short).any(|word| word.contains(letter))
    };
    let begins = |start: &str| arguments.iter().any(|word| word.starts_with(start));
    let lists = match name {
        "make" | "gmake" => {
            short('n') || has(&["--dry-run", "--just-print", "--recon", "-q", "--question", "-t", "--touch"])
        }
        "just" | "task" | "ninja" | "rake" => has(&["-n", "--dry-run", "--dry", "--list", "-l", "--summary"]),
        "gradle" | "gradlew" => has(&["--dry-run", "-m"]),
        "ctest" => has(&["-N", "--show-only", "--print-labels"]) || begins("--show-only"),
        "pytest" | "py.test" | "python" | "python3" | "py" => {
            has(&["--collect-only", "--co", "--fixtures", "--setup-plan", "--markers", "--setup-only"])
        }
        "cargo" | "cargo-nextest" => has(&["--list"]) || (has(&["nextest", "list"]) && has(&["list"])),
        "npm" | "pnpm" | "yarn" | "bun" | "jest" | "vitest" | "mocha" | "npx" => {
            has(&["--listTests", "--list-tests", "--showConfig", "--dry-run"]) || (name == "vitest" && has(&["list"]))
        }
        "playwright" => has(&["--list"]),
        "rspec" | "phpunit" | "pest" => has(&["--dry-run", "--list-tests", "--list-suites", "--list-groups"]),
        "tox" | "nox" => has(&["-l", "--list", "--listenvs", "--notest", "-a"]),
        "dotnet" => has(&["--list-tests", "-t"]),
        "bazel" | "bazelisk" => has(&["--nobuild", "query", "cquery"]),
        "go" | "richgo" => begins("-list"),
        "gotestsum" | "bats" => has(&["--count", "-list"]),
        _ => false,
    };
    if lists {
        return Some(Reduced::Lists);
    }
    let builds = match name {
        "cargo" | "cargo-nextest" => has(&["--no-run"]),
        "mvn" | "mvnw" => {
            let skips = |word: &&String| {
                let (key, value) = word.split_once('=').unwrap_or((word, "true"));
                matches!(key, "-DskipTests" | "-Dmaven.test.skip" | "-DskipITs") && value != "false"
            };
            arguments.iter().any(|word| skips(&word))
        }
        "gradle" | "gradlew" => arguments.windows(2).any(|pair| pair[0] == "-x" && pair[1].ends_with("test")),
        "go" | "richgo" => {
            let none = ["-run=^$", "-run=NONE", "-run=XXX", "-exec=true"];
            has(&none)
                || arguments
                    .windows(2)
                    .any(|pair| pair[0] == "-run" && matches!(pair[1].as_str(), "^$" | "NONE" | "XXX"))
        }
        "bazel" | "bazelisk" => has(&["--build_tests_only"]) && !has(&["test"]),
        _ => false,
    };
    builds.then_some(Reduced::Builds)
}
