//! Options by which a check only says what it would do, leaves out what it is there for, or ends well whatever it finds.

/// What is left of a command that would run tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reduced {
    /// It compiles, and runs no test.
    Builds,
    /// It lists, or prints what it would run.
    Lists,
}

/// Options, and subcommands, by which programs only list or print.
const LISTS: &[(&[&str], &[&str])] = &[
    (
        &["just", "task", "ninja", "rake", "mage"],
        &["-n", "--dry-run", "--dry", "--list", "-l", "--summary", "-T", "-P"],
    ),
    (&["gradle", "gradlew"], &["--dry-run", "-m"]),
    (&["ctest"], &["-N", "--show-only", "--print-labels"]),
    (
        &["pytest", "py.test", "python", "python3", "py"],
        &[
            "--collect-only",
            "--collectonly",
            "--co",
            "--fixtures",
            "--fixtures-per-test",
            "--setup-plan",
            "--markers",
            "--setup-only",
            "--cache-show",
        ],
    ),
    (&["cargo", "cargo-nextest"], &["--list"]),
    (
        &["npm", "pnpm", "yarn", "bun", "jest", "vitest", "mocha", "npx"],
        &["--listTests", "--list-tests", "--showConfig", "--dry-run", "--clearCache", "--init"],
    ),
    (&["turbo", "nx", "lerna", "moon", "vp"], &["--dry-run", "--dry", "--dry=json", "--dry-run=json", "--graph"]),
    (&["vitest"], &["list", "init"]),
    (&["playwright"], &["--list"]),
    (
        &["rspec", "phpunit", "pest"],
        &["--dry-run", "--list-tests", "--list-suites", "--list-groups", "--init", "--generate-configuration"],
    ),
    (&["tox", "nox"], &["-l", "--list", "--listenvs", "--notest", "-a", "--install-only", "list", "config"]),
    (&["dotnet"], &["--list-tests", "-t"]),
    (&["swift"], &["--list-tests", "list"]),
    (&["xcodebuild"], &["-dry-run", "-n", "-list", "-showBuildSettings"]),
    (&["bazel", "bazelisk"], &["--nobuild", "query", "cquery"]),
    (&["go", "richgo"], &["-n"]),
    (&["gotestsum", "bats"], &["--count", "-list"]),
    (&["stack", "cabal"], &["--dry-run"]),
    (&["mise"], &["-n", "--dry-run"]),
    (&["eslint", "stylelint"], &["--print-config", "--env-info", "--inspect-config"]),
    (&["tsc", "vue-tsc"], &["--showConfig", "--listFilesOnly", "--init"]),
    (&["ruff"], &["rule", "config", "linter", "version", "clean", "--show-files", "--show-settings"]),
    (&["rubocop"], &["-L", "--list-target-files", "--auto-gen-config", "--show-cops"]),
    (&["pylint"], &["--list-msgs", "--generate-rcfile", "--generate-toml-config"]),
    (&["prettier"], &["--find-config-path", "--file-info", "--support-info"]),
    (&["yamllint"], &["--list-files"]),
];

/// Options of programs whose next word is a folder, a project or something else that is left out, and no task.
const VALUED: &[(&[&str], &[&str])] = &[
    (&["npm"], &["-w", "--workspace", "--prefix", "-C"]),
    (&["pnpm", "yarn", "bun"], &["--filter", "-F", "--cwd", "-C", "--dir"]),
    (&["turbo", "nx", "lerna", "vp"], &["--filter", "--scope", "--projects", "-p", "--cwd", "--exclude"]),
    (
        &["gradle", "gradlew"],
        &["-x", "--exclude-task", "-p", "--project-dir", "-b", "-c", "-I", "--init-script", "-g", "--tests"],
    ),
    (
        &["mvn", "mvnw"],
        &[
            "-pl",
            "--projects",
            "-f",
            "--file",
            "-P",
            "--activate-profiles",
            "-s",
            "--settings",
            "-rf",
            "--resume-from",
            "-T",
            "-D",
            "--define",
            "-l",
        ],
    ),
    (
        &["xcodebuild"],
        &[
            "-scheme",
            "-project",
            "-workspace",
            "-target",
            "-destination",
            "-sdk",
            "-configuration",
            "-derivedDataPath",
            "-testPlan",
            "-xcconfig",
            "-resultBundlePath",
        ],
    ),
    (&["make", "gmake"], &["-C", "--directory", "-f", "--file", "--makefile", "-I", "-o", "-W"]),
    (&["just"], &["-f", "--justfile", "-d", "--working-directory"]),
    (&["task"], &["-d", "--dir", "-t", "--taskfile"]),
    (&["mage"], &["-d", "-w"]),
    (&["rake"], &["-f", "--rakefile", "-C", "--directory"]),
    (&["cargo"], &["--manifest-path", "--config", "-Z", "-C", "--color"]),
    (&["go"], &["-C"]),
    (&["git"], &["-C", "-c", "--git-dir", "--work-tree"]),
    (&["gh"], &["-R", "--repo"]),
    (&["dotnet"], &["-o", "--output", "-f", "--framework", "-p", "--project"]),
];

/// The arguments of the program `name` that are neither options nor the values of those.
pub(super) fn plain<'a>(name: &str, arguments: &'a [String]) -> Vec<&'a str> {
    let takes = |option: &String| {
        VALUED.iter().any(|(names, options)| names.contains(&name) && options.contains(&option.as_str()))
    };
    let is_value = |place: usize| place.checked_sub(1).is_some_and(|before| takes(&arguments[before]));
    let words = arguments.iter().enumerate().filter(|(place, word)| !word.starts_with(['-', '+']) && !is_value(*place));
    words.map(|(_, word)| word.as_str()).collect()
}

