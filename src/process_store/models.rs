//! Models by the name that a person gives: a file, an SOP, a version of one, or what a revision had. And what they name beside the
//! repository as it is and as it was.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use crate::environment::Environment;
use crate::files;
use crate::git::repository::Repository;
use crate::git::{committed, range};
use crate::process::gone::Repository as Known;
use crate::process::model::ProcessModel;
use crate::process::model_yaml;
use crate::recorder::workplace;

/// Where the folders of SOPs are, from the root of the work tree.
const PLACE: &str = "docs/processes";
const MODEL: &str = "process.yaml";
const DOCUMENT: &str = "SOP.md";
/// Longer files are refused: they come with a clone.
const LIMIT: u64 = 8 * 1024 * 1024;
/// Commits that are looked through for a version.
const MAX_COMMITS: usize = 20_000;

/// A model with the text that it was read from.
pub(crate) struct Named {
    /// As people and messages call it.
    pub(crate) name: String,
    /// From the root of the work tree, for a patch.
    pub(crate) path: String,
    pub(crate) text: String,
    pub(crate) model: ProcessModel,
}

impl Named {
    fn read(name: String, path: String, text: String) -> anyhow::Result<Self> {
        let model = model_yaml::read(&text).map_err(|error| {
            let (line, message) = (error.line, error.message);
            anyhow::anyhow!(
                "{name}:{line}: {message}\nhint: fix the line, or write the file again with `backstory sop draft`"
            )
        })?;
        Ok(Self { name, path, text, model })
    }
}

/// The model of a file; `name` is as it was typed, relative to `folder`.
///
/// # Errors
/// When it is not there or is no model, with the line.
pub(crate) fn of_file(folder: &Path, name: &str) -> anyhow::Result<Named> {
    let text = files::read_text(&folder.join(name), LIMIT).with_context(|| format!("cannot read {name}"))?;
    let text = text.with_context(|| format!("there is no file {name}"))?;
    Named::read(name.to_owned(), name.to_owned(), text)
}

/// The models of one repository.
pub(crate) struct Models {
    root: PathBuf,
    repository: Repository,
}

impl Models {
    /// # Errors
    /// Outside a work tree.
    pub(crate) fn here(environment: &Environment) -> anyhow::Result<Self> {
        let repository = workplace::discover(environment)?;
        let root = repository.root().map(Path::to_path_buf);
        let root = root.context("this repository has no work tree, so no place for process documents")?;
        Ok(Self { root, repository })
    }

    /// The model of an SOP as it is in the work tree.
    ///
    /// # Errors
    /// When there is no such SOP, or its model cannot be read.
    pub(crate) fn of_sop(&self, slug: &str) -> anyhow::Result<Named> {
        let place = place(slug, MODEL)?;
        let folder = files::folder_below(&self.root, &format!("{PLACE}/{slug}"))?;
        let text = files::read_text(&folder.join(MODEL), LIMIT).with_context(|| format!("cannot read {place}"))?;
        let Some(text) = text else {
            bail!("there is no {place}\nhint: `backstory sop draft {slug}` writes it");
        };
        Named::read(place.clone(), place, text)
    }

