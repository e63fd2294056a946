//! Records as the bytes of notes, and back. Git joins notes, and other programs write below ours.

use anyhow::Context as _;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::note_seal::without_seals;
use super::note_size::{self, serialise};
use crate::git::note_refs::NOTES_REF;
use crate::git::notes;
use crate::record::json;
use crate::record::note::{RECORD_VERSION, Record};
use crate::record::text::{Clean, Raw};
use crate::redact::Redactor;

/// The bytes of a note for `record`, cut to what a note may hold.
///
/// # Errors
/// As [`settle`]: then nothing is written.
pub(crate) fn to_note(record: Record<Clean>, redactor: &Redactor) -> anyhow::Result<Vec<u8>> {
    let mut record = settle(record, redactor)?;
    let mut bytes = serialise(&record)?;
    while !note_size::fits(&bytes) {
        let length = bytes.len();
        // The end of what was cut may look like a secret now; and what stands in its place may be longer.
        record = settle(note_size::cut(record)?, redactor)?;
        bytes = serialise(&record)?;
        if bytes.len() >= length {
            break;
        }
    }
    Ok(bytes)
}

/// The bytes of a note for records that git joined, as [`to_note`] makes them of each.
///
/// # Errors
/// As [`settle`].
pub(crate) fn to_joined_note(records: Vec<Record<Clean>>, redactor: &Redactor) -> anyhow::Result<Vec<u8>> {
    let notes = records.into_iter().map(|record| to_note(record, redactor)).collect::<anyhow::Result<Vec<_>>>()?;
    Ok(notes.concat())
}

/// Looks at each text of a record once more. What is found, in a field that no step redacts or in a record of somebody else, is
/// removed from that field and counted: the record stays.
///
/// # Errors
/// When it is not a record without what was removed.
pub(crate) fn settle(record: Record<Clean>, redactor: &Redactor) -> anyhow::Result<Record<Clean>> {
    let unwritten = "a record could not be written as JSON";
    if redactor.finds_nothing_in(&json::plain(&record).context(unwritten)?) {
        return Ok(record);
    }
    let mut value = serde_json::to_value(&record).context(unwritten)?;
    let found = redactor.fields(&mut value);
    let Some(kind) = found.keys().next() else { return Ok(record) };
    let (commit, _) = redactor.text(Raw::new(record.commit.as_str()));
    let without = |error: serde_json::Error| {
        anyhow::anyhow!("the record of {commit} is not a record without the {kind} in it: {}", json::reason(&error))
    };
    let mut record: Record<Clean> = serde_json::from_value(value).map_err(without)?;
    for (kind, count) in found {
        let all = record.redactions.entry(kind).or_default();
        *all = all.saturating_add(count);
    }
    Ok(record)
}

/// Reads a note. Git joins two notes of one commit by putting one below the other (`notes.rewriteMode`): then the one
/// that was made for this commit counts, else the last; [`documents`] has all. Text of others below it is passed over.
///
/// # Errors
/// When the note does not begin with a record, or has one of a version that this program does not know.
pub fn from_note(commit: &str, bytes: &[u8]) -> anyhow::Result<Record<Clean>> {
    let bytes = &without_seals(bytes);
    let not_ours = || not_ours(commit);
    let made_for = |value: &Value| value.get("commit").and_then(Value::as_str) == Some(commit);
    let version = |value: &Value| value.get("backstory").and_then(Value::as_u64);
    let (mut own, mut last) = (None, None);
    for value in objects(bytes) {
        if let Some(version) = version(&value).filter(|version| *version > u64::from(RECORD_VERSION)) {
            anyhow::bail!(
                "the record of {commit} has version {version}; this program reads up to {RECORD_VERSION}, take a newer one"
            );
        }
        let place = if made_for(&value) { &mut own } else { &mut last };
        *place = Some(value);
    }
    read_record(commit, own.or(last).with_context(not_ours)?)
}

/// All the records of a note, in the order in which git joined them.
///
/// # Errors
/// As [`from_note`], for any of them.
pub(crate) fn all_of_note(commit: &str, bytes: &[u8]) -> anyhow::Result<Vec<Record<Clean>>> {
    let bytes = &without_seals(bytes);
    let (documents, rest) = parts(bytes);
    let records = objects(documents).map(|value| read_record(commit, value)).collect::<anyhow::Result<Vec<_>>>()?;
    // What begins like one and ends in the middle, or was not read to its end, may be anything.
    if records.is_empty() || rest.starts_with(b"{") || bytes.len() >= notes::LARGEST {
        anyhow::bail!(not_ours(commit));
    }
    Ok(records)
}

pub(crate) fn not_ours(commit: &str) -> String {
    format!("the note of {commit} in {NOTES_REF} is not a record of backstory")
}

fn read_record(commit: &str, value: Value) -> anyhow::Result<Record<Clean>> {
    let not_ours = || not_ours(commit);
    let version = value.get("backstory").and_then(Value::as_u64).with_context(not_ours)?;
    anyhow::ensure!(
        version <= u64::from(RECORD_VERSION),
        "the record of {commit} has version {version}; this program reads up to {RECORD_VERSION}, take a newer one"
    );
    // Without the value that is wrong: it is anybody's.
    serde_json::from_value(value).map_err(|error| anyhow::anyhow!("{}: {}", not_ours(), json::reason(&error)))
}

