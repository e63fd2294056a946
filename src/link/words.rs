//! What the words of a prompt say by themselves: consent, a change of course, a finding that was handed on.

use crate::text::words::word_count;

/// "yes", "go on", "commit", "2": words that let the agent continue and ask for nothing new, or begin with a consent.
pub(crate) fn is_approval(text: &str) -> bool {
    let words = folded_words(text);
    let words: Vec<&str> = words.split_whitespace().collect();
    // "Commit the changes we have so far": what is there goes in, and nothing new is asked for.
    if words.len() <= 10 && matches!(words.first(), Some(&("commit" | "push"))) {
        return words.iter().all(|word| APPROVING.contains(word) || COMMITTING.contains(word));
    }
    // "looks alright, proceed", "works for me".
    let lets = words.first().is_some_and(|first| matches!(*first, "look" | "looks" | "seems" | "it's" | "that's"))
        && words.last().is_some_and(|last| matches!(*last, "continue" | "proceed"));
    let lets = lets || (words.starts_with(&["go", "ahead", "with"]) && !text.to_lowercase().contains("but "));
    let agrees = || AGREEING.iter().any(|phrase| words.join(" ").contains(phrase));
    if words.len() <= MOST_WORDS_TO_AGREE && (lets || agrees()) && !redirects(text) && !text.trim_end().ends_with('?') {
        return true;
    }
    let is_a_key = |word: &&str| word.chars().count() == 1 || word.bytes().all(|byte| byte.is_ascii_digit());
    let is_consent = |word: &&str| APPROVING.contains(word) || is_a_key(word);
    (!words.is_empty() && words.len() <= 6 && words.iter().all(is_consent)) || begins_with_consent(text)
}

const MOST_WORDS_TO_AGREE: usize = 8;
const AGREEING: &[&str] = &[
    "go for it",
    "works for me",
    "work for me",
    "fine with me",
    "fine by me",
    "nothing to add",
    "anything to add",
    "you decide",
    "up to you",
];

fn folded_words(text: &str) -> String {
    text.to_lowercase().chars().map(|c| if c.is_alphanumeric() || c == '\'' { c } else { ' ' }).collect()
}

/// "yeah please go ahead, and try it in the browser", "yes please, and answer the comments", "ok let's do that. So ...":
/// the work goes on as the agent proposed, whatever is added. Not so "yes, but ..." and "yes, the file is in src".
fn begins_with_consent(text: &str) -> bool {
    let lower = text.trim().to_lowercase();
    let end = lower.find(['.', ',', '!', ';', '\n', '-', '\u{2013}', '\u{2014}']).unwrap_or(lower.len());
    let end = [" and ", " but "].iter().filter_map(|word| lower.find(word)).fold(end, usize::min);
    let (head, rest) = lower.split_at(end);
    let head = folded_words(head);
    let head: Vec<&str> = head.split_whitespace().collect();
    let rest = rest.trim_start_matches(|c: char| !c.is_alphanumeric());
    let lets = head.windows(3).any(|three| {
        matches!(three[0], "lets" | "let's") && three[1].len() <= 4 && matches!(three[2], "it" | "that" | "this" | "so")
    });
    let known = |word: &&str| APPROVING.contains(word);
    if head.is_empty() || head.len() > 6 || !(lets || head.iter().all(known)) {
        return false;
    }
    let goes = lets
        || head.windows(2).any(|two| GOING_ON.contains(&two.join(" ").as_str()))
        || head.iter().any(|word| matches!(*word, "continue" | "proceed" | "resume" | "ship"));
    let offered = head.iter().any(|word| matches!(*word, "yes" | "yeah" | "yep" | "sure")) && head.contains(&"please");
    let rest_words = word_count(rest);
    let limits = rest.starts_with("but ") || rest.starts_with("except") || rest.starts_with("only ") || redirects(rest);
    let is_short = if goes { rest_words <= MOST_WORDS_BEHIND_CONSENT } else { offered && rest_words <= 8 };
    is_short && !limits
}

const MOST_WORDS_BEHIND_CONSENT: usize = 40;

const GOING_ON: &[&str] =
    &["go ahead", "go on", "do it", "do that", "do this", "do so", "keep going", "sounds good", "please do"];

/// Whether a few words to begin with are about git: "Yes, commit and push it, I'll open the request."
pub(crate) fn speaks_of_committing(text: &str) -> bool {
    let first = text.split_terminator(['.', '\n']).next().unwrap_or_default().to_lowercase();
    let words: Vec<&str> = first.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let of_git = |word: &&str| matches!(*word, "commi" | "push" | "merge" | "rebase") || word.starts_with("commit");
    words.len() <= MOST_WORDS_OF_CONSENT && words.iter().any(of_git)
}

const MOST_WORDS_OF_CONSENT: usize = 12;

