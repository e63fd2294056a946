//! What a run says: prompts, answers, edits that were applied or did not fit, commands, commits, questions.

use std::collections::HashSet;

use jiff::Timestamp;

use super::blocks::{self, AskedEdit};
use super::history::{AiderRun, HistoryPart, local_time, parts};
use super::questions::{AskedAbout, is_answer, is_of_watched_files, question};
use crate::capture::event::{
    ActionEvent, CallEnd, CallEvent, EditEvent, EventKind, Extent, PromptEvent, ResultEvent, SessionFacts, Standing,
    UsageEvent, ends_of,
};
use crate::capture::events::Events;
use crate::record::session::{FailureKind, PromptSource, Tokens};

/// The times at which texts were put in, in their order: of `.aider.input.history`.
pub(super) type InputTimes = Vec<(Timestamp, String)>;

/// `# 2026-01-02 03:04:05.678901`, and the text with a `+` before each line.
pub(super) fn input_times(text: &str) -> InputTimes {
    let mut inputs: InputTimes = Vec::new();
    for line in text.lines() {
        if let Some(at) = line.strip_prefix("# ").and_then(local_time) {
            inputs.push((at, String::new()));
        } else if let (Some(said), Some((_, text))) = (line.strip_prefix('+'), inputs.last_mut()) {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(said);
        }
    }
    inputs
}

/// Reads a run. `inputs` are those from its start to that of the next one.
pub(super) fn tell(run: &AiderRun<'_>, inputs: &[(Timestamp, String)], cwd: Option<String>, events: &mut Events) {
    events.about(SessionFacts { session: Some(run.id.clone()), cwd, ..SessionFacts::default() });
    run.started.into_iter().for_each(|at| events.saw(at));
    let mut told = RunTelling { run: &run.id, inputs, ..RunTelling::default() };
    for (number, part) in parts(run.text) {
        told.place = run.line + number;
        match part {
            HistoryPart::Prompt(text) => told.prompt(&text, events),
            HistoryPart::Said(text) => told.answer(text, events),
            HistoryPart::Told(text) => told.message(&text, events),
        }
    }
    told.end_edits(None, events);
}

#[derive(Default)]
struct RunTelling<'a> {
    run: &'a str,
    inputs: &'a [(Timestamp, String)],
    /// The line in the file.
    place: u64,
    calls: usize,
    /// Nobody is asked: the program answers its questions itself.
    is_alone: bool,
    /// What it was started with has been told.
    has_begun: bool,
    answer: String,
    /// Of the last answer that holds any.
    edits: Vec<AskedEdit>,
    /// Applied and not yet said to be committed.
    applied: Vec<(String, Vec<EditEvent>)>,
    created: Vec<String>,
    /// The last message.
    before: String,
    /// What the linter found, as far as it was told.
    lint: Option<String>,
    /// The next commit holds what was open before.
    commits_others: bool,
    /// The next message says what is wrong with the answer.
    is_refused: bool,
    /// Inputs that were found, by place.
    used: HashSet<usize>,
}

