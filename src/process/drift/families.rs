//! The tests of each family, from the tallies, with the finding that each would be.

use super::super::statistics::{Counts, LogFactorials, fisher, fisher_least, mann_whitney, share};
use super::super::trace::Traces;
use super::finding::{Chance, Change, Family, Finding, Minutes, Span};
use super::select::Test;
use super::tallies::{Pair, Tallies, counts};
use crate::record::execution::{ExecutionLog, Symbol};

/// A share must change by at least this much: less may be sure and still not matter.
const CHANGE_FLOOR: f64 = 0.2;
/// A duration by at least this factor.
const RATIO_FLOOR: f64 = 1.5;
/// What at least this share of runs do is what a document tells.
const MOST: f64 = 0.5;

/// A test and what it would say.
pub(super) struct Candidate {
    pub(super) test: Test,
    /// Whether the difference is large enough to matter.
    pub(super) matters: bool,
    pub(super) subject: Subject,
}

/// What a test is of.
pub(super) struct Subject {
    family: Family,
    step: String,
    detail: Option<String>,
    counts: Counts,
    minutes: Option<Minutes>,
}

/// What the candidates are made from.
pub(super) struct Compared<'a> {
    pub(super) log: &'a ExecutionLog,
    pub(super) traces: &'a Traces,
    pub(super) tallies: &'a Tallies,
    /// Recent runs that make a way of its own.
    pub(super) min_variant: u32,
    factorials: LogFactorials,
}

impl<'a> Compared<'a> {
    pub(super) fn new(log: &'a ExecutionLog, traces: &'a Traces, tallies: &'a Tallies, min_variant: u32) -> Self {
        let factorials = LogFactorials::up_to(tallies.runs[0] + tallies.runs[1]);
        Self { log, traces, tallies, min_variant, factorials }
    }

    /// Every test, in an order that depends on names alone.
    pub(super) fn candidates(&self, deviates: impl Fn(&[Symbol]) -> bool) -> Vec<Candidate> {
        let mut all = Vec::new();
        self.steps(&mut all);
        self.orders(&mut all);
        self.commands(&mut all);
        self.repeats_and_failures(&mut all);
        self.actors(&mut all);
        self.durations(&mut all);
        self.variants(deviates, &mut all);
        all.sort_by(|a, b| a.subject.key().cmp(&b.subject.key()));
        all
    }

    fn name(&self, symbol: Symbol) -> String {
        self.traces.label(symbol).to_owned()
    }

    fn shares(&self, family: Family, step: String, detail: Option<String>, (part, of): (Pair, Pair)) -> Candidate {
        let counts = counts(part, of);
        Candidate {
            test: Test { family, p: fisher(counts, &self.factorials), least: fisher_least(counts, &self.factorials) },
            matters: counts.change().abs() >= CHANGE_FLOOR,
            subject: Subject { family, step, detail, counts, minutes: None },
        }
    }

    fn steps(&self, all: &mut Vec<Candidate>) {
        for (name, runs) in &self.tallies.steps {
            all.push(self.shares(Family::Step, self.name(*name), None, (*runs, self.tallies.runs)));
        }
        for (activity, runs) in &self.tallies.hidden {
            let name = self.log.text(*activity).to_owned();
            all.push(self.shares(Family::Step, name, None, (*runs, self.tallies.runs)));
        }
    }

    fn orders(&self, all: &mut Vec<Candidate>) {
        for ((a, b), (first, both)) in &self.tallies.orders {
            // Told as it mostly was, or is where it never was before.
            let swapped = [both[0] - first[0], both[1] - first[1]];
            let usual = |runs: &Pair| (share(runs[0], both[0]), share(runs[1], both[1]));
            let (a, b, runs) = if usual(first) >= usual(&swapped) { (a, b, *first) } else { (b, a, swapped) };
            all.push(self.shares(Family::Order, self.name(*a), Some(self.name(*b)), (runs, *both)));
        }
    }

    fn commands(&self, all: &mut Vec<Candidate>) {
        for ((name, command), runs) in &self.tallies.commands {
            let of = self.tallies.with_commands.get(name).copied().unwrap_or_default();
            let command = self.log.text(*command).to_owned();
            all.push(self.shares(Family::Command, self.name(*name), Some(command), (*runs, of)));
        }
    }

    fn repeats_and_failures(&self, all: &mut Vec<Candidate>) {
        for (name, runs) in &self.tallies.reworked {
            let of = self.tallies.steps.get(name).copied().unwrap_or_default();
            all.push(self.shares(Family::Rework, self.name(*name), None, (*runs, of)));
        }
        for (name, runs) in &self.tallies.failed {
            let of = self.tallies.with_status.get(name).copied().unwrap_or_default();
            all.push(self.shares(Family::Failure, self.name(*name), None, (*runs, of)));
        }
    }

    fn actors(&self, all: &mut Vec<Candidate>) {
        for ((name, actor), runs) in &self.tallies.actors {
            let of = self.tallies.with_actor.get(name).copied().unwrap_or_default();
            all.push(self.shares(Family::Actor, self.name(*name), Some(actor.to_string()), (*runs, of)));
        }
    }

