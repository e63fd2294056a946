//! The folded lists at the end of a description: a row for each, whose file in `sections/` makes it. A template finds the list under
//! its name (`change.prompts.rows`, `change.prompts.more`), and so does who reads the JSON. They are the first to be shortened where a
//! limit is reached, in the order in which they stand here.

mod constraints;
mod context;
mod prompts;
#[cfg(test)]
pub(super) mod toy;

use std::collections::BTreeMap;

use minijinja::value::{Serde, Value};
use serde::Serialize;

use super::list::List;
use super::range::AgentWork;
use crate::record::entry::CommitEntry;

/// What a section is made from.
pub(crate) struct Material<'a> {
    /// Oldest first.
    pub(super) range: &'a [CommitEntry],
    pub(super) claims: &'a [AgentWork<'a>],
}

/// One list.
pub(crate) struct FoldedSection {
    /// What templates and JSON call it.
    pub(super) name: &'static str,
    /// Its rows. Text from outside in them is [`Markdown`](crate::text::markdown::Markdown).
    pub(super) rows: fn(&Material<'_>) -> Vec<Value>,
}

pub(super) const SECTIONS: &[FoldedSection] = &[
    #[cfg(test)]
    toy::SECTION,
    context::SECTION,
    constraints::SECTION,
    prompts::SECTION,
];

/// The sections by their names.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct FoldedSections(BTreeMap<&'static str, List<Value>>);

impl FoldedSections {
    pub(super) fn of(material: &Material<'_>) -> Self {
        Self(SECTIONS.iter().map(|section| (section.name, List::new((section.rows)(material)))).collect())
    }

    /// How many rows it has at the moment.
    pub(super) fn rows(&self, section: &FoldedSection) -> usize {
        self.0.get(section.name).map_or(0, |list| list.rows.len())
    }

    pub(super) fn shorten(&mut self, section: &FoldedSection, rows: usize) {
        if let Some(list) = self.0.get_mut(section.name) {
            list.truncate(rows);
        }
    }
}

/// Rows as a template takes them.
fn values<T: Serialize>(rows: impl IntoIterator<Item = T>) -> Vec<Value> {
    rows.into_iter().map(|row| Value::from(Serde(row))).collect()
}

#[cfg(test)]
mod tests {
    use super::super::description::{Limits, describe};
    use super::super::render::{Template, render};
    use crate::record::samples;

    const OWN: &str = "{% for row in change.toy.rows %}- {{ row.subject }}\n{% endfor %}and {{ change.toy.more }} more";

    #[test]
    fn a_section_in_the_table_is_made_rendered_and_shortened() {
        let range = [samples::discounts(), samples::signed("d4", "See @octocat", "copilot", true)];
        let description = describe(&range, Limits::default()).unwrap();
        let whole = render(&description, Template::Own(OWN), Limits::default()).unwrap();
        assert!(whole.ends_with("- See `@\u{200b}octocat`\nand 0 more\n"), "text from outside is inert: {whole}");
        let short =
            render(&description, Template::Own(OWN), Limits { code_points: whole.len() - 5, rows: 10 }).unwrap();
        assert!(short.starts_with("- ") && short.ends_with("\nand 1 more\n"), "{short}");
        let json = serde_json::to_value(&description).unwrap();
        assert_eq!(json["toy"]["rows"].as_array().unwrap().len(), 2);
        assert_eq!(json["prompts"]["rows"][0]["role"], "request");
    }
}
