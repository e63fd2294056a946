//! The turns of a session that led to a commit: which prompts count and what role each played.

use jiff::Timestamp;

use super::asks::{Need, is_menu, is_of_the_window, need, only_looks, takes_up_an_offer};
use super::attribution::Attribution;
use super::chosen::{chosen, says_what};
use super::claim::Claim;
use super::commit_words::CommitWords;
use super::committing::{commits_something, later};
use super::corrections::similarity;
use super::excerpt::quote_lines;
use super::library::Library;
use super::news::{asks_after_the_state, says_it_is_committed};
use super::objecting::{is_given, only_asks, suggests_in_asking};
use super::part::{SessionWindow, part, turn_times};
use super::turn_needs::{edits_something, is_withdrawn};
use super::wish::{self, Work};
use super::words::{is_approval, lets_go_on, redirects, speaks_of_committing};
use super::{
    attempts, checks, corrections, directed, hand_edits, left_out, other_kind, own_initiative, served, whole_lines,
};
use crate::link::said::{grants, was_stopped};
use crate::record::checked_state::CheckedState;
use crate::record::commit::Commit;
use crate::record::contribution::{
    Check, CheckedBy, Confidence, Contribution, Correction, CorrectionForm, PromptRole, RecordedPrompt,
};
use crate::record::note::FileRecord;
use crate::record::proceeding::{only_proceeds, only_publishes};
use crate::record::session::{Action, Outcome, Prompt, PromptSource, Session, Tokens, Turn};
use crate::record::small_talk::begins_as_a_question;
use crate::record::text::Raw;
use crate::text::words::word_count;

/// Everything that a claim's session says about the commit.
pub(crate) fn contribution(
    commit: &Commit,
    library: &Library,
    attribution: &Attribution,
    (place, claim): (usize, &Claim),
    files: &[FileRecord],
    since: Option<Timestamp>,
) -> Contribution<Raw> {
    let part = part(commit, library, attribution, claim, since);
    let session = part.session;
    // What a session did beside a subagent says nothing of what that one committed.
    let is_its_work = claim.confidence != Confidence::Overlap && !claim.was_reported();
    let times = || part.turns.iter().flat_map(|turn| turn_times(session, *turn)).filter(|at| *at <= part.until);
    // What a session did within the minute that clocks may differ by is part of the work, but not its end.
    let end = if part.end.is_some() { part.until } else { part.until.min(commit.committed_at) };
    let ended_at = times().filter(|at| *at <= end).max().or_else(|| times().min());
    let mut tokens = Tokens::default();
    for turn in part.turns.iter().filter(|_| is_its_work) {
        tokens.add(session.turns[*turn].tokens);
    }
    let attempts = if is_its_work { attempts::find(&part, commit) } else { Vec::new() };
    // What ran while the plan was made says nothing of the commit.
    let is_checked = is_its_work && !claim.only_planned();
    let mut checks = if is_checked { checks::find(&part, commit) } else { Vec::new() };
    if !checks.is_empty() {
        let left_out = left_out::find(commit, library, (&part, claim.session), since);
        let saw_one =
            |check: &&mut Check<Raw>| check.by == CheckedBy::Agent && left_out.iter().any(|one| one.was_seen(check.at));
        checks.iter_mut().filter(saw_one).for_each(|check| check.state = Some(CheckedState::OtherState));
    }
    let mut corrections = Vec::new();
    if is_its_work {
        corrections.extend(directed::find(&part, commit));
        whole_lines::complete(&part, commit, &mut corrections);
        corrections.extend(corrections::manual(commit, library, (place, claim), files));
        corrections.extend(hand_edits::find(commit, library, (place, claim), files));
        corrections.extend(corrections::told(session));
    }
    let mut said = if claim.confidence == Confidence::Overlap { Vec::new() } else { prompts(&part, commit) };
    if claim.only_planned() {
        served::leave_out_before_plan(&mut said, &part, &claim.planned_in);
    }
    let said =
        with_their_meaning(said, &part, &corrections, (commit, &Work::of(claim.session, attribution, commit, since)));
    Contribution {
        started_at: times().min(),
        ended_at,
        last_edit_at: last_edit(&part, claim),
        prompts: said,
        attempts,
        corrections,
        changed_after_check: checks::changed_after(&part, &checks, commit),
        checks,
        context: session.context.clone(),
        tokens,
        ..named(library, claim)
    }
}

