//! What a person said that the work had to keep to, in their own words: sentences of prompts that say how fast or small it has to be, in
//! what style, or what it must or must not do. They are found when a commit is told and kept nowhere, like its headline.

use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;

use super::contribution::{Contribution, PromptRole, RecordedPrompt};
use super::session::PromptSource;
use super::telling_line::is_output;
use super::text::{Clean, beginning};
use crate::text::visible::visible_line;

/// Code points of a prompt that are looked at: behind that mostly stand plans and pasted files.
const NEAR: usize = 4_000;
/// Code points of a sentence; a longer one says more than its constraint.
const LONGEST: usize = 240;
/// Of one contribution.
const MOST: usize = 12;

/// One sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Constraint {
    pub kind: ConstraintKind,
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ConstraintKind {
    /// A bound on time, memory, size or rate.
    Performance,
    /// How code is to be written or named.
    Style,
    /// What must be, or must not.
    Requirement,
}

impl ConstraintKind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Performance => "performance",
            Self::Style => "style",
            Self::Requirement => "requirement",
        }
    }
}

/// `under 2 ms`, `at most 50 MB`, `<= 1%`: a bound and a measured amount.
static BOUND: LazyLock<Regex> = LazyLock::new(|| {
    let bound = r"(?:\b(?:under|below|within|at most|at least|less than|no more than|no longer than|faster than|max(?:imum)?)|<=?|≤|>=|≥)";
    let unit =
        r"(?:(?:ns|µs|us|ms|msec|s|secs?|seconds?|minutes?|[kmg]i?b|bytes?|[kmg]i?b/s|rps|qps|fps|req/s|percent)\b|%)";
    Regex::new(&format!(r"(?i){bound}\s*~?\d[\d.,_]*\s*{unit}")).expect("a test compiles it")
});

/// Words by which something is demanded, and not only wished for.
static DEMAND: LazyLock<Regex> = LazyLock::new(|| {
    let verb = r"(?:use|add|change|touch|break|remove|rename|modify|commit|introduce|depend)";
    let forms = [
        r"\bmust(?:n't| not)?(?:[\s,.!]|$)",
        r"\bshould (?:always|never|only|stay|remain)\b",
        r"\bneeds to stay\b",
        r"\bkeeps? (?:\w+ ){0,4}(?:compatible|stable|intact|unchanged)\b",
        r"\bbackwards?[- ]compatible\b",
        r"^(?:please,? )?(?:always|no new|never) \w",
        &format!(r"^(?:please,? )?(?:do not|don't) {verb}\b"),
    ];
    Regex::new(&format!("(?i){}", forms.join("|"))).expect("a test compiles it")
});

/// "It must be a bug in the test": what somebody takes to be so.
static SUPPOSED: LazyLock<Regex> = LazyLock::new(|| {
    let forms = [
        r"\bthere must\b",
        r"\bmust have (?:been|had|\w+(?:ed|en|ne))\b",
        r"\bmust (?:be|come from|mean|stem from) (?:because|due|either|some(?:thing|how)?|why)\b",
        r"\bmust mean\b",
        r"\bmust (?:be|come from) (?:an?|the|some) (?:\w+ )?(?:bug|cause|fault|glitch|issue|mistake|problem|race|reason|regression|typo)\b",
    ];
    Regex::new(&format!("(?i){}", forms.join("|"))).expect("a test compiles it")
});

/// Words about how code is written.
static STYLE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(?:style|naming|conventions?|idiomatic|docstrings?|type hints?|comments|camelcase|snake_case|indent(?:ation|ed)?|tabs|line length|import order)\b",
    )
    .expect("a test compiles it")
});

/// What each constraint has in it, where all characters are shown as they are: most prompts have none, and are read no further.
static SIGN: LazyLock<Regex> = LazyLock::new(|| {
    let forms = [
        r"[<>≤≥]=?\s*~?\d",
        r"(?:under|below|within|most|least|than|max|maximum)\s*~?\d",
        r"must|should|needs\s|compatible|stable|intact|unchanged|always|never|no\s+new|do\s+not|don't",
    ];
    Regex::new(&format!("(?i){}", forms.join("|"))).expect("a test compiles it")
});

/// The constraints in what people asked, each once, in their order; [`MOST`] of a contribution.
pub(crate) fn constraints(contribution: &Contribution<Clean>) -> Vec<Constraint> {
    let mut found: Vec<Constraint> = Vec::new();
    for text in contribution.prompts.iter().filter(|prompt| is_persons(prompt)).map(|prompt| prompt.text.as_str()) {
        let near = beginning(text, NEAR).0;
        let is_shown = |byte: u8| matches!(byte, b' '..=b'~' | b'\n' | b'\r' | b'\t');
        if near.bytes().all(is_shown) && !SIGN.is_match(near) {
            continue;
        }
        for sentence in sentences(near) {
            let Some(kind) = kind(&sentence) else { continue };
            let is_new = found.iter().all(|known| known.text != sentence);
            if is_new && found.len() < MOST {
                found.push(Constraint { kind, text: sentence });
            }
        }
    }
    found
}

/// A plan was written by an agent, whoever handed it on.
fn is_persons(prompt: &RecordedPrompt<Clean>) -> bool {
    let source = matches!(
        prompt.source,
        PromptSource::Typed | PromptSource::Queued | PromptSource::Answer | PromptSource::Remark
    );
    source && prompt.role != PromptRole::Approval
}

