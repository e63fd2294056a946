//! What a record says otherwise when it is made anew, in a few words.

use std::collections::BTreeMap;

use crate::link::library::Library;
use crate::record::contribution::Contribution;
use crate::record::note::Record;
use crate::record::session::Session;
use crate::record::text::Clean;

/// Whether nothing that the record tells of can be lost: each of its sessions is told of again, or was read and has nothing to do
/// with the commit.
pub(crate) fn can_replace(before: &Record<Clean>, now: &Record<Clean>, library: &Library) -> bool {
    before.contributions.iter().all(|old| {
        let is_old = |one: &Contribution<Clean>| one.agent == old.agent && one.session == old.session;
        let is_it = |session: &Session| session.id == old.session || session.other_ids.contains(&old.session);
        let is_known = || library.sessions.iter().any(|session| session.agent == old.agent && is_it(session));
        now.contributions.iter().any(|one| is_old(one) && (one.was_read() || !old.was_read())) || is_known()
    })
}

/// What is told otherwise: `3 instead of 2 prompts`, `other words in attempts`. Empty where nothing is; which version made a record
/// says nothing of the commit.
pub(crate) fn changes(before: &Record<Clean>, now: &Record<Clean>) -> Vec<String> {
    let mut changes = Vec::new();
    let mut count = |name: &str, old: usize, new: usize| {
        if old != new {
            changes.push(format!("{new} instead of {old} {name}"));
        }
    };
    count("sessions", before.contributions.len(), now.contributions.len());
    count("lines by agents", before.lines.agent as usize, now.lines.agent as usize);
    let (old, new) = (ToldParts::of(before), ToldParts::of(now));
    for (name, part) in &old.0 {
        count(name, part.len(), new.0[name].len());
    }
    for (name, part) in &old.0 {
        if part.len() == new.0[name].len() && *part != new.0[name] {
            changes.push(format!("other {name}"));
        }
    }
    if changes.is_empty() && without_origin(before) != without_origin(now) {
        changes.push("other details".to_owned());
    }
    changes
}

/// What is told of all sessions together, as JSON, by its name.
struct ToldParts(BTreeMap<&'static str, Vec<serde_json::Value>>);

impl ToldParts {
    fn of(record: &Record<Clean>) -> Self {
        let mut parts: BTreeMap<&'static str, Vec<serde_json::Value>> =
            ["prompts", "failed attempts", "corrections", "checks", "steps"].map(|name| (name, Vec::new())).into();
        for one in &record.contributions {
            let one = serde_json::to_value(one).unwrap_or_default();
            for (name, key) in [
                ("prompts", "prompts"),
                ("failed attempts", "attempts"),
                ("corrections", "corrections"),
                ("checks", "checks"),
                ("steps", "steps"),
            ] {
                parts.entry(name).or_default().extend(one[key].as_array().into_iter().flatten().cloned());
            }
        }
        Self(parts)
    }
}

fn without_origin(record: &Record<Clean>) -> Record<Clean> {
    Record { generator: String::new(), ..record.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::samples;

    fn record() -> Record<Clean> {
        samples::discounts().record.unwrap()
    }

    #[test]
    fn what_is_told_otherwise_is_said_and_who_told_it_is_not() {
        let told = |change: fn(&mut Record<Clean>)| {
            let mut now = record();
            change(&mut now);
            changes(&record(), &now).join(", ")
        };
        assert_eq!(told(|now| now.generator = "backstory 9".to_owned()), "");
        assert_eq!(told(|now| drop(now.contributions[0].prompts.pop())), "3 instead of 4 prompts");
        assert_eq!(
            told(|now| {
                now.contributions[0].attempts.clear();
                now.contributions[0].checks[0].after_last_edit = true;
                now.lines.agent = 12;
            }),
            "12 instead of 180 lines by agents, 0 instead of 4 failed attempts, other checks"
        );
        assert_eq!(told(|now| now.skipped = 7), "other details");
    }

    #[test]
    fn a_session_that_cannot_be_read_any_more_keeps_its_record() {
        let nothing = Library::new(Vec::new());
        let (before, mut now) = (record(), record());
        assert!(can_replace(&before, &now, &nothing));
        now.contributions[0].unread = true;
        assert!(!can_replace(&before, &now, &nothing), "only its name is known now");
        now.contributions.clear();
        assert!(!can_replace(&before, &now, &nothing));
    }
}
