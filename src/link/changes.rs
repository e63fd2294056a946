//! What was changed about something that did not work: of the edits and commands that followed the one that bears on it, led by the
//! agent's own words about it.

use std::borrow::Cow;
use std::collections::HashSet;

use super::agent_words::{is_about, lead_in, plain};
pub(super) use super::commit_places::Places;
use super::composed::Composed;
use super::deeds::{deed, moves_on};
use super::error_place::ErrorPlace;
use super::excerpt::removed_lines;
use super::form_repairs::{fixes, formats, is_of_form, is_of_settings};
use super::library::written_lines;
use super::named_files::NamedWords;
use super::paths;
use super::repair::{Repair, edits_in};
use super::statement::is_aside;
use crate::checks::looks::only_looks;
use crate::checks::repairs::{installs_only, throws_away};
use crate::checks::tested::{is_code, is_document};
use crate::link::steps::{WindowCall, describe};
use crate::record::contribution::CheckKind;
use crate::record::session::{Action, Change, Outcome, ToolCall};
use crate::record::text::Raw;
use crate::text::paths::is_test;
use crate::text::telling::is_telling;

/// What a later step does instead of what did not work: led by what the agent said of it since then.
pub(super) fn tell_step(steps: &[WindowCall], since: usize, index: usize, places: &Places) -> Raw {
    let mut text = Composed::default();
    if let Some(said) = lead_in(steps, since, index)
        && let Some(sentence) = deed(said)
    {
        text.quote(said, &[sentence]);
    }
    let words = NamedWords::default();
    match &steps[index].tool_call.action {
        Action::Edit(edits) => edits.iter().take(1).for_each(|edit| {
            let path = places.path(&edit.path);
            match places.moved_to(edit, edits.iter()) {
                Some(now) => text.renamed(&path, &now),
                None => text.edit((&path, places.is_made_by(steps, index, &path)), &edit.change, &words),
            }
        }),
        Action::Shell { .. } if text.count() == 0 => return describe(steps[index].tool_call),
        Action::Shell { command, .. } => text.command(command.expose(), command.expose(), &places.files),
        _ => {}
    }
    text.told()
}

/// Whether a step changed something or ran a command that does more than look.
pub(super) fn does_something(call: &ToolCall) -> bool {
    match (&call.action, &call.outcome) {
        (Action::Edit(_), Outcome::Succeeded { .. }) => true,
        (Action::Shell { command, .. }, Outcome::Succeeded { .. }) => !only_looks(command.expose()),
        _ => false,
    }
}

/// What is known of the failure that something was changed about.
pub(super) struct About<'a> {
    pub(super) error: Option<&'a Raw>,
    pub(super) why: Option<&'a Raw>,
    pub(super) kind: CheckKind,
    /// The step at which it was seen last.
    pub(super) step: usize,
    /// Why the next run failed, where it did.
    pub(super) next_error: Option<&'a Raw>,
    /// What a linter says of one file is not repaired in another; a test, or a type, may be.
    pub(super) is_of_its_file: bool,
}

pub(super) struct ToldChange {
    pub(super) change: Raw,
    /// The steps that made it.
    pub(super) steps: Vec<usize>,
    /// The paths of what it names.
    pub(super) files: Vec<String>,
    /// Whether it bears on the failure by what it holds, and does not only follow it.
    pub(super) bears: bool,
    /// Whether it is a command that does, or holds a word that the failure names, and is not only in a file that it names.
    pub(super) holds: bool,
    /// Whether it only installs what the check needs.
    pub(super) only_installs: bool,
}