/// So many records of one note are read; git joins those that an amend or a squash brings together.
pub(crate) const MOST_DOCUMENTS: usize = 64;

/// All records in a note, the one that counts alone first.
///
/// # Errors
/// As [`from_note`].
pub(crate) fn documents(commit: &str, bytes: &[u8]) -> anyhow::Result<Vec<Record<Clean>>> {
    let bytes = &without_seals(bytes);
    if let Some(record) = alone(bytes) {
        return Ok(vec![record]);
    }
    let mut found = vec![from_note(commit, bytes)?];
    for value in objects(bytes) {
        let Ok(record) = serde_json::from_value::<Record<Clean>>(value) else { continue };
        if found.len() < MOST_DOCUMENTS && !found.contains(&record) {
            found.push(record);
        }
    }
    Ok(found)
}

/// The record of a note with no other object in it, as nearly all are: read without a tree of values in between.
fn alone(bytes: &[u8]) -> Option<Record<Clean>> {
    let mut stream = serde_json::Deserializer::from_slice(bytes).into_iter::<Record<Clean>>();
    let record = stream.next()?.ok().filter(|record| record.backstory <= RECORD_VERSION)?;
    let begins = |bytes: &[u8]| bytes.trim_ascii_start().starts_with(b"{");
    (begins(bytes) && !begins(&bytes[stream.byte_offset()..])).then_some(record)
}

/// The note with each of its records changed; `None` where `change` says of all that nothing is to be changed.
///
/// # Errors
/// As [`from_note`].
pub(crate) fn change_each(
    commit: &str,
    note: &[u8],
    mut change: impl FnMut(&mut Record<Clean>) -> bool,
) -> anyhow::Result<Option<Vec<u8>>> {
    let mut documents = documents(commit, note)?;
    let changed = documents.iter_mut().map(|record| usize::from(change(record))).sum::<usize>();
    if changed == 0 {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    for record in &documents {
        bytes.extend(serialise(record)?);
    }
    add_foreign(&mut bytes, note);
    Ok(Some(bytes))
}

/// The JSON objects that a note begins with.
pub(crate) fn objects(bytes: &[u8]) -> impl Iterator<Item = Value> {
    let values = serde_json::Deserializer::from_slice(bytes).into_iter::<Value>();
    values.map_while(|value| value.ok().filter(Value::is_object))
}

/// The JSON objects at the beginning of a note, and what follows them.
pub(crate) fn parts(bytes: &[u8]) -> (&[u8], &[u8]) {
    let mut end = 0;
    let mut stream = serde_json::Deserializer::from_slice(bytes).into_iter::<IgnoredAny>();
    while bytes[end..].trim_ascii_start().starts_with(b"{")
        && let Some(Ok(_)) = stream.next()
    {
        end = stream.byte_offset();
    }
    (&bytes[..end], bytes[end..].trim_ascii())
}

/// Adds what another program wrote below the record in the note `before`. A signature of that note is of no other, and its digest would
/// tell of what was removed.
pub(crate) fn add_foreign(bytes: &mut Vec<u8>, before: &[u8]) {
    let before = &without_seals(before);
    let (_, foreign) = parts(before);
    if !foreign.is_empty() {
        bytes.extend_from_slice(&[b"\n", foreign, b"\n"].concat());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::samples;

    #[test]
    fn of_many_documents_in_a_note_the_commits_own_counts() {
        let record = samples::discounts().record.unwrap();
        let own = String::from_utf8(serialise(&record).unwrap()).unwrap();
        let note = format!("{}{own}{}", "{}\n".repeat(2000), "{\"backstory\":1}".repeat(2000));
        assert_eq!(from_note(&record.commit, note.as_bytes()).unwrap(), record);
        assert!(all_of_note(&record.commit, note.as_bytes()).is_err());
        let (first, two) = (record.commit.clone(), format!("{own}\n\n{own}\nnot ours {{}}\n"));
        assert_eq!(all_of_note(&first, two.as_bytes()).unwrap(), [record.clone(), record]);
        for damaged in
            [format!("{own}{{\"backstory\":"), format!("{own}{}", " ".repeat(notes::LARGEST)), "x".to_owned()]
        {
            assert!(all_of_note(&first, damaged.as_bytes()).is_err());
        }
        let mut bytes = Vec::new();
        add_foreign(&mut bytes, format!("{note}\nnot ours {{}}").as_bytes());
        assert_eq!(bytes, b"\nnot ours {}\n");
    }

    #[test]
    fn a_signed_note_is_read_as_any_other_and_written_again_without_its_signature() {
        let record = samples::discounts().record.unwrap();
        let own = serialise(&record).unwrap();
        let signed = super::super::note_seal::sealed(&own, b"seal of a digest");
        let joined = [&signed[..], b"\n", &signed[..], b"note of others\n"].concat();
        assert_eq!(from_note(&record.commit, &signed).unwrap(), record);
        assert_eq!(documents(&record.commit, &signed).unwrap(), std::slice::from_ref(&record));
        assert_eq!(all_of_note(&record.commit, &joined).unwrap().len(), 2, "git joined two");
        let changed = change_each(&record.commit, &joined, |record| {
            record.skipped += 1;
            true
        });
        let changed = String::from_utf8(changed.unwrap().unwrap()).unwrap();
        assert!(!changed.contains("seal") && !changed.contains("signature"), "{changed}");
        assert!(changed.ends_with("\nnote of others\n"), "{changed}");
    }
}
