//! The folders of SOPs, `docs/processes/<slug>/`, and everything that is done with them: the same functions for commands, the
//! Action and the MCP server. What they are allowed to do is decided by `sop::life`; the state is on disk before one returns.

pub(crate) mod ancestors;
pub(crate) mod answering;
pub(crate) mod approving;
pub(crate) mod capturing;
pub(crate) mod committed;
pub(crate) mod desk;
mod destination;
pub(crate) mod drafting;
pub(crate) mod ending;
pub(crate) mod folder;
pub(crate) mod forge;
mod lock;
pub(crate) mod publishing;
pub(crate) mod rewording;
pub(crate) mod running;
pub(crate) mod settling;
pub(crate) mod status;
pub(crate) mod verifying;
pub(crate) mod walking;
