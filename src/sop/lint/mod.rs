//! What is wrong with a document before a person is asked to approve it: one file a rule, and a row in `rules.rs`.

pub(crate) mod action;
pub(crate) mod actions;
pub(crate) mod assumed;
pub(crate) mod evidence;
pub(crate) mod finding;
pub(crate) mod front;
pub(crate) mod markers;
pub(crate) mod report;
pub(crate) mod rules;
pub(crate) mod sections;
pub(crate) mod tools;
pub(crate) mod unknown;
