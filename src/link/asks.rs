//! Whether a prompt says by itself what is wanted: a consent, a choice from a list and a question after the state do not,
//! and a command that only shows a list asks for nothing.

use super::news::asks_after_the_state;
use super::words::{begins_by_turning, is_approval, redirects};
use crate::record::proceeding::{goes_on_with_a_plan, only_proceeds};
use crate::record::session::{Prompt, PromptSource};

/// How far back the words lie that say what is wanted, where a prompt does not say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// It says so itself.
    Nothing,
    /// In the same stretch of work: it goes on with what is being done, or turns away from it.
    BeforeInStretch,
    /// Wherever they are, also before a commit of the session.
    Before,
}

/// What a prompt needs before it to be understood. `has_edited` tells whether the session had edited something by then: only
/// then, or in so many words, does it turn away from what was done.
pub(crate) fn need(prompt: &Prompt, has_edited: impl FnOnce() -> bool) -> Need {
    let text = prompt.text.expose();
    match prompt.source {
        PromptSource::Plan => return Need::Nothing,
        PromptSource::Delegated | PromptSource::Answer => return Need::Before,
        PromptSource::Slash if shows_a_list(text) => return Need::Before,
        PromptSource::Slash => return Need::Nothing,
        PromptSource::Typed | PromptSource::Queued | PromptSource::Remark => {}
    }
    let goes_on = matches!(prompt.source, PromptSource::Queued | PromptSource::Remark);
    let chooses_and_says_why = points_back(text) && words_behind_the_first_sentence(text) >= MANY_WORDS;
    let only_talks = asks_after_the_state(text) || asks_what_the_agent_did(text) || is_about_branches(text);
    let goes_on_as_planned = only_proceeds(text) || goes_on_with_a_plan(text);
    if is_approval(text) || (points_back(text) && !chooses_and_says_why) || only_talks || goes_on_as_planned {
        Need::Before
    } else if goes_on
        || chooses_and_says_why
        || takes_up_an_offer(text)
        || begins_by_turning(text)
        || (redirects(text) && has_edited())
    {
        Need::BeforeInStretch
    } else {
        Need::Nothing
    }
}

/// So many words behind a choice say themselves what is wanted, also without what was offered before a commit.
const MANY_WORDS: usize = 12;

fn words_behind_the_first_sentence(text: &str) -> usize {
    let mut sentences = text.split(['.', '\n', '?', '!']).filter(|part| !part.trim().is_empty());
    sentences.next();
    sentences.map(|sentence| sentence.split_whitespace().count()).sum()
}

/// "yes, and let the other model do it": somebody had offered it.
pub(super) fn takes_up_an_offer(text: &str) -> bool {
    let lower = text.trim_start().to_lowercase();
    let first = lower.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    ["yes", "yeah", "yep", "yup"].contains(&first)
}

/// Whether it is a command without arguments that shows what there is to do: `/todos`, `/gsd:progress`.
pub(crate) fn is_menu(prompt: &Prompt) -> bool {
    prompt.source == PromptSource::Slash && shows_a_list(prompt.text.expose())
}

/// Whether it is a command of the agent's own window: `/model`, `/ide`. Nothing is asked for.
pub(crate) fn is_of_the_window(prompt: &Prompt) -> bool {
    let name = prompt.text.expose().split_whitespace().next().unwrap_or_default().trim_start_matches('/');
    prompt.source == PromptSource::Slash && WINDOW.contains(&name)
}

const WINDOW: &[&str] = &[
    "add-dir",
    "agents",
    "clear",
    "compact",
    "config",
    "context",
    "cost",
    "doctor",
    "effort",
    "exit",
    "fast",
    "hooks",
    "ide",
    "login",
    "logout",
    "mcp",
    "memory",
    "model",
    "output-style",
    "permissions",
    "plugin",
    "rename",
    "resume",
    "rewind",
    "sandbox",
    "statusline",
    "terminal-setup",
    "theme",
    "usage",
    "vim",
];