impl RunTelling<'_> {
    fn id(&mut self) -> String {
        self.calls += 1;
        format!("{}-{}", self.run, self.calls)
    }

    /// When this was put in.
    fn time_of(&mut self, text: &str) -> Option<Timestamp> {
        let found = |(place, (_, input)): &(usize, &(Timestamp, String))| {
            !self.used.contains(place) && input.trim() == text.trim()
        };
        let (place, (at, _)) = self.inputs.iter().enumerate().find(found)?;
        self.used.insert(place);
        Some(*at)
    }

    fn prompt(&mut self, text: &str, events: &mut Events) {
        self.end_edits(None, events);
        let bare = text.trim();
        let is_echo = !self.answer.is_empty() && bare == self.answer.trim();
        if bare.is_empty() || bare == "<blank>" || is_echo || is_answer(bare) || is_of_watched_files(text) {
            return;
        }
        let first = bare.split_whitespace().next().unwrap_or_default();
        let is_command = first
            .strip_prefix('/')
            .is_some_and(|name| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'));
        let source = if is_command || first.starts_with('!') { PromptSource::Slash } else { PromptSource::Typed };
        let at = self.time_of(bare);
        at.into_iter().for_each(|at| events.saw(at));
        let prompt = PromptEvent {
            id: Some(format!("{}:{}", self.run, self.place)),
            at,
            text: bare.to_owned(),
            source,
            parent: 0,
            standing: Standing::Sure,
            away: false,
        };
        events.push(EventKind::Prompt(Box::new(prompt)));
        self.edits.clear();
    }

    fn answer(&mut self, text: String, events: &mut Events) {
        self.end_edits(None, events);
        let read = blocks::read(&text);
        if !read.prose.is_empty() {
            events.push(EventKind::Reply { text: read.prose });
        }
        self.edits = read.edits;
        self.answer = text;
    }

    fn message(&mut self, told: &str, events: &mut Events) {
        if let Some(path) = told.strip_prefix("Applied edit to ") {
            let edits = self.edits_of(path);
            self.applied.push((path.to_owned(), edits));
            return;
        }
        if let Some(commit) = commit_id(told) {
            // What was open before is a person's, and stays so.
            if !std::mem::take(&mut self.commits_others) {
                self.end_edits(Some(commit.to_owned()), events);
            }
            return;
        }
        self.end_edits(None, events);
        if std::mem::take(&mut self.is_refused) && !told.is_empty() && !told.starts_with("https://") {
            self.refused(told, events);
        } else if told == "The LLM did not conform to the edit format."
            || (told.starts_with("https://") && self.is_wrong())
        {
            self.is_refused = true;
        } else if let Some(command) = told.strip_prefix("Running ") {
            let at = self.time_of(&format!("/run {command}"));
            self.call("run", shell(command), at, events);
        } else if let Some(asked) = question(told) {
            self.answered(asked.about, asked.is_yes, events);
        } else if let Some(text) = told.strip_prefix("Tokens: ") {
            let message = Some(format!("{}:{}", self.run, self.place));
            events.usage(UsageEvent { message, tokens: tokens(text) });
        } else if told == "^C KeyboardInterrupt" {
            events.push(EventKind::Interrupt { id: Some(format!("{}:{}", self.run, self.place)), at: None });
        } else if told.starts_with("# Fix any errors below") {
            self.lint = Some(String::new());
        } else {
            self.other(told, events);
        }
        if told.starts_with("Committing ") && told.ends_with(" before applying edits.") {
            self.commits_others = true;
        }
        if let Some(lint) = self.lint.as_mut().filter(|_| !told.starts_with("# Fix any errors")) {
            lint.push_str(told);
            lint.push('\n');
        }
        told.clone_into(&mut self.before);
    }

    fn is_wrong(&self) -> bool {
        self.before == "The LLM did not conform to the edit format."
    }

    /// Which program and model it is, among all that is said.
    fn other(&mut self, told: &str, events: &mut Events) {
        let model = ["Main model: ", "Model: ", "Editor model: "].iter().find_map(|start| told.strip_prefix(start));
        if let Some(version) = told.strip_prefix("Aider v") {
            self.has_begun = true;
            events.about(SessionFacts { version: Some(version.trim().to_owned()), ..SessionFacts::default() });
        } else if let Some((name, _)) = model.and_then(|model| model.split_once(" with ")) {
            events.model(name.to_owned().into());
        } else if let Some(path) = told.strip_prefix("Creating empty file ") {
            self.created.push(path.to_owned());
        } else if !self.has_begun {
            self.is_alone |= told.split(' ').any(|word| word == "--yes-always" || word == "--yes");
        }
    }

    fn answered(&mut self, about: AskedAbout, is_yes: bool, events: &mut Events) {
        let subject = std::mem::take(&mut self.before);
        match about {
            AskedAbout::File { is_new: true } if is_yes => self.created.push(subject),
            AskedAbout::File { .. } if !is_yes => {
                let edits = self.edits_of(&subject);
                self.refuse("edit", ActionEvent::Edit(edits), events);
            }
            AskedAbout::Commands if !is_yes => self.refuse("run", shell(&subject), events),
            AskedAbout::Plan if !is_yes => self.refuse("edit", ActionEvent::Edit(Vec::new()), events),
            // What is asked only when something was found.
            AskedAbout::Lint => {
                let found = self.lint.take().unwrap_or_default();
                self.failed("lint", ActionEvent::Other, FailureKind::Lint, &found, events);
            }
            AskedAbout::Tests => self.failed("test", ActionEvent::Other, FailureKind::Tests, "", events),
            _ => {}
        }
        self.lint = None;
    }

    /// The edits of the last answer that are of this file.
    fn edits_of(&mut self, path: &str) -> Vec<EditEvent> {
        let (of_it, rest): (Vec<AskedEdit>, Vec<AskedEdit>) =
            std::mem::take(&mut self.edits).into_iter().partition(|edit| edit.is_of(path));
        self.edits = rest;
        let mut is_new = self.created.iter().any(|created| {
            created.strip_suffix(path).is_some_and(|rest| rest.is_empty() || rest.ends_with(['/', '\\']))
        });
        self.created.retain(|created| !created.ends_with(path));
        let made = |edit: &AskedEdit| edit.made(path, std::mem::take(&mut is_new));
        of_it.iter().map(made).collect()
    }

    /// What was asked for does not fit: all of it, or those blocks that are named. The others were applied.
    fn refused(&mut self, told: &str, events: &mut Events) {
        let failed = named_blocks(told);
        if !failed.is_empty() {
            self.edits.retain(|edit| !failed.iter().any(|(_, one)| one.is_same(edit)));
        }
        let edits: Vec<EditEvent> = match failed.is_empty() {
            false => failed.iter().map(|(path, edit)| edit.made(path, false)).collect(),
            true => std::mem::take(&mut self.edits).iter().map(|edit| edit.made(&edit.path, false)).collect(),
        };
        let kind = match () {
            () if told.contains("NotUnique") => FailureKind::EditAmbiguous,
            () if told.contains("NoMatch") || told.contains("failed to match") => FailureKind::EditNoMatch,
            () => FailureKind::BadInput,
        };
        self.failed("edit", ActionEvent::Edit(edits), kind, told, events);
        if told.contains("applied successfully") {
            let mut paths: Vec<String> = Vec::new();
            for edit in &self.edits {
                if !paths.contains(&edit.path) {
                    paths.push(edit.path.clone());
                }
            }
            for path in paths {
                let edits = self.edits_of(&path);
                self.applied.push((path, edits));
            }
        }
    }

    /// The edits that were applied, with the commit that was made of them.
    fn end_edits(&mut self, commit: Option<String>, events: &mut Events) {
        for (path, edits) in std::mem::take(&mut self.applied) {
            let edits = match edits.is_empty() {
                // In a form that is not known: that the file was changed is.
                true => vec![blocks::unknown(path)],
                false => edits,
            };
            let call = self.call("edit", ActionEvent::Edit(edits), None, events);
            result(call, CallEnd::Succeeded, "", commit.clone(), None, events);
        }
    }

    fn call(&mut self, tool: &str, action: ActionEvent, at: Option<Timestamp>, events: &mut Events) -> String {
        let id = self.id();
        at.into_iter().for_each(|at| events.saw(at));
        let call = CallEvent { id: id.clone(), at, tool: tool.to_owned(), action, ..CallEvent::default() };
        events.push(EventKind::Call(Box::new(call)));
        id
    }

    fn refuse(&mut self, tool: &str, action: ActionEvent, events: &mut Events) {
        if self.is_alone {
            return self.failed(tool, action, FailureKind::Permission, "", events);
        }
        let call = self.call(tool, action, None, events);
        result(call, CallEnd::Rejected { reason: None }, "", None, None, events);
    }

    fn failed(&mut self, tool: &str, action: ActionEvent, kind: FailureKind, output: &str, events: &mut Events) {
        let call = self.call(tool, action, None, events);
        result(call, CallEnd::Failed, output, None, Some(kind), events);
    }
}

