//! Sessions in which a plan was made that another session carried out: people let an agent plan, then hand the plan to a
//! fresh session. The plan's lines stand in the first one's file of the plan or in the plan that it showed, the plan names
//! its transcript, or the words name the file of the plan.

use std::collections::{BTreeMap, BTreeSet};

use super::claim::Claim;
use super::library::Library;
use super::lines::LineKey;
use super::part::{PAUSE_HOURS, SessionWindow, turn_times};
use super::paths::{self, PathMatch};
use crate::record::contribution::{Confidence, Evidence};
use crate::record::session::{Prompt, PromptSource};
use crate::text::telling::is_telling;

/// A plan is a session's where so much of its telling lines, and so many of them, stand in its edits.
const LEAST_PART: f64 = 0.6;
const LEAST_LINES: usize = 5;

/// A claim for each session that made a plan which the part of another session carried out.
pub(crate) fn planners(library: &Library, part: &SessionWindow) -> Vec<Claim> {
    let mut claims: Vec<Claim> = Vec::new();
    let before = part.begin..part.turns.first().copied().unwrap_or_default();
    for prompt in before.chain(part.turns.iter().copied()).filter_map(|turn| part.session.turns[turn].prompt.as_ref()) {
        let other = |session: usize| library.sessions[session].id != part.session.id;
        let found = match prompt.source {
            PromptSource::Plan => by_lines(library, prompt, other).or_else(|| by_name(library, prompt, other)),
            PromptSource::Typed | PromptSource::Slash => by_file(library, prompt, other),
            _ => None,
        };
        let Some((session, turns)) = found else { continue };
        if let Some(known) = claims.iter_mut().find(|claim| claim.session == session) {
            known.planned_in.extend(turns);
            continue;
        }
        claims.push(Claim {
            session,
            confidence: Confidence::Content,
            evidence: vec![Evidence::Plan { carried_out_by: part.session.id.clone() }],
            lines: 0,
            weight: 0.0,
            committed_in: None,
            planned_in: turns,
        });
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

/// The session that last wrote the file of a plan that the words name, with the turns in which it did. It is handed on while
/// it is new: an old one has led to other commits.
fn by_file(library: &Library, prompt: &Prompt, other: impl Fn(usize) -> bool) -> Option<(usize, BTreeSet<usize>)> {
    let named: Vec<&str> = prompt.text.expose().split_whitespace().filter_map(plan_file).collect();
    let at = prompt.at?;
    let is_new = |written: jiff::Timestamp| written < at && at.duration_since(written).as_hours() < PAUSE_HOURS;
    let is_named = |path: u32| {
        let path = &library.paths[path as usize];
        named.iter().any(|named| paths::compare(path, named) == PathMatch::Whole)
    };
    if named.is_empty() {
        return None;
    }
    let touches = library.touches.iter().enumerate().filter(|(session, _)| other(*session));
    let written = touches.flat_map(|(session, touches)| {
        let made = touches.iter().filter(|touch| touch.made && touch.at.is_some_and(is_new) && is_named(touch.path));
        made.map(move |touch| (touch.at, session, touch.turn as usize))
    });
    let written: Vec<_> = written.collect();
    let session = written.iter().max()?.1;
    Some((session, written.iter().filter(|one| one.1 == session).map(|one| one.2).collect()))
}

/// The path of a plan's file as it stands among words: `@docs/plans/discounts.md,`.
fn plan_file(word: &str) -> Option<&str> {
    let path = word.trim_end_matches(|c: char| !c.is_alphanumeric());
    let path = path.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '/' && c != '.').trim_start_matches("./");
    let is_of_plans = |part: &str| matches!(part.to_ascii_lowercase().as_str(), "plan" | "plans" | "planning");
    (path.ends_with(".md") && path.split(|c: char| !c.is_alphanumeric()).any(is_of_plans)).then_some(path)
}

/// A shorter name of a transcript is no id.
const LEAST_ID: usize = 16;
