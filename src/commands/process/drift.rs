//! `process drift`: whether recent runs go otherwise than the SOP says or earlier ones went.

use clap::ValueEnum;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::conform::{Against, only_sop, process_of};
use super::source::{self, ProcessSource, ProcessView};
use crate::context::{Context, Ending};
use crate::output::for_terminal;
use crate::process::drift::verdict::{Drift, Verdict};
use crate::process_store::drifting::{self, Baseline, DriftMeasure};
use crate::process_store::models::{Models, of_file};
use crate::process_store::rules;
use crate::recorder::page;

#[derive(Debug, clap::Args)]
pub(super) struct DriftArgs {
    /// Process whose runs are compared [default: that of the SOP]
    process: Option<String>,
    #[command(flatten)]
    against: Against,
    /// Compare runs since this day with those before it
    #[arg(long, value_name = "DATE", value_parser = time)]
    since: Option<Timestamp>,
    #[command(flatten)]
    source: ProcessSource,
    #[command(flatten)]
    view: ProcessView,
    /// End with 1 from this verdict on
    #[arg(long, value_name = "VERDICT")]
    fail_on: Option<DriftFailOn>,
    /// Write JSON (docs/schema/drift.v1.json)
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum DriftFailOn {
    Suggested,
    Needed,
}

/// A day, from its beginning in UTC, or a time.
fn time(text: &str) -> Result<Timestamp, String> {
    let day = || text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    day().or_else(|| text.parse().ok()).ok_or_else(|| "a day such as 2026-10-01, or a time, is expected".to_owned())
}

/// Whether recent runs go otherwise than earlier ones, for programs.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct DriftReport {
    /// The version of this document.
    backstory: u32,
    /// The SOP that is asked about; absent where runs are compared alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    sop: Option<String>,
    #[serde(flatten)]
    drift: Drift,
}

pub(super) fn run(arguments: &DriftArgs, context: &mut Context<'_>) -> anyhow::Result<Ending> {
    let (sop, drift) = compared(arguments, context)?;
    let document = DriftReport { backstory: 1, sop, drift };
    let least = arguments.fail_on.map(|fail_on| match fail_on {
        DriftFailOn::Suggested => Verdict::Suggested,
        DriftFailOn::Needed => Verdict::Needed,
    });
    let is_over = least.is_some_and(|least| document.drift.verdict >= least);
    if arguments.json {
        page::write_json(context.output, &document)?;
    } else {
        context.output.write(&for_terminal(&for_people(&document)))?;
    }
    Ok(if is_over { Ending::Found } else { Ending::Done })
}

fn compared(arguments: &DriftArgs, context: &mut Context<'_>) -> anyhow::Result<(Option<String>, Drift)> {
    let process = arguments.process.as_deref();
    let thresholds = arguments.view.thresholds(context)?;
    let rules = rules::here(context.environment)?;
    let measure = DriftMeasure { thresholds: &thresholds, rules: &rules };
    let since = arguments.since.map(Baseline::before);
    if let Some(file) = &arguments.against.model {
        let named = of_file(&context.environment.cwd, file)?;
        let log = arguments.source.load(context)?;
        let process = process_of(&log, process, &named.model)?;
        let runs = source::runs_of(&log, &process);
        let baseline = since.unwrap_or_else(|| Baseline::of_evidence(&named.model));
        return Ok((None, drifting::of_model(&log, &runs, &named, (&baseline, measure))));
    }
    if let (Some(since), None) = (&since, &arguments.against.sop) {
        let log = arguments.source.load(context)?;
        let process = source::process(&log, process)?;
        let runs = source::runs_of(&log, &process);
        return Ok((None, drifting::of_runs(&log, &runs, &process, (since, &thresholds))));
    }
    let models = Models::here(context.environment)?;
    let slug = match &arguments.against.sop {
        Some(slug) => slug.clone(),
        None => only_sop(&models, process)?,
    };
    let log = arguments.source.load(context)?;
    let drift = drifting::of_sop(&models, &slug, &log, (since, measure))?;
    Ok((Some(slug), drift))
}

fn for_people(document: &DriftReport) -> String {
    let drift = &document.drift;
    let mut text = format!(
        "process  {}: {} before {}, {} since\nverdict  {}\n",
        drift.process,
        page::counted(drift.before as usize, "run"),
        drift.mark,
        drift.recent,
        drift.says
    );
    if !drift.findings.is_empty() {
        text.push('\n');
    }
    for finding in &drift.findings {
        text += &format!("- {}\n", finding.sentence);
    }
    if let Some(question) = &drift.question {
        text += &format!("\n{question}\n");
    }
    if let Some(patch) = &drift.patch {
        text += &format!("\n{patch}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::drift::finding::{Change, Family, Finding, Minutes, Share};
    use crate::testing::schema::mistakes;

    fn finding(family: Family, runs: Option<Share>, minutes: Option<Minutes>) -> Finding {
        Finding {
            family,
            change: Change::New,
            step: "format code".to_owned(),
            detail: None,
            runs,
            minutes,
            p: Some(0.00006),
            adjusted: Some(0.00006),
            contradicts: true,
            sentence: "`format code` was in 0 of 20 runs".to_owned(),
        }
    }

    #[test]
    fn drift_has_its_stored_schema() {
        let share = Share { before: 0, before_of: 20, recent: 7, recent_of: 10 };
        let drift = Drift {
            process: "change".to_owned(),
            verdict: Verdict::Needed,
            says: "an update is needed".to_owned(),
            mark: "2026-10-01".to_owned(),
            before: 20,
            recent: 10,
            min_runs: 5,
            findings: vec![
                finding(Family::Step, Some(share), None),
                finding(Family::Duration, None, Some(Minutes { before: 1.0, recent: 2.5 })),
            ],
            question: Some("Does it need an update?".to_owned()),
            patch: Some("--- a/x\n".to_owned()),
        };
        let document = DriftReport { backstory: 1, sop: Some("change".to_owned()), drift };
        let schema = schemars::schema_for!(DriftReport);
        assert_eq!(mistakes("drift.v1", &schema, &[serde_json::to_value(&document).unwrap()]), Vec::<String>::new());
    }
}