fn shows_a_list(command: &str) -> bool {
    let Some(name) = command.trim().strip_prefix('/') else { return false };
    let mut parts = name.split(|c: char| !c.is_alphanumeric());
    !name.contains(char::is_whitespace) && parts.any(|part| LISTING.contains(&part))
}

const LISTING: &[&str] =
    &["backlog", "board", "help", "issues", "list", "menu", "next", "progress", "status", "tasks", "todo", "todos"];

/// "do 1 and 3", "option b", "ok can we handle #4 quickly?", "fix all of those issues", "implement it".
pub(crate) fn points_back(text: &str) -> bool {
    let lower = text.to_lowercase();
    let words: Vec<&str> =
        first_sentence(&lower).split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty()).collect();
    if words.is_empty() || words.len() > MOST_WORDS || words.iter().any(|word| is_a_name(word)) {
        return false;
    }
    chooses(&words) || names_what_was_found(&words) || only_has_pronouns(&words)
}

const MOST_WORDS: usize = 12;

/// The point in `28.35` or `a.rs` ends none.
fn first_sentence(text: &str) -> &str {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || ".?!".contains(c));
    let ends = |(at, c): &(usize, char)| match c {
        '\n' | '?' | '!' => true,
        '.' => text[at + 1..].chars().next().is_none_or(char::is_whitespace),
        _ => false,
    };
    text.char_indices().find(ends).map_or(text, |(end, _)| &text[..end])
}

/// A path, an address or a name of code: such a word says what it is about.
pub(super) fn is_a_name(word: &str) -> bool {
    let inner = word.trim_matches(|c: char| !c.is_alphanumeric());
    inner.contains(['/', '_', '(', '`']) || inner.contains('.') || inner.contains("::")
}

/// Whether a number, a letter or an ordinal stands for something in a list.
fn chooses(words: &[&str]) -> bool {
    let ends_list = |place: usize| {
        let next = words.get(place + 1).copied().unwrap_or_default();
        ORDINALS.contains(&words[place]) && (CHOICES.contains(&next) || next == "one")
    };
    !choices(words).is_empty() || (0..words.len()).any(ends_list)
}

/// The numbers and letters by which things of a list are chosen, in lower case: `1` and `3` of "do 1 and 3".
pub(super) fn choices(words: &[&str]) -> Vec<String> {
    let at = |place: usize| words.get(place).copied().unwrap_or_default();
    let key = |place: usize| {
        let word = words[place].trim_end_matches([')', ':']);
        let number = word.trim_start_matches('#');
        let is_short = !number.is_empty() && number.len() <= 2 && number.bytes().all(|byte| byte.is_ascii_digit());
        let named = place > 0 && CHOICES.contains(&words[place - 1]);
        let is_letter = word.len() == 1 && named;
        // "5 seems a good one", not "5 retries"; "3 but apply it here".
        let stands_alone = at(place + 1).is_empty()
            || BEHIND_A_CHOICE.contains(&at(place + 1))
            || (place == 0 && at(place + 1) == "but");
        (is_letter || (is_short && (named || word.starts_with('#') || stands_alone))).then(|| number.to_owned())
    };
    (0..words.len()).filter_map(key).collect()
}

const CHOICES: &[&str] = &[
    "option",
    "options",
    "number",
    "no",
    "item",
    "items",
    "step",
    "point",
    "approach",
    "variant",
    "choice",
    "alternative",
];
const ORDINALS: &[&str] = &["first", "second", "third", "fourth", "last", "latter", "former", "other"];
const BEHIND_A_CHOICE: &[&str] = &[
    "and", "or", "to", "seems", "sounds", "looks", "does", "is", "please", "first", "then", "only", "now", "too",
    "quickly", "+", "&",
];

/// "fix all critical and high issues", "address those comments": of a list that was shown.
fn names_what_was_found(words: &[&str]) -> bool {
    let pointing = words.iter().position(|word| POINTING.contains(word));
    pointing.is_some_and(|place| words[place + 1..].iter().take(6).any(|word| FOUND.contains(word)))
}

