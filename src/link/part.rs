//! The part of a session that is about one commit: the turns that wrote it, and what was said on the way there.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::authorship::{Attribution, PathMatches, Writer};
use super::claims::Claim;
use super::library::Library;
use super::paths::PathMatch;
use super::words::is_approval;
use crate::record::commit::{ChangeKind, Commit};
use crate::record::session::{Action, Outcome, Session, Turn};

/// The part of a session that is about one commit.
pub struct Part<'a> {
    pub session: &'a Session,
    /// Turns that led to it, in order; never empty unless the session has no turns.
    pub turns: BTreeSet<usize>,
    /// The first turn since the last commit, of the session or of the person: a plan that was handed on in it or later may
    /// be behind the commit, though other work lies between.
    pub begin: usize,
    /// Nothing after this time led to the commit.
    pub until: Timestamp,
    /// Edits of the commit's files, in order: (turn, call, index of the file in the commit).
    pub touches: Vec<(usize, usize, usize)>,
}

/// Where the work for this commit begins and ends.
#[derive(Clone, Copy)]
struct Border {
    /// When the commit before was authored; people commit by hand, so the session itself does not show it.
    since: Option<Timestamp>,
    until: Timestamp,
}

/// A turn that ended before the commit before was made is kept if it wrote this part of what the session wrote.
const MUCH: f64 = 0.34;
/// Words so long before the work began are about something else.
pub const PAUSE_HOURS: i64 = 2;

/// The times of a turn: of its prompt and of its calls.
pub fn turn_times(session: &Session, turn: usize) -> impl Iterator<Item = Timestamp> {
    let turn = &session.turns[turn];
    let prompt = turn.prompt.iter().filter_map(|prompt| prompt.at);
    prompt.chain(turn.calls.iter().flat_map(|call| [call.at, call.ended_at]).flatten())
}

/// The claim's session, cut to what is about `commit`. `since` is when the commit before was authored.
pub fn part<'a>(
    commit: &Commit,
    library: &'a Library,
    attribution: &Attribution,
    claim: &Claim,
    since: Option<Timestamp>,
) -> Part<'a> {
    let session = &library.sessions[claim.session];
    let own = || {
        let writers = attribution.files.iter().flatten().filter_map(|line| line.writer);
        writers.filter(|writer| !writer.late && writer.posting.session as usize == claim.session)
    };
    // A session that had ended by then is about this commit all the same, or it would not hold its lines.
    let goes_on = |since: &Timestamp| session.ended_at.is_none_or(|end| end >= *since);
    let border = Border {
        since: since.filter(|since| *since <= commit.authored_at && goes_on(since)),
        // A rebase commits again long after; lines that were written after authoring say that it was amended.
        until: own().filter_map(|writer| writer.posting.at).fold(a_minute_after(commit.authored_at), Timestamp::max),
    };
    // What a session that only planned did to the files was for other commits.
    let touches = if claim.only_planned() { Vec::new() } else { touches(commit, library, claim, border.until) };
    let wrote: BTreeSet<usize> = own().map(|writer| writer.posting.turn as usize).collect();
    let border = border.before_new_files(commit, session, &touches, &wrote);
    let writing = writing_turns(session, own(), claim, &touches, border);
    let turns = around(session, &writing, claim.committed_in, &touches, border);
    let begin = begin(session, turns.first().copied().unwrap_or_default(), border);
    let touches =
        touches.into_iter().filter(|touch| turns.contains(&touch.0) || !border.is_before(session, touch.0)).collect();
    Part { session, turns, begin, until: border.until, touches }
}

fn begin(session: &Session, first: usize, border: Border) -> usize {
    let is_behind = |turn: &usize| !commits_something(&session.turns[*turn]) && !border.is_before(session, *turn);
    (0..first).rev().take_while(is_behind).last().unwrap_or(first)
}

fn a_minute_after(time: Timestamp) -> Timestamp {
    time.saturating_add(SignedDuration::from_secs(60)).unwrap_or(time)
}

impl Border {
    /// Work on a file that the commit adds cannot have led to an earlier commit.
    fn before_new_files(
        self,
        commit: &Commit,
        session: &Session,
        touches: &[(usize, usize, usize)],
        wrote: &BTreeSet<usize>,
    ) -> Self {
        let is_new = |file: usize| commit.files[file].kind == ChangeKind::Added;
        let on_new = touches.iter().filter(|touch| is_new(touch.2) && wrote.contains(&touch.0));
        let began = on_new.flat_map(|touch| turn_times(session, touch.0)).min();
        Self { since: self.since.map(|since| began.map_or(since, |began| since.min(began))), ..self }
    }

    /// Whether the turn ended before the commit before was made.
    fn is_before(self, session: &Session, turn: usize) -> bool {
        let end = turn_times(session, turn).max();
        self.since.is_some_and(|since| end.is_some_and(|end| end < since))
    }
}

