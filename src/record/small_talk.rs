//! Prompts by which a person only keeps up with the work: a question of which nothing is to come, news of what happened elsewhere, an
//! errand to see to the review. They are prompts like others; a reviewer is told of what was wanted.

use super::proceeding::only_proceeds;
use crate::text::words::is_of_another_script;

/// "did it work?", "what is a fold, anyway", "12 is merged", "just keep going": nothing about the change is asked for.
pub(crate) fn is_small_talk(text: &str) -> bool {
    let words = words(text);
    if words.is_empty() || only_proceeds(text) || asks_when(text) {
        return true;
    }
    let talks = words.windows(2).any(|two| matches!(two[0].as_str(), "let's" | "lets") && two[1] == "talk");
    let wants = || words.iter().any(|word| WANTING.contains(&word.as_str()));
    words.len() <= MOST_WORDS
        && (talks || (!wants() && (is_news(&words) || (!is_of_another_script(text) && only_asks(text, &words)))))
}

/// "address pr feedback and failing checks if any": what is wanted stands in the review and the logs. Said again and again.
pub(crate) fn is_review_errand(text: &str) -> bool {
    let words = words(text);
    let has = |some: &[&str]| words.iter().any(|word| some.contains(&word.as_str()));
    let is_known = |word: &String| [ERRAND, FOUND, FILLING].iter().any(|known| known.contains(&word.as_str()));
    words.len() <= MOST_WORDS && has(ERRAND) && has(FOUND) && words.iter().all(is_known)
}

/// More words say more.
const MOST_WORDS: usize = 24;

fn words(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty());
    words.take(MOST_WORDS + 1).map(str::to_lowercase).collect()
}

/// "Ok, ETA?", "Progress update?", "any news?": of the time that the work takes.
pub(crate) fn asks_when(text: &str) -> bool {
    let words = words(text);
    let words: Vec<&str> = words.iter().map(String::as_str).filter(|word| !OPENING.contains(word)).collect();
    let asks_for = |word: &&str| matches!(*word, "eta" | "news" | "progress" | "update" | "updates");
    match words[..] {
        ["eta"] | ["what's", "the", "eta"] | ["progress", "update" | "report"] => true,
        ["any", word] | ["any", word, "yet"] => asks_for(&word),
        _ => false,
    }
}

/// "1066 is merged", "ok the build is done".
fn is_news(words: &[String]) -> bool {
    const NEWS: &[&str] = &["merged", "done", "finished", "deployed", "published", "released", "approved", "rebased"];
    let is_told = words.iter().any(|word| matches!(word.as_str(), "is" | "was" | "has" | "got" | "it's" | "i"));
    words.len() <= 6 && is_told && words.last().is_some_and(|last| NEWS.contains(&last.as_str()))
}

/// "why is it empty?", "somebody wrote, what is it about?"; not "Seems we lost the total?", which says what is wrong.
pub(crate) fn begins_as_a_question(text: &str) -> bool {
    asks_by_its_words(text, &words(text))
}

/// Whether it is a question, or ends in one, and says nothing of what should be.
fn only_asks(text: &str, all: &[String]) -> bool {
    text.trim_end().ends_with('?') || asks_by_its_words(text, all)
}

/// Whether the text, of these words, or its last clause begins as a question does.
fn asks_by_its_words(text: &str, all: &[String]) -> bool {
    let asks = |words: &[String]| {
        let start = words.iter().position(|word| !OPENING.contains(&word.as_str())).unwrap_or(0);
        let at = |place: usize| words.get(start + place).map(String::as_str).unwrap_or_default();
        ASKING.contains(&at(0)) || (at(0) == "do" && ["you", "we", "they", "i", "these", "those"].contains(&at(1)))
    };
    let last = words(
        text.trim_end_matches(['?', '.', '!', ' ', '\n']).rsplit([',', '.', ';', '\n']).next().unwrap_or_default(),
    );
    asks(all) || (last.len() > 1 && asks(&last))
}

