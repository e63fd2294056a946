//! What `init` puts into a repository and `uninstall` takes out again: hook shims, lines of git configuration, the
//! settings file, the workflow, and the receipt that says which of these were made. Knows nothing of records.

pub mod git_lines;
pub mod hooks;
pub mod idle_check;
mod links;
pub mod managers;
pub mod place;
pub mod receipt;
pub mod workflow;
