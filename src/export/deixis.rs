//! Requests that point with "this", "here" or "your" at what was seen or said, and do not show it.

use super::questions::sentences;

/// Whether the first message of a conversation points at something that it does not hold.
pub(super) fn points_at_something(asked: &str) -> bool {
    let lower = asked.trim().to_lowercase().replace('\u{2019}', "'");
    if has_attachments(&lower)
        || takes_up_a_plan(&lower)
        || is_of_a_review(&lower)
        || is_a_link(&lower)
        || is_of_a_screen(&lower)
        || goes_on(&lower)
        || picks_by_ids(asked)
    {
        return true;
    }
    let count = lower.split_whitespace().count();
    if count <= LONG && (answers_the_agent(&lower) || (!shows(asked) && ends_here(&lower))) {
        return true;
    }
    // A longer text or one with something pasted shows what it speaks of.
    if shows(asked) || count > MIDDLING {
        return points(&lower, FIRST_WORDS, &[AFTER_A_PRONOUN]);
    }
    adds(&lower)
        || points(&lower, NEAR_THE_BEGINNING, &[AFTER_A_PRONOUN, SEEN])
        || follows(&lower)
        || lower.trim_end_matches([' ', '.']).ends_with(':')
        || lower.contains(": . ")
}

/// Files that were handed over beside the words.
fn has_attachments(lower: &str) -> bool {
    [
        "i've attached",
        "i attached",
        "i have attached",
        "is attached",
        "are attached",
        "attached logs",
        "attached file",
        "see attached",
        ".context/",
    ]
    .iter()
    .any(|words| lower.contains(words))
}

/// "ok, let's add a param": it was spoken of before.
fn takes_up_a_plan(lower: &str) -> bool {
    let rest = ["okay", "ok", "alright", "great", "cool", "right"].iter().find_map(|word| lower.strip_prefix(word));
    let rest = rest.map(|rest| rest.trim_start_matches([',', '.', '!', ' ']));
    rest.is_some_and(|rest| ["let's ", "lets ", "then ", "so let's "].iter().any(|start| rest.starts_with(start)))
}

const LONG: usize = 200;
const MIDDLING: usize = 60;

/// Whether a later message before the same commit takes up what the agent said in between.
pub(super) fn takes_up_an_answer(said: &str) -> bool {
    let lower = said.trim().to_lowercase().replace('\u{2019}', "'");
    let begins =
        ["yes", "yeah", "yep", "yup", "sure", "ok yes", "you're ", "you are ", "are you sure", "go with ", "option "];
    begins.iter().any(|start| lower.starts_with(start)) || answers_the_agent(&lower) || picks_by_ids(said)
}

/// Whether things are picked by ids of which the text does not say what they are: "fix H1, H2 and M3".
fn picks_by_ids(asked: &str) -> bool {
    let is_id = |word: &str| {
        let mut chars = word.chars();
        chars.next().is_some_and(|c| c.is_ascii_uppercase())
            && (2..=3).contains(&word.len())
            && chars.all(|c| c.is_ascii_digit())
    };
    let bare = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric()).to_owned();
    let mut ids: Vec<String> = asked.split_whitespace().map(bare).filter(|word| is_id(word)).collect();
    ids.sort();
    ids.dedup();
    // Several of a tracker, each with what is to be done for it: "av-2: close it".
    let label = |text: &str| {
        text.split_whitespace().next().is_some_and(|word| word.ends_with(':') && word.contains('-') && word.len() <= 10)
    };
    if asked.split("\n\n").filter(|text| label(text.trim())).count() >= 2 {
        return true;
    }
    let is_told = |id: &String| {
        asked.lines().any(|line| line.trim_start_matches(|c: char| !c.is_alphanumeric()).starts_with(id.as_str()))
    };
    ids.len() >= SEVERAL_IDS && !ids.iter().any(is_told)
}

const SEVERAL_IDS: usize = 3;

/// Whether a text holds something pasted: code, a log, a list.
fn shows(asked: &str) -> bool {
    asked.contains("```") || asked.lines().filter(|line| !line.trim().is_empty()).count() >= LINES_OF_A_PASTE
}

const LINES_OF_A_PASTE: usize = 6;