/// `Commit 1a2b3c4 feat: Add a discount`
fn commit_id(told: &str) -> Option<&str> {
    let id = told.strip_prefix("Commit ")?.split(' ').next()?;
    Some(id).filter(|id| id.len() >= 7 && id.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn shell(command: &str) -> ActionEvent {
    ActionEvent::Shell { command: command.to_owned(), cwd: None, extent: Extent::Whole }
}

fn result(
    call: String,
    end: CallEnd,
    output: &str,
    commit: Option<String>,
    failure: Option<FailureKind>,
    events: &mut Events,
) {
    events.push(EventKind::Result(Box::new(ResultEvent {
        call,
        at: None,
        end,
        exit_code: None,
        output: ends_of(output.trim().into()),
        commit,
        answer: None,
        process: None,
        failure,
    })));
}

/// The blocks that a message names, with their files:
/// `## SearchReplaceNoExactMatch: This SEARCH block failed to exactly match lines in a.py`.
fn named_blocks(told: &str) -> Vec<(String, AskedEdit)> {
    let sections = told.split("\n## ").skip(1);
    let block = |section: &str| {
        let (title, rest) = section.split_once('\n')?;
        let (_, path) = title.rsplit_once(" lines in ")?;
        let edit = blocks::read(rest).edits.into_iter().next()?;
        Some((path.trim().to_owned(), edit))
    };
    sections.filter_map(block).collect()
}

/// `3.2k sent, 1.1k cache write, 210 received. Cost: $0.01 message, $0.02 session.`, rounded as they are.
fn tokens(text: &str) -> Tokens {
    let counts = text.split(". ").next().unwrap_or_default().trim_end_matches('.');
    let of = |name: &str| {
        let count = counts.split(", ").find_map(|count| count.strip_suffix(name))?.trim();
        let (digits, factor) = count.strip_suffix('k').map_or((count, 1.0), |thousands| (thousands, 1000.0));
        let number: f64 = digits.parse().ok()?;
        Some((number * factor).round()).filter(|number| (0.0..1e12).contains(number))
    };
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number in the range above")]
    let count = |name: &str| of(name).map_or(0, |number| number as u64);
    Tokens { input: count("sent"), output: count("received"), ..Tokens::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_as_they_are_rounded() {
        for (text, expected) in [
            ("3.2k sent, 21 received. Cost: $0.0082 message, $0.0082 session.", (3200, 21)),
            ("11k sent, 1.1k cache write, 2.0k cache hit, 1.2k received.", (11000, 1200)),
            ("nonsense", (0, 0)),
        ] {
            let found = tokens(text);
            assert_eq!((found.input, found.output), expected, "{text}");
        }
    }

    #[test]
    fn inputs_have_times() {
        let inputs = input_times("\n# 2026-01-02 03:04:05.678901\n+one\n+two\n\n# 2026-01-02 03:04:06\n+three\n");
        let texts: Vec<&str> = inputs.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(texts, ["one\ntwo", "three"]);
    }
}
