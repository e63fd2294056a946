//! What formats are views of: the prompts of one session and the commits that came of them, in order, each prompt once. A new
//! conversation begins where a session is asked for something new after a commit.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::rc::Rc;

use jiff::Timestamp;

use super::patch::RowPatch;
use super::pointing::points_elsewhere;
use super::source::Source;
use crate::record::contribution::{
    Check, CheckKind, Confidence, Contribution, FailedAttempt, PromptRole, RecordedPrompt,
};
use crate::record::entry::{CommitEntry, Training};
use crate::record::note::Record;
use crate::record::session::PromptSource;
use crate::record::text::Clean;
use crate::text::unseen::{is_invisible, is_joining};

/// A row with a longer patch is nobody's example.
const LONGEST_PATCH: usize = 120_000;

/// Why a commit that was rebased or picked is told once.
pub(super) const SAME_CHANGE: &str = "the same change is in an earlier commit";

pub struct Conversation<'a> {
    /// At least one. The first has prompts.
    pub commits: Vec<ConversationCommit<'a>>,
    pub source: &'a dyn Source,
    /// Whether what was asked last led to more commits, which are left out.
    pub led_further: bool,
}

/// One commit of a conversation.
#[derive(Clone)]
pub struct ConversationCommit<'a> {
    pub entry: &'a CommitEntry,
    pub record: &'a Record<Clean>,
    pub contribution: &'a Contribution<Clean>,
    /// The contribution's place in the record.
    pub index: usize,
    /// What people asked for since the commit before, in order; no consent, and nothing that an agent asked another.
    pub asked: Vec<&'a RecordedPrompt<Clean>>,
    /// What did not work since the commit before.
    pub attempts: Vec<&'a FailedAttempt<Clean>>,
    pub patch: Rc<RowPatch>,
}

/// The conversations of one session among its commits, in their order, and why others have no part in one. `refused` says by ids
/// which commits are not wanted, and why: what was asked for one of them is asked for no other.
pub(crate) fn conversations<'a>(
    session: &str,
    entries: &'a [CommitEntry],
    refused: &HashMap<String, &'static str>,
    source: &'a dyn Source,
) -> (Vec<Conversation<'a>>, Vec<&'static str>) {
    let mut all: Vec<Conversation<'a>> = Vec::new();
    let mut left_out = Vec::new();
    let (mut known, mut known_attempts): (Vec<&RecordedPrompt<Clean>>, Vec<&FailedAttempt<Clean>>) = Default::default();
    let mut patches: HashSet<String> = HashSet::new();
    // After a commit that is left out, what was said goes on from something that no row shows.
    let mut goes_on = false;
    for entry in entries {
        let why_not = refused.get(&entry.id).copied().or_else(|| admitted(entry).err());
        if let Some(why) = why_not {
            left_out.push(why);
            goes_on = false;
            let own = entry.record.iter().flat_map(|record| &record.contributions).filter(|one| key(one) == session);
            known.extend(own.filter(|one| one.confidence != Confidence::Overlap).flat_map(|one| &one.prompts));
            continue;
        }
        let part = part(session, entry);
        let (record, contribution, index) = match part {
            Ok(part) => part,
            Err(why) => {
                left_out.push(why);
                goes_on = false;
                continue;
            }
        };
        let is_new = |prompt: &&RecordedPrompt<Clean>| !known.iter().any(|one| is_same_prompt(one, prompt));
        let asked: Vec<&RecordedPrompt<Clean>> = contribution.prompts.iter().filter(is_new).collect();
        let is_new = |attempt: &&FailedAttempt<Clean>| {
            !known_attempts.iter().any(|one| (one.at, &one.tried) == (attempt.at, &attempt.tried))
        };
        let attempts: Vec<&FailedAttempt<Clean>> = contribution.attempts.iter().filter(is_new).collect();
        known.extend(&asked);
        known_attempts.extend(&attempts);
        let asked: Vec<&RecordedPrompt<Clean>> = asked.into_iter().filter(|prompt| asks(prompt)).collect();
        let patch = match source.patch(entry, index) {
            // Rebased, or picked onto another branch that was merged.
            Ok(patch) if patches.contains(patch.text.as_str()) => Err(SAME_CHANGE),
            Ok(patch) if patch.text.as_str().len() > LONGEST_PATCH => Err("the patch is longer than 120,000 bytes"),
            Ok(patch) => Ok(patch),
            Err(why) => Err(why.reason()),
        };
        let patch = match patch {
            Ok(patch) => patch,
            Err(why) => {
                left_out.push(why);
                let is_rest = goes_on && asked.is_empty() && why != SAME_CHANGE;
                all.last_mut().filter(|_| is_rest).into_iter().for_each(|one| one.led_further = true);
                goes_on &= why == SAME_CHANGE;
                continue;
            }
        };
        patches.insert(patch.text.as_str().to_owned());
        let begins = asked.iter().any(|prompt| prompt.role == PromptRole::Request);
        let commit = ConversationCommit { entry, record, contribution, index, asked, attempts, patch: Rc::new(patch) };
        match all.last_mut().filter(|_| goes_on && !begins) {
            Some(conversation) => conversation.commits.push(commit),
            None if !commit.asked.is_empty() && points_elsewhere(&commit.request()) => {
                left_out.push("what was asked for stands elsewhere");
                goes_on = false;
                continue;
            }
            None if commit.asked.is_empty() => {
                left_out.push("no prompt of its own");
                goes_on = false;
                continue;
            }
            None => all.push(Conversation { commits: vec![commit], source, led_further: false }),
        }
        goes_on = true;
    }
    (all, left_out)
}

