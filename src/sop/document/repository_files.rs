//! Reads what the files of a repository say about working in it, as far as a newcomer needs it: how to set up, which versions of
//! tools, what a task runs, how a branch and a pull request are made.

use std::collections::BTreeSet;

use super::guides::{Guide, Section, is_setup, is_under};
use super::repository_guide::{
    Place, QuotedCommands, QuotedLine, QuotedList, ReadFile, RepositoryGuide, RequiredCommands, TaskOfCommand,
};
use super::required::{Binding, asked};
use super::task_files;

/// Commands that are quoted of a section, at most.
const COMMANDS: usize = 12;
/// Characters of a line that is quoted.
const LINE: usize = 160;
/// Sections that are named besides the one that is quoted.
const SECTIONS: usize = 3;
/// Items of a list that are quoted.
const ITEMS: usize = 5;

/// What the files say. `rules` are those that state rules, `commands` those of the steps.
pub(crate) fn read<'a>(
    file: ReadFile<'_>,
    rules: &[String],
    commands: impl Iterator<Item = &'a str>,
) -> RepositoryGuide {
    let is_readme = |path: &str| path.to_ascii_lowercase().starts_with("readme");
    let paths = rules.iter().map(String::as_str).chain(["README.md", "README.rst", "README"]);
    let guides: Vec<Guide> = paths.filter_map(|path| Some(Guide::new(path, &file(path)?))).collect();
    let is_for_developers = |guide: &Guide, section: &Section| {
        is_setup(section)
            && (!is_readme(&guide.path) || is_under(section, &["develop", "contribut", "build", "source"]))
    };
    let found: Vec<(&Guide, &Section)> = guides
        .iter()
        .flat_map(|guide| guide.sections.iter().map(move |section| (guide, section)))
        .filter(|(guide, section)| is_for_developers(guide, section))
        .collect();
    let with_commands = found.iter().position(|(guide, section)| !guide.commands_below(section).is_empty());
    let chosen = found.get(with_commands.unwrap_or(0)).copied();
    let is_other = |(guide, section): &&(&Guide, &Section)| {
        chosen.is_none_or(|(of, one)| {
            guide.path != of.path || (section.heading != one.heading && !section.path.starts_with(&one.path))
        })
    };
    // A section that stands below one that is named already says nothing more.
    let is_outermost = |(guide, section): &&(&Guide, &Section)| {
        !found.iter().any(|(of, one)| {
            of.path == guide.path && one.path.len() < section.path.len() && section.path.starts_with(&one.path)
        })
    };
    let others = found.iter().filter(is_other).filter(is_outermost);
    let mut tasks: Vec<TaskOfCommand> = Vec::new();
    let mut installs: Vec<(String, QuotedLine)> = Vec::new();
    for command in commands {
        let program = command.split_whitespace().next().unwrap_or_default();
        if installs.iter().all(|(known, _)| known != program) {
            let said = found.iter().find_map(|(guide, section)| line(guide, (section, section.install_of(program)?)));
            installs.extend(said.map(|said| (program.to_owned(), said)));
        }
        if tasks.iter().all(|known| known.command != command) {
            tasks.extend(task_files::task_of(command, file));
        }
    }
    RepositoryGuide {
        rules: rules.to_vec(),
        setup: chosen.map(|(guide, section)| quoted(guide, section)),
        more_setup: others.take(SECTIONS).map(|(guide, section)| place(guide, section)).collect(),
        versions: task_files::versions(file),
        installs,
        tasks,
        branch: guides.iter().find_map(|guide| line(guide, guide.branch()?)),
        pull_request: guides.iter().find_map(|guide| line(guide, guide.pull_request()?)),
        asked_of_requests: guides.iter().filter(|guide| !is_readme(&guide.path)).find_map(asked_of_requests),
        required: required(guides.iter().filter(|guide| !is_readme(&guide.path))),
        troubleshooting: guides.iter().find_map(|guide| Some(place(guide, guide.troubleshooting()?))),
        files: BTreeSet::new(),
    }
}

fn place(guide: &Guide, section: &Section) -> Place {
    Place { path: guide.path.clone(), section: Guide::name(section) }
}

fn quoted(guide: &Guide, section: &Section) -> QuotedCommands {
    let mut commands = guide.commands_below(section);
    let more = commands.len().saturating_sub(COMMANDS);
    commands.truncate(COMMANDS);
    QuotedCommands { place: place(guide, section), commands, more }
}

fn asked_of_requests(guide: &Guide) -> Option<QuotedList> {
    let (section, items) = guide.asked_of_requests()?;
    let lines = items.iter().take(ITEMS).map(|item| cut(item)).collect();
    Some(QuotedList { place: place(guide, section), lines, more: items.len().saturating_sub(ITEMS) })
}

