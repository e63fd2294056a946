//! Commands that change files which they do not name: formatters, and git where it puts other content into the work tree.
//! What was tested before them is another state.

use super::classify::{base_name, program, program_of};
use super::shell::{self, ShellCommand};
use super::shell_writes::verb_of;
use crate::text::paths;

/// Programs that rewrite the files they are given.
const FORMATTERS: [&str; 14] = [
    "black",
    "isort",
    "yapf",
    "autopep8",
    "gofmt",
    "goimports",
    "gofumpt",
    "rustfmt",
    "prettier",
    "clang-format",
    "dprint",
    "shfmt",
    "dos2unix",
    "unix2dos",
];

/// Options of programs that otherwise only look, and names of tasks.
const FIXES: [&str; 4] = ["--fix", "--write", "--apply", "--autocorrect"];
/// Options by which a formatter only looks.
const LOOKS: [&str; 10] = [
    "--check",
    "--check-only",
    "--verify-no-changes",
    "-c",
    "--diff",
    "--diff-name-only",
    "--list-different",
    "--dry-run",
    "-l",
    "-d",
];
/// What puts other content into the work tree.
const GIT: [&str; 9] = ["apply", "am", "merge", "pull", "rebase", "cherry-pick", "revert", "restore", "stash"];

/// The places among the steps of a command of those that rewrite files.
pub(crate) fn places(command: &str) -> Vec<usize> {
    let steps = shell::steps(command);
    steps.iter().enumerate().filter(|(_, step)| rewrites(step)).map(|(place, _)| place).collect()
}

/// Whether a formatter or a linter that fixes rewrites files in the command: no editor of streams, and not git.
pub(crate) fn formats(command: &str) -> bool {
    if !MAY_FORMAT.iter().any(|part| command.contains(part)) {
        return false;
    }
    let has =
        |step: &ShellCommand, names: &[&str]| step.words.iter().any(|word| names.contains(&paths::name_anywhere(word)));
    let is_formatter = |step: &ShellCommand| rewrites(step) && !has(step, &["git", "sed", "perl", "ruby"]);
    shell::steps(command).iter().any(is_formatter)
}

/// Whether a task runner printed that it runs a formatter: `$ prettier --write . && eslint --fix`, where the command only says
/// `bun run check`.
pub(crate) fn echoes_a_formatter(command: &str, output: &str) -> bool {
    const RUNNERS: [&str; 12] =
        ["bun", "deno", "just", "make", "mise", "moon", "npm", "nx", "pnpm", "task", "turbo", "yarn"];
    let runs_tasks =
        |step: &ShellCommand| program_of(&step.words).first().is_some_and(|first| RUNNERS.contains(&base_name(first)));
    let script = |line: &str| {
        let line = line.trim_start();
        let bare = line.strip_prefix('[').and_then(|line| line.split_once("] ")).map_or(line, |(_, rest)| rest);
        ["$ ", "> "].iter().find_map(|mark| bare.strip_prefix(mark)).is_some_and(formats)
    };
    output.lines().take(MOST_ECHOED).any(script) && shell::steps(command).iter().any(runs_tasks)
}

/// A runner prints what it runs before all else, or before each of its tasks.
const MOST_ECHOED: usize = 400;

/// What stands in every command that [`formats`]; most commands are not worth taking apart.
const MAY_FORMAT: [&str; 18] = [
    "black",
    "isort",
    "yapf",
    "autopep8",
    "fmt",
    "fumpt",
    "goimports",
    "format",
    "prettier",
    "dprint",
    "dos2unix",
    "unix2dos",
    "fix",
    "--write",
    "--apply",
    "--autocorrect",
    "pre-commit",
    "prek",
];

