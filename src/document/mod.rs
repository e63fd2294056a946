//! From records to what people read: the pull-request description, the workflow summary, and what `show`, `log` and
//! `why` print. Values are chosen, counted and cut here; the words are in `templates/`.

pub mod asked;
pub mod attempts;
pub mod checked;
pub mod checklist;
pub mod corrections;
pub mod description;
pub mod details;
pub mod escape;
pub(crate) mod excerpt;
pub mod gate;
pub mod headline;
mod inert;
pub mod judged;
pub(crate) mod line_ranges;
pub(crate) mod list;
pub mod look;
pub(crate) mod minute;
pub(crate) mod range;
pub mod remarks;
pub mod render;
pub mod terminal;
pub mod views;
pub mod visible;
pub mod why;
