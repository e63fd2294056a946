//! The interview: what people tell about a process, kept as it comes, for the draft.

use anyhow::bail;
use serde::Serialize;

use super::desk::{Desk, ensure_short};
use super::folder::{self, Folder};
use super::status::{self, Status};
use crate::sop::capture::{Capture, Question, ToldStep};
use crate::sop::capture_file;
use crate::sop::life::{Event, State};

/// How a capture begins. What is empty was not said, and can be said later.
#[derive(Clone, Debug, Default)]
pub(crate) struct Start {
    /// The folder's name; made from `name` where it is empty.
    pub(crate) slug: String,
    pub(crate) name: String,
    /// Its name in the log, where that is not the slug.
    pub(crate) process: String,
    pub(crate) purpose: String,
    pub(crate) outcome: String,
    pub(crate) trigger: String,
    pub(crate) who: Vec<String>,
}

/// What became of it.
#[derive(Clone, Debug)]
pub(crate) struct Begun {
    pub(crate) status: Status,
    /// Whether it began with this; `false` where somebody had begun it before.
    pub(crate) is_new: bool,
}

/// Something that was told.
#[derive(Clone, Debug)]
pub(crate) enum Told {
    /// A step: added at the end or after another, or what is new about one that is there.
    Step {
        step: ToldStep,
        after: Option<String>,
    },
    Access(String),
    Tool(String),
    Input(String),
    /// With the step that it is about, if it is about one.
    Pitfall(String, Option<String>),
    Note(String, Option<String>),
}

/// What was told so far.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Notes {
    pub(crate) status: Status,
    pub(crate) capture: Capture,
}

/// Begins an SOP, or takes in what is said about one that was begun.
///
/// # Errors
/// When there is no name, a text is too long, or the SOP is no longer in use.
pub(crate) fn start(desk: &Desk, start: &Start) -> anyhow::Result<Begun> {
    let slug = match (start.slug.as_str(), folder::slug_of(&start.name)) {
        ("", Some(slug)) => slug,
        ("", None) => {
            bail!("no name to make a folder's name from\nhint: give one of lower-case letters, digits and hyphens")
        }
        (slug, _) => slug.to_owned(),
    };
    desk.ensure_named()?;
    let folder = desk.folder(&slug)?;
    let said = Start {
        slug,
        name: desk.told(&start.name)?,
        process: desk.told(&start.process)?,
        purpose: desk.told(&start.purpose)?,
        outcome: desk.told(&start.outcome)?,
        trigger: desk.told(&start.trigger)?,
        who: start.who.iter().map(|who| desk.told(who)).collect::<anyhow::Result<_>>()?,
    };
    // Nothing is made for what is refused.
    with_start(&folder, &said)?;
    folder.hold()?;
    let (capture, is_new) = with_start(&folder, &said)?;
    folder.write_capture(&capture)?;
    if is_new {
        folder.record(&desk.happening(Event::Started, 0, None))?;
    }
    Ok(Begun { status: status::of_folder(desk, &folder)?, is_new })
}

/// The capture with what was said, and whether it is the first of its SOP.
fn with_start(folder: &Folder, said: &Start) -> anyhow::Result<(Capture, bool)> {
    let state = folder.ledger()?.life.state;
    in_use(folder, state)?;
    let mut capture = folder.capture()?;
    if capture.name.is_empty() && said.name.is_empty() && state.is_none() {
        bail!("a process document needs a name\nhint: --name \"Release a version\"");
    }
    for (field, said) in [
        (&mut capture.name, &said.name),
        (&mut capture.process, &said.process),
        (&mut capture.purpose, &said.purpose),
        (&mut capture.outcome, &said.outcome),
        (&mut capture.trigger, &said.trigger),
    ] {
        if !said.is_empty() {
            field.clone_from(said);
        }
    }
    if capture.process.is_empty() {
        capture.process.clone_from(&said.slug);
    }
    said.who.iter().for_each(|who| add(&mut capture.who, who.clone()));
    Ok((capture, state.is_none()))
}

/// Keeps what was told.
///
/// # Errors
/// When a step that is named is not there, or the text is empty or longer than 32 KiB.
pub(crate) fn tell(desk: &Desk, slug: &str, told: Told) -> anyhow::Result<Notes> {
    change(desk, slug, |capture| match told {
        Told::Step { step, after } => take_step(capture, clean_step(desk, step)?, after.as_deref()),
        Told::Access(text) => told_text(desk, &text).map(|text| add(&mut capture.access, text)),
        Told::Tool(text) => told_text(desk, &text).map(|text| add(&mut capture.tools, text)),
        Told::Input(text) => told_text(desk, &text).map(|text| add(&mut capture.inputs, text)),
        Told::Pitfall(text, step) => {
            let text = told_text(desk, &text)?;
            let list = match step {
                Some(id) => &mut step_of(capture, &id)?.pitfalls,
                None => &mut capture.pitfalls,
            };
            add(list, text);
            Ok(())
        }
        Told::Note(text, step) => {
            let text = told_text(desk, &text)?;
            let list = match step {
                Some(id) => &mut step_of(capture, &id)?.notes,
                None => &mut capture.notes,
            };
            add(list, text);
            Ok(())
        }
    })
}

/// Asks something that nobody knows yet.
///
/// # Errors
/// When the text is empty.
pub(crate) fn ask(desk: &Desk, slug: &str, question: &str, step: Option<&str>) -> anyhow::Result<Notes> {
    change(desk, slug, |capture| {
        let question = told_text(desk, question)?;
        if let Some(step) = step {
            step_of(capture, step)?;
        }
        let is_taken = |id: &str| capture.questions.iter().any(|one| one.id == id);
        let id = (1..).map(|number| format!("p-{number}")).find(|id| !is_taken(id)).unwrap_or_default();
        let step = step.unwrap_or_default().to_owned();
        capture.questions.push(Question { id, step, question, ..Question::default() });
        Ok(())
    })
}

