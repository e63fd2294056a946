//! Several messages before one commit: what each of them asked for should be in it, and what was said between is not shown.

use std::collections::HashSet;

use super::chores::is_chore;
use super::deixis::takes_up_an_answer;
use super::questions::{ends_with_a_question, only_asks};
use super::stems::words;

/// One of the messages before a commit.
pub(super) struct TurnMessage {
    pub text: String,
    /// Whether it turned the agent away from what it did: the commit has what came of that.
    pub is_redirection: bool,
}

/// Why a commit does not answer all that was said before it. Its subjects and the paths that it changes say what it is about.
pub(super) fn unanswered(said: &[TurnMessage], subjects: &[&str], paths: &str) -> Option<&'static str> {
    if said.len() < 2 {
        return None;
    }
    let plain = |text: &str| text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
    if said.iter().any(|said| subjects.iter().any(|subject| plain(subject) == plain(&said.text))) {
        return Some("the subject of the commit repeats what was asked");
    }
    let work: Vec<&TurnMessage> = said.iter().filter(|said| !is_chore(&said.text)).collect();
    if is_chore(&said[0].text) || work.iter().skip(1).any(|said| takes_up_an_answer(&said.text)) {
        return Some("what was asked for leans on what is not shown");
    }
    let redirections = work.iter().filter(|said| said.is_redirection).count();
    if work.len() - redirections > MOST || redirections > MOST {
        return Some("much was said before the commit");
    }
    if work.len() < 2 {
        return None;
    }
    if work.iter().any(|said| only_asks(&said.text) || ends_with_a_question(&said.text)) {
        return Some("something was asked about, not for");
    }
    let about: HashSet<String> = words(&subjects.join("\n")).into_iter().chain(words(paths)).collect();
    let is_answered = |said: &&TurnMessage| {
        let shares = || words(&said.text).iter().any(|word| about.contains(word) && !COMMON.contains(&word.as_str()));
        said.is_redirection || said.text.len() > LONG || shares()
    };
    (!work.iter().all(is_answered)).then_some("only a part of what was asked for is in the commit")
}

/// More messages are a talk, of which the agent's part is not shown.
const MOST: usize = 2;
/// So long a text shares a word with everything.
const LONG: usize = 2_000;

/// Beginnings of words that are said of any work.
const COMMON: &[&str] =
    &["chang", "commi", "creat", "updat", "branc", "code", "file", "remov", "test", "impro", "suppo"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_of_several_messages_is_answered_or_there_is_no_row() {
        let leaning = Some("what was asked for leans on what is not shown");
        let part = Some("only a part of what was asked for is in the commit");
        let asked = Some("something was asked about, not for");
        for (said, expected) in [
            (&["round the prices"][..], None),
            (&["round the prices", "and keep the sums of prices exact", "commit"], None),
            (&["round the prices", "commit and push please"], None),
            (&["commit the latest changes", "round the prices"], leaning),
            (&["round the prices", "log what was sent"], part),
            (&["update the branch", "round the prices"], leaning),
            (&["round the prices", "no, undo that for now"], None),
            (&["round the prices", "yeah let's round sums of prices, too"], leaning),
            (&["take cents", "Round prices"], Some("the subject of the commit repeats what was asked")),
            (&["where are prices rounded?", "round the prices"], asked),
            (&["I rounded prices. Was that wise?", "round the prices"], asked),
            (
                &["round all prices", "and sums of prices", "and taxes of prices"],
                Some("much was said before the commit"),
            ),
        ] {
            let message =
                |text: &&str| TurnMessage { text: (*text).to_owned(), is_redirection: text.starts_with("no, ") };
            let messages: Vec<TurnMessage> = said.iter().map(message).collect();
            assert_eq!(unanswered(&messages, &["Round prices"], "src/cart.py"), expected, "{said:?}");
        }
    }
}
