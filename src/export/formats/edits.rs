//! Each file of a commit as it was, as the agent left it, and as it was committed: for models that edit or predict edits.

use serde::Serialize;

use crate::export::conversation::{Conversation, ConversationCommit, visible};
use crate::export::format::{Format, Row};
use crate::export::metadata::{self, Metadata, correction_note};
use crate::export::source::FileTexts;
use crate::record::contribution::{Correction, CorrectionForm};
use crate::record::json;
use crate::record::note::{FileRecord, LineAuthor};
use crate::record::text::Clean;

pub(super) struct Edits;

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Line"))]
struct EditRow<'a> {
    path: &'a str,
    /// What was asked until then.
    request: String,
    /// The subject of the commit.
    message: String,
    /// Empty for a new file.
    before: String,
    /// As the agent left it.
    proposal: String,
    committed: String,
    /// Whether a person changed the agent's lines before they were committed.
    corrected: bool,
}

impl Format for Edits {
    fn name(&self) -> &'static str {
        "edits"
    }

    fn help(&self) -> &'static str {
        "A file before, as the agent proposed it, and as it was committed"
    }

    fn of_conversation(&self, conversation: &Conversation<'_>) -> serde_json::Result<Vec<Row>> {
        let mut rows = Vec::new();
        for (place, commit) in conversation.commits.iter().enumerate() {
            for file in &commit.record.files {
                let made = match of_file(conversation, commit, file) {
                    Ok(Some(made)) => made,
                    Ok(None) => continue,
                    Err(why) => {
                        rows.push(Row::LeftOut(why));
                        continue;
                    }
                };
                let content = json::line(&EditRow {
                    path: &file.path,
                    request: conversation.asked_until(place, None),
                    message: visible(commit.entry.subject.as_str()),
                    before: visible(made.texts.before.as_str()),
                    proposal: visible(&made.proposal),
                    committed: visible(made.texts.after.as_str()),
                    corrected: made.correction.is_some(),
                })?;
                let part = conversation.of(place);
                let name = format!("{} {}", self.name(), file.path);
                let about = metadata::of_conversation(&part, &name, &content);
                let metadata = match made.correction {
                    Some(correction) => Metadata {
                        correction: correction_note(correction),
                        evidence_tier: "corrected-by-hand",
                        author_kind: "agent-corrected",
                        ..about
                    },
                    None => Metadata { author_kind: "agent", ..about },
                };
                rows.push(Row::draft(content, metadata));
            }
        }
        Ok(rows)
    }

    #[cfg(test)]
    fn schema(&self) -> schemars::Schema {
        crate::export::testing::schema::<EditRow<'_>>()
    }
}

struct EditedFile<'a> {
    texts: FileTexts,
    proposal: String,
    /// The first, where there are some.
    correction: Option<&'a Correction<Clean>>,
}

/// `None` for a file of which the session wrote nothing.
fn of_file<'a>(
    conversation: &Conversation<'_>,
    commit: &'a ConversationCommit<'_>,
    file: &FileRecord,
) -> Result<Option<EditedFile<'a>>, &'static str> {
    let place = Some(u32::try_from(commit.index).unwrap_or(u32::MAX));
    if !file.spans.iter().any(|span| span.contribution == place) {
        return Ok(None);
    }
    if file.spans.iter().any(|span| span.contribution != place) {
        return Err("others wrote lines of the file, too");
    }
    let texts = conversation.source.texts(commit.entry, &file.path).ok_or("the file is no text, or too long")?;
    let by_hand: Vec<&Correction<Clean>> = commit
        .contribution
        .corrections
        .iter()
        .filter(|one| one.form == CorrectionForm::Manual && one.path.as_deref() == Some(file.path.as_str()))
        .collect();
    let is_corrected = file.spans.iter().any(|span| span.author == LineAuthor::Corrected);
    if is_corrected && by_hand.is_empty() {
        return Err("what the agent had written is not kept");
    }
    let mut proposal = texts.after.as_str().to_owned();
    for correction in &by_hand {
        proposal = undone(&proposal, correction).ok_or("what the agent had written is not kept")?;
    }
    Ok(Some(EditedFile { texts, proposal, correction: by_hand.first().copied() }))
}

/// The text with the agent's lines in the place of the person's. `None` where they are not whole, or not in one place.
fn undone(text: &str, correction: &Correction<Clean>) -> Option<String> {
    let (before, after) = (correction.before.as_ref()?.as_str(), correction.after.as_ref()?.as_str());
    let is_cut = |side: &str| side.lines().any(|line| line.ends_with('\u{2026}'));
    let is_once = text.matches(after).count() == 1;
    (is_once && !is_cut(before) && !is_cut(after)).then(|| text.replacen(after, before, 1))
}
