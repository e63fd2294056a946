//! Requests that lean on what no row shows: on what the agent had said, a list, a plan, a page, the place where somebody looks.

use std::collections::HashSet;

/// Whether a request takes something up that is not shown.
pub(super) fn leans_on_something(asked: &str) -> bool {
    leans(asked)
        || picks_of_a_list(asked)
        || is_of_a_terminal(asked)
        || replies(asked)
        || goes_ahead(asked)
        || is_at_a_line(asked)
        || goes_on(asked)
        || takes_an_option(asked)
        || adds_to_something(asked)
        || takes_findings(asked)
        || is_cut_short(asked)
        || fixes_what_was_seen(asked)
}

/// Whether the record holds only the beginning of what was asked.
fn is_cut_short(asked: &str) -> bool {
    asked.trim_end().ends_with('\u{2026}')
}

/// Whether the last of several messages only has something put right that came out before, and none shows an error or names code:
/// "ok make a pr to fix it".
fn fixes_what_was_seen(asked: &str) -> bool {
    let said: Vec<&str> = asked.split("\n\n").map(str::trim).filter(|text| !text.is_empty()).collect();
    let Some(last) = said.last().filter(|_| said.len() > 1) else { return false };
    let lower = last.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let has_no_object = words.iter().position(|word| *word == "fix").is_some_and(|at| {
        words.get(at + 1).is_none_or(|next| ["it", "this", "that", "them", "please", "now"].contains(next))
    });
    let shows = asked.contains(['`', '_', '(']) || asked.to_lowercase().contains("error");
    has_no_object && words.len() <= SHORT_SENTENCE && !shows
}

/// Whether what is said first adds to something that was said before: "also add a section on it".
fn adds_to_something(asked: &str) -> bool {
    let lower = asked.trim_start().to_lowercase();
    ["also ", "also, ", "additionally", "in addition", "oh and ", "and also "]
        .iter()
        .any(|start| lower.starts_with(start))
}

/// Whether what a review found is to be put right, and the words do not say what that was: "fix the critical issues".
fn takes_findings(asked: &str) -> bool {
    let is_list = |line: &str| line.trim_start().starts_with(['-', '*', '#', '1']);
    if asked.lines().filter(|line| is_list(line)).count() > 1 {
        return false;
    }
    let lower = asked.to_lowercase();
    let found = ["issues", "problems", "findings", "suggestions", "improvements", "recommendations", "points", "gaps"];
    lower.split(['.', '\n', '!', '?', ';']).any(|sentence| {
        let words: Vec<&str> = sentence.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        let verb = words.iter().position(|word| ["fix", "address", "resolve", "apply", "implement"].contains(word));
        let what = words.iter().position(|word| found.contains(word));
        let is_near = verb.zip(what).is_some_and(|(verb, what)| verb < what && what - verb <= FEW_BETWEEN);
        is_near
            && words.len() <= SHORT_SENTENCE
            && what.is_some_and(|what| what + 1 == words.len() || words[what + 1] != "with")
    })
}

/// "fix all the critical and severe issues"
const FEW_BETWEEN: usize = 6;
const SHORT_SENTENCE: usize = 10;

/// Whether what was left off before is to go on: "pick up where we left off", "continue".
fn goes_on(asked: &str) -> bool {
    let lower = asked.to_lowercase();
    let said = || lower.split("\n\n").map(str::trim).filter(|text| !text.is_empty());
    let is_going_on = |text: &str| {
        let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        words.len() <= 4 && words.iter().any(|word| word.starts_with("continu") || word.starts_with("resume"))
    };
    ["we left off", "you left off", "i left off", "where were we", "where we stopped", "where you stopped"]
        .iter()
        .any(|words| lower.contains(words))
        || said().next().is_some_and(is_going_on)
}

/// Whether an option of a question was chosen, or a point of a list that the words do not hold: "… (Recommended)", "ok so 2. we …".
fn takes_an_option(asked: &str) -> bool {
    let lower = asked.to_lowercase();
    let fillers = ["ok", "okay", "so", "yes", "and", "for", "on"];
    let begins_with_a_point = |text: &str| {
        let mut words = text.split_whitespace().skip_while(|word| fillers.contains(&word.trim_end_matches(',')));
        let point = words.next().unwrap_or_default();
        point.strip_suffix(['.', ')', ':']).is_some_and(|number| number != "1" && is_number(number))
    };
    lower.contains("(recommended)")
        || lower.split("\n\n").next().is_some_and(|first| first.lines().count() == 1 && begins_with_a_point(first))
}

/// Whether a request takes up something that the agent said before, and no row shows: "yep", "do both", "tackle 2 and 3".
fn leans(asked: &str) -> bool {
    let lower = asked.to_lowercase();
    let words: Vec<&str> =
        lower.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty()).collect();
    let is_number = |word: &str| word.len() <= 2 && word.chars().all(|c| c.is_ascii_digit());
    let takes_up = |pair: &[&str]| {
        let is_of_list = is_number(pair[1]) || pair[1] == "both" || pair[1].starts_with("option");
        ["do", "tackle", "fix", "address", "implement", "apply", "take", "with"].contains(&pair[0]) && is_of_list
    };
    let begins = ["yep", "yeah", "yes", "both"].iter().any(|word| words.first() == Some(word));
    begins
        || words.windows(2).any(takes_up)
        || ["the first two", "the last two", "the first one", "the second one", "what we just"]
            .iter()
            .any(|it| lower.contains(it))
}

