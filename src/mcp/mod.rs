//! `backstory mcp`: what is recorded, and the workflow of process documents, as tools and prompts for an AI chat, over standard input
//! and output. Of the workflow it hands out one step at a time; what is done is on disk before a tool answers.

pub(crate) mod answer;
pub(crate) mod asking;
pub(crate) mod caller;
pub(crate) mod fault;
pub(crate) mod next_call;
pub(crate) mod prompts;
pub(crate) mod recalled;
pub(crate) mod report;
pub(crate) mod resources;
pub(crate) mod schema;
pub(crate) mod server;
pub(crate) mod shortened;
pub(crate) mod tool;
pub(crate) mod tools;
pub(crate) mod worker;
