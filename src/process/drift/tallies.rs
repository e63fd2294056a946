//! What is counted of the runs of both windows, in one pass. A run counts once however often it does something, so that the
//! numbers are of runs, which do not depend on each other, and not of events, which do.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use foldhash::fast::RandomState;

use super::super::sequence::{Item, Name, items};
use super::super::statistics::Counts;
use super::super::trace::{Trace, Traces};
use crate::record::execution::{Actor, Execution, ExecutionLog, ExecutionStatus, Symbol};

/// Before and recent.
pub(super) type Pair = [u32; 2];
type Table<K> = HashMap<K, Pair, RandomState>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Before,
    Recent,
}

/// Names are symbols of the traces, commands of the log.
#[derive(Debug, Default)]
pub(super) struct Tallies {
    pub(super) runs: Pair,
    /// Runs that have the step.
    pub(super) steps: Table<Symbol>,
    /// Runs that have an activity which the steps of these runs do not name, by the log's symbols.
    pub(super) hidden: Table<Symbol>,
    /// Runs in which the first of two steps comes before the second, and all that have both in some order.
    pub(super) orders: HashMap<(Symbol, Symbol), (Pair, Pair), RandomState>,
    /// Runs in which the step used the command, and those in which any command of it is known.
    pub(super) commands: Table<(Symbol, Symbol)>,
    pub(super) with_commands: Table<Symbol>,
    /// Runs that went through the step again.
    pub(super) reworked: Table<Symbol>,
    /// Runs in which the step failed at least once, and those in which it is known how it ended.
    pub(super) failed: Table<Symbol>,
    pub(super) with_status: Table<Symbol>,
    /// Runs in which somebody of this kind carried the step out, and those in which that is known.
    pub(super) actors: Table<(Symbol, Actor)>,
    pub(super) with_actor: Table<Symbol>,
    /// Minutes that the step took, one number a run.
    pub(super) minutes: HashMap<Symbol, [Vec<f64>; 2], RandomState>,
    /// Runs that went exactly this way, by the labels of the trace.
    pub(super) variants: HashMap<Vec<Symbol>, Pair, RandomState>,
}

/// Runs that have more different steps say little about the order of any two, and would cost their square.
const MAX_ORDERED: usize = 64;

impl Tallies {
    pub(super) fn add(&mut self, log: &ExecutionLog, traces: &Traces, trace: &Trace, side: Side) {
        let side = side as usize;
        let items = items(traces, trace);
        self.runs[side] += 1;
        let names = by_name(&items);
        let mut hidden = BTreeSet::new();
        for (name, of_name) in &names {
            self.steps.entry(*name).or_default()[side] += 1;
            if of_name.again {
                self.reworked.entry(*name).or_default()[side] += 1;
            }
            let mut step = Step::default();
            for item in &of_name.items {
                step.take(log, item, Name::of(traces.label(*name)));
            }
            self.add_step(*name, &step, side);
            hidden.extend(step.hidden);
        }
        for activity in hidden {
            self.hidden.entry(activity).or_default()[side] += 1;
        }
        self.add_orders(&names, side);
        self.variants.entry(trace.steps.iter().map(|step| step.label).collect()).or_default()[side] += 1;
    }

    fn add_step(&mut self, name: Symbol, step: &Step, side: usize) {
        for command in &step.commands {
            self.commands.entry((name, *command)).or_default()[side] += 1;
        }
        for actor in &step.actors {
            self.actors.entry((name, *actor)).or_default()[side] += 1;
        }
        for (known, table) in [
            (!step.commands.is_empty(), &mut self.with_commands),
            (!step.actors.is_empty(), &mut self.with_actor),
            (step.failed.is_some(), &mut self.with_status),
            (step.failed == Some(true), &mut self.failed),
        ] {
            if known {
                table.entry(name).or_default()[side] += 1;
            }
        }
        if let Some(milliseconds) = step.milliseconds {
            self.minutes.entry(name).or_default()[side].push(milliseconds as f64 / 60_000.0);
        }
    }

    fn add_orders(&mut self, names: &BTreeMap<Symbol, OfName>, side: usize) {
        for (index, (a, of_a)) in names.iter().enumerate().take(MAX_ORDERED) {
            for (b, of_b) in names.iter().take(MAX_ORDERED).skip(index + 1).filter(|(_, of_b)| of_a.place != of_b.place)
            {
                let (first, both) = self.orders.entry((*a, *b)).or_default();
                both[side] += 1;
                first[side] += u32::from(of_a.place < of_b.place);
            }
        }
    }
}

/// The counts of `part` among those of `of`.
pub(super) fn counts(part: Pair, of: Pair) -> Counts {
    Counts { before: part[0], before_of: of[0], recent: part[1], recent_of: of[1] }
}

/// What a run has of one name.
struct OfName {
    /// Where it is first.
    place: u32,
    again: bool,
    items: Vec<Item>,
}

fn by_name(items: &[Item]) -> BTreeMap<Symbol, OfName> {
    let mut names: BTreeMap<Symbol, OfName> = BTreeMap::new();
    for item in items {
        let of_name =
            names.entry(item.name).or_insert_with(|| OfName { place: item.place, again: false, items: Vec::new() });
        of_name.again |= item.step.rework > 0 || !of_name.items.is_empty();
        of_name.items.push(*item);
    }
    names
}

/// What is known of how one step of a run was carried out.
#[derive(Default)]
struct Step {
    commands: BTreeSet<Symbol>,
    actors: BTreeSet<Actor>,
    failed: Option<bool>,
    milliseconds: Option<u64>,
    hidden: BTreeSet<Symbol>,
}

impl Step {
    fn take(&mut self, log: &ExecutionLog, item: &Item, name: Name<'_>) {
        let events = &log.events[item.step.first as usize..=item.step.last as usize];
        let is_one = events.len() == 1;
        for event in events.iter().filter(|event| is_one || name.tells(log, event)) {
            self.take_event(event);
            match is_one && !name.tells(log, event) {
                true => self.commands.extend(Some(event.command).filter(|command| !command.is_none())),
                false => self.commands.extend(name.commands(log, event)),
            }
            self.hidden.extend(name.hides(log, event));
        }
    }

    fn take_event(&mut self, event: &Execution) {
        if event.actor != Actor::NotKnown {
            self.actors.insert(event.actor);
        }
        match event.status {
            ExecutionStatus::Failed => self.failed = Some(true),
            ExecutionStatus::Succeeded => self.failed = Some(self.failed.unwrap_or(false)),
            ExecutionStatus::Stopped | ExecutionStatus::NotKnown => {}
        }
        if let Some(duration) = event.duration_ms {
            self.milliseconds = Some(self.milliseconds.unwrap_or(0) + u64::from(duration));
        }
    }
}
