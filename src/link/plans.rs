//! Sessions in which a plan was made that another session carried out: people let an agent plan, then hand the plan to a
//! fresh session. The plan's lines stand in the first one's file of the plan or in the plan that it showed, or the plan names
//! its transcript.

use std::collections::{BTreeMap, BTreeSet};

use super::claims::Claim;
use super::library::Library;
use super::lines::{LineKey, is_telling};
use super::part::{Part, turn_times};
use crate::record::contribution::{Confidence, Evidence};
use crate::record::session::{Prompt, PromptSource};

/// A plan is a session's where so much of its telling lines, and so many of them, stand in its edits.
const LEAST_PART: f64 = 0.6;
const LEAST_LINES: usize = 5;

/// A claim for each session that made a plan which the part of another session carried out.
pub fn planners(library: &Library, part: &Part) -> Vec<Claim> {
    let mut claims = Vec::new();
    for prompt in part.turns.iter().filter_map(|turn| part.session.turns[*turn].prompt.as_ref()) {
        if prompt.source != PromptSource::Plan {
            continue;
        }
        let other = |session: usize| library.sessions[session].id != part.session.id;
        let found = by_lines(library, prompt, other).or_else(|| by_name(library, prompt, other));
        claims.extend(found.map(|(session, turns)| Claim {
            session,
            confidence: Confidence::Content,
            evidence: vec![Evidence::Plan { carried_out_by: part.session.id.clone() }],
            lines: 0,
            weight: 0.0,
            committed_in: None,
            planned_in: turns,
        }));
    }
    claims
}

/// The session that wrote the plan's lines before the plan was handed on, with the turns in which it did.
fn by_lines(library: &Library, prompt: &Prompt, other: impl Fn(usize) -> bool) -> Option<(usize, BTreeSet<usize>)> {
    let lines: BTreeSet<LineKey> =
        prompt.text.expose().lines().filter(|line| is_telling(line)).map(LineKey::of).collect();
    let mut found: BTreeMap<usize, (usize, BTreeSet<usize>)> = BTreeMap::new();
    for line in &lines {
        let before = library.writers(*line).iter().filter(|posting| posting.at < prompt.at);
        let mut sessions = BTreeSet::new();
        for posting in before.filter(|posting| other(posting.session as usize)) {
            let (count, turns) = found.entry(posting.session as usize).or_default();
            *count += usize::from(sessions.insert(posting.session));
            turns.insert(posting.turn as usize);
        }
    }
    let (session, (count, turns)) = found.into_iter().max_by_key(|(_, (count, _))| *count)?;
    (count >= LEAST_LINES && count as f64 >= lines.len() as f64 * LEAST_PART).then_some((session, turns))
}

/// The session whose transcript the plan names, with the last turn before the plan was handed on.
fn by_name(library: &Library, prompt: &Prompt, other: impl Fn(usize) -> bool) -> Option<(usize, BTreeSet<usize>)> {
    let text = prompt.text.expose();
    let named = |id: &String| id.len() >= LEAST_ID && text.contains(&format!("{id}.jsonl"));
    let session = library
        .sessions
        .iter()
        .enumerate()
        .position(|(place, session)| other(place) && (named(&session.id) || session.other_ids.iter().any(named)))?;
    let planned = &library.sessions[session];
    let in_time = |turn: &usize| turn_times(planned, *turn).min().is_some_and(|at| Some(at) < prompt.at);
    let last = (0..planned.turns.len()).rfind(in_time)?;
    Some((session, BTreeSet::from([last])))
}

/// A shorter name of a transcript is no id.
const LEAST_ID: usize = 16;
