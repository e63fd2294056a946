//! Commands that only look: nothing is done with them about anything.

use super::classify::{base_name, program};
use super::repairs::git_verb;
use super::shell::{self, ShellCommand};

const LOOKS: &[&str] = &[
    "[", "ack", "ag", "awk", "basename", "bat", "cat", "cd", "column", "cut", "date", "df", "diff", "dirname", "du",
    "echo", "egrep", "env", "fd", "fgrep", "file", "find", "grep", "head", "hexdump", "jq", "less", "ls", "nl", "od",
    "printf", "ps", "pwd", "readlink", "realpath", "rg", "sed", "sleep", "sort", "stat", "tail", "test", "tr", "tree",
    "true", "type", "uniq", "wc", "which", "xxd",
];

const GIT_LOOKS: &[&str] = &[
    "blame",
    "branch",
    "cat-file",
    "config",
    "describe",
    "diff",
    "fetch",
    "grep",
    "log",
    "ls-files",
    "ls-remote",
    "ls-tree",
    "merge-base",
    "name-rev",
    "reflog",
    "remote",
    "rev-list",
    "rev-parse",
    "shortlog",
    "show",
    "status",
];

pub(crate) fn only_looks(command: &str) -> bool {
    let looks = |step: &ShellCommand| match (git_verb(step), program(step).first()) {
        (Some(verb), _) => GIT_LOOKS.contains(&verb),
        (None, Some(first)) if base_name(first) == "go" => {
            program(step).get(1).is_some_and(|verb| matches!(verb.as_str(), "doc" | "env" | "list" | "version"))
        }
        (None, Some(first)) => LOOKS.contains(&base_name(first)) && !edits_in_place(step) && !writes(step),
        (None, None) => true,
    };
    shell::steps(command).iter().all(looks)
}

fn edits_in_place(step: &ShellCommand) -> bool {
    let words = program(step);
    words.first().is_some_and(|word| base_name(word) == "sed") && words.iter().any(|word| word.starts_with("-i"))
}

fn writes(step: &ShellCommand) -> bool {
    super::shell_writes::files(program(step)).iter().any(|file| !file.starts_with("/tmp/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_looks_is_told_from_what_does_something() {
        for (command, expected) in [
            ("git status --short && git log --oneline -3", true),
            ("cd web; grep -rn total src | head -5", true),
            ("sed -n 1,5p a.py", true),
            ("sed -i s/a/b/ a.py", false),
            ("cat > a.py <<'E'\nx\nE", false),
            ("git checkout -b next && git status", false),
            ("cd go && go doc net/http | grep -i get", true),
            ("npm test", false),
            ("ssh host ls", false),
        ] {
            assert_eq!(only_looks(command), expected, "{command}");
        }
    }
}
