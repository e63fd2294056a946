//! The stage on which unit tests play.

pub(crate) mod schema;
pub(crate) mod stage;
