//! The widest look at a run: changes and the checks between them are one loop, told as `change` and the unordered set of its
//! checks. Lint before tests or after them is no difference that anybody means.

use std::collections::{BTreeMap, HashMap};

use super::folding::Folding;
use super::trace::TraceStep;
use crate::record::execution::{Symbol, Symbols};

/// One part of a run as it comes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub(super) kind: PartKind,
    /// Of the log: the activity of a check. Otherwise what the step is called.
    pub(super) label: Symbol,
    /// Index into `ExecutionLog::events`.
    pub(super) event: u32,
    pub(super) failed: bool,
    /// A change of layout: what was checked before it still counts as checked.
    pub(super) is_layout: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PartKind {
    Change,
    Check,
    /// What ends a loop of changes and checks.
    Step,
}

/// Puts one run together after the other.
#[derive(Debug, Default)]
pub(super) struct StepSets {
    folding: Folding,
    /// Changes and checks side by side that are not yet told.
    open: Vec<Part>,
    /// Labels of sets, by their sorted activities.
    known: HashMap<Vec<Symbol>, Symbol>,
}

/// Where labels come from: activities of the log, and those of the traces.
pub(super) struct Names<'a> {
    pub(super) log: &'a Symbols,
    pub(super) labels: &'a mut Symbols,
    pub(super) sets: &'a mut BTreeMap<Symbol, Vec<Symbol>>,
}

impl StepSets {
    /// The steps of one run. A step that failed and went well later is told once, there: a commit that a hook refused ends nothing.
    pub(super) fn tell_all(&mut self, parts: &[Part], names: &mut Names<'_>) -> Vec<TraceStep> {
        let mut attempts: Vec<Part> = Vec::new();
        for (place, part) in parts.iter().enumerate() {
            if part.kind != PartKind::Step {
                self.open.push(*part);
                continue;
            }
            let is_same = |other: &Part| other.label == part.label;
            if part.failed && parts[place + 1..].iter().any(|later| is_same(later) && !later.failed) {
                attempts.push(*part);
                continue;
            }
            self.close(names);
            let first = attempts.iter().find(|attempt| is_same(attempt)).unwrap_or(part).event;
            let tried = attempts.iter().filter(|attempt| is_same(attempt)).count();
            attempts.retain(|attempt| !is_same(attempt));
            let rework = u16::try_from(tried).unwrap_or(u16::MAX);
            self.folding.fold(TraceStep { label: part.label, first, last: part.event, rework }, part.failed);
        }
        self.close(names);
        self.folding.finish()
    }

    /// Tells the open changes and checks. A change after the last check is not checked and stays where it is, but for one of layout;
    /// checks before the first change say how things were, and are only told where no other check follows.
    fn close(&mut self, names: &mut Names<'_>) {
        let parts = std::mem::take(&mut self.open);
        let is_check = |part: &Part| part.kind == PartKind::Check;
        let first_change = parts.iter().position(|part| !is_check(part)).unwrap_or(parts.len());
        let behind_checks = parts.iter().rposition(is_check).map_or(0, |last| last + 1);
        let is_change = |part: &Part| part.kind == PartKind::Change && !part.is_layout;
        let layout = match parts[..behind_checks].iter().any(is_change) {
            true => parts[behind_checks..].iter().take_while(|part| part.is_layout).count(),
            false => 0,
        };
        let (round, unchecked) = parts.split_at(behind_checks + layout);
        match round.get(first_change..) {
            Some(round @ [_, ..]) => {
                let loops = &round[..round.len() - layout];
                self.tell(round.iter().filter(|part| !is_check(part)), loops, names);
                self.tell(round.iter().filter(|part| is_check(part)), loops, names);
            }
            _ => self.tell(round.iter(), round, names),
        }
        self.tell(unchecked.iter(), unchecked, names);
        self.open = parts;
        self.open.clear();
    }

    /// Adds one step of `parts`, which are all changes or all checks of `round`.
    fn tell<'a>(&mut self, parts: impl Iterator<Item = &'a Part> + Clone, round: &[Part], names: &mut Names<'_>) {
        let Some(first) = parts.clone().next() else { return };
        let last = parts.clone().last().unwrap_or(first);
        let label = match first.kind {
            PartKind::Check => self.set(parts.map(|part| part.label), names),
            _ => first.label,
        };
        let step = TraceStep { label, first: first.event, last: last.event, rework: rework(round, first.kind) };
        self.folding.fold(step, last.failed);
    }

    /// `{lint, run tests}`.
    fn set(&mut self, activities: impl Iterator<Item = Symbol>, names: &mut Names<'_>) -> Symbol {
        let mut activities: Vec<Symbol> = activities.collect();
        activities.sort_unstable();
        activities.dedup();
        if let Some(label) = self.known.get(&activities) {
            return *label;
        }
        let mut texts: Vec<&str> = activities.iter().map(|activity| names.log.text(*activity)).collect();
        texts.sort_unstable();
        let label = names.labels.intern(&format!("{{{}}}", texts.join(", ")));
        let members = texts.iter().map(|text| names.labels.intern(text)).collect();
        names.sets.insert(label, members);
        self.known.insert(activities, label);
        label
    }
}

/// How often `round` comes back to `kind`, and how often the same check is run again right after it failed.
fn rework(round: &[Part], kind: PartKind) -> u16 {
    let again = |pair: &[Part]| {
        let (before, now) = (pair[0], pair[1]);
        match now.kind == kind {
            true if before.kind != kind => true,
            true => kind == PartKind::Check && before.failed && before.label == now.label,
            false => false,
        }
    };
    let begins_with_it = round.first().is_some_and(|part| part.kind == kind);
    let entered = round.windows(2).filter(|pair| again(pair)).count() + usize::from(begins_with_it);
    u16::try_from(entered.saturating_sub(1)).unwrap_or(u16::MAX)
}
