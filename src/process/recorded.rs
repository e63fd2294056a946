//! Runs out of records: what a note still says of how a commit was made, for who has no sessions (the Action). A record keeps
//! which files were changed and which checks ran with what result; that is the compact trace of its run.

use super::activities::{Activities, COMMIT};
use super::units::belonging::{Known, Processes};
use crate::record::contribution::{Check, CheckKind, CheckResult, CheckedBy, Contribution};
use crate::record::entry::CommitEntry;
use crate::record::execution::{Actor, CaseKind, Execution, ExecutionLog, ExecutionStatus, Run, Symbol};
use crate::record::note::Record;
use crate::record::session::FailureKind;
use crate::record::text::Clean;

/// One run for each commit of which a record tells, in the order of `entries`.
pub fn log_of_records(
    entries: &[CommitEntry],
    rules: &Activities,
    processes: &[super::settings::ProcessRule],
) -> anyhow::Result<ExecutionLog> {
    let processes = Processes::new(processes)?;
    let mut log = ExecutionLog { rules_version: rules.version(), ..ExecutionLog::default() };
    for entry in entries {
        if let Some(record) = entry.record.as_ref().filter(|record| record.contributions.iter().any(|one| !one.unread))
        {
            add(&mut log, entry, record, (rules, &processes));
        }
    }
    Ok(log)
}

fn add(
    log: &mut ExecutionLog,
    entry: &CommitEntry,
    record: &Record<Clean>,
    (rules, processes): (&Activities, &Processes),
) {
    let mut run = Run::new(log.symbols.intern(&format!("commit/{}", entry.id)), CaseKind::Unit);
    let files: Vec<String> = record.files.iter().map(|file| file.path.clone()).collect();
    let trailer = entry.trailers.iter().find(|trailer| trailer.key.eq_ignore_ascii_case("process"));
    let known = Known {
        trailer: trailer.map(|trailer| trailer.value.as_str().trim().to_lowercase()),
        subject: Some(entry.subject.as_str().to_owned()),
        files: files.clone(),
        ..Known::default()
    };
    let (process, why) = processes.of(&known, rules);
    run.process = log.symbols.intern(&process);
    run.process_why = log.symbols.intern(&why);
    run.commits = vec![log.symbols.intern(&entry.id)];
    run.files = files.iter().map(|file| log.symbols.intern(file)).collect();
    if let Some(first) = record.contributions.first() {
        run.agent = log.symbols.intern(first.agent.as_str());
        run.model = log.symbols.intern(first.models.last().map_or("", String::as_str));
    }
    for one in &record.contributions {
        let session = log.symbols.intern(&format!("{}/{}", one.agent, one.session));
        run.sessions.push(session);
    }
    let mut events = Vec::new();
    for one in &record.contributions {
        edits(log, &mut events, (one, &files), rules);
        let checks = one.checks.iter().filter_map(|check| checked(log, one, check, rules));
        events.extend(checks.collect::<Vec<_>>());
    }
    let commit = event(log, COMMIT, rules);
    let committed_at = Some(record.committed_at.as_millisecond());
    events.push(Execution {
        started_at: committed_at,
        status: ExecutionStatus::Succeeded,
        output: run.commits[0],
        ..commit
    });
    log.push(run, events);
}

fn event(log: &mut ExecutionLog, activity: &str, rules: &Activities) -> Execution {
    let symbol = log.symbols.intern(activity);
    if let Some(phase) = rules.phase(activity) {
        log.phases.insert(symbol, phase);
    }
    Execution { activity: symbol, ..Execution::default() }
}

/// The kinds of files that a contribution changed, each once. When each was edited is not in a record: they stand where its work began.
fn edits(
    log: &mut ExecutionLog,
    events: &mut Vec<Execution>,
    (one, files): (&Contribution<Clean>, &[String]),
    rules: &Activities,
) {
    if one.lines == 0 {
        return;
    }
    let mut kinds: Vec<&str> = Vec::new();
    for (id, _) in files.iter().filter_map(|file| rules.paths.find(file)) {
        let name = rules.name(id);
        if !kinds.contains(&name) {
            kinds.push(name);
        }
    }
    for kind in kinds {
        let edit = event(log, kind, rules);
        events.push(Execution {
            actor: Actor::Agent,
            actor_name: log.symbols.intern(one.agent.as_str()),
            started_at: one.started_at.map(jiff::Timestamp::as_millisecond),
            ..edit
        });
    }
}

fn checked(
    log: &mut ExecutionLog,
    one: &Contribution<Clean>,
    check: &Check<Clean>,
    rules: &Activities,
) -> Option<Execution> {
    let (activity, failure) = match check.kind {
        CheckKind::Test => ("run tests", FailureKind::Tests),
        CheckKind::Build => ("build", FailureKind::Build),
        CheckKind::Lint | CheckKind::Format => ("lint", FailureKind::Lint),
        CheckKind::TypeCheck => ("check types", FailureKind::Lint),
        // A person's words, and nobody knows which of them it was.
        CheckKind::Told => return None,
    };
    let status = match check.result {
        CheckResult::Passed => ExecutionStatus::Succeeded,
        CheckResult::Failed => ExecutionStatus::Failed,
        CheckResult::NotSeen => ExecutionStatus::NotKnown,
    };
    let base = event(log, activity, rules);
    let (actor, name) = match check.by {
        CheckedBy::Agent => (Actor::Agent, one.agent.as_str()),
        CheckedBy::Person => (Actor::Person, ""),
        CheckedBy::CommitHook => (Actor::NotKnown, ""),
    };
    Some(Execution {
        actor,
        actor_name: log.symbols.intern(name),
        status,
        failure: (status == ExecutionStatus::Failed).then_some(failure),
        started_at: check.at.map(jiff::Timestamp::as_millisecond),
        command: log.symbols.intern(check.command.as_str()),
        output: check.summary.as_ref().map_or(Symbol::NONE, |summary| log.symbols.intern(summary.as_str())),
        ..base
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::settings::ProcessSettings;
    use crate::record::samples;

    #[test]
    fn a_record_tells_of_the_files_the_checks_and_the_commit() {
        let rules = Activities::new("", &ProcessSettings::default()).unwrap();
        let entries = [samples::discounts(), samples::entry("ab", "Nothing known", None)];
        let log = log_of_records(&entries, &rules, &[]).unwrap();
        assert_eq!(log.runs.len(), 1);
        let run = &log.runs[0];
        assert_eq!(log.text(run.process), "change");
        let steps: Vec<&str> = log.events_of(run).iter().map(|event| log.text(event.activity)).collect();
        assert_eq!(steps.first(), Some(&"edit source"), "{steps:?}");
        assert!(steps.contains(&"run tests") && steps.last() == Some(&"commit"), "{steps:?}");
        assert!(log.events.iter().all(|event| log.phase(event.activity).is_some()));
    }
}
