//! The edge to what this program keeps for itself beside the repository: the index of transcripts, the cache of executions, the index of what
//! records tell, and what was seen of the agents' folders.

pub(crate) mod damage;
pub(crate) mod elsewhere;
pub(crate) mod index;
pub(crate) mod paths;
pub(crate) mod process_cache;
pub(crate) mod recall_change;
pub(crate) mod recall_index;
pub(crate) mod roster;
pub(crate) mod segments;
