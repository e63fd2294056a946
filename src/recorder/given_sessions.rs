//! Records of commits that have none, from transcripts in a folder or archive that somebody names: what a workflow keeps of the agents
//! that ran in it.

use std::path::Path;

use super::unseen_commits::is_of_a_session;
use super::workplace::Workplace;
use super::{belonging, compose, mapped_agents, unseen};
use crate::capture;
use crate::environment::Environment;
use crate::git::changes;
use crate::link::library::Library;
use crate::record::note::Record;
use crate::record::text::Clean;
use crate::redact::Redactor;

/// What was found.
pub(crate) struct GivenSessions {
    /// How many sessions there are.
    pub(crate) count: usize,
    /// Of the commits that one of them surely led to.
    pub(crate) records: Vec<Record<Clean>>,
    /// What could not be read, a text each.
    pub(crate) problems: Vec<String>,
}

/// Looks for the sessions that led to these commits.
///
/// # Errors
/// When a commit cannot be read, or what is not to be recorded.
pub(crate) fn look(
    workplace: &Workplace,
    environment: &Environment,
    path: &Path,
    (commits, redactor): (&[String], &Redactor),
) -> anyhow::Result<GivenSessions> {
    // By the settings that judge these commits: what is checked out may come from anybody.
    let mapped = mapped_agents::take_up(&workplace.repository, &workplace.config, environment);
    let mut named = capture::find_named_by_person(path);
    // Whoever made the folder may be somebody else: a link in it could lead anywhere. A row's path lies below its database.
    named.found.retain(|one| !one.path.ancestors().take(2).any(|at| at.is_symlink() && at.is_file()));
    let mut problems: Vec<String> = mapped.problems;
    let not_found = named.problems.iter().map(|problem| format!("{} {}", problem.path.display(), problem.message));
    problems.extend(not_found);
    let (sessions, unread) = belonging::read_all(&named.found);
    problems.extend(unread);
    let sessions = unseen::without(workplace, environment, sessions)?;
    let count = sessions.len();
    let library = Library::new(sessions);
    let mut records = Vec::new();
    for id in commits.iter().filter(|_| count > 0) {
        let commit = workplace.without_ignored(changes::read_commit(&workplace.repository, id)?);
        let record = compose::from_library(workplace, &commit, &library, redactor, &mut problems);
        records.extend(record.filter(is_of_a_session));
    }
    Ok(GivenSessions { count, records, problems })
}
