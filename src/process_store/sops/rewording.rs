//! Lets a language model reword the prose of a draft, if the user wants one. The draft is there before: where the model says nothing
//! that can be taken, the template's text stays.

use anyhow::{Context as _, bail};
use serde::Serialize;

use super::desk::Desk;
use super::drafting::TOLD;
use super::folder::DOCUMENT;
use super::settling::write_front;
use crate::language_model::backend::Backend;
use crate::recorder::page::ensure_clean;
use crate::sop::digest::digest;
use crate::sop::front_fields;
use crate::sop::life::{Event, State};
use crate::sop::rewording::{self, Passage};
use crate::text::digest::sha256;

/// What became of it.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Rewording {
    pub(crate) provider: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) model: Option<String>,
    pub(crate) offered: usize,
    pub(crate) changed: usize,
    /// Passages that stay as the template has them, with why.
    pub(crate) kept: Vec<String>,
}

/// Exactly what would be sent.
///
/// # Errors
/// When there is no draft, or a secret is still in it.
pub(crate) fn payload(desk: &Desk, slug: &str, backend: Option<&Backend>) -> anyhow::Result<String> {
    let (_, _, prompt) = offered(desk, slug)?;
    Ok(backend.map_or(prompt.clone(), |backend| backend.payload(&prompt)))
}

/// Asks the model, and takes what says the same.
///
/// # Errors
/// When there is no draft, a secret is still in it, or no answer comes; the draft stays as it is.
pub(crate) fn reword(desk: &Desk, slug: &str, backend: &Backend) -> anyhow::Result<Rewording> {
    let (text, passages, prompt) = offered(desk, slug)?;
    let stays = || format!("the draft of `{slug}` stays as the template has it");
    let reply = backend.ask(&prompt).with_context(stays)?;
    let mut answers = rewording::answer(&reply.text)
        .context("the model did not answer with the object that was asked for")
        .with_context(stays)?;
    // A line that redaction would change is not taken.
    let mut unclean = Vec::new();
    for (id, new) in &answers {
        if desk.clean(new)? != new.trim() {
            unclean.push(*id);
        }
    }
    answers.retain(|id, _| !unclean.contains(id));
    let reworded = rewording::reworded(&text, &passages, &answers);
    let kept = reworded.kept.iter().map(|(id, why)| format!("passage {id}: {why}")).collect();
    let provider = backend.provider();
    if reworded.changed > 0 {
        let refs = [
            ("llm_provider", provider.clone()),
            ("llm_model", reply.model.clone().unwrap_or_default()),
            ("llm_prompt", format!("sha256:{}", sha256(prompt.as_bytes()))),
            ("llm_answer", format!("sha256:{}", sha256(reply.text.as_bytes()))),
        ];
        record(desk, slug, (&text, &reworded.text), &refs).with_context(stays)?;
    }
    Ok(Rewording { provider, model: reply.model, offered: passages.len(), changed: reworded.changed, kept })
}

/// The draft, what of it is offered, and the question. Redacted once more, as it leaves this machine.
fn offered(desk: &Desk, slug: &str) -> anyhow::Result<(String, Vec<Passage>, String)> {
    let folder = desk.existing(slug)?;
    let Some(document) = folder.document()? else { bail!("`{slug}` has no draft\nhint: backstory sop draft {slug}") };
    if folder.ledger()?.life.state != Some(State::Draft) {
        bail!("`{slug}` is not a draft\nhint: backstory sop draft {slug}");
    }
    let mut passages = rewording::passages(&document.text);
    for passage in &mut passages {
        // Where redaction would change a line, the line is not offered.
        if desk.clean(&passage.text)? != passage.text.trim() {
            passage.text.clear();
        }
    }
    passages.retain(|passage| !passage.text.is_empty());
    let prompt = rewording::prompt(&passages);
    ensure_clean(desk.redactor()?, &prompt, "the text for the model")?;
    Ok((document.text, passages, prompt))
}

/// Writes the new text in the place of the old one, unless somebody changed that while the model was asked.
fn record(desk: &Desk, slug: &str, (old, text): (&str, &str), refs: &[(&str, String)]) -> anyhow::Result<()> {
    let folder = desk.to_change(slug)?;
    if folder.document()?.is_none_or(|document| document.text != old) {
        bail!("{} was changed while the model was asked\nhint: draft it again", folder.place(DOCUMENT));
    }
    let life = folder.ledger()?.life;
    let by = refs
        .iter()
        .take(2)
        .map(|(_, value)| value.as_str())
        .filter(|value| !value.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    let text = with_generator(text, &by);
    let model = folder.document()?.map(|document| document.model).unwrap_or_default();
    let mut happening = desk.happening(Event::Drafted, life.next_version(), Some(digest(&text, &model)));
    happening.refs.extend(
        refs.iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| ((*name).to_owned(), value.clone())),
    );
    happening.refs.insert(TOLD.to_owned(), folder.told_digest()?);
    folder.write(DOCUMENT, &text)?;
    folder.record(&happening)?;
    write_front(&folder)
}

/// The front matter names who reworded it.
fn with_generator(text: &str, by: &str) -> String {
    let by = serde_json::to_string(by).unwrap_or_default();
    let tool = concat!("\"backstory ", env!("CARGO_PKG_VERSION"), "\"");
    let value = format!("\n  tool: {tool}\n  mode: \"template, reworded\"\n  llm: {by}");
    front_fields::with(text, &[("generator", Some(value))])
}
