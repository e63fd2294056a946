//! Which sessions and turns led to a commit, who wrote its lines, what was tried before, what people corrected and what
//! was checked. Plain functions over values: sessions and a commit go in, contributions come out.

mod as_left;
pub mod attempts;
pub(crate) mod attribution;
pub mod authorship;
pub mod carry;
pub mod checks;
pub(crate) mod claim;
pub mod claims;
pub mod corrections;
pub mod directed;
pub(crate) mod excerpt;
pub mod fingerprint;
pub(crate) mod hints;
pub mod joining;
pub mod last_text;
mod left_out;
mod left_over;
pub mod library;
pub mod lines;
mod linking;
pub(crate) mod marking;
mod moved_lines;
mod other_state;
pub mod pairing;
pub mod part;
pub mod paths;
pub mod plans;
pub mod removals;
pub mod replay;
pub(crate) mod said;
pub mod scripts;
pub mod short_lines;
pub mod stated;
pub(crate) mod steps;
pub mod substitutions;
pub mod tally;
pub mod turns;
pub mod unexplained;
pub(crate) mod weights;
pub mod words;

pub use crate::link::hints::{AgentShell, Hints};
pub use linking::{Linked, link, name};
