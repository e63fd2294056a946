//! Narrows records that were made before to what a person or a team keeps now, before anything of them leaves this clone:
//! they may be from a checkout without the team's files, or from a time before the setting.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::ignored::Ignored;
use super::unseen::Unseen;
use super::workplace::Workplace;
use crate::git::notes;
use crate::record::contribution::{AttemptKind, Check};
use crate::record::note::Record;
use crate::record::prompts::{self, Prompts};
use crate::record::session::FailureKind;
use crate::record::text::Clean;
use crate::recorder::note_codec;
use crate::text::paths;

/// Records that must not leave as they are.
#[derive(Default)]
pub(crate) struct Held {
    pub(crate) commits: BTreeSet<String>,
    /// Why, where it is not that the record tells of a session or an agent that is not to be recorded.
    pub(crate) problems: Vec<String>,
}

/// Whether a record tells of a session or an agent that is not to be recorded.
pub(crate) fn tells_of_ignored(record: &Record<Clean>, ignored: &Ignored) -> bool {
    record.contributions.iter().any(|one| ignored.has_session(&one.agent, &one.session))
}

/// Takes out of a record what is not to be kept of paths and prompts.
pub(crate) fn narrow(record: &mut Record<Clean>, ignored: &Ignored, prompts: Prompts) {
    let is_kept = |path: &String| !ignored.has_path(path);
    let unseen = Unseen::in_records(ignored);
    let has_paths = ignored.has_paths();
    let names = |text: &Clean, of_command| has_paths && unseen.names(text.as_str(), of_command);
    // Attempts have the names of files without their folders where these are not known.
    let gone = record.files.iter().map(|file| &file.path).chain(record.untested.iter().map(|place| &place.path));
    let gone: BTreeSet<String> = gone.filter(|path| !is_kept(path)).map(|path| name_of(path)).collect();
    record.files.retain(|file| is_kept(&file.path));
    record.untested.retain(|place| is_kept(&place.path));
    for one in &mut record.contributions {
        prompts::keep(one, prompts);
        one.corrections.retain(|correction| correction.path.as_ref().is_none_or(is_kept));
        one.attempts.retain(|attempt| {
            let of_command = matches!(
                attempt.kind,
                AttemptKind::Failed(
                    FailureKind::Command
                        | FailureKind::Tests
                        | FailureKind::Lint
                        | FailureKind::Build
                        | FailureKind::Timeout
                        | FailureKind::CommandNotFound
                )
            );
            let said = [&attempt.error, &attempt.change, &attempt.why];
            attempt.edit.as_ref().is_none_or(|edit| is_kept(&edit.path))
                && attempt.files.iter().all(|file| is_kept(file) && !gone.contains(&name_of(file)))
                && !names(&attempt.tried, of_command)
                && !said.into_iter().flatten().any(|text| names(text, false))
        });
        let is_of = |check: &Check<Clean>| {
            let said = [&check.summary, &check.said];
            names(&check.command, true) || said.into_iter().flatten().any(|text| names(text, false))
        };
        one.checks.retain(|check| !is_of(check));
        one.changed_after_check.retain(is_kept);
    }
}

fn name_of(path: &str) -> String {
    paths::name(path).to_owned()
}

