//! The lines of a guide that ask for commands whatever the change is: below a heading, or in a line, that says so.

use std::sync::LazyLock;

use regex::Regex;

use super::guides::{Guide, Section, expression};

/// What a reader is asked for without a condition.
static ASKS: LazyLock<Regex> = LazyLock::new(|| {
    expression(r"(?i)\b(required|must|always|mandatory|before (every|each|any) (commit|push|pull request|pr))\b")
});
/// Where one of these stands too, it is asked for in some cases only, or not at all.
static LIMITS: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?i)\b(not|never|if|when|unless|optional|optionally|only|no longer|cannot|without|required reading)\b|\b(always|must)-|n['’]t\b",
    )
});
/// A heading of what is done once, before any change.
static SETUP: LazyLock<Regex> =
    LazyLock::new(|| expression(r"(?i)\b(set ?up|setting up|getting started|install(ing|ation)?|prerequisites)\b"));
static SPAN: LazyLock<Regex> = LazyLock::new(|| expression(r"`([^`]+)`"));

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Binding {
    Heading,
    Line,
}

/// A line, and the commands that it asks for.
#[derive(Debug)]
pub(super) struct AskedLine<'a> {
    pub(super) weight: Binding,
    pub(super) section: &'a Section,
    pub(super) line: &'a str,
    pub(super) commands: Vec<String>,
}

/// In the order of the guide.
pub(super) fn asked(guide: &Guide) -> Vec<AskedLine<'_>> {
    guide.sections.iter().flat_map(of_section).collect()
}

fn of_section(section: &Section) -> Vec<AskedLine<'_>> {
    let is_of_setup = section.path.iter().any(|heading| SETUP.is_match(heading));
    let is_below = !is_of_setup && section.path.iter().any(|heading| asks(heading));
    let weigh = |own: bool| is_below.then_some(Binding::Heading).or(own.then_some(Binding::Line));
    let typed = section.typed.iter().filter_map(|typed| {
        let is_asked = asks(&typed.line) || typed.introduction.as_deref().is_some_and(asks);
        Some((weigh(is_asked)?, typed.line.as_str(), commands(&typed.line)))
    });
    let prose = section.prose.iter().filter_map(|line| {
        let spans = SPAN.captures_iter(line).flat_map(|found| commands(&found[1])).collect();
        asks(line).then_some((weigh(true)?, line.as_str(), spans))
    });
    let found = typed.chain(prose).filter(|(_, line, commands)| !commands.is_empty() && !LIMITS.is_match(line));
    found.map(|(weight, line, commands)| AskedLine { weight, section, line, commands }).collect()
}

fn asks(line: &str) -> bool {
    ASKS.is_match(line) && !LIMITS.is_match(line)
}

/// The commands of a line, each without the comment behind it.
fn commands(line: &str) -> Vec<String> {
    let line = line.split(" #").next().unwrap_or_default();
    let each = line.split("&&").map(|part| part.split_whitespace().collect::<Vec<_>>().join(" "));
    each.filter(|command| !command.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(Binding, String)> {
        let guide = Guide::new("AGENTS.md", text);
        let asked = asked(&guide);
        asked.iter().map(|asked| (asked.weight, asked.commands.join(", "))).collect()
    }

    #[test]
    fn a_command_is_asked_for_below_a_heading_or_in_a_line_that_says_so() {
        let heading = |command: &str| vec![(Binding::Heading, command.to_owned())];
        let line = |command: &str| vec![(Binding::Line, command.to_owned())];
        for (text, wanted) in [
            ("### Before Every Commit (REQUIRED)\n\n```sh\nmake fmt   # CI enforces it\n```\n", heading("make fmt")),
            ("## Required checks\n\n### Lint\n\n```\n$ make lint\n```\n", heading("make lint")),
            ("## Tests\n\n- Always run `make test` before committing\n", line("make test")),
            ("## Tests\n\nAlways run these in order:\n\n```sh\nmake test\n```\n", line("make test")),
            ("## Tests\n\n```sh\nmake fmt # required - CI fails otherwise\nmake doc\n```\n", line("make fmt")),
            ("You must run `make a && make b`.\n", line("make a, make b")),
            ("## Tests\n\nAlways write tests.\n\n```sh\nmake test\n```\n", vec![]),
            ("## Tests\n\n```sh\nmake test\n```\n", vec![]),
            ("You must not run `make release`.\n", vec![]),
            ("You don't have to run `make test`, it is not required.\n", vec![]),
            ("If you change the schema you must run `make schema`.\n", vec![]),
            ("## Required when the schema changes\n\n```sh\nmake schema\n```\n", vec![]),
            ("## Required\n\n```sh\nmake docs # optional\n```\n", vec![]),
            ("## Always-Read Rules\n\n```sh\nmake test\n```\n", vec![]),
            ("## Required reading\n\n```sh\nmake docs\n```\n", vec![]),
            ("## Setup (required)\n\n```sh\nmake test\n```\n", vec![]),
            ("## Development\n\n### Before each commit\n\n```sh\nmake fmt\n```\n", heading("make fmt")),
            ("**Always use `t.Parallel()`.**\n", line("t.Parallel()")),
        ] {
            assert_eq!(found(text), wanted, "{text}");
        }
    }
}
