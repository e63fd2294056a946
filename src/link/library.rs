//! All sessions that may have led to commits, with an index of the lines they wrote and the commits they printed.

use std::sync::OnceLock;

use foldhash::{HashMap, HashMapExt as _};
use jiff::Timestamp;

use super::committing::commit_line;
use super::lines::LineKey;
use super::masked_lines::MaskedLine;
use super::paths::{self, PathMatch};
use super::scripts;
use super::substitutions::{Substitution, substitutions};
use crate::checks::shell_writes::runs_commit;
use crate::record::session::{Action, Change, Outcome, Session, ToolCall};
use crate::text::telling::is_telling;

/// Sessions with what is needed to find the writer of a line.
pub struct Library {
    pub sessions: Vec<Session>,
    /// Paths that sessions edited, normalised; postings refer to them by index.
    pub paths: Vec<String>,
    paths_by_name: HashMap<String, Vec<u32>>,
    postings: HashMap<LineKey, Vec<Posting>>,
    /// Telling lines by what a formatter leaves alone.
    as_formatted: HashMap<LineKey, Vec<LineKey>>,
    /// Lines with marks in the place of secrets, by path.
    masked: HashMap<u32, Vec<(Posting, MaskedLine)>>,
    /// Replacements by path, each with its place among the edits of its call.
    replacements: HashMap<u32, Vec<(Posting, u32)>>,
    /// Words that shell commands replaced in whatever files, with their place in the command.
    pub substitutions: Vec<(Posting, u32, Substitution)>,
    /// Edits by session, in the order of the transcript.
    pub touches: Vec<Vec<Touch>>,
    pub printed: Vec<Printed>,
    pub reported: Vec<Reported>,
    pub committing: Vec<Committing>,
    /// By session, whether commands of it write files by themselves: found out once it is asked.
    writes_by_shell: Vec<OnceLock<bool>>,
}

/// One line that a session wrote.
#[derive(Clone, Copy, Debug)]
pub struct Posting {
    pub session: u32,
    pub turn: u32,
    pub call: u32,
    /// Index into [`Library::paths`]; `None` for the text of a shell command, a plan or a task.
    pub path: Option<u32>,
    pub at: Option<Timestamp>,
}

/// One edit of one file.
#[derive(Clone, Copy, Debug)]
pub struct Touch {
    pub turn: u32,
    pub call: u32,
    pub path: u32,
    pub at: Option<Timestamp>,
    /// Whether the edit was made (not rejected, not failed).
    pub made: bool,
}

/// A commit that a session's shell printed: `[main 1a2b3c4] Subject`.
#[derive(Clone, Debug)]
pub struct Printed {
    pub session: usize,
    pub turn: usize,
    pub at: Option<Timestamp>,
    /// Abbreviated or whole.
    pub id: String,
    /// Absent where the agent recorded the id alone.
    pub subject: Option<String>,
}

/// A commit that a subagent reported to the session that started it, and that was not named to it.
#[derive(Clone, Debug)]
pub struct Reported {
    pub session: usize,
    pub turn: usize,
    /// When the subagent was started.
    pub at: Option<Timestamp>,
    /// Abbreviated or whole.
    pub id: String,
}

/// A command that may have made commits, whatever it printed: `git commit -q`, a wrapper of git, a background shell.
#[derive(Clone, Copy, Debug)]
pub struct Committing {
    pub session: u32,
    pub turn: u32,
    pub call: u32,
    pub begin: Timestamp,
    /// Absent where the command has no result yet.
    pub end: Option<Timestamp>,
}

impl Library {
    pub fn new(sessions: Vec<Session>) -> Self {
        let mut builder = Builder::default();
        for (index, session) in sessions.iter().enumerate() {
            builder.session(index, session);
        }
        let mut paths_by_name: HashMap<String, Vec<u32>> = HashMap::new();
        for (id, path) in builder.paths.iter().enumerate() {
            paths_by_name.entry(paths::name(path).to_owned()).or_default().push(id as u32);
        }
        Self {
            writes_by_shell: sessions.iter().map(|_| OnceLock::new()).collect(),
            sessions,
            paths_by_name,
            paths: builder.paths,
            postings: builder.postings,
            as_formatted: builder.as_formatted,
            masked: builder.masked,
            replacements: builder.replacements,
            substitutions: builder.substitutions,
            touches: builder.touches,
            printed: builder.printed,
            reported: builder.reported,
            committing: builder.committing,
        }
    }

