//! Whether what came of a request answers it, as far as words can tell: a session also commits what was asked for long before, or asks
//! back and forth before it changes anything. A row of that would teach that anything answers everything.

use std::collections::HashSet;

use super::asking::asks_for_work;
use super::completeness::{incomplete, names};
use super::conversation::{Conversation, ConversationCommit, ConversationTurn, SAME_CHANGE, visible};
use super::deixis::points_at_something;
use super::halves::{is_half_a_rename, used_names, uses_what_nobody_defines};
use super::leaning::leans_on_something;
use super::patch::changes;
use super::patch_kinds::{adds_an_unasked_file, asks_for_documents, asks_for_remarks, changes_code, only_remarks};
use super::pointing::{is_pointing, sends_to_a_review};
use super::questions::{only_asks, questions, wants_an_answer};
use super::quoted::quotes_another_failure;
use super::series::{TurnMessage, unanswered};
use super::source::Source;
use super::stems::words;
use crate::record::contribution::{CheckResult, PromptRole, RecordedPrompt};
use crate::record::text::Clean;
use crate::text::paths::is_test;

impl Conversation<'_> {
    /// The conversation up to the first turn of which the commits are no answer; why not, where that is the first.
    pub(crate) fn answered(&self) -> Result<Self, &'static str> {
        let mut commits = 0;
        let mut changes: HashSet<Vec<String>> = HashSet::new();
        for turn in self.turns() {
            let subjects: Vec<&str> = turn.done.commits.iter().map(|commit| commit.entry.subject.as_str()).collect();
            let is_small = turn.done.commits.iter().any(|commit| share(commit) < LEAST_SHARE);
            // A rebase, or a pick for another branch, makes the same once more.
            let mut is_new =
                |commit: &ConversationCommit<'_>| changes.insert(changed_lines(commit.patch.text.as_str()));
            let is_again = turn.done.commits.iter().filter(|commit| !is_new(commit)).count() > 0;
            let is_cut = turn.done.commits.iter().any(|commit| commit.patch.is_cut);
            let is_part = turn.done.commits.iter().any(leaves_a_file_out);
            let unfit = || {
                let patches = turn.patches();
                turn.done
                    .led_further
                    .then_some(FURTHER)
                    .or_else(|| half_done(&turn))
                    .or_else(|| ends_elsewhere(&turn))
                    // What was said before is shown to the later turns.
                    .or_else(|| (commits == 0 && points_at_something(&said(&turn)[0].text)).then_some(LEANING))
                    .or_else(|| unfit(&turn.asked, &subjects, &patches))
                    .or_else(|| unanswered(&said(&turn), &subjects, &names(&patches)))
                    .or_else(|| incomplete(&turn.asked, &subjects, &patches))
                    .or_else(|| quotes_another_failure(&turn.asked, &patches).then_some(REPAIRED))
                    .or_else(|| turn.done.commits.iter().find_map(|commit| half(self.source, commit)))
            };
            let has_failed = turn.done.commits.iter().any(failed_at_last);
            if let Some(why) = is_again
                .then_some(SAME_CHANGE)
                .or(has_failed.then_some(FAILED))
                .or(is_small.then_some(SMALL))
                .or(is_cut.then_some(CUT))
                .or(is_part.then_some(PART))
                .or_else(unfit)
            {
                return if commits == 0 { Err(why) } else { Ok(self.part(0..commits)) };
            }
            commits += turn.done.commits.len();
        }
        Ok(self.part(0..commits))
    }
}

