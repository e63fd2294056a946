//! `process diff`: what changed from one version of a process model to another.

use serde::Serialize;

use crate::context::{Context, Ending};
use crate::output::for_terminal;
use crate::process::compare::{Comparison, compare};
use crate::process::compare_view::{picture, table};
use crate::process::unified::unified;
use crate::process_store::models::Models;
use crate::recorder::page;

#[derive(Debug, clap::Args)]
pub(super) struct DiffArgs {
    /// Earlier version: a file, SLUG, SLUG@v2, SLUG@REVISION or REVISION:PATH
    #[arg(value_name = "A")]
    before: String,
    /// Later version
    #[arg(value_name = "B")]
    after: String,
    /// Write JSON (docs/schema/diff.v1.json)
    #[arg(long)]
    json: bool,
}

/// What changed from one version of a model to another, for programs.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct DiffReport {
    /// The version of this document.
    backstory: u32,
    before: String,
    after: String,
    #[serde(flatten)]
    comparison: Comparison,
    /// Mermaid.
    picture: String,
    /// A unified diff of the two files.
    text: String,
}

pub(super) fn run(arguments: &DiffArgs, context: &mut Context<'_>) -> anyhow::Result<Ending> {
    let models = Models::here(context.environment)?;
    let before = models.named(&context.environment.cwd, &arguments.before)?;
    let after = models.named(&context.environment.cwd, &arguments.after)?;
    let comparison = compare(&before.model, &after.model);
    let document = DiffReport {
        backstory: 1,
        picture: picture(&before.model, &after.model, &comparison),
        text: unified(&after.path, &before.text, &after.text),
        before: before.name,
        after: after.name,
        comparison,
    };
    if arguments.json {
        page::write_json(context.output, &document)?;
    } else {
        context.output.write(&for_terminal(&for_people(&document)))?;
    }
    Ok(Ending::Done)
}

fn for_people(document: &DiffReport) -> String {
    let comparison = &document.comparison;
    if comparison.changes.is_empty() {
        return format!("no difference in what {} and {} say\n", document.before, document.after);
    }
    let fence = "```";
    format!("{}\n{fence}mermaid\n{}{fence}\n\n{}", table(comparison), document.picture, document.text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::model::{ModelStep, ProcessModel};
    use crate::testing::schema::mistakes;

    #[test]
    fn diff_has_its_stored_schema() {
        let before = ProcessModel { process: "change".to_owned(), ..ProcessModel::default() };
        let step = ModelStep { id: "a".to_owned(), title: "Do it".to_owned(), ..ModelStep::default() };
        let after = ProcessModel { steps: vec![step], ..before.clone() };
        let comparison = compare(&before, &after);
        let document = DiffReport {
            backstory: 1,
            before: "change@v1".to_owned(),
            after: "change".to_owned(),
            picture: picture(&before, &after, &comparison),
            text: unified("process.yaml", "a\n", "b\n"),
            comparison,
        };
        let schema = schemars::schema_for!(DiffReport);
        assert_eq!(mistakes("diff.v1", &schema, &[serde_json::to_value(&document).unwrap()]), Vec::<String>::new());
    }
}
