//! JSON of which only those members are built that are wanted: beside what is told, agents keep whole files and their changes.

use std::fmt;

use serde::de::{Deserialize as _, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// What is wanted of a value.
#[derive(Clone, Copy)]
pub(super) enum WantedValue {
    All,
    /// Of an object these members; of anything else all.
    Members(&'static [(&'static str, WantedValue)]),
}

impl WantedValue {
    /// What is wanted of a document.
    ///
    /// # Errors
    /// When it is not JSON.
    pub(super) fn of(self, document: &str) -> serde_json::Result<Value> {
        let mut json = serde_json::Deserializer::from_str(document);
        let value = self.deserialize(&mut json)?;
        json.end()?;
        Ok(value)
    }
}

impl<'de> DeserializeSeed<'de> for WantedValue {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Value, D::Error> {
        match self {
            Self::All => Value::deserialize(json),
            Self::Members(_) => json.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for WantedValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let Self::Members(wanted) = self else { return Ok(Value::Null) };
        let mut found = Map::new();
        while let Some(name) = members.next_key_seed(WantedName(wanted))? {
            match name {
                Some((name, wanted)) => drop(found.insert((*name).to_owned(), members.next_value_seed(*wanted)?)),
                None => drop(members.next_value::<IgnoredAny>()?),
            }
        }
        Ok(Value::Object(found))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut found = Vec::new();
        while let Some(item) = items.next_element()? {
            found.push(item);
        }
        Ok(Value::Array(found))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_bool<E>(self, is: bool) -> Result<Value, E> {
        Ok(is.into())
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
}

/// The name of a member, as one of those that are wanted.
struct WantedName(&'static [(&'static str, WantedValue)]);

impl<'de> DeserializeSeed<'de> for WantedName {
    type Value = Option<&'static (&'static str, WantedValue)>;

    fn deserialize<D: Deserializer<'de>>(self, name: D) -> Result<Self::Value, D::Error> {
        name.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for WantedName {
    type Value = Option<&'static (&'static str, WantedValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.iter().find(|(wanted, _)| *wanted == name))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn of_an_object_only_what_is_wanted_is_built() {
        const WANTED: WantedValue = WantedValue::Members(&[
            ("id", WantedValue::All),
            ("state", WantedValue::Members(&[("exit", WantedValue::All), ("of", WantedValue::Members(&[]))])),
        ]);
        for (document, expected) in [
            (json!({"id": {"a": [1, "x"]}, "more": {"id": 1}}), json!({"id": {"a": [1, "x"]}})),
            (json!({"state": {"exit": 1, "of": {"a": 1}, "diff": "x"}}), json!({"state": {"exit": 1, "of": {}}})),
            (json!({"state": [{"diff": 1}, -1, 0.5, null]}), json!({"state": [{"diff": 1}, -1, 0.5, null]})),
            (json!({"state": "x", "id": "a\n\"b\""}), json!({"state": "x", "id": "a\n\"b\""})),
            (json!({"state": {"of": true}}), json!({"state": {"of": true}})),
            (json!(7), json!(7)),
        ] {
            assert_eq!(WANTED.of(&document.to_string()).unwrap(), expected, "{document}");
        }
        for broken in ["", "{", "{\"more\": [1}", "{} {}"] {
            assert!(WANTED.of(broken).is_err(), "{broken}");
        }
    }
}
