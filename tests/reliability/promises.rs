//! The table of failpoints and the document of promises name what is there.

use std::fs;
use std::path::Path;

use backstory::failpoint;

use crate::support::sources::sources_below;

#[test]
fn every_failpoint_of_the_code_is_in_the_table() {
    let mut named: Vec<String> = Vec::new();
    for file in sources_below(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))) {
        for part in fs::read_to_string(file).unwrap().split("failpoint::reach(\"").skip(1) {
            named.push(part.split('"').next().unwrap().to_owned());
        }
    }
    named.sort();
    named.dedup();
    let tables = [failpoint::POINTS, failpoint::SOP_POINTS, failpoint::PROCESS_POINTS, failpoint::RECALL_POINTS];
    let mut known = tables.concat();
    known.sort_unstable();
    assert_eq!(named, known);
}

#[test]
fn every_test_that_the_document_names_is_there() {
    let document = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/reliability.md")).unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = ["src", "tests"].iter().flat_map(|folder| sources_below(&root.join(folder)));
    let sources: String = files.map(|file| fs::read_to_string(file).unwrap()).collect();
    let named: Vec<&str> =
        document.split('`').filter(|word| word.matches('_').count() > 2 && !word.contains(' ')).collect();
    assert!(named.len() > 20, "{named:?}");
    for name in named {
        assert!(sources.contains(&format!("fn {name}(")), "docs/reliability.md names `{name}`");
    }
}
