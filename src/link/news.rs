//! Words that only say or ask how things are: after the state of the work, that something is committed, praise. No work is asked for.

use crate::record::small_talk::asks_when;

/// "so how did it go?", "are you done?", "what's the status": no work is asked for.
pub(crate) fn asks_after_the_state(text: &str) -> bool {
    let lower = text.trim().to_lowercase();
    let words = words(&lower);
    let words: &[&str] = match words.split_first() {
        Some((&("so" | "ok" | "okay" | "and" | "hey" | "hi" | "hello"), rest)) => rest,
        _ => &words,
    };
    let has = |word: &str| words.contains(&word);
    let how_it_goes =
        words.first() == Some(&"how") && words.last().is_some_and(|last| ["go", "going", "coming"].contains(last));
    let asks = words.len() <= 8
        && (how_it_goes
            || (has("status") && (has("what's") || has("what")) || words == ["status"])
            || words.starts_with(&["are", "you"]) && (has("done") || has("finished") || has("there") || has("stuck"))
            || words.starts_with(&["is", "it"]) && (has("done") || has("finished"))
            || (words.starts_with(&["is"]) || words.starts_with(&["are"])) && has("ready")
            || words == ["ready"]
            || asks_when(text)
            || (lower.ends_with('?') && is_of_its_end(words))
            || (has("what's") || has("what") || has("why")) && has("taking") && has("long")
            || words.starts_with(&["still", "there"]) && words.len() == 2
            || words.starts_with(&["where", "are", "we"])
            || words.starts_with(&["what's", "left"])
            || words == ["still", "working"]
            || words.starts_with(&["what's", "next"])
            || words.starts_with(&["what", "is", "next"])
            || words == ["what", "next"]
            || words.starts_with(&["what", "is", "left"]));
    asks && !words.is_empty()
}

/// "This is also fixed?", "did it get deployed?": whether something is done.
fn is_of_its_end(words: &[&str]) -> bool {
    const DONE: &[&str] =
        &["committed", "deployed", "done", "finished", "fixed", "live", "merged", "pushed", "released"];
    const AROUND: &[&str] = &[
        "all",
        "already",
        "also",
        "and",
        "did",
        "everything",
        "get",
        "has",
        "have",
        "is",
        "are",
        "been",
        "it",
        "now",
        "so",
        "that",
        "the",
        "these",
        "this",
        "those",
        "too",
        "was",
        "were",
        "you",
        "we",
        "it's",
        "yet",
        "both",
    ];
    words.iter().any(|word| DONE.contains(word))
        && words.iter().all(|word| DONE.contains(word) || AROUND.contains(word))
}

/// "I committed and pushed!!", "merged it": what was done is in a commit, and nothing is asked for.
pub(crate) fn says_it_is_committed(text: &str) -> bool {
    const DONE: &[&str] = &["committed", "commited", "comitted", "pushed", "merged", "deployed"];
    const FILLING: &[&str] = &[
        "all",
        "and",
        "been",
        "done",
        "everything",
        "has",
        "have",
        "i",
        "i've",
        "it",
        "it's",
        "just",
        "now",
        "ok",
        "okay",
        "that",
        "the",
        "to",
        "main",
        "this",
        "was",
        "we",
        "changes",
    ];
    let lower = text.to_lowercase();
    let words = words(&lower);
    words.len() <= 8
        && words.iter().any(|word| DONE.contains(word))
        && words.iter().all(|word| DONE.contains(word) || FILLING.contains(word))
        && !text.trim_end().ends_with('?')
}

/// "Great!!", "nice, thanks": the work before is done, and nothing is asked for.
pub(crate) fn is_praise(text: &str) -> bool {
    const PRAISING: &[&str] = &[
        "amazing",
        "awesome",
        "beautiful",
        "brilliant",
        "cool",
        "excellent",
        "fantastic",
        "good",
        "great",
        "lovely",
        "nice",
        "perfect",
        "super",
        "thank",
        "thanks",
        "thx",
        "well",
        "wonderful",
        "wow",
    ];
    const FILLING: &[&str] = &[
        "a", "all", "and", "done", "for", "is", "it", "it's", "job", "looks", "lot", "much", "really", "so", "that",
        "that's", "the", "this", "very", "work", "you",
    ];
    let lower = text.to_lowercase();
    let words = words(&lower);
    (1..=MOST_PRAISE).contains(&words.len())
        && words.iter().any(|word| PRAISING.contains(word))
        && words.iter().all(|word| PRAISING.contains(word) || FILLING.contains(word))
        && !text.trim_end().ends_with('?')
}

const MOST_PRAISE: usize = 8;

fn words(lower: &str) -> Vec<&str> {
    lower.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_says_how_things_are_is_told_from_a_wish() {
        for text in [
            "This is also fixed?",
            "so how did it go?",
            "what's the status",
            "is it deployed yet?",
            "Ok, ETA?",
            "Progress update?",
        ] {
            assert!(asks_after_the_state(text), "{text}");
        }
        for text in ["is the total fixed?", "fix it?", "did you fix the docs as well?"] {
            assert!(!asks_after_the_state(text), "{text}");
        }
        for text in ["I commited and pushed!!", "ok it's merged"] {
            assert!(says_it_is_committed(text), "{text}");
        }
        for text in ["commit and push", "merged the wrong branch", "is it merged?"] {
            assert!(!says_it_is_committed(text), "{text}");
        }
        for text in ["Great!!", "nice, thanks", "wow this looks really good"] {
            assert!(is_praise(text), "{text}");
        }
        for text in ["great, go on", "a good discount", "is it good?", "thanks, now the total"] {
            assert!(!is_praise(text), "{text}");
        }
    }
}
