//! What the documents name is there: files, folders, tests, other documents. They are read by newcomers first, and a name
//! that leads nowhere costs them most.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test stops at what is missing")]

#[path = "support/sources.rs"]
mod sources;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use backstory::capture::table_of_agents;
use backstory::export::formats::FORMATS;
use regex::Regex;

use crate::sources::sources_below;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The documents for people who work on the program or decide whether to use it, from the root.
fn documents() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "tools/evaluate/README.md"]
        .iter()
        .map(|name| root().join(name))
        .collect();
    for folder in ["docs", "docs/decisions", "docs/internals"] {
        let entries = fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path());
        found.extend(entries.filter(|path| path.extension().is_some_and(|end| end == "md")));
    }
    found
}

static LINK: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\]\(([^)\s]+)\)").expect("it compiles"));
static PATH: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"`((?:src|tests|docs|templates|fuzz|benches|tools)/[\w./-]*|[a-z_]+/[\w/]+\.rs)`").expect("it compiles")
});

#[test]
fn a_link_leads_to_a_file() {
    let mut wrong = Vec::new();
    for document in documents() {
        let text = fs::read_to_string(&document).unwrap();
        for link in LINK.captures_iter(&text) {
            let target = link[1].split('#').next().unwrap_or_default();
            let is_elsewhere = target.is_empty() || target.contains("://");
            if !is_elsewhere && !document.parent().unwrap().join(target).exists() {
                wrong.push(format!("{}: {}", document.display(), &link[1]));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn a_file_of_the_program_that_is_named_is_there() {
    let mut wrong = Vec::new();
    // These two name files of an example.
    let is_ours = |path: &&PathBuf| !path.ends_with("docs/formats.md") && !path.ends_with("README.md");
    for document in documents().iter().filter(is_ours) {
        let text = fs::read_to_string(document).unwrap();
        for path in PATH.captures_iter(&text).map(|found| found[1].to_owned()) {
            // The shims and the installer have the name of a folder of the sources.
            if ![root().join(&path), root().join("src").join(&path)].iter().any(|place| place.exists()) {
                wrong.push(format!("{}: {path}", document.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn the_code_map_has_every_folder_of_the_sources() {
    let text = fs::read_to_string(root().join("docs/ARCHITECTURE.md")).unwrap();
    for entry in fs::read_dir(root().join("src")).unwrap().map(|entry| entry.unwrap()) {
        let name = entry.file_name().to_string_lossy().into_owned();
        let stem = name.trim_end_matches(".rs");
        // A module may have a file and a folder.
        let is_there = text.contains(&format!("`{stem}/`")) || text.contains(&format!("`{stem}.rs`"));
        assert!(is_there || name == "lib.rs", "{name}");
    }
    assert!(text.lines().count() <= 110, "it fits a screen or two; decisions are in docs/decisions");
}

#[test]
fn each_export_format_is_documented() {
    let text = fs::read_to_string(root().join("docs/formats.md")).unwrap();
    for format in FORMATS {
        let (name, help) = (format.name(), format.help().to_lowercase());
        let row = text.lines().find(|line| line.starts_with(&format!("| `{name}` |"))).unwrap_or_default();
        let schema = format!("docs/schema/export-{name}.v3.json");
        assert!(
            row.to_lowercase().contains(&help) && row.contains(&schema),
            "docs/formats.md: {name}: {help}, {schema}"
        );
        assert!(root().join(&schema).exists(), "{schema}");
    }
}

#[test]
fn the_index_has_every_decision() {
    let folder = root().join("docs/decisions");
    let index = fs::read_to_string(folder.join("README.md")).unwrap();
    let mut numbers = Vec::new();
    for entry in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap()) {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name == "README.md" {
            continue;
        }
        let text = fs::read_to_string(entry.path()).unwrap();
        let title = text.lines().next().unwrap().trim_start_matches("# ");
        assert!(index.contains(&format!("[{title}]({name})")), "{name} is not in the index as `{title}`");
        numbers.push(name.split('-').next().unwrap().to_owned());
    }
    numbers.sort();
    let count = numbers.len();
    numbers.dedup();
    assert_eq!(numbers.len(), count, "two decisions have the same number");
}

#[test]
fn a_test_that_contributing_names_is_there() {
    let named = Regex::new(r"`([a-z]+(?:_[a-z]+){3,})`").expect("it compiles");
    let text = fs::read_to_string(root().join("CONTRIBUTING.md")).unwrap();
    let files = ["src", "tests"].iter().flat_map(|folder| sources_below(&root().join(folder)));
    let sources: String = files.map(|file| fs::read_to_string(file).unwrap()).collect();
    for name in named.captures_iter(&text).map(|found| found[1].to_owned()) {
        assert!(sources.contains(&format!("fn {name}(")), "CONTRIBUTING.md names `{name}`");
    }
}

#[test]
fn the_page_of_agents_has_the_table_of_the_readers() {
    const FROM: &str = "<!-- from the code: BACKSTORY_WRITE_EXPECTED=1 cargo test --test docs -->\n";
    const TO: &str = "<!-- end -->";
    let path = root().join("docs/agents.md");
    let text = fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(FROM).unwrap();
    let (_, after) = rest.split_once(TO).unwrap();
    let expected = format!("{before}{FROM}\n{}\n{TO}{after}", table_of_agents());
    if std::env::var_os("BACKSTORY_WRITE_EXPECTED").is_some() {
        fs::write(&path, &expected).unwrap();
    }
    assert_eq!(text, expected, "BACKSTORY_WRITE_EXPECTED=1 cargo test --test docs writes it again");
}
