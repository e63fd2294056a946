//! Counting for claims: how many runs of how many, the middle of some times, who and what was seen in how many runs.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::record::execution::{Actor, Execution, ExecutionLog, Run, Symbol};

/// A share is only given with what it is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Rate {
    pub runs: u32,
    pub of: u32,
}

impl Rate {
    pub(crate) fn share(self) -> f64 {
        if self.of == 0 { 0.0 } else { f64::from(self.runs) / f64::from(self.of) }
    }

    /// Whole percent; what is not all never becomes 100, what is not nothing never 0.
    pub(crate) fn percent(self) -> u32 {
        let percent = (self.share() * 100.0).round();
        match self.runs {
            0 => 0,
            runs if runs >= self.of => 100,
            // Between 1 and 99.
            _ => percent.clamp(1.0, 99.0) as u32,
        }
    }
}

/// The middle of what is known.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Median {
    pub minutes: f64,
    /// Runs of which the time is known.
    pub runs: u32,
}

/// Something and the runs that it was seen in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Seen {
    pub name: String,
    pub runs: u32,
}

/// Milliseconds, one a run; to a tenth of a minute above one, else to a hundredth.
pub(crate) fn median(mut times: Vec<i64>) -> Option<Median> {
    let runs = u32::try_from(times.len()).ok().filter(|runs| *runs > 0)?;
    times.sort_unstable();
    let upper = times[times.len() / 2];
    let lower = times[(times.len() - 1) / 2];
    let minutes = (lower as f64 + upper as f64) / 2.0 / 60_000.0;
    let unit = if minutes >= 1.0 { 10.0 } else { 100.0 };
    Some(Median { minutes: (minutes * unit).round() / unit, runs })
}

/// From the first event to the end of the last; `None` where no two times are known.
pub(crate) fn run_time(log: &ExecutionLog, run: &Run) -> Option<i64> {
    let events = log.events_of(run);
    let start = log.started_at(run)?;
    let end = events.iter().filter_map(Execution::ended_at).max()?;
    let is_known = end > start || events.iter().filter(|event| event.started_at.is_some()).count() > 1;
    is_known.then_some(end - start)
}

/// Counts in how many runs each text was seen.
#[derive(Debug, Default)]
pub(super) struct SeenIn {
    runs: BTreeMap<Symbol, (u32, u32)>,
}

impl SeenIn {
    /// `run` is any number that no other run has.
    pub(super) fn add(&mut self, text: Symbol, run: u32) {
        if text.is_none() {
            return;
        }
        let (count, last) = self.runs.entry(text).or_insert((0, u32::MAX));
        if *last != run {
            *count += 1;
            *last = run;
        }
    }

    /// Most frequent first, then by name; at most `most`.
    pub(super) fn list(&self, log: &ExecutionLog, most: usize) -> Vec<Seen> {
        let seen = self.runs.iter().map(|(text, (runs, _))| Seen { name: log.text(*text).to_owned(), runs: *runs });
        ordered(seen.collect(), most)
    }
}

/// The same for who did it.
#[derive(Debug, Default)]
pub(super) struct ActorsIn {
    runs: BTreeMap<(Actor, Symbol), (u32, u32)>,
}

impl ActorsIn {
    pub(super) fn add(&mut self, event: &Execution, run: u32) {
        if event.actor == Actor::NotKnown && event.actor_name.is_none() {
            return;
        }
        let (count, last) = self.runs.entry((event.actor, event.actor_name)).or_insert((0, u32::MAX));
        if *last != run {
            *count += 1;
            *last = run;
        }
    }

    pub(super) fn list(&self, log: &ExecutionLog, most: usize) -> Vec<Seen> {
        let seen = self
            .runs
            .iter()
            .map(|((actor, name), (runs, _))| Seen { name: actor_text(*actor, log.text(*name)), runs: *runs });
        ordered(seen.collect(), most)
    }
}

/// `agent:codex`, `person:Ann`, `person`, or the name alone where it is not known what it is.
pub(crate) fn actor_text(actor: Actor, name: &str) -> String {
    match (actor, name) {
        (Actor::NotKnown, name) => name.to_owned(),
        (actor, "") => actor.to_string(),
        (actor, name) => format!("{actor}:{name}"),
    }
}

fn ordered(mut seen: Vec<Seen>, most: usize) -> Vec<Seen> {
    seen.sort_by(|a, b| b.runs.cmp(&a.runs).then_with(|| a.name.cmp(&b.name)));
    seen.truncate(most);
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentage_never_says_all_or_nothing_where_it_is_not() {
        for (runs, of, percent) in [(0, 0, 0), (0, 9, 0), (9, 9, 100), (999, 1000, 99), (1, 1000, 1), (2, 3, 67)] {
            assert_eq!(Rate { runs, of }.percent(), percent, "{runs} of {of}");
        }
    }

    #[test]
    fn the_median_says_of_how_many_runs_it_is() {
        assert_eq!(median(vec![]), None);
        assert_eq!(median(vec![60_000]), Some(Median { minutes: 1.0, runs: 1 }));
        assert_eq!(median(vec![600_000, 0, 120_000, 60_000]), Some(Median { minutes: 1.5, runs: 4 }));
        assert_eq!(median(vec![5_000]), Some(Median { minutes: 0.08, runs: 1 }));
    }
}
