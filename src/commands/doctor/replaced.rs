//! Records whose commit was replaced, and commits without one that such a record fits.

use super::report::Diagnosis;
use crate::environment::Environment;
use crate::git::repository::Repository;
use crate::git::{note_refs, notes, range, remotes, rewritten, trailers};
use crate::recorder::orphans::Records;
use crate::recorder::workplace::Workplace;

/// A larger history is not walked to count what it no longer has.
const MOST_COMMITS: usize = 300_000;
/// So many of the last commits are compared with the records.
const LATEST: usize = 1_000;

pub(crate) fn look(environment: &Environment) -> Vec<Diagnosis> {
    // What is wrong with repository and settings was said above.
    let Ok(workplace) = Workplace::open(environment) else { return Vec::new() };
    let repository = &workplace.repository;
    let mut findings = Vec::new();
    for remote in not_fetched(repository) {
        let state = "none fetched yet; `git fetch` brings them, where there are any";
        findings.push(Diagnosis::good(format!("records of {remote}"), state));
    }
    let mut records = match Records::read(&workplace) {
        Ok(records) => records,
        Err(error) => {
            findings.push(Diagnosis::problem(
                "records",
                format!("{error:#}"),
                "look at `git log refs/notes/backstory`",
            ));
            return findings;
        }
    };
    if let Ok(ids) = range::last(repository, LATEST) {
        records.look_for_squashes(&ids);
        findings.extend(without(&ids, &records));
        findings.extend(filtered(&workplace, &ids, &records));
    }
    findings.extend(moved(repository));
    findings.extend(orphans(&workplace, &records));
    findings
}

/// The remotes whose records a fetch would bring, and of which none are here.
fn not_fetched(repository: &Repository) -> Vec<String> {
    let brings = |remote: &String| {
        repository
            .config_values(&format!("remote.{remote}.fetch"))
            .iter()
            .any(|line| line.contains(note_refs::NOTES_REF))
    };
    let fetched = notes::fetched(repository);
    let is_here = |remote: &str| fetched.iter().any(|copy| note_refs::remote_of(copy) == Some(remote));
    remotes::names(repository).into_iter().filter(brings).filter(|remote| !is_here(remote)).collect()
}

/// How many records there are of commits that nothing leads to: an amend leaves one each time.
fn orphans(workplace: &Workplace, records: &Records<'_>) -> Option<Diagnosis> {
    let count = records.own().count();
    if count == 0 {
        return None;
    }
    let in_use = rewritten::in_use(&workplace.repository, MOST_COMMITS);
    let state = match in_use.map(|in_use| records.own().filter(|id| !in_use.contains(*id)).count()) {
        None | Some(0) => format!("{count}"),
        Some(gone) => format!("{count}, {gone} of commits that are on no branch (amended, rebased or rewritten)"),
    };
    Some(Diagnosis::good("records", state))
}

/// Records that a rewrite of all files moved with them.
fn moved(repository: &Repository) -> Option<Diagnosis> {
    let count = notes::moved(repository).ok().filter(|count| *count > 0)?;
    let state =
        format!("{count} lie in a folder of {} where git does not look (git filter-repo)", note_refs::NOTES_REF);
    Some(Diagnosis::problem("moved records", state, "run `backstory backfill`: it puts them back"))
}

/// Commits that a filter of the whole repository made, which name a session, where nothing is left of their records: it took
/// these for files that were to go.
fn filtered(workplace: &Workplace, ids: &[String], records: &Records<'_>) -> Option<Diagnosis> {
    let repository = &workplace.repository;
    let made = rewritten::told(repository);
    let names_a_session = |id: &&String| {
        let message = repository.message(id).unwrap_or_default();
        trailers::parse(&message, trailers::COMMENT).iter().any(|one| one.key.eq_ignore_ascii_case("Backstory-Session"))
    };
    let is_bare = |id: &&String| !records.tells(id) && !records.fits(id).unwrap_or(false);
    let count = ids.iter().filter(|id| made.contains_key(*id)).filter(names_a_session).filter(is_bare).count();
    let commits = if count == 1 { "1 commit names".to_owned() } else { format!("{count} commits name") };
    let state = format!("{commits} a session and lost the record: git filter-repo dropped {}", note_refs::NOTES_REF);
    let advice = "fetch the notes from another clone, as docs/hooks.md says, then run `backstory backfill`";
    (count > 0).then(|| Diagnosis::problem("rewritten commits", state, advice))
}

fn without(ids: &[String], records: &Records<'_>) -> Option<Diagnosis> {
    let fitting = ids.iter().filter(|id| !records.tells(id) && records.fits(id).unwrap_or(false)).count();
    let said = match fitting {
        0 => return None,
        1 => "1 commit has no record, and one of another commit fits".to_owned(),
        count => format!("{count} commits have no record, and one of another commit fits"),
    };
    Some(Diagnosis::problem("rewritten commits", said, "run `backstory backfill`: it takes these records over"))
}
