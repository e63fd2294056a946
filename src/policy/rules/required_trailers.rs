//! An agent's commit without a trailer that the policy asks for.

use crate::policy::rule::{JudgedRange, PolicyRule};
use crate::policy::trailer_forms::{is_for_tools, missing_trailers};
use crate::record::policy::Rule;
use crate::record::verdict::{Hint, What};

pub(super) struct RequiredTrailers;

impl PolicyRule for RequiredTrailers {
    fn rule(&self) -> Rule {
        Rule::RequiredTrailers
    }

    fn find(&self, range: &JudgedRange) -> Vec<(String, What)> {
        let mut found = Vec::new();
        for work in range.facts.iter().map(|facts| facts.work) {
            for form in missing_trailers(work, range.policy) {
                let wrong = work.entry.trailers.iter().find(|trailer| form.key.eq_ignore_ascii_case(&trailer.key));
                let wrong = wrong.map(|trailer| trailer.value.clone());
                let what = What::MissingTrailer { key: form.key.clone(), found: wrong };
                found.push((work.entry.id.clone(), what));
            }
        }
        found
    }

    fn effort(&self) -> u8 {
        1
    }

    /// Those with the name of a tool come with what `agent-declared` suggests.
    fn in_an_editor(&self, what: &What) -> Option<Hint> {
        match what {
            What::MissingTrailer { key, .. } if !is_for_tools(key) => Some(Hint::WriteTheTrailer),
            _ => None,
        }
    }
}
