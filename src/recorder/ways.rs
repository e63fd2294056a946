//! Adds to what was linked the steps on the way to the commit, by the same rules and cuts as the log of runs has them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use anyhow::Context as _;

use super::process_rules::Rules;
use super::workplace::Workplace;
use crate::link::Linked;
use crate::process::units::kept::{Destination, kept, way_to};
use crate::process::units::steps::{Making, SessionStep, steps};
use crate::record::agent::Agent;
use crate::record::commit::Commit;
use crate::record::contribution::Confidence;
use crate::record::prompts::Prompts;
use crate::record::session::Session;
use crate::record::text::Clean;

/// The steps of sessions, each worked out once, for however many threads.
pub(crate) struct Ways {
    rules: Rules,
    roots: Vec<String>,
    steps: Mutex<HashMap<(Agent, String), Arc<StepsOnce>>>,
}

/// The steps of a session, once a thread has worked them out.
type StepsOnce = OnceLock<Vec<SessionStep>>;

impl Ways {
    /// # Errors
    /// When the team's rules cannot be used.
    pub(crate) fn new(workplace: &Workplace) -> anyhow::Result<Self> {
        let rules = Rules::read(workplace.repository.root()).context("what was done is not recorded step by step")?;
        let trees = workplace.repository.worktree_roots();
        let as_folder =
            |root: &std::path::PathBuf| format!("{}/", root.to_string_lossy().replace('\\', "/").trim_end_matches('/'));
        Ok(Self { rules, roots: trees.iter().map(as_folder).collect(), steps: Mutex::default() })
    }

    /// Adds to each session that surely led to the commit what it did on the way.
    pub(crate) fn add(&self, linked: &mut Linked, commit: &Commit, sessions: &[Session]) {
        let Some(id) = commit.id.as_deref() else { return };
        let has_file =
            |path: &str| commit.files.iter().any(|file| file.path == path || file.old_path.as_deref() == Some(path));
        for one in &mut linked.contributions {
            if one.confidence == Confidence::Overlap || one.only_planned() {
                continue;
            }
            let Some(session) = sessions.iter().find(|known| known.agent == one.agent && known.id == one.session)
            else {
                continue;
            };
            let known = self.steps_of(session);
            let done = known.get_or_init(|| self.work_out(session));
            // Where it was rebased, the time at which it was made first says more.
            let way = [commit.committed_at, commit.authored_at]
                .into_iter()
                .find_map(|at| way_to(done, &Destination { id, at: at.as_millisecond(), has_file: &has_file }));
            one.steps = way.map(|way| kept(&done[way], &self.rules.activities)).unwrap_or_default();
        }
    }

    fn steps_of(&self, session: &Session) -> Arc<StepsOnce> {
        let mut known = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry((session.agent.clone(), session.id.clone())).or_default().clone()
    }

    fn work_out(&self, session: &Session) -> Vec<SessionStep> {
        // Names of activities are ours or the team's; every word of the session is left behind here.
        let mut clean = |_| Clean::default();
        let mut making = Making {
            rules: &self.rules.activities,
            roots: self.roots.clone(),
            prompts: Prompts::None,
            is_for_record: true,
            clean: &mut clean,
        };
        steps(session, &mut making)
    }
}