/// Whether a reason was put into the person's mouth: what stands there when questions are turned down.
pub(crate) fn is_a_form(reason: &str) -> bool {
    reason.starts_with("The user wants to clarify these questions.")
}

/// Whether words after a stop say what is wanted and what is not: "I want it in percent".
pub(crate) fn wants_otherwise(text: &str) -> bool {
    const WANTING: &[&str] = &["not", "no", "want", "should", "instead", "rather", "wrong", "better"];
    let lower = text.to_lowercase();
    let mut words = lower.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty());
    !lets_go_on(text) && words.any(|word| WANTING.contains(&word) || word.ends_with("n't"))
}

/// Whether words after a stop only let the agent go on: "sorry, wrong key, continue".
pub(crate) fn lets_go_on(text: &str) -> bool {
    let text = text.to_lowercase();
    let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let goes_on = words.iter().any(|word| matches!(*word, "continue" | "proceed" | "resume"));
    words.len() <= MOST_WORDS_TO_GO_ON && goes_on && !redirects(&text)
}

const MOST_WORDS_TO_GO_ON: usize = 16;

const APPROVING: &[&str] = &[
    "yes", "y", "yep", "for", "so", "with", "that's", "yeah", "ok", "okay", "k", "sure", "please", "do", "it", "go",
    "on", "ahead", "continue", "proceed", "commit", "push", "this", "that", "thanks", "thank", "you", "great",
    "perfect", "good", "nice", "lgtm", "looks", "fine", "and", "now", "the", "changes", "all", "right", "correct",
    "cool", "again", "try", "let's", "lets", "keep", "going", "sounds", "a", "ship", "send", "done", "them", "resume",
];

const COMMITTING: &[&str] = &[
    "we",
    "have",
    "far",
    "what",
    "as",
    "is",
    "to",
    "branch",
    "open",
    "draft",
    "pr",
    "pull",
    "request",
    "current",
    "everything",
    "create",
    "make",
    "these",
    "those",
    "my",
];

/// Whether a prompt begins by turning away from what was done.
pub(crate) fn redirects(text: &str) -> bool {
    let start: String = text.trim_start().chars().take(120).collect::<String>().to_lowercase();
    let start = without_slips(&start);
    let words: Vec<&str> =
        start.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty()).collect();
    let first = words.first().copied().unwrap_or_default();
    let asks_why = first == "why" && words.iter().take(3).any(|word| word.ends_with("n't") || *word == "not");
    // "But how does it work?" asks, "but why isn't it" does not.
    let only_asks = first == "but" && words.get(1).is_some_and(|word| ASKING.contains(word));
    (TURNING_FIRST.contains(&first) || is_a_hum(first)) && !only_asks
        || asks_why
        || [". not ", ", not ", "; not ", "! not "].iter().any(|clause| start.contains(clause))
        || TURNING.iter().any(|words| start.replace("still not sure", "").contains(words))
        || ["don't ", "do not "].iter().any(|forbidding| is_order(&start, forbidding))
}

/// Whether the first word turns away: "no, ...", "hmm, ...".
pub(crate) fn begins_by_turning(text: &str) -> bool {
    let lower = text.trim_start().to_lowercase();
    let first = lower.split(|c: char| !c.is_alphanumeric() && c != '\'').next().unwrap_or_default();
    redirects(text) && (TURNING_FIRST.contains(&first) || is_a_hum(first))
}

/// "hmm", "hmmmm".
fn is_a_hum(word: &str) -> bool {
    word.starts_with("hm") && word[1..].bytes().all(|byte| byte == b'm')
}

/// The text with two letters changed round in a word that turns away put right: "i thougth".
fn without_slips(text: &str) -> String {
    let mut whole = text.to_owned();
    for word in text.split(|c: char| !c.is_alphabetic()).filter(|word| word.len() >= 5 && word.is_ascii()) {
        let is_slip = |known: &&str| {
            let letters = |word: &str| {
                let mut letters = word.as_bytes().to_vec();
                letters.sort_unstable();
                letters
            };
            known.len() == word.len() && **known != *word && letters(known) == letters(word)
        };
        if let Some(known) =
            ["thought", "should", "instead", "wrong", "still", "actually"].iter().find(|known| is_slip(known))
        {
            whole = whole.replace(word, known);
        }
    }
    whole
}

/// Whether the words say that something does not work or looks wrong: a report, an error from the person's own shell.
pub(crate) fn reports_a_fault(text: &str) -> bool {
    let text = without_slips(&text.to_lowercase()).replace("it's ", "it is ").replace("that's ", "that is ");
    FAULTS.iter().any(|fault| text.contains(fault))
}

