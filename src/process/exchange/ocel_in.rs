//! Reads OCEL 2.0 (JSON). Events belong to several objects there; the objects of one type are taken as the cases.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::io::BufRead;
use std::marker::PhantomData;

use foldhash::fast::RandomState;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::building::{LogBuilder, ReadError, ReadLog};
use super::fields::{Field, Mapping};
use super::jsonl_in::text;
use super::limited::{LIMIT, Limited, Meter};
use super::values::Values;
use crate::record::execution::{Symbol, Symbols};

/// The type that we write for runs.
pub(super) const RUN: &str = "run";
/// The attribute of it that says which process it is of.
pub(super) const PROCESS: &str = "process";

pub(super) fn read(input: impl BufRead, mapping: &Mapping) -> Result<ReadLog, ReadError> {
    let (input, meter) = Limited::new(input);
    let mut document = Document {
        meter: &meter,
        types: HashMap::default(),
        processes: HashMap::default(),
        symbols: Symbols::default(),
        events: Vec::new(),
    };
    let mut reader = serde_json::Deserializer::from_reader(input);
    let read = (&mut document).deserialize(&mut reader).and_then(|()| reader.end());
    if let Err(error) = read {
        let line = error.line() as u64;
        return Err(match meter.is_full() {
            true => ReadError::TooLong { line, limit: LIMIT },
            false => ReadError::Malformed { line, why: "it is no OCEL 2.0 in JSON".to_owned() },
        });
    }
    document.build(mapping)
}

#[derive(Deserialize)]
struct Object {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    attributes: Vec<Attribute>,
}

#[derive(Deserialize)]
struct ForeignEvent {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    time: String,
    #[serde(default)]
    attributes: Vec<Attribute>,
    #[serde(default)]
    relationships: Vec<Relationship>,
}

#[derive(Deserialize)]
struct Attribute {
    name: String,
    #[serde(default)]
    value: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Relationship {
    object_id: String,
}

/// An event in short: objects may stand behind the events that name them.
struct Kept {
    kind: Symbol,
    time: Symbol,
    attributes: Box<[(Symbol, Symbol)]>,
    objects: Box<[Symbol]>,
}

struct Document<'a> {
    meter: &'a Meter,
    /// The type of each object.
    types: HashMap<Symbol, Symbol, RandomState>,
    /// The process that an object says it is of.
    processes: HashMap<Symbol, Symbol, RandomState>,
    symbols: Symbols,
    events: Vec<Kept>,
}

impl Document<'_> {
    fn object(&mut self, object: &Object) {
        let kind = self.symbols.intern(&object.kind);
        let id = self.symbols.intern(&object.id);
        self.types.insert(id, kind);
        if let Some(process) = object.attributes.iter().find(|attribute| attribute.name == PROCESS) {
            let process = self.symbols.intern(&text(&process.value));
            self.processes.insert(id, process);
        }
    }

    fn event(&mut self, event: &ForeignEvent) {
        let symbols = &mut self.symbols;
        let attributes = event.attributes.iter();
        let attributes =
            attributes.map(|attribute| (symbols.intern(&attribute.name), symbols.intern(&text(&attribute.value))));
        let attributes = attributes.collect();
        let mut objects: Vec<Symbol> =
            event.relationships.iter().map(|object| symbols.intern(&object.object_id)).collect();
        objects.sort_unstable();
        objects.dedup();
        let (kind, time) = (symbols.intern(&event.kind), symbols.intern(&event.time));
        self.events.push(Kept { kind, time, attributes, objects: objects.into() });
    }

    fn build(self, mapping: &Mapping) -> Result<ReadLog, ReadError> {
        let case = self.case_type(mapping)?;
        let mut builder = LogBuilder::new(mapping);
        let mut values = Values::new(mapping);
        for (number, event) in (1..).zip(&self.events) {
            values.clear();
            for (name, text) in &event.attributes {
                values.set(self.symbols.text(*name), self.symbols.text(*text));
            }
            values.put(Field::Activity, 0, self.symbols.text(event.kind));
            values.put(Field::End, 0, self.symbols.text(event.time));
            let is_case = |object: &&Symbol| self.types.get(object) == Some(&case);
            let mut cases = event.objects.iter().filter(is_case).peekable();
            if cases.peek().is_none() {
                builder
                    .skip(number, format!("event {number} belongs to no object of type `{}`", self.symbols.text(case)));
            }
            for id in cases {
                let mut row = values.row();
                row.case = self.symbols.text(*id);
                if row.process.is_empty() {
                    row.process = self.processes.get(id).map_or("", |process| self.symbols.text(*process));
                }
                builder.add(number, &row);
            }
        }
        Ok(builder.finish())
    }

    /// The type that was told with `TYPE=case`, ours, or the one that the most events name.
    fn case_type(&self, mapping: &Mapping) -> Result<Symbol, ReadError> {
        let mut counts: BTreeMap<&str, (u64, Symbol)> = BTreeMap::new();
        for kind in self.types.values() {
            counts.entry(self.symbols.text(*kind)).or_insert((0, *kind));
        }
        for event in &self.events {
            let mut kinds: Vec<&Symbol> = event.objects.iter().filter_map(|object| self.types.get(object)).collect();
            kinds.sort_unstable();
            kinds.dedup();
            for kind in kinds {
                counts.entry(self.symbols.text(*kind)).or_insert((0, *kind)).0 += 1;
            }
        }
        let told = counts.iter().find(|(name, _)| mapping.told(name) == Some(Field::Case));
        if let Some((_, (_, kind))) = told.or_else(|| counts.iter().find(|(name, _)| **name == RUN)) {
            return Ok(*kind);
        }
        // The first by name of those that are as frequent.
        let best = counts.values().rev().max_by_key(|(count, _)| *count);
        best.map(|(_, kind)| *kind).ok_or(ReadError::Empty)
    }
}

