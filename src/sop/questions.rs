//! What the log cannot say, asked of people: made from the data, each with the counts that make one ask. The id of a question
//! is made of what it is about, so that it stays while the counts grow.

use super::capture::{Capture, Question};
use super::document::expectations::expected;
use super::document::facts::{Facts, RunSet, by_runs, is_documentation_only};
use super::document::repository_guide::RepositoryGuide;
use super::document::step_rows::rule_of;
use super::document::told::told_step;
use super::document::troubles::troubles;
use super::document::words::{actor, failure};
use super::general_questions::general_questions;
use super::lint::action::problem_of;
use crate::process::model::{ModelStep, ProcessModel};
use crate::record::execution::ExecutionLog;
use crate::text::digest::sha256;
use crate::text::ids::short;

/// Shares in percent, from which and below which something is asked: what nearly all or nearly no run does is no question.
const SOME: usize = 20;
const NEARLY_ALL: usize = 90;
const EXAMPLES: usize = 3;

/// What is asked about.
#[derive(Clone, Copy)]
pub(crate) struct QuestionSources<'a> {
    pub model: &'a ProcessModel,
    pub log: &'a ExecutionLog,
    pub capture: &'a Capture,
    /// What its rules answer is not asked.
    pub repository: &'a RepositoryGuide,
}

/// The questions about `model`, those about its steps first, in their order. With fewer runs than `minimum` the counts are
/// no ground to ask on; what no log could say is asked all the same.
pub(crate) fn questions(about: &QuestionSources, minimum: u32) -> Vec<Question> {
    let QuestionSources { model, log, capture, repository } = *about;
    let asking = Asking { model, facts: Facts::new(model, log), capture, repository };
    let mut asked = Vec::new();
    for index in 0..model.steps.len() {
        asked.extend(asking.unclear(index));
        asked.extend(asking.without_an_expected_result(index));
        if asking.facts.runs.len() >= minimum as usize {
            let rule = rule_of(asking.repository, asking.step(index), &asking.facts.steps[index], log);
            asked.extend(asking.left_out(index).filter(|_| rule.is_none()));
            let is_answered = rule.is_some_and(|(_, command)| command.is_some());
            asked.extend(asking.two_commands(index).filter(|_| !is_answered));
            asked.extend(asking.different_actors(index));
            asked.extend(asking.any_order(index));
        }
    }
    if asking.facts.runs.len() >= minimum as usize {
        asked.extend(asking.done_again());
    }
    asked.extend(asking.failures_without_a_cure());
    asked.extend(general_questions(capture));
    asked
}

struct Asking<'a> {
    model: &'a ProcessModel,
    facts: Facts<'a>,
    capture: &'a Capture,
    repository: &'a RepositoryGuide,
}

