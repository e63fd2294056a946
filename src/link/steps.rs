//! A session as steps: what was tried, and how it ended.

use super::excerpt::after;
use crate::link::excerpt::quote_lines;
use crate::link::library::written_lines;
use crate::link::part::SessionWindow;
use crate::link::paths;
use crate::record::quote::Quote;
use crate::record::session::{Action, Change, ToolCall};
use crate::record::text::Raw;

/// The calls of a part of a session in order, with the turn and the place in it.
pub(crate) struct WindowCall<'a> {
    pub turn: usize,
    pub call: usize,
    pub tool_call: &'a ToolCall,
}

/// All calls of the part's turns that were made in time and for this commit, up to the one that made the commit.
pub(crate) fn steps<'a>(part: &SessionWindow<'a>) -> Vec<WindowCall<'a>> {
    calls_of(part, part.turns.iter().copied())
}

/// The same with those of the turns between, which worked on something else in the same work tree: a check that ran there saw the
/// commit's files too.
pub(crate) fn steps_between<'a>(part: &SessionWindow<'a>) -> Vec<WindowCall<'a>> {
    let (Some(first), Some(last)) = (part.turns.first(), part.turns.last()) else { return Vec::new() };
    let turns = (*first..=*last).filter(|turn| part.turns.contains(turn) || !part.foreign.contains(turn));
    calls_of(part, turns)
}

fn calls_of<'a>(part: &SessionWindow<'a>, turns: impl Iterator<Item = usize>) -> Vec<WindowCall<'a>> {
    let mut steps = Vec::new();
    for turn in turns {
        for (call, tool_call) in part.session.turns[turn].calls.iter().enumerate() {
            let led_here = part.stretches.iter().any(|stretch| stretch.holds((turn, call)));
            let is_before_end = part.end.is_none_or(|end| (turn, call) <= end);
            if led_here && is_before_end && tool_call.at.is_none_or(|at| at <= part.until) {
                steps.push(WindowCall { turn, call, tool_call });
            }
        }
    }
    steps
}

/// What a call does, in one or two short lines: the command, or the file and the first line that it writes.
pub(crate) fn describe(call: &ToolCall) -> Raw {
    describe_with(call, &files_of(call))
}

/// The same with these names for the files of an edit.
pub(crate) fn describe_with(call: &ToolCall, files: &[String]) -> Raw {
    match &call.action {
        Action::Shell { command, .. } => command_line(command.expose()),
        Action::Edit(edits) => {
            let files = files.join(", ");
            let line = edits.iter().find_map(|edit| {
                let line =
                    written_lines(&edit.change).into_iter().find(|line| crate::text::telling::is_telling(line))?;
                Some(quote_lines(&after(&edit.change), &[line.trim()], 120))
            });
            let deletes = edits.iter().all(|edit| matches!(edit.change, Change::Delete));
            match line {
                Some(line) => line.led_by(format!("{files}: ")).into(),
                None if deletes => Raw::new(format!("{files}: delete")),
                None => Raw::new(files),
            }
        }
        Action::Ask { question, .. } => first_lines(question.expose(), 1),
        Action::Delegate { prompt: text } | Action::Text { text } => first_lines(text.expose(), 1),
        Action::Other | Action::Elsewhere { .. } => Raw::new(call.tool.clone()),
    }
}

/// The first line of a command that is no comment; of one that commits from there on, with the subject.
fn command_line(command: &str) -> Raw {
    // What goes into a commit is long and said elsewhere; its subject tells what the command was for.
    if let Some(place) = command.find("git commit") {
        let first = command[place..].lines().next().unwrap_or_default().trim_end();
        let message = first.contains("<<").then(|| command[place..].lines().nth(1)).flatten();
        return Quote::new(command, [first].into_iter().chain(message.map(str::trim)), WIDTH).into();
    }
    let is_comment = |line: &&str| line.trim_start().starts_with('#');
    let lines = || command.lines().filter(|line| !is_comment(line));
    if lines().all(|line| line.trim().is_empty()) { first_lines(command, 1) } else { first_of(command, lines(), 1) }
}

/// The first lines that hold anything, of each at most [`WIDTH`] characters.
pub(crate) fn first_lines(text: &str, count: usize) -> Raw {
    first_of(text, text.lines(), count)
}

/// The same of some lines of the text.
pub(crate) fn first_of<'a>(text: &'a str, lines: impl Iterator<Item = &'a str>, count: usize) -> Raw {
    let lines = lines.map(str::trim).filter(|line| !line.is_empty());
    Quote::new(text, lines.take(count), WIDTH).into()
}

/// Characters of a line of a command, an error or a prompt that are kept.
pub(crate) const WIDTH: usize = 200;

/// Names of the files that a call edits, without the folders of the machine.
pub(crate) fn files_of(call: &ToolCall) -> Vec<String> {
    let Action::Edit(edits) = &call.action else { return Vec::new() };
    let mut files: Vec<String> =
        edits.iter().map(|edit| paths::name(&paths::normalise(&edit.path)).to_owned()).collect();
    files.sort();
    files.dedup();
    files
}
