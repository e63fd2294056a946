//! What `tried`, `search` and `brief` begin with: the index as it is now, and files as git names them.

use crate::context::Context;
use crate::recorder::agent_shell;
use crate::recorder::line_why::path_in_repository;
use crate::recorder::recall_place::RecallPlace;
use crate::recorder::recalling::Asking;

/// In an agent's shell, its own session is left out of the answers.
pub(super) fn ask<'a>(place: &'a mut RecallPlace, context: &mut Context) -> anyhow::Result<Asking<'a>> {
    let session = agent_shell::inside(context.environment).and_then(|shell| shell.session);
    let asking = place.ask(session)?;
    if let Some(problem) = asking.problem() {
        context.output.message(&format!("the answer may be older than what is recorded: {problem}"));
    }
    Ok(asking)
}

pub(super) fn about_files(asking: &Asking<'_>, context: &Context, files: &[String]) -> anyhow::Result<Vec<String>> {
    let repository = asking.repository().handle();
    files.iter().map(|file| path_in_repository(repository, &context.environment.cwd, file)).collect()
}