const FAULTS: &[&str] = &[
    "still there",
    "still see",
    "still get",
    "still show",
    "still the same",
    "still fail",
    "still not",
    "still broken",
    "still wrong",
    "still happen",
    "still doesn",
    "still isn",
    "still have",
    "still can't",
    "doesn't work",
    "does not work",
    "not working",
    "isn't working",
    "don't work",
    "won't work",
    "no longer work",
    "is broken",
    "are broken",
    "is wrong",
    "are wrong",
    "looks wrong",
    "looks off",
    "ci fail",
    "ci is failing",
    "ci is red",
    "build fail",
    "build is failing",
    "tests fail",
    "test fail",
    "is failing",
    "are failing",
    "fails with",
    "failed with",
    "it fails",
    "it failed",
    "this fails",
    "getting an error",
    "get an error",
    "i get error",
    "getting error",
    "error:",
    "error[",
    "exception",
    "traceback",
    "panicked",
    "crash",
    "nothing happens",
    "can't get past",
    "is missing",
    "are missing",
    "--- fail",
    "npm err!",
    "doesn't show",
    "does not show",
    "doesn't appear",
    "doesn't load",
    "isn't shown",
    "not displayed",
    "undefined",
];

/// Whether the words are about something that is otherwise than wanted.
pub(crate) fn objects(text: &str) -> bool {
    const OBJECTING: &[&str] =
        &["not", "no", "instead", "rather", "wrong", "better", "prefer", "should", "thought", "unnecessary"];
    let lower = without_slips(&text.to_lowercase());
    let mut words = lower.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty());
    words.any(|word| OBJECTING.contains(&word) || word.ends_with("n't"))
}

/// Whether the words are said to the agent ("please don't ...") and not of somebody ("I don't remember").
fn is_order(start: &str, forbidding: &str) -> bool {
    start.match_indices(forbidding).any(|(at, _)| {
        let before = start[..at].trim_end();
        let word = before.rsplit(char::is_whitespace).next().unwrap_or_default();
        let verb = start[at + forbidding.len()..].split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        let tells = ["have", "know", "see", "think", "remember", "understand", "work"].contains(&verb);
        !tells
            && (!before.ends_with(char::is_alphanumeric)
                || ["please", "but", "and", "so", "just", "or", "then"].contains(&word))
    })
}

const TURNING_FIRST: &[&str] = &[
    "no", "nope", "nah", "undo", "revert", "stop", "wait", "wrong", "hmm", "actually", "instead", "but", "whoops",
    "oops", "surely",
];

const ASKING: &[&str] = &["how", "what", "where", "when", "who", "which"];

const TURNING: &[&str] = &[
    "instead of",
    "undo ",
    "revert ",
    "roll back",
    "not what i",
    "that's wrong",
    "that is wrong",
    "this is wrong",
    "you are wrong",
    "should not",
    "shouldn't",
    "i don't want",
    "rather than",
    "why did you",
    "you should have",
    "please remove",
    "no need to",
    "not correct",
    "isn't right",
    "isn't really",
    "doesn't work",
    "does not work",
    "still not",
    "still fail",
    "still there",
    "still see",
    "still get",
    "still show",
    "still the same",
    "still broken",
    "still wrong",
    "still happen",
    "prefer not",
    "rather not",
    "better not",
    "i thought the",
    "i thought we",
    "i thought you",
    "i thought it",
];

/// Whether the text is a reviewer's or a tool's finding about the code, handed on: long, and about places or names in it. What a
/// person pasted from a shell below words of their own is none.
pub(crate) fn is_finding(text: &str) -> bool {
    let is_about_code = || names_a_place(text) || code_names(text) >= 4;
    let is_pasted = || reports_a_fault(opening(text)) && shows_output(text);
    text.len() >= LEAST_FINDING && (text.contains(" Severity") || (is_about_code() && !is_pasted()))
}

/// The words above what was pasted: the first line, cut.
pub(crate) fn opening(text: &str) -> &str {
    let first = text.trim().lines().next().unwrap_or_default();
    let end = first.char_indices().nth(LONGEST_OPENING).map_or(first.len(), |(at, _)| at);
    &first[..end]
}

const LONGEST_OPENING: usize = 240;

/// Whether it holds the output of a program: errors, warnings, failures, a prompt of a shell.
pub(crate) fn shows_output(text: &str) -> bool {
    const MARKS: &[&str] = &[
        "error:",
        "error[",
        "Error:",
        "FAIL",
        "Traceback (",
        "panicked at",
        "npm ERR!",
        "warning",
        "ERROR ",
        "\n$ ",
        "\n> ",
        " % ",
    ];
    !text.contains(" Severity") && MARKS.iter().any(|mark| text.contains(mark))
}

const LEAST_FINDING: usize = 240;