impl<'de> DeserializeSeed<'de> for &mut Document<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for &mut Document<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an OCEL 2.0 document")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let meter = self.meter;
        while let Some(key) = map.next_key::<String>()? {
            meter.reset();
            match key.as_str() {
                "objects" => map.next_value_seed(Each::new(meter, |object: Object| self.object(&object)))?,
                "events" => map.next_value_seed(Each::new(meter, |event: ForeignEvent| self.event(&event)))?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// Takes the items of a list one after the other.
struct Each<'a, T, F> {
    meter: &'a Meter,
    take: F,
    item: PhantomData<T>,
}

impl<'a, T, F: FnMut(T)> Each<'a, T, F> {
    fn new(meter: &'a Meter, take: F) -> Self {
        Self { meter, take, item: PhantomData }
    }
}

impl<'de, T: Deserialize<'de>, F: FnMut(T)> DeserializeSeed<'de> for Each<'_, T, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, T: Deserialize<'de>, F: FnMut(T)> Visitor<'de> for Each<'_, T, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        while let Some(item) = items.next_element()? {
            (self.take)(item);
            self.meter.reset();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str, map: &[&str]) -> Result<Vec<String>, String> {
        let mapping = Mapping::new(&map.iter().map(|pair| (*pair).to_owned()).collect::<Vec<_>>()).unwrap();
        let read = super::read(text.as_bytes(), &mapping).map_err(|error| error.to_string())?;
        let log = &read.log;
        let run = |run: &crate::record::execution::Run| {
            let steps: Vec<&str> = log.events_of(run).iter().map(|event| log.text(event.activity)).collect();
            format!("{}: {}", log.text(run.id), steps.join(" > "))
        };
        let mut told: Vec<String> = log.runs.iter().map(run).collect();
        told.extend(read.skipped.iter().map(|row| row.why.clone()));
        Ok(told)
    }

    const LOG: &str = r#"{"objectTypes":[{"name":"order"}],"eventTypes":[],
"events":[
{"id":"e2","type":"b","time":"2026-01-02T00:00:00Z","attributes":[{"name":"resource","value":"Ann"}],
 "relationships":[{"objectId":"o1","qualifier":"in"},{"objectId":"i1","qualifier":"in"},{"objectId":"o1","qualifier":"again"}]},
{"id":"e1","type":"a","time":"2026-01-01T00:00:00Z","relationships":[{"objectId":"o1"},{"objectId":"o2"}]},
{"id":"e3","type":"c","time":"2026-01-03T00:00:00Z","relationships":[{"objectId":"gone"}]}],
"objects":[{"id":"o1","type":"order"},{"id":"o2","type":"order"},{"id":"i1","type":"item","relationships":[]}]}"#;

    #[test]
    fn the_objects_of_one_type_are_the_cases() {
        let skipped = "event 3 belongs to no object of type `order`";
        assert_eq!(told(LOG, &[]).unwrap(), ["o1: a > b", "o2: a", skipped]);
        let by_item = told(LOG, &["item=case"]).unwrap();
        assert_eq!(by_item[0], "i1: b");
        assert_eq!(by_item.len(), 3);
    }

    #[test]
    fn what_is_no_such_log_is_refused_with_its_line() {
        let long = format!("{{\n\"events\":[{{\"type\":\"{}\"}}]}}", "x".repeat(3 << 20));
        let deep = format!("{{\n\"events\":{}", "[".repeat(100_000));
        for (text, says) in [
            ("", "line 1: it is no OCEL 2.0 in JSON"),
            ("{\n\"events\":\n1}", "line 3: it is no OCEL 2.0 in JSON"),
            ("{\"events\":[]} x", "line 1: it is no OCEL 2.0 in JSON"),
            (deep.as_str(), "line 2: it is no OCEL 2.0 in JSON"),
            (long.as_str(), "line 2: an event is longer than"),
            ("{}", "there is nothing in it"),
        ] {
            let error = told(text, &[]).unwrap_err();
            assert!(error.starts_with(says) || (text.is_empty() && error.contains("no OCEL")), "{says}: {error}");
        }
    }
}
