//! `action`: what a workflow runs. Reads the event, brings notes and history, writes the description where the pull
//! request lives, and always the summary, the outputs and the files of the run.

mod drift_question;
mod given;
mod history;
mod inputs;
mod job;
mod landed;
mod notes;
mod processes;
mod promises;
pub(crate) mod publish;
mod remarked;
mod report;
mod reporting;
mod result;
mod run;
mod settings;
mod wish;

pub(crate) use run::{ActionArgs, run};
