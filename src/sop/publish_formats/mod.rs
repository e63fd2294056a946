//! A document in the forms that others read: an agent's skill, an agent SOP, a section of `AGENTS.md`, a page of a site.

pub(crate) mod agents_section;
pub(crate) mod clean;
pub(crate) mod site;
pub(crate) mod skill;
pub(crate) mod strands;
