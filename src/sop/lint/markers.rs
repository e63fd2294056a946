//! Markers of kept text make pairs, so that the next draft carries the text on.

use super::finding::{Finding, Known, finding};
use crate::sop::document::kept::kept;
use crate::sop::outline::Outline;

pub(crate) const NAME: &str = "markers";

pub(crate) fn check(outline: &Outline, _: Known) -> Vec<Finding> {
    kept(outline.text).err().map(|error| finding(NAME, error.line, error.problem, error.hint)).into_iter().collect()
}
