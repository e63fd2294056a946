//! Whether a linter, a type checker or a formatter was given files by name, and none of a commit's: `ruff check other.py` says
//! nothing of `one.py`. Nor does a program of another language. Where that is not clear, it may have looked at them.

use std::collections::BTreeSet;

use super::classify::{base_name, classify_program, inner_script, program};
use super::languages::reads_none;
use super::shell;
use super::shell_writes::redirection;
use crate::record::contribution::CheckKind;

/// A commit as a command could name its files.
pub(crate) struct CommitFiles<'a> {
    /// The folder that the command began in.
    pub cwd: Option<&'a str>,
    /// The work trees, each with `/` at the end.
    pub trees: &'a BTreeSet<String>,
    /// The files of the commit, relative to the root.
    pub files: &'a [&'a str],
}

/// Programs that look at the files and folders that they are given, with the subcommands that do.
const PROGRAMS: &[(&str, &[&str])] = &[
    ("actionlint", &[]),
    ("github-actionlint", &[]),
    ("autopep8", &[]),
    ("basedpyright", &[]),
    ("biome", &["check", "lint", "ci", "format"]),
    ("black", &[]),
    ("clang-format", &[]),
    ("dart", &["analyze", "format"]),
    ("deno", &["lint", "check", "fmt"]),
    ("dprint", &["check"]),
    ("eslint", &[]),
    ("flake8", &[]),
    ("go", &["vet"]),
    ("gofmt", &[]),
    ("gofumpt", &[]),
    ("goimports", &[]),
    ("golangci-lint", &["run"]),
    ("hadolint", &[]),
    ("isort", &[]),
    ("jq", &["empty", "."]),
    ("ktlint", &[]),
    ("markdownlint", &[]),
    ("markdownlint-cli2", &[]),
    ("mypy", &[]),
    ("oxlint", &[]),
    ("phpstan", &["analyse", "analyze"]),
    ("prettier", &[]),
    ("pylint", &[]),
    ("pyright", &[]),
    ("rubocop", &[]),
    ("ruff", &["check", "lint", "format"]),
    ("rustfmt", &[]),
    ("shellcheck", &[]),
    ("shfmt", &[]),
    ("standardrb", &[]),
    ("staticcheck", &[]),
    ("stylelint", &[]),
    ("swiftlint", &["lint"]),
    ("tsc", &[]),
    ("vue-tsc", &[]),
    ("yamllint", &[]),
];

/// Options that take no value: a word behind one is a file.
const FLAGS: &[&str] = &[
    "--cache",
    "--check",
    "--color",
    "--diff",
    "--fix",
    "--list-different",
    "--no-cache",
    "--noEmit",
    "--quiet",
    "--skipLibCheck",
    "--strict",
    "--unsafe-fixes",
    "--verbose",
    "--write",
    "-d",
    "-l",
    "-q",
    "-v",
    "-w",
    "-x",
];

/// Options whose value is another file, folder or word than one to look at.
const VALUED: &[&str] = &[
    "--cache-dir",
    "--cache-location",
    "--config",
    "--config-file",
    "--disable",
    "--enable",
    "--exclude",
    "--ext",
    "--extend-select",
    "--format",
    "--ignore",
    "--ignore-path",
    "--ignore-pattern",
    "--jobs",
    "--line-length",
    "--max-line-length",
    "--max-warnings",
    "--out-format",
    "--output-file",
    "--output-format",
    "--parser",
    "--plugin",
    "--profile",
    "--project",
    "--python-version",
    "--rcfile",
    "--rulesdir",
    "--select",
    "--severity",
    "--shell",
    "--target-version",
    "--timeout",
    "-c",
    "-f",
    "-j",
    "-m",
    "-o",
    "-p",
];

/// Whether all checks of the kind in a command looked at other files than those of the commit. A test may run anything.
pub(crate) fn is_of_others(command: &str, kind: CheckKind, looked: &CommitFiles) -> bool {
    matches!(kind, CheckKind::Lint | CheckKind::TypeCheck | CheckKind::Format | CheckKind::Build)
        && !looked.files.is_empty()
        && within(command, kind, looked, ShellFolder::begin(looked), 0) == Some(true)
}

