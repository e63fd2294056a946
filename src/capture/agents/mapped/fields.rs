//! Values at paths of fields.

use std::borrow::Cow;

use crate::capture::json::{Cursor, Read, Value, decode, whole_object};
use crate::capture::values::text_of;
use crate::record::agent_mapping::{Conditions, EntryChoice, FieldPaths, FieldValue};
use crate::record::field_path::{FieldPath, PathStep};

/// An object with its members, which many paths begin with.
#[derive(Default)]
pub(super) struct FieldRecord<'a> {
    text: &'a [u8],
    members: Vec<(&'a [u8], Value<'a>)>,
}

/// Where paths begin: at the document, or in the entry or an item of it.
#[derive(Clone, Copy)]
pub(super) struct FieldScope<'s, 'a> {
    pub(super) root: &'s FieldRecord<'a>,
    pub(super) own: &'s FieldRecord<'a>,
    /// The entry, where `own` is an item of it.
    entry: Option<&'s FieldRecord<'a>>,
}

impl<'a> FieldRecord<'a> {
    /// Of damaged text the members before the damage, with what was wrong.
    pub(super) fn of(text: &'a [u8]) -> (Self, Read<()>) {
        let mut members = Vec::new();
        let read = Cursor::new(text).object(|cursor, key| {
            members.push((key, cursor.value()?));
            Ok(())
        });
        (Self { text, members }, read)
    }

    /// Of text that is one object and nothing else.
    pub(super) fn of_object(text: &'a [u8]) -> Read<Self> {
        let mut members = Vec::new();
        whole_object(text, |cursor, key| {
            members.push((key, cursor.value()?));
            Ok(())
        })?;
        Ok(Self { text, members })
    }
}

impl<'s, 'a> FieldScope<'s, 'a> {
    pub(super) fn new(root: &'s FieldRecord<'a>, own: &'s FieldRecord<'a>) -> Self {
        Self { root, own, entry: None }
    }

    /// All values at a path.
    pub(super) fn at(&self, path: &FieldPath) -> Vec<Value<'a>> {
        Self::below(if path.from_root { self.root } else { self.own }, path)
    }

    fn below(record: &FieldRecord<'a>, path: &FieldPath) -> Vec<Value<'a>> {
        let mut found = Vec::new();
        match path.steps.split_first() {
            Some((PathStep::Member(name), rest)) => {
                if let Some((_, value)) = record.members.iter().find(|(key, _)| is_name(key, name)) {
                    let _ = walk(&mut value.cursor(), rest, &mut |value| found.push(value));
                }
            }
            _ => {
                let _ = walk(&mut Cursor::new(record.text), &path.steps, &mut |value| found.push(value));
            }
        }
        found
    }

    /// The values at the first path where there are any but `null`.
    fn first(&self, paths: &FieldPaths) -> Vec<Value<'a>> {
        let there = paths.0.iter().map(|path| self.at(path));
        let mut values = there.map(|values| values.into_iter().filter(|value| !value.is_null()).collect::<Vec<_>>());
        values.find(|values| !values.is_empty()).unwrap_or_default()
    }

    /// The only value, or the first one.
    pub(super) fn value(&self, paths: &FieldPaths) -> Option<Value<'a>> {
        self.first(paths).into_iter().next()
    }

    /// Strings, and the texts of lists of blocks, a line each; `None` where there is no text.
    pub(super) fn text(&self, paths: &FieldPaths) -> Option<Cow<'a, str>> {
        let mut texts: Vec<Cow<'a, str>> = self.first(paths).into_iter().map(|value| text_of(Some(value))).collect();
        texts.retain(|text| !text.is_empty());
        match texts.len() {
            0 => None,
            1 => texts.pop(),
            _ => Some(Cow::Owned(texts.join("\n"))),
        }
    }

    /// As [`Self::text`], also where the text is empty: a file may be.
    pub(super) fn content(&self, paths: &FieldPaths) -> Option<Cow<'a, str>> {
        self.text(paths).or_else(|| self.value(paths)?.text())
    }

    /// A name or number that stands for something.
    pub(super) fn name(&self, paths: &FieldPaths) -> Option<String> {
        let value = self.value(paths)?;
        let number = || value.integer().map(|number| number.to_string());
        value.owned().or_else(number).filter(|name| !name.is_empty())
    }

    pub(super) fn is_true(&self, paths: &FieldPaths) -> bool {
        self.value(paths).is_some_and(Value::is_true)
    }

    /// Whether all conditions hold; `false` where there are none. A field that an item does not have is its entry's.
    pub(super) fn meets(&self, conditions: &Conditions) -> bool {
        let holds = |(path, wanted): &(FieldPath, Vec<FieldValue>)| {
            let mut values = self.at(path);
            if let (true, Some(entry), false) = (values.is_empty(), self.entry, path.from_root) {
                values = Self::below(entry, path);
            }
            values.into_iter().any(|value| wanted.iter().any(|wanted| is_equal(value, wanted)))
        };
        !conditions.0.is_empty() && conditions.0.iter().all(holds)
    }

    /// Calls `tell` with each thing that is chosen: the entry itself, or the items of one of its lists.
    pub(super) fn chosen(&self, choice: &impl EntryChoice, mut tell: impl FnMut(FieldScope<'_, 'a>)) {
        let is_chosen = |scope: &FieldScope<'_, 'a>| {
            (choice.when().0.is_empty() || scope.meets(choice.when())) && !scope.meets(choice.unless())
        };
        let Some(list) = choice.each() else {
            if is_chosen(self) {
                tell(*self);
            }
            return;
        };
        for item in self.at(list) {
            let (own, _) = FieldRecord::of(item.json());
            let scope = FieldScope { root: self.root, own: &own, entry: Some(self.own) };
            if is_chosen(&scope) {
                tell(scope);
            }
        }
    }
}

fn is_name(key: &[u8], name: &str) -> bool {
    key == name.as_bytes() || (key.contains(&b'\\') && decode(key) == name)
}

fn is_equal(value: Value<'_>, wanted: &FieldValue) -> bool {
    match wanted {
        FieldValue::Text(wanted) => value.text().is_some_and(|text| text == wanted.as_str()),
        FieldValue::Literal(wanted) => value.is_literal(wanted),
    }
}

/// Hands out the values at a path below the next value. What is read before damage counts.
pub(super) fn walk<'a>(cursor: &mut Cursor<'a>, steps: &[PathStep], found: &mut dyn FnMut(Value<'a>)) -> Read<()> {
    match steps.split_first() {
        None => {
            found(cursor.value()?);
            Ok(())
        }
        Some((PathStep::Member(name), rest)) => {
            let mut is_open = true;
            cursor.object(|cursor, key| {
                if !is_open || !is_name(key, name) {
                    return Ok(());
                }
                is_open = false;
                walk(cursor, rest, found)
            })
        }
        Some((PathStep::Item(place), rest)) => {
            let mut next = 0;
            cursor.array(|cursor| {
                next += 1;
                if next == place + 1 { walk(cursor, rest, found) } else { Ok(()) }
            })
        }
        Some((PathStep::Each, rest)) => cursor.array(|cursor| walk(cursor, rest, found)),
    }
}
