//! Lock files, and the commands of package managers that write them: thousands of lines that no edit has and that nobody wrote.

use super::classify::{base_name, program};
use super::shell;
use crate::text::paths;

/// Names of lock files, with the programs that write each and the words with which they do; without words they do with any.
const LOCKS: &[(&str, &[&str], &[&str])] = &[
    ("Cargo.lock", &["cargo"], &[]),
    ("Gemfile.lock", &["bundle", "bundler"], &["install", "add", "update", "lock", "remove"]),
    ("Package.resolved", &["swift"], &[]),
    ("Pipfile.lock", &["pipenv"], &["install", "lock", "update", "uninstall"]),
    ("Podfile.lock", &["pod"], &["install", "update"]),
    ("bun.lock", &["bun"], NODE),
    ("bun.lockb", &["bun"], NODE),
    ("composer.lock", &["composer"], &["install", "require", "update", "remove"]),
    ("deno.lock", &["deno"], &[]),
    ("flake.lock", &["nix"], &[]),
    // Who asks for a version with `go get` writes no line of it.
    ("go.mod", &["go"], &["get", "mod"]),
    ("go.sum", &["go"], &["get", "mod", "work", "install"]),
    ("mix.lock", &["mix"], &["deps.get", "deps.update", "deps.unlock"]),
    ("npm-shrinkwrap.json", &["npm"], NODE),
    ("package-lock.json", &["npm"], NODE),
    ("packages.lock.json", &["dotnet"], &["add", "restore", "build"]),
    ("pdm.lock", &["pdm"], &["install", "add", "update", "lock", "remove", "sync"]),
    ("pixi.lock", &["pixi"], &["install", "add", "update", "lock", "remove"]),
    ("pnpm-lock.yaml", &["pnpm"], NODE),
    ("poetry.lock", &["poetry"], &["install", "add", "update", "lock", "remove"]),
    ("pubspec.lock", &["dart", "flutter"], &["pub", "get", "upgrade"]),
    ("uv.lock", &["uv"], &["add", "sync", "lock", "remove", "run"]),
    ("yarn.lock", &["yarn"], NODE),
];
const NODE: &[&str] =
    &["install", "i", "add", "ci", "uninstall", "remove", "rm", "update", "up", "upgrade", "dedupe", "audit"];

pub(crate) fn is_lock_file(path: &str) -> bool {
    lock(path).is_some()
}

/// Whether a command runs the package manager that writes this lock file.
pub(crate) fn writes_lock(command: &str, path: &str) -> bool {
    let Some((_, programs, verbs)) = lock(path) else { return false };
    if !programs.iter().any(|program| command.contains(program)) {
        return false;
    }
    shell::steps(command).iter().any(|step| {
        let Some((first, rest)) = program(step).split_first() else { return false };
        let mut words = rest.iter().map(String::as_str).filter(|word| !word.starts_with('-'));
        let mut is_verb = || match words.next() {
            // `yarn` alone installs.
            None => base_name(first) == "yarn",
            Some(verb) => verbs.contains(&verb) || words.next().is_some_and(|next| verbs.contains(&next)),
        };
        programs.contains(&base_name(first)) && (verbs.is_empty() || is_verb())
    })
}

fn lock(path: &str) -> Option<&'static (&'static str, &'static [&'static str], &'static [&'static str])> {
    let name = paths::name(path);
    LOCKS.iter().find(|(lock, ..)| *lock == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_file_is_written_by_its_own_package_manager_where_that_installs() {
        for (command, path, expected) in [
            ("npm install", "package-lock.json", true),
            ("cd web && npm install -D vite 2>&1 | tail -3", "web/package-lock.json", true),
            ("npm --prefix web install vite", "web/package-lock.json", true),
            ("yarn", "yarn.lock", true),
            ("yarn test", "yarn.lock", false),
            ("npm test", "package-lock.json", false),
            ("npm run build", "package-lock.json", false),
            ("npm install", "pnpm-lock.yaml", false),
            ("pnpm add zod", "pnpm-lock.yaml", true),
            ("cargo test", "Cargo.lock", true),
            ("go mod tidy", "go.sum", true),
            ("go get example.com/price@v2", "go.mod", true),
            ("go build ./...", "go.mod", false),
            ("go test ./...", "go.sum", false),
            ("uv add httpx", "uv.lock", true),
            ("echo npm install", "package-lock.json", false),
            ("npm install", "package.json", false),
        ] {
            assert_eq!(writes_lock(command, path), expected, "{command}: {path}");
        }
    }
}