const POINTING: &[&str] = &["all", "these", "those", "your", "both", "remaining", "other"];
const FOUND: &[&str] = &[
    "comments",
    "findings",
    "fixes",
    "gaps",
    "ideas",
    "issues",
    "items",
    "ones",
    "points",
    "problems",
    "proposals",
    "questions",
    "recommendations",
    "steps",
    "suggestions",
    "todos",
    "warnings",
];

/// "implement it", "can you do that please?": a verb, and nothing that says what.
fn only_has_pronouns(words: &[&str]) -> bool {
    let bare = |word: &&str| word.trim_matches(|c: char| !c.is_alphanumeric() && c != '\'').to_owned();
    let words: Vec<String> = words.iter().map(bare).collect();
    let has_pronoun = words.iter().any(|word| PRONOUNS.contains(&word.as_str()));
    let content = words.iter().filter(|word| !PRONOUNS.contains(&word.as_str()) && !FILLING.contains(&word.as_str()));
    has_pronoun && words.len() <= 8 && content.count() <= 1
}

const PRONOUNS: &[&str] = &["it", "that", "this", "them", "those", "these", "so", "everything", "all", "both"];
const FILLING: &[&str] = &[
    "a", "all", "also", "and", "can", "could", "do", "first", "for", "go", "good", "i", "just", "let's", "lets",
    "like", "me", "not", "now", "of", "ok", "okay", "on", "please", "right", "the", "then", "to", "us", "want", "we",
    "with", "would", "yes", "yeah", "you", "your", "ahead", "sure", "great", "thanks", "try", "in", "is", "i'd", "up",
    "too",
];

/// "ignore my last message, go on": what was said before is not meant.
pub(crate) fn withdraws(text: &str) -> bool {
    let lower = text.trim_start().to_lowercase();
    let begins = ["ignore ", "disregard ", "forget "].iter().any(|start| lower.starts_with(start));
    let own = [
        "my last mess",
        "my last prompt",
        "my last question",
        "my previous mess",
        "my previous prompt",
        "the last message",
        "my message",
        "that last message",
        "what i just said",
        "what i just wrote",
        "what i said",
    ];
    begins && own.iter().any(|words| lower.chars().take(60).collect::<String>().contains(words))
}

/// "1. All three 2. yes 3. as you recommend": each line answers a question of a list.
pub(crate) fn answers_a_list(text: &str) -> bool {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let number = |line: &&str| line.split_once(['.', ')', ':']).is_some_and(|(number, _)| is_number(number));
    lines.len() > 1 && lines.iter().filter(|line| number(line)).count() * 3 >= lines.len() * 2
}

