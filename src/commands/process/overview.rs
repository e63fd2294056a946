//! `process overview`: a process on a page, from the runs of the log. What people told about it is in its SOP.

use std::path::Path;

use anyhow::bail;

use super::source::{ProcessSource, ProcessView, process};
use crate::context::{Context, Ending};
use crate::git::repository::Repository;
use crate::output::for_terminal;
use crate::process::model_from;
use crate::process_store::templates;
use crate::sop::capture::Capture;
use crate::sop::document::branch_first::with_branch_first;
use crate::sop::document::render::overview;
use crate::sop::document::repository_guide::RepositoryGuide;
use crate::sop::document::sources::Sources;
use crate::sop::front_matter::FrontMatter;

#[derive(Debug, clap::Args)]
pub(super) struct OverviewArgs {
    /// Process that is meant [default: the only one]
    process: Option<String>,
    #[command(flatten)]
    view: ProcessView,
    #[command(flatten)]
    source: ProcessSource,
}

pub(super) fn run(arguments: &OverviewArgs, context: &mut Context<'_>) -> anyhow::Result<Ending> {
    let log = arguments.source.load(context)?;
    let name = process(&log, arguments.process.as_deref())?;
    let thresholds = arguments.view.thresholds(context)?;
    let model = match model_from::model(&log, &name, &thresholds) {
        Ok(model) => with_branch_first(model),
        Err(few) => bail!("`{name}`: {few}\nhint: `--min {}` looks at what there is", few.runs.max(1)),
    };
    let repository = Repository::find(&context.environment.cwd, None)?;
    let root = repository.as_ref().and_then(Repository::root).map(Path::to_path_buf);
    let template = root.map(|root| templates::own(&root, "overview.md")).transpose()?.flatten();
    let front = FrontMatter { title: name, ..FrontMatter::default() };
    let page = overview(&Sources {
        model: &model,
        log: &log,
        capture: &Capture::default(),
        corrections: &[],
        history: &[],
        front: &front,
        repository: &RepositoryGuide::default(),
        minimum: thresholds.min_runs,
        earlier: None,
        template: template.as_deref(),
    })?;
    context.output.write(&for_terminal(&page))?;
    Ok(Ending::Done)
}
