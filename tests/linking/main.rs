//! What the linker makes of small sessions and commits: which session, which lines, which prompts, what failed, what was
//! corrected, what was checked.

mod attempts;
mod changed;
mod checks;
mod corrections;
mod failures;
mod lines;
mod plans;
mod prompts;
mod sessions;
mod stage;
mod stated;
mod telling;
mod told;
mod wishes;
