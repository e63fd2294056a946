//! What the agent said that it is about to change: the sentence that says so, told from those that look, run or explain.

use super::agent_words::{LEAST_WORDS, plain};
use super::sentences::sentences;

/// The sentence in which the agent says what it is about to change, as a slice of the text; none where it only looks or runs.
pub(super) fn deed(text: &str) -> Option<&str> {
    let is_deed = |sentence: &&str| {
        let lower = plain(sentence);
        words(&lower).count() >= LEAST_WORDS
            && !is_in(LOOKS, verb(&lower))
            && clauses(&lower).any(|clause| begins_with_deed(verb(clause)) || is_doing(clause))
            && !says_only_that(&lower)
            && !revises_a_plan(&lower)
    };
    sentences(text).into_iter().rfind(is_deed)
}

/// The sentence right before the one of [`deed`], where it remarks on something and neither announces nor asks: what was seen.
pub(super) fn remark_before_deed(text: &str) -> Option<&str> {
    let deed = deed(text)?;
    let sentences = sentences(text);
    let place = sentences.iter().position(|sentence| sentence.as_ptr() == deed.as_ptr())?;
    let before = sentences[place.checked_sub(1)?];
    let lower = plain(before);
    let remarks = words(&lower).count() > LEAST_WORDS
        && !before.ends_with('?')
        && !is_in(SPEAKER, words(&lower).next().unwrap_or_default())
        && !is_in("now next first ok okay good great perfect done all", words(&lower).next().unwrap_or_default());
    remarks.then_some(before)
}

/// Whether the agent goes on to something else: "Now let me write the docs."
pub(super) fn moves_on(text: &str) -> bool {
    const NEXT: &[&str] = &[
        "start",
        "starting",
        "write",
        "writing",
        "create",
        "creating",
        "implement",
        "implementing",
        "proceed",
        "begin",
    ];
    sentences(text).last().is_some_and(|sentence| NEXT.contains(&verb(&plain(sentence))))
}

fn words(sentence: &str) -> impl Iterator<Item = &str> {
    sentence.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '-').filter(|word| !word.is_empty())
}

/// The parts of a sentence that may each say what is done. Those that only explain have a subject of their own.
fn clauses(lower: &str) -> impl Iterator<Item = &str> {
    lower
        .split([',', ':', ';', '.', '\u{2014}', '\u{2013}'])
        .flat_map(|part| part.split(" so "))
        .flat_map(|part| part.split(" and "))
        .flat_map(|part| part.split(" then "))
        .flat_map(|part| part.split(" by "))
        .flat_map(|part| part.split(" - "))
}

fn begins_with_deed(word: &str) -> bool {
    DEEDS.split(' ').any(|deed| word.starts_with(deed)) && !is_in(NO_DEEDS, word)
}

/// "I'm scaling the limit up", "I will keep the price instead": done by the speaker, whatever the verb.
fn is_doing(clause: &str) -> bool {
    let mut said = words(clause);
    let is_speaker =
        said.by_ref().find(|word| !is_in("so and now then", word)).is_some_and(|word| is_in(SPEAKER, word));
    let verb = said.find(|word| !is_in(BEFORE_A_VERB, word) && !word.ends_with("ly")).unwrap_or_default();
    let is_at_it = clause.contains("i'm ") && verb.ends_with("ing") && !is_in(LOOKS, verb) && !is_in(WAITS, verb);
    is_speaker && (is_at_it || words(clause).any(|word| word == "instead"))
}

const SPEAKER: &str = "i i'm i'll let we we'll";
const WAITS: &str = "\
    waiting asking seeing thinking pulling pushing staging watching continuing opening tracing capturing reproducing \
    isolating narrowing digging getting treading wondering assuming hitting staying missing guessing fetching loading \
    gathering collecting comparing going starting finishing wrapping-up";

/// Words that begin like those and are none.
const NO_DEEDS: &str = "\
    user users used uses user's usually settings address addresses additional additionally passes passed makes adds sets \
    drops returns returned changes changed changelog movement imports imported handles handler formatting formatted cleanup";

/// "Let me fix the failing tests now." says that something is done, and not what.
fn says_only_that(lower: &str) -> bool {
    words(lower).all(|word| is_in(THAT, word) || is_in(BEFORE_A_VERB, word))
}

