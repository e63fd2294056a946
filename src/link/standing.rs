//! Requests that stand for many commits ("take each finding, fix it, commit it, go on"), and prompts of which nothing is left once
//! the agent has gone on to the next commit by itself.

use std::collections::BTreeSet;

use super::asks::is_a_name;
use super::commit_words::{path_topics, subject_topics};
use super::committing::{commits, commits_something};
use super::turn_needs::is_made_edit;
use super::words::is_approval;
use crate::record::commit::Commit;
use crate::record::proceeding::only_proceeds;
use crate::record::session::{Prompt, PromptSource, Session};
use crate::text::topic::topics;
use crate::text::words::word_count;

/// The turn of `turns` whose words are spent: the first, the last with all before it, or one with an answer or an aside for which the agent only edited other
/// files than `touches` has, those of the commit.
pub(crate) fn spent_turn(
    session: &Session,
    (turns, touches): (&BTreeSet<usize>, &[(usize, usize, usize)]),
    end: Option<(usize, usize)>,
    commit: &Commit,
) -> Option<usize> {
    let spent = end.map(|end| end.0).filter(|turn| is_spent(session, *turn, end, commit))?;
    let this = &session.turns[spent];
    let is_aside =
        || this.prompt.as_ref().is_some_and(|prompt| prompt.source == PromptSource::Answer || is_aside(prompt));
    let edited_others = || {
        let committed = this.calls.iter().position(commits).unwrap_or_default();
        let is_here = |touch: &(usize, usize, usize)| touch.0 == spent && touch.1 < committed;
        this.calls[..committed].iter().any(is_made_edit) && !touches.iter().any(is_here)
    };
    let is_alone = turns.first() == Some(&spent) || (turns.last() == Some(&spent) && !is_aside());
    (is_alone || (turns.contains(&spent) && is_aside() && edited_others())).then_some(spent)
}

/// Said while the agent was at work for something else.
fn is_aside(prompt: &Prompt) -> bool {
    matches!(prompt.source, PromptSource::Queued | PromptSource::Remark)
}

/// The turn before one with spent words in which stands what the agent went on with: what it was at when they came in, or what
/// stands for many commits.
pub(crate) fn wish_before(session: &Session, spent: usize) -> Option<usize> {
    interrupted_by(session, spent).or_else(|| standing_before(session, spent))
}

/// The turn into whose work an aside came. A consent or a commit since say that it is done; a plan or a command goes on over many.
fn interrupted_by(session: &Session, aside: usize) -> Option<usize> {
    session.turns[aside].said().filter(|prompt| is_aside(prompt))?;
    let mut said = (0..aside).rev().take(LATEST_TURNS).filter_map(|turn| {
        let this = &session.turns[turn];
        this.said().filter(|prompt| !is_aside(prompt) && !this.abandoned && !this.away).map(|prompt| (turn, prompt))
    });
    let (turn, prompt) = said.next()?;
    let text = prompt.text.expose();
    let goes_on = matches!(prompt.source, PromptSource::Plan | PromptSource::Slash)
        || !session.turns[turn..aside].iter().any(commits_something);
    (goes_on && !is_approval(text) && !only_proceeds(text)).then_some(turn)
}

/// Whether the few words of a turn are about what the agent then committed, and not about this later commit that it made in the
/// same turn: it went on by itself. `end` is the call that made the commit, by its turn and its place there.
fn is_spent(session: &Session, turn: usize, end: Option<(usize, usize)>, commit: &Commit) -> bool {
    let (Some(prompt), Some(end)) = (session.turns[turn].said(), end.filter(|end| end.0 == turn)) else { return false };
    let text = prompt.text.expose();
    let has_committed = session.turns[turn].calls[..end.1].iter().any(commits);
    has_committed
        && !matches!(prompt.source, PromptSource::Slash | PromptSource::Plan)
        && text.split_whitespace().filter(|word| !is_a_name(word)).count() <= FEW_WORDS
        && !stands(text)
        && !only_proceeds(text)
        && !is_about(text, commit)
}

/// More words, names of files aside, may be about several commits.
const FEW_WORDS: usize = 30;

/// Whether the words share one that tells with the subject or a path, or several with the rest of the message.
fn is_about(text: &str, commit: &Commit) -> bool {
    let said = topics(text);
    let message = commit.message.expose();
    let subject = subject_topics(commit);
    let in_paths = || !path_topics(commit, usize::MAX).is_disjoint(&said);
    !subject.is_disjoint(&said) || in_paths() || topics(message).intersection(&said).count() > 1
}

/// Whether a request is for more than one commit: what is asked for is done again and again, or until something is reached.
pub(crate) fn stands(text: &str) -> bool {
    const OF_MANY: &[&str] = &[
        "all",
        "claims",
        "comments",
        "each",
        "every",
        "everything",
        "feedback",
        "findings",
        "goal",
        "issues",
        "loop",
        "phases",
        "points",
        "remaining",
        "repeat",
        "rest",
        "review",
        "simplify",
        "steps",
        "suggestions",
        "tasks",
        "them",
        "these",
        "those",
    ];
    let words = text.split(|c: char| !c.is_alphanumeric()).take(MOST_WORDS);
    let words: Vec<String> = words.map(str::to_lowercase).collect();
    // "the list will be old until we write one" says how things are.
    let until = words.iter().position(|word| word == "until");
    let goes_on_until = until.is_some_and(|place| !words[..place].iter().any(|word| word == "will" || word == "won"));
    goes_on_until || words.iter().any(|word| OF_MANY.contains(&word.as_str()))
}

const MOST_WORDS: usize = 200;

/// The turn before this one whose words stand for what the agent did by itself.
fn standing_before(session: &Session, turn: usize) -> Option<usize> {
    (0..turn).rev().take(LATEST_TURNS).find(|before| {
        let turn = &session.turns[*before];
        let said = turn.said().filter(|_| !turn.abandoned && !turn.away);
        said.is_some_and(|prompt| {
            let text = prompt.text.expose();
            prompt.source != PromptSource::Answer && stands(text) && word_count(text) > LEAST_WORDS
        })
    })
}

const LATEST_TURNS: usize = 12;
/// With fewer it is a remark.
const LEAST_WORDS: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_for_many_commits_is_told_from_one_for_one() {
        for text in [
            "I'd like a loop: pick a claim, fix it, commit it, restart",
            "/goal simplify this shop until you are happy",
            "fix all of these in commits of their own",
        ] {
            assert!(stands(text), "{text}");
        }
        for text in [
            "the list will be old until we write one",
            "take the notes out of the commit",
            "no need to look above this folder",
            "add a discount",
        ] {
            assert!(!stands(text), "{text}");
        }
    }
}
