//! What the README says about the program is what the program says about itself.

use std::fs;

use backstory::cli::Cli;
use clap::CommandFactory;

fn readme() -> String {
    fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).expect("the README is at the root")
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
    let readme = readme();
    let (_, rest) = readme.split_once("<!-- commands -->\n").expect("the list begins with a mark");
    let (written, _) = rest.split_once("<!-- end -->").expect("the list ends with a mark");
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
