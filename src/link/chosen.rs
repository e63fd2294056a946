//! What a person agreed to or chose, where the words alone do not say it: "yes, fix it", "5 seems a good one", "do 1 and 3". It
//! stands in what the agent said last before them.

use super::asks::{choices, points_back};
use super::said::was_stopped;
use super::words::is_approval;
use crate::record::quote::Quote;
use crate::record::session::{PromptSource, Session};
use crate::record::text::Raw;

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
    // A letter alone is a key of a menu ("[C] Continue") as often as an item of a list.
    if keys.is_empty() && words.len() > 1 {
        // "let's do B"
        let letters = words.iter().filter(|word| word.len() == 1 && word.as_bytes()[0].is_ascii_alphabetic());
        keys.extend(letters.filter(|word| !["a", "i", "u"].contains(*word)).map(|word| (*word).to_owned()));
    }
    if !keys.is_empty() {
        let items = keys.iter().map(|key| item(reply, key)).collect::<Option<Vec<&str>>>();
        return items.filter(|items| items.len() <= MOST_ITEMS);
    }
    let consents = words.first().is_some_and(|first| CONSENTS.contains(first));
    let takes = (points_back(text) || is_approval(text) || consents) && !words.iter().any(|word| of_git(word));
    takes.then(|| offer(reply)).flatten().map(|offer| vec![offer])
}

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

/// The last sentence of a reply, where it offers to do something.
fn offer(reply: &str) -> Option<&str> {
    let last = reply.lines().map(str::trim).rfind(|line| !line.is_empty())?;
    let last = last.trim_matches(|c: char| "*_` ".contains(c));
    let body = last.strip_suffix('?')?;
    let start = [". ", "! ", "? ", ": "].iter().filter_map(|end| body.rfind(end)).max().map_or(0, |at| at + 2);
    let sentence = last.get(start..)?.trim();
    let lower = sentence.to_lowercase();
    let offers = OFFERS.iter().any(|words| lower.contains(words));
    let asks_two = lower.contains(" or ") || lower.contains("which ");
    let is_of_git = lower.split(|c: char| !c.is_alphanumeric()).any(of_git);
    let says_what = sentence.split_whitespace().count() >= LEAST_WORDS;
    (offers && says_what && !asks_two && !is_of_git).then_some(sentence)
}

/// "Want me to?"
const LEAST_WORDS: usize = 6;

/// Of publishing what was done, and of nothing to do.
fn of_git(word: &str) -> bool {
    ["amend", "ammend", "commit", "commits", "committed", "merge", "pr", "push", "pushed"].contains(&word)
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
            ("b", options, None),
            ("let's do B", "**Option B:** drop the cart\n\n[A] Advanced [B] Back", None),
            ("do 1", "1. How to round:\n- up", None),
            ("yes", "Want me to?", None),
            ("do 4", list, None),
            ("do 1 and 4", list, None),
            ("do 1", "1. Round it\n\nor:\n\n1. Sort it", None),
            ("do 1", "1.5 percent are off", None),
            ("yes", "All tests pass.", None),
            ("yes", "Should I round it or sort it?", None),
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
