//! The part of a session that is about one commit: the turns that wrote it, and what was said on the way there.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::asks::{Need, is_about_branches, is_menu, only_looks};
use super::attribution::{Attribution, PathMatches, Writer};
use super::claim::Claim;
use super::closing::{closes_work, only_plans_for};
use super::commit_words::{CommitWords, led_elsewhere};
use super::committing::{amends_something, begins_by_amending, commits_something, later, made_in, tries_to_commit};
use super::library::Library;
use super::lines::LineKey;
use super::news::{asks_after_the_state, is_praise, says_it_is_committed};
use super::objecting::is_good_news;
use super::other_turns::{edited_paths, foreign_turns, other_work};
use super::paths::PathMatch;
use super::ran_check::KnownRuns;
use super::standing::{spent_turn, stands, wish_before};
use super::stretches::{CallPlace, Stretch, stretches};
use super::turn_needs::{edits_something, is_made_edit, need_of};
use super::words::is_approval;
use super::work_trees::{is_in_one, work_trees};
use crate::record::commit::{Commit, FileChangeKind};
use crate::record::session::Session;

/// The part of a session that is about one commit.
pub(crate) struct SessionWindow<'a> {
    pub session: &'a Session,
    /// Turns that led to it, in order; never empty unless the session has no turns.
    pub turns: BTreeSet<usize>,
    /// A turn that led to an earlier commit and whose words say what this one is for: "go on" needs them. Nothing else of it
    /// belongs here.
    pub asked_in: Option<usize>,
    /// Whether a commit lies between the words of that turn and the work for this one.
    pub asked_for_another: bool,
    /// The first turn since the last commit, of the session or of the person: a plan that was handed on in it or later may
    /// be behind the commit, though other work lies between.
    pub begin: usize,
    /// A turn of the part whose words are about what the agent committed before, in the same turn.
    pub spent: Option<usize>,
    /// When the commit before was authored, where the session went on behind it.
    pub since: Option<Timestamp>,
    /// Nothing after this time led to the commit.
    pub until: Timestamp,
    /// The call that made the commit, by its turn and its place there: nothing behind it led to the commit. Known where the session
    /// committed itself and changed nothing of it later.
    pub end: Option<(usize, usize)>,
    /// The stretches of it that led to the commit: what was done for earlier commits of the session is theirs.
    pub stretches: Vec<Stretch>,
    /// The calls that wrote lines as the commit has them.
    pub wrote: BTreeSet<CallPlace>,
    /// Turns of the session that are about another repository.
    pub foreign: BTreeSet<usize>,
    /// Edits of the commit's files, in order: (turn, call, index of the file in the commit).
    pub touches: Vec<(usize, usize, usize)>,
    /// The first call that wrote a line as the commit has it, by its turn and its place there.
    pub first_line: Option<(usize, usize)>,
    /// Whether no other session wrote a line of the commit.
    pub alone: bool,
    /// The work trees of the commit, each with `/` at the end.
    pub trees: BTreeSet<String>,
    /// What its calls checked.
    pub known_runs: KnownRuns,
}

/// Where the work for this commit begins and ends.
#[derive(Clone, Copy)]
struct Border {
    /// When the commit before was authored; people commit by hand, so the session itself does not show it.
    since: Option<Timestamp>,
    /// What was said later led to nothing in the commit.
    said_until: Timestamp,
    until: Timestamp,
}

/// A turn that ended before the commit before was made is kept if it wrote this part of what the session wrote.
const MUCH: f64 = 0.34;
/// Words so long before the work began are about something else.
pub(crate) const PAUSE_HOURS: i64 = 2;

/// The times of a turn: of its prompt and of its calls.
pub(crate) fn turn_times(session: &Session, turn: usize) -> impl Iterator<Item = Timestamp> {
    let turn = &session.turns[turn];
    let prompt = turn.prompt.iter().filter_map(|prompt| prompt.at);
    prompt.chain(turn.calls.iter().flat_map(|call| [call.at, call.ended_at]).flatten())
}

