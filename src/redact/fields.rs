//! A record that is about to be written, and what is made of records: looked at text by text, as JSON. Fields next to each
//! other are not a sentence, ids are not passwords, and what is found in one field is redacted in that field alone.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::finding::Detection;
use super::found::KnownSecrets;
use super::options::RedactionCounts;
use super::pass::Pass;
use super::redactor::{RedactedSpan, Redactor};
use super::scan;

/// Fields of records that hold ids, times and words of our own. They look random, and are not secrets there; the format of a
/// token or a key is one everywhere.
const IDS: &[&str] = &[
    "agent",
    "agent_version",
    "at",
    "author",
    "by",
    "carried_out_by",
    "commit",
    "committed_at",
    "confidence",
    "ended",
    "ended_at",
    "failure",
    "form",
    "from",
    "generator",
    "id",
    "kind",
    "parent",
    "reason_from",
    "result",
    "role",
    "session",
    "source",
    "started_at",
    "type",
    "variable",
];

/// Looks at each string of a document while it is read.
struct StringScan<'a, F> {
    place: StringPlace<'a>,
    look: &'a mut F,
}

/// What a string is in a document.
#[derive(Clone, Copy)]
enum StringPlace<'a> {
    /// The name of a member.
    Name,
    /// The value of the member with this name, or in its list.
    Value(&'a str),
}

impl<'de, F: FnMut(StringPlace<'_>, &str)> DeserializeSeed<'de> for StringScan<'_, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, document: D) -> Result<(), D::Error> {
        document.deserialize_any(self)
    }
}

impl<'de, F: FnMut(StringPlace<'_>, &str)> Visitor<'de> for StringScan<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        (self.look)(self.place, text);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(StringScan { place: self.place, look: &mut *self.look })?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(name) = members.next_key_seed(MemberName)? {
            (self.look)(StringPlace::Name, &name);
            members.next_value_seed(StringScan { place: StringPlace::Value(&name), look: &mut *self.look })?;
        }
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }
}

/// The name of a member, from the document itself where it has no escapes.
struct MemberName;

impl<'de> DeserializeSeed<'de> for MemberName {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, name: D) -> Result<Self::Value, D::Error> {
        name.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for MemberName {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(name.to_owned()))
    }
}