    fn durations(&self, all: &mut Vec<Candidate>) {
        for (name, [before, recent]) in &self.tallies.minutes {
            let (Some(earlier), Some(later)) = (median(before), median(recent)) else { continue };
            let number = |values: &[f64]| u32::try_from(values.len()).unwrap_or(u32::MAX);
            let counts = Counts { before: number(before), before_of: 0, recent: number(recent), recent_of: 0 };
            all.push(Candidate {
                test: Test {
                    family: Family::Duration,
                    p: mann_whitney(before, recent),
                    // All of one group above all of the other, or below.
                    least: 2.0 * self.chance_of_one_order(number(before), number(recent)),
                },
                matters: earlier.max(later) >= RATIO_FLOOR * earlier.min(later) && earlier != later,
                subject: Subject {
                    family: Family::Duration,
                    step: self.name(*name),
                    detail: None,
                    counts,
                    minutes: Some(Minutes { before: earlier, recent: later }),
                },
            });
        }
    }

    fn chance_of_one_order(&self, before: u32, recent: u32) -> f64 {
        fisher(Counts { before: 0, before_of: before, recent, recent_of: recent }, &self.factorials)
    }

    fn variants(&self, deviates: impl Fn(&[Symbol]) -> bool, all: &mut Vec<Candidate>) {
        for (labels, runs) in self.tallies.variants.iter().filter(|(labels, _)| deviates(labels)) {
            let words: Vec<&str> = labels.iter().map(|label| self.traces.label(*label)).collect();
            let mut candidate = self.shares(Family::Variant, words.join(" > "), None, (*runs, self.tallies.runs));
            candidate.matters &= runs[0] == 0 && runs[1] >= self.min_variant;
            all.push(candidate);
        }
    }
}

fn median(values: &[f64]) -> Option<f64> {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let high = *values.get(middle)?;
    Some(if values.len().is_multiple_of(2) { f64::midpoint(values[middle - 1], high) } else { high })
}

impl Subject {
    fn key(&self) -> (Family, &str, Option<&str>) {
        (self.family, &self.step, self.detail.as_deref())
    }

    /// The finding that it is, at these p-values; `mark` is what divides before from since.
    pub(super) fn finding(self, p: f64, adjusted: f64, mark: &str) -> Finding {
        let change = self.change();
        let sentence = format!("{} ({})", self.sentence(mark), Chance(p));
        let contradicts = self.contradicts();
        Finding {
            family: self.family,
            change,
            step: self.step,
            detail: self.detail,
            runs: self.minutes.is_none().then(|| self.counts.into()),
            minutes: self.minutes,
            p: Some(p),
            adjusted: Some(adjusted),
            contradicts,
            sentence,
        }
    }

    fn change(&self) -> Change {
        let counts = self.counts;
        match (self.family, self.minutes) {
            (_, Some(minutes)) if minutes.recent > minutes.before => Change::Slower,
            (_, Some(_)) => Change::Faster,
            (Family::Order, _) => Change::Reordered,
            _ if counts.before == 0 => Change::New,
            _ if counts.recent == 0 => Change::Dropped,
            _ if counts.change() > 0.0 => Change::MoreOften,
            _ => Change::Rarer,
        }
    }

    /// Whether what most runs did is not what most runs do.
    fn contradicts(&self) -> bool {
        let (before, recent) = (self.counts.before_share() >= MOST, self.counts.recent_share() >= MOST);
        matches!(self.family, Family::Step | Family::Order | Family::Command) && before != recent
    }

    fn sentence(&self, mark: &str) -> String {
        let Self { step, counts, .. } = self;
        let detail = self.detail.as_deref().unwrap_or_default();
        let Counts { before, before_of, recent, recent_of } = counts;
        let shares = |was: &str, is: &str| {
            format!("{was} in {before} of {before_of} runs before {mark} and {is} in {recent} of {recent_of} since")
        };
        match self.family {
            Family::Step | Family::Gone => format!("`{step}` {}", shares("was", "is")),
            Family::Order => shares(&format!("`{step}` came before `{detail}`"), "comes first"),
            Family::Command => shares(&format!("`{step}` used `{detail}`"), "uses it"),
            Family::Rework => shares(&format!("`{step}` was gone through again"), "is"),
            Family::Failure => shares(&format!("`{step}` failed"), "fails"),
            Family::Actor => shares(&format!("`{step}` was carried out by {}", who(detail)), "is"),
            Family::Variant => format!("the way `{step}` {}", shares("was taken", "is")),
            Family::Duration => {
                let (earlier, later) = self.minutes.map_or((0.0, 0.0), |minutes| (minutes.before, minutes.recent));
                let (earlier, later) = (Span(earlier), Span(later));
                format!(
                    "`{step}` took {earlier} (median of {before} runs) before {mark} and takes {later} (median of {recent}) since"
                )
            }
        }
    }
}

fn who(actor: &str) -> &str {
    match actor {
        "person" => "a person",
        "agent" => "an agent",
        "ci" => "CI",
        other => other,
    }
}
