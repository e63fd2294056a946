//! What a program of a shell command leaves behind, as far as its words tell: the files that it writes, and commits.

use super::classify::{base_name, program};
use super::shell;

fn is_program(word: &str, names: &[&str]) -> bool {
    names.contains(&base_name(word))
}

/// Whether the words name a program that makes or rewrites commits, or applies patches.
pub(super) fn commits(words: &[String]) -> bool {
    const MAKES: &[&str] = &["commit", "merge", "cherry-pick", "revert", "rebase", "am", "apply", "describe", "amend"];
    let Some(place) = words.iter().position(|word| is_program(word, &["git", "jj", "sl"])) else { return false };
    verb_of(&words[place + 1..]).is_some_and(|verb| MAKES.contains(&verb))
}

/// Whether a command makes a commit of what was changed: `git commit`, also with options before the verb, and what runs it.
pub(crate) fn runs_commit(command: &str) -> bool {
    if command.contains("git commit") {
        return true;
    }
    let may_be = (command.contains("git ") && command.contains(" commit")) || command.contains("gt ");
    may_be
        && shell::steps(command).iter().any(|step| match program(step) {
            [first, verb, ..] if base_name(first) == "gt" => matches!(verb.as_str(), "create" | "c" | "modify" | "m"),
            words @ [first, ..] if base_name(first) == "git" => verb_of(&words[1..]) == Some("commit"),
            _ => false,
        })
}

/// The verb of `git`, behind options that take a value and others.
pub(crate) fn verb_of(words: &[String]) -> Option<&str> {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "-C" | "-c" | "--git-dir" | "--work-tree" => drop(words.next()),
            word if word.starts_with('-') => {}
            verb => return Some(verb),
        }
    }
    None
}

/// The files that a program writes: where its output goes, and those that it is told to write. `words` begin with the
/// program.
pub(crate) fn files(words: &[String]) -> Vec<&str> {
    let mut files = Vec::new();
    let mut arguments: Vec<&str> = Vec::new();
    let mut is_target = false;
    for word in words {
        let output = redirection(word).filter(|_| !is_target);
        match output {
            _ if is_target => files.push(word.as_str()),
            Some((true, "")) => {}
            Some((true, file)) => files.push(file),
            Some((false, _)) => {}
            None => arguments.push(word),
        }
        is_target = output == Some((true, ""));
    }
    files.extend(told(&arguments));
    files.retain(|file| !file.starts_with("/dev/") && !file.starts_with('&'));
    files
}

/// Whether a word sends output to a file (`>out`, `2>>`, `&>|x`; `<in` does not), and what it names.
pub(super) fn redirection(word: &str) -> Option<(bool, &str)> {
    let (before, after) = word.split_at(word.find(['>', '<'])?);
    let is_one = before.bytes().all(|byte| byte.is_ascii_digit() || byte == b'&');
    is_one.then(|| (after.starts_with('>'), after.trim_start_matches(['>', '<', '|'])))
}

/// Whether a program is known to change no file but those that [`files`] and [`commits`] tell of, or the ones that it is told
/// where it works.
pub(super) fn only_reads(words: &[String]) -> bool {
    const READERS: &[&str] = &[
        ".",
        "[",
        "[[",
        "ack",
        "ag",
        "awk",
        "basename",
        "bat",
        "cat",
        "cd",
        "chgrp",
        "chmod",
        "chown",
        "cksum",
        "cmp",
        "column",
        "comm",
        "cp",
        "cut",
        "dd",
        "df",
        "diff",
        "dirname",
        "du",
        "echo",
        "egrep",
        "env",
        "exit",
        "export",
        "expr",
        "false",
        "fd",
        "fgrep",
        "file",
        "git",
        "grep",
        "gsed",
        "head",
        "hexdump",
        "if",
        "install",
        "jq",
        "less",
        "ln",
        "ls",
        "md5sum",
        "mkdir",
        "more",
        "mv",
        "nl",
        "od",
        "patch",
        "printf",
        "pwd",
        "readlink",
        "realpath",
        "return",
        "rg",
        "rm",
        "rmdir",
        "rsync",
        "sed",
        "set",
        "sha1sum",
        "sha256sum",
        "shasum",
        "shred",
        "sleep",
        "source",
        "stat",
        "strings",
        "tac",
        "tail",
        "tee",
        "test",
        "touch",
        "tr",
        "tree",
        "true",
        "truncate",
        "type",
        "uniq",
        "unlink",
        "unset",
        "wait",
        "wc",
        "which",
        "while",
        "xxd",
    ];
    let Some(program) = words.first() else { return true };
    match base_name(program) {
        "find" => !words.iter().any(|word| matches!(word.as_str(), "-delete" | "-exec" | "-execdir" | "-ok")),
        name => READERS.contains(&name),
    }
}