/// What was changed about a failure; none where nothing bears on it, be it by what it holds, by what is said of it, or as the only
/// thing that was changed.
pub(super) fn tell(steps: &[WindowCall], all: &[Repair], about: &About, places: &Places) -> Option<ToldChange> {
    let words = NamedWords::of(about.error);
    let place = ErrorPlace::of(about.error, steps[about.step].tool_call);
    let made = answering(lasting(all, places), about);
    let nearest = place.nearest(&made, places);
    let weight = |(one, is_nearest): (&&Repair, bool)| {
        let printed = if place.is_printed_before(one) || is_nearest { NAMED } else { 0 };
        printed + weight(steps, one, (&words, about), places)
    };
    let mut weights: Vec<i32> = made.iter().zip(nearest).map(weight).collect();
    // A test that fails names its own file. Where code was changed as well, that is what the test was changed for.
    let is_of_code = |one: &&Repair| is_edit_of(one, |path| !is_test(path) && !is_document(path) && is_code(path));
    let of_code = made.iter().zip(&weights).filter(|(one, _)| is_of_code(one)).map(|(_, weight)| *weight).max();
    if let Some(best) = of_code.filter(|best| about.kind == CheckKind::Test && *best > 1) {
        for (_, weight) in made.iter().zip(&mut weights).filter(|(one, _)| is_edit_of(one, is_test)) {
            *weight = (*weight).min(best - 1);
        }
    }
    // Where all was thrown away to begin again, that is the change, and what was made then.
    let begun = made.iter().rposition(|one| throws_away_named(one, &words));
    if let Some(begun) = begun {
        let most = weights.iter().copied().max().unwrap_or_default();
        weights[begun] = most.max(NAMED) + 1;
    }
    let best = weights.iter().copied().max()?;
    // Of a linter that names no file only what is said to be for it.
    let is_for_it = || {
        made.iter().zip(&weights).filter(|(_, weight)| **weight == best).any(|(one, _)| {
            let said = said_of(steps, about.step, one).unwrap_or_default().to_lowercase();
            ["lint", "format", "fix", "warning", "nit"].iter().any(|word| said.contains(word))
        })
    };
    let is_elsewhere = about.is_of_its_file && (!words.files.is_empty() || !is_for_it());
    if best < 1 || (is_elsewhere && best < NAMED) {
        return None;
    }
    let mut chosen: Vec<&Repair> =
        made.iter().zip(&weights).filter(|(_, weight)| **weight == best).map(|(one, _)| *one).collect();
    let is_of_commit = |one: &Repair| match one {
        Repair::Edit { edit, .. } => places.files.contains(&places.path(&edit.path).as_str()),
        Repair::Command { .. } => true,
    };
    if chosen.iter().any(|one| is_of_commit(one)) {
        chosen.retain(|one| is_of_commit(one));
    }
    let redone = begun.and_then(|begun| {
        let behind = made.iter().zip(&weights).skip(begun + 1).filter(|(one, _)| one.edit().is_some());
        // Of several that weigh the same the first.
        behind.reduce(|best, one| if one.1 > best.1 { one } else { best }).map(|(one, _)| *one)
    });
    chosen.extend(redone);
    let said = said_of(steps, about.step, chosen[0]);
    let is_why = |sentence: &&str| about.why.is_some_and(|why| why.expose().contains(sentence.trim_end_matches('.')));
    let is_of_another = |sentence: &str| best < NAMED && !is_about(about.kind, &plain(sentence));
    let deed = said.and_then(deed).filter(|sentence| !is_of_another(sentence));
    let is_alone = || made.iter().all(|one| one.is_in_file_of(chosen[0]));
    if best < NAMED && (said.is_some_and(moves_on) || (deed.is_none() && !is_alone())) {
        return None;
    }
    let sentence = deed.filter(|sentence| !is_why(sentence));
    let mut text = Composed::default();
    if let (Some(said), Some(sentence)) = (said, sentence) {
        text.quote(said, &[sentence]);
    }
    let mut files: Vec<String> = Vec::new();
    for one in &chosen {
        match one {
            Repair::Edit { step, edit } => {
                let path = places.path(&edit.path);
                if files.len() < MOST_FILES && !files.contains(&path) {
                    let now = places.moved_to(edit, edits_in(all));
                    match &now {
                        Some(now) => text.renamed(&path, now),
                        None => {
                            let change = place.narrowed(edit).map_or(Cow::Borrowed(&edit.change), Cow::Owned);
                            text.edit((&path, places.is_made_by(steps, *step, &path)), &change, &words);
                        }
                    }
                    files.extend([path].into_iter().chain(now));
                }
            }
            Repair::Command { command, text: step, .. } if text.count() < MOST_FILES + 1 => {
                text.command(command, step, &places.files)
            }
            Repair::Command { .. } => {}
        }
    }
    let holds = best >= NAMED && chosen.iter().any(|one| holds_a_name(one, &words));
    let installs = |one: &&Repair| matches!(one, Repair::Command { text, .. } if installs_only(text));
    let only_installs = chosen.iter().all(installs);
    let steps = chosen.iter().map(|one| one.step()).collect();
    Some(ToldChange { change: text.told(), steps, files, bears: best >= NAMED, holds, only_installs })
}

