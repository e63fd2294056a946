//! A record that is about to be written, and what is made of records: looked at text by text, as JSON. Fields next to each
//! other are not a sentence, ids are not passwords, and what is found in one field is redacted in that field alone.

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
    /// parts. JSON is looked at string by string. An item with a span must not be written.
    pub fn scan_final(&self, bytes: &[u8]) -> Vec<RedactedSpan> {
        let mut found = Vec::new();
        match serde_json::from_slice::<Value>(bytes) {
            Ok(value @ (Value::Object(_) | Value::Array(_))) => self.scan_strings(&value, &mut found),
            _ => found = self.certain(bytes),
        }
        let span =
            |it: Detection| RedactedSpan { start: it.range.start, end: it.range.end, kind: it.kind.into_owned() };
        found.into_iter().map(span).collect()
    }

    fn scan_strings(&self, value: &Value, found: &mut Vec<Detection>) {
        match value {
            Value::String(text) => found.extend(self.certain(text.as_bytes())),
            Value::Array(items) => items.iter().for_each(|item| self.scan_strings(item, found)),
            Value::Object(members) => {
                for (name, member) in members {
                    found.extend(self.certain(name.as_bytes()));
                    self.scan_strings(member, found);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
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
