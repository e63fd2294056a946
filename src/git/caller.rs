//! The git that runs a hook, as Linux shows it: git itself tells the hooks nothing of `git push --dry-run`.

use std::fs;
use std::path::Path;

/// Shells and hook managers between git and this program.
const MOST_BETWEEN: usize = 8;

/// Whether the nearest git above this process, whose parent is `parent`, was told to try a push only. `false` where that
/// cannot be seen: on other systems, and where an alias in git's configuration holds the option.
pub(crate) fn only_tries(parent: u32) -> bool {
    let arguments = arguments(parent).unwrap_or_default();
    arguments.iter().take_while(|argument| *argument != b"--").any(|argument| is_dry_run(argument))
}

/// Whether that git was told to push by force, all or some of its branches. `None` where that cannot be seen.
pub(crate) fn forces(parent: u32) -> Option<bool> {
    let arguments = arguments(parent)?;
    let push = arguments.iter().position(|argument| argument == b"push")?;
    let is_forced = |argument: &Vec<u8>| argument.starts_with(b"+") || is_force(argument);
    Some(arguments[push + 1..].iter().any(is_forced))
}

/// Whether git, the process `git`, was told to make the last commit anew. `false` where that cannot be seen, as for
/// [`only_tries`].
pub(crate) fn amends(git: u32) -> bool {
    let told = fs::read(Path::new("/proc").join(git.to_string()).join("cmdline")).unwrap_or_default();
    // As far as git needs it to know the option.
    told.split(|byte| *byte == 0).any(|argument| argument.len() >= 4 && b"--amend".starts_with(argument))
}

/// What a push was told, as far as it says which references go together.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Push {
    /// All or none of them.
    pub is_atomic: bool,
    /// All branches, or those that the remote has too.
    pub is_all: bool,
    /// Those that were named, without `tag` and its name.
    pub refspecs: Vec<String>,
}

/// What that git was told to push; `None` where it cannot be seen.
pub(crate) fn push(parent: u32) -> Option<Push> {
    let arguments = arguments(parent)?;
    let push = arguments.iter().position(|argument| argument == b"push")?;
    Some(told(&arguments[push + 1..]))
}

fn told(arguments: &[Vec<u8>]) -> Push {
    let mut push = Push::default();
    let mut words = Vec::new();
    let mut arguments = arguments.iter().map(|argument| String::from_utf8_lossy(argument));
    let is_long = |argument: &str, option: &str, least: usize| argument.len() >= least && option.starts_with(argument);
    let mut ends = false;
    while let Some(argument) = arguments.next() {
        let argument = argument.as_ref();
        match argument {
            _ if ends || !argument.starts_with('-') || argument == "-" => words.push(argument.to_owned()),
            "--" => ends = true,
            // Options whose value may be an argument of its own.
            "-o" | "--push-option" | "--repo" | "--receive-pack" | "--exec" | "--recurse-submodules" => {
                arguments.next();
            }
            _ if is_long(argument, "--atomic", 4) => push.is_atomic = true,
            _ if is_long(argument, "--no-atomic", 7) => push.is_atomic = false,
            _ if is_long(argument, "--mirror", 4)
                || is_long(argument, "--branches", 4)
                || is_long(argument, "--all", 4) =>
            {
                push.is_all = true
            }
            _ => {}
        }
    }
    let mut words = words.into_iter().skip(1);
    while let Some(word) = words.next() {
        if word == "tag" { drop(words.next()) } else { push.refspecs.push(word) }
    }
    push
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
    use super::{Push, is_dry_run, is_force, told};

    #[test]
    fn what_goes_together_is_known_in_every_form() {
        for (line, is_atomic, is_all, refspecs) in [
            ("origin main side", false, false, "main side"),
            ("--atomic origin main", true, false, "main"),
            ("origin main --atom HEAD:x", true, false, "main HEAD:x"),
            ("--atomic --no-atomic origin main", false, false, "main"),
            ("-o ci.skip --atomic origin main", true, false, "main"),
            ("--repo other --atomic", true, false, ""),
            ("--atomic --all origin", true, true, ""),
            ("--atomic --branches origin", true, true, ""),
            ("--atomic origin tag v1 main", true, false, "main"),
            ("--atomic -- origin +main", true, false, "+main"),
            ("", false, false, ""),
        ] {
            let arguments: Vec<Vec<u8>> = line.split_whitespace().map(|word| word.as_bytes().to_vec()).collect();
            let refspecs = refspecs.split_whitespace().map(str::to_owned).collect();
            assert_eq!(told(&arguments), Push { is_atomic, is_all, refspecs }, "{line}");
        }
    }

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
