//! What a description was after each of its last edits, which only GitHub's GraphQL tells.

use serde::Deserialize;
use serde_json::json;

use super::ask::{Ask, Verb};
use super::questions::ForgeError;
use super::rest::GitHub;

/// More than are made between a look and a write.
const EDITS: usize = 10;

const QUERY: &str = "query($owner: String!, $name: String!, $number: Int!, $edits: Int!) { \
                     repository(owner: $owner, name: $name) { pullRequest(number: $number) { \
                     userContentEdits(first: $edits) { nodes { editedAt diff } } } } }";

#[derive(Deserialize)]
struct EditHistory {
    data: Option<Data>,
}

#[derive(Deserialize)]
struct Data {
    repository: Option<EditedRepository>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EditedRepository {
    pull_request: Option<PullRequest>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PullRequest {
    user_content_edits: Option<BodyEdits>,
}

#[derive(Deserialize)]
struct BodyEdits {
    nodes: Option<Vec<BodyEdit>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BodyEdit {
    edited_at: String,
    /// The whole text after the edit, whatever its name says; `None` where somebody deleted it from the history.
    diff: Option<String>,
}

impl GitHub {
    /// The texts, newest first. Empty for a description that was never edited. Asked once: who asks has written already
    /// and has nothing to gain from a wait.
    pub(super) async fn texts_of_edits(&self, number: u64) -> Result<Vec<String>, ForgeError> {
        let place = &self.transport.place;
        let Some((owner, name)) = place.repository.split_once('/') else { return Ok(Vec::new()) };
        let variables = json!({ "owner": owner, "name": name, "number": number, "edits": EDITS });
        let question = json!({ "query": QUERY, "variables": variables });
        let what = format!("read the edits of pull request {number}");
        let ask = Ask::write(Verb::Post, place.graphql(), question, what, "pull-requests: read").only_now();
        let answer: EditHistory = self.transport.ask(&ask).await?;
        let edits = answer.data.and_then(|data| data.repository?.pull_request?.user_content_edits?.nodes);
        let mut edits = edits.unwrap_or_default();
        // The order is nowhere promised. Times are in seconds, so that they say which end is the newer one and no more.
        if edits.first().zip(edits.last()).is_some_and(|(first, last)| first.edited_at < last.edited_at) {
            edits.reverse();
        }
        Ok(edits.into_iter().filter_map(|edit| edit.diff).collect())
    }
}