/// The part of a session in a commit, or why nothing may or can be made of it.
fn part<'a>(
    session: &str,
    entry: &'a CommitEntry,
) -> Result<(&'a Record<Clean>, &'a Contribution<Clean>, usize), &'static str> {
    let record = admitted(entry)?;
    let mut parts = record.contributions.iter().enumerate();
    let (index, one) = parts.find(|(_, one)| key(one) == session).ok_or("the session is not in the record any more")?;
    if one.confidence == Confidence::Overlap {
        return Err("the session only overlaps");
    }
    if !one.was_read() {
        return Err("the session was not read");
    }
    Ok((record, one, index))
}

/// The record that rows may be made of, or why there is none.
pub(crate) fn admitted(entry: &CommitEntry) -> Result<&Record<Clean>, &'static str> {
    let record = entry.record.as_ref().ok_or("no record")?;
    match entry.training {
        Training::Allowed => Ok(record),
        Training::Refused => Err("the commit message refuses training"),
        Training::NotRecorded => Err("a session or an agent that is not to be recorded"),
    }
}

/// `<agent>/<id>`: what a session is called in rows. With the agent before it, no loader takes it for an id of another type.
pub(crate) fn key(contribution: &Contribution<Clean>) -> String {
    format!("{}/{}", contribution.agent, contribution.session)
}

fn is_same_prompt(one: &RecordedPrompt<Clean>, other: &RecordedPrompt<Clean>) -> bool {
    (one.at, &one.text) == (other.at, &other.text)
}

/// Whether it is a command that says something to the agent's program, and nothing about the work.
fn steers_the_agent(text: &str) -> bool {
    let word = text.trim().strip_prefix('/').filter(|word| !word.contains(char::is_whitespace));
    word.is_some_and(|word| {
        let known = "agents clear compact config context copy cost doctor effort exit export fast help login logout mcp memory model new \
            permissions plugin quit reload resume rewind settings status statusline theme usage vim";
        known.split_whitespace().any(|known| known == word)
    })
}

/// Whether a prompt is a person's and asks for something.
fn asks(prompt: &RecordedPrompt<Clean>) -> bool {
    // What answers a question that is not shown asks for nothing by itself.
    prompt.role != PromptRole::Approval
        && !matches!(prompt.source, PromptSource::Delegated | PromptSource::Answer)
        && !steers_the_agent(prompt.text.as_str())
        && !prompt.text.as_str().trim().is_empty()
}