/// What the options of the program `name` leave of it; `None` where it runs.
pub(super) fn reduced(name: &str, arguments: &[String]) -> Option<Reduced> {
    let has = |options: &[&str]| arguments.iter().any(|word| options.contains(&word.as_str()));
    let begins = |start: &str| arguments.iter().any(|word| word.starts_with(start));
    let lists = LISTS.iter().any(|(names, options)| names.contains(&name) && has(options))
        || match name {
            "make" | "gmake" => {
                has_short(arguments, 'n')
                    || has(&["--dry-run", "--just-print", "--recon", "-q", "--question", "-t", "--touch"])
            }
            "ctest" => begins("--show-only"),
            "cargo" | "cargo-nextest" => {
                (has(&["nextest"]) && has(&["list", "archive", "show-config"]))
                    || (name == "cargo-nextest" && has(&["list"]))
                    || (has(&["llvm-cov"]) && has(&["report", "clean", "show-env"]))
            }
            "go" | "richgo" => begins("-list"),
            _ => false,
        };
    if lists {
        return Some(Reduced::Lists);
    }
    let builds = match name {
        "cargo" | "cargo-nextest" | "deno" => has(&["--no-run"]),
        "stack" => has(&["--no-run-tests"]),
        "mvn" | "mvnw" => properties(arguments, &["-D", "--define"]).any(skips_tests) || skips_by_profile(arguments),
        "gradle" | "gradlew" => {
            let excluded = properties(arguments, &["-x", "--exclude-task"]);
            let is_tests = |task: &str| matches!(task.rsplit(':').next(), Some("test" | "check"));
            excluded.into_iter().any(is_tests) || properties(arguments, &["-P", "-D"]).any(skips_tests)
        }
        "go" | "richgo" | "gotestsum" => {
            let run = properties(arguments, &["-run", "--run", "-test.run"]).any(matches_nothing);
            let skip = properties(arguments, &["-skip", "--skip"]).any(|skip| matches!(skip, "." | ".*" | "^.*$"));
            run || skip || has(&["-exec=true"])
        }
        "bazel" | "bazelisk" => has(&["--build_tests_only"]) && !has(&["test"]),
        _ => false,
    };
    builds.then_some(Reduced::Builds)
}

/// Whether the program `name` ends well whatever it finds.
pub(super) fn ends_well_anyway(name: &str, arguments: &[String]) -> bool {
    let has = |options: &[&str]| arguments.iter().any(|word| options.contains(&word.as_str()));
    match name {
        "flake8" | "pylint" | "ruff" => has(&["--exit-zero"]) || (name == "ruff" && has(&["-e"])),
        "python" | "python3" | "py" => has(&["--exit-zero"]),
        "golangci-lint" => properties(arguments, &["--issues-exit-code"]).any(|code| code == "0"),
        "hadolint" => has(&["--no-fail"]),
        "mvn" | "mvnw" => {
            let ignores = |property: &str| {
                let (key, value) = property.split_once('=').unwrap_or((property, "true"));
                matches!(key, "maven.test.failure.ignore" | "testFailureIgnore") && value != "false"
            };
            has(&["-fn", "--fail-never"]) || properties(arguments, &["-D", "--define"]).any(ignores)
        }
        "make" | "gmake" => has_short(arguments, 'i') || has(&["--ignore-errors"]),
        _ => false,
    }
}

fn has_short(arguments: &[String], letter: char) -> bool {
    let is_short = |word: &&String| word.starts_with('-') && !word.starts_with("--") && !word.contains('=');
    arguments.iter().filter(is_short).any(|word| word.contains(letter))
}

/// The values of options, in one word (`-Dkey`, `--key=value`) or in two.
fn properties<'a>(arguments: &'a [String], options: &[&str]) -> impl Iterator<Item = &'a str> {
    let mut found = Vec::new();
    for (place, word) in arguments.iter().enumerate() {
        for option in options {
            let Some(rest) = word.strip_prefix(option) else { continue };
            match rest.strip_prefix('=') {
                _ if rest.is_empty() => found.extend(arguments.get(place + 1).map(String::as_str)),
                Some(value) => found.push(value),
                // Letters behind a long option are another option.
                None if option.len() == 2 => found.push(rest),
                None => {}
            }
        }
    }
    found.into_iter()
}

/// Whether a property says to skip the tests: `skipTests`, `maven.test.skip=true`; not those of the integration alone.
fn skips_tests(property: &str) -> bool {
    let (key, value) = property.split_once('=').unwrap_or((property, "true"));
    let key = key.to_ascii_lowercase();
    let is_of_tests = key.contains("skip") && key.contains("test") && !key.contains("integration");
    is_of_tests && !matches!(value, "false" | "no" | "0")
}

fn skips_by_profile(arguments: &[String]) -> bool {
    properties(arguments, &["-P", "--activate-profiles"]).flat_map(|profiles| profiles.split(',')).any(skips_tests)
}

/// Whether a pattern for the names of tests is there to match none.
fn matches_nothing(pattern: &str) -> bool {
    let bare = pattern.trim_matches(['^', '$']).to_ascii_lowercase();
    !pattern.is_empty() && matches!(bare.as_str(), "" | "none" | "xxx" | "nothing" | "notest" | "notests" | "#" | "-")
}