/// Those below a heading that asks for them first.
fn required<'a>(guides: impl Iterator<Item = &'a Guide>) -> Vec<RequiredCommands> {
    let mut found: Vec<(Binding, RequiredCommands)> = Vec::new();
    for guide in guides {
        found.extend(asked(guide).into_iter().map(|asked| {
            let said = QuotedLine { place: place(guide, asked.section), line: cut(asked.line) };
            (asked.weight, RequiredCommands { activities: BTreeSet::new(), commands: asked.commands, said })
        }));
    }
    found.sort_by_key(|(weight, _)| *weight);
    found.into_iter().map(|(_, rule)| rule).collect()
}

/// No more of a line than a reader takes in.
fn cut(line: &str) -> String {
    match line.char_indices().nth(LINE) {
        Some((end, _)) => format!("{} \u{2026}", line[..end].trim_end()),
        None => line.to_owned(),
    }
}

fn line(guide: &Guide, (section, line): (&Section, &str)) -> Option<QuotedLine> {
    let is_short = line.chars().count() <= LINE;
    is_short.then(|| QuotedLine { place: place(guide, section), line: line.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTRIBUTING: &str = "# Contributing\n\n## Local Setup\n\n### Prerequisites\n\n- **Go 1.25**\n\
        - **mise** - runs tasks. Install it with `brew install mise`\n- Promises are kept; gopher installs no go-lang\n\n### Clone and install\n\n\
        ```bash\n# Clone\ngit clone https://example.com/shop.git\ncd shop\n\n$ mise install\n```\n\n## Making changes\n\n\
        1. **Create a branch** for your changes:\n   ```bash\n   git checkout -b feature/name\n   ```\n\n\
        ## Submitting a pull request\n\n### Prerequisites\n\n```sh\nshop --version\n```\n\n2. **Open a PR** against the `main` branch\n\n\
        ## Troubleshooting\n\n### Common setup issues\n\n```bash\nrm -rf .cache\n```\n";
    const README: &str = "# Shop\n\n## Installation\n\n```sh\nbrew install shop\n```\n\n## Development\n\n### Getting started\n\n\
        ```sh\nmise trust\n```\n";

    fn guide(files: &[(&str, &str)], commands: &[&str]) -> RepositoryGuide {
        let file = |path: &str| files.iter().find(|(name, _)| *name == path).map(|(_, text)| (*text).to_owned());
        let rules: Vec<String> =
            ["CONTRIBUTING.md"].iter().filter(|path| file(path).is_some()).map(|path| (*path).to_owned()).collect();
        read(&file, &rules, commands.iter().copied())
    }

    fn at(path: &str, section: &str) -> Place {
        Place { path: path.to_owned(), section: section.to_owned() }
    }

    #[test]
    fn how_to_set_up_is_quoted_from_where_the_repository_says_it() {
        let found = guide(&[("CONTRIBUTING.md", CONTRIBUTING), ("README.md", README)], &[]);
        let setup = found.setup.unwrap();
        assert_eq!(setup.place, at("CONTRIBUTING.md", "Local Setup"));
        assert_eq!(setup.commands, ["git clone https://example.com/shop.git", "cd shop", "mise install"]);
        assert_eq!(found.more_setup, [at("README.md", "Development")]);
        let branch = found.branch.unwrap();
        assert_eq!(
            (branch.place, branch.line.as_str()),
            (at("CONTRIBUTING.md", "Making changes"), "git checkout -b feature/name")
        );
        let request = found.pull_request.unwrap();
        assert_eq!(request.place, at("CONTRIBUTING.md", "Submitting a pull request > Prerequisites"));
        assert_eq!(request.line, "Open a PR against the `main` branch");
    }

    #[test]
    fn how_a_program_is_installed_is_quoted_where_a_line_says_it() {
        let found = guide(&[("CONTRIBUTING.md", CONTRIBUTING)], &["mise run test", "go test ./...", "mise run lint"]);
        let told: Vec<(&str, &str)> =
            found.installs.iter().map(|(program, said)| (program.as_str(), said.line.as_str())).collect();
        assert_eq!(told, [("mise", "mise - runs tasks. Install it with `brew install mise`")]);
        assert_eq!(found.installs[0].1.place, at("CONTRIBUTING.md", "Local Setup > Prerequisites"));
    }

    #[test]
    fn a_readme_says_it_to_developers_only_in_a_section_for_them() {
        let found = guide(&[("README.md", README)], &[]);
        let setup = found.setup.unwrap();
        assert_eq!((setup.place, setup.commands), (at("README.md", "Development"), vec!["mise trust".to_owned()]));
        assert_eq!(
            guide(&[("README.md", "# Shop\n\n## Installation\n\n```\nbrew install shop\n```\n")], &[]).setup,
            None
        );
        assert_eq!(guide(&[], &["mise run test"]), RepositoryGuide::default());
    }

    #[test]
    fn a_section_with_many_commands_is_cut_and_says_so() {
        let many: String = (0..20).map(|number| format!("step{number}\n")).collect();
        let text = format!("## Setup\n\n```sh\n{many}```\n");
        let setup = guide(&[("CONTRIBUTING.md", &text)], &[]).setup.unwrap();
        assert_eq!((setup.commands.len(), setup.more), (COMMANDS, 20 - COMMANDS));
    }
}
