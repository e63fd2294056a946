//! Which memories answer a question, best first, and which do not: the same error before the same file with a rare word in common,
//! and that before rare words alone. What only shares words that are everywhere does not answer.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde::Serialize;

use super::tokens::{tokens, whole_tokens};
use crate::record::fold::telling_lines;

/// What somebody asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RecallQuestion {
    /// An error, a name, or words.
    pub text: String,
    /// Relative to the root, with `/`.
    pub files: Vec<String>,
}

impl RecallQuestion {
    /// The folded lines of an error in it.
    pub(crate) fn lines(&self) -> Vec<String> {
        telling_lines(&self.text)
    }

    /// All words by which memories are compared with it.
    pub(crate) fn compared(&self) -> HashSet<String> {
        self.words_by_line().into_iter().flatten().chain(self.words()).collect()
    }

    /// The words of each of its lines that has any, names whole.
    fn words_by_line(&self) -> Vec<Vec<String>> {
        let lines: Vec<&str> = self.text.lines().take(MOST_LINES).collect();
        // Beside a line that says something, one that every failure has is not asked for.
        let says = |line: &str| !telling_lines(line).is_empty();
        let has_own = lines.len() > 1 && lines.iter().any(|line| says(line));
        let asked = lines.into_iter().filter(|line| !has_own || says(line));
        asked.map(|line| whole_tokens(&without_places(line))).filter(|words| !words.is_empty()).collect()
    }

    /// All of its words, each once.
    pub(crate) fn words(&self) -> Vec<String> {
        tokens(&self.text)
    }
}

/// Without `cart.go:7:2`: where an error was printed says nothing of what it is.
fn without_places(line: &str) -> String {
    let is_place = |word: &&str| {
        let after = word.split(':').nth(1).unwrap_or_default();
        after.starts_with(|c: char| c.is_ascii_digit())
    };
    line.split_whitespace().filter(|word| !is_place(word)).collect::<Vec<_>>().join(" ")
}

/// Lines of a question that are looked at each by itself.
const MOST_LINES: usize = 60;

/// How often words and lines are in all that is remembered.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rarity {
    /// How many memories there are.
    pub all: u32,
    pub words: HashMap<String, u32>,
    pub lines: HashMap<String, u32>,
}

impl Rarity {
    /// As BM25 weighs it. A word that nothing has weighs most.
    fn weight(&self, word: &str) -> f64 {
        let (all, with) = (f64::from(self.all), f64::from(self.words.get(word).copied().unwrap_or(0)));
        (1.0 + (all - with + 0.5).max(0.5) / (with + 0.5)).ln()
    }

    /// Whether few memories have the word: one in fifty, or three.
    pub(crate) fn is_rare(&self, word: &str) -> bool {
        let with = self.words.get(word).copied().unwrap_or(0);
        with > 0 && with <= (self.all / 50).max(3)
    }

    /// A line that one in twenty has says nothing of this error.
    fn is_own(&self, line: &str) -> bool {
        self.lines.get(line).copied().unwrap_or(0) <= (self.all / 20).max(8)
    }
}

/// A memory as far as it is compared.
#[derive(Clone, Debug)]
pub(crate) struct RecallCandidate {
    /// Where it is kept.
    pub place: i64,
    /// [`super::memory::Memory::event`].
    pub event: String,
    /// Milliseconds since 1970.
    pub at: i64,
    /// Those of the index that the question has too, of [`RecallQuestion::compared`].
    pub words: Vec<String>,
    /// How many words it has.
    pub length: usize,
    /// The folded lines that the question has too.
    pub lines: Vec<String>,
    /// Whether it is about a file that was asked for.
    pub of_file: bool,
    /// Whether its commit is in the history of HEAD.
    pub in_history: bool,
}

/// Why a memory is an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Because {
    SameError,
    SameFileAndWord,
    Words,
    SameFile,
}

impl Because {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::SameError => "same error",
            Self::SameFileAndWord => "same file, rare word in common",
            Self::Words => "rare words in common",
            Self::SameFile => "same file",
        }
    }
}

/// A memory that answers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ranked {
    pub place: i64,
    pub because: Because,
    pub score: f64,
}

