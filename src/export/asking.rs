//! Whether words ask for work at all: an order, a wish, a fault, a plan. Who only tells or praises something gets no answer by a patch.

use super::chores::is_chore;

/// Whether a sentence of the words asks for something to be done.
pub(super) fn asks_for_work(asked: &str) -> bool {
    // A plan, a list or something pasted, and what is written in other letters: nothing can be told from how sentences begin.
    let is_listed = |line: &str| {
        let line = line.trim_start();
        line.starts_with(['#', '-', '*', '`', '|', '>', '/', '@']) || line.starts_with(|c: char| c.is_ascii_digit())
    };
    let is_latin = |c: char| c.is_ascii() || !c.is_alphabetic();
    asked.lines().filter(|line| is_listed(line)).count() >= LEAST_LISTED
        || asked.chars().filter(|c| !is_latin(*c)).count() * 4 > asked.chars().count()
        || asked.lines().flat_map(sentences).any(|sentence| !is_chore(sentence) && asks(sentence))
}

/// The sentences of a line; a point within a number or a name ends none.
fn sentences(line: &str) -> impl Iterator<Item = &str> {
    ["! ", "? ", "; "]
        .iter()
        .fold(line.split_inclusive(". ").collect::<Vec<_>>(), |parts, end| {
            parts.into_iter().flat_map(|part| part.split_inclusive(*end)).collect()
        })
        .into_iter()
}

const LEAST_LISTED: usize = 2;

fn asks(sentence: &str) -> bool {
    let lower = sentence.to_lowercase().replace('\u{2019}', "'");
    if FOR.iter().chain(WISHES).any(|wish| lower.contains(wish)) {
        return true;
    }
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|w| !w.is_empty()).collect();
    let is_filling = |word: &&&str| {
        word.chars().all(|c| c.is_ascii_digit()) || FILLING.split_whitespace().any(|filler| filler == **word)
    };
    let filling = words.iter().take_while(is_filling).count();
    let words = &words[filling..];
    let Some(first) = words.first() else { return false };
    let is_known = |list: &str, word: &str| list.split_whitespace().any(|known| known == word);
    // "Playwright will help", "that's the process", "session resumed".
    let tells = is_known(TELLING_FIRST, first)
        || first.contains('\'')
        || words.get(1).is_some_and(|second| is_known(TELLING_SECOND, second))
        || (words.len() == 1 && filling > 0)
        || (words.len() == 2 && words[1].ends_with("ed"));
    !tells
}

/// Words that ask for work, also in a question.
pub(super) const FOR: &[&str] = &[
    "can you",
    "could you",
    "would you",
    "will you",
    "can we",
    "could we",
    "shall we",
    "please",
    "let's",
    "lets ",
    "why not",
    "how about",
    "what about",
    "need to",
    "i want",
    "i'd like",
    "instead",
];

/// More words of a wish, or of a fault that is to go.
const WISHES: &[&str] = &[
    "let us",
    "should",
    "must",
    "need",
    "want",
    "would like",
    "would be nice",
    "prefer",
    "not work",
    "n't work",
    "doesn't",
    "does not",
    "don't",
    "can't",
    "cannot",
    "isn't",
    "aren't",
    "still",
    "wrong",
    "broken",
    "breaks",
    "missing",
    "fail",
    "error",
    "bug",
    "crash",
    " lose",
    "too ",
    "make sure",
    "forgot",
];

/// What stands before an order: "ok now also, fix it".
const FILLING: &str = "ok okay so also and now then well just first second next actually alright right hey hi hello yes yeah yep yup great good \
    nice cool perfect thanks thank you're sorry oh ah hm hmm um but maybe perhaps finally lastly again";

const TELLING_FIRST: &str = "i it that this these those there here he she they we you your my our their its the a an what when where who \
    which why how is are was were am do does did has have had will would could can may might because since if thats no not nothing none \
    everything something all both session";

const TELLING_SECOND: &str =
    "is are was were will would can could has have had does did may might looks seems works worked makes made";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_wishes_faults_and_plans_ask_for_work_and_remarks_do_not() {
        for asked in [
            "Round the prices",
            "ok so now, round the prices",
            "the total is wrong",
            "I want whole cents",
            "The list gets cut. It should scroll",
            "dark mode for the settings page",
            "/review the rounding",
            "Plan\n\n# Prices\n- cents\n- sums",
            "\u{0446}\u{0435}\u{043d}\u{044b} \u{043e}\u{043a}\u{0440}\u{0443}\u{0433}\u{043b}\u{0438}\u{0442}\u{044c}",
            "looks good\n\nnow rename it to shelf",
        ] {
            assert!(asks_for_work(asked), "{asked}");
        }
        for asked in [
            "ok the new linter will make our reviews much tighter now",
            "yup, thats the process working as designed. You decide as far as you can",
            "session resumed.",
            "what's the state?",
            "I fell asleep while you were working. That is a common thing",
            "great work",
            "1.5.4 is not out yet. The version can stay",
            "i've switched it on. please push to pr and merge this.",
        ] {
            assert!(!asks_for_work(asked), "{asked}");
        }
    }
}
