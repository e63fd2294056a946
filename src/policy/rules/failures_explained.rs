//! A failed check, a refused or a stopped call without a reason or an end.

use crate::policy::facts::Facts;
use crate::policy::remedy::{Remedy, RemedyTrailers};
use crate::policy::rule::{JudgedRange, PolicyRule};
use crate::record::policy::Rule;
use crate::record::verdict::What;

const LINE: &str = "AI-Failed-Attempt: <what failed, why, and what was done instead>";

pub(super) struct FailuresExplained;

impl PolicyRule for FailuresExplained {
    fn rule(&self) -> Rule {
        Rule::FailuresExplained
    }

    fn find(&self, range: &JudgedRange) -> Vec<(String, What)> {
        let mut found = Vec::new();
        for facts in range.facts {
            for attempt in facts.unexplained.iter().flatten() {
                let what = What::NoExplanation { attempts: 1, tried: attempt.tried.clone() };
                found.push((facts.work.entry.id.clone(), what));
            }
        }
        found
    }

    fn join(&self, into: &mut What, more: &What) -> bool {
        match (into, more) {
            (What::NoExplanation { attempts, .. }, What::NoExplanation { attempts: more, .. }) => {
                *attempts = attempts.saturating_add(*more);
                true
            }
            (into, more) => into == more,
        }
    }

    fn points(&self) -> u32 {
        10
    }

    fn share(&self, facts: &Facts) -> (u64, u64) {
        (u64::from(facts.unexplained.as_ref().is_some_and(Vec::is_empty)), 1)
    }

    fn effort(&self) -> u8 {
        6
    }

    fn remedies(&self, range: &JudgedRange) -> Vec<Remedy> {
        let places = range.places(|facts| facts.unexplained.as_ref().is_none_or(|attempts| !attempts.is_empty()));
        vec![Remedy::Trailers(RemedyTrailers::each(self.rule(), LINE, places))]
    }
}
