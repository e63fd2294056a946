//! The units of all sessions of this repository, as far as they may be recorded.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::collected::Options;
use crate::capture;
use crate::environment::Environment;
use crate::process::units::steps::Making;
use crate::process::units::{Unit, units_of};
use crate::record::session::Session;
use crate::record::text::{Clean, Raw};
use crate::recorder::process_rules::Rules;
use crate::recorder::workplace::Workplace;
use crate::recorder::{belonging, unseen};
use crate::redact::Redactor;

/// What sessions tell.
pub(super) struct SessionUnits {
    pub(super) units: Vec<Unit>,
    /// `<agent>/<session>` of each session that was read, under all its names.
    pub(super) names: HashSet<String>,
    /// What could not be read, a line each.
    pub(super) problems: Vec<String>,
}

/// The units of each session.
///
/// # Errors
/// When it cannot be told what may be recorded.
pub(super) fn units(
    workplace: &Workplace,
    environment: &Environment,
    (rules, redactor): (&Rules, &Redactor),
    options: &Options,
) -> anyhow::Result<SessionUnits> {
    let (found, problems) = match &options.sessions {
        Some(folder) => {
            let named = capture::find_named_by_person(&environment.cwd.join(folder));
            let (sessions, mut problems) = belonging::read_all(&named.found);
            problems
                .extend(named.problems.iter().map(|problem| format!("{} {}", problem.path.display(), problem.message)));
            (sessions, problems)
        }
        None => belonging::sessions(workplace, environment, &belonging::Named::new()),
    };
    let sessions = unseen::without(workplace, environment, capture::merge(found))?;
    let names = |session: &Session| {
        let all = std::iter::once(&session.id).chain(&session.other_ids);
        all.map(|id| format!("{}/{id}", session.agent)).collect::<Vec<_>>()
    };
    let names = sessions.iter().flat_map(names).collect();
    Ok(SessionUnits { units: on_all_cores(workplace, (rules, redactor), &sessions), names, problems })
}

fn on_all_cores(workplace: &Workplace, (rules, redactor): (&Rules, &Redactor), sessions: &[Session]) -> Vec<Unit> {
    let trees = workplace.repository.worktree_roots();
    let roots: Vec<String> = trees
        .iter()
        .map(|root| format!("{}/", root.to_string_lossy().replace('\\', "/").trim_end_matches('/')))
        .collect();
    let prompts = workplace.config.prompts;
    let next = AtomicUsize::new(0);
    let work = || {
        let mut made = Vec::new();
        // Commands repeat, and redaction is what takes longest here.
        let mut known: HashMap<Raw, Clean> = HashMap::new();
        let mut clean = |raw: Raw| {
            if raw.quote().is_some() {
                return redactor.text(raw).0;
            }
            known.entry(raw).or_insert_with_key(|raw| redactor.text(raw.clone()).0).clone()
        };
        let mut making =
            Making { rules: &rules.activities, roots: roots.clone(), prompts, is_for_record: false, clean: &mut clean };
        while let Some((place, session)) = {
            let place = next.fetch_add(1, Ordering::Relaxed);
            sessions.get(place).map(|session| (place, session))
        } {
            made.push((place, units_of(session, &mut making)));
        }
        made
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(sessions.len().max(1));
    let mut made: Vec<(usize, Vec<Unit>)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap_or_default()).collect()
    });
    made.sort_by_key(|(place, _)| *place);
    made.into_iter().flat_map(|(_, units)| units).collect()
}
