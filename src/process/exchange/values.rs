//! The attributes of one event, whatever order they come in: of several that mean the same, the most telling name wins.

use std::collections::HashMap;

use super::building::Row;
use super::fields::{ALL_FIELDS, Field, Mapping};

/// Reused from event to event.
#[derive(Debug)]
pub(super) struct Values<'a> {
    mapping: &'a Mapping,
    /// What each name means, once it was asked for.
    known: HashMap<String, Option<(Field, usize)>>,
    /// In the order of [`ALL_FIELDS`]; the rank of the name that it is from, 0 where there is none.
    texts: Vec<(usize, String)>,
}

/// Names that are remembered; a log with more makes them up.
const MAX_NAMES: usize = 1000;

impl<'a> Values<'a> {
    pub(super) fn new(mapping: &'a Mapping) -> Self {
        Self { mapping, known: HashMap::new(), texts: vec![(0, String::new()); ALL_FIELDS.len()] }
    }

    pub(super) fn clear(&mut self) {
        for (rank, text) in &mut self.texts {
            *rank = 0;
            text.clear();
        }
    }

    pub(super) fn set(&mut self, name: &str, text: &str) {
        let meaning = match self.known.get(name) {
            Some(meaning) => *meaning,
            None => {
                let meaning = self.mapping.field(name);
                if self.known.len() < MAX_NAMES {
                    self.known.insert(name.to_owned(), meaning);
                }
                meaning
            }
        };
        if let Some((field, rank)) = meaning {
            self.put(field, rank + 1, text);
        }
    }

    /// What the format itself says is `field`, unless a more telling name did.
    pub(super) fn put(&mut self, field: Field, rank: usize, text: &str) {
        let place = &mut self.texts[field as usize];
        if place.0 == 0 || rank < place.0 {
            place.0 = rank;
            place.1.clear();
            place.1.push_str(text);
        }
    }

    pub(super) fn get(&self, field: Field) -> &str {
        &self.texts[field as usize].1
    }

    pub(super) fn row(&self) -> Row<'_> {
        let mut row = Row::default();
        for field in ALL_FIELDS {
            *row.field(*field) = self.get(*field);
        }
        row
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_telling_name_wins_in_any_order() {
        let mapping = Mapping::default();
        let mut values = Values::new(&mapping);
        for names in [["event", "concept:name"], ["concept:name", "event"]] {
            values.clear();
            names.iter().for_each(|name| values.set(name, name));
            assert_eq!(values.row().activity, "concept:name");
        }
    }

    #[test]
    fn each_field_stands_where_it_is_looked_for() {
        for (place, field) in ALL_FIELDS.iter().enumerate() {
            assert_eq!(*field as usize, place);
        }
    }
}
