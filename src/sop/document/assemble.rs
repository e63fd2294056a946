//! Brings together what a document says: figures of the log, what people told, and the state of both.

use std::collections::{BTreeMap, BTreeSet};

use super::citations::{Citations, Claim};
use super::deviation_rows::{trouble_rows, variation_rows};
use super::facts::{Facts, RunSet, by_runs};
use super::page::{AnswerRow, CorrectionRow, Counted, HistoryRow, OpenQuestion, OtherRuns, Page, QuotedRows, Told};
use super::paths::paths;
use super::resources::{roles, tools};
use super::setup::{branch, place, pull_request, push, set_up};
use super::sources::Sources;
use super::step_rows::step_rows;
use super::told::{answer_row, told_step};
use super::troubles::troubles;
use crate::record::execution::{Run, Symbol};
use crate::sop::general_questions::{self as general, is_general};
use crate::text::borders::border;
use crate::text::ids::short;
use crate::text::markdown::{code, exact_code};

/// The activity that tells a process of a repository from any other.
const COMMIT: &str = "commit";
const CORRECTIONS: usize = 20;
/// Bytes of a person's words, at most: some are whole prompts.
const WORDS: usize = 400;

pub(crate) fn page(sources: &Sources) -> Page {
    let facts = Facts::new(sources.model, sources.log);
    let mut citations = Citations::new(&facts, sources.minimum);
    // In the order in which a document tells them, so that signs count up.
    let merges = merges(sources, &mut citations);
    let recognised = recognised(&facts, &mut citations);
    let roles = roles(sources, &facts, &mut citations);
    let tools = tools(sources, &facts, &mut citations);
    let setup = set_up(sources, &facts, &mut citations);
    let push = push(sources, &facts, &mut citations);
    let (branch, pull_request) =
        (branch(sources, &facts, &mut citations), pull_request(sources, &facts, &mut citations));
    let steps = step_rows(sources, &facts, &mut citations);
    let paths = paths(sources.model, &facts);
    let (common, variations, other_paths) = variation_rows(sources, &paths, &mut citations);
    let (troubles, more_troubles) = trouble_rows(sources, &facts, &troubles(&facts), &mut citations);
    let evidence = &sources.model.evidence;
    let date = |time: &Option<String>| time.as_ref().and_then(|time| time.get(..10)).map(str::to_owned);
    Page {
        title: title(sources),
        purpose: told(sources, &sources.capture.purpose, general::PURPOSE),
        outcome: told(sources, &sources.capture.outcome, general::OUTCOME),
        trigger: told(sources, &sources.front.trigger, "")
            .or_else(|| told(sources, &sources.capture.trigger, general::TRIGGER)),
        runs: facts.runs.len(),
        minimum: sources.minimum,
        is_enough: facts.runs.len() >= sources.minimum as usize,
        from: date(&evidence.from),
        until: date(&evidence.until),
        told_by: told_by(sources),
        recognised,
        roles,
        access: access(sources),
        tools,
        rules: sources.repository.rules.iter().map(|path| code(path)).collect(),
        is_of_commits: sources.model.steps.iter().any(|step| step.activities.iter().any(|name| name == COMMIT)),
        setup,
        branch,
        push,
        pull_request,
        log_runs: sources.log.runs.len(),
        merges,
        other_runs: other_runs(sources, &facts),
        not_compared: (1..)
            .zip(&sources.model.steps)
            .filter(|(_, step)| step.aside)
            .map(|(number, _)| number)
            .collect(),
        inputs: with_answer(sources, &sources.capture.inputs, general::INPUTS),
        has_placeholders: sources
            .model
            .steps
            .iter()
            .flat_map(|step| &step.commands)
            .any(|one| one.command.contains('<')),
        steps,
        common,
        common_steps: paths.first().map(|path| path.steps.iter().map(|step| step + 1).collect()).unwrap_or_default(),
        variations,
        other_paths,
        troubles,
        more_troubles,
        troubleshooting: sources.repository.troubleshooting.as_ref().map(place),
        asked_of_requests: sources.repository.asked_of_requests.as_ref().map(|asked| QuotedRows {
            place: place(&asked.place),
            lines: asked.lines.iter().map(|line| exact_code(line)).collect(),
            more: asked.more,
        }),
        pitfalls: with_answer(sources, &sources.capture.pitfalls, general::PITFALLS),
        answers: answers(sources),
        corrections: sources.corrections.iter().take(CORRECTIONS).map(correction).collect(),
        more_corrections: sources.corrections.len().saturating_sub(CORRECTIONS),
        open_questions: open_questions(sources),
        notes: sources.capture.notes.clone(),
        evidence: citations.into_rows(),
        rules_version: evidence.rules_version,
        history: history(sources),
    }
}

fn title(sources: &Sources) -> String {
    let names = [&sources.front.title, &sources.capture.name, &sources.model.process];
    names.into_iter().find(|name| !name.trim().is_empty()).cloned().unwrap_or_default()
}

/// What was told, or the answer to the question about it.
fn told(sources: &Sources, words: &str, question: &str) -> Option<String> {
    let answer = sources.capture.answer(question).map(|question| question.answer.clone());
    Some(words.to_owned()).filter(|words| !words.trim().is_empty()).or(answer)
}