/// "Let me update the plan with this insight." says nothing of what the plan says now.
pub(super) fn revises_a_plan(lower: &str) -> bool {
    const REVISES: &[&str] = &["update", "updating", "revise", "revising", "adjust", "adjusting", "rewrite", "refine"];
    REVISES.contains(&verb(lower))
        && words(lower).any(|word| word == "plan")
        && !lower.trim_end_matches(':').contains(':')
}

/// The first word of an announcement in small letters that is its verb.
fn verb(sentence: &str) -> &str {
    let mut words = words(sentence);
    let is_before = |word: &&str| is_in(BEFORE_A_VERB, word) || (word.ends_with("ly") && *word != "apply");
    words.find(|word| !is_before(word)).unwrap_or_default()
}

/// Words before the verb of an announcement.
const BEFORE_A_VERB: &str = "\
    let me i'll i i'm am will now first then next just also to going need so and good great ok okay let's us the \
    should quickly we we'll we're must simply can have actually a by instead of right simplest safest easiest";

/// Verbs of those who look, run and wait.
const LOOKS: &str = "\
    check checking look looking see read reading run running re-run rerun re-running rerunning verify verifying \
    inspect inspecting find finding view examine examining investigate investigating confirm confirming test \
    testing get search searching grep compile compiling commit committing debug trace understand all tests build \
    done perfect";

/// How words begin that say what is done about something.
const DEEDS: &str = "\
    fix switch replac add updat remov renam chang use using instead mov restor revert wrap rewrit set mak convert \
    drop extract adjust correct rework restructur simplif split pass import declar tighten relax skip handl apply \
    format clean delet install mock stub patch return initializ creat insert inlin bump downgrad upgrad regenerat revers";

/// Words of sentences that name nothing.
const THAT: &str = "\
    fix fixing fixes update updating correct correcting adjust adjusting change apply make handle clean set it \
    them this that these those both all each up one two three four test tests testing failing failed failure \
    failures broken remaining last other more few error errors issue issues problem problems lint linter linting \
    type types compile compilation build formatting warning warnings check checks case cases file files code bug \
    properly correctly accordingly directly by in of with for on before after rerun rerunning re-run re-running \
    run running again continue continuing changes needed necessary quick small touching suite package see same way \
    fixed";

fn is_in(list: &str, word: &str) -> bool {
    list.split(' ').any(|one| one == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_that_says_what_is_changed_is_told_from_those_that_look() {
        for (text, expected) in [
            ("The key is too short. Let me use the longer one instead.", Some("Let me use the longer one instead.")),
            (
                "Fix: wrap the arrays in refs so that they may change.",
                Some("Fix: wrap the arrays in refs so that they may change."),
            ),
            (
                "I\u{2019}m switching the count to the raw body.",
                Some("I\u{2019}m switching the count to the raw body."),
            ),
            ("Let me check how the fix is used here.", None),
            ("Now let me re-run the tests with the fix.", None),
            ("Let me fix that.", None),
            ("Let me update the plan with the right discounts.", None),
            ("Now let me fix the failing tests properly.", None),
            ("I\u{2019}m fixing that now, then rerunning the build before touching tests.", None),
            ("The probe shouldn't run at all \u{2014} it just adds an extra request.", None),
            ("That will tell whether the parser or the handling of it is wrong.", None),
            (
                "The rewrite has no effect, so I\u{2019}m making the server fail loudly.",
                Some("The rewrite has no effect, so I\u{2019}m making the server fail loudly."),
            ),
            (
                "Moving the formatter test to the other package:",
                Some("Moving the formatter test to the other package:"),
            ),
            (
                "I\u{2019}m scaling the test data up materially now.",
                Some("I\u{2019}m scaling the test data up materially now."),
            ),
            ("I will keep the whole price instead.", Some("I will keep the whole price instead.")),
            (
                "Yes \u{2014} I'll surgically reverse just these edits.",
                Some("Yes \u{2014} I'll surgically reverse just these edits."),
            ),
            ("I\u{2019}m waiting for the run of the whole suite.", None),
            ("Need to add `fmt` to the imports:", Some("Need to add `fmt` to the imports:")),
            ("The fix is to use one lock for both.", Some("The fix is to use one lock for both.")),
            ("Users must see the settings, and the handler returns none.", None),
            ("All tests pass with the new fixture.", None),
            ("", None),
        ] {
            assert_eq!(deed(text), expected, "{text}");
        }
        assert!(moves_on("The helper is done. Now let me start with the docs."));
        assert!(!moves_on("Let me fix the helper that I will start from."));
    }
}
