//! Which calls of a session ran `git commit`, and which of them made a commit.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::checks::classify::{base_name, program_of};
use crate::checks::shell::{self, ShellCommand};
use crate::checks::shell_writes::{runs_commit, verb_of};
use crate::record::commit::Commit;
use crate::record::session::{Action, Outcome, Session, ToolCall, Turn};
use crate::text::ids::is_abbreviated;

/// The call of `git commit` that made a commit.
pub(super) struct CommitCall {
    pub(super) turn: usize,
    /// Its place in the turn.
    pub(super) call: usize,
    pub(super) began: Timestamp,
    /// `None` if the transcript ends with it.
    pub(super) ended: Option<Timestamp>,
    /// Whether it made the commit as it is now, and not one that was amended or rebased since.
    pub(super) is_last: bool,
}

/// The call of `git commit` that ran while the commit was made, or else while it was authored: hooks and wrappers may keep git
/// from printing its id.
pub(super) fn made_in(session: &Session, commit: &Commit) -> Option<CommitCall> {
    let ran_at = |call: &ToolCall, made: Timestamp| {
        let began = call.at.filter(|at| *at <= later(made, 1))?;
        let is_it = match call.outcome {
            // The transcript may end with it.
            Outcome::Pending => later(began, LONGEST_HOOK) >= made,
            _ => call.ended_at.is_some_and(|end| end >= made),
        };
        is_it.then_some(began)
    };
    // Calls of agents that work side by side overlap: the one that printed this commit, else the last that began.
    let subject = commit.message.expose().lines().next().unwrap_or_default().trim();
    let is_its = |call: &ToolCall| match &call.outcome {
        Outcome::Succeeded { output, .. } => {
            let mut subjects = output.expose().lines().filter_map(commit_line).map(|(_, of_it)| of_it).peekable();
            subjects.peek().is_some().then(|| subjects.any(|of_it| of_it == subject))
        }
        _ => None,
    };
    [commit.committed_at, commit.authored_at].into_iter().find_map(|made| {
        let calls = session.turns.iter().enumerate().flat_map(|(turn, one)| {
            let made = one.calls.iter().enumerate().filter(|(_, call)| commits(call) || may_merge(call, commit));
            made.map(move |(place, call)| (turn, place, call))
        });
        let ran = calls.filter_map(|(turn, place, call)| Some((turn, place, call, ran_at(call, made)?)));
        let rank = |call: &ToolCall| match is_its(call) {
            Some(true) => 2,
            None => 1,
            Some(false) => 0,
        };
        let (turn, place, call, began) =
            ran.max_by_key(|(turn, place, call, began)| (rank(call), *began, *turn, *place))?;
        let ended = call.ended_at.filter(|_| call.outcome != Outcome::Pending);
        Some(CommitCall { turn, call: place, began, ended, is_last: made == commit.committed_at })
    })
}

pub(super) fn later(time: Timestamp, seconds: i64) -> Timestamp {
    time.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(time)
}

/// So many seconds may pass between a call of `git commit` and the time that the commit bears.
const LONGEST_HOOK: i64 = 120;

/// Whether the transcript ends in the call, and the call made the commit: so it stands when a hook of the commit reads it.
pub(super) fn is_making(call: &ToolCall, commit: &Commit) -> bool {
    let began = call.at.filter(|at| *at <= later(commit.committed_at, 1));
    commits(call)
        && matches!(call.outcome, Outcome::Pending)
        && began.is_some_and(|at| later(at, LONGEST_HOOK) >= commit.committed_at)
}

/// Whether a commit was made in the turn.
pub(crate) fn commits_something(turn: &Turn) -> bool {
    turn.calls.iter().any(commits)
}

/// Whether a commit was made in the turn that puts more into the one before.
pub(super) fn amends_something(turn: &Turn) -> bool {
    turn.calls.iter().any(amends)
}

/// Whether the first commit that was made in the turns puts more into one that was made before them.
pub(super) fn begins_by_amending(session: &Session, turns: &BTreeSet<usize>) -> bool {
    let mut calls = turns.iter().flat_map(|turn| &session.turns[*turn].calls);
    calls.find(|call| commits(call)).is_some_and(amends)
}

pub(super) fn amends(call: &ToolCall) -> bool {
    commits(call) && matches!(&call.action, Action::Shell { command, .. } if command.expose().contains("--amend"))
}

/// Whether `git commit` ran in the turn, however it ended: a hook may have stopped it, and the person commits later.
pub(super) fn tries_to_commit(turn: &Turn) -> bool {
    let runs_it =
        |call: &ToolCall| matches!(&call.action, Action::Shell { command, .. } if runs_commit(command.expose()));
    turn.calls.iter().any(runs_it)
}

/// Whether the call ran `git commit`, as far as is known to its end.
pub(crate) fn commits(call: &ToolCall) -> bool {
    match (&call.action, &call.outcome) {
        (Action::Shell { command, .. }, Outcome::Succeeded { .. } | Outcome::Running { .. } | Outcome::Pending) => {
            runs_commit(command.expose())
        }
        _ => false,
    }
}

