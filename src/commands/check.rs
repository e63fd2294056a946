//! `check [RANGE]`: whether the commits are as the policy of `.backstory.yml` wants them, and how well they are documented.

use clap::ValueEnum;

use crate::context::{Context, Ending};
use crate::document::checklist::{ChecklistForm, checklist};
use crate::document::gate;
use crate::recorder::judge::{FailOn, is_stopped, verdict};
use crate::recorder::page;
use crate::recorder::range::{RangeQuery, load, warn};
use crate::recorder::workplace::Workplace;

#[derive(Debug, clap::Args)]
pub struct CheckArgs {
    /// Commit range, such as `main..HEAD`, a branch or one commit [default: commits not on the main branch]
    pub range: Option<String>,
    /// What ends with 1
    #[arg(long, value_name = "SEVERITY", default_value = "fail")]
    pub fail_on: FailOn,
    /// Write what a reviewer must look at, and nothing else
    #[arg(
        long,
        value_name = "FORM",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "text",
        conflicts_with = "json"
    )]
    pub checklist: Option<ListForm>,
    /// Write JSON (docs/schema/check.v1.json)
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ListForm {
    Text,
    /// GitHub's task list
    Markdown,
}

pub(crate) fn run(arguments: &CheckArgs, context: &mut Context) -> anyhow::Result<Ending> {
    let span = RangeQuery::Work(arguments.range.as_deref());
    let workplace = Workplace::for_telling(context.environment)?;
    let loaded = load(&workplace, &workplace.redactor()?, span)?;
    warn(context.output, &loaded);
    let verdict = verdict(&workplace, &loaded.entries);
    if let Some(form) = arguments.checklist {
        let form = if form == ListForm::Markdown { ChecklistForm::Markdown } else { ChecklistForm::Text };
        for line in checklist(&loaded.entries, form)? {
            context.output.line(&crate::output::for_terminal(&line))?;
        }
    } else if arguments.json {
        let unreadable = u32::try_from(loaded.unreadable.len())?;
        let list = checklist(&loaded.entries, ChecklistForm::Text)?;
        page::write_json(context.output, &gate::check(&verdict, list, unreadable))?;
    } else {
        page::write(context.output, &gate::page(&verdict))?;
    }
    Ok(if is_stopped(&verdict, arguments.fail_on) { Ending::Found } else { Ending::Done })
}
