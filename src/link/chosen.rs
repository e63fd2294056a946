//! What a person agreed to or chose, where the words alone do not say it: "yes, fix it", "5 seems a good one", "do 1 and 3". It
//! stands in what the agent said last before them.

use super::asks::{choices, points_back};
use super::said::was_stopped;
use super::words::is_approval;
use crate::record::quote::Quote;
use crate::record::session::{PromptSource, Session};
use crate::record::text::Raw;
use crate::text::topic::topics;

/// More words say themselves what they are about.
const MOST_WORDS: usize = 16;
/// Chosen from a list, at most.
const MOST_ITEMS: usize = 4;
/// Code points of a line.
const WIDTH: usize = 200;

/// The lines of a list of the agent's that the words of a turn choose, or the offer at its end that they take. `None` where that
/// is not sure.
pub(super) fn chosen(session: &Session, turn: usize) -> Option<Raw> {
    let prompt = session.turns[turn].said()?;
    if !matches!(prompt.source, PromptSource::Typed | PromptSource::Queued) {
        return None;
    }
    let text = prompt.text.expose();
    let before =
        turn.checked_sub(1).filter(|before| !was_stopped(session, *before) && !session.turns[*before].abandoned)?;
    let reply = session.turns[before].reply.as_ref()?.expose();
    let lines = meant(text, reply)?;
    Some(Quote::new(reply, lines, WIDTH).into())
}

/// Whether an offer says what is to be done, and not only that the plan is carried out: "Shall I proceed with the next phase?"
pub(super) fn says_what(offer: &Raw) -> bool {
    let of_going_on =
        |word: &String| OF_GOING_ON.iter().any(|known| word.starts_with(known)) || of_git(word) || word.len() < 3;
    topics(offer.expose()).iter().filter(|topic| !of_going_on(topic)).count() >= LEAST_TOPICS
}

const LEAST_TOPICS: usize = 2;
const OF_GOING_ON: &[&str] = &[
    "begin",
    "code",
    "continu",
    "execut",
    "implement",
    "like",
    "next",
    "phase",
    "plan",
    "proceed",
    "ready",
    "start",
    "step",
    "task",
    "want",
];

/// The parts of a reply that a prompt is about.
fn meant<'a>(text: &str, reply: &'a str) -> Option<Vec<&'a str>> {
    let lower = text.trim().to_lowercase();
    let first = lower.split(['.', '\n', '?', '!']).find(|part| !part.trim().is_empty())?;
    let words: Vec<&str> =
        first.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty()).collect();
    if words.is_empty() || lower.split_whitespace().count() > MOST_WORDS {
        return None;
    }
    let mut keys = choices(&words);
    // "do 123", and not "see 245"
    let (last, before) = words.split_last()?;
    let is_in_one = last.len() > 2 && last.bytes().all(|byte| byte.is_ascii_digit());
    if is_in_one && before.iter().all(|word| TAKING.contains(word)) {
        keys.push((*last).to_owned());
    }
    if keys.is_empty() {
        // "let's do B"
        let letters = words.iter().filter(|word| word.len() == 1 && word.as_bytes()[0].is_ascii_alphabetic());
        keys.extend(
            letters.filter(|word| words.len() == 1 || !["a", "i", "u"].contains(*word)).map(|word| (*word).to_owned()),
        );
        // A letter alone is a key of a menu as often as an item of a list.
        let is_of_a_list =
            |key: &String| item(reply, key).is_some() && item(reply, if key == "a" { "b" } else { "a" }).is_some();
        keys.retain(|key| words.len() > 1 || is_of_a_list(key));
    }
    if !keys.is_empty() {
        let found = |keys: &[String]| keys.iter().map(|key| item(reply, key)).collect::<Option<Vec<&str>>>();
        let items = found(&keys).or_else(|| found(&in_one_word(&keys)?));
        return items.filter(|items| items.len() <= MOST_ITEMS);
    }
    let consents = words.first().is_some_and(|first| CONSENTS.contains(first));
    let takes = (points_back(text) || is_approval(text) || consents) && !words.iter().any(|word| of_git(word));
    let offer = offer(reply)?;
    // "Word", behind "say the word and I'll do it".
    let echoes = offer.waits_for_a_word
        && lower.split_whitespace().count() <= FEW_WORDS
        && words.iter().all(|word| ["do", "go", "it", "please", "said", "the", "word"].contains(word));
    // Who says yes to one of two has not said which.
    let is_sure = !offer.asks_two || lower.contains("go for it") || lower.contains("do it");
    ((takes || echoes) && is_sure).then(|| vec![offer.sentence])
}