fn with_answer(sources: &Sources, words: &[String], question: &str) -> Vec<String> {
    let answer = sources.capture.answer(question).map(|question| question.answer.clone());
    words.iter().cloned().chain(answer).collect()
}

fn told_by(sources: &Sources) -> Vec<String> {
    let mut people: Vec<String> = Vec::new();
    for question in &sources.capture.questions {
        if !question.answered_by.is_empty() && !people.contains(&question.answered_by) {
            people.push(question.answered_by.clone());
        }
    }
    people
}

/// Runs of the log that only join branches, as the model names them.
fn merges(sources: &Sources, citations: &mut Citations) -> Option<Claim> {
    let log = sources.log;
    let named: BTreeSet<Symbol> = sources.model.evidence.merges.iter().filter_map(|id| log.symbols.find(id)).collect();
    let merges: RunSet = (0..).zip(&log.runs).filter(|(_, run)| named.contains(&run.id)).map(|(at, _)| at).collect();
    let cite = || citations.cite_of("Merges of branches, which are not counted", &merges, log.runs.len());
    (!merges.is_empty()).then(cite)
}

/// The other runs of the log by their process, most first.
fn other_runs(sources: &Sources, facts: &Facts) -> Vec<OtherRuns> {
    let log = sources.log;
    let is_merge = |run: &Run| sources.model.evidence.merges.iter().any(|id| id == log.text(run.id));
    let mut counted: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, run) in (0..).zip(&log.runs).filter(|(at, run)| !facts.runs.contains(at) && !is_merge(run)) {
        // Of this process, and without any step that the model has.
        let name = Some(log.text(run.process)).filter(|name| *name != sources.model.process);
        *counted.entry(name.unwrap_or_default()).or_default() += 1;
    }
    let mut rows: Vec<(&str, usize)> = counted.into_iter().collect();
    rows.sort_by_key(|(name, runs)| (name.is_empty(), std::cmp::Reverse(*runs), *name));
    let process = |name: &str| Some(name).filter(|name| !name.is_empty()).map(code);
    rows.into_iter().map(|(name, runs)| OtherRuns { runs, process: process(name) }).collect()
}

fn recognised(facts: &Facts, citations: &mut Citations) -> Vec<Counted> {
    let mut reasons: BTreeMap<Symbol, RunSet> = BTreeMap::new();
    for run in &facts.runs {
        let why = facts.run(*run).process_why;
        if !why.is_none() {
            reasons.entry(why).or_default().insert(*run);
        }
    }
    let text = |why: Symbol| facts.log.text(why).to_owned();
    let rows = by_runs(&reasons, text);
    rows.into_iter()
        .map(|(why, runs)| Counted {
            words: text(why),
            claim: citations.cite(&format!("Recognised by: {}", text(why)), runs),
        })
        .collect()
}

fn access(sources: &Sources) -> Vec<Told> {
    let plain = |words: &String| Told { words: words.clone(), by: String::new() };
    let mut access: Vec<Told> = sources.capture.access.iter().map(plain).collect();
    for step in &sources.model.steps {
        access.extend(told_step(sources.capture, step).iter().flat_map(|told| &told.access).map(plain));
    }
    if let Some(answer) = sources.capture.answer(general::ACCESS) {
        access.push(Told { words: answer.answer.clone(), by: answer.answered_by.clone() });
    }
    let mut seen = BTreeSet::new();
    access.retain(|told| seen.insert(told.words.clone()));
    access
}

/// Answers that have no other place in the document.
fn answers(sources: &Sources) -> Vec<AnswerRow> {
    let has_a_step = |id: &str| sources.model.steps.iter().any(|step| step.id == id);
    let questions = sources.capture.questions.iter().filter(|question| question.is_answered());
    questions.filter(|question| !has_a_step(&question.step) && !is_general(&question.id)).map(answer_row).collect()
}

fn correction(correction: &super::sources::HumanCorrection) -> CorrectionRow {
    CorrectionRow {
        words: shortened(&correction.words),
        reason: correction.reason.as_deref().map(shortened),
        commit: short(&correction.commit).to_owned(),
    }
}

/// Cut where it is longer than a reader takes in; the record has all of it.
fn shortened(words: &str) -> String {
    if words.len() <= WORDS {
        return words.to_owned();
    }
    format!("{} \u{2026}", words[..border(words, WORDS)].trim_end())
}

fn open_questions(sources: &Sources) -> Vec<OpenQuestion> {
    let open = sources.capture.questions.iter().filter(|question| !question.is_answered());
    open.map(|question| OpenQuestion {
        id: question.id.clone(),
        question: question.question.clone(),
        evidence: question.evidence.clone(),
        is_accepted: question.accepted_open,
    })
    .collect()
}

fn history(sources: &Sources) -> Vec<HistoryRow> {
    let row = |version: &super::sources::Version| HistoryRow {
        version: version.number,
        date: version.date.clone(),
        by: version.by.clone(),
        what: version.what.clone(),
    };
    sources.history.iter().map(row).collect()
}
