//! The formats in a table: what people can choose, what is documented and what `forget` finds follows from it.

mod agent_traces;
mod atif;
mod edits;
mod openai_dpo;
mod openai_sft;
mod preference;
mod prompt_completion;
mod record;
mod sft;
mod sharegpt;
mod stepwise;
#[cfg(test)]
mod toy;
mod unpaired;

use super::chat::{ChatMessage, plain};
use super::conversation::{Conversation, ConversationTurn};
use super::format::{Format, Row};
use super::metadata::{self, Metadata};
use super::pairs::{AnswerPair, pairs};

pub static FORMATS: &[&dyn Format] = &[
    &record::WholeRecord,
    &sft::Sft,
    &prompt_completion::PromptCompletion,
    &preference::Preference,
    &unpaired::Unpaired,
    &stepwise::Stepwise,
    &edits::Edits,
    &openai_sft::OpenaiSft,
    &openai_dpo::OpenaiDpo,
    &sharegpt::ShareGpt,
    &atif::Atif,
    &agent_traces::AgentTraces,
    #[cfg(test)]
    &toy::Toy,
];

pub fn named(name: &str) -> Option<&'static dyn Format> {
    FORMATS.iter().find(|format| format.name() == name).copied()
}

/// A row for each pair of a conversation, for the formats that differ in their keys only.
fn pair_rows(
    conversation: &Conversation<'_>,
    format: &str,
    content: impl Fn(&AnswerPair) -> serde_json::Result<String>,
) -> serde_json::Result<Vec<Row>> {
    let (pairs, left_out) = pairs(conversation);
    let mut rows: Vec<Row> = left_out.into_iter().map(Row::LeftOut).collect();
    for (number, pair) in pairs.into_iter().enumerate() {
        let content = content(&pair)?;
        let about = metadata::of_conversation(conversation, &format!("{format} {number}"), &content);
        let metadata = Metadata {
            author_kind: if pair.by_person { "person" } else { "agent" },
            correction: pair.note,
            evidence_tier: pair.evidence_tier,
            ..about
        };
        rows.push(Row::draft(content, metadata));
    }
    Ok(rows)
}

