//! From records to training data: views of commits and conversations, one file per format; without duplicates, in splits, with all that
//! is to be known of a row beside it. The same commits give the same bytes.

mod asking;
pub(crate) mod card;
pub(crate) mod chat;
mod chores;
mod completeness;
pub(crate) mod conversation;
pub(crate) mod croissant;
mod deixis;
mod fitting;
mod form;
pub mod format;
pub mod formats;
pub(crate) mod halves;
mod leaning;
pub(crate) mod license;
mod loosened;
pub(crate) mod manifest;
pub mod metadata;
pub(crate) mod minhash;
pub(crate) mod pairs;
pub(crate) mod patch;
mod patch_kinds;
mod pointing;
mod questions;
mod quoted;
pub(crate) mod selection;
mod series;
pub mod source;
mod stems;
pub(crate) mod survival;
#[cfg(test)]
pub(crate) mod testing;
mod unwritten;
mod weak;
