//! Commits that the agent came to by itself: a reviewing agent found something, or one thing led to the next, when what a person had
//! asked for was committed.

use std::collections::BTreeSet;

use super::asks::is_a_name;
use super::commit_words::{path_topics, subject_topics};
use super::committing::commits;
use super::part::SessionWindow;
use super::standing::stands;
use super::wish::{Work, last_commit};
use super::words::is_approval;
use crate::record::commit::Commit;
use crate::record::contribution::{PromptRole, RecordedPrompt};
use crate::record::proceeding::only_proceeds;
use crate::record::session::{Action, PromptSource, Session};
use crate::record::text::Raw;
use crate::text::topic::topics;
use crate::text::words::word_count;

/// Where the session made another commit between all that was said and its first edit for this one, and that other commit is what
/// was asked for, nothing of it is a request for this one. Each prompt comes with its turn.
pub(crate) fn unask(
    said: &mut [(usize, RecordedPrompt<Raw>)],
    part: &SessionWindow,
    (commit, work): (&Commit, &Work),
) -> bool {
    if !came_by_itself(said, part, (commit, work)) {
        return false;
    }
    let requests = said.iter_mut().filter(|(_, prompt)| prompt.role == PromptRole::Request);
    requests.for_each(|(_, prompt)| prompt.role = PromptRole::Refinement);
    // What the agent asked on the way says what was chosen.
    let chosen = |prompt: &RecordedPrompt<Raw>| {
        prompt.source == PromptSource::Answer && !subject_topics(commit).is_disjoint(&topics(prompt.text.expose()))
    };
    if let Some((_, answer)) = said.iter_mut().find(|(_, prompt)| chosen(prompt)) {
        answer.main = true;
    }
    true
}

fn came_by_itself(
    said: &[(usize, RecordedPrompt<Raw>)],
    part: &SessionWindow,
    (commit, work): (&Commit, &Work),
) -> bool {
    let Some(border) = last_commit(part) else { return false };
    // Who answers what the agent asks behind that other commit does not ask for this one.
    let asked_for =
        |(turn, prompt): &&(usize, RecordedPrompt<Raw>)| prompt.source != PromptSource::Answer || *turn <= border.0;
    let said: Vec<&(usize, RecordedPrompt<Raw>)> = said.iter().filter(asked_for).collect();
    let Some((last, words)) = said.iter().max_by_key(|(turn, _)| *turn).filter(|(last, _)| border.0 >= *last) else {
        return false;
    };
    // What was edited before that other commit, and is not in this one, was for that.
    let is_for_it = |place: &(usize, usize)| place.0 >= *last && (*place > border || work.calls.contains(place));
    let edits = part.touches.iter().map(|touch| (touch.0, touch.1)).filter(is_for_it);
    // A merge may be made without an edit.
    let texts = || said.iter().map(|(_, prompt)| prompt.text.expose());
    let asks_to_commit = || texts().any(|text| text.to_lowercase().contains("commit"));
    let edits_nothing = part.touches.is_empty() && work.calls.is_empty();
    let only_commits = || part.end.filter(|_| edits_nothing && !asks_to_commit());
    let Some(first) = edits.min().or_else(only_commits).filter(|first| *first > border) else { return false };
    // Many words in the same turn may be about several commits.
    if first.0 == *last && word_count(words.text.expose()) > FEW_WORDS {
        return false;
    }
    let committed = words_of_commits(part.session, *last, border);
    let for_many = |prompt: &RecordedPrompt<Raw>| {
        let text = prompt.text.expose();
        matches!(prompt.source, PromptSource::Plan | PromptSource::Slash) || stands(text)
    };
    let lets_go = |text: &str| is_approval(text) || only_proceeds(text);
    !said.iter().any(|(_, prompt)| for_many(prompt))
        && !lets_go(words.text.expose())
        && texts().any(|text| !topics(text).is_disjoint(&committed))
        && !texts().any(|text| is_about(text, commit, &committed))
}

/// More words in one turn may be about several commits.
const FEW_WORDS: usize = 30;

/// The words of the commands that made commits from a turn on, to the call `border`.
fn words_of_commits(session: &Session, from: usize, border: (usize, usize)) -> BTreeSet<String> {
    let calls = (from..=border.0).flat_map(|turn| {
        let calls = session.turns[turn].calls.iter().enumerate();
        calls.filter(move |(place, call)| (turn, *place) <= border && commits(call))
    });
    let commands = calls.filter_map(|(_, call)| match &call.action {
        Action::Shell { command, .. } => Some(topics(command.expose())),
        _ => None,
    });
    commands.flatten().collect()
}

/// Whether the words share one that tells with the subject, one with a path that does not stand in what was `committed` before, or
/// a name of code with the lines.
fn is_about(text: &str, commit: &Commit, committed: &BTreeSet<String>) -> bool {
    let said = topics(text);
    let subject = commit.message.expose().lines().next().unwrap_or_default();
    let in_subject = !subject_topics(commit).is_disjoint(&said) || !acronyms(subject).is_disjoint(&acronyms(text));
    let in_paths =
        || path_topics(commit, usize::MAX).iter().any(|word| said.contains(word) && !committed.contains(word));
    let lines =
        || commit.files.iter().flat_map(|file| &file.hunks).flat_map(|hunk| hunk.added.iter().chain(&hunk.removed));
    let names = || text.split_whitespace().filter(|word| is_a_name(word));
    let bare = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric()).to_owned();
    let in_lines = || names().map(bare).any(|name| lines().any(|line| line.expose().contains(&name)));
    in_subject || in_paths() || in_lines()
}

/// `CI`, `UI`: too short to be telling words.
fn acronyms(text: &str) -> BTreeSet<&str> {
    let words = text.split(|c: char| !c.is_alphanumeric());
    words.filter(|word| word.len() == 2 && word.bytes().all(|byte| byte.is_ascii_uppercase())).collect()
}
