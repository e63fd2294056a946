//! Which files checks run on: not on what only people read, nor on logs, data and what is left over.

use crate::text::paths;

/// Whether a file is read by people only, so that no check runs on it.
pub(crate) fn is_document(path: &str) -> bool {
    const ENDS: [&str; 8] = [".md", ".mdx", ".markdown", ".rst", ".adoc", ".asciidoc", ".org", ".txt"];
    // Some texts are read by programs.
    const PROGRAMS: [&str; 4] = ["requirements", "constraints", "CMakeLists", "robots"];
    const NAMES: [&str; 8] =
        ["LICENSE", "LICENCE", "COPYING", "NOTICE", "AUTHORS", "CHANGELOG", "README", "CODEOWNERS"];
    let name = paths::name(path);
    let is_read = PROGRAMS.iter().any(|program| name.starts_with(program)) && name.ends_with(".txt");
    let ends = ENDS.iter().any(|end| name.len() > end.len() && name.to_ascii_lowercase().ends_with(end));
    (ends && !is_read) || NAMES.contains(&name)
}

/// Whether a file has a name that programs read: with an end, and not one of logs, data and what is left over.
pub(crate) fn is_code(path: &str) -> bool {
    const OTHERS: [&str; 14] =
        ["log", "out", "err", "tmp", "bak", "orig", "rej", "pid", "patch", "diff", "html", "png", "csv", "db"];
    let end = paths::name(path).rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase());
    end.is_some_and(|end| !end.is_empty() && !OTHERS.contains(&end.as_str()))
}

/// Whether a check may have run on what a file of the work tree holds: programs read it, and it is in no hidden folder.
pub(crate) fn may_be_tested(path: &str) -> bool {
    !path.split('/').any(|part| part.starts_with('.')) && is_code(path) && !is_document(path)
}