/// Whether the step of a command at `place` puts files back that it names, and none of the commit's: `git checkout -- other.py`.
pub(crate) fn puts_back_others(command: &str, place: usize, looked: &CommitFiles) -> bool {
    let steps = shell::steps(command);
    let mut folder = ShellFolder::begin(looked);
    for step in steps.iter().take(place) {
        let words = program(step);
        if words.first().is_some_and(|word| word == "cd") {
            folder = folder.enter(words.get(1));
        }
    }
    let words: &[String] = steps.get(place).map_or(&[], |step| program(step));
    let named: &[String] = match words {
        [git, checkout, rest @ ..] if git == "git" && checkout == "checkout" => {
            rest.iter().position(|word| word == "--").map_or(&[], |end| &rest[end + 1..])
        }
        [git, restore, rest @ ..] if git == "git" && restore == "restore" => {
            let from = rest.iter().take_while(|word| word.starts_with('-')).count();
            if rest[..from].iter().all(|word| word == "--" || word == "--worktree" || word == "-W") {
                &rest[from..]
            } else {
                &[]
            }
        }
        _ => &[],
    };
    let files: Vec<&str> = named.iter().map(String::as_str).filter(|word| redirection(word).is_none()).collect();
    !files.is_empty() && !looked.files.is_empty() && files.iter().all(|file| is_another(file, looked, &folder))
}

/// Where a command is: as far as it is known, and what it was told to enter.
#[derive(Clone)]
enum ShellFolder {
    Known(String),
    Unknown,
}

impl ShellFolder {
    fn begin(looked: &CommitFiles) -> Self {
        looked.cwd.map_or(Self::Unknown, |cwd| Self::Known(cwd.replace('\\', "/")))
    }

    fn enter(&self, to: Option<&String>) -> Self {
        match (self, to.filter(|to| is_literal(to) && !to.starts_with(['-', '~']))) {
            (_, Some(to)) if is_absolute(to) => Self::Known(to.clone()),
            (Self::Known(from), Some(to)) => Self::Known(joined(from, to)),
            _ => Self::Unknown,
        }
    }
}

/// Whether the checks of the kind are of others; `None` where there is none.
fn within(command: &str, kind: CheckKind, looked: &CommitFiles, mut folder: ShellFolder, depth: u8) -> Option<bool> {
    let mut all = None;
    for step in shell::steps(command).iter().filter(|step| !step.piped) {
        let words = program(step);
        if words.first().is_some_and(|word| word == "cd") {
            folder = folder.enter(words.get(1));
        }
        let found = match inner_script(words).filter(|_| depth < 3) {
            Some(script) => within(script, kind, looked, folder.clone(), depth + 1),
            None => (classify_program(words) == Some(kind)).then(|| {
                let names_others = kind != CheckKind::Build && names_others(words, looked, &folder);
                names_others || reads_none(words, looked.files)
            }),
        };
        all = found.map_or(all, |found| Some(found && all.unwrap_or(true)));
    }
    all
}

fn names_others(words: &[String], looked: &CommitFiles, folder: &ShellFolder) -> bool {
    let words = match words {
        [python, option, rest @ ..] if option == "-m" && base_name(python).starts_with("py") => rest,
        _ => words,
    };
    operands(words)
        .is_some_and(|named| !named.is_empty() && named.iter().all(|operand| is_another(operand, looked, folder)))
}

/// The files and folders that a program is given; `None` where its words do not tell.
fn operands(words: &[String]) -> Option<Vec<&str>> {
    let (first, arguments) = words.split_first()?;
    let name = base_name(first);
    if matches!(name, "pre-commit" | "prek") {
        let at = arguments.iter().position(|word| word == "--files")?;
        return Some(
            arguments[at + 1..].iter().map(String::as_str).take_while(|word| !word.starts_with('-')).collect(),
        );
    }
    let (_, subcommands) = PROGRAMS.iter().find(|(program, _)| *program == name)?;
    let mut found: Vec<&str> = Vec::new();
    let (mut only_files, mut is_value, mut may_be_value, mut is_first) = (false, false, false, true);
    for word in arguments {
        if std::mem::take(&mut is_value) {
            continue;
        }
        if let Some((_, target)) = redirection(word).filter(|_| !only_files) {
            is_value = target.is_empty();
        } else if word == "--" {
            only_files = true;
        } else if !only_files && word.starts_with('-') && word.len() > 1 {
            is_value = VALUED.contains(&word.as_str());
            may_be_value = !is_value && !word.contains('=') && !FLAGS.contains(&word.as_str());
        } else if std::mem::take(&mut may_be_value) && !is_file(word) {
            return None;
        } else if !(std::mem::take(&mut is_first) && subcommands.contains(&word.as_str())) {
            found.push(word);
        }
    }
    Some(found)
}

