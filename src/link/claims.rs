//! Which sessions contributed to a commit, how surely, and why.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use jiff::SignedDuration;

use super::all_here::is_all_here;
use super::attribution::{Attribution, PathMatches};
use super::committing::is_same_subject;
use super::equal_lines::{is_copied, is_equal_by_chance, went_into_an_earlier_commit};
use super::hints::Hints;
use super::library::{Committing, Library, Printed};
use super::named_call;
use super::paths::PathMatch;
use super::removals;
use super::reports;
use super::tally::{Tally, count_formatted, count_lines};
use super::weights::CLOCK_SECONDS;
use crate::link::claim::Claim;
use crate::record::commit::{Commit, FileChange};
use crate::record::contribution::{Confidence, Evidence};
use crate::record::session::Session;
use crate::text::telling::is_telling;

/// Lines that weigh less than this together are chance, and so are those that weigh less than this part of all added
/// lines that can say where they come from, or, where no rare lines say more, than this part of what the strongest
/// session holds.
const LEAST_WEIGHT: f64 = 0.5;
const LEAST_PART: f64 = 0.08;
const LEAST_SHARE: f64 = 0.1;
/// Lines that a session wrote only into code elsewhere are copies that anybody may have made, unless they are this part.
const LEAST_PART_ELSEWHERE: f64 = 0.25;
/// So many rare lines are no chance, however large the commit is.
const NO_CHANCE: f64 = 6.0;
/// A subject that is not longer says nothing (`fix typo`).
const SHORT_SUBJECT: usize = 10;
/// A commit that goes on in a background shell is made this long after the call, one whose call has no result yet so long.
const COMMIT_SECONDS: i64 = 60;
const OPEN_SECONDS: i64 = 600;
/// The trailer that the commit-msg hook writes.
const OWN_TRAILER: &str = "Backstory-Session";
/// How long before a commit a session may have touched the same files, and the part of the files it must have touched,
/// to be named where no session holds any of the lines.
const OVERLAP_HOURS: i64 = 6;
const OVERLAP_FILES: f64 = 0.5;

/// All claims on a commit, those with most lines first. One claim of confidence `overlap` is made only where there is no other.
pub(crate) fn claim(commit: &Commit, library: &Library, attribution: &Attribution, hints: &Hints) -> Vec<Claim> {
    let mut tallies: BTreeMap<usize, Tally> = BTreeMap::new();
    count_lines(commit, attribution, library, false, &mut tallies);
    let printed = printed_by(commit, library);
    for (printed, exact) in printed {
        let tally = tallies.entry(printed.session).or_default();
        // A subject alone says little; with lines, or edits of all files, of the commit it says that an amend or rebase changed the id. And who
        // came only after the commit was authored, and wrote none of it, has carried another's work over.
        let is_its = || !exact && edited_all(commit, library, printed.session);
        if (exact && was_there(commit, library, printed.session)) || tally.lines > 0 || is_its() {
            tally.committed_in = Some(printed.turn);
            let text = if exact { printed.id.clone() } else { printed.subject.clone().unwrap_or_default() };
            tally.stated = vec![Evidence::CommitOutput { printed: text }];
        }
    }
    for (session, turn) in committed_by(commit, library) {
        let tally = tallies.entry(session).or_default();
        if tally.stated.is_empty() {
            tally.committed_in = Some(turn);
            tally.stated = vec![Evidence::CommitOutput { printed: subject(commit).to_owned() }];
        }
    }
    // A subagent of the session made the commit.
    if let Some(reported) = reports::find(commit, library)
        && let Some(tally) = tallies.get_mut(&reported.session).filter(|tally| tally.lines > 0)
    {
        tally.committed_in = Some(tally.committed_in.unwrap_or(reported.turn));
        tally.stated.push(Evidence::Report { named: reported.id.clone() });
    }
    state_by_hints(library, hints, &mut tallies);
    if tallies.values().all(|tally| tally.lines == 0) {
        count_formatted(commit, attribution, library, &mut tallies);
    }
    add_own_trailers(library, hints, &mut tallies);
    let strongest = tallies.values().map(|tally| tally.weight).fold(0.0, f64::max);
    // An amend adds little to a large commit: it is measured by what nobody had written before.
    let before: u32 = tallies.values().map(|tally| tally.lines - tally.lines_amended).sum();
    let open = attribution.telling.saturating_sub(before);
    let mut claims: Vec<Claim> = tallies
        .into_iter()
        .filter(|(session, tally)| {
            let part = tally.weight / f64::from(attribution.telling.max(1));
            let is_elsewhere = tally.elsewhere == tally.lines
                && f64::from(tally.lines) < LEAST_PART_ELSEWHERE * f64::from(attribution.telling);
            let is_chance =
                tally.weight < LEAST_WEIGHT || (part < LEAST_PART && tally.surely < NO_CHANCE) || is_elsewhere;
            let amended = tally.amended >= LEAST_WEIGHT && tally.amended >= LEAST_PART * f64::from(open);
            let enough = tally.surely >= NO_CHANCE || tally.weight >= strongest * LEAST_SHARE;
            let is_equal_by_chance = || is_equal_by_chance(commit, library, attribution, (*session, tally));
            let is_copied = || is_copied(commit, library, attribution, (*session, tally));
            let is_told_already = || went_into_an_earlier_commit(commit, library, attribution, (*session, tally));
            let is_by_lines = !is_chance && enough && !is_equal_by_chance() && !is_copied() && !is_told_already();
            !tally.stated.is_empty()
                || amended
                || is_by_lines
                || (!is_elsewhere && is_all_here(commit, library, *session, tally.lines))
        })
        .map(|(session, tally)| claim_of(session, tally, attribution.telling, commit.files.len()))
        .collect();
    claims.sort_by(|a, b| {
        // Who gave most stands first, and who only made the commit behind who wrote it.
        let wrote_nothing = |claim: &Claim| claim.lines == 0 && strongest >= LEAST_WEIGHT;
        wrote_nothing(a)
            .cmp(&wrote_nothing(b))
            .then(b.lines.cmp(&a.lines))
            .then(a.confidence.cmp(&b.confidence))
            .then(b.weight.total_cmp(&a.weight))
            .then(a.session.cmp(&b.session))
    });
    if claims.is_empty() && attribution.telling == 0 {
        claims.extend(removals::claim(commit, library));
    }
    if claims.is_empty() {
        claims.extend(reports::claim(commit, library));
    }
    if claims.is_empty() {
        claims.extend(overlap(commit, library));
    }
    claims
}

