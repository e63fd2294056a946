//! How far a run of an SOP is: which of its steps the log has, and which comes next. Pure, over the names of logged steps.

use crate::process::model::{ModelStep, ProcessModel};

/// The name under which a step is logged: its activity, so that conformance and drift know it, or its title where no log shows it.
pub(crate) fn logged_as(step: &ModelStep) -> &str {
    step.activities.first().unwrap_or(&step.title)
}

/// Whether each step of the model is among what was logged, each entry for one step at most.
pub(crate) fn done(model: &ProcessModel, logged: &[&str]) -> Vec<bool> {
    let mut left: Vec<&str> = logged.to_vec();
    let take = |step: &ModelStep| match left.iter().position(|name| *name == logged_as(step)) {
        Some(place) => {
            left.remove(place);
            true
        }
        None => false,
    };
    model.steps.iter().map(take).collect()
}

/// The step to do next: the first that is not done and that no later step has passed by. Steps of one unordered set do not pass
/// each other. `None` when the run is at its end.
pub(crate) fn next(model: &ProcessModel, done: &[bool]) -> Option<usize> {
    (0..model.steps.len()).find(|at| !done[*at] && !is_passed(model, done, *at))
}

/// The required steps that step `at` would pass by if it were done now: neither done, nor passed by already.
pub(crate) fn missing_before(model: &ProcessModel, done: &[bool], at: usize) -> Vec<usize> {
    let is_missing = |one: &usize| {
        model.steps[*one].required && !done[*one] && !of_one_set(model, *one, at) && !is_passed(model, done, *one)
    };
    (0..at).filter(is_missing).collect()
}

fn is_passed(model: &ProcessModel, done: &[bool], at: usize) -> bool {
    (at + 1..done.len()).any(|later| done[later] && !of_one_set(model, at, later))
}

fn of_one_set(model: &ProcessModel, a: usize, b: usize) -> bool {
    model.steps[a].unordered_with.is_some() && model.steps[a].unordered_with == model.steps[b].unordered_with
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model() -> ProcessModel {
        let step = |id: &str, set: Option<&str>| ModelStep {
            id: id.to_owned(),
            title: format!("Do {id}"),
            unordered_with: set.map(str::to_owned),
            ..ModelStep::default()
        };
        let mut steps = vec![step("a", None), step("b", Some("s")), step("c", Some("s")), step("d", None)];
        steps[0].activities = vec!["edit".to_owned()];
        ProcessModel { steps, ..ProcessModel::default() }
    }

    #[test]
    fn the_next_step_is_the_first_that_was_neither_done_nor_passed_by() {
        let model = model();
        for (logged, next_one) in [
            (&[][..], Some(0)),
            (&["edit"], Some(1)),
            (&["edit", "Do c"], Some(1)),
            (&["edit", "Do b", "Do c"], Some(3)),
            (&["Do d"], None),
            (&["edit", "something else"], Some(1)),
            (&["Do b"], Some(2)),
        ] {
            assert_eq!(next(&model, &done(&model, logged)), next_one, "{logged:?}");
        }
    }

    #[test]
    fn only_a_required_step_that_is_left_out_now_is_missing() {
        let mut model = model();
        for step in &mut model.steps {
            step.required = step.id != "b";
        }
        for (logged, at, missing) in [
            (&[][..], 0, &[][..]),
            (&[], 3, &[0, 2][..]),
            (&[], 1, &[0][..]),
            (&["edit"], 1, &[]),
            (&["edit"], 2, &[]),
            (&["edit"], 3, &[2]),
            (&["edit", "Do c"], 3, &[]),
            // Passed by before, and said so then.
            (&["Do c"], 3, &[]),
        ] {
            assert_eq!(missing_before(&model, &done(&model, logged), at), missing, "{logged:?} {at}");
        }
    }
}
