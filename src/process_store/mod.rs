//! Where processes meet the world: collects runs from sessions, commits and logs, keeps the cache, and reads and writes the
//! folders of SOPs. What commands, the Action and the MCP server do alike.

mod cached;
pub(crate) mod checking;
pub(crate) mod collect;
pub(crate) mod collected;
pub(crate) mod corrections;
pub(crate) mod drifting;
pub(crate) mod foreign_log;
pub(crate) mod going;
pub(crate) mod guides;
pub(crate) mod log_file;
mod lookup;
pub(crate) mod models;
pub(crate) mod recorded;
pub(crate) mod rules;
mod sessions;
pub(crate) mod sops;
pub(crate) mod templates;
pub(crate) mod told_ways;
pub(crate) mod unknown;