    /// Every line that a session wrote.
    pub fn keys(&self) -> impl Iterator<Item = LineKey> {
        self.postings.keys().copied()
    }

    pub fn writers(&self, key: LineKey) -> &[Posting] {
        self.postings.get(&key).map_or(&[], Vec::as_slice)
    }

    /// Whether commands of a session write files by themselves, as `find_out` says of it.
    pub(super) fn writes_by_shell(&self, session: usize, find_out: impl Fn(&Session) -> bool) -> bool {
        *self.writes_by_shell[session].get_or_init(|| find_out(&self.sessions[session]))
    }

    /// Who wrote a line that differs from this one only in what formatters change.
    pub fn writers_of_unformatted(&self, line: &str) -> Vec<&Posting> {
        let own = LineKey::of(line);
        let alike = self.as_formatted.get(&LineKey::as_formatted(line)).map_or(&[][..], Vec::as_slice);
        alike.iter().filter(move |key| **key != own).flat_map(|key| self.writers(*key)).collect()
    }

    /// Who wrote a line into a file of which a part is masked in the transcript, and which may be this one.
    pub(super) fn writers_of_masked(&self, path: u32, line: &str) -> Vec<&Posting> {
        let masked = self.masked.get(&path).map_or(&[][..], Vec::as_slice);
        masked.iter().filter(|(_, masked)| masked.matches(line)).map(|(posting, _)| posting).collect()
    }

    /// Replacements that were made in a file, each with its place among the edits of its call.
    pub fn replacements(&self, path: u32) -> &[(Posting, u32)] {
        self.replacements.get(&path).map_or(&[], Vec::as_slice)
    }

    /// Paths of sessions that agree with a path of a commit, at least in the file's name.
    pub fn paths_like(&self, commit_path: &str) -> impl Iterator<Item = (u32, PathMatch)> {
        let ids = self.paths_by_name.get(paths::name(commit_path)).map_or(&[][..], Vec::as_slice);
        ids.iter().map(move |id| (*id, paths::compare(&self.paths[*id as usize], commit_path)))
    }

    pub fn call(&self, posting: &Posting) -> &ToolCall {
        &self.sessions[posting.session as usize].turns[posting.turn as usize].calls[posting.call as usize]
    }

    /// The text of a command that may have made commits.
    pub fn command(&self, commit: &Committing) -> &str {
        let turn = &self.sessions[commit.session as usize].turns[commit.turn as usize];
        match &turn.calls[commit.call as usize].action {
            Action::Shell { command, .. } => command.expose(),
            _ => "",
        }
    }
}

#[derive(Default)]
struct Builder {
    paths: Vec<String>,
    path_ids: HashMap<String, u32>,
    postings: HashMap<LineKey, Vec<Posting>>,
    as_formatted: HashMap<LineKey, Vec<LineKey>>,
    masked: HashMap<u32, Vec<(Posting, MaskedLine)>>,
    replacements: HashMap<u32, Vec<(Posting, u32)>>,
    substitutions: Vec<(Posting, u32, Substitution)>,
    touches: Vec<Vec<Touch>>,
    printed: Vec<Printed>,
    reported: Vec<Reported>,
    committing: Vec<Committing>,
}

impl Builder {
    fn session(&mut self, index: usize, session: &Session) {
        self.touches.push(Vec::new());
        for (turn_index, turn) in session.turns.iter().enumerate() {
            for (call_index, call) in turn.calls.iter().enumerate() {
                let posting = Posting {
                    session: index as u32,
                    turn: turn_index as u32,
                    call: call_index as u32,
                    path: None,
                    at: call.ended_at.or(call.at),
                };
                self.call(call, posting);
            }
        }
    }