/// The numbers that somebody wrote as one: `1`, `2` and `3` of "do 123".
fn in_one_word(keys: &[String]) -> Option<Vec<String>> {
    let [number] = keys else { return None };
    let rises = number.len() > 1 && number.as_bytes().is_sorted_by(|one, next| one < next);
    rises.then(|| number.chars().map(String::from).collect())
}

const FEW_WORDS: usize = 3;
const TAKING: &[&str] = &["do", "go", "let's", "lets", "ok", "okay", "pick", "please", "take", "with", "yes"];

const CONSENTS: &[&str] = &["yes", "yeah", "yep", "yup", "sure"];

/// The only line of a list with this number or letter.
fn item<'a>(reply: &'a str, key: &str) -> Option<&'a str> {
    if reply.to_lowercase().contains(&format!("[{key}]")) {
        return None;
    }
    let mut found = reply.lines().map(str::trim).filter(|line| is_item(line, key));
    // One that leads to a list of its own is a question, and what was chosen stands below it.
    let first = found.next().filter(|line| !line.trim_end_matches(['*', '_']).ends_with(':'))?;
    found.next().is_none().then_some(first)
}

/// `5. **Round the total**`, `#4 -`, `| 2 | sort |`, `**Option B:** none`.
fn is_item(line: &str, key: &str) -> bool {
    let lower = line.trim_start_matches(|c: char| " \t*-#`|(_".contains(c)).to_lowercase();
    let names = ["option ", "number ", "item ", "approach ", "step "];
    let numbered = names.iter().find_map(|name| lower.strip_prefix(name)).unwrap_or(&lower);
    let Some(rest) = numbered.strip_prefix(key) else { return false };
    let is_digit_next = rest.get(1..).is_some_and(|behind| behind.starts_with(|c: char| c.is_ascii_digit()));
    let ends = match rest.chars().next() {
        Some('.' | ')' | ':') => !is_digit_next,
        Some('*') => true,
        Some(' ') => rest.trim_start().starts_with(['|', ':', '-', '\u{2013}', '\u{2014}']),
        _ => false,
    };
    ends && rest.contains(char::is_alphabetic)
}

/// What the last sentence of a reply offers to do.
struct Offer<'a> {
    sentence: &'a str,
    /// "Want me to round the sum, or leave it?"
    asks_two: bool,
    /// "say the word and I'll round it"
    waits_for_a_word: bool,
}

fn offer(reply: &str) -> Option<Offer<'_>> {
    let last = reply.lines().map(str::trim).rfind(|line| !line.is_empty())?;
    let last = last.trim_matches(|c: char| "*_` ".contains(c));
    let body = last.trim_end_matches(['?', '.', '!']);
    let start = [". ", "! ", "? ", ": "].iter().filter_map(|end| body.rfind(end)).max().map_or(0, |at| at + 2);
    let sentence = last.get(start..)?.trim();
    let lower = sentence.to_lowercase();
    let waits_for_a_word = WAITING.iter().any(|words| lower.contains(words)) && lower.contains("i can ");
    let (markers, is_put) = if waits_for_a_word { (&["i can "][..], true) } else { (OFFERS, last.ends_with('?')) };
    let behind = markers.iter().find_map(|words| lower.split_once(words)).map(|(_, behind)| behind)?;
    let words = behind.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let mut doing = words.filter(|word| !["me", "to", "also", "now", "i", "you", "go", "ahead", "and"].contains(word));
    // "create the pull request", and not "resolve the merge conflict".
    let is_of_git = match doing.next() {
        Some("create" | "open" | "make" | "stage" | "prepare" | "do") => doing.any(of_git),
        verb => verb.is_some_and(of_git),
    };
    let asks_two = lower.contains(" or ") || lower.contains("which ");
    let says_what = sentence.split_whitespace().count() >= LEAST_WORDS;
    (is_put && says_what && !is_of_git).then_some(Offer { sentence, asks_two, waits_for_a_word })
}

