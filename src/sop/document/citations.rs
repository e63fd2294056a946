//! What every figure leads back to: a row of the Evidence table with runs and commits.

use std::collections::BTreeMap;

use serde::Serialize;

use super::facts::{Facts, RunSet};
use crate::record::execution::ExecutionLog;
use crate::text::ids::short;
use crate::text::markdown::{Markdown, code_cell};

/// So many runs and commits are named in a row; `process.yaml` names all.
const EXAMPLES: usize = 3;

/// A figure: `runs` of `of` runs.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Claim {
    pub runs: usize,
    pub of: usize,
    /// In percent, rounded.
    pub share: usize,
    /// Whether there are enough runs to say so; otherwise a reader is told how many there are of how many.
    pub is_enough: bool,
    pub minimum: u32,
    /// The row of the Evidence table: `E3`, with the anchor `e3`.
    pub evidence: usize,
}

/// A row of the Evidence table.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct EvidenceRow {
    pub number: usize,
    pub what: String,
    pub runs: usize,
    pub of: usize,
    /// As code.
    pub examples: Vec<Markdown>,
    pub more_examples: usize,
    /// In short, as code.
    pub commits: Vec<Markdown>,
    pub more_commits: usize,
}

/// Numbers rows in the order in which they are first referred to.
#[derive(Debug)]
pub(crate) struct Citations<'a> {
    facts: &'a Facts<'a>,
    minimum: u32,
    rows: Vec<EvidenceRow>,
    numbers: BTreeMap<(String, RunSet), usize>,
}

impl<'a> Citations<'a> {
    pub(crate) fn new(facts: &'a Facts<'a>, minimum: u32) -> Self {
        Self { facts, minimum, rows: Vec::new(), numbers: BTreeMap::new() }
    }

    /// `runs` of all runs.
    pub(crate) fn cite(&mut self, what: &str, runs: &RunSet) -> Claim {
        self.cite_of(what, runs, self.facts.runs.len())
    }

    /// `runs` of `of` runs.
    pub(crate) fn cite_of(&mut self, what: &str, runs: &RunSet, of: usize) -> Claim {
        Claim {
            runs: runs.len(),
            of,
            share: (200 * runs.len() + of) / (2 * of).max(1),
            is_enough: of >= self.minimum as usize,
            minimum: self.minimum,
            evidence: self.number(what, runs, of),
        }
    }

    pub(crate) fn log(&self) -> &'a ExecutionLog {
        self.facts.log
    }

    pub(crate) fn into_rows(self) -> Vec<EvidenceRow> {
        self.rows
    }

    fn number(&mut self, what: &str, runs: &RunSet, of: usize) -> usize {
        let next = self.rows.len() + 1;
        let number = *self.numbers.entry((what.to_owned(), runs.clone())).or_insert(next);
        if number == next {
            let log = self.facts.log;
            let all = runs.iter().map(|run| self.facts.run(*run));
            let commits: Vec<&str> = all.clone().flat_map(|run| &run.commits).map(|id| log.text(*id)).collect();
            self.rows.push(EvidenceRow {
                number,
                what: what.to_owned(),
                runs: runs.len(),
                of,
                examples: all.map(|run| code_cell(log.text(run.id))).take(EXAMPLES).collect(),
                more_examples: runs.len().saturating_sub(EXAMPLES),
                more_commits: commits.len().saturating_sub(EXAMPLES),
                commits: commits.iter().take(EXAMPLES).map(|id| code_cell(short(id))).collect(),
            });
        }
        number
    }
}
