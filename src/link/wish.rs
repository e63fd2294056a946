//! Which of the prompts says what a commit is about, where it is not the first request: what was asked for may have led to an
//! earlier commit, or have been a question.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::asks::{Need, asks_what_the_agent_did, is_about_branches, need, only_looks};
use super::attribution::Attribution;
use super::committing::{commits, commits_something};
use super::news::asks_after_the_state;
use super::objecting::is_good_news;
use super::part::{SessionWindow, turn_times};
use super::words::is_finding;
use crate::record::commit::Commit;
use crate::record::contribution::{PromptRole, RecordedPrompt};
use crate::record::headline::first_request;
use crate::record::proceeding::only_proceeds;
use crate::record::session::{Prompt, PromptSource};
use crate::record::telling_line::is_only_output;
use crate::record::text::Raw;
use crate::text::topic::topics;

/// Code points of a prompt that are looked at: what is pasted below holds words of anything.
const NEAR: usize = 600;

/// What tells the work for a commit from the work for earlier ones.
pub(crate) struct Work {
    /// When the commit before was authored.
    since: Option<Timestamp>,
    /// Turns whose lines are in the commit, whenever they were written.
    pub(super) wrote: BTreeSet<usize>,
    /// The calls that wrote them, by their turn and their place there.
    pub(super) calls: BTreeSet<(usize, usize)>,
}

impl Work {
    pub(crate) fn of(session: usize, attribution: &Attribution, commit: &Commit, since: Option<Timestamp>) -> Self {
        let writers = attribution.files.iter().flatten().filter_map(|line| line.writer);
        let mut weights: BTreeMap<usize, f64> = BTreeMap::new();
        let mut calls = BTreeSet::new();
        for writer in writers.filter(|writer| !writer.late && writer.posting.session as usize == session) {
            *weights.entry(writer.posting.turn as usize).or_default() += writer.weight;
            calls.insert((writer.posting.turn as usize, writer.posting.call as usize));
        }
        let least = weights.values().sum::<f64>() * LEAST_PART;
        let wrote = weights.into_iter().filter(|(_, weight)| *weight >= least).map(|(turn, _)| turn).collect();
        Self { since: since.filter(|since| *since <= commit.authored_at), wrote, calls }
    }
}

/// Fewer lines of a turn are in it by chance.
const LEAST_PART: f64 = 0.1;

/// Marks the prompt that says what the commit is about, if it is another than the one that a reader would take: the first
/// request. Each prompt comes with its turn.
pub(crate) fn mark(said: &mut [(usize, RecordedPrompt<Raw>)], part: &SessionWindow, commit: &Commit, work: &Work) {
    let only_commits = part.touches.is_empty() && work.calls.is_empty();
    let asks_for_it = only_commits.then(|| request_to_commit(said)).flatten();
    let Some(wish) = asks_for_it.or_else(|| wish(said, part, commit, work)) else { return };
    let first = first_request(said.iter().map(|(_, prompt)| prompt), Raw::expose);
    if first == Some(wish) {
        return;
    }
    // What was asked for before a commit of the session was for that one.
    let is_behind_a_commit = first.is_some_and(|first| commits_between(part, said[first].0, said[wish].0));
    let prompt = &mut said[wish].1;
    prompt.main = true;
    if (is_behind_a_commit || asks_for_it.is_some())
        && prompt.role == PromptRole::Refinement
        && prompt.source == PromptSource::Typed
    {
        prompt.role = PromptRole::Request;
    }
}

/// The place of the last thing that was typed, where it asks for commits of what the person had done. Who then only commits has
/// done nothing else for it.
fn request_to_commit(said: &[(usize, RecordedPrompt<Raw>)]) -> Option<usize> {
    let last = said.iter().rposition(|(_, prompt)| prompt.source == PromptSource::Typed && may_say_it(prompt))?;
    let text = said[last].1.text.expose().to_lowercase();
    let mut words = text.split(|c: char| !c.is_alphanumeric());
    (!text.trim_end().ends_with('?') && words.any(|word| word.starts_with("commit"))).then_some(last)
}

/// Whether the session made a commit after the words of one turn and before those of a later one.
fn commits_between(part: &SessionWindow, from: usize, to: usize) -> bool {
    from < to && part.session.turns[from..to].iter().any(commits_something)
}

fn wish(said: &[(usize, RecordedPrompt<Raw>)], part: &SessionWindow, commit: &Commit, work: &Work) -> Option<usize> {
    let candidates: Vec<usize> =
        (0..said.len()).filter(|place| part.spent != Some(said[*place].0) && may_say_it(&said[*place].1)).collect();
    if candidates.len() < 2 {
        return candidates.first().copied();
    }
    let begins: Vec<usize> = candidates.iter().map(|place| said[*place].0).collect();
    let words: Vec<BTreeSet<String>> = candidates.iter().map(|place| near_topics(&said[*place].1)).collect();
    // Who types something after a commit begins anew, and does not go on with what was committed.
    let begins_anew = |index: usize| said[candidates[index]].1.source == PromptSource::Typed && words[index].len() > 1;
    let goes_on = |index: usize, later: usize| {
        let mut next = index + 1..=later;
        !next.any(|next| begins_anew(next) && commits_between(part, begins[next - 1], begins[next]))
    };
    let done = edits_of(&begins, part, work, goes_on);
    let mut held: BTreeMap<&str, usize> = BTreeMap::new();
    for word in words.iter().flatten() {
        *held.entry(word).or_default() += 1;
    }
    // A word that all of them hold tells none from the others.
    let shared = |words: &BTreeSet<String>, wanted: &BTreeSet<String>| -> f64 {
        words.intersection(wanted).map(|word| 1.0 / held[word.as_str()] as f64).sum()
    };
    let subject = topics(commit.message.expose().lines().next().unwrap_or_default());
    let paths: BTreeSet<String> = commit.files.iter().take(MOST_PATHS).flat_map(|file| topics(&file.path)).collect();
    let mut best: Option<(f64, usize)> = None;
    for (index, place) in candidates.iter().enumerate() {
        let about = SUBJECT * shared(&words[index], &subject) + PATH * shared(&words[index], &paths);
        let score = done[index] + about.min(1.0) + standing(&said[*place].1);
        if best.is_none_or(|(most, _)| score > most + CLEARLY) {
            best = Some((score, *place));
        }
    }
    best.map(|(_, place)| place)
}

