//! Which sessions and turns led to a commit, who wrote its lines, what was tried before, what people corrected and what
//! was checked. Plain functions over values: sessions and a commit go in, contributions come out.

mod as_left;
pub(crate) mod attempts;
pub(crate) mod attribution;
pub(crate) mod authorship;
pub(crate) mod carry;
pub mod checks;
pub(crate) mod claim;
pub(crate) mod claims;
pub(crate) mod corrections;
pub(crate) mod directed;
pub(crate) mod excerpt;
pub mod fingerprint;
pub(crate) mod hints;
pub(crate) mod joining;
pub(crate) mod last_text;
mod left_out;
mod left_over;
pub mod library;
pub(crate) mod lines;
mod linking;
pub(crate) mod marking;
mod moved_lines;
mod other_state;
pub(crate) mod pairing;
pub(crate) mod part;
pub(crate) mod paths;
pub(crate) mod plans;
pub(crate) mod removals;
pub(crate) mod replay;
pub(crate) mod said;
pub(crate) mod scripts;
pub(crate) mod short_lines;
pub(crate) mod stated;
pub(crate) mod steps;
pub(crate) mod substitutions;
pub(crate) mod tally;
pub(crate) mod turns;
pub(crate) mod unexplained;
pub(crate) mod weights;
pub(crate) mod words;

pub use crate::link::hints::{AgentShell, Hints};
pub use linking::{Linked, link, name};