fn last_edit(part: &SessionWindow, claim: &Claim) -> Option<Timestamp> {
    let touches = part.touches.iter().filter(|_| claim.confidence != Confidence::Overlap);
    let calls = touches.map(|(turn, call, _)| &part.session.turns[*turn].calls[*call]);
    let made = calls.filter(|call| matches!(call.outcome, Outcome::Succeeded { .. } | Outcome::Pending));
    made.filter_map(|call| call.ended_at.or(call.at)).max()
}

/// Who it was and how surely, and nothing of what was said and done.
pub(crate) fn named(library: &Library, claim: &Claim) -> Contribution<Raw> {
    let session = &library.sessions[claim.session];
    let how = (claim.confidence, claim.evidence.clone());
    Contribution {
        agent_version: session.agent_versions.last().cloned(),
        models: session.models.clone(),
        lines: claim.lines,
        ..Contribution::named(session.agent.clone(), session.id.clone(), how)
    }
}

/// The prompts, with what only the corrections and all prompts together say of each.
fn with_their_meaning(
    mut said: Vec<(usize, RecordedPrompt<Raw>)>,
    part: &SessionWindow,
    corrections: &[Correction<Raw>],
    (commit, work): (&Commit, &Work),
) -> Vec<RecordedPrompt<Raw>> {
    served::leave_out(&mut said, part, (commit, work));
    turn_where_corrected(said.iter_mut().map(|(_, prompt)| prompt), corrections);
    if !own_initiative::unask(&mut said, part, (commit, work)) {
        wish::mark(&mut said, part, commit, work);
        other_kind::unask(&mut said, part, commit);
    }
    said.into_iter().map(|(_, prompt)| prompt).collect()
}

