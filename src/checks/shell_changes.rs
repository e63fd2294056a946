//! Files that a command changes by its own words: written by a redirection, a here-document or a script in one, moved, removed.

use std::ops::Range;

use super::classify::{base_name, classify_program, program};
use super::languages::rewrites_none;
use super::shell::{self, ShellCommand};
use super::{rewrites, shell_writes};
use crate::text::paths;

/// Programs that change all the files that they are given.
const CHANGES: [&str; 5] = ["rm", "mv", "unlink", "rmdir", "truncate"];
/// Programs that run a script of their arguments or input.
const SCRIPTS: [&str; 8] = ["python", "python3", "py", "node", "ruby", "perl", "php", "deno"];
/// What a script that writes files has in it.
const WRITES: [&str; 12] = [
    "write", "open(", "unlink", "remove", "rename", "rmtree", "shutil", "replace(", "truncate", "mkdir", "move", "copy",
];

/// The places among the steps of a command of those that rewrite files, or change one of these.
pub(crate) fn places(command: &str, files: &[&str]) -> Vec<usize> {
    let mut found = rewrites::places(command);
    let changed = |(place, step): (usize, &ShellCommand)| changes(command, step, files).then_some(place);
    found.extend(shell::steps(command).iter().enumerate().filter_map(changed));
    found.sort_unstable();
    found.dedup();
    found
}

/// Whether the step of a command at `place` is a formatter of one language, and none of the files is in it.
pub(crate) fn formats_others(command: &str, place: usize, files: &[&str]) -> bool {
    shell::steps(command).get(place).is_some_and(|step| rewrites_none(program(step), files))
}

fn changes(command: &str, step: &ShellCommand, files: &[&str]) -> bool {
    let words = program(step);
    // What a check writes is its report, and a new folder holds nothing yet.
    if classify_program(words).is_some() || words.first().is_some_and(|first| base_name(first) == "mkdir") {
        return false;
    }
    if shell_writes::files(words).iter().any(|file| is_among(file, files))
        || named(words).iter().any(|file| is_among(file, files))
    {
        return true;
    }
    let Some(first) = words.first() else { return false };
    let text = |range: &Range<usize>| command.get(range.clone()).unwrap_or_default();
    let runs = SCRIPTS.iter().any(|script| base_name(first).starts_with(script));
    let script = || std::iter::once(&step.place).chain(&step.documents).map(text);
    runs && script().any(|text| WRITES.iter().any(|word| text.contains(word)))
        && script().any(|text| files.iter().any(|file| text.contains(paths::name(file))))
}

/// The files that a program is told to remove, move or copy.
fn named(words: &[String]) -> Vec<&str> {
    let Some((first, rest)) = words.split_first() else { return Vec::new() };
    let plain = |words: &[String]| -> usize { words.iter().take_while(|word| word.starts_with('-')).count() };
    let arguments: &[String] = match base_name(first) {
        // What it copies from stays as it is.
        "cp" | "install" | "rsync" | "ln" => &rest[rest.len().saturating_sub(1)..],
        name if CHANGES.contains(&name) => rest,
        "git" => match rest.get(plain(rest)).map(String::as_str) {
            Some("mv" | "rm") => &rest[plain(rest) + 1..],
            _ => &[],
        },
        _ => &[],
    };
    arguments.iter().map(String::as_str).filter(|word| !word.starts_with('-')).collect()
}

/// The files to which a command gives another name, each with that name.
pub(crate) fn renamed(command: &str) -> Vec<(String, String)> {
    if !command.contains("mv") {
        return Vec::new();
    }
    let steps = shell::steps(command);
    let moves = steps.iter().map(program).filter(|words| match words.first().map(|first| base_name(first)) {
        Some("mv") => true,
        Some("git") => words.iter().any(|word| word == "mv"),
        _ => false,
    });
    let pair = |words: &[String]| match named(words)[..] {
        // A folder takes files in by their names.
        [from, to] if !to.ends_with(['/', '.']) => Some((from.to_owned(), to.to_owned())),
        _ => None,
    };
    moves.filter_map(pair).collect()
}

/// Whether a name in a command means one of the files, a folder above one, or may by its pattern.
fn is_among(named: &str, files: &[&str]) -> bool {
    let named = named.trim_end_matches('/');
    let last = paths::name_anywhere(named);
    if let Some((_, end)) = last.rsplit_once('*') {
        return files.iter().any(|file| file.ends_with(end));
    }
    !last.is_empty() && files.iter().any(|file| file.split('/').any(|part| part == last))
}

