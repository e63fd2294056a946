//! Agents that a person or a repository describes by where the fields of their sessions are.

mod actions;
mod entry;
mod fields;
mod pattern;
mod reader;
mod usage;

pub(crate) use pattern::FilePattern;
pub(in crate::capture) use reader::MappedReader;
