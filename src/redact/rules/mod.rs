//! The rules as data: one list for everything that a keyword can lead to.

pub(crate) mod addresses;
pub(crate) mod commands;
pub(crate) mod forms;
pub(crate) mod names;
pub(crate) mod outputs;
pub(crate) mod providers;
mod rule;

#[cfg(test)]
pub(crate) use rule::patterns;
pub(crate) use rule::{KeywordRule, all, is_kind, is_private_key, is_providers};
