//! What `init` puts into a repository and `uninstall` takes out again: hook shims, lines of git configuration, the
//! settings file, the workflow, and the receipt that says which of these were made. Knows nothing of records.

pub(crate) mod git_lines;
pub(crate) mod hooks;
pub(crate) mod idle_check;
mod links;
pub(crate) mod managers;
pub(crate) mod place;
pub(crate) mod receipt;
pub(crate) mod server_entry;
pub(crate) mod servers;
pub(crate) mod workflow;
