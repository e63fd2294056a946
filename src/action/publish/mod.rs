//! Brings a text to a pull request: as a section of its description, as one comment, or as a check. Asks before it
//! writes, writes only what changed, and never over what a person wrote.

mod body;
mod check;
mod comment;
#[cfg(test)]
mod fake;
mod fit;
mod page;

pub(crate) use crate::action::publish::body::body;
pub(crate) use crate::action::publish::check::check;
pub(crate) use crate::action::publish::comment::comment;
pub(crate) use page::settle;
pub(crate) use page::{Published, SectionText};
