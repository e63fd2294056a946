//! `sop capture [SLUG]`: starts a process document, or adds what people tell about it.

use anyhow::bail;

use super::documents::SopNotes;
use super::status::write_one;
use crate::context::{Context, Ending};
use crate::process_store::sops::capturing::{self, Start, Told};
use crate::process_store::sops::desk::Desk;
use crate::process_store::sops::status;
use crate::recorder::page;
use crate::sop::capture::ToldStep;

#[derive(Debug, clap::Args)]
pub(super) struct SopCaptureArgs {
    /// The folder's name below docs/processes [default: made from --name]
    #[arg(value_name = "SLUG", required_unless_present = "name")]
    slug: Option<String>,
    /// What people call the process
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
    /// The process in the log [default: the slug]
    #[arg(long, value_name = "PROCESS")]
    process: Option<String>,
    /// Why it is done
    #[arg(long, value_name = "TEXT")]
    purpose: Option<String>,
    /// What is there when it is done
    #[arg(long, value_name = "TEXT")]
    outcome: Option<String>,
    /// What makes someone begin
    #[arg(long, value_name = "TEXT")]
    trigger: Option<String>,
    /// Who takes part; repeatable
    #[arg(long, value_name = "ROLE")]
    who: Vec<String>,
    /// A step as one action, such as "Run the tests"
    #[arg(long, value_name = "ACTION")]
    step: Option<String>,
    /// The id of a step, to say more about it
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// The command of the step
    #[arg(long, value_name = "COMMAND")]
    command: Option<String>,
    /// How one sees that the step worked
    #[arg(long, value_name = "TEXT")]
    expected: Option<String>,
    /// Who does the step
    #[arg(long, value_name = "ROLE")]
    actor: Option<String>,
    /// The step after which this one comes
    #[arg(long, value_name = "ID")]
    after: Option<String>,
    /// A tool that is needed; repeatable
    #[arg(long, value_name = "TOOL")]
    tool: Vec<String>,
    /// An access that is needed; repeatable
    #[arg(long, value_name = "TEXT")]
    access: Vec<String>,
    /// What has to be at hand before the first step; repeatable
    #[arg(long, value_name = "TEXT")]
    input: Vec<String>,
    /// What goes wrong easily; repeatable
    #[arg(long, value_name = "TEXT")]
    pitfall: Vec<String>,
    /// Anything else; repeatable
    #[arg(long, value_name = "TEXT")]
    note: Vec<String>,
    /// Something nobody knows yet; repeatable
    #[arg(long, value_name = "QUESTION")]
    ask: Vec<String>,
    /// Write JSON (docs/schema/sop-notes.v1.json)
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &SopCaptureArgs, context: &mut Context<'_>) -> anyhow::Result<Ending> {
    let desk = Desk::open(context.environment)?;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let start = Start {
        slug: text(&arguments.slug),
        name: text(&arguments.name),
        process: text(&arguments.process),
        purpose: text(&arguments.purpose),
        outcome: text(&arguments.outcome),
        trigger: text(&arguments.trigger),
        who: arguments.who.clone(),
    };
    let slug = capturing::start(&desk, &start)?.status.slug;
    for told in told(arguments)? {
        capturing::tell(&desk, &slug, told)?;
    }
    for question in &arguments.ask {
        capturing::ask(&desk, &slug, question, arguments.id.as_deref())?;
    }
    let status = status::status(&desk, &slug)?;
    match arguments.json {
        true => page::write_json(context.output, &SopNotes::new(capturing::notes(&desk, &slug)?))?,
        false => write_one(&status, context.output)?,
    }
    Ok(Ending::Done)
}

/// With a step, everything beside it is about the step; without, about the whole.
fn told(arguments: &SopCaptureArgs) -> anyhow::Result<Vec<Told>> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    if arguments.step.is_some() || arguments.id.is_some() {
        let step = ToldStep {
            id: text(&arguments.id),
            action: text(&arguments.step),
            command: text(&arguments.command),
            expected: text(&arguments.expected),
            actor: text(&arguments.actor),
            tools: arguments.tool.clone(),
            access: arguments.access.clone(),
            pitfalls: arguments.pitfall.clone(),
            notes: arguments.note.clone(),
        };
        let inputs = arguments.input.iter().cloned().map(Told::Input);
        return Ok([Told::Step { step, after: arguments.after.clone() }].into_iter().chain(inputs).collect());
    }
    for (name, given) in [
        ("--command", arguments.command.is_some()),
        ("--expected", arguments.expected.is_some()),
        ("--actor", arguments.actor.is_some()),
        ("--after", arguments.after.is_some()),
    ] {
        if given {
            bail!("{name} says something about a step\nhint: name it with --step \"...\" or --id ID");
        }
    }
    let of = |list: &[String], told: fn(String) -> Told| list.iter().cloned().map(told).collect::<Vec<_>>();
    Ok([
        of(&arguments.tool, Told::Tool),
        of(&arguments.access, Told::Access),
        of(&arguments.input, Told::Input),
        of(&arguments.pitfall, |text| Told::Pitfall(text, None)),
        of(&arguments.note, |text| Told::Note(text, None)),
    ]
    .concat())
}
