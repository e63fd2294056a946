//! The stage on which unit tests play.

pub(crate) mod stage;
