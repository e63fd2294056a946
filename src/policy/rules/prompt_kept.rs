//! Nothing is kept of what the agent was asked.

use crate::policy::facts::Facts;
use crate::policy::remedy::{Remedy, RemedyTrailers};
use crate::policy::rule::{JudgedRange, PolicyRule};
use crate::record::policy::Rule;
use crate::record::verdict::What;

pub(super) struct PromptKept;

impl PolicyRule for PromptKept {
    fn rule(&self) -> Rule {
        Rule::PromptKept
    }

    fn find(&self, range: &JudgedRange) -> Vec<(String, What)> {
        let without = range.facts.iter().filter(|facts| !facts.has_prompt);
        without.map(|facts| (facts.work.entry.id.clone(), What::NoPrompt)).collect()
    }

    fn points(&self) -> u32 {
        20
    }

    fn share(&self, facts: &Facts) -> (u64, u64) {
        (u64::from(facts.has_prompt), 1)
    }

    fn effort(&self) -> u8 {
        7
    }

    fn remedies(&self, range: &JudgedRange) -> Vec<Remedy> {
        let places = range.places(|facts| !facts.has_prompt);
        vec![Remedy::Trailers(RemedyTrailers::each(self.rule(), "AI-Prompt: <what the agent was asked>", places))]
    }
}
