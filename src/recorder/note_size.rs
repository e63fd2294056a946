//! Cuts a record to the size of a note: long texts first, then the least telling details from the end, whole contributions last.
//! What was cut is counted in the record.

use std::collections::BTreeMap;

use anyhow::Context as _;
use serde_json::Value;

use crate::record::note::{Record, Statement};
use crate::record::text::{Clean, MapText as _, beginning};

/// A note stays under this many bytes.
pub(crate) const NOTE_LIMIT: usize = 64 * 1024;

/// Characters of a text that a person wrote, in steps.
const STEPS: [usize; 3] = [8_000, 2_000, 500];
/// Characters of any other text, and of a name, a path or an id: no real one is longer.
const LONGEST: usize = 2_000;
/// Kinds of redactions that are counted one by one, and the longest of their names.
const KINDS: usize = 200;
const LONGEST_KIND: usize = 64;

/// The bytes of a record: one line of JSON.
///
/// # Errors
/// None that a record can cause.
pub fn serialise(record: &Record<Clean>) -> anyhow::Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec(record).context("a record could not be written as JSON")?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Whether the record is small enough for a note.
pub(crate) fn fits(bytes: &[u8]) -> bool {
    bytes.len() <= NOTE_LIMIT
}

/// The record, cut until it fits.
///
/// # Errors
/// None that a record can cause.
pub(crate) fn cut(mut record: Record<Clean>) -> anyhow::Result<Record<Clean>> {
    if !fits(&serialise(&record)?) {
        drop_whole_lines(&mut record);
    }
    for most in STEPS {
        if fits(&serialise(&record)?) {
            return Ok(record);
        }
        record = shorten(record, most);
    }
    if !fits(&serialise(&record)?) {
        record = shorten_names(record)?;
    }
    while !fits(&serialise(&record)?) && drop_details(&mut record) {}
    Ok(record)
}

/// Takes out what is kept for trainers only: cut, it would be of no use to them.
fn drop_whole_lines(record: &mut Record<Clean>) {
    for one in &mut record.contributions {
        one.attempts.iter_mut().for_each(|attempt| attempt.edit = None);
        one.corrections.iter_mut().for_each(|correction| correction.edit = None);
    }
}

/// Prompts and statements have `most` characters then, and other texts no more than [`LONGEST`].
fn shorten(mut record: Record<Clean>, most: usize) -> Record<Clean> {
    for prompt in record.contributions.iter_mut().flat_map(|one| &mut one.prompts) {
        let (text, left) = prompt.text.shortened(most);
        prompt.text = text;
        prompt.cut = prompt.cut.saturating_add(count(left));
    }
    let mut shortened = 0;
    let mut shorten = |text: &Clean, most: usize| {
        let (text, left) = text.shortened(most);
        shortened += usize::from(left > 0);
        text
    };
    for text in record.stated.iter_mut().filter_map(words) {
        *text = shorten(text, most);
    }
    let mut record = record.map_text(&mut |text: Clean| shorten(&text, most.max(LONGEST)));
    record.cut = record.cut.saturating_add(count(shortened));
    record
}

fn words(statement: &mut Statement<Clean>) -> Option<&mut Clean> {
    match statement {
        Statement::Agent { .. } => None,
        Statement::Prompt { text }
        | Statement::FailedAttempt { text }
        | Statement::Correction { text }
        | Statement::Context { text }
        | Statement::Verified { text } => Some(text),
    }
}

/// Names that are longer than any real one, wherever they are in the record.
fn shorten_names(mut record: Record<Clean>) -> anyhow::Result<Record<Clean>> {
    let mut shortened = 0;
    let (known, others): (BTreeMap<String, u32>, BTreeMap<String, u32>) =
        std::mem::take(&mut record.redactions).into_iter().partition(|(kind, _)| kind.len() <= LONGEST_KIND);
    let rest = known.iter().skip(KINDS).chain(&others);
    let rest = rest.fold(0_u32, |all, (_, count)| all.saturating_add(*count));
    record.redactions = known.into_iter().take(KINDS).collect();
    if rest > 0 {
        let other = record.redactions.entry("other".to_owned()).or_default();
        *other = other.saturating_add(rest);
        shortened += 1;
    }
    let mut value = serde_json::to_value(&record).context("a record could not be written as JSON")?;
    shorten_strings(&mut value, &mut shortened);
    let mut record: Record<Clean> = serde_json::from_value(value).context("a record could not be read again")?;
    record.cut = record.cut.saturating_add(count(shortened));
    Ok(record)
}

