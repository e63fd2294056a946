//! What differs from the most common run: other paths through the steps, and what went wrong on the way.

use std::sync::LazyLock;

use regex::Regex;

use super::citations::{Citations, Claim};
use super::facts::{Facts, RunSet, by_runs};
use super::page::{TroubleRow, Turned, VariationRow};
use super::paths::{Path, difference};
use super::sources::Sources;
use super::step_rows::reference;
use super::troubles::{Outcome, Trouble};
use super::words::failure;
use crate::checks::telling::tells_something;
use crate::checks::usage_errors::is_usage_error;
use crate::text::markdown::{Markdown, code};

const VARIATIONS: usize = 6;
/// A path that one run took is told from this share of all runs, in percent, and a kind of failure from this share of its step's.
const TOLD_SHARE: usize = 5;
const TROUBLES: usize = 12;
const WORDS: usize = 3;
static LOCATION: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^([^\s:()]+\.\w+)[:(]\d+").expect("a constant that the tests compile"));
const WORDS_LENGTH: usize = 160;
const FILES: usize = 3;

/// How runs differ from the most common path: the claim of that path, the others, and those that are not told one by one.
pub(crate) fn variation_rows(
    sources: &Sources,
    paths: &[Path],
    citations: &mut Citations,
) -> (Option<Claim>, Vec<VariationRow>, Option<Claim>) {
    let Some((common, others)) = paths.split_first() else { return (None, Vec::new(), None) };
    let claim = citations.cite("Most common path", &common.runs);
    let is_told = |path: &&Path| path.runs.len() > 1 || 100 >= TOLD_SHARE * claim.of;
    let told = others.iter().take_while(is_told).count().min(VARIATIONS);
    let rows = others[..told].iter().map(|path| variation(sources, common, path, citations)).collect();
    let rest: RunSet = others[told..].iter().flat_map(|path| &path.runs).copied().collect();
    let rest = (!rest.is_empty()).then(|| citations.cite("Other paths", &rest));
    (Some(claim), rows, rest)
}

fn variation(sources: &Sources, common: &Path, path: &Path, citations: &mut Citations) -> VariationRow {
    let difference = difference(&common.steps, &path.steps);
    let references = |steps: &[usize]| steps.iter().map(|step| reference(sources, *step)).collect::<Vec<_>>();
    let names = |steps: &[usize]| references(steps).into_iter().map(|step| step.number.to_string()).collect::<Vec<_>>();
    let what = format!("Path of steps {}", names(&path.steps).join(", "));
    let pages = &path.documentation_only;
    let documentation_only = (2 * pages.len() > path.runs.len())
        .then(|| citations.cite_of(&format!("{what}: documentation only"), pages, path.runs.len()));
    VariationRow {
        claim: citations.cite(&what, &path.runs),
        left_out: references(&difference.left_out),
        added: references(&difference.added),
        turned: difference
            .turned
            .iter()
            .map(|(first, second)| Turned { first: reference(sources, *first), second: reference(sources, *second) })
            .collect(),
        documentation_only,
    }
}

/// The rows, and how many more there are.
pub(crate) fn trouble_rows(
    sources: &Sources,
    facts: &Facts,
    troubles: &[Trouble],
    citations: &mut Citations,
) -> (Vec<TroubleRow>, usize) {
    let is_worth_telling = |trouble: &&Trouble| {
        trouble.runs.len() > 1 && 100 * trouble.runs.len() >= TOLD_SHARE * facts.steps[trouble.step].runs.len()
    };
    let told = troubles.iter().filter(is_worth_telling).take(TROUBLES);
    let rows: Vec<TroubleRow> = told.map(|trouble| trouble_row(sources, facts, trouble, citations)).collect();
    let more = troubles.len() - rows.len();
    (rows, more)
}

fn trouble_row(sources: &Sources, facts: &Facts, trouble: &Trouble, citations: &mut Citations) -> TroubleRow {
    let step = reference(sources, trouble.step);
    let what = failure(trouble.kind);
    let head = format!("Step {}: {what}", step.number);
    let claim = citations.cite_of(&head, &trouble.runs, facts.steps[trouble.step].runs.len());
    let mut outcome = |outcome: Outcome, words: &str| {
        let runs = trouble.outcomes.get(&outcome)?;
        Some(citations.cite_of(&format!("{head}; {words}"), runs, trouble.runs.len()))
    };
    TroubleRow {
        what,
        claim,
        words: trouble
            .words
            .iter()
            .map(|words| sources.log.text(*words))
            .filter_map(telling_line)
            .filter(|line| !is_usage_error(line) && !is_of_gone_file(sources, line))
            .take(WORDS)
            .map(excerpt)
            .collect(),
        after_edit: outcome(Outcome::PassedAfterEdit, "passed after an edit"),
        without_edit: outcome(Outcome::PassedWithoutEdit, "passed without an edit"),
        again: outcome(Outcome::FailedAgain, "failed again"),
        not_run_again: outcome(Outcome::NotRunAgain, "not run again"),
        edited: by_runs(&trouble.edited, |file| sources.log.text(file).to_owned())
            .iter()
            .map(|(file, _)| sources.log.text(*file))
            .filter(|file| !sources.repository.is_gone(file))
            .take(FILES)
            .map(code)
            .collect(),
        is_cured: trouble.is_cured(),
        overlap: trouble.outcomes.values().map(RunSet::len).sum::<usize>() > trouble.runs.len(),
        step,
    }
}

/// The first line that says what is wrong: before it may stand the name of a test.
fn telling_line(words: &str) -> Option<&str> {
    words.lines().map(str::trim).find(|line| tells_something(line))
}

/// Whether a line is about a place in a file that is no longer there: nobody meets it again.
fn is_of_gone_file(sources: &Sources, line: &str) -> bool {
    LOCATION.captures(line).is_some_and(|found| sources.repository.is_gone(&found[1]))
}

/// No more of a line than a reader takes in.
fn excerpt(line: &str) -> Markdown {
    match line.char_indices().nth(WORDS_LENGTH) {
        Some((end, _)) => code(&line[..end]).followed_by_dots(),
        None => code(line),
    }
}