/// Whether a request picks something by a number that no line of it begins with: "rewire everything in #91", "let's do the fix for 1
/// first", "yes, but for 2. we need more".
fn picks_of_a_list(asked: &str) -> bool {
    let lower = asked.to_lowercase();
    let numbered: HashSet<&str> = asked
        .lines()
        .filter_map(|line| line.trim_start().trim_start_matches(['#', '(', '*']).split(['.', ')', ':', ' ']).next())
        .filter(|number| is_number(number))
        .collect();
    let words: Vec<&str> = lower.split_whitespace().collect();
    let picked = |word: &str, is_sure: bool| {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '#');
        let number = bare.strip_prefix('#').or(is_sure.then_some(bare)).unwrap_or_default();
        let number = number.split('-').next().unwrap_or_default();
        is_number(number) && !numbered.contains(number)
    };
    // "Closes #1" says where it is told, and what is wanted stands beside it.
    let leads = |word: &str| {
        ["in", "on", "to", "for", "of", "from", "address", "implement", "do", "tackle", "fix"].contains(&word)
    };
    let picks = |word: &str| {
        [
            "suggestion",
            "suggestions",
            "skip",
            "items",
            "points",
            "findings",
            "comments",
            "scenario",
            "proposal",
            "option",
            "approach",
        ]
        .contains(&word)
    };
    words.windows(2).any(|pair| (leads(pair[0]) && picked(pair[1], false)) || (picks(pair[0]) && picked(pair[1], true)))
        || lower.contains("the list again")
        || words.windows(3).any(|three| {
            matches!(three[..2], ["fix", "for"] | ["but", "for"] | ["fixes", "for"]) && picked(three[2], true)
        })
}

/// Whether what an agent printed at a terminal was pasted into a request: it holds answers to other questions.
fn is_of_a_terminal(asked: &str) -> bool {
    asked.contains(['\u{23fa}', '\u{23bf}'])
}

/// Whether what was said first begins as an answer to something, or the last is no more than praise: "No, let's not …", "Exactly".
fn replies(asked: &str) -> bool {
    let first_word = |text: &str| {
        let word = text.split_whitespace().next().unwrap_or_default().to_lowercase();
        word.trim_matches(|c: char| !c.is_alphanumeric() && c != '\'').to_owned()
    };
    let answers = [
        "no",
        "nope",
        "exactly",
        "intentional",
        "intentionally",
        "agreed",
        "perfect",
        "correct",
        "right",
        "indeed",
        "haha",
        "lol",
    ];
    let said: Vec<&str> = asked.split("\n\n").map(str::trim).filter(|text| !text.is_empty()).collect();
    // What comes last may correct what was done: "no, in cents".
    said.first().is_some_and(|text| answers.contains(&&*first_word(text)) || is_praise(text))
        || said.last().is_some_and(|text| is_praise(text))
}

/// "you're in the groove now", "you are right".
fn is_praise(text: &str) -> bool {
    let lower = text.to_lowercase().replace('\u{2019}', "'");
    ["you're right", "you are right", "you're in ", "well done", "good job", "great job", "nice work"]
        .iter()
        .any(|praise| lower.starts_with(praise))
}

/// Whether a plan that is not shown is to be carried out.
fn goes_ahead(asked: &str) -> bool {
    let lower = asked.to_lowercase();
    let ahead =
        ["proceed with", "let's proceed", "lets proceed", "go ahead with", "with implementation", "start implementing"];
    let shows_a_plan =
        asked.lines().any(|line| line.starts_with(['#', '-', '*']) || line.starts_with("1.")) || asked.len() > 1_500;
    ahead.iter().any(|words| lower.contains(words)) && !shows_a_plan
}

/// Whether a request points at a line by its number, or at "this bit", and names nothing that could be looked for.
fn is_at_a_line(asked: &str) -> bool {
    let lower = asked.to_lowercase();
    let words: Vec<&str> = lower.split_whitespace().collect();
    let of_a_line = words.windows(2).any(|two| {
        let number = two[1].trim_matches(|c: char| !c.is_alphanumeric());
        (["line", "lines"].contains(&two[0]) && is_number(number))
            || (["this", "that"].contains(&two[0]) && ["bit", "block", "area", "section", "part"].contains(&number))
    });
    // A name of code has a mark or a capital within.
    let is_name = |word: &str| {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        let has_capital =
            word.chars().zip(word.chars().skip(1)).any(|(one, next)| one.is_lowercase() && next.is_uppercase());
        word.contains(['_', '.', '(', ':', '/']) || has_capital
    };
    of_a_line && !asked.contains('`') && !asked.split_whitespace().any(is_name)
}

fn is_number(word: &str) -> bool {
    (1..=5).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_digit())
}
