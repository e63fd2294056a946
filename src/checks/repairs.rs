//! What a command changes about a check that failed: a formatter or fixer, an installer, a file that it writes, takes away or puts
//! back. Moving between states with git is none, nor is committing.

use super::classify::{base_name, classify_program, program};
use super::shell::{self, ShellCommand};
use super::{generators, rewrites, shell_changes};
use crate::text::paths;

/// Programs with the words behind them that change what is installed or generated.
const INSTALLS: &[(&str, &[&str])] = &[
    ("bun", &["install", "add", "i", "remove", "update"]),
    ("bundle", &["install", "add", "update"]),
    ("cargo", &["add", "update", "remove", "fix"]),
    ("composer", &["install", "require", "update"]),
    ("dart", &["fix", "format"]),
    ("dotnet", &["add", "restore"]),
    ("flutter", &["pub"]),
    ("go", &["get", "mod", "generate", "work", "fix"]),
    ("npm", &["install", "i", "ci", "add", "uninstall", "update"]),
    ("pip", &["install", "uninstall"]),
    ("pip3", &["install", "uninstall"]),
    ("pnpm", &["install", "add", "i", "remove", "update"]),
    ("poetry", &["add", "install", "lock", "update"]),
    ("prisma", &["generate", "migrate", "db"]),
    ("uv", &["add", "sync", "lock", "pip", "remove"]),
    ("yarn", &["install", "add", "remove", "up"]),
];

/// What of git changes files to make something work, and is no move to another state.
const GIT: &[&str] = &["checkout", "restore", "revert", "rm", "mv", "apply"];

/// The texts of the steps that do, in order, each a slice of `command`; `before_check` keeps those with a check behind them, or that are one.
/// `files` are those of the commit.
pub(crate) fn repairs<'c>(command: &'c str, files: &[&str], before_check: bool) -> Vec<&'c str> {
    let steps = shell::steps(command);
    // What is put away and brought back is as it was.
    if steps.iter().any(|step| git_verb(step) == Some("stash")) {
        return Vec::new();
    }
    let is_check = |step: &ShellCommand| classify_program(program(step)).is_some();
    let last_check = steps.iter().rposition(is_check);
    let mut places = shell_changes::places(command, files);
    let does = |step: &ShellCommand| installs(step) || removes(step);
    places.extend(steps.iter().enumerate().filter(|(_, step)| does(step)).map(|(place, _)| place));
    places.extend(generators::places(command));
    places.sort_unstable();
    places.dedup();
    let rewriting = rewrites::places(command);
    places.retain(|place| rewriting.contains(place) || steps.get(*place).is_none_or(|step| !is_check(step)));
    places.retain(|place| !before_check || last_check.is_some_and(|check| *place <= check));
    let is_repair = |step: &ShellCommand| match git_verb(step) {
        Some("checkout") => checks_out_files(step),
        Some(verb) => GIT.contains(&verb),
        // They make and share commits.
        None => {
            !program(step).first().is_some_and(|name| matches!(base_name(name), "gt" | "jj" | "gh" | "glab" | "hg"))
        }
    };
    let of_step = |place: usize| steps.get(place).filter(|step| is_repair(step));
    places.into_iter().filter_map(|place| command.get(of_step(place)?.place.clone())).map(str::trim).collect()
}

/// Whether a check runs between two steps that put another state there: one was made for it, and taken away again.
pub(crate) fn tries_another_state(command: &str) -> bool {
    let steps = shell::steps(command);
    let is_check = |step: &ShellCommand| classify_program(program(step)).is_some();
    let Some(check) = steps.iter().position(is_check) else { return false };
    let swaps = |step: &ShellCommand| {
        let first = program(step).first().map(|word| base_name(word));
        git_verb(step) == Some("stash") || matches!(first, Some("cp" | "mv"))
    };
    let moves = |step: &ShellCommand| swaps(step) || matches!(git_verb(step), Some("checkout" | "restore" | "switch"));
    steps[..check].iter().any(moves) && steps[check + 1..].iter().any(moves)
}

