//! Commands that print the log of a run of CI.

use super::classify::program;
use super::shell;

/// Whether the command prints the log of a run of CI, which is read and not run: `gh run view 1 --log-failed`.
pub(crate) fn reads_log_of_ci(command: &str) -> bool {
    if !command.contains("gh ") && !command.contains("glab ") {
        return false;
    }
    shell::steps(command).iter().any(|step| {
        let words = program(step);
        let plain: Vec<&str> = words.iter().map(String::as_str).filter(|word| !word.starts_with('-')).collect();
        let has = |wanted: &str| words.iter().any(|word| word == wanted);
        match plain.as_slice() {
            ["gh", "run", "view", ..] => has("--log-failed") || has("--log"),
            ["gh", "api", path, ..] => path.ends_with("/logs"),
            ["glab", "ci", "trace", ..] => true,
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_of_a_run_is_told_from_its_list() {
        for (command, expected) in [
            ("gh run view 1 --log-failed", true),
            ("gh run view 1 --log-failed 2>&1 | tail -80", true),
            ("sleep 5 && gh run view --job 2 --log", true),
            ("gh run view 1", false),
            ("gh run list --limit 3", false),
            ("gh api repos/a/b/actions/jobs/1/logs", true),
            ("gh pr view 1 --comments", false),
            ("glab ci trace 12", true),
        ] {
            assert_eq!(reads_log_of_ci(command), expected, "{command}");
        }
    }
}
