//! `init --mcp`: shows what an agent's settings file has to hold so that it starts `backstory mcp`, or writes it.

use anyhow::bail;
use serde::Serialize;

use crate::context::{Context, Ending};
use crate::install::receipt::Receipt;
use crate::install::servers::{self, ServerFile};
use crate::output::for_terminal;
use crate::recorder::workplace;

/// One file, for people.
#[derive(Serialize)]
struct ServerLine {
    file: String,
    agent: &'static str,
    remark: Option<&'static str>,
    /// What is done: `there`, `shown` or `written`.
    state: &'static str,
    /// The whole file as it is to be, or as it was written.
    text: String,
}

/// What the person is told at the end.
#[derive(Serialize)]
struct ServerSummary {
    lines: Vec<ServerLine>,
    /// All that can be named.
    names: String,
}

/// # Errors
/// For an agent that is none of these, and when one of the files cannot be used: then none is written.
pub(super) fn run(names: &[String], write: bool, context: &mut Context) -> anyhow::Result<Ending> {
    let known: Vec<&str> = servers::clients().map(|(row, _)| row.slug).collect();
    if let Some(other) = names.iter().find(|name| !known.contains(&name.as_str())) {
        bail!("`{other}` is none of the agents that can be given the server: {}", known.join(", "));
    }
    if write && names.is_empty() {
        bail!("name the agents whose files may be written: {}", known.join(", "));
    }
    let (place, _) = workplace::place(context.environment)?;
    let is_wanted = |slug: &str| names.is_empty() || names.iter().any(|name| name == slug);
    let found: anyhow::Result<Vec<ServerFile>> = servers::clients()
        .filter(|(row, _)| is_wanted(row.slug))
        .map(|client| servers::look(&place.root, client))
        .collect();
    let mut lines = Vec::new();
    for file in found? {
        let text = file.after().unwrap_or_default();
        let mut state = if text.is_empty() { "there" } else { "shown" };
        if write {
            let mut receipt = Receipt::read(&place.folder())?.unwrap_or_default();
            if file.write(&place.root, &place.folder(), &mut receipt)? {
                state = "written";
            }
        }
        let (agent, remark) = (file.row.title, file.settings.remark);
        lines.push(ServerLine { file: for_terminal(file.name), agent, remark, state, text: for_terminal(&text) });
    }
    let text = minijinja::Environment::new().render_str(
        include_str!("../../../templates/terminal/servers.txt"),
        minijinja::value::Serde(&ServerSummary { lines, names: known.join(", ") }),
    )?;
    context.output.line(text.trim_end())?;
    Ok(Ending::Done)
}
