//! From records to training data: one file per format, rows as JSON lines, the same bytes for the same commits.
//! Every key stands in every row with one type; what is not known is `""`, `[]` or 0, because a column that is `null`
//! in its first rows and text later does not load (huggingface/datasets#7222).

pub(crate) mod format;
pub mod formats;
pub(crate) mod manifest;
pub(crate) mod metadata;
pub(crate) mod patch;
pub(crate) mod rows;
