//! What the README says about the program is what the program says about itself.

#![allow(clippy::disallowed_methods, reason = "a test that is told to writes what it expects")]

use std::fs;

use backstory::cli::Cli;
use backstory::record::agents::AGENTS;
use clap::CommandFactory;

mod support;

fn readme() -> String {
    fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).expect("the README is at the root")
}

/// What the README has between `before` and the next `after`.
fn between(before: &str, after: &str) -> String {
    let readme = readme();
    let (_, rest) = readme.split_once(before).unwrap_or_else(|| panic!("the README has no `{before}`"));
    rest.split_once(after).unwrap_or_else(|| panic!("nothing ends `{before}`")).0.to_owned()
}

#[test]
fn the_readme_lists_the_commands_that_help_lists_in_its_words() {
    let listed: String = Cli::command()
        .get_subcommands()
        .filter(|command| !command.is_hide_set())
        .map(|command| {
            let about = command.get_about().map(ToString::to_string).unwrap_or_default();
            format!("- `backstory {}`: {about}\n", command.get_name())
        })
        .collect();
    let written = between("<!-- commands -->\n", "<!-- end -->");
    assert!(written == listed, "between its marks, the README is to say:\n{listed}");
}

#[test]
fn the_readme_names_every_setting() {
    for line in
        backstory::config::TEMPLATE.lines().filter(|line| line.contains(": ") && !line.trim_start().starts_with('#'))
    {
        let key = line.trim_start().split(':').next().unwrap_or_default();
        assert!(readme().contains(&format!("{key}`")), "the README does not mention the setting `{key}`");
    }
}

#[test]
fn the_readme_names_the_agents_whose_sessions_are_read() {
    let mut titles: Vec<&str> =
        AGENTS.iter().filter(|row| row.agent.has_reader()).map(|row| row.agent.title()).collect();
    let last = titles.pop().unwrap_or_default();
    let named = if titles.is_empty() { last.to_owned() } else { format!("{} and {last}", titles.join(", ")) };
    let found = between("<!-- agents -->", "<!-- end -->");
    if std::env::var_os("BACKSTORY_WRITE_EXPECTED").is_some() {
        let whole = |list: &str| format!("<!-- agents -->{list}<!-- end -->");
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
        fs::write(path, readme().replace(&whole(&found), &whole(&named))).expect("the README can be written");
    }
    assert_eq!(found, named, "BACKSTORY_WRITE_EXPECTED=1 cargo test --test readme writes it again");
}

#[test]
fn the_readme_shows_what_the_demo_prints() {
    let printed = support::Sandbox::new().backstory(&["demo"]).good();
    // The times are those of today, and how long the example's tests took is part of the example.
    let without_digits = |text: &str| text.replace(|c: char| c.is_ascii_digit(), "0");
    let printed: Vec<String> =
        printed.lines().map(|line| without_digits(line.strip_prefix("   | ").unwrap_or(line))).collect();
    let page = between("<!-- demo -->\n```text\n", "```\n");
    let page: Vec<String> = page.lines().map(without_digits).collect();
    let start = printed.iter().position(|line| *line == page[0]).expect("the demo prints a description");
    let folded = printed[start..].iter().take_while(|line| !line.starts_with("<details>"));
    let shown: Vec<&String> = folded.filter(|line| !line.is_empty()).collect();
    let page: Vec<&String> = page.iter().filter(|line| !line.is_empty()).collect();
    assert_eq!(page, shown);
}