const SUBJECT: f64 = 0.35;
const PATH: f64 = 0.1;
const MOST_PATHS: usize = 40;
/// An earlier one gives way to one that is so much better.
const CLEARLY: f64 = 0.1;

fn near_topics(prompt: &RecordedPrompt<Raw>) -> BTreeSet<String> {
    let mut near = topics(&prompt.text.expose().chars().take(NEAR).collect::<String>());
    near.extend(offer(prompt).map(topics).unwrap_or_default());
    near
}

/// What the agent had offered and the prompt takes up.
fn offer(prompt: &RecordedPrompt<Raw>) -> Option<&str> {
    prompt.question.as_ref().filter(|_| prompt.source != PromptSource::Answer).map(Raw::expose)
}

/// Whether it could say what is wanted.
fn may_say_it(prompt: &RecordedPrompt<Raw>) -> bool {
    let text = prompt.text.expose();
    prompt.role != PromptRole::Approval
        && prompt.source != PromptSource::Delegated
        && !asks_after_the_state(text)
        && !is_about_branches(text)
        && !only_proceeds(text)
}

/// What its role and its form say for it or against it.
fn standing(prompt: &RecordedPrompt<Raw>) -> f64 {
    let text = prompt.text.expose();
    let as_prompt = Prompt { at: None, text: Raw::new(text), source: prompt.source, id: None };
    let against = [
        (only_looks(text) || asks_what_the_agent_did(text), 0.5),
        (need(&as_prompt, || true) != Need::Nothing && offer(prompt).is_none(), 0.3),
        (is_only_output(text) || is_good_news(text), 0.5),
        (is_finding(text), 0.2),
        // "do so with the other": little is said of what.
        (near_topics(prompt).is_empty(), 0.3),
        (near_topics(prompt).len() < 2, 0.1),
        (prompt.role == PromptRole::Redirection, 0.15),
        (prompt.source == PromptSource::Answer, 0.25),
        (["commit", "push"].iter().any(|word| text.to_lowercase().starts_with(word)), 0.3),
    ];
    let role = if prompt.role == PromptRole::Request { 0.35 } else { 0.0 };
    role - against.iter().filter(|(is, _)| *is).map(|(_, weight)| weight).sum::<f64>()
}

/// For each turn of `begins` the part of the edits of the commit's files, 0 to 1, that followed until the next one. Half of what
/// followed later goes to it too, where the later one `goes_on` with it. Edits that led to an earlier commit count nothing.
fn edits_of(begins: &[usize], part: &SessionWindow, work: &Work, goes_on: impl Fn(usize, usize) -> bool) -> Vec<f64> {
    let border = last_commit(part);
    let ends = |turn: usize| turn_times(part.session, turn).max();
    let is_new = |turn: usize| work.since.is_none_or(|since| ends(turn).is_none_or(|end| end >= since));
    let is_for_it = |place: &(usize, usize)| {
        work.wrote.contains(&place.0) || (border.is_none_or(|border| *place > border) && is_new(place.0))
    };
    let touches = || part.touches.iter().map(|touch| (touch.0, touch.1));
    let fresh: Vec<(usize, usize)> = touches().filter(is_for_it).collect();
    let counted = if fresh.is_empty() { touches().collect() } else { fresh };
    let counts = |places: &[(usize, usize)]| -> Vec<usize> {
        let mut counts = vec![0; begins.len()];
        for (turn, _) in places {
            if let Some(index) = begins.iter().rposition(|begin| begin <= turn) {
                counts[index] += 1;
            }
        }
        counts
    };
    let (new, ever) = (counts(&counted), counts(&touches().collect::<Vec<_>>()));
    let all = counted.len().max(1) as f64;
    let part_of = |count: usize| count as f64 / all;
    let later =
        |index: usize| (index + 1..new.len()).filter(|later| goes_on(index, *later)).map(|later| new[later]).sum();
    // All that came of it is in an earlier commit.
    let is_done = |index: usize| new[index] == 0 && ever[index] > 0;
    (0..new.len())
        .map(|index| if is_done(index) { DONE } else { part_of(new[index]) + part_of(later(index)) / 2.0 })
        .collect()
}

const DONE: f64 = -0.8;

/// The last call of the session before this commit's that made another one.
pub(super) fn last_commit(part: &SessionWindow) -> Option<(usize, usize)> {
    let last = part.turns.last().copied()?;
    let end = part.end.unwrap_or((last, 0));
    let first = part.asked_in.into_iter().chain(part.turns.first().copied()).min()?;
    let mut calls = (first..=end.0).flat_map(|turn| {
        let calls = part.session.turns[turn].calls.iter().enumerate();
        calls.filter(|(_, call)| commits(call)).map(move |(place, _)| (turn, place))
    });
    calls.rfind(|place| *place < end)
}
