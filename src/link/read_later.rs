//! A check whose output went into a file, by its own words or because it ran in the background, and that a later call printed: how it
//! ended is seen there.

use super::part::SessionWindow;
use super::paths;
use super::ran_check::RanCheck;
use super::steps::WindowCall;
use crate::checks::classify::{base_name, classify_command, classify_program, program_of};
use crate::checks::shell::{self, ShellCommand};
use crate::checks::shell_writes::redirection;
use crate::record::session::{Action, Outcome, ToolCall};
use crate::record::text::Raw;

/// Calls behind a check in which its file is looked for.
const MOST_CALLS: usize = 60;

/// Programs that print a file, or a part of it.
const READERS: &[&str] = &["cat", "tail", "head", "grep", "egrep", "rg", "sed", "less", "bat"];

/// What a check came to whose end its own call does not show, as `ran` says of the call that printed it; `None` where none of the part
/// did.
pub(super) fn read_later(
    part: &SessionWindow,
    step: &WindowCall,
    ran: impl Fn(&ToolCall) -> Option<RanCheck>,
) -> Option<RanCheck> {
    let Action::Shell { command, cwd } = &step.tool_call.action else { return None };
    let (check, file) = file_of(command.expose(), step.tool_call)?;
    let turns = part.session.turns.iter().enumerate().skip(step.turn);
    let calls =
        turns.flat_map(|(turn, one)| one.calls.iter().enumerate().map(move |(place, call)| ((turn, place), call)));
    let is_in_time = |place: (usize, usize), call: &ToolCall| {
        part.end.is_none_or(|end| place <= end) && call.at.is_none_or(|at| at <= part.until)
    };
    let behind = calls.skip_while(|(place, _)| *place <= (step.turn, step.call)).take(MOST_CALLS);
    for (place, call) in behind {
        let Action::Shell { command: later, .. } = &call.action else { continue };
        if !is_in_time(place, call) || file_of(later.expose(), call).is_some_and(|(_, other)| other == file) {
            return None;
        }
        let Outcome::Succeeded { output, .. } = &call.outcome else { continue };
        let Some(reader) = reader(later.expose(), &file).filter(|_| !output.expose().trim().is_empty()) else {
            continue;
        };
        let command = Raw::new(format!("{check} 2>&1 | {reader}"));
        let read = ToolCall {
            action: Action::Shell { command, cwd: cwd.clone() },
            outcome: Outcome::Succeeded { output: output.clone(), commit: None },
            ..call.clone()
        };
        if let Some(run) = ran(&read).filter(|run| run.seen) {
            return Some(run);
        }
    }
    None
}

/// The one check of a command, without what sends its output away, and the file that gets it.
fn file_of(command: &str, call: &ToolCall) -> Option<(String, String)> {
    let steps = shell::steps(command);
    let is_check = |step: &&ShellCommand| !step.piped && classify_program(program_of(&step.words)).is_some();
    let mut checks = steps.iter().filter(is_check);
    let step = checks.next().filter(|_| checks.next().is_none())?;
    let text = command.get(step.place.clone())?;
    let mut target = None;
    let mut words = step.words.iter();
    while let Some(word) = words.next() {
        match redirection(word) {
            // Errors alone, and what comes in.
            Some((is_out, _)) if !is_out || word.starts_with('2') => {}
            Some((_, "")) => target = words.next().cloned(),
            Some((_, to)) if !to.starts_with('&') => target = Some(to.to_owned()),
            _ => {}
        }
    }
    let target = target.filter(|target| target != "/dev/null");
    let own = text.split(['>', '&']).next().unwrap_or(text).trim_end_matches(|c: char| c.is_ascii_digit()).trim();
    let file = target.or_else(|| file_of_background(call.printed_so_far()))?;
    (!file.contains(['$', '*', '`']) && !own.is_empty()).then(|| (own.to_owned(), file))
}

/// The file into which the output of a command in the background is written, as the agent's tool says.
fn file_of_background(output: &str) -> Option<String> {
    let (_, rest) = output.split_once("utput is being written to: ")?;
    let file = rest.split_whitespace().next()?.trim_end_matches('.');
    (!file.is_empty()).then(|| file.to_owned())
}

/// The words of a command that print a file, without its name; `None` where it does not, or checks something itself.
fn reader(command: &str, file: &str) -> Option<String> {
    if classify_command(command).is_some() {
        return None;
    }
    let is_it = |word: &String| {
        word == file || (paths::name(word) == paths::name(file) && word.ends_with(file.trim_start_matches("./")))
    };
    let steps = shell::steps(command);
    let place = steps.iter().position(|step| {
        let words = program_of(&step.words);
        words.first().is_some_and(|name| READERS.contains(&base_name(name))) && words[1..].iter().any(is_it)
    })?;
    let pipes = steps[place + 1..].iter().take_while(|step| step.piped).count();
    let text = command.get(steps[place].place.start..steps[place + pipes].place.end)?;
    let name = steps[place].words.iter().find(|word| is_it(word))?;
    Some(text.replace(name.as_str(), "").trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_prints_the_file_of_a_check_is_found() {
        for (command, expected) in [
            ("tail -5 out/test.log", Some("tail -5")),
            ("sleep 60; cat /w/shop/out/test.log | grep -E 'passed|failed'", Some("cat  | grep -E 'passed|failed'")),
            ("tail -5 other.log", None),
            ("ls -l out/test.log", None),
            ("pytest -q > out/test.log", None),
        ] {
            assert_eq!(reader(command, "out/test.log").as_deref(), expected, "{command}");
        }
        let told = "Command running in background with ID: b1. Output is being written to: /tmp/b1.output. You will be notified.";
        assert_eq!(file_of_background(told).as_deref(), Some("/tmp/b1.output"));
    }
}
