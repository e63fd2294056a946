//! From a model, its log and what people told to the text of an SOP or an overview.

mod assemble;
mod citations;
mod deviation_rows;
pub(crate) mod expectations;
pub(crate) mod facts;
pub mod kept;
mod page;
pub(crate) mod paths;
pub mod render;
mod resources;
pub mod sources;
mod step_rows;
pub mod told;
pub(crate) mod troubles;
pub(crate) mod words;