fn touches(commit: &Commit, library: &Library, claim: &Claim, until: Timestamp) -> Vec<(usize, usize, usize)> {
    let paths: Vec<PathMatches> = commit.files.iter().map(|file| PathMatches::new(file, library)).collect();
    library.touches[claim.session]
        .iter()
        .filter(|touch| touch.at.is_none_or(|at| at <= until))
        .filter_map(|touch| {
            let file = paths.iter().position(|paths| paths.of(Some(touch.path)) == PathMatch::Whole)?;
            Some((touch.turn as usize, touch.call as usize, file))
        })
        .collect()
}

fn writing_turns(
    session: &Session,
    own: impl Iterator<Item = Writer>,
    claim: &Claim,
    touches: &[(usize, usize, usize)],
    border: Border,
) -> BTreeSet<usize> {
    let mut weights: BTreeMap<usize, f64> = BTreeMap::new();
    for writer in own {
        *weights.entry(writer.posting.turn as usize).or_default() += writer.weight;
    }
    let much = weights.values().sum::<f64>() * MUCH;
    let counts = |turn: usize, weight: f64| !border.is_before(session, turn) || weight >= much;
    let mut writing: BTreeSet<usize> =
        weights.iter().filter(|(turn, weight)| counts(**turn, **weight)).map(|(turn, _)| *turn).collect();
    writing.extend(&claim.planned_in);
    if writing.is_empty() {
        writing.extend(weights.keys());
    }
    if writing.is_empty() {
        writing.extend(claim.committed_in);
    }
    if writing.is_empty() {
        writing.extend(touches.last().map(|touch| touch.0));
    }
    // A session without calls was written down by a person: what is there was chosen for this commit.
    if session.turns.iter().all(|turn| turn.calls.is_empty()) {
        writing.extend(0..session.turns.len());
    }
    // Also turns that worked on the commit's files and whose lines were written over since.
    let worked = worked_on(session, &writing, touches);
    writing.extend(worked.into_iter().filter(|turn| !border.is_before(session, *turn)));
    writing
}

/// Turns that edited the commit's files in the same stretch of work as the writing ones: no commit of the session lies
/// between. (A commit of the writing turn itself may be this one.)
fn worked_on(session: &Session, writing: &BTreeSet<usize>, touches: &[(usize, usize, usize)]) -> Vec<usize> {
    let (Some(first), Some(last)) = (writing.first(), writing.last()) else { return Vec::new() };
    let commits = |from: usize, to: usize| session.turns[from..to].iter().any(commits_something);
    let in_reach = |turn: &usize| match () {
        () if turn < first => !commits(*turn, *first),
        () if turn > last => !commits(*last, *turn),
        () => true,
    };
    touches.iter().map(|touch| touch.0).filter(in_reach).collect()
}

/// The turns that wrote the commit with what belongs to them: discussion between them, tries of the same files, and what
/// was said before the first edit, back to the commit before, to other work or to a long pause.
fn around(
    session: &Session,
    writing: &BTreeSet<usize>,
    committed_in: Option<usize>,
    touches: &[(usize, usize, usize)],
    border: Border,
) -> BTreeSet<usize> {
    let (Some(first), Some(last)) = (writing.first().copied(), writing.last().copied()) else {
        return BTreeSet::new();
    };
    let last = committed_in.map_or(last, |turn| turn.max(last));
    let touching: BTreeSet<usize> = touches.iter().map(|touch| touch.0).collect();
    let edits_others = |turn: usize| !touching.contains(&turn) && edits_something(&session.turns[turn]);
    let in_time = |turn: usize| turn_times(session, turn).next().is_none_or(|at| at <= border.until);
    let belongs = |turn: usize| in_time(turn) && !edits_others(turn) && !border.is_before(session, turn);
    let mut turns: BTreeSet<usize> =
        (first..=last).filter(|turn| writing.contains(turn) || Some(*turn) == committed_in || belongs(*turn)).collect();
    for turn in (0..first).rev() {
        // After a mere "go on" the words that say what to do are needed, wherever they are.
        let needed = !asks_for_something(session, turn + 1);
        let begin = turn_times(session, turn + 1).min();
        let paused = turn_times(session, turn)
            .max()
            .zip(begin)
            .is_some_and(|(end, begin)| begin.duration_since(end).as_hours() >= PAUSE_HOURS);
        let is_other = edits_others(turn) || border.is_before(session, turn) || paused;
        if commits_something(&session.turns[turn]) || (is_other && !needed) {
            break;
        }
        turns.insert(turn);
    }
    turns
}

/// Whether the turn begins with words that say what to do.
fn asks_for_something(session: &Session, turn: usize) -> bool {
    session.turns[turn].prompt.as_ref().is_some_and(|prompt| !is_approval(prompt.text.expose()))
}

pub fn edits_something(turn: &Turn) -> bool {
    turn.calls.iter().any(|call| matches!((&call.action, &call.outcome), (Action::Edit(_), Outcome::Succeeded { .. })))
}

/// Whether a commit was made in the turn.
fn commits_something(turn: &Turn) -> bool {
    turn.calls.iter().any(|call| match (&call.action, &call.outcome) {
        (Action::Shell { command, .. }, Outcome::Succeeded { .. } | Outcome::Running { .. }) => {
            command.expose().contains("git commit")
        }
        _ => false,
    })
}
