//! Words that might turn away from what the agent did, and do not: a question, a choice, a consent, good news, the next wish.

use super::asks::{is_about_branches, only_looks, points_back};
use super::words::{is_finding, objects, opening, redirects, reports_a_fault, speaks_of_committing};
use crate::record::proceeding::only_proceeds;
use crate::record::session::{Prompt, PromptSource};
use crate::text::words::word_count;

/// Whether the words, as far as they go, turn nothing away: whatever the agent did then, it did not take anything back for them.
pub(crate) fn turns_nothing_away(text: &str) -> bool {
    only_proceeds(text)
        || only_asks(text)
        || chooses_first(text)
        || is_pleased(text)
        || is_good_news(text)
        || wishes_more(text)
}

/// Whether all is a question that does not say what is wrong, or an order to look. "Can you ...?" asks for something to be done.
pub(crate) fn only_asks(text: &str) -> bool {
    let lower = text.trim().to_lowercase();
    if lower.contains("don't change anything") || lower.contains("do not change anything") {
        return true;
    }
    let confirms = lower.ends_with("right?") || lower.starts_with("question");
    let begins =
        |text: &str| ["can ", "could ", "would ", "will "].iter().any(|word| after_filling(text).starts_with(word));
    // A wish may stand behind a question.
    let last = lower.trim_end_matches(['?', ' ']).rsplit(['.', '?', '!', '\n']).next().unwrap_or_default().trim_start();
    let is_polite = begins(&lower) || begins(last);
    let asks_first = lower.contains('?') && !lower.starts_with("why") && only_looks(text);
    (lower.ends_with('?') || asks_first) && (confirms || !(is_polite || objects_in_asking(text)))
}

/// Whether the reason of a refusal says nothing against what was refused: a question, "great, and ...", "hang on", how to commit it.
pub(crate) fn refuses_for_now(reason: &str) -> bool {
    let lower = reason.trim().to_lowercase();
    let waits = ["hang on", "hold on", "one sec", "before we do this"].iter().any(|words| lower.starts_with(words));
    let names_a_request = lower.split(|c: char| !c.is_alphanumeric()).any(|word| word == "pr");
    let is_of_git = (is_about_branches(reason) || names_a_request || lower.starts_with("commit")) && !objects(reason);
    waits || is_of_git || is_pleased(reason) || (only_asks(reason) && !objects(reason)) || only_proceeds(reason)
}

/// "shouldn't it be more than one?", "but I thought we retry?", "why does it still fail?".
pub(crate) fn objects_in_asking(text: &str) -> bool {
    const OBJECTING: &[&str] = &[
        "i thought",
        "shouldn't",
        "should not",
        "should have",
        "n't we",
        "why did you",
        "can we not",
        "not what i",
        "why isn't",
        "why aren't",
        "why doesn't",
        "why don't",
        "why can't",
        "broken",
        "keep it short",
        "shorter",
    ];
    let lower = text.to_lowercase();
    OBJECTING.iter().any(|words| lower.contains(words)) || reports_a_fault(opening(text))
}

/// Whether it turns away only in asking: "Instead of the list, what about its sum?" puts an idea, "can you ... instead of ...?" and
/// "shouldn't it ... instead?" ask for something else.
pub(crate) fn suggests_in_asking(text: &str) -> bool {
    let is_idea = |sentence: &&str| {
        let lower = sentence.trim().to_lowercase();
        let is_order = ["can ", "could ", "would ", "will "].iter().any(|word| after_filling(&lower).starts_with(word));
        lower.ends_with('?') && lower.contains("instead of") && !is_order && !objects_in_asking(&lower)
    };
    let sentences = || text.split_inclusive(['.', '!', '?', '\n']);
    let rest: String = sentences().filter(|sentence| !is_idea(sentence)).collect();
    sentences().any(|sentence| is_idea(&sentence)) && !redirects(&rest)
}

/// The text without the words that it opens with and that say nothing.
fn after_filling(lower: &str) -> &str {
    let mut rest = lower;
    while let Some(word) =
        ["ok", "okay", "so", "and", "hmm", "please", "now"].iter().find_map(|word| rest.strip_prefix(word))
    {
        if word.starts_with(char::is_alphanumeric) {
            break;
        }
        rest = word.trim_start_matches(|c: char| !c.is_alphanumeric());
    }
    rest
}

/// "do 1, push it, don't answer": what was offered is chosen from.
fn chooses_first(text: &str) -> bool {
    let first = text.split([',', ';', '\n']).next().unwrap_or_default();
    let clause = first.split(". ").next().unwrap_or_default();
    let has_number = clause.split_whitespace().any(|word| word.bytes().all(|byte| byte.is_ascii_digit()));
    has_number && points_back(clause)
}

/// "great, add these too", "yes, but before that I want a test": it was wanted, and more is. Not so "yes, but it is wrong".
pub(crate) fn is_pleased(text: &str) -> bool {
    const PLEASED: &[&str] = &[
        "great",
        "good",
        "nice",
        "perfect",
        "yes",
        "yeah",
        "yep",
        "excellent",
        "awesome",
        "lgtm",
        "cool",
        "love",
        "thanks",
    ];
    let lower = text.trim().to_lowercase();
    let first = lower.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let last = lower.rsplit(|c: char| !c.is_alphanumeric()).find(|word| !word.is_empty()).unwrap_or_default();
    let agrees = last == "yes" && lower.split_whitespace().count() <= 8;
    (PLEASED.contains(&first) || agrees) && !redirects(text) && !turns_behind_but(text)
}

