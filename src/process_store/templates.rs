//! A team's own templates of process documents.

use std::path::Path;

use anyhow::Context as _;

use crate::files;

/// Where they are, from the root of the work tree.
const FOLDER: &str = ".backstory/templates/process";

/// The team's template of this name (`sop.md`, `overview.md`); `None` where ours holds.
///
/// # Errors
/// When it is a symlink, not UTF-8, or too long.
pub(crate) fn own(root: &Path, name: &str) -> anyhow::Result<Option<String>> {
    let path = files::folder_below(root, FOLDER)?.join(name);
    files::read_text(&path, files::LIMIT).with_context(|| format!("cannot read {FOLDER}/{name}"))
}
