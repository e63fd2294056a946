//! What a patch is beside what was asked for: documents or code, a file that nobody asked for, remarks only.

use super::stems::words;
use crate::text::paths::is_prose;

/// Whether documents are all that is to be written.
pub(super) fn asks_for_documents(asked: &str) -> bool {
    let lower = asked.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let documents = ["readme", "changelog", "documentation", "docs"];
    let verbs = ["update", "document", "write", "add", "extend", "mention"];
    let names = words.iter().any(|word| documents.contains(word));
    // "Add the setting and document it" asks for both.
    let is_short = words.len() <= 20 && words.iter().filter(|word| verbs.contains(*word)).count() <= 1;
    names
        && is_short
        && !words.iter().any(|word| ["implement", "fix", "refactor", "code", "test", "tests"].contains(word))
}

/// Whether a patch adds lines to files other than documents.
pub(super) fn changes_code(patch: &str) -> bool {
    let is_document = |path: &str| {
        let lower = path.to_lowercase();
        is_prose(&lower) || lower.contains("docs/")
    };
    let mut files = patch.lines().filter_map(|line| line.strip_prefix("+++ b/"));
    files.any(|path| !is_document(path))
}

/// Whether most of a patch is a new file of whose name and folder the request says nothing. A long request may name it otherwise.
pub(super) fn adds_an_unasked_file(asked: &str, patch: &str) -> bool {
    if asked.split_whitespace().count() > LONG_REQUEST {
        return false;
    }
    let asked = words(asked);
    let (mut added, mut largest, mut file): (usize, usize, Option<(&str, usize)>) = (0, 0, None);
    let mut is_new = false;
    for line in patch.lines() {
        if line.starts_with("--- ") {
            is_new = line == "--- /dev/null";
            file = None;
        } else if let Some(path) = line.strip_prefix("+++ b/") {
            let is_named = words(path).iter().any(|word| asked.contains(word));
            file = (is_new && !is_named).then_some((path, 0));
        } else if line.starts_with('+') {
            added += 1;
            if let Some((_, lines)) = &mut file {
                *lines += 1;
                largest = largest.max(*lines);
            }
        }
    }
    largest >= LARGE_FILE && largest * 2 > added
}

const LONG_REQUEST: usize = 150;
const LARGE_FILE: usize = 40;

/// Whether each changed line of code is a remark, and there are some.
pub(super) fn only_remarks(changed: &[&str]) -> bool {
    let lines = || {
        changed
            .iter()
            .filter(|line| !line.starts_with("+++ ") && !line.starts_with("--- "))
            .map(|line| line[1..].trim())
    };
    let is_remark =
        |line: &str| ["//", "#", "/*", "*", "--", "<!--", "\"\"\""].iter().any(|start| line.starts_with(start));
    let is_document = changed.iter().any(|line| line.starts_with("+++ ") && line.to_lowercase().ends_with(".md"));
    !is_document && lines().any(|line| !line.is_empty()) && lines().all(|line| line.is_empty() || is_remark(line))
}

pub(super) fn asks_for_remarks(asked: &str) -> bool {
    let lower = asked.to_lowercase();
    ["comment", "remark", "docstring", "document", "explain", "note", "typo", "wording"]
        .iter()
        .any(|word| lower.contains(word))
}
