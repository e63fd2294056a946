//! Whether recent runs go otherwise than earlier ones: what is counted, which of the differences are more than chance, what
//! that means for a process document, and what the document would have to say instead.

pub(crate) mod answer;
mod families;
pub(crate) mod finding;
mod select;
#[cfg(test)]
mod simulation;
mod tallies;
pub(crate) mod update;
pub(crate) mod verdict;
