//! What `process list`, `show`, `variants` and `graph` write for programs: version 1, JSON Schemas in `docs/schema/`.

use serde::Serialize;

use crate::process::graph::Graph;
use crate::process::level::Level;
use crate::process::summary::{ProcessRow, ProcessSummary};
use crate::process::variants::Variants;

pub(super) const VERSION: u32 = 1;

/// The processes of a repository or a log, the one with most runs first.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct ProcessList {
    /// Version of this format: 1.
    pub(super) backstory: u32,
    pub(super) level: Level,
    /// Fewer runs make no claim.
    pub(super) minimum: u32,
    pub(super) processes: Vec<ProcessRow>,
}

/// One process, step by step.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct ProcessShown {
    /// Version of this format: 1.
    pub(super) backstory: u32,
    #[serde(flatten)]
    pub(super) summary: ProcessSummary,
}

/// In how many ways a process is done.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct ProcessVariants {
    /// Version of this format: 1.
    pub(super) backstory: u32,
    pub(super) process: String,
    pub(super) level: Level,
    #[serde(flatten)]
    pub(super) variants: Variants,
}

/// Which step follows which, and how often; all of it.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct ProcessGraph {
    /// Version of this format: 1.
    pub(super) backstory: u32,
    pub(super) process: String,
    pub(super) level: Level,
    #[serde(flatten)]
    pub(super) graph: Graph,
}

#[cfg(test)]
mod tests {
    use schemars::schema_for;
    use serde_json::{Value, json};

    use super::*;
    use crate::process::level::Level;
    use crate::process::planted;
    use crate::process::summary::{list, summary};
    use crate::process::traces::all_traces;
    use crate::testing::schema;

    fn mistakes<T: schemars::JsonSchema>(name: &str, document: &impl Serialize) -> Vec<String> {
        schema::mistakes(name, &schema_for!(T), &[json!(document)])
    }

    #[test]
    fn each_document_has_its_stored_schema() {
        let log = planted::log();
        let (level, minimum, process) = (Level::Raw, 5, "bug-fix".to_owned());
        let traces = all_traces(&log, level);
        let processes = list(&log, level, minimum);
        let summary = summary(&log, &process, &traces, (level, minimum));
        let variants = crate::process::variants::variants(&log, &traces, minimum, 10);
        let graph = crate::process::graph::graph(&traces);
        let backstory = VERSION;
        let wrong: Vec<String> = [
            mistakes::<ProcessList>("process-list.v1", &ProcessList { backstory, level, minimum, processes }),
            mistakes::<ProcessShown>("process-show.v1", &ProcessShown { backstory, summary }),
            mistakes::<ProcessVariants>(
                "process-variants.v1",
                &ProcessVariants { backstory, process: process.clone(), level, variants },
            ),
            mistakes::<ProcessGraph>("process-graph.v1", &ProcessGraph { backstory, process, level, graph }),
        ]
        .concat();
        assert_eq!(wrong, Vec::<String>::new());
        assert_eq!(json!(ProcessList { backstory, level, minimum, processes: vec![] })["level"], Value::from("raw"));
    }
}