/// The claim's session, cut to what is about `commit`. `since` is when the commit before was authored.
pub(crate) fn part<'a>(
    commit: &Commit,
    library: &'a Library,
    attribution: &Attribution,
    claim: &Claim,
    since: Option<Timestamp>,
) -> SessionWindow<'a> {
    let session = &library.sessions[claim.session];
    let writers = || attribution.files.iter().flatten().filter_map(|line| line.writer);
    let own = || writers().filter(|writer| !writer.late && writer.posting.session as usize == claim.session);
    // A session that had ended by then is about this commit all the same, or it would not hold its lines.
    let goes_on = |since: &Timestamp| session.ended_at.is_none_or(|end| end >= *since);
    // A line that the session had written by then, and wrote again since, says nothing of the time.
    let in_time = |text: &str| {
        let here =
            library.writers(LineKey::of(text)).iter().filter(|posting| posting.session as usize == claim.session);
        here.filter_map(|posting| posting.at).any(|at| at <= later(commit.authored_at, 60))
    };
    // A rebase commits again long after; lines that were written after authoring say that it was amended.
    let added = commit.files.iter().map(|file| file.hunks.iter().flat_map(|hunk| &hunk.added));
    let lines = attribution.files.iter().zip(added).flat_map(|(lines, texts)| lines.iter().zip(texts));
    let is_own = |writer: &Writer| !writer.late && writer.posting.session as usize == claim.session;
    let late: Vec<Timestamp> = lines
        .filter_map(|(line, text)| line.writer.filter(is_own).filter(|_| !in_time(text.expose())))
        .filter_map(|writer| writer.posting.at)
        .collect();
    let last_line = |at: Timestamp| late.iter().copied().fold(at, Timestamp::max);
    let made = made_in(session, commit);
    let last = made.as_ref().filter(|made| made.is_last || late.is_empty());
    let end = last.filter(|made| made.ended.is_some()).map(|made| (made.turn, made.call));
    // Where the session's own call is known, what came behind it led to nothing in the commit; an amend goes on to its own call.
    let (said_until, until) = match last {
        Some(made) => {
            (later(commit.authored_at, 1).max(made.began), made.ended.unwrap_or(later(commit.authored_at, 60)))
        }
        None => (last_line(later(commit.authored_at, 1)), last_line(later(commit.authored_at, 60))),
    };
    let since = since.filter(|since| *since <= commit.authored_at && goes_on(since));
    let border = Border { since, said_until, until };
    // What a session that only planned did to the files was for other commits.
    let touches = if claim.only_planned() || claim.was_reported() {
        Vec::new()
    } else {
        touches(commit, library, claim, border.said_until)
    };
    let wrote: BTreeSet<usize> = own().map(|writer| writer.posting.turn as usize).collect();
    let border = border.before_new_files(commit, session, &touches, &wrote);
    let writing = writing_turns(session, own(), claim, &touches, border);
    let tried_to_commit = || {
        let next = writing.last().map_or(0, |last| last + 1);
        session.turns.get(next).filter(|turn| tries_to_commit(turn) && !edits_something(turn)).map(|_| next)
    };
    let committed_in = claim.committed_in.or(made.map(|made| made.turn)).or_else(tried_to_commit);
    let foreign = foreign_turns(session, &writing);
    let mut others = other_work(session, commit, &touches);
    others.extend(&foreign);
    let words = CommitWords::of(commit);
    let is_beside = |turn: &usize| !is_here(session, *turn, &touches) && !words.are_said_in(session, *turn);
    others.extend(touches.iter().map(|touch| touch.0).filter(|turn| !writing.contains(turn) && is_beside(turn)));
    let touching = touches.iter().map(|touch| touch.0).collect();
    let beside = Beside { commit, others: &others, foreign: &foreign, touching: &touching, words: &words };
    let (turns, asked_in) = around(session, &writing, committed_in, &beside, border);
    // Where the agent went on to this commit by itself, what it did stands further back.
    let spent = spent_turn(session, (&turns, &touches), end, commit);
    let before_it = || spent.filter(|spent| turns.first() == Some(spent)).and_then(|spent| wish_before(session, spent));
    let asked_in = asked_in.or_else(|| before_it().filter(|turn| !foreign.contains(turn)));
    let is_elsewhere = |turn: usize| foreign.contains(&turn) || led_elsewhere(session, turn, &others);
    let asked_in = words.asked_before(session, (&turns, asked_in), is_elsewhere).or(asked_in);
    let first = turns.first().copied().unwrap_or_default();
    let has_led_to_one = |turn: usize| {
        let commits = || session.turns[turn..first.max(turn)].iter().any(commits_something);
        let stands = session.turns[turn].said().is_some_and(|prompt| stands(prompt.text.expose()));
        !stands && (border.is_before(session, turn) || commits())
    };
    let asked_for_another = asked_in.is_some_and(has_led_to_one);
    let begin = begin(session, turns.first().copied().unwrap_or_default(), &foreign, border);
    let touches: Vec<(usize, usize, usize)> =
        touches.into_iter().filter(|touch| turns.contains(&touch.0) || !border.is_before(session, touch.0)).collect();
    let trees = work_trees(session, commit, &touches);
    let touches = touches.into_iter().filter(|touch| is_in_one(session, commit, touch, &trees)).collect();
    let place = |writer: Writer| (writer.posting.turn as usize, writer.posting.call as usize);
    SessionWindow {
        session,
        turns,
        asked_in,
        asked_for_another,
        begin,
        stretches: stretches(session, own(), since),
        wrote: own().map(place).collect(),
        foreign,
        spent,
        since,
        until: border.until,
        end,
        touches,
        first_line: own().map(place).min(),
        alone: writers().all(|writer| writer.late || writer.posting.session as usize == claim.session),
        trees,
        known_runs: KnownRuns::default(),
    }
}