/// The files of the work tree that a command leaves changed or takes away, by names that are relative to a folder in it. What it
/// makes and takes away again is none.
///
/// `begins_here` says whether the command began in the work tree, `is_here` whether an absolute folder is in it: what is written behind
/// `cd "$(mktemp -d)"` lies elsewhere.
pub(crate) fn relative(command: &str, begins_here: bool, is_here: &dyn Fn(&str) -> bool) -> Vec<String> {
    let is_relative = |file: &str| {
        !file.starts_with(['/', '~', '$', '-']) && !file.starts_with("..") && !file.contains(['*', '$', '`', ':'])
    };
    let steps = shell::steps(command);
    let mut changes: Vec<(&str, bool)> = Vec::new();
    let (mut here, mut outer) = (begins_here, Vec::new());
    for step in &steps {
        outer.extend(std::iter::repeat_n(here, step.opened));
        match program(step) {
            [first, folder, ..] if first == "cd" || first == "pushd" => here = enters(folder, here, is_here),
            words if !step.piped && here && classify_program(words).is_none() => {
                changes.extend(changed_by(words).into_iter().filter(|(file, _)| is_relative(file)));
            }
            _ => {}
        }
        for _ in 0..step.closed {
            here = outer.pop().unwrap_or(here);
        }
    }
    let of_file = |file: &str| {
        let mut of_it = changes.iter().filter(|(other, _)| *other == file).map(|(_, is_gone)| *is_gone);
        let first = of_it.next().unwrap_or_default();
        (first, of_it.next_back().unwrap_or(first))
    };
    let mut files: Vec<String> = Vec::new();
    for (file, _) in &changes {
        if of_file(file) != (false, true) && !files.iter().any(|known| known == file) {
            files.push((*file).to_owned());
        }
    }
    files
}

/// Whether the shell is in the work tree once it has entered a folder.
fn enters(folder: &str, here: bool, is_here: &dyn Fn(&str) -> bool) -> bool {
    match folder {
        _ if folder.starts_with(['/', '~']) || folder.get(1..2) == Some(":") => is_here(folder),
        // Of the repository's root, and of the folder that it is in.
        _ if folder.contains("git rev-parse") || folder.contains("pwd") => here,
        _ => here && !folder.contains(['$', '`']),
    }
}

/// The file in which a program notes a dependency that it adds or removes: `cargo add`, `npm install left-pad`.
fn manifest(words: &[String]) -> Option<&'static str> {
    let (first, rest) = words.split_first()?;
    let (verb, named) = rest.split_first()?;
    // `npm install` alone installs what is noted.
    let names_one =
        named.iter().any(|word| !word.starts_with(['-', '.', '/']) && shell_writes::redirection(word).is_none());
    let file = match (base_name(first), verb.as_str()) {
        ("cargo", "add" | "remove" | "rm") => "Cargo.toml",
        ("npm", "install" | "i" | "add" | "uninstall") | ("pnpm" | "yarn" | "bun", "add" | "remove") => "package.json",
        ("uv" | "poetry", "add" | "remove") => "pyproject.toml",
        ("go", "get") => "go.mod",
        _ => return None,
    };
    let is_aside = named.iter().any(|word| matches!(word.as_str(), "-g" | "--global" | "--no-save" | "--dry-run"));
    (names_one && !is_aside).then_some(file)
}

/// The files that a program changes, each with whether it is gone then.
fn changed_by(words: &[String]) -> Vec<(&str, bool)> {
    let name = words.first().map_or("", |word| base_name(word));
    if let Some(file) = manifest(words) {
        return vec![(file, false)];
    }
    match (name, named(words)) {
        ("cp" | "install" | "rsync" | "ln", _) => written(words),
        ("mv", named) | ("git", named) if name == "mv" || words.iter().any(|word| word == "mv") => {
            let last = named.len().saturating_sub(1);
            named.into_iter().enumerate().map(|(place, file)| (file, place < last)).collect()
        }
        ("rm" | "unlink" | "rmdir" | "git", named) if !named.is_empty() => {
            named.into_iter().map(|file| (file, true)).collect()
        }
        _ => written(words),
    }
}