/// The turns of a conversation, each with the messages that lead to it: earlier turns with their patches, then what was asked.
fn turns<'a>(conversation: &Conversation<'a>) -> Vec<(Vec<ChatMessage>, ConversationTurn<'a>)> {
    let mut before: Vec<(String, String)> = Vec::new();
    let mut all = Vec::new();
    for turn in conversation.turns() {
        let earlier =
            before.iter().flat_map(|(asked, patch)| [plain("user", asked.clone()), plain("assistant", patch.clone())]);
        let prompt = earlier.chain([plain("user", turn.asked.clone())]).collect();
        before.push((turn.asked.clone(), turn.patches()));
        all.push((prompt, turn));
    }
    all
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::format::{Layout, Unit};
    use super::super::manifest::Manifest;
    use super::super::metadata::Metadata;
    use super::super::survival::Fate;
    use super::super::testing::{Sample, rows};
    use super::*;
    use crate::record::entry::CommitEntry;
    use crate::record::note::LineAuthor;
    use crate::record::samples;
    use crate::record::text::Clean;
    use crate::testing::schema;

    fn values(format: &dyn Format, range: &[CommitEntry]) -> Vec<Value> {
        let (drafts, _) = rows(format, range, &Sample::new());
        drafts.iter().flat_map(|draft| draft.content.lines()).map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Commits of which the optional parts are there, and not.
    fn range() -> Vec<CommitEntry> {
        let mut bare = samples::discounts();
        let contribution = &mut bare.record.as_mut().unwrap().contributions[0];
        (contribution.agent_version, contribution.started_at) = (None, None);
        contribution.checks.clear();
        contribution.session = "other".to_owned();
        let mut tested = samples::discounts();
        let contribution = &mut tested.record.as_mut().unwrap().contributions[0];
        contribution.checks[0].after_last_edit = true;
        contribution.session = "tested".to_owned();
        contribution.corrections.truncate(1);
        let spans = tested.record.iter_mut().flat_map(|record| &mut record.files).flat_map(|file| &mut file.spans);
        spans.filter(|span| span.author == LineAuthor::Corrected).for_each(|span| span.author = LineAuthor::Agent);
        vec![samples::discounts(), bare, tested, samples::by_a_person()]
    }

    #[test]
    fn a_name_means_one_format_and_help_is_one_line() {
        for format in FORMATS {
            assert_eq!(named(format.name()).map(Format::name), Some(format.name()));
            assert_eq!(FORMATS.iter().filter(|other| other.name() == format.name()).count(), 1, "{format:?}");
            assert!(!format.help().is_empty() && !format.help().contains('\n'), "{format:?}");
        }
    }

    #[test]
    fn each_format_has_its_stored_schema() {
        let mut mistakes = schema::mistakes("export-manifest.v3", &schemars::schema_for!(Manifest), &[]);
        let about: Vec<Value> = FORMATS
            .iter()
            .flat_map(|format| rows(*format, &range(), &Sample::new()).0)
            .map(|draft| serde_json::to_value(&draft.metadata).unwrap())
            .collect();
        mistakes.extend(schema::mistakes("export-metadata.v3", &schema::written::<Metadata>(), &about));
        for format in FORMATS.iter().filter(|format| format.name() != "toy") {
            let name = format!("export-{}.v3", format.name());
            mistakes.extend(schema::mistakes(&name, &format.schema(), &values(*format, &range())));
        }
        assert_eq!(mistakes, Vec::<String>::new());
        // One that is new is not forgotten.
        let toy = named("toy").unwrap();
        let mistakes = schema::mistakes("export-toy.v3", &toy.schema(), &values(toy, &range())).join("\n");
        assert!(mistakes.contains("docs/schema/export-toy.v3.json"), "{mistakes}");
    }

    fn shape(value: &Value) -> Value {
        match value {
            Value::Null => panic!("a null has no type"),
            Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), shape(value))).collect(),
            Value::Array(items) => items.iter().map(shape).collect(),
            Value::String(_) => "text".into(),
            Value::Number(_) => "number".into(),
            Value::Bool(_) => "bool".into(),
        }
    }

    #[test]
    fn what_is_said_of_a_row_has_the_same_keys_and_types_in_every_format_and_no_empty_list() {
        let mut known: Option<Value> = None;
        for format in FORMATS {
            for draft in rows(*format, &range(), &Sample::new()).0 {
                let metadata = serde_json::to_value(&draft.metadata).unwrap();
                assert!(!metadata["commits"].as_array().unwrap().is_empty());
                let shape = shape(&metadata);
                assert_eq!(*known.get_or_insert(shape.clone()), shape, "{format:?}");
            }
        }
    }

    /// The keys of a row down to the texts, of lists those of all items together, and whether one is empty.
    fn keys(value: &Value, path: &str, into: &mut std::collections::BTreeSet<String>) {
        match value {
            Value::Object(map) => map.iter().for_each(|(key, value)| keys(value, &format!("{path}.{key}"), into)),
            Value::Array(items) if items.is_empty() => drop(into.insert(format!("{path}: empty"))),
            Value::Array(items) => items.iter().for_each(|item| keys(item, &format!("{path}[]"), into)),
            Value::Null => drop(into.insert(format!("{path}: null"))),
            Value::String(_) => drop(into.insert(format!("{path}: text"))),
            Value::Number(_) => drop(into.insert(format!("{path}: number"))),
            Value::Bool(_) => drop(into.insert(format!("{path}: bool"))),
        }
    }

    #[test]
    fn each_row_of_a_table_gives_a_loader_the_same_columns() {
        for format in FORMATS.iter().filter(|format| !matches!(format.layout(), Layout::Files(_))) {
            // Records are as they are: docs/training.md says how to load them.
            if ["record", "toy"].contains(&format.name()) {
                continue;
            }
            let mut known: Option<std::collections::BTreeSet<String>> = None;
            for row in values(*format, &range()) {
                let mut found = Default::default();
                keys(&row, "", &mut found);
                assert!(!found.iter().any(|key| key.ends_with(": null")), "{format:?}: {found:?}");
                assert_eq!(*known.get_or_insert(found.clone()), found, "{format:?}");
            }
            assert!(known.is_some(), "{format:?} has no row");
        }
    }

    #[test]
    fn a_row_is_one_line_for_every_reader() {
        let text = "a\u{2028}b\u{2029}c\u{85}d\u{b}e\u{c}f\u{1c}g\r\nh";
        let mut entry = samples::discounts();
        entry.record.as_mut().unwrap().contributions[0].prompts[0].text = Clean::from_redacted(text.to_owned());
        for format in FORMATS {
            for draft in rows(*format, std::slice::from_ref(&entry), &Sample::new()).0 {
                // As Python's `splitlines` and Node's readline take lines. A session in a file of its own has several.
                let ends =
                    |c: char| ('\u{b}'..='\u{1f}').contains(&c) || matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}');
                assert!(!draft.content.contains(ends), "{format:?}: {}", draft.content);
                let is_file = matches!(format.layout(), Layout::Files(_));
                assert!(is_file || !draft.content.contains('\n'), "{format:?}");
            }
        }
    }

    #[test]
    fn a_row_names_its_commit_and_session_and_no_two_have_one_id() {
        let entry = samples::discounts();
        let one = &entry.record.as_ref().unwrap().contributions[0];
        let session = format!("{}/{}", one.agent, one.session);
        let mut ids = std::collections::BTreeSet::new();
        for format in FORMATS {
            for draft in rows(*format, std::slice::from_ref(&entry), &Sample::new()).0 {
                let about = &draft.metadata;
                assert_eq!(about.commits, std::slice::from_ref(&entry.id), "{format:?}");
                assert_eq!(about.session_id, session, "{format:?}");
                assert!(ids.insert(about.row_id.clone()), "{format:?}: {}", about.row_id);
                assert_eq!(about.content_sha256, crate::text::digest::sha256(draft.content.as_bytes()), "{format:?}");
            }
        }
    }

    #[test]
    fn what_is_no_agents_work_has_no_conversation_and_is_counted() {
        let refused = CommitEntry { training: crate::record::entry::Training::Refused, ..samples::discounts() };
        for format in FORMATS.iter().filter(|format| format.unit() == Unit::Conversation) {
            let (drafts, left_out) = rows(*format, std::slice::from_ref(&refused), &Sample::new());
            assert_eq!((drafts.len(), &left_out[..]), (0, &["the commit message refuses training"][..]), "{format:?}");
            let (drafts, left_out) = rows(*format, &[samples::only_overlapping()], &Sample::new());
            assert_eq!((drafts.len(), &left_out[..]), (0, &["the session only overlaps"][..]), "{format:?}");
        }
    }

    #[test]
    fn what_a_later_commit_took_back_or_defines_is_no_example() {
        let [pairs, turns] = ["preference", "sft"].map(|name| named(name).unwrap());
        let left_out = |format, source: &Sample| rows(format, &[samples::discounts()], source);
        let (all, _) = left_out(pairs, &Sample::new());
        assert!(!all.is_empty());
        let back = "a later commit took the chosen lines back";
        let (none, why) = left_out(pairs, &Sample { fate: Fate::Reverted, ..Sample::new() });
        assert_eq!((none.len(), why.iter().filter(|one| **one == back).count()), (0, all.len()));
        // The lines themselves, in whatever commit.
        let first: Value = serde_json::from_str(&all[0].content).unwrap();
        let (path, rejected) =
            (all[0].metadata.correction.path.clone(), first["rejected"][0]["content"].as_str().unwrap());
        let head = Sample { head: Some((path.leak(), rejected.to_owned().leak())), ..Sample::new() };
        let (some, why) = left_out(pairs, &head);
        assert_eq!((some.len(), why.contains(&back)), (all.len() - 1, true), "{why:?}");
        let patch = "--- a/src/price.py\n+++ b/src/price.py\n@@ -0,0 +1 @@\n+total = definedLater(price)\n";
        let (none, why) = left_out(turns, &Sample { patch: Ok(patch), ..Sample::new() });
        assert_eq!((none.len(), &why[..]), (0, &["the patch uses a name that nobody defines"][..]));
    }
}
