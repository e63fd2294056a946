//! Prompts that only let the work go on, or say how it is to be committed and published: nothing in them says what is wanted.

/// "ok, just keep going, do individual commits", "yes, do option 1", "great, that works now", "can you give me a short PR
/// description?": every word is one of going on, of git or of nothing.
pub(crate) fn only_proceeds(text: &str) -> bool {
    let words = words(text);
    let is_known = |word: &String| {
        let is_key = word.chars().count() == 1 || word.bytes().all(|byte| byte.is_ascii_digit());
        is_key || GOING_ON.contains(&word.as_str()) || GIT.contains(&word.as_str()) || FILLING.contains(&word.as_str())
    };
    let proceeds = |word: &String| GOING_ON.contains(&word.as_str()) || GIT.contains(&word.as_str());
    words.len() <= MOST_WORDS && words.iter().any(proceeds) && words.iter().all(is_known)
}

/// The same, and of publishing: nothing in the commit comes of it.
pub(crate) fn only_publishes(text: &str) -> bool {
    let publishes = |word: &String| ["pr", "pull", "push", "description", "merge", "draft"].contains(&word.as_str());
    let commits = |word: &String| word.starts_with("commit");
    let words = words(text);
    only_proceeds(text) && words.iter().any(publishes) && !words.iter().any(commits)
}

/// "Execute the plan. Branch, implement, open a PR", "The design is approved. Move to planning": one of the first sentences has no
/// words but of a plan and of going on with it. What the plan is for was said before, also where the plan itself was committed.
pub(crate) fn goes_on_with_a_plan(text: &str) -> bool {
    let goes_on = |sentence: &str| {
        let words = words(sentence);
        let is_plan = |word: &String| PLANS.contains(&word.as_str());
        let moves = |word: &String| MOVING.contains(&word.as_str());
        let is_known = |word: &String| {
            is_plan(word) || moves(word) || [GOING_ON, GIT, FILLING].iter().any(|list| list.contains(&word.as_str()))
        };
        words.iter().any(is_plan) && words.iter().any(moves) && words.iter().all(is_known)
    };
    let sentences = text.split(['.', '!', '?', '\n']).filter(|sentence| !sentence.trim().is_empty());
    sentences.take(FIRST_SENTENCES).any(goes_on)
}

const FIRST_SENTENCES: usize = 3;
const PLANS: &[&str] = &["design", "designs", "implementation", "plan", "planning", "plans", "spec"];
const MOVING: &[&str] = &[
    "approve",
    "approved",
    "begin",
    "carry",
    "execute",
    "good",
    "implement",
    "looks",
    "move",
    "proceed",
    "right",
    "start",
    "write",
];

/// More words say more.
const MOST_WORDS: usize = 30;

fn words(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty());
    words.take(MOST_WORDS + 1).map(str::to_lowercase).collect()
}

const GOING_ON: &[&str] = &[
    "ahead",
    "apply",
    "continue",
    "go",
    "going",
    "implement",
    "implementing",
    "ok",
    "okay",
    "option",
    "proceed",
    "resume",
    "start",
    "works",
    "working",
    "yeah",
    "yep",
    "yes",
];
const GIT: &[&str] = &[
    "amend",
    "ammend",
    "branch",
    "commit",
    "commited",
    "commits",
    "committed",
    "merge",
    "pr",
    "pull",
    "push",
    "pushed",
];
const FILLING: &[&str] = &[
    "a",
    "after",
    "again",
    "all",
    "also",
    "and",
    "as",
    "can",
    "changes",
    "could",
    "create",
    "cool",
    "description",
    "do",
    "done",
    "draft",
    "each",
    "end",
    "far",
    "fine",
    "first",
    "for",
    "give",
    "good",
    "great",
    "have",
    "i",
    "i'd",
    "i'll",
    "in",
    "individual",
    "into",
    "is",
    "it",
    "just",
    "keep",
    "last",
    "let",
    "let's",
    "lets",
    "like",
    "local",
    "logical",
    "looks",
    "main",
    "make",
    "me",
    "meaningful",
    "meantime",
    "message",
    "more",
    "my",
    "necessary",
    "need",
    "new",
    "next",
    "nice",
    "no",
    "now",
    "of",
    "on",
    "one",
    "open",
    "our",
    "perfect",
    "phase",
    "phases",
    "please",
    "quick",
    "raise",
    "ready",
    "request",
    "reviewing",
    "seems",
    "separate",
    "short",
    "small",
    "so",
    "some",
    "split",
    "steps",
    "super",
    "sure",
    "thanks",
    "that",
    "that's",
    "the",
    "them",
    "then",
    "these",
    "things",
    "this",
    "those",
    "to",
    "two",
    "until",
    "up",
    "us",
    "we",
    "what",
    "when",
    "with",
    "would",
    "you",
    "your",
    "looking",
    "work",
    "everything",
    "there",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_going_on_and_of_git_say_nothing_of_what_is_wanted() {
        for text in [
            "just keep going until done",
            "ok, just keep going, do individual commits",
            "yes, do option 1",
            "yes, start implementing, make a new branch, make meaningful commits",
            "ok, let's go, make a new branch, commit meaningful on the go",
            "can you give me a short PR description?",
            "can you split the last two things into separate commits",
            "Great that works now!!",
            "push, raise a draft PR",
        ] {
            assert!(only_proceeds(text), "{text}");
        }
        for text in [
            "commit only the tests and rename the file",
            "yes, do it in percent",
            "go through the list and drop the old carts",
            "make the new total",
            "start the server with a cache",
            "make it work",
            "the total",
            "",
        ] {
            assert!(!only_proceeds(text), "{text}");
        }
        for text in [
            "Execute the plan. Branch, implement, open PR. When completely finished, run: notify",
            "Yes, include the totals. Design is approved. Move to planning \u{2014} write the plan.",
            "Design looks good. Proceed \u{2014} write the implementation plan and then execute it.",
        ] {
            assert!(goes_on_with_a_plan(text), "{text}");
        }
        for text in ["Plan the discounts", "write a design of the cart", "The plan shows no total", "proceed"] {
            assert!(!goes_on_with_a_plan(text), "{text}");
        }
        assert!(only_publishes("can you create a PR") && only_publishes("okay let's open a draft pull request"));
        assert!(!only_publishes("commit and push") && !only_publishes("just keep going"));
        assert!(!only_publishes("open the PR of the discounts"));
    }
}