/// Whether an operand is surely no file of the commit, nor a folder above one.
fn is_another(operand: &str, looked: &CommitFiles, folder: &ShellFolder) -> bool {
    let operand = operand.replace('\\', "/");
    let (named, end) = match operand.split_once('*') {
        Some((before, behind)) => {
            let end = behind.rsplit('*').next().unwrap_or_default();
            (before.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned(), end.to_owned())
        }
        None => (operand.trim_end_matches("/...").to_owned(), String::new()),
    };
    if !is_literal(&named) || !is_literal(&end) || named.starts_with('~') || named == "-" || named == "..." {
        return false;
    }
    let named = named.trim_start_matches("./").trim_end_matches('/');
    let named = if named == "." { "" } else { named };
    let files = || looked.files.iter().filter(|file| file.ends_with(&end));
    let full = match folder {
        _ if is_absolute(named) => Some(named.to_owned()),
        ShellFolder::Known(folder) => Some(joined(folder, named)),
        ShellFolder::Unknown => None,
    };
    if let Some(full) = full.filter(|full| looked.trees.iter().any(|tree| are_related(full, tree))) {
        let is_in =
            |file: &str| file == full || file.strip_prefix(full.as_str()).is_some_and(|rest| rest.starts_with('/'));
        return !looked.trees.iter().any(|tree| files().any(|file| is_in(&format!("{tree}{file}"))));
    }
    let plain = named.trim_start_matches("../");
    if plain.is_empty() {
        return !files().any(|_| true);
    }
    if is_file(plain) {
        return !files().any(|file| ends_in(file, plain) || ends_in(plain, file));
    }
    let is_of_elsewhere = is_absolute(named) || named.starts_with("..") || plain.split('/').next().is_some_and(is_host);
    !is_of_elsewhere && !files().any(|file| format!("/{file}").contains(&format!("/{plain}/")))
}

fn is_host(part: &str) -> bool {
    part.trim_start_matches('.').contains('.')
}

fn ends_in(path: &str, end: &str) -> bool {
    path.strip_suffix(end).is_some_and(|before| before.is_empty() || before.ends_with('/'))
}

/// Whether one of the two is above the other, or both are the same. The tree has `/` at the end.
fn are_related(path: &str, tree: &str) -> bool {
    format!("{path}/").starts_with(tree) || tree.starts_with(&format!("{path}/"))
}

/// Whether a word is a file by its end: `a.py`, `.eslintrc.js`.
pub(super) fn is_file(word: &str) -> bool {
    let name = word.rsplit('/').next().unwrap_or(word);
    name.rsplit_once('.').is_some_and(|(stem, end)| {
        let is_end = (1..=6).contains(&end.len()) && end.bytes().all(|byte| byte.is_ascii_alphanumeric());
        !stem.is_empty() && is_end && end.starts_with(|c: char| c.is_ascii_alphabetic())
    })
}

fn is_literal(word: &str) -> bool {
    !word.contains(['$', '`', '{', '[', '?', '!', '('])
}

fn is_absolute(path: &str) -> bool {
    path.starts_with('/') || path.get(1..3) == Some(":/")
}