fn kind(sentence: &str) -> Option<ConstraintKind> {
    // A question asks, and demands nothing.
    if sentence.ends_with('?') {
        return None;
    }
    if BOUND.is_match(sentence) {
        return Some(ConstraintKind::Performance);
    }
    if !DEMAND.is_match(sentence) || SUPPOSED.is_match(sentence) || sentence.to_lowercase().starts_with("never mind") {
        return None;
    }
    Some(if STYLE.is_match(sentence) { ConstraintKind::Style } else { ConstraintKind::Requirement })
}

/// The sentences of a text, on one line each; headings, what is pasted between fences, quoted, or too long is left out.
fn sentences(text: &str) -> Vec<String> {
    let mut sentences = Vec::new();
    let mut is_fenced = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            is_fenced = !is_fenced;
            continue;
        }
        let is_quoted = line.trim_start().starts_with(['>', '|', '<', '+', '#']) || line.starts_with("    ");
        if is_fenced || is_quoted || is_output(line.trim()) {
            continue;
        }
        let mut rest = line;
        while !rest.is_empty() {
            let is_end = |pair: &[u8]| matches!(pair, [b'.' | b'!' | b'?' | b';', b' ']);
            let end = rest.as_bytes().windows(2).position(is_end).map_or(rest.len(), |found| found + 1);
            let (sentence, behind) = rest.split_at(end);
            rest = behind;
            let sentence = visible_line(sentence.trim_start_matches(['-', '*', '#', ' ']));
            let sentence = sentence.trim_end_matches(['.', ';', ':', ',']);
            if !sentence.is_empty() && sentence.chars().count() <= LONGEST {
                sentences.push(sentence.to_owned());
            }
        }
    }
    sentences
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::record::samples;

    fn of(source: &str, role: &str, text: &str) -> Vec<(&'static str, String)> {
        let mut one = samples::discounts().record.unwrap().contributions.remove(0);
        let prompt = json!({"role": role, "source": source, "text": text});
        one.prompts = vec![serde_json::from_value(prompt).unwrap()];
        constraints(&one).into_iter().map(|one| (one.kind.name(), one.text)).collect()
    }

    #[test]
    fn what_the_work_had_to_keep_to_is_told_from_what_was_wanted() {
        for (name, text, expected) in [
            ("a wish", "Add a discount to the total. Prices are in cents", vec![]),
            (
                "a bound",
                "Add a cache. It must stay under 2 ms per call; use 3 workers",
                vec![("performance", "It must stay under 2 ms per call")],
            ),
            ("not a unit", "At least 3 steps, under 2 stores", vec![]),
            ("a bound by a sign", "Memory: <= 50 MB", vec![("performance", "Memory: <= 50 MB")]),
            ("an amount without a bound", "Wait 20 ms, then go on", vec![]),
            (
                "must and must not",
                "- The old API must not change.\n- Do not add dependencies!",
                vec![("requirement", "The old API must not change"), ("requirement", "Do not add dependencies!")],
            ),
            (
                "style",
                "Always follow the naming conventions of the module",
                vec![("style", "Always follow the naming conventions of the module")],
            ),
            ("a thought", "I think we should use green, we would have to change it anyway", vec![]),
            ("what happens", "The hooks can never be removed, it always lists these without touching any", vec![]),
            ("what is given up", "Never mind, we look at it later", vec![]),
            ("always", "Always exit with 1", vec![("requirement", "Always exit with 1")]),
            ("what is so", "We currently don't use it", vec![]),
            ("a question", "Must it be this way?", vec![]),
            ("pasted", "See:\n```\nyou must not log in\n```\n> never do that\n    must be 3\n", vec![]),
            ("a heading", "## What must be fixed\n", vec![]),
            ("printed", "10:20:30.5 http.c:849 <= header: no-cache, must-revalidate\nerror: it must be a cart", vec![]),
            ("a word of code", "the header says must-revalidate here", vec![]),
            (
                "what is supposed",
                "so it must be a bug in the test. It must have changed. There must be a reason",
                vec![],
            ),
            ("supposed, with the cause", "either must be an odd issue with carts or must be due to the list", vec![]),
            ("an error that is wanted", "It must be an error", vec![("requirement", "It must be an error")]),
            ("twice", "It must work. It must work.", vec![("requirement", "It must work")]),
            ("with what is not shown", "It mu\u{200b}st work", vec![("requirement", "It must work")]),
            ("in colours", "It mu\u{1b}[1mst work", vec![("requirement", "It must work")]),
            ("on a line of several blanks", "do\tnot  add any", vec![("requirement", "do not add any")]),
            ("what stays", "Keep the old names stable", vec![("requirement", "Keep the old names stable")]),
            ("backwards", "It is Backwards-compatible", vec![("requirement", "It is Backwards-compatible")]),
            ("a bound in words", "no longer than ~3 seconds", vec![("performance", "no longer than ~3 seconds")]),
        ] {
            let found = of("typed", "request", text);
            let found: Vec<(&str, &str)> = found.iter().map(|(kind, text)| (*kind, text.as_str())).collect();
            assert_eq!(found, expected, "{name}");
        }
    }

    #[test]
    fn only_a_persons_own_words_count() {
        assert_eq!(of("delegated", "request", "It must work").len(), 0);
        assert_eq!(of("plan", "request", "It must work").len(), 0);
        assert_eq!(of("typed", "approval", "yes, it must work").len(), 0);
        assert_eq!(of("queued", "redirection", "No, it must work offline").len(), 1);
    }

    #[test]
    fn no_more_are_told_than_anybody_reads() {
        let many: String = (0..40).map(|number| format!("Part {number} must work.\n")).collect();
        assert_eq!(of("typed", "request", &many).len(), MOST);
        assert_eq!(of("typed", "request", &format!("It must {}", "really ".repeat(60))).len(), 0);
    }
}