/// The files whose changes a command throws away with git, as it names them; none where it throws all away.
pub(crate) fn throws_away(command: &str) -> Option<Vec<String>> {
    let steps = shell::steps(command);
    steps.iter().find_map(|step| {
        let has = |word: &str| step.words.iter().any(|one| one == word);
        let is_one = match git_verb(step)? {
            "checkout" => checks_out_files(step),
            "restore" => !has("--staged") || has("--worktree"),
            "reset" => has("--hard"),
            _ => false,
        };
        let verb = step.words.iter().position(|word| matches!(word.as_str(), "checkout" | "restore" | "reset"))?;
        let behind = step.words.iter().rposition(|word| word == "--").unwrap_or(verb);
        // Without `--` what stands before the files may be a branch.
        let is_bare = step.words.get(verb).is_some_and(|verb| verb == "checkout") && !has("--");
        let is_named = |word: &&String| !word.starts_with('-') && !has("--hard") && (!is_bare || may_be_path(word));
        let named = step.words[behind + 1..].iter().filter(is_named);
        let named: Vec<String> = named.map(|file| file.trim_end_matches('/').to_owned()).collect();
        let all = named.iter().any(|file| file == ".");
        is_one.then_some(if all { Vec::new() } else { named })
    })
}

/// Whether `git checkout` is given files, and does not move to a branch: `git checkout src/a.py`, `git checkout main -- src`.
fn checks_out_files(step: &ShellCommand) -> bool {
    const MAKES_A_BRANCH: &[&str] = &["-b", "-B", "-t", "--track", "--orphan", "--detach"];
    let behind = step.words.iter().skip_while(|word| *word != "checkout").skip(1);
    let makes_one = step.words.iter().any(|word| MAKES_A_BRANCH.contains(&word.as_str()));
    behind.into_iter().any(|word| word == "--" || (!makes_one && may_be_path(word)))
}

/// Ends of files as repositories hold them. Names of branches have dots too: `10.x`, `release/2.next`.
const FILE_ENDS: &[&str] = &[
    "astro", "bash", "bat", "bazel", "c", "cc", "cfg", "cjs", "clj", "cmake", "conf", "cpp", "cs", "css", "csv", "cts",
    "cxx", "dart", "el", "env", "erl", "ex", "exs", "fish", "go", "gql", "gradle", "graphql", "h", "hcl", "hpp", "hs",
    "htm", "html", "ini", "ipynb", "java", "jl", "js", "json", "jsonc", "jsonl", "json5", "jsx", "kt", "kts", "less",
    "lock", "lua", "m", "md", "mdx", "mjs", "ml", "mod", "mts", "nix", "php", "pl", "plist", "png", "prisma", "proto",
    "ps1", "py", "pyi", "r", "rb", "rs", "rst", "sass", "scala", "scss", "sh", "snap", "sol", "sql", "sum", "svelte",
    "svg", "swift", "tex", "tf", "toml", "ts", "tsv", "tsx", "txt", "vim", "vue", "xml", "yaml", "yml", "zig", "zsh",
];

/// Whether a word is that of a file, by its end, or of all of them.
fn may_be_path(word: &str) -> bool {
    let end = paths::name(word).rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase());
    word == "." || end.is_some_and(|end| FILE_ENDS.contains(&end.as_str()))
}

/// Whether a step puts in place what others made and writes no code: `npm install`, not `go generate`.
pub(crate) fn installs_only(text: &str) -> bool {
    const WRITES: &[&str] = &["generate", "fix", "format", "tidy", "migrate", "db"];
    let writes = |step: &ShellCommand| step.words.iter().any(|word| WRITES.contains(&word.as_str()));
    let steps = shell::steps(text);
    steps.iter().any(|step| installs(step) && !writes(step))
}

fn installs(step: &ShellCommand) -> bool {
    let words = program(step);
    let Some((first, rest)) = words.split_first() else { return false };
    let verb = rest.iter().find(|word| !word.starts_with('-')).map(String::as_str);
    let is_one =
        |(name, verbs): &(&str, &[&str])| *name == base_name(first) && verb.is_some_and(|verb| verbs.contains(&verb));
    INSTALLS.iter().any(is_one)
}

/// Whether a step takes files or folders of the work tree away, be they of the commit or in its way.
fn removes(step: &ShellCommand) -> bool {
    let Some((first, rest)) = program(step).split_first() else { return false };
    let is_within = |word: &&String| !word.starts_with('-') && !word.starts_with("/tmp") && !word.contains(".git/");
    base_name(first) == "rm" && rest.iter().any(|word| is_within(&word))
}

