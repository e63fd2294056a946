//! What the placeholders of `log --format` are of a commit; `None` where it is not known.

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

use crate::record::commit::{ClockTime, Person};
use crate::record::contribution::Contribution;
use crate::record::entry::CommitEntry;
use crate::record::headline::{checked, headline, outcome, wanted};
use crate::record::note::{LineCounts, Statement};
use crate::record::text::Clean;
use crate::text::ids::short;

/// What git has of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GitValue {
    Id,
    ShortId,
    Parents,
    ShortParents,
    Subject,
    AuthorName,
    AuthorEmail,
    AuthorDate,
    AuthorIso,
    AuthorStrictIso,
    AuthorDay,
    AuthorSeconds,
    CommitterName,
    CommitterEmail,
    CommitterDate,
    CommitterIso,
    CommitterStrictIso,
    CommitterDay,
    CommitterSeconds,
}

/// What is recorded of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RecordValue {
    Agents,
    Versions,
    Models,
    Sessions,
    Headline,
    Asked,
    Checked,
    Share,
    Added,
    Unknown,
    Attempts,
    Corrections,
    Recorded,
    Made,
}

/// `clean` redacts names and addresses of people.
pub(super) fn git_value(value: GitValue, entry: &CommitEntry, clean: &dyn Fn(&str) -> String) -> Option<String> {
    let header = entry.header.as_ref();
    let author = || header.map(|header| &header.author);
    let committer = || header.map(|header| &header.committer);
    let email = |person: Option<&Person>| person.map(|person| clean(&person.email));
    let authored = |form: DateForm| written(header?.authored_at, form);
    let committed = |form: DateForm| written(header?.committed_at, form);
    match value {
        GitValue::Id => Some(entry.id.clone()),
        GitValue::ShortId => Some(entry.short_id().to_owned()),
        GitValue::Parents => header.map(|header| header.parents.join(" ")),
        GitValue::ShortParents => {
            header.map(|header| header.parents.iter().map(|id| short(id)).collect::<Vec<_>>().join(" "))
        }
        GitValue::Subject => Some(entry.subject.as_str().to_owned()),
        GitValue::AuthorName => Some(entry.author.as_str().to_owned()),
        GitValue::AuthorEmail => email(author()),
        GitValue::AuthorDate => authored(DateForm::Git),
        GitValue::AuthorIso => authored(DateForm::Iso),
        GitValue::AuthorStrictIso => authored(DateForm::StrictIso),
        GitValue::AuthorDay => authored(DateForm::Day),
        GitValue::AuthorSeconds => authored(DateForm::Seconds),
        GitValue::CommitterName => committer().map(|person| clean(&person.name)),
        GitValue::CommitterEmail => email(committer()),
        GitValue::CommitterDate => committed(DateForm::Git),
        GitValue::CommitterIso => committed(DateForm::Iso),
        GitValue::CommitterStrictIso => committed(DateForm::StrictIso),
        GitValue::CommitterDay => committed(DateForm::Day),
        GitValue::CommitterSeconds => committed(DateForm::Seconds),
    }
}

#[derive(Clone, Copy)]
enum DateForm {
    Git,
    Iso,
    StrictIso,
    Day,
    Seconds,
}

/// A time by the clock of who made it; `None` for one that no calendar has.
fn written(at: ClockTime, form: DateForm) -> Option<String> {
    if matches!(form, DateForm::Seconds) {
        return Some(at.seconds.to_string());
    }
    let offset = Offset::from_seconds(at.offset_minutes.checked_mul(60)?).ok()?;
    let time = Timestamp::from_second(at.seconds).ok()?.to_zoned(TimeZone::fixed(offset));
    let form = match form {
        DateForm::Git => "%a %b %-d %H:%M:%S %Y %z",
        DateForm::Iso => "%Y-%m-%d %H:%M:%S %z",
        DateForm::StrictIso if at.offset_minutes == 0 => "%Y-%m-%dT%H:%M:%SZ",
        DateForm::StrictIso => "%Y-%m-%dT%H:%M:%S%:z",
        DateForm::Day | DateForm::Seconds => "%Y-%m-%d",
    };
    Some(time.strftime(form).to_string())
}

pub(super) fn record_value(value: RecordValue, entry: &CommitEntry) -> Option<String> {
    let record = entry.record.as_ref();
    let all = |of: fn(&Contribution<Clean>) -> Vec<String>| joined(entry.sure().flat_map(of));
    let count = |of: fn(&Contribution<Clean>) -> usize| record.map(|_| entry.sure().map(of).sum::<usize>().to_string());
    match value {
        RecordValue::Agents => joined(agents(entry, |_| None)),
        RecordValue::Versions => joined(agents(entry, |one| one.agent_version.as_deref())),
        RecordValue::Models => all(|one| one.models.clone()),
        RecordValue::Sessions => all(|one| vec![one.session.clone()]),
        RecordValue::Headline => headline(entry),
        RecordValue::Asked => wanted(entry),
        RecordValue::Checked => checked(entry),
        RecordValue::Share => share(record?.lines),
        RecordValue::Added => Some(record?.lines.added.to_string()),
        RecordValue::Unknown => Some(record?.lines.unknown.to_string()),
        RecordValue::Attempts => count(|one| one.attempts.iter().filter(|attempt| attempt.is_told()).count()),
        RecordValue::Corrections => count(|one| one.corrections.len()),
        RecordValue::Recorded => Some(if record.is_some() { "yes" } else { "no" }.to_owned()),
        RecordValue::Made => made(entry),
    }
}

/// Each agent that worked on the commit, then those that only its message names.
fn agents<'a>(
    entry: &'a CommitEntry,
    version: fn(&Contribution<Clean>) -> Option<&str>,
) -> impl Iterator<Item = String> + 'a {
    let worked = entry.sure().map(move |one| match version(one) {
        Some(version) => format!("{} {version}", one.agent.title()),
        None => one.agent.title().to_owned(),
    });
    let named = entry.stated().iter().filter_map(|statement| match statement {
        Statement::Agent { agent, .. } if !entry.sure().any(|one| one.agent == *agent) => {
            Some(agent.title().to_owned())
        }
        _ => None,
    });
    worked.chain(named)
}

/// Each of them once, with commas; `None` where there is none.
fn joined(parts: impl Iterator<Item = String>) -> Option<String> {
    let mut all: Vec<String> = Vec::new();
    for part in parts {
        if !all.contains(&part) {
            all.push(part);
        }
    }
    (!all.is_empty()).then(|| all.join(", "))
}

/// Lines that agents wrote of all that were added. Never all or none that is not.
fn share(lines: LineCounts) -> Option<String> {
    let (agents, added) = (u64::from(lines.agent) + u64::from(lines.corrected), u64::from(lines.added));
    let percent = (agents * 100).checked_div(added)?;
    Some(match percent {
        0 if agents > 0 => "<1%".to_owned(),
        percent => format!("{percent}%"),
    })
}

/// `(Claude Code, 91%; tests passed, 3 failed attempts)`.
fn made(entry: &CommitEntry) -> Option<String> {
    let mut text = joined(agents(entry, |_| None))?;
    if let Some(share) = entry.record.as_ref().and_then(|record| share(record.lines)) {
        text.push_str(&format!(", {share}"));
    }
    Some(format!("({text}{})", outcome(entry)))
}
