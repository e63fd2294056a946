//! The lines of a failed check's output that say what is wrong, in the check's own words. A file for each family of runners.

mod bare;
mod compilers;
mod crashes;
mod go;
mod java_php_ruby;
mod javascript;
mod lines;
mod linters;
mod python;
mod runners;
mod rust;
mod taps;
mod unknown;

pub(crate) use bare::tells_something;
pub(crate) use lines::{readable, without_columns};
pub(crate) use runners::{diagnostics, telling_lines};
pub(crate) use unknown::of_an_unknown_runner;