fn shorten_strings(value: &mut Value, shortened: &mut usize) {
    match value {
        Value::String(text) => {
            if let (kept, 1..) = beginning(text, LONGEST) {
                *text = kept.to_owned();
                *shortened += 1;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| shorten_strings(item, shortened)),
        Value::Object(members) => members.values_mut().for_each(|member| shorten_strings(member, shortened)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn count(of: usize) -> u32 {
    u32::try_from(of).unwrap_or(u32::MAX)
}

/// A list that can lose its end.
trait Shortenable {
    fn length(&self) -> usize;
    fn keep(&mut self, length: usize);
}

impl<T> Shortenable for Vec<T> {
    fn length(&self) -> usize {
        self.len()
    }

    fn keep(&mut self, length: usize) {
        self.truncate(length);
    }
}

/// Of checks the last ones say most.
struct FromTheFront<'a, T>(&'a mut Vec<T>);

impl<T> Shortenable for FromTheFront<'_, T> {
    fn length(&self) -> usize {
        self.0.len()
    }

    fn keep(&mut self, length: usize) {
        let dropped = self.0.len().saturating_sub(length);
        self.0.drain(..dropped);
    }
}

/// A part of a way would be told as if it were all.
struct AllOrNone<'a, T>(&'a mut Vec<T>);

impl<T> Shortenable for AllOrNone<'_, T> {
    fn length(&self) -> usize {
        self.0.len()
    }

    fn keep(&mut self, length: usize) {
        if length < self.0.len() {
            self.0.clear();
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum NotePart {
    Steps,
    Attempts,
    Corrections,
    Prompts,
    Files,
    Context,
    Checks,
    Untested,
    Stated,
    ChangedAfterCheck,
    Models,
    Evidence,
}

const DETAILS: [NotePart; 12] = [
    NotePart::Steps,
    NotePart::Attempts,
    NotePart::Corrections,
    NotePart::Prompts,
    NotePart::Files,
    NotePart::Context,
    NotePart::Checks,
    NotePart::Untested,
    NotePart::Stated,
    NotePart::ChangedAfterCheck,
    NotePart::Models,
    NotePart::Evidence,
];

/// The lists that hold details of this kind.
fn each_list(record: &mut Record<Clean>, detail: NotePart, look: &mut dyn FnMut(&mut dyn Shortenable)) {
    match detail {
        NotePart::Files => return look(&mut record.files),
        NotePart::Untested => return look(&mut record.untested),
        NotePart::Stated => return look(&mut record.stated),
        _ => {}
    }
    for one in &mut record.contributions {
        match detail {
            NotePart::Steps => look(&mut AllOrNone(&mut one.steps)),
            NotePart::Attempts => look(&mut one.attempts),
            NotePart::Corrections => look(&mut one.corrections),
            NotePart::Prompts => look(&mut one.prompts),
            NotePart::Context => look(&mut one.context),
            NotePart::Checks => look(&mut FromTheFront(&mut one.checks)),
            NotePart::ChangedAfterCheck => look(&mut one.changed_after_check),
            NotePart::Models => look(&mut one.models),
            NotePart::Evidence => look(&mut one.evidence),
            NotePart::Files | NotePart::Untested | NotePart::Stated => {}
        }
    }
}

fn length(record: &mut Record<Clean>, detail: NotePart) -> usize {
    let mut length = 0;
    each_list(record, detail, &mut |list| length += list.length());
    if detail == NotePart::Files {
        // Its spans are short.
        length = length.max(record.files.iter().map(|file| file.spans.len()).sum::<usize>() / 4);
    }
    length
}

/// Drops about a quarter of the longest list of details, of contributions when there are none; `false` when there is nothing
/// left to drop.
fn drop_details(record: &mut Record<Clean>) -> bool {
    let kept = |length: usize| length - length.div_ceil(4);
    let mut longest: Option<(NotePart, usize)> = None;
    for detail in DETAILS {
        let length = length(record, detail);
        if length > longest.map_or(0, |(_, most)| most) {
            longest = Some((detail, length));
        }
    }
    let mut dropped = 0;
    if let Some((detail, _)) = longest {
        each_list(record, detail, &mut |list| {
            let before = list.length();
            list.keep(kept(before));
            dropped += before - list.length();
        });
    } else {
        // Their lines stay counted: no file is left that names them.
        let before = record.contributions.len();
        record.contributions.truncate(kept(before));
        dropped = before - record.contributions.len();
    }
    record.cut = record.cut.saturating_add(count(dropped));
    dropped > 0
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::document::description::{Limits, describe};
    use crate::document::render::{Template, render};
    use crate::document::{gate, terminal, views};
    use crate::export::formats::FORMATS;
    use crate::export::testing::{Sample, rows};
    use crate::policy::evaluate;
    use crate::record::entry::CommitEntry;
    use crate::record::policy::Policy;
    use crate::record::prompts::{self, Prompts};
    use crate::record::samples;
    use crate::recorder::note_codec::{from_note, to_note};
    use crate::redact::Redactor;

    fn sample() -> Value {
        serde_json::to_value(samples::discounts().record.unwrap()).unwrap()
    }

    /// The note of a record as it may come from anybody.
    fn note(record: Value) -> (Vec<u8>, Record<Clean>) {
        let record: Record<Clean> = serde_json::from_value(record).unwrap();
        let redactor = Redactor::new(crate::redact::RedactionOptions::default()).unwrap();
        let bytes = to_note(record.clone(), &redactor).unwrap();
        let read = from_note(&record.commit, &bytes).unwrap();
        (bytes, read)
    }

    fn is_cut(record: &Record<Clean>) -> bool {
        record.cut > 0 || record.contributions.iter().flat_map(|one| &one.prompts).any(|prompt| prompt.cut > 0)
    }

    #[test]
    fn whatever_is_big_the_note_stays_under_its_limit_and_says_what_was_cut() {
        let long = "all prices of the shop ".repeat(3_200);
        let attempt = |tried: &str| json!({"kind": {"type": "told"}, "tried": tried, "tries": 1});
        let correction = |words: &str| json!({"form": "told", "words": words});
        let prompt = |text: &str| json!({"role": "request", "source": "typed", "text": text});
        let check = |command: &str| json!({"kind": "test", "command": command, "result": "passed", "after_last_edit": true, "by": "agent"});
        let stated = |text: &str| json!({"kind": "context", "text": text});
        let file = |path: &str| json!({"path": path, "spans": [{"start": 1, "lines": 1, "author": "person"}]});
        let untested = |path: &str| json!({"path": path, "lines": 1, "by": "person"});
        let spans: Vec<Value> =
            (1..2_500).map(|start| json!({"start": 2 * start, "lines": 1, "author": "person"})).collect();
        let evidence = |key: &str| json!({"kind": "trailer", "key": key});
        let kinds: serde_json::Map<String, Value> = (0..5_000).map(|kind| (format!("kind-{kind}"), json!(1))).collect();
        let many = |item: Value| Value::Array(vec![item.clone(); 90_000 / item.to_string().len()]);
        let one = sample()["contributions"][0].clone();
        let agent = |name: &str| {
            let mut said = json!({"kind": "agent", "agent": "codex", "place": "message", "strict": false});
            said[name] = json!(long);
            said
        };
        for (place, value) in [
            ("/stated", json!([stated(&long)])),
            ("/stated", many(stated("about the prices of the shop, and more of it"))),
            ("/stated", json!([agent("model"), agent("session"), agent("place")])),
            ("/contributions/0/prompts", json!([prompt(&long)])),
            ("/contributions/0/prompts", many(prompt("about the prices of the shop, and more of it"))),
            ("/contributions/0/attempts", json!([attempt(&long)])),
            ("/contributions/0/attempts", many(attempt("about the prices of the shop, and more of it"))),
            ("/contributions/0/corrections", json!([correction(&long)])),
            ("/contributions/0/corrections", many(correction("about the prices of the shop, and more of it"))),
            ("/contributions/0/checks", json!([check(&long)])),
            ("/contributions/0/checks", many(check("about the prices of the shop, and more of it"))),
            ("/contributions/0/context", json!([long])),
            ("/contributions/0/context", many(json!("about the prices of the shop"))),
            ("/contributions/0/changed_after_check", many(json!("shop/src/prices/european/prices.py"))),
            ("/contributions/0/models", many(json!("a-model-with-a-longer-name-of-some-maker"))),
            ("/contributions/0/evidence", json!([evidence(&long)])),
            ("/contributions/0/evidence", many(evidence("about the prices of the shop, and more of it"))),
            ("/contributions/0/steps", many(json!({"activity": "edit source"}))),
            ("/contributions/0/steps", json!([{"activity": long}])),
            ("/contributions/0/session", json!(long)),
            ("/contributions/0/agent_version", json!(long)),
            ("/contributions", many(one)),
            ("/files", json!([file(&long)])),
            ("/files", many(file("shop/src/prices/prices.py"))),
            ("/files", json!([{"path": "a.py", "spans": spans}])),
            ("/untested", json!([untested(&long)])),
            ("/untested", many(untested("shop/src/prices/prices.py"))),
            ("/generator", json!(long)),
            ("/redactions", json!({long.clone(): 1})),
            ("/redactions", Value::Object(kinds)),
        ] {
            let mut record = sample();
            let (parent, name) = place.rsplit_once('/').unwrap();
            record.pointer_mut(parent).unwrap()[name] = value;
            let (bytes, read) = note(record);
            assert!(bytes.len() <= NOTE_LIMIT, "{place}: {} bytes", bytes.len());
            assert!(is_cut(&read), "{place}");
        }
    }

    #[test]
    fn of_checks_the_last_ones_stay() {
        let check = |number: usize| json!({"kind": "test", "command": format!("pytest -k {number}"), "result": "passed", "after_last_edit": true, "by": "agent"});
        let mut record = sample();
        record["contributions"][0]["checks"] = (0..2_000).map(check).collect();
        let (_, read) = note(record);
        let commands: Vec<&str> = read.contributions[0].checks.iter().map(|check| check.command.as_str()).collect();
        assert_eq!(commands.last(), Some(&"pytest -k 1999"));
        assert!(commands.len() > 100 && read.cut as usize == 2_000 - commands.len(), "{}", commands.len());
    }

    fn with_greatest_numbers(value: &mut Value) {
        match value {
            Value::Number(number) if number.is_u64() => *value = json!(u32::MAX),
            Value::Array(items) => items.iter_mut().for_each(with_greatest_numbers),
            Value::Object(members) => {
                for (name, member) in members {
                    match name.as_str() {
                        "backstory" => {}
                        "tokens" => {
                            let all = json!({"input": u64::MAX, "output": u64::MAX, "cache_read": u64::MAX, "cache_write": u64::MAX});
                            *member = all;
                        }
                        _ => with_greatest_numbers(member),
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::String(_) | Value::Number(_) => {}
        }
    }

    #[test]
    fn the_greatest_numbers_in_a_note_of_anybody_are_only_numbers() {
        let mut greatest = sample();
        greatest["redactions"] = json!({"password": 1});
        with_greatest_numbers(&mut greatest);
        let token = format!("gh{}_{}", "p", "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC2eF4hJ6");
        greatest["contributions"][0]["prompts"][0]["text"] = json!(format!("{token} {}", "all prices ".repeat(9_000)));
        let (_, mut record) = note(greatest.clone());
        record.judge_checks();
        record.contributions.iter_mut().for_each(|one| prompts::keep(one, Prompts::None));
        record.leave_out(|one| one.agent.as_str() == "nobody");
        let entries: Vec<CommitEntry> = ["a", "b"]
            .into_iter()
            .map(|id| CommitEntry {
                record: Some(record.clone()),
                ..samples::entry(id, "Prices", Some(greatest.clone()))
            })
            .chain([samples::entry("c", "Prices", Some(greatest.clone()))])
            .collect();
        for entry in &entries {
            assert!(!serde_json::to_string(&views::show(entry)).unwrap().is_empty());
            terminal::show(entry, true);
        }
        terminal::log(&entries);
        views::log(&entries, u32::MAX);
        let limits = Limits::default();
        let description = describe(&entries, limits).unwrap();
        assert!(render(&description, Template::PullRequest, limits).unwrap().contains("4294967295"));
        let verdict = evaluate(&entries, &Policy::default());
        assert!(!serde_json::to_string(&gate::check(&verdict, Vec::new(), u32::MAX)).unwrap().is_empty());
        for format in FORMATS {
            let (drafts, left_out) = rows(*format, &entries, &Sample::new());
            assert!(!drafts.is_empty() || !left_out.is_empty(), "{format:?}");
        }
    }

    #[test]
    fn what_fits_stays_as_it_is() {
        let (_, read) = note(sample());
        assert_eq!(serde_json::to_value(&read).unwrap(), sample());
    }
}
