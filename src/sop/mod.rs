//! Process documents and their life: text from a model and its evidence, the ledger, who may approve. Functions over values;
//! files are read and written by `process_store`.

pub mod approval;
pub mod capture;
pub mod capture_file;
pub mod digest;
pub mod document;
pub mod front_fields;
pub mod front_matter;
pub(crate) mod general_questions;
pub mod ledger;
pub mod life;
pub mod lint;
pub mod next_step;
pub(crate) mod outline;
pub mod party;
pub mod progress;
pub mod publish_formats;
pub mod questions;
pub mod replay;
pub mod rewording;
#[cfg(test)]
pub(crate) mod samples;
pub mod target;
pub mod walkthrough;
