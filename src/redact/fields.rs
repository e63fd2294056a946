//! A record that is about to be written, and what is made of records: looked at text by text, as JSON. Fields next to each
//! other are not a sentence, ids are not passwords, and what is found in one field is redacted in that field alone.

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
struct StringScan<'a> {
    redactor: &'a Redactor,
    found: &'a mut Vec<Detection>,
}

impl StringScan<'_> {
    fn again(&mut self) -> StringScan<'_> {
        StringScan { redactor: self.redactor, found: self.found }
    }
}

impl<'de> DeserializeSeed<'de> for StringScan<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, document: D) -> Result<(), D::Error> {
        document.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for StringScan<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.found.extend(self.redactor.certain(text.as_bytes()));
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(self.again())?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<(), A::Error> {
        while members.next_key_seed(self.again())?.is_some() {
            members.next_value_seed(self.again())?;
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

impl Redactor {
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
                let may_hold_one = |key: &&String| {
                    key.len() > 32 || !key.bytes().all(|b| b.is_ascii_lowercase() || b"_-".contains(&b))
                };
                let is_bad = |key: &&String| may_hold_one(key) && !self.certain(key.as_bytes()).is_empty();
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
        let in_lines =
            || lines().map(|line| self.in_strings(line)).collect::<Result<Vec<_>, _>>().map(|all| all.concat());
        let found = is_tree.then(|| self.in_strings(bytes).or_else(|_| in_lines()).ok()).flatten();
        let found = found.unwrap_or_else(|| self.certain(bytes));
        let span =
            |it: Detection| RedactedSpan { start: it.range.start, end: it.range.end, kind: it.kind.into_owned() };
        found.into_iter().map(span).collect()
    }

    /// What is found in the strings of a JSON document, names among them, without the document being built.
    fn in_strings(&self, bytes: &[u8]) -> serde_json::Result<Vec<Detection>> {
        let mut found = Vec::new();
        let mut document = serde_json::Deserializer::from_slice(bytes);
        StringScan { redactor: self, found: &mut found }.deserialize(&mut document)?;
        document.end()?;
        Ok(found)
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
    use super::*;
    use crate::redact::RedactionOptions;

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
