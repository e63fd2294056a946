//! From a model, its log and what people told to the text of an SOP or an overview.

mod assemble;
pub(crate) mod branch_first;
mod citations;
mod deviation_rows;
pub(crate) mod expectations;
pub(crate) mod facts;
mod guides;
pub(crate) mod kept;
mod page;
pub(crate) mod paths;
pub(crate) mod render;
pub(crate) mod repository_files;
pub(crate) mod repository_guide;
mod required;
mod resources;
mod setup;
pub(crate) mod sources;
pub(crate) mod step_rows;
mod task_files;
pub(crate) mod told;
pub(crate) mod troubles;
pub(crate) mod words;
