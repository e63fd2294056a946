//! `process drift`: whether recent runs go otherwise than the SOP says or earlier ones went, and what was answered to that.

mod answer;

use clap::ValueEnum;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::conform::{Against, only_sop, process_of};
use super::source::{self, ProcessSource, ProcessView};
use crate::context::{Context, Ending};
use crate::git::repository::Repository;
use crate::output::for_terminal;
use crate::process::drift::answer::Answer;
use crate::process::drift::verdict::{Drift, Verdict};
use crate::process_store::drifting::{self, Baseline, DriftMeasure};
use crate::process_store::models::{Models, of_file};
use crate::process_store::rules;
use crate::process_store::sops::answering::{self, Answered};
use crate::process_store::sops::folder::Folder;
use crate::recorder::page;

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct DriftCommandArgs {
    #[command(subcommand)]
    command: Option<DriftCommand>,
    #[command(flatten)]
    drift: DriftArgs,
}

#[derive(Debug, clap::Subcommand)]
enum DriftCommand {
    /// Answer whether an SOP needs an update
    Answer(Box<answer::AnswerArgs>),
}

#[derive(Debug, clap::Args)]
struct DriftArgs {
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
    /// What a person answered to the question, where somebody did.
    #[serde(skip_serializing_if = "Option::is_none")]
    answered: Option<Answered>,
    #[serde(flatten)]
    drift: Drift,
}

pub(super) fn run(arguments: &DriftCommandArgs, context: &mut Context<'_>) -> anyhow::Result<Ending> {
    match &arguments.command {
        Some(DriftCommand::Answer(arguments)) => answer::run(arguments, context),
        None => tell(&arguments.drift, context),
    }
}

fn tell(arguments: &DriftArgs, context: &mut Context<'_>) -> anyhow::Result<Ending> {
    let (sop, mut drift) = compared(arguments, context)?;
    let answered = sop.as_deref().map(|slug| last_answer(slug, &drift, context)).transpose()?.flatten();
    let is_answered = answered.as_ref().is_some_and(|answered| answered.stands);
    if is_answered {
        drift.question = None;
    }
    let document = DriftReport { backstory: 1, sop, answered, drift };
    let least = arguments.fail_on.map(|fail_on| match fail_on {
        DriftFailOn::Suggested => Verdict::Suggested,
        DriftFailOn::Needed => Verdict::Needed,
    });
    let is_over = !is_answered && least.is_some_and(|least| document.drift.verdict >= least);
    if arguments.json {
        page::write_json(context.output, &document)?;
    } else {
        context.output.write(&for_terminal(&for_people(&document)))?;
    }
    Ok(if is_over { Ending::Found } else { Ending::Done })
}

fn last_answer(slug: &str, drift: &Drift, context: &Context<'_>) -> anyhow::Result<Option<Answered>> {
    let repository = Repository::find(&context.environment.cwd, None)?;
    let Some(root) = repository.as_ref().and_then(Repository::root) else { return Ok(None) };
    Ok(answering::last(&Folder::open(root, slug)?.ledger()?, drift))
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
    if let (Some(answered), Some(slug)) = (&document.answered, &document.sop) {
        text += &format!("\n{}\n", answered_line(slug, answered));
    }
    if let Some(patch) = &drift.patch {
        text += &format!("\n{patch}");
    }
    text
}

/// `answered no by Ada on 2026-11-29: only this month; asked again from 15 runs on, or at another finding`
fn answered_line(slug: &str, answered: &Answered) -> String {
    let word = match answered.answer {
        Answer::Yes => "yes",
        Answer::No => "no",
        Answer::Later => "later",
    };
    let reason = answered.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    let next = match (answered.answer, answered.again_from) {
        (Answer::No, Some(runs)) if answered.stands => {
            format!("; asked again from {runs} runs on, or at another finding")
        }
        (Answer::No, _) => "; the evidence has grown since".to_owned(),
        (Answer::Yes, _) => format!("; `backstory sop draft {slug}` begins the update"),
        (Answer::Later, _) => String::new(),
    };
    format!("answered {word} by {} on {}{reason}{next}", answered.by, answered.at.strftime("%Y-%m-%d"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::drift::answer::EvidenceState;
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
        let answered = Answered {
            answer: Answer::No,
            by: "Ada".to_owned(),
            at: Timestamp::UNIX_EPOCH,
            reason: Some("only this month".to_owned()),
            evidence: EvidenceState { recent: 10, findings: vec!["step|new|format code|".to_owned()] },
            again_from: Some(15),
            stands: true,
        };
        let document = DriftReport { backstory: 1, sop: Some("change".to_owned()), answered: Some(answered), drift };
        let schema = schemars::schema_for!(DriftReport);
        assert_eq!(mistakes("drift.v1", &schema, &[serde_json::to_value(&document).unwrap()]), Vec::<String>::new());
    }
}