/// Whether what others said of a pull request is to be seen to: "there is a comment on the PR".
fn is_of_a_review(lower: &str) -> bool {
    sentences(lower).any(|sentence| {
        let words = || sentence.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        let has = |list: &[&str]| words().any(|word| list.contains(&word));
        let is_said = has(&["comment", "comments", "feedback", "points", "suggestions", "findings", "nitpick", "nits"]);
        is_said
            && words().count() <= SHORT
            && (has(&["pr", "prs", "reviewer", "coderabbit"]) || sentence.contains("pull request"))
    })
}

const SHORT: usize = 25;

/// Whether little is said beside the address of an issue, a discussion, a run or a page of the person's machine.
fn is_a_link(lower: &str) -> bool {
    let is_link = |word: &&str| word.contains("://");
    let is_seen_elsewhere = |word: &str| {
        ["/issues/", "/pull/", "/discussions/", "/actions/", "://localhost", "://127."]
            .iter()
            .any(|part| word.contains(part))
    };
    let words = || lower.split(|c: char| c.is_whitespace() || "()[]<>".contains(c)).filter(|word| !word.is_empty());
    words().filter(is_link).any(is_seen_elsewhere)
        && words().filter(|word| !is_link(word)).count() < LEAST_BESIDE_A_LINK
}

const LEAST_BESIDE_A_LINK: usize = 30;

/// Whether a picture of a screen was shown: "see the screenshot".
fn is_of_a_screen(lower: &str) -> bool {
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let is_picture = |word: &str| word.starts_with("screenshot") || word == "screengrab";
    let shows = ["see", "attached", "this", "these", "are", "my", "following"];
    let is_shown = |pair: &[&str]| {
        is_picture(pair[1]) && (shows.contains(&pair[0]) || (pair[0] == "the" && !pair[1].ends_with('s')))
    };
    let is_last =
        lower.lines().next_back().is_some_and(|line| ["screen", "screenshot", "screenshots"].contains(&line.trim()));
    words.windows(2).any(is_shown) || is_last || lower.contains("[image")
}

/// Whether the words begin as ones that go on from others, or judge what was done: "and there it is", "much better, but".
fn goes_on(lower: &str) -> bool {
    let begins = [
        "and ",
        "but ",
        "or ",
        "because ",
        "re: ",
        "ok ",
        "ok, ",
        "okay ",
        "okay, ",
        "alright",
        "yup",
        "yea ",
        "yea,",
        "sure",
        "hm ",
        "hm, ",
        "hmm",
        "wait",
        "hang on",
        "better",
        "much better",
        "a bit better",
        "a little better",
        "a little bit",
        "a litle",
        "works",
        "that works",
        "it works",
        "still ",
        "i still ",
        "it still ",
        "it's still ",
        "we still ",
        "you're ",
        "you are ",
        "same as ",
        "revert your",
        "oh sorry",
        "never mind",
        "good point",
    ];
    let first = sentences(lower).next().unwrap_or_default();
    let is_still_so = first.split_whitespace().any(|word| word == "still") && lower.split_whitespace().count() <= SHORT;
    let is_the_same = ["do the same", "same thing", "the same for "].iter().any(|words| first.contains(words));
    begins.iter().any(|start| lower.starts_with(start)) || is_still_so || is_the_same
}

/// Whether something is to come on top of what was done: "update the changelog as well".
fn adds(lower: &str) -> bool {
    let first = sentences(lower).next().unwrap_or_default().trim_end_matches(['.', '!', '?']);
    let is_more = first.ends_with(" as well") || first.ends_with(" too");
    let starts = [
        "can we also",
        "could we also",
        "can you also",
        "could you also",
        "please also",
        "let's also",
        "lets also",
        "we should also",
    ];
    (is_more && first.split_whitespace().count() <= FEW) || starts.iter().any(|start| first.starts_with(start))
}

const FEW: usize = 12;

/// Whether what the agent said or made is taken up: "your solution", "as you suggested".
fn answers_the_agent(lower: &str) -> bool {
    let words: Vec<&str> =
        lower.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty()).collect();
    let made = [
        "solution",
        "suggestion",
        "suggestions",
        "proposal",
        "plan",
        "recommendation",
        "recommendations",
        "findings",
        "idea",
        "approach",
        "fix",
        "change",
        "changes",
        "answer",
        "analysis",
        "review",
        "summary",
        "question",
        "questions",
        "comment",
    ];
    let did = [
        "suggested",
        "mentioned",
        "said",
        "proposed",
        "found",
        "listed",
        "recommended",
        "described",
        "reported",
        "did",
        "made",
        "wrote",
        "just",
    ];
    words
        .windows(2)
        .any(|two| (two[0] == "your" && made.contains(&two[1])) || (two[0] == "you" && did.contains(&two[1])))
}

