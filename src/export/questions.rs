//! Requests that are answered in words: no row holds the answer.

use super::asking::FOR;
use super::chores::is_about_branches;

/// Whether each sentence asks for an answer in words.
pub(super) fn only_asks(asked: &str) -> bool {
    let mut questions = 0;
    for sentence in sentences(asked) {
        let lower = sentence.to_lowercase();
        // A command of the agent, or a word in between.
        if sentence.starts_with('/') || !sentence.contains(char::is_whitespace) || is_about_branches(&lower) {
            continue;
        }
        let end = sentence.chars().rev().find(|c| c.is_alphanumeric() || *c == '?');
        let is_question = end == Some('?') || wants_consent(&lower);
        if !is_question || asks_for_something(&lower) {
            return false;
        }
        questions += 1;
    }
    questions > 0
}

/// Whether a question asks for work: "could you round it?", and not "why would you round it?" or "can you check if it is round?".
fn asks_for_something(sentence: &str) -> bool {
    let is_for_a_reason = sentence.contains("why ") && !sentence.contains("why not");
    FOR.iter().any(|words| sentence.contains(words)) && !is_for_a_reason && !wants_to_know(sentence)
}

/// Whether what is to be done is to look and tell: "can you check whether …", "could you tell me how …".
fn wants_to_know(sentence: &str) -> bool {
    let words: Vec<&str> =
        sentence.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|w| !w.is_empty()).collect();
    let looks = ["check", "verify", "confirm", "tell", "explain", "see", "look", "investigate", "find"];
    let asks = ["if", "whether", "why", "how", "what", "which", "where", "when"];
    let Some(at) = words.iter().position(|word| looks.contains(word)) else { return false };
    at <= FEW_BEFORE && words[at + 1..].iter().take(FEW_BEFORE).any(|word| asks.contains(word))
}

/// "can you please check once more why"
const FEW_BEFORE: usize = 3;

/// Whether a sentence wants to be told that it is true: "then it is done elsewhere, right".
fn wants_consent(sentence: &str) -> bool {
    let words: Vec<&str> =
        sentence.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|w| !w.is_empty()).collect();
    let Some((last, before)) = words.split_last() else { return false };
    let is_place = before
        .last()
        .is_none_or(|word| ["the", "to", "it", "them", "that", "all", "is", "are", "align", "float"].contains(word));
    ["right", "correct"].contains(last) && !is_place
}

/// Whether it ends with a question, or asks for a comparison or an explanation: that is answered in words.
pub(super) fn wants_an_answer(asked: &str) -> bool {
    let said: Vec<String> = asked.split("\n\n").map(|text| text.trim().to_lowercase()).collect();
    let explains = |text: &String| {
        let first = text.split_whitespace().next().unwrap_or_default();
        ["compare", "explain", "describe", "summarize", "summarise"].contains(&first)
    };
    said.last().is_some_and(|text| ends_with_a_question(text)) || said.iter().any(explains)
}

/// Whether the last sentence asks for an answer in words.
pub(super) fn ends_with_a_question(text: &str) -> bool {
    let lower = text.to_lowercase();
    let last = sentences(&lower).last().unwrap_or_default();
    let is_open = ["let's discuss", "lets discuss", "what do you think", "let me know what"];
    is_open.iter().any(|words| last.contains(words)) || (last.ends_with('?') && !asks_for_something(last))
}

/// How many sentences of a request ask something.
pub(super) fn questions(asked: &str) -> usize {
    sentences(asked).filter(|sentence| sentence.trim_end().ends_with('?')).count()
}

pub(super) fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let lines = text.lines().flat_map(|line| line.split_inclusive(". ")).flat_map(|line| line.split_inclusive("! "));
    let all = lines.flat_map(|line| line.split_inclusive("? ")).map(str::trim);
    all.filter(|sentence| sentence.chars().any(char::is_alphanumeric))
}
