//! Meets the places where pull requests live: GitHub, and those with an API of the same kind. Async stays in here and in
//! the commands that call it.

pub mod access;
pub(crate) mod ask;
mod check_run;
pub mod clock;
pub(crate) mod comment;
pub mod connect;
pub mod event;
pub(crate) mod gitlab;
mod history;
pub mod hosts;
mod issues;
mod links;
pub(crate) mod markers;
mod order;
pub mod questions;
mod refusal;
pub(crate) mod rest;
mod retry;
mod reviews;
pub(crate) mod runner;
pub(crate) mod section;
pub mod token;
#[cfg(test)]
mod toy;
mod transport;