/// The verb of a step that calls git, behind `-C DIR` and `-c key=value`.
pub(crate) fn git_verb(step: &ShellCommand) -> Option<&str> {
    let (first, rest) = program(step).split_first()?;
    let mut rest = rest.iter().map(String::as_str);
    if base_name(first) != "git" {
        return None;
    }
    loop {
        match rest.next()? {
            "-C" | "-c" => drop(rest.next()),
            word if word.starts_with('-') => {}
            verb => return Some(verb),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_repairs_is_told_from_what_moves_between_states_and_what_looks() {
        let files = ["src/price.py"];
        for (command, before_check, expected) in [
            ("gofmt -w src && go test ./...", true, vec!["gofmt -w src"]),
            ("go test ./... && gofmt -w src", true, vec![]),
            ("ruff check --fix .", true, vec!["ruff check --fix ."]),
            ("cd web && npm install left-pad", false, vec!["npm install left-pad"]),
            ("go mod tidy 2>&1 | tail -3", false, vec!["go mod tidy 2>&1"]),
            ("git checkout -- src/price.py", false, vec!["git checkout -- src/price.py"]),
            ("rm src/price.py", false, vec!["rm src/price.py"]),
            ("rm -rf cache/old", false, vec!["rm -rf cache/old"]),
            ("rm -rf /tmp/old", false, vec![]),
            ("rm -f .git/index.lock", false, vec![]),
            ("sed -i s/a/b/ src/price.py; pytest -q", true, vec!["sed -i s/a/b/ src/price.py"]),
            ("git checkout src/price.py", false, vec!["git checkout src/price.py"]),
            ("git checkout main", false, vec![]),
            ("git checkout -b fix/price.py", false, vec![]),
            ("git stash && pytest -q; git stash pop", false, vec![]),
            ("git pull --rebase", false, vec![]),
            ("npm test", false, vec![]),
            ("black --check src && isort --check-only src && pytest -q", true, vec![]),
            ("black --diff src", false, vec![]),
            ("npm run build", false, vec![]),
            ("cat src/price.py", false, vec![]),
        ] {
            assert_eq!(repairs(command, &files, before_check), expected, "{command}");
        }
    }

    #[test]
    fn a_state_that_is_made_for_one_run_is_known() {
        for (command, expected) in [
            ("git stash && pytest -q; git stash pop", true),
            ("cp /tmp/old.py a.py && pytest -q | tail -3; cp /tmp/new.py a.py", true),
            ("git checkout HEAD~ -- a.py && pytest -q; git checkout HEAD -- a.py", true),
            ("git stash pop && pytest -q", false),
            ("pytest -q && git checkout main", false),
            ("cp a.example a && pytest -q", false),
        ] {
            assert_eq!(tries_another_state(command), expected, "{command}");
        }
    }

    #[test]
    fn what_git_throws_away_is_named() {
        for (command, expected) in [
            ("git checkout -- src/a.py b.py", Some(vec!["src/a.py", "b.py"])),
            ("cd web && git checkout HEAD -- a.py && ls", Some(vec!["a.py"])),
            ("git restore a.py", Some(vec!["a.py"])),
            ("git checkout src/a.py", Some(vec!["src/a.py"])),
            ("git checkout HEAD~1 a.py", Some(vec!["a.py"])),
            ("git checkout .", Some(vec![])),
            ("git checkout package.json", Some(vec!["package.json"])),
            ("git checkout 10.x", None),
            ("git checkout release/2.x && pytest -q", None),
            ("git checkout v1.x", None),
            ("git checkout v2.0.0.beta", None),
            ("git checkout release/2.next", None),
            ("git checkout 10.x src/a.py", Some(vec!["src/a.py"])),
            ("git checkout 10.x -- notes", Some(vec!["notes"])),
            ("git checkout -b fix/a.py", None),
            ("git checkout -- .", Some(vec![])),
            ("git reset --hard HEAD~1", Some(vec![])),
            ("git restore --staged a.py", None),
            ("git reset HEAD~1", None),
            ("git checkout main", None),
        ] {
            let expected = expected.map(|files| files.into_iter().map(str::to_owned).collect());
            assert_eq!(throws_away(command), expected, "{command}");
        }
    }
}
