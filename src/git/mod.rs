//! The edge to git: commits with their changes, ranges, trailers in messages, notes. It knows no agent and no session.

pub mod base;
pub mod blame;
mod cache_tree;
pub mod caller;
pub(crate) mod changed_paths;
pub mod changes;
pub mod committed;
#[cfg(test)]
mod fixture;
pub mod format;
pub mod head_moved;
pub mod head_moves;
mod hunks;
pub mod installed;
pub mod lost_notes;
pub mod moved;

mod note_changes;
pub mod note_copies;
pub mod note_refs;
mod note_swap;
mod note_tree;
pub mod notes;
pub mod outgoing;
mod parents;
mod partial;
pub mod promised;
pub mod range;
pub mod remotes;
mod renames;
pub mod repository;
mod revision;
pub mod rewritten;
pub mod settings;
mod shallow;
mod small_file;
pub mod staged;
pub mod staged_file;
mod submodules;
pub mod territory;
pub mod trailers;
pub mod transfer;
mod tree_changes;
pub mod trees_alike;
pub(crate) mod wiki;
pub mod work_tree;
