//! From what was linked to what is kept: redaction, the setting for prompts, what is carried over from other commits,
//! and the size limit of a note.

use anyhow::Context as _;
use jiff::Timestamp;
use serde_json::Value;

use crate::config::{Config, Prompts};
use crate::git::notes;
use crate::git::repository::Repository;
use crate::link::carry::{Source, carry};
use crate::link::{Linked, corrections, stated};
use crate::record::commit::{Commit, Trailer};
use crate::record::contribution::{Confidence, Contribution, Evidence, RecordedPrompt};
use crate::record::note::{RECORD_VERSION, Record, Statement};
use crate::record::text::{Clean, Raw};
use crate::redact::Redactor;

/// A note stays under this many bytes.
pub(super) const NOTE_LIMIT: usize = 64 * 1024;

/// What is known of one commit, redacted; `None` when there is nothing to say: no session, no word of an agent and no
/// documentation by hand.
pub(super) fn record(
    commit: &Commit,
    linked: Linked,
    statements: Vec<Statement<Raw>>,
    sources: &[Source],
    redactor: &Redactor,
    config: &Config,
) -> Option<Record<Clean>> {
    let is_bare = linked.contributions.is_empty() && statements.is_empty() && sources.is_empty();
    let id = commit.id.clone().filter(|_| !is_bare)?;
    let mut linked = linked;
    corrections::explain(&mut linked.contributions, &statements);
    let raw = Record {
        backstory: RECORD_VERSION,
        generator: format!("backstory {}", env!("CARGO_PKG_VERSION")),
        commit: id,
        committed_at: commit.committed_at,
        contributions: linked.contributions.into_iter().map(|one| with_prompts(one, config.prompts)).collect(),
        lines: linked.lines,
        files: linked.files,
        stated: statements,
        redactions: std::collections::BTreeMap::new(),
        skipped: linked.skipped,
        cut: 0,
        forgotten: None,
    };
    let mut record = redactor.record(raw);
    carry(commit, &mut record, sources);
    // Its own earlier record may be among the sources; that is no carrying over.
    let own = Evidence::Carried { from: record.commit.clone() };
    for one in &mut record.contributions {
        one.evidence.retain(|evidence| *evidence != own);
    }
    Some(record)
}

/// The statements of a commit's message and author.
pub(super) fn statements(commit: &Commit, trailers: &[Trailer]) -> Vec<Statement<Raw>> {
    stated::statements(trailers, commit.message.expose(), &commit.author, &commit.author, None)
}

/// Sessions that the commit's own trailers name, with the key of the trailer. (A statement may be made of several
/// trailers; which of them names the session matters to `link`.)
pub(super) fn named_sessions(statements: &[Statement<Raw>], trailers: &[Trailer]) -> Vec<(String, String)> {
    let named = statements.iter().filter_map(|statement| match statement {
        Statement::Agent { session: Some(session), place, strict: true, .. } => {
            let trailer = trailers.iter().find(|trailer| trailer.value.expose().contains(session.as_str()));
            Some((trailer.map_or(place, |trailer| &trailer.key).clone(), session.clone()))
        }
        _ => None,
    });
    named.collect()
}

fn with_prompts(mut contribution: Contribution<Raw>, prompts: Prompts) -> Contribution<Raw> {
    let shorten = |prompt: RecordedPrompt<Raw>| {
        let text = prompt.text.expose();
        let kept = match prompts {
            Prompts::Full => return prompt,
            Prompts::FirstLine => text.lines().next().unwrap_or_default(),
            Prompts::None => "",
        };
        let cut = (text.chars().count() - kept.chars().count()) as u32;
        RecordedPrompt { text: Raw::new(kept), cut, ..prompt }
    };
    contribution.prompts = contribution.prompts.into_iter().map(shorten).collect();
    if prompts == Prompts::None {
        // The words of a person stand in these as well.
        for correction in &mut contribution.corrections {
            correction.words = None;
            correction.reason = None;
        }
        for attempt in &mut contribution.attempts {
            attempt.why = None;
        }
    }
    contribution
}

/// The bytes of a note for `record`, cut to [`NOTE_LIMIT`]: long texts first, then the least telling details from the
/// end. What was cut is counted in the record.
///
/// # Errors
/// When the redactor still finds something in the final bytes: then nothing is written.
pub(super) fn to_note(mut record: Record<Clean>, redactor: &Redactor) -> anyhow::Result<Vec<u8>> {
    let mut bytes = serialise(&record)?;
    for step in [8_000, 2_000, 500] {
        if bytes.len() <= NOTE_LIMIT {
            break;
        }
        for prompt in record.contributions.iter_mut().flat_map(|one| &mut one.prompts) {
            shorten_prompt(prompt, step);
        }
        bytes = serialise(&record)?;
    }
    while bytes.len() > NOTE_LIMIT && drop_details(&mut record) {
        bytes = serialise(&record)?;
    }
    let found = redactor.scan_final(&bytes);
    if let Some(span) = found.first() {
        anyhow::bail!("the record of {} still holds {} after redaction, it is not kept", record.commit, span.kind);
    }
    Ok(bytes)
}