const WAITING: &[&str] = &["if you want", "if you'd like", "let me know", "say the word", "just say"];

/// "Want me to?"
const LEAST_WORDS: usize = 6;

/// Of publishing what was done, and of nothing to do.
fn of_git(word: &str) -> bool {
    ["amend", "ammend", "commit", "commits", "committed", "merge", "pr", "pull", "push", "pushed"].contains(&word)
}

const OFFERS: &[&str] = &[
    "do you want",
    "like me to",
    "ready for me to",
    "shall i",
    "shall we",
    "should i",
    "should we",
    "want me to",
    "would you like",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_chosen_is_found_in_the_list_or_the_offer_before() {
        let list = "I found three things:\n\n1. **Round the total**: it has 3 digits\n2. Sort the carts\n3) Drop `old.py`\n\nWhich first?";
        let options = "**Option A:** keep it\n**Option B:** drop the cart\n\nOption B is simpler.";
        let table = "| # | what |\n|---|---|\n| 4 | a list of carts |\n| 5 | a sum |";
        let offered = "The total is wrong since it rounds twice.\n\nWant me to round only the sum?";
        for (text, reply, expected) in [
            ("2 seems like a low hanging fruit", list, Some(vec!["2. Sort the carts"])),
            ("do 1 and 3", list, Some(vec!["1. **Round the total**: it has 3 digits", "3) Drop `old.py`"])),
            ("option b please", options, Some(vec!["**Option B:** drop the cart"])),
            ("can we handle #4 quickly?", table, Some(vec!["| 4 | a list of carts |"])),
            ("yes, fix it", offered, Some(vec!["Want me to round only the sum?"])),
            ("yes please", offered, Some(vec!["Want me to round only the sum?"])),
            (
                "yes, and can we think about a test for each of the carts",
                offered,
                Some(vec!["Want me to round only the sum?"]),
            ),
            ("let's do B", options, Some(vec!["**Option B:** drop the cart"])),
            ("let's do c", offered, None),
            ("b", options, Some(vec!["**Option B:** drop the cart"])),
            ("b", "**Option B:** drop the cart", None),
            ("b", "A) Advanced\n[B] Back", None),
            ("a", "A) keep it\nB) drop the cart", Some(vec!["A) keep it"])),
            ("do 12", list, Some(vec!["1. **Round the total**: it has 3 digits", "2. Sort the carts"])),
            (
                "Do 123",
                list,
                Some(vec!["1. **Round the total**: it has 3 digits", "2. Sort the carts", "3) Drop `old.py`"]),
            ),
            ("see 123", list, None),
            ("fix issue 123", list, None),
            ("do 21", list, None),
            ("do 14", list, None),
            ("let's do B", "**Option B:** drop the cart\n\n[A] Advanced [B] Back", None),
            ("do 1", "1. How to round:\n- up", None),
            ("yes", "Want me to?", None),
            ("do 4", list, None),
            ("do 1 and 4", list, None),
            ("do 1", "1. Round it\n\nor:\n\n1. Sort it", None),
            ("do 1", "1.5 percent are off", None),
            ("yes", "All tests pass.", None),
            ("yes", "Should I round it or sort it?", None),
            (
                "Go for it",
                "It is heavy. Want me to pin the carts now, or leave it to you?",
                Some(vec!["Want me to pin the carts now, or leave it to you?"]),
            ),
            (
                "Word",
                "All green.\n\nIf you want, I can resolve the merge conflict of the carts - say the word and I'll look at it.",
                Some(vec![
                    "If you want, I can resolve the merge conflict of the carts - say the word and I'll look at it.",
                ]),
            ),
            ("No thanks", "If you want, I can round all the sums - say the word.", None),
            ("fix typo", "If you want, I can round all the sums - say the word.", None),
            ("Why?", "If you want, I can round all the sums - say the word.", None),
            ("yes", "Do you want me to create the pull request now?", None),
            ("yes", "Shall I commit this?", None),
            ("yes, commit it", offered, None),
            ("yes", "Would that be wrong?", None),
            ("list the carts of all the shops", offered, None),
            ("add 5 retries to the client", list, None),
        ] {
            assert_eq!(meant(text, reply), expected, "{text} / {reply}");
        }
    }
}