/// Whether a commit is a merge, and the call ran `git merge`, or what does so on its way.
fn may_merge(call: &ToolCall, commit: &Commit) -> bool {
    commit.parents.len() > 1
        && matches!(call.outcome, Outcome::Succeeded { .. } | Outcome::Running { .. } | Outcome::Pending)
        && matches!(&call.action, Action::Shell { command, .. } if merges(command.expose()) > 0)
}

/// How many steps of a command merge: `git merge`, `git pull`.
pub(super) fn merges(command: &str) -> usize {
    let is_merge = |step: &ShellCommand| {
        let words = program_of(&step.words);
        let is_git = words.first().is_some_and(|first| base_name(first) == "git");
        is_git && matches!(verb_of(&words[1..]), Some("merge" | "pull"))
    };
    if !command.contains("merge") && !command.contains("pull") {
        return 0;
    }
    shell::steps(command).iter().filter(|step| is_merge(step)).count()
}

/// Whether the call committed with the hooks of git, however it ended.
pub(super) fn runs_hooks(call: &ToolCall) -> bool {
    let Action::Shell { command, .. } = &call.action else { return false };
    let command = command.expose();
    runs_commit(command) && !command.contains("--no-verify") && !command.contains("commit -n")
}

/// Whether the call succeeded in what it did while the commit was authored.
pub(super) fn made(call: &ToolCall, commit: &Commit) -> bool {
    let began = call.at.is_some_and(|at| at.as_second() <= commit.authored_at.as_second());
    let ended = call.ended_at.is_some_and(|at| at >= commit.authored_at);
    began && ended && matches!(call.outcome, Outcome::Succeeded { .. })
}

/// Whether the call's command spells the message of a commit (`git commit -qm 'Add carts'`), and it is not this one's: several may be
/// made in one second.
pub(super) fn names_another(call: &ToolCall, commit: &Commit) -> bool {
    let Action::Shell { command, .. } = &call.action else { return false };
    let subject = commit.message.expose().lines().next().unwrap_or_default().trim();
    let spelt: Vec<String> = shell::steps(command.expose()).iter().filter_map(|step| message_of(&step.words)).collect();
    let is_it = |message: &String| {
        let message = message.trim();
        message.is_empty() || message.starts_with('$') || subject.contains(message) || message.contains(subject)
    };
    !subject.is_empty() && !spelt.is_empty() && !spelt.iter().any(is_it)
}

/// The first line of the message that a `git commit` is given as a word of its own.
fn message_of(words: &[String]) -> Option<String> {
    let commits = words.iter().any(|word| word == "commit") && words.first().is_some_and(|word| word == "git");
    let option = |word: &String| {
        word == "--message" || (word.starts_with('-') && !word.starts_with("--") && word.ends_with('m'))
    };
    let place = words.iter().position(option).filter(|_| commits)?;
    words.get(place + 1).and_then(|message| message.lines().next()).map(str::to_owned)
}

/// Whether a commit of this subject may be the one that was printed under another: a forge that squashes adds a number, `Show carts (#12)`.
pub(super) fn is_same_subject(printed: &str, subject: &str) -> bool {
    subject.strip_prefix(printed).is_some_and(|behind| behind.is_empty() || behind.starts_with(" (#"))
}

/// `[branch 1a2b3c4] Subject` or `[branch (root-commit) 1a2b3c4] Subject`, as `git commit` prints it.
pub(super) fn commit_line(line: &str) -> Option<(&str, &str)> {
    let inside = line.trim_start().strip_prefix('[')?;
    let (head, subject) = inside.split_once("] ")?;
    let id = head.rsplit(' ').next()?;
    (is_abbreviated(id) && head.contains(' ')).then_some((id, subject.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_of_a_commit_is_read_where_it_is_spelt() {
        let of = |command: &str| shell::steps(command).iter().find_map(|step| message_of(&step.words));
        for (command, expected) in [
            ("git add a && git commit -q -m 'Add carts'", Some("Add carts")),
            ("git commit -qam \"Add carts\n\nAll of them\"", Some("Add carts")),
            ("git commit --amend --no-edit", None),
            ("git log --oneline -m", None),
        ] {
            assert_eq!(of(command).as_deref(), expected, "{command}");
        }
    }

    #[test]
    fn the_id_and_subject_that_git_prints_are_read() {
        assert_eq!(commit_line("[main 1a2b3c4] Add a discount"), Some(("1a2b3c4", "Add a discount")));
        assert_eq!(commit_line("[feat/x (root-commit) 1a2b3c4d] First"), Some(("1a2b3c4d", "First")));
        assert_eq!(commit_line("[detached HEAD 1a2b3c4] x] y"), Some(("1a2b3c4", "x] y")));
        assert_eq!(commit_line("[1a2b3c4] no branch"), None);
        assert_eq!(commit_line("[INFO something] else"), None);
    }

    #[test]
    fn steps_that_merge_are_counted() {
        for (command, expected) in [
            ("git merge --no-ff tax -m @'\nmerge: tax\n\nIt isn't rounded.\n'@\ngit log -1", 1),
            ("git -C shop pull", 1),
            ("git merge a && git merge b", 2),
            ("git merge-base a b", 0),
            ("echo merge", 0),
        ] {
            assert_eq!(merges(command), expected, "{command}");
        }
    }
}
