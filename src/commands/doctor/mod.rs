//! `backstory doctor`: what is found and set up, what is wrong, and what to do about it. Changes nothing.

mod agents;
mod replaced;
mod report;
mod repository;
mod run;
mod surroundings;
mod unfinished;
mod unrecorded;

pub(crate) use run::{DoctorArgs, run};