/// Whether what stands behind a "but" is against something.
pub(crate) fn turns_behind_but(text: &str) -> bool {
    let lower = text.to_lowercase();
    lower.split_once(" but ").is_some_and(|(_, behind)| {
        let behind = opening(behind);
        let goes_on = ["also ", "before ", "first "].iter().any(|word| behind.starts_with(word));
        !goes_on && (objects(behind) || redirects(behind) || reports_a_fault(behind))
    })
}

/// "worked with chunks", "it passes now".
pub(crate) fn is_good_news(text: &str) -> bool {
    let lower = opening(text).to_lowercase();
    let words: Vec<&str> =
        lower.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty()).collect();
    let is_good = words.iter().take(5).any(|word| ["worked", "works", "passes", "passed", "fixed"].contains(word));
    let against = |word: &&str| {
        ["but", "not", "no", "only", "still", "except", "if", "should"].contains(word) || word.ends_with("n't")
    };
    is_good && words.len() <= 12 && !words.iter().any(against)
}

/// "One more thing, ...", "also show ...": the next wish.
fn wishes_more(text: &str) -> bool {
    let lower = text.trim().to_lowercase();
    let asks_for_more = |text: &str| {
        ["can we add ", "can you add ", "could we add ", "could you add "].iter().any(|words| text.starts_with(words))
    };
    if asks_for_more(after_filling(&lower)) && !objects(text) {
        return true;
    }
    let begins = ["one more", "another thing", "next ", "next,", "now add", "additionally"]
        .iter()
        .any(|words| lower.starts_with(words));
    begins && !reports_a_fault(opening(text))
}

/// The output of a program, a reviewer's finding or a plan, handed on: not the person's own words.
pub(crate) fn is_pasted(prompt: &Prompt) -> bool {
    let text = prompt.text.expose();
    let is_long = text.len() > 600 || text.lines().count() > 12;
    let shows_an_error = text.len() > LEAST_OUTPUT && text.to_lowercase().contains("error: ");
    is_long || shows_an_error || is_finding(text) || text.contains("--- FAIL") || prompt.source == PromptSource::Plan
}

/// A plan or a reviewer's finding, handed on.
pub(crate) fn is_given(prompt: &Prompt) -> bool {
    prompt.source == PromptSource::Plan || is_finding(prompt.text.expose())
}

/// From this length on a prompt with an error in it is mostly output.
const LEAST_OUTPUT: usize = 160;

/// Whether the words could be about the lines: a few, not about git, and none that ask for more.
pub(crate) fn names_a_change(text: &str) -> bool {
    let lower = text.to_lowercase();
    word_count(text) >= LEAST_WORDS
        && !speaks_of_committing(text)
        && !lower.contains("also ")
        && !wants_more(text)
        && !only_asks(text)
}

const LEAST_WORDS: usize = 3;

/// Whether the words begin as those do that add something.
pub(crate) fn wants_more(text: &str) -> bool {
    let lower = text.trim_start().to_lowercase();
    ADDING.iter().any(|verb| lower.starts_with(verb))
}

const ADDING: &[&str] = &[
    "add ",
    "append ",
    "document ",
    "explain ",
    "extend ",
    "implement ",
    "include ",
    "list ",
    "mention ",
    "now ",
    "support ",
    "write ",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_that_asks_or_waits_is_not_against_what_was_refused() {
        for text in [
            "hang on a sec, I get you the log",
            "does this affect the total?",
            "great, add a test too",
            "commit it first",
        ] {
            assert!(refuses_for_now(text), "{text}");
        }
        for text in [
            "can you use a switch case instead of if?",
            "drop the (by-commit only)",
            "use cents",
            "isn't this internal?",
            "no",
        ] {
            assert!(!refuses_for_now(text), "{text}");
        }
    }

    #[test]
    fn an_idea_put_as_a_question_is_no_turn() {
        for text in [
            "oh, here is an idea. Instead of the whole list, what about a sum with a link to it? It would be enough.",
            "should we take cents instead of euros?",
        ] {
            assert!(redirects(text) && suggests_in_asking(text), "{text}");
        }
        for text in [
            "can you use a switch case instead of if?",
            "why did you take euros instead of cents?",
            "no. What about cents instead of euros?",
            "Use cents instead of euros. OK?",
        ] {
            assert!(redirects(text) && !suggests_in_asking(text), "{text}");
        }
    }

    #[test]
    fn questions_choices_consents_and_new_wishes_turn_nothing_away() {
        for text in [
            "is it worth a test? or would it test the library",
            "can you check whether it could be shorter? don't change anything, just let me know",
            "ok, can we add a list of carts",
            "that was the idea, yes",
            "where is the total written? and how is it rounded?",
            "but it means that the prices stay as they are, right?",
            "Question: but the header is not written yet?",
            "do 1, do the push, don't do a reply, but yes create an issue for 2",
            "great add these to the settings but also allow one cart",
            "yes I want to go on, but before that I want a test of the totals",
            "worked with cents",
            "no just commit and push",
            "One more thing, if carts are shown can you always add the total?",
            "ok, now let's look at all of it: anything to change?",
        ] {
            assert!(turns_nothing_away(text), "{text}");
        }
        for text in [
            "but I thought we would just retry with a smaller cart?",
            "can you revert this change?",
            "ok, can we only list the carts..not the prices?",
            "shouldn't it be more than one now?",
            "why does it still fail?",
            "yes, but it should not be rounded",
            "no, in cents",
            "it works, but the total is wrong",
            "this is not needed",
            "do it in cents, not in euros",
            "sorry, the version would be 2.4",
            "next step fails with an error: no cart",
            "raise it to 0.3.0 because somebody else releases 0.2.0",
        ] {
            assert!(!turns_nothing_away(text), "{text}");
        }
    }
}
