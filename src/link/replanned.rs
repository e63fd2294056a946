//! What came of a plan that a person refused: what the agent's next words, or its next plan, say about what was objected to.

use std::collections::BTreeSet;

use super::agent_words::{LEAST_WORDS, explaining_sentence, plain};
use super::composed::Composed;
use super::deeds::revises_a_plan;
use super::objecting::is_pleased;
use super::part::SessionWindow;
use super::sentences::sentences;
use super::words::{is_approval, objects, redirects};
use crate::checks::tested::is_document;
use crate::link::steps::WindowCall;
use crate::record::proceeding::only_proceeds;
use crate::record::session::{Action, Outcome};
use crate::record::text::Raw;
use crate::text::topic::topics;

/// Whether the words with which a plan was sent back have nothing against it: all of it is a question, or it is to be carried out.
pub(super) fn refuses_nothing(reason: &str) -> bool {
    let is_accepted = is_approval(reason) || only_proceeds(reason) || is_pleased(reason) || carries_all_out(reason);
    is_accepted || only_questions(reason)
}

/// "Why was this no problem before?" Not so "Shouldn't it be in cents?", nor words that say something beside the question.
fn only_questions(reason: &str) -> bool {
    const ASKING: &[&str] = &["why", "how", "what", "which", "when", "where", "who", "does", "is", "are"];
    const WISHING: &[&str] = &["should", "i thought", "instead", "why not", "can we", "what if", "how about"];
    let lower = plain(reason);
    let first = lower.split(|c: char| !c.is_alphanumeric()).find(|word| !word.is_empty()).unwrap_or_default();
    let asks = sentences(reason);
    ASKING.contains(&first)
        && asks.iter().all(|sentence| sentence.ends_with('?'))
        && !WISHING.iter().any(|words| lower.contains(words))
}

/// "Fix all findings in the proposed order": an order that takes nothing away.
fn carries_all_out(reason: &str) -> bool {
    const ORDERS: &[&str] = &["fix", "implement", "do", "apply", "address", "execute", "start", "go"];
    const WHOLE: &[&str] = &["all", "everything", "suggested", "proposed", "recommended", "planned"];
    const LESS: &[&str] = &["but", "except", "only", "without", "first"];
    let lower = plain(reason);
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let has = |list: &[&str]| words.iter().any(|word| list.contains(word));
    words.first().is_some_and(|first| ORDERS.contains(first))
        && words.len() <= MOST_WORDS
        && has(WHOLE)
        && !has(LESS)
        && !objects(reason)
        && !redirects(reason)
}

const MOST_WORDS: usize = 12;

/// What the next words and the next plan say about the reason; where they say nothing of it, what the agent concluded.
pub(super) fn tell_replanned(
    part: &SessionWindow,
    steps: &[WindowCall],
    index: usize,
    reason: Option<&str>,
) -> Option<Raw> {
    let (texts, plan) = said_behind(part, steps, index);
    let refused = match &steps[index].tool_call.action {
        Action::Text { text } => text.expose(),
        _ => "",
    };
    let about = reason.map(topics).unwrap_or_default();
    let mut told = Composed::default();
    let of_texts = texts.iter().find_map(|text| Some((*text, sentences_about(text, &about, refused)?)));
    let of_plan = || plan.and_then(|plan| Some((plan, sentences_about(plan, &about, refused)?)));
    if let Some((text, found)) = of_texts.or_else(of_plan) {
        told.quote(text, &found);
    }
    if let Some((plan, way)) = plan.and_then(|plan| Some((plan, other_way(plan, refused)?))) {
        told.quote(plan, &[way]);
    }
    if told.count() > 0 {
        return Some(told.told());
    }
    texts.iter().rev().find_map(|text| explaining_sentence(text, None))
}

