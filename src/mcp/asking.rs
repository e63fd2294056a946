//! Asks the person through the client, in the way of either protocol era. Clients answer such questions without a person too
//! (measured in three, November 2026), so an answer is recorded as relayed: it may begin the walkthrough and it may reject.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use rmcp::model::{ElicitRequest, ElicitRequestParams, InputRequest, InputRequiredResult};
use serde_json::{Map, Value, json};

use super::fault::Fault;
use crate::sop::digest::Digest;
use crate::text::digest::sha256;

/// The key of the question among the input requests.
const KEY: &str = "decision";
const APPROVE: &str = "approve for review";
const REJECT: &str = "reject";
/// Questions that wait for an answer; the oldest go first.
const LONGEST_LIST: usize = 64;

/// A question about a document as it is now.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) slug: String,
    pub(crate) digest: Digest,
    pub(crate) message: String,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Decision {
    pub(crate) slug: String,
    pub(crate) digest: Digest,
    pub(crate) choice: Choice,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    ApproveForReview,
    Reject(String),
    /// Nobody wanted to say, or nobody was asked.
    Declined,
    Cancelled,
}

impl Question {
    /// As `elicitation/create` wants it: without a top-level title, at which one client cancels unseen.
    ///
    /// # Errors
    /// Never, as the form is fixed.
    pub(crate) fn form(&self) -> Result<ElicitRequest, Fault> {
        let form = json!({
            "mode": "form",
            "message": self.message,
            "requestedSchema": {
                "type": "object",
                "properties": {
                    "decision": { "type": "string", "enum": [APPROVE, REJECT], "description": "What to do with the draft" },
                    "reason": { "type": "string", "maxLength": 2000, "description": "What has to change, if you reject it" },
                },
                "required": ["decision"],
            },
        });
        let parameters: ElicitRequestParams =
            serde_json::from_value(form).map_err(|error| Fault::Failed(anyhow::Error::from(error)))?;
        Ok(ElicitRequest::new(parameters))
    }

    /// The meaning of an `ElicitResult`. Whatever is not a clear yes or no is none.
    pub(crate) fn decided(self, result: &Value) -> Decision {
        let field = |name: &str| result["content"][name].as_str().unwrap_or_default().trim().to_owned();
        let choice = match (result["action"].as_str(), field("decision").as_str()) {
            (Some("accept"), APPROVE) => Choice::ApproveForReview,
            (Some("accept"), REJECT) => Choice::Reject(field("reason")),
            (Some("accept" | "decline"), _) => Choice::Declined,
            _ => Choice::Cancelled,
        };
        Decision { slug: self.slug, digest: self.digest, choice }
    }
}

/// Questions of this process that wait for their answers. What a client brings back is only the key of one, used once: it cannot say
/// what was asked.
#[derive(Default)]
pub(crate) struct Waiting {
    questions: Mutex<BTreeMap<u64, (String, Question)>>,
}

impl Waiting {
    /// # Errors
    /// When the system has no random bytes.
    pub(crate) fn ask(&self, question: Question) -> Result<InputRequiredResult, Fault> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|error| Fault::Failed(anyhow::anyhow!("no random bytes: {error}")))?;
        let state = sha256(&bytes);
        let requests = BTreeMap::from([(KEY.to_owned(), InputRequest::Elicitation(question.form()?))]);
        let mut questions = self.questions.lock().unwrap_or_else(PoisonError::into_inner);
        let number = questions.last_key_value().map_or(0, |(number, _)| number + 1);
        questions.insert(number, (state.clone(), question));
        while questions.len() > LONGEST_LIST {
            questions.pop_first();
        }
        Ok(InputRequiredResult::new(Some(requests), Some(state)))
    }

    /// # Errors
    /// When the state is not of a question that waits, or the answer to it is missing.
    pub(crate) fn answered(&self, state: &str, responses: Option<&BTreeMap<String, Value>>) -> Result<Decision, Fault> {
        let mut questions = self.questions.lock().unwrap_or_else(PoisonError::into_inner);
        let number = questions.iter().find(|(_, (known, _))| known == state).map(|(number, _)| *number);
        let Some((_, question)) = number.and_then(|number| questions.remove(&number)) else {
            return Err(Fault::Request(
                "requestState is not of a question that waits here; call again without it".to_owned(),
            ));
        };
        let Some(result) = responses.and_then(|responses| responses.get(KEY)) else {
            return Err(Fault::Request(format!("inputResponses lacks `{KEY}`; call again without requestState")));
        };
        Ok(question.decided(result))
    }
}

/// Whether a client that declares these capabilities shows forms. Before 2025-11-25 `elicitation` had no parts and meant forms.
pub(crate) fn shows_forms(capabilities: Option<&Map<String, Value>>) -> bool {
    let Some(elicitation) = capabilities.and_then(|all| all.get("elicitation")).and_then(Value::as_object) else {
        return false;
    };
    elicitation.contains_key("form") || elicitation.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sop::digest::digest;

    fn question() -> Question {
        Question { slug: "release".into(), digest: digest("a", "b"), message: "Is it right?".into() }
    }

    #[test]
    fn only_a_clear_word_is_a_decision() {
        for (result, choice) in [
            (json!({"action": "accept", "content": {"decision": "approve for review"}}), Choice::ApproveForReview),
            (
                json!({"action": "accept", "content": {"decision": "reject", "reason": " no "}}),
                Choice::Reject("no".into()),
            ),
            (json!({"action": "accept", "content": {"decision": "approved"}}), Choice::Declined),
            (json!({"action": "accept"}), Choice::Declined),
            (json!({"action": "decline"}), Choice::Declined),
            (json!({"action": "cancel", "content": {"decision": "approve for review"}}), Choice::Cancelled),
            (json!([]), Choice::Cancelled),
        ] {
            assert_eq!(question().decided(&result).choice, choice, "{result}");
        }
    }

    #[test]
    fn a_state_is_known_once_and_never_guessed() {
        let waiting = Waiting::default();
        let state = waiting.ask(question()).unwrap().request_state.unwrap();
        let responses = BTreeMap::from([(KEY.to_owned(), json!({"action": "decline"}))]);
        assert!(waiting.answered(&state[1..], Some(&responses)).is_err());
        assert_eq!(waiting.answered(&state, Some(&responses)).unwrap().choice, Choice::Declined);
        assert!(waiting.answered(&state, Some(&responses)).is_err());
    }

    #[test]
    fn the_form_has_no_title_and_keeps_its_words() {
        let form = serde_json::to_value(question().form().unwrap()).unwrap();
        let schema = &form["params"]["requestedSchema"];
        assert_eq!(schema.get("title"), None);
        assert_eq!(schema["properties"]["decision"]["enum"], json!([APPROVE, REJECT]));
        assert_eq!(schema["properties"]["reason"]["type"], "string");
    }

    #[test]
    fn who_declares_no_form_is_not_asked() {
        for (capabilities, shows) in [
            (json!({"elicitation": {}}), true),
            (json!({"elicitation": {"form": {}, "url": {}}}), true),
            (json!({"elicitation": {"url": {}}}), false),
            (json!({"roots": {}}), false),
        ] {
            assert_eq!(shows_forms(capabilities.as_object()), shows, "{capabilities}");
        }
    }
}
