//! Prompts on the way to a commit of which nothing in it came: errands outside of the repository, asides about what came later, and
//! what a session that only planned was asked for before. [`super::own_initiative`] has what led to an earlier commit of the same
//! turn.

use std::collections::BTreeSet;

use super::commit_words::CommitWords;
use super::committing::commits_something;
use super::part::SessionWindow;
use super::turn_needs::{edits_something, made_edits};
use super::wish::Work;
use super::words::{is_approval, speaks_of_committing};
use crate::record::commit::Commit;
use crate::record::contribution::{PromptRole, RecordedPrompt};
use crate::record::proceeding::only_proceeds;
use crate::record::session::{Action, Change, Edit, Outcome, PromptSource, ToolCall, Turn};
use crate::record::text::Raw;
use crate::text::paths::name_anywhere;
use crate::text::topic::topics;

/// Leaves out the prompts that were served before the work began, or are about what came after it. Each comes with its turn.
pub(crate) fn leave_out(
    said: &mut Vec<(usize, RecordedPrompt<Raw>)>,
    part: &SessionWindow,
    (commit, work): (&Commit, &Work),
) {
    let words = CommitWords::of(commit);
    let is_served =
        |place: usize| is_errand(said, place, (part, work), &words) || is_for_the_next(said, place, part, commit);
    let served: BTreeSet<usize> =
        (0..said.len()).filter(|place| is_served(*place)).map(|place| said[place].0).collect();
    said.retain(|(turn, _)| !served.contains(turn));
}

/// What a session that only planned was told before its last "commit it" was for that commit. The plan was made in the turns `planned`.
pub(crate) fn leave_out_before_plan(
    said: &mut Vec<(usize, RecordedPrompt<Raw>)>,
    part: &SessionWindow,
    planned: &BTreeSet<usize>,
) {
    let (Some(first), Some(last)) = (planned.first(), planned.last()) else { return };
    // A turn that edits and commits may have committed the plan.
    let only_commits = |turn: &usize| {
        let this = &part.session.turns[*turn];
        let asks_for_it = this.said().is_some_and(|prompt| speaks_of_committing(prompt.text.expose()));
        asks_for_it && commits_something(this) && !edits_something(this)
    };
    if let Some(committed) = (0..=*last).rfind(only_commits).filter(|committed| committed <= first) {
        said.retain(|(turn, _)| *turn > committed);
    }
}

/// "write an issue about it", and the agent did; then the person let it go on with something else.
fn is_errand(
    said: &[(usize, RecordedPrompt<Raw>)],
    place: usize,
    (part, work): (&SessionWindow, &Work),
    words: &CommitWords,
) -> bool {
    let (turn, prompt) = &said[place];
    let this = &part.session.turns[*turn];
    let lets_go = |(_, next): &(usize, RecordedPrompt<Raw>)| {
        let text = next.text.expose();
        is_approval(text) || only_proceeds(text)
    };
    prompt.source == PromptSource::Typed
        && prompt.role != PromptRole::Approval
        && names_writing(prompt.text.expose())
        && this.reply.is_some()
        && !edits_something(this)
        && !work.wrote.contains(turn)
        && this.calls.iter().any(writes_outside)
        && said.get(place + 1).is_some_and(lets_go)
        && !words.are_surely_in(prompt.text.expose())
}

fn names_writing(text: &str) -> bool {
    let lower = text.to_lowercase();
    lower.split(|c: char| !c.is_alphanumeric()).any(|word| WRITTEN.contains(&word))
}

/// Whether the call wrote something that others read and no repository holds: an issue, a comment, a message.
fn writes_outside(call: &ToolCall) -> bool {
    if !matches!(call.outcome, Outcome::Succeeded { .. }) {
        return false;
    }
    match &call.action {
        Action::Shell { command, .. } => {
            let words: Vec<&str> = command.expose().split_whitespace().collect();
            words
                .windows(3)
                .any(|words| ["gh", "glab"].contains(&words[0]) && words[1] == "issue" && WRITING.contains(&words[2]))
        }
        Action::Text { .. } | Action::Other => {
            let name = call.tool.to_lowercase();
            let parts = || name.split(|c: char| !c.is_alphanumeric());
            parts().any(|part| WRITING.contains(&part)) && parts().any(|part| WRITTEN.contains(&part))
        }
        _ => false,
    }
}

