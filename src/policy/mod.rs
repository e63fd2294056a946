//! Whether the commits of a range are as a team wants them: each rule over what the records and messages say, how
//! complete the documentation is, and what to type to improve it. What is not known is never held for good.

mod facts;
mod findings;
mod judge;
mod remedy;
mod rule;
mod rules;
mod score;
mod steps;
mod trailer_forms;
mod work;

pub use judge::evaluate;
