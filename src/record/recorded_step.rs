//! The steps of a session on the way to a commit, as a record keeps them: names of activities in order, how often and how they
//! ended. Those who have no session, as the Action, can speak of the process by them. No word of a command or of a person is here.

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer, Serialize};

use super::text::{Clean, MapText};

/// So many steps are kept of a session; of a longer way nothing is, for a part of it would be told as if it were all.
pub(crate) const MOST_STEPS: usize = 120;

/// Something that was done, once or several times in a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RecordedStep<T> {
    /// What a rule calls it: `edit source`, `run tests`.
    pub activity: T,
    /// Other activities of the same call.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<T>,
    #[serde(default = "once", skip_serializing_if = "is_once")]
    pub times: u32,
    /// Absent where it is not known to have ended badly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<StepEnd>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum StepEnd {
    Failed,
    /// A person stopped it.
    Stopped,
}

impl<T: PartialEq> RecordedStep<T> {
    /// Whether both are the same but for how often.
    pub fn is_like(&self, other: &Self) -> bool {
        self.activity == other.activity && self.also == other.also && self.ended == other.ended
    }
}

fn once() -> u32 {
    1
}

fn is_once(times: &u32) -> bool {
    *times == 1
}

impl<T, U> MapText<T, U> for RecordedStep<T> {
    type Output = RecordedStep<U>;

    fn map_text(self, map: &mut dyn FnMut(T) -> U) -> RecordedStep<U> {
        RecordedStep {
            activity: map(self.activity),
            also: self.also.into_iter().map(&mut *map).collect(),
            times: self.times,
            ended: self.ended,
        }
    }
}

/// Steps that a later version writes in another way make no note unreadable: nothing is known of them then.
pub(super) fn as_far_as_known<'de, D, T>(deserializer: D) -> Result<Vec<RecordedStep<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    #[derive(Deserialize)]
    #[serde(untagged, bound(deserialize = "T: Deserialize<'de> + Default"))]
    enum Known<T> {
        Steps(Vec<RecordedStep<T>>),
        Other(IgnoredAny),
    }
    Ok(match Known::deserialize(deserializer)? {
        Known::Steps(steps) => steps,
        Known::Other(_) => Vec::new(),
    })
}

/// Adds to the steps of a session those of another commit of it: both ways behind each other, and once what both tell.
/// `is_later` says that those of the other commit came later.
pub(crate) fn join_steps(known: &mut Vec<RecordedStep<Clean>>, other: &[RecordedStep<Clean>], is_later: bool) {
    if begins_with(known, other) {
        return;
    }
    if begins_with(other, known) {
        known.clear();
        known.extend_from_slice(other);
    } else if is_later {
        known.extend_from_slice(other);
    } else {
        known.splice(0..0, other.iter().cloned());
    }
    if known.len() > MOST_STEPS {
        known.clear();
    }
}

/// Whether `way` begins with `start`, of which the last step may have gone on.
fn begins_with(way: &[RecordedStep<Clean>], start: &[RecordedStep<Clean>]) -> bool {
    let Some((last, before)) = start.split_last() else { return true };
    way.len() >= start.len()
        && way.starts_with(before)
        && way[before.len()].is_like(last)
        && way[before.len()].times >= last.times
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::record::contribution::Contribution;

    /// `edit source*3 > run tests! > commit`
    fn steps(told: &str) -> Vec<RecordedStep<Clean>> {
        let one = |told: &str| {
            let (name, times) = told.split_once('*').unwrap_or((told, "1"));
            let ended = name.ends_with('!').then_some("failed");
            serde_json::from_value(
                json!({"activity": name.trim_end_matches('!'), "times": times.parse::<u32>().unwrap(), "ended": ended}),
            )
            .unwrap()
        };
        told.split(" > ").filter(|told| !told.is_empty()).map(one).collect()
    }

    #[test]
    fn of_two_commits_of_a_session_each_step_is_told_once() {
        for (case, known, other, is_later, all) in [
            ("nothing", "edit source > commit", "", true, "edit source > commit"),
            ("nothing before", "", "edit source > commit", false, "edit source > commit"),
            ("the same", "edit source > commit", "edit source > commit", true, "edit source > commit"),
            ("a later look", "edit source*5 > commit", "edit source*3", false, "edit source*5 > commit"),
            ("an earlier look", "edit source", "edit source > run tests!", true, "edit source > run tests!"),
            ("later", "edit source > commit", "edit test > commit", true, "edit source > commit > edit test > commit"),
            ("earlier", "edit test", "edit source > commit", false, "edit source > commit > edit test"),
            ("another end", "run tests", "run tests!", true, "run tests > run tests!"),
        ] {
            let mut joined = steps(known);
            join_steps(&mut joined, &steps(other), is_later);
            assert_eq!(joined, steps(all), "{case}");
        }
    }

    #[test]
    fn of_a_way_that_is_too_long_nothing_is_told() {
        let mut known = steps(&vec!["edit source > commit"; MOST_STEPS / 2].join(" > "));
        assert_eq!(known.len(), MOST_STEPS);
        join_steps(&mut known, &steps("edit test"), true);
        assert!(known.is_empty());
    }

    #[test]
    fn steps_of_a_later_version_leave_the_record_readable() {
        for (steps, known) in [
            (json!([{"activity": "edit source", "times": 2}, {"activity": "commit"}]), 2),
            (json!([{"activity": "commit", "something": "new"}]), 1),
            (json!([{"activity": "commit"}, {"activity": "push", "ended": "waiting"}]), 0),
            (json!([{"step": "commit"}]), 0),
            (json!("edit source > commit"), 0),
            (json!(null), 0),
        ] {
            let note = json!({
                "agent": "codex", "session": "7", "confidence": "stated", "evidence": [], "lines": 1, "steps": steps
            });
            let read: Contribution<Clean> = serde_json::from_value(note).unwrap();
            assert_eq!((read.steps.len(), read.lines), (known, 1), "{steps}");
        }
    }
}
