//! Where the program is behind one that only starts it.

use crate::text::paths;

/// How many options of `xargs` are before the program: `-0 -n 1 -P4`.
pub(super) fn behind_xargs(words: &[String]) -> usize {
    behind(words, &["-n", "-P", "-I", "-L", "-s", "-d", "-a", "-E"])
}

/// How many words of `conda run` are before the program: `-n science --no-capture-output`.
pub(super) fn behind_environment(words: &[String]) -> usize {
    behind(words, &["-n", "--name", "-p", "--prefix", "--cwd", "-e", "--environment", "--manifest-path"])
}

/// How many words are before the program that is started in a container or an environment: `docker compose exec -T web`, `nix develop -c`.
pub(super) fn behind_container(name: &str, words: &[String]) -> Option<usize> {
    const VALUED: &[&str] = &[
        "-e",
        "--env",
        "-u",
        "--user",
        "-w",
        "--workdir",
        "-v",
        "--volume",
        "-f",
        "--file",
        "-p",
        "--publish",
        "--name",
        "--network",
        "--mount",
        "--entrypoint",
        "--profile",
        "--env-file",
        "-n",
        "--namespace",
        "-c",
        "--container",
        "--index",
        "--project-name",
        "--platform",
    ];
    let is_command = |word: &String, names: &[&str]| names.contains(&word.as_str());
    // The place of the program behind the options and the name of what it runs in.
    let behind_name = |place: usize| place + behind(&words[place..], VALUED) + 1;
    let first = behind(words, VALUED);
    match name {
        "docker" | "podman" | "docker-compose" | "podman-compose" => {
            let is_compose = words.get(first).is_some_and(|word| word == "compose");
            let verb = if is_compose { first + 1 + behind(&words[first + 1..], VALUED) } else { first };
            words.get(verb).filter(|word| is_command(word, &["exec", "run"])).map(|_| behind_name(verb + 1))
        }
        "kubectl" | "doppler" | "devbox" | "flox" | "op" | "infisical" | "nerdctl" => {
            let verb = words.get(first).filter(|word| is_command(word, &["exec", "run", "activate"]));
            let dashes = words.iter().position(|word| word == "--");
            verb.and(dashes.map(|place| place + 1).or((name == "devbox").then_some(first + 1)))
        }
        "nix" => {
            let starts = words.first().is_some_and(|word| is_command(word, &["develop", "shell"]));
            let option = words.iter().position(|word| is_command(word, &["-c", "--command"]));
            option.filter(|_| starts).map(|place| place + 1)
        }
        "direnv" => words.first().filter(|word| *word == "exec").map(|_| 2),
        _ => None,
    }
}

/// Whether a variable holds how the program behind it is started: `$RUN pytest`.
pub(super) fn is_started_by_a_variable(first: &str, rest: &[String]) -> bool {
    const STARTED: &[&str] =
        &["cargo", "go", "mypy", "node", "npm", "npx", "pnpm", "pytest", "python", "python3", "ruff", "yarn"];
    first.starts_with('$')
        && !first.starts_with("$(")
        && rest.first().is_some_and(|word| STARTED.contains(&paths::name_anywhere(word)))
}

/// `30s`, behind `timeout`.
pub(super) fn is_duration(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit()) && word.len() <= 6
}

/// The options that words begin with, those of `valued` each with the word behind it.
fn behind(words: &[String], valued: &[&str]) -> usize {
    let mut place = 0;
    while let Some(word) = words.get(place).filter(|word| word.starts_with('-')) {
        place += 1 + usize::from(valued.contains(&word.as_str()));
    }
    place
}

/// The place of the subcommand where only options with their values stand before it: `pnpm --filter web exec tsc`.
pub(super) fn behind_options(words: &[String], subcommand: &str) -> Option<usize> {
    let place = words.iter().position(|word| word == subcommand)?;
    let is_option = |index: usize| words[index].starts_with('-');
    let is_value = |index: usize| index > 0 && is_option(index - 1) && !words[index - 1].contains('=');
    (0..place).all(|index| is_option(index) || is_value(index)).then_some(place)
}
