//! Check runs, which only GitHub has. What was written before is known by a digest in `external_id`, so that a second run
//! with the same result writes nothing.

use octocrab::params::checks::{
    CheckRunConclusion, CheckRunOutput, CheckRunOutputAnnotation, CheckRunOutputAnnotationLevel,
};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::ask::{Ask, Failure, Verb};
use super::questions::{Annotation, AnnotationLevel, CheckRun, Conclusion, ForgeError};
use super::rest::GitHub;

const READ: &str = "checks: read";
const WRITE: &str = "checks: write";

/// Annotations in one request: <https://docs.github.com/rest/checks/runs#update-a-check-run>.
const BATCH: usize = 50;

#[derive(Deserialize)]
struct Runs {
    check_runs: Vec<ListedRun>,
}

#[derive(Deserialize)]
struct ListedRun {
    id: u64,
    name: String,
    external_id: Option<String>,
    html_url: Option<String>,
    output: Option<ListedOutput>,
}

#[derive(Deserialize)]
struct ListedOutput {
    #[serde(default)]
    annotations_count: usize,
}

impl ListedRun {
    fn annotations(&self) -> usize {
        self.output.as_ref().map_or(0, |output| output.annotations_count)
    }

    fn holds(&self, digest: &str, annotations: usize) -> bool {
        self.external_id.as_deref() == Some(digest) && self.annotations() == annotations
    }
}

impl GitHub {
    /// Annotations that are there cannot be taken away, and those that are sent are added to them. So a run that has some
    /// is not changed: a new one of the same name takes its place in the list.
    pub(crate) async fn write_check_run(&self, check: &CheckRun) -> Result<Option<String>, ForgeError> {
        let digest = digest(check);
        let there = self.newest_run(check).await?;
        if let Some(run) = there.as_ref().filter(|run| run.holds(&digest, check.annotations.len())) {
            return Ok(run.html_url.clone());
        }
        let (first, rest) = check.annotations.split_at(check.annotations.len().min(BATCH));
        let body = run_body(check, &digest, first);
        let bare = there.filter(|run| run.annotations() == 0);
        let updated = match bare {
            Some(run) => match self.update_run(check, &run, &body, first.len()).await {
                Ok(run) => Some(run),
                // The run of another app, which only that app may change.
                Err(ForgeError::NotAllowed(_) | ForgeError::NotFound(_)) => None,
                Err(error) => return Err(error),
            },
            None => None,
        };
        let mut run = match updated {
            Some(run) => run,
            None => self.create_run(check, &digest, body).await?,
        };
        let mut written = first.len();
        for batch in rest.chunks(BATCH) {
            let before = ListedRun { output: Some(ListedOutput { annotations_count: written }), ..run };
            run = self.update_run(check, &before, &run_body(check, &digest, batch), batch.len()).await?;
            written += batch.len();
        }
        Ok(run.html_url)
    }

    async fn newest_run(&self, check: &CheckRun) -> Result<Option<ListedRun>, ForgeError> {
        let query = [("check_name", check.name.as_str()), ("filter", "latest"), ("per_page", "100")];
        let url = self.at(&["commits", &check.head, "check-runs"], &query);
        let ask = Ask::get(url, format!("list the check runs of commit {}", check.head), READ);
        let runs: Runs = self.transport.ask(&ask).await?;
        Ok(runs.check_runs.into_iter().filter(|run| run.name == check.name).max_by_key(|run| run.id))
    }

    /// After a lost answer the runs are listed, and only if it is not among them is it sent once more.
    async fn create_run(&self, check: &CheckRun, digest: &str, mut body: Value) -> Result<ListedRun, ForgeError> {
        body["head_sha"] = json!(check.head);
        let what = format!("write the check run `{}` of commit {}", check.name, check.head);
        let ask = Ask::write(Verb::Post, self.at(&["check-runs"], &[]), body, what, WRITE);
        let failure = match self.transport.ask::<ListedRun>(&ask).await {
            Err(failure) if failure.in_doubt => failure,
            created => return Ok(created?),
        };
        let there = self.newest_run(check).await.map_err(|error| failure.unresolved(&error))?;
        match there.filter(|run| run.external_id.as_deref() == Some(digest)) {
            Some(run) => Ok(run),
            None => Ok(self.transport.ask(&ask).await?),
        }
    }

    /// Adds `added` annotations. After a lost answer their number tells whether it was done.
    async fn update_run(
        &self,
        check: &CheckRun,
        run: &ListedRun,
        body: &Value,
        added: usize,
    ) -> Result<ListedRun, ForgeError> {
        let what = format!("update the check run `{}` of commit {}", check.name, check.head);
        let url = self.at(&["check-runs", &run.id.to_string()], &[]);
        let ask = Ask::write(Verb::Patch, url.clone(), body.clone(), what.clone(), WRITE);
        let ask = if added == 0 { ask.repeatable() } else { ask };
        let failure = match self.transport.ask::<ListedRun>(&ask).await {
            Ok(run) => return Ok(run),
            Err(failure) if failure.in_doubt => failure,
            Err(Failure { error, .. }) => return Err(error),
        };
        let now: ListedRun = match self.transport.ask(&Ask::get(url, what, READ)).await {
            Ok(run) => run,
            Err(question) => return Err(failure.unresolved(&question.error)),
        };
        match now.annotations() {
            count if count == run.annotations() + added => Ok(now),
            count if count == run.annotations() => Ok(self.transport.ask(&ask).await?),
            _ => Err(failure.error),
        }
    }
}

fn run_body(check: &CheckRun, digest: &str, annotations: &[Annotation]) -> Value {
    let conclusion = match check.conclusion {
        Conclusion::Success => CheckRunConclusion::Success,
        Conclusion::Neutral => CheckRunConclusion::Neutral,
        Conclusion::Failure => CheckRunConclusion::Failure,
    };
    let output = CheckRunOutput {
        title: check.title.clone(),
        summary: check.summary.clone(),
        text: None,
        annotations: annotations.iter().map(annotation).collect(),
        images: Vec::new(),
    };
    json!({
        "name": check.name,
        "status": "completed",
        "conclusion": conclusion,
        "external_id": digest,
        "output": output,
    })
}

fn annotation(remark: &Annotation) -> CheckRunOutputAnnotation {
    CheckRunOutputAnnotation {
        path: remark.path.clone(),
        start_line: remark.lines.0.max(1),
        end_line: remark.lines.1.max(remark.lines.0).max(1),
        start_column: None,
        end_column: None,
        annotation_level: match remark.level {
            AnnotationLevel::Notice => CheckRunOutputAnnotationLevel::Notice,
            AnnotationLevel::Warning => CheckRunOutputAnnotationLevel::Warning,
            AnnotationLevel::Failure => CheckRunOutputAnnotationLevel::Failure,
        },
        message: remark.message.clone(),
        title: Some(remark.title.chars().take(255).collect()),
        raw_details: None,
    }
}

/// Of all that is written, so that any change of it is one.
fn digest(check: &CheckRun) -> String {
    let whole = run_body(check, "", &check.annotations).to_string();
    let bytes = Sha256::digest(whole.as_bytes());
    let hex: String = bytes.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("backstory:{hex}")
}