fn is_number(text: &str) -> bool {
    (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// "why are you writing TypeScript?", "did you write tests?": it says what is wrong or lacking in work that somebody asked for before.
pub(crate) fn asks_what_the_agent_did(text: &str) -> bool {
    let lower = text.trim().to_lowercase();
    let words: Vec<&str> = lower.split_whitespace().collect();
    let about_it = match words[..] {
        ["why" | "what" | "how", "are" | "did" | "have" | "were", "you", ..] => true,
        ["did" | "have" | "haven't" | "didn't" | "are" | "aren't", "you", next, ..] => next != "able",
        _ => false,
    };
    about_it && words.len() <= MOST_WORDS && lower.trim_end().ends_with('?')
}

/// "ok lets get back to main", "switch to a new branch": where to work, and not what to do.
pub(crate) fn is_about_branches(text: &str) -> bool {
    let lower = text.to_lowercase();
    let words: Vec<&str> =
        lower.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty()).collect();
    let names_one =
        words.iter().any(|word| ["main", "master", "branch", "develop", "trunk", "worktree"].contains(word));
    names_one && words.len() <= 16 && words.iter().all(|word| OF_BRANCHES.contains(word))
}

const OF_BRANCHES: &[&str] = &[
    "a", "again", "and", "back", "branch", "can", "change", "check", "checkout", "could", "create", "develop", "fetch",
    "first", "fresh", "from", "get", "go", "i", "in", "into", "it", "latest", "let's", "lets", "main", "make",
    "master", "new", "now", "of", "off", "ok", "okay", "on", "onto", "origin", "our", "out", "please", "pull",
    "rebase", "start", "stash", "switch", "sync", "that", "the", "then", "this", "to", "trunk", "update", "us", "we",
    "with", "worktree", "yes", "you",
];

/// A question or an order to look: "why does it fail?", "investigate the failing job", "it worked before, is it the cache". No
/// change is asked for yet.
pub(crate) fn only_looks(text: &str) -> bool {
    let lower = text.trim().to_lowercase();
    let words = |text: &str| -> Vec<String> {
        let words = text.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty());
        words.take(4).map(str::to_owned).collect()
    };
    let first = words(&lower);
    let start = first.iter().position(|word| !OPENING.contains(&word.as_str())).unwrap_or(0);
    let word = |place: usize| first.get(start + place).map(String::as_str).unwrap_or_default();
    let looks = LOOKS_FIRST.contains(&word(0)) || (word(0) == "look" && word(1) != "like");
    let last = lower.rsplit([',', '.', ';']).next().map(words).unwrap_or_default();
    let ends_asking = last.len() > 2 && last.first().is_some_and(|word| ASKS_LAST.contains(&word.as_str()));
    (lower.ends_with('?') && !orders_politely(&lower)) || asks(word(0), word(1)) || looks || ends_asking
}

/// "can we improve this?": something is to be done. Not so "can you check why?".
fn orders_politely(lower: &str) -> bool {
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric() && c != '\'')
        .filter(|word| !word.is_empty())
        .take(MOST_WORDS)
        .collect();
    let start = words.iter().position(|word| !OPENING.contains(word)).unwrap_or(0);
    let Some([verb, who, rest @ ..]) = words.get(start..) else { return false };
    let what = rest.iter().find(|word| !["please", "also", "just", "now", "then", "maybe"].contains(word));
    ["can", "could", "would", "will"].contains(verb)
        && ["you", "we"].contains(who)
        && what.is_some_and(|what| {
            let looks =
                LOOKS_FIRST.contains(what) || ["be", "have", "look", "see", "think", "say", "confirm"].contains(what);
            !looks
        })
}

fn asks(first: &str, second: &str) -> bool {
    ASKS_FIRST.contains(&first) || (first == "do" && ["you", "we", "they", "i", "these", "those"].contains(&second))
}

