//! Where a branch is made: it is done once for several changes, so that the few runs that do it say little of its place.

use crate::process::model::{ModelStep, ProcessModel};

pub(crate) const CREATE_BRANCH: &str = "create branch";

/// `model` with the step that creates a branch before the first one that changes files. A step by which runs are compared stays
/// where they have it.
#[must_use]
pub(crate) fn with_branch_first(mut model: ProcessModel) -> ProcessModel {
    let change = model.steps.iter().position(is_change);
    let branch = model.steps.iter().position(|step| step.aside && creates_branch(step));
    if let (Some(change), Some(branch)) = (change, branch)
        && branch > change
    {
        model.steps[change..=branch].rotate_right(1);
    }
    model
}

pub(crate) fn creates_branch(step: &ModelStep) -> bool {
    step.activities.iter().any(|activity| activity == CREATE_BRANCH)
}

/// Whether a step changes files by hand.
pub(crate) fn is_change(step: &ModelStep) -> bool {
    step.activities.iter().any(|activity| activity == "change" || activity.starts_with("edit "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_branch_is_created_before_the_first_change() {
        let step = |told: &str| ModelStep {
            id: told.to_owned(),
            activities: vec![told.trim_end_matches('!').to_owned()],
            aside: !told.ends_with('!'),
            ..ModelStep::default()
        };
        for (steps, wanted) in [
            (vec!["change!", "lint!", CREATE_BRANCH, "commit!"], vec![CREATE_BRANCH, "change!", "lint!", "commit!"]),
            (vec!["lint!", "edit docs!", CREATE_BRANCH], vec!["lint!", CREATE_BRANCH, "edit docs!"]),
            (vec![CREATE_BRANCH, "change!"], vec![CREATE_BRANCH, "change!"]),
            (vec!["change!", "create branch!"], vec!["change!", "create branch!"]),
            (vec!["lint!", CREATE_BRANCH], vec!["lint!", CREATE_BRANCH]),
        ] {
            let model = ProcessModel { steps: steps.into_iter().map(step).collect(), ..ProcessModel::default() };
            let ids: Vec<String> = with_branch_first(model).steps.into_iter().map(|step| step.id).collect();
            assert_eq!(ids, wanted);
        }
    }
}