/// Of the repairs those that may answer the failure: of a formatter that found another form the next run of one that writes it,
/// where there is one; of anything else no edit that only moves blanks.
fn answering<'m, 'a>(made: Vec<&'m Repair<'a>>, about: &About) -> Vec<&'m Repair<'a>> {
    let is_formatter = |one: &&&Repair| matches!(one, Repair::Command { text, .. } if formats(text));
    if about.kind == CheckKind::Format
        && let Some(formatter) = made.iter().find(is_formatter)
    {
        return vec![formatter];
    }
    let tells = |one: &&Repair| match one {
        Repair::Edit { edit, .. } => is_of_form(about.error) || !moves_blanks(&edit.change),
        Repair::Command { .. } => true,
    };
    made.into_iter().filter(tells).collect()
}

/// Whether both sides of an edit are the same without their blanks.
fn moves_blanks(change: &Change) -> bool {
    let letters = |lines: Vec<&str>| lines.concat().split_whitespace().collect::<String>();
    let (written, removed) = (letters(written_lines(change)), letters(removed_lines(change)));
    !written.is_empty() && written == removed
}

fn holds_a_name(one: &Repair, words: &NamedWords) -> bool {
    match one {
        Repair::Edit { edit, .. } => {
            written_lines(&edit.change).into_iter().chain(removed_lines(&edit.change)).any(|line| words.holds(line))
        }
        Repair::Command { .. } => true,
    }
}

/// Those of the repairs that a later one does not take back: an edit of which all lines are gone again did not help, nor did the
/// edit that only put back what was there.
fn lasting<'m, 'a>(made: &'m [Repair<'a>], places: &Places) -> Vec<&'m Repair<'a>> {
    let lines_of = |(place, one): (usize, &'m Repair<'a>)| match one {
        Repair::Edit { edit, .. } => {
            let change = &edit.change;
            Some((place, places.path(&edit.path), telling(written_lines(change)), telling(removed_lines(change))))
        }
        Repair::Command { .. } => None,
    };
    let edits: Vec<_> = made.iter().enumerate().filter_map(lines_of).collect();
    let mut gone: HashSet<usize> = HashSet::new();
    for (at, (place, path, written, removed)) in edits.iter().enumerate().filter(|(_, edit)| !edit.2.is_empty()) {
        let undo = edits[at + 1..].iter().find(|later| later.1 == *path && written.is_subset(&later.3));
        let Some((undo, _, put_back, _)) = undo else { continue };
        gone.insert(*place);
        if put_back.is_subset(removed) {
            gone.insert(*undo);
        }
    }
    made.iter().enumerate().filter(|(place, _)| !gone.contains(place)).map(|(_, one)| one).collect()
}

fn telling(lines: Vec<&str>) -> HashSet<&str> {
    lines.into_iter().map(str::trim).filter(|line| line.len() > 3).collect()
}

