//! Which sessions led to which commit, and what the commit says about it by itself.

pub mod stated;
