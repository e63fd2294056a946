//! Corrections in words: what a person said that made the agent take its own lines back.

use std::collections::HashSet;

use super::committing::{commits, commits_something};
use super::corrections::empty;
use super::excerpt::{after, before, removed_lines, shorten};
use super::followed::{answers_a_question, is_followed};
use super::library::written_lines;
use super::objecting::{
    is_given, is_pasted, names_a_change, refuses_for_now, turns_behind_but, turns_nothing_away, wants_more,
};
use super::part::SessionWindow;
use super::paths::{self, PathMatch};
use super::quoted_words::{folded, near, quotes};
use super::said::was_stopped;
use super::steps::steps;
use super::turn_needs::{is_made_edit, made_edits};
use super::words::{
    begins_by_turning, is_approval, objects, opening, redirects, reports_a_fault, shows_output, speaks_of_committing,
    wants_otherwise,
};
use crate::checks::shell_changes::renamed;
use crate::link::said::said_after;
use crate::record::commit::{Commit, FileChange};
use crate::record::contribution::{Correction, CorrectionForm, ReasonSource};
use crate::record::session::{Action, Edit, Outcome, Prompt, PromptSource, ToolCall, Turn};
use crate::record::text::Raw;
use crate::text::telling::is_telling;
use crate::text::topic::topics;
use crate::text::words::word_count;

/// Corrections in words: the reasons of refused edits and plans, and prompts that made the agent take its own lines back.
pub(crate) fn find(part: &SessionWindow, commit: &Commit) -> Vec<Correction<Raw>> {
    let mut found = refused(part, commit);
    let mut written = SessionLines::before(part, commit);
    // Without an edit before there is nothing to correct.
    let tries = |turn: &Turn| turn.calls.iter().any(|call| matches!(call.action, Action::Edit(_)));
    let mut tried_before = part.turns.first().is_some_and(|first| part.session.turns[..*first].iter().any(tries));
    // What the person said last without an edit following: the edit may come in the next turn.
    let mut said: Option<&Prompt> = None;
    for turn in &part.turns {
        let this = &part.session.turns[*turn];
        let edits = this.calls.iter().any(is_made_edit);
        if let Some(prompt) = this.said().filter(|prompt| !is_approval(prompt.text.expose())) {
            // Of two that turn away the later one says it better.
            let turns_itself = redirects(prompt.text.expose()) && !prompt.text.expose().trim_end().ends_with('?');
            let keeps = edits && !turns_itself && said.is_some_and(|before| redirects(before.text.expose()));
            said = if keeps { said } else { Some(prompt) };
        }
        let taken = taken_back(this, said.or(this.said()), commit, &written);
        // The words were already found beside the edit that they refused.
        let known = |words: &Raw| found.iter().any(|one| one.words.as_ref().is_some_and(|known| known == words));
        let correction = said.filter(|prompt| !known(&prompt.text)).and_then(|prompt| {
            let own_prompt = || this.said();
            // Who stops the agent and then has its lines taken back corrects them, be they of an earlier commit.
            let after_a_stop = *turn > 0
                && was_stopped(part.session, *turn - 1)
                && taken.ever * 3 >= taken.lines * 2
                && own_prompt().is_some_and(|own| wants_otherwise(own.text.expose()));
            let first = || {
                let pair =
                    taken.first.clone().filter(|_| after_a_stop && own_prompt().is_some_and(|own| !is_pasted(own)));
                pair.map(|pair| (pair.path, pair.before, pair.after))
            };
            let quoted = || taken.quoted.clone().or_else(first).zip(own_prompt());
            let by_quote = || quoted().map(|((path, before, after), prompt)| by_prompt(prompt, path, before, after));
            let by_words = || by_words(part, *turn, own_prompt().filter(|_| tried_before)?, commit);
            let says_so = |own: &&Prompt| tried_before && only_turns(part, *turn, own);
            let without_edits = || own_prompt().filter(says_so).map(without_pair);
            let own = |prompt: &Prompt| !turns_nothing_away(prompt.text.expose());
            let answers = answers_a_question(part.session, *turn);
            let by_lines =
                || Some(prompt).filter(|prompt| own(prompt)).and_then(|prompt| by_lines(prompt, &taken, answers));
            let by_itself =
                || own_prompt().filter(|prompt| own(prompt)).and_then(|_| by_words().or_else(without_edits));
            let by_own_quote = || own_prompt().filter(|prompt| own(prompt)).and_then(|_| by_quote());
            by_lines().or_else(by_own_quote).or_else(by_itself)
        });
        // Words that turn nothing away of what the agent had done are no correction, wherever they stand.
        let correction = correction.filter(|one| one.before.is_some() || is_followed(part, *turn, commit));
        found.extend(correction);
        if edits {
            said = None;
        }
        tried_before |= tries(this);
        written.here.extend(taken.written);
    }
    found
}