fn rewrites(step: &ShellCommand) -> bool {
    let words: Vec<&str> = step.words.iter().map(String::as_str).collect();
    let has = |list: &[&str]| words.iter().any(|word| list.contains(word));
    let name = |word: &str| paths::name_anywhere(word).to_owned();
    if let Some(place) = words.iter().position(|word| name(word) == "git") {
        return by_git(&words[place + 1..]);
    }
    if has(&FIXES) {
        return true;
    }
    let program = words.iter().position(|word| FORMATTERS.contains(&name(word).as_str()));
    let in_place = |word: &&str| word.starts_with("-i") || word.starts_with("-pi");
    let is_editor = words.first().is_some_and(|word| ["sed", "perl", "ruby"].contains(&name(word).as_str()));
    // `cargo fmt`, `ruff format`, `npm run format`, `make fmt`, `npm run lint:fix`; not `rg format`, nor `skills/ci-fix/check.py`.
    let only_reads = shell_program(step).is_some_and(|first| READS.contains(&first));
    let is_task = !only_reads
        && words.iter().skip(1).any(|word| {
            name(word)
                .split([':', '-', '_'])
                .any(|part| ["fmt", "format", "fix", "reformat", "autofix"].contains(&part))
                && !word.starts_with('-')
        });
    let runs_hooks = has(&["pre-commit", "prek"]) && has(&["run"]);
    runs_hooks
        || (is_editor && words.iter().skip(1).any(in_place))
        || ((program.is_some() || is_task) && !has(&LOOKS) && !words.iter().any(|word| word.ends_with(":check")))
}

fn shell_program(step: &ShellCommand) -> Option<&str> {
    program(step).first().map(|first| paths::name_anywhere(first))
}

/// Programs that change no file, whatever words they are given.
const READS: [&str; 16] = [
    "ag", "awk", "cat", "echo", "egrep", "find", "gh", "grep", "head", "jq", "less", "ls", "printf", "rg", "tail", "wc",
];

/// What a step of a command does to the base that changes stand on, and not to the changes themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BaseMove {
    /// Commits come below: `git pull`, `git rebase main`.
    Onto,
    /// To another branch, and perhaps back later: `git switch main`.
    ToBranch,
}

/// The move of the base that the step of a command at `place` makes; `None` where it changes the files themselves, such as
/// `git checkout -- cart.py`.
pub(crate) fn base_move(command: &str, place: usize, files: &[&str]) -> Option<BaseMove> {
    let steps = shell::steps(command);
    let step = steps.get(place)?;
    let (first, rest) = program(step).split_first()?;
    let verb = verb_of(rest).filter(|_| paths::name_anywhere(first) == "git")?;
    let words = &rest[rest.iter().position(|word| word == verb)? + 1..];
    let has = |wanted: &str| words.iter().any(|word| word == wanted);
    let is_file = |word: &String| {
        let named = word.trim_end_matches('/');
        named == "." || files.iter().any(|file| file.split('/').any(|part| part == paths::name_anywhere(named)))
    };
    match verb {
        "pull" | "rebase" | "merge" | "cherry-pick" => Some(BaseMove::Onto),
        "switch" if !has("-f") && !has("--discard-changes") && !has("--force") => Some(BaseMove::ToBranch),
        "checkout" if !has("--") && !has("-f") && !has("-p") && !has("--force") => {
            let mut named = words.iter().filter(|word| !word.starts_with('-') || *word == "-");
            let branch = named.next().filter(|word| !is_file(word))?;
            (named.next().is_none() && !branch.ends_with('/')).then_some(BaseMove::ToBranch)
        }
        _ => None,
    }
}

