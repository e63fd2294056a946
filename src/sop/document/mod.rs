//! From a model, its log and what people told to the text of an SOP or an overview.

mod assemble;
mod citations;
mod deviation_rows;
pub(crate) mod expectations;
pub(crate) mod facts;
pub(crate) mod kept;
mod page;
pub(crate) mod paths;
pub(crate) mod render;
mod resources;
pub(crate) mod sources;
mod step_rows;
pub(crate) mod told;
pub(crate) mod troubles;
pub(crate) mod words;
