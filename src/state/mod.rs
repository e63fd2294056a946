//! The edge to what this program keeps for itself beside the repository: the index of transcripts, the cache of executions, and what was seen of
//! the agents' folders.

pub mod damage;
pub mod elsewhere;
pub mod index;
pub(crate) mod paths;
pub mod process_cache;
pub mod roster;
pub(crate) mod segments;
