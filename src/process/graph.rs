//! Which step follows which, and how often: the directly-follows graph of some traces.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use serde::Serialize;

use super::trace::Traces;
use super::variants::number;
use crate::record::execution::Symbol;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Graph {
    /// Runs that have a step.
    pub runs: u32,
    /// In the most runs first; ties by name.
    pub nodes: Vec<Node>,
    /// The most frequent first; ties by the names of their ends.
    pub edges: Vec<Edge>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Node {
    pub step: String,
    pub runs: u32,
    /// How often it was carried out, in all runs.
    pub times: u64,
    /// Runs that begin and end with it.
    pub starts: u32,
    pub ends: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Edge {
    /// Indexes into [`Graph::nodes`].
    pub from: u32,
    pub to: u32,
    pub times: u64,
}

/// The graph of `traces`, whole.
pub(crate) fn graph(traces: &Traces) -> Graph {
    let mut counts = Counts::new(traces.labels.len());
    for trace in traces.traces.iter().filter(|trace| !trace.steps.is_empty()) {
        counts.runs += 1;
        let mut before: Option<usize> = None;
        for step in &trace.steps {
            let label = step.label.0 as usize;
            let node = &mut counts.nodes[label];
            node.times += 1;
            if node.last_run != counts.runs {
                node.last_run = counts.runs;
                node.runs += 1;
            }
            match before {
                Some(before) => counts.edges.add(before, label),
                None => node.starts += 1,
            }
            before = Some(label);
        }
        counts.nodes[before.unwrap_or_default()].ends += 1;
    }
    counts.graph(traces)
}

struct Counts {
    runs: u32,
    nodes: Vec<NodeCount>,
    edges: Edges,
}

#[derive(Clone, Default)]
struct NodeCount {
    runs: u32,
    last_run: u32,
    times: u64,
    starts: u32,
    ends: u32,
}

/// Labels up to which pairs are counted in a table: 8 MB.
const DENSE: usize = 1024;

enum Edges {
    Dense { width: usize, counts: Vec<u64> },
    Sparse(HashMap<(usize, usize), u64, RandomState>),
}

impl Edges {
    fn add(&mut self, from: usize, to: usize) {
        match self {
            Self::Dense { width, counts } => counts[from * *width + to] += 1,
            Self::Sparse(counts) => *counts.entry((from, to)).or_insert(0) += 1,
        }
    }

    fn list(self) -> Vec<(usize, usize, u64)> {
        match self {
            Self::Dense { width, counts } => {
                let counted = counts.into_iter().enumerate().filter(|(_, times)| *times > 0);
                counted.map(|(at, times)| (at / width, at % width, times)).collect()
            }
            Self::Sparse(counts) => counts.into_iter().map(|((from, to), times)| (from, to, times)).collect(),
        }
    }
}

impl Counts {
    fn new(labels: usize) -> Self {
        let edges = match labels <= DENSE {
            true => Edges::Dense { width: labels, counts: vec![0; labels * labels] },
            false => Edges::Sparse(HashMap::default()),
        };
        Self { runs: 0, nodes: vec![NodeCount::default(); labels], edges }
    }

    fn graph(self, traces: &Traces) -> Graph {
        let label = |at: usize| traces.label(Symbol(number(at)));
        let mut order: Vec<usize> = (0..self.nodes.len()).filter(|at| self.nodes[*at].times > 0).collect();
        order.sort_by(|a, b| self.nodes[*b].runs.cmp(&self.nodes[*a].runs).then_with(|| label(*a).cmp(label(*b))));
        let mut places = vec![0; self.nodes.len()];
        for (place, at) in order.iter().enumerate() {
            places[*at] = number(place);
        }
        let mut edges: Vec<_> = self.edges.list();
        edges.sort_by(|a, b| b.2.cmp(&a.2).then_with(|| (label(a.0), label(a.1)).cmp(&(label(b.0), label(b.1)))));
        let node = |at: &usize| {
            let NodeCount { runs, times, starts, ends, .. } = self.nodes[*at];
            Node { step: label(*at).to_owned(), runs, times, starts, ends }
        };
        Graph {
            runs: self.runs,
            nodes: order.iter().map(node).collect(),
            edges: edges
                .iter()
                .map(|(from, to, times)| Edge { from: places[*from], to: places[*to], times: *times })
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::trace::{Trace, TraceStep};

    fn traces(runs: &[&str]) -> Traces {
        let mut traces = Traces::default();
        for run in runs {
            let step = |letter: char| traces.labels.intern(&letter.to_string());
            let labels: Vec<Symbol> = run.chars().map(step).collect();
            let steps = labels.into_iter().map(|label| TraceStep { label, first: 0, last: 0, rework: 0 }).collect();
            traces.traces.push(Trace { run: 0, steps });
        }
        traces
    }

    #[test]
    fn runs_times_and_ends_are_counted_and_edges_are_in_order() {
        let graph = graph(&traces(&["abab", "", "ac", "b"]));
        let nodes: Vec<_> = graph
            .nodes
            .iter()
            .map(|node| (node.step.as_str(), node.runs, node.times, node.starts, node.ends))
            .collect();
        assert_eq!(nodes, [("a", 2, 3, 2, 0), ("b", 2, 3, 1, 2), ("c", 1, 1, 0, 1)]);
        let edges: Vec<_> = graph.edges.iter().map(|edge| (edge.from, edge.to, edge.times)).collect();
        assert_eq!(edges, [(0, 1, 2), (0, 2, 1), (1, 0, 1)]);
        assert_eq!(graph.runs, 3);
    }

    #[test]
    fn many_labels_are_counted_alike() {
        let mut few = traces(&["abcab", "ba"]);
        let dense = super::graph(&few);
        for name in 0..DENSE {
            few.labels.intern(&format!("unused {name}"));
        }
        assert_eq!(super::graph(&few), dense);
    }
}
