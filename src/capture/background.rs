//! Commands that go on in the background: which calls belong to one of them, and what is known of how it ended.

use foldhash::{HashMap, HashMapExt as _};

use super::event::ends_of;
use crate::checks::colours::without_colours;
use crate::checks::output::failed_in_output;
use crate::checks::summaries::says_how_it_ended;
use crate::record::contribution::CheckKind;
use crate::record::session::{FailureKind, Outcome};
use crate::record::text::Raw;

/// The turn and the place in it of a call.
type PlaceInTurn = (usize, usize);

/// What runs in the background, by the names that its agent gave to it.
pub(super) struct Processes {
    names: HashMap<String, usize>,
    /// The process of each call that started one or waited for it.
    by_call: HashMap<PlaceInTurn, usize>,
    known: Vec<BackgroundProcess>,
}

struct BackgroundProcess {
    /// The call that started it, and those that waited for it.
    calls: Vec<PlaceInTurn>,
    is_stopped: bool,
    /// With a code that its agent recorded.
    has_ended: bool,
}

/// A call that waits for what an earlier one began.
#[derive(Clone, Copy)]
pub(super) struct Wait {
    /// The call before it.
    pub(super) before: PlaceInTurn,
    pub(super) is_stopped: bool,
}

impl Processes {
    pub(super) fn new() -> Self {
        Self { names: HashMap::new(), by_call: HashMap::new(), known: Vec::new() }
    }

    pub(super) fn last_call(&self, name: &str) -> Option<PlaceInTurn> {
        let process = &self.known[*self.names.get(name)?];
        process.calls.last().copied().filter(|_| !process.has_ended)
    }

    /// The call at `place` left a process running under this name.
    pub(super) fn runs_on(&mut self, name: String, place: PlaceInTurn) {
        let process = self.of(place).unwrap_or_else(|| {
            self.known.push(BackgroundProcess { calls: vec![place], is_stopped: false, has_ended: false });
            self.by_call.insert(place, self.known.len() - 1);
            self.known.len() - 1
        });
        self.names.insert(name, process);
    }

    /// The call at `place` waits for that at `before`, or stops what that one began.
    pub(super) fn waits(&mut self, place: PlaceInTurn, before: PlaceInTurn, stops: bool) {
        if let Some(process) = self.of(before) {
            self.known[process].calls.push(place);
            self.by_call.insert(place, process);
            self.known[process].is_stopped |= stops;
        }
    }

    /// The call at `place` says how its command ended.
    pub(super) fn ended(&mut self, place: PlaceInTurn) {
        if let Some(process) = self.of(place) {
            self.known[process].has_ended = true;
        }
    }

    /// The last call of what runs under this name and was not stopped.
    pub(super) fn running(&self, name: &str) -> Option<PlaceInTurn> {
        let place = self.last_call(name)?;
        (!self.known[self.of(place)?].is_stopped).then_some(place)
    }

    pub(super) fn wait(&self, place: PlaceInTurn) -> Option<Wait> {
        let process = &self.known[self.of(place)?];
        let at = process.calls.iter().position(|call| *call == place)?;
        Some(Wait { before: process.calls[at.checked_sub(1)?], is_stopped: process.is_stopped })
    }

    fn of(&self, place: PlaceInTurn) -> Option<usize> {
        self.by_call.get(&place).copied()
    }
}

/// What a call that waits has to say: how the command ended, if anyone saw it. `before` is what the command had printed by then.
pub(super) fn waited(command: &str, outcome: Outcome, exit_code: Option<i32>, (wait, before): (Wait, Raw)) -> Outcome {
    if wait.is_stopped {
        // What it prints when it is stopped is not about what it did.
        return Outcome::Running { output: before };
    }
    let joined = |output: Raw| match before.expose().trim_end_matches('\n') {
        "" => output,
        before => Raw::new(ends_of(format!("{before}\n{}", output.expose()).into())),
    };
    match outcome {
        Outcome::Running { output } => Outcome::Running { output: joined(output) },
        Outcome::Succeeded { output, commit } => {
            let output = joined(output);
            let is_seen = exit_code.is_some() || says_how_it_went(command, output.expose());
            if is_seen { Outcome::Succeeded { output, commit } } else { Outcome::Running { output } }
        }
        // It was the waiting that failed.
        Outcome::Failed { output, .. } if exit_code.is_none() => Outcome::Running { output: joined(output) },
        Outcome::Failed { kind, exit_code, output } => Outcome::Failed { kind, exit_code, output: joined(output) },
        other => other,
    }
}

/// How a command ended with a code, having printed this; of one that failed it is known how.
pub(super) fn ended_with(code: i32, failure: Option<FailureKind>, output: Raw) -> Outcome {
    match failure {
        Some(kind) => Outcome::Failed { kind, exit_code: Some(code), output },
        None => Outcome::Succeeded { output, commit: None },
    }
}

