//! `process conform`: whether runs went as an SOP says, per run and per step.

use serde::Serialize;

use super::source::{self, ProcessSource};
use crate::context::{Context, Ending};
use crate::output::for_terminal;
use crate::process::conformance::{Conformance, conform};
use crate::process::model::ProcessModel;
use crate::process_store::models::{Models, Named, of_file};
use crate::process_store::recorded::comparable;
use crate::process_store::rules;
use crate::record::execution::ExecutionLog;
use crate::recorder::page;

#[derive(Debug, clap::Args)]
pub(super) struct ConformArgs {
    /// Process whose runs are compared [default: that of the model]
    process: Option<String>,
    #[command(flatten)]
    against: Against,
    #[command(flatten)]
    source: ProcessSource,
    /// End with 1 when the mean fitness is lower
    #[arg(long, value_name = "FITNESS", value_parser = fitness)]
    fail_under: Option<f64>,
    /// Write JSON (docs/schema/conform.v1.json)
    #[arg(long)]
    json: bool,
}

/// What is compared with.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
pub(super) struct Against {
    /// SOP to compare with [default: the one of the process]
    #[arg(long, value_name = "SLUG")]
    pub(super) sop: Option<String>,
    /// Model file to compare with
    #[arg(long, value_name = "FILE")]
    pub(super) model: Option<String>,
}

fn fitness(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(number) if (0.0..=1.0).contains(&number) => Ok(number),
        _ => Err("a number from 0 to 1 is expected".to_owned()),
    }
}

/// How runs went beside a model, for programs.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ConformReport {
    /// The version of this document.
    backstory: u32,
    /// What was compared with.
    model: String,
    #[serde(flatten)]
    conformance: Conformance,
}

pub(super) fn run(arguments: &ConformArgs, context: &mut Context<'_>) -> anyhow::Result<Ending> {
    let named = arguments.against.find(arguments.process.as_deref(), context)?;
    let log = arguments.source.load(context)?;
    let process = process_of(&log, arguments.process.as_deref(), &named.model)?;
    let runs = source::runs_of(&log, &process);
    let model = ProcessModel { process, ..named.model };
    let rules = rules::here(context.environment)?;
    let (runs, model) = comparable(&log, &runs, &model, &rules);
    let conformance = conform(&log, &model, &runs);
    let is_low = arguments.fail_under.is_some_and(|least| conformance.fitness.average < least);
    let document = ConformReport { backstory: 1, model: named.name, conformance };
    if arguments.json {
        page::write_json(context.output, &document)?;
    } else {
        context.output.write(&for_terminal(&for_people(&document)))?;
    }
    Ok(if is_low { Ending::Found } else { Ending::Done })
}

impl Against {
    /// The model that is named; without a name, that of the only SOP of the process.
    pub(super) fn find(&self, process: Option<&str>, context: &Context<'_>) -> anyhow::Result<Named> {
        if let Some(file) = &self.model {
            return of_file(&context.environment.cwd, file);
        }
        let models = Models::here(context.environment)?;
        let slug = match &self.sop {
            Some(slug) => slug.clone(),
            None => only_sop(&models, process)?,
        };
        models.of_sop(&slug)
    }
}

/// The process that a model is compared with: the one that was named, that of the model, or the only one of the log.
pub(super) fn process_of(log: &ExecutionLog, named: Option<&str>, model: &ProcessModel) -> anyhow::Result<String> {
    let is_there = log.runs.iter().any(|run| log.text(run.process) == model.process);
    source::process(log, named.or(is_there.then_some(model.process.as_str())))
}

/// The SOP that is meant when none is named.
pub(super) fn only_sop(models: &Models, process: Option<&str>) -> anyhow::Result<String> {
    let of = process.map(|process| format!(" of `{process}`")).unwrap_or_default();
    match models.sops_of(process)?.as_slice() {
        [only] => Ok(only.clone()),
        [] => anyhow::bail!(
            "there is no SOP{of} to compare with\nhint: name a model with --model, or begin one with `backstory sop capture`"
        ),
        several => anyhow::bail!("there are several SOPs{of}\nhint: name one with --sop: {}", several.join(", ")),
    }
}

fn for_people(document: &ConformReport) -> String {
    let conformance = &document.conformance;
    let fitness = conformance.fitness;
    let mut text = format!("process  {}, against {}\n", conformance.process, document.model);
    if fitness.runs == 0 {
        return text + "runs     0\n";
    }
    text += &format!(
        "runs     {}, {} without deviation\nfitness  {:.3} on average, {:.3} over all\n\n",
        fitness.runs, fitness.fitting, fitness.average, fitness.log
    );
    for step in &conformance.steps {
        let word = if step.required { "required" } else { "optional" };
        text += &format!("{}, {word}: in {} of {} runs", step.step, step.done, fitness.runs);
        if step.out_of_order > 0 {
            text += &format!(", out of order in {}", step.out_of_order);
        }
        text.push('\n');
    }
    text.push('\n');
    for run in &conformance.runs {
        text += &format!("{}  {:.3}  {}\n", run.run, run.fitness, run.summary);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::conformance::{Deviation, DeviationKind, Fitness, RunConformance, StepConformance};
    use crate::testing::schema::mistakes;

    #[test]
    fn conform_has_its_stored_schema() {
        let deviation = Deviation { kind: DeviationKind::Missing, activity: "run tests".to_owned(), times: 1 };
        let step = StepConformance { step: "tests".to_owned(), required: true, done: 0, missing: 1, out_of_order: 0 };
        let run = RunConformance {
            run: "r1".to_owned(),
            fitness: 0.75,
            done: 3,
            of: 4,
            deviations: vec![deviation],
            summary: "3 of 4 steps; deviation: no run tests".to_owned(),
        };
        let fitness = Fitness { average: 0.75, log: 0.75, fitting: 0, runs: 1 };
        let conformance = Conformance { process: "change".to_owned(), fitness, steps: vec![step], runs: vec![run] };
        let document = ConformReport { backstory: 1, model: "process.yaml".to_owned(), conformance };
        let schema = schemars::schema_for!(ConformReport);
        assert_eq!(mistakes("conform.v1", &schema, &[serde_json::to_value(&document).unwrap()]), Vec::<String>::new());
    }
}
