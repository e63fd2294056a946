//! What a mapping may cost: how many kinds of entries it tells apart, and how much of a document it reads for each.

use crate::record::agent_mapping::{AgentMapping, EntryChoice, FieldPaths, MappedFormat};
use crate::record::field_path::FieldPath;

/// More are no agent's, and each reads every entry.
const MOST_CHOICES: usize = 16;

/// What a mapping would read too often, by its key.
pub(super) fn check(mapping: &AgentMapping) -> Result<(), (&'static str, String)> {
    let counts = [
        ("prompts", mapping.prompts.len()),
        ("replies", mapping.replies.len()),
        ("calls", mapping.calls.len()),
        ("results", mapping.results.len()),
        ("tokens", mapping.tokens.len()),
    ];
    if let Some((key, _)) = counts.into_iter().find(|(_, count)| *count > MOST_CHOICES) {
        return Err((key, format!("at most {MOST_CHOICES} are taken")));
    }
    match reads_the_document_again(mapping).filter(|_| mapping.format == MappedFormat::Json) {
        Some(key) => {
            let message = "a path here begins at the entry: `$` would read the whole document again for each entry";
            Err((key, message.to_owned()))
        }
        None => Ok(()),
    }
}

/// The part of a mapping of a document that copies texts or entries from its root for each entry.
fn reads_the_document_again(mapping: &AgentMapping) -> Option<&'static str> {
    let is_root = |path: &FieldPath| path.from_root;
    let any = |paths: &[&FieldPaths]| paths.iter().any(|paths| paths.0.iter().any(is_root));
    let each = |path: Option<&FieldPath>| path.is_some_and(is_root);
    let wrong = [
        ("prompts", mapping.prompts.iter().any(|one| each(one.each()) || any(&[&one.id, &one.text]))),
        ("replies", mapping.replies.iter().any(|one| each(one.each()) || any(&[&one.text]))),
        ("calls", mapping.calls.iter().any(|one| each(one.each()) || any(&[&one.id, &one.name, &one.arguments]))),
        (
            "results",
            mapping
                .results
                .iter()
                .any(|one| each(one.each()) || any(&[&one.call, &one.output, &one.error, &one.reason])),
        ),
        ("tokens", mapping.tokens.iter().any(|one| each(one.each()) || any(&[&one.id]))),
    ];
    wrong.into_iter().find(|(_, is_wrong)| *is_wrong).map(|(key, _)| key)
}