fn by_git(words: &[&str]) -> bool {
    // `-C DIR` and `-c key=value` come before the verb.
    let mut rest = words.iter().copied();
    let verb = loop {
        match rest.next() {
            Some("-C" | "-c") => drop(rest.next()),
            Some(word) if word.starts_with('-') => {}
            verb => break verb,
        }
    };
    let rest: Vec<&str> = rest.collect();
    let has = |word: &str| rest.contains(&word);
    match verb {
        Some("restore") => !has("--staged") || has("--worktree"),
        Some("stash") => !matches!(rest.first(), Some(&("list" | "show" | "drop" | "clear"))),
        Some("reset") => ["--hard", "--merge", "--keep"].into_iter().any(has),
        Some("checkout" | "switch") => !["-b", "-B", "-c", "-C", "--orphan"].into_iter().any(has),
        Some("clean") => !has("-n"),
        Some("apply") => !["--cached", "--check", "--stat"].into_iter().any(has),
        Some(verb) => GIT.contains(&verb),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formatter_is_known_by_what_a_task_runner_prints_of_it() {
        for (output, expected) in [
            ("$ prettier --write . && eslint --fix\nsrc/cart.ts 12ms (unchanged)", true),
            ("\n> shop@1.0.0 check\n> prettier --write .\n", true),
            ("[fmt] $ gofmt -s -w .", true),
            ("$ prettier --check .", false),
            ("$ tsc --noEmit", false),
            ("prettier --write . was not run", false),
        ] {
            assert_eq!(echoes_a_formatter("cd web && bun run check", output), expected, "{output}");
            assert!(!echoes_a_formatter("cat CONTRIBUTING.md", output), "{output}");
        }
    }

    #[test]
    fn every_formatter_may_format() {
        let named = |word: &&&str| MAY_FORMAT.iter().any(|part| word.contains(part));
        assert_eq!(FORMATTERS.iter().chain(&FIXES).filter(named).count(), FORMATTERS.len() + FIXES.len());
    }

    #[test]
    fn what_rewrites_files_is_known_by_its_program_verb_and_options() {
        for (command, expected) in [
            ("black . && pytest -q", vec![0]),
            ("pytest -q && cargo fmt", vec![1]),
            ("npx prettier --write src", vec![0]),
            ("npm run format", vec![0]),
            ("npm run lint:fix; npm test", vec![0]),
            ("ruff check --fix .", vec![0]),
            ("ruff format .", vec![0]),
            ("sed -i 's/a/b/' x.py", vec![0]),
            ("perl -pi -e 's/a/b/' x.py", vec![0]),
            ("git stash && pytest && git stash pop", vec![0, 2]),
            ("git -C . checkout -- x.py", vec![0]),
            ("git reset --hard HEAD~", vec![0]),
            ("pre-commit run --all-files", vec![0]),
            ("cargo fmt --check", vec![]),
            ("npx prettier --check src", vec![]),
            ("npm run format:check", vec![]),
            ("black --diff .", vec![]),
            ("python -m isort --check-only src", vec![]),
            ("black --check src && isort -c src && isort src", vec![2]),
            ("dotnet format --verify-no-changes", vec![]),
            ("pkl format --diff-name-only a.pkl", vec![]),
            ("ruff check .", vec![]),
            ("npm run lint", vec![]),
            ("sed -n 1,5p x.py", vec![]),
            ("git checkout -b next", vec![]),
            ("git restore --staged x.py", vec![]),
            ("git reset HEAD x.py", vec![]),
            ("git stash list", vec![]),
            ("git add -A && git status && git diff", vec![]),
            ("pytest -q tests/test_format.py", vec![]),
            ("rg -n format src", vec![]),
            ("python3 ~/.tools/ci-fix/comments.py --json", vec![]),
            ("sed -n 1,9p ~/.tools/ci-fix/README.md", vec![]),
        ] {
            assert_eq!(places(command), expected, "{command}");
        }
    }

    #[test]
    fn what_moves_the_base_leaves_the_changes_as_they_are() {
        use BaseMove::{Onto, ToBranch};
        for (command, expected) in [
            ("git pull --rebase origin main", Some(Onto)),
            ("git -C shop rebase main", Some(Onto)),
            ("git cherry-pick 1a2b3c4", Some(Onto)),
            ("git switch main", Some(ToBranch)),
            ("git checkout main", Some(ToBranch)),
            ("git checkout -", Some(ToBranch)),
            ("git switch --discard-changes main", None),
            ("git checkout -f main", None),
            ("git checkout -- src/cart.py", None),
            ("git checkout src/cart.py", None),
            ("git checkout src", None),
            ("git checkout main src/cart.py", None),
            ("git checkout .", None),
            ("git restore src/cart.py", None),
            ("git stash", None),
            ("git reset --hard main", None),
            ("git apply x.patch", None),
            ("black .", None),
        ] {
            assert_eq!(base_move(command, 0, &["src/cart.py"]), expected, "{command}");
        }
    }
}