const OPENING: &[&str] = &["so", "ok", "okay", "and", "but", "hi", "hey", "hmm", "oh", "well"];
const ASKING: &[&str] = &[
    "why", "how", "what", "what's", "where", "where's", "when", "who", "which", "is", "are", "does", "did", "was",
    "were", "has", "have", "any",
];

/// Words of what should be, or of what is wrong: with one of them a question may be a wish.
const WANTING: &[&str] = &[
    "add",
    "allow",
    "avoid",
    "better",
    "broke",
    "broken",
    "bug",
    "can",
    "can't",
    "could",
    "couldn't",
    "crash",
    "doesn't",
    "don't",
    "drop",
    "error",
    "errors",
    "fail",
    "failed",
    "failing",
    "fails",
    "fix",
    "improve",
    "instead",
    "let's",
    "lets",
    "make",
    "missing",
    "must",
    "need",
    "needs",
    "not",
    "please",
    "rather",
    "remove",
    "rename",
    "replace",
    "should",
    "shouldn't",
    "still",
    "test",
    "tests",
    "think",
    "too",
    "use",
    "using",
    "want",
    "without",
    "won't",
    "would",
    "wouldn't",
    "wrong",
    "about",
    "if",
];

const ERRAND: &[&str] = &["address", "fix", "handle", "resolve", "check", "look", "answer", "reply"];
const FOUND: &[&str] =
    &["feedback", "comments", "comment", "review", "reviews", "checks", "ci", "conflicts", "threads"];
const FILLING: &[&str] = &[
    "a",
    "again",
    "all",
    "also",
    "and",
    "any",
    "at",
    "can",
    "failing",
    "failed",
    "for",
    "from",
    "if",
    "in",
    "is",
    "it",
    "more",
    "my",
    "new",
    "now",
    "ok",
    "on",
    "open",
    "or",
    "our",
    "please",
    "pr",
    "prs",
    "pull",
    "red",
    "remaining",
    "request",
    "the",
    "their",
    "there",
    "these",
    "this",
    "to",
    "too",
    "unresolved",
    "you",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_known_by_how_it_begins() {
        for text in ["why is it empty?", "somebody wrote, what is it about?"] {
            assert!(begins_as_a_question(text), "{text}");
        }
        assert!(!begins_as_a_question("Seems we lost the total of the cart?"));
    }

    #[test]
    fn what_only_keeps_up_is_told_from_what_is_wanted() {
        for text in [
            "did it work?",
            "what's next",
            "ok do you have a plan?",
            "is that a major change?",
            "what is a price list",
            "ann replied, what did she say?",
            "how does it read the list of prices?",
            "12 is merged",
            "let's talk about that finding for a bit, what do you think?",
            "just keep going",
            "Ok, ETA?",
            "Progress update?",
            "any news?",
        ] {
            assert!(is_small_talk(text), "{text}");
        }
        for text in [
            "should we document this in docs/ ?",
            // In a language whose words nobody here knows.
            "합계를 한 번만 반올림하면 되지 않을까?",
            "could we support lists of prices?",
            "why did this fail https://ci.example/1",
            "why is the total wrong?",
            "I think we should call it total, what do you think?",
            "what about the docs?",
            "what if the list is empty?",
            "why are there two totals instead of one?",
            "the list is small isn't it? could we keep it in memory",
            "fix it in another request",
            "update it",
            "make it faster",
            "is the discount still rounded?",
        ] {
            assert!(!is_small_talk(text), "{text}");
        }
    }

    #[test]
    fn an_errand_to_the_review_says_nothing_of_what_is_in_it() {
        for text in [
            "address pr feedback and failing pr checks",
            "address pr feedback if any new",
            "please fix the failing checks",
            "resolve all open review comments",
        ] {
            assert!(is_review_errand(text), "{text}");
        }
        for text in [
            "address pr feedback, and round down",
            "fix the total",
            "review the comments in price.py",
            "address pr feedback and failing pr checks. I want the change of the carts in this one",
        ] {
            assert!(!is_review_errand(text), "{text}");
        }
    }
}
