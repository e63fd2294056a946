//! Words for what the log holds as values.

use crate::record::agent::Agent;
use crate::record::execution::Actor;
use crate::record::session::FailureKind;

/// The name of an agent or a person, else `agent` or `person`; empty where nothing is known.
pub(crate) fn actor(kind: Actor, name: &str) -> String {
    match (kind, name) {
        (Actor::NotKnown, name) => name.to_owned(),
        (kind, "") => kind.to_string(),
        (Actor::Person, name) => name.to_owned(),
        (Actor::Agent, name) => agent(name),
        (kind, name) => format!("{kind} {name}"),
    }
}

/// The name of an agent for people: `Claude Code`.
pub(crate) fn agent(name: &str) -> String {
    Agent::parse(name).map_or_else(|| name.to_owned(), |agent| agent.title().to_owned())
}

/// Placeholders that stand for words: without quotes a shell takes them apart.
const WORDS: &[&str] = &["<message>", "<text>"];

/// A command of the log as one types it: what stands for words is quoted.
pub(crate) fn as_typed(command: &str) -> String {
    let word = |word: &str| if WORDS.contains(&word) { format!("\"{word}\"") } else { word.to_owned() };
    command.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// Rounded to what a reader can use: `5 s`, `3 min`, `2 h`.
pub(crate) fn duration(ms: u32) -> String {
    let seconds = (ms + 500) / 1000;
    match seconds {
        0 => "less than 1 s".to_owned(),
        1..=99 => format!("{seconds} s"),
        100..=5_399 => format!("{} min", (seconds + 30) / 60),
        _ => format!("{} h", (seconds + 1_800) / 3_600),
    }
}

/// What a reader sees when a step fails so.
pub(crate) fn failure(kind: Option<FailureKind>) -> &'static str {
    match kind {
        Some(FailureKind::Tests) => "Tests fail",
        Some(FailureKind::Lint) => "The linter finds something",
        Some(FailureKind::Build) => "The build fails",
        Some(FailureKind::EditNoMatch) => "The text to replace is not in the file",
        Some(FailureKind::EditAmbiguous) => "The text to replace is in the file several times",
        Some(FailureKind::EditStale) => "The file was changed since it was read",
        Some(FailureKind::FileMissing) => "A file is missing",
        Some(FailureKind::Timeout) => "The command takes too long and is stopped",
        Some(FailureKind::CommandNotFound) => "The command is not installed",
        Some(FailureKind::Permission) => "Access is refused",
        Some(FailureKind::BadInput) => "The input is refused",
        Some(FailureKind::Command) => "The command ends with an error",
        Some(FailureKind::Other) | None => "The step fails",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_as_exact_as_a_reader_needs() {
        for (ms, words) in [
            (0, "less than 1 s"),
            (5_200, "5 s"),
            (99_000, "99 s"),
            (100_000, "2 min"),
            (3_600_000, "60 min"),
            (7_200_000, "2 h"),
        ] {
            assert_eq!(duration(ms), words);
        }
    }

    #[test]
    fn what_stands_for_words_is_quoted() {
        for (command, typed) in [
            ("git commit -m <message>", "git commit -m \"<message>\""),
            ("gh pr create --title <text> --body <text>", "gh pr create --title \"<text>\" --body \"<text>\""),
            ("git commit -m \"<message>\"", "git commit -m \"<message>\""),
            ("git add <files>", "git add <files>"),
        ] {
            assert_eq!(as_typed(command), typed);
        }
    }

    #[test]
    fn an_actor_of_whom_nothing_is_known_has_no_name() {
        assert_eq!(actor(Actor::NotKnown, ""), "");
        assert_eq!(actor(Actor::Person, ""), "person");
        assert_eq!(actor(Actor::Person, "release manager"), "release manager");
        assert_eq!(actor(Actor::Agent, "codex"), "Codex");
    }
}