/// Why the other half of what a commit does is not in its patch.
fn half(source: &dyn Source, commit: &ConversationCommit<'_>) -> Option<&'static str> {
    let patch = commit.patch.text.as_str();
    let texts = |path: &str| source.texts(commit.entry, path);
    let changes = changes(patch);
    let is_left_out = |path: &&str| !changes.iter().any(|change| change.path == *path);
    let left_out: Vec<&str> = match commit.patch.is_whole {
        true => Vec::new(),
        false => commit.record.files.iter().map(|file| file.path.as_str()).filter(is_left_out).collect(),
    };
    let (used, paths) = used_names(patch);
    let is_later = !used.is_empty() && source.is_defined_later(commit.entry, &used, &paths);
    if is_later || uses_what_nobody_defines(patch, texts) {
        return Some("the patch uses a name that nobody defines");
    }
    is_half_a_rename(patch, &left_out, texts).then_some("the patch lacks a file that follows what it renames")
}

/// Less of a commit, in percent, misses an import, or the very thing that was asked for.
const LEAST_SHARE: u64 = 34;
const LEANING: &str = "what was asked for leans on what is not shown";
const FURTHER: &str = "what was asked for led to more than is shown";
const REPAIRED: &str = "the failure that is quoted is not of what was changed";
const PART: &str = "the patch lacks files of the commit";
const CUT: &str = "the patch lacks what others changed in its files";
const FAILED: &str = "the last check after the change failed";
const SMALL: &str = "the session wrote only little of the commit";

/// The messages of a turn, at least one.
fn said(turn: &ConversationTurn<'_>) -> Vec<TurnMessage> {
    let message = |prompt: &&RecordedPrompt<Clean>| TurnMessage {
        text: visible(prompt.text.as_str().trim()),
        is_redirection: prompt.role == PromptRole::Redirection,
    };
    turn.done.first().asked.iter().map(message).collect()
}

/// The lines of a patch but for those that say where they stand.
fn changed_lines(patch: &str) -> Vec<String> {
    patch.lines().filter(|line| !line.starts_with("@@ ") && !line.starts_with(' ')).map(str::to_owned).collect()
}

/// Whether a file of the commit is not in the patch, because others changed it: what is left may not work without.
fn leaves_a_file_out(commit: &ConversationCommit<'_>) -> bool {
    let paths = commit.record.files.iter().map(|file| file.path.as_str());
    !commit.patch.is_whole && lacks_one_of(commit.patch.text.as_str(), paths)
}

/// Whether a patch does not change one of the files. What a package manager writes may be missing, and so may a document.
fn lacks_one_of<'a>(patch: &str, mut paths: impl Iterator<Item = &'a str>) -> bool {
    let is_beside = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
        name.contains("lock") || [".sum", ".md", ".rst", ".txt", ".adoc"].iter().any(|end| name.ends_with(end))
    };
    // A document in it may speak of the others.
    let headers = ["+++ b/", "--- a/", "rename from ", "rename to "];
    let changed: HashSet<&str> =
        patch.lines().filter_map(|line| headers.iter().find_map(|header| line.strip_prefix(header))).collect();
    paths.any(|path| !is_beside(path) && !changed.contains(path))
}

/// Whether a check failed after the session's last edit, of the files of the commit, and nothing explains it.
fn failed_at_last(commit: &ConversationCommit<'_>) -> bool {
    let mut checks = commit.contribution.checks.iter().filter(|check| check.after_last_edit);
    checks.any(|check| check.result == CheckResult::Failed && !check.elsewhere && !check.excused)
}

fn share(commit: &ConversationCommit<'_>) -> u64 {
    let added = u64::from(commit.record.lines.added);
    (u64::from(commit.contribution.lines) * 100).checked_div(added).unwrap_or(100)
}

