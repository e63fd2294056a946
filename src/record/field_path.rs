//! Where a field is in a JSON value: a small part of JSONPath (RFC 9535), which people may also write without `$.`:
//! `message.content[0].text`, `parts[*].text`, `$.session.id`, `['a.b']`.

use std::fmt;
use std::str::FromStr;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer};

/// More names and places behind one another are none of an agent's.
const MOST_STEPS: usize = 16;
/// Bytes of a whole path.
const LONGEST: usize = 200;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FieldPath {
    /// It begins with `$`: at the document, and not at the entry.
    pub(crate) from_root: bool,
    pub(crate) steps: Vec<PathStep>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum PathStep {
    /// The member of this name.
    Member(String),
    /// The item at this place, from 0.
    Item(usize),
    /// Each item of a list: `[*]` or `[]`.
    Each,
}

impl FromStr for FieldPath {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "`{text}` is not a path of fields: write names with points between them, such as message.content[0].text"
            )
        };
        if text.len() > LONGEST {
            return Err(format!("a path of fields has at most {LONGEST} characters"));
        }
        let (from_root, mut rest) = match text.strip_prefix('$') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('@').unwrap_or(text)),
        };
        let mut steps = Vec::new();
        // Only the first name may stand without a point.
        let mut is_begun = from_root || text.starts_with('@');
        while !rest.is_empty() {
            let (step, after) = match rest.strip_prefix('[') {
                Some(inside) => in_brackets(inside).ok_or_else(wrong)?,
                None => {
                    let name = if is_begun { rest.strip_prefix('.').ok_or_else(wrong)? } else { rest };
                    let end = name.find(['.', '[']).unwrap_or(name.len());
                    let (name, after) = name.split_at(end);
                    let is_name =
                        !name.is_empty() && !name.contains([']', '*', '?', '$', '@', '\'', '"', '(', ')', ' ']);
                    (PathStep::Member(Some(name).filter(|_| is_name).ok_or_else(wrong)?.to_owned()), after)
                }
            };
            steps.push(step);
            (rest, is_begun) = (after, true);
        }
        match steps.len() {
            0 if !from_root => Err(wrong()),
            0..=MOST_STEPS => Ok(Self { from_root, steps }),
            _ => Err(format!("`{text}` is too deep: at most {MOST_STEPS} names and places are followed")),
        }
    }
}

/// What follows `[`, up to its end, and what follows that.
fn in_brackets(inside: &str) -> Option<(PathStep, &str)> {
    if let Some(quote) = inside.chars().next().filter(|c| matches!(c, '\'' | '"')) {
        let (name, after) = inside[1..].split_once(quote)?;
        return Some((PathStep::Member(name.to_owned()), after.strip_prefix(']')?));
    }
    let (place, after) = inside.split_once(']')?;
    let step = if matches!(place, "" | "*") { PathStep::Each } else { PathStep::Item(place.parse().ok()?) };
    Some((step, after))
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.from_root { "$" } else { "@" })?;
        self.steps.iter().try_for_each(|step| match step {
            PathStep::Member(name) => write!(f, ".{name}"),
            PathStep::Item(place) => write!(f, "[{place}]"),
            PathStep::Each => f.write_str("[*]"),
        })
    }
}

impl<'de> Deserialize<'de> for FieldPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written;
        impl Visitor<'_> for Written {
            type Value = FieldPath;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a path of fields, such as message.content[0].text")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<FieldPath, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_as_people_and_the_standard_write_them() {
        for (text, expected) in [
            ("type", "@.type"),
            ("@.type", "@.type"),
            ("message.content[0].text", "@.message.content[0].text"),
            ("$.messages[*]", "$.messages[*]"),
            ("parts[].text", "@.parts[*].text"),
            ("$", "$"),
            ("$['a.b'][\"c\"]", "$.a.b.c"),
            ("snake_case-and.CamelCase", "@.snake_case-and.CamelCase"),
        ] {
            assert_eq!(text.parse::<FieldPath>().map(|path| path.to_string()).as_deref(), Ok(expected), "{text}");
        }
        for text in ["", ".", "a.", "a..b", "$..a", "a[", "a[x]", "a[-1]", "a[?(@.b)]", "a b", "*", "a.*", "$a", "a]b"]
        {
            assert!(text.parse::<FieldPath>().is_err(), "{text}");
        }
        assert!("a.".repeat(150).parse::<FieldPath>().unwrap_err().contains("200"));
        assert!("a.".repeat(20).trim_end_matches('.').parse::<FieldPath>().unwrap_err().contains("too deep"));
    }

    #[test]
    fn any_text_is_a_path_or_is_refused() {
        let parts = ["a", ".", "[", "]", "0", "*", "'", "\"", "$", "@", "é", " ", "-"];
        let mut texts = vec![String::new()];
        for _ in 0..4 {
            texts = texts.iter().flat_map(|text| parts.iter().map(move |part| format!("{text}{part}"))).collect();
            for text in &texts {
                if let Ok(path) = text.parse::<FieldPath>() {
                    assert!(!path.steps.is_empty() || path.from_root, "{text}");
                }
            }
        }
    }
}
