//! `sop_note_add`: keeps what the person tells: a step, what it needs, what goes wrong, a note, an open question.

use serde::Deserialize;

use crate::mcp::fault::Fault;
use crate::mcp::next_call::After;
use crate::mcp::report::Report;
use crate::mcp::schema::{Kind, Need, SLUG, object};
use crate::mcp::tool::{Call, Outcome, Reach, Tool};
use crate::process_store::sops::capturing::{self, Told};
use crate::process_store::sops::desk::Desk;
use crate::sop::capture::ToldStep;

pub(crate) const TOOL: Tool = Tool {
    name: "sop_note_add",
    title: "Note what the person tells",
    description: "Keeps one thing that the person tells about the process: a step (one concrete action with its command and expected \
        result), a tool, an access, an input, a pitfall, a note, or a question that nobody can answer yet. Nothing is guessed: what is \
        unclear is asked.",
    only_reads: false,
    reach: Reach::Documents,
    schema: || {
        object(&[
            SLUG,
            (
                "kind",
                Kind::OneOf(&["step", "tool", "access", "input", "pitfall", "note", "question"]),
                "What it is",
                Need::Required,
            ),
            ("text", Kind::Text, "The thing itself; for a step one action, such as `Run the tests`", Need::Optional),
            ("step", Kind::Text, "Id of a step that it is about, or that is changed", Need::Optional),
            ("command", Kind::Text, "Of a step: what is typed", Need::Optional),
            ("expected", Kind::Text, "Of a step: how one sees that it worked", Need::Optional),
            ("actor", Kind::Text, "Of a step: who does it", Need::Optional),
            ("after", Kind::Text, "Of a step: id of the step before it", Need::Optional),
            ("tools", Kind::Texts, "Of a step: tools that it needs", Need::Optional),
            ("access", Kind::Texts, "Of a step: access that it needs", Need::Optional),
            ("pitfalls", Kind::Texts, "Of a step: what goes wrong easily", Need::Optional),
            ("last", Kind::Flag, "Of a step: the person said that it is the last", Need::Optional),
        ])
    },
    run,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    slug: String,
    kind: NoteKind,
    #[serde(default)]
    text: String,
    step: Option<String>,
    #[serde(default)]
    command: String,
    #[serde(default)]
    expected: String,
    #[serde(default)]
    actor: String,
    after: Option<String>,
    #[serde(default)]
    tools: Vec<String>,
    #[serde(default)]
    access: Vec<String>,
    #[serde(default)]
    pitfalls: Vec<String>,
    #[serde(default)]
    last: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum NoteKind {
    Step,
    Tool,
    Access,
    Input,
    Pitfall,
    Note,
    Question,
}

fn run(call: &Call<'_>) -> Result<Outcome, Fault> {
    let arguments: Arguments = call.arguments()?;
    arguments.check()?;
    let desk = call.desk()?;
    let (slug, kind, last) = (arguments.slug.clone(), arguments.kind, arguments.last);
    keep(&desk, arguments)?;
    let after = if kind == NoteKind::Step && last { After::LastStep } else { After::Anything };
    Report::of("it is kept").after(after).about(&desk, &slug)
}

impl Arguments {
    fn check(&self) -> Result<(), Fault> {
        let is_about_a_step = !self.command.is_empty()
            || !self.expected.is_empty()
            || !self.actor.is_empty()
            || self.after.is_some()
            || !self.tools.is_empty()
            || !self.access.is_empty()
            || !self.pitfalls.is_empty();
        if is_about_a_step && self.kind != NoteKind::Step {
            return Err(Fault::Arguments(
                "command, expected, actor, after, tools, access, pitfalls belong to kind `step`".to_owned(),
            ));
        }
        if self.text.trim().is_empty() && (self.kind != NoteKind::Step || self.step.is_none()) {
            return Err(Fault::Arguments("`text` is missing".to_owned()));
        }
        Ok(())
    }
}

fn keep(desk: &Desk, arguments: Arguments) -> anyhow::Result<()> {
    let Arguments { slug, kind, text, step, command, expected, actor, after, tools, access, pitfalls, .. } = arguments;
    let told = match kind {
        NoteKind::Step => {
            let id = step.unwrap_or_default();
            let step =
                ToldStep { id, action: text, command, expected, actor, tools, access, pitfalls, notes: Vec::new() };
            Told::Step { step, after }
        }
        NoteKind::Tool => Told::Tool(text),
        NoteKind::Access => Told::Access(text),
        NoteKind::Input => Told::Input(text),
        NoteKind::Pitfall => Told::Pitfall(text, step),
        NoteKind::Note => Told::Note(text, step),
        NoteKind::Question => return capturing::ask(desk, &slug, &text, step.as_deref()).map(|_| ()),
    };
    capturing::tell(desk, &slug, told).map(|_| ())
}
