//! The git that runs a hook, as Linux shows it: git itself tells the hooks nothing of `git push --dry-run`.

use std::fs;
use std::path::Path;

/// Shells and hook managers between git and this program.
const MOST_BETWEEN: usize = 8;

/// Whether the nearest git above this process, whose parent is `parent`, was told to try a push only. `false` where that
/// cannot be seen: on other systems, and where an alias in git's configuration holds the option.
pub fn only_tries(parent: u32) -> bool {
    let arguments = arguments(parent).unwrap_or_default();
    arguments.iter().take_while(|argument| *argument != b"--").any(|argument| is_dry_run(argument))
}

/// Whether that git was told to push by force, all or some of its branches. `None` where that cannot be seen.
pub fn forces(parent: u32) -> Option<bool> {
    let arguments = arguments(parent)?;
    let push = arguments.iter().position(|argument| argument == b"push")?;
    let is_forced = |argument: &Vec<u8>| argument.starts_with(b"+") || is_force(argument);
    Some(arguments[push + 1..].iter().any(is_forced))
}

/// What the nearest git above was called with, after its own name.
fn arguments(parent: u32) -> Option<Vec<Vec<u8>>> {
    let mut process = parent;
    for _ in 0..MOST_BETWEEN {
        let folder = Path::new("/proc").join(process.to_string());
        let command = fs::read(folder.join("cmdline")).ok()?;
        let mut arguments = command.split(|byte| *byte == 0);
        let program = arguments.next().unwrap_or_default();
        if program.rsplit(|byte| *byte == b'/').next() == Some(b"git") {
            return Some(arguments.map(<[u8]>::to_vec).collect());
        }
        // After the name in parentheses, which may hold anything: state, parent (proc(5)).
        let stat = fs::read_to_string(folder.join("stat")).ok()?;
        let above = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(1)?.parse().ok());
        process = above.filter(|above| *above > 1)?;
    }
    None
}

/// `--force` and its kind, as far as git needs it to know the option, `--mirror`, and `-f` among other options of one letter.
fn is_force(argument: &[u8]) -> bool {
    if argument.starts_with(b"--") {
        let name = argument.split(|byte| *byte == b'=').next().unwrap_or_default();
        let is_long = |option: &[u8]| name.len() >= 5 && option.starts_with(name);
        return is_long(b"--force-with-lease") || is_long(b"--mirror");
    }
    argument.starts_with(b"-")
        && argument.contains(&b'f')
        && argument[1..].iter().all(|byte| b"vqnfud46".contains(byte))
}

/// `--dry-run`, as far as git needs it to know the option, and `-n`, also among other options of one letter.
fn is_dry_run(argument: &[u8]) -> bool {
    if argument.starts_with(b"--") {
        return argument.len() >= 4 && b"--dry-run".starts_with(argument);
    }
    argument.starts_with(b"-")
        && argument.contains(&b'n')
        && argument[1..].iter().all(|byte| b"vqnfud46".contains(byte))
}

#[cfg(test)]
mod tests {
    use super::{is_dry_run, is_force};

    #[test]
    fn a_push_by_force_is_known_in_every_form() {
        for argument in
            ["--force", "--forc", "-f", "-fu", "-uf", "--force-with-lease", "--force-with-lease=main:1234", "--mirror"]
        {
            assert!(is_force(argument.as_bytes()), "{argument}");
        }
        for argument in ["--force-if-includes", "--follow-tags", "-u", "--no-force", "main", "-ofast", "-", ""] {
            assert!(!is_force(argument.as_bytes()), "{argument}");
        }
    }

    #[test]
    fn the_option_is_known_in_every_form() {
        for argument in ["--dry-run", "--dry", "-n", "-fn", "-nu"] {
            assert!(is_dry_run(argument.as_bytes()), "{argument}");
        }
        for argument in ["--no-verify", "--delete", "-u", "-onotify", "main", "--d", "-"] {
            assert!(!is_dry_run(argument.as_bytes()), "{argument}");
        }
    }
}
