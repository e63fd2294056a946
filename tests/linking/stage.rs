//! Small sessions and commits, and what the linker makes of them.

use std::path::PathBuf;

use backstory::link::fingerprint::Fingerprint;
use backstory::link::library::Library;
use backstory::link::{Hints, Linked, link, name};
use backstory::record::agent::Agent;
use backstory::record::commit::{Commit, FileChange, FileChangeKind, Hunk, Person};
use backstory::record::contribution::{Confidence, PromptRole};
use backstory::record::session::{
    Action, Change, Edit, Outcome, Prompt, PromptSource, Session, Tokens, Told, ToolCall, Turn,
};
use backstory::record::text::Raw;
use jiff::{SignedDuration, Timestamp};

/// So many minutes after the beginning of the story.
pub(crate) fn minute(minutes: i64) -> Timestamp {
    let begin: Timestamp = "2026-03-02T09:00:00Z".parse().expect("a time as RFC 3339 writes it");
    begin + SignedDuration::from_mins(minutes)
}

pub(crate) fn done(output: &str) -> Outcome {
    Outcome::Succeeded { output: Raw::new(output), commit: None }
}

pub(crate) fn call(at: i64, tool: &str, action: Action, outcome: Outcome) -> ToolCall {
    let at = Some(minute(at));
    ToolCall {
        id: String::new(),
        at,
        ended_at: at,
        tool: tool.into(),
        action,
        outcome,
        subagent: false,
        said_before: None,
        written: Vec::new(),
    }
}

pub(crate) fn edit(at: i64, path: &str, before: &str, after: &str, outcome: Outcome) -> ToolCall {
    let change = Change::Replace { before: Raw::new(before), after: Raw::new(after), everywhere: false };
    call(at, "Edit", Action::Edit(vec![Edit { path: format!("/home/a/shop/{path}"), change }]), outcome)
}

pub(crate) fn shell(at: i64, command: &str, outcome: Outcome) -> ToolCall {
    call(at, "Bash", Action::Shell { command: Raw::new(command), cwd: None }, outcome)
}

/// The call, with what the agent said before it.
pub(crate) fn says(words: &str, call: ToolCall) -> ToolCall {
    ToolCall { said_before: Some(Raw::new(words)), ..call }
}

pub(crate) fn turn(at: i64, words: &str, calls: Vec<ToolCall>) -> Turn {
    let prompt = Prompt { at: Some(minute(at)), text: Raw::new(words), source: PromptSource::Typed, id: None };
    Turn { prompt: Some(prompt), calls, ..Turn::default() }
}

pub(crate) fn session(id: &str, turns: Vec<Turn>) -> Session {
    let times = turns.iter().flat_map(|turn| {
        turn.prompt.iter().filter_map(|prompt| prompt.at).chain(turn.calls.iter().filter_map(|call| call.at))
    });
    let (started_at, ended_at) = (times.clone().min(), times.max());
    Session {
        agent: Agent::known("claude-code"),
        agent_versions: vec!["2.1.42".into()],
        id: id.into(),
        other_ids: Vec::new(),
        path: PathBuf::from(format!("{id}.jsonl")),
        cwds: vec!["/home/a/shop".into()],
        branch: None,
        head: None,
        started_at,
        ended_at,
        models: vec!["claude-opus-4-6".into()],
        turns,
        tokens: Tokens::default(),
        skipped: Vec::new(),
        context: Vec::new(),
        told: Told::default(),
    }
}

/// A commit that adds `lines` to each file.
pub(crate) fn commit(at: i64, subject: &str, files: &[(&str, &str)]) -> Commit {
    let file = |(path, lines): &(&str, &str)| FileChange {
        path: (*path).into(),
        old_path: None,
        kind: FileChangeKind::Modified,
        hunks: vec![Hunk {
            old_start: 1,
            new_start: 1,
            removed: Vec::new(),
            added: lines.lines().map(Raw::new).collect(),
            repeated: Vec::new(),
        }],
    };
    Commit {
        id: Some("1a2b3c4d".repeat(5)),
        parents: Vec::new(),
        trees: None,
        author: Person::default(),
        authored_at: minute(at),
        committed_at: minute(at),
        message: Raw::new(subject),
        files: files.iter().map(file).collect(),
    }
}

/// Links, and shows with every case that sessions without a trace of the commit could have been left out.
pub(crate) fn linked(sessions: Vec<Session>, commit: &Commit) -> Linked {
    let can_matter = sessions.iter().any(|session| meets(session, commit) || edits_a_file_of(session, commit));
    let library = Library::new(sessions);
    let linked = link(commit, &library, &Hints::default());
    assert!(can_matter || linked.contributions.is_empty(), "{linked:?}");
    // Who only wants names gets the same ones.
    let who = |linked: &Linked| -> Vec<(String, Confidence, u32)> {
        linked.contributions.iter().map(|one| (one.session.clone(), one.confidence, one.lines)).collect()
    };
    assert_eq!(who(&linked), who(&name(commit, &library, &Hints::default())));
    linked
}

pub(crate) fn meets(session: &Session, commit: &Commit) -> bool {
    let fingerprint = Fingerprint::of_session(session.clone());
    fingerprint.is_open || Fingerprint::of_commit(commit).meets(&fingerprint.to_bytes())
}

fn edits_a_file_of(session: &Session, commit: &Commit) -> bool {
    let mut edited = session.turns.iter().flat_map(|turn| &turn.calls).flat_map(|call| match &call.action {
        Action::Edit(edits) => edits.as_slice(),
        _ => &[],
    });
    let name = |path: &str| path.rsplit(['/', '\\']).next().map(str::to_owned);
    edited.any(|edit| commit.files.iter().any(|file| name(&file.path) == name(&edit.path)))
}

pub(crate) const TOTAL: &str =
    "def total(prices, discount=0):\n    subtotal = sum(prices)\n    return subtotal - discount";

pub(crate) fn wrote_total(at: i64) -> Vec<ToolCall> {
    vec![edit(at, "src/price.py", "", TOTAL, done(""))]
}

/// A commit that replaces the lines `before` of a file by `after`.
pub(crate) fn changing(at: i64, path: &str, before: &str, after: &str) -> Commit {
    let mut commit = commit(at, "Change prices", &[(path, after)]);
    commit.files[0].hunks[0].removed = before.lines().map(Raw::new).collect();
    commit
}

/// The prompts of the first contribution, each with its role.
pub(crate) fn said(linked: &Linked) -> Vec<(&str, PromptRole)> {
    linked.contributions[0].prompts.iter().map(|prompt| (prompt.text.expose(), prompt.role)).collect()
}

pub(crate) fn write(at: i64, path: &str, text: &str) -> ToolCall {
    let change = Change::Write { text: Raw::new(text) };
    call(at, "Write", Action::Edit(vec![Edit { path: format!("/home/a/shop/{path}"), change }]), done(""))
}