/// The memories that answer, best first, each event once.
pub(crate) fn rank(asked: &RecallQuestion, rarity: &Rarity, candidates: Vec<RecallCandidate>) -> Vec<Ranked> {
    let (by_line, words) = (asked.words_by_line(), asked.words());
    let mut found: Vec<(Ranked, RecallCandidate)> = candidates
        .into_iter()
        .filter_map(|one| {
            let (because, score) = judged(asked, (&words, &by_line), rarity, &one)?;
            Some((Ranked { place: one.place, because, score }, one))
        })
        .collect();
    found.sort_by(|(a, one), (b, other)| {
        let key = |candidate: &RecallCandidate| (!candidate.in_history, -candidate.at, candidate.place);
        a.because.cmp(&b.because).then(b.score.total_cmp(&a.score)).then(key(one).cmp(&key(other)))
    });
    let mut told = HashSet::new();
    found.retain(|(_, one)| told.insert(one.event.clone()));
    found.into_iter().map(|(ranked, _)| ranked).collect()
}

/// Of the weight of a line's words so much has to be in a memory that nothing else speaks for.
const NEEDED: f64 = 0.6;

/// The same of one that says much, and of one line among several: it has most words by chance.
const NEEDED_OF_LONG: f64 = 0.8;
/// Words of a memory that says much.
const LONG: usize = 120;