impl<'a> Conversation<'a> {
    pub(crate) fn last(&self) -> &ConversationCommit<'a> {
        &self.commits[self.commits.len() - 1]
    }

    pub(crate) fn first(&self) -> &ConversationCommit<'a> {
        &self.commits[0]
    }

    /// The conversation as if the commit with this index were all that came of it.
    pub(crate) fn of(&self, commit: usize) -> Self {
        self.part(commit..commit + 1)
    }

    pub(super) fn part(&self, commits: Range<usize>) -> Self {
        let led_further = self.led_further && commits.end == self.commits.len();
        Self { commits: self.commits[commits].to_vec(), source: self.source, led_further }
    }

    /// Each turn of the person, with what came of it.
    pub(crate) fn turns(&self) -> Vec<ConversationTurn<'a>> {
        let mut begins: Vec<usize> = (0..self.commits.len()).filter(|at| !self.commits[*at].asked.is_empty()).collect();
        begins.push(self.commits.len());
        let turns = begins.windows(2).map(|ends| self.part(ends[0]..ends[1]));
        turns.map(|done| ConversationTurn { asked: done.first().request(), done }).collect()
    }

    /// What was asked until the commit with this index, in one text; nothing that was said after `at`.
    pub(crate) fn asked_until(&self, commit: usize, at: Option<Timestamp>) -> String {
        let asked = self.commits[..=commit].iter().flat_map(|commit| commit.asked.iter().copied());
        joined(asked.filter(|prompt| prompt.at.zip(at).is_none_or(|(said, at)| said <= at)))
    }
}

/// What a person asked for at once, and the commits that came of it.
pub(crate) struct ConversationTurn<'a> {
    pub asked: String,
    pub done: Conversation<'a>,
}

impl ConversationTurn<'_> {
    /// The patches, one behind the other, as `git apply` takes them.
    pub(crate) fn patches(&self) -> String {
        let patches: String = self.done.commits.iter().map(|commit| commit.patch.text.as_str()).collect();
        visible(&patches)
    }
}

impl ConversationCommit<'_> {
    /// What was asked since the commit before; empty where nothing was.
    pub(crate) fn request(&self) -> String {
        joined(self.asked.iter().copied())
    }

    /// The checks that passed on what was committed.
    pub(crate) fn proofs(&self) -> impl Iterator<Item = &Check<Clean>> {
        self.contribution.checks.iter().filter(|check| check.kind != CheckKind::Told && check.covers_the_commit())
    }
}

/// Several prompts in a row are one turn of a person: templates that insist on taking turns refuse them otherwise.
fn joined<'a>(prompts: impl Iterator<Item = &'a RecordedPrompt<Clean>>) -> String {
    let texts: Vec<String> = prompts.map(|prompt| visible(prompt.text.as_str().trim())).collect();
    texts.join("\n\n")
}

/// Words can be hidden in characters without a shape or with a direction; no row carries them to a model.
pub(crate) fn visible(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    text.chars().filter(|c| !is_invisible(*c) || is_joining(*c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::patch::NoPatch;
    use crate::export::testing::Sample;
    use crate::record::samples;

    #[test]
    fn a_request_that_led_to_more_than_is_shown_and_an_answer_alone_make_no_row() {
        let first = samples::discounts();
        let next = CommitEntry { id: "9".repeat(40), ..samples::discounts() };
        let session = key(&first.record.as_ref().unwrap().contributions[0]);
        let told = |entries: &[CommitEntry], source: &Sample| -> Vec<(usize, bool)> {
            let (all, _) = conversations(&session, entries, &HashMap::new(), source);
            all.iter().map(|one| (one.commits.len(), one.led_further)).collect()
        };
        let both = [first.clone(), next.clone()];
        let other = |patch| Sample { other: Some((next.id.clone(), patch)), ..Sample::new() };
        assert_eq!(told(&both, &other(Ok("--- a/y\n+++ b/y\n@@ -0,0 +1 @@\n+y\n"))), [(2, false)]);
        assert_eq!(told(&both, &other(Err(NoPatch::Mixed))), [(1, true)]);
        assert_eq!(told(&both, &Sample::new()), [(1, false)], "the same change again adds nothing");
        let mut answered = first;
        for prompt in &mut answered.record.as_mut().unwrap().contributions[0].prompts {
            prompt.source = PromptSource::Answer;
        }
        assert_eq!(told(&[answered], &Sample::new()), []);
    }
}