/// Hands each string of a JSON document to `look`, without the document being built.
fn each_string(json: &str, mut look: impl FnMut(StringPlace<'_>, &str)) -> serde_json::Result<()> {
    let mut document = serde_json::Deserializer::from_str(json);
    StringScan { place: StringPlace::Value(""), look: &mut look }.deserialize(&mut document)?;
    document.end()
}

/// Names of members as this program writes them hold no secret.
fn is_foreign_name(name: &str) -> bool {
    name.len() > 32 || !name.bytes().all(|b| b.is_ascii_lowercase() || b"_-".contains(&b))
}

impl Redactor {
    /// Whether [`Self::fields`] would find nothing in a record, which is so of nearly all: it is not taken apart for that.
    pub fn finds_nothing_in(&self, record: &str) -> bool {
        let nothing = KnownSecrets::default();
        let mut is_empty = true;
        let look = |place: StringPlace<'_>, text: &str| {
            is_empty = is_empty
                && match place {
                    StringPlace::Name => !is_foreign_name(text) || self.certain(text.as_bytes()).is_empty(),
                    StringPlace::Value(name) if IDS.contains(&name) => self.certain(text.as_bytes()).is_empty(),
                    StringPlace::Value(_) => self.findings(text.as_bytes(), &nothing).is_empty(),
                };
        };
        each_string(record, look).is_ok() && is_empty
    }

    /// Takes out of each text of a record, as JSON, what must not travel; what it was, by kind. Nothing in a record that was made
    /// with today's rules; one of somebody else may hold anything.
    pub fn fields(&self, record: &mut Value) -> RedactionCounts {
        let nothing = KnownSecrets::default();
        let mut pass = Pass::new(self, &nothing);
        self.settle(record, "", &mut pass);
        pass.counts
    }

    fn settle(&self, value: &mut Value, name: &str, pass: &mut Pass) {
        match value {
            Value::String(text) if IDS.contains(&name) => {
                let certain = self.certain(text.as_bytes());
                if !certain.is_empty() {
                    *text = pass.replace(text, 0..text.len(), &certain, &mut 0);
                }
            }
            Value::String(text) => *text = pass.clean(std::mem::take(text)),
            Value::Array(items) => items.iter_mut().for_each(|item| self.settle(item, name, pass)),
            Value::Object(members) => {
                let is_bad = |key: &&String| is_foreign_name(key) && !self.certain(key.as_bytes()).is_empty();
                let bad: Vec<String> = members.keys().filter(is_bad).cloned().collect();
                for key in bad {
                    members.remove(&key);
                    *pass.counts.entry("field".to_owned()).or_default() += 1;
                }
                members.iter_mut().for_each(|(name, member)| self.settle(member, name, pass));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// The last look at bytes that are about to leave, made of texts that were redacted one by one: tokens, keys and private
    /// parts. JSON and lines of JSON are looked at string by string. An item with a span must not be written.
    pub fn scan_final(&self, bytes: &[u8]) -> Vec<RedactedSpan> {
        let is_tree = bytes.iter().find(|byte| !byte.is_ascii_whitespace()).is_some_and(|byte| b"{[".contains(byte));
        let lines = || bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let in_lines = || Some(lines().map(|line| self.in_strings(line)).collect::<Option<Vec<_>>>()?.concat());
        let found = is_tree.then(|| self.in_strings(bytes).or_else(in_lines)).flatten();
        let found = found.unwrap_or_else(|| self.certain(bytes));
        let span =
            |it: Detection| RedactedSpan { start: it.range.start, end: it.range.end, kind: it.kind.into_owned() };
        found.into_iter().map(span).collect()
    }

    /// What is found in the strings of a JSON document, names among them; `None` for what is none.
    fn in_strings(&self, bytes: &[u8]) -> Option<Vec<Detection>> {
        let mut found = Vec::new();
        let look = |_: StringPlace<'_>, text: &str| found.extend(self.certain(text.as_bytes()));
        each_string(std::str::from_utf8(bytes).ok()?, look).ok()?;
        Some(found)
    }

    fn certain(&self, text: &[u8]) -> Vec<Detection> {
        // Times, hashes and short words: no token is made of so little.
        if text.len() < 12 || text.iter().all(|byte| byte.is_ascii_hexdigit() || b"TZ:.+-".contains(byte)) {
            return Vec::new();
        }
        let mut findings = scan::scan(text, false);
        findings.retain(Detection::is_certain);
        self.in_order(text, findings)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::redact::RedactionOptions;

    #[test]
    fn a_record_is_taken_apart_exactly_where_something_is_taken_out_of_it() {
        let redactor = Redactor::new(RedactionOptions { key: [7; 32], ..RedactionOptions::default() }).unwrap();
        let token = ["ghp_", "x7Kq2LmZ9vTb4RwYc8NpJd3HsGf6UaEo1XiV"].concat();
        let word = ["Zr8q", "Kx2v9Tq"].concat();
        for (case, json, holds) in [
            ("nothing", json!({"a": ["b", 1, null], "c": {"d": 0.5}}), false),
            ("a text", json!({"text": format!("password: {word}")}), true),
            ("a text of a list", json!({"checks": [{"said": [format!("password: {word}")]}]}), true),
            (
                "an id that looks random",
                json!({"session": word, "commit": "7d3e90aa517d3e90aa517d3e90aa517d3e90aa51"}),
                false,
            ),
            ("a token as an id", json!({"session": token}), true),
            ("a token in a list of ids", json!({"id": ["x", token]}), true),
            ("a token as a name", json!({token.clone(): 1}), true),
            ("a folder of a home", json!({"text": "see /home/zoe/notes"}), true),
            ("behind an escape", json!({"text": format!("a\n\"{token}\"")}), true),
        ] {
            let nothing = redactor.finds_nothing_in(&json.to_string());
            let counts = redactor.fields(&mut json.clone());
            assert_eq!((nothing, counts.is_empty()), (!holds, !holds), "{case}: {counts:?}");
        }
        assert!(!redactor.finds_nothing_in("{"));
    }

    #[test]
    fn the_last_scan_sees_through_the_escapes_of_json() {
        let redactor = Redactor::new(RedactionOptions { key: [7; 32], ..RedactionOptions::default() }).unwrap();
        let secret = ["hp_", "x7Kq2LmZ9vTb4RwYc8NpJd3HsGf6UaEo1XiV"].concat();
        for (case, text) in [
            ("as it is", format!("g{secret}")),
            ("in a document", format!(r#"{{"a": [1, null, true, -1, 0.5, {{"b": "g{secret}"}}]}}"#)),
            ("as a name", format!(r#"[{{"g{secret}": {{}}}}]"#)),
            ("behind an escape", format!(r#"{{"a": "\u0067{secret}"}}"#)),
            ("in a line of several", format!("{{\"a\": 1}}\n{{\"b\": \"\\u0067{secret}\"}}\n")),
            ("in the first of two members with one name", format!(r#"{{"a": "g{secret}", "a": 1}}"#)),
            ("in what is no JSON after all", format!(r#"{{"a": "g{secret}""#)),
        ] {
            assert_eq!(redactor.scan_final(text.as_bytes()).len(), 1, "{case}: {text}");
            assert_eq!(redactor.scan_final(text.replace(&secret, "secret").as_bytes()), [], "{case}");
        }
    }
}
