//! The processes above this one, and whether an agent is among them: an agent can clear the variables of a shell that it starts,
//! but not those of the processes above it.

use std::path::Path;

use crate::environment::Environment;
use crate::record::agent_row::AgentRow;
use crate::record::agents::AGENTS;

/// No chain of processes is as long.
const MOST: usize = 64;

/// A process as far as it says who it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Process {
    parent: u32,
    /// Words of its command line.
    words: Vec<String>,
    /// `NAME=value`; empty where the system does not show it.
    variables: Vec<String>,
}

/// The agent above this process, for people: `Claude Code (process 123)`.
pub(crate) fn agent_above() -> Option<String> {
    let mut next = Environment::parent_process();
    for _ in 0..MOST {
        let id = next.filter(|id| *id > 1)?;
        let process = look(id)?;
        if let Some(row) = agent_of(&process) {
            return Some(format!("{} (process {id})", row.title));
        }
        next = Some(process.parent);
    }
    None
}

fn agent_of(process: &Process) -> Option<&'static AgentRow> {
    AGENTS.iter().find(|row| is_named(row, &process.words) || is_marked(row, &process.variables))
}

/// The program, or the script that an interpreter runs, has the agent's name: `/usr/bin/codex`, `node .../claude-code/cli.js`.
fn is_named(row: &AgentRow, words: &[String]) -> bool {
    let first = row.slug.split('-').next().unwrap_or(row.slug);
    let means = |name: &str| {
        let name = name.trim_start_matches('-').to_lowercase();
        let stem = name.split('.').next().unwrap_or_default();
        stem == row.slug || stem == first || stem == format!("{first}-cli") || stem == format!("{first}-agent")
    };
    let is_program = |word: &String| Path::new(word).file_name().is_some_and(|name| means(&name.to_string_lossy()));
    let holds = |word: &String| word.contains('/') && word.split('/').any(|part| part.to_lowercase() == row.slug);
    words.first().is_some_and(is_program)
        || words.get(1).is_some_and(|word| is_program(word) && word.contains('/') || holds(word))
}

fn is_marked(row: &AgentRow, variables: &[String]) -> bool {
    let value = |name: &str| variables.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    row.environment
        .iter()
        .any(|sign| value(sign.variable).is_some_and(|value| !value.is_empty() && sign.is_given(value)))
}

/// Linux shows command line and variables of one's own processes as files.
#[cfg(target_os = "linux")]
fn look(id: u32) -> Option<Process> {
    let read = |name: &str| std::fs::read(format!("/proc/{id}/{name}")).ok();
    let status = String::from_utf8_lossy(&read("status")?).into_owned();
    let parent = status.lines().find_map(|line| line.strip_prefix("PPid:")?.trim().parse().ok())?;
    let parts = |bytes: Vec<u8>| {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        text.split('\0').filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    Some(Process {
        parent,
        words: parts(read("cmdline").unwrap_or_default()),
        variables: parts(read("environ").unwrap_or_default()),
    })
}

/// Elsewhere `ps` shows the command line.
#[cfg(all(unix, not(target_os = "linux")))]
fn look(id: u32) -> Option<Process> {
    let output =
        std::process::Command::new("ps").args(["-o", "ppid=,command=", "-p", &id.to_string()]).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let (parent, command) = text.split_once(' ')?;
    let words = command.split_whitespace().map(str::to_owned).collect();
    Some(Process { parent: parent.parse().ok()?, words, variables: Vec::new() })
}

#[cfg(not(unix))]
fn look(_: u32) -> Option<Process> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_is_known_by_its_program_or_by_what_it_gave_its_shell() {
        let process = |words: &[&str], variables: &[&str]| Process {
            parent: 1,
            words: words.iter().map(|&word| word.to_owned()).collect(),
            variables: variables.iter().map(|&line| line.to_owned()).collect(),
        };
        for (words, variables, slug) in [
            (&["claude"][..], &[][..], Some("claude-code")),
            (&["/opt/bin/codex", "exec"], &[], Some("codex")),
            (&["node", "/lib/node_modules/@anthropic-ai/claude-code/cli.js"], &[], Some("claude-code")),
            (&["node", "/usr/bin/gemini"], &[], Some("gemini")),
            (&["-bash"], &["CLAUDECODE=1"], Some("claude-code")),
            (&["-bash"], &["CLAUDECODE=", "PATH=/claude-code/bin"], None),
            (&["bash", "codex notes"], &[], None),
            (&["vim", "gemini"], &[], None),
            (&["zsh"], &["EDITOR=codex"], None),
            (&[], &[], None),
        ] {
            assert_eq!(agent_of(&process(words, variables)).map(|row| row.slug), slug, "{words:?} {variables:?}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_process_above_is_seen() {
        let parent = look(Environment::parent_process().unwrap()).unwrap();
        assert!(!parent.words.is_empty());
    }
}
