//! What other recorders wrote beside commits: their notes, read into one form. One file a recorder; a row each in `sources`.

mod agent_note;
mod git_ai;
pub(crate) mod noted;
mod qwen;
pub(crate) mod sources;
mod whogitit;
