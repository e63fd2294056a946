//! Asks a person at a terminal to agree to something. Where nobody can answer, nobody has agreed.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _};

use crate::environment::Environment;
use crate::output::Output;
use crate::recorder::agent_shell;

/// A longer answer is not one.
const MAX_BYTES: u64 = 1024;

/// The answer to a question of one sentence. `None` without a terminal, in an agent's shell (the agent would answer for the
/// person), and when the input ends.
///
/// # Errors
/// When the terminal cannot be read.
pub(crate) fn ask(question: &str, environment: &Environment, output: &mut Output) -> anyhow::Result<Option<bool>> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() || agent_shell::inside(environment).is_some() {
        return Ok(None);
    }
    output.flush()?;
    output.ask(&format!("{question} [y/N] "));
    let mut line = String::new();
    io::stdin().lock().take(MAX_BYTES).read_line(&mut line)?;
    Ok(understood(&line))
}

/// `None` when there was no answer at all.
fn understood(line: &str) -> Option<bool> {
    if line.is_empty() {
        return None;
    }
    Some(["y", "yes"].iter().any(|yes| line.trim().eq_ignore_ascii_case(yes)))
}

#[cfg(test)]
mod tests {
    use crate::commands::init::consent::understood;

    #[test]
    fn only_a_clear_yes_agrees() {
        for (line, answer) in [
            ("y\n", Some(true)),
            (" YES \r\n", Some(true)),
            ("\n", Some(false)),
            ("n\n", Some(false)),
            ("yeah, why\n", Some(false)),
            ("", None),
        ] {
            assert_eq!(understood(line), answer, "{line:?}");
        }
    }
}
