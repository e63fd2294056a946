//! `describe [RANGE]`: the section of a pull request that says how the change was made.

use std::path::PathBuf;

use serde::Serialize;

use crate::context::{Context, Ending};
use crate::document::description::{Description, Limits, describe};
use crate::document::render::{Template, render};
use crate::recorder::range::{RangeQuery, load, warn};
use crate::recorder::workplace::Workplace;
use crate::recorder::{page, template};

#[derive(Debug, clap::Args)]
pub struct DescribeArgs {
    /// Commit range, such as `main..HEAD`, a branch or one commit [default: commits not on the main branch]
    pub range: Option<String>,
    /// A template of your own instead of templates/pull_request.md
    #[arg(long, value_name = "FILE")]
    pub template: Option<PathBuf>,
    /// Write the values that a template gets, as JSON
    #[arg(long, conflicts_with = "template")]
    pub json: bool,
}

/// The values of a template, with the version of their format.
#[derive(Serialize)]
struct DescribeOutput {
    backstory: u32,
    /// `null` when no agent is known to have worked on the range.
    description: Option<Description>,
}

pub(crate) fn run(arguments: &DescribeArgs, context: &mut Context) -> anyhow::Result<Ending> {
    let span = RangeQuery::Work(arguments.range.as_deref());
    let workplace = Workplace::for_telling(context.environment)?;
    let redactor = workplace.redactor()?;
    let loaded = load(&workplace, &redactor, span)?;
    warn(context.output, &loaded);
    let limits = Limits::default();
    let description = describe(&loaded.entries, limits);
    if description.is_none() && loaded.empty.is_none() {
        let commits = loaded.entries.len();
        context.output.message(&format!("no agent is known to have worked on these commits ({commits})"));
    }
    if arguments.json {
        let values = DescribeOutput { backstory: 1, description };
        page::ensure_clean(&redactor, &serde_json::to_string(&values)?, "the description")?;
        page::write_json(context.output, &values)?;
        return Ok(Ending::Done);
    }
    let Some(description) = description else { return Ok(Ending::Done) };
    let own = match &arguments.template {
        Some(file) => Some(template::read(&workplace.repository, &context.environment.cwd, file)?),
        None => None,
    };
    let text = render(&description, own.as_deref().map_or(Template::PullRequest, Template::Own), limits)?;
    page::ensure_clean(&redactor, &text, "the description")?;
    context.output.write(&text)?;
    Ok(Ending::Done)
}