fn begin(session: &Session, first: usize, foreign: &BTreeSet<usize>, border: Border) -> usize {
    let is_behind = |turn: &usize| {
        !commits_something(&session.turns[*turn]) && !border.is_before(session, *turn) && !foreign.contains(turn)
    };
    (0..first).rev().take_while(is_behind).last().unwrap_or(first)
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
        let is_new = |file: usize| commit.files[file].kind == FileChangeKind::Added;
        let on_new = touches.iter().filter(|touch| is_new(touch.2) && wrote.contains(&touch.0));
        let began = on_new.flat_map(|touch| turn_times(session, touch.0)).min();
        Self { since: self.since.map(|since| began.map_or(since, |began| since.min(began))), ..self }
    }

    /// Whether the turn ended before the commit before was made, or made its last edit then: what it looked at later is no work.
    fn is_before(self, session: &Session, turn: usize) -> bool {
        let Some(since) = self.since else { return false };
        let edits = session.turns[turn].calls.iter().filter(|call| is_made_edit(call));
        let end = edits.filter_map(|call| call.ended_at.or(call.at)).max().or_else(|| turn_times(session, turn).max());
        end.is_some_and(|end| end < since)
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
    touches.iter().map(|touch| touch.0).filter(in_reach).filter(|turn| is_here(session, *turn, touches)).collect()
}

/// Whether enough of what the turn edited is in the commit's files; else it worked on something else.
fn is_here(session: &Session, turn: usize, touches: &[(usize, usize, usize)]) -> bool {
    let here = touches.iter().filter(|touch| touch.0 == turn).count();
    here * MOST_ELSEWHERE >= edited_paths(&session.turns[turn]).count()
}

/// A turn of which fewer than one edit in so many is in the commit's files is other work.
const MOST_ELSEWHERE: usize = 4;

/// What tells the turns of other work from those of this commit.
struct Beside<'a> {
    commit: &'a Commit,
    /// Turns that edited none of the commit's files, and those among them that are about another repository.
    others: &'a BTreeSet<usize>,
    foreign: &'a BTreeSet<usize>,
    /// Turns that edited some of them.
    touching: &'a BTreeSet<usize>,
    words: &'a CommitWords,
}

