//! The formats in a table: what people can choose, what is documented and what `forget` finds follows from it.

mod record;
mod sft;
#[cfg(test)]
mod toy;

use serde_json::Value;

use super::format::{Format, Owners};

pub static FORMATS: &[&dyn Format] = &[
    &record::WholeRecord,
    &sft::Sft,
    #[cfg(test)]
    &toy::Toy,
];

pub fn named(name: &str) -> Option<&'static dyn Format> {
    FORMATS.iter().find(|format| format.name() == name).copied()
}

/// Whose text an exported row holds, whatever format it has; `None` for what is not a row of ours.
pub(crate) fn owners(row: &Value) -> Option<Owners> {
    let mut known = FORMATS.iter().filter_map(|format| format.owners(row));
    let mut all = known.next()?;
    for owners in known {
        all.commits.extend(owners.commits);
        all.sessions.extend(owners.sessions);
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::manifest::Manifest;
    use super::super::patch::RowPatch;
    use super::super::rows::lines;
    use super::*;
    use crate::record::entry::CommitEntry;
    use crate::record::samples;
    use crate::record::text::Clean;
    use crate::testing::schema;

    const PATCH: &str = "--- a/x\n+++ b/x\n@@ -0,0 +1 @@\n+x\n";

    fn rows(format: &dyn Format, range: &[CommitEntry], patch: &str) -> Vec<String> {
        lines(format, range, &|_, _| Ok(RowPatch { text: Clean::from_redacted(patch.to_owned()), is_whole: true }))
    }

    fn values(format: &dyn Format, range: &[CommitEntry]) -> Vec<Value> {
        rows(format, range, PATCH).iter().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Commits of which the optional parts are there, and not.
    fn range() -> [CommitEntry; 3] {
        let mut bare = samples::discounts();
        let contribution = &mut bare.record.as_mut().unwrap().contributions[0];
        (contribution.agent_version, contribution.started_at) = (None, None);
        contribution.checks.clear();
        [samples::discounts(), bare, samples::by_a_person()]
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
        let mut mistakes = schema::mistakes("export-manifest.v1", &schemars::schema_for!(Manifest), &[]);
        for format in FORMATS.iter().filter(|format| format.name() != "toy") {
            let name = format!("export-{}.v1", format.name());
            mistakes.extend(schema::mistakes(&name, &format.schema(), &values(*format, &range())));
        }
        assert_eq!(mistakes, Vec::<String>::new());
        // One that is new is not forgotten.
        let toy = named("toy").unwrap();
        let mistakes = schema::mistakes("export-toy.v1", &toy.schema(), &values(toy, &range())).join("\n");
        assert!(mistakes.contains("docs/schema/export-toy.v1.json"), "{mistakes}");
    }

    #[test]
    fn every_row_has_the_same_keys_and_types() {
        fn shape(value: &Value) -> Value {
            match value {
                Value::Null => panic!("a null has no type"),
                Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), shape(value))).collect(),
                Value::Array(items) => items.first().map_or(Value::from("empty"), shape),
                Value::String(_) => "text".into(),
                Value::Number(_) => "number".into(),
                Value::Bool(_) => "bool".into(),
            }
        }
        for format in FORMATS {
            let shapes: Vec<Value> = values(*format, &range()[..2]).iter().map(shape).collect();
            assert_eq!(shapes[0], shapes[1], "{format:?}");
        }
    }

    #[test]
    fn a_row_is_one_line_for_every_reader() {
        let text = "a\u{2028}b\u{2029}c\u{85}d\u{b}e\u{c}f\u{1c}g\r\nh";
        let mut entry = samples::discounts();
        entry.record.as_mut().unwrap().contributions[0].prompts[0].text = Clean::from_redacted(text.to_owned());
        for format in FORMATS {
            let [row] = &rows(*format, std::slice::from_ref(&entry), text)[..] else { panic!("{format:?}") };
            // As Python's `splitlines` and Node's readline take lines.
            let ends = |c: char| ('\u{a}'..='\u{1f}').contains(&c) || matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}');
            assert!(!row.contains(ends), "{format:?}: {row}");
            let row: Value = serde_json::from_str(row).unwrap();
            assert!(holds(&row, text), "{format:?}: {row}");
        }
    }

    fn holds(value: &Value, text: &str) -> bool {
        match value {
            Value::Object(map) => map.values().any(|value| holds(value, text)),
            Value::Array(items) => items.iter().any(|value| holds(value, text)),
            value => value == text,
        }
    }

    #[test]
    fn a_row_says_whose_it_is_and_other_json_is_nobodys() {
        let entry = samples::discounts();
        let one = &entry.record.as_ref().unwrap().contributions[0];
        let session = format!("{}/{}", one.agent, one.session);
        for format in FORMATS {
            for row in values(*format, std::slice::from_ref(&entry)) {
                let owners = owners(&row).unwrap();
                assert!(
                    owners.commits.contains(&entry.id) && owners.sessions.contains(&session),
                    "{format:?}: {owners:?}"
                );
            }
        }
        for other in ["{}", "[]", "1", r#"{"metadata": "text"}"#, r#"{"text": "a row of another program"}"#] {
            assert_eq!(owners(&serde_json::from_str(other).unwrap()), None, "{other}");
        }
    }
}