/// The bytes of a record: one line of JSON.
///
/// # Errors
/// None that a record can cause.
pub fn serialise(record: &Record<Clean>) -> anyhow::Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec(record).context("a record could not be written as JSON")?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn shorten_prompt(prompt: &mut RecordedPrompt<Clean>, most: usize) {
    let length = prompt.text.as_str().chars().count();
    if length > most {
        prompt.cut += (length - most) as u32;
        prompt.text = prompt.text.shortened(most);
    }
}

/// Drops about a quarter of the longest list of details; `false` when there is nothing left to drop.
fn drop_details(record: &mut Record<Clean>) -> bool {
    let weights = [
        record.contributions.iter().map(|one| one.attempts.len()).sum::<usize>(),
        record.contributions.iter().map(|one| one.corrections.len()).sum(),
        record.contributions.iter().map(|one| one.prompts.len()).sum(),
        record.files.iter().map(|file| file.spans.len()).sum::<usize>() / 4,
        record.contributions.iter().map(|one| one.context.len()).sum(),
    ];
    let Some((list, most)) = weights.iter().enumerate().max_by_key(|(_, weight)| **weight) else { return false };
    if *most == 0 {
        return false;
    }
    let keep = |length: usize| length - length.div_ceil(4);
    let mut dropped = 0;
    for one in &mut record.contributions {
        let before = one.attempts.len() + one.corrections.len() + one.prompts.len() + one.context.len();
        match list {
            0 => one.attempts.truncate(keep(one.attempts.len())),
            1 => one.corrections.truncate(keep(one.corrections.len())),
            2 => one.prompts.truncate(keep(one.prompts.len())),
            4 => one.context.truncate(keep(one.context.len())),
            _ => {}
        }
        dropped += before - one.attempts.len() - one.corrections.len() - one.prompts.len() - one.context.len();
    }
    if list == 3 {
        let before = record.files.len();
        record.files.truncate(keep(before));
        dropped += before - record.files.len();
    }
    record.cut += dropped as u32;
    true
}

/// Reads a note. Git joins two notes of one commit by putting one below the other (`notes.rewriteMode`): then the one
/// that was made for this commit counts, else the last. Text of others below it is passed over.
///
/// # Errors
/// When the note does not begin with a record, or with one of a version that this program does not know.
pub fn from_note(commit: &str, bytes: &[u8]) -> anyhow::Result<Record<Clean>> {
    let not_ours = || format!("the note of {commit} in refs/notes/backstory is no record of backstory");
    let (mut documents, _) = documents(bytes);
    let made_for = |value: &Value| value.get("commit").and_then(Value::as_str) == Some(commit);
    let place = documents.iter().rposition(made_for).or(documents.len().checked_sub(1)).with_context(not_ours)?;
    let value = documents.swap_remove(place);
    let version = value.get("backstory").and_then(Value::as_u64).with_context(not_ours)?;
    anyhow::ensure!(
        version <= u64::from(RECORD_VERSION),
        "the record of {commit} has version {version}; this program reads up to {RECORD_VERSION}, take a newer one"
    );
    serde_json::from_value(value).with_context(not_ours)
}

/// The JSON objects at the beginning of a note, and what follows them.
fn documents(bytes: &[u8]) -> (Vec<Value>, &[u8]) {
    let mut documents = Vec::new();
    let mut end = 0;
    let mut stream = serde_json::Deserializer::from_slice(bytes).into_iter::<Value>();
    while let Some(Ok(value)) = stream.next() {
        if !value.is_object() {
            break;
        }
        documents.push(value);
        end = stream.byte_offset();
    }
    (documents, bytes[end..].trim_ascii())
}

/// Writes the records as the notes of their commits. A note of another program, or of a newer version of this one, stays
/// as it is; so does what another program added below a record. Returns what was left out, a line each.
///
/// # Errors
/// When the notes cannot be written: then none was.
pub(super) fn write(
    repository: &Repository,
    records: Vec<Record<Clean>>,
    redactor: &Redactor,
    now: Timestamp,
) -> anyhow::Result<Vec<String>> {
    let ids: Vec<String> = records.iter().map(|record| record.commit.clone()).collect();
    let (mut kept, mut problems) = (Vec::new(), Vec::new());
    for (record, before) in records.into_iter().zip(notes::read_many(repository, &ids)?) {
        let before = before.unwrap_or_default();
        if !before.trim_ascii().is_empty()
            && let Err(error) = from_note(&record.commit, &before)
        {
            problems.push(format!("{error:#}; it stays"));
            continue;
        }
        let id = record.commit.clone();
        // One that still holds a secret costs no other.
        let mut bytes = match to_note(record, redactor) {
            Ok(bytes) => bytes,
            Err(error) => {
                problems.push(format!("{error:#}"));
                continue;
            }
        };
        add_foreign(&mut bytes, &before);
        kept.push((id, bytes));
    }
    notes::write(repository, &kept, now)?;
    Ok(problems)
}

/// Adds what another program wrote below the record in the note `before`.
pub(super) fn add_foreign(bytes: &mut Vec<u8>, before: &[u8]) {
    let (_, foreign) = documents(before);
    if !foreign.is_empty() {
        bytes.extend_from_slice(&[b"\n", foreign, b"\n"].concat());
    }
}

/// How much a record knows: sessions that surely contributed, then lines of agents.
pub(super) fn knowledge(record: &Record<Clean>) -> (usize, u32) {
    let sure = record.contributions.iter().filter(|one| one.confidence != Confidence::Overlap).count();
    (sure, record.lines.agent + record.lines.corrected)
}
