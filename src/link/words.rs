//! What the words of a prompt say by themselves: consent, a change of course, a finding that was handed on.

/// "yes", "go on", "commit": words that let the agent continue and ask for nothing new.
pub(crate) fn is_approval(text: &str) -> bool {
    let folded: String =
        text.to_lowercase().chars().map(|c| if c.is_alphanumeric() || c == '\'' { c } else { ' ' }).collect();
    let words: Vec<&str> = folded.split_whitespace().collect();
    // "Commit the changes we have so far": what is there goes in, and nothing new is asked for.
    if words.len() <= 10 && matches!(words.first(), Some(&("commit" | "push"))) {
        return words.iter().all(|word| APPROVING.contains(word) || COMMITTING.contains(word));
    }
    !words.is_empty() && words.len() <= 6 && words.iter().all(|word| APPROVING.contains(word))
}

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
    "cool", "again", "try", "let's", "lets", "keep", "going", "sounds", "1", "2", "3", "a", "b", "ship", "done",
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
    let words: Vec<&str> =
        start.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty()).collect();
    let first = words.first().copied().unwrap_or_default();
    let asks_why = first == "why" && words.iter().take(3).any(|word| word.ends_with("n't") || *word == "not");
    // "But how does it work?" asks, "but why isn't it" does not.
    let only_asks = first == "but" && words.get(1).is_some_and(|word| ASKING.contains(word));
    TURNING_FIRST.contains(&first) && !only_asks
        || asks_why
        || [". not ", ", not ", "; not ", "! not "].iter().any(|clause| start.contains(clause))
        || TURNING.iter().any(|words| start.contains(words))
        || ["don't ", "do not "].iter().any(|forbidding| is_order(&start, forbidding))
}

/// Whether the words are said to the agent ("please don't ...") and not of somebody ("I don't remember").
fn is_order(start: &str, forbidding: &str) -> bool {
    start.match_indices(forbidding).any(|(at, _)| {
        let before = start[..at].trim_end();
        let word = before.rsplit(char::is_whitespace).next().unwrap_or_default();
        !before.ends_with(char::is_alphanumeric) || ["please", "but", "and", "so", "just", "or", "then"].contains(&word)
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
    "still fails",
];

/// Whether the text is a reviewer's or a tool's finding about the code, handed on: long, and about places or names in it.
pub(crate) fn is_finding(text: &str) -> bool {
    text.len() >= LEAST_FINDING && (text.contains(" Severity") || names_a_place(text) || code_names(text) >= 4)
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
        assert!(!redirects("but how does it find the file?"));
        assert!(!redirects("now add a test for it"));
        assert!(!redirects("I don't remember which error it was"));
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
