//! Commands that a wrapper, a task runner or the shell does not know: what was asked for did not run, and nothing was checked.

use super::colours::without_colours;

/// Beginnings of lines that say so, and words that stand in such lines.
const STARTS: &[&str] = &[
    "error: unrecognized subcommand",
    "error: no such command",
    "error: no such subcommand",
    "error: Script not found",
    "error: Justfile does not contain recipe",
    "error: unknown command",
    "error Command \"",
    "Unknown command:",
    "Error: unknown command",
    "Error: No such command",
    "Usage Error: Couldn't find a script named",
    "npm error Missing script",
    "npm ERR! Missing script",
    "npm error could not determine executable to run",
    "npm ERR! could not determine executable to run",
    "ERR_PNPM_NO_SCRIPT",
    "ERR_PNPM_RECURSIVE_RUN_NO_SCRIPT",
    "ERR_PNPM_RECURSIVE_EXEC_FIRST_FAIL  Command \"",
    "None of the selected packages has a",
    "task: Task \"",
    "make: *** No rule to make target",
    "gmake: *** No rule to make target",
];

/// The line in which an output says that a command is not known. Only where it stands among the first lines: a program that ran may
/// print the same of a command of its own.
pub(crate) fn unknown_command(output: &str) -> Option<String> {
    let output = without_colours(output);
    let first =
        output.lines().map(str::trim).filter(|line| !line.is_empty() && !is_of_the_runner(line)).take(FIRST_LINES);
    let says_so = |line: &&str| {
        let by_shell = line.ends_with(": command not found")
            || (line.ends_with(": not found") && (line.starts_with("sh: ") || line.starts_with("/bin/sh: ")))
            || (line.starts_with("zsh: command not found: ") || line.starts_with("fish: Unknown command: "))
            || (line.starts_with("The command '") && line.contains("' could not be found in this WSL"))
            || (line.starts_with("Command '") && line.contains("' not found, but can be installed with:"))
            || (line.contains("The term '") && line.contains("' is not recognized as "))
            || line.contains("is not recognized as an internal or external command")
            || (line.contains("No module named ") && line.contains("/python"));
        by_shell || STARTS.iter().any(|start| line.starts_with(start))
    };
    first.into_iter().find(|line| says_so(line)).map(str::to_owned)
}

/// The program that such a line names: `bash: line 1: go: command not found`.
pub(crate) fn program_in(line: &str) -> Option<&str> {
    const BEHIND: [&str; 2] = [": command not found", ": not found"];
    let named = BEHIND.iter().find_map(|words| line.strip_suffix(words)).and_then(|rest| rest.rsplit(": ").next());
    let last =
        || ["zsh: command not found: ", "fish: Unknown command: "].iter().find_map(|words| line.strip_prefix(words));
    let quoted = || line.contains("is not recognized as").then(|| line.split('\'').nth(1)).flatten();
    named.or_else(last).or_else(quoted).map(str::trim).filter(|name| !name.is_empty() && !name.contains(' '))
}

const FIRST_LINES: usize = 4;

/// `> shop@1.0.0 test`, `$ jest`, `Exit code 1`
fn is_of_the_runner(line: &str) -> bool {
    is_place_of_powershell(line)
        || line.starts_with("> ")
        || line.starts_with("$ ")
        || line.starts_with("Exit code ")
        || line.starts_with("npm warn")
}

/// The place that PowerShell 7 shows above its reason: `Line |`, `2 |  go test`, `|  ~~`. The reason stands behind a bar, too.
pub(crate) fn is_place_of_powershell(line: &str) -> bool {
    let Some((before, behind)) = line.split_once('|') else { return false };
    let (before, behind) = (before.trim(), behind.trim());
    let is_number = !before.is_empty() && before.bytes().all(|byte| byte.is_ascii_digit());
    line == "Line |" || is_number || (before.is_empty() && behind.bytes().all(|byte| byte == b'~'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_that_is_not_known_is_named() {
        for (line, expected) in [
            ("/usr/bin/bash: line 1: go: command not found", Some("go")),
            ("sh: 1: jest: not found", Some("jest")),
            ("zsh: command not found: ruff", Some("ruff")),
            ("go: The term 'go' is not recognized as a name of a cmdlet, function", Some("go")),
            ("make: *** No rule to make target 'chek'.  Stop.", None),
        ] {
            assert_eq!(program_in(line), expected, "{line}");
        }
    }

    #[test]
    fn what_a_wrapper_does_not_know_is_told_from_what_a_test_prints() {
        for (output, expected) in [
            ("error: unrecognized subcommand 'bun'\n\nUsage: rtk [OPTIONS] <COMMAND>", true),
            (
                "Exit code 1\n ERR_PNPM_RECURSIVE_RUN_NO_SCRIPT  None of the selected packages has a \"typecheck\" script",
                true,
            ),
            ("npm error Missing script: \"typecheck\"\nnpm error\nnpm error To see a list of scripts, run:", true),
            ("bash: pytst: command not found", true),
            ("sh: 1: jest: not found", true),
            ("> shop@1.0.0 test\n> jest\n\nsh: 1: jest: not found", true),
            ("/usr/bin/python3: No module named pytest", true),
            ("The command 'docker' could not be found in this WSL 2 distro.\nWe recommend to activate", true),
            ("Command 'shellcheck' not found, but can be installed with:\nsudo apt install shellcheck", true),
            ("zsh: command not found: ruff", true),
            (
                "go: The term 'go' is not recognized as a name of a cmdlet, function, script file, or executable program.\nCheck",
                true,
            ),
            (
                "ruff: \nLine |\n   2 |  ruff check .\n     |  ~~~~\n     | The term 'ruff' is not recognized as a name of a cmdlet, \n",
                true,
            ),
            ("'tsc' is not recognized as an internal or external command,\noperable program or batch file.", true),
            ("make: *** No rule to make target 'chek'.  Stop.", true),
            ("1 failed\n2\n3\n4\nbash: x: command not found", false),
            ("error: could not compile `shop`", false),
            ("", false),
        ] {
            assert_eq!(unknown_command(output).is_some(), expected, "{output}");
        }
    }
}
