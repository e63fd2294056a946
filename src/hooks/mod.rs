//! What git calls: commit-msg, post-commit, post-rewrite, pre-push. A hook never stops a commit and never makes one wait.

pub(crate) mod commit_msg;
pub(crate) mod deadline;
mod foreseen;
pub(crate) mod hook;
mod idle_stamp;
pub(crate) mod kinds;
pub(crate) mod moved_head;
pub(crate) mod opt_out;
mod passing;
pub(crate) mod pending;
pub(crate) mod post_commit;
pub(crate) mod post_rewrite;
pub(crate) mod pre_push;
mod pushed;
pub(crate) mod refused_trailers;
pub(crate) mod report;