/// Whether a command throws away what was changed in a file that the failure names, or everything.
fn throws_away_named(one: &Repair, words: &NamedWords) -> bool {
    let Repair::Command { text, .. } = one else { return false };
    let names =
        |files: Vec<String>| files.is_empty() || files.iter().any(|file| words.files.contains(&paths::name(file)));
    throws_away(text).is_some_and(names)
}

fn is_edit_of(one: &Repair, is: impl Fn(&str) -> bool) -> bool {
    matches!(one, Repair::Edit { edit, .. } if is(&edit.path))
}

fn trimmed(lines: Vec<&str>) -> HashSet<&str> {
    lines.into_iter().map(str::trim).filter(|line| !line.is_empty()).collect()
}

/// So many files are named of several that bear on it alike.
const MOST_FILES: usize = 2;
/// The weight of what holds a word or is a file that the failure names.
const NAMED: i32 = 4;

fn weight(steps: &[WindowCall], one: &Repair, (words, about): (&NamedWords, &About), places: &Places) -> i32 {
    let mut weight = 0;
    match one {
        Repair::Edit { edit, .. } => {
            weight += 1;
            let path = places.path(&edit.path);
            // A test names its own file, whatever is wrong.
            if words.files.contains(&paths::name(&path)) {
                weight += if about.is_of_its_file { 2 * NAMED } else { NAMED };
            } else if about.is_of_its_file && is_of_settings(&path) {
                weight += NAMED;
            } else if is_document(&path) {
                weight -= 2 * NAMED;
            }
            // What stands on both sides was not changed.
            let (written, removed) = (trimmed(written_lines(&edit.change)), trimmed(removed_lines(&edit.change)));
            let mut differing = written.symmetric_difference(&removed).peekable();
            match () {
                () if differing.peek().is_none() && weight > 2 * NAMED => weight -= NAMED,
                () if differing.any(|line| words.holds(line)) => weight += NAMED + 2,
                () if written.iter().any(|line| words.holds(line)) => weight += NAMED,
                () => {}
            }
            // What only brings in a name says less than what uses it, and what the next run objects to did not help.
            let broke = || {
                let next = NamedWords::of(about.next_error);
                next.files.contains(&paths::name(&path)) && written.iter().any(|line| next.holds(line))
            };
            if (!written.is_empty() && written.iter().all(|line| !is_telling(line) || is_aside(line))) || broke() {
                weight -= 1;
            }
        }
        Repair::Command { text, .. } => {
            let is_named = words.files.iter().any(|file| text.contains(file));
            // A formatter changes the form of anything, and puts right what is said of the form.
            let is_of_form = about.is_of_its_file && (fixes(text) || is_of_form(about.error));
            weight += match () {
                () if is_of_form => 2 * NAMED,
                () if formats(text) => return 0,
                () if words.holds(text) => 2 * NAMED + 1,
                () if is_named => NAMED,
                () => 1,
            };
        }
    }
    let said = said_of(steps, about.step, one).unwrap_or_default();
    if words.holds(said) || words.files.iter().any(|file| said.contains(file)) {
        weight += 2;
    } else if deed(said).is_some() {
        weight += 1;
    }
    // What is only printed to see more repairs nothing.
    if said.to_lowercase().contains("debug") { -NAMED } else { weight }
}

/// What the agent said before a repair. Words before an edit are of what it edits, and not of a command behind it.
fn said_of<'a>(steps: &[WindowCall<'a>], since: usize, one: &Repair) -> Option<&'a str> {
    let is_edit = |step: &usize| matches!(steps[*step].tool_call.action, Action::Edit(_));
    let since = match one {
        Repair::Edit { .. } => since,
        Repair::Command { step, .. } => (since..*step).rev().find(is_edit).unwrap_or(since),
    };
    lead_in(steps, since, one.step())
}
