//! `init --mcp`: shows what an agent's settings file has to hold so that it starts `backstory mcp`, or writes it.

use anyhow::bail;
use serde::Serialize;

use crate::context::{Context, Ending};
use crate::install::receipt::Receipt;
use crate::install::servers;
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
    /// What is inserted.
    text: String,
    /// The line after which it goes; `None` in a new file.
    line: Option<usize>,
}

/// What the person is told at the end.
#[derive(Serialize)]
struct ServerSummary {
    lines: Vec<ServerLine>,
    /// All that can be named.
    names: String,
}

/// # Errors
/// For an agent that is none of these, and when files cannot be used, which are all named: then none is written, and the others are
/// shown.
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
    let looked =
        servers::clients().filter(|(row, _)| is_wanted(row.slug)).map(|client| servers::look(&place.root, client));
    let (found, failed): (Vec<_>, Vec<_>) = looked.partition(Result::is_ok);
    let errors: Vec<String> = failed.into_iter().filter_map(Result::err).map(|error| format!("{error:#}")).collect();
    let cannot = errors.join("\n");
    if write && !errors.is_empty() {
        bail!(cannot);
    }
    let mut lines = Vec::new();
    for file in found.into_iter().flatten() {
        let inserted = file.inserted();
        let mut state = if inserted.is_none() { "there" } else { "shown" };
        if write {
            let mut receipt = Receipt::read(&place.folder())?.unwrap_or_default();
            if file.write(&place.root, &place.folder(), &mut receipt)? {
                state = "written";
            }
        }
        let (text, line) = inserted.unwrap_or_default();
        let text = for_terminal(text.replace('\r', "").trim_matches('\n'));
        let (agent, remark) = (file.row.title, file.settings.remark);
        lines.push(ServerLine { file: for_terminal(file.name), agent, remark, state, text, line });
    }
    let text = minijinja::Environment::new().render_str(
        include_str!("../../../templates/terminal/servers.txt"),
        minijinja::value::Serde(&ServerSummary { lines, names: known.join(", ") }),
    )?;
    context.output.line(text.trim_end())?;
    if !errors.is_empty() {
        bail!(cannot);
    }
    Ok(Ending::Done)
}