fn written(words: &[String]) -> Vec<(&str, bool)> {
    shell_writes::files(words).into_iter().map(|file| (file, false)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_says_what_it_calls_a_file() {
        for (command, expected) in [
            ("git mv a.py b.py", vec![("a.py", "b.py")]),
            ("cd src && mv -f a.py b.py && git add -A", vec![("a.py", "b.py")]),
            ("git mv a.py lib/", vec![]),
            ("mv a.py b.py lib", vec![]),
            ("git rm a.py b.py", vec![]),
        ] {
            let found = renamed(command);
            let found: Vec<(&str, &str)> = found.iter().map(|(from, to)| (from.as_str(), to.as_str())).collect();
            assert_eq!(found, expected, "{command}");
        }
    }

    #[test]
    fn a_command_that_changes_a_file_of_the_commit_is_found() {
        let files = ["src/two.py", "base.py", "pkg/deep/three.py"];
        for (command, expected) in [
            ("cat > base.py <<'E'\nx = 1\nE", vec![0]),
            ("cat >> ./base.py <<'E'\nx = 1\nE", vec![0]),
            ("echo x | tee -a src/two.py", vec![1]),
            ("python3 - <<'E'\nopen('base.py', 'w').write('x')\nE", vec![0]),
            ("python -c \"import os; os.remove('src/two.py')\"", vec![0]),
            ("mv base.py other.py", vec![0]),
            ("mkdir pkg; mv two.py pkg/", vec![1]),
            ("git mv src/old.py src/two.py", vec![0]),
            ("git rm -q base.py", vec![0]),
            ("rm -rf pkg", vec![0]),
            ("rm src/*.py", vec![0]),
            ("truncate -s 0 base.py", vec![0]),
            ("sed -i s/a/b/ base.py", vec![0]),
            ("cp /tmp/x base.py", vec![0]),
            ("cp base.py /tmp/x", vec![]),
            ("pytest -q base.py > out.log", vec![]),
            ("cat base.py", vec![]),
            ("echo done > /tmp/log", vec![]),
            ("rm other.py", vec![]),
            ("python3 - <<'E'\nprint(open('other.py').read())\nE", vec![]),
            ("git add base.py && git status", vec![]),
            ("grep -n x base.py > /tmp/found", vec![]),
        ] {
            assert_eq!(places(command, &files), expected, "{command}");
        }
    }

    #[test]
    fn files_of_the_work_tree_are_named_by_relative_paths() {
        for (command, expected) in [
            ("cat > dep.py <<'E'\nx\nE", vec!["dep.py"]),
            ("sed -i s/a/b/ src/base.py", vec!["src/base.py"]),
            ("git rm -q old.py", vec!["old.py"]),
            ("echo x > /tmp/a.py", vec![]),
            ("pytest -q > out.py", vec![]),
            ("cat a.py", vec![]),
            ("echo x > \"$TMP/a.py\"", vec![]),
            ("echo x > a.py; python a.py; rm a.py", vec![]),
            ("echo x > a.py; echo y >> a.py", vec!["a.py"]),
            ("git rm -q --cached old.py && rm old.py", vec!["old.py"]),
            ("rm a.py; echo x > a.py", vec!["a.py"]),
            ("mv old.py new.py", vec!["old.py", "new.py"]),
            ("git mv old.py new.py", vec!["old.py", "new.py"]),
            ("cp a.py b.py", vec!["b.py"]),
            ("touch a.py && mv a.py b.py", vec!["b.py"]),
            ("cargo add rand --dev", vec!["Cargo.toml"]),
            ("npm install left-pad", vec!["package.json"]),
            ("uv add requests 2>&1", vec!["pyproject.toml"]),
            ("npm install", vec![]),
            ("npm install -g left-pad", vec![]),
            ("npm install 2>/dev/null", vec![]),
            ("go get ./...", vec![]),
            ("cd /w/shop/api && cat > dep.py <<'E'\nx\nE", vec!["dep.py"]),
            ("proj=$(mktemp -d); cd \"$proj\"; cat > dep.py <<'E'\nx\nE", vec![]),
            ("(cd /tmp/x && echo a > b.py); echo a > c.py", vec!["c.py"]),
        ] {
            assert_eq!(relative(command, true, &|folder| folder.starts_with("/w/shop")), expected, "{command}");
        }
    }
}
