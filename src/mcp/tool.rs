//! What a tool is: its name, what it says of itself, its arguments, and the function that does it. The table is in `tools`.

use std::cell::RefCell;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::answer::Answer;
use super::asking::{Decision, Question};
use super::caller::Caller;
use super::fault::Fault;
use crate::environment::Environment;
use crate::process_store::sops::desk::Desk;
use crate::recorder::recall_place::KeptPlace;

/// A row of the table.
pub(crate) struct Tool {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    /// For the model: what it does, when to call it.
    pub(crate) description: &'static str,
    pub(crate) only_reads: bool,
    pub(crate) reach: Reach,
    /// JSON Schema of its arguments.
    pub(crate) schema: fn() -> Value,
    pub(crate) run: fn(&Call<'_>) -> Result<Outcome, Fault>,
}

/// How far a tool goes that writes, for the hints by which clients decide whether to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Its own folder of process documents, and the log.
    Documents,
    /// Files elsewhere, of which it replaces what it put there before, and a wiki by the network.
    Readers,
}

/// One call of a tool.
pub(crate) struct Call<'a> {
    /// The repository of the calls before, for tools that only tell what is recorded.
    pub(crate) kept: &'a RefCell<KeptPlace>,
    pub(crate) environment: &'a Environment,
    pub(crate) caller: &'a Caller,
    pub(crate) arguments: Map<String, Value>,
    /// What came back from the person, or from whoever answered for one, when the tool asked.
    pub(crate) decision: Option<Decision>,
    /// Whether the client can show a question.
    pub(crate) can_ask: bool,
}

pub(crate) enum Outcome {
    Answer(Box<Answer>),
    /// Nothing was done yet: this has to be asked first.
    Ask(Question),
}

impl Call<'_> {
    /// # Errors
    /// When an argument is missing, of another type, or none that the tool has.
    pub(crate) fn arguments<T: DeserializeOwned>(&self) -> Result<T, Fault> {
        serde_json::from_value(Value::Object(self.arguments.clone()))
            .map_err(|error| Fault::Arguments(error.to_string()))
    }

    /// The desk of the client, which is an agent whatever the environment says: some start a server without their variables.
    ///
    /// # Errors
    /// Outside a work tree, and when `.backstory.yml` cannot be used.
    pub(crate) fn desk(&self) -> anyhow::Result<Desk> {
        Ok(Desk::open(self.environment)?.acting_as(self.caller.party(), self.caller.refs()))
    }

    /// The desk of whoever answered a question that the client was to show.
    ///
    /// # Errors
    /// As [`Call::desk`].
    pub(crate) fn relayed_desk(&self) -> anyhow::Result<Desk> {
        Ok(Desk::open(self.environment)?.acting_as(self.caller.relayed(), self.caller.refs()))
    }
}
