//! `backstory mcp`: offers what is recorded, and process documents, to an AI chat, over standard input and output.

use crate::context::{Context, Ending};
use crate::mcp::server;

#[derive(Debug, clap::Args)]
pub struct McpArgs {}

pub(crate) fn run(_: &McpArgs, _: &mut Context<'_>) -> anyhow::Result<Ending> {
    server::serve()?;
    Ok(Ending::Done)
}
