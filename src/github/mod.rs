//! Meets the places where pull requests live: GitHub, and those with an API of the same kind. Async stays in here and in
//! the commands that call it.

pub mod event;
pub mod forge;
pub mod runner;