const ASKS_LAST: &[&str] = &["why", "how", "is", "are", "does", "did", "isn't", "doesn't", "aren't"];
const OPENING: &[&str] = &["so", "ok", "okay", "and", "but", "please", "hi", "hey", "first"];
const ASKS_FIRST: &[&str] = &[
    "why", "how", "what", "what's", "where", "when", "who", "which", "is", "are", "does", "did", "was", "were", "has",
    "have", "any", "isn't", "doesn't", "aren't",
];
const LOOKS_FIRST: &[&str] = &[
    "investigate",
    "research",
    "explain",
    "analyze",
    "analyse",
    "explore",
    "review",
    "check",
    "inspect",
    "diagnose",
    "compare",
    "tell",
    "describe",
    "summarize",
    "summarise",
    "brainstorm",
    "find",
    "list",
    "show",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_points_back_and_words_that_say_what_do_not() {
        for text in [
            "do 1 and 3",
            "option b please",
            "ok can we handle #4 quickly?",
            "5 seems like a low hanging fruit",
            "1 does seem like a decent path forward",
            "3 but apply it to this branch",
            "go with the second option",
            "let's take the first one",
            "ok fix all crit, high and medium issues. Also log a todo for LOW-01",
            "address those comments please",
            "implement it",
            "can you fix this?",
            "ok, let's try that",
        ] {
            assert!(points_back(text), "{text}");
        }
        for text in [
            "add 5 retries to the client",
            "wait for 5 but not for 6 seconds",
            "wait 30 seconds before the first request",
            "round the total to 2 digits",
            "fix src/price.py:12, it rounds twice",
            "make it possible to pay by card",
            "fix issue #1234",
            "the discount is in percent",
            "rename it to publish.yml",
            "that's wrong: an ounce has 28.35 grams, and a pound 453.6",
        ] {
            assert!(!points_back(text), "{text}");
        }
    }

    #[test]
    fn a_question_after_the_agents_own_doings_is_no_request() {
        for text in ["Why are you writing typscript?", "did you write tests?", "what did you change there?"] {
            assert!(asks_what_the_agent_did(text), "{text}");
        }
        for text in
            ["are you able to add a list of carts?", "why is the total wrong?", "Did you know? Add a list of carts"]
        {
            assert!(!asks_what_the_agent_did(text), "{text}");
        }
    }

    #[test]
    fn a_message_that_is_withdrawn_and_answers_to_a_list_are_known() {
        for text in ["Ignore my last messge, continue your work as normal", "disregard what I said"] {
            assert!(withdraws(text), "{text}");
        }
        for text in [
            "ignore the last line of the file",
            "Round it, and ignore my last message",
            "Forget my last commit's tests",
        ] {
            assert!(!withdraws(text), "{text}");
        }
        assert!(answers_a_list("1. All three\n2. yes\n3) as you recommend"));
        assert!(!answers_a_list("1. Round the prices") && !answers_a_list("Round it\nand then 2. sums"));
    }

    #[test]
    fn words_about_the_state_or_the_branch_ask_for_no_work() {
        for text in [
            "so how did the research go?",
            "are you done?",
            "Is the plan ready to execute?",
            "What's taking so long?",
            "still there?",
            "what's the status?",
            "where are we?",
            "what's next",
            "ok, what is next?",
        ] {
            assert!(asks_after_the_state(text), "{text}");
        }
        for text in ["how does it go through the list?", "the warnings are still there", "show the status of an order"]
        {
            assert!(!asks_after_the_state(text), "{text}");
        }
        assert!(is_about_branches("ok lets get back to main"));
        assert!(is_about_branches("switch to main, pull in latest, then create a new branch"));
        assert!(!is_about_branches("rename the branch in the workflow"));
        assert!(!is_about_branches("go back to the first page"));
    }

    #[test]
    fn a_command_without_arguments_that_lists_is_a_menu() {
        let slash = |text: &str| Prompt {
            at: None,
            text: crate::record::text::Raw::new(text),
            source: PromptSource::Slash,
            id: None,
        };
        assert!(is_menu(&slash("/gsd:check-todos")));
        assert!(is_menu(&slash("/progress")));
        assert!(!is_menu(&slash("/security:review of the changes")));
        assert!(!is_menu(&slash("/gsd:execute-phase 14")));
        assert!(!is_menu(&slash("/list-prices now")));
        assert!(is_of_the_window(&slash("/model opus")) && !is_of_the_window(&slash("/models-of-cars list")));
        assert_eq!(need(&slash("/fix-tests"), || true), Need::Nothing);
    }

    #[test]
    fn questions_and_orders_to_look_ask_for_no_change_yet() {
        assert!(only_looks("investigate why CI failed"));
        assert!(only_looks("is this how others do this"));
        assert!(only_looks("ok how is the total made"));
        assert!(only_looks("it worked before, is it because we left the step out"));
        assert!(only_looks("do you think that is better"));
        assert!(!only_looks("do that, and add a test"));
        assert!(!only_looks("we should rename it"));
        assert!(!only_looks("add a discount"));
        assert!(!only_looks("ok, can we improve this ?"));
        assert!(!only_looks("could you also round the total?"));
        assert!(only_looks("can you check why the total is wrong?"));
        assert!(only_looks("can we see the total?"));
    }
}
