//! The agent in whose shell this process runs.

use crate::environment::Environment;
use crate::link::{AgentShell, NamedCall};
use crate::record::agent::is_session_id;
use crate::record::agent_row::AgentRow;
use crate::record::agents::{AGENTS, NAME_VARIABLE, is_version, named_in_environment};

/// A longer name of a model is none.
const LONGEST_MODEL: usize = 100;

/// The agent in whose shell this process runs, as its environment says.
pub(crate) fn inside(environment: &Environment) -> Option<AgentShell> {
    let named = environment.variable(NAME_VARIABLE).and_then(named_in_environment);
    let signs = AGENTS.iter().flat_map(|row| row.environment.iter().map(move |sign| (row, sign)));
    let mut present: Vec<(&AgentRow, &str, Option<String>)> = signs
        .filter_map(|(row, sign)| {
            let value = environment.variable(sign.variable).filter(|value| sign.is_given(value))?;
            let session = (sign.names_session && is_session_id(value)).then(|| value.to_owned());
            Some((row, sign.variable, session))
        })
        .collect();
    present.sort_by_key(|(.., session)| session.is_none());
    let (row, variable, session) = match present.into_iter().next() {
        Some(first) => first,
        None => (named.as_ref()?.0, NAME_VARIABLE, None),
    };
    let value = |name: Option<&str>| environment.variable(name?).map(str::trim);
    let version = value(row.shell.version).filter(|version| is_version(version)).map(str::to_owned);
    // It is another agent's where one agent runs in the shell of another.
    let by_name = || named.filter(|(known, _)| known.agent == row.agent).and_then(|(_, version)| version);
    let is_model = |model: &&str| (1..=LONGEST_MODEL).contains(&model.len()) && !model.contains(char::is_control);
    Some(AgentShell {
        agent: row.agent.clone(),
        variable: variable.to_owned(),
        session,
        version: version.or_else(by_name),
        model: value(row.shell.model).filter(is_model).map(str::to_owned),
        call: call(environment, row),
    })
}

/// The call whose command this is.
fn call(environment: &Environment, row: &AgentRow) -> Option<NamedCall> {
    let variable = row.shell.call?;
    let id = environment.variable(variable).map(str::trim).filter(|id| is_session_id(id))?;
    Some(NamedCall { variable: variable.to_owned(), id: id.to_owned() })
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn seen(variables: &[(&str, &str)]) -> Option<[Option<String>; 4]> {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
        let environment = Environment { variables, home: None, cwd: PathBuf::new(), now: jiff::Timestamp::UNIX_EPOCH };
        let AgentShell { agent, session, version, model, .. } = inside(&environment)?;
        Some([Some(agent.as_str().to_owned()), session, version, model])
    }

    #[test]
    fn a_shell_may_name_the_call_whose_command_runs_in_it() {
        let call = |id: &str| {
            let variables = [("CODEX_THREAD_ID", "t-1"), ("CODEX_TOOL_CALL_ID", id)];
            let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
            let environment =
                Environment { variables, home: None, cwd: PathBuf::new(), now: jiff::Timestamp::UNIX_EPOCH };
            inside(&environment).and_then(|inside| inside.call).map(|call| (call.variable, call.id))
        };
        let named = |id: &str| Some(("CODEX_TOOL_CALL_ID".to_owned(), id.to_owned()));
        assert_eq!(call("call_1a2b3c4d5e"), named("call_1a2b3c4d5e"));
        assert_eq!((call(""), call("; rm -rf x")), (None, None));
    }

    #[test]
    fn a_shell_says_whose_it_is_and_what_more_it_knows() {
        type Variables = &'static [(&'static str, &'static str)];
        type Said = Option<[Option<&'static str>; 4]>;
        let cases: [(&str, Variables, Said); 14] = [
            ("nothing", &[("PI_MODEL", "m-1"), ("CODEX_VERSION", "0.171.0")], None),
            (
                "Claude Code names its version with its name",
                &[("CLAUDECODE", "1"), ("AI_AGENT", "claude-code_2-1-332_agent")],
                Some([Some("claude-code"), None, Some("2.1.332"), None]),
            ),
            (
                "Codex in a shell of Claude Code",
                &[("CODEX_THREAD_ID", "t-1"), ("CLAUDECODE", "1"), ("AI_AGENT", "claude-code_2-1-332_agent")],
                Some([Some("codex"), Some("t-1"), None, None]),
            ),
            (
                "Codex",
                &[("CODEX_THREAD_ID", "t-1"), ("CODEX_VERSION", "0.171.0")],
                Some([Some("codex"), Some("t-1"), Some("0.171.0"), None]),
            ),
            (
                "Kilo, which sets OpenCode's sign as well",
                &[("OPENCODE", "1"), ("KILO", "1"), ("KILOCODE_VERSION", "7.7.9")],
                Some([Some("kilo"), None, Some("7.7.9"), None]),
            ),
            (
                "Qwen Code",
                &[
                    ("QWEN_CODE", "1"),
                    ("QWEN_CODE_SESSION_ID", "q-1"),
                    ("QWEN_CODE_STARTUP_VERSION", "0.24.4"),
                    ("QWEN_CODE_MODEL", "qwen4-coder"),
                ],
                Some([Some("qwen"), Some("q-1"), Some("0.24.4"), Some("qwen4-coder")]),
            ),
            (
                "Pi",
                &[("AI_AGENT", "pi"), ("PI_SESSION_ID", "p-1"), ("PI_MODEL", "scripted-1")],
                Some([Some("pi"), Some("p-1"), None, Some("scripted-1")]),
            ),
            (
                "Codex that names only the call",
                &[("CODEX_TOOL_CALL_ID", "call_12345678"), ("CODEX_VERSION", "0.171.0")],
                Some([Some("codex"), None, Some("0.171.0"), None]),
            ),
            (
                "Factory Droid, which says how much it may do",
                &[("FACTORY_EXEC_TARGET_AUTONOMY", "auto-high")],
                Some([Some("droid"), None, None, None]),
            ),
            ("Factory Droid that was left", &[("FACTORY_EXEC_TARGET_AUTONOMY", "")], None),
            (
                "OpenHands, by a variable of a service that others use as well",
                &[("OR_APP_NAME", "OpenHands"), ("OR_SITE_URL", "https://docs.all-hands.dev/")],
                Some([Some("openhands"), None, None, None]),
            ),
            ("a program that uses the same service", &[("OR_APP_NAME", "Aider")], None),
            ("only a name", &[("AI_AGENT", "crush@0.96.1")], Some([Some("crush"), None, Some("0.96.1"), None])),
            (
                "no version, and no name of a model",
                &[("CODEX_THREAD_ID", "t-1"), ("CODEX_VERSION", "; rm"), ("PI_MODEL", "x")],
                Some([Some("codex"), Some("t-1"), None, None]),
            ),
        ];
        for (what, variables, expected) in cases {
            let expected = expected.map(|all| all.map(|one| one.map(str::to_owned)));
            assert_eq!(seen(variables), expected, "{what}");
        }
    }
}
