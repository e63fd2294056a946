//! What the records of many commits say together: figures over time, of agents, of failures and their cures, of corrections and
//! checks; as values, as one page, as rows. Functions over values.

mod agents;
mod asked;
pub(crate) mod badge;
pub(crate) mod chart;
pub(crate) mod compare;
mod corrections;
mod effort;
pub(crate) mod events;
mod failures;
pub(crate) mod figures;
mod files;
pub(crate) mod made;
pub(crate) mod page;
pub(crate) mod periods;
pub(crate) mod rows;
mod tallies;
