//! `handoff`: what the next agent has to know about the work at hand.

use crate::context::{Context, Ending};
use crate::output::for_terminal;
use crate::recorder::workplace::Workplace;
use crate::recorder::{agent_shell, handing_off, page, range};

#[derive(Debug, clap::Args)]
pub struct HandoffArgs {
    /// Write JSON (docs/schema/handoff.v1.json)
    #[arg(long)]
    pub json: bool,
}

/// # Errors
/// Outside a repository.
pub(crate) fn run(arguments: &HandoffArgs, context: &mut Context) -> anyhow::Result<Ending> {
    let session = agent_shell::inside(context.environment).and_then(|shell| shell.session);
    let workplace = Workplace::for_telling(context.environment)?;
    let (answer, loaded) = handing_off::hand_off(&workplace, session.as_deref())?;
    match arguments.json {
        true => page::write_json(context.output, &answer)?,
        false => context.output.write(&for_terminal(&answer.text))?,
    }
    range::warn(context.output, &loaded);
    Ok(Ending::Done)
}