/// `price.py:12`, `(line 12)`, `(lines 3-9)`.
fn names_a_place(text: &str) -> bool {
    let numbered = |word: &str| {
        word.split_once(':').is_some_and(|(file, line)| {
            file.contains('.') && !file.contains("//") && line.starts_with(|c: char| c.is_ascii_digit())
        })
    };
    text.contains("(line ") || text.contains("(lines ") || text.split_whitespace().any(numbered)
}

/// Words that only code holds: `snake_case`, `camelCase`, `call()`.
fn code_names(text: &str) -> usize {
    let is_code = |word: &&str| {
        let name = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '_' && c != '(' && c != ')');
        let mut inner = name.chars().skip(1).zip(name.chars());
        name.ends_with("()")
            || name.trim_matches('_').contains('_')
            || inner.any(|(c, before)| c.is_uppercase() && before.is_lowercase())
    };
    text.split_whitespace().filter(is_code).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_of_consent_is_an_approval_and_a_sentence_is_not() {
        assert!(is_approval("Yes, please go ahead."));
        assert!(is_approval("commit"));
        assert!(is_approval("Commit the changes we have so far"));
        assert!(!is_approval("commit only the tests and rename the file"));
        assert!(!is_approval("yes, but use a parameter"));
        assert!(!is_approval("add a percentage discount"));
        for text in [
            "7",
            "b",
            "1, 3",
            "yeah please ship them",
            "resume please",
            "yes please, and comment on all issues please.",
            "yeah please go ahead, and feel free to spin the app up in test mode to check that the fixes work",
            "ok lets doe that. so does that mean the settings will still be there",
            "looks greate, proceed",
            "work for me",
            "go ahead with the plan",
            "1 - yeah, 2 - definitely, go for it.",
            "I dont have anything to add",
        ] {
            assert!(is_approval(text), "{text}");
        }
        for text in [
            "yes, the file is in src",
            "ok fix all of it and add a test",
            "yes please, but only the tests",
            "go ahead, but don't touch the tests",
            "ok, I wanted to talk about the cache for a minute",
            "round the total, then proceed",
            "go ahead with the second but in cents",
            "does that work for me?",
        ] {
            assert!(!is_approval(text), "{text}");
        }
    }

    #[test]
    fn words_about_git_and_words_to_go_on_say_nothing_of_the_lines() {
        assert!(speaks_of_committing("Can you do meaningful commits?"));
        assert!(speaks_of_committing("yess, commit it. I tell the others that the rounding was wrong all the time"));
        assert!(!speaks_of_committing("the total is wrong, round it"));
        assert!(lets_go_on("sorry, wrong key, continue"));
        assert!(!lets_go_on("don't continue with the cache"));
        assert!(!lets_go_on("take a parameter"));
        assert!(wants_otherwise("I want it in percent"));
        assert!(!wants_otherwise("hid = hide"));
        assert!(is_a_form("The user wants to clarify these questions.\n    Start by asking them."));
        assert!(!is_a_form("the user wants cents"));
    }

    #[test]
    fn a_change_of_course_is_recognised_by_how_it_begins() {
        assert!(redirects("No, prices are in cents"));
        assert!(redirects("Undo the cache, it is not worth it"));
        assert!(redirects("please use a set instead of a list"));
        assert!(redirects("whoops! yeah let's put that back"));
        assert!(redirects("why aren't we using the hook for that?"));
        assert!(redirects("Fine, but please don't touch the tests"));
        assert!(redirects("it should say so. not just skip the test"));
        assert!(redirects("hmmm, given that, it is better not to keep the address"));
        assert!(redirects("also i thougth the pattern was to use the runner"));
        assert!(redirects("I ran it again and the warnings are still there."));
        assert!(redirects("I would prefer not to do that again"));
        assert!(!redirects("but how does it find the file?"));
        assert!(!redirects("you are in a box, so do not have the network"));
        assert!(redirects("it is still not in the list") && !redirects("do it, though I am still not sure how"));
        assert!(!redirects("now add a test for it"));
        assert!(!redirects("I don't remember which error it was"));
    }

    #[test]
    fn a_report_of_what_does_not_work_is_told_from_a_wish() {
        for text in [
            "CI fails now",
            "the total is wrong",
            "it stlil fails",
            "error: cannot find `price`",
            "nothing happens when I click",
        ] {
            assert!(reports_a_fault(text), "{text}");
        }
        assert!(!reports_a_fault("show the price in the header"));
        assert!(objects("it was to be in the footer, not here") && !objects("add a footer"));
    }

    #[test]
    fn a_reviewers_finding_is_told_from_a_persons_words() {
        let finding = "Totals ignore the discount\n\nMedium Severity\n\n`total()` in price.py:12 adds up the prices and \
                       never looks at the discount that the caller passes, so that `invoice_sum()` prints too much. Consider \
                       taking the discount off before rounding, and add a test that shows it.";
        assert!(is_finding(finding));
        assert!(!is_finding("please look at price.py:12, the discount is not taken off"));
    }
}
