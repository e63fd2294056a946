//! What recent runs say about a draft: how many went as it says, and which steps they left out or did elsewhere. A sentence each.

use crate::process::conformance::{StepConformance, conform};
use crate::process::model::ProcessModel;
use crate::record::execution::ExecutionLog;

/// So many of the last runs are compared.
const RECENT: usize = 20;
/// So many steps are told of.
const STEPS: usize = 8;

/// The sentences; what has no figures says so.
pub(crate) fn replay(model: &ProcessModel, log: &ExecutionLog) -> Vec<String> {
    let runs: Vec<u32> =
        (0..).zip(&log.runs).filter(|(_, run)| log.text(run.process) == model.process).map(|(at, _)| at).collect();
    let recent = &runs[runs.len().saturating_sub(RECENT)..];
    let compared = conform(log, model, recent);
    let n = compared.fitness.runs;
    if n == 0 {
        return vec!["No run of this process is on record (n = 0): nothing could be compared.".to_owned()];
    }
    let mut sentences = vec![format!(
        "{} of the last {n} runs went as the draft says (average fitness {:.2}).",
        compared.fitness.fitting, compared.fitness.average
    )];
    let title =
        |id: &str| model.steps.iter().find(|step| step.id == id).map_or(id, |step| step.title.as_str()).to_owned();
    let off = |step: &&StepConformance| step.out_of_order > 0 || (step.required && step.missing > 0);
    for step in compared.steps.iter().filter(off).take(STEPS) {
        if step.required && step.missing > 0 {
            sentences.push(format!("{} of {n} runs lack \"{}\", which is required.", step.missing, title(&step.step)));
        }
        if step.out_of_order > 0 {
            sentences.push(format!("{} of {n} runs have \"{}\" elsewhere.", step.out_of_order, title(&step.step)));
        }
    }
    let unseen: Vec<String> = model
        .steps
        .iter()
        .filter(|step| step.activities.is_empty())
        .map(|step| format!("\"{}\"", step.title))
        .collect();
    if !unseen.is_empty() {
        sentences.push(format!("No log shows these steps: {}.", unseen.join(", ")));
    }
    sentences
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::model::ModelStep;
    use crate::record::execution::{CaseKind, Execution, Run};

    fn log(runs: &[&[&str]]) -> ExecutionLog {
        let mut log = ExecutionLog::default();
        for (number, steps) in runs.iter().enumerate() {
            let mut run = Run::new(log.symbols.intern(&format!("run {number}")), CaseKind::Logged);
            run.process = log.symbols.intern("onboarding");
            let events =
                steps.iter().map(|step| Execution { activity: log.symbols.intern(step), ..Execution::default() });
            let events = events.collect();
            log.push(run, events);
        }
        log
    }

    #[test]
    fn runs_that_lack_a_step_are_counted_and_no_run_is_said() {
        let step = |id: &str, activities: &[&str]| ModelStep {
            id: id.to_owned(),
            title: format!("Do {id}"),
            activities: activities.iter().map(|&one| one.to_owned()).collect(),
            required: true,
            ..ModelStep::default()
        };
        let steps = vec![step("create", &["create"]), step("mail", &["mail"]), step("call", &[])];
        let model = ProcessModel { process: "onboarding".to_owned(), steps, ..ProcessModel::default() };
        let said = replay(&model, &log(&[&["create", "mail"], &["create"], &["create", "mail"]]));
        assert_eq!(
            said,
            [
                "2 of the last 3 runs went as the draft says (average fitness 0.89).",
                "1 of 3 runs lack \"Do mail\", which is required.",
                "No log shows these steps: \"Do call\".",
            ]
        );
        assert_eq!(replay(&model, &log(&[])).len(), 1);
    }
}
