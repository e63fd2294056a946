//! From records to what people read: the pull-request description, the workflow summary, and what `show`, `log` and
//! `why` print. Values are chosen, counted and cut here; the words are in `templates/`.

pub mod escape;
pub mod visible;