/// Where several things were said before a commit, the last of them led to it.
fn ends_elsewhere(turn: &ConversationTurn<'_>) -> Option<&'static str> {
    let last = turn.done.first().asked.last()?;
    sends_to_a_review(last.text.as_str()).then_some("what was asked for stands elsewhere")
}

/// Whether something was to be replaced everywhere and still stands in a file that the commits changed.
fn half_done(turn: &ConversationTurn<'_>) -> Option<&'static str> {
    let replaced = replaced_everywhere(&turn.asked)?;
    let still_there = turn.done.commits.iter().any(|commit| {
        let mut paths = commit.record.files.iter().map(|file| file.path.as_str());
        paths.any(|path| {
            let texts = turn.done.source.texts(commit.entry, path);
            texts.is_some_and(|texts| {
                texts.before.as_str().contains(replaced) && texts.after.as_str().contains(replaced)
            })
        })
    });
    still_there.then_some("something that was to be replaced everywhere is still there")
}

/// What a request wants to have replaced in all places, where it is a piece of code: "every test … instead of `strings.Contains`".
fn replaced_everywhere(asked: &str) -> Option<&str> {
    let lower = asked.to_ascii_lowercase();
    let is_everywhere = ["every ", "everywhere", "all ", "each "].iter().any(|word| lower.contains(word));
    let from = lower.find("instead of ").filter(|_| is_everywhere)? + "instead of ".len();
    let word = asked[from..].split_whitespace().next()?;
    let word = word.trim_matches(|c: char| "`\"'.,;:!?".contains(c)).trim_end_matches("()");
    let is_code = word.len() > 3 && (word.contains(['_', '(', ':']) || word.trim_matches('.').contains('.'));
    is_code.then_some(word)
}

fn unfit(asked: &str, subjects: &[&str], patches: &str) -> Option<&'static str> {
    if only_asks(asked) {
        return Some("something was asked about, not for");
    }
    // What was taken out of a request cannot be in an answer to it.
    if asked.contains("[REDACTED") {
        return Some("the redactor took out a part of it");
    }
    // A patch is applied to what stands there, not to marks.
    let is_kept = |line: &str| line.starts_with([' ', '-']) && !line.starts_with("---");
    if patches.lines().any(|line| is_kept(line) && line.contains("[REDACTED")) {
        return Some("the redactor took out a part of it");
    }
    if leans_on_something(asked) {
        return Some(LEANING);
    }
    if only_tests(patches) && !speaks_of_tests(asked) {
        return Some("the patch changes tests only");
    }
    if wants_an_answer(asked) {
        return Some("something was asked about, not for");
    }
    if !asks_for_work(asked) {
        return Some("something was told, and nothing was asked for");
    }
    if questions(asked) >= MANY_QUESTIONS {
        return Some("much was asked about before something was asked for");
    }
    if subjects.iter().any(|subject| repeats(asked, subject)) {
        return Some("the subject of the commit repeats what was asked");
    }
    if subjects.iter().all(|subject| says_nothing(subject)) {
        return Some("the subject of the commit does not say what was done");
    }
    if subjects.iter().any(|subject| answers_a_review(asked, subject)) {
        return Some("what was asked for stands elsewhere");
    }
    let changed: Vec<&str> = patches.lines().filter(|line| line.starts_with(['+', '-'])).collect();
    if only_remarks(&changed) && !asks_for_remarks(asked) {
        return Some("the patch changes remarks only");
    }
    if (asks_for_documents(asked) && changes_code(patches)) || adds_an_unasked_file(asked, patches) {
        return Some("the patch does more than was asked for");
    }
    let is_answered = fits(asked, &subjects.join("\n"), &changed.join("\n"));
    (!is_answered).then_some("what was asked for is not what was changed")
}

/// Whether all files of a patch are tests.
fn only_tests(patches: &str) -> bool {
    let mut paths = patches.lines().filter_map(|line| line.strip_prefix("+++ b/")).peekable();
    paths.peek().is_some() && paths.all(is_test)
}

/// Whether a request asks for tests, or says that one fails.
fn speaks_of_tests(asked: &str) -> bool {
    let lower = asked.to_lowercase();
    ["test", "spec", "coverage", " ci", "fixture", "snapshot", "mock", "assert", "flak", "lint"]
        .iter()
        .any(|word| lower.contains(word))
}

/// Whether a subject says that what a review found was seen to, and the request speaks of none: "all 7 Majors closed", "round 3".
fn answers_a_review(asked: &str, subject: &str) -> bool {
    let (asked, subject) = (asked.to_lowercase(), subject.to_lowercase());
    let plain: Vec<&str> = subject.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let numbered =
        |word: &str| plain.windows(2).any(|two| two[0] == word && two[1].starts_with(|c: char| c.is_ascii_digit()));
    let names = |word: &str| plain.contains(&word) && !asked.contains(word.trim_end_matches('s'));
    (numbered("round") && !asked.contains("round"))
        || ["majors", "minors", "nits", "findings", "feedback", "verdict", "rejected"].iter().any(|word| names(word))
        || ((names("review") || names("comments"))
            && ["address", "addressed", "addresses", "apply", "after", "fix", "from", "resolve"]
                .iter()
                .any(|verb| plain.contains(verb)))
}

/// A conversation of so many questions had answers in words, which no row holds.
const MANY_QUESTIONS: usize = 3;

/// Whether a subject is the beginning of what was asked, as some agents write it: as an answer it says nothing.
fn repeats(asked: &str, subject: &str) -> bool {
    let plain = |text: &str| text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
    let subject = plain(subject.trim_end_matches(['\u{2026}', '.']));
    subject.split(' ').count() >= LEAST_REPEATED && plain(asked).contains(&subject)
}

const LEAST_REPEATED: usize = 5;

/// Whether a subject only says that something was fixed or changed, or for whom.
fn says_nothing(subject: &str) -> bool {
    let lower = subject.to_lowercase();
    let words = || lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let tells = |word: &&str| {
        !is_pointing(word)
            && !word.chars().all(|c| c.is_ascii_digit())
            && !EMPTY.split_whitespace().any(|empty| empty == *word)
    };
    // A program wrote the id of a call into it.
    if lower.contains("(toolu_") || lower.contains("(call_") {
        return true;
    }
    // "Cart improvements".
    let is_heap = words().next_back().is_some_and(|word| HEAPS.contains(&word));
    words().filter(tells).count() <= usize::from(is_heap)
}

/// Words for changes of which nothing is said.
const HEAPS: &[&str] = &["improvements", "fixes", "changes", "updates", "tweaks", "adjustments", "enhancements"];

const EMPTY: &str = "files file root roots rest addressed addressing address applied apply based bot bug bugfix changed change changes chore clean cleanup code \
    conflict conflicts cr error errors feat follow following format formatting improvement improvements linter merge misc minor nit nits quick refactor refactoring small stuff \
    suggestion suggestions things tweak tweaks typo update updated updates wip";

/// Whether a telling word of the request stands in a subject, or three in ten of them in the changed lines, in whatever form and part
/// of a name. A long patch has one of them by chance.
fn fits(asked: &str, subjects: &str, changed: &str) -> bool {
    let letters = || asked.chars().filter(|c| c.is_alphabetic());
    // Code is mostly written in the words of one language.
    if letters().filter(|c| !c.is_ascii()).count() * 4 > letters().count() {
        return true;
    }
    // What a plan is about stands in its headings.
    let headings: Vec<&str> = asked.lines().filter(|line| line.starts_with(['#', '*'])).collect();
    if headings.len() >= HEADINGS_OF_A_PLAN && words(&headings.join("\n")).is_disjoint(&words(subjects)) {
        return false;
    }
    let has_tests = |text: &str| text.to_lowercase().contains("test");
    // "Can you add some tests?": what for, no row shows.
    if has_tests(asked) && asks_to_add(asked) && has_tests(changed) {
        let names = |word: &String| !["test", "simpl", "cover", "unit", "integ"].contains(&word.as_str());
        return words(asked).iter().any(names);
    }
    let is_short = asked.split_whitespace().count() <= SHORT_REQUEST;
    let (asked, in_subjects, in_changed) = (words(asked), words(subjects), words(changed));
    let shared = asked.iter().filter(|word| in_changed.contains(*word)).count();
    let told = asked.iter().filter(|word| in_subjects.contains(*word)).count();
    // A subject of many words that speaks of something else shares one by chance.
    if is_short && in_subjects.len() >= LONG_SUBJECT && told <= 1 && shared * 2 < asked.len() {
        return false;
    }
    told > 0 || (shared >= LEAST_SHARED.min(asked.len().div_ceil(2)) && shared > 0 && shared * 10 >= asked.len() * 3)
}

const HEADINGS_OF_A_PLAN: usize = 3;
const SHORT_REQUEST: usize = 80;
const LONG_SUBJECT: usize = 4;
const LEAST_SHARED: usize = 2;

fn asks_to_add(asked: &str) -> bool {
    let lower = asked.to_lowercase();
    ["add", "write", "cover"].iter().any(|word| lower.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_of_code_that_is_to_go_everywhere_is_known() {
        for (asked, expected) in [
            ("let every test compare whole texts instead of `strings.Contains`", Some("strings.Contains")),
            ("all tests should use assert_eq instead of assert_true()", Some("assert_true")),
            ("use a map instead of strings.Contains", None),
            ("all of it in rust instead of go", None),
            ("everywhere, instead of", None),
        ] {
            assert_eq!(replaced_everywhere(asked), expected, "{asked}");
        }
    }

    #[test]
    fn a_file_that_a_document_only_speaks_of_is_not_in_the_patch() {
        let plan = "--- a/PLAN.md\n+++ b/PLAN.md\n@@ -1 +1 @@\n+- [x] src/price.py\n";
        for (paths, expected) in [
            (&["PLAN.md"][..], false),
            (&["PLAN.md", "README.md", "uv.lock"], false),
            (&["PLAN.md", "src/price.py"], true),
        ] {
            assert_eq!(lacks_one_of(plan, paths.iter().copied()), expected, "{paths:?}");
        }
    }

    #[test]
    fn a_patch_of_tests_answers_who_asks_for_tests_and_one_with_marks_nobody() {
        let patch = |line: &str| {
            format!(
                "--- a/tests/test_price.py\n+++ b/tests/test_price.py\n@@ -1 +1,2 @@\n {line}\n+price = rounded(2)\n"
            )
        };
        let only_tests = Some("the patch changes tests only");
        let told = |asked: &str, line: &str| unfit(asked, &["Round the price"], &patch(line));
        assert_eq!(told("round the price, it flickers in the cart", "cents = 1"), only_tests);
        assert_eq!(told("add a test for the rounded price", "cents = 1"), None);
        let redacted = Some("the redactor took out a part of it");
        assert_eq!(told("add a test for the rounded price", "word = [REDACTED:password:1]"), redacted);
    }

    #[test]
    fn a_patch_that_answers_something_else_is_told_from_one_that_answers() {
        let patch = "--- a/src/price.py\n+++ b/src/price.py\n@@ -1 +1 @@\n-total = 1\n+total = roundToCents(1)\n";
        let about = Some("something was asked about, not for");
        let nothing = Some("the subject of the commit does not say what was done");
        let other = Some("what was asked for is not what was changed");
        let leaning = Some("what was asked for leans on what is not shown");
        let redacted = Some("the redactor took out a part of it");
        let many = Some("much was asked about before something was asked for");
        let echo = Some("the subject of the commit repeats what was asked");
        let told = Some("something was told, and nothing was asked for");
        let elsewhere = Some("what was asked for stands elsewhere");
        for (case, asked, subject, expected) in [
            ("a remark", "the rounding works as designed. You decide the rest", "Round prices", told),
            ("a review that is not shown", "round it to cents", "Close all majors of the round of prices", elsewhere),
            ("a numbered round of a review", "price it in cents", "Price in cents, round 3", elsewhere),
            ("a review that was asked for", "round it as the review says", "Address review: round prices", None),
            ("an option of a question that is not shown", "Round to cents (Recommended)", "Round prices", leaning),
            ("work that is to go on", "pick up where we left off, round it", "Round prices", leaning),
            ("more of something", "also round it in the cart", "Round prices", leaning),
            (
                "what a review found",
                "Review the rounding.\n\nFix the critical and severe issues",
                "Round prices",
                leaning,
            ),
            ("the beginning of a request", "round the prices in the\u{2026}", "Round prices", leaning),
            (
                "what was seen before",
                "did the round release fail?\n\nok make a pr to fix this",
                "Round prices",
                leaning,
            ),
            ("a scenario of several", "Plan a fix of round for scenario 1", "Round prices", leaning),
            ("merged", "round prices to cents", "Fixed merge errors", nothing),
            ("a point of a list", "ok so 2. Round it, it should not be silly", "Round prices", leaning),
            ("a request", "round prices to cents", "Round prices", None),
            ("part of a name", "we lose half a cent per price", "Compute totals exactly", None),
            ("another form", "the rounding is wrong", "Correct totals", None),
            ("asked politely", "could you round it?", "Round prices", None),
            ("a question", "why is the total rounded?", "Round prices", about),
            ("a look", "can you check whether the price is round?", "Round prices", about),
            ("a reason", "but why would you round prices?", "Round prices", about),
            ("two questions", "is round used?\n\nWhere does the total come from? 🤔", "Round prices", about),
            ("a question of what to do", "now, what should we do about round?", "Round prices", about),
            ("a question among chores", "rebase first. I'll push it. Where is round used?", "Round prices", about),
            ("a question and a request", "is it rounded? round it", "Round prices", None),
            ("with a command of the agent", "/review\n\nis the total rounded?", "Round prices", about),
            ("a consent", "yep, round it", "Round prices", leaning),
            ("of a list", "Round it, then tackle 2 and 3", "Round prices", leaning),
            ("both of what", "ok do both, and round it", "Round prices", leaning),
            ("of an issue", "round everything in #91", "Round prices", leaning),
            ("an issue that it closes", "round it, closes #91", "Round prices", None),
            ("one of a list", "let's do the round fix for 1 first", "Round prices", leaning),
            ("suggestions by number", "round it as in suggestions 1-4", "Round prices", leaning),
            ("what is to be skipped", "skip 5, 7, round the rest", "Round prices", leaning),
            ("a redacted part", "round it, the key is [REDACTED:secret:00000000]", "Round prices", redacted),
            ("of its own list", "round:\n1. prices\n2. sums\nfirst the fix for 1", "Round prices", None),
            ("what an agent printed", "round it\n\u{23fa} Read(src/price.py)", "Round prices", leaning),
            ("many questions", "is it rounded? where? and when? round it", "Round prices", many),
            ("a number of its own", "round to 2 digits", "Round prices", None),
            ("an echo", "Round all the prices in carts to whole cents", "Round all the prices in ca\u{2026}", echo),
            ("something else", "drop the dash from the list", "Round prices", other),
            (
                "a word by chance",
                "write an issue for the team that says how hooks disturb sessions and the price",
                "Round",
                other,
            ),
            ("an answer", "No, let's not fill it. Round it instead", "Round prices", leaning),
            ("praise", "round it\n\nyou're in the groove now", "Round prices", leaning),
            (
                "a plan that is not shown",
                "keep it local! let's proceed with implementation of round",
                "Round prices",
                leaning,
            ),
            ("a line", "the round in line 363 is not needed", "Round prices", leaning),
            ("a line of a file", "the round in line 363 of price.py is not needed", "Round prices", None),
            ("this bit", "this bit of round is quite complex, simplify it", "Round prices", leaning),
            ("a question at the end", "round it\n\nwhat does round do ?", "Round prices", about),
            ("a question for the reason", "round it\n\nok why did this happen?", "Round prices", about),
            ("a comparison", "Compare round and floor.\n\nround it", "Round prices", about),
            (
                "documents alone",
                "update the readme for round",
                "Round prices",
                Some("the patch does more than was asked for"),
            ),
            ("an id of a call", "round prices to cents", "Completed 'Explore' of round (toolu_0123)", nothing),
            ("a heap", "round prices to cents", "Price improvements", nothing),
            (
                "a part of a plan",
                "# Round\nprices, and log the sums\n## Carts\nas is\n## Files\n",
                "Log the sums",
                other,
            ),
            ("an empty subject", "round prices to cents", "fix: address PR review feedback", nothing),
            ("a short subject", "round prices to cents", "minor fix", nothing),
            ("another language", "цены округлить до копейки", "Round prices", None),
        ] {
            assert_eq!(unfit(asked, &[subject], patch), expected, "{case}");
        }
        let page = |path: &str| {
            let lines = "+price\n".repeat(50);
            format!("{patch}--- /dev/null\n+++ b/{path}\n@@ -0,0 +1,50 @@\n{lines}")
        };
        let more = Some("the patch does more than was asked for");
        assert_eq!(unfit("round prices to cents", &["Round prices"], &page("docs/skeleton.md")), more);
        assert_eq!(unfit("round prices to cents", &["Round prices"], &page("src/rounding.py")), None);
        let tests = "+++ b/tests/test_price.py\n+def test_zero(): ...\n";
        assert_eq!(unfit("can you add some tests of rounding?", &["Cover zero"], tests), None);
        assert_eq!(unfit("can you add some simple tests?", &["Cover zero"], tests), other, "of what");
        let remark = "--- a/src/price.py\n+++ b/src/price.py\n@@ -1 +1,2 @@\n+# Prices are round.\n x\n";
        let remarks = Some("the patch changes remarks only");
        assert_eq!(unfit("the round price is wrong", &["Round prices"], remark), remarks);
        assert_eq!(unfit("comment on the round price", &["Round prices"], remark), None);
        assert_eq!(unfit("can you add some tests?", &["Round prices"], "+x = 1\n"), other);
    }
}
