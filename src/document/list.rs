//! A list of which only the first are shown.

use serde::Serialize;

/// Rows that are shown, and how many more there are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct List<T> {
    pub rows: Vec<T>,
    pub more: usize,
}

impl<T> List<T> {
    pub(crate) fn new(rows: Vec<T>) -> Self {
        Self { rows, more: 0 }
    }

    pub(crate) fn truncate(&mut self, rows: usize) {
        self.more += self.rows.len().saturating_sub(rows);
        self.rows.truncate(rows);
    }
}
