//! Two answers to the same words of which one is better, and how that is known. Nothing is better because it came last: a person said
//! so, a person wrote the other one, or a check failed on one and passed on the other.

use super::conversation::{Conversation, ConversationCommit, visible};
use super::metadata::{CorrectionNote, correction_note};
use super::survival::Fate;
use super::unwritten::is_red_step;
use super::weak::{new_lines, says_what_failed, unrelated, weakness};
use crate::record::contribution::{AttemptEnd, AttemptKind, Correction, CorrectionForm, FailedAttempt, ReasonSource};
use crate::record::text::{Clean, beginning};

/// Code points of what was asked before, in the prompt of a pair.
const ASKED: usize = 4_000;
/// Less than this is no answer.
const SHORTEST: usize = 8;

/// Both sides are lines of one file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct AnswerPair {
    /// What was asked, and for a correction in words the words; then the file.
    pub prompt: String,
    pub chosen: String,
    pub rejected: String,
    pub note: CorrectionNote,
    pub evidence_tier: &'static str,
    /// Whether a person wrote the chosen lines.
    pub by_person: bool,
}

impl AnswerPair {
    /// Whether both are the same change of the same file, whatever led to it.
    fn is_same_change(&self, other: &Self) -> bool {
        (&self.note.path, &self.chosen, &self.rejected) == (&other.note.path, &other.chosen, &other.rejected)
    }
}

/// The pairs of a conversation, in order, and why others are none.
pub(crate) fn pairs(conversation: &Conversation<'_>) -> (Vec<AnswerPair>, Vec<&'static str>) {
    let (mut pairs, mut left_out) = (Vec::new(), Vec::new());
    for (place, commit) in conversation.commits.iter().enumerate() {
        let asked = |at| conversation.asked_until(place, at);
        let corrections = commit.contribution.corrections.iter();
        let corrections = corrections.map(|correction| of_correction(correction, &asked(correction.at)));
        let attempts = commit.attempts.iter().filter_map(|attempt| of_attempt(attempt, &asked(attempt.at)));
        for pair in corrections.flatten().chain(attempts) {
            match pair.and_then(sound).and_then(|pair| lasting(pair, conversation, commit)) {
                Ok(pair) => match pairs.iter().position(|known: &AnswerPair| known.is_same_change(&pair)) {
                    // A check says why, and words that came before it may be about anything.
                    Some(known) if pair.note.kind == "failed-check" && pairs[known].note.kind != "failed-check" => {
                        pairs[known] = pair;
                        left_out.push(SAME);
                    }
                    Some(_) => left_out.push(SAME),
                    None => pairs.push(pair),
                },
                Err(why) => left_out.push(why),
            }
        }
    }
    (pairs, left_out)
}

const SAME: &str = "the same pair stands in an earlier row";

/// `None` for what is no pair at all: a correction that a person only told.
fn of_correction(correction: &Correction<Clean>, asked: &str) -> Option<Result<AnswerPair, &'static str>> {
    let is_refusal = correction.reason_from == Some(ReasonSource::Rejection);
    let evidence_tier = match correction.form {
        CorrectionForm::Directed if is_refusal => "refused",
        CorrectionForm::Directed => "corrected-in-words",
        CorrectionForm::Manual => "corrected-by-hand",
        CorrectionForm::Told => return None,
    };
    let (before, after) = match (&correction.edit, &correction.before, &correction.after) {
        (Some(edit), ..) => (&edit.before, &edit.after),
        (None, ..) if is_refusal => return Some(Err("what was made instead is not known to be for the same place")),
        // Several lines may be from several places.
        (None, Some(before), Some(after))
            if correction.form == CorrectionForm::Directed && !(is_one_line(before) && is_one_line(after)) =>
        {
            return Some(Err("the record holds only part of the lines"));
        }
        (None, Some(before), Some(after)) if is_whole(before) && is_whole(after) => (before, after),
        (None, Some(_), Some(_)) => return Some(Err("the record holds only part of the lines")),
        _ => return Some(Err("the record holds one side of the correction only")),
    };
    let path = correction.path.as_deref()?;
    let words = correction.words.as_ref().map(|words| visible(words.as_str().trim())).unwrap_or_default();
    if correction.form == CorrectionForm::Directed && words.is_empty() {
        return Some(Err("the words of the correction are not kept"));
    }
    Some(Ok(AnswerPair {
        prompt: prompt(&without(asked, &words), &words, path),
        chosen: visible(after.as_str()),
        rejected: visible(before.as_str()),
        note: correction_note(correction),
        evidence_tier,
        by_person: correction.form == CorrectionForm::Manual,
    }))
}

