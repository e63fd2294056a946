//! SOPs as a commit has them: nothing of the work tree is looked at.

use anyhow::{Context as _, bail};

use super::folder::{DOCUMENT, Document, LEDGER, LIMIT, MODEL, PLACE, is_slug};
use crate::git::committed;
use crate::git::repository::Repository;
use crate::process::model::ProcessModel;
use crate::process::model_yaml;
use crate::sop::digest::digest;
use crate::sop::ledger::{self, Ledger};
use crate::sop::life::{Live, State};

/// The slugs of the SOPs in `commit`, sorted.
///
/// # Errors
/// When the commit is not here.
pub(crate) fn slugs(repository: &Repository, commit: &str) -> anyhow::Result<Vec<String>> {
    let names = committed::names(repository, commit, PLACE)?;
    Ok(names.into_iter().filter(|name| is_slug(name)).collect())
}

/// An SOP in a commit.
pub(crate) struct CommittedSop<'a> {
    pub(crate) repository: &'a Repository,
    pub(crate) commit: &'a str,
    pub(crate) slug: &'a str,
}

/// A version that is in force.
#[derive(Clone, Debug)]
pub(crate) struct PublishedSop {
    pub(crate) slug: String,
    pub(crate) live: Live,
    pub(crate) model: ProcessModel,
}

impl CommittedSop<'_> {
    pub(crate) fn place(&self, name: &str) -> String {
        format!("{PLACE}/{}/{name}", self.slug)
    }

    fn read(&self, name: &str) -> anyhow::Result<Option<String>> {
        let bytes = committed::read(self.repository, self.commit, &self.place(name), LIMIT)?;
        let text = bytes.map(String::from_utf8).transpose();
        text.with_context(|| format!("{} is not UTF-8 text", self.place(name)))
    }

    /// The ledger as it is, whatever is in it; empty where there is none.
    ///
    /// # Errors
    /// When it is not UTF-8, too long, or not a file.
    pub(crate) fn ledger_text(&self) -> anyhow::Result<String> {
        Ok(self.read(LEDGER)?.unwrap_or_default())
    }

    /// `None` before the first draft.
    ///
    /// # Errors
    /// When one of the files cannot be read.
    pub(crate) fn document(&self) -> anyhow::Result<Option<Document>> {
        let Some(text) = self.read(DOCUMENT)? else { return Ok(None) };
        let model = self.read(MODEL)?.unwrap_or_default();
        Ok(Some(Document { digest: digest(&text, &model), text, model }))
    }

    /// # Errors
    /// At the first line of it that does not belong.
    pub(crate) fn ledger(&self) -> anyhow::Result<Ledger> {
        let bytes = committed::read(self.repository, self.commit, &self.place(LEDGER), LIMIT)?.unwrap_or_default();
        ledger::read(&bytes).map_err(|error| anyhow::anyhow!("{}:{}: {}", self.place(LEDGER), error.line, error.what))
    }

    /// The version that is in force, from the files that were kept of it; `None` where none is.
    ///
    /// # Errors
    /// When the ledger is damaged, and when the files are not those that were approved.
    pub(crate) fn published(&self) -> anyhow::Result<Option<PublishedSop>> {
        let life = self.ledger()?.life;
        let is_over = matches!(life.state, Some(State::Superseded | State::Retired));
        let Some(live) = life.live.filter(|_| !is_over) else { return Ok(None) };
        let file = |name: &str| self.read(&format!("versions/{}/{name}", live.version));
        let (Some(text), Some(model)) = (file(DOCUMENT)?, file(MODEL)?) else {
            bail!("the files of version {} of the SOP `{}` are missing", live.version, self.slug);
        };
        if digest(&text, &model) != live.digest {
            bail!("version {} of the SOP `{}` is not what was published", live.version, self.slug);
        }
        let place = || self.place(&format!("versions/{}/{MODEL}", live.version));
        let model = model_yaml::read(&model).with_context(place)?;
        Ok(Some(PublishedSop { slug: self.slug.to_owned(), live, model }))
    }
}

/// The SOPs that are in force in `commit`, and of each that cannot be used why, a line each.
///
/// # Errors
/// When the commit is not here.
pub(crate) fn published(repository: &Repository, commit: &str) -> anyhow::Result<(Vec<PublishedSop>, Vec<String>)> {
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    for slug in slugs(repository, commit)? {
        match (CommittedSop { repository, commit, slug: &slug }).published() {
            Ok(sop) => found.extend(sop),
            Err(error) => problems.push(format!("{error:#}")),
        }
    }
    Ok((found, problems))
}
