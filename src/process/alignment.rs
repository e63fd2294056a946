//! A trace beside a model: the cheapest way to tell one by the other. A step that is missing or that is not in the model costs
//! one; optional steps may be left out, sets have any order, and a step that may fail may lead back.

use std::collections::{HashMap, VecDeque};

/// What is allowed: steps in blocks, which are carried out one after the other, those within a block in any order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    pub steps: Vec<PlanStep>,
    /// Indexes into `steps` of the first step of each block.
    pub blocks: Vec<usize>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct PlanStep {
    /// Numbers of the names that mean it.
    pub names: Vec<u32>,
    pub required: bool,
    /// The block to go back to after it.
    pub back_to: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Move {
    /// What stands at `at` in the trace is this step.
    Done { step: usize, at: usize },
    /// A required step that is not there.
    Missing { step: usize },
    /// Something that the model does not have here.
    Extra { at: usize },
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Alignment {
    pub moves: Vec<Move>,
    pub cost: u32,
    /// What it would cost if nothing of the trace were in the model.
    pub worst: u32,
}

impl Alignment {
    /// From 0 to 1; 1 where nothing differs.
    pub(crate) fn fitness(&self) -> f64 {
        if self.worst == 0 { 1.0 } else { 1.0 - f64::from(self.cost) / f64::from(self.worst) }
    }
}

/// Where one is: how far in the trace, in which block, and which of its steps are done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct State {
    at: usize,
    block: usize,
    done: u64,
}

/// Steps of a block of which it is remembered whether they are done. In a longer one the rest keep their order.
pub(crate) const LARGEST_SET: usize = 12;

impl Plan {
    /// The cheapest way; among equals always the same one.
    pub(crate) fn align(&self, trace: &[u32]) -> Alignment {
        let start = State { at: 0, block: 0, done: 0 };
        let mut search = Search { found: HashMap::from([(start, (0, None))]), open: VecDeque::from([(start, 0)]) };
        let mut end = start;
        while let Some((state, cost)) = search.open.pop_front() {
            if search.found[&state].0 < cost {
                continue;
            }
            if state.at == trace.len() && state.block == self.blocks.len() {
                end = state;
                break;
            }
            self.follow(state, trace, &mut search);
        }
        let required = self.steps.iter().filter(|step| step.required).count();
        let worst = u32::try_from(trace.len() + required).unwrap_or(u32::MAX);
        Alignment { cost: search.found[&end].0, moves: search.moves_to(end), worst }
    }

    fn block(&self, block: usize) -> std::ops::Range<usize> {
        let end = self.blocks.get(block + 1).copied().unwrap_or(self.steps.len());
        self.blocks.get(block).copied().unwrap_or(self.steps.len())..end
    }

    /// Every state that follows, the free ones last, so that they are looked at first.
    fn follow(&self, state: State, trace: &[u32], search: &mut Search) {
        let steps = self.block(state.block);
        if let Some(name) = trace.get(state.at) {
            let next = State { at: state.at + 1, ..state };
            search.add(state, next, 1, Some(Move::Extra { at: state.at }));
            for step in steps.clone().filter(|step| self.steps[*step].names.contains(name)) {
                self.carry_out(step, state, search);
            }
        }
        let missing = steps.clone().find(|step| self.steps[*step].required && !is_done(state, step - steps.start));
        match missing {
            Some(step) => {
                let next = State { done: state.done | bit(step - steps.start), ..state };
                search.add(state, next, 1, Some(Move::Missing { step }));
            }
            None if state.block < self.blocks.len() => {
                search.add(state, State { at: state.at, block: state.block + 1, done: 0 }, 0, None);
            }
            None => {}
        }
    }

    /// `step` is what stands next in the trace: it is done, and one stays in the block or goes back.
    fn carry_out(&self, step: usize, state: State, search: &mut Search) {
        let steps = self.block(state.block);
        // A step of several activities is one step, however many of them follow each other.
        if is_done(state, step - steps.start) && self.steps[step].names.len() < 2 {
            return;
        }
        let done = state.done | bit(step - steps.start);
        let there = State { at: state.at + 1, done, ..state };
        let made = Some(Move::Done { step, at: state.at });
        for before in steps.clone().filter(|before| is_done(there, before - steps.start)) {
            if let Some(block) = self.steps[before].back_to {
                search.add(state, State { at: there.at, block, done: 0 }, 0, made);
            }
        }
        search.add(state, there, 0, made);
    }
}

fn bit(place: usize) -> u64 {
    1 << place.min(63)
}

fn is_done(state: State, place: usize) -> bool {
    state.done & bit(place) != 0
}

/// From where one came, and by which move; none where it costs nothing.
type Arrival = (State, Option<Move>);

/// States by what it costs to get there, each with where one came from.
struct Search {
    found: HashMap<State, (u32, Option<Arrival>)>,
    open: VecDeque<(State, u32)>,
}

impl Search {
    fn add(&mut self, from: State, to: State, price: u32, made: Option<Move>) {
        let cost = self.found[&from].0 + price;
        if self.found.get(&to).is_some_and(|(known, _)| *known <= cost) {
            return;
        }
        self.found.insert(to, (cost, Some((from, made))));
        if price == 0 { self.open.push_front((to, cost)) } else { self.open.push_back((to, cost)) }
    }

    fn moves_to(&self, end: State) -> Vec<Move> {
        let mut moves = Vec::new();
        let mut state = end;
        while let Some((_, Some((before, made)))) = self.found.get(&state) {
            moves.extend(*made);
            state = *before;
        }
        moves.reverse();
        moves
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, prop_assert, prop_assert_eq, proptest};

    use super::*;

    /// `a?` is optional, `[ab]` is a set, `c<a` leads back to the block of `a`.
    fn plan(text: &str) -> Plan {
        let mut plan = Plan::default();
        let mut in_set = false;
        let mut chars = text.chars().peekable();
        while let Some(char) = chars.next() {
            match char {
                '[' => {
                    in_set = true;
                    plan.blocks.push(plan.steps.len());
                }
                ']' => in_set = false,
                '?' => plan.steps.last_mut().expect("a step before").required = false,
                '<' => {
                    let target = u32::from(chars.next().expect("where it leads"));
                    let step = plan.steps.iter().position(|step| step.names == [target]).expect("a step before");
                    let block = plan.blocks.iter().rposition(|first| *first <= step);
                    plan.steps.last_mut().expect("a step before").back_to = block;
                }
                name => {
                    if !in_set {
                        plan.blocks.push(plan.steps.len());
                    }
                    plan.steps.push(PlanStep { names: vec![u32::from(name)], required: true, back_to: None });
                }
            }
        }
        plan
    }

    fn names(text: &str) -> Vec<u32> {
        text.chars().map(u32::from).collect()
    }

    #[test]
    fn what_differs_costs_one_each() {
        for (case, model, trace, cost, worst) in [
            ("the same", "abc", "abc", 0, 6),
            ("one is missing", "abc", "ac", 1, 5),
            ("one is extra", "abc", "abxc", 1, 7),
            ("two have changed places", "abc", "acb", 2, 6),
            ("nothing was done", "abc", "", 3, 3),
            ("nothing is asked", "", "ab", 2, 2),
            ("neither", "", "", 0, 0),
            ("optional and not there", "ab?c", "ac", 0, 4),
            ("optional and there", "ab?c", "abc", 0, 5),
            ("a set in another order", "a[bc]d", "acbd", 0, 8),
            ("a set with one missing", "a[bc]d", "acd", 1, 7),
            ("an optional one of a set", "a[b?c]d", "acd", 0, 6),
            ("a set spread around another", "a[bc]de", "acdbe", 2, 10),
            ("back after a failure", "abc<bd", "abcbcd", 0, 10),
            ("back twice", "ab<ac", "abababc", 0, 10),
            ("back out of a set that is not complete", "a[b<ac]d", "ababcd", 0, 10),
            ("back without an end", "ab<ac", "aba", 2, 6),
            ("a repeat that nothing allows", "abc", "abbc", 1, 7),
        ] {
            let found = plan(model).align(&names(trace));
            assert_eq!((found.cost, found.worst), (cost, worst), "{case}: {:?}", found.moves);
        }
    }

    #[test]
    fn activities_of_one_step_that_follow_each_other_are_one_step() {
        let mut plan = plan("ab");
        plan.steps[0].names.push(u32::from('A'));
        assert_eq!(plan.align(&names("aAab")).cost, 0);
        assert_eq!(plan.align(&names("abA")).cost, 1);
    }

    #[test]
    fn moves_say_what_is_missing_and_what_is_extra() {
        let found = plan("abc").align(&names("axc"));
        assert_eq!(found.moves.len(), 4);
        assert!(found.moves.contains(&Move::Missing { step: 1 }) && found.moves.contains(&Move::Extra { at: 1 }));
    }

    fn longest_common(a: &[u32], b: &[u32]) -> usize {
        let mut table = vec![vec![0; b.len() + 1]; a.len() + 1];
        for (i, x) in a.iter().enumerate() {
            for (j, y) in b.iter().enumerate() {
                table[i + 1][j + 1] = if x == y { table[i][j] + 1 } else { table[i][j + 1].max(table[i + 1][j]) };
            }
        }
        table[a.len()][b.len()]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn a_sequence_without_optional_steps_has_the_closed_form(model in "[abcd]{0,8}", trace in "[abcde]{0,10}") {
            let (steps, trace) = (names(&model), names(&trace));
            let sequence = Plan {
                blocks: (0..steps.len()).collect(),
                steps: steps.iter().map(|name| PlanStep { names: vec![*name], required: true, back_to: None }).collect(),
            };
            let found = sequence.align(&trace);
            let both = steps.len() + trace.len();
            let common = longest_common(&steps, &trace);
            prop_assert_eq!(found.cost as usize, both - 2 * common);
            if both > 0 {
                prop_assert!((found.fitness() - 2.0 * common as f64 / both as f64).abs() < 1e-12);
            }
        }

        #[test]
        fn every_event_and_no_other_is_in_the_moves_once_and_their_price_is_the_cost(trace in "[abcdex]{0,12}") {
            let plan = plan("a[b<ac?]d?e");
            let found = plan.align(&names(&trace));
            let at: Vec<usize> = found.moves.iter().filter_map(|made| match made {
                Move::Done { at, .. } | Move::Extra { at } => Some(*at),
                Move::Missing { .. } => None,
            }).collect();
            prop_assert_eq!(at, (0..trace.len()).collect::<Vec<_>>());
            let paid = found.moves.iter().filter(|made| !matches!(made, Move::Done { .. })).count();
            prop_assert_eq!(found.cost as usize, paid);
            prop_assert!(found.cost <= found.worst);
        }
    }
}
