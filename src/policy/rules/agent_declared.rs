//! An agent worked on a commit, and no trailer and no author names it.

use crate::policy::facts::{AgentFacts, Declared, Facts};
use crate::policy::remedy::{Remedy, RemedyTrailers, is_plain};
use crate::policy::rule::{JudgedRange, PolicyRule};
use crate::policy::trailer_forms::{is_for_tools, missing_trailers};
use crate::record::policy::{Rule, TrailerForm};
use crate::record::verdict::What;

pub(super) struct AgentDeclared;

impl PolicyRule for AgentDeclared {
    fn rule(&self) -> Rule {
        Rule::AgentDeclared
    }

    fn find(&self, range: &JudgedRange) -> Vec<(String, What)> {
        let mut found = Vec::new();
        for facts in range.facts {
            for agent in facts.agents.iter().filter(|agent| agent.declared != Declared::Yes) {
                let mentioned = agent.declared == Declared::Mentioned;
                let what = What::NotDeclared { agent: agent.agent.clone(), mentioned };
                found.push((facts.work.entry.id.clone(), what));
            }
        }
        found
    }

    fn points(&self) -> u32 {
        15
    }

    fn share(&self, facts: &Facts) -> (u64, u64) {
        facts.share_of_agents(|agent| agent.declared == Declared::Yes)
    }

    fn effort(&self) -> u8 {
        1
    }

    /// Trailers that name an agent, each with the commits that need it; and those that `required-trailers` asks for beside them.
    fn remedies(&self, range: &JudgedRange) -> Vec<Remedy> {
        let mut groups: Vec<RemedyTrailers> = Vec::new();
        let mut add =
            |rule: Rule, line: String, place: usize| match groups.iter_mut().find(|group| group.lines[0] == line) {
                Some(group) if group.places.contains(&place) => {}
                Some(group) => {
                    group.places.push(place);
                    group.gives[0].1 += 1;
                }
                None => groups.push(RemedyTrailers::each(rule, &line, vec![place])),
            };
        let required = &range.policy.required_trailers.trailers;
        for facts in range.facts {
            for agent in facts.agents.iter().filter(|agent| agent.declared != Declared::Yes) {
                let form = required.iter().find(|form| is_for_tools(&form.key));
                add(Rule::AgentDeclared, declaration(agent, form), range.place(facts));
            }
            for form in missing_trailers(facts.work, range.policy).filter(|form| is_for_tools(&form.key)) {
                for agent in facts.agents.iter().filter(|agent| agent.declared == Declared::Yes).take(1) {
                    add(Rule::RequiredTrailers, declaration(agent, Some(form)), range.place(facts));
                }
            }
        }
        groups.into_iter().map(Remedy::Trailers).collect()
    }
}

/// `Assisted-by: Claude Code (claude-opus-4-6)`, or the form that the policy asks for, such as `AGENT:MODEL`.
fn declaration(agent: &AgentFacts, form: Option<&TrailerForm>) -> String {
    let key = form.map_or("Assisted-by", |form| &form.key);
    let (title, slug) = (agent.agent.title(), agent.agent.as_str());
    let model = agent.model.filter(|model| is_plain(model));
    let mut values = Vec::new();
    if let Some(model) = model {
        values.extend([format!("{title} ({model})"), format!("{slug}:{model}"), format!("{title}:{model}")]);
    }
    values.extend([title.to_owned(), slug.to_owned(), format!("{slug}:<model>")]);
    let pattern = form.and_then(|form| form.pattern.as_ref());
    let fitting = values.iter().find(|value| pattern.is_none_or(|pattern| pattern.fits(value)));
    format!("{key}: {}", fitting.unwrap_or(&values[0]))
}