/// Telling lines that the session wrote into the commit's files.
struct SessionLines<'a> {
    /// Before the part: they are in earlier commits, or were left.
    before: HashSet<&'a str>,
    here: HashSet<&'a str>,
}

impl<'a> SessionLines<'a> {
    fn before(part: &SessionWindow<'a>, commit: &Commit) -> Self {
        let first = part.turns.first().copied().unwrap_or(0);
        let earlier = &part.session.turns[..first];
        let names = earlier_names(earlier, commit);
        let is_of_commit = |edit: &&Edit| {
            let path = paths::normalise(&edit.path);
            names.iter().any(|name| paths::compare(&path, name) == PathMatch::Whole)
        };
        let edits = earlier.iter().flat_map(|turn| &turn.calls).filter_map(made_edits).flatten().filter(is_of_commit);
        let lines = edits.flat_map(|edit| written_lines(&edit.change)).map(str::trim).filter(|line| is_telling(line));
        Self { before: lines.collect(), here: HashSet::new() }
    }
}

/// The paths of the commit's files, and what commands of these turns gave those names instead.
fn earlier_names(turns: &[Turn], commit: &Commit) -> Vec<String> {
    let paths = commit.files.iter().flat_map(|file| std::iter::once(&file.path).chain(&file.old_path));
    let mut names: Vec<String> = paths.cloned().collect();
    for call in turns.iter().rev().flat_map(|turn| turn.calls.iter().rev()) {
        let (Action::Shell { command, .. }, Outcome::Succeeded { .. }) = (&call.action, &call.outcome) else {
            continue;
        };
        for (from, to) in renamed(command.expose()) {
            let to = paths::normalise(&to);
            if names.iter().any(|name| paths::compare(name, &to) == PathMatch::Whole) {
                let from = paths::normalise(&from);
                if !names.contains(&from) {
                    names.push(from);
                }
            }
        }
    }
    names
}

pub(crate) fn refused(part: &SessionWindow, commit: &Commit) -> Vec<Correction<Raw>> {
    let steps = steps(part);
    let mut found = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        let Outcome::Rejected { reason } = &step.tool_call.outcome else { continue };
        // Words at a refused command say how to go on, not what is wrong with the code.
        let is_edit = matches!(step.tool_call.action, Action::Edit(_));
        if !is_edit && !part.session.agent.shows_plans_by(&step.tool_call.tool) {
            continue;
        }
        let (reason, reason_from) = match (reason, said_after(part, step)) {
            (Some(reason), _) => (reason, ReasonSource::Rejection),
            (None, Some(words)) if is_edit => (words, ReasonSource::Prompt),
            _ => continue,
        };
        // Of a plan only words against it correct something; others say how to go on.
        let text = reason.expose();
        let is_against = || objects(text) || redirects(text) || turns_behind_but(text) || reports_a_fault(text);
        if refuses_for_now(text) || !(is_edit || is_against()) {
            continue;
        }
        let (path, before) = first_edit(step.tool_call, commit).unzip();
        // What it wrote instead stands in the same file; after a plan nothing tells which edit it is.
        let made = steps[index + 1..].iter().map(|step| step.tool_call).filter(|call| is_made_edit(call));
        let after = made.filter_map(|call| first_edit(call, commit)).find(|(after, _)| path.as_ref() == Some(after));
        found.push(Correction {
            at: step.tool_call.ended_at.or(step.tool_call.at),
            words: Some(reason.clone()),
            path: path.or_else(|| after.as_ref().map(|(path, _)| path.clone())),
            before: before.map(|texts| texts.1),
            after: after.map(|(_, texts)| texts.1),
            reason: Some(reason.clone()),
            reason_from: Some(reason_from),
            ..empty(CorrectionForm::Directed)
        });
    }
    found
}

/// What the edits of one turn took away of the commit's files.
#[derive(Default)]
struct TakenBack<'a> {
    /// Telling lines, and those of them that the session wrote in an earlier turn of the part.
    lines: usize,
    own: usize,
    /// The edit that took back most of the session's own, of those that are most about what was said.
    most: Option<Pair>,
    /// The same of the first edit that took back a line of the session's, whenever written, which the prompt quotes.
    quoted: Option<(String, Raw, Raw)>,
    /// How many of the telling lines the session wrote at any time, and the first edit that took some of them back, of those
    /// that are most about what was said.
    ever: usize,
    first: Option<Pair>,
    /// Telling lines that the turn wrote, and those of them that it did not take back itself.
    written: Vec<&'a str>,
    kept: Vec<&'a str>,
}

/// An edit of a file of the commit: its lines before and after.
#[derive(Clone)]
struct Pair {
    /// How many telling words it shares with what was said.
    about: usize,
    own: usize,
    path: String,
    before: Raw,
    after: Raw,
}