/// The prompts of the part, each with its turn.
fn prompts(part: &SessionWindow, commit: &Commit) -> Vec<(usize, RecordedPrompt<Raw>)> {
    let mut prompts: Vec<(usize, RecordedPrompt<Raw>)> = Vec::new();
    // Whether all that came before were questions and orders to look.
    let (mut only_asked, mut edited) = (true, false);
    // Whether what came before were questions of which nothing came.
    let mut led_up = false;
    // All that was said was said before the agent committed something, and it went on by itself.
    let is_request = |turn: usize| {
        let prompt = part.session.turns[turn].said();
        prompt.is_some_and(|prompt| matches!(prompt.source, PromptSource::Typed | PromptSource::Slash))
    };
    let last = part.turns.last().copied().filter(|last| is_request(*last) && part.asked_in.is_none());
    let is_all_spent = part.spent.is_some() && part.spent == last;
    for index in part.asked_in.iter().chain(&part.turns).chain(&asked_behind(part, commit)) {
        let turn = &part.session.turns[*index];
        let Some(prompt) = turn.prompt.as_ref().filter(|_| !turn.abandoned) else { continue };
        if prompt.source == PromptSource::Delegated || prompt.at.is_some_and(|at| at > part.until) {
            continue;
        }
        // A command of the agent's own window, `/exit` or `/clear`, asks for nothing.
        if prompt.source == PromptSource::Slash && (turn.calls.is_empty() || is_of_the_window(prompt)) {
            continue;
        }
        let text = prompt.text.expose().trim();
        // It is of the commit before.
        if says_it_is_committed(text) && !edits_something(turn) && !commits_something(turn) {
            continue;
        }
        if text.is_empty() || is_typed_again(part.session, *index) || is_withdrawn(part.session, *index) {
            continue;
        }
        let led_here = part.turns.contains(index);
        let edits = led_here && edits_something(turn);
        // Words about an earlier commit, behind which the agent went on by itself.
        if part.spent == Some(*index) && (part.asked_in.is_some() || !prompts.is_empty()) && !is_all_spent {
            continue;
        }
        // Words of how to publish it, of which nothing in the commit came.
        if only_publishes(text) && !edits && !commits_something(turn) {
            continue;
        }
        let asked_before = prompts.iter().any(|(_, before)| before.role == PromptRole::Request);
        let stopped_before =
            *index > 0 && was_stopped(part.session, *index - 1) && !is_typed_again(part.session, *index - 1);
        // The same words again, perhaps with more behind them, are what they were the first time.
        let said_before = prompts.iter().map(|(_, before)| before);
        let again = said_before.rev().find(|before| is_repeated(before.text.expose(), text)).map(|before| before.role);
        let again = again.filter(|role| asked_before || *role != PromptRole::Refinement);
        let lets_commit = led_here
            && commits_something(turn)
            && !edits
            && speaks_of_committing(text)
            && !(only_asks(text) && text.ends_with('?'));
        let only_shows = is_menu(prompt) && !edits && asked_before;
        // An answer says what the agent wanted to know; it turns nothing away unless its own lines go.
        // A question only asks, too: `corrections` tells where it made the agent take something back.
        let only_asks = only_asks(text);
        let asks = only_asks || suggests_in_asking(text);
        let turns = redirects(text) && !is_given(prompt) && prompt.source != PromptSource::Answer && !asks;
        let grants = prompt.source == PromptSource::Answer && grants(text);
        let takes_it_up = asked_before && takes_up_an_offer(text) && word_count(text) <= FEW_TO_AGREE;
        let lets_go = grants || takes_it_up || is_approval(text) || (only_proceeds(text) && !redirects(text));
        // "what did they say?", and what was said until somebody asked for work.
        let is_short = word_count(text) <= FEW_WORDS;
        // In another language nobody knows.
        let is_question = only_asks && (begins_as_a_question(text) || !text.is_ascii());
        let only_leads_up = !asked_before && is_short && (is_question || led_up) && is_before_the_request(part, *index);
        led_up |= only_leads_up;
        let offered = chosen(part.session, *index);
        let asks_now =
            |(_, before): &(usize, RecordedPrompt<Raw>)| before.role == PromptRole::Request && !before.earlier;
        let role = if part.turns.last().is_some_and(|last| index > last) {
            // Nothing came of it.
            PromptRole::Refinement
        } else if lets_go && !lets_commit && !prompts.iter().any(asks_now) && offered.as_ref().is_some_and(says_what) {
            // What the agent offered is what was wanted: nothing else was asked for since the commit before.
            PromptRole::Request
        } else if lets_go || lets_commit || only_shows || (stopped_before && lets_go_on(text)) {
            PromptRole::Approval
        } else if let Some(role) = again {
            role
        } else if asks_after_the_state(text) || (part.spent == Some(*index) && asked_before) || only_leads_up {
            PromptRole::Refinement
        } else if !asked_before || (is_given(prompt) && !edited) || (prompt.source == PromptSource::Slash && edits) {
            PromptRole::Request
        } else if turns {
            PromptRole::Redirection
        } else if only_asked && !only_looks(text) && leads_to_edits(part, *index) {
            PromptRole::Request
        } else if stopped_before && !is_given(prompt) && !only_asks {
            PromptRole::Redirection
        } else {
            PromptRole::Refinement
        };
        edited |= edits;
        only_asked &= (only_looks(text) || role == PromptRole::Approval) && !edited;
        let mut recorded = recorded(prompt, role, question(part.session, *index).or(offered));
        recorded.earlier = is_all_spent || (part.asked_for_another && part.asked_in == Some(*index));
        prompts.push((*index, recorded));
    }
    prompts
}

/// The turns right behind the part with questions about the commit, of which nothing came before a person made it.
fn asked_behind(part: &SessionWindow, commit: &Commit) -> Vec<usize> {
    let Some(last) = part.turns.last().copied().filter(|_| part.end.is_none()) else { return Vec::new() };
    if part.touches.is_empty() || commits_something(&part.session.turns[last]) {
        return Vec::new();
    }
    let words = CommitWords::of(commit);
    let made = later(commit.authored_at, 1);
    let asks = |turn: &usize| {
        let this = &part.session.turns[*turn];
        let asks_about_it = |prompt: &Prompt| {
            let text = prompt.text.expose();
            prompt.source == PromptSource::Typed
                && only_looks(text)
                && text.trim_end().ends_with('?')
                && word_count(text) <= FEW_WORDS
                && words.are_in(text)
                && prompt.at.is_some_and(|at| at <= made)
        };
        !edits_something(this)
            && !commits_something(this)
            && !this.abandoned
            && !part.foreign.contains(turn)
            && this.said().is_some_and(asks_about_it)
    };
    (last + 1..part.session.turns.len()).take_while(asks).collect()
}

/// "Yes, please update all."
const FEW_TO_AGREE: usize = 6;
/// More words than a question has say more.
const FEW_WORDS: usize = 30;

