//! The git that runs a hook, as Linux shows it: git itself tells the hooks nothing of `git push --dry-run`.

use std::fs;
use std::path::Path;

/// Shells and hook managers between git and this program.
const MOST_BETWEEN: usize = 8;

/// Whether the nearest git above this process, whose parent is `parent`, was told to try a push only. `false` where that
/// cannot be seen: on other systems, and where an alias in git's configuration holds the option.
pub fn only_tries(parent: u32) -> bool {
    let mut process = parent;
    for _ in 0..MOST_BETWEEN {
        let folder = Path::new("/proc").join(process.to_string());
        let Ok(command) = fs::read(folder.join("cmdline")) else { return false };
        let mut arguments = command.split(|byte| *byte == 0);
        let program = arguments.next().unwrap_or_default();
        if program.rsplit(|byte| *byte == b'/').next() == Some(b"git") {
            return arguments.take_while(|argument| *argument != b"--").any(is_dry_run);
        }
        // After the name in parentheses, which may hold anything: state, parent (proc(5)).
        let Ok(stat) = fs::read_to_string(folder.join("stat")) else { return false };
        let above = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(1)?.parse().ok());
        let Some(above) = above.filter(|above| *above > 1) else { return false };
        process = above;
    }
    false
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
    use super::is_dry_run;

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
