//! Commits of which a partial clone may lack what they changed: it is fetched where a record can come of it.

use jiff::{SignedDuration, Timestamp};

use crate::git::promised;
use crate::record::session::Session;
use crate::recorder::compose::says_something;
use crate::recorder::journals::Journals;
use crate::recorder::orphans::Records;
use crate::recorder::workplace::Workplace;

/// Clocks of two machines may differ by this much.
const SKEW: SignedDuration = SignedDuration::from_hours(24);

/// Which commits of a partial clone are worth their files.
pub(crate) struct Lacking {
    /// No session began earlier; `None` where there is none.
    first_session: Option<Timestamp>,
    has_journals: bool,
    is_partial: bool,
    /// Commits that were left out.
    pub(crate) left_out: usize,
}

impl Lacking {
    pub(crate) fn new(workplace: &Workplace, sessions: &[Session], journals: &Journals) -> Self {
        Self {
            first_session: sessions.iter().map(|session| session.started_at.unwrap_or(Timestamp::MIN)).min(),
            has_journals: journals.count() > 0,
            is_partial: workplace.repository.is_partial(),
            left_out: 0,
        }
    }

    /// Those of the commits whose changes can be told; their files are fetched. All of them, unless the clone is partial. Left
    /// out without a count is what no session, journal, message or record of another commit can tell anything of.
    ///
    /// # Errors
    /// When a commit cannot be read.
    pub(crate) fn readable(
        &mut self,
        workplace: &Workplace,
        records: &Records<'_>,
        ids: &[String],
    ) -> anyhow::Result<Vec<String>> {
        if !self.is_partial {
            return Ok(ids.to_vec());
        }
        let mut wanted = Vec::new();
        for id in ids {
            let at = workplace.repository.times(id)?.committed;
            let is_late = self.first_session.is_some_and(|first| at.saturating_add(SKEW).is_ok_and(|at| at >= first));
            // Whether the record of another commit fits cannot always be told without the files.
            let fits = || records.fits(id).unwrap_or(true);
            if is_late || self.has_journals || says_something(workplace, id)? || fits() {
                wanted.push(id.clone());
            }
        }
        let lacking = promised::bring_changes(&workplace.repository, &wanted)?;
        self.left_out += lacking.len();
        wanted.retain(|id| !lacking.contains(id));
        Ok(wanted)
    }

    /// What a person is told of it.
    pub(crate) fn message(&self, workplace: &Workplace) -> Option<String> {
        let count = self.left_out;
        let commits = if count == 1 { "1 commit".to_owned() } else { format!("{count} commits") };
        let why = || promised::why_not(&workplace.repository);
        (count > 0).then(|| format!("{commits} left out: this partial clone lacks their files, and {}", why()))
    }
}
