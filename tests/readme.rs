//! What the README says about the program is what the program says about itself.

#![allow(clippy::disallowed_methods, reason = "a test that is told to writes what it expects")]

use std::fs;
use std::sync::Mutex;

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

/// Puts `expected` where `found` stands, when told to. Tests run side by side.
fn write_expected(before: &str, found: &str, expected: &str) {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    if found == expected || std::env::var_os("BACKSTORY_WRITE_EXPECTED").is_none() {
        return;
    }
    let _one = ONE_AT_A_TIME.lock().expect("no other one panics");
    let whole = |text: &str| format!("{before}{text}<!-- end -->");
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    fs::write(path, readme().replace(&whole(found), &whole(expected))).expect("the README can be written");
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
    write_expected("<!-- agents -->", &found, &named);
    assert_eq!(found, named, "BACKSTORY_WRITE_EXPECTED=1 cargo test --test readme writes it again");
}

#[test]
fn the_readme_has_the_agents_of_the_last_runs() {
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/internals/live.md")).expect("it is there");
    let runs = runs(&page);
    assert!(!runs.is_empty(), "docs/internals/live.md has no rows");
    let mut table = "\n| agent | version | missing or wrong in its records |\n|---|---|---|\n".to_owned();
    for (slug, run) in &runs {
        let row = AGENTS.iter().find(|row| row.slug == slug.as_str());
        let row = row.filter(|row| row.agent.has_reader()).unwrap_or_else(|| panic!("{slug} is read by nothing"));
        table.push_str(&format!("| {} | {} | {} |\n", row.agent.title(), run.version, run.words()));
    }
    table.push('\n');
    let found = between("<!-- live -->\n", "<!-- end -->");
    write_expected("<!-- live -->\n", &found, &table);
    assert_eq!(found, table, "BACKSTORY_WRITE_EXPECTED=1 cargo test --test readme writes it again");
}

/// What the tables of docs/internals/live.md say of an agent: the columns that its sessions do not hold, those that they hold only
/// after the commit, and those that are wrong.
#[derive(Default)]
struct LiveRun {
    version: String,
    absent: Vec<String>,
    late: Vec<String>,
    wrong: Vec<String>,
}

impl LiveRun {
    fn words(&self) -> String {
        // What is not linked has nothing else either.
        let is_unlinked = self.late.iter().any(|column| column == "linked");
        let late = if is_unlinked { vec!["all".to_owned()] } else { self.late.clone() };
        let parts = [
            (self.absent.join(", "), "not in its sessions"),
            (late.join(", "), "right only after `backstory backfill`"),
            (self.wrong.join(", "), "wrong"),
        ];
        let said = parts.iter().filter(|(columns, _)| !columns.is_empty());
        let said: Vec<String> = said.map(|(columns, why)| format!("{columns}: {why}")).collect();
        if said.is_empty() { "nothing".to_owned() } else { said.join("; ") }
    }
}

/// In the order of the page, each agent once.
fn runs(page: &str) -> Vec<(String, LiveRun)> {
    let mut runs: Vec<(String, LiveRun)> = Vec::new();
    for story in page.split("<!-- story ").skip(1) {
        let table = story.split("<!-- end -->").next().unwrap_or_default();
        let mut rows = table.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
        let heads: Vec<&str> = rows.next().unwrap_or_default().split(" | ").collect();
        for cells in rows.map(|row| row.split(" | ").collect::<Vec<_>>()).filter(|cells| cells[0] != "---") {
            if !runs.iter().any(|(slug, _)| slug == cells[0]) {
                runs.push((cells[0].to_owned(), LiveRun { version: cells[1].to_owned(), ..LiveRun::default() }));
            }
            let (_, run) = runs.iter_mut().find(|(slug, _)| slug == cells[0]).expect("it was just put there");
            for (head, cell) in heads.iter().zip(&cells) {
                let list = match *cell {
                    "–" => &mut run.absent,
                    "later" => &mut run.late,
                    "**no**" => &mut run.wrong,
                    _ => continue,
                };
                if !list.iter().any(|known| known == head) {
                    list.push((*head).to_owned());
                }
            }
        }
    }
    runs
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
