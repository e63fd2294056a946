//! What changes in a record when it is made again, in a few words.

use serde_json::Value;

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
    let parts = PARTS.map(|(name, key)| (name, told(before, key), told(now, key)));
    for (name, old, new) in &parts {
        count(name, old.len(), new.len());
    }
    let is_other = |(name, old, new): &(&str, Vec<Value>, Vec<Value>)| {
        (old.len() == new.len() && old != new).then(|| format!("other {name}"))
    };
    changes.extend(parts.iter().filter_map(is_other));
    if changes.is_empty() && without_origin(before) != without_origin(now) {
        changes.push("other details".to_owned());
    }
    changes
}

/// What is counted and compared, with its key in the JSON of a session.
const PARTS: [(&str, &str); 5] = [
    ("prompts", "prompts"),
    ("failed attempts", "attempts"),
    ("corrections", "corrections"),
    ("checks", "checks"),
    ("steps", "steps"),
];

/// What is told under a key, of all sessions together.
fn told(record: &Record<Clean>, key: &str) -> Vec<Value> {
    let sessions = record.contributions.iter().map(|one| serde_json::to_value(one).unwrap_or_default());
    sessions.flat_map(|one| one[key].as_array().cloned().unwrap_or_default()).collect()
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
