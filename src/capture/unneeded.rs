//! What commands printed that tells nothing of a commit. It is most of a transcript, and a hook reads all that the index keeps.

use std::collections::HashSet;

use super::actions::is_shell_error;
use super::command_places::commit_lines;
use super::event::{ActionEvent, CallEnd, CallEvent, Event, EventKind};
use crate::checks::ci_logs::reads_log_of_ci;
use crate::checks::classify::classify_command;

/// Takes out of the results among `events` what calls printed that went well and were neither checks nor commands of git, but
/// for the lines that name commits. `earlier` are events before them.
pub fn drop_unneeded_output(earlier: &[Event], events: &mut [Event]) {
    // The agent's own account may say later that a call failed, and then what it printed counts.
    let has_account =
        |Event(kind): &Event| matches!(kind, EventKind::Ran(_) | EventKind::Ordinal(_) | EventKind::History { .. });
    if earlier.iter().chain(events.iter()).any(has_account) {
        return;
    }
    let mut unneeded: HashSet<String> = HashSet::new();
    // Whether a file was written out of the text of a command, its errors say.
    let mut documents: HashSet<String> = HashSet::new();
    let has_document =
        |call: &CallEvent| matches!(&call.action, ActionEvent::Shell { command, .. } if command.contains("<<"));
    for Event(kind) in earlier {
        if let EventKind::Call(call) = kind {
            unneeded.extend(is_unneeded(call).then(|| call.id.clone()));
            documents.extend(has_document(call).then(|| call.id.clone()));
        }
    }
    for Event(kind) in events {
        match kind {
            EventKind::Call(call) => {
                unneeded.extend(is_unneeded(call).then(|| call.id.clone()));
                documents.extend(has_document(call).then(|| call.id.clone()));
            }
            EventKind::Result(result)
                if matches!(result.end, CallEnd::Succeeded)
                    && result.process.is_none()
                    && !result.output.is_empty()
                    && unneeded.contains(&result.call) =>
            {
                let errors = result.output.lines().filter(|line| is_shell_error(line));
                let errors: Vec<&str> = errors.filter(|_| documents.contains(&result.call)).take(1).collect();
                result.output = [errors.join("\n"), commit_lines(&result.output)].join("\n").trim().to_owned();
            }
            _ => {}
        }
    }
}

/// Whether nothing is made of what the call prints. Hooks of git may have run checks, and a call that waits for another prints for
/// that one.
fn is_unneeded(call: &CallEvent) -> bool {
    let ActionEvent::Shell { command, .. } = &call.action else { return false };
    call.process.is_none()
        && call.runs.is_empty()
        && !call.id.is_empty()
        && !command.contains("git")
        && classify_command(command).is_none()
        && !reads_log_of_ci(command)
}

#[cfg(test)]
mod tests {
    use super::super::event::{RanEvent, ResultEvent};
    use super::*;

    fn call(command: &str) -> Event {
        let action = ActionEvent::Shell { command: command.to_owned(), cwd: None, extent: Default::default() };
        Event(EventKind::Call(Box::new(CallEvent { id: "c".into(), action, ..CallEvent::default() })))
    }

    fn result(end: CallEnd, process: Option<&str>) -> Event {
        Event(EventKind::Result(Box::new(ResultEvent {
            call: "c".into(),
            at: None,
            end,
            exit_code: None,
            output: "one\n[main 1a2b3c4] Add totals\n2 passed".into(),
            commit: None,
            answer: None,
            process: process.map(str::to_owned),
            failure: None,
        })))
    }

    fn printed(events: &[Event]) -> &str {
        let of =
            |Event(kind): &Event| if let EventKind::Result(result) = kind { Some(result.output.clone()) } else { None };
        match events.iter().find_map(of) {
            Some(output) if output.starts_with("one") => "all",
            Some(output) if output == "[main 1a2b3c4] Add totals" => "commits",
            _ => "else",
        }
    }

    #[test]
    fn only_what_is_made_something_of_is_kept_of_what_commands_print() {
        let ran = RanEvent { id: "c".into(), command: 0, end: CallEnd::Failed, exit_code: None };
        for (name, mut events, kept) in [
            ("a command", vec![call("grep -rn x src"), result(CallEnd::Succeeded, None)], "commits"),
            ("one that failed", vec![call("grep -rn x src"), result(CallEnd::Failed, None)], "all"),
            ("a check", vec![call("python -m pytest -q"), result(CallEnd::Succeeded, None)], "all"),
            ("a check among others", vec![call("cd web && npm test | tail"), result(CallEnd::Succeeded, None)], "all"),
            ("git, whose hooks check", vec![call("git commit -qm x"), result(CallEnd::Succeeded, None)], "all"),
            ("in the background", vec![call("./serve"), result(CallEnd::Succeeded, Some("7"))], "all"),
            ("of an unknown call", vec![result(CallEnd::Succeeded, None)], "all"),
            ("an account", vec![call("ls"), result(CallEnd::Succeeded, None), Event(EventKind::Ran(ran))], "all"),
        ] {
            drop_unneeded_output(&[], &mut events);
            assert_eq!(printed(&events), kept, "{name}");
        }
        let mut errors = [call("cd x\ncat > a <<'EOF'\n1\nEOF"), result(CallEnd::Succeeded, None)];
        let EventKind::Result(printed_error) = &mut errors[1].0 else { panic!("a result") };
        printed_error.output = "one\nbash: cd: x: No such file or directory\ntwo".into();
        drop_unneeded_output(&[], &mut errors);
        let EventKind::Result(kept) = &errors[1].0 else { panic!("a result") };
        assert_eq!(kept.output, "bash: cd: x: No such file or directory");
        let mut later = [result(CallEnd::Succeeded, None)];
        drop_unneeded_output(&[call("ls")], &mut later);
        assert_eq!(printed(&later), "commits");
    }
}