impl Asking<'_> {
    fn ask(&self, kind: &str, index: usize, question: String, runs: Option<&RunSet>) -> Question {
        let step = self.step(index).id.clone();
        let id = format!("q-{}", &sha256(format!("{kind}\n{step}").as_bytes())[..8]);
        let evidence = runs.map(|runs| self.examples(runs)).unwrap_or_default();
        Question { id, step, question, evidence, ..Question::default() }
    }

    fn step(&self, index: usize) -> &ModelStep {
        &self.model.steps[index]
    }

    fn title(&self, index: usize) -> &str {
        self.step(index).title.trim_end_matches('.')
    }

    /// Some of `runs`, to look at.
    fn examples(&self, runs: &RunSet) -> String {
        let name = |run: &u32| {
            let run = self.facts.run(*run);
            let commit = run.commits.first().map(|commit| format!(" ({})", short(self.facts.log.text(*commit))));
            format!("{}{}", self.facts.log.text(run.id), commit.unwrap_or_default())
        };
        let names: Vec<String> = runs.iter().take(EXAMPLES).map(name).collect();
        if names.is_empty() { String::new() } else { format!("Such as {}.", names.join(", ")) }
    }

    fn unclear(&self, index: usize) -> Option<Question> {
        let step = self.step(index);
        let problem = problem_of(&step.title)?;
        let words =
            format!("Step \"{}\": {problem}. What is the one action, and how does one see that it worked?", step.title);
        Some(self.ask("unclear", index, words, None))
    }

    fn without_an_expected_result(&self, index: usize) -> Option<Question> {
        let step = self.step(index);
        let told = told_step(self.capture, step);
        let is_told = told.is_some_and(|told| !told.expected.is_empty());
        let has_command = !step.commands.is_empty() || told.is_some_and(|told| !told.command.is_empty());
        let is_known = is_told || expected(&step.activities, has_command).is_some();
        let words = || format!("How does one see that step \"{}\" worked?", self.title(index));
        (!is_known).then(|| self.ask("expected", index, words(), None))
    }

    fn left_out(&self, index: usize) -> Option<Question> {
        let step = self.step(index);
        let seen = &self.facts.steps[index].runs;
        if step.activities.is_empty() || seen.is_empty() {
            return None;
        }
        let without: RunSet = self.facts.runs.difference(seen).copied().collect();
        let is_page = |run: &&u32| is_documentation_only(self.facts.log, self.facts.run(**run));
        let pages: RunSet = self.facts.runs.iter().filter(is_page).copied().collect();
        let pages_without: RunSet = pages.intersection(&without).copied().collect();
        let title = self.title(index);
        // Where it is left out for documentation and hardly ever else, that is the question.
        if pages.len() > 1 && 2 * pages_without.len() > pages.len() && 2 * pages_without.len() > without.len() {
            let (some, all) = (pages_without.len(), pages.len());
            let words = format!(
                "{some} of {all} runs that change documentation only leave out step \"{title}\" ({} of all {}): is that intended?",
                without.len(),
                self.facts.runs.len()
            );
            return Some(self.ask("left out of documentation", index, words, Some(&pages_without)));
        }
        self.is_some(&without, &self.facts.runs).then(|| {
            let (some, all) = (without.len(), self.facts.runs.len());
            let words = format!("{some} of {all} runs leave out step \"{title}\": is that intended, and when?");
            self.ask("left out", index, words, Some(&without))
        })
    }

    fn two_commands(&self, index: usize) -> Option<Question> {
        let seen = &self.facts.steps[index];
        let rows = by_runs(&seen.commands, |command| self.facts.log.text(command).to_owned());
        let ((first, first_runs), (second, second_runs)) = (rows.first()?, rows.get(1)?);
        if !self.is_some(second_runs, &seen.runs)
            || !self.step(index).commands.iter().any(|one| self.is(*second, &one.command))
        {
            return None;
        }
        let words = format!(
            "Step \"{}\" is done with `{}` ({} of {} runs) and with `{}` ({}): which is right, and when?",
            self.title(index),
            self.facts.log.text(*first),
            first_runs.len(),
            seen.runs.len(),
            self.facts.log.text(*second),
            second_runs.len()
        );
        Some(self.ask("two commands", index, words, Some(second_runs)))
    }

    fn is(&self, symbol: crate::record::execution::Symbol, text: &str) -> bool {
        self.facts.log.text(symbol) == text
    }

    fn different_actors(&self, index: usize) -> Option<Question> {
        let seen = &self.facts.steps[index];
        let name = |(kind, name)| actor(kind, self.facts.log.text(name));
        let rows = by_runs(&seen.actors, name);
        let named: Vec<_> = rows.iter().filter(|(who, _)| !name(*who).is_empty()).collect();
        let ((first, first_runs), (second, second_runs)) = (named.first()?, named.get(1)?);
        // Which of two agents did it is no question of the process.
        if first.0 == second.0 || !self.is_some(second_runs, &seen.runs) {
            return None;
        }
        let words = format!(
            "Step \"{}\" is done by {} ({} of {} runs) and by {} ({}): who should do it?",
            self.title(index),
            name(*first),
            first_runs.len(),
            seen.runs.len(),
            name(*second),
            second_runs.len()
        );
        Some(self.ask("actors", index, words, Some(second_runs)))
    }

    /// QuestionSources once for all steps: most runs that check twice also change twice.
    fn done_again(&self) -> Option<Question> {
        let seen = |index: &usize| &self.facts.steps[*index];
        let is_rework = |index: &usize| {
            let seen = seen(index);
            100 * seen.again.len() >= SOME * seen.runs.len() && !seen.again.is_empty()
        };
        let again: Vec<usize> = (0..self.model.steps.len()).filter(is_rework).collect();
        let first = *again.first()?;
        let each: Vec<String> = again
            .iter()
            .map(|index| {
                let (some, all) = (seen(index).again.len(), seen(index).runs.len());
                format!("\"{}\" ({some} of {all} runs)", self.title(*index))
            })
            .collect();
        let words = format!(
            "Runs came back to {} after another step: what should be looked at before, to do it once?",
            each.join(", ")
        );
        Some(self.ask("done again", first, words, Some(&seen(&first).again)))
    }

    /// QuestionSources once for a set of steps whose order is free.
    fn any_order(&self, index: usize) -> Option<Question> {
        let group = self.step(index).unordered_with.as_ref()?;
        let of_group = |step: &&ModelStep| step.unordered_with.as_ref() == Some(group);
        let mut members = self.model.steps.iter().filter(of_group);
        if members.next()?.id != self.step(index).id {
            return None;
        }
        let others: Vec<String> = members.map(|step| format!("\"{}\"", step.title)).collect();
        let words = format!(
            "Runs carry out steps \"{}\" and {} in either order: does the order matter?",
            self.title(index),
            others.join(", ")
        );
        (!others.is_empty()).then(|| self.ask("order", index, words, None))
    }

    fn failures_without_a_cure(&self) -> Vec<Question> {
        let open = troubles(&self.facts).into_iter().filter(|trouble| !trouble.is_cured() && trouble.runs.len() > 1);
        open.map(|trouble| {
            let (some, all) = (trouble.runs.len(), self.facts.steps[trouble.step].runs.len());
            let words = format!(
                "In step \"{}\", {} ({some} of {all} runs), and no run shows what helps. What do you do then?",
                self.title(trouble.step),
                uncapitalised(failure(trouble.kind))
            );
            self.ask(&format!("no cure {:?}", trouble.kind), trouble.step, words, Some(&trouble.runs))
        })
        .collect()
    }

    fn is_some(&self, part: &RunSet, all: &RunSet) -> bool {
        let share = 100 * part.len();
        share >= SOME * all.len() && share <= NEARLY_ALL * all.len() && !part.is_empty()
    }
}