/// The paths in a script that is handed to an interpreter in its words or its input.
pub(super) fn paths_of_script<'a>(words: &'a [String], documents: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    const INTERPRETERS: &[&str] =
        &["bun", "deno", "ed", "ex", "node", "osascript", "perl", "php", "pwsh", "python", "ruby", "tsx", "vim"];
    let name = words.first().map_or("", |word| base_name(word));
    if !INTERPRETERS.contains(&name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.')) {
        return Vec::new();
    }
    let is_of_path = |c: char| c.is_alphanumeric() || "/._-~+@".contains(c);
    let is_path = |word: &&str| word.len() > 2 && ["/", "~/", "../"].iter().any(|start| word.starts_with(start));
    let texts = words[1..].iter().map(String::as_str).chain(documents);
    texts.flat_map(|text| text.split(|c| !is_of_path(c))).filter(is_path).collect()
}

fn told<'a>(words: &[&'a str]) -> Vec<&'a str> {
    let Some((program, arguments)) = words.split_first() else { return Vec::new() };
    let is_option = |word: &&&str| word.starts_with('-') && word.len() > 1;
    let plain = || arguments.iter().filter(|word| !is_option(word)).copied();
    let behind = |option: &str| {
        let place = arguments.iter().position(|word| *word == option)?;
        arguments.get(place + 1).copied()
    };
    match base_name(program) {
        "tee" | "touch" | "truncate" | "rm" | "rmdir" | "unlink" | "shred" | "mkdir" => plain().collect(),
        "chmod" | "chown" | "chgrp" => plain().skip(1).collect(),
        "sed" | "gsed" | "perl"
            if arguments
                .iter()
                .any(|word| word.starts_with("-i") || *word == "--in-place" || word.starts_with("-pi")) =>
        {
            // The script is no file: it stands behind `-e`, or first.
            let is_script = |word: &str| word.starts_with('-') && !word.starts_with("--") && word.ends_with(['e', 'f']);
            let mut files: Vec<&str> = Vec::new();
            let mut has_script = false;
            let mut words = arguments.iter();
            while let Some(word) = words.next() {
                if is_script(word) {
                    has_script = true;
                    words.next();
                } else if !word.starts_with('-') {
                    files.push(word);
                }
            }
            files.drain(..usize::from(!has_script && !files.is_empty()));
            files
        }
        "cp" | "mv" | "install" | "ln" | "rsync" => {
            let last = || plain().last().filter(|_| plain().count() > 1);
            behind("-t").or_else(last).into_iter().collect()
        }
        "dd" => arguments.iter().filter_map(|word| word.strip_prefix("of=")).collect(),
        "patch" => behind("-d").into_iter().chain(behind("-o")).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(command: &str) -> Vec<String> {
        command.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn a_commit_is_found_whatever_stands_before_its_verb() {
        for (command, expected) in [
            ("git add -A && git commit -m x", true),
            ("git -C /w/shop add a.py && git -C /w/shop commit --amend --no-edit 2>&1", true),
            ("git -c user.name=a commit -qm x", true),
            ("gt create -a -m 'Add a cart'", true),
            ("gt submit --no-interactive", false),
            ("git -C /w/shop log --grep ' commit'", false),
            ("git show commit", false),
            ("echo git and commit", false),
        ] {
            assert_eq!(runs_commit(command), expected, "{command}");
        }
    }

    #[test]
    fn what_a_program_writes_is_named() {
        for (command, expected) in [
            ("cat >a", vec!["a"]),
            ("cat > a", vec!["a"]),
            ("cat >> a", vec!["a"]),
            ("make 2>&1 1>|a", vec!["a"]),
            ("make &> a", vec!["a"]),
            ("wc < a", vec![]),
            ("ls >/dev/null 2>&1", vec![]),
            ("tee -a a b", vec!["a", "b"]),
            ("sed -i s/a/b/ c d", vec!["c", "d"]),
            ("sed -i -e s/a/b/ c", vec!["c"]),
            ("sed s/a/b/ c", vec![]),
            ("perl -pi -e s/a/b/ c", vec!["c"]),
            ("cp a b", vec!["b"]),
            ("mv -t a b", vec!["a"]),
            ("dd if=a of=b", vec!["b"]),
            ("patch -p1 -d a", vec!["a"]),
            ("echo a", vec![]),
        ] {
            assert_eq!(files(&words(command)), expected, "{command}");
        }
    }

    #[test]
    fn what_commits_is_told_from_what_looks() {
        for (command, expected) in [
            ("git commit -m x", true),
            ("git -C /a -c b.c=d commit", true),
            ("git --git-dir=/a/.git --work-tree=/a commit", true),
            ("git --git-dir /a/.git cherry-pick x", true),
            ("git apply x", true),
            ("/usr/bin/git commit", true),
            ("jj describe -m x", true),
            ("git log", false),
            ("git -C commit log", false),
            ("ls commit", false),
        ] {
            assert_eq!(commits(&words(command)), expected, "{command}");
        }
    }
}
