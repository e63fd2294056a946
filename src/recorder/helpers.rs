//! Handles on one place for several threads: libgit2's own is not shared.

use anyhow::Context as _;

use super::ignored::Ignored;
use super::workplace::Workplace;
use crate::config::Config;
use crate::git::reopened::RepositoryAddress;
use crate::parallel;

/// What a thread needs for a handle of its own.
pub(crate) struct Helpers {
    address: RepositoryAddress,
    settings: (Config, Ignored, Option<String>),
}

impl Helpers {
    /// For so many jobs; `None` where the caller does as well alone: on one core, for one job, and where the repository cannot
    /// be opened once more.
    pub(crate) fn of(workplace: &Workplace, jobs: usize) -> Option<Self> {
        if parallel::threads() == 1 || jobs < 2 {
            return None;
        }
        let address = workplace.repository.address();
        address.open()?;
        Some(Self { address, settings: workplace.settings() })
    }

    /// The handle of a thread that begins.
    ///
    /// # Errors
    /// When the repository is not there any more.
    pub(crate) fn open(&self) -> anyhow::Result<Workplace> {
        let repository = self.address.open().context("the repository cannot be opened once more")?;
        Ok(Workplace::with(repository, self.settings.clone()))
    }
}
