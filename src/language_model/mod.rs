//! Asks a language model, if the user wants one: another program, or a server over HTTP. Knows nothing of what is asked.

pub(crate) mod backend;
mod command;
mod http;
pub(crate) mod server;
