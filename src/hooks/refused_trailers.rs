//! Where the commit-msg hook from before backstory refused a message that holds our trailers (of an earlier version of the
//! commit, which is amended), the shim asks it once more without them. Where that helps they stay out, and none are added
//! in this clone any more. In every other case the refusal stands and the message is as it was. The hook is the shim's to
//! run: this program starts none.

use std::fs;
use std::path::Path;

use anyhow::Context as _;

use crate::context::{Context, Ending};
use crate::environment::Environment;
use crate::files::{self, NewFileMode};
use crate::git::trailers;
use crate::record::agents::AGENTS;
use crate::recorder::no_trailers;
use crate::recorder::workplace::{self, Workplace};
use crate::state::paths as state_paths;

const SAID: &str = "the commit-msg hook from before backstory refuses the lines that backstory adds (Assisted-by, \
                    Backstory-Session)";

/// What the shim has this program do around the second question.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum RefusalStep {
    /// Keep the message and take the trailers out
    Without,
    /// The hook accepts it: none are added in this clone any more
    Accepted,
    /// The hook refuses it as well: put the message back
    Restore,
}

/// Ends with [`Ending::Done`] where the step was taken; else the refusal stands.
pub(crate) fn run(step: RefusalStep, file: &Path, context: &mut Context) -> anyhow::Result<Ending> {
    let environment = context.environment;
    let file = environment.cwd.join(file);
    let repository = workplace::discover(environment)?;
    let copy = files::folder_below(repository.git_dir(), state_paths::FOLDER)?.join(state_paths::REFUSED_MESSAGE);
    match step {
        RefusalStep::Without => take_out(Workplace::open(environment)?, environment, &file, &copy),
        RefusalStep::Restore => {
            let message = files::read(&copy, files::LIMIT)?.context("nothing was taken out of the message")?;
            files::write(&file, &message, NewFileMode::Shared)?;
            fs::remove_file(&copy)?;
            Ok(Ending::Done)
        }
        RefusalStep::Accepted => {
            // The next one is written over it.
            let _ = fs::remove_file(&copy);
            let path = no_trailers::path(&repository);
            fs::create_dir_all(files::folder_below(repository.common_dir(), state_paths::FOLDER)?)?;
            files::write(&path, format!("{} {SAID}\n", environment.now).as_bytes(), NewFileMode::Shared)?;
            context.output.message(&format!(
                "{SAID}: they were removed, and none are added in this clone from now on; records are made as before. \
                 To add them again, delete {}",
                path.display()
            ));
            Ok(Ending::Done)
        }
    }
}

fn take_out(mut workplace: Workplace, environment: &Environment, file: &Path, copy: &Path) -> anyhow::Result<Ending> {
    if !workplace.confirm(environment)? {
        return Ok(Ending::Found);
    }
    // A longer one could not be put back.
    let Some(message) = files::read(file, files::LIMIT)? else { return Ok(Ending::Found) };
    let without = without_ours(&message, &workplace.comment_prefix(&message), workplace.config.trailers.session);
    if without == message {
        return Ok(Ending::Found);
    }
    copy.parent().map(fs::create_dir_all).transpose()?;
    files::write(copy, &message, NewFileMode::Shared)?;
    files::write(file, &without, NewFileMode::Shared)?;
    Ok(Ending::Done)
}

/// The message without the lines that this program wrote. A person may write `Assisted-by` as well: it is ours where it
/// names an agent as we do, beside our other line, or where the settings leave that one out.
fn without_ours(message: &[u8], comment: &str, adds_sessions: bool) -> Vec<u8> {
    let present = trailers::parse(message, comment);
    let sessions: Vec<&str> = present
        .iter()
        .filter(|trailer| trailer.key == "Backstory-Session")
        .filter_map(|trailer| Some(trailer.value.expose().split_once('/')?.0))
        .collect();
    let is_title_of = |agent: &str, value: &str| {
        let title = AGENTS.iter().find(|row| row.agent.as_str() == agent).map(|row| row.agent.title());
        title.is_some_and(|title| value == title || value.starts_with(&format!("{title} (")))
    };
    let is_ours = |key: &str, value: &str| match key {
        "Backstory-Session" => value.contains('/'),
        "Assisted-by" if adds_sessions => sessions.iter().any(|agent| is_title_of(agent, value)),
        "Assisted-by" => AGENTS.iter().any(|row| is_title_of(row.agent.as_str(), value)),
        _ => false,
    };
    trailers::without(message, comment, is_ours)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lines_that_this_program_wrote_are_taken_out() {
        let without = |message: &str, sessions: bool| {
            String::from_utf8(without_ours(message.as_bytes(), trailers::COMMENT, sessions)).unwrap()
        };
        let ours = "Assisted-by: Claude Code (opus)\nBackstory-Session: claude-code/5f0c\n";
        for (case, message, expected) in [
            ("a block of our own", format!("Title\n\nBody\n\n{ours}"), "Title\n\nBody\n".to_owned()),
            ("below a title", format!("Title\n\n{ours}"), "Title\n".to_owned()),
            (
                "in a person's block",
                format!("Title\n\nReviewed-by: Ann\n{ours}Fixes: #1\n"),
                "Title\n\nReviewed-by: Ann\nFixes: #1\n".to_owned(),
            ),
            (
                "with a diff below",
                format!("Title\n\n{ours}# ------------------------ >8 ------------------------\n# x\ndiff\n"),
                "Title\n# ------------------------ >8 ------------------------\n# x\ndiff\n".to_owned(),
            ),
            (
                "a person's own words",
                "Title\n\nAssisted-by: Claude Code\n".to_owned(),
                "Title\n\nAssisted-by: Claude Code\n".to_owned(),
            ),
            (
                "another agent's, and a person",
                format!("Title\n\nAssisted-by: Bob\nAssisted-by: Cursor\n{ours}"),
                "Title\n\nAssisted-by: Bob\nAssisted-by: Cursor\n".to_owned(),
            ),
            ("in the text", format!("Title\n\n{ours}\nand more\n"), format!("Title\n\n{ours}\nand more\n")),
        ] {
            assert_eq!(without(&message, true), expected, "{case}");
        }
        assert_eq!(without("Title\n\nAssisted-by: Claude Code\n", false), "Title\n", "where that is all we add");
    }
}
