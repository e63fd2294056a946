//! A document in the forms that others read: an agent's skill, an agent SOP, a section of `AGENTS.md`, a page of a site.

pub mod agents_section;
pub(crate) mod clean;
pub mod site;
pub mod skill;
pub mod strands;