    fn call(&mut self, call: &ToolCall, posting: Posting) {
        let made = matches!(call.outcome, Outcome::Succeeded { .. } | Outcome::Running { .. } | Outcome::Pending);
        match &call.action {
            Action::Edit(edits) => {
                // Some agents commit each edit themselves.
                self.printed_commits(call, false, posting);
                for (place, edit) in edits.iter().enumerate() {
                    let path = self.path(&edit.path);
                    let Posting { turn, call, at, .. } = posting;
                    self.touches[posting.session as usize].push(Touch { turn, call, path, at, made });
                    if let Change::Move { to } = &edit.change {
                        let path = self.path(to);
                        self.touches[posting.session as usize].push(Touch { turn, call, path, at, made });
                    }
                    if made && matches!(edit.change, Change::Replace { .. }) {
                        let replacement = (Posting { path: Some(path), ..posting }, place as u32);
                        self.replacements.entry(path).or_default().push(replacement);
                    }
                    if made {
                        for line in written_lines(&edit.change) {
                            let posting = Posting { path: Some(path), ..posting };
                            self.post(line, posting);
                            if let Some(masked) = MaskedLine::of(line) {
                                self.masked.entry(path).or_default().push((posting, masked));
                            }
                        }
                    }
                }
            }
            Action::Shell { command, .. } => {
                self.documents(call, posting);
                // A one-line command writes no file text worth looking for; a heredoc or an inline script does.
                if command.expose().contains('\n') {
                    for line in command.expose().lines() {
                        self.post(line, posting);
                    }
                }
                for line in scripts::lines(command.expose()).iter().filter(|line| is_telling(line)) {
                    self.post(line, posting);
                }
                if made {
                    let found = substitutions(command.expose()).into_iter().zip(0..);
                    self.substitutions.extend(found.map(|(one, place)| (posting, place, one)));
                }
                let may_commit = command.expose().contains("git ") && command.expose().contains(" commit");
                self.printed_commits(call, may_commit, posting);
                if may_commit {
                    self.committing(call, posting);
                }
            }
            // Code in a plan or in a task for a subagent, whose own edits may be recorded nowhere.
            Action::Delegate { prompt: text } | Action::Text { text } => {
                self.reports(call, text.expose(), posting);
                for line in text.expose().lines().filter(|line| is_telling(line)) {
                    self.post(line, posting);
                }
            }
            Action::Ask { .. } | Action::Other | Action::Elsewhere { .. } => {}
        }
    }

    /// The files that a command wrote out of its own text.
    fn documents(&mut self, call: &ToolCall, posting: Posting) {
        // What it commits was written before.
        let commits = || matches!(&call.action, Action::Shell { command, .. } if runs_commit(command.expose()));
        for edit in call.edits() {
            let path = self.path(&edit.path);
            let Posting { turn, call: place, at, .. } = posting;
            let at = if commits() { call.at.or(at) } else { at };
            self.touches[posting.session as usize].push(Touch { turn, call: place, path, at, made: true });
            for line in written_lines(&edit.change) {
                self.post(line, Posting { path: Some(path), ..posting });
            }
        }
    }

    fn post(&mut self, line: &str, posting: Posting) {
        if line.trim().is_empty() {
            return;
        }
        let key = LineKey::of(line);
        let is_telling = is_telling(line);
        let list = self.postings.entry(key).or_default();
        if list.is_empty() && is_telling {
            self.as_formatted.entry(LineKey::as_formatted(line)).or_default().push(key);
        }
        // The same line many times in one call says no more than once.
        if list.last().is_none_or(|last| {
            (last.session, last.turn, last.call, last.path)
                != (posting.session, posting.turn, posting.call, posting.path)
        }) && (is_telling || list.len() < MOST_POSTINGS_OF_A_BRACKET)
        {
            list.push(posting);
        }
    }

    fn path(&mut self, path: &str) -> u32 {
        let path = paths::normalise(path);
        if let Some(id) = self.path_ids.get(&path) {
            return *id;
        }
        let id = self.paths.len() as u32;
        self.paths.push(path.clone());
        self.path_ids.insert(path, id);
        id
    }