/// `said` is what the person said before. What the turn did behind a commit of its own was not for that.
fn taken_back<'a>(turn: &'a Turn, said: Option<&Prompt>, commit: &Commit, written: &SessionLines) -> TakenBack<'a> {
    let mut taken = TakenBack::default();
    // Most turns of a long session.
    if !turn.calls.iter().any(is_made_edit) {
        return taken;
    }
    let words = turn.said().filter(|prompt| !is_pasted(prompt)).map(|prompt| folded(prompt.text.expose()));
    let words = words.unwrap_or_default();
    let topics_said = said.map(|prompt| topics(near(prompt.text.expose()))).unwrap_or_default();
    let mut has_committed = false;
    for call in &turn.calls {
        has_committed |= commits(call);
        let Some(edits) = made_edits(call) else { continue };
        for edit in edits {
            let path = paths::normalise(&edit.path);
            let of_commit = |file: &&FileChange| paths::compare(&path, &file.path) == PathMatch::Whole;
            let Some(file) = commit.files.iter().find(of_commit) else { continue };
            let lines = written_lines(&edit.change);
            let mut removed = removed_lines(&edit.change);
            // What the turn itself wrote before is neither what was there nor what is there now.
            removed.retain(|line| is_telling(line) && !takes_out(&mut taken.kept, line.trim()));
            let telling = || lines.iter().map(|line| line.trim()).filter(|line| is_telling(line));
            taken.written.extend(telling());
            taken.kept.extend(telling());
            if has_committed {
                continue;
            }
            let own: Vec<&str> = removed.iter().copied().filter(|line| written.here.contains(line.trim())).collect();
            let is_ever = |line: &str| written.here.contains(line) || written.before.contains(line);
            let ever = removed.iter().filter(|line| is_ever(line.trim())).count();
            taken.lines += removed.len();
            taken.own += own.len();
            taken.ever += ever;
            let pair = |gone: &[&str]| {
                let changed = [gone, &lines[..]].concat().join("\n");
                let about = topics(near(&changed))
                    .union(&topics(&file.path))
                    .filter(|word| topics_said.contains(*word))
                    .count();
                let before = shorten(&before(&edit.change), gone);
                let after = shorten(&after(&edit.change), &lines);
                Pair { about, own: own.len(), path: file.path.clone(), before, after }
            };
            if !own.is_empty() {
                let pair = pair(&own);
                if taken.most.as_ref().is_none_or(|most| (most.about, most.own) < (pair.about, pair.own)) {
                    taken.most = Some(pair);
                }
            }
            if ever > 0 {
                let pair = pair(&removed);
                if taken.first.as_ref().is_none_or(|first| first.about < pair.about) {
                    taken.first = Some(pair);
                }
            }
            let is_quoted = |line: &&str| is_ever(line.trim()) && quotes(&words, line.trim());
            if taken.quoted.is_none() && removed.iter().any(is_quoted) {
                let pair = pair(&removed);
                taken.quoted = Some((pair.path, pair.before, pair.after));
            }
        }
    }
    taken
}

/// Takes one such line out; whether there was one.
fn takes_out(kept: &mut Vec<&str>, line: &str) -> bool {
    let at = kept.iter().position(|one| *one == line);
    at.map(|at| kept.remove(at)).is_some()
}

/// A correction shown by the lines: the agent's own lines went after words that turn away from them or ask about them.
/// Lines also go when more is asked for; that corrects nothing.
fn by_lines(prompt: &Prompt, taken: &TakenBack, answers: bool) -> Option<Correction<Raw>> {
    let text = prompt.text.expose();
    // More than twice as many lines in their place: more was asked for.
    let grows = taken.written.len() >= taken.own * 2;
    let are_own_words = !is_pasted(prompt) && !speaks_of_committing(text);
    // An answer may say no to what was asked.
    let objects = objects(opening(text)) && prompt.source != PromptSource::Answer && !answers && !wants_more(text);
    let asks = text.contains('?') && objects && taken.own * 3 >= taken.lines && !grows && !speaks_of_committing(text);
    // Where mostly its own lines go and no more come in their place, they were not wanted so, whatever the words.
    let same_size = taken.own * 3 >= taken.lines * 2 && taken.written.len() * 4 <= taken.own * 5;
    let replaced = same_size && names_a_change(text) && !answers && prompt.source != PromptSource::Answer;
    let turns = redirects(text) || turns_behind_but(text);
    let by_own = taken.most.as_ref().filter(|_| (turns || asks || replaced) && !is_pasted(prompt));
    // A report of what does not work, or words against it, and then its lines change, also those of an earlier commit.
    let reports = reports_a_fault(opening(text)) || (shows_output(text) && reports_a_fault(text));
    let mostly_own = taken.ever * 2 >= taken.lines;
    // Lines of an earlier commit are what it is about only where it begins by turning away.
    let turns_from_earlier = begins_by_turning(text) && taken.kept.len() <= taken.ever * 2;
    let against = reports || (objects && (!grows || turns_from_earlier) && are_own_words);
    let by_report = || taken.first.as_ref().filter(|_| mostly_own && against && !is_given(prompt));
    let pair = by_own.or_else(by_report)?;
    // Lines that the words say nothing of may stand beside them by chance.
    match pair.about {
        0 if turns || reports || replaced => Some(without_pair(prompt)),
        // A "not" or a "should" alone may stand beside any lines.
        0 => None,
        1 if !turns && !reports && !replaced => None,
        _ => Some(by_prompt(prompt, pair.path.clone(), pair.before.clone(), pair.after.clone())),
    }
}