/// The evidence that our own trailer names a session, for those that something else links: it was written for that, and is
/// copied with a message (`git commit -C`), so that alone it says nothing.
fn add_own_trailers(library: &Library, hints: &Hints, tallies: &mut BTreeMap<usize, Tally>) {
    for (key, id) in hints.named.iter().filter(|(key, _)| key == OWN_TRAILER) {
        let known = session_of(library, id).and_then(|session| tallies.get_mut(&session));
        if let Some(tally) = known {
            tally.stated.push(Evidence::Trailer { key: key.clone() });
        }
    }
}

/// The session with this id, or with another that means it.
fn session_of(library: &Library, id: &str) -> Option<usize> {
    let is_it = |session: &Session| session.id == id || session.other_ids.iter().any(|other| other == id);
    library.sessions.iter().position(is_it)
}

/// Whether the session had begun when the commit was first made.
fn was_there(commit: &Commit, library: &Library, session: usize) -> bool {
    let start = library.sessions[session].started_at;
    start.is_none_or(|start| start.duration_since(commit.authored_at).as_secs() <= CLOCK_SECONDS)
}

/// Whether the session edited each file of the commit.
fn edited_all(commit: &Commit, library: &Library, session: usize) -> bool {
    let edited = |file: &FileChange| {
        let paths = PathMatches::new(file, library);
        let touches = library.touches[session].iter().filter(|touch| touch.made);
        touches.into_iter().any(|touch| paths.of(Some(touch.path)) == PathMatch::Whole)
    };
    !commit.files.is_empty() && commit.files.iter().all(edited)
}

/// Commits that sessions printed and that are this one: by id (`true`), or by subject near the time it was authored.
fn printed_by<'a>(commit: &Commit, library: &'a Library) -> Vec<(&'a Printed, bool)> {
    let subject = subject(commit);
    let near = SignedDuration::from_hours(24 * 14);
    let is_near = |printed: &Printed| {
        printed.at.is_some_and(|at| {
            at.duration_since(commit.committed_at).abs() < near || at.duration_since(commit.authored_at).abs() < near
        })
    };
    let exact = |printed: &Printed| commit.id.as_ref().is_some_and(|id| id.starts_with(&printed.id));
    let mut found: Vec<(&Printed, bool)> = library
        .printed
        .iter()
        .filter_map(|printed| {
            let by_id = exact(printed);
            let of_it = printed.subject.as_deref().filter(|of_it| of_it.len() > SHORT_SUBJECT);
            let by_subject = of_it.is_some_and(|of_it| is_same_subject(of_it, subject)) && is_near(printed);
            (by_id || by_subject).then_some((printed, by_id))
        })
        .collect();
    // The exact one is said last, so that it is the one that stays.
    found.sort_by_key(|(_, exact)| *exact);
    found
}

/// Sessions with the turn in which they ran a command that holds the commit's subject as a message, while it was authored.
fn committed_by(commit: &Commit, library: &Library) -> Vec<(usize, usize)> {
    let subject = subject(commit);
    if subject.len() <= SHORT_SUBJECT {
        return Vec::new();
    }
    let authored = commit.authored_at.as_second();
    let meanwhile = |one: &&Committing| {
        let end = one.end.map_or(one.begin.as_second() + OPEN_SECONDS, |end| end.as_second() + COMMIT_SECONDS);
        (one.begin.as_second()..=end).contains(&authored)
    };
    let found = library.committing.iter().filter(meanwhile).filter(|one| says(library.command(one), subject));
    found.map(|one| (one.session as usize, one.turn as usize)).collect()
}

