//! Why a line of the working tree is as it is, for the terminal and for agents.

use std::path::{Component, Path};

use anyhow::{Context as _, bail};
use git2::Repository;

use super::range::{RangeQuery, load};
use super::workplace::Workplace;
use crate::document::why::{LinePlace, Why, explain, uncommitted};
use crate::git::blame::{Blamed, LineOrigin, blame};
use crate::record::entry::CommitEntry;

/// Who wrote `line` (from 1) of `file` (as the caller in `cwd` names it), with what a person should know of the answer.
///
/// # Errors
/// When there is no such file or line, or the commit's record cannot be read.
pub(crate) fn why(workplace: &Workplace, cwd: &Path, file: &str, line: u32) -> anyhow::Result<(Why, Option<String>)> {
    let path = path_in_repository(workplace.repository.handle(), cwd, file)?;
    let Blamed { origin, remark } = blame(&workplace.repository, &path, line)?;
    let why = match &origin.commit {
        Some(commit) => {
            let loaded = load(workplace, &workplace.redactor()?, RangeQuery::Given(commit))?;
            if let Some(problem) = loaded.unreadable.first() {
                bail!("{problem}");
            }
            let entry = loaded.entries.first().context("the commit of the line is gone")?;
            if workplace.repository.shallow_boundaries().contains(commit) && !has_line(entry, &origin) {
                bail!(
                    "the history of this clone ends at {}, which has the line already; `git fetch --unshallow` brings what \
                     is before it",
                    entry.short_id()
                );
            }
            let place = LinePlace { path: &path, line, path_in_commit: &origin.path, line_in_commit: origin.line };
            explain(entry, place)
        }
        None => uncommitted(&path, line),
    };
    Ok((why, remark))
}

/// Whether the commit's record tells that it added the line. What a commit at the edge of a shallow clone changed is not known
/// otherwise, and blame gives it all that was there before.
fn has_line(entry: &CommitEntry, origin: &LineOrigin) -> bool {
    let files = entry.record.iter().flat_map(|record| &record.files).filter(|file| file.path == origin.path);
    let mut spans = files.flat_map(|file| &file.spans);
    spans.any(|span| origin.line >= span.start && origin.line - span.start < span.lines)
}

/// The file as git names it: relative to the root, with `/`.
///
/// # Errors
/// When it is outside of the work tree, or there is none.
pub(crate) fn path_in_repository(repository: &Repository, cwd: &Path, file: &str) -> anyhow::Result<String> {
    let root = repository.workdir().context("the repository has no working folder")?;
    let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    let cwd = cwd.canonicalize().unwrap_or_else(|_| cwd.to_owned());
    let full = cwd.join(file);
    let mut parts: Vec<&str> = Vec::new();
    for component in full.strip_prefix(&root).with_context(|| format!("{file} is outside the repository"))?.components()
    {
        match component {
            Component::ParentDir => {
                parts.pop().with_context(|| format!("{file} is outside the repository"))?;
            }
            Component::Normal(part) => parts.push(part.to_str().context("the file's name is not UTF-8")?),
            _ => {}
        }
    }
    Ok(parts.join("/"))
}