fn says_how_it_went(command: &str, output: &str) -> bool {
    let fails = |kind| failed_in_output(kind, output);
    says_how_it_ended(command, &without_colours(output))
        || [CheckKind::Test, CheckKind::Lint, CheckKind::Build].into_iter().any(fails)
}

/// Of a call that had not ended, whatever its result seemed to say: another one waits for the same.
pub(super) fn go_on(outcome: &mut Outcome) {
    if let Outcome::Succeeded { output, .. } = outcome {
        *outcome = Outcome::Running { output: std::mem::take(output) };
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::{Value, json};

    use super::super::assemble::assemble;
    use super::super::{READERS, lines::read_lines};
    use crate::record::session::{Action, Outcome};

    /// How the calls of a session of Claude Code ended, which began a run of tests in the background and then did this.
    fn ends(steps: &[(&str, &str)]) -> Vec<&'static str> {
        let line = |kind: &str, content: Value, result: Value| {
            let message = json!({"role": kind, "content": [content]});
            json!({"type": kind, "sessionId": "5f0c", "uuid": "u", "timestamp": "2026-09-01T10:00:00Z", "message": message,
                "toolUseResult": result})
            .to_string()
        };
        let begun =
            ("Bash", json!({"command": "npm test", "run_in_background": true}), "", json!({"backgroundTaskId": "b1"}));
        let steps =
            steps.iter().map(|(tool, output)| (*tool, json!({"task_id": "b1", "shell_id": "b1"}), *output, json!({})));
        let lines = std::iter::once(begun).chain(steps).enumerate().flat_map(|(id, (tool, input, output, result))| {
            let id = format!("t{id}");
            if tool == "notice" {
                let message = json!({"role": "user", "content": output});
                let said = json!({"type": "user", "sessionId": "5f0c", "uuid": id, "origin": {"kind": "task-notification"},
                    "timestamp": "2026-09-01T10:00:00Z", "message": message});
                return vec![said.to_string()];
            }
            let call = json!({"type": "tool_use", "id": id, "name": tool, "input": input});
            let printed = json!({"type": "tool_result", "tool_use_id": id, "content": output});
            vec![line("assistant", call, json!(null)), line("user", printed, result)]
        });
        let text = lines.collect::<Vec<_>>().join("\n");
        let reader = READERS[0];
        let session = assemble(Path::new("a.jsonl"), &reader.agent(), read_lines(reader, text.as_bytes(), 1));
        let shown = |outcome: &Outcome| match outcome {
            Outcome::Running { .. } => "running",
            Outcome::Succeeded { .. } => "succeeded",
            Outcome::Failed { .. } => "failed",
            _ => "?",
        };
        let calls = session.turns.iter().flat_map(|turn| &turn.calls);
        calls.filter(|call| matches!(call.action, Action::Shell { .. })).map(|call| shown(&call.outcome)).collect()
    }

    #[test]
    fn what_is_stopped_has_not_ended_by_itself() {
        let (more, good) = (
            "<status>running</status>\n\n<output>\nrunning\n</output>",
            "<status>completed</status>\n\n<exit_code>0</exit_code>\n\n<output>\n4 passed in 0.1s\n</output>",
        );
        let killed = "<status>killed</status>\n\n<output>\n2 passed in 0.1s\n</output>";
        for (steps, expected) in [
            (vec![("TaskOutput", more), ("TaskOutput", good)], vec!["running", "running", "succeeded"]),
            (vec![("TaskOutput", more), ("TaskStop", "stopped"), ("TaskOutput", killed)], vec!["running"; 4]),
            (vec![("KillShell", "killed"), ("BashOutput", killed)], vec!["running"; 3]),
        ] {
            assert_eq!(ends(&steps), expected, "{steps:?}");
        }
    }

    #[test]
    fn a_notice_says_how_a_command_ended_that_nobody_waited_for() {
        let notice = |end: &str| {
            format!(
                "<task-notification>\n<task-id>b1</task-id>\n<status>completed</status>\n<summary>Background command \"Run \
                 it\" {end}</summary>\n</task-notification>"
            )
        };
        let (good, bad) = (notice("completed (exit code 0)"), notice("failed with exit code 1"));
        for (name, steps, expected) in [
            ("well", vec![("notice", good.as_str())], vec!["succeeded"]),
            ("badly", vec![("notice", bad.as_str())], vec!["failed"]),
            ("told twice", vec![("notice", good.as_str()), ("notice", bad.as_str())], vec!["succeeded"]),
            ("of another", vec![("notice", &*good.replace("b1", "b2"))], vec!["running"]),
            ("without a code", vec![("notice", &*notice("was stopped"))], vec!["running"]),
            ("stopped", vec![("KillShell", "killed"), ("notice", bad.as_str())], vec!["running"; 2]),
        ] {
            assert_eq!(ends(&steps), expected, "{name}");
        }
    }
}