fn judged(
    asked: &RecallQuestion,
    (asked_words, by_line): (&[String], &[Vec<String>]),
    rarity: &Rarity,
    one: &RecallCandidate,
) -> Option<(Because, f64)> {
    let words: HashSet<&str> = one.words.iter().map(String::as_str).collect();
    let shared: BTreeSet<&str> = asked_words.iter().map(String::as_str).filter(|word| words.contains(word)).collect();
    let weight = |words: &mut dyn Iterator<Item = &str>| words.map(|word| rarity.weight(word)).sum::<f64>();
    let all_shared = weight(&mut shared.iter().copied());
    let own: Vec<&String> = one.lines.iter().filter(|line| rarity.is_own(line)).collect();
    let is_asked = asked.files.is_empty() || one.of_file;
    if !own.is_empty() && is_asked {
        let of_lines: f64 = own.iter().map(|line| weight(&mut tokens(line).iter().map(String::as_str))).sum();
        return Some((Because::SameError, of_lines + all_shared / 4.0));
    }
    let has_rare = shared.iter().any(|word| rarity.is_rare(word));
    if one.of_file {
        return match (asked_words.is_empty(), has_rare) {
            (true, _) => Some((Because::SameFile, 0.0)),
            (false, true) => Some((Because::SameFileAndWord, all_shared)),
            (false, false) => None,
        };
    }
    if !is_asked {
        return None;
    }
    // The line of the question that is best answered; one word of several is chance.
    let share = |line: &Vec<String>| {
        let of_line = weight(&mut line.iter().map(String::as_str));
        let in_it = || line.iter().map(String::as_str).filter(|word| words.contains(word));
        let is_enough = line.len() == 1 || in_it().count() >= 2;
        let is_rare = in_it().any(|word| rarity.is_rare(word));
        (is_enough && is_rare && of_line > 0.0).then(|| (weight(&mut in_it()) / of_line, weight(&mut in_it())))
    };
    // A single word beside longer lines is a heading.
    let longest = by_line.iter().map(Vec::len).max().unwrap_or_default();
    let lines = by_line.iter().filter(|line| line.len() > 1 || longest == 1);
    let is_strict = one.length > LONG || by_line.len() > 1;
    let needed = if is_strict { NEEDED_OF_LONG } else { NEEDED };
    let enough = lines.filter_map(share).filter(|(share, _)| *share >= needed);
    let best = enough.map(|(_, score)| score).fold(0.0, f64::max);
    (best > 0.0).then_some((Because::Words, best))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rarity(all: u32, words: &[(&str, u32)]) -> Rarity {
        let words = words.iter().map(|(word, count)| ((*word).to_owned(), *count)).collect();
        Rarity { all, words, lines: HashMap::new() }
    }

    fn candidate(place: i64, text: &str, error: &str, asked: &RecallQuestion) -> RecallCandidate {
        let lines = telling_lines(error).into_iter().filter(|line| asked.lines().contains(line)).collect();
        let mut words = tokens(&format!("{text}\n{error}"));
        let length = words.len();
        let compared = asked.compared();
        words.retain(|word| compared.contains(word));
        let event = format!("event {place}");
        RecallCandidate { place, event, at: place, words, length, lines, of_file: false, in_history: true }
    }

    fn asked(text: &str) -> RecallQuestion {
        RecallQuestion { text: text.to_owned(), files: Vec::new() }
    }

    fn places(ranked: &[Ranked]) -> Vec<(i64, Because)> {
        ranked.iter().map(|one| (one.place, one.because)).collect()
    }

    #[test]
    fn the_same_error_comes_first_then_file_and_word_then_words() {
        let mut asked = asked("cart.go:7:2: undefined: TotalWithDiscount");
        let rarity = rarity(1000, &[("totalwithdiscount", 3), ("undefined", 300), ("cart", 400), ("discount", 10)]);
        let same = candidate(1, "go test", "cart.go:99:1: undefined: TotalWithDiscount", &asked);
        let mut of_file = candidate(2, "take the discount out of the cart", "", &asked);
        of_file.of_file = true;
        let words = candidate(3, "rename undefined TotalWithDiscount", "", &asked);
        let other = candidate(4, "undefined cart", "cart.go:1:1: undefined: Sum", &asked);
        let all = vec![other, words, of_file, same];
        let found = rank(&asked, &rarity, all.clone());
        let expected = [(1, Because::SameError), (2, Because::SameFileAndWord), (3, Because::Words)];
        assert_eq!(places(&found), expected);
        asked.files = vec!["cart.go".to_owned()];
        let expected = [(2, Because::SameFileAndWord)];
        assert_eq!(places(&rank(&asked, &rarity, all.clone())), expected, "the error is of another file");
        let of_file = |mut one: RecallCandidate| {
            one.of_file |= one.place == 1;
            one
        };
        let found = rank(&asked, &rarity, all.into_iter().map(of_file).collect());
        assert_eq!(places(&found), [(1, Because::SameError), (2, Because::SameFileAndWord)]);
    }

    #[test]
    fn what_shares_only_words_that_are_everywhere_is_no_answer() {
        let question = asked("why does the test of the cart fail");
        let rarity = rarity(1000, &[("test", 600), ("cart", 400), ("fail", 500)]);
        let one = candidate(1, "the test of the cart fails", "", &question);
        assert_eq!(rank(&question, &rarity, vec![one]), []);
        let question = asked("retry upload with exponential backoff and jitter");
        let rarity = self::rarity(1000, &[("jitter", 2), ("upload", 30), ("retry", 20)]);
        let one = candidate(2, "jitter of the mouse pointer", "", &question);
        assert_eq!(rank(&question, &rarity, vec![one]), [], "one rare word of five");
        let one = candidate(3, "upload: retry with exponential backoff, jitter", "", &question);
        assert_eq!(rank(&question, &rarity, vec![one]).len(), 1);
    }

    #[test]
    fn one_event_is_told_once_and_from_the_history_that_is_here() {
        let question = asked("undefined: TotalWithDiscount");
        let rarity = rarity(100, &[("totalwithdiscount", 2)]);
        let error = "a.go:1: undefined: TotalWithDiscount";
        let (mut old, mut new) = (candidate(1, "go test", error, &question), candidate(2, "go test", error, &question));
        (old.event, new.event) = ("one".to_owned(), "one".to_owned());
        old.in_history = true;
        new.in_history = false;
        assert_eq!(places(&rank(&question, &rarity, vec![new, old])), [(1, Because::SameError)]);
    }

    #[test]
    fn a_file_alone_asks_for_all_that_is_known_of_it_the_newest_first() {
        let asked = RecallQuestion { text: String::new(), files: vec!["a.go".to_owned()] };
        let mut all: Vec<RecallCandidate> = (1..4).map(|place| candidate(place, "x y", "", &asked)).collect();
        all.iter_mut().take(2).for_each(|one| one.of_file = true);
        let rarity = rarity(3, &[]);
        assert_eq!(places(&rank(&asked, &rarity, all)), [(2, Because::SameFile), (1, Because::SameFile)]);
    }
}