/// A path below a folder, without `.` and `..`.
fn joined(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = folder.trim_end_matches('/').split('/').collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.len() > 1 => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_other(command: &str, kind: CheckKind, cwd: Option<&str>) -> bool {
        let trees = BTreeSet::from(["/home/kim/shop/".to_owned()]);
        is_of_others(command, kind, &CommitFiles { cwd, trees: &trees, files: &["src/one.py", "web/app/cart.ts"] })
    }

    #[test]
    fn a_linter_that_was_given_other_files_says_nothing_of_the_commit() {
        use CheckKind::{Format, Lint, Test, TypeCheck};
        for (command, kind, expected) in [
            ("ruff check other.py", Lint, true),
            ("ruff check src/other.py tests/", Lint, true),
            ("ruff check --fix other.py", Lint, true),
            ("ruff check -- other.py", Lint, true),
            ("uv run ruff check tests", Lint, true),
            ("python -m pylint src/other.py", Lint, true),
            ("npx eslint other.js", Lint, true),
            ("npx eslint --config eslint.config.js other.js", Lint, true),
            ("eslint 'lib/**/*.ts'", Lint, true),
            ("eslint 'web/**/*.js'", Lint, true),
            ("eslint '*.js'", Lint, true),
            ("mypy x.py", TypeCheck, true),
            ("npx tsc --noEmit other.ts", TypeCheck, true),
            ("black --check other.py", Format, true),
            ("pre-commit run --files other.py", Lint, true),
            ("shellcheck scripts/run.sh 2>&1 | tail -3", Lint, true),
            ("ruff check other.py && ruff check tests", Lint, true),
            ("bash -c 'ruff check other.py'", Lint, true),
            ("go vet ./tools/...", Lint, true),
            ("ruff check /home/kim/other/one.py", Lint, true),
            ("ruff check", Lint, false),
            ("ruff check .", Lint, false),
            ("ruff check src", Lint, false),
            ("ruff check one.py", Lint, false),
            ("ruff check ./src/one.py", Lint, false),
            ("ruff check other.py src/one.py", Lint, false),
            ("ruff check other.py && ruff check src", Lint, false),
            ("ruff check /home/kim/shop", Lint, false),
            ("ruff check /home/kim/shop/src/one.py", Lint, false),
            ("ruff check ../shop/src", Lint, false),
            ("ruff check $(git diff --name-only)", Lint, false),
            ("ruff check $FILES", Lint, false),
            ("npx eslint --config eslint.config.js", Lint, false),
            ("eslint 'web/**/*.ts'", Lint, false),
            ("eslint --some-option value", Lint, false),
            ("eslint --max-warnings 0", Lint, false),
            ("tsc -p tsconfig.json", TypeCheck, false),
            ("tsc --project web/tsconfig.build.json --noEmit", TypeCheck, false),
            ("mypy -p shop", TypeCheck, false),
            ("golangci-lint run ./...", Lint, true),
            ("go vet ./...", Lint, true),
            ("go vet example.com/shop/src", Lint, true),
            ("pre-commit run --all-files", Lint, false),
            ("pre-commit run ruff", Lint, false),
            ("npm run lint -- other.js", Lint, false),
            ("cargo clippy -p other", Lint, true),
            // Tests of one file run the code of others.
            ("pytest -q test_other.py", Test, false),
        ] {
            assert_eq!(is_other(command, kind, None), expected, "{command}");
        }
    }

    #[test]
    fn other_files_that_are_put_back_are_none_of_the_commit() {
        let trees = BTreeSet::from(["/home/kim/shop/".to_owned()]);
        for (cwd, command, expected) in [
            (Some("/home/kim/shop"), "git checkout -- other.py", true),
            (Some("/home/kim/shop/src"), "git checkout -- src 2>/dev/null", true),
            (Some("/home/kim/shop"), "cd web && git checkout -- src", true),
            (Some("/home/kim/shop"), "git restore tests/", true),
            (None, "git checkout -- other.py", true),
            (Some("/home/kim/shop"), "git checkout -- src", false),
            (Some("/home/kim/shop"), "git checkout -- other.py src/one.py", false),
            (Some("/home/kim/shop"), "git checkout -- .", false),
            (Some("/home/kim/shop/src"), "git restore one.py", false),
            (Some("/home/kim/shop"), "git restore --source HEAD~ other.py", false),
            (Some("/home/kim/shop"), "git checkout main", false),
            (None, "git checkout -- src", false),
        ] {
            let looked = CommitFiles { cwd, trees: &trees, files: &["src/one.py", "web/app/cart.ts"] };
            let last = shell::steps(command).len() - 1;
            assert_eq!(puts_back_others(command, last, &looked), expected, "{cwd:?}: {command}");
        }
    }

    #[test]
    fn the_folder_that_a_command_runs_in_counts() {
        for (cwd, command, expected) in [
            ("/home/kim/shop", "ruff check src", false),
            ("/home/kim/shop", "cd tests && ruff check .", true),
            ("/home/kim/shop", "cd src && ruff check .", false),
            ("/home/kim/shop", "cd src && ruff check one.py", false),
            ("/home/kim/shop", "ruff check one.py", true),
            ("/home/kim/shop/tests", "ruff check ../src", false),
            ("/home/kim/shop/tests", "ruff check conftest.py", true),
            ("/home/kim", "cd shop && ruff check .", false),
            ("/home/kim", "ruff check .", false),
            ("/elsewhere/copy", "ruff check src", false),
            ("/home/kim/shop", "cd \"$X\" && ruff check one.py", false),
        ] {
            assert_eq!(is_other(command, CheckKind::Lint, Some(cwd)), expected, "{cwd}: {command}");
        }
    }
}
