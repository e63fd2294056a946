//! Process documents and their life: text from a model and its evidence, the ledger, who may approve. Functions over values;
//! files are read and written by `process_store`.

pub mod capture;
pub mod capture_file;
pub mod digest;
pub mod document;
pub mod front_matter;
pub(crate) mod general_questions;
pub mod lint;
pub(crate) mod outline;
pub mod publish_formats;
pub mod questions;
#[cfg(test)]
pub(crate) mod samples;
