//! What was tried one after the other, each step with whether it worked. Axolotl reads it; TRL had a trainer for it until 1.15.

use serde::Serialize;

use crate::export::conversation::{Conversation, visible};
use crate::export::format::{Format, Row};
use crate::export::metadata;
use crate::record::contribution::FailedAttempt;
use crate::record::json;
use crate::record::text::Clean;

pub(super) struct Stepwise;

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Line"))]
struct StepwiseRow {
    prompt: String,
    /// What was tried, in order; the last is the patch.
    completions: Vec<String>,
    /// As many, `false` for what failed. The last is `true`: only patches on which a check passed have a row.
    labels: Vec<bool>,
}

impl Format for Stepwise {
    fn name(&self) -> &'static str {
        "stepwise"
    }

    fn help(&self) -> &'static str {
        "Failed attempts and the patch that passed, each step with a label (Axolotl `prompt`, `completions`, `labels`)"
    }

    fn of_conversation(&self, conversation: &Conversation<'_>) -> serde_json::Result<Vec<Row>> {
        let turns = conversation.turns().into_iter().enumerate();
        turns
            .map(|(number, turn)| {
                let commits = &turn.done.commits;
                let attempts = commits.iter().flat_map(|commit| &commit.attempts);
                let mut completions: Vec<String> =
                    attempts.filter(|attempt| attempt.is_told()).map(|attempt| step(attempt)).collect();
                if completions.is_empty() {
                    return Ok(Row::LeftOut("nothing failed on the way"));
                }
                if !commits.iter().all(|commit| commit.proofs().next().is_some()) {
                    return Ok(Row::LeftOut("no check is known to have passed on what was committed"));
                }
                let mut labels = vec![false; completions.len()];
                completions.push(turn.patches());
                labels.push(true);
                let prompt = turn.asked.clone();
                let content = json::line(&StepwiseRow { prompt, completions, labels })?;
                let name = format!("{} {number}", self.name());
                Ok(Row::draft(content.clone(), metadata::of_conversation(&turn.done, &name, &content)))
            })
            .collect()
    }

    #[cfg(test)]
    fn schema(&self) -> schemars::Schema {
        crate::export::testing::schema::<StepwiseRow>()
    }
}

/// What was tried, and how it failed.
fn step(attempt: &FailedAttempt<Clean>) -> String {
    let error = attempt.error.iter().map(|error| error.as_str());
    let lines: Vec<&str> = std::iter::once(attempt.tried.as_str()).chain(error).collect();
    visible(&lines.join("\n"))
}
