//! The edge to git: commits with their changes, ranges, trailers in messages, notes. It knows no agent and no session.

pub mod changes;
#[cfg(test)]
mod fixture;
mod hunks;
mod renames;
pub mod repository;
mod tree_changes;