/// Whether the words stand in a command between quotes or ends of lines.
fn says(command: &str, words: &str) -> bool {
    let is_edge = |c: Option<char>| c.is_none_or(|c| matches!(c, '"' | '\'' | '\n' | '\r'));
    command.match_indices(words).any(|(at, _)| {
        is_edge(command[..at].chars().next_back()) && is_edge(command[at + words.len()..].chars().next())
    })
}

fn subject(commit: &Commit) -> &str {
    commit.message.expose().lines().next().unwrap_or_default().trim()
}

fn state_by_hints(library: &Library, hints: &Hints, tallies: &mut BTreeMap<usize, Tally>) {
    if let Some(inside) = &hints.inside {
        let by_call = named_call::of_shell(inside, library);
        let by_id = inside.session.as_deref().and_then(|id| session_of(library, id));
        let named = match (by_call, &inside.call) {
            (Some((session, turn)), Some(call)) => Some((session, Some(turn), &call.variable)),
            _ => by_id.map(|session| (session, None, &inside.variable)),
        };
        if let Some((session, turn, variable)) = named {
            let tally = tallies.entry(session).or_default();
            tally.stated.insert(0, Evidence::Environment { variable: variable.clone() });
            tally.committed_in = turn.or(tally.committed_in);
        }
    }
    for (key, id) in hints.named.iter().filter(|(key, _)| key != OWN_TRAILER) {
        if let Some(session) = session_of(library, id) {
            tallies.entry(session).or_default().stated.push(Evidence::Trailer { key: key.clone() });
        }
    }
}

fn claim_of(session: usize, tally: Tally, telling: u32, files: usize) -> Claim {
    // A trailer that this program wrote itself says no more than the lines it was written for.
    let is_own = |evidence: &Evidence| matches!(evidence, Evidence::Trailer { key } if key == OWN_TRAILER);
    let stated = tally.stated.iter().any(|evidence| !is_own(evidence));
    let confidence = if stated { Confidence::Stated } else { Confidence::Content };
    let mut evidence = tally.stated;
    if tally.lines > 0 {
        evidence.push(Evidence::Lines { found: tally.lines, of: telling });
        evidence.push(Evidence::Files { found: tally.files.len() as u32, of: files as u32 });
    }
    if tally.shell > 0 {
        evidence.push(Evidence::Shell { found: tally.shell });
    }
    if tally.text > 0 {
        evidence.push(Evidence::Text { found: tally.text });
    }
    Claim {
        session,
        confidence,
        evidence,
        lines: tally.lines,
        weight: tally.weight,
        committed_in: tally.committed_in,
        planned_in: BTreeSet::new(),
    }
}

/// The session that worked on most of the commit's files shortly before it.
fn overlap(commit: &Commit, library: &Library) -> Option<Claim> {
    let hunks = || commit.files.iter().flat_map(|file| &file.hunks);
    let mut lines = hunks().flat_map(|hunk| hunk.added.iter().chain(&hunk.removed));
    if hunks().next().is_some() && !lines.any(|line| is_telling(line.expose())) {
        // Blank lines and brackets: a formatter's work, or anybody's.
        return None;
    }
    let limit = SignedDuration::from_hours(OVERLAP_HOURS);
    let matches: Vec<PathMatches> = commit.files.iter().map(|file| PathMatches::new(file, library)).collect();
    let mut best: Option<(usize, SignedDuration, usize)> = None;
    for (session, touches) in library.touches.iter().enumerate() {
        let mut files = HashSet::new();
        let mut nearest = SignedDuration::MAX;
        for touch in touches {
            let Some(before) = touch.at.map(|at| commit.authored_at.duration_since(at)) else { continue };
            if before.is_negative() || before > limit {
                continue;
            }
            for (index, paths) in matches.iter().enumerate() {
                if paths.of(Some(touch.path)) == PathMatch::Whole {
                    files.insert(index);
                    nearest = nearest.min(before);
                }
            }
        }
        let enough = files.len() as f64 >= OVERLAP_FILES * commit.files.len() as f64;
        let better = best.is_none_or(|(most, least, _)| (files.len(), least) > (most, nearest));
        if !files.is_empty() && enough && better {
            best = Some((files.len(), nearest, session));
        }
    }
    best.map(|(found, _, session)| Claim {
        session,
        confidence: Confidence::Overlap,
        evidence: vec![Evidence::Files { found: found as u32, of: commit.files.len() as u32 }],
        lines: 0,
        weight: 0.0,
        committed_in: None,
        planned_in: BTreeSet::new(),
    })
}
