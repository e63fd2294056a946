//! `why FILE:LINE`: who wrote a line, what was asked for it, and what was tried and corrected in its file.

use std::path::{Component, Path};

use anyhow::{Context as _, bail};
use git2::Repository;

use crate::context::{Context, Ending};
use crate::document::terminal;
use crate::document::why::{LinePlace, explain, uncommitted};
use crate::git::blame::{Blamed, LineOrigin, blame};
use crate::record::entry::CommitEntry;
use crate::recorder::page;
use crate::recorder::range::{RangeQuery, load};
use crate::recorder::workplace::Workplace;

#[derive(Debug, clap::Args)]
pub struct WhyArgs {
    /// A file and a line of it, as it is in the working tree: `src/price.py:15`
    #[arg(value_name = "FILE:LINE")]
    pub place: String,
    /// Write JSON (docs/schema/why.v1.json)
    #[arg(long)]
    pub json: bool,
}

pub(crate) fn run(arguments: &WhyArgs, context: &mut Context) -> anyhow::Result<Ending> {
    let split = arguments.place.rsplit_once(':').and_then(|(file, line)| Some((file, line.parse::<u32>().ok()?)));
    let Some((file, line)) = split.filter(|(file, line)| !file.is_empty() && *line > 0) else {
        bail!(
            "expected FILE:LINE, for example `src/price.py:15`, with lines counted from 1; `{}` is something else",
            arguments.place
        );
    };
    let workplace = Workplace::for_telling(context.environment)?;
    let path = path_in_repository(workplace.repository.handle(), &context.environment.cwd, file)?;
    let Blamed { origin, remark } = blame(&workplace.repository, &path, line)?;
    if let Some(remark) = remark {
        context.output.message(&remark);
    }
    let why = match &origin.commit {
        Some(commit) => {
            let loaded = load(&workplace, &workplace.redactor()?, RangeQuery::Given(commit))?;
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
    if arguments.json {
        page::write_json(context.output, &why)?;
    } else {
        page::write(context.output, &terminal::why(&why))?;
    }
    Ok(Ending::Done)
}

/// Whether the commit's record tells that it added the line. What a commit at the edge of a shallow clone changed is not known
/// otherwise, and blame gives it all that was there before.
fn has_line(entry: &CommitEntry, origin: &LineOrigin) -> bool {
    let files = entry.record.iter().flat_map(|record| &record.files).filter(|file| file.path == origin.path);
    let mut spans = files.flat_map(|file| &file.spans);
    spans.any(|span| origin.line >= span.start && origin.line - span.start < span.lines)
}

/// The file as git names it: relative to the root, with `/`.
fn path_in_repository(repository: &Repository, cwd: &Path, file: &str) -> anyhow::Result<String> {
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