const WRITING: &[&str] = &["add", "comment", "create", "edit", "post", "reply", "save", "send", "update"];
const WRITTEN: &[&str] = &["comment", "email", "issue", "mail", "message", "page", "ticket"];

/// An aside into the work: the commit holds nothing that it says beyond what was said before, and what was edited after the commit
/// does, or is about the same in a file that the commit leaves alone.
fn is_for_the_next(said: &[(usize, RecordedPrompt<Raw>)], place: usize, part: &SessionWindow, commit: &Commit) -> bool {
    let (turn, prompt) = &said[place];
    if place == 0 || !matches!(prompt.source, PromptSource::Queued | PromptSource::Remark) {
        return false;
    }
    let edits = edits_behind(part, *turn, commit);
    if edits.is_empty() {
        return false;
    }
    let own = topics(prompt.text.expose());
    let before: BTreeSet<String> = said[..place].iter().flat_map(|(_, prompt)| topics(prompt.text.expose())).collect();
    let here = words_of_commit(commit);
    let new: BTreeSet<&String> = own.difference(&before).collect();
    let is_elsewhere =
        |edit: &Edit| commit.files.iter().all(|file| name_anywhere(&file.path) != name_anywhere(&edit.path));
    let is_of_it = |edit: &&Edit| {
        let words = words_of_edit(edit);
        let shared = own.intersection(&words).count();
        new.iter().any(|word| words.contains(*word)) || (new.len() > 1 && shared > 1 && is_elsewhere(edit))
    };
    !new.iter().any(|word| here.contains(*word)) && edits.into_iter().any(|edit| is_of_it(&edit))
}

fn words_of_commit(commit: &Commit) -> BTreeSet<String> {
    let lines =
        commit.files.iter().flat_map(|file| &file.hunks).flat_map(|hunk| hunk.added.iter().chain(&hunk.removed));
    let in_lines = lines.flat_map(|line| topics(line.expose()));
    let in_paths = commit.files.iter().flat_map(|file| topics(&file.path));
    in_lines.chain(in_paths).chain(topics(commit.message.expose())).collect()
}

/// What was edited after the commit for the words of a turn or of asides behind them.
fn edits_behind<'a>(part: &SessionWindow<'a>, turn: usize, commit: &Commit) -> Vec<&'a Edit> {
    let goes_on = |turn: &&Turn| {
        let source = turn.said().map(|prompt| prompt.source);
        source.is_none_or(|source| matches!(source, PromptSource::Queued | PromptSource::Remark))
    };
    let turns = &part.session.turns[turn..];
    let turns = turns.iter().take(1).chain(turns.iter().skip(1).take_while(goes_on));
    let is_behind = |call: &&ToolCall| call.at.is_some_and(|at| at > commit.authored_at && at > commit.committed_at);
    let calls = turns.flat_map(|turn| &turn.calls).filter(is_behind).take(MOST_CALLS);
    calls.filter_map(made_edits).flatten().collect()
}

const MOST_CALLS: usize = 60;

fn words_of_edit(edit: &Edit) -> BTreeSet<String> {
    let mut words = topics(name_anywhere(&edit.path));
    match &edit.change {
        Change::Write { text } | Change::Append { text } => words.extend(topics(text.expose())),
        Change::Replace { after, .. } => words.extend(topics(after.expose())),
        Change::Patch { hunks } => words.extend(hunks.iter().flat_map(|hunk| topics(hunk.lines.expose()))),
        Change::Delete | Change::Move { .. } => {}
    }
    words
}
