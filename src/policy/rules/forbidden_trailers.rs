//! A trailer that may not be there.

use crate::policy::rule::{JudgedRange, PolicyRule, add_new};
use crate::policy::trailer_forms::fits;
use crate::record::note::Statement;
use crate::record::policy::{Rule, TrailerForm};
use crate::record::verdict::{Hint, What};

pub(super) struct ForbiddenTrailers;

impl PolicyRule for ForbiddenTrailers {
    fn rule(&self) -> Rule {
        Rule::ForbiddenTrailers
    }

    fn find(&self, range: &JudgedRange) -> Vec<(String, What)> {
        let forms = &range.policy.forbidden_trailers.trailers;
        let mut found: Vec<(String, What)> = Vec::new();
        for work in range.works {
            let commit = &work.entry.id;
            for trailer in work.entry.trailers.iter().filter(|trailer| forms.iter().any(|form| fits(form, trailer))) {
                let (key, values) = (trailer.key.clone(), vec![trailer.value.clone()]);
                let what = What::ForbiddenTrailer { key, agent: trailer.agent.clone(), values };
                found.push((commit.clone(), what));
            }
            // A line that git does not read as a trailer is still read by people and forges.
            for statement in &work.entry.stated {
                let Statement::Agent { agent, place, strict: false, .. } = statement else { continue };
                let is_meant = |form: &TrailerForm| form.pattern.is_none() && form.key.eq_ignore_ascii_case(place);
                if forms.iter().any(is_meant) {
                    let (key, agent) = (place.clone(), Some(agent.clone()));
                    found.push((commit.clone(), What::ForbiddenTrailer { key, agent, values: Vec::new() }));
                }
            }
        }
        found
    }

    fn join(&self, into: &mut What, more: &What) -> bool {
        match (into, more) {
            (
                What::ForbiddenTrailer { key, agent, values },
                What::ForbiddenTrailer { key: same, agent: other, values: more },
            ) if key.eq_ignore_ascii_case(same) && agent == other && values.is_empty() == more.is_empty() => {
                add_new(values, more);
                true
            }
            (into, more) => into == more,
        }
    }

    fn effort(&self) -> u8 {
        2
    }

    fn in_an_editor(&self, _what: &What) -> Option<Hint> {
        Some(Hint::DeleteTheLine)
    }
}
