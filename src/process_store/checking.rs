//! The check of documents of processes: reads them, with what their evidence is held against.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail};

use crate::environment::Environment;
use crate::files;
use crate::git::repository::Repository;
use crate::process::model_yaml;
use crate::process_store::sops::folder::{DOCUMENT, MODEL, PLACE, is_slug};
use crate::sop::front_matter;
use crate::sop::lint::finding::Known;
use crate::sop::lint::report::{CheckReport, CheckedDocument};
use crate::sop::lint::rules::lint;

/// Longer files are refused: they come with a clone.
const LIMIT: u64 = 8 * 1024 * 1024;

/// Checks a file, the document of a slug, or all documents of the repository.
///
/// # Errors
/// When there is no such document, and when it or its model cannot be read.
pub(crate) fn check(environment: &Environment, target: Option<&str>) -> anyhow::Result<CheckReport> {
    let repository = Repository::find(&environment.cwd, None)?;
    let root = repository.as_ref().and_then(Repository::root);
    let given = target.map(|target| environment.cwd.join(target)).filter(|path| path.is_file());
    let documents = match (given, target, root) {
        (Some(path), Some(target), _) => vec![checked(repository.as_ref(), &path, target)?],
        (_, Some(slug), Some(root)) => vec![of_slug(repository.as_ref(), root, slug)?],
        (_, None, Some(root)) => all(repository.as_ref(), root)?,
        (_, Some(target), None) => bail!("there is no file {target}, and no repository here"),
        (_, None, None) => bail!("there is no repository here\nhint: name a file"),
    };
    Ok(CheckReport::new(documents))
}

fn all(repository: Option<&Repository>, root: &Path) -> anyhow::Result<Vec<CheckedDocument>> {
    let folder = files::folder_below(root, PLACE)?;
    let names =
        fs::read_dir(&folder).into_iter().flatten().flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let mut slugs: Vec<String> = names.filter(|name| folder.join(name).join(DOCUMENT).is_file()).collect();
    slugs.sort();
    if slugs.is_empty() {
        bail!("there is no document of a process in {PLACE}\nhint: `backstory sop draft` writes one");
    }
    slugs.iter().map(|slug| of_slug(repository, root, slug)).collect()
}

fn of_slug(repository: Option<&Repository>, root: &Path, slug: &str) -> anyhow::Result<CheckedDocument> {
    if slug.is_empty() || slug.contains(['/', '\\']) || slug.starts_with('.') {
        bail!("there is no file {slug}, and it names no process");
    }
    let path = files::folder_below(root, &format!("{PLACE}/{slug}"))?.join(DOCUMENT);
    if !path.is_file() {
        bail!("there is no document {PLACE}/{slug}/{DOCUMENT}\nhint: `backstory sop draft {slug}` writes it");
    }
    checked(repository, &path, &format!("{PLACE}/{slug}/{DOCUMENT}"))
}

/// Runs are those that the model of the document lists: the one beside it, or in the folder that its id names where it is a copy.
/// Without a model nobody can tell, and no run is said to be missing.
fn checked(repository: Option<&Repository>, path: &Path, name: &str) -> anyhow::Result<CheckedDocument> {
    let text = files::read_text(path, LIMIT).with_context(|| format!("cannot read {name}"))?.unwrap_or_default();
    let beside = path.with_file_name(MODEL);
    let by_id = || {
        let front = front_matter::read(&text).ok()?;
        let slug = front.id.strip_prefix("sop/").filter(|slug| is_slug(slug))?.to_owned();
        Some(files::folder_below(repository?.root()?, &format!("{PLACE}/{slug}")).ok()?.join(MODEL))
    };
    let place = if beside.is_file() { Some(beside) } else { by_id() };
    let model = place.map(|place| files::read_text(&place, LIMIT)).transpose();
    let model = model.with_context(|| format!("cannot read the {MODEL} of {name}"))?.flatten();
    let model =
        model.map(|text| model_yaml::read(&text)).transpose().with_context(|| format!("the {MODEL} of {name}"))?;
    let runs: Option<BTreeSet<String>> =
        model.map(|model| model.evidence.run_ids.into_iter().chain(model.evidence.merges).collect());
    let is_commit =
        |id: &str| repository.is_some_and(|repository| repository.resolve(&format!("{id}^{{commit}}")).is_ok());
    let is_run = |id: &str| runs.as_ref().is_none_or(|runs| runs.contains(id));
    let known = Known { is_run: &is_run, is_commit: &is_commit };
    Ok(CheckedDocument { file: name.to_owned(), findings: lint(&text, known) })
}