/// A failed check against the only change between it and the run that passed.
fn of_attempt(attempt: &FailedAttempt<Clean>, asked: &str) -> Option<Result<AnswerPair, &'static str>> {
    if !matches!((attempt.kind, attempt.ended), (AttemptKind::Failed(_), Some(AttemptEnd::PassedAfterChange))) {
        return None;
    }
    let edit = attempt.edit.as_ref().filter(|_| !attempt.aside)?;
    let failed = attempt.error.as_ref().map(|error| visible(error.as_str().trim())).unwrap_or_default();
    let why = attempt.why.as_ref().map(|why| why.as_str().to_owned()).unwrap_or_default();
    if let Some(why) = unrelated(&failed, edit.before.as_str(), edit.after.as_str(), &edit.path) {
        return Some(Err(why));
    }
    if is_red_step(&failed, &why, edit.before.as_str(), edit.after.as_str()) {
        return Some(Err("the check was meant to fail before the work was done"));
    }
    if why.is_empty() && !says_what_failed(&failed) {
        return Some(Err("it is not known how the check failed"));
    }
    let lines = |side: &Clean| u32::try_from(side.as_str().lines().count()).unwrap_or(u32::MAX);
    Some(Ok(AnswerPair {
        prompt: prompt(asked, &failed, &edit.path),
        chosen: visible(edit.after.as_str()),
        rejected: visible(edit.before.as_str()),
        note: CorrectionNote {
            kind: "failed-check",
            path: edit.path.clone(),
            reason: why,
            reason_from: attempt.why_from.map_or("", |from| from.name()),
            lines_added: lines(&edit.after),
            lines_removed: lines(&edit.before),
        },
        evidence_tier: "check-failed-then-passed",
        by_person: false,
    }))
}

/// Whether the commit does not hold the rejected lines in the place of the chosen ones.
fn lasting(
    pair: AnswerPair,
    conversation: &Conversation<'_>,
    commit: &ConversationCommit<'_>,
) -> Result<AnswerPair, &'static str> {
    if !commit.record.files.iter().any(|file| file.path == pair.note.path) {
        return Err("the commit does not touch the file of the pair");
    }
    let bare = |text: &str| text.split_whitespace().collect::<String>();
    let Some(texts) = conversation.source.texts(commit.entry, &pair.note.path) else { return Ok(pair) };
    let after = bare(texts.after.as_str());
    let (chosen, rejected) = (bare(&pair.chosen), bare(&pair.rejected));
    if !after.contains(&chosen) && after.contains(&rejected) {
        return Err("the commit holds the rejected lines");
    }
    // What was put there instead was replaced in turn.
    let new = new_lines(&pair.rejected, &pair.chosen);
    let stands = |line: &&&str| after.contains(&bare(line));
    if !new.is_empty() && new.iter().filter(stands).count() * 2 < new.len() {
        return Err("the commit holds neither side of the pair");
    }
    // Of sides that are cut in other places what one leaves out did not go.
    let gone = new_lines(&pair.chosen, &pair.rejected);
    if new.is_empty() && !gone.is_empty() && gone.iter().all(|line| stands(&line)) {
        return Err("the commit holds the rejected lines");
    }
    // Nor does it teach anything that a later commit took back.
    let is_reverted = conversation.source.fate(commit.entry, &commit.patch) == Fate::Reverted;
    let is_back = || {
        conversation.source.at_head(&pair.note.path).is_some_and(|head| {
            let head = bare(head.as_str());
            let stands = |line: &&str| head.contains(&bare(line));
            !gone.is_empty() && !new.is_empty() && gone.iter().all(stands) && !new.iter().any(stands)
        })
    };
    if is_reverted || is_back() {
        return Err("a later commit took the chosen lines back");
    }
    Ok(pair)
}

/// Whether both sides are whole, and differ in more than blanks.
fn sound(pair: AnswerPair) -> Result<AnswerPair, &'static str> {
    let bare = |text: &str| text.split_whitespace().collect::<String>();
    let (chosen, rejected) = (bare(&pair.chosen), bare(&pair.rejected));
    if chosen.is_empty() || rejected.is_empty() {
        return Err("one side of the pair has no lines");
    }
    if chosen == rejected {
        return Err("both sides of the pair are the same but for blanks");
    }
    if chosen.len() < SHORTEST || rejected.len() < SHORTEST {
        return Err("one side of the pair is too short to tell");
    }
    if [&pair.chosen, &pair.rejected].iter().any(|side| side.split_whitespace().count() < 2) {
        return Err("one side of the pair is too short to tell");
    }
    if [&pair.chosen, &pair.rejected].iter().any(|side| is_cut(side)) {
        return Err("the record holds only part of the lines");
    }
    weakness(&pair.rejected, &pair.chosen, &pair.note).map_or(Ok(pair), Err)
}

fn is_one_line(side: &Clean) -> bool {
    side.as_str().trim().lines().count() == 1
}

/// Whether the few lines that a record shows of a change are all of it: it shows six at most.
fn is_whole(side: &Clean) -> bool {
    side.as_str().lines().count() < SHOWN
}

/// Lines of a change that a record shows for people.
const SHOWN: usize = 6;

/// Whether a line was shortened, or lines were left out.
fn is_cut(side: &str) -> bool {
    side.lines().any(|line| line.ends_with('\u{2026}'))
}

fn prompt(asked: &str, words: &str, path: &str) -> String {
    let (asked, left) = beginning(asked, ASKED);
    let asked = if left > 0 { format!("{asked}\u{2026}") } else { asked.to_owned() };
    let parts = [asked.as_str(), words, &format!("File: {path}")];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n")
}

/// What was asked, without the words that are told apart from it.
fn without(asked: &str, words: &str) -> String {
    if words.is_empty() {
        return asked.to_owned();
    }
    let parts: Vec<&str> = asked.split(words).map(str::trim).filter(|part| !part.is_empty()).collect();
    parts.join("\n\n")
}