/// What the agent said until it showed the next plan or began to work, and that plan.
fn said_behind<'a>(
    part: &SessionWindow<'a>,
    steps: &[WindowCall<'a>],
    index: usize,
) -> (Vec<&'a str>, Option<&'a str>) {
    let turn = steps[index].turn;
    let mut texts = Vec::new();
    for step in steps[index + 1..].iter().take_while(|step| step.turn <= turn + 1) {
        texts.extend(step.tool_call.said_before.as_ref().map(Raw::expose));
        match (&step.tool_call.action, &step.tool_call.outcome) {
            (Action::Text { text }, _) => return (texts, Some(text.expose())),
            (Action::Edit(edits), Outcome::Succeeded { .. }) if edits.iter().any(|edit| !is_document(&edit.path)) => {
                return (texts, None);
            }
            _ => {}
        }
    }
    texts.extend(part.session.turns[turn].reply.as_ref().map(Raw::expose));
    (texts, None)
}

/// Of the new sentences that share words with the reason the one that shares most, and the last one.
fn sentences_about<'t>(text: &'t str, about: &BTreeSet<String>, refused: &str) -> Option<Vec<&'t str>> {
    let shared = |sentence: &str| topics(sentence).intersection(about).count();
    let found: Vec<&str> = new_sentences(text, refused).into_iter().filter(|sentence| shared(sentence) > 0).collect();
    let best = (0..found.len()).rev().max_by_key(|at| shared(found[*at]))?;
    let last = found.len() - 1;
    Some(if last > best { vec![found[best], found[last]] } else { vec![found[best]] })
}

/// "Instead of a write for each price, write them all once a second."
fn other_way<'t>(plan: &'t str, refused: &str) -> Option<&'t str> {
    const OTHERWISE: &[&str] = &["instead of", "rather than", "no longer"];
    let says = |sentence: &&str| OTHERWISE.iter().any(|words| plain(sentence).contains(words));
    new_sentences(plan, refused).into_iter().find(says)
}

/// The sentences that state something, and did not stand in the refused plan.
fn new_sentences<'t>(text: &'t str, refused: &str) -> Vec<&'t str> {
    const ANNOUNCES: &[&str] = &["let me", "now ", "i'll", "i will", "let's", "first", "next", "i need to", "i'm "];
    let states = |sentence: &&str| {
        let lower = plain(sentence);
        sentence.split_whitespace().count() >= LEAST_WORDS
            && !sentence.ends_with('?')
            && !ANNOUNCES.iter().any(|start| lower.starts_with(start))
            && !revises_a_plan(&lower)
            && !refused.contains(sentence)
    };
    paragraphs(text).into_iter().flat_map(sentences).filter(states).collect()
}

/// The lines of a text outside of blocks of code.
fn paragraphs(text: &str) -> Vec<&str> {
    let mut is_code = false;
    let outside = |line: &&str| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    };
    text.lines().filter(outside).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_refused_by_words_against_it_alone() {
        for text in [
            "Fix all findings in the proposed order",
            "Why was this no problem before the discounts?",
            "yes, go ahead",
            "Implement everything as planned",
        ] {
            assert!(refuses_nothing(text), "{text}");
        }
        for text in [
            "There is one cart for each shop. Does this change the plan?",
            "Shouldn't it be in cents?",
            "Fix all but the first one",
            "What if there is no cart?",
            "I use version 3 and there are no carts",
            "use cents",
        ] {
            assert!(!refuses_nothing(text), "{text}");
        }
    }

    #[test]
    fn the_answer_to_a_reason_is_the_sentence_that_shares_its_words() {
        let about = topics("We have no shared carts in version 3.");
        let said = "Good to know. In version 3 the discount goes on each cart directly. Let me update the plan with the carts.";
        assert_eq!(
            sentences_about(said, &about, ""),
            Some(vec!["In version 3 the discount goes on each cart directly."])
        );
        assert_eq!(sentences_about(said, &about, said), None);
        assert_eq!(sentences_about("Let me look at the carts of version 3 now.", &about, ""), None);
        let plan = "# Prices\n\n```\nlet carts = no longer used here;\n```\nInstead of a write for each price, write them once a second.";
        assert_eq!(other_way(plan, ""), Some("Instead of a write for each price, write them once a second."));
    }
}