    /// The SOPs whose model is of this process, or of any, sorted.
    ///
    /// # Errors
    /// When the folder of SOPs cannot be read, or a model in it.
    pub(crate) fn sops_of(&self, process: Option<&str>) -> anyhow::Result<Vec<String>> {
        let place = files::folder_below(&self.root, PLACE)?;
        let entries = match fs::read_dir(&place) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error).with_context(|| format!("cannot read {PLACE}")),
        };
        let mut slugs = Vec::new();
        for entry in entries {
            let entry = entry.with_context(|| format!("cannot read {PLACE}"))?;
            let Some(slug) = entry.file_name().to_str().map(str::to_owned).filter(|name| is_slug(name)) else {
                continue;
            };
            if entry.path().join(MODEL).is_file() {
                let named = self.of_sop(&slug)?;
                if process.is_none_or(|process| process == named.model.process) {
                    slugs.push(slug);
                }
            }
        }
        slugs.sort();
        Ok(slugs)
    }

    /// A model file, `SLUG`, `SLUG@v2`, `SLUG@REVISION` or `REVISION:PATH`; files relative to `folder`.
    ///
    /// # Errors
    /// When it is none of these, or what it names is no model.
    pub(crate) fn named(&self, folder: &Path, name: &str) -> anyhow::Result<Named> {
        if folder.join(name).is_file() {
            return of_file(folder, name);
        }
        if let Some((revision, path)) = name.split_once(':') {
            return self.at(revision, path, name);
        }
        let Some((slug, version)) = name.split_once('@') else { return self.of_sop(name) };
        let model = place(slug, MODEL)?;
        match version.strip_prefix('v').and_then(|number| number.parse().ok()) {
            Some(number) => self.at(&self.commit_of(slug, number)?, &model, name),
            None => self.at(version, &model, name),
        }
    }

    fn at(&self, revision: &str, path: &str, name: &str) -> anyhow::Result<Named> {
        let commit = self.repository.resolve(revision)?;
        let Some(bytes) = committed::read(&self.repository, &commit, path, LIMIT)? else {
            bail!("{revision} has no {path}");
        };
        let text = String::from_utf8(bytes).ok().with_context(|| format!("{path} of {revision} is not UTF-8 text"))?;
        Named::read(name.to_owned(), path.to_owned(), text)
    }

    /// The last commit on the way to HEAD whose SOP says that it is this version.
    fn commit_of(&self, slug: &str, version: u32) -> anyhow::Result<String> {
        let document = place(slug, DOCUMENT)?;
        let line = format!("version: {version}");
        for commit in range::last(&self.repository, MAX_COMMITS)?.into_iter().rev() {
            let Some(text) = self.text_at(&commit, &document) else { continue };
            let mut front = text.lines().skip(1).take_while(|line| line.trim_end() != "---");
            if front.any(|found| found.trim_end() == line) {
                return Ok(commit);
            }
        }
        bail!("no commit has version {version} of the SOP `{slug}`\nhint: `git log -- {document}` lists its commits")
    }

    fn text_at(&self, commit: &str, path: &str) -> Option<String> {
        Some(String::from_utf8_lossy(&self.repository.blob_at(commit, path)?).into_owned())
    }

    /// The repository as it is, and as it was when `named` was written. Without a commit that has it, and without evidence in
    /// commits that are here, what was there then is not known.
    pub(crate) fn standing(&self, named: &Named) -> Standing<'_> {
        let mut then: Vec<String> = Vec::new();
        // The commit that brought the text as it is now: before it another was there, or none.
        for commit in range::last(&self.repository, MAX_COMMITS).unwrap_or_default().into_iter().rev() {
            match self.text_at(&commit, &named.path) {
                Some(text) if text == named.text => then = vec![commit],
                _ if then.is_empty() => {}
                _ => break,
            }
        }
        then.extend(named.model.evidence.commits.last().filter(|commit| self.repository.has_commit(commit)).cloned());
        Standing { models: self, then }
    }
}

fn is_slug(text: &str) -> bool {
    let is_part = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '-';
    !text.is_empty() && text.chars().all(is_part)
}

/// The path of a file of an SOP, from the root of the work tree.
fn place(slug: &str, file: &str) -> anyhow::Result<String> {
    if !is_slug(slug) {
        bail!(
            "`{slug}` names neither a file nor an SOP\nhint: a model is a file, SLUG, SLUG@v2, SLUG@REVISION or REVISION:PATH"
        );
    }
    Ok(format!("{PLACE}/{slug}/{file}"))
}

pub(crate) struct Standing<'a> {
    models: &'a Models,
    then: Vec<String>,
}

impl Known for Standing<'_> {
    fn now(&self, path: &str) -> Option<String> {
        let path = self.models.root.join(path);
        // A file that is too long or no text is there all the same.
        path.is_file().then(|| files::read_text(&path, LIMIT).ok().flatten().unwrap_or_default())
    }

    fn then(&self, path: &str) -> Vec<String> {
        self.then.iter().filter_map(|commit| self.models.text_at(commit, path)).collect()
    }
}
