//! What people told, where it belongs in a document: to a step, or to the whole.

use super::page::AnswerRow;
use crate::process::model::{ModelStep, ProcessModel};
use crate::sop::capture::{Capture, Question, ToldStep};

/// What was told of a step of the model: by its id, or by the same words.
pub(crate) fn told_step<'a>(capture: &'a Capture, step: &ModelStep) -> Option<&'a ToldStep> {
    capture.steps.iter().find(|told| told.id == step.id).or_else(|| {
        let is_named = |told: &&ToldStep| {
            let words = essential(&told.action);
            !words.is_empty()
                && (words == essential(&step.title) || step.activities.iter().any(|name| words == essential(name)))
        };
        capture.steps.iter().find(is_named)
    })
}

/// The model with the steps that were told and that no log shows, each behind the one that was told before it. They are
/// required, as nobody said otherwise.
pub(crate) fn with_told_steps(mut model: ProcessModel, capture: &Capture) -> ProcessModel {
    let mut place = 0;
    for told in &capture.steps {
        let known =
            model.steps.iter().position(|step| told_step(capture, step).is_some_and(|meant| meant.id == told.id));
        if let Some(known) = known {
            place = known + 1;
            continue;
        }
        let step =
            ModelStep { id: told.id.clone(), title: told.action.clone(), required: true, ..ModelStep::default() };
        model.steps.insert(place.min(model.steps.len()), step);
        place += 1;
    }
    model
}

/// Answers to questions about a step, or about the whole where `step` is empty.
pub(crate) fn answers_about(capture: &Capture, step: &str) -> Vec<AnswerRow> {
    let about = capture.questions.iter().filter(|question| question.step == step && question.is_answered());
    about.map(answer_row).collect()
}

pub(crate) fn answer_row(question: &Question) -> AnswerRow {
    AnswerRow {
        question: question.question.clone(),
        answer: question.answer.clone(),
        by: question.answered_by.clone(),
        date: question.answered_at.get(..10).unwrap_or_default().to_owned(),
    }
}

/// The words that tell one action from another.
fn essential(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .filter(|word| !matches!(word.as_str(), "the" | "a" | "an" | "all" | "your"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(id: &str, action: &str) -> ToldStep {
        ToldStep { id: id.to_owned(), action: action.to_owned(), ..ToldStep::default() }
    }

    #[test]
    fn a_step_that_no_log_shows_stands_behind_the_one_told_before_it() {
        let step = |id: &str, title: &str, activity: &str| ModelStep {
            id: id.to_owned(),
            title: title.to_owned(),
            activities: vec![activity.to_owned()],
            ..ModelStep::default()
        };
        let model = ProcessModel {
            steps: vec![step("change", "Edit the code", "edit source"), step("commit", "Commit the change", "commit")],
            ..ProcessModel::default()
        };
        let steps = vec![
            told("ask", "Ask the owner"),
            told("edit", "Edit source"),
            told("look", "Look at the page"),
            told("commit", "Write the commit"),
        ];
        let capture = Capture { steps, ..Capture::default() };
        let model = with_told_steps(model, &capture);
        let ids: Vec<&str> = model.steps.iter().map(|step| step.id.as_str()).collect();
        assert_eq!(ids, ["ask", "change", "look", "commit"]);
        assert_eq!(with_told_steps(model.clone(), &capture), model, "a second time adds nothing");
    }
}