/// Narrows the records of `commits`, which are about to leave, in this clone's own notes. What cannot be narrowed is held back.
///
/// # Errors
/// When the notes cannot be read or written.
pub(crate) fn before_leaving(workplace: &Workplace, commits: &[String], now: Timestamp) -> anyhow::Result<Held> {
    let mut held = Held::default();
    let Workplace { repository, config, ignored, .. } = workplace;
    let has_rules = config.redaction.strict || !config.redaction.rules.is_empty();
    if config.prompts == Prompts::Full && ignored.is_empty() && !has_rules {
        return Ok(held);
    }
    let mut redactor = None;
    let mut narrowed = Vec::new();
    for (id, note) in commits.iter().zip(notes::read_many(repository, commits)?) {
        let Some(note) = note else { continue };
        let records = match note_codec::all_of_note(id, &note) {
            Ok(records) => records,
            Err(error) => {
                held.problems.push(format!("{error:#}; nobody can say whether it may be shared, so it is not"));
                held.commits.insert(id.clone());
                continue;
            }
        };
        // One from which the text was removed is to reach those who have it with the text.
        if records.iter().any(|record| record.forgotten.is_none() && tells_of_ignored(record, ignored)) {
            held.commits.insert(id.clone());
            continue;
        }
        let mut now_kept = records.clone();
        now_kept.iter_mut().for_each(|record| narrow(record, ignored, config.prompts));
        if now_kept == records && !has_rules {
            continue;
        }
        let redactor = match &redactor {
            Some(redactor) => redactor,
            None => redactor.insert(workplace.redactor()?),
        };
        let settled =
            now_kept.into_iter().map(|record| note_codec::settle(record, redactor)).collect::<Result<Vec<_>, _>>();
        let bytes = settled.and_then(|settled| match settled == records {
            true => Ok(None),
            false => note_codec::to_joined_note(settled, redactor).map(Some),
        });
        match bytes {
            Ok(None) => {}
            Ok(Some(mut bytes)) => {
                note_codec::add_foreign(&mut bytes, &note);
                narrowed.push((id.clone(), bytes));
            }
            Err(error) => {
                held.problems.push(format!("{error:#}; it is not shared"));
                held.commits.insert(id.clone());
            }
        }
    }
    if !narrowed.is_empty() {
        notes::write(repository, &narrowed, now)?;
    }
    Ok(held)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::git::repository::Repository;
    use crate::record::samples;
    use crate::testing::stage::Trial;

    #[test]
    fn a_path_that_is_ignored_is_in_no_part_of_a_record() {
        let mut value = serde_json::to_value(samples::discounts().record).unwrap();
        let span = json!([{"start": 1, "lines": 2, "author": "person"}]);
        value["files"] = json!([{"path": "hidden/a", "spans": span}, {"path": "open", "spans": span}]);
        value["untested"] = json!([
            {"path": "hidden/a", "start": 1, "lines": 2, "by": "person"}, {"path": "hidden/gone", "lines": 1, "by": "removed"},
            {"path": "open", "lines": 1, "by": "removed"},
        ]);
        let one = &mut value["contributions"][0];
        let check = |said: &str| json!({"kind": "test", "command": "pytest -q", "result": "failed", "after_last_edit": true, "by": "agent", "said": said});
        one["checks"] = json!([check("The price in hidden/a is missing."), check("The price is missing.")]);
        one["changed_after_check"] = json!(["hidden/a", "open"]);
        one["corrections"] = json!([
            {"form": "manual", "path": "hidden/a", "before": "x"}, {"form": "manual", "path": "open"}, {"form": "told"}
        ]);
        let attempt = |files: &[&str]| json!({"kind": {"type": "reverted"}, "tried": "x", "tries": 1, "files": files});
        one["attempts"] = json!([attempt(&["open", "hidden/b"]), attempt(&["open"]), attempt(&[])]);
        let mut record: Record<Clean> = serde_json::from_value(value).unwrap();
        let trial = Trial::new();
        let repository = Repository::discover(trial.folder.path(), None).unwrap();
        let ignored = Ignored::read(&repository, &["hidden/".to_owned()]).unwrap();
        narrow(&mut record, &ignored, Prompts::Full);
        assert!(!serde_json::to_string(&record).unwrap().contains("hidden"), "{record:?}");
        let one = &record.contributions[0];
        assert_eq!((record.files.len(), record.untested.len(), one.changed_after_check.len()), (1, 1, 1));
        assert_eq!((one.corrections.len(), one.attempts.len(), one.checks.len()), (2, 2, 1));
        let before = record.clone();
        narrow(&mut record, &ignored, Prompts::Full);
        assert_eq!(record, before);
    }
}
