//! Asks in an issue whether an SOP needs an update, where recent runs go otherwise than it says: once for each SOP.

use anyhow::Context as _;
use minijinja::value::Value;

use super::job::Job;
use super::result::RunResult;
use crate::context::{Context, Ending};
use crate::forge::event::PushEvent;
use crate::forge::questions::{Forge, ForgeError, Issue, IssueText};
use crate::git::repository::Repository;
use crate::process::drift::answer::Answer;
use crate::process::drift::verdict::Drift;
use crate::process::model_from::Thresholds;
use crate::process_store::collect::{Cache, Options, gather};
use crate::process_store::drifting::{DriftMeasure, of_sop};
use crate::process_store::models::Models;
use crate::process_store::sops::answering;
use crate::process_store::sops::committed::{CommittedSop, published};
use crate::recorder::process_rules::Rules;
use crate::text::markdown::inline;
use crate::text::template::fill;

const TEMPLATE: &str = include_str!("../../templates/drift_issue.md");
/// By which our issues are found again.
const LABEL: &str = "backstory";

/// What is to be asked, or no longer.
struct DriftQuestion {
    sop: String,
    /// `None` where there is nothing to ask.
    text: Option<String>,
    /// Runs since the version.
    runs: u32,
}

impl Job<'_> {
    /// A push, and the question where it came to the default branch.
    pub(super) async fn pushed_and_asked(&self, push: &PushEvent, context: &mut Context<'_>) -> anyhow::Result<Ending> {
        let ending = self.pushed(push, context).await?;
        if push.is_default_branch {
            self.ask_about_drift(context).await;
        }
        Ok(ending)
    }

    /// A run on a schedule or by hand that names nothing else.
    pub(super) async fn only_asked(&self, context: &mut Context<'_>) -> anyhow::Result<Ending> {
        if !self.ask_about_drift(context).await {
            let why = "neither a pull request nor a range was named (inputs `pull-request`, `range`)";
            return self.nothing(why, context);
        }
        let repository = Repository::discover(&context.environment.cwd, None)?;
        RunResult::new("none").write(self.inputs, &repository)?;
        Ok(Ending::Done)
    }

    /// Whether any SOP is in force here. What goes wrong is said, and stops nothing.
    async fn ask_about_drift(&self, context: &mut Context<'_>) -> bool {
        let questions = match self.drift_questions(context) {
            Ok(questions) => questions,
            Err(error) => {
                context.output.message(&format!("whether an SOP needs an update is not known: {error:#}"));
                return true;
            }
        };
        if questions.is_empty() {
            return false;
        }
        if let Err(error) = self.keep_issues(&questions).await {
            let hint = match error {
                ForgeError::NotAllowed(_) => "; give the job `permissions: issues: write`",
                _ => "",
            };
            // The reason is the forge's.
            let why = inline(&format!("{error}{hint}"));
            let why = format!("\nThe question was not asked in an issue: {}\n", why.as_str());
            let _ = self.inputs.runner.add_summary(&why);
            context.output.message(&format!("the question was not asked in an issue: {error}{hint}"));
        }
        true
    }

    fn drift_questions(&self, context: &mut Context<'_>) -> anyhow::Result<Vec<DriftQuestion>> {
        let environment = context.environment;
        let repository = Repository::discover(&environment.cwd, None)?;
        let Some(head) = repository.head() else { return Ok(Vec::new()) };
        let (sops, problems) = published(&repository, &head)?;
        problems.iter().for_each(|problem| context.output.message(problem));
        if sops.is_empty() {
            return Ok(Vec::new());
        }
        self.bring_records(&self.remote(&environment.cwd), None, context)?;
        let log = gather(context.environment, &Options::default(), Cache::MadeAnew)?.log;
        let models = Models::here(context.environment)?;
        let rules = Rules::read(repository.root())?;
        let thresholds = Thresholds::of(&rules.settings.thresholds);
        let measure = DriftMeasure { thresholds: &thresholds, rules: &rules.activities };
        let mut questions = Vec::new();
        for sop in sops {
            // Where the next version is under way, the update is.
            if models.of_sop(&sop.slug)?.model != sop.model {
                continue;
            }
            let drift = of_sop(&models, &sop.slug, &log, (None, measure))?;
            let ledger = CommittedSop { repository: &repository, commit: &head, slug: &sop.slug }.ledger()?;
            let answered = answering::last(&ledger, &drift);
            // After a "yes" the update is somebody's work.
            let is_settled = answered.is_some_and(|answered| answered.stands || answered.answer == Answer::Yes);
            let text = if is_settled { None } else { text(&sop.slug, &drift)? };
            if let Some(text) = &text {
                self.inputs.runner.add_summary(&format!("\n### Drift\n\n{text}"))?;
            }
            questions.push(DriftQuestion { text, runs: drift.recent, sop: sop.slug });
        }
        Ok(questions)
    }

    /// One issue an SOP: opened, kept up to date, and closed when it is answered. One that a person closed is opened again only when
    /// half as many runs came again.
    async fn keep_issues(&self, questions: &[DriftQuestion]) -> Result<(), ForgeError> {
        let issues = self.forge.issues(LABEL).await?;
        for question in questions {
            let found = issues.iter().find_map(|issue| Some((issue, marked(issue, &question.sop)?)));
            let body = question
                .text
                .as_ref()
                .map(|text| format!("{text}\n<!-- backstory:drift sop={} runs={} -->\n", question.sop, question.runs));
            let (number, body, is_open) = match (found, body) {
                (None, None) => continue,
                (None, Some(body)) => (None, body, true),
                (Some((issue, runs)), Some(body)) => {
                    let is_more = u64::from(question.runs) * 2 >= u64::from(runs) * 3 && question.runs > runs;
                    if (issue.is_open && same(&issue.body, &body)) || (!issue.is_open && !is_more) {
                        continue;
                    }
                    (Some(issue.number), body, true)
                }
                (Some((issue, _)), None) if issue.is_open => (Some(issue.number), issue.body.clone(), false),
                (Some(_), None) => continue,
            };
            let title = format!("Does the SOP `{}` need an update?", question.sop);
            let issue = IssueText { title, body, label: LABEL.to_owned(), is_open };
            self.forge.write_issue(number, &issue).await?;
        }
        Ok(())
    }
}

/// The runs that our mark for this SOP tells of; `None` where the issue does not end with it.
fn marked(issue: &Issue, sop: &str) -> Option<u32> {
    let line = issue.body.trim_end().lines().last()?;
    let rest = line.strip_prefix(&format!("<!-- backstory:drift sop={sop} runs="))?;
    rest.strip_suffix(" -->")?.parse().ok()
}

fn same(there: &str, body: &str) -> bool {
    there.replace("\r\n", "\n").trim_end() == body.trim_end()
}

/// The question with the figures behind it; `None` where there is nothing to ask.
fn text(sop: &str, drift: &Drift) -> anyhow::Result<Option<String>> {
    let Some(question) = &drift.question else { return Ok(None) };
    let findings: Vec<Value> = drift.findings.iter().map(|finding| Value::from(finding.sentence.clone())).collect();
    let Drift { says, mark, before, recent, .. } = drift;
    let values = minijinja::context! { question, says, mark, before, recent, sop, findings };
    Ok(Some(fill(TEMPLATE, values).context("the template of the question is wrong")?))
}
