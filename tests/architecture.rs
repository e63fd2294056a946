//! Who may use whom, and the other rules of the house that the compiler does not keep. A new line in a table here is a
//! decision about the design; the commit that adds it says why.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A module and those it may use. Files directly in `src` are modules of their own name. A module that is not listed
/// may use nothing.
const ALLOWED: &[(&str, &[&str])] = &[
    ("record", &[]),
    ("environment", &[]),
    ("output", &[]),
    // Marks in the code where a test may stop it; it knows nothing of what it stops.
    ("failpoint", &[]),
    // Small files in places where others may have put something else.
    ("files", &[]),
    // Edges: they meet the world, and only `commands` joins them.
    ("capture", &["files", "record"]),
    ("config", &["files", "record"]),
    ("git", &["failpoint", "files", "record"]),
    ("github", &["record"]),
    ("install", &["files", "record"]),
    ("store", &["failpoint", "record"]),
    // Steps: functions over values.
    ("document", &["record"]),
    ("export", &["record"]),
    ("link", &["record"]),
    // Judges what was recorded: what it says is in `record`, so that `document` can put it into words.
    ("policy", &["record"]),
    ("procedure", &["record"]),
    ("redact", &["record"]),
    (
        "commands",
        &[
            "capture",
            "config",
            "document",
            "environment",
            "export",
            "failpoint",
            "files",
            "git",
            "github",
            "install",
            "link",
            "output",
            "policy",
            "procedure",
            "record",
            "redact",
            "store",
        ],
    ),
    ("cli", &["commands"]),
    ("main", &["cli", "commands", "environment", "failpoint", "output"]),
];

/// Where text may be declared clean: the redactor, the reader of notes (whose text was clean when it was written) and
/// the definition itself.
const MAY_DECLARE_CLEAN: &[&str] = &["redact/", "redact.rs", "git/notes", "record/text.rs"];

const MAX_LINES: usize = 400;

/// Tables may be longer: a reader looks up one row.
const TABLES: &[&str] = &["redact/rules/"];

/// A source file without its tests.
struct Source {
    /// Relative to `src`, with `/`.
    path: String,
    text: String,
}

impl Source {
    fn module(&self) -> &str {
        self.path.split('/').next().unwrap_or_default().trim_end_matches(".rs")
    }

    /// Lines that are code, with their numbers.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line))
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    let sources: Vec<Source> = files
        .iter()
        .map(|file| {
            let text = fs::read_to_string(file).expect("a file that was just listed");
            let path = file.strip_prefix(&root).expect("it is under the root").to_string_lossy().replace('\\', "/");
            Source { path, text: without_tests(&text).to_owned() }
        })
        .filter(|source: &Source| !is_for_tests(&root, &source.path))
        .collect();
    assert!(sources.len() > 10, "the sources were not found");
    sources
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("src is there") {
        let path = entry.expect("it can be listed").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// Whether the module above declares this file for tests only.
fn is_for_tests(root: &Path, path: &str) -> bool {
    let Some((folder, file)) = path.rsplit_once('/') else { return false };
    let parent = fs::read_to_string(root.join(folder).join("mod.rs")).unwrap_or_default();
    let name = file.trim_end_matches(".rs");
    ["mod", "pub(crate) mod", "pub(super) mod"]
        .iter()
        .any(|declared| parent.contains(&format!("#[cfg(test)]\n{declared} {name};")))
}

/// Tests are the last thing in a file.
fn without_tests(text: &str) -> &str {
    text.find("#[cfg(test)]\nmod tests").map_or(text, |start| &text[..start])
}

/// The modules of ours that a line of code names.
fn used(source: &Source, line: &str) -> BTreeSet<String> {
    let name_after = |rest: &str| -> String { rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect() };
    let mut names = BTreeSet::new();
    for prefix in ["crate::", "backstory::"] {
        for (at, _) in line.match_indices(prefix) {
            let whole_word = !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$');
            if whole_word && (prefix == "crate::" || source.path == "main.rs") {
                names.insert(name_after(&line[at + prefix.len()..]));
            }
        }
    }
    // `super` as often as the file lies deep leads to the crate again.
    let depth = source.path.trim_end_matches("/mod.rs").matches('/').count();
    let up = "super::".repeat(depth + 1);
    for (at, _) in line.match_indices(&up) {
        names.insert(name_after(&line[at + up.len()..]));
    }
    names
}

#[test]
fn a_module_uses_only_what_the_table_allows() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| source.path != "lib.rs") {
        let module = source.module();
        let allowed = ALLOWED.iter().find(|(name, _)| *name == module).map_or(&[][..], |(_, allowed)| allowed);
        for (number, line) in source.code() {
            for name in used(source, line) {
                if name != module && !allowed.contains(&name.as_str()) {
                    wrong.push(format!("src/{}:{number}: {module} may not use `{name}`: {}", source.path, line.trim()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn only_the_redactor_and_the_reader_of_notes_declare_text_clean() {
    let mut wrong = Vec::new();
    for source in sources() {
        if MAY_DECLARE_CLEAN.iter().any(|place| source.path.starts_with(place)) {
            continue;
        }
        for (number, line) in source.code().filter(|(_, line)| line.contains("from_redacted")) {
            wrong.push(format!("src/{}:{number}: {}", source.path, line.trim()));
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn only_the_output_prints() {
    let macros = ["println!", "print!", "eprintln!", "eprint!", "dbg!"];
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| source.path != "output.rs") {
        for (number, line) in source.code().filter(|(_, line)| macros.iter().any(|name| line.contains(name))) {
            wrong.push(format!("src/{}:{number}: {}", source.path, line.trim()));
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn a_file_has_at_most_400_lines_before_its_tests_and_says_what_it_is_for() {
    let mut wrong = Vec::new();
    for source in sources() {
        let lines = source.text.lines().count();
        let is_table = TABLES.iter().any(|place| source.path.starts_with(place));
        if lines > MAX_LINES && !is_table {
            wrong.push(format!("src/{}: {lines} lines", source.path));
        }
        if !source.text.starts_with("//! ") {
            wrong.push(format!("src/{}: does not open with what it is for", source.path));
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn a_forbidden_use_is_seen_in_every_form() {
    let seen = |path: &str, line: &str| -> Vec<String> {
        used(&Source { path: path.to_owned(), text: String::new() }, line).into_iter().collect()
    };
    assert_eq!(seen("link/replay.rs", "use crate::git::range;"), ["git"]);
    assert_eq!(seen("link/replay.rs", "let x = super::super::git::range();"), ["git"]);
    assert_eq!(seen("link/mod.rs", "use super::git;"), ["git"]);
    assert_eq!(seen("config.rs", "use super::store::Index;"), ["store"]);
    assert_eq!(seen("main.rs", "use backstory::cli::Cli;"), ["cli"]);
    assert_eq!(seen("link/replay.rs", "use super::turns; use serde_crate::git;"), Vec::<String>::new());
    // A list of modules cannot be told apart by this test and is refused whole.
    assert_eq!(seen("link/mod.rs", "use crate::{git, store};"), [""]);
}
