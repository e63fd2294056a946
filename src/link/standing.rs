//! Requests that stand for many commits ("take each finding, fix it, commit it, go on"), and prompts of which nothing is left once
//! the agent has gone on to the next commit by itself.

use super::committing::commits;
use super::proceeding::only_proceeds;
use crate::record::commit::Commit;
use crate::record::session::{PromptSource, Session};
use crate::text::topic::topics;

/// Whether the few words of a turn are about what the agent then committed, and not about this later commit that it made in the
/// same turn: it went on by itself. `end` is the call that made the commit, by its turn and its place there.
pub(crate) fn is_spent(session: &Session, turn: usize, end: Option<(usize, usize)>, commit: &Commit) -> bool {
    let (Some(prompt), Some(end)) = (session.turns[turn].said(), end.filter(|end| end.0 == turn)) else { return false };
    let text = prompt.text.expose();
    let has_committed = session.turns[turn].calls[..end.1].iter().any(commits);
    has_committed
        && !matches!(prompt.source, PromptSource::Slash | PromptSource::Plan)
        && text.split_whitespace().count() <= FEW_WORDS
        && !stands(text)
        && !only_proceeds(text)
        && !is_about(text, commit)
}

/// More words may be about several commits.
const FEW_WORDS: usize = 30;

/// Whether the words share one that tells with the subject or a path, or several with the rest of the message.
fn is_about(text: &str, commit: &Commit) -> bool {
    let said = topics(text);
    let message = commit.message.expose();
    let subject = topics(message.lines().next().unwrap_or_default());
    let in_paths = || commit.files.iter().any(|file| !topics(&file.path).is_disjoint(&said));
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
        "until",
    ];
    let words = text.split(|c: char| !c.is_alphanumeric()).take(MOST_WORDS);
    words.map(str::to_lowercase).any(|word| OF_MANY.contains(&word.as_str()))
}

const MOST_WORDS: usize = 200;

/// The turn before this one whose words stand for what the agent did by itself.
pub(crate) fn standing_before(session: &Session, turn: usize) -> Option<usize> {
    (0..turn).rev().take(LATEST_TURNS).find(|before| {
        let turn = &session.turns[*before];
        let said = turn.said().filter(|_| !turn.abandoned && !turn.away);
        said.is_some_and(|prompt| {
            let text = prompt.text.expose();
            prompt.source != PromptSource::Answer && stands(text) && text.split_whitespace().count() > LEAST_WORDS
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
        for text in ["take the notes out of the commit", "no need to look above this folder", "add a discount"] {
            assert!(!stands(text), "{text}");
        }
    }
}
