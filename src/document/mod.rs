//! From records to what people read: the pull-request description, the workflow summary, and what `show`, `log` and
//! `why` print. Values are chosen, counted and cut here; the words are in `templates/`.

pub(crate) mod asked;
pub(crate) mod attempts;
pub(crate) mod checked;
pub(crate) mod checklist;
pub(crate) mod corrections;
pub(crate) mod cut;
pub mod description;
pub(crate) mod details;
pub(crate) mod excerpt;
pub mod gate;
pub(crate) mod headline;
pub(crate) mod judged;
pub(crate) mod line_ranges;
pub(crate) mod list;
pub(crate) mod log_format;
mod log_values;
pub(crate) mod look;
pub(crate) mod minute;
pub(crate) mod processes;
mod prompt_lines;
mod range;
pub(crate) mod remarks;
pub mod render;
pub(crate) mod sections;
pub mod terminal;
pub mod terminal_page;
pub(crate) mod terminal_range;
mod unchecked;
pub(crate) mod views;
pub(crate) mod why;
pub(crate) mod why_range;
