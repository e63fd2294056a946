//! What a commit is about, in words: how much a prompt has to do with it, which of a session's requests it came of.

use std::collections::BTreeSet;

use super::asks::{Need, only_looks};
use super::committing::commits_something;
use super::turn_needs::{edits_something, need_of};
use crate::record::commit::Commit;
use crate::record::session::{PromptSource, Session};
use crate::text::topic::topics;

/// The telling words of a commit's subject and of its paths.
pub(super) struct CommitWords {
    subject: BTreeSet<String>,
    paths: BTreeSet<String>,
}

/// Of a huge commit the first ones.
const MOST_PATHS: usize = 60;
/// Code points of a prompt that are looked at: what is pasted below holds words of anything.
const NEAR: usize = 600;
/// From here on a prompt has surely to do with it: a word of the subject, or two of paths.
const SURELY: usize = 2;
/// From here on it is about it, wherever it stands: a word of the subject and one more.
const MUCH: usize = 3;
/// How many turns back a request may wait for its work, and how many are looked through for words.
const OPEN_TURNS: usize = 6;
const LATEST_TURNS: usize = 200;

impl CommitWords {
    pub(super) fn of(commit: &Commit) -> Self {
        let subject = topics(commit.message.expose().lines().next().unwrap_or_default());
        Self { paths: path_topics(commit, MOST_PATHS), subject }
    }

    /// Two for each word of the subject that the text has, one for each other word of a path.
    fn shared_with(&self, text: &str) -> usize {
        let near: String = text.chars().take(NEAR).collect();
        let said = topics(&near);
        let in_paths = self.paths.iter().filter(|word| !self.subject.contains(*word) && said.contains(*word));
        2 * self.subject.intersection(&said).count() + in_paths.count()
    }

    /// Whether the text has surely to do with the commit.
    pub(super) fn are_surely_in(&self, text: &str) -> bool {
        self.shared_with(text) >= SURELY
    }

    /// Whether the text has anything to do with the commit.
    pub(super) fn are_in(&self, text: &str) -> bool {
        self.shared_with(text) > 0
    }

    /// Whether the words of the turn are about the commit, whatever was done next.
    pub(super) fn are_said_in(&self, session: &Session, turn: usize) -> bool {
        self.shared_with(said(session, turn)) >= MUCH
    }

    /// Whether a request of this turn or shortly before it, of which no work has come yet, may be what is done now: it is about the
    /// commit, or nothing had been done at all. A question is answered after a pause.
    pub(super) fn are_asked_for(
        &self,
        session: &Session,
        turn: usize,
        (is_work, is_after_pause): (impl Fn(usize) -> bool, bool),
    ) -> bool {
        let mut idle = (0..=turn).rev().take_while(|turn| !is_work(*turn));
        let asks = |turn: &usize| session.turns[*turn].said().is_some() && says_it(session, *turn);
        let Some(asked) = idle.by_ref().take(OPEN_TURNS).find(asks) else { return false };
        let words = said(session, asked);
        let is_about_it = self.shared_with(words) >= SURELY && !(is_after_pause && only_looks(words));
        let first = idle.last().unwrap_or(asked);
        let was_idle = first.checked_sub(1).is_none_or(|before| commits_something(&session.turns[before]));
        // A word alone may be a slip.
        let says_something = words.split_whitespace().count() > 1;
        is_about_it || (!is_after_pause && was_idle && says_something)
    }

    /// The turn before the part that says what the commit came of, where nobody says a word of it in the part or in the turn that
    /// its words lead back to. What led to work on other files only is not meant.
    pub(super) fn asked_before(
        &self,
        session: &Session,
        (turns, asked_in): (&BTreeSet<usize>, Option<usize>),
        is_elsewhere: impl Fn(usize) -> bool,
    ) -> Option<usize> {
        let first = asked_in.or(turns.first().copied())?;
        let turns = || turns.iter().chain(&asked_in);
        // A command says by its name what it is for.
        let is_command =
            |turn: &usize| session.turns[*turn].said().is_some_and(|prompt| prompt.source == PromptSource::Slash);
        let speaks = |turn: &usize| is_command(turn) || self.shared_with(said(session, *turn)) > 0;
        if turns().any(speaks) || turns().all(|turn| session.turns[*turn].said().is_none()) {
            return None;
        }
        let could = |turn: &usize| {
            let this = &session.turns[*turn];
            let says_it = !only_looks(said(session, *turn)) && says_it(session, *turn);
            this.said().is_some() && !this.abandoned && !this.away && says_it && !is_elsewhere(*turn)
        };
        let asked = (0..first).rev().take(LATEST_TURNS).filter(could);
        let shared = asked.map(|turn| (self.shared_with(said(session, turn)), turn));
        // Of several that say as much the latest.
        shared.filter(|(shared, _)| *shared >= MUCH).max().map(|(_, turn)| turn)
    }
}

/// The telling words of a commit's subject, without the kind of change that it begins with: `docs:`, `test(cart):`.
pub(super) fn subject_topics(commit: &Commit) -> BTreeSet<String> {
    let subject = commit.message.expose().lines().next().unwrap_or_default();
    let is_kind = |head: &str| !head.is_empty() && head.chars().all(|c| c.is_ascii_lowercase());
    let behind = subject.find([':', '(', '!']).filter(|end| is_kind(&subject[..*end])).map_or(0, |end| end + 1);
    topics(&subject[behind..])
}

/// The telling words of the first paths of a commit.
pub(super) fn path_topics(commit: &Commit, most: usize) -> BTreeSet<String> {
    let words = commit.files.iter().take(most).flat_map(|file| topics(&file.path));
    words.filter(|word| !OF_ANY_PATH.contains(&word.as_str())).collect()
}

fn said(session: &Session, turn: usize) -> &str {
    session.turns[turn].said().map_or("", |prompt| prompt.text.expose())
}

fn says_it(session: &Session, turn: usize) -> bool {
    need_of(session, turn) == Need::Nothing
}

/// Whether nothing came of the words of a turn but work in `others`: neither in the turn nor behind it, until the next ones that
/// say something by themselves.
pub(super) fn led_elsewhere(session: &Session, turn: usize, others: &BTreeSet<usize>) -> bool {
    let goes_on = |next: &usize| session.turns[*next].said().is_none() || !says_it(session, *next);
    let mut work = std::iter::once(turn)
        .chain((turn + 1..session.turns.len()).take_while(goes_on))
        .filter(|turn| others.contains(turn) || edits_something(&session.turns[*turn]))
        .peekable();
    work.peek().is_some() && work.all(|turn| others.contains(&turn))
}

/// Parts of paths that are in every project.
const OF_ANY_PATH: &[&str] = &[
    "app", "apps", "assets", "client", "common", "config", "core", "crates", "docs", "github", "index", "intern",
    "json", "lib", "main", "mod", "packag", "page", "pages", "plan", "plannin", "public", "readm", "server", "src",
    "test", "tests", "toml", "tsx", "type", "types", "util", "utils", "yaml", "yml",
];