/// Keeps the answer to a question; `None` goes on without one.
///
/// # Errors
/// When there is no question of this id.
pub(crate) fn answer(desk: &Desk, slug: &str, id: &str, answer: Option<&str>) -> anyhow::Result<Notes> {
    change(desk, slug, |capture| {
        let ids: Vec<String> = capture.questions.iter().map(|question| question.id.clone()).collect();
        let Some(question) = capture.questions.iter_mut().find(|question| question.id == id) else {
            let known = if ids.is_empty() { "there are none".to_owned() } else { ids.join(", ") };
            bail!("no question `{id}`\nhint: the questions are: {known}");
        };
        match answer {
            Some(text) => {
                question.answer = told_text(desk, text)?;
                question.accepted_open = false;
            }
            None => question.accepted_open = true,
        }
        question.answered_by = desk.party.to_string();
        question.answered_at = desk.now.to_string();
        Ok(())
    })
}

/// What was told so far.
///
/// # Errors
/// When there is no such SOP.
pub(crate) fn notes(desk: &Desk, slug: &str) -> anyhow::Result<Notes> {
    let folder = desk.existing(slug)?;
    Ok(Notes { status: status::of_folder(desk, &folder)?, capture: folder.capture()? })
}

/// Reads the capture, changes it, and writes it, before anything is answered. Whoever does so too waits.
fn change(desk: &Desk, slug: &str, change: impl FnOnce(&mut Capture) -> anyhow::Result<()>) -> anyhow::Result<Notes> {
    let folder = desk.to_change(slug)?;
    in_use(&folder, folder.ledger()?.life.state)?;
    let mut capture = folder.capture()?;
    change(&mut capture)?;
    folder.write_capture(&capture)?;
    Ok(Notes { status: status::of_folder(desk, &folder)?, capture })
}

fn in_use(folder: &Folder, state: Option<State>) -> anyhow::Result<()> {
    match state {
        Some(state @ (State::Superseded | State::Retired)) => {
            bail!("`{}` is {state}\nhint: start another one", folder.slug)
        }
        _ => Ok(()),
    }
}

fn told_text(desk: &Desk, text: &str) -> anyhow::Result<String> {
    let clean = desk.told(text)?;
    if clean.is_empty() {
        bail!("there is nothing to keep: the text is empty");
    }
    Ok(clean)
}

fn add(list: &mut Vec<String>, text: String) {
    if !text.is_empty() && !list.contains(&text) {
        list.push(text);
    }
}

fn clean_step(desk: &Desk, mut step: ToldStep) -> anyhow::Result<ToldStep> {
    let one = [&step.action, &step.command, &step.expected, &step.actor].map(String::len);
    let lists = [&step.tools, &step.access, &step.pitfalls, &step.notes];
    ensure_short(one.iter().sum::<usize>() + lists.into_iter().flatten().map(String::len).sum::<usize>())?;
    for text in [&mut step.action, &mut step.command, &mut step.expected, &mut step.actor] {
        *text = desk.clean(text)?;
    }
    for text in [&mut step.tools, &mut step.access, &mut step.pitfalls, &mut step.notes].into_iter().flatten() {
        *text = desk.clean(text)?;
    }
    Ok(step)
}

fn step_of<'a>(capture: &'a mut Capture, id: &str) -> anyhow::Result<&'a mut ToldStep> {
    let ids: Vec<String> = capture.steps.iter().map(|step| step.id.clone()).collect();
    match capture.steps.iter_mut().find(|step| step.id == id) {
        Some(step) => Ok(step),
        None if ids.is_empty() => bail!("no step `{id}`: no step was told yet"),
        None => bail!("no step `{id}`\nhint: the steps are: {}", ids.join(", ")),
    }
}

/// A new step, or more about one that is there.
fn take_step(capture: &mut Capture, mut step: ToldStep, after: Option<&str>) -> anyhow::Result<()> {
    if step.id.is_empty() {
        step.id = folder::slug_of(&step.action).unwrap_or_else(|| format!("step-{}", capture.steps.len() + 1));
    }
    if !capture_file::is_id(&step.id) {
        bail!("`{}` cannot name a step\nhint: use lower-case letters, digits and hyphens", step.id);
    }
    let id = step.id.clone();
    match capture.steps.iter_mut().find(|known| known.id == id) {
        Some(known) => enrich(known, step),
        None if step.action.is_empty() => bail!("a step needs its action\nhint: --action \"Run the tests\""),
        None => capture.steps.push(step),
    }
    if let Some(after) = after {
        step_of(capture, after)?;
        move_behind(&mut capture.steps, &id, after);
    }
    Ok(())
}

fn enrich(known: &mut ToldStep, more: ToldStep) {
    for (field, said) in [
        (&mut known.action, more.action),
        (&mut known.command, more.command),
        (&mut known.expected, more.expected),
        (&mut known.actor, more.actor),
    ] {
        if !said.is_empty() {
            *field = said;
        }
    }
    for (list, said) in [
        (&mut known.tools, more.tools),
        (&mut known.access, more.access),
        (&mut known.pitfalls, more.pitfalls),
        (&mut known.notes, more.notes),
    ] {
        said.into_iter().for_each(|text| add(list, text));
    }
}

fn move_behind(steps: &mut Vec<ToldStep>, id: &str, after: &str) {
    let Some(from) = steps.iter().position(|step| step.id == id) else { return };
    if id == after {
        return;
    }
    let step = steps.remove(from);
    let to = steps.iter().position(|step| step.id == after).map_or(steps.len(), |place| place + 1);
    steps.insert(to, step);
}
