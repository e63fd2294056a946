//! Process documents and their life: text from a model and its evidence, the ledger, who may approve. Functions over values;
//! files are read and written by `process_store`.

pub(crate) mod approval;
pub(crate) mod capture;
pub(crate) mod capture_file;
pub mod digest;
pub(crate) mod document;
pub mod front_fields;
pub(crate) mod front_matter;
pub(crate) mod general_questions;
pub mod ledger;
pub mod life;
pub(crate) mod lint;
pub(crate) mod next_step;
pub(crate) mod outline;
pub mod party;
pub(crate) mod progress;
pub(crate) mod publish_formats;
pub(crate) mod questions;
pub(crate) mod replay;
pub(crate) mod rewording;
#[cfg(test)]
pub(crate) mod samples;
pub(crate) mod target;
pub(crate) mod walkthrough;