/// To go on in a sentence.
fn uncapitalised(words: &str) -> String {
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::model::ModelCommand;
    use crate::record::execution::Actor;
    use crate::sop::capture::ToldStep;
    use crate::sop::document::repository_files::read;
    use crate::sop::samples::{Sample, change};

    fn asked(sample: &Sample, minimum: u32) -> Vec<Question> {
        let Sample { model, log, capture, repository, .. } = sample;
        questions(&QuestionSources { model, log, capture, repository }, minimum)
    }

    fn texts(questions: &[Question]) -> Vec<&str> {
        questions.iter().map(|question| question.question.as_str()).collect()
    }

    #[test]
    fn what_the_data_shows_and_does_not_explain_is_asked() {
        let sample = change();
        let questions = asked(&sample, 5);
        assert_eq!(
            texts(&questions),
            [
                "2 of 2 runs that change documentation only leave out step \"Run the tests\" (2 of all 10): is that intended?",
                "Runs carry out steps \"Run the tests\" and \"Run the linter\" in either order: does the order matter?",
                "2 of 2 runs that change documentation only leave out step \"Run the linter\" (3 of all 10): is that intended?",
                "2 of 10 runs leave out step \"Push the branch\": is that intended, and when?",
                "Runs came back to \"Edit the code\" (2 of 10 runs) after another step: what should be looked at before, to do it once?",
            ]
        );
        assert_eq!(questions[0].evidence, "Such as unit-4 (4a4a4a4), unit-7 (7a7a7a7).");
        assert_eq!(asked(&sample, 5), questions, "two runs are the same");
    }

    #[test]
    fn an_id_stays_while_the_counts_grow() {
        let (sample, mut more) = (change(), change());
        let run = more.log.runs[4].clone();
        let events = more.log.events_of(&run).to_vec();
        let mut again = run.clone();
        again.id = more.log.symbols.intern("unit-10");
        more.log.push(again, events);
        more.model.evidence.run_ids.push("unit-10".to_owned());
        let (before, after) = (asked(&sample, 5), asked(&more, 5));
        let id = |questions: &[Question], start: &str| {
            let found = questions.iter().find(|one| one.step == "lint" && one.question.starts_with(start));
            found.map(|one| one.id.clone())
        };
        let first = id(&before, "2 of 2 runs that change documentation only");
        assert!(
            first.is_some() && first == id(&after, "3 of 3 runs that change documentation only"),
            "{:?}",
            texts(&after)
        );
        let ids: std::collections::BTreeSet<&str> = after.iter().map(|question| question.id.as_str()).collect();
        assert_eq!(ids.len(), after.len());
    }

    #[test]
    fn below_the_minimum_counts_are_no_ground_and_what_nobody_told_is_asked() {
        let mut sample = change();
        sample.capture = Capture::default();
        let questions = asked(&sample, 11);
        let ids: Vec<&str> = questions.iter().map(|question| question.id.as_str()).collect();
        assert_eq!(ids, ["q-purpose", "q-trigger", "q-outcome", "q-access", "q-inputs", "q-pitfalls"]);
    }

    #[test]
    fn two_commands_two_actors_and_a_failure_without_a_cure_are_asked_about() {
        let mut sample = change();
        let other = sample.log.symbols.intern("cargo nextest run");
        sample.model.steps[1].commands.push(ModelCommand { command: "cargo nextest run".to_owned(), runs: 4 });
        let tests = sample.log.symbols.find("run tests").unwrap();
        for (number, event) in sample.log.events.iter_mut().filter(|event| event.activity == tests).enumerate() {
            if number % 2 == 0 {
                event.command = other;
                event.actor = Actor::Person;
                event.actor_name = Default::default();
            }
            event.status = crate::record::execution::ExecutionStatus::Failed;
        }
        let questions = asked(&sample, 5);
        let all = texts(&questions).join("\n");
        for part in [
            "is done with `cargo nextest run` (5 of 8 runs) and with `cargo test -p <package>` (5)",
            "is done by Claude Code (",
            "tests fail (3 of 8 runs), and no run shows what helps. What do you do then?",
        ] {
            assert!(all.contains(part), "{part} is not in {all}");
        }
    }

    #[test]
    fn what_a_rule_of_the_repository_answers_is_not_asked() {
        let mut sample = change();
        let about_tests = |sample: &Sample| {
            let asked = asked(sample, 5);
            asked.iter().filter(|one| one.step == "run-tests" && one.question.contains("leave out")).count()
        };
        assert_eq!(about_tests(&sample), 1);
        let file = |path: &str| {
            (path == "AGENTS.md").then(|| "Always run `cargo test -p shop` before committing.\n".to_owned())
        };
        sample.repository = read(&file, &["AGENTS.md".to_owned()], std::iter::empty());
        assert_eq!(about_tests(&sample), 0);
    }

    #[test]
    fn a_told_step_that_is_unclear_is_asked_and_not_guessed() {
        let mut sample = change();
        let told = |action: &str| ToldStep { id: "told".to_owned(), action: action.to_owned(), ..ToldStep::default() };
        sample.capture.steps = vec![told("Do the usual and then deploy")];
        sample.model = crate::sop::document::told::with_told_steps(ProcessModel::default(), &sample.capture);
        let questions = asked(&sample, 5);
        assert_eq!(
            texts(&questions)[..2],
            [
                "Step \"Do the usual and then deploy\": it holds a second action, \"deploy\". What is the one action, and how does one see that it worked?",
                "How does one see that step \"Do the usual and then deploy\" worked?",
            ]
        );
    }
}