    fn printed_commits(&mut self, call: &ToolCall, may_commit: bool, posting: Posting) {
        let (output, commit) = match &call.outcome {
            Outcome::Succeeded { output, commit } => (output, commit.as_ref()),
            Outcome::Running { output } => (output, None),
            // What comes after the commit may fail, a push or a check. A rebase that fails prints the commits of others.
            Outcome::Failed { output, .. } if may_commit => (output, None),
            _ => return,
        };
        let (session, turn, at) = (posting.session as usize, posting.turn as usize, posting.at);
        if let Some(id) = commit {
            self.printed.push(Printed { session, turn, at, id: id.clone(), subject: None });
        }
        for line in output.expose().lines() {
            if let Some((id, subject)) = commit_line(line) {
                let (id, subject) = (id.to_owned(), Some(subject.to_owned()));
                self.printed.push(Printed { session, turn, at, id, subject });
            }
        }
    }

    fn reports(&mut self, call: &ToolCall, task: &str, posting: Posting) {
        let (Action::Delegate { .. }, Outcome::Succeeded { output, .. }) = (&call.action, &call.outcome) else {
            return;
        };
        let (session, turn, at) = (posting.session as usize, posting.turn as usize, call.at);
        let is_named = |id: &str| id.get(..SHORT_ID).is_some_and(|short| task.contains(short));
        let new = output.expose().lines().filter(|id| !is_named(id));
        self.reported.extend(new.map(|id| Reported { session, turn, at, id: id.to_owned() }));
    }

    fn committing(&mut self, call: &ToolCall, posting: Posting) {
        let was_run = matches!(call.outcome, Outcome::Succeeded { .. } | Outcome::Failed { .. } | Outcome::Pending);
        if let Some(begin) = call.at.filter(|_| was_run) {
            let Posting { session, turn, call: place, .. } = posting;
            self.committing.push(Committing { session, turn, call: place, begin, end: call.ended_at });
        }
    }
}

/// Digits of an id as git shortens it.
const SHORT_ID: usize = 7;

/// Lines like `}` stand everywhere; so many places are enough to colour a hunk by its neighbours.
const MOST_POSTINGS_OF_A_BRACKET: usize = 2_000;

/// The lines that a change adds: of a replacement, those that were not there before.
pub fn written_lines(change: &Change) -> Vec<&str> {
    match change {
        Change::Write { text } | Change::Append { text } => text.expose().lines().collect(),
        Change::Replace { before, after, .. } => new_lines(before.expose().lines(), after.expose().lines()),
        // A patch may take a line out and put it in again.
        Change::Patch { hunks } => hunks
            .iter()
            .flat_map(|hunk| {
                let marked = |mark: char| hunk.lines.expose().lines().filter_map(move |line| line.strip_prefix(mark));
                new_lines(marked('-'), marked('+'))
            })
            .collect(),
        Change::Delete | Change::Move { .. } => Vec::new(),
    }
}

/// The lines of `after` that are not among those of `before`, each as often as it is new.
fn new_lines<'a>(before: impl Iterator<Item = &'a str>, after: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut there: HashMap<&str, u32> = HashMap::new();
    for line in before {
        *there.entry(line).or_default() += 1;
    }
    after
        .filter(|line| match there.get_mut(line) {
            Some(count) if *count > 0 => {
                *count -= 1;
                false
            }
            _ => true,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::text::Raw;

    #[test]
    fn a_replacement_adds_only_what_was_not_there() {
        let change = Change::Replace {
            before: Raw::new("fn a() {\n    one();\n}"),
            after: Raw::new("fn a() {\n    two();\n    one();\n}"),
            everywhere: false,
        };
        assert_eq!(written_lines(&change), ["    two();"]);
    }

    #[test]
    fn a_line_that_a_patch_takes_out_and_puts_in_again_is_not_written_by_it() {
        let lines = " fn a() {\n-    one();\n-    two();\n+    one();\n+    three();\n }";
        let hunk = crate::record::session::PatchHunk { new_start: 1, lines: Raw::new(lines) };
        let change = Change::Patch { hunks: vec![hunk] };
        assert_eq!(written_lines(&change), ["    three();"]);
        assert_eq!(crate::link::excerpt::removed_lines(&change), ["    two();"]);
    }
}