/// The turns that wrote the commit with what belongs to them: discussion between them, tries of the same files, and what
/// was said before the first edit, back to the commit before, to other work or to a long pause. Where all of that does not
/// say what was wanted, the turn before that says it comes too, or it is named if it led to another commit.
fn around(
    session: &Session,
    writing: &BTreeSet<usize>,
    committed_in: Option<usize>,
    Beside { commit, others, foreign, touching, words }: &Beside,
    border: Border,
) -> (BTreeSet<usize>, Option<usize>) {
    let (Some(first), Some(last)) = (writing.first().copied(), writing.last().copied()) else {
        return (BTreeSet::new(), None);
    };
    let last = committed_in.map_or(last, |turn| turn.max(last));
    let in_time = |turn: usize| turn_times(session, turn).next().is_none_or(|at| at <= border.said_until);
    let is_elsewhere = |turn: usize| led_elsewhere(session, turn, others) && !words.are_said_in(session, turn);
    let belongs = |turn: usize| {
        in_time(turn) && !border.is_before(session, turn) && !others.contains(&turn) && !is_elsewhere(turn)
    };
    let mut turns: BTreeSet<usize> =
        (first..=last).filter(|turn| writing.contains(turn) || Some(*turn) == committed_in || belongs(*turn)).collect();
    // The earliest turn so far in which somebody spoke, and what it needs.
    let (mut earliest, mut crossed, mut passed) = (first, false, false);
    let mut amends = begins_by_amending(session, &turns);
    let is_work =
        |turn: usize| others.contains(&turn) || touching.contains(&turn) || commits_something(&session.turns[turn]);
    for turn in (0..first).rev() {
        let (this, need) = (&session.turns[turn], need_of(session, earliest));
        // An amend goes on with the commit before it.
        let is_before = border.is_before(session, turn);
        crossed |= closes_work(this, commit) && !amends;
        // A person's own commit closes what was done before; words that go on with it, or turn away from it, need those before.
        passed |= is_before && edits_something(this) && !amends && !only_plans_for(this, commit);
        amends &= !commits_something(this) || amends_something(this);
        let begin = turn_times(session, turn + 1).min();
        let paused = turn_times(session, turn)
            .max()
            .zip(begin)
            .is_some_and(|(end, begin)| begin.duration_since(end).as_hours() >= PAUSE_HOURS);
        // Words about another repository stay there, and this commit may be left without a request.
        let ends = match need {
            Need::Nothing if crossed || others.contains(&turn) => true,
            // What was asked for and has led to nothing yet may be what is done now.
            Need::Nothing => (is_before || paused) && !words.are_asked_for(session, turn, (is_work, paused)),
            Need::BeforeInStretch => crossed || others.contains(&turn) || paused,
            Need::Before => false,
        };
        if ends || foreign.contains(&turn) {
            break;
        }
        let Some(prompt) = this.said().filter(|_| !this.abandoned) else {
            if !crossed && !passed {
                turns.insert(turn);
            }
            continue;
        };
        let text = prompt.text.expose();
        // What was chosen from a list is a beginning; a mere consent goes on with the list.
        let only_consents = session.turns[earliest].said().is_some_and(|prompt| is_approval(prompt.text.expose()));
        if is_menu(prompt) && !only_consents {
            return (turns, (crossed && need != Need::Nothing).then_some(earliest));
        }
        let says_it = is_menu(prompt) || need_of(session, turn) == Need::Nothing;
        if says_it && need != Need::Nothing && (crossed || passed) {
            return (turns, Some(turn));
        }
        let is_news = is_praise(text) || says_it_is_committed(text) || (is_good_news(text) && !only_looks(text));
        if is_news || asks_after_the_state(text) || is_about_branches(text) {
            if need == Need::Nothing {
                break;
            }
            continue;
        }
        earliest = turn;
        if !crossed && !passed {
            turns.insert(turn);
        }
    }
    (turns, None)
}