fn recorded(prompt: &Prompt, role: PromptRole, question: Option<Raw>) -> RecordedPrompt<Raw> {
    let text = Raw::new(without_pointer(prompt.text.expose()).trim());
    RecordedPrompt { at: prompt.at, role, source: prompt.source, text, question, main: false, earlier: false, cut: 0 }
}

/// A plan that is handed on to a new session without the sentence of Claude Code 2.1 that says where the transcript of the old one lies:
/// nobody typed it, and nobody else has that file.
fn without_pointer(text: &str) -> &str {
    const POINTER: &str = "If you need specific details from before exiting plan mode";
    let is_plan = text.starts_with("Implement the following plan:");
    text.split_once(POINTER).filter(|_| is_plan).map_or(text, |(plan, _)| plan)
}

/// What the agent asked, where the prompt of the turn answers it.
fn question(session: &Session, turn: usize) -> Option<Raw> {
    let prompt = session.turns[turn].prompt.as_ref().filter(|prompt| prompt.source == PromptSource::Answer)?;
    let calls = session.turns[..turn].iter().rev().flat_map(|turn| turn.calls.iter().rev());
    let asked = calls.take(LATEST_CALLS).find(|call| Some(&call.id) == prompt.id.as_ref())?;
    let Action::Ask { question, .. } = &asked.action else { return None };
    let lines: Vec<&str> =
        question.expose().lines().filter(|line| !line.trim().is_empty()).take(MOST_QUESTIONS).collect();
    (!lines.is_empty()).then(|| quote_lines(question.expose(), &lines, LONGEST_QUESTION).into())
}

/// The question stands right before its answer, apart from other calls of the same message.
const LATEST_CALLS: usize = 20;
const MOST_QUESTIONS: usize = 4;
/// Code points.
const LONGEST_QUESTION: usize = 200;

/// Whether a person stopped the agent before it did anything and typed nearly the same again.
fn is_typed_again(session: &Session, turn: usize) -> bool {
    let this = &session.turns[turn];
    let words = |turn: &Turn| turn.said().map(|prompt| prompt.text.expose().trim().to_owned());
    let next = session.turns.get(turn + 1).and_then(words);
    let is_same = || words(this).zip(next).is_some_and(|(one, other)| similarity(&one, &other) >= NEARLY_THE_SAME);
    this.calls.is_empty() && !this.interrupts.is_empty() && is_same()
}

const NEARLY_THE_SAME: f64 = 0.9;

/// Whether the turn edits something, or the next ones do without more being asked for in between.
fn leads_to_edits(part: &SessionWindow, turn: usize) -> bool {
    let behind = part.turns.range(turn..).map(|turn| &part.session.turns[*turn]);
    let goes_on = |turn: &&Turn| {
        turn.said().is_none_or(|prompt| need(prompt, || false) != Need::Nothing || only_looks(prompt.text.expose()))
    };
    let own = &part.session.turns[turn];
    edits_something(own) || behind.skip(1).take_while(goes_on).any(edits_something)
}

/// Whether nothing was edited for the words of a turn, and something was for later ones that say by themselves what is wanted.
fn is_before_the_request(part: &SessionWindow, turn: usize) -> bool {
    let asks_for_work = |later: &usize| {
        let this = &part.session.turns[*later];
        let says_it = this.said().is_some_and(|prompt| {
            need(prompt, || false) == Need::Nothing && !only_looks(prompt.text.expose()) && !is_menu(prompt)
        });
        says_it && !this.abandoned && leads_to_edits(part, *later)
    };
    !leads_to_edits(part, turn) && part.turns.range(turn + 1..).any(asks_for_work)
}

/// Words that made the agent take its own lines back turned it to another way, however they were put and wherever they stand:
/// also the first ones behind an earlier commit.
fn turn_where_corrected<'a>(
    prompts: impl Iterator<Item = &'a mut RecordedPrompt<Raw>>,
    corrections: &[Correction<Raw>],
) {
    let directed = || corrections.iter().filter(|correction| correction.form == CorrectionForm::Directed);
    for prompt in prompts.filter(|prompt| prompt.role != PromptRole::Approval) {
        let is_it = |words: &Raw| words.expose().trim() == prompt.text.expose();
        if directed().any(|correction| correction.words.as_ref().is_some_and(is_it)) {
            prompt.role = PromptRole::Redirection;
        }
    }
}

fn is_repeated(before: &str, text: &str) -> bool {
    let before = before.trim_end_matches(|c: char| !c.is_alphanumeric());
    before.len() >= 8 && text.starts_with(before)
}