/// Whether a person's own words turn away, and no more than that is known. The first words of the part ask for something,
/// unless they say that what the session has just committed does still not work.
fn only_turns(part: &SessionWindow, turn: usize, prompt: &Prompt) -> bool {
    let text = prompt.text.expose();
    let is_typed = matches!(prompt.source, PromptSource::Typed | PromptSource::Queued | PromptSource::Remark);
    let is_first = part.asked_in.is_none() && part.turns.first() == Some(&turn);
    let just_committed = turn > 0 && commits_something(&part.session.turns[turn - 1]);
    let is_about_it = !is_first || (just_committed && reports_a_fault(opening(text)));
    let says_what = word_count(text) > 1;
    let is_spent = part.spent == Some(turn);
    is_typed
        && is_about_it
        && !is_spent
        && says_what
        && redirects(text)
        && !text.trim_end().ends_with('?')
        && !is_given(prompt)
}

fn without_pair(prompt: &Prompt) -> Correction<Raw> {
    let said = || Some(prompt.text.clone());
    Correction {
        at: prompt.at,
        words: said(),
        reason: said(),
        reason_from: Some(ReasonSource::Prompt),
        ..empty(CorrectionForm::Directed)
    }
}

/// A correction shown by the words, or by the person's having stopped the agent at an edit: then the turn's first edit is
/// what followed. Who stops a question or a command says how to go on.
fn by_words(part: &SessionWindow, turn: usize, prompt: &Prompt, commit: &Commit) -> Option<Correction<Raw>> {
    let before = turn.checked_sub(1).map(|before| &part.session.turns[before]);
    let at_edit = |before: &Turn| before.calls.last().is_some_and(|call| matches!(call.action, Action::Edit(_)));
    let text = prompt.text.expose();
    let stopped = before.is_some_and(at_edit) && was_stopped(part.session, turn - 1) && wants_otherwise(text);
    let is_first = part.asked_in.is_none() && part.turns.first() == Some(&turn);
    if is_first || is_pasted(prompt) || !(stopped || redirects(text)) {
        return None;
    }
    let said = topics(near(text));
    let calls = part.session.turns[turn].calls.iter().take_while(|call| !commits(call));
    let edits = calls.filter(|call| is_made_edit(call)).filter_map(|call| first_edit(call, commit));
    let about = |(path, (before, after)): &(String, (Raw, Raw))| {
        let changed = format!("{path}\n{}\n{}", before.expose(), after.expose());
        topics(&changed).intersection(&said).count()
    };
    // The first of those that are most about it.
    let (count, (path, (before, after))) =
        edits.map(|edit| (about(&edit), edit)).reduce(|one, other| if other.0 > one.0 { other } else { one })?;
    Some(if count == 0 { without_pair(prompt) } else { by_prompt(prompt, path, before, after) })
}

fn by_prompt(prompt: &Prompt, path: String, before: Raw, after: Raw) -> Correction<Raw> {
    Correction {
        at: prompt.at,
        words: Some(prompt.text.clone()),
        path: Some(path),
        before: (!before.expose().is_empty()).then_some(before),
        after: Some(after),
        reason: Some(prompt.text.clone()),
        reason_from: Some(ReasonSource::Prompt),
        ..empty(CorrectionForm::Directed)
    }
}

/// The first edit of a file of the commit: its path there, the lines it took away and the lines it wrote, shortened.
fn first_edit(call: &ToolCall, commit: &Commit) -> Option<(String, (Raw, Raw))> {
    let Action::Edit(edits) = &call.action else { return None };
    edits.iter().find_map(|edit| {
        let path = paths::normalise(&edit.path);
        let file = commit.files.iter().find(|file| paths::compare(&path, &file.path) == PathMatch::Whole)?;
        let gone = shorten(&before(&edit.change), &removed_lines(&edit.change));
        let came = shorten(&after(&edit.change), &written_lines(&edit.change));
        Some((file.path.clone(), (gone, came)))
    })
}
