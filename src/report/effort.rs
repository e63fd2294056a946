//! Tokens and time, of agents and never of people.

use std::collections::BTreeMap;

use super::events::{DatedCommit, is_session};
use super::figures::EffortFigures;
use super::tallies::quartiles;
use crate::record::agent::Agent;
use crate::record::contribution::Contribution;
use crate::record::text::Clean;

pub(super) fn effort(commits: &[DatedCommit<'_>]) -> Vec<EffortFigures> {
    let mut known: BTreeMap<&Agent, KnownEffort> = BTreeMap::new();
    for part in commits.iter().flat_map(|commit| commit.entry.sure()).filter(|part| is_session(part)) {
        let one = known.entry(&part.agent).or_default();
        if !part.tokens.is_zero() {
            let tokens = part.tokens;
            one.output.push(tokens.output);
            one.input.push(tokens.input.saturating_add(tokens.cache_read).saturating_add(tokens.cache_write));
        }
        one.minutes.extend(minutes(part));
    }
    let figures = known.into_iter().map(|(agent, one)| EffortFigures {
        agent: agent.clone(),
        name: agent.title().to_owned(),
        with_tokens: u32::try_from(one.output.len()).unwrap_or(u32::MAX),
        output: quartiles(one.output),
        input: quartiles(one.input),
        with_times: u32::try_from(one.minutes.len()).unwrap_or(u32::MAX),
        minutes: quartiles(one.minutes),
    });
    figures.filter(|one| one.with_tokens > 0 || one.with_times > 0).collect()
}

#[derive(Default)]
struct KnownEffort {
    output: Vec<u64>,
    input: Vec<u64>,
    minutes: Vec<u64>,
}

/// From the first prompt that led to the commit to the last edit for it.
fn minutes(part: &Contribution<Clean>) -> Option<u64> {
    let asked = part.prompts.iter().filter_map(|prompt| prompt.at).min()?;
    let seconds = part.last_edit_at?.as_second().checked_sub(asked.as_second())?;
    u64::try_from(seconds / 60).ok()
}