/// Whether "this" or "these" among the first words stands for something that was not named: it comes before a
/// word of one of the lists, or ends a clause.
fn points(lower: &str, first: usize, before: &[&str]) -> bool {
    let words: Vec<&str> = lower.split_whitespace().collect();
    let bare = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric()).to_owned();
    let ends = |word: &str| word.ends_with(['.', ',', '!', '?', ':', ';', ')']);
    let is_pointing = |at: usize| {
        let Some(next) = words.get(at + 1).filter(|_| !ends(words[at])) else { return true };
        let (bare, is_name) = (bare(next), next.contains(['`', '_', '/', '"']));
        !is_name && before.iter().flat_map(|list| list.split_whitespace()).any(|word| word == bare)
    };
    let mut pointing =
        words.iter().take(first).enumerate().filter(|(_, word)| ["this", "these"].contains(&&*bare(word)));
    pointing.any(|(at, _)| is_pointing(at))
}

/// Whether a clause ends with "here", and nothing says where that is.
fn ends_here(lower: &str) -> bool {
    let ends = |clause: &str| clause.trim_end_matches(['.', '!']).ends_with(" here");
    !lower.contains('/') && !lower.contains('`') && lower.split([',', '\n']).flat_map(sentences).any(ends)
}

const FIRST_WORDS: usize = 4;
/// So many words are too few to have named what "this" stands for.
const NEAR_THE_BEGINNING: usize = 11;

const AFTER_A_PRONOUN: &str = "is isn't are aren't was should shouldn't must needs need can can't could would will won't does doesn't has \
    works fails and in on to for with so as at please properly again now up out correctly too instead happens happen branch's";

const SEEN: &str = "bug bugfix fix error errors issue issues problem problems warning warnings message messages log logs output info \
    information change changes comment comments feedback finding findings suggestion suggestions approach idea behavior behaviour kind \
    type thing things one way failure crash image picture page window line lines code function pr plan list table task ticket feature \
    data file files";

/// Whether "the following error" is not followed by it.
fn follows(lower: &str) -> bool {
    let Some((_, after)) = lower.split_once("the following ") else { return false };
    let noun = after.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let is_seen = SEEN.split_whitespace().any(|word| word == noun);
    is_seen && !after.contains([':', '\n', '`', '"'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_that_points_at_what_is_not_shown_is_told_from_one_that_names_it() {
        for asked in [
            "update the notes with this fix",
            "this should be hidden in the shop",
            "hide the total in the cart :",
            "the total should be in the cart: . And in the shop",
            "the following error occurs in the cart. Fix it",
            "some good points of coderabbit on the pr. Round the total",
            "fix the total as in https://example.org/a/b/issues/1",
            "see the screenshot, the total is cut off",
            "remove the total.\n\nscreen",
            "and round the total",
            "much better, but round the total",
            "I still have odd totals in the cart",
            "update the notes as well",
            "can we also round the total",
            "your solution is good, but I know a better one for totals",
            "round it as you suggested",
            "think of the total more carefully here, as with the sums",
            "ok let's round the total",
            "ok, let's add a param for it. With all of the cart below the total, the prices above and the notes at the end of it all",
            "Fix the failing CI of the cart. I've attached the logs",
            "can we do the same for the cart?",
            "fix H1, H2 and M3",
            "round the total.\n\nshop-12: close it\n\nshop-ab: hide the cart",
        ] {
            assert!(points_at_something(asked), "{asked}");
        }
        for asked in [
            "Round the prices to cents",
            "update the notes: this shop rounds to cents",
            "this repo needs a licence",
            "use this `total` everywhere",
            "the following error occurs:\nKeyError",
            "I get this error:\n```\nKeyError: total\n```",
            "the total still is wrong in the cart, the log of the shop says that it was rounded to whole cents when it was read, and again \
             when it was shown to the buyer",
            "show a comment below each price",
            "save the screenshots below docs",
        ] {
            assert!(!points_at_something(asked), "{asked}");
        }
    }
}
